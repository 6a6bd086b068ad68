/*
 * Row digests in MySQL and MariaDB: what CONCAT makes of bytes are bytes, and
 * SHA2() hashes them.
 *
 * Columns that we make are utf8mb4, so that their bytes are those of the canonical text; what
 * others made of another character set only looks different, and is shipped.
 */
#include "targets/mysql/mysql.h"

#define NAME            (int)name.len, name.ptr
#define TIME_LENGTH     8
#define DATETIME_LENGTH 20
#define FRACTION_LENGTH 7

/* "2024-01-02 03:04:05.500000", without a fraction that is none. */
static void seconds(igd_str name, int whole, igd_buf *sql)
{
    igd_buf_printf(
        sql, "IF(MICROSECOND(%.*s) = 0, LEFT(CAST(%.*s AS BINARY), %d), CAST(%.*s AS BINARY))",
        NAME, NAME, whole, NAME);
}

/* Next to a text MySQL takes a binary literal, too, for one: every part is bytes from the start. */
static void text(igd_kind kind, igd_str name, igd_buf *sql)
{
    switch (kind) {
    case IGD_FLOAT:
        igd_buf_printf(sql, "IF(%.*s = 0, x'30', CAST(%.*s AS BINARY))", NAME, NAME);
        break;
    case IGD_TIME:
        seconds(name, TIME_LENGTH, sql);
        break;
    case IGD_DATETIME:
        igd_buf_puts(sql, "CONCAT(REPLACE(");
        seconds(name, DATETIME_LENGTH - 1, sql);
        igd_buf_puts(sql, ", x'20', x'54'), x'5a')");
        break;
    case IGD_INT:
    case IGD_DATE:
    case IGD_STRING:
    case IGD_BOOL:
    case IGD_JSON:
    case IGD_NULL:
    case IGD_RAW:
        igd_buf_printf(sql, "CAST(%.*s AS BINARY)", NAME);
        break;
    }
}

/* "03:04:05", "2024-01-02T03:04:05Z", or with a fraction of seven more. */
static bool length(igd_kind kind, igd_str name, igd_buf *sql)
{
    if (kind != IGD_TIME && kind != IGD_DATETIME)
        return false;
    int whole = kind == IGD_TIME ? TIME_LENGTH : DATETIME_LENGTH;
    igd_buf_printf(sql, "IF(MICROSECOND(%.*s) = 0, x'%08x', x'%08x')", NAME, (unsigned)whole,
                   (unsigned)whole + FRACTION_LENGTH);
    return true;
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
    .text = text,
    .length = length,
    .doubt = doubt,
    .bytes_open = "x'",
    .bytes_close = "'",
    .length_open = "UNHEX(LPAD(HEX(LENGTH(",
    .length_close = ")), 8, '0'))",
    .join_open = "CONCAT(",
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
