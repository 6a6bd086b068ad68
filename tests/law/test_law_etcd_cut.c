/*
 * The network between a run and its etcd is cut: packets are dropped, in network namespaces of this
 * test's own, and nobody is told. The run goes on when they come through again, or ends with 4. One
 * that held the lock on the wrong side of the cut never writes over a newer one.
 *
 * The test starts itself anew in a namespace without any network; its server is in a second one, at
 * the other end of a pair of virtual interfaces. Where that is not permitted, it is skipped.
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/process.h"

#define ITEMS  4000
#define CUTS   4
#define NEAR   "10.77.0.1"
#define FAR    "10.77.0.2"
#define INSIDE "IGD_LAW_CUT_INSIDE"

static char *directory; /* of the server */
static char server_url[256];
static const char *commits[2];
static pid_t far; /* a process in the server's namespace */

/* ---- the network ---- */

static int shell(const char *command)
{
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool is_permitted(void)
{
    return shell("unshare -rn ip link add near type veth peer name far >/dev/null 2>&1 && "
                 "command -v nsenter >/dev/null") == 0;
}

/* A process that does nothing but have a namespace, as long as we live. */
static void make_far(void)
{
    int ready[2];
    char byte = 0;
    if (pipe(ready))
        abort();
    far = fork();
    if (far == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNET) || write(ready[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1)
        abort();
    close(ready[0]);
}

static int make_network(void)
{
    char command[1024];
    make_far();
    snprintf(command, sizeof(command),
             "ip link set lo up && ip link add near type veth peer name far netns %d && "
             "ip addr add " NEAR "/30 dev near && ip link set near up && nsenter -t %d -n sh -c '"
             "ip link set lo up && ip addr add " FAR "/30 dev far && ip link set far up'",
             (int)far, (int)far);
    return shell(command);
}

/* Neither side gets anything of the other one, not even that it is away. */
static void cut(bool off)
{
    assert_int_equal(
        shell(cli_text("nsenter -t %d -n ip link set far %s", (int)far, off ? "down" : "up")), 0);
}

static int server(const char *action, char *url)
{
    char command[1024], line[256] = "";
    snprintf(command, sizeof(command),
             "IGD_ETCD_HOST=" FAR " exec nsenter -t %d -n tests/servers/etcd %s '%s'", (int)far,
             action, directory);
    FILE *out = popen(command, "r");
    while (fgets(line, sizeof(line), out))
        if (url)
            snprintf(url, 256, "%.*s", (int)strcspn(line, "\n"), line);
    int status = pclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- the source ---- */

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

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* From the other commit to this one, which is where the target is then. */
static long measure(int commit)
{
    need_status(cli_run(NULL, SYNC(!commit)), 0);
    long start = now_us();
    need_status(cli_run(NULL, SYNC(commit)), 0);
    return now_us() - start;
}

/* A run that is cut off when a part of the time has passed that it takes. NULL: it was faster. */
static process *start_and_cut(const char *const *arguments, long after)
{
    process *p = cli_start(arguments);
    usleep((useconds_t)after);
    bool inside = process_pause(p);
    cut(true);
    if (inside) {
        process_signal(p, SIGCONT);
        return p;
    }
    cut(false);
    need_status(cli_wait(p), 0);
    return NULL;
}

/* ---- the tests ---- */

static void cut_is_short(void **state)
{
    (void)state;
    int inside = 0;
    long took = measure(0);
    for (int n = 0; n < CUTS; n++) {
        int goal = (n + 1) % 2;
        process *p = start_and_cut(SYNC(goal), took * (n + 1) / (CUTS + 2));
        if (p) {
            inside++;
            usleep(1000000);
            cut(false);
            need_status(cli_wait(p), 0);
        }
        need_right(goal);
    }
    assert_true(inside > 0);
}

static void cut_stays(void **state)
{
    (void)state;
    long took = measure(0);
    process *p = start_and_cut(SYNC_SOON(1), took / 2);
    assert_non_null(p);
    long start = now_us();
    const process_result *got = cli_wait(p);
    fprintf(stderr, "cut off: status %d after %ld ms: %s", got->status, (now_us() - start) / 1000,
            got->err);
    /* One that begins so finds nobody. */
    start = now_us();
    const process_result *next = cli_run(NULL, SYNC_SOON(1));
    long waited = now_us() - start;
    cut(false);
    need_status(got, 4);
    need_err(got, FAR);
    need_err(got, "hint: ");
    need_status(next, 4);
    need_err(next, "hint: ");
    assert_true(waited < 12000000);
    need_status(cli_run(NULL, SYNC(1)), 0);
    need_right(1);
}

/* The program as it runs on the server's side of the cut. */
static const process_result *run_far(const char *const *arguments)
{
    static const char variable[] = "INGITDB_BIN";
    const char *program = cli_text("%s", cli_program()), *wrapper = cli_text("%s/far", directory);
    const char *before = getenv(variable);
    FILE *file = fopen(wrapper, "w");
    fprintf(file, "#!/bin/sh\nexec nsenter -t %d -n '%s' \"$@\"\n", (int)far, program);
    fclose(file);
    assert_int_equal(shell(cli_text("chmod +x '%s'", wrapper)), 0);
    setenv(variable, wrapper, 1);
    const process_result *got = cli_run(NULL, arguments);
    if (before)
        setenv(variable, program, 1);
    else
        unsetenv(variable);
    return got;
}

/* The other one goes back to where the first one came from, so that every value is again what the
 * first one expects. */
static void holder_is_cut_off(void **state)
{
    (void)state;
    int inside = 0;
    long took = measure(0);
    for (int n = 0; n < CUTS; n++) {
        process *p = start_and_cut(SYNC(1), took * (n + 1) / (CUTS + 2));
        if (!p) {
            need_status(cli_run(NULL, SYNC(0)), 0);
            continue;
        }
        inside++;
        const process_result *other = run_far(SYNC(0));
        cut(false);
        need_status(other, 0);
        const process_result *got = cli_wait(p);
        fprintf(stderr, "cut %d: status %d, %s", n, got->status, got->err);
        assert_true(got->status == 0 || (got->status >= 4 && got->status <= 7));
        need_right(got->status == 0);
        need_status(cli_run(NULL, SYNC(0)), 0);
        need_right(0);
    }
    assert_true(inside > 0);
}

static void end_server(void)
{
    char command[512];
    snprintf(command, sizeof(command), "exec tests/servers/etcd kill '%s'", directory);
    (void)shell(command);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cut_is_short, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(cut_stays, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(holder_is_cut_off, setup, cli_teardown),
    };
    if (!getenv(INSIDE)) {
        setenv(INSIDE, "1", 1);
        if (argc > 0 && is_permitted())
            execlp("unshare", "unshare", "-rn", argv[0], (char *)NULL);
        fprintf(stderr, "SKIPPED: network namespaces of one's own are not permitted here\n");
        return 77;
    }
    if (make_network()) {
        fprintf(stderr, "the network cannot be made\n");
        return 1;
    }
    directory = temp_dir_new();
    int status = server("start", server_url);
    if (status == 0) {
        process_watch(directory, end_server);
        status = cmocka_run_group_tests_name("an etcd that is cut off", tests, NULL, NULL);
    }
    end_server();
    kill(far, SIGKILL);
    temp_dir_free(directory);
    return status;
}
