/*
 * The header of a script: names and values, each a line, under a checksum of their own.
 */
#include "targets/script_head.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_LINE "-- ingitdb migration script "
#define LAST_LINE  "-- body"

typedef enum name {
    NAME_TOOL,
    NAME_SOURCE,
    NAME_ENGINE,
    NAME_DIRECTION,
    NAME_FROM,
    NAME_TO,
    NAME_RUN,
    NAME_STEPS,
    NAME_ROWS,
    NAME_SCHEMA,
    NAME_COUNTS,
    NAME_RISK,
    NAME_SHA256,
    NAME_HEAD,
    NAME_COUNT,
} name;

static const char *const names[NAME_COUNT] = {
    "tool",  "source", "engine", "direction", "from", "to",     "run",
    "steps", "rows",   "schema", "counts",    "risk", "sha256", "head",
};

static const char *const directions[] = {"up", "down"};

igd_digest igd_script_schema(const igd_source_state *state)
{
    igd_digest sum = {0, 0};
    for (size_t n = 0; state && n < state->tables.len; n++)
        sum = igd_digest_add(sum, igd_digest_of(state->tables.items[n].schema_json));
    return sum;
}

/* ---- writing ---- */

static void write_value(igd_str value, igd_buf *out)
{
    for (size_t n = 0; n < value.len; n++) {
        unsigned char byte = (unsigned char)value.ptr[n];
        if (byte == '\\')
            igd_buf_puts(out, "\\\\");
        else if (byte < 0x20 || byte == 0x7f)
            igd_buf_printf(out, "\\x%02x", byte);
        else
            igd_buf_byte(out, (char)byte);
    }
}

static void write_line(name what, igd_str value, igd_buf *out)
{
    igd_buf_printf(out, "-- %s: ", names[what]);
    write_value(value, out);
    igd_buf_byte(out, '\n');
}

static void write_commit(name what, igd_str commit, igd_buf *out)
{
    write_line(what, commit.len ? commit : IGD_STR("-"), out);
}

void igd_script_head_write(const igd_script_head *head, igd_buf *out)
{
    char hex[65];
    size_t begin = out->len;
    igd_buf_printf(out, FIRST_LINE "%d\n", IGD_SCRIPT_FORMAT);
    write_line(NAME_TOOL, head->tool, out);
    write_line(NAME_SOURCE, head->source, out);
    write_line(NAME_ENGINE, head->engine, out);
    write_line(NAME_DIRECTION, igd_str_from(directions[head->direction]), out);
    write_commit(NAME_FROM, head->from, out);
    write_commit(NAME_TO, head->to, out);
    write_line(NAME_RUN, head->run_id, out);
    if (head->steps)
        igd_buf_printf(out, "-- %s: %llu\n", names[NAME_STEPS], (unsigned long long)head->steps);
    igd_digest_hex(head->rows, hex);
    igd_buf_printf(out, "-- %s: %llu %s\n", names[NAME_ROWS], (unsigned long long)head->row_count,
                   hex);
    igd_digest_hex(head->schema, hex);
    write_line(NAME_SCHEMA, igd_str_from(hex), out);
    igd_buf_printf(out, "-- %s: +%llu ~%llu -%llu\n", names[NAME_COUNTS],
                   (unsigned long long)head->inserts, (unsigned long long)head->updates,
                   (unsigned long long)head->deletes);
    for (size_t n = 0; n < head->risks.len; n++)
        write_line(NAME_RISK, head->risks.items[n], out);
    write_line(NAME_SHA256, igd_str_from(head->sha256), out);
    igd_sha256_hex(igd_str_sub(igd_buf_view(out), begin, out->len - begin), hex);
    write_line(NAME_HEAD, igd_str_from(hex), out);
    igd_buf_puts(out, LAST_LINE "\n");
}

/* ---- reading ---- */

typedef struct parser {
    igd_str text;
    size_t at;
    uint32_t line;
    igd_arena *mem;
    igd_script_head head;
    uint32_t seen;
    igd_error *err;
} parser;

static int fail_line(parser *p, const char *why)
{
    (void)igd_fail(p->err, IGD_E_FORMAT, "the header of the script cannot be read: %s", why);
    p->err->place.line = p->line;
    return igd_hint(p->err, "generate it again; scripts may not be edited");
}

/* The line without its end; false when the text has no more whole lines. */
static bool take_line(parser *p, igd_str *out)
{
    igd_str rest = igd_str_sub(p->text, p->at, p->text.len - p->at);
    ptrdiff_t end = igd_str_find(rest, '\n');
    if (end < 0)
        return false;
    *out = igd_str_sub(rest, 0, (size_t)end);
    p->at += (size_t)end + 1;
    p->line++;
    return true;
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool unescape(igd_str value, igd_arena *mem, igd_str *out)
{
    char *to = igd_arena_alloc(mem, value.len + 1);
    size_t len = 0;
    for (size_t n = 0; n < value.len; n++) {
        const char *at = value.ptr + n;
        size_t left = value.len - n;
        if (*at != '\\') {
            to[len++] = *at;
        } else if (left >= 2 && at[1] == '\\') {
            to[len++] = '\\';
            n++;
        } else if (left >= 4 && at[1] == 'x' && hex_digit(at[2]) >= 0 && hex_digit(at[3]) >= 0) {
            to[len++] = (char)(hex_digit(at[2]) << 4 | hex_digit(at[3]));
            n += 3;
        } else {
            return false;
        }
    }
    to[len] = '\0';
    *out = (igd_str){to, len};
    return true;
}

static bool is_hex(igd_str text)
{
    for (size_t n = 0; n < text.len; n++)
        if (hex_digit(text.ptr[n]) < 0)
            return false;
    return true;
}

static bool take_number(igd_str *text, uint64_t *out)
{
    uint64_t number = 0;
    size_t n = 0;
    for (; n < text->len && text->ptr[n] >= '0' && text->ptr[n] <= '9'; n++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(text->ptr[n] - '0'), &number))
            return false;
    *out = number;
    *text = igd_str_sub(*text, n, text->len - n);
    return n > 0;
}

static bool take_text(igd_str *text, igd_str what)
{
    if (!igd_str_starts(*text, what))
        return false;
    *text = igd_str_sub(*text, what.len, text->len - what.len);
    return true;
}

static bool read_commit(igd_str value, igd_str *out)
{
    if (igd_str_is(value, "-")) {
        *out = (igd_str){0};
        return true;
    }
    *out = value;
    /* Collections may stand at several commits. */
    return igd_str_is(value, "mixed") || ((value.len == 40 || value.len == 64) && is_hex(value));
}

static bool read_direction(igd_str value, igd_script_direction *out)
{
    for (size_t n = 0; n < IGD_COUNT(directions); n++)
        if (igd_str_is(value, directions[n])) {
            *out = (igd_script_direction)n;
            return true;
        }
    return false;
}

static bool read_rows(igd_str value, igd_script_head *head)
{
    return take_number(&value, &head->row_count) && take_text(&value, IGD_STR(" ")) &&
           igd_digest_parse(value, &head->rows);
}

static bool read_counts(igd_str value, igd_script_head *head)
{
    return take_text(&value, IGD_STR("+")) && take_number(&value, &head->inserts) &&
           take_text(&value, IGD_STR(" ~")) && take_number(&value, &head->updates) &&
           take_text(&value, IGD_STR(" -")) && take_number(&value, &head->deletes) &&
           value.len == 0;
}

static bool read_sha256(igd_str value, char out[65])
{
    if (value.len != 64 || !is_hex(value))
        return false;
    memcpy(out, value.ptr, 64);
    out[64] = '\0';
    return true;
}

/* Of everything but the checksum of the header itself. */
static bool read_value(parser *p, name what, igd_str value)
{
    igd_script_head *head = &p->head;
    switch (what) {
    case NAME_TOOL:
        head->tool = value;
        return true;
    case NAME_SOURCE:
        head->source = value;
        return value.len > 0;
    case NAME_ENGINE:
        head->engine = value;
        return value.len > 0;
    case NAME_DIRECTION:
        return read_direction(value, &head->direction);
    case NAME_FROM:
        return read_commit(value, &head->from);
    case NAME_TO:
        return read_commit(value, &head->to);
    case NAME_RUN:
        head->run_id = value;
        return value.len > 0;
    case NAME_STEPS:
        return take_number(&value, &head->steps) && value.len == 0 && head->steps > 0;
    case NAME_ROWS:
        return read_rows(value, head);
    case NAME_SCHEMA:
        return igd_digest_parse(value, &head->schema);
    case NAME_COUNTS:
        return read_counts(value, head);
    case NAME_RISK:
        IGD_PUSH(p->mem, &head->risks, value);
        return true;
    case NAME_SHA256:
        return read_sha256(value, head->sha256);
    case NAME_HEAD:
    case NAME_COUNT:
        break;
    }
    return false;
}

static int find_name(igd_str word)
{
    for (int n = 0; n < NAME_COUNT; n++)
        if (igd_str_is(word, names[n]))
            return n;
    return -1;
}

static int parse_line(parser *p, igd_str line)
{
    igd_str rest = line, value;
    if (!take_text(&rest, IGD_STR("-- ")))
        return fail_line(p, "a line of it is no comment");
    ptrdiff_t colon = igd_str_find(rest, ':');
    igd_str word = igd_str_sub(rest, 0, colon < 0 ? rest.len : (size_t)colon);
    int what = find_name(word);
    if (what < 0) {
        (void)igd_fail(p->err, IGD_E_FORMAT, "the script's header says '%.*s', which is not known",
                       (int)(word.len < 40 ? word.len : 40), word.ptr);
        p->err->place.line = p->line;
        return igd_hint(p->err,
                        "a later version of this program may have written it: use that one");
    }
    rest = igd_str_sub(rest, word.len, rest.len - word.len);
    if (!take_text(&rest, IGD_STR(": ")) || !unescape(rest, p->mem, &value))
        return fail_line(p, "a value of it is not written as it should be");
    if (what != NAME_RISK && p->seen & 1U << what)
        return fail_line(p, "a name is there twice");
    p->seen |= 1U << what;
    return read_value(p, (name)what, value) ? IGD_OK
                                            : fail_line(p, "a value of it is not possible");
}

/* What is neither a script of ours nor one of a format that we know. */
static int parse_first(parser *p)
{
    igd_str line;
    uint64_t format = 0;
    if (!take_line(p, &line) || !take_text(&line, IGD_STR(FIRST_LINE)) ||
        !take_number(&line, &format) || line.len > 0) {
        (void)igd_fail(p->err, IGD_E_FORMAT, "this is no migration script of this program");
        p->err->place.line = 1;
        return igd_hint(p->err, "scripts are written by generate, and by sync --rollback");
    }
    if (format == IGD_SCRIPT_FORMAT)
        return IGD_OK;
    (void)igd_fail(p->err, IGD_E_FORMAT,
                   "the script has format %llu, this program knows formats up to %d",
                   (unsigned long long)format, IGD_SCRIPT_FORMAT);
    p->err->place.line = 1;
    return igd_hint(p->err, "use the version of the program that wrote it, or a newer one");
}

/* The checksum of the lines before this one. */
static int prove_head(parser *p, igd_str line, size_t begin)
{
    char hex[65];
    igd_sha256_hex(igd_str_sub(p->text, 0, begin), hex);
    if (take_text(&line, IGD_STR("-- head: ")) && igd_str_is(line, hex))
        return IGD_OK;
    (void)igd_fail(p->err, IGD_E_CHECKSUM, "the header of the script is not as it was written");
    p->err->place.line = p->line;
    return igd_hint(p->err, "it was edited, or damaged on its way: generate it again");
}

int igd_script_head_parse(igd_str text, igd_arena *mem, igd_script_head *out, size_t *body,
                          uint32_t *line, igd_error *err)
{
    const uint32_t optional = 1U << NAME_RISK | 1U << NAME_STEPS;
    const uint32_t wanted = ((1U << NAME_HEAD) - 1) & ~optional;
    parser p = {.text = text, .mem = mem, .err = err};
    igd_str now = {0};
    int rc = parse_first(&p);
    while (!rc) {
        size_t begin = p.at;
        if (!take_line(&p, &now))
            return fail_line(&p, "its end is missing");
        if (!igd_str_starts(now, IGD_STR("-- head:"))) {
            rc = parse_line(&p, now);
            continue;
        }
        rc = prove_head(&p, now, begin);
        break;
    }
    if (rc)
        return rc;
    if ((p.seen & wanted) != wanted)
        return fail_line(&p, "something is missing in it");
    if (!take_line(&p, &now) || !igd_str_is(now, LAST_LINE))
        return fail_line(&p, "the body does not follow");
    *out = p.head;
    *body = p.at;
    *line = p.line + 1;
    return IGD_OK;
}
