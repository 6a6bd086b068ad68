/*
 * The configuration of a database in `.ingitdb/`: which collections there are and where, with
 * namespace imports resolved, and the settings that decide how records are read.
 * Rules: docs/format.md, "Database root"; decisions D1 to D3, D5.
 */
#ifndef IGD_INGITDB_ROOT_CONFIG_H
#define IGD_INGITDB_ROOT_CONFIG_H

#include "ingitdb/format.h"
#include "ingitdb/tree_files.h"

/* A root collection as it is declared. */
typedef struct igd_declared {
    igd_str id;
    igd_str dir;    /* from the repository's top */
    igd_str text;   /* the path as written, for messages */
    igd_spot spot;  /* where it is declared */
    bool is_usable; /* the path is one that can be looked up */
} igd_declared;

typedef IGD_LIST(igd_declared) igd_declared_list;

typedef struct igd_root_config {
    igd_declared_list collections;    /* ordered by id, ids unique */
    const igd_format *default_format; /* default_record_format, or NULL */
    bool has_list;                    /* root-collections.yaml is there */
} igd_root_config;

/* Reads both files below files->root; what is wrong goes to files->problems. Texts live in scratch.
 * Entries whose path cannot be used are in the list all the same: their ids are known. */
IGD_MUST_CHECK int igd_root_config_load(const igd_tree_files *files, igd_root_config *out,
                                        igd_error *err);

/* Why an id is none, or NULL: letters, digits, '.' and '_', a letter or digit at both ends. */
const char *igd_collection_id_refusal(igd_str id);

#endif
