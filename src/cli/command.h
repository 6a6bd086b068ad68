/*
 * Commands: one table, one cmd_*.c each.
 *
 * To add one: a bit in option.h, a cmd_<name>.c, its row in the table of command.c, the bit in the
 * option table for the options that it has, a black-box test in tests/cli; then run
 * `scripts/update-docs`.
 */
#ifndef IGD_CLI_COMMAND_H
#define IGD_CLI_COMMAND_H

#include "base/buf.h"
#include "cli/option.h"
#include "cli/report.h"

typedef struct igd_context igd_context; /* cli/context.h */

typedef struct igd_invocation {
    igd_settings settings;
    igd_arena *mem;
    const char *config_dir; /* where relative targets of the configuration are looked for */
    char **operands;        /* what stood behind the options */
    size_t operand_count;
    igd_context *context; /* what igd_command.needs asks for */
    igd_report report;    /* the command fills it, main prints it */
} igd_invocation;

/* What is opened before a command runs. */
typedef enum igd_needs {
    IGD_NEEDS_NOTHING,
    IGD_NEEDS_SOURCE,
    IGD_NEEDS_READ,      /* source, and the target for reading */
    IGD_NEEDS_WRITE,     /* source, and the target for writing */
    IGD_NEEDS_REHEARSAL, /* source, and a stand-in of the target */
    IGD_NEEDS_LOCK, /* the target only; a source is used for its configuration when there is one */
    IGD_NEEDS_SCRIPT, /* the same, and the target is written to */
} igd_needs;

typedef struct igd_command {
    const char *name;
    uint32_t mask;
    bool migrate; /* lives below `migrate` */
    igd_needs needs;
    const char *usage;
    const char *summary; /* one line */
    const char *text;    /* the help page's body */
    /* IGD_OK or the code of err; the exit status follows from it. */
    int (*run)(igd_invocation *invocation, igd_error *err);
} igd_command;

extern const igd_command igd_commands[];
extern const size_t igd_command_count;

const igd_command *igd_command_find(const char *name);

/* Whether it has a report in Markdown. */
bool igd_command_has_markdown(const igd_command *command);

/* Reference of all commands and options in Markdown: docs/commands.md. */
void igd_help_markdown(igd_buf *out);
/* Help page of one command; NULL: the overview. */
void igd_help_text(const igd_command *command, igd_buf *out);

int igd_cmd_sync(igd_invocation *invocation, igd_error *err);
int igd_cmd_generate(igd_invocation *invocation, igd_error *err);
int igd_cmd_analyze(igd_invocation *invocation, igd_error *err);
int igd_cmd_verify(igd_invocation *invocation, igd_error *err);
int igd_cmd_status(igd_invocation *invocation, igd_error *err);
int igd_cmd_validate(igd_invocation *invocation, igd_error *err);
int igd_cmd_apply(igd_invocation *invocation, igd_error *err);
int igd_cmd_unlock(igd_invocation *invocation, igd_error *err);
int igd_cmd_help(igd_invocation *invocation, igd_error *err);
int igd_cmd_version(igd_invocation *invocation, igd_error *err);
int igd_cmd_completion(igd_invocation *invocation, igd_error *err);

#endif
