/*
 * Rows that count as unedited.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "sync/accepted.h"

static igd_digest digest(uint8_t of)
{
    return igd_digest_of((igd_str){(const char *)&of, 1});
}

static void add(igd_accepted *to, size_t slot, uint8_t key, uint8_t like, size_t commit)
{
    igd_accepted_row row = {
        .key = digest(key), .like = digest(like), .base = digest(like), .commit = commit};
    igd_accepted_add(to, slot, &row);
}

static void finds_by_key_and_content(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_accepted) igd_accepted *rows = igd_accepted_new(2, 2);
    for (uint8_t n = 0; n < 100; n++)
        add(rows, 1, n, n, 0);
    add(rows, 1, 7, 200, 1);
    add(rows, 1, 7, 201, 2);
    igd_accepted_sort(rows);
    for (uint8_t n = 0; n < 100; n++)
        assert_non_null(igd_accepted_find(rows, 1, digest(n), digest(n)));
    assert_int_equal(igd_accepted_find(rows, 1, digest(7), digest(201))->commit, 2);
    assert_null(igd_accepted_find(rows, 1, digest(8), digest(7)));
    assert_null(igd_accepted_find(rows, 0, digest(7), digest(7)));
    assert_null(igd_accepted_find(NULL, 1, digest(7), digest(7)));
}

static void absent_when_one_commit_lacks_it(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_accepted) igd_accepted *rows = igd_accepted_new(1, 2);
    add(rows, 0, 1, 1, 1);
    add(rows, 0, 1, 2, 2);
    add(rows, 0, 2, 1, 1);
    add(rows, 0, 3, 1, 0);
    add(rows, 0, 3, 1, 2);
    igd_accepted_sort(rows);
    assert_false(igd_accepted_absent(rows, 0, digest(1)));
    assert_true(igd_accepted_absent(rows, 0, digest(2)));
    assert_true(igd_accepted_absent(rows, 0, digest(3)));
    assert_true(igd_accepted_absent(rows, 0, digest(4)));
    assert_false(igd_accepted_absent(NULL, 0, digest(4)));
    IGD_CLEANUP_PTR(igd_accepted) igd_accepted *held = igd_accepted_new(1, 0);
    igd_accepted_sort(held);
    assert_false(igd_accepted_absent(held, 0, digest(4)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_by_key_and_content),
        cmocka_unit_test(absent_when_one_commit_lacks_it),
    };
    return cmocka_run_group_tests_name("accepted", tests, NULL, NULL);
}
