/*
 * Options are data: one table yields the parser, --help, docs/commands.md and completion.
 *
 * A value comes from the command line, else from the environment (INGITDB_<OPTION>, '-' as '_'),
 * else from the configuration file, else it is the default.
 */
#ifndef IGD_CLI_OPTION_H
#define IGD_CLI_OPTION_H

#include "base/error.h"
#include "cli/settings.h"

/* Which commands have an option: bits of igd_command.mask. */
enum {
    IGD_CMD_SYNC = 1 << 0,
    IGD_CMD_STATUS = 1 << 1,
    IGD_CMD_VALIDATE = 1 << 2,
    IGD_CMD_UNLOCK = 1 << 3,
    IGD_CMD_HELP = 1 << 4,
    IGD_CMD_VERSION = 1 << 5,
    IGD_CMD_ANALYZE = 1 << 6,
    IGD_CMD_VERIFY = 1 << 7,
    IGD_CMD_COMPLETION = 1 << 8,
    IGD_CMD_APPLY = 1 << 9,
    IGD_CMD_GENERATE = 1 << 10,
};

typedef enum igd_argument {
    IGD_ARG_NONE,     /* --flag; from environment or file: true or false */
    IGD_ARG_REQUIRED, /* --name VALUE */
    IGD_ARG_OPTIONAL, /* --name or --name=VALUE */
} igd_argument;

typedef struct igd_option {
    const char *name;
    const char *alias; /* another long name, or NULL */
    igd_argument argument;
    /* Completion reads it: lower-case words with '|' or ',' between them are all values that there
     * are (one of them, or a list); FILE, PATH, DIR and URL|NAME are what they say. */
    const char *metavar;
    const char *fallback; /* shown default, or NULL */
    uint32_t commands;
    const char *help; /* what it does; wrapped when printed */
    /* value is NULL for a flag and for an optional argument that was left out. */
    int (*set)(igd_settings *settings, const char *value, igd_error *err);
} igd_option;

extern const igd_option igd_options[];
extern const size_t igd_option_count;

/* By name or alias, or NULL. */
const igd_option *igd_option_find(const char *name);

#endif
