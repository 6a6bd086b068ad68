/*
 * Tables as they are in the target, with what the bookkeeping knows better than the engine.
 */
#include "targets/sql/sql_target.h"

/* An engine may not tell date from text, or a long text from a key: where a column still has the
 * type that the recorded one is created with, it is the recorded one. */
static void take_recorded_types(const igd_dialect *dialect, const igd_table *recorded,
                                igd_table *found)
{
    for (size_t n = 0; n < found->column_count; n++) {
        igd_column *column = &found->columns[n];
        ptrdiff_t at = igd_table_column(recorded, column->name);
        if (at < 0)
            continue;
        const igd_column *known = &recorded->columns[at];
        IGD_CLEANUP(igd_buf)
        igd_buf a = IGD_BUF_INIT;
        IGD_CLEANUP(igd_buf)
        igd_buf b = IGD_BUF_INIT;
        dialect->column_type(column, &a);
        dialect->column_type(known, &b);
        if (column->type.kind == IGD_RAW || !igd_str_eq(igd_buf_view(&a), igd_buf_view(&b)))
            continue;
        column->type = known->type;
        column->key_text = known->key_text;
        column->max_chars = known->max_chars;
    }
}

/* The check of that name, as it was recorded: engines only give back a text. */
static void take_recorded_checks(const igd_table *recorded, igd_table *found)
{
    for (size_t n = 0; n < found->checks.len; n++) {
        const igd_check *check = igd_table_check(recorded, found->checks.items[n].name);
        if (check)
            found->checks.items[n] = *check;
    }
}

static int improve(igd_sql_target *target, const igd_state *state, igd_arena *mem, igd_table *found,
                   igd_error *err)
{
    for (size_t s = 0; s < state->count; s++)
        for (size_t n = 0; n < state->sources[s].tables.len; n++) {
            const igd_table_state *it = &state->sources[s].tables.items[n];
            igd_table recorded;
            if (!igd_str_eq_nocase(it->table_name, found->name) || it->schema_json.len == 0)
                continue;
            int rc = igd_table_from_json(it->schema_json, mem, &recorded, err);
            if (rc)
                return igd_error_prefix(err, "recorded schema of table '%.*s'",
                                        IGD_STR_ARG(found->name));
            found->collection = it->collection;
            take_recorded_types(target->dialect, &recorded, found);
            take_recorded_checks(&recorded, found);
        }
    return IGD_OK;
}

int igd_sql_schema_read(igd_target *base, const igd_str_list *names, igd_arena *mem,
                        igd_schema *out, igd_error *err)
{
    igd_sql_target *target = (igd_sql_target *)base;
    IGD_LIST(igd_table) tables = {0};
    igd_state state;
    int rc = igd_sql_state_load(target, mem, &state, err);
    for (size_t n = 0; !rc && n < names->len; n++) {
        igd_table table = {0};
        bool found = false;
        rc = target->ops->read_table(target, names->items[n], mem, &table, &found, err);
        if (rc || !found)
            continue;
        rc = improve(target, &state, mem, &table, err);
        igd_table_finish(&table, mem);
        IGD_PUSH(mem, &tables, table);
    }
    if (rc)
        return rc;
    *out = (igd_schema){tables.items, tables.len};
    return IGD_OK;
}
