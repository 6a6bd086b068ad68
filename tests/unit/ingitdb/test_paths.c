/*
 * Paths of definitions: nothing leads out of the tree.
 */
#include "ingitdb/paths.h"
#include "tests/support/problem_check.h"

static igd_arena *mem;

static int setup(void **state)
{
    (void)state;
    mem = igd_arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    igd_arena_free(mem);
    return 0;
}

static void joins(void **state)
{
    (void)state;
    assert_str(igd_path_join(mem, IGD_STR(""), IGD_STR("a")), "a");
    assert_str(igd_path_join(mem, IGD_STR("a"), IGD_STR("")), "a");
    assert_str(igd_path_join(mem, IGD_STR("a/b"), IGD_STR("c/d")), "a/b/c/d");
    assert_str(igd_path_join(mem, IGD_STR(""), IGD_STR("")), "");
}

static void takes_apart(void **state)
{
    (void)state;
    assert_str(igd_path_parent(IGD_STR("a/b/c")), "a/b");
    assert_str(igd_path_parent(IGD_STR("a")), "");
    assert_str(igd_path_parent(IGD_STR("")), "");
    assert_str(igd_path_base(IGD_STR("a/b/c")), "c");
    assert_str(igd_path_base(IGD_STR("a")), "a");
}

static const char *resolve(const char *dir, const char *rest, size_t floor)
{
    igd_str out;
    if (!igd_path_resolve(mem, igd_str_from(dir), igd_str_from(rest), floor, &out))
        return NULL;
    assert_int_equal(out.ptr[out.len], '\0');
    return out.ptr;
}

static void resolves(void **state)
{
    (void)state;
    assert_string_equal(resolve("", "a", 0), "a");
    assert_string_equal(resolve("", ".", 0), "");
    assert_string_equal(resolve("a", "./b//c/", 0), "a/b/c");
    assert_string_equal(resolve("a/b", "../c", 0), "a/c");
    assert_string_equal(resolve("a/b", "../../c", 0), "c");
    assert_string_equal(resolve("a/b", "..", 1), "a");
    assert_string_equal(resolve("a", "..x/...", 0), "a/..x/...");
    assert_null(resolve("a", "../../b", 0));
    assert_null(resolve("", "..", 0));
    assert_null(resolve("", "a/../../a", 0));
    /* A floor: the database's directory in the repository. */
    assert_null(resolve("root", "../other", 4));
    assert_null(resolve("root", "../root/x", 4));
    assert_string_equal(resolve("root/x", "../y", 4), "root/y");
}

static void refuses(void **state)
{
    (void)state;
    assert_null(igd_path_refusal(IGD_STR("a/b")));
    assert_null(igd_path_refusal(IGD_STR("~a")));
    assert_null(igd_path_refusal(IGD_STR(".")));
    assert_string_equal(igd_path_refusal(IGD_STR("")), "is empty");
    assert_non_null(igd_path_refusal(IGD_STR("/a")));
    assert_non_null(igd_path_refusal(IGD_STR("~")));
    assert_non_null(igd_path_refusal(IGD_STR("~/a")));
    assert_non_null(igd_path_refusal(IGD_STR("a\0b")));
    assert_true(igd_path_has_dotdot(IGD_STR("a/../b")));
    assert_true(igd_path_has_dotdot(IGD_STR("..")));
    assert_false(igd_path_has_dotdot(IGD_STR("a/..b/c..")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(joins, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(resolves, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
