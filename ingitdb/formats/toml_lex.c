/*
 * TOML: white space, comments, keys and strings.
 */
#include "ingitdb/formats/toml.h"

/* Tab is the only control character that may stand in comments and strings. */
static bool is_control(char byte)
{
    return ((unsigned char)byte < 0x20 && byte != '\t') || byte == 0x7F;
}

/* 1 at LF, 2 at CRLF, else 0. */
static size_t newline(const char *at, const char *end)
{
    if (at < end && *at == '\n')
        return 1;
    return end - at >= 2 && at[0] == '\r' && at[1] == '\n' ? 2 : 0;
}

static void start_line(igd_toml *toml, const char *at)
{
    toml->line++;
    toml->line_start = at;
}

void igd_toml_space(igd_toml *toml)
{
    while (toml->at < toml->end && (*toml->at == ' ' || *toml->at == '\t'))
        toml->at++;
}

/* At '#': up to the end of the line. */
static int skip_comment(igd_toml *toml)
{
    const char *at = toml->at;
    while (at < toml->end && newline(at, toml->end) == 0) {
        if (is_control(*at))
            return IGD_TOML_FAIL(toml, at, "control character in a comment");
        at++;
    }
    toml->at = at;
    return IGD_OK;
}

/* Space, a comment, and the end of the line if it comes now: *ended. */
static int skip_line(igd_toml *toml, bool *ended)
{
    igd_toml_space(toml);
    if (igd_toml_peek(toml, 0) == '#') {
        int code = skip_comment(toml);
        if (code)
            return code;
    }
    size_t step = newline(toml->at, toml->end);
    *ended = step > 0;
    toml->at += step;
    if (*ended)
        start_line(toml, toml->at);
    return IGD_OK;
}

int igd_toml_blank(igd_toml *toml)
{
    bool ended = true;
    while (ended) {
        int code = skip_line(toml, &ended);
        if (code)
            return code;
    }
    return IGD_OK;
}

int igd_toml_line_end(igd_toml *toml)
{
    bool ended;
    int code = skip_line(toml, &ended);
    if (code || ended || toml->at == toml->end)
        return code;
    return IGD_TOML_FAIL(toml, toml->at, "end of the line or a comment expected");
}

static bool is_bare(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '-';
}

int igd_toml_key(igd_toml *toml, igd_str *out)
{
    char first = igd_toml_peek(toml, 0);
    if (first == '"' || first == '\'')
        return igd_toml_string(toml, true, out);
    const char *at = toml->at;
    while (at < toml->end && is_bare(*at))
        at++;
    if (at == toml->at) {
        IGD_TOML_FAIL(toml, at, "key expected");
        if ((unsigned char)first > ' ')
            igd_hint(toml->err, "a key with other characters than letters, digits, '_' and '-' "
                                "stands in quotes");
        igd_str rest = {at, (size_t)(toml->end - at)};
        return igd_text_hint_conflict(toml->err, rest);
    }
    *out = (igd_str){toml->at, (size_t)(at - toml->at)};
    toml->at = at;
    return IGD_OK;
}

/* The code point that `count` hex digits at `at` make, or -1. */
static int64_t hex(const char *at, const char *end, size_t count)
{
    if ((size_t)(end - at) < count)
        return -1;
    int64_t code = 0;
    for (size_t n = 0; n < count; n++) {
        char digit = at[n];
        char lower = (char)(digit | 0x20);
        if (digit >= '0' && digit <= '9')
            code = code * 16 + (digit - '0');
        else if (lower >= 'a' && lower <= 'f')
            code = code * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return code;
}

/* Behind a backslash: spaces and the end of the line, which it removes. */
static bool continues_line(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return newline(at, end) > 0;
}

/* Length of the escape at the backslash `at`; NULL for *why, or 0 and what is wrong with it. Of a
 * backslash that ends a line only itself counts. */
static size_t escape_length(const char *at, const char *end, bool multi, const char **why)
{
    *why = NULL;
    if (multi && continues_line(at + 1, end))
        return 1;
    char kind = end - at >= 2 ? at[1] : '\0';
    if (kind != '\0' && strchr("btnfr\"\\", kind))
        return 2;
    *why = "unknown escape";
    if (kind != 'u' && kind != 'U')
        return 0;
    size_t digits = kind == 'u' ? 4 : 8;
    int64_t code = hex(at + 2, end, digits);
    *why = kind == 'u' ? "four hex digits expected behind \\u"
                       : "eight hex digits expected behind \\U";
    if (code < 0)
        return 0;
    *why = "escape of what is not a character";
    return code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF) ? 0 : digits + 2;
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
    static const char short_forms[256] = {['b'] = '\b', ['t'] = '\t', ['n'] = '\n', ['f'] = '\f',
                                          ['r'] = '\r', ['"'] = '"',  ['\\'] = '\\'};
    const char *escape = *at;
    unsigned char kind = (unsigned char)escape[1];
    if (kind == 'u' || kind == 'U') {
        size_t digits = kind == 'u' ? 4 : 8;
        *at = escape + 2 + digits;
        return put_utf8(out, (uint32_t)hex(escape + 2, end, digits));
    }
    if (short_forms[kind] != '\0') {
        *out++ = short_forms[kind];
        *at = escape + 2;
        return out;
    }
    const char *next = escape + 1;
    while (next < end && (*next == ' ' || *next == '\t' || *next == '\n' || *next == '\r'))
        next++;
    *at = next;
    return out;
}

/* No escape is shorter than what it stands for, so the raw length is enough room. */
static igd_str unescape(igd_arena *mem, igd_str raw)
{
    const char *at = raw.ptr;
    const char *end = raw.ptr + raw.len;
    char *text = igd_arena_alloc(mem, raw.len);
    char *out = text;
    while (at < end) {
        if (*at == '\\')
            out = put_escape(out, &at, end);
        else
            *out++ = *at++;
    }
    return (igd_str){text, (size_t)(out - text)};
}

/* A string that is being read. */
typedef struct scan {
    const char *at;
    char quote;
    bool multi, escaped;
    uint32_t line, column; /* of the opening quote */
} scan;

static int fail_open(const igd_toml *toml, const scan *s)
{
    IGD_TEXT_FAIL(toml->err, s->line, s->column, "string is not closed");
    if (!s->multi)
        igd_hint(toml->err, "a string of several lines stands in %s",
                 s->quote == '"' ? "\"\"\"three quotes\"\"\"" : "'''three quotes'''");
    return (int)toml->err->code;
}

/* At what is not plain text inside the string: a line end, an escape, or an error. */
static int scan_special(igd_toml *toml, scan *s)
{
    const char *at = s->at;
    size_t step = newline(at, toml->end);
    if (step > 0) {
        if (!s->multi)
            return fail_open(toml, s);
        s->at += step;
        start_line(toml, s->at);
        return IGD_OK;
    }
    if (is_control(*at)) {
        IGD_TOML_FAIL(toml, at, "control character in a string");
        return igd_hint(toml->err, "write \\u%04X, in double quotes", (unsigned char)*at);
    }
    if (*at == '\\' && s->quote == '"') {
        const char *why;
        step = escape_length(at, toml->end, s->multi, &why);
        if (step == 0) {
            IGD_TOML_FAIL(toml, at, "%s", why);
            return igd_hint(toml->err, "a backslash is written \\\\, or the text in single quotes");
        }
        s->escaped = true;
        s->at += step;
        return IGD_OK;
    }
    s->at++;
    return IGD_OK;
}

/* Moves behind the closing quotes; *end is where the text ends. Multi-line text may itself end in
 * one or two quotes. */
static int scan_to_close(igd_toml *toml, scan *s, const char **end)
{
    size_t most = s->multi ? 5 : 1;
    size_t wanted = s->multi ? 3 : 1;
    for (;;) {
        while (s->at < toml->end && (unsigned char)*s->at >= ' ' && *s->at != s->quote &&
               *s->at != '\\' && *s->at != 0x7F)
            s->at++;
        if (s->at == toml->end)
            return fail_open(toml, s);
        size_t run = 0;
        while (run < most && s->at + run < toml->end && s->at[run] == s->quote)
            run++;
        s->at += run;
        if (run >= wanted) {
            *end = s->at - wanted;
            return IGD_OK;
        }
        int code = run > 0 ? IGD_OK : scan_special(toml, s);
        if (code)
            return code;
    }
}

int igd_toml_string(igd_toml *toml, bool is_key, igd_str *out)
{
    char quote = *toml->at;
    scan s = {
        .quote = quote,
        .multi = igd_toml_peek(toml, 1) == quote && igd_toml_peek(toml, 2) == quote,
        .line = toml->line,
        .column = igd_toml_column(toml, toml->at),
    };
    if (is_key && s.multi)
        return IGD_TOML_FAIL(toml, toml->at, "a key cannot be a multi-line string");
    s.at = toml->at + (s.multi ? 3 : 1);
    size_t skip = s.multi ? newline(s.at, toml->end) : 0;
    if (skip > 0) {
        s.at += skip;
        start_line(toml, s.at);
    }
    const char *from = s.at, *end = from;
    int code = scan_to_close(toml, &s, &end);
    if (code)
        return code;
    igd_str raw = {from, (size_t)(end - from)};
    *out = s.escaped ? unescape(toml->mem, raw) : raw;
    toml->at = s.at;
    return IGD_OK;
}
