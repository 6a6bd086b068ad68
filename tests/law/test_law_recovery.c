/*
 * The law under kill -9, with steps: a sync into a target that has to do without transactions, or
 * without schema changes in them, is killed at any instant; so is sometimes the one after it, which
 * may want another commit; in between somebody edits a row. The next one ends in the right state,
 * with nobody repairing anything, and says of the edited row alone that it was a conflict.
 *
 *     IGD_RANDOM_SEED=17 IGD_RANDOM_COUNT=1 tests/law_test_law_recovery
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmocka.h"
#include "tests/support/database.h"
#include "tests/support/db_dump.h"
#include "tests/support/repo_builder.h"
#include "tests/support/setting.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

#define KILLS   database_rounds(300)
#define STEPS   database_rounds(100)
#define COMMITS 5
/* Behind them, and the last of them too: definitions that stay as they are, for targets without a
 * schema. */
#define STEADY 3
#define ALL    (COMMITS + STEADY - 1)
#define ITEMS  45
#define BATCH  4
/* Instead of a step: all is written, what is old is gone, and the mark still stands. */
#define AT_LAST_STEP 1000000

static const uint32_t masks[] = {0, IGD_CAP_TRANSACTIONS, IGD_CAP_DDL_IN_TX,
                                 IGD_CAP_TRANSACTIONS | IGD_CAP_ORDERED_SCAN | IGD_CAP_LOAD,
                                 IGD_CAP_TRANSACTIONS | IGD_CAP_ORDERED_SCAN | IGD_CAP_LOAD |
                                     IGD_CAP_SCHEMA};

/* Servers are what they are, and PostgreSQL without schema changes in transactions. */
static uint32_t mask_of(unsigned seed)
{
    return database_is_file() ? masks[seed % IGD_COUNT(masks)] : seed % 2 ? IGD_CAP_DDL_IN_TX : 0;
}

static repo_builder *builder;
static char *directory, *database;
static const char *commits[ALL];
static char *fresh[ALL], *fresh_path[ALL];

/* ---- the history ---- */

#define LIST(file) \
    "record_file: {name: " file ".jsonl, type: '[]map[string]any', format: jsonl}\ncolumns:\n"
#define ID_COLUMN "  $ID: {type: string, required: true}\n"

/* Columns come, go and come back; kinds change, also between those that SQLite cannot tell apart;
 * constraints too. */
static const char *const items_definition[COMMITS] = {
    LIST("items") ID_COLUMN "  title: {type: string}\n"
                            "  maker: {type: string, foreign_key: makers}\n"
                            "  price: {type: float}\n  note: {type: string}\n"
                            "  made: {type: date}\n",
    LIST("items") ID_COLUMN "  title: {type: string}\n"
                            "  maker: {type: string, foreign_key: makers}\n"
                            "  price: {type: float}\n  note: {type: string}\n"
                            "  made: {type: date}\n",
    LIST("items") ID_COLUMN "  title: {type: string, required: true, max_length: 40}\n"
                            "  maker: {type: string, foreign_key: makers}\n"
                            "  price: {type: int, min_value: 0}\n"
                            "  stock: {type: int, required: true}\n  made: {type: string}\n",
    LIST("items") ID_COLUMN "  title: {type: string, required: true}\n"
                            "  maker: {type: string, required: true, foreign_key: makers}\n"
                            "  price: {type: int}\n  stock: {type: int, required: true}\n"
                            "  made: {type: string}\n",
    LIST("items") ID_COLUMN "  title: {type: string}\n  price: {type: float}\n"
                            "  note: {type: string}\n  made: {type: datetime}\n"
                            "  extra: {type: any}\n",
};

static void put_items(int commit)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    for (int n = 0; n < ITEMS; n++) {
        if (commit > 0 && n % 7 == commit)
            continue;
        fprintf(out, "{\"$ID\": \"i%03d\", \"title\": \"Item %d.%d\"", n, n, n % 2 ? commit : 0);
        if (commit < 4 && (n % 3 || commit == 3))
            fprintf(out, ", \"maker\": \"m%d\"", n % 5);
        if (commit == 2 || commit == 3)
            fprintf(out, ", \"price\": %d, \"stock\": %d, \"made\": \"2024-01-%02d\"", n, n % 10,
                    1 + n % 28);
        else
            fprintf(out,
                    ", \"price\": %d.5, \"note\": \"note %d.%d\", \"made\": \"2024-01-%02d%s\"", n,
                    n, n % 4 ? commit : 0, 1 + n % 28, commit == 4 ? "T10:00:00Z" : "");
        if (commit == 4)
            fprintf(out, ", \"extra\": [%d]", n);
        fputs("}\n", out);
    }
    fclose(out);
    repo_put(builder, "items/items.jsonl", text);
    free(text);
}

static void put_rest(int commit)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    for (int n = 0; n < 5 + commit; n++)
        fprintf(out, "{\"$ID\": \"m%d\", \"title\": \"Maker %d.%d\"}\n", n, n, commit);
    fclose(out);
    repo_put(builder, "makers/makers.jsonl", text);
    free(text);
    /* The key of a code changes its name, and later it has another. */
    out = open_memstream(&text, &len);
    for (int n = 0; n < 10; n++)
        fprintf(out,
                commit < 2 ? "{\"$ID\": \"c%d\", \"means\": \"%d\"}\n"
                           : "{\"code\": \"c%d\", \"means\": \"%d\"}\n",
                n, n + commit % 2);
    fclose(out);
    repo_put(builder, "codes/codes.jsonl", text);
    free(text);
    repo_put(builder, "codes/.collection/definition.yaml",
             commit < 2
                 ? LIST("codes") ID_COLUMN "  means: {type: string}\n"
                 : "primary_key: [code]\n" LIST("codes") "  code: {type: string, required: true}\n"
                                                         "  means: {type: string}\n");
    out = open_memstream(&text, &len);
    for (int n = 0; n < 12; n++)
        fprintf(out, "{\"$ID\": \"t%d\", \"item\": \"i%03d\"}\n", n, 7 * (n % 5) + 5 + commit / 4);
    fclose(out);
    repo_put(builder, "tags/tags.jsonl", text);
    free(text);
    repo_put(builder, ".ingitdb/root-collections.yaml",
             commit == 3 ? "makers: makers\nitems: items\ncodes: codes\n"
                         : "makers: makers\nitems: items\ncodes: codes\ntags: tags\n");
}

static void make_history(void)
{
    repo_put(builder, "makers/.collection/definition.yaml",
             LIST("makers") ID_COLUMN "  title: {type: string}\n");
    repo_put(builder, "tags/.collection/definition.yaml",
             LIST("tags") ID_COLUMN "  item: {type: string, foreign_key: items}\n");
    for (int n = 0; n < COMMITS; n++) {
        repo_put(builder, "items/.collection/definition.yaml", items_definition[n]);
        put_items(n);
        put_rest(n);
        commits[n] = repo_commit(builder, "next");
    }
    for (int n = COMMITS; n < ALL; n++) {
        put_items(n == COMMITS ? 5 : 8);
        put_rest(n == COMMITS ? 5 : 8);
        commits[n] = repo_commit(builder, "next");
    }
}

static char *path_of(const char *name)
{
    return path_join(directory, name);
}

static int setup(void **state)
{
    (void)state;
    builder = repo_builder_new();
    directory = temp_dir_new();
    database = path_of("target.db");
    make_history();
    for (int n = 0; n < ALL; n++) {
        char name[32];
        snprintf(name, sizeof(name), "fresh%d.db", n);
        fresh_path[n] = path_of(name);
        sync_run_ok(repo_path(builder), fresh_path[n], commits[n]);
        fresh[n] = db_dump(fresh_path[n], 1);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (int n = 0; n < ALL; n++) {
        free(fresh[n]);
        free(fresh_path[n]);
    }
    free(database);
    temp_dir_free(directory);
    repo_builder_free(builder);
    return 0;
}

/* ---- runs ---- */

static sync_run sync_to(int commit, uint32_t mask)
{
    igd_sync_options options = sync_run_options(commits[commit]);
    options.batch_size = BATCH;
    options.lock_wait_ms = 30000; /* a server may take a moment to see that its client is dead */
    return sync_run_without(repo_path(builder), database, &options, mask);
}

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- dying after a step ---- */

static int steps_left;
static const igd_target_driver *real;
static igd_target_driver deadly;

static int step(int code)
{
    if (--steps_left == 0)
        kill(getpid(), SIGKILL);
    return code;
}

static int dying_begin(igd_target *target, const igd_begin *begin, igd_error *err)
{
    return step(real->begin(target, begin, err));
}

static int dying_apply(igd_target *target, const igd_table *table, const igd_change *changes,
                       size_t count, igd_error *err)
{
    return step(real->apply(target, table, changes, count, err));
}

static int dying_load(igd_target *target, const igd_table *table, const igd_change *changes,
                      size_t count, igd_error *err)
{
    return step(real->load(target, table, changes, count, err));
}

static int dying_schema_apply(igd_target *target, const igd_plan *plan, igd_part part,
                              igd_error *err)
{
    int code = real->schema_apply(target, plan, part, err);
    if (part == IGD_PART_CONTRACT && steps_left > AT_LAST_STEP / 2)
        steps_left = 1;
    return step(code);
}

static int dying_commit(igd_target *target, const igd_source_state *state, igd_error *err)
{
    return step(real->commit(target, state, err));
}

static void make_deadly(igd_target *target)
{
    real = target->driver;
    deadly = *real;
    deadly.begin = dying_begin;
    deadly.apply = dying_apply;
    deadly.load = real->load ? dying_load : NULL;
    deadly.schema_apply = real->schema_apply ? dying_schema_apply : NULL;
    deadly.commit = dying_commit;
    target->driver = &deadly;
}

/* ---- killing ---- */

/* When: after that time, or after that step. */
typedef struct instant {
    long us;
    int step;
} instant;

/* In a process of its own, which is killed; true: it had not ended before. */
static bool sync_killed(int commit, uint32_t mask, instant when)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        steps_left = when.step;
        sync_run_on_open = when.step > 0 ? make_deadly : NULL;
        _exit(sync_to(commit, mask).code ? 1 : 0);
    }
    if (when.us > 0) {
        usleep((useconds_t)when.us);
        kill(child, SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        fail_msg("the sync to commit %d failed", commit);
    return WIFSIGNALED(status);
}

/* On a server the database is there for the child, too. */
static void prepare(int from)
{
    database_remove(database);
    if (from >= 0)
        database_copy(fresh_path[from], database);
    else
        free(database_url(database));
}

/* How long a run of that kind takes, roughly. */
static long usual_time(int from, uint32_t mask)
{
    static long took[2][IGD_COUNT(masks)];
    size_t m = 0;
    while (masks[m] != mask)
        m++;
    long *at = &took[from < 0][m];
    if (*at == 0) {
        prepare(from);
        long start = now_us();
        sync_killed(mask & IGD_CAP_SCHEMA ? COMMITS : 2, mask, (instant){0});
        *at = now_us() - start;
    }
    return *at;
}

/* ---- cases ---- */

typedef struct test_case {
    unsigned seed, chance;
    int from, to[3], last;
    uint32_t mask;
    bool edited;
    char key[8];
} test_case;

static int any(test_case *c, int below)
{
    return (int)((unsigned)rand_r(&c->chance) % (unsigned)below);
}

/* A commit that the target can be brought to. */
static int any_commit(test_case *c)
{
    return c->mask & IGD_CAP_SCHEMA ? COMMITS - 1 + any(c, STEADY) : any(c, COMMITS);
}

static void fail_case(const test_case *c, const char *what, const char *more)
{
    fail_msg("seed %u, mask %x, from %d by %d, %d to %d, %s: %s: %s", c->seed, c->mask, c->from,
             c->to[0], c->to[1], c->last, c->edited ? c->key : "unedited", what, more);
}

static bool asks(const char *sql, const char *answer)
{
    char *found = db_query(database, sql);
    bool same = strcmp(found, answer) == 0;
    free(found);
    return same;
}

static bool has_state(void)
{
    if (!database_exists(database))
        return false;
    if (database_is_file())
        db_exec(database, "PRAGMA schema_version"); /* rolls back what was left */
    return asks("SELECT count(*) FROM $tables WHERE name = 'ingitdb_sync_state'", "1");
}

static bool is_in_progress(void)
{
    return has_state() && asks("SELECT status FROM ingitdb_sync_state", "in_progress");
}

/* Where a comparison follows, and finds it: once in a case. */
static void edit_by_hand(test_case *c)
{
    char sql[128];
    if (c->edited || !is_in_progress() ||
        asks("SELECT count(*) FROM $tables WHERE name = 'items'", "0"))
        return;
    snprintf(c->key, sizeof(c->key), "i%03d", any(c, ITEMS));
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM items WHERE id = '%s'", c->key);
    if (asks(sql, "0"))
        return;
    snprintf(sql, sizeof(sql), "UPDATE items SET title = 'by hand' WHERE id = '%s'", c->key);
    db_exec(database, sql);
    c->edited = true;
}

static void check_end(const test_case *c)
{
    char *now = db_dump(database, 1);
    if (strcmp(now, fresh[c->last]) != 0)
        fprintf(stderr, "seed %u: another state\n", c->seed);
    db_assert_equal(now, fresh[c->last], "after the last sync");
    free(now);
    if (!asks("SELECT status || coalesce(goal_commit_id, '') || coalesce(base_commit_ids, '') || "
              "coalesce(journal, '') || coalesce(last_error, '') FROM ingitdb_sync_state",
              "synced"))
        fail_case(c, "the bookkeeping", "is not that of a sync that has ended");
    char *said = db_query(database, "$lines(collection || ' ' || \"key\" || ' ' || coalesce(old, "
                                    "'-');ingitdb_sync_conflicts;\"key\")");
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "items [\"%s\"] {", c->key);
    if (c->edited ? strncmp(said, wanted, strlen(wanted)) != 0 || strchr(said, '\n') ||
                        !strstr(said, "\"title\":\"by hand\"")
                  : said[0] != '\0')
        fail_case(c, "conflicts", said);
    free(said);
}

static void end_case(test_case *c)
{
    sync_run run = sync_to(c->last, c->mask);
    if (run.code != IGD_OK)
        fail_case(c, "the last sync failed", run.err.message);
    sync_run_free(&run);
    check_end(c);
}

typedef struct tally {
    unsigned killed, marked, edited, again;
} tally;

static instant any_instant(test_case *c, long usual, bool by_step)
{
    instant when = {0};
    if (by_step)
        when.step = 1 + any(c, 30);
    else
        when.us = 1 + any(c, (int)(usual + usual / 8));
    return when;
}

static void run_case(unsigned seed, bool by_step, tally *seen)
{
    test_case c = {.seed = seed, .chance = seed * 7919};
    c.mask = mask_of(seed);
    c.from = c.mask & IGD_CAP_SCHEMA ? any_commit(&c) : any(&c, COMMITS + 1) - 1;
    do
        c.to[0] = any_commit(&c);
    while (c.to[0] == c.from);
    c.to[1] = any_commit(&c);
    bool moved = (seed / IGD_COUNT(masks)) % 2, twice = any(&c, 3) == 0;
    long usual = usual_time(c.from, c.mask);
    prepare(c.from);
    seen->killed += sync_killed(c.to[0], c.mask, any_instant(&c, usual, by_step));
    c.last = c.to[0];
    seen->marked += is_in_progress();
    if (any(&c, 2))
        edit_by_hand(&c);
    if (twice) {
        seen->again += sync_killed(c.to[1], c.mask, any_instant(&c, usual, by_step));
        c.last = c.to[1];
    }
    if (moved)
        c.last = any_commit(&c);
    seen->edited += c.edited;
    end_case(&c);
}

static void run_cases(bool by_step, unsigned usual_count)
{
    unsigned first = (unsigned)test_setting("IGD_RANDOM_SEED", 1);
    unsigned count = (unsigned)test_setting("IGD_RANDOM_COUNT", usual_count);
    tally seen = {0};
    for (unsigned n = first; n < first + count; n++)
        run_case(n, by_step, &seen);
    fprintf(stderr,
            "%u cases: %u killed inside of the run, %u of them in progress, %u killed again, %u "
            "with an edited row\n",
            count, seen.killed, seen.marked, seen.again, seen.edited);
    if (count >= usual_count) {
        assert_true(seen.killed > count / 4);
        assert_true(seen.marked >= count / 12);
        assert_true(seen.edited >= count / 20);
    }
}

static void killed_at_any_instant(void **state)
{
    (void)state;
    run_cases(false, KILLS);
}

static void killed_after_any_step(void **state)
{
    (void)state;
    run_cases(true, STEPS);
}

/* From anywhere to anywhere: nothing tells that the rows are the new ones but what is in them. */
static void killed_before_the_last_step(void **state)
{
    (void)state;
    for (int from = 0; from < COMMITS; from++)
        for (int to = 0; to < COMMITS; to++) {
            test_case c = {.mask = mask_of((unsigned)(from + to) % 2 + 1),
                           .from = from,
                           .to = {to, to},
                           .last = to};
            if (from == to)
                continue;
            prepare(from);
            assert_true(sync_killed(to, c.mask, (instant){.step = AT_LAST_STEP}));
            end_case(&c);
        }
}

int main(void)
{
    database_need_engine();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_after_any_step),
        cmocka_unit_test(killed_at_any_instant),
        cmocka_unit_test(killed_before_the_last_step),
    };
    return cmocka_run_group_tests_name("law of recovery", tests, setup, teardown);
}
