/*
 * Topological order by Tarjan's algorithm: nodes that need each other become one group, and groups
 * are then taken as soon as all that they need is out, the one with the lowest number first. The
 * walk keeps its own stack, since chains are as long as the input makes them.
 */
#include "schema/order.h"

typedef struct walker {
    const igd_node_list *needs;
    size_t count;
    uint32_t *seen;  /* when the walk came by, from 1; 0: not yet */
    uint32_t *low;   /* earliest node of the stack that can be reached */
    uint32_t *group; /* the lowest node of the group; count: still on the stack */
    uint32_t *edge;  /* next edge to look at */
    uint32_t *path;  /* nodes being walked */
    uint32_t *stack; /* nodes without a group */
    uint32_t depth, stacked, clock;
} walker;

static void enter(walker *w, uint32_t node)
{
    w->seen[node] = w->low[node] = ++w->clock;
    w->group[node] = (uint32_t)w->count;
    w->path[w->depth++] = node;
    w->stack[w->stacked++] = node;
}

/* All edges of the innermost node are done: it may be the first of its group. */
static void leave(walker *w)
{
    uint32_t node = w->path[--w->depth];
    if (w->depth > 0 && w->low[node] < w->low[w->path[w->depth - 1]])
        w->low[w->path[w->depth - 1]] = w->low[node];
    if (w->low[node] != w->seen[node])
        return;
    uint32_t first = w->stacked, lowest = node;
    do {
        first--;
        if (w->stack[first] < lowest)
            lowest = w->stack[first];
    } while (w->stack[first] != node);
    for (uint32_t n = first; n < w->stacked; n++)
        w->group[w->stack[n]] = lowest;
    w->stacked = first;
}

static void walk(walker *w, uint32_t start)
{
    enter(w, start);
    while (w->depth > 0) {
        uint32_t node = w->path[w->depth - 1];
        if (w->edge[node] == w->needs[node].len) {
            leave(w);
            continue;
        }
        uint32_t next = w->needs[node].items[w->edge[node]++];
        if (!w->seen[next])
            enter(w, next);
        else if (w->group[next] == w->count && w->seen[next] < w->low[node])
            w->low[node] = w->seen[next];
    }
}

static bool is_ready(const walker *w, uint32_t group, const bool *out)
{
    for (uint32_t node = group; node < w->count; node++) {
        if (w->group[node] != group)
            continue;
        for (size_t n = 0; n < w->needs[node].len; n++) {
            uint32_t need = w->needs[node].items[n];
            if (w->group[need] != group && !out[need])
                return false;
        }
    }
    return true;
}

static void take_groups(const walker *w, igd_arena *mem, uint32_t *order)
{
    bool *out = IGD_NEW_ARRAY(mem, bool, w->count);
    size_t taken = 0;
    while (taken < w->count) {
        uint32_t group = 0;
        while (w->group[group] != group || out[group] || !is_ready(w, group, out))
            group++;
        for (uint32_t node = group; node < w->count; node++) {
            if (w->group[node] == group) {
                out[node] = true;
                order[taken++] = node;
            }
        }
    }
}

void igd_order(const igd_node_list *needs, size_t count, igd_arena *mem, uint32_t *out)
{
    walker w = {
        .needs = needs,
        .count = count,
        .seen = IGD_NEW_ARRAY(mem, uint32_t, count),
        .low = IGD_NEW_ARRAY(mem, uint32_t, count),
        .group = IGD_NEW_ARRAY(mem, uint32_t, count),
        .edge = IGD_NEW_ARRAY(mem, uint32_t, count),
        .path = IGD_NEW_ARRAY(mem, uint32_t, count),
        .stack = IGD_NEW_ARRAY(mem, uint32_t, count),
    };
    for (uint32_t node = 0; node < count; node++) {
        if (!w.seen[node])
            walk(&w, node);
    }
    take_groups(&w, mem, out);
}
