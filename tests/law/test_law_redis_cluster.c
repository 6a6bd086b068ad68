/*
 * A Redis Cluster of three masters and three replicas (tests/servers/redis-cluster) under a sync: a
 * master is killed, slots move to another one, the run is paused until another one has taken its
 * lock. The sync goes on by itself or ends with 4, 5 or 6; the next one is right in any case.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/database.h"
#include "tests/support/process.h"

#define ITEMS  6000
#define KILLS  3
#define PAUSES 12

static char *directory; /* of the cluster */
static char cluster_url[256];

static int cluster(const char *action, int node, char *url)
{
    char command[1024], line[256] = "", number[16] = "";
    if (node)
        snprintf(number, sizeof(number), "%d", node);
    snprintf(command, sizeof(command), "exec tests/servers/redis-cluster %s '%s' %s", action,
             directory, number);
    FILE *out = popen(command, "r");
    while (fgets(line, sizeof(line), out))
        if (url)
            snprintf(url, 256, "%.*s", (int)strcspn(line, "\n"), line);
    int status = pclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A command of the shell, with `ask NODE COMMAND...` for the nodes. What it prints, without the
 * last line's end. */
static const char *shell(const char *text)
{
    static char got[4096];
    char command[4096], port[16] = "";
    snprintf(command, sizeof(command), "%s/port", directory);
    FILE *file = fopen(command, "r");
    if (!file || !fgets(port, sizeof(port), file))
        abort();
    fclose(file);
    snprintf(command, sizeof(command),
             "ask() { n=$1; shift; REDISCLI_AUTH=secret redis-cli -h 127.0.0.1 -p $((%d + n)) "
             "\"$@\"; }; base=%d; %s",
             atoi(port), atoi(port), text);
    FILE *out = popen(command, "r");
    size_t len = fread(got, 1, sizeof(got) - 1, out);
    pclose(out);
    while (len && (got[len - 1] == '\n' || got[len - 1] == '\r'))
        len--;
    got[len] = 0;
    return got;
}

static void await(const char *condition)
{
    for (int tries = 0; strcmp(shell(condition), "yes") != 0; tries++) {
        if (tries == 300)
            fail_msg("never: %s", condition);
        usleep(100000);
    }
}

static void await_cluster(void)
{
    await(
        "for n in 1 2 3 4 5 6; do ask $n cluster info | grep -q cluster_state:ok || exit 0; "
        "ask $n info replication | grep -q 'role:master\\|master_link_status:up' || exit 0; done; "
        "[ $(ask 1 cluster slots | grep -c '^7\\|^127') -gt 0 ] && "
        "[ $(ask 1 cluster nodes | grep -c ' connected') -eq 6 ] && echo yes");
}

/* ---- the source ---- */

static repo_builder *source;
static const char *commits[3];

static void put_items(int change)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    for (int n = 0; n < ITEMS; n++)
        if (change != 1 || n % 9)
            fprintf(out, "{\"$ID\": \"i%05d\", \"title\": \"Item %d.%d\"}\n", n, n,
                    n % 2 ? change : 0);
    fclose(out);
    repo_put(source, "items/items.jsonl", text);
    free(text);
    commits[change] = repo_commit(source, "next");
}

static int setup(void **state)
{
    cli_setup(state);
    source = cli_repository(false);
    repo_put(source, ".ingitdb/migrate.yaml", "name: clustered\n");
    repo_put(source, ".ingitdb/root-collections.yaml", "items: items\n");
    repo_put(source, "items/.collection/definition.yaml",
             "record_file: {name: items.jsonl, type: '[]map[string]any', format: jsonl}\n"
             "columns:\n  $ID: {type: string, required: true}\n  title: {type: string}\n");
    for (int n = 0; n < 3; n++)
        put_items(n);
    cli_source = repo_path(source);
    return 0;
}

#define SYNC(commit, ...)                                                                      \
    WORDS("migrate", "sync", "--allow-destructive", "--allow-rewind", "--lock-timeout", "30s", \
          "--target", cli_url(cli_database()), "--ref", commits[commit], ##__VA_ARGS__)

static void need_right(int commit)
{
    const process_result *got = CLI("migrate", "verify", "--target", cli_url(cli_database()));
    need_status(got, 0);
    assert_non_null(strstr(got->out, "in sync"));
    assert_non_null(strstr(got->out, cli_text("%.10s", commits[commit])));
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

static bool is_told(int status)
{
    return status == 0 || status == 4 || status == 5 || status == 6 || status == 7;
}

/* ---- failover ---- */

static void master_is_killed(void **state)
{
    (void)state;
    unsigned seed = 99;
    int by_itself = 0;
    need_status(cli_run(NULL, SYNC(0)), 0);
    long took = measure(1);
    for (int n = 0; n < KILLS; n++) {
        int goal = n % 2 ? 1 : 2;
        await_cluster();
        /* The master of some slot, whoever that is by now. */
        int node = atoi(shell("for n in 1 2 3 4 5 6; do ask $n role | head -1 | grep -q master && "
                              "echo $n; done | shuf -n 1 --random-source=/dev/zero"));
        assert_in_range(node, 1, 6);
        process *p = cli_start(SYNC(goal));
        usleep((useconds_t)(rand_r(&seed) % took));
        assert_int_equal(cluster("kill", node, NULL), 0);
        const process_result *got = cli_wait(p);
        if (got->status)
            fprintf(stderr, "node %d: status %d, %s", node, got->status, got->err);
        assert_true(is_told(got->status));
        by_itself += got->status == 0;
        await("for n in 1 2 3 4 5 6; do ask $n ping 2>&1 | grep -q PONG || continue; "
              "ask $n cluster info | grep -q cluster_state:ok || exit 0; done; echo yes");
        need_status(cli_run(NULL, SYNC(goal)), 0);
        need_right(goal);
        assert_int_equal(cluster("start", node, NULL), 0);
    }
    fprintf(stderr, "%d masters killed, %d runs went on by themselves\n", KILLS, by_itself);
    assert_true(by_itself > 0);
    await_cluster();
}

/* ---- slots that move ---- */

/* From the master that has it to another one, key by key. */
#define MOVE_SLOTS                                                                                  \
    "masters=$(for n in 1 2 3 4 5 6; do ask $n role | head -1 | grep -q master && echo $n; done); " \
    "set -- $masters; a=$1 b=$2; ida=$(ask $a cluster myid) idb=$(ask $b cluster myid); "           \
    "for slot in $(ask $a cluster nodes | grep myself | tr ' ' '\\n' | grep '^[0-9]*-[0-9]*$' | "   \
    "  head -1 | { IFS=- read from to; seq $from 40 $to; }); do "                                   \
    "  ask $b cluster setslot $slot importing $ida; ask $a cluster setslot $slot migrating $idb; "  \
    "  for key in $(ask $a cluster getkeysinslot $slot 100); do "                                   \
    "    ask $a migrate 127.0.0.1 $((base + b)) '' 0 5000 auth secret keys \"$key\"; done; "        \
    "  for n in $masters; do ask $n cluster setslot $slot node $idb; done; done >/dev/null 2>&1; echo moved"

static pid_t move_slots(void)
{
    pid_t mover = fork();
    if (mover == 0)
        _exit(strcmp(shell(MOVE_SLOTS), "moved") != 0);
    return mover;
}

static void slots_move(void **state)
{
    (void)state;
    int status = -1;
    await_cluster();
    need_status(cli_run(NULL, SYNC(1)), 0);
    long took = measure(0);
    process *p = cli_start(SYNC(1));
    usleep((useconds_t)(took / 3));
    pid_t mover = move_slots();
    need_status(cli_wait(p), 0);
    need_right(1);
    need_status(cli_run(NULL, SYNC(2)), 0);
    need_right(2);
    assert_int_equal(waitpid(mover, &status, 0), mover);
    assert_int_equal(status, 0);
    need_status(cli_run(NULL, SYNC(0)), 0);
    need_right(0);
}

/* A slot that stays open: the run waits for ?timeout, and ends with 4. */
static void slot_stays_open(void **state)
{
    (void)state;
    static const char *const masters =
        "set -- $(for n in 1 2 3 4 5 6; do ask $n role | head -1 | grep -q master && echo $n; done); ";
    await_cluster();
    need_status(cli_run(NULL, SYNC(0)), 0);
    const char *slot = cli_text(
        "slot=$(ask $1 cluster nodes | grep myself | tr ' ' '\\n' | grep '^[0-9]*-[0-9]*$' "
        "| tail -1 | cut -d- -f1); ");
    (void)shell(cli_text("%s%sask $2 cluster setslot $slot importing $(ask $1 cluster myid); "
                         "ask $1 cluster setslot $slot migrating $(ask $2 cluster myid)",
                         masters, slot));
    const process_result *got =
        CLI("migrate", "sync", "--target", cli_text("%s&prefix=open&timeout=2", cluster_url),
            "--ref", commits[0]);
    assert_int_equal(got->status, 4);
    assert_non_null(strstr(got->err, "slots of the cluster are being moved"));
    (void)shell(cli_text("%s%sask $2 cluster setslot $slot stable; "
                         "ask $1 cluster setslot $slot stable",
                         masters, slot));
    need_status(cli_run(NULL, SYNC(1)), 0);
    need_right(1);
}

/* ---- users ---- */

/* What docs/running.md says that it takes, and nothing else. */
static void users_of_the_acl(void **state)
{
    (void)state;
    await_cluster();
    (void)shell("for n in 1 2 3 4 5 6; do "
                "ask $n acl setuser app reset on '>pw' '~shop:*' '&shop:*' +get +set +del +exists "
                "+type +pexpire +hgetall +hmget +hset +hdel +scan +eval +evalsha '+script|load' "
                "+publish +info +ping +select +auth '+cluster|slots' '+cluster|nodes' "
                "'+cluster|info' +asking +wait +time; "
                "ask $n acl setuser looker reset on '>pw' '~shop:*' +get +exists +hgetall +scan "
                "+info +select +auth '+cluster|slots' '+cluster|nodes' '+cluster|info' +asking "
                "+time; done");
    const char *at = strchr(cluster_url, '@');
    size_t hosts = strcspn(at, "/");
    const char *app = cli_text("redis+cluster://app:pw%.*s/shop", (int)hosts, at);
    const char *looker = cli_text("redis+cluster://looker:pw%.*s/shop", (int)hosts, at);
    need_status(CLI("migrate", "sync", "--target", app, "--ref", commits[0]), 0);
    need_status(CLI("migrate", "verify", "--target", looker), 0);
    const process_result *got = CLI("migrate", "sync", "--target", looker, "--ref", commits[1]);
    need_status(got, 7);
    need_err(got, "NOPERM");
    need_status(CLI("migrate", "sync", "--target", app, "--ref", commits[1]), 0);
    need_status(CLI("migrate", "verify", "--target", looker), 0);
}

/* ---- a holder that is paused ---- */

/* A run that began anew may have lost its lock again. */
static bool is_unfinished(void)
{
    const process_result *got =
        CLI("migrate", "status", "--target", cli_url(cli_database()), "--format", "json");
    return strstr(got->out, "in_progress") != NULL;
}

/* It wakes when another one has been there: by the end of its lease, or because somebody took the
 * lock away from it. The other one goes back to where it came from, so that every value is again
 * what it expects. */
static void holder_wakes(void **state)
{
    (void)state;
    unsigned seed = 7;
    int inside = 0, refused = 0;
    await_cluster();
    need_status(cli_run(NULL, SYNC(0)), 0);
    long took = measure(1);
    for (int n = 0; n < PAUSES; n++) {
        need_status(cli_run(NULL, SYNC(0)), 0);
        process *p = cli_start(SYNC(1));
        usleep((useconds_t)(n * took / PAUSES + rand_r(&seed) % (took / PAUSES)));
        inside += process_pause(p);
        if (n % 2)
            (void)CLI("migrate", "unlock", "--force", "--target", cli_url(cli_database()));
        need_status(cli_run(NULL, SYNC(0)), 0);
        need_right(0);
        process_signal(p, SIGCONT);
        const process_result *got = cli_wait(p);
        assert_true(is_told(got->status));
        refused += got->status != 0;
        if (got->status)
            fprintf(stderr, "pause %d: status %d, %s", n, got->status, got->err);
        if (is_unfinished())
            need_status(cli_run(NULL, SYNC(1)), 0);
        /* It holds what it says. */
        need_status(CLI("migrate", "verify", "--target", cli_url(cli_database())), 0);
    }
    fprintf(stderr, "%d pauses, %d of them inside of a run, %d runs refused\n", PAUSES, inside,
            refused);
    assert_true(inside > 0);
}

static void kill_cluster(void)
{
    cluster("kill", 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(holder_wakes, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(slots_move, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(slot_stays_open, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(users_of_the_acl, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(master_is_killed, setup, cli_teardown),
    };
    directory = temp_dir_new();
    setenv("IGD_CLUSTER_REPLICAS", "1", 1);
    int status = cluster("start", 0, cluster_url);
    if (status == 0) {
        process_watch(directory, kill_cluster);
        setenv("IGD_LAW_TARGET", "redis-cluster", 1);
        setenv("IGD_TEST_REDIS_CLUSTER", cluster_url, 1);
        setenv("IGD_LAW_KEEP", "1", 1); /* it goes as a whole */
        status = cmocka_run_group_tests_name("law on a cluster", tests, NULL, NULL);
    }
    kill_cluster();
    temp_dir_free(directory);
    return status;
}
