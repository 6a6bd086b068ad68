/*
 * Blame on real history, told by git itself: for every record of demo-commerce the commit is the
 * one that git finds when it follows the file and takes moving for no change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka.h"
#include "sync/analyze.h"
#include "tests/support/db_dump.h"
#include "tests/support/demo_commerce.h"
#include "tests/support/process.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

#define GIT "/usr/bin/git"

static demo_commerce *demo;
static char *dir;

/* Every record is to be inserted. */
static igd_analysis analyze_all(igd_arena *mem)
{
    char *path = path_join(dir, "empty.db");
    sync_run_ok(demo->path, path, demo->repaired[0]);
    char *statements =
        db_query(path, "SELECT group_concat('DELETE FROM \"' || table_name || '\";', "
                       "' ') FROM ingitdb_sync_tables");
    db_exec(path, "PRAGMA foreign_keys = OFF;");
    db_exec(path, statements);
    free(statements);

    igd_repo_options at = {.path = demo->path};
    igd_sync_options options = sync_run_options(demo->repaired[DEMO_COMMITS - 1]);
    igd_target_config config = {.mode = IGD_OPEN_READ, .run_id = "look"};
    igd_error err = IGD_ERROR_INIT;
    igd_analysis out = {0};
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = NULL;
    IGD_CLEANUP_PTR(igd_target) igd_target *target = NULL;
    if (igd_repo_open(&at, &repo, &err) ||
        igd_url_parse(igd_arena_printf(mem, "sqlite://%s", path), mem, &config.url, &err) ||
        igd_target_open(&config, &target, &err) ||
        igd_analyze_blame(repo, target, &options, IGD_DETAIL_RECORDS, mem, &out, &err))
        fail_msg("%s", err.message);
    free(path);
    return out;
}

static void need_git(const char *path, const char *got)
{
    const char *words[] = {GIT,
                           "--git-dir",
                           demo->path,
                           "log",
                           "-1",
                           "--follow",
                           "-M100%",
                           "--diff-filter=AM",
                           "--date=format:%Y-%m-%dT%H:%M:%S",
                           "--format=%H|%an|%ad|%s",
                           demo->repaired[DEMO_COMMITS - 1],
                           "--",
                           path,
                           NULL};
    process_result result = process_run(words, &(process_options){0});
    if (result.status != 0 || strcmp(result.out, got) != 0)
        fail_msg("%s:\n%sgit says:\n%s%s", path, got, result.out, result.err);
    process_result_free(&result);
}

static void as_git_says(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_analysis analysis = analyze_all(mem);
    size_t asked = 0, rows = 0;
    for (size_t n = 0; n < analysis.table_count; n++)
        for (size_t r = 0; r < analysis.tables[n].records.len; r++) {
            const igd_record_difference *record = &analysis.tables[n].records.items[r];
            const igd_commit_note *note = record->blame;
            assert_non_null(note);
            assert_false(record->or_before);
            igd_str got =
                igd_arena_printf(mem, "%s|%.*s|%.19s|%.*s\n", note->hex, IGD_STR_ARG(note->author),
                                 note->at.ptr, IGD_STR_ARG(note->subject));
            if (igd_str_is(analysis.tables[n].counts.table, "orders_order_details")) {
                assert_string_equal(note->hex, demo->repaired[0]);
                rows++;
                continue;
            }
            need_git(igd_arena_cstr(mem, record->path), got.ptr);
            asked++;
        }
    assert_int_equal(asked, 209);
    assert_int_equal(rows, 94);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_git_says)};
    if (access(GIT, X_OK) != 0) {
        fprintf(stderr, "skipped: there is no " GIT "\n");
        return 77;
    }
    demo = demo_commerce_new();
    if (!demo)
        return 77;
    dir = temp_dir_new();
    int failed = cmocka_run_group_tests_name("blame on demo-commerce", tests, NULL, NULL);
    temp_dir_free(dir);
    demo_commerce_free(demo);
    return failed;
}
