/*
 * Loading a whole database: order, lookup, what is not read, objects that are missing, and the
 * configuration file beside it.
 */
#include <stdio.h>

#include "ingitdb/database.h"
#include "tests/unit/ingitdb/loaded.h"

#define LIST ".ingitdb/root-collections.yaml"

static void orders_by_id(void **state)
{
    loaded *l = *state;
    put(l, LIST, "b: b\na.x: x\na: a\n");
    put(l, "a/.collection/definition.yaml", PLAIN);
    put(l, "a/.collection/subcollections/s-1/definition.yaml", PLAIN);
    put(l, "a/.collection/subcollections/s/definition.yaml", PLAIN);
    put(l, "a/.collection/subcollections/s/subcollections/t/definition.yaml", PLAIN);
    put(l, "b/.collection/definition.yaml", PLAIN);
    put(l, "x/.collection/definition.yaml", PLAIN);
    load(l);
    need_none(&l->problems);
    const char *ids[] = {"a", "a.x", "a/s", "a/s-1", "a/s/t", "b"};
    assert_int_equal(l->database->count, IGD_COUNT(ids));
    for (size_t n = 0; n < IGD_COUNT(ids); n++) {
        assert_str(l->database->collections[n]->model.id, ids[n]);
        assert_ptr_equal(need(l, ids[n]), l->database->collections[n]);
    }
    assert_null(igd_database_find(l->database, IGD_STR("")));
    assert_null(igd_database_find(l->database, IGD_STR("a/")));
    assert_null(igd_database_find(l->database, IGD_STR("z")));
}

static void knows_its_root(void **state)
{
    loaded *l = *state;
    put(l, "db/" LIST, "");
    put(l, "other", "x");
    l->root = "db";
    load(l);
    need_none(&l->problems);
    assert_int_equal(l->database->count, 0);
    igd_entry entry;
    bool found = false;
    assert_int_equal(
        igd_repo_find(l->repo, &l->commit.tree, IGD_STR("db"), &entry, &found, &l->err), IGD_OK);
    assert_true(igd_oid_eq(&entry.id, &l->database->root_tree));
    assert_true(igd_oid_eq(&l->commit.id, &l->database->commit.id));
    assert_null(igd_database_find(l->database, IGD_STR("a")));
}

static void needs_only_the_directory(void **state)
{
    loaded *l = *state;
    put(l, ".ingitdb/README.md", "text");
    put(l, ".ingitdb/subscribers.yaml", "[broken");
    load(l);
    need_none(&l->problems);
    assert_int_equal(l->database->count, 0);
}

static void goes_on_after_errors(void **state)
{
    loaded *l = *state;
    put(l, LIST, "a: a\nb: ../b\nc: c\nd: d\ne-e: e\n");
    put(l, ".ingitdb/settings.yaml", "nonsense: 1\n");
    put(l, "a/.collection/definition.yaml", "columns: {x: {type: nope}}\n");
    put(l, "d/.collection/definition.yaml", PLAIN);
    load(l);
    assert_int_equal(l->problems.schema_errors, 5);
    assert_int_equal(l->problems.warnings, 1);
    assert_int_equal(l->database->count, 1);
    for (size_t n = 0; n < l->problems.len; n++) {
        const igd_problem *problem = &l->problems.items[n];
        assert_true(problem->path.len > 0);
        assert_true(problem->reason.len > 0);
        assert_true(problem->hint.len > 0);
    }
}

static void uses_the_default_format(void **state)
{
    loaded *l = *state;
    put(l, LIST, "a: a\n");
    put(l, ".ingitdb/settings.yaml", "default_record_format: toml\n");
    put(l, "a/.collection/definition.yaml",
        "record_file: {name: '{key}.toml', type: 'map[string]any'}\ncolumns: {x: {type: int}}\n");
    load(l);
    assert_int_equal(l->problems.schema_errors, 0);
    assert_ptr_equal(need(l, "a")->format, &igd_format_toml);
}

static void fingerprints_survive_moves(void **state)
{
    loaded *l = *state;
    put(l, LIST, "a: a\n");
    put(l, "a/.collection/definition.yaml",
        RECORDS "columns: {x: {type: string, foreign_key: a, enum: [p, q]}}\n");
    load(l);
    igd_digest before = need(l, "a")->model.fingerprint;
    assert_true(before.high != 0 || before.low != 0);
    put(l, LIST, "a: sub/.collections/a\n");
    repo_delete(l->builder, "a");
    put(l, "sub/.collections/a/definition.yaml", "inherits: base.yaml\ntitles: {en: A}\n" RECORDS);
    put(l, "sub/.collections/a/base.yaml",
        "columns:\n  x: {enum: [p, 'q'], foreign_key: a, type: string}\n");
    load(l);
    assert_true(igd_digest_eq(before, need(l, "a")->model.fingerprint));
    /* The same text, and yet another target. */
    put(l, LIST, "m.a: sub/.collections/a\nm.b: b\n");
    put(l, "b/.collection/definition.yaml", PLAIN);
    load(l);
    assert_false(igd_digest_eq(before, need(l, "m.a")->model.fingerprint));
}

static void keeps_expressions(void **state)
{
    loaded *l = *state;
    put(l, LIST, "a: a\nb: b\n");
    put(l, "a/.collection/definition.yaml",
        "record_file: {name: '{key}.md', type: 'map[string]any', format: markdown, "
        "exclude_regex: '^README'}\ncolumns: {x: {type: string}}\n");
    put(l, "b/.collection/definition.yaml", /* left out: its expression is given back at once */
        "record_file: {name: '{key}.md', type: 'map[string]any', format: markdown, "
        "exclude_regex: '^README'}\ncolumns: {x: {type: string, foreign_key: none}}\n");
    load(l);
    assert_true(igd_definition_excludes(need(l, "a"), IGD_STR("README.md")));
    assert_false(igd_definition_excludes(need(l, "a"), IGD_STR("x.md")));
    igd_database_free(l->database);
    igd_database_free(l->database); /* nothing left to free */
    igd_database_free(NULL);
}

/* Removes the object of a path from the repository. */
static void lose(loaded *l, const char *path)
{
    igd_entry entry;
    bool found = false;
    open_at(l, repo_path(l->builder), "HEAD");
    if (igd_repo_find(l->repo, &l->commit.tree, igd_str_from(path), &entry, &found, &l->err) ||
        !found)
        fail_msg("%s is not there", path);
    char hex[IGD_OID_HEX], file[1024];
    igd_oid_hex(&entry.id, hex);
    snprintf(file, sizeof(file), "%s/.git/objects/%.2s/%s", repo_path(l->builder), hex, hex + 2);
    assert_int_equal(remove(file), 0);
}

static void fails_without_objects(void **state)
{
    loaded *l = *state;
    put(l, LIST, "b: b\na: a\n");
    put(l, "a/.collection/definition.yaml",
        "record_file: {name: '{key}.md', type: 'map[string]any', format: markdown, "
        "exclude_regex: '^README'}\ncolumns: {x: {type: string}}\n");
    put(l, "b/.collection/definition.yaml", PLAIN);
    repo_commit(l->builder, "state");
    lose(l, "b/.collection/definition.yaml");
    assert_int_equal(load_at(l, "HEAD"), IGD_E_REPOSITORY);
    assert_null(l->database);
    lose(l, "b");
    assert_int_equal(load_at(l, "HEAD"), IGD_E_REPOSITORY);
    lose(l, ".ingitdb");
    assert_int_equal(load_at(l, "HEAD"), IGD_E_REPOSITORY);
}

static void finds_the_configuration(void **state)
{
    loaded *l = *state;
    igd_blob blob = {0};
    bool found = true;
    put(l, "db/" LIST, "");
    l->root = "db";
    open_at(l, repo_path(l->builder), repo_commit(l->builder, "one"));
    assert_int_equal(igd_database_config(l->repo, &l->commit, &blob, &found, &l->err), IGD_OK);
    assert_false(found);

    put(l, "db/.ingitdb/migrate.yaml", "name: x\n");
    open_at(l, repo_path(l->builder), repo_commit(l->builder, "two"));
    assert_int_equal(igd_database_config(l->repo, &l->commit, &blob, &found, &l->err), IGD_OK);
    assert_true(found);
    assert_str(blob.bytes, "name: x\n");
    igd_blob_free(&blob);

    repo_delete(l->builder, "db/.ingitdb/migrate.yaml");
    repo_put_symlink(l->builder, "db/.ingitdb/migrate.yaml", "x");
    open_at(l, repo_path(l->builder), repo_commit(l->builder, "three"));
    assert_int_equal(igd_database_config(l->repo, &l->commit, &blob, &found, &l->err),
                     IGD_E_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADED_TEST(orders_by_id),
        LOADED_TEST(knows_its_root),
        LOADED_TEST(needs_only_the_directory),
        LOADED_TEST(goes_on_after_errors),
        LOADED_TEST(uses_the_default_format),
        LOADED_TEST(fingerprints_survive_moves),
        LOADED_TEST(keeps_expressions),
        LOADED_TEST(fails_without_objects),
        LOADED_TEST(finds_the_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
