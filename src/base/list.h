/*
 * Growing arrays in an arena.
 *
 *     typedef IGD_LIST(igd_str) igd_str_list;
 *     igd_str_list names = {0};
 *     IGD_PUSH(mem, &names, name);
 *     for (size_t n = 0; n < names.len; n++) use(names.items[n]);
 *
 * A list owns nothing: its items are memory of the arena that it grows in (always the same one).
 * Growing moves the items, so pointers to items do not survive a push.
 */
#ifndef IGD_BASE_LIST_H
#define IGD_BASE_LIST_H

#include "base/arena.h"

#define IGD_LIST(type) \
    struct {           \
        type *items;   \
        size_t len;    \
        size_t cap;    \
    }

/* Appends a copy of the item. */
#define IGD_PUSH(mem, list, ...)                                                           \
    do {                                                                                   \
        if ((list)->len == (list)->cap)                                                    \
            (list)->items = igd_list_grow((mem), (list)->items, (list)->len, &(list)->cap, \
                                          sizeof(*(list)->items));                         \
        (list)->items[(list)->len++] = (__VA_ARGS__);                                      \
    } while (0)

/* For IGD_PUSH: a larger copy of the items; updates *cap. */
void *igd_list_grow(igd_arena *mem, const void *items, size_t len, size_t *cap, size_t size);

typedef IGD_LIST(igd_str) igd_str_list;

#endif
