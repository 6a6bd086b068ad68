/*
 * The writers' lock: an advisory lock of the session, one for each schema of a database, which the
 * server gives up when the session ends. The session's application_name says whose it is.
 *
 * Taking it away is ending its session. Who notices that its session was ended by somebody, while
 * the server went on, must not go on.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "targets/postgres/postgres.h"

#define POLL_MS  50
#define BREAK_MS 5000
#define DEAD_MS  3000

/* FNV-1a: the same in every version of the program. */
int32_t igd_pg_lock_key(const char *schema)
{
    uint32_t hash = 2166136261U;
    for (const unsigned char *at = (const unsigned char *)schema; *at; at++)
        hash = (hash ^ *at) * 16777619U;
    int32_t key;
    memcpy(&key, &hash, sizeof(key));
    return key;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- who holds it ---- */

/* What is not ours to see of the sessions of other users is null. */
#define HOLDER_SQL                                                                              \
    "SELECT l.pid, coalesce(a.application_name, ''), coalesce(to_char(a.backend_start AT TIME " \
    "ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), ''), coalesce(a.client_hostname, "          \
    "host(a.client_addr), '') FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid "   \
    "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.database = (SELECT "  \
    "oid FROM pg_database WHERE datname = current_database()) AND l.classid = %d::oid AND "     \
    "l.objid = %u::oid"

static int ask_holder(igd_pg *it, PGresult **out, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_printf(&sql, HOLDER_SQL, IGD_PG_LOCK_CLASS, (uint32_t)it->lock_key);
    return igd_pg_ask(it, sql.ptr, NULL, 0, out, err);
}

int igd_pg_holder(igd_sql_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err)
{
    IGD_CLEANUP_PTR(PGresult) PGresult *found = NULL;
    igd_lock_holder holder = {0};
    int rc = ask_holder(igd_pg_of(target), &found, err);
    if (rc)
        return rc;
    if (PQntuples(found) > 0) {
        holder.held = true;
        if (!igd_pg_session_parse(igd_pg_cell(found, 0, 1), mem, &holder)) {
            holder.pid = atoi(PQgetvalue(found, 0, 0));
            holder.host = igd_arena_str(mem, igd_pg_cell(found, 0, 3));
        }
        holder.since = igd_arena_str(mem, igd_pg_cell(found, 0, 2));
    }
    *out = holder;
    return IGD_OK;
}

int igd_pg_fail_locked(igd_pg *it, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_lock_holder holder = {0};
    igd_error ignored;
    const char *database = PQdb(it->db);
    if (igd_pg_holder(&it->sql, mem, &holder, &ignored) || !holder.held || holder.pid == 0)
        igd_fail(err, IGD_E_LOCKED, "another run holds the lock of database '%s'", database);
    else
        igd_fail(err, IGD_E_LOCKED,
                 "another run holds the lock of database '%s': process %" PRId64 " on %.*s%s%.*s, "
                 "run %.*s",
                 database, holder.pid, IGD_STR_ARG(holder.host), holder.since.len ? " since " : "",
                 IGD_STR_ARG(holder.since), IGD_STR_ARG(holder.run_id));
    return igd_hint(err, "wait for it (--lock-timeout), or see 'migrate unlock'");
}

/* ---- taking and leaving it ---- */

static int try_lock(igd_pg *it, bool *taken, igd_error *err)
{
    IGD_CLEANUP_PTR(PGresult) PGresult *result = NULL;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    int rc;
    if (it->pooled) {
        /* Only each transaction can hold it; what can be seen is whether somebody does. */
        rc = ask_holder(it, &result, err);
        *taken = !rc && PQntuples(result) == 0;
        return rc;
    }
    igd_buf_printf(&sql, "SELECT pg_try_advisory_lock(%d, %d)", IGD_PG_LOCK_CLASS, it->lock_key);
    rc = igd_pg_ask(it, sql.ptr, NULL, 0, &result, err);
    *taken = !rc && igd_str_is(igd_pg_cell(result, 0, 0), "t");
    return rc;
}

/* The holder's process is not there any more, as far as can be told from here: the server is about
 * to notice, or just has. */
static bool looks_dead(igd_pg *it)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_lock_holder holder = {0}, ours = {0};
    igd_error ignored = IGD_ERROR_INIT;
    char name[IGD_PG_NAME_MAX];
    igd_pg_session_name(it->run_id, name);
    return igd_pg_session_parse(igd_str_from(name), mem, &ours) &&
           igd_pg_holder(&it->sql, mem, &holder, &ignored) == IGD_OK &&
           (!holder.held || (igd_str_eq(holder.host, ours.host) && holder.pid > 0 &&
                             kill((pid_t)holder.pid, 0) != 0 && errno == ESRCH));
}

static int wait_for_lock(igd_pg *it, int64_t wait_ms, igd_error *err)
{
    int64_t end = now_ms() + wait_ms;
    bool patient = false;
    for (;;) {
        bool taken = false;
        int rc = try_lock(it, &taken, err);
        if (rc || taken)
            return rc;
        int64_t left = end - now_ms();
        if (left <= 0 && !patient && looks_dead(it)) {
            patient = true;
            end = now_ms() + DEAD_MS;
            left = DEAD_MS;
        }
        if (left <= 0 || (it->stop && *it->stop))
            return igd_pg_fail_locked(it, err);
        usleep((useconds_t)(left < POLL_MS ? left : POLL_MS) * 1000);
    }
}

int igd_pg_lock(igd_sql_target *target, int64_t wait_ms, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    int rc = igd_pg_is_lost(it) ? igd_pg_connect(it, err) : IGD_OK;
    return rc ? rc : wait_for_lock(it, wait_ms, err);
}

/* A session that is gone has left it already. */
void igd_pg_unlock(igd_sql_target *target)
{
    igd_pg *it = igd_pg_of(target);
    char sql[96];
    if (it->pooled || igd_pg_is_lost(it))
        return;
    snprintf(sql, sizeof(sql), "SELECT pg_advisory_unlock(%d, %d)", IGD_PG_LOCK_CLASS,
             it->lock_key);
    PQclear(PQexec(it->db, sql));
}

/* ---- taking it away ---- */

static int end_session(igd_pg *it, igd_str pid, igd_error *err)
{
    IGD_CLEANUP_PTR(PGresult) PGresult *done = NULL;
    int rc = igd_pg_ask(it, "SELECT pg_terminate_backend($1::int)", &pid, 1, &done, err);
    return rc ? igd_error_prefix(err, "while ending session %.*s", IGD_STR_ARG(pid)) : IGD_OK;
}

int igd_pg_break_lock(igd_sql_target *target, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    for (int64_t end = now_ms() + BREAK_MS;;) {
        IGD_CLEANUP_PTR(PGresult) PGresult *found = NULL;
        int rc = ask_holder(it, &found, err);
        if (rc || PQntuples(found) == 0)
            return rc;
        rc = end_session(it, igd_pg_cell(found, 0, 0), err);
        if (rc)
            return rc;
        if (now_ms() > end)
            break;
        usleep(POLL_MS * 1000);
    }
    igd_fail(err, IGD_E_LOCKED, "the session that holds the lock does not end");
    return igd_hint(err, "try again, or restart the server");
}

/* ---- after a lost connection ---- */

/* The server may not know yet that our old session is gone: it is ours to end. */
static int end_old_session(igd_pg *it, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(PGresult) PGresult *found = NULL;
    igd_lock_holder holder = {0};
    igd_error refused = IGD_ERROR_INIT;
    int rc = ask_holder(it, &found, err);
    if (rc)
        return rc;
    if (PQntuples(found) > 0 && (!igd_pg_session_parse(igd_pg_cell(found, 0, 1), mem, &holder) ||
                                 !igd_str_is(holder.run_id, it->run_id)))
        return igd_pg_fail_broken(err);
    if (PQntuples(found) > 0)
        (void)end_session(it, igd_pg_cell(found, 0, 0), &refused);
    igd_fail(err, IGD_E_UNREACHABLE,
             "postgres: the server still holds the lock of the lost "
             "connection");
    err->transient = true;
    return IGD_E_UNREACHABLE;
}

int igd_pg_recover(igd_sql_target *target, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    bool taken = false;
    if (igd_pg_was_thrown_out(it))
        return igd_pg_fail_broken(err);
    if (!igd_pg_is_lost(it))
        return IGD_OK; /* and the lock is held still */
    int rc = igd_pg_connect(it, err);
    if (rc || !target->locked)
        return rc;
    rc = try_lock(it, &taken, err);
    return rc || taken ? rc : end_old_session(it, err);
}
