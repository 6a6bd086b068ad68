/*
 * One definition.yaml: from parsed files to an igd_definition, with `inherits` merged and every
 * check that needs no other collection. Pure: the files have been read before.
 * Rules: docs/format.md, "definition.yaml"; decisions D3, D4, D6, D22, D23.
 */
#ifndef IGD_INGITDB_DEFINITION_H
#define IGD_INGITDB_DEFINITION_H

#include "ingitdb/column.h"
#include "ingitdb/database.h"

/* One file of a chain of `inherits`. */
typedef struct igd_definition_file {
    igd_str path;         /* from the repository's top */
    const igd_node *root; /* NULL: empty */
} igd_definition_file;

typedef IGD_LIST(igd_definition_file) igd_definition_chain;

typedef enum igd_layout {
    IGD_LAYOUT_DEDICATED, /* <path>/.collection/definition.yaml */
    IGD_LAYOUT_SHARED,    /* <path>/definition.yaml */
} igd_layout;

typedef struct igd_definition_input {
    igd_definition_chain chain; /* the definition, what it inherits, what that inherits ... */
    igd_str id;                 /* full */
    const igd_definition *parent;
    igd_layout layout;
    igd_str base_dir; /* root collections: where data is without data_dir, below the root */
    const igd_format *default_format; /* or NULL */
} igd_definition_input;

/*
 * Fills *out as far as it can and reports what is wrong; the collection can be used when no schema
 * error was added. All that *out holds lives in mem, except out->exclude, which is the caller's to
 * free even then. Left for later: foreign keys, which are added to references with the index of
 * their field, and the fingerprint, which needs them.
 */
void igd_definition_read(const igd_definition_input *input, igd_arena *mem, igd_arena *scratch,
                         igd_problems *problems, igd_definition *out,
                         igd_reference_list *references);

#endif
