/*
 * PostgreSQL: what the files of this folder share. libpq-fe.h is included only below this folder.
 *
 * One connection, in one schema. What a session could be configured to (time zone, formats, the
 * search path) is fixed when it begins, so that the server shows every value in one way only.
 *
 * Between us and the server may be a pooler that gives each transaction another session. Then
 * nothing of a session can be relied upon: settings and the lock are those of each transaction
 * (`pooled`).
 */
#ifndef IGD_TARGETS_POSTGRES_POSTGRES_H
#define IGD_TARGETS_POSTGRES_POSTGRES_H

#include <libpq-fe.h>

#include "targets/sql/sql_target.h"

#define IGD_PG_STATE_LEN 5 /* of an SQLSTATE */

typedef struct igd_pg {
    igd_sql_target sql;
    igd_dialect dialect;             /* of this schema */
    PGconn *db;                      /* NULL: not connected */
    const char **keywords, **values; /* of the connection, NULL-terminated */
    const char *schema;
    bool schema_there; /* when it was connected; else the first run creates it, or a script */
    const char *run_id;
    const char *settings;     /* statements that fix them for a session */
    const char *local;        /* the same for a transaction; "" when the session has them */
    const volatile int *stop; /* as igd_target_config.stop */
    bool pooled;
    bool unsettled;     /* statements of others may have changed the settings */
    int32_t lock_key;   /* of the schema */
    char *server_start; /* when the server that we were connected to last was started */
    /* SQLSTATE with which the server ended our session, or empty. */
    char ended[IGD_PG_STATE_LEN + 1];
    char *version; /* of the schema when the state was last read (introspect.c), or NULL */
    uint64_t statements;
    igd_buf leftover; /* DEALLOCATEs for the end of the transaction */
    igd_buf copy;     /* what goes to COPY */
} igd_pg;

static inline igd_pg *igd_pg_of(igd_sql_target *target)
{
    return (igd_pg *)target;
}

/* ---- conninfo.c ---- */

/* What libpq is told of a URL, as two NULL-terminated arrays of mem. IGD_E_CONFIG. */
IGD_MUST_CHECK int igd_pg_conninfo(const igd_target_config *config, igd_arena *mem,
                                   const char ***keywords, const char ***values, igd_error *err);

/* "ingitdb RUN PID@HOST": how a session says whose it is, in 63 bytes; and back. */
#define IGD_PG_NAME_MAX 64
void igd_pg_session_name(const char *run_id, char out[IGD_PG_NAME_MAX]);
bool igd_pg_session_parse(igd_str name, igd_arena *mem, igd_lock_holder *out);

/* ---- connection.c ---- */

/* One attempt. IGD_E_UNREACHABLE, transient when another one may succeed. */
int igd_pg_connect(igd_pg *it, igd_error *err);
/* Is there no session any more? libpq may not have noticed yet what the server said last. */
static inline bool igd_pg_is_lost(const igd_pg *it)
{
    return PQstatus(it->db) != CONNECTION_OK || it->ended[0];
}
/* Was our session ended by somebody, while the server is the one that it was? */
bool igd_pg_was_thrown_out(igd_pg *it);
/* Fixes the settings of the session again. */
int igd_pg_settle(igd_pg *it, igd_error *err);

/* ---- error.c ---- */

/* What the server, or libpq when it has no connection, says of a result. Returns the code. */
int igd_pg_fail(igd_pg *it, const PGresult *result, igd_error *err);
/* The same for a connection that could not be made. */
int igd_pg_fail_connect(PGconn *db, igd_error *err);
/* Its SQLSTATE; "" when it has none. */
const char *igd_pg_state(const PGresult *result);
/* As err->native. */
int igd_pg_native(const char *state);
/* Takes what the server says between two statements: the last words to a session. */
void igd_pg_on_notice(void *payload, const PGresult *result);

/* ---- statement.c ---- */

IGD_DEFINE_CLEANUP_PTR(PGresult, PQclear)

int igd_pg_exec(igd_sql_target *target, const char *sql, igd_error *err);
int igd_pg_query(igd_sql_target *target, const igd_sql_query *query, igd_error *err);
int igd_pg_prepare(igd_sql_target *target, igd_str sql, igd_sql_stmt **out, igd_error *err);
int igd_pg_run(igd_sql_stmt *stmt, const igd_value *params, size_t count, uint64_t *rows,
               igd_error *err);
void igd_pg_finalize(igd_sql_stmt *stmt);

/* For the statements of this folder; texts are $1, $2 ... *out is the caller's. */
int igd_pg_ask(igd_pg *it, const char *sql, const igd_str *texts, size_t count, PGresult **out,
               igd_error *err);
/* A cell; ptr is NULL for null. Lives as long as the result. */
igd_str igd_pg_cell(const PGresult *result, int row, int column);

/* ---- value.c ---- */

/* What the server shows of a value of a column of that kind. A view of text or mem. */
igd_value igd_pg_value(igd_kind kind, igd_str text, igd_arena *mem);
/* What the server takes for the value: its canonical text. Not of null. */
void igd_pg_text(const igd_value *value, igd_buf *out);
/* As igd_target_limits.unsupported. */
const char *igd_pg_unsupported(const igd_table *table, size_t column, const igd_value *value);

/* ---- copy.c ---- */

int igd_pg_bulk(igd_sql_target *target, const igd_sql_bulk *bulk, igd_error *err);
/* A query without parameters, row by row. */
int igd_pg_copy_out(igd_pg *it, const igd_sql_query *query, igd_error *err);

/* ---- transaction.c ---- */

int igd_pg_begin(igd_sql_target *target, const igd_plan *plan, igd_error *err);
int igd_pg_commit(igd_sql_target *target, igd_error *err);
void igd_pg_rollback(igd_sql_target *target);
bool igd_pg_still_open(igd_sql_target *target);
/* In a transaction that was just begun: the lock is ours, and stays so until its end. */
int igd_pg_hold_lock(igd_pg *it, igd_error *err);

/* ---- lock.c ---- */

int igd_pg_lock(igd_sql_target *target, int64_t wait_ms, igd_error *err);
void igd_pg_unlock(igd_sql_target *target);
int igd_pg_holder(igd_sql_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err);
int igd_pg_break_lock(igd_sql_target *target, igd_error *err);
int igd_pg_recover(igd_sql_target *target, igd_error *err);
int32_t igd_pg_lock_key(const char *schema);
#define IGD_PG_LOCK_CLASS 1768842601 /* "ingi" */
int igd_pg_fail_broken(igd_error *err);
int igd_pg_fail_locked(igd_pg *it, igd_error *err);

/* ---- introspect.c ---- */

int igd_pg_exists(igd_sql_target *target, igd_str name, bool *out, igd_error *err);
int igd_pg_columns(igd_sql_target *target, igd_str table, igd_arena *mem, igd_str_list *out,
                   igd_error *err);
int igd_pg_read_table(igd_sql_target *target, igd_str name, igd_arena *mem, igd_table *out,
                      bool *found, igd_error *err);
int igd_pg_is_unique(igd_sql_target *target, igd_str table, const igd_str_list *columns, bool *out,
                     igd_error *err);
/* IGD_E_STALE_BASE when others changed a table of the schema since the state was read. */
int igd_pg_check_version(igd_pg *it, igd_error *err);
void igd_pg_forget_version(igd_pg *it);

/* ---- alter.c, risk.c ---- */

int igd_pg_alter(igd_sql_target *target, const igd_plan *plan, igd_part part, igd_error *err);
/* The statements of ALTER_TYPE to another kind, in expand; and of CHANGE_PRIMARY_KEY, `key` being
 * the name of the old constraint (empty: there is none). */
void igd_pg_refill_text(const igd_dialect *dialect, const igd_op *op, igd_arena *mem,
                        igd_str_list *out);
void igd_pg_remake_text(const igd_dialect *dialect, const igd_op *op, igd_str key, igd_arena *mem,
                        igd_str_list *out);
/* The names of a table's checks, indexes and foreign keys, each with a '/' behind it. */
igd_str igd_pg_names_of(const igd_table *table, igd_arena *mem);
/* What would be refused when it comes to it: columns that go, and something of others with them. */
int igd_pg_check(igd_sql_target *target, const igd_begin *begin, igd_error *err);
void igd_pg_risk(const igd_sql_target *target, const igd_plan *plan, igd_op *op);

/* ---- risk.c ---- */

/* The strongest lock on each table, as pg_locks has them. */
int igd_pg_locks(igd_sql_target *target, igd_arena *mem, igd_str_list *out, igd_error *err);

/* ---- script.c ---- */

int igd_pg_script(igd_sql_target *target, const igd_script_statement *statement,
                  igd_script_output *output, void *payload, igd_error *err);

/* ---- hashing.c, literal.c, dialect.c ---- */

extern const igd_sql_hashing igd_pg_hashing;

void igd_pg_literal(const igd_value *value, igd_buf *sql);
void igd_pg_quote(igd_str text, igd_buf *sql);

extern const igd_dialect igd_pg_dialect;

#endif
