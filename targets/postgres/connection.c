/*
 * Opening and closing sessions, and what is fixed in each of them.
 */
#include <stdlib.h>

#include "targets/postgres/postgres.h"

#define OLDEST_SERVER 120000 /* generated columns, comparable identity columns */
/* Of an index entry, which all columns of a key share: a third of a page (BTMaxItemSize). */
#define KEY_BYTES    2600
#define VALUE_BYTES  ((1U << 28) - 1) /* of a string inside of jsonb */
#define SERVER_START "extract(epoch FROM pg_postmaster_start_time())::text"

extern const igd_target_driver igd_postgres_driver;
extern const struct igd_script_style igd_pg_script_style;

/* ---- settings ---- */

static const struct {
    const char *text;
    int since; /* a server version; 0: all that we know */
} fixed[] = {
    {"timezone = 'UTC'", 0},
    {"datestyle = 'ISO, YMD'", 0},
    {"intervalstyle = 'postgres'", 0},
    {"extra_float_digits = 3", 0},
    {"bytea_output = 'hex'", 0},
    {"standard_conforming_strings = on", 0},
    {"transform_null_equals = off", 0},
    {"client_min_messages = error", 0},
    {"statement_timeout = 0", 0},
    {"idle_in_transaction_session_timeout = 0", 0},
    {"idle_session_timeout = 0", 140000},
    {"transaction_timeout = 0", 170000},
    /* An error instead of rows that are missing. */
    {"row_security = off", 0},
    /* What we ask is long and asked once: compiling it takes longer than doing it. */
    {"jit = off", 0},
};

static void add_settings(const igd_pg *it, const char *set, igd_buf *out)
{
    for (size_t n = 0; n < IGD_COUNT(fixed); n++)
        if (PQserverVersion(it->db) >= fixed[n].since)
            igd_buf_printf(out, "%s %s; ", set, fixed[n].text);
    /* pg_catalog is searched first in any case: no function of others shadows the server's. */
    igd_buf_printf(out, "%s search_path = ", set);
    igd_sql_name(&igd_pg_dialect, igd_str_from(it->schema), out);
    igd_buf_puts(out, ", pg_temp; ");
}

static void make_settings(igd_pg *it)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_arena *mem = it->sql.mem;
    add_settings(it, "SET LOCAL", &text);
    const char *local = igd_arena_cstr(mem, igd_buf_view(&text));
    it->local = it->pooled ? local : "";
    igd_buf_clear(&text);
    add_settings(it, "SET", &text);
    it->settings = igd_arena_cstr(mem, igd_buf_view(&text));
    it->dialect = igd_pg_dialect;
    it->dialect.begin_read =
        igd_arena_printf(mem, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; %s", it->local)
            .ptr;
}

int igd_pg_settle(igd_pg *it, igd_error *err)
{
    igd_error ignored = IGD_ERROR_INIT;
    it->unsettled = false;
    int rc = it->pooled ? IGD_OK : igd_pg_exec(&it->sql, it->settings, err);
    /* So that a session whose client is gone ends, and with it the lock, also during a statement
     * that takes long. Not every server can. */
    if (!rc && !it->pooled && PQserverVersion(it->db) >= 140000)
        (void)igd_pg_exec(&it->sql, "SET client_connection_check_interval = 1000", &ignored);
    return rc;
}

/* ---- what we are connected to ---- */

enum { FACT_PID, FACT_START, FACT_SCHEMA, FACT_THERE, FACT_STANDBY, FACT_READ_ONLY, FACT_ENCODING };

static int check_writable(const igd_pg *it, const PGresult *facts, igd_error *err)
{
    if (it->sql.mode != IGD_OPEN_WRITE)
        return IGD_OK;
    if (igd_str_is(igd_pg_cell(facts, 0, FACT_STANDBY), "t")) {
        igd_fail(err, IGD_E_UNREACHABLE, "postgres: the server is a standby and takes no writes");
        err->transient = true; /* it may become the primary */
        return igd_hint(err, "name the primary, or all servers: postgres://one,two/database");
    }
    if (igd_str_is(igd_pg_cell(facts, 0, FACT_READ_ONLY), "on")) {
        igd_fail(err, IGD_E_UNREACHABLE,
                 "postgres: the server takes no writes: default_transaction_read_only is on");
        return igd_hint(err, "somebody switched that on for the server, the database or the user: "
                             "ask why");
    }
    return IGD_OK;
}

static int check_facts(igd_pg *it, const PGresult *facts, igd_error *err)
{
    igd_str encoding = igd_pg_cell(facts, 0, FACT_ENCODING);
    if (PQserverVersion(it->db) < OLDEST_SERVER) {
        igd_fail(err, IGD_E_UNREACHABLE, "postgres: server version %s is too old",
                 PQparameterStatus(it->db, "server_version"));
        return igd_hint(err, "PostgreSQL 12 is the oldest that this program knows");
    }
    if (!igd_str_is(encoding, "UTF8")) {
        igd_fail(err, IGD_E_UNREACHABLE, "postgres: the database's encoding is %.*s, not UTF8",
                 IGD_STR_ARG(encoding));
        return igd_hint(err, "create it WITH ENCODING 'UTF8' TEMPLATE template0");
    }
    return check_writable(it, facts, err);
}

static char *duplicate(igd_str text)
{
    char *copy = igd_xmalloc(text.len + 1);
    memcpy(copy, text.ptr ? text.ptr : "", text.len);
    copy[text.len] = '\0';
    return copy;
}

static int ask_facts(igd_pg *it, igd_error *err)
{
    IGD_CLEANUP_PTR(PGresult) PGresult *facts = NULL;
    igd_str schema = {it->schema, it->schema ? strlen(it->schema) : 0};
    int rc = igd_pg_ask(
        it,
        "WITH w AS (SELECT coalesce($1::text, current_schema(), 'public') AS name) SELECT "
        "pg_backend_pid(), " SERVER_START ", w.name, EXISTS "
        "(SELECT 1 FROM pg_namespace n WHERE n.nspname = w.name), pg_is_in_recovery(), "
        "current_setting('default_transaction_read_only'), current_setting('server_encoding') "
        "FROM w",
        &schema, 1, &facts, err);
    if (rc)
        return rc;
    free(it->server_start);
    it->server_start = duplicate(igd_pg_cell(facts, 0, FACT_START));
    it->schema = igd_arena_cstr(it->sql.mem, igd_pg_cell(facts, 0, FACT_SCHEMA));
    it->lock_key = igd_pg_lock_key(it->schema);
    it->schema_there = igd_str_is(igd_pg_cell(facts, 0, FACT_THERE), "t");
    it->pooled = atoi(PQgetvalue(facts, 0, FACT_PID)) != PQbackendPID(it->db);
    make_settings(it);
    return check_facts(it, facts, err);
}

/* ---- connecting ---- */

static void disconnect(igd_pg *it)
{
    if (it->db)
        PQfinish(it->db);
    it->db = NULL;
}

int igd_pg_connect(igd_pg *it, igd_error *err)
{
    disconnect(it);
    it->db = PQconnectdbParams(it->keywords, it->values, 0);
    igd_buf_clear(&it->leftover);
    if (PQstatus(it->db) != CONNECTION_OK) {
        int rc = igd_pg_fail_connect(it->db, err);
        if (PQstatus(it->db) != CONNECTION_OK)
            return rc;
    }
    PQsetErrorVerbosity(it->db, PQERRORS_VERBOSE); /* error.c reads the state out of it */
    PQsetNoticeReceiver(it->db, igd_pg_on_notice, it);
    int rc = ask_facts(it, err);
    if (!rc)
        rc = igd_pg_settle(it, err);
    if (!rc)
        it->ended[0] = '\0';
    return rc;
}

/* By a connection of its own: ours stays lost, and with it the lock. */
bool igd_pg_was_thrown_out(igd_pg *it)
{
    if (strcmp(it->ended, "57P01") != 0)
        return false;
    PGconn *probe = PQconnectdbParams(it->keywords, it->values, 0);
    bool same = false;
    if (PQstatus(probe) == CONNECTION_OK) {
        IGD_CLEANUP_PTR(PGresult)
        PGresult *start = PQexec(probe, "SELECT " SERVER_START);
        same = PQresultStatus(start) == PGRES_TUPLES_OK &&
               igd_str_is(igd_pg_cell(start, 0, 0), it->server_start);
    }
    PQfinish(probe);
    return same;
}

/* ---- the driver ---- */

static void close_target(igd_sql_target *target)
{
    igd_pg *it = igd_pg_of(target);
    disconnect(it);
    igd_buf_free(&it->leftover);
    igd_buf_free(&it->copy);
    free(it->server_start);
    free(it->version);
    free(it);
}

static const igd_sql_ops pg_ops = {
    .close = close_target,
    .lock = igd_pg_lock,
    .unlock = igd_pg_unlock,
    .holder = igd_pg_holder,
    .break_lock = igd_pg_break_lock,
    .exec = igd_pg_exec,
    .query = igd_pg_query,
    .prepare = igd_pg_prepare,
    .run = igd_pg_run,
    .finalize = igd_pg_finalize,
    .begin = igd_pg_begin,
    .commit = igd_pg_commit,
    .rollback = igd_pg_rollback,
    .exists = igd_pg_exists,
    .columns = igd_pg_columns,
    .read_table = igd_pg_read_table,
    .is_unique = igd_pg_is_unique,
    .check = igd_pg_check,
    .alter = igd_pg_alter,
    .still_open = igd_pg_still_open,
    .bulk = igd_pg_bulk,
    .recover = igd_pg_recover,
    .risk = igd_pg_risk,
    .locks = igd_pg_locks,
    .script = igd_pg_script,
};

/* The server would cut it. */
static int check_schema_name(igd_str name, igd_error *err)
{
    size_t most = igd_pg_dialect.identifier_bytes;
    if (name.len <= most)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_CONFIG, "?schema=%.*s: a name has at most %zu bytes",
                   IGD_STR_ARG(name), most);
    return igd_hint(err, "name another schema");
}

static int open_target(const igd_target_config *config, igd_target **out, igd_error *err)
{
    igd_pg *it = igd_xmalloc(sizeof(*it));
    *it = (igd_pg){.stop = config->stop,
                   .leftover = IGD_BUF_INIT,
                   .copy = IGD_BUF_INIT,
                   .dialect = igd_pg_dialect};
    igd_target *base = &it->sql.base;
    base->caps = IGD_CAP_TRANSACTIONS | IGD_CAP_DDL_IN_TX | IGD_CAP_SCHEMA | IGD_CAP_ORDERED_SCAN |
                 IGD_CAP_LOAD | IGD_CAP_SESSION_LOCK | IGD_CAP_FOREIGN_KEYS | IGD_CAP_SCRIPT |
                 IGD_CAP_OWNED_TABLES;
    base->limits = (igd_target_limits){.identifier_bytes = igd_pg_dialect.identifier_bytes,
                                       .key_bytes = KEY_BYTES,
                                       .value_bytes = VALUE_BYTES,
                                       .batch_rows = config->batch_rows,
                                       .unsupported = igd_pg_unsupported};
    igd_sql_init(&it->sql, &igd_postgres_driver, &pg_ops, &it->dialect, config);
    igd_arena *mem = it->sql.mem;
    it->run_id = igd_arena_cstr(mem, igd_str_from(config->run_id));
    igd_str schema = igd_url_param_get(&config->url, "schema");
    if (schema.len)
        it->schema = igd_arena_cstr(mem, schema);
    int rc = check_schema_name(schema, err);
    if (!rc)
        rc = igd_url_timeout(&config->url, &base->retry_ms, err);
    if (!rc)
        rc = igd_pg_conninfo(config, mem, &it->keywords, &it->values, err);
    if (!rc)
        rc = igd_pg_connect(it, err);
    if (rc) {
        igd_sql_close(base);
        return rc;
    }
    int version = PQserverVersion(it->db);
    base->server_version = igd_arena_printf(mem, "%d.%d", version / 10000, version % 10000);
    base->database = igd_arena_str(mem, igd_str_from(PQdb(it->db)));
    if (it->pooled)
        base->caps &= ~(uint32_t)IGD_CAP_SESSION_LOCK;
    *out = base;
    return IGD_OK;
}

static const char *const pg_schemes[] = {"postgres", "postgresql", NULL};

const igd_target_driver igd_postgres_driver = {
    .name = "postgres",
    .schemes = pg_schemes,
    .url_help = "postgres://USER@HOST/DATABASE",
    .open = open_target,
    .script_syntax = IGD_SCRIPT_PSQL,
    .stand_in = &igd_pg_script_style,
    IGD_SQL_DRIVER,
};
