/*
 * Log: levels, no sink, and messages longer than the buffer on the stack.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "cmocka.h"

static void collect(igd_log_level level, const char *message, void *payload)
{
    igd_buf_printf(payload, "%d:%s;", (int)level, message);
}

static void levels(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf got = IGD_BUF_INIT;
    igd_log_set_sink(collect, &got, IGD_LOG_INFO);
    assert_true(igd_log_wants(IGD_LOG_ERROR));
    assert_true(igd_log_wants(IGD_LOG_INFO));
    assert_false(igd_log_wants(IGD_LOG_DEBUG));
    igd_log(IGD_LOG_WARNING, "%s %d", "a", 1);
    igd_log(IGD_LOG_DEBUG, "dropped");
    igd_log(IGD_LOG_INFO, "b");
    assert_string_equal(got.ptr, "1:a 1;2:b;");
    igd_log_set_sink(NULL, NULL, IGD_LOG_DEBUG);
}

static void without_a_sink(void **state)
{
    (void)state;
    assert_false(igd_log_wants(IGD_LOG_ERROR));
    igd_log(IGD_LOG_ERROR, "nobody listens to %d", 1);
}

static void any_length(void **state)
{
    (void)state;
    for (int width = 500; width < 530; width++) {
        IGD_CLEANUP(igd_buf)
        igd_buf got = IGD_BUF_INIT;
        igd_log_set_sink(collect, &got, IGD_LOG_DEBUG);
        igd_log(IGD_LOG_DEBUG, "%*d", width, 7);
        assert_int_equal(got.len, width + 3);
        assert_int_equal(got.ptr[got.len - 2], '7');
    }
    igd_log_set_sink(NULL, NULL, IGD_LOG_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels),
        cmocka_unit_test(without_a_sink),
        cmocka_unit_test(any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
