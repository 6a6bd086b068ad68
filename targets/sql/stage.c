/*
 * The staging table: making it and filling it.
 */
#include "targets/sql/stage_private.h"

/* ---- its columns ---- */

static void name_columns(igd_sql_stage *stage, igd_arena *mem)
{
    const igd_sql_writer *writer = stage->writer;
    size_t written = writer->written->column_count, proofs = writer->proof_count;
    stage->count = AT_WRITTEN + written + proofs;
    stage->names = IGD_NEW_ARRAY(mem, igd_str, stage->count);
    stage->kinds = IGD_NEW_ARRAY(mem, igd_kind, stage->count);
    stage->names[AT_NUMBER] = IGD_STR("n");
    stage->names[AT_HOW] = IGD_STR("how");
    stage->kinds[AT_NUMBER] = stage->kinds[AT_HOW] = IGD_INT;
    for (size_t n = 0; n < written; n++) {
        stage->names[AT_WRITTEN + n] = igd_arena_printf(mem, "c%zu", n);
        stage->kinds[AT_WRITTEN + n] = writer->written->columns[n].type.kind;
    }
    for (size_t n = 0; n < proofs; n++) {
        stage->names[proof_at(stage) + n] = igd_arena_printf(mem, "p%zu", n);
        stage->kinds[proof_at(stage) + n] =
            writer->layout->columns[writer->proof_layout[n]].type.kind;
    }
}

/* ---- making it ---- */

/* The CASE leaves type and collation as they are, and takes NOT NULL away. */
static void put_column(const igd_sql_stage *stage, igd_str from, igd_str as, igd_buf *sql)
{
    igd_buf_puts(sql, ", CASE WHEN 1 = 1 THEN ");
    put_name(stage, from, sql);
    igd_buf_puts(sql, " END AS ");
    put_name(stage, as, sql);
}

static int make(igd_sql_stage *stage, igd_error *err)
{
    const igd_sql_writer *writer = stage->writer;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "CREATE TEMPORARY TABLE ");
    put_name(stage, stage->name, &sql);
    if (stage->target->dialect->number_key)
        igd_buf_puts(&sql, stage->target->dialect->number_key);
    igd_buf_puts(&sql, " AS SELECT 0 AS ");
    put_name(stage, stage->names[AT_NUMBER], &sql);
    igd_buf_puts(&sql, ", 0 AS ");
    put_name(stage, stage->names[AT_HOW], &sql);
    for (size_t n = 0; n < writer->written->column_count; n++)
        put_column(stage, writer->written->columns[n].name, written_name(stage, n), &sql);
    for (size_t n = 0; n < writer->proof_count; n++)
        put_column(stage, writer->layout->columns[writer->proof_layout[n]].name,
                   stage->names[proof_at(stage) + n], &sql);
    igd_buf_puts(&sql, " FROM ");
    put_name(stage, writer->table->name, &sql);
    igd_buf_puts(&sql, " WHERE 1 = 0");
    return stage->target->ops->exec(stage->target, sql.ptr, err);
}

int igd_sql_stage_of(igd_sql_target *target, igd_sql_writer *writer, igd_sql_stage **out,
                     igd_error *err)
{
    *out = writer->stage;
    if (writer->stage && writer->stage->base_table == writer->base_table)
        return IGD_OK;
    igd_sql_stage_drop(writer->stage);
    writer->stage = NULL;
    igd_sql_stage *stage = IGD_NEW(target->tx_mem, igd_sql_stage);
    *stage = (igd_sql_stage){.target = target, .writer = writer, .base_table = writer->base_table};
    stage->name = igd_arena_printf(target->tx_mem, "ingitdb_stage_%u", ++target->stages);
    name_columns(stage, target->tx_mem);
    int rc = make(stage, err);
    if (rc)
        return igd_error_prefix(err, "while making room for rows of table '%.*s'",
                                IGD_STR_ARG(writer->table->name));
    *out = writer->stage = stage;
    return IGD_OK;
}

void igd_sql_stage_drop(igd_sql_stage *stage)
{
    if (!stage)
        return;
    igd_sql_target *target = stage->target;
    target->ops->finalize(stage->update);
    target->ops->finalize(stage->insert);
    target->ops->finalize(stage->remove);
    if (target->ops->still_open && !target->ops->still_open(target))
        return;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_error ignored = IGD_ERROR_INIT;
    igd_buf_puts(&sql, target->dialect->drop_temporary);
    put_name(stage, stage->name, &sql);
    (void)target->ops->exec(target, sql.ptr, &ignored);
}

/* ---- filling it ---- */

static int clear(igd_sql_stage *stage, igd_error *err)
{
    if (stage->rows == 0)
        return IGD_OK;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, stage->target->dialect->clear);
    put_name(stage, stage->name, &sql);
    int rc = stage->target->ops->exec(stage->target, sql.ptr, err);
    if (!rc)
        stage->rows = 0;
    return rc;
}

/* Its columns that a fill has values for. */
typedef struct filled {
    igd_str *names;
    igd_kind *kinds;
    size_t count;
    size_t written; /* of them, columns of `written` */
} filled;

static filled columns_of(const igd_sql_stage *stage, bool values, igd_arena *mem)
{
    const igd_sql_writer *writer = stage->writer;
    filled f = {IGD_NEW_ARRAY(mem, igd_str, stage->count),
                IGD_NEW_ARRAY(mem, igd_kind, stage->count), 0,
                values ? writer->written->column_count : writer->written->key_count};
    for (size_t n = 0; n < stage->count; n++) {
        if (n >= AT_WRITTEN + f.written && n < proof_at(stage))
            continue;
        f.names[f.count] = stage->names[n];
        f.kinds[f.count++] = stage->kinds[n];
    }
    return f;
}

static void fill_row(const igd_sql_stage *stage, const filled *f, const igd_change *change,
                     igd_value *out)
{
    igd_sql_writer *writer = stage->writer;
    const igd_value *row =
        change->now ? igd_sql_written_row(writer, change->now) : igd_change_key(change);
    memcpy(out, row, f->written * sizeof(*out));
    out += f->written;
    for (size_t n = 0; n < writer->proof_count; n++)
        out[n] = change->base && change->base_table == stage->base_table
                     ? change->base[writer->proof[n]]
                     : IGD_VALUE_NULL;
}

int igd_sql_stage_fill(igd_sql_stage *stage, const igd_change *changes, const int8_t *how,
                       size_t count, bool values, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    int rc = clear(stage, err);
    if (rc)
        return rc;
    filled f = columns_of(stage, values, mem);
    igd_value *all = igd_arena_alloc(mem, (count * f.count + 1) * sizeof(*all));
    igd_value *row = all;
    for (size_t n = 0; n < count; n++) {
        if (how[n] < 0)
            continue;
        row[AT_NUMBER] = igd_value_int((int64_t)n);
        row[AT_HOW] = igd_value_int(how[n]);
        fill_row(stage, &f, &changes[n], row + AT_WRITTEN);
        row += f.count;
    }
    igd_sql_bulk bulk = {stage->name, f.names, f.kinds,
                         f.count,     all,     (size_t)(row - all) / f.count};
    if (bulk.row_count == 0)
        return IGD_OK;
    stage->rows = bulk.row_count;
    return stage->target->ops->bulk(stage->target, &bulk, err);
}

int igd_sql_stage_take(igd_sql_stage *stage, const igd_sql_numbers *numbers, igd_error *err)
{
    if (numbers->len == 0)
        return IGD_OK;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "DELETE FROM ");
    put_name(stage, stage->name, &sql);
    igd_buf_puts(&sql, " WHERE ");
    put_name(stage, stage->names[AT_NUMBER], &sql);
    for (size_t n = 0; n < numbers->len; n++)
        igd_buf_printf(&sql, "%s%zu", n ? ", " : " IN (", numbers->items[n]);
    igd_buf_byte(&sql, ')');
    int rc = stage->target->ops->exec(stage->target, sql.ptr, err);
    if (!rc)
        stage->rows -= numbers->len;
    return rc;
}
