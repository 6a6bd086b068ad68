/*
 * An attempt that writes: the spine into the target, in one transaction or in steps, and its end.
 */
#include "base/log.h"
#include "sync/next_state.h"
#include "sync/policy.h"
#include "sync/proof.h"
#include "sync/run_private.h"

typedef struct judge {
    igd_attempt *attempt;
    igd_notes *notes;
} judge;

/* Whether the records, all of which have been seen, are valid. */
static int decide(void *payload, igd_error *err)
{
    const judge *it = payload;
    igd_attempt *a = it->attempt;
    if (a->skipping || a->valid || a->decided)
        return IGD_OK;
    igd_source_check check = igd_run_check(a->run, it->notes, a->rejected);
    int code = igd_check_bounds(&check, err);
    if (code == IGD_OK && it->notes->problems->invalid > 0)
        return igd_run_refuse_invalid(it->notes->problems, err);
    return code;
}

static int run_spine(igd_attempt *a, bool write, igd_notes *notes, igd_error *err)
{
    igd_run *r = a->run;
    igd_accepted_free(a->accepted);
    int code = igd_base_accepted(&a->base, &r->side, &a->accepted, err);
    if (code != IGD_OK)
        return code;
    igd_execute execute = igd_execute_on(r->target, &r->result->plan, r->options->batch_size);
    igd_consumer count = igd_count_only();
    r->result->read_command = (igd_str){0};
    execute.read_command = &r->result->read_command;
    execute.mem = r->mem;
    igd_consumer *counts = &count;
    code = igd_attempt_foresee(a, &counts, err);
    if (code != IGD_OK)
        return code;
    judge judged = {a, notes};
    igd_adopter adopter = igd_adopt_around(&execute.consumer, r->target, &r->result->plan);
    a->spine = (igd_spine){.repo = r->repo,
                           .new_side = &r->side,
                           .origins = igd_base_origins(&a->base, &r->side, r->mem),
                           .plan = &r->result->plan,
                           .absent = a->absent,
                           .rejected = a->rejected,
                           .compare_with = a->compare ? r->target : NULL,
                           .leave_drift = !a->full,
                           .consumer = write ? &adopter.consumer : counts,
                           .notes = notes,
                           .meter = &r->meter,
                           .jobs = r->options->jobs,
                           .stop = r->options->stop,
                           .check = !a->skipping && !a->valid && !a->decided,
                           .decide = decide,
                           .decide_payload = &judged,
                           .accepted = a->accepted,
                           .invalid = a->invalid,
                           .drop_held = r->options->allow_loss & IGD_LOSS_HELD};
    a->spine.unsettled = igd_base_unsettled(&a->base, r->mem, &a->spine.unsettled_count, NULL);
    if (!(r->target->caps & IGD_CAP_SCHEMA)) {
        a->spine.stands_at = igd_base_sides(&a->base, r->mem, &a->spine.stands_count);
        a->spine.holds = a->base.state;
    }
    igd_spine_init(&a->spine, r->mem);
    return igd_spine_run(&a->spine, err);
}

static void take_counts(igd_attempt *a)
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

static int commit(igd_attempt *a, igd_error *err)
{
    igd_run *r = a->run;
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
    r->committing = true;
    code = r->target->driver->commit(r->target, &next, err);
    r->committed = code == IGD_OK;
    return code;
}

static int prove(igd_attempt *a, igd_error *err)
{
    igd_run *r = a->run;
    igd_proof proof = {.repo = r->repo,
                       .side = &r->side,
                       .target = r->target,
                       .adoption = &a->adoption,
                       .invalid = a->invalid,
                       .rejected = a->rejected,
                       .committed = r->committed,
                       .kept_rows = r->result->conflicts.decided[IGD_KEPT] > 0,
                       .meter = &r->meter,
                       .jobs = r->options->jobs,
                       .stop = r->options->stop};
    return igd_prove_written(&proof, err);
}

/* Runs the spine; what it would delete may be too much. */
static int produce(igd_attempt *a, bool write, igd_error *err)
{
    igd_run *r = a->run;
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    igd_problems said = IGD_PROBLEMS_INIT(r->mem); /* under skip all has been said before */
    if (!a->skipping)
        igd_run_reset_problems(r);
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

static bool only_creates(const igd_plan *plan)
{
    for (size_t n = 0; n < plan->expand.len; n++)
        if (plan->expand.items[n].kind != IGD_OP_CREATE_TABLE)
            return false;
    return true;
}

/* Of none of its collections, chosen for this run or not. */
static bool was_never_synced(const igd_source_state *state)
{
    return !state || (state->commit_id.len == 0 && state->tables.len == 0 && state->held.len == 0);
}

/* The first sync into a target with transactions: what there is before contract are rows that one
 * of them takes back, and new tables. */
static bool can_be_dropped(const igd_attempt *a)
{
    return (a->run->target->caps & IGD_CAP_TRANSACTIONS) && was_never_synced(a->base.state) &&
           !a->base.in_progress && !a->compare && only_creates(&a->run->result->plan);
}

/* What a transaction would take back has to be known before the first step. */
static int rehearse(igd_attempt *a, igd_error *err)
{
    if (!a->steps || a->run->options->dry_run != IGD_DRY_NONE)
        return IGD_OK;
    a->fresh = can_be_dropped(a);
    if (a->fresh)
        return IGD_OK;
    a->rehearsing = true;
    int code = produce(a, false, err);
    a->rehearsing = false;
    if (code == IGD_OK)
        code = igd_attempt_judge_foreseen(a, err);
    a->decided = code == IGD_OK;
    return code;
}

/* Inside the transaction, or in steps. */
static int write_all(igd_attempt *a, igd_error *err)
{
    igd_run *r = a->run;
    int code = igd_attempt_record_foreseen(a, err);
    if (code == IGD_OK)
        code = produce(a, r->options->dry_run != IGD_DRY_PLAN, err);
    if (code == IGD_OK && r->options->verify && !a->steps)
        code = prove(a, err);
    if (code == IGD_OK)
        code = commit(a, err);
    return code == IGD_OK && r->options->verify && a->steps ? prove(a, err) : code;
}

/* The tables that are there by this run: one of the same name that it met is somebody's. */
static igd_schema created_schema(const igd_run *r, size_t count)
{
    const igd_op_list *ops = &r->result->plan.expand;
    igd_schema schema = {.tables = IGD_NEW_ARRAY(r->mem, igd_table, count)};
    for (size_t n = 0; n < ops->len && schema.table_count < count; n++)
        if (ops->items[n].kind == IGD_OP_CREATE_TABLE)
            schema.tables[schema.table_count++] = *ops->items[n].to;
    return schema;
}

/* Drops what a first sync had created, and the mark. Best effort: what is left is a run in
 * progress, which the next one goes on with. */
static bool drop_created(igd_attempt *a)
{
    igd_run *r = a->run;
    const igd_target_driver *driver = r->target->driver;
    static const igd_schema none;
    igd_error ignored = IGD_ERROR_INIT;
    igd_state state = {0};
    igd_plan plan;
    igd_schema created = created_schema(r, r->target->created);
    if (driver->state_read(r->target, r->mem, &state, &ignored) != IGD_OK)
        return false;
    const igd_source_state *mark = igd_state_source(&state, a->base.source);
    if (!mark || !igd_str_is(mark->run_id, r->options->run_id))
        return false;
    igd_plan_make(&created, &none, r->options->mapping.identifier_bytes, r->mem, &plan);
    igd_begin begin = {.source = a->base.source, .expected = mark, .plan = &plan, .mark = mark};
    igd_source_state empty = {.source = a->base.source, .format_version = IGD_STATE_FORMAT};
    int code = driver->begin(r->target, &begin, &ignored);
    if (code == IGD_OK)
        code = driver->schema_apply(r->target, &plan, IGD_PART_EXPAND, &ignored);
    if (code == IGD_OK)
        code = driver->schema_apply(r->target, &plan, IGD_PART_CONTRACT, &ignored);
    if (code == IGD_OK)
        code = driver->commit(r->target, &empty, &ignored);
    if (code != IGD_OK)
        driver->rollback(r->target);
    return code == IGD_OK;
}

/* The run had begun, and has not come to its end. */
static int give_up(igd_attempt *a, int code, igd_error *err)
{
    igd_run *r = a->run;
    if (!r->committing) /* else they may be there for good */
        r->result->conflicts = (igd_conflicts){0};
    r->edited = r->target->dangling && !a->full && igd_base_synced(&a->base);
    igd_error cause = *err;
    bool undone = !a->steps || (a->fresh && !err->transient && drop_created(a));
    bool broke_off = code == IGD_E_TARGET || code == IGD_E_UNREACHABLE ||
                     code == IGD_E_INTERRUPTED || code == IGD_E_TERMINATED;
    if (undone && broke_off && !r->edited)
        return igd_hint(err, "%s%swhat was begun is rolled back", cause.hint,
                        cause.hint[0] ? "; " : "");
    if (undone || r->options->dry_run != IGD_DRY_NONE)
        return igd_run_explain_invalid(a, code, err);
    return igd_hint(err, "%s%sthe target is in progress: the next sync goes on from there",
                    cause.hint, cause.hint[0] ? "; " : "");
}

static int begin(igd_attempt *a, igd_error *err)
{
    igd_run *r = a->run;
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

/* Of a dry run that has done all of it. */
static void see_locks(igd_run *r)
{
    igd_error err = IGD_ERROR_INIT;
    r->result->locks = (igd_str_list){0};
    if (r->options->dry_run == IGD_DRY_EXECUTE && r->target->driver->locks &&
        r->target->driver->locks(r->target, r->mem, &r->result->locks, &err) != IGD_OK)
        igd_log(IGD_LOG_WARNING, "the locks of the run cannot be told: %s", err.message);
}

int igd_attempt_write(igd_attempt *a, igd_error *err)
{
    igd_run *r = a->run;
    bool for_good = r->options->dry_run == IGD_DRY_NONE;
    igd_conflict_tally_init(&a->conflicts, &r->side, &r->result->conflicts, r->mem);
    int code = rehearse(a, err);
    if (code != IGD_OK)
        return igd_run_explain_invalid(a, code, err);
    code = begin(a, err);
    if (code == IGD_OK)
        code = write_all(a, err);
    else if (r->options->dry_run != IGD_DRY_PLAN)
        return code;
    if (r->committed || (code == IGD_OK && for_good))
        return code;
    if (code == IGD_OK)
        see_locks(r);
    r->target->driver->rollback(r->target);
    return code == IGD_OK ? IGD_OK : give_up(a, code, err);
}
