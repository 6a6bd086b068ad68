/*
 * Statements that define things, out of a dialect.
 */
#include "targets/sql/dialect.h"

void igd_sql_name(const igd_dialect *dialect, igd_str name, igd_buf *sql)
{
    igd_buf_byte(sql, dialect->quote);
    for (size_t n = 0; n < name.len; n++) {
        if (name.ptr[n] == dialect->quote)
            igd_buf_byte(sql, dialect->quote);
        igd_buf_byte(sql, name.ptr[n]);
    }
    igd_buf_byte(sql, dialect->quote);
}

void igd_sql_names(const igd_dialect *dialect, const igd_str_list *names, igd_buf *sql)
{
    for (size_t n = 0; n < names->len; n++) {
        if (n)
            igd_buf_puts(sql, ", ");
        igd_sql_name(dialect, names->items[n], sql);
    }
}

void igd_sql_quote_text(igd_str text, igd_buf *sql)
{
    igd_buf_byte(sql, '\'');
    for (size_t at = 0, len; at < text.len; at += len) {
        const char *quote = memchr(text.ptr + at, '\'', text.len - at);
        len = quote ? (size_t)(quote - text.ptr) + 1 - at : text.len - at;
        igd_buf_add(sql, text.ptr + at, len);
        if (quote)
            igd_buf_byte(sql, '\'');
    }
    igd_buf_byte(sql, '\'');
}

static void check_length(const igd_dialect *dialect, const igd_check *check, const char *operator,
                         igd_buf * sql)
{
    igd_buf_printf(sql, "%s(", dialect->length_function);
    igd_sql_name(dialect, check->column, sql);
    igd_buf_printf(sql, ") %s %lld", operator,(long long) check->limit);
}

static void check_number(const igd_dialect *dialect, const igd_check *check, const char *operator,
                         igd_buf * sql)
{
    igd_sql_name(dialect, check->column, sql);
    igd_buf_printf(sql, " %s ", operator);
    igd_buf_str(sql, check->number);
}

void igd_sql_condition(const igd_dialect *dialect, const igd_check *check, igd_buf *sql)
{
    switch (check->kind) {
    case IGD_CHECK_ENUM:
        igd_sql_name(dialect, check->column, sql);
        igd_buf_puts(sql, " IN (");
        for (size_t n = 0; n < check->values.len; n++) {
            if (n)
                igd_buf_puts(sql, ", ");
            dialect->literal(&check->values.items[n], sql);
        }
        igd_buf_byte(sql, ')');
        break;
    case IGD_CHECK_MIN:
        check_number(dialect, check, ">=", sql);
        break;
    case IGD_CHECK_MAX:
        check_number(dialect, check, "<=", sql);
        break;
    case IGD_CHECK_LENGTH:
        check_length(dialect, check, "=", sql);
        break;
    case IGD_CHECK_MIN_LENGTH:
        check_length(dialect, check, ">=", sql);
        break;
    case IGD_CHECK_MAX_LENGTH:
        check_length(dialect, check, "<=", sql);
        break;
    }
}

void igd_sql_check(const igd_dialect *dialect, const igd_check *check, igd_buf *sql)
{
    igd_buf_puts(sql, "CONSTRAINT ");
    igd_sql_name(dialect, check->name, sql);
    igd_buf_puts(sql, " CHECK (");
    igd_sql_condition(dialect, check, sql);
    igd_buf_byte(sql, ')');
}

void igd_sql_foreign_key(const igd_dialect *dialect, const igd_foreign_key *key, igd_buf *sql)
{
    igd_buf_puts(sql, "CONSTRAINT ");
    igd_sql_name(dialect, key->name, sql);
    igd_buf_puts(sql, " FOREIGN KEY (");
    igd_sql_names(dialect, &key->columns, sql);
    igd_buf_puts(sql, ") REFERENCES ");
    igd_sql_name(dialect, key->ref_table, sql);
    igd_buf_puts(sql, " (");
    igd_sql_names(dialect, &key->ref_columns, sql);
    igd_buf_puts(sql, key->cascade ? ") ON DELETE CASCADE" : ")");
    igd_buf_puts(sql, dialect->foreign_key_suffix);
}

void igd_sql_primary_key(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    igd_buf_puts(sql, "PRIMARY KEY (");
    for (size_t n = 0; n < table->key_count; n++) {
        if (n)
            igd_buf_puts(sql, ", ");
        igd_sql_name(dialect, table->columns[n].name, sql);
    }
    igd_buf_byte(sql, ')');
}

static void add_column(const igd_dialect *dialect, const igd_table *table, size_t column,
                       igd_buf *sql)
{
    const igd_column *it = &table->columns[column];
    igd_sql_name(dialect, it->name, sql);
    igd_buf_byte(sql, ' ');
    dialect->column_type(table, column, sql);
    if (it->not_null || column < table->key_count)
        igd_buf_puts(sql, " NOT NULL");
    dialect->column_guard(dialect, it, sql);
    for (size_t n = 0; !dialect->checks_of_table && n < table->checks.len; n++)
        if (igd_str_eq(table->checks.items[n].column, it->name)) {
            igd_buf_byte(sql, ' ');
            igd_sql_check(dialect, &table->checks.items[n], sql);
        }
}

void igd_sql_create_table(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    igd_buf_puts(sql, "CREATE TABLE ");
    igd_sql_name(dialect, table->name, sql);
    igd_buf_puts(sql, " (");
    for (size_t n = 0; n < table->column_count; n++) {
        igd_buf_puts(sql, n ? ",\n  " : "\n  ");
        add_column(dialect, table, n, sql);
    }
    igd_buf_puts(sql, ",\n  ");
    igd_sql_primary_key(dialect, table, sql);
    for (size_t n = 0; dialect->checks_of_table && n < table->checks.len; n++) {
        igd_buf_puts(sql, ",\n  ");
        igd_sql_check(dialect, &table->checks.items[n], sql);
    }
    for (size_t n = 0; dialect->inline_foreign_keys && n < table->foreign_keys.len; n++) {
        igd_buf_puts(sql, ",\n  ");
        igd_sql_foreign_key(dialect, &table->foreign_keys.items[n], sql);
    }
    igd_buf_printf(sql, "\n)%s", dialect->table_suffix);
}

void igd_sql_create_index(const igd_dialect *dialect, const igd_table *table,
                          const igd_index *index, igd_buf *sql)
{
    igd_buf_puts(sql, "CREATE INDEX ");
    igd_sql_name(dialect, index->name, sql);
    igd_buf_puts(sql, " ON ");
    igd_sql_name(dialect, table->name, sql);
    igd_buf_puts(sql, " (");
    igd_sql_names(dialect, &index->columns, sql);
    igd_buf_byte(sql, ')');
}

static void alter_table(const igd_dialect *dialect, const igd_op *op, const char *what,
                        igd_str name, igd_buf *sql)
{
    igd_buf_puts(sql, "ALTER TABLE ");
    igd_sql_name(dialect, op->table, sql);
    igd_buf_printf(sql, " %s ", what);
    igd_sql_name(dialect, name, sql);
}

void igd_sql_op(const igd_dialect *dialect, const igd_op *op, igd_buf *sql)
{
    if (op->kind == IGD_OP_CREATE_TABLE) {
        igd_sql_create_table(dialect, op->to, sql);
    } else if (op->kind == IGD_OP_DROP_TABLE) {
        igd_buf_puts(sql, "DROP TABLE ");
        igd_sql_name(dialect, op->table, sql);
    } else if (op->kind == IGD_OP_RENAME_TABLE) {
        alter_table(dialect, op, "RENAME TO", op->to->name, sql);
    } else if (op->kind == IGD_OP_ADD_COLUMN) {
        const igd_column *column = &op->to->columns[op->column_to];
        alter_table(dialect, op, "ADD COLUMN", column->name, sql);
        igd_buf_byte(sql, ' ');
        dialect->column_type(op->to, (size_t)op->column_to, sql);
        dialect->column_guard(dialect, column, sql);
    } else if (op->kind == IGD_OP_DROP_COLUMN) {
        alter_table(dialect, op, "DROP COLUMN", op->from->columns[op->column_from].name, sql);
    } else if (op->kind == IGD_OP_RENAME_COLUMN) {
        alter_table(dialect, op, "RENAME COLUMN", op->from->columns[op->column_from].name, sql);
        igd_buf_puts(sql, " TO ");
        igd_sql_name(dialect, op->to->columns[op->column_to].name, sql);
    } else if (op->kind == IGD_OP_ADD_INDEX) {
        igd_sql_create_index(dialect, op->to, op->index, sql);
    } else if (op->kind == IGD_OP_DROP_INDEX) {
        igd_buf_puts(sql, "DROP INDEX ");
        igd_sql_name(dialect, op->index->name, sql);
    }
}
