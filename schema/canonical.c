/*
 * Canonical encoding: digests of rows and the canonical form of JSON.
 */
#include "schema/canonical.h"

#include <math.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "schema/number.h"

#define LENGTH_BYTES 4

static char *put_length(char *at, size_t length)
{
    for (int n = 0; n < LENGTH_BYTES; n++)
        at[n] = (char)(length >> (24 - 8 * n) & 0xFF);
    return at + LENGTH_BYTES;
}

/* tag, length, bytes. Room is made once and the length put in front afterwards. */
static void add_value(igd_buf *out, const igd_value *value)
{
    size_t start = out->len;
    igd_buf_reserve(out, 1 + LENGTH_BYTES + IGD_NUMBER_MAX + value->text.len);
    out->ptr[start] = (char)value->kind;
    out->len += 1 + LENGTH_BYTES;
    igd_value_write(value, out);
    put_length(out->ptr + start + 1, out->len - start - 1 - LENGTH_BYTES);
}

static void add_name(igd_buf *out, igd_str name)
{
    char length[LENGTH_BYTES];
    put_length(length, name.len);
    igd_buf_add(out, length, sizeof(length));
    igd_buf_str(out, name);
}

igd_digest igd_row_digest(const igd_table *table, const igd_value *row, igd_buf *scratch)
{
    igd_buf_clear(scratch);
    for (size_t n = 0; n < table->key_count; n++)
        add_value(scratch, &row[n]);
    size_t others = table->column_count - table->key_count;
    for (size_t n = 0; n < others; n++) {
        uint32_t column = table->digest_order[n];
        if (row[column].kind == IGD_NULL)
            continue;
        add_name(scratch, table->columns[column].name);
        add_value(scratch, &row[column]);
    }
    return igd_digest_of(igd_buf_view(scratch));
}

igd_digest igd_key_digest(const igd_value *keys, size_t count, igd_buf *scratch)
{
    igd_buf_clear(scratch);
    for (size_t n = 0; n < count; n++)
        add_value(scratch, &keys[n]);
    return igd_digest_of(igd_buf_view(scratch));
}

static bool is_integer(igd_str text)
{
    for (size_t n = 0; n < text.len; n++)
        if (text.ptr[n] == '.' || (text.ptr[n] | 0x20) == 'e')
            return false;
    return true;
}

bool igd_canonical_number(igd_str text, igd_buf *out)
{
    if (is_integer(text)) {
        igd_buf_str(out, igd_str_eq(text, IGD_STR("-0")) ? IGD_STR("0") : text);
        return true;
    }
    igd_decimal decimal;
    if (!igd_decimal_scan(text, &decimal))
        return false;
    double number = igd_decimal_double(&decimal);
    if (!isfinite(number))
        return false;
    char shortest[IGD_NUMBER_MAX];
    igd_buf_add(out, shortest, igd_number_text(number, shortest));
    return true;
}

/* A member of an object that is being written: `"key":value` is out[from..to). */
typedef struct member {
    igd_str key;
    size_t from, to;
} member;

/* An object or a list that is open. */
typedef struct level {
    size_t start;        /* in the output, behind the bracket */
    size_t first_member; /* of an object: index in members */
    bool object, ordered;
} level;

/*
 * Writes the canonical text while reading. Members are written as they come; when an object closes
 * and its keys did not come in order, the pieces are put in order then.
 */
typedef struct writer {
    igd_json_reader reader;
    igd_buf out, swap;
    member *members; /* of all open objects, the innermost last */
    size_t member_count, member_cap;
    uint32_t depth;
    level levels[IGD_CANONICAL_DEPTH];
} writer;

/* Not an initialiser, which would also clear the levels for every value. */
static void writer_init(writer *w)
{
    w->out = w->swap = IGD_BUF_INIT;
    w->members = NULL;
    w->member_count = w->member_cap = 0;
    w->depth = 0;
}

static void writer_free(writer *w)
{
    igd_buf_free(&w->out);
    igd_buf_free(&w->swap);
    free(w->members);
}
IGD_DEFINE_CLEANUP(writer, writer_free)

static const char duplicate[] = "has an object with a duplicate key";

static const char *open_level(writer *w, bool object)
{
    if (w->depth == IGD_CANONICAL_DEPTH)
        return "is nested too deeply";
    igd_buf_byte(&w->out, object ? '{' : '[');
    w->levels[w->depth++] = (level){w->out.len, w->member_count, object, true};
    return NULL;
}

static const char *add_key(writer *w)
{
    level *top = &w->levels[w->depth - 1];
    if (w->member_count > top->first_member) {
        int order = igd_str_cmp(w->members[w->member_count - 1].key, w->reader.text);
        if (order == 0)
            return duplicate;
        top->ordered &= order < 0;
    }
    if (w->member_count == w->member_cap) {
        w->member_cap = w->member_cap ? w->member_cap * 2 : 16;
        w->members = igd_xrealloc(w->members, w->member_cap * sizeof(*w->members));
    }
    w->members[w->member_count++] = (member){.key = w->reader.text, .from = w->out.len};
    igd_json_quote(&w->out, w->reader.text);
    igd_buf_byte(&w->out, ':');
    return NULL;
}

static int compare_members(const void *a, const void *b)
{
    return igd_str_cmp(((const member *)a)->key, ((const member *)b)->key);
}

static const char *sort_members(writer *w, const level *object)
{
    member *members = w->members + object->first_member;
    size_t count = w->member_count - object->first_member;
    qsort(members, count, sizeof(*members), compare_members);
    igd_buf_clear(&w->swap);
    for (size_t n = 0; n < count; n++) {
        if (n > 0 && igd_str_eq(members[n - 1].key, members[n].key))
            return duplicate;
        if (n > 0)
            igd_buf_byte(&w->swap, ',');
        igd_buf_add(&w->swap, w->out.ptr + members[n].from, members[n].to - members[n].from);
    }
    memcpy(w->out.ptr + object->start, w->swap.ptr, w->swap.len);
    return NULL;
}

static const char *close_level(writer *w)
{
    const level *top = &w->levels[--w->depth];
    const char *why = top->object && !top->ordered ? sort_members(w, top) : NULL;
    w->member_count = top->first_member;
    igd_buf_byte(&w->out, top->object ? '}' : ']');
    return why;
}

static const char *write_event(writer *w)
{
    switch (w->reader.event) {
    case IGD_JSON_NULL:
    case IGD_JSON_TRUE:
    case IGD_JSON_FALSE:
        igd_buf_str(&w->out, w->reader.text);
        return NULL;
    case IGD_JSON_NUMBER:
        return igd_canonical_number(w->reader.text, &w->out)
                   ? NULL
                   : "has a number outside the range of a double";
    case IGD_JSON_STRING:
        igd_json_quote(&w->out, w->reader.text);
        return NULL;
    case IGD_JSON_KEY:
        return add_key(w);
    case IGD_JSON_OBJECT_START:
    case IGD_JSON_ARRAY_START:
        return open_level(w, w->reader.event == IGD_JSON_OBJECT_START);
    case IGD_JSON_OBJECT_END:
    case IGD_JSON_ARRAY_END:
        return close_level(w);
    case IGD_JSON_ERROR:
        return "is not valid JSON";
    case IGD_JSON_END:
        break;
    }
    return NULL;
}

/* A comma goes in front of every key and item but the first of its container. */
static bool needs_comma(const writer *w)
{
    if (w->depth == 0)
        return false;
    const level *top = &w->levels[w->depth - 1];
    bool starts =
        w->reader.event == IGD_JSON_KEY || (!top->object && w->reader.event != IGD_JSON_ARRAY_END);
    return starts && w->out.len > top->start;
}

/* Where the last member ends, once the next key or the end of its object has come. */
static void end_member(writer *w)
{
    const level *top = w->depth > 0 ? &w->levels[w->depth - 1] : NULL;
    bool behind = w->reader.event == IGD_JSON_KEY || w->reader.event == IGD_JSON_OBJECT_END;
    if (top && behind && w->member_count > top->first_member)
        w->members[w->member_count - 1].to = w->out.len;
}

const char *igd_canonical_json(igd_str text, igd_arena *mem, igd_str *out)
{
    IGD_CLEANUP(writer)
    writer w;
    writer_init(&w);
    /* One level more, so that too deep is told from broken. */
    igd_json_reader_init(&w.reader, text, mem, IGD_CANONICAL_DEPTH + 1);
    igd_buf_reserve(&w.out, text.len);
    while (igd_json_next(&w.reader) != IGD_JSON_END) {
        end_member(&w);
        if (needs_comma(&w))
            igd_buf_byte(&w.out, ',');
        const char *why = write_event(&w);
        if (why)
            return why;
    }
    igd_str canonical = igd_buf_view(&w.out);
    *out = igd_str_eq(canonical, text) ? text : igd_arena_str(mem, canonical);
    return NULL;
}

igd_value igd_canonical_value(igd_kind kind, igd_str text, igd_arena *mem)
{
    igd_value raw = {.kind = IGD_RAW, .text = text};
    igd_value value = {.kind = kind, .text = text};
    igd_str canonical;
    switch (kind) {
    case IGD_STRING:
        return igd_str_is_utf8(text) ? value : raw;
    case IGD_JSON:
        if (igd_canonical_json(text, mem, &canonical) || !igd_str_eq(canonical, text))
            return raw;
        return value;
    case IGD_INT:
    case IGD_FLOAT:
    case IGD_BOOL:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
        if (igd_value_parse(kind, text, mem, &value) ||
            !igd_str_eq(igd_value_text(&value, mem), text))
            return raw;
        return value;
    case IGD_NULL:
    case IGD_RAW:
        break;
    }
    return raw;
}
