/*
 * Looking into parsed nodes.
 */
#include "ingitdb/node.h"

const igd_member *igd_node_member(const igd_node *map, igd_str key)
{
    if (!map || map->kind != IGD_NODE_MAP)
        return NULL;
    for (size_t n = 0; n < map->count; n++) {
        if (igd_str_eq(map->members[n].key, key))
            return &map->members[n];
    }
    return NULL;
}

const igd_node *igd_node_get(const igd_node *map, igd_str key)
{
    const igd_member *member = igd_node_member(map, key);
    return member ? member->value : NULL;
}

const char *igd_node_kind_name(const igd_node *node)
{
    switch (node->kind) {
    case IGD_NODE_NULL:
        return "null";
    case IGD_NODE_BOOL:
        return "bool";
    case IGD_NODE_NUMBER:
        return "number";
    case IGD_NODE_STRING:
    case IGD_NODE_PLAIN:
    case IGD_NODE_CELL:
        return "text";
    case IGD_NODE_DATETIME:
        return "date or time";
    case IGD_NODE_MAP:
        return "map";
    case IGD_NODE_LIST:
        return "list";
    }
    return "unknown";
}
