/*
 * kill -9 at random instants while a script or its rollback is applied: whatever the instant, the
 * target then holds all of it or nothing, and applying it again ends in the right state.
 */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "tests/cli/cli.h"

#define ROWS  1000
#define KILLS 200

static char *dumps[2]; /* before the script, and after it */

static const char *path_of(const char *name)
{
    return cli_text("%s/%s", cli_directory, name);
}

static int setup(void **state)
{
    cli_setup(state);
    need_status(CLI("migrate", "sync", "--target", "sqlite:old.db"), 0);
    db_exec(path_of("old.db"), "PRAGMA wal_checkpoint(TRUNCATE)");
    for (int n = 0; n < ROWS; n++) {
        char path[64], text[256];
        snprintf(path, sizeof(path), "brands/$records/b%05d.yaml", n);
        snprintf(text, sizeof(text), "title: \"Brand %d; %0100d\"\n", n, n);
        repo_put(shop, path, text);
    }
    repo_put(shop, "brands/.collection/definition.yaml",
             "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"
             "columns: {title: {type: string, required: true}, note: {type: "
             "string}}\n");
    repo_commit(shop, "many, and another column");
    need_status(CLI("migrate", "generate", "--target", "sqlite:old.db", "--output", "up.sql"), 0);
    cli_copy(path_of("old.db"), path_of("new.db"));
    need_status(CLI("migrate", "apply", "--target", "sqlite:new.db", "--script", "up.sql"), 0);
    db_exec(path_of("new.db"), "PRAGMA wal_checkpoint(TRUNCATE)");
    need_status(CLI("migrate", "sync", "--target", "sqlite:fresh.db"), 0);
    dumps[0] = db_dump(path_of("old.db"), 1);
    dumps[1] = db_dump(path_of("fresh.db"), 1);
    return 0;
}

static int teardown(void **state)
{
    free(dumps[0]);
    free(dumps[1]);
    return cli_teardown(state);
}

static void fresh_target(const char *like)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal", "-ingitdb-lock"};
    for (size_t n = 0; n < sizeof(ends) / sizeof(ends[0]); n++)
        remove_tree(cli_text("%s%s", cli_database(), ends[n]));
    cli_copy(path_of(like), cli_database());
}

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

#define APPLY(script) WORDS("migrate", "apply", "--quiet", "--target", TARGET, "--script", (script))

typedef struct tally {
    int killed, done;
} tally;

/* Kills the application of a script to a copy of a target that takes `whole` microseconds. */
static void kill_one(const char *script, const char *like, const char *const ends[2], long whole,
                     unsigned *seed, tally *seen)
{
    fresh_target(like);
    process *p = cli_start(APPLY(script));
    usleep((useconds_t)((double)whole * 1.1 * rand_r(seed) / RAND_MAX));
    process_signal(p, SIGKILL);
    seen->killed += cli_wait(p)->status == -SIGKILL;
    char *now = db_dump(cli_database(), 1);
    bool all = strcmp(now, ends[1]) == 0;
    seen->done += all;
    if (!all)
        db_assert_equal(now, ends[0], cli_text("%s was killed", script));
    free(now);
    need_status(cli_run(NULL, APPLY(script)), 0);
    char *after = db_dump(cli_database(), 1);
    db_assert_equal(after, ends[1], "applied again");
    free(after);
}

static void kill_many(const char *script, const char *like, bool back)
{
    const char *const ends[2] = {dumps[back], dumps[!back]};
    unsigned seed = (unsigned)getpid();
    tally seen = {0};
    fresh_target(like);
    long begin = now_us();
    need_status(cli_run(NULL, APPLY(script)), 0);
    long whole = now_us() - begin;
    for (int n = 0; n < KILLS / 2; n++)
        kill_one(script, like, ends, whole, &seed, &seen);
    print_message("%d of %d were killed, %d had been done\n", seen.killed, KILLS / 2, seen.done);
    assert_true(seen.killed > KILLS / 8);
}

static void killed_at_any_instant(void **state)
{
    (void)state;
    kill_many("up.sql", "old.db", false);
    kill_many("up.down.sql", "new.db", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_at_any_instant, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
