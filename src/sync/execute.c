/*
 * The consumers that execute on a target and that only count.
 */
#include "sync/consumer.h"

static int execute_part(igd_execute *execute, igd_part part, igd_error *err)
{
    if (!(execute->target->caps & IGD_CAP_SCHEMA))
        return IGD_OK;
    return execute->target->driver->schema_apply(execute->target, execute->plan, part, err);
}

static int expand(igd_consumer *consumer, igd_error *err)
{
    return execute_part((igd_execute *)consumer, IGD_PART_EXPAND, err);
}

static int contract(igd_consumer *consumer, igd_error *err)
{
    return execute_part((igd_execute *)consumer, IGD_PART_CONTRACT, err);
}

/* Rows of a table that this run created cannot meet others: the fast path. */
static bool can_load(const igd_execute *execute, const igd_table_plan *table,
                     const igd_change *changes, size_t count)
{
    if (table->from || !(execute->target->caps & IGD_CAP_LOAD))
        return false;
    for (size_t n = 0; n < count; n++)
        if (changes[n].kind != IGD_INSERT)
            return false;
    return true;
}

static void name_first(const igd_execute *execute, const igd_table *table,
                       const igd_change *changes, size_t count)
{
    const igd_target_driver *driver = execute->target->driver;
    igd_str *out = execute->read_command;
    if (!out || !driver->read_command)
        return;
    for (size_t n = 0; !out->ptr && n < count; n++)
        if (changes[n].now)
            *out = driver->read_command(execute->target, table, changes[n].now, execute->mem);
}

static int write_changes(igd_consumer *consumer, const igd_table_plan *table,
                         const igd_change *changes, size_t count, igd_error *err)
{
    igd_execute *execute = (igd_execute *)consumer;
    const igd_target_driver *driver = execute->target->driver;
    bool load = can_load(execute, table, changes, count);
    int code = IGD_OK;
    name_first(execute, table->to, changes, count);
    for (size_t at = 0; at < count && code == IGD_OK; at += execute->batch_rows) {
        size_t some = count - at < execute->batch_rows ? count - at : execute->batch_rows;
        if (load)
            code = driver->load(execute->target, table->to, changes + at, some, err);
        else
            code = driver->apply(execute->target, table->to, changes + at, some, err);
    }
    return code;
}

igd_execute igd_execute_on(igd_target *target, const igd_plan *plan, size_t batch_rows)
{
    size_t most = target->limits.batch_rows;
    if (batch_rows == 0)
        batch_rows = 1000;
    if (most > 0 && batch_rows > most)
        batch_rows = most;
    return (
        igd_execute){.consumer = {.expand = expand, .changes = write_changes, .contract = contract},
                     .target = target,
                     .plan = plan,
                     .batch_rows = batch_rows};
}

/* ---- counting ---- */

static int no_part(igd_consumer *consumer IGD_UNUSED, igd_error *err IGD_UNUSED)
{
    return IGD_OK;
}

static int no_changes(igd_consumer *consumer IGD_UNUSED, const igd_table_plan *table IGD_UNUSED,
                      const igd_change *changes IGD_UNUSED, size_t count IGD_UNUSED,
                      igd_error *err IGD_UNUSED)
{
    return IGD_OK;
}

igd_consumer igd_count_only(void)
{
    return (igd_consumer){.expand = no_part, .changes = no_changes, .contract = no_part};
}
