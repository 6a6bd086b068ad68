/*
 * The operations of a plan. Most are what the family says; otherwise here are
 *   - what others made for a column (indexes, constraints, triggers, views), which stays with the
 *     column, whatever is done to its values, or else is in the way of the operation: the server
 *     drops an index with its column without a word
 *   - changes of a type: in place, so that the column stays the same one
 *   - changes of the primary key: likewise, the table stays the same one
 */
#include "targets/postgres/postgres.h"

static void alter_table(const igd_dialect *dialect, igd_str table, igd_buf *sql)
{
    igd_buf_puts(sql, "ALTER TABLE ");
    igd_sql_name(dialect, table, sql);
}

static void push(igd_buf *sql, igd_arena *mem, igd_str_list *out)
{
    IGD_PUSH(mem, out, igd_arena_str(mem, igd_buf_view(sql)));
    igd_buf_clear(sql);
}

static int execute(igd_pg *it, const igd_op *op, const igd_str_list *statements, igd_error *err)
{
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < statements->len; n++)
        rc = igd_pg_exec(&it->sql, statements->items[n].ptr, err);
    if (!rc)
        return IGD_OK;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    return igd_error_prefix(err, "%.*s", IGD_STR_ARG(igd_op_text(op, mem)));
}

/* ---- columns that go ---- */

/* What the server would drop together with the column, apart from `ours`: names that are joined by
 * '/'. */
static int check_column(igd_pg *it, igd_str table, igd_str column, igd_str ours, igd_error *err)
{
    IGD_CLEANUP_PTR(PGresult) PGresult *found = NULL;
    igd_str texts[] = {table, igd_str_from(it->schema), column, ours};
    int rc = igd_pg_ask(
        it,
        "SELECT pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_depend d JOIN pg_class "
        "c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a "
        "ON a.attrelid = c.oid AND a.attnum = d.refobjsubid WHERE d.refclassid = "
        "'pg_class'::regclass AND d.deptype = 'a' AND d.classid IN ('pg_class'::regclass, "
        "'pg_constraint'::regclass, 'pg_statistic_ext'::regclass) AND c.relname = $1::text AND "
        "n.nspname = $2::text AND a.attname = $3::text AND NOT EXISTS (SELECT 1 FROM pg_class q "
        "WHERE d.classid = 'pg_class'::regclass AND q.oid = d.objid AND q.relkind = 'S') AND NOT "
        "coalesce((SELECT q.relname::text FROM pg_class q WHERE d.classid = 'pg_class'::regclass "
        "AND q.oid = d.objid), (SELECT q.conname::text FROM pg_constraint q WHERE d.classid = "
        "'pg_constraint'::regclass AND q.oid = d.objid), '') = ANY (string_to_array($4::text, "
        "'/')) LIMIT 1",
        texts, 4, &found, err);
    if (rc || PQntuples(found) == 0)
        return rc;
    igd_fail(err, IGD_E_TARGET,
             "column '%.*s' of table '%.*s' cannot be dropped: %.*s would go with it",
             IGD_STR_ARG(column), IGD_STR_ARG(table), IGD_STR_ARG(igd_pg_cell(found, 0, 0)));
    return igd_hint(err, "somebody made that for the column: drop or change it first");
}

static int drop_column(igd_pg *it, const igd_op *op, igd_error *err)
{
    int rc = check_column(it, op->table, op->from->columns[op->column_from].name, IGD_STR(""), err);
    return rc ? rc : igd_sql_alter(&it->sql, op, err);
}

/* ---- another kind ---- */

/* One rewrite: the old values go to a column aside, the column becomes empty and of the new type.
 * Triggers see none of it. */
void igd_pg_refill_text(const igd_dialect *dialect, const igd_op *op, igd_arena *mem,
                        igd_str_list *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf old_type = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf new_type = IGD_BUF_INIT;
    const igd_column *old = &op->from->columns[op->column_from];
    igd_str name = op->to->columns[op->column_to].name;
    igd_str aside = igd_aside_name(old->name, dialect->identifier_bytes, mem);
    dialect->column_type(op->from, (size_t)op->column_from, &old_type);
    dialect->column_type(op->to, (size_t)op->column_to, &new_type);
    alter_table(dialect, op->table, &sql);
    igd_buf_puts(&sql, " ADD COLUMN ");
    igd_sql_name(dialect, aside, &sql);
    igd_buf_printf(&sql, " %s", old_type.ptr);
    push(&sql, mem, out);
    alter_table(dialect, op->table, &sql);
    igd_buf_puts(&sql, " ALTER COLUMN ");
    igd_sql_name(dialect, aside, &sql);
    igd_buf_printf(&sql, " TYPE %s USING ", old_type.ptr);
    igd_sql_name(dialect, name, &sql);
    igd_buf_puts(&sql, ", ALTER COLUMN ");
    igd_sql_name(dialect, name, &sql);
    igd_buf_printf(&sql, " TYPE %s USING NULL", new_type.ptr);
    push(&sql, mem, out);
}

static int refill(igd_pg *it, const igd_op *op, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str_list statements = {0};
    igd_pg_refill_text(&it->dialect, op, mem, &statements);
    return execute(it, op, &statements, err);
}

/* ---- another primary key ---- */

/* The constraint's name, to drop it by; empty when there is none. */
static int find_key(igd_pg *it, igd_str table, igd_arena *mem, igd_str *out, igd_error *err)
{
    IGD_CLEANUP_PTR(PGresult) PGresult *found = NULL;
    igd_str texts[] = {table, igd_str_from(it->schema)};
    int rc = igd_pg_ask(it,
                        "SELECT k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = "
                        "k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype "
                        "= 'p' AND c.relname = $1::text AND n.nspname = $2::text",
                        texts, 2, &found, err);
    *out = (igd_str){0};
    if (!rc && PQntuples(found) > 0)
        *out = igd_arena_str(mem, igd_pg_cell(found, 0, 0));
    return rc;
}

static bool stays(const igd_dialect *dialect, const igd_op *op, size_t from, ptrdiff_t to)
{
    IGD_CLEANUP(igd_buf)
    igd_buf before = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf after = IGD_BUF_INIT;
    if (to < 0)
        return false;
    dialect->column_type(op->from, from, &before);
    dialect->column_type(op->to, (size_t)to, &after);
    return igd_str_eq(igd_buf_view(&before), igd_buf_view(&after));
}

static void drop_old(const igd_dialect *dialect, const igd_op *op, igd_str key, igd_buf *sql)
{
    const char *glue = " ";
    if (key.len) {
        igd_buf_puts(sql, " DROP CONSTRAINT ");
        igd_sql_name(dialect, key, sql);
        glue = ", ";
    }
    for (size_t n = 0; n < op->from->checks.len; n++) {
        igd_buf_printf(sql, "%sDROP CONSTRAINT IF EXISTS ", glue);
        igd_sql_name(dialect, op->from->checks.items[n].name, sql);
        glue = ", ";
    }
    for (size_t n = 0; n < op->from->column_count; n++) {
        igd_str name = op->from->columns[n].name;
        if (stays(dialect, op, n, igd_table_column(op->to, name)))
            igd_buf_printf(sql, "%sALTER COLUMN ", glue);
        else
            igd_buf_printf(sql, "%sDROP COLUMN IF EXISTS ", glue);
        igd_sql_name(dialect, name, sql);
        if (stays(dialect, op, n, igd_table_column(op->to, name)))
            igd_buf_puts(sql, " DROP NOT NULL");
        glue = ", ";
    }
}

static void add_new(const igd_dialect *dialect, const igd_op *op, igd_buf *sql)
{
    for (size_t n = 0; n < op->to->column_count; n++) {
        const igd_column *column = &op->to->columns[n];
        ptrdiff_t before = igd_table_column(op->from, column->name);
        bool not_null = column->not_null || n < op->to->key_count;
        igd_buf_puts(sql, n ? ", " : " ");
        if (before >= 0 && stays(dialect, op, (size_t)before, (ptrdiff_t)n)) {
            igd_buf_puts(sql, "ALTER COLUMN ");
            igd_sql_name(dialect, column->name, sql);
            igd_buf_puts(sql, not_null ? " SET NOT NULL" : " DROP NOT NULL");
            continue;
        }
        igd_buf_puts(sql, "ADD COLUMN ");
        igd_sql_name(dialect, column->name, sql);
        igd_buf_byte(sql, ' ');
        dialect->column_type(op->to, n, sql);
        igd_buf_puts(sql, not_null ? " NOT NULL" : "");
    }
    igd_buf_puts(sql, ", ADD ");
    igd_sql_primary_key(dialect, op->to, sql);
    for (size_t n = 0; n < op->to->checks.len; n++) {
        igd_buf_puts(sql, ", ADD ");
        igd_sql_check(dialect, &op->to->checks.items[n], sql);
    }
}

/* It is emptied, and its columns become those that are wanted; what others made for it stays. Not
 * cascading, TRUNCATE refuses where a table of others refers to it. */
void igd_pg_remake_text(const igd_dialect *dialect, const igd_op *op, igd_str key, igd_arena *mem,
                        igd_str_list *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "TRUNCATE TABLE ");
    igd_sql_name(dialect, op->table, &sql);
    push(&sql, mem, out);
    alter_table(dialect, op->table, &sql);
    drop_old(dialect, op, key, &sql);
    push(&sql, mem, out);
    alter_table(dialect, op->table, &sql);
    add_new(dialect, op, &sql);
    push(&sql, mem, out);
}

static int remake(igd_pg *it, const igd_op *op, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str_list statements = {0};
    igd_str key;
    int rc = find_key(it, op->table, mem, &key, err);
    for (size_t n = 0; !rc && n < op->from->column_count; n++) {
        igd_str name = op->from->columns[n].name;
        if (!stays(&it->dialect, op, n, igd_table_column(op->to, name)) && n >= op->from->key_count)
            rc = check_column(it, op->table, name, IGD_STR(""), err);
    }
    if (rc)
        return rc;
    igd_pg_remake_text(&it->dialect, op, key, mem, &statements);
    return execute(it, op, &statements, err);
}

/* ---- before anything is done ---- */

static bool is_wanted(const igd_table_plan *plan, const igd_column *column)
{
    if (igd_table_column(plan->to, column->name) >= 0)
        return true;
    for (size_t n = 0; n < plan->to->column_count; n++)
        if (igd_str_eq(plan->to->columns[n].renamed.from, column->name))
            return true;
    return false;
}

/* Of what goes before the columns do. */
igd_str igd_pg_names_of(const igd_table *table, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf names = IGD_BUF_INIT;
    for (size_t n = 0; n < table->checks.len; n++)
        igd_buf_printf(&names, "%.*s/", IGD_STR_ARG(table->checks.items[n].name));
    for (size_t n = 0; n < table->indexes.len; n++)
        igd_buf_printf(&names, "%.*s/", IGD_STR_ARG(table->indexes.items[n].name));
    for (size_t n = 0; n < table->foreign_keys.len; n++)
        igd_buf_printf(&names, "%.*s/", IGD_STR_ARG(table->foreign_keys.items[n].name));
    return igd_arena_str(mem, igd_buf_view(&names));
}

/* What keeps the server from dropping a table: views, and foreign keys of tables that are not ours.
 */
static int check_table(igd_pg *it, igd_str table, igd_str ours, igd_error *err)
{
    IGD_CLEANUP_PTR(PGresult) PGresult *found = NULL;
    igd_str texts[] = {table, igd_str_from(it->schema), ours};
    int rc = igd_pg_ask(
        it,
        "SELECT coalesce((SELECT r.ev_class::regclass::text FROM pg_rewrite r WHERE d.classid = "
        "'pg_rewrite'::regclass AND r.oid = d.objid), (SELECT k.conrelid::regclass::text FROM "
        "pg_constraint k WHERE d.classid = 'pg_constraint'::regclass AND k.oid = d.objid)) FROM "
        "pg_depend d JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = "
        "c.relnamespace WHERE d.refclassid = 'pg_class'::regclass AND d.deptype = 'n' AND "
        "c.relname = $1::text AND n.nspname = $2::text AND (d.classid = 'pg_rewrite'::regclass OR "
        "d.classid = 'pg_constraint'::regclass AND EXISTS (SELECT 1 FROM pg_constraint k JOIN "
        "pg_class o ON o.oid = k.conrelid WHERE k.oid = d.objid AND NOT o.relname = ANY "
        "(string_to_array($3::text, '/')))) LIMIT 1",
        texts, 3, &found, err);
    if (rc || PQntuples(found) == 0)
        return rc;
    igd_fail(err, IGD_E_TARGET, "table '%.*s' cannot be dropped: '%.*s' depends on it",
             IGD_STR_ARG(table), IGD_STR_ARG(igd_pg_cell(found, 0, 0)));
    return igd_hint(err, "drop or change that first");
}

static int check_tables(igd_pg *it, const igd_plan *plan, igd_arena *mem, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf ours = IGD_BUF_INIT;
    int rc = IGD_OK;
    for (size_t n = 0; plan && n < plan->table_count; n++)
        if (plan->tables[n].from)
            igd_buf_printf(&ours, "%.*s/", IGD_STR_ARG(plan->tables[n].from->name));
    igd_str names = igd_arena_str(mem, igd_buf_view(&ours));
    for (size_t n = 0; !rc && plan && n < plan->table_count; n++)
        if (plan->tables[n].from && !plan->tables[n].to)
            rc = check_table(it, plan->tables[n].from->name, names, err);
    return rc;
}

int igd_pg_check(igd_sql_target *target, const igd_begin *begin, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    const igd_plan *plan = begin->plan;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    int rc = check_tables(it, plan, mem, err);
    for (size_t n = 0; !rc && plan && n < plan->table_count; n++) {
        const igd_table_plan *table = &plan->tables[n];
        for (size_t c = table->from ? table->from->key_count : 0;
             !rc && table->from && table->to && c < table->from->column_count; c++) {
            const igd_column *column = &table->from->columns[c];
            if (!is_wanted(table, column))
                rc = check_column(it, table->from->name, column->name,
                                  igd_pg_names_of(table->from, mem), err);
        }
    }
    return rc;
}

/* ---- all of a part ---- */

static int alter_one(igd_pg *it, const igd_op *op, igd_error *err)
{
    if (op->kind == IGD_OP_CHANGE_PRIMARY_KEY)
        return remake(it, op, err);
    if (op->kind == IGD_OP_DROP_COLUMN)
        return drop_column(it, op, err);
    if (op->part == IGD_PART_EXPAND && igd_op_refills(op))
        return refill(it, op, err);
    return igd_sql_alter(&it->sql, op, err);
}

int igd_pg_alter(igd_sql_target *target, const igd_plan *plan, igd_part part, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    const igd_op_list *ops = part == IGD_PART_EXPAND ? &plan->expand : &plan->contract;
    if (ops->len == 0)
        return IGD_OK;
    /* A table with references that are still to be checked cannot be changed. */
    int rc = igd_pg_exec(target, "SET CONSTRAINTS ALL IMMEDIATE", err);
    for (size_t n = 0; !rc && n < ops->len; n++)
        rc = alter_one(it, &ops->items[n], err);
    return rc ? rc : igd_pg_exec(target, "SET CONSTRAINTS ALL DEFERRED", err);
}
