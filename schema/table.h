/*
 * Tables: the desired or the found schema in terms of a target, without any engine's spelling.
 *
 * Names follow docs/contract.md 2. The primary key is the first key_count columns: the keys of the
 * ancestors from the root down, then the record's key. Constraint and index names end in 8 hex
 * digits of what they say in terms of target columns; two tables are compared by these names, so an
 * engine's way of rewriting an expression never looks like a change.
 *
 * Everything lives in the arena that the schema was made in, and does not change.
 */
#ifndef IGD_SCHEMA_TABLE_H
#define IGD_SCHEMA_TABLE_H

#include "base/error.h"
#include "schema/collection.h"

#define IGD_FIELD_NONE (-1) /* a key column that no declared field backs; an ancestor's key */

/* A rename that was decided for a run: of a table or column as desired. Not part of what is
 * recorded. */
typedef struct igd_rename {
    igd_str from;    /* the collection's id, the column's name, at the base; empty: not renamed */
    const char *why; /* what speaks for it */
} igd_rename;

typedef struct igd_column {
    igd_str name;
    igd_type type;
    bool not_null;
    bool key_text; /* a key or a reference to one: text of the engine's key type, binary order */
    int64_t max_chars; /* longest text in code points, 0 when unlimited; sizes varchar(n) */
    int32_t field;     /* index in the collection's fields, or IGD_FIELD_NONE */
    /* Of a table as it is found: */
    igd_str found_as; /* how the engine spells the type, for messages */
    bool computed;    /* the engine makes its values: it cannot be written */
    /* A run was interrupted between two kinds that the engine cannot tell apart (text and date in
     * SQLite): it may hold values of either, and `type` is the one that was there first. */
    bool ambiguous;
    igd_rename renamed;
} igd_column;

typedef enum igd_check_kind {
    IGD_CHECK_ENUM,       /* the value is one of `values` */
    IGD_CHECK_MIN,        /* >= number */
    IGD_CHECK_MAX,        /* <= number */
    IGD_CHECK_LENGTH,     /* exactly `limit` code points */
    IGD_CHECK_MIN_LENGTH, /* at least */
    IGD_CHECK_MAX_LENGTH, /* at most */
} igd_check_kind;

/* A CHECK constraint on one column; null values pass. */
typedef struct igd_check {
    igd_str name;
    igd_str column;
    igd_check_kind kind;
    igd_value_list values; /* ENUM */
    igd_str number;        /* MIN, MAX: as the definition wrote it, a plain decimal number */
    int64_t limit;         /* the lengths */
} igd_check;

/* Whether the value passes; null does. */
bool igd_check_allows(const igd_check *check, const igd_value *value);

typedef struct igd_foreign_key {
    igd_str name;
    igd_str_list columns;
    igd_str ref_table;
    igd_str_list ref_columns;
    bool cascade; /* subcollection to parent: ON DELETE CASCADE; else NO ACTION. Deferrable where
                     the engine can */
} igd_foreign_key;

typedef struct igd_index {
    igd_str name;
    igd_str_list columns;
} igd_index;

typedef struct igd_table {
    igd_str name;
    igd_str collection; /* full id */
    igd_column *columns;
    size_t column_count;
    size_t key_count;
    IGD_LIST(igd_check) checks;
    IGD_LIST(igd_foreign_key) foreign_keys;
    IGD_LIST(igd_index) indexes;
    bool adopted;           /* somebody else made it: what restricts our columns there and was not
                               added by us is not ours */
    uint32_t *digest_order; /* indexes of the columns behind the key, ordered by name */
    igd_rename renamed;
} igd_table;

/* Tables in the order in which rows can be inserted: what is referred to comes first, a parent
 * before its subcollections; inside a cycle by name. */
typedef struct igd_schema {
    igd_table *tables;
    size_t table_count;
} igd_schema;

/* Index, or -1. */
ptrdiff_t igd_table_column(const igd_table *table, igd_str name);
/* The same without case, as engines look for columns. */
bool igd_table_has(const igd_table *table, igd_str name);
/* Index in an older version of its table of the ordinary column that holds the column's values:
 * under its own name or else the one that it is renamed from, and of the same kind; or -1. */
ptrdiff_t igd_table_origin(const igd_table *before, const igd_column *column);

/* The id that the table's collection had at the base. */
static inline igd_str igd_table_was(const igd_table *table)
{
    return table->renamed.from.len > 0 ? table->renamed.from : table->collection;
}

const igd_check *igd_table_check(const igd_table *table, igd_str name);
const igd_foreign_key *igd_table_foreign_key(const igd_table *table, igd_str name);
const igd_index *igd_table_index(const igd_table *table, igd_str name);

const igd_table *igd_schema_table(const igd_schema *schema, igd_str name);
const igd_table *igd_schema_collection(const igd_schema *schema, igd_str collection);

/* Fills digest_order. For those who build a table. */
void igd_table_finish(igd_table *table, igd_arena *mem);

/* One line of JSON that says all of the table (the bookkeeping's schema_json), and back. `field`
 * indexes are not part of it. Errors: IGD_E_FORMAT, with what is wrong. */
igd_str igd_table_to_json(const igd_table *table, igd_arena *mem);
IGD_MUST_CHECK int igd_table_from_json(igd_str json, igd_arena *mem, igd_table *out,
                                       igd_error *err);

#endif
