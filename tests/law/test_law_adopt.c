/*
 * The law of taking over, on generated histories: a target that has the tables of one commit, some
 * of them nobody's and damaged, is taken over at another one; from then on it follows git like one
 * that was synced from the start, in all that git knows.
 *
 *     IGD_RANDOM_SEED=17 IGD_RANDOM_COUNT=1 tests/law_test_law_adopt
 */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmocka.h"
#include "tests/support/db_dump.h"
#include "tests/support/random_source.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

#define COMMITS 4

typedef struct world {
    random_source *source;
    unsigned seed, chance;
    char *dir, *path, *fresh;
    size_t refused, done; /* how often */
} world;

static uint64_t setting(const char *name, uint64_t usual)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : usual;
}

static int any(world *w, int below)
{
    return rand_r(&w->chance) % below;
}

/* What it failed on stays, to be looked at. */
#define die(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), abort())

/* ---- somebody else's hands ---- */

static sqlite3 *open_db(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static void run(sqlite3 *db, char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_free(sql);
}

/* Calls back with the first column of each row. */
typedef void each(world *w, sqlite3 *db, const char *text);

static void for_each(world *w, sqlite3 *db, const char *sql, each *callback)
{
    char *texts[64];
    size_t count = 0;
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW && count < 64)
        texts[count++] = strdup((const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    for (size_t n = 0; n < count; n++) {
        callback(w, db, texts[n]);
        free(texts[n]);
    }
}

static void drop_index(world *w, sqlite3 *db, const char *name)
{
    if (any(w, 2))
        run(db, sqlite3_mprintf("DROP INDEX \"%w\"", name));
}

/* Nobody's; without some of its rows, with another value in some. */
static void disown(world *w, sqlite3 *db, const char *table)
{
    if (any(w, 4) == 0)
        return;
    run(db, sqlite3_mprintf("DELETE FROM ingitdb_sync_tables WHERE table_name = %Q", table));
    if (any(w, 2))
        run(db, sqlite3_mprintf("ALTER TABLE \"%w\" ADD COLUMN \"their own\" TEXT", table));
    if (any(w, 2))
        run(db, sqlite3_mprintf("DELETE FROM \"%w\" WHERE abs(random()) %% 3 = 0", table));
    char *column = NULL;
    char *sql = sqlite3_mprintf("SELECT name FROM pragma_table_info(%Q) WHERE pk = 0 AND "
                                "\"notnull\" = 0 ORDER BY random()",
                                table);
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        column = strdup((const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    if (column)
        run(db, sqlite3_mprintf("UPDATE \"%w\" SET \"%w\" = NULL WHERE abs(random()) %% 3 = 0",
                                table, column));
    free(column);
}

static void damage(world *w)
{
    sqlite3 *db = open_db(w->path);
    for_each(w, db, "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'ix_%'",
             drop_index);
    for_each(w, db, "SELECT table_name FROM ingitdb_sync_tables", disown);
    if (any(w, 2)) {
        run(db, sqlite3_mprintf("DELETE FROM ingitdb_sync_tables"));
        run(db, sqlite3_mprintf("DELETE FROM ingitdb_sync_state"));
    }
    sqlite3_close(db);
}

/* ---- syncs ---- */

static void explain(const world *w, const char *what, size_t at, const sync_run *sync)
{
    die("seed %u, commit %zu (%s), %s, %s: %s: %d %s", w->seed, at,
        random_source_log(w->source, at), random_source_repo(w->source), w->path, what, sync->code,
        sync->err.message);
}

/* False: refused, or what others want of the table forbids it; then nothing was changed. */
static bool sync_to(world *w, size_t to, bool adopt)
{
    igd_sync_options options = sync_run_options(random_source_commit(w->source, to));
    options.adopt = adopt;
    options.jobs = 1;
    char *before = access(w->path, F_OK) == 0 ? db_dump(w->path, 0) : strdup("");
    sync_run sync = sync_run_into(random_source_repo(w->source), w->path, &options);
    bool refused =
        sync.code == IGD_E_UNOWNED || sync.code == IGD_E_DESTRUCTIVE || sync.code == IGD_E_TARGET;
    if (sync.code != IGD_OK && !refused)
        explain(w, "it failed", to, &sync);
    if (refused) {
        char *after = db_dump(w->path, 0);
        db_assert_equal(after, before, "a refused sync");
        free(after);
    }
    free(before);
    sync_run_free(&sync);
    return !refused;
}

static void make_fresh(world *w, size_t to)
{
    remove(w->fresh);
    sync_run_ok(random_source_repo(w->source), w->fresh, random_source_commit(w->source, to));
}

/* ---- the laws ---- */

static void need_same_rows(world *w, sqlite3 *db, const char *table)
{
    char *columns = NULL;
    char *sql = sqlite3_mprintf("SELECT group_concat('\"' || replace(name, '\"', '\"\"') || '\"') "
                                "FROM pragma_table_info(%Q)",
                                table);
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    columns = strdup((const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    sql = sqlite3_mprintf("SELECT %s FROM main.\"%w\" EXCEPT SELECT %s FROM got.\"%w\"", columns,
                          table, columns, table);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        die("seed %u: %s", w->seed, sqlite3_errmsg(db));
    if (sqlite3_step(stmt) == SQLITE_ROW)
        die("seed %u, %s, %s: table '%s' lacks row '%s'", w->seed, random_source_repo(w->source),
            w->path, table, sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    free(columns);
}

/* Every row that git knows, and what the bookkeeping says. */
static void need_what_git_knows(world *w, size_t at)
{
    make_fresh(w, at);
    sqlite3 *db = open_db(w->fresh);
    run(db, sqlite3_mprintf("ATTACH %Q AS got", w->path));
    for_each(w, db, "SELECT table_name FROM main.ingitdb_sync_tables", need_same_rows);
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT collection FROM (SELECT collection, row_count, "
                                        "digest, commit_id FROM main.ingitdb_sync_tables EXCEPT "
                                        "SELECT collection, row_count, digest, commit_id FROM "
                                        "got.ingitdb_sync_tables)",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        die("seed %u, %s: the state of '%s' is another", w->seed, w->path,
            sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

/* At the commit that the tables are of, nothing foreign is in them: all of it comes right again. */
static void same_commit(world *w)
{
    size_t at = (size_t)any(w, COMMITS), next = (size_t)any(w, COMMITS);
    remove(w->path);
    assert_true(sync_to(w, at, false));
    damage(w);
    if (!sync_to(w, at, true)) {
        w->refused++;
        return;
    }
    need_what_git_knows(w, at);
    if (sync_to(w, next, false))
        need_what_git_knows(w, next);
    w->done++;
}

/* At another one, what it does not have is foreign and stays, and later commits may want it. */
static void another_commit(world *w)
{
    size_t at = (size_t)any(w, COMMITS);
    remove(w->path);
    assert_true(sync_to(w, at, false));
    damage(w);
    at = (size_t)any(w, COMMITS);
    if (!sync_to(w, at, true)) {
        w->refused++;
        return;
    }
    need_what_git_knows(w, at);
    at = (size_t)any(w, COMMITS);
    if (sync_to(w, at, false))
        need_what_git_knows(w, at);
    w->done++;
}

static void random_targets(void **state)
{
    (void)state;
    unsigned seed = (unsigned)setting("IGD_RANDOM_SEED", 1);
    size_t count = setting("IGD_RANDOM_COUNT", 40), refused = 0, done = 0;
    for (size_t n = 0; n < count; n++) {
        world w = {.source = random_source_new(seed + n, COMMITS),
                   .seed = seed + (unsigned)n,
                   .chance = seed + (unsigned)n,
                   .dir = temp_dir_new()};
        w.path = path_join(w.dir, "got.db");
        w.fresh = path_join(w.dir, "fresh.db");
        for (int times = 0; times < 3; times++) {
            same_commit(&w);
            another_commit(&w);
        }
        refused += w.refused;
        done += w.done;
        free(w.path);
        free(w.fresh);
        temp_dir_free(w.dir);
        random_source_free(w.source);
    }
    print_message("%zu taken over, %zu refused\n", done, refused);
    assert_true(count < 10 || done > refused);
}

int main(void)
{
    /* What a test writes need not outlive the machine, and waiting for disks takes long. */
    if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_targets)};
    return cmocka_run_group_tests_name("law of taking over", tests, NULL, NULL);
}
