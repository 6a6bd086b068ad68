/*
 * Arenas: alignment, large blocks, what a reset keeps, and copies.
 */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/arena.h"
#include "cmocka.h"

static void memory_is_aligned_and_apart(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    unsigned char *pieces[500];
    for (size_t n = 0; n < IGD_COUNT(pieces); n++) {
        pieces[n] = igd_arena_alloc(mem, n);
        assert_non_null(pieces[n]);
        assert_int_equal((uintptr_t)pieces[n] % alignof(max_align_t), 0);
        memset(pieces[n], (int)(n & 0xFF), n);
    }
    for (size_t n = 0; n < IGD_COUNT(pieces); n++) {
        for (size_t byte = 0; byte < n; byte++)
            assert_int_equal(pieces[n][byte], n & 0xFF);
    }
}

static void zero_is_zero_after_a_reset(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    memset(igd_arena_alloc(mem, 3000), 0xAA, 3000);
    igd_arena_reset(mem);
    const unsigned char *zero = igd_arena_zero(mem, 3000);
    for (size_t n = 0; n < 3000; n++)
        assert_int_equal(zero[n], 0);
    uint64_t *numbers = IGD_NEW_ARRAY(mem, uint64_t, 100);
    assert_true(numbers[0] == 0 && numbers[99] == 0);
}

static void reset_keeps_one_ordinary_block(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    size_t empty = igd_arena_bytes(mem);
    for (int n = 0; n < 2000; n++)
        igd_arena_alloc(mem, 700);
    igd_arena_alloc(mem, (size_t)8 << 20);
    size_t full = igd_arena_bytes(mem);
    assert_true(full >= 2000 * 700 + ((size_t)8 << 20));

    igd_arena_reset(mem);
    size_t kept = igd_arena_bytes(mem);
    assert_true(kept > empty && kept <= empty + ((size_t)1 << 20) + 64);
    igd_arena_alloc(mem, 700);
    assert_int_equal(igd_arena_bytes(mem), kept);
    igd_arena_reset(mem);
    assert_int_equal(igd_arena_bytes(mem), kept);
}

static void reset_gives_back_a_huge_block(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    size_t empty = igd_arena_bytes(mem);
    igd_arena_reset(mem);
    igd_arena_alloc(mem, (size_t)8 << 20);
    igd_arena_reset(mem);
    assert_int_equal(igd_arena_bytes(mem), empty);
    assert_non_null(igd_arena_alloc(mem, 1));
}

static void large_pieces_do_not_waste_the_block(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    char *small = igd_arena_alloc(mem, 16);
    igd_arena_alloc(mem, 100000);
    char *next = igd_arena_alloc(mem, 16);
    assert_ptr_equal(next, small + 16);
}

static void copies_end_with_a_nul(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str copy = igd_arena_str(mem, (igd_str){"abcdef", 3});
    assert_int_equal(copy.len, 3);
    assert_string_equal(copy.ptr, "abc");
    assert_string_equal(igd_arena_cstr(mem, (igd_str){NULL, 0}), "");
    igd_str nul = igd_arena_str(mem, (igd_str){"a\0b", 3});
    assert_memory_equal(nul.ptr, "a\0b", 4);
}

static void printf_of_any_length(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    for (int width = 250; width < 262; width++) {
        igd_str text = igd_arena_printf(mem, "%*d", width, 7);
        assert_int_equal(text.len, width);
        assert_int_equal(strlen(text.ptr), width);
        assert_int_equal(text.ptr[width - 1], '7');
    }
    assert_int_equal(igd_arena_printf(mem, "%s", "").len, 0);
}

static void nothing_is_freed_and_sized(void **state)
{
    (void)state;
    igd_arena_free(NULL);
    void *memory = igd_xmalloc(0);
    assert_non_null(memory);
    memory = igd_xrealloc(memory, 100);
    assert_non_null(memory);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_and_apart),
        cmocka_unit_test(zero_is_zero_after_a_reset),
        cmocka_unit_test(reset_keeps_one_ordinary_block),
        cmocka_unit_test(reset_gives_back_a_huge_block),
        cmocka_unit_test(large_pieces_do_not_waste_the_block),
        cmocka_unit_test(copies_end_with_a_nul),
        cmocka_unit_test(printf_of_any_length),
        cmocka_unit_test(nothing_is_freed_and_sized),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
