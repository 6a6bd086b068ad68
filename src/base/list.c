/*
 * Growing the items of an IGD_LIST.
 */
#include "base/list.h"

#define FIRST_ITEMS (size_t)8

void *igd_list_grow(igd_arena *mem, const void *items, size_t len, size_t *cap, size_t size)
{
    size_t more = *cap < FIRST_ITEMS ? FIRST_ITEMS : *cap * 2;
    /* An impossible size goes to the allocator, which is where running out of memory is handled. */
    void *larger = igd_arena_alloc(mem, more > SIZE_MAX / size ? SIZE_MAX : more * size);
    if (len > 0)
        memcpy(larger, items, len * size);
    *cap = more;
    return larger;
}
