/*
 * The law under --on-invalid skip, on generated histories of which many commits are broken: files
 * that cannot be parsed, records that do not fit, that are missing, or refer to what is missing.
 *
 * A target that goes from commit to commit holds what a fresh sync leaves, the keys aside that are
 * held on either side; rows of invalid records stay as they were unless the run says that the new
 * schema does not allow it; nothing of it counts as an edit; and what is healed leaves no trace.
 *
 *     IGD_RANDOM_SEED=17 IGD_RANDOM_COUNT=1 IGD_RANDOM_COMMITS=8 tests/law_test_law_held
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
#include "tests/support/held_aside.h"
#include "tests/support/random_source.h"
#include "tests/support/setting.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

typedef struct history {
    random_source *source;
    size_t commits;
    unsigned seed, chance;
    char *dir;
    char **fresh; /* databases: a fresh sync of each commit */
    size_t from, to;
    uint32_t without; /* capabilities of the target */
} history;

/* How much happened: a law about nothing holds always. */
static struct {
    size_t steps, held_rows, referenced, refused, healed;
} seen;

/* ---- failures ---- */

static void explain(const history *h, const char *what)
{
    const random_source *s = h->source;
    fprintf(stderr,
            "seed %u: %s\n  repository %s\n  databases %s\n  from %zu: %s\n    %s\n  to "
            "%zu: %s\n    %s\n",
            h->seed, what, random_source_repo(s), h->dir, h->from, random_source_commit(s, h->from),
            random_source_log(s, h->from), h->to, random_source_commit(s, h->to),
            random_source_log(s, h->to));
}

static void need(const history *h, bool fine, const char *what)
{
    if (fine)
        return;
    explain(h, what);
    abort();
}

static void need_query(const history *h, const char *path, const char *sql, const char *wanted)
{
    char *got = db_query(path, sql);
    if (strcmp(got, wanted) != 0) {
        explain(h, sql);
        fprintf(stderr, "  got '%s', wanted '%s'\n", got, wanted);
        abort();
    }
    free(got);
}

static void fail_run(const history *h, const sync_run *run)
{
    explain(h, "the sync failed");
    fprintf(stderr, "  %d: %s\n", run->code, run->err.message);
    for (size_t n = 0; n < run->result.problems.len; n++) {
        const igd_problem *problem = &run->result.problems.items[n];
        if (problem->severity != IGD_PROBLEM_WARNING)
            fprintf(stderr, "  %.*s:%u: %.*s\n", IGD_STR_ARG(problem->path), problem->line,
                    IGD_STR_ARG(problem->reason));
    }
    abort();
}

static sync_run skip_to(history *h, const char *database, uint32_t allowed)
{
    igd_sync_options options = sync_run_options(random_source_commit(h->source, h->to));
    options.on_invalid = IGD_INVALID_SKIP;
    options.mode = rand_r(&h->chance) % 3 ? IGD_SYNC_INCREMENTAL : IGD_SYNC_FULL;
    options.jobs = 1 + (size_t)rand_r(&h->chance) % 2;
    options.batch_size = rand_r(&h->chance) % 2 ? 1000 : 1 + (size_t)rand_r(&h->chance) % 3;
    options.verify = rand_r(&h->chance) % 2;
    options.allow_loss = allowed;
    return sync_run_without(random_source_repo(h->source), database, &options, h->without);
}

/* ---- what became of held rows ---- */

#define SCHEMAS "$lines(collection || schema_json;ingitdb_sync_tables;collection)"

static bool same_schema(const char *left, const char *right)
{
    char *one = db_query(left, SCHEMAS), *two = db_query(right, SCHEMAS);
    bool same = strcmp(one, two) == 0;
    free(one);
    free(two);
    return same;
}

/* Whether every row of what is invalid is still there; counts them. */
static size_t count_held(const history *h, const igd_problems *problems, const char *before,
                         const char *after, bool may_go)
{
    size_t count = 0;
    held_rows_forget();
    for (size_t n = 0; n < problems->len; n++) {
        const igd_problem *problem = &problems->items[n];
        if (problem->severity != IGD_PROBLEM_INVALID)
            continue;
        igd_str keys = problem->key_json.len      ? problem->key_json
                       : problem->parent_json.len ? problem->parent_json
                                                  : IGD_STR("[]");
        held_rows rows = held_rows_between(before, after, problem->collection, keys);
        /* A record of the file that can be told from the others is as good as any. */
        held_rows valid = held_rows_between(before, h->fresh[h->to], problem->collection, keys);
        if (problem->key_json.len == 0 && valid.there > valid.gone)
            rows.changed = 0;
        if (rows.changed + (may_go ? 0 : rows.gone) > 0) {
            explain(h, "a row of an invalid record did not stay as it was");
            fprintf(stderr, "  %.*s %.*s: %zu rows, %zu gone, %zu changed\n  %.*s: %.*s\n",
                    IGD_STR_ARG(problem->collection), IGD_STR_ARG(keys), rows.there, rows.gone,
                    rows.changed, IGD_STR_ARG(problem->path), IGD_STR_ARG(problem->reason));
            abort();
        }
        count += rows.there - rows.gone;
    }
    held_rows_forget();
    return count;
}

/* ---- steps ---- */

static void check_verify(const history *h, const char *path)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = NULL;
    IGD_CLEANUP_PTR(igd_target) igd_target *target = NULL;
    igd_sync_options options = sync_run_options(random_source_commit(h->source, h->to));
    igd_repo_options where = {.path = random_source_repo(h->source)};
    igd_target_config config = {.mode = IGD_OPEN_READ, .run_id = options.run_id};
    igd_error err = IGD_ERROR_INIT;
    igd_analysis analysis = {0};
    char *url = database_url(path);
    bool open =
        igd_repo_open(&where, &repo, &err) == IGD_OK &&
        igd_url_parse(igd_arena_str(mem, igd_str_from(url)), mem, &config.url, &err) == IGD_OK &&
        igd_target_open(&config, &target, &err) == IGD_OK;
    free(url);
    need(h, open, err.message);
    int code = igd_verify(repo, target, &options, IGD_DETAIL_FIELDS, mem, &analysis, &err);
    need(h, code == IGD_OK || code == IGD_E_INVALID, err.message);
    need(h, analysis.in_sync, "verify finds a difference");
}

static bool is_fresh(const history *h, const char *path)
{
    char *left = db_dump(path, 1), *right = db_dump(h->fresh[h->to], 1);
    bool same = strcmp(left, right) == 0;
    if (!same && !random_source_is_broken(h->source, h->to)) {
        explain(h, "healed, and not what a fresh sync leaves");
        db_assert_equal(left, right, "healed");
    }
    free(left);
    free(right);
    return same;
}

static void check_after(history *h, const char *path)
{
    char *what = NULL;
    if (asprintf(&what, "seed %u from %zu to %zu (%s, %s)", h->seed, h->from, h->to,
                 random_source_repo(h->source), h->dir) < 0)
        abort();
    assert_equal_but_held(path, h->fresh[h->to], what);
    free(what);
    need_query(h, path, "SELECT count(*) FROM ingitdb_sync_conflicts", "0");
    need_query(h, path,
               "SELECT count(*) FROM ingitdb_sync_state WHERE status = CASE WHEN EXISTS (SELECT 1 "
               "FROM ingitdb_sync_held) THEN 'degraded' ELSE 'synced' END",
               "1");
    if (database_is_file())
        need_query(h, path, "SELECT count(*) FROM pragma_foreign_key_check", "0");
    if (!random_source_is_broken(h->source, h->to)) {
        need_query(h, path, "SELECT count(*) FROM ingitdb_sync_held", "0");
        need(h, is_fresh(h, path), "healed, and not what a fresh sync leaves");
        seen.healed++;
    }
    if (rand_r(&h->chance) % 3 == 0)
        check_verify(h, path);
}

/* Goes there without consent to lose held rows; when that is refused nothing is written, and
 * with consent it goes. */
static void step(history *h, const char *path)
{
    char *before = path_join(h->dir, "before.db");
    database_copy(path, before);
    sync_run run = skip_to(h, path, IGD_LOSS_ALL & ~(uint32_t)IGD_LOSS_HELD);
    bool refused = run.code == IGD_E_DESTRUCTIVE;
    if (refused) {
        need(h, strstr(run.err.hint, "--allow-destructive=") && strstr(run.err.hint, "held"),
             run.err.hint);
        char *left = db_dump(before, 1), *right = db_dump(path, 1);
        db_assert_equal(left, right, "a refused run wrote something");
        free(left);
        free(right);
        sync_run_free(&run);
        run = skip_to(h, path, IGD_LOSS_ALL);
        need(h, !same_schema(before, path), "refused though the schema is the same");
        seen.refused++;
    }
    if (run.code != IGD_OK)
        fail_run(h, &run);
    seen.steps++;
    seen.held_rows += count_held(h, &run.result.problems, before, path, refused);
    seen.referenced += (size_t)held_count(path, "referenced");
    sync_run_free(&run);
    check_after(h, path);
    free(before);
}

static void sync_fresh(history *h, size_t to)
{
    char name[32];
    snprintf(name, sizeof(name), "fresh-%zu.db", to);
    h->fresh[to] = path_join(h->dir, name);
    h->from = h->to = to;
    sync_run run = skip_to(h, h->fresh[to], IGD_LOSS_NONE);
    if (run.code != IGD_OK)
        fail_run(h, &run);
    sync_run_free(&run);
}

static void walk(history *h, const char *name, bool in_order)
{
    char *path = path_join(h->dir, name);
    size_t steps = in_order ? h->commits : h->commits + 4;
    h->from = h->to = in_order ? 0 : (size_t)rand_r(&h->chance) % h->commits;
    database_copy(h->fresh[h->to], path);
    for (size_t n = 0; n < steps; n++) {
        h->from = h->to;
        h->to = in_order ? n : (size_t)rand_r(&h->chance) % h->commits;
        step(h, path);
    }
    free(path);
}

static void check_history(unsigned seed, size_t commits)
{
    history h = {.source = random_source_new_broken(seed, commits),
                 .commits = commits,
                 .seed = seed,
                 .chance = seed,
                 .dir = temp_dir_new(),
                 .fresh = calloc(commits, sizeof(char *))};
    for (size_t n = 0; n < commits; n++)
        sync_fresh(&h, n);
    walk(&h, "order.db", true);
    walk(&h, "jumps.db", false);
    h.without = IGD_CAP_TRANSACTIONS;
    if (seed % 3 == 0 && database_is_file())
        walk(&h, "steps.db", false);
    for (size_t n = 0; n < commits; n++)
        free(h.fresh[n]);
    free(h.fresh);
    temp_dir_free(h.dir);
    random_source_free(h.source);
}

static void broken_histories(void **state)
{
    (void)state;
    unsigned seed = (unsigned)test_setting("IGD_RANDOM_SEED", 1);
    size_t count = test_setting("IGD_RANDOM_COUNT", database_rounds(30));
    size_t commits = test_setting("IGD_RANDOM_COMMITS", 8);
    for (size_t n = 0; n < count; n++)
        check_history(seed + (unsigned)n, commits);
    print_message("%zu steps, %zu rows held, %zu of them referenced, %zu refused, %zu healed\n",
                  seen.steps, seen.held_rows + seen.referenced, seen.referenced, seen.refused,
                  seen.healed);
    if (count < 10)
        return;
    assert_true(seen.held_rows > seen.steps / 2);
    assert_true(seen.referenced > 0);
    assert_true(seen.refused > 0);
    assert_true(seen.healed > 0);
}

int main(void)
{
    database_need_engine();
    /* What a test writes need not outlive the machine, and waiting for disks takes long. */
    if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(broken_histories)};
    return cmocka_run_group_tests_name("law on broken histories", tests, NULL, NULL);
}
