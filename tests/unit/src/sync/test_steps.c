/*
 * Runs in steps: what is known before the first of them, what is there after one that failed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka.h"
#include "sync/analyze.h"
#include "tests/support/db_dump.h"
#include "tests/support/repo_builder.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

typedef struct world {
    repo_builder *b;
    char *dir, *db;
    const char *first, *second;
} world;

#define DEFINITION                                                                                 \
    "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\ncolumns:\n  title: " \
    "{type: string}\n"

static void put(world *w, const char *key, const char *text)
{
    char path[64];
    snprintf(path, sizeof(path), "tags/$records/%s.yaml", key);
    repo_put(w->b, path, text);
}

static int setup(void **state)
{
    world *w = calloc(1, sizeof(*w));
    w->b = repo_builder_new();
    w->dir = temp_dir_new();
    w->db = path_join(w->dir, "t.db");
    repo_put(w->b, ".ingitdb/root-collections.yaml", "tags: tags\n");
    repo_put(w->b, "tags/.collection/definition.yaml", DEFINITION);
    put(w, "a", "title: A1\n");
    put(w, "b", "title: B1\n");
    put(w, "c", "title: C1\n");
    w->first = repo_commit(w->b, "first");
    put(w, "a", "title: A2\n");
    put(w, "b", "title: B2\n");
    put(w, "d", "title: D2\n");
    w->second = repo_commit(w->b, "second");
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world *w = *state;
    free(w->db);
    temp_dir_free(w->dir);
    repo_builder_free(w->b);
    free(w);
    return 0;
}

static igd_sync_options options_for(const char *ref)
{
    igd_sync_options options = sync_run_options(ref);
    options.batch_size = 1;
    return options;
}

static sync_run sync_steps(world *w, const igd_sync_options *options)
{
    return sync_run_without(repo_path(w->b), w->db, options, IGD_CAP_TRANSACTIONS);
}

static void sync_ok(world *w, const char *ref)
{
    igd_sync_options options = options_for(ref);
    sync_run run = sync_steps(w, &options);
    if (run.code)
        fail_msg("%s", run.err.message);
    sync_run_free(&run);
}

static void need(world *w, const char *sql, const char *wanted)
{
    char *found = db_query(w->db, sql);
    assert_string_equal(found, wanted);
    free(found);
}

#define TITLES "SELECT group_concat(title, ' ') FROM (SELECT title FROM tags ORDER BY id)"
#define STATUS "SELECT status FROM ingitdb_sync_state"

/* A trigger of the target stops the run in the middle. */
static void interrupt(world *w)
{
    sync_ok(w, w->first);
    db_exec(w->db, "CREATE TRIGGER stop BEFORE UPDATE ON tags WHEN NEW.id = 'b' BEGIN SELECT "
                   "raise(ABORT, 'stopped'); END");
    igd_sync_options options = options_for(w->second);
    sync_run run = sync_steps(w, &options);
    assert_int_equal(run.code, IGD_E_TARGET);
    assert_non_null(strstr(run.err.hint, "in progress"));
    sync_run_free(&run);
    db_exec(w->db, "DROP TRIGGER stop");
    need(w, TITLES, "A2 B1 C1");
    need(w, STATUS, "in_progress");
    need(w, "SELECT last_error LIKE '%stopped%' FROM ingitdb_sync_state", "1");
}

static void goes_on(void **state)
{
    world *w = *state;
    interrupt(w);
    char wanted[200];
    snprintf(wanted, sizeof(wanted), "%s %s %s", w->first, w->first, w->second);
    need(w,
         "SELECT commit_id || ' ' || base_commit_ids || ' ' || goal_commit_id FROM "
         "ingitdb_sync_state",
         wanted);
    sync_ok(w, w->second);
    need(w, TITLES, "A2 B2 C1 D2");
    need(w, STATUS, "synced");
    need(w, "SELECT count(*) FROM ingitdb_sync_conflicts", "0");
}

static void edits_are_conflicts(void **state)
{
    world *w = *state;
    interrupt(w);
    db_exec(w->db, "UPDATE tags SET title = 'mine' WHERE id = 'b'");
    igd_sync_options options = options_for(w->second);
    options.on_conflict = IGD_CONFLICT_FAIL;
    sync_run run = sync_steps(w, &options);
    assert_int_equal(run.code, IGD_E_CONFLICT);
    sync_run_free(&run);
    need(w, STATUS, "in_progress");
    options = options_for(w->second);
    options.on_conflict = IGD_CONFLICT_TARGET;
    run = sync_steps(w, &options);
    assert_int_equal(run.code, IGD_OK);
    sync_run_free(&run);
    need(w, TITLES, "A2 mine C1 D2");
    need(w, "SELECT group_concat(key || decision) FROM ingitdb_sync_conflicts", "[\"b\"]kept");
}

static void back_needs_consent(void **state)
{
    world *w = *state;
    interrupt(w);
    igd_sync_options options = options_for(w->first);
    options.allow_rewind = false;
    sync_run run = sync_steps(w, &options);
    assert_int_equal(run.code, IGD_E_REWIND);
    assert_non_null(strstr(run.err.message, "interrupted"));
    sync_run_free(&run);
    sync_ok(w, w->first);
    need(w, TITLES, "A1 B1 C1");
    need(w, "SELECT count(*) FROM ingitdb_sync_conflicts", "0");
}

/* Into an empty target: what is not there yet is nobody's delete. */
static void first_sync_goes_on(void **state)
{
    world *w = *state;
    sync_ok(w, w->first);
    char sql[300];
    snprintf(sql, sizeof(sql),
             "UPDATE ingitdb_sync_state SET commit_id = NULL, status = 'in_progress', "
             "base_commit_ids = '-', goal_commit_id = '%s', journal = (SELECT schema_json FROM "
             "ingitdb_sync_tables); DELETE FROM ingitdb_sync_tables; DELETE FROM tags WHERE id > "
             "'a'",
             w->first);
    db_exec(w->db, sql);
    sync_ok(w, w->second);
    need(w, TITLES, "A2 B2 C1 D2");
    need(w, "SELECT count(*) FROM ingitdb_sync_conflicts", "0");
}

/* The goal's objects are gone: what is of no commit at hand is a conflict. */
static void goal_is_gone(void **state)
{
    world *w = *state;
    interrupt(w);
    db_exec(w->db, "UPDATE ingitdb_sync_state SET goal_commit_id = "
                   "'1234567890123456789012345678901234567890'");
    put(w, "a", "title: A3\n");
    sync_ok(w, repo_commit(w->b, "third"));
    need(w, TITLES, "A3 B2 C1 D2");
    need(w, "SELECT group_concat(key || decision) FROM ingitdb_sync_conflicts",
         "[\"a\"]overwritten");
}

/* What a transaction would take back is known before the first step. */
static void nothing_is_begun_in_vain(void **state)
{
    world *w = *state;
    sync_ok(w, w->first);
    repo_delete(w->b, "tags/$records/a.yaml");
    repo_delete(w->b, "tags/$records/b.yaml");
    repo_delete(w->b, "tags/$records/c.yaml");
    repo_delete(w->b, "tags/$records/d.yaml");
    igd_sync_options options = options_for(repo_commit(w->b, "none"));
    options.allow_loss = 0;
    sync_run run = sync_steps(w, &options);
    assert_int_equal(run.code, IGD_E_MASS_DELETE);
    sync_run_free(&run);
    put(w, "a", "title: A4\n");
    put(w, "b", "title: [1]\n");
    put(w, "c", "title: C4\n");
    options = options_for(repo_commit(w->b, "invalid"));
    run = sync_steps(w, &options);
    assert_int_equal(run.code, IGD_E_INVALID);
    sync_run_free(&run);
    options = options_for(w->second);
    options.dry_run = IGD_DRY_EXECUTE;
    run = sync_steps(w, &options);
    assert_int_equal(run.code, IGD_E_USAGE);
    sync_run_free(&run);
    need(w, TITLES, "A1 B1 C1");
    need(w, "SELECT coalesce(goal_commit_id, 'none') FROM ingitdb_sync_state", "none");
}

static void verify_comes_after(void **state)
{
    world *w = *state;
    sync_ok(w, w->first);
    db_exec(w->db, "CREATE TRIGGER spoil AFTER UPDATE ON tags WHEN NEW.id = 'a' BEGIN UPDATE tags "
                   "SET title = 'spoilt' WHERE id = 'c'; END");
    igd_sync_options options = options_for(w->second);
    options.verify = true;
    sync_run run = sync_steps(w, &options);
    assert_int_equal(run.code, IGD_E_DIFFERS);
    assert_non_null(strstr(run.err.message, "done"));
    sync_run_free(&run);
    need(w, TITLES, "A2 B2 spoilt D2");
    need(w, STATUS, "synced");
}

static void verify_shows_what_is_missing(void **state)
{
    world *w = *state;
    interrupt(w);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = NULL;
    IGD_CLEANUP_PTR(igd_target) igd_target *target = NULL;
    igd_error err = IGD_ERROR_INIT;
    igd_repo_options where = {.path = repo_path(w->b)};
    igd_target_config config = {.mode = IGD_OPEN_READ, .run_id = "reader"};
    igd_str url = igd_arena_printf(mem, "sqlite://%s", w->db);
    igd_sync_options options = options_for("HEAD");
    igd_analysis *analysis = IGD_NEW(mem, igd_analysis);
    assert_int_equal(igd_repo_open(&where, &repo, &err), IGD_OK);
    assert_int_equal(igd_url_parse(url, mem, &config.url, &err), IGD_OK);
    assert_int_equal(igd_target_open(&config, &target, &err), IGD_OK);
    assert_int_equal(igd_verify(repo, target, &options, IGD_DETAIL_SUMMARY, mem, analysis, &err),
                     IGD_E_DIFFERS);
    assert_non_null(strstr(err.message, "interrupted"));
    assert_true(igd_str_is(analysis->commit, w->second));
    assert_int_equal(analysis->total.causes[IGD_CAUSE_PENDING], 2);
    assert_int_equal(analysis->total.causes[IGD_CAUSE_CONFLICT], 0);
    assert_int_equal(analysis->total.causes[IGD_CAUSE_DRIFT], 0);
    igd_status status;
    assert_int_equal(igd_status_read(repo, target, &options, mem, &status, &err), IGD_OK);
    assert_true(status.known && igd_state_in_progress(&status.state));
    assert_int_equal(status.records_behind, -1);
}

/* Rows are in one transaction, schema changes are not: what the first sync created is dropped when
 * its commit turns out to be invalid, and nothing is read twice for that. */
static void first_sync_is_undone(void **state)
{
    world *w = *state;
    put(w, "bad", "title: [1]\n");
    const char *broken = repo_commit(w->b, "broken");
    igd_sync_options options = options_for(broken);
    sync_run run = sync_run_without(repo_path(w->b), w->db, &options, IGD_CAP_DDL_IN_TX);
    assert_int_equal(run.code, IGD_E_INVALID);
    assert_int_equal(run.result.problems.invalid, 1);
    assert_null(strstr(run.err.hint, "in progress"));
    sync_run_free(&run);
    need(w, "SELECT count(*) FROM sqlite_schema WHERE name = 'tags'", "0");
    need(w, STATUS, "failed");
    need(w, "SELECT count(*) FROM ingitdb_sync_tables", "0");
    options = options_for(w->second);
    run = sync_run_without(repo_path(w->b), w->db, &options, IGD_CAP_DDL_IN_TX);
    assert_int_equal(run.code, IGD_OK);
    sync_run_free(&run);
    need(w, TITLES, "A2 B2 C1 D2");
    need(w, STATUS, "synced");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(goes_on),
        TEST(edits_are_conflicts),
        TEST(back_needs_consent),
        TEST(first_sync_goes_on),
        TEST(goal_is_gone),
        TEST(nothing_is_begun_in_vain),
        TEST(verify_comes_after),
        TEST(verify_shows_what_is_missing),
        TEST(first_sync_is_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
