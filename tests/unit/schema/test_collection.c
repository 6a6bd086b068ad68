/*
 * Collections: fields by name, depth, and the key of a list's rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "schema/collection.h"

#define MOST 4

/* Names end at the first NULL. */
static ptrdiff_t list_key(const char *const fields[MOST], const char *const key[MOST],
                          bool *missing)
{
    igd_field declared[MOST] = {0};
    igd_str names[MOST];
    igd_collection collection = {.fields = declared, .primary_key = {.items = names}};
    while (collection.field_count < MOST && fields[collection.field_count]) {
        declared[collection.field_count].name = igd_str_from(fields[collection.field_count]);
        collection.field_count++;
    }
    for (size_t n = 0; n < MOST && key[n]; n++)
        names[collection.primary_key.len++] = igd_str_from(key[n]);
    return igd_collection_list_key(&collection, missing);
}

static void key_of_a_list(void **state)
{
    (void)state;
    static const struct {
        const char *fields[MOST], *key[MOST];
        ptrdiff_t expected;
        bool missing;
    } table[] = {
        {{"a", "id", "$id", "$ID"}, {NULL}, 3, false},
        {{"a", "id", "$id"}, {NULL}, 2, false},
        {{"a", "id"}, {NULL}, 1, false},
        {{"a", "ID"}, {NULL}, -1, true},
        {{NULL}, {NULL}, -1, true},
        {{"id", "code"}, {"code"}, 1, false},
        {{"id", "code"}, {"Code"}, -1, true},
        {{"id", "a", "b"}, {"a", "b"}, -1, false},
        {{"id", "a", "b"}, {"a", "c"}, -1, true},
        {{"id", "a", "b"}, {"c", "a"}, -1, true},
    };
    for (size_t n = 0; n < IGD_COUNT(table); n++) {
        bool missing = !table[n].missing;
        assert_int_equal(list_key(table[n].fields, table[n].key, &missing), table[n].expected);
        assert_int_equal(missing, table[n].missing);
    }
}

static void fields_and_depth(void **state)
{
    (void)state;
    igd_field fields[] = {{.name = {"a", 1}}, {.name = {"$id", 3}}};
    igd_collection root = {.fields = fields, .field_count = 2};
    igd_collection child = {.parent = &root};
    igd_collection grandchild = {.parent = &child};
    assert_int_equal(igd_collection_field(&root, IGD_STR("$id")), 1);
    assert_int_equal(igd_collection_field(&root, IGD_STR("id")), -1);
    assert_int_equal(igd_collection_field(&child, IGD_STR("a")), -1);
    assert_int_equal(igd_collection_depth(&root), 0);
    assert_int_equal(igd_collection_depth(&grandchild), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_of_a_list),
        cmocka_unit_test(fields_and_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
