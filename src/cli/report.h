/*
 * Reports: what a command found, for people and as JSON (docs/contract.md 5).
 *
 * A command fills what it has; the renderers leave out what is not there. Everything lives in the
 * run's arena.
 */
#ifndef IGD_CLI_REPORT_H
#define IGD_CLI_REPORT_H

#include <stdio.h>

#include "base/buf.h"
#include "cli/settings.h"
#include "sync/apply.h"

typedef struct igd_report {
    const char *command;
    int exit_status;
    igd_str source;      /* name */
    igd_str source_path; /* where the repository is */
    igd_str target;      /* URL without a password */
    igd_str engine, server_version;
    const char *ref;
    igd_selection selection;
    int64_t started_ms; /* monotonic */
    int64_t duration_ms;

    const igd_sync_result *sync;     /* sync, validate, generate */
    const igd_script_paths *scripts; /* generate; sync --rollback */
    const igd_analysis *analysis;    /* analyze, verify */
    const igd_status *status;        /* status */
    const igd_apply_result *apply;   /* apply */
    const igd_lock_holder *holder;   /* unlock */
    bool unlocked;                   /* unlock: there was something to take away */
    const char *text;                /* version: the whole answer */
    const igd_error *error;          /* NULL when it went well */
    igd_str_list warnings;           /* what was logged as a warning */
} igd_report;

void igd_report_text(const igd_report *report, bool color, FILE *out);
void igd_report_json(const igd_report *report, FILE *out);
void igd_report_markdown(const igd_report *report, FILE *out); /* analyze, verify */

/* The part of apply. */
void igd_report_apply_text(const igd_report *report, FILE *out);

/* The part of an analysis. */
void igd_report_analysis_text(const igd_report *report, bool color, FILE *out);

/* "pid 1 on host since 2024-..."; what takes the lock in the server's own client has no more to say
 * than that it is there. */
igd_str igd_report_holder(const igd_lock_holder *holder, igd_arena *mem);

/* A line, unless all is selected. */
void igd_report_selection(const igd_selection *selection, FILE *out);

/* "2 schema changes, 1 to insert, 300 equal" */
void igd_report_totals(const igd_analysis *analysis, igd_buf *out);

/* "products: 3 equal, 1 changed, 2 foreign", of a table that is taken over; `would`: it is only
 * looked at. */
void igd_report_adopted(const igd_table_counts *counts, bool would, igd_buf *out);

/* The problems of a source, grouped by cause: `path:line:column: reason`, then the hint. */
void igd_report_problems(const igd_problems *problems, bool color, FILE *out);

#endif
