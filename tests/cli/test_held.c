/*
 * Rows of invalid records under --on-invalid skip: which stay, for how long, what is said of them,
 * and what it takes to lose them.
 */
#include "tests/cli/cli.h"

#define ANVIL       "products/$records/anvil.yaml"
#define SKIP(...)   SYNC("--on-invalid", "skip", ##__VA_ARGS__)
#define SYNC(...)   CLI("migrate", "sync", "--target", TARGET, ##__VA_ARGS__)
#define VERIFY(...) CLI("migrate", "verify", "--target", TARGET, ##__VA_ARGS__)

static const char held_rows[] =
    "SELECT coalesce(group_concat(collection || key || iif(reason = 'referenced', '*', ''), ' '), "
    "'') FROM (SELECT * FROM ingitdb_sync_held WHERE row_digest <> '' ORDER BY collection, key)";
static const char conflicts[] =
    "SELECT coalesce(group_concat(key || decision, ' '), '') FROM ingitdb_sync_conflicts";

static void commit(void)
{
    repo_commit(shop, "next");
}

static void put_and_commit(const char *path, const char *text)
{
    repo_put(shop, path, text);
    commit();
}

/* Healed: no trace is left, and the target is what a fresh one is. */
static void need_healed(void)
{
    need_status(SYNC(), 0);
    need_value("SELECT count(*) FROM ingitdb_sync_held", "0");
    need_value("SELECT status FROM ingitdb_sync_state", "synced");
    need_value(conflicts, "");
    need_status(CLI("migrate", "sync", "--target", "sqlite:fresh.db"), 0);
    char *left = db_dump(cli_database(), 1);
    char *right = db_dump(cli_text("%s/fresh.db", cli_directory), 1);
    db_assert_equal(left, right, "healed");
    free(left);
    free(right);
    need_status(VERIFY(), 0);
    need_status(CLI("migrate", "status", "--target", TARGET, "--exit-code"), 0);
}

/* ---- which rows stay, and what is said ---- */

/* acme goes; the anvil refers to it, so its row stays, and acme's with it. */
static void lose_acme(void)
{
    need_status(SYNC(), 0);
    repo_delete(shop, "brands/$records/acme.yaml");
    repo_put(shop, "products/$records/rope.yaml", "title: Cord\nprice: 3\n");
    commit();
}

static void what_a_held_row_refers_to(void **state)
{
    (void)state;
    lose_acme();
    const process_result *got = SKIP("--dry-run");
    need_status(got, 0);
    need_out(got, "0 inserted, 1 updated, 0 deleted");
    need_out(got, "1 invalid record left out, 2 rows of the target held: the target is degraded");
    got = SKIP("--dry-run=execute");
    need_status(got, 0);
    need_out(got, "1 invalid record left out, 2 rows of the target held");
    need_value("SELECT count(*) FROM ingitdb_sync_held", "0");
    got = SKIP("--verify");
    need_status(got, 0);
    need_out(got, "0 inserted, 1 updated, 0 deleted");
    need_out(got, "1 invalid record left out, 2 rows of the target held: the target is degraded");
    need_value(held_rows, "brands[\"acme\"]* products[\"anvil\"]");
    need_value("SELECT title FROM products WHERE id = 'rope'", "Cord");
    need_value("SELECT row_count FROM ingitdb_sync_tables WHERE collection = 'brands'", "0");
    /* Nothing moves it. */
    for (size_t n = 0; n < 2; n++) {
        got = SKIP("--mode", n ? "full" : "incremental", "--format", "json");
        need_status(got, 0);
        cJSON *report = need_json(got);
        assert_true(json_number(report, "counts.insert") == 0);
        assert_true(json_number(report, "counts.update") == 0);
        assert_true(json_number(report, "counts.delete") == 0);
        assert_true(json_number(report, "counts.invalid") == 1);
        assert_true(json_number(report, "counts.held") == 2);
        assert_true(json_number(report, "counts.conflicts") == 0);
        need_value(held_rows, "brands[\"acme\"]* products[\"anvil\"]");
    }
    repo_put(shop, "brands/$records/acme.yaml", "title: Acme\n");
    commit();
    need_healed();
}

static void degraded_is_said(void **state)
{
    (void)state;
    lose_acme();
    need_status(SKIP(), 0);
    const process_result *got = VERIFY();
    need_status(got, 0);
    need_out(got, "in sync");
    need_silent(got, "delete");
    need_silent(got, "drift");
    cJSON *report = need_json(VERIFY("--format", "json"));
    assert_true(cJSON_IsTrue(json_at(report, "in_sync")));
    assert_true(json_number(report, "data.totals.held") == 2);
    assert_true(json_number(report, "data.totals.delete") == 0);
    assert_true(json_number(report, "data.totals.drift") == 0);
    assert_int_equal(cJSON_GetArraySize(json_at(report, "held")), 2);
    got = CLI("migrate", "analyze", "--target", TARGET, "--detail", "fields");
    need_status(got, 3);
    need_out(got, "2 rows held for invalid records");
    need_silent(got, "to delete");
    got = CLI("migrate", "status", "--target", TARGET, "--exit-code");
    need_status(got, 1);
    need_out(got, "degraded");
    need_out(got, "held        1 record or file left out as invalid, 2 rows of the target stay");
    report = need_json(CLI("migrate", "status", "--target", TARGET, "--format", "json"));
    assert_true(json_number(report, "counts.held") == 2);
    /* Without skip it is refused, and stays as it is. */
    char *before = db_dump(cli_database(), 1);
    need_status(SYNC(), 3);
    need_status(SYNC("--mode", "full"), 3);
    char *after = db_dump(cli_database(), 1);
    db_assert_equal(before, after, "a refused sync wrote something");
    free(before);
    free(after);
    need_value(held_rows, "brands[\"acme\"]* products[\"anvil\"]");
    need_status(SKIP(), 0);
    /* The one that needed acme goes, and acme with it. */
    repo_delete(shop, ANVIL);
    commit();
    got = SYNC();
    need_status(got, 5); /* all of brands: the fuse */
    need_out(got, "");
    got = SYNC("--allow-destructive=mass_delete");
    need_status(got, 0);
    need_out(got, "0 inserted, 0 updated, 2 deleted");
    need_healed();
}

/* Through references to itself, in a ring, and through lists of keys. */
static void transitively(void **state)
{
    (void)state;
    repo_put(shop, "brands/.collection/definition.yaml",
             "record_file: {name: \"{key}.yaml\", type: \"map[string]any\", format: yaml}\n"
             "columns:\n"
             "  title: {type: string, required: true}\n"
             "  owner: {type: string, foreign_key: brands}\n"
             "  partners: {type: \"[]string\", foreign_key: brands}\n");
    repo_put(shop, "brands/$records/acme.yaml", "title: Acme\nowner: ring1\n");
    repo_put(shop, "brands/$records/ring1.yaml", "title: One\nowner: ring2\n");
    repo_put(shop, "brands/$records/ring2.yaml", "title: Two\nowner: ring1\npartners: [friend]\n");
    repo_put(shop, "brands/$records/friend.yaml", "title: Friend\nowner: friend\n");
    repo_put(shop, "brands/$records/other.yaml", "title: Other\n");
    commit();
    need_status(SYNC(), 0);
    static const char *const gone[] = {"ring1", "ring2", "friend", "other"};
    for (size_t n = 0; n < 4; n++)
        repo_delete(shop, cli_text("brands/$records/%s.yaml", gone[n]));
    commit();
    need_status(SKIP(), 0);
    /* acme's owner is gone, so acme is invalid, and with it the anvil; other is not needed. */
    need_value(held_rows, "brands[\"acme\"] brands[\"friend\"]* brands[\"ring1\"]* "
                          "brands[\"ring2\"]* products[\"anvil\"]");
    need_value("SELECT count(*) FROM brands", "4");
    repo_put(shop, "brands/$records/acme.yaml", "title: Acme\n");
    commit();
    need_status(SYNC("--allow-destructive=mass_delete"), 0);
    need_value("SELECT group_concat(id) FROM brands", "acme");
    need_healed();
}

static void orders(void)
{
    repo_put(shop, ".ingitdb/root-collections.yaml",
             "brands: brands\nproducts: products\norders: orders\n");
    repo_put(shop, "orders/.collection/definition.yaml",
             "record_file: {name: \"{key}/order.yaml\", type: \"map[string]any\", format: yaml}\n"
             "columns:\n  note: {type: string}\n");
    repo_put(shop, "orders/.collection/subcollections/lines/definition.yaml",
             "record_file: {name: lines.yaml, type: \"[]map[string]any\", format: yaml}\n"
             "columns:\n  $ID: {type: string, required: true}\n  what: {type: string}\n");
    repo_put(shop, "orders/$records/o1/order.yaml", "note: one\n");
    repo_put(shop, "orders/$records/o2/order.yaml", "note: two\n");
    repo_put(shop, "orders/$records/o1/lines/lines.yaml", "- {$ID: a, what: x}\n- {$ID: b}\n");
    repo_put(shop, "orders/$records/o2/lines/lines.yaml", "- {$ID: a, what: y}\n- {$ID: c}\n");
    commit();
    need_status(SYNC(), 0);
}

/* A file of many records holds the rows below its parent, and no others. */
static void a_broken_list(void **state)
{
    (void)state;
    orders();
    need_value("SELECT count(*) FROM orders_lines", "4");
    repo_put(shop, "orders/$records/o1/lines/lines.yaml", "- [\n");
    repo_put(shop, "orders/$records/o2/lines/lines.yaml", "- {$ID: a, what: z}\n");
    commit();
    const process_result *got = SKIP();
    need_status(got, 0);
    need_out(got, "1 invalid record left out, 2 rows of the target held: the target is degraded");
    need_value(held_rows, "orders/lines[\"o1\",\"a\"] orders/lines[\"o1\",\"b\"]");
    need_value(
        "SELECT group_concat(orders_id || id || coalesce(what, ''), ' ') FROM (SELECT * FROM "
        "orders_lines ORDER BY 1, 2)",
        "o1ax o1b o2az");
    repo_put(shop, "orders/$records/o1/lines/lines.yaml", "- {$ID: b, what: w}\n");
    commit();
    need_healed();
}

/* The parent's end holds what is below it, and the parent. */
static void a_lost_parent(void **state)
{
    (void)state;
    orders();
    repo_put(shop, "orders/$records/o1/order.yaml", "note: [\n");
    repo_delete(shop, "orders/$records/o2/order.yaml");
    commit();
    need_status(SKIP(), 0);
    need_value("SELECT count(*) FROM orders_lines", "4");
    need_value("SELECT group_concat(id) FROM orders", "o1,o2");
    need_value("SELECT count(*) FROM ingitdb_sync_held WHERE reason = 'referenced'", "1");
    need_status(VERIFY(), 0);
    repo_delete(shop, "orders/$records/o2/lines");
    commit();
    need_status(SKIP(), 0);
    need_value("SELECT group_concat(id) FROM orders", "o1");
    repo_put(shop, "orders/$records/o1/order.yaml", "note: one\n");
    commit();
    need_healed();
}

/* Rows that stay are not deleted: nothing for the fuse. */
static void the_fuse_counts_no_held_rows(void **state)
{
    (void)state;
    shop_grow(60);
    need_status(SYNC(), 0);
    repo_put(shop, "items/items.jsonl", "{\n");
    commit();
    const process_result *got = SKIP("--max-delete", "0");
    need_status(got, 0);
    need_out(got, "60 rows of the target held");
    need_value("SELECT count(*) FROM items", "60");
    shop_grow(60);
    need_healed();
}

/* ---- edited by hand ---- */

static void break_anvil(void)
{
    put_and_commit(ANVIL, "title: [\n");
}

static void heal_anvil(void)
{
    put_and_commit(ANVIL, "title: Better\nbrand: acme\n");
}

static void edited_while_held(void **state)
{
    (void)state;
    static const char edit[] = "UPDATE products SET price = 1 WHERE id = 'anvil'";
    need_status(SYNC(), 0);
    for (size_t before = 0; before < 2; before++) {
        if (before)
            db_exec(cli_database(), edit);
        break_anvil();
        need_status(SKIP(), 0);
        if (!before)
            db_exec(cli_database(), edit);
        need_status(SKIP("--mode", "full"), 0);
        need_value("SELECT price FROM products WHERE id = 'anvil'", "1.0");
        need_value(conflicts, "");
        heal_anvil();
        char *held = db_dump(cli_database(), 1);
        const process_result *got = SYNC("--on-conflict", "fail");
        need_status(got, 5);
        need_err(got, "anvil");
        char *after = db_dump(cli_database(), 1);
        db_assert_equal(held, after, "a refused sync wrote something");
        free(held);
        free(after);
        cli_copy(cli_database(), cli_text("%s/copy.db", cli_directory));
        got = CLI("migrate", "sync", "--target", "sqlite:copy.db", "--on-conflict", "target");
        need_status(got, 0);
        need_out(got, "1 row that somebody had changed was kept");
        need_status(SYNC(), 0);
        need_value(conflicts, "[\"anvil\"]overwritten");
        need_value("SELECT title || coalesce(price, '') FROM products WHERE id = 'anvil'",
                   "Better");
        need_value("SELECT count(*) FROM ingitdb_sync_held", "0");
        db_exec(cli_database(), "DELETE FROM ingitdb_sync_conflicts");
        put_and_commit(ANVIL, "title: Anvil\nbrand: acme\nprice: 9.5\n");
        need_healed();
    }
}

/* A row that somebody made has a key that is invalid in git. */
static void a_row_of_others(void **state)
{
    (void)state;
    need_status(SYNC(), 0);
    db_exec(cli_database(), "INSERT INTO products (id, title) VALUES ('saw', 'Mine')");
    put_and_commit("products/$records/saw.yaml", "title: [\n");
    need_status(SKIP(), 0);
    need_value("SELECT title FROM products WHERE id = 'saw'", "Mine");
    need_value("SELECT row_digest IS NULL FROM ingitdb_sync_held WHERE key = '[\"saw\"]'", "1");
    put_and_commit("products/$records/saw.yaml", "title: Saw\n");
    need_status(SYNC("--on-conflict", "fail"), 5);
    need_status(SYNC(), 0);
    need_value(conflicts, "[\"saw\"]overwritten");
    need_value("SELECT title FROM products WHERE id = 'saw'", "Saw");
}

/* Somebody deletes a held row: when it heals it is missing, and was deleted by hand. */
static void deleted_while_held(void **state)
{
    (void)state;
    need_status(SYNC(), 0);
    break_anvil();
    need_status(SKIP(), 0);
    db_exec(cli_database(), "DELETE FROM products WHERE id = 'anvil'");
    const process_result *got = SKIP();
    need_status(got, 0);
    need_silent(got, "of the target held");
    heal_anvil();
    need_status(SYNC(), 0);
    need_value("SELECT title FROM products WHERE id = 'anvil'", "Better");
}

static void deleted_just_before_it_heals(void **state)
{
    (void)state;
    need_status(SYNC(), 0);
    break_anvil();
    need_status(SKIP(), 0);
    db_exec(cli_database(), "DELETE FROM products WHERE id = 'anvil'");
    heal_anvil();
    const process_result *got = SYNC("--on-conflict", "fail");
    need_status(got, 5);
    need_err(got, "somebody deleted the row in the target");
    need_status(SYNC(), 0);
    need_value("SELECT title FROM products WHERE id = 'anvil'", "Better");
    need_value("SELECT decision FROM ingitdb_sync_conflicts", "overwritten");
}

/* ---- what the new schema does not allow ---- */

#define PRODUCTS(columns)                                                                     \
    "record_file: {name: \"{key}.yaml\", type: \"map[string]any\", format: yaml}\ncolumns:\n" \
    "  title: {type: string, required: true}\n" columns

typedef struct forbidding {
    const char *definition; /* of products; NULL: they go */
    const char *rope;       /* the record that stays valid */
    const char *others;     /* words that --allow-destructive needs besides */
    const char *why;
} forbidding;

static const forbidding forbiddings[] = {
    {PRODUCTS("  brand: {type: string, foreign_key: brands}\n  price: {type: float}\n"
              "  size: {type: int, required: true}\n"),
     "title: Rope\nprice: 3\nsize: 1\n", "", "column 'size' must not be null"},
    {PRODUCTS("  brand: {type: string, foreign_key: brands}\n"
              "  price: {type: float, max_value: 5}\n"),
     "title: Rope\nprice: 3\n", "", "column 'price' does not allow its value"},
    {PRODUCTS("  brand: {type: string, foreign_key: brands, enum: [other]}\n"
              "  price: {type: float}\n"),
     "title: Rope\nprice: 3\n", "", "column 'brand' does not allow its value"},
    {"record_file: {name: \"{key}.yaml\", type: \"map[string]any\", format: yaml}\ncolumns:\n"
     "  title: {type: string, required: true, max_length: 4}\n"
     "  brand: {type: string, foreign_key: brands}\n  price: {type: float}\n",
     "title: Rope\nprice: 3\n", "narrow,", "column 'title' does not allow its value"},
    {PRODUCTS("  brand: {type: string, foreign_key: brands}\n  price: {type: string}\n"),
     "title: Rope\n", "narrow,", "the type of column 'price' changes"},
    {PRODUCTS("  brand: {type: string, foreign_key: products}\n  price: {type: float}\n"),
     "title: Rope\nprice: 3\n", "", "what it refers to in 'products' is not there"},
    {NULL, "", "drop_table,", "its collection is gone"},
};

static void forbid(const forbidding *it)
{
    need_status(SYNC(), 0);
    break_anvil();
    need_status(SKIP(), 0);
    if (it->definition) {
        repo_put(shop, "products/.collection/definition.yaml", it->definition);
        repo_put(shop, "products/$records/rope.yaml", it->rope);
    } else {
        repo_put(shop, ".ingitdb/root-collections.yaml", "brands: brands\n");
        repo_delete(shop, "products");
    }
    commit();
    char *before = db_dump(cli_database(), 1);
    const process_result *got =
        SKIP("--allow-destructive=drop_table,drop_column,narrow,mass_delete");
    need_status(got, 5);
    need_err(got, it->definition ? "products/anvil" : "'products'");
    need_err(got, it->why);
    need_err(got, cli_text("--allow-destructive=%sheld", it->others));
    got = SKIP();
    need_status(got, 5);
    need_err(got, it->definition && *it->others
                      ? "--allow-destructive="
                      : cli_text("--allow-destructive=%sheld", it->others));
    char *after = db_dump(cli_database(), 1);
    db_assert_equal(before, after, "a refused sync wrote something");
    free(before);
    free(after);
    need_value(held_rows, "products[\"anvil\"]");
    need_status(SKIP("--dry-run", "--allow-destructive"), 0);
    need_status(SKIP("--verify", cli_text("--allow-destructive=%sheld", it->others)), 0);
    need_value(conflicts, "");
    if (!it->definition)
        return;
    need_value("SELECT group_concat(id) FROM products", "rope");
    need_value("SELECT count(*) FROM ingitdb_sync_held WHERE row_digest IS NULL", "1");
    need_value("SELECT count(*) FROM ingitdb_sync_held", "1");
}

static void what_the_schema_forbids(void **state)
{
    for (size_t n = 0; n < sizeof(forbiddings) / sizeof(*forbiddings); n++) {
        print_message("  %s\n", forbiddings[n].why);
        forbid(&forbiddings[n]);
        cli_teardown(state);
        cli_setup(state);
    }
}

/* Another key: the table is made anew. */
static void another_key(void **state)
{
    (void)state;
    orders();
    repo_put(shop, "orders/$records/o1/lines/lines.yaml", "- [\n");
    commit();
    need_status(SKIP(), 0);
    repo_put(shop, "orders/.collection/subcollections/lines/definition.yaml",
             "record_file: {name: lines.yaml, type: \"[]map[string]any\", format: yaml}\n"
             "primary_key: [id, what]\n"
             "columns:\n  id: {type: string, required: true}\n"
             "  what: {type: string, required: true}\n");
    repo_put(shop, "orders/$records/o2/lines/lines.yaml", "- {id: a, what: y}\n");
    commit();
    const process_result *got = SKIP();
    need_status(got, 5);
    need_err(got, "held");
    need_status(SKIP("--allow-destructive"), 0);
    need_value(conflicts, "");
    need_value("SELECT group_concat(orders_id) FROM orders_lines", "o2");
}

/* ---- the table changes meanwhile ---- */

static void the_table_changes(void **state)
{
    static const char *const definitions[] = {
        PRODUCTS("  brand: {type: string, foreign_key: brands}\n  price: {type: float}\n"
                 "  note: {type: string}\n"),
        PRODUCTS("  brand: {type: string, foreign_key: brands}\n"),
        PRODUCTS("  brand: {type: string}\n  price: {type: float, min_value: 1}\n"),
        PRODUCTS("  brand: {type: string, foreign_key: brands, max_length: 40}\n"
                 "  price: {type: float}\n"),
        PRODUCTS("  brand: {type: string, foreign_key: brands}\n  Price: {type: float}\n"),
    };
    for (size_t n = 0; n < 2 * sizeof(definitions) / sizeof(*definitions); n++) {
        bool edited = n % 2;
        need_status(SYNC(), 0);
        break_anvil();
        need_status(SKIP(), 0);
        if (edited)
            db_exec(cli_database(), "UPDATE products SET title = 'Mine' WHERE id = 'anvil'");
        repo_put(shop, "products/.collection/definition.yaml", definitions[n / 2]);
        repo_put(shop, "products/$records/rope.yaml", "title: Rope\n");
        commit();
        need_status(SKIP("--allow-destructive=drop_column,narrow"), 0);
        need_value(held_rows, "products[\"anvil\"]");
        need_value("SELECT brand FROM products WHERE id = 'anvil'", "acme");
        need_status(SKIP(), 0);
        heal_anvil();
        need_status(SYNC(), 0);
        need_value(conflicts, edited ? "[\"anvil\"]overwritten" : "");
        if (!edited)
            need_healed();
        cli_teardown(state);
        cli_setup(state);
    }
}

/* It heals in the run that changes the table. */
static void healed_with_the_table(void **state)
{
    (void)state;
    need_status(SYNC(), 0);
    break_anvil();
    need_status(SKIP(), 0);
    repo_put(shop, "products/.collection/definition.yaml",
             PRODUCTS("  brand: {type: string, foreign_key: brands}\n  price: {type: string}\n"));
    repo_put(shop, "products/$records/rope.yaml", "title: Rope\nprice: low\n");
    repo_put(shop, ANVIL, "title: Anvil\nbrand: acme\nprice: high\n");
    commit();
    need_status(SYNC("--allow-destructive=narrow", "--on-conflict", "fail"), 0);
    need_healed();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_held_row_refers_to),
        TEST(degraded_is_said),
        TEST(transitively),
        TEST(a_broken_list),
        TEST(a_lost_parent),
        TEST(the_fuse_counts_no_held_rows),
        TEST(edited_while_held),
        TEST(a_row_of_others),
        TEST(deleted_while_held),
        TEST(deleted_just_before_it_heals),
        TEST(what_the_schema_forbids),
        TEST(another_key),
        TEST(the_table_changes),
        TEST(healed_with_the_table),
    };
    return cmocka_run_group_tests_name("held rows", tests, NULL, NULL);
}
