/*
 * The law with selections on the way: whatever parts of whatever commits were synced before, a sync
 * of everything leaves what a fresh one leaves. In between nothing but the selected tables changes,
 * and every table is what its own commit prescribes.
 *
 *     IGD_RANDOM_SEED=17 IGD_RANDOM_COUNT=1 tests/law_test_law_selection
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka.h"
#include "sync/analyze.h"
#include "tests/support/database.h"
#include "tests/support/db_dump.h"
#include "tests/support/demo_commerce.h"
#include "tests/support/random_source.h"
#include "tests/support/repo_builder.h"
#include "tests/support/setting.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

#define MOST_IDS 64

typedef struct history {
    const char *repo;
    const char **commits;
    char **fresh; /* what a fresh sync of each leaves */
    char **ids;   /* the collections of each, one a line */
    size_t count;
    unsigned seed, chance;
    char *dir, *db;
    size_t done, refused; /* runs with a selection */
} history;

static unsigned pick(history *h, size_t below)
{
    return (unsigned)((size_t)rand_r(&h->chance) % below);
}

static void explain(const history *h, const char *what, size_t to, const igd_selection *selection)
{
    fprintf(stderr,
            "seed %u: %s\n  repository %s\n  database %s\n  to %zu: %s\n  %.*s without %.*s\n",
            h->seed, what, h->repo, h->db, to, h->commits[to], IGD_STR_ARG(selection->collections),
            IGD_STR_ARG(selection->exclude));
}

/* ---- selections ---- */

/* Some of the lines of both texts, with commas. */
static char *some_of(history *h, const char *here, const char *there)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    const char *both[] = {here, there};
    for (size_t n = 0; n < 2; n++)
        for (const char *at = both[n]; *at; at += strcspn(at, "\n"), at += *at == '\n')
            if (pick(h, 3) == 0)
                fprintf(out, "%.*s,", (int)strcspn(at, "\n"), at);
    fclose(out);
    return text;
}

static char *ids_of(const char *db)
{
    return db_query(db, "$lines(collection;ingitdb_sync_tables;collection)");
}

/* ---- what must not change ---- */

typedef struct rest {
    char *table, *text;
} rest;

/* The lines of a dump that are about a table. */
static char *part_of(const char *dump, const char *table)
{
    char *text = NULL;
    size_t len = 0;
    bool inside = false;
    FILE *out = open_memstream(&text, &len);
    for (const char *at = dump; *at; at += strcspn(at, "\n"), at += *at == '\n') {
        int line = (int)strcspn(at, "\n");
        size_t name = strlen(table);
        if (strncmp(at, "table ", 6) == 0)
            inside = (size_t)line == 6 + name && strncmp(at + 6, table, name) == 0;
        const char *space = strncmp(at, "state ", 6) == 0 ? strchr(at + 6, ' ') : NULL;
        if (space ? strncmp(space + 1, table, name) == 0 && space[1 + name] == ' '
                  : inside && *at != 's')
            fprintf(out, "%.*s\n", line, at);
    }
    fclose(out);
    return text;
}

/* Definition, rows, and what the bookkeeping says. `all`: a dump of a database on a server. */
static char *text_of(const char *db, const char *table, const char *all)
{
    if (all)
        return part_of(all, table);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    char *columns = db_query(
        db,
        igd_arena_printf(
            mem,
            "SELECT group_concat('quote(\"' || replace(name, '\"', '\"\"') || '\")', ' || '','' || ') "
            "FROM pragma_table_info('%s')",
            table)
            .ptr);
    char *text = db_query(
        db, igd_arena_printf(mem,
                             "SELECT (SELECT group_concat(sql) FROM sqlite_schema WHERE tbl_name = "
                             "'%s') || (SELECT commit_id || row_count || digest FROM "
                             "ingitdb_sync_tables WHERE table_name = '%s') || coalesce((SELECT "
                             "group_concat(%s, ';') FROM \"%s\"), '')",
                             table, table, columns, table)
                .ptr);
    free(columns);
    return text;
}

static size_t note_rest(const char *db, rest *tables)
{
    size_t count = 0;
    char *list = db_query(db, "$lines(table_name;ingitdb_sync_tables;table_name)");
    char *all = database_is_file() ? NULL : db_dump(db, 1);
    for (const char *at = list; *at && count < MOST_IDS;
         at += strcspn(at, "\n"), at += *at == '\n') {
        tables[count].table = strndup(at, strcspn(at, "\n"));
        tables[count].text = text_of(db, tables[count].table, all);
        count++;
    }
    free(all);
    free(list);
    return count;
}

static bool is_selected(const igd_sync_result *result, const char *table)
{
    for (size_t n = 0; n < result->plan.table_count; n++) {
        const igd_table_plan *plan = &result->plan.tables[n];
        if ((plan->from && igd_str_is(plan->from->name, table)) ||
            (plan->to && igd_str_is(plan->to->name, table)))
            return true;
    }
    return false;
}

static void check_rest(const history *h, const igd_sync_result *result, rest *tables, size_t count)
{
    char *all = database_is_file() ? NULL : db_dump(h->db, 1);
    for (size_t n = 0; n < count; n++) {
        if (!is_selected(result, tables[n].table)) {
            char *now = text_of(h->db, tables[n].table, all);
            db_assert_equal(now, tables[n].text, tables[n].table);
            free(now);
        }
        free(tables[n].table);
        free(tables[n].text);
    }
    free(all);
}

/* ---- runs ---- */

static void check_verified(const history *h, size_t to, const igd_selection *selection)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = NULL;
    IGD_CLEANUP_PTR(igd_target) igd_target *target = NULL;
    igd_sync_options options = sync_run_options("HEAD");
    igd_repo_options where = {.path = h->repo};
    igd_target_config config = {.mode = IGD_OPEN_READ, .run_id = "verify"};
    igd_analysis analysis = {0};
    igd_error err = IGD_ERROR_INIT;
    char *text = database_url(h->db);
    igd_str url = igd_arena_str(mem, igd_str_from(text));
    free(text);
    int code = igd_repo_open(&where, &repo, &err);
    if (code == IGD_OK)
        code = igd_url_parse(url, mem, &config.url, &err);
    if (code == IGD_OK)
        code = igd_target_open(&config, &target, &err);
    if (code == IGD_OK)
        code = igd_verify(repo, target, &options, IGD_DETAIL_SUMMARY, mem, &analysis, &err);
    if (code == IGD_OK)
        return;
    explain(h, err.message, to, selection);
    for (size_t n = 0; n < analysis.schema.len; n++)
        fprintf(stderr, "  %s %.*s\n", igd_cause_word(analysis.schema.items[n].cause),
                IGD_STR_ARG(igd_op_text(analysis.schema.items[n].op, mem)));
    for (size_t n = 0; n < analysis.table_count; n++)
        fprintf(stderr, "  %.*s at %.*s: +%llu ~%llu -%llu\n",
                IGD_STR_ARG(analysis.tables[n].counts.table),
                IGD_STR_ARG(analysis.tables[n].commit),
                (unsigned long long)analysis.tables[n].counts.inserted,
                (unsigned long long)analysis.tables[n].counts.updated,
                (unsigned long long)analysis.tables[n].counts.deleted);
    abort();
}

static sync_run sync_part(history *h, size_t to, const igd_selection *selection)
{
    igd_sync_options options = sync_run_options(h->commits[to]);
    options.selection = *selection;
    options.mode = pick(h, 4) == 0 ? IGD_SYNC_FULL : IGD_SYNC_INCREMENTAL;
    options.jobs = 1 + pick(h, 2);
    sync_run run = sync_run_into(h->repo, h->db, &options);
    bool part = igd_selection_given(selection);
    /* Tables stand in each other's way, or nothing is left to be selected. */
    if (run.code == IGD_OK || (part && (run.code == IGD_E_CONFLICT || run.code == IGD_E_UNOWNED ||
                                        run.code == IGD_E_USAGE)))
        return run;
    explain(h, "the sync failed", to, selection);
    fprintf(stderr, "  %d: %s (%s)\n", run.code, run.err.message, run.err.hint);
    for (size_t n = 0; n < run.result.problems.len; n++)
        if (run.result.problems.items[n].severity != IGD_PROBLEM_WARNING)
            fprintf(stderr, "  %.*s: %.*s\n", IGD_STR_ARG(run.result.problems.items[n].path),
                    IGD_STR_ARG(run.result.problems.items[n].reason));
    abort();
}

static bool was_synced(const char *db)
{
    if (!database_exists(db))
        return false;
    char *count = db_query(db, "SELECT count(*) FROM $tables WHERE name = 'ingitdb_sync_tables'");
    bool is = strcmp(count, "1") == 0;
    free(count);
    return is;
}

static void sync_some(history *h, size_t to)
{
    rest tables[MOST_IDS];
    bool there = was_synced(h->db);
    char *recorded = there ? ids_of(h->db) : strdup("");
    char *list = some_of(h, h->ids[to], recorded);
    free(recorded);
    igd_selection selection = {0};
    if (pick(h, 4) == 0)
        selection.exclude = igd_str_from(list);
    else
        selection.collections = igd_str_from(list);
    size_t count = there ? note_rest(h->db, tables) : 0;
    char *before = there ? db_dump(h->db, 1) : NULL;
    sync_run run = sync_part(h, to, &selection);
    if (run.code == IGD_OK) {
        check_rest(h, &run.result, tables, count);
        check_verified(h, to, &selection);
        h->done++;
    } else {
        char *now = there ? db_dump(h->db, 1) : NULL;
        if (there)
            db_assert_equal(now, before, "a run that was refused");
        free(now);
        check_rest(h, &(igd_sync_result){0}, tables, count);
        h->refused += run.code != IGD_E_USAGE;
    }
    sync_run_free(&run);
    free(before);
    free(list);
}

static void sync_all(history *h, size_t to)
{
    igd_selection all = {0};
    sync_run run = sync_part(h, to, &all);
    sync_run_free(&run);
    char *now = db_dump(h->db, 1);
    if (strcmp(now, h->fresh[to]) != 0)
        explain(h, "not what a fresh sync leaves", to, &all);
    db_assert_equal(now, h->fresh[to], "a sync of everything");
    free(now);
    check_verified(h, to, &all);
    run = sync_part(h, to, &all);
    sync_run_free(&run);
}

static void check_history(history *h, size_t rounds)
{
    h->dir = temp_dir_new();
    h->db = path_join(h->dir, "target.db");
    h->fresh = calloc(h->count, sizeof(char *));
    h->ids = calloc(h->count, sizeof(char *));
    for (size_t n = 0; n < h->count; n++) {
        sync_run_ok(h->repo, h->db, h->commits[n]);
        h->fresh[n] = db_dump(h->db, 1);
        h->ids[n] = ids_of(h->db);
        database_remove(h->db);
    }
    for (size_t n = 0; n < rounds; n++) {
        for (size_t parts = 1 + pick(h, 4); parts > 0; parts--)
            sync_some(h, pick(h, h->count));
        sync_all(h, pick(h, h->count));
        if (pick(h, 3) == 0)
            database_remove(h->db);
    }
    for (size_t n = 0; n < h->count; n++) {
        free(h->fresh[n]);
        free(h->ids[n]);
    }
    free(h->fresh);
    free(h->ids);
    free(h->db);
    temp_dir_free(h->dir);
}

static void random_histories(void **state)
{
    (void)state;
    unsigned seed = (unsigned)test_setting("IGD_RANDOM_SEED", 1);
    size_t count = test_setting("IGD_RANDOM_COUNT", database_rounds(25)),
           commits = test_setting("IGD_RANDOM_COMMITS", 6);
    size_t done = 0, refused = 0;
    for (size_t n = 0; n < count; n++) {
        random_source *source = random_source_new(seed + n, commits);
        history h = {.repo = random_source_repo(source),
                     .commits = calloc(commits, sizeof(char *)),
                     .count = commits,
                     .seed = seed + (unsigned)n,
                     .chance = seed + (unsigned)n};
        for (size_t c = 0; c < commits; c++)
            h.commits[c] = random_source_commit(source, c);
        check_history(&h, 4);
        done += h.done;
        refused += h.refused;
        free(h.commits);
        random_source_free(source);
    }
    print_message("%zu runs of a part, %zu refused\n", done, refused);
    assert_true(done > refused);
}

/* Of what other runs have brought, a part that fails takes nothing with it. */
static void a_part_that_fails(void **state)
{
    (void)state;
    static const char definition[] =
        "record_file: {name: all.jsonl, type: '[]map[string]any', format: jsonl}\n"
        "columns:\n  $ID: {type: string, required: true}\n  n: {type: int}\n";
    repo_builder *b = repo_builder_new();
    char *dir = temp_dir_new(), *db = path_join(dir, "target.db");
    repo_put(b, ".ingitdb/root-collections.yaml", "good: good\nbad: bad\n");
    repo_put(b, "good/.collection/definition.yaml", definition);
    repo_put(b, "bad/.collection/definition.yaml", definition);
    repo_put(b, "good/all.jsonl", "{\"$ID\": \"a\", \"n\": 1}\n");
    repo_put(b, "bad/all.jsonl", "{\"$ID\": \"a\", \"n\": \"x\"}\n");
    const char *commit = repo_commit(b, "one of them is invalid");
    igd_sync_options options = sync_run_options(commit);
    options.selection.collections = IGD_STR("good");
    sync_run run = sync_run_into(repo_path(b), db, &options);
    assert_int_equal(run.code, IGD_OK);
    sync_run_free(&run);
    options.selection.collections = IGD_STR("bad");
    run = sync_run_into(repo_path(b), db, &options);
    assert_int_equal(run.code, IGD_E_INVALID);
    sync_run_free(&run);
    char *count = db_query(db, "SELECT count(*) FROM ingitdb_sync_tables");
    assert_string_equal(count, "1");
    options.selection.collections = IGD_STR("good");
    run = sync_run_into(repo_path(b), db, &options);
    assert_int_equal(run.code, IGD_OK);
    assert_int_equal(run.result.total.inserted, 0);
    sync_run_free(&run);
    free(count);
    free(db);
    temp_dir_free(dir);
    repo_builder_free(b);
}

static void real_data(void **state)
{
    (void)state;
    demo_commerce *demo = demo_commerce_new();
    if (!demo)
        skip();
    const char *commits[DEMO_COMMITS];
    for (size_t n = 0; n < DEMO_COMMITS; n++)
        commits[n] = demo->repaired[n];
    history h = {
        .repo = demo->path, .commits = commits, .count = DEMO_COMMITS, .seed = 1, .chance = 1};
    check_history(&h, 10);
    print_message("%zu runs of a part, %zu refused\n", h.done, h.refused);
    assert_true(h.done > h.refused);
    demo_commerce_free(demo);
}

int main(void)
{
    database_need_engine();
    /* What a test writes need not outlive the machine, and waiting for disks takes long. */
    if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_part_that_fails),
                                       cmocka_unit_test(random_histories),
                                       cmocka_unit_test(real_data)};
    return cmocka_run_group_tests_name("law with selections", tests, NULL, NULL);
}
