/*
 * Maps: any bytes as keys, the order of insertion through puts and takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/map.h"
#include "cmocka.h"

static int one = 1, two = 2, three = 3;

static void put_get_take(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_map) igd_map *map = igd_map_new();
    assert_null(igd_map_get(map, IGD_STR("a")));
    assert_null(igd_map_take(map, IGD_STR("a")));
    assert_null(igd_map_put(map, IGD_STR("a"), &one));
    assert_ptr_equal(igd_map_put(map, IGD_STR("a"), &two), &one);
    assert_ptr_equal(igd_map_get(map, IGD_STR("a")), &two);
    assert_int_equal(igd_map_count(map), 1);
    assert_ptr_equal(igd_map_take(map, IGD_STR("a")), &two);
    assert_int_equal(igd_map_count(map), 0);
    assert_null(igd_map_get(map, IGD_STR("a")));
    igd_map_free(NULL);
}

static void keys_are_bytes_and_copied(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_map) igd_map *map = igd_map_new();
    char key[] = "a\0b";
    igd_map_put(map, (igd_str){key, 3}, &one);
    igd_map_put(map, (igd_str){NULL, 0}, &two);
    igd_map_put(map, IGD_STR("a"), &three);
    memset(key, 'x', sizeof(key));
    assert_ptr_equal(igd_map_get(map, (igd_str){"a\0b", 3}), &one);
    assert_null(igd_map_get(map, (igd_str){"a\0c", 3}));
    assert_ptr_equal(igd_map_get(map, IGD_STR("")), &two);
    assert_ptr_equal(igd_map_get(map, IGD_STR("a")), &three);
}

static void walks_in_order_of_insertion(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static int values[COUNT];
    IGD_CLEANUP_PTR(igd_map) igd_map *map = igd_map_new();
    char key[16];
    for (int n = 0; n < COUNT; n++) {
        int len = snprintf(key, sizeof(key), "%d", n * 7919 % COUNT);
        values[n] = n * 7919 % COUNT;
        assert_null(igd_map_put(map, (igd_str){key, (size_t)len}, &values[n]));
    }
    for (int n = 0; n < COUNT; n += 3) { /* taking some, putting the rest again: same order */
        int len = snprintf(key, sizeof(key), "%d", values[n]);
        assert_ptr_equal(igd_map_take(map, (igd_str){key, (size_t)len}), &values[n]);
    }
    void *cursor = NULL, *value = NULL;
    igd_str name;
    for (int n = 0; n < COUNT; n++) {
        if (n % 3 == 0)
            continue;
        assert_true(igd_map_next(map, &cursor, &name, &value));
        snprintf(key, sizeof(key), "%d", values[n]);
        assert_ptr_equal(value, &values[n]);
        assert_string_equal(name.ptr, key);
        assert_int_equal(name.len, strlen(key));
    }
    assert_false(igd_map_next(map, &cursor, &name, &value));
}

static void walks_an_empty_map(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_map) igd_map *map = igd_map_new();
    void *cursor = NULL, *value = NULL;
    igd_str name;
    assert_false(igd_map_next(map, &cursor, &name, &value));
    assert_int_equal(igd_map_count(map), 0);
}

static void a_taken_key_goes_to_the_end(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_map) igd_map *map = igd_map_new();
    igd_map_put(map, IGD_STR("a"), &one);
    igd_map_put(map, IGD_STR("b"), &two);
    igd_map_put(map, IGD_STR("a"), &three); /* keeps its place */
    void *cursor = NULL, *value = NULL;
    igd_str name;
    assert_true(igd_map_next(map, &cursor, &name, &value));
    assert_ptr_equal(value, &three);

    igd_map_take(map, IGD_STR("a"));
    igd_map_put(map, IGD_STR("a"), &one);
    cursor = NULL;
    assert_true(igd_map_next(map, &cursor, &name, &value));
    assert_ptr_equal(value, &two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_get_take),
        cmocka_unit_test(keys_are_bytes_and_copied),
        cmocka_unit_test(walks_in_order_of_insertion),
        cmocka_unit_test(walks_an_empty_map),
        cmocka_unit_test(a_taken_key_goes_to_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
