/*
 * The operations of a plan, each as ALTER TABLE.
 *
 * A schema change commits by itself. So before each of its statements the step ends and the fence
 * is passed again (igd_sql_step), and whatever instant the program is killed at, the next run finds
 * a schema between two statements and plans on from there. What somebody has dropped already is
 * fine.
 */
#include "targets/mysql/mysql.h"

typedef struct alteration {
    igd_mysql *it;
    const igd_plan *plan;
    igd_arena *mem;
} alteration;

static int statement(alteration *a, igd_str sql, igd_error *err)
{
    int rc = igd_sql_step(&a->it->sql, IGD_CAP_DDL_IN_TX, err);
    if (!rc)
        rc = igd_mysql_exec_text(a->it, sql, NULL, err);
    if (!rc || !igd_mysql_is_lost(err->native))
        igd_mysql_ended(a->it);
    return rc;
}

static void begin_alter(igd_str table, igd_buf *sql)
{
    igd_buf_clear(sql);
    igd_buf_puts(sql, "ALTER TABLE ");
    igd_sql_name(&igd_mysql_dialect, table, sql);
    igd_buf_byte(sql, ' ');
}

static void put_name(const char *words, igd_str name, igd_buf *sql)
{
    igd_buf_puts(sql, words);
    igd_sql_name(&igd_mysql_dialect, name, sql);
}

static int by_dialect(alteration *a, const igd_op *op, igd_error *err)
{
    igd_str_list statements = {0};
    int rc = IGD_OK;
    igd_sql_statements(a->it->sql.dialect, op, a->mem, &statements);
    for (size_t n = 0; !rc && n < statements.len; n++)
        rc = statement(a, statements.items[n], err);
    return rc;
}

/* ---- what is there ---- */

/* Whether what the operation drops is there to be dropped. */
static bool is_there(const igd_op *op, const igd_table *found)
{
    if (op->kind == IGD_OP_DROP_COLUMN)
        return igd_table_has(found, op->from->columns[op->column_from].name);
    if (op->kind == IGD_OP_DROP_CHECK)
        return igd_table_check(found, op->check->name) != NULL;
    if (op->kind == IGD_OP_DROP_FOREIGN_KEY)
        return igd_table_foreign_key(found, op->foreign_key->name) != NULL;
    return igd_table_index(found, op->index->name) != NULL;
}

/* ---- dropping ---- */

typedef struct referrer {
    const igd_plan *plan;
    igd_str name;
} referrer;

static bool is_ours(const igd_plan *plan, igd_str name)
{
    for (size_t n = 0; n < plan->table_count; n++) {
        const igd_table_plan *table = &plan->tables[n];
        if ((table->from && igd_str_eq_nocase(table->from->name, name)) ||
            (table->between && igd_str_eq_nocase(table->between->name, name)))
            return true;
    }
    return false;
}

/* What our tables refer to is the plan's business. */
static int take_referrer(const igd_value *row, void *payload, igd_error *err)
{
    const referrer *to = payload;
    if (is_ours(to->plan, row[0].text))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_TARGET, "table '%.*s' cannot be dropped: table '%.*s' refers to it",
                   IGD_STR_ARG(to->name), IGD_STR_ARG(row[0].text));
    return igd_hint(err, "drop the other table, or its foreign key, first");
}

/* Somebody may have made it since the run was checked (dependents.c). */
static int check_referrers(alteration *a, igd_str name, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_STRING};
    referrer to = {a->plan, name};
    igd_value params[] = {igd_value_string(name), igd_value_string(name)};
    igd_sql_query query = {
        .sql = IGD_STR("SELECT DISTINCT table_name FROM information_schema.key_column_usage WHERE "
                       "table_schema = database() AND referenced_table_schema = database() AND "
                       "lower(referenced_table_name) = lower(?) AND lower(table_name) <> lower(?)"),
        .params = params,
        .param_count = 2,
        .kinds = kinds,
        .column_count = 1,
        .callback = take_referrer,
        .payload = &to};
    return igd_mysql_query(&a->it->sql, &query, err);
}

static int drop_table(alteration *a, const igd_op *op, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    int rc = check_referrers(a, op->table, err);
    put_name("DROP TABLE IF EXISTS ", op->table, &sql);
    return rc ? rc : statement(a, igd_buf_view(&sql), err);
}

/* The index that the server made for the key, under its name, is of no use any more; unless another
 * key goes by it. */
static int drop_foreign_key(alteration *a, const igd_op *op, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    int64_t count = 0;
    int rc = by_dialect(a, op, err);
    if (!rc)
        rc = igd_mysql_number(a->it,
                              "SELECT count(*) FROM information_schema.statistics WHERE "
                              "table_schema = database() AND index_name = ?",
                              op->foreign_key->name, &count, err);
    if (rc || !count)
        return rc;
    begin_alter(op->table, &sql);
    put_name("DROP INDEX ", op->foreign_key->name, &sql);
    rc = statement(a, igd_buf_view(&sql), err);
    return rc && err->native != ER_DROP_INDEX_FK && err->native != ER_CANT_DROP_FIELD_OR_KEY
               ? rc
               : IGD_OK;
}

static int drop(alteration *a, const igd_op *op, igd_error *err)
{
    igd_table found;
    bool any = false;
    int rc = igd_mysql_read_table(&a->it->sql, op->table, a->mem, &found, &any, err);
    if (rc || !any || !is_there(op, &found))
        return rc;
    return op->kind == IGD_OP_DROP_FOREIGN_KEY ? drop_foreign_key(a, op, err)
                                               : by_dialect(a, op, err);
}

/* ---- columns under another name ---- */

typedef struct guard_finder {
    igd_str clause;
    igd_arena *mem;
    igd_str_list names;
} guard_finder;

static int take_guard(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    guard_finder *to = payload;
    if (igd_str_eq(row[1].text, to->clause))
        IGD_PUSH(to->mem, &to->names, igd_arena_str(to->mem, row[0].text));
    return IGD_OK;
}

/* MySQL renames no column that a CHECK names; MariaDB sees to it by itself. */
static int find_guards(alteration *a, igd_str table, igd_str column, igd_str_list *out,
                       igd_error *err)
{
    static const igd_kind kinds[] = {IGD_STRING, IGD_STRING};
    guard_finder to = {.mem = a->mem};
    to.clause = igd_arena_printf(a->mem, "(`%.*s` in (0,1))", IGD_STR_ARG(column));
    igd_value name = igd_value_string(table);
    igd_sql_query query = {
        .sql = IGD_STR("SELECT c.constraint_name, c.check_clause FROM "
                       "information_schema.check_constraints c JOIN "
                       "information_schema.table_constraints t ON t.constraint_schema = "
                       "c.constraint_schema AND t.constraint_name = c.constraint_name WHERE "
                       "t.table_schema = database() AND t.table_name = ?"),
        .params = &name,
        .param_count = 1,
        .kinds = kinds,
        .column_count = 2,
        .callback = take_guard,
        .payload = &to};
    int rc = a->it->mariadb ? IGD_OK : igd_mysql_query(&a->it->sql, &query, err);
    *out = to.names;
    return rc;
}

/* The guard goes and comes back in the one statement. */
static int rename_column(alteration *a, const igd_op *op, igd_error *err)
{
    const igd_column *from = &op->from->columns[op->column_from];
    const igd_column *to = &op->to->columns[op->column_to];
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_str_list guards = {0};
    int rc = find_guards(a, op->table, from->name, &guards, err);
    if (rc)
        return rc;
    begin_alter(op->table, &sql);
    for (size_t n = 0; n < guards.len; n++) {
        put_name("DROP CHECK ", guards.items[n], &sql);
        igd_buf_puts(&sql, ", ");
    }
    put_name("RENAME COLUMN ", from->name, &sql);
    put_name(" TO ", to->name, &sql);
    if (guards.len) {
        igd_buf_puts(&sql, ", ADD");
        a->it->sql.dialect->column_guard(a->it->sql.dialect, to, &sql);
    }
    return statement(a, igd_buf_view(&sql), err);
}

static int drop_guards(alteration *a, const igd_op *op, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_str_list guards = {0};
    int rc = find_guards(a, op->table, op->from->columns[op->column_from].name, &guards, err);
    for (size_t n = 0; !rc && n < guards.len; n++) {
        begin_alter(op->table, &sql);
        put_name("DROP CHECK ", guards.items[n], &sql);
        rc = statement(a, igd_buf_view(&sql), err);
    }
    return rc;
}

/* ---- columns that the row has no room for ---- */

/* Older columns have taken their share of the row: a long text lies beside it. */
static int add_column(alteration *a, const igd_op *op, igd_error *err)
{
    const igd_column *column = &op->to->columns[op->column_to];
    int rc = by_dialect(a, op, err);
    if (!rc || err->native != ER_TOO_BIG_ROWSIZE || column->key_text)
        return rc;
    igd_table alone = {.columns = IGD_NEW(a->mem, igd_column), .column_count = 1};
    alone.columns[0] = *column;
    alone.columns[0].max_chars = 0;
    igd_op longer = *op;
    longer.to = &alone;
    longer.column_to = 0;
    return by_dialect(a, &longer, err);
}

/* ---- foreign keys ---- */

/* The table was made and filled by this run, and what it refers to is known to be there: the server
 * need not copy the table to find that out. */
static int add_to_new_table(alteration *a, const igd_op *op, igd_error *err)
{
    igd_error ignored = IGD_ERROR_INIT;
    igd_str_list statements = {0};
    igd_sql_statements(a->it->sql.dialect, op, a->mem, &statements);
    int rc = igd_sql_step(&a->it->sql, IGD_CAP_DDL_IN_TX, err);
    if (!rc)
        rc = igd_mysql_exec(&a->it->sql, "SET foreign_key_checks = 0", err);
    if (rc)
        return rc;
    rc = igd_mysql_exec_text(a->it, statements.items[0], NULL, err);
    a->it->checks_off = true;
    igd_mysql_ended(a->it);
    if (rc)
        return rc;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    uint64_t rows = 0;
    igd_sql_dangling(&igd_mysql_dialect, op->to, op->foreign_key, &sql);
    igd_buf_puts(&sql, " LIMIT 1");
    rc = igd_mysql_exec_text(a->it, igd_buf_view(&sql), &rows, err);
    if (rc || rows == 0)
        return rc;
    /* With checks the server says which row it is. */
    begin_alter(op->table, &sql);
    put_name("DROP FOREIGN KEY ", op->foreign_key->name, &sql);
    (void)igd_mysql_exec_text(a->it, igd_buf_view(&sql), NULL, &ignored);
    return by_dialect(a, op, err);
}

/* ---- another key ---- */

static void define_column(alteration *a, const igd_table *table, size_t column, igd_buf *sql)
{
    const igd_dialect *dialect = a->it->sql.dialect;
    bool not_null = table->columns[column].not_null || column < table->key_count;
    igd_sql_name(dialect, table->columns[column].name, sql);
    igd_buf_byte(sql, ' ');
    dialect->column_type(table, column, sql);
    igd_buf_puts(sql, not_null ? " NOT NULL" : " NULL");
    dialect->column_guard(dialect, &table->columns[column], sql);
    if (column == 0)
        igd_buf_puts(sql, " FIRST");
    else
        put_name(" AFTER ", table->columns[column - 1].name, sql);
}

/* What of the old table is ours goes. Guards go with their columns, or are told again. */
static int drop_parts(alteration *a, const igd_op *op, const igd_table *found, igd_buf *sql,
                      igd_error *err)
{
    const igd_table *from = op->from;
    for (size_t n = 0; n < from->checks.len; n++)
        if (igd_table_check(found, from->checks.items[n].name)) {
            igd_buf_printf(sql, "%s ", a->it->sql.dialect->drop_check);
            put_name("", from->checks.items[n].name, sql);
            igd_buf_puts(sql, ", ");
        }
    for (size_t n = 0; n < from->column_count; n++) {
        igd_str_list guards = {0};
        int rc = find_guards(a, op->table, from->columns[n].name, &guards, err);
        if (rc)
            return rc;
        for (size_t g = 0; g < guards.len; g++) {
            put_name("DROP CHECK ", guards.items[g], sql);
            igd_buf_puts(sql, ", ");
        }
        if (igd_table_has(op->to, from->columns[n].name) ||
            !igd_table_has(found, from->columns[n].name))
            continue;
        put_name("DROP COLUMN ", from->columns[n].name, sql);
        igd_buf_puts(sql, ", ");
    }
    return IGD_OK;
}

/* The table stays, for the sake of what others added to it; its rows come from git again. */
static int remake(alteration *a, const igd_op *op, igd_error *err)
{
    igd_table found;
    bool any = false;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    int rc = igd_mysql_read_table(&a->it->sql, op->table, a->mem, &found, &any, err);
    if (rc || !any)
        return rc ? rc
                  : igd_fail(err, IGD_E_TARGET, "table '%.*s' is gone", IGD_STR_ARG(op->table));
    put_name("TRUNCATE TABLE ", op->table, &sql);
    rc = statement(a, igd_buf_view(&sql), err);
    if (rc)
        return rc;
    begin_alter(op->table, &sql);
    rc = drop_parts(a, op, &found, &sql, err);
    if (found.key_count)
        igd_buf_puts(&sql, "DROP PRIMARY KEY, ");
    for (size_t n = 0; n < op->to->column_count; n++) {
        bool there = igd_table_has(&found, op->to->columns[n].name);
        igd_buf_puts(&sql, there ? "MODIFY COLUMN " : "ADD COLUMN ");
        define_column(a, op->to, n, &sql);
        igd_buf_puts(&sql, ", ");
    }
    igd_buf_puts(&sql, "ADD ");
    igd_sql_primary_key(a->it->sql.dialect, op->to, &sql);
    for (size_t n = 0; n < op->to->checks.len; n++) {
        igd_buf_puts(&sql, ", ADD ");
        igd_sql_check(a->it->sql.dialect, &op->to->checks.items[n], &sql);
    }
    return rc ? rc : statement(a, igd_buf_view(&sql), err);
}

/* ---- operations ---- */

/* Names of checks are MySQL's for the whole database: a table that takes the place of the one that
 * steps aside may have the same. Those of MariaDB are the table's. */
void igd_mysql_step_aside(const igd_op *op, igd_buf *sql)
{
    begin_alter(op->table, sql);
    for (size_t n = 0; n < op->from->checks.len; n++) {
        put_name("DROP CHECK ", op->from->checks.items[n].name, sql);
        igd_buf_puts(sql, ", ");
    }
    put_name("RENAME TO ", op->to->name, sql);
}

static int rename_table(alteration *a, const igd_op *op, igd_error *err)
{
    if (a->it->folded_names && igd_str_eq_nocase(op->table, op->to->name))
        return IGD_OK;
    if (a->it->mariadb || !igd_is_aside_name(op->to->name))
        return by_dialect(a, op, err);
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_table found;
    bool any = false;
    int rc = igd_mysql_read_table(&a->it->sql, op->table, a->mem, &found, &any, err);
    if (rc)
        return rc;
    igd_table there = *op->from;
    there.checks = (typeof(there.checks)){0};
    for (size_t n = 0; any && n < op->from->checks.len; n++)
        if (igd_table_check(&found, op->from->checks.items[n].name))
            IGD_PUSH(a->mem, &there.checks, op->from->checks.items[n]);
    igd_op aside = *op;
    aside.from = &there;
    igd_mysql_step_aside(&aside, &sql);
    return statement(a, igd_buf_view(&sql), err);
}

static int alter_once(alteration *a, const igd_op *op, igd_error *err)
{
    int rc = IGD_OK;
    switch (op->kind) {
    case IGD_OP_DROP_TABLE:
        return drop_table(a, op, err);
    case IGD_OP_DROP_COLUMN:
    case IGD_OP_DROP_CHECK:
    case IGD_OP_DROP_FOREIGN_KEY:
    case IGD_OP_DROP_INDEX:
        return drop(a, op, err);
    case IGD_OP_RENAME_COLUMN:
        return rename_column(a, op, err);
    case IGD_OP_RENAME_TABLE:
        return rename_table(a, op, err);
    case IGD_OP_CHANGE_PRIMARY_KEY:
        return remake(a, op, err);
    case IGD_OP_ADD_COLUMN:
        return add_column(a, op, err);
    case IGD_OP_ADD_FOREIGN_KEY:
        if (op->step)
            return add_to_new_table(a, op, err);
        break;
    case IGD_OP_ALTER_TYPE:
        if (igd_op_refills(op) && op->part == IGD_PART_EXPAND)
            rc = drop_guards(a, op, err);
        break;
    case IGD_OP_CREATE_TABLE:
    case IGD_OP_SET_NOT_NULL:
    case IGD_OP_DROP_NOT_NULL:
    case IGD_OP_ADD_INDEX:
    case IGD_OP_ADD_CHECK:
    case IGD_OP_COUNT:
        break;
    }
    if (!rc)
        rc = by_dialect(a, op, err);
    a->it->sql.base.created += !rc && op->kind == IGD_OP_CREATE_TABLE;
    return rc;
}

/* Others may open it again between two statements. */
#define MOST_CLOSES 5

/* MariaDB (10.11.19) does not find a column that has a check of its own, to rename it, while it has
 * the table open more than once: what a query that joins the table with itself leaves behind. To
 * InnoDB ENABLE KEYS does nothing, but the server closes the table for it. */
static int alter_one(alteration *a, const igd_op *op, igd_error *err)
{
    bool renames =
        op->kind == IGD_OP_RENAME_COLUMN || (op->kind == IGD_OP_ALTER_TYPE && igd_op_refills(op));
    int rc = alter_once(a, op, err);
    for (int n = 0;
         rc && renames && a->it->mariadb && err->native == ER_BAD_FIELD_ERROR && n < MOST_CLOSES;
         n++) {
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        begin_alter(op->table, &sql);
        igd_buf_puts(&sql, "ENABLE KEYS");
        rc = statement(a, igd_buf_view(&sql), err);
        if (!rc)
            rc = alter_once(a, op, err);
    }
    return rc;
}

int igd_mysql_alter(igd_sql_target *target, const igd_plan *plan, igd_part part, igd_error *err)
{
    const igd_op_list *ops = part == IGD_PART_EXPAND ? &plan->expand : &plan->contract;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    alteration a = {igd_mysql_of(target), plan, mem};
    for (size_t n = 0; n < ops->len; n++) {
        int rc = alter_one(&a, &ops->items[n], err);
        if (rc)
            return igd_error_prefix(err, "%.*s", IGD_STR_ARG(igd_op_text(&ops->items[n], mem)));
    }
    return IGD_OK;
}
