/*
 * Conflicts of a run, as its driver tells of them: counted, and the first of them kept for the
 * report. All of them are in the target (ingitdb_sync_conflicts).
 */
#ifndef IGD_SYNC_CONFLICTS_H
#define IGD_SYNC_CONFLICTS_H

#include "sync/run.h"
#include "sync/side.h"

typedef struct igd_conflict_tally {
    igd_conflicts *into;
    const igd_side *side;
    igd_arena *mem;
    uint64_t (*kept)[3];   /* by slot and igd_change_kind: changes that were not made */
    uint64_t *taken_along; /* by slot: rows that went with the row that they belonged to */
} igd_conflict_tally;

/* Starts over: `into` is emptied. Everything lives in mem. */
void igd_conflict_tally_init(igd_conflict_tally *tally, const igd_side *side, igd_conflicts *into,
                             igd_arena *mem);

/* An igd_conflict_callback; the payload is the tally. */
void igd_conflict_tally_add(const igd_conflict *conflict, void *tally);

/* Makes the counts of a slot those of what was really done. */
void igd_conflict_tally_correct(const igd_conflict_tally *tally, size_t slot,
                                igd_table_counts *counts);

#endif
