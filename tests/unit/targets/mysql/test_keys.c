/*
 * Servers that refuse tables without a primary key (sql_require_primary_key,
 * innodb_force_primary_key): each table that a run makes has one, also those that it drops again.
 */
#include "server.h"

static igd_table *items(void)
{
    igd_table *table = IGD_NEW(mem, igd_table);
    *table = (igd_table){.name = IGD_STR("items"),
                         .collection = IGD_STR("items"),
                         .columns = IGD_NEW_ARRAY(mem, igd_column, 2),
                         .column_count = 2,
                         .key_count = 1};
    table->columns[0] = (igd_column){
        .name = IGD_STR("id"), .type.kind = IGD_STRING, .not_null = true, .key_text = true};
    table->columns[1] = (igd_column){.name = IGD_STR("n"), .type.kind = IGD_INT};
    igd_table_finish(table, mem);
    return table;
}

/* A run that stages a row, with `expand` whatever it makes of tables. */
static void run(igd_target *target, const igd_plan *plan, const igd_source_state *was,
                const igd_source_state *mark, const igd_source_state *next,
                const igd_change *change)
{
    const igd_target_driver *driver = target->driver;
    igd_begin begin = {.source = IGD_STR("demo"), .expected = was, .plan = plan, .mark = mark};
    need(driver->begin(target, &begin, &err));
    need(driver->schema_apply(target, plan, IGD_PART_EXPAND, &err));
    need(driver->apply(target, change->table, change, 1, &err));
    need(driver->schema_apply(target, plan, IGD_PART_CONTRACT, &err));
    need(driver->commit(target, next, &err));
}

static void tables_have_keys(void **state IGD_UNUSED)
{
    igd_mysql *it = opened(IGD_OPEN_WRITE);
    igd_target *target = &it->sql.base;
    if (!it->mariadb) /* MariaDB's is the server's, whose other users it would disturb */
        need(igd_mysql_exec(&it->sql, "SET SESSION sql_require_primary_key = 1", &err));
    igd_schema none = {0}, schema = {items(), 1};
    igd_plan plan;
    igd_plan_make(&none, &schema, 64, mem, &plan);
    igd_source_state next = {.source = IGD_STR("demo"),
                             .format_version = IGD_STATE_FORMAT,
                             .run_id = IGD_STR("run"),
                             .status = IGD_STR(IGD_STATE_SYNCED)};
    igd_source_state mark = next;
    mark.status = IGD_STR(IGD_STATE_IN_PROGRESS);
    igd_value row[] = {igd_value_string(IGD_STR("a")), igd_value_int(1)};
    igd_change change = {
        .kind = IGD_INSERT, .base_known = true, .table = schema.tables, .now = row};
    need(target->driver->lock(target, 0, &err));
    run(target, &plan, NULL, &mark, &next, &change);
    assert_string_equal(server_ask("SELECT count(*) FROM items").ptr, "1");
    assert_string_equal(
        server_ask("SELECT count(*) FROM information_schema.tables t WHERE table_schema = "
                   "database() AND NOT EXISTS (SELECT 1 FROM information_schema.table_constraints "
                   "c WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name AND "
                   "c.constraint_type = 'PRIMARY KEY')")
            .ptr,
        "0");
    igd_target_close(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_have_keys),
    };
    SERVER_RUN_GROUP("mysql keys", tests);
}
