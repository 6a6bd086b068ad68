/*
 * One writer at a time: the lock, taking it away, and signals in the middle of a run.
 */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "tests/cli/cli.h"

#define ITEMS 20000

static const char *const sync_line[] = {"migrate", "sync", "--target", FILE_ONLY, NULL};

static const char *dump(void)
{
    char *text = db_dump(cli_database(), 1);
    const char *kept = cli_text("%s", text);
    free(text);
    return kept;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static const char *lock_file(void)
{
    return cli_text("%s-ingitdb-lock", cli_database());
}

/* A target with the first commit, and a commit that takes time. */
static int setup(void **state)
{
    cli_setup(state);
    need_status(cli_run(NULL, sync_line), 0);
    shop_grow(ITEMS);
    return 0;
}

static const process_result *resume(process *p)
{
    process_signal(p, SIGCONT);
    return cli_wait(p);
}

static void the_second_one_exits(void **state)
{
    (void)state;
    char host[256] = "";
    gethostname(host, sizeof(host) - 1);
    process *holder = cli_paused_with_lock(sync_line);
    const char *who = cli_text("process %d on %s since ", (int)process_id(holder), host);
    double start = seconds();
    const process_result *got = cli_run(NULL, sync_line);
    assert_true(seconds() - start < 5);
    need_status(got, 6);
    need_err(got, "another run holds the lock of '");
    need_err(got, who);
    need_err(got, "hint: wait for it (--lock-timeout)");
    cJSON *report = need_json(CLI("migrate", "sync", "--target", FILE_ONLY, "--format", "json"));
    assert_true(json_number(report, "exit") == 6);
    assert_string_equal(json_text(report, "code"), "LOCKED");
    /* It waits as long as it may. */
    start = seconds();
    need_status(CLI("migrate", "sync", "--target", FILE_ONLY, "--lock-timeout", "400ms"), 6);
    assert_true(seconds() - start >= 0.4 && seconds() - start < 10);
    /* Who only reads is not in the way. */
    got = CLI("migrate", "status", "--target", FILE_ONLY);
    need_status(got, 0);
    need_out(got, cli_text("lock        pid %d on %s", (int)process_id(holder), host));
    report = need_json(CLI("migrate", "status", "--target", FILE_ONLY, "--format", "json"));
    assert_true(cJSON_IsTrue(json_at(report, "lock.held")));
    assert_true(json_number(report, "lock.pid") == process_id(holder));
    assert_true(json_text(report, "lock.run_id")[0] != '(');
    process *waiting = CLI_START("migrate", "sync", "--target", FILE_ONLY, "--lock-timeout", "1m");
    usleep(100000);
    got = resume(holder);
    need_status(got, 0);
    got = cli_wait(waiting);
    need_status(got, 0);
    need_out(got, "nothing to do");
    need_out(CLI("migrate", "status", "--target", FILE_ONLY), "lock        free");
    assert_int_not_equal(access(lock_file(), F_OK), 0);
}

static void it_dies_with_its_holder(void **state)
{
    (void)state;
    process *holder = cli_paused_writing(sync_line);
    pid_t id = process_id(holder);
    process_signal(holder, SIGKILL);
    assert_int_equal(cli_wait(holder)->status, -SIGKILL);
    assert_int_equal(access(lock_file(), F_OK), 0);
    need_out(CLI("migrate", "status", "--target", FILE_ONLY), "lock        free");
    const process_result *got = CLI("migrate", "unlock", "--target", FILE_ONLY);
    need_status(got, 0);
    need_out(got, cli_text("taken away from pid %d on ", (int)id));
    need_out(CLI("migrate", "unlock", "--target", FILE_ONLY), "the lock is free");
    need_status(cli_run(NULL, sync_line), 0);
    need_value("SELECT count(*) FROM items", cli_text("%d", ITEMS));
}

/* Nobody has to unlock anything. */
static void what_a_dead_holder_left_is_no_obstacle(void **state)
{
    (void)state;
    process *holder = cli_paused_with_lock(sync_line);
    process_signal(holder, SIGKILL);
    (void)cli_wait(holder);
    need_status(cli_run(NULL, sync_line), 0);
    assert_int_not_equal(access(lock_file(), F_OK), 0);
}

static void a_live_holder_needs_force(process *holder)
{
    const process_result *got = CLI("migrate", "unlock", "--target", FILE_ONLY);
    need_status(got, 6);
    need_out(got, cli_text("held by pid %d on ", (int)process_id(holder)));
    need_err(got, "hint: wait for it, or take the lock away with --force");
    need_status(cli_run(NULL, sync_line), 6);
    cJSON *report =
        need_json(CLI("migrate", "unlock", "--target", FILE_ONLY, "--force", "--format", "json"));
    assert_true(cJSON_IsTrue(json_at(report, "unlocked")));
    assert_true(json_number(report, "lock.pid") == process_id(holder));
}

/* Before its transaction: another run gets ahead, the robbed one does not undo that. */
static void robbed_before_it_writes(void **state)
{
    (void)state;
    process *holder = cli_paused_with_lock(sync_line);
    a_live_holder_needs_force(holder);
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_commit(shop, "later");
    need_status(cli_run(NULL, sync_line), 0);
    const char *before = dump();
    const process_result *got = resume(holder);
    need_status(got, 5);
    need_err(got, "the lock of this run was taken away");
    need_err(got, "hint: nothing was changed");
    db_assert_equal(dump(), before, "after the robbed run");
    need_value("SELECT count(*) FROM brands", "2");
    need_value("SELECT coalesce(last_error, '') FROM ingitdb_sync_state", "");
    need_out(cli_run(NULL, sync_line), "nothing to do");
}

/* Inside of it: SQLite lets nobody else write, but the robbed one must not commit any more. */
static void robbed_while_it_writes(void **state)
{
    (void)state;
    const char *before = dump();
    process *holder = cli_paused_writing(sync_line);
    a_live_holder_needs_force(holder);
    need_status(CLI("migrate", "sync", "--target", FILE_ONLY "?timeout=0.2"), 4);
    const process_result *got = resume(holder);
    need_status(got, 5);
    need_err(got, "the lock of this run was taken away");
    db_assert_equal(dump(), before, "after the robbed run");
    need_status(cli_run(NULL, sync_line), 0);
}

/* Another holder's lock is not removed by the end of the one that was robbed. */
static void the_next_holder_keeps_its_lock(void **state)
{
    (void)state;
    process *first = cli_paused_with_lock(sync_line);
    need_status(CLI("migrate", "unlock", "--target", FILE_ONLY, "--force"), 0);
    process *second = cli_paused_with_lock(sync_line);
    need_status(resume(first), 5);
    need_status(cli_run(NULL, sync_line), 6);
    need_status(resume(second), 0);
}

static const process_result *answered(const char *answer)
{
    process *p = cli_start_on_terminal(NULL, WORDS("migrate", "unlock", "--target", FILE_ONLY));
    process_type(p, answer);
    return cli_wait(p);
}

static void unlock_asks_on_a_terminal(void **state)
{
    (void)state;
    process *holder = cli_paused_with_lock(sync_line);
    const process_result *got = answered("n\n");
    need_status(got, 6);
    need_out(got, cli_text("pid %d on ", (int)process_id(holder)));
    need_out(got, "is still running; take the lock away? [y/N] ");
    need_status(answered("\n"), 6);
    need_status(answered("\004"), 6); /* the end of the input */
    need_status(answered("y\n"), 0);
    need_status(resume(holder), 5);
}

/* The target is enough: no source is needed. */
static void unlock_outside_of_a_repository(void **state)
{
    (void)state;
    process *holder = cli_paused_with_lock(sync_line);
    cli_source = cli_directory;
    need_status(CLI("migrate", "unlock", "--target", FILE_ONLY), 6);
    need_status(CLI_WITH(WORDS("INGITDB_TARGET=" FILE_ONLY), "migrate", "unlock"), 6);
    need_status(CLI_WITH(WORDS("DATABASE_URL=" FILE_ONLY), "migrate", "unlock"), 6);
    const process_result *got = CLI("migrate", "unlock");
    need_status(got, 4);
    need_err(got, "no git repository at");
    need_status(CLI_WITH(WORDS("INGITDB_FORCE=1"), "migrate", "unlock", "--target", FILE_ONLY), 0);
    need_status(resume(holder), 5);
}

static void need_stopped(process *p, int number, int status, const char *code)
{
    process_signal(p, number);
    const process_result *got = resume(p);
    need_status(got, status);
    cJSON *report = need_json(got);
    assert_string_equal(json_text(report, "code"), code);
    assert_true(json_number(report, "exit") == status);
    need_err(got, "error: ");
}

static void signals_roll_back(void **state)
{
    (void)state;
    const char *const json[] = {"migrate", "sync", "--target", FILE_ONLY, "--format", "json", NULL};
    const char *before = dump();
    need_stopped(cli_paused_writing(json), SIGINT, 130, "INTERRUPTED");
    db_assert_equal(dump(), before, "after SIGINT");
    need_stopped(cli_paused_writing(json), SIGTERM, 143, "TERMINATED");
    db_assert_equal(dump(), before, "after SIGTERM");
    need_stopped(cli_paused_with_lock(json), SIGTERM, 143, "TERMINATED");
    db_assert_equal(dump(), before, "after SIGTERM");
    assert_int_not_equal(access(lock_file(), F_OK), 0);
    need_status(cli_run(NULL, sync_line), 0);
    need_status(CLI("migrate", "sync", "--target", "sqlite:fresh.db"), 0);
    char *fresh = db_dump(cli_text("%s/fresh.db", cli_directory), 1);
    db_assert_equal(dump(), fresh, "after all of them");
    free(fresh);
}

/* Waiting for somebody else is no reason to be deaf. */
static void signals_end_waiting(void **state)
{
    (void)state;
    process *holder = cli_paused_with_lock(sync_line);
    process *p = CLI_START("migrate", "sync", "--target", FILE_ONLY, "--lock-timeout", "10m");
    usleep(500000);
    double start = seconds();
    process_signal(p, SIGINT);
    need_status(cli_wait(p), 130);
    p = CLI_START("migrate", "sync", "--target", FILE_ONLY, "--lock-timeout", "10m");
    usleep(500000);
    process_signal(p, SIGTERM);
    need_status(cli_wait(p), 143);
    assert_true(seconds() - start < 10);
    need_status(resume(holder), 0);
    /* The same while another program writes. */
    shop_grow(ITEMS);
    holder = cli_paused_writing(sync_line);
    need_status(CLI("migrate", "unlock", "--target", FILE_ONLY, "--force"), 0);
    p = CLI_START("migrate", "sync", "--target", FILE_ONLY "?timeout=60");
    usleep(500000);
    start = seconds();
    process_signal(p, SIGINT);
    need_status(cli_wait(p), 130);
    assert_true(seconds() - start < 10);
    need_status(resume(holder), 5);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_second_one_exits),
        TEST(it_dies_with_its_holder),
        TEST(what_a_dead_holder_left_is_no_obstacle),
        TEST(robbed_before_it_writes),
        TEST(robbed_while_it_writes),
        TEST(the_next_holder_keeps_its_lock),
        TEST(unlock_asks_on_a_terminal),
        TEST(unlock_outside_of_a_repository),
        TEST(signals_roll_back),
        TEST(signals_end_waiting),
    };
    return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
