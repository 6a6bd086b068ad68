/*
 * TOML: booleans, numbers, dates and times. Numbers leave in JSON's grammar, dates as written.
 */
#include <inttypes.h>

#include "ingitdb/formats/toml.h"

#define INT64_DIGITS 19

/* The value as it stands in the file. */
typedef struct token {
    const char *at, *end;
} token;

static igd_str text_of(token t)
{
    return (igd_str){t.at, (size_t)(t.end - t.at)};
}

static int fail(const igd_toml *toml, token t, const char *why)
{
    igd_str text = text_of(t);
    return IGD_TOML_FAIL(toml, t.at, "'%.*s': %s", IGD_STR_ARG(text), why);
}

static int fail_word(const igd_toml *toml, token t)
{
    igd_str text = text_of(t);
    if (t.at == toml->end)
        return IGD_TOML_FAIL(toml, t.at, "value expected, but the text ends");
    if (text.len == 0)
        return IGD_TOML_FAIL(toml, t.at, "value expected");
    IGD_TOML_FAIL(toml, t.at, "'%.*s' is not a value", IGD_STR_ARG(text));
    return igd_hint(toml->err, "text stands in quotes");
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_word(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '_' || byte == '+' || byte == '-' || byte == '.' || byte == ':';
}

/* The number that `count` digits make, or -1; moves behind them. */
static int take_digits(token *t, int count)
{
    int number = 0;
    for (int n = 0; n < count; n++) {
        if (t->at == t->end || !is_digit(*t->at))
            return -1;
        number = number * 10 + (*t->at++ - '0');
    }
    return number;
}

static bool take_byte(token *t, char byte)
{
    if (t->at == t->end || *t->at != byte)
        return false;
    t->at++;
    return true;
}

static bool take_date(token *t)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = take_digits(t, 4);
    if (year < 0 || !take_byte(t, '-'))
        return false;
    int month = take_digits(t, 2);
    if (month < 1 || month > 12 || !take_byte(t, '-'))
        return false;
    int day = take_digits(t, 2);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

/* Second 60 is in the grammar; whether it has a place in a column is not decided here. */
static bool take_time(token *t)
{
    int hour = take_digits(t, 2);
    if (hour < 0 || hour > 23 || !take_byte(t, ':'))
        return false;
    int minute = take_digits(t, 2);
    if (minute < 0 || minute > 59 || !take_byte(t, ':'))
        return false;
    int second = take_digits(t, 2);
    if (second < 0 || second > 60)
        return false;
    if (!take_byte(t, '.'))
        return true;
    if (take_digits(t, 1) < 0)
        return false;
    while (t->at < t->end && is_digit(*t->at))
        t->at++;
    return true;
}

static bool take_offset(token *t)
{
    if (take_byte(t, 'Z') || take_byte(t, 'z'))
        return true;
    if (!take_byte(t, '+') && !take_byte(t, '-'))
        return false;
    int hour = take_digits(t, 2);
    if (hour < 0 || hour > 23 || !take_byte(t, ':'))
        return false;
    int minute = take_digits(t, 2);
    return minute >= 0 && minute <= 59;
}

static bool is_date_or_time(token t)
{
    token time = t;
    if (take_time(&time))
        return time.at == t.end;
    if (!take_date(&t))
        return false;
    if (t.at == t.end)
        return true;
    t.at++; /* T, t or the space that let the token go on */
    return take_time(&t) && (t.at == t.end || (take_offset(&t) && t.at == t.end));
}

/* "1979-" or "07:" begins what can only be a date or a time. */
static bool looks_like_date(token t)
{
    token time = t;
    if (take_digits(&time, 2) >= 0 && take_byte(&time, ':'))
        return true;
    return take_digits(&t, 4) >= 0 && take_byte(&t, '-');
}

static int read_date(igd_toml *toml, token t, igd_node *out)
{
    token date = t;
    bool joined = take_date(&date) && date.at < date.end && strchr("Tt ", *date.at) == NULL;
    if (joined || !is_date_or_time(t)) {
        fail(toml, t, "not a date, time or datetime that exists");
        return igd_hint(toml->err, "as in 1979-05-27, 07:32:00, 1979-05-27T07:32:00Z");
    }
    out->kind = IGD_NODE_DATETIME;
    out->text = text_of(t);
    return IGD_OK;
}

/* Moves over digits of the base with single underscores between them; false when there are none
 * or an underscore stands elsewhere. */
static bool take_grouped(token *t, unsigned base, bool *grouped)
{
    static const char digits[] = "0123456789abcdef";
    const char *from = t->at;
    for (; t->at < t->end; t->at++) {
        char lower = *t->at >= 'A' && *t->at <= 'F' ? (char)(*t->at | 0x20) : *t->at;
        if (*t->at == '_') {
            *grouped = true;
            if (t->at == from || t->at[-1] == '_')
                return false;
        } else if (!memchr(digits, lower, base)) {
            break;
        }
    }
    return t->at > from && t->at[-1] != '_';
}

static int read_based(igd_toml *toml, token t, unsigned base, igd_node *out)
{
    token rest = {t.at + 2, t.end};
    bool grouped = false;
    if (!take_grouped(&rest, base, &grouped) || rest.at != rest.end)
        return fail(toml, t, "not a number of this base");
    uint64_t number = 0;
    for (const char *at = t.at + 2; at < t.end; at++) {
        if (*at == '_')
            continue;
        unsigned digit =
            is_digit(*at) ? (unsigned)(*at - '0') : (unsigned)((*at | 0x20) - 'a') + 10;
        if (number > ((uint64_t)INT64_MAX - digit) / base)
            return fail(toml, t, "integer beyond 64 bits");
        number = number * base + digit;
    }
    out->kind = IGD_NODE_NUMBER;
    out->text = igd_arena_printf(toml->mem, "%" PRIu64, number);
    return IGD_OK;
}

/* The number without '+' and underscores; a view when it has none. */
static igd_str plain_number(igd_arena *mem, token t, bool grouped)
{
    if (*t.at == '+')
        t.at++;
    /* '+' of an exponent stays: JSON has it too. */
    if (!grouped)
        return text_of(t);
    char *text = igd_arena_alloc(mem, (size_t)(t.end - t.at));
    size_t len = 0;
    for (const char *at = t.at; at < t.end; at++) {
        if (*at != '_')
            text[len++] = *at;
    }
    return (igd_str){text, len};
}

static bool fits_int64(igd_str number)
{
    bool negative = number.ptr[0] == '-';
    igd_str digits = igd_str_sub(number, negative, number.len);
    if (digits.len != INT64_DIGITS)
        return digits.len < INT64_DIGITS;
    const char *most = negative ? "9223372036854775808" : "9223372036854775807";
    return memcmp(digits.ptr, most, INT64_DIGITS) <= 0;
}

static int read_decimal(igd_toml *toml, token t, igd_node *out)
{
    token rest = t;
    bool grouped = false, integer = true;
    if (*rest.at == '+' || *rest.at == '-')
        rest.at++;
    const char *first = rest.at;
    if (rest.at == rest.end || !is_digit(*rest.at))
        return fail_word(toml, t);
    if (!take_grouped(&rest, 10, &grouped))
        return fail(toml, t, "underscores stand between two digits");
    if (*first == '0' && rest.at - first > 1) {
        fail(toml, t, "number with a leading zero");
        return igd_hint(toml->err, "text stands in quotes, an octal number starts with 0o");
    }
    if (take_byte(&rest, '.')) {
        integer = false;
        if (!take_grouped(&rest, 10, &grouped))
            return fail(toml, t, "digits expected behind the point");
    }
    if (take_byte(&rest, 'e') || take_byte(&rest, 'E')) {
        integer = false;
        if (!take_byte(&rest, '+'))
            take_byte(&rest, '-');
        if (!take_grouped(&rest, 10, &grouped))
            return fail(toml, t, "digits expected in the exponent");
    }
    if (rest.at != rest.end)
        return fail_word(toml, t);
    igd_str text = plain_number(toml->mem, t, grouped);
    if (integer && !fits_int64(text))
        return fail(toml, t, "integer beyond 64 bits");
    out->kind = IGD_NODE_NUMBER;
    out->text = integer && igd_str_is(text, "-0") ? IGD_STR("0") : text;
    return IGD_OK;
}

static int read_number(igd_toml *toml, token t, igd_node *out)
{
    igd_str text = text_of(t);
    if (igd_str_starts(text, IGD_STR("0x")))
        return read_based(toml, t, 16, out);
    if (igd_str_starts(text, IGD_STR("0o")))
        return read_based(toml, t, 8, out);
    if (igd_str_starts(text, IGD_STR("0b")))
        return read_based(toml, t, 2, out);
    bool sign = *t.at == '+' || *t.at == '-';
    igd_str word = igd_str_sub(text, sign, text.len);
    if (igd_str_is(word, "inf") || igd_str_is(word, "nan"))
        return fail(toml, t, "infinity and nan have no value here");
    return read_decimal(toml, t, out);
}

/* The word at the current place. A space inside it when it is a date with a time behind it. */
static token read_token(const igd_toml *toml)
{
    token t = {toml->at, toml->at};
    while (t.end < toml->end && is_word(*t.end))
        t.end++;
    token date = t;
    if (take_date(&date) && date.at == t.end && toml->end - t.end >= 2 && *t.end == ' ' &&
        is_digit(t.end[1])) {
        t.end++;
        while (t.end < toml->end && is_word(*t.end))
            t.end++;
    }
    return t;
}

int igd_toml_scalar(igd_toml *toml, igd_node *out)
{
    token t = read_token(toml);
    igd_str text = text_of(t);
    int code = IGD_OK;
    if (text.len == 0)
        return fail_word(toml, t);
    if (igd_str_is(text, "true") || igd_str_is(text, "false")) {
        out->kind = IGD_NODE_BOOL;
        out->boolean = *t.at == 't';
    } else if (looks_like_date(t)) {
        code = read_date(toml, t, out);
    } else {
        code = read_number(toml, t, out);
    }
    if (!code)
        toml->at = t.end;
    return code;
}
