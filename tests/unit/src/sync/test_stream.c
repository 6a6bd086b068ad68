/*
 * The stream: what changed between two commits, of files with one record and with many, with
 * definitions that stay and that change.
 */
#include "tests/unit/src/sync/sync_fixture.h"

static void everything_is_new_at_first(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "labels/labels.yaml", "red: {title: Red}\n");
    put(s, "orders/$records/o1.yaml", "owner: ann\n");
    put(s, "orders/$records/o1/lines/lines.yaml", "a: {count: 1, label: red}\nb: {count: 2}\n");
    put(s, "orders/$records/o1/taxes/$records/vat.yaml", "rate: 0.2\n");
    /* What is referred to comes first. */
    assert_string_equal(changes(s, NULL, commit(s)), "+labels/red title=Red\n"
                                                     "+people/ann name=Ann\n"
                                                     "+orders/o1 owner=ann\n"
                                                     "+orders/lines/o1/a count=1 label=red\n"
                                                     "+orders/lines/o1/b count=2\n"
                                                     "+orders/taxes/o1/vat rate=0.2\n");
}

static void files_with_one_record(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "people/$records/bob.yaml", "name: Bob\n");
    put(s, "people/$records/cat.yaml", "name: Cat\n");
    put(s, "people/$records/dan.yaml", "name: Dan\nage: 4\n");
    const char *one = commit(s);
    put(s, "people/$records/bob.yaml", "name: Rob\n");
    repo_delete(s->b, "people/$records/cat.yaml");
    put(s, "people/$records/dan.yaml", "# the same\nage: 4\nname: \"Dan\"\n");
    put(s, "people/$records/eve.yaml", "name: Eve\n");
    const char *two = commit(s);
    assert_string_equal(changes(s, one, two), "~people/bob name=Rob ( name=Bob )\n"
                                              "+people/eve name=Eve\n"
                                              "-people/cat\n");
    assert_string_equal(changes(s, two, one), "~people/bob name=Bob ( name=Rob )\n"
                                              "+people/cat name=Cat\n"
                                              "-people/eve\n");
    assert_string_equal(changes(s, two, two), "");
}

static void files_with_many_records(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "labels/labels.yaml", "a: {title: A}\nb: {title: B}\nc: {title: C}\n");
    put(s, "orders/$records/o1.yaml", "owner: x\n");
    put(s, "orders/$records/o2.yaml", "owner: x\n");
    put(s, "orders/$records/o1/lines/lines.yaml", "a: {count: 1}\nb: {count: 1}\n");
    put(s, "orders/$records/o2/lines/lines.yaml", "a: {count: 2}\n");
    const char *one = commit(s);
    /* Another order, one edit, one gone, one new. */
    put(s, "labels/labels.yaml", "d: {title: D}\nc: {title: C}\na: {title: AA}\n");
    /* The same key in the file of another parent is another record. */
    put(s, "orders/$records/o2/lines/lines.yaml", "a: {count: 2}\nb: {count: 1}\n");
    repo_delete(s->b, "orders/$records/o1/lines/lines.yaml");
    const char *two = commit(s);
    assert_string_equal(changes(s, one, two), "+labels/d title=D\n"
                                              "~labels/a title=AA ( title=A )\n"
                                              "+orders/lines/o2/b count=1\n"
                                              "-orders/lines/o1/a\n"
                                              "-orders/lines/o1/b\n"
                                              "-labels/b\n");
}

/* A parent goes with its children: they are deleted first. */
static void children_before_parents(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "orders/$records/o1.yaml", "owner: x\n");
    put(s, "orders/$records/o1/lines/lines.yaml", "a: {count: 1}\n");
    put(s, "orders/$records/o1/taxes/$records/vat.yaml", "rate: 1\n");
    put(s, "orders/$records/o2.yaml", "owner: x\n");
    const char *one = commit(s);
    repo_delete(s->b, "orders/$records/o1");
    repo_delete(s->b, "orders/$records/o1.yaml");
    const char *two = commit(s);
    assert_string_equal(changes(s, one, two),
                        "-orders/taxes/o1/vat\n-orders/lines/o1/a\n-orders/o1\n");
}

/* Moving directories about is no change; a record that moves to another parent is one. */
static void moved_files(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "orders/$records/o1.yaml", "owner: ann\n");
    put(s, "orders/$records/o2.yaml", "owner: ann\n");
    put(s, "orders/$records/o1/lines/lines.yaml", "a: {count: 1}\n");
    const char *one = commit(s);
    repo_move(s->b, "people", "humans");
    put(s, ".ingitdb/root-collections.yaml", "people: humans\nlabels: labels\norders: orders\n");
    const char *two = commit(s);
    assert_string_equal(changes(s, one, two), "");
    repo_move(s->b, "orders/$records/o1/lines", "orders/$records/o2/lines");
    const char *three = commit(s);
    assert_string_equal(changes(s, two, three), "+orders/lines/o2/a count=1\n"
                                                "-orders/lines/o1/a\n");
}

/* ---- definitions that change ---- */

static void a_new_column_looks_at_every_file(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "people/$records/bob.yaml", "name: Bob\n");
    const char *one = commit(s);
    define(s, "people", ONE_RECORD "columns:\n  name: {type: string}\n  city: {type: string}\n");
    put(s, "people/$records/ann.yaml", "name: Ann\ncity: Cork\n");
    const char *two = commit(s);
    const igd_side *before = side_at(s, one), *now = side_at(s, two);
    spine_run run = run_spine(s, before, now, &(spine_options){0});
    assert_string_equal(run.changes, "~people/ann city=Cork name=Ann ( name=Ann )\n");
    /* Bob was looked at, and counts. */
    const igd_spine_sum *sum = &run.spine.sums[slot_of(now, "people")];
    assert_true(sum->total);
    assert_int_equal(sum->counts.unchanged, 1);
    assert_int_equal(sum->rows, 2);
    /* labels did not change. */
    assert_false(run.spine.sums[slot_of(now, "labels")].total);
}

/* A column of another type cannot be the same, whatever the text. */
static void another_type_is_another_value(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\nage: 7\n");
    put(s, "people/$records/bob.yaml", "name: Bob\n");
    const char *one = commit(s);
    define(s, "people", ONE_RECORD "columns:\n  name: {type: string}\n  age: {type: string}\n");
    put(s, "people/$records/ann.yaml", "name: Ann\nage: '7'\n");
    const char *two = commit(s);
    assert_string_equal(changes(s, one, two), "~people/ann age=7 name=Ann ( age=7 name=Ann )\n");
}

/* From a file for each record to one file for all: files do not pair, but records are known by
 * their keys all the same, and what they were by digests. */
static void another_layout_does_not_pair(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "people/$records/bob.yaml", "name: Bob\n");
    put(s, "people/$records/dan.yaml", "name: Dan\n");
    const char *one = commit(s);
    define(s, "people", MAP_FILE("people.yaml") "columns:\n  name: {type: string}\n");
    repo_delete(s->b, "people/$records");
    put(s, "people/people.yaml", "ann: {name: Ann}\ncat: {name: Cat}\ndan: {name: Daniel}\n");
    const char *two = commit(s);
    assert_string_equal(changes(s, one, two), "+people/cat name=Cat\n"
                                              "~people/dan name=Daniel\n"
                                              "-people/bob\n");
    assert_string_equal(changes(s, two, one), "+people/bob name=Bob\n"
                                              "~people/dan name=Dan\n"
                                              "-people/cat\n");
}

/* Also when the new files hold nothing at all. */
static void another_layout_without_records(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    const char *one = commit(s);
    define(s, "people", MAP_FILE("people.yaml") "columns:\n  name: {type: string}\n");
    repo_delete(s->b, "people/$records");
    const char *two = commit(s);
    assert_string_equal(changes(s, one, two), "-people/ann\n");
}

/* ---- sets ---- */

/* What the target does not hold is inserted, not updated, and never deleted. */
static void absent_records_have_no_base(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "people/$records/bob.yaml", "name: Bob\n");
    put(s, "labels/labels.yaml", "a: {title: A}\nb: {title: B}\n");
    const char *one = commit(s);
    put(s, "people/$records/ann.yaml", "name: Anna\n");
    repo_delete(s->b, "people/$records/bob.yaml");
    put(s, "labels/labels.yaml", "a: {title: AA}\n");
    const char *two = commit(s);
    const igd_side *before = side_at(s, one), *now = side_at(s, two);
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *absent = igd_keyset_new();
    igd_keyset_add(absent, slot_of(now, "people"), key_digest("ann", NULL));
    igd_keyset_add(absent, slot_of(now, "people"), key_digest("bob", NULL));
    igd_keyset_add(absent, slot_of(now, "labels"), key_digest("b", NULL));
    spine_run run = run_spine(s, before, now, &(spine_options){.absent = absent});
    assert_string_equal(run.changes, "~labels/a title=AA ( title=A )\n"
                                     "+people/ann name=Anna\n");
    assert_int_equal(run.spine.sums[slot_of(now, "people")].rows, 1);
    assert_int_equal(run.spine.sums[slot_of(now, "labels")].rows, 0);
}

static void rejected_records_are_left_out(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "people/$records/bob.yaml", "name: Bob\n");
    const igd_side *now = side_at(s, commit(s));
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    igd_keyset_add(rejected, slot_of(now, "people"), key_digest("ann", NULL));
    spine_run run = run_spine(s, NULL, now, &(spine_options){.rejected = rejected});
    assert_string_equal(run.changes, "+people/bob name=Bob\n");
    assert_int_equal(run.spine.sums[slot_of(now, "people")].rows, 1);
}

/* An invalid record is no change, and what was there is not deleted. */
static void invalid_records_delete_nothing(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "labels/labels.yaml", "a: {title: A}\nb: {title: B}\nc: {title: C}\n");
    const char *one = commit(s);
    put(s, "people/$records/ann.yaml", "name: [broken\n");
    put(s, "labels/labels.yaml", "a: {title: 7, x: 1}\nc: {title: C}\n");
    const char *two = commit(s);
    assert_string_equal(changes(s, one, two), "-labels/b\n");
    put(s, "labels/labels.yaml", "a: {title: A\n");
    const char *three = commit(s);
    assert_string_equal(changes(s, one, three), "");
}

/* ---- batches ---- */

static int count_batches(igd_stream_batch *batch, void *payload, igd_error *err IGD_UNUSED)
{
    size_t *counts = payload;
    counts[0]++;
    counts[1] += batch->changes.len;
    return IGD_OK;
}

/* More files than a batch holds; the count for progress agrees. */
static void many_files(void **state)
{
    shop *s = *state;
    define_shop(s);
    for (int n = 0; n < 1000; n++)
        put(s, igd_arena_printf(s->mem, "people/$records/p%d.yaml", n).ptr, "name: P\n");
    const igd_side *now = side_at(s, commit(s));
    igd_route *routes = IGD_NEW_ARRAY(s->mem, igd_route, now->slot_count);
    for (size_t n = 0; n < now->slot_count; n++)
        routes[n] = (igd_route){.all = true, .pairs = true};
    size_t counts[2] = {0};
    igd_stream stream = {.repo = shop_repo(s),
                         .new_side = now,
                         .routes = routes,
                         .pass = IGD_PASS_UPSERTS,
                         .jobs = 3,
                         .callback = count_batches,
                         .payload = counts};
    uint64_t files = 0;
    assert_int_equal(igd_stream_count(&stream, &files, &s->err), IGD_OK);
    assert_int_equal(files, 1000);
    assert_int_equal(igd_stream_run(&stream, &s->err), IGD_OK);
    assert_int_equal(counts[1], 1000);
    assert_true(counts[0] > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(everything_is_new_at_first),
        SHOP_TEST(files_with_one_record),
        SHOP_TEST(files_with_many_records),
        SHOP_TEST(children_before_parents),
        SHOP_TEST(moved_files),
        SHOP_TEST(a_new_column_looks_at_every_file),
        SHOP_TEST(another_type_is_another_value),
        SHOP_TEST(another_layout_does_not_pair),
        SHOP_TEST(another_layout_without_records),
        SHOP_TEST(absent_records_have_no_base),
        SHOP_TEST(rejected_records_are_left_out),
        SHOP_TEST(invalid_records_delete_nothing),
        SHOP_TEST(many_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
