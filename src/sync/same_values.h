/*
 * What speaks for a rename: columns of two commits that have the same values under the same keys.
 */
#ifndef IGD_SYNC_SAME_VALUES_H
#define IGD_SYNC_SAME_VALUES_H

#include "sync/side.h"

/* A column of the old table and one of the new that may be the same. */
typedef struct igd_column_pair {
    uint32_t before, now; /* indexes in the two tables */
    bool differs;         /* some record has another value */
    bool some;            /* some record has a value at all */
} igd_column_pair;

typedef struct igd_same_values {
    igd_repo *repo;
    const igd_side *old_side, *new_side;
    size_t old_slot, new_slot;
    igd_column_pair *pairs;
    size_t pair_count;
    bool together; /* the pairs are of one whole: the first that differs ends it */
    size_t jobs;
    const volatile int *stop;
    uint64_t records; /* out: that both sides have under one key */
} igd_same_values;

/* Reads both sides file by file, as long as a pair is left that does not differ. Where the files of
 * the two cannot be paired (igd_files_pair) nothing is read, and every pair differs. */
IGD_MUST_CHECK int igd_same_values_look(igd_same_values *look, igd_error *err);

#endif
