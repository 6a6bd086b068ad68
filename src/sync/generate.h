/*
 * Scripts of a run: the third thing that can become of the stream of changes
 * (docs/architecture.md, "One spine"). `generate` is a sync of a rehearsal (targets/target.h) that
 * is recorded; `sync --rollback` records a real one.
 */
#ifndef IGD_SYNC_GENERATE_H
#define IGD_SYNC_GENERATE_H

#include "sync/run.h"

/* Where the scripts go. The names live as long as the run. */
typedef struct igd_script_paths {
    const char *up;   /* NULL: standard output */
    const char *down; /* NULL: not wanted */
    bool plain;       /* the statements alone */
    bool force;       /* replace files that are there */
    bool written;     /* by the run: there was something to do */
} igd_script_paths;

/* The recording of one run, for igd_begin. */
typedef struct igd_script_run {
    igd_recording recording;
    igd_script_paths *paths;
    const igd_sync_result *result;
    igd_arena *mem;
} igd_script_run;

void igd_script_run_init(igd_script_run *run, igd_script_paths *paths,
                         const igd_sync_result *result, igd_arena *mem);

/* Before anything is read: whether the scripts can be written. IGD_E_USAGE. */
IGD_MUST_CHECK int igd_script_paths_check(const igd_script_paths *paths, bool with_up,
                                          igd_error *err);

/* The scripts of a run that was rolled back after all. */
void igd_script_paths_remove(igd_script_paths *paths);

/*
 * Writes the script that brings the target to the options' ref, and the one that undoes it. The
 * target is open for a rehearsal. With `from`, a commit-ish, it is what a target holds that is at
 * that commit and that nobody edited, whatever this one holds.
 */
IGD_MUST_CHECK int igd_generate(igd_repo *repo, igd_target *target, const igd_sync_options *options,
                                const char *from, igd_arena *mem, igd_sync_result *out,
                                igd_error *err);

#endif
