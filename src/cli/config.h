/*
 * The configuration file, `.ingitdb/migrate.yaml`:
 *
 *     name: shop                    # the source's name
 *     target: production            # the default: a URL or one of the names below
 *     targets:
 *       production: ${SHOP_DB}      # ${NAME} is replaced by the environment variable
 *       local: sqlite:shop.db       # relative to the database's root
 *     jobs: 2                       # any option of a command
 */
#ifndef IGD_CLI_CONFIG_H
#define IGD_CLI_CONFIG_H

#include "cli/parse.h"
#include "ingitdb/node.h"

typedef struct igd_config {
    const char *path;        /* for messages; NULL: there is no file */
    igd_str name;            /* of the source; empty: not given */
    igd_str target;          /* default; empty: none */
    const igd_node *targets; /* map of names to URLs, or NULL */
    const igd_node *root;    /* the whole file, or NULL */
} igd_config;

/* Parses the text of a file. Everything lives in mem. */
IGD_MUST_CHECK int igd_config_parse(igd_str text, const char *path, igd_arena *mem, igd_config *out,
                                    igd_error *err);

/* Fills what command line and environment left open. */
IGD_MUST_CHECK int igd_config_options(const igd_config *config, const igd_command *command,
                                      igd_arena *mem, igd_given *given, igd_error *err);

/*
 * The URL that a target option means: itself when it is a URL, else the configuration's target of
 * that name. Environment variables of configured URLs are replaced, their relative SQLite paths
 * are taken from base_dir.
 */
IGD_MUST_CHECK int igd_config_target(const igd_config *config, igd_str given, const char *base_dir,
                                     igd_arena *mem, igd_str *url, igd_error *err);

/* The same for the configuration's default target. Empty when there is none. */
IGD_MUST_CHECK int igd_config_default_target(const igd_config *config, const char *base_dir,
                                             igd_arena *mem, igd_str *url, igd_error *err);

#endif
