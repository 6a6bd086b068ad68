/*
 * A sync, from the lock to the commit.
 */
#include "sync/run.h"

#include "base/log.h"
#include "sync/adopt.h"
#include "sync/base.h"
#include "sync/check.h"
#include "sync/conflicts.h"
#include "sync/generate.h"
#include "sync/lock.h"
#include "sync/next_state.h"
#include "sync/pipeline.h"
#include "sync/policy.h"
#include "sync/proof.h"
#include "sync/renames.h"
#include "sync/resting.h"
#include "sync/spine.h"

/* Runs that other writers made stale are started over; more often than this, somebody else is
 * writing all the time. */
#define RESTARTS 5

typedef struct run {
    igd_repo *repo;
    igd_target *target;
    const igd_sync_options *options; /* with the target's limits in the mapping */
    igd_arena *mem;
    igd_sync_result *result;
    igd_meter meter;
    igd_str started_at;
    igd_commit goal;
    igd_side side;
    igd_problems definitions; /* what loading the new side had to say */
    igd_problems renames;     /* and what looking for renames had */
    bool edited;              /* rows that git did not change were found to be edited */
    bool invalid;             /* under skip: the change was found to have invalid records */
    bool known;               /* the target has a state of this source, and it is ours */
    bool committed;           /* what went wrong then did not stop the run */
} run;

static void reset_problems(run *r)
{
    r->result->problems = IGD_PROBLEMS_INIT(r->mem);
    igd_problems_append(&r->result->problems, &r->definitions);
    igd_problems_append(&r->result->problems, &r->renames);
}

static igd_source_check check_of(run *r, igd_notes *notes, igd_keyset *rejected)
{
    return (igd_source_check){.repo = r->repo,
                              .side = &r->side,
                              .jobs = r->options->jobs,
                              .stop = r->options->stop,
                              .meter = &r->meter,
                              .notes = notes,
                              .rejected = rejected};
}

/* One for each slot. */
static igd_table_counts *new_counts(const run *r)
{
    igd_table_counts *counts = IGD_NEW_ARRAY(r->mem, igd_table_counts, r->side.slot_count);
    for (size_t n = 0; n < r->side.slot_count; n++) {
        counts[n].collection = r->side.slots[n].table->collection;
        counts[n].table = r->side.slots[n].table->name;
    }
    return counts;
}

/* Everything that is wrong with the new side; the answer to a run that met something invalid. */
static int report_invalid(run *r, igd_keyset *rejected, igd_error *err)
{
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    reset_problems(r);
    igd_notes_init(&notes, &r->result->problems, r->options->strict);
    igd_source_check check = check_of(r, &notes, rejected);
    check.counts = r->result->tables = new_counts(r);
    r->result->table_count = r->side.slot_count;
    int code = igd_check_source(&check, err);
    igd_notes_finish(&notes);
    return code;
}

static int fail_invalid(const igd_problems *problems, igd_error *err)
{
    size_t records = igd_problems_records(problems);
    return igd_fail(err, IGD_E_INVALID, "the source has %zu invalid record%s or file%s", records,
                    records == 1 ? "" : "s", records == 1 ? "" : "s");
}

static int refuse_invalid(const igd_problems *problems, igd_error *err)
{
    (void)fail_invalid(problems, err);
    return igd_hint(err, "repair them, or go on without them by --on-invalid skip; nothing was "
                         "written");
}

/* ---- one attempt ---- */

typedef struct attempt {
    run *run;
    igd_state state;
    igd_base base;
    igd_keyset *absent, *rejected;
    bool skipping; /* something is invalid and left out: */
    igd_invalid *invalid;
    bool valid; /* known before anything is written */
    igd_accepted *accepted;
    bool compare; /* the target is read, too */
    bool full;    /* and all of it is put right, also where git has changed nothing */
    igd_adoption adoption;
    bool steps;   /* the run cannot be one transaction: */
    bool decided; /* validity and deletes have been, before the first step */
    igd_conflict_tally conflicts;
    igd_script_run script;
    igd_spine spine;
} attempt;

/* It is decided on the way (by the rehearsal, of a run in steps), where the change can tell; under
 * skip before, once there is something to be skipped. */
static bool decides_on_the_way(const attempt *a)
{
    const run *r = a->run;
    if (igd_base_needs_check(&a->base, &r->side))
        return false;
    return r->options->on_invalid == IGD_INVALID_FAIL ||
           (igd_base_synced(&a->base) && !igd_base_has_held(&a->base) && !r->invalid);
}

static int decide_validity(attempt *a, igd_error *err)
{
    run *r = a->run;
    if (decides_on_the_way(a))
        return IGD_OK;
    int code = report_invalid(r, a->rejected, err);
    a->valid = code == IGD_OK && r->result->problems.invalid == 0;
    if (code != IGD_OK || r->result->problems.invalid == 0)
        return code;
    if (r->options->on_invalid == IGD_INVALID_FAIL)
        return refuse_invalid(&r->result->problems, err);
    a->skipping = true;
    return igd_invalid_new(&r->side, &r->result->problems, &a->invalid, err);
}

static int run_spine(attempt *a, bool write, igd_notes *notes, igd_error *err)
{
    run *r = a->run;
    igd_accepted_free(a->accepted);
    int code = igd_base_accepted(&a->base, &r->side, &a->accepted, err);
    if (code != IGD_OK)
        return code;
    igd_execute execute = igd_execute_on(r->target, &r->result->plan, r->options->batch_size);
    igd_consumer count = igd_count_only();
    igd_adopter adopter = igd_adopt_around(&execute.consumer, r->target, &r->result->plan);
    a->spine = (igd_spine){.repo = r->repo,
                           .new_side = &r->side,
                           .origins = igd_base_origins(&a->base, &r->side, r->mem),
                           .plan = &r->result->plan,
                           .absent = a->absent,
                           .rejected = a->rejected,
                           .compare_with = a->compare ? r->target : NULL,
                           .leave_drift = !a->full,
                           .consumer = write ? &adopter.consumer : &count,
                           .notes = notes,
                           .meter = &r->meter,
                           .jobs = r->options->jobs,
                           .stop = r->options->stop,
                           .check = !a->skipping && !a->valid && !a->decided,
                           .accepted = a->accepted,
                           .invalid = a->invalid,
                           .drop_held = r->options->allow_loss & IGD_LOSS_HELD};
    a->spine.unsettled = igd_base_unsettled(&a->base, r->mem, &a->spine.unsettled_count, NULL);
    igd_spine_init(&a->spine, r->mem);
    code = igd_spine_run(&a->spine, err);
    if (code != IGD_OK || a->skipping || a->valid || a->decided)
        return code;
    igd_source_check check = check_of(r, notes, a->rejected);
    code = igd_check_bounds(&check, err);
    if (code == IGD_OK && notes->problems->invalid > 0)
        return refuse_invalid(notes->problems, err);
    return code;
}

static void take_counts(attempt *a)
{
    igd_sync_result *result = a->run->result;
    result->table_count = a->run->side.slot_count;
    result->tables = IGD_NEW_ARRAY(a->run->mem, igd_table_counts, result->table_count);
    result->total = (igd_table_counts){0};
    for (size_t n = 0; n < result->table_count; n++) {
        igd_table_counts *counts = &result->tables[n];
        *counts = a->spine.sums[n].counts;
        igd_conflict_tally_correct(&a->conflicts, n, counts);
        result->total.inserted += counts->inserted;
        result->total.updated += counts->updated;
        result->total.deleted += counts->deleted;
        result->total.unchanged += counts->unchanged;
        result->total.foreign += counts->foreign;
    }
}

static int commit(attempt *a, igd_error *err)
{
    run *r = a->run;
    igd_source_state next;
    int code = igd_next_state(r->repo, &a->base, &r->side, &a->spine, r->options,
                              a->skipping ? &r->result->problems : NULL, r->started_at, r->mem,
                              &next, err);
    if (code == IGD_OK)
        code = igd_stop_check(r->options->stop, err);
    if (code != IGD_OK)
        return code;
    r->result->held = igd_base_held(&next, &r->side.chosen);
    r->result->synced = next.commit_id;
    r->result->left_out = a->skipping ? igd_problems_records(&r->result->problems) : 0;
    r->result->held_rows = a->spine.held.len;
    if (r->options->dry_run != IGD_DRY_NONE)
        return IGD_OK;
    igd_meter_phase(&r->meter, "committing", 0);
    code = r->target->driver->commit(r->target, &next, err);
    r->committed = code == IGD_OK;
    return code;
}

static int prove(attempt *a, igd_error *err)
{
    run *r = a->run;
    igd_proof proof = {.repo = r->repo,
                       .side = &r->side,
                       .target = r->target,
                       .adoption = &a->adoption,
                       .invalid = a->invalid,
                       .rejected = a->rejected,
                       .committed = r->committed,
                       .meter = &r->meter,
                       .jobs = r->options->jobs,
                       .stop = r->options->stop};
    return igd_prove_written(&proof, err);
}

/* Runs the spine; what it would delete may be too much. */
static int produce(attempt *a, bool write, igd_error *err)
{
    run *r = a->run;
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    igd_problems said = IGD_PROBLEMS_INIT(r->mem); /* under skip all has been said before */
    if (!a->skipping)
        reset_problems(r);
    igd_notes_init(&notes, a->skipping ? &said : &r->result->problems, r->options->strict);
    int code = run_spine(a, write, &notes, err);
    igd_notes_finish(&notes);
    if (code != IGD_OK)
        return code;
    take_counts(a);
    return a->decided ? IGD_OK
                      : igd_policy_fuse(r->result, a->base.state, &r->options->max_delete,
                                        r->options->allow_loss, err);
}

/* What a transaction would take back has to be known before the first step. */
static int rehearse(attempt *a, igd_error *err)
{
    if (!a->steps || a->run->options->dry_run != IGD_DRY_NONE)
        return IGD_OK;
    int code = produce(a, false, err);
    a->decided = code == IGD_OK;
    return code;
}

/* Inside the transaction, or in steps. */
static int write_all(attempt *a, igd_error *err)
{
    run *r = a->run;
    int code = produce(a, r->options->dry_run != IGD_DRY_PLAN, err);
    if (code == IGD_OK && r->options->verify && !a->steps)
        code = prove(a, err);
    if (code == IGD_OK)
        code = commit(a, err);
    return code == IGD_OK && r->options->verify && a->steps ? prove(a, err) : code;
}

static int adopt(attempt *a, igd_error *err)
{
    run *r = a->run;
    int code = igd_adopt_find(r->target, &a->state, &a->base, &r->side, r->mem, &a->adoption, err);
    if (code == IGD_OK)
        igd_adopt_into(&a->adoption, &a->base.schema, r->mem);
    r->result->foreign = a->adoption.foreign;
    return code;
}

/* What the plan does to tables that others have, or that we lose. */
static int check_policy(attempt *a, igd_error *err)
{
    run *r = a->run;
    const igd_plan *plan = &r->result->plan;
    uint32_t allowed = r->options->allow_loss;
    int code = igd_policy_owners(plan, &a->state, a->base.source, err);
    if (code == IGD_OK)
        code = igd_resting_check(&a->base, &r->side.chosen, plan, err);
    if (code == IGD_OK)
        code = igd_policy_losses(plan, allowed, err);
    igd_error held = IGD_ERROR_INIT;
    int also = igd_policy_held(plan, a->base.state, &r->side, a->invalid, allowed, &held);
    if (also != IGD_OK && code == IGD_OK) {
        *err = held;
        code = also;
    } else if (also != IGD_OK && code == IGD_E_DESTRUCTIVE) {
        (void)igd_hint(err, "%s", held.hint); /* names what is needed for both */
    }
    return code == IGD_OK ? igd_adopt_check_losses(r->target, plan, a->base.state, allowed, err)
                          : code;
}

/* What the change alone cannot tell: which rows others have edited, what became of rows that were
 * held, and which rows are to be held. */
static bool wants_compare(const attempt *a)
{
    const run *r = a->run;
    if (a->base.in_progress)
        return true;
    if (!igd_base_synced(&a->base))
        return false;
    return a->base.gone || r->options->mode == IGD_SYNC_FULL || r->edited || a->skipping ||
           igd_base_has_held(&a->base);
}

static int make_plan(attempt *a, igd_error *err)
{
    run *r = a->run;
    igd_plan *plan = &r->result->plan;
    igd_base_plan(&a->base, &r->side, &r->options->mapping, r->mem, plan);
    igd_target_fit_plan(r->target, plan);
    igd_adopt_mark(&a->adoption, plan);
    a->steps = igd_goes_in_steps(r->target->caps, plan);
    if (r->options->dry_run != IGD_DRY_EXECUTE || !a->steps)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_USAGE, "this target cannot take back what a run has written%s",
                   r->target->caps & IGD_CAP_TRANSACTIONS ? ", since the schema changes" : "");
    return igd_hint(err, "--dry-run=plan writes nothing");
}

static int prepare(attempt *a, igd_error *err)
{
    run *r = a->run;
    int code = igd_base_load(r->repo, r->options, &r->side.chosen, r->mem, &a->base, err);
    if (code != IGD_OK)
        return code;
    r->result->from = igd_base_at(&a->base);
    code = igd_base_check_rewind(r->repo, &a->base, &r->goal, r->options->allow_rewind, err);
    r->renames = IGD_PROBLEMS_INIT(r->mem);
    if (code == IGD_OK)
        code =
            igd_renames_decide(r->repo, &a->base, &r->side, r->options, r->mem, &r->renames, err);
    if (code == IGD_OK)
        code = decide_validity(a, err);
    if (code == IGD_OK)
        code = igd_base_absent(&a->base, &r->side, a->absent, err);
    if (code != IGD_OK)
        return code;
    a->full = r->result->compared = wants_compare(a);
    if (a->full)
        code = igd_base_find(r->target, r->mem, &a->base, NULL, err);
    if (code == IGD_OK && r->options->adopt)
        code = adopt(a, err);
    if (code != IGD_OK)
        return code;
    a->compare = a->full || a->adoption.tables.table_count > 0;
    code = make_plan(a, err);
    return code == IGD_OK ? check_policy(a, err) : code;
}

/* The run stopped at the first thing that it met; the user wants to see all of them. */
static int explain_invalid(attempt *a, int code, igd_error *err)
{
    run *r = a->run;
    if (code != IGD_E_INVALID || a->skipping)
        return code;
    if (r->options->on_invalid == IGD_INVALID_SKIP) {
        r->invalid = true;
        return code;
    }
    igd_error ignored = IGD_ERROR_INIT;
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    if (report_invalid(r, rejected, &ignored) == IGD_OK && r->result->problems.invalid > 0)
        return refuse_invalid(&r->result->problems, err);
    return code;
}

/* The run had begun, and has not come to its end. */
static int give_up(attempt *a, int code, igd_error *err)
{
    run *r = a->run;
    r->result->conflicts = (igd_conflicts){0};
    r->edited = r->target->dangling && !a->full && igd_base_synced(&a->base);
    igd_error cause = *err;
    bool broke_off = code == IGD_E_TARGET || code == IGD_E_INTERRUPTED || code == IGD_E_TERMINATED;
    if (!a->steps && broke_off && !r->edited)
        return igd_hint(err, "%s%swhat was begun is rolled back", cause.hint,
                        cause.hint[0] ? "; " : "");
    if (!a->steps || r->options->dry_run != IGD_DRY_NONE)
        return explain_invalid(a, code, err);
    return igd_hint(err, "%s%sthe target is in progress: the next sync goes on from there",
                    cause.hint, cause.hint[0] ? "; " : "");
}

static int begin(attempt *a, igd_error *err)
{
    run *r = a->run;
    igd_source_state mark;
    igd_begin begin = {.source = a->base.source,
                       .expected = a->base.state,
                       .plan = &r->result->plan,
                       .conflicts = {.on = r->options->on_conflict,
                                     .commit_id = r->result->to,
                                     .at = r->started_at,
                                     .callback = igd_conflict_tally_add,
                                     .payload = &a->conflicts}};
    if (r->options->scripts) {
        igd_script_run_init(&a->script, r->options->scripts, r->result, r->mem);
        begin.recording = &a->script.recording;
    }
    if (r->options->dry_run == IGD_DRY_PLAN)
        return r->target->driver->snapshot(r->target, &begin, err);
    if (a->steps) {
        int code = igd_mark_state(r->repo, &a->base, &r->side, &r->result->plan, r->options,
                                  r->started_at, r->mem, &mark, err);
        if (code != IGD_OK)
            return code;
        begin.mark = &mark;
    }
    int code = r->target->driver->begin(r->target, &begin, err);
    r->known |= code == IGD_OK && a->steps;
    return code;
}

static int write_run(attempt *a, igd_error *err)
{
    run *r = a->run;
    bool for_good = r->options->dry_run == IGD_DRY_NONE;
    igd_conflict_tally_init(&a->conflicts, &r->side, &r->result->conflicts, r->mem);
    int code = rehearse(a, err);
    if (code != IGD_OK)
        return explain_invalid(a, code, err);
    code = begin(a, err);
    if (code == IGD_OK)
        code = write_all(a, err);
    else if (r->options->dry_run != IGD_DRY_PLAN)
        return code;
    if (r->committed || (code == IGD_OK && for_good))
        return code;
    r->target->driver->rollback(r->target);
    return code == IGD_OK ? IGD_OK : give_up(a, code, err);
}

/* A part of the commit looks otherwise when the target has changed; base: NULL without one. */
static int load_side(run *r, const igd_base *base, igd_error *err)
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
static bool completes(const attempt *a, const run *r)
{
    return a->base.state && igd_str_is(a->base.state->status, "partial") &&
           !igd_selection_given(&r->options->selection);
}

static int attempt_once(run *r, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *absent = igd_keyset_new();
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    attempt a = {.run = r, .absent = absent, .rejected = rejected};
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
    reset_problems(r);
    if (code == IGD_OK)
        code = prepare(&a, err);
    if (code == IGD_OK)
        code = write_run(&a, err);
    igd_accepted_free(a.accepted);
    igd_invalid_free(a.invalid);
    igd_base_free(&a.base);
    return code;
}

/* Starting over helps against other programs, not when the lock was taken away. */
static bool still_locked(const run *r)
{
    igd_lock_holder holder = {0};
    igd_error ignored = IGD_ERROR_INIT;
    return r->target->driver->holder(r->target, r->mem, &holder, &ignored) == IGD_OK &&
           holder.held && igd_str_is(holder.run_id, r->options->run_id);
}

static int run_locked(run *r, igd_error *err)
{
    int code = IGD_OK;
    for (int n = 0; n < RESTARTS; n++) {
        bool edited = r->edited, invalid = r->invalid;
        code = attempt_once(r, err);
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

static int start(run *r, igd_error *err)
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

static int check_scripts(const run *r, igd_error *err)
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

int igd_sync(igd_repo *repo, igd_target *target, const igd_sync_options *given, igd_arena *mem,
             igd_sync_result *out, igd_error *err)
{
    igd_sync_options options = *given;
    igd_target_fit_mapping(target, &options.mapping);
    *out = (igd_sync_result){.problems = IGD_PROBLEMS_INIT(mem)};
    run r = {.repo = repo, .target = target, .options = &options, .mem = mem, .result = out};
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
    if (code == IGD_OK && options.dry_run != IGD_DRY_PLAN)
        code = igd_lock_take(target, options.lock_wait_ms, options.stop, err);
    if (code != IGD_OK)
        return igd_blame_signal(options.stop, code, err);
    code = igd_blame_signal(options.stop, run_locked(&r, err), err);
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

/* Of validate: how much it is that is valid. */
static void take_valid_counts(run *r)
{
    for (size_t n = 0; n < r->result->table_count; n++)
        r->result->total.unchanged += r->result->tables[n].unchanged;
}

int igd_validate(igd_repo *repo, const igd_sync_options *options, igd_arena *mem,
                 igd_sync_result *out, igd_error *err)
{
    *out = (igd_sync_result){.problems = IGD_PROBLEMS_INIT(mem)};
    run r = {.repo = repo, .options = options, .mem = mem, .result = out};
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    int code = start(&r, err);
    if (code != IGD_OK)
        return code;
    code = load_side(&r, NULL, err);
    reset_problems(&r);
    if (code == IGD_OK)
        code = report_invalid(&r, rejected, err);
    if (code == IGD_OK)
        take_valid_counts(&r);
    igd_side_free(&r.side);
    if (code == IGD_OK && out->problems.invalid > 0)
        code = fail_invalid(&out->problems, err);
    if (code == IGD_E_INVALID)
        return igd_hint(err, "repair them; a sync can go on without them by --on-invalid skip");
    return code;
}
