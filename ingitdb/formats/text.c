/*
 * What the text formats share: places, the check for UTF-8, the index of keys.
 */
#include "ingitdb/formats/text.h"

int igd_text_place(igd_error *err, uint32_t line, uint32_t column)
{
    err->place.line = line;
    err->place.column = column;
    return (int)err->code;
}

int igd_text_hint_conflict(igd_error *err, igd_str at)
{
    if (igd_str_starts(at, IGD_STR("<<<<<<<")) || igd_str_starts(at, IGD_STR("=======")) ||
        igd_str_starts(at, IGD_STR(">>>>>>>")))
        igd_hint(err, "this looks like a merge conflict that was committed; resolve it");
    return (int)err->code;
}

int igd_text_start(igd_str text, igd_str *out, igd_error *err)
{
    if (text.len >= UINT32_MAX)
        return IGD_TEXT_FAIL(err, 1, 1, "file is larger than 4 GiB");
    bool mark = igd_str_starts(text, IGD_STR("\xEF\xBB\xBF"));
    *out = mark ? igd_str_sub(text, 3, text.len) : text;
    return IGD_OK;
}

/* The length that the first byte of a sequence announces; 1 when it cannot be a first byte. */
static size_t announced(char lead)
{
    unsigned char byte = (unsigned char)lead;
    return byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
}

int igd_text_check_utf8(igd_str text, igd_error *err)
{
    if (igd_str_is_utf8(text))
        return IGD_OK;
    igd_str rest = text, line = {0};
    uint32_t number = 0;
    do {
        if (!igd_str_split(&rest, '\n', &line))
            break;
        number++;
    } while (igd_str_is_utf8(line));
    size_t at = 0;
    while (at < line.len) {
        size_t step = announced(line.ptr[at]);
        if (!igd_str_is_utf8(igd_str_sub(line, at, step)) || at + step > line.len)
            break;
        at += step;
    }
    IGD_TEXT_FAIL(err, number, (uint32_t)at + 1, "invalid UTF-8");
    return igd_hint(err, "convert the file to UTF-8");
}

bool igd_text_is_blank(igd_str text)
{
    for (size_t n = 0; n < text.len; n++) {
        char byte = text.ptr[n];
        if (byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n')
            return false;
    }
    return true;
}

void igd_text_warn(const igd_format_input *input, const char *code, uint32_t line, uint32_t column,
                   igd_str reason, igd_str hint)
{
    if (!input->warnings)
        return;
    igd_problem warning = {
        .severity = IGD_PROBLEM_WARNING,
        .code = code,
        .line = line,
        .column = column,
        .reason = reason,
        .hint = hint,
    };
    igd_problem_add(input->warnings, &warning);
}

/* Up to this many keys are compared one by one. */
#define FEW_KEYS (size_t)16

/* FNV-1a from a start that differs from process to process, so that no file can be made to
 * collide everywhere. */
static uint32_t hash_key(igd_str key)
{
    static const char anchor;
    uint64_t hash = 0xCBF29CE484222325u ^ (uint64_t)(uintptr_t)&anchor;
    for (size_t n = 0; n < key.len; n++)
        hash = (hash ^ (unsigned char)key.ptr[n]) * 0x100000001B3u;
    return (uint32_t)(hash ^ hash >> 32);
}

/* Empties the index and makes room for `count` members, at most half full. Only the slots in use
 * are cleared: one huge object must not make every small one behind it slow. */
static void start_index(igd_arena *mem, igd_keys *keys, size_t count)
{
    size_t cap = FEW_KEYS * 4;
    while (cap < count * 2)
        cap *= 2;
    if (keys->room < cap) {
        keys->slots = igd_arena_alloc(mem, cap * sizeof(*keys->slots));
        keys->room = cap;
    }
    memset(keys->slots, 0, cap * sizeof(*keys->slots));
    keys->cap = cap;
    keys->len = 0;
}

/* The slot of the key: where it is, or the empty one where it belongs. */
static uint32_t *slot_of(const igd_keys *keys, const igd_member *members, igd_str key)
{
    size_t mask = keys->cap - 1;
    for (size_t n = hash_key(key) & mask;; n = (n + 1) & mask) {
        uint32_t *slot = &keys->slots[n];
        if (*slot == 0 || igd_str_eq(members[*slot - 1].key, key))
            return slot;
    }
}

/* Puts the members from keys->len up to `count` into the index. Stops at the first whose key is
 * there already and returns it, with the earlier one. */
static const igd_member *index_members(igd_keys *keys, const igd_member *members, size_t count,
                                       const igd_member **earlier)
{
    for (; keys->len < count; keys->len++) {
        uint32_t *slot = slot_of(keys, members, members[keys->len].key);
        if (*slot != 0) {
            *earlier = &members[*slot - 1];
            return &members[keys->len];
        }
        *slot = (uint32_t)keys->len + 1;
    }
    return NULL;
}

igd_member *igd_keys_find(igd_arena *mem, igd_keys *keys, igd_member *members, size_t count,
                          igd_str key)
{
    if (count <= FEW_KEYS) {
        for (size_t n = 0; n < count; n++) {
            if (igd_str_eq(members[n].key, key))
                return &members[n];
        }
        return NULL;
    }
    const igd_member *earlier;
    if (keys->cap < count * 2)
        start_index(mem, keys, count);
    index_members(keys, members, count, &earlier);
    uint32_t slot = *slot_of(keys, members, key);
    return slot ? &members[slot - 1] : NULL;
}

const igd_member *igd_keys_duplicate(igd_arena *mem, igd_keys *keys, igd_member *members,
                                     size_t count, const igd_member **first)
{
    if (count > FEW_KEYS) {
        start_index(mem, keys, count);
        return index_members(keys, members, count, first);
    }
    for (size_t n = 1; n < count; n++) {
        *first = igd_keys_find(mem, keys, members, n, members[n].key);
        if (*first)
            return &members[n];
    }
    return NULL;
}
