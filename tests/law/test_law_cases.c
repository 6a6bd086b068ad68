/*
 * Small histories of two commits, each of which once broke the law: A and then B leaves what a
 * fresh B leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cmocka.h"
#include "tests/support/database.h"
#include "tests/support/db_dump.h"
#include "tests/support/repo_builder.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

/* Syncs the commits one after the other, there and back, and compares with fresh syncs. */
static void check_law(const repo_builder *repo, const char *first, const char *second)
{
    char *dir = temp_dir_new();
    char *fresh_first = path_join(dir, "first.db"), *fresh_second = path_join(dir, "second.db");
    char *path = path_join(dir, "both.db");
    sync_run_ok(repo_path(repo), fresh_first, first);
    sync_run_ok(repo_path(repo), fresh_second, second);
    const char *const commits[] = {first, second, first};
    const char *const fresh[] = {fresh_first, fresh_second, fresh_first};
    for (size_t n = 0; n < 3; n++) {
        sync_run_ok(repo_path(repo), path, commits[n]);
        char *left = db_dump(path, 1), *right = db_dump(fresh[n], 1);
        db_assert_equal(left, right, n == 1 ? "there" : "back");
        free(left);
        free(right);
    }
    free(path);
    free(fresh_first);
    free(fresh_second);
    temp_dir_free(dir);
}

static void put_definition(repo_builder *repo, const char *rest)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    repo_put(repo, ".ingitdb/root-collections.yaml", "tags: tags\n");
    igd_buf_printf(
        &text, "record_file: {name: tags.json, type: '[]map[string]any', format: json}\n%s", rest);
    repo_put(repo, "tags/.collection/definition.yaml", text.ptr);
}

/* `code` is first the key, then an ordinary column with the same values as before. */
static void key_becomes_ordinary(void **state)
{
    (void)state;
    repo_builder *repo = repo_builder_new_bare();
    put_definition(repo, "primary_key: [code]\ncolumns: {code: {type: string, required: true}}\n");
    repo_put(repo, "tags/tags.json", "[{\"code\": \"a\"}, {\"code\": \"b\"}]\n");
    const char *first = repo_commit(repo, "first");
    put_definition(repo, "columns:\n  code: {type: string, required: true}\n"
                         "  $ID: {type: string}\n");
    repo_put(repo, "tags/tags.json",
             "[{\"$ID\": \"a\", \"code\": \"a\"}, {\"$ID\": \"b\", \"code\": \"b\"}]\n");
    check_law(repo, first, repo_commit(repo, "second"));
    repo_builder_free(repo);
}

int main(void)
{
    database_need_engine();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_becomes_ordinary),
    };
    return cmocka_run_group_tests_name("law on small cases", tests, NULL, NULL);
}
