/*
 * sync --rollback for targets whose runs are recorded on a stand-in (targets/stand_in/stand_in.h):
 * the run is rehearsed, and the script that comes of it is applied. What it does to the target is
 * what its rollback undoes, to the row: the script's guards see to it that nobody wrote meanwhile.
 */
#ifndef IGD_SYNC_REHEARSED_H
#define IGD_SYNC_REHEARSED_H

#include "sync/run.h"

/* Opens the target of the run for a rehearsal. */
typedef int igd_open_rehearsal(void *payload, igd_target **out, igd_error *err);

/* As igd_sync with options->scripts, whose `up` is not looked at. */
IGD_MUST_CHECK int igd_sync_rehearsed(igd_repo *repo, igd_target *target,
                                      const igd_sync_options *options, igd_open_rehearsal *open,
                                      void *payload, igd_arena *mem, igd_sync_result *out,
                                      igd_error *err);

#endif
