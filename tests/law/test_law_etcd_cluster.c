/*
 * An etcd of three members (tests/servers/etcd-cluster) under a sync: one is killed, whichever it
 * is, and the sync goes on; two are killed, and it ends with 4 soon, not knowing what was carried
 * out. The next one is right in any case.
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/process.h"

#define ITEMS 4000
/* To know that there is no quorum, and to try again once: members say so after six seconds. */
#define LONGEST_MS 16000

static char *directory; /* of the cluster */
static char cluster_url[256];
static const char *commits[2];

static int cluster(const char *action, int node, char *url)
{
    char command[1024], line[256] = "", number[16] = "";
    if (node)
        snprintf(number, sizeof(number), "%d", node);
    snprintf(command, sizeof(command), "exec tests/servers/etcd-cluster %s '%s' %s", action,
             directory, number);
    FILE *out = popen(command, "r");
    while (fgets(line, sizeof(line), out))
        if (url)
            snprintf(url, 256, "%.*s", (int)strcspn(line, "\n"), line);
    int status = pclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void put_items(repo_builder *source, int change)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    for (int n = 0; n < ITEMS; n++)
        if (change != 1 || n % 9)
            fprintf(out, "{\"$ID\": \"i%05d\", \"title\": \"Item %d.%d %0200d\"}\n", n, n,
                    n % 2 ? change : 0, n);
    fclose(out);
    repo_put(source, "items/items.jsonl", text);
    free(text);
    commits[change] = repo_commit(source, "next");
}

static int setup(void **state)
{
    cli_setup(state);
    assert_int_equal(cluster("start", 0, NULL), 0); /* whatever the test before has left */
    repo_builder *source = cli_repository(false);
    repo_put(source, ".ingitdb/migrate.yaml", "name: shop\n");
    repo_put(source, ".ingitdb/root-collections.yaml", "items: items\n");
    repo_put(source, "items/.collection/definition.yaml",
             "record_file: {name: items.jsonl, type: '[]map[string]any', format: jsonl}\n"
             "columns:\n  $ID: {type: string, required: true}\n  title: {type: string}\n");
    put_items(source, 0);
    put_items(source, 1);
    cli_source = repo_path(source);
    return 0;
}

#define SYNC_TO(url, commit)                                                                   \
    WORDS("migrate", "sync", "--allow-destructive", "--allow-rewind", "--lock-timeout", "30s", \
          "--target", url, "--ref", commits[commit])
#define SYNC(commit) SYNC_TO(cluster_url, commit)
/* One that does not wait for long. */
#define SYNC_SOON(commit) SYNC_TO(cli_text("%s&timeout=1", cluster_url), commit)

static void need_right(int commit)
{
    const process_result *got = CLI("migrate", "verify", "--target", cluster_url);
    need_status(got, 0);
    need_out(got, "in sync");
    need_out(got, cli_text("%.10s", commits[commit]));
}

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static long measure(int commit)
{
    long start = now_us();
    need_status(cli_run(NULL, SYNC(commit)), 0);
    return now_us() - start;
}

/* ---- one member goes ---- */

/* Each once, so the leader is among them, and the one that the run speaks to. */
static void member_is_killed(void **state)
{
    (void)state;
    need_status(cli_run(NULL, SYNC(1)), 0);
    long took = measure(0);
    for (int node = 1; node <= 3; node++) {
        int goal = node % 2;
        process *p = cli_start(SYNC(goal));
        usleep((useconds_t)(took * node / 5));
        bool inside = process_pause(p);
        assert_int_equal(cluster("kill", node, NULL), 0);
        if (inside)
            process_signal(p, SIGCONT);
        const process_result *got = cli_wait(p);
        fprintf(stderr, "member %d killed %s a run: status %d\n", node,
                inside ? "inside of" : "after", got->status);
        need_status(got, 0);
        need_right(goal);
        assert_int_equal(cluster("start", node, NULL), 0);
    }
}

/* ---- no quorum ---- */

static void need_lost(const process_result *got, long start)
{
    long waited = (now_us() - start) / 1000;
    fprintf(stderr, "without a quorum: status %d after %ld ms: %s\n", got->status, waited,
            got->err);
    need_status(got, 4);
    need_err(got, "hint: ");
    assert_true(waited < LONGEST_MS);
}

/* In the middle: whether the request that ran was carried out is not known. */
static void quorum_is_lost(void **state)
{
    (void)state;
    need_status(cli_run(NULL, SYNC(0)), 0);
    long took = measure(1);
    need_status(cli_run(NULL, SYNC(0)), 0);
    process *p = cli_start(SYNC_SOON(1));
    usleep((useconds_t)(took / 4));
    assert_true(process_pause(p));
    assert_int_equal(cluster("kill", 1, NULL), 0);
    assert_int_equal(cluster("kill", 2, NULL), 0);
    process_signal(p, SIGCONT);
    long start = now_us();
    need_lost(cli_wait(p), start);
    assert_int_equal(cluster("start", 0, NULL), 0);
    need_status(cli_run(NULL, SYNC(1)), 0);
    need_right(1);
}

/* From the beginning; and one that comes back while it is waited for. */
static void quorum_comes_back(void **state)
{
    (void)state;
    need_status(cli_run(NULL, SYNC(0)), 0);
    assert_int_equal(cluster("kill", 1, NULL), 0);
    assert_int_equal(cluster("kill", 2, NULL), 0);
    long start = now_us();
    need_lost(cli_run(NULL, SYNC_SOON(1)), start);
    process *p = cli_start(SYNC(1));
    usleep(300000);
    assert_int_equal(cluster("start", 2, NULL), 0);
    need_status(cli_wait(p), 0);
    need_right(1);
    assert_int_equal(cluster("start", 1, NULL), 0);
}

static void kill_cluster(void)
{
    cluster("kill", 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(member_is_killed, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(quorum_is_lost, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(quorum_comes_back, setup, cli_teardown),
    };
    directory = temp_dir_new();
    int status = cluster("start", 0, cluster_url);
    if (status == 0) {
        process_watch(directory, kill_cluster);
        status = cmocka_run_group_tests_name("law on a cluster of etcd", tests, NULL, NULL);
    }
    kill_cluster();
    temp_dir_free(directory);
    return status;
}
