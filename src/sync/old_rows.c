/*
 * Sorted arrays, one for each slot.
 */
#include "sync/old_rows.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"

struct igd_old_rows {
    size_t slots;
    igd_buf *of;
};

igd_old_rows *igd_old_rows_new(size_t slots)
{
    igd_old_rows *rows = igd_xmalloc(sizeof(*rows));
    *rows = (igd_old_rows){.slots = slots, .of = igd_xmalloc(sizeof(igd_buf) * (slots + 1))};
    for (size_t n = 0; n < slots; n++)
        rows->of[n] = IGD_BUF_INIT;
    return rows;
}

void igd_old_rows_free(igd_old_rows *rows)
{
    if (!rows)
        return;
    for (size_t n = 0; n < rows->slots; n++)
        igd_buf_free(&rows->of[n]);
    free(rows->of);
    free(rows);
}

void igd_old_rows_add(igd_old_rows *rows, size_t slot, const igd_old_row *row)
{
    igd_buf_add(&rows->of[slot], row, sizeof(*row));
}

static int compare_rows(const void *a, const void *b)
{
    const igd_old_row *left = a, *right = b;
    return igd_digest_cmp(left->key, right->key);
}

void igd_old_rows_sort(igd_old_rows *rows)
{
    for (size_t n = 0; n < rows->slots; n++)
        if (rows->of[n].len > 0)
            qsort(rows->of[n].ptr, rows->of[n].len / sizeof(igd_old_row), sizeof(igd_old_row),
                  compare_rows);
}

const igd_old_row *igd_old_rows_find(const igd_old_rows *rows, size_t slot, igd_digest key)
{
    const igd_old_row wanted = {.key = key};
    if (!rows || rows->of[slot].len == 0)
        return NULL;
    return bsearch(&wanted, rows->of[slot].ptr, rows->of[slot].len / sizeof(igd_old_row),
                   sizeof(igd_old_row), compare_rows);
}
