/*
 * Sets of keys: slots are apart, the empty set, counting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "sync/keyset.h"

static igd_digest key(const char *text)
{
    return igd_digest_of(igd_str_from(text));
}

static void slots_are_apart(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *set = igd_keyset_new();
    igd_keyset_add(set, 1, key("a"));
    igd_keyset_add(set, 1, key("a"));
    igd_keyset_add(set, 2, key("a"));
    igd_keyset_add(set, 2, key("b"));
    assert_true(igd_keyset_has(set, 1, key("a")));
    assert_false(igd_keyset_has(set, 1, key("b")));
    assert_false(igd_keyset_has(set, 0, key("a")));
    assert_int_equal(igd_keyset_count(set), 3);
    assert_int_equal(igd_keyset_of_slot(set, 0), 0);
    assert_int_equal(igd_keyset_of_slot(set, 1), 1);
    assert_int_equal(igd_keyset_of_slot(set, 2), 2);
}

static void no_set_is_empty(void **state)
{
    (void)state;
    assert_false(igd_keyset_has(NULL, 0, key("a")));
    assert_int_equal(igd_keyset_count(NULL), 0);
    assert_int_equal(igd_keyset_of_slot(NULL, 0), 0);
    igd_keyset_free(NULL);
}

static void many_keys(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *set = igd_keyset_new();
    for (uint64_t n = 0; n < 20000; n++)
        igd_keyset_add(set, n % 3, (igd_digest){n, ~n});
    assert_int_equal(igd_keyset_count(set), 20000);
    for (uint64_t n = 0; n < 20000; n++) {
        assert_true(igd_keyset_has(set, n % 3, (igd_digest){n, ~n}));
        assert_false(igd_keyset_has(set, (n + 1) % 3, (igd_digest){n, ~n}));
    }
    assert_int_equal(igd_keyset_of_slot(set, 0), 6667);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_apart),
        cmocka_unit_test(no_set_is_empty),
        cmocka_unit_test(many_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
