/*
 * The bookkeeping after a run: as it stands in a database.
 */
#include "sync/next_state.h"
#include "tests/unit/src/sync/sync_fixture.h"

static void need_query(shop *s, const char *sql, const char *expected)
{
    char *got = db_query(s->db, sql);
    assert_string_equal(got, expected);
    free(got);
}

static void timestamps(void **state)
{
    shop *s = *state;
    igd_str now = igd_timestamp(s->mem);
    int parts[7], used = 0;
    assert_int_equal(sscanf(now.ptr, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &parts[0], &parts[1],
                            &parts[2], &parts[3], &parts[4], &parts[5], &parts[6], &used),
                     7);
    assert_int_equal(used, 24);
    assert_true(parts[0] >= 2024);
}

static void what_is_written(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "labels/labels.yaml", "a: {title: A}\nb: {title: B}\n");
    const char *one = commit(s);
    sync_run_ok(repo_path(s->b), s->db, one);
    need_query(s, "SELECT count(*) FROM ingitdb_sync_tables", "5");
    need_query(s, "SELECT commit_id || status || repository_ids FROM ingitdb_sync_state",
               igd_arena_printf(s->mem, "%ssynced%s", one, one).ptr);
    need_query(s, "SELECT row_count FROM ingitdb_sync_tables WHERE collection = 'labels'", "2");
    need_query(s, "SELECT digest FROM ingitdb_sync_tables WHERE collection = 'people'",
               "00000000000000000000000000000000");
    need_query(s, "SELECT count(*) FROM ingitdb_sync_state WHERE started_at <= finished_at", "1");
    char *tree = db_query(s->db, "SELECT min(tree_id) FROM ingitdb_sync_tables");
    igd_commit at;
    char hex[IGD_OID_HEX];
    assert_int_equal(igd_repo_resolve(shop_repo(s), one, &at, &s->err), IGD_OK);
    igd_oid_hex(&at.tree, hex);
    assert_string_equal(tree, hex);
    free(tree);

    /* One row leaves: the rest is counted, not read. */
    put(s, "labels/labels.yaml", "b: {title: B}\n");
    const char *two = commit(s);
    sync_run_ok(repo_path(s->b), s->db, two);
    need_query(s, "SELECT row_count FROM ingitdb_sync_tables WHERE collection = 'labels'", "1");
    need_query(s, "SELECT count(DISTINCT commit_id) FROM ingitdb_sync_tables", "1");
    need_query(s, "SELECT repository_ids FROM ingitdb_sync_state", one);

    /* A collection leaves. */
    repo_delete(s->b, "orders");
    put(s, ".ingitdb/root-collections.yaml", "people: people\nlabels: labels\n");
    sync_run_ok(repo_path(s->b), s->db, commit(s));
    need_query(s,
               "SELECT group_concat(collection) FROM (SELECT collection FROM "
               "ingitdb_sync_tables ORDER BY 1)",
               "labels,people");
}

/* One entry for each record, however much is wrong with it; one for an unreadable file. */
static void held_records(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "age: none\nwhat: 1\ntags: [x, y]\n");
    put(s, "people/$records/bob.yaml", "tags: [x, y]\n");
    put(s, "labels/labels.yaml", "a: {title: A, what: 1}\nb: {title: B, what: 1}\n");
    put(s, "orders/$records/o1/lines/lines.yaml", "- not a map\n");
    igd_sync_options options = sync_run_options(commit(s));
    options.on_invalid = IGD_INVALID_SKIP;
    sync_run run = sync_run_into(repo_path(s->b), s->db, &options);
    assert_int_equal(run.code, IGD_OK);
    assert_int_equal(run.result.held, 5);
    sync_run_free(&run);
    need_query(s,
               "SELECT group_concat(collection || coalesce(key, '')) FROM (SELECT * FROM "
               "ingitdb_sync_held ORDER BY collection, key)",
               "labels[\"a\"],labels[\"b\"],orders/lines,people[\"ann\"],people[\"bob\"]");
    need_query(s,
               "SELECT count(*) FROM ingitdb_sync_held WHERE length(blob_id) = 40 AND path <> "
               "'' AND reason <> ''",
               "5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(timestamps),
        SHOP_TEST(what_is_written),
        SHOP_TEST(held_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
