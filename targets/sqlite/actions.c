/*
 * ON DELETE actions while foreign keys are off: what SQLite would do to rows that refer to a row
 * that is deleted, for every key of every table (NO ACTION is left to the check before COMMIT).
 *
 * Rows to delete wait on a list instead of a recursion, so that a long chain of rows that refer to
 * each other needs no stack. A row is deleted before what refers to it is looked at, so circles
 * end.
 */
#include "targets/sqlite/record.h"
#include "targets/sqlite/sqlite.h"

/* Where these terms, quoted columns or expressions of them, have these values. */
typedef struct condition {
    igd_str table;
    igd_str_list terms;
    IGD_LIST(sqlite3_value *) values;
} condition;

typedef struct reference {
    igd_str table; /* the one that refers */
    igd_str_list columns, parents;
    igd_str_list terms; /* the columns, to be compared as SQLite compares them with the parents */
    igd_str action;
} reference;

typedef struct deletion {
    igd_sqlite *it;
    igd_arena *mem;
    IGD_LIST(condition) waiting;
    size_t done;
} deletion;

static void free_values(deletion *walk)
{
    for (size_t n = 0; n < walk->waiting.len; n++)
        for (size_t v = 0; v < walk->waiting.items[n].values.len; v++)
            sqlite3_value_free(walk->waiting.items[n].values.items[v]);
}

static void add_where(const condition *where, igd_buf *sql)
{
    for (size_t n = 0; n < where->terms.len; n++)
        igd_buf_printf(sql, "%s%.*s = ?%zu", n ? " AND " : " WHERE ",
                       IGD_STR_ARG(where->terms.items[n]), n + 1);
}

static int start(deletion *walk, const igd_buf *sql, const condition *where, sqlite3_stmt **out,
                 igd_error *err)
{
    int rc = igd_sqlite_ask(walk->it, sql->ptr, (igd_str){0}, out, err);
    for (size_t n = 0; !rc && n < where->values.len; n++)
        if (sqlite3_bind_value(*out, (int)n + 1, where->values.items[n]) != SQLITE_OK)
            rc = igd_sqlite_fail(walk->it->db, err);
    return rc;
}

static int execute(deletion *walk, const igd_buf *sql, const condition *where, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    igd_sqlite_recorder *recorder = walk->it->recorder;
    if (recorder)
        (void)igd_sqlite_record_only(recorder, sql->ptr, NULL);
    int rc = start(walk, sql, where, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err))
        continue;
    /* The first one is the run's own; the others follow from it. */
    if (!rc && recorder && sqlite3_changes(walk->it->db) > 0)
        rc = igd_sqlite_record_action(recorder, sql->ptr, where->values.items, walk->done > 1, err);
    return rc;
}

/* ---- who refers to a table ---- */

typedef IGD_LIST(reference) reference_list;

static int primary_key(deletion *walk, igd_str table, igd_str_list *out, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    int rc =
        igd_sqlite_ask(walk->it, "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk",
                       table, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err))
        IGD_PUSH(walk->mem, out, igd_arena_str(walk->mem, igd_sqlite_text(stmt, 0)));
    return rc;
}

/* Text, by SQLite's rules for declared types? */
static bool is_text(const char *type)
{
    return type && !strcasestr(type, "INT") &&
           (strcasestr(type, "CHAR") || strcasestr(type, "CLOB") || strcasestr(type, "TEXT"));
}

/*
 * SQLite compares the column that refers by the collation and the affinity of the one that is
 * referred to; a plain comparison would go by its own, and a column that ignores case would find
 * rows that refer to another row.
 */
static igd_str term_of(deletion *walk, igd_str table, igd_str column, igd_str parent,
                       igd_str parent_column)
{
    const char *type = NULL, *parent_type = NULL, *collation = NULL;
    sqlite3 *db = walk->it->db;
    igd_arena *mem = walk->mem;
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf term = IGD_BUF_INIT;
    igd_sqlite_name(column, &name);
    /* What cannot be asked for is not there; the statement will say so. */
    sqlite3_table_column_metadata(db, NULL, igd_arena_str(mem, table).ptr,
                                  igd_arena_str(mem, column).ptr, &type, NULL, NULL, NULL, NULL);
    sqlite3_table_column_metadata(db, NULL, igd_arena_str(mem, parent).ptr,
                                  igd_arena_str(mem, parent_column).ptr, &parent_type, &collation,
                                  NULL, NULL, NULL);
    if (is_text(parent_type) && !is_text(type))
        igd_buf_printf(&term, "CASE typeof(%s) WHEN 'blob' THEN %s ELSE CAST(%s AS TEXT) END",
                       name.ptr, name.ptr, name.ptr);
    else
        igd_buf_str(&term, igd_buf_view(&name));
    igd_buf_puts(&term, " COLLATE ");
    igd_sqlite_name(igd_str_from(collation ? collation : "BINARY"), &term);
    return igd_arena_str(mem, igd_buf_view(&term));
}

static int find_references(deletion *walk, igd_str table, reference_list *out, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    igd_str_list key = {0};
    int rc = primary_key(walk, table, &key, err);
    if (!rc)
        rc = igd_sqlite_ask(walk->it,
                            "SELECT m.name, f.id, f.seq, f.\"from\", f.\"to\", f.on_delete FROM "
                            "sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE "
                            "m.type = 'table' AND f.\"table\" = ?1 COLLATE NOCASE AND "
                            "f.on_delete <> 'NO ACTION' ORDER BY m.rowid, f.id, f.seq",
                            table, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err)) {
        size_t seq = (size_t)sqlite3_column_int(stmt, 2);
        if (seq == 0)
            IGD_PUSH(walk->mem, out,
                     (reference){.table = igd_arena_str(walk->mem, igd_sqlite_text(stmt, 0)),
                                 .action = igd_arena_str(walk->mem, igd_sqlite_text(stmt, 5))});
        reference *last = &out->items[out->len - 1];
        igd_str to = igd_sqlite_text(stmt, 4);
        /* REFERENCES table without columns means its primary key. */
        if (!to.ptr)
            to = seq < key.len ? key.items[seq] : IGD_STR("");
        IGD_PUSH(walk->mem, &last->columns, igd_arena_str(walk->mem, igd_sqlite_text(stmt, 3)));
        IGD_PUSH(walk->mem, &last->parents, igd_arena_str(walk->mem, to));
        IGD_PUSH(walk->mem, &last->terms,
                 term_of(walk, last->table, last->columns.items[seq], table, to));
    }
    return rc;
}

/* ---- what happens to them ---- */

static int set_columns(deletion *walk, const reference *ref, const condition *where, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "UPDATE ");
    igd_sqlite_name(ref->table, &sql);
    for (size_t n = 0; n < ref->columns.len; n++) {
        igd_str value = IGD_STR("NULL");
        IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
        if (igd_str_is(ref->action, "SET DEFAULT")) {
            IGD_CLEANUP(igd_buf)
            igd_buf ask = IGD_BUF_INIT;
            igd_buf_puts(&ask, "SELECT dflt_value FROM pragma_table_xinfo(");
            igd_sqlite_literal(&(igd_value){.kind = IGD_STRING, .text = ref->table}, &ask);
            igd_buf_puts(&ask, ") WHERE name = ?1 COLLATE NOCASE");
            int rc = igd_sqlite_ask(walk->it, ask.ptr, ref->columns.items[n], &stmt, err);
            if (!rc && igd_sqlite_next(stmt, &rc, err) && igd_sqlite_text(stmt, 0).ptr)
                value = igd_arena_str(walk->mem, igd_sqlite_text(stmt, 0));
            if (rc)
                return rc;
        }
        igd_buf_puts(&sql, n ? ", " : " SET ");
        igd_sqlite_name(ref->columns.items[n], &sql);
        igd_buf_printf(&sql, " = (%.*s)", IGD_STR_ARG(value));
    }
    add_where(where, &sql);
    return execute(walk, &sql, where, err);
}

static int restrict_delete(deletion *walk, const condition *where, igd_str parent, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "SELECT 1 FROM ");
    igd_sqlite_name(where->table, &sql);
    add_where(where, &sql);
    int rc = start(walk, &sql, where, &stmt, err);
    if (rc || !igd_sqlite_next(stmt, &rc, err))
        return rc;
    igd_fail(err, IGD_E_TARGET,
             "foreign key: a row of table '%.*s' refers to the deleted row of table '%.*s'",
             IGD_STR_ARG(where->table), IGD_STR_ARG(parent));
    return igd_hint(err, "its key says ON DELETE RESTRICT: delete or change that row first");
}

/* The values of the referred columns, of all rows that are about to go. Rows with a null in them
 * cannot be referred to. */
static int find_children(deletion *walk, const condition *where, const reference *ref,
                         size_t *first, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "SELECT ");
    igd_sql_names(&igd_sqlite_dialect, &ref->parents, &sql);
    igd_buf_puts(&sql, " FROM ");
    igd_sqlite_name(where->table, &sql);
    add_where(where, &sql);
    *first = walk->waiting.len;
    int rc = start(walk, &sql, where, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err)) {
        condition child = {.table = ref->table, .terms = ref->terms};
        bool null = false;
        for (size_t n = 0; n < ref->parents.len; n++)
            null |= sqlite3_column_type(stmt, (int)n) == SQLITE_NULL;
        for (size_t n = 0; !null && n < ref->parents.len; n++)
            IGD_PUSH(walk->mem, &child.values,
                     sqlite3_value_dup(sqlite3_column_value(stmt, (int)n)));
        if (!null)
            IGD_PUSH(walk->mem, &walk->waiting, child);
    }
    return rc;
}

/* Deletes the rows of one condition; what their deletion deletes is put on the list. */
static int delete_rows(deletion *walk, condition where, igd_error *err)
{
    reference_list refs = {0};
    int rc = find_references(walk, where.table, &refs, err);
    size_t *ends = IGD_NEW_ARRAY(walk->mem, size_t, refs.len + 1);
    for (size_t n = 0; !rc && n < refs.len; n++)
        rc = find_children(walk, &where, &refs.items[n], &ends[n], err);
    ends[refs.len] = walk->waiting.len;
    if (rc)
        return rc;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "DELETE FROM ");
    igd_sqlite_name(where.table, &sql);
    add_where(&where, &sql);
    rc = execute(walk, &sql, &where, err);
    for (size_t n = 0; n < refs.len; n++) {
        const reference *ref = &refs.items[n];
        if (igd_str_is(ref->action, "CASCADE"))
            continue;
        for (size_t c = ends[n]; c < ends[n + 1]; c++) {
            condition *child = &walk->waiting.items[c];
            if (!rc)
                rc = igd_str_is(ref->action, "RESTRICT")
                         ? restrict_delete(walk, child, where.table, err)
                         : set_columns(walk, ref, child, err);
            child->table.ptr = NULL; /* done */
        }
    }
    return rc;
}

int igd_sqlite_remove(igd_sql_target *target, const igd_table *table, const igd_value *key,
                      igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    deletion walk = {.it = igd_sqlite_of(target), .mem = mem};
    condition row = {.table = table->name};
    /* The key's values come from SQLite like all the others, so that there is one kind of them. */
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    igd_buf_puts(&sql, "SELECT ?1");
    for (size_t n = 1; n < table->key_count; n++)
        igd_buf_printf(&sql, ", ?%zu", n + 1);
    int rc = igd_sqlite_ask(walk.it, sql.ptr, (igd_str){0}, &stmt, err);
    for (size_t n = 0; !rc && n < table->key_count; n++)
        sqlite3_bind_text64(stmt, (int)n + 1, key[n].text.ptr ? key[n].text.ptr : "",
                            key[n].text.len, SQLITE_STATIC, SQLITE_UTF8);
    if (!rc && igd_sqlite_next(stmt, &rc, err)) {
        for (size_t n = 0; n < table->key_count; n++) {
            IGD_CLEANUP(igd_buf)
            igd_buf name = IGD_BUF_INIT;
            igd_sqlite_name(table->columns[n].name, &name);
            IGD_PUSH(mem, &row.terms, igd_arena_str(mem, igd_buf_view(&name)));
            IGD_PUSH(mem, &row.values, sqlite3_value_dup(sqlite3_column_value(stmt, (int)n)));
        }
        IGD_PUSH(mem, &walk.waiting, row);
    }
    while (!rc && walk.done < walk.waiting.len) {
        condition next = walk.waiting.items[walk.done++];
        if (next.table.ptr)
            rc = delete_rows(&walk, next, err);
    }
    free_values(&walk);
    return rc;
}
