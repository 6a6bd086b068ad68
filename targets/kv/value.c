/*
 * Rows to values and back.
 */
#include "targets/kv/value.h"

#include "base/json_read.h"
#include "base/json_write.h"
#include "schema/canonical.h"

/* ---- rows to values ---- */

static igd_kv_value hash_of(const igd_table *table, const igd_value *row, igd_arena *mem)
{
    igd_kv_value value = {.there = IGD_KV_THERE,
                          .fields = IGD_NEW_ARRAY(mem, igd_kv_field, table->column_count),
                          .field_count = table->column_count};
    for (size_t n = 0; n < table->column_count; n++) {
        value.fields[n].name = table->columns[n].name;
        if (row[n].kind == IGD_NULL)
            continue;
        igd_str text = igd_value_text(&row[n], mem);
        value.fields[n].text = text.ptr ? text : IGD_STR("");
    }
    return value;
}

igd_kv_value igd_kv_value_of(igd_kv_layout layout, const igd_table *table, const igd_value *row,
                             igd_arena *mem)
{
    if (layout == IGD_KV_HASH)
        return hash_of(table, row, mem);
    return (igd_kv_value){.there = IGD_KV_THERE, .bytes = igd_row_json(table, row, mem)};
}

/* ---- JSON to rows ---- */

static igd_value raw(igd_str text)
{
    return (igd_value){.kind = IGD_RAW, .raw = IGD_RAW_TEXT, .text = text};
}

/* One event of a value into a writer. */
static void copy_event(const igd_json_reader *reader, igd_json *json)
{
    switch (reader->event) {
    case IGD_JSON_NULL:
        igd_json_null(json);
        break;
    case IGD_JSON_TRUE:
    case IGD_JSON_FALSE:
        igd_json_bool(json, reader->event == IGD_JSON_TRUE);
        break;
    case IGD_JSON_NUMBER:
        igd_json_raw(json, reader->text);
        break;
    case IGD_JSON_STRING:
        igd_json_string(json, reader->text);
        break;
    case IGD_JSON_KEY:
        igd_json_key(json, reader->text);
        break;
    case IGD_JSON_OBJECT_START:
        igd_json_object(json);
        break;
    case IGD_JSON_ARRAY_START:
        igd_json_array(json);
        break;
    case IGD_JSON_OBJECT_END:
    case IGD_JSON_ARRAY_END:
        igd_json_end(json);
        break;
    case IGD_JSON_END:
    case IGD_JSON_ERROR:
        break;
    }
}

static int depth_of(igd_json_event event)
{
    if (event == IGD_JSON_OBJECT_START || event == IGD_JSON_ARRAY_START)
        return 1;
    return event == IGD_JSON_OBJECT_END || event == IGD_JSON_ARRAY_END ? -1 : 0;
}

/* The value that begins with the reader's event, as text. */
static igd_str take_nested(igd_json_reader *reader, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_json json = igd_json_to(&text);
    int depth = 0;
    for (;;) {
        copy_event(reader, &json);
        depth += depth_of(reader->event);
        if (depth <= 0 || reader->event == IGD_JSON_ERROR)
            break;
        igd_json_next(reader);
    }
    return igd_arena_str(mem, igd_buf_view(&text));
}

/* The member that the reader stands before, as a value of the kind. */
static igd_value member_of(igd_json_reader *reader, igd_kind kind, igd_arena *mem)
{
    igd_json_next(reader);
    igd_json_event event = reader->event;
    igd_str scalar = reader->text;
    igd_str text = take_nested(reader, mem);
    bool is_string = event == IGD_JSON_STRING;
    bool is_number = event == IGD_JSON_NUMBER;
    switch (kind) {
    case IGD_JSON:
        return igd_canonical_value(IGD_JSON, text, mem);
    case IGD_INT:
    case IGD_FLOAT:
        return is_number ? igd_canonical_value(kind, scalar, mem) : raw(text);
    case IGD_BOOL:
        return event == IGD_JSON_TRUE || event == IGD_JSON_FALSE
                   ? igd_value_bool(event == IGD_JSON_TRUE)
                   : raw(text);
    case IGD_STRING:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
        return is_string ? igd_canonical_value(kind, igd_arena_str(mem, scalar), mem) : raw(text);
    case IGD_NULL:
    case IGD_RAW:
        break;
    }
    return raw(text);
}

/* False when it is no JSON object. */
static bool read_object(const igd_table *table, igd_str bytes, igd_arena *mem, igd_value *row)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, bytes, mem, IGD_CANONICAL_DEPTH + 2);
    if (igd_json_next(&reader) != IGD_JSON_OBJECT_START)
        return false;
    while (igd_json_next(&reader) == IGD_JSON_KEY) {
        ptrdiff_t at = igd_table_column(table, reader.text);
        if (at < 0) {
            igd_json_next(&reader);
            (void)take_nested(&reader, mem);
        } else {
            row[at] = member_of(&reader, table->columns[at].type.kind, mem);
        }
    }
    return reader.event == IGD_JSON_OBJECT_END && igd_json_next(&reader) == IGD_JSON_END;
}

/* ---- values to rows ---- */

/* The whole value is not what any row would be. */
static void spoil(const igd_table *table, igd_str shown, igd_value *row)
{
    if (table->column_count > table->key_count)
        row[table->key_count] = raw(shown);
}

static void row_of_json(const igd_table *table, igd_str bytes, const igd_value *keys,
                        igd_arena *mem, igd_value *row)
{
    bool is_object = read_object(table, bytes, mem, row);
    bool same_keys = true;
    for (size_t n = 0; n < table->key_count; n++) {
        same_keys &= igd_value_eq(&row[n], &keys[n]);
        row[n] = keys[n];
    }
    bool any_raw = false;
    for (size_t n = table->key_count; n < table->column_count; n++)
        any_raw |= row[n].kind == IGD_RAW;
    if (!is_object || !same_keys || (!any_raw && !igd_str_eq(igd_row_json(table, row, mem), bytes)))
        spoil(table, bytes, row);
}

static void row_of_hash(const igd_table *table, const igd_kv_value *value, const igd_value *keys,
                        igd_arena *mem, igd_value *row)
{
    for (size_t f = 0; f < value->field_count; f++) {
        ptrdiff_t at = igd_table_column(table, value->fields[f].name);
        if (at >= 0 && value->fields[f].text.ptr)
            row[at] = igd_canonical_value(table->columns[at].type.kind, value->fields[f].text, mem);
    }
    bool same_keys = true;
    for (size_t n = 0; n < table->key_count; n++) {
        same_keys &= igd_value_eq(&row[n], &keys[n]);
        row[n] = keys[n];
    }
    if (!same_keys)
        spoil(table, IGD_STR("(its key columns say another key)"), row);
}

void igd_kv_row_of(const igd_table *table, const igd_kv_value *value, const igd_value *keys,
                   igd_arena *mem, igd_value *row)
{
    memset(row, 0, table->column_count * sizeof(*row));
    if (value->there == IGD_KV_OTHER && !value->bytes.ptr && value->field_count == 0) {
        memcpy(row, keys, table->key_count * sizeof(*row));
        spoil(table, IGD_STR("(another type of value)"), row);
    } else if (value->bytes.ptr) {
        row_of_json(table, value->bytes, keys, mem, row);
    } else {
        row_of_hash(table, value, keys, mem, row);
    }
}

/* ---- values ---- */

static const igd_kv_field *field_named(const igd_kv_value *value, igd_str name)
{
    for (size_t n = 0; n < value->field_count; n++)
        if (igd_str_eq(value->fields[n].name, name) && value->fields[n].text.ptr)
            return &value->fields[n];
    return NULL;
}

bool igd_kv_value_fits(const igd_kv_value *there, const igd_kv_value *wanted)
{
    if (there->there != IGD_KV_THERE || wanted->there != IGD_KV_THERE)
        return there->there == wanted->there && there->there != IGD_KV_OTHER;
    if (wanted->bytes.ptr || there->bytes.ptr)
        return igd_str_eq(there->bytes, wanted->bytes);
    for (size_t n = 0; n < wanted->field_count; n++) {
        const igd_kv_field *found = field_named(there, wanted->fields[n].name);
        if (!found != !wanted->fields[n].text.ptr ||
            (found && !igd_str_eq(found->text, wanted->fields[n].text)))
            return false;
    }
    return true;
}

igd_kv_value igd_kv_value_copy(const igd_kv_value *value, igd_arena *mem)
{
    igd_kv_value copy = *value;
    if (value->bytes.ptr)
        copy.bytes = igd_arena_str(mem, value->bytes);
    copy.fields = IGD_NEW_ARRAY(mem, igd_kv_field, value->field_count);
    for (size_t n = 0; n < value->field_count; n++) {
        copy.fields[n].name = igd_arena_str(mem, value->fields[n].name);
        if (value->fields[n].text.ptr)
            copy.fields[n].text = igd_arena_str(mem, value->fields[n].text);
    }
    return copy;
}

size_t igd_kv_value_size(const igd_kv_value *value)
{
    size_t size = value->bytes.len;
    for (size_t n = 0; n < value->field_count; n++)
        size += value->fields[n].name.len + value->fields[n].text.len;
    return size;
}
