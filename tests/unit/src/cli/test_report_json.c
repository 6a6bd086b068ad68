/*
 * Reports as JSON: the members that are always there, on success and on failure, and text that is
 * not.
 */
#include <cjson/cJSON.h>

#include "tests/unit/src/cli/report_fixture.h"

#define ONE "1111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222"

static cJSON *json(const igd_report *report)
{
    printed p;
    igd_report_json(report, print_to(&p));
    const char *text = printed_text(&p);
    assert_true(igd_str_is_utf8(igd_str_from(text)));
    cJSON *root = cJSON_Parse(text);
    if (!root)
        fail_msg("not JSON: %s", text);
    free(p.text);
    return root;
}

static const cJSON *member(const cJSON *root, const char *path)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str rest = igd_str_from(path), name;
    while (igd_str_split(&rest, '.', &name)) {
        root = cJSON_GetObjectItemCaseSensitive(root, igd_arena_cstr(mem, name));
        if (!root)
            fail_msg("no member %s", path);
    }
    return root;
}

static void need_string(const cJSON *root, const char *path, const char *expected)
{
    assert_string_equal(cJSON_GetStringValue(member(root, path)), expected);
}

static void need_number(const cJSON *root, const char *path, double expected)
{
    assert_true(cJSON_IsNumber(member(root, path)));
    assert_true(member(root, path)->valuedouble == expected);
}

/* CONTRACT 5. */
static void need_common(const cJSON *root)
{
    static const char *const names[] = {"version", "command",  "exit",        "code",
                                        "source",  "target",   "from",        "to",
                                        "counts",  "invalid",  "held",        "conflicts",
                                        "foreign", "warnings", "duration_ms", "error"};
    for (size_t n = 0; n < IGD_COUNT(names); n++)
        member(root, names[n]);
    need_number(root, "version", 1);
    assert_true(cJSON_IsArray(member(root, "invalid")));
    assert_true(cJSON_IsArray(member(root, "warnings")));
}

static void nothing_but_an_error(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    (void)igd_fail(&err, IGD_E_USAGE, "that is \"wrong\"\n");
    (void)igd_hint(&err, "see help");
    igd_report report = {.command = "sync", .exit_status = 2, .error = &err};
    cJSON *root = json(&report);
    need_common(root);
    need_string(root, "command", "sync");
    need_number(root, "exit", 2);
    need_string(root, "error.message", "that is \"wrong\"\n");
    need_string(root, "error.hint", "see help");
    assert_true(cJSON_IsNull(member(root, "target")));
    assert_true(cJSON_IsNull(member(root, "from")));
    cJSON_Delete(root);
}

static void sync_reports(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_table_counts tables[] = {{.collection = IGD_STR("shop.people"),
                                  .table = IGD_STR("shop_people"),
                                  .inserted = 5000000000ULL}};
    igd_sync_result result = {.source = IGD_STR("shop"),
                              .from = IGD_STR(ONE),
                              .to = IGD_STR(TWO),
                              .tables = tables,
                              .table_count = 1,
                              .total = {.inserted = 5000000000ULL, .unchanged = 1},
                              .problems = IGD_PROBLEMS_INIT(mem),
                              .held = 1};
    igd_report report = {.command = "sync",
                         .source = IGD_STR("shop"),
                         .target = IGD_STR("sqlite:x.db"),
                         .sync = &result,
                         .duration_ms = 12};
    add_problem(&result.problems, IGD_PROBLEM_INVALID, "a.yaml", 3, "a", "x", "is broken", "b/y");
    add_problem(&result.problems, IGD_PROBLEM_WARNING, "w.yaml", 0, "a", "", "is odd", NULL);
    IGD_PUSH(mem, &report.warnings, IGD_STR("2 uncommitted files"));
    cJSON *root = json(&report);
    need_common(root);
    need_string(root, "from", ONE);
    need_string(root, "to", TWO);
    need_string(root, "target.synced_commit", TWO);
    need_string(root, "source.commit", TWO);
    need_number(root, "counts.insert", 5000000000.0);
    need_number(root, "counts.unchanged", 1);
    need_number(root, "counts.held", 1);
    need_number(root, "counts.invalid", 1);
    assert_int_equal(cJSON_GetArraySize(member(root, "warnings")), 2);
    const cJSON *broken = cJSON_GetArrayItem(member(root, "invalid"), 0);
    need_string(broken, "path", "a.yaml");
    need_number(broken, "line", 3);
    need_string(broken, "caused_by", "b/y");
    need_string(cJSON_GetArrayItem(member(root, "data.tables"), 0), "table", "shop_people");
    assert_true(cJSON_IsNull(member(root, "error")));
    cJSON_Delete(root);

    /* On failure the target is where it was. */
    igd_error err = IGD_ERROR_INIT;
    (void)igd_fail(&err, IGD_E_INVALID, "no");
    report.error = &err;
    root = json(&report);
    need_string(root, "target.synced_commit", ONE);
    assert_null(cJSON_GetObjectItemCaseSensitive(root, "data"));
    cJSON_Delete(root);
}

static void status_reports(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_status status = {.source = IGD_STR("shop"),
                         .head = {.hex = TWO},
                         .commits_behind = -1,
                         .records_behind = 7,
                         .problems = IGD_PROBLEMS_INIT(mem)};
    status.state.commit_id = IGD_STR(ONE);
    igd_held_state held = {.collection = IGD_STR("a"), .key = IGD_STR("[\"x\"]")};
    IGD_PUSH(mem, &status.state.held, held);
    igd_report report = {.command = "status", .target = IGD_STR("t"), .status = &status};
    cJSON *root = json(&report);
    need_common(root);
    assert_true(cJSON_IsNull(member(root, "counts.commits_behind")));
    need_number(root, "counts.records_behind", 7);
    need_string(root, "target.synced_commit", ONE);
    need_string(cJSON_GetArrayItem(member(root, "held"), 0), "key", "[\"x\"]");
    assert_true(cJSON_IsFalse(member(root, "lock.held")));
    cJSON_Delete(root);
}

/* Paths in git are bytes; the report is UTF-8 all the same. */
static void bytes_that_are_no_text(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_error err = IGD_ERROR_INIT;
    igd_sync_result result = {.problems = IGD_PROBLEMS_INIT(mem)};
    add_problem(&result.problems, IGD_PROBLEM_INVALID, "caf\xe9/\xff.yaml", 1, "a", "x", "is \x80",
                NULL);
    (void)igd_fail(&err, IGD_E_INVALID, "caf\xe9 is broken");
    igd_report report = {.command = "sync", .sync = &result, .error = &err};
    cJSON *root = json(&report);
    need_string(cJSON_GetArrayItem(member(root, "invalid"), 0), "path",
                "caf\xef\xbf\xbd/\xef\xbf\xbd.yaml");
    need_string(root, "error.message", "caf\xef\xbf\xbd is broken");
    cJSON_Delete(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_but_an_error),
        cmocka_unit_test(sync_reports),
        cmocka_unit_test(status_reports),
        cmocka_unit_test(bytes_that_are_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
