/*
 * What is SQLite's alone: names of one file, journal modes, files that are no databases, other
 * writers, and death in the middle of a run.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmocka.h"
#include "targets/sqlite/sqlite.h"

static char directory[64];
static igd_arena *mem;
static igd_error err;

static int setup(void **state IGD_UNUSED)
{
    mem = igd_arena_new();
    strcpy(directory, "/tmp/igd-sqlite-XXXXXX");
    return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int teardown(void **state IGD_UNUSED)
{
    char command[128];
    igd_arena_free(mem);
    snprintf(command, sizeof(command), "rm -rf %s", directory);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static int try_open(const char *url, igd_open_mode mode, igd_target **out)
{
    igd_target_config config = {.mode = mode, .run_id = "run"};
    int rc = igd_url_parse(igd_str_from(url), mem, &config.url, &err);
    return rc ? rc : igd_target_open(&config, out, &err);
}

static igd_target *opened(const char *url, igd_open_mode mode)
{
    igd_target *target = NULL;
    if (try_open(url, mode, &target) != IGD_OK)
        fail_msg("%s: %s", url, err.message);
    return target;
}

static void refused(const char *url, igd_open_mode mode, int code, const char *words)
{
    igd_target *target = NULL;
    assert_int_equal(try_open(url, mode, &target), code);
    if (!strstr(err.message, words))
        fail_msg("%s: %s", url, err.message);
    assert_true(err.hint[0]);
}

static void shell(const char *command)
{
    if (system(command) != 0)
        fail_msg("%s", command);
}

/* Answer of another connection. */
static igd_str ask(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    igd_str found = {0};
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        found = igd_arena_str(mem, igd_sqlite_text(stmt, 0));
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return found;
}

static int commit_state(igd_target *target, const char *run)
{
    igd_state state;
    igd_source_state put = {.source = IGD_STR("demo"), .format_version = IGD_STATE_FORMAT};
    put.run_id = igd_str_from(run);
    int rc = target->driver->state_read(target, mem, &state, &err);
    igd_begin begin = {.source = put.source, .expected = igd_state_source(&state, put.source)};
    if (!rc)
        rc = target->driver->begin(target, &begin, &err);
    return rc ? rc : target->driver->commit(target, &put, &err);
}

static void files_that_are_none(void **state IGD_UNUSED)
{
    shell("echo 'this is not a database, whatever its name says, and long enough' > text.db; "
          "mkdir dir.db");
    refused("sqlite:text.db", IGD_OPEN_WRITE, IGD_E_UNREACHABLE, "text.db");
    refused("sqlite:text.db", IGD_OPEN_READ, IGD_E_UNREACHABLE, "not a database");
    refused("sqlite:dir.db", IGD_OPEN_WRITE, IGD_E_UNREACHABLE, "not a file");
    refused("sqlite:no/such/x.db", IGD_OPEN_WRITE, IGD_E_UNREACHABLE, "no/such/");
    refused("sqlite:missing.db", IGD_OPEN_READ, IGD_E_UNREACHABLE, "does not exist");
    assert_int_not_equal(access("missing.db", F_OK), 0);
    refused("sqlite:", IGD_OPEN_WRITE, IGD_E_CONFIG, "no file");
    refused("sqlite:dir/", IGD_OPEN_WRITE, IGD_E_CONFIG, "no file");
    refused("sqlite://rel.db", IGD_OPEN_WRITE, IGD_E_CONFIG, "no host");
    refused("sqlite::memory:", IGD_OPEN_WRITE, IGD_E_CONFIG, "memory");
    refused("sqlite:x.db?timeout=soon", IGD_OPEN_WRITE, IGD_E_CONFIG, "timeout");
    refused("sqlite:x.db?timeout=-1", IGD_OPEN_WRITE, IGD_E_CONFIG, "timeout");
    refused("sqlite:x.db?timeout=nan", IGD_OPEN_WRITE, IGD_E_CONFIG, "timeout");
    refused("oracle:x", IGD_OPEN_WRITE, IGD_E_CONFIG, "oracle");
    assert_non_null(strstr(err.hint, "sqlite:FILE.db"));
}

static void one_lock_for_all_names(void **state IGD_UNUSED)
{
    static const char *const others[] = {"sqlite:link.db", "sqlite:./sub/../a.db",
                                         "sqlite:sub/up.db", "sqlite:hard.db"};
    shell("mkdir sub; ln -s a.db link.db; ln -s ../a.db sub/up.db");
    igd_target *first = opened("sqlite:a.db", IGD_OPEN_WRITE);
    /* A link to a file that is not there yet. */
    igd_target *second = opened("sqlite:link.db", IGD_OPEN_WRITE);
    assert_int_equal(first->driver->lock(first, 0, &err), IGD_OK);
    assert_int_equal(second->driver->lock(second, 0, &err), IGD_E_LOCKED);
    assert_int_equal(commit_state(first, "r1"), IGD_OK);
    igd_target_close(first);
    igd_target_close(second);
    shell("ln a.db hard.db");
    first = opened("sqlite:a.db", IGD_OPEN_WRITE);
    assert_int_equal(first->driver->lock(first, 0, &err), IGD_OK);
    for (size_t n = 0; n < IGD_COUNT(others); n++) {
        second = opened(others[n], IGD_OPEN_WRITE);
        if (second->driver->lock(second, 0, &err) != IGD_E_LOCKED)
            fail_msg("%s is not locked", others[n]);
        igd_target_close(second);
    }
    igd_target_close(first);
    second = opened("sqlite:hard.db", IGD_OPEN_WRITE);
    assert_int_equal(second->driver->lock(second, 0, &err), IGD_OK);
    igd_target_close(second);
    assert_int_not_equal(access("a.db-ingitdb-lock", F_OK), 0);
}

static void journal_modes(void **state IGD_UNUSED)
{
    igd_target *target = opened("sqlite:new.db", IGD_OPEN_WRITE);
    assert_int_not_equal(access("new.db", F_OK), 0);
    assert_int_equal(target->driver->lock(target, 0, &err), IGD_OK);
    assert_int_equal(commit_state(target, "r1"), IGD_OK);
    igd_target_close(target);
    assert_true(igd_str_is(ask("new.db", "PRAGMA journal_mode"), "wal"));
    ask("old.db", "CREATE TABLE x (y)");
    target = opened("sqlite:old.db", IGD_OPEN_WRITE);
    assert_int_equal(target->driver->lock(target, 0, &err), IGD_OK);
    assert_int_equal(commit_state(target, "r1"), IGD_OK);
    igd_target_close(target);
    assert_true(igd_str_is(ask("old.db", "PRAGMA journal_mode"), "delete"));
    target = opened("sqlite:old.db", IGD_OPEN_READ);
    igd_state found;
    assert_int_equal(target->driver->state_read(target, mem, &found, &err), IGD_OK);
    assert_int_equal(found.count, 1);
    igd_target_close(target);
}

static void another_writer(void **state IGD_UNUSED)
{
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open("a.db", &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "CREATE TABLE x (y); BEGIN IMMEDIATE", NULL, NULL, NULL),
                     SQLITE_OK);
    igd_target *target = opened("sqlite:a.db?timeout=0.05", IGD_OPEN_WRITE);
    assert_int_equal(target->driver->lock(target, 0, &err), IGD_OK);
    assert_int_equal(commit_state(target, "r1"), IGD_E_UNREACHABLE);
    assert_non_null(strstr(err.message, "locked"));
    assert_non_null(strstr(err.hint, "another program"));
    sqlite3_exec(other, "COMMIT", NULL, NULL, NULL);
    assert_int_equal(commit_state(target, "r1"), IGD_OK);
    igd_target_close(target);
    sqlite3_close(other);
}

/* A child that dies inside a transaction with pages on disk, into a fresh and into an old file. */
static void dies(const char *url, bool fresh)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        igd_target *target = NULL;
        igd_begin begin = {.source = IGD_STR("demo")};
        igd_state found;
        bool ok = !try_open(url, IGD_OPEN_WRITE, &target) &&
                  !target->driver->lock(target, 0, &err) &&
                  !target->driver->state_read(target, mem, &found, &err);
        begin.expected = igd_state_source(&found, begin.source);
        ok = ok && !target->driver->begin(target, &begin, &err);
        igd_sql_target *sql = (igd_sql_target *)target;
        ok = ok && !sql->ops->exec(sql,
                                   "PRAGMA cache_size = 10; CREATE TABLE big (x TEXT); WITH "
                                   "RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                                   "LIMIT 20000) INSERT INTO big SELECT hex(zeroblob(100)) FROM n",
                                   &err);
        if (write(fds[1], ok ? "y" : "n", 1) == 1)
            pause();
        _exit(1);
    }
    char byte;
    assert_int_equal(read(fds[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    igd_target *target = opened(url, IGD_OPEN_WRITE);
    assert_int_equal(target->driver->lock(target, 0, &err), IGD_OK);
    igd_state found;
    assert_int_equal(target->driver->state_read(target, mem, &found, &err), IGD_OK);
    assert_int_equal(found.present, !fresh);
    bool exists = true;
    assert_int_equal(igd_sqlite_exists((igd_sql_target *)target, IGD_STR("big"), &exists, &err),
                     IGD_OK);
    assert_false(exists);
    assert_int_equal(commit_state(target, "r2"), IGD_OK);
    igd_target_close(target);
    close(fds[0]);
    close(fds[1]);
}

static void death_leaves_the_old_state(void **state IGD_UNUSED)
{
    dies("sqlite:killed.db", true);
    assert_true(igd_str_is(ask("killed.db", "PRAGMA journal_mode"), "wal"));
    dies("sqlite:killed.db", false);
    assert_true(igd_str_is(ask("killed.db", "PRAGMA integrity_check"), "ok"));
}

static void pragmas_are_restored(void **state IGD_UNUSED)
{
    igd_target *target = opened("sqlite:a.db", IGD_OPEN_WRITE);
    igd_sqlite *it = (igd_sqlite *)target;
    assert_int_equal(target->driver->lock(target, 0, &err), IGD_OK);
    igd_column column = {.name = IGD_STR("id"), .type = {IGD_STRING, IGD_SCALAR, IGD_STRING}};
    igd_table table = {.name = IGD_STR("t"),
                       .collection = IGD_STR("t"),
                       .columns = &column,
                       .column_count = 1,
                       .key_count = 1};
    igd_schema none = {0}, schema = {&table, 1};
    igd_plan plan;
    igd_plan_make(&none, &schema, 0, mem, &plan);
    igd_begin begin = {.source = IGD_STR("demo"), .plan = &plan};
    for (int n = 0; n < 2; n++) {
        int64_t on = -1;
        assert_int_equal(target->driver->begin(target, &begin, &err), IGD_OK);
        igd_sqlite_number(it, "PRAGMA foreign_keys", (igd_str){0}, &on, &err);
        assert_int_equal(on, 0);
        if (n)
            assert_int_equal(target->driver->schema_apply(target, &plan, IGD_PART_EXPAND, &err),
                             IGD_OK);
        target->driver->rollback(target);
        igd_sqlite_number(it, "PRAGMA foreign_keys", (igd_str){0}, &on, &err);
        assert_int_equal(on, 1);
        igd_sqlite_number(it, "PRAGMA legacy_alter_table", (igd_str){0}, &on, &err);
        assert_int_equal(on, 0);
    }
    igd_target_close(target);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(files_that_are_none), TEST(one_lock_for_all_names), TEST(journal_modes),
        TEST(another_writer),      TEST(pragmas_are_restored),   TEST(death_leaves_the_old_state),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
