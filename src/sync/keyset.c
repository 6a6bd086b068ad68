/*
 * Key sets, kept in a map whose keys are the bytes of slot and digest.
 */
#include "sync/keyset.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"

struct igd_keyset {
    igd_map *keys;
};

typedef struct entry {
    uint64_t slot;
    igd_digest key;
} entry;

static igd_str entry_view(const entry *of)
{
    return (igd_str){(const char *)of, sizeof(*of)};
}

igd_keyset *igd_keyset_new(void)
{
    igd_keyset *set = igd_xmalloc(sizeof(*set));
    set->keys = igd_map_new();
    return set;
}

void igd_keyset_free(igd_keyset *set)
{
    if (!set)
        return;
    igd_map_free(set->keys);
    free(set);
}

void igd_keyset_add(igd_keyset *set, size_t slot, igd_digest key)
{
    entry one = {slot, key};
    igd_map_put(set->keys, entry_view(&one), set);
}

bool igd_keyset_has(const igd_keyset *set, size_t slot, igd_digest key)
{
    entry one = {slot, key};
    return set && igd_map_get(set->keys, entry_view(&one));
}

size_t igd_keyset_count(const igd_keyset *set)
{
    return set ? igd_map_count(set->keys) : 0;
}

size_t igd_keyset_of_slot(const igd_keyset *set, size_t slot)
{
    size_t count = 0;
    void *cursor = NULL, *value;
    igd_str key;
    while (set && igd_map_next(set->keys, &cursor, &key, &value)) {
        entry one;
        memcpy(&one, key.ptr, sizeof(one));
        count += one.slot == slot;
    }
    return count;
}
