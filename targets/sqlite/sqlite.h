/*
 * SQLite: what the files of this folder share. sqlite3.h is included only below this folder.
 *
 * One connection to one file. In a run whose plan changes tables, foreign keys are switched off
 * before BEGIN (inside it is ignored): a rebuild would otherwise delete the rows that refer to the
 * table. What SQLite then no longer does is done here: ON DELETE actions (actions.c) and, before
 * COMMIT, a check that finds violations that were not there before (transaction.c).
 */
#ifndef IGD_TARGETS_SQLITE_SQLITE_H
#define IGD_TARGETS_SQLITE_SQLITE_H

#include <sqlite3.h>

#include "base/map.h"
#include "targets/sql/sql_target.h"

/* The writers' lock: see lock.c. */
typedef struct igd_sqlite_lock {
    char *path;  /* FILE-ingitdb-lock */
    int fd;      /* -1: not held */
    void *inode; /* of a file with several names: its second lock, or NULL */
} igd_sqlite_lock;

typedef struct igd_sqlite_recorder igd_sqlite_recorder; /* record.h */

typedef struct igd_sqlite {
    igd_sql_target sql;
    sqlite3 *db; /* NULL while the file does not exist */
    char *path;  /* real, absolute */
    char *run_id;
    int timeout_ms, waited_ms;
    const volatile int *stop; /* as igd_target_config.stop */
    igd_sqlite_lock lock;
    bool fresh;             /* an empty file: becomes WAL when its first transaction is done */
    bool scratch;           /* goes when it is closed */
    bool off;               /* foreign keys are off in this transaction */
    int64_t schema_version; /* when the schema was last read; -1: never */
    igd_map *violations;    /* of foreign keys, before this transaction */
    bool rehearsal;         /* a stand-in */
    igd_sqlite_recorder *recorder; /* while a run is recorded, between BEGIN and COMMIT */
} igd_sqlite;

static inline igd_sqlite *igd_sqlite_of(igd_sql_target *target)
{
    return (igd_sqlite *)target;
}

/* ---- statement.c ---- */

/* IGD_E_TARGET with SQLite's words; IGD_E_UNREACHABLE when another program is in the way. */
int igd_sqlite_fail(sqlite3 *db, igd_error *err);

int igd_sqlite_exec(igd_sql_target *target, const char *sql, igd_error *err);
int igd_sqlite_query(igd_sql_target *target, const igd_sql_query *query, igd_error *err);
int igd_sqlite_prepare(igd_sql_target *target, igd_str sql, igd_sql_stmt **out, igd_error *err);
int igd_sqlite_run(igd_sql_stmt *stmt, const igd_value *params, size_t count, uint64_t *rows,
                   igd_error *err);
void igd_sqlite_finalize(igd_sql_stmt *stmt);

IGD_DEFINE_CLEANUP_PTR(sqlite3_stmt, sqlite3_finalize)

/* For the statements of this folder; `text` becomes ?1 unless its ptr is NULL. */
int igd_sqlite_ask(igd_sqlite *it, const char *sql, igd_str text, sqlite3_stmt **out,
                   igd_error *err);
/* SQLITE_ROW: true; SQLITE_DONE: false; else *rc is set and err filled. */
bool igd_sqlite_next(sqlite3_stmt *stmt, int *rc, igd_error *err);
/* One number: of the first row, or -1. */
int igd_sqlite_number(igd_sqlite *it, const char *sql, igd_str text, int64_t *out, igd_error *err);

/* What is stored, as a value of the column's kind; anything else is IGD_RAW with its text. */
igd_value igd_sqlite_value(sqlite3_value *found, igd_kind kind, igd_arena *mem);

/* A column as text; the view lasts until the next step. ptr is NULL for null. */
igd_str igd_sqlite_text(sqlite3_stmt *stmt, int column);

/* ---- transaction.c ---- */

int igd_sqlite_begin(igd_sql_target *target, const igd_plan *plan, igd_error *err);
int igd_sqlite_commit(igd_sql_target *target, igd_error *err);
bool igd_sqlite_still_open(igd_sql_target *target);
void igd_sqlite_rollback(igd_sql_target *target);

/* For a transaction of somebody else's words: the lock is ours still; behind its COMMIT. */
int igd_sqlite_check_lock(const igd_sqlite *it, igd_error *err);
void igd_sqlite_committed(igd_sqlite *it);

/* ---- script.c ---- */

int igd_sqlite_script(igd_sql_target *target, const igd_script_statement *statement,
                      igd_script_output *output, void *payload, igd_error *err);

/* ---- introspect.c ---- */

int igd_sqlite_exists(igd_sql_target *target, igd_str name, bool *out, igd_error *err);
int igd_sqlite_columns(igd_sql_target *target, igd_str table, igd_arena *mem, igd_str_list *out,
                       igd_error *err);
int igd_sqlite_read_table(igd_sql_target *target, igd_str name, igd_arena *mem, igd_table *out,
                          bool *found, igd_error *err);

int igd_sqlite_is_unique(igd_sql_target *target, igd_str table, const igd_str_list *columns,
                         bool *out, igd_error *err);

/* ---- alter.c, rebuild.c ---- */

int igd_sqlite_alter(igd_sql_target *target, const igd_plan *plan, igd_part part, igd_error *err);

/* Makes the changes of the operations to the table's definition, in one copy of its rows; without
 * a change in the definition, nothing. */
int igd_sqlite_rebuild(igd_sqlite *it, igd_str table, const igd_op_list *ops, igd_error *err);
/* CHANGE_PRIMARY_KEY: the table is made anew, empty; what others added to it stays. */
int igd_sqlite_remake(igd_sqlite *it, const igd_op *op, igd_error *err);

/* ---- actions.c ---- */

/* Deletes a row and runs the ON DELETE actions of all keys that refer to it. */
int igd_sqlite_remove(igd_sql_target *target, const igd_table *table, const igd_value *key,
                      igd_error *err);

/* ---- connection.c ---- */

/* Statements wait for other programs, as long as the URL says and nobody stops the run. */
void igd_sqlite_wait_for_others(igd_sqlite *it, sqlite3 *db);

/* ---- lock.c ---- */

int igd_sqlite_lock_take(igd_sql_target *target, int64_t wait_ms, igd_error *err);
void igd_sqlite_lock_release(igd_sqlite *it);
int igd_sqlite_lock_holder(igd_sql_target *target, igd_arena *mem, igd_lock_holder *out,
                           igd_error *err);
int igd_sqlite_lock_break(igd_sql_target *target, igd_error *err);
/* False when somebody broke the lock that we hold. */
bool igd_sqlite_lock_is_ours(const igd_sqlite *it);

/* ---- literal.c ---- */

void igd_sqlite_literal(const igd_value *value, igd_buf *sql);

/* ---- dialect.c ---- */

extern const igd_dialect igd_sqlite_dialect;

/* Appends a quoted name. */
void igd_sqlite_name(igd_str name, igd_buf *sql);

#endif
