/*
 * One scan of each table that has held rows and changes.
 */
#include "sync/follow_held.h"

#include "schema/canonical.h"
#include "sync/compare.h"
#include "sync/pipeline.h"

typedef struct follower {
    igd_spine *spine;
    size_t slot;
    const igd_table *was; /* when the rows were held */
    const igd_table *is;
    ptrdiff_t *column; /* of `is` -> of `was` that holds its values, or -1 */
    igd_value *row;    /* of `is` */
    igd_buf scratch;
} follower;

static int on_row(const igd_value *row, void *payload, igd_error *err)
{
    follower *f = payload;
    igd_digest key = igd_key_digest(row, f->was->key_count, &f->scratch);
    igd_digest base = igd_row_digest(f->was, row, &f->scratch);
    for (size_t n = 0; n < f->is->column_count; n++)
        f->row[n] = f->column[n] < 0 ? (igd_value){.kind = IGD_NULL} : row[f->column[n]];
    igd_accepted_follow(f->spine->accepted, f->slot, key, base,
                        igd_row_digest(f->is, f->row, &f->scratch));
    return igd_stop_check(f->spine->stop, err);
}

/* Both layouts are of the table as it is found, so columns that are the same have one name. */
static void map_columns(follower *f, const igd_table *was, const igd_table *is)
{
    for (size_t n = 0; n < is->column_count; n++)
        f->column[n] = is->columns[n].name.len ? igd_table_column(was, is->columns[n].name) : -1;
}

static int follow_slot(igd_spine *spine, size_t slot, igd_error *err)
{
    const igd_table *is = spine->new_side->slots[slot].table;
    const igd_table *was = igd_accepted_table(spine->accepted, slot);
    const igd_table_plan *plan = igd_plan_table(spine->plan, is->collection);
    if (!was || !plan || !plan->from || !plan->to || igd_plan_remakes(plan) ||
        plan->expand.len + plan->contract.len == 0)
        return IGD_OK;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const igd_table *layout = igd_found_layout(plan->from, was, mem);
    follower f = {.spine = spine,
                  .slot = slot,
                  .was = was,
                  .is = is,
                  .column = IGD_NEW_ARRAY(mem, ptrdiff_t, is->column_count),
                  .row = IGD_NEW_ARRAY(mem, igd_value, is->column_count),
                  .scratch = IGD_BUF_INIT};
    map_columns(&f, layout, igd_found_layout(plan->from, is, mem));
    int code = spine->compare_with->driver->scan(spine->compare_with, layout, on_row, &f, err);
    igd_buf_free(&f.scratch);
    return code;
}

int igd_follow_held(igd_spine *spine, igd_error *err)
{
    int code = IGD_OK;
    for (size_t n = 0; code == IGD_OK && n < spine->new_side->slot_count; n++)
        code = follow_slot(spine, n, err);
    return code;
}
