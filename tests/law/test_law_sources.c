/*
 * The law where the source is not simply one repository under one mapping: another key column from
 * run to run, two sources in one database, clones under other names, shallow clones and forks.
 *
 *     IGD_RANDOM_SEED=17 IGD_RANDOM_COUNT=1 tests/law_test_law_sources
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmocka.h"
#include "tests/support/database.h"
#include "tests/support/db_dump.h"
#include "tests/support/random_source.h"
#include "tests/support/repo_builder.h"
#include "tests/support/setting.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

#define COMMITS 6

typedef struct world {
    unsigned seed, chance;
    char *dir, *path, *fresh;
} world;

static world begin(unsigned seed)
{
    world w = {.seed = seed, .chance = seed, .dir = temp_dir_new()};
    w.path = path_join(w.dir, "target.db");
    w.fresh = path_join(w.dir, "fresh.db");
    return w;
}

static void end(world *w)
{
    free(w->path);
    free(w->fresh);
    temp_dir_free(w->dir);
}

static size_t below(world *w, size_t count)
{
    return (size_t)rand_r(&w->chance) % count;
}

static void sync_with(const world *w, const char *repo, const char *database,
                      const igd_sync_options *options)
{
    sync_run run = sync_run_into(repo, database, options);
    for (size_t n = 0; run.code != IGD_OK && n < run.result.problems.len; n++)
        fprintf(stderr, "  %.*s: %.*s\n", IGD_STR_ARG(run.result.problems.items[n].path),
                IGD_STR_ARG(run.result.problems.items[n].reason));
    if (run.code != IGD_OK)
        fail_msg("seed %u, %s: %s", w->seed, repo, run.err.message);
    sync_run_free(&run);
}

static void need_equal(const world *w, const char *what)
{
    char text[64];
    char *left = db_dump(w->path, 1), *right = db_dump(w->fresh, 1);
    snprintf(text, sizeof(text), "seed %u: %s", w->seed, what);
    db_assert_equal(left, right, text);
    free(left);
    free(right);
}

static void need_value(const world *w, const char *sql, const char *wanted)
{
    char *got = db_query(w->path, sql);
    assert_string_equal(got, wanted);
    free(got);
}

/* ---- the key column's name ---- */

/* A declared column that was the key under the usual name is one of its own under another, and may
 * be required. The target stays as it is. */
static void need_invalid(const world *w, const char *repo, const igd_sync_options *options)
{
    bool there = database_exists(w->path);
    char *before = there ? db_dump(w->path, 1) : NULL;
    sync_run run = sync_run_into(repo, w->path, options);
    assert_int_equal(run.code, IGD_E_INVALID);
    sync_run_free(&run);
    if (!there) {
        database_remove(w->path);
        return;
    }
    char *after = db_dump(w->path, 1);
    db_assert_equal(after, before, "after a refused run");
    free(before);
    free(after);
}

static void other_key_columns(unsigned seed)
{
    static const char *const names[] = {"id", "the_key", "record_key"};
    world w = begin(seed);
    random_source *source = random_source_new(seed, COMMITS);
    for (int n = 0; n < 8; n++) {
        igd_sync_options options =
            sync_run_options(random_source_commit(source, below(&w, COMMITS)));
        options.mapping.key_column = igd_str_from(names[below(&w, IGD_COUNT(names))]);
        database_remove(w.fresh);
        sync_run fresh = sync_run_into(random_source_repo(source), w.fresh, &options);
        int code = fresh.code;
        sync_run_free(&fresh);
        if (code == IGD_E_INVALID) {
            need_invalid(&w, random_source_repo(source), &options);
            continue;
        }
        sync_with(&w, random_source_repo(source), w.path, &options);
        need_equal(&w, "another key column");
    }
    random_source_free(source);
    end(&w);
}

/* ---- two sources in one target ---- */

static const char *random_edit(world *w, repo_builder *b)
{
    char path[64], text[64];
    repo_put(b, ".ingitdb/root-collections.yaml", "zebras: zebras\n");
    repo_put(b, "zebras/.collection/definition.yaml",
             below(w, 2) ? "record_file: {name: '{key}.yaml', type: 'map[string]any', format: "
                           "yaml}\ncolumns: {title: {type: string}}\n"
                         : "record_file: {name: '{key}.yaml', type: 'map[string]any', format: "
                           "yaml}\ncolumns: {title: {type: string}, note: {type: string}}\n");
    for (size_t n = 0; n < 5; n++) {
        snprintf(path, sizeof(path), "zebras/$records/z%zu.yaml", below(w, 9));
        snprintf(text, sizeof(text), "title: T%zu\n", below(w, 1000));
        repo_put(b, path, text);
    }
    return repo_commit(b, "edit");
}

static void two_sources(unsigned seed)
{
    world w = begin(seed);
    random_source *one = random_source_new(seed, COMMITS);
    repo_builder *two = repo_builder_new_bare();
    size_t at = below(&w, COMMITS);
    const char *edit = random_edit(&w, two);
    for (int n = 0; n < 8; n++) {
        igd_sync_options first = sync_run_options(random_source_commit(one, at));
        igd_sync_options second = first;
        second.ref = edit;
        second.source_name = IGD_STR("zoo");
        if (n == 0 || below(&w, 2))
            sync_with(&w, random_source_repo(one), w.path, &first);
        if (n == 0 || below(&w, 2))
            sync_with(&w, repo_path(two), w.path, &second);
        sync_with(&w, random_source_repo(one), w.path, &first);
        sync_with(&w, repo_path(two), w.path, &second);
        database_remove(w.fresh);
        sync_with(&w, repo_path(two), w.fresh, &second);
        sync_with(&w, random_source_repo(one), w.fresh, &first);
        need_equal(&w, "two sources");
        at = below(&w, COMMITS);
        edit = random_edit(&w, two);
    }
    repo_builder_free(two);
    random_source_free(one);
    end(&w);
}

/* ---- clones ---- */

static void git(const world *w, const char *format, ...)
{
    char line[4096], command[8192];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    snprintf(command, sizeof(command),
             "git -c user.name=Test -c user.email=test@example.org -c protocol.file.allow=always "
             "%s >/dev/null 2>&1",
             line);
    if (system(command) != 0)
        fail_msg("seed %u: %s", w->seed, command);
}

/* A name of its own for each clone, as directories give them; that is not who it is. */
static void sync_named(const world *w, const char *repo, const char *database, const char *ref,
                       const char *name)
{
    igd_sync_options options = sync_run_options(ref);
    options.source_name = igd_str_from(name);
    sync_with(w, repo, database, &options);
}

static void quiet(igd_log_level level, const char *message, void *payload)
{
    (void)level;
    (void)message;
    (void)payload;
}

static void clones_and_forks(unsigned seed)
{
    world w = begin(seed);
    random_source *source = random_source_new(seed, COMMITS);
    const char *origin = random_source_repo(source);
    const char *last = random_source_commit(source, COMMITS - 1);
    char *clone = path_join(w.dir, "clone"), *shallow = path_join(w.dir, "shallow");
    char *fork = path_join(w.dir, "fork");
    git(&w, "clone --bare 'file://%s' '%s'", origin, clone);
    git(&w, "clone --bare --depth 2 'file://%s' '%s'", origin, shallow);
    git(&w, "clone 'file://%s' '%s'", origin, fork);
    git(&w, "-C '%s' commit --allow-empty -m ours", fork);

    size_t at = below(&w, COMMITS - 1);
    sync_named(&w, origin, w.path, random_source_commit(source, at), "shop");
    size_t next = below(&w, COMMITS);
    sync_named(&w, clone, w.path, random_source_commit(source, next), "clone");
    sync_named(&w, origin, w.fresh, random_source_commit(source, next), "shop");
    need_equal(&w, "a clone");

    /* A commit of its own that the others do not have. */
    sync_named(&w, fork, w.path, "HEAD", "fork");
    need_value(&w, "SELECT $list(source) FROM ingitdb_sync_state", "shop");
    sync_named(&w, clone, w.path, last, "clone");
    database_remove(w.fresh);
    sync_named(&w, origin, w.fresh, last, "shop");
    need_equal(&w, "after a fork");

    /* What it held is beyond the shallow clone's horizon: the name has to be given there. */
    sync_named(&w, origin, w.path, random_source_commit(source, 0), "shop");
    sync_named(&w, shallow, w.path, last, "shop");
    need_equal(&w, "a shallow clone");
    sync_named(&w, shallow, w.path, "HEAD", "whatever");
    need_value(&w, "SELECT $list(source) FROM ingitdb_sync_state", "shop");
    free(clone);
    free(shallow);
    free(fork);
    random_source_free(source);
    end(&w);
}

static void run_seeds(void (*law)(unsigned seed), size_t usual)
{
    unsigned seed = (unsigned)test_setting("IGD_RANDOM_SEED", 1);
    size_t count = test_setting("IGD_RANDOM_COUNT", usual);
    for (size_t n = 0; n < count; n++)
        law(seed + (unsigned)n);
}

static void the_key_column_changes_its_name(void **state)
{
    (void)state;
    run_seeds(other_key_columns, 8);
}

static void sources_do_not_touch_each_other(void **state)
{
    (void)state;
    run_seeds(two_sources, 6);
}

static void clones_are_the_same_source(void **state)
{
    (void)state;
    igd_log_set_sink(quiet, NULL, IGD_LOG_ERROR);
    run_seeds(clones_and_forks, 6);
    igd_log_set_sink(NULL, NULL, IGD_LOG_ERROR);
}

int main(void)
{
    database_need_engine();
    if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_column_changes_its_name),
        cmocka_unit_test(sources_do_not_touch_each_other),
        cmocka_unit_test(clones_are_the_same_source),
    };
    return cmocka_run_group_tests_name("law on sources", tests, NULL, NULL);
}
