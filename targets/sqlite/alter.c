/*
 * The operations of a plan: ALTER TABLE where SQLite has it, else one rebuild of each table and
 * part (rebuild.c).
 */
#include "targets/sqlite/record.h"
#include "targets/sqlite/sqlite.h"

static bool needs_rebuild(const igd_op *op)
{
    switch (op->kind) {
    case IGD_OP_SET_NOT_NULL:
    case IGD_OP_DROP_NOT_NULL:
    case IGD_OP_ADD_CHECK:
    case IGD_OP_DROP_CHECK:
    case IGD_OP_ADD_FOREIGN_KEY:
    case IGD_OP_DROP_FOREIGN_KEY:
        return true;
    case IGD_OP_DROP_COLUMN:
        /* One that was left aside makes room for another: it goes before the rebuild. */
        return op->part == IGD_PART_CONTRACT;
    case IGD_OP_ALTER_TYPE:
        /* Of the same kind it is the same type. RENAME COLUMN would take what others made for the
         * column (indexes, views, triggers) aside with the old values. */
        return igd_op_refills(op);
    case IGD_OP_CREATE_TABLE:
    case IGD_OP_DROP_TABLE:
    case IGD_OP_RENAME_TABLE:
    case IGD_OP_ADD_COLUMN:
    case IGD_OP_RENAME_COLUMN:
    case IGD_OP_ADD_INDEX:
    case IGD_OP_DROP_INDEX:
    case IGD_OP_CHANGE_PRIMARY_KEY:
    case IGD_OP_COUNT:
        break;
    }
    return false;
}

static bool is_dropped(const igd_plan *plan, igd_str name)
{
    for (size_t n = 0; n < plan->table_count; n++) {
        const igd_table_plan *table = &plan->tables[n];
        if (!table->to && table->between && igd_str_eq_nocase(table->between->name, name))
            return true;
    }
    return false;
}

/* ---- dropping tables ---- */

/* Others' tables that refer to it would be left with references to nothing. */
static int check_references(igd_sqlite *it, const igd_plan *plan, igd_str name, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    int rc = igd_sqlite_ask(it,
                            "SELECT DISTINCT m.name FROM sqlite_schema m, "
                            "pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND "
                            "f.\"table\" = ?1 COLLATE NOCASE AND m.name <> ?1 COLLATE NOCASE",
                            name, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err)) {
        igd_str other = igd_sqlite_text(stmt, 0);
        if (is_dropped(plan, other))
            continue;
        igd_fail(err, IGD_E_TARGET, "table '%.*s' cannot be dropped: table '%.*s' refers to it",
                 IGD_STR_ARG(name), IGD_STR_ARG(other));
        return igd_hint(err, "drop the other table, or its foreign key, first");
    }
    return rc;
}

/* ---- single operations ---- */

static int execute(igd_sqlite *it, const igd_op *op, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_sql_op(&igd_sqlite_dialect, op, &sql);
    return igd_sqlite_exec(&it->sql, sql.ptr, err);
}

/* The name goes to another table: what others made for the name stays with it. */
static int set_aside(igd_sqlite *it, const igd_op *op, igd_error *err)
{
    int rc = igd_sqlite_exec(&it->sql, "PRAGMA legacy_alter_table = ON", err);
    if (!rc)
        rc = execute(it, op, err);
    /* An error leads to a rollback, which restores it as well. */
    return rc ? rc : igd_sqlite_exec(&it->sql, "PRAGMA legacy_alter_table = OFF", err);
}

static int rename_table(igd_sqlite *it, const igd_op *op, igd_error *err)
{
    if (op->step)
        return set_aside(it, op, err);
    /* SQLite takes a name that differs in case only for another table's. */
    if (!igd_str_eq_nocase(op->table, op->to->name))
        return execute(it, op, err);
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    igd_buf_printf(&name, "ingitdb_new_%.*s", IGD_STR_ARG(op->to->name));
    igd_table middle = *op->to;
    middle.name = igd_buf_view(&name);
    igd_op first = *op, second = *op;
    first.to = &middle;
    second.table = middle.name;
    int rc = execute(it, &first, err);
    return rc ? rc : execute(it, &second, err);
}

static int alter_one(igd_sqlite *it, const igd_plan *plan, const igd_op *op, igd_error *err)
{
    int rc;
    if (op->kind == IGD_OP_ALTER_TYPE)
        return IGD_OK;
    if (op->kind == IGD_OP_CHANGE_PRIMARY_KEY)
        return igd_sqlite_remake(it, op, err);
    if (op->kind == IGD_OP_RENAME_TABLE)
        return rename_table(it, op, err);
    if (op->kind == IGD_OP_DROP_TABLE || op->kind == IGD_OP_DROP_INDEX) {
        /* What somebody has dropped already must not stop this run and all that follow. */
        igd_str name = op->kind == IGD_OP_DROP_TABLE ? op->table : op->index->name;
        bool exists;
        rc = igd_sqlite_exists(&it->sql, name, &exists, err);
        if (!rc && exists && op->kind == IGD_OP_DROP_TABLE)
            rc = check_references(it, plan, name, err);
        if (rc || !exists)
            return rc;
    }
    rc = execute(it, op, err);
    it->sql.base.created += !rc && op->kind == IGD_OP_CREATE_TABLE;
    return rc;
}

/* ---- rebuilds ---- */

/* The drop of the column that stepped aside, in terms of a plain operation. */
static igd_op drop_aside(const igd_op *op, igd_arena *mem)
{
    igd_table *from = IGD_NEW(mem, igd_table);
    from->columns = IGD_NEW(mem, igd_column);
    from->column_count = 1;
    from->columns[0].name = igd_aside_name(op->from->columns[op->column_from].name, 0, mem);
    igd_op drop = *op;
    drop.kind = IGD_OP_DROP_COLUMN;
    drop.from = from;
    drop.column_from = 0;
    drop.column_to = -1;
    return drop;
}

/* DROP COLUMN of SQLite refuses where an index, a key, a trigger or a view needs the column; the
 * rebuild then does it, or says what is in the way. */
static int drop_natively(igd_sqlite *it, const igd_op *op, bool *done, igd_error *err)
{
    int rc = igd_sqlite_exec(&it->sql, "SAVEPOINT drop_column", err);
    if (rc)
        return rc;
    igd_error refused;
    *done = execute(it, op, &refused) == IGD_OK;
    return igd_sqlite_exec(
        &it->sql, *done ? "RELEASE drop_column" : "ROLLBACK TO drop_column; RELEASE drop_column",
        err);
}

static int rebuild_table(igd_sqlite *it, const igd_op_list *ops, igd_str name, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_op_list changes = {0};
    bool only_drops = true;
    for (size_t n = 0; n < ops->len; n++) {
        const igd_op *op = &ops->items[n];
        if (!needs_rebuild(op))
            continue;
        bool aside = op->kind == IGD_OP_ALTER_TYPE && op->part == IGD_PART_CONTRACT;
        IGD_PUSH(mem, &changes, aside ? drop_aside(op, mem) : *op);
        igd_op *last = &changes.items[changes.len - 1];
        last->table = name;
        only_drops &= last->kind == IGD_OP_DROP_COLUMN;
    }
    if (changes.len == 0)
        return IGD_OK;
    size_t left = 0;
    for (size_t n = 0; only_drops && n < changes.len; n++) {
        bool done;
        int rc = drop_natively(it, &changes.items[n], &done, err);
        if (rc)
            return rc;
        if (!done)
            changes.items[left++] = changes.items[n];
    }
    if (only_drops)
        changes.len = left;
    return changes.len ? igd_sqlite_rebuild(it, name, &changes, err) : IGD_OK;
}

static int alter(igd_sqlite *it, const igd_plan *plan, igd_part part, igd_error *err)
{
    const igd_op_list *ops = part == IGD_PART_EXPAND ? &plan->expand : &plan->contract;
    int rc = IGD_OK;
    /* Indexes of columns that only get their final form by a rebuild come after it. */
    for (size_t n = 0; !rc && n < ops->len; n++)
        if (!needs_rebuild(&ops->items[n]) && ops->items[n].kind != IGD_OP_ADD_INDEX)
            rc = alter_one(it, plan, &ops->items[n], err);
    for (size_t n = 0; !rc && n < plan->table_count; n++) {
        const igd_table_plan *table = &plan->tables[n];
        /* A table that goes need not lose its constraints first: foreign keys are off. */
        if (table->to)
            rc = rebuild_table(it, part == IGD_PART_EXPAND ? &table->expand : &table->contract,
                               table->to->name, err);
    }
    for (size_t n = 0; !rc && n < ops->len; n++)
        if (ops->items[n].kind == IGD_OP_ADD_INDEX)
            rc = execute(it, &ops->items[n], err);
    return rc;
}

int igd_sqlite_alter(igd_sql_target *target, const igd_plan *plan, igd_part part, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    int rc = it->recorder ? igd_sqlite_record_schema(it->recorder, part, true, err) : IGD_OK;
    if (!rc)
        rc = alter(it, plan, part, err);
    if (!rc && it->recorder)
        rc = igd_sqlite_record_schema(it->recorder, part, false, err);
    return rc;
}
