/*
 * Pauses, and coming back.
 */
#include "sync/retry.h"

#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define FIRST_PAUSE_MS   50
#define LONGEST_PAUSE_MS 4000
#define STOP_CHECK_MS    50
/* A run that is thrown out more often than this will be the next time, too. */
#define MOST_SUCCESSES 10

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint32_t random_below(uint32_t limit)
{
    uint32_t random = 0;
    if (getentropy(&random, sizeof(random)) != 0)
        random = (uint32_t)now_ms();
    return random % limit;
}

static bool is_stopped(const igd_retry *retry)
{
    return retry->stop && *retry->stop;
}

/* Half of the pause is certain, half is not; the last one ends with the time that there is. False:
 * there is none left, or no wish. */
static bool pause_for_a_while(igd_retry *retry)
{
    int64_t rest = retry->target->retry_ms - retry->spent_ms;
    int64_t pause = FIRST_PAUSE_MS << (retry->times < 7 ? retry->times : 7);
    if (pause > LONGEST_PAUSE_MS)
        pause = LONGEST_PAUSE_MS;
    pause = pause / 2 + random_below((uint32_t)(pause / 2 + 1));
    retry->times++;
    if (rest <= 0)
        return false;
    if (pause > rest)
        pause = rest;
    for (int64_t left = pause; left > 0 && !is_stopped(retry); left -= STOP_CHECK_MS)
        usleep((useconds_t)(left < STOP_CHECK_MS ? left : STOP_CHECK_MS) * 1000);
    retry->spent_ms += pause;
    return !is_stopped(retry);
}

static int recover(igd_retry *retry, igd_error *err)
{
    int64_t began = now_ms();
    int rc = retry->target->driver->recover(retry->target, err);
    retry->spent_ms += now_ms() - began;
    return rc;
}

bool igd_retry_after(igd_retry *retry, igd_error *err)
{
    if (!err->transient || !retry->target->driver->recover || is_stopped(retry) ||
        retry->successes >= MOST_SUCCESSES)
        return false;
    igd_log(IGD_LOG_WARNING, "%s: trying again", err->message);
    retry->times = 0;
    while (pause_for_a_while(retry)) {
        igd_error again = IGD_ERROR_INIT;
        if (recover(retry, &again) == IGD_OK) {
            retry->successes++;
            return true;
        }
        bool goes_on = again.transient;
        *err = again;
        if (!goes_on)
            return false;
    }
    return false;
}
