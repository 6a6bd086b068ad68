/*
 * What the engines cannot hold.
 */
#include <stdlib.h>

#include "schema/canonical.h"
#include "targets/mysql/mysql.h"

#define MARIADB_JSON_DEPTH 31
#define LONGEST_INTEGER    20 /* digits and sign of 64 bits */

static bool is_key(const igd_table *table, size_t column)
{
    return column < table->key_count || table->columns[column].key_text;
}

static const char *long_key(const igd_table *table, size_t column, const igd_value *value)
{
    if (value->kind != IGD_STRING || !is_key(table, column))
        return NULL;
    int64_t most = igd_mysql_key_chars(table, column);
    if ((int64_t)value->text.len <= most || (int64_t)igd_str_chars(value->text) <= most)
        return NULL;
    switch (most) {
    case 255:
        return "is longer than the 255 characters that a key can have";
    case 192:
        return "is longer than the 192 characters that each part of a key of 4 can have";
    default:
        return "is longer than what each part of a key of so many can have (3072 bytes together, 4 "
               "a character)";
    }
}

/* ---- numbers in JSON ---- */

/* MySQL keeps integers of 64 bits, with or without a sign; all others become doubles. */
static bool keeps_integer(igd_str digits)
{
    char text[IGD_NUMBER_MAX], copy[512];
    bool negative = digits.ptr[0] == '-';
    igd_str limit = negative ? IGD_STR("-9223372036854775808") : IGD_STR("18446744073709551615");
    if (digits.len < limit.len ||
        (digits.len == limit.len && memcmp(digits.ptr, limit.ptr, limit.len) <= 0))
        return true;
    if (digits.len >= sizeof(copy))
        return false;
    memcpy(copy, digits.ptr, digits.len);
    copy[digits.len] = '\0';
    /* A double that has no fraction is written like an integer, up to 1e21. */
    return igd_str_eq(digits, (igd_str){text, igd_number_text(strtod(copy, NULL), text)});
}

static bool is_digit(char byte)
{
    return (byte >= '0' && byte <= '9') || byte == '-';
}

static size_t skip_string(igd_str json, size_t at)
{
    for (at++; at < json.len && json.ptr[at] != '"'; at++)
        at += json.ptr[at] == '\\';
    return at + 1;
}

/* The text is canonical. */
static const char *big_number(igd_str json)
{
    for (size_t at = 0, end; at < json.len; at = end) {
        end = at + 1;
        if (json.ptr[at] == '"') {
            end = skip_string(json, at);
        } else if (is_digit(json.ptr[at])) {
            bool whole = true;
            for (; end < json.len && (is_digit(json.ptr[end]) || strchr(".eE+", json.ptr[end]));
                 end++)
                whole &= is_digit(json.ptr[end]);
            if (whole && end - at >= LONGEST_INTEGER - 1 &&
                !keeps_integer(igd_str_sub(json, at, end - at)))
                return "has an integer of more than 64 bits, which MySQL would change";
        }
    }
    return NULL;
}

static const char *deep(igd_str json)
{
    size_t depth = 0;
    for (size_t at = 0, end; at < json.len; at = end) {
        end = json.ptr[at] == '"' ? skip_string(json, at) : at + 1;
        depth += json.ptr[at] == '[' || json.ptr[at] == '{';
        depth -= json.ptr[at] == ']' || json.ptr[at] == '}';
        if (depth > MARIADB_JSON_DEPTH)
            return "is nested deeper than the 31 levels that MariaDB takes";
    }
    return NULL;
}

const char *igd_mysql_unsupported(const igd_table *table, size_t column, const igd_value *value)
{
    if (value->kind == IGD_JSON)
        return big_number(value->text);
    return long_key(table, column, value);
}

const char *igd_mariadb_unsupported(const igd_table *table, size_t column, const igd_value *value)
{
    if (value->kind == IGD_JSON)
        return deep(value->text);
    return long_key(table, column, value);
}
