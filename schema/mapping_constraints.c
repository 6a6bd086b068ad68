/*
 * From what a definition demands to checks, foreign keys and indexes. Their names end in a digest
 * of what they say, written as a JSON array: two that say the same have the same name, in every
 * engine.
 */
#include <stdlib.h>

#include "base/json_write.h"
#include "schema/mapped.h"
#include "schema/names.h"

/* The JSON array being written: "<kind>", table, columns, then what the caller adds. */
typedef struct definition {
    igd_buf text;
    igd_json json;
} definition;

static void define(definition *d, const char *kind, igd_str table, const igd_str_list *columns)
{
    igd_buf_clear(&d->text);
    d->json = igd_json_to(&d->text);
    igd_json_array(&d->json);
    igd_json_string(&d->json, igd_str_from(kind));
    igd_json_string(&d->json, table);
    igd_json_array(&d->json);
    for (size_t n = 0; n < columns->len; n++)
        igd_json_string(&d->json, columns->items[n]);
    igd_json_end(&d->json);
}

/* Ends the array and makes the name: kind, table, columns, digest. */
static igd_str name_of(const igd_mapper *mapper, definition *d, const char *kind, igd_str table,
                       const igd_str_list *columns)
{
    igd_json_end(&d->json);
    IGD_CLEANUP(igd_buf)
    igd_buf stem = IGD_BUF_INIT;
    igd_buf_puts(&stem, kind);
    igd_buf_byte(&stem, '_');
    igd_buf_str(&stem, table);
    for (size_t n = 0; n < columns->len; n++) {
        igd_buf_byte(&stem, '_');
        igd_buf_str(&stem, columns->items[n]);
    }
    return igd_name_hashed(igd_buf_view(&stem), igd_buf_view(&d->text),
                           mapper->mapping->identifier_bytes, mapper->mem);
}

/* ---- checks ---- */

static const char *const check_words[] = {
    [IGD_CHECK_ENUM] = "enum",
    [IGD_CHECK_MIN] = "min",
    [IGD_CHECK_MAX] = "max",
    [IGD_CHECK_LENGTH] = "length",
    [IGD_CHECK_MIN_LENGTH] = "min_length",
    [IGD_CHECK_MAX_LENGTH] = "max_length",
};

/* Names the check and adds it. */
static void add_check(const igd_mapper *mapper, igd_table *table, igd_check check)
{
    igd_str_list columns = {&check.column, 1, 1};
    definition d = {.text = IGD_BUF_INIT};
    define(&d, "ck", table->name, &columns);
    igd_json_string(&d.json, igd_str_from(check_words[check.kind]));
    switch (check.kind) {
    case IGD_CHECK_ENUM:
        for (size_t n = 0; n < check.values.len; n++)
            igd_json_string(&d.json, igd_value_text(&check.values.items[n], mapper->mem));
        break;
    case IGD_CHECK_MIN:
    case IGD_CHECK_MAX:
        igd_json_string(&d.json, check.number);
        break;
    case IGD_CHECK_LENGTH:
    case IGD_CHECK_MIN_LENGTH:
    case IGD_CHECK_MAX_LENGTH:
        igd_json_int(&d.json, check.limit);
        break;
    }
    check.name = name_of(mapper, &d, "ck", table->name, &columns);
    igd_buf_free(&d.text);
    IGD_PUSH(mapper->mem, &table->checks, check);
}

static int by_text(const void *a, const void *b)
{
    return igd_str_cmp(*(const igd_str *)a, *(const igd_str *)b);
}

/*
 * The values in the order of their texts and without repetitions: writing an enum in another order
 * changes nothing, so it must not look like a change.
 */
static igd_value_list enum_values(const igd_mapper *mapper, const igd_field *field, igd_kind kind)
{
    typedef struct pair {
        igd_str text; /* first: it is what by_text compares */
        igd_value value;
    } pair;
    size_t count = field->allowed.len;
    pair *pairs = IGD_NEW_ARRAY(mapper->mem, pair, count);
    for (size_t n = 0; n < count; n++) {
        igd_value value = igd_value_copy(&field->allowed.items[n], mapper->mem);
        igd_str text = igd_value_text(&value, mapper->mem);
        pairs[n] = (pair){text, kind == IGD_STRING ? igd_value_string(text) : value};
    }
    qsort(pairs, count, sizeof(*pairs), by_text);
    igd_value_list values = {0};
    for (size_t n = 0; n < count; n++) {
        if (n == 0 || !igd_str_eq(pairs[n].text, pairs[n - 1].text))
            IGD_PUSH(mapper->mem, &values, pairs[n].value);
    }
    return values;
}

/* A bound that is no number is none: the reader has reported it, and scripts hold it as it is. */
static void add_bound(const igd_mapper *mapper, igd_table *table, const igd_column *column,
                      igd_check_kind kind, igd_str number)
{
    igd_value value = IGD_VALUE_NULL;
    bool floats = column->type.kind == IGD_FLOAT;
    if ((!floats && column->type.kind != IGD_INT) || number.len == 0 ||
        igd_value_parse(IGD_FLOAT, number, mapper->mem, &value))
        return;
    /* The reader compares doubles with the nearest one; an engine compares them with every digit.
     */
    if (floats) {
        char text[IGD_NUMBER_MAX];
        number = igd_arena_str(mapper->mem, (igd_str){text, igd_number_text(value.number, text)});
    }
    add_check(mapper, table, (igd_check){.column = column->name, .kind = kind, .number = number});
}

static void add_length_checks(const igd_mapper *mapper, igd_table *table, const igd_field *field,
                              igd_str column)
{
    const struct {
        igd_limit limit;
        igd_check_kind kind;
    } lengths[] = {
        {field->length, IGD_CHECK_LENGTH},
        {field->min_length, IGD_CHECK_MIN_LENGTH},
        {field->max_length, IGD_CHECK_MAX_LENGTH},
    };
    for (size_t n = 0; n < IGD_COUNT(lengths); n++) {
        if (lengths[n].limit.set)
            add_check(mapper, table,
                      (igd_check){.column = column,
                                  .kind = lengths[n].kind,
                                  .limit = lengths[n].limit.value});
    }
}

static void add_checks(const igd_mapper *mapper, igd_table *table, const igd_field *field,
                       size_t at)
{
    const igd_column *column = &table->columns[at];
    if (field->type.shape != IGD_SCALAR)
        return;
    /* The text of a key that was declared as a number is not canonical ("007"): it cannot be
     * compared with the enum's values, which the reader has done. */
    bool foreign_text = at < table->key_count && field->type.kind != IGD_STRING;
    if (field->allowed.len > 0 && !foreign_text)
        add_check(mapper, table,
                  (igd_check){.column = column->name,
                              .kind = IGD_CHECK_ENUM,
                              .values = enum_values(mapper, field, column->type.kind)});
    add_bound(mapper, table, column, IGD_CHECK_MIN, field->min_value);
    add_bound(mapper, table, column, IGD_CHECK_MAX, field->max_value);
    if (field->type.kind == IGD_STRING)
        add_length_checks(mapper, table, field, column->name);
}

/* ---- foreign keys ---- */

/* Do the primary key's first columns serve the reference? */
static bool key_covers(const igd_table *table, const igd_str_list *columns)
{
    for (size_t n = 0; n < columns->len; n++) {
        if (n >= table->key_count || !igd_str_eq(table->columns[n].name, columns->items[n]))
            return false;
    }
    return true;
}

static void add_foreign_key(const igd_mapper *mapper, igd_table *table, igd_foreign_key key)
{
    definition d = {.text = IGD_BUF_INIT};
    define(&d, "fk", table->name, &key.columns);
    igd_json_string(&d.json, key.ref_table);
    for (size_t n = 0; n < key.ref_columns.len; n++)
        igd_json_string(&d.json, key.ref_columns.items[n]);
    igd_json_bool(&d.json, key.cascade);
    key.name = name_of(mapper, &d, "fk", table->name, &key.columns);
    IGD_PUSH(mapper->mem, &table->foreign_keys, key);
    if (!key_covers(table, &key.columns)) {
        define(&d, "ix", table->name, &key.columns);
        igd_index index = {.columns = key.columns};
        index.name = name_of(mapper, &d, "ix", table->name, &key.columns);
        IGD_PUSH(mapper->mem, &table->indexes, index);
    }
    igd_buf_free(&d.text);
}

static void add_parent_key(const igd_mapper *mapper, igd_mapped *item)
{
    const igd_table *parent = &item->parent->table;
    igd_foreign_key key = {.ref_table = parent->name, .cascade = true};
    for (size_t n = 0; n < parent->key_count; n++) {
        IGD_PUSH(mapper->mem, &key.columns, item->table.columns[n].name);
        IGD_PUSH(mapper->mem, &key.ref_columns, parent->columns[n].name);
    }
    add_foreign_key(mapper, &item->table, key);
}

static void add_reference(const igd_mapper *mapper, igd_mapped *item, const igd_field *field,
                          igd_str column)
{
    const igd_mapped *target = igd_mapper_find(mapper, field->foreign_key);
    igd_str reason = {0};
    if (!target)
        reason = igd_arena_printf(mapper->mem,
                                  "column '%.*s' refers to collection '%.*s', which does not exist",
                                  IGD_STR_ARG(field->name), IGD_STR_ARG(field->foreign_key));
    else if (target->collection->parent)
        reason = igd_arena_printf(mapper->mem,
                                  "column '%.*s' refers to '%.*s', which is a subcollection",
                                  IGD_STR_ARG(field->name), IGD_STR_ARG(field->foreign_key));
    if (reason.len > 0) {
        igd_mapper_problem(mapper, item->collection, field, "reference", reason,
                           "a foreign_key names a root collection");
        return;
    }
    /* A list refers with each of its items, which no engine can enforce. The problems already say
     * why a target has no table. */
    if (!igd_field_is_reference(field) || !target->made)
        return;
    igd_foreign_key key = {.ref_table = target->table.name};
    IGD_PUSH(mapper->mem, &key.columns, column);
    IGD_PUSH(mapper->mem, &key.ref_columns,
             target->table.columns[target->table.key_count - 1].name);
    add_foreign_key(mapper, &item->table, key);
}

void igd_map_constraints(const igd_mapper *mapper, igd_mapped *item)
{
    igd_table *table = &item->table;
    if (item->parent)
        add_parent_key(mapper, item);
    for (size_t n = 0; n < table->column_count; n++) {
        if (table->columns[n].field == IGD_FIELD_NONE)
            continue;
        const igd_field *field = &item->collection->fields[table->columns[n].field];
        add_checks(mapper, table, field, n);
        if (field->foreign_key.len > 0)
            add_reference(mapper, item, field, table->columns[n].name);
    }
}
