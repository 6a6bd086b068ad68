/*
 * Digests of the target's tables that the target adds up by itself (targets/sums.h), and what they
 * say: which rows need not be read.
 */
#ifndef IGD_SYNC_SUMS_H
#define IGD_SYNC_SUMS_H

#include "sync/side.h"
#include "sync/stream.h"
#include "targets/target.h"

/* Of one slot. */
typedef struct igd_slot_sums {
    bool told;
    igd_table_sums sums;
} igd_slot_sums;

/* By slot of the side; tables that are not there, and slots that are skipped, are not told.
 * `routes` may be NULL: none is skipped. NULL when the target cannot add up. */
IGD_MUST_CHECK int igd_sums_read(igd_target *target, const igd_side *side, const igd_plan *plan,
                                 const igd_route *routes, igd_arena *mem, igd_slot_sums **out,
                                 igd_error *err);

/* The same in a thread of its own, while something else is done that does not use the target. */
typedef struct igd_sums_job igd_sums_job;
igd_sums_job *igd_sums_start(igd_target *target, const igd_side *side, const igd_plan *plan,
                             const igd_route *routes);
/* Waits for it; *out lives in mem. Frees the job, which may be NULL: then nothing is told. */
IGD_MUST_CHECK int igd_sums_finish(igd_sums_job *job, igd_arena *mem, igd_slot_sums **out,
                                   igd_error *err);

/* The buckets in which two sides differ. */
igd_bucket_set igd_sums_differing(const igd_table_sums *a, const igd_table_sums *b);

/*
 * Whether the target holds what its bookkeeping says of all slots: its tables are as they are
 * wanted, and their rows add up to the digests that were recorded with the commit. Then neither its
 * rows nor git's records need be read. `sums` may be NULL.
 */
bool igd_sums_prove(const igd_slot_sums *sums, const igd_side *side, const igd_plan *plan,
                    const igd_source_state *state);

#endif
