/*
 * The pull reader for JSON. A state says what may come next, and a bit per level whether it is an
 * object. Strings are checked in one pass over the input and copied only if they have escapes.
 */
#include "base/json_read.h"

#include "base/utf8.h"

enum {
    VALUE,      /* a value has to come */
    FIRST_ITEM, /* a value or ']' */
    FIRST_KEY,  /* a key or '}' */
    COLON,      /* ':' and a value */
    AFTER,      /* ',' or the end of the container */
    COMPLETE,   /* the outermost value has been delivered */
    FINISHED,   /* END or ERROR has been delivered */
    STATE_MASK = 0x7F,
    ALLOW_REST = 0x80, /* a flag beside the state */
};

void igd_json_reader_init(igd_json_reader *reader, igd_str text, igd_arena *mem, uint32_t max_depth)
{
    const char *start = text.len > 0 ? text.ptr : "";
    const char *end = start + text.len;
    /* A text cannot nest deeper than it is long, whatever the limit. */
    size_t levels = max_depth < text.len ? max_depth : text.len;
    if (text.len >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0)
        start += 3;
    *reader = (igd_json_reader){
        .event = IGD_JSON_NULL,
        .line = 1,
        .column = 1,
        .mem = mem,
        .at = start,
        .end = end,
        .line_start = start,
        .line_now = 1,
        .max_depth = max_depth,
        .state = VALUE,
        .stack = igd_arena_alloc(mem, levels / 8 + 1),
    };
}

void igd_json_allow_rest(igd_json_reader *reader)
{
    reader->state |= ALLOW_REST;
}

void igd_json_skip(igd_json_reader *reader)
{
    int depth = 0;
    do {
        igd_json_event event = igd_json_next(reader);
        if (event == IGD_JSON_OBJECT_START || event == IGD_JSON_ARRAY_START)
            depth++;
        else if (event == IGD_JSON_OBJECT_END || event == IGD_JSON_ARRAY_END)
            depth--;
    } while (depth > 0 && reader->event != IGD_JSON_ERROR && reader->event != IGD_JSON_END);
}

igd_str igd_json_rest(const igd_json_reader *reader)
{
    return (igd_str){reader->at, (size_t)(reader->end - reader->at)};
}

static void set_state(igd_json_reader *reader, int state)
{
    reader->state = (unsigned char)((reader->state & ALLOW_REST) | state);
}

/* Says where the event is and what it is; `from` is on the current line: no token has a newline. */
static igd_json_event deliver(igd_json_reader *reader, igd_json_event event, const char *from)
{
    ptrdiff_t before = from - reader->line_start;
    reader->event = event;
    reader->line = reader->line_now;
    reader->column = before < UINT32_MAX ? (uint32_t)before + 1 : UINT32_MAX;
    return event;
}

static igd_json_event fail(igd_json_reader *reader, const char *at, const char *why)
{
    reader->at = at;
    reader->text = (igd_str){at, 0};
    reader->error = why;
    set_state(reader, FINISHED);
    return deliver(reader, IGD_JSON_ERROR, at);
}

static igd_json_event finish(igd_json_reader *reader)
{
    reader->text = (igd_str){reader->at, 0};
    set_state(reader, FINISHED);
    return deliver(reader, IGD_JSON_END, reader->at);
}

/* Takes the text from the current place up to `end` as the event. */
static igd_json_event take(igd_json_reader *reader, igd_json_event event, const char *end)
{
    const char *from = reader->at;
    reader->text = (igd_str){from, (size_t)(end - from)};
    reader->at = end;
    return deliver(reader, event, from);
}

static void skip_space(igd_json_reader *reader)
{
    const char *at = reader->at;
    for (; at < reader->end; at++) {
        if (*at == '\n') {
            reader->line_now++;
            reader->line_start = at + 1;
        } else if (*at != ' ' && *at != '\t' && *at != '\r') {
            break;
        }
    }
    reader->at = at;
}

/* The state after a value that is now complete. */
static void value_done(igd_json_reader *reader)
{
    set_state(reader, reader->depth == 0 ? COMPLETE : AFTER);
}

static bool in_object(const igd_json_reader *reader)
{
    uint32_t level = reader->depth - 1;
    return reader->stack[level / 8] >> (level % 8) & 1;
}

static igd_json_event read_open(igd_json_reader *reader, bool object)
{
    if (reader->depth == reader->max_depth)
        return fail(reader, reader->at, "nested too deeply");
    uint32_t level = reader->depth++;
    unsigned bit = 1u << (level % 8);
    unsigned byte = reader->stack[level / 8] & ~bit;
    reader->stack[level / 8] = (unsigned char)(object ? byte | bit : byte);
    set_state(reader, object ? FIRST_KEY : FIRST_ITEM);
    return take(reader, object ? IGD_JSON_OBJECT_START : IGD_JSON_ARRAY_START, reader->at + 1);
}

static igd_json_event read_close(igd_json_reader *reader, igd_json_event event)
{
    reader->depth--;
    value_done(reader);
    return take(reader, event, reader->at + 1);
}

static igd_json_event read_literal(igd_json_reader *reader, igd_json_event event, igd_str word)
{
    igd_str rest = igd_json_rest(reader);
    if (!igd_str_starts(rest, word))
        return fail(reader, reader->at, "value expected");
    value_done(reader);
    return take(reader, event, reader->at + word.len);
}

static bool is_digit(const char *at, const char *end)
{
    return at < end && *at >= '0' && *at <= '9';
}

static igd_json_event read_number(igd_json_reader *reader)
{
    const char *at = reader->at;
    const char *end = reader->end;
    if (*at == '-')
        at++;
    if (!is_digit(at, end))
        return fail(reader, at, "digit expected");
    if (*at == '0' && is_digit(at + 1, end))
        return fail(reader, at, "number with a leading zero");
    while (is_digit(at, end))
        at++;
    if (at < end && *at == '.') {
        at++;
        if (!is_digit(at, end))
            return fail(reader, at, "digit expected");
        while (is_digit(at, end))
            at++;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        if (!is_digit(at, end))
            return fail(reader, at, "digit expected");
        while (is_digit(at, end))
            at++;
    }
    value_done(reader);
    return take(reader, IGD_JSON_NUMBER, at);
}

/* The number that four hex digits make, or -1. */
static int32_t hex4(const char *at, const char *end)
{
    if (end - at < 4)
        return -1;
    int32_t code = 0;
    for (int n = 0; n < 4; n++) {
        char digit = at[n];
        if (digit >= '0' && digit <= '9')
            code = code * 16 + (digit - '0');
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
            code = code * 16 + ((digit | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return code;
}

/* Length of the escape at the backslash `at`; 0 and the reason when it is none. */
static size_t escape_length(const char *at, const char *end, const char **why)
{
    *why = "unknown escape";
    if (end - at < 2)
        return 0;
    if (at[1] != 'u')
        return at[1] != '\0' && strchr("\"\\/bfnrt", at[1]) ? 2 : 0;
    *why = "four hex digits expected behind \\u";
    int32_t code = hex4(at + 2, end);
    if (code < 0)
        return 0;
    if (code < 0xD800 || code > 0xDFFF)
        return 6;
    *why = "lone surrogate";
    if (code > 0xDBFF || end - at < 12 || at[6] != '\\' || at[7] != 'u')
        return 0;
    int32_t low = hex4(at + 8, end);
    return low >= 0xDC00 && low <= 0xDFFF ? 12 : 0;
}

static char *put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    if (code < 0x800) {
        *out++ = (char)(0xC0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *out++ = (char)(0xE0 | code >> 12);
        } else {
            *out++ = (char)(0xF0 | code >> 18);
            *out++ = (char)(0x80 | (code >> 12 & 0x3F));
        }
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
    }
    *out++ = (char)(0x80 | (code & 0x3F));
    return out;
}

/* Decodes the checked escape at *at, which it moves behind it. */
static char *put_escape(char *out, const char **at, const char *end)
{
    static const char short_forms[256] = {['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r',
                                          ['t'] = '\t', ['"'] = '"',  ['/'] = '/',  ['\\'] = '\\'};
    const char *escape = *at;
    if (escape[1] != 'u') {
        *out++ = short_forms[(unsigned char)escape[1]];
        *at = escape + 2;
        return out;
    }
    uint32_t code = (uint32_t)hex4(escape + 2, end);
    *at = escape + 6;
    if (code >= 0xD800 && code <= 0xDBFF) {
        uint32_t low = (uint32_t)hex4(escape + 8, end);
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        *at = escape + 12;
    }
    return put_utf8(out, code);
}

/* No escape is shorter than what it stands for, so the raw length is enough room. */
static igd_str unescape(igd_arena *mem, const char *at, const char *end)
{
    char *text = igd_arena_alloc(mem, (size_t)(end - at) + 1);
    char *out = text;
    while (at < end) {
        const char *stop = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((stop ? stop : end) - at);
        memcpy(out, at, plain);
        out += plain;
        at += plain;
        if (stop)
            out = put_escape(out, &at, end);
    }
    *out = '\0';
    return (igd_str){text, (size_t)(out - text)};
}

/*
 * The first byte from `at` on that is not plain text inside a string, or `end`: eight bytes at a
 * time while none of them is above 0x7F, below 0x20, a quote or a backslash. (Subtracting makes the
 * high bit of a byte exactly where it was too small; a borrow can only add a false alarm.)
 */
static const char *skip_plain(const char *at, const char *end)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t word;
    for (; end - at >= (ptrdiff_t)sizeof(word); at += sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        uint64_t special = word | (word - ones * 0x20) | ((word ^ ones * '"') - ones) |
                           ((word ^ ones * '\\') - ones);
        if ((special & ones * 0x80) != 0)
            break;
    }
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20 &&
           (unsigned char)*at < 0x80)
        at++;
    return at;
}

/* The string at the current quote; also tells object keys apart. */
static igd_json_event read_string(igd_json_reader *reader, igd_json_event event)
{
    const char *open = reader->at;
    const char *end = reader->end;
    const char *at = open + 1;
    bool escaped = false;
    for (;;) {
        at = skip_plain(at, end);
        if (at == end)
            return fail(reader, open, "string is not closed");
        if (*at == '"')
            break;
        const char *why = "invalid UTF-8";
        size_t step;
        if (*at == '\\') {
            escaped = true;
            step = escape_length(at, end, &why);
        } else if ((unsigned char)*at < 0x20) {
            step = 0;
            why = "control character in a string";
        } else {
            step = igd_utf8_step(at, end);
        }
        if (step == 0)
            return fail(reader, at, why);
        at += step;
    }
    reader->text = escaped ? unescape(reader->mem, open + 1, at)
                           : (igd_str){open + 1, (size_t)(at - open - 1)};
    reader->at = at + 1;
    if (event == IGD_JSON_KEY)
        set_state(reader, COLON);
    else
        value_done(reader);
    return deliver(reader, event, open);
}

static igd_json_event read_value(igd_json_reader *reader)
{
    if (reader->at == reader->end)
        return fail(reader, reader->at, "value expected, but the text ends");
    switch (*reader->at) {
    case '{':
        return read_open(reader, true);
    case '[':
        return read_open(reader, false);
    case '"':
        return read_string(reader, IGD_JSON_STRING);
    case 't':
        return read_literal(reader, IGD_JSON_TRUE, IGD_STR("true"));
    case 'f':
        return read_literal(reader, IGD_JSON_FALSE, IGD_STR("false"));
    case 'n':
        return read_literal(reader, IGD_JSON_NULL, IGD_STR("null"));
    default:
        if (*reader->at == '-' || is_digit(reader->at, reader->end))
            return read_number(reader);
        return fail(reader, reader->at, "value expected");
    }
}

static igd_json_event read_key(igd_json_reader *reader)
{
    if (reader->at == reader->end)
        return fail(reader, reader->at, "key expected, but the text ends");
    if (*reader->at != '"')
        return fail(reader, reader->at, "key in double quotes expected");
    return read_string(reader, IGD_JSON_KEY);
}

/* Behind a value in a container. */
static igd_json_event read_after(igd_json_reader *reader)
{
    bool object = in_object(reader);
    const char *comma = reader->at;
    if (*comma == (object ? '}' : ']'))
        return read_close(reader, object ? IGD_JSON_OBJECT_END : IGD_JSON_ARRAY_END);
    if (*comma != ',')
        return fail(reader, comma, object ? "',' or '}' expected" : "',' or ']' expected");
    reader->at++;
    skip_space(reader);
    if (reader->at < reader->end && *reader->at == (object ? '}' : ']'))
        return fail(reader, reader->at, "nothing follows the comma");
    return object ? read_key(reader) : read_value(reader);
}

igd_json_event igd_json_next(igd_json_reader *reader)
{
    int state = reader->state & STATE_MASK;
    if (state == FINISHED)
        return reader->event;
    if (state == COMPLETE && (reader->state & ALLOW_REST))
        return finish(reader);
    skip_space(reader);
    bool ended = reader->at == reader->end;
    char next = ended ? '\0' : *reader->at;
    switch (state) {
    case COMPLETE:
        return ended ? finish(reader) : fail(reader, reader->at, "text behind the value");
    case FIRST_ITEM:
        return next == ']' ? read_close(reader, IGD_JSON_ARRAY_END) : read_value(reader);
    case FIRST_KEY:
        return next == '}' ? read_close(reader, IGD_JSON_OBJECT_END) : read_key(reader);
    case COLON:
        if (next != ':')
            return fail(reader, reader->at, "':' expected");
        reader->at++;
        skip_space(reader);
        return read_value(reader);
    case AFTER:
        if (ended)
            return fail(reader, reader->at, "not closed before the text ends");
        return read_after(reader);
    default:
        return read_value(reader);
    }
}
