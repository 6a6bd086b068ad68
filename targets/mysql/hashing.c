/*
 * Row digests in MySQL and MariaDB: what CONCAT makes of bytes are bytes, and
 * SHA2() hashes them.
 *
 * Columns that we make are utf8mb4, so that their bytes are those of the canonical text; what
 * others made of another character set only looks different, and is shipped.
 */
#include "targets/mysql/mysql.h"

#define NAME (int)name.len, name.ptr

/* Next to a text MySQL takes a binary literal, too, for one: it is bytes from the start. */
static void text(igd_kind kind, igd_str name, igd_buf *sql)
{
    igd_buf_puts(sql, "CAST(");
    switch (kind) {
    case IGD_FLOAT:
        igd_buf_printf(sql, "IF(%.*s = 0, '0', CAST(%.*s AS CHAR))", NAME, NAME);
        break;
    case IGD_TIME:
        igd_buf_printf(sql, "REPLACE(CAST(%.*s AS CHAR), '.000000', '')", NAME);
        break;
    case IGD_DATETIME:
        igd_buf_printf(sql,
                       "CONCAT(REPLACE(REPLACE(CAST(%.*s AS CHAR), ' ', 'T'), '.000000', ''), 'Z')",
                       NAME);
        break;
    case IGD_INT:
    case IGD_DATE:
        igd_buf_printf(sql, "CAST(%.*s AS CHAR)", NAME);
        break;
    case IGD_STRING:
        /* Else MySQL takes the bytes of the lengths for text, and 128 and more are none. */
        igd_buf_printf(sql, "CAST(%.*s AS BINARY)", NAME);
        break;
    case IGD_BOOL:
    case IGD_JSON:
    case IGD_NULL:
    case IGD_RAW:
        igd_buf_str(sql, name);
        break;
    }
    igd_buf_puts(sql, " AS BINARY)");
}

/* ECMAScript has an exponent below 1e-6, the servers begin elsewhere. */
static void doubt(igd_str name, igd_buf *sql)
{
    igd_buf_printf(sql, "(%.*s <> 0 AND ABS(%.*s) < 1e-6) OR CAST(%.*s AS CHAR) LIKE '%%e%%'", NAME,
                   NAME, NAME);
}

/* Of 64 hex digits. */
static void half(const char *hash, unsigned n, igd_buf *sql)
{
    igd_buf_printf(sql, "CAST(CONV(SUBSTR(%s, %u, 16), 16, 10) AS UNSIGNED)", hash, 16 * n + 1);
}

const igd_sql_hashing igd_mysql_hashing = {
    .text = text,
    .doubt = doubt,
    .bytes_open = "x'",
    .bytes_close = "'",
    .length_open = "UNHEX(LPAD(HEX(LENGTH(",
    .length_close = ")), 8, '0'))",
    .join_open = "CONCAT(",
    .join_between = ", ",
    .join_close = ")",
    .hash_open = "SHA2(",
    .hash_close = ", 256)",
    .half = half,
    .whole_open = "CAST(",
    .whole_close = " AS SIGNED)",
    .fence = " LIMIT 18446744073709551615", /* else the subquery is merged into what is around */
};
