/*
 * The order of rows in a script: so that at any time all refer to something, or as near to that as
 * it can be, where the engine does not wait for the end.
 */
#include "targets/stand_in/rows.h"

/* ---- tables ---- */

/* Where a column's values are before the records part; -1: it is new, or is filled again. */
static ptrdiff_t place_of(const stand_in_writer *w, size_t column)
{
    const igd_table *form = w->pair->now->form, *old = w->pair->old->form;
    const igd_column *it = &form->columns[column];
    if (column < form->key_count)
        return (ptrdiff_t)column;
    ptrdiff_t at = igd_table_column(old, it->name);
    if (at < 0)
        at = igd_table_origin(old, it);
    bool same = at >= (ptrdiff_t)old->key_count && old->columns[at].type.kind == it->type.kind;
    return same ? at : -1;
}

static int write_table(stand_in_way *way, const stand_in_pair *pair,
                       int (*part)(stand_in_writer *w, igd_error *err), igd_error *err)
{
    if (!pair->plan->to)
        return IGD_OK;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_arena) igd_arena *row_mem = igd_arena_new();
    stand_in_writer w = {.way = way,
                         .pair = pair,
                         .mem = mem,
                         .row_mem = row_mem,
                         .remade = !pair->plan->from || igd_plan_remakes(pair->plan),
                         .names = IGD_BUF_INIT,
                         .rows = IGD_BUF_INIT,
                         .single = IGD_BUF_INIT,
                         .scratch = IGD_BUF_INIT};
    w.set = IGD_NEW_ARRAY(mem, bool, w.pair->now->form->column_count);
    w.from_of = IGD_NEW_ARRAY(mem, ptrdiff_t, w.pair->now->form->column_count);
    for (size_t n = 0; !w.remade && n < w.pair->now->form->column_count; n++)
        w.from_of[n] = place_of(&w, n);
    int rc = part(&w, err);
    igd_buf_free(&w.names);
    igd_buf_free(&w.rows);
    igd_buf_free(&w.single);
    igd_buf_free(&w.scratch);
    return rc;
}

/* ---- references that go round ---- */

/* Where its rows may refer to ones that come later: of its own table, or of a later one. */
static bool goes_round(const igd_plan *plan, size_t table, const igd_foreign_key *key)
{
    for (size_t n = table; n < plan->table_count; n++)
        if (plan->tables[n].to && igd_str_eq(key->ref_table, plan->tables[n].between->name))
            return plan->tables[table].to != NULL;
    return false;
}

/* Whether the key need not refer to anything. */
static bool can_be_null(const igd_table *table, const igd_foreign_key *key)
{
    for (size_t n = 0; n < key->columns.len; n++) {
        ptrdiff_t at = igd_table_column(table, key->columns.items[n]);
        if (at >= 0 && at >= (ptrdiff_t)table->key_count && !table->columns[at].not_null)
            return true;
    }
    return false;
}

typedef enum circle { CIRCLE_NONE, CIRCLE_NULLABLE, CIRCLE_REQUIRED } circle;

static circle round_of(const igd_plan *plan, size_t n)
{
    const igd_table *table = plan->tables[n].between;
    circle worst = CIRCLE_NONE;
    for (size_t k = 0; k < table->foreign_keys.len; k++) {
        const igd_foreign_key *key = &table->foreign_keys.items[k];
        if (!goes_round(plan, n, key))
            continue;
        circle is = can_be_null(table, key) ? CIRCLE_NULLABLE : CIRCLE_REQUIRED;
        worst = is > worst ? is : worst;
    }
    return worst;
}

static int end_nulls(stand_in_writer *w, igd_error *err)
{
    const igd_plan *plan = w->way->plan;
    const igd_table *table = w->pair->plan->between;
    igd_buf *sql = &w->way->sql;
    const char *glue = " SET ";
    if (w->rows.len == 0)
        return IGD_OK;
    igd_buf_puts(sql, "UPDATE ");
    igd_rows_put_name(w, table->name);
    for (size_t k = 0; k < table->foreign_keys.len; k++) {
        const igd_foreign_key *key = &table->foreign_keys.items[k];
        for (size_t c = 0;
             c < key->columns.len && goes_round(plan, (size_t)(w->pair - w->way->pairs), key);
             c++) {
            ptrdiff_t at = igd_table_column(table, key->columns.items[c]);
            if (at < (ptrdiff_t)table->key_count || table->columns[at].not_null)
                continue;
            igd_buf_puts(sql, glue);
            igd_rows_put_name(w, key->columns.items[c]);
            igd_buf_puts(sql, " = NULL");
            glue = ", ";
        }
    }
    igd_buf_puts(sql, " WHERE ");
    igd_rows_put_key_columns(w);
    igd_buf_puts(sql, " IN (");
    igd_buf_str(sql, igd_buf_view(&w->rows));
    igd_buf_puts(sql, ");\n");
    igd_buf_clear(&w->rows);
    return igd_stand_in_flush(w->way, err);
}

/* Rows that go refer to nothing any more: so their order does not matter. */
static int take_null(const igd_value *old, void *payload, igd_error *err)
{
    stand_in_writer *w = payload;
    igd_rows_add_key(w, old);
    return w->rows.len > IGD_ROWS_BYTES ? end_nulls(w, err) : IGD_OK;
}

static int nulls(stand_in_writer *w, igd_error *err)
{
    int rc = igd_rows_ask_deletes(w, take_null, err);
    return rc ? rc : end_nulls(w, err);
}

/* What was not checked on the way. */
static void check_references(stand_in_way *way)
{
    const igd_script_style *style = way->it->style;
    for (size_t n = 0; n < way->plan->table_count; n++) {
        const igd_table *table = way->plan->tables[n].between;
        for (size_t k = 0; way->plan->tables[n].to && k < table->foreign_keys.len; k++) {
            IGD_CLEANUP(igd_buf)
            igd_buf condition = IGD_BUF_INIT;
            IGD_CLEANUP(igd_buf)
            igd_buf what = IGD_BUF_INIT;
            igd_buf_puts(&condition, "NOT EXISTS (");
            igd_sql_dangling(way->dialect, table, &table->foreign_keys.items[k], &condition);
            igd_buf_byte(&condition, ')');
            igd_buf_printf(&what, "a row of %.*s would refer to nothing", IGD_STR_ARG(table->name));
            style->guard(way->dialect, igd_buf_view(&what), igd_buf_view(&condition), &way->sql);
        }
    }
}

/* Of the tables of others the script knows nothing: with the checks off they would be left with
 * rows that refer to nothing, and without what they want to be done. */
static void check_others(stand_in_way *way)
{
    const igd_script_style *style = way->it->style;
    IGD_CLEANUP(igd_buf)
    igd_buf condition = IGD_BUF_INIT;
    if (!way->removes || !style->unreferred)
        return;
    style->unreferred(way->plan, &condition);
    style->guard(way->dialect,
                 IGD_STR("other tables refer to ones of the script that rows go from: use sync"),
                 igd_buf_view(&condition), &way->sql);
}

static circle round_of_all(const stand_in_way *way)
{
    circle worst = CIRCLE_NONE;
    for (size_t n = 0; *way->it->style->checks_off && n < way->plan->table_count; n++) {
        circle is = way->plan->tables[n].to ? round_of(way->plan, n) : CIRCLE_NONE;
        worst = is > worst ? is : worst;
    }
    return worst;
}

/* With the checks on the engine does what others want to be done with a row that goes. */
int igd_stand_in_rows(stand_in_way *way, igd_error *err)
{
    const igd_script_style *style = way->it->style;
    circle found = round_of_all(way);
    int rc = IGD_OK;
    if (found)
        igd_buf_puts(&way->sql, style->checks_off);
    for (size_t n = 0; !rc && n < way->plan->table_count; n++)
        rc = write_table(way, &way->pairs[n], igd_rows_upserts, err);
    if (found == CIRCLE_NULLABLE)
        igd_buf_puts(&way->sql, style->checks_on);
    for (size_t n = 0; !rc && found == CIRCLE_NULLABLE && n < way->plan->table_count; n++)
        if (round_of(way->plan, n))
            rc = write_table(way, &way->pairs[n], nulls, err);
    way->removes = false;
    for (size_t n = way->plan->table_count; !rc && n-- > 0;)
        rc = write_table(way, &way->pairs[n], igd_rows_deletes, err);
    if (found == CIRCLE_REQUIRED) {
        igd_buf_puts(&way->sql, style->checks_on);
        check_others(way);
    }
    if (found)
        check_references(way);
    return rc ? rc : igd_stand_in_flush(way, err);
}
