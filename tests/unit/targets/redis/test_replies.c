/*
 * What errors of the server mean, and texts in which nothing is a wildcard.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/redis/redis.h"

static int check(const char *text, igd_error *err)
{
    char copy[256];
    snprintf(copy, sizeof(copy), "%s", text);
    redisReply reply = {.type = REDIS_REPLY_ERROR, .str = copy, .len = strlen(copy)};
    *err = IGD_ERROR_INIT;
    return igd_redis_check(&reply, err);
}

static void errors(void **state IGD_UNUSED)
{
    static const struct {
        const char *text;
        igd_code code;
        bool transient;
    } rows[] = {
        {"LOADING Redis is loading the dataset in memory", IGD_E_UNREACHABLE, true},
        {"NOAUTH Authentication required.", IGD_E_UNREACHABLE, false},
        {"ERR invalid password", IGD_E_UNREACHABLE, false},
        {"ERR DB index is out of range", IGD_E_UNREACHABLE, false},
        {"ERR max number of clients reached", IGD_E_UNREACHABLE, true},
        {"READONLY You can't write against a read only replica.", IGD_E_TARGET, true},
        {"OOM command not allowed when used memory > 'maxmemory'. script: 1, on @user_script:1.",
         IGD_E_TARGET, false},
        {"ERR Error running script (call to f_1): @user_script:4: -READONLY You can't write",
         IGD_E_TARGET, true},
        {"ERR Error running script (call to f_1): @user_script: 4: -OOM command not allowed",
         IGD_E_TARGET, false},
        {"CLUSTERDOWN Hash slot not served", IGD_E_UNREACHABLE, true},
        {"CLUSTERDOWN The cluster is down", IGD_E_UNREACHABLE, true},
        {"TRYAGAIN Multiple keys request during rehashing of slot", IGD_E_UNREACHABLE, true},
        {"MOVED 3999 127.0.0.1:6381", IGD_E_CONFIG, false},
        {"ERR unknown command", IGD_E_TARGET, false},
        {"BUSYKEY Target key name already exists.", IGD_E_TARGET, false},
    };
    for (size_t n = 0; n < IGD_COUNT(rows); n++) {
        igd_error err;
        assert_int_equal(check(rows[n].text, &err), rows[n].code);
        assert_int_equal(err.transient, rows[n].transient);
        assert_non_null(strstr(err.message, rows[n].text));
    }
    redisReply fine = {.type = REDIS_REPLY_STATUS};
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(igd_redis_check(&fine, &err), IGD_OK);
}

static void literals(void **state IGD_UNUSED)
{
    igd_buf text = IGD_BUF_INIT;
    igd_redis_put_literal(&text, (igd_str){"a*b?[c]\\d\0^-", 12});
    assert_int_equal(text.len, 17);
    assert_memory_equal(text.ptr, "a\\*b\\?\\[c\\]\\\\d\0^-", 17);
    igd_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors),
        cmocka_unit_test(literals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
