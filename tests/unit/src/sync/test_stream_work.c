/*
 * References of a change, through whole syncs: what is looked up, and what is noticed from the
 * other side, when the row that refers changes in the same commit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmocka.h"
#include "tests/support/repo_builder.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

typedef struct fixture {
    char *dir;
    char database[512];
    repo_builder *repo;
} fixture;

static void put_definition(repo_builder *repo, const char *path, const char *columns)
{
    char text[512];
    snprintf(text, sizeof(text),
             "record_file:\n  name: \"{key}.yaml\"\n  format: yaml\n  type: \"map[string]any\"\n"
             "columns:\n%s",
             columns);
    repo_put(repo, path, text);
}

/* a refers to red, in both ways. */
static int set_up(void **state)
{
    fixture *f = igd_xmalloc(sizeof(*f));
    *f = (fixture){.dir = temp_dir_new(), .repo = repo_builder_new()};
    snprintf(f->database, sizeof(f->database), "%s/x.db", f->dir);
    repo_put(f->repo, ".ingitdb/root-collections.yaml", "tags: tags\nitems: items\n");
    put_definition(f->repo, "tags/.collection/definition.yaml", "  title: {type: string}\n");
    put_definition(f->repo, "items/.collection/definition.yaml",
                   "  title: {type: string}\n  tag: {type: string, foreign_key: tags}\n"
                   "  more: {type: \"[]string\", foreign_key: tags}\n");
    repo_put(f->repo, "tags/$records/red.yaml", "title: Red\n");
    repo_put(f->repo, "tags/$records/blue.yaml", "title: Blue\n");
    repo_put(f->repo, "items/$records/a.yaml", "title: A\ntag: red\nmore: [red]\n");
    repo_put(f->repo, "items/$records/b.yaml", "title: B\n");
    repo_commit(f->repo, "first");
    sync_run_ok(repo_path(f->repo), f->database, "HEAD");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    repo_builder_free(f->repo);
    temp_dir_free(f->dir);
    free(f);
    return 0;
}

static void commit_and_sync(fixture *f, int expected)
{
    const char *commit = repo_commit(f->repo, "next");
    igd_sync_options options = sync_run_options(commit);
    sync_run run = sync_run_into(repo_path(f->repo), f->database, &options);
    if (run.code != expected)
        fail_msg("code %d instead of %d: %s", run.code, expected, run.err.message);
    sync_run_free(&run);
}

static void test_same_reference(void **state)
{
    fixture *f = *state;
    repo_put(f->repo, "items/$records/a.yaml", "title: AA\ntag: red\nmore: [red]\n");
    commit_and_sync(f, IGD_OK);
}

/* The reference is what it was, and what it refers to goes away together with another edit. */
static void test_same_reference_to_what_goes(void **state)
{
    fixture *f = *state;
    repo_put(f->repo, "items/$records/a.yaml", "title: AA\ntag: red\n");
    repo_delete(f->repo, "tags/$records/red.yaml");
    commit_and_sync(f, IGD_E_INVALID);
    repo_put(f->repo, "items/$records/a.yaml", "title: AA\ntag: blue\n");
    commit_and_sync(f, IGD_OK);
}

static void test_same_list_to_what_goes(void **state)
{
    fixture *f = *state;
    repo_put(f->repo, "items/$records/a.yaml", "title: AA\ntag: blue\nmore: [red]\n");
    repo_delete(f->repo, "tags/$records/red.yaml");
    commit_and_sync(f, IGD_E_INVALID);
}

/* What it refers to turns invalid. */
static void test_same_reference_to_what_breaks(void **state)
{
    fixture *f = *state;
    repo_put(f->repo, "items/$records/a.yaml", "title: AA\ntag: red\n");
    repo_put(f->repo, "tags/$records/red.yaml", "title: [\n");
    commit_and_sync(f, IGD_E_INVALID);
}

static void test_other_reference(void **state)
{
    fixture *f = *state;
    repo_put(f->repo, "items/$records/a.yaml", "title: A\ntag: green\nmore: [red]\n");
    commit_and_sync(f, IGD_E_INVALID);
    repo_put(f->repo, "items/$records/a.yaml", "title: A\ntag: blue\nmore: [red, green]\n");
    commit_and_sync(f, IGD_E_INVALID);
    repo_put(f->repo, "items/$records/a.yaml", "title: A\ntag: blue\nmore: [red, blue]\n");
    repo_put(f->repo, "items/$records/b.yaml", "title: B\ntag: green\n");
    repo_put(f->repo, "tags/$records/green.yaml", "title: Green\n");
    commit_and_sync(f, IGD_OK);
}

/* The same text refers to something else when the definition says so. */
static void test_same_text_elsewhere(void **state)
{
    fixture *f = *state;
    put_definition(f->repo, "items/.collection/definition.yaml",
                   "  title: {type: string}\n  tag: {type: string, foreign_key: items}\n"
                   "  more: {type: \"[]string\", foreign_key: tags}\n");
    repo_put(f->repo, "items/$records/a.yaml", "title: AA\ntag: red\n");
    commit_and_sync(f, IGD_E_INVALID);
    repo_put(f->repo, "items/$records/a.yaml", "title: AA\ntag: b\n");
    commit_and_sync(f, IGD_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_reference, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_same_reference_to_what_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_same_list_to_what_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_same_reference_to_what_breaks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_reference, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_same_text_elsewhere, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
