/*
 * What a run is about, copied from the real target into the temporary database; and its rows as
 * they are before the run, kept beside it under names of their own.
 *
 * The copies are not STRICT and their constraints are not looked at: the target holds what it
 * holds, and a value that the engine lets pass must not stop a rehearsal.
 */
#include "targets/stand_in/stand_in.h"

typedef struct copying {
    igd_stand_in *it;
    igd_sql_target *inner;
    igd_dialect loose; /* the temporary database's, without STRICT */
    igd_schema found;  /* the tables as they are in the real target, whole */
} copying;

static igd_str before_name(const igd_stand_in *it, size_t table)
{
    return igd_arena_printf(it->mem, "ingitdb_before_%zu", table);
}

static int execute(igd_sql_target *inner, const igd_buf *sql, igd_error *err)
{
    return inner->ops->exec(inner, sql->ptr, err);
}

/* ---- tables of the copy ---- */

static int make_table(copying *c, const igd_table *form, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_sql_create_table(&c->loose, form, &sql);
    int rc = execute(c->inner, &sql, err);
    for (size_t n = 0; !rc && n < form->indexes.len; n++) {
        igd_buf_clear(&sql);
        igd_sql_create_index(&c->loose, form, &form->indexes.items[n], &sql);
        rc = execute(c->inner, &sql, err);
    }
    return rc;
}

/* Columns that a definition of ours does not have, and that are not made by the engine. */
static void find_foreign(const copying *c, const igd_table *form, stand_in_view *view)
{
    igd_arena *mem = c->it->mem;
    const igd_table *found = igd_schema_table(&c->found, form->name);
    size_t most = found ? found->column_count : 0;
    view->foreign_kinds = IGD_NEW_ARRAY(mem, igd_kind, most);
    igd_column *columns = IGD_NEW_ARRAY(mem, igd_column, most);
    for (size_t n = 0; n < most; n++) {
        const igd_column *column = &found->columns[n];
        if (column->computed || igd_table_column(form, column->name) >= 0)
            continue;
        size_t at = view->foreign.len;
        view->foreign_kinds[at] = column->type.kind;
        columns[at] = *column;
        IGD_PUSH(mem, &view->foreign, column->name);
        IGD_PUSH(mem, &view->foreign_columns, igd_arena_printf(mem, "x%zu", at));
    }
    view->foreign_found = columns;
}

/* A run that does not compare takes the form as it was recorded. */
static void find_was(const copying *c, stand_in_view *view)
{
    igd_arena *mem = c->it->mem;
    const igd_table *form = view->form, *found = igd_schema_table(&c->found, form->name);
    igd_table *was = IGD_NEW(mem, igd_table);
    *was = *form;
    view->was = was;
    view->was_columns = view->columns;
    if (!found)
        return;
    was->columns = IGD_NEW_ARRAY(mem, igd_column, form->column_count);
    was->column_count = 0;
    was->checks = (typeof(was->checks)){0};
    was->foreign_keys = (typeof(was->foreign_keys)){0};
    was->indexes = (typeof(was->indexes)){0};
    view->was_columns = IGD_NEW_ARRAY(mem, igd_str, form->column_count);
    for (size_t n = 0; n < form->column_count; n++) {
        if (igd_table_column(found, form->columns[n].name) < 0)
            continue;
        view->was_columns[was->column_count] = view->columns[n];
        was->columns[was->column_count++] = form->columns[n];
    }
    for (size_t n = 0; n < form->checks.len; n++)
        if (igd_table_check(found, form->checks.items[n].name))
            IGD_PUSH(mem, &was->checks, form->checks.items[n]);
    for (size_t n = 0; n < form->foreign_keys.len; n++)
        if (igd_table_foreign_key(found, form->foreign_keys.items[n].name))
            IGD_PUSH(mem, &was->foreign_keys, form->foreign_keys.items[n]);
    for (size_t n = 0; n < form->indexes.len; n++)
        if (igd_table_index(found, form->indexes.items[n].name))
            IGD_PUSH(mem, &was->indexes, form->indexes.items[n]);
    igd_table_finish(was, mem);
}

static void init_view(igd_stand_in *it, const igd_table *form, igd_str name, stand_in_view *view)
{
    view->form = form;
    view->table = name;
    view->columns = IGD_NEW_ARRAY(it->mem, igd_str, form->column_count);
    for (size_t n = 0; n < form->column_count; n++)
        view->columns[n] = igd_arena_printf(it->mem, "c%zu", n);
}

/* The table of the rows as they were: with a key that rows are found by, and nothing else. */
static int make_before(igd_stand_in *it, const stand_in_view *view, igd_error *err)
{
    igd_sql_target *inner = stand_in_sql(it->inner);
    const igd_table *form = view->form;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_printf(&sql, "DROP TABLE IF EXISTS %.*s", IGD_STR_ARG(view->table));
    int rc = execute(inner, &sql, err);
    igd_buf_clear(&sql);
    igd_buf_printf(&sql, "CREATE TABLE %.*s (", IGD_STR_ARG(view->table));
    for (size_t n = 0; n < form->column_count; n++) {
        igd_buf_printf(&sql, "%s%.*s ", n ? ", " : "", IGD_STR_ARG(view->columns[n]));
        inner->dialect->column_type(form, n, &sql);
    }
    for (size_t n = 0; n < view->foreign_columns.len; n++)
        igd_buf_printf(&sql, ", %.*s", IGD_STR_ARG(view->foreign_columns.items[n]));
    igd_buf_puts(&sql, ", PRIMARY KEY (");
    for (size_t n = 0; n < form->key_count; n++)
        igd_buf_printf(&sql, "%s%.*s", n ? ", " : "", IGD_STR_ARG(view->columns[n]));
    igd_buf_puts(&sql, "))");
    return rc ? rc : execute(inner, &sql, err);
}

/* ---- rows ---- */

typedef struct filling {
    igd_sql_stmt *stmt;
    const igd_sql_ops *ops;
    const igd_table *wide;
    size_t first; /* column that is not ours */
    igd_value *values;
    igd_arena *mem;
} filling;

/* What it was in the engine has to be known when it is written again: text, bytes, a number. */
static igd_value tagged(const igd_value *value, igd_arena *mem)
{
    if (value->kind != IGD_RAW)
        return *value;
    return igd_value_string(
        igd_arena_printf(mem, "%c%.*s", '0' + (int)value->raw, IGD_STR_ARG(value->text)));
}

igd_value igd_stand_in_untagged(const igd_value *value)
{
    if (value->kind != IGD_STRING || value->text.len == 0)
        return *value;
    return (igd_value){.kind = IGD_RAW,
                       .raw = (igd_raw)(value->text.ptr[0] - '0'),
                       .text = igd_str_sub(value->text, 1, value->text.len)};
}

static int put_row(const igd_value *row, void *payload, igd_error *err)
{
    const filling *to = payload;
    size_t count = to->wide->column_count;
    if (to->first == count)
        return to->ops->run(to->stmt, row, count, NULL, err);
    igd_arena_reset(to->mem);
    memcpy(to->values, row, count * sizeof(*row));
    for (size_t n = to->first; n < count; n++)
        if (to->wide->columns[n].type.kind == IGD_RAW)
            to->values[n] = tagged(&row[n], to->mem);
    return to->ops->run(to->stmt, to->values, count, NULL, err);
}

/* The form and, behind it, the columns of others: how the real target is read. */
static igd_table widen(const copying *c, const stand_in_view *view)
{
    igd_table wide = *view->form;
    size_t count = wide.column_count;
    igd_column *columns = IGD_NEW_ARRAY(c->it->mem, igd_column, count + view->foreign.len);
    memcpy(columns, wide.columns, count * sizeof(*columns));
    for (size_t n = 0; n < view->foreign.len; n++)
        columns[count++] = view->foreign_found[n];
    wide.columns = columns;
    wide.column_count = count;
    return wide;
}

static int fill_before(copying *c, const stand_in_view *view, igd_error *err)
{
    igd_table wide = widen(c, view);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    filling to = {.ops = c->inner->ops,
                  .wide = &wide,
                  .first = view->form->column_count,
                  .values = IGD_NEW_ARRAY(c->it->mem, igd_value, wide.column_count),
                  .mem = mem};
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_printf(&sql, "INSERT INTO %.*s VALUES (", IGD_STR_ARG(view->table));
    for (size_t n = 0; n < wide.column_count; n++) {
        igd_buf_puts(&sql, n ? ", " : "");
        c->inner->dialect->parameter(n + 1, &sql);
    }
    igd_buf_byte(&sql, ')');
    int rc = c->inner->ops->prepare(c->inner, igd_buf_view(&sql), &to.stmt, err);
    if (!rc)
        rc = c->it->real->driver->scan(c->it->real, &wide, put_row, &to, err);
    c->inner->ops->finalize(to.stmt);
    return rc;
}

static int fill_table(copying *c, const stand_in_view *view, igd_error *err)
{
    const igd_table *form = view->form;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "INSERT INTO ");
    igd_sql_name(c->inner->dialect, form->name, &sql);
    for (size_t n = 0; n < form->column_count; n++) {
        igd_buf_puts(&sql, n ? ", " : " (");
        igd_sql_name(c->inner->dialect, form->columns[n].name, &sql);
    }
    igd_buf_puts(&sql, ") SELECT ");
    for (size_t n = 0; n < form->column_count; n++)
        igd_buf_printf(&sql, "%s%.*s", n ? ", " : "", IGD_STR_ARG(view->columns[n]));
    igd_buf_printf(&sql, " FROM %.*s", IGD_STR_ARG(view->table));
    return execute(c->inner, &sql, err);
}

static int copy_table(copying *c, const igd_table *form, stand_in_view *view, igd_error *err)
{
    int rc = make_table(c, form, err);
    if (!rc)
        rc = make_before(c->it, view, err);
    if (!rc)
        rc = fill_before(c, view, err);
    if (!rc)
        rc = fill_table(c, view, err);
    return rc ? igd_error_prefix(err, "while copying table '%.*s'", IGD_STR_ARG(form->name))
              : IGD_OK;
}

/* ---- what is copied ---- */

/* A table of ours that the run leaves alone: what is there of it, for those that refer to it and
 * those that it refers to. False when nothing is. */
static bool resting_form(const copying *c, const igd_table *recorded, igd_table *out)
{
    const igd_table *found = igd_schema_table(&c->found, recorded->name);
    *out = (igd_table){.name = recorded->name,
                       .collection = recorded->collection,
                       .key_count = recorded->key_count};
    out->columns = IGD_NEW_ARRAY(c->it->mem, igd_column, recorded->column_count);
    for (size_t n = 0; found && n < recorded->column_count; n++) {
        if (igd_table_column(found, recorded->columns[n].name) < 0)
            continue;
        out->columns[out->column_count] = recorded->columns[n];
        out->columns[out->column_count++].not_null = n < recorded->key_count;
    }
    igd_table_finish(out, c->it->mem);
    return out->column_count > out->key_count || (found && out->column_count == out->key_count);
}

static bool is_planned(const igd_plan *plan, igd_str table)
{
    for (size_t n = 0; plan && n < plan->table_count; n++)
        if (plan->tables[n].from && igd_str_eq(plan->tables[n].from->name, table))
            return true;
    return false;
}

static int copy_resting(copying *c, const igd_source_state *state, igd_error *err)
{
    igd_stand_in *it = c->it;
    int rc = IGD_OK;
    for (size_t n = 0; !rc && state && n < state->tables.len; n++) {
        const igd_table_state *table = &state->tables.items[n];
        igd_table recorded;
        igd_table *form = IGD_NEW(it->mem, igd_table);
        if (is_planned(it->plan, table->table_name) || table->schema_json.len == 0)
            continue;
        rc = igd_table_from_json(table->schema_json, it->mem, &recorded, err);
        if (rc || !resting_form(c, &recorded, form))
            continue;
        stand_in_view view = {0};
        init_view(it, form, igd_arena_printf(it->mem, "ingitdb_resting_%zu", n), &view);
        rc = copy_table(c, form, &view, err);
    }
    return rc;
}

/* A table or a column goes, and may take along what others have added. */
static bool loses(const igd_table_plan *plan)
{
    for (size_t n = 0; n < plan->contract.len; n++)
        if (plan->contract.items[n].kind == IGD_OP_DROP_COLUMN ||
            igd_op_refills(&plan->contract.items[n]))
            return true;
    return !plan->to || igd_plan_remakes(plan);
}

static int copy_planned(copying *c, igd_error *err)
{
    igd_stand_in *it = c->it;
    int rc = IGD_OK;
    for (size_t n = 0; !rc && it->plan && n < it->plan->table_count; n++) {
        const igd_table *form = it->plan->tables[n].from;
        stand_in_view *view = &it->tables[n].before;
        if (!form)
            continue;
        init_view(it, form, before_name(it, n), view);
        find_foreign(c, form, view);
        find_was(c, view);
        if (loses(&it->plan->tables[n]))
            rc = it->style->others(stand_in_sql(it->real), form, it->mem, &view->others_columns,
                                   &view->others_rest, err);
        if (!rc)
            rc = copy_table(c, form, view, err);
    }
    return rc;
}

static int read_schema(copying *c, const igd_source_state *state, igd_error *err)
{
    igd_stand_in *it = c->it;
    igd_str_list names = {0};
    for (size_t n = 0; it->plan && n < it->plan->table_count; n++)
        if (it->plan->tables[n].from)
            IGD_PUSH(it->mem, &names, it->plan->tables[n].from->name);
    for (size_t n = 0; state && n < state->tables.len; n++)
        if (!is_planned(it->plan, state->tables.items[n].table_name))
            IGD_PUSH(it->mem, &names, state->tables.items[n].table_name);
    if (names.len == 0)
        return IGD_OK;
    return it->real->driver->schema_read(it->real, &names, it->mem, &c->found, err);
}

/* Inside of one transaction of either database. */
static int copy_all(copying *c, const igd_source_state *state, igd_error *err)
{
    int rc = read_schema(c, state, err);
    if (!rc)
        rc = copy_planned(c, err);
    if (!rc)
        rc = copy_resting(c, state, err);
    if (!rc && state)
        rc = igd_sql_state_store(c->inner, state, err);
    return rc;
}

static void new_tables(igd_stand_in *it)
{
    size_t count = it->plan ? it->plan->table_count : 0;
    it->tables = IGD_NEW_ARRAY(it->mem, stand_in_table, count);
    for (size_t n = 0; n < count; n++)
        it->tables[n].plan = &it->plan->tables[n];
}

int igd_stand_in_copy(igd_stand_in *it, const igd_begin *begin, igd_error *err)
{
    copying c = {.it = it, .inner = stand_in_sql(it->inner)};
    igd_state state;
    c.loose = *c.inner->dialect;
    c.loose.table_suffix = "";
    new_tables(it);
    int rc = it->real->driver->snapshot(it->real, begin, err);
    if (!rc)
        rc = it->real->driver->state_read(it->real, it->mem, &state, err);
    if (!rc)
        rc = c.inner->ops->exec(c.inner,
                                "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; "
                                "BEGIN",
                                err);
    if (!rc) {
        it->has_books = state.present;
        rc = copy_all(&c, igd_state_source(&state, begin->source), err);
    }
    /* After an error the copy is of no use and goes. */
    if (!rc)
        rc = c.inner->ops->exec(c.inner, "COMMIT", err);
    it->real->driver->rollback(it->real);
    return rc;
}

/* ---- keeping ---- */

/* What an earlier run has put into the temporary database is what there is. */
static int keep_table(igd_stand_in *it, size_t n, igd_error *err)
{
    igd_sql_target *inner = stand_in_sql(it->inner);
    const igd_table *form = it->plan->tables[n].from;
    stand_in_view *view = &it->tables[n].before;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    init_view(it, form, before_name(it, n), view);
    int rc = make_before(it, view, err);
    igd_buf_printf(&sql, "INSERT INTO %.*s SELECT ", IGD_STR_ARG(view->table));
    for (size_t c = 0; c < form->column_count; c++) {
        igd_buf_puts(&sql, c ? ", " : "");
        igd_sql_name(inner->dialect, form->columns[c].name, &sql);
    }
    igd_buf_puts(&sql, " FROM ");
    igd_sql_name(inner->dialect, form->name, &sql);
    return rc ? rc : execute(inner, &sql, err);
}

static int keep_all(igd_stand_in *it, igd_error *err)
{
    int rc = IGD_OK;
    for (size_t n = 0; !rc && it->plan && n < it->plan->table_count; n++)
        if (it->plan->tables[n].from)
            rc = keep_table(it, n, err);
    return rc;
}

int igd_stand_in_keep(igd_stand_in *it, igd_error *err)
{
    igd_sql_target *inner = stand_in_sql(it->inner);
    if (!it->empty)
        return IGD_OK;
    new_tables(it);
    int rc = inner->ops->begin(inner, NULL, err);
    if (rc)
        return rc;
    rc = keep_all(it, err);
    if (!rc)
        rc = inner->ops->commit(inner, err);
    if (rc)
        inner->ops->rollback(inner);
    return rc;
}
