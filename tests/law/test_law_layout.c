/*
 * The law between layouts: a store whose ?layout is changed holds what a fresh sync in that layout
 * leaves, none of it in the other one, also when the run is killed on its way; and what somebody
 * edited in the old layout is a conflict, like any edit.
 */
#include <signal.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/database.h"

#define ITEMS 3000
#define KILLS 8

static const char *in_layout(const char *path, const char *layout)
{
    return cli_text("%s&layout=%s", cli_url(path), layout);
}

#define SYNC(path, layout, ref)                                                                \
    WORDS("migrate", "sync", "--allow-rewind", "--allow-destructive", "--lock-timeout", "20s", \
          "--target", in_layout(path, layout), "--ref", ref)

static void sync_to(const char *path, const char *layout, const char *ref)
{
    need_status(cli_run(NULL, SYNC(path, layout, ref)), 0);
}

static char *dump_of(const char *path, bool books)
{
    return database_engine()->dump(cli_url(path), books ? ENGINE_BOOKS : ENGINE_RECORDS);
}

/* As its own client sees it, with the types of its values. */
static void need_as_fresh(const char *layout, const char *ref)
{
    const char *path = cli_text("%s/%s.%s.db", cli_directory, layout, ref);
    sync_to(path, layout, ref);
    char *fresh = dump_of(path, false), *now = dump_of(cli_database(), false);
    assert_true(*fresh);
    db_assert_equal(now, fresh, layout);
    free(fresh);
    free(now);
    need_status(CLI("migrate", "verify", "--target", in_layout(cli_database(), layout)), 0);
}

static int count_conflicts(void)
{
    char *books = dump_of(cli_database(), true);
    int count = 0;
    for (const char *at = books; (at = strstr(at, "ingitdb_sync_conflicts")); at++)
        count++;
    free(books);
    return count;
}

static void there_and_back(void **state)
{
    (void)state;
    sync_to(cli_database(), "hash", "HEAD");
    sync_to(cli_database(), "json", "HEAD");
    need_as_fresh("json", "HEAD");
    sync_to(cli_database(), "hash", shop_first_id);
    need_as_fresh("hash", shop_first_id);
    sync_to(cli_database(), "json", "HEAD");
    need_as_fresh("json", "HEAD");
    assert_int_equal(count_conflicts(), 0);
}

/* Each way, and at any instant; what is half in one and half in the other is what the next run
 * finds. */
static void killed_on_the_way(void **state)
{
    (void)state;
    static const char *const layouts[] = {"hash", "json"};
    sync_to(cli_database(), "hash", "HEAD");
    int inside = 0;
    for (int n = 1; n <= KILLS; n++) {
        process *p = cli_start(SYNC(cli_database(), layouts[n % 2], "HEAD"));
        usleep((useconds_t)n * 60000);
        process_signal(p, SIGKILL);
        inside += cli_wait(p)->status == -SIGKILL;
        sync_to(cli_database(), layouts[n % 2], "HEAD");
        need_as_fresh(layouts[n % 2], "HEAD");
    }
    fprintf(stderr, "%d of %d kills inside of the run\n", inside, KILLS);
    assert_true(inside > 0);
    assert_int_equal(count_conflicts(), 0);
}

/* By the store's own client. */
static void edit(const char *key, const char *field, const char *text)
{
    char password[64], host[64], prefix[128];
    int port = 0;
    const char *url = cli_url(cli_database());
    assert_int_equal(
        sscanf(url, "redis://:%63[^@]@%63[^:]:%d/0/%127[^?]", password, host, &port, prefix), 4);
    const char *command =
        cli_text("REDISCLI_AUTH=%s redis-cli -h %s -p %d HSET '%s:%s' %s '%s' >/dev/null", password,
                 host, port, prefix, key, field, text);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
}

static void an_edit_is_a_conflict(void **state)
{
    (void)state;
    sync_to(cli_database(), "hash", "HEAD");
    edit("items:i000007", "title", "Edited");
    const char *json = in_layout(cli_database(), "json");
    need_status(CLI("migrate", "sync", "--on-conflict", "fail", "--target", json), 5);
    need_status(CLI("migrate", "sync", "--on-conflict", "source", "--target", json), 0);
    need_as_fresh("json", "HEAD");
    assert_int_equal(count_conflicts(), 1);
    char *books = dump_of(cli_database(), true);
    assert_non_null(strstr(books, "\\\"title\\\":\\\"Edited\\\""));
    free(books);
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
    if (strcmp(database_engine()->name, "redis") != 0) {
        fprintf(stderr, "SKIPPED: %s has no layouts\n", database_engine()->name);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(there_and_back, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(killed_on_the_way, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(an_edit_is_a_conflict, setup, cli_teardown),
    };
    return cmocka_run_group_tests_name("law between layouts", tests, NULL, NULL);
}
