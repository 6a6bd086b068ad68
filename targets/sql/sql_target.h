/*
 * The SQL family: the whole driver contract (target.h) once, over what an engine can do.
 *
 * An engine supplies igd_sql_ops and an igd_dialect, embeds igd_sql_target as the first member of
 * its own target, opens itself, and calls igd_sql_init; its driver struct names the functions below
 * with IGD_SQL_DRIVER.
 */
#ifndef IGD_TARGETS_SQL_SQL_TARGET_H
#define IGD_TARGETS_SQL_SQL_TARGET_H

#include "targets/sql/dialect.h"
#include "targets/target.h"

typedef struct igd_sql_target igd_sql_target;
typedef struct igd_sql_stmt igd_sql_stmt; /* prepared; the engine's own */

typedef struct igd_sql_query {
    igd_str sql;
    const igd_value *params;
    size_t param_count;
    const igd_kind *kinds; /* what each column of the result is */
    size_t column_count;
    igd_scan_callback *callback;
    void *payload;
} igd_sql_query;

/* Rows for one table, all of the same columns. */
typedef struct igd_sql_bulk {
    igd_str table;
    const igd_str *names;
    const igd_kind *kinds;
    size_t column_count;
    const igd_value *values; /* column_count * row_count, row by row */
    size_t row_count;
} igd_sql_bulk;

typedef struct igd_sql_ops {
    void (*close)(igd_sql_target *target);

    int (*lock)(igd_sql_target *target, int64_t wait_ms, igd_error *err);
    void (*unlock)(igd_sql_target *target);
    int (*holder)(igd_sql_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err);
    int (*break_lock)(igd_sql_target *target, igd_error *err);

    int (*exec)(igd_sql_target *target, const char *sql, igd_error *err);
    int (*query)(igd_sql_target *target, const igd_sql_query *query, igd_error *err);
    int (*prepare)(igd_sql_target *target, igd_str sql, igd_sql_stmt **out, igd_error *err);
    /* *rows: how many it changed (found, when they were so already) or returned; may be NULL. */
    int (*run)(igd_sql_stmt *stmt, const igd_value *params, size_t count, uint64_t *rows,
               igd_error *err);
    void (*finalize)(igd_sql_stmt *stmt);

    /* A transaction that writes; the plan, which may be NULL, says what it will do. */
    int (*begin)(igd_sql_target *target, const igd_plan *plan, igd_error *err);
    int (*commit)(igd_sql_target *target, igd_error *err); /* still open after an error */
    void (*rollback)(igd_sql_target *target);

    /* Whether a table or something else of that name is there; its columns (none: no table). */
    int (*exists)(igd_sql_target *target, igd_str name, bool *out, igd_error *err);
    int (*columns)(igd_sql_target *target, igd_str table, igd_arena *mem, igd_str_list *out,
                   igd_error *err);
    int (*read_table)(igd_sql_target *target, igd_str name, igd_arena *mem, igd_table *out,
                      bool *found, igd_error *err);

    /* Whether the engine lets no two rows have the same bytes in exactly these columns, by a key or
     * an index that an upsert can go by. */
    int (*is_unique)(igd_sql_target *target, igd_str table, const igd_str_list *columns, bool *out,
                     igd_error *err);

    /* ---- optional ---- */

    /* There is nothing yet that could be read: lock makes it. NULL: there always is. */
    bool (*is_absent)(const igd_sql_target *target);

    /* Refuses what the plan, which is not NULL, would take along of what others made, or cannot do
     * because of it: before anything is written. The state of the source, and whether this is a
     * snapshot (target->reading), are known. */
    int (*check)(igd_sql_target *target, const igd_begin *begin, igd_error *err);
    /* All operations of one part. NULL: each is one statement of the dialect. */
    int (*alter)(igd_sql_target *target, const igd_plan *plan, igd_part part, igd_error *err);
    /* Whether an error left the transaction open, without anything of the statement that failed. */
    bool (*still_open)(igd_sql_target *target);
    /* Deletes a row and what depends on it, while target->removes is set. */
    int (*remove)(igd_sql_target *target, const igd_table *table, const igd_value *key,
                  igd_error *err);
    /* Many rows into a table in one request (COPY, LOAD DATA, array binding), for engines that are
     * slow statement by statement: load.c and batch.c go by it. A row that fails fails all of them,
     * and leaves the transaction open or not as any statement does. */
    int (*bulk)(igd_sql_target *target, const igd_sql_bulk *bulk, igd_error *err);
    /* As the driver's functions of that name; target->locked says whether the lock was held. */
    int (*recover)(igd_sql_target *target, igd_error *err);
    void (*risk)(const igd_sql_target *target, const igd_plan *plan, igd_op *op);
    int (*locks)(igd_sql_target *target, igd_arena *mem, igd_str_list *out, igd_error *err);
    /* As the driver's script_run; needs still_open. */
    int (*script)(igd_sql_target *target, const igd_script_statement *statement,
                  igd_script_output *output, void *payload, igd_error *err);
} igd_sql_ops;

typedef struct igd_sql_writer igd_sql_writer; /* of one table: write.h */
struct igd_sql_waiting;                       /* deletes.c */
struct igd_sql_orphan;                        /* orphans.c */
struct igd_sql_resting;                       /* resting.c */
typedef struct igd_map igd_map;

struct igd_sql_target {
    igd_target base;
    igd_target_driver driver; /* what base.driver points to: functions of masked bits are NULL */
    const igd_sql_ops *ops;
    const igd_dialect *dialect;
    igd_arena *mem; /* as long as the target */
    igd_open_mode mode;
    bool locked;
    bool removes; /* set by begin: deletes go through ops->remove until the end */

    bool reading; /* between snapshot and rollback */

    /* During a transaction (or a script): */
    bool in_transaction;
    igd_arena *tx_mem;
    igd_str source;
    bool marked;            /* the run goes in steps */
    igd_str fence;          /* what the state of the source has to look like (bookkeeping.c) */
    const igd_plan *plan;   /* NULL when it changes nothing */
    const igd_plan *tables; /* all of our tables; NULL when they were not given */
    IGD_LIST(struct igd_sql_resting *) resting; /* those of the source that are not in it */
    unsigned stages;                            /* staging tables that were made, for their names */
    bool references_checked;
    igd_conflict_policy conflicts;
    bool recording;                      /* the bookkeeping is there */
    IGD_LIST(igd_value) conflict_values; /* rows of ingitdb_sync_conflicts that are not there yet */
    igd_arena *conflict_mem;
    igd_sql_stmt *record;         /* into ingitdb_sync_conflicts */
    const igd_recording *script;  /* the run is written down: */
    const igd_source_state *from; /* what begin expected; may be NULL */
    const igd_source_state *to;   /* set by commit */
    IGD_LIST(igd_sql_writer *) writers;
    igd_sql_writer *last_writer;
    IGD_LIST(struct igd_sql_waiting *) waiting; /* deletes of rows that others refer to */
    igd_map *waiting_by_name;
    IGD_LIST(struct igd_sql_orphan *) orphans; /* rows that refer to others that are not there */
    igd_map *orphans_by_name;
};

/* For an engine's open, when base.caps and base.limits say what the engine can do. */
void igd_sql_init(igd_sql_target *target, const igd_target_driver *driver, const igd_sql_ops *ops,
                  const igd_dialect *dialect, const igd_target_config *config);

/* ---- the driver's functions ---- */

void igd_sql_close(igd_target *target);
int igd_sql_lock(igd_target *target, int64_t wait_ms, igd_error *err);
void igd_sql_unlock(igd_target *target);
int igd_sql_holder(igd_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err);
int igd_sql_break_lock(igd_target *target, igd_error *err);
int igd_sql_recover(igd_target *target, igd_error *err);
void igd_sql_risk(const igd_target *target, const igd_plan *plan, igd_op *op);
int igd_sql_locks(igd_target *target, igd_arena *mem, igd_str_list *out, igd_error *err);
int igd_sql_state_read(igd_target *target, igd_arena *mem, igd_state *out, igd_error *err);
int igd_sql_snapshot(igd_target *target, const igd_begin *check, igd_error *err);
int igd_sql_begin(igd_target *target, const igd_begin *begin, igd_error *err);
int igd_sql_apply(igd_target *target, const igd_table *table, const igd_change *changes,
                  size_t count, igd_error *err);
int igd_sql_load(igd_target *target, const igd_table *table, const igd_change *changes,
                 size_t count, igd_error *err);
int igd_sql_commit(igd_target *target, const igd_source_state *state, igd_error *err);
void igd_sql_rollback(igd_target *target);
int igd_sql_scan(igd_target *target, const igd_table *table, igd_scan_callback *callback,
                 void *payload, igd_error *err);
int igd_sql_scan_some(igd_target *target, const igd_table *table, const igd_table *layout,
                      const igd_bucket_set *which, igd_scan_callback *callback, void *payload,
                      igd_error *err);
int igd_sql_sums(igd_target *target, const igd_table *table, const igd_table *layout,
                 igd_table_sums *out, bool *told, igd_error *err);
void igd_sql_note_error(igd_target *target, igd_str source, igd_str message);
int igd_sql_schema_read(igd_target *target, const igd_str_list *names, igd_arena *mem,
                        igd_schema *out, igd_error *err);
int igd_sql_schema_apply(igd_target *target, const igd_plan *plan, igd_part part, igd_error *err);
int igd_sql_adopt(igd_target *target, const igd_table *wanted, igd_arena *mem, igd_table *out,
                  bool *found, igd_error *err);

int igd_sql_script_run(igd_target *target, const igd_script_statement *statement,
                       igd_script_output *output, void *payload, igd_error *err);
int igd_sql_lookup(igd_target *target, const igd_table *table, const igd_value *keys, size_t count,
                   igd_scan_callback *callback, void *payload, igd_error *err);
int igd_sql_note_conflict(igd_target *target, const igd_conflict *conflict, igd_error *err);
int igd_sql_migration_store(igd_target *target, const igd_migration *migration, igd_str *table,
                            igd_error *err);

#define IGD_SQL_DRIVER                                                                            \
    .close = igd_sql_close, .lock = igd_sql_lock, .unlock = igd_sql_unlock,                       \
    .holder = igd_sql_holder, .break_lock = igd_sql_break_lock, .state_read = igd_sql_state_read, \
    .snapshot = igd_sql_snapshot, .begin = igd_sql_begin, .apply = igd_sql_apply,                 \
    .commit = igd_sql_commit, .rollback = igd_sql_rollback, .scan = igd_sql_scan,                 \
    .note_error = igd_sql_note_error, .load = igd_sql_load, .schema_read = igd_sql_schema_read,   \
    .schema_apply = igd_sql_schema_apply, .adopt = igd_sql_adopt, .recover = igd_sql_recover,     \
    .locks = igd_sql_locks, .risk = igd_sql_risk, .sums = igd_sql_sums,                           \
    .scan_some = igd_sql_scan_some, .script_run = igd_sql_script_run, .lookup = igd_sql_lookup,   \
    .migration_store = igd_sql_migration_store, .conflict = igd_sql_note_conflict

/* ---- bookkeeping.c ---- */

/* The statements that make the tables where they are missing, each with its end. */
void igd_sql_state_tables(const igd_dialect *dialect, igd_buf *sql);
/* Their names, NULL-terminated. */
const char *const *igd_sql_state_names(void);
/* The statements, each with its end, that make them say this of a source; state is NULL when they
 * are to say nothing. `now` is an expression that stands for the times of the run; NULL: they are
 * what they are. */
void igd_sql_state_script(const igd_dialect *dialect, igd_str source, const igd_source_state *state,
                          const char *now, igd_buf *sql);

/* Makes the tables that are missing: for an engine's begin, where the dialect says so. */
int igd_sql_make_books(igd_sql_target *target, igd_error *err);

/* Reads all of it, inside or outside of a transaction. */
int igd_sql_state_load(igd_sql_target *target, igd_arena *mem, igd_state *out, igd_error *err);

/* Replaces what is stored about a source; creates the tables when they are missing. */
int igd_sql_state_store(igd_sql_target *target, const igd_source_state *state, igd_error *err);

/* Notes status and error of a source, creating its row when it is missing. */
int igd_sql_state_note(igd_sql_target *target, igd_str source, igd_str message, igd_error *err);

/* Records a conflict; creates the tables when they are missing. Where rows go in bulk, it is
 * written by flush, at the latest before the transaction ends. */
int igd_sql_conflict_store(igd_sql_target *target, const igd_conflict *conflict, igd_error *err);
int igd_sql_conflicts_flush(igd_sql_target *target, igd_error *err);
void igd_sql_conflicts_forget(igd_sql_target *target);

/* ---- sums.c ---- */

/* Columns of the layout without a name are not there. */
int igd_sql_add_up(igd_sql_target *target, const igd_table *table, const igd_table *layout,
                   igd_table_sums *out, bool *told, igd_error *err);
/* Appends WHERE the row's digest is in one of the buckets. */
void igd_sql_where_buckets(const igd_dialect *dialect, const igd_table *table,
                           const igd_table *layout, const igd_bucket_set *which, igd_buf *sql);

/* ---- migrations.c ---- */

/* Makes the table of applied scripts where it is missing: where creating it would end a
 * transaction, that is done before one begins. */
int igd_sql_make_migrations(igd_sql_target *target, igd_error *err);

/* ---- schema_read.c ---- */

/* Whether a column as it was found holds values of the known one as they are. */
bool igd_sql_holds(const igd_dialect *dialect, const igd_column *found, const igd_column *known);

/* Gives a table that was found the names and types that `known` has for its columns: where a column
 * can hold such values, and the engine takes the name for that one. Likewise its checks. */
void igd_sql_take_known(const igd_dialect *dialect, const igd_table *known, igd_table *found);

/* ---- adopt.c ---- */

/* Looks for rows of tables that are taken over that break what contract is about to add. */
int igd_sql_check_adopted(igd_sql_target *target, const igd_plan *plan, igd_error *err);

/* ---- for the parts of the family ---- */

/* One statement that is not kept. */
int igd_sql_execute(igd_sql_target *target, igd_str sql, const igd_value *params, size_t count,
                    igd_error *err);

/* Carries out one operation by the statements of igd_sql_statements. */
int igd_sql_alter(igd_sql_target *target, const igd_op *op, igd_error *err);

/* A part of a transaction that can fail by itself. Begun and ended it costs nothing where an error
 * leaves the transaction open. After an error undo tells whether what came before the part is still
 * there, and the transaction goes on. */
int igd_sql_part_begin(igd_sql_target *target, igd_error *err);
int igd_sql_part_end(igd_sql_target *target, igd_error *err);
/* Ends it, and what was written since it began is gone. Needs dialect->savepoints. */
int igd_sql_part_take_back(igd_sql_target *target, igd_error *err);
/* The same behind an error, which stays the one to tell; false: the transaction is lost. */
bool igd_sql_part_undo(igd_sql_target *target);

/* Ends a step of a run that goes in steps, unless the target has what is needed not to: what was
 * done so far becomes visible, and the fence is checked before anything else is done. */
int igd_sql_step(igd_sql_target *target, igd_caps needed, igd_error *err);

/* Before the schema changes or the transaction ends (write.c). */
void igd_sql_forget_statements(igd_sql_target *target);

#endif
