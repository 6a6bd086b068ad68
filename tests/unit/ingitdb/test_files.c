/*
 * Looking up a key's file, which definitions pair, files in other places, and random trees whose
 * changes libgit2's own tree diff has to confirm.
 */
#include <git2.h>
#include <stdio.h>

#include "tests/unit/ingitdb/walk_fixture.h"

static igd_file_side look_up(fixture *f, const igd_database *db, const igd_definition *definition,
                             const igd_str *ancestors, igd_str key)
{
    igd_file_side side = {.path = IGD_STR("untouched")};
    igd_error err = IGD_ERROR_INIT;
    if (igd_files_lookup(db, definition, ancestors, key, &side, f->mem, &err) != IGD_OK)
        fail_msg("%s", err.message);
    return side;
}

static void lookups_find_what_walks_find(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "a/$records/x/x.json", "1");
    repo_put(f->b, "a/$records/x/y.json", "1");
    repo_put(f->b, "a/$records/t/t.json/deep", "1");
    repo_put(f->b, "a/$records/.h/.h.json", "1");
    repo_put(f->b, "a/$records/x/sub/$records/in-s.json", "1");
    igd_database db = commit(f);
    igd_definition a = root_collection("a", "{key}/{key}.json");
    igd_file_side side = look_up(f, &db, &a, NULL, IGD_STR("x"));
    assert_true(side.present);
    assert_true(igd_str_is(side.path, "a/$records/x/x.json"));
    igd_blob blob;
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(igd_repo_blob(f->repo, &side.blob, &blob, &err), IGD_OK);
    assert_true(igd_str_is(blob.bytes, "1"));
    igd_blob_free(&blob);

    const igd_str keys[] = {IGD_STR("y"),   IGD_STR("t"),      IGD_STR(".h"), {NULL, 0},
                            IGD_STR("x/x"), IGD_STR("../a/x"), {"x\0", 2},    IGD_STR("X")};
    for (size_t n = 0; n < IGD_COUNT(keys); n++) {
        side = look_up(f, &db, &a, NULL, keys[n]);
        assert_false(side.present);
        assert_int_equal(side.path.len, 0);
    }

    igd_definition sub = subcollection(&a, "sub", "in-{key}.json");
    igd_str ancestor = IGD_STR("x");
    side = look_up(f, &db, &sub, &ancestor, IGD_STR("s"));
    assert_true(igd_str_is(side.path, "a/$records/x/sub/$records/in-s.json"));
    ancestor = (igd_str){0};
    assert_false(look_up(f, &db, &sub, &ancestor, IGD_STR("s")).present);
}

static void what_pairs(void **state)
{
    (void)state;
    igd_definition a = root_collection("a", "{key}.yaml");
    igd_definition b = root_collection("b", "{key}.yaml");
    igd_definition json = root_collection("a", "{key}.json");
    assert_true(igd_files_pair(&a, &b));
    assert_false(igd_files_pair(&a, &json));
    assert_false(igd_files_pair(&a, NULL));
    assert_false(igd_files_pair(NULL, &a));
    igd_definition single = root_collection("a", "x.json"), list = single, map = single;
    list.model.record_type = IGD_RECORD_LIST;
    map.model.record_type = IGD_RECORD_MAP;
    assert_true(igd_files_pair(&list, &map));
    assert_false(igd_files_pair(&single, &map));

    igd_definition sub_a = subcollection(&a, "s", "s.json");
    igd_definition sub_json = subcollection(&json, "s", "s.json");
    igd_definition sub_map = subcollection(&map, "s", "s.json");
    assert_true(igd_files_pair(&sub_a, &sub_json));
    assert_false(igd_files_pair(&sub_a, &sub_map));
    assert_false(igd_files_pair(&sub_a, &single));
    igd_definition deep_a = subcollection(&sub_a, "d", "d.json");
    igd_definition deep_map = subcollection(&sub_map, "d", "d.json");
    assert_true(igd_files_pair(&deep_a, &deep_a));
    assert_false(igd_files_pair(&deep_a, &deep_map));
}

static void files_that_other_clients_misplace(void **state)
{
    fixture *f = *state;
    repo_put(f->b, "orders/$records/o1/lines/$records/l1.yaml", "1");
    repo_put(f->b, "orders/o1/lines/$records/l1.yaml", "1");
    repo_put(f->b, "orders/o2/lines/$records/l1.yaml", "1");
    repo_put(f->b, "orders/o2/lines/$records/l1.txt", "1");
    repo_put(f->b, "orders/o2/lines/l1.yaml", "1");
    igd_database db = commit(f);
    igd_definition orders = root_collection("orders", "{key}.yaml");
    igd_definition lines = subcollection(&orders, "lines", "{key}.yaml");
    igd_problems problems = IGD_PROBLEMS_INIT(f->mem);
    igd_walk settings = {.new_database = &db, .new_definition = &lines, .problems = &problems};
    static const char expected[] = "o1/l1: +orders/$records/o1/lines/$records/l1.yaml\n";
    check_walk(settings, expected);
    assert_int_equal(problems.len, 0); /* not where only changes are looked at */
    settings.all = true;
    check_walk(settings, expected);
    assert_int_equal(problems.len, 1);
    const igd_problem *problem = &problems.items[0];
    assert_int_equal(problem->severity, IGD_PROBLEM_WARNING);
    assert_string_equal(problem->code, "misplaced");
    assert_true(igd_str_is(problem->path, "orders/o1/lines/$records/l1.yaml"));
    assert_true(igd_str_is(problem->collection, "lines"));
    assert_true(igd_str_starts(problem->reason, IGD_STR("2 files, ")));
    assert_int_equal(problem->key.len, 0);

    /* The old side has nothing to say about it. */
    settings = (igd_walk){
        .old_database = &db, .old_definition = &lines, .problems = &problems, .all = true};
    check_walk(settings, "o1/l1: -orders/$records/o1/lines/$records/l1.yaml\n");
    assert_int_equal(problems.len, 1);
}

/* ---- the oracle ---- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

static void change_at_random(fixture *f, uint32_t *seed, const char *const *files, size_t count)
{
    for (int n = 0; n < 25; n++) {
        const char *path = files[next_random(seed) % count];
        uint32_t what = next_random(seed) % 8;
        char text[8];
        snprintf(text, sizeof(text), "%u", next_random(seed) % 3);
        if (what == 0)
            repo_delete(f->b, path); /* whatever is there, if anything */
        else if (what == 1)
            repo_put_symlink(f->b, path, text);
        else
            repo_put(f->b, path, text);
    }
}

/* Takes ".y" off the end of a name; false when it is not there or is all of it. */
static bool take_suffix(char *name)
{
    size_t len = strlen(name);
    if (len < 3 || strcmp(name + len - 2, ".y") != 0)
        return false;
    name[len - 2] = '\0';
    return true;
}

/* Whether a path is a record's in a layout of the test, and of which key. */
static bool oracle_key(const char *path, bool nested, char *key)
{
    char other[32] = "";
    int used = 0;
    if (nested) {
        if (sscanf(path, "a/$records/%30[^/]/%30[^/]%n", key, other, &used) != 2 || path[used] ||
            !take_suffix(other) || strcmp(key, other) != 0)
            return false;
    } else if (sscanf(path, "a/$records/%30[^/]%n", key, &used) != 1 || path[used] ||
               !take_suffix(key)) {
        return false;
    }
    return key[0] != '.' && key[0] != '$';
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts the lines of a text in place. */
static void sort_lines(igd_buf *text)
{
    const char *lines[256];
    size_t count = 0;
    IGD_CLEANUP(igd_buf)
    igd_buf sorted = IGD_BUF_INIT;
    for (char *line = strtok(text->ptr, "\n"); line; line = strtok(NULL, "\n"))
        lines[count++] = line;
    qsort(lines, count, sizeof(lines[0]), compare_lines);
    for (size_t n = 0; n < count; n++)
        igd_buf_printf(&sorted, "%s\n", lines[n]);
    igd_buf_clear(text);
    igd_buf_str(text, igd_buf_view(&sorted));
}

/* What libgit2 says that changed among the records. */
static void ask_oracle(const fixture *f, const igd_database *before, const igd_database *after,
                       bool nested, igd_buf *out)
{
    git_repository *git = NULL;
    git_tree *trees[2] = {NULL, NULL};
    git_diff *diff = NULL;
    assert_int_equal(git_repository_open(&git, repo_path(f->b)), 0);
    const igd_oid *ids[2] = {&before->root_tree, &after->root_tree};
    for (int n = 0; n < 2; n++) {
        git_oid id;
        git_oid_fromraw(&id, ids[n]->id);
        assert_int_equal(git_tree_lookup(&trees[n], git, &id), 0);
    }
    assert_int_equal(git_diff_tree_to_tree(&diff, git, trees[0], trees[1], NULL), 0);
    for (size_t n = 0; n < git_diff_num_deltas(diff); n++) {
        const git_diff_delta *delta = git_diff_get_delta(diff, n);
        char key[32];
        bool old_file = delta->old_file.mode == GIT_FILEMODE_BLOB;
        bool new_file = delta->new_file.mode == GIT_FILEMODE_BLOB;
        const char *path = delta->new_file.path;
        if (!oracle_key(path, nested, key) || (!old_file && !new_file))
            continue;
        igd_buf_printf(out, "%s:", key);
        if (old_file)
            igd_buf_printf(out, " -%s", path);
        if (new_file)
            igd_buf_printf(out, " +%s", path);
        igd_buf_byte(out, '\n');
    }
    git_diff_free(diff);
    git_tree_free(trees[0]);
    git_tree_free(trees[1]);
    git_repository_free(git);
}

static void random_trees_against_libgit2(void **state)
{
    fixture *f = *state;
    static const char *const files[] = {
        "a/$records/k.y",       "a/$records/k-.y",
        "a/$records/k.y/k.y.y", "a/$records/k.y/x",
        "a/$records/k/k.y",     "a/$records/k/l.y",
        "a/$records/k-l/k-l.y", "a/$records/k0/k0.y",
        "a/$records/k.l/k.l.y", "a/$records/k",
        "a/$records/.h.y",      "a/$records/$v/$v.y",
        "a/$records/kk.y",      "a/$records/m/m.y/x",
        "a/$records/m/m.y",     "a/k.y",
        "a/$records",           "a",
        "b/$records/k.y",       "a/$records/n.x",
    };
    igd_definition flat = root_collection("a", "{key}.y");
    igd_definition nested = root_collection("a", "{key}/{key}.y");
    uint32_t seed = 20231114;
    size_t lines = 0;
    repo_put(f->b, "keep", "1");
    igd_database before = commit(f);
    for (int round = 0; round < 150; round++) {
        change_at_random(f, &seed, files, IGD_COUNT(files) - (round % 5 ? 4 : 0));
        igd_database after = commit(f);
        for (int way = 0; way < 2; way++) {
            const igd_definition *definition = way ? &nested : &flat;
            IGD_CLEANUP(igd_buf)
            igd_buf ours = IGD_BUF_INIT, theirs = IGD_BUF_INIT;
            walk((igd_walk){.old_database = &before,
                            .old_definition = definition,
                            .new_database = &after,
                            .new_definition = definition},
                 &ours);
            ask_oracle(f, &before, &after, way, &theirs);
            if (ours.len > 0 || theirs.len > 0) {
                sort_lines(&ours);
                sort_lines(&theirs);
            }
            assert_string_equal(ours.ptr, theirs.ptr);
            for (const char *at = ours.ptr; (at = strchr(at, '\n')); at++)
                lines++;
        }
        before = after;
    }
    assert_true(lines > 300); /* the test tests something */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_REPO(lookups_find_what_walks_find),
        cmocka_unit_test(what_pairs),
        WITH_REPO(files_that_other_clients_misplace),
        WITH_REPO(random_trees_against_libgit2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
