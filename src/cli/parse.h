/*
 * Parsing: command line, environment and configuration file into settings, by the option table.
 */
#ifndef IGD_CLI_PARSE_H
#define IGD_CLI_PARSE_H

#include "cli/command.h"

/* Values by option, in the order of the table: where each one came from and what it is. */
typedef struct igd_given {
    const char *origin; /* "--ref", "INGITDB_REF", "migrate.yaml"; NULL: not given */
    const char *value;  /* NULL for a flag */
    bool off;           /* the environment or the file says no to a flag */
} igd_given;

/* Reads the options behind the command's name (getopt_long; operands may stand among them). What
 * follows is left in invocation->operands. *help is set by --help and -h. All of the line is read
 * also when something is wrong with it; the first error is returned. */
IGD_MUST_CHECK int igd_parse_arguments(const igd_command *command, int argc, char **argv,
                                       igd_given *given, igd_invocation *invocation, bool *help,
                                       igd_error *err);

/* Fills what the command line left open from INGITDB_<OPTION>; an empty one is not there. */
IGD_MUST_CHECK int igd_parse_environment(const igd_command *command, igd_arena *mem,
                                         igd_given *given, igd_error *err);

/* A value as text, from the environment or the file: flags are true or false. */
IGD_MUST_CHECK int igd_given_from_text(const igd_option *option, const char *origin,
                                       const char *text, igd_given *given, igd_error *err);

/* Runs the setters. Only the options of the command, each at most once. */
IGD_MUST_CHECK int igd_apply_options(const igd_command *command, const igd_given *given,
                                     igd_settings *settings, igd_error *err);

/* Runs the setters that say how and where to report, as far as they can: so that a failure, too, is
 * told as it was asked for. */
void igd_apply_report_options(const igd_given *given, igd_settings *settings);

/* The defaults of everything. */
igd_settings igd_default_settings(void);

#endif
