/*
 * The slots of a Redis Cluster: every key is in one of 16384, by a hash of its name, or of what
 * stands between its first '{' and the next '}' when that is not empty (its hash tag). Keys of one
 * slot are always on one node.
 */
#ifndef IGD_TARGETS_REDIS_SLOT_H
#define IGD_TARGETS_REDIS_SLOT_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"

#define IGD_REDIS_SLOTS 16384

/* False: the whole name is hashed. */
bool igd_redis_hash_tag(igd_str key, igd_str *tag);

unsigned igd_redis_slot(igd_str key);

/* For each slot the smallest number that, behind `begins`, makes a name of the slot. When `begins`
 * has a hash tag all names are of its slot, and the numbers 0. It takes some milliseconds. */
void igd_redis_slot_names(igd_str begins, uint32_t *numbers);

#endif
