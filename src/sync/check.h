/*
 * Checking a source at one commit: every invalid record, every dangling reference, the bounds on
 * the number of records. The same answer whatever a target holds.
 */
#ifndef IGD_SYNC_CHECK_H
#define IGD_SYNC_CHECK_H

#include "sync/meter.h"
#include "sync/notes.h"
#include "sync/stream.h"

typedef struct igd_source_check {
    igd_repo *repo;
    const igd_side *side;
    size_t jobs;
    const volatile int *stop;
    igd_meter *meter;
    igd_notes *notes;         /* where problems go */
    igd_keyset *rejected;     /* gets the records that are invalid because of what they refer to */
    igd_table_counts *counts; /* one for each slot: `unchanged` gets the number of valid records */
} igd_source_check;

/* Problems with the source are not errors of this call. */
IGD_MUST_CHECK int igd_check_source(const igd_source_check *check, igd_error *err);

/* One READ pass over the collections that bound their number of records; the notes get what is out
 * of bounds. Nothing is read when there is none. */
IGD_MUST_CHECK int igd_check_bounds(const igd_source_check *check, igd_error *err);

#endif
