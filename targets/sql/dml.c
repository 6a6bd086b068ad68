/*
 * Statements that write and read rows, out of a dialect; and values out of the engines' texts.
 */
#include "schema/canonical.h"
#include "targets/sql/dialect.h"

void igd_sql_insert_rows(const igd_dialect *dialect, const igd_table *table, size_t rows,
                         igd_buf *sql)
{
    igd_buf_puts(sql, "INSERT INTO ");
    igd_sql_name(dialect, table->name, sql);
    igd_buf_puts(sql, " (");
    for (size_t n = 0; n < table->column_count; n++) {
        if (n)
            igd_buf_puts(sql, ", ");
        igd_sql_name(dialect, table->columns[n].name, sql);
    }
    igd_buf_puts(sql, ") VALUES ");
    for (size_t n = 0; n < rows * table->column_count; n++) {
        bool first = n % table->column_count == 0;
        igd_buf_puts(sql, !first ? ", " : n ? "), (" : "(");
        dialect->parameter(n + 1, sql);
    }
    igd_buf_byte(sql, ')');
}

void igd_sql_insert(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    igd_sql_insert_rows(dialect, table, 1, sql);
}

void igd_sql_on_conflict(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    igd_buf_puts(sql, " ON CONFLICT (");
    for (size_t n = 0; n < table->key_count; n++) {
        if (n)
            igd_buf_puts(sql, ", ");
        igd_sql_name(dialect, table->columns[n].name, sql);
    }
    if (table->key_count == table->column_count) {
        igd_buf_puts(sql, ") DO NOTHING");
        return;
    }
    igd_buf_puts(sql, ") DO UPDATE SET ");
    for (size_t n = table->key_count; n < table->column_count; n++) {
        if (n > table->key_count)
            igd_buf_puts(sql, ", ");
        igd_sql_name(dialect, table->columns[n].name, sql);
        igd_buf_puts(sql, " = excluded.");
        igd_sql_name(dialect, table->columns[n].name, sql);
    }
}

void igd_sql_upsert(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    igd_sql_insert(dialect, table, sql);
    dialect->upsert_tail(dialect, table, sql);
}

void igd_sql_delete(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    igd_buf_puts(sql, "DELETE FROM ");
    igd_sql_name(dialect, table->name, sql);
    for (size_t n = 0; n < table->key_count; n++) {
        igd_buf_puts(sql, n ? " AND " : " WHERE ");
        igd_sql_name(dialect, table->columns[n].name, sql);
        igd_buf_puts(sql, " = ");
        dialect->parameter(n + 1, sql);
    }
}

static bool has(const igd_str_list *names, igd_str name)
{
    for (size_t n = 0; n < names->len; n++)
        if (igd_str_eq_nocase(names->items[n], name))
            return true;
    return false;
}

void igd_sql_select(const igd_dialect *dialect, const igd_table *table, const igd_str_list *present,
                    bool ordered, igd_buf *sql)
{
    igd_buf_puts(sql, "SELECT ");
    for (size_t n = 0; n < table->column_count; n++) {
        if (n)
            igd_buf_puts(sql, ", ");
        if (has(present, table->columns[n].name))
            igd_sql_name(dialect, table->columns[n].name, sql);
        else
            igd_buf_puts(sql, "NULL");
    }
    igd_buf_puts(sql, " FROM ");
    igd_sql_name(dialect, table->name, sql);
    const char *glue = " ORDER BY ";
    for (size_t n = 0; ordered && n < table->key_count; n++)
        if (has(present, table->columns[n].name)) {
            igd_buf_puts(sql, glue);
            igd_sql_name(dialect, table->columns[n].name, sql);
            igd_buf_puts(sql, dialect->order_suffix);
            glue = ", ";
        }
}

igd_value igd_sql_value_of_text(igd_kind kind, igd_str text, igd_arena *mem)
{
    igd_value raw = {.kind = IGD_RAW, .text = text};
    igd_value value = {.kind = kind, .text = text};
    igd_str canonical;
    switch (kind) {
    case IGD_STRING:
        return igd_str_is_utf8(text) ? value : raw;
    case IGD_JSON:
        if (igd_canonical_json(text, mem, &canonical) || !igd_str_eq(canonical, text))
            return raw;
        return value;
    case IGD_INT:
    case IGD_FLOAT:
    case IGD_BOOL:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
        if (igd_value_parse(kind, text, mem, &value) ||
            !igd_str_eq(igd_value_text(&value, mem), text))
            return raw;
        return value;
    case IGD_NULL:
    case IGD_RAW:
        break;
    }
    return raw;
}
