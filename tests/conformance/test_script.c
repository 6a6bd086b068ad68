/*
 * Scripts: statements of others in a transaction of their own, rows by key, and the table of
 * applied scripts.
 */
#include <string.h>

#include "suite.h"
#include "tests.h"

/* Those of stores are made by generate only: tests/cli/test_scripts_stores.c. */
static bool has_scripts(suite *s)
{
    suite_ready(s);
    return (s->target->caps & IGD_CAP_SCRIPT) && s->driver->sql;
}

static int run(suite *s, const char *text)
{
    igd_script_statement statement = {.text = igd_str_from(text), .line = 1};
    if (strncmp(text, "BEGIN", 5) == 0)
        statement.role = IGD_SCRIPT_BEGIN;
    if (strcmp(text, "COMMIT;") == 0)
        statement.role = IGD_SCRIPT_COMMIT;
    return s->target->driver->script_run(s->target, &statement, NULL, NULL, &s->err);
}

static void need(suite *s, const char *query, const char *wanted)
{
    const char *got = suite_ask(s, query);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s: '%s', not '%s'", query, got, wanted);
}

void script_is_one_transaction(void **state)
{
    suite *s = *state;
    if (!has_scripts(s))
        return;
    suite_sql(s, "CREATE TABLE t (a INTEGER)");
    suite_ok(s, run(s, "BEGIN;"));
    suite_ok(s, run(s, "INSERT INTO t VALUES (1);"));
    suite_ok(s, run(s, "INSERT INTO t VALUES (2); -- the second"));
    suite_ok(s, run(s, "COMMIT;"));
    need(s, "SELECT sum(a) FROM t", "3");
    s->target->driver->rollback(s->target);
    need(s, "SELECT sum(a) FROM t", "3");

    suite_ok(s, run(s, "BEGIN;"));
    suite_ok(s, run(s, "INSERT INTO t VALUES (4);"));
    s->target->driver->rollback(s->target);
    need(s, "SELECT sum(a) FROM t", "3");
}

/* The same that a server may have for all sessions. */
void settings_are_put_back(void **state)
{
    suite *s = *state;
    if (!suite_does_all(s, SUITE_CUTS_ANSWERS))
        suite_skip(s, "answers are not cut");
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key");
    igd_schema schema = suite_schema(s, 1, t);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, NULL, 0));
    suite_sql(s, "INSERT INTO t VALUES ('a'), ('b')");
    suite_ok(s, run(s, "BEGIN;"));
    suite_ok(s, run(s, "SET SESSION sql_select_limit = 1, sql_safe_updates = 1;"));
    s->target->driver->rollback(s->target);
    assert_string_equal(suite_dump(s, t).ptr, "a\nb\n");
}

void script_needs_the_lock(void **state)
{
    suite *s = *state;
    if (!has_scripts(s))
        return;
    suite_sql(s, "CREATE TABLE t (a INTEGER)");
    s->target->driver->unlock(s->target);
    suite_fails(s, IGD_E_BUG, run(s, "BEGIN;"));
    suite_ok(s, s->target->driver->lock(s->target, 0, &s->err));

    /* Somebody takes it away. */
    suite_ok(s, run(s, "BEGIN;"));
    suite_ok(s, run(s, "INSERT INTO t VALUES (1);"));
    igd_target *other = suite_open(s, IGD_OPEN_READ, "other");
    suite_ok(s, other->driver->break_lock(other, &s->err));
    igd_target_close(other);
    suite_fails_ended(s, run(s, "COMMIT;"));
    s->target->driver->rollback(s->target);
    need(s, "SELECT count(*) FROM t", "0");
    suite_fails_ended(s, run(s, "BEGIN;"));
    s->target->driver->rollback(s->target);
}

void script_that_fails_leaves_nothing(void **state)
{
    suite *s = *state;
    if (!has_scripts(s))
        return;
    suite_sql(s, "CREATE TABLE t (a INTEGER UNIQUE)");
    suite_ok(s, run(s, "BEGIN;"));
    suite_ok(s, run(s, "INSERT INTO t VALUES (1);"));
    suite_fails(s, IGD_E_TARGET, run(s, "INSERT INTO t VALUES (1);"));
    suite_says(s, suite_word(s, "duplicate_said"));
    s->target->driver->rollback(s->target);
    suite_fails(s, IGD_E_TARGET, run(s, "INSERT INTO no_such_table VALUES (1);"));
    suite_fails(s, IGD_E_TARGET, run(s, "this is no SQL;"));
    s->target->driver->rollback(s->target);
    need(s, "SELECT count(*) FROM t", "0");
}

void script_stays_inside_its_transaction(void **state)
{
    suite *s = *state;
    if (!has_scripts(s))
        return;
    suite_sql(s, "CREATE TABLE t (a INTEGER)");
    suite_fails(s, IGD_E_FORMAT, run(s, "INSERT INTO t VALUES (1);"));
    suite_fails(s, IGD_E_FORMAT, run(s, "COMMIT;"));
    suite_fails(s, IGD_E_FORMAT, run(s, "SELECT 1; SELECT 2;"));
    suite_fails(s, IGD_E_FORMAT, run(s, "SAVEPOINT a;"));
    s->target->driver->rollback(s->target);
    suite_ok(s, run(s, "BEGIN;"));
    suite_fails(s, IGD_E_FORMAT, run(s, "BEGIN;"));
    suite_ok(s, run(s, "INSERT INTO t VALUES (1);"));
    suite_fails(s, IGD_E_FORMAT, run(s, "ROLLBACK;"));
    s->target->driver->rollback(s->target);
    need(s, "SELECT count(*) FROM t", "0");
    suite_ok(s, run(s, "SELECT 1;"));
    suite_ok(s, run(s, "-- nothing\n"));
    s->target->driver->rollback(s->target);
}

static void take_line(igd_str line, void *payload)
{
    igd_buf *to = payload;
    igd_buf_str(to, line);
    igd_buf_byte(to, '\n');
}

void script_answers(void **state)
{
    suite *s = *state;
    if (!has_scripts(s))
        return;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_script_statement statement = {
        .text = IGD_STR("SELECT 'ok', 1, NULL UNION ALL SELECT 'wrong', 2, 'x';")};
    suite_ok(s, s->target->driver->script_run(s->target, &statement, take_line, &text, &s->err));
    assert_string_equal(text.ptr, "ok|1|\nwrong|2|x\n");
    s->target->driver->rollback(s->target);
}

static int take_row(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    igd_buf *to = payload;
    igd_buf_printf(to, "%.*s/%.*s=%s ", IGD_STR_ARG(row[0].text), IGD_STR_ARG(row[1].text),
                   row[3].kind == IGD_NULL ? "-" : "?");
    return IGD_OK;
}

void rows_are_found_by_key(void **state)
{
    suite *s = *state;
    if (!has_scripts(s))
        return;
    igd_table *table = suite_table(s, "t", "a key, b key, n int, gone string");
    igd_schema schema = suite_schema(s, 1, table);
    igd_change_list changes = {0};
    for (int n = 0; n < 300; n++) {
        const igd_value *row = suite_row(s, table, n % 2 ? "x" : "y",
                                         igd_arena_printf(s->mem, "k%03d", n).ptr, "1", NULL);
        IGD_PUSH(s->mem, &changes, suite_put(table, row));
    }
    suite_ok(s, suite_run(s, "one", "c1", NULL, &schema, changes.items, changes.len));
    suite_sql(s, "ALTER TABLE t DROP COLUMN gone");

    IGD_LIST(igd_value) keys = {0};
    for (int n = 0; n < 300; n += 2) {
        IGD_PUSH(s->mem, &keys, igd_value_string(IGD_STR("x"))); /* half of them: none of these */
        IGD_PUSH(s->mem, &keys, igd_value_string(igd_arena_printf(s->mem, "k%03d", n / 2)));
    }
    IGD_CLEANUP(igd_buf)
    igd_buf found = IGD_BUF_INIT, wanted = IGD_BUF_INIT;
    suite_ok(s, s->target->driver->lookup(s->target, table, keys.items, keys.len / 2, take_row,
                                          &found, &s->err));
    size_t rows = 0;
    for (int n = 1; n < 150; n += 2, rows++) {
        igd_buf_clear(&wanted);
        igd_buf_printf(&wanted, "x/k%03d=- ", n);
        assert_non_null(strstr(found.ptr, wanted.ptr));
    }
    assert_int_equal(found.len, rows * wanted.len);
    igd_buf_free(&wanted);
    suite_ok(s, s->target->driver->lookup(s->target, table, NULL, 0, take_row, &found, &s->err));
    igd_table *none = suite_table(s, "none", "a key");
    suite_fails(s, IGD_E_TARGET,
                s->target->driver->lookup(s->target, none, keys.items, 1, take_row, &found,
                                          &s->err));
}

static igd_migration some_migration(void)
{
    return (igd_migration){.id = IGD_STR("run-1"),
                           .version = IGD_STR("c1"),
                           .name = IGD_STR("up.sql"),
                           .checksum = IGD_STR("abc"),
                           .applied_at = IGD_STR("2026-01-01T00:00:00Z"),
                           .applied_by = IGD_STR("me@here"),
                           .execution_ms = 12,
                           .status = IGD_STR("applied"),
                           .source = IGD_STR("shop")};
}

static igd_str store(suite *s, const igd_migration *migration)
{
    igd_str table = {0};
    suite_ok(s, s->target->driver->migration_store(s->target, migration, &table, &s->err));
    return table;
}

void scripts_are_recorded(void **state)
{
    suite *s = *state;
    if (!has_scripts(s))
        return;
    igd_migration migration = some_migration();
    assert_true(igd_str_is(store(s, &migration), "schema_migrations"));
    need(s,
         "SELECT id || version || name || checksum || execution_ms || status || batch FROM "
         "schema_migrations WHERE error_message IS NULL AND rollback_checksum IS NULL",
         "run-1c1up.sqlabc12applied1");

    /* With the script, or not at all. */
    migration.id = IGD_STR("run-2");
    suite_ok(s, run(s, "BEGIN;"));
    store(s, &migration);
    s->target->driver->rollback(s->target);
    need(s, "SELECT count(*) FROM schema_migrations", "1");
    suite_ok(s, run(s, "BEGIN;"));
    store(s, &migration);
    suite_ok(s, run(s, "COMMIT;"));
    need(s, "SELECT max(batch) FROM schema_migrations", "2");

    migration.status = IGD_STR("rolled_back");
    migration.rollback_checksum = IGD_STR("def");
    migration.version = IGD_STR("other");
    migration.update = true;
    store(s, &migration);
    need(s,
         "SELECT version || status || rollback_checksum || batch FROM schema_migrations WHERE id "
         "= 'run-2'",
         "c1rolled_backdef2");
    migration.id = IGD_STR("run-3");
    store(s, &migration);
    need(s, "SELECT version || status || batch FROM schema_migrations WHERE id = 'run-3'",
         "otherrolled_back3");
}

void table_of_another_tool_is_left_alone(void **state)
{
    suite *s = *state;
    if (!has_scripts(s))
        return;
    igd_migration migration = some_migration();
    suite_sql(s, "CREATE TABLE schema_migrations (version INTEGER, dirty INTEGER)");
    assert_true(igd_str_is(store(s, &migration), "ingitdb_migrations"));
    need(s, "SELECT count(*) FROM schema_migrations", "0");
    need(s, "SELECT status FROM ingitdb_migrations", "applied");
    igd_str table;
    suite_sql(s, "ALTER TABLE ingitdb_migrations RENAME COLUMN batch TO lot");
    suite_fails(s, IGD_E_FORMAT,
                s->target->driver->migration_store(s->target, &migration, &table, &s->err));
}
