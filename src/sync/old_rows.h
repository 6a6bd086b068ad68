/*
 * What the old side has in collections whose files cannot be paired with those of the new side (the
 * layout of the files changed): the digests of its rows by key, so that a row's base is known all
 * the same. 48 bytes a row.
 */
#ifndef IGD_SYNC_OLD_ROWS_H
#define IGD_SYNC_OLD_ROWS_H

#include "base/digest.h"

typedef struct igd_old_row {
    igd_digest key;
    igd_digest base; /* of the row by the old table */
    igd_digest like; /* of the row in the layout of the new one; columns that it lacks are null */
} igd_old_row;

typedef struct igd_old_rows igd_old_rows;

igd_old_rows *igd_old_rows_new(size_t slots); /* of the new side */
void igd_old_rows_free(igd_old_rows *rows);   /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_old_rows, igd_old_rows_free)

void igd_old_rows_add(igd_old_rows *rows, size_t slot, const igd_old_row *row);
/* After the last one, before the first search. */
void igd_old_rows_sort(igd_old_rows *rows);

/* NULL: the old side has no such row. Not between threads that add. */
const igd_old_row *igd_old_rows_find(const igd_old_rows *rows, size_t slot, igd_digest key);

#endif
