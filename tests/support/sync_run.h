/*
 * One sync inside the test's process: what `ingitdb-go migrate sync` does below its options.
 */
#ifndef IGD_TESTS_SYNC_RUN_H
#define IGD_TESTS_SYNC_RUN_H

#include "sync/run.h"

typedef struct sync_run {
    igd_arena *mem;
    igd_sync_result result;
    igd_error err;
    int code;
} sync_run;

/* Options to start from: allow everything, two parser threads, source name "test". */
igd_sync_options sync_run_options(const char *ref);

/* Syncs the repository's commit into a database (tests/support/database.h). Never fails itself: see
 * code. */
sync_run sync_run_into(const char *repo, const char *database, const igd_sync_options *options);
/* The same into a target that has to do without some capabilities (igd_caps). */
sync_run sync_run_without(const char *repo, const char *database, const igd_sync_options *options,
                          uint32_t mask_caps);
void sync_run_free(sync_run *run);

/* When not NULL: sees each target that is opened, before the sync does. */
extern void (*sync_run_on_open)(igd_target *target);

/* The same, which has to succeed; the counts of the run. */
igd_table_counts sync_run_ok(const char *repo, const char *database, const char *ref);

#endif
