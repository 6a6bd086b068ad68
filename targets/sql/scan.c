/*
 * Reading the rows of a table.
 */
#include "targets/sql/sql_target.h"

static bool has(const igd_str_list *names, igd_str name)
{
    for (size_t n = 0; n < names->len; n++)
        if (igd_str_eq_nocase(names->items[n], name))
            return true;
    return false;
}

/* The layout without the names of columns that somebody has taken away. */
static int look(igd_sql_target *target, const igd_table *layout, igd_arena *mem,
                igd_str_list *present, igd_table *out, igd_error *err)
{
    int rc = target->ops->columns(target, layout->name, mem, present, err);
    if (rc)
        return rc;
    if (present->len == 0) {
        igd_fail(err, IGD_E_TARGET, "table '%.*s' is not in the target", IGD_STR_ARG(layout->name));
        return igd_hint(err, "somebody dropped it, or this is another database; sync --mode full "
                             "creates it again");
    }
    *out = *layout;
    out->columns = IGD_NEW_ARRAY(mem, igd_column, layout->column_count);
    for (size_t n = 0; n < layout->column_count; n++) {
        out->columns[n] = layout->columns[n];
        if (!has(present, layout->columns[n].name))
            out->columns[n].name = (igd_str){0};
    }
    return IGD_OK;
}

static int scan(igd_sql_target *target, const igd_table *table, const igd_table *layout,
                const igd_bucket_set *which, igd_scan_callback *callback, void *payload,
                igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_str_list present = {0};
    igd_table there;
    int rc = look(target, layout, scratch, &present, &there, err);
    if (rc)
        return rc;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    bool ordered = !which && target->base.caps & IGD_CAP_ORDERED_SCAN;
    igd_sql_select(target->dialect, layout, &present, ordered, &sql);
    if (which)
        igd_sql_where_buckets(target->dialect, table, &there, which, &sql);
    igd_kind *kinds = IGD_NEW_ARRAY(scratch, igd_kind, layout->column_count);
    for (size_t n = 0; n < layout->column_count; n++)
        kinds[n] = layout->columns[n].type.kind;
    igd_sql_query query = {.sql = igd_buf_view(&sql),
                           .kinds = kinds,
                           .column_count = layout->column_count,
                           .callback = callback,
                           .payload = payload};
    return target->ops->query(target, &query, err);
}

int igd_sql_scan(igd_target *target, const igd_table *table, igd_scan_callback *callback,
                 void *payload, igd_error *err)
{
    return scan((igd_sql_target *)target, table, table, NULL, callback, payload, err);
}

int igd_sql_scan_some(igd_target *target, const igd_table *table, const igd_table *layout,
                      const igd_bucket_set *which, igd_scan_callback *callback, void *payload,
                      igd_error *err)
{
    if (which->count == 0)
        return IGD_OK;
    return scan((igd_sql_target *)target, table, layout, which, callback, payload, err);
}

int igd_sql_sums(igd_target *base, const igd_table *table, const igd_table *layout,
                 igd_table_sums *out, bool *told, igd_error *err)
{
    igd_sql_target *target = (igd_sql_target *)base;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_str_list present = {0};
    igd_table there;
    int rc = look(target, layout, scratch, &present, &there, err);
    *told = false;
    for (size_t n = 0; !rc && n < there.key_count; n++)
        if (there.columns[n].name.len == 0)
            return IGD_OK;
    if (!rc)
        rc = igd_sql_add_up(target, table, &there, out, told, err);
    return rc ? igd_error_prefix(err, "while adding up table '%.*s'", IGD_STR_ARG(layout->name))
              : IGD_OK;
}
