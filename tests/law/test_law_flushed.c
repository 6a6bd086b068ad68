/*
 * The law when a store loses everything (FLUSHALL, no persistence): between two syncs the next one
 * fills it again, whatever git has to say; in the middle of one, that one says so or starts over,
 * and the next one is right.
 */
#include <time.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/database.h"

#define ITEMS   4000
#define FLUSHES 8

static void sync_to(const char *path)
{
    need_status(CLI("migrate", "sync", "--lock-timeout", "20s", "--target", cli_url(path)), 0);
}

static void need_as_fresh(void)
{
    const char *path = cli_text("%s/fresh.db", cli_directory);
    sync_to(path);
    char *fresh = db_dump(path, 1), *now = db_dump(cli_database(), 1);
    db_assert_equal(now, fresh, "after all was lost");
    free(fresh);
    free(now);
}

static void between_two_syncs(void **state)
{
    (void)state;
    sync_to(cli_database());
    database_remove(cli_database());
    need_out(CLI("migrate", "status", "--target", TARGET), "never synced");
    sync_to(cli_database());
    need_as_fresh();
}

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void in_the_middle_of_one(void **state)
{
    (void)state;
    int stopped = 0;
    long start = now_us();
    sync_to(cli_database());
    long took = now_us() - start;
    for (int n = 0; n < FLUSHES; n++) {
        database_remove(cli_database());
        process *p = CLI_START("migrate", "sync", "--target", cli_url(cli_database()));
        usleep((useconds_t)(took * n / FLUSHES));
        database_remove(cli_database());
        const process_result *got = cli_wait(p);
        stopped += got->status == 5;
        if (got->status != 0)
            need_status(got, 5);
        sync_to(cli_database());
        need_as_fresh();
    }
    fprintf(stderr, "%d of %d runs were stopped by it\n", stopped, FLUSHES);
    assert_true(stopped > 0);
}

static int setup(void **state)
{
    cli_setup(state);
    shop_grow(ITEMS);
    return 0;
}

int main(void)
{
    database_need_engine();
    if (!database_engine()->dump) {
        fprintf(stderr, "SKIPPED: %s is no key-value store\n", database_engine()->name);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(between_two_syncs, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(in_the_middle_of_one, setup, cli_teardown),
    };
    return cmocka_run_group_tests_name("law when all is lost", tests, NULL, NULL);
}
