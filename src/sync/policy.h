/*
 * Policies that are decided before anything is written.
 */
#ifndef IGD_SYNC_POLICY_H
#define IGD_SYNC_POLICY_H

#include "sync/invalid.h"
#include "sync/run.h"

/* The words that --allow-destructive needs for these losses (igd_loss bits), with commas. */
void igd_policy_words(uint32_t losses, igd_buf *text);

/* Whether the plan loses data of the target that `allowed` (igd_loss bits) does not permit:
 * IGD_E_DESTRUCTIVE, naming each operation, with the option that would permit them as the hint. */
IGD_MUST_CHECK int igd_policy_losses(const igd_plan *plan, uint32_t allowed, igd_error *err);

/* Whether a table belongs to another source: IGD_E_UNOWNED. */
IGD_MUST_CHECK int igd_policy_owner(const igd_table *table, const igd_state *state, igd_str source,
                                    igd_error *err);

/* Whether tables go, or are made anew, that have rows of invalid records, which git could not bring
 * back: IGD_E_DESTRUCTIVE. `state` and `invalid` may be NULL. */
IGD_MUST_CHECK int igd_policy_held(const igd_plan *plan, const igd_source_state *state,
                                   const igd_side *side, const igd_invalid *invalid,
                                   uint32_t allowed, igd_error *err);

/* Whether a table of the plan belongs to another source: IGD_E_UNOWNED. */
IGD_MUST_CHECK int igd_policy_owners(const igd_plan *plan, const igd_state *state, igd_str source,
                                     igd_error *err);

/*
 * Whether a run deletes more of a collection than the fuse permits, unless `allowed` has
 * IGD_LOSS_MASS_DELETE: IGD_E_MASS_DELETE, naming each collection with its numbers. For a finished
 * count, before the commit. `state` is the one before the run; NULL: nothing was there.
 */
IGD_MUST_CHECK int igd_policy_fuse(const igd_sync_result *result, const igd_source_state *state,
                                   const igd_fuse *fuse, uint32_t allowed, igd_error *err);

#endif
