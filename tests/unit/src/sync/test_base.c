/*
 * The base of a run: which source a target knows us as, whether it is us, and what there is of the
 * commit that it holds. Repositories that are built alike share their first commits.
 */
#include "base/log.h"
#include "sync/base.h"
#include "tests/support/git_damage.h"
#include "tests/unit/src/sync/sync_fixture.h"

/* libgit2 1.5 loses 64 bytes where it meets a missing commit, which these tests do on purpose. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libgit2";
}

static const char *first_commit(repo_builder *b, const char *root)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    repo_put(b, igd_arena_printf(mem, "%s.ingitdb/root-collections.yaml", root).ptr,
             "tags: tags\n");
    repo_put(b, igd_arena_printf(mem, "%stags/.collection/definition.yaml", root).ptr,
             ONE_RECORD "columns: {title: {type: string}}\n");
    repo_put(b, igd_arena_printf(mem, "%stags/$records/a.yaml", root).ptr, "title: A\n");
    return repo_commit(b, "first");
}

static const char *next_commit(repo_builder *b, const char *title)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    repo_put(b, "tags/$records/b.yaml", igd_arena_printf(mem, "title: %s\n", title).ptr);
    return repo_commit(b, title);
}

static sync_run sync_as(shop *s, const char *path, const char *name, const char *ref)
{
    igd_sync_options options = sync_run_options(ref);
    options.source_name = igd_str_from(name);
    return sync_run_into(path, s->db, &options);
}

/* Syncs; the name that was used, or the code word of the error. */
static const char *name_used(shop *s, const char *path, const char *name, const char *ref)
{
    sync_run run = sync_as(s, path, name, ref);
    s->err = run.err;
    const char *used = run.code == IGD_OK ? igd_arena_cstr(s->mem, run.result.source)
                                          : igd_code_word((igd_code)run.code);
    sync_run_free(&run);
    return used;
}

static void keep_warning(igd_log_level level, const char *message, void *payload)
{
    if (level == IGD_LOG_WARNING)
        snprintf(payload, 512, "%s", message);
}

static const char *sources(shop *s)
{
    char *got = db_query(s->db, "SELECT group_concat(source) FROM (SELECT source FROM "
                                "ingitdb_sync_state ORDER BY source)");
    const char *copy = igd_arena_cstr(s->mem, igd_str_from(got));
    free(got);
    return copy;
}

/* ---- who it is ---- */

/* A clone under another name is the same source; the stored name is kept, and said so. */
static void a_renamed_clone(void **state)
{
    shop *s = *state;
    char warning[512] = "";
    const char *one = first_commit(s->b, "");
    assert_string_equal(name_used(s, repo_path(s->b), "shop", one), "shop");
    repo_builder *clone = repo_builder_new();
    first_commit(clone, "");
    const char *two = next_commit(clone, "B");
    igd_log_set_sink(keep_warning, warning, IGD_LOG_WARNING);
    assert_string_equal(name_used(s, repo_path(clone), "boutique", two), "shop");
    igd_log_set_sink(NULL, NULL, IGD_LOG_ERROR);
    assert_string_equal(warning, "the target knows this source as 'shop': that name is kept");
    assert_string_equal(sources(s), "shop");
    repo_builder_free(clone);
}

static void need_value(shop *s, const char *sql, const char *wanted)
{
    char *got = db_query(s->db, sql);
    assert_string_equal(got, wanted);
    free(got);
}

/* The commit that the target holds is not there, but a root is shared: it is the same source, and
 * as nobody knows what its last commit was, the target itself is read. */
static void a_fork(void **state)
{
    shop *s = *state;
    char warning[512] = "";
    first_commit(s->b, "");
    const char *ours = next_commit(s->b, "Ours");
    assert_string_equal(name_used(s, repo_path(s->b), "shop", ours), "shop");
    repo_builder *fork = repo_builder_new();
    first_commit(fork, "");
    const char *theirs = next_commit(fork, "Theirs");
    repo_delete(fork, "tags/$records/a.yaml");
    const char *fewer = repo_commit(fork, "fewer");
    igd_log_set_sink(keep_warning, warning, IGD_LOG_WARNING);
    assert_string_equal(name_used(s, repo_path(fork), "shop", theirs), "shop");
    igd_log_set_sink(NULL, NULL, IGD_LOG_ERROR);
    assert_non_null(strstr(warning, ours));
    assert_non_null(strstr(warning, "every difference counts as a conflict"));
    need_value(s, "SELECT group_concat(id || ' ' || title) FROM (SELECT * FROM tags ORDER BY id)",
               "a A,b Theirs");
    need_value(s, "SELECT commit_id FROM ingitdb_sync_state", theirs);
    /* Under another name, too; what only the target has goes. */
    db_exec(s->db,
            igd_arena_printf(s->mem, "UPDATE ingitdb_sync_state SET commit_id = '%s'", ours).ptr);
    assert_string_equal(name_used(s, repo_path(fork), "other", fewer), "shop");
    need_value(s, "SELECT group_concat(id || ' ' || title) FROM tags", "b Theirs");
    assert_string_equal(sources(s), "shop");
    repo_builder_free(fork);
}

static void another_repository_under_the_name(void **state)
{
    shop *s = *state;
    assert_string_equal(name_used(s, repo_path(s->b), "shop", first_commit(s->b, "")), "shop");
    repo_builder *other = repo_builder_new();
    repo_put(other, "README.md", "something else\n");
    repo_commit(other, "root");
    const char *two = first_commit(other, "");
    assert_string_equal(name_used(s, repo_path(other), "shop", two), igd_code_word(IGD_E_UNOWNED));
    assert_non_null(strstr(s->err.hint, "name:"));
    /* Under a name of its own it still wants a table that is not its own. */
    assert_string_equal(name_used(s, repo_path(other), "other", two), igd_code_word(IGD_E_UNOWNED));
    assert_non_null(strstr(s->err.message, "table 'tags'"));
    /* What it does not get into, it leaves no trace in. */
    assert_string_equal(sources(s), "shop");
    repo_builder_free(other);
}

/* Two databases in one repository are two sources. */
static void another_root(void **state)
{
    shop *s = *state;
    first_commit(s->b, "one/");
    repo_put(s->b, "two/.ingitdb/root-collections.yaml", "words: words\n");
    repo_put(s->b, "two/words/.collection/definition.yaml",
             ONE_RECORD "columns: {title: {type: string}}\n");
    const char *hex = repo_commit(s->b, "both");
    char *one = path_join(repo_path(s->b), "one"), *two = path_join(repo_path(s->b), "two");
    assert_string_equal(name_used(s, one, "shop", hex), "shop");
    assert_string_equal(name_used(s, two, "shop", hex), igd_code_word(IGD_E_UNOWNED));
    assert_non_null(strstr(s->err.message, "'/one', this one is in '/two'"));
    assert_string_equal(name_used(s, two, "words", hex), "words");
    assert_string_equal(sources(s), "shop,words");
    free(one);
    free(two);
}

/* A source of which only a failure is known is nobody yet. */
static void a_name_that_only_failed(void **state)
{
    shop *s = *state;
    const char *good = first_commit(s->b, "");
    repo_put(s->b, "tags/$records/a.yaml", "title: [\n");
    const char *bad = repo_commit(s->b, "broken");
    assert_string_equal(name_used(s, repo_path(s->b), "shop", bad), igd_code_word(IGD_E_INVALID));
    repo_builder *other = repo_builder_new();
    repo_put(other, "README.md", "something else\n");
    repo_commit(other, "root");
    assert_string_equal(name_used(s, repo_path(other), "boutique", first_commit(other, "")),
                        "boutique");
    repo_builder_free(other);
    free(s->db);
    s->db = path_join(s->dir, "second.db");
    assert_string_equal(name_used(s, repo_path(s->b), "shop", bad), igd_code_word(IGD_E_INVALID));
    assert_string_equal(name_used(s, repo_path(s->b), "shop", good), "shop");
}

/* ---- shallow clones, lost objects ---- */

static void in_a_shallow_clone_the_name_decides(void **state)
{
    shop *s = *state;
    repo_builder *b = repo_builder_new();
    const char *one = first_commit(b, "");
    const char *two = next_commit(b, "B");
    assert_string_equal(name_used(s, repo_path(b), "shop", one), "shop");
    make_shallow(b, two, one);
    /* The commit is gone: all of the target is compared, what was edited there is found as well. */
    db_exec(s->db, "UPDATE tags SET title = 'edited'");
    char warning[512] = "";
    igd_log_set_sink(keep_warning, warning, IGD_LOG_WARNING);
    assert_string_equal(name_used(s, repo_path(b), "shop", two), "shop");
    igd_log_set_sink(NULL, NULL, IGD_LOG_ERROR);
    assert_non_null(strstr(warning, one));
    need_value(s, "SELECT group_concat(id || ' ' || title) FROM (SELECT * FROM tags ORDER BY id)",
               "a A,b B");
    repo_builder_free(b);
}

/* A shallow clone that has the commit, but not the way from there: a warning, and on it goes. */
static void unknown_ancestry(void **state)
{
    shop *s = *state;
    char warning[512] = "";
    repo_builder *b = repo_builder_new();
    const char *one = first_commit(b, "");
    const char *two = next_commit(b, "B");
    const char *three = next_commit(b, "C");
    assert_string_equal(name_used(s, repo_path(b), "shop", one), "shop");
    make_shallow(b, three, two);
    igd_sync_options options = sync_run_options(three);
    options.source_name = IGD_STR("shop");
    options.allow_rewind = false;
    igd_log_set_sink(keep_warning, warning, IGD_LOG_WARNING);
    sync_run run = sync_run_into(repo_path(b), s->db, &options);
    igd_log_set_sink(NULL, NULL, IGD_LOG_ERROR);
    if (run.code != IGD_OK)
        fail_msg("%s", run.err.message);
    assert_int_equal(run.result.total.inserted, 1);
    sync_run_free(&run);
    assert_non_null(strstr(warning, "is not all here: going on"));
    repo_builder_free(b);
}

/* The first sync out of a shallow clone does not take its edge for a root. */
static void no_roots_from_a_shallow_clone(void **state)
{
    shop *s = *state;
    const char *one = first_commit(s->b, ""), *two = next_commit(s->b, "B");
    make_shallow(s->b, two, one);
    assert_string_equal(name_used(s, repo_path(s->b), "shop", two), "shop");
    char *ids = db_query(s->db, "SELECT coalesce(repository_ids, '') FROM ingitdb_sync_state");
    assert_string_equal(ids, "");
    free(ids);
}

/* ---- what there is of the base ---- */

static void amended_history(void **state)
{
    shop *s = *state;
    const char *one = first_commit(s->b, ""), *two = next_commit(s->b, "B");
    assert_string_equal(name_used(s, repo_path(s->b), "shop", two), "shop");
    repo_reset(s->b, one);
    const char *amended = next_commit(s->b, "Better");
    igd_sync_options options = sync_run_options(amended);
    options.source_name = IGD_STR("shop");
    options.allow_rewind = false;
    sync_run run = sync_run_into(repo_path(s->b), s->db, &options);
    assert_int_equal(run.code, IGD_E_REWIND);
    assert_non_null(strstr(run.err.hint, "--allow-rewind"));
    sync_run_free(&run);
    options.allow_rewind = true;
    run = sync_run_into(repo_path(s->b), s->db, &options);
    assert_int_equal(run.code, IGD_OK);
    assert_int_equal(run.result.total.updated, 1);
    sync_run_free(&run);
}

static igd_source_state state_of(shop *s, const char *commit_id)
{
    igd_source_state state = {.source = IGD_STR("shop"),
                              .commit_id = igd_str_from(commit_id),
                              .status = IGD_STR("synced")};
    char digest[IGD_DIGEST_HEX];
    igd_mapping mapping = {.key_column = IGD_STR("id")};
    igd_digest_hex(igd_mapping_digest(&mapping), digest);
    igd_table_state table = {.collection = IGD_STR("tags"),
                             .commit_id = igd_str_from(commit_id),
                             .reader_version = IGD_READER_VERSION,
                             .encoding_version = IGD_ENCODING_VERSION,
                             .settings_digest = igd_arena_str(s->mem, igd_str_from(digest))};
    IGD_PUSH(s->mem, &state.tables, table);
    return state;
}

static void being_current(void **state)
{
    shop *s = *state;
    igd_mapping mapping = {.key_column = IGD_STR("id")}, renamed = {.key_column = IGD_STR("key")};
    const char *one = first_commit(s->b, "");
    const igd_side *side = side_at(s, one);
    igd_source_state source = state_of(s, one);
    igd_base base = {.source = source.source, .recorded = side->schema};
    assert_false(igd_base_is_current(&base, side, &mapping)); /* never synced */
    base.state = &source;
    assert_true(igd_base_is_current(&base, side, &mapping));
    assert_false(igd_base_is_current(&base, side, &renamed));
    source.tables.items[0].commit_id = IGD_STR("another");
    assert_false(igd_base_is_current(&base, side, &mapping));
    source = state_of(s, one);
    IGD_PUSH(s->mem, &source.held, (igd_held_state){.collection = IGD_STR("tags")});
    assert_false(igd_base_is_current(&base, side, &mapping));
    source = state_of(s, one);
    source.status = IGD_STR("failed");
    assert_false(igd_base_is_current(&base, side, &mapping));
}

/* Not all that is there was selected so far. */
static void being_current_in_part(void **state)
{
    shop *s = *state;
    igd_mapping mapping = {.key_column = IGD_STR("id")};
    const igd_schema none = {0};
    const char *one = first_commit(s->b, "");
    const igd_side *side = side_at(s, one);
    igd_source_state source = state_of(s, one);
    igd_base base = {.source = source.source, .state = &source, .recorded = none};
    assert_false(igd_base_is_current(&base, side, &mapping)); /* tags never came */
    base.recorded = side->schema;
    IGD_PUSH(s->mem, &source.tables,
             (igd_table_state){.collection = IGD_STR("others"), .commit_id = IGD_STR("another")});
    IGD_PUSH(s->mem, &source.held, (igd_held_state){.collection = IGD_STR("others")});
    source.status = IGD_STR("degraded");
    assert_false(igd_base_is_current(&base, side, &mapping));
    igd_side part = *side;
    igd_str_list tags = {(igd_str[]){IGD_STR("tags")}, 1, 1};
    part.chosen = igd_chosen_only(&tags, s->mem);
    assert_true(igd_base_is_current(&base, &part, &mapping));
    /* What a foreign key refers to has arrived since. */
    igd_table table = side->schema.tables[0];
    IGD_PUSH(s->mem, &table.foreign_keys, (igd_foreign_key){.name = IGD_STR("fk_tags_x")});
    igd_slot slot = part.slots[0];
    slot.table = &table;
    part.slots = &slot;
    assert_false(igd_base_is_current(&base, &part, &mapping));
}

static void held_records_are_absent(void **state)
{
    shop *s = *state;
    const igd_side *side = side_at(s, first_commit(s->b, ""));
    igd_source_state source = {.source = IGD_STR("shop")};
    igd_base base = {.source = source.source, .state = &source};
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *absent = igd_keyset_new();
    static const struct {
        const char *collection, *key;
    } held[] = {{"tags", "[\"a\"]"}, {"tags", ""}, {"gone", "[\"b\"]"}, {"tags", "[\"\\u00e4\"]"}};
    for (size_t n = 0; n < IGD_COUNT(held); n++)
        IGD_PUSH(s->mem, &source.held,
                 ((igd_held_state){.collection = igd_str_from(held[n].collection),
                                   .key = igd_str_from(held[n].key)}));
    assert_int_equal(igd_base_absent(&base, side, absent, &s->err), IGD_OK);
    assert_int_equal(igd_keyset_count(absent), 2);
    assert_true(igd_keyset_has(absent, slot_of(side, "tags"), key_digest("a", NULL)));
    assert_true(igd_keyset_has(absent, slot_of(side, "tags"), key_digest("\xc3\xa4", NULL)));
    source.held.items[0].key = IGD_STR("[\"a\"");
    assert_int_equal(igd_base_absent(&base, side, absent, &s->err), IGD_E_FORMAT);
}

/* Bookkeeping that is not what we wrote. */
static void damaged_bookkeeping(void **state)
{
    shop *s = *state;
    const char *one = first_commit(s->b, ""), *two = next_commit(s->b, "B");
    assert_string_equal(name_used(s, repo_path(s->b), "shop", one), "shop");
    db_exec(s->db, "UPDATE ingitdb_sync_tables SET schema_json = '{}'");
    sync_run run = sync_as(s, repo_path(s->b), "shop", two);
    assert_int_not_equal(run.code, IGD_OK);
    assert_non_null(strstr(run.err.message, "the target's bookkeeping of 'tags'"));
    sync_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(a_renamed_clone),
        SHOP_TEST(a_fork),
        SHOP_TEST(another_repository_under_the_name),
        SHOP_TEST(another_root),
        SHOP_TEST(a_name_that_only_failed),
        SHOP_TEST(in_a_shallow_clone_the_name_decides),
        SHOP_TEST(unknown_ancestry),
        SHOP_TEST(no_roots_from_a_shallow_clone),
        SHOP_TEST(amended_history),
        SHOP_TEST(being_current),
        SHOP_TEST(being_current_in_part),
        SHOP_TEST(held_records_are_absent),
        SHOP_TEST(damaged_bookkeeping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
