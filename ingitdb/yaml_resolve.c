/*
 * Plain scalars by the table of gopkg.in/yaml.v3 (docs/format.md, "Plain scalars"). What looks odd
 * here is odd there: 0777 is octal, 089 a float, '_' is ignored in numbers, yes and no are text.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ingitdb/yaml_scalar.h"

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_one_of(igd_str text, const char *const *words)
{
    for (; *words; words++) {
        if (igd_str_is(text, *words))
            return true;
    }
    return false;
}

static const char *const null_words[] = {"", "~", "null", "Null", "NULL", NULL};
static const char *const true_words[] = {"true", "True", "TRUE", NULL};
static const char *const false_words[] = {"false", "False", "FALSE", NULL};
static const char *const special_words[] = {".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",
                                            ".INF",  "+.inf", "+.Inf", "+.INF", "-.inf",
                                            "-.Inf", "-.INF", NULL};

bool igd_yaml_is_null(igd_str plain)
{
    return plain.len <= 4 && is_one_of(plain, null_words);
}

static int digit_value(char byte)
{
    if (is_digit(byte))
        return byte - '0';
    char letter = (char)(byte | 0x20);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : 99;
}

/* False when there is no digit, one that the base does not have, or more than 64 bits. */
static bool digits_value(igd_str digits, int base, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t n = 0; n < digits.len; n++) {
        int digit = digit_value(digits.ptr[n]);
        if (digit >= base || __builtin_mul_overflow(value, (uint64_t)base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit, &value))
            return false;
    }
    *out = value;
    return digits.len > 0;
}

/* Takes the prefix off. A 0 in front of other digits means octal, as in YAML 1.1. */
static int take_base(igd_str *digits)
{
    if (digits->len < 2 || digits->ptr[0] != '0')
        return 10;
    char letter = (char)(digits->ptr[1] | 0x20);
    int base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
    *digits =
        igd_str_sub(*digits, letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1, digits->len);
    return base;
}

/* Go's ParseInt and ParseUint with base 0: int64, or uint64 when there is no sign. */
static bool integer(igd_str text, igd_arena *mem, igd_str *out)
{
    char sign = text.ptr[0] == '+' || text.ptr[0] == '-' ? text.ptr[0] : 0;
    igd_str unsigned_text = igd_str_sub(text, sign ? 1 : 0, text.len);
    igd_str digits = unsigned_text;
    int base = take_base(&digits);
    uint64_t value;
    if (!digits_value(digits, base, &value))
        return false;
    uint64_t most = sign == '-'   ? (uint64_t)1 << 63
                    : sign == '+' ? ((uint64_t)1 << 63) - 1
                                  : UINT64_MAX;
    if (value > most)
        return false;
    if (base == 10)
        *out = sign == '+' ? unsigned_text : text;
    else
        *out = igd_arena_printf(mem, "%s%llu", sign == '-' ? "-" : "", (unsigned long long)value);
    return true;
}

/* The parts of [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
typedef struct decimal {
    bool negative, point;
    igd_str whole, fraction, exponent; /* the exponent with its sign */
} decimal;

static igd_str take_digits(igd_str *rest)
{
    size_t len = 0;
    while (len < rest->len && is_digit(rest->ptr[len]))
        len++;
    igd_str digits = igd_str_sub(*rest, 0, len);
    *rest = igd_str_sub(*rest, len, rest->len);
    return digits;
}

static bool take_byte(igd_str *rest, const char *any_of)
{
    if (rest->len == 0 || !strchr(any_of, rest->ptr[0]) || rest->ptr[0] == '\0')
        return false;
    *rest = igd_str_sub(*rest, 1, rest->len);
    return true;
}

static bool split_decimal(igd_str rest, decimal *out)
{
    *out = (decimal){.negative = rest.ptr[0] == '-'};
    take_byte(&rest, "+-");
    out->whole = take_digits(&rest);
    out->point = take_byte(&rest, ".");
    if (out->point)
        out->fraction = take_digits(&rest);
    if (out->whole.len == 0 && out->fraction.len == 0)
        return false;
    if (take_byte(&rest, "eE")) {
        out->exponent = rest;
        take_byte(&rest, "+-");
        if (take_digits(&rest).len == 0)
            return false;
    }
    return rest.len == 0;
}

/* Whether it is too large for a double. Without its point, so that no locale has a say. */
static bool overflows(const decimal *parts, igd_arena *mem)
{
    if (parts->exponent.len == 0 && parts->whole.len <= 300)
        return false;
    const int64_t far = (int64_t)1 << 60; /* further than any text is long */
    int64_t exponent = 0;
    bool negative = parts->exponent.len > 0 && parts->exponent.ptr[0] == '-';
    for (size_t n = 0; n < parts->exponent.len && exponent < far / 10; n++) {
        if (is_digit(parts->exponent.ptr[n]))
            exponent = exponent * 10 + (parts->exponent.ptr[n] - '0');
    }
    exponent = (negative ? -exponent : exponent) - (int64_t)parts->fraction.len;
    igd_str text = igd_arena_printf(mem, "%.*s%.*se%lld", IGD_STR_ARG(parts->whole),
                                    IGD_STR_ARG(parts->fraction), (long long)exponent);
    return isinf(strtod(text.ptr, NULL)) != 0;
}

/* Most numbers are. */
static bool is_json_number(igd_str text, const decimal *parts)
{
    return text.ptr[0] != '+' && parts->whole.len > 0 &&
           (parts->whole.len == 1 || parts->whole.ptr[0] != '0') &&
           (!parts->point || parts->fraction.len > 0);
}

static bool floating(igd_str text, igd_arena *mem, igd_str *out)
{
    decimal parts;
    if (!split_decimal(text, &parts) || overflows(&parts, mem))
        return false;
    if (is_json_number(text, &parts)) {
        *out = text;
        return true;
    }
    while (parts.whole.len > 1 && parts.whole.ptr[0] == '0')
        parts.whole = igd_str_sub(parts.whole, 1, parts.whole.len);
    if (parts.whole.len == 0)
        parts.whole = IGD_STR("0");
    if (parts.point && parts.fraction.len == 0)
        parts.fraction = IGD_STR("0");
    *out = igd_arena_printf(mem, "%s%.*s%s%.*s%s%.*s", parts.negative ? "-" : "",
                            IGD_STR_ARG(parts.whole), parts.point ? "." : "",
                            IGD_STR_ARG(parts.fraction), parts.exponent.len > 0 ? "e" : "",
                            IGD_STR_ARG(parts.exponent));
    return true;
}

static igd_str without_underscores(igd_str text, igd_arena *mem)
{
    if (igd_str_find(text, '_') < 0)
        return text;
    char *copy = igd_arena_alloc(mem, text.len);
    size_t len = 0;
    for (size_t n = 0; n < text.len; n++) {
        if (text.ptr[n] != '_')
            copy[len++] = text.ptr[n];
    }
    return (igd_str){copy, len};
}

/* Go's rule for numbers that start with a point: every '_' is between two digits. */
static bool underscores_between_digits(igd_str text)
{
    for (size_t n = 0; n < text.len; n++) {
        if (text.ptr[n] == '_' && (n == 0 || n + 1 == text.len || !is_digit(text.ptr[n - 1]) ||
                                   !is_digit(text.ptr[n + 1])))
            return false;
    }
    return true;
}

/* What begins with a digit or a sign. */
static igd_yaml_class classify_number(igd_str text, igd_arena *mem, igd_str *out)
{
    if (is_digit(text.ptr[0]) && igd_yaml_timestamp(text, mem, out))
        return IGD_YAML_TIMESTAMP;
    igd_str number = without_underscores(text, mem);
    if (integer(number, mem, out))
        return IGD_YAML_INT;
    return floating(number, mem, out) ? IGD_YAML_FLOAT : IGD_YAML_TEXT;
}

igd_yaml_class igd_yaml_classify(igd_str text, igd_arena *mem, igd_str *out)
{
    *out = text;
    if (igd_yaml_is_null(text))
        return IGD_YAML_NULL;
    igd_str found = text;
    igd_yaml_class class = IGD_YAML_TEXT;
    char first = text.ptr[0];
    if ((first == '.' || first == '+' || first == '-') && is_one_of(text, special_words)) {
        return IGD_YAML_SPECIAL;
    } else if (is_digit(first) || first == '+' || first == '-') {
        class = classify_number(text, mem, &found);
    } else if (first == '.') {
        if (underscores_between_digits(text) &&
            floating(without_underscores(text, mem), mem, &found))
            class = IGD_YAML_FLOAT;
    } else if (is_one_of(text, true_words)) {
        class = IGD_YAML_BOOL;
        found = IGD_STR("true");
    } else if (is_one_of(text, false_words)) {
        class = IGD_YAML_BOOL;
        found = IGD_STR("false");
    }
    if (class != IGD_YAML_TEXT)
        *out = found;
    return class;
}

void igd_yaml_resolve(const igd_node *plain, igd_arena *mem, igd_node *out, bool *special)
{
    static const igd_node_kind kinds[] = {
        [IGD_YAML_NULL] = IGD_NODE_NULL,      [IGD_YAML_BOOL] = IGD_NODE_BOOL,
        [IGD_YAML_INT] = IGD_NODE_NUMBER,     [IGD_YAML_FLOAT] = IGD_NODE_NUMBER,
        [IGD_YAML_SPECIAL] = IGD_NODE_STRING, [IGD_YAML_TIMESTAMP] = IGD_NODE_DATETIME,
        [IGD_YAML_TEXT] = IGD_NODE_STRING,
    };
    igd_str text;
    igd_yaml_class class = igd_yaml_classify(plain->text, mem, &text);
    *special = class == IGD_YAML_SPECIAL;
    *out = (igd_node){
        .kind = kinds[class],
        .boolean = class == IGD_YAML_BOOL && text.ptr[0] == 't',
        .line = plain->line,
        .column = plain->column,
        .text = text,
    };
}

bool igd_yaml_bool(const igd_node *node, bool *out)
{
    static const char *const yes[] = {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", NULL};
    static const char *const no[] = {"n", "N", "no", "No", "NO", "off", "Off", "OFF", NULL};
    bool plain = node->kind == IGD_NODE_PLAIN;
    bool is_true, is_false;
    if (node->kind == IGD_NODE_BOOL) {
        is_true = node->boolean;
        is_false = !node->boolean;
    } else if (plain || node->kind == IGD_NODE_STRING) {
        is_true = (plain && is_one_of(node->text, true_words)) || is_one_of(node->text, yes);
        is_false = (plain && is_one_of(node->text, false_words)) || is_one_of(node->text, no);
    } else {
        return false;
    }
    if (is_true || is_false)
        *out = is_true;
    return is_true || is_false;
}
