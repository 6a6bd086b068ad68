/*
 * Targets that cannot be opened or written, and what may be said about them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cli/cli.h"

static const process_result *need_unreachable(const char *target, const char *says)
{
    const process_result *got = CLI("migrate", "sync", "--target", target);
    need_status(got, 4);
    need_err(got, says);
    need_err(got, "hint: ");
    return got;
}

static void not_a_database(void **state)
{
    (void)state;
    char *text = calloc(1, 5001);
    assert_non_null(text);
    memset(text, 'x', 5000);
    write_file(cli_database(), text);
    (void)need_unreachable(FILE_ONLY, "file is not a database");
    assert_string_equal(cli_read(cli_database()), text);
    const process_result *got = CLI("migrate", "status", "--target", FILE_ONLY, "--format", "json");
    need_status(got, 4);
    cJSON *report = need_json(got);
    assert_string_equal(json_text(report, "code"), "UNREACHABLE");
    /* Damaged further inside: the header is right. */
    memcpy(text, "SQLite format 3", 16);
    FILE *file = fopen(cli_database(), "wb");
    assert_non_null(file);
    fwrite(text, 1, 5000, file);
    fclose(file);
    free(text);
    got = CLI("migrate", "sync", "--target", FILE_ONLY);
    need_status(got, 4);
    need_err(got, "hint: ");
}

static void files_in_the_way(void **state)
{
    (void)state;
    assert_int_equal(mkdir(cli_text("%s/dir.db", cli_directory), 0777), 0);
    (void)need_unreachable("sqlite:dir.db", "is not a file");
    write_file(cli_text("%s/file", cli_directory), "x");
    (void)CLI("migrate", "sync", "--target", "sqlite:file/shop.db");
    need_status(CLI("migrate", "sync", "--target", "sqlite:file/shop.db"), 4);
    (void)need_unreachable("sqlite:nowhere/shop.db", "nowhere");
    need_status(CLI("migrate", "sync", "--target", "sqlite:///proc/shop.db"), 4);
    need_status(CLI("migrate", "sync", "--target", "sqlite:///dev/null"), 4);
    /* Only sync creates one. */
    const process_result *got = CLI("migrate", "status", "--target", FILE_ONLY);
    need_status(got, 4);
    need_err(got, "does not exist");
    need_err(got, "hint: the first sync creates it");
    need_status(CLI("migrate", "unlock", "--target", FILE_ONLY), 4);
    assert_int_not_equal(access(cli_database(), F_OK), 0);
}

static void a_relative_target(void **state)
{
    (void)state;
    assert_int_equal(mkdir(cli_text("%s/data", cli_directory), 0777), 0);
    need_status(CLI("migrate", "sync", "--target", "sqlite:data/shop.db"), 0);
    const char *absolute = cli_text("sqlite://%s/data/shop.db", cli_directory);
    need_status(CLI("migrate", "status", "--exit-code", "--target", absolute), 0);
    /* Another name of the same file, percent-encoded. */
    assert_int_equal(symlink("data/shop.db", cli_text("%s/a link.db", cli_directory)), 0);
    need_status(CLI("migrate", "status", "--exit-code", "--target", "sqlite:a%20link.db"), 0);
}

/* Root may write anywhere but on a file system that is read-only. */
static void read_only(void **state)
{
    (void)state;
    const char *place = cli_text("%s/mount", cli_directory);
    assert_int_equal(mkdir(place, 0777), 0);
    if (mount("none", place, "tmpfs", 0, "size=4m") != 0) {
        fprintf(stderr, "SKIPPED: a read-only target: cannot mount: %s\n", strerror(errno));
        skip();
    }
    need_status(CLI("migrate", "sync", "--target", "sqlite:mount/shop.db"), 0);
    assert_int_equal(mount("none", place, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), 0);
    const process_result *sync = CLI("migrate", "sync", "--target", "sqlite:mount/shop.db");
    const process_result *new = CLI("migrate", "sync", "--target", "sqlite:mount/new.db");
    const process_result *unlock = CLI("migrate", "unlock", "--target", "sqlite:mount/shop.db");
    assert_int_equal(umount2(place, MNT_DETACH), 0);
    need_status(sync, 4);
    need_err(sync, "hint: check");
    need_status(new, 4);
    need_err(new, "hint: check");
    assert_true(unlock->status == 0 || unlock->status == 4);
}

static void full_disk(void **state)
{
    (void)state;
    const char *place = cli_text("%s/mount", cli_directory);
    assert_int_equal(mkdir(place, 0777), 0);
    if (mount("none", place, "tmpfs", 0, "size=400k") != 0) {
        fprintf(stderr, "SKIPPED: a full disk: cannot mount: %s\n", strerror(errno));
        skip();
    }
    const char *path = cli_text("%s/shop.db", place);
    const process_result *first = CLI("migrate", "sync", "--target", "sqlite:mount/shop.db");
    char *before = first->status == 0 ? db_dump(path, 1) : strdup("");
    shop_grow(5000);
    const process_result *full = CLI("migrate", "sync", "--target", "sqlite:mount/shop.db");
    char *after = db_dump(path, 1), *sound = db_query(path, "PRAGMA integrity_check");
    int remounted = mount("none", place, "tmpfs", MS_REMOUNT, "size=40m");
    const process_result *again = CLI("migrate", "sync", "--target", "sqlite:mount/shop.db");
    assert_int_equal(umount2(place, MNT_DETACH), 0);
    need_status(first, 0);
    need_status(full, 7);
    need_err(full, "sqlite: database or disk is full");
    need_err(full, "hint: make room on the disk");
    db_assert_equal(after, before, "after a full disk");
    assert_string_equal(sound, "ok");
    assert_int_equal(remounted, 0);
    need_status(again, 0);
    need_out(again, "5000 inserted");
    free(before);
    free(after);
    free(sound);
}

/* The same without a mount: no file may become longer. */
static void a_write_fails(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", FILE_ONLY), 0);
    char *before = db_dump(cli_database(), 1);
    shop_grow(5000);
    const process_result *got =
        cli_limited(200000, WORDS("migrate", "sync", "--target", FILE_ONLY, "--format", "json"));
    char *after = db_dump(cli_database(), 1);
    need_status(got, 7);
    cJSON *report = need_json(got);
    assert_string_equal(json_text(report, "code"), "TARGET");
    db_assert_equal(after, before, "after a failed write");
    need_status(CLI("migrate", "sync", "--target", FILE_ONLY), 0);
    need_value("SELECT count(*) FROM items", "5000");
    free(before);
    free(after);
}

static sqlite3 *writer_of(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return db;
}

/* A program that died in the middle of its transaction: what it had written is still in the file,
 * what was there before is in the journal. Who only looks gets to see that, too. */
static void a_journal_is_left(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", FILE_ONLY), 0);
    char *before = db_dump(cli_database(), 1);
    const char *busy = cli_text("%s/busy.db", cli_directory);
    const char *journal = cli_text("%s-journal", cli_database());
    cli_copy(cli_database(), busy);
    sqlite3 *db = writer_of(busy);
    static const char *const steps[] = {
        "COMMIT",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA cache_size = 1",
        "BEGIN IMMEDIATE",
        "UPDATE brands SET title = 'Lost'",
        "CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 2000) SELECT i, hex(randomblob(100)) AS t FROM n",
    };
    for (size_t n = 0; n < sizeof(steps) / sizeof(steps[0]); n++)
        assert_int_equal(sqlite3_exec(db, steps[n], NULL, NULL, NULL), SQLITE_OK);
    const char *const commands[] = {"status", "unlock", "sync"};
    for (size_t n = 0; n < 3; n++) {
        remove_tree(cli_text("%s-wal", cli_database()));
        remove_tree(cli_text("%s-shm", cli_database()));
        cli_copy(busy, cli_database());
        cli_copy(cli_text("%s-journal", busy), journal);
        const process_result *got = CLI("migrate", commands[n], "--target", FILE_ONLY);
        need_status(got, 0);
        char *after = db_dump(cli_database(), 1);
        db_assert_equal(after, before, commands[n]);
        free(after);
    }
    sqlite3_close(db);
    free(before);
}

/* Another program's transaction is waited for; it is not a run that holds the lock. */
static void another_writer(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", FILE_ONLY), 0);
    char *before = db_dump(cli_database(), 1);
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_commit(shop, "second");
    sqlite3 *db = writer_of(cli_database());
    const process_result *got = CLI("migrate", "sync", "--target", FILE_ONLY "?timeout=0.3");
    need_status(got, 4);
    need_err(got, "sqlite: database is locked");
    need_err(got, "hint: another program is writing");
    char *after = db_dump(cli_database(), 1);
    db_assert_equal(after, before, "after a busy target");
    /* One that ends in time is only waited for. */
    process *p = CLI_START("migrate", "sync", "--target", FILE_ONLY);
    usleep(300000);
    assert_false(process_ended(p));
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    need_status(cli_wait(p), 0);
    need_value("SELECT count(*) FROM brands", "2");
    free(before);
    free(after);
}

/* Whatever is wrong with the URL, its password is said nowhere. */
static void passwords_are_masked(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "oracle://scott:tiger-4711@db.example.com/shop",
        "postgresq://scott:tiger-4711@db/shop?password=tiger-4711",
        "oracle://scott:tiger-4711/@x@db/shop",
        "oracle://:tiger-4711@db",
        "sqlite://scott:tiger-4711@host/shop.db",
        "sqlite:shop.db?token=tiger-4711",
        "oracle://scott:tiger-4711@db/%zz#",
        "scott:tiger-4711@db",
    };
    for (size_t n = 0; n < sizeof(urls) / sizeof(urls[0]); n++) {
        const process_result *got =
            CLI("migrate", "sync", "--target", urls[n], "--log-level", "debug", "--format", "json");
        need_status(got, 2);
        need_silent(got, "tiger-4711");
        got = CLI_WITH(WORDS(cli_text("DATABASE_URL=%s", urls[n])), "migrate", "status");
        need_status(got, 2);
        need_silent(got, "tiger-4711");
        write_file(cli_text("%s/conf.yaml", cli_directory),
                   cli_text("target: live\ntargets:\n  live: \"%s\"\n", urls[n]));
        got = CLI("migrate", "sync", "--config", "conf.yaml");
        need_status(got, 2);
        need_silent(got, "tiger-4711");
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(not_a_database), TEST(files_in_the_way),  TEST(a_relative_target),
        TEST(read_only),      TEST(full_disk),         TEST(a_write_fails),
        TEST(another_writer), TEST(a_journal_is_left), TEST(passwords_are_masked),
    };
    /* What is mounted goes with this program. */
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        fprintf(stderr, "no mounts of its own: %s\n", strerror(errno));
    return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
