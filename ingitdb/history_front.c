/*
 * The front of a walk over history: a heap of commits, the newest on top.
 */
#include <stdlib.h>

#include "ingitdb/history_private.h"

void igd_front_init(igd_front *front, igd_repo *repo)
{
    *front = (igd_front){.repo = repo, .by_id = igd_map_new()};
}

void igd_stop_free(igd_stop *stop)
{
    if (stop)
        free(stop->parents);
    free(stop);
}

void igd_front_free(igd_front *front)
{
    for (size_t n = 0; n < front->count; n++)
        igd_stop_free(front->heap[n]);
    free(front->heap);
    igd_map_free(front->by_id);
}

static igd_str view_of(const igd_oid *id)
{
    return (igd_str){(const char *)id->id, sizeof(id->id)};
}

static bool is_sooner(const igd_stop *a, const igd_stop *b)
{
    return a->time != b->time ? a->time > b->time : a->order < b->order;
}

static void push(igd_front *front, igd_stop *stop)
{
    if (front->count == front->room) {
        front->room = front->room ? 2 * front->room : 64;
        front->heap = igd_xrealloc(front->heap, front->room * sizeof(igd_stop *));
    }
    size_t at = front->count++;
    while (at > 0 && is_sooner(stop, front->heap[(at - 1) / 2])) {
        front->heap[at] = front->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    front->heap[at] = stop;
}

igd_stop *igd_front_add(igd_front *front, const igd_oid *id)
{
    igd_stop *stop = igd_map_get(front->by_id, view_of(id));
    if (stop)
        return stop;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_commit_links links;
    if (!igd_repo_commit_links(front->repo, id, mem, &links))
        return NULL;
    stop = igd_xmalloc(sizeof(*stop));
    *stop = (igd_stop){.id = *id,
                       .tree = links.tree,
                       .time = links.time,
                       .order = front->met++,
                       .parent_count = links.parents.len};
    if (links.parents.len > 0) {
        stop->parents = igd_xmalloc(links.parents.len * sizeof(igd_oid));
        memcpy(stop->parents, links.parents.items, links.parents.len * sizeof(igd_oid));
    }
    igd_map_put(front->by_id, view_of(id), stop);
    push(front, stop);
    return stop;
}

igd_stop *igd_front_take(igd_front *front)
{
    if (front->count == 0)
        return NULL;
    igd_stop *top = front->heap[0], *last = front->heap[--front->count];
    size_t at = 0, child;
    while ((child = 2 * at + 1) < front->count) {
        if (child + 1 < front->count && is_sooner(front->heap[child + 1], front->heap[child]))
            child++;
        if (!is_sooner(front->heap[child], last))
            break;
        front->heap[at] = front->heap[child];
        at = child;
    }
    front->heap[at] = last;
    igd_map_take(front->by_id, view_of(&top->id));
    return top;
}
