/*
 * Opening: work trees from below, bare repositories, linked work trees, and what is refused.
 */
#include <git2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka.h"
#include "ingitdb/repo.h"
#include "tests/support/repo_builder.h"
#include "tests/support/temp_dir.h"

/* libgit2 1.5 loses the match data of every configuration key that is not an extension. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libpcre2";
}

static igd_repo *open_at(const char *directory, const char *below, const char *root)
{
    char *path = path_join(directory, below);
    igd_repo *repo = NULL;
    igd_error err = IGD_ERROR_INIT;
    igd_repo_options options = {.path = path, .root = root};
    if (igd_repo_open(&options, &repo, &err) != IGD_OK)
        fail_msg("%s", err.message);
    free(path);
    return repo;
}

static void check_root(const repo_builder *b, const char *below, const char *root,
                       const char *expected)
{
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_at(repo_path(b), below, root);
    assert_string_equal(igd_repo_root(repo), expected);
    assert_string_equal(igd_repo_work_dir(repo), repo_path(b));
}

static igd_error refused(const char *path, const char *root, int code)
{
    igd_repo *repo = NULL;
    igd_error err = IGD_ERROR_INIT;
    igd_repo_options options = {.path = path, .root = root};
    assert_int_equal(igd_repo_open(&options, &repo, &err), code);
    assert_null(repo);
    assert_true(err.hint[0] != '\0');
    return err;
}

static void root_is_found_by_walking_up(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new();
    repo_put(b, "shop/.ingitdb/root-collections.yaml", "");
    repo_put(b, "shop/orders/$records/a/b/x.yaml", "");
    repo_put(b, "shopping/x", "");
    repo_put(b, "notdir/.ingitdb", "a file is not a database");
    repo_put(b, "deep/a/.ingitdb/x", "");
    repo_commit(b, "1");
    check_root(b, "shop", NULL, "shop");
    check_root(b, "shop", "", "shop");
    check_root(b, "shop/orders/$records/a/b", NULL, "shop");
    check_root(b, "shop/.ingitdb", NULL, "shop");
    check_root(b, "shop/../shop/./orders", NULL, "shop");
    check_root(b, "deep/a", NULL, "deep/a");
    /* Nothing found: the top; what is missing is the loader's to say. */
    check_root(b, "deep", NULL, "");
    check_root(b, "shopping", NULL, "");
    check_root(b, "notdir", NULL, "");
    check_root(b, ".git", NULL, "");
    check_root(b, ".git/objects", NULL, "");
    /* --root wins. */
    check_root(b, "shop", "deep/a", "deep/a");
    check_root(b, "shop", ".", "");
    check_root(b, "shop", "deep//./a/", "deep/a");
    check_root(b, "shop", "does/not/exist", "does/not/exist");
    repo_builder_free(b);
}

static void database_at_the_top(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new();
    repo_put(b, ".ingitdb/settings.yaml", "");
    repo_put(b, "a/b", "");
    repo_commit(b, "1");
    check_root(b, "", NULL, "");
    check_root(b, "a", NULL, "");
    repo_builder_free(b);
}

static void symlinks_to_the_source_are_followed(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new();
    repo_put(b, "shop/.ingitdb/settings.yaml", "");
    repo_commit(b, "1");
    char *dir = temp_dir_new();
    char *target = path_join(repo_path(b), "shop");
    char *link = path_join(dir, "link");
    assert_int_equal(symlink(target, link), 0);
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_at(dir, "link", NULL);
    assert_string_equal(igd_repo_root(repo), "shop");
    free(target);
    free(link);
    temp_dir_free(dir);
    repo_builder_free(b);
}

static void bare_repositories(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new_bare();
    repo_put(b, "shop/.ingitdb/settings.yaml", "");
    const char *hex = repo_commit(b, "1");
    IGD_CLEANUP_PTR(igd_repo) igd_repo *top = open_at(repo_path(b), "", NULL);
    assert_null(igd_repo_work_dir(top));
    assert_string_equal(igd_repo_git_dir(top), repo_path(b));
    assert_string_equal(igd_repo_root(top), "");
    assert_false(igd_repo_is_shallow(top));
    assert_int_equal(igd_repo_uncommitted(top), -1);
    IGD_CLEANUP_PTR(igd_repo) igd_repo *shop = open_at(repo_path(b), "refs", "shop/");
    assert_string_equal(igd_repo_root(shop), "shop");

    igd_commit commit;
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(igd_repo_resolve(shop, "HEAD", &commit, &err), IGD_OK);
    assert_string_equal(commit.hex, hex);
    repo_builder_free(b);
}

static void linked_work_trees(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new();
    repo_put(b, "shop/.ingitdb/settings.yaml", "");
    repo_commit(b, "1");
    char *dir = temp_dir_new();
    char *linked = path_join(dir, "linked");
    git_repository *git = NULL;
    git_worktree *worktree = NULL;
    assert_int_equal(git_repository_open(&git, repo_path(b)), 0);
    assert_int_equal(git_worktree_add(&worktree, git, "linked", linked, NULL), 0);
    git_worktree_free(worktree);
    git_repository_free(git);

    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_at(linked, "shop", NULL);
    assert_string_equal(igd_repo_work_dir(repo), linked);
    assert_string_equal(igd_repo_root(repo), "shop");
    assert_int_equal(igd_repo_uncommitted(repo), 0);

    igd_error err = IGD_ERROR_INIT;
    IGD_CLEANUP_PTR(igd_repo) igd_repo *again = NULL;
    assert_int_equal(igd_repo_reopen(repo, &again, &err), IGD_OK);
    assert_string_equal(igd_repo_work_dir(again), linked);
    assert_string_equal(igd_repo_git_dir(again), igd_repo_git_dir(repo));
    igd_commit commit;
    assert_int_equal(igd_repo_resolve(again, "HEAD", &commit, &err), IGD_OK);

    /* Both work trees are one source. */
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *main_one = open_at(repo_path(b), "shop", NULL);
    bool from_origin = true;
    igd_str name = igd_repo_default_name(repo, mem, &from_origin);
    assert_false(from_origin);
    assert_true(igd_str_eq(name, igd_repo_default_name(main_one, mem, NULL)));

    /* Where libgit2 would not look. */
    char *shallow = path_join(igd_repo_git_dir(main_one), "shallow");
    assert_false(igd_repo_is_shallow(repo));
    write_file(shallow, "");
    assert_false(igd_repo_is_shallow(repo));
    write_file(shallow, "1234567890123456789012345678901234567890\n");
    assert_true(igd_repo_is_shallow(repo));
    free(shallow);
    free(linked);
    temp_dir_free(dir);
    repo_builder_free(b);
}

static void reopening_keeps_the_root(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new();
    repo_put(b, "shop/.ingitdb/settings.yaml", "");
    repo_commit(b, "1");
    igd_repo *repo = open_at(repo_path(b), "shop", NULL);
    igd_repo *again = NULL;
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(igd_repo_reopen(repo, &again, &err), IGD_OK);
    igd_repo_free(repo);
    assert_string_equal(igd_repo_root(again), "shop");
    igd_repo_free(again);

    /* The repository is gone in between. */
    repo = open_at(repo_path(b), "shop", NULL);
    char *gone = path_join(repo_path(b), ".git");
    remove_tree(gone);
    again = NULL;
    assert_int_equal(igd_repo_reopen(repo, &again, &err), IGD_E_REPOSITORY);
    assert_null(again);
    assert_non_null(strstr(err.message, gone));
    igd_repo_free(repo);
    free(gone);
    repo_builder_free(b);
    igd_repo_free(NULL);
}

static void what_is_not_a_repository(void **state)
{
    (void)state;
    char *dir = temp_dir_new();
    igd_error err = refused(dir, NULL, IGD_E_REPOSITORY);
    assert_non_null(strstr(err.message, dir));

    char *missing = path_join(dir, "missing");
    err = refused(missing, NULL, IGD_E_REPOSITORY);
    assert_non_null(strstr(err.message, missing));
    assert_non_null(strstr(err.message, "No such file"));

    write_file(missing, "x");
    err = refused(missing, NULL, IGD_E_REPOSITORY);
    assert_non_null(strstr(err.message, "not a directory"));

    write_file(missing, "# v2 git bundle\n");
    err = refused(missing, NULL, IGD_E_REPOSITORY);
    assert_non_null(strstr(err.message, "bundle"));
    assert_non_null(strstr(err.hint, "git clone --bare"));
    char *bundle = path_join(dir, "x.bundle");
    write_file(bundle, "");
    err = refused(bundle, NULL, IGD_E_REPOSITORY);
    assert_non_null(strstr(err.hint, bundle));

    free(bundle);
    free(missing);
    temp_dir_free(dir);
}

static void roots_outside_of_the_tree(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new_bare();
    refused(repo_path(b), "/shop", IGD_E_USAGE);
    refused(repo_path(b), "a/../../b", IGD_E_USAGE);
    repo_builder_free(b);
}

static void set_format(const repo_builder *b, const char *extension)
{
    git_repository *git = NULL;
    git_config *config = NULL;
    assert_int_equal(git_repository_open(&git, repo_path(b)), 0);
    assert_int_equal(git_repository_config(&config, git), 0);
    assert_int_equal(git_config_set_int32(config, "core.repositoryformatversion", 1), 0);
    assert_int_equal(git_config_set_bool(config, extension, 1), 0);
    git_config_free(config);
    git_repository_free(git);
}

static void extensions_that_do_not_matter_to_readers(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new();
    set_format(b, "extensions.worktreeconfig");
    igd_repo_free(open_at(repo_path(b), "", NULL));
    set_format(b, "extensions.unheardof");
    igd_repo *repo = NULL;
    igd_error err = IGD_ERROR_INIT;
    igd_repo_options options = {.path = repo_path(b)};
    assert_int_equal(igd_repo_open(&options, &repo, &err), IGD_E_REPOSITORY);
    assert_non_null(strstr(err.message, "unheardof"));
    repo_builder_free(b);
}

static void repositories_of_other_users(void **state)
{
    (void)state;
    if (getuid() != 0) {
        fprintf(stderr, "SKIPPED: only root can give files away\n");
        skip();
    }
    repo_builder *b = repo_builder_new();
    repo_put(b, "a", "");
    repo_commit(b, "1");
    char *git_dir = path_join(repo_path(b), ".git");
    assert_int_equal(chown(repo_path(b), 12345, 12345), 0);
    assert_int_equal(chown(git_dir, 12345, 12345), 0);
    igd_error err = refused(repo_path(b), NULL, IGD_E_REPOSITORY);
    assert_non_null(strstr(err.hint, "safe.directory"));
    assert_non_null(strstr(err.hint, repo_path(b)));
    assert_null(strstr(err.hint, ".git'"));
    free(git_dir);
    repo_builder_free(b);
}

/* Otherwise a sync of a large repository needs as much memory as its packs are long. */
static void packs_are_mapped_in_pieces(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new_bare();
    repo_put(b, "a", "");
    repo_commit(b, "1");
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_at(repo_path(b), "", NULL);
    size_t window = 0, mapped = 0;
    assert_int_equal(git_libgit2_opts(GIT_OPT_GET_MWINDOW_SIZE, &window), 0);
    assert_int_equal(git_libgit2_opts(GIT_OPT_GET_MWINDOW_MAPPED_LIMIT, &mapped), 0);
    assert_in_range(window, 1 << 20, 8 << 20);
    assert_in_range(mapped, 4 * window, 64 << 20);
    repo_builder_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_is_found_by_walking_up),
        cmocka_unit_test(database_at_the_top),
        cmocka_unit_test(symlinks_to_the_source_are_followed),
        cmocka_unit_test(bare_repositories),
        cmocka_unit_test(linked_work_trees),
        cmocka_unit_test(reopening_keeps_the_root),
        cmocka_unit_test(what_is_not_a_repository),
        cmocka_unit_test(roots_outside_of_the_tree),
        cmocka_unit_test(extensions_that_do_not_matter_to_readers),
        cmocka_unit_test(repositories_of_other_users),
        cmocka_unit_test(packs_are_mapped_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
