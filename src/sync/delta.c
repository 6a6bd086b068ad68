/*
 * References of a change: looks up what the changed rows refer to, and reads again what may refer
 * to keys that are gone.
 */
#include <stdlib.h>

#include "base/map.h"
#include "ingitdb/files.h"
#include "sync/validity.h"

/* Something that a changed row refers to. */
typedef struct wanted {
    size_t slot;
    igd_digest key;
    igd_str *keys; /* texts of the key columns */
    uint32_t count;
} wanted;

struct igd_delta {
    igd_arena *mem;
    igd_map *wanted; /* by slot and digest, so each is looked up once */
    igd_keyset *added, *removed;
};

igd_delta *igd_delta_new(void)
{
    igd_delta *delta = igd_xmalloc(sizeof(*delta));
    *delta = (igd_delta){.mem = igd_arena_new(),
                         .wanted = igd_map_new(),
                         .added = igd_keyset_new(),
                         .removed = igd_keyset_new()};
    return delta;
}

void igd_delta_free(igd_delta *delta)
{
    if (!delta)
        return;
    igd_arena_free(delta->mem);
    igd_map_free(delta->wanted);
    igd_keyset_free(delta->added);
    igd_keyset_free(delta->removed);
    free(delta);
}

typedef struct wanted_name {
    uint64_t slot;
    igd_digest key;
} wanted_name;

static igd_str view_of(const wanted_name *name)
{
    return (igd_str){(const char *)name, sizeof(*name)};
}

static void want(igd_delta *delta, const igd_reference_seen *seen)
{
    wanted_name name = {seen->reference->target, seen->target};
    if (igd_map_get(delta->wanted, view_of(&name)))
        return;
    wanted *item = IGD_NEW(delta->mem, wanted);
    *item = (wanted){.slot = seen->reference->target,
                     .key = seen->target,
                     .keys = IGD_NEW_ARRAY(delta->mem, igd_str, seen->reference->count),
                     .count = seen->reference->count};
    for (uint32_t n = 0; n < item->count; n++)
        item->keys[n] = igd_arena_str(delta->mem, seen->keys[n].text);
    igd_map_put(delta->wanted, view_of(&name), item);
}

void igd_delta_add(igd_delta *delta, const igd_stream_batch *batch)
{
    for (size_t n = 0; n < batch->keys.len; n++) {
        const igd_key_seen *seen = &batch->keys.items[n];
        igd_keyset_add(seen->gone ? delta->removed : delta->added, batch->slot, seen->key);
    }
    for (size_t n = 0; n < batch->refs.len; n++)
        want(delta, &batch->refs.items[n]);
}

/* ---- reading whole collections of the new side ---- */

typedef struct reread {
    const igd_delta *delta;
    igd_keyset *found; /* collects the wanted keys, or NULL: looks for references to removed keys */
    bool dangles;
} reread;

static int on_reread(igd_stream_batch *batch, void *payload, igd_error *err IGD_UNUSED)
{
    reread *scan = payload;
    if (scan->found)
        for (size_t n = 0; n < batch->keys.len; n++) {
            wanted_name name = {batch->slot, batch->keys.items[n].key};
            if (igd_map_get(scan->delta->wanted, view_of(&name)))
                igd_keyset_add(scan->found, name.slot, name.key);
        }
    else
        for (size_t n = 0; n < batch->refs.len; n++)
            if (igd_keyset_has(scan->delta->removed, batch->refs.items[n].reference->target,
                               batch->refs.items[n].target))
                scan->dangles = true;
    return IGD_OK;
}

static int read_slots(const igd_stream *stream, igd_route *routes, reread *scan, igd_error *err)
{
    igd_stream again = *stream;
    again.pass = IGD_PASS_READ;
    again.routes = routes;
    again.every_key = true;
    again.callback = on_reread;
    again.payload = scan;
    return igd_stream_run(&again, err);
}

static igd_route *no_routes(igd_arena *mem, size_t count)
{
    igd_route *routes = IGD_NEW_ARRAY(mem, igd_route, count);
    for (size_t n = 0; n < count; n++)
        routes[n] = (igd_route){.skip = true};
    return routes;
}

/* Keys of collections with several records in a file can only be had by reading the files. */
static int find_in_files(igd_delta *delta, const igd_stream *stream, igd_keyset *found,
                         igd_error *err)
{
    const igd_side *side = stream->new_side;
    igd_route *routes = no_routes(delta->mem, side->slot_count);
    bool any = false;
    void *cursor = NULL, *value;
    igd_str name;
    while (igd_map_next(delta->wanted, &cursor, &name, &value)) {
        const wanted *item = value;
        if (!side->slots[item->slot].definition->has_key) {
            routes[item->slot].skip = false;
            any = true;
        }
    }
    reread scan = {.delta = delta, .found = found};
    return any ? read_slots(stream, routes, &scan, err) : IGD_OK;
}

static int is_there(igd_delta *delta, const igd_stream *stream, const igd_keyset *found,
                    const wanted *item, bool *there, igd_error *err)
{
    const igd_definition *definition = stream->new_side->slots[item->slot].definition;
    *there = false;
    if (igd_keyset_has(delta->added, item->slot, item->key)) {
        *there = true;
        return IGD_OK;
    }
    /* Not changed, so it is valid when it is there and was not left out of the target. */
    if (igd_keyset_has(delta->removed, item->slot, item->key) ||
        igd_keyset_has(stream->absent, item->slot, item->key))
        return IGD_OK;
    if (!definition->has_key) {
        *there = igd_keyset_has(found, item->slot, item->key);
        return IGD_OK;
    }
    igd_file_side file = {0};
    int code = igd_files_lookup(stream->new_side->database, definition, item->keys,
                                item->keys[item->count - 1], &file, delta->mem, err);
    if (code == IGD_OK)
        *there = file.present;
    return code;
}

static int check_wanted(igd_delta *delta, const igd_stream *stream, bool *valid, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *found = igd_keyset_new();
    int code = find_in_files(delta, stream, found, err);
    void *cursor = NULL, *value;
    igd_str name;
    while (code == IGD_OK && *valid && igd_map_next(delta->wanted, &cursor, &name, &value))
        code = is_there(delta, stream, found, value, valid, err);
    return code;
}

/* Whether anything of the new side refers to a key that is gone. */
static int check_removed(igd_delta *delta, const igd_stream *stream, bool *valid, igd_error *err)
{
    const igd_side *side = stream->new_side;
    igd_route *routes = no_routes(delta->mem, side->slot_count);
    bool any = false;
    for (size_t n = 0; n < side->slot_count; n++)
        for (size_t r = 0; r < side->slots[n].reference_count; r++)
            if (igd_keyset_of_slot(delta->removed, side->slots[n].references[r].target) > 0) {
                routes[n].skip = false;
                any = true;
            }
    reread scan = {.delta = delta};
    int code = any ? read_slots(stream, routes, &scan, err) : IGD_OK;
    if (code == IGD_OK && scan.dangles)
        *valid = false;
    return code;
}

int igd_delta_check(igd_delta *delta, const igd_stream *stream, bool *valid, igd_error *err)
{
    *valid = true;
    int code = check_wanted(delta, stream, valid, err);
    if (code == IGD_OK && *valid && igd_keyset_count(delta->removed) > 0)
        code = check_removed(delta, stream, valid, err);
    return code;
}
