/*
 * Transactions that write. Each holds the lock for itself, too: behind a pooler that is the only
 * lock there is, and otherwise it fails when the session's lock is not ours any more.
 */
#include "targets/postgres/postgres.h"

/* Schema changes wait for every program that uses the table, and meanwhile everybody else waits for
 * them. So they give up early, and the run starts over: ten times (src/sync/retry.c), which makes
 * the time that the URL says. */
#define DDL_WAITS       10
#define DDL_WAIT_MIN_MS 100
#define DDL_WAIT_MAX_MS 5000

static int64_t lock_wait_ms(const igd_sql_target *target, const igd_plan *plan)
{
    int64_t wait = target->base.retry_ms;
    if (!plan)
        return wait > 0 ? wait : 1; /* 0 would be without an end */
    wait /= DDL_WAITS;
    return wait < DDL_WAIT_MIN_MS   ? DDL_WAIT_MIN_MS
           : wait > DDL_WAIT_MAX_MS ? DDL_WAIT_MAX_MS
                                    : wait;
}

int igd_pg_fail_broken(igd_error *err)
{
    igd_fail(err, IGD_E_STALE_BASE, "the lock of this run was taken away");
    return igd_hint(err, "nothing was changed; run it again");
}

/* A role, a database or a pooler's session of before may have it: no reference would be checked,
 * and no trigger of others would run. */
static int check_role(igd_pg *it, igd_error *err)
{
    IGD_CLEANUP_PTR(PGresult) PGresult *role = NULL;
    int rc =
        igd_pg_ask(it, "SELECT current_setting('session_replication_role')", NULL, 0, &role, err);
    if (rc || igd_str_is(igd_pg_cell(role, 0, 0), "origin"))
        return rc;
    (void)igd_fail(err, IGD_E_TARGET,
                   "session_replication_role is '%.*s': no foreign key would be checked",
                   IGD_STR_ARG(igd_pg_cell(role, 0, 0)));
    return igd_hint(err,
                    "a setting of the role, of the database, or of a pooler's session: take it "
                    "back with ALTER ROLE ... RESET session_replication_role");
}

int igd_pg_hold_lock(igd_pg *it, igd_error *err)
{
    IGD_CLEANUP_PTR(PGresult) PGresult *held = NULL;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_printf(&sql, "SELECT pg_try_advisory_xact_lock(%d, %d)", IGD_PG_LOCK_CLASS,
                   it->lock_key);
    int rc = igd_pg_ask(it, sql.ptr, NULL, 0, &held, err);
    if (rc || igd_str_is(igd_pg_cell(held, 0, 0), "t"))
        return rc;
    return it->pooled ? igd_pg_fail_locked(it, err) : igd_pg_fail_broken(err);
}

/* With what a run writes into it, or not at all. A user who may only write to the tables need not
 * be able to make schemas. */
static int need_schema(igd_pg *it, igd_error *err)
{
    IGD_CLEANUP_PTR(PGresult) PGresult *found = NULL;
    igd_str name = igd_str_from(it->schema);
    int rc = igd_pg_ask(it, "SELECT 1 FROM pg_namespace WHERE nspname = $1::text", &name, 1, &found,
                        err);
    if (rc || PQntuples(found) > 0)
        return rc;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "CREATE SCHEMA ");
    igd_sql_name(&it->dialect, name, &sql);
    rc = igd_pg_exec(&it->sql, sql.ptr, err);
    return rc ? igd_error_prefix(err, "while creating schema '%s'", it->schema) : IGD_OK;
}

int igd_pg_begin(igd_sql_target *target, const igd_plan *plan, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    if (target->script) {
        igd_fail(err, IGD_E_USAGE,
                 "what is written to postgres is not recorded while it is written");
        return igd_hint(err, "generate writes a script and its rollback, apply runs it");
    }
    igd_buf_printf(&sql, "BEGIN ISOLATION LEVEL READ COMMITTED; %sSET LOCAL lock_timeout = %lld",
                   it->local, (long long)lock_wait_ms(target, plan));
    int rc = igd_pg_exec(target, sql.ptr, err);
    if (rc)
        return igd_pg_was_thrown_out(it) ? igd_pg_fail_broken(err) : rc;
    rc = igd_pg_hold_lock(it, err);
    if (!rc)
        rc = check_role(it, err);
    if (!rc && plan)
        rc = igd_pg_check_version(it, err);
    if (!rc)
        rc = need_schema(it, err);
    if (rc)
        igd_pg_rollback(target);
    return rc;
}

/* The last words of a transaction, and what the session need not remember any more. */
static PGresult *finish(igd_pg *it, const char *before, const char *behind)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, before);
    igd_buf_str(&sql, igd_buf_view(&it->leftover));
    igd_buf_puts(&sql, behind);
    igd_buf_clear(&it->leftover);
    igd_pg_forget_version(it);
    return PQexec(it->db, sql.ptr);
}

int igd_pg_commit(igd_sql_target *target, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    IGD_CLEANUP_PTR(PGresult) PGresult *result = finish(it, "", "COMMIT");
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        return igd_pg_fail(it, result, err);
    /* A transaction that had failed says so only here. */
    if (strcmp(PQcmdStatus(result), "COMMIT") != 0)
        return igd_fail(err, IGD_E_TARGET, "postgres: the transaction was rolled back");
    return IGD_OK;
}

bool igd_pg_still_open(igd_sql_target *target)
{
    return PQtransactionStatus(igd_pg_of(target)->db) == PQTRANS_INTRANS;
}

void igd_pg_rollback(igd_sql_target *target)
{
    igd_pg *it = igd_pg_of(target);
    igd_error ignored = IGD_ERROR_INIT;
    PGTransactionStatusType status = PQtransactionStatus(it->db);
    if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR)
        PQclear(finish(it, "ROLLBACK; ", ""));
    if (it->unsettled && PQtransactionStatus(it->db) == PQTRANS_IDLE)
        (void)igd_pg_settle(it, &ignored);
}
