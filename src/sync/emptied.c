/*
 * Deletes of whole collections: the stream of their records at an old commit, turned round.
 */
#include "sync/emptied.h"

#include "schema/canonical.h"
#include "sync/base.h"
#include "sync/pipeline.h"

typedef struct emptier {
    const igd_spine *spine;
    igd_table_plan plan; /* the old table stays what it is */
} emptier;

static int on_batch(igd_stream_batch *batch, void *payload, igd_error *err)
{
    emptier *it = payload;
    igd_change *changes = batch->changes.items;
    for (size_t n = 0; n < batch->changes.len; n++) {
        it->plan.from = it->plan.to = changes[n].table;
        changes[n] = (igd_change){.kind = IGD_DELETE,
                                  .base_known = true,
                                  .table = changes[n].table,
                                  .base_table = changes[n].table,
                                  .base = changes[n].now,
                                  .path = changes[n].path};
    }
    if (batch->changes.len == 0)
        return IGD_OK;
    return it->spine->consumer->changes(it->spine->consumer, &it->plan, changes, batch->changes.len,
                                        err);
}

static int empty(igd_spine *spine, const igd_side *side, size_t slot, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    emptier it = {.spine = spine};
    igd_route *routes = IGD_NEW_ARRAY(mem, igd_route, side->reach);
    for (size_t n = 0; n < side->reach; n++)
        routes[n].skip = true;
    routes[slot] = (igd_route){.all = true, .pairs = true};
    igd_stream stream = {.repo = spine->repo,
                         .new_side = side,
                         .routes = routes,
                         .pass = IGD_PASS_UPSERTS,
                         .jobs = spine->jobs,
                         .stop = spine->stop,
                         .callback = on_batch,
                         .payload = &it};
    return igd_stream_run(&stream, err);
}

/* ---- rows that were held ---- */

/* Those of one collection, by key: what git does not say of them, the target does. */
typedef struct held_emptier {
    igd_spine *spine;
    igd_table_plan plan; /* the old table stays what it is */
    igd_accepted *held;
    igd_change_list found; /* nothing can be written while rows are read */
    igd_arena *mem;
    igd_buf scratch;
} held_emptier;

static int on_held(const igd_value *row, void *payload, igd_error *err)
{
    held_emptier *it = payload;
    const igd_table *table = it->plan.from;
    igd_digest key = igd_key_digest(row, table->key_count, &it->scratch);
    if (!igd_accepted_held(it->held, 0, key))
        return igd_stop_check(it->spine->stop, err);
    igd_value *copy = IGD_NEW_ARRAY(it->mem, igd_value, table->column_count);
    for (size_t n = 0; n < table->column_count; n++)
        copy[n] = igd_value_copy(&row[n], it->mem);
    igd_change change = {.kind = IGD_DELETE, .cause = IGD_CAUSE_CONFLICT, .table = table};
    if (igd_accepted_find(it->held, 0, key, igd_row_digest(table, row, &it->scratch))) {
        change.cause = IGD_CAUSE_PENDING;
        change.base_known = true;
        change.base_table = table;
        change.base = copy;
    } else {
        change.old = copy; /* somebody has edited it since */
    }
    IGD_PUSH(it->mem, &it->found, change);
    return IGD_OK;
}

/* Entries that name a row; whole files do not. */
static int collect_held(held_emptier *it, bool *any, igd_error *err)
{
    const igd_source_state *state = it->spine->holds;
    *any = false;
    for (size_t n = 0; state && n < state->held.len; n++) {
        const igd_held_state *held = &state->held.items[n];
        igd_accepted_row row = {.table = it->plan.from};
        if (held->key.len == 0 || !igd_str_eq(held->collection, it->plan.from->collection))
            continue;
        int code = igd_base_key_digest(held->key, &row.key, err);
        if (code != IGD_OK)
            return igd_error_prefix(err, "a held record of '%.*s'", IGD_STR_ARG(held->collection));
        /* Without a digest it was edited already: no row is like it. */
        (void)igd_digest_parse(held->row_digest, &row.like);
        row.base = row.like;
        igd_accepted_add(it->held, 0, &row);
        *any = true;
    }
    igd_accepted_sort(it->held);
    return IGD_OK;
}

static int empty_held(igd_spine *spine, const igd_table *table, igd_error *err)
{
    bool any;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_accepted) igd_accepted *held = igd_accepted_new(1, 0);
    held_emptier it = {.spine = spine,
                       .plan = {.from = table, .to = table},
                       .held = held,
                       .mem = mem,
                       .scratch = IGD_BUF_INIT};
    int code = collect_held(&it, &any, err);
    if (code == IGD_OK && any)
        code = spine->compare_with->driver->scan(spine->compare_with, table, on_held, &it, err);
    if (code == IGD_OK && it.found.len > 0)
        code =
            spine->consumer->changes(spine->consumer, &it.plan, it.found.items, it.found.len, err);
    igd_buf_free(&it.scratch);
    return code;
}

/* ---- both ---- */

int igd_spine_empty(igd_spine *spine, igd_emptied which, igd_error *err)
{
    int code = IGD_OK;
    for (size_t n = 0; n < spine->plan->table_count; n++) {
        const igd_table_plan *table = &spine->plan->tables[n];
        bool is_it =
            table->from &&
            (which == IGD_EMPTIED_DROPPED ? !table->to : table->to && igd_plan_remakes(table));
        for (size_t s = 0; code == IGD_OK && is_it && s < spine->stands_count; s++) {
            ptrdiff_t slot = igd_side_slot(spine->stands_at[s], table->from->collection);
            if (slot >= 0)
                code = empty(spine, spine->stands_at[s], (size_t)slot, err);
        }
        if (code == IGD_OK && is_it && spine->compare_with)
            code = empty_held(spine, table->from, err);
    }
    return code;
}
