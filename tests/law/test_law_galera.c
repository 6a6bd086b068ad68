/*
 * A cluster of three nodes (tests/servers/galera), of which the one that a sync writes to is killed
 * at some instant: the sync goes on with another one, or the next one does; the database is the
 * same on every node, on the one that comes back too. On a cluster GET_LOCK is each node's own
 * affair: the fence alone protects.
 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/database.h"
#include "tests/support/process.h"

#define ITEMS 3000
#define KILLS 4
#define NODES 3

static char *directory; /* of the cluster */
static char node_url[NODES][128];
static char all_hosts[256]; /* as in a URL */

/* `urls`: lines of what it prints. */
static int cluster(const char *action, const char *node, char urls[][128])
{
    char command[1024], line[256];
    int count = 0;
    snprintf(command, sizeof(command), "exec tests/servers/galera %s '%s' %s", action, directory,
             node);
    FILE *out = popen(command, "r");
    while (fgets(line, sizeof(line), out))
        if (urls && count < NODES)
            snprintf(urls[count++], 128, "%.*s", (int)strcspn(line, "\n"), line);
    int status = pclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *host_of(const char *url, int *len)
{
    const char *host = strchr(url, '@') + 1;
    *len = (int)strcspn(host, "/");
    return host;
}

/* ---- the database ---- */

/* The test looks through the second node; the program may use all, the first one first. */
static const char *url_for_program(const char *path)
{
    char *url = database_url(path);
    int len;
    const char *host = host_of(url, &len);
    const char *text = cli_text("%.*s%s%s", (int)(host - url), url, all_hosts, host + len);
    free(url);
    return text;
}

static const process_result *sync_to(const char *path)
{
    return CLI("migrate", "sync", "--target", url_for_program(path), "--lock-timeout", "30s");
}

static char *dump_by(int node, const char *path)
{
    char *url = database_url(path), *rows = NULL, *wrong;
    char *name = engine_database(url);
    const char *there = cli_text("%s%s", node_url[node], name);
    /* Everything that the others have committed is here first. */
    wrong = engine_mariadb.run(
        there,
        "SET wsrep_sync_wait = 15, group_concat_max_len = 100000000;"
        "SELECT (SELECT group_concat(id, title, note ORDER BY id SEPARATOR '\n') FROM items) || "
        "(SELECT group_concat(collection, row_count, digest ORDER BY collection) FROM "
        "ingitdb_sync_tables) || (SELECT group_concat(status) FROM ingitdb_sync_state)",
        &rows);
    if (wrong)
        fail_msg("node %d: %s", node + 1, wrong);
    free(url);
    free(name);
    assert_non_null(rows);
    return rows;
}

static void need_same(int node, const char *path, const char *wanted)
{
    char *rows = dump_by(node, path);
    db_assert_equal(rows, wanted, cli_text("node %d", node + 1));
    free(rows);
}

/* ---- killing ---- */

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void node_killed_while_it_is_written_to(void **state)
{
    (void)state;
    unsigned seed = 2210;
    int by_itself = 0;
    const char *path = cli_database(), *fresh = cli_text("%s/fresh.db", cli_directory);
    shop_grow(ITEMS);
    need_status(sync_to(path), 0);
    for (int n = 0; n < KILLS; n++) {
        shop_grow(ITEMS);
        database_remove(fresh);
        long start = now_us();
        need_status(sync_to(fresh), 0);
        long took = now_us() - start;
        char *wanted = dump_by(1, fresh);
        process *p = CLI_START("migrate", "sync", "--target", url_for_program(path),
                               "--lock-timeout", "30s");
        usleep((useconds_t)(rand_r(&seed) % took));
        assert_int_equal(cluster("kill", "1", NULL), 0);
        const process_result *got = cli_wait(p);
        by_itself += got->status == 0;
        if (got->status != 0)
            fprintf(stderr, "status %d: %s", got->status, got->err);
        need_status(sync_to(path), 0);
        need_same(1, path, wanted);
        need_same(2, path, wanted);
        assert_int_equal(cluster("start", "1", NULL), 0);
        need_same(0, path, wanted);
        free(wanted);
    }
    fprintf(stderr, "%d nodes killed, %d runs went on by themselves\n", KILLS, by_itself);
    assert_true(by_itself > 0);
}

static void kill_cluster(void)
{
    cluster("kill", "", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(node_killed_while_it_is_written_to, cli_setup,
                                        cli_teardown),
    };
    directory = temp_dir_new();
    int status = cluster("start", "", node_url);
    if (status == 0) {
        process_watch(directory, kill_cluster);
        for (int n = 0; n < NODES; n++) {
            int len;
            const char *host = host_of(node_url[n], &len);
            snprintf(all_hosts + strlen(all_hosts), sizeof(all_hosts) - strlen(all_hosts), "%s%.*s",
                     n ? "," : "", len, host);
        }
        setenv("IGD_LAW_TARGET", "mariadb", 1);
        setenv("IGD_TEST_MARIADB", node_url[1], 1);
        status = cmocka_run_group_tests_name("law on a cluster", tests, NULL, NULL);
    }
    cluster("kill", "", NULL);
    temp_dir_free(directory);
    return status;
}
