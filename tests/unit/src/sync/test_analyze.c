/*
 * Analyze and verify: causes and values of every difference, and what is no difference.
 */
#include "tests/unit/src/sync/looked.h"

static const char *start(shop *s)
{
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\nage: 40\n");
    put(s, "people/$records/bob.yaml", "name: Bob\nfriend: ann\n");
    put(s, "people/$records/cat.yaml", "name: Cat\n");
    put(s, "labels/labels.yaml", "red: {title: Red}\nblue: {title: Blue}\n");
    put(s, "orders/$records/1.yaml", "owner: ann\n");
    put(s, "orders/$records/1/lines/lines.yaml", "a: {count: 1, label: red}\n");
    const char *hex = commit(s);
    sync_run_ok(repo_path(s->b), s->db, hex);
    return hex;
}

static void in_sync(void **state)
{
    shop *s = *state;
    const char *hex = start(s);
    igd_analysis got = look(s, hex, IGD_DETAIL_FIELDS);
    assert_int_equal(s->err.code, IGD_OK);
    assert_true(got.compared && got.in_sync);
    assert_string_equal(said(s, &got), "");
    assert_int_equal(got.total.counts.unchanged, 7);
    assert_true(igd_str_is(got.synced, hex) && igd_str_is(got.commit, hex));
    assert_true(igd_str_is(got.source, "test"));
    got = look(s, NULL, IGD_DETAIL_SUMMARY);
    assert_true(s->err.code == IGD_OK && got.in_sync);
}

/* One row of each kind; keys of subcollections, lists and nulls among them. */
static void causes_and_values(void **state)
{
    shop *s = *state;
    start(s);
    db_exec(s->db, "PRAGMA foreign_keys = OFF;"
                   "UPDATE people SET age = 41 WHERE id = 'ann';"
                   "UPDATE people SET name = 'Rob' WHERE id = 'bob';"
                   "DELETE FROM people WHERE id = 'cat';"
                   "INSERT INTO orders_lines (orders_id, id, count) VALUES ('1', 'z', 9);"
                   "DELETE FROM labels WHERE id = 'blue'");
    put(s, "people/$records/ann.yaml", "name: Anna\nage: 40\n");
    put(s, "people/$records/dan.yaml", "name: Dan\ntags: [red]\n");
    put(s, "labels/labels.yaml", "red: {title: Red}\n");
    const char *two = commit(s);
    igd_analysis got = look(s, two, IGD_DETAIL_FIELDS);
    assert_int_equal(s->err.code, IGD_OK);
    assert_false(got.in_sync);
    assert_string_equal(said(s, &got), "people/ann update conflict\n"
                                       " age 40,41,40\n"
                                       " name Ann,Ann,Anna\n"
                                       "people/bob update drift\n"
                                       " name Bob,Rob,Bob\n"
                                       "people/cat insert drift\n"
                                       " name Cat,,Cat\n"
                                       "people/dan insert pending\n"
                                       " name ,,Dan\n"
                                       " tags ,,[\"red\"]\n"
                                       "orders/lines/1/z delete drift\n"
                                       " count ,9,\n");
    assert_int_equal(got.total.causes[IGD_CAUSE_PENDING], 1);
    assert_int_equal(got.total.causes[IGD_CAUSE_DRIFT], 3);
    assert_int_equal(got.total.causes[IGD_CAUSE_CONFLICT], 1);
    assert_int_equal(got.total.counts.inserted, 2);
    assert_int_equal(got.total.counts.updated, 2);
    assert_int_equal(got.total.counts.deleted, 1);
    /* Less detail: equal counts. */
    igd_analysis less = look(s, two, IGD_DETAIL_SUMMARY);
    assert_memory_equal(less.total.causes, got.total.causes, sizeof(got.total.causes));
    assert_string_equal(said(s, &less), "");
    /* Verify knows nothing of the second commit. */
    got = look(s, NULL, IGD_DETAIL_RECORDS);
    assert_int_equal(s->err.code, IGD_E_DIFFERS);
    assert_string_equal(said(s, &got), "labels/blue insert drift\n"
                                       "people/ann update drift\n"
                                       "people/bob update drift\n"
                                       "people/cat insert drift\n"
                                       "orders/lines/1/z delete drift\n");
}

/* Both came to the same: nothing is left to do. */
static void the_same_edit_on_both_sides(void **state)
{
    shop *s = *state;
    start(s);
    db_exec(s->db, "UPDATE people SET age = 41 WHERE id = 'ann'");
    put(s, "people/$records/ann.yaml", "name: Ann\nage: 41\n");
    igd_analysis got = look(s, commit(s), IGD_DETAIL_FIELDS);
    assert_true(got.in_sync);
}

/* A moved directory changes no record, and hides none of the causes. */
static void a_moved_collection(void **state)
{
    shop *s = *state;
    start(s);
    repo_move(s->b, "labels", "stickers");
    put(s, ".ingitdb/root-collections.yaml", "people: people\nlabels: stickers\norders: orders\n");
    const char *two = commit(s);
    igd_analysis got = look(s, two, IGD_DETAIL_FIELDS);
    assert_true(got.in_sync);
    db_exec(s->db, "UPDATE labels SET title = 'Rot' WHERE id = 'red'");
    got = look(s, two, IGD_DETAIL_FIELDS);
    assert_string_equal(said(s, &got), "labels/red update drift\n title Red,Rot,Red\n");
}

/* Another format in another file: the base is found all the same. */
static void another_layout(void **state)
{
    shop *s = *state;
    start(s);
    define(s, "labels",
           ONE_RECORD "columns:\n  title: {type: string}\n"
                      "  above: {type: string, foreign_key: labels}\n");
    repo_delete(s->b, "labels/labels.yaml");
    put(s, "labels/$records/red.yaml", "title: Red\n");
    put(s, "labels/$records/blue.yaml", "title: Azure\n");
    const char *two = commit(s);
    db_exec(s->db, "UPDATE labels SET title = 'Rot' WHERE id = 'red'");
    igd_analysis got = look(s, two, IGD_DETAIL_FIELDS);
    assert_string_equal(said(s, &got), "labels/blue update pending\n title Blue,Blue,Azure\n"
                                       "labels/red update drift\n title Red,Rot,Red\n");
}

static void values_that_are_not_canonical(void **state)
{
    shop *s = *state;
    start(s);
    db_exec(s->db, "UPDATE people SET tags = '[ \"red\" ]' WHERE id = 'cat';"
                   "UPDATE people SET tags = '[]' WHERE id = 'bob'");
    igd_analysis got = look(s, NULL, IGD_DETAIL_FIELDS);
    assert_int_equal(s->err.code, IGD_E_DIFFERS);
    assert_string_equal(said(s, &got), "people/bob update drift\n tags ,[],\n"
                                       "people/cat update drift\n tags ,[ \"red\" ],\n");
}

/* ---- invalid sources ---- */

static void rows_of_invalid_records(void **state)
{
    shop *s = *state;
    start(s);
    put(s, "people/$records/cat.yaml", "name: [\n");
    put(s, "people/$records/bob.yaml", "name: Bobby\nfriend: nobody\n");
    igd_analysis got = look(s, commit(s), IGD_DETAIL_RECORDS);
    assert_int_equal(s->err.code, IGD_E_INVALID);
    assert_true(got.compared);
    assert_string_equal(said(s, &got), "");
    assert_int_equal(got.total.held, 2);
    assert_int_equal(got.total.counts.deleted, 0);
    assert_int_equal(got.problems.invalid, 2);
    assert_true(got.in_sync);
}

/* Which records it had, nobody knows. */
static void an_unreadable_file_of_many(void **state)
{
    shop *s = *state;
    start(s);
    put(s, "orders/$records/1/lines/lines.yaml", "a: [\n");
    igd_analysis got = look(s, commit(s), IGD_DETAIL_RECORDS);
    assert_int_equal(s->err.code, IGD_E_INVALID);
    assert_string_equal(said(s, &got), "");
    assert_int_equal(got.total.held, 1);
}

static void never_synced(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    const char *hex = commit(s);
    db_exec(s->db, "CREATE TABLE others (id)");
    igd_analysis got = look(s, hex, IGD_DETAIL_RECORDS);
    assert_int_equal(s->err.code, IGD_OK);
    assert_string_equal(said(s, &got), "people/ann insert pending\n");
    assert_int_equal(got.synced.len, 0);
    assert_true(got.schema.len >= 5);
    for (size_t n = 0; n < got.schema.len; n++)
        assert_int_equal(got.schema.items[n].cause, IGD_CAUSE_PENDING);
    got = look(s, NULL, IGD_DETAIL_RECORDS);
    assert_int_equal(s->err.code, IGD_E_DIFFERS);
    assert_false(got.compared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(in_sync),
        SHOP_TEST(causes_and_values),
        SHOP_TEST(the_same_edit_on_both_sides),
        SHOP_TEST(a_moved_collection),
        SHOP_TEST(another_layout),
        SHOP_TEST(values_that_are_not_canonical),
        SHOP_TEST(rows_of_invalid_records),
        SHOP_TEST(an_unreadable_file_of_many),
        SHOP_TEST(never_synced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
