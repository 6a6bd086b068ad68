/*
 * Full sync on a filled target: what others changed is found and repaired, with the same result as
 * a fresh sync.
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
#include "tests/support/demo_commerce.h"
#include "tests/support/repo_builder.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

static demo_commerce *demo;
static char *dir;

static igd_table_counts full_sync(const char *path, const char *ref)
{
    igd_sync_options options = sync_run_options(ref);
    options.mode = IGD_SYNC_FULL;
    sync_run run = sync_run_into(demo->path, path, &options);
    if (run.code != IGD_OK)
        fail_msg("%s", run.err.message);
    igd_table_counts total = run.result.total;
    sync_run_free(&run);
    return total;
}

static void assert_like_fresh(const char *path, const char *ref)
{
    char *clean = path_join(dir, "clean.db");
    database_remove(clean);
    sync_run_ok(demo->path, clean, ref);
    char *left = db_dump(path, 1), *right = db_dump(clean, 1);
    db_assert_equal(left, right, "repaired");
    free(left);
    free(right);
    free(clean);
}

static void equal_target(void **state)
{
    (void)state;
    char *path = path_join(dir, "equal.db");
    sync_run_ok(demo->path, path, demo->repaired[11]);
    igd_table_counts total = full_sync(path, demo->repaired[11]);
    assert_int_equal(total.inserted + total.updated + total.deleted, 0);
    assert_int_equal(total.unchanged, 303);
    assert_like_fresh(path, demo->repaired[11]);
    free(path);
}

static void edited_target(void **state)
{
    (void)state;
    char *path = path_join(dir, "edited.db");
    sync_run_ok(demo->path, path, demo->repaired[10]);
    char *shipper = db_query(path, "SELECT min(id) FROM shippers"), sql[128];
    snprintf(sql, sizeof(sql), "$keys_off DELETE FROM shippers WHERE id = '%s'", shipper);
    db_exec(path, sql);
    db_exec(path, "UPDATE currencies SET name = 'Euros' WHERE id = 'EUR';"
                  "INSERT INTO suppliers (id, name, email, country_id, is_active)"
                  " VALUES ('mine', 'By hand', 'a@b', 'US', TRUE);"
                  "ALTER TABLE orders ADD COLUMN note $text;"
                  "CREATE INDEX mine ON orders (note);");
    igd_table_counts total = full_sync(path, demo->repaired[10]);
    assert_int_equal(total.inserted, 1);
    assert_int_equal(total.updated, 1);
    assert_int_equal(total.deleted, 1);
    char *kept = db_query(path, "SELECT count(*) FROM $columns WHERE tab = 'orders' AND name = "
                                "'note'");
    assert_string_equal(kept, "1");
    free(kept);
    free(shipper);
    db_exec(path, "$drop_index(mine;orders); ALTER TABLE orders DROP COLUMN note;");
    assert_like_fresh(path, demo->repaired[10]);
    free(path);
}

/* Of such values the engine's digest is another one than ours: rows only there go all the same. */
static void values_that_columns_of_ours_never_have(void **state)
{
    (void)state;
    static const char *const strange[][2] = {
        {"postgres", "DATE 'infinity'"}, {"mariadb", "'0000-00-00'"}, {"mysql", "'0000-00-00'"}};
    const char *value = NULL;
    for (size_t n = 0; n < sizeof(strange) / sizeof(strange[0]); n++)
        if (strcmp(strange[n][0], database_engine()->name) == 0)
            value = strange[n][1];
    if (!value) {
        print_message("SKIPPED: no such values are known of %s\n", database_engine()->name);
        skip();
    }
    repo_builder *b = repo_builder_new();
    char *path = path_join(dir, "strange.db"), sql[256];
    repo_put(b, ".ingitdb/root-collections.yaml", "days: days\n");
    repo_put(b, "days/.collection/definition.yaml",
             "record_file: {name: days.jsonl, type: '[]map[string]any', format: jsonl}\n"
             "columns:\n  $ID: {type: string, required: true}\n  day: {type: date}\n");
    repo_put(b, "days/days.jsonl",
             "{\"$ID\": \"a\", \"day\": \"2024-01-01\"}\n"
             "{\"$ID\": \"b\", \"day\": \"2024-01-02\"}\n");
    const char *commit = repo_commit(b, "days");
    sync_run_ok(repo_path(b), path, commit);
    snprintf(sql, sizeof(sql),
             "$any_dates INSERT INTO days VALUES ('x', %s), ('y', NULL);"
             "UPDATE days SET day = %s WHERE id = 'b'",
             value, value);
    db_exec(path, sql);
    igd_sync_options options = sync_run_options(commit);
    options.mode = IGD_SYNC_FULL;
    sync_run run = sync_run_into(repo_path(b), path, &options);
    assert_int_equal(run.code, IGD_OK);
    assert_int_equal(run.result.total.deleted, 2);
    assert_int_equal(run.result.total.updated, 1);
    char *left = db_query(path, "SELECT count(*) FROM days");
    assert_string_equal(left, "2");
    free(left);
    sync_run_free(&run);
    free(path);
    repo_builder_free(b);
}

static void moved_and_edited(void **state)
{
    (void)state;
    for (int n = 0; n < DEMO_COMMITS; n++) {
        char name[32];
        snprintf(name, sizeof(name), "moved%d.db", n);
        char *path = path_join(dir, name);
        sync_run_ok(demo->path, path, demo->repaired[n]);
        db_exec(path, "UPDATE countries SET region = 'nowhere';"
                      "DROP TABLE tax_rates;");
        full_sync(path, demo->repaired[DEMO_COMMITS - 1 - n]);
        assert_like_fresh(path, demo->repaired[DEMO_COMMITS - 1 - n]);
        free(path);
    }
}

int main(void)
{
    database_need_engine();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_columns_of_ours_never_have),
    };
    const struct CMUnitTest on_demo[] = {
        cmocka_unit_test(equal_target),
        cmocka_unit_test(edited_target),
        cmocka_unit_test(moved_and_edited),
    };
    dir = temp_dir_new();
    demo = demo_commerce_new();
    int failed = cmocka_run_group_tests_name("compare", tests, NULL, NULL);
    if (demo)
        failed += cmocka_run_group_tests_name("compare demo-commerce", on_demo, NULL, NULL);
    temp_dir_free(dir);
    demo_commerce_free(demo);
    return failed;
}
