/*
 * Where the target stands, and whether it is our own source that stands there.
 */
#include "sync/base.h"

#include "base/json_read.h"
#include "base/log.h"
#include "schema/canonical.h"

/* ---- identity ---- */

static bool shares_root(const igd_source_state *state, const igd_str_list *roots)
{
    igd_str rest = state->repository_ids, id;
    while (igd_str_split(&rest, ' ', &id))
        for (size_t n = 0; n < roots->len; n++)
            if (igd_str_eq(id, roots->items[n]))
                return true;
    return false;
}

/* One commit that the target holds rows of is enough. */
static bool has_commit(igd_repo *repo, const igd_source_state *state)
{
    if (!igd_str_is(state->commit_id, IGD_MIXED))
        return igd_repo_has(repo, state->commit_id);
    for (size_t n = 0; n < state->tables.len; n++)
        if (igd_repo_has(repo, state->tables.items[n].commit_id))
            return true;
    return false;
}

/* A commit that the target is known by. */
static igd_str known_commit(const igd_source_state *state)
{
    if (igd_str_is(state->commit_id, IGD_MIXED) && state->tables.len > 0)
        return state->tables.items[0].commit_id;
    return state->commit_id.len ? state->commit_id : state->goal_commit_id;
}

static int is_same_source(igd_repo *repo, const igd_source_state *state, const igd_commit *goal,
                          igd_arena *mem, bool *same, igd_error *err)
{
    *same = false;
    if (!igd_str_eq(state->root_path, igd_str_from(igd_repo_root(repo))))
        return IGD_OK;
    if (has_commit(repo, state) || igd_repo_has(repo, state->goal_commit_id)) {
        *same = true;
        return IGD_OK;
    }
    /* A shallow clone does not know its roots: the name decides. */
    if (igd_repo_is_shallow(repo))
        return IGD_OK;
    igd_str_list roots = {0};
    int code = igd_repo_root_commits(repo, goal, mem, &roots, err);
    if (code == IGD_OK)
        *same = shares_root(state, &roots);
    return code;
}

static int refuse_name(const igd_source_state *state, const igd_repo *repo, igd_error *err)
{
    if (!igd_str_eq(state->root_path, igd_str_from(igd_repo_root(repo))))
        (void)igd_fail(err, IGD_E_UNOWNED,
                       "the target knows '%.*s' as the database in '/%.*s', this one is in '/%s'",
                       IGD_STR_ARG(state->source), IGD_STR_ARG(state->root_path),
                       igd_repo_root(repo));
    else
        (void)igd_fail(err, IGD_E_UNOWNED,
                       "the target knows '%.*s' as another source: its commit %.*s is not in this "
                       "repository, and no root commit is shared",
                       IGD_STR_ARG(state->source), IGD_STR_ARG(known_commit(state)));
    return igd_hint(err, "give this source a name of its own: `name:` in .ingitdb/migrate.yaml");
}

static int identify(igd_repo *repo, const igd_state *state, const igd_commit *goal, igd_arena *mem,
                    igd_base *out, igd_error *err)
{
    bool same = false;
    if (out->state) {
        if (out->state->commit_id.len == 0 && !igd_state_in_progress(out->state))
            return IGD_OK;
        int code = is_same_source(repo, out->state, goal, mem, &same, err);
        if (code != IGD_OK || same)
            return code;
        if (igd_repo_is_shallow(repo) &&
            igd_str_eq(out->state->root_path, igd_str_from(igd_repo_root(repo))))
            return IGD_OK;
        return refuse_name(out->state, repo, err);
    }
    for (size_t n = 0; n < state->count; n++) {
        const igd_source_state *other = &state->sources[n];
        int code = is_same_source(repo, other, goal, mem, &same, err);
        if (code != IGD_OK)
            return code;
        if (!same)
            continue;
        igd_log(IGD_LOG_WARNING, "the target knows this source as '%.*s': that name is kept",
                IGD_STR_ARG(other->source));
        out->source = other->source;
        out->state = other;
        return IGD_OK;
    }
    return IGD_OK;
}

static int read_recorded(igd_arena *mem, igd_base *base, igd_error *err)
{
    const igd_source_state *state = base->state;
    if (!state || (state->commit_id.len == 0 && !igd_state_in_progress(state)))
        return IGD_OK;
    int code = igd_state_forms(state, mem, &base->all_forms, err);
    if (code == IGD_OK)
        base->recorded = (igd_schema){base->all_forms.tables, state->tables.len};
    return code;
}

int igd_base_identify(igd_repo *repo, const igd_state *state, igd_str name, const igd_commit *goal,
                      igd_arena *mem, igd_base *out, igd_error *err)
{
    *out = (igd_base){.source = name, .state = igd_state_source(state, name)};
    int code = identify(repo, state, goal, mem, out, err);
    return code == IGD_OK ? read_recorded(mem, out, err) : code;
}

/* ---- the last-synced commits ---- */

static void note_gone(const igd_base_commit *at, bool reached)
{
    igd_log(IGD_LOG_WARNING,
            "%s commit %.*s, which is not in this repository: all of the target is compared, and "
            "every difference%s counts as a conflict",
            reached ? "the target was last synced to" : "a run was interrupted on its way to",
            IGD_STR_ARG(at->id), reached ? "" : " that is not of a commit at hand");
}

/* Definitions that were good enough to be synced still are: what they had to say is old news. */
static int load_side(igd_repo *repo, const igd_sync_options *options, const igd_chosen *there,
                     igd_arena *mem, igd_base_commit *at, igd_error *err)
{
    igd_problems old_news = IGD_PROBLEMS_INIT(mem);
    igd_scope scope = {.only = there, .links = IGD_LINKS_NONE};
    int code = igd_side_load_part(repo, &at->commit, &scope, &options->mapping, false, mem,
                                  &old_news, &at->side, err);
    return code == IGD_OK ? code
                          : igd_error_prefix(err, "the last synced commit %.10s", at->commit.hex);
}

static bool is_listed(const igd_base *base, igd_str id)
{
    for (size_t n = 0; n < base->commits.len; n++)
        if (igd_str_eq(base->commits.items[n].id, id))
            return true;
    for (size_t n = 0; n < base->others.len; n++)
        if (igd_str_eq(base->others.items[n].id, id))
            return true;
    return false;
}

/* What of a commit is wanted: the collections that stand at it. */
static igd_chosen standing_at(const igd_base *base, igd_str id, igd_arena *mem)
{
    igd_str_list there = {0};
    for (size_t n = 0; n < base->state->tables.len; n++) {
        const igd_table_state *table = &base->state->tables.items[n];
        if (igd_str_eq(table->commit_id, id) && igd_chosen_has(&base->chosen, table->collection))
            IGD_PUSH(mem, &there, table->collection);
    }
    return igd_chosen_only(&there, mem);
}

/* `reached`: collections stand there; else rows of any may be of it. */
static int add_commit(igd_repo *repo, const igd_sync_options *options, igd_str id, bool reached,
                      igd_arena *mem, igd_base *base, igd_error *err)
{
    if (is_listed(base, id))
        return IGD_OK;
    igd_base_commit *at;
    if (reached) {
        IGD_PUSH(mem, &base->commits, (igd_base_commit){.id = id});
        at = &base->commits.items[base->commits.len - 1];
    } else {
        IGD_PUSH(mem, &base->others, (igd_base_commit){.id = id});
        at = &base->others.items[base->others.len - 1];
    }
    /* What an interrupted run may have written is looked for in all commits that it was between. */
    igd_chosen only =
        reached && !igd_state_in_progress(base->state) ? standing_at(base, id, mem) : base->chosen;
    if (igd_repo_has(repo, id) &&
        igd_repo_resolve(repo, igd_arena_cstr(mem, id), &at->commit, err) == IGD_OK)
        return load_side(repo, options, &only, mem, at, err);
    note_gone(at, reached);
    at->gone = base->gone = true;
    return IGD_OK;
}

static int add_others(igd_repo *repo, const igd_sync_options *options, igd_arena *mem,
                      igd_base *base, igd_error *err)
{
    igd_str rest = base->state->base_commit_ids, id;
    int code = IGD_OK;
    while (code == IGD_OK && igd_str_split(&rest, ' ', &id)) {
        if (igd_str_is(id, IGD_STATE_NOTHING))
            base->from_nothing = true;
        else
            code = add_commit(repo, options, id, false, mem, base, err);
    }
    return code == IGD_OK
               ? add_commit(repo, options, base->state->goal_commit_id, false, mem, base, err)
               : code;
}

/* Of all forms of tables, those that are chosen. */
static igd_schema choose_forms(const igd_base *base, size_t count, igd_arena *mem)
{
    igd_schema some = {.tables = IGD_NEW_ARRAY(mem, igd_table, count)};
    for (size_t n = 0; n < count; n++)
        if (igd_chosen_has(&base->chosen, base->all_forms.tables[n].collection))
            some.tables[some.table_count++] = base->all_forms.tables[n];
    return some;
}

int igd_base_load(igd_repo *repo, const igd_sync_options *options, const igd_chosen *chosen,
                  igd_arena *mem, igd_base *base, igd_error *err)
{
    const igd_source_state *state = base->state;
    int code = IGD_OK;
    base->chosen = *chosen;
    if (!state || (state->commit_id.len == 0 && !igd_state_in_progress(state)))
        return IGD_OK;
    base->schema = choose_forms(base, base->recorded.table_count, mem);
    base->forms = choose_forms(base, base->all_forms.table_count, mem);
    for (size_t n = 0; code == IGD_OK && n < state->tables.len; n++)
        if (igd_chosen_has(chosen, state->tables.items[n].collection))
            code =
                add_commit(repo, options, state->tables.items[n].commit_id, true, mem, base, err);
    /* A commit without any collection was synced all the same. */
    if (code == IGD_OK && state->tables.len == 0 && state->commit_id.len > 0)
        code = add_commit(repo, options, state->commit_id, true, mem, base, err);
    base->in_progress = igd_state_in_progress(state);
    return code == IGD_OK && base->in_progress ? add_others(repo, options, mem, base, err) : code;
}

igd_str_list igd_base_interrupted(const igd_base *base, igd_arena *mem)
{
    igd_str_list ids = {0};
    bool interrupted = base->state && igd_state_in_progress(base->state);
    for (size_t n = base->recorded.table_count; interrupted && n < base->all_forms.table_count; n++)
        IGD_PUSH(mem, &ids, base->all_forms.tables[n].collection);
    return ids;
}

int igd_base_find(igd_target *target, igd_arena *mem, igd_base *base, igd_foreign_list *foreign,
                  igd_error *err)
{
    return igd_found_schema(target, &base->forms, mem, &base->schema, foreign, err);
}

const igd_base_commit *igd_base_commit_of(const igd_base *base, igd_str collection)
{
    const igd_table_state *table = igd_state_table(base->state, collection);
    for (size_t n = 0; table && n < base->commits.len; n++)
        if (igd_str_eq(base->commits.items[n].id, table->commit_id))
            return &base->commits.items[n];
    return NULL;
}

igd_origin *igd_base_origins(const igd_base *base, const igd_side *side, igd_arena *mem)
{
    if (!igd_base_synced(base) && !base->in_progress)
        return NULL;
    igd_origin *origins = IGD_NEW_ARRAY(mem, igd_origin, side->slot_count);
    for (size_t n = 0; n < side->slot_count; n++) {
        const igd_base_commit *at = igd_base_commit_of(base, igd_table_was(side->slots[n].table));
        if (at)
            origins[n] = (igd_origin){.side = at->gone ? NULL : &at->side, .unknown = at->gone};
    }
    return origins;
}

const igd_side *const *igd_base_unsettled(const igd_base *base, igd_arena *mem, size_t *sides,
                                          size_t *commits)
{
    size_t most = base->commits.len + base->others.len;
    const igd_side **list = IGD_NEW_ARRAY(mem, const igd_side *, most);
    *sides = 0;
    for (size_t n = 0; n < base->commits.len && base->in_progress; n++)
        if (!base->commits.items[n].gone)
            list[(*sides)++] = &base->commits.items[n].side;
    for (size_t n = 0; n < base->others.len; n++)
        if (!base->others.items[n].gone)
            list[(*sides)++] = &base->others.items[n].side;
    if (commits)
        *commits = *sides + base->from_nothing;
    return list;
}

const igd_side *const *igd_base_sides(const igd_base *base, igd_arena *mem, size_t *count)
{
    const igd_side **list =
        IGD_NEW_ARRAY(mem, const igd_side *, base->commits.len + base->others.len);
    *count = 0;
    for (size_t n = 0; n < base->commits.len; n++)
        if (!base->commits.items[n].gone)
            list[(*count)++] = &base->commits.items[n].side;
    for (size_t n = 0; n < base->others.len; n++)
        if (!base->others.items[n].gone)
            list[(*count)++] = &base->others.items[n].side;
    return list;
}

void igd_base_free(igd_base *base)
{
    for (size_t n = 0; n < base->commits.len; n++)
        igd_side_free(&base->commits.items[n].side);
    for (size_t n = 0; n < base->others.len; n++)
        igd_side_free(&base->others.items[n].side);
    base->commits.len = base->others.len = 0;
}

/* Whether rows were made as this version makes them. */
static bool same_rules(const igd_table_state *table, const igd_mapping *mapping)
{
    char settings[IGD_DIGEST_HEX];
    igd_digest_hex(igd_mapping_digest(mapping), settings);
    return table->reader_version == IGD_READER_VERSION &&
           table->encoding_version == IGD_ENCODING_VERSION &&
           igd_str_is(table->settings_digest, settings);
}

static bool has_held(const igd_source_state *state, igd_str collection)
{
    for (size_t n = 0; n < state->held.len; n++)
        if (igd_str_eq(state->held.items[n].collection, collection))
            return true;
    return false;
}

/* Columns that rows hold by names which they are not to have. */
static bool has_old_names(const igd_table_plan *table)
{
    const igd_table *from = table->from, *to = table->to;
    for (size_t n = 0; from && n < from->column_count; n++) {
        ptrdiff_t at = igd_table_column(to, from->columns[n].name);
        if (at < 0 || ((size_t)at < to->key_count) != (n < from->key_count))
            return true;
    }
    return false;
}

void igd_base_plan(const igd_base *base, const igd_side *new_side, const igd_mapping *mapping,
                   igd_arena *mem, igd_plan *out)
{
    igd_plan_make(&base->schema, &new_side->schema, mapping->identifier_bytes, mem, out);
    for (size_t n = 0; base->state && n < out->table_count; n++) {
        igd_table_plan *table = &out->tables[n];
        if (!table->to)
            continue;
        const igd_table_state *old = igd_state_table(base->state, igd_table_was(table->to));
        /* Both sides are read by this version's rules: that they agree says nothing of the rows. */
        table->rewrite =
            (old && !same_rules(old, mapping)) || (mapping->names_in_rows && has_old_names(table));
        table->emit_all |= table->rewrite || has_held(base->state, table->to->collection);
    }
}

igd_str igd_base_at(const igd_base *base)
{
    if (base->commits.len == 0)
        return (igd_str){0};
    return base->commits.len == 1 ? base->commits.items[0].id : IGD_STR(IGD_MIXED);
}

size_t igd_base_held(const igd_source_state *state, const igd_chosen *chosen)
{
    size_t count = 0;
    for (size_t n = 0; state && n < state->held.len; n++)
        count += igd_chosen_has(chosen, state->held.items[n].collection);
    return count;
}

/* The recorded table has every foreign key: what they refer to has arrived. */
static bool is_complete(const igd_base *base, const igd_table *table)
{
    const igd_table *recorded = igd_schema_collection(&base->recorded, table->collection);
    for (size_t n = 0; recorded && n < table->foreign_keys.len; n++)
        if (!igd_table_foreign_key(recorded, table->foreign_keys.items[n].name))
            return false;
    return recorded != NULL;
}

bool igd_base_is_whole(const igd_base *base, const igd_commit *goal, const igd_mapping *mapping)
{
    const igd_source_state *state = base->state;
    if (!state || !igd_str_is(state->status, IGD_STATE_SYNCED) || state->held.len > 0 ||
        !igd_str_is(state->commit_id, goal->hex))
        return false;
    for (size_t n = 0; n < state->tables.len; n++)
        if (!igd_str_is(state->tables.items[n].commit_id, goal->hex) ||
            !same_rules(&state->tables.items[n], mapping))
            return false;
    return true;
}

bool igd_base_is_current(const igd_base *base, const igd_side *side, const igd_mapping *mapping)
{
    const igd_source_state *state = base->state;
    const char *goal = side->database->commit.hex;
    if (!state || igd_base_held(state, &side->chosen) > 0 ||
        (!igd_str_is(state->status, IGD_STATE_SYNCED) && !igd_str_is(state->status, "partial") &&
         !igd_str_is(state->status, "degraded")) ||
        (state->tables.len == 0 && !igd_str_is(state->commit_id, goal)))
        return false;
    for (size_t n = 0; n < state->tables.len; n++) {
        const igd_table_state *table = &state->tables.items[n];
        if (igd_chosen_has(&side->chosen, table->collection) &&
            (!igd_str_is(table->commit_id, goal) || !same_rules(table, mapping) ||
             igd_side_slot(side, table->collection) < 0))
            return false;
    }
    for (size_t n = 0; n < side->slot_count; n++)
        if (!is_complete(base, side->slots[n].table))
            return false;
    return true;
}

/* A collection that was there when the others were synced, and was not synced with them. */
static bool came_late(const igd_base *base, igd_str collection)
{
    if (igd_state_table(base->state, collection))
        return false;
    for (size_t n = 0; n < base->commits.len; n++) {
        const igd_base_commit *at = &base->commits.items[n];
        if (!at->gone && igd_database_find(at->side.database, collection))
            return true;
    }
    return false;
}

bool igd_base_needs_check(const igd_base *base, const igd_side *side)
{
    if (side->reach > side->slot_count || base->commits.len > 1)
        return true;
    for (size_t n = 0; igd_base_synced(base) && n < side->slot_count; n++)
        if (came_late(base, side->slots[n].table->collection))
            return true;
    return false;
}

static int check_descent(igd_repo *repo, const igd_base_commit *at, const igd_commit *goal,
                         bool reached, igd_error *err)
{
    const igd_commit *old = &at->commit;
    if (at->gone)
        return IGD_OK;
    switch (igd_repo_ancestry(repo, &old->id, &goal->id)) {
    case IGD_ANCESTOR:
        return IGD_OK;
    case IGD_ANCESTRY_UNKNOWN:
        igd_log(IGD_LOG_WARNING, "the history between %.10s and %.10s is not all here: going on",
                old->hex, goal->hex);
        return IGD_OK;
    case IGD_NOT_ANCESTOR:
        break;
    }
    (void)igd_fail(err, IGD_E_REWIND, "commit %.10s is not a descendant of %.10s, %s", goal->hex,
                   old->hex, reached ? "which the target holds" : "to which a run was interrupted");
    return igd_hint(err, "to go there all the same add --allow-rewind");
}

int igd_base_check_rewind(igd_repo *repo, const igd_base *base, const igd_commit *goal,
                          bool allowed, igd_error *err)
{
    int code = IGD_OK;
    for (size_t n = 0; code == IGD_OK && !allowed && n < base->commits.len; n++)
        code = check_descent(repo, &base->commits.items[n], goal, true, err);
    for (size_t n = 0; code == IGD_OK && !allowed && n < base->others.len; n++)
        code = check_descent(repo, &base->others.items[n], goal, false, err);
    return code;
}

/* ---- held records ---- */

int igd_base_key_digest(igd_str key_json, igd_digest *out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf scratch = IGD_BUF_INIT;
    igd_value_list keys = {0};
    igd_json_reader reader;
    igd_json_reader_init(&reader, key_json, mem, 2);
    while (igd_json_next(&reader) != IGD_JSON_END) {
        if (reader.event == IGD_JSON_ERROR)
            return igd_fail(err, IGD_E_FORMAT, "the key '%.*s' is not a JSON array",
                            IGD_STR_ARG(key_json));
        if (reader.event == IGD_JSON_STRING)
            IGD_PUSH(mem, &keys, igd_value_string(reader.text));
    }
    *out = igd_key_digest(keys.items, keys.len, &scratch);
    return IGD_OK;
}

int igd_base_absent(const igd_base *base, const igd_side *new_side, igd_keyset *out, igd_error *err)
{
    for (size_t n = 0; base->state && n < base->state->held.len; n++) {
        const igd_held_state *held = &base->state->held.items[n];
        ptrdiff_t slot = igd_side_slot(new_side, held->collection);
        igd_digest key;
        if (slot < 0 || held->key.len == 0)
            continue;
        int code = igd_base_key_digest(held->key, &key, err);
        if (code != IGD_OK)
            return igd_error_prefix(err, "a held record of '%.*s'", IGD_STR_ARG(held->collection));
        igd_keyset_add(out, (size_t)slot, key);
    }
    return IGD_OK;
}

static int accept_held(const igd_base *base, size_t slot, const igd_held_state *held,
                       igd_accepted *accepted, igd_error *err)
{
    /* The first form is the recorded one. */
    igd_accepted_row row = {.table = igd_schema_collection(&base->forms, held->collection)};
    if (!row.table || !igd_digest_parse(held->row_digest, &row.like))
        return IGD_OK;
    row.base = row.like;
    int code = igd_base_key_digest(held->key, &row.key, err);
    if (code != IGD_OK)
        return igd_error_prefix(err, "a held record of '%.*s'", IGD_STR_ARG(held->collection));
    igd_accepted_add(accepted, slot, &row);
    return IGD_OK;
}

int igd_base_accepted(const igd_base *base, const igd_side *new_side, igd_accepted **out,
                      igd_error *err)
{
    size_t sides, commits;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    *out = NULL;
    (void)igd_base_unsettled(base, scratch, &sides, &commits);
    if (!igd_base_has_held(base) && commits == 0)
        return IGD_OK;
    int code = IGD_OK;
    *out = igd_accepted_new(new_side->slot_count, commits);
    for (size_t n = 0; code == IGD_OK && n < base->state->held.len; n++) {
        const igd_held_state *held = &base->state->held.items[n];
        ptrdiff_t slot = igd_side_slot(new_side, held->collection);
        if (slot >= 0 && held->key.len > 0 && held->row_digest.len > 0)
            code = accept_held(base, (size_t)slot, held, *out, err);
    }
    igd_accepted_sort(*out);
    return code;
}
