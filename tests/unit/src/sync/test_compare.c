/*
 * Comparing by digests: which rows differ, in which direction, and how a table is read before a
 * plan has changed it.
 */
#include <signal.h>

#include "sync/compare.h"
#include "tests/unit/src/sync/looked.h"

typedef struct comparison {
    const igd_side *side;
    igd_plan plan;
    igd_differences *found;
    int code;
} comparison;

typedef struct ways {
    const igd_keyset *rejected;
    const char *skip; /* a collection */
    int stop;
} ways;

/* Compares a commit with the target, which is laid out by another. */
static comparison compare(shop *s, const char *target_is, const char *hex, const ways *how)
{
    comparison c = {.side = side_at(s, hex)};
    IGD_CLEANUP_PTR(igd_target) igd_target *target = open_target(s);
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    igd_meter meter = {0};
    igd_route *routes = IGD_NEW_ARRAY(s->mem, igd_route, c.side->slot_count);
    for (size_t n = 0; n < c.side->slot_count; n++)
        routes[n] = (igd_route){.all = true, .skip = how->skip && n == slot_of(c.side, how->skip)};
    s->problems = IGD_PROBLEMS_INIT(s->mem);
    igd_notes_init(&notes, &s->problems, false);
    igd_plan_make(&side_at(s, target_is)->schema, &c.side->schema, 0, s->mem, &c.plan);
    c.found = IGD_NEW_ARRAY(s->mem, igd_differences, c.side->slot_count);
    igd_compare compare = {.repo = shop_repo(s),
                           .side = c.side,
                           .target = target,
                           .plan = &c.plan,
                           .routes = routes,
                           .rejected = how->rejected,
                           .notes = &notes,
                           .with_invalid = true,
                           .meter = &meter,
                           .jobs = 2,
                           .stop = how->stop ? &how->stop : NULL};
    c.code = igd_compare_run(&compare, s->mem, c.found, &s->err);
    return c;
}

static const igd_differences *of(const comparison *c, const char *collection)
{
    return &c->found[slot_of(c->side, collection)];
}

static void need_difference(const comparison *c, const char *collection, const char *key,
                            bool in_source, bool in_target)
{
    const igd_difference *found = igd_difference_find(of(c, collection), key_digest(key, NULL));
    if (!found)
        fail_msg("%s/%s is not found to differ", collection, key);
    assert_int_equal(found->in_source, in_source);
    assert_int_equal(found->in_target, in_target);
}

static const char *start(shop *s)
{
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\nage: 40\n");
    put(s, "people/$records/bob.yaml", "name: Bob\n");
    put(s, "people/$records/cat.yaml", "name: Cat\n");
    put(s, "labels/labels.yaml", "red: {title: Red}\n");
    const char *hex = commit(s);
    sync_run_ok(repo_path(s->b), s->db, hex);
    return hex;
}

static void directions(void **state)
{
    shop *s = *state;
    const char *hex = start(s);
    comparison c = compare(s, hex, hex, &(ways){0});
    assert_int_equal(c.code, IGD_OK);
    assert_int_equal(of(&c, "people")->len, 0);
    assert_int_equal(of(&c, "people")->equal, 3);
    igd_digest sum = of(&c, "people")->source_digest;
    db_exec(s->db, "UPDATE people SET age = NULL WHERE id = 'ann';"
                   "DELETE FROM people WHERE id = 'bob';"
                   "INSERT INTO people (id) VALUES ('dan')");
    c = compare(s, hex, hex, &(ways){0});
    assert_int_equal(of(&c, "people")->len, 3);
    assert_int_equal(of(&c, "people")->equal, 1);
    need_difference(&c, "people", "ann", true, true);
    need_difference(&c, "people", "bob", true, false);
    need_difference(&c, "people", "dan", false, true);
    assert_null(igd_difference_find(of(&c, "people"), key_digest("cat", NULL)));
    assert_null(igd_difference_find(of(&c, "labels"), key_digest("ann", NULL)));
    /* What the bookkeeping is told comes from the source alone. */
    assert_int_equal(of(&c, "people")->source_rows, 3);
    assert_true(igd_digest_eq(of(&c, "people")->source_digest, sum));
}

static void left_out(void **state)
{
    shop *s = *state;
    const char *hex = start(s);
    db_exec(s->db, "DELETE FROM people; UPDATE labels SET title = 'Rot'");
    comparison c = compare(s, hex, hex, &(ways){.skip = "people"});
    assert_int_equal(of(&c, "people")->len, 0);
    assert_int_equal(of(&c, "people")->source_rows, 0);
    assert_int_equal(of(&c, "labels")->len, 1);
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    igd_keyset_add(rejected, slot_of(c.side, "labels"), key_digest("red", NULL));
    c = compare(s, hex, hex, &(ways){.rejected = rejected});
    need_difference(&c, "labels", "red", false, true);
    assert_int_equal(of(&c, "people")->len, 3);
}

/* The target has the columns of the older commit: what is new reads as null, what goes is not read,
 * and another kind of values is none at all. */
static void another_layout(void **state)
{
    shop *s = *state;
    const char *one = start(s);
    define(s, "people",
           ONE_RECORD "columns:\n  name: {type: string}\n  age: {type: string}\n"
                      "  city: {type: string}\n");
    const char *two = commit(s);
    comparison c = compare(s, one, two, &(ways){0});
    assert_int_equal(of(&c, "people")->len, 1); /* 40 is no text yet */
    need_difference(&c, "people", "ann", true, true);
    const igd_table *layout =
        igd_compare_layout(igd_plan_table(&c.plan, IGD_STR("people")), s->mem);
    assert_int_equal(layout->columns[igd_table_column(layout, IGD_STR("id"))].key_text, true);
    assert_int_equal(igd_table_column(layout, IGD_STR("city")), -1);
    assert_int_equal(igd_table_column(layout, IGD_STR("age")), -1);
    assert_true(igd_table_column(layout, IGD_STR("name")) > 0);
    assert_int_equal(igd_table_column(layout, IGD_STR("friend")), -1);
}

static void a_new_collection(void **state)
{
    shop *s = *state;
    const char *one = start(s);
    put(s, ".ingitdb/root-collections.yaml",
        "people: people\nlabels: labels\norders: orders\nwords: words\n");
    define(s, "words", ONE_RECORD "columns: {title: {type: string}}\n");
    put(s, "words/$records/a.yaml", "title: A\n");
    const char *two = commit(s);
    comparison c = compare(s, one, two, &(ways){0});
    assert_null(igd_compare_layout(igd_plan_table(&c.plan, IGD_STR("words")), s->mem));
    need_difference(&c, "words", "a", true, false);
}

static void invalid_and_stopped(void **state)
{
    shop *s = *state;
    const char *one = start(s);
    put(s, "people/$records/bob.yaml", "name: [\n");
    comparison c = compare(s, one, commit(s), &(ways){0});
    assert_int_equal(c.code, IGD_OK);
    assert_int_equal(s->problems.invalid, 1);
    need_difference(&c, "people", "bob", false, true);
    c = compare(s, one, one, &(ways){.stop = SIGTERM});
    assert_int_equal(c.code, IGD_E_TERMINATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(directions),          SHOP_TEST(left_out),
        SHOP_TEST(another_layout),      SHOP_TEST(a_new_collection),
        SHOP_TEST(invalid_and_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
