/*
 * Tables as they are in the target, with what the bookkeeping knows better than the engine.
 */
#include "targets/sql/sql_target.h"

bool igd_sql_holds(const igd_dialect *dialect, const igd_column *found, const igd_column *known)
{
    return !found->computed && dialect->holds(found, known);
}

/* The column of the table that the engine takes the name for, or NULL. */
static const igd_column *column_named(const igd_dialect *dialect, const igd_table *table,
                                      igd_str name)
{
    ptrdiff_t at = igd_table_column(table, name);
    for (size_t n = 0; at < 0 && dialect->folds_names && n < table->column_count; n++)
        if (igd_str_eq_nocase(table->columns[n].name, name))
            at = (ptrdiff_t)n;
    return at < 0 ? NULL : &table->columns[at];
}

/* `lengths`: of the columns as they are there; NULL: of whatever length a column is. */
static void take_known(const igd_dialect *dialect, const igd_table *known, const int64_t *lengths,
                       igd_table *found)
{
    for (size_t n = 0; n < found->column_count; n++) {
        igd_column *column = &found->columns[n];
        const igd_column *as = column_named(dialect, known, column->name);
        if (!as)
            continue;
        column->name = as->name;
        if (!igd_sql_holds(dialect, column, as) ||
            (lengths && !as->key_text && as->max_chars != lengths[n]))
            continue;
        column->type = as->type;
        column->key_text = as->key_text;
        column->max_chars = as->max_chars;
    }
    for (size_t n = 0; n < found->checks.len; n++) {
        const igd_check *check = igd_table_check(known, found->checks.items[n].name);
        if (check)
            found->checks.items[n] = *check;
    }
}

/* An engine may not tell date from text, or a long text from a key: where a column still has a type
 * that holds the values of the known one, it is that one. Checks are given back as a text only. */
void igd_sql_take_known(const igd_dialect *dialect, const igd_table *known, igd_table *found)
{
    take_known(dialect, known, NULL, found);
}

static void take_forms(const igd_dialect *dialect, const igd_schema *forms, const int64_t *lengths,
                       igd_table *found)
{
    for (size_t n = forms->table_count; n-- > 0;) {
        const igd_table *form = &forms->tables[n];
        if (!igd_str_eq_nocase(form->name, found->name))
            continue;
        found->collection = form->collection;
        found->name = form->name;
        take_known(dialect, form, lengths, found);
    }
}

/* Of columns that have the type of a form already: does another one have another, which fits, too?
 */
static void find_ambiguous(const igd_dialect *dialect, const igd_schema *forms, igd_table *found)
{
    for (size_t n = 0; n < forms->table_count; n++) {
        const igd_table *form = &forms->tables[n];
        for (size_t c = 0; c < found->column_count && igd_str_eq(form->name, found->name); c++) {
            igd_column *column = &found->columns[c];
            ptrdiff_t at = igd_table_column(form, column->name);
            if (at >= 0 && form->columns[at].type.kind != column->type.kind)
                column->ambiguous |= igd_sql_holds(dialect, column, &form->columns[at]);
        }
    }
}

/* `forms` are those of one source. The first that fits has the last word; but when texts of several
 * lengths would fit, a run was interrupted between them, and the one that it is has. */
static void improve(const igd_sql_target *target, const igd_schema *forms, igd_table *found)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    int64_t *lengths = IGD_NEW_ARRAY(mem, int64_t, found->column_count);
    for (size_t n = 0; n < found->column_count; n++)
        lengths[n] = found->columns[n].max_chars;
    take_forms(target->dialect, forms, NULL, found);
    if (target->dialect->modify_column) /* else a length is not part of the type */
        take_forms(target->dialect, forms, lengths, found);
    find_ambiguous(target->dialect, forms, found);
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
