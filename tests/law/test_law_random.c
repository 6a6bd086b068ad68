/*
 * The law on generated histories: syncing A and then B leaves what a fresh sync of B leaves, and
 * that is what the generator's own model says.
 *
 *     IGD_RANDOM_SEED=17 IGD_RANDOM_COUNT=1 IGD_RANDOM_COMMITS=8 tests/law_test_law_random
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka.h"
#include "tests/support/database.h"
#include "tests/support/db_dump.h"
#include "tests/support/random_source.h"
#include "tests/support/setting.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

typedef struct history {
    random_source *source;
    size_t commits;
    unsigned seed, chance;
    char *dir;
    char **fresh; /* what a fresh sync of each commit leaves */
} history;

/* Of all histories: the law would say nothing about renames if there were none. */
static size_t renamed_columns, renamed_tables;

static void count_renames(const igd_plan *plan)
{
    for (size_t n = 0; n < plan->expand.len; n++) {
        const igd_op *op = &plan->expand.items[n];
        renamed_tables += op->kind == IGD_OP_RENAME_TABLE && op->to->renamed.why;
        renamed_columns += op->kind == IGD_OP_RENAME_COLUMN && !op->step &&
                           op->to->columns[op->column_to].renamed.why;
    }
}

/* ---- failures ---- */

static void explain(const history *h, const char *what, size_t from, size_t to)
{
    fprintf(stderr,
            "seed %u: %s\n  repository %s\n  databases %s\n  from %zu: %s\n    %s\n  to %zu: %s\n"
            "    %s\n",
            h->seed, what, random_source_repo(h->source), h->dir, from,
            random_source_commit(h->source, from), random_source_log(h->source, from), to,
            random_source_commit(h->source, to), random_source_log(h->source, to));
}

static void check_equal(const history *h, const char *got, const char *wanted, const char *what,
                        size_t from, size_t to)
{
    if (strcmp(got, wanted) == 0)
        return;
    explain(h, what, from, to);
    char *left = path_join(h->dir, "got"), *right = path_join(h->dir, "wanted");
    write_file(left, got);
    write_file(right, wanted);
    db_assert_equal(got, wanted, what);
}

static sync_run sync_to(history *h, const char *database, igd_sync_mode mode, size_t from,
                        size_t to)
{
    igd_sync_options options = sync_run_options(random_source_commit(h->source, to));
    options.mode = mode;
    options.jobs = 1 + (size_t)rand_r(&h->chance) % 2;
    options.batch_size = rand_r(&h->chance) % 2 ? 1000 : 1 + (size_t)rand_r(&h->chance) % 3;
    sync_run run = sync_run_into(random_source_repo(h->source), database, &options);
    count_renames(&run.result.plan);
    if (run.code == IGD_OK)
        return run;
    explain(h, "the sync failed", from, to);
    fprintf(stderr, "  %d: %s\n", run.code, run.err.message);
    for (size_t n = 0; n < run.result.problems.len; n++) {
        const igd_problem *problem = &run.result.problems.items[n];
        if (problem->severity != IGD_PROBLEM_WARNING)
            fprintf(stderr, "  %.*s:%u: %.*s\n", IGD_STR_ARG(problem->path), problem->line,
                    IGD_STR_ARG(problem->reason));
    }
    abort();
}

/* ---- the laws ---- */

static void sync_fresh(history *h, size_t to)
{
    char *path = path_join(h->dir, "fresh.db");
    igd_sync_mode mode = rand_r(&h->chance) % 2 ? IGD_SYNC_INCREMENTAL : IGD_SYNC_FULL;
    database_remove(path);
    sync_run run = sync_to(h, path, mode, to, to);
    sync_run_free(&run);
    char *dump = random_source_dump(path);
    check_equal(h, dump, random_source_expected(h->source, to), "not what the model says", to, to);
    h->fresh[to] = db_dump(path, 1);
    free(dump);
    free(path);
}

static void sync_again(history *h, const char *path, size_t at)
{
    sync_run run = sync_to(h, path, IGD_SYNC_INCREMENTAL, at, at);
    if (!run.result.up_to_date) {
        explain(h, "the second sync is not up to date", at, at);
        abort();
    }
    sync_run_free(&run);
    char *dump = db_dump(path, 1);
    check_equal(h, dump, h->fresh[at], "the second sync changed something", at, at);
    free(dump);
}

static void sync_and_check(history *h, const char *path, size_t from, size_t to)
{
    sync_run run = sync_to(h, path, IGD_SYNC_INCREMENTAL, from, to);
    const igd_table_counts *total = &run.result.total;
    bool same = strcmp(random_source_expected(h->source, from),
                       random_source_expected(h->source, to)) == 0 &&
                random_source_rewrites(h->source, from) == random_source_rewrites(h->source, to);
    if (same && total->inserted + total->updated + total->deleted > 0) {
        explain(h, "records changed that did not change", from, to);
        for (size_t n = 0; n < run.result.table_count; n++) {
            const igd_table_counts *table = &run.result.tables[n];
            fprintf(stderr, "  %.*s: +%llu ~%llu -%llu\n", IGD_STR_ARG(table->table),
                    (unsigned long long)table->inserted, (unsigned long long)table->updated,
                    (unsigned long long)table->deleted);
        }
        abort();
    }
    if (run.result.conflicts.count > 0) {
        explain(h, "nobody has edited anything, and there are conflicts", from, to);
        abort();
    }
    sync_run_free(&run);
    char *dump = db_dump(path, 1);
    check_equal(h, dump, h->fresh[to], "not what a fresh sync leaves", from, to);
    free(dump);
}

static void sync_in_order(history *h)
{
    char *path = path_join(h->dir, "order.db");
    for (size_t n = 0; n < h->commits; n++) {
        if (n == 0)
            sync_run_free((sync_run[]){sync_to(h, path, IGD_SYNC_INCREMENTAL, 0, 0)});
        else
            sync_and_check(h, path, n - 1, n);
        if (rand_r(&h->chance) % 3 == 0)
            sync_again(h, path, n);
    }
    free(path);
}

static void sync_in_jumps(history *h)
{
    char *path = path_join(h->dir, "jumps.db");
    size_t from = (size_t)rand_r(&h->chance) % h->commits;
    sync_run_free((sync_run[]){sync_to(h, path, IGD_SYNC_INCREMENTAL, from, from)});
    for (size_t n = 0; n < h->commits + 2; n++) {
        size_t to = (size_t)rand_r(&h->chance) % h->commits;
        sync_and_check(h, path, from, to);
        from = to;
    }
    free(path);
}

static void check_history(unsigned seed, size_t commits)
{
    history h = {.source = random_source_new(seed, commits),
                 .commits = commits,
                 .seed = seed,
                 .chance = seed,
                 .dir = temp_dir_new(),
                 .fresh = calloc(commits, sizeof(char *))};
    for (size_t n = 0; n < commits; n++)
        sync_fresh(&h, n);
    sync_in_order(&h);
    sync_in_jumps(&h);
    for (size_t n = 0; n < commits; n++)
        free(h.fresh[n]);
    free(h.fresh);
    temp_dir_free(h.dir);
    random_source_free(h.source);
}

static void random_histories(void **state)
{
    (void)state;
    unsigned seed = (unsigned)test_setting("IGD_RANDOM_SEED", 1);
    size_t count = test_setting("IGD_RANDOM_COUNT", database_rounds(40));
    size_t commits = test_setting("IGD_RANDOM_COMMITS", 8);
    for (size_t n = 0; n < count; n++)
        check_history(seed + (unsigned)n, commits);
    print_message("%zu columns and %zu tables were renamed\n", renamed_columns, renamed_tables);
    if (count >= 40)
        assert_true(renamed_columns > 0 && renamed_tables > 0);
}

int main(void)
{
    database_need_engine();
    /* What a test writes need not outlive the machine, and waiting for disks takes long. */
    if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_histories)};
    return cmocka_run_group_tests_name("law on random histories", tests, NULL, NULL);
}
