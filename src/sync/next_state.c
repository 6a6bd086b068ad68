/*
 * Composing the bookkeeping of a run.
 */
#include "sync/next_state.h"

#include <time.h>

#include "base/map.h"
#include "schema/canonical.h"

igd_str igd_timestamp(igd_arena *mem)
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    return igd_arena_printf(mem, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", parts.tm_year + 1900,
                            parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                            parts.tm_sec, now.tv_nsec / 1000000);
}

static igd_str digest_text(igd_digest digest, igd_arena *mem)
{
    char hex[IGD_DIGEST_HEX];
    igd_digest_hex(digest, hex);
    return igd_arena_str(mem, igd_str_from(hex));
}

static igd_table_state table_state(const igd_base *base, const igd_side *side, size_t slot,
                                   const igd_spine *spine, const igd_sync_options *options,
                                   igd_arena *mem)
{
    const igd_table *table = side->slots[slot].table;
    const igd_table_plan *plan = igd_plan_table(spine->plan, table->collection);
    const igd_spine_sum *sum = &spine->sums[slot];
    const igd_table_state *old =
        base->state ? igd_state_table(base->state, igd_table_was(table)) : NULL;
    igd_digest digest = {0}, before = {0};
    int64_t rows = sum->rows;
    if (!sum->total && old && igd_digest_parse(old->digest, &before)) {
        rows += old->row_count;
        digest = before;
    }
    char tree[IGD_OID_HEX];
    igd_oid_hex(&side->database->root_tree, tree);
    return (
        igd_table_state){.collection = table->collection,
                         .table_name = table->name,
                         .adopted = (old && old->adopted) || (plan && plan->adopted),
                         .commit_id = igd_arena_str(mem, igd_str_from(side->database->commit.hex)),
                         .tree_id = igd_arena_str(mem, igd_str_from(tree)),
                         .reader_version = IGD_READER_VERSION,
                         .encoding_version = IGD_ENCODING_VERSION,
                         .settings_digest = digest_text(igd_mapping_digest(&options->mapping), mem),
                         .schema_json = igd_table_to_json(table, mem),
                         .row_count = rows,
                         .digest = digest_text(igd_digest_add(digest, sum->digest), mem)};
}

static int blob_of(igd_repo *repo, const igd_side *side, igd_str path, igd_arena *mem, igd_str *out,
                   igd_error *err)
{
    igd_entry entry;
    bool found = false;
    char hex[IGD_OID_HEX];
    int code = igd_repo_find(repo, &side->database->commit.tree, path, &entry, &found, err);
    if (code != IGD_OK || !found)
        return code;
    igd_oid_hex(&entry.id, hex);
    *out = igd_arena_str(mem, igd_str_from(hex));
    return IGD_OK;
}

/* ---- held records ---- */

typedef struct holder {
    igd_repo *repo;
    const igd_side *side;
    const igd_base *base;
    igd_map *rows; /* name -> igd_held_row */
    igd_map *seen;
    igd_arena *mem;
    igd_source_state *out;
} holder;

static igd_str held_name(const holder *h, igd_str collection, igd_str key_or_path)
{
    return igd_arena_printf(h->mem, "%.*s|%.*s", IGD_STR_ARG(collection), IGD_STR_ARG(key_or_path));
}

/* What the row was when it was first held; empty: there is no row, or it was never ours. */
static igd_str first_digest(const holder *h, igd_str collection, igd_str key)
{
    const igd_held_row *row = igd_map_get(h->rows, held_name(h, collection, key));
    if (row && row->known)
        return digest_text(row->digest, h->mem);
    for (size_t n = 0; row && h->base->state && n < h->base->state->held.len; n++) {
        const igd_held_state *before = &h->base->state->held.items[n];
        if (igd_str_eq(before->collection, collection) && igd_str_eq(before->key, key))
            return before->row_digest;
    }
    return (igd_str){0};
}

/* One entry for each record (or whole file), however many problems it has. */
static int add_held(holder *h, igd_str collection, igd_str path, igd_str key, igd_str reason,
                    igd_error *err)
{
    if (igd_map_put(h->seen, held_name(h, collection, key.len ? key : path), h))
        return IGD_OK;
    igd_held_state held = {.collection = igd_arena_str(h->mem, collection),
                           .path = igd_arena_str(h->mem, path),
                           .key = igd_arena_str(h->mem, key),
                           .reason = igd_arena_str(h->mem, reason)};
    if (key.len > 0)
        held.row_digest = first_digest(h, collection, key);
    int code = path.len ? blob_of(h->repo, h->side, path, h->mem, &held.blob_id, err) : IGD_OK;
    if (code == IGD_OK)
        IGD_PUSH(h->mem, &h->out->held, held);
    return code;
}

static int add_all_held(holder *h, const igd_problems *problems, const igd_spine *spine,
                        igd_error *err)
{
    int code = IGD_OK;
    for (size_t n = 0; n < spine->held.len; n++) {
        igd_held_row *row = &spine->held.items[n];
        igd_str collection = h->side->slots[row->slot].table->collection;
        igd_map_put(h->rows, held_name(h, collection, row->key_json), row);
    }
    for (size_t n = 0; code == IGD_OK && n < problems->len; n++) {
        const igd_problem *problem = &problems->items[n];
        if (problem->severity == IGD_PROBLEM_INVALID)
            code = add_held(h, problem->collection, problem->path, problem->key_json,
                            problem->reason, err);
    }
    /* Rows of files as a whole, and what held rows refer to. */
    for (size_t n = 0; code == IGD_OK && n < spine->held.len; n++) {
        const igd_held_row *row = &spine->held.items[n];
        code = add_held(h, h->side->slots[row->slot].table->collection, row->path, row->key_json,
                        row->reason, err);
    }
    return code;
}

static int take_held(igd_repo *repo, const igd_base *base, const igd_side *side,
                     const igd_problems *problems, const igd_spine *spine, igd_arena *mem,
                     igd_source_state *out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *rows = igd_map_new();
    IGD_CLEANUP_PTR(igd_map) igd_map *seen = igd_map_new();
    holder h = {.repo = repo,
                .side = side,
                .base = base,
                .rows = rows,
                .seen = seen,
                .mem = mem,
                .out = out};
    return add_all_held(&h, problems, spine, err);
}

/* The walk over the whole history is made once, when the source is new to the target. */
static int repository_ids(igd_repo *repo, const igd_base *base, const igd_side *side,
                          igd_arena *mem, igd_str *out, igd_error *err)
{
    if (base->state && base->state->repository_ids.len > 0) {
        *out = base->state->repository_ids;
        return IGD_OK;
    }
    /* What a shallow clone takes for roots is not. */
    if (igd_repo_is_shallow(repo))
        return IGD_OK;
    igd_str_list roots = {0};
    int code = igd_repo_root_commits(repo, &side->database->commit, mem, &roots, err);
    if (code != IGD_OK)
        return code;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < roots.len; n++) {
        igd_buf_puts(&text, n ? " " : "");
        igd_buf_str(&text, roots.items[n]);
    }
    *out = igd_arena_str(mem, igd_buf_view(&text));
    return IGD_OK;
}

/* ---- marks ---- */

/* Every commit that a row may be of when the run is interrupted, its goal aside. */
static igd_str commits_of(const igd_base *base, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_str rest = base->in_progress ? base->state->base_commit_ids : (igd_str){0}, id;
    while (igd_str_split(&rest, ' ', &id))
        igd_buf_word(&text, id, ' ');
    if (base->in_progress)
        igd_buf_word(&text, base->state->goal_commit_id, ' ');
    else if (!igd_base_synced(base))
        igd_buf_word(&text, IGD_STR(IGD_STATE_NOTHING), ' ');
    else
        for (size_t n = 0; n < base->commits.len; n++)
            igd_buf_word(&text, base->commits.items[n].id, ' ');
    return igd_arena_str(mem, igd_buf_view(&text));
}

int igd_mark_state(igd_repo *repo, const igd_base *base, const igd_side *side, const igd_plan *plan,
                   const igd_sync_options *options, igd_str started_at, igd_arena *mem,
                   igd_source_state *out, igd_error *err)
{
    igd_source_state mark = {0};
    if (base->state)
        mark = *base->state;
    int code = repository_ids(repo, base, side, mem, &mark.repository_ids, err);
    if (code != IGD_OK)
        return code;
    mark.source = base->source;
    mark.format_version = IGD_STATE_FORMAT;
    mark.run_id = igd_str_from(options->run_id);
    mark.ref = igd_str_from(options->ref);
    mark.goal_commit_id = igd_arena_str(mem, igd_str_from(side->database->commit.hex));
    mark.base_commit_ids = commits_of(base, mem);
    mark.status = IGD_STR(IGD_STATE_IN_PROGRESS);
    mark.root_path = igd_str_from(igd_repo_root(repo));
    mark.started_at = started_at;
    mark.tool_version = IGD_STR(IGD_VERSION);
    mark.last_error = (igd_str){0};
    igd_str before = base->in_progress ? base->state->journal : (igd_str){0};
    mark.journal = igd_state_journal(before, plan, options->mapping.names_in_rows, mem);
    *out = mark;
    return IGD_OK;
}

/* ---- the end ---- */

/* What is not selected stays as it was. */
static void keep_others(const igd_base *base, const igd_side *side, igd_arena *mem,
                        igd_source_state *out)
{
    for (size_t n = 0; base->state && n < base->state->tables.len; n++)
        if (!igd_chosen_has(&side->chosen, base->state->tables.items[n].collection))
            IGD_PUSH(mem, &out->tables, base->state->tables.items[n]);
    for (size_t n = 0; base->state && n < base->state->held.len; n++)
        if (!igd_chosen_has(&side->chosen, base->state->held.items[n].collection))
            IGD_PUSH(mem, &out->held, base->state->held.items[n]);
}

/* Where all collections agree. */
static igd_str common_commit(const igd_source_state *state, igd_str goal)
{
    for (size_t n = 0; n < state->tables.len; n++)
        if (!igd_str_eq(state->tables.items[n].commit_id, goal))
            return IGD_STR(IGD_MIXED);
    return goal;
}

int igd_next_state(igd_repo *repo, const igd_base *base, const igd_side *side,
                   const igd_spine *spine, const igd_sync_options *options,
                   const igd_problems *held, igd_str started_at, igd_arena *mem,
                   igd_source_state *out, igd_error *err)
{
    igd_source_state state = {.source = base->source,
                              .format_version = IGD_STATE_FORMAT,
                              .run_id = igd_str_from(options->run_id),
                              .ref = igd_str_from(options->ref),
                              .commit_id =
                                  igd_arena_str(mem, igd_str_from(side->database->commit.hex)),
                              .root_path = igd_str_from(igd_repo_root(repo)),
                              .started_at = started_at,
                              .finished_at = igd_timestamp(mem),
                              .tool_version = IGD_STR(IGD_VERSION)};
    int code = repository_ids(repo, base, side, mem, &state.repository_ids, err);
    if (code == IGD_OK && held)
        code = take_held(repo, base, side, held, spine, mem, &state, err);
    if (code != IGD_OK)
        return code;
    keep_others(base, side, mem, &state);
    for (size_t n = 0; n < side->slot_count; n++)
        IGD_PUSH(mem, &state.tables, table_state(base, side, n, spine, options, mem));
    bool whole = side->slot_count == side->database->count && state.tables.len == side->slot_count;
    state.status = state.held.len > 0 ? IGD_STR("degraded")
                   : whole            ? IGD_STR(IGD_STATE_SYNCED)
                                      : IGD_STR("partial");
    state.commit_id = common_commit(&state, state.commit_id);
    *out = state;
    return IGD_OK;
}
