/*
 * What the text formats share: a byte order mark, the check for UTF-8, places in errors, and a set
 * of keys that finds duplicates without an allocation for each. Private to formats/.
 */
#ifndef IGD_INGITDB_FORMATS_TEXT_H
#define IGD_INGITDB_FORMATS_TEXT_H

#include "ingitdb/format.h"

/* Sets an IGD_E_INVALID with its place in the file; yields the code. */
#define IGD_TEXT_FAIL(err, line, column, ...) \
    (igd_fail((err), IGD_E_INVALID, __VA_ARGS__), igd_text_place((err), (line), (column)))

int igd_text_place(igd_error *err, uint32_t line, uint32_t column);

/* Says, when the text at the place of the error is the mark of a merge conflict, what to do. */
int igd_text_hint_conflict(igd_error *err, igd_str at);

/* The text without its byte order mark. Fails when lines and columns might not fit 32 bits. */
int igd_text_start(igd_str text, igd_str *out, igd_error *err);

/* Fails with the place of the first byte that is not UTF-8. */
int igd_text_check_utf8(igd_str text, igd_error *err);

/* Only spaces, tabs, CR and LF. */
bool igd_text_is_blank(igd_str text);

/* A warning about the whole file; no effect when the caller collects none. */
void igd_text_warn(const igd_format_input *input, const char *code, uint32_t line, uint32_t column,
                   igd_str reason, igd_str hint);

/*
 * An index over the keys of an array of members; {0} is empty. Its memory is the arena's. Few keys
 * are compared one by one and need none.
 */
typedef struct igd_keys {
    uint32_t *slots; /* position + 1, or 0 */
    size_t room;     /* slots that there is memory for */
    size_t cap;      /* slots in use: a power of two, or 0 */
    size_t len;      /* how many members are in it */
} igd_keys;

/* The one of `count` members with this key, or NULL. Made for arrays that grow: members that were
 * there at an earlier call are still there, and no two keys are equal. */
igd_member *igd_keys_find(igd_arena *mem, igd_keys *keys, igd_member *members, size_t count,
                          igd_str key);

/* The first member whose key is that of an earlier one (*first), or NULL. Starts the index anew. */
const igd_member *igd_keys_duplicate(igd_arena *mem, igd_keys *keys, igd_member *members,
                                     size_t count, const igd_member **first);

#endif
