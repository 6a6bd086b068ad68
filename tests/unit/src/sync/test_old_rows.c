/*
 * Old rows are found by slot and key, whatever order they came in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "sync/old_rows.h"

static void rows_are_found_by_slot_and_key(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_old_rows) igd_old_rows *rows = igd_old_rows_new(3);
    for (uint64_t n = 0; n < 1000; n++) {
        igd_old_row row = {.key = {n * 7919 % 1000, n}, .base = {n, 1}, .like = {n, 2}};
        igd_old_rows_add(rows, n % 2 ? 2 : 0, &row);
    }
    igd_old_rows_sort(rows);
    for (uint64_t n = 0; n < 1000; n++) {
        igd_digest key = {n * 7919 % 1000, n};
        const igd_old_row *found = igd_old_rows_find(rows, n % 2 ? 2 : 0, key);
        assert_non_null(found);
        assert_int_equal(found->base.high, n);
        assert_int_equal(found->like.low, 2);
        assert_null(igd_old_rows_find(rows, n % 2 ? 0 : 2, key));
        assert_null(igd_old_rows_find(rows, 1, key));
    }
    assert_null(igd_old_rows_find(NULL, 0, (igd_digest){0, 0}));
}

static void none_at_all(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_old_rows) igd_old_rows *rows = igd_old_rows_new(0);
    igd_old_rows_sort(rows);
    igd_old_rows_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found_by_slot_and_key),
        cmocka_unit_test(none_at_all),
    };
    return cmocka_run_group_tests_name("old_rows", tests, NULL, NULL);
}
