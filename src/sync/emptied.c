/*
 * Deletes of whole collections: the stream of their records at an old commit, turned round.
 */
#include "sync/emptied.h"

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
    }
    return code;
}
