/*
 * A repository that is built, committed and loaded: for the tests of what reads definitions.
 */
#ifndef IGD_TESTS_LOADED_H
#define IGD_TESTS_LOADED_H

#include "ingitdb/database.h"
#include "tests/support/problem_check.h"
#include "tests/support/repo_builder.h"

#define RECORDS "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"
#define PLAIN   RECORDS "columns: {title: {type: string}}\n"

typedef struct loaded {
    repo_builder *builder;
    const char *root;
    igd_repo *repo;
    igd_commit commit;
    igd_arena *mem;
    igd_problems problems;
    igd_database *database;
    igd_error err;
} loaded;

IGD_UNUSED static int loaded_setup(void **state)
{
    loaded *l = test_calloc(1, sizeof(*l));
    l->builder = repo_builder_new();
    *state = l;
    return 0;
}

IGD_UNUSED static void loaded_close(loaded *l)
{
    igd_database_free(l->database);
    l->database = NULL;
    igd_repo_free(l->repo);
    l->repo = NULL;
    igd_arena_free(l->mem);
    l->mem = NULL;
}

IGD_UNUSED static int loaded_teardown(void **state)
{
    loaded *l = *state;
    loaded_close(l);
    repo_builder_free(l->builder);
    test_free(l);
    return 0;
}

IGD_UNUSED static void put(loaded *l, const char *path, const char *text)
{
    repo_put(l->builder, path, text);
}

/* Opens the repository at path and a commit of it, without loading. */
IGD_UNUSED static void open_at(loaded *l, const char *path, const char *rev)
{
    loaded_close(l);
    l->mem = igd_arena_new();
    l->problems = IGD_PROBLEMS_INIT(l->mem);
    igd_repo_options options = {.path = path, .root = l->root};
    if (igd_repo_open(&options, &l->repo, &l->err) ||
        igd_repo_resolve(l->repo, rev, &l->commit, &l->err))
        fail_msg("%s", l->err.message);
}

IGD_UNUSED static int load_at(loaded *l, const char *rev)
{
    open_at(l, repo_path(l->builder), rev);
    return igd_database_load(l->repo, &l->commit, l->mem, &l->problems, &l->database, &l->err);
}

/* Commits what was put and loads it; the call must succeed. */
IGD_UNUSED static void load(loaded *l)
{
    if (load_at(l, repo_commit(l->builder, "state")))
        fail_msg("%s", l->err.message);
}

IGD_UNUSED static const igd_definition *need(const loaded *l, const char *id)
{
    const igd_definition *found = igd_database_find(l->database, igd_str_from(id));
    if (!found) {
        print_problems(&l->problems);
        fail_msg("no collection %s", id);
    }
    return found;
}

IGD_UNUSED static const igd_problem *need_error(const loaded *l, const char *text)
{
    return need_problem(&l->problems, IGD_PROBLEM_SCHEMA, text);
}

#define LOADED_TEST(name) cmocka_unit_test_setup_teardown(name, loaded_setup, loaded_teardown)

#endif
