/*
 * The compare producer's first half: which rows differ between a commit and a target.
 *
 * Both sides are reduced to (key digest, row digest) and joined by an external sort, so that
 * neither an ordered scan nor memory for the rows is needed: the same for every engine. Only what
 * differs is read again afterwards (sync/spine.h).
 *
 * Reading the source decides its validity at the same time.
 */
#ifndef IGD_SYNC_COMPARE_H
#define IGD_SYNC_COMPARE_H

#include "sync/differences.h"
#include "sync/meter.h"
#include "sync/notes.h"
#include "sync/stream.h"
#include "sync/sums.h"
#include "sync/validity.h"
#include "targets/target.h"

typedef struct igd_compare {
    igd_repo *repo;
    const igd_side *side;
    igd_target *target;
    const igd_plan *plan;    /* says which tables are there, and how they are laid out */
    const igd_route *routes; /* slots to skip are left out on both sides */
    /* What the target said of its tables, by slot; NULL: it is asked while the source is read. */
    const igd_slot_sums *sums;
    /* Where rows hold the names of their columns: what their columns may be of. */
    const igd_side *const *stands_at;
    size_t stands_count;
    const igd_keyset *rejected; /* records of the source to treat as invalid; may be NULL */
    igd_validity *validity;     /* gets all keys and references; NULL: not wanted */
    igd_notes *notes;
    bool with_invalid; /* notes get invalid records, too */
    igd_meter *meter;
    size_t jobs;
    const volatile int *stop;
} igd_compare;

/* out: one for each slot of the side, made in mem. */
IGD_MUST_CHECK int igd_compare_run(const igd_compare *compare, igd_arena *mem, igd_differences *out,
                                   igd_error *err);

/* And behind those the columns that rows may still have of a table as it was, or as it is at one of
 * the sides: a row that does has to be written again, and so has one of which IGD_COLUMN_ASTRAY
 * says that it is stored otherwise. */
const igd_table *igd_leftover_layout(const igd_table *layout, const igd_table *from,
                                     const igd_side *const *sides, size_t count, igd_arena *mem);

/* A table as it is found in the target, read as another version of it: the columns of `wanted`, in
 * their order, under the names that they have there. A column that is not there, or holds another
 * kind of values, reads as null. */
const igd_table *igd_found_layout(const igd_table *found, const igd_table *wanted, igd_arena *mem);

/* How a slot's table is read as the new one before the plan is carried out. NULL: there is no such
 * table, or it is made anew. */
const igd_table *igd_compare_layout(const igd_table_plan *plan, igd_arena *mem);

#endif
