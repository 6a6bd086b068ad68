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
#include "sync/invalid.h"
#include "sync/meter.h"
#include "sync/notes.h"
#include "sync/stream.h"
#include "sync/sums.h"

/* Of one slot, after the run. */
typedef struct igd_spine_sum {
    igd_table_counts counts;
    int64_t rows;      /* change of the number of rows; with `total` the number itself */
    igd_digest digest; /* likewise */
    bool total;
    bool has_deletes; /* as in igd_stream_batch */
    uint64_t held;    /* rows that are */
} igd_spine_sum;

/* A row of the target that is held. */
typedef struct igd_held_row {
    size_t slot;
    igd_str key_json;
    igd_str path; /* of the invalid record; empty: another held row refers to it */
    igd_str reason;
    bool known; /* what it was before anybody edited it: */
    igd_digest digest;
} igd_held_row;

typedef struct igd_spine {
    /* What it runs on. */
    igd_repo *repo;
    const igd_side *new_side;
    const igd_origin *origins; /* by slot of the new side; NULL: nothing was synced before */
    const igd_plan *plan;
    igd_route *routes;
    const igd_keyset *absent, *rejected;
    igd_target *compare_with;  /* compare producer: read this target, too. NULL: tree diff */
    const igd_slot_sums *told; /* compare: what it said of its tables (igd_compare.sums) */
    bool keep_old;             /* compare: changes carry the target's row, too */
    bool leave_drift;          /* compare: rows that git has not changed stay as they are, as in a
                                  tree diff; not of tables that are taken over */
    bool tell_foreign;         /* compare: the consumer gets rows that are not ours, too, as deletes
                                  of cause FOREIGN */
    /* Compare: what counts as unedited besides the base. May be NULL. The rows of the commits that
     * a run was interrupted between are added to it, and rows that were held follow the layout of
     * their tables. */
    igd_accepted *accepted;
    const igd_side *const *unsettled; /* those commits */
    size_t unsettled_count;
    /* The sides that rows of the target may be of, when it has no tables to drop (sync/emptied.h).
     */
    const igd_side *const *stands_at;
    size_t stands_count;
    const igd_source_state *holds; /* likewise: what it says of itself, for the rows that are held.
                                      May be NULL */
    igd_consumer *consumer;
    igd_notes *notes;
    igd_meter *meter;
    size_t jobs;
    const volatile int *stop;
    bool check; /* decide validity: IGD_E_INVALID when something is wrong. Else `rejected` and
                   `invalid` say what is left out, and it has been reported */
    /* When all records are written, and before contract, which some targets cannot take back: what
     * else decides whether the run goes on. NULL: nothing. */
    int (*decide)(void *payload, igd_error *err);
    void *decide_payload;
    /* Compare: rows of these are held. NULL: everything is valid. */
    const igd_invalid *invalid;
    bool drop_held; /* those that the new schema forbids are deleted, else IGD_E_DESTRUCTIVE */

    /* What it found; in the arena of igd_spine_init. */
    igd_arena *mem;
    igd_spine_sum *sums;         /* by slot of the new side */
    IGD_LIST(igd_held_row) held; /* compare: those that stay */
} igd_spine;

/* Chooses the route of every slot, from the definitions and the plan. */
void igd_spine_init(igd_spine *spine, igd_arena *mem);

/*
 * Runs. IGD_E_INVALID: the new side is not valid; the notes have some of the reasons, and
 * igd_check_source all of them. The caller then rolls back.
 */
IGD_MUST_CHECK int igd_spine_run(igd_spine *spine, igd_error *err);

#endif
