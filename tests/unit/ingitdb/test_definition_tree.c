/*
 * Where definitions are: both layouts, chains of inherits, subcollections.
 */
#include <stdio.h>

#include "ingitdb/definition_tree.h"
#include "tests/unit/ingitdb/loaded.h"

#define LIST ".ingitdb/root-collections.yaml"

static void reads_the_dedicated_layout(void **state)
{
    loaded *l = *state;
    put(l, LIST, "orders: data/orders\n");
    put(l, "data/orders/.collection/definition.yaml", PLAIN);
    put(l, "data/orders/.collection/trigger_x.yaml", "[broken");
    put(l, "data/orders/.collection/views/by_day.yaml", "[broken");
    put(l, "data/orders/.collection/views/definition.yaml", "[broken");
    put(l, "data/orders/.collection/subcollections/README.md", "text");
    put(l, "data/orders/.collection/subcollections/lines/definition.yaml",
        RECORDS "columns: {n: {type: int}}\n");
    put(l, "data/orders/.collection/subcollections/lines/views/x.yaml", "[broken");
    put(l, "data/orders/.collection/subcollections/lines/subcollections/taxes/definition.yaml",
        PLAIN);
    load(l);
    need_none(&l->problems);
    assert_int_equal(l->database->count, 3);
    assert_str(need(l, "orders")->data_dir, "data/orders");
    const igd_definition *taxes = need(l, "orders/lines/taxes");
    assert_str(taxes->model.name, "taxes");
    assert_str(taxes->data_dir, "");
    assert_str(taxes->model.path,
               "data/orders/.collection/subcollections/lines/subcollections/taxes/definition.yaml");
    assert_ptr_equal(taxes->parent, need(l, "orders/lines"));
    assert_ptr_equal(taxes->model.parent, &need(l, "orders/lines")->model);
    assert_ptr_equal(taxes->parent->parent, need(l, "orders"));
}

static void reads_the_shared_layout(void **state)
{
    loaded *l = *state;
    put(l, LIST,
        "tags: app/.collections/tags\nnotes: app/.collections/notes\nown: own\n"
        "top: .collections/top\n");
    put(l, "app/.collections/tags/definition.yaml", PLAIN "data_dir: x/y\n");
    put(l, "app/.collections/tags/$views/definition.yaml", "[broken");
    put(l, "app/.collections/tags/words/definition.yaml", PLAIN);
    put(l, "app/.collections/tags/words/letters/definition.yaml", PLAIN);
    put(l, "app/.collections/tags/docs/other.yaml", "[broken"); /* no definition: passed over */
    put(l, "app/.collections/notes/definition.yaml", PLAIN);
    put(l, "own/definition.yaml", PLAIN);
    put(l, "own/$records/definition.yaml", "title: a record");
    put(l, ".collections/top/definition.yaml", PLAIN);
    load(l);
    need_none(&l->problems);
    assert_int_equal(l->database->count, 6);
    assert_str(need(l, "tags")->data_dir, "app/x/y");
    assert_str(need(l, "notes")->data_dir, "app");
    assert_str(need(l, "own")->data_dir, "own");
    assert_str(need(l, "top")->data_dir, "");
    assert_ptr_equal(need(l, "tags/words/letters")->parent, need(l, "tags/words"));
}

static void reads_a_collection_at_the_root(void **state)
{
    loaded *l = *state;
    put(l, "db/" LIST, "all: .\nx: .collections/x\n");
    put(l, "db/.collection/definition.yaml", PLAIN);
    put(l, "db/.collections/x/definition.yaml", PLAIN);
    l->root = "db";
    load(l);
    need_none(&l->problems);
    assert_str(need(l, "all")->data_dir, "");
    assert_str(need(l, "x")->data_dir, "");
    assert_str(need(l, "all")->model.path, "db/.collection/definition.yaml");
}

static void refuses_layouts(void **state)
{
    loaded *l = *state;
    put(l, LIST,
        "both: both\nnone: none\nold: old\nmissing: missing\nfile: file\ndir: dir\n"
        "ok: ok\n");
    put(l, "both/.collection/definition.yaml", PLAIN);
    put(l, "both/definition.yaml", PLAIN);
    put(l, "none/x.yaml", "");
    put(l, "old/.ingitdb-collection.yaml", "");
    put(l, "file", "");
    put(l, "dir/definition.yaml/x", "");
    put(l, "ok/.collection/definition.yaml", PLAIN);
    put(l, "ok/.collection/subcollections/empty/README.md", "");
    load(l);
    need_error(l, "collection 'both' has two definitions");
    const igd_problem *none = need_error(l, "collection 'none' has no definition");
    assert_str(none->path, LIST);
    assert_int_equal(none->line, 2);
    assert_str(none->collection, "none");
    need_error(l, "collection 'old' has the layout of 2026-01");
    need_error(l, "no directory 'missing' for collection 'missing'");
    need_error(l, "no directory 'file'");
    need_error(l, "collection 'dir' has no definition");
    need_error(l, "subcollection 'empty' has no definition.yaml");
    assert_int_equal(l->problems.schema_errors, 7);
    assert_int_equal(l->database->count, 1);
}

static void refuses_links(void **state)
{
    loaded *l = *state;
    put(l, LIST, "a: a\nb: b\nc: c\nd: d\ne: e\nf: f\ng: g\n");
    put(l, "real/.collection/definition.yaml", PLAIN);
    repo_put_symlink(l->builder, "a/.collection/definition.yaml", "../../real.yaml");
    repo_put_symlink(l->builder, "b", "real");
    repo_put_symlink(l->builder, "c/.collection", "../real/.collection");
    repo_put_submodule(l->builder, "d");
    put(l, "e/.collection/definition.yaml", PLAIN);
    repo_put_symlink(l->builder, "e/.collection/subcollections/sub", "../../x");
    put(l, "f/.collection/definition.yaml", PLAIN);
    repo_put_symlink(l->builder, "f/.collection/subcollections", "x");
    put(l, "g/definition.yaml", PLAIN);
    repo_put_symlink(l->builder, "g/anything", "x"); /* beside a shared definition: not looked at */
    repo_put_symlink(l->builder, "g/sub/definition.yaml", "x");
    load(l);
    need_error(l, "'a/.collection/definition.yaml' is a symbolic link");
    need_error(l, "'b' is a symbolic link");
    need_error(l, "'c/.collection' is a symbolic link");
    need_error(l, "'d' is a git submodule");
    need_error(l, "'e/.collection/subcollections/sub' is a symbolic link");
    need_error(l, "'f/.collection/subcollections' is a symbolic link");
    need_error(l, "'g/sub/definition.yaml' is a symbolic link");
    assert_int_equal(l->problems.schema_errors, 7);
}

static void reports_broken_files(void **state)
{
    loaded *l = *state;
    put(l, LIST, "a: a\nb: b\n");
    put(l, "a/.collection/definition.yaml", "columns:\n  x: {type: int\n");
    put(l, "a/.collection/subcollections/sub/definition.yaml", "columns: {x: {type: nope}}\n");
    put(l, "b/.collection/definition.yaml", "");
    load(l);
    const igd_problem *problem = &l->problems.items[0];
    assert_str(problem->path, "a/.collection/definition.yaml");
    assert_string_equal(problem->code, "parse");
    assert_true(problem->line > 0);
    assert_str(problem->collection, "a");
    assert_str(need_error(l, "type 'nope'")->collection, "a/sub"); /* looked at all the same */
    need_error(l, "no columns");
    assert_int_equal(l->database->count, 0);
}

static void leaves_out_what_is_below_a_broken_one(void **state)
{
    loaded *l = *state;
    put(l, LIST, "a: a\nb: b\n");
    put(l, "a/.collection/definition.yaml",
        "record_file: {name: '{key}.md', type: 'map[string]any', format: markdown, "
        "exclude_regex: '^x$'}\ncolumns: {x: {type: nope}}\n");
    put(l, "a/.collection/subcollections/sub/definition.yaml", PLAIN);
    put(l, "a/.collection/subcollections/sub/subcollections/deep/definition.yaml", PLAIN);
    put(l, "b/.collection/definition.yaml", PLAIN);
    load(l);
    assert_int_equal(l->problems.schema_errors, 1);
    assert_int_equal(l->database->count, 1);
    need(l, "b");
}

static void limits_the_depth(void **state)
{
    loaded *l = *state;
    char path[2048] = "a/.collection";
    put(l, LIST, "a: a\n");
    put(l, "a/.collection/definition.yaml", PLAIN);
    for (int depth = 1; depth <= 18; depth++) {
        strcat(path, "/subcollections/s");
        char file[2100];
        snprintf(file, sizeof(file), "%s/definition.yaml", path);
        put(l, file, PLAIN);
    }
    load(l);
    need_error(l, "nested deeper than 16");
    assert_int_equal(l->problems.schema_errors, 1);
    assert_int_equal(l->database->count, 17);
}

/* ---- inherits ---- */

static void follows_inherits(void **state)
{
    loaded *l = *state;
    put(l, LIST, "a: data/a\n");
    put(l, "data/a/.collection/definition.yaml", "inherits: ../../../base/a.yaml\n" RECORDS);
    put(l, "base/a.yaml", "inherits: ./more/b.yaml\ncolumns: {x: {type: int}}\n");
    put(l, "base/more/b.yaml",
        "columns: {x: {type: string}, y: {type: string}}\n"
        "titles: {en: X}\n");
    load(l);
    need_none(&l->problems);
    const igd_collection *model = &need(l, "a")->model;
    assert_int_equal(model->field_count, 2);
    assert_int_equal(model->fields[0].type.kind, IGD_INT);
    assert_str(model->path, "data/a/.collection/definition.yaml");
}

static void inherits_from_outside_the_root(void **state)
{
    loaded *l = *state;
    put(l, "db/" LIST, "a: a\n");
    put(l, "db/a/.collection/definition.yaml", "inherits: ../../../common/base.yaml\n" RECORDS);
    put(l, "common/base.yaml", "columns: {x: {type: int}}\n");
    l->root = "db";
    load(l);
    need_none(&l->problems);
    need(l, "a");
}

static void refuses_inherits(void **state)
{
    loaded *l = *state;
    put(l, LIST, "a: a\nb: b\nc: c\nd: d\ne: e\nf: f\ng: g\nh: h\ni: i\n");
    put(l, "a/.collection/definition.yaml", RECORDS "inherits: missing.yaml\n");
    put(l, "b/.collection/definition.yaml", "inherits: ../../../x.yaml\n");
    put(l, "c/.collection/definition.yaml", "inherits: /etc/passwd\n");
    put(l, "d/.collection/definition.yaml", "inherits: [x]\n");
    put(l, "e/.collection/definition.yaml", "inherits: definition.yaml\n");
    put(l, "f/.collection/definition.yaml", "inherits: one.yaml\n");
    put(l, "f/.collection/one.yaml", "inherits: two.yaml\n");
    put(l, "f/.collection/two.yaml", "x: 1\ninherits: ../.collection/one.yaml\n");
    put(l, "g/.collection/definition.yaml", "inherits: broken.yaml\n");
    put(l, "g/.collection/broken.yaml", "a: [");
    put(l, "h/.collection/definition.yaml", "inherits: link.yaml\n");
    repo_put_symlink(l->builder, "h/.collection/link.yaml", "broken.yaml");
    put(l, "i/.collection/definition.yaml", "inherits: ../.collection\n");
    load(l);
    const igd_problem *missing = need_error(l, "there is no file 'a/.collection/missing.yaml'");
    assert_str(missing->path, "a/.collection/definition.yaml");
    assert_int_equal(missing->line, 2);
    assert_int_equal(missing->column, 11);
    need_error(l, "inherits '../../../x.yaml' leads out of the repository");
    need_error(l, "inherits '/etc/passwd' is absolute");
    need_error(l, "inherits is not text");
    need_error(l, "inherits 'definition.yaml' leads back");
    const igd_problem *cycle = need_error(l, "inherits '../.collection/one.yaml' leads back");
    assert_str(cycle->path, "f/.collection/two.yaml");
    assert_int_equal(cycle->line, 2);
    need_error(l, "'h/.collection/link.yaml' is a symbolic link");
    need_error(l, "there is no file 'i/.collection'");
    /* One for each: what the base would have said is not held against the rest. */
    assert_int_equal(l->problems.schema_errors, 9);
    assert_int_equal(l->database->count, 0);
}

static void limits_the_chain(void **state)
{
    loaded *l = *state;
    put(l, LIST, "a: a\n");
    put(l, "a/.collection/definition.yaml", "inherits: b0.yaml\n");
    for (int n = 0; n < 40; n++) {
        char path[64], text[64];
        snprintf(path, sizeof(path), "a/.collection/b%d.yaml", n);
        snprintf(text, sizeof(text), "inherits: b%d.yaml\n", n + 1);
        put(l, path, text);
    }
    load(l);
    need_error(l, "more than 32 files");
    assert_int_equal(l->problems.schema_errors, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADED_TEST(reads_the_dedicated_layout),
        LOADED_TEST(reads_the_shared_layout),
        LOADED_TEST(reads_a_collection_at_the_root),
        LOADED_TEST(refuses_layouts),
        LOADED_TEST(refuses_links),
        LOADED_TEST(reports_broken_files),
        LOADED_TEST(leaves_out_what_is_below_a_broken_one),
        LOADED_TEST(limits_the_depth),
        LOADED_TEST(follows_inherits),
        LOADED_TEST(inherits_from_outside_the_root),
        LOADED_TEST(refuses_inherits),
        LOADED_TEST(limits_the_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
