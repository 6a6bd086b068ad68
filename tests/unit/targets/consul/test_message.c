/*
 * What is said to Consul, byte for byte, and its answers: null in place of what is empty, members
 * in another order and of later versions, and what is no answer of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/consul/consul.h"

static igd_arena *mem;
static igd_error err;
static igd_consul it;

static int setup(void **state IGD_UNUSED)
{
    mem = igd_arena_new();
    it = (igd_consul){0};
    return 0;
}

static int teardown(void **state IGD_UNUSED)
{
    igd_arena_free(mem);
    return 0;
}

/* ---- operations ---- */

static void operations(void **state IGD_UNUSED)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_consul_op ops[] = {
        {.verb = "cas", .key = IGD_STR("a\"\\b"), .value = IGD_STR("x"), .index = 0},
        {.verb = "check-session", .key = IGD_STR("l"), .session = IGD_STR("id"), .index = -1},
        {.verb = "set", .key = IGD_STR("\xC3\xA9"), .value = IGD_STR(""), .index = -1},
        {.verb = "delete-cas", .key = IGD_STR("d"), .index = INT64_MAX},
    };
    igd_buf_byte(&out, '[');
    for (size_t n = 0; n < IGD_COUNT(ops); n++)
        igd_consul_put_op(&it, &out, &ops[n]);
    igd_buf_byte(&out, ']');
    assert_string_equal(
        out.ptr,
        "[{\"KV\":{\"Verb\":\"cas\",\"Key\":\"a\\\"\\\\b\",\"Index\":0,\"Value\":\"eA==\"}},"
        "{\"KV\":{\"Verb\":\"check-session\",\"Key\":\"l\",\"Session\":\"id\"}},"
        "{\"KV\":{\"Verb\":\"set\",\"Key\":\"\xC3\xA9\",\"Value\":\"\"}},"
        "{\"KV\":{\"Verb\":\"delete-cas\",\"Key\":\"d\",\"Index\":9223372036854775807}}]");
}

static void the_namespace(void **state IGD_UNUSED)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_consul_op op = {.verb = "get", .key = IGD_STR("a"), .index = -1};
    it.namespace = IGD_STR("team");
    igd_buf_byte(&out, '[');
    igd_consul_put_op(&it, &out, &op);
    assert_string_equal(out.ptr,
                        "[{\"KV\":{\"Verb\":\"get\",\"Key\":\"a\",\"Namespace\":\"team\"}}");
}

/* Requests are cut by it. */
static void sizes_are_not_less_than_they_are(void **state IGD_UNUSED)
{
    static const char *const keys[] = {"", "\"\\\"\\\"\\", "\xC3\xA9 a"};
    igd_str session = IGD_STR("dbc1d927-0e0a-6352-57c6-a2e56837690a");
    it.namespace = IGD_STR("team");
    for (size_t n = 0; n < IGD_COUNT(keys); n++)
        for (size_t len = 0; len < 8; len++) {
            IGD_CLEANUP(igd_buf)
            igd_buf out = IGD_BUF_INIT;
            igd_consul_op op = {.verb = "check-not-exists",
                                .key = igd_str_from(keys[n]),
                                .value = {"01234567", len},
                                .index = INT64_MAX,
                                .session = session};
            igd_buf_puts(&out, "[]"); /* so that a comma comes first */
            igd_consul_put_op(&it, &out, &op);
            assert_in_range(igd_consul_op_size(&it, op.key, len), out.len - 2, out.len + 64);
        }
}

/* ---- answers ---- */

static void results(void **state IGD_UNUSED)
{
    igd_consul_txn txn;
    igd_str answer =
        IGD_STR("{\"New\":{\"x\":[1,{}]},\"Results\":[{\"KV\":{\"LockIndex\":1,\"Key\":\"a/b\","
                "\"Flags\":0,\"Value\":\"AA==\",\"Session\":\"s\",\"CreateIndex\":2,"
                "\"ModifyIndex\":9007199254740993}},{\"Node\":{\"ID\":1}},"
                "{\"KV\":{\"ModifyIndex\":4,\"Value\":null,\"Key\":\"\\u003c\",\"New\":[]}}],"
                "\"Errors\":null,\"Index\":0,\"KnownLeader\":true}");
    assert_int_equal(igd_consul_read_txn(answer, mem, &txn, &err), IGD_OK);
    assert_int_equal(txn.refusals.len, 0);
    assert_int_equal(txn.kvs.len, 2);
    const igd_consul_kv *kvs = txn.kvs.items;
    assert_true(igd_str_is(kvs[0].key, "a/b"));
    assert_true(igd_str_eq(kvs[0].value, IGD_STR("\0")));
    assert_true(igd_str_is(kvs[0].session, "s"));
    assert_int_equal(kvs[0].index, 9007199254740993);
    assert_true(igd_str_is(kvs[1].key, "<"));
    assert_non_null(kvs[1].value.ptr); /* an empty value is one */
    assert_int_equal(kvs[1].value.len, 0);
    assert_int_equal(kvs[1].session.len, 0);
}

static void refusals(void **state IGD_UNUSED)
{
    igd_consul_txn txn;
    igd_str answer =
        IGD_STR("{\"Results\":null,\"Errors\":[{\"OpIndex\":1,\"What\":\"key \\\"a\\\" "
                "doesn't exist\"},{\"What\":\"no\",\"More\":{},\"OpIndex\":63}]}");
    assert_int_equal(igd_consul_read_txn(answer, mem, &txn, &err), IGD_OK);
    assert_int_equal(txn.kvs.len, 0);
    assert_int_equal(txn.refusals.len, 2);
    assert_int_equal(txn.refusals.items[0].op, 1);
    assert_true(igd_str_is(txn.refusals.items[0].what, "key \"a\" doesn't exist"));
    assert_int_equal(txn.refusals.items[1].op, 63);
}

static void no_answers(void **state IGD_UNUSED)
{
    static const char *const texts[] = {
        "",
        "[]",
        "<html>",
        "{\"Results\":",
        "{\"Results\":{}}",
        "{\"Results\":[{\"KV\":[]}]}",
        "{\"Results\":[{\"KV\":{\"Key\":1}}]}",
        "{\"Results\":[{\"KV\":{\"Key\":\"a\",\"Value\":\"!\"}}]}",
        "{\"Errors\":[1]}",
    };
    for (size_t n = 0; n < IGD_COUNT(texts); n++) {
        igd_consul_txn txn;
        int rc = igd_consul_read_txn(igd_str_from(texts[n]), mem, &txn, &err);
        if (rc != IGD_E_TARGET)
            fail_msg("%s", texts[n]);
    }
}

static void members(void **state IGD_UNUSED)
{
    igd_str answer = IGD_STR("{\"Other\":{\"Version\":\"0\"},\"Config\":{\"A\":[{}],"
                             "\"Version\":\"1.8.7\"},\"ID\":\"x\"}");
    assert_true(igd_str_is(igd_consul_member(answer, "Config", "Version", mem), "1.8.7"));
    assert_true(igd_str_is(igd_consul_member(answer, NULL, "ID", mem), "x"));
    assert_null(igd_consul_member(answer, NULL, "Version", mem).ptr);
    assert_null(igd_consul_member(answer, "ID", "Version", mem).ptr);
    assert_null(igd_consul_member(IGD_STR("true"), NULL, "ID", mem).ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(operations, setup, teardown),
        cmocka_unit_test_setup_teardown(the_namespace, setup, teardown),
        cmocka_unit_test_setup_teardown(sizes_are_not_less_than_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(results, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(no_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(members, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
