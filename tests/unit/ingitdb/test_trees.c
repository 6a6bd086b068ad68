/*
 * Trees: every entry is found and no other, what two trees have in common, and broken bytes.
 */
#include <git2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmocka.h"
#include "ingitdb/repo.h"
#include "tests/support/repo_builder.h"

static igd_repo *open_repo(const repo_builder *b)
{
    igd_error err = IGD_ERROR_INIT;
    igd_repo *repo = NULL;
    assert_int_equal(igd_repo_open(&(igd_repo_options){.path = repo_path(b)}, &repo, &err), IGD_OK);
    return repo;
}

static igd_tree *open_tree(igd_repo *repo, const char *rev)
{
    igd_error err = IGD_ERROR_INIT;
    igd_commit commit;
    igd_tree *tree = NULL;
    assert_int_equal(igd_repo_resolve(repo, rev, &commit, &err), IGD_OK);
    assert_int_equal(igd_repo_tree(repo, &commit.tree, &tree, &err), IGD_OK);
    return tree;
}

static void put_numbered(repo_builder *b, int from, int to, const char *text)
{
    for (int n = from; n < to; n++) {
        char path[32];
        snprintf(path, sizeof(path), n % 10 ? "f%03d" : "f%03d/x", n);
        repo_put(b, path, text);
    }
}

static void all_are_found(void **state IGD_UNUSED)
{
    repo_builder *b = repo_builder_new_bare();
    put_numbered(b, 0, 300, "x");
    repo_put(b, "f010.b", "x");
    repo_put(b, "f0100", "x");
    repo_put_symlink(b, "f010-", "f011");
    repo_put_submodule(b, "f0110");
    repo_commit(b, "first");
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_repo(b);
    IGD_CLEANUP_PTR(igd_tree) igd_tree *tree = open_tree(repo, "HEAD");
    assert_int_equal(igd_tree_count(tree), 304);
    igd_entry found;
    for (size_t n = 0; n < igd_tree_count(tree); n++) {
        igd_entry entry = igd_tree_at(tree, n);
        assert_true(igd_tree_find(tree, entry.name, &found));
        assert_true(igd_str_eq(found.name, entry.name));
        assert_int_equal(found.kind, entry.kind);
        assert_true(igd_oid_eq(&found.id, &entry.id));
        /* Nothing else is: neither a part of the name nor a longer one. */
        assert_false(igd_tree_find(tree, igd_str_sub(entry.name, 0, 3), &found));
        char longer[64];
        snprintf(longer, sizeof(longer), "%.*s/", IGD_STR_ARG(entry.name));
        assert_false(igd_tree_find(tree, igd_str_from(longer), &found));
    }
    assert_true(igd_tree_find(tree, IGD_STR("f010"), &found));
    assert_int_equal(found.kind, IGD_ENTRY_TREE);
    assert_true(igd_tree_find(tree, IGD_STR("f011"), &found));
    assert_int_equal(found.kind, IGD_ENTRY_BLOB);
    repo_builder_free(b);
}

static void common_runs(void **state IGD_UNUSED)
{
    repo_builder *b = repo_builder_new_bare();
    put_numbered(b, 0, 50, "x");
    repo_commit(b, "first");
    repo_put(b, "f020/x", "y");
    repo_delete(b, "f031");
    repo_commit(b, "second");
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_repo(b);
    IGD_CLEANUP_PTR(igd_tree) igd_tree *old = open_tree(repo, "HEAD~1");
    IGD_CLEANUP_PTR(igd_tree) igd_tree *new = open_tree(repo, "HEAD");
    assert_int_equal(igd_tree_same(old, 0, old, 0), 50);
    assert_int_equal(igd_tree_same(old, 0, new, 0), 20);
    assert_int_equal(igd_tree_same(old, 20, new, 20), 0);
    assert_int_equal(igd_tree_same(old, 21, new, 21), 10);
    assert_int_equal(igd_tree_same(old, 31, new, 31), 0);
    assert_int_equal(igd_tree_same(old, 32, new, 31), 18);
    assert_int_equal(igd_tree_same(old, 50, new, 49), 0);
    repo_builder_free(b);
}

/* The same paths again, and more of them than are kept open. */
static void lookups_by_path(void **state IGD_UNUSED)
{
    repo_builder *b = repo_builder_new_bare();
    put_numbered(b, 0, 300, "x");
    repo_commit(b, "first");
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_repo(b);
    igd_error err = IGD_ERROR_INIT;
    igd_commit commit;
    assert_int_equal(igd_repo_resolve(repo, "HEAD", &commit, &err), IGD_OK);
    for (int round = 0; round < 3; round++) {
        for (int n = 0; n < 300; n++) {
            char path[32];
            igd_entry entry;
            bool found = false;
            snprintf(path, sizeof(path), n % 10 ? "f%03d" : "f%03d/x", n);
            assert_int_equal(igd_repo_find(repo, &commit.tree, igd_str_from(path), &entry, &found,
                                           &err),
                             IGD_OK);
            assert_true(found);
            assert_int_equal(entry.kind, IGD_ENTRY_BLOB);
        }
    }
    repo_builder_free(b);
}

static void write_tree(const repo_builder *b, const char *bytes, size_t len, igd_oid *out)
{
    git_repository *git = NULL;
    git_odb *odb = NULL;
    git_oid id;
    git_libgit2_init();
    assert_int_equal(git_repository_open(&git, repo_path(b)), 0);
    assert_int_equal(git_repository_odb(&odb, git), 0);
    assert_int_equal(git_odb_write(&id, odb, bytes, len, GIT_OBJECT_TREE), 0);
    memcpy(out->id, id.id, sizeof(out->id));
    git_odb_free(odb);
    git_repository_free(git);
    git_libgit2_shutdown();
}

#define OID "12345678901234567890"

static void broken_bytes(void **state IGD_UNUSED)
{
    const igd_str broken[] = {
        IGD_STR("1"),
        IGD_STR("100644"),
        IGD_STR("100644 "),
        IGD_STR("100644 a"),
        IGD_STR("100644 a\0"),
        IGD_STR("100644 a\0" OID "1"),
        IGD_STR("100644 a\0" OID "100644 b\0"
                "123"),
        IGD_STR("100644 \0" OID),
        IGD_STR("100648 a\0" OID),
        IGD_STR("x a\0" OID),
        IGD_STR("77777777777777777777 a\0" OID),
        IGD_STR("1 a\0" OID "1 b\0" OID "1"),
    };
    repo_builder *b = repo_builder_new_bare();
    repo_put(b, "x", "x");
    repo_commit(b, "first");
    igd_oid id;
    for (size_t n = 0; n < IGD_COUNT(broken); n++) {
        write_tree(b, broken[n].ptr, broken[n].len, &id);
        IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_repo(b);
        igd_error err = IGD_ERROR_INIT;
        igd_tree *tree = NULL;
        assert_int_equal(igd_repo_tree(repo, &id, &tree, &err), IGD_E_REPOSITORY);
        assert_null(tree);
        assert_non_null(strstr(err.message, "damaged"));
    }
    write_tree(b, "1 a\0" OID, 4 + 20, &id);
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_repo(b);
    igd_error err = IGD_ERROR_INIT;
    IGD_CLEANUP_PTR(igd_tree) igd_tree *tree = NULL;
    assert_int_equal(igd_repo_tree(repo, &id, &tree, &err), IGD_OK);
    assert_int_equal(igd_tree_count(tree), 1);
    repo_builder_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_found),
        cmocka_unit_test(common_runs),
        cmocka_unit_test(lookups_by_path),
        cmocka_unit_test(broken_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
