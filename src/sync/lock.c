/*
 * The writers' lock, for runs that can be told to stop.
 */
#include "sync/lock.h"

#include "sync/pipeline.h"

#define SLICE_MS 200

int igd_lock_take(igd_target *target, int64_t wait_ms, const volatile int *stop, igd_error *err)
{
    for (int64_t left = wait_ms;;) {
        int64_t slice = left < SLICE_MS ? left : SLICE_MS;
        int code = target->driver->lock(target, slice, err);
        left -= slice;
        if (code != IGD_E_LOCKED || left <= 0)
            return code;
        code = igd_stop_check(stop, err);
        if (code != IGD_OK)
            return code;
    }
}

int igd_blame_signal(const volatile int *stop, int code, igd_error *err)
{
    igd_error stopped = IGD_ERROR_INIT;
    if ((code != IGD_E_TARGET && code != IGD_E_LOCKED && code != IGD_E_UNREACHABLE) ||
        igd_stop_check(stop, &stopped) == IGD_OK)
        return code;
    *err = stopped;
    return (int)stopped.code;
}
