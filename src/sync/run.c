/*
 * A sync, from the lock to the last attempt.
 */
#include "base/log.h"
#include "sync/lock.h"
#include "sync/next_state.h"
#include "sync/retry.h"
#include "sync/run_private.h"

/* Runs that other writers made stale are started over; more often than this, somebody else is
 * writing all the time. */
#define RESTARTS 5

/* ---- one attempt ---- */

/* A part of the commit looks otherwise when the target has changed; base: NULL without one. */
static int load_side(igd_run *r, const igd_base *base, igd_error *err)
{
    igd_scope scope = {.selection = &r->options->selection};
    if (base) {
        scope.also = igd_base_interrupted(base, r->mem);
        scope.recorded = &base->recorded;
    }
    if (igd_selection_given(scope.selection)) {
        igd_side_free(&r->side);
        r->definitions = IGD_PROBLEMS_INIT(r->mem);
    }
    if (r->side.database)
        return IGD_OK;
    return igd_side_load_part(r->repo, &r->goal, &scope, &r->options->mapping, r->options->strict,
                              r->mem, &r->definitions, &r->side, err);
}

/* Whether the bookkeeping is to say that all is there now. */
static bool completes(const igd_attempt *a, const igd_run *r)
{
    return a->base.state && igd_str_is(a->base.state->status, "partial") &&
           !igd_selection_given(&r->options->selection);
}

static int attempt_once(igd_run *r, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *absent = igd_keyset_new();
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    igd_attempt a = {.run = r, .absent = absent, .rejected = rejected};
    igd_str name = r->options->source_name;
    int code = r->target->driver->state_read(r->target, r->mem, &a.state, err);
    if (code == IGD_OK)
        code = igd_base_identify(r->repo, &a.state, name, &r->goal, r->mem, &a.base, err);
    if (code != IGD_OK)
        return code;
    r->result->source = a.base.source;
    r->known = a.base.state != NULL;
    /* Most runs of a job end here: not even the definitions are read. */
    bool whole = !igd_selection_given(&r->options->selection) && !r->options->strict &&
                 igd_base_is_whole(&a.base, &r->goal, &r->options->mapping);
    if (!whole)
        code = load_side(r, &a.base, err);
    /* That the tables which are ours are current says nothing of those that could be. */
    if (code == IGD_OK && r->options->mode == IGD_SYNC_INCREMENTAL && !r->options->adopt &&
        (whole ||
         (!completes(&a, r) && igd_base_is_current(&a.base, &r->side, &r->options->mapping)))) {
        r->result->from = r->result->to;
        r->result->synced = a.base.state->commit_id;
        r->result->up_to_date = true;
        return IGD_OK;
    }
    if (code == IGD_OK && whole)
        code = load_side(r, &a.base, err);
    igd_run_reset_problems(r);
    if (code == IGD_OK)
        code = igd_attempt_prepare(&a, err);
    if (code == IGD_OK)
        code = igd_attempt_write(&a, err);
    igd_attempt_forget_foresight(&a);
    igd_accepted_free(a.accepted);
    igd_invalid_free(a.invalid);
    igd_base_free(&a.base);
    return code;
}

/* ---- all of them ---- */

/* Starting over helps against other programs, not when the lock was taken away. */
static bool still_locked(const igd_run *r)
{
    igd_lock_holder holder = {0};
    igd_error ignored = IGD_ERROR_INIT;
    return r->target->driver->holder(r->target, r->mem, &holder, &ignored) == IGD_OK &&
           holder.held && igd_str_is(holder.run_id, r->options->run_id);
}

/* The connection broke while the run was being committed: did it come to that? */
static bool was_committed(igd_run *r)
{
    igd_state state = {0};
    igd_error ignored = IGD_ERROR_INIT;
    if (!r->committing ||
        r->target->driver->state_read(r->target, r->mem, &state, &ignored) != IGD_OK)
        return false;
    const igd_source_state *source = igd_state_source(&state, r->result->source);
    r->committed =
        source && igd_str_is(source->run_id, r->options->run_id) && !igd_state_in_progress(source);
    if (r->committed && r->options->verify)
        igd_log(IGD_LOG_WARNING,
                "the connection broke at the end: what was written is not verified");
    return r->committed;
}

/* The connection broke at the end, and did not come back. */
static bool is_unknown(const igd_run *r, int code)
{
    return r->committing && code == IGD_E_UNREACHABLE;
}

static int explain_unknown(igd_error *err)
{
    return igd_hint(err, "the connection broke while the run was being committed, and whether it "
                         "was is not known: see `migrate status`");
}

/* Attempts until one is not broken off by something that passes. */
static int attempt_until_done(igd_run *r, igd_retry *retry, igd_error *err)
{
    for (;;) {
        r->committing = false;
        int code = attempt_once(r, err);
        if (code == IGD_OK || r->committed)
            return code;
        bool again = igd_retry_after(retry, err);
        if (was_committed(r))
            return IGD_OK;
        if (!again) {
            r->result->conflicts = (igd_conflicts){0};
            return is_unknown(r, code) ? explain_unknown(err) : (int)err->code;
        }
    }
}

static int run_locked(igd_run *r, igd_retry *retry, igd_error *err)
{
    int code = IGD_OK;
    for (int n = 0; n < RESTARTS; n++) {
        bool edited = r->edited, invalid = r->invalid;
        code = attempt_until_done(r, retry, err);
        if (code == IGD_E_INVALID && r->invalid && !invalid)
            continue;
        /* Git wins: what the change alone cannot put right, a comparison can. */
        if (code != IGD_OK && r->edited && !edited &&
            r->options->on_conflict == IGD_CONFLICT_SOURCE) {
            igd_log(IGD_LOG_WARNING,
                    "%s: all of the target is compared and repaired, as --mode full does",
                    err->message);
            continue;
        }
        if (code != IGD_E_STALE_BASE || !still_locked(r))
            return code;
        igd_log(IGD_LOG_INFO, "the target changed meanwhile: starting over");
    }
    return code;
}

static int start(igd_run *r, igd_error *err)
{
    igd_str *name = &r->result->source;
    r->started_at = igd_timestamp(r->mem);
    r->meter =
        (igd_meter){.callback = r->options->progress, .payload = r->options->progress_payload};
    r->definitions = r->renames = IGD_PROBLEMS_INIT(r->mem);
    *name = r->options->source_name;
    int code = igd_repo_resolve(r->repo, r->options->ref, &r->goal, err);
    if (code == IGD_OK)
        r->result->to = igd_arena_str(r->mem, igd_str_from(r->goal.hex));
    return code;
}

static int check_scripts(const igd_run *r, igd_error *err)
{
    if (!igd_target_records(r->target)) {
        (void)igd_fail(err, IGD_E_USAGE, "what is written to %s cannot be undone by a script",
                       r->target->driver->name);
        return igd_hint(err, "leave --rollback out");
    }
    if (r->options->dry_run != IGD_DRY_NONE) {
        (void)igd_fail(err, IGD_E_USAGE, "a dry run does nothing that --rollback could undo");
        return igd_hint(err, "generate writes the script and its rollback, and nothing else");
    }
    return igd_script_paths_check(r->options->scripts, false, err);
}

static int take_lock(igd_run *r, igd_retry *retry, igd_error *err)
{
    for (;;) {
        int code = igd_lock_take(r->target, r->options->lock_wait_ms, r->options->stop, err);
        if (code == IGD_OK || !igd_retry_after(retry, err))
            return code == IGD_OK ? IGD_OK : (int)err->code;
    }
}

int igd_sync(igd_repo *repo, igd_target *target, const igd_sync_options *given, igd_arena *mem,
             igd_sync_result *out, igd_error *err)
{
    igd_sync_options options = *given;
    igd_target_fit_mapping(target, &options.mapping);
    *out = (igd_sync_result){.problems = IGD_PROBLEMS_INIT(mem)};
    igd_run r = {.repo = repo, .target = target, .options = &options, .mem = mem, .result = out};
    if (options.strict && options.on_invalid == IGD_INVALID_SKIP) {
        (void)igd_fail(err, IGD_E_USAGE, "--strict and --on-invalid skip contradict each other");
        return igd_hint(err, "leave one of them out");
    }
    if (options.verify && options.dry_run == IGD_DRY_PLAN) {
        (void)igd_fail(err, IGD_E_USAGE, "a plan writes nothing that --verify could look at");
        return igd_hint(err, "--dry-run=execute writes, looks, and takes it back");
    }
    out->dry_run = options.dry_run;
    int code = options.scripts ? check_scripts(&r, err) : IGD_OK;
    if (code == IGD_OK)
        code = start(&r, err);
    igd_retry retry = {.target = target, .stop = options.stop};
    if (code == IGD_OK && options.dry_run != IGD_DRY_PLAN)
        code = take_lock(&r, &retry, err);
    if (code != IGD_OK)
        return igd_blame_signal(options.stop, code, err);
    code = igd_blame_signal(options.stop, run_locked(&r, &retry, err), err);
    /* Not into the state of another source of that name or of another format, nor into a database
     * that has nothing of ours yet. */
    if (code != IGD_OK && r.known && !r.committed && options.dry_run == IGD_DRY_NONE)
        target->driver->note_error(target, out->source, igd_str_from(err->message));
    if (code != IGD_OK && !r.committed && options.scripts)
        igd_script_paths_remove(options.scripts);
    target->driver->unlock(target);
    igd_side_free(&r.side);
    return code;
}

/* ---- validate ---- */

/* Of validate: how much it is that is valid. */
static void take_valid_counts(igd_run *r)
{
    for (size_t n = 0; n < r->result->table_count; n++)
        r->result->total.unchanged += r->result->tables[n].unchanged;
}

int igd_validate(igd_repo *repo, const igd_sync_options *options, igd_arena *mem,
                 igd_sync_result *out, igd_error *err)
{
    *out = (igd_sync_result){.problems = IGD_PROBLEMS_INIT(mem)};
    igd_run r = {.repo = repo, .options = options, .mem = mem, .result = out};
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    int code = start(&r, err);
    if (code != IGD_OK)
        return code;
    code = load_side(&r, NULL, err);
    igd_run_reset_problems(&r);
    if (code == IGD_OK)
        code = igd_run_report_invalid(&r, rejected, err);
    if (code == IGD_OK)
        take_valid_counts(&r);
    igd_side_free(&r.side);
    if (code == IGD_OK && out->problems.invalid > 0)
        code = igd_run_fail_invalid(&out->problems, err);
    if (code == IGD_E_INVALID)
        return igd_hint(err, "repair them; a sync can go on without them by --on-invalid skip");
    return code;
}
