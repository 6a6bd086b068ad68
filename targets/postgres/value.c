/*
 * Values as the server shows them, and what it cannot hold.
 *
 * A column has the type of its kind, so the server has no value that looks otherwise; but it has
 * more values than we do: infinity, years before 1 and after 9999, numbers that are none.
 *
 * jsonb keeps numbers as decimals and forgets how they were written: a whole number of more than 21
 * digits may have been a double (1e+21) or not. It is taken for a double when it is what the
 * shortest text of one stands for; a whole number that looks like that cannot be held.
 */
#include <stdlib.h>

#include "schema/canonical.h"
#include "targets/postgres/postgres.h"

#define DOUBLE_DIGITS 22     /* doubles have an exponent from here on */
#define DOUBLE_MAX    309    /* digits of the largest */
#define NUMERIC_MAX   131072 /* digits of the server's largest number */
#define KEY_MAX       2600   /* bytes: an index entry is at most a third of a page */

/* ---- numbers in JSON ---- */

/* Whether these digits are those that the shortest text of a double stands for, whose text is put
 * to *text then. */
static bool is_double(igd_str digits, char text[IGD_NUMBER_MAX], size_t *len)
{
    char copy[DOUBLE_MAX + 1];
    if (digits.len < DOUBLE_DIGITS || digits.len > DOUBLE_MAX)
        return false;
    memcpy(copy, digits.ptr, digits.len);
    copy[digits.len] = '\0';
    *len = igd_number_text(strtod(copy, NULL), text);
    /* d.ddde+xx: the digits, then zeros. */
    size_t at = 0, n = 0;
    for (; n < *len && text[n] != 'e'; n++)
        if (text[n] != '.' && (at == digits.len || digits.ptr[at++] != text[n]))
            return false;
    if (n == *len || (size_t)strtol(text + n + 1, NULL, 10) + 1 != digits.len)
        return false;
    for (; at < digits.len; at++)
        if (digits.ptr[at] != '0')
            return false;
    return true;
}

/* Finds the next whole number of many digits outside of strings, from *at on; *at is then behind
 * it. */
static bool next_whole(igd_str json, size_t *at, igd_str *digits)
{
    size_t n = *at;
    while (n < json.len) {
        char c = json.ptr[n];
        if (c == '"') {
            for (n++; n < json.len && json.ptr[n] != '"'; n++)
                n += json.ptr[n] == '\\';
            n++;
        } else if (c >= '0' && c <= '9') {
            size_t start = n;
            bool whole = true;
            for (; n < json.len && strchr("0123456789.eE+-", json.ptr[n]) && json.ptr[n]; n++)
                whole &= json.ptr[n] >= '0' && json.ptr[n] <= '9';
            if (whole && n - start >= DOUBLE_DIGITS) {
                *digits = igd_str_sub(json, start, n - start);
                *at = n;
                return true;
            }
        } else {
            n++;
        }
    }
    return false;
}

/* With the exponents that doubles are written with. */
static igd_str spell_doubles(igd_str json, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    size_t at = 0, done = 0, len;
    char text[IGD_NUMBER_MAX];
    igd_str digits;
    while (next_whole(json, &at, &digits)) {
        if (!is_double(digits, text, &len))
            continue;
        igd_buf_add(&out, json.ptr + done, (size_t)(digits.ptr - json.ptr) - done);
        igd_buf_add(&out, text, len);
        done = at;
    }
    if (done == 0)
        return json;
    igd_buf_add(&out, json.ptr + done, json.len - done);
    return igd_arena_str(mem, igd_buf_view(&out));
}

/* ---- out of the server ---- */

igd_value igd_pg_value(igd_kind kind, igd_str text, igd_arena *mem)
{
    igd_value raw = {.kind = IGD_RAW, .text = text}, value = {.kind = kind, .text = text};
    switch (kind) {
    case IGD_STRING:
        return value;
    case IGD_JSON:
        if (text.len >= DOUBLE_DIGITS)
            text = spell_doubles(text, mem);
        return igd_canonical_json(text, mem, &value.text) ? raw : value;
    case IGD_BOOL:
        return igd_str_is(text, "t")   ? igd_value_bool(true)
               : igd_str_is(text, "f") ? igd_value_bool(false)
                                       : raw;
    case IGD_INT:
    case IGD_FLOAT:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
        if (igd_value_parse(kind, text, mem, &value))
            return raw;
        if (kind == IGD_FLOAT)
            value.text = IGD_STR("");
        return value;
    case IGD_NULL:
    case IGD_RAW:
        break;
    }
    return raw;
}

void igd_pg_text(const igd_value *value, igd_buf *out)
{
    igd_value_write(value, out);
}

/* ---- what it cannot hold ---- */

static bool has_nul_escape(igd_str json)
{
    for (size_t n = 0; n + 6 <= json.len; n++) {
        if (json.ptr[n] != '\\')
            continue;
        if (memcmp(json.ptr + n, "\\u0000", 6) == 0)
            return true;
        n++; /* what it escapes is no backslash of its own */
    }
    return false;
}

static const char *json_problem(igd_str json)
{
    char text[IGD_NUMBER_MAX];
    size_t at = 0, len;
    igd_str digits;
    if (has_nul_escape(json))
        return "has a NUL";
    while (json.len >= DOUBLE_DIGITS && next_whole(json, &at, &digits)) {
        if (digits.len > NUMERIC_MAX)
            return "has a number of more than 131072 digits";
        if (is_double(digits, text, &len))
            return "has a whole number of more than 21 digits that PostgreSQL's jsonb does not "
                   "tell from a double";
    }
    return NULL;
}

const char *igd_pg_unsupported(const igd_table *table, size_t column, const igd_value *value)
{
    bool key = column < table->key_count || table->columns[column].key_text;
    switch (value->kind) {
    case IGD_STRING:
        if (value->text.len && memchr(value->text.ptr, '\0', value->text.len))
            return "has a NUL";
        return key && value->text.len > KEY_MAX ? "is longer than 2600 bytes, more than an index "
                                                  "can hold"
                                                : NULL;
    case IGD_JSON:
        return json_problem(value->text);
    case IGD_INT:
    case IGD_FLOAT:
    case IGD_BOOL:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
    case IGD_NULL:
    case IGD_RAW:
        break;
    }
    return NULL;
}
