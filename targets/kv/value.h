/*
 * Rows as values of a store (docs/contract.md 3).
 *
 *   HASH  a field for each column that is not null, key columns included: canonical text, maps and
 *         lists as JSON. Other fields are somebody else's and stay.
 *   JSON  one text: the canonical JSON object of the same columns.
 *
 * A value that is not in canonical form is drift: the columns that it is about read as IGD_RAW, and
 * a JSON text that is not the canonical one of what it says is wholly so, in the first column
 * behind the key.
 */
#ifndef IGD_TARGETS_KV_VALUE_H
#define IGD_TARGETS_KV_VALUE_H

#include "schema/row.h"

typedef enum igd_kv_layout { IGD_KV_JSON, IGD_KV_HASH } igd_kv_layout;

typedef enum igd_kv_there {
    IGD_KV_ABSENT,
    IGD_KV_THERE,
    IGD_KV_OTHER, /* something that is not of the layout. What is of the other one has `bytes` or
                     `fields`, and can be read as a row all the same */
} igd_kv_there;

typedef struct igd_kv_field {
    igd_str name;
    igd_str text; /* ptr NULL: it must not be there, or goes */
} igd_kv_field;

typedef struct igd_kv_value {
    igd_kv_there there;
    igd_str bytes;        /* JSON */
    igd_kv_field *fields; /* HASH, in any order */
    size_t field_count;
} igd_kv_value;

/* A row as it is stored; of a HASH, null columns are fields without a text. */
igd_kv_value igd_kv_value_of(igd_kv_layout layout, const igd_table *table, const igd_value *row,
                             igd_arena *mem);

/* What is stored as a row of the table; `keys` come from the name, and what the value says of them
 * has to agree. Views of the value or mem. */
void igd_kv_row_of(const igd_table *table, const igd_kv_value *value, const igd_value *keys,
                   igd_arena *mem, igd_value *row);

/* Whether what is there is as `wanted` says (HASH: in the fields that it names). */
bool igd_kv_value_fits(const igd_kv_value *there, const igd_kv_value *wanted);

/* A copy that lives in mem. */
igd_kv_value igd_kv_value_copy(const igd_kv_value *value, igd_arena *mem);

/* How many bytes it has. */
size_t igd_kv_value_size(const igd_kv_value *value);

#endif
