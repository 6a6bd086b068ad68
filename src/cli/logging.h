/*
 * Messages on standard error, as text or as one JSON object a line. Warnings are kept for the
 * report, too.
 */
#ifndef IGD_CLI_LOGGING_H
#define IGD_CLI_LOGGING_H

#include "cli/progress.h"
#include "cli/report.h"

typedef struct igd_logging {
    const igd_settings *settings;
    igd_progress_line *progress; /* cleared before a message */
    igd_report *report;
    igd_arena *mem;
} igd_logging;

void igd_logging_start(igd_logging *logging);

/* The error that ends the program, and its hint. */
void igd_logging_error(const igd_logging *logging, const igd_error *err);

/* Whether a terminal may be given colours: neither --no-color nor NO_COLOR. */
bool igd_logging_wants_color(const igd_settings *settings);

/* What every run says, whatever the level: a plain line, or an object of level "info". */
void igd_logging_notice(bool json, const char *message);

#endif
