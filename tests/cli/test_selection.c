/*
 * --collections and --exclude: what is selected, what happens to the rest, and where the two meet.
 */
#include "tests/cli/cli.h"

#define SYNC(...) CLI("migrate", "sync", "--target", TARGET, __VA_ARGS__)
#define ONLY(...) SYNC("--collections", __VA_ARGS__)

/* Two foreign keys to brands, one to products, and a subcollection. */
static void add_orders(void)
{
    repo_put(shop, ".ingitdb/root-collections.yaml",
             "brands: brands\nproducts: products\nsales.orders: orders\n");
    repo_put(shop, "orders/.collection/definition.yaml",
             "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"
             "columns:\n  product: {type: string, foreign_key: products}\n");
    repo_put(shop, "orders/.collection/subcollections/lines/definition.yaml",
             "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"
             "columns:\n  count: {type: int}\n");
    repo_put(shop, "orders/$records/one.yaml", "product: anvil\n");
    repo_put(shop, "orders/$records/one/lines/$records/a.yaml", "count: 2\n");
    repo_commit(shop, "orders");
}

static void add_brand(const char *key)
{
    repo_put(shop, cli_text("brands/$records/%s.yaml", key), cli_text("title: %s\n", key));
    repo_commit(shop, key);
}

static void need_tables(const char *wanted)
{
    need_value("SELECT coalesce(group_concat(name), '') FROM (SELECT name FROM sqlite_schema WHERE "
               "type = 'table' AND name NOT LIKE 'ingitdb%' AND name NOT LIKE 'sqlite%' ORDER BY "
               "name)",
               wanted);
}

static void need_commits(const char *brands, const char *products, const char *all)
{
    need_value("SELECT commit_id FROM ingitdb_sync_tables WHERE collection = 'brands'", brands);
    need_value("SELECT commit_id FROM ingitdb_sync_tables WHERE collection = 'products'", products);
    need_value("SELECT commit_id FROM ingitdb_sync_state", all);
}

static char *head(void)
{
    return strdup(
        json_text(need_json(CLI("migrate", "validate", "--format", "json")), "source.commit"));
}

/* ---- what is selected ---- */

static void globs_and_ancestors(void **state)
{
    (void)state;
    add_orders();
    need_status(ONLY("*/lines"), 0);
    need_tables("sales_orders,sales_orders_lines");
    need_status(ONLY("b*, *products"), 0);
    need_tables("brands,products,sales_orders,sales_orders_lines");
    remove_tree(cli_database());
    need_status(ONLY("sales.*", "--exclude", "*/*"), 0);
    need_tables("sales_orders");
    remove_tree(cli_database());
    need_status(ONLY("*", "--exclude", "sales.orders"), 0);
    need_tables("brands,products");
    remove_tree(cli_database());
    need_status(ONLY("sales.orders/lines,brands", "--exclude", "sales.*"), 0);
    need_tables("brands");
}

static void unknown_names(void **state)
{
    (void)state;
    add_orders();
    const char *const wrong[][2] = {{"brand", "'brands'"},
                                    {"orders", "'sales.orders'"},
                                    {"lines", "'sales.orders/lines'"},
                                    {"x*", "'products'"}};
    for (size_t n = 0; n < sizeof(wrong) / sizeof(*wrong); n++) {
        const process_result *got = ONLY(wrong[n][0]);
        need_status(got, 2);
        need_err(got, cli_text("'%s' matches no collection", wrong[n][0]));
        need_err(got, wrong[n][1]);
        need_status(SYNC("--exclude", wrong[n][0]), 2);
    }
    const char *const commands[] = {"analyze", "verify", "status"};
    need_status(SYNC("--quiet"), 0);
    for (size_t n = 0; n < 3; n++)
        need_status(CLI("migrate", commands[n], "--target", TARGET, "--collections", "x"), 2);
    need_status(CLI("migrate", "validate", "--collections", "x"), 2);
    need_status(ONLY(""), 2);
    need_status(ONLY(",,"), 2);
    need_status(ONLY("brands", "--exclude", "brands"), 2);
}

static void from_environment_and_file(void **state)
{
    (void)state;
    need_status(CLI_WITH(WORDS("INGITDB_EXCLUDE=products"), "migrate", "sync", "--target", TARGET),
                0);
    need_tables("brands");
    write_file(cli_text("%s/.ingitdb/migrate.yaml", repo_path(shop)), "collections: prod*\n");
    remove_tree(cli_database());
    need_status(SYNC("--quiet"), 0);
    need_tables("products");
}

/* ---- the rest ---- */

static void others_stay_as_they_are(void **state)
{
    (void)state;
    need_status(SYNC("--quiet"), 0);
    db_exec(cli_database(), "UPDATE products SET title = 'Edited'; CREATE TRIGGER no BEFORE UPDATE "
                            "ON products BEGIN SELECT raise(ABORT, 'no'); END");
    repo_put(shop, "products/$records/anvil.yaml", "title: New\nbrand: acme\n");
    repo_put(shop, "products/$records/broken.yaml", "title: [\n");
    add_brand("best");
    char *second = head();
    const process_result *got = ONLY("brands", "--format", "json");
    need_status(got, 0);
    cJSON *report = need_json(got);
    assert_string_equal(json_text(report, "target.synced_commit"), "mixed");
    assert_string_equal(json_text(report, "selection.collections.0"), "brands");
    assert_int_equal(cJSON_GetArraySize(json_at(report, "data.tables")), 1);
    need_commits(second, shop_first_id, "mixed");
    need_value("SELECT group_concat(DISTINCT title) FROM products", "Edited");
    need_out(ONLY("brands"), "nothing to do");
    need_status(ONLY("brands", "--mode", "full"), 0);
    need_value("SELECT group_concat(DISTINCT title) FROM products", "Edited");
    need_status(SYNC("--quiet"), 3); /* the broken record is everybody's business again */
    free(second);
}

static void dropped_ones_stay(void **state)
{
    (void)state;
    need_status(SYNC("--quiet"), 0);
    repo_put(shop, ".ingitdb/root-collections.yaml", "brands: brands\n");
    repo_commit(shop, "no products");
    need_status(ONLY("brands"), 0);
    need_tables("brands,products");
    need_value("SELECT commit_id FROM ingitdb_sync_state", "mixed");
    /* By its name it can be selected all the same, and goes with consent. */
    need_status(ONLY("products"), 5);
    need_status(ONLY("products", "--allow-destructive"), 0);
    need_tables("brands");
    need_out(SYNC("--mode", "incremental"), "0 inserted, 0 updated, 0 deleted");
}

static void definitions_of_others(void **state)
{
    (void)state;
    repo_put(shop, "products/.collection/definition.yaml", "columns: 5\n");
    repo_commit(shop, "broken");
    need_status(SYNC("--quiet"), 3);
    need_silent(ONLY("brands"), "definition.yaml");
    need_tables("brands");
    /* Selected after all, or referred to by what is. */
    need_status(ONLY("products"), 3);
    repo_reset(shop, shop_first_id);
    repo_put(shop, "brands/.collection/definition.yaml", "columns: 5\n");
    repo_commit(shop, "broken");
    const process_result *got = ONLY("products");
    need_status(got, 3);
    need_out(got, "brands/.collection/definition.yaml");
}

/* ---- foreign keys and references ---- */

#define REFERENCES "SELECT count(*) FROM pragma_foreign_key_list('products')"

static void a_foreign_key_arrives_later(void **state)
{
    (void)state;
    const process_result *got = ONLY("products");
    need_status(got, 0);
    need_out(got, "left out");
    need_out(got, "'brands'");
    need_value(REFERENCES, "0");
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    need_status(CLI("migrate", "status", "--target", TARGET, "--exit-code"), 1);
    need_status(CLI("migrate", "status", "--target", TARGET, "--exit-code", "--collections",
                    "products"),
                0);
    /* The table that refers to it is not part of this run. */
    need_status(ONLY("brands"), 0);
    need_value(REFERENCES, "0");
    need_value("SELECT commit_id FROM ingitdb_sync_state", shop_first_id);
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    need_out(CLI("migrate", "analyze", "--target", TARGET), "foreign key");
    got = SYNC("--mode", "incremental");
    need_status(got, 0);
    need_silent(got, "left out");
    need_value(REFERENCES, "1");
    need_out(SYNC("--mode", "incremental"), "nothing to do");
}

static void an_edit_in_the_way_of_a_foreign_key(void **state)
{
    (void)state;
    need_status(ONLY("products"), 0);
    db_exec(cli_database(), "UPDATE products SET brand = 'nobody' WHERE id = 'anvil'");
    const process_result *got = SYNC("--on-conflict", "fail");
    need_status(got, 5);
    need_err(got,
             "table 'products', key 'anvil': the row refers to key 'nobody' of table 'brands'");
    need_tables("products");
    need_status(SYNC("--on-conflict", "source"), 0);
    need_value("SELECT brand FROM products WHERE id = 'anvil'", "acme");
    need_value(REFERENCES, "1");
}

/* Valid or not is what the commit says, whatever the target has. */
static void references_are_judged_by_the_commit(void **state)
{
    (void)state;
    repo_put(shop, "products/$records/saw.yaml", "title: Saw\nbrand: nobody\n");
    repo_commit(shop, "nobody");
    const process_result *got = ONLY("products");
    need_status(got, 3);
    need_out(got,
             "products/$records/saw.yaml:2:8: column 'brand' refers to brands/nobody, which is "
             "not there or invalid");
    need_status(CLI("migrate", "validate", "--collections", "products"), 3);
    need_status(CLI("migrate", "validate", "--collections", "brands"), 0);
    need_status(ONLY("products", "--on-invalid", "skip"), 0);
    need_value("SELECT group_concat(id) FROM (SELECT id FROM products ORDER BY id)", "anvil,rope");
    repo_put(shop, "products/$records/saw.yaml", "title: Saw\nbrand: acme\n");
    repo_commit(shop, "somebody");
    need_status(ONLY("products"), 0);
    /* What is referred to goes away unseen by the one who refers to it. */
    repo_delete(shop, "brands/$records/acme.yaml");
    repo_put(shop, "products/$records/rope.yaml", "title: Ropes\n");
    repo_commit(shop, "no acme");
    need_status(ONLY("products"), 3);
    need_status(ONLY("products", "--on-invalid", "skip"), 0);
    need_value("SELECT group_concat(title) FROM (SELECT title FROM products ORDER BY id)",
               "Anvil,Ropes,Saw");
    need_value("SELECT count(*) FROM ingitdb_sync_held", "2");
    /* What a held row refers to stays; who is not selected cannot hold anything. */
    need_status(ONLY("brands", "--ref", "HEAD~1", "--allow-rewind"), 0);
    need_status(ONLY("brands", "--allow-destructive"), 0);
    need_value("SELECT count(*) FROM brands", "0");
    const process_result *refused = SYNC("--on-invalid", "skip");
    need_status(refused, 5);
    need_err(refused, "--allow-destructive=held");
}

static void a_row_that_the_other_table_lacks(void **state)
{
    (void)state;
    need_status(SYNC("--quiet"), 0);
    repo_put(shop, "products/$records/saw.yaml", "title: Saw\nbrand: best\n");
    add_brand("best");
    for (int full = 0; full < 2; full++) {
        const process_result *got = ONLY("products", "--mode", full ? "full" : "incremental");
        need_status(got, 5);
        need_err(got,
                 "table 'products', key 'saw': the row refers to key 'best' of table 'brands'");
        need_err(got, cli_text("hint: 'brands' is not selected and stands at commit %.10s: select "
                               "it, too",
                               shop_first_id));
    }
    need_value("SELECT count(*) FROM products", "2");
    need_status(ONLY("brands,products"), 0);
    need_value("SELECT count(*) FROM products", "3");
}

static void a_row_that_others_refer_to(void **state)
{
    (void)state;
    add_orders();
    need_status(SYNC("--quiet"), 0);
    repo_delete(shop, "orders/$records/one.yaml");
    repo_delete(shop, "orders/$records/one");
    repo_put(shop, "orders/$records/two.yaml", "product: anvil\n");
    repo_delete(shop, "brands/$records/acme.yaml");
    repo_put(shop, "products/$records/anvil.yaml", "title: Anvil\n");
    add_brand("best");
    const process_result *got = ONLY("brands");
    need_status(got, 5);
    need_err(got,
             "table 'brands', key 'acme': the commit deletes the row, but key 'anvil' of table "
             "'products' refers to it");
    need_err(got, "'products' is not selected");
    /* Below it: nothing cascades unseen. */
    const char *const ways[] = {"source", "target"};
    for (size_t n = 0; n < 2; n++) {
        got = ONLY("sales.orders", "--on-conflict", ways[n]);
        need_status(got, 5);
        need_err(got, "key 'one/a' of table 'sales_orders_lines' refers to it");
    }
    need_value("SELECT count(*) FROM sales_orders_lines", "1");
    need_status(ONLY("sales.*", "--allow-destructive"), 0);
    need_status(ONLY("brands,products"), 0);
    need_value("SELECT count(*) FROM sales_orders_lines", "0");
    need_out(SYNC("--mode", "incremental"), "0 inserted, 0 updated, 0 deleted");
}

static void a_table_that_others_refer_to(void **state)
{
    (void)state;
    need_status(SYNC("--quiet"), 0);
    repo_put(shop, ".ingitdb/root-collections.yaml", "products: products\n");
    repo_put(shop, "products/.collection/definition.yaml",
             "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"
             "columns: {title: {type: string}, brand: {type: string}, price: {type: float}}\n");
    repo_commit(shop, "no brands");
    const process_result *got = ONLY("brands", "--allow-destructive");
    need_status(got, 5);
    need_err(got, "table 'products' refers to it");
    need_err(got, "hint: select 'products', too");
    need_status(ONLY("brands,products", "--allow-destructive"), 0);
    need_tables("products");
}

/* ---- collections at different commits ---- */

static void looking_at_a_mixed_target(void **state)
{
    (void)state;
    need_status(SYNC("--quiet"), 0);
    add_brand("best");
    repo_put(shop, "products/$records/rope.yaml", "title: Ropes\n");
    repo_commit(shop, "ropes");
    char *last = head();
    need_status(ONLY("brands"), 0);
    const process_result *got = CLI("migrate", "status", "--target", TARGET);
    need_status(got, 0);
    need_out(got, "holds       mixed");
    need_out(got, cli_text("%.10s: products (2 commits behind)", shop_first_id));
    need_out(got, cli_text("%.10s: brands\n", last));
    need_out(got, "behind      2 commits, 1 record\n");
    need_out(CLI("migrate", "status", "--target", TARGET, "--collections", "brands"), "up to date");
    cJSON *report = need_json(CLI("migrate", "status", "--target", TARGET, "--format", "json"));
    assert_string_equal(json_text(report, "from"), "mixed");
    assert_int_equal(cJSON_GetArraySize(json_at(report, "commits")), 2);
    assert_true(json_number(report, "counts.commits_behind") == 2);

    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    report = need_json(CLI("migrate", "analyze", "--target", TARGET, "--format", "json"));
    assert_true(json_number(report, "counts.pending") == 1);
    assert_true(json_number(report, "counts.update") == 1);
    need_out(CLI("migrate", "analyze", "--target", TARGET, "--collections", "brands"), "in sync");

    db_exec(cli_database(), "UPDATE products SET title = 'Edited' WHERE id = 'anvil'");
    got = CLI("migrate", "verify", "--target", TARGET, "--format", "json");
    need_status(got, 1);
    report = need_json(got);
    assert_string_equal(json_text(report, "to"), "mixed");
    assert_true(json_number(report, "counts.drift") == 1);
    need_err(got, "not what its commits prescribe");
    need_status(CLI("migrate", "verify", "--target", TARGET, "--collections", "brands"), 0);
    got = CLI("migrate", "verify", "--target", TARGET, "--collections", "products");
    need_status(got, 1);
    need_err(got, cli_text("commit %.10s", shop_first_id));

    got = SYNC("--format", "json");
    need_status(got, 0);
    assert_string_equal(json_text(need_json(got), "from"), "mixed");
    need_commits(last, last, last);
    need_value("SELECT title FROM products WHERE id = 'rope'", "Ropes");
    free(last);
}

static void dry_runs_and_proofs(void **state)
{
    (void)state;
    need_status(SYNC("--quiet"), 0);
    add_brand("best");
    need_out(ONLY("brands", "--dry-run"), "1 inserted");
    need_out(ONLY("products", "--dry-run"), "0 inserted");
    need_status(ONLY("brands", "--dry-run=execute"), 0);
    need_value("SELECT count(*) FROM brands", "1");
    db_exec(cli_database(), "DELETE FROM products");
    need_status(ONLY("brands", "--verify"), 0);
    need_value("SELECT count(*) FROM brands", "2");
    /* The fuse counts what is selected. */
    repo_delete(shop, "products/$records");
    repo_put(shop, "brands/$records/third.yaml", "title: Third\n");
    repo_commit(shop, "no products");
    need_status(ONLY("brands", "--max-delete", "0"), 0);
}

static void going_back(void **state)
{
    (void)state;
    need_status(SYNC("--quiet"), 0);
    add_brand("best");
    need_status(ONLY("brands"), 0);
    need_status(ONLY("products", "--ref", "HEAD~1"), 0);
    need_status(ONLY("brands", "--ref", "HEAD~1"), 5);
    const process_result *got = SYNC("--ref", "HEAD~1");
    need_status(got, 5);
    need_err(got, "--allow-rewind");
    need_status(SYNC("--ref", "HEAD~1", "--allow-rewind"), 0);
    need_commits(shop_first_id, shop_first_id, shop_first_id);
}

/* One of the commits was rewritten: only its tables are compared. */
static void one_commit_is_gone(void **state)
{
    (void)state;
    need_status(SYNC("--quiet"), 0);
    add_brand("best");
    need_status(ONLY("brands"), 0);
    db_exec(cli_database(), "UPDATE ingitdb_sync_tables SET commit_id = "
                            "'1234567890123456789012345678901234567890' WHERE collection = "
                            "'products'");
    need_status(CLI("migrate", "status", "--target", TARGET), 0);
    need_silent(ONLY("brands"), "1234567890");
    need_status(CLI("migrate", "verify", "--target", TARGET), 4);
    const process_result *got = SYNC("--mode", "incremental");
    need_status(got, 0);
    need_err(got, "1234567890");
    need_out(SYNC("--mode", "incremental"), "nothing to do");
}

static void held_records_of_others(void **state)
{
    (void)state;
    repo_put(shop, "products/$records/saw.yaml", "title: [\n");
    repo_commit(shop, "broken");
    need_status(SYNC("--on-invalid", "skip"), 0);
    add_brand("best");
    const process_result *got = ONLY("brands");
    need_status(got, 0);
    need_silent(got, "degraded");
    need_value("SELECT status FROM ingitdb_sync_state", "degraded");
    need_value("SELECT count(*) FROM ingitdb_sync_held WHERE collection = 'products'", "1");
    need_out(ONLY("brands"), "nothing to do");
    need_status(
        CLI("migrate", "status", "--target", TARGET, "--collections", "brands", "--exit-code"), 0);
    need_silent(CLI("migrate", "verify", "--target", TARGET, "--collections", "brands"), "held");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(globs_and_ancestors),
        TEST(unknown_names),
        TEST(from_environment_and_file),
        TEST(others_stay_as_they_are),
        TEST(dropped_ones_stay),
        TEST(definitions_of_others),
        TEST(a_foreign_key_arrives_later),
        TEST(an_edit_in_the_way_of_a_foreign_key),
        TEST(references_are_judged_by_the_commit),
        TEST(a_row_that_the_other_table_lacks),
        TEST(a_row_that_others_refer_to),
        TEST(a_table_that_others_refer_to),
        TEST(looking_at_a_mixed_target),
        TEST(dry_runs_and_proofs),
        TEST(going_back),
        TEST(one_commit_is_gone),
        TEST(held_records_of_others),
    };
    return cmocka_run_group_tests_name("selection", tests, NULL, NULL);
}
