/*
 * Statements that write and read rows, out of a dialect.
 */
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

static void conflict_key(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    igd_buf_puts(sql, " ON CONFLICT (");
    for (size_t n = 0; n < table->key_count; n++) {
        if (n)
            igd_buf_puts(sql, ", ");
        igd_sql_name(dialect, table->columns[n].name, sql);
    }
    igd_buf_byte(sql, ')');
}

void igd_sql_do_nothing(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    conflict_key(dialect, table, sql);
    igd_buf_puts(sql, " DO NOTHING");
}

void igd_sql_on_conflict(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    if (table->key_count == table->column_count) {
        igd_sql_do_nothing(dialect, table, sql);
        return;
    }
    conflict_key(dialect, table, sql);
    igd_buf_puts(sql, " DO UPDATE SET ");
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

void igd_sql_add(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    igd_sql_insert(dialect, table, sql);
    dialect->ignore_tail(dialect, table, sql);
}

void igd_sql_begin_same(const igd_dialect *dialect, igd_kind kind, igd_buf *sql)
{
    if (kind == IGD_STRING && dialect->bytes)
        igd_buf_puts(sql, dialect->bytes);
}

void igd_sql_end_same(const igd_dialect *dialect, igd_kind kind, igd_buf *sql)
{
    if (kind == IGD_STRING && dialect->bytes)
        igd_buf_puts(sql, dialect->bytes_end);
}

/* WHERE the key is that of the parameters from `number`, and the proof still holds. */
static void where_key(const igd_dialect *dialect, const igd_table *table,
                      const igd_sql_proof *proof, size_t number, igd_buf *sql)
{
    for (size_t n = 0; n < table->key_count; n++) {
        igd_buf_puts(sql, n ? " AND " : " WHERE ");
        igd_sql_name(dialect, table->columns[n].name, sql);
        igd_buf_puts(sql, " = ");
        dialect->parameter(number++, sql);
    }
    for (size_t n = 0; proof && n < proof->len; n++) {
        igd_kind kind = proof->items[n]->type.kind;
        igd_buf_puts(sql, " AND ");
        igd_sql_begin_same(dialect, kind, sql);
        igd_sql_name(dialect, proof->items[n]->name, sql);
        igd_sql_end_same(dialect, kind, sql);
        igd_buf_puts(sql, dialect->same);
        igd_sql_begin_same(dialect, kind, sql);
        dialect->parameter(number++, sql);
        igd_sql_end_same(dialect, kind, sql);
    }
}

void igd_sql_update_if(const igd_dialect *dialect, const igd_table *table,
                       const igd_sql_proof *proof, igd_buf *sql)
{
    /* Of a table with nothing but a key, a row is updated to what it is. */
    size_t first = table->key_count < table->column_count ? table->key_count : 0;
    size_t end = first ? table->column_count : 1, number = 1;
    igd_buf_puts(sql, "UPDATE ");
    igd_sql_name(dialect, table->name, sql);
    for (size_t n = first; n < end; n++) {
        igd_buf_puts(sql, n > first ? ", " : " SET ");
        igd_sql_name(dialect, table->columns[n].name, sql);
        igd_buf_puts(sql, " = ");
        dialect->parameter(number++, sql);
    }
    where_key(dialect, table, proof, number, sql);
}

void igd_sql_delete_if(const igd_dialect *dialect, const igd_table *table,
                       const igd_sql_proof *proof, igd_buf *sql)
{
    igd_buf_puts(sql, "DELETE FROM ");
    igd_sql_name(dialect, table->name, sql);
    where_key(dialect, table, proof, 1, sql);
}

void igd_sql_delete(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    igd_sql_delete_if(dialect, table, NULL, sql);
}

static void where_columns(const igd_dialect *dialect, const igd_str_list *columns, igd_buf *sql)
{
    for (size_t n = 0; n < columns->len; n++) {
        igd_buf_puts(sql, n ? " AND " : " WHERE ");
        igd_sql_name(dialect, columns->items[n], sql);
        igd_buf_puts(sql, " = ");
        dialect->parameter(n + 1, sql);
    }
}

void igd_sql_select_where(const igd_dialect *dialect, const igd_table *table,
                          const igd_str_list *columns, igd_buf *sql)
{
    igd_buf_puts(sql, "SELECT ");
    for (size_t n = 0; n < table->column_count; n++) {
        if (n)
            igd_buf_puts(sql, ", ");
        igd_sql_name(dialect, table->columns[n].name, sql);
    }
    igd_buf_puts(sql, " FROM ");
    igd_sql_name(dialect, table->name, sql);
    where_columns(dialect, columns, sql);
    igd_buf_puts(sql, dialect->lock_rows);
}

void igd_sql_exists(const igd_dialect *dialect, igd_str table, const igd_str_list *columns,
                    igd_buf *sql)
{
    igd_buf_puts(sql, "SELECT 1 WHERE EXISTS (SELECT 1 FROM ");
    igd_sql_name(dialect, table, sql);
    where_columns(dialect, columns, sql);
    igd_buf_byte(sql, ')');
}

static void put_column(const igd_dialect *dialect, const char *alias, igd_str name, igd_buf *sql)
{
    igd_buf_puts(sql, alias);
    igd_buf_byte(sql, '.');
    igd_sql_name(dialect, name, sql);
}

void igd_sql_dangling(const igd_dialect *dialect, const igd_table *table,
                      const igd_foreign_key *key, igd_buf *sql)
{
    igd_buf_puts(sql, "SELECT ");
    for (size_t n = 0; n < table->key_count; n++) {
        igd_buf_puts(sql, n ? ", " : "");
        put_column(dialect, "c", table->columns[n].name, sql);
    }
    for (size_t n = 0; n < key->columns.len; n++) {
        igd_buf_puts(sql, ", ");
        put_column(dialect, "c", key->columns.items[n], sql);
    }
    igd_buf_puts(sql, " FROM ");
    igd_sql_name(dialect, table->name, sql);
    igd_buf_puts(sql, " c WHERE ");
    for (size_t n = 0; n < key->columns.len; n++) {
        put_column(dialect, "c", key->columns.items[n], sql);
        igd_buf_puts(sql, " IS NOT NULL AND ");
    }
    igd_buf_puts(sql, "NOT EXISTS (SELECT 1 FROM ");
    igd_sql_name(dialect, key->ref_table, sql);
    igd_buf_puts(sql, " p");
    for (size_t n = 0; n < key->columns.len; n++) {
        igd_buf_puts(sql, n ? " AND " : " WHERE ");
        put_column(dialect, "p", key->ref_columns.items[n], sql);
        igd_buf_puts(sql, " = ");
        put_column(dialect, "c", key->columns.items[n], sql);
    }
    igd_buf_byte(sql, ')');
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
