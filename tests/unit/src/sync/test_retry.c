/*
 * How often, and for how long, a run comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "sync/retry.h"

static int calls, fails;
static igd_code final_code;

static int recover(igd_target *target, igd_error *err)
{
    (void)target;
    if (++calls > fails)
        return final_code == IGD_OK ? IGD_OK : igd_fail(err, final_code, "somebody else has it");
    igd_fail(err, IGD_E_UNREACHABLE, "not yet");
    err->transient = true;
    return IGD_E_UNREACHABLE;
}

static const igd_target_driver driver = {.name = "test", .recover = recover};
static igd_target target;

static igd_retry fresh(int fail_times, igd_code code, int64_t ms)
{
    calls = 0;
    fails = fail_times;
    final_code = code;
    target = (igd_target){.driver = &driver, .retry_ms = ms};
    return (igd_retry){.target = &target};
}

static igd_error gone(void)
{
    igd_error err = IGD_ERROR_INIT;
    igd_fail(&err, IGD_E_UNREACHABLE, "the server went away");
    err.transient = true;
    return err;
}

static void test_comes_back(void **state)
{
    (void)state;
    igd_retry retry = fresh(2, IGD_OK, 10000);
    igd_error err = gone();
    assert_true(igd_retry_after(&retry, &err));
    assert_int_equal(calls, 3);
    assert_true(retry.spent_ms > 0 && retry.spent_ms < 10000);
}

static void test_only_what_passes(void **state)
{
    (void)state;
    igd_retry retry = fresh(0, IGD_OK, 10000);
    igd_error err = gone();
    err.transient = false;
    assert_false(igd_retry_after(&retry, &err));
    assert_int_equal(calls, 0);
    assert_string_equal(err.message, "the server went away");
}

static void test_time_runs_out(void **state)
{
    (void)state;
    igd_retry retry = fresh(1000, IGD_OK, 200);
    igd_error err = gone();
    assert_false(igd_retry_after(&retry, &err));
    assert_true(calls >= 1 && calls < 10);
    assert_true(retry.spent_ms <= 200);
    assert_string_equal(err.message, "not yet");
    retry = fresh(0, IGD_OK, 0);
    err = gone();
    assert_false(igd_retry_after(&retry, &err));
    assert_int_equal(calls, 0);
}

static void test_lock_is_gone(void **state)
{
    (void)state;
    igd_retry retry = fresh(1, IGD_E_STALE_BASE, 10000);
    igd_error err = gone();
    assert_false(igd_retry_after(&retry, &err));
    assert_int_equal(err.code, IGD_E_STALE_BASE);
}

static void test_is_stopped(void **state)
{
    (void)state;
    static const volatile int stop = 1;
    igd_retry retry = fresh(0, IGD_OK, 10000);
    retry.stop = &stop;
    igd_error err = gone();
    assert_false(igd_retry_after(&retry, &err));
    assert_int_equal(calls, 0);
}

static void test_not_for_ever(void **state)
{
    (void)state;
    igd_retry retry = fresh(0, IGD_OK, 1000000);
    int times = 0;
    for (igd_error err = gone(); times < 100 && igd_retry_after(&retry, &err); err = gone())
        times++;
    assert_int_equal(times, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back),    cmocka_unit_test(test_only_what_passes),
        cmocka_unit_test(test_time_runs_out), cmocka_unit_test(test_lock_is_gone),
        cmocka_unit_test(test_is_stopped),    cmocka_unit_test(test_not_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
