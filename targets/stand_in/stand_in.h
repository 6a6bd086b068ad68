/*
 * Rehearsals for engines that cannot make a copy of themselves, and scripts of what they do.
 *
 * A stand-in looks like a target of the engine: its name, its limits, what it holds. Until a run
 * begins it reads from the real one, which is open to read and nothing else. At begin all tables of
 * the run are copied, of one moment, into a temporary SQLite database, and everything that the run
 * does happens there: the same writer finds the same conflicts, carries out the same policy.
 *
 * When the run commits, what it has changed is the difference of two tables in that database: the
 * rows as they were, which are kept aside, and the rows as they are. That, the plan, and the two
 * states of the bookkeeping are written by the engine's dialect as a script (up). The other way
 * round, with the plan that leads back, they are the script that undoes it (down): nothing but the
 * direction is different, so what up can do, down can undo. Down knows the values of columns that
 * go, and of columns that others added to rows that go; what triggers and foreign keys of others do
 * when up runs is theirs.
 *
 * Memory does not grow with the number of rows.
 */
#ifndef IGD_TARGETS_STAND_IN_STAND_IN_H
#define IGD_TARGETS_STAND_IN_STAND_IN_H

#include "targets/stand_in/style.h"

/* For igd_target_open, when config->rehearsal says so: opens the driver's target to read. */
IGD_MUST_CHECK int igd_stand_in_open(const igd_target_driver *driver,
                                     const igd_target_config *config, igd_target **out,
                                     igd_error *err);

/* ---- for the files of this folder ---- */

/* The rows of a table at one end of a run: a table of the temporary database. */
typedef struct stand_in_view {
    const igd_table *form; /* how the target has it; NULL: it is not there */
    igd_str table;
    igd_str *columns; /* for each column of the form, its name in the temporary database */
    /* Columns that others have, behind those of the form: names in the target, kinds and names
     * here. */
    igd_str_list foreign, foreign_columns;
    igd_kind *foreign_kinds;
    const igd_column *foreign_found;
    /* Before: the form without what somebody took away, which is what there was, and its columns
     * here. */
    const igd_table *was;
    igd_str *was_columns;
    /* Of a table that goes, or some of whose columns do: the statements that add what others did
     * to it. */
    igd_str_list others_columns;
    igd_script_step_list others_rest;
} stand_in_view;

/* A table of the plan, under the index that it has there. */
typedef struct stand_in_table {
    const igd_table_plan *plan;
    stand_in_view before, after;
    const igd_table *recorded; /* by the bookkeeping, for the lines that name rows; or NULL */
    ptrdiff_t *places;         /* of its columns in before.form; -1: not there */
} stand_in_table;

typedef struct igd_stand_in {
    igd_target base;
    igd_target_driver driver; /* the engine's name, and functions of stand_in.c */
    const igd_script_style *style;
    igd_target *real;
    igd_target *inner;        /* the temporary database */
    igd_target_config config; /* of the temporary database */
    igd_arena *own;           /* as long as the target */
    bool empty;               /* holds nothing, whatever the real one holds */
    bool locked, working;

    /* Since begin: */
    igd_arena *mem;
    igd_str source;
    const igd_recording *recording; /* NULL: nothing is to be written */
    const igd_source_state *from;
    const igd_plan *plan;
    bool has_books; /* the bookkeeping's tables are there */
    stand_in_table *tables;
} igd_stand_in;

static inline igd_sql_target *stand_in_sql(igd_target *target)
{
    return (igd_sql_target *)target;
}

/* copy.c: fills the temporary database with what the run is about. */
int igd_stand_in_copy(igd_stand_in *it, const igd_begin *begin, igd_error *err);
/* A value of a column of others whose type is not one of ours, out of the table of the rows as they
 * were. */
igd_value igd_stand_in_untagged(const igd_value *value);
/* Keeps the rows aside as they are before the run. */
int igd_stand_in_keep(igd_stand_in *it, igd_error *err);

/* record.c: writes down what the run did, and what undoes it. */
int igd_stand_in_record(igd_stand_in *it, const igd_source_state *to, igd_error *err);

/* A table on the way of a script: what its rows are before it and behind it. */
typedef struct stand_in_pair {
    const igd_table_plan *plan;
    const stand_in_view *old, *now;
    const stand_in_table *table;
} stand_in_pair;

/* One of the two scripts. */
typedef struct stand_in_way {
    igd_stand_in *it;
    const igd_dialect *dialect; /* the engine's */
    bool up, plain;
    bool removes; /* rows, where nobody does what others want to be done with them */
    bool steps;   /* schema changes are committed at once, and there are some */
    const igd_plan *plan;
    const igd_source_state *from, *to; /* NULL: nothing is recorded */
    stand_in_pair *pairs;              /* for each table of the plan */
    igd_script_file *file;
    igd_buf sql;    /* what is not in the file yet */
    size_t step;    /* steps that are in it */
    igd_str run_id; /* of the run that up is */
    igd_str ours;   /* steps: the condition that the mark in the state is this script's */

    /* Up: the rows that it touches, for its header. */
    uint64_t row_count;
    igd_digest row_sum;
} stand_in_way;

int igd_stand_in_flush(stand_in_way *way, igd_error *err);

/* script.c: all of it. */
int igd_stand_in_write(stand_in_way *way, igd_error *err);

/* steps.c: a script in steps has its mark in the state from its beginning to its end. */
bool igd_stand_in_is_marked(const stand_in_way *way);
/* The condition that it is there, for `ours`. */
void igd_stand_in_put_ours(const stand_in_way *way, igd_buf *sql);
/* The mark is stored, unless it is there; from where it goes on is known. */
int igd_stand_in_mark(stand_in_way *way, igd_error *err);
/* Begins a transaction in which the mark is there. */
void igd_stand_in_part(stand_in_way *way);
int igd_stand_in_steps(stand_in_way *way, const igd_op *op, igd_error *err);
/* A statement of its own. */
void igd_stand_in_step(stand_in_way *way, igd_str statement, igd_str done);

/* back.c: the plan that leads back, and what its tables hold. */
stand_in_pair *igd_stand_in_back(igd_stand_in *it, const igd_plan **out);

/* rows.c: upserts, what is referred to first, then deletes, the other way round. */
int igd_stand_in_rows(stand_in_way *way, igd_error *err);

#endif
