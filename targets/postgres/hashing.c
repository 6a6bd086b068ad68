/*
 * Row digests in PostgreSQL: canonical texts as bytea, sha256() of PostgreSQL 11.
 *
 * Texts are made of the types' own output, which session settings fix. What has another form there
 * (an exponent, a year before 1) comes out as a text that is no canonical one, or as a doubt.
 */
#include "targets/postgres/postgres.h"

#define NAME (int)name.len, name.ptr

/* "03:04:05.5": six digits of a fraction, or none. */
static void put_padded(const char *text, int whole, igd_buf *sql)
{
    igd_buf_printf(sql, "CASE length(%s) WHEN %d THEN %s ELSE rpad(%s, %d, '0') END", text, whole,
                   text, text, whole + 7);
}

static void text(igd_kind kind, igd_str name, igd_buf *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf plain = IGD_BUF_INIT;
    igd_buf_puts(sql, "convert_to(");
    switch (kind) {
    case IGD_FLOAT:
        igd_buf_printf(sql, "CASE %.*s WHEN 0 THEN '0' ELSE %.*s::float8::text END", NAME, NAME);
        break;
    case IGD_TIME:
        igd_buf_printf(&plain, "%.*s::text", NAME);
        put_padded(plain.ptr, 8, sql);
        break;
    case IGD_DATETIME:
        igd_buf_printf(&plain, "(%.*s AT TIME ZONE 'UTC')::text", NAME);
        igd_buf_puts(sql, "replace(");
        put_padded(plain.ptr, 19, sql);
        igd_buf_puts(sql, ", ' ', 'T') || 'Z'");
        break;
    case IGD_STRING:
    case IGD_INT:
    case IGD_BOOL:
    case IGD_DATE:
    case IGD_JSON:
    case IGD_NULL:
    case IGD_RAW:
        igd_buf_printf(sql, "%.*s::text", NAME);
        break;
    }
    igd_buf_puts(sql, ", 'UTF8')");
}

static void doubt(igd_str name, igd_buf *sql)
{
    igd_buf_printf(sql, "%.*s::float8::text ~ '[eN]|inf'", NAME);
}

static void bytes(igd_str value, igd_buf *sql)
{
    igd_buf_puts(sql, "'\\x");
    for (size_t n = 0; n < value.len; n++)
        igd_buf_printf(sql, "%02x", (unsigned char)value.ptr[n]);
    igd_buf_puts(sql, "'::bytea");
}

/* Of 64 hex digits. */
static void word(const char *hash, unsigned n, igd_buf *sql)
{
    igd_buf_printf(sql, "('x' || substr(%s, %u, 8))::bit(32)::bigint", hash, 8 * n + 1);
}

const igd_sql_hashing igd_pg_hashing = {
    .text = text,
    .doubt = doubt,
    .bytes = bytes,
    .length_open = "int4send(octet_length(",
    .length_close = "))",
    .join_open = "(",
    .join_between = " || ",
    .join_close = ")",
    .hash_open = "encode(sha256(",
    .hash_close = "), 'hex')",
    .word = word,
    .whole_open = "(",
    .whole_close = ")::bigint",
    .fence = " OFFSET 0",
};
