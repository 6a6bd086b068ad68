/*
 * Log messages for people. Nothing below src/cli prints: rooms send messages to a sink that src/cli
 * sets once at start; without one they are dropped. Messages are lower case, without a full stop.
 */
#ifndef IGD_BASE_LOG_H
#define IGD_BASE_LOG_H

#include "base/attributes.h"

typedef enum igd_log_level {
    IGD_LOG_ERROR,
    IGD_LOG_WARNING,
    IGD_LOG_INFO,
    IGD_LOG_DEBUG,
} igd_log_level;

typedef void igd_log_sink(igd_log_level level, const char *message, void *payload);

/* Not while threads run. */
void igd_log_set_sink(igd_log_sink *sink, void *payload, igd_log_level most);

bool igd_log_wants(igd_log_level level);
void igd_log(igd_log_level level, const char *format, ...) IGD_PRINTF(2, 3);

#endif
