/*
 * Rows against the limits of a target.
 */
#include "schema/capacity.h"

static const char *too_large(const char *what, size_t limit, igd_arena *mem)
{
    return igd_arena_printf(mem, "%s %zu bytes", what, limit).ptr;
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
    return NULL;
}
