/*
 * Analyze and verify: loading both ends, running the spine, and summing up.
 */
#include "sync/analyze.h"

#include "sync/adopt.h"
#include "sync/base.h"
#include "sync/blame.h"
#include "sync/check.h"
#include "sync/collect.h"
#include "sync/renames.h"
#include "sync/retry.h"
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
    igd_scope scope;
    igd_side side;
    igd_plan plan;
    igd_keyset *absent, *rejected;
    igd_invalid *invalid; /* all records that are, for whatever reason; NULL: none is known */
    igd_accepted *accepted;
    const igd_slot_sums *sums; /* verify: of the target; NULL: it was not asked */
    size_t definitions;        /* problems that loading the definitions gave */
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
    igd_plan_make(&a->base.schema, &a->side.schema, most, a->mem, &a->plan);
    igd_plan_make(recorded, &a->side.schema, most, a->mem, &asked);
    igd_adopt_mark(&a->adoption, &a->plan);
    igd_target_fit_plan(a->target, &a->plan);
    const igd_op_list *parts[] = {&a->plan.expand, &a->plan.contract};
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
    for (size_t n = 0; n < out->table_count; n++) {
        const igd_table *table = a->side.slots[n].table;
        out->tables[n].commit = out->commit;
        out->tables[n].counts =
            (igd_table_counts){.collection = table->collection, .table = table->name};
    }
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
                       .plan = &a->plan,
                       .absent = a->absent,
                       .rejected = a->rejected,
                       .compare_with = a->target,
                       .told = a->sums,
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

/* verify: where what the target adds up to is what was recorded with its commit, there is nothing
 * to look for. */
static int prove_by_sums(analysis *a, bool *proven, igd_error *err)
{
    igd_slot_sums *sums = NULL;
    *proven = false;
    if (!a->task.verify || igd_selection_given(&a->options->selection))
        return IGD_OK;
    int code = igd_sums_read(a->target, &a->side, &a->plan, NULL, a->mem, &sums, err);
    a->sums = sums;
    if (code != IGD_OK || !igd_sums_prove(sums, &a->side, &a->plan, a->base.state))
        return code;
    start_tables(a);
    for (size_t n = 0; n < a->out->table_count; n++)
        (void)igd_table_sums_total(&sums[n].sums, &a->out->tables[n].counts.unchanged);
    *proven = true;
    return IGD_OK;
}

/* The source is read once when it is valid, and that is decided on the way. */
static int compare_data(analysis *a, igd_error *err)
{
    igd_error first = IGD_ERROR_INIT;
    /* Whether what others refer to is valid a compare does not ask. */
    bool known =
        igd_base_held(a->base.state, &a->side.chosen) > 0 || a->side.reach > a->side.slot_count;
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

static void add_counts(igd_table_analysis *to, const igd_table_analysis *from)
{
    to->counts.inserted += from->counts.inserted;
    to->counts.updated += from->counts.updated;
    to->counts.deleted += from->counts.deleted;
    to->counts.unchanged += from->counts.unchanged;
    to->counts.foreign += from->counts.foreign;
    to->held += from->held;
    for (size_t cause = 0; cause < IGD_COUNT(to->causes); cause++)
        to->causes[cause] += from->causes[cause];
}

static void sum_up(analysis *a)
{
    igd_analysis *out = a->out;
    igd_table_analysis *total = &out->total;
    for (size_t n = 0; n < out->table_count; n++)
        add_counts(total, &out->tables[n]);
    out->in_sync = out->schema.len == 0 && total->causes[IGD_CAUSE_PENDING] == 0 &&
                   total->causes[IGD_CAUSE_DRIFT] == 0 && total->causes[IGD_CAUSE_CONFLICT] == 0;
    out->unverified = igd_base_held(a->base.state, &a->side.chosen);
    out->compared = true;
}

static void free_ends(analysis *a)
{
    igd_accepted_free(a->accepted);
    igd_invalid_free(a->invalid);
    igd_base_free(&a->base);
    igd_side_free(&a->side);
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
    int code = igd_side_load_part(a->repo, &a->goal, &a->scope, &a->options->mapping,
                                  a->options->strict, a->mem, &a->out->problems, &a->side, err);
    if (code == IGD_OK)
        code = igd_base_load(a->repo, a->options, &a->side.chosen, a->mem, &a->base, err);
    if (code == IGD_OK)
        code = igd_renames_decide(a->repo, &a->base, &a->side, a->options, a->mem,
                                  &a->out->problems, err);
    a->definitions = a->out->problems.len;
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
    bool proven = false;
    compare_schema(a, &recorded);
    code = prove_by_sums(a, &proven, err);
    if (code == IGD_OK && !proven)
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

static int compare_with_ref(analysis *a, igd_error *err)
{
    a->scope = (igd_scope){.selection = &a->options->selection,
                           .also = igd_base_interrupted(&a->base, a->mem),
                           .recorded = &a->base.recorded};
    a->out->commit = igd_arena_str(a->mem, igd_str_from(a->goal.hex));
    return compare_ends(a, err);
}

/* ---- verify: the commits to compare with are the target's ---- */

/* Adds what was found of the collections of one commit. */
static void merge(igd_arena *mem, igd_analysis *to, const igd_analysis *from)
{
    size_t count = to->table_count + from->table_count;
    igd_table_analysis *tables = IGD_NEW_ARRAY(mem, igd_table_analysis, count);
    for (size_t n = 0; n < count; n++)
        tables[n] = n < to->table_count ? to->tables[n] : from->tables[n - to->table_count];
    to->tables = tables;
    to->table_count = count;
    for (size_t n = 0; n < from->schema.len; n++)
        IGD_PUSH(mem, &to->schema, from->schema.items[n]);
    for (size_t n = 0; n < from->foreign.len; n++)
        IGD_PUSH(mem, &to->foreign, from->foreign.items[n]);
    add_counts(&to->total, &from->total);
    igd_problems_append(&to->problems, &from->problems);
    to->unverified += from->unverified;
    to->in_sync &= from->in_sync;
    to->compared &= from->compared;
}

/* The collections of one commit. */
static int verify_part(const analysis *whole, const igd_chosen *part, igd_str commit,
                       igd_error *err)
{
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *absent = igd_keyset_new();
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    igd_analysis found = {.commit = commit, .problems = IGD_PROBLEMS_INIT(whole->mem)};
    analysis a = *whole;
    a.out = &found;
    a.absent = absent;
    a.rejected = rejected;
    a.scope =
        (igd_scope){.only = part, .recorded = &whole->base.recorded, .links = IGD_LINKS_RECORDED};
    int code = igd_repo_resolve(a.repo, igd_arena_cstr(a.mem, commit), &a.goal, err);
    if (code == IGD_OK)
        code = compare_ends(&a, err);
    merge(whole->mem, whole->out, &found);
    free_ends(&a);
    return code;
}

static int verify_all(analysis *a, const igd_chosen *chosen, igd_error *err)
{
    const igd_source_state *state = a->base.state;
    igd_str_list commits = {0};
    int code = IGD_OK;
    for (size_t n = 0; n < state->tables.len; n++) {
        igd_str commit = state->tables.items[n].commit_id;
        bool known = !igd_chosen_has(chosen, state->tables.items[n].collection);
        for (size_t c = 0; c < commits.len; c++)
            known |= igd_str_eq(commits.items[c], commit);
        if (!known)
            IGD_PUSH(a->mem, &commits, commit);
    }
    if (state->tables.len == 0) /* a commit without any collection */
        IGD_PUSH(a->mem, &commits, state->commit_id);
    a->out->commit = commits.len == 1 ? commits.items[0] : IGD_STR(IGD_MIXED);
    for (size_t c = 0; c < commits.len && code == IGD_OK; c++) {
        igd_str_list ids = {0};
        for (size_t n = 0; n < state->tables.len; n++)
            if (igd_str_eq(state->tables.items[n].commit_id, commits.items[c]) &&
                igd_chosen_has(chosen, state->tables.items[n].collection))
                IGD_PUSH(a->mem, &ids, state->tables.items[n].collection);
        igd_chosen part = igd_chosen_only(&ids, a->mem);
        code = verify_part(a, &part, commits.items[c], err);
    }
    return code;
}

static int compare_with_target(analysis *a, igd_error *err)
{
    igd_str_list there = {0};
    igd_chosen chosen = {0};
    /* The report shows what an interrupted run has left to do. */
    if (a->base.state && igd_state_in_progress(a->base.state)) {
        const char *goal = igd_arena_cstr(a->mem, a->base.state->goal_commit_id);
        int found = igd_repo_resolve(a->repo, goal, &a->goal, err);
        return found == IGD_OK ? compare_with_ref(a, err) : found;
    }
    if (a->out->synced.len == 0) {
        (void)igd_fail(err, IGD_E_DIFFERS, "the target holds no commit of '%.*s'",
                       IGD_STR_ARG(a->out->source));
        return igd_hint(err, "sync it first");
    }
    for (size_t n = 0; n < a->base.recorded.table_count; n++)
        IGD_PUSH(a->mem, &there, a->base.recorded.tables[n].collection);
    int code = igd_selection_choose(&a->options->selection, &there, a->mem, &chosen, err);
    a->out->in_sync = a->out->compared = code == IGD_OK;
    if (code == IGD_OK)
        code = verify_all(a, &chosen, err);
    return code;
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
    if (code == IGD_OK)
        code = a->task.verify ? compare_with_target(a, err) : compare_with_ref(a, err);
    a->target->driver->rollback(a->target);
    return code == IGD_OK && a->task.blame ? blame_records(a, err) : code;
}

static int analyze_once(igd_repo *repo, igd_target *target, const igd_sync_options *given,
                        analysis_task task, igd_arena *mem, igd_analysis *out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *absent = igd_keyset_new();
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    igd_sync_options options = *given;
    igd_target_fit_mapping(target, &options.mapping);
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
    free_ends(&a);
    return code;
}

/* Nothing is written: what was broken off is done again as a whole. */
static int analyze(igd_repo *repo, igd_target *target, const igd_sync_options *options,
                   analysis_task task, igd_arena *mem, igd_analysis *out, igd_error *err)
{
    igd_retry retry = {.target = target, .stop = options->stop};
    for (;;) {
        int code = analyze_once(repo, target, options, task, mem, out, err);
        if (code == IGD_OK || !igd_retry_after(&retry, err))
            return code == IGD_OK ? IGD_OK : (int)err->code;
    }
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

/* Is it still on its way, or was it? */
static int refuse_unfinished(igd_target *target, igd_str commit, igd_arena *mem, igd_error *err)
{
    igd_lock_holder holder = {0};
    igd_error ignored = IGD_ERROR_INIT;
    if (target->driver->holder(target, mem, &holder, &ignored) == IGD_OK && holder.held) {
        (void)igd_fail(err, IGD_E_LOCKED,
                       "a run is bringing the target to commit %.10s at this moment", commit.ptr);
        return igd_hint(err, "verify when it has ended; see 'migrate status'");
    }
    (void)igd_fail(err, IGD_E_DIFFERS,
                   "a run that was bringing the target to commit %.10s was interrupted: the "
                   "report shows what is missing",
                   commit.ptr);
    return igd_hint(err, "sync again: it goes on from there");
}

int igd_verify(igd_repo *repo, igd_target *target, const igd_sync_options *options,
               igd_detail detail, igd_arena *mem, igd_analysis *out, igd_error *err)
{
    int code = analyze(repo, target, options, (analysis_task){.verify = true, .detail = detail},
                       mem, out, err);
    if (code == IGD_OK && out->state && igd_state_in_progress(out->state))
        return refuse_unfinished(target, out->commit, mem, err);
    if (code != IGD_OK || out->in_sync)
        return code;
    if (igd_str_is(out->commit, IGD_MIXED))
        (void)igd_fail(err, IGD_E_DIFFERS, "the target is not what its commits prescribe");
    else
        (void)igd_fail(err, IGD_E_DIFFERS, "the target is not what commit %.10s prescribes",
                       out->commit.ptr);
    return igd_hint(err, "%ssync --mode full repairs %s",
                    detail == IGD_DETAIL_FIELDS ? "" : "see the differences with --detail fields; ",
                    detail == IGD_DETAIL_FIELDS ? "the differences" : "them");
}
