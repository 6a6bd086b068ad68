/*
 * The tree of definitions: each root collection's file in either layout, the files that it
 * inherits, and its subcollections at any depth.
 * Rules: docs/format.md, "Where a collection's definition lives" and "inherits".
 */
#ifndef IGD_INGITDB_DEFINITION_TREE_H
#define IGD_INGITDB_DEFINITION_TREE_H

#include "ingitdb/definition.h"
#include "ingitdb/root_config.h"

/* A definition that was read, usable or not. */
typedef struct igd_loaded {
    igd_definition *definition; /* with id and parent at least */
    const struct igd_loaded *parent;
    bool usable;
    igd_reference_list references;
} igd_loaded;

typedef IGD_LIST(igd_loaded *) igd_loaded_list;

typedef struct igd_definition_tree {
    igd_tree_files files;
    igd_arena *mem; /* of the definitions */
    const igd_format *default_format;
    igd_loaded_list loaded; /* a parent before its subcollections; in files.scratch */
} igd_definition_tree;

/* Reads a root collection and all below it; what is wrong goes to files.problems. */
IGD_MUST_CHECK int igd_definition_tree_add(igd_definition_tree *tree, const igd_declared *declared,
                                           igd_error *err);

/* Compiled expressions of all definitions that are not wanted any more. */
void igd_definition_tree_free(igd_definition_tree *tree);

/* Whether a definition is there in either layout. */
IGD_MUST_CHECK int igd_definition_exists(const igd_tree_files *files, igd_str dir, bool *out,
                                         igd_error *err);

#endif
