/*
 * Transactions that write: pragmas that only work outside of one, and the check of the references
 * that SQLite does not make while foreign keys are off.
 */
#include "targets/sqlite/record.h"
#include "targets/sqlite/sqlite.h"

/* The operations that touch no other table's rows and copy nothing. */
static bool is_plain(igd_op_kind kind)
{
    return kind == IGD_OP_ADD_COLUMN || kind == IGD_OP_RENAME_TABLE ||
           kind == IGD_OP_RENAME_COLUMN || kind == IGD_OP_ADD_INDEX || kind == IGD_OP_DROP_INDEX;
}

static bool all_plain(const igd_op_list *ops)
{
    for (size_t n = 0; n < ops->len; n++)
        if (!is_plain(ops->items[n].kind))
            return false;
    return true;
}

/*
 * Off for plans that rebuild or drop tables, and also for those that create some: while rows that
 * refer forward are loaded, SQLite looks for children of every row that it inserts, without an
 * index; the check at the end is one pass.
 */
static bool wants_off(const igd_sql_target *target, const igd_plan *plan)
{
    if (!(target->base.caps & IGD_CAP_FOREIGN_KEYS))
        return true;
    for (size_t n = 0; plan && n < plan->table_count; n++)
        if (!all_plain(&plan->tables[n].expand) || !all_plain(&plan->tables[n].contract))
            return true;
    return false;
}

/* Runs a pragma whose failure leaves things as they are, without waiting for others. */
static void try_pragma(igd_sqlite *it, const char *sql)
{
    sqlite3_busy_handler(it->db, NULL, NULL);
    sqlite3_exec(it->db, sql, NULL, NULL, NULL);
    igd_sqlite_wait_for_others(it, it->db);
}

static void leave(igd_sqlite *it)
{
    igd_sqlite_recorder_free(it->recorder);
    it->recorder = NULL;
    sqlite3_exec(it->db, "PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = OFF", NULL, NULL,
                 NULL);
    it->off = false;
    it->sql.removes = false;
    igd_map_free(it->violations);
    it->violations = NULL;
}

/* ---- violations ---- */

typedef struct violation {
    igd_str rowid, table, parent;
} violation;

typedef struct reference_check {
    igd_map *known; /* how many of a kind there were before; NULL while they are counted */
    igd_map *counts;
    igd_arena *mem;
    violation first;
    size_t fresh;
} reference_check;

/* Counts one, or takes it off those that were there before. */
static void note(reference_check *check, igd_str table, igd_str rowid, igd_str parent)
{
    IGD_CLEANUP(igd_buf)
    igd_buf key = IGD_BUF_INIT;
    igd_buf_printf(&key, "%.*s\n%.*s\n%.*s", IGD_STR_ARG(table), IGD_STR_ARG(rowid),
                   IGD_STR_ARG(parent));
    igd_str name = igd_buf_view(&key);
    uintptr_t count = (uintptr_t)igd_map_get(check->counts, name);
    if (!check->known) {
        igd_map_put(check->counts, name, (void *)(count + 1));
    } else if (count > 1) {
        igd_map_put(check->counts, name, (void *)(count - 1));
    } else if (count == 1) {
        igd_map_take(check->counts, name);
    } else if (check->fresh++ == 0) {
        check->first =
            (violation){igd_arena_str(check->mem, rowid), igd_arena_str(check->mem, table),
                        igd_arena_str(check->mem, parent)};
    }
}

/* A key that refers to columns that are not unique is an error of the check of its table. It is
 * somebody else's and was there before, or we made it and have to stop. */
static int check_table(igd_sqlite *it, igd_str table, reference_check *check, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "PRAGMA foreign_key_check(");
    igd_sqlite_name(table, &sql);
    igd_buf_byte(&sql, ')');
    int rc = igd_sqlite_ask(it, sql.ptr, (igd_str){0}, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err))
        note(check, igd_sqlite_text(stmt, 0), igd_sqlite_text(stmt, 1), igd_sqlite_text(stmt, 2));
    if (rc && (err->native & 0xff) == SQLITE_ERROR) {
        size_t before = check->fresh;
        note(check, table, IGD_STR("mismatch"), IGD_STR(""));
        rc = check->fresh == before ? IGD_OK : rc;
    }
    return rc;
}

static int check_tables(igd_sqlite *it, reference_check *check, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    int rc = igd_sqlite_ask(it,
                            "SELECT name FROM sqlite_schema WHERE type = 'table' AND "
                            "sql LIKE '%references%'",
                            (igd_str){0}, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err))
        rc = check_table(it, igd_sqlite_text(stmt, 0), check, err);
    return rc;
}

static int collect_violations(igd_sqlite *it, igd_error *err)
{
    it->violations = igd_map_new();
    reference_check all = {.counts = it->violations};
    return check_tables(it, &all, err);
}

/* IGD_OK when there are none that were not there before. */
static int check_violations(igd_sqlite *it, igd_map *known, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    reference_check now = {.known = known, .counts = known, .mem = mem};
    int rc = check_tables(it, &now, err);
    if (rc || now.fresh == 0)
        return rc;
    igd_fail(err, IGD_E_TARGET,
             "foreign key: %zu row%s would refer to nothing, first row %.*s of table '%.*s', which "
             "refers to table '%.*s'",
             now.fresh, now.fresh == 1 ? "" : "s", IGD_STR_ARG(now.first.rowid),
             IGD_STR_ARG(now.first.table), IGD_STR_ARG(now.first.parent));
    err->native = SQLITE_CONSTRAINT_FOREIGNKEY;
    return igd_hint(err, "rows of tables that are not in the repository keep theirs: delete or "
                         "change them first");
}

/* ---- begin, commit, rollback ---- */

static int check_schema_version(igd_sqlite *it, igd_error *err)
{
    int64_t now;
    int rc = igd_sqlite_number(it, "PRAGMA schema_version", (igd_str){0}, &now, err);
    if (rc || it->schema_version < 0 || now == it->schema_version)
        return rc;
    igd_fail(err, IGD_E_STALE_BASE, "another program changed the target's schema meanwhile");
    return igd_hint(err, "nothing was changed; run it again");
}

int igd_sqlite_check_lock(const igd_sqlite *it, igd_error *err)
{
    if (igd_sqlite_lock_is_ours(it))
        return IGD_OK;
    igd_fail(err, IGD_E_STALE_BASE, "the lock of this run was taken away");
    return igd_hint(err, "nothing was changed; run it again");
}

int igd_sqlite_begin(igd_sql_target *target, const igd_plan *plan, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    int rc = igd_sqlite_check_lock(it, err);
    if (rc)
        return rc;
    it->off = wants_off(target, plan);
    rc = igd_sqlite_exec(target, it->off ? "PRAGMA foreign_keys = OFF" : "PRAGMA foreign_keys = ON",
                         err);
    if (!rc)
        rc = igd_sqlite_exec(target, "BEGIN IMMEDIATE", err);
    if (rc) {
        leave(it);
        return rc;
    }
    target->removes = it->off;
    rc = igd_sqlite_check_lock(it, err); /* waiting for the transaction may have taken long */
    if (!rc && plan)
        rc = check_schema_version(it, err);
    if (!rc && it->off && target->base.caps & IGD_CAP_FOREIGN_KEYS)
        rc = collect_violations(it, err);
    if (!rc && target->script)
        rc = igd_sqlite_record_begin(it, err);
    if (rc)
        igd_sqlite_rollback(target);
    return rc;
}

/* Says which row it is that SQLite's "FOREIGN KEY constraint failed" does not name. */
static int explain_commit(igd_sqlite *it, igd_error *err)
{
    if (err->native != SQLITE_CONSTRAINT_FOREIGNKEY && err->native != SQLITE_CONSTRAINT)
        return err->code;
    it->sql.base.dangling = true;
    igd_error better = IGD_ERROR_INIT;
    IGD_CLEANUP_PTR(igd_map) igd_map *none = igd_map_new();
    if (check_violations(it, none, &better))
        *err = better;
    return err->code;
}

int igd_sqlite_commit(igd_sql_target *target, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    int64_t version = it->schema_version;
    int recorded = it->recorder ? igd_sqlite_record_finish(it->recorder, err) : IGD_OK;
    if (recorded)
        return recorded;
    int rc = it->violations ? check_violations(it, it->violations, err) : IGD_OK;
    it->sql.base.dangling |= rc && err->native == SQLITE_CONSTRAINT_FOREIGNKEY;
    if (!rc)
        rc = igd_sqlite_check_lock(it, err);
    if (!rc)
        rc = igd_sqlite_number(it, "PRAGMA schema_version", (igd_str){0}, &version, err);
    if (rc)
        return rc;
    if (igd_sqlite_exec(target, "COMMIT", err))
        return explain_commit(it, err);
    it->schema_version = version;
    igd_sqlite_committed(it);
    return IGD_OK;
}

void igd_sqlite_committed(igd_sqlite *it)
{
    leave(it);
    /* Only now: the first load into an empty file then writes each page once, and the journal that
     * makes it crash-safe is nearly empty. With a WAL all of it would be written twice. */
    if (it->fresh)
        try_pragma(it, "PRAGMA journal_mode = WAL");
    it->fresh = false;
}

/* Some errors (disk full, I/O) roll back everything. */
bool igd_sqlite_still_open(igd_sql_target *target)
{
    return !sqlite3_get_autocommit(igd_sqlite_of(target)->db);
}

void igd_sqlite_rollback(igd_sql_target *target)
{
    igd_sqlite *it = igd_sqlite_of(target);
    if (igd_sqlite_still_open(target))
        sqlite3_exec(it->db, "ROLLBACK", NULL, NULL, NULL);
    leave(it);
}
