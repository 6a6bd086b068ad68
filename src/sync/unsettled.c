/*
 * Reading the commits that a run was interrupted between.
 */
#include "sync/unsettled.h"

#include "sync/compare.h"

typedef struct taker {
    const igd_spine *spine;
    const igd_differences *found;
    size_t commit; /* from 1 */
} taker;

/*
 * What the target had is known as the compare saw it, in the layout of the new table: the commits'
 * own tables may have columns that the target does not have yet, or not any more.
 */
static int on_rows(igd_stream_batch *batch, void *payload, igd_error *err IGD_UNUSED)
{
    const taker *t = payload;
    for (size_t n = 0; n < batch->old_rows.len; n++) {
        const igd_old_row *old = &batch->old_rows.items[n];
        igd_accepted_row row = {.key = old->key,
                                .like = old->like,
                                .base = old->like,
                                .table = t->spine->new_side->slots[batch->slot].table,
                                .commit = t->commit};
        if (igd_difference_find(&t->found[batch->slot], old->key))
            igd_accepted_add(t->spine->accepted, batch->slot, &row);
    }
    return IGD_OK;
}

/* All of the collection at that commit, if anything differs in it. */
static igd_route route_to(const taker *t, const igd_side *side, size_t slot, igd_arena *mem)
{
    igd_str collection = t->spine->new_side->slots[slot].table->collection;
    const igd_table_plan *plan = igd_plan_table(t->spine->plan, collection);
    ptrdiff_t at = igd_side_slot(side, collection);
    if (at < 0 || t->found[slot].len == 0)
        return (igd_route){.skip = true};
    return (igd_route){.old_side = side,
                       .old_slot = &side->slots[at],
                       .all = true,
                       .layout = plan ? igd_compare_layout(plan, mem) : NULL};
}

static int read_commit(taker *t, const igd_side *side, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const igd_spine *spine = t->spine;
    igd_route *routes = IGD_NEW_ARRAY(mem, igd_route, spine->new_side->slot_count);
    bool any = false;
    for (size_t n = 0; n < spine->new_side->slot_count; n++) {
        routes[n] = route_to(t, side, n, mem);
        any |= !routes[n].skip;
    }
    igd_stream stream = {.repo = spine->repo,
                         .new_side = spine->new_side,
                         .routes = routes,
                         .pass = IGD_PASS_DELETES,
                         .collect_old = true,
                         .jobs = spine->jobs,
                         .stop = spine->stop,
                         .callback = on_rows,
                         .payload = t};
    return any ? igd_stream_run(&stream, err) : IGD_OK;
}

int igd_accept_unsettled(const igd_spine *spine, const igd_differences *found, igd_error *err)
{
    int code = IGD_OK;
    for (size_t n = 0; n < spine->unsettled_count && code == IGD_OK; n++) {
        taker t = {.spine = spine, .found = found, .commit = n + 1};
        code = read_commit(&t, spine->unsettled[n], err);
    }
    if (code == IGD_OK && spine->unsettled_count > 0)
        igd_accepted_sort(spine->accepted);
    return code;
}
