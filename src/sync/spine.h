/*
 * The spine: one stream of changes from a producer into a consumer, in three parts.
 *
 * It runs the passes in the only order that is safe (expand; upserts, parents first; deletes,
 * children first; contract), decides validity on the way, and counts.
 */
#ifndef IGD_SYNC_SPINE_H
#define IGD_SYNC_SPINE_H

#include "ingitdb/files.h"
#include "sync/consumer.h"
#include "sync/meter.h"
#include "sync/notes.h"
#include "sync/stream.h"

/* Of one slot, after the run. */
typedef struct igd_spine_sum {
    igd_table_counts counts;
    int64_t rows;      /* change of the number of rows; with `total` the number itself */
    igd_digest digest; /* likewise */
    bool total;
    bool has_deletes, unreadable; /* as in igd_stream_batch */
} igd_spine_sum;

typedef struct igd_spine {
    /* What it runs on. */
    igd_repo *repo;
    const igd_side *new_side;
    const igd_origin *origins; /* by slot of the new side; NULL: nothing was synced before */
    const igd_plan *plan;
    igd_route *routes;
    const igd_keyset *absent, *rejected;
    igd_target *compare_with; /* compare producer: read this target, too. NULL: tree diff */
    bool keep_old;            /* compare: changes carry the target's row, too */
    /* Compare: what counts as unedited besides the base. May be NULL. */
    const igd_accepted *accepted;
    igd_consumer *consumer;
    igd_notes *notes;
    igd_meter *meter;
    size_t jobs;
    const volatile int *stop;
    bool check;    /* decide validity: IGD_E_INVALID when something is wrong. Not for a side that
                      refers to collections outside of it, see igd_base_needs_check */
    bool may_hold; /* invalid records of the new side are left out without a word (they have been
                      reported); losing one that the target holds is IGD_E_INVALID all the same */

    /* What it found. */
    igd_spine_sum *sums; /* by slot of the new side; in mem of igd_spine_init */
} igd_spine;

/* Chooses the route of every slot, from the definitions and the plan. */
void igd_spine_init(igd_spine *spine, igd_arena *mem);

/*
 * Runs. IGD_E_INVALID: the new side is not valid; the notes have some of the reasons, and
 * igd_check_source all of them. The caller then rolls back.
 */
IGD_MUST_CHECK int igd_spine_run(igd_spine *spine, igd_error *err);

#endif
