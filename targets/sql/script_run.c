/*
 * What applying a script needs of an SQL engine: running it, and the rows with given keys.
 */
#include "targets/sql/sql_target.h"

int igd_sql_script_run(igd_target *base, const igd_script_statement *statement,
                       igd_script_output *output, void *payload, igd_error *err)
{
    igd_sql_target *target = (igd_sql_target *)base;
    if (!target->locked)
        return igd_fail(err, IGD_E_BUG, "a script without the lock");
    /* Also before its BEGIN: rollback has to put back what it sets on the connection. */
    target->in_transaction = true;
    return target->ops->script(target, statement, output, payload, err);
}

/* ---- rows by key ---- */

#define KEYS_OF_A_QUERY 64 /* each is a term of OR: engines limit how deep an expression is */

/* WHERE (a = ?1 AND b = ?2) OR ... */
static void where_keys(const igd_dialect *dialect, const igd_table *table, size_t count,
                       igd_buf *sql)
{
    size_t parameter = 0;
    igd_buf_puts(sql, " WHERE ");
    for (size_t n = 0; n < count; n++) {
        igd_buf_puts(sql, n ? " OR (" : "(");
        for (size_t c = 0; c < table->key_count; c++) {
            igd_buf_puts(sql, c ? " AND " : "");
            igd_sql_name(dialect, table->columns[c].name, sql);
            igd_buf_puts(sql, " = ");
            dialect->parameter(++parameter, sql);
        }
        igd_buf_byte(sql, ')');
    }
}

int igd_sql_lookup(igd_target *base, const igd_table *table, const igd_value *keys, size_t count,
                   igd_scan_callback *callback, void *payload, igd_error *err)
{
    igd_sql_target *target = (igd_sql_target *)base;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_str_list present = {0};
    int rc = target->ops->columns(target, table->name, scratch, &present, err);
    if (!rc && present.len == 0)
        return igd_fail(err, IGD_E_TARGET, "table '%.*s' is not in the target",
                        IGD_STR_ARG(table->name));
    igd_kind *kinds = IGD_NEW_ARRAY(scratch, igd_kind, table->column_count);
    for (size_t n = 0; n < table->column_count; n++)
        kinds[n] = table->columns[n].type.kind;
    for (size_t at = 0; !rc && at < count; at += KEYS_OF_A_QUERY) {
        size_t now = count - at < KEYS_OF_A_QUERY ? count - at : KEYS_OF_A_QUERY;
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        igd_sql_select(target->dialect, table, &present, false, &sql);
        where_keys(target->dialect, table, now, &sql);
        igd_sql_query query = {.sql = igd_buf_view(&sql),
                               .params = keys + at * table->key_count,
                               .param_count = now * table->key_count,
                               .kinds = kinds,
                               .column_count = table->column_count,
                               .callback = callback,
                               .payload = payload};
        rc = target->ops->query(target, &query, err);
    }
    return rc;
}
