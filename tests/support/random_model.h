/*
 * The model behind random_source.h: what a generated database means, kept apart from how its files
 * say it. Operations (random_ops*.c) change the model, settling (random_settle.c) makes it valid
 * again, writers (random_write*.c) serialise it, and random_expect.c says what a target must hold.
 *
 * Everything lives in the model's arena. Values are immutable.
 */
#ifndef IGD_TESTS_RANDOM_MODEL_H
#define IGD_TESTS_RANDOM_MODEL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"

#define RM_COLUMNS 16 /* most columns of a collection */
#define RM_ALLOWED 4  /* most members of an enum */

typedef enum rm_kind { RM_NULL, RM_TEXT, RM_INT, RM_FLOAT, RM_BOOL, RM_LIST, RM_MAP } rm_kind;

typedef struct rm_value rm_value;
struct rm_value {
    rm_kind kind;
    int64_t integer;       /* INT, BOOL */
    const char *text;      /* TEXT; FLOAT: as files write it */
    const char *canonical; /* FLOAT: as JSON has it */
    const char **keys;     /* MAP: in byte order */
    const rm_value **items;
    size_t count;
};

typedef enum rm_type {
    RM_T_STRING,
    RM_T_INT,
    RM_T_FLOAT,
    RM_T_BOOL,
    RM_T_DATE,
    RM_T_TIME,
    RM_T_DATETIME,
    RM_T_ANY,
    RM_T_MAP,        /* map[string]any */
    RM_T_MAP_INT,    /* map[string]int: what its values are is not checked */
    RM_T_MAP_LOCALE, /* map[locale]string */
    RM_T_LIST,       /* []string; the others follow in the order of the scalars */
    RM_T_LIST_INT,
    RM_T_LIST_FLOAT,
    RM_T_LIST_BOOL,
    RM_T_LIST_DATE,
    RM_T_LIST_TIME,
    RM_T_LIST_DATETIME,
    RM_T_LIST_ANY,
    RM_TYPES,
} rm_type;

typedef struct rm_collection rm_collection;

typedef struct rm_column {
    const char *name;
    rm_type type;
    bool required;
    bool key;                           /* holds the record's key; records have no value of it */
    bool part;                          /* of a primary_key of several columns: never edited */
    bool content;                       /* the body of a markdown file */
    int length, min_length, max_length; /* -1: none */
    bool has_min, has_max;
    int min, max;
    const rm_value *allowed[RM_ALLOWED];
    size_t allowed_count;
    rm_collection *target; /* foreign key */
    const char *locale;    /* shortcut: its pair is the column with an 's' more */
} rm_column;

/* What is wrong with a part of the files though the model is valid (random_break.c). */
typedef enum rm_damage {
    RM_WHOLE,
    RM_HIDDEN, /* is not there */
    RM_SPOILT, /* has a value that does not fit */
    RM_LOST,   /* refers to what is not there */
    RM_TORN,   /* cannot be parsed */
    RM_CUT,    /* ends in the middle */
} rm_damage;

typedef struct rm_record rm_record;
struct rm_record {
    const char *key;
    rm_record *parent;
    const rm_value *values[RM_COLUMNS];
    uint64_t style;
    bool gone;
    rm_damage damage; /* to what is written of it; SINGLE: to its file */
};

typedef enum rm_format {
    RM_YAML,
    RM_YML,
    RM_JSON,
    RM_JSONL,
    RM_CSV,
    RM_TOML,
    RM_MARKDOWN,
    RM_INGR,
    RM_FORMATS,
} rm_format;

typedef enum rm_shape { RM_SINGLE, RM_ROWS, RM_KEYED } rm_shape;

typedef enum rm_layout {
    RM_DEDICATED,   /* DIR/.collection/definition.yaml */
    RM_SHARED,      /* BASE/.collections/NAME/definition.yaml */
    RM_SHARED_BARE, /* DIR/definition.yaml */
    RM_LAYOUTS,
} rm_layout;

/* Where the key of a record is declared. */
typedef enum rm_key {
    RM_KEY_NONE,   /* nowhere; rows have an undeclared $ID */
    RM_KEY_DOLLAR, /* $ID */
    RM_KEY_ID,     /* id */
    RM_KEY_ONE,    /* rows: primary_key with one column */
    RM_KEY_PARTS,  /* rows: primary_key with several */
} rm_key;

typedef IGD_LIST(rm_record *) rm_record_list;

struct rm_collection {
    const char *name;   /* subcollections: of the directory; else the id without its module */
    const char *module; /* root collections: the import that it is in, or NULL */
    rm_collection *parent;
    rm_layout layout;
    const char *dir;      /* root collections: below the module; SHARED: the base */
    const char *data_dir; /* SHARED */
    rm_format format;
    rm_shape shape;
    int template;
    rm_key key;
    bool int_keys;  /* keys are decimal integers */
    bool wild_keys; /* keys that no file could have as its name */
    rm_column columns[RM_COLUMNS];
    size_t column_count;
    rm_record_list records;
    int inherits; /* files that the definition is spread over, beside its own */
    uint64_t style, order_style;
    bool gone;
    rm_damage damage;           /* to the file of many records below that parent */
    const rm_record *damage_at; /* NULL: it has no parent */
};

typedef struct rm_model {
    igd_arena *mem;
    uint64_t random;
    IGD_LIST(rm_collection *) collections; /* parents first */
    igd_str_list dropped;                  /* names of root collections that are gone */
    unsigned numbers;                      /* that make names unique */
    unsigned noise;                        /* versions of what is no data */
    unsigned module_place;                 /* where imported modules are */
    unsigned rewrites; /* changes when equal rows have to be written again all the same */
    igd_buf log;       /* what the operations of this commit did */
} rm_model;

/* ---- random_model.c: chance, lookups, names ---- */

uint64_t rm_next(uint64_t *state);
size_t rm_pick(rm_model *m, size_t count); /* 0 .. count - 1 */
bool rm_chance(rm_model *m, unsigned one_in);
size_t rm_draw(uint64_t *state, size_t count); /* of a style */
const char *rm_print(rm_model *m, const char *format, ...) IGD_PRINTF(2, 3);
void rm_log(rm_model *m, const char *format, ...) IGD_PRINTF(2, 3);

bool rm_is_list(rm_type type);
bool rm_is_map(rm_type type);
const char *rm_type_name(rm_type type);
const char *rm_type_sql(rm_type type);
rm_type rm_element(rm_type type); /* of the items or values */
const char *rm_format_name(rm_format format);
bool rm_format_stores(rm_format format, rm_shape shape);

const char *rm_id(rm_model *m, const rm_collection *c);    /* full id */
const char *rm_table(rm_model *m, const rm_collection *c); /* of the target */
size_t rm_depth(const rm_collection *c);
bool rm_has_children(const rm_model *m, const rm_collection *c);
bool rm_has_parts(const rm_collection *c);
ptrdiff_t rm_column_at(const rm_collection *c, const char *name);
ptrdiff_t rm_key_at(const rm_collection *c); /* column that is the key, or -1 */
rm_record *rm_find(const rm_collection *c, const rm_record *parent, const char *key);
rm_collection *rm_any_collection(rm_model *m);
rm_collection *rm_any_root(rm_model *m);
const char *rm_new_key(rm_model *m, const rm_collection *c, const rm_record *parent);
const char *rm_new_column_name(rm_model *m, const rm_collection *c);
rm_column *rm_add_column(rm_model *m, rm_collection *c, const char *name, rm_type type);
void rm_drop_column(rm_collection *c, size_t at);

/* ---- random_value.c ---- */

extern const rm_value rm_null;
const rm_value *rm_text(rm_model *m, const char *text);
const rm_value *rm_int(rm_model *m, int64_t number);
const rm_value *rm_value_new(rm_model *m, const rm_collection *c, const rm_column *column);
bool rm_value_fits(const rm_collection *c, const rm_column *column, const rm_value *value);
/* The value in another type, or NULL. */
const rm_value *rm_convert(rm_model *m, const rm_value *value, rm_type to);
size_t rm_chars(const char *text);

/* ---- random_settle.c ---- */

/* Makes every record valid again: values that fit their columns, references to what is there. */
void rm_settle(rm_model *m);
void rm_add_record(rm_model *m, rm_collection *c, rm_record *parent);
/* Some records below every parent that has none yet. */
void rm_fill(rm_model *m, rm_collection *c, size_t most);

/* ---- random_schema.c: parts of definitions by chance ---- */

rm_collection *rm_add_collection(rm_model *m, rm_collection *parent);
void rm_random_column(rm_model *m, rm_collection *c);
void rm_refer(rm_model *m, rm_collection *c, rm_collection *target); /* adds a foreign key */
void rm_constrain(rm_model *m, rm_column *column);
void rm_unconstrain(rm_column *column);
void rm_place(rm_model *m, rm_collection *c); /* somewhere else */
/* Whether the formats and rules allow the collection as it is. */
bool rm_legal(const rm_model *m, const rm_collection *c);

/* ---- random_ops.c, random_ops_schema.c ---- */

typedef bool rm_op(rm_model *m, rm_collection *c); /* false: not possible there */
extern rm_op *const rm_schema_ops[];
extern const size_t rm_schema_op_count;

void rm_begin(rm_model *m);  /* the first commit */
void rm_change(rm_model *m); /* one operation */

/* ---- random_write.c and its parts ---- */

typedef struct rm_file {
    const char *path;
    igd_str content;
} rm_file;

typedef IGD_LIST(rm_file) rm_file_list;

/* Every file of the database as it is now. */
void rm_write(rm_model *m, rm_file_list *out);

/* A field of a record in a file. */
typedef struct rm_member {
    const char *name;
    const rm_value *value;
    rm_type type;
} rm_member;

typedef struct rm_entry {
    const char *key;
    rm_member members[RM_COLUMNS + 2];
    size_t count;
    uint64_t style;
} rm_entry;

typedef IGD_LIST(rm_entry) rm_entry_list;

/* Records as one file's bytes; one entry of a RM_SINGLE collection. */
void rm_write_records(rm_model *m, const rm_collection *c, const rm_entry_list *entries,
                      igd_buf *out);
/* The names of columns_order. */
/* The name of its record file. */
const char *rm_file_name(rm_model *m, const rm_collection *c, const char *key);
void rm_columns_order(rm_model *m, const rm_collection *c, igd_str_list *out);
/* `path` is of its own definition.yaml. */
void rm_write_definition(rm_model *m, const char *path, const rm_collection *c, rm_file_list *out);
void rm_add_file(rm_model *m, rm_file_list *out, const char *path, const igd_buf *content);

/* Text in quotes with escapes that YAML, JSON and TOML read alike. */
void rm_quote(igd_buf *out, const char *text);
void rm_json(igd_buf *out, const rm_value *value, bool canonical, uint64_t *style);
void rm_yaml(igd_buf *out, const rm_value *value, rm_type type, int indent, uint64_t *style);
void rm_yaml_key(igd_buf *out, const char *key, uint64_t *style);
void rm_yaml_members(igd_buf *out, const rm_entry *entry, int indent, uint64_t *style);
void rm_toml(igd_buf *out, const rm_value *value, rm_type type, uint64_t *style);
void rm_toml_key(igd_buf *out, const char *key, uint64_t *style);

/* A canonical date, time or datetime in one of the ways to write it. */
const char *rm_moment(const char *canonical, rm_type type, uint64_t *style, char out[48]);

/* ---- random_break.c ---- */

/* Damages and repairs at random; rm_settle has to have been called. */
void rm_break(rm_model *m);
bool rm_is_broken(const rm_model *m);
/* Damage to an entry, and to the text of a file. */
void rm_spoil(const rm_collection *c, rm_damage damage, rm_entry *entry);
void rm_tear(rm_damage damage, igd_buf *text);

/* ---- random_expect.c ---- */

char *rm_expect(rm_model *m); /* free() it */

#endif
