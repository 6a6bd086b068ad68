/*
 * Values as text, for CHECK constraints and scripts.
 *
 * They mean the same whatever sql_mode and character set a session has: a text has neither
 * backslashes nor control bytes (else it is written in hexadecimal digits), and a quote cannot be
 * the second byte of a character in any character set that a client may use.
 */
#include "targets/mysql/mysql.h"

static bool is_plain(igd_str text)
{
    for (size_t n = 0; n < text.len; n++) {
        unsigned char byte = (unsigned char)text.ptr[n];
        if (byte < 0x20 || byte == 0x7f || byte == '\\')
            return false;
    }
    return true;
}

/* Not _utf8mb4 x'...': MariaDB loses it in the CHECK constraints that it keeps. */
static void put_hex(igd_str text, igd_buf *sql)
{
    static const char digits[] = "0123456789abcdef";
    igd_buf_puts(sql, "convert(x'");
    for (size_t n = 0; n < text.len; n++) {
        igd_buf_byte(sql, digits[(unsigned char)text.ptr[n] >> 4]);
        igd_buf_byte(sql, digits[(unsigned char)text.ptr[n] & 15]);
    }
    igd_buf_puts(sql, "' USING utf8mb4)");
}

static void put_text(igd_str text, igd_buf *sql)
{
    if (is_plain(text))
        igd_sql_quote_text(text, sql);
    else
        put_hex(text, sql);
}

/* Without an exponent it would be a decimal number first. */
static void put_float(double number, igd_buf *sql)
{
    char text[IGD_NUMBER_MAX];
    size_t len = igd_number_text(number, text);
    igd_buf_add(sql, text, len);
    if (!memchr(text, 'e', len))
        igd_buf_puts(sql, "e0");
}

void igd_mysql_literal(const igd_value *value, igd_buf *sql)
{
    switch (value->kind) {
    case IGD_NULL:
        igd_buf_puts(sql, "NULL");
        break;
    case IGD_INT:
        igd_buf_printf(sql, "%lld", (long long)value->integer);
        break;
    case IGD_BOOL:
        igd_buf_puts(sql, value->boolean ? "1" : "0");
        break;
    case IGD_FLOAT:
        put_float(value->number, sql);
        break;
    case IGD_DATETIME:
        igd_buf_printf(sql, "'%.10s %.*s'", value->text.ptr, (int)value->text.len - 12,
                       value->text.ptr + 11);
        break;
    case IGD_RAW:
        if (value->raw == IGD_RAW_BLOB)
            igd_buf_str(sql, value->text); /* x'00ff' */
        else
            put_text(value->text, sql);
        break;
    case IGD_STRING:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_JSON:
        put_text(value->text, sql);
        break;
    }
}

bool igd_mysql_take_name(igd_str *text, igd_arena *mem, igd_str *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    if (text->len == 0 || text->ptr[0] != '`')
        return false;
    for (size_t n = 1; n < text->len; n++) {
        if (text->ptr[n] == '`' && (n + 1 == text->len || text->ptr[++n] != '`')) {
            *text = igd_str_sub(*text, n, text->len);
            *out = igd_arena_str(mem, igd_buf_view(&name));
            return true;
        }
        igd_buf_byte(&name, text->ptr[n]);
    }
    return false;
}
