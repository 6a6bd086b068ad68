/*
 * Progress on standard error: one live line on a terminal (records, rate, time left), else a line
 * every ten seconds. --progress always asks for the live line wherever standard error goes.
 */
#ifndef IGD_CLI_PROGRESS_H
#define IGD_CLI_PROGRESS_H

#include "cli/settings.h"

typedef struct igd_progress_line {
    bool live;  /* rewritten in place */
    bool shown; /* something is on the line */
    const char *phase;
    int64_t phase_ms, printed_ms; /* monotonic */
} igd_progress_line;

/* Whether progress is wanted at all, by --progress and --quiet. */
bool igd_progress_wanted(const igd_settings *settings);

void igd_progress_begin(igd_progress_line *line, igd_when when);

/* An igd_progress_callback; payload: the line. */
void igd_progress_show(const igd_progress *progress, void *payload);

/* Clears the live line, so that something else can be printed. */
void igd_progress_clear(igd_progress_line *line);

int64_t igd_monotonic_ms(void);

#endif
