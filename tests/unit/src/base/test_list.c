/*
 * Lists: growing keeps the items, structs can be pushed as compound literals.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "base/list.h"
#include "cmocka.h"

static void growing_keeps_items(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_LIST(size_t) list = {0};
    for (size_t n = 0; n < 10000; n++)
        IGD_PUSH(mem, &list, n * 3);
    assert_int_equal(list.len, 10000);
    assert_true(list.cap >= list.len);
    for (size_t n = 0; n < list.len; n++)
        assert_int_equal(list.items[n], n * 3);
}

static void structs_are_pushed_whole(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str_list names = {0};
    IGD_PUSH(mem, &names, IGD_STR("a"));
    IGD_PUSH(mem, &names, (igd_str){"bcd", 2});
    assert_int_equal(names.len, 2);
    assert_true(igd_str_is(names.items[0], "a"));
    assert_true(igd_str_is(names.items[1], "bc"));
}

static void two_lists_in_one_arena(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_LIST(int) odd = {0}, even = {0};
    for (int n = 0; n < 1000; n++) {
        if (n % 2)
            IGD_PUSH(mem, &odd, n);
        else
            IGD_PUSH(mem, &even, n);
    }
    for (size_t n = 0; n < 500; n++) {
        assert_int_equal(even.items[n], 2 * n);
        assert_int_equal(odd.items[n], 2 * n + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growing_keeps_items),
        cmocka_unit_test(structs_are_pushed_whole),
        cmocka_unit_test(two_lists_in_one_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
