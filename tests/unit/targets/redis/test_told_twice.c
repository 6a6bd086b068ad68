/*
 * Keys that a scan tells more than once, as SCAN does while the server's table shrinks and as that
 * of a cluster does when slots have moved meanwhile: the bookkeeping is read as it was written.
 * Here every scan is done twice, whatever the server does.
 */
#include "../server.h"
#include "targets/redis/redis.h"

static const igd_kv_ops *once;

static int scan_twice(igd_kv_target *target, igd_str begins, igd_kv_layout layout,
                      igd_kv_scan_callback *callback, void *payload, igd_error *e)
{
    int rc = once->scan(target, begins, layout, callback, payload, e);
    return rc ? rc : once->scan(target, begins, layout, callback, payload, e);
}

static igd_source_state *state_of(int held)
{
    igd_source_state *state = IGD_NEW(mem, igd_source_state);
    *state = (igd_source_state){.source = IGD_STR("demo"),
                                .format_version = IGD_STATE_FORMAT,
                                .run_id = IGD_STR("run"),
                                .status = IGD_STR("degraded"),
                                .commit_id = IGD_STR("c1")};
    igd_table_state table = {.collection = IGD_STR("t"), .commit_id = IGD_STR("c1")};
    IGD_PUSH(mem, &state->tables, table);
    for (int n = held; n > 0; n--) {
        igd_held_state one = {.collection = IGD_STR("t"),
                              .path = IGD_STR("t.yaml"),
                              .key = igd_arena_printf(mem, "[\"%d\"]", n),
                              .reason = IGD_STR("parse")};
        IGD_PUSH(mem, &state->held, one);
    }
    return state;
}

static void held_records_are_told_once(void **state IGD_UNUSED)
{
    igd_target *target;
    igd_state read;
    need(try_open("", IGD_OPEN_WRITE, &target));
    need(target->driver->lock(target, 0, &err));
    igd_begin begin = {.source = IGD_STR("demo"), .mark = state_of(0)};
    need(target->driver->begin(target, &begin, &err));
    need(target->driver->commit(target, state_of(3), &err));

    igd_kv_target *kv = (igd_kv_target *)target;
    igd_kv_ops twice = *kv->ops;
    once = kv->ops;
    twice.scan = scan_twice;
    kv->ops = &twice;
    need(target->driver->state_read(target, mem, &read, &err));
    kv->ops = once;
    assert_int_equal(read.count, 1);
    assert_int_equal(read.sources[0].tables.len, 1);
    assert_int_equal(read.sources[0].held.len, 3);
    assert_true(igd_str_is(read.sources[0].held.items[0].key, "[\"1\"]"));
    assert_true(igd_str_is(read.sources[0].held.items[2].key, "[\"3\"]"));
    igd_target_close(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(held_records_are_told_once, server_setup, server_teardown),
    };
    if (!server_is(&engine_redis))
        return 77;
    return cmocka_run_group_tests_name("keys told twice", tests, NULL, NULL);
}
