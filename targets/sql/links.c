/*
 * Foreign keys between our own tables: who refers to a row, and whether what a row refers to is
 * there.
 */
#include "targets/sql/write.h"

/* Columns at one end and where their values are at the other; false when one is not there. */
static bool pair_columns(const igd_table *table, const igd_str_list *names,
                         const igd_str_list *others, igd_arena *mem, igd_sql_link *link)
{
    link->values = IGD_NEW_ARRAY(mem, uint32_t, names->len);
    link->columns = *others;
    for (size_t n = 0; n < names->len; n++) {
        ptrdiff_t at = igd_table_column(table, names->items[n]);
        if (at < 0)
            return false;
        link->values[n] = (uint32_t)at;
    }
    return names->len == others->len;
}

void igd_sql_add_referring(igd_sql_target *target, igd_sql_writer *writer, const igd_table *other,
                           const struct igd_sql_resting *rests)
{
    for (size_t n = 0; n < other->foreign_keys.len; n++) {
        const igd_foreign_key *key = &other->foreign_keys.items[n];
        igd_sql_link link = {.other = other, .cascade = key->cascade, .rests = rests};
        if (!igd_str_eq(key->ref_table, writer->table->name) ||
            !pair_columns(writer->table, &key->ref_columns, &key->columns, target->tx_mem, &link))
            continue;
        /* A row that is to be deleted is known by its key. */
        bool by_key = true;
        for (size_t c = 0; c < link.columns.len; c++)
            by_key &= link.values[c] < writer->table->key_count;
        if (by_key)
            IGD_PUSH(target->tx_mem, &writer->referring, link);
    }
}

static void add_parents(igd_sql_target *target, igd_sql_writer *writer, const igd_table *other)
{
    for (size_t n = 0; n < writer->table->foreign_keys.len; n++) {
        const igd_foreign_key *key = &writer->table->foreign_keys.items[n];
        igd_sql_link link = {.other = other, .cascade = key->cascade};
        if (igd_str_eq(key->ref_table, other->name) &&
            pair_columns(writer->table, &key->columns, &key->ref_columns, target->tx_mem, &link))
            IGD_PUSH(target->tx_mem, &writer->parents, link);
    }
}

void igd_sql_links(igd_sql_target *target, igd_sql_writer *writer)
{
    const igd_plan *plan = target->tables;
    if (writer->linked)
        return;
    writer->linked = true;
    for (size_t n = 0; plan && n < plan->table_count; n++) {
        const igd_table *other = plan->tables[n].to;
        if (!other)
            continue;
        igd_sql_add_referring(target, writer, other, NULL);
        add_parents(target, writer, other);
    }
    igd_sql_resting_links(target, writer);
}

const igd_value *igd_sql_link_values(const igd_sql_link *link, const igd_value *row, igd_arena *mem)
{
    igd_value *values = IGD_NEW_ARRAY(mem, igd_value, link->columns.len);
    for (size_t n = 0; n < link->columns.len; n++)
        values[n] = row[link->values[n]];
    return values;
}

int igd_sql_link_has(igd_sql_target *target, igd_sql_link *link, const igd_value *row, bool *out,
                     igd_error *err)
{
    int rc = IGD_OK;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    if (!link->exists) {
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        igd_sql_exists(target->dialect, link->other->name, &link->columns, &sql);
        rc = igd_sql_prepare(target, &link->exists, &sql, link->other, err);
    }
    uint64_t rows = 0;
    if (!rc)
        rc = target->ops->run(link->exists, igd_sql_link_values(link, row, mem), link->columns.len,
                              &rows, err);
    if (!rc)
        *out = rows > 0;
    return rc;
}

int igd_sql_is_there(igd_sql_target *target, igd_sql_link *link, const igd_value *row, bool *out,
                     igd_error *err)
{
    *out = true;
    for (size_t n = 0; n < link->columns.len; n++)
        if (row[link->values[n]].kind == IGD_NULL)
            return IGD_OK; /* refers to nothing */
    return igd_sql_link_has(target, link, row, out, err);
}

igd_str igd_sql_row_name(const igd_table *table, const igd_value *row, igd_arena *mem)
{
    igd_str key = igd_row_key_json(table, row, mem);
    return igd_arena_printf(mem, "%.*s\n%.*s", IGD_STR_ARG(table->name), IGD_STR_ARG(key));
}

igd_str igd_sql_link_name(const igd_sql_link *link, const igd_value *row, igd_arena *mem)
{
    igd_value *key = IGD_NEW_ARRAY(mem, igd_value, link->other->key_count);
    for (size_t n = 0; n < link->columns.len; n++) {
        ptrdiff_t at = igd_table_column(link->other, link->columns.items[n]);
        if (at >= 0 && at < (ptrdiff_t)link->other->key_count)
            key[at] = row[link->values[n]];
    }
    return igd_sql_row_name(link->other, key, mem);
}
