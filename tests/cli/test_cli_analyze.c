/*
 * analyze and verify: what they find, how they say it, how they end; and that they write nothing.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "tests/cli/cli.h"

#define ANALYZE(...) CLI("migrate", "analyze", "--target", TARGET, ##__VA_ARGS__)
#define VERIFY(...)  CLI("migrate", "verify", "--target", TARGET, ##__VA_ARGS__)

static void synced(void)
{
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
}

static const cJSON *table_of(const cJSON *report, const char *name)
{
    const cJSON *table;
    cJSON_ArrayForEach(table, json_at(report, "data.tables"))
    {
        if (strcmp(json_text(table, "table"), name) == 0)
            return table;
    }
    fail_msg("no table %s", name);
    return NULL;
}

static const cJSON *record_of(const cJSON *report, const char *table, const char *key)
{
    const cJSON *record;
    cJSON_ArrayForEach(record, json_at(table_of(report, table), "records"))
    {
        if (strcmp(json_text(record, "key"), key) == 0)
            return record;
    }
    fail_msg("no record %s of %s", key, table);
    return NULL;
}

static const cJSON *field_of(const cJSON *record, const char *name)
{
    const cJSON *field;
    cJSON_ArrayForEach(field, json_at(record, "fields"))
    {
        if (strcmp(json_text(field, "name"), name) == 0)
            return field;
    }
    fail_msg("no field %s", name);
    return NULL;
}

static void need_cause(const cJSON *record, const char *change, const char *cause)
{
    assert_string_equal(json_text(record, "change"), change);
    assert_string_equal(json_text(record, "cause"), cause);
}

/* ---- in sync ---- */

static void equal(void **state)
{
    (void)state;
    synced();
    const process_result *got = VERIFY();
    need_status(got, 0);
    need_out(got, "shop: ");
    need_out(got, ": 3 equal: in sync\n");
    need_silent(got, "HEAD"); /* it is the target that says which commit */
    need_status(ANALYZE("--exit-code"), 0);
    cJSON *report = need_json(ANALYZE("--exit-code", "--format", "json"));
    assert_true(cJSON_IsTrue(json_at(report, "in_sync")));
    assert_string_equal(json_text(report, "code"), "OK");
    assert_string_equal(json_text(report, "source.ref"), "HEAD");
    assert_string_equal(json_text(report, "source.commit"), shop_first_id);
    assert_string_equal(json_text(report, "target.synced_commit"), shop_first_id);
    assert_true(json_number(report, "data.totals.unchanged") == 3);
    report = need_json(VERIFY("--format", "json"));
    assert_string_equal(json_text(report, "source.ref"), "(null)");
    need_status(VERIFY("--ref", "HEAD"), 2);
}

static void nothing_is_written(void **state)
{
    (void)state;
    synced();
    db_exec(cli_database(), "UPDATE brands SET title = 'edited'");
    char *before = db_dump(cli_database(), 1);
    need_status(ANALYZE("--detail", "fields"), 0);
    need_status(VERIFY(), 1);
    char *after = db_dump(cli_database(), 1);
    db_assert_equal(after, before, "analyze and verify");
    free(before);
    free(after);
    need_status(CLI("migrate", "analyze", "--target", "sqlite:new.db"), 4);
    assert_int_not_equal(access(cli_text("%s/new.db", cli_directory), F_OK), 0);
    /* A database without bookkeeping stays one. */
    db_exec(cli_text("%s/other.db", cli_directory), "CREATE TABLE mine (a)");
    const process_result *got = CLI("migrate", "analyze", "--target", "sqlite:other.db");
    need_status(got, 0);
    need_out(got, "+ create table products");
    need_out(got, "3 to insert");
    got = CLI("migrate", "verify", "--target", "sqlite:other.db");
    need_status(got, 1);
    need_err(got, "the target holds no commit of 'shop'");
    char *tables = db_query(cli_text("%s/other.db", cli_directory),
                            "SELECT group_concat(name) FROM sqlite_schema");
    assert_string_equal(tables, "mine");
    free(tables);
}

/* ---- what verify finds ---- */

static void need_found(const char *sql, const char *change, const char *key)
{
    db_exec(cli_database(), sql);
    cJSON *report = need_json(VERIFY("--format", "json", "--detail", "records"));
    assert_true(json_number(report, "exit") == 1);
    assert_string_equal(json_text(report, "code"), "DIFFERS");
    assert_true(json_number(report, "data.totals.drift") == 1);
    assert_true(json_number(report, cli_text("data.totals.%s", change)) == 1);
    need_cause(record_of(report, "products", key), change, "drift");
    need_status(CLI("migrate", "sync", "--target", TARGET, "--mode", "full"), 0);
    need_status(VERIFY(), 0);
}

static void a_single_difference(void **state)
{
    (void)state;
    synced();
    need_found("UPDATE products SET price = 9.5000000000000018 WHERE id = 'anvil'", "update",
               "anvil");
    need_found("UPDATE products SET title = 'anvil' WHERE id = 'anvil'", "update", "anvil");
    need_found("UPDATE products SET brand = NULL WHERE id = 'anvil'", "update", "anvil");
    need_found("DELETE FROM products WHERE id = 'rope'", "insert", "rope");
    need_found("INSERT INTO products (id, title) VALUES ('saw', 'Saw')", "delete", "saw");
}

static void foreign_objects_do_not_matter(void **state)
{
    (void)state;
    synced();
    db_exec(cli_database(), "ALTER TABLE products ADD COLUMN note TEXT;"
                            "UPDATE products SET note = 'mine';"
                            "CREATE INDEX by_note ON products (note);"
                            "CREATE TABLE others (id)");
    const process_result *got = VERIFY();
    need_status(got, 0);
    need_out(got, "column products.note\n");
    need_out(got, "index products.by_note\n");
    need_out(got, "2 foreign objects: in sync");
    cJSON *report = need_json(VERIFY("--format", "json"));
    assert_int_equal(cJSON_GetArraySize(json_at(report, "foreign")), 2);
    need_out(VERIFY("--format", "markdown"), "2 foreign objects: not ours, they stay");
}

static void schema_drift(void **state)
{
    (void)state;
    synced();
    db_exec(cli_database(), "DROP TABLE products; PRAGMA foreign_keys = OFF; "
                            "ALTER TABLE brands RENAME COLUMN title TO name");
    const process_result *got = VERIFY();
    need_status(got, 1);
    need_out(got, "+ create table products");
    need_out(got, "drift");
    cJSON *report = need_json(VERIFY("--format", "json"));
    const cJSON *change;
    bool column = false;
    cJSON_ArrayForEach(change, json_at(report, "schema.changes"))
    {
        assert_string_equal(json_text(change, "cause"), "drift");
        if (strcmp(json_text(change, "kind"), "add_column") != 0)
            continue;
        column = true;
        assert_string_equal(json_text(change, "table"), "brands");
        assert_string_equal(json_text(change, "column"), "title");
        assert_string_equal(json_text(change, "from"), "(null)");
        assert_string_equal(json_text(change, "to"), "string");
    }
    assert_true(column);
    /* Ours, under a name that we did not give. */
    assert_string_equal(json_text(report, "foreign.0.name"), "name");
    assert_true(json_number(report, "data.totals.drift") == 3);
}

static void held_records_are_unverified(void **state)
{
    (void)state;
    repo_put(shop, "products/$records/broken.yaml", "title: [\n");
    repo_put(shop, "products/$records/lost.yaml", "title: Lost\nbrand: nobody\n");
    repo_commit(shop, "invalid ones");
    need_status(CLI("migrate", "sync", "--target", TARGET, "--on-invalid", "skip"), 0);
    const process_result *got = VERIFY();
    need_status(got, 0);
    need_out(got, "3 equal, 2 held records unverified: in sync");
    cJSON *report = need_json(VERIFY("--format", "json"));
    assert_true(json_number(report, "counts.unverified") == 2);
    assert_int_equal(cJSON_GetArraySize(json_at(report, "held")), 2);
    db_exec(cli_database(), "UPDATE brands SET title = 'edited'");
    need_status(VERIFY(), 1);
}

/* ---- what analyze finds ---- */

static void move_and_edit(void)
{
    repo_put(shop, "products/$records/saw.yaml", "title: Saw\n");
    repo_put(shop, "products/$records/nail.yaml", "title: Nail\n");
    repo_put(shop, "products/$records/pin.yaml", "title: Pin\n");
    repo_commit(shop, "second");
    synced();
    repo_put(shop, "products/.collection/definition.yaml",
             "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"
             "columns:\n"
             "  title: {type: string, required: true}\n"
             "  brand: {type: string, foreign_key: brands}\n"
             "  price: {type: float, min_value: 0}\n"
             "  stock: {type: int}\n"
             "  sold: {type: bool}\n"
             "  shape: {type: any}\n");
    repo_put(shop, "products/$records/anvil.yaml",
             "title: Great Anvil\nbrand: acme\nprice: 9.5\nstock: 9223372036854775807\n"
             "sold: false\nshape: {b: [1, null], a: x}\n");
    repo_put(shop, "products/$records/rope.yaml", "title: Long Rope\nprice: 3\n");
    repo_put(shop, "products/$records/new.yaml", "title: New\n");
    repo_delete(shop, "products/$records/nail.yaml");
    repo_delete(shop, "products/$records/pin.yaml");
    repo_commit(shop, "third");
    db_exec(cli_database(), "UPDATE products SET title = 'Short Rope' WHERE id = 'rope';"
                            "UPDATE products SET title = 'Sew' WHERE id = 'saw';"
                            "UPDATE products SET title = 'Needle' WHERE id = 'pin';"
                            "INSERT INTO products (id, title) VALUES ('mine', 'By hand')");
}

static void causes(void **state)
{
    (void)state;
    move_and_edit();
    need_status(ANALYZE(), 0);
    need_status(ANALYZE("--exit-code"), 1);
    cJSON *report = need_json(ANALYZE("--format", "json", "--detail", "fields", "--exit-code"));
    assert_string_equal(json_text(report, "code"), "DIFFERS");
    assert_true(cJSON_IsNull(json_at(report, "error")));
    need_cause(record_of(report, "products", "anvil"), "update", "pending");
    need_cause(record_of(report, "products", "new"), "insert", "pending");
    need_cause(record_of(report, "products", "nail"), "delete", "pending");
    need_cause(record_of(report, "products", "saw"), "update", "drift");
    need_cause(record_of(report, "products", "mine"), "delete", "drift");
    need_cause(record_of(report, "products", "rope"), "update", "conflict");
    need_cause(record_of(report, "products", "pin"), "delete", "conflict");
    assert_true(json_number(report, "data.totals.pending") == 3);
    assert_true(json_number(report, "data.totals.drift") == 2);
    assert_true(json_number(report, "data.totals.conflict") == 2);
    const cJSON *rope = field_of(record_of(report, "products", "rope"), "title");
    assert_string_equal(json_text(rope, "base"), "Rope");
    assert_string_equal(json_text(rope, "old"), "Short Rope");
    assert_string_equal(json_text(rope, "new"), "Long Rope");
    const cJSON *change;
    cJSON_ArrayForEach(change, json_at(report, "schema.changes"))
    {
        assert_string_equal(json_text(change, "cause"), "pending");
    }
    assert_int_equal(cJSON_GetArraySize(json_at(report, "schema.changes")), 3);
    /* Less detail, fewer words, equal numbers. */
    report = need_json(ANALYZE("--format", "json"));
    assert_int_equal(cJSON_GetArraySize(json_at(table_of(report, "products"), "records")), 0);
    assert_true(json_number(report, "data.totals.conflict") == 2);
}

static void values_keep_their_types(void **state)
{
    (void)state;
    move_and_edit();
    const process_result *got = ANALYZE("--format", "json", "--detail", "fields");
    cJSON *report = need_json(got);
    const cJSON *anvil = record_of(report, "products", "anvil");
    assert_true(cJSON_IsNumber(json_at(field_of(anvil, "stock"), "new")));
    assert_true(cJSON_IsNull(json_at(field_of(anvil, "stock"), "old")));
    assert_true(cJSON_IsFalse(json_at(field_of(anvil, "sold"), "new")));
    assert_string_equal(json_text(field_of(anvil, "shape"), "new.a"), "x");
    assert_true(cJSON_IsNull(json_at(field_of(anvil, "shape"), "new.b.1")));
    need_out(got, "9223372036854775807"); /* exact: not by way of a double */
}

static void as_text(void **state)
{
    (void)state;
    move_and_edit();
    const process_result *got = ANALYZE("--detail", "fields");
    need_out(got, "schema\n");
    need_out(got, "  + add column products.stock (int)");
    need_out(got, "  products  +1 ~3 -3 !2  (3 pending, 2 drift, 2 conflict)\n");
    need_out(got, "    + new    pending\n        title  \"New\"\n");
    need_out(got, "    ~ saw    drift\n        title  \"Sew\" -> \"Saw\"\n");
    need_out(got, "    - mine   drift\n        title  \"By hand\"\n");
    need_out(got, "    ! rope   update, conflict\n"
                  "        title  \"Short Rope\" -> \"Long Rope\"  (was \"Rope\")\n");
    need_out(got, "3 schema changes, 1 to insert, 3 to update, 3 to delete, 1 equal: not in sync");
    need_silent(got, "\033");
    need_silent(ANALYZE(), "rope");
    got = cli_on_terminal(NULL, WORDS("migrate", "analyze", "--target", TARGET, "--detail",
                                      "records", "--quiet"));
    need_out(got, "\033[32m+ new");
    need_out(got, "\033[1;31m! rope");
    need_silent(cli_on_terminal(WORDS("NO_COLOR=1"),
                                WORDS("migrate", "analyze", "--target", TARGET, "--quiet")),
                "\033[");
}

/* ---- strange values ---- */

static void hostile_values(void **state)
{
    (void)state;
    synced();
    db_exec(cli_database(),
            "UPDATE products SET title = char(27) || '[31m|<b>@all`' || char(10) || '\\' "
            "|| char(233) || CAST(x'ff' AS TEXT) WHERE id = 'rope';"
            "UPDATE products SET title = replace(hex(zeroblob(500)), '0', '\xc3\xa9') "
            "WHERE id = 'anvil'");
    const process_result *got = VERIFY("--detail", "fields");
    need_status(got, 1);
    need_silent(got, "\033");
    need_out(got, "\\x1b[31m|<b>@all`\\n\\");
    need_out(got, "\xc3\xa9\xe2\x80\xa6"); /* cut between characters */
    assert_true(strlen(got->out) < 1000);
    got = VERIFY("--detail", "fields", "--format", "markdown");
    need_silent(got, "<b>");
    need_silent(got, "@all");
    need_out(got, "&#60;b&#62;&#64;all&#96;");
    got = VERIFY("--detail", "fields", "--format", "json");
    cJSON *report = need_json(got);
    assert_true(igd_str_is_utf8(igd_str_from(got->out)));
    const cJSON *title = field_of(record_of(report, "products", "rope"), "title");
    assert_int_equal(strncmp(json_text(title, "old"), "\033[31m|<b>@all`\n\\", 16), 0);
    /* All of it: only people are spared. */
    assert_int_equal(
        strlen(json_text(field_of(record_of(report, "products", "anvil"), "title"), "old")), 2000);
}

/* ---- Markdown ---- */

static void as_markdown(void **state)
{
    (void)state;
    move_and_edit();
    const process_result *got = ANALYZE("--detail", "records", "--format", "markdown");
    need_status(got, 0);
    need_out(got, "## shop: not in sync\n");
    need_out(got, "### Schema\n\n| change | cause | risk |\n|---|---|---|\n");
    need_out(got, "| <code>products</code> | 1 | 3 | 3 | 3 | 2 | 2 | 0 |\n");
    need_out(got, "<details><summary><code>products</code>: 7 records</summary>\n");
    need_out(got, "| `!` update | <code>rope</code> | conflict |\n");
    /* By the file's name. */
    need_status(ANALYZE("--output", "r.md"), 0);
    const char *text = cli_read(cli_text("%s/r.md", cli_directory));
    assert_int_equal(strncmp(text, "## shop", 7), 0);
    need_status(ANALYZE("--output", "r.json"), 0);
    (void)json_of(cli_read(cli_text("%s/r.json", cli_directory)));
    need_status(CLI("migrate", "status", "--target", TARGET, "--format", "markdown"), 2);
}

static void a_long_comment_is_cut(void **state)
{
    (void)state;
    synced();
    shop_grow(3000);
    const process_result *got = ANALYZE("--detail", "fields", "--format", "markdown");
    need_status(got, 0);
    need_out(got, "and 2950 more");
    need_out(got, "\n</details>\n");
    assert_true(strlen(got->out) < 65536);
    cJSON *report = need_json(ANALYZE("--format", "json"));
    assert_true(json_number(table_of(report, "items"), "insert") == 3000);
}

/* ---- an invalid source ---- */

static void an_invalid_source(void **state)
{
    (void)state;
    synced();
    repo_put(shop, "products/$records/rope.yaml", "title: [\n");
    repo_put(shop, "products/$records/anvil.yaml", "title: Great Anvil\nbrand: acme\nprice: 9.5\n");
    repo_put(shop, "products/$records/lost.yaml", "title: Lost\nbrand: nobody\n");
    repo_commit(shop, "second");
    const process_result *got = ANALYZE("--detail", "records", "--exit-code");
    need_status(got, 3);
    need_out(got, "products/$records/rope.yaml:");
    need_out(got, "products/$records/lost.yaml:");
    need_out(got, "    ~ anvil  pending\n");
    need_out(got, "1 to update, 1 equal, 1 row held for invalid records: not in sync");
    cJSON *report = need_json(ANALYZE("--format", "json"));
    assert_string_equal(json_text(report, "code"), "INVALID");
    assert_int_equal(cJSON_GetArraySize(json_at(report, "invalid")), 2);
    assert_true(json_number(report, "data.totals.update") == 1);
    assert_true(json_number(report, "data.totals.delete") == 0);
    assert_true(json_number(report, "data.totals.held") == 1);
    got = ANALYZE("--format", "markdown");
    need_status(got, 3);
    need_out(got, "<details open><summary>2 invalid records</summary>");
    need_out(got, "**Error:** ");
    /* The target is what it says it is, whatever became of the source. */
    need_status(VERIFY(), 0);
}

static void a_definition_that_cannot_be_used(void **state)
{
    (void)state;
    synced();
    repo_put(shop, "products/.collection/definition.yaml", "columns: {title: {type: strong}}\n");
    repo_commit(shop, "second");
    const process_result *got = ANALYZE();
    need_status(got, 3);
    need_out(got, "products/.collection/definition.yaml:");
    cJSON *report = need_json(ANALYZE("--format", "json"));
    assert_string_equal(json_text(report, "code"), "SCHEMA");
    assert_null(json_at(report, "in_sync"));
    assert_null(json_at(report, "data"));
    need_out(ANALYZE("--format", "markdown"), "## shop: failed\n");
    need_status(VERIFY(), 0);
}

static void out_of_its_own_bounds(void **state)
{
    (void)state;
    synced();
    repo_put(shop, "brands/.collection/definition.yaml",
             "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"
             "min_records_count: 2\n"
             "columns:\n  title: {type: string, required: true}\n");
    repo_commit(shop, "second");
    const process_result *got = ANALYZE();
    need_status(got, 3);
    need_out(got, "1 record, the fewest allowed are 2");
    need_out(got, "3 equal");
}

/* ---- the synced commit ---- */

static void the_commit_is_gone(void **state)
{
    (void)state;
    synced();
    db_exec(cli_database(), "UPDATE ingitdb_sync_state SET commit_id = "
                            "'1234567890123456789012345678901234567890';"
                            "UPDATE ingitdb_sync_tables SET commit_id = "
                            "'1234567890123456789012345678901234567890';"
                            "UPDATE products SET title = 'edited' WHERE id = 'rope'");
    need_status(VERIFY(), 4);
    cJSON *report = need_json(ANALYZE("--format", "json", "--detail", "records"));
    need_cause(record_of(report, "products", "rope"), "update", "conflict");
    assert_true(json_number(report, "data.totals.unchanged") == 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(equal),
        TEST(nothing_is_written),
        TEST(a_single_difference),
        TEST(foreign_objects_do_not_matter),
        TEST(schema_drift),
        TEST(held_records_are_unverified),
        TEST(causes),
        TEST(values_keep_their_types),
        TEST(as_text),
        TEST(hostile_values),
        TEST(as_markdown),
        TEST(a_long_comment_is_cut),
        TEST(an_invalid_source),
        TEST(a_definition_that_cannot_be_used),
        TEST(out_of_its_own_bounds),
        TEST(the_commit_is_gone),
    };
    return cmocka_run_group_tests_name("analyze", tests, NULL, NULL);
}
