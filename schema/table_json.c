/*
 * A table as one line of JSON, and back: what the bookkeeping remembers of a table that was made.
 *
 * Keys are written in a fixed order and read in any; an unknown or repeated key is an error, since
 * a table that is only half understood would be compared wrongly. `digest_order` is computed anew.
 */
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/map.h"
#include "schema/table.h"

#define DEPTH_MAX 8

static const char *const check_words[] = {
    [IGD_CHECK_ENUM] = "enum",
    [IGD_CHECK_MIN] = "min",
    [IGD_CHECK_MAX] = "max",
    [IGD_CHECK_LENGTH] = "length",
    [IGD_CHECK_MIN_LENGTH] = "min_length",
    [IGD_CHECK_MAX_LENGTH] = "max_length",
};

/* ---- out ---- */

static void put_names(igd_json *json, const char *key, const igd_str_list *names)
{
    igd_json_key(json, igd_str_from(key));
    igd_json_array(json);
    for (size_t n = 0; n < names->len; n++)
        igd_json_string(json, names->items[n]);
    igd_json_end(json);
}

static void put_column(igd_json *json, const igd_column *column)
{
    igd_json_object(json);
    igd_json_put_string(json, "name", column->name);
    igd_json_put_string(json, "type", igd_str_from(igd_type_name(column->type)));
    if (column->not_null)
        igd_json_put_bool(json, "not_null", true);
    if (column->key_text)
        igd_json_put_bool(json, "key_text", true);
    if (column->max_chars > 0)
        igd_json_put_int(json, "max_chars", column->max_chars);
    igd_json_end(json);
}

static void put_check(igd_json *json, const igd_check *check, igd_arena *mem)
{
    igd_json_object(json);
    igd_json_put_string(json, "name", check->name);
    igd_json_put_string(json, "column", check->column);
    igd_json_put_string(json, "kind", igd_str_from(check_words[check->kind]));
    switch (check->kind) {
    case IGD_CHECK_ENUM:
        igd_json_key(json, IGD_STR("values"));
        igd_json_array(json);
        for (size_t n = 0; n < check->values.len; n++)
            igd_json_string(json, igd_value_text(&check->values.items[n], mem));
        igd_json_end(json);
        break;
    case IGD_CHECK_MIN:
    case IGD_CHECK_MAX:
        igd_json_put_string(json, "number", check->number);
        break;
    case IGD_CHECK_LENGTH:
    case IGD_CHECK_MIN_LENGTH:
    case IGD_CHECK_MAX_LENGTH:
        igd_json_put_int(json, "limit", check->limit);
        break;
    }
    igd_json_end(json);
}

static void put_foreign_key(igd_json *json, const igd_foreign_key *key)
{
    igd_json_object(json);
    igd_json_put_string(json, "name", key->name);
    put_names(json, "columns", &key->columns);
    igd_json_put_string(json, "ref_table", key->ref_table);
    put_names(json, "ref_columns", &key->ref_columns);
    if (key->cascade)
        igd_json_put_bool(json, "cascade", true);
    igd_json_end(json);
}

static void put_index(igd_json *json, const igd_index *index)
{
    igd_json_object(json);
    igd_json_put_string(json, "name", index->name);
    put_names(json, "columns", &index->columns);
    igd_json_end(json);
}

igd_str igd_table_to_json(const igd_table *table, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_json json = igd_json_to(&text);
    igd_json_object(&json);
    igd_json_put_string(&json, "name", table->name);
    igd_json_put_string(&json, "collection", table->collection);
    igd_json_put_int(&json, "key_count", (int64_t)table->key_count);
    igd_json_key(&json, IGD_STR("columns"));
    igd_json_array(&json);
    for (size_t n = 0; n < table->column_count; n++)
        put_column(&json, &table->columns[n]);
    igd_json_end(&json);
    igd_json_key(&json, IGD_STR("checks"));
    igd_json_array(&json);
    for (size_t n = 0; n < table->checks.len; n++)
        put_check(&json, &table->checks.items[n], mem);
    igd_json_end(&json);
    igd_json_key(&json, IGD_STR("foreign_keys"));
    igd_json_array(&json);
    for (size_t n = 0; n < table->foreign_keys.len; n++)
        put_foreign_key(&json, &table->foreign_keys.items[n]);
    igd_json_end(&json);
    igd_json_key(&json, IGD_STR("indexes"));
    igd_json_array(&json);
    for (size_t n = 0; n < table->indexes.len; n++)
        put_index(&json, &table->indexes.items[n]);
    igd_json_end(&json);
    igd_json_end(&json);
    return igd_arena_str(mem, igd_buf_view(&text));
}

/* ---- in ---- */

/* The first thing that is wrong wins; after it, reading goes on to no effect. */
typedef struct reader {
    igd_json_reader json;
    igd_arena *mem;
    igd_table *table;
    const char *wrong; /* static text, or NULL */
} reader;

typedef void read_value(reader *r, void *out);

/* One key of an object: how its value is read, and into what. */
typedef struct member {
    const char *key;
    read_value *read;
    void *out;
    bool optional;
} member;

static void set_wrong(reader *r, const char *why)
{
    if (!r->wrong)
        r->wrong = why;
}

static igd_json_event next(reader *r)
{
    if (igd_json_next(&r->json) == IGD_JSON_ERROR)
        set_wrong(r, r->json.error);
    return r->json.event;
}

/* Is the event there? Else that is what is wrong. */
static bool expect(reader *r, igd_json_event event, const char *why)
{
    if (!r->wrong && r->json.event != event)
        set_wrong(r, why);
    return !r->wrong;
}

/* The readers of values find the value's first event read, and leave its last one. */

static void read_text(reader *r, void *out)
{
    if (!expect(r, IGD_JSON_STRING, "a text is expected"))
        return;
    *(igd_str *)out = igd_arena_str(r->mem, r->json.text);
}

static void read_name(reader *r, void *out)
{
    igd_str name = {0};
    read_text(r, &name);
    if (r->wrong)
        return;
    if (name.len == 0 || igd_str_find(name, '\0') >= 0)
        set_wrong(r, "a name is empty or holds a NUL");
    *(igd_str *)out = name;
}

static void read_flag(reader *r, void *out)
{
    if (r->json.event != IGD_JSON_TRUE && r->json.event != IGD_JSON_FALSE)
        set_wrong(r, "true or false is expected");
    *(bool *)out = r->json.event == IGD_JSON_TRUE;
}

static void read_int(reader *r, void *out)
{
    igd_value value = IGD_VALUE_NULL;
    if (!expect(r, IGD_JSON_NUMBER, "an integer is expected"))
        return;
    if (igd_value_parse(IGD_INT, r->json.text, r->mem, &value))
        set_wrong(r, "an integer is expected");
    else
        *(int64_t *)out = value.integer;
}

static void read_type(reader *r, void *out)
{
    igd_str name = {0};
    read_text(r, &name);
    if (!r->wrong && igd_type_parse(name, out, NULL) == IGD_TYPE_UNKNOWN)
        set_wrong(r, "the type of a column is not known");
}

static void read_check_kind(reader *r, void *out)
{
    igd_str word = {0};
    read_text(r, &word);
    for (size_t n = 0; n < IGD_COUNT(check_words); n++) {
        if (igd_str_is(word, check_words[n])) {
            *(igd_check_kind *)out = (igd_check_kind)n;
            return;
        }
    }
    set_wrong(r, "the kind of a check is not known");
}

/* Calls `read` for each item of an array, which pushes it where `out` says. */
static void read_array(reader *r, read_value *read, void *out)
{
    if (!expect(r, IGD_JSON_ARRAY_START, "a list is expected"))
        return;
    while (!r->wrong && next(r) != IGD_JSON_ARRAY_END)
        read(r, out);
}

static void read_one_name(reader *r, void *out)
{
    igd_str name = {0};
    read_name(r, &name);
    IGD_PUSH(r->mem, (igd_str_list *)out, name);
}

static void read_one_text(reader *r, void *out)
{
    igd_str text = {0};
    read_text(r, &text);
    IGD_PUSH(r->mem, (igd_str_list *)out, text);
}

static void read_names(reader *r, void *out)
{
    read_array(r, read_one_name, out);
}

static void read_texts(reader *r, void *out)
{
    read_array(r, read_one_text, out);
}

static void read_object(reader *r, const member *members, size_t count)
{
    uint32_t seen = 0;
    if (!expect(r, IGD_JSON_OBJECT_START, "an object is expected"))
        return;
    while (!r->wrong && next(r) == IGD_JSON_KEY) {
        size_t at = 0;
        while (at < count && !igd_str_is(r->json.text, members[at].key))
            at++;
        if (at == count || (seen & 1u << at)) {
            set_wrong(r, at == count ? "a key is not known" : "a key is there twice");
            return;
        }
        seen |= 1u << at;
        next(r);
        if (!r->wrong)
            members[at].read(r, members[at].out);
    }
    for (size_t n = 0; n < count; n++) {
        if (!members[n].optional && !(seen & 1u << n))
            set_wrong(r, "a key is missing");
    }
}

typedef IGD_LIST(igd_column) column_list;

static void read_column(reader *r, void *out)
{
    igd_column column = {.field = IGD_FIELD_NONE};
    const member members[] = {
        {"name", read_name, &column.name, false},
        {"type", read_type, &column.type, false},
        {"not_null", read_flag, &column.not_null, true},
        {"key_text", read_flag, &column.key_text, true},
        {"max_chars", read_int, &column.max_chars, true},
    };
    read_object(r, members, IGD_COUNT(members));
    if (column.max_chars < 0)
        set_wrong(r, "a length is negative");
    if ((column.key_text || column.max_chars > 0) && column.type.kind != IGD_STRING)
        set_wrong(r, "only text is a key or has a length");
    IGD_PUSH(r->mem, (column_list *)out, column);
}

/* A check as read; its values wait until the columns, which say their kind, are known. */
typedef struct raw_check {
    igd_check check;
    igd_str_list values;
} raw_check;

typedef IGD_LIST(raw_check) raw_check_list;

static void read_check(reader *r, void *out)
{
    raw_check raw = {0};
    const member members[] = {
        {"name", read_name, &raw.check.name, false},
        {"column", read_name, &raw.check.column, false},
        {"kind", read_check_kind, &raw.check.kind, false},
        {"values", read_texts, &raw.values, true},
        {"number", read_text, &raw.check.number, true},
        {"limit", read_int, &raw.check.limit, true},
    };
    read_object(r, members, IGD_COUNT(members));
    IGD_PUSH(r->mem, (raw_check_list *)out, raw);
}

static void read_foreign_key(reader *r, void *out)
{
    igd_foreign_key key = {0};
    const member members[] = {
        {"name", read_name, &key.name, false},
        {"columns", read_names, &key.columns, false},
        {"ref_table", read_name, &key.ref_table, false},
        {"ref_columns", read_names, &key.ref_columns, false},
        {"cascade", read_flag, &key.cascade, true},
    };
    igd_table *table = out;
    read_object(r, members, IGD_COUNT(members));
    IGD_PUSH(r->mem, &table->foreign_keys, key);
}

static void read_index(reader *r, void *out)
{
    igd_index index = {0};
    const member members[] = {
        {"name", read_name, &index.name, false},
        {"columns", read_names, &index.columns, false},
    };
    igd_table *table = out;
    read_object(r, members, IGD_COUNT(members));
    IGD_PUSH(r->mem, &table->indexes, index);
}

static void read_columns(reader *r, void *out)
{
    read_array(r, read_column, out);
}

static void read_checks(reader *r, void *out)
{
    read_array(r, read_check, out);
}

static void read_foreign_keys(reader *r, void *out)
{
    read_array(r, read_foreign_key, out);
}

static void read_indexes(reader *r, void *out)
{
    read_array(r, read_index, out);
}

/* ---- what has been read, as a whole ---- */

/* Takes over the columns; the keys come first and are complete. */
static void accept_columns(reader *r, const column_list *columns, int64_t key_count)
{
    igd_table *table = r->table;
    if (key_count < 1 || (uint64_t)key_count > columns->len || columns->len > INT32_MAX) {
        set_wrong(r, "the number of key columns is wrong");
        return;
    }
    table->columns = columns->items;
    table->column_count = columns->len;
    table->key_count = (size_t)key_count;
    igd_table_finish(table, r->mem);
    IGD_CLEANUP_PTR(igd_map) igd_map *names = igd_map_new();
    for (size_t n = 0; n < table->column_count; n++) {
        if (n < table->key_count && !table->columns[n].not_null)
            set_wrong(r, "a key column can be null");
        if (igd_map_put(names, table->columns[n].name, table))
            set_wrong(r, "two columns have the same name");
    }
}

static void accept_columns_exist(reader *r, const igd_str_list *names)
{
    if (names->len == 0)
        set_wrong(r, "a constraint has no columns");
    for (size_t n = 0; n < names->len; n++) {
        if (igd_table_column(r->table, names->items[n]) < 0)
            set_wrong(r, "a constraint is on a column that does not exist");
    }
}

static void accept_values(reader *r, raw_check *raw, igd_kind kind)
{
    if (raw->values.len == 0)
        set_wrong(r, "a check has no values");
    for (size_t n = 0; n < raw->values.len && !r->wrong; n++) {
        igd_value value = IGD_VALUE_NULL;
        if (igd_value_parse(kind, raw->values.items[n], r->mem, &value))
            set_wrong(r, "a value of a check does not fit its column");
        else
            IGD_PUSH(r->mem, &raw->check.values, value);
    }
}

static void accept_check(reader *r, raw_check *raw)
{
    igd_check *check = &raw->check;
    ptrdiff_t at = igd_table_column(r->table, check->column);
    if (at < 0) {
        set_wrong(r, "a check is on a column that does not exist");
        return;
    }
    bool numeric = check->kind == IGD_CHECK_MIN || check->kind == IGD_CHECK_MAX;
    igd_value number = IGD_VALUE_NULL;
    if (check->kind == IGD_CHECK_ENUM)
        accept_values(r, raw, r->table->columns[at].type.kind);
    else if (raw->values.len > 0)
        set_wrong(r, "a check has values that it does not need");
    if (numeric && igd_value_parse(IGD_FLOAT, check->number, r->mem, &number))
        set_wrong(r, "the bound of a check is not a number");
    if (check->limit < 0)
        set_wrong(r, "a length is negative");
    IGD_PUSH(r->mem, &r->table->checks, *check);
}

static void accept_constraints(reader *r, raw_check_list *checks)
{
    igd_table *table = r->table;
    for (size_t n = 0; n < checks->len && !r->wrong; n++)
        accept_check(r, &checks->items[n]);
    for (size_t n = 0; n < table->foreign_keys.len; n++) {
        const igd_foreign_key *key = &table->foreign_keys.items[n];
        accept_columns_exist(r, &key->columns);
        if (key->columns.len != key->ref_columns.len)
            set_wrong(r, "a foreign key's columns do not match those that it refers to");
    }
    for (size_t n = 0; n < table->indexes.len; n++)
        accept_columns_exist(r, &table->indexes.items[n].columns);
}

int igd_table_from_json(igd_str json, igd_arena *mem, igd_table *out, igd_error *err)
{
    igd_table table = {0};
    column_list columns = {0};
    raw_check_list checks = {0};
    int64_t key_count = 0;
    reader r = {.mem = mem, .table = &table};
    igd_json_reader_init(&r.json, json, mem, DEPTH_MAX);
    const member members[] = {
        {"name", read_name, &table.name, false},
        {"collection", read_name, &table.collection, false},
        {"key_count", read_int, &key_count, false},
        {"columns", read_columns, &columns, false},
        {"checks", read_checks, &checks, false},
        {"foreign_keys", read_foreign_keys, &table, false},
        {"indexes", read_indexes, &table, false},
    };
    next(&r);
    read_object(&r, members, IGD_COUNT(members));
    if (!r.wrong && next(&r) != IGD_JSON_END)
        set_wrong(&r, "something follows the table");
    if (r.wrong)
        return igd_fail(err, IGD_E_FORMAT, "recorded table at column %u: %s", r.json.column,
                        r.wrong);
    accept_columns(&r, &columns, key_count);
    if (!r.wrong)
        accept_constraints(&r, &checks);
    if (r.wrong)
        return igd_fail(err, IGD_E_FORMAT, "recorded table '%.*s': %s", IGD_STR_ARG(table.name),
                        r.wrong);
    *out = table;
    return IGD_OK;
}
