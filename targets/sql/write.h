/*
 * Private to the SQL family: how the rows of one table are written during a run.
 */
#ifndef IGD_TARGETS_SQL_WRITE_H
#define IGD_TARGETS_SQL_WRITE_H

#include "targets/sql/sql_target.h"

/* A foreign key between two of our tables, seen from one of them. */
typedef struct igd_sql_link {
    const igd_table *other; /* the table at the other end, as desired */
    igd_str_list columns;   /* of the other table: what to look for there */
    uint32_t *values;       /* for each of them the column of this table that has the value */
    bool cascade;
    const struct igd_sql_resting *rests; /* the other end is not part of the run; or NULL */
    igd_sql_stmt *exists;                /* whether the other end has such rows */
} igd_sql_link;

/* Statements are prepared when first used, and forgotten when the schema changes. */
struct igd_sql_writer {
    const igd_table *table;    /* as desired: how changes are laid out */
    const igd_table *layout;   /* as it is there now: columns of `table`, then those that go */
    const igd_table *written;  /* the columns that a row is written with: of `table`; in a run that
                                  goes in steps of `layout`, those that go are set to null */
    const igd_table *recorded; /* as it was before the run; NULL: it is new */
    igd_sql_stmt *insert, *add, *upsert, *remove, *update_if, *remove_if;
    igd_sql_stmt *insert_rows; /* of load_rows rows, whose values are copied to load_params */
    size_t load_rows;
    igd_value *load_params;
    const igd_table *base_table; /* what the two with a condition are made for */
    uint32_t *proof;        /* columns of base_table that the target still has: the condition */
    uint32_t *proof_layout; /* the same columns in layout */
    size_t proof_count;
    igd_value *params, *row;          /* of conditions; a row by `written` */
    IGD_LIST(igd_sql_link) parents;   /* what rows of the table refer to */
    IGD_LIST(igd_sql_link) referring; /* what refers to them */
    bool linked;                      /* the two are filled */
    struct igd_sql_stage *stage;      /* stage.h; NULL until a batch needs it */
};

igd_sql_writer *igd_sql_writer_of(igd_sql_target *target, const igd_table *table);

int igd_sql_prepare(igd_sql_target *target, igd_sql_stmt **stmt, const igd_buf *sql,
                    const igd_table *table, igd_error *err);

/* Runs a statement whose parameters are the first columns of a row; rows may be NULL. */
typedef void igd_sql_text(const igd_dialect *dialect, const igd_table *table, igd_buf *sql);
int igd_sql_run(igd_sql_target *target, igd_sql_stmt **stmt, igd_sql_text *make,
                const igd_table *table, const igd_value *row, size_t count, uint64_t *rows,
                igd_error *err);

/* Makes the writer's condition the one of the change's base. */
void igd_sql_prove(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change);

/* Deletes the row if it is still the change's base. */
int igd_sql_remove_if(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                      uint64_t *rows, igd_error *err);

/* The row with the key, laid out by writer->layout; *out is NULL when there is none. */
int igd_sql_row(igd_sql_target *target, const igd_sql_writer *writer, const igd_value *key,
                igd_arena *mem, igd_value **out, igd_error *err);

/* All rows of a table (by layout) with these values in these columns. */
typedef IGD_LIST(igd_value *) igd_sql_rows;
int igd_sql_rows_where(igd_sql_target *target, const igd_table *layout, const igd_str_list *columns,
                       const igd_value *values, igd_arena *mem, igd_sql_rows *out, igd_error *err);

/* Whether a row by layout is the change's base, as far as its columns are still there. */
bool igd_sql_is_base(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                     const igd_value *row);

/*
 * What becomes of change->now where the row (`old`, by layout; NULL: there is none) is not yet what
 * it should be, and is not what it was at the base: *go_on says whether it is written. A conflict
 * is recorded.
 */
int igd_sql_decide(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                   const igd_value *old, const char *what, bool *go_on, igd_error *err);

/* One change, and changes one by one, as they are written without a batch. An error of `each` names
 * its row. */
int igd_sql_apply_one(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                      igd_error *err);
int igd_sql_apply_each(igd_sql_target *target, igd_sql_writer *writer, const igd_change *changes,
                       size_t count, igd_error *err);

/* A row by `table` with what else is written. */
const igd_value *igd_sql_written_row(igd_sql_writer *writer, const igd_value *now);

/* Writes change->now. `what` is wrong with it, NULL: nothing is known yet. */
int igd_sql_put_row(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                    const char *what, igd_error *err);

/* A copy that lives until the end of the run. */
igd_change igd_sql_keep_change(igd_sql_target *target, const igd_change *change);

/* Puts the record into an error of the engine. */
int igd_sql_fail_row(const igd_table *table, const igd_change *change, igd_error *err);

/* ---- batch.c ---- */

/* Changes of one table in a few statements for all of them; needs ops->bulk. */
int igd_sql_apply_batch(igd_sql_target *target, igd_sql_writer *writer, const igd_change *changes,
                        size_t count, igd_error *err);

/* ---- links.c ---- */

/* The other end has rows with the link's values. */
int igd_sql_link_has(igd_sql_target *target, igd_sql_link *link, const igd_value *row, bool *out,
                     igd_error *err);
void igd_sql_links(igd_sql_target *target, igd_sql_writer *writer);
/* Adds the foreign keys of `other` to the writer's table. */
void igd_sql_add_referring(igd_sql_target *target, igd_sql_writer *writer, const igd_table *other,
                           const struct igd_sql_resting *rests);
/* Values of the link's columns. */
const igd_value *igd_sql_link_values(const igd_sql_link *link, const igd_value *row,
                                     igd_arena *mem);
/* Whether what the row refers to by the link is there; so is nothing. */
int igd_sql_is_there(igd_sql_target *target, igd_sql_link *link, const igd_value *row, bool *out,
                     igd_error *err);
/* A name for a row among all of the target; the same for the row at the other end of a link. */
igd_str igd_sql_row_name(const igd_table *table, const igd_value *row, igd_arena *mem);
igd_str igd_sql_link_name(const igd_sql_link *link, const igd_value *row, igd_arena *mem);

/* ---- resting.c ---- */

/* Takes the tables of begin->expected that are not in the plan. */
int igd_sql_take_resting(igd_sql_target *target, const igd_begin *begin, igd_error *err);
/* Adds those that refer to rows of the writer's table. */
void igd_sql_resting_links(igd_sql_target *target, igd_sql_writer *writer);
/* The row cannot be deleted: one at the other end of the link refers to it. */
int igd_sql_fail_resting(igd_sql_target *target, const igd_sql_writer *writer,
                         const igd_sql_link *link, const igd_value *row, igd_error *err);
/* When all rows are written: whether those of tables that refer to one that rests, or by a foreign
 * key that is new, refer to something. IGD_E_CONFLICT names one that does not. */
int igd_sql_check_references(igd_sql_target *target, igd_error *err);

/* ---- conflicts.c ---- */

/*
 * A row that is not what it should be: `old` as found, by layout, or NULL. Without a change of its
 * own it would go with its parent. `what` says what is wrong with it, NULL: what can be seen of it.
 * Records the decision; *go_on: write the change all the same. IGD_E_CONFLICT by policy.
 */
int igd_sql_conflict(igd_sql_target *target, const igd_sql_writer *writer, const igd_change *change,
                     const igd_value *old, const char *what, bool *go_on, igd_error *err);

/* ---- orphans.c ---- */

/* *orphan: the row refers to one that is not there, or not yet; it waits. */
int igd_sql_await_parents(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                          bool *orphan, igd_error *err);
/* The rows that waited: written when all that they refer to is there or is written with them. */
int igd_sql_settle_orphans(igd_sql_target *target, igd_error *err);

/* ---- deletes.c ---- */

int igd_sql_delete_row(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                       igd_error *err);

/* The deletes that had to wait for others. */
int igd_sql_settle_deletes(igd_sql_target *target, igd_error *err);

#endif
