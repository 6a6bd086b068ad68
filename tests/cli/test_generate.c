/*
 * generate and sync --rollback: scripts that sqlite3 itself runs.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/db_full.h"

static const char *in_directory(const char *name)
{
    return cli_text("%s/%s", cli_directory, name);
}

/* The engine's own client. */
static process_result client(const char *script)
{
    return process_run(WORDS("/bin/sh", "-c", "cd \"$1\" && exec sqlite3 shop.db < \"$2\"", "sh",
                             cli_directory, script),
                       NULL);
}

static void run(const char *script)
{
    process_result got = client(script);
    need_status(&got, 0);
    need_silent(&got, "wrong");
    process_result_free(&got);
}

static void refused(const char *script, const char *says)
{
    char *before = db_full(cli_database(), 0);
    process_result got = client(script);
    assert_int_not_equal(got.status, 0);
    need_err(&got, says);
    process_result_free(&got);
    char *after = db_full(cli_database(), 0);
    assert_string_equal(after, before);
    free(before);
    free(after);
}

static void synced(void)
{
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
}

static void second_commit(void)
{
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_put(shop, "products/$records/rope.yaml", "title: Longer rope\nprice: 3\n");
    repo_commit(shop, "second");
}

static bool exists(const char *name)
{
    return access(in_directory(name), F_OK) == 0;
}

static void into_an_absent_file(void **state)
{
    (void)state;
    const process_result *got =
        CLI("migrate", "generate", "--target", TARGET, "--output", "up.sql");
    need_status(got, 0);
    need_out(got, "script      up.sql\nrollback    up.down.sql\n");
    assert_false(exists("shop.db"));
    run("up.sql");
    need_value("SELECT count(*) FROM products", "2");
    need_out(CLI("migrate", "sync", "--target", TARGET), "nothing to do");
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    refused("up.sql", "the target must hold nothing of source");
    run("up.down.sql");
    need_value("SELECT count(*) FROM sqlite_schema", "0");
}

static void for_a_change(void **state)
{
    (void)state;
    synced();
    db_exec(cli_database(), "ALTER TABLE products ADD COLUMN note TEXT DEFAULT 'mine';"
                            "CREATE TABLE log (what TEXT); CREATE TRIGGER theirs AFTER UPDATE ON "
                            "products BEGIN INSERT INTO log VALUES (OLD.title); END");
    char *before = db_full(cli_database(), 0);
    second_commit();
    const process_result *got =
        CLI("migrate", "generate", "--target", TARGET, "--output", "up.sql");
    need_status(got, 0);
    need_out(got, "1 inserted, 1 updated, 0 deleted");
    char *after = db_full(cli_database(), 0);
    assert_string_equal(after, before);
    const char *script = cli_read(in_directory("up.sql"));
    assert_non_null(strstr(script,
                           "UPDATE \"products\" SET \"title\" = 'Longer rope' WHERE \"id\" = "
                           "'rope';\n"));
    assert_non_null(strstr(script, "-- rows \"products\": [\"rope\"]\n"));
    assert_non_null(strstr(script, cli_text("-- from: %s\n", shop_first_id)));
    run("up.sql");
    need_value("SELECT title FROM products WHERE id = 'rope'", "Longer rope");
    need_value("SELECT count(*) FROM log", "1");
    need_out(CLI("migrate", "sync", "--target", TARGET), "nothing to do");
    refused("up.sql", "the target must hold commit");
    run("up.down.sql");
    free(after);
    after = db_full(cli_database(), 0);
    assert_string_equal(after, before);
    refused("up.down.sql", "the target must hold commit");
    free(before);
    free(after);
}

static void nothing_to_do(void **state)
{
    (void)state;
    synced();
    const process_result *got =
        CLI("migrate", "generate", "--target", TARGET, "--output", "up.sql");
    need_status(got, 0);
    need_out(got, "nothing to do");
    assert_false(exists("up.sql") || exists("up.down.sql"));
    got = CLI("migrate", "generate", "--target", TARGET);
    need_status(got, 0);
    assert_string_equal(got->out, "");
    need_err(got, "nothing to do");
}

static void to_standard_output(void **state)
{
    (void)state;
    const process_result *got = CLI("migrate", "generate", "--target", TARGET);
    need_status(got, 0);
    assert_int_equal(strncmp(got->out, "-- ingitdb migration script 1\n", 30), 0);
    need_err(got, "inserted");
    write_file(in_directory("piped.sql"), got->out);
    run("piped.sql");
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    second_commit();
    got = CLI("migrate", "generate", "--target", TARGET, "--rollback", "undo.sql");
    need_status(got, 0);
    assert_true(exists("undo.sql"));
}

static void existing_files_stay(void **state)
{
    (void)state;
    write_file(in_directory("up.sql"), "mine");
    const process_result *got =
        CLI("migrate", "generate", "--target", TARGET, "--output", "up.sql");
    need_status(got, 2);
    need_err(got, "--force replaces it");
    assert_string_equal(cli_read(in_directory("up.sql")), "mine");
    assert_false(exists("up.down.sql"));
    write_file(in_directory("up.down.sql"), "mine, too");
    need_status(CLI("migrate", "generate", "--target", TARGET, "--output", "up.sql", "--force"), 0);
    run("up.sql");
    run("up.down.sql");
}

static void a_read_only_target(void **state)
{
    (void)state;
    synced();
    second_commit();
    db_exec(cli_database(), "PRAGMA journal_mode = DELETE");
    assert_int_equal(chmod(cli_database(), 0444), 0);
    need_status(CLI("migrate", "generate", "--target", TARGET, "--output", "up.sql"), 0);
    assert_int_equal(chmod(cli_database(), 0644), 0);
    run("up.sql");
}

static void from_git_alone(void **state)
{
    (void)state;
    synced();
    second_commit();
    /* The target's rows do not matter, not even whether there is one. */
    const process_result *got = CLI("migrate", "--from", shop_first_id, "--to", "HEAD", "--target",
                                    "sqlite:not-there.db", "--output-dir", "./migrations/");
    need_status(got, 0);
    assert_false(exists("not-there.db"));
    run(cli_text("migrations/migration.%s_HEAD.sql", shop_first_id));
    need_value("SELECT title FROM products WHERE id = 'rope'", "Longer rope");
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    run(cli_text("migrations/rollback.%s_HEAD.sql", shop_first_id));
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    need_value("SELECT title FROM products WHERE id = 'rope'", "Rope");
    need_status(CLI("migrate", "generate", "--from", "HEAD~1", "--to", "HEAD", "--target", TARGET,
                    "--output-dir", "a", "--output", "b"),
                2);
}

static void plain(void **state)
{
    (void)state;
    synced();
    second_commit();
    need_status(CLI("migrate", "generate", "--target", TARGET, "--plain", "--output", "up.sql"), 0);
    const char *script = cli_read(in_directory("up.sql"));
    static const char *const not_there[] = {".bail", "BEGIN", "COMMIT", "ingitdb_", "-- rows"};
    for (size_t n = 0; n < sizeof(not_there) / sizeof(not_there[0]); n++)
        assert_null(strstr(script, not_there[n]));
    char *before = db_full(cli_database(), 0);
    run("up.sql");
    need_value("SELECT title FROM products WHERE id = 'rope'", "Longer rope");
    run("up.down.sql");
    char *after = db_full(cli_database(), 0);
    assert_string_equal(after, before);
    free(before);
    free(after);
}

static void policies_hold(void **state)
{
    (void)state;
    synced();
    repo_delete(shop, "products/$records/rope.yaml");
    repo_delete(shop, "products/$records/anvil.yaml");
    repo_commit(shop, "less");
    need_status(CLI("migrate", "generate", "--target", TARGET, "--output", "up.sql", "--max-delete",
                    "1"),
                5);
    assert_false(exists("up.sql") || exists("up.down.sql"));
    db_exec(cli_database(), "UPDATE products SET title = 'by hand' WHERE id = 'rope'");
    need_status(CLI("migrate", "generate", "--target", TARGET, "--output", "up.sql",
                    "--allow-destructive", "--on-conflict", "fail"),
                5);
    assert_false(exists("up.sql") || exists("up.down.sql"));
    need_status(CLI("migrate", "generate", "--target", TARGET, "--output", "up.sql",
                    "--allow-destructive"),
                0);
    run("up.sql");
    need_value("SELECT decision FROM ingitdb_sync_conflicts", "deleted");
    run("up.down.sql");
    need_value("SELECT title FROM products WHERE id = 'rope'", "by hand");
    need_value("SELECT count(*) FROM ingitdb_sync_conflicts", "0");
}

/* A statement in the middle fails: the client stops, and nothing of it is there. */
static void a_statement_fails(void **state)
{
    (void)state;
    synced();
    second_commit();
    need_status(CLI("migrate", "generate", "--target", TARGET, "--output", "up.sql"), 0);
    db_exec(cli_database(), "CREATE TRIGGER no BEFORE UPDATE ON products BEGIN SELECT RAISE(ABORT, "
                            "'not today'); END");
    refused("up.sql", "not today");
}

static void sync_with_a_rollback(void **state)
{
    (void)state;
    synced();
    db_exec(cli_database(), "UPDATE products SET title = 'by hand' WHERE id = 'anvil'");
    char *before = db_full(cli_database(), 0);
    repo_put(shop, "products/$records/anvil.yaml", "title: Small anvil\n");
    second_commit();
    need_status(CLI("migrate", "sync", "--target", TARGET, "--dry-run", "--rollback", "undo.sql"),
                2);
    const process_result *got =
        CLI("migrate", "sync", "--target", TARGET, "--rollback", "undo.sql", "--format", "json");
    need_status(got, 0);
    assert_string_equal(json_text(need_json(got), "scripts.down"), "undo.sql");
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    run("undo.sql");
    char *after = db_full(cli_database(), 0);
    assert_string_equal(after, before);
    free(before);
    free(after);
    /* A run that is refused leaves no script. */
    need_status(CLI("migrate", "sync", "--target", TARGET, "--rollback", "other.sql",
                    "--on-conflict", "fail"),
                5);
    assert_false(exists("other.sql"));
    need_status(CLI("migrate", "sync", "--target", TARGET, "--rollback", "undo.sql"), 2);
}

static void as_json(void **state)
{
    (void)state;
    cJSON *report = need_json(
        CLI("migrate", "generate", "--target", TARGET, "--output", "up.sql", "--format", "json"));
    assert_string_equal(json_text(report, "command"), "generate");
    assert_string_equal(json_text(report, "scripts.up"), "up.sql");
    assert_string_equal(json_text(report, "scripts.down"), "up.down.sql");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, cli_setup, cli_teardown)
    const struct CMUnitTest tests[] = {
        CASE(into_an_absent_file),  CASE(for_a_change),
        CASE(nothing_to_do),        CASE(to_standard_output),
        CASE(existing_files_stay),  CASE(a_read_only_target),
        CASE(from_git_alone),       CASE(plain),
        CASE(policies_hold),        CASE(a_statement_fails),
        CASE(sync_with_a_rollback), CASE(as_json),
    };
    return cmocka_run_group_tests_name("generate", tests, NULL, NULL);
}
