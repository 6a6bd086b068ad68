/*
 * Looking into nodes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "cmocka.h"
#include "ingitdb/node.h"

static void test_get(void **state)
{
    (void)state;
    igd_node one = {.kind = IGD_NODE_NUMBER}, two = {.kind = IGD_NODE_NULL};
    igd_member members[] = {{.key = IGD_STR("a"), .value = &one},
                            {.key = {NULL, 0}, .value = &two}};
    igd_node map = {.kind = IGD_NODE_MAP, .members = members, .count = 2};
    assert_ptr_equal(igd_node_get(&map, IGD_STR("a")), &one);
    assert_ptr_equal(igd_node_get(&map, IGD_STR("")), &two);
    assert_ptr_equal(igd_node_member(&map, IGD_STR("a")), &members[0]);
    assert_null(igd_node_get(&map, IGD_STR("A")));
    assert_null(igd_node_get(&map, IGD_STR("ab")));

    /* What is no map has no members, whatever its items are. */
    igd_node *items[] = {&one};
    igd_node list = {.kind = IGD_NODE_LIST, .items = items, .count = 1};
    assert_null(igd_node_get(&list, IGD_STR("a")));
    assert_null(igd_node_get(&one, IGD_STR("a")));
    assert_null(igd_node_get(NULL, IGD_STR("a")));
}

static void test_names(void **state)
{
    (void)state;
    for (igd_node_kind kind = IGD_NODE_NULL; kind <= IGD_NODE_LIST; kind++)
        assert_string_not_equal(igd_node_kind_name(&(igd_node){.kind = kind}), "unknown");
    assert_string_equal(igd_node_kind_name(&(igd_node){.kind = IGD_NODE_PLAIN}), "text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
