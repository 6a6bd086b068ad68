/*
 * Progress of a run, passed on at most a few times a second.
 */
#ifndef IGD_SYNC_METER_H
#define IGD_SYNC_METER_H

#include "sync/run.h"

typedef struct igd_meter {
    igd_progress_callback *callback; /* NULL: nobody looks */
    void *payload;
    igd_progress now;
    int64_t reported_ms;
} igd_meter;

/* Begins a phase; total 0 when it is not known. Reports at once. */
void igd_meter_phase(igd_meter *meter, const char *phase, uint64_t total);

/* Counts records. */
void igd_meter_add(igd_meter *meter, uint64_t records);

/* A phase that reads files, and its count: records out of so many files. */
void igd_meter_files(igd_meter *meter, const char *phase, uint64_t total_files);
void igd_meter_read(igd_meter *meter, uint64_t records, uint64_t files);

#endif
