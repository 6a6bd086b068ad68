/*
 * What the tables are when a run begins, what it makes of each, and the rows of those that lose
 * something.
 */
#include "base/arena.h"
#include "base/map.h"
#include "targets/sqlite/record.h"

static igd_str keep(igd_arena *mem, sqlite3_stmt *stmt, int column)
{
    return igd_arena_str(mem, igd_sqlite_text(stmt, column));
}

int igd_record_read_schema(igd_sqlite_recorder *r, igd_arena *mem, record_objects *out,
                           igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    int rc = igd_sqlite_ask(r->it,
                            "SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql IS "
                            "NOT NULL ORDER BY rowid",
                            (igd_str){0}, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err))
        IGD_PUSH(mem, out,
                 (record_object){keep(mem, stmt, 0), keep(mem, stmt, 1), keep(mem, stmt, 2),
                                 keep(mem, stmt, 3)});
    return rc;
}

record_table *igd_record_table(const igd_sqlite_recorder *r, igd_str name)
{
    for (size_t n = 0; n < r->tables.len; n++)
        if (igd_str_eq_nocase(r->tables.items[n].now, name))
            return &r->tables.items[n];
    return NULL;
}

static record_table *table_as_it_was(const igd_sqlite_recorder *r, igd_str name)
{
    for (size_t n = 0; n < r->tables.len; n++)
        if (igd_str_eq_nocase(r->tables.items[n].name, name))
            return &r->tables.items[n];
    return NULL;
}

/* ---- forms ---- */

static bool is_number(igd_str type)
{
    return igd_str_eq_nocase(type, IGD_STR("INTEGER"));
}

/* Whether the table has numbers of rows, and is one whose rows can be watched. */
static int read_kind(igd_sqlite_recorder *r, igd_str table, bool *plain, bool *numbered,
                     igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    int rc = igd_sqlite_ask(r->it,
                            "SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name "
                            "= ?1 COLLATE NOCASE",
                            table, &stmt, err);
    *plain = *numbered = false;
    if (!rc && igd_sqlite_next(stmt, &rc, err)) {
        *plain = igd_str_is(igd_sqlite_text(stmt, 0), "table");
        *numbered = *plain && sqlite3_column_int(stmt, 1) == 0;
    }
    return rc;
}

static const char *rowid_name(const record_form *form)
{
    static const char *const names[] = {"rowid", "_rowid_", "oid"};
    for (size_t n = 0; n < IGD_COUNT(names); n++) {
        bool taken = false;
        for (size_t c = 0; c < form->columns.len; c++)
            taken |= igd_str_eq_nocase(form->columns.items[c].name, igd_str_from(names[n]));
        if (!taken)
            return names[n];
    }
    return NULL;
}

int igd_record_read_form(igd_sqlite_recorder *r, igd_str table, record_form *out, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    bool plain, numbered, sure = true, alias = false;
    record_form form = {0};
    int rc = read_kind(r, table, &plain, &numbered, err);
    if (!rc)
        rc = igd_sqlite_ask(r->it,
                            "SELECT name, type, \"notnull\", pk, hidden FROM "
                            "pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY pk = 0, pk, cid",
                            table, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err)) {
        record_column column = {keep(r->mem, stmt, 0), sqlite3_column_int(stmt, 4) != 0};
        IGD_PUSH(r->mem, &form.columns, column);
        if (sqlite3_column_int(stmt, 3) == 0)
            continue;
        IGD_PUSH(r->mem, &form.key, column.name);
        sure &= !numbered || sqlite3_column_int(stmt, 2) != 0;
        alias = is_number(igd_sqlite_text(stmt, 1));
    }
    /* A primary key may be null, in more than one row, unless it says otherwise. */
    if (!sure && !(form.key.len == 1 && alias))
        form.key.len = 0;
    form.rowid = numbered ? rowid_name(&form) : NULL;
    *out = form;
    return rc;
}

/* Rows of ours are known by the key of their table, whatever index stands for it. */
static void take_key(igd_sqlite_recorder *r, const igd_table *table, record_form *form)
{
    form->key = (igd_str_list){0};
    for (size_t n = 0; n < table->key_count; n++)
        IGD_PUSH(r->mem, &form->key, table->columns[n].name);
}

/* ---- what becomes of a table ---- */

static bool loses(const igd_op_list *ops)
{
    for (size_t n = 0; n < ops->len; n++)
        if (ops->items[n].kind == IGD_OP_DROP_COLUMN || ops->items[n].kind == IGD_OP_DROP_TABLE ||
            ops->items[n].kind == IGD_OP_CHANGE_PRIMARY_KEY || igd_op_refills(&ops->items[n]))
            return true;
    return false;
}

static void take_plan(igd_sqlite_recorder *r, const igd_table_plan *plan)
{
    record_table *table = plan->from ? table_as_it_was(r, plan->from->name) : NULL;
    if (!table)
        return;
    const igd_table *now = plan->to ? plan->to : plan->between;
    table->ours = true;
    table->plan = plan;
    table->now = now->name;
    take_key(r, plan->from, &table->form);
    if (plan->expand.len + plan->contract.len == 0)
        return;
    table->fate =
        loses(&plan->expand) || loses(&plan->contract) || !plan->to ? RECORD_LOST : RECORD_ALTERED;
}

int igd_record_read_tables(igd_sqlite_recorder *r, const igd_plan *plan, igd_error *err)
{
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < r->objects.len; n++) {
        const record_object *object = &r->objects.items[n];
        bool plain, numbered;
        if (!igd_str_is(object->type, "table") || igd_str_starts(object->name, IGD_STR("sqlite_")))
            continue;
        rc = read_kind(r, object->name, &plain, &numbered, err);
        if (rc || !plain)
            continue;
        record_table table = {.name = object->name, .now = object->name, .sql = object->sql};
        table.book = table.ours = igd_str_starts(table.name, IGD_STR("ingitdb_sync_"));
        rc = igd_record_read_form(r, table.name, &table.form, err);
        table.current = table.form;
        IGD_PUSH(r->mem, &r->tables, table);
    }
    for (size_t n = 0; !rc && plan && n < plan->table_count; n++)
        take_plan(r, &plan->tables[n]);
    return rc;
}

int igd_record_look_again(igd_sqlite_recorder *r, const igd_plan *plan IGD_UNUSED, igd_error *err)
{
    record_objects now = {0};
    int rc = igd_record_read_schema(r, r->mem, &now, err);
    for (size_t n = 0; !rc && n < r->tables.len; n++) {
        record_table *table = &r->tables.items[n];
        for (size_t o = 0; o < now.len; o++)
            if (table->fate == RECORD_SAME && igd_str_is(now.items[o].type, "table") &&
                igd_str_eq_nocase(now.items[o].name, table->now) &&
                !igd_str_eq(now.items[o].sql, table->sql))
                table->fate = RECORD_ALTERED; /* a name in it was changed */
        rc = igd_record_read_form(r, table->now, &table->current, err);
        if (table->plan)
            take_key(r, table->plan->to ? table->plan->to : table->plan->between, &table->current);
    }
    return rc;
}

static bool has_column(const record_form *form, igd_str name)
{
    for (size_t n = 0; n < form->columns.len; n++)
        if (igd_str_eq_nocase(form->columns.items[n].name, name))
            return true;
    return false;
}

igd_str igd_record_old_column(const record_table *table, igd_str column)
{
    const igd_op_list *ops = table->plan ? &table->plan->expand : NULL;
    for (size_t n = 0; ops && n < ops->len; n++) {
        const igd_op *op = &ops->items[n];
        if (op->kind == IGD_OP_RENAME_COLUMN &&
            igd_str_eq_nocase(op->to->columns[op->column_to].name, column))
            return op->from->columns[op->column_from].name;
    }
    return has_column(&table->form, column) ? column : (igd_str){0};
}

/* ---- rows of tables that lose some ---- */

static int save_table(igd_sqlite_recorder *r, record_table *table, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf row = IGD_BUF_INIT;
    table->rows = igd_spool_new();
    igd_buf_puts(&sql, "SELECT ");
    igd_record_columns(&table->form, &sql);
    igd_buf_puts(&sql, " FROM main.");
    igd_sqlite_name(table->name, &sql);
    int rc = igd_sqlite_ask(r->it, sql.ptr, (igd_str){0}, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err)) {
        igd_buf_clear(&row);
        for (int n = 0; n < sqlite3_column_count(stmt); n++) {
            igd_buf_byte(&row, n ? ',' : '(');
            igd_record_value(sqlite3_column_value(stmt, n), &row);
        }
        igd_buf_byte(&row, ')');
        rc = igd_spool_add(table->rows, igd_buf_view(&row), err);
    }
    return rc;
}

void igd_record_columns(const record_form *form, igd_buf *sql)
{
    const char *glue = "";
    if (form->rowid && form->key.len == 0) {
        igd_buf_puts(sql, form->rowid);
        glue = ", ";
    }
    for (size_t n = 0; n < form->columns.len; n++) {
        if (form->columns.items[n].generated)
            continue;
        igd_buf_puts(sql, glue);
        igd_sqlite_name(form->columns.items[n].name, sql);
        glue = ", ";
    }
}

int igd_record_save_rows(igd_sqlite_recorder *r, igd_error *err)
{
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < r->tables.len; n++)
        if (r->tables.items[n].fate == RECORD_LOST)
            rc = save_table(r, &r->tables.items[n], err);
    return rc;
}
