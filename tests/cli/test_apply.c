/*
 * apply: scripts are run as a whole or not at all, and only where they fit.
 */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/script_file.h"

#define UP          "up.sql"
#define DOWN        "down.sql"
#define APPLY(file) "migrate", "apply", "--target", TARGET, "--script", file

static const char *second_id;
static const char *first_run; /* of the sync of the first commit */
static const char *first_dump, *second_dump;
static const char *left[3]; /* schema_json of the two tables */

/* ---- a script written by hand ---- */

static const char *ask(const char *database, const char *sql)
{
    char *text = db_query(database, sql);
    const char *kept = cli_text("%s", text);
    free(text);
    return kept;
}

static const char *digest_of(const char *database, const char *table)
{
    return ask(database,
               cli_text("SELECT digest FROM ingitdb_sync_tables WHERE collection = '%s'", table));
}

/* The statements that leave the bookkeeping as another database has it, but for the run. */
static const char *state_like(const char *database, const char *run)
{
    static const char *const tables[] = {"brands", "products"};
    const char *text = cli_text(
        "UPDATE ingitdb_sync_state SET commit_id = '%s', run_id = '%s' WHERE source = 'shop';\n",
        ask(database, "SELECT commit_id FROM ingitdb_sync_state"), run);
    for (int n = 0; n < 2; n++)
        text = cli_text(
            "%s%s;\n", text,
            ask(database, cli_text("SELECT 'UPDATE ingitdb_sync_tables SET commit_id = ''' || "
                                   "commit_id || ''', tree_id = ''' || tree_id || ''', row_count = "
                                   "' || row_count || ', digest = ''' || digest || ''' WHERE "
                                   "collection = ''' || collection || '''' FROM "
                                   "ingitdb_sync_tables WHERE collection = '%s'",
                                   tables[n])));
    return text;
}

static const char *fresh_database(void)
{
    return cli_text("%s/fresh.db", cli_directory);
}

static const char *path_of(const char *name)
{
    return cli_text("%s/%s", cli_directory, name);
}

static const char *guard(const char *commit, const char *run)
{
    return cli_text("CREATE TEMP TABLE guard (ok INTEGER CONSTRAINT \"the target must hold commit "
                    "%.10s\" CHECK (ok = 1));\n"
                    "INSERT INTO guard SELECT count(*) FROM ingitdb_sync_state WHERE commit_id = "
                    "'%s' AND run_id = '%s';\nDROP TABLE temp.guard;\n",
                    commit, commit, run);
}

static script_text up_script(void)
{
    const char *body = cli_text(
        ".bail on\nPRAGMA foreign_keys = ON;\nBEGIN IMMEDIATE;\n%s"
        "-- rows \"brands\": [\"best\"]\n"
        "INSERT INTO \"brands\" (\"id\", \"title\") VALUES ('best', 'Best; ''of'' -- all');\n"
        "-- rows \"products\": [\"anvil\"]\n-- rows \"products\": [\"rope\"]\n"
        "UPDATE \"products\" SET \"title\" = 'Longer rope' WHERE \"id\" = 'rope';\n"
        "/* ; */ %sCOMMIT;\n"
        "SELECT CASE count(*) WHEN 2 THEN 'ok' ELSE 'wrong' END, 'brands' FROM \"brands\";\n",
        guard(shop_first_id, first_run), state_like(fresh_database(), "run-up"));
    return (script_text){.from = shop_first_id,
                         .to = second_id,
                         .run = "run-up",
                         .row_count = 2,
                         .rows = {digest_of(cli_database(), "products")},
                         .left = left,
                         .body = body};
}

static script_text down_script(void)
{
    const char *body =
        cli_text(".bail on\nPRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\n%s"
                 "-- rows \"brands\": [\"acme\"] [\"best\"]\n"
                 "DELETE FROM \"brands\" WHERE \"id\" = 'best';\n"
                 "-- rows \"products\": [\"anvil\"] [\"rope\"]\n"
                 "UPDATE \"products\" SET \"title\" = 'Rope' WHERE \"id\" = 'rope';\n%sCOMMIT;\n",
                 guard(second_id, "run-up"), state_like(cli_database(), first_run));
    return (script_text){.down = true,
                         .from = second_id,
                         .to = shop_first_id,
                         .run = "run-up",
                         .row_count = 4,
                         .rows = {digest_of(fresh_database(), "brands"),
                                  digest_of(fresh_database(), "products")},
                         .left = left,
                         .body = body};
}

/* The script with something else in place of a part of its body. */
static void write_edited(const char *part, const char *instead)
{
    script_text text = up_script();
    const char *at = strstr(text.body, part);
    if (!at)
        fail_msg("no '%s' in the script", part);
    text.body = cli_text("%.*s%s%s", (int)(at - text.body), text.body, instead, at + strlen(part));
    script_file_write(path_of(UP), &text);
}

static const char *dump_of(const char *database)
{
    char *text = db_dump(database, 1);
    const char *kept = cli_text("%s", text);
    free(text);
    return kept;
}

static void need_first(const char *what)
{
    db_assert_equal(dump_of(cli_database()), first_dump, what);
}

static int setup(void **state)
{
    cli_setup(state);
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    repo_put(shop, "brands/$records/best.yaml", "title: \"Best; 'of' -- all\"\n");
    repo_put(shop, "products/$records/rope.yaml", "title: Longer rope\nprice: 3\n");
    second_id = repo_commit(shop, "second");
    need_status(CLI("migrate", "sync", "--target", "sqlite:fresh.db"), 0);
    db_exec(cli_database(), "PRAGMA wal_checkpoint(TRUNCATE)");
    first_run = ask(cli_database(), "SELECT run_id FROM ingitdb_sync_state");
    first_dump = dump_of(cli_database());
    second_dump = dump_of(fresh_database());
    for (int n = 0; n < 2; n++)
        left[n] = ask(fresh_database(), cli_text("SELECT schema_json FROM ingitdb_sync_tables "
                                                 "ORDER BY collection LIMIT 1 OFFSET %d",
                                                 n));
    script_text up = up_script(), down = down_script();
    script_file_write(path_of(UP), &up);
    script_file_write(path_of(DOWN), &down);
    return 0;
}

/* ---- it works ---- */

static void up_is_sync(void **state)
{
    (void)state;
    cJSON *report = need_json(CLI(APPLY(UP), "--verify", "--format", "json"));
    assert_true(cJSON_IsTrue(json_at(report, "applied")));
    assert_true(cJSON_IsTrue(json_at(report, "verified")));
    assert_string_equal(json_text(report, "to"), second_id);
    assert_string_equal(json_text(report, "target.synced_commit"), second_id);
    assert_string_equal(json_text(report, "script.recorded_in"), "schema_migrations");
    assert_string_equal(cJSON_GetArrayItem(json_at(report, "script.answers"), 0)->valuestring,
                        "ok|brands");
    db_assert_equal(dump_of(cli_database()), second_dump, "apply");
    need_value("SELECT id || ' ' || version || ' ' || name || ' ' || status || ' ' || batch || ' ' "
               "|| source || ' ' || length(checksum) FROM schema_migrations",
               cli_text("run-up %s up.sql applied 1 shop 64", second_id));
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    const process_result *got = CLI("migrate", "sync", "--target", TARGET);
    need_status(got, 0);
    need_out(got, "nothing to do");
}

static void twice_is_once(void **state)
{
    (void)state;
    need_status(CLI(APPLY(UP)), 0);
    const process_result *got = CLI(APPLY(UP));
    need_status(got, 0);
    need_out(got, "already applied");
    need_value("SELECT count(*) FROM schema_migrations", "1");
    db_assert_equal(dump_of(cli_database()), second_dump, "twice");
}

static void down_restores(void **state)
{
    (void)state;
    const process_result *got = CLI(APPLY(DOWN));
    need_status(got, 0);
    need_out(got, "already applied");
    for (int n = 0; n < 2; n++) {
        need_status(CLI(APPLY(UP)), 0);
        got = CLI(APPLY(DOWN));
        need_status(got, 0);
        need_out(got, "rolled back");
        need_first("down");
        need_value("SELECT run_id FROM ingitdb_sync_state", first_run);
        need_value("SELECT status || length(rollback_checksum) || count(*) FROM schema_migrations",
                   "rolled_back641");
    }
}

/* The engine's own client does the same. */
static void client_is_apply(void **state)
{
    (void)state;
    const char *const *words =
        WORDS("/bin/sh", "-c", "sqlite3 \"$1\" < \"$2\"", "sh", cli_database(), path_of(UP));
    process_result got = process_run(words, NULL);
    need_status(&got, 0);
    assert_string_equal(got.out, "ok|brands\n");
    process_result_free(&got);
    db_assert_equal(dump_of(cli_database()), second_dump, "sqlite3");
    const process_result *again = CLI(APPLY(UP));
    need_status(again, 0);
    need_out(again, "already applied");
    got = process_run(words, NULL);
    assert_int_not_equal(got.status, 0);
    assert_non_null(strstr(got.err, "the target must hold commit"));
    process_result_free(&got);
    db_assert_equal(dump_of(cli_database()), second_dump, "sqlite3 again");
    need_status(CLI(APPLY(DOWN)), 0);
    need_first("down");
    need_value("SELECT status FROM schema_migrations", "rolled_back");
}

static void without_a_repository(void **state)
{
    (void)state;
    cli_source = "/";
    need_status(CLI(APPLY(UP), "--verify"), 2);
    need_first("no repository");
    need_status(CLI(APPLY(UP)), 0);
    db_assert_equal(dump_of(cli_database()), second_dump, "no repository");
}

/* Of a file; free() it. */
static char *bytes_of(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct stat info;
    assert_int_equal(fstat(fileno(file), &info), 0);
    *len = (size_t)info.st_size;
    char *bytes = malloc(*len + 1);
    assert_int_equal(fread(bytes, 1, *len, file), *len);
    fclose(file);
    return bytes;
}

static void dry_run_writes_nothing(void **state)
{
    (void)state;
    static const char *const forms[] = {"--dry-run", "--dry-run=plan", "--dry-run=execute"};
    size_t before_len, after_len;
    char *before = bytes_of(cli_database(), &before_len);
    for (int n = 0; n < 3; n++) {
        const process_result *got = CLI(APPLY(UP), forms[n], "--verify");
        need_status(got, 0);
        need_out(got, "a dry run");
        char *after = bytes_of(cli_database(), &after_len);
        assert_int_equal(after_len, before_len);
        assert_memory_equal(after, before, before_len);
        free(after);
    }
    free(before);
    write_edited("UPDATE \"products\"", "UPDATE \"no_products\"");
    need_status(CLI(APPLY(UP), "--dry-run"), 7);
    need_first("a dry run that fails");
}

/* ---- it is refused ---- */

static void wrong_base(void **state)
{
    (void)state;
    const process_result *got =
        CLI("migrate", "apply", "--target", "sqlite:none.db", "--script", UP);
    need_status(got, 5);
    need_err(got, "holds nothing");
    assert_int_not_equal(access(path_of("none.db"), F_OK), 0);
    repo_put(shop, "brands/$records/third.yaml", "title: Third\n");
    const char *third = repo_commit(shop, "third");
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    cJSON *report = need_json(CLI(APPLY(UP), "--format", "json"));
    assert_string_equal(json_text(report, "code"), "STALE_BASE");
    assert_non_null(strstr(json_text(report, "error.message"), shop_first_id));
    assert_non_null(strstr(json_text(report, "error.message"), third));
    need_status(CLI(APPLY(DOWN)), 5);
    need_value("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'", "0");
}

/* The same commit, but another run has been there. */
static void down_of_another_run(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    const process_result *got = CLI(APPLY(DOWN));
    need_status(got, 5);
    need_err(got, "of another run");
    db_assert_equal(dump_of(cli_database()), second_dump, "another run");
}

static void rows_that_changed(void **state)
{
    (void)state;
    static const struct {
        const char *edit, *undo;
    } edits[] = {
        {"UPDATE products SET price = 4 WHERE id = 'rope'",
         "UPDATE products SET price = 3 WHERE id = 'rope'"},
        {"INSERT INTO brands VALUES ('best', 'Bestest')", "DELETE FROM brands WHERE id = 'best'"},
        {"ALTER TABLE products ADD COLUMN mine INTEGER; UPDATE products SET mine = 1; UPDATE products SET "
         "title = 'Anvil!' WHERE id = 'anvil'",
         "ALTER TABLE products DROP COLUMN mine; UPDATE products SET title = 'Anvil' WHERE id = "
         "'anvil'"},
    };
    for (size_t n = 0; n < sizeof(edits) / sizeof(edits[0]); n++) {
        db_exec(cli_database(), edits[n].edit);
        const process_result *got = CLI(APPLY(UP));
        need_status(got, 5);
        need_err(got, "rows that the script touches");
        db_exec(cli_database(), edits[n].undo);
        need_first(edits[n].edit);
    }
    /* What is not ours does not count. */
    db_exec(cli_database(),
            "ALTER TABLE products ADD COLUMN mine INTEGER; UPDATE products SET mine = 1");
    need_status(CLI(APPLY(UP)), 0);
}

static void flipped_bytes(void **state)
{
    (void)state;
    size_t len;
    char *bytes = bytes_of(path_of(UP), &len);
    for (size_t at = 0; at < len; at += 61) {
        FILE *file = fopen(path_of("flipped.sql"), "wb");
        bytes[at] ^= 1;
        assert_int_equal(fwrite(bytes, 1, len, file), len);
        bytes[at] ^= 1;
        fclose(file);
        need_status(CLI(APPLY("flipped.sql")), 5);
    }
    free(bytes);
    need_first("flipped bytes");
}

static void failing_statement(void **state)
{
    (void)state;
    write_edited("UPDATE \"products\" SET \"title\" = 'Longer rope'",
                 "UPDATE \"products\" SET \"title\" = NULL");
    cJSON *report = need_json(CLI(APPLY(UP), "--format", "json"));
    assert_string_equal(json_text(report, "code"), "TARGET");
    assert_int_equal((int)json_number(report, "exit"), 7);
    const char *message = json_text(report, "error.message");
    /* The header has 15 lines; then 2 lines that set up, the guard of 3, rows and so on. */
    assert_non_null(strstr(message, "statement 7 in line "));
    assert_non_null(strstr(message, "(UPDATE \"products\" SET \"title\" = NULL"));
    assert_non_null(strstr(message, "NOT NULL constraint failed: products.title"));
    assert_string_equal(json_text(report, "error.place.path"), UP);
    int line = 1;
    const char *text = cli_read(path_of(UP));
    for (const char *at = text; at < strstr(text, "UPDATE \"products\""); at++)
        line += *at == '\n';
    assert_int_equal((int)json_number(report, "error.place.line"), line);
    need_first("a statement that fails");
    need_value("SELECT status FROM schema_migrations WHERE error_message LIKE '%NOT NULL%'",
               "failed");
    need_value("SELECT last_error LIKE '%NOT NULL%' FROM ingitdb_sync_state", "1");
    script_text up = up_script();
    script_file_write(path_of(UP), &up);
    need_status(CLI(APPLY(UP)), 0);
    need_value("SELECT status || count(*) FROM schema_migrations", "applied1");
}

/* A reference that is missing is found at COMMIT. */
static void failing_commit(void **state)
{
    (void)state;
    write_edited("SET \"title\" = 'Longer rope'",
                 "SET \"title\" = 'Longer rope', \"brand\" = 'nobody'");
    const process_result *got = CLI(APPLY(UP));
    need_status(got, 7);
    need_err(got, "COMMIT");
    need_err(got, "FOREIGN KEY");
    need_first("a COMMIT that fails");
}

static void bodies_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *part, *instead, *says;
    } edits[] = {
        {".bail on", ".bail off", "not known"},
        {".bail on", ".bail on\n.read other.sql", "not known"},
        {"COMMIT;", ".bail on\nCOMMIT;", "at the top only"},
        {"COMMIT;", "", "no COMMIT"},
        {"COMMIT;", "ROLLBACK;", "begins or ends a transaction"},
        {"COMMIT;", "BEGIN;COMMIT;", "a second BEGIN"},
        {"PRAGMA foreign_keys = ON;", "DELETE FROM products;", "outside of the transaction"},
        {"PRAGMA foreign_keys = ON;", "SAVEPOINT a;", "begins or ends a transaction"},
        {"PRAGMA foreign_keys = ON;", "COMMIT;", "COMMIT without BEGIN"},
        {"COMMIT;", "SELECT 'no end;", "has no end"},
        {"'run-up'", "'other'", "not leave the target in the state"},
        {"[\"best\"]", "[\"best\", \"x\"]", "cannot be read"},
        {"\"brands\": [\"best\"]", "\"brand\": [\"best\"]", "does not record"},
    };
    for (size_t n = 0; n < sizeof(edits) / sizeof(edits[0]); n++) {
        write_edited(edits[n].part, edits[n].instead);
        const process_result *got = CLI(APPLY(UP));
        if (got->status != 5 || !strstr(got->err, edits[n].says))
            fail_msg("'%s': %d\n%s", edits[n].instead, got->status, got->err);
        need_first(edits[n].instead);
    }
}

/* Too late to undo, and said so. */
static void writes_behind_commit(void **state)
{
    (void)state;
    write_edited("COMMIT;", "COMMIT; DELETE FROM products;");
    const process_result *got = CLI(APPLY(UP));
    need_status(got, 5);
    need_err(got, "outside of the transaction");
    need_err(got, "is applied and committed");
    db_assert_equal(dump_of(cli_database()), second_dump, "writes behind COMMIT");
}

static void scripts_of_others(void **state)
{
    (void)state;
    script_text other = up_script();
    other.engine = "postgres";
    script_file_write(path_of(UP), &other);
    const process_result *got = CLI(APPLY(UP));
    need_status(got, 2);
    need_err(got, "postgres");
    other = up_script();
    other.source = "garden";
    other.from = other.to = "1111111111111111111111111111111111111111";
    script_file_write(path_of(UP), &other);
    got = CLI(APPLY(UP));
    need_status(got, 2);
    need_err(got, "'garden'");
    need_status(CLI("migrate", "apply", "--target", TARGET), 2);
    need_status(CLI(APPLY("no-such.sql")), 2);
    need_first("scripts of others");
}

static void verify_says_no(void **state)
{
    (void)state;
    write_edited("'Best; ''of'' -- all'", "'Best'");
    const process_result *got = CLI(APPLY(UP), "--verify");
    need_status(got, 1);
    need_err(got, "'brands' (0 missing, 1 different, 0 too many)");
    need_first("verify");
}

static void locked_by_a_sync(void **state)
{
    (void)state;
    script_text up = up_script();
    shop_grow(3000);
    repo_commit(shop, "many");
    process *p = cli_paused_with_lock(WORDS("migrate", "sync", "--target", TARGET));
    const process_result *got = CLI(APPLY(UP));
    need_status(got, 6);
    process_signal(p, SIGCONT);
    need_status(cli_wait(p), 0);
    script_file_write(path_of(UP), &up);
    need_status(CLI(APPLY(UP)), 5);
}

/* ---- schema_migrations ---- */

static void table_of_another_tool(void **state)
{
    (void)state;
    db_exec(cli_database(), "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, dirty "
                            "INTEGER); INSERT INTO schema_migrations VALUES (7, 0)");
    const process_result *got = CLI(APPLY(UP));
    need_status(got, 0);
    need_err(got, "'ingitdb_migrations'");
    need_value("SELECT version || '/' || dirty FROM schema_migrations", "7/0");
    need_value("SELECT status FROM ingitdb_migrations", "applied");
    need_status(CLI(APPLY(DOWN)), 0);
    need_value("SELECT status FROM ingitdb_migrations", "rolled_back");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(up_is_sync),
        TEST(twice_is_once),
        TEST(down_restores),
        TEST(client_is_apply),
        TEST(without_a_repository),
        TEST(dry_run_writes_nothing),
        TEST(wrong_base),
        TEST(down_of_another_run),
        TEST(rows_that_changed),
        TEST(flipped_bytes),
        TEST(failing_statement),
        TEST(failing_commit),
        TEST(bodies_that_are_refused),
        TEST(writes_behind_commit),
        TEST(scripts_of_others),
        TEST(verify_says_no),
        TEST(locked_by_a_sync),
        TEST(table_of_another_tool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
