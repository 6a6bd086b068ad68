/*
 * Completion scripts for shells, out of the tables of commands, options and drivers: nothing in
 * them is written twice.
 */
#ifndef IGD_CLI_COMPLETION_H
#define IGD_CLI_COMPLETION_H

#include "cli/command.h"

/* What can be completed of an option's value: option.h says how the metavar tells. */
typedef enum igd_value_kind {
    IGD_VALUE_ANY,       /* nothing is known */
    IGD_VALUE_WORDS,     /* one of several */
    IGD_VALUE_LIST,      /* several of them, with commas */
    IGD_VALUE_FILE,      /* a path */
    IGD_VALUE_DIRECTORY, /* a path, too */
    IGD_VALUE_TARGET,    /* a URL: its scheme, and a path behind those of files */
} igd_value_kind;

igd_value_kind igd_option_value_kind(const igd_option *option);

/* Appends the words of WORDS and LIST that the command takes, with a blank between them. */
void igd_option_words(const igd_option *option, const igd_command *command, igd_buf *out);

/* Appends the schemes ("sqlite:") of the targets that are files, or of the others. */
void igd_target_schemes(bool files, const char *separator, igd_buf *out);

void igd_completion_bash(igd_buf *out);
void igd_completion_zsh(igd_buf *out);

/* "bash" or "zsh"; NULL for any other name. */
void (*igd_completion_find(const char *shell))(igd_buf *out);

#endif
