/*
 * analyze --blame: who changed what differs, in every kind of report.
 */
#include "tests/cli/cli.h"
#include "tests/support/git_damage.h"

#define BLAME(...) CLI("migrate", "analyze", "--target", TARGET, "--blame", ##__VA_ARGS__)

static const char *anvil_id, *saw_id, *nail_id;

/* Synced at the first commit; then every kind of difference. */
static void differ(void)
{
    repo_put(shop, "products/$records/nail.yaml", "title: Nail\n");
    repo_commit(shop, "a nail");
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    repo_put(shop, "products/$records/anvil.yaml", "title: Great Anvil\n");
    anvil_id = repo_commit(shop, "a greater anvil\n\nIt was small.\n");
    repo_delete(shop, "products/$records/nail.yaml");
    nail_id = repo_commit(shop, "no | nail");
    repo_put(shop, "products/$records/saw.yaml", "title: Saw\n");
    saw_id = repo_commit(shop, "a saw");
    db_exec(cli_database(), "UPDATE products SET title = 'Rape' WHERE id = 'rope';"
                            "INSERT INTO products (id, title) VALUES ('mine', 'By hand')");
}

static const cJSON *blame_of(const cJSON *report, const char *key)
{
    const cJSON *table, *record;
    cJSON_ArrayForEach(table, json_at(report, "data.tables"))
    {
        cJSON_ArrayForEach(record, json_at(table, "records"))
        {
            if (strcmp(json_text(record, "key"), key) == 0)
                return json_at(record, "blame");
        }
    }
    fail_msg("no record %s", key);
    return NULL;
}

static void as_json(void **state)
{
    (void)state;
    differ();
    cJSON *report = need_json(BLAME("--format", "json"));
    assert_string_equal(json_text(blame_of(report, "anvil"), "commit"), anvil_id);
    assert_string_equal(json_text(blame_of(report, "anvil"), "author"), "Test");
    assert_string_equal(json_text(blame_of(report, "anvil"), "at"), "2023-11-14T22:15:20+00:00");
    assert_string_equal(json_text(blame_of(report, "anvil"), "subject"), "a greater anvil");
    assert_true(cJSON_IsFalse(json_at(blame_of(report, "anvil"), "or_before")));
    assert_string_equal(json_text(blame_of(report, "saw"), "commit"), saw_id);
    assert_string_equal(json_text(blame_of(report, "nail"), "commit"), nail_id);
    /* Edited in the target: what git has of it is still somebody's. */
    assert_string_equal(json_text(blame_of(report, "rope"), "commit"), shop_first_id);
    assert_true(cJSON_IsNull(blame_of(report, "mine")));
}

static void as_text(void **state)
{
    (void)state;
    differ();
    const process_result *got = BLAME("--detail", "fields");
    need_status(got, 0);
    need_out(got, cli_text("    ~ anvil  pending\n"
                           "        %.10s 2023-11-14 Test: a greater anvil\n"
                           "        brand  \"acme\" -> null\n",
                           anvil_id));
    need_out(got,
             cli_text("    - nail   pending\n        %.10s 2023-11-14 Test: no | nail\n", nail_id));
    need_out(got, "    - mine   drift\n        in no commit of the history that is here\n");
    need_silent(got, "warning");
}

static void as_markdown(void **state)
{
    (void)state;
    differ();
    const process_result *got = BLAME("--format", "markdown");
    need_status(got, 0);
    need_out(got, "| | record | cause | last changed by |\n|---|---|---|---|\n");
    need_out(got, cli_text("| `-` delete | <code>nail</code> | pending | <code>%.10s</code> "
                           "2023-11-14 <code>Test</code> <code>no &#124; nail</code> |\n",
                           nail_id));
    need_out(got, "| `-` delete | <code>mine</code> | drift | none |\n");
}

/* Without records there is nobody to blame. */
static void implies_records(void **state)
{
    (void)state;
    differ();
    need_out(BLAME("--detail", "summary"), "    ~ anvil  pending\n");
    const process_result *got =
        CLI("migrate", "analyze", "--target", TARGET, "--format", "json", "--detail", "records");
    need_silent(got, "blame");
    need_status(CLI("migrate", "verify", "--target", TARGET, "--blame"), 2);
}

static void in_sync(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    const process_result *got = BLAME("--exit-code");
    need_status(got, 0);
    need_out(got, ": 3 equal: in sync\n");
}

static void one_line_of_many(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    shop_grow(3);
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    const char *lines = cli_read(cli_text("%s/items/items.jsonl", repo_path(shop)));
    repo_put(shop, "items/items.jsonl",
             cli_text("%s{\"$ID\": \"mine\", \"title\": \"Mine\"}\n", lines));
    const char *added = repo_commit(shop, "one more");
    repo_put(shop, "items/items.jsonl",
             cli_text("{\"$ID\": \"first\", \"title\": \"First\"}\n%s"
                      "{\"title\": \"Mine\", \"$ID\": \"mine\"}\n",
                      lines));
    const char *front = repo_commit(shop, "one in front");
    cJSON *report = need_json(BLAME("--format", "json"));
    assert_string_equal(json_text(blame_of(report, "mine"), "commit"), added);
    assert_string_equal(json_text(blame_of(report, "first"), "commit"), front);
}

/* Moved since the last sync, and deleted before: known by where it was. */
static void deleted_before_a_move(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    repo_delete(shop, "products/$records/rope.yaml");
    const char *gone = repo_commit(shop, "no rope");
    repo_move(shop, "products", "goods");
    repo_put(shop, ".ingitdb/root-collections.yaml", "brands: brands\nproducts: goods\n");
    repo_commit(shop, "move");
    cJSON *report = need_json(BLAME("--format", "json"));
    assert_string_equal(json_text(blame_of(report, "rope"), "commit"), gone);
}

static void end_of_history(void **state)
{
    (void)state;
    differ();
    make_shallow(shop, anvil_id, shop_first_id);
    const process_result *got = BLAME("--detail", "records");
    need_out(got, "at or before ");
    need_err(got, "the history is not all here: 1 record was changed at the commit that is named "
                  "or before it");
    need_err(got, "git fetch --unshallow");
    cJSON *report = need_json(BLAME("--format", "json"));
    assert_true(cJSON_IsTrue(json_at(blame_of(report, "rope"), "or_before")));
    assert_string_equal(json_text(blame_of(report, "nail"), "commit"), nail_id);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(as_json), TEST(as_text),          TEST(as_markdown),           TEST(implies_records),
        TEST(in_sync), TEST(one_line_of_many), TEST(deleted_before_a_move), TEST(end_of_history),
    };
    return cmocka_run_group_tests_name("blame", tests, NULL, NULL);
}
