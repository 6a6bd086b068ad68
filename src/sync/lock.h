/*
 * Waiting for the writers' lock, and what is said of a run that was told to stop while it waited.
 */
#ifndef IGD_SYNC_LOCK_H
#define IGD_SYNC_LOCK_H

#include "targets/target.h"

/* Takes the target's lock, waiting up to wait_ms; `stop` ends the waiting. */
IGD_MUST_CHECK int igd_lock_take(igd_target *target, int64_t wait_ms, const volatile int *stop,
                                 igd_error *err);

/* A run that is told to stop while it waits for another program ends as one that stopped: the code,
 * and err, of that instead of the code of what it waited for. */
int igd_blame_signal(const volatile int *stop, int code, igd_error *err);

#endif
