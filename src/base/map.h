/*
 * igd_map: byte strings to pointers, over uthash.
 *
 * Keys are copied into the map, values are the caller's. Not safe for two threads at a time when
 * one of them writes. Iteration follows the order of insertion.
 */
#ifndef IGD_BASE_MAP_H
#define IGD_BASE_MAP_H

#include "base/attributes.h"
#include "base/str.h"

typedef struct igd_map igd_map;

igd_map *igd_map_new(void);
void igd_map_free(igd_map *map); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_map, igd_map_free)

/* Stores value under key; returns the value that was there before, or NULL. value is not NULL. */
void *igd_map_put(igd_map *map, igd_str key, void *value);

/* The value, or NULL. */
void *igd_map_get(const igd_map *map, igd_str key);

/* Removes the key; returns its value, or NULL. */
void *igd_map_take(igd_map *map, igd_str key);

size_t igd_map_count(const igd_map *map);

/* Walks all entries: start with *cursor == NULL; false at the end. No change during the walk. */
bool igd_map_next(const igd_map *map, void **cursor, igd_str *key, void **value);

#endif
