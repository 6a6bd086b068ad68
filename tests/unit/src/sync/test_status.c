/*
 * Status: its numbers are those of the sync that it announces.
 */
#include "tests/support/git_damage.h"
#include "tests/unit/src/sync/world.h"

/* libgit2 1.5 loses 64 bytes where it meets a missing commit, which these tests do on purpose. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libgit2";
}

static int read_status(shop *s, const char *path, const char *ref, igd_status *out)
{
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = NULL;
    IGD_CLEANUP_PTR(igd_target) igd_target *target = NULL;
    igd_repo_options where = {.path = path};
    igd_sync_options options = sync_run_options(ref);
    igd_target_config config = {.mode = IGD_OPEN_READ, .run_id = options.run_id};
    igd_str url = igd_arena_printf(s->mem, "sqlite://%s", s->db);
    if (igd_repo_open(&where, &repo, &s->err) != IGD_OK ||
        igd_url_parse(url, s->mem, &config.url, &s->err) != IGD_OK ||
        igd_target_open(&config, &target, &s->err) != IGD_OK)
        fail_msg("%s", s->err.message);
    return igd_status_read(repo, target, &options, s->mem, out, &s->err);
}

static igd_status status(shop *s, const char *ref)
{
    igd_status out;
    if (read_status(s, repo_path(s->b), ref, &out) != IGD_OK)
        fail_msg("%s", s->err.message);
    return out;
}

static void sync_skip(shop *s, const char *ref)
{
    igd_sync_options options = sync_run_options(ref);
    options.on_invalid = IGD_INVALID_SKIP;
    sync_run run = sync_run_into(repo_path(s->b), s->db, &options);
    if (run.code != IGD_OK)
        fail_msg("%s", run.err.message);
    sync_run_free(&run);
}

static uint64_t written(igd_table_counts counts)
{
    return counts.inserted + counts.updated + counts.deleted;
}

static void never_synced(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    const char *one = commit(s);
    db_exec(s->db, "CREATE TABLE other (x)");
    igd_status now = status(s, one);
    assert_false(now.known);
    assert_str(now.source, "test");
    assert_int_equal(now.commits_behind, -1);
    assert_int_equal(now.records_behind, 1);
    assert_false(now.holder.held);
    /* Looking creates nothing. */
    char *tables = db_query(s->db, "SELECT group_concat(name) FROM sqlite_master");
    assert_string_equal(tables, "other");
    free(tables);
}

static void behind_and_level(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    put(s, "people/$records/bob.yaml", "name: Bob\n");
    const char *one = commit(s);
    sync_run_ok(repo_path(s->b), s->db, one);
    igd_status now = status(s, one);
    assert_true(now.known);
    assert_int_equal(now.commits_behind, 0);
    assert_int_equal(now.records_behind, 0);
    repo_delete(s->b, "people/$records/ann.yaml");
    put(s, "people/$records/bob.yaml", "name: Rob\n");
    commit(s);
    put(s, "people/$records/cat.yaml", "name: Cat\n");
    const char *three = commit(s);
    now = status(s, three);
    assert_int_equal(now.commits_behind, 2);
    assert_int_equal(now.records_behind, 3);
    assert_false(now.rewound);
    assert_int_equal(written(sync_run_ok(repo_path(s->b), s->db, three)), 3);
    now = status(s, one);
    assert_true(now.rewound);
    assert_int_equal(now.records_behind, 3);
}

/* Going from degraded to healed writes what was held, though its files did not change. */
static void behind_by_what_was_held(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "age: none\n");
    put(s, "people/$records/bob.yaml", "friend: ann\n");
    put(s, "people/$records/cat.yaml", "friend: nobody\n");
    put(s, "people/$records/dan.yaml", "name: Dan\n");
    const char *one = commit(s);
    sync_skip(s, one);
    igd_status now = status(s, one);
    assert_int_equal(now.state.held.len, 3);
    assert_int_equal(now.commits_behind, 0);
    assert_int_equal(now.records_behind, 0);
    put(s, "people/$records/ann.yaml", "age: 1\n");
    const char *two = commit(s);
    now = status(s, two);
    assert_int_equal(now.commits_behind, 1);
    assert_int_equal(now.records_behind, 2); /* ann and bob; cat is as it was */
    sync_skip(s, two);
    assert_int_equal(status(s, two).records_behind, 0);
}

/* Rules that changed since make a sync write everything again. */
static void other_rules(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    const char *one = commit(s);
    sync_run_ok(repo_path(s->b), s->db, one);
    db_exec(s->db, "UPDATE ingitdb_sync_tables SET reader_version = 0");
    igd_status now = status(s, one);
    assert_int_equal(now.commits_behind, 0);
    assert_int_equal(now.records_behind, 1);
}

static void last_error_and_other_sources(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    const char *one = commit(s);
    sync_run_ok(repo_path(s->b), s->db, one);
    put(s, "people/$records/bob.yaml", "friend: nobody\n");
    igd_sync_options options = sync_run_options(commit(s));
    sync_run run = sync_run_into(repo_path(s->b), s->db, &options);
    assert_int_equal(run.code, IGD_E_INVALID);
    sync_run_free(&run);
    igd_status now = status(s, one);
    assert_str(now.state.last_error, "the source has 1 invalid record or file");
    assert_int_equal(now.other_sources, 0);
    db_exec(s->db, "UPDATE ingitdb_sync_state SET source = 'other', commit_id = NULL, "
                   "repository_ids = NULL; UPDATE ingitdb_sync_tables SET source = 'other'");
    now = status(s, one);
    assert_false(now.known);
    assert_int_equal(now.other_sources, 1);
}

/* Numbers that cannot be had are unknown, not an error. */
static void when_the_base_is_gone(void **state)
{
    shop *s = *state;
    define_shop(s);
    const char *one = commit(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    const char *two = commit(s);
    sync_run_ok(repo_path(s->b), s->db, one);
    make_shallow(s->b, two, one);
    igd_status now = status(s, two);
    assert_true(now.known);
    assert_int_equal(now.commits_behind, -1);
    assert_int_equal(now.records_behind, -1);
}

static void when_the_source_is_broken(void **state)
{
    shop *s = *state;
    define_shop(s);
    sync_run_ok(repo_path(s->b), s->db, commit(s));
    define(s, "people", "columns: {name: {type: nonsense}}\n");
    igd_status now = status(s, commit(s));
    assert_int_equal(now.commits_behind, 1);
    assert_int_equal(now.records_behind, -1);
    assert_true(now.problems.schema_errors > 0);
    igd_status out;
    assert_int_equal(read_status(s, repo_path(s->b), "nothing", &out), IGD_E_REPOSITORY);
}

static void random_histories(void **state)
{
    shop *s = *state;
    world_seed = 1234;
    world w = {0};
    sync_run_ok(repo_path(s->b), s->db, commit_world(s, &w));
    for (int n = 0; n < 25; n++) {
        world next = w;
        random_edit(&next, 1000000);
        if (!is_valid(&next))
            continue;
        /* Where files do not pair every record is written again, equal or not: no promise. */
        if (next.people_in_one_file != w.people_in_one_file)
            continue;
        w = next;
        const char *hex = commit_world(s, &w);
        int64_t behind = status(s, hex).records_behind;
        assert_int_equal(behind, written(sync_run_ok(repo_path(s->b), s->db, hex)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(never_synced),
        SHOP_TEST(behind_and_level),
        SHOP_TEST(behind_by_what_was_held),
        SHOP_TEST(other_rules),
        SHOP_TEST(last_error_and_other_sources),
        SHOP_TEST(when_the_base_is_gone),
        SHOP_TEST(when_the_source_is_broken),
        SHOP_TEST(random_histories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
