/*
 * After a run that was interrupted between commits, a row of the target may be of any of them, or
 * not be there yet. Such rows count as unedited.
 *
 * Each commit's side is read once more, and of its rows only the digests of those are kept that the
 * compare has found to differ.
 */
#ifndef IGD_SYNC_UNSETTLED_H
#define IGD_SYNC_UNSETTLED_H

#include "sync/differences.h"
#include "sync/spine.h"

/* Adds the rows of spine->unsettled to spine->accepted. `found` is by slot. */
IGD_MUST_CHECK int igd_accept_unsettled(const igd_spine *spine, const igd_differences *found,
                                        igd_error *err);

#endif
