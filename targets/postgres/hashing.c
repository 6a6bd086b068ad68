/*
 * Row digests in PostgreSQL: canonical texts as bytea, sha256() of PostgreSQL 11.
 *
 * textsend() is convert_to() into the client's encoding, which is UTF-8, without looking that up by
 * name each time. Texts are made of the types' own output, which session settings fix. What is not
 * canonical (a year before 1) comes out as a text that no canonical value has, or as a doubt.
 */
#include "targets/postgres/postgres.h"

#define NAME (int)name.len, name.ptr

/* "03:04:05.5": six digits of a fraction, or none, which costs less to see in the value than in
 * its text. */
static void put_padded(igd_str name, const char *type, const char *text, int whole, igd_buf *sql)
{
    igd_buf_printf(sql, "CASE WHEN %.*s = %.*s::%s(0) THEN %s ELSE rpad(%s, %d, '0') END", NAME,
                   NAME, type, text, text, whole + 7);
}

/* PostgreSQL has exponents from 1e+15 and up to 1e-05, ECMAScript from 1e21 and up to 1e-7, of one
 * digit where it is enough. numeric writes the same digits without. */
static void put_float(igd_str name, igd_buf *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf number = IGD_BUF_INIT;
    igd_buf_printf(&number, "%.*s::float8", NAME);
    igd_buf_printf(sql,
                   "CASE WHEN %s = 0 THEN '0' WHEN abs(%s) >= 1e-4 AND abs(%s) < 1e15 THEN "
                   "%s::text WHEN abs(%s) >= 1e-6 AND abs(%s) < 1e21 THEN %s::text::numeric::text "
                   "ELSE replace(%s::text, 'e-0', 'e-') END",
                   number.ptr, number.ptr, number.ptr, number.ptr, number.ptr, number.ptr,
                   number.ptr, number.ptr);
}

static void text(igd_kind kind, igd_str name, igd_buf *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf plain = IGD_BUF_INIT;
    if (kind == IGD_BOOL) {
        igd_buf_str(sql, name);
        return;
    }
    igd_buf_puts(sql, "textsend(");
    switch (kind) {
    case IGD_FLOAT:
        put_float(name, sql);
        break;
    case IGD_TIME:
        igd_buf_printf(&plain, "%.*s::text", NAME);
        put_padded(name, "time", plain.ptr, 8, sql);
        break;
    case IGD_DATETIME:
        igd_buf_printf(&plain, "(%.*s AT TIME ZONE 'UTC')::text", NAME);
        igd_buf_puts(sql, "replace(");
        put_padded(name, "timestamptz", plain.ptr, 19, sql);
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
    igd_buf_byte(sql, ')');
}

#define HEAD         (int)head.len, head.ptr
#define FROM         (int)from.len, from.ptr
#define ELSE_NOTHING " ELSE '\\x'::bytea END"

static void value(igd_kind kind, igd_str head, igd_str from, igd_buf *sql)
{
    igd_buf_printf(sql, "CASE WHEN %.*s", FROM);
    if (kind == IGD_BOOL)
        igd_buf_printf(sql,
                       " THEN '\\x%.*s0000000474727565'::bytea WHEN NOT %.*s THEN "
                       "'\\x%.*s0000000566616c7365'::bytea" ELSE_NOTHING,
                       HEAD, FROM, HEAD);
    else if (kind == IGD_DATE)
        igd_buf_printf(sql, " IS NOT NULL THEN '\\x%.*s0000000a'::bytea || %.*s" ELSE_NOTHING, HEAD,
                       FROM);
    else
        igd_buf_printf(sql,
                       " IS NOT NULL THEN '\\x%.*s'::bytea || int4send(octet_length(%.*s)) || "
                       "%.*s" ELSE_NOTHING,
                       HEAD, FROM, FROM);
}

static void doubt(igd_str name, igd_buf *sql)
{
    igd_buf_printf(sql, "%.*s IN ('NaN', 'Infinity', '-Infinity')", NAME);
}

/* Of 32 hex digits. */
static void half(const char *hash, unsigned n, igd_buf *sql)
{
    igd_buf_printf(sql, "('x' || substr(%s, %u, 16))::bit(64)::bigint", hash, 16 * n + 1);
}

const igd_sql_hashing igd_pg_hashing = {
    .text = text,
    .value = value,
    .doubt = doubt,
    .nothing = "'\\x'::bytea",
    .join_open = "(",
    .join_between = " || ",
    .join_close = ")",
    .hash_open = "encode(substr(sha256(",
    .hash_close = "), 1, 16), 'hex')",
    .half = half,
    .float_word = "",
    .whole_open = "(",
    .whole_close = ")::bigint",
    /* Subqueries that are not to be merged. A number would have to be converted to bigint first,
     * and the planner, which does not see through that, would have no worker compute anything. */
    .fence = " OFFSET '0'",
};
