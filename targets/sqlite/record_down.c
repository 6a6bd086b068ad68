/*
 * The script that undoes a run.
 */
#include "base/arena.h"
#include "base/map.h"
#include "targets/sqlite/record.h"

#define ROWS_BYTES ((size_t)48 * 1024)

typedef struct down {
    igd_sqlite_recorder *r;
    igd_arena *mem;
    record_objects now; /* the schema that the run leaves */
    igd_buf sql;
} down;

static int put(down *d, igd_error *err)
{
    int rc = igd_script_put(d->r->down, igd_buf_view(&d->sql), err);
    igd_buf_clear(&d->sql);
    return rc;
}

static const record_object *find(const record_objects *objects, const record_object *like)
{
    for (size_t n = 0; n < objects->len; n++)
        if (igd_str_eq(objects->items[n].type, like->type) &&
            igd_str_eq_nocase(objects->items[n].name, like->name))
            return &objects->items[n];
    return NULL;
}

static const record_object *table_object(const record_objects *objects, igd_str name)
{
    record_object like = {.type = IGD_STR("table"), .name = name};
    return find(objects, &like);
}

static bool is_book(igd_str name)
{
    return igd_str_starts(name, IGD_STR("ingitdb_sync_"));
}

static void statement(down *d, const char *what, igd_str name)
{
    igd_buf_puts(&d->sql, what);
    igd_sqlite_name(name, &d->sql);
    igd_buf_puts(&d->sql, ";\n");
}

/* ---- guards ---- */

static void guard(down *d)
{
    const igd_sql_target *target = &d->r->it->sql;
    IGD_CLEANUP(igd_buf)
    igd_buf what = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf condition = IGD_BUF_INIT;
    igd_buf_printf(&what,
                   "the target must hold commit %.*s of source %.*s by run %.*s, and does not",
                   IGD_STR_ARG(target->to->commit_id), IGD_STR_ARG(target->source),
                   IGD_STR_ARG(target->to->run_id));
    igd_buf_puts(&condition, "EXISTS (SELECT 1 FROM ingitdb_sync_state WHERE source = ");
    igd_record_text(target->source, &condition);
    igd_buf_puts(&condition, " AND commit_id = ");
    igd_record_text(target->to->commit_id, &condition);
    igd_buf_puts(&condition, " AND run_id = ");
    igd_record_text(target->to->run_id, &condition);
    igd_buf_byte(&condition, ')');
    igd_record_guard(d->r, &d->sql, igd_buf_view(&what), igd_buf_view(&condition));
    if (table_object(&d->r->objects, IGD_STR("ingitdb_sync_state")))
        return;
    /* The bookkeeping goes with what it is about. */
    igd_buf_clear(&condition);
    igd_buf_puts(&condition, "NOT EXISTS (SELECT 1 FROM ingitdb_sync_state WHERE source <> ");
    igd_record_text(target->source, &condition);
    igd_buf_byte(&condition, ')');
    igd_record_guard(d->r, &d->sql,
                     IGD_STR("the target must hold no other source since then, and does"),
                     igd_buf_view(&condition));
}

/* ---- definitions ---- */

static bool was_watched(const igd_sqlite_recorder *r, igd_str name)
{
    for (size_t n = 0; n < r->tables.len; n++)
        if (igd_str_eq_nocase(r->tables.items[n].name, name))
            return true;
    return false;
}

/* By the run, perhaps under the name of a table that went or is called otherwise. */
static bool is_made(const down *d, const record_object *object)
{
    return igd_str_is(object->type, "table") && !igd_str_starts(object->name, IGD_STR("sqlite_")) &&
           !igd_record_table(d->r, object->name) &&
           (was_watched(d->r, object->name) || !table_object(&d->r->objects, object->name));
}

static bool restores(const record_table *table)
{
    return table->fate != RECORD_SAME;
}

/* Triggers of others must see nothing of this; views that were changed are made as they were. */
static void set_aside(down *d)
{
    for (size_t n = 0; n < d->now.len; n++) {
        const record_object *object = &d->now.items[n];
        const record_object *before = find(&d->r->objects, object);
        if (igd_str_is(object->type, "trigger"))
            statement(d, "DROP TRIGGER ", object->name);
        else if (igd_str_is(object->type, "view") && before &&
                 !igd_str_eq(before->sql, object->sql))
            statement(d, "DROP VIEW ", object->name);
    }
}

static igd_str aside(const down *d, size_t n)
{
    return igd_arena_printf(d->mem, "ingitdb_down_%zu", n);
}

static void drop_what_was_made(down *d)
{
    for (size_t n = 0; n < d->now.len; n++)
        if (is_made(d, &d->now.items[n]) && !(d->r->plain && is_book(d->now.items[n].name)))
            statement(d, "DROP TABLE ", d->now.items[n].name);
}

static void free_names(down *d)
{
    for (size_t n = 0; n < d->r->tables.len; n++) {
        const record_table *table = &d->r->tables.items[n];
        if (!restores(table) || !table_object(&d->now, table->now))
            continue;
        if (table->fate == RECORD_LOST) {
            statement(d, "DROP TABLE ", table->now);
            continue;
        }
        igd_buf_puts(&d->sql, "ALTER TABLE ");
        igd_sqlite_name(table->now, &d->sql);
        statement(d, " RENAME TO ", aside(d, n));
    }
}

/* Columns of both forms: `now` as they are called now. */
static void shared_columns(const record_table *table, bool now, igd_buf *sql)
{
    const char *glue = "";
    if (table->form.rowid && table->current.rowid) {
        igd_buf_puts(sql, now ? table->current.rowid : table->form.rowid);
        glue = ", ";
    }
    for (size_t n = 0; n < table->current.columns.len; n++) {
        const record_column *column = &table->current.columns.items[n];
        igd_str old = igd_record_old_column(table, column->name);
        if (old.len == 0 || column->generated)
            continue;
        igd_buf_puts(sql, glue);
        igd_sqlite_name(now ? column->name : old, sql);
        glue = ", ";
    }
}

static void make_again(down *d)
{
    for (size_t n = 0; n < d->r->tables.len; n++) {
        const record_table *table = &d->r->tables.items[n];
        if (!restores(table))
            continue;
        igd_buf_str(&d->sql, table->sql);
        igd_buf_puts(&d->sql, ";\n");
    }
    for (size_t n = 0; n < d->r->tables.len; n++) {
        const record_table *table = &d->r->tables.items[n];
        if (table->fate != RECORD_ALTERED || !table_object(&d->now, table->now))
            continue;
        igd_buf_puts(&d->sql, "INSERT INTO ");
        igd_sqlite_name(table->name, &d->sql);
        igd_buf_puts(&d->sql, " (");
        shared_columns(table, false, &d->sql);
        igd_buf_puts(&d->sql, ") SELECT ");
        shared_columns(table, true, &d->sql);
        statement(d, " FROM ", aside(d, n));
        statement(d, "DROP TABLE ", aside(d, n));
    }
}

static bool of_restored(const igd_sqlite_recorder *r, const record_object *object)
{
    for (size_t n = 0; n < r->tables.len; n++)
        if (restores(&r->tables.items[n]) &&
            igd_str_eq_nocase(r->tables.items[n].name, object->table))
            return true;
    return false;
}

/* Indexes of the tables that were made again, views that were changed, and all triggers. */
static void attach(down *d)
{
    for (size_t n = 0; n < d->r->objects.len; n++) {
        const record_object *object = &d->r->objects.items[n];
        const record_object *now = find(&d->now, object);
        bool back = igd_str_is(object->type, "trigger");
        if (igd_str_is(object->type, "index"))
            back = of_restored(d->r, object);
        else if (igd_str_is(object->type, "view"))
            back = !now || !igd_str_eq(now->sql, object->sql);
        if (!back)
            continue;
        igd_buf_str(&d->sql, object->sql);
        igd_buf_puts(&d->sql, ";\n");
    }
}

/* ---- rows ---- */

static int put_text(igd_str text, void *payload, igd_error *err)
{
    down *d = payload;
    return igd_script_put(d->r->down, text, err);
}

typedef struct rows {
    down *d;
    const record_table *table;
    bool open;
    size_t bytes;
} rows;

static int put_row(igd_str text, void *payload, igd_error *err)
{
    rows *to = payload;
    igd_buf *sql = &to->d->sql;
    if (to->open && to->bytes > ROWS_BYTES) {
        igd_buf_puts(sql, ";\n");
        to->open = false;
        int rc = put(to->d, err);
        if (rc)
            return rc;
    }
    if (!to->open) {
        igd_buf_puts(sql, "INSERT INTO ");
        igd_sqlite_name(to->table->name, sql);
        igd_buf_puts(sql, " (");
        igd_record_columns(&to->table->form, sql);
        igd_buf_puts(sql, ") VALUES");
        to->bytes = 0;
    }
    igd_buf_puts(sql, to->open ? ",\n" : "\n");
    igd_buf_str(sql, text);
    to->open = true;
    to->bytes += text.len;
    return IGD_OK;
}

static int put_lost_rows(down *d, igd_error *err)
{
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < d->r->tables.len; n++) {
        rows to = {.d = d, .table = &d->r->tables.items[n]};
        if (!to.table->rows)
            continue;
        rc = igd_spool_forward(to.table->rows, put_row, &to, err);
        if (to.open)
            igd_buf_puts(&d->sql, ";\n");
        if (!rc)
            rc = put(d, err);
    }
    return rc;
}

/* ---- all of it ---- */

static int write_body(down *d, igd_error *err)
{
    igd_sqlite_recorder *r = d->r;
    if (r->plain) {
        igd_buf_puts(&d->sql, "-- to be run in one transaction, after PRAGMA foreign_keys = OFF\n");
    } else {
        guard(d);
        igd_record_check_references(r, true, &d->sql);
    }
    igd_buf_puts(&d->sql, "PRAGMA legacy_alter_table = ON;\n");
    set_aside(d);
    int rc = put(d, err);
    if (!rc)
        rc = igd_spool_backward(r->undo, put_text, d, err);
    free_names(d);
    drop_what_was_made(d);
    make_again(d);
    if (!rc)
        rc = put(d, err);
    if (!rc)
        rc = put_lost_rows(d, err);
    if (!rc)
        rc = igd_spool_backward(r->redo, put_text, d, err);
    attach(d);
    igd_buf_puts(&d->sql, "PRAGMA legacy_alter_table = OFF;\n");
    if (!r->plain) {
        igd_record_check_references(r, false, &d->sql);
        igd_buf_puts(&d->sql, "COMMIT;\n");
    }
    return rc ? rc : put(d, err);
}

int igd_record_write_down(igd_sqlite_recorder *r, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    down d = {.r = r, .mem = mem, .sql = IGD_BUF_INIT};
    int rc = igd_record_prologue(r, r->down, false, err);
    if (!rc)
        rc = igd_record_read_schema(r, mem, &d.now, err);
    if (!rc)
        rc = write_body(&d, err);
    igd_buf_free(&d.sql);
    return rc;
}
