/*
 * Runs: what the commands call. src/sync knows the spine; src/cli knows options and printing.
 */
#ifndef IGD_SYNC_RUN_H
#define IGD_SYNC_RUN_H

#include "ingitdb/database.h"
#include "schema/mapping.h"
#include "schema/plan.h"
#include "sync/selection.h"
#include "targets/target.h"

typedef enum igd_sync_mode { IGD_SYNC_INCREMENTAL, IGD_SYNC_FULL } igd_sync_mode;
typedef enum igd_on_invalid { IGD_INVALID_FAIL, IGD_INVALID_SKIP } igd_on_invalid;

/* Progress of the run; called from the thread that runs igd_sync, at most some times a second. */
typedef struct igd_progress {
    const char *phase; /* "reading", "writing", "validating" ...: static */
    uint64_t done;     /* records so far */
    uint64_t total;    /* 0: unknown */
    /* Of a phase that reads files, which may hold any number of records: how far it is. */
    uint64_t files, total_files; /* total 0: not such a phase */
} igd_progress;
typedef void igd_progress_callback(const igd_progress *progress, void *payload);

/* The mass-delete fuse, per collection (docs/contract.md 1.1). Without a limit of its own it trips
 * when a collection that had rows becomes empty, or loses more than half and more than 20 rows. */
typedef struct igd_fuse {
    bool set;
    bool percent; /* of the rows that were there */
    uint64_t most;
} igd_fuse;

/* PLAN reads and counts; EXECUTE does everything and rolls it back. */
typedef enum igd_dry_run { IGD_DRY_NONE, IGD_DRY_PLAN, IGD_DRY_EXECUTE } igd_dry_run;

#define IGD_RENAMES_MOST 64

typedef struct igd_sync_options {
    const char *ref;
    igd_selection selection;
    igd_str source_name; /* from the configuration; empty: the repository's default name */
    igd_sync_mode mode;
    igd_on_invalid on_invalid;
    igd_on_conflict on_conflict;
    uint32_t allow_loss; /* igd_loss bits */
    igd_fuse max_delete;
    bool allow_rewind;
    bool adopt; /* take over tables that no source owns */
    igd_dry_run dry_run;
    bool verify;                      /* prove what was written before it is committed */
    struct igd_script_paths *scripts; /* sync/generate.h; NULL: the run is not recorded */
    bool unrecorded; /* apply: the script is part of a sync, and no migration of its own */
    bool strict;
    /* --rename: lists of OLD=NEW, each the id of a collection or <collection>.<column>. */
    const char *renames[IGD_RENAMES_MOST];
    size_t rename_count;
    igd_mapping mapping;
    size_t jobs;       /* parser threads */
    size_t batch_size; /* records in a batch */
    int64_t lock_wait_ms;
    const char *run_id;
    igd_progress_callback *progress; /* may be NULL */
    void *progress_payload;
    const volatile int *stop; /* not zero: stop at the next batch with IGD_E_INTERRUPTED (SIGINT) or
                                 IGD_E_TERMINATED (SIGTERM); may be NULL */
} igd_sync_options;

typedef struct igd_table_counts {
    igd_str collection, table;
    uint64_t inserted, updated, deleted, unchanged; /* unchanged: looked at and found equal */
    uint64_t forbidden; /* of the deleted: rows of invalid records, by consent */
    bool adopted;       /* the table is taken over in this run */
    uint64_t foreign;   /* rows of it that git does not know: they stay */
} igd_table_counts;

/* A row that somebody else had changed, and what became of it; rows as JSON, empty: none. */
typedef struct igd_conflict_entry {
    igd_str collection;
    igd_str key; /* ancestors and key joined with '/' */
    igd_decision decision;
    igd_str base, old_row, new_row;
} igd_conflict_entry;

#define IGD_CONFLICTS_LISTED 100

typedef struct igd_conflicts {
    uint64_t count;
    uint64_t decided[3];                 /* by igd_decision */
    IGD_LIST(igd_conflict_entry) listed; /* the first of them */
} igd_conflicts;

/* Something in a table of ours that is not ours. */
typedef struct igd_foreign_object {
    const char *kind; /* "column", "check", "foreign key", "index" */
    igd_str table, name;
} igd_foreign_object;

typedef IGD_LIST(igd_foreign_object) igd_foreign_list;

/* What a run did, for its report; lives in the run's arena. Filled as far as the run got, also when
 * it failed. */
typedef struct igd_sync_result {
    igd_str source;
    igd_str from, to; /* hex; from is empty when the target was empty, or "mixed" */
    igd_str synced;   /* what the target holds afterwards: `to`, or "mixed"; empty: as before */
    bool up_to_date;  /* nothing to do: the target already holds the commit */
    igd_dry_run dry_run;
    bool compared; /* all of the target was read, not only what git has changed */
    igd_table_counts *tables;
    size_t table_count;
    igd_table_counts total;
    igd_plan plan;
    igd_problems problems;
    size_t held;      /* entries in ingitdb_sync_held */
    size_t left_out;  /* invalid records and files left out under skip */
    size_t held_rows; /* rows of the target that stay because of them */
    igd_conflicts conflicts;
    igd_str_list locks;       /* EXECUTE: that the transaction took; empty: on all of the target */
    igd_foreign_list foreign; /* in the tables that were taken over */
    igd_str read_command;     /* for a shell: shows something that was written; may be empty */
} igd_sync_result;

/* Brings the target to the commit. The target is open for writing; the lock is taken and released
 * inside. */
IGD_MUST_CHECK int igd_sync(igd_repo *repo, igd_target *target, const igd_sync_options *options,
                            igd_arena *mem, igd_sync_result *out, igd_error *err);

/* Checks the source alone: schema errors, invalid records, dangling references. IGD_E_SCHEMA or
 * IGD_E_INVALID when there are any. Uses ref, strict, mapping, jobs, progress and stop. */
IGD_MUST_CHECK int igd_validate(igd_repo *repo, const igd_sync_options *options, igd_arena *mem,
                                igd_sync_result *out, igd_error *err);

/* Collections that stand at one commit. */
typedef struct igd_status_commit {
    igd_str id;     /* hex */
    int64_t behind; /* commits; -1: unknown */
    igd_str_list collections;
} igd_status_commit;

typedef struct igd_status {
    igd_str source;
    bool known; /* the target has a state of this source */
    igd_source_state state;
    IGD_LIST(igd_status_commit) commits; /* where the collections of the target stand */
    igd_commit head;                     /* what ref resolves to */
    int64_t commits_behind;              /* of what is selected; -1: unknown */
    int64_t records_behind;              /* records that a sync would write; -1: unknown */
    size_t held;                         /* records of what is selected that were left out */
    bool rewound;                        /* ref is not a descendant of the synced commit */
    igd_lock_holder holder;
    size_t other_sources;
    igd_problems problems;
} igd_status;

IGD_MUST_CHECK int igd_status_read(igd_repo *repo, igd_target *target,
                                   const igd_sync_options *options, igd_arena *mem, igd_status *out,
                                   igd_error *err);

#endif
