/*
 * For tests of the walk over files: a repository, definitions made by hand, and what a walk
 * delivers as lines of text, "<ancestors>/<key>: -<old path> +<new path>".
 */
#ifndef IGD_TESTS_WALK_FIXTURE_H
#define IGD_TESTS_WALK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/buf.h"
#include "cmocka.h"
#include "ingitdb/files.h"
#include "tests/support/repo_builder.h"

#define WITH_REPO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

typedef struct fixture {
    repo_builder *b;
    igd_repo *repo;
    igd_arena *mem;
} fixture;

IGD_UNUSED static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof(*f));
    f->b = repo_builder_new_bare();
    f->mem = igd_arena_new();
    *state = f;
    return 0;
}

IGD_UNUSED static int tear_down(void **state)
{
    fixture *f = *state;
    igd_repo_free(f->repo);
    igd_arena_free(f->mem);
    repo_builder_free(f->b);
    free(f);
    return 0;
}

/* Commits what is staged. `root` is the database's directory, the same in each call of a test. */
IGD_UNUSED static igd_database commit_at(fixture *f, const char *root)
{
    const char *hex = repo_commit(f->b, "x");
    igd_error err = IGD_ERROR_INIT;
    if (!f->repo) {
        igd_repo_options options = {.path = repo_path(f->b), .root = root};
        assert_int_equal(igd_repo_open(&options, &f->repo, &err), IGD_OK);
    }
    igd_database database = {.repo = f->repo};
    assert_int_equal(igd_repo_resolve(f->repo, hex, &database.commit, &err), IGD_OK);
    database.root_tree = database.commit.tree;
    igd_entry entry;
    bool found;
    if (root[0]) {
        assert_int_equal(igd_repo_find(f->repo, &database.commit.tree, igd_str_from(root), &entry,
                                       &found, &err),
                         IGD_OK);
        assert_true(found);
        database.root_tree = entry.id;
    }
    return database;
}

IGD_UNUSED static igd_database commit(fixture *f)
{
    return commit_at(f, "");
}

IGD_UNUSED static igd_definition root_collection(const char *data_dir, const char *file_name)
{
    igd_str name = igd_str_from(file_name);
    return (igd_definition){
        .model = {.id = IGD_STR("things"), .name = IGD_STR("things")},
        .data_dir = igd_str_from(data_dir),
        .file_name = name,
        .has_key = strstr(file_name, "{key}") != NULL,
    };
}

IGD_UNUSED static igd_definition subcollection(const igd_definition *parent, const char *name,
                                               const char *file_name)
{
    igd_definition definition = root_collection("", file_name);
    definition.parent = parent;
    definition.model.parent = &parent->model;
    definition.model.id = definition.model.name = igd_str_from(name);
    return definition;
}

/* ---- walking, and what came of it as text ---- */

IGD_UNUSED static int write_line(const igd_file *file, void *payload, igd_error *err)
{
    (void)err;
    igd_buf *out = payload;
    for (size_t n = 0; n < igd_collection_depth(&file->definition->model); n++)
        igd_buf_printf(out, "%.*s/", IGD_STR_ARG(file->ancestors[n]));
    igd_buf_printf(out, "%.*s:", IGD_STR_ARG(file->key));
    if (file->old_side.present)
        igd_buf_printf(out, " -%.*s", IGD_STR_ARG(file->old_side.path));
    if (file->new_side.present)
        igd_buf_printf(out, " +%.*s", IGD_STR_ARG(file->new_side.path));
    igd_buf_byte(out, '\n');
    return IGD_OK;
}

IGD_UNUSED static void walk(igd_walk settings, igd_buf *out)
{
    igd_error err = IGD_ERROR_INIT;
    settings.callback = write_line;
    settings.payload = out;
    if (igd_files_walk(&settings, &err) != IGD_OK)
        fail_msg("%s", err.message);
}

IGD_UNUSED static void check_walk(igd_walk settings, const char *expected)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    walk(settings, &out);
    assert_string_equal(out.ptr, expected);
}

IGD_UNUSED static void check_all(const igd_database *database, const igd_definition *definition,
                                 const char *expected)
{
    check_walk((igd_walk){.new_database = database, .new_definition = definition, .all = true},
               expected);
}

/* Both sides, what changed only. */
IGD_UNUSED static void check_changes(const igd_database *before,
                                     const igd_definition *old_definition,
                                     const igd_database *after,
                                     const igd_definition *new_definition, const char *expected)
{
    check_walk((igd_walk){.old_database = before,
                          .old_definition = old_definition,
                          .new_database = after,
                          .new_definition = new_definition},
               expected);
}

#endif
