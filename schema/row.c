/*
 * Rows as a whole: equality, and as text.
 */
#include "schema/row.h"

#include <stdlib.h>

#include "base/json_write.h"

bool igd_row_eq(const igd_table *table, const igd_value *a, const igd_value *b)
{
    for (size_t n = 0; n < table->column_count; n++)
        if (!igd_value_eq(&a[n], &b[n]))
            return false;
    return true;
}

igd_str igd_row_key_text(const igd_table *table, const igd_value *row, igd_arena *mem)
{
    if (table->key_count == 1)
        return igd_value_text(row, mem);
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < table->key_count; n++) {
        if (n > 0)
            igd_buf_byte(&text, '/');
        igd_value_write(&row[n], &text);
    }
    return igd_arena_str(mem, igd_buf_view(&text));
}

igd_str igd_keys_json(const igd_value *keys, size_t count, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf part = IGD_BUF_INIT;
    igd_json json = igd_json_to(&text);
    igd_json_array(&json);
    for (size_t n = 0; n < count; n++) {
        igd_buf_clear(&part);
        igd_value_write(&keys[n], &part);
        igd_json_string(&json, igd_buf_view(&part));
    }
    igd_json_end(&json);
    return igd_arena_str(mem, igd_buf_view(&text));
}

igd_str igd_row_key_json(const igd_table *table, const igd_value *row, igd_arena *mem)
{
    return igd_keys_json(row, table->key_count, mem);
}

typedef struct member {
    igd_str name;
    const igd_value *value;
} member;

static int compare_members(const void *a, const void *b)
{
    const member *left = a, *right = b;
    return igd_str_cmp(left->name, right->name);
}

/* What somebody put into a text column need not be text. */
static void write_bytes(igd_str bytes, igd_buf *text)
{
    igd_buf_puts(text, "\"x'");
    for (size_t n = 0; n < bytes.len; n++)
        igd_buf_printf(text, "%02x", (unsigned char)bytes.ptr[n]);
    igd_buf_puts(text, "'\"");
}

static void write_member(const igd_value *value, igd_buf *text)
{
    switch (value->kind) {
    case IGD_INT:
    case IGD_FLOAT:
    case IGD_BOOL:
    case IGD_JSON:
        igd_value_write(value, text);
        return;
    case IGD_STRING:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
    case IGD_RAW:
        if (igd_str_is_utf8(value->text))
            igd_json_quote(text, value->text);
        else
            write_bytes(value->text, text);
        return;
    case IGD_NULL:
        igd_buf_puts(text, "null");
        return;
    }
}

igd_str igd_row_json(const igd_table *table, const igd_value *row, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    member *members = IGD_NEW_ARRAY(mem, member, table->column_count);
    size_t count = 0;
    for (size_t n = 0; n < table->column_count; n++)
        if (row[n].kind != IGD_NULL)
            members[count++] = (member){table->columns[n].name, &row[n]};
    qsort(members, count, sizeof(*members), compare_members);
    igd_buf_byte(&text, '{');
    for (size_t n = 0; n < count; n++) {
        if (n > 0)
            igd_buf_byte(&text, ',');
        igd_json_quote(&text, members[n].name);
        igd_buf_byte(&text, ':');
        write_member(members[n].value, &text);
    }
    igd_buf_byte(&text, '}');
    return igd_arena_str(mem, igd_buf_view(&text));
}
