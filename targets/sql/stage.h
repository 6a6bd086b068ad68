/*
 * The staging table of a batch: a temporary table beside the one that is written, for statements
 * that work on all rows of a batch at once.
 *
 * Its columns have the types and collations of those that they stand for, and all take nulls:
 *   n       number of the change in its batch
 *   how     igd_sql_how
 *   c0 ...  what is written, column by column of writer->written; key columns first
 *   p0 ...  the condition: values of the base in the columns of writer->proof
 * It holds one batch at a time, and is dropped before the schema changes or the transaction ends.
 */
#ifndef IGD_TARGETS_SQL_STAGE_H
#define IGD_TARGETS_SQL_STAGE_H

#include "targets/sql/write.h"

/* What is to become of a staged row. */
typedef enum igd_sql_how {
    IGD_STAGE_INSERT, /* there was none */
    IGD_STAGE_UPDATE, /* it is its base still */
    IGD_STAGE_LOOK,   /* the row has to be looked at in any case */
} igd_sql_how;

typedef struct igd_sql_stage {
    igd_sql_target *target;
    igd_sql_writer *writer;
    const igd_table *base_table; /* what the condition is made for */
    igd_str name;
    igd_str *names;
    igd_kind *kinds;
    size_t count; /* of columns */
    size_t rows;  /* that it holds */
    igd_sql_stmt *update, *insert, *remove;
} igd_sql_stage;

typedef IGD_LIST(size_t) igd_sql_numbers;

/* The writer's staging table for its present condition. */
int igd_sql_stage_of(igd_sql_target *target, igd_sql_writer *writer, igd_sql_stage **out,
                     igd_error *err);
/* Best effort: where the transaction has broken off it is gone by itself. NULL is fine. */
void igd_sql_stage_drop(igd_sql_stage *stage);

/* Replaces what is there by those of the changes whose `how` is not negative. Without `values`,
 * keys and conditions alone. */
int igd_sql_stage_fill(igd_sql_stage *stage, const igd_change *changes, const int8_t *how,
                       size_t count, bool values, igd_error *err);
/* Takes rows out again. */
int igd_sql_stage_take(igd_sql_stage *stage, const igd_sql_numbers *numbers, igd_error *err);

/* Each adds the number of rows that it wrote to *rows. */
int igd_sql_stage_update(igd_sql_stage *stage, uint64_t *rows, igd_error *err);
int igd_sql_stage_insert(igd_sql_stage *stage, uint64_t *rows, igd_error *err);
int igd_sql_stage_remove(igd_sql_stage *stage, uint64_t *rows, igd_error *err);
/* Writes all of them, whatever is there. */
int igd_sql_stage_upsert(igd_sql_stage *stage, igd_error *err);

/* Rows that are there under their keys and differ from what is staged, by writer->layout. */
typedef struct igd_sql_left {
    size_t number;
    const igd_value *old; /* NULL: there is none */
} igd_sql_left;
typedef IGD_LIST(igd_sql_left) igd_sql_left_list;
int igd_sql_stage_left(igd_sql_stage *stage, igd_arena *mem, igd_sql_left_list *out,
                       igd_error *err);

/* Staged rows with a row under their key; whose link finds no row at the other end; whose finds
 * some. */
int igd_sql_stage_there(igd_sql_stage *stage, igd_arena *mem, igd_sql_numbers *out, igd_error *err);
int igd_sql_stage_orphans(igd_sql_stage *stage, const igd_sql_link *link, igd_arena *mem,
                          igd_sql_numbers *out, igd_error *err);
int igd_sql_stage_referred(igd_sql_stage *stage, const igd_sql_link *link, igd_arena *mem,
                           igd_sql_numbers *out, igd_error *err);

#endif
