/*
 * Applying a script: its statements as they are, in the one transaction that it brings along, under
 * the lock, and only on the target that it was made for.
 *
 * Nothing is changed before the script's checksums, engine, source and base have been proven, and
 * the rows that it touches are those that it was made for. Before its COMMIT the target has to be
 * in the state that the header says, and the row of schema_migrations joins the same transaction.
 */
#ifndef IGD_SYNC_APPLY_H
#define IGD_SYNC_APPLY_H

#include "sync/run.h"
#include "targets/script.h"

#define IGD_APPLY_LINES 1000 /* as many of the script's own answers are kept */

typedef struct igd_apply_result {
    const igd_script_head *head; /* NULL: it failed before it was read */
    igd_str from;                /* hex of what the target held; empty: nothing */
    bool already;                /* the target is where the script leads: nothing was done */
    bool applied;                /* it is committed */
    bool dry_run, verified;
    bool only_looked; /* a dry run where nothing can be taken back: nothing was executed */
    uint64_t statements;
    igd_str migrations;   /* the table that has its row; empty: none was written */
    igd_str_list answers; /* what the script's queries behind COMMIT returned, a line a row */
} igd_apply_result;

/*
 * `repo` is the source, or NULL when there is none: then nothing is verified. Of the options:
 * source_name, mapping, jobs, lock_wait_ms, stop, verify, progress; any dry_run rolls everything
 * back in the end. Codes: IGD_E_FORMAT, IGD_E_CHECKSUM, IGD_E_USAGE (another engine's, another
 * source's), IGD_E_STALE_BASE, IGD_E_LOCKED, IGD_E_DIFFERS (--verify), IGD_E_TARGET: a statement
 * failed, which the message names. Nothing is changed by any of them; only IGD_E_TARGET of a query
 * behind COMMIT comes too late for that (`applied`).
 */
IGD_MUST_CHECK int igd_apply(igd_repo *repo, igd_target *target, const igd_sync_options *options,
                             const char *path, igd_arena *mem, igd_apply_result *out,
                             igd_error *err);

#endif
