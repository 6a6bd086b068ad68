/*
 * Looking for counter-examples to a rename, by the stream that a sync reads: old and new row of a
 * record meet in it, so that nothing has to be remembered.
 */
#include "sync/same_values.h"

#include "ingitdb/files.h"
#include "sync/stream.h"

typedef struct looker {
    igd_same_values *look;
    size_t left; /* pairs that do not differ yet */
    bool ended;
} looker;

static void compare(looker *l, const igd_change *change)
{
    for (size_t n = 0; n < l->look->pair_count; n++) {
        igd_column_pair *pair = &l->look->pairs[n];
        if (pair->differs)
            continue;
        const igd_value *now = &change->now[pair->now];
        pair->differs = !igd_value_eq(&change->base[pair->before], now);
        pair->some |= now->kind != IGD_NULL;
        l->left -= pair->differs;
    }
}

/* Ends the reading with an error of its own once nothing is left to be found. */
static int on_batch(igd_stream_batch *batch, void *payload, igd_error *err)
{
    looker *l = payload;
    for (size_t n = 0; n < batch->changes.len && !l->ended; n++) {
        const igd_change *change = &batch->changes.items[n];
        if (!change->now || !change->base)
            continue;
        l->look->records++;
        compare(l, change);
        l->ended = l->left == 0 || (l->look->together && l->left < l->look->pair_count);
    }
    return l->ended ? igd_fail(err, IGD_E_DIFFERS, "no column is the same") : IGD_OK;
}

static void refute(igd_same_values *look)
{
    for (size_t n = 0; n < look->pair_count; n++)
        look->pairs[n].differs = true;
}

int igd_same_values_look(igd_same_values *look, igd_error *err)
{
    const igd_side *side = look->new_side;
    const igd_slot *before = &look->old_side->slots[look->old_slot];
    looker l = {.look = look, .left = look->pair_count};
    look->records = 0;
    if (!igd_files_pair(before->definition, side->slots[look->new_slot].definition)) {
        refute(look);
        return IGD_OK;
    }
    if (look->pair_count == 0)
        return IGD_OK;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_route *routes = IGD_NEW_ARRAY(mem, igd_route, side->reach);
    for (size_t n = 0; n < side->reach; n++)
        routes[n].skip = true;
    /* Every record that both have is delivered, changed or not. */
    routes[look->new_slot] = (igd_route){
        .old_side = look->old_side, .old_slot = before, .all = true, .refill = true, .pairs = true};
    igd_stream stream = {.repo = look->repo,
                         .new_side = side,
                         .routes = routes,
                         .pass = IGD_PASS_UPSERTS,
                         .jobs = look->jobs,
                         .stop = look->stop,
                         .callback = on_batch,
                         .payload = &l};
    igd_error found = IGD_ERROR_INIT;
    int code = igd_stream_run(&stream, &found);
    if (code == IGD_OK || l.ended)
        return IGD_OK;
    *err = found;
    return code;
}
