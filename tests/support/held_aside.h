/*
 * Comparing two databases with the rows of held records left aside: the law under --on-invalid
 * skip.
 */
#ifndef IGD_TESTS_HELD_ASIDE_H
#define IGD_TESTS_HELD_ASIDE_H

#include <stddef.h>

#include "base/str.h"

/* Fails the test when schema, bookkeeping or rows differ, those rows aside whose keys are in
 * ingitdb_sync_held of either. */
void assert_equal_but_held(const char *left, const char *right, const char *what);

/* What became of rows of a collection between two copies of a database. */
typedef struct held_rows {
    size_t there;   /* before */
    size_t gone;    /* afterwards */
    size_t changed; /* in a column of the same name and type */
} held_rows;

/* Forget what held_rows_between has read: a database has changed. */
void held_rows_forget(void);

/* `keys`: the first keys of the rows, as a JSON array; "[]" is all rows. */
held_rows held_rows_between(const char *before, const char *after, igd_str collection,
                            igd_str keys);

/* Entries of ingitdb_sync_held with that reason. */
long held_count(const char *path, const char *reason);

#endif
