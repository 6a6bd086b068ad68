/*
 * Problems for people: groups, places, counts.
 */
#include "tests/unit/src/cli/report_fixture.h"

static void groups(void **state)
{
    (void)state;
    printed p;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_problems problems = IGD_PROBLEMS_INIT(mem);
    add_problem(&problems, IGD_PROBLEM_INVALID, "o/1.yaml", 1, "orders", "1", "refers to x",
                "people/x");
    add_problem(&problems, IGD_PROBLEM_WARNING, "p/w.yaml", 0, "people", "", "is odd", NULL);
    add_problem(&problems, IGD_PROBLEM_INVALID, "p/x.yaml", 3, "people", "x", "is broken", NULL);
    /* The same record twice; its own cause. */
    add_problem(&problems, IGD_PROBLEM_INVALID, "p/x.yaml", 4, "people", "x", "refers to y",
                "people/x");
    problems.items[2].column = 7;
    problems.items[2].hint = IGD_STR("mend it");
    igd_report_problems(&problems, false, print_to(&p));
    assert_string_equal(printed_text(&p), "1 invalid record\n"
                                          "  p/x.yaml:3:7: is broken (people/x)\n"
                                          "    hint: mend it\n"
                                          "  p/x.yaml:4:1: refers to y (people/x)\n"
                                          "1 more refers to them\n"
                                          "  o/1.yaml:1:1: refers to x (orders/1)\n"
                                          "1 warning\n"
                                          "  p/w.yaml: is odd\n");
    free(p.text);
    assert_int_equal(igd_problems_records(&problems), 2);
}

static void schema_errors(void **state)
{
    (void)state;
    printed p;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_problems problems = IGD_PROBLEMS_INIT(mem);
    add_problem(&problems, IGD_PROBLEM_SCHEMA, "a/d.yaml", 2, "a", "", "is unknown", NULL);
    add_problem(&problems, IGD_PROBLEM_SCHEMA, "a/d.yaml", 3, "a", "", "is unknown", NULL);
    add_problem(&problems, IGD_PROBLEM_SCHEMA, NULL, 0, "a", "", "two tables", NULL);
    igd_report_problems(&problems, false, print_to(&p));
    assert_string_equal(printed_text(&p), "3 schema errors\n"
                                          "  a/d.yaml:2:1: is unknown\n"
                                          "  a/d.yaml:3:1: is unknown\n"
                                          "  two tables\n");
    free(p.text);
    assert_int_equal(igd_problems_records(&problems), 0);
}

static void colors(void **state)
{
    (void)state;
    printed p;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_problems problems = IGD_PROBLEMS_INIT(mem);
    igd_report_problems(&problems, true, print_to(&p));
    assert_string_equal(printed_text(&p), "");
    free(p.text);
    add_problem(&problems, IGD_PROBLEM_INVALID, "a", 0, "a", "x", "is broken", NULL);
    igd_report_problems(&problems, true, print_to(&p));
    assert_non_null(strstr(printed_text(&p), "\033[1m1 invalid record\033[0m\n"));
    free(p.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups),
        cmocka_unit_test(schema_errors),
        cmocka_unit_test(colors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
