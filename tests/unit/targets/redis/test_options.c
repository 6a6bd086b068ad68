/*
 * What redis://, rediss:// and redis+cluster:// URLs say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cmocka.h"
#include "targets/redis/options.h"

static igd_arena *mem;
static igd_error err;

static int setup(void **state IGD_UNUSED)
{
    mem = igd_arena_new();
    unsetenv("REDISCLI_AUTH");
    return 0;
}

static int teardown(void **state IGD_UNUSED)
{
    igd_arena_free(mem);
    return 0;
}

static int read_url(const char *text, igd_redis_options *out)
{
    igd_url url;
    err = IGD_ERROR_INIT;
    assert_int_equal(igd_url_parse(igd_str_from(text), mem, &url, &err), IGD_OK);
    return igd_redis_options_read(&url, mem, out, &err);
}

static const char *prefix_of(const char *text)
{
    igd_url url;
    assert_int_equal(igd_url_parse(igd_str_from(text), mem, &url, &err), IGD_OK);
    return igd_arena_cstr(mem, igd_redis_path_prefix(&url));
}

static void parts(void **state IGD_UNUSED)
{
    igd_redis_options o;
    assert_int_equal(read_url("redis://me:s%40cret@[::1]:6390/12/shop?timeout=1.5&lease=2", &o),
                     IGD_OK);
    assert_string_equal(o.user, "me");
    assert_string_equal(o.password, "s@cret");
    assert_string_equal(o.host, "::1");
    assert_string_equal(o.port, "6390");
    assert_string_equal(o.database, "12");
    assert_int_equal(o.tls, IGD_REDIS_TLS_OFF);
    assert_int_equal(o.timeout_ms, 1500);
    assert_int_equal(o.lease_ms, 2000);

    assert_int_equal(read_url("redis://:pw@db", &o), IGD_OK);
    assert_null(o.user);
    assert_string_equal(o.password, "pw");
    assert_string_equal(o.port, "6379");
    assert_string_equal(o.database, "0");
    assert_int_equal(o.lease_ms, 60000);

    assert_int_equal(read_url("redis:///2?socket=/run/r.sock", &o), IGD_OK);
    assert_string_equal(o.socket, "/run/r.sock");
    assert_string_equal(o.host, "127.0.0.1");
    assert_null(o.password);
}

static void prefixes(void **state IGD_UNUSED)
{
    assert_string_equal(prefix_of("redis://h/0/shop:eu"), "shop:eu");
    assert_string_equal(prefix_of("redis://h/0/a/b"), "a/b");
    assert_string_equal(prefix_of("redis://h/0/"), "");
    assert_string_equal(prefix_of("redis://h/0"), "");
    assert_string_equal(prefix_of("redis://h"), "");
}

static void clusters(void **state IGD_UNUSED)
{
    igd_redis_options o;
    assert_int_equal(read_url("redis+cluster://:pw@a:1,b,[::1]:3/shop?lease=2", &o), IGD_OK);
    assert_true(o.cluster);
    assert_false(o.tag_collections);
    assert_int_equal(o.seed_count, 3);
    assert_string_equal(o.seeds[0].host, "a");
    assert_string_equal(o.seeds[0].port, "1");
    assert_string_equal(o.seeds[1].host, "b");
    assert_string_equal(o.seeds[1].port, "6379");
    assert_string_equal(o.seeds[2].host, "::1");
    assert_string_equal(o.seeds[2].port, "3");
    assert_string_equal(o.database, "0");
    assert_int_equal(o.tls, IGD_REDIS_TLS_OFF);
    assert_int_equal(read_url("rediss+cluster://a/?hash_tag=collection&tls=required", &o), IGD_OK);
    assert_int_equal(o.tls, IGD_REDIS_TLS_REQUIRED);
    assert_true(o.tag_collections);
    assert_string_equal(prefix_of("redis+cluster://a,b/shop/eu"), "shop/eu");
    assert_string_equal(prefix_of("redis+cluster://a,b"), "");
    assert_int_equal(read_url("redis://h/0/shop", &o), IGD_OK);
    assert_false(o.cluster);
}

static void passwords(void **state IGD_UNUSED)
{
    igd_redis_options o;
    setenv("REDISCLI_AUTH", "ambient", 1);
    assert_int_equal(read_url("redis://me@h/0", &o), IGD_OK);
    assert_string_equal(o.password, "ambient");
    assert_int_equal(read_url("redis://me:own@h/0", &o), IGD_OK);
    assert_string_equal(o.password, "own");
    assert_int_equal(read_url("redis://me:@h/0", &o), IGD_OK);
    assert_string_equal(o.password, "");
}

static void tls(void **state IGD_UNUSED)
{
    igd_redis_options o;
    assert_int_equal(read_url("rediss://h/0", &o), IGD_OK);
    assert_int_equal(o.tls, IGD_REDIS_TLS_VERIFY);
    assert_int_equal(read_url("rediss://h/0?tls=required", &o), IGD_OK);
    assert_int_equal(o.tls, IGD_REDIS_TLS_REQUIRED);
    assert_int_equal(read_url("rediss://h/0?tls_ca=/ca&tls_cert=/c&tls_key=/k", &o), IGD_OK);
    assert_string_equal(o.tls_ca, "/ca");
    assert_string_equal(o.tls_cert, "/c");
    assert_string_equal(o.tls_key, "/k");
}

static void what_is_refused(void **state IGD_UNUSED)
{
    static const char *const urls[] = {
        "redis://h:0/0",          "redis://h:65536/0",
        "redis://h:x/0",          "redis://h:/0",
        "redis://h/one",          "redis://h/-1",
        "redis://h/123456",       "redis://a:1,b:2/0",
        "redis://h/0?tls=verify", "redis://h/0?tls_ca=/ca",
        "rediss://h/0?tls=off",   "rediss://h/0?tls_cert=/c",
        "redis://h/0?lease=0",    "redis://h/0?no_such=1",
        "rediss:///0?socket=/s",  "redis://h/0?timeout=soon",
        "redis+cluster://h/0",    "redis+cluster://h/0/shop",
        "redis+cluster://a,b:x/", "redis+cluster:///?socket=/s",
        "redis://h/0?hash_tag=1", "redis+cluster://h/?tls=verify",
    };
    for (size_t n = 0; n < IGD_COUNT(urls); n++) {
        igd_redis_options o;
        if (read_url(urls[n], &o) != IGD_E_CONFIG)
            fail_msg("%s is taken", urls[n]);
        assert_true(err.message[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts), cmocka_unit_test(prefixes),        cmocka_unit_test(passwords),
        cmocka_unit_test(tls),   cmocka_unit_test(what_is_refused), cmocka_unit_test(clusters),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
