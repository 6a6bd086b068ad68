/*
 * What happens to rows, told by triggers of ours: a function of SQL gets what each row was and what
 * it becomes, and writes down what undoes that.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"
#include "targets/sqlite/record.h"

#define VALUES_MOST 90 /* of one call: SQLite allows 100 arguments at least */
#define CALL_HEAD   5  /* kind, table, number of the row, how many values there are, the first */

/* ---- the triggers ---- */

static void add_call(char kind, size_t table, const record_form *form, size_t from, igd_buf *sql)
{
    size_t columns = form->columns.len, all = kind == 'u' ? 2 * columns : columns;
    const char *row = kind == 'i' ? "NEW" : "OLD";
    igd_buf_printf(sql, "SELECT ingitdb_record('%c', %zu, ", kind, table);
    if (form->rowid)
        igd_buf_printf(sql, "%s.%s", row, form->rowid);
    else
        igd_buf_puts(sql, "NULL");
    igd_buf_printf(sql, ", %zu, %zu", all, from);
    for (size_t n = from; n < all && n < from + VALUES_MOST; n++) {
        igd_buf_printf(sql, ", %s.", n < columns ? row : "NEW");
        igd_sqlite_name(form->columns.items[n % columns].name, sql);
    }
    igd_buf_puts(sql, ");");
}

static int add_trigger(igd_sqlite_recorder *r, size_t table, char kind, const char *when,
                       igd_error *err)
{
    const record_table *of = &r->tables.items[table];
    size_t columns = of->current.columns.len, all = kind == 'u' ? 2 * columns : columns;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_printf(&sql, "CREATE TEMP TRIGGER ingitdb_record_%c%zu %s ON main.", kind, table, when);
    igd_sqlite_name(of->now, &sql);
    igd_buf_puts(&sql, " BEGIN ");
    for (size_t from = 0; from < all; from += VALUES_MOST)
        add_call(kind, table, &of->current, from, &sql);
    igd_buf_puts(&sql, " END");
    if (sqlite3_exec(r->it->db, sql.ptr, NULL, NULL, NULL) != SQLITE_OK)
        return igd_sqlite_fail(r->it->db, err);
    return IGD_OK;
}

int igd_record_watch(igd_sqlite_recorder *r, bool books, igd_error *err)
{
    int rc = IGD_OK;
    r->watching = true;
    for (size_t n = 0; !rc && n < r->tables.len; n++) {
        if (r->tables.items[n].current.columns.len == 0 || (books && !r->tables.items[n].book))
            continue;
        /* Before others' triggers, so that theirs are undone first. A row that is inserted has its
         * number afterwards. */
        rc = add_trigger(r, n, 'i', "AFTER INSERT", err);
        if (!rc)
            rc = add_trigger(r, n, 'u', "BEFORE UPDATE", err);
        if (!rc)
            rc = add_trigger(r, n, 'd', "BEFORE DELETE", err);
    }
    return rc;
}

int igd_record_unwatch(igd_sqlite_recorder *r, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    if (!r->watching)
        return IGD_OK;
    int rc = igd_sqlite_ask(r->it,
                            "SELECT name FROM temp.sqlite_schema WHERE type = 'trigger' AND name "
                            "GLOB 'ingitdb_record_*'",
                            (igd_str){0}, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err))
        igd_buf_printf(&sql, "DROP TRIGGER temp.%.*s;", IGD_STR_ARG(igd_sqlite_text(stmt, 0)));
    sqlite3_reset(stmt);
    if (!rc && sqlite3_exec(r->it->db, sql.ptr, NULL, NULL, NULL) != SQLITE_OK)
        rc = igd_sqlite_fail(r->it->db, err);
    r->watching = rc != IGD_OK;
    return rc;
}

/* ---- texts ---- */

static sqlite3_value *value_of(const record_form *form, sqlite3_value **values, igd_str name)
{
    for (size_t n = 0; n < form->columns.len; n++)
        if (igd_str_eq_nocase(form->columns.items[n].name, name))
            return values[n];
    return NULL;
}

static void put_key(const igd_str_list *names, const igd_str_list *columns, const record_form *form,
                    sqlite3_value **values, igd_buf *sql)
{
    for (size_t n = 0; n < names->len; n++) {
        igd_buf_puts(sql, n ? " AND " : " WHERE ");
        igd_sqlite_name(names->items[n], sql);
        igd_buf_puts(sql, " = ");
        igd_record_value(value_of(form, values, columns->items[n]), sql);
    }
}

/* All that the row is; `at` of the bookkeeping is written by the clock of whoever runs the script.
 */
static void put_all(const record_table *table, sqlite3_value **values, const char *glue,
                    igd_buf *sql)
{
    for (size_t n = 0; n < table->current.columns.len; n++) {
        const record_column *column = &table->current.columns.items[n];
        if (column->generated || (table->book && igd_str_is(column->name, "at")))
            continue;
        igd_buf_puts(sql, glue);
        igd_sqlite_name(column->name, sql);
        igd_buf_puts(sql, " IS ");
        igd_record_value(values[n], sql);
        glue = " AND ";
    }
}

/* A row of a table that is the same before and after the run. One of others has to be what the run
 * made of it: where they have changed it since, it stays. */
static void put_where(const record_table *table, sqlite3_value **values, sqlite3_value *number,
                      igd_buf *sql)
{
    const record_form *form = &table->current;
    if (form->key.len) {
        put_key(&form->key, &form->key, form, values, sql);
        if (!table->ours)
            put_all(table, values, " AND ", sql);
        return;
    }
    if (!form->rowid) {
        put_all(table, values, " WHERE ", sql);
        return;
    }
    igd_buf_printf(sql, " WHERE %s = (SELECT %s FROM ", form->rowid, form->rowid);
    igd_sqlite_name(table->now, sql);
    put_all(table, values, " WHERE ", sql);
    igd_buf_printf(sql, " ORDER BY %s = %lld DESC, %s DESC LIMIT 1)", form->rowid,
                   (long long)sqlite3_value_int64(number), form->rowid);
}

static bool same(sqlite3_value *a, sqlite3_value *b)
{
    int type = sqlite3_value_type(a);
    if (type != sqlite3_value_type(b))
        return false;
    if (type == SQLITE_NULL)
        return true;
    if (type == SQLITE_INTEGER)
        return sqlite3_value_int64(a) == sqlite3_value_int64(b);
    if (type == SQLITE_FLOAT) {
        double x = sqlite3_value_double(a), y = sqlite3_value_double(b);
        return memcmp(&x, &y, sizeof(x)) == 0;
    }
    const void *x = sqlite3_value_blob(a), *y = sqlite3_value_blob(b);
    int len = sqlite3_value_bytes(a);
    return len == sqlite3_value_bytes(b) && (len == 0 || memcmp(x, y, (size_t)len) == 0);
}

/* UPDATE ... SET what differs, without where; false when nothing does. */
static bool put_update(const record_table *table, sqlite3_value **from, sqlite3_value **to,
                       igd_buf *sql)
{
    const char *glue = " SET ";
    igd_buf_puts(sql, "UPDATE ");
    igd_sqlite_name(table->now, sql);
    for (size_t n = 0; n < table->current.columns.len; n++) {
        const record_column *column = &table->current.columns.items[n];
        if (column->generated || same(from[n], to[n]))
            continue;
        igd_buf_puts(sql, glue);
        igd_sqlite_name(column->name, sql);
        igd_buf_puts(sql, " = ");
        igd_record_value(to[n], sql);
        glue = ", ";
    }
    return *glue == ',';
}

static void put_delete(igd_str table, igd_buf *sql)
{
    igd_buf_puts(sql, "DELETE FROM ");
    igd_sqlite_name(table, sql);
}

/* ---- undoing ---- */

static void undo_delete(const record_table *table, sqlite3_value **values, sqlite3_value *number,
                        igd_buf *sql)
{
    igd_buf_puts(sql, "INSERT INTO ");
    igd_sqlite_name(table->now, sql);
    igd_buf_puts(sql, " (");
    igd_record_columns(&table->current, sql);
    igd_buf_puts(sql, ") VALUES (");
    const char *glue = "";
    if (table->current.rowid && table->current.key.len == 0) {
        igd_record_value(number, sql);
        glue = ",";
    }
    for (size_t n = 0; n < table->current.columns.len; n++) {
        if (table->current.columns.items[n].generated)
            continue;
        igd_buf_puts(sql, glue);
        igd_record_value(values[n], sql);
        glue = ",";
    }
    igd_buf_puts(sql, ") ON CONFLICT DO NOTHING");
}

static int undo_same(igd_sqlite_recorder *r, const record_table *table, char kind,
                     sqlite3_value *number, sqlite3_value **values, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    sqlite3_value **next = values + table->current.columns.len;
    if (kind == 'i') {
        put_delete(table->now, &sql);
        put_where(table, values, number, &sql);
    } else if (kind == 'd') {
        undo_delete(table, values, number, &sql);
    } else {
        if (!put_update(table, next, values, &sql))
            return IGD_OK;
        put_where(table, next, number, &sql);
    }
    igd_buf_puts(&sql, ";\n");
    return igd_spool_add(r->undo, igd_buf_view(&sql), err);
}

/* The row by its key, or its number, as it is called now. */
static void delete_by_key(const record_table *table, sqlite3_value **values, sqlite3_value *number,
                          igd_buf *sql)
{
    const record_form *form = &table->current;
    put_delete(table->now, sql);
    if (form->key.len)
        put_key(&form->key, &form->key, form, values, sql);
    else
        igd_buf_printf(sql, " WHERE %s = %lld", form->rowid ? form->rowid : "NULL",
                       (long long)sqlite3_value_int64(number));
    igd_buf_puts(sql, ";\n");
}

static void insert_as_before(const record_table *table, sqlite3_value **values,
                             sqlite3_value *number, igd_buf *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf row = IGD_BUF_INIT;
    const char *glue = "";
    igd_buf_puts(sql, "INSERT INTO ");
    igd_sqlite_name(table->name, sql);
    igd_buf_puts(sql, " (");
    if (table->current.rowid && table->current.key.len == 0) {
        igd_buf_puts(sql, table->current.rowid);
        igd_record_value(number, &row);
        glue = ", ";
    }
    for (size_t n = 0; n < table->current.columns.len; n++) {
        igd_str old = igd_record_old_column(table, table->current.columns.items[n].name);
        if (old.len == 0 || table->current.columns.items[n].generated)
            continue;
        igd_buf_puts(sql, glue);
        igd_buf_puts(&row, glue);
        igd_sqlite_name(old, sql);
        igd_record_value(values[n], &row);
        glue = ", ";
    }
    igd_buf_puts(sql, ") VALUES (");
    igd_buf_str(sql, igd_buf_view(&row));
    igd_buf_puts(sql, ");\n");
}

/* A row that is touched goes. As it was when it was touched first it comes back; if it was not
 * there then, it does not. */
static int undo_row(igd_sqlite_recorder *r, const record_table *table, bool was_there,
                    sqlite3_value *number, sqlite3_value **values, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    bool first;
    delete_by_key(table, values, number, &sql);
    int rc = igd_record_first(r, 'r', igd_buf_view(&sql), &first, err);
    if (rc || !first)
        return rc;
    rc = igd_spool_add(r->undo, igd_buf_view(&sql), err);
    if (rc || !was_there)
        return rc;
    igd_buf_clear(&sql);
    insert_as_before(table, values, number, &sql);
    return igd_spool_add(r->redo, igd_buf_view(&sql), err);
}

static int undo_altered(igd_sqlite_recorder *r, const record_table *table, char kind,
                        sqlite3_value *number, sqlite3_value **values, igd_error *err)
{
    int rc = undo_row(r, table, kind != 'i', number, values, err);
    /* Others may change the key of a row of theirs. */
    if (!rc && kind == 'u' && !table->ours)
        rc = undo_row(r, table, false, number, values + table->current.columns.len, err);
    return rc;
}

/* ---- events ---- */

/* What the statement that runs does to the row that it is for. */
static int note_own(igd_sqlite_recorder *r, const record_table *table, char kind,
                    sqlite3_value **values, igd_error *err)
{
    if (!r->up || !r->kind || (r->seen && !r->many) || !igd_str_eq_nocase(table->now, r->target))
        return IGD_OK;
    int rc = igd_record_name_row(r, table, kind, values, err);
    if (rc || r->seen)
        return rc;
    r->seen = true;
    if (kind != r->kind || kind == 'i' || table->current.key.len == 0)
        return IGD_OK;
    igd_buf_clear(&r->own);
    if (kind == 'd')
        put_delete(table->now, &r->own);
    else if (!put_update(table, values, values + table->current.columns.len, &r->own)) {
        igd_buf_clear(&r->own);
        return IGD_OK;
    }
    put_key(&table->current.key, &table->current.key, &table->current, values, &r->own);
    return IGD_OK;
}

static int on_event(igd_sqlite_recorder *r, char kind, size_t index, sqlite3_value *number,
                    sqlite3_value **values, igd_error *err)
{
    const record_table *table = &r->tables.items[index];
    int rc = note_own(r, table, kind, values, err);
    if (rc)
        return rc;
    if (table->fate == RECORD_SAME)
        return undo_same(r, table, kind, number, values, err);
    return table->fate == RECORD_ALTERED ? undo_altered(r, table, kind, number, values, err)
                                         : IGD_OK;
}

static void forget_values(igd_sqlite_recorder *r)
{
    for (size_t n = 0; n < r->value_count; n++)
        sqlite3_value_free(r->values[n]);
    r->value_count = 0;
}

/* ingitdb_record(kind, table, number, count, from, values...) */
static void on_call(sqlite3_context *context, int count, sqlite3_value **args)
{
    igd_sqlite_recorder *r = ((igd_sqlite *)sqlite3_user_data(context))->recorder;
    igd_error err = IGD_ERROR_INIT;
    int rc = IGD_OK;
    if (!r || count < CALL_HEAD)
        return;
    char kind = ((const char *)sqlite3_value_text(args[0]))[0];
    size_t table = (size_t)sqlite3_value_int64(args[1]);
    size_t all = (size_t)sqlite3_value_int64(args[3]), some = (size_t)count - CALL_HEAD;
    if (some == all) {
        rc = on_event(r, kind, table, args[2], args + CALL_HEAD, &err);
    } else {
        r->values = igd_xrealloc(r->values, (r->value_count + some) * sizeof(*r->values));
        for (size_t n = 0; n < some; n++)
            r->values[r->value_count++] = sqlite3_value_dup(args[CALL_HEAD + n]);
        if (r->value_count == all) {
            rc = on_event(r, kind, table, args[2], r->values, &err);
            forget_values(r);
        }
    }
    if (rc)
        sqlite3_result_error(context, err.message, -1);
}

int igd_record_make_function(igd_sqlite_recorder *r, igd_error *err)
{
    int rc = sqlite3_create_function(r->it->db, "ingitdb_record", -1, SQLITE_UTF8, r->it, on_call,
                                     NULL, NULL);
    return rc == SQLITE_OK ? IGD_OK : igd_sqlite_fail(r->it->db, err);
}
