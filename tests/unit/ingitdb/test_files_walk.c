/*
 * The walk over a collection's files: one side and two, every layout, and what is not a record.
 */
#include <stdio.h>

#include "ingitdb/exclude.h"
#include "tests/support/git_damage.h"
#include "tests/unit/ingitdb/walk_fixture.h"

/* ---- one side ---- */

static void layouts_of_root_collections(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "a/$records/red.yaml", "1");
    repo_put(f->b, "a/$records/two.dots.yaml", "1");
    repo_put(f->b, "a/$records/.hidden.yaml", "1");
    repo_put(f->b, "a/$records/$odd.yaml", "1");
    repo_put(f->b, "a/$records/README.md", "1");
    repo_put(f->b, "a/$records/red/deep.yaml", "1");
    repo_put(f->b, "a/$records/dir.yaml/x", "1");
    repo_put(f->b, "a/outside.yaml", "1");
    repo_put(f->b, "b/$records/x/x.json", "1");
    repo_put(f->b, "b/$records/x/y.json", "1");
    repo_put(f->b, "b/$records/y/x.json", "1");
    repo_put(f->b, "b/$records/z.json", "1");
    repo_put(f->b, "b/$records/$views/$views.json", "1");
    repo_put(f->b, "c/$records/data/k.rec.yaml", "1");
    repo_put(f->b, "c/$records/k.rec.yaml", "1");
    repo_put(f->b, "c/$records/$records/data/k.rec.yaml", "1");
    repo_put(f->b, "tags.json", "1");
    repo_put(f->b, "d/$records/tags.json", "1");
    igd_database db = commit(f);

    igd_definition a = root_collection("a", "{key}.yaml");
    check_all(&db, &a, "red: +a/$records/red.yaml\ntwo.dots: +a/$records/two.dots.yaml\n");
    igd_definition b = root_collection("b", "{key}/{key}.json");
    check_all(&db, &b, "x: +b/$records/x/x.json\n");
    igd_definition c = root_collection("c", "data/{key}.rec.yaml");
    check_all(&db, &c, "k: +c/$records/data/k.rec.yaml\n");
    igd_definition not_doubled = root_collection("c", "$records/data/{key}.rec.yaml");
    check_all(&db, &not_doubled, "k: +c/$records/data/k.rec.yaml\n");

    igd_definition tags = root_collection("", "tags.json");
    tags.model.record_type = IGD_RECORD_MAP;
    check_all(&db, &tags, ": +tags.json\n");
    tags.model.record_type = IGD_RECORD_SINGLE;
    check_all(&db, &tags, "tags: +tags.json\n");
    igd_definition no_records = root_collection("d", "tags.json");
    check_all(&db, &no_records, "");
}

static void what_is_missing_is_empty(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "a/x", "1");
    repo_put(f->b, "file", "1");
    igd_database db = commit(f);
    static const char *const places[] = {"a", "b", "a/x", "file/y", "b/c/d", "../a", "a/.."};
    for (size_t n = 0; n < IGD_COUNT(places); n++) {
        igd_definition definition = root_collection(places[n], "{key}.yaml");
        check_all(&db, &definition, "");
        definition = root_collection(places[n], "tags.json");
        check_all(&db, &definition, "");
    }
    igd_definition nameless = root_collection("a", "");
    check_all(&db, &nameless, "");
    check_walk((igd_walk){.all = true}, "");
    check_walk((igd_walk){.all = true, .new_database = &db}, "");
    check_walk((igd_walk){.all = true, .new_definition = &nameless}, "");
}

static void a_database_below_the_top(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "eu/shop/a/b/$records/x.yaml", "1");
    repo_put(f->b, "a/b/$records/elsewhere.yaml", "1");
    igd_database db = commit_at(f, "eu/shop");
    igd_definition definition = root_collection("./a//b/", "{key}.yaml");
    check_all(&db, &definition, "x: +eu/shop/a/b/$records/x.yaml\n");

    igd_error err = IGD_ERROR_INIT;
    igd_file_side side;
    assert_int_equal(igd_files_lookup(&db, &definition, NULL, IGD_STR("x"), &side, f->mem, &err),
                     IGD_OK);
    assert_true(igd_str_is(side.path, "eu/shop/a/b/$records/x.yaml"));
}

static void excluded_names(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "a/$records/README.md", "1");
    repo_put(f->b, "a/$records/x.md", "1");
    repo_put_symlink(f->b, "a/$records/README.old.md", "x.md");
    igd_database db = commit(f);
    igd_definition definition = root_collection("a", "{key}.md");
    igd_error err = IGD_ERROR_INIT;
    igd_str why;
    definition.exclude = igd_exclude_compile(IGD_STR("^README"), f->mem, &why);
    assert_non_null(definition.exclude);
    igd_problems problems = IGD_PROBLEMS_INIT(f->mem);
    check_walk(
        (igd_walk){
            .new_database = &db, .new_definition = &definition, .problems = &problems, .all = true},
        "x: +a/$records/x.md\n");
    assert_int_equal(problems.len, 0);
    igd_file_side side;
    assert_int_equal(
        igd_files_lookup(&db, &definition, NULL, IGD_STR("README"), &side, f->mem, &err), IGD_OK);
    assert_false(side.present);

    /* The same files under another rule: a change, though no byte of them changed. */
    igd_definition open = root_collection("a", "{key}.md");
    open.model.fingerprint = (igd_digest){1, 1};
    check_changes(&db, &open, &db, &definition, "README: -a/$records/README.md\n");
    check_changes(&db, &definition, &db, &open, "README: +a/$records/README.md\n");
    igd_exclude_free(definition.exclude);
}

/* ---- subcollections ---- */

static void subcollections_of_records(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "orders/$records/o1.yaml", "1");
    repo_put(f->b, "orders/$records/o1/details/details.json", "1");
    repo_put(f->b, "orders/$records/o1/other/details.json", "1");
    repo_put(f->b, "orders/$records/orphan/details/details.json", "1");
    repo_put(f->b, "orders/$records/o1/lines/$records/l1.yaml", "1");
    repo_put(f->b, "orders/$records/o1/lines/l0.yaml", "1");
    repo_put(f->b, "orders/$records/o1/lines/$records/l1/notes/$records/n1/n1.md", "1");
    repo_put(f->b, "orders/$records/o2/lines/$records/l1/notes/$records/n2/n2.md", "1");
    repo_put(f->b, "orders/$records/.git2/details/details.json", "1");
    repo_put(f->b, "orders/$records/$x/details/details.json", "1");
    repo_put(f->b, "orders/o9/details/details.json", "1");
    igd_database db = commit(f);
    igd_definition orders = root_collection("orders", "{key}.yaml");
    igd_definition details = subcollection(&orders, "details", "details.json");
    details.model.record_type = IGD_RECORD_LIST;
    igd_definition lines = subcollection(&orders, "lines", "{key}.yaml");
    igd_definition notes = subcollection(&lines, "notes", "{key}/{key}.md");
    check_all(&db, &orders, "o1: +orders/$records/o1.yaml\n");
    check_all(&db, &details,
              "o1/: +orders/$records/o1/details/details.json\n"
              "orphan/: +orders/$records/orphan/details/details.json\n");
    check_all(&db, &lines, "o1/l1: +orders/$records/o1/lines/$records/l1.yaml\n");
    check_all(&db, &notes,
              "o1/l1/n1: +orders/$records/o1/lines/$records/l1/notes/$records/n1/n1.md\n"
              "o2/l1/n2: +orders/$records/o2/lines/$records/l1/notes/$records/n2/n2.md\n");

    igd_error err = IGD_ERROR_INIT;
    igd_file_side side;
    igd_str ancestors[2] = {IGD_STR("o2"), IGD_STR("l1")};
    assert_int_equal(igd_files_lookup(&db, &notes, ancestors, IGD_STR("n2"), &side, f->mem, &err),
                     IGD_OK);
    assert_true(side.present);
    assert_true(
        igd_str_is(side.path, "orders/$records/o2/lines/$records/l1/notes/$records/n2/n2.md"));
    ancestors[0] = IGD_STR("o2/lines");
    assert_int_equal(igd_files_lookup(&db, &notes, ancestors, IGD_STR("n2"), &side, f->mem, &err),
                     IGD_OK);
    assert_false(side.present);
}

static void subcollections_of_multi_record_files(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "tags/tags.json", "1");
    repo_put(f->b, "tags/red/uses/$records/u.yaml", "1");
    repo_put(f->b, "tags/$records/red/uses/$records/u.yaml", "1");
    igd_database db = commit(f);
    igd_definition tags = root_collection("tags", "tags.json");
    tags.model.record_type = IGD_RECORD_MAP;
    igd_definition uses = subcollection(&tags, "uses", "{key}.yaml");
    igd_problems problems = IGD_PROBLEMS_INIT(f->mem);
    check_walk(
        (igd_walk){
            .new_database = &db, .new_definition = &uses, .problems = &problems, .all = true},
        "red/u: +tags/red/uses/$records/u.yaml\n");
    assert_int_equal(problems.len, 0);
}

/* ---- links ---- */

static void links_are_not_records(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "a/$records/x.yaml", "1");
    repo_put_symlink(f->b, "a/$records/link.yaml", "x.yaml");
    repo_put_submodule(f->b, "a/$records/sub.yaml");
    repo_put_symlink(f->b, "a/$records/README", "x.yaml");
    repo_put_symlink(f->b, "b/$records/k", "elsewhere");
    repo_put_submodule(f->b, "c");
    repo_put(f->b, "orders/$records/o1.yaml", "1");
    repo_put_symlink(f->b, "orders/$records/o1.old.yaml", "o1.yaml");
    repo_put_symlink(f->b, "orders/$records/o2", "o1");
    repo_put_symlink(f->b, "orders/$records/o1/lines", "../o3/lines");
    igd_database db = commit(f);

    igd_problems problems = IGD_PROBLEMS_INIT(f->mem);
    igd_definition a = root_collection("a", "{key}.yaml");
    igd_walk settings = {.new_database = &db, .problems = &problems, .all = true};
    settings.new_definition = &a;
    check_walk(settings, "x: +a/$records/x.yaml\n");
    assert_int_equal(problems.len, 2);
    assert_string_equal(problems.items[0].code, "symlink");
    assert_true(igd_str_is(problems.items[0].path, "a/$records/link.yaml"));
    assert_true(igd_str_is(problems.items[0].key, "link"));
    assert_true(igd_str_is(problems.items[0].key_json, "[\"link\"]"));
    assert_string_equal(problems.items[1].code, "submodule");
    assert_true(igd_str_is(problems.items[1].path, "a/$records/sub.yaml"));

    igd_definition b = root_collection("b", "{key}/{key}.yaml");
    settings.new_definition = &b;
    check_walk(settings, "");
    assert_int_equal(problems.len, 3);
    assert_true(igd_str_is(problems.items[2].path, "b/$records/k"));
    assert_true(igd_str_is(problems.items[2].key, "k"));

    igd_definition c = root_collection("c", "{key}.yaml");
    settings.new_definition = &c;
    check_walk(settings, "");
    assert_int_equal(problems.len, 4);
    assert_string_equal(problems.items[3].code, "submodule");
    assert_int_equal(problems.items[3].key.len, 0);

    /* The parent's own file is a matter of the parent's walk. */
    igd_definition orders = root_collection("orders", "{key}.yaml");
    igd_definition lines = subcollection(&orders, "lines", "lines.json");
    settings.new_definition = &lines;
    check_walk(settings, "");
    assert_int_equal(problems.len, 6);
    assert_true(igd_str_is(problems.items[4].path, "orders/$records/o1/lines"));
    assert_true(igd_str_is(problems.items[5].path, "orders/$records/o2"));

    /* Nobody listens, or it is the old side. */
    settings.problems = NULL;
    check_walk(settings, "");
    settings =
        (igd_walk){.old_database = &db, .old_definition = &a, .problems = &problems, .all = true};
    check_walk(settings, "x: -a/$records/x.yaml\n");
    assert_int_equal(problems.len, 6);

    igd_error err = IGD_ERROR_INIT;
    igd_file_side side = {.present = true};
    assert_int_equal(igd_files_lookup(&db, &a, NULL, IGD_STR("link"), &side, f->mem, &err), IGD_OK);
    assert_false(side.present);
}

/* ---- two sides ---- */

static void changes_are_paired_by_name(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "a/$records/changed.yaml", "1");
    repo_put(f->b, "a/$records/gone.yaml", "1");
    repo_put(f->b, "a/$records/same.yaml", "1");
    repo_put(f->b, "a/$records/file.yaml", "1");
    repo_put(f->b, "a/$records/dir.yaml/x", "1");
    repo_put(f->b, "a/$records/linked.yaml", "1");
    igd_database before = commit(f);
    repo_put(f->b, "a/$records/changed.yaml", "2");
    repo_delete(f->b, "a/$records/gone.yaml");
    repo_put(f->b, "a/$records/born.yaml", "1");
    repo_put(f->b, "a/$records/file.yaml/x", "1");
    repo_delete(f->b, "a/$records/dir.yaml");
    repo_put(f->b, "a/$records/dir.yaml", "1");
    repo_put_symlink(f->b, "a/$records/linked.yaml", "1"); /* the same blob */
    igd_database after = commit(f);
    igd_definition a = root_collection("a", "{key}.yaml");
    check_changes(&before, &a, &after, &a,
                  "born: +a/$records/born.yaml\n"
                  "changed: -a/$records/changed.yaml +a/$records/changed.yaml\n"
                  "dir: +a/$records/dir.yaml\n"
                  "file: -a/$records/file.yaml\n"
                  "gone: -a/$records/gone.yaml\n"
                  "linked: -a/$records/linked.yaml\n");
    check_changes(&after, &a, &after, &a, "");
    check_walk((igd_walk){.old_database = &before,
                          .old_definition = &a,
                          .new_database = &before,
                          .new_definition = &a,
                          .all = true},
               "changed: -a/$records/changed.yaml +a/$records/changed.yaml\n"
               "file: -a/$records/file.yaml +a/$records/file.yaml\n"
               "gone: -a/$records/gone.yaml +a/$records/gone.yaml\n"
               "linked: -a/$records/linked.yaml +a/$records/linked.yaml\n"
               "same: -a/$records/same.yaml +a/$records/same.yaml\n");
    /* A collection that is new, or gone. */
    check_changes(NULL, NULL, &before, &a,
                  "changed: +a/$records/changed.yaml\n"
                  "file: +a/$records/file.yaml\n"
                  "gone: +a/$records/gone.yaml\n"
                  "linked: +a/$records/linked.yaml\n"
                  "same: +a/$records/same.yaml\n");
    check_changes(&after, &a, NULL, NULL,
                  "born: -a/$records/born.yaml\n"
                  "changed: -a/$records/changed.yaml\n"
                  "dir: -a/$records/dir.yaml\n"
                  "same: -a/$records/same.yaml\n");
}

static void moved_directories_are_no_change(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "a/$records/x.yaml", "1");
    repo_put(f->b, "a/$records/y.yaml", "1");
    repo_put(f->b, "a/$records/x/sub/sub.json", "1");
    igd_database before = commit(f);
    repo_move(f->b, "a", "deep/er/a");
    repo_put(f->b, "deep/er/a/$records/y.yaml", "2");
    igd_database after = commit(f);
    igd_definition old_a = root_collection("a", "{key}.yaml");
    igd_definition new_a = root_collection("deep/er/a", "{key}.yaml");
    check_changes(&before, &old_a, &after, &new_a,
                  "y: -a/$records/y.yaml +deep/er/a/$records/y.yaml\n");
    igd_definition old_sub = subcollection(&old_a, "sub", "sub.json");
    igd_definition new_sub = subcollection(&new_a, "sub", "sub.json");
    old_sub.model.record_type = new_sub.model.record_type = IGD_RECORD_LIST;
    check_changes(&before, &old_sub, &after, &new_sub, "");

    /* A subcollection whose directories have another name now. */
    repo_move(f->b, "deep/er/a/$records/x/sub", "deep/er/a/$records/x/under");
    repo_put(f->b, "deep/er/a/$records/z/under/sub.json", "1");
    igd_database last = commit(f);
    igd_definition under = subcollection(&new_a, "under", "sub.json");
    under.model.record_type = IGD_RECORD_LIST;
    check_changes(&before, &old_sub, &last, &under, "z/: +deep/er/a/$records/z/under/sub.json\n");
}

/* "a", "a.b", "a-b": in a tree, directories sort as if they ended in '/'. */
static void directories_sort_with_a_slash(void **state)
{
    fixture *f = *state;
    static const char *const keys[] = {"a", "a-b", "a.b", "a0", "ab"};
    for (size_t n = 0; n < IGD_COUNT(keys); n++) {
        char path[64];
        snprintf(path, sizeof(path), "a/$records/%s/%s.json", keys[n], keys[n]);
        repo_put(f->b, path, "1");
        if (n == 2)
            repo_put(f->b, "z", "1");
    }
    igd_database before = commit(f);
    repo_delete(f->b, "a/$records/a-b");
    repo_put(f->b, "a/$records/a/a.json", "2");
    repo_put(f->b, "a/$records/a!/a!.json", "1");
    igd_database after = commit(f);
    igd_definition a = root_collection("a", "{key}/{key}.json");
    check_changes(&before, &a, &after, &a,
                  "a!: +a/$records/a!/a!.json\n"
                  "a-b: -a/$records/a-b/a-b.json\n"
                  "a: -a/$records/a/a.json +a/$records/a/a.json\n");
}

static void walks_that_cannot_be(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "a/$records/x.yaml", "1");
    repo_put(f->b, "b/x", "1");
    igd_database db = commit(f);
    igd_definition a = root_collection("a", "{key}.yaml");
    igd_definition other = root_collection("a", "{key}.yml");
    igd_buf out = IGD_BUF_INIT;
    igd_walk settings = {.old_database = &db,
                         .old_definition = &a,
                         .new_database = &db,
                         .new_definition = &other,
                         .callback = write_line,
                         .payload = &out};
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(igd_files_walk(&settings, &err), IGD_E_BUG);

    igd_file_side side;
    igd_definition list = root_collection("a", "x.json");
    assert_int_equal(igd_files_lookup(&db, &list, NULL, IGD_STR("x"), &side, f->mem, &err),
                     IGD_E_BUG);

    igd_definition chain[IGD_MAX_ANCESTORS + 2];
    chain[0] = a;
    for (size_t n = 1; n < IGD_COUNT(chain); n++)
        chain[n] = subcollection(&chain[n - 1], "s", "s.json");
    settings.old_database = NULL;
    settings.new_definition = &chain[IGD_MAX_ANCESTORS];
    assert_int_equal(igd_files_walk(&settings, &err), IGD_OK);
    settings.new_definition = &chain[IGD_MAX_ANCESTORS + 1];
    assert_int_equal(igd_files_walk(&settings, &err), IGD_E_SCHEMA);

    /* A tree that is not there: the error has the place. */
    igd_entry entry;
    bool found;
    char hex[IGD_OID_HEX];
    assert_int_equal(
        igd_repo_find(f->repo, &db.root_tree, IGD_STR("a/$records"), &entry, &found, &err), IGD_OK);
    igd_oid_hex(&entry.id, hex);
    lose_object(f->b, hex);
    settings.new_definition = &a;
    assert_int_equal(igd_files_walk(&settings, &err), IGD_E_REPOSITORY);
    assert_string_equal(err.place.path, "a/$records");
    assert_int_equal(out.len, 0);
}

static int stop_at_second(const igd_file *file, void *payload, igd_error *err)
{
    (void)file;
    int *calls = payload;
    return ++*calls == 2 ? igd_fail(err, IGD_E_INTERRUPTED, "stopped") : IGD_OK;
}

static void callbacks_can_stop(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "a/$records/x/x.yaml", "1");
    repo_put(f->b, "a/$records/y/y.yaml", "1");
    repo_put(f->b, "a/$records/z/z.yaml", "1");
    igd_database db = commit(f);
    igd_definition a = root_collection("a", "{key}/{key}.yaml");
    int calls = 0;
    igd_walk settings = {
        .new_database = &db, .new_definition = &a, .callback = stop_at_second, .payload = &calls};
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(igd_files_walk(&settings, &err), IGD_E_INTERRUPTED);
    assert_int_equal(calls, 2);
}

/* What cannot match is not opened: lost trees beside the records do not matter. */
static void only_what_matches_is_opened(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "a/$records/rec-x/x.yaml", "1");
    repo_put(f->b, "a/$records/other/x.yaml", "2");
    repo_put(f->b, "a/same/x", "3");
    igd_database before = commit(f);
    repo_put(f->b, "a/$records/rec-y/y.yaml", "4");
    igd_database after = commit(f);
    static const char *const lost[] = {"a/$records/other", "a/same", "a/$records/rec-x"};
    igd_definition a = root_collection("a", "rec-{key}/{key}.yaml");
    for (size_t n = 0; n < IGD_COUNT(lost); n++) {
        igd_entry entry;
        bool found;
        char hex[IGD_OID_HEX];
        igd_error err = IGD_ERROR_INIT;
        assert_int_equal(igd_repo_find(f->repo, &before.root_tree, igd_str_from(lost[n]), &entry,
                                       &found, &err),
                         IGD_OK);
        igd_oid_hex(&entry.id, hex);
        lose_object(f->b, hex);
        if (n == 1)
            check_all(&before, &a, "x: +a/$records/rec-x/x.yaml\n");
    }
    /* Nor what is equal on both sides. */
    check_changes(&before, &a, &after, &a, "y: +a/$records/rec-y/y.yaml\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_REPO(layouts_of_root_collections),
        WITH_REPO(what_is_missing_is_empty),
        WITH_REPO(a_database_below_the_top),
        WITH_REPO(excluded_names),
        WITH_REPO(subcollections_of_records),
        WITH_REPO(subcollections_of_multi_record_files),
        WITH_REPO(links_are_not_records),
        WITH_REPO(changes_are_paired_by_name),
        WITH_REPO(moved_directories_are_no_change),
        WITH_REPO(directories_sort_with_a_slash),
        WITH_REPO(walks_that_cannot_be),
        WITH_REPO(callbacks_can_stop),
        WITH_REPO(only_what_matches_is_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
