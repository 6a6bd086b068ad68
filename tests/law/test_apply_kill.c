/*
 * kill -9 at random instants while a script is applied: whatever the instant, the target then holds
 * all of it or nothing, and applying it again ends in the right state.
 */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/script_file.h"

#define ROWS  2000
#define KILLS 50

static const char *second_id;
static char *dumps[2];
static const char *left[3];

static const char *ask(const char *database, const char *sql)
{
    char *text = db_query(database, sql);
    const char *kept = cli_text("%s", text);
    free(text);
    return kept;
}

static const char *path_of(const char *name)
{
    return cli_text("%s/%s", cli_directory, name);
}

/* A statement for each of many rows. */
static void write_script(void)
{
    char *body = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&body, &len);
    fputs(".bail on\nBEGIN IMMEDIATE;\n", out);
    for (int n = 0; n < ROWS; n++)
        fprintf(out,
                "-- rows \"brands\": [\"b%05d\"]\nINSERT INTO brands (id, title) VALUES "
                "('b%05d', 'Brand %d; %0100d');\n",
                n, n, n, n);
    fprintf(out, "%s;\n%s;\nCOMMIT;\n",
            ask(path_of("fresh.db"),
                "SELECT 'UPDATE ingitdb_sync_state SET run_id = ''run'', "
                "commit_id = ''' || commit_id || '''' FROM ingitdb_sync_state"),
            ask(path_of("fresh.db"),
                "SELECT group_concat('UPDATE ingitdb_sync_tables SET commit_id = ''' || commit_id "
                "|| ''', tree_id = ''' || tree_id || ''', row_count = ' || row_count || ', digest "
                "= ''' || digest || ''' WHERE collection = ''' || collection || '''', '; ') FROM "
                "ingitdb_sync_tables"));
    fclose(out);
    script_text text = {
        .from = shop_first_id, .to = second_id, .run = "run", .left = left, .body = body};
    script_file_write(path_of("up.sql"), &text);
    free(body);
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
    second_id = repo_commit(shop, "many");
    need_status(CLI("migrate", "sync", "--target", "sqlite:fresh.db"), 0);
    dumps[0] = db_dump(path_of("old.db"), 1);
    dumps[1] = db_dump(path_of("fresh.db"), 1);
    for (int n = 0; n < 2; n++)
        left[n] = ask(path_of("fresh.db"),
                      cli_text("SELECT schema_json FROM ingitdb_sync_tables ORDER BY collection "
                               "LIMIT 1 OFFSET %d",
                               n));
    write_script();
    return 0;
}

static int teardown(void **state)
{
    free(dumps[0]);
    free(dumps[1]);
    return cli_teardown(state);
}

static void fresh_target(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal", "-ingitdb-lock"};
    for (size_t n = 0; n < sizeof(ends) / sizeof(ends[0]); n++)
        remove_tree(cli_text("%s%s", cli_database(), ends[n]));
    cli_copy(path_of("old.db"), cli_database());
}

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

#define APPLY WORDS("migrate", "apply", "--quiet", "--target", TARGET, "--script", "up.sql")

static void killed_at_any_instant(void **state)
{
    (void)state;
    fresh_target();
    long begin = now_us();
    need_status(cli_run(NULL, APPLY), 0);
    long whole = now_us() - begin;
    unsigned seed = (unsigned)getpid();
    int killed = 0, done = 0;
    for (int n = 0; n < KILLS; n++) {
        fresh_target();
        process *p = cli_start(APPLY);
        usleep((useconds_t)((double)whole * 1.1 * rand_r(&seed) / RAND_MAX));
        process_signal(p, SIGKILL);
        const process_result *got = cli_wait(p);
        killed += got->status == -SIGKILL;
        char *now = db_dump(cli_database(), 1);
        bool all = strcmp(now, dumps[1]) == 0;
        done += all;
        if (!all)
            db_assert_equal(now, dumps[0], cli_text("seed %u, kill %d", seed, n));
        free(now);
        got = cli_run(NULL, APPLY);
        need_status(got, 0);
        char *after = db_dump(cli_database(), 1);
        db_assert_equal(after, dumps[1], "applied again");
        free(after);
    }
    print_message("%d of %d were killed, %d had been done\n", killed, KILLS, done);
    assert_true(killed > KILLS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_at_any_instant, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
