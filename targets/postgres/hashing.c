/*
 * Digests of rows as the server computes them (targets/sql/sums.c): the canonical text of each kind
 * (schema/value.h) out of what the server shows of it under the settings of our sessions.
 */
#include "targets/postgres/postgres.h"

/* The fraction is all six digits, unless there is none: then the text has `whole` characters. */
static void put_fraction(const char *text, int whole, igd_buf *sql)
{
    igd_buf_printf(sql, "CASE WHEN length(%s) > %d THEN rpad(%s, %d, '0') ELSE %s END", text, whole,
                   text, whole + 7, text);
}

static void put_text(igd_kind kind, igd_str name, igd_buf *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_buf_puts(sql, "convert_to(");
    switch (kind) {
    case IGD_FLOAT:
        /* A column that was taken over may be numeric. */
        igd_buf_printf(sql, "%.*s::float8::text", IGD_STR_ARG(name));
        break;
    case IGD_TIME:
        igd_buf_printf(&text, "%.*s::text", IGD_STR_ARG(name));
        put_fraction(text.ptr, 8, sql);
        break;
    case IGD_DATETIME:
        igd_buf_printf(&text, "replace((%.*s AT TIME ZONE 'UTC')::text, ' ', 'T')",
                       IGD_STR_ARG(name));
        put_fraction(text.ptr, 19, sql);
        igd_buf_puts(sql, " || 'Z'");
        break;
    case IGD_STRING:
    case IGD_INT:
    case IGD_BOOL:
    case IGD_DATE:
    case IGD_JSON:
    case IGD_NULL:
    case IGD_RAW:
        igd_buf_printf(sql, "%.*s::text", IGD_STR_ARG(name));
        break;
    }
    igd_buf_puts(sql, ", 'UTF8')");
}

/* Where the server begins to write an exponent, or writes it with two digits; and what is no number
 * for us. */
static void put_doubt(igd_str name, igd_buf *sql)
{
    igd_buf_printf(sql,
                   "NOT (abs(%.*s) < 1e15 AND (abs(%.*s) >= 1e-4 OR %.*s::float8::text = '0'))",
                   IGD_STR_ARG(name), IGD_STR_ARG(name), IGD_STR_ARG(name));
}

static void put_bytes(igd_str bytes, igd_buf *sql)
{
    igd_buf_puts(sql, "'\\x");
    for (size_t n = 0; n < bytes.len; n++)
        igd_buf_printf(sql, "%02x", (unsigned char)bytes.ptr[n]);
    igd_buf_puts(sql, "'::bytea");
}

static void put_word(const char *hash, unsigned n, igd_buf *sql)
{
    igd_buf_byte(sql, '(');
    for (unsigned byte = 0; byte < 4; byte++)
        igd_buf_printf(sql, "%s(get_byte(%s, %u)::bigint << %u)", byte ? " + " : "", hash,
                       4 * n + byte, 24 - 8 * byte);
    igd_buf_byte(sql, ')');
}

const igd_sql_hashing igd_pg_hashing = {
    .text = put_text,
    .doubt = put_doubt,
    .bytes = put_bytes,
    .length_open = "int4send(octet_length(",
    .length_close = "))",
    .join_open = "(",
    .join_between = " || ",
    .join_close = ")",
    .hash_open = "sha256(",
    .hash_close = ")",
    .word = put_word,
    .whole_open = "",
    .whole_close = "",
    .fence = " OFFSET 0",
};
