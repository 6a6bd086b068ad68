/*
 * Names of keys (docs/contract.md 3): prefix, path of the collection, key, joined by the store's
 * separator; a subcollection's record as orders/<parent's key>/order_details/<key>.
 *
 * Parts are percent-encoded: the separator, '%' and control bytes. A name is ours only when it
 * decodes exactly: encoded again it is the same bytes. What stands beside the prefix, and what is
 * in it but names no record of a collection that is asked for, is somebody else's.
 */
#ifndef IGD_TARGETS_KV_KEYSPACE_H
#define IGD_TARGETS_KV_KEYSPACE_H

#include "schema/row.h"

typedef struct igd_keyspace {
    igd_str prefix; /* as it stands in names: not encoded, without the separator behind it */
    char separator; /* ':' or '/' */
    bool tagged;    /* prefix and first part of a collection's path stand in braces, a hash tag of
                       Redis Cluster: {shop:orders}:r1. Not in names of the bookkeeping */
} igd_keyspace;

/* Appends a part of a name, encoded. */
void igd_keyspace_put(const igd_keyspace *space, igd_str part, igd_buf *out);

/* The name of a record: `row` has at least its key columns. */
igd_str igd_keyspace_record(const igd_keyspace *space, const igd_table *table, const igd_value *row,
                            igd_arena *mem);

/* What the names of all records of a table begin with, and maybe other names too. */
igd_str igd_keyspace_of(const igd_keyspace *space, const igd_table *table, igd_arena *mem);

/* Whether the name is that of a record of the table; then `keys` (table->key_count) has its key
 * columns, in mem. */
bool igd_keyspace_decode(const igd_keyspace *space, const igd_table *table, igd_str name,
                         igd_arena *mem, igd_value *keys);

/* <prefix>/.ingitdb/<part>/<part>...; a part without a ptr ends them. No collection has such a
 * name: ids have no part that begins with a dot. */
igd_str igd_keyspace_book(const igd_keyspace *space, igd_arena *mem, const igd_str *parts,
                          size_t count);

#endif
