/*
 * Checking a source: all problems, grouped by what is at the root of them, and the bounds on the
 * number of records.
 */
#include "sync/check.h"
#include "tests/unit/src/sync/world.h"

/* Checks a commit; the problems are the fixture's. Returns the number of rejected records. */
static size_t check(shop *s, const char *hex, igd_table_counts *counts)
{
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    igd_meter meter = {0};
    s->problems = IGD_PROBLEMS_INIT(s->mem);
    igd_notes_init(&notes, &s->problems, false);
    igd_source_check check = {.repo = shop_repo(s),
                              .side = side_at(s, hex),
                              .jobs = 2,
                              .meter = &meter,
                              .notes = &notes,
                              .rejected = rejected,
                              .counts = counts};
    if (igd_check_source(&check, &s->err) != IGD_OK)
        fail_msg("%s", s->err.message);
    igd_notes_finish(&notes);
    return igd_keyset_count(rejected);
}

static const igd_problem *invalid(shop *s, const char *text)
{
    return need_problem(&s->problems, IGD_PROBLEM_INVALID, text);
}

static void a_valid_source(void **state)
{
    shop *s = *state;
    igd_table_counts counts[8] = {0};
    define_shop(s);
    put(s, "people/$records/ann.yaml", "friend: bob\n");
    put(s, "people/$records/bob.yaml", "friend: ann\n");
    put(s, "labels/labels.yaml", "a: {above: a}\n");
    const char *hex = commit(s);
    assert_int_equal(check(s, hex, counts), 0);
    need_none(&s->problems);
    const igd_side *side = side_at(s, hex);
    assert_int_equal(counts[slot_of(side, "people")].unchanged, 2);
    assert_int_equal(counts[slot_of(side, "labels")].unchanged, 1);
    assert_int_equal(counts[slot_of(side, "orders")].unchanged, 0);
}

/* Everything that follows from one broken file says so. */
static void what_is_at_the_root(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "labels/labels.yaml", "a: {title: A, undeclared: 1}\n");
    put(s, "people/$records/ann.yaml", "name: Ann\ntags: [a]\n");
    put(s, "people/$records/bob.yaml", "name: Bob\nfriend: ann\n");
    put(s, "orders/$records/o1.yaml", "owner: bob\n");
    put(s, "orders/$records/o1/lines/lines.yaml", "x: {count: 1}\n");
    put(s, "people/$records/cat.yaml", "friend: dan\n");
    assert_int_equal(check(s, commit(s), NULL), 5);
    assert_int_equal(s->problems.invalid, 6);
    assert_str(invalid(s, "refers to labels/a, which is invalid")->caused_by, "labels/a");
    assert_str(invalid(s, "refers to people/ann, which is invalid")->caused_by, "labels/a");
    assert_str(invalid(s, "refers to people/bob, which is invalid")->caused_by, "labels/a");
    const igd_problem *orphan = invalid(s, "the parent record is orders/o1, which is invalid");
    assert_str(orphan->caused_by, "labels/a");
    assert_string_equal(orphan->code, "orphan");
    assert_str(orphan->key, "o1/x");
    assert_str(orphan->key_json, "[\"o1\",\"x\"]");
    assert_str(orphan->path, "orders/$records/o1/lines/lines.yaml");
    const igd_problem *cat = invalid(s, "refers to people/dan, which is not there");
    assert_str(cat->caused_by, "");
    assert_str(cat->field, "friend");
    assert_string_equal(cat->code, "reference");
    assert_str(cat->hint, "add the record people/dan or change the reference");
}

/* The same in a collection that refers to itself, whatever the order of its files. */
static void chains_inside_a_collection(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/a.yaml", "friend: b\n");
    put(s, "people/$records/b.yaml", "friend: c\n");
    put(s, "people/$records/c.yaml", "friend: nobody\n");
    put(s, "people/$records/x.yaml", "friend: w\n");
    put(s, "people/$records/w.yaml", "friend: v\n");
    put(s, "people/$records/v.yaml", "age: none\n");
    put(s, "people/$records/loop.yaml", "friend: pool\ntags: [gone]\n");
    put(s, "people/$records/pool.yaml", "friend: loop\n");
    assert_int_equal(check(s, commit(s), NULL), 7);
    assert_str(invalid(s, "refers to people/b, which is invalid")->caused_by, "people/c");
    assert_str(invalid(s, "refers to people/c, which is invalid")->caused_by, "people/c");
    assert_str(invalid(s, "refers to people/w, which is invalid")->caused_by, "people/v");
    assert_str(invalid(s, "refers to people/v, which is invalid")->caused_by, "people/v");
    assert_str(invalid(s, "refers to people/loop, which is invalid")->caused_by, "people/loop");
    assert_str(invalid(s, "refers to labels/gone, which is not there")->caused_by, "");
}

/* Each dangling element of a list is said; each record is rejected once. */
static void lists(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/a.yaml", "tags: [x, y]\n");
    assert_int_equal(check(s, commit(s), NULL), 1);
    assert_int_equal(s->problems.invalid, 2);
    invalid(s, "labels/x, which is not there");
    invalid(s, "labels/y, which is not there");
}

static void random_worlds(void **state)
{
    shop *s = *state;
    world_seed = 99;
    world w = {0};
    for (int n = 0; n < 60; n++) {
        if (n % 6 == 0)
            memset(&w, 0, sizeof(w));
        random_edit(&w, 20);
        check(s, commit_world(s, &w), NULL);
        assert_int_equal(s->problems.invalid == 0, is_valid(&w));
    }
}

/* ---- bounds ---- */

static void define_bounds(shop *s, const char *people, const char *lines)
{
    define_shop(s);
    define(
        s, "people",
        igd_arena_printf(s->mem, "%s%scolumns: {name: {type: string}}\n", ONE_RECORD, people).ptr);
    define_below(s, "orders", "lines",
                 igd_arena_printf(s->mem, "%s%scolumns: {count: {type: int}}\n",
                                  MAP_FILE("lines.yaml"), lines)
                     .ptr);
}

static void bounds_of_a_collection(void **state)
{
    shop *s = *state;
    define_bounds(s, "min_records_count: 1\nmax_records_count: 2\n", "");
    check(s, commit(s), NULL);
    const igd_problem *few = invalid(s, "0 records, the fewest allowed are 1");
    assert_string_equal(few->code, "records-count");
    assert_str(few->collection, "people");
    put(s, "people/$records/a.yaml", "name: A\n");
    check(s, commit(s), NULL);
    need_none(&s->problems);
    put(s, "people/$records/b.yaml", "name: B\n");
    put(s, "people/$records/c.yaml", "name: C\n");
    check(s, commit(s), NULL);
    invalid(s, "3 records, the most allowed are 2");
}

static void bounds_below_each_parent(void **state)
{
    shop *s = *state;
    define_bounds(s, "", "min_records_count: 1\nmax_records_count: 2\n");
    put(s, "people/$records/p.yaml", "name: P\n");
    put(s, "orders/$records/o1.yaml", "owner: p\n");
    put(s, "orders/$records/o2.yaml", "owner: p\n");
    put(s, "orders/$records/o1/lines/lines.yaml", "a: {count: 1}\nb: {count: 1}\n");
    put(s, "orders/$records/o2/lines/lines.yaml", "a: {count: 1}\n");
    check(s, commit(s), NULL);
    need_none(&s->problems);
    put(s, "orders/$records/o2/lines/lines.yaml", "a: {count: 1}\nb: {count: 1}\nc: {count: 1}\n");
    put(s, "orders/$records/o3.yaml", "owner: p\n");
    put(s, "orders/$records/o4.yaml", "owner: p\n");
    check(s, commit(s), NULL);
    assert_int_equal(s->problems.invalid, 2);
    invalid(s, "3 records below o2, the most allowed are 2");
    invalid(s, "0 records below each of 2 parent records, the fewest allowed are 1");
}

/* The fewest is zero: nothing to say about parents without any. */
static void the_most_only(void **state)
{
    shop *s = *state;
    define_bounds(s, "", "max_records_count: 0\n");
    put(s, "people/$records/p.yaml", "name: P\n");
    put(s, "orders/$records/o1.yaml", "owner: p\n");
    check(s, commit(s), NULL);
    need_none(&s->problems);
    put(s, "orders/$records/o1/lines/lines.yaml", "a: {count: 1}\n");
    check(s, commit(s), NULL);
    invalid(s, "1 record below o1, the most allowed are 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(a_valid_source),
        SHOP_TEST(what_is_at_the_root),
        SHOP_TEST(chains_inside_a_collection),
        SHOP_TEST(lists),
        SHOP_TEST(random_worlds),
        SHOP_TEST(bounds_of_a_collection),
        SHOP_TEST(bounds_below_each_parent),
        SHOP_TEST(the_most_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
