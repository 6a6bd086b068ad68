/*
 * A breadth-first search from the roots along the references, backwards: its cost follows the
 * number of references, however long the chains are.
 */
#include "sync/causes.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/map.h"

typedef struct node node;
struct node {
    igd_str name;
    bool root;
    const node *cause;
    IGD_LIST(node *) referring; /* those that are invalid because of this one */
};

struct igd_causes {
    igd_arena *mem;
    igd_map *nodes;
    IGD_LIST(node *) roots;
};

igd_causes *igd_causes_new(void)
{
    igd_causes *causes = igd_xmalloc(sizeof(*causes));
    *causes = (igd_causes){.mem = igd_arena_new(), .nodes = igd_map_new()};
    return causes;
}

void igd_causes_free(igd_causes *causes)
{
    if (!causes)
        return;
    igd_map_free(causes->nodes);
    igd_arena_free(causes->mem);
    free(causes);
}

static node *node_of(igd_causes *causes, igd_str record)
{
    node *found = igd_map_get(causes->nodes, record);
    if (!found) {
        found = IGD_NEW(causes->mem, node);
        found->name = igd_arena_str(causes->mem, record);
        igd_map_put(causes->nodes, record, found);
    }
    return found;
}

void igd_causes_add_root(igd_causes *causes, igd_str record)
{
    node *of = node_of(causes, record);
    if (of->root)
        return;
    of->root = true;
    IGD_PUSH(causes->mem, &causes->roots, of);
}

bool igd_causes_is_root(const igd_causes *causes, igd_str record)
{
    const node *found = igd_map_get(causes->nodes, record);
    return found && found->root;
}

void igd_causes_add_link(igd_causes *causes, igd_str record, igd_str target)
{
    node *from = node_of(causes, record), *to = node_of(causes, target);
    IGD_PUSH(causes->mem, &to->referring, from);
}

void igd_causes_settle(igd_causes *causes)
{
    IGD_LIST(node *) queue = {0};
    for (size_t n = 0; n < causes->roots.len; n++) {
        causes->roots.items[n]->cause = causes->roots.items[n];
        IGD_PUSH(causes->mem, &queue, causes->roots.items[n]);
    }
    for (size_t n = 0; n < queue.len; n++) {
        const node *at = queue.items[n];
        for (size_t r = 0; r < at->referring.len; r++) {
            node *next = at->referring.items[r];
            if (next->cause)
                continue;
            next->cause = at->cause;
            IGD_PUSH(causes->mem, &queue, next);
        }
    }
}

igd_str igd_causes_of(const igd_causes *causes, igd_str record)
{
    const node *found = igd_map_get(causes->nodes, record);
    return found && found->cause ? found->cause->name : (igd_str){0};
}
