/*
 * MySQL and MariaDB: what the files of this folder share. mysql.h of Connector/C is included only
 * below this folder.
 *
 * One connection to one database. Both servers are told apart when it is made: igd_mysql.mariadb.
 *
 * A schema change commits by itself and cannot be undone, so a run that has some goes in steps
 * (docs/architecture.md, "Runs in steps"): every statement stands behind the fence (alter.c).
 *
 * Foreign keys are checked row by row. Where that fails because what is referred to comes later in
 * the run (a circle, a row that refers to another of its table), checks are switched off for the
 * rest of the transaction, and before it is committed the references are looked at
 * (references.c). Deletes run with checks on in any case: only then the server carries out ON
 * DELETE actions.
 */
#ifndef IGD_TARGETS_MYSQL_MYSQL_H
#define IGD_TARGETS_MYSQL_MYSQL_H

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>

#include "targets/mysql/options.h"
#include "targets/sql/sql_target.h"

typedef struct igd_mysql {
    igd_sql_target sql;
    MYSQL *db; /* NULL: the connection is lost, and no new one could be made */
    igd_arena *mem;
    igd_mysql_options options;
    const char *run_id;
    const volatile int *stop; /* as igd_target_config.stop */
    bool mariadb;
    bool load_data;    /* LOAD DATA LOCAL works */
    bool folded_names; /* the server does not tell names of tables by their case */
    size_t max_packet; /* of one request */

    unsigned long session;  /* id of the connection */
    int64_t server_started; /* seconds since 1970; tells a restart from a session that ended */
    igd_str server_name;    /* tells one server from another */

    bool in_transaction;   /* one is open on the server */
    bool books;            /* the bookkeeping's tables are there */
    bool checks_off;       /* foreign_key_checks, until the end of the transaction */
    bool must_check;       /* references, before the transaction ends */
    bool scripted;         /* a script may have changed settings of the session */
    MYSQL_STMT *bulk_stmt; /* of the last bulk, which is as a rule the next one's, too */
    igd_buf bulk_sql;
    igd_str infile; /* what the server may read by LOAD DATA LOCAL at the moment */
} igd_mysql;

static inline igd_mysql *igd_mysql_of(igd_sql_target *target)
{
    return (igd_mysql *)target;
}

/* ---- error.c ---- */

/* An error of the server or of the connection, in our terms. */
int igd_mysql_fail(igd_mysql *it, unsigned number, const char *message, igd_error *err);
/* The one that the connection has. */
int igd_mysql_fail_here(igd_mysql *it, igd_error *err);
/* The connection is gone, or is about to. */
bool igd_mysql_is_lost(int native);

/* ---- connection.c ---- */

/* Makes a connection and sets its session up. The old one is closed. */
int igd_mysql_connect(igd_mysql *it, igd_error *err);
/* The settings that all statements of ours rely on. */
int igd_mysql_set_up(igd_mysql *it, igd_error *err);

/* ---- statement.c ---- */

int igd_mysql_exec(igd_sql_target *target, const char *sql, igd_error *err);
/* The same for any bytes; *rows may be NULL. */
int igd_mysql_exec_text(igd_mysql *it, igd_str sql, uint64_t *rows, igd_error *err);
int igd_mysql_query(igd_sql_target *target, const igd_sql_query *query, igd_error *err);
int igd_mysql_prepare(igd_sql_target *target, igd_str sql, igd_sql_stmt **out, igd_error *err);
int igd_mysql_run(igd_sql_stmt *stmt, const igd_value *params, size_t count, uint64_t *rows,
                  igd_error *err);
void igd_mysql_finalize(igd_sql_stmt *stmt);

/* One row of texts and numbers: `kinds` says which. Values are copied to mem; *found is false when
 * there is none. */
int igd_mysql_ask(igd_mysql *it, const char *sql, const igd_value *params, size_t count,
                  const igd_kind *kinds, size_t columns, igd_arena *mem, igd_value *out,
                  bool *found, igd_error *err);
/* One number; 0 for null and for no row. */
int igd_mysql_number(igd_mysql *it, const char *sql, igd_str param, int64_t *out, igd_error *err);

/* ---- transaction.c ---- */

int igd_mysql_begin(igd_sql_target *target, const igd_plan *plan, igd_error *err);
int igd_mysql_commit(igd_sql_target *target, igd_error *err);
void igd_mysql_rollback(igd_sql_target *target);
bool igd_mysql_still_open(igd_sql_target *target);
int igd_mysql_remove(igd_sql_target *target, const igd_table *table, const igd_value *key,
                     igd_error *err);
/* After a statement failed that way: IGD_OK when it is worth another try, since references are not
 * checked from now on but before the transaction ends. Else this is the error. */
int igd_mysql_defer(igd_mysql *it, unsigned number, const char *message, igd_str sql,
                    const igd_value *params, size_t count, igd_error *err);
/* A statement committed by itself. */
void igd_mysql_ended(igd_mysql *it);

/* ---- actions.c ---- */

/* What a DELETE of ours that runs without checks would make the server do to rows that refer. */
int igd_mysql_carry_out(igd_mysql *it, igd_str sql, const igd_value *params, size_t count,
                        igd_error *err);

/* ---- references.c ---- */

/* Whether rows refer to nothing that did not before. */
int igd_mysql_check_references(igd_mysql *it, igd_error *err);

/* ---- lock.c ---- */

int igd_mysql_lock(igd_sql_target *target, int64_t wait_ms, igd_error *err);
void igd_mysql_unlock(igd_sql_target *target);
int igd_mysql_holder(igd_sql_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err);
int igd_mysql_break_lock(igd_sql_target *target, igd_error *err);
int igd_mysql_recover(igd_sql_target *target, igd_error *err);
/* IGD_E_STALE_BASE when it is held no more. A connection that was lost is made again. */
int igd_mysql_check_lock(igd_mysql *it, igd_error *err);

/* ---- introspect.c ---- */

int igd_mysql_exists(igd_sql_target *target, igd_str name, bool *out, igd_error *err);
int igd_mysql_columns(igd_sql_target *target, igd_str table, igd_arena *mem, igd_str_list *out,
                      igd_error *err);
int igd_mysql_read_table(igd_sql_target *target, igd_str name, igd_arena *mem, igd_table *out,
                         bool *found, igd_error *err);
int igd_mysql_is_unique(igd_sql_target *target, igd_str table, const igd_str_list *columns,
                        bool *out, igd_error *err);

/* As the driver's function of that name. */
int igd_mysql_adopt(igd_target *target, const igd_table *wanted, igd_arena *mem, igd_table *out,
                    bool *found, igd_error *err);

/* ---- alter.c, risk.c ---- */

/* The statement by which a table of MySQL steps aside, without its checks. */
void igd_mysql_step_aside(const igd_op *op, igd_buf *sql);
int igd_mysql_alter(igd_sql_target *target, const igd_plan *plan, igd_part part, igd_error *err);
void igd_mysql_risk(const igd_sql_target *target, const igd_plan *plan, igd_op *op);

/* ---- dependents.c ---- */

int igd_mysql_check(igd_sql_target *target, const igd_begin *begin, igd_error *err);

/* ---- bulk.c ---- */

int igd_mysql_bulk(igd_sql_target *target, const igd_sql_bulk *bulk, igd_error *err);
/* Forgets the statement that is kept. */
void igd_mysql_bulk_end(igd_mysql *it);
/* Installs what answers when a server asks for a file: nothing but what bulk sends. */
void igd_mysql_guard_files(igd_mysql *it);

/* ---- script.c ---- */

int igd_mysql_script(igd_sql_target *target, const igd_script_statement *statement,
                     igd_script_output *output, void *payload, igd_error *err);

/* ---- dialect.c, literal.c, limits.c ---- */

/* What tells statement.c that an INSERT leaves a row alone that is there, or updates it. */
#define IGD_MYSQL_ADDS    " /* unless it is there */"
#define IGD_MYSQL_UPSERTS " ON DUPLICATE KEY UPDATE"

extern const igd_sql_hashing igd_mysql_hashing;
extern const igd_dialect igd_mysql_dialect, igd_mariadb_dialect;

void igd_mysql_literal(const igd_value *value, igd_buf *sql);
/* Takes a quoted name off the front of a text; false when there is none. */
bool igd_mysql_take_name(igd_str *text, igd_arena *mem, igd_str *out);

/* As igd_target_limits.unsupported. */
const char *igd_mysql_unsupported(const igd_table *table, size_t column, const igd_value *value);
const char *igd_mariadb_unsupported(const igd_table *table, size_t column, const igd_value *value);

/* Characters that a column of a key or a reference has. */
int64_t igd_mysql_key_chars(const igd_table *table, size_t column);
/* The longest text of a found varchar(n); 0 for other types. */
int64_t igd_mysql_chars_of(igd_str type);

#endif
