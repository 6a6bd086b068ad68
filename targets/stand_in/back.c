/*
 * The way back: the plan from what a run leaves to what there was.
 */
#include "targets/stand_in/stand_in.h"

static bool refers_to_any(const igd_table *table, const igd_table *all, const bool *done,
                          size_t count)
{
    for (size_t k = 0; k < table->foreign_keys.len; k++)
        for (size_t n = 0; n < count; n++)
            if (!done[n] && &all[n] != table &&
                igd_str_eq(all[n].name, table->foreign_keys.items[k].ref_table))
                return true;
    return false;
}

/* The order in which rows can be inserted: what is referred to comes first, as far as there are no
 * cycles. `places`: of each table in the order before. */
static void order(igd_schema *schema, size_t *places, igd_arena *mem)
{
    size_t count = schema->table_count, at = 0;
    igd_table *sorted = IGD_NEW_ARRAY(mem, igd_table, count);
    size_t *moved = IGD_NEW_ARRAY(mem, size_t, count);
    bool *done = IGD_NEW_ARRAY(mem, bool, count);
    while (at < count) {
        size_t first = count, pick = count;
        for (size_t n = 0; n < count && pick == count; n++) {
            if (done[n])
                continue;
            first = first == count ? n : first;
            if (!refers_to_any(&schema->tables[n], schema->tables, done, count))
                pick = n;
        }
        pick = pick == count ? first : pick;
        done[pick] = true;
        moved[at] = places[pick];
        sorted[at++] = schema->tables[pick];
    }
    schema->tables = sorted;
    memcpy(places, moved, count * sizeof(*places));
}

/* A table as it was, with the renames that lead to it from what it has become. */
static igd_table back_to(const igd_table *was, const igd_table *now, igd_arena *mem)
{
    igd_table table = *was;
    table.renamed = (igd_rename){0};
    table.columns = IGD_NEW_ARRAY(mem, igd_column, was->column_count);
    for (size_t n = 0; n < was->column_count; n++) {
        table.columns[n] = was->columns[n];
        table.columns[n].renamed = (igd_rename){0};
    }
    if (!now)
        return table;
    if (!igd_str_eq(was->collection, now->collection))
        table.renamed.from = now->collection;
    for (size_t n = now->key_count; n < now->column_count; n++) {
        igd_str from = now->columns[n].renamed.from;
        ptrdiff_t at = from.len ? igd_table_column(was, from) : -1;
        if (at >= (ptrdiff_t)was->key_count && igd_table_column(was, now->columns[n].name) < 0)
            table.columns[at].renamed.from = now->columns[n].name;
    }
    return table;
}

static igd_table without_renames(const igd_table *now, igd_arena *mem)
{
    return back_to(now, NULL, mem);
}

static stand_in_view *view_of(const stand_in_view *view, const igd_table *form, igd_arena *mem)
{
    stand_in_view *copy = IGD_NEW(mem, stand_in_view);
    *copy = *view;
    copy->form = form;
    return copy;
}

stand_in_pair *igd_stand_in_back(igd_stand_in *it, const igd_plan **out)
{
    igd_arena *mem = it->mem;
    size_t count = it->plan->table_count;
    igd_schema now = {.tables = IGD_NEW_ARRAY(mem, igd_table, count)};
    igd_schema was = {.tables = IGD_NEW_ARRAY(mem, igd_table, count)};
    size_t *now_places = IGD_NEW_ARRAY(mem, size_t, count);
    size_t *was_places = IGD_NEW_ARRAY(mem, size_t, count);
    igd_plan *plan = IGD_NEW(mem, igd_plan);
    for (size_t n = 0; n < count; n++) {
        const igd_table_plan *table = &it->plan->tables[n];
        if (table->to) {
            now_places[now.table_count] = n;
            now.tables[now.table_count++] = without_renames(table->to, mem);
        }
        if (table->from) {
            was_places[was.table_count] = n;
            const igd_table *form = it->tables[n].before.was;
            was.tables[was.table_count++] = back_to(form ? form : table->from, table->to, mem);
        }
    }
    order(&was, was_places, mem);
    igd_plan_make(&now, &was, it->base.limits.identifier_bytes, mem, plan);
    stand_in_pair *pairs = IGD_NEW_ARRAY(mem, stand_in_pair, plan->table_count);
    for (size_t n = 0; n < plan->table_count; n++) {
        const igd_table_plan *table = &plan->tables[n];
        pairs[n].plan = table;
        if (table->from) {
            const stand_in_table *at = &it->tables[now_places[table->from - now.tables]];
            pairs[n].table = at;
            pairs[n].old = view_of(&at->after, table->from, mem);
        }
        if (table->to) {
            const stand_in_table *at = &it->tables[was_places[table->to - was.tables]];
            pairs[n].table = at;
            stand_in_view *view = view_of(&at->before, table->to, mem);
            if (view->was)
                view->columns = view->was_columns;
            pairs[n].now = view;
        }
    }
    *out = plan;
    return pairs;
}
