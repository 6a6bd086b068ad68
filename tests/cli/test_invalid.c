/*
 * Sources with something wrong in them: all of it is listed, grouped by cause, and nothing of it is
 * in the target.
 */
#include "tests/cli/cli.h"

/* Two broken files, one record that breaks a constraint, two that refer to what is not there. */
static void break_records(void)
{
    repo_put(shop, "brands/$records/best.yaml", "title: \"Best\n");
    repo_put(shop, "brands/$records/cheap.yaml", "title: Cheap\ntitle: Twice\n");
    repo_put(shop, "products/$records/saw.yaml", "title: Saw\nbrand: best\n");
    repo_put(shop, "products/$records/tape.yaml", "title: Tape\nbrand: best\nprice: 1\n");
    repo_put(shop, "products/$records/wood.yaml", "title: Wood\nbrand: acme\nprice: -1\n");
    repo_commit(shop, "broken");
}

static void need_all_of_it(const process_result *got)
{
    need_status(got, 3);
    need_out(got, "3 invalid records\n");
    need_out(got, "2 more refer to them\n");
    need_out(got, "  brands/$records/best.yaml:");
    need_out(got, "  brands/$records/cheap.yaml:2:1: ");
    need_out(got, "  products/$records/wood.yaml:3:");
    need_out(got, "    hint: ");
    assert_true(strstr(got->out, "more refer") < strstr(got->out, "products/$records/saw.yaml:"));
    assert_true(strstr(got->out, "more refer") < strstr(got->out, "products/$records/tape.yaml:"));
    assert_true(strstr(got->out, "more refer") > strstr(got->out, "wood.yaml"));
    need_err(got, "error: ");
    need_err(got, "hint: ");
}

static void listed_and_not_written(void **state)
{
    (void)state;
    break_records();
    need_all_of_it(CLI("migrate", "validate"));
    const process_result *got = CLI("migrate", "sync", "--target", TARGET);
    need_all_of_it(got);
    need_err(got, "--on-invalid skip");
    char *tables = db_dump(cli_database(), 0);
    assert_string_equal(tables, "");
    free(tables);
    need_all_of_it(CLI("migrate", "sync", "--target", TARGET, "--on-invalid", "fail"));
    /* The report of a run that failed says the same. */
    cJSON *report = need_json(CLI("migrate", "sync", "--target", TARGET, "--format", "json"));
    assert_true(json_number(report, "exit") == 3);
    assert_string_equal(json_text(report, "code"), "INVALID");
    assert_int_equal(cJSON_GetArraySize(json_at(report, "invalid")), 5);
    assert_true(json_number(report, "counts.invalid") == 5);
    const cJSON *item;
    size_t caused = 0;
    cJSON_ArrayForEach(item, json_at(report, "invalid"))
    {
        assert_true(json_text(item, "path")[0] != '(');
        assert_true(json_text(item, "reason")[0] != '(');
        assert_true(json_text(item, "code")[0] != '(');
        assert_true(json_number(item, "line") >= 1);
        assert_true(json_number(item, "column") >= 1);
        caused += strcmp(json_text(item, "caused_by"), "brands/best") == 0 &&
                  strcmp(json_text(item, "collection"), "products") == 0;
    }
    assert_int_equal(caused, 2);
}

/* A target that holds an earlier commit keeps it. */
static void what_was_there_stays(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    char *before = db_dump(cli_database(), 1);
    break_records();
    need_all_of_it(CLI("migrate", "sync", "--target", TARGET));
    char *after = db_dump(cli_database(), 1);
    db_assert_equal(after, before, "after an invalid source");
    const process_result *got = CLI("migrate", "status", "--target", TARGET);
    need_status(got, 0);
    need_out(got, "last error  ");
    need_out(got, "behind      1 commit");
    free(before);
    free(after);
}

static void skipped_into_an_empty_target(void **state)
{
    (void)state;
    break_records();
    const process_result *got = CLI("migrate", "sync", "--target", TARGET, "--on-invalid", "skip");
    need_status(got, 0);
    need_out(got, "5 invalid records left out: the target is degraded");
    need_out(got, "2 more refer to them");
    need_value("SELECT group_concat(id) FROM (SELECT id FROM brands ORDER BY 1)", "acme");
    need_value("SELECT group_concat(id) FROM (SELECT id FROM products ORDER BY 1)", "anvil,rope");
    need_value("SELECT count(*) FROM ingitdb_sync_held", "5");
    got = CLI("migrate", "status", "--target", TARGET);
    need_status(got, 0);
    need_out(got, "degraded");
    need_out(got, "held        5 records");
    need_status(CLI("migrate", "status", "--target", TARGET, "--exit-code"), 1);
    cJSON *report = need_json(CLI("migrate", "status", "--target", TARGET, "--format", "json"));
    assert_int_equal(cJSON_GetArraySize(json_at(report, "held")), 5);
    assert_string_equal(json_text(report, "status"), "degraded");
    /* Repaired, it is as if nothing had been. */
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_put(shop, "brands/$records/cheap.yaml", "title: Cheap\n");
    repo_put(shop, "products/$records/wood.yaml", "title: Wood\n");
    repo_commit(shop, "repaired");
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    need_status(CLI("migrate", "sync", "--target", "sqlite:fresh.db"), 0);
    char *left = db_dump(cli_database(), 1);
    char *right = db_dump(cli_text("%s/fresh.db", cli_directory), 1);
    db_assert_equal(left, right, "after a repair");
    free(left);
    free(right);
    need_status(CLI("migrate", "status", "--target", TARGET, "--exit-code"), 0);
}

static void warnings_and_strict(void **state)
{
    (void)state;
    repo_put(shop, "products/$records/saw.yaml", "title: 0815\n");
    repo_put(shop, "brands/.collection/definition.yaml",
             "record_file: {name: \"{key}.yaml\", type: \"map[string]any\", format: yaml}\n"
             "colour: red\n"
             "columns:\n  title: {type: string, required: true}\n");
    repo_commit(shop, "careless");
    const process_result *got = CLI("migrate", "validate");
    need_status(got, 0);
    need_out(got, "2 warnings");
    need_out(got, "products/$records/saw.yaml:1:8: ");
    need_out(got, "brands/.collection/definition.yaml:2:1: ");
    need_out(got, "every one is valid");
    cJSON *report = need_json(CLI("migrate", "validate", "--format", "json"));
    assert_true(json_number(report, "counts.warnings") == 2);
    assert_int_equal(cJSON_GetArraySize(json_at(report, "warnings")), 2);
    got = CLI("migrate", "sync", "--target", TARGET, "--strict");
    need_status(got, 3);
    need_out(got, "1 schema error\n  brands/.collection/definition.yaml:2:1: ");
    need_value("SELECT count(*) FROM sqlite_schema WHERE name = 'brands'", "0");
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    need_value("SELECT title FROM products WHERE id = 'saw'", "0815");
    repo_put(shop, "brands/.collection/definition.yaml",
             "record_file: {name: \"{key}.yaml\", type: \"map[string]any\", format: yaml}\n"
             "columns:\n  title: {type: string, required: true}\n");
    repo_commit(shop, "less careless");
    got = CLI("migrate", "validate", "--strict");
    need_status(got, 3);
    need_out(got, "1 invalid record\n  products/$records/saw.yaml:1:8: ");
}

static void broken_definitions(void **state)
{
    (void)state;
    repo_put(shop, "brands/.collection/definition.yaml",
             "record_file: {name: \"{key}.yaml\", type: \"map[string]any\", format: yaml}\n"
             "columns:\n  title: {type: strin}\n");
    repo_put(shop, "products/.collection/definition.yaml",
             "record_file: {name: \"{key}.yaml\", type: \"map[string]any\", format: xml}\n"
             "columns:\n  title: {type: string}\n");
    repo_commit(shop, "broken");
    const char *const *lines[] = {WORDS("migrate", "validate"),
                                  WORDS("migrate", "sync", "--target", TARGET)};
    for (size_t n = 0; n < 2; n++) {
        const process_result *got = cli_run(NULL, lines[n]);
        need_status(got, 3);
        need_out(got, "2 schema errors");
        need_out(got, "brands/.collection/definition.yaml:3:");
        need_out(got, "products/.collection/definition.yaml:1:");
        need_err(got, "error: ");
    }
    cJSON *report = need_json(CLI("migrate", "validate", "--format", "json"));
    assert_string_equal(json_text(report, "code"), "SCHEMA");
    assert_int_equal(cJSON_GetArraySize(json_at(report, "schema_errors")), 2);
    /* skip is about records: a schema stays an error. */
    need_status(CLI("migrate", "sync", "--target", TARGET, "--on-invalid", "skip"), 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(listed_and_not_written),       TEST(what_was_there_stays),
        TEST(skipped_into_an_empty_target), TEST(warnings_and_strict),
        TEST(broken_definitions),
    };
    return cmocka_run_group_tests_name("invalid sources", tests, NULL, NULL);
}
