/*
 * The bookkeeping as it is to be during and after a run.
 */
#ifndef IGD_SYNC_NEXT_STATE_H
#define IGD_SYNC_NEXT_STATE_H

#include "sync/base.h"
#include "sync/spine.h"

/* Now, as RFC 3339 in UTC with milliseconds. */
igd_str igd_timestamp(igd_arena *mem);

/* The mark of a run that goes in steps (targets/state.h): what the state says until the run ends.
 */
IGD_MUST_CHECK int igd_mark_state(igd_repo *repo, const igd_base *base, const igd_side *side,
                                  const igd_plan *plan, const igd_sync_options *options,
                                  igd_str started_at, igd_arena *mem, igd_source_state *out,
                                  igd_error *err);

/* From the state before, the sums of the spine and, when records were left out, the problems that
 * say which. Everything lives in mem. */
IGD_MUST_CHECK int igd_next_state(igd_repo *repo, const igd_base *base, const igd_side *side,
                                  const igd_spine *spine, const igd_sync_options *options,
                                  const igd_problems *held, igd_str started_at, igd_arena *mem,
                                  igd_source_state *out, igd_error *err);

#endif
