/*
 * Row digests in MySQL and MariaDB: what CONCAT makes of bytes are bytes, and
 * SHA2() hashes them.
 *
 * Columns that we make are utf8mb4, so that their bytes are those of the canonical text; what
 * others made of another character set only looks different, and is shipped.
 */
#include "targets/mysql/mysql.h"

#define HEAD (int)head.len, head.ptr
#define NAME (int)name.len, name.ptr

/* head, length, text: of texts that are not long, whose length is one byte behind three that are 0.
 */
static void put_short(igd_str head, igd_str name, igd_buf *sql)
{
    igd_buf_printf(sql, "CONCAT(x'%.*s000000', CHAR(LENGTH(%.*s)), CAST(%.*s AS BINARY))", HEAD,
                   NAME, NAME);
}

/* "03:04:05.500000" and "2024-01-02 03:04:05.500000", without a fraction that is none. */
static void put_time(igd_str head, igd_str name, igd_buf *sql)
{
    igd_buf_printf(sql,
                   "IF(MICROSECOND(%.*s) = 0, CONCAT(x'%.*s00000008', LEFT(CAST(%.*s AS BINARY), "
                   "8)), CONCAT(x'%.*s0000000f', CAST(%.*s AS BINARY)))",
                   NAME, HEAD, NAME, HEAD, NAME);
}

static void put_datetime(igd_str head, igd_str name, igd_buf *sql)
{
    igd_buf_printf(sql,
                   "IF(MICROSECOND(%.*s) = 0, CONCAT(x'%.*s00000014', REPLACE(LEFT(CAST(%.*s AS "
                   "BINARY), 19), x'20', x'54'), x'5a'), CONCAT(x'%.*s0000001b', "
                   "REPLACE(CAST(%.*s AS BINARY), x'20', x'54'), x'5a'))",
                   NAME, HEAD, NAME, HEAD, NAME);
}

/* "true", "false", and what is no text of any value. */
static void put_bool(igd_str head, igd_str name, igd_buf *sql)
{
    igd_buf_printf(sql,
                   "CASE %.*s WHEN TRUE THEN x'%.*s0000000474727565' WHEN FALSE THEN "
                   "x'%.*s0000000566616c7365' ELSE IF(%.*s IS NULL, NULL, x'ff') END",
                   NAME, HEAD, HEAD, NAME);
}

/* Next to a text MySQL takes a binary literal, too, for one: every text is bytes from the start. */
static void value(igd_kind kind, igd_str head, igd_str name, igd_buf *sql)
{
    switch (kind) {
    case IGD_BOOL:
        put_bool(head, name, sql);
        break;
    case IGD_INT:
        put_short(head, name, sql);
        break;
    case IGD_FLOAT: /* -0, too */
        igd_buf_printf(sql, "IF(%.*s = 0, x'%.*s0000000130', ", NAME, HEAD);
        put_short(head, name, sql);
        igd_buf_byte(sql, ')');
        break;
    case IGD_DATE:
        igd_buf_printf(sql, "CONCAT(x'%.*s0000000a', CAST(%.*s AS BINARY))", HEAD, NAME);
        break;
    case IGD_TIME:
        put_time(head, name, sql);
        break;
    case IGD_DATETIME:
        put_datetime(head, name, sql);
        break;
    case IGD_STRING:
    case IGD_JSON:
    case IGD_NULL:
    case IGD_RAW:
        igd_buf_printf(sql, "CASE WHEN LENGTH(%.*s) < 256 THEN ", NAME);
        put_short(head, name, sql);
        igd_buf_printf(sql,
                       " ELSE CONCAT(x'%.*s', UNHEX(LPAD(HEX(LENGTH(%.*s)), 8, '0')), CAST(%.*s AS "
                       "BINARY)) END",
                       HEAD, NAME, NAME);
        break;
    }
}

/* ECMAScript has an exponent below 1e-6, the servers begin elsewhere, but never in between. */
static void doubt(igd_str name, igd_buf *sql)
{
    igd_buf_printf(sql,
                   "ABS(%.*s) NOT BETWEEN 1e-3 AND 1e14 AND %.*s <> 0 AND (ABS(%.*s) < 1e-6 OR "
                   "CAST(%.*s AS CHAR) LIKE '%%e%%')",
                   NAME, NAME, NAME, NAME);
}

/* Of 16 bytes. */
static void half(const char *hash, unsigned n, igd_buf *sql)
{
    igd_buf_printf(sql, "CAST(CONV(HEX(SUBSTR(%s, %u, 8)), 16, 10) AS UNSIGNED)", hash, 8 * n + 1);
}

const igd_sql_hashing igd_mysql_hashing = {
    .value = value,
    .doubt = doubt,
    .nothing = "NULL",
    .join_open = "CONCAT_WS(x'', ", /* leaves out nulls */
    .join_between = ", ",
    .join_close = ")",
    /* Half of it, so that the server's temporary tables have short rows of one length. */
    .hash_open = "CAST(UNHEX(LEFT(SHA2(",
    .hash_close = ", 256), 32)) AS BINARY(16))",
    .half = half,
    .float_word = " + 0e0", /* sums of integers are made in decimal */
    .whole_open = "CAST(",
    .whole_close = " AS SIGNED)",
    .fence = " LIMIT 18446744073709551615", /* else the subquery is merged into what is around */
};
