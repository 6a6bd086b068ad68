/*
 * Rows against the limits of a target.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "schema/canonical.h"
#include "schema/capacity.h"

static igd_column columns[3];
static const igd_table table = {.columns = columns, .column_count = 3, .key_count = 2};

static const char *no_x(const igd_table *of, size_t column, const igd_value *value)
{
    return of == &table && column == 2 && value->text.len == 1 && value->text.ptr[0] == 'x'
               ? "is an x"
               : NULL;
}

static const char *refused(const igd_capacity *capacity, const char *parent, const char *id,
                           const char *note, size_t *column, igd_arena *mem)
{
    igd_value row[] = {igd_value_string(igd_str_from(parent)), igd_value_string(igd_str_from(id)),
                       note ? igd_value_string(igd_str_from(note)) : IGD_VALUE_NULL};
    return igd_capacity_refuses(capacity, &table, row, mem, column);
}

static void test_limits(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_capacity any = {0},
                 some = {.target = "it", .key_bytes = 8, .value_bytes = 10, .unsupported = no_x};
    size_t column;
    assert_null(refused(&any, "a very long key", "another", "x", &column, mem));
    assert_null(refused(&some, "1234", "5678", "0123456789", &column, mem));
    assert_null(refused(&some, "1234", "5678", NULL, &column, mem));
    assert_string_equal(refused(&some, "1234", "56789", "", &column, mem),
                        "makes the key longer than 8 bytes");
    assert_int_equal(column, 1);
    assert_string_equal(refused(&some, "1", "2", "01234567890", &column, mem),
                        "is longer than 10 bytes");
    assert_int_equal(column, 2);
    assert_string_equal(refused(&some, "x", "x", "x", &column, mem), "is an x");
    assert_int_equal(column, 2);
}

/* Escapes count, and only they do. */
static void test_rows(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_value row[] = {igd_value_string(IGD_STR("p")), igd_value_string(IGD_STR("key")),
                       igd_value_string(IGD_STR("a\nlong\001note"))};
    igd_capacity some = {.row_bytes = igd_row_json(&table, row, mem).len};
    size_t column = 0;
    assert_null(igd_capacity_refuses(&some, &table, row, mem, &column));
    some.row_bytes--;
    assert_string_equal(
        igd_capacity_refuses(&some, &table, row, mem, &column),
        igd_arena_printf(mem, "makes the record longer than %zu bytes", some.row_bytes).ptr);
    assert_int_equal(column, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_limits), cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
