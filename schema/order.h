/*
 * The order in which tables can be filled. Private to this room.
 */
#ifndef IGD_SCHEMA_ORDER_H
#define IGD_SCHEMA_ORDER_H

#include "base/list.h"

typedef IGD_LIST(uint32_t) igd_node_list;

/*
 * Orders the nodes 0..count-1 so that what needs[n] lists comes before n (n itself may be in it).
 * Nodes that need each other stand together, by number; so do ties.
 */
void igd_order(const igd_node_list *needs, size_t count, igd_arena *mem, uint32_t *out);

#endif
