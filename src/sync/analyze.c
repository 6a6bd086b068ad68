/*
 * Analyze and verify: loading both ends, running the spine, and summing up.
 */
#include "sync/analyze.h"

#include "sync/adopt.h"
#include "sync/base.h"
#include "sync/blame.h"
#include "sync/check.h"
#include "sync/collect.h"
#include "sync/spine.h"

typedef struct analysis_task {
    bool verify, blame;
    igd_detail detail;
} analysis_task;

typedef struct analysis {
    igd_repo *repo;
    igd_target *target;
    const igd_sync_options *options;
    analysis_task task;
    igd_arena *mem;
    igd_analysis *out;
    igd_meter meter;
    igd_state state;
    igd_base base;
    igd_adoption adoption;
    igd_commit goal;
    igd_side side;
    igd_keyset *absent, *rejected;
    igd_invalid *invalid; /* all records that are, for whatever reason; NULL: none is known */
    igd_accepted *accepted;
    size_t definitions; /* problems that loading the definitions gave */
} analysis;

const char *igd_cause_word(igd_cause cause)
{
    static const char *const words[] = {[IGD_CAUSE_PENDING] = "pending",
                                        [IGD_CAUSE_DRIFT] = "drift",
                                        [IGD_CAUSE_CONFLICT] = "conflict",
                                        [IGD_CAUSE_FOREIGN] = "foreign"};
    return words[cause];
}

/* ---- schema ---- */

/* An operation that the definitions ask for as well: somebody else cannot have caused it. */
static bool is_asked_for(const igd_plan *recorded, const igd_op *op)
{
    const igd_op_list *parts[] = {&recorded->expand, &recorded->contract};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str text = igd_op_text(op, mem);
    for (size_t part = 0; part < IGD_COUNT(parts); part++)
        for (size_t n = 0; n < parts[part]->len; n++)
            if (parts[part]->items[n].kind == op->kind &&
                igd_str_eq(igd_op_text(&parts[part]->items[n], mem), text))
                return true;
    return false;
}

static void compare_schema(analysis *a, const igd_schema *recorded)
{
    igd_plan asked;
    igd_analysis *out = a->out;
    size_t most = a->options->mapping.identifier_bytes;
    igd_plan_make(&a->base.schema, &a->side.schema, most, a->mem, &out->plan);
    igd_plan_make(recorded, &a->side.schema, most, a->mem, &asked);
    igd_adopt_mark(&a->adoption, &out->plan);
    const igd_op_list *parts[] = {&out->plan.expand, &out->plan.contract};
    for (size_t part = 0; part < IGD_COUNT(parts); part++)
        for (size_t n = 0; n < parts[part]->len; n++) {
            const igd_op *op = &parts[part]->items[n];
            if (op->step)
                continue;
            /* What a run left half done is nobody's edit. */
            bool ours = a->base.in_progress || is_asked_for(&asked, op);
            igd_schema_difference difference = {op, ours ? IGD_CAUSE_PENDING : IGD_CAUSE_DRIFT};
            IGD_PUSH(a->mem, &out->schema, difference);
        }
}

/* ---- records ---- */

static void start_tables(analysis *a)
{
    igd_analysis *out = a->out;
    out->table_count = a->side.slot_count;
    out->tables = IGD_NEW_ARRAY(a->mem, igd_table_analysis, out->table_count);
    for (size_t n = 0; n < out->table_count; n++)
        out->tables[n].counts = (igd_table_counts){.collection = a->side.slots[n].table->collection,
                                                   .table = a->side.slots[n].table->name};
}

static void take_counts(igd_table_analysis *table, const igd_spine_sum *sum)
{
    table->counts = sum->counts;
    table->held = sum->held;
}

static igd_source_check check_of(analysis *a, igd_notes *notes)
{
    return (igd_source_check){.repo = a->repo,
                              .side = &a->side,
                              .jobs = a->options->jobs,
                              .stop = a->options->stop,
                              .meter = &a->meter,
                              .notes = notes,
                              .rejected = a->rejected};
}

static int compare_records(analysis *a, bool check, igd_error *err)
{
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    start_tables(a);
    igd_collect collect = igd_collect_into(a->out, a->task.detail, a->mem);
    collect.keys = a->task.blame;
    igd_notes_init(&notes, &a->out->problems, a->options->strict);
    igd_spine spine = {.repo = a->repo,
                       .new_side = &a->side,
                       .origins = igd_base_origins(&a->base, &a->side, a->mem),
                       .plan = &a->out->plan,
                       .absent = a->absent,
                       .rejected = a->rejected,
                       .compare_with = a->target,
                       .keep_old = a->task.detail == IGD_DETAIL_FIELDS,
                       .tell_foreign = true,
                       .consumer = &collect.consumer,
                       .notes = &notes,
                       .meter = &a->meter,
                       .jobs = a->options->jobs,
                       .stop = a->options->stop,
                       .check = check,
                       .accepted = a->accepted,
                       .invalid = a->invalid,
                       .drop_held = true};
    spine.unsettled = igd_base_unsettled(&a->base, a->mem, &spine.unsettled_count, NULL);
    igd_spine_init(&spine, a->mem);
    int code = igd_spine_run(&spine, err);
    igd_source_check bounds = check_of(a, &notes);
    if (code == IGD_OK && check)
        code = igd_check_bounds(&bounds, err);
    igd_notes_finish(&notes);
    if (code == IGD_OK && check && a->out->problems.invalid > 0)
        return igd_fail(err, IGD_E_INVALID, "the source has invalid records");
    for (size_t n = 0; code == IGD_OK && n < a->out->table_count; n++)
        take_counts(&a->out->tables[n], &spine.sums[n]);
    return code;
}

/* What is wrong with the source, and which records therefore count as not there. */
static int find_invalid(analysis *a, igd_error *err)
{
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    igd_problems *problems = &a->out->problems;
    igd_problems definitions = *problems;
    *problems = IGD_PROBLEMS_INIT(a->mem);
    definitions.len = a->definitions;
    igd_problems_append(problems, &definitions);
    igd_notes_init(&notes, problems, a->options->strict);
    igd_source_check check = check_of(a, &notes);
    int code = igd_check_source(&check, err);
    igd_notes_finish(&notes);
    return code;
}

/* The source is read once when it is valid, and that is decided on the way. */
static int compare_data(analysis *a, igd_error *err)
{
    igd_error first = IGD_ERROR_INIT;
    bool known = a->base.state && a->base.state->held.len > 0;
    int code = known ? IGD_E_INVALID : compare_records(a, true, &first);
    if (code == IGD_OK)
        return IGD_OK;
    if (code != IGD_E_INVALID) {
        *err = first;
        return code;
    }
    code = find_invalid(a, err);
    if (code == IGD_OK)
        code = igd_invalid_new(&a->side, &a->out->problems, &a->invalid, err);
    if (code != IGD_OK)
        return code;
    /* What was wrong has been said; notes of the second pass would only repeat it. */
    igd_problems said = a->out->problems;
    code = compare_records(a, false, err);
    a->out->problems = said;
    return code;
}

/* ---- summing up ---- */

static void sum_up(analysis *a)
{
    igd_analysis *out = a->out;
    igd_table_analysis *total = &out->total;
    for (size_t n = 0; n < out->table_count; n++) {
        const igd_table_analysis *table = &out->tables[n];
        total->counts.inserted += table->counts.inserted;
        total->counts.updated += table->counts.updated;
        total->counts.deleted += table->counts.deleted;
        total->counts.unchanged += table->counts.unchanged;
        total->counts.foreign += table->counts.foreign;
        total->held += table->held;
        for (size_t cause = 0; cause < IGD_COUNT(total->causes); cause++)
            total->causes[cause] += table->causes[cause];
    }
    out->in_sync = out->schema.len == 0 && total->causes[IGD_CAUSE_PENDING] == 0 &&
                   total->causes[IGD_CAUSE_DRIFT] == 0 && total->causes[IGD_CAUSE_CONFLICT] == 0;
    out->unverified = a->base.state ? a->base.state->held.len : 0;
    out->compared = true;
}

/* What the definitions ask of a table that is taken over is what is missing of it. */
static int adopt(analysis *a, igd_schema *recorded, igd_error *err)
{
    int code = igd_adopt_find(a->target, &a->state, &a->base, &a->side, a->mem, &a->adoption, err);
    if (code != IGD_OK)
        return code;
    igd_adopt_into(&a->adoption, &a->base.schema, a->mem);
    igd_adopt_into(&a->adoption, recorded, a->mem);
    for (size_t n = 0; n < a->adoption.foreign.len; n++)
        IGD_PUSH(a->mem, &a->out->foreign, a->adoption.foreign.items[n]);
    return IGD_OK;
}

static int compare_ends(analysis *a, igd_error *err)
{
    int code = igd_side_load(a->repo, &a->goal, &a->options->mapping, a->options->strict, a->mem,
                             &a->out->problems, &a->side, err);
    a->definitions = a->out->problems.len;
    if (code == IGD_OK)
        code = igd_base_load(a->repo, a->options, a->mem, &a->base, err);
    if (code == IGD_OK)
        code = igd_base_absent(&a->base, &a->side, a->absent, err);
    if (code == IGD_OK)
        code = igd_base_accepted(&a->base, &a->side, &a->accepted, err);
    igd_schema recorded = a->base.schema;
    if (code == IGD_OK)
        code = igd_base_find(a->target, a->mem, &a->base, &a->out->foreign, err);
    if (code == IGD_OK && a->options->adopt)
        code = adopt(a, &recorded, err);
    if (code != IGD_OK)
        return code;
    compare_schema(a, &recorded);
    code = compare_data(a, err);
    if (code == IGD_OK)
        sum_up(a);
    return code;
}

static int identify(analysis *a, igd_error *err)
{
    int code = a->target->driver->state_read(a->target, a->mem, &a->state, err);
    if (code == IGD_OK)
        code = igd_base_identify(a->repo, &a->state, a->options->source_name, &a->goal, a->mem,
                                 &a->base, err);
    if (code != IGD_OK)
        return code;
    a->out->source = a->base.source;
    a->out->state = a->base.state;
    if (a->base.state)
        a->out->synced = a->base.state->commit_id;
    return IGD_OK;
}

/* The commit to compare with, where it is the target that says which. */
static int take_synced_commit(analysis *a, igd_error *err)
{
    if (a->out->state && igd_state_in_progress(a->out->state)) {
        const char *goal = igd_arena_cstr(a->mem, a->out->state->goal_commit_id);
        return igd_repo_resolve(a->repo, goal, &a->goal, err);
    }
    if (a->out->synced.len == 0) {
        (void)igd_fail(err, IGD_E_DIFFERS, "the target holds no commit of '%.*s'",
                       IGD_STR_ARG(a->out->source));
        return igd_hint(err, "sync it first");
    }
    const char *rev = igd_arena_cstr(a->mem, a->out->synced);
    return igd_repo_resolve(a->repo, rev, &a->goal, err);
}

/* Not while the target is kept waiting: history may be long. */
static int blame_records(analysis *a, igd_error *err)
{
    igd_blamer blamer = {.repo = a->repo,
                         .commit = &a->goal,
                         .side = &a->side,
                         .meter = &a->meter,
                         .stop = a->options->stop};
    int code = igd_blame(&blamer, a->mem, a->out, err);
    a->out->blamed = code == IGD_OK;
    return code;
}

static int run(analysis *a, igd_error *err)
{
    int code = igd_repo_resolve(a->repo, a->task.verify ? "HEAD" : a->options->ref, &a->goal, err);
    if (code == IGD_OK)
        code = a->target->driver->snapshot(a->target, NULL, err);
    if (code == IGD_OK)
        code = identify(a, err);
    if (code == IGD_OK && a->task.verify)
        code = take_synced_commit(a, err);
    a->out->commit = igd_arena_str(a->mem, igd_str_from(a->goal.hex));
    if (code == IGD_OK)
        code = compare_ends(a, err);
    a->target->driver->rollback(a->target);
    return code == IGD_OK && a->task.blame ? blame_records(a, err) : code;
}

static int analyze(igd_repo *repo, igd_target *target, const igd_sync_options *given,
                   analysis_task task, igd_arena *mem, igd_analysis *out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *absent = igd_keyset_new();
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    igd_sync_options options = *given;
    options.mapping.identifier_bytes = target->limits.identifier_bytes;
    *out = (igd_analysis){.source = options.source_name, .problems = IGD_PROBLEMS_INIT(mem)};
    analysis a = {.repo = repo,
                  .target = target,
                  .options = &options,
                  .task = task,
                  .mem = mem,
                  .out = out,
                  .meter = {.callback = options.progress, .payload = options.progress_payload},
                  .absent = absent,
                  .rejected = rejected};
    int code = run(&a, err);
    igd_accepted_free(a.accepted);
    igd_invalid_free(a.invalid);
    igd_base_free(&a.base);
    igd_side_free(&a.side);
    return code;
}

static int analyze_any(igd_repo *repo, igd_target *target, const igd_sync_options *options,
                       analysis_task task, igd_arena *mem, igd_analysis *out, igd_error *err)
{
    int code = analyze(repo, target, options, task, mem, out, err);
    if (code != IGD_OK || out->problems.invalid == 0)
        return code;
    (void)igd_fail(err, IGD_E_INVALID, "the source has %zu problem%s with its records",
                   out->problems.invalid, out->problems.invalid == 1 ? "" : "s");
    return igd_hint(err, "the report takes these records as not there");
}

int igd_analyze(igd_repo *repo, igd_target *target, const igd_sync_options *options,
                igd_detail detail, igd_arena *mem, igd_analysis *out, igd_error *err)
{
    return analyze_any(repo, target, options, (analysis_task){.detail = detail}, mem, out, err);
}

int igd_analyze_blame(igd_repo *repo, igd_target *target, const igd_sync_options *options,
                      igd_detail detail, igd_arena *mem, igd_analysis *out, igd_error *err)
{
    return analyze_any(repo, target, options, (analysis_task){.detail = detail, .blame = true}, mem,
                       out, err);
}

int igd_verify(igd_repo *repo, igd_target *target, const igd_sync_options *options,
               igd_detail detail, igd_arena *mem, igd_analysis *out, igd_error *err)
{
    int code = analyze(repo, target, options, (analysis_task){.verify = true, .detail = detail},
                       mem, out, err);
    if (code == IGD_OK && out->state && igd_state_in_progress(out->state)) {
        (void)igd_fail(err, IGD_E_DIFFERS,
                       "a run that was bringing the target to commit %.10s was interrupted: the "
                       "report shows what is missing",
                       out->commit.ptr);
        return igd_hint(err, "sync again: it goes on from there");
    }
    if (code != IGD_OK || out->in_sync)
        return code;
    (void)igd_fail(err, IGD_E_DIFFERS, "the target is not what commit %.10s prescribes",
                   out->commit.ptr);
    return igd_hint(err, "%ssync --mode full repairs %s",
                    detail == IGD_DETAIL_FIELDS ? "" : "see the differences with --detail fields; ",
                    detail == IGD_DETAIL_FIELDS ? "the differences" : "them");
}
