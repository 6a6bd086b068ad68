/*
 * The law of held rows in stores: when their collection goes, or its keys change, no row of an
 * invalid record stays behind as if it were somebody else's; one that somebody edited is recorded.
 */
#include "tests/cli/cli.h"
#include "tests/support/database.h"

#define LIST "record_file: {name: all.jsonl, type: '[]map[string]any', format: jsonl}\ncolumns:\n"
#define SYNC(...)                                                                               \
    CLI("migrate", "sync", "--on-invalid", "skip",                                              \
        "--allow-destructive=drop_table,drop_column,narrow,mass_delete,held", "--lock-timeout", \
        "20s", "--target", TARGET, ##__VA_ARGS__)

static repo_builder *source;

/* b is held: it was right, and is not any more. */
static int setup(void **state)
{
    cli_setup(state);
    source = cli_repository(false);
    cli_source = repo_path(source);
    repo_put(source, ".ingitdb/migrate.yaml", "name: held\n");
    repo_put(source, ".ingitdb/root-collections.yaml", "gone: gone\nrest: rest\n");
    repo_put(source, "gone/.collection/definition.yaml",
             LIST "  $ID: {type: string, required: true}\n  n: {type: int}\n"
                  "  code: {type: string}\n");
    repo_put(source, "rest/.collection/definition.yaml",
             LIST "  $ID: {type: string, required: true}\n");
    repo_put(source, "rest/all.jsonl", "{\"$ID\": \"r\"}\n");
    repo_put(source, "gone/all.jsonl",
             "{\"$ID\": \"a\", \"n\": 1, \"code\": \"x\"}\n"
             "{\"$ID\": \"b\", \"n\": 2, \"code\": \"y\"}\n");
    repo_commit(source, "all is right");
    need_status(SYNC(), 0);
    repo_put(source, "gone/all.jsonl",
             "{\"$ID\": \"a\", \"n\": 1, \"code\": \"x\"}\n"
             "{\"$ID\": \"b\", \"n\": \"two\", \"code\": \"y\"}\n");
    repo_commit(source, "b is not");
    need_status(SYNC(), 0);
    need_out(CLI("migrate", "status", "--target", TARGET), "1 row of the target stays");
    return 0;
}

static void need_as_fresh(void)
{
    const char *path = cli_text("%s/fresh.db", cli_directory);
    need_status(CLI("migrate", "sync", "--on-invalid", "skip", "--target", cli_url(path)), 0);
    char *now = database_engine()->dump(cli_url(cli_database()), ENGINE_RECORDS);
    char *fresh = database_engine()->dump(cli_url(path), ENGINE_RECORDS);
    db_assert_equal(now, fresh, "records");
    free(now);
    free(fresh);
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
}

static void need_conflicts(bool some)
{
    char *books = database_engine()->dump(cli_url(cli_database()), ENGINE_BOOKS);
    if ((strstr(books, "by hand") != NULL) != some)
        fail_msg("%s", books);
    free(books);
}

static void drop_collection(void)
{
    repo_put(source, ".ingitdb/root-collections.yaml", "rest: rest\n");
    repo_commit(source, "it goes");
}

static void collection_goes(void **state)
{
    (void)state;
    drop_collection();
    need_status(SYNC(), 0);
    need_as_fresh();
    need_conflicts(false);
}

/* What it was is in the report of conflicts: nobody else has it. */
static void edited_row_goes(void **state)
{
    (void)state;
    const engine *e = database_engine();
    char *prefix = engine_database(cli_url(cli_database()));
    const char *own = strncmp(prefix, "0/", 2) == 0 ? prefix + 2 : prefix;
    e->put(cli_url(cli_database()), cli_text("%s%cgone%cb", own, e->separator, e->separator),
           "{\"code\":\"by hand\",\"id\":\"b\",\"n\":3}");
    free(prefix);
    drop_collection();
    need_status(SYNC(), 0);
    need_as_fresh();
    need_conflicts(true);
}

static void keys_change(void **state)
{
    (void)state;
    repo_put(source, "gone/.collection/definition.yaml",
             "primary_key: [code]\n" LIST "  n: {type: int}\n"
             "  code: {type: string, required: true}\n");
    repo_put(source, "gone/all.jsonl",
             "{\"n\": 1, \"code\": \"x\"}\n{\"n\": \"two\", \"code\": \"y\"}\n");
    repo_commit(source, "other keys");
    need_status(SYNC(), 0);
    need_as_fresh();
    need_conflicts(false);
}

int main(void)
{
    database_need_engine();
    if (!database_engine()->dump) {
        fprintf(stderr, "SKIPPED: %s is no key-value store\n", database_engine()->name);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(collection_goes, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(edited_row_goes, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(keys_change, setup, cli_teardown),
    };
    return cmocka_run_group_tests_name("held rows of a collection that goes", tests, NULL, NULL);
}
