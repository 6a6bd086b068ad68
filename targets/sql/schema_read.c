/*
 * Tables as they are in the target, with what the bookkeeping knows better than the engine.
 */
#include "targets/sql/sql_target.h"

/* Is a column created with the same type? */
static bool same_type(const igd_dialect *dialect, const igd_column *column, const igd_column *known)
{
    IGD_CLEANUP(igd_buf)
    igd_buf a = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf b = IGD_BUF_INIT;
    dialect->column_type(column, &a);
    dialect->column_type(known, &b);
    return igd_str_eq(igd_buf_view(&a), igd_buf_view(&b));
}

/* An engine may not tell date from text, or a long text from a key: where a column still has the
 * type that the recorded one is created with, it is the recorded one. */
static void take_recorded_type(const igd_dialect *dialect, const igd_schema *forms, igd_str table,
                               igd_column *column)
{
    for (size_t n = 0; n < forms->table_count; n++) {
        const igd_table *form = &forms->tables[n];
        ptrdiff_t at =
            igd_str_eq_nocase(form->name, table) ? igd_table_column(form, column->name) : -1;
        if (at < 0 || !same_type(dialect, column, &form->columns[at]))
            continue;
        column->type = form->columns[at].type;
        column->key_text = form->columns[at].key_text;
        column->max_chars = form->columns[at].max_chars;
        return;
    }
}

/* The checks of that name, as they were recorded: engines only give back a text. */
static void take_recorded_checks(const igd_table *form, igd_table *found)
{
    for (size_t n = 0; n < found->checks.len; n++) {
        const igd_check *check = igd_table_check(form, found->checks.items[n].name);
        if (check)
            found->checks.items[n] = *check;
    }
}

/* `forms` are those of one source. */
static void improve(const igd_sql_target *target, const igd_schema *forms, igd_table *found)
{
    for (size_t n = 0; n < found->column_count; n++)
        if (found->columns[n].type.kind != IGD_RAW)
            take_recorded_type(target->dialect, forms, found->name, &found->columns[n]);
    for (size_t n = forms->table_count; n-- > 0;) {
        if (!igd_str_eq_nocase(forms->tables[n].name, found->name))
            continue;
        found->collection = forms->tables[n].collection;
        take_recorded_checks(&forms->tables[n], found);
    }
}

int igd_sql_schema_read(igd_target *base, const igd_str_list *names, igd_arena *mem,
                        igd_schema *out, igd_error *err)
{
    igd_sql_target *target = (igd_sql_target *)base;
    IGD_LIST(igd_table) tables = {0};
    igd_state state = {0};
    int rc = igd_sql_state_load(target, mem, &state, err);
    igd_schema *forms = IGD_NEW_ARRAY(mem, igd_schema, state.count);
    for (size_t n = 0; !rc && n < state.count; n++)
        rc = igd_state_forms(&state.sources[n], mem, &forms[n], err);
    for (size_t n = 0; !rc && n < names->len; n++) {
        igd_table table = {0};
        bool found = false;
        rc = target->ops->read_table(target, names->items[n], mem, &table, &found, err);
        if (rc || !found)
            continue;
        for (size_t f = 0; f < state.count; f++)
            improve(target, &forms[f], &table);
        igd_table_finish(&table, mem);
        IGD_PUSH(mem, &tables, table);
    }
    if (rc)
        return rc;
    *out = (igd_schema){tables.items, tables.len};
    return IGD_OK;
}
