/*
 * What is refused with 5 unless it is permitted: losing data, going back, tables of others.
 */
#include "tests/cli/cli.h"

static const char *before;

static const char *dump(void)
{
    char *books = db_query(cli_database(), "SELECT count(*) FROM sqlite_schema WHERE name = "
                                           "'ingitdb_sync_tables'");
    char *text = db_dump(cli_database(), *books == '1');
    free(books);
    const char *kept = cli_text("%s", text);
    free(text);
    return kept;
}

static void synced(void)
{
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    before = dump();
}

/* Refused with this code; nothing is written; both reports say so. Returns the hint. */
static const char *need_refused(const char *const *arguments, const char *code)
{
    const process_result *got = cli_run(NULL, arguments);
    need_status(got, 5);
    need_err(got, "error: ");
    need_err(got, "hint: ");
    db_assert_equal(dump(), before, "a refused sync");
    got = cli_run(WORDS("INGITDB_FORMAT=json"), arguments);
    need_status(got, 5);
    cJSON *report = need_json(got);
    assert_string_equal(json_text(report, "code"), code);
    assert_string_equal(json_text(report, "error.code"), code);
    assert_true(json_number(report, "exit") == 5);
    db_assert_equal(dump(), before, "a refused sync");
    return json_text(report, "error.hint");
}

/* The option that a hint asks for, as one word. */
static const char *option_of(const char *hint)
{
    const char *start = strstr(hint, "--allow-");
    if (!start)
        fail_msg("no option in '%s'", hint);
    return cli_text("%.*s", (int)strcspn(start, " "), start);
}

static const char products_definition[] = "record_file:\n"
                                          "  name: \"{key}.yaml\"\n"
                                          "  type: map[string]any\n"
                                          "  format: yaml\n"
                                          "columns:\n"
                                          "  title: {type: string, required: true%s}\n%s%s";

static void define_products(const char *more_title, const char *brand, const char *price)
{
    repo_put(shop, "products/.collection/definition.yaml",
             cli_text(products_definition, more_title, brand, price));
}

#define BRAND "  brand: {type: string, foreign_key: brands}\n"
#define PRICE "  price: {type: float, min_value: 0}\n"

static void need_consent(const char *word)
{
    const char *const sync[] = {"migrate", "sync", "--target", TARGET, NULL};
    const char *option = option_of(need_refused(sync, "DESTRUCTIVE"));
    assert_string_equal(option, cli_text("--allow-destructive=%s", word));
    need_status(CLI("migrate", "sync", "--target", TARGET, option), 0);
    need_out(CLI("migrate", "sync", "--target", TARGET), "nothing to do");
}

static void dropping_a_column(void **state)
{
    (void)state;
    synced();
    define_products("", BRAND, "");
    repo_put(shop, "products/$records/anvil.yaml", "title: Anvil\nbrand: acme\n");
    repo_put(shop, "products/$records/rope.yaml", "title: Rope\n");
    repo_commit(shop, "no prices");
    /* Another loss is permitted: not this one. */
    (void)need_refused(WORDS("migrate", "sync", "--target", TARGET,
                             "--allow-destructive=drop_table,narrow"),
                       "DESTRUCTIVE");
    need_consent("drop_column");
    need_value("SELECT count(*) FROM pragma_table_info('products') WHERE name = 'price'", "0");
    need_value("SELECT title FROM products WHERE id = 'anvil'", "Anvil");
}

static void dropping_a_table(void **state)
{
    (void)state;
    synced();
    repo_put(shop, ".ingitdb/root-collections.yaml", "brands: brands\n");
    repo_commit(shop, "no products");
    need_consent("drop_table");
    need_value("SELECT count(*) FROM sqlite_schema WHERE name = 'products'", "0");
}

static void narrowing(void **state)
{
    (void)state;
    synced();
    define_products(", max_length: 10", BRAND, "  price: {type: int, min_value: 0}\n");
    repo_put(shop, "products/$records/anvil.yaml", "title: Anvil\nbrand: acme\nprice: 9\n");
    repo_commit(shop, "whole prices");
    const char *const sync[] = {"migrate", "sync", "--target", TARGET, NULL};
    const char *option = option_of(need_refused(sync, "DESTRUCTIVE"));
    need_status(CLI("migrate", "sync", "--target", TARGET, option), 0);
    need_value("SELECT typeof(price) FROM products WHERE id = 'anvil'", "integer");
}

/* One consent for several losses: the whole list is printed at once. */
static void all_losses_at_once(void **state)
{
    (void)state;
    synced();
    repo_put(shop, ".ingitdb/root-collections.yaml", "products: products\n");
    define_products("", "", "");
    repo_put(shop, "products/$records/anvil.yaml", "title: Anvil\n");
    repo_put(shop, "products/$records/rope.yaml", "title: Rope\n");
    repo_commit(shop, "much less");
    const char *const sync[] = {"migrate", "sync", "--target", TARGET, NULL};
    const char *option = option_of(need_refused(sync, "DESTRUCTIVE"));
    assert_non_null(strstr(option, "drop_table"));
    assert_non_null(strstr(option, "drop_column"));
    need_status(CLI_WITH(WORDS("INGITDB_ALLOW_DESTRUCTIVE=drop_column"), "migrate", "sync",
                         "--target", TARGET),
                5);
    db_assert_equal(dump(), before, "a refused sync");
    need_status(CLI_WITH(WORDS("INGITDB_ALLOW_DESTRUCTIVE=true"), "migrate", "sync", "--target",
                         TARGET),
                0);
    need_value("SELECT group_concat(name) FROM pragma_table_info('products')", "id,title");
}

static void going_back(void **state)
{
    (void)state;
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    const char *second = repo_commit(shop, "second");
    synced();
    const char *const back[] = {"migrate", "sync", "--target", TARGET, "--ref", "HEAD~1", NULL};
    const char *option = option_of(need_refused(back, "REWIND"));
    assert_string_equal(option, "--allow-rewind");
    const process_result *got = cli_run(NULL, back);
    need_err(got, cli_text("%.10s", shop_first_id));
    need_err(got, cli_text("%.10s", second));
    got = CLI("migrate", "sync", "--target", TARGET, "--ref", "HEAD~1", "--allow-rewind");
    need_status(got, 0);
    need_value("SELECT commit_id FROM ingitdb_sync_state", shop_first_id);
    need_value("SELECT count(*) FROM brands", "1");
    /* A side branch is no descendant either. */
    repo_reset(shop, shop_first_id);
    repo_put(shop, "brands/$records/cheap.yaml", "title: Cheap\n");
    repo_commit(shop, "third");
    synced();
    (void)need_refused(WORDS("migrate", "sync", "--target", TARGET, "--ref", second), "REWIND");
    need_status(CLI_WITH(WORDS("INGITDB_ALLOW_REWIND=1"), "migrate", "sync", "--target", TARGET,
                         "--ref", second),
                0);
    need_value("SELECT group_concat(id) FROM (SELECT id FROM brands ORDER BY id)", "acme,best");
}

/* A history that was rewritten: the last commit is only known to the target. */
static void the_commit_is_gone(void **state)
{
    (void)state;
    synced();
    const char *first = before;
    db_exec(cli_database(), "UPDATE ingitdb_sync_state SET commit_id = "
                            "'1234567890123456789012345678901234567890'; "
                            "UPDATE ingitdb_sync_tables SET commit_id = "
                            "'1234567890123456789012345678901234567890'");
    db_exec(cli_database(), "UPDATE brands SET title = 'edited'");
    const process_result *got = CLI("migrate", "status", "--target", TARGET);
    need_status(got, 0);
    need_out(got, "unknown number of records");
    /* The target itself is compared, and holds what it should afterwards. */
    got = CLI("migrate", "sync", "--target", TARGET);
    need_status(got, 0);
    need_err(got, "1234567890123456789012345678901234567890, which is not in this repository");
    db_assert_equal(dump(), first, "compared in full");
    got = CLI("migrate", "status", "--target", TARGET);
    need_out(got, "up to date");
}

static void tables_of_others(void **state)
{
    (void)state;
    db_exec(cli_database(), "CREATE TABLE notes (id INTEGER PRIMARY KEY, text);"
                            "INSERT INTO notes VALUES (1, 'keep');"
                            "CREATE TABLE Products (sku TEXT PRIMARY KEY) STRICT;"
                            "INSERT INTO Products VALUES ('mine')");
    before = dump();
    (void)need_refused(WORDS("migrate", "sync", "--target", TARGET), "UNOWNED");
    (void)need_refused(WORDS("migrate", "sync", "--target", TARGET, "--allow-destructive"),
                       "UNOWNED");
    need_value("SELECT count(*) FROM sqlite_schema WHERE name IN ('brands', 'products')", "0");
    /* A view of that name is in the way as well. */
    db_exec(cli_database(), "DROP TABLE Products; CREATE VIEW brands AS SELECT 1 AS id");
    before = dump();
    (void)need_refused(WORDS("migrate", "sync", "--target", TARGET), "UNOWNED");
    /* Others are none of our business. */
    db_exec(cli_database(), "DROP VIEW brands");
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    need_value("SELECT text FROM notes", "keep");
}

/* Somebody made a column of the name that a definition declares later. */
static void columns_of_others(void **state)
{
    (void)state;
    synced();
    db_exec(cli_database(),
            "ALTER TABLE brands ADD COLUMN Note TEXT; UPDATE brands SET Note = 'mine'");
    repo_put(shop, "brands/.collection/definition.yaml",
             "record_file: {name: \"{key}.yaml\", type: \"map[string]any\", format: yaml}\n"
             "columns:\n  title: {type: string, required: true}\n  note: {type: string}\n");
    repo_commit(shop, "a note");
    before = dump();
    const char *said = need_refused(WORDS("migrate", "sync", "--target", TARGET), "UNOWNED");
    assert_non_null(strstr(said, "rename or drop the column"));
    (void)need_refused(WORDS("migrate", "sync", "--target", TARGET, "--allow-destructive"),
                       "UNOWNED");
    (void)need_refused(WORDS("migrate", "sync", "--target", TARGET, "--mode", "full"), "UNOWNED");
    (void)need_refused(WORDS("migrate", "sync", "--target", TARGET, "--dry-run"), "UNOWNED");
    db_exec(cli_database(), "ALTER TABLE brands RENAME COLUMN Note TO remark");
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    need_value("SELECT remark FROM brands WHERE id = 'acme'", "mine");
}

/* A slip of the hand: the records are where nobody looks for them. */
static void emptying_a_collection(void **state)
{
    (void)state;
    synced();
    repo_move(shop, "products/$records", "products/records");
    repo_commit(shop, "tidied up");
    before = dump();
    const char *const sync[] = {"migrate", "sync", "--target", TARGET, NULL};
    const char *said = need_refused(sync, "MASS_DELETE");
    assert_non_null(strstr(said, "--allow-destructive=mass_delete"));
    need_status(CLI("migrate", "sync", "--target", TARGET, "--max-delete", "1"), 5);
    need_status(CLI("migrate", "sync", "--target", TARGET, "--max-delete", "100%"), 0);
    need_value("SELECT count(*) FROM products", "0");
}

/* Somebody's trigger changes what is written: nothing of the run is kept. */
static void proven_before_the_commit(void **state)
{
    (void)state;
    synced();
    db_exec(cli_database(), "CREATE TRIGGER shout AFTER INSERT ON brands BEGIN UPDATE brands SET "
                            "title = 'Loud' WHERE id = new.id; END");
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_commit(shop, "second");
    before = dump();
    const process_result *got = CLI("migrate", "sync", "--target", TARGET, "--verify");
    need_status(got, 1);
    need_err(got, "'brands' (0 missing, 1 different, 0 too many)");
    db_assert_equal(dump(), before, "a run that was not proven");
    db_exec(cli_database(), "DROP TRIGGER shout");
    need_status(CLI("migrate", "sync", "--target", TARGET, "--verify"), 0);
    need_value("SELECT title FROM brands WHERE id = 'best'", "Best");
}

static void a_newer_format(void **state)
{
    (void)state;
    synced();
    db_exec(cli_database(), "ALTER TABLE ingitdb_sync_state ADD COLUMN invention TEXT;"
                            "UPDATE ingitdb_sync_state SET format_version = 99");
    before = dump();
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_commit(shop, "second");
    (void)need_refused(WORDS("migrate", "sync", "--target", TARGET), "FORMAT");
    (void)need_refused(WORDS("migrate", "status", "--target", TARGET), "FORMAT");
    need_value("SELECT coalesce(last_error, '') FROM ingitdb_sync_state", "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(dropping_a_column),
        TEST(dropping_a_table),
        TEST(narrowing),
        TEST(all_losses_at_once),
        TEST(going_back),
        TEST(the_commit_is_gone),
        TEST(tables_of_others),
        TEST(columns_of_others),
        TEST(a_newer_format),
        TEST(emptying_a_collection),
        TEST(proven_before_the_commit),
    };
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
