/*
 * Statements of scripts: SQLite runs them as its shell would, under some supervision.
 */
#include "targets/sqlite/sqlite.h"

/* Pages in use and the trees that statements of 48 KB are parsed into share one heap: with many
 * pages in it, finding room for the trees takes longer than reading pages from the system's cache.
 * A connection that runs a script does little else, so it stays like that. */
#define SCRIPT_CACHE "PRAGMA cache_size = -4096"

static int refuse(const char *what, igd_error *err)
{
    (void)igd_fail(err, IGD_E_FORMAT, "%s", what);
    return igd_hint(err, "this is no script of this program: run it by a client of the database");
}

/* One statement, and nothing behind it: what we take for one, SQLite does, too. */
static int prepare(igd_sqlite *it, igd_str text, sqlite3_stmt **out, igd_error *err)
{
    const char *tail = NULL;
    sqlite3_stmt *stmt = NULL, *more = NULL;
    if (text.len > INT32_MAX)
        return refuse("the statement is too long", err);
    int rc = sqlite3_prepare_v2(it->db, text.ptr, (int)text.len, &stmt, &tail);
    if (rc == SQLITE_OK && stmt && tail < text.ptr + text.len) {
        /* Comments behind it are nothing. */
        rc = sqlite3_prepare_v2(it->db, tail, (int)(text.ptr + text.len - tail), &more, NULL);
        bool another = rc != SQLITE_OK || more;
        sqlite3_finalize(more);
        if (another) {
            sqlite3_finalize(stmt);
            return refuse("something follows the statement before its end", err);
        }
    }
    if (rc != SQLITE_OK)
        return igd_sqlite_fail(it->db, err);
    *out = stmt;
    return IGD_OK;
}

static void put_row(sqlite3_stmt *stmt, igd_script_output *output, void *payload)
{
    IGD_CLEANUP(igd_buf)
    igd_buf line = IGD_BUF_INIT;
    for (int n = 0; n < sqlite3_column_count(stmt); n++) {
        igd_buf_puts(&line, n ? "|" : "");
        igd_buf_str(&line, igd_sqlite_text(stmt, n));
    }
    output(igd_buf_view(&line), payload);
}

static int check_before(igd_sqlite *it, sqlite3_stmt *stmt, igd_script_role role, igd_error *err)
{
    bool outside = sqlite3_get_autocommit(it->db);
    switch (role) {
    case IGD_SCRIPT_BEGIN:
        return outside ? IGD_OK : refuse("a second BEGIN", err);
    case IGD_SCRIPT_COMMIT:
        return outside ? refuse("COMMIT without BEGIN", err) : igd_sqlite_check_lock(it, err);
    case IGD_SCRIPT_STATEMENT:
        break;
    }
    return outside && !sqlite3_stmt_readonly(stmt)
               ? refuse("the statement writes outside of the transaction", err)
               : IGD_OK;
}

/* Is a transaction open now exactly when it should be? */
static int check_after(igd_sqlite *it, igd_script_role role, bool was_outside, igd_error *err)
{
    bool outside = sqlite3_get_autocommit(it->db);
    switch (role) {
    case IGD_SCRIPT_BEGIN:
        sqlite3_exec(it->db, SCRIPT_CACHE, NULL, NULL, NULL);
        return igd_sqlite_check_lock(it, err); /* waiting for the transaction may have taken long */
    case IGD_SCRIPT_COMMIT:
        it->sql.in_transaction = false;
        igd_sqlite_committed(it);
        return IGD_OK;
    case IGD_SCRIPT_STATEMENT:
        break;
    }
    return outside == was_outside ? IGD_OK
                                  : refuse("the statement begins or ends a transaction", err);
}

int igd_sqlite_script(igd_sql_target *target, const igd_script_statement *statement,
                      igd_script_output *output, void *payload, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    bool outside = sqlite3_get_autocommit(it->db);
    int rc = prepare(it, statement->text, &stmt, err);
    if (rc || !stmt)
        return rc;
    rc = check_before(it, stmt, statement->role, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err))
        if (output)
            put_row(stmt, output, payload);
    /* Open cursors would keep a COMMIT's locks, and it has to be closed before the pragmas behind.
     */
    sqlite3_reset(stmt);
    return rc ? rc : check_after(it, statement->role, outside, err);
}
