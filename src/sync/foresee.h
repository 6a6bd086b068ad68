/*
 * Foreseeing conflicts: where a schema change commits by itself, what a transaction would have
 * taken back has to be known before the first step. The rehearsal hands on every change that the
 * run will make; then the tables are read as they are, and rows that are neither their base nor
 * what they are to be are edits.
 *
 * A run that goes on from an interrupted one looks at something else: the columns that stand aside,
 * and those that are still to step aside. They are the only copy of what their rows held, and are
 * dropped or made anew. Rows that were written have nulls there.
 *
 * Rows are known by their digests: about 100 bytes for each change.
 */
#ifndef IGD_SYNC_FORESEE_H
#define IGD_SYNC_FORESEE_H

#include "base/map.h"
#include "sync/consumer.h"
#include "sync/side.h"
#include "sync/spine.h"

/* A row that somebody changed. */
typedef struct igd_edit {
    const igd_table *table; /* as it is to be */
    const char *what;       /* happened to it, for messages */
    igd_str column;         /* that stands aside; empty: none does */
    igd_str key, key_text;
    igd_str old; /* JSON; of columns that stand aside those alone, by the names they had */
} igd_edit;

typedef IGD_LIST(igd_edit) igd_edit_list;

typedef struct igd_foreseen {
    const igd_table_plan *plan;
    const igd_table *layout, *shown; /* as it is read; under the names that columns had */
    const igd_table *base_table;     /* of the changes; NULL: none had a base */
    ptrdiff_t *base_of, *now_of;     /* by column of the layout */
    size_t rows;                     /* that are expected */
} igd_foreseen;

typedef struct igd_foresight {
    igd_consumer consumer; /* first */
    igd_target *target;
    const igd_plan *plan;
    igd_arena *mem;
    bool aside;                    /* the columns that stand aside, of a run that was interrupted */
    bool kept;                     /* only of tables that cannot keep an edited row */
    bool all_known;                /* every row that is ours is among the changes */
    const igd_side *const *others; /* that an interrupted run was on the way to */
    size_t other_count;
    igd_schema there; /* of such a run: what the target has */
    igd_map *rows;
    igd_buf scratch;
    igd_foreseen *tables; /* as in the plan; those without a layout are not looked at */
    igd_foreseen *at;     /* while it is read */
    igd_edit_list edits;
} igd_foresight;

igd_foresight igd_foresee(igd_target *target, const igd_plan *plan, igd_arena *mem);
void igd_foresight_free(igd_foresight *foresight);

/* Chooses the tables, once the members above are set; *any is false when there is none to be looked
 * at. */
IGD_MUST_CHECK int igd_foresight_start(igd_foresight *foresight, bool *any, igd_error *err);

/* After the rehearsal. Of a run that goes on, reads the base of all rows first. */
IGD_MUST_CHECK int igd_foresight_finish(igd_foresight *foresight, const igd_spine *spine,
                                        igd_error *err);

#endif
