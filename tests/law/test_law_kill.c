/*
 * The law under kill -9: whatever instant a sync is killed at, the next one ends in the right
 * state, with nobody repairing anything; also when its goal has moved meanwhile. And whatever
 * instant the server of the database is killed at, the sync itself does so, or the next one.
 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/database.h"
#include "tests/support/process.h"

#define ITEMS   1500
#define COMMITS 4

/* From a state (-1: an empty target) to a commit. */
static const struct {
    int from, to;
    const char *what;
} runs[] = {
    {-1, 0, "the first sync"},      {0, 1, "records only"},   {1, 2, "rebuilds"},
    {2, 3, "a table that is gone"}, {3, 1, "all of it back"},
};

#define RUNS     (sizeof(runs) / sizeof(runs[0]))
#define KILLS    (database_is_file() ? 50 : usual(100, 10))
#define KILLS_OF ((long)KILLS / (long)RUNS)

/* A lock that is a lease outlives who is killed, so that each takes seconds: fewer in a store,
 * unless $IGD_LAW_FULL is set. */
static int usual(int full, int in_store)
{
    const char *wanted = getenv("IGD_LAW_FULL");
    return !database_engine()->dump || (wanted && *wanted) ? full : in_store;
}

static const char *commits[COMMITS];
static char *fresh[COMMITS]; /* what a fresh sync of each leaves */

/* ---- the history ---- */

static void put_file(repo_builder *b, const char *path, void (*line)(FILE *out, int n, int commit),
                     int count, int commit)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    for (int n = 0; n < count; n++)
        line(out, n, commit);
    fclose(out);
    repo_put(b, path, text);
    free(text);
}

static void maker(FILE *out, int n, int commit)
{
    fprintf(out, "{\"$ID\": \"m%02d\", \"title\": \"Maker %d.%d\"}\n", n, n, commit);
}

/* Commit 1 changes every second one and drops every seventh; commit 2 has other columns; from
 * commit 3 on each has a maker. */
static void item(FILE *out, int n, int commit)
{
    if (commit > 0 && n % 7 == 0)
        return;
    fprintf(out, "{\"$ID\": \"i%05d\", \"title\": \"Item %d.%d\"", n, n, n % 2 ? commit : 0);
    if (n % 3 || commit == 3)
        fprintf(out, ", \"maker\": \"m%02d\"", n % 40);
    if (commit < 2)
        fprintf(out, ", \"price\": %d.5, \"note\": \"%0120d\"", n, n);
    else
        fprintf(out, ", \"price\": %d, \"stock\": %d", n, n % 10);
    fputs("}\n", out);
}

static void tag(FILE *out, int n, int commit)
{
    fprintf(out, "{\"$ID\": \"t%03d\", \"item\": \"i%05d\"}\n", n, 7 * (n % 100) + 1 + commit % 2);
}

#define LIST(file)                                                                             \
    "record_file: {name: " file ".jsonl, type: '[]map[string]any', format: jsonl}\ncolumns:\n" \
    "  $ID: {type: string, required: true}\n"

static void put_definitions(repo_builder *b, int commit)
{
    static const char *const items[] = {
        LIST("items") "  title: {type: string}\n  maker: {type: string, foreign_key: makers}\n"
                      "  price: {type: float}\n  note: {type: string}\n",
        LIST("items") "  title: {type: string, required: true, max_length: 40}\n"
                      "  maker: {type: string, foreign_key: makers}\n"
                      "  price: {type: int, min_value: 0}\n  stock: {type: int, required: true}\n",
        LIST("items") "  title: {type: string, required: true}\n"
                      "  maker: {type: string, required: true, foreign_key: makers}\n"
                      "  price: {type: int}\n  stock: {type: int, required: true}\n",
    };
    repo_put(b, "items/.collection/definition.yaml", items[commit < 2 ? 0 : commit - 1]);
    repo_put(b, ".ingitdb/root-collections.yaml",
             commit < 3 ? "makers: makers\nitems: items\ntags: tags\n"
                        : "makers: makers\nitems: items\n");
}

static void make_history(repo_builder *b)
{
    repo_put(b, ".ingitdb/migrate.yaml", "name: killed\n");
    repo_put(b, "makers/.collection/definition.yaml", LIST("makers") "  title: {type: string}\n");
    repo_put(b, "tags/.collection/definition.yaml",
             LIST("tags") "  item: {type: string, foreign_key: items}\n");
    for (int n = 0; n < COMMITS; n++) {
        put_definitions(b, n);
        put_file(b, "makers/makers.jsonl", maker, 40 + n, n);
        put_file(b, "items/items.jsonl", item, ITEMS, n);
        put_file(b, "tags/tags.jsonl", tag, 300, n);
        commits[n] = repo_commit(b, "next");
    }
}

/* ---- databases ---- */

static const char *database_of(int commit)
{
    return cli_text("%s/fresh%d.db", cli_directory, commit);
}

/* The target before a run. What the run before left beside it goes, too. */
static void prepare(int from)
{
    database_remove(cli_database());
    if (from >= 0)
        database_copy(database_of(from), cli_database());
}

#define SYNC(target, commit)                                                                   \
    WORDS("migrate", "sync", "--allow-destructive", "--allow-rewind", "--lock-timeout", "30s", \
          "--target", target, "--ref", commits[commit])

static int setup(void **state)
{
    cli_setup(state);
    repo_builder *b = cli_repository(false);
    make_history(b);
    cli_source = repo_path(b);
    for (int n = 0; n < COMMITS; n++) {
        need_status(cli_run(NULL, SYNC(cli_url(database_of(n)), n)), 0);
        fresh[n] = db_dump(database_of(n), 1);
    }
    return 0;
}

static int teardown(void **state)
{
    for (int n = 0; n < COMMITS; n++)
        free(fresh[n]);
    return cli_teardown(state);
}

static void need_fresh(int commit, const char *what)
{
    char *now = db_dump(cli_database(), 1), *sound;
    db_assert_equal(now, fresh[commit], what);
    free(now);
    if (!database_is_file())
        return;
    sound = db_query(cli_database(), "PRAGMA integrity_check");
    assert_string_equal(sound, "ok");
    free(sound);
}

/* ---- killing ---- */

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* How long a run takes that nobody kills. */
static long measure(size_t run)
{
    prepare(runs[run].from);
    long start = now_us();
    need_status(cli_run(NULL, SYNC(cli_url(cli_database()), runs[run].to)), 0);
    long took = now_us() - start;
    need_fresh(runs[run].to, runs[run].what);
    return took;
}

typedef struct tally {
    int inside;  /* killed before they had ended */
    int locked;  /* of them: while they held the lock */
    int writing; /* of them: with a journal or log beside the file */
} tally;

static void kill_one(size_t run, long after_us, bool moved, tally *seen)
{
    int goal = runs[run].to;
    prepare(runs[run].from);
    process *p = cli_start(SYNC(cli_url(cli_database()), goal));
    usleep((useconds_t)after_us);
    process_signal(p, SIGKILL);
    seen->inside += cli_wait(p)->status == -SIGKILL;
    seen->locked += access(cli_text("%s-ingitdb-lock", cli_database()), F_OK) == 0;
    seen->writing += access(cli_text("%s-journal", cli_database()), F_OK) == 0 ||
                     access(cli_text("%s-wal", cli_database()), F_OK) == 0;
    /* Looking does no harm, and works: what was there before is there. */
    if (runs[run].from >= 0)
        need_status(CLI("migrate", "status", "--target", cli_url(cli_database()), "--ref",
                        commits[goal]),
                    0);
    if (moved)
        goal = (goal + 1) % COMMITS;
    need_status(cli_run(NULL, SYNC(cli_url(cli_database()), goal)), 0);
    need_fresh(goal, cli_text("%s, killed after %ld us", runs[run].what, after_us));
}

static void killed_at_any_instant(void **state)
{
    (void)state;
    unsigned seed = 4711;
    tally seen = {0};
    for (size_t run = 0; run < RUNS; run++) {
        long took = measure(run);
        for (long n = 0; n < KILLS_OF; n++) {
            /* One in each slice of the run, anywhere in it. */
            long slice = took / KILLS_OF;
            kill_one(run, n * slice + rand_r(&seed) % (slice + 1), n % 2, &seen);
        }
    }
    fprintf(stderr, "%d kills: %d inside of the run, %d of them with the lock, %d with a journal\n",
            KILLS, seen.inside, seen.locked, seen.writing);
    assert_true(seen.inside > KILLS / 2);
    assert_true(!database_is_file() || seen.locked > KILLS / 10);
}

/* ---- killing the server ---- */

#define SERVER_KILLS usual(20, 5)

static char *server_directory; /* of a server of this test alone */

static void server(const char *action, char url[256])
{
    char command[1024], line[256] = "";
    snprintf(command, sizeof(command), "exec tests/servers/%s %s '%s'", database_engine()->name,
             action, server_directory);
    FILE *out = popen(command, "r");
    while (fgets(line, sizeof(line), out))
        if (url)
            snprintf(url, 256, "%.*s", (int)strcspn(line, "\n"), line);
    int status = pclose(out);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        exit(77);
    if (status != 0) {
        fprintf(stderr, "%s: status %d\n", command, status);
        abort();
    }
}

static void end_server(void)
{
    server("kill", NULL);
}

static void start_server(void)
{
    char url[256] = "";
    server_directory = temp_dir_new();
    chmod(server_directory, 0711); /* PostgreSQL may have to be somebody else */
    server("start", url);
    process_watch(server_directory, end_server);
    setenv(database_engine()->variable, url, 1);
}

static void kill_server(size_t run, long after_us, int *by_itself)
{
    char what[128];
    prepare(runs[run].from);
    process *p = cli_start(SYNC(cli_url(cli_database()), runs[run].to));
    usleep((useconds_t)after_us);
    server("kill", NULL);
    usleep((useconds_t)(after_us % 300000));
    server("start", NULL);
    const process_result *got = cli_wait(p);
    *by_itself += got->status == 0;
    snprintf(what, sizeof(what), "%s, server killed after %ld us", runs[run].what, after_us);
    if (got->status == 0)
        need_fresh(runs[run].to, what);
    else
        fprintf(stderr, "%s: status %d, %s", what, got->status, got->err);
    need_status(cli_run(NULL, SYNC(cli_url(cli_database()), runs[run].to)), 0);
    need_fresh(runs[run].to, what);
}

static void server_killed_at_any_instant(void **state)
{
    (void)state;
    unsigned seed = 1147;
    int by_itself = 0;
    if (database_is_file())
        return;
    for (size_t run = 0; run < RUNS; run++) {
        long took = measure(run);
        for (size_t n = 0; n < (size_t)SERVER_KILLS / RUNS; n++)
            kill_server(run, rand_r(&seed) % took, &by_itself);
    }
    fprintf(stderr, "%d kills of the server, %d runs went on by themselves\n", SERVER_KILLS,
            by_itself);
    assert_true(by_itself > SERVER_KILLS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_any_instant),
        cmocka_unit_test(server_killed_at_any_instant),
    };
    if (!database_is_file())
        start_server();
    int failed = cmocka_run_group_tests_name("law under kill -9", tests, setup, teardown);
    if (server_directory)
        server("kill", NULL);
    temp_dir_free(server_directory);
    return failed;
}
