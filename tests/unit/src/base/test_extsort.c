/*
 * External sort against qsort: in memory, spilled, and with so little memory that the runs have to
 * be merged in several passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/extsort.h"
#include "cmocka.h"

typedef struct record {
    uint64_t key;
    uint32_t payload;
    unsigned char rest[12];
} record;

static int by_key(const void *a, const void *b)
{
    const record *left = a, *right = b;
    if (left->key != right->key)
        return left->key < right->key ? -1 : 1;
    return left->payload == right->payload ? 0 : left->payload < right->payload ? -1 : 1;
}

/* The same numbers in every run (xorshift), so that a failure can be repeated. */
static uint64_t next_number(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void assert_delivers(igd_extsort *sort, const record *expected, size_t count)
{
    igd_error err = IGD_ERROR_INIT;
    const void *got = NULL;
    for (size_t n = 0; n < count; n++) {
        assert_int_equal(igd_extsort_next(sort, &got, &err), IGD_OK);
        assert_non_null(got);
        assert_memory_equal(got, &expected[n], sizeof(record));
    }
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(igd_extsort_next(sort, &got, &err), IGD_OK);
        assert_null(got);
    }
}

static void sort_and_compare(size_t count, size_t memory, uint64_t key_range)
{
    igd_error err = IGD_ERROR_INIT;
    uint64_t seed = 88172645463325252u + count;
    record *all = calloc(count + 1, sizeof(*all));
    assert_non_null(all);
    IGD_CLEANUP_PTR(igd_extsort)
    igd_extsort *sort = igd_extsort_new(sizeof(record), memory, by_key);
    for (size_t n = 0; n < count; n++) {
        all[n].key = next_number(&seed) % key_range;
        all[n].payload = (uint32_t)n;
        memset(all[n].rest, (int)(n & 0x7F), sizeof(all[n].rest));
        assert_int_equal(igd_extsort_add(sort, &all[n], &err), IGD_OK);
    }
    if (count > 1)
        qsort(all, count, sizeof(*all), by_key);
    assert_int_equal(igd_extsort_count(sort), count);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(igd_extsort_start(sort, &err), IGD_OK);
        assert_delivers(sort, all, count);
    }
    /* Starting over in the middle. */
    const void *got = NULL;
    assert_int_equal(igd_extsort_start(sort, &err), IGD_OK);
    assert_int_equal(igd_extsort_next(sort, &got, &err), IGD_OK);
    assert_int_equal(igd_extsort_start(sort, &err), IGD_OK);
    assert_delivers(sort, all, count);
    assert_int_equal(igd_extsort_count(sort), count);
    free(all);
}

static void in_memory(void **state)
{
    (void)state;
    sort_and_compare(0, 1 << 20, 1);
    sort_and_compare(1, 1 << 20, 1);
    sort_and_compare(1000, 1 << 20, UINT64_MAX);
    sort_and_compare(1000, 1 << 20, 10);
}

static void spilled(void **state)
{
    (void)state;
    sort_and_compare(50000, 64 * 1024, UINT64_MAX);
    sort_and_compare(50000, 256 * 1024, 100);
}

/* Counts around the edges of runs and groups of runs; 0 bytes still means two records. */
static void with_hardly_any_memory(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 3, 4, 5, 15, 16, 17, 18, 127, 128, 129, 130, 5000};
    for (size_t n = 0; n < IGD_COUNT(counts); n++) {
        sort_and_compare(counts[n], 0, 50);
        sort_and_compare(counts[n], 4 * sizeof(record), UINT64_MAX);
        sort_and_compare(counts[n], 20 * sizeof(record) + 5, 1);
    }
}

static void used_in_the_wrong_order(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    const void *got = NULL;
    record one = {.key = 1};
    IGD_CLEANUP_PTR(igd_extsort) igd_extsort *sort = igd_extsort_new(sizeof(one), 1000, by_key);
    assert_int_equal(igd_extsort_next(sort, &got, &err), IGD_E_BUG);
    assert_int_equal(igd_extsort_start(sort, &err), IGD_OK);
    assert_int_equal(igd_extsort_add(sort, &one, &err), IGD_E_BUG);
    igd_extsort_free(NULL);
}

static void no_place_to_spill(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    record one = {.key = 1};
    IGD_CLEANUP_PTR(igd_extsort) igd_extsort *sort = igd_extsort_new(sizeof(one), 0, by_key);
    const char *old = getenv("TMPDIR");
    char *kept = old ? strdup(old) : NULL;
    setenv("TMPDIR", "/nonexistent", 1);
    assert_int_equal(igd_extsort_add(sort, &one, &err), IGD_OK);
    assert_int_equal(igd_extsort_add(sort, &one, &err), IGD_OK);
    assert_int_equal(igd_extsort_add(sort, &one, &err), IGD_E_IO);
    assert_non_null(strstr(err.message, "/nonexistent"));
    assert_true(err.hint[0] != '\0');
    assert_int_equal(igd_extsort_count(sort), 2);
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_memory),
        cmocka_unit_test(spilled),
        cmocka_unit_test(with_hardly_any_memory),
        cmocka_unit_test(used_in_the_wrong_order),
        cmocka_unit_test(no_place_to_spill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
