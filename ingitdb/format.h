/*
 * Record formats: one function table each, in ingitdb/formats/.
 *
 * To add one: write formats/<name>.c with a `const igd_format igd_format_<name>`, name it in the
 * table of format.c, give it a unit test, a fuzz target, and a row in docs/format.md.
 */
#ifndef IGD_INGITDB_FORMAT_H
#define IGD_INGITDB_FORMAT_H

#include "base/error.h"
#include "ingitdb/node.h"
#include "schema/collection.h"
#include "schema/problem.h"

/* What a parser may need to know of the collection. */
typedef struct igd_format_input {
    igd_str text; /* the file's bytes; they outlive the nodes */
    igd_record_type record_type;
    const igd_str_list *columns_order; /* csv: the header */
    bool other_version;                /* of the file than the definition's: csv: another header */
    igd_str content_field;             /* markdown */
    /* markdown (D17): front matter keys without a column are dropped and counted. NULL: keep all */
    bool (*has_column)(const void *payload, igd_str name);
    const void *payload;
    igd_problems *warnings; /* the parser sets line, column, code and reason; the caller adds path,
                               collection and key */
} igd_format_input;

typedef struct igd_format {
    const char *name; /* as in record_file.format */
    bool stores[3];   /* indexed by igd_record_type */

    /*
     * Parses a whole file. *out by record type: SINGLE a MAP, LIST a LIST (of MAPs, which the
     * caller checks), MAP a MAP (of MAPs). Errors are IGD_E_INVALID with line, column and reason in
     * err; the caller adds the path. A broken file yields no records at all.
     */
    int (*parse)(const igd_format_input *input, igd_arena *mem, igd_node **out, igd_error *err);
} igd_format;

extern const igd_format igd_format_yaml, igd_format_yml, igd_format_json, igd_format_jsonl,
    igd_format_csv, igd_format_toml, igd_format_markdown, igd_format_ingr;

/* By its name in record_file.format (lower case, exact), or NULL. */
const igd_format *igd_format_find(igd_str name);

/* All names, comma-separated, for messages. */
const char *igd_format_names(void);

/* Git LFS commits a pointer in place of a file. */
bool igd_is_lfs_pointer(igd_str text);
extern const igd_str igd_lfs_hint; /* what to do about it */

/* Limits that every parser keeps: nesting, and how many values the aliases of one file stand for.
 */
#define IGD_FORMAT_DEPTH 64
#define IGD_FORMAT_NODES 1000000

/* What to do about a file that is nested deeper. */
#define IGD_FORMAT_DEPTH_HINT "flatten it, or keep the inner part as text: 64 levels are read"

#endif
