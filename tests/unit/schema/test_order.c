/*
 * Order: random graphs against the definition, and a chain that is too long for recursion.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "schema/order.h"

#define MOST 8

static uint32_t seed = 1;

static uint32_t below(uint32_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 16) % limit;
}

/* A node comes after what it needs, unless that needs it, too. */
static void assert_ordered(bool reach[MOST][MOST], size_t count, const uint32_t *order)
{
    uint32_t place[MOST];
    bool seen[MOST] = {false};
    for (uint32_t n = 0; n < count; n++) {
        assert_false(seen[order[n]]);
        seen[order[n]] = true;
        place[order[n]] = n;
    }
    for (size_t a = 0; a < count; a++) {
        for (size_t b = 0; b < count; b++) {
            if (reach[a][b] && !reach[b][a])
                assert_true(place[b] < place[a]);
            if (reach[a][b] && reach[b][a] && a < b)
                assert_true(place[a] < place[b]);
        }
    }
}

static void random_graphs(void **state)
{
    (void)state;
    for (int round = 0; round < 2000; round++) {
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        igd_node_list needs[MOST] = {0};
        bool reach[MOST][MOST] = {0};
        uint32_t count = 1 + below(MOST), order[MOST];
        for (uint32_t edges = below(2 * count); edges > 0; edges--) {
            uint32_t a = below(count), b = below(count);
            IGD_PUSH(mem, &needs[a], b);
            reach[a][b] = true;
        }
        for (size_t k = 0; k < count; k++)
            for (size_t a = 0; a < count; a++)
                for (size_t b = 0; b < count; b++)
                    reach[a][b] |= reach[a][k] && reach[k][b];
        igd_order(needs, count, mem, order);
        assert_ordered(reach, count, order);
    }
}

static void long_chain(void **state)
{
    (void)state;
    enum { LENGTH = 2000 };
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_node_list *needs = IGD_NEW_ARRAY(mem, igd_node_list, LENGTH);
    uint32_t *order = IGD_NEW_ARRAY(mem, uint32_t, LENGTH);
    for (uint32_t n = 1; n < LENGTH; n++)
        IGD_PUSH(mem, &needs[n], n - 1);
    igd_order(needs, LENGTH, mem, order);
    for (uint32_t n = 0; n < LENGTH; n++)
        assert_int_equal(order[n], n);
    igd_order(needs, 0, mem, order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs),
        cmocka_unit_test(long_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
