/*
 * Answers of etcd's gateway: zero values that are left out, members in another order and of later
 * versions, and what is no answer of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/etcd/etcd.h"

static igd_arena *mem;
static igd_error err;

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

static void a_range(void **state IGD_UNUSED)
{
    igd_etcd_range range;
    igd_str answer = IGD_STR(
        "{\"header\":{\"cluster_id\":\"14841639068965178418\",\"revision\":\"9223372036854775807\"},"
        "\"kvs\":[{\"key\":\"YQ==\",\"create_revision\":\"2\",\"mod_revision\":\"9007199254740993\","
        "\"version\":\"1\",\"value\":\"AA==\"},{\"value\":\"Yg==\",\"new\":{\"x\":[1,{}]},"
        "\"lease\":\"7\",\"key\":\"Yg==\"},{\"key\":\"Yw==\"}],\"more\":true,\"count\":\"9\"}");
    assert_int_equal(igd_etcd_read_range(answer, mem, &range, &err), IGD_OK);
    assert_int_equal(range.revision, INT64_MAX);
    assert_true(range.more);
    assert_int_equal(range.kvs.len, 3);
    const igd_etcd_kv *kvs = range.kvs.items;
    assert_true(igd_str_is(kvs[0].key, "a"));
    assert_true(igd_str_eq(kvs[0].value, IGD_STR("\0")));
    assert_int_equal(kvs[0].mod_revision, 9007199254740993);
    assert_int_equal(kvs[0].lease, 0);
    assert_true(igd_str_is(kvs[1].value, "b"));
    assert_int_equal(kvs[1].lease, 7);
    assert_non_null(kvs[2].value.ptr); /* an empty value is one */
    assert_int_equal(kvs[2].value.len, 0);
}

static void nothing_found(void **state IGD_UNUSED)
{
    igd_etcd_range range;
    assert_int_equal(igd_etcd_read_range(IGD_STR("{\"header\":{\"revision\":\"4\"}}"), mem, &range,
                                         &err),
                     IGD_OK);
    assert_int_equal(range.kvs.len, 0);
    assert_false(range.more);
    assert_int_equal(range.revision, 4);
}

static void transactions(void **state IGD_UNUSED)
{
    igd_etcd_txn txn;
    igd_str done = IGD_STR("{\"header\":{},\"succeeded\":true,\"responses\":[{\"response_put\":"
                           "{\"header\":{}}},{\"response_delete_range\":{}}]}");
    assert_int_equal(igd_etcd_read_txn(done, mem, &txn, &err), IGD_OK);
    assert_true(txn.succeeded);
    assert_int_equal(txn.ranges.len, 0);
    igd_str not_done = IGD_STR("{\"header\":{},\"responses\":[{\"response_range\":{\"header\":{}}},"
                               "{\"response_range\":{\"kvs\":[{\"key\":\"YQ==\"}]}}]}");
    assert_int_equal(igd_etcd_read_txn(not_done, mem, &txn, &err), IGD_OK);
    assert_false(txn.succeeded);
    assert_int_equal(txn.ranges.len, 2);
    assert_int_equal(txn.ranges.items[0].kvs.len, 0);
    assert_int_equal(txn.ranges.items[1].kvs.len, 1);
}

static void members(void **state IGD_UNUSED)
{
    igd_str stream = IGD_STR(
        "{\"result\":{\"header\":{\"ID\":\"1\"},\"ID\":\"77\",\"TTL\":\"60\"}}\n{\"result\":{}}");
    assert_true(igd_str_is(igd_etcd_member(stream, "TTL", mem), "60"));
    assert_int_equal(igd_etcd_number(igd_etcd_member(stream, "ID", mem)), 77);
    assert_null(igd_etcd_member(stream, "token", mem).ptr);
    assert_null(igd_etcd_member(IGD_STR("Not Found"), "message", mem).ptr);
    assert_int_equal(igd_etcd_number((igd_str){0}), 0);
    igd_str broken =
        IGD_STR("{\"error\":{\"grpc_code\":14,\"message\":\"timed out\",\"details\":[]}}");
    assert_true(igd_str_is(igd_etcd_member(broken, "message", mem), "timed out"));
    assert_int_equal(igd_etcd_number(igd_etcd_member(broken, "grpc_code", mem)), 14);
    assert_null(igd_etcd_member(broken, "TTL", mem).ptr);
    igd_str plain = IGD_STR("{\"error\":\"no leader\",\"code\":14}");
    assert_true(igd_str_is(igd_etcd_member(plain, "error", mem), "no leader"));
    assert_int_equal(igd_etcd_number(igd_etcd_member(plain, "code", mem)), 14);
    assert_true(
        igd_str_is(igd_etcd_member(IGD_STR("{\"message\":\"m\",\"code\":14}"), "code", mem), "14"));
}

static void what_is_no_answer(void **state IGD_UNUSED)
{
    static const char *const bad[] = {"",
                                      "<html>",
                                      "[]",
                                      "{",
                                      "{\"kvs\":{}}",
                                      "{\"kvs\":[{\"key\":1}]}",
                                      "{\"kvs\":[{\"key\":\"?\"}]}",
                                      "{\"kvs\":[{\"key\":\"YQ==\"",
                                      "{\"header\":3}"};
    for (size_t n = 0; n < IGD_COUNT(bad); n++) {
        igd_etcd_range range;
        err = IGD_ERROR_INIT;
        if (igd_etcd_read_range(igd_str_from(bad[n]), mem, &range, &err) != IGD_E_TARGET)
            fail_msg("'%s' was taken for an answer", bad[n]);
        assert_true(err.hint[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range),           cmocka_unit_test(nothing_found),
        cmocka_unit_test(transactions),      cmocka_unit_test(members),
        cmocka_unit_test(what_is_no_answer),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
