/*
 * Rows and record changes: what flows through the spine.
 *
 * A row is an array of values in the order of its table's columns, key columns first (never null).
 * Rows of a batch live in the batch's arena.
 */
#ifndef IGD_SCHEMA_ROW_H
#define IGD_SCHEMA_ROW_H

#include "base/digest.h"
#include "schema/table.h"

typedef enum igd_change_kind {
    IGD_INSERT, /* not there at base */
    IGD_UPDATE, /* there at base, with other values */
    IGD_DELETE, /* there at base, not in the new commit */
} igd_change_kind;

/* Why a row of the target differs from the new commit's (docs/architecture.md, "One spine"). */
typedef enum igd_cause {
    IGD_CAUSE_PENDING,  /* the target holds the base, git has moved on */
    IGD_CAUSE_DRIFT,    /* git has not changed it, the target was edited */
    IGD_CAUSE_CONFLICT, /* both have, or the base is unknown */
    IGD_CAUSE_FOREIGN,  /* not ours: kept */
} igd_cause;

/*
 * One record that differs. `base` is the row at the last synced commit, laid out by base_table
 * (which differs from `table` when the definition changed); `now` is the row at the new commit,
 * laid out by table. base_known tells a base that is absent from one that could not be determined
 * (then the kind is UPDATE, meaning "insert or update"). A base_table without a base: the base is
 * known by its digest alone.
 */
typedef struct igd_change {
    igd_change_kind kind;
    bool base_known;
    igd_cause cause; /* found by a compare; PENDING, to be proven in the write, from a tree diff */
    const igd_table *table;
    const igd_table *base_table; /* NULL without base */
    const igd_value *base;       /* NULL: none */
    igd_digest base_digest;      /* igd_row_digest by base_table, when base is NULL */
    const igd_value *now;        /* NULL for IGD_DELETE */
    const igd_value *old; /* row of the target as it was found, laid out by table; NULL when it
                             was not read */
    igd_str path;         /* the record's file, for messages */
} igd_change;

typedef IGD_LIST(igd_change) igd_change_list;

/* The row that has the key: now, else base, else old. Key columns come first in all layouts. */
static inline const igd_value *igd_change_key(const igd_change *change)
{
    return change->now ? change->now : change->base ? change->base : change->old;
}

/* Equal in every column; both laid out by the same table. */
bool igd_row_eq(const igd_table *table, const igd_value *a, const igd_value *b);

/* The keys joined with '/', for people. */
igd_str igd_row_key_text(const igd_table *table, const igd_value *row, igd_arena *mem);

/* The keys as a JSON array of strings, for the bookkeeping. */
igd_str igd_keys_json(const igd_value *keys, size_t count, igd_arena *mem);
igd_str igd_row_key_json(const igd_table *table, const igd_value *row, igd_arena *mem);

/* The columns that are not null as a canonical JSON object. Values in a form that is not canonical
 * are strings, bytes that are not text "x'...'". */
igd_str igd_row_json(const igd_table *table, const igd_value *row, igd_arena *mem);

#endif
