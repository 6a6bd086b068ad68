/*
 * Reports for people.
 */
#include "tests/unit/src/cli/report_fixture.h"

#define ONE "1111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222"

static void need_text(const igd_report *report, const char *expected)
{
    printed p;
    igd_report_text(report, false, print_to(&p));
    assert_string_equal(printed_text(&p), expected);
    free(p.text);
}

static void sync_reports(void **state)
{
    (void)state;
    igd_table_counts tables[] = {{.table = IGD_STR("people"), .inserted = 2, .updated = 1},
                                 {.table = IGD_STR("quiet"), .unchanged = 9},
                                 {.table = IGD_STR("orders_lines"), .deleted = 3}};
    igd_sync_result result = {.source = IGD_STR("shop"),
                              .to = IGD_STR(TWO),
                              .tables = tables,
                              .table_count = 3,
                              .total = {.inserted = 2, .updated = 1, .deleted = 3}};
    igd_report report = {.command = "sync", .sync = &result, .duration_ms = 1250};
    need_text(&report, "  people        +2 ~1 -0\n"
                       "  orders_lines  +0 ~0 -3\n"
                       "shop: 2222222222: 2 inserted, 1 updated, 3 deleted (1.25 s)\n");
    result.from = IGD_STR(ONE);
    result.held = result.left_out = 1;
    result.table_count = 0;
    need_text(&report, "shop: 1111111111 -> 2222222222: 2 inserted, 1 updated, 3 deleted (1.25 s)\n"
                       "1 invalid record left out: the target is degraded\n"
                       "rows that git did not change were not compared with the target\n");
    result.up_to_date = true;
    need_text(&report, "shop: already at 2222222222, nothing to do\n");
}

/* A failed run tells what is wrong, not what it would have done. */
static void failed_sync(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_error err = IGD_ERROR_INIT;
    igd_sync_result result = {.source = IGD_STR("shop"), .problems = IGD_PROBLEMS_INIT(mem)};
    add_problem(&result.problems, IGD_PROBLEM_INVALID, "a.yaml", 1, "a", "x", "is broken", NULL);
    (void)igd_fail(&err, IGD_E_INVALID, "no");
    igd_report report = {.command = "sync", .sync = &result, .error = &err};
    need_text(&report, "1 invalid record\n  a.yaml:1:1: is broken (a/x)\n");
}

/* A full sync has looked at every row. */
static void full_sync_reports(void **state)
{
    (void)state;
    igd_sync_result result = {
        .source = IGD_STR("shop"), .from = IGD_STR(ONE), .to = IGD_STR(TWO), .compared = true};
    igd_report report = {.command = "sync", .sync = &result, .duration_ms = 10};
    need_text(&report,
              "shop: 1111111111 -> 2222222222: 0 inserted, 0 updated, 0 deleted (0.01 s)\n");
}

static void validate_reports(void **state)
{
    (void)state;
    igd_sync_result result = {.to = IGD_STR(TWO)};
    igd_report report = {.command = "validate", .sync = &result};
    need_text(&report, "2222222222: 0 collections, 0 records: every one is valid\n");
    result.table_count = 1;
    result.total.unchanged = 2;
    need_text(&report, "2222222222: 1 collection, 2 records: every one is valid\n");
}

static void status_reports(void **state)
{
    (void)state;
    igd_status status = {
        .source = IGD_STR("shop"), .head = {.hex = TWO}, .commits_behind = -1, .records_behind = 7};
    igd_report report = {.command = "status",
                         .status = &status,
                         .target = IGD_STR("sqlite:x.db"),
                         .engine = IGD_STR("sqlite"),
                         .server_version = IGD_STR("3.40.1")};
    need_text(&report, "source      shop\n"
                       "target      sqlite:x.db (sqlite 3.40.1)\n"
                       "holds       nothing: never synced\n"
                       "behind      7 records\n"
                       "lock        free\n");
    status.known = true;
    status.commits_behind = 1;
    status.records_behind = -1;
    status.rewound = true;
    status.other_sources = 2;
    status.state = (igd_source_state){.commit_id = IGD_STR(ONE),
                                      .ref = IGD_STR("HEAD"),
                                      .status = IGD_STR("synced"),
                                      .finished_at = IGD_STR("2024-01-02T03:04:05.678Z"),
                                      .last_error = IGD_STR("it broke")};
    status.holder = (igd_lock_holder){
        .held = true, .pid = 42, .host = IGD_STR("box"), .since = IGD_STR("noon")};
    need_text(&report, "source      shop\n"
                       "target      sqlite:x.db (sqlite 3.40.1)\n"
                       "holds       " ONE "\n"
                       "last run    synced at 2024-01-02T03:04:05.678Z, --ref HEAD\n"
                       "behind      1 commit, an unknown number of records\n"
                       "            2222222222 is not a descendant of what the target holds\n"
                       "lock        pid 42 on box since noon\n"
                       "last error  it broke\n"
                       "others      2 other sources in this target\n");
    status.commits_behind = status.records_behind = 0;
    printed p;
    igd_report_text(&report, false, print_to(&p));
    assert_non_null(strstr(printed_text(&p), "behind      nothing: up to date\n"));
    free(p.text);
}

static void unlock_reports(void **state)
{
    (void)state;
    igd_lock_holder holder = {.pid = 42, .host = IGD_STR("box"), .since = IGD_STR("noon")};
    igd_report report = {.command = "unlock", .holder = &holder, .unlocked = true};
    need_text(&report, "taken away from pid 42 on box since noon\n");
    report.unlocked = false;
    need_text(&report, "the lock is free\n");
    holder.held = true;
    need_text(&report, "held by pid 42 on box since noon\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sync_reports),      cmocka_unit_test(failed_sync),
        cmocka_unit_test(full_sync_reports), cmocka_unit_test(validate_reports),
        cmocka_unit_test(status_reports),    cmocka_unit_test(unlock_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
