/*
 * The rows of a script: the difference of the tables before and after a run, as statements with
 * literals.
 */
#include "targets/stand_in/rows.h"

#include "base/arena.h"
#include "base/json_write.h"
#include "schema/canonical.h"

#define LINE_BYTES ((size_t)4 * 1024) /* of names of rows */

static const igd_table *form_of(const stand_in_writer *w)
{
    return w->pair->now->form;
}

/* ---- names of rows ---- */

/* The values of the recorded columns; those that are not there are null. */
static const igd_value *recorded_row(const stand_in_writer *w, const igd_value *old)
{
    const stand_in_table *table = w->pair->table;
    igd_value *row = IGD_NEW_ARRAY(w->row_mem, igd_value, table->recorded->column_count);
    for (size_t n = 0; n < table->recorded->column_count; n++)
        if (table->places[n] >= 0)
            row[n] = old[table->places[n]];
    return row;
}

/* `old`: the row as it was, by old.form; NULL: there was none. */
static void name_row(stand_in_writer *w, const igd_value *key, const igd_value *old)
{
    const igd_table *recorded = w->pair->table->recorded;
    if (!w->way->up || w->way->plain || !recorded || w->remade)
        return;
    if (w->names.len == 0 || w->names.len - w->line > LINE_BYTES) {
        w->line = w->names.len;
        igd_buf_puts(&w->names, w->names.len ? "\n-- rows " : "-- rows ");
        igd_json_quote(&w->names, recorded->name);
        igd_buf_byte(&w->names, ':');
    }
    igd_buf_byte(&w->names, ' ');
    igd_buf_str(&w->names, igd_keys_json(key, recorded->key_count, w->row_mem));
    if (!old)
        return;
    w->way->row_count++;
    w->way->row_sum = igd_digest_add(w->way->row_sum,
                                     igd_row_digest(recorded, recorded_row(w, old), &w->scratch));
}

static void put_names(stand_in_writer *w)
{
    if (w->names.len == 0)
        return;
    igd_buf_str(&w->way->sql, igd_buf_view(&w->names));
    igd_buf_byte(&w->way->sql, '\n');
    igd_buf_clear(&w->names);
    w->line = 0;
}

/* ---- statements ---- */

void igd_rows_put_name(const stand_in_writer *w, igd_str name)
{
    igd_sql_name(w->way->dialect, name, &w->way->sql);
}

void igd_rows_put_key_columns(const stand_in_writer *w)
{
    const igd_table *form = form_of(w);
    igd_buf *sql = &w->way->sql;
    igd_buf_puts(sql, form->key_count > 1 ? "(" : "");
    for (size_t n = 0; n < form->key_count; n++) {
        igd_buf_puts(sql, n ? ", " : "");
        igd_rows_put_name(w, form->columns[n].name);
    }
    igd_buf_puts(sql, form->key_count > 1 ? ")" : "");
}

static void put_values(const stand_in_writer *w, const igd_value *values, size_t count, igd_buf *to)
{
    for (size_t n = 0; n < count; n++) {
        igd_buf_puts(to, n ? "," : "");
        w->way->dialect->literal(&values[n], to);
    }
}

/* The form with what others have in it, where that is written, too. */
static igd_table inserted_form(const stand_in_writer *w)
{
    const stand_in_view *view = w->pair->now;
    igd_table wide = *view->form;
    wide.columns = IGD_NEW_ARRAY(w->mem, igd_column, wide.column_count + view->foreign.len);
    memcpy(wide.columns, view->form->columns, wide.column_count * sizeof(igd_column));
    for (size_t n = 0; n < view->foreign.len; n++)
        wide.columns[wide.column_count++] = view->foreign_found[n];
    return wide;
}

static int end_inserts(stand_in_writer *w, igd_error *err)
{
    igd_buf *sql = &w->way->sql;
    if (w->rows.len == 0)
        return IGD_OK;
    igd_table form = inserted_form(w);
    put_names(w);
    igd_buf_puts(sql, "INSERT INTO ");
    igd_rows_put_name(w, form.name);
    for (size_t n = 0; n < form.column_count; n++) {
        igd_buf_puts(sql, n ? ", " : " (");
        igd_rows_put_name(w, form.columns[n].name);
    }
    igd_buf_printf(sql, ")%s VALUES\n",
                   w->pair->now->foreign.len ? w->way->it->style->with_foreign : "");
    igd_buf_str(sql, igd_buf_view(&w->rows));
    /* A script that goes on finds the rows of the one that was stopped. */
    if (w->way->steps)
        w->way->dialect->upsert_tail(w->way->dialect, &form, sql);
    igd_buf_puts(sql, ";\n");
    igd_buf_clear(&w->rows);
    return igd_stand_in_flush(w->way, err);
}

static int put_insert(stand_in_writer *w, const igd_value *row, igd_error *err)
{
    const stand_in_view *view = w->pair->now;
    igd_buf_puts(&w->rows, w->rows.len ? ",\n(" : "(");
    put_values(w, row, view->form->column_count, &w->rows);
    for (size_t n = 0; n < view->foreign.len; n++) {
        igd_value value = row[view->form->column_count + n];
        if (view->foreign_kinds[n] == IGD_RAW)
            value = igd_stand_in_untagged(&value);
        igd_buf_byte(&w->rows, ',');
        w->way->dialect->literal(&value, &w->rows);
    }
    igd_buf_byte(&w->rows, ')');
    return w->rows.len > IGD_ROWS_BYTES ? end_inserts(w, err) : IGD_OK;
}

/* ---- updates: what differs, by the key ---- */

static bool is_set(const stand_in_writer *w, size_t column, const igd_value *row,
                   const igd_value *old)
{
    igd_value before = w->from_of[column] < 0 ? IGD_VALUE_NULL : old[w->from_of[column]];
    return column >= form_of(w)->key_count && !igd_value_eq(&row[column], &before);
}

static void put_single(stand_in_writer *w, const igd_value *row)
{
    const igd_table *form = form_of(w);
    const igd_dialect *dialect = w->way->dialect;
    const char *glue = " SET ";
    igd_buf_puts(&w->single, "UPDATE ");
    igd_sql_name(dialect, form->name, &w->single);
    for (size_t n = 0; n < form->column_count; n++) {
        if (!w->set[n])
            continue;
        igd_buf_puts(&w->single, glue);
        igd_sql_name(dialect, form->columns[n].name, &w->single);
        igd_buf_puts(&w->single, " = ");
        dialect->literal(&row[n], &w->single);
        glue = ", ";
    }
    for (size_t n = 0; n < form->key_count; n++) {
        igd_buf_puts(&w->single, n ? " AND " : " WHERE ");
        igd_sql_name(dialect, form->columns[n].name, &w->single);
        igd_buf_puts(&w->single, " = ");
        dialect->literal(&row[n], &w->single);
    }
}

/* Columns of the values: those of the key, and those that are set. */
static void put_value_columns(stand_in_writer *w)
{
    const igd_table *form = form_of(w);
    const char *glue = "";
    for (size_t n = 0; n < form->column_count; n++) {
        if (n >= form->key_count && !w->set[n])
            continue;
        igd_buf_puts(&w->way->sql, glue);
        igd_rows_put_name(w, form->columns[n].name);
        glue = ", ";
    }
}

/* All values of a column may be null: then they have no type of their own. */
static void put_joined(stand_in_writer *w)
{
    const igd_table *form = form_of(w);
    igd_buf *sql = &w->way->sql;
    const char *glue = " AS t SET ";
    igd_buf_puts(sql, "UPDATE ");
    igd_rows_put_name(w, form->name);
    for (size_t n = form->key_count; n < form->column_count; n++) {
        if (!w->set[n])
            continue;
        igd_buf_puts(sql, glue);
        igd_rows_put_name(w, form->columns[n].name);
        igd_buf_puts(sql, " = v.");
        igd_rows_put_name(w, form->columns[n].name);
        igd_buf_puts(sql, "::");
        w->way->dialect->column_type(form, n, sql);
        glue = ", ";
    }
    igd_buf_puts(sql, " FROM (VALUES\n");
    igd_buf_str(sql, igd_buf_view(&w->rows));
    igd_buf_puts(sql, ") AS v (");
    put_value_columns(w);
    for (size_t n = 0; n < form->key_count; n++) {
        igd_buf_puts(sql, n ? " AND t." : ") WHERE t.");
        igd_rows_put_name(w, form->columns[n].name);
        igd_buf_puts(sql, " = v.");
        igd_rows_put_name(w, form->columns[n].name);
    }
}

static int end_updates(stand_in_writer *w, igd_error *err)
{
    if (w->set_rows == 0)
        return IGD_OK;
    put_names(w);
    if (w->set_rows == 1)
        igd_buf_str(&w->way->sql, igd_buf_view(&w->single));
    else
        put_joined(w);
    igd_buf_puts(&w->way->sql, ";\n");
    igd_buf_clear(&w->rows);
    igd_buf_clear(&w->single);
    w->set_rows = 0;
    return igd_stand_in_flush(w->way, err);
}

static int end_rows(stand_in_writer *w, igd_error *err)
{
    int rc = end_updates(w, err);
    return rc ? rc : end_inserts(w, err);
}

/* Rows of one statement have the same columns set. */
static bool goes_on(const stand_in_writer *w, const igd_value *row, const igd_value *old)
{
    bool same = w->way->it->style->joins_values && w->set_rows > 0 && w->rows.len < IGD_ROWS_BYTES;
    for (size_t n = 0; same && n < form_of(w)->column_count; n++)
        same = w->set[n] == is_set(w, n, row, old);
    return same;
}

static int put_update(stand_in_writer *w, const igd_value *row, const igd_value *old,
                      igd_error *err)
{
    const igd_table *form = form_of(w);
    int rc = goes_on(w, row, old) ? IGD_OK : end_rows(w, err);
    for (size_t n = 0; n < form->column_count; n++)
        w->set[n] = is_set(w, n, row, old);
    name_row(w, row, old);
    igd_buf_puts(&w->rows, w->set_rows ? ",\n(" : "(");
    const char *glue = "";
    for (size_t n = 0; n < form->column_count; n++) {
        if (n >= form->key_count && !w->set[n])
            continue;
        igd_buf_puts(&w->rows, glue);
        w->way->dialect->literal(&row[n], &w->rows);
        glue = ",";
    }
    igd_buf_byte(&w->rows, ')');
    if (w->set_rows++ == 0)
        put_single(w, row);
    return rc;
}

static bool differs(const stand_in_writer *w, const igd_value *row, const igd_value *old)
{
    for (size_t n = form_of(w)->key_count; n < form_of(w)->column_count; n++)
        if (is_set(w, n, row, old))
            return true;
    return false;
}

static int take_upsert(const igd_value *row, void *payload, igd_error *err)
{
    stand_in_writer *w = payload;
    const stand_in_view *view = w->pair->now;
    const igd_value *old = row + view->form->column_count + view->foreign.len;
    igd_arena_reset(w->row_mem);
    if (w->remade || old[0].kind == IGD_NULL) {
        int rc = end_updates(w, err);
        name_row(w, row, NULL);
        return rc ? rc : put_insert(w, row, err);
    }
    return differs(w, row, old) ? put_update(w, row, old, err) : IGD_OK;
}

static int end_deletes(stand_in_writer *w, igd_error *err)
{
    if (w->rows.len == 0)
        return IGD_OK;
    put_names(w);
    igd_buf_puts(&w->way->sql, "DELETE FROM ");
    igd_rows_put_name(w, form_of(w)->name);
    igd_buf_puts(&w->way->sql, " WHERE ");
    igd_rows_put_key_columns(w);
    igd_buf_puts(&w->way->sql, " IN (");
    igd_buf_str(&w->way->sql, igd_buf_view(&w->rows));
    igd_buf_puts(&w->way->sql, ");\n");
    igd_buf_clear(&w->rows);
    w->way->removes = true;
    return igd_stand_in_flush(w->way, err);
}

void igd_rows_add_key(stand_in_writer *w, const igd_value *row)
{
    size_t keys = form_of(w)->key_count;
    igd_buf_puts(&w->rows, w->rows.len ? ",\n" : "");
    igd_buf_puts(&w->rows, keys > 1 ? "(" : "");
    put_values(w, row, keys, &w->rows);
    igd_buf_puts(&w->rows, keys > 1 ? ")" : "");
}

static int take_delete(const igd_value *old, void *payload, igd_error *err)
{
    stand_in_writer *w = payload;
    igd_arena_reset(w->row_mem);
    name_row(w, old, old);
    igd_rows_add_key(w, old);
    return w->rows.len > IGD_ROWS_BYTES ? end_deletes(w, err) : IGD_OK;
}

/* ---- what differs ---- */

typedef struct question {
    const igd_dialect *dialect; /* of the temporary database */
    igd_buf sql;
    IGD_LIST(igd_kind) kinds;
} question;

static void put_column(question *q, const char *side, igd_str name)
{
    igd_buf_puts(&q->sql, side);
    igd_sql_name(q->dialect, name, &q->sql);
}

static void ask_columns(question *q, const stand_in_view *view, const char *side, bool foreign,
                        igd_arena *mem)
{
    for (size_t n = 0; n < view->form->column_count; n++) {
        igd_buf_puts(&q->sql, q->kinds.len ? ", " : "SELECT ");
        put_column(q, side, view->columns[n]);
        IGD_PUSH(mem, &q->kinds, view->form->columns[n].type.kind);
    }
    for (size_t n = 0; foreign && n < view->foreign.len; n++) {
        igd_buf_puts(&q->sql, ", ");
        put_column(q, side, view->foreign_columns.items[n]);
        igd_kind kind = view->foreign_kinds[n];
        IGD_PUSH(mem, &q->kinds, kind == IGD_RAW ? IGD_STRING : kind);
    }
}

static void ask_join(question *q, const stand_in_view *left, const char *left_side,
                     const stand_in_view *right, const char *right_side)
{
    igd_buf_puts(&q->sql, " FROM ");
    igd_sql_name(q->dialect, left->table, &q->sql);
    igd_buf_printf(&q->sql, " %.1s", left_side);
    if (!right)
        return;
    igd_buf_puts(&q->sql, " LEFT JOIN ");
    igd_sql_name(q->dialect, right->table, &q->sql);
    igd_buf_printf(&q->sql, " %.1s", right_side);
    for (size_t n = 0; n < left->form->key_count; n++) {
        igd_buf_puts(&q->sql, n ? " AND " : " ON ");
        put_column(q, left_side, left->columns[n]);
        igd_buf_puts(&q->sql, " = ");
        put_column(q, right_side, right->columns[n]);
    }
}

static void ask_order(question *q, const stand_in_view *view, const char *side)
{
    for (size_t n = 0; n < view->form->key_count; n++) {
        igd_buf_puts(&q->sql, n ? ", " : " ORDER BY ");
        put_column(q, side, view->columns[n]);
    }
}

static int ask(stand_in_writer *w, question *q, igd_scan_callback *take, igd_error *err)
{
    igd_sql_target *inner = stand_in_sql(w->way->it->inner);
    igd_sql_query query = {.sql = igd_buf_view(&q->sql),
                           .kinds = q->kinds.items,
                           .column_count = q->kinds.len,
                           .callback = take,
                           .payload = w};
    int rc = inner->ops->query(inner, &query, err);
    igd_buf_free(&q->sql);
    return rc;
}

static question new_question(const stand_in_writer *w)
{
    return (question){.dialect = stand_in_sql(w->way->it->inner)->dialect, .sql = IGD_BUF_INIT};
}

/* Rows that are not there, and those that are otherwise: (a, b) IS NOT (c, d). */
static void ask_difference(const stand_in_writer *w, question *q)
{
    const stand_in_view *now = w->pair->now, *old = w->pair->old;
    size_t first = now->form->key_count, end = now->form->column_count;
    igd_buf_puts(&q->sql, " WHERE ");
    put_column(q, "o.", old->columns[0]);
    igd_buf_puts(&q->sql, " IS NULL");
    for (size_t n = first; n < end; n++) {
        igd_buf_puts(&q->sql, n > first ? ", " : " OR (");
        put_column(q, "n.", now->columns[n]);
    }
    for (size_t n = first; n < end; n++) {
        igd_buf_puts(&q->sql, n > first ? ", " : ") IS NOT (");
        if (w->from_of[n] < 0)
            igd_buf_puts(&q->sql, "NULL");
        else
            put_column(q, "o.", old->columns[w->from_of[n]]);
    }
    igd_buf_puts(&q->sql, end > first ? ")" : "");
}

int igd_rows_upserts(stand_in_writer *w, igd_error *err)
{
    question q = new_question(w);
    ask_columns(&q, w->pair->now, "n.", true, w->mem);
    if (!w->remade)
        ask_columns(&q, w->pair->old, "o.", false, w->mem);
    ask_join(&q, w->pair->now, "n.", w->remade ? NULL : w->pair->old, "o.");
    if (!w->remade)
        ask_difference(w, &q);
    ask_order(&q, w->pair->now, "n.");
    int rc = ask(w, &q, take_upsert, err);
    return rc ? rc : end_rows(w, err);
}

int igd_rows_ask_deletes(stand_in_writer *w, igd_scan_callback *take, igd_error *err)
{
    if (w->remade)
        return IGD_OK;
    question q = new_question(w);
    ask_columns(&q, w->pair->old, "o.", false, w->mem);
    ask_join(&q, w->pair->old, "o.", w->pair->now, "n.");
    igd_buf_puts(&q.sql, " WHERE ");
    put_column(&q, "n.", w->pair->now->columns[0]);
    igd_buf_puts(&q.sql, " IS NULL");
    ask_order(&q, w->pair->old, "o.");
    return ask(w, &q, take, err);
}

int igd_rows_deletes(stand_in_writer *w, igd_error *err)
{
    int rc = igd_rows_ask_deletes(w, take_delete, err);
    return rc ? rc : end_deletes(w, err);
}
