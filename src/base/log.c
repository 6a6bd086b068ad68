/*
 * The one sink of log messages. It is called on the thread that logs, so a sink that writes to
 * something shared does its own locking.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

static igd_log_sink *log_sink;
static void *log_payload;
static igd_log_level log_most;

void igd_log_set_sink(igd_log_sink *sink, void *payload, igd_log_level most)
{
    log_sink = sink;
    log_payload = payload;
    log_most = most;
}

bool igd_log_wants(igd_log_level level)
{
    return log_sink && level <= log_most;
}

void igd_log(igd_log_level level, const char *format, ...)
{
    if (!igd_log_wants(level))
        return;
    char small[512];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    if (wanted < 0)
        return;
    size_t len = (size_t)wanted;
    if (len < sizeof(small)) {
        log_sink(level, small, log_payload);
        return;
    }
    char *message = igd_xmalloc(len + 1);
    va_start(args, format);
    vsnprintf(message, len + 1, format, args);
    va_end(args);
    log_sink(level, message, log_payload);
    free(message);
}
