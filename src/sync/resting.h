/*
 * Tables of a source that rest while others are synced (--collections): what a run must not do to
 * those that they depend on.
 */
#ifndef IGD_SYNC_RESTING_H
#define IGD_SYNC_RESTING_H

#include "sync/base.h"

/*
 * Refuses a plan that drops or makes anew a table, or renames its key, while a table that is not
 * chosen refers to it (IGD_E_CONFLICT), or that makes a table of a name that such a one has
 * (IGD_E_UNOWNED). Rows are looked at when they are written (targets/target.h, igd_begin).
 */
IGD_MUST_CHECK int igd_resting_check(const igd_base *base, const igd_chosen *chosen,
                                     const igd_plan *plan, igd_error *err);

#endif
