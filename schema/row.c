/*
 * Rows as a whole: equality, and the key as text.
 */
#include "schema/row.h"

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

igd_str igd_row_key_json(const igd_table *table, const igd_value *row, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf part = IGD_BUF_INIT;
    igd_json json = igd_json_to(&text);
    igd_json_array(&json);
    for (size_t n = 0; n < table->key_count; n++) {
        igd_buf_clear(&part);
        igd_value_write(&row[n], &part);
        igd_json_string(&json, igd_buf_view(&part));
    }
    igd_json_end(&json);
    return igd_arena_str(mem, igd_buf_view(&text));
}
