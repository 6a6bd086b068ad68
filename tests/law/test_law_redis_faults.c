/*
 * What can go wrong with a Redis server: it is full, a replica, loads its data, stops in the
 * middle; a holder that was paused wakes late; a user who may only do what docs/running.md lists;
 * TLS with certificates that are made here. A run ends by itself or says why; the next one is
 * right.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/process.h"

#define ITEMS  4000
#define PAUSES 12

static char *directory; /* of the server */
static char server_url[256];
static const char *commits[2];

static int server(const char *action, const char *options, char *url)
{
    char command[1024], line[256] = "";
    snprintf(command, sizeof(command), "IGD_REDIS_OPTIONS='%s' exec tests/servers/redis %s '%s'",
             options, action, directory);
    FILE *out = popen(command, "r");
    while (fgets(line, sizeof(line), out))
        if (url)
            snprintf(url, 256, "%.*s", (int)strcspn(line, "\n"), line);
    int status = pclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Words for redis-cli, as the shell takes them. */
static const char *redis(const char *words)
{
    static char got[65536];
    char command[4096], port[16] = "";
    snprintf(command, sizeof(command), "%s/port", directory);
    FILE *file = fopen(command, "r");
    if (!file || !fgets(port, sizeof(port), file))
        abort();
    fclose(file);
    snprintf(command, sizeof(command), "REDISCLI_AUTH=secret redis-cli -h 127.0.0.1 -p %d %s 2>&1",
             atoi(port), words);
    FILE *out = popen(command, "r");
    got[fread(got, 1, sizeof(got) - 1, out)] = 0;
    pclose(out);
    return got;
}

static void put_items(repo_builder *source, int change)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    for (int n = 0; n < ITEMS; n++)
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
    repo_builder *source = cli_repository(false);
    repo_put(source, ".ingitdb/migrate.yaml", "name: shop\n");
    repo_put(source, ".ingitdb/root-collections.yaml", "items: items\n");
    repo_put(source, "items/.collection/definition.yaml",
             "record_file: {name: items.jsonl, type: '[]map[string]any', format: jsonl}\n"
             "columns:\n  $ID: {type: string, required: true}\n  title: {type: string}\n");
    put_items(source, 0);
    put_items(source, 1);
    cli_source = repo_path(source);
    assert_string_equal(redis("flushall"), "OK\n");
    return 0;
}

#define SYNC_TO(url, commit)                                                                   \
    WORDS("migrate", "sync", "--allow-destructive", "--allow-rewind", "--lock-timeout", "30s", \
          "--target", url, "--ref", commits[commit])
#define SYNC(commit) SYNC_TO(cli_text("%s", server_url), commit)
/* One that does not wait for long. */
#define SYNC_SOON(commit) SYNC_TO(cli_text("%s&timeout=1", server_url), commit)

static void need_right(int commit)
{
    const process_result *got = CLI("migrate", "verify", "--target", server_url);
    need_status(got, 0);
    need_out(got, "in sync");
    need_out(got, cli_text("%.10s", commits[commit]));
}

static long measure(int commit)
{
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    need_status(cli_run(NULL, SYNC(commit)), 0);
    clock_gettime(CLOCK_MONOTONIC, &b);
    return (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
}

/* ---- the server says no ---- */

static void memory_is_full(void **state)
{
    (void)state;
    const char *used = redis("info memory | sed -n 's/^used_memory:\\([0-9]*\\).*/\\1/p'");
    const char *most = cli_text("config set maxmemory %ld", atol(used) + 700000);
    assert_string_equal(redis(most), "OK\n");
    const process_result *got = cli_run(NULL, SYNC(0));
    need_status(got, 7);
    need_err(got, "OOM");
    need_err(got, "raise its maxmemory");
    assert_string_equal(redis("config set maxmemory 0"), "OK\n");
    need_status(cli_run(NULL, SYNC(0)), 0);
    need_right(0);
}

static void server_is_a_replica(void **state)
{
    (void)state;
    need_status(cli_run(NULL, SYNC(0)), 0);
    /* Of nobody: what it has stays there. */
    assert_string_equal(redis("replicaof 127.0.0.1 1"), "OK\n");
    const process_result *got = cli_run(NULL, SYNC_SOON(1));
    assert_string_equal(redis("replicaof no one"), "OK\n");
    need_status(got, 7);
    need_err(got, "replica");
    need_err(got, "hint: ");
    need_status(cli_run(NULL, SYNC(1)), 0);
    need_right(1);
}

/* While it loads a log of commands it answers every thousand of them; a dump, all the time. */
static void keep_as_dump(void)
{
    static const char busy[] = "info persistence | grep -c 'aof_rewrite_[a-z_]*:1'";
    assert_non_null(strstr(redis("bgrewriteaof"), "started"));
    for (int tries = 0; strcmp(redis(busy), "0\n") != 0; tries++) {
        assert_true(tries < 1000);
        usleep(10000);
    }
}

static void server_loads_its_data(void **state)
{
    (void)state;
    static const char slow[] = "--key-load-delay 1000 --loading-process-events-interval-bytes 1024";
    need_status(cli_run(NULL, SYNC(0)), 0);
    keep_as_dump();
    assert_int_equal(server("stop", "", NULL), 0);
    pid_t starter = fork();
    if (starter == 0)
        _exit(server("start", slow, NULL));
    for (int tries = 0; !strstr(redis("get x"), "LOADING"); tries++) {
        assert_true(tries < 500);
        usleep(10000);
    }
    /* Not for long: then it says what it waits for. Longer: then it is there. */
    const process_result *got = cli_run(NULL, SYNC_SOON(1));
    need_status(got, 4);
    need_err(got, "LOADING");
    need_status(cli_run(NULL, SYNC(1)), 0);
    need_right(1);
    int status = -1;
    assert_int_equal(waitpid(starter, &status, 0), starter);
    assert_int_equal(status, 0);
    assert_int_equal(server("restart", "", NULL), 0);
}

/* ---- the server, or the run, is away for a while ---- */

static void server_is_stopped_and_started(void **state)
{
    (void)state;
    int by_itself = 0;
    need_status(cli_run(NULL, SYNC(1)), 0);
    long took = measure(0);
    for (int n = 0; n < 4; n++) {
        process *p = cli_start(SYNC((n + 1) % 2));
        usleep((useconds_t)(took * n / 4));
        assert_int_equal(server("stop", "", NULL), 0);
        usleep(300000);
        assert_int_equal(server("start", "", NULL), 0);
        const process_result *got = cli_wait(p);
        by_itself += got->status == 0;
        assert_true(got->status == 0 || got->status == 4 || got->status == 7);
        need_status(cli_run(NULL, SYNC((n + 1) % 2)), 0);
        need_right((n + 1) % 2);
    }
    assert_true(by_itself > 0);
    /* One that does not come back. */
    assert_int_equal(server("stop", "", NULL), 0);
    const process_result *got = cli_run(NULL, SYNC_SOON(1));
    assert_int_equal(server("start", "", NULL), 0);
    need_status(got, 4);
    need_err(got, "is the server running");
}

static void holder_wakes(void **state)
{
    (void)state;
    int inside = 0, refused = 0;
    need_status(cli_run(NULL, SYNC(0)), 0);
    long took = measure(1);
    for (int n = 0; n < PAUSES; n++) {
        need_status(cli_run(NULL, SYNC(0)), 0);
        process *p = cli_start(SYNC(1));
        usleep((useconds_t)(took * n / PAUSES));
        inside += process_pause(p);
        /* Back to where it came from, when its lease has run out. */
        need_status(cli_run(NULL, SYNC(0)), 0);
        need_right(0);
        process_signal(p, SIGCONT);
        const process_result *got = cli_wait(p);
        assert_true(got->status == 0 || got->status == 5 || got->status == 6);
        refused += got->status != 0;
        need_status(CLI("migrate", "verify", "--target", server_url), 0);
    }
    fprintf(stderr, "%d of %d pauses inside of a run, %d runs refused\n", inside, PAUSES, refused);
    assert_true(inside > 0);
}

/* ---- users ---- */

/* What docs/running.md says that it takes, and nothing else. */
static void user_of_the_acl(void **state)
{
    (void)state;
    static const char writes[] =
        "acl setuser app reset on '>pw' '~shop:*' '&shop:*' +get +set +del +exists +type "
        "+pexpire +hgetall +hmget +hset +hdel +scan +eval +evalsha '+script|load' +publish +info "
        "+ping +select +auth";
    static const char reads[] = "acl setuser looker reset on '>pw' '~shop:*' +get +exists +hgetall "
                                "+scan +info +select +auth";
    const char *at = strstr(server_url, "@");
    const char *app = cli_text("redis://app:pw%s", at),
               *looker = cli_text("redis://looker:pw%s", at);
    assert_string_equal(redis(writes), "OK\n");
    assert_string_equal(redis(reads), "OK\n");
    need_status(cli_run(NULL, SYNC_TO(app, 0)), 0);
    need_right(0);
    need_status(CLI("migrate", "verify", "--target", looker), 0);
    need_status(CLI("migrate", "status", "--target", looker), 0);
    const process_result *got = cli_run(NULL, SYNC_TO(looker, 1));
    need_status(got, 7);
    need_err(got, "NOPERM");
    got = cli_run(NULL, SYNC_TO(cli_text("redis://app:wrong%s", at), 1));
    need_status(got, 4);
    need_err(got, "WRONGPASS");
    need_silent(got, "wrong@");
    need_right(0);
}

/* ---- TLS ---- */

#define CERTIFICATES                                                                              \
    "cd '%s' && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ours -keyout ca.key " \
    "-out ca.pem && for n in server client; do openssl req -newkey rsa:2048 -nodes -subj /CN=$n " \
    "-keyout $n.key -out $n.csr && echo subjectAltName=IP:127.0.0.1 >$n.ext && "                  \
    "openssl x509 -req -days 2 -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile "     \
    "$n.ext -out $n.pem || exit 1; done"

static void tls(void **state)
{
    (void)state;
    const char *at = strstr(server_url, "@127.0.0.1:");
    int port = atoi(at + strlen("@127.0.0.1:")) + 5000;
    assert_int_equal(
        system(cli_text("{ " CERTIFICATES "; } >'%s/openssl.log' 2>&1", directory, directory)), 0);
    assert_int_equal(server("stop", "", NULL), 0);
    assert_int_equal(server("start",
                            cli_text("--tls-port %d --tls-cert-file %s/server.pem --tls-key-file "
                                     "%s/server.key --tls-ca-cert-file %s/ca.pem",
                                     port, directory, directory, directory),
                            NULL),
                     0);
    const char *bare = cli_text("rediss://:secret@127.0.0.1:%d/0", port);
    const char *ours = cli_text("%s?tls_ca=%s/ca.pem&timeout=1", bare, directory);
    const char *whole =
        cli_text("%s&tls_cert=%s/client.pem&tls_key=%s/client.key", ours, directory, directory);
    need_status(cli_run(NULL, SYNC_TO(whole, 0)), 0);
    need_status(CLI("migrate", "verify", "--target", whole), 0);
    need_right(0);
    /* The server wants a certificate; we want one that we know, and for this name. */
    need_status(cli_run(NULL, SYNC_TO(ours, 1)), 4);
    const process_result *got = cli_run(NULL, SYNC_TO(cli_text("%s?timeout=1", bare), 1));
    need_status(got, 4);
    need_err(got, "TLS");
    need_right(0);
    assert_int_equal(server("restart", "", NULL), 0);
}

static void end_server(void)
{
    server("kill", "", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory_is_full, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(server_is_a_replica, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(server_loads_its_data, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(server_is_stopped_and_started, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(holder_wakes, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(user_of_the_acl, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(tls, setup, cli_teardown),
    };
    directory = temp_dir_new();
    int status = server("start", "", server_url);
    if (status == 0) {
        process_watch(directory, end_server);
        status = cmocka_run_group_tests_name("faults of a Redis server", tests, NULL, NULL);
    }
    end_server();
    temp_dir_free(directory);
    return status;
}
