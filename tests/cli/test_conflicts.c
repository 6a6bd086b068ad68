/*
 * Rows that somebody changed in the target: --on-conflict, what is said, and what is kept of them.
 */
#include "tests/cli/cli.h"

/* The shop is synced, the anvil's price edited, and git changes its title. */
static void edit_both(void)
{
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    db_exec(cli_database(), "UPDATE products SET price = 1 WHERE id = 'anvil'");
    repo_put(shop, "products/$records/anvil.yaml", "title: Heavy\nbrand: acme\nprice: 9.5\n");
    repo_put(shop, "products/$records/rope.yaml", "title: Cord\nprice: 3\n");
    repo_commit(shop, "titles");
}

static void need_conflicts(const char *wanted)
{
    need_value("SELECT coalesce(group_concat(source || ' ' || collection || ' ' || key || ' ' || "
               "decision, '; '), '') FROM ingitdb_sync_conflicts",
               wanted);
}

static void git_wins(void **state)
{
    (void)state;
    edit_both();
    const process_result *got = CLI("migrate", "sync", "--target", TARGET);
    need_status(got, 0);
    need_out(got, "1 row that somebody had changed was overwritten: see ingitdb_sync_conflicts");
    need_out(got, "0 inserted, 2 updated, 0 deleted");
    need_value("SELECT title || price FROM products WHERE id = 'anvil'", "Heavy9.5");
    need_conflicts("shop products [\"anvil\"] overwritten");
    need_value("SELECT base FROM ingitdb_sync_conflicts",
               "{\"brand\":\"acme\",\"id\":\"anvil\",\"price\":9.5,\"title\":\"Anvil\"}");
    need_value("SELECT old FROM ingitdb_sync_conflicts",
               "{\"brand\":\"acme\",\"id\":\"anvil\",\"price\":1,\"title\":\"Anvil\"}");
    need_value("SELECT new FROM ingitdb_sync_conflicts",
               "{\"brand\":\"acme\",\"id\":\"anvil\",\"price\":9.5,\"title\":\"Heavy\"}");
    need_value("SELECT count(*) FROM ingitdb_sync_conflicts c JOIN ingitdb_sync_state s USING "
               "(source, commit_id) WHERE c.at = s.started_at",
               "1");
    need_value("SELECT sql LIKE '%STRICT' FROM sqlite_schema WHERE name = "
               "'ingitdb_sync_conflicts'",
               "1");
}

static void the_target_wins(void **state)
{
    (void)state;
    edit_both();
    const process_result *got =
        CLI("migrate", "sync", "--target", TARGET, "--on-conflict", "target", "--format", "json");
    need_status(got, 0);
    cJSON *report = need_json(got);
    assert_true(json_number(report, "counts.update") == 1);
    assert_true(json_number(report, "counts.conflicts") == 1);
    const cJSON *one = cJSON_GetArrayItem(json_at(report, "conflicts"), 0);
    assert_string_equal(json_text(one, "collection"), "products");
    assert_string_equal(json_text(one, "key"), "anvil");
    assert_string_equal(json_text(one, "decision"), "kept");
    assert_string_equal(json_text(one, "base.title"), "Anvil");
    assert_true(json_number(one, "old.price") == 1);
    assert_string_equal(json_text(one, "new.title"), "Heavy");
    need_value("SELECT title || price FROM products WHERE id = 'anvil'", "Anvil1.0");
    need_value("SELECT title FROM products WHERE id = 'rope'", "Cord");
    need_conflicts("shop products [\"anvil\"] kept");
    /* The target says that it holds the commit; the next change meets the row again. */
    need_out(CLI("migrate", "sync", "--target", TARGET), "nothing to do");
    repo_put(shop, "products/$records/anvil.yaml", "title: Light\nbrand: acme\nprice: 9.5\n");
    repo_commit(shop, "light");
    need_out(CLI("migrate", "sync", "--target", TARGET),
             "1 row that somebody had changed was overwritten");
    need_value("SELECT title || price FROM products WHERE id = 'anvil'", "Light9.5");
}

static void nobody_wins(void **state)
{
    (void)state;
    edit_both();
    char *before = db_dump(cli_database(), 1);
    const process_result *got = CLI("migrate", "sync", "--target", TARGET, "--on-conflict=fail");
    need_status(got, 5);
    need_err(got, "table 'products', key 'anvil': somebody changed the row in the target");
    need_err(got, "hint: --on-conflict source");
    got = CLI_WITH(WORDS("INGITDB_ON_CONFLICT=fail"), "migrate", "sync", "--target", TARGET,
                   "--format", "json");
    need_status(got, 5);
    cJSON *report = need_json(got);
    assert_string_equal(json_text(report, "code"), "CONFLICT");
    assert_string_equal(json_text(report, "error.place.collection"), "products");
    assert_string_equal(json_text(report, "error.place.key"), "anvil");
    assert_string_equal(json_text(report, "error.place.path"), "products/$records/anvil.yaml");
    assert_int_equal(cJSON_GetArraySize(json_at(report, "conflicts")), 0);
    char *after = db_dump(cli_database(), 1);
    db_assert_equal(after, before, "a refused sync");
    free(before);
    free(after);
    need_conflicts("");
}

static void rows_added_and_deleted(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    db_exec(cli_database(), "INSERT INTO products (id, title, price) VALUES ('saw', 'Mine', 1),"
                            " ('nail', 'Nail', 0.5);"
                            "DELETE FROM products WHERE id = 'rope'");
    repo_put(shop, "products/$records/saw.yaml", "title: Saw\nprice: 5\n");
    repo_put(shop, "products/$records/nail.yaml", "title: Nail\nprice: 0.5\n");
    repo_delete(shop, "products/$records/rope.yaml");
    repo_commit(shop, "saw");
    need_status(CLI("migrate", "sync", "--target", TARGET, "--on-conflict", "target"), 0);
    /* The nail is what it should be and the rope is gone already: nothing to decide. */
    need_conflicts("shop products [\"saw\"] kept");
    need_value("SELECT group_concat(title) FROM (SELECT title FROM products ORDER BY id)",
               "Anvil,Nail,Mine");
}

/* A row that git did not change refers to one that git deletes: git wins by a comparison. */
static void more_than_the_change(void **state)
{
    (void)state;
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_commit(shop, "best");
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    db_exec(cli_database(), "UPDATE products SET brand = 'best' WHERE id = 'rope'");
    repo_delete(shop, "brands/$records/best.yaml");
    repo_commit(shop, "no best");
    const process_result *got = CLI("migrate", "sync", "--target", TARGET, "--on-conflict=fail");
    need_status(got, 5);
    need_err(got, "key 'rope' of table 'products', which somebody changed in the target, refers");
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    need_conflicts("shop products [\"rope\"] overwritten");
    need_value("SELECT count(*) FROM products WHERE brand = 'best'", "0");
    need_value("SELECT count(*) FROM brands", "1");
}

static void a_kept_row_keeps_what_it_refers_to(void **state)
{
    (void)state;
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_commit(shop, "best");
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    db_exec(cli_database(), "UPDATE products SET brand = 'best' WHERE id = 'rope'");
    repo_delete(shop, "brands/$records/best.yaml");
    repo_commit(shop, "no best");
    need_status(CLI("migrate", "sync", "--target", TARGET, "--on-conflict", "target"), 0);
    need_conflicts("shop brands [\"best\"] kept");
    need_value("SELECT brand FROM products WHERE id = 'rope'", "best");
    need_value("SELECT count(*) FROM brands", "2");
    /* What the state says is the commit's. */
    need_value("SELECT row_count FROM ingitdb_sync_tables WHERE collection = 'brands'", "1");
}

static void full_sync_decides_too(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    db_exec(cli_database(), "UPDATE products SET price = 1 WHERE id = 'anvil';"
                            "DELETE FROM products WHERE id = 'rope';"
                            "INSERT INTO products (id, title) VALUES ('saw', 'Mine')");
    need_status(CLI("migrate", "sync", "--target", TARGET, "--mode", "full", "--on-conflict=fail"),
                5);
    need_conflicts("");
    const process_result *got =
        CLI("migrate", "sync", "--target", TARGET, "--mode", "full", "--on-conflict=target");
    need_status(got, 0);
    need_out(got, "3 rows that somebody had changed were kept");
    need_out(got, "0 inserted, 0 updated, 0 deleted");
    got = CLI("migrate", "sync", "--target", TARGET, "--mode", "full");
    need_status(got, 0);
    need_out(got, "2 rows that somebody had changed were overwritten");
    need_out(got, "1 row that somebody had changed was deleted");
    need_out(got, "1 inserted, 1 updated, 1 deleted");
    need_value("SELECT group_concat(id || price) FROM (SELECT * FROM products ORDER BY id)",
               "anvil9.5,rope3.0");
}

/* Where the files lie is no change of a record. */
static void another_layout(void **state)
{
    (void)state;
    edit_both();
    repo_put(shop, "products/.collection/definition.yaml",
             "record_file:\n  name: products.yaml\n  type: map[string]map[string]any\n"
             "  format: yaml\ncolumns:\n  title: {type: string, required: true}\n"
             "  brand: {type: string, foreign_key: brands}\n"
             "  price: {type: float, min_value: 0}\n");
    repo_delete(shop, "products/$records");
    repo_put(shop, "products/products.yaml",
             "anvil: {title: Heavy, brand: acme, price: 9.5}\nrope: {title: Cord, price: 3}\n");
    repo_commit(shop, "one file");
    const process_result *got =
        CLI("migrate", "sync", "--target", TARGET, "--on-conflict", "target");
    need_status(got, 0);
    need_conflicts("shop products [\"anvil\"] kept");
    need_value("SELECT title FROM products WHERE id = 'rope'", "Cord");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(git_wins),
        TEST(the_target_wins),
        TEST(nobody_wins),
        TEST(rows_added_and_deleted),
        TEST(more_than_the_change),
        TEST(a_kept_row_keeps_what_it_refers_to),
        TEST(full_sync_decides_too),
        TEST(another_layout),
    };
    return cmocka_run_group_tests_name("conflicts", tests, NULL, NULL);
}
