/*
 * Ancestry and distances, where all of history is there and where it is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "cmocka.h"
#include "ingitdb/repo.h"
#include "tests/support/git_damage.h"
#include "tests/support/repo_builder.h"

/* libgit2 1.5 loses 64 bytes where it meets a missing commit, which these tests do on purpose. What
 * we ourselves fail to give back to it shows in the tests of the other files. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libgit2";
}

#define GONE "0123456789012345678901234567890123456789"

static igd_repo *open_repo(const repo_builder *b)
{
    igd_repo *repo = NULL;
    igd_error err = IGD_ERROR_INIT;
    igd_repo_options options = {.path = repo_path(b)};
    if (igd_repo_open(&options, &repo, &err) != IGD_OK)
        fail_msg("%s", err.message);
    return repo;
}

static igd_oid id_of(const char *hex)
{
    igd_oid id;
    assert_true(igd_oid_parse(igd_str_from(hex), &id));
    return id;
}

static igd_ancestry ancestry(igd_repo *repo, const char *old_hex, const char *new_hex)
{
    igd_oid old_id = id_of(old_hex), new_id = id_of(new_hex);
    return igd_repo_ancestry(repo, &old_id, &new_id);
}

static int64_t distance(igd_repo *repo, const char *old_hex, const char *new_hex)
{
    igd_oid old_id = id_of(old_hex), new_id = id_of(new_hex);
    return igd_repo_distance(repo, &old_id, &new_id);
}

/*   one - two - three - merged
 *           \- side ---/            */
typedef struct graph {
    repo_builder *b;
    const char *one, *two, *three, *side, *merged;
} graph;

static graph build_graph(void)
{
    graph g = {.b = repo_builder_new_bare()};
    repo_put(g.b, "x", "1");
    g.one = repo_commit(g.b, "one");
    g.two = repo_commit(g.b, "two");
    g.three = repo_commit(g.b, "three");
    repo_reset(g.b, g.two);
    g.side = repo_commit(g.b, "side");
    repo_reset(g.b, g.three);
    g.merged = repo_commit_merge(g.b, "merged", g.side);
    return g;
}

static void whole_history(void **state)
{
    (void)state;
    graph g = build_graph();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_repo(g.b);
    assert_int_equal(ancestry(repo, g.one, g.one), IGD_ANCESTOR);
    assert_int_equal(ancestry(repo, g.one, g.merged), IGD_ANCESTOR);
    assert_int_equal(ancestry(repo, g.side, g.merged), IGD_ANCESTOR);
    assert_int_equal(ancestry(repo, g.side, g.three), IGD_NOT_ANCESTOR);
    assert_int_equal(ancestry(repo, g.merged, g.one), IGD_NOT_ANCESTOR);
    assert_int_equal(ancestry(repo, GONE, g.one), IGD_ANCESTRY_UNKNOWN);
    assert_int_equal(ancestry(repo, GONE, GONE), IGD_ANCESTOR);
    assert_int_equal(ancestry(repo, g.one, GONE), IGD_ANCESTRY_UNKNOWN);

    assert_int_equal(distance(repo, g.one, g.one), 0);
    assert_int_equal(distance(repo, g.one, g.merged), 4);
    assert_int_equal(distance(repo, g.side, g.merged), 2);
    assert_int_equal(distance(repo, g.side, g.three), 1);
    assert_int_equal(distance(repo, g.merged, g.one), 0);
    assert_int_equal(distance(repo, GONE, g.one), -1);
    assert_int_equal(distance(repo, g.one, GONE), -1);
    repo_builder_free(g.b);
}

static void things_that_are_no_commits(void **state)
{
    (void)state;
    graph g = build_graph();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_repo(g.b);
    igd_commit commit;
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(igd_repo_resolve(repo, "HEAD", &commit, &err), IGD_OK);
    assert_int_equal(igd_repo_ancestry(repo, &commit.tree, &commit.id), IGD_ANCESTRY_UNKNOWN);
    assert_int_equal(igd_repo_ancestry(repo, &commit.id, &commit.tree), IGD_ANCESTRY_UNKNOWN);
    assert_int_equal(igd_repo_distance(repo, &commit.tree, &commit.id), -1);
    repo_builder_free(g.b);
}

/* one and two are cut off; three is the boundary. */
static void shallow_clone(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new_bare();
    repo_put(b, "x", "1");
    const char *one = repo_commit(b, "one");
    const char *two = repo_commit(b, "two");
    const char *three = repo_commit(b, "three");
    const char *four = repo_commit(b, "four");
    const char *five = repo_commit(b, "five");
    repo_reset(b, three);
    const char *side = repo_commit(b, "side");
    make_shallow(b, three, two);
    lose_object(b, one);
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_repo(b);
    assert_true(igd_repo_is_shallow(repo));

    assert_int_equal(ancestry(repo, three, five), IGD_ANCESTOR);
    assert_int_equal(ancestry(repo, four, five), IGD_ANCESTOR);
    assert_int_equal(ancestry(repo, five, three), IGD_NOT_ANCESTOR);
    assert_int_equal(ancestry(repo, side, five), IGD_ANCESTRY_UNKNOWN);
    assert_int_equal(ancestry(repo, two, five), IGD_ANCESTRY_UNKNOWN);
    assert_int_equal(distance(repo, three, five), 2);
    assert_int_equal(distance(repo, five, five), 0);
    assert_int_equal(distance(repo, two, five), -1);
    assert_int_equal(distance(repo, side, five), -1);
    assert_int_equal(distance(repo, five, three), -1);

    igd_commit commit;
    igd_error err = IGD_ERROR_INIT;
    igd_str_list roots = {.len = 42};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    assert_int_equal(igd_repo_resolve(repo, five, &commit, &err), IGD_OK);
    assert_int_equal(igd_repo_root_commits(repo, &commit, mem, &roots, &err), IGD_E_REPOSITORY);
    assert_int_equal(roots.len, 42);
    assert_non_null(strstr(err.hint, "--unshallow"));
    repo_builder_free(b);
}

/* Objects are gone although nobody says that the clone is shallow. */
static void history_with_a_hole(void **state)
{
    (void)state;
    graph g = build_graph();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_repo(g.b);
    lose_object(g.b, g.one);
    assert_int_equal(ancestry(repo, g.two, g.merged), IGD_ANCESTOR);
    assert_int_equal(ancestry(repo, g.merged, g.two), IGD_NOT_ANCESTOR);
    assert_int_equal(ancestry(repo, g.side, g.three), IGD_ANCESTRY_UNKNOWN);
    assert_int_equal(ancestry(repo, g.one, g.merged), IGD_ANCESTRY_UNKNOWN);
    igd_commit commit;
    igd_error err = IGD_ERROR_INIT;
    igd_str_list roots;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    assert_int_equal(igd_repo_resolve(repo, g.merged, &commit, &err), IGD_OK);
    assert_int_equal(igd_repo_root_commits(repo, &commit, mem, &roots, &err), IGD_E_REPOSITORY);
    assert_non_null(strstr(err.message, g.merged));
    repo_builder_free(g.b);
}

static void root_commits(void **state)
{
    (void)state;
    graph g = build_graph();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_repo(g.b);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_commit commit;
    igd_error err = IGD_ERROR_INIT;
    igd_str_list roots;
    assert_int_equal(igd_repo_resolve(repo, "HEAD", &commit, &err), IGD_OK);
    assert_int_equal(igd_repo_root_commits(repo, &commit, mem, &roots, &err), IGD_OK);
    assert_int_equal(roots.len, 1);
    assert_true(igd_str_is(roots.items[0], g.one));

    /* An unrelated history that is merged brings its own. */
    repo_reset(g.b, NULL);
    const char *other = repo_commit(g.b, "other root");
    repo_reset(g.b, g.merged);
    repo_commit_merge(g.b, "both", other);
    assert_int_equal(igd_repo_resolve(repo, "HEAD", &commit, &err), IGD_OK);
    assert_int_equal(igd_repo_root_commits(repo, &commit, mem, &roots, &err), IGD_OK);
    assert_int_equal(roots.len, 2);
    assert_true(igd_str_cmp(roots.items[0], roots.items[1]) < 0);
    assert_true(igd_str_is(roots.items[0], other) || igd_str_is(roots.items[1], other));
    repo_builder_free(g.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_history), cmocka_unit_test(things_that_are_no_commits),
        cmocka_unit_test(shallow_clone), cmocka_unit_test(history_with_a_hole),
        cmocka_unit_test(root_commits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
