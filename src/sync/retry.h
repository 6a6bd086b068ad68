/*
 * Going on after a server went away or stopped us for the sake of others: what is transient
 * (igd_error.transient) is tried again, with growing pauses of random length, as long as the target
 * says that it is worth it (igd_target.retry_ms, ?timeout).
 *
 * The random part keeps several runs that were thrown out together from coming back together.
 */
#ifndef IGD_SYNC_RETRY_H
#define IGD_SYNC_RETRY_H

#include "targets/target.h"

typedef struct igd_retry {
    igd_target *target;
    const volatile int *stop; /* not zero: give up; may be NULL */
    int64_t spent_ms;         /* in pauses and on attempts to come back */
    unsigned times;           /* since the last success of whatever is tried */
    unsigned successes;       /* how often the target came back */
} igd_retry;

/*
 * After an error: whether to try again. Then the target is connected, nothing of what began is
 * left, and the lock is held if it was. Else `err` is what to report: the error as it was, or why
 * there is no coming back.
 */
bool igd_retry_after(igd_retry *retry, igd_error *err);

#endif
