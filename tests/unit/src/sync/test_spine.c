/*
 * The spine: counts and digests after any sequence of changes are those of a fresh run, records
 * that the target would lose are noticed, errors of the consumer end it.
 */
#include "tests/unit/src/sync/world.h"

/* ---- count and digest ---- */

typedef struct books {
    const char *collection;
    int64_t rows;
    igd_digest digest;
} books;

static const char *const collections[] = {"people", "labels", "orders", "orders/lines",
                                          "orders/taxes"};

static void keep_books(books *all, const spine_run *run, const igd_side *side)
{
    for (size_t n = 0; n < IGD_COUNT(collections); n++) {
        const igd_spine_sum *sum = &run->spine.sums[slot_of(side, collections[n])];
        if (sum->total)
            all[n] = (books){0};
        all[n].rows += sum->rows;
        all[n].digest = igd_digest_add(all[n].digest, sum->digest);
    }
}

static void forget_sides(shop *s)
{
    for (size_t n = 0; n < s->side_count; n++)
        igd_side_free(&s->sides[n]);
    s->side_count = 0;
}

/* Nothing is checked here: what is invalid by itself is in no sum, what dangles is. */
static void deltas_add_up(void **state)
{
    shop *s = *state;
    for (unsigned int seed = 100; seed < 108; seed++) {
        world_seed = seed;
        world w = {0};
        const char *before = NULL;
        books sums[IGD_COUNT(collections)] = {0};
        for (int n = 0; n < 20; n++) {
            random_edit(&w, 1000000);
            const char *now = commit_world(s, &w);
            forget_sides(s);
            const igd_side *from = before ? side_at(s, before) : NULL, *to = side_at(s, now);
            spine_run delta = run_spine(s, from, to, &(spine_options){0});
            assert_int_equal(delta.code, IGD_OK);
            keep_books(sums, &delta, to);
            books fresh[IGD_COUNT(collections)] = {0};
            spine_run all = run_spine(s, NULL, to, &(spine_options){0});
            keep_books(fresh, &all, to);
            for (size_t c = 0; c < IGD_COUNT(collections); c++)
                if (sums[c].rows != fresh[c].rows ||
                    !igd_digest_eq(sums[c].digest, fresh[c].digest))
                    fail_msg("seed %u, edit %d: %s does not add up", seed, n, collections[c]);
            before = now;
        }
    }
}

/* The number of threads decides nothing. */
static void threads_do_not_matter(void **state)
{
    shop *s = *state;
    world w = {0};
    world_seed = 7;
    for (int n = 0; n < 30; n++)
        random_edit(&w, 1000000);
    const igd_side *one = side_at(s, commit_world(s, &w));
    for (int n = 0; n < 5; n++)
        random_edit(&w, 1000000);
    const igd_side *two = side_at(s, commit_world(s, &w));
    const char *expected = run_spine(s, one, two, &(spine_options){.jobs = 1}).changes;
    assert_true(strlen(expected) > 0);
    for (size_t jobs = 2; jobs < 9; jobs++)
        assert_string_equal(run_spine(s, one, two, &(spine_options){.jobs = jobs}).changes,
                            expected);
}

/* ---- invalid records ---- */

/* A record that is invalid now is not one that is gone. */
static void invalid_is_not_deleted(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "labels/labels.yaml", "a: {title: A}\nb: {title: B}\n");
    const char *one = commit(s);
    put(s, "people/$records/ann.yaml", "name: [\n");
    assert_string_equal(changes(s, one, commit(s)), "");
    repo_reset(s->b, one);
    put(s, "labels/labels.yaml", "a: {title: A, what: 1}\nb: {title: B, what: 1}\n");
    assert_string_equal(changes(s, one, commit(s)), "");
    repo_reset(s->b, one);
    put(s, "labels/labels.yaml", "a: {title: A\n");
    assert_string_equal(changes(s, one, commit(s)), "");
}

static void rejected_is_not_deleted(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "people/$records/bob.yaml", "name: Bob\n");
    const char *one = commit(s);
    put(s, "people/$records/bob.yaml", "friend: nobody\n");
    const char *two = commit(s);
    const igd_side *before = side_at(s, one), *now = side_at(s, two);
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    igd_keyset_add(rejected, slot_of(now, "people"), key_digest("bob", NULL));
    spine_options options = {.rejected = rejected};
    assert_string_equal(run_spine(s, before, now, &options).changes, "");
}

/* The same where files do not pair and bases are not known. */
static void invalid_is_not_deleted_in_another_layout(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "people/$records/bob.yaml", "name: Bob\n");
    const char *one = commit(s);
    define(s, "people",
           MAP_FILE("people.yaml") "columns:\n  name: {type: string}\n"
                                   "  friend: {type: string, foreign_key: people}\n");
    repo_delete(s->b, "people/$records");
    put(s, "people/people.yaml", "ann: {name: Ann}\nbob: {name: Bob, what: 1}\n");
    assert_null(strstr(changes(s, one, commit(s)), "bob"));
    /* What is simply gone is deleted. */
    put(s, "people/people.yaml", "ann: {name: Ann}\ncat: {what: 1}\n");
    assert_non_null(strstr(changes(s, one, commit(s)), "bob"));
}

/* ---- consumers that fail ---- */

typedef struct failing {
    igd_consumer consumer; /* first */
    const char *at;
    char order[256];
} failing;

static int step(igd_consumer *consumer, const char *name, igd_error *err)
{
    failing *f = (failing *)consumer;
    if (!strstr(f->order, name))
        strcat(f->order, name);
    return f->at && strcmp(f->at, name) == 0 ? igd_fail(err, IGD_E_TARGET, "%s failed", name)
                                             : IGD_OK;
}

static int on_expand(igd_consumer *consumer, igd_error *err)
{
    return step(consumer, "expand ", err);
}

static int on_contract(igd_consumer *consumer, igd_error *err)
{
    return step(consumer, "contract ", err);
}

static int on_changes(igd_consumer *consumer, const igd_table_plan *table IGD_UNUSED,
                      const igd_change *changes, size_t count IGD_UNUSED, igd_error *err)
{
    return step(consumer, changes[0].kind == IGD_DELETE ? "deletes " : "upserts ", err);
}

static void consumers_that_fail(void **state)
{
    shop *s = *state;
    static const struct {
        const char *at, *order;
    } cases[] = {{NULL, "expand upserts deletes contract "},
                 {"expand ", "expand "},
                 {"upserts ", "expand upserts "},
                 {"deletes ", "expand upserts deletes "},
                 {"contract ", "expand upserts deletes contract "}};
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    const char *one = commit(s);
    repo_delete(s->b, "people/$records/ann.yaml");
    put(s, "people/$records/bob.yaml", "name: Bob\n");
    const igd_side *before = side_at(s, one), *now = side_at(s, commit(s));
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        igd_plan plan;
        igd_meter meter = {0};
        IGD_CLEANUP(igd_notes)
        igd_notes notes = {0};
        failing f = {.consumer = {on_expand, on_changes, on_contract}, .at = cases[n].at};
        igd_plan_make(&before->schema, &now->schema, 0, s->mem, &plan);
        igd_notes_init(&notes, &s->problems, false);
        igd_spine spine = {.repo = shop_repo(s),
                           .new_side = now,
                           .origins = origins_of(s, before, now),
                           .plan = &plan,
                           .consumer = &f.consumer,
                           .notes = &notes,
                           .meter = &meter,
                           .jobs = 2};
        igd_spine_init(&spine, s->mem);
        assert_int_equal(igd_spine_run(&spine, &s->err), cases[n].at ? IGD_E_TARGET : IGD_OK);
        assert_string_equal(f.order, cases[n].order);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(deltas_add_up),
        SHOP_TEST(threads_do_not_matter),
        SHOP_TEST(invalid_is_not_deleted),
        SHOP_TEST(rejected_is_not_deleted),
        SHOP_TEST(invalid_is_not_deleted_in_another_layout),
        SHOP_TEST(consumers_that_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
