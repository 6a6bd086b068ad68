/*
 * Collecting differences for a report.
 */
#include "sync/collect.h"

#include "schema/canonical.h"

static igd_table_analysis *table_of(const igd_collect *collect, igd_str collection)
{
    for (size_t n = 0; n < collect->into->table_count; n++)
        if (igd_str_eq(collect->into->tables[n].counts.collection, collection))
            return &collect->into->tables[n];
    return NULL;
}

/* The base may be laid out by an older version of the table. */
static igd_value base_value(const igd_change *change, const igd_column *column)
{
    igd_str name = column->renamed.from.len > 0 ? column->renamed.from : column->name;
    ptrdiff_t at = change->base ? igd_table_column(change->base_table, name) : -1;
    return at < 0 ? IGD_VALUE_NULL : change->base[at];
}

static void add_fields(const igd_collect *collect, const igd_change *change,
                       igd_record_difference *record)
{
    const igd_table *table = change->table;
    for (size_t n = table->key_count; n < table->column_count; n++) {
        igd_value base = base_value(change, &table->columns[n]);
        igd_value old = change->old ? change->old[n] : IGD_VALUE_NULL;
        igd_value now = change->now ? change->now[n] : IGD_VALUE_NULL;
        if (igd_value_eq(&old, &now) && (igd_value_eq(&base, &old) || !change->base_known))
            continue;
        igd_field_difference field = {.name = table->columns[n].name,
                                      .base = igd_value_copy(&base, collect->mem),
                                      .old_value = igd_value_copy(&old, collect->mem),
                                      .new_value = igd_value_copy(&now, collect->mem)};
        IGD_PUSH(collect->mem, &record->fields, field);
    }
}

static const igd_str *copy_keys(const igd_collect *collect, const igd_change *change)
{
    size_t count = change->table->key_count;
    const igd_value *row = igd_change_key(change);
    igd_str *keys = IGD_NEW_ARRAY(collect->mem, igd_str, count);
    for (size_t n = 0; n < count; n++)
        keys[n] = igd_arena_str(collect->mem, row[n].text);
    return keys;
}

static void add_record(const igd_collect *collect, igd_table_analysis *table,
                       const igd_change *change)
{
    igd_record_difference record = {.change = change->kind,
                                    .cause = change->cause,
                                    .path = igd_arena_str(collect->mem, change->path)};
    const igd_table *layout = change->now || !change->base ? change->table : change->base_table;
    /* The text of a single key is the row's own, and the row goes. */
    record.key =
        igd_arena_str(collect->mem, igd_row_key_text(layout, igd_change_key(change), collect->mem));
    if (collect->detail == IGD_DETAIL_FIELDS)
        add_fields(collect, change, &record);
    if (collect->keys)
        record.keys = copy_keys(collect, change);
    IGD_PUSH(collect->mem, &table->records, record);
}

static int collect_changes(igd_consumer *consumer, const igd_table_plan *plan,
                           const igd_change *changes, size_t count, igd_error *err IGD_UNUSED)
{
    igd_collect *collect = (igd_collect *)consumer;
    igd_table_analysis *table = table_of(collect, plan->to->collection);
    for (size_t n = 0; table && n < count; n++) {
        table->causes[changes[n].cause]++;
        if (collect->detail != IGD_DETAIL_SUMMARY)
            add_record(collect, table, &changes[n]);
    }
    return IGD_OK;
}

igd_collect igd_collect_into(igd_analysis *into, igd_detail detail, igd_arena *mem)
{
    igd_collect collect = {
        .consumer = igd_count_only(), .detail = detail, .mem = mem, .into = into};
    collect.consumer.changes = collect_changes;
    return collect;
}
