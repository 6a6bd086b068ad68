/*
 * The writers' lock: GET_LOCK of the session, one for each database, which dies with its holder.
 *
 * The server does not say more of a holder than the number of its session. So who takes the lock
 * writes a row into `ingitdb_sync_lock`: process, host, run, time, and that number. It is best
 * effort (a user may not be allowed to), stays when the holder dies, and tells a run that lost its
 * connection whether somebody else has held the lock meanwhile.
 *
 * A cluster's nodes do not know of each other's locks: there the fence alone protects, since begin
 * locks the row of the state (transaction.c).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "targets/mysql/mysql.h"

#define POLL_MS      50
#define LOCK_NAME    64 /* longest */
#define BREAK_MS     30000
#define DEAD_MS      3000
#define RESTART_SLOP 2 /* seconds by which two readings of the time of a server's start differ */

static igd_str lock_name(const igd_mysql *it, char out[LOCK_NAME + 1])
{
    char hex[65];
    int len = snprintf(out, LOCK_NAME + 1, "ingitdb.%s", it->options.database);
    if (len > LOCK_NAME) {
        igd_sha256_hex(igd_str_from(it->options.database), hex);
        len = snprintf(out, LOCK_NAME + 1, "ingitdb.%.40s", hex);
    }
    return (igd_str){out, (size_t)len};
}

static int ask_lock(igd_mysql *it, const char *sql, int64_t *out, igd_error *err)
{
    char name[LOCK_NAME + 1];
    return igd_mysql_number(it, sql, lock_name(it, name), out, err);
}

/* ---- who holds it ---- */

typedef struct note {
    bool found;
    int64_t session, pid;
    igd_str host, run_id, since;
} note;

static void write_note(igd_mysql *it)
{
    static const char create[] =
        "CREATE TABLE IF NOT EXISTS ingitdb_sync_lock (id int PRIMARY KEY, session bigint NOT "
        "NULL, pid bigint NOT NULL, host varchar(255) NOT NULL, run_id varchar(255) NOT NULL, "
        "since varchar(40) NOT NULL) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4";
    char host[256] = "", since[40];
    struct tm parts;
    time_t now = time(NULL);
    igd_error ignored = IGD_ERROR_INIT;
    gethostname(host, sizeof(host) - 1);
    strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
    igd_value values[] = {igd_value_int((int64_t)it->session), igd_value_int(getpid()),
                          igd_value_string(igd_str_from(host)),
                          igd_value_string(igd_str_from(it->run_id)),
                          igd_value_string(igd_str_from(since))};
    igd_str replace = IGD_STR("REPLACE INTO ingitdb_sync_lock (id, session, pid, host, run_id, "
                              "since) VALUES (1, ?, ?, ?, ?, ?)");
    if (igd_sql_execute(&it->sql, replace, values, IGD_COUNT(values), &ignored) == IGD_OK)
        return;
    if (ignored.native == ER_NO_SUCH_TABLE && !igd_mysql_exec(&it->sql, create, &ignored))
        (void)igd_sql_execute(&it->sql, replace, values, IGD_COUNT(values), &ignored);
}

static note read_note(igd_mysql *it, igd_arena *mem)
{
    static const igd_kind kinds[] = {IGD_INT, IGD_INT, IGD_STRING, IGD_STRING, IGD_STRING};
    igd_value row[IGD_COUNT(kinds)] = {0};
    igd_error ignored = IGD_ERROR_INIT;
    note out = {0};
    int rc = igd_mysql_ask(it, "SELECT session, pid, host, run_id, since FROM ingitdb_sync_lock",
                           NULL, 0, kinds, IGD_COUNT(kinds), mem, row, &out.found, &ignored);
    if (!rc && out.found)
        out = (note){true, row[0].integer, row[1].integer, row[2].text, row[3].text, row[4].text};
    return out;
}

int igd_mysql_holder(igd_sql_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err)
{
    igd_mysql *it = igd_mysql_of(target);
    int64_t session = 0;
    int rc = ask_lock(it, "SELECT is_used_lock(?)", &session, err);
    if (rc)
        return rc;
    note who = read_note(it, mem);
    *out = (igd_lock_holder){.held = session != 0};
    if (!who.found || (session && who.session != session))
        return IGD_OK;
    out->pid = who.pid;
    out->host = who.host;
    out->run_id = who.run_id;
    out->since = who.since;
    return IGD_OK;
}

static int fail_locked(igd_mysql *it, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_lock_holder holder = {0};
    igd_error ignored = IGD_ERROR_INIT;
    if (igd_mysql_holder(&it->sql, mem, &holder, &ignored) || holder.run_id.len == 0)
        (void)igd_fail(err, IGD_E_LOCKED, "another session is writing to the database");
    else
        (void)igd_fail(err, IGD_E_LOCKED,
                       "another run is writing to the database: process %lld on %.*s, run %.*s, "
                       "since %.*s",
                       (long long)holder.pid, IGD_STR_ARG(holder.host), IGD_STR_ARG(holder.run_id),
                       IGD_STR_ARG(holder.since));
    return igd_hint(err, "wait with --lock-timeout, or see 'migrate unlock'");
}

/* ---- taking and leaving it ---- */

static int try_lock(igd_mysql *it, bool *got, igd_error *err)
{
    int64_t answer = 0;
    int rc = ask_lock(it, "SELECT get_lock(?, 0)", &answer, err);
    if (!rc)
        *got = answer == 1;
    return rc;
}

/* Nothing has begun yet, so a connection that was lost meanwhile is simply made again. */
static int try_lock_anew(igd_mysql *it, bool *got, igd_error *err)
{
    int rc = try_lock(it, got, err);
    if (rc && igd_mysql_is_lost(err->native)) {
        rc = igd_mysql_connect(it, err);
        if (!rc)
            rc = try_lock(it, got, err);
    }
    return rc;
}

/* The holder's process is not there any more, as far as can be told from here: the server is about
 * to notice, or just has. */
static bool looks_dead(igd_mysql *it)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_lock_holder holder = {0};
    igd_error ignored = IGD_ERROR_INIT;
    char host[256] = "";
    gethostname(host, sizeof(host) - 1);
    return igd_mysql_holder(&it->sql, mem, &holder, &ignored) == IGD_OK &&
           (!holder.held || (igd_str_is(holder.host, host) && holder.pid > 0 &&
                             kill((pid_t)holder.pid, 0) != 0 && errno == ESRCH));
}

int igd_mysql_lock(igd_sql_target *target, int64_t wait_ms, igd_error *err)
{
    igd_mysql *it = igd_mysql_of(target);
    bool patient = false;
    for (int64_t left = wait_ms;; left -= POLL_MS) {
        bool got = false;
        int rc = try_lock_anew(it, &got, err);
        if (rc)
            return rc;
        if (got)
            break;
        if (left <= 0 && !patient && looks_dead(it)) {
            patient = true;
            left = DEAD_MS;
        }
        if (left <= 0)
            return fail_locked(it, err);
        usleep((useconds_t)(left < POLL_MS ? left : POLL_MS) * 1000);
    }
    write_note(it);
    return IGD_OK;
}

static void forget_note(igd_mysql *it, int64_t session)
{
    igd_error ignored = IGD_ERROR_INIT;
    igd_value value = igd_value_int(session);
    /* A session that only reads may write this. */
    if (!igd_mysql_exec(&it->sql, "SET TRANSACTION READ WRITE", &ignored))
        (void)igd_sql_execute(&it->sql, IGD_STR("DELETE FROM ingitdb_sync_lock WHERE session = ?"),
                              &value, 1, &ignored);
}

void igd_mysql_unlock(igd_sql_target *target)
{
    igd_mysql *it = igd_mysql_of(target);
    igd_error ignored = IGD_ERROR_INIT;
    int64_t answer;
    if (!it->db)
        return;
    forget_note(it, (int64_t)it->session);
    (void)ask_lock(it, "SELECT release_lock(?)", &answer, &ignored);
}

/* Ends the session that holds it, and waits until it is gone. */
static int end_holder(igd_mysql *it, int64_t session, igd_error *err)
{
    char sql[64];
    int64_t now = session;
    snprintf(sql, sizeof(sql), "KILL %lld", (long long)session);
    int rc = igd_mysql_exec(&it->sql, sql, err);
    if (rc && err->native == ER_NO_SUCH_THREAD)
        rc = IGD_OK;
    for (int waited = 0; !rc && now == session; waited += POLL_MS) {
        if (waited >= BREAK_MS)
            return igd_fail(err, IGD_E_TARGET, "session %lld holds the lock and does not end",
                            (long long)session);
        if (waited)
            usleep(POLL_MS * 1000);
        rc = ask_lock(it, "SELECT is_used_lock(?)", &now, err);
    }
    return rc;
}

int igd_mysql_break_lock(igd_sql_target *target, igd_error *err)
{
    igd_mysql *it = igd_mysql_of(target);
    int64_t session = 0;
    int rc = ask_lock(it, "SELECT is_used_lock(?)", &session, err);
    if (rc || !session)
        return rc;
    forget_note(it, session);
    if ((unsigned long)session == it->session) {
        igd_mysql_unlock(target);
        return IGD_OK;
    }
    return end_holder(it, session, err);
}

/* ---- after a connection was lost ---- */

static int fail_taken(igd_error *err)
{
    (void)igd_fail(err, IGD_E_STALE_BASE, "the lock of this run was taken away");
    return igd_hint(err, "see who writes to the database ('migrate status'), then run it again");
}

/* The session may be there still: then the connection broke off on the way, and nobody ended it.
 * One that is ended may be there, too, as long as the server rolls back what it did. */
static int end_old_session(igd_mysql *it, int64_t old, bool *lives, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_STRING};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_value session = igd_value_int(old), command = IGD_VALUE_NULL;
    bool found = false;
    int64_t holder = 0;
    int rc = igd_mysql_ask(it, "SELECT command FROM information_schema.processlist WHERE id = ?",
                           &session, 1, kinds, 1, mem, &command, &found, err);
    *lives = !rc && found && !igd_str_is(command.text, "Killed");
    if (!rc)
        rc = ask_lock(it, "SELECT is_used_lock(?)", &holder, err);
    return rc || holder != old ? rc : end_holder(it, old, err);
}

/* Whether the server is the one that we lost, and has been running all the time. */
static bool same_server(const igd_mysql *it, const igd_mysql *old)
{
    int64_t apart = it->server_started - old->server_started;
    return igd_str_eq(it->server_name, old->server_name) && it->session > old->session &&
           apart >= -RESTART_SLOP && apart <= RESTART_SLOP;
}

static int retake(igd_mysql *it, const igd_mysql *old, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    bool lives = false, got = false;
    int rc = end_old_session(it, (int64_t)old->session, &lives, err);
    if (!rc)
        rc = try_lock(it, &got, err);
    if (rc)
        return rc;
    note who = read_note(it, mem);
    bool others = who.found && (who.session != (int64_t)old->session ||
                                !igd_str_eq(who.run_id, igd_str_from(it->run_id)));
    bool ended = !lives && same_server(it, old);
    if (got && !others && !ended) {
        write_note(it);
        return IGD_OK;
    }
    if (got)
        igd_mysql_unlock(&it->sql);
    return fail_taken(err);
}

int igd_mysql_recover(igd_sql_target *target, igd_error *err)
{
    igd_mysql *it = igd_mysql_of(target);
    igd_mysql old = *it;
    bool alive = it->db && mysql_ping(it->db) == 0;
    if (alive) {
        igd_mysql_rollback(target);
        return target->locked ? igd_mysql_check_lock(it, err) : IGD_OK;
    }
    int rc = igd_mysql_connect(it, err);
    if (rc) {
        /* What the server's start and our session were is needed by the next try. */
        it->session = old.session;
        it->server_started = old.server_started;
        it->server_name = old.server_name;
        return rc;
    }
    return target->locked ? retake(it, &old, err) : IGD_OK;
}

int igd_mysql_check_lock(igd_mysql *it, igd_error *err)
{
    int64_t holder = 0;
    int rc = ask_lock(it, "SELECT is_used_lock(?)", &holder, err);
    if (rc && igd_mysql_is_lost(err->native))
        return igd_mysql_recover(&it->sql, err);
    if (rc)
        return rc;
    return (unsigned long)holder == it->session ? IGD_OK : fail_taken(err);
}
