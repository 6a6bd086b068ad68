/*
 * The law on scripts, on generated histories: what `sqlite3 db < up.sql` leaves is what a sync
 * leaves; `sqlite3 db < down.sql` then leaves what was there before, whatever others had put there;
 * and a script that is not for what the target holds changes nothing.
 *
 *     IGD_RANDOM_SEED=17 IGD_RANDOM_COUNT=1 IGD_RANDOM_COMMITS=8 tests/law_test_law_scripts
 */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka.h"
#include "sync/generate.h"
#include "tests/support/db_dump.h"
#include "tests/support/db_full.h"
#include "tests/support/process.h"
#include "tests/support/random_source.h"
#include "tests/support/setting.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

typedef struct trial {
    random_source *source;
    size_t commits;
    unsigned seed, chance;
    char *dir;
    char *db, *other, *up, *down;
    size_t from, to;
    bool edited;
} trial;

static size_t pick(trial *t, size_t below)
{
    return (size_t)rand_r(&t->chance) % below;
}

/* ---- failures ---- */

/* IGD_KEEP=1 leaves the files where they are. */
static void stop(void)
{
    if (getenv("IGD_KEEP"))
        _exit(1);
    abort();
}

static void explain(const trial *t, const char *what)
{
    fprintf(stderr,
            "seed %u: %s%s\n  repository %s\n  files %s\n  from %zu: %s\n    %s\n  to %zu: %s\n"
            "    %s\n",
            t->seed, what, t->edited ? " (edited)" : "", random_source_repo(t->source), t->dir,
            t->from, random_source_commit(t->source, t->from),
            random_source_log(t->source, t->from), t->to, random_source_commit(t->source, t->to),
            random_source_log(t->source, t->to));
}

static void need_equal(const trial *t, const char *got, const char *wanted, const char *what)
{
    if (strcmp(got, wanted) == 0)
        return;
    explain(t, what);
    char *left = path_join(t->dir, "got"), *right = path_join(t->dir, "wanted");
    write_file(left, got);
    write_file(right, wanted);
    if (!getenv("IGD_KEEP"))
        db_assert_equal(got, wanted, what);
    stop();
}

/* ---- the programs ---- */

static process_result client(const char *db, const char *script)
{
    char command[4096];
    snprintf(command, sizeof(command), "exec sqlite3 '%s' < '%s'", db, script);
    return process_run((const char *const[]){"/bin/sh", "-c", command, NULL}, NULL);
}

static void run_client(const trial *t, const char *db, const char *script)
{
    process_result got = client(db, script);
    if (got.status != 0 || strstr(got.out, "wrong")) {
        explain(t, script);
        fprintf(stderr, "%d: %s%s\n", got.status, got.out, got.err);
        stop();
    }
    process_result_free(&got);
}

static void need_refused(const trial *t, const char *db, const char *script)
{
    char *before = db_full(db, 0);
    process_result got = client(db, script);
    if (got.status == 0 || !strstr(got.err, "the target must hold")) {
        explain(t, "a script for something else was not refused");
        fprintf(stderr, "%d: %s%s\n", got.status, got.out, got.err);
        stop();
    }
    process_result_free(&got);
    char *after = db_full(db, 0);
    need_equal(t, after, before, "a script that was refused changed something");
    free(before);
    free(after);
}

static void copy(const char *from, const char *to)
{
    char command[4096];
    remove_tree(to);
    snprintf(command, sizeof(command), "[ ! -e '%s' ] || cp '%s' '%s'", from, from, to);
    process_result got = process_run((const char *const[]){"/bin/sh", "-c", command, NULL}, NULL);
    assert_int_equal(got.status, 0);
    process_result_free(&got);
}

static igd_sync_options options_of(const trial *t)
{
    igd_sync_options options = sync_run_options(random_source_commit(t->source, t->to));
    options.mode = IGD_SYNC_FULL; /* as generate: conflicts are told of alike */
    options.jobs = 1;
    options.run_id = "law";
    return options;
}

static int generate(const trial *t, const char *db, const char *from, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = NULL;
    IGD_CLEANUP_PTR(igd_target) igd_target *target = NULL;
    igd_sync_options options = options_of(t);
    igd_script_paths paths = {.up = t->up, .down = t->down, .force = true};
    igd_repo_options where = {.path = random_source_repo(t->source)};
    igd_target_config config = {.mode = IGD_OPEN_WRITE,
                                .run_id = options.run_id,
                                .rehearsal = from ? IGD_REHEARSE_EMPTY : IGD_REHEARSE_COPY};
    igd_sync_result result;
    options.scripts = &paths;
    int code = igd_repo_open(&where, &repo, err);
    if (code == IGD_OK)
        code = igd_url_parse(igd_arena_printf(mem, "sqlite://%s", db), mem, &config.url, err);
    if (code == IGD_OK)
        code = igd_target_open(&config, &target, err);
    if (code == IGD_OK)
        code = igd_generate(repo, target, &options, from, mem, &result, err);
    if (code == IGD_OK && !paths.written)
        return -1;
    return code;
}

static void sync_to(trial *t, const char *db, size_t to)
{
    sync_run_ok(random_source_repo(t->source), db, random_source_commit(t->source, to));
}

/* ---- what others do ---- */

/* What does not fit the table is left out. */
static void try(sqlite3 *db, char *sql)
{
    sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
}

static int key_columns(sqlite3 *db, const char *table)
{
    sqlite3_stmt *stmt = NULL;
    char *sql = sqlite3_mprintf("SELECT count(*) FROM pragma_table_info(%Q) WHERE pk > 0", table);
    int count = 0;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        count = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    return count;
}

static void edit_table(trial *t, sqlite3 *db, const char *table, int n)
{
    bool noted = pick(t, 2);
    if (noted)
        try(db, sqlite3_mprintf("ALTER TABLE \"%w\" ADD COLUMN note TEXT DEFAULT 'none'", table));
    if (pick(t, 2))
        try(db, sqlite3_mprintf("UPDATE \"%w\" SET note = 'by hand' WHERE random() %% 2", table));
    if (pick(t, 3) == 0)
        try(db, sqlite3_mprintf("CREATE INDEX theirs_%d ON \"%w\" (note)", n, table));
    if (noted && pick(t, 2))
        try(db, sqlite3_mprintf("CREATE TRIGGER touch_%d AFTER UPDATE ON \"%w\" BEGIN UPDATE "
                                "\"%w\" SET note = 'touched' WHERE rowid = NEW.rowid; END",
                                n, table, table));
    if (pick(t, 3) == 0)
        try(db, sqlite3_mprintf("CREATE TRIGGER seen_%d AFTER INSERT ON \"%w\" BEGIN INSERT INTO "
                                "theirs (what) VALUES ('new in %q'); END",
                                n, table, table));
    if (pick(t, 3) == 0)
        try(db, sqlite3_mprintf("CREATE TRIGGER gone_%d AFTER DELETE ON \"%w\" BEGIN INSERT INTO "
                                "theirs (what) VALUES ('gone from %q'); UPDATE counts SET n = n + "
                                "1; END",
                                n, table, table));
    if (pick(t, 3) == 0)
        try(db, sqlite3_mprintf("DELETE FROM \"%w\" WHERE random() %% 4 = 0", table));
    if (pick(t, 3) == 0)
        try(db, sqlite3_mprintf("CREATE VIEW view_%d AS SELECT * FROM \"%w\"", n, table));
    if (key_columns(db, table) == 1 && pick(t, 3) == 0)
        try(db,
            sqlite3_mprintf("CREATE TABLE child_%d (n INTEGER PRIMARY KEY, ref TEXT REFERENCES "
                            "\"%w\" ON DELETE %s, x REAL); INSERT INTO child_%d (ref, x) SELECT "
                            "id, random() / 3.0 FROM \"%w\"",
                            n, table, pick(t, 2) ? "CASCADE" : "SET NULL", n, table));
}

/* A column of ours gets values of other rows. */
static void edit_values(trial *t, sqlite3 *db, const char *table)
{
    char *column = NULL;
    sqlite3_stmt *stmt = NULL;
    char *sql = sqlite3_mprintf("SELECT name FROM pragma_table_info(%Q) WHERE pk = 0 ORDER BY "
                                "random()",
                                table);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        column = sqlite3_mprintf("%s", sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    if (column && pick(t, 2))
        try(db,
            sqlite3_mprintf("UPDATE \"%w\" SET \"%w\" = (SELECT \"%w\" FROM \"%w\" LIMIT 1) WHERE "
                            "random() %% 3 = 0",
                            table, column, column, table));
    sqlite3_free(column);
}

static void edit(trial *t)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    char *names[64];
    size_t count = 0;
    assert_int_equal(sqlite3_open(t->db, &db), SQLITE_OK);
    try(db,
        sqlite3_mprintf("PRAGMA foreign_keys = OFF; CREATE TABLE theirs (id INTEGER PRIMARY KEY, "
                        "what TEXT); CREATE TABLE counts (n INTEGER); INSERT INTO counts VALUES "
                        "(0), (0)"));
    sqlite3_prepare_v2(db, "SELECT table_name FROM ingitdb_sync_tables ORDER BY 1", -1, &stmt,
                       NULL);
    while (sqlite3_step(stmt) == SQLITE_ROW && count < 64)
        names[count++] = sqlite3_mprintf("%s", sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    for (size_t n = 0; n < count; n++) {
        edit_values(t, db, names[n]);
        edit_table(t, db, names[n], (int)n);
        sqlite3_free(names[n]);
    }
    sqlite3_close(db);
}

/* ---- the laws ---- */

/* Brings t->other to the goal by a sync. False when it is refused; then generate is, too. */
static bool sync_other(trial *t)
{
    igd_sync_options options = options_of(t);
    sync_run run = sync_run_into(random_source_repo(t->source), t->other, &options);
    igd_error err = IGD_ERROR_INIT;
    int code = run.code;
    if (code != IGD_OK && generate(t, t->db, NULL, &err) != code) {
        explain(t, "sync is refused, generate is not");
        fprintf(stderr, "sync: %d %s\ngenerate: %d %s\n", (int)run.err.code, run.err.message,
                (int)err.code, err.message);
        stop();
    }
    sync_run_free(&run);
    return code == IGD_OK;
}

static void check_scripts(trial *t)
{
    char *wanted = db_full(t->other, 1), *before = db_full(t->db, 0);
    run_client(t, t->db, t->up);
    char *after = db_full(t->db, 1), *after_all = db_full(t->db, 0);
    need_equal(t, after, wanted, "the script leaves something else than a sync");
    if (t->from != t->to || !*before)
        need_refused(t, t->db, t->up);
    run_client(t, t->db, t->down);
    char *back = db_full(t->db, 0);
    need_equal(t, back, before, "the rollback leaves something else than what was there");
    if (*before)
        need_refused(t, t->db, t->down);
    run_client(t, t->db, t->up);
    char *again = db_full(t->db, 1);
    need_equal(t, again, wanted, "up, down and up is not up");
    free(wanted);
    free(before);
    free(after);
    free(after_all);
    free(back);
    free(again);
}

static void check_pair(trial *t)
{
    igd_error err = IGD_ERROR_INIT;
    copy(t->db, t->other);
    char *before = db_full(t->db, 0);
    if (!sync_other(t)) {
        free(before);
        return;
    }
    int code = generate(t, t->db, NULL, &err);
    char *after = db_full(t->db, 0);
    need_equal(t, after, before, "generate changed the target");
    if (code != IGD_OK && code != -1) {
        explain(t, "generate failed");
        fprintf(stderr, "%d: %s\n", code, err.message);
        stop();
    }
    if (code == IGD_OK)
        check_scripts(t);
    free(before);
    free(after);
}

/* From git alone: the script fits a target that is at A, whatever this one is. */
static void check_from(trial *t)
{
    igd_error err = IGD_ERROR_INIT;
    t->edited = false;
    remove_tree(t->db);
    sync_to(t, t->db, t->from);
    copy(t->db, t->other);
    if (!sync_other(t))
        return;
    int code = generate(t, t->db, random_source_commit(t->source, t->from), &err);
    if (code == -1)
        return;
    if (code != IGD_OK) {
        explain(t, "generate --from failed");
        fprintf(stderr, "%d: %s\n", code, err.message);
        stop();
    }
    char *wanted = db_full(t->other, 1), *before = db_dump(t->db, 1);
    run_client(t, t->db, t->up);
    char *after = db_full(t->db, 1);
    need_equal(t, after, wanted, "the script from git alone leaves something else than a sync");
    run_client(t, t->db, t->down);
    char *back = db_dump(t->db, 1);
    need_equal(t, back, before, "its rollback leaves something else than what was there");
    free(wanted);
    free(before);
    free(after);
    free(back);
}

/* A sync that writes its rollback can be undone. */
static void check_rollback(trial *t)
{
    igd_sync_options options = options_of(t);
    igd_script_paths paths = {.down = t->down, .force = true};
    options.mode = pick(t, 2) ? IGD_SYNC_FULL : IGD_SYNC_INCREMENTAL;
    options.scripts = &paths;
    copy(t->db, t->other);
    char *before = db_full(t->other, 0);
    sync_run run = sync_run_into(random_source_repo(t->source), t->other, &options);
    if (run.code == IGD_OK && paths.written) {
        run_client(t, t->other, t->down);
        char *after = db_full(t->other, 0);
        need_equal(t, after, before, "the rollback of a sync leaves something else");
        free(after);
    } else if (run.code != IGD_OK && paths.written) {
        explain(t, "a script is left of a sync that failed");
        stop();
    }
    sync_run_free(&run);
    free(before);
}

static void check_history(unsigned seed, size_t commits)
{
    trial t = {.source = random_source_new(seed, commits),
               .commits = commits,
               .seed = seed,
               .chance = seed,
               .dir = temp_dir_new()};
    t.db = path_join(t.dir, "target.db");
    t.other = path_join(t.dir, "synced.db");
    t.up = path_join(t.dir, "up.sql");
    t.down = path_join(t.dir, "down.sql");
    t.to = 0;
    check_pair(&t);
    for (size_t n = 0; n < commits; n++) {
        t.from = pick(&t, commits);
        t.to = pick(&t, commits);
        t.edited = pick(&t, 2);
        remove_tree(t.db);
        sync_to(&t, t.db, t.from);
        if (t.edited)
            edit(&t);
        check_rollback(&t);
        check_pair(&t);
        check_from(&t);
    }
    free(t.db);
    free(t.other);
    free(t.up);
    free(t.down);
    temp_dir_free(t.dir);
    random_source_free(t.source);
}

static void random_histories(void **state)
{
    (void)state;
    unsigned seed = (unsigned)test_setting("IGD_RANDOM_SEED", 1);
    size_t count = test_setting("IGD_RANDOM_COUNT", 5);
    size_t commits = test_setting("IGD_RANDOM_COMMITS", 6);
    for (size_t n = 0; n < count; n++)
        check_history(seed + (unsigned)n, commits);
}

int main(void)
{
    /* What a test writes need not outlive the machine, and waiting for disks takes long. */
    if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_histories)};
    return cmocka_run_group_tests_name("law on scripts", tests, NULL, NULL);
}
