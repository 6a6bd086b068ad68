/*
 * Private to rows*.c: the rows of one table on the way of a script.
 */
#ifndef IGD_TARGETS_STAND_IN_ROWS_H
#define IGD_TARGETS_STAND_IN_ROWS_H

#include "targets/stand_in/stand_in.h"

#define IGD_ROWS_BYTES ((size_t)48 * 1024) /* of a statement for several rows */

typedef struct stand_in_writer {
    stand_in_way *way;
    const stand_in_pair *pair;
    igd_arena *mem, *row_mem;
    ptrdiff_t *from_of; /* for each column of now.form: where its values stand in old.form, or -1 */
    bool remade;        /* the table is empty when its rows come */
    igd_buf names;      /* "-- rows" lines of the statement that is being written */
    size_t line;
    igd_buf rows; /* of a statement that may take more of them */
    bool *set;    /* the columns that are being updated, in rows of `rows` */
    size_t set_rows;
    igd_buf single; /* the statement of the first of them, if it stays alone */
    igd_buf scratch;
} stand_in_writer;

void igd_rows_put_name(const stand_in_writer *w, igd_str name);
void igd_rows_put_key_columns(const stand_in_writer *w);
/* One more key for the statement that is being written. */
void igd_rows_add_key(stand_in_writer *w, const igd_value *row);
/* The rows that go, by old.form. */
int igd_rows_ask_deletes(stand_in_writer *w, igd_scan_callback *take, igd_error *err);

int igd_rows_upserts(stand_in_writer *w, igd_error *err);
int igd_rows_deletes(stand_in_writer *w, igd_error *err);

#endif
