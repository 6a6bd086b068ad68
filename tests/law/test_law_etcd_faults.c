/*
 * What can go wrong with an etcd server: it stops in the middle and comes back; a holder that was
 * paused wakes late; a user who may only do what docs/running.md lists, whose token the server
 * forgets; TLS with certificates that are made here; what etcdctl's variables say. A run ends by
 * itself or says why; the next one is right.
 */
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/process.h"

#define ITEMS  1500
#define PAUSES 4
#define STOPS  3
#define SECRET "0pen-Sesame"

static char *directory; /* of the server */
static char server_url[256];
static const char *commits[2];

static int server(const char *action, const char *tls, char *url)
{
    char command[1024], line[256] = "";
    snprintf(command, sizeof(command), "IGD_ETCD_TLS='%s' exec tests/servers/etcd %s '%s'", tls,
             action, directory);
    FILE *out = popen(command, "r");
    while (fgets(line, sizeof(line), out))
        if (url)
            snprintf(url, 256, "%.*s", (int)strcspn(line, "\n"), line);
    int status = pclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* "127.0.0.1:PORT" */
static const char *server_host(void)
{
    const char *host = strstr(server_url, "://") + strlen("://");
    return cli_text("%.*s", (int)strcspn(host, "/?"), host);
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
#define SYNC(commit) SYNC_TO(server_url, commit)
/* One that does not wait for long. */
#define SYNC_SOON(commit) SYNC_TO(cli_text("%s&timeout=1", server_url), commit)

static void need_right(int commit)
{
    const process_result *got = CLI("migrate", "verify", "--target", server_url);
    need_status(got, 0);
    need_out(got, "in sync");
    need_out(got, cli_text("%.10s", commits[commit]));
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long measure(int commit)
{
    long start = now_ms();
    need_status(cli_run(NULL, SYNC(commit)), 0);
    return now_ms() - start;
}

/* ---- the server, or the run, is away for a while ---- */

static void server_is_stopped_and_started(void **state)
{
    (void)state;
    int by_itself = 0;
    need_status(cli_run(NULL, SYNC(1)), 0);
    long took = measure(0);
    for (int n = 0; n < STOPS; n++) {
        int goal = (n + 1) % 2;
        process *p = cli_start(SYNC(goal));
        usleep((useconds_t)(took * 1000 * n / STOPS));
        assert_int_equal(server(n < 2 ? "stop" : "kill", "", NULL), 0);
        usleep(300000);
        assert_int_equal(server("start", "", NULL), 0);
        const process_result *got = cli_wait(p);
        if (got->status)
            fprintf(stderr, "stop %d: status %d, %s", n, got->status, got->err);
        by_itself += got->status == 0;
        assert_true(got->status == 0 || got->status == 4 || got->status == 7);
        need_status(cli_run(NULL, SYNC(goal)), 0);
        need_right(goal);
    }
    assert_true(by_itself > 0);
    /* One that does not come back. */
    assert_int_equal(server("stop", "", NULL), 0);
    const process_result *got = cli_run(NULL, SYNC_SOON(1));
    assert_int_equal(server("start", "", NULL), 0);
    need_status(got, 4);
    need_err(got, "check that the server runs");
}

/* It wakes when another one has been there: by the end of its lease, or because somebody took the
 * lock away from it. The other one goes back to where it came from, so that every value is again
 * what it expects. */
static void holder_wakes(void **state)
{
    (void)state;
    int inside = 0, refused = 0;
    need_status(cli_run(NULL, SYNC(0)), 0);
    long took = measure(1);
    for (int n = 0; n < PAUSES; n++) {
        need_status(cli_run(NULL, SYNC(0)), 0);
        process *p = cli_start(SYNC(1));
        usleep((useconds_t)(took * 1000 * n / PAUSES));
        bool paused = process_pause(p);
        inside += paused;
        if (n % 2)
            (void)CLI("migrate", "unlock", "--force", "--target", server_url);
        need_status(cli_run(NULL, SYNC(0)), 0);
        need_right(0);
        process_signal(p, SIGCONT);
        const process_result *got = cli_wait(p);
        assert_true(got->status == 0 || (got->status >= 4 && got->status <= 7));
        refused += got->status != 0;
        /* It holds what it says: all of it before, or all of it behind. */
        need_right(paused && got->status == 0 ? 1 : 0);
    }
    fprintf(stderr, "%d of %d pauses inside of a run, %d runs refused\n", inside, PAUSES, refused);
    assert_true(inside > 0);
}

/* ---- users ---- */

/* A request as root, once there are users. */
static const char *api(const char *path, const char *body)
{
    static char got[4096];
    char command[2048];
    snprintf(
        command, sizeof(command),
        "ask() { curl -s --noproxy '*' -H \"Authorization: $3\" -d \"$2\" \"http://%s/v3/$1\"; }; "
        "token=$(ask auth/authenticate '{\"name\":\"root\",\"password\":\"root\"}' | "
        "sed -n 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/p'); ask '%s' '%s' \"$token\"",
        server_host(), path, body);
    FILE *out = popen(command, "r");
    got[fread(got, 1, sizeof(got) - 1, out)] = 0;
    pclose(out);
    return got;
}

static void do_api(const char *path, const char *body)
{
    const char *got = api(path, body);
    if (!strstr(got, "\"header\"") || strstr(got, "\"error\""))
        fail_msg("%s: %s", path, got);
}

/* What docs/running.md says that it takes: the range of shop/, and nothing else. */
static void make_users(void)
{
    static const char *const kinds[] = {"app", "looker"}, *const may[] = {"READWRITE", "READ"};
    for (int n = 0; n < 2; n++) {
        do_api("auth/user/add",
               cli_text("{\"name\":\"%s\",\"password\":\"" SECRET "\"}", kinds[n]));
        do_api("auth/role/add", cli_text("{\"name\":\"%s\"}", kinds[n]));
        do_api("auth/role/grant", cli_text("{\"name\":\"%s\",\"perm\":{\"permType\":\"%s\","
                                           "\"key\":\"c2hvcC8=\",\"range_end\":\"c2hvcDA=\"}}",
                                           kinds[n], may[n]));
        do_api("auth/user/grant",
               cli_text("{\"user\":\"%s\",\"role\":\"%s\"}", kinds[n], kinds[n]));
    }
    do_api("auth/user/add", "{\"name\":\"root\",\"password\":\"root\"}");
    do_api("auth/role/add", "{\"name\":\"root\"}");
    do_api("auth/user/grant", "{\"user\":\"root\",\"role\":\"root\"}");
    do_api("auth/enable", "{}");
}

static const char *url_of(const char *user, const char *password)
{
    return cli_text("etcd://%s:%s@%s/shop?lease=2", user, password, server_host());
}

static void users(void **state)
{
    (void)state;
    const char *app = url_of("app", SECRET), *looker = url_of("looker", SECRET);
    make_users();
    need_status(cli_run(NULL, SYNC_TO(app, 0)), 0);
    need_status(CLI("migrate", "verify", "--target", looker), 0);
    need_status(CLI("migrate", "status", "--target", looker), 0);
    const process_result *got = cli_run(NULL, SYNC_TO(looker, 1));
    need_status(got, 7);
    need_err(got, "permission denied");
    need_err(got, "lacks a permission");
    /* Outside of the role. */
    got = cli_run(NULL, SYNC_TO(cli_text("etcd://app:" SECRET "@%s/shop2", server_host()), 1));
    need_status(got, 7);
    need_err(got, "lacks a permission");
    /* At once, although it would wait for a server. */
    long start = now_ms();
    got = cli_run(NULL, SYNC_TO(url_of("app", "wr0ng-one"), 1));
    need_status(got, 4);
    need_err(got, "check user and password");
    need_silent(got, "wr0ng-one");
    got = cli_run(NULL, SYNC(1)); /* nobody */
    need_status(got, 4);
    need_err(got, "check user and password");
    assert_true(now_ms() - start < 8000);
    need_status(CLI("migrate", "verify", "--target", looker), 0);
}

/* Nowhere in what any process was started with. */
static void need_unseen(const char *secret)
{
    glob_t all;
    assert_int_equal(glob("/proc/[0-9]*/cmdline", 0, NULL, &all), 0);
    for (size_t n = 0; n < all.gl_pathc; n++) {
        static char words[65536];
        FILE *file = fopen(all.gl_pathv[n], "r");
        size_t len = file ? fread(words, 1, sizeof(words), file) : 0;
        if (file)
            fclose(file);
        if (memmem(words, len, secret, strlen(secret)))
            fail_msg("the password is in %s", all.gl_pathv[n]);
    }
    globfree(&all);
}

/* Started with all that it can tell, the password by a variable. */
static process *start_secretly(int goal)
{
    const char *url = cli_text("etcd://%s/shop?lease=2", server_host());
    return cli_start_on_terminal(WORDS("ETCDCTL_USER=app:" SECRET),
                                 WORDS("migrate", "sync", "--allow-rewind", "--allow-destructive",
                                       "--lock-timeout", "30s", "--target", url, "--ref",
                                       commits[goal], "--log-level", "debug", "--format", "json",
                                       "--progress", "always", "--verify"));
}

/* The server forgets it with a restart, or takes it away because of a new password (which is the
 * old one here). */
static void token_is_lost(void **state)
{
    (void)state;
    int inside = 0;
    const char *app = url_of("app", SECRET);
    need_status(cli_run(NULL, SYNC_TO(app, 1)), 0);
    long start = now_ms();
    need_status(cli_run(NULL, SYNC_TO(app, 0)), 0);
    long took = now_ms() - start;
    for (int n = 0; n < 4; n++) {
        int goal = (n + 1) % 2;
        process *p = start_secretly(goal);
        usleep((useconds_t)(took * 1000 * (n + 1) / 6));
        bool paused = process_pause(p);
        inside += paused;
        if (paused)
            need_unseen(SECRET);
        if (n % 2)
            assert_int_equal(server("restart", "", NULL), 0);
        else
            do_api("auth/user/changepw", "{\"name\":\"app\",\"password\":\"" SECRET "\"}");
        process_signal(p, SIGCONT);
        const process_result *got = cli_wait(p);
        need_status(got, 0);
        need_silent(got, SECRET);
        got = CLI("migrate", "verify", "--target", app);
        need_status(got, 0);
        need_out(got, cli_text("%.10s", commits[goal]));
        need_silent(got, SECRET);
    }
    assert_true(inside > 0);
    do_api("auth/disable", "{}");
    need_right(0);
}

/* ---- TLS ---- */

/* Two authorities: ours, and one that nobody knows. */
#define CERTIFICATES                                                                           \
    "cd '%s' && new='-newkey rsa:2048 -nodes' && for ca in ca other-ca; do openssl req -x509 " \
    "$new -days 2 -subj /CN=$ca -keyout $ca.key -out $ca.pem || exit 1; done && "              \
    "for n in server client other-client; do case $n in other-*) ca=other-ca ;; *) ca=ca ;; "  \
    "esac && openssl req $new -subj /CN=$n -keyout $n.key -out $n.csr && "                     \
    "echo subjectAltName=IP:127.0.0.1 >$n.ext && openssl x509 -req -days 2 -in $n.csr -CA "    \
    "$ca.pem -CAkey $ca.key -CAcreateserial -extfile $n.ext -out $n.pem || exit 1; done"

static const char *file_in(const char *name)
{
    return cli_text("%s/%s", directory, name);
}

static void need_refused(const char *url, const char *message)
{
    long start = now_ms();
    const process_result *got = cli_run(NULL, SYNC_TO(url, 1));
    need_status(got, 4);
    need_err(got, message);
    assert_true(now_ms() - start < 5000); /* waiting would not help */
}

static void tls(void **state)
{
    (void)state;
    const char *host = server_host();
    assert_int_equal(
        system(cli_text("{ " CERTIFICATES "; } >'%s/openssl.log' 2>&1", directory, directory)), 0);
    assert_int_equal(server("stop", "", NULL), 0);
    assert_int_equal(server("start", directory, NULL), 0);
    const char *bare = cli_text("etcds://%s/shop?lease=2", host);
    const char *ours = cli_text("%s&tls_ca=%s", bare, file_in("ca.pem"));
    const char *pair =
        cli_text("tls_cert=%s&tls_key=%s", file_in("client.pem"), file_in("client.key"));
    const char *whole = cli_text("%s&%s", ours, pair);
    need_status(cli_run(NULL, SYNC_TO(whole, 0)), 0);
    need_status(CLI("migrate", "verify", "--target", whole), 0);
    /* The server is not who it should be. */
    need_refused(cli_text("%s&%s", bare, pair), "tls_ca=FILE");
    need_refused(cli_text("%s&%s&tls_ca=%s", bare, pair, file_in("other-ca.pem")), "tls_ca=FILE");
    need_refused(cli_text("%s&%s&tls_ca=%s", bare, pair, file_in("none.pem")), "tls_ca=");
    need_refused(cli_text("etcds://localhost%s/shop?lease=2&tls_ca=%s&%s", strchr(host, ':'),
                          file_in("ca.pem"), pair),
                 "as the certificate names it");
    /* Neither are we. */
    need_refused(ours, "?tls_cert=FILE");
    need_refused(cli_text("%s&tls_cert=%s&tls_key=%s", ours, file_in("other-client.pem"),
                          file_in("other-client.key")),
                 "?tls_cert=FILE");
    /* Without TLS where there is some. */
    const process_result *got =
        cli_run(NULL, SYNC_TO(cli_text("etcd://%s/shop?timeout=1", host), 1));
    need_status(got, 4);
    need_err(got, "etcd");
    /* As etcdctl is told it. */
    const char *const variables[] = {cli_text("ETCDCTL_ENDPOINTS=https://%s", host),
                                     cli_text("ETCDCTL_CACERT=%s", file_in("ca.pem")),
                                     cli_text("ETCDCTL_CERT=%s", file_in("client.pem")),
                                     cli_text("ETCDCTL_KEY=%s", file_in("client.key")), NULL};
    need_status(cli_run(variables, SYNC_TO("etcds:///shop?lease=2", 1)), 0);
    got = CLI_WITH(variables, "migrate", "verify", "--target", "etcds:///shop");
    need_status(got, 0);
    need_out(got, cli_text("%.10s", commits[1]));
    assert_int_equal(server("restart", "", NULL), 0);
    need_right(1);
}

/* What the URL says is worth more. */
static void variables_of_etcdctl(void **state)
{
    (void)state;
    const char *endpoints = cli_text("ETCDCTL_ENDPOINTS=127.0.0.1:1,%s", server_host());
    need_status(cli_run(WORDS(endpoints), SYNC_TO("etcd:///shop?lease=2", 0)), 0);
    need_right(0);
    need_status(cli_run(WORDS("ETCDCTL_ENDPOINTS=127.0.0.1:1"), SYNC(1)), 0);
    need_right(1);
    const process_result *got = cli_run(WORDS("ETCDCTL_ENDPOINTS=127.0.0.1:1"),
                                        SYNC_TO("etcd:///shop?lease=2&timeout=1", 0));
    need_status(got, 4);
    need_err(got, "127.0.0.1:1");
}

static void end_server(void)
{
    server("kill", "", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(server_is_stopped_and_started, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(holder_wakes, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(variables_of_etcdctl, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(tls, setup, cli_teardown),
        /* From here on there are users. */
        cmocka_unit_test_setup_teardown(users, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(token_is_lost, setup, cli_teardown),
    };
    directory = temp_dir_new();
    int status = server("start", "", server_url);
    if (status == 0) {
        process_watch(directory, end_server);
        status = cmocka_run_group_tests_name("faults of an etcd server", tests, NULL, NULL);
    }
    end_server();
    temp_dir_free(directory);
    return status;
}
