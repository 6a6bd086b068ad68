/*
 * The law of edits where schema changes commit by themselves: whatever instant a run dies at whose
 * plan makes a column anew, what somebody wrote there is in the target or in the record.
 *
 *     IGD_LAW_TARGET=mariadb tests/servers/run tests/law_test_law_foresee
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka.h"
#include "tests/support/database.h"
#include "tests/support/db_dump.h"
#include "tests/support/repo_builder.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

static repo_builder *builder;
static char *directory, *database;
static const char *before_id, *after_id, *other_id;

#define DEFINITION                                                            \
    "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}" \
    "\ncolumns:\n  name: {type: string}\n  stock: {type: "

static const char *put(const char *type, const char *quote)
{
    char text[256];
    snprintf(text, sizeof(text), DEFINITION "%s, required: true}\n", type);
    repo_put(builder, "items/.collection/definition.yaml", text);
    for (int n = 0; n < 12; n++) {
        char path[64];
        snprintf(path, sizeof(path), "items/$records/i%02d.yaml", n);
        snprintf(text, sizeof(text), "name: n%d\nstock: %s%d%s\n", n, quote, 100 + n, quote);
        repo_put(builder, path, text);
    }
    return repo_commit(builder, type);
}

static int setup(void **state)
{
    (void)state;
    directory = temp_dir_new();
    assert_true(asprintf(&database, "%s/foresee.db", directory) > 0);
    builder = repo_builder_new();
    repo_put(builder, ".ingitdb/root-collections.yaml", "items: items\n");
    before_id = put("string", "'");
    after_id = put("int", "");
    other_id = put("float", "");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    repo_builder_free(builder);
    temp_dir_free(directory);
    free(database);
    return 0;
}

/* ---- runs that die ---- */

static igd_target_driver dying;
static enum { LIVES, DIES_AT_SCHEMA, DIES_AT_ROWS } death;

static int die(igd_error *err)
{
    return igd_fail(err, IGD_E_TARGET, "died");
}

static int no_schema(igd_target *target, const igd_plan *plan, igd_part part, igd_error *err)
{
    (void)target, (void)plan, (void)part;
    return die(err);
}

static int no_rows(igd_target *target, const igd_table *table, const igd_change *changes,
                   size_t count, igd_error *err)
{
    (void)target, (void)table, (void)changes, (void)count;
    return die(err);
}

static void on_open(igd_target *target)
{
    dying = *target->driver;
    if (death == DIES_AT_SCHEMA)
        dying.schema_apply = no_schema;
    else if (death == DIES_AT_ROWS)
        dying.apply = no_rows;
    target->driver = &dying;
}

static int sync_to(const char *commit, igd_on_conflict on, igd_error *err)
{
    igd_sync_options options = sync_run_options(commit);
    options.on_conflict = on;
    sync_run run = sync_run_without(repo_path(builder), database, &options, IGD_CAP_DDL_IN_TX);
    int code = run.code;
    *err = run.err;
    sync_run_free(&run);
    return code;
}

static int sync_on(igd_on_conflict on, igd_error *err)
{
    return sync_to(after_id, on, err);
}

static void need(const char *sql, const char *wanted)
{
    char *got = db_query(database, sql);
    assert_string_equal(got, wanted);
    free(got);
}

static void start_edited(void)
{
    sync_run_ok(repo_path(builder), database, before_id);
    db_exec(database, "UPDATE items SET stock = 'lots' WHERE id = 'i03'");
}

static void nothing_is_written(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    start_edited();
    for (int n = 0; n < 2; n++) {
        assert_int_equal(sync_on(IGD_CONFLICT_FAIL, &err), IGD_E_CONFLICT);
        assert_non_null(strstr(err.message, "key 'i03': somebody changed the row"));
        need("SELECT count(*) FROM items WHERE stock = 'lots'", "1");
        need("SELECT count(*) FROM ingitdb_sync_state WHERE status = 'in_progress'", "0");
    }
    assert_int_equal(sync_on(IGD_CONFLICT_TARGET, &err), IGD_E_CONFLICT);
    assert_non_null(strstr(err.message, "must not be null: items/i03"));
    need("SELECT count(*) FROM items WHERE stock = 'lots'", "1");
    assert_int_equal(sync_on(IGD_CONFLICT_SOURCE, &err), IGD_OK);
    need("SELECT count(*) FROM ingitdb_sync_conflicts WHERE old LIKE '%lots%'", "1");
}

static void nobody_else_is_met(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    sync_run_ok(repo_path(builder), database, before_id);
    assert_int_equal(sync_on(IGD_CONFLICT_FAIL, &err), IGD_OK);
    need("SELECT count(*) FROM items WHERE stock = 103", "1");
}

static void die_and_go_on(int when)
{
    igd_error err = IGD_ERROR_INIT;
    start_edited();
    death = when;
    assert_int_equal(sync_on(IGD_CONFLICT_SOURCE, &err), IGD_E_TARGET);
    death = LIVES;
    need("SELECT count(*) FROM ingitdb_sync_state WHERE status = 'in_progress'", "1");
    for (int n = 0; n < 2; n++) {
        assert_int_equal(sync_on(n ? IGD_CONFLICT_TARGET : IGD_CONFLICT_FAIL, &err),
                         IGD_E_CONFLICT);
        assert_non_null(strstr(err.message, "alone has what somebody wrote"));
        assert_non_null(strstr(err.message, "items/i03"));
    }
    assert_int_equal(sync_on(IGD_CONFLICT_SOURCE, &err), IGD_OK);
    need("SELECT count(*) FROM ingitdb_sync_conflicts", "1");
    need("SELECT count(*) FROM ingitdb_sync_conflicts WHERE old LIKE '%lots%'", "1");
    need("SELECT count(*) FROM items WHERE stock = 103", "1");
}

static void dead_before_the_exchange(void **state)
{
    (void)state;
    die_and_go_on(DIES_AT_SCHEMA);
}

static void dead_after_the_exchange(void **state)
{
    (void)state;
    die_and_go_on(DIES_AT_ROWS);
}

/* Which commit a column is of cannot be told any more: who is asked for says so, who is not is
 * warned. */
static void dead_on_the_way_to_two(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    start_edited();
    death = DIES_AT_ROWS;
    assert_int_equal(sync_to(after_id, IGD_CONFLICT_SOURCE, &err), IGD_E_TARGET);
    assert_int_equal(sync_to(other_id, IGD_CONFLICT_SOURCE, &err), IGD_E_TARGET);
    death = LIVES;
    for (int n = 0; n < 2; n++) {
        assert_int_equal(sync_to(other_id, n ? IGD_CONFLICT_TARGET : IGD_CONFLICT_FAIL, &err),
                         IGD_E_CONFLICT);
        assert_non_null(strstr(err.message, "nobody can tell whether somebody edited column"));
    }
    assert_int_equal(sync_to(other_id, IGD_CONFLICT_SOURCE, &err), IGD_OK);
    need("SELECT count(*) FROM items WHERE stock = 103", "1");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    database_need_engine();
    sync_run_on_open = on_open;
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_written),      TEST(nobody_else_is_met),     TEST(dead_before_the_exchange),
        TEST(dead_after_the_exchange), TEST(dead_on_the_way_to_two),
    };
    return cmocka_run_group_tests_name("foresee", tests, NULL, NULL);
}
