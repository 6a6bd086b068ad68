/*
 * Blame on random histories with merges and deletions: for a record with a file of its own it is
 * the commit that `git log -1 -- FILE` gives, and the same record as a line of a file of many has
 * the same one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmocka.h"
#include "sync/analyze.h"
#include "tests/support/db_dump.h"
#include "tests/support/process.h"
#include "tests/support/repo_builder.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

#define GIT "/usr/bin/git"

enum { KEYS = 12, COMMITS = 50, HEADS = 4, SEEDS = 3 };

typedef struct content {
    int value[KEYS]; /* -1: not there */
} content;

typedef struct head {
    const char *id;
    content content;
} head;

static void put_all(repo_builder *b, const content *now)
{
    IGD_CLEANUP(igd_buf)
    igd_buf lines = IGD_BUF_INIT;
    char path[64], text[64];
    for (int n = 0; n < KEYS; n++) {
        snprintf(path, sizeof(path), "tags/$records/t%d.yaml", n);
        snprintf(text, sizeof(text), "title: v%d\n", now->value[n]);
        if (now->value[n] >= 0)
            repo_put(b, path, text);
        else
            repo_delete(b, path);
        if (now->value[n] >= 0)
            igd_buf_printf(&lines, "{\"$ID\": \"t%d\", \"title\": \"v%d\"}\n", n, now->value[n]);
    }
    repo_put(b, "lines/all.jsonl", lines.ptr);
}

static void change(content *now)
{
    for (int times = rand() % 3; times > 0; times--)
        now->value[rand() % KEYS] = rand() % 5 - 1;
}

/* Each record from either side, now and then from neither. */
static void merge(content *now, const content *other)
{
    for (int n = 0; n < KEYS; n++)
        if (rand() % 2 == 0)
            now->value[n] = other->value[n];
    if (rand() % 4 == 0)
        change(now);
}

static const char *build(repo_builder *b)
{
    head heads[HEADS];
    repo_put(b, ".ingitdb/root-collections.yaml", "tags: tags\nlines: lines\n");
    repo_put(b, "tags/.collection/definition.yaml",
             "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"
             "columns: {title: {type: string}}\n");
    repo_put(b, "lines/.collection/definition.yaml",
             "record_file: {name: all.jsonl, type: '[]map[string]any', format: jsonl}\n"
             "columns: {$ID: {type: string}, title: {type: string}}\n");
    for (int n = 0; n < KEYS; n++)
        heads[0].content.value[n] = 0;
    put_all(b, &heads[0].content);
    /* The last ones are never there. */
    for (int n = KEYS - 2; n < KEYS; n++)
        heads[0].content.value[n] = -1;
    put_all(b, &heads[0].content);
    const char *first = heads[0].id = repo_commit(b, "first");
    for (int n = 1; n < HEADS; n++)
        heads[n] = heads[0];
    for (int n = 0; n < COMMITS; n++) {
        head *at = &heads[n + HEADS < COMMITS ? rand() % HEADS : 0];
        head *other = &heads[n + HEADS < COMMITS ? rand() % HEADS : n % HEADS];
        content now = at->content;
        bool both = other != at && other->id != at->id && (rand() % 3 == 0 || n + HEADS >= COMMITS);
        repo_reset(b, at->id);
        if (both)
            merge(&now, &other->content);
        else
            change(&now);
        now.value[KEYS - 1] = -1;
        put_all(b, &now);
        at->id = both ? repo_commit_merge(b, "merge", other->id) : repo_commit(b, "change");
        at->content = now;
    }
    return first;
}

static igd_analysis analyze(repo_builder *b, const char *path, igd_arena *mem)
{
    igd_repo_options at = {.path = repo_path(b)};
    igd_sync_options options = sync_run_options("HEAD");
    igd_target_config config = {.mode = IGD_OPEN_READ, .run_id = "look"};
    igd_error err = IGD_ERROR_INIT;
    igd_analysis out = {0};
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = NULL;
    IGD_CLEANUP_PTR(igd_target) igd_target *target = NULL;
    if (igd_repo_open(&at, &repo, &err) ||
        igd_url_parse(igd_arena_printf(mem, "sqlite://%s", path), mem, &config.url, &err) ||
        igd_target_open(&config, &target, &err) ||
        igd_analyze_blame(repo, target, &options, IGD_DETAIL_RECORDS, mem, &out, &err))
        fail_msg("%s", err.message);
    return out;
}

/* Empty: no commit. */
static const char *blame_of(const igd_analysis *analysis, const char *table, const char *key)
{
    for (size_t n = 0; n < analysis->table_count; n++)
        for (size_t r = 0; r < analysis->tables[n].records.len; r++) {
            const igd_record_difference *record = &analysis->tables[n].records.items[r];
            if (igd_str_is(analysis->tables[n].counts.table, table) && igd_str_is(record->key, key))
                return record->blame ? record->blame->hex : "";
        }
    fail_msg("%s of %s is not reported", key, table);
    return NULL;
}

static void need_git(const repo_builder *b, const char *key, const char *got)
{
    char path[64], wanted[64];
    snprintf(path, sizeof(path), "tags/$records/%s.yaml", key);
    snprintf(wanted, sizeof(wanted), "%s%s", got, *got ? "\n" : "");
    const char *words[] = {GIT,           "-C",   repo_path(b), "log", "-1",
                           "--format=%H", "HEAD", "--",         path,  NULL};
    process_result result = process_run(words, &(process_options){0});
    assert_int_equal(result.status, 0);
    /* Git gives up where the branch that it follows never had the file. */
    if (*result.out)
        assert_string_equal(result.out, wanted);
    process_result_free(&result);
}

static void like_git(void **state)
{
    (void)state;
    char *dir = temp_dir_new();
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        char name[32], key[16];
        snprintf(name, sizeof(name), "%u.db", seed);
        char *path = path_join(dir, name);
        srand(seed);
        repo_builder *b = repo_builder_new_bare();
        sync_run_ok(repo_path(b), path, build(b));
        /* Every record differs. */
        db_exec(path, "UPDATE tags SET title = 'x'; UPDATE lines SET title = 'x';");
        for (int n = 0; n < KEYS; n++) {
            char statement[160];
            snprintf(statement, sizeof(statement),
                     "INSERT OR IGNORE INTO tags VALUES ('t%d', 'x');"
                     "INSERT OR IGNORE INTO lines VALUES ('t%d', 'x');",
                     n, n);
            db_exec(path, statement);
        }
        igd_analysis analysis = analyze(b, path, mem);
        for (int n = 0; n < KEYS; n++) {
            snprintf(key, sizeof(key), "t%d", n);
            const char *got = blame_of(&analysis, "tags", key);
            assert_string_equal(blame_of(&analysis, "lines", key), got);
            need_git(b, key, got);
        }
        assert_string_equal(blame_of(&analysis, "tags", "t11"), "");
        repo_builder_free(b);
        free(path);
    }
    temp_dir_free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(like_git)};
    if (access(GIT, X_OK) != 0) {
        fprintf(stderr, "skipped: there is no " GIT "\n");
        return 77;
    }
    return cmocka_run_group_tests_name("blame on random histories", tests, NULL, NULL);
}
