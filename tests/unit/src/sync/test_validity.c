/*
 * Validity of everything: what dangles, and what turns invalid because of it, to the last link of
 * a chain. Batches are made here, so that graphs are what a test says.
 */
#include "sync/validity.h"
#include "tests/unit/src/sync/world.h"

typedef struct graph {
    igd_arena *mem;
    igd_validity *validity;
    igd_keyset *rejected, *dangling;
    igd_error err;
} graph;

static int graph_setup(void **state)
{
    graph *g = test_calloc(1, sizeof(*g));
    g->mem = igd_arena_new();
    g->validity = igd_validity_new();
    g->rejected = igd_keyset_new();
    g->dangling = igd_keyset_new();
    *state = g;
    return 0;
}

static int graph_teardown(void **state)
{
    graph *g = *state;
    igd_validity_free(g->validity);
    igd_keyset_free(g->rejected);
    igd_keyset_free(g->dangling);
    igd_arena_free(g->mem);
    test_free(g);
    return 0;
}

#define GRAPH_TEST(name) cmocka_unit_test_setup_teardown(name, graph_setup, graph_teardown)

static igd_digest number(uint64_t n)
{
    return igd_digest_of((igd_str){(const char *)&n, sizeof(n)});
}

/* A record of a slot that refers to `count` others; {slot, key} pairs. */
static void record(graph *g, size_t slot, uint64_t key, size_t count, const size_t targets[][2])
{
    igd_stream_batch batch = {.slot = slot, .mem = g->mem};
    IGD_PUSH(g->mem, &batch.keys, (igd_key_seen){.key = number(key)});
    for (size_t n = 0; n < count; n++) {
        igd_reference *reference = IGD_NEW(g->mem, igd_reference);
        *reference = (igd_reference){.target = targets[n][0], .count = 1};
        igd_reference_seen seen = {
            .reference = reference, .target = number(targets[n][1]), .source = number(key)};
        IGD_PUSH(g->mem, &batch.refs, seen);
    }
    assert_int_equal(igd_validity_add(g->validity, &batch, &g->err), IGD_OK);
}

#define REFERS(...)                                                    \
    IGD_COUNT(((const size_t[][2]){__VA_ARGS__})), (const size_t[][2]) \
    {                                                                  \
        __VA_ARGS__                                                    \
    }

static void finish(graph *g)
{
    assert_int_equal(igd_validity_finish(g->validity, g->rejected, g->dangling, &g->err), IGD_OK);
}

static void nothing_at_all(void **state)
{
    graph *g = *state;
    finish(g);
    assert_int_equal(igd_keyset_count(g->rejected), 0);
}

static void slots_are_different_worlds(void **state)
{
    graph *g = *state;
    record(g, 0, 1, 0, NULL);
    record(g, 1, 2, REFERS({0, 1}));
    record(g, 1, 3, REFERS({1, 1})); /* that key is in slot 0 only */
    finish(g);
    assert_int_equal(igd_keyset_count(g->rejected), 1);
    assert_true(igd_keyset_has(g->rejected, 1, number(3)));
    assert_true(igd_keyset_has(g->dangling, 1, number(1)));
    assert_false(igd_keyset_has(g->dangling, 0, number(1)));
}

static void cycles_and_self_references(void **state)
{
    graph *g = *state;
    record(g, 0, 1, REFERS({0, 1}));
    record(g, 0, 2, REFERS({0, 3}));
    record(g, 0, 3, REFERS({0, 2}));
    finish(g);
    assert_int_equal(igd_keyset_count(g->rejected), 0);
    assert_int_equal(igd_keyset_count(g->dangling), 0);
}

/* A cycle of which one member refers to nobody is invalid as a whole. */
static void a_cycle_with_a_hole(void **state)
{
    graph *g = *state;
    record(g, 0, 1, REFERS({0, 2}));
    record(g, 0, 2, REFERS({0, 3}));
    record(g, 0, 3, REFERS({0, 1}, {1, 9}));
    record(g, 0, 4, REFERS({0, 4}));
    finish(g);
    assert_int_equal(igd_keyset_count(g->rejected), 3);
    assert_false(igd_keyset_has(g->rejected, 0, number(4)));
    /* What is referred to and not valid: the three, and the one that is not there. */
    assert_int_equal(igd_keyset_count(g->dangling), 4);
}

/* Against the sort order, so that every round finds one more. */
static void long_chains(void **state)
{
    graph *g = *state;
    for (uint64_t n = 0; n < 300; n++)
        record(g, 0, n, REFERS({0, n + 1}));
    record(g, 0, 1000, 0, NULL);
    record(g, 0, 1001, REFERS({0, 1000}));
    finish(g);
    assert_int_equal(igd_keyset_count(g->rejected), 300);
    assert_false(igd_keyset_has(g->rejected, 0, number(1001)));
    assert_int_equal(igd_keyset_count(g->dangling), 300);
}

/* Many references to one key, and one record with many references. */
/* In time that follows their length; and what dangles is complete, with keys of rejected records
 * that have been rejected before. */
static void very_long_chains(void **state)
{
    enum { LENGTH = 20000 };
    graph *g = *state;
    for (size_t n = 0; n < LENGTH; n++)
        record(g, 0, n, REFERS({0, n + 1}));
    record(g, 1, 0, REFERS({1, 7}, {0, 0}));
    record(g, 1, 1, REFERS({1, 2}));
    record(g, 1, 2, 0, NULL);
    finish(g);
    assert_int_equal(igd_keyset_count(g->rejected), LENGTH + 1);
    assert_int_equal(igd_keyset_count(g->dangling), LENGTH + 2);
    assert_true(igd_keyset_has(g->dangling, 0, number(0)));
    assert_false(igd_keyset_has(g->rejected, 1, number(1)));
}

static void many_to_one(void **state)
{
    graph *g = *state;
    for (uint64_t n = 0; n < 1000; n++)
        record(g, 1, n, REFERS({0, 7}));
    finish(g);
    assert_int_equal(igd_keyset_count(g->rejected), 1000);
    assert_int_equal(igd_keyset_count(g->dangling), 1);
}

/* Keys that are gone are not there. */
static void gone_keys(void **state)
{
    graph *g = *state;
    igd_stream_batch batch = {.slot = 0, .mem = g->mem};
    IGD_PUSH(g->mem, &batch.keys, ((igd_key_seen){.key = number(1), .gone = true}));
    assert_int_equal(igd_validity_add(g->validity, &batch, &g->err), IGD_OK);
    record(g, 0, 2, REFERS({0, 1}));
    finish(g);
    assert_true(igd_keyset_has(g->rejected, 0, number(2)));
}

/* ---- through real records ---- */

static bool valid(shop *s)
{
    spine_run run = run_spine(s, NULL, side_at(s, commit(s)), &(spine_options){.check = true});
    if (run.code != IGD_OK && run.code != IGD_E_INVALID)
        fail_msg("%s", s->err.message);
    return run.code == IGD_OK;
}

static void lists_of_references(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "labels/labels.yaml", "red: {title: Red}\n'17': {title: Number}\n");
    put(s, "people/$records/ann.yaml", "tags: []\n");
    assert_true(valid(s));
    put(s, "people/$records/ann.yaml", "tags: [red, red, '17']\n");
    assert_true(valid(s));
    put(s, "people/$records/ann.yaml", "tags: [red, '']\n");
    assert_false(valid(s));
    put(s, "people/$records/ann.yaml", "tags: [red, mauve]\n");
    assert_false(valid(s));
}

/* Keys of numbers are texts: what refers to them is compared as one. */
static void references_of_other_types(void **state)
{
    shop *s = *state;
    define_shop(s);
    define(s, "people",
           ONE_RECORD "columns:\n  boss: {type: int, foreign_key: people}\n"
                      "  tags: {type: '[]int', foreign_key: labels}\n");
    put(s, "people/$records/1.yaml", "boss: 2\ntags: [17]\n");
    put(s, "people/$records/2.yaml", "boss: 1\n");
    put(s, "labels/labels.yaml", "'17': {title: Number}\n");
    assert_true(valid(s));
    put(s, "people/$records/2.yaml", "boss: 3\n");
    assert_false(valid(s));
    put(s, "people/$records/2.yaml", "tags: [18]\n");
    assert_false(valid(s));
}

static void orphans(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "orders/$records/o1.yaml", "owner: ann\n");
    put(s, "orders/$records/o1/taxes/$records/vat.yaml", "rate: 1\n");
    assert_true(valid(s));
    put(s, "orders/$records/o2/taxes/$records/vat.yaml", "rate: 1\n");
    assert_false(valid(s));
}

static void random_worlds(void **state)
{
    shop *s = *state;
    size_t counts[2] = {0};
    world_seed = 4711;
    world w = {0};
    for (int n = 0; n < 60; n++) {
        if (n % 6 == 0)
            memset(&w, 0, sizeof(w));
        random_edit(&w, 40);
        const igd_side *side = side_at(s, commit_world(s, &w));
        spine_run run = run_spine(s, NULL, side, &(spine_options){.check = true});
        assert_int_equal(run.code == IGD_OK, is_valid(&w));
        counts[run.code == IGD_OK]++;
    }
    assert_true(counts[0] > 10 && counts[1] > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GRAPH_TEST(nothing_at_all),
        GRAPH_TEST(slots_are_different_worlds),
        GRAPH_TEST(cycles_and_self_references),
        GRAPH_TEST(a_cycle_with_a_hole),
        GRAPH_TEST(long_chains),
        GRAPH_TEST(very_long_chains),
        GRAPH_TEST(many_to_one),
        GRAPH_TEST(gone_keys),
        SHOP_TEST(lists_of_references),
        SHOP_TEST(references_of_other_types),
        SHOP_TEST(orphans),
        SHOP_TEST(random_worlds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
