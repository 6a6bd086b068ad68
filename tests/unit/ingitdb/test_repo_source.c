/*
 * The source's default name, and counting what is not committed.
 */
#include <git2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka.h"
#include "ingitdb/repo.h"
#include "tests/support/repo_builder.h"
#include "tests/support/temp_dir.h"

static igd_repo *open_at(const char *path, const char *root)
{
    igd_repo *repo = NULL;
    igd_error err = IGD_ERROR_INIT;
    igd_repo_options options = {.path = path, .root = root};
    if (igd_repo_open(&options, &repo, &err) != IGD_OK)
        fail_msg("%s", err.message);
    return repo;
}

static void check_name(const char *path, const char *root, const char *expected, bool origin)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_at(path, root);
    bool from_origin = !origin;
    igd_str name = igd_repo_default_name(repo, mem, &from_origin);
    assert_string_equal(igd_arena_cstr(mem, name), expected);
    assert_int_equal(from_origin, origin);
}

static void set_origin(const char *path, const char *url)
{
    git_repository *git = NULL;
    git_config *config = NULL;
    assert_int_equal(git_repository_open(&git, path), 0);
    assert_int_equal(git_repository_config(&config, git), 0);
    assert_int_equal(git_config_set_string(config, "remote.origin.url", url), 0);
    git_config_free(config);
    git_repository_free(git);
}

static void name_of_the_origin(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"https://example.com/people/shop.git", "shop"},
        {"https://example.com/people/shop.git/", "shop"},
        {"https://example.com/people/shop", "shop"},
        {"git@example.com:people/shop.git", "shop"},
        {"git@example.com:shop.git", "shop"},
        {"ssh://git@example.com:22/shop///", "shop"},
        {"/srv/shop/.git", "shop"},
        {"/srv/shop.bundle", "shop"},
        {"../shop.git.git", "shop.git"},
        {"shop", "shop"},
    };
    repo_builder *b = repo_builder_new_bare();
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        set_origin(repo_path(b), cases[n][0]);
        check_name(repo_path(b), NULL, cases[n][1], true);
    }
    check_name(repo_path(b), "data/eu", "shop/data/eu", true);
    repo_builder_free(b);
}

static void name_of_the_directory(void **state)
{
    (void)state;
    char *dir = temp_dir_new();
    static const char *const bare[][2] = {
        {"shop.git", "shop"}, {"x.bundle", "x"}, {"plain", "plain"}};
    git_libgit2_init();
    for (size_t n = 0; n < IGD_COUNT(bare); n++) {
        char *path = path_join(dir, bare[n][0]);
        git_repository *git = NULL;
        assert_int_equal(git_repository_init(&git, path, 1), 0);
        git_repository_free(git);
        check_name(path, NULL, bare[n][1], false);
        free(path);
    }
    char *path = path_join(dir, "work");
    git_repository *git = NULL;
    assert_int_equal(git_repository_init(&git, path, 0), 0);
    git_repository_free(git);
    check_name(path, NULL, "work", false);
    check_name(path, "sub", "work/sub", false);
    set_origin(path, "/");
    check_name(path, NULL, "work", false);
    free(path);
    git_libgit2_shutdown();
    temp_dir_free(dir);
}

static void touch(const repo_builder *b, const char *path, const char *text)
{
    char *full = path_join(repo_path(b), path);
    write_file(full, text);
    free(full);
}

static void work_that_is_not_committed(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new();
    repo_put(b, "shop/.ingitdb/settings.yaml", "");
    repo_put(b, "shop/a.yaml", "a");
    repo_put(b, "shop/b.yaml", "b");
    repo_put(b, "shop/c.yaml", "c");
    repo_put(b, "shop[x]/a.yaml", "a");
    repo_put(b, ".gitignore", "*.tmp\n");
    IGD_CLEANUP_PTR(igd_repo) igd_repo *shop = open_at(repo_path(b), "shop");
    assert_int_equal(igd_repo_uncommitted(shop), 4); /* staged only, before the first commit */
    repo_commit(b, "1");
    assert_int_equal(igd_repo_uncommitted(shop), 0);

    touch(b, "shop/a.yaml", "changed");
    touch(b, "shop/new/deep/x.yaml", "untracked");
    touch(b, "shop/new/deep/y.yaml", "untracked");
    touch(b, "shop/x.tmp", "ignored");
    touch(b, "shop[x]/a.yaml", "elsewhere");
    touch(b, "shopping.yaml", "elsewhere");
    assert_int_equal(igd_repo_uncommitted(shop), 3);
    repo_delete(b, "shop/b.yaml"); /* staged and gone: one file */
    assert_int_equal(igd_repo_uncommitted(shop), 4);

    IGD_CLEANUP_PTR(igd_repo) igd_repo *all = open_at(repo_path(b), NULL);
    assert_int_equal(igd_repo_uncommitted(all), 6);
    /* A root that looks like a pattern is none. */
    IGD_CLEANUP_PTR(igd_repo) igd_repo *odd = open_at(repo_path(b), "shop[x]");
    assert_int_equal(igd_repo_uncommitted(odd), 1);
    repo_builder_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_of_the_origin),
        cmocka_unit_test(name_of_the_directory),
        cmocka_unit_test(work_that_is_not_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
