/*
 * How SQLite spells things.
 */
#include "targets/sqlite/sqlite.h"

static void column_type(const igd_column *column, igd_buf *sql)
{
    switch (column->type.kind) {
    case IGD_INT:
    case IGD_BOOL:
        igd_buf_puts(sql, "INTEGER");
        break;
    case IGD_FLOAT:
        igd_buf_puts(sql, "REAL");
        break;
    case IGD_STRING:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
    case IGD_JSON:
    case IGD_NULL:
    case IGD_RAW:
        igd_buf_puts(sql, "TEXT");
        break;
    }
}

/* On the column, not on the table: ALTER TABLE DROP COLUMN then takes it along. */
static void column_guard(const igd_dialect *dialect, const igd_column *column, igd_buf *sql)
{
    if (column->type.kind == IGD_BOOL) {
        igd_buf_puts(sql, " CHECK (");
        igd_sql_name(dialect, column->name, sql);
        igd_buf_puts(sql, " IN (0, 1))");
    } else if (column->type.kind == IGD_JSON) {
        /* json_valid(NULL) is 0 before 3.42. */
        igd_buf_puts(sql, " CHECK (");
        igd_sql_name(dialect, column->name, sql);
        igd_buf_puts(sql, " IS NULL OR json_valid(");
        igd_sql_name(dialect, column->name, sql);
        igd_buf_puts(sql, "))");
    }
}

static void parameter(size_t number, igd_buf *sql)
{
    igd_buf_printf(sql, "?%zu", number);
}

const igd_dialect igd_sqlite_dialect = {
    .begin_read = "BEGIN",
    .quote = '"',
    .table_suffix = " STRICT",
    .text_type = "TEXT",
    .int_type = "INTEGER",
    .text_key_type = "TEXT",
    .length_function = "length",
    .foreign_key_suffix = " DEFERRABLE INITIALLY DEFERRED",
    .order_suffix = " COLLATE BINARY",
    .same = " IS ",
    .inline_foreign_keys = true,
    .load_parameters = 900, /* old ones allow 999 */
    .column_type = column_type,
    .column_guard = column_guard,
    .literal = igd_sqlite_literal,
    .parameter = parameter,
    .upsert_tail = igd_sql_on_conflict,
    .ignore_tail = igd_sql_do_nothing,
};

void igd_sqlite_name(igd_str name, igd_buf *sql)
{
    igd_sql_name(&igd_sqlite_dialect, name, sql);
}
