/*
 * Filling tables that the run has created: many rows a statement, no conflicts.
 */
#include "targets/sql/write.h"

static int load_each(igd_sql_target *target, igd_sql_writer *writer, const igd_change *changes,
                     size_t count, igd_error *err)
{
    const igd_table *table = writer->table;
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < count; n++) {
        rc = igd_sql_run(target, &writer->insert, igd_sql_insert, table, changes[n].now,
                         table->column_count, NULL, err);
        if (rc)
            igd_sql_fail_row(table, &changes[n], err);
    }
    return rc;
}

/* The statement for several rows at once; writer->load_rows is 1 where there is none. */
static int need_rows(igd_sql_target *target, igd_sql_writer *writer, igd_error *err)
{
    const igd_table *table = writer->table;
    if (writer->load_rows)
        return IGD_OK;
    size_t rows = target->dialect->load_parameters / table->column_count;
    if (rows > 1) {
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        igd_sql_insert_rows(target->dialect, table, rows, &sql);
        int rc = igd_sql_prepare(target, &writer->insert_rows, &sql, table, err);
        if (rc)
            return rc;
        writer->load_params = IGD_NEW_ARRAY(target->tx_mem, igd_value, rows * table->column_count);
    }
    writer->load_rows = rows > 1 ? rows : 1;
    return IGD_OK;
}

/* When it fails, the rows one by one tell which of them it is. */
static int load_rows(igd_sql_target *target, igd_sql_writer *writer, const igd_change *changes,
                     igd_error *err)
{
    const igd_table *table = writer->table;
    size_t count = writer->load_rows * table->column_count;
    for (size_t n = 0; n < writer->load_rows; n++)
        memcpy(writer->load_params + n * table->column_count, changes[n].now,
               table->column_count * sizeof(igd_value));
    int rc = target->ops->run(writer->insert_rows, writer->load_params, count, NULL, err);
    if (!rc)
        return IGD_OK;
    if (!target->ops->still_open(target))
        return igd_error_prefix(err, "table '%.*s'", IGD_STR_ARG(table->name));
    return load_each(target, writer, changes, writer->load_rows, err);
}

/* All rows in one request. When it fails, the rows one by one tell which of them it is. */
static int load_bulk(igd_sql_target *target, igd_sql_writer *writer, const igd_change *changes,
                     size_t count, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const igd_table *table = writer->table;
    size_t columns = table->column_count;
    igd_str *names = IGD_NEW_ARRAY(mem, igd_str, columns);
    igd_kind *kinds = IGD_NEW_ARRAY(mem, igd_kind, columns);
    igd_value *values = igd_arena_alloc(mem, columns * count * sizeof(*values));
    for (size_t n = 0; n < columns; n++) {
        names[n] = table->columns[n].name;
        kinds[n] = table->columns[n].type.kind;
    }
    for (size_t n = 0; n < count; n++)
        memcpy(values + n * columns, changes[n].now, columns * sizeof(*values));
    igd_sql_bulk bulk = {table->name, names, kinds, columns, values, count};
    int rc = igd_sql_part_begin(target, err);
    if (rc)
        return rc;
    rc = target->ops->bulk(target, &bulk, err);
    if (!rc)
        return igd_sql_part_end(target, err);
    if (err->transient || !igd_sql_part_undo(target))
        return igd_error_prefix(err, "table '%.*s'", IGD_STR_ARG(table->name));
    return load_each(target, writer, changes, count, err);
}

int igd_sql_load(igd_target *base, const igd_table *table, const igd_change *changes, size_t count,
                 igd_error *err)
{
    igd_sql_target *target = (igd_sql_target *)base;
    if (!target->in_transaction)
        return igd_fail(err, IGD_E_BUG, "load without begin");
    igd_sql_writer *writer = igd_sql_writer_of(target, table);
    if (target->ops->bulk) {
        int rc = load_bulk(target, writer, changes, count, err);
        return rc ? rc : igd_sql_step(target, IGD_CAP_TRANSACTIONS, err);
    }
    size_t done = 0;
    int rc = need_rows(target, writer, err);
    for (; !rc && writer->load_rows > 1 && count - done >= writer->load_rows;
         done += writer->load_rows)
        rc = load_rows(target, writer, changes + done, err);
    if (!rc)
        rc = load_each(target, writer, changes + done, count - done, err);
    return rc ? rc : igd_sql_step(target, IGD_CAP_TRANSACTIONS, err);
}
