/*
 * Causes: chains in any order, cycles, roots that refer to others, and no root at all.
 */
#include "sync/causes.h"
#include "tests/support/problem_check.h"

static void link_to(igd_causes *causes, const char *record, const char *target)
{
    igd_causes_add_link(causes, igd_str_from(record), igd_str_from(target));
}

static void need(const igd_causes *causes, const char *record, const char *cause)
{
    assert_str(igd_causes_of(causes, igd_str_from(record)), cause);
}

static void chains_in_any_order(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_causes) igd_causes *causes = igd_causes_new();
    link_to(causes, "a", "b");
    link_to(causes, "c", "d");
    link_to(causes, "b", "c");
    igd_causes_add_root(causes, IGD_STR("d"));
    igd_causes_add_root(causes, IGD_STR("d"));
    assert_true(igd_causes_is_root(causes, IGD_STR("d")));
    assert_false(igd_causes_is_root(causes, IGD_STR("c")));
    assert_false(igd_causes_is_root(causes, IGD_STR("x")));
    igd_causes_settle(causes);
    need(causes, "a", "d");
    need(causes, "b", "d");
    need(causes, "c", "d");
    need(causes, "d", "d");
    need(causes, "x", "");
}

static void cycles(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_causes) igd_causes *causes = igd_causes_new();
    link_to(causes, "a", "b");
    link_to(causes, "b", "a");
    link_to(causes, "b", "c");
    link_to(causes, "s", "s");
    igd_causes_add_root(causes, IGD_STR("c"));
    igd_causes_settle(causes);
    need(causes, "a", "c");
    need(causes, "b", "c");
    need(causes, "s", "");
}

/* A root that refers to another root is its own cause; the nearest root counts. */
static void roots_behind_roots(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_causes) igd_causes *causes = igd_causes_new();
    link_to(causes, "a", "b");
    link_to(causes, "b", "c");
    igd_causes_add_root(causes, IGD_STR("b"));
    igd_causes_add_root(causes, IGD_STR("c"));
    igd_causes_settle(causes);
    need(causes, "a", "b");
    need(causes, "b", "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_in_any_order),
        cmocka_unit_test(cycles),
        cmocka_unit_test(roots_behind_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
