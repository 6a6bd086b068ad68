/*
 * Scripts at database servers, as a user meets them: generate, the engine's own client, apply, sync
 * --rollback. Each test runs on every engine whose server a variable names (tests/servers).
 */
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/engine.h"
#include "tests/support/server_dump.h"

static const engine *const engines[] = {&engine_postgres, &engine_mariadb, &engine_mysql};

static const engine *e;
static char *url; /* of a database of the test's own */

static char *dump(void)
{
    char *text = NULL, *wrong = server_dump(e, url, DUMP_BOOKS, &text);
    if (wrong)
        fail_msg("%s", wrong);
    return text;
}

static void need_same(const char *before)
{
    char *after = dump();
    assert_string_equal(after, before);
    free(after);
}

static void run_sql(const char *sql)
{
    char *wrong = e->run(url, sql, NULL);
    if (wrong)
        fail_msg("%s: %s", sql, wrong);
}

static void need_cell(const char *sql, const char *wanted)
{
    char *got = NULL, *wrong = e->run(url, sql, &got);
    if (wrong || !got || strcmp(got, wanted) != 0)
        fail_msg("%s: %s%s, not %s", sql, wrong ? wrong : "", got ? got : "null", wanted);
    free(got);
}

static void client(const char *script, const char *refusal)
{
    char *command = server_client(e, url, cli_text("%s/%s", cli_directory, script));
    process_result got = process_run(WORDS("/bin/sh", "-c", command), NULL);
    if (refusal) {
        assert_int_not_equal(got.status, 0);
        need_err(&got, refusal);
    } else {
        need_status(&got, 0);
        need_silent(&got, "wrong");
    }
    process_result_free(&got);
    free(command);
}

#define MIGRATE(command, ...) CLI("migrate", command, "--target", url, __VA_ARGS__)

static void on_each(void (*test)(void))
{
    bool any = false;
    for (size_t n = 0; n < sizeof(engines) / sizeof(engines[0]); n++) {
        e = engines[n];
        if (!getenv(e->variable)) {
            fprintf(stderr, "SKIPPED: %s names no server\n", e->variable);
            continue;
        }
        any = true;
        url = engine_url(e, cli_text("igd_cli_%ld", (long)getpid()));
        free(e->drop(url));
        char *wrong = e->create(url);
        if (wrong)
            fail_msg("%s", wrong);
        test();
        repo_reset(shop, shop_first_id);
        free(e->drop(url));
        free(url);
    }
    if (!any)
        skip();
}

static void synced(void)
{
    need_status(MIGRATE("sync", "--quiet"), 0);
}

static void second_commit(void)
{
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_put(shop, "products/$records/rope.yaml", "title: Longer rope\nprice: 3\n");
    repo_delete(shop, "products/$records/anvil.yaml");
    repo_commit(shop, "second");
}

/* The schema changes, too: on some engines the script goes in steps. */
static void third_commit(void)
{
    second_commit();
    repo_put(shop, "tags/.collection/definition.yaml",
             "record_file:\n  name: '{key}.yaml'\n  type: 'map[string]any'\n  format: yaml\n"
             "columns:\n  title: {type: string, required: true}\n  brand: {type: string, "
             "foreign_key: brands}\n  good: {type: bool}\n");
    repo_put(shop, ".ingitdb/root-collections.yaml",
             "brands: brands\nproducts: products\ntags: tags\n");
    repo_put(shop, "tags/$records/red.yaml", "title: Red\nbrand: best\ngood: true\n");
    repo_commit(shop, "third");
}

/* ---- generate ---- */

static void into_nothing(void)
{
    char *before = dump();
    const process_result *got = MIGRATE("generate", "--output", "up.sql", "--force");
    need_status(got, 0);
    need_out(got, "script      up.sql\nrollback    up.down.sql\n");
    need_same(before);
    client("up.sql", NULL);
    need_cell("SELECT count(*) FROM products", "2");
    need_out(MIGRATE("sync", "--mode", "incremental"), "nothing to do");
    need_status(MIGRATE("verify", "--quiet"), 0);
    client("up.sql", "the target must hold nothing of source");
    client("up.down.sql", NULL);
    need_same(before);
    client("up.down.sql", "ingitdb_sync_state"); /* there is no such table */
    free(before);
}

static void generate_into_nothing(void **state)
{
    (void)state;
    on_each(into_nothing);
}

static void for_a_change(void)
{
    synced();
    third_commit();
    char *before = dump();
    need_status(MIGRATE("generate", "--output", "up.sql", "--force"), 0);
    need_same(before);
    client("up.sql", NULL);
    need_cell("SELECT title FROM products WHERE id = 'rope'", "Longer rope");
    need_cell("SELECT count(*) FROM tags", "1");
    need_out(MIGRATE("sync", "--mode", "incremental"), "nothing to do");
    need_status(MIGRATE("verify", "--quiet"), 0);
    client("up.sql", "the target must hold commit");
    client("up.down.sql", NULL);
    need_same(before);
    client("up.down.sql", "the target must hold commit");
    free(before);
}

static void generate_for_a_change(void **state)
{
    (void)state;
    on_each(for_a_change);
}

/* Who may read, and nothing else. */
static void as_a_reader(void)
{
    char scheme[16], user[128], place[192];
    long id = (long)getpid();
    synced();
    third_commit();
    assert_int_equal(sscanf(url, "%15[a-z]://%127[^@]@%191s", scheme, user, place), 3);
    char *database = engine_database(url);
    if (e == &engine_postgres)
        run_sql(
            cli_text("CREATE ROLE igd_reader_%ld LOGIN PASSWORD 'r'; GRANT SELECT ON ALL TABLES "
                     "IN SCHEMA public TO igd_reader_%ld",
                     id, id));
    else
        run_sql(cli_text("CREATE USER igd_reader_%ld IDENTIFIED BY 'r'; GRANT SELECT ON %s.* TO "
                         "igd_reader_%ld",
                         id, database, id));
    char *before = dump();
    const process_result *got =
        CLI("migrate", "generate", "--output", "up.sql", "--force", "--target",
            cli_text("%s://igd_reader_%ld:r@%s", scheme, id, place));
    need_same(before);
    if (e == &engine_postgres)
        run_sql(cli_text("DROP OWNED BY igd_reader_%ld; DROP ROLE igd_reader_%ld", id, id));
    else
        run_sql(cli_text("DROP USER igd_reader_%ld", id));
    need_status(got, 0);
    client("up.sql", NULL);
    need_out(MIGRATE("sync", "--mode", "incremental"), "nothing to do");
    free(before);
    free(database);
}

static void generate_as_a_reader(void **state)
{
    (void)state;
    on_each(as_a_reader);
}

/* Values that end strings, comments and statements, in sessions that are configured otherwise. */
static void hostile_values(void)
{
    static const char record[] =
        "{\"title\": \"a'b\\\"c`d\\\\'; DROP TABLE products; -- /* $$ $a$ \\\\n :x :'y' \\\\\\\\ # "
        "\\u00bf\\\\ \\U0001F600\\n\\t'); \\\\q\"}";
    synced();
    repo_put(shop, "brands/$records/it's.yaml", record);
    repo_commit(shop, "hostile");
    need_status(MIGRATE("generate", "--output", "up.sql", "--force"), 0);
    char *command = server_client(e, url, cli_text("%s/up.sql", cli_directory));
    const char *words = "exec mysql --no-defaults";
    const char *configured =
        e == &engine_postgres
            ? cli_text("export PGOPTIONS='-c standard_conforming_strings=off -c "
                       "backslash_quote=on -c datestyle=SQL,DMY -c timezone=Asia/Tokyo'; %s",
                       command)
            : cli_text("%s --default-character-set=gbk --init-command=\"SET sql_mode = "
                       "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'\" %s",
                       words, command + strlen(words));
    process_result got = process_run(WORDS("/bin/sh", "-c", configured), NULL);
    need_status(&got, 0);
    need_silent(&got, "wrong");
    process_result_free(&got);
    free(command);
    need_cell("SELECT count(*) FROM products", "2");
    need_status(MIGRATE("verify", "--quiet"), 0);
    client("up.down.sql", NULL);
    need_cell("SELECT count(*) FROM brands", "1");
    need_status(MIGRATE("apply", "--script", "up.sql", "--verify"), 0);
}

static void hostile_values_are_data(void **state)
{
    (void)state;
    on_each(hostile_values);
}

/* ---- apply ---- */

static void applied_twice(void)
{
    synced();
    third_commit();
    char *before = dump();
    need_status(MIGRATE("generate", "--output", "up.sql", "--force"), 0);
    need_out(MIGRATE("apply", "--script", "up.sql", "--verify"), "verified");
    need_out(MIGRATE("sync", "--mode", "incremental"), "nothing to do");
    need_out(MIGRATE("apply", "--script", "up.sql"), "already applied");
    need_cell("SELECT status FROM schema_migrations", "applied");
    need_status(MIGRATE("apply", "--script", "up.down.sql"), 0);
    need_cell("SELECT status FROM schema_migrations", "rolled_back");
    need_out(MIGRATE("apply", "--script", "up.down.sql"), "already applied");
    run_sql("DROP TABLE schema_migrations");
    need_same(before);
    free(before);
}

static void apply_twice(void **state)
{
    (void)state;
    on_each(applied_twice);
}

static void row_was_edited(void)
{
    synced();
    third_commit();
    need_status(MIGRATE("generate", "--output", "up.sql", "--force"), 0);
    run_sql("UPDATE products SET price = 4 WHERE id = 'rope'");
    char *before = dump();
    const process_result *got = MIGRATE("apply", "--script", "up.sql");
    need_status(got, 5);
    need_err(got, "rows that the script touches have changed");
    need_same(before);
    free(before);
}

static void apply_to_an_edited_row(void **state)
{
    (void)state;
    on_each(row_was_edited);
}

static void rolled_back_sync(void)
{
    synced();
    third_commit();
    char *before = dump();
    unlink(cli_text("%s/undo.sql", cli_directory));
    const process_result *got = MIGRATE("sync", "--rollback", "undo.sql");
    need_status(got, 0);
    need_out(got, "rollback    undo.sql");
    need_status(MIGRATE("verify", "--quiet"), 0);
    need_status(MIGRATE("sync", "--mode", "full", "--quiet"), 0);
    need_status(MIGRATE("apply", "--script", "undo.sql"), 5); /* another run has been there */
    free(before);
}

static void sync_with_rollback(void **state)
{
    (void)state;
    on_each(rolled_back_sync);
}

/* ---- stopped on the way ---- */

/* The script up to and with its n-th statement. */
static bool cut(int n)
{
    char *text = cli_read(cli_text("%s/up.sql", cli_directory)), *at = text;
    for (; n > 0 && at; n--)
        at = (at = strstr(at, ";\n")) ? at + 2 : NULL;
    if (at) {
        *at = '\0';
        write_file(cli_text("%s/part.sql", cli_directory), text);
    }
    return at != NULL;
}

/* Behind any statement: the script goes on from there, by the client and by apply, and so does a
 * sync. Where it is one transaction, nothing has happened. */
static void stopped(void)
{
    int step = getenv("IGD_STOP_STEP") ? atoi(getenv("IGD_STOP_STEP")) : 9;
    synced();
    third_commit();
    need_status(MIGRATE("generate", "--output", "up.sql", "--force"), 0);
    for (int n = 1; cut(n); n += step) {
        char *command = server_client(e, url, cli_text("%s/part.sql", cli_directory));
        process_result got = process_run(WORDS("/bin/sh", "-c", command), NULL);
        need_status(&got, 0);
        process_result_free(&got);
        free(command);
        if (n % 3 == 0)
            need_status(MIGRATE("sync", "--quiet"), 0);
        else if (n % 3 == 1)
            need_status(MIGRATE("apply", "--script", "up.sql"), 0);
        else
            client("up.sql", NULL);
        need_status(MIGRATE("verify", "--quiet"), 0);
        need_cell("SELECT count(*) FROM tags", "1");
        need_cell("SELECT status FROM ingitdb_sync_state", "synced");
        repo_reset(shop, shop_first_id);
        need_status(MIGRATE("sync", "--quiet", "--allow-rewind", "--allow-destructive"), 0);
        third_commit();
        need_status(MIGRATE("generate", "--output", "up.sql", "--force"), 0);
    }
}

static void scripts_that_were_stopped_go_on(void **state)
{
    (void)state;
    on_each(stopped);
}

int main(void)
{
    bool any = false;
    for (size_t n = 0; n < sizeof(engines) / sizeof(engines[0]); n++)
        any |= getenv(engines[n]->variable) != NULL;
    if (!any) {
        fprintf(stderr, "SKIPPED: no variable names a server\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(generate_into_nothing, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(generate_for_a_change, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(generate_as_a_reader, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(hostile_values_are_data, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(apply_twice, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(apply_to_an_edited_row, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(sync_with_rollback, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(scripts_that_were_stopped_go_on, cli_setup, cli_teardown),
    };
    return cmocka_run_group_tests_name("scripts at servers", tests, NULL, NULL);
}
