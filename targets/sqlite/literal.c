/*
 * Values as text of SQL, for scripts and CHECK constraints: each literal is the value to the bit,
 * of its storage class, in every version of SQLite since 3.38 and whatever the encoding of the
 * file. It is one line of printable text, so nothing in it can look like a line of the script, and
 * neither a client that strips the CR of CRLF nor an editor changes it.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "schema/number.h"
#include "targets/sqlite/sqlite.h"

/* ---- integers ---- */

static void put_int(int64_t number, igd_buf *sql)
{
    /* The parser takes 9223372036854775808 and then its sign; alone it is a REAL. */
    char digits[IGD_U64_DIGITS];
    if (number == INT64_MIN) {
        igd_buf_puts(sql, "(-9223372036854775807-1)");
        return;
    }
    if (number < 0)
        igd_buf_byte(sql, '-');
    igd_buf_add(sql, digits, igd_u64_text((uint64_t)(number < 0 ? -number : number), digits));
}

/* ---- floats ---- */

__extension__ typedef unsigned __int128 u128;

/* The shortest decimal of a double: digits * 10^exponent, no zero at the end of the digits. */
typedef struct decimal {
    uint64_t digits;
    int exponent;
} decimal;

static decimal decimal_of(const char *text)
{
    decimal number = {0};
    int zeros = 0; /* digits that are read and not yet known to be needed */
    bool fraction = false;
    for (; *text && *text != 'e'; text++) {
        if (*text == '.') {
            fraction = true;
            continue;
        }
        number.exponent -= fraction;
        zeros++;
        if (*text == '0')
            continue;
        for (; zeros; zeros--)
            number.digits *= 10;
        number.digits += (uint64_t)(*text - '0');
    }
    number.exponent += zeros + (*text ? atoi(text + 1) : 0);
    return number;
}

/*
 * SQLite's own conversion is not exact: until 3.42 it divides a long double (which is a double on
 * some machines) by a power of ten, later it multiplies by inexact tenths or uses pairs of doubles;
 * so one of 200 random doubles is read as its neighbour. What is off is less than 2^-59 of the
 * number, provided that the digits and the power of ten are exact as doubles. So a decimal of that
 * kind is read exactly by all of them when the bits behind the 53 that are kept are not near a
 * half.
 */
static bool is_read_exactly(decimal number)
{
    const int most = 17; /* power of ten, which leaves 71 bits of the quotient */
    const uint32_t half = 1U << 17, margin = 1U << 13;
    if (number.digits >= 1ULL << 53 || number.exponent < -most || number.exponent > 22)
        return false;
    uint64_t power = 1; /* at most 10^17, and 5^22 */
    for (int n = 0; n < abs(number.exponent); n++)
        power *= number.exponent > 0 ? 5 : 10;
    if (number.exponent >= 0) /* a double times powers of two: nothing is rounded */
        return (u128)number.digits * power < 1ULL << 53;
    u128 quotient = ((u128)number.digits << (64 + __builtin_clzll(number.digits))) / power;
    int bits = 128 - __builtin_clzll((uint64_t)(quotient >> 64));
    uint32_t behind = (uint32_t)(quotient >> (bits - 53 - 18)) & (2 * half - 1);
    return behind < half - margin || behind > half + margin;
}

/* An integer and powers of two: every step is exact, also among the smallest numbers. */
static void put_product(double number, igd_buf *sql)
{
    int power;
    int64_t factor = (int64_t)ldexp(frexp(number, &power), 53);
    power -= 53;
    for (; factor % 2 == 0; factor /= 2)
        power++;
    igd_buf_printf(sql, "(%lld*1.0", (long long)factor);
    for (int left = abs(power); left > 0; left -= 62)
        igd_buf_printf(sql, "%c(1<<%d)", power < 0 ? '/' : '*', left < 62 ? left : 62);
    igd_buf_byte(sql, ')');
}

static void put_float(double number, igd_buf *sql)
{
    char text[IGD_NUMBER_MAX + 1];
    if (isinf(number)) {
        igd_buf_puts(sql, number < 0 ? "-9e999" : "9e999");
        return;
    }
    if (number == 0) {
        igd_buf_puts(sql, signbit(number) ? "-0.0" : "0.0");
        return;
    }
    text[igd_number_text(fabs(number), text)] = '\0';
    decimal shortest = decimal_of(text);
    if (!is_read_exactly(shortest)) {
        put_product(number, sql);
        return;
    }
    igd_buf_puts(sql, number < 0 ? "-" : "");
    if (strpbrk(text, ".e"))
        igd_buf_puts(sql, text);
    else if (fabs(number) < 0x1p53)
        igd_buf_printf(sql, "%s.0", text);
    else
        igd_buf_printf(sql, "%llue%d", (unsigned long long)shortest.digits, shortest.exponent);
}

/* ---- texts ---- */

static const char nul_name[] = "(nul)"; /* no end of it is its beginning */

/* The code point at `at` of valid UTF-8; *len is its bytes. */
static uint32_t code_point(const char *at, size_t *len)
{
    const unsigned char *byte = (const unsigned char *)at;
    *len = byte[0] < 0x80 ? 1 : byte[0] < 0xE0 ? 2 : byte[0] < 0xF0 ? 3 : 4;
    uint32_t code = *len == 1 ? byte[0] : byte[0] & (0x7FU >> *len);
    for (size_t n = 1; n < *len; n++)
        code = code << 6 | (byte[n] & 0x3F);
    return code;
}

/* What ends a line somewhere, or makes a terminal show something else than what is there. */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

/* ASCII without controls, as most texts are: eight bytes at a time. */
static bool is_printable_ascii(igd_str text)
{
    const uint64_t ones = 0x0101010101010101U, high = 0x8080808080808080U;
    uint64_t word;
    size_t n = 0;
    for (; text.len - n >= sizeof(word); n += sizeof(word)) {
        memcpy(&word, text.ptr + n, sizeof(word));
        /* The high bit of a byte is set by itself, by 0x7F plus one, or by less than 0x20 minus it;
         * a carry or a borrow only comes from a byte that has told already. */
        if ((word | (word + ones) | (word - 0x20 * ones)) & high)
            return false;
    }
    for (; n < text.len; n++)
        if ((unsigned char)text.ptr[n] < 0x20 || (unsigned char)text.ptr[n] >= 0x7F)
            return false;
    return true;
}

static bool has_control(igd_str text)
{
    size_t len;
    for (size_t n = 0; n < text.len; n += len)
        if (is_control(code_point(text.ptr + n, &len)))
            return true;
    return false;
}

/* What stands for the NUL, and is nowhere in the text. */
static void name_nul(igd_str text, igd_buf *name)
{
    igd_buf_puts(name, nul_name);
    for (unsigned n = 1; memmem(text.ptr, text.len, name->ptr, name->len); n++) {
        igd_buf_clear(name);
        igd_buf_printf(name, "(nul%u)", n);
    }
}

/* A JSON text in quotes has names for all controls but one: at \u0000 SQLite ends it. */
static void put_json(igd_str text, igd_str nul, igd_buf *sql)
{
    size_t len;
    igd_buf_puts(sql, "json_extract('\"");
    for (size_t n = 0; n < text.len; n += len) {
        uint32_t code = code_point(text.ptr + n, &len);
        if (code == 0)
            igd_buf_str(sql, nul);
        else if (code == '\n')
            igd_buf_puts(sql, "\\n");
        else if (code == '\r')
            igd_buf_puts(sql, "\\r");
        else if (code == '\t')
            igd_buf_puts(sql, "\\t");
        else if (is_control(code))
            igd_buf_printf(sql, "\\u%04x", code);
        else if (code == '"' || code == '\\')
            igd_buf_printf(sql, "\\%c", (char)code);
        else if (code == '\'')
            igd_buf_puts(sql, "''");
        else
            igd_buf_add(sql, text.ptr + n, len);
    }
    igd_buf_puts(sql, "\"','$')");
}

static void put_text(igd_str text, igd_buf *sql)
{
    if (is_printable_ascii(text)) {
        igd_sql_quote_text(text, sql);
    } else if (!igd_str_is_utf8(text)) {
        /* Such a text is only found where the bytes are what is stored: in a file of UTF-8. */
        igd_buf_puts(sql, "CAST(x'");
        for (size_t n = 0; n < text.len; n++)
            igd_buf_printf(sql, "%02x", (unsigned char)text.ptr[n]);
        igd_buf_puts(sql, "' AS TEXT)");
    } else if (!has_control(text)) {
        igd_sql_quote_text(text, sql);
    } else if (memchr(text.ptr, 0, text.len)) {
        IGD_CLEANUP(igd_buf)
        igd_buf name = IGD_BUF_INIT;
        name_nul(text, &name);
        igd_buf_puts(sql, "replace(");
        put_json(text, igd_buf_view(&name), sql);
        igd_buf_printf(sql, ",'%s',char(0))", name.ptr);
    } else {
        put_json(text, IGD_STR(""), sql);
    }
}

/* ---- all of them ---- */

/* What statement.c found and could not take for a value of the column. */
static void put_raw(const igd_value *value, igd_buf *sql)
{
    char number[64];
    snprintf(number, sizeof(number), "%.*s", (int)(value->text.len < 63 ? value->text.len : 63),
             value->text.len ? value->text.ptr : "");
    switch (value->raw) {
    case IGD_RAW_TEXT:
        put_text(value->text, sql);
        break;
    case IGD_RAW_INT:
        put_int(strtoll(number, NULL, 10), sql);
        break;
    case IGD_RAW_FLOAT:
        put_float(strtod(number, NULL), sql);
        break;
    case IGD_RAW_BLOB: /* is written as a literal already */
        igd_buf_str(sql, value->text);
        break;
    }
}

void igd_sqlite_literal(const igd_value *value, igd_buf *sql)
{
    switch (value->kind) {
    case IGD_NULL:
        igd_buf_puts(sql, "NULL");
        break;
    case IGD_INT:
        put_int(value->integer, sql);
        break;
    case IGD_FLOAT:
        put_float(value->number, sql);
        break;
    case IGD_BOOL:
        igd_buf_byte(sql, value->boolean ? '1' : '0');
        break;
    case IGD_STRING:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
    case IGD_JSON:
        put_text(value->text, sql);
        break;
    case IGD_RAW:
        put_raw(value, sql);
        break;
    }
}
