/*
 * Status: what the target holds and how far behind it is.
 */
#include "base/log.h"
#include "sync/base.h"
#include "sync/check.h"
#include "sync/renames.h"
#include "sync/run.h"
#include "sync/spine.h"

/* Records that are valid by themselves and still left out. All of them were valid when nothing is
 * held: then nothing is read. */
static int find_rejected(igd_repo *repo, const igd_sync_options *options, const igd_base *base,
                         const igd_side *side, igd_keyset *rejected, igd_error *err)
{
    if (igd_base_held(base->state, &side->chosen) == 0)
        return IGD_OK;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    igd_problems known = IGD_PROBLEMS_INIT(mem);
    igd_meter meter = {0};
    igd_notes_init(&notes, &known, false);
    igd_source_check check = {.repo = repo,
                              .side = side,
                              .jobs = options->jobs,
                              .stop = options->stop,
                              .meter = &meter,
                              .notes = &notes,
                              .rejected = rejected};
    return igd_check_source(&check, err);
}

/* What a sync would write, counted by the same spine that writes it. */
static int count_behind(igd_repo *repo, const igd_sync_options *options, igd_arena *mem,
                        igd_base *base, igd_side *side, igd_status *out, igd_error *err)
{
    igd_problems unsaid = IGD_PROBLEMS_INIT(mem);
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *absent = igd_keyset_new();
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    igd_meter meter = {0};
    igd_plan plan;
    igd_consumer consumer = igd_count_only();
    int code = igd_base_absent(base, side, absent, err);
    if (code == IGD_OK)
        code = find_rejected(repo, options, base, side, rejected, err);
    if (code == IGD_OK)
        code = igd_renames_decide(repo, base, side, options, mem, &unsaid, err);
    if (code != IGD_OK)
        return code;
    igd_base_plan(base, side, &options->mapping, mem, &plan);
    igd_notes_init(&notes, &out->problems, false);
    igd_spine spine = {.repo = repo,
                       .new_side = side,
                       .origins = igd_base_origins(base, side, mem),
                       .plan = &plan,
                       .absent = absent,
                       .rejected = rejected,
                       .consumer = &consumer,
                       .notes = &notes,
                       .meter = &meter,
                       .jobs = options->jobs,
                       .stop = options->stop};
    igd_spine_init(&spine, mem);
    code = igd_spine_run(&spine, err);
    if (code != IGD_OK)
        return code;
    out->records_behind = 0;
    for (size_t n = 0; n < side->slot_count; n++) {
        const igd_table_counts *counts = &spine.sums[n].counts;
        out->records_behind += (int64_t)(counts->inserted + counts->updated + counts->deleted);
    }
    return IGD_OK;
}

/* The collection that is farthest behind counts. */
static void look_behind(igd_repo *repo, const igd_base_commit *at, igd_status *out)
{
    if (at->gone)
        return;
    int64_t distance = igd_repo_distance(repo, &at->commit.id, &out->head.id);
    if (distance > out->commits_behind)
        out->commits_behind = distance;
    out->rewound |= igd_repo_ancestry(repo, &at->commit.id, &out->head.id) == IGD_NOT_ANCESTOR;
    for (size_t n = 0; n < out->commits.len; n++)
        if (igd_str_eq(out->commits.items[n].id, at->id))
            out->commits.items[n].behind = distance;
}

/* All collections of the target, by where they stand. */
static void list_commits(igd_arena *mem, igd_status *out)
{
    for (size_t n = 0; n < out->state.tables.len; n++) {
        const igd_table_state *table = &out->state.tables.items[n];
        size_t at = 0;
        while (at < out->commits.len && !igd_str_eq(out->commits.items[at].id, table->commit_id))
            at++;
        if (at == out->commits.len)
            IGD_PUSH(mem, &out->commits, (igd_status_commit){.id = table->commit_id, .behind = -1});
        IGD_PUSH(mem, &out->commits.items[at].collections, table->collection);
    }
}

/* What of the target is selected, when the source cannot tell. */
static int choose(const igd_base *base, const igd_sync_options *options, igd_arena *mem,
                  igd_chosen *out, igd_error *err)
{
    igd_str_list there = {0};
    for (size_t n = 0; n < base->recorded.table_count; n++)
        IGD_PUSH(mem, &there, base->recorded.tables[n].collection);
    return igd_selection_choose(&options->selection, &there, mem, out, err);
}

/* `side` is empty when the source cannot be synced: that has a status all the same. */
static int read_behind(igd_repo *repo, const igd_sync_options *options, igd_arena *mem,
                       igd_base *base, igd_side *side, igd_status *out, igd_error *err)
{
    igd_error gone = IGD_ERROR_INIT;
    igd_chosen chosen = side->chosen;
    if (!side->database && choose(base, options, mem, &chosen, &gone) != IGD_OK)
        return IGD_OK;
    out->held = igd_base_held(base->state, &chosen);
    if (igd_base_load(repo, options, &chosen, mem, base, &gone) != IGD_OK) {
        igd_log(IGD_LOG_WARNING, "%s", gone.message);
        return IGD_OK;
    }
    for (size_t n = 0; n < base->commits.len; n++)
        look_behind(repo, &base->commits.items[n], out);
    /* Only a compare could tell, or nothing. */
    if (base->gone || base->in_progress || !side->database)
        return IGD_OK;
    return count_behind(repo, options, mem, base, side, out, err);
}

static int compare_with_head(igd_repo *repo, const igd_sync_options *options, igd_arena *mem,
                             igd_base *base, igd_status *out, igd_error *err)
{
    IGD_CLEANUP(igd_side)
    igd_side side = {0};
    igd_problems said = IGD_PROBLEMS_INIT(mem);
    igd_scope scope = {.selection = &options->selection,
                       .also = igd_base_interrupted(base, mem),
                       .recorded = &base->recorded};
    int code = igd_side_load_part(repo, &out->head, &scope, &options->mapping, false, mem, &said,
                                  &side, err);
    if (code != IGD_OK && code != IGD_E_SCHEMA)
        return code;
    if (code == IGD_OK && igd_base_is_current(base, &side, &options->mapping)) {
        out->commits_behind = out->records_behind = 0;
        out->held = 0;
        for (size_t n = 0; n < out->commits.len; n++)
            if (igd_str_is(out->commits.items[n].id, out->head.hex))
                out->commits.items[n].behind = 0;
        return IGD_OK;
    }
    igd_problems_append(&out->problems, &said);
    return read_behind(repo, options, mem, base, &side, out, err);
}

int igd_status_read(igd_repo *repo, igd_target *target, const igd_sync_options *given,
                    igd_arena *mem, igd_status *out, igd_error *err)
{
    igd_sync_options options = *given;
    igd_state state = {0};
    IGD_CLEANUP(igd_base)
    igd_base base = {0};
    igd_target_fit_mapping(target, &options.mapping);
    *out = (igd_status){.source = options.source_name,
                        .commits_behind = -1,
                        .records_behind = -1,
                        .problems = IGD_PROBLEMS_INIT(mem)};
    int code = igd_repo_resolve(repo, options.ref, &out->head, err);
    if (code == IGD_OK)
        code = target->driver->state_read(target, mem, &state, err);
    if (code == IGD_OK)
        code = target->driver->holder(target, mem, &out->holder, err);
    if (code == IGD_OK)
        code = igd_base_identify(repo, &state, options.source_name, &out->head, mem, &base, err);
    if (code != IGD_OK)
        return code;
    out->source = base.source;
    out->known = base.state != NULL;
    out->other_sources = state.count - (out->known ? 1 : 0);
    if (out->known)
        out->state = *base.state;
    list_commits(mem, out);
    return compare_with_head(repo, &options, mem, &base, out, err);
}
