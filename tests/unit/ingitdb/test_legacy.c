/*
 * Commits without a database that we read, and where the error points to.
 */
#include <stdio.h>

#include "ingitdb/legacy.h"
#include "tests/unit/ingitdb/loaded.h"

#define LIST ".ingitdb/root-collections.yaml"

static void need_failure(loaded *l, const char *rev, const char *message, const char *hint)
{
    if (load_at(l, rev) != IGD_E_SCHEMA)
        fail_msg("%s was loaded", rev);
    if (!strstr(l->err.message, message) || !strstr(l->err.hint, hint))
        fail_msg("got '%s', hint '%s'", l->err.message, l->err.hint);
    assert_null(l->database);
}

static void put_database(loaded *l)
{
    put(l, LIST, "a: a\n");
    put(l, "a/.collection/definition.yaml", PLAIN);
}

static void names_what_it_looked_for(void **state)
{
    loaded *l = *state;
    put(l, "README.md", "text");
    need_failure(l, repo_commit(l->builder, "one"), "looked for '" LIST "'",
                 "name a directory or commit");
    assert_string_equal(l->err.place.path, LIST);
    l->root = "sub/db";
    put(l, "sub/db/x", "");
    need_failure(l, repo_commit(l->builder, "two"), "looked for 'sub/db/" LIST "'", "");
    l->root = "none";
    need_failure(l, "HEAD", "directory 'none' is not there", "name another directory");
    l->root = "README.md";
    need_failure(l, "HEAD", "is not a directory", "");
}

static void knows_older_layouts(void **state)
{
    loaded *l = *state;
    static const struct {
        const char *path, *name;
    } old[] = {
        {".ingitdb.yaml", "early 2026"},
        {".ingitdb-collection.yaml", "early 2026"},
        {".ingitdb-collection/collection.yaml", "early 2026"},
        {".ingitdb/schema.json", "2021"},
        {".ingitdb/collections/x/definition.json", "2021"},
    };
    for (size_t n = 0; n < IGD_COUNT(old); n++) {
        put(l, old[n].path, "");
        need_failure(l, repo_commit(l->builder, "old"), old[n].name, "today's layout");
        repo_delete(l->builder, old[n].path);
    }
    /* Both: what is declared counts, T35. */
    put(l, ".ingitdb.yaml", "");
    put(l, LIST, "# nothing\n");
    need_failure(l, repo_commit(l->builder, "empty"), "early 2026", "");
    put_database(l);
    load(l);
    need_none(&l->problems);
    assert_int_equal(l->database->count, 1);
    /* A broken list is not an empty one. */
    put(l, LIST, "- a\n");
    load(l);
    need_error(l, "is not a mapping");
}

static void points_to_an_older_commit(void **state)
{
    loaded *l = *state;
    put_database(l);
    char good[IGD_OID_HEX];
    snprintf(good, sizeof(good), "%s", repo_commit(l->builder, "good"));
    repo_delete(l->builder, "a/.collection"); /* declared, but not there: cannot be read either */
    repo_commit(l->builder, "half");
    repo_delete(l->builder, ".ingitdb");
    put(l, ".ingitdb.yaml", "");
    repo_commit(l->builder, "bad");
    char hint[100];
    snprintf(hint, sizeof(hint), "commit %.12s has a layout that can be read: --ref %.12s", good,
             good);
    need_failure(l, "HEAD", "early 2026", hint);
}

static void points_to_head(void **state)
{
    loaded *l = *state;
    put(l, ".ingitdb.yaml", "");
    repo_commit(l->builder, "old");
    repo_delete(l->builder, ".ingitdb.yaml");
    put_database(l);
    char hint[100];
    snprintf(hint, sizeof(hint), "--ref %.12s", repo_commit(l->builder, "new"));
    need_failure(l, "HEAD~1", "early 2026", hint);
}

static void points_to_a_directory(void **state)
{
    loaded *l = *state;
    put(l, "data/db.txt", "");
    put(l, "shop/" LIST, "a: a\n");
    l->root = "";
    repo_builder_free(l->builder);
    l->builder = repo_builder_new_bare();
    put(l, "shop/" LIST, "a: a\n");
    need_failure(l, repo_commit(l->builder, "one"), "no inGitDB database",
                 "there is a database in 'shop'");
}

static void does_not_follow_links(void **state)
{
    loaded *l = *state;
    put(l, "real/root-collections.yaml", "");
    repo_put_symlink(l->builder, ".ingitdb", "real");
    need_failure(l, repo_commit(l->builder, "one"), "'.ingitdb' is not a directory",
                 "links are not followed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADED_TEST(names_what_it_looked_for),  LOADED_TEST(knows_older_layouts),
        LOADED_TEST(points_to_an_older_commit), LOADED_TEST(points_to_head),
        LOADED_TEST(points_to_a_directory),     LOADED_TEST(does_not_follow_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
