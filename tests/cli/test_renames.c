/*
 * Renames of columns and collections: what is decided by the records, what by --rename, and what
 * stays of what others made.
 */
#include "tests/cli/cli.h"

#define SYNC(...)    CLI("migrate", "sync", "--target", TARGET, ##__VA_ARGS__)
#define ANALYZE(...) CLI("migrate", "analyze", "--target", TARGET, ##__VA_ARGS__)
#define RECORDS      "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"

/* Three brands with the columns that are given, as YAML, and their values. */
static void put_brands(const char *columns, const char *acme, const char *best, const char *calm)
{
    repo_put(shop, "brands/.collection/definition.yaml",
             cli_text(RECORDS "columns: {%s}\n", columns));
    repo_put(shop, "brands/$records/acme.yaml", acme);
    repo_put(shop, "brands/$records/best.yaml", best);
    repo_put(shop, "brands/$records/calm.yaml", calm);
    repo_commit(shop, columns);
}

static void synced(void)
{
    put_brands("title: {type: string, required: true, max_length: 9}, rank: {type: int}",
               "title: A\nrank: 1\n", "title: B\nrank: 1\n", "title: C\n");
    need_status(SYNC(), 0);
}

static const cJSON *change_of(const cJSON *report, const char *kind)
{
    const cJSON *change;
    cJSON_ArrayForEach(change, json_at(report, "schema.changes"))
    {
        if (strcmp(json_text(change, "kind"), kind) == 0)
            return change;
    }
    fail_msg("no %s", kind);
    return NULL;
}

static void need_in_sync(void)
{
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    need_status(SYNC("--mode", "full"), 0);
}

/* ---- columns ---- */

static void a_column_keeps_what_others_made(void **state)
{
    (void)state;
    synced();
    db_exec(cli_database(), "CREATE INDEX mine ON brands (title);"
                            "ALTER TABLE brands ADD COLUMN note TEXT;"
                            "UPDATE brands SET note = 'note of ' || id;"
                            "CREATE VIEW titles AS SELECT title FROM brands;"
                            "CREATE TABLE log (id);"
                            "CREATE TRIGGER t AFTER UPDATE OF title ON brands BEGIN "
                            "INSERT INTO log VALUES (new.id); END");
    put_brands("name: {type: string, required: true, max_length: 9}, rank: {type: int}",
               "name: A\nrank: 1\n", "name: B\nrank: 2\n", "name: C\n");
    const cJSON *report = need_json(ANALYZE("--format", "json"));
    const cJSON *change = change_of(report, "rename_column");
    assert_string_equal(json_text(change, "from"), "title");
    assert_string_equal(json_text(change, "to"), "name");
    assert_string_equal(json_text(change, "cause"), "pending");
    assert_string_equal(json_text(change, "why"),
                        "3 of 3 records have the same values under the new name");
    assert_true(json_number(report, "data.totals.pending") == 1);
    report = need_json(SYNC("--format", "json"));
    assert_true(json_number(report, "exit") == 0);
    assert_true(json_number(report, "counts.update") == 1);
    need_value("SELECT group_concat(name || note) FROM (SELECT * FROM brands ORDER BY id)",
               "Anote of acme,Bnote of best,Cnote of calm");
    need_value("SELECT name FROM pragma_index_info('mine')", "name");
    need_value("SELECT count(*) FROM titles", "3");
    /* The row that git changed was written, and no other. */
    need_value("SELECT group_concat(id) FROM log", "best");
    need_in_sync();
}

static void a_full_sync_comes_to_the_same(void **state)
{
    (void)state;
    synced();
    put_brands("name: {type: string}, rank: {type: int}", "name: A\nrank: 1\n",
               "name: B\nrank: 1\n", "name: C\n");
    const cJSON *report = need_json(SYNC("--mode", "full", "--format", "json"));
    assert_true(json_number(report, "exit") == 0);
    assert_true(json_number(report, "counts.update") == 0);
    need_value("SELECT group_concat(name) FROM (SELECT name FROM brands ORDER BY id)", "A,B,C");
    need_in_sync();
}

static void other_values_are_no_rename(void **state)
{
    (void)state;
    synced();
    put_brands("name: {type: string}, rank: {type: int}", "name: A\nrank: 1\n",
               "name: B\nrank: 1\n", "name: other\n");
    const process_result *got = SYNC();
    need_status(got, 5);
    need_err(got, "drop column brands.title");
    /* But the user may know better. The record is written, the others stay. */
    got = SYNC("--rename", "brands.title=brands.name");
    need_status(got, 0);
    need_out(got, "rename column brands.title to name (lock: as --rename says)");
    need_out(got, "0 inserted, 1 updated, 0 deleted");
    need_in_sync();
}

/* Nulls alone speak for nothing, and a column of another type is another one. */
static void nothing_in_common(void **state)
{
    (void)state;
    put_brands("title: {type: string}, rank: {type: int}", "title: A\n", "{}\n", "{}\n");
    need_status(SYNC(), 0);
    put_brands("title: {type: string}, place: {type: int}", "title: A\n", "{}\n", "{}\n");
    need_status(SYNC(), 5);
    put_brands("name: {type: any}, rank: {type: int}", "name: A\n", "{}\n", "{}\n");
    need_status(SYNC(), 5);
    const process_result *got = SYNC("--rename", "brands.title=brands.name");
    need_status(got, 2);
    need_err(got, "not of one kind");
}

static void ambiguous_columns(void **state)
{
    (void)state;
    synced();
    put_brands("name: {type: string}, label: {type: string}, rank: {type: int}",
               "name: A\nlabel: A\nrank: 1\n", "name: B\nlabel: B\nrank: 1\n",
               "name: C\nlabel: C\n");
    const process_result *got = ANALYZE();
    need_status(got, 0);
    need_out(got,
             "column 'title' is gone, and the new columns 'label', 'name' have the same values");
    need_out(got, "--rename brands.title=brands.label");
    need_out(got, "+ add column brands.name");
    need_status(SYNC(), 5);
    got = SYNC("--rename", "brands.title=brands.name");
    need_status(got, 0);
    need_out(got, "rename column brands.title to name");
    need_out(got, "add column brands.label");
    need_silent(got, "drop column");
    need_in_sync();
}

static void an_edited_value(void **state)
{
    (void)state;
    synced();
    db_exec(cli_database(), "UPDATE brands SET title = 'mine' WHERE id <> 'calm'");
    put_brands("name: {type: string}, rank: {type: int}", "name: A\nrank: 1\n",
               "name: B\nrank: 7\n", "name: C\n");
    const cJSON *report = need_json(ANALYZE("--format", "json", "--detail", "fields"));
    assert_true(json_number(report, "data.totals.drift") == 1);
    assert_true(json_number(report, "data.totals.conflict") == 1);
    need_status(SYNC("--on-conflict", "fail"), 5);
    need_status(SYNC("--on-conflict", "target"), 0);
    need_value("SELECT group_concat(name) FROM (SELECT name FROM brands ORDER BY id)",
               "mine,mine,C");
    need_status(SYNC("--mode", "full"), 0);
    need_value("SELECT group_concat(name) FROM (SELECT name FROM brands ORDER BY id)", "A,B,C");
}

/* ---- collections ---- */

static void put_lines(const char *collection, const char *parent)
{
    repo_put(shop, cli_text("%s/.collection/definition.yaml", collection),
             cli_text(RECORDS "columns: {%s: {type: string, foreign_key: brands}}\n", parent));
    repo_put(shop, cli_text("%s/.collection/subcollections/lines/definition.yaml", collection),
             RECORDS "columns: {count: {type: int}}\n");
    repo_put(shop, cli_text("%s/$records/one.yaml", collection), cli_text("%s: acme\n", parent));
    repo_put(shop, cli_text("%s/$records/one/lines/$records/a.yaml", collection), "count: 2\n");
    repo_put(shop, cli_text("%s/$records/one/lines/$records/b.yaml", collection), "count: 3\n");
}

static void put_roots(const char *also)
{
    repo_put(shop, ".ingitdb/root-collections.yaml",
             cli_text("brands: brands\nproducts: products\n%s", also));
}

static void a_collection_and_what_is_below_it(void **state)
{
    (void)state;
    put_roots("orders: orders\n");
    put_lines("orders", "brand");
    repo_commit(shop, "orders");
    need_status(SYNC(), 0);
    db_exec(cli_database(), "ALTER TABLE orders_lines ADD COLUMN note TEXT;"
                            "UPDATE orders_lines SET note = orders_id || id;"
                            "CREATE INDEX mine ON orders_lines (count)");
    put_roots("sales.bills: bills\n");
    repo_delete(shop, "orders");
    put_lines("bills", "brand");
    repo_put(shop, "bills/$records/two.yaml", "brand: acme\n");
    repo_commit(shop, "bills");
    const cJSON *report = need_json(ANALYZE("--format", "json"));
    const cJSON *change = change_of(report, "rename_table");
    assert_string_equal(json_text(change, "from"), "orders");
    assert_string_equal(json_text(change, "to"), "sales_bills");
    assert_string_equal(json_text(change, "why"),
                        "1 of 1 record has the same values under the new name");
    const process_result *got = SYNC();
    need_status(got, 0);
    need_out(got, "rename table orders_lines to sales_bills_lines (lock: it follows its parent");
    need_out(got, "1 inserted, 0 updated, 0 deleted");
    need_value("SELECT group_concat(note) FROM (SELECT note FROM sales_bills_lines ORDER BY id)",
               "onea,oneb");
    need_value("SELECT tbl_name FROM sqlite_schema WHERE name = 'mine'", "sales_bills_lines");
    need_value("SELECT group_concat(collection || row_count) FROM (SELECT * FROM "
               "ingitdb_sync_tables WHERE collection LIKE '%bills%' ORDER BY 1)",
               "sales.bills2,sales.bills/lines2");
    need_value("SELECT count(*) FROM ingitdb_sync_tables WHERE collection LIKE 'orders%'", "0");
    need_in_sync();
}

static void ambiguous_collections(void **state)
{
    (void)state;
    put_roots("orders: orders\n");
    put_lines("orders", "brand");
    repo_commit(shop, "orders");
    need_status(SYNC(), 0);
    put_roots("bills: bills\nnotes: notes\n");
    repo_delete(shop, "orders");
    put_lines("bills", "brand");
    put_lines("notes", "brand");
    repo_commit(shop, "two of them");
    const process_result *got = SYNC();
    need_status(got, 5);
    got = ANALYZE();
    need_out(got, "collection 'orders' is gone, and the new collections 'bills', 'notes' have");
    got = SYNC("--rename", "orders=notes");
    need_status(got, 0);
    need_out(got, "rename table orders to notes");
    need_out(got, "create table bills");
    need_in_sync();
}

/* Another column, other values: --rename says what they are, and the columns of the collection are
 * decided like those of any. */
static void hints_for_both(void **state)
{
    (void)state;
    put_roots("orders: orders\n");
    put_lines("orders", "brand");
    repo_commit(shop, "orders");
    need_status(SYNC(), 0);
    put_roots("bills: bills\n");
    repo_delete(shop, "orders");
    put_lines("bills", "maker");
    repo_commit(shop, "bills");
    need_status(SYNC(), 5);
    const process_result *got = SYNC("--rename", "orders=bills");
    need_status(got, 0);
    need_out(got, "rename column bills.brand to maker (lock: 1 of 1 record");
    need_in_sync();
}

static void hints_that_do_not_fit(void **state)
{
    (void)state;
    need_err(SYNC("--rename", "brands.title=brands.name"), "nothing was synced");
    synced();
    put_brands("name: {type: string}, rank: {type: int}", "name: A\n", "name: B\n", "name: C\n");
    static const struct {
        const char *hint, *why;
    } cases[] = {{"brands.no=brands.name", "the last synced commit has no such"},
                 {"brands.title=brands.no", "the new commit has no such"},
                 {"brands.rank=brands.name", "the old one is still there"},
                 {"brands.title=brands.rank", "the new one was there before"},
                 {"products=brands", "the old one is still there"},
                 {"brands.title", "OLD=NEW"},
                 {"=brands.title", "OLD=NEW"},
                 {"brands.title=", "OLD=NEW"},
                 {"", "OLD=NEW"}};
    for (size_t n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
        const process_result *got = SYNC("--rename", cases[n].hint);
        need_status(got, 2);
        need_err(got, cases[n].why);
    }
    need_status(SYNC("--rename", "brands.title=brands.name"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_column_keeps_what_others_made),
        TEST(a_full_sync_comes_to_the_same),
        TEST(other_values_are_no_rename),
        TEST(nothing_in_common),
        TEST(ambiguous_columns),
        TEST(an_edited_value),
        TEST(a_collection_and_what_is_below_it),
        TEST(ambiguous_collections),
        TEST(hints_for_both),
        TEST(hints_that_do_not_fit),
    };
    return cmocka_run_group_tests_name("renames", tests, NULL, NULL);
}
