/*
 * How SQLite spells things.
 */
#include "targets/sqlite/sqlite.h"

static void column_type(const igd_table *table, size_t column, igd_buf *sql)
{
    switch (table->columns[column].type.kind) {
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

static bool contains(igd_str text, const char *word)
{
    size_t len = strlen(word);
    for (size_t n = 0; n + len <= text.len; n++)
        if (igd_str_eq_nocase((igd_str){text.ptr + n, len}, igd_str_from(word)))
            return true;
    return false;
}

typedef enum affinity { TO_TEXT, TO_INTEGER, TO_REAL, TO_NUMERIC, TO_NOTHING } affinity;

/* What SQLite makes of values in a column of a table that is not STRICT: section 3.1 of
 * https://sqlite.org/datatype3.html. The types that a STRICT table can have come out the same, but
 * for ANY. */
static affinity affinity_of(igd_str type)
{
    if (contains(type, "INT"))
        return TO_INTEGER;
    if (contains(type, "CHAR") || contains(type, "CLOB") || contains(type, "TEXT"))
        return TO_TEXT;
    if (type.len == 0 || contains(type, "BLOB") || igd_str_eq_nocase(type, IGD_STR("ANY")))
        return TO_NOTHING;
    if (contains(type, "REAL") || contains(type, "FLOA") || contains(type, "DOUB"))
        return TO_REAL;
    return TO_NUMERIC;
}

/* NUMERIC is fine for all but texts that may look like a number. */
static bool holds(const igd_column *found, const igd_column *known)
{
    affinity is = affinity_of(found->found_as);
    switch (known->type.kind) {
    case IGD_INT:
    case IGD_BOOL:
        return is == TO_INTEGER || is == TO_NUMERIC;
    case IGD_FLOAT:
        return is == TO_REAL || is == TO_NUMERIC;
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
        return is == TO_TEXT || is == TO_NUMERIC;
    case IGD_STRING:
        /* A key of another collation would take two records for one. */
        return is == TO_TEXT && !(known->key_text && contains(found->found_as, " COLLATE "));
    case IGD_JSON:
    case IGD_NULL:
    case IGD_RAW:
        break;
    }
    return is == TO_TEXT;
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
    .lock_rows = "",
    .folds_names = true,
    .inline_foreign_keys = true,
    .load_parameters = 900, /* old ones allow 999 */
    .column_type = column_type,
    .holds = holds,
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
