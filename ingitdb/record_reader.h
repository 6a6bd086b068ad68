/*
 * What records.c, record_key.c and locale.c share: a reader, and the state of reading one file.
 */
#ifndef IGD_INGITDB_RECORD_READER_H
#define IGD_INGITDB_RECORD_READER_H

#include "ingitdb/bind.h"
#include "ingitdb/constraints.h"
#include "ingitdb/records.h"

/* A declared field, and where its value goes. */
typedef struct igd_record_slot {
    const igd_field *field;
    ptrdiff_t column; /* in the table; -1: nowhere (a computed one) */
    bool is_key;      /* it backs the table's key column */
    bool reference;   /* stored as the text of the key that it refers to */
    ptrdiff_t locale; /* the field whose map has this one's text under its locale, or -1 */
    igd_constraints constraints;
} igd_record_slot;

/* Fields that can be a list's key without being declared. */
enum { IGD_USUAL_KEYS = 3 };
extern const igd_str igd_usual_keys[IGD_USUAL_KEYS];

struct igd_record_reader {
    const igd_definition *definition;
    const igd_table *table;
    igd_capacity capacity;
    igd_record_slot *slots; /* by field */
    uint32_t *by_name;      /* fields ordered by name */
    igd_str *names;         /* by field, for hints */
    size_t count;           /* of fields */
    ptrdiff_t *key_parts;   /* lists: fields of primary_key; -1: not declared */
    bool has_locales;
};

/* The field of that name, or -1. */
ptrdiff_t igd_record_reader_field(const igd_record_reader *reader, igd_str name);

typedef struct igd_json_nodes igd_json_nodes;

typedef struct igd_record_state {
    const igd_record_reader *reader;
    const igd_record_file *file;
    bool other_version; /* igd_format_input.other_version */
    igd_arena *mem;
    igd_record_scope scope;
    igd_binder binder;
    uint32_t *order;       /* field of the n-th member of the record before */
    size_t order_len;      /* room in order */
    igd_json_nodes *cells; /* reads JSON in CSV cells */

    /* Of one record. */
    const igd_node *map;                     /* NULL: a record without fields */
    const igd_node **nodes;                  /* by field; NULL: absent */
    const igd_member *usual[IGD_USUAL_KEYS]; /* undeclared ones */
    const igd_member *key_member;            /* the undeclared one that is the key */
    bool has_strays;                         /* members that may have no right to be there */
    bool has_json_cells;
    igd_str key;
    igd_value *row; /* not null columns are set as far as they could be read */
} igd_record_state;

/* ---- records.c ---- */

/* For one file. Still missing: `cells` and binder.text, which the caller frees. */
void igd_record_state_init(igd_record_state *state, const igd_record_reader *reader,
                           const igd_record_file *file, igd_arena *mem, igd_problems *problems);

int igd_record_state_parse(const igd_record_state *state, igd_problems *warnings, igd_node **out,
                           igd_error *err);

/* ---- record_row.c ---- */

/*
 * Reads one record into state->row. `node` is its map, or null; `key` comes from the file's name
 * or the map that the record is in, NULL for a row of a list. What is wrong has been reported:
 * state->scope tells whether the record is valid and whether its key is known. Of an invalid row
 * only the key columns are set.
 */
void igd_record_read(igd_record_state *state, const igd_node *node, uint32_t line, uint32_t column,
                     const igd_str *key);

/* ---- locale.c ---- */

/* Finds the map field of each shortcut. */
void igd_locale_prepare(igd_record_reader *reader);

/* Read rule of locale shortcuts (D22): the text under the shortcut's locale moves from the map into
 * the shortcut's column. */
void igd_locale_apply(igd_record_state *state);

/* ---- record_key.c ---- */

typedef enum igd_key_result {
    IGD_KEY_OK,
    IGD_KEY_BAD,     /* reported */
    IGD_KEY_UNBOUND, /* its field does not fit its type: not yet reported */
} igd_key_result;

/* The key of a list's row. */
igd_key_result igd_record_list_key(igd_record_state *state, igd_str *out);

/* A key that comes from outside the record, or was found: reports an empty one and NUL. */
bool igd_record_check_key(igd_record_state *state, igd_str key);

/* Checks the field that backs the key column: when it is there it equals the key; when it is not,
 * the key itself has to be of its type. */
void igd_record_bind_key_field(igd_record_state *state, const igd_record_slot *slot,
                               const igd_node *node, igd_str key);

#endif
