/*
 * Sorted arrays, one for each slot.
 */
#include "sync/accepted.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"

struct igd_accepted {
    size_t slots, commits;
    igd_buf *of;
};

igd_accepted *igd_accepted_new(size_t slots, size_t commits)
{
    igd_accepted *accepted = igd_xmalloc(sizeof(*accepted));
    *accepted = (igd_accepted){
        .slots = slots, .commits = commits, .of = igd_xmalloc(sizeof(igd_buf) * (slots + 1))};
    for (size_t n = 0; n < slots; n++)
        accepted->of[n] = IGD_BUF_INIT;
    return accepted;
}

void igd_accepted_free(igd_accepted *accepted)
{
    if (!accepted)
        return;
    for (size_t n = 0; n < accepted->slots; n++)
        igd_buf_free(&accepted->of[n]);
    free(accepted->of);
    free(accepted);
}

void igd_accepted_add(igd_accepted *accepted, size_t slot, const igd_accepted_row *row)
{
    igd_buf_add(&accepted->of[slot], row, sizeof(*row));
}

static int compare_rows(const void *a, const void *b)
{
    const igd_accepted_row *left = a, *right = b;
    int order = igd_digest_cmp(left->key, right->key);
    if (order == 0 && left->commit != right->commit)
        return left->commit < right->commit ? -1 : 1;
    return order;
}

static const igd_accepted_row *rows_of(const igd_accepted *accepted, size_t slot, size_t *count)
{
    *count = accepted ? accepted->of[slot].len / sizeof(igd_accepted_row) : 0;
    return *count ? (const igd_accepted_row *)(const void *)accepted->of[slot].ptr : NULL;
}

void igd_accepted_sort(igd_accepted *accepted)
{
    for (size_t n = 0; n < accepted->slots; n++)
        if (accepted->of[n].len > 0)
            qsort(accepted->of[n].ptr, accepted->of[n].len / sizeof(igd_accepted_row),
                  sizeof(igd_accepted_row), compare_rows);
}

/* The first row that has the key, and how many have. */
static const igd_accepted_row *first_of(const igd_accepted *accepted, size_t slot, igd_digest key,
                                        size_t *count)
{
    size_t len;
    const igd_accepted_row *rows = rows_of(accepted, slot, &len);
    size_t low = 0, high = len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (igd_digest_cmp(rows[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < len && igd_digest_eq(rows[low + *count].key, key))
        ++*count;
    return *count ? &rows[low] : NULL;
}

void igd_accepted_follow(igd_accepted *accepted, size_t slot, igd_digest key, igd_digest base,
                         igd_digest like)
{
    size_t count;
    const igd_accepted_row *first = first_of(accepted, slot, key, &count);
    igd_accepted_row *rows = (igd_accepted_row *)(uintptr_t)first;
    for (size_t n = 0; n < count; n++)
        if (rows[n].commit == 0 && igd_digest_eq(rows[n].base, base))
            rows[n].like = like;
}

const igd_table *igd_accepted_table(const igd_accepted *accepted, size_t slot)
{
    size_t len;
    const igd_accepted_row *rows = rows_of(accepted, slot, &len);
    for (size_t n = 0; n < len; n++)
        if (rows[n].commit == 0)
            return rows[n].table;
    return NULL;
}

const igd_accepted_row *igd_accepted_find(const igd_accepted *accepted, size_t slot, igd_digest key,
                                          igd_digest like)
{
    size_t count;
    const igd_accepted_row *rows = first_of(accepted, slot, key, &count);
    for (size_t n = 0; n < count; n++)
        if (igd_digest_eq(rows[n].like, like))
            return &rows[n];
    return NULL;
}

const igd_accepted_row *igd_accepted_held(const igd_accepted *accepted, size_t slot, igd_digest key)
{
    size_t count;
    const igd_accepted_row *rows = first_of(accepted, slot, key, &count);
    return count > 0 && rows[0].commit == 0 ? rows : NULL;
}

size_t igd_accepted_commits(const igd_accepted *accepted)
{
    return accepted ? accepted->commits : 0;
}

bool igd_accepted_absent(const igd_accepted *accepted, size_t slot, igd_digest key)
{
    size_t count, having = 0;
    if (!accepted || accepted->commits == 0)
        return false;
    const igd_accepted_row *rows = first_of(accepted, slot, key, &count);
    for (size_t n = 0; n < count; n++)
        having += rows[n].commit > 0 && (n == 0 || rows[n].commit != rows[n - 1].commit);
    return having < accepted->commits;
}
