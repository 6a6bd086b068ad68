/*
 * Which commit last changed a record: merges, deletions, records of files with several, moves,
 * histories that are not all there.
 */
#include <git2.h>
#include <stdio.h>

#include "ingitdb/files.h"
#include "ingitdb/history.h"
#include "schema/canonical.h"
#include "schema/mapping.h"
#include "tests/support/git_damage.h"
#include "tests/unit/ingitdb/loaded.h"

/* libgit2 1.5 loses 64 bytes where it meets a missing commit, which these tests do on purpose. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libgit2";
}

#define LIST "record_file: {name: all.yaml, type: '[]map[string]any', format: yaml}\n"
#define MAP \
    "record_file: {name: all.yaml, type: 'map[$record_id]map[$field_name]any', format: yaml}\n"
#define CSV     "record_file: {name: all.csv, type: '[]map[string]any', format: csv}\n"
#define COLUMNS "columns: {title: {type: string}, size: {type: int}}\n"

#define TAGS    "tags/$records/"
#define TAG     TAGS "red.yaml"
#define FIRST   "title: Red\n"

static void define(loaded *l, const char *definition)
{
    put(l, ".ingitdb/root-collections.yaml", "tags: tags\n");
    put(l, "tags/.collection/definition.yaml", definition);
}

static const char *commit(loaded *l, const char *message)
{
    return repo_commit(l->builder, message);
}

/* ---- asking ---- */

static igd_trace trace_of(loaded *l, const char *collection, const igd_str *keys)
{
    igd_schema schema;
    igd_buf scratch = IGD_BUF_INIT;
    const igd_definition *definition = need(l, collection);
    size_t count = igd_collection_depth(&definition->model) + 1;
    const igd_collection **models =
        IGD_NEW_ARRAY(l->mem, const igd_collection *, l->database->count);
    for (size_t n = 0; n < l->database->count; n++)
        models[n] = &l->database->collections[n]->model;
    igd_map_schema(models, l->database->count, &(igd_mapping){.key_column = IGD_STR("id")}, l->mem,
                   &l->problems, &schema);
    igd_value *row = IGD_NEW_ARRAY(l->mem, igd_value, count);
    for (size_t n = 0; n < count; n++)
        row[n] = igd_value_string(keys[n]);
    igd_trace trace = {
        .definition = definition, .keys = keys, .key = igd_key_digest(row, count, &scratch)};
    if (definition->model.record_type != IGD_RECORD_SINGLE)
        trace.reader = igd_record_reader_new(
            definition, igd_schema_collection(&schema, definition->model.id), NULL, l->mem);
    if (igd_files_path(l->repo, definition, keys, keys[count - 1], l->mem, &trace.path, &l->err))
        fail_msg("%s", l->err.message);
    igd_buf_free(&scratch);
    return trace;
}

static void walk(loaded *l, igd_trace *traces, size_t count)
{
    igd_history history = {.repo = l->repo, .from = &l->commit, .traces = traces, .count = count};
    if (igd_history_walk(&history, &l->err))
        fail_msg("%s", l->err.message);
}

/* "<= ID" for "that commit or before it", "none". */
static const char *answer(loaded *l, const igd_trace *trace)
{
    char hex[IGD_OID_HEX];
    if (!trace->found)
        return "none";
    igd_oid_hex(&trace->commit, hex);
    return igd_arena_printf(l->mem, "%s%s", trace->or_before ? "<= " : "", hex).ptr;
}

/* Of a record of `tags`, from HEAD. */
static const char *blame(loaded *l, const char *key)
{
    if (load_at(l, "HEAD"))
        fail_msg("%s", l->err.message);
    igd_str keys[] = {igd_str_from(key)};
    igd_trace trace = trace_of(l, "tags", keys);
    walk(l, &trace, 1);
    return answer(l, &trace);
}

/* ---- files of one record ---- */

static void last_change(void **state)
{
    loaded *l = *state;
    define(l, PLAIN);
    put(l, TAG, FIRST);
    put(l, TAGS "blue.yaml", "title: Blue\n");
    const char *first = commit(l, "first");
    put(l, TAG, "title: Rose\n");
    const char *second = commit(l, "second");
    put(l, "readme.md", "of no record\n");
    commit(l, "third");
    assert_string_equal(blame(l, "red"), second);
    assert_string_equal(blame(l, "blue"), first);
    assert_string_equal(blame(l, "green"), "none");
}

static void back_and_forth(void **state)
{
    loaded *l = *state;
    define(l, PLAIN);
    put(l, TAG, FIRST);
    commit(l, "first");
    put(l, TAG, "title: Rose\n");
    commit(l, "change");
    put(l, TAG, FIRST);
    const char *revert = commit(l, "revert");
    assert_string_equal(blame(l, "red"), revert);
}

static void deleted(void **state)
{
    loaded *l = *state;
    define(l, PLAIN);
    put(l, TAG, FIRST);
    put(l, TAGS "blue.yaml", "title: Blue\n");
    commit(l, "first");
    repo_delete(l->builder, TAG);
    commit(l, "delete");
    put(l, TAG, FIRST);
    commit(l, "again");
    repo_delete(l->builder, TAG);
    const char *gone = commit(l, "delete again");
    put(l, TAGS "blue.yaml", "title: Navy\n");
    commit(l, "other");
    assert_string_equal(blame(l, "red"), gone);
}

/* A directory in the file's place is no file. */
static void replaced_by_directory(void **state)
{
    loaded *l = *state;
    define(l, PLAIN);
    put(l, TAG, FIRST);
    put(l, TAGS "blue.yaml", "title: Blue\n");
    commit(l, "first");
    repo_delete(l->builder, TAG);
    put(l, TAG "/inside", "x\n");
    const char *replaced = commit(l, "directory");
    put(l, TAG "/more", "x\n");
    commit(l, "more");
    assert_string_equal(blame(l, "red"), replaced);
}

static void many_at_once(void **state)
{
    loaded *l = *state;
    enum { TAGS_MOST = 30 };
    const char *commits[TAGS_MOST];
    igd_str keys[TAGS_MOST];
    igd_trace traces[TAGS_MOST];
    char path[64], key[TAGS_MOST][16];
    define(l, PLAIN);
    for (int n = 0; n < TAGS_MOST; n++) {
        snprintf(key[n], sizeof(key[n]), "t%d", n);
        snprintf(path, sizeof(path), TAGS "t%d.yaml", n);
        put(l, path, "title: x\n");
    }
    commit(l, "all");
    for (int n = 0; n < TAGS_MOST; n++) {
        snprintf(path, sizeof(path), TAGS "t%d.yaml", (n * 7) % TAGS_MOST);
        put(l, path, "title: y\n");
        commits[(n * 7) % TAGS_MOST] = commit(l, "one");
    }
    load_at(l, "HEAD");
    for (int n = 0; n < TAGS_MOST; n++) {
        keys[n] = igd_str_from(key[n]);
        traces[n] = trace_of(l, "tags", &keys[n]);
    }
    walk(l, traces, TAGS_MOST);
    for (int n = 0; n < TAGS_MOST; n++)
        assert_string_equal(answer(l, &traces[n]), commits[n]);
}

/* ---- merges ---- */

/* red changes on the side, blue on main, green in the merge itself. */
static void merged(void **state)
{
    loaded *l = *state;
    define(l, PLAIN);
    put(l, TAG, FIRST);
    put(l, TAGS "blue.yaml", "title: Blue\n");
    put(l, TAGS "green.yaml", "title: Green\n");
    put(l, TAGS "white.yaml", "title: White\n");
    const char *first = commit(l, "first");
    put(l, TAG, "title: Rose\n");
    const char *side = commit(l, "side");
    repo_reset(l->builder, first);
    put(l, TAGS "blue.yaml", "title: Navy\n");
    const char *trunk = commit(l, "main");
    put(l, TAG, "title: Rose\n");
    put(l, TAGS "green.yaml", "title: Lime\n");
    const char *merge = repo_commit_merge(l->builder, "merge", side);
    put(l, "readme.md", "later\n");
    commit(l, "later");
    assert_string_equal(blame(l, "red"), side);
    assert_string_equal(blame(l, "blue"), trunk);
    assert_string_equal(blame(l, "green"), merge);
    assert_string_equal(blame(l, "white"), first);
}

/* The branch that is followed never had the record. */
static void deleted_elsewhere(void **state)
{
    loaded *l = *state;
    define(l, PLAIN);
    put(l, TAGS "blue.yaml", "title: Blue\n");
    const char *first = commit(l, "first");
    put(l, TAG, FIRST);
    commit(l, "add");
    repo_delete(l->builder, TAG);
    const char *gone = commit(l, "delete");
    repo_reset(l->builder, first);
    put(l, TAGS "blue.yaml", "title: Navy\n");
    commit(l, "branch");
    repo_commit_merge(l->builder, "merge", gone);
    assert_string_equal(blame(l, "red"), gone);
    assert_string_equal(blame(l, "green"), "none");
}

/* 2^40 ways lead back, and no more than 120 commits; also for one that is in none of them. */
static void many_merges(void **state)
{
    loaded *l = *state;
    define(l, PLAIN);
    put(l, TAG, FIRST);
    const char *tip = commit(l, "first"), *wanted = tip;
    for (int n = 0; n < 40; n++) {
        char text[32];
        snprintf(text, sizeof(text), "title: t%d\n", n);
        put(l, TAGS "other.yaml", text);
        const char *side = commit(l, "side");
        repo_reset(l->builder, tip);
        put(l, "readme.md", text);
        commit(l, "main");
        put(l, TAGS "other.yaml", text);
        tip = repo_commit_merge(l->builder, "merge", side);
    }
    assert_string_equal(blame(l, "red"), wanted);
    assert_string_equal(blame(l, "none"), "none");
}

/* ---- files of several records ---- */

static void of_a_list(void **state)
{
    loaded *l = *state;
    define(l, LIST COLUMNS);
    put(l, "tags/all.yaml", "- {id: red, title: Red}\n- {id: blue, title: Blue}\n");
    const char *first = commit(l, "first");
    put(l, "tags/all.yaml",
        "- {id: red, title: Red}\n- {id: blue, title: Navy}\n- {id: green, title: Green}\n");
    const char *second = commit(l, "second");
    /* Order, spelling, quotes, comments, nulls: the values are the same. */
    put(l, "tags/all.yaml",
        "# all\n- id: green\n  title: 'Green'\n- id: blue\n  title: Navy\n- {title: Red, id: red, "
        "size: null}\n");
    commit(l, "style");
    assert_string_equal(blame(l, "red"), first);
    assert_string_equal(blame(l, "blue"), second);
    assert_string_equal(blame(l, "green"), second);
    put(l, "tags/all.yaml", "- {id: red, title: Red}\n- {id: green, title: Green}\n");
    const char *gone = commit(l, "gone");
    put(l, "tags/all.yaml", "- {id: red, title: Red}\n- {id: green, title: Lime}\n");
    commit(l, "other");
    assert_string_equal(blame(l, "blue"), gone);
    assert_string_equal(blame(l, "red"), first);
    repo_delete(l->builder, "tags/all.yaml");
    const char *all_gone = commit(l, "all gone");
    assert_string_equal(blame(l, "red"), all_gone);
    assert_string_equal(blame(l, "blue"), gone);
}

static void of_a_map(void **state)
{
    loaded *l = *state;
    define(l, MAP COLUMNS);
    put(l, "tags/all.yaml", "red: {title: Red}\nblue: {title: Blue}\n");
    const char *first = commit(l, "first");
    put(l, "tags/all.yaml", "blue: {title: Navy}\nred: {title: Red}\n");
    const char *second = commit(l, "second");
    assert_string_equal(blame(l, "red"), first);
    assert_string_equal(blame(l, "blue"), second);
}

/* The header of the time counts; a column that comes, empty, changes nothing. */
static void of_csv(void **state)
{
    loaded *l = *state;
    define(l, CSV "columns_order: [id, title]\n"
                  "columns: {id: {type: string}, title: {type: string}}\n");
    put(l, "tags/all.csv", "id,title\nred,Red\nblue,Blue\ngreen,Green\n");
    const char *first = commit(l, "first");
    put(l, "tags/all.csv", "id,title\nred,Red\nblue,Navy\ngreen,Green\n");
    const char *second = commit(l, "second");
    define(l, CSV "columns_order: [id, title, size]\n"
                  "columns: {id: {type: string}, title: {type: string}, size: {type: int}}\n");
    put(l, "tags/all.csv", "id,title,size\nred,Red,\nblue,Navy,\ngreen,Green,3\n");
    const char *third = commit(l, "third");
    assert_string_equal(blame(l, "red"), first);
    assert_string_equal(blame(l, "blue"), second);
    assert_string_equal(blame(l, "green"), third);
}

/* What today's definition calls invalid is told apart as it is written. */
static void invalid_versions(void **state)
{
    loaded *l = *state;
    define(l, LIST COLUMNS);
    put(l, "tags/all.yaml", "- {id: red, size: many}\n- {id: blue, size: few}\n");
    commit(l, "first");
    put(l, "tags/all.yaml", "- {id: red, size: more}\n- {id: blue, size: few}\n");
    commit(l, "second");
    put(l, "tags/all.yaml", "- {id: red, size: 7}\n- {id: blue, size: few}\n- {id: green}\n");
    const char *third = commit(l, "third");
    assert_string_equal(blame(l, "red"), third);
}

static void unreadable_versions(void **state)
{
    loaded *l = *state;
    define(l, LIST COLUMNS);
    put(l, "tags/all.yaml", "- {id: red, title: Red}\n- {id: blue, title: Blue}\n");
    const char *first = commit(l, "first");
    put(l, "tags/all.yaml", "- {id: red, title: Red}\n- {id: blue, title: [\n");
    commit(l, "broken");
    put(l, "tags/all.yaml", "- {id: red, title: Red}\n- {id: blue, title: Navy}\n");
    commit(l, "repaired");
    assert_string_equal(blame(l, "red"), first);
}

/* ---- moves ---- */

static void moved_collection(void **state)
{
    loaded *l = *state;
    define(l, PLAIN);
    put(l, TAG, FIRST);
    put(l, TAGS "blue.yaml", "title: Blue\n");
    const char *first = commit(l, "first");
    repo_move(l->builder, "tags", "all/labels");
    put(l, ".ingitdb/root-collections.yaml", "tags: all/labels\n");
    put(l, "all/labels/$records/blue.yaml", "title: Navy\n");
    const char *moved = commit(l, "move");
    put(l, "readme.md", "later\n");
    commit(l, "later");
    assert_string_equal(blame(l, "red"), first);
    assert_string_equal(blame(l, "blue"), moved);
}

static void another_template(void **state)
{
    loaded *l = *state;
    define(l, PLAIN);
    put(l, TAG, FIRST);
    const char *first = commit(l, "first");
    define(l, "record_file: {name: '{key}/{key}.yaml', type: 'map[string]any', format: yaml}\n"
              "columns: {title: {type: string}}\n");
    repo_delete(l->builder, TAG);
    put(l, TAGS "red/red.yaml", FIRST);
    commit(l, "template");
    assert_string_equal(blame(l, "red"), first);
}

static void moved_list(void **state)
{
    loaded *l = *state;
    define(l, LIST COLUMNS);
    put(l, "tags/all.yaml", "- {id: red, title: Red}\n- {id: blue, title: Blue}\n");
    commit(l, "first");
    put(l, "tags/all.yaml", "- {id: red, title: Rose}\n- {id: blue, title: Blue}\n");
    const char *second = commit(l, "second");
    repo_move(l->builder, "tags", "labels");
    put(l, ".ingitdb/root-collections.yaml", "tags: labels\n");
    put(l, "labels/all.yaml", "- {id: red, title: Rose}\n- {id: blue, title: Navy}\n");
    const char *moved = commit(l, "move");
    assert_string_equal(blame(l, "red"), second);
    assert_string_equal(blame(l, "blue"), moved);
}

/* Another format is another file: that commit wrote it. */
static void another_format(void **state)
{
    loaded *l = *state;
    define(l, LIST COLUMNS);
    put(l, "tags/all.yaml", "- {id: red, title: Red}\n");
    commit(l, "first");
    define(l, "record_file: {name: all.json, type: '[]map[string]any', format: json}\n" COLUMNS);
    repo_delete(l->builder, "tags/all.yaml");
    put(l, "tags/all.json", "[{\"id\": \"red\", \"title\": \"Red\"}]\n");
    const char *json = commit(l, "json");
    assert_string_equal(blame(l, "red"), json);
}

/* ---- what is not there ---- */

static void shallow(void **state)
{
    loaded *l = *state;
    define(l, PLAIN);
    put(l, TAG, FIRST);
    put(l, TAGS "blue.yaml", "title: Blue\n");
    const char *first = commit(l, "first");
    put(l, "readme.md", "two\n");
    const char *second = commit(l, "second");
    put(l, TAGS "blue.yaml", "title: Navy\n");
    const char *third = commit(l, "third");
    make_shallow(l->builder, second, first);
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "<= %s", second);
    assert_string_equal(blame(l, "red"), wanted);
    assert_string_equal(blame(l, "blue"), third);
    assert_string_equal(blame(l, "green"), "none");
}

/* One parent of a merge is gone, the other tells enough. */
static void shallow_merge(void **state)
{
    loaded *l = *state;
    define(l, PLAIN);
    put(l, TAG, FIRST);
    put(l, TAGS "blue.yaml", "title: Blue\n");
    const char *first = commit(l, "first");
    put(l, TAGS "blue.yaml", "title: Navy\n");
    const char *side = commit(l, "side");
    repo_reset(l->builder, first);
    put(l, "readme.md", "two\n");
    commit(l, "main");
    put(l, TAGS "blue.yaml", "title: Navy\n");
    const char *merge = repo_commit_merge(l->builder, "merge", side);
    lose_object(l->builder, side);
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "<= %s", merge);
    assert_string_equal(blame(l, "red"), first);
    assert_string_equal(blame(l, "blue"), wanted);
}

/* The hex id of what is at a path of HEAD. */
static void lose_at(loaded *l, const char *rev, const char *path)
{
    igd_entry entry;
    bool found = false;
    char hex[IGD_OID_HEX];
    open_at(l, repo_path(l->builder), rev);
    assert_int_equal(igd_repo_find(l->repo, &l->commit.tree, igd_str_from(path), &entry, &found,
                                   &l->err),
                     IGD_OK);
    assert_true(found);
    igd_oid_hex(&entry.id, hex);
    lose_object(l->builder, hex);
}

static void missing_tree(void **state)
{
    loaded *l = *state;
    define(l, PLAIN);
    put(l, TAG, FIRST);
    const char *first = commit(l, "first");
    put(l, TAGS "blue.yaml", "title: Blue\n");
    const char *second = commit(l, "second");
    lose_at(l, first, "tags/$records");
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "<= %s", second);
    assert_string_equal(blame(l, "red"), wanted);
}

static void missing_blob(void **state)
{
    loaded *l = *state;
    define(l, LIST COLUMNS);
    put(l, "tags/all.yaml", "- {id: red, title: Red}\n");
    const char *first = commit(l, "first");
    put(l, "tags/all.yaml", "- {id: red, title: Red}\n- {id: blue, title: Blue}\n");
    const char *second = commit(l, "second");
    lose_at(l, first, "tags/all.yaml");
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "<= %s", second);
    assert_string_equal(blame(l, "red"), wanted);
}

/* ---- the walk itself ---- */

static int stop_at_three(uint64_t found, void *payload, igd_error *err)
{
    (void)found;
    int *steps = payload;
    return ++*steps == 3 ? igd_fail(err, IGD_E_INTERRUPTED, "enough") : IGD_OK;
}

static void stopped(void **state)
{
    loaded *l = *state;
    int steps = 0;
    define(l, PLAIN);
    put(l, TAG, FIRST);
    for (int n = 0; n < 6; n++)
        commit(l, "more");
    load_at(l, "HEAD");
    igd_str keys[] = {IGD_STR("red")};
    igd_trace trace = trace_of(l, "tags", keys);
    igd_history history = {.repo = l->repo,
                           .from = &l->commit,
                           .traces = &trace,
                           .count = 1,
                           .callback = stop_at_three,
                           .payload = &steps};
    assert_int_equal(igd_history_walk(&history, &l->err), IGD_E_INTERRUPTED);
    assert_int_equal(steps, 3);
    assert_false(trace.found);
}

/* No further than the last answer. */
static int count_steps(uint64_t found, void *payload, igd_error *err)
{
    (void)found;
    (void)err;
    ++*(int *)payload;
    return IGD_OK;
}

static void ends_early(void **state)
{
    loaded *l = *state;
    int steps = 0;
    define(l, PLAIN);
    for (int n = 0; n < 6; n++)
        commit(l, "more");
    put(l, TAG, FIRST);
    commit(l, "red");
    load_at(l, "HEAD");
    igd_str keys[] = {IGD_STR("red")};
    igd_trace trace = trace_of(l, "tags", keys);
    igd_history history = {.repo = l->repo,
                           .from = &l->commit,
                           .traces = &trace,
                           .count = 1,
                           .callback = count_steps,
                           .payload = &steps};
    assert_int_equal(igd_history_walk(&history, &l->err), IGD_OK);
    assert_true(trace.found);
    assert_int_equal(steps, 1);
}

static void notes(void **state)
{
    loaded *l = *state;
    igd_commit_note note;
    commit(l, "a subject\nof two lines\n\nand a body\n");
    open_at(l, repo_path(l->builder), "HEAD");
    assert_int_equal(igd_repo_commit_note(l->repo, &l->commit.id, l->mem, &note, &l->err), IGD_OK);
    assert_string_equal(note.hex, l->commit.hex);
    assert_str(note.author, "Test");
    assert_str(note.at, "2023-11-14T22:13:20+00:00");
    assert_str(note.subject, "a subject of two lines");
}

/* Written by somebody whose terminal was not UTF-8. */
static void notes_of_another_encoding(void **state)
{
    loaded *l = *state;
    igd_commit_note note;
    git_repository *repo = NULL;
    git_object *tree = NULL;
    git_signature *who = NULL;
    git_oid id;
    commit(l, "first");
    assert_int_equal(git_repository_open(&repo, repo_path(l->builder)), 0);
    assert_int_equal(git_revparse_single(&tree, repo, "HEAD^{tree}"), 0);
    assert_int_equal(git_signature_new(&who, "Andr\xe9", "a@example.com", 1709210700, -210), 0);
    assert_int_equal(git_commit_create(&id, repo, NULL, who, who, "ISO-8859-1", "caf\xe9\n",
                                       (git_tree *)tree, 0, NULL),
                     0);
    git_signature_free(who);
    git_object_free(tree);
    git_repository_free(repo);
    open_at(l, repo_path(l->builder), git_oid_tostr_s(&id));
    assert_int_equal(igd_repo_commit_note(l->repo, &l->commit.id, l->mem, &note, &l->err), IGD_OK);
    assert_str(note.author, "Andr\xc3\xa9");
    assert_str(note.subject, "caf\xc3\xa9");
    assert_str(note.at, "2024-02-29T09:15:00-03:30");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADED_TEST(last_change),
        LOADED_TEST(back_and_forth),
        LOADED_TEST(deleted),
        LOADED_TEST(replaced_by_directory),
        LOADED_TEST(many_at_once),
        LOADED_TEST(merged),
        LOADED_TEST(deleted_elsewhere),
        LOADED_TEST(many_merges),
        LOADED_TEST(of_a_list),
        LOADED_TEST(of_a_map),
        LOADED_TEST(of_csv),
        LOADED_TEST(invalid_versions),
        LOADED_TEST(unreadable_versions),
        LOADED_TEST(moved_collection),
        LOADED_TEST(another_template),
        LOADED_TEST(moved_list),
        LOADED_TEST(another_format),
        LOADED_TEST(shallow),
        LOADED_TEST(shallow_merge),
        LOADED_TEST(missing_tree),
        LOADED_TEST(missing_blob),
        LOADED_TEST(stopped),
        LOADED_TEST(ends_early),
        LOADED_TEST(notes),
        LOADED_TEST(notes_of_another_encoding),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
