/*
 * Tables of a source that rest while others of it are written (--collections): they stand at
 * another commit, so what git says of both together need not hold in the target.
 *
 * The engine's foreign keys would notice, too, without saying what to do about it; and a row that
 * cascades away is changed.
 */
#include "targets/sql/write.h"

struct igd_sql_resting {
    igd_table table; /* as recorded */
    igd_str commit;
};

int igd_sql_take_resting(igd_sql_target *target, const igd_begin *begin, igd_error *err)
{
    const igd_source_state *state = begin->expected;
    igd_arena *mem = target->tx_mem;
    for (size_t n = 0; begin->plan && state && n < state->tables.len; n++) {
        const igd_table_state *table = &state->tables.items[n];
        if (igd_plan_table(begin->plan, table->collection))
            continue;
        struct igd_sql_resting *resting = IGD_NEW(mem, struct igd_sql_resting);
        int rc = igd_table_from_json(table->schema_json, mem, &resting->table, err);
        if (rc)
            return igd_error_prefix(err, "the target's bookkeeping of '%.*s'",
                                    IGD_STR_ARG(table->collection));
        resting->commit = igd_arena_str(mem, table->commit_id);
        IGD_PUSH(mem, &target->resting, resting);
    }
    return IGD_OK;
}

void igd_sql_resting_links(igd_sql_target *target, igd_sql_writer *writer)
{
    for (size_t n = 0; n < target->resting.len; n++)
        igd_sql_add_referring(target, writer, &target->resting.items[n]->table,
                              target->resting.items[n]);
}

static int hint(const struct igd_sql_resting *resting, igd_error *err)
{
    return igd_hint(err, "'%.*s' is not selected and stands at commit %.10s: select it, too",
                    IGD_STR_ARG(resting->table.collection), resting->commit.ptr);
}

int igd_sql_fail_resting(igd_sql_target *target, const igd_sql_writer *writer,
                         const igd_sql_link *link, const igd_value *row, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_sql_rows rows = {0};
    int rc = igd_sql_rows_where(target, link->other, &link->columns,
                                igd_sql_link_values(link, row, mem), mem, &rows, err);
    if (rc || rows.len == 0)
        return rc;
    (void)igd_fail(err, IGD_E_CONFLICT,
                   "table '%.*s', key '%.*s': the commit deletes the row, but key '%.*s' of table "
                   "'%.*s' refers to it",
                   IGD_STR_ARG(writer->table->name),
                   IGD_STR_ARG(igd_row_key_text(writer->table, row, mem)),
                   IGD_STR_ARG(igd_row_key_text(link->other, rows.items[0], mem)),
                   IGD_STR_ARG(link->other->name));
    return hint(link->rests, err);
}

/* ---- references of rows that were written ---- */

typedef struct look {
    const igd_table *table;
    const igd_foreign_key *key;
    const struct igd_sql_resting *resting; /* what it refers to; NULL: part of the run */
} look;

static int on_dangling(const igd_value *row, void *payload, igd_error *err)
{
    const look *at = payload;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf wanted = IGD_BUF_INIT;
    for (size_t n = 0; n < at->key->columns.len; n++) {
        igd_buf_puts(&wanted, n ? "/" : "");
        igd_buf_str(&wanted, row[at->table->key_count + n].text);
    }
    (void)igd_fail(err, IGD_E_CONFLICT,
                   "table '%.*s', key '%.*s': the row refers to key '%.*s' of table '%.*s', which "
                   "the target does not have",
                   IGD_STR_ARG(at->table->name), IGD_STR_ARG(igd_row_key_text(at->table, row, mem)),
                   IGD_STR_ARG(igd_buf_view(&wanted)), IGD_STR_ARG(at->key->ref_table));
    if (at->resting)
        return hint(at->resting, err);
    return igd_hint(err, "somebody changed one of the two: --mode full repairs it");
}

static int look_for_dangling(igd_sql_target *target, look *at, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_sql_dangling(target->dialect, at->table, at->key, &sql);
    size_t count = at->table->key_count + at->key->columns.len;
    igd_kind *kinds = IGD_NEW_ARRAY(mem, igd_kind, count);
    for (size_t n = 0; n < count; n++)
        kinds[n] = IGD_STRING;
    igd_sql_query query = {.sql = igd_buf_view(&sql),
                           .kinds = kinds,
                           .column_count = count,
                           .callback = on_dangling,
                           .payload = at};
    return target->ops->query(target, &query, err);
}

static const struct igd_sql_resting *resting_of(const igd_sql_target *target, igd_str table)
{
    for (size_t n = 0; n < target->resting.len; n++)
        if (igd_str_eq(target->resting.items[n]->table.name, table))
            return target->resting.items[n];
    return NULL;
}

static int check_table(igd_sql_target *target, const igd_table_plan *plan, igd_error *err)
{
    igd_table there = *plan->to;
    there.name = plan->between->name;
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < there.foreign_keys.len; n++) {
        look at = {.table = &there, .key = &there.foreign_keys.items[n]};
        at.resting = resting_of(target, at.key->ref_table);
        /* Rows that are taken over are told otherwise (adopt.c). */
        bool added = plan->from && !igd_plan_remakes(plan) && !plan->adopted &&
                     !igd_table_foreign_key(plan->from, at.key->name);
        if (!at.resting && !added)
            continue;
        rc = look_for_dangling(target, &at, err);
        target->base.dangling |= rc == IGD_E_CONFLICT && !at.resting;
    }
    return rc;
}

int igd_sql_check_references(igd_sql_target *target, igd_error *err)
{
    int rc = IGD_OK;
    if (target->references_checked)
        return IGD_OK;
    target->references_checked = true;
    for (size_t n = 0; target->tables && !rc && n < target->tables->table_count; n++)
        if (target->tables->tables[n].to)
            rc = check_table(target, &target->tables->tables[n], err);
    return rc;
}
