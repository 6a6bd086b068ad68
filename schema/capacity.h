/*
 * What a target can hold: whether a row that is right by its definition can be stored at all.
 *
 * A record that a target cannot hold is invalid for it (docs/contract.md 1.2), and that is known
 * before anything is written. It depends on the row and on fixed limits of the target, never on
 * what is there.
 */
#ifndef IGD_SCHEMA_CAPACITY_H
#define IGD_SCHEMA_CAPACITY_H

#include "schema/table.h"

/* All zero: everything can be held. */
typedef struct igd_capacity {
    const char *target; /* its name, for messages */
    size_t key_bytes;   /* of all key columns together; 0: no limit that could be hit */
    size_t value_bytes; /* of one value; likewise */
    size_t row_bytes;   /* of the row as JSON; likewise */
    /* Why the value cannot be in that column, in words that go on from the column's name ("has a
     * NUL"), or NULL. May be NULL. */
    const char *(*unsupported)(const igd_table *table, size_t column, const igd_value *value);
} igd_capacity;

/* Why the row cannot be held, in such words, and the column, or NULL. `mem` is for the words. */
const char *igd_capacity_refuses(const igd_capacity *capacity, const igd_table *table,
                                 const igd_value *row, igd_arena *mem, size_t *column);

#endif
