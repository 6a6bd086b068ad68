/*
 * --adopt: tables that somebody else made become ours, with what is equal in them; what else is in
 * them stays.
 */
#include "tests/cli/cli.h"

#define ADOPT(...) CLI("migrate", "sync", "--target", TARGET, "--adopt", ##__VA_ARGS__)

/* Somebody's table: another spelling, types of old, more columns, an index and a trigger; one row
 * is what git has, one differs, one is unknown to git. */
static const char theirs[] =
    "CREATE TABLE Brands (id TEXT PRIMARY KEY, title TEXT NOT NULL);"
    "INSERT INTO Brands VALUES ('acme', 'Acme');"
    "CREATE TABLE Products (num INTEGER PRIMARY KEY AUTOINCREMENT, Id VARCHAR(20) NOT NULL UNIQUE,"
    " Title VARCHAR(100), BRAND TEXT, price NUMERIC, sku TEXT DEFAULT 'none');"
    "CREATE INDEX by_price ON Products (price);"
    "CREATE TABLE log (what TEXT);"
    "CREATE TRIGGER noted AFTER UPDATE ON Products BEGIN INSERT INTO log VALUES (new.Id); END;"
    "CREATE VIEW cheap AS SELECT Id, sku FROM products WHERE price < 5;"
    "INSERT INTO Products (id, title, brand, price, sku) VALUES ('anvil', 'Anvil', 'acme', 9.5, 'A'),"
    " ('rope', 'Old rope', NULL, 3, 'R'), ('extra', 'Extra', NULL, 1, 'E'), ('gone', 'G', NULL, 1,"
    " 'G'); DELETE FROM Products WHERE id = 'gone'";

static char *whole(void)
{
    return db_dump(cli_database(), 0);
}

static void need_unchanged(const char *before, const process_result *got, int status)
{
    need_status(got, status);
    char *after = whole();
    db_assert_equal(after, before, "a refused or dry run");
    free(after);
    need_value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'ingitdb%'", "0");
}

static void only_when_asked(void **state)
{
    (void)state;
    db_exec(cli_database(), theirs);
    char *before = whole();
    const process_result *got = CLI("migrate", "sync", "--target", TARGET);
    need_unchanged(before, got, 5);
    need_err(got, "table 'brands' exists in the target and was not created by this program");
    need_err(got, "hint: --adopt takes it over");
    got = CLI("migrate", "sync", "--target", TARGET, "--dry-run");
    need_unchanged(before, got, 5);
    need_err(got, "hint: --adopt takes it over");
    free(before);
}

static void equal_different_and_foreign(void **state)
{
    (void)state;
    db_exec(cli_database(), theirs);
    const process_result *got = ADOPT();
    need_status(got, 0);
    need_out(got, "took over brands: 1 equal, 0 changed, 0 foreign");
    need_out(got, "took over products: 1 equal, 1 changed, 1 foreign");
    need_out(got, "stays as it is: column products.sku");
    need_out(got, "stays as it is: index products.by_price");
    need_out(got, "0 inserted, 1 updated, 0 deleted");
    need_value("SELECT group_concat(id || title || price || sku) FROM products",
               "anvilAnvil9.5A,ropeRope3R,extraExtra1E");
    /* Equal rows were not touched. */
    need_value("SELECT group_concat(what) FROM log", "rope");
    need_value("SELECT group_concat(key || decision || old) FROM ingitdb_sync_conflicts",
               "[\"rope\"]overwritten{\"id\":\"rope\",\"price\":3,\"title\":\"Old rope\"}");
    need_value("SELECT group_concat(collection || adopted || row_count) FROM ingitdb_sync_tables",
               "brands11,products12");
    /* Nothing of theirs went, and the names are theirs. */
    need_value("SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info('products'))",
               "num,Id,Title,BRAND,price,sku");
    need_value("SELECT name FROM sqlite_schema WHERE name = 'products' COLLATE NOCASE", "Products");
    need_value("SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE name IN "
               "('by_price', 'noted', 'cheap') ORDER BY 1)",
               "by_price,cheap,noted");
    need_value("SELECT group_concat(Id || sku) FROM (SELECT * FROM cheap ORDER BY Id)",
               "extraE,ropeR");
    need_value("SELECT seq >= 4 FROM sqlite_sequence WHERE name = 'Products'", "1");
    /* Ours was added. */
    need_value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'ix_products_brand_%'", "1");
    need_value("SELECT count(*) FROM pragma_foreign_key_list('products')", "1");
    need_value("SELECT \"notnull\" FROM pragma_table_info('products') WHERE name = 'Title'", "1");
}

static void two_ways_of_trying(void **state)
{
    (void)state;
    db_exec(cli_database(), theirs);
    char *before = whole();
    const process_result *got = ADOPT("--dry-run");
    need_unchanged(before, got, 0);
    need_out(got, "would take over products: 1 equal, 1 would change, 1 foreign");
    got = ADOPT("--dry-run=execute");
    need_unchanged(before, got, 0);
    need_out(got, "would take over products: 1 equal, 1 would change, 1 foreign");
    got = CLI("migrate", "analyze", "--target", TARGET, "--adopt");
    need_unchanged(before, got, 0);
    need_out(got, "products: 1 equal, 1 would change, 1 foreign");
    got = CLI("migrate", "analyze", "--target", TARGET, "--adopt", "--format", "markdown");
    need_out(got, "| <code>products</code> | 1 | 1 | 1 |");
    free(before);
}

static const cJSON *table_named(const cJSON *report, const char *name)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, json_at(report, "data.tables"))
    {
        if (strcmp(json_text(one, "table"), name) == 0)
            return one;
    }
    fail_msg("no table %s", name);
    return NULL;
}

static void as_json(void **state)
{
    (void)state;
    db_exec(cli_database(), theirs);
    cJSON *report = need_json(CLI("migrate", "analyze", "--target", TARGET, "--adopt", "--format",
                                  "json", "--detail", "fields"));
    const cJSON *table = table_named(report, "products");
    assert_true(cJSON_IsTrue(json_at(table, "adopted")));
    assert_true(json_number(table, "unchanged") == 1 && json_number(table, "update") == 1);
    assert_true(json_number(table, "delete") == 0 && json_number(table, "foreign") == 1);
    assert_true(json_number(table, "conflict") == 1);
    const cJSON *last = cJSON_GetArrayItem(json_at(table, "records"), 1);
    assert_string_equal(json_text(last, "key"), "extra");
    assert_string_equal(json_text(last, "change"), "keep");
    assert_string_equal(json_text(last, "cause"), "foreign");
    assert_int_equal(cJSON_GetArraySize(json_at(report, "foreign")), 3);
    report = need_json(ADOPT("--format", "json"));
    assert_true(json_number(report, "counts.foreign") == 1);
    assert_true(cJSON_IsTrue(json_at(table_named(report, "products"), "adopted")));
    assert_true(json_number(table_named(report, "products"), "foreign") == 1);
    assert_int_equal(cJSON_GetArraySize(json_at(report, "foreign")), 3);
}

/* Foreign rows are not what --verify is about; what a trigger of theirs does to ours is. */
static void what_was_written_is_verified(void **state)
{
    (void)state;
    db_exec(cli_database(), theirs);
    db_exec(cli_database(),
            "CREATE TRIGGER wrong AFTER UPDATE ON Products BEGIN UPDATE Products SET"
            " price = 77 WHERE num = new.num; END");
    char *before = whole();
    const process_result *got = ADOPT("--verify");
    need_unchanged(before, got, 1);
    need_err(got, "'products' (0 missing, 1 different, 0 too many)");
    free(before);
    db_exec(cli_database(), "DROP TRIGGER wrong");
    need_out(ADOPT("--verify"), "took over products: 1 equal, 1 changed, 1 foreign");
}

/* The row of an invalid record stays, and is git's again when it is repaired. */
static void invalid_records(void **state)
{
    (void)state;
    db_exec(cli_database(), theirs);
    char *before = whole();
    repo_put(shop, "products/$records/rope.yaml", "title: Rope\nprice: -3\n");
    repo_commit(shop, "broken");
    need_unchanged(before, ADOPT(), 3);
    free(before);
    need_out(ADOPT("--on-invalid", "skip"), "took over products: 1 equal, 0 changed, 2 foreign");
    need_value("SELECT title FROM products WHERE id = 'rope'", "Old rope");
    repo_put(shop, "products/$records/rope.yaml", "title: Rope\nprice: 4\n");
    repo_commit(shop, "repaired");
    need_status(CLI("migrate", "sync", "--target", TARGET, "--on-conflict", "fail"), 5);
    need_status(CLI("migrate", "sync", "--target", TARGET, "--max-delete", "100"), 0);
    need_value("SELECT title || price FROM products WHERE id = 'rope'", "Rope4");
    need_value("SELECT max(old) FROM ingitdb_sync_conflicts WHERE key = '[\"rope\"]'",
               "{\"id\":\"rope\",\"price\":3,\"title\":\"Old rope\"}");
}

static void whoever_wins(void **state)
{
    (void)state;
    db_exec(cli_database(), theirs);
    char *before = whole();
    const process_result *got = ADOPT("--on-conflict", "fail");
    need_unchanged(before, got, 5);
    need_err(got, "key 'rope'");
    free(before);
    got = ADOPT("--on-conflict", "target");
    need_status(got, 0);
    need_out(got, "took over products: 1 equal, 0 changed, 1 foreign");
    need_value("SELECT group_concat(title) FROM products", "Anvil,Old rope,Extra");
    need_value("SELECT decision FROM ingitdb_sync_conflicts", "kept");
    /* Without a row that differs, nobody has to win. */
    need_value("SELECT count(*) FROM ingitdb_sync_conflicts", "1");
}

static void missing_columns(void **state)
{
    (void)state;
    db_exec(cli_database(), "CREATE TABLE products (id TEXT PRIMARY KEY, note TEXT);"
                            "INSERT INTO products VALUES ('anvil', 'n'), ('mine', 'm')");
    const process_result *got = ADOPT();
    need_status(got, 0);
    need_out(got, "add column products.price (float)");
    need_err(got,
             "column 'title' of table 'products' stays nullable: 1 row that git does not know");
    need_silent(got, "set not null products.title");
    need_out(got, "took over products: 0 equal, 1 changed, 1 foreign");
    need_value("SELECT group_concat(id || coalesce(title, '-') || coalesce(note, '-')) FROM "
               "(SELECT * FROM products ORDER BY id)",
               "anvilAnviln,mine-m,ropeRope-");
    /* A full sync deletes what git does not know, and then NOT NULL is possible. */
    need_status(CLI("migrate", "sync", "--target", TARGET, "--mode", "full"), 0);
    need_value("SELECT \"notnull\" FROM pragma_table_info('products') WHERE name = 'title'", "1");
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
}

/* What the others' table forbids is theirs, also for analyze and a full sync. */
static void their_constraints_stay(void **state)
{
    (void)state;
    db_exec(cli_database(),
            "CREATE TABLE products (id TEXT PRIMARY KEY, title TEXT, price REAL NOT NULL DEFAULT 0"
            " CONSTRAINT dear CHECK (price < 100), brand TEXT, UNIQUE (title))");
    need_status(ADOPT(), 0);
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    const process_result *got = CLI("migrate", "sync", "--target", TARGET, "--mode", "full");
    need_status(got, 0);
    need_silent(got, "schema change");
    need_value("SELECT \"notnull\" FROM pragma_table_info('products') WHERE name = 'price'", "1");
    repo_put(shop, "products/$records/gold.yaml", "title: Gold\nprice: 200\n");
    repo_commit(shop, "gold");
    got = CLI("migrate", "sync", "--target", TARGET);
    need_status(got, 7);
    need_err(got, "key 'gold'");
    need_err(got, "dear");
}

static void what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *says;
    } cases[] = {
        {"CREATE TABLE products (id INTEGER PRIMARY KEY, title TEXT)",
         "its column 'id' is of type INTEGER; a key needs TEXT"},
        {"CREATE TABLE products (id TEXT COLLATE NOCASE PRIMARY KEY)",
         "its column 'id' is of type TEXT COLLATE NOCASE; a key needs TEXT"},
        {"CREATE TABLE products (code TEXT PRIMARY KEY)", "it has no column 'id' (TEXT)"},
        {"CREATE TABLE products (id TEXT, title TEXT)",
         "hint: make one: CREATE UNIQUE INDEX \"uq_products_key\" ON \"products\" (\"id\")"},
        {"CREATE TABLE products (id TEXT, title TEXT, PRIMARY KEY (id, title))",
         "neither a primary key nor a unique index over exactly its key (\"id\")"},
        {"CREATE TABLE products (id TEXT, title TEXT);"
         "CREATE UNIQUE INDEX some ON products (id) WHERE title > ''",
         "neither a primary key nor a unique index"},
        {"CREATE TABLE products (id TEXT PRIMARY KEY, price TEXT)",
         "its column 'price' is of type TEXT; float needs REAL"},
        {"CREATE TABLE products (id TEXT PRIMARY KEY, title DECIMAL(10, 2))",
         "its column 'title' is of type DECIMAL(10, 2); string needs TEXT"},
        {"CREATE TABLE products (id TEXT PRIMARY KEY, title)",
         "its column 'title' is without a type; string needs TEXT"},
        {"CREATE TABLE products (id TEXT PRIMARY KEY, title TEXT AS (id || '!'))",
         "its column 'title' is computed"},
        {"CREATE VIEW products AS SELECT 'a' AS id", "'products' exists in the target and is not "},
        {"CREATE TABLE x (y); CREATE INDEX Products ON x (y)", "is not a table"},
        {"CREATE TABLE products (id TEXT PRIMARY KEY, price REAL);"
         "INSERT INTO products VALUES ('bad', -1)",
         "its row 'bad' breaks check ck_products_price_"},
        {"CREATE TABLE products (id TEXT PRIMARY KEY, brand TEXT);"
         "INSERT INTO products VALUES ('bad', 'nobody')",
         "its row 'bad' breaks foreign key fk_products_brand_"},
    };
    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        remove(cli_database());
        db_exec(cli_database(), cases[n].sql);
        char *before = whole();
        const process_result *got = ADOPT();
        need_unchanged(before, got, 5);
        need_err(got, cases[n].says);
        got = ADOPT("--format", "json");
        assert_string_equal(json_text(need_json(got), "code"), "UNOWNED");
        free(before);
    }
    /* With the index that the hint asks for it goes. */
    remove(cli_database());
    db_exec(cli_database(), "CREATE TABLE products (id TEXT, title TEXT);"
                            "CREATE UNIQUE INDEX \"uq_products_key\" ON \"products\" (\"id\")");
    need_status(ADOPT(), 0);
}

static void never_another_sources(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    repo_builder *other = cli_repository(false);
    repo_put(other, ".ingitdb/root-collections.yaml", "Brands: brands\n");
    repo_put(other, ".ingitdb/migrate.yaml", "name: other\n");
    repo_put(other, "brands/.collection/definition.yaml",
             "record_file:\n  name: '{key}.yaml'\n  type: map[string]any\n  format: yaml\n"
             "columns:\n  title: {type: string, required: true}\n");
    repo_commit(other, "brands");
    const char *const elsewhere[] = {cli_text("INGITDB_SOURCE=%s", repo_path(other)), NULL};
    const process_result *got =
        CLI_WITH(elsewhere, "migrate", "sync", "--target", TARGET, "--adopt");
    need_status(got, 5);
    need_err(got, "belongs to source 'shop'");
    got = CLI_WITH(elsewhere, "migrate", "analyze", "--target", TARGET, "--adopt");
    need_status(got, 5);
    need_err(got, "belongs to source 'shop'");
    need_value("SELECT count(*) FROM brands", "1");
    /* What is ours already is not taken over again. */
    got = ADOPT("--mode", "full");
    need_status(got, 0);
    need_silent(got, "took over");
    need_value("SELECT max(adopted) FROM ingitdb_sync_tables", "0");
}

#define NOTES                                                                                \
    "record_file:\n  name: '{key}.yaml'\n  type: map[string]any\n  format: yaml\ncolumns:\n" \
    "  text: {type: string, required: true}\n  product: {type: string, foreign_key: products}\n"

/* A table is taken over in a run that is incremental for the others. */
static void one_is_ours_already(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    db_exec(cli_database(),
            "CREATE TABLE notes (id TEXT PRIMARY KEY, text TEXT, mine INT);"
            "INSERT INTO notes VALUES ('a', 'A', 1), ('z', 'Z', 2);"
            "UPDATE products SET price = 1 WHERE id = 'anvil';" /* git does not touch it */
            "INSERT INTO products (id, title) VALUES ('own', 'Own')");
    repo_put(shop, ".ingitdb/root-collections.yaml",
             "brands: brands\nproducts: products\nnotes: notes\n");
    repo_put(shop, "notes/.collection/definition.yaml", NOTES);
    repo_put(shop, "notes/$records/a.yaml", "text: A\nproduct: rope\n");
    repo_put(shop, "notes/$records/b.yaml", "text: B\n");
    repo_put(shop, "products/$records/rope.yaml", "title: Cord\nprice: 3\n");
    repo_put(shop, "products/$records/saw.yaml", "title: Saw\n");
    repo_commit(shop, "notes");
    const process_result *got = ADOPT();
    need_status(got, 0);
    need_out(got, "took over notes: 0 equal, 1 changed, 1 foreign");
    need_out(got, "2 inserted, 2 updated, 0 deleted");
    need_out(got, "rows that git did not change were not compared");
    need_value("SELECT group_concat(id || title || coalesce(price, '')) FROM "
               "(SELECT * FROM products ORDER BY id)",
               "anvilAnvil1.0,ownOwn,ropeCord3.0,sawSaw");
    need_value("SELECT group_concat(id || text || coalesce(mine, '')) FROM notes", "aA1,zZ2,bB");
    need_value("SELECT group_concat(adopted) FROM (SELECT * FROM ingitdb_sync_tables ORDER BY "
               "collection)",
               "0,1,0");
    need_value("SELECT row_count FROM ingitdb_sync_tables WHERE collection = 'products'", "3");
    /* The next run is one like any other. */
    repo_put(shop, "notes/$records/b.yaml", "text: BB\n");
    repo_put(shop, "notes/$records/z.yaml", "text: ZZ\n");
    repo_delete(shop, "notes/$records/a.yaml");
    repo_commit(shop, "more notes");
    got = CLI("migrate", "sync", "--target", TARGET);
    need_status(got, 0);
    need_out(got, "1 row that somebody had changed was overwritten");
    need_value("SELECT group_concat(id || text) FROM (SELECT * FROM notes ORDER BY id)", "bBB,zZZ");
    need_value("SELECT adopted FROM ingitdb_sync_tables WHERE collection = 'notes'", "1");
}

/* Deleting a parent would take rows along that are not git's. */
static void no_row_goes_with_its_parent(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    db_exec(cli_database(), "CREATE TABLE products_reviews (products_id TEXT, id TEXT, stars INT,"
                            " PRIMARY KEY (products_id, id));"
                            "INSERT INTO products_reviews VALUES ('rope', 'r1', 5)");
    repo_put(shop, "products/.collection/subcollections/reviews/definition.yaml",
             "record_file:\n  name: '{key}.yaml'\n  type: map[string]any\n  format: yaml\n"
             "columns:\n  stars: {type: int}\n");
    repo_delete(shop, "products/$records/rope.yaml");
    repo_commit(shop, "reviews");
    const process_result *got = ADOPT();
    need_status(got, 5);
    need_err(got, "key 'rope/r1' of table 'products_reviews', which is taken over, belongs to it");
    need_value("SELECT count(*) FROM products_reviews", "1");
    need_value("SELECT count(*) FROM products", "2");
    need_status(ADOPT("--on-conflict", "target"), 0);
    need_value("SELECT count(*) FROM products_reviews", "1");
    need_value("SELECT count(*) FROM products", "2");
}

static void a_full_sync_later(void **state)
{
    (void)state;
    db_exec(cli_database(), theirs);
    db_exec(cli_database(),
            "INSERT INTO products (id, title) WITH RECURSIVE n(i) AS (SELECT 1 UNION"
            " ALL SELECT i + 1 FROM n WHERE i < 30) SELECT 'x' || i, 'X' FROM n");
    need_out(ADOPT(), "took over products: 1 equal, 1 changed, 31 foreign");
    need_out(CLI("migrate", "analyze", "--target", TARGET), "31 drift");
    const process_result *got = CLI("migrate", "sync", "--target", TARGET, "--mode", "full");
    need_status(got, 5);
    need_err(got, "this would delete 31 of 33 records of 'products'");
    need_status(
        CLI("migrate", "sync", "--target", TARGET, "--mode", "full", "--on-conflict", "target"), 0);
    need_value("SELECT count(*) FROM products", "33");
    need_status(CLI("migrate", "sync", "--target", TARGET, "--mode", "full",
                    "--allow-destructive=mass_delete"),
                0);
    need_value("SELECT count(*) FROM products", "2");
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
}

static void the_collection_goes(void **state)
{
    (void)state;
    db_exec(cli_database(), theirs);
    need_status(ADOPT(), 0);
    repo_put(shop, ".ingitdb/root-collections.yaml", "brands: brands\n");
    repo_commit(shop, "no products");
    const process_result *got = CLI("migrate", "sync", "--target", TARGET);
    need_status(got, 5);
    need_err(got, "--allow-destructive=drop_table");
    got = CLI("migrate", "sync", "--target", TARGET, "--allow-destructive=drop_table");
    need_status(got, 5);
    need_err(got, "table 'products' was taken over and holds 1 row that git does not have");
    need_err(got, "--allow-destructive=drop_table,mass_delete");
    need_value("SELECT count(*) FROM products", "3");
    need_status(CLI("migrate", "sync", "--target", TARGET,
                    "--allow-destructive=drop_table,mass_delete"),
                0);
    need_value("SELECT count(*) FROM sqlite_schema WHERE name = 'Products'", "0");
}

/* The bookkeeping is lost, the tables are as we made them. */
static void our_own_again(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    char *before = whole();
    db_exec(cli_database(), "DROP TABLE ingitdb_sync_state; DROP TABLE ingitdb_sync_tables;"
                            "DROP TABLE ingitdb_sync_held; DROP TABLE ingitdb_sync_conflicts");
    const process_result *got = ADOPT("--on-conflict", "fail");
    need_status(got, 0);
    need_silent(got, "schema change");
    need_out(got, "took over products: 2 equal, 0 changed, 0 foreign");
    need_out(got, "0 inserted, 0 updated, 0 deleted");
    char *after = whole();
    db_assert_equal(after, before, "taking over one's own");
    free(before);
    free(after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_when_asked),
        TEST(equal_different_and_foreign),
        TEST(two_ways_of_trying),
        TEST(as_json),
        TEST(whoever_wins),
        TEST(invalid_records),
        TEST(what_was_written_is_verified),
        TEST(missing_columns),
        TEST(their_constraints_stay),
        TEST(what_does_not_fit),
        TEST(never_another_sources),
        TEST(one_is_ours_already),
        TEST(no_row_goes_with_its_parent),
        TEST(a_full_sync_later),
        TEST(the_collection_goes),
        TEST(our_own_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
