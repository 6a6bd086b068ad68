/*
 * Validity of a change: it has to say what checking everything says, and at random edits it does.
 */
#include "sync/validity.h"
#include "tests/unit/src/sync/world.h"

/* Whether a commit is valid when the one before was. */
static bool delta_valid(shop *s, const char *from, const char *to)
{
    const igd_side *before = side_at(s, from), *now = side_at(s, to);
    spine_run all = run_spine(s, NULL, now, &(spine_options){.check = true});
    spine_run delta = run_spine(s, before, now, &(spine_options){.check = true});
    if (delta.code != IGD_OK && delta.code != IGD_E_INVALID)
        fail_msg("%s", s->err.message);
    assert_int_equal(delta.code, all.code);
    return delta.code == IGD_OK;
}

static const char *start(shop *s)
{
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "people/$records/bob.yaml", "friend: ann\ntags: [red]\n");
    put(s, "labels/labels.yaml", "red: {title: Red}\nblue: {above: red}\nodd: {title: Odd}\n");
    put(s, "orders/$records/o1.yaml", "owner: bob\n");
    put(s, "orders/$records/o1/lines/lines.yaml", "a: {label: blue}\n");
    return commit(s);
}

static void a_key_goes_and_somebody_refers_to_it(void **state)
{
    shop *s = *state;
    const char *one = start(s);
    repo_delete(s->b, "people/$records/ann.yaml");
    const char *two = commit(s);
    assert_false(delta_valid(s, one, two));
    /* With the reference going in the same commit it is fine. */
    put(s, "people/$records/bob.yaml", "tags: [red]\n");
    assert_true(delta_valid(s, one, commit(s)));
}

static void a_key_goes_from_a_file_of_many(void **state)
{
    shop *s = *state;
    const char *one = start(s);
    put(s, "labels/labels.yaml", "red: {title: Red}\nodd: {title: Odd}\n");
    assert_false(delta_valid(s, one, commit(s))); /* the line refers to blue */
    put(s, "labels/labels.yaml", "blue: {}\nodd: {title: Odd}\n");
    assert_false(delta_valid(s, one, commit(s))); /* bob's list refers to red */
    put(s, "labels/labels.yaml", "red: {title: Red}\nblue: {above: red}\n");
    assert_true(delta_valid(s, one, commit(s)));
    repo_delete(s->b, "labels/labels.yaml");
    assert_false(delta_valid(s, one, commit(s)));
}

static void a_key_becomes_invalid(void **state)
{
    shop *s = *state;
    const char *one = start(s);
    put(s, "people/$records/ann.yaml", "age: not a number\n");
    assert_false(delta_valid(s, one, commit(s)));
}

/* Gone from one place and there in another: the collection's layout changes. */
static void a_key_is_there_again(void **state)
{
    shop *s = *state;
    const char *one = start(s);
    define(s, "people",
           MAP_FILE("people.yaml") "columns:\n  name: {type: string}\n"
                                   "  friend: {type: string, foreign_key: people}\n"
                                   "  tags: {type: '[]string', foreign_key: labels}\n");
    repo_delete(s->b, "people/$records");
    put(s, "people/people.yaml", "ann: {name: Ann}\nbob: {friend: ann}\n");
    const char *two = commit(s);
    assert_true(delta_valid(s, one, two));
    assert_true(delta_valid(s, two, one));
    put(s, "people/people.yaml", "ann: {name: Ann}\n");
    const char *three = commit(s);
    assert_false(delta_valid(s, two, three)); /* the order's owner */
    assert_false(delta_valid(s, one, three));
}

static void new_references(void **state)
{
    shop *s = *state;
    const char *one = start(s);
    put(s, "people/$records/cat.yaml", "friend: dan\n");
    const char *two = commit(s);
    assert_false(delta_valid(s, one, two));
    put(s, "people/$records/dan.yaml", "friend: cat\n"); /* each other */
    assert_true(delta_valid(s, one, commit(s)));
    put(s, "people/$records/dan.yaml", "friend: dan\n"); /* itself */
    assert_true(delta_valid(s, one, commit(s)));
    put(s, "people/$records/dan.yaml", "tags: [odd, blue]\n"); /* keys that did not change */
    assert_true(delta_valid(s, one, commit(s)));
    put(s, "people/$records/dan.yaml", "tags: [odd, mauve]\n");
    assert_false(delta_valid(s, one, commit(s)));
}

static void orphans(void **state)
{
    shop *s = *state;
    const char *one = start(s);
    put(s, "orders/$records/o2/lines/lines.yaml", "a: {count: 1}\n");
    assert_false(delta_valid(s, one, commit(s)));
    put(s, "orders/$records/o2.yaml", "owner: ann\n");
    assert_true(delta_valid(s, one, commit(s)));
    repo_reset(s->b, one);
    repo_delete(s->b, "orders/$records/o1.yaml");
    assert_false(delta_valid(s, one, commit(s)));
    repo_delete(s->b, "orders/$records/o1");
    assert_true(delta_valid(s, one, commit(s)));
}

/* A foreign key that the definition gets is checked for records that did not change. */
static void a_new_foreign_key(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: bob\n");
    const char *one = commit(s);
    define(s, "people", ONE_RECORD "columns: {name: {type: string, foreign_key: people}}\n");
    assert_false(delta_valid(s, one, commit(s)));
    put(s, "people/$records/bob.yaml", "name: ann\n");
    assert_true(delta_valid(s, one, commit(s)));
}

/* What was left out of the target is not there, though its file is. */
static void absent_targets_do_not_count(void **state)
{
    shop *s = *state;
    const char *one = start(s);
    put(s, "people/$records/cat.yaml", "friend: ann\n");
    const char *two = commit(s);
    const igd_side *before = side_at(s, one), *now = side_at(s, two);
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *absent = igd_keyset_new();
    igd_keyset_add(absent, slot_of(now, "people"), key_digest("ann", NULL));
    spine_run run = run_spine(s, before, now, &(spine_options){.absent = absent, .check = true});
    assert_int_equal(run.code, IGD_E_INVALID);
}

/* ---- at random ---- */

static void random_edits(void **state)
{
    shop *s = *state;
    size_t valid = 0, invalid = 0;
    for (unsigned int seed = 1; seed <= 12; seed++) {
        world_seed = seed;
        world good = {0};
        const char *base = commit_world(s, &good);
        for (int n = 0; n < 12; n++) {
            world now = good;
            random_edit(&now, 20);
            /* What sides need is given back: they are many. */
            for (size_t side = 0; side < s->side_count; side++)
                igd_side_free(&s->sides[side]);
            s->side_count = 0;
            const char *next = commit_world(s, &now);
            bool says = delta_valid(s, base, next);
            if (says != is_valid(&now))
                fail_msg("seed %u, edit %d: the model says otherwise", seed, n);
            valid += says;
            invalid += !says;
            if (says) {
                good = now;
                base = next;
            }
        }
    }
    assert_true(valid > 20);
    assert_true(invalid > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(a_key_goes_and_somebody_refers_to_it),
        SHOP_TEST(a_key_goes_from_a_file_of_many),
        SHOP_TEST(a_key_becomes_invalid),
        SHOP_TEST(a_key_is_there_again),
        SHOP_TEST(new_references),
        SHOP_TEST(orphans),
        SHOP_TEST(a_new_foreign_key),
        SHOP_TEST(absent_targets_do_not_count),
        SHOP_TEST(random_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
