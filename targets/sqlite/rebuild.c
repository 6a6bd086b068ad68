/*
 * Rebuilding a table: what ALTER TABLE cannot do is done by copying the rows into a table of the
 * new definition that then takes the old one's name.
 *
 * Foreign keys are off (transaction.c), so nothing is deleted or checked when the old table goes.
 * legacy_alter_table keeps RENAME from touching what refers to the name: foreign keys and triggers
 * of other tables, and views, which may even be broken. The copy fires no triggers, as the new
 * table has none yet; rowids are kept, because other things (full-text indexes, the list of
 * violated references) go by them.
 */
#include "targets/sqlite/definition.h"
#include "targets/sqlite/sqlite.h"

typedef struct attachment {
    igd_str type, name, sql;
} attachment;

typedef struct rebuild {
    igd_sqlite *it;
    igd_arena *mem;
    igd_str name; /* as sqlite_schema spells it */
    igd_str temporary;
    igd_definition definition;
    igd_str before;                /* its text before the changes, normalised */
    IGD_LIST(attachment) attached; /* its indexes and triggers */
} rebuild;

static int run(rebuild *r, const char *sql, igd_error *err)
{
    return igd_sqlite_exec(&r->it->sql, sql, err);
}

static igd_str definition_text(const rebuild *r)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_definition_write(&r->definition, r->name, &text);
    return igd_arena_str(r->mem, igd_buf_view(&text));
}

static int read_definition(rebuild *r, igd_str table, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    int rc = igd_sqlite_ask(r->it,
                            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND "
                            "name = ?1 COLLATE NOCASE",
                            table, &stmt, err);
    if (rc)
        return rc;
    if (!igd_sqlite_next(stmt, &rc, err))
        return rc ? rc
                  : igd_fail(err, IGD_E_TARGET, "table '%.*s' is not in the target",
                             IGD_STR_ARG(table));
    r->name = igd_arena_str(r->mem, igd_sqlite_text(stmt, 0));
    igd_str sql = igd_arena_str(r->mem, igd_sqlite_text(stmt, 1));
    const char *why = igd_definition_parse(sql, r->mem, &r->definition);
    if (why)
        return igd_fail(err, IGD_E_TARGET, "table '%.*s' cannot be rebuilt: %s",
                        IGD_STR_ARG(r->name), why);
    r->before = definition_text(r);
    r->temporary = igd_arena_printf(r->mem, "ingitdb_new_%.*s", IGD_STR_ARG(r->name));
    return IGD_OK;
}

static int read_attached(rebuild *r, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    int rc = igd_sqlite_ask(r->it,
                            "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = ?1 COLLATE "
                            "NOCASE AND type IN ('index', 'trigger') AND sql IS NOT NULL "
                            "ORDER BY rowid",
                            r->name, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err)) {
        attachment object = {igd_arena_str(r->mem, igd_sqlite_text(stmt, 0)),
                             igd_arena_str(r->mem, igd_sqlite_text(stmt, 1)),
                             igd_arena_str(r->mem, igd_sqlite_text(stmt, 2))};
        IGD_PUSH(r->mem, &r->attached, object);
    }
    return rc;
}

static int create_attached(rebuild *r, igd_error *err)
{
    for (size_t n = 0; n < r->attached.len; n++) {
        const attachment *object = &r->attached.items[n];
        if (run(r, object->sql.ptr, err))
            return igd_error_prefix(err, "%.*s '%.*s' does not fit the changed table",
                                    IGD_STR_ARG(object->type), IGD_STR_ARG(object->name));
    }
    return IGD_OK;
}

/* A trigger's text is only understood when it would run: asks for statements that fire it, so that
 * one that needs a column that went is found now and not by the next user. */
static int check_triggers(rebuild *r, igd_error *err)
{
    bool any = false;
    for (size_t n = 0; n < r->attached.len; n++)
        any |= igd_str_is(r->attached.items[n].type, "trigger");
    if (!any)
        return IGD_OK;
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf set = IGD_BUF_INIT;
    igd_sqlite_name(r->name, &name);
    for (size_t n = 0; n < r->definition.columns.len; n++) {
        const igd_column_text *column = &r->definition.columns.items[n];
        if (igd_definition_is_generated(column))
            continue;
        igd_buf_puts(&set, set.len ? ", " : "");
        igd_sqlite_name(column->name, &set);
        igd_buf_puts(&set, " = ");
        igd_sqlite_name(column->name, &set);
    }
    igd_str forms[] = {
        igd_arena_printf(r->mem, "EXPLAIN INSERT INTO %s DEFAULT VALUES", name.ptr),
        igd_arena_printf(r->mem, "EXPLAIN DELETE FROM %s", name.ptr),
        igd_arena_printf(r->mem, "EXPLAIN UPDATE %s SET %s", name.ptr, set.ptr),
    };
    for (size_t n = 0; n < IGD_COUNT(forms); n++) {
        IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
        if (igd_sqlite_ask(r->it, forms[n].ptr, (igd_str){0}, &stmt, err)) {
            igd_error_prefix(err, "a trigger does not fit the changed table");
            return igd_hint(err, "change or drop the trigger first");
        }
    }
    return IGD_OK;
}

/* A name by which the hidden row number can be asked for; NULL when there is none. */
static const char *rowid_name(const rebuild *r)
{
    static const char *const names[] = {"rowid", "_rowid_", "oid"};
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    igd_error ignored;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    for (size_t n = 0; n < IGD_COUNT(names); n++) {
        if (igd_definition_column(&r->definition, igd_str_from(names[n])) >= 0)
            continue;
        igd_buf_printf(&sql, "SELECT %s FROM ", names[n]);
        igd_sqlite_name(r->name, &sql);
        /* A table WITHOUT ROWID refuses. */
        return igd_sqlite_ask(r->it, sql.ptr, (igd_str){0}, &stmt, &ignored) ? NULL : names[n];
    }
    return NULL;
}

static int count_rows(rebuild *r, igd_str table, int64_t *out, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "SELECT count(*) FROM ");
    igd_sqlite_name(table, &sql);
    return igd_sqlite_number(r->it, sql.ptr, (igd_str){0}, out, err);
}

/* Names of the columns that are copied, in the new table or in the old one. */
static void copied_columns(const rebuild *r, const char *rowid, bool old, igd_buf *out)
{
    igd_buf_puts(out, rowid ? rowid : "");
    for (size_t n = 0; n < r->definition.columns.len; n++) {
        const igd_column_text *column = &r->definition.columns.items[n];
        if (igd_definition_is_generated(column) || (column->added && !column->values.len))
            continue;
        igd_buf_puts(out, out->len ? ", " : "");
        igd_sqlite_name(old && column->added ? column->values : column->name, out);
    }
}

static int copy_rows(rebuild *r, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf to = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf from = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    const char *rowid = rowid_name(r);
    copied_columns(r, rowid, false, &to);
    copied_columns(r, rowid, true, &from);
    igd_buf_puts(&sql, "INSERT INTO ");
    igd_sqlite_name(r->temporary, &sql);
    igd_buf_printf(&sql, " (%s) SELECT %s FROM ", to.ptr, from.ptr);
    igd_sqlite_name(r->name, &sql);
    if (run(r, sql.ptr, err))
        return igd_error_prefix(err, "while copying the rows of table '%.*s'",
                                IGD_STR_ARG(r->name));
    int64_t before, after;
    int rc = count_rows(r, r->name, &before, err);
    if (!rc)
        rc = count_rows(r, r->temporary, &after, err);
    if (!rc && before != after)
        rc = igd_fail(err, IGD_E_TARGET, "table '%.*s' has %lld rows, its copy %lld",
                      IGD_STR_ARG(r->name), (long long)before, (long long)after);
    return rc;
}

static int create(rebuild *r, igd_str name, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_definition_write(&r->definition, name, &sql);
    return run(r, sql.ptr, err);
}

static int drop_old(rebuild *r, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "DROP TABLE ");
    igd_sqlite_name(r->name, &sql);
    return run(r, sql.ptr, err);
}

static int rename_new(rebuild *r, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "PRAGMA legacy_alter_table = ON; ALTER TABLE ");
    igd_sqlite_name(r->temporary, &sql);
    igd_buf_puts(&sql, " RENAME TO ");
    igd_sqlite_name(r->name, &sql);
    int rc = run(r, sql.ptr, err);
    /* An error inside of a transaction leads to a rollback, which restores it as well. */
    return rc ? rc : run(r, "PRAGMA legacy_alter_table = OFF", err);
}

/* AUTOINCREMENT never gives a number again, not even that of a row that is gone. */
static int keep_sequence(rebuild *r, igd_error *err)
{
    if (!strcasestr(r->before.ptr, "AUTOINCREMENT"))
        return IGD_OK;
    IGD_CLEANUP(igd_buf)
    igd_buf old = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf new = IGD_BUF_INIT;
    igd_value names[] = {igd_value_string(r->name), igd_value_string(r->temporary)};
    igd_sqlite_literal(&names[0], &old);
    igd_sqlite_literal(&names[1], &new);
    return run(r,
               igd_arena_printf(r->mem,
                                "DELETE FROM sqlite_sequence WHERE name = %s; INSERT INTO "
                                "sqlite_sequence SELECT %s, seq FROM sqlite_sequence WHERE "
                                "name = %s",
                                new.ptr, new.ptr, old.ptr)
                   .ptr,
               err);
}

static int replace_table(rebuild *r, igd_error *err)
{
    int rc = read_attached(r, err);
    if (!rc)
        rc = create(r, r->temporary, err);
    if (!rc)
        rc = copy_rows(r, err);
    if (!rc)
        rc = keep_sequence(r, err);
    if (!rc)
        rc = drop_old(r, err);
    if (!rc)
        rc = rename_new(r, err);
    if (!rc)
        rc = create_attached(r, err);
    if (!rc)
        rc = check_triggers(r, err);
    return rc;
}

int igd_sqlite_rebuild(igd_sqlite *it, igd_str table, const igd_op_list *ops, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    rebuild r = {.it = it, .mem = mem};
    int rc = read_definition(&r, table, err);
    if (rc)
        return rc;
    for (size_t n = 0; n < ops->len; n++)
        igd_definition_edit(&r.definition, &ops->items[n], mem);
    if (igd_str_eq(definition_text(&r), r.before))
        return IGD_OK;
    if (!it->off)
        return igd_fail(err, IGD_E_BUG, "table '%.*s' would be rebuilt with foreign keys on",
                        IGD_STR_ARG(r.name));
    return replace_table(&r, err);
}

int igd_sqlite_remake(igd_sqlite *it, const igd_op *op, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    rebuild r = {.it = it, .mem = mem};
    int rc = read_definition(&r, op->table, err);
    if (!rc)
        rc = read_attached(&r, err);
    if (rc)
        return rc;
    igd_definition fresh;
    igd_sql_create_table(&igd_sqlite_dialect, op->to, &sql);
    if (igd_definition_parse(igd_buf_view(&sql), mem, &fresh))
        return igd_fail(err, IGD_E_BUG, "our own CREATE TABLE cannot be read");
    igd_definition_replace(&r.definition, op->from, &fresh, mem);
    rc = drop_old(&r, err);
    if (!rc)
        rc = create(&r, r.name, err);
    if (!rc)
        rc = create_attached(&r, err);
    return rc ? rc : check_triggers(&r, err);
}
