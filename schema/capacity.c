/*
 * Rows against the limits of a target.
 */
#include "schema/capacity.h"

#include "schema/canonical.h"

#define ESCAPED 6 /* bytes of JSON that one byte of a text may become */

static const char *too_large(const char *what, size_t limit, igd_arena *mem)
{
    return igd_arena_printf(mem, "%s %zu bytes", what, limit).ptr;
}

/* The JSON text is made only of rows that may be too long. *column is the longest value's. */
static bool row_fits(const igd_capacity *capacity, const igd_table *table, const igd_value *row,
                     igd_arena *mem, size_t *column)
{
    size_t most = 0, longest = 0;
    for (size_t n = 0; n < table->column_count; n++) {
        size_t len = row[n].kind == IGD_NULL ? 0 : row[n].text.len;
        most +=
            ESCAPED * (table->columns[n].name.len + len) + 40; /* a number; what stands around */
        if (len > longest) {
            longest = len;
            *column = n;
        }
    }
    return most <= capacity->row_bytes || igd_row_json(table, row, mem).len <= capacity->row_bytes;
}

const char *igd_capacity_refuses(const igd_capacity *capacity, const igd_table *table,
                                 const igd_value *row, igd_arena *mem, size_t *column)
{
    size_t key = 0;
    for (size_t n = 0; n < table->column_count; n++) {
        *column = n;
        if (row[n].kind == IGD_NULL)
            continue;
        if (capacity->value_bytes && row[n].text.len > capacity->value_bytes)
            return too_large("is longer than", capacity->value_bytes, mem);
        key += n < table->key_count ? row[n].text.len : 0;
        if (capacity->key_bytes && key > capacity->key_bytes)
            return too_large("makes the key longer than", capacity->key_bytes, mem);
        const char *why = capacity->unsupported ? capacity->unsupported(table, n, &row[n]) : NULL;
        if (why)
            return why;
    }
    if (capacity->row_bytes && !row_fits(capacity, table, row, mem, column))
        return too_large("makes the record longer than", capacity->row_bytes, mem);
    return NULL;
}
