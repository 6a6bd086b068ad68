/*
 * Operations on tables as ALTER TABLE statements, for engines that change tables by these alone.
 */
#include "targets/sql/dialect.h"

/* ALTER TABLE name, and a blank. */
static void alter(const igd_dialect *dialect, igd_str table, igd_buf *sql)
{
    igd_buf_puts(sql, "ALTER TABLE ");
    igd_sql_name(dialect, table, sql);
    igd_buf_byte(sql, ' ');
}

static void push(igd_buf *sql, igd_arena *mem, igd_str_list *out)
{
    IGD_PUSH(mem, out, igd_arena_str(mem, igd_buf_view(sql)));
    igd_buf_clear(sql);
}

/* ---- columns ---- */

static void modify(const igd_dialect *dialect, const igd_op *op, const igd_table *table,
                   ptrdiff_t column, bool not_null, igd_buf *sql)
{
    alter(dialect, op->table, sql);
    dialect->modify_column(dialect, table, (size_t)column, not_null, op->kind == IGD_OP_ALTER_TYPE,
                           sql);
}

static void drop_column(const igd_dialect *dialect, igd_str table, igd_str column, igd_buf *sql)
{
    alter(dialect, table, sql);
    igd_buf_printf(sql, "DROP COLUMN%s ", dialect->if_exists);
    igd_sql_name(dialect, column, sql);
}

/* The column steps aside and a new one takes its name; later the old one goes. */
static void refill(const igd_dialect *dialect, const igd_op *op, igd_buf *sql, igd_arena *mem,
                   igd_str_list *out)
{
    const igd_column *column = &op->to->columns[op->column_to];
    igd_str aside =
        igd_aside_name(op->from->columns[op->column_from].name, dialect->identifier_bytes, mem);
    if (op->part == IGD_PART_CONTRACT) {
        drop_column(dialect, op->table, aside, sql);
        push(sql, mem, out);
        return;
    }
    alter(dialect, op->table, sql);
    igd_buf_puts(sql, "RENAME COLUMN ");
    igd_sql_name(dialect, column->name, sql);
    igd_buf_puts(sql, " TO ");
    igd_sql_name(dialect, aside, sql);
    push(sql, mem, out);
    igd_op add = *op;
    add.kind = IGD_OP_ADD_COLUMN;
    igd_sql_op(dialect, &add, sql);
    push(sql, mem, out);
}

static void alter_type(const igd_dialect *dialect, const igd_op *op, igd_buf *sql, igd_arena *mem,
                       igd_str_list *out)
{
    if (igd_op_refills(op)) {
        refill(dialect, op, sql, mem, out);
        return;
    }
    bool key = op->column_to < (ptrdiff_t)op->to->key_count;
    /* Whether it takes nulls changes in operations of their own: in expand it takes them if it did
     * before or will, in contract NOT NULL comes behind. */
    bool not_null = key || (op->from->columns[op->column_from].not_null &&
                            op->to->columns[op->column_to].not_null);
    modify(dialect, op, op->to, op->column_to, not_null, sql);
    push(sql, mem, out);
}

/* ---- constraints ---- */

static void drop_constraint(const igd_dialect *dialect, const igd_op *op, const char *words,
                            igd_str name, igd_buf *sql)
{
    alter(dialect, op->table, sql);
    igd_buf_printf(sql, "%s%s ", words, dialect->if_exists);
    igd_sql_name(dialect, name, sql);
}

static void drop_index(const igd_dialect *dialect, const igd_op *op, igd_buf *sql)
{
    igd_buf_printf(sql, "DROP INDEX%s ", dialect->if_exists);
    igd_sql_name(dialect, op->index->name, sql);
    if (dialect->index_of_table) {
        igd_buf_puts(sql, " ON ");
        igd_sql_name(dialect, op->table, sql);
    }
}

/* ---- operations ---- */

/* Those that are one statement. */
static void statement(const igd_dialect *dialect, const igd_op *op, igd_buf *sql)
{
    switch (op->kind) {
    case IGD_OP_DROP_TABLE:
        igd_buf_printf(sql, "DROP TABLE%s ", dialect->if_exists);
        igd_sql_name(dialect, op->table, sql);
        break;
    case IGD_OP_DROP_COLUMN:
        drop_column(dialect, op->table, op->from->columns[op->column_from].name, sql);
        break;
    case IGD_OP_SET_NOT_NULL:
        modify(dialect, op, op->to, op->column_to, true, sql);
        break;
    case IGD_OP_DROP_NOT_NULL:
        modify(dialect, op, op->from, op->column_from, false, sql);
        break;
    case IGD_OP_ADD_CHECK:
        alter(dialect, op->table, sql);
        igd_buf_puts(sql, "ADD ");
        igd_sql_check(dialect, op->check, sql);
        break;
    case IGD_OP_DROP_CHECK:
        drop_constraint(dialect, op, dialect->drop_check, op->check->name, sql);
        break;
    case IGD_OP_ADD_FOREIGN_KEY:
        alter(dialect, op->table, sql);
        igd_buf_puts(sql, "ADD ");
        igd_sql_foreign_key(dialect, op->foreign_key, sql);
        break;
    case IGD_OP_DROP_FOREIGN_KEY:
        drop_constraint(dialect, op, dialect->drop_foreign_key, op->foreign_key->name, sql);
        break;
    case IGD_OP_DROP_INDEX:
        drop_index(dialect, op, sql);
        break;
    case IGD_OP_CREATE_TABLE:
    case IGD_OP_RENAME_TABLE:
    case IGD_OP_ADD_COLUMN:
    case IGD_OP_RENAME_COLUMN:
    case IGD_OP_ADD_INDEX:
        igd_sql_op(dialect, op, sql);
        break;
    case IGD_OP_ALTER_TYPE:
    case IGD_OP_CHANGE_PRIMARY_KEY:
    case IGD_OP_COUNT:
        break;
    }
}

void igd_sql_statements(const igd_dialect *dialect, const igd_op *op, igd_arena *mem,
                        igd_str_list *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    if (op->kind == IGD_OP_ALTER_TYPE) {
        alter_type(dialect, op, &sql, mem, out);
        return;
    }
    statement(dialect, op, &sql);
    if (sql.len)
        push(&sql, mem, out);
}
