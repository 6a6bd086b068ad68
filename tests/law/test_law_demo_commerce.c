/*
 * The law on real data: syncing A and then B leaves what a fresh sync of B leaves.
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
#include "tests/support/held_aside.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

#define JUMPS 100

static demo_commerce *demo;
static char *dir;
static char *fresh[DEMO_COMMITS]; /* what a fresh sync of each repaired commit leaves */

static char *database(const char *name)
{
    return path_join(dir, name);
}

static int setup(void **state)
{
    (void)state;
    dir = temp_dir_new();
    for (int n = 0; n < DEMO_COMMITS; n++) {
        char name[32];
        snprintf(name, sizeof(name), "fresh%d.db", n);
        char *path = database(name);
        sync_run_ok(demo->path, path, demo->repaired[n]);
        fresh[n] = db_dump(path, 1);
        free(path);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (int n = 0; n < DEMO_COMMITS; n++)
        free(fresh[n]);
    temp_dir_free(dir);
    return 0;
}

static void assert_fresh(const char *path, int commit)
{
    char *now = db_dump(path, 1), what[64];
    snprintf(what, sizeof(what), "commit %d", commit + 1);
    db_assert_equal(now, fresh[commit], what);
    free(now);
}

static void commits_in_order(void **state)
{
    (void)state;
    char *path = database("order.db");
    for (int n = 0; n < DEMO_COMMITS; n++) {
        igd_table_counts total = sync_run_ok(demo->path, path, demo->repaired[n]);
        assert_fresh(path, n);
        if (n == 0)
            assert_true(total.inserted > 250);
        /* 010c648 turns `id` into `$ID`, 3f18b72 moves every collection: no value changes. */
        if (n == 5 || n == 8)
            assert_int_equal(total.inserted + total.updated + total.deleted, 0);
    }
    free(path);
}

static void random_jumps(void **state)
{
    (void)state;
    char *path = database("jumps.db");
    unsigned seed = 20260101;
    for (int n = 0; n < (int)database_rounds(JUMPS); n++) {
        int to = (int)(rand_r(&seed) % DEMO_COMMITS);
        sync_run_ok(demo->path, path, demo->repaired[to]);
        assert_fresh(path, to);
    }
    free(path);
}

static void second_sync_changes_nothing(void **state)
{
    (void)state;
    char *path = database("twice.db");
    sync_run_ok(demo->path, path, demo->repaired[11]);
    char *before = db_dump(path, 1);
    igd_sync_options options = sync_run_options(demo->repaired[11]);
    sync_run run = sync_run_into(demo->path, path, &options);
    assert_int_equal(run.code, IGD_OK);
    assert_true(run.result.up_to_date);
    sync_run_free(&run);
    char *after = db_dump(path, 1);
    db_assert_equal(before, after, "second sync");
    free(before);
    free(after);
    free(path);
}

static size_t count_code(const igd_problems *problems, const char *code)
{
    size_t count = 0;
    for (size_t n = 0; n < problems->len; n++)
        count += problems->items[n].severity == IGD_PROBLEM_INVALID &&
                 strcmp(problems->items[n].code, code) == 0;
    return count;
}

/* As published: four names cannot be read, thirteen order details refer to them. */
static void as_it_is_fails(void **state)
{
    (void)state;
    for (int n = 0; n < DEMO_COMMITS - 1; n++) {
        char name[32];
        snprintf(name, sizeof(name), "fail%d.db", n);
        char *path = database(name);
        igd_sync_options options = sync_run_options(demo->commits[n]);
        sync_run run = sync_run_into(demo->path, path, &options);
        assert_int_equal(run.code, IGD_E_INVALID);
        assert_int_equal(igd_code_exit_status((igd_code)run.code), 3);
        assert_int_equal(count_code(&run.result.problems, "parse"), 4);
        assert_int_equal(count_code(&run.result.problems, "reference"), 13);
        for (size_t p = 0; p < run.result.problems.len; p++)
            if (strcmp(run.result.problems.items[p].code, "reference") == 0)
                assert_true(igd_str_starts(run.result.problems.items[p].caused_by,
                                           IGD_STR("products/prod0")));
        char *tables = db_dump(path, 0);
        assert_string_equal(tables, "");
        free(tables);
        sync_run_free(&run);
        free(path);
    }
    char *path = database("clean.db");
    sync_run_ok(demo->path, path, demo->commits[11]);
    free(path);
}

/* What is counted: by SQL, and in a store the keys that have two words in their names, in front and
 * anywhere, and a text in their values. */
typedef struct counted {
    const char *sql;
    bool books;
    const char *begins, *part, *value;
} counted;

static const counted products = {"products", false, "products", "", ""};
static const counted details = {"orders_order_details", false, "orders", "order_details", ""};
static const counted held = {"ingitdb_sync_held", true, "ingitdb_sync_held", "", ""};
static const counted held_with_row = {"ingitdb_sync_held WHERE row_digest <> ''", true,
                                      "ingitdb_sync_held", "", "\"row_digest\":\""};
static const counted conflicts = {"ingitdb_sync_conflicts", true, "ingitdb_sync_conflicts", "", ""};
static const counted degraded = {"ingitdb_sync_state WHERE status = 'degraded'", true,
                                 "ingitdb_sync_state", "", "\"status\":\"degraded\""};
static const counted synced = {"ingitdb_sync_state WHERE status = 'synced'", true,
                               "ingitdb_sync_state", "", "\"status\":\"synced\""};

static bool is_counted(const counted *what, char *line)
{
    char *value = strstr(line, " = ");
    size_t len = strlen(what->begins);
    if (!value || strncmp(line, what->begins, len) != 0 || !strchr(":/", line[len]))
        return false;
    *value = 0;
    return strstr(line + len, what->part) && strstr(value + 1, what->value);
}

static long count_in_store(const char *path, const counted *what)
{
    char *url = database_url(path),
         *all = database_engine()->dump(url, what->books ? ENGINE_BOOKS : ENGINE_RECORDS);
    long count = 0;
    for (char *rest = all, *line; (line = strsep(&rest, "\n"));)
        count += is_counted(what, line);
    free(all);
    free(url);
    return count;
}

static long count_by_sql(const char *path, const counted *what)
{
    char sql[128];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", what->sql);
    char *got = db_query(path, sql);
    long count = strtol(got, NULL, 10);
    free(got);
    return count;
}

static void assert_count(const char *path, const counted *what, long wanted)
{
    long count = database_engine()->dump ? count_in_store(path, what) : count_by_sql(path, what);
    if (count != wanted)
        fail_msg("%s: %ld, not %ld", what->sql, count, wanted);
}

static void as_it_is_skips(void **state)
{
    (void)state;
    char *path = database("skip.db");
    igd_sync_options options = sync_run_options(demo->commits[10]);
    options.on_invalid = IGD_INVALID_SKIP;
    sync_run run = sync_run_into(demo->path, path, &options);
    assert_int_equal(run.code, IGD_OK);
    assert_int_equal(run.result.held, 17);
    sync_run_free(&run);
    assert_count(path, &products, 26);
    assert_count(path, &details, 81);
    assert_count(path, &held, 17);
    assert_count(path, &degraded, 1);
    /* The next commit repairs them. */
    sync_run_ok(demo->path, path, demo->commits[11]);
    assert_count(path, &products, 30);
    assert_count(path, &details, 94);
    assert_count(path, &held, 0);
    assert_count(path, &synced, 1);
    char *clean = database("skip_clean.db");
    sync_run_ok(demo->path, clean, demo->commits[11]);
    char *left = db_dump(path, 1), *right = db_dump(clean, 1);
    db_assert_equal(left, right, "after repair");
    free(left);
    free(right);
    free(clean);
    free(path);
}

static void sync_skipping(const char *path, const char *commit)
{
    igd_sync_options options = sync_run_options(commit);
    options.on_invalid = IGD_INVALID_SKIP;
    sync_run run = sync_run_into(demo->path, path, &options);
    if (run.code != IGD_OK)
        fail_msg("%s: %s", commit, run.err.message);
    sync_run_free(&run);
}

/* Back to the broken names: rows that were repaired meanwhile stay as they are. */
static void back_and_forth(void **state)
{
    (void)state;
    char *path = database("back.db");
    sync_skipping(path, demo->commits[10]);
    sync_skipping(path, demo->commits[11]);
    sync_skipping(path, demo->commits[0]);
    assert_count(path, &products, 30);
    assert_count(path, &details, 94);
    assert_count(path, &held_with_row, 17);
    assert_count(path, &held, 17);
    char *other = database("back_fresh.db");
    sync_skipping(other, demo->commits[0]);
    assert_count(other, &products, 26);
    assert_count(other, &details, 81);
    assert_equal_but_held(path, other, "back at the first commit");
    /* Healing finds the rows as they were left: nobody has edited them. */
    sync_skipping(path, demo->commits[11]);
    assert_count(path, &conflicts, 0);
    assert_count(path, &held, 0);
    sync_skipping(other, demo->commits[11]);
    char *left = db_dump(path, 1), *right = db_dump(other, 1);
    db_assert_equal(left, right, "healed");
    free(left);
    free(right);
    free(other);
    free(path);
}

/* The bundle as it is, forwards and backwards. */
static void random_jumps_that_skip(void **state)
{
    (void)state;
    char *path = database("jumps_skip.db");
    char *other[DEMO_COMMITS] = {0};
    unsigned int seed = 20260101;
    for (int n = 0; n < (int)database_rounds(200); n++) {
        int to = (int)((seed = seed * 1103515245U + 12345U) >> 16) % DEMO_COMMITS;
        if (!other[to]) {
            char name[32];
            snprintf(name, sizeof(name), "skip_%d.db", to);
            other[to] = database(name);
            sync_skipping(other[to], demo->commits[to]);
        }
        sync_skipping(path, demo->commits[to]);
        assert_equal_but_held(path, other[to], demo->commits[to]);
    }
    assert_count(path, &conflicts, 0);
    for (int n = 0; n < DEMO_COMMITS; n++)
        free(other[n]);
    free(path);
}

int main(void)
{
    database_need_engine();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commits_in_order),
        cmocka_unit_test(random_jumps),
        cmocka_unit_test(second_sync_changes_nothing),
        cmocka_unit_test(as_it_is_fails),
        cmocka_unit_test(as_it_is_skips),
        cmocka_unit_test(back_and_forth),
        cmocka_unit_test(random_jumps_that_skip),
    };
    demo = demo_commerce_new();
    if (!demo)
        return 77;
    int failed = cmocka_run_group_tests_name("law on demo-commerce", tests, setup, teardown);
    demo_commerce_free(demo);
    return failed;
}
