/*
 * Rows: equality over all columns, and keys as text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "schema/row.h"

static void rows_are_equal_in_every_column(void **state)
{
    (void)state;
    const igd_table table = {.column_count = 3, .key_count = 1};
    igd_value a[] = {igd_value_string(IGD_STR("k")), igd_value_int(1), IGD_VALUE_NULL};
    igd_value b[] = {a[0], a[1], a[2]};
    assert_true(igd_row_eq(&table, a, b));
    for (size_t n = 0; n < table.column_count; n++) {
        b[n] = igd_value_string(IGD_STR(""));
        assert_false(igd_row_eq(&table, a, b));
        b[n] = a[n];
    }
}

static void keys_as_text(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_table table = {.column_count = 4, .key_count = 1};
    igd_value row[] = {igd_value_string(IGD_STR("o/1")), igd_value_string(IGD_STR("say \"\x1f\"")),
                       igd_value_int(-3), igd_value_bool(true)};
    assert_true(igd_str_is(igd_row_key_text(&table, row, mem), "o/1"));
    assert_true(igd_str_is(igd_row_key_json(&table, row, mem), "[\"o/1\"]"));
    table.key_count = 3;
    assert_true(igd_str_is(igd_row_key_text(&table, row, mem), "o/1/say \"\x1f\"/-3"));
    assert_true(
        igd_str_is(igd_row_key_json(&table, row, mem), "[\"o/1\",\"say \\\"\\u001f\\\"\",\"-3\"]"));
}

static void rows_as_json(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_column columns[] = {{.name = IGD_STR("id")},   {.name = IGD_STR("Z")},
                            {.name = IGD_STR("a\"b")}, {.name = IGD_STR("ok")},
                            {.name = IGD_STR("none")}, {.name = IGD_STR("json")},
                            {.name = IGD_STR("raw")},  {.name = IGD_STR("float")}};
    igd_table table = {.columns = columns, .column_count = IGD_COUNT(columns), .key_count = 1};
    igd_value row[] = {igd_value_string(IGD_STR("k\n")),
                       igd_value_int(INT64_MAX),
                       igd_value_string(IGD_STR("")),
                       igd_value_bool(false),
                       IGD_VALUE_NULL,
                       {.kind = IGD_JSON, .text = IGD_STR("{\"x\":[null]}")},
                       {.kind = IGD_RAW, .text = IGD_STR("\xFF'")},
                       {.kind = IGD_FLOAT, .number = 1e21}};
    assert_string_equal(igd_row_json(&table, row, mem).ptr,
                        "{\"Z\":9223372036854775807,\"a\\\"b\":\"\",\"float\":1e+21,"
                        "\"id\":\"k\\n\",\"json\":{\"x\":[null]},\"ok\":false,"
                        "\"raw\":\"x'ff27'\"}");
    table.column_count = 0;
    assert_string_equal(igd_row_json(&table, row, mem).ptr, "{}");
}

static void key_of_a_change(void **state)
{
    (void)state;
    igd_value base = igd_value_int(1), now = igd_value_int(2);
    igd_change change = {.kind = IGD_DELETE, .base = &base};
    assert_ptr_equal(igd_change_key(&change), &base);
    change.now = &now;
    assert_ptr_equal(igd_change_key(&change), &now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_equal_in_every_column),
        cmocka_unit_test(keys_as_text),
        cmocka_unit_test(rows_as_json),
        cmocka_unit_test(key_of_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
