/*
 * Requests of scripts: what a store's style writes it understands, to the byte, and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cmocka.h"
#include "targets/consul/consul.h"
#include "targets/etcd/etcd.h"
#include "targets/kv/script.h"
#include "targets/redis/redis.h"

static igd_arena *mem;

static int setup(void **state IGD_UNUSED)
{
    mem = igd_arena_new();
    return 0;
}

static int teardown(void **state IGD_UNUSED)
{
    igd_arena_free(mem);
    return 0;
}

static igd_str put(const igd_kv_script_style *style, const igd_kv_batch *batch)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    style->put(batch, &out);
    igd_str line = igd_arena_str(mem, igd_buf_view(&out));
    if (line.len && line.ptr[line.len - 1] == '\n')
        line.len--;
    assert_true(igd_str_find(line, '\n') < 0);
    return line;
}

static igd_kv_value text(const char *bytes)
{
    return (igd_kv_value){.there = IGD_KV_THERE, .bytes = igd_str_from(bytes)};
}

static igd_kv_value fields(const char *a, const char *b, const char *c)
{
    igd_kv_value value = {.there = IGD_KV_THERE, .field_count = 3};
    const char *texts[] = {a, b, c}, *names[] = {"a", "b \"", "c"};
    value.fields = IGD_NEW_ARRAY(mem, igd_kv_field, 3);
    for (size_t n = 0; n < 3; n++) {
        value.fields[n].name = igd_str_from(names[n]);
        if (texts[n])
            value.fields[n].text = igd_str_from(texts[n]);
    }
    return value;
}

static void same_value(const igd_kv_value *a, const igd_kv_value *b)
{
    assert_int_equal(a->there, b->there);
    assert_int_equal(a->field_count, b->field_count);
    if (a->there != IGD_KV_ABSENT)
        assert_true(igd_kv_value_fits(a, b) && igd_kv_value_fits(b, a));
}

static void comes_back(const igd_kv_script_style *style, const igd_kv_batch *batch)
{
    igd_kv_batch got;
    igd_str line = put(style, batch);
    assert_true(style->take(line, mem, &got));
    assert_int_equal(got.count, batch->count);
    assert_true(igd_str_eq(got.fence.key, batch->fence.key));
    assert_true(igd_str_eq(got.commit, batch->commit));
    if (batch->fence.key.ptr && !batch->commit.len)
        same_value(&got.fence.value, &batch->fence.value);
    same_value(&got.state, &batch->state);
    for (size_t n = 0; n < got.count; n++) {
        assert_true(igd_str_eq(got.writes[n].key, batch->writes[n].key));
        assert_int_equal(got.writes[n].any, batch->writes[n].any);
        if (!got.writes[n].any)
            same_value(&got.writes[n].expected, &batch->writes[n].expected);
        same_value(&got.writes[n].value, &batch->writes[n].value);
    }
    assert_true(igd_str_eq(put(style, &got), line) || batch->channel.len || batch->commit_key.len);
    /* Cut anywhere it is none. */
    for (size_t len = 0; len < line.len; len += 1 + len / 50)
        assert_false(style->take(igd_str_sub(line, 0, len), mem, &got));
    assert_false(style->take(igd_arena_printf(mem, "%s ", line.ptr), mem, &got));
}

static igd_kv_batch some_batch(void)
{
    igd_kv_write writes[] = {
        {.key = IGD_STR("app:t:a"), .value = text("{\"a\":1}")},
        {.key = IGD_STR("app:t:b\xff\" \\"), .expected = text(""), .value = text("x\n\t\"\\")},
        {.key = IGD_STR("app:t:c"), .expected = text("old")},
        {.key = IGD_STR("app:t:d"), .any = true, .value = text("new")},
        {.key = IGD_STR("app:t:e"), .any = true},
    };
    igd_kv_write *copy = IGD_NEW_ARRAY(mem, igd_kv_write, IGD_COUNT(writes));
    memcpy(copy, writes, sizeof(writes));
    return (igd_kv_batch){.fence = {IGD_STR("app:.ingitdb:state"), text("{\"was\":1}")},
                          .state = text("{\"is\":2}"),
                          .writes = copy,
                          .count = IGD_COUNT(writes)};
}

/* The same, for a store that compares no values, and has names in UTF-8. */
static igd_kv_batch batch_for(const igd_kv_script_style *style)
{
    igd_kv_batch batch = some_batch();
    batch.fence.key = IGD_STR("a/b/.ingitdb/ingitdb_sync_state/shop");
    if (!style->blind)
        return batch;
    batch.writes[1].key = IGD_STR("app:t:b\xc3\xa9\" \\");
    for (size_t n = 0; n < batch.count; n++)
        batch.writes[n].any = batch.writes[n].any || batch.writes[n].expected.there;
    return batch;
}

static const igd_kv_script_style *const styles[] = {&igd_redis_scripts, &igd_etcd_scripts,
                                                    &igd_consul_scripts};

static void requests_come_back(void **state IGD_UNUSED)
{
    for (size_t n = 0; n < IGD_COUNT(styles); n++) {
        igd_kv_batch batch = batch_for(styles[n]);
        comes_back(styles[n], &batch);
        batch.fence.value = (igd_kv_value){0};
        batch.count = 0;
        comes_back(styles[n], &batch);
        batch = batch_for(styles[n]);
        batch.state = (igd_kv_value){0};
        comes_back(styles[n], &batch);
        batch = batch_for(styles[n]);
        batch.commit = IGD_STR("c0ffee");
        batch.commit_key = IGD_STR("app:.ingitdb:commit");
        comes_back(styles[n], &batch);
    }
}

static void plain_requests_have_no_state(void **state IGD_UNUSED)
{
    for (size_t n = 0; n < IGD_COUNT(styles); n++) {
        igd_kv_batch batch = batch_for(styles[n]);
        batch.fence = (igd_kv_fence){.key = {0}};
        batch.state = (igd_kv_value){0};
        comes_back(styles[n], &batch);
    }
}

static void hashes_come_back(void **state IGD_UNUSED)
{
    igd_kv_write writes[] = {
        {.key = IGD_STR("k"), .value = fields("1", "", "3")},
        {.key = IGD_STR("l"), .expected = fields("1", "2", NULL), .value = fields(NULL, "x", "y")},
        {.key = IGD_STR("m"), .expected = fields(NULL, NULL, NULL)},
    };
    igd_kv_batch batch = some_batch();
    batch.writes = writes;
    batch.count = IGD_COUNT(writes);
    comes_back(&igd_redis_scripts, &batch);
}

static void another_program_is_refused(void **state IGD_UNUSED)
{
    static const char *const lines[] = {
        "FLUSHALL",
        "EVAL \"return redis.call('FLUSHALL')\" 1 \"a\" \"*\" \"*\" \"\" \"\"",
        "EVAL \"-- nothing\" 0",
        "{\"compare\":[],\"success\":[{\"request_delete_range\":{\"key\":\"AA==\","
        "\"range_end\":\"AA==\"}}],\"failure\":[]}",
        "{\"compare\":[],\"success\":[],\"failure\":[]}",
        "{}",
        "[]",
        "[{\"KV\":{\"Verb\":\"delete-tree\",\"Key\":\"a\"}}]",
        "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\",\"Value\":\"\",\"Flags\":1}}]",
        "[{\"KV\":{\"Verb\":\"cas\",\"Key\":\"a\",\"Index\":7,\"Value\":\"\"}}]",
        "[{\"Node\":{\"Verb\":\"set\",\"Key\":\"a\",\"Value\":\"\"}}]",
        "",
    };
    igd_kv_batch got;
    for (size_t n = 0; n < IGD_COUNT(styles); n++)
        for (size_t l = 0; l < IGD_COUNT(lines); l++)
            if (styles[n]->take(igd_str_from(lines[l]), mem, &got))
                fail_msg("%s", lines[l]);
}

static igd_str consul_line(const char *row, const char *commit)
{
    igd_kv_batch batch = {.fence = {IGD_STR("p/.ingitdb/ingitdb_sync_state/a%2Fb"), text(row)},
                          .commit = igd_str_from(commit),
                          .state = text("{\"commit_id\":\"c0ffee\",\"status\":\"ok\"}")};
    return put(&igd_consul_scripts, &batch);
}

/* What the row has to be is the name of a key; and what it becomes are the names of others. */
static void consul_names_the_state(void **state IGD_UNUSED)
{
#define TREE "p/.ingitdb/state_is/a%2Fb/"
    igd_str line = consul_line("abc", "");
    static const char row[] =
        "[{\"KV\":{\"Verb\":\"get\",\"Key\":\"" TREE
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",\"Value\":\"YWJj\"}},";
    assert_true(igd_str_starts(line, igd_str_from(row)));
    assert_non_null(strstr(line.ptr, "{\"KV\":{\"Verb\":\"delete-tree\",\"Key\":\"" TREE "\"}}"));
    assert_non_null(strstr(line.ptr, "{\"KV\":{\"Verb\":\"set\",\"Key\":\"" TREE "at/c0ffee\""));
    line = consul_line("abc", "beef");
    assert_true(
        igd_str_starts(line, IGD_STR("[{\"KV\":{\"Verb\":\"get\",\"Key\":\"" TREE "at/beef\"}},")));
    igd_consul_marks marks;
    assert_false(igd_consul_marks_of(IGD_STR("p/.ingitdb/commit"), IGD_STR(""), mem, &marks));
    assert_false(igd_consul_marks_of(IGD_STR("shop"), IGD_STR(""), mem, &marks));
}

/* Fields of others, and the order of fields, say nothing. */
static void rows_are_what_is_named(void **state IGD_UNUSED)
{
    igd_kv_write write = {.key = IGD_STR("k"), .expected = fields("1", "2", NULL)};
    igd_kv_value found = fields("1", "2", "3"), same = fields("1", "2", NULL);
    igd_digest sum = igd_kv_touched(&write, &same);
    found.fields[2].name = IGD_STR("theirs");
    assert_true(igd_digest_eq(igd_kv_touched(&write, &found), sum));
    igd_kv_field first = found.fields[0];
    found.fields[0] = found.fields[1];
    found.fields[1] = first;
    assert_true(igd_digest_eq(igd_kv_touched(&write, &found), sum));
    found.fields[0].text = IGD_STR("other");
    assert_false(igd_digest_eq(igd_kv_touched(&write, &found), sum));
    igd_kv_value a = text("a"), b = text("b");
    assert_false(igd_digest_eq(igd_kv_touched(&write, &a), igd_kv_touched(&write, &b)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_come_back),     cmocka_unit_test(plain_requests_have_no_state),
        cmocka_unit_test(hashes_come_back),       cmocka_unit_test(another_program_is_refused),
        cmocka_unit_test(rows_are_what_is_named), cmocka_unit_test(consul_names_the_state),
    };
    return cmocka_run_group_tests_name("requests of scripts", tests, setup, teardown);
}
