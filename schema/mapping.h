/*
 * Mapping rules: from collections to tables (docs/contract.md 2).
 */
#ifndef IGD_SCHEMA_MAPPING_H
#define IGD_SCHEMA_MAPPING_H

#include "schema/capacity.h"
#include "schema/problem.h"

typedef struct igd_mapping {
    igd_str key_column;      /* --key-column; "id" by default */
    size_t identifier_bytes; /* longest identifier of the target, 0: unlimited. Longer names are cut
                                and get a hash suffix */
    bool names_in_rows;      /* the target has no schema: each row holds the names of its columns,
                                so nothing has another name unless it is written again */
    igd_str layout;          /* how the target stores rows, where it can be chosen; else empty */
    igd_capacity capacity;   /* rows that the target cannot hold are invalid */
} igd_mapping;

/*
 * The desired schema of the collections (all of a database, in any order). Name collisions and
 * reserved names are schema errors that name both sides; the tables are those that could be made
 * all the same. out->tables[i].collection tells which collection a table is of.
 */
void igd_map_schema(const igd_collection *const *collections, size_t count,
                    const igd_mapping *mapping, igd_arena *mem, igd_problems *problems,
                    igd_schema *out);

/* Digest of what of the mapping decides about rows, for ingitdb_sync_tables.settings_digest. */
igd_digest igd_mapping_digest(const igd_mapping *mapping);

#endif
