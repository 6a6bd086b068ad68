/*
 * Flat YAML, line by line. Whatever is not certainly in the subset is left to libyaml, so this is
 * short, and tests compare the two on everything that it accepts (tests/fuzz/fuzz_yaml.c).
 */
#include "ingitdb/yaml_flat.h"

#include "ingitdb/yaml.h"

/* More members, or longer keys, than records have are not worth a search for duplicates here. */
enum { MEMBERS_MOST = 64, KEY_MOST = 100 };

enum {
    IN_KEY = 1,      /* may be in a key, and begin one */
    INSIDE = 2,      /* may be in a key, but not begin one */
    BEGINS = 4,      /* may begin a plain scalar */
    SPECIAL = 8,     /* needs a look at its neighbours in a plain scalar */
    UNPRINTABLE = 16 /* tabs, carriage returns and other control characters */
};

__extension__ static const unsigned char classes[256] = {
    [0x00 ... 0x1F] = UNPRINTABLE,
    ['0' ... '9'] = IN_KEY | BEGINS,
    ['A' ... 'Z'] = IN_KEY | BEGINS,
    ['a' ... 'z'] = IN_KEY | BEGINS,
    ['_'] = IN_KEY | BEGINS,
    ['$'] = IN_KEY | BEGINS,
    ['.'] = INSIDE | BEGINS,
    ['-'] = INSIDE,
    ['+'] = BEGINS,
    ['/'] = BEGINS,
    ['('] = BEGINS,
    ['<'] = BEGINS,
    ['~'] = BEGINS,
    [':'] = SPECIAL,
    ['#'] = SPECIAL,
    [0x7F] = UNPRINTABLE,
    [0x80 ... 0xFF] = BEGINS,
};

static unsigned class_of(const char *at)
{
    return classes[(unsigned char)*at];
}

typedef struct flat {
    igd_member members[MEMBERS_MOST];
    igd_node nodes[MEMBERS_MOST];
    size_t count;
    uint32_t line;
    uint64_t seen; /* a bit for each key, so that most are known to be new without a search */
} flat;

/* What libyaml takes for text, line breaks and a byte order mark inside of a line aside. */
static bool is_printable(const char *at, const char *end)
{
    unsigned seen = 0, high = 0;
    for (const char *each = at; each < end; each++) {
        seen |= class_of(each);
        high |= (unsigned char)*each;
    }
    if (seen & UNPRINTABLE)
        return false;
    if (high < 0x80)
        return true;
    if (!igd_str_is_utf8((igd_str){at, (size_t)(end - at)}))
        return false;
    for (const unsigned char *each = (const unsigned char *)at; each < (const unsigned char *)end;
         each++) {
        bool control = each[0] == 0xC2 && each[1] < 0xA0;                       /* and U+0085 */
        bool separator = each[0] == 0xE2 && each[1] == 0x80 && each[2] >= 0xA8; /* U+2028, 2029 */
        bool mark = each[0] == 0xEF && (each[1] == 0xBB || each[1] == 0xBF) && each[2] >= 0xBE;
        if (control || separator || mark)
            return false;
    }
    return true;
}

/* Nothing in it begins a comment or looks like another key. */
static bool is_plain(const char *at, const char *end)
{
    bool negative = *at == '-' && end - at > 1 && class_of(at + 1) & (IN_KEY | BEGINS);
    if (!(class_of(at) & BEGINS) && !negative)
        return false;
    for (const char *each = at; each < end; each++) {
        if (!(class_of(each) & SPECIAL))
            continue;
        if (*each == ':' ? each + 1 == end || each[1] == ' ' : each[-1] == ' ')
            return false;
    }
    return end[-1] != ' ';
}

/* Quoted from end to end, with nothing inside that means another character. */
static bool is_quoted(const char *at, const char *end)
{
    size_t len = (size_t)(end - at);
    if (len < 2 || end[-1] != *at || memchr(at + 1, *at, len - 2))
        return false;
    return *at == '\'' || !memchr(at + 1, '\\', len - 2);
}

static bool take_value(flat *f, const char *start, const char *at, const char *end)
{
    igd_node *node = &f->nodes[f->count];
    *node = (igd_node){.line = f->line, .column = (uint32_t)(at - start) + 1};
    if (*at == '"' || *at == '\'') {
        node->kind = IGD_NODE_STRING;
        node->text = (igd_str){at + 1, (size_t)(end - at) - 2};
        return is_quoted(at, end);
    }
    node->kind = IGD_NODE_PLAIN;
    node->text = (igd_str){at, (size_t)(end - at)};
    return is_plain(at, end);
}

static bool take_key(flat *f, igd_str key)
{
    if (f->count == MEMBERS_MOST || key.len > KEY_MOST || igd_yaml_is_null(key))
        return false;
    unsigned char first = (unsigned char)key.ptr[0], last = (unsigned char)key.ptr[key.len - 1];
    uint64_t bit = 1ULL << ((key.len * 7 + first * 5U + last) % 64);
    for (size_t n = 0; f->seen & bit && n < f->count; n++)
        if (igd_str_eq(f->members[n].key, key))
            return false;
    f->seen |= bit;
    f->members[f->count] = (igd_member){.key = key, .line = f->line, .column = 1};
    return true;
}

static bool take_line(flat *f, const char *start, const char *end)
{
    if (start == end)
        return true;
    if (!is_printable(start, end))
        return false;
    if (*start == '#')
        return true;
    const char *at = start;
    if (!(class_of(at) & IN_KEY))
        return false;
    while (at < end && class_of(at) & (IN_KEY | INSIDE))
        at++;
    igd_str key = {start, (size_t)(at - start)};
    if (end - at < 3 || at[0] != ':' || at[1] != ' ' || !take_key(f, key))
        return false;
    for (at++; at < end && *at == ' ';)
        at++;
    if (at == end || !take_value(f, start, at, end))
        return false;
    f->count++;
    return true;
}

static igd_node *finish(const flat *f, igd_arena *mem)
{
    igd_node *map = igd_arena_alloc(mem, sizeof(*map));
    igd_node *nodes = igd_arena_alloc(mem, f->count * sizeof(*nodes));
    igd_member *members = igd_arena_alloc(mem, f->count * sizeof(*members));
    memcpy(nodes, f->nodes, f->count * sizeof(*nodes));
    memcpy(members, f->members, f->count * sizeof(*members));
    for (size_t n = 0; n < f->count; n++)
        members[n].value = &nodes[n];
    *map = (igd_node){.kind = IGD_NODE_MAP,
                      .line = members[0].line,
                      .column = 1,
                      .members = members,
                      .count = f->count};
    return map;
}

bool igd_yaml_flat(igd_str text, igd_arena *mem, igd_node **out)
{
    flat f;
    if (text.len == 0) /* and may have no address */
        return false;
    f.count = 0;
    f.seen = 0;
    f.line = 1;
    const char *at = text.ptr, *end = text.ptr + text.len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!take_line(&f, at, newline ? newline : end))
            return false;
        at = newline ? newline + 1 : end;
        f.line++;
    }
    if (f.count == 0)
        return false;
    *out = finish(&f, mem);
    return true;
}
