/*
 * Writing rows: one statement a change in the normal case, under the condition that the row is
 * still what it was at the last sync. Only when that finds nothing the row is looked at.
 */
#include <stdio.h>

#include "schema/canonical.h"
#include "targets/sql/stage.h"

/* Fewer changes than this are written one by one: staging them takes as many requests. */
#define BATCH_MIN 8

/* ---- statements ---- */

int igd_sql_prepare(igd_sql_target *target, igd_sql_stmt **stmt, const igd_buf *sql,
                    const igd_table *table, igd_error *err)
{
    int rc = target->ops->prepare(target, igd_buf_view(sql), stmt, err);
    if (rc)
        igd_error_prefix(err, "table '%.*s'", IGD_STR_ARG(table->name));
    return rc;
}

int igd_sql_run(igd_sql_target *target, igd_sql_stmt **stmt, igd_sql_text *make,
                const igd_table *table, const igd_value *row, size_t count, uint64_t *rows,
                igd_error *err)
{
    if (!*stmt) {
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        make(target->dialect, table, &sql);
        int rc = igd_sql_prepare(target, stmt, &sql, table, err);
        if (rc)
            return rc;
    }
    return target->ops->run(*stmt, row, count, rows, err);
}

static void forget(igd_sql_target *target, igd_sql_stmt **stmt)
{
    target->ops->finalize(*stmt);
    *stmt = NULL;
}

void igd_sql_forget_statements(igd_sql_target *target)
{
    for (size_t n = 0; n < target->writers.len; n++) {
        igd_sql_writer *writer = target->writers.items[n];
        igd_sql_stmt **const all[] = {&writer->insert,     &writer->add,       &writer->upsert,
                                      &writer->remove,     &writer->update_if, &writer->remove_if,
                                      &writer->insert_rows};
        for (size_t s = 0; s < IGD_COUNT(all); s++)
            forget(target, all[s]);
        writer->load_rows = 0;
        for (size_t l = 0; l < writer->parents.len; l++)
            forget(target, &writer->parents.items[l].exists);
        for (size_t l = 0; l < writer->referring.len; l++)
            forget(target, &writer->referring.items[l].exists);
        igd_sql_stage_drop(writer->stage);
        writer->stage = NULL;
    }
    forget(target, &target->record);
}

igd_sql_writer *igd_sql_writer_of(igd_sql_target *target, const igd_table *table)
{
    /* Batches of one table come one after the other. */
    if (target->last_writer && target->last_writer->table == table)
        return target->last_writer;
    for (size_t n = 0; n < target->writers.len; n++)
        if (target->writers.items[n]->table == table)
            return target->last_writer = target->writers.items[n];
    igd_sql_writer *writer = IGD_NEW(target->tx_mem, igd_sql_writer);
    const igd_table_plan *plan =
        target->tables ? igd_plan_table(target->tables, table->collection) : NULL;
    *writer =
        (igd_sql_writer){.table = table, .layout = table, .written = table, .recorded = table};
    if (plan) {
        writer->layout = plan->between;
        writer->recorded = igd_plan_remakes(plan) ? NULL : plan->from;
        if (target->marked && writer->recorded)
            writer->written = writer->layout;
    }
    writer->row = IGD_NEW_ARRAY(target->tx_mem, igd_value, writer->written->column_count);
    IGD_PUSH(target->tx_mem, &target->writers, writer);
    return target->last_writer = writer;
}

/* ---- the base as a condition ---- */

/* The column of the table behind the key that has the name and kind, or -1. */
static ptrdiff_t same_column(const igd_table *table, const igd_column *column)
{
    ptrdiff_t at = igd_table_column(table, column->name);
    bool same =
        at >= (ptrdiff_t)table->key_count && table->columns[at].type.kind == column->type.kind;
    return same ? at : -1;
}

/* The same in a layout in between, where the column may stand aside or be renamed. */
static ptrdiff_t before_column(const igd_sql_target *target, const igd_table *layout,
                               const igd_column *column)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_column aside = *column;
    aside.name = igd_aside_name(column->name, target->base.limits.identifier_bytes, mem);
    for (size_t n = layout->key_count; n < layout->column_count; n++)
        if (igd_str_eq(layout->columns[n].renamed.from, column->name) &&
            layout->columns[n].type.kind == column->type.kind)
            return (ptrdiff_t)n;
    ptrdiff_t at = same_column(layout, &aside);
    return at >= 0 ? at : same_column(layout, column);
}

void igd_sql_prove(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change)
{
    const igd_table *base = change->base_table;
    if (writer->base_table == base)
        return;
    forget(target, &writer->update_if);
    forget(target, &writer->remove_if);
    writer->base_table = base;
    writer->proof_count = 0;
    writer->proof = IGD_NEW_ARRAY(target->tx_mem, uint32_t, base->column_count);
    writer->proof_layout = IGD_NEW_ARRAY(target->tx_mem, uint32_t, base->column_count);
    for (size_t n = base->key_count; n < base->column_count && writer->recorded; n++) {
        /* A column that this run adds has no values yet, whatever its name was before. The base may
         * be told in the new table, which knows what a column was called. */
        ptrdiff_t there = before_column(target, writer->layout, &base->columns[n]);
        if (there < 0 || igd_table_origin(writer->recorded, &base->columns[n]) < 0)
            continue;
        writer->proof[writer->proof_count] = (uint32_t)n;
        writer->proof_layout[writer->proof_count++] = (uint32_t)there;
    }
    writer->params = IGD_NEW_ARRAY(target->tx_mem, igd_value,
                                   writer->written->column_count + base->column_count);
}

static void proof_columns(const igd_sql_writer *writer, igd_arena *mem, igd_sql_proof *out)
{
    for (size_t n = 0; n < writer->proof_count; n++)
        IGD_PUSH(mem, out, &writer->layout->columns[writer->proof_layout[n]]);
}

/* Appends key and proof to the parameters; returns how many there are. */
static size_t add_proof(const igd_sql_writer *writer, const igd_change *change, size_t count)
{
    const igd_value *key = igd_change_key(change);
    for (size_t n = 0; n < writer->table->key_count; n++)
        writer->params[count++] = key[n];
    for (size_t n = 0; n < writer->proof_count; n++)
        writer->params[count++] = change->base[writer->proof[n]];
    return count;
}

int igd_sql_remove_if(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                      uint64_t *rows, igd_error *err)
{
    igd_sql_prove(target, writer, change);
    if (!writer->remove_if) {
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        igd_sql_proof proof = {0};
        proof_columns(writer, mem, &proof);
        igd_sql_delete_if(target->dialect, writer->table, &proof, &sql);
        int rc = igd_sql_prepare(target, &writer->remove_if, &sql, writer->table, err);
        if (rc)
            return rc;
    }
    size_t count = add_proof(writer, change, 0);
    return target->ops->run(writer->remove_if, writer->params, count, rows, err);
}

const igd_value *igd_sql_written_row(igd_sql_writer *writer, const igd_value *now)
{
    if (writer->written->column_count == writer->table->column_count)
        return now;
    memcpy(writer->row, now, writer->table->column_count * sizeof(*now));
    return writer->row;
}

static int update_if(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                     uint64_t *rows, igd_error *err)
{
    const igd_table *table = writer->written;
    const igd_value *row = igd_sql_written_row(writer, change->now);
    igd_sql_prove(target, writer, change);
    if (!writer->update_if) {
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        igd_sql_proof proof = {0};
        proof_columns(writer, mem, &proof);
        igd_sql_update_if(target->dialect, table, &proof, &sql);
        int rc = igd_sql_prepare(target, &writer->update_if, &sql, table, err);
        if (rc)
            return rc;
    }
    size_t first = table->key_count < table->column_count ? table->key_count : 0;
    size_t end = first ? table->column_count : 1, count = 0;
    for (size_t n = first; n < end; n++)
        writer->params[count++] = row[n];
    count = add_proof(writer, change, count);
    return target->ops->run(writer->update_if, writer->params, count, rows, err);
}

bool igd_sql_is_base(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                     const igd_value *row)
{
    if (!change->base_known || !change->base_table)
        return false;
    igd_sql_prove(target, writer, change);
    for (size_t n = 0; change->base && n < writer->proof_count; n++)
        if (!igd_value_eq(&change->base[writer->proof[n]], &row[writer->proof_layout[n]]))
            return false;
    if (change->base)
        return true;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf scratch = IGD_BUF_INIT;
    igd_value *like = IGD_NEW_ARRAY(mem, igd_value, change->base_table->column_count);
    for (size_t n = 0; n < change->base_table->key_count; n++)
        like[n] = row[n];
    for (size_t n = 0; n < writer->proof_count; n++)
        like[writer->proof[n]] = row[writer->proof_layout[n]];
    return igd_digest_eq(igd_row_digest(change->base_table, like, &scratch), change->base_digest);
}

/* ---- reading single rows ---- */

typedef struct row_taker {
    igd_arena *mem;
    size_t columns;
    igd_sql_rows *rows;
} row_taker;

static int take_row(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    row_taker *to = payload;
    igd_value *copy = IGD_NEW_ARRAY(to->mem, igd_value, to->columns);
    for (size_t n = 0; n < to->columns; n++)
        copy[n] = igd_value_copy(&row[n], to->mem);
    IGD_PUSH(to->mem, to->rows, copy);
    return IGD_OK;
}

int igd_sql_rows_where(igd_sql_target *target, const igd_table *layout, const igd_str_list *columns,
                       const igd_value *values, igd_arena *mem, igd_sql_rows *out, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_sql_select_where(target->dialect, layout, columns, &sql);
    igd_kind *kinds = IGD_NEW_ARRAY(mem, igd_kind, layout->column_count);
    for (size_t n = 0; n < layout->column_count; n++)
        kinds[n] = layout->columns[n].type.kind;
    row_taker to = {mem, layout->column_count, out};
    igd_sql_query query = {.sql = igd_buf_view(&sql),
                           .params = values,
                           .param_count = columns->len,
                           .kinds = kinds,
                           .column_count = layout->column_count,
                           .callback = take_row,
                           .payload = &to};
    return target->ops->query(target, &query, err);
}

int igd_sql_row(igd_sql_target *target, const igd_sql_writer *writer, const igd_value *key,
                igd_arena *mem, igd_value **out, igd_error *err)
{
    igd_str_list columns = {0};
    igd_sql_rows rows = {0};
    for (size_t n = 0; n < writer->layout->key_count; n++)
        IGD_PUSH(mem, &columns, writer->layout->columns[n].name);
    int rc = igd_sql_rows_where(target, writer->layout, &columns, key, mem, &rows, err);
    if (!rc)
        *out = rows.len > 0 ? rows.items[0] : NULL;
    return rc;
}

/* ---- changes ---- */

int igd_sql_fail_row(const igd_table *table, const igd_change *change, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_str key = igd_row_key_text(table, igd_change_key(change), scratch);
    igd_place *place = &err->place;
    snprintf(place->path, sizeof(place->path), "%.*s", IGD_STR_ARG(change->path));
    snprintf(place->collection, sizeof(place->collection), "%.*s", IGD_STR_ARG(table->collection));
    snprintf(place->key, sizeof(place->key), "%.*s", IGD_STR_ARG(key));
    return igd_error_prefix(err, "table '%.*s', key '%.*s'", IGD_STR_ARG(table->name),
                            IGD_STR_ARG(key));
}

int igd_sql_decide(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                   const igd_value *old, const char *what, bool *go_on, igd_error *err)
{
    *go_on = old && !what && change->cause == IGD_CAUSE_PENDING &&
             igd_sql_is_base(target, writer, change, old);
    return *go_on ? IGD_OK : igd_sql_conflict(target, writer, change, old, what, go_on, err);
}

/* The row has to be looked at: it is not what was expected, or `what` is wrong with it. */
static int look_and_write(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                          const char *what, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_value *old;
    const igd_table *table = writer->table;
    int rc = igd_sql_row(target, writer, change->now, mem, &old, err);
    if (rc || (old && igd_row_eq(table, old, change->now)))
        return rc;
    bool go_on = false;
    rc = igd_sql_decide(target, writer, change, old, what, &go_on, err);
    if (rc || !go_on)
        return rc;
    return igd_sql_run(target, &writer->upsert, igd_sql_upsert, writer->written,
                       igd_sql_written_row(writer, change->now), writer->written->column_count,
                       NULL, err);
}

int igd_sql_put_row(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                    const char *what, igd_error *err)
{
    const igd_table *table = writer->table;
    uint64_t rows = 0;
    int rc = IGD_OK;
    if (what || change->cause != IGD_CAUSE_PENDING)
        return look_and_write(target, writer, change, what, err);
    if (change->base && writer->recorded)
        rc = update_if(target, writer, change, &rows, err);
    else if (!change->base_table || !writer->recorded)
        rc = igd_sql_run(target, &writer->add, igd_sql_add, table, change->now, table->column_count,
                         &rows, err);
    return rc || rows ? rc : look_and_write(target, writer, change, NULL, err);
}

int igd_sql_apply_one(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                      igd_error *err)
{
    bool orphan = false;
    int rc = IGD_OK;
    if (!change->now)
        return igd_sql_delete_row(target, writer, change, err);
    if (target->conflicts.on != IGD_CONFLICT_SOURCE)
        rc = igd_sql_await_parents(target, writer, change, &orphan, err);
    return rc || orphan ? rc : igd_sql_put_row(target, writer, change, NULL, err);
}

static igd_value *copy_row(const igd_value *row, size_t count, igd_arena *mem)
{
    igd_value *copy = IGD_NEW_ARRAY(mem, igd_value, count);
    for (size_t n = 0; n < count; n++)
        copy[n] = igd_value_copy(&row[n], mem);
    return copy;
}

igd_change igd_sql_keep_change(igd_sql_target *target, const igd_change *change)
{
    igd_change kept = *change;
    igd_arena *mem = target->tx_mem;
    kept.path = igd_arena_str(mem, change->path);
    if (change->base)
        kept.base = copy_row(change->base, change->base_table->column_count, mem);
    if (change->now)
        kept.now = copy_row(change->now, change->table->column_count, mem);
    if (change->old)
        kept.old = copy_row(change->old, change->table->column_count, mem);
    return kept;
}

int igd_sql_apply_each(igd_sql_target *target, igd_sql_writer *writer, const igd_change *changes,
                       size_t count, igd_error *err)
{
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < count; n++) {
        rc = igd_sql_apply_one(target, writer, &changes[n], err);
        if (rc && rc != IGD_E_CONFLICT)
            igd_sql_fail_row(writer->table, &changes[n], err);
    }
    return rc;
}

int igd_sql_apply(igd_target *base, const igd_table *table, const igd_change *changes, size_t count,
                  igd_error *err)
{
    igd_sql_target *target = (igd_sql_target *)base;
    if (!target->in_transaction)
        return igd_fail(err, IGD_E_BUG, "apply without begin");
    int rc = IGD_OK;
    if (target->ops->bulk && count >= BATCH_MIN)
        rc = igd_sql_apply_batch(target, igd_sql_writer_of(target, table), changes, count, err);
    else
        rc = igd_sql_apply_each(target, igd_sql_writer_of(target, table), changes, count, err);
    if (!rc)
        rc = igd_sql_conflicts_flush(target, err);
    return rc ? rc : igd_sql_step(target, IGD_CAP_TRANSACTIONS, err);
}
