/*
 * The law on scripts at database servers, on generated histories: what the engine's own client
 * makes of up is what a sync leaves, what it makes of down is what was there before, whatever
 * others had put there; a script that is not for what the target holds changes nothing; and what
 * `sync --rollback` did can be undone. Skips engines whose server no variable names
 * (tests/servers).
 *
 *     IGD_RANDOM_SEED=17 IGD_RANDOM_COUNT=1 IGD_RANDOM_COMMITS=8 tests/law_test_law_scripts_servers
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka.h"
#include "sync/generate.h"
#include "sync/rehearsed.h"
#include "tests/support/engine.h"
#include "tests/support/process.h"
#include "tests/support/random_source.h"
#include "tests/support/server_dump.h"
#include "tests/support/setting.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

typedef struct trial {
    const engine *engine;
    random_source *source;
    unsigned seed, chance;
    char *dir, *up, *down;
    char *db, *other; /* URLs */
    size_t from, to;
    bool edited;
} trial;

static size_t pick(trial *t, size_t below)
{
    return (size_t)rand_r(&t->chance) % below;
}

/* ---- failures ---- */

static void explain(const trial *t, const char *what)
{
    fprintf(stderr,
            "%s, seed %u: %s%s\n  repository %s\n  files %s\n  from %zu: %s\n    %s\n  to %zu: %s\n"
            "    %s\n",
            t->engine->name, t->seed, what, t->edited ? " (edited)" : "",
            random_source_repo(t->source), t->dir, t->from,
            random_source_commit(t->source, t->from), random_source_log(t->source, t->from), t->to,
            random_source_commit(t->source, t->to), random_source_log(t->source, t->to));
}

/* IGD_KEEP=1 leaves the files where they are. */
static void stop(void)
{
    if (getenv("IGD_KEEP"))
        _exit(1);
    abort();
}

static void need(const trial *t, char *wrong, const char *what)
{
    if (!wrong)
        return;
    explain(t, what);
    fprintf(stderr, "%s\n", wrong);
    stop();
}

static void need_ok(const trial *t, int code, const igd_error *err, const char *what)
{
    if (code == IGD_OK)
        return;
    explain(t, what);
    fprintf(stderr, "%d: %s\n%s\n", code, err->message, err->hint);
    stop();
}

static void need_equal(const trial *t, const char *got, const char *wanted, const char *what)
{
    if (strcmp(got, wanted) == 0)
        return;
    explain(t, what);
    char *left = path_join(t->dir, "got"), *right = path_join(t->dir, "wanted");
    write_file(left, got);
    write_file(right, wanted);
    process_result diff =
        process_run((const char *const[]){"/usr/bin/diff", right, left, NULL}, NULL);
    fprintf(stderr, "%.4000s\n", diff.out);
    stop();
}

/* ---- databases ---- */

static char *dump(const trial *t, const char *url, server_dump_books books)
{
    char *text = NULL;
    need(t, server_dump(t->engine, url, books, &text), "a database cannot be read");
    return text;
}

static void make(const trial *t, const char *url)
{
    need(t, t->engine->drop(url), "a database cannot be dropped");
    need(t, t->engine->create(url), "a database cannot be made");
}

static void copy(const trial *t, const char *from, const char *to)
{
    need(t, t->engine->drop(to), "a database cannot be dropped");
    need(t, t->engine->copy(from, to), "a database cannot be copied");
}

/* ---- runs ---- */

static igd_sync_options options_of(const trial *t, size_t to)
{
    igd_sync_options options = sync_run_options(random_source_commit(t->source, to));
    options.mode = IGD_SYNC_FULL; /* as generate: conflicts are told of alike */
    options.jobs = 1;
    options.run_id = "law";
    return options;
}

typedef struct opening {
    const char *url;
    igd_arena *mem;
    igd_rehearsal rehearsal;
} opening;

static int open_at(void *payload, igd_target **out, igd_error *err)
{
    const opening *at = payload;
    igd_target_config config = {
        .mode = IGD_OPEN_WRITE, .batch_rows = 1000, .run_id = "law", .rehearsal = at->rehearsal};
    int code = igd_url_parse(igd_str_from(at->url), at->mem, &config.url, err);
    return code == IGD_OK ? igd_target_open(&config, out, err) : code;
}

typedef enum kind { SYNC, GENERATE, GENERATE_FROM, ROLLBACK } kind;

/* *written: there are scripts. */
static int run(const trial *t, kind what, const char *url, const igd_sync_options *given,
               bool *written, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = NULL;
    IGD_CLEANUP_PTR(igd_target) igd_target *target = NULL;
    igd_sync_options options = *given;
    igd_script_paths paths = {.up = t->up, .down = t->down, .force = true};
    igd_repo_options where = {.path = random_source_repo(t->source)};
    opening real = {url, mem, IGD_REHEARSE_NOT}, rehearsal = {url, mem, IGD_REHEARSE_COPY};
    igd_sync_result result;
    if (what != SYNC)
        options.scripts = &paths;
    if (what == GENERATE)
        real.rehearsal = IGD_REHEARSE_COPY;
    if (what == GENERATE_FROM)
        real.rehearsal = IGD_REHEARSE_EMPTY;
    int code = igd_repo_open(&where, &repo, err);
    if (code == IGD_OK)
        code = open_at(&real, &target, err);
    if (code != IGD_OK)
        return code;
    const char *from = what == GENERATE_FROM ? random_source_commit(t->source, t->from) : NULL;
    code = what == SYNC ? igd_sync(repo, target, &options, mem, &result, err)
           : what == ROLLBACK
               ? igd_sync_rehearsed(repo, target, &options, open_at, &rehearsal, mem, &result, err)
               : igd_generate(repo, target, &options, from, mem, &result, err);
    *written = paths.written;
    return code;
}

static void sync_to(const trial *t, const char *url, size_t to)
{
    bool written;
    igd_error err = IGD_ERROR_INIT;
    igd_sync_options options = options_of(t, to);
    options.run_id = "before";
    need_ok(t, run(t, SYNC, url, &options, &written, &err), &err, "sync failed");
}

/* ---- scripts in the client ---- */

static process_result client(const trial *t, const char *url, const char *script)
{
    char *command = server_client(t->engine, url, script);
    process_result got = process_run((const char *const[]){"/bin/sh", "-c", command, NULL}, NULL);
    free(command);
    return got;
}

static void run_client(const trial *t, const char *url, const char *script)
{
    process_result got = client(t, url, script);
    const char *wrong = t->engine->dump ? "INGITDB_" : "wrong";
    if (got.status != 0 || strstr(got.out, wrong)) {
        explain(t, script);
        fprintf(stderr, "%d: %s%s\n", got.status, got.out, got.err);
        stop();
    }
    process_result_free(&got);
}

static void need_refused(const trial *t, const char *url, const char *script)
{
    char *before = dump(t, url, DUMP_BOOKS);
    process_result got = client(t, url, script);
    /* The clients of stores go on. */
    if (!t->engine->dump && (got.status == 0 || !strstr(got.err, "the target must hold"))) {
        explain(t, "a script for something else was not refused");
        fprintf(stderr, "%d: %s%s\n", got.status, got.out, got.err);
        stop();
    }
    process_result_free(&got);
    char *after = dump(t, url, DUMP_BOOKS);
    need_equal(t, after, before, "a script that was refused changed something");
    free(before);
    free(after);
}

/* ---- the laws ---- */

/* Brings t->other to the goal by a sync. False when it is refused; then generate is, too. */
static bool sync_other(const trial *t)
{
    bool written;
    igd_error err = IGD_ERROR_INIT, other = IGD_ERROR_INIT;
    igd_sync_options options = options_of(t, t->to);
    int code = run(t, SYNC, t->other, &options, &written, &err);
    if (code == IGD_OK)
        return true;
    if (run(t, GENERATE, t->db, &options, &written, &other) != code) {
        explain(t, "sync is refused, generate is not");
        fprintf(stderr, "sync: %s\ngenerate: %s\n", err.message, other.message);
        stop();
    }
    return false;
}

static void check_scripts(const trial *t)
{
    char *wanted = dump(t, t->other, DUMP_BOOKS_BUT_TIMES);
    char *before = dump(t, t->db, DUMP_BOOKS);
    run_client(t, t->db, t->up);
    char *after = dump(t, t->db, DUMP_BOOKS_BUT_TIMES);
    need_equal(t, after, wanted, "the script leaves something else than a sync");
    if (t->from != t->to)
        need_refused(t, t->db, t->up);
    run_client(t, t->db, t->down);
    char *back = dump(t, t->db, DUMP_BOOKS);
    need_equal(t, back, before, "the rollback leaves something else than what was there");
    if (strstr(before, "ingitdb_sync_state"))
        need_refused(t, t->db, t->down);
    run_client(t, t->db, t->up);
    char *again = dump(t, t->db, DUMP_BOOKS_BUT_TIMES);
    need_equal(t, again, wanted, "up, down and up is not up");
    free(wanted);
    free(before);
    free(after);
    free(back);
    free(again);
}

static void check_pair(const trial *t)
{
    bool written = false;
    igd_error err = IGD_ERROR_INIT;
    copy(t, t->db, t->other);
    char *before = dump(t, t->db, DUMP_BOOKS);
    if (sync_other(t)) {
        igd_sync_options options = options_of(t, t->to);
        need_ok(t, run(t, GENERATE, t->db, &options, &written, &err), &err, "generate failed");
        char *after = dump(t, t->db, DUMP_BOOKS);
        need_equal(t, after, before, "generate changed the target");
        if (written)
            check_scripts(t);
        free(after);
    }
    free(before);
}

/* From git alone: the script fits a target that is at A, whatever this one is. */
static void check_from(trial *t)
{
    bool written = false;
    igd_error err = IGD_ERROR_INIT;
    igd_sync_options options = options_of(t, t->to);
    t->edited = false;
    make(t, t->db);
    sync_to(t, t->db, t->from);
    copy(t, t->db, t->other);
    if (!sync_other(t))
        return;
    need_ok(t, run(t, GENERATE_FROM, t->db, &options, &written, &err), &err,
            "generate --from failed");
    if (!written)
        return;
    char *wanted = dump(t, t->other, DUMP_BOOKS_BUT_TIMES), *before = dump(t, t->db, DUMP_TABLES);
    run_client(t, t->db, t->up);
    char *after = dump(t, t->db, DUMP_BOOKS_BUT_TIMES);
    need_equal(t, after, wanted, "the script from git alone leaves something else than a sync");
    run_client(t, t->db, t->down);
    char *back = dump(t, t->db, DUMP_TABLES);
    need_equal(t, back, before, "its rollback leaves something else than what was there");
    free(wanted);
    free(before);
    free(after);
    free(back);
}

/* A sync that writes its rollback can be undone. */
static void check_rollback(trial *t)
{
    bool written = false;
    igd_error err = IGD_ERROR_INIT;
    igd_sync_options options = options_of(t, t->to);
    options.mode = pick(t, 2) ? IGD_SYNC_FULL : IGD_SYNC_INCREMENTAL;
    copy(t, t->db, t->other);
    char *before = dump(t, t->other, DUMP_BOOKS);
    unlink(t->down);
    int code = run(t, ROLLBACK, t->other, &options, &written, &err);
    if (code == IGD_OK && access(t->down, F_OK) == 0) {
        run_client(t, t->other, t->down);
        char *after = dump(t, t->other, DUMP_BOOKS);
        need_equal(t, after, before, "the rollback of a sync leaves something else");
        free(after);
    } else if (code != IGD_OK && access(t->down, F_OK) == 0) {
        explain(t, "a script is left of a sync that failed");
        stop();
    }
    free(before);
}

static void edit(trial *t)
{
    for (size_t n = pick(t, 6) + 1; n > 0; n--) {
        char *sql = server_edit(t->engine, t->db, (unsigned)rand_r(&t->chance));
        char *wrong = sql ? t->engine->run(t->db, sql, NULL) : NULL; /* may not fit the table */
        free(wrong);
        free(sql);
    }
}

static void check_history(const engine *e, unsigned seed, size_t commits)
{
    trial t = {.engine = e,
               .source = random_source_new(seed, commits),
               .seed = seed,
               .chance = seed,
               .dir = temp_dir_new()};
    char name[64];
    snprintf(name, sizeof(name), "igd_law_%ld_a", (long)getpid());
    t.db = engine_url(e, name);
    name[strlen(name) - 1] = 'b';
    t.other = engine_url(e, name);
    t.up = path_join(t.dir, "up.sql");
    t.down = path_join(t.dir, "down.sql");
    make(&t, t.db);
    check_pair(&t);
    for (size_t n = 0; n < commits; n++) {
        t.from = pick(&t, commits);
        t.to = pick(&t, commits);
        t.edited = pick(&t, 2);
        make(&t, t.db);
        sync_to(&t, t.db, t.from);
        if (t.edited)
            edit(&t);
        check_rollback(&t);
        check_pair(&t);
        check_from(&t);
    }
    need(&t, e->drop(t.db), "a database cannot be dropped");
    need(&t, e->drop(t.other), "a database cannot be dropped");
    free(t.db);
    free(t.other);
    free(t.up);
    free(t.down);
    temp_dir_free(t.dir);
    random_source_free(t.source);
}

static void check_engine(const engine *e)
{
    unsigned seed = (unsigned)test_setting("IGD_RANDOM_SEED", 1);
    size_t count = test_setting("IGD_RANDOM_COUNT", 2);
    size_t commits = test_setting("IGD_RANDOM_COMMITS", 4);
    if (!getenv(e->variable)) {
        fprintf(stderr, "SKIPPED: %s names no server\n", e->variable);
        skip();
    }
    for (size_t n = 0; n < count; n++)
        check_history(e, seed + (unsigned)n, commits);
}

static void on_postgres(void **state)
{
    (void)state;
    check_engine(&engine_postgres);
}

static void on_mariadb(void **state)
{
    (void)state;
    check_engine(&engine_mariadb);
}

static void on_mysql(void **state)
{
    (void)state;
    check_engine(&engine_mysql);
}

static void on_redis(void **state)
{
    (void)state;
    check_engine(&engine_redis);
}

static void on_etcd(void **state)
{
    (void)state;
    check_engine(&engine_etcd);
}

static void on_consul(void **state)
{
    (void)state;
    check_engine(&engine_consul);
}

int main(void)
{
    if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(on_postgres), cmocka_unit_test(on_mariadb),
                                       cmocka_unit_test(on_mysql),    cmocka_unit_test(on_redis),
                                       cmocka_unit_test(on_etcd),     cmocka_unit_test(on_consul)};
    if (!getenv(engine_postgres.variable) && !getenv(engine_mariadb.variable) &&
        !getenv(engine_mysql.variable) && !getenv(engine_redis.variable) &&
        !getenv(engine_etcd.variable) && !getenv(engine_consul.variable))
        return 77;
    return cmocka_run_group_tests_name("law on scripts at servers", tests, NULL, NULL);
}
