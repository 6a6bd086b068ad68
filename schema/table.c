/*
 * Tables: finding things in them by name, and the order of columns in digests.
 */
#include "schema/table.h"

#include <stdlib.h>

ptrdiff_t igd_table_column(const igd_table *table, igd_str name)
{
    for (size_t n = 0; n < table->column_count; n++) {
        if (igd_str_eq(table->columns[n].name, name))
            return (ptrdiff_t)n;
    }
    return -1;
}

bool igd_table_has(const igd_table *table, igd_str name)
{
    for (size_t n = 0; n < table->column_count; n++)
        if (igd_str_eq_nocase(table->columns[n].name, name))
            return true;
    return false;
}

ptrdiff_t igd_table_origin(const igd_table *before, const igd_column *column)
{
    ptrdiff_t at = igd_table_column(before, column->name);
    if (at < 0 && column->renamed.from.len > 0)
        at = igd_table_column(before, column->renamed.from);
    /* An ordinary column that has a key column's old name is new. */
    bool same =
        at >= (ptrdiff_t)before->key_count && before->columns[at].type.kind == column->type.kind;
    return same ? at : -1;
}

const igd_check *igd_table_check(const igd_table *table, igd_str name)
{
    for (size_t n = 0; n < table->checks.len; n++) {
        if (igd_str_eq(table->checks.items[n].name, name))
            return &table->checks.items[n];
    }
    return NULL;
}

const igd_foreign_key *igd_table_foreign_key(const igd_table *table, igd_str name)
{
    for (size_t n = 0; n < table->foreign_keys.len; n++) {
        if (igd_str_eq(table->foreign_keys.items[n].name, name))
            return &table->foreign_keys.items[n];
    }
    return NULL;
}

const igd_index *igd_table_index(const igd_table *table, igd_str name)
{
    for (size_t n = 0; n < table->indexes.len; n++) {
        if (igd_str_eq(table->indexes.items[n].name, name))
            return &table->indexes.items[n];
    }
    return NULL;
}

const igd_table *igd_schema_table(const igd_schema *schema, igd_str name)
{
    for (size_t n = 0; n < schema->table_count; n++) {
        if (igd_str_eq(schema->tables[n].name, name))
            return &schema->tables[n];
    }
    return NULL;
}

const igd_table *igd_schema_collection(const igd_schema *schema, igd_str collection)
{
    for (size_t n = 0; n < schema->table_count; n++) {
        if (igd_str_eq(schema->tables[n].collection, collection))
            return &schema->tables[n];
    }
    return NULL;
}

static int by_name(const void *a, const void *b, void *columns)
{
    const igd_column *all = columns;
    return igd_str_cmp(all[*(const uint32_t *)a].name, all[*(const uint32_t *)b].name);
}

void igd_table_finish(igd_table *table, igd_arena *mem)
{
    size_t count = table->column_count - table->key_count;
    table->digest_order = IGD_NEW_ARRAY(mem, uint32_t, count);
    for (size_t n = 0; n < count; n++)
        table->digest_order[n] = (uint32_t)(table->key_count + n);
    qsort_r(table->digest_order, count, sizeof(*table->digest_order), by_name, table->columns);
}
