/*
 * igd_map over uthash, whose list of entries keeps the order of insertion.
 */
#include "base/map.h"

#include <limits.h>
#include <stdlib.h>

#include "base/arena.h"

#define uthash_malloc(size) igd_xmalloc(size)
#include <uthash.h>

typedef struct entry {
    UT_hash_handle hh;
    void *value;
    size_t len;
    char key[];
} entry;

struct igd_map {
    entry *entries;
};

igd_map *igd_map_new(void)
{
    igd_map *map = igd_xmalloc(sizeof(*map));
    map->entries = NULL;
    return map;
}

void igd_map_free(igd_map *map)
{
    if (!map)
        return;
    entry *each = map->entries;
    HASH_CLEAR(hh, map->entries);
    while (each) {
        entry *next = each->hh.next;
        free(each);
        each = next;
    }
    free(map);
}

static unsigned hash_of(igd_str key)
{
    unsigned hash;
    HASH_VALUE(key.ptr, key.len, hash);
    return hash;
}

static entry *find(const igd_map *map, igd_str key, unsigned hash)
{
    entry *found = NULL;
    if (key.len <= UINT_MAX) /* uthash counts key bytes in an unsigned */
        HASH_FIND_BYHASHVALUE(hh, map->entries, key.len == 0 ? "" : key.ptr, key.len, hash, found);
    return found;
}

static void add(igd_map *map, igd_str key, unsigned hash, void *value)
{
    /* Keys come from names and record keys, which have limits; this one is uthash's. */
    if (key.len > UINT_MAX)
        abort();
    entry *fresh = igd_xmalloc(sizeof(*fresh) + key.len + 1);
    fresh->value = value;
    fresh->len = key.len;
    if (key.len > 0)
        memcpy(fresh->key, key.ptr, key.len);
    fresh->key[key.len] = '\0';
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, map->entries, fresh->key, (unsigned)key.len, hash, fresh);
}

void *igd_map_put(igd_map *map, igd_str key, void *value)
{
    unsigned hash = hash_of(key);
    entry *found = find(map, key, hash);
    if (!found) {
        add(map, key, hash, value);
        return NULL;
    }
    void *old = found->value;
    found->value = value;
    return old;
}

void *igd_map_get(const igd_map *map, igd_str key)
{
    entry *found = find(map, key, hash_of(key));
    return found ? found->value : NULL;
}

void *igd_map_take(igd_map *map, igd_str key)
{
    entry *found = find(map, key, hash_of(key));
    if (!found)
        return NULL;
    void *value = found->value;
    HASH_DELETE(hh, map->entries, found);
    free(found);
    return value;
}

size_t igd_map_count(const igd_map *map)
{
    return HASH_COUNT(map->entries);
}

bool igd_map_next(const igd_map *map, void **cursor, igd_str *key, void **value)
{
    const entry *last = *cursor;
    entry *next = last ? last->hh.next : map->entries;
    if (!next)
        return false;
    *cursor = next;
    *key = (igd_str){next->key, next->len};
    *value = next->value;
    return true;
}
