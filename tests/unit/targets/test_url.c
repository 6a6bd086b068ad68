/*
 * Target URLs: parts, decoding, what must never be printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/url.h"

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

static igd_url parsed(const char *text)
{
    igd_url url;
    if (igd_url_parse(igd_str_from(text), mem, &url, &err) != IGD_OK)
        fail_msg("%s: %s", text, err.message);
    return url;
}

static void refused(const char *text, const char *why)
{
    igd_url url;
    assert_int_equal(igd_url_parse(igd_str_from(text), mem, &url, &err), IGD_E_CONFIG);
    if (!strstr(err.message, why))
        fail_msg("%s: %s", text, err.message);
}

static void files(void **state IGD_UNUSED)
{
    assert_true(igd_str_is(parsed("sqlite:rel.db").path, "rel.db"));
    assert_true(igd_str_is(parsed("sqlite:../a/b.db").path, "../a/b.db"));
    assert_true(igd_str_is(parsed("sqlite:/abs/b.db").path, "/abs/b.db"));
    igd_url url = parsed("SQLite:///abs/a%20b%25.db?timeout=3");
    assert_true(igd_str_is(url.scheme, "sqlite"));
    assert_true(igd_str_is(url.path, "/abs/a b%.db"));
    assert_int_equal(url.hosts.len, 0);
    assert_true(igd_str_is(igd_url_param_get(&url, "timeout"), "3"));
    assert_null(igd_url_param_get(&url, "other").ptr);
    assert_true(igd_str_is(parsed("sqlite://rel.db").hosts, "rel.db"));
}

static void servers(void **state IGD_UNUSED)
{
    igd_url url = parsed("postgres://us%40er:p%3Aw%2F@h1:5432,h2:5433/my%20db/x?a=1&b=&c&d=x%26y");
    assert_true(igd_str_is(url.user, "us@er"));
    assert_true(igd_str_is(url.password, "p:w/"));
    assert_true(igd_str_is(url.hosts, "h1:5432,h2:5433"));
    assert_true(igd_str_is(url.path, "my db/x"));
    assert_int_equal(url.params.len, 4);
    assert_non_null(igd_url_param_get(&url, "b").ptr);
    assert_true(igd_str_is(igd_url_param_get(&url, "d"), "x&y"));
    url = parsed("redis://:secret@h/0");
    assert_int_equal(url.user.len, 0);
    assert_true(url.has_password && igd_str_is(url.password, "secret"));
    url = parsed("mysql://u:@h");
    assert_true(url.has_password);
    assert_int_equal(url.password.len, 0);
    assert_int_equal(url.path.len, 0);
    assert_false(parsed("mysql://u@h/d").has_password);
    assert_true(igd_str_is(parsed("pg://u:a@b@h/d").password, "a@b"));
    assert_true(igd_str_is(parsed("redis+cluster://h1:1,h2:2").scheme, "redis+cluster"));
}

static void bad_ones(void **state IGD_UNUSED)
{
    refused("", "no scheme");
    refused("file.db", "no scheme");
    refused("C:\\db", "no scheme");
    refused("1ab:x", "no scheme");
    refused("a:b", "no scheme");
    refused("sqlite:a%2", "hex digits");
    refused("sqlite:a%", "hex digits");
    refused("sqlite:a%zz", "hex digits");
    refused("sqlite:a%00b", "NUL");
    refused("sqlite:a.db?x=1&x=2", "twice");
    refused("pg://u:pa#ss@h/d", "#");
    refused("pg://u:s3cret%@h/d", "password");
    assert_null(strstr(err.message, "s3cret"));
}

static void masks(const char *text, const char *expected)
{
    igd_str masked = igd_url_masked(igd_str_from(text), mem);
    assert_string_equal(masked.ptr, expected);
}

static void masking(void **state IGD_UNUSED)
{
    masks("postgres://u:secret@h/d?a=1", "postgres://u:***@h/d?a=1");
    masks("postgres://u@h/d", "postgres://u@h/d");
    masks("redis://:secret@h", "redis://:***@h");
    masks("pg://h/d?password=secret&x=1&Token=t&client_secret=s",
          "pg://h/d?password=***&x=1&Token=***&client_secret=***");
    masks("pg://h/d?pass%77ord=secret", "pg://h/d?pass%77ord=***");
    /* Those that do not parse. */
    masks("pg://u:se/cr?et#x@h/d", "pg://u:***@h/d");
    masks("pg://u:a%zz@h", "pg://u:***@h");
    masks("u:secret@h", "u:***@h");
    masks("sqlite:a@b:c.db?timeout=3", "sqlite:a@b:c.db?timeout=3");
    masks("", "");
}

static void params(void **state IGD_UNUSED)
{
    static const char *const known[] = {"timeout", "schema", NULL};
    static const char *const none[] = {NULL};
    igd_url url = parsed("pg://h?schema=a&timeout=1");
    assert_int_equal(igd_url_check_params(&url, known, &err), IGD_OK);
    assert_int_equal(igd_url_check_params(&url, none, &err), IGD_E_CONFIG);
    url = parsed("pg://h?shema=a");
    assert_int_equal(igd_url_check_params(&url, known, &err), IGD_E_CONFIG);
    assert_non_null(strstr(err.message, "'shema'"));
    assert_non_null(strstr(err.hint, "timeout, schema"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files),   cmocka_unit_test(servers), cmocka_unit_test(bad_ones),
        cmocka_unit_test(masking), cmocka_unit_test(params),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
