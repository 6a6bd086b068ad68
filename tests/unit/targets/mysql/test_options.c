/*
 * What mysql:// URLs say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/mysql/options.h"

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

static int read_url(const char *text, igd_mysql_options *out)
{
    igd_url url;
    err = IGD_ERROR_INIT;
    assert_int_equal(igd_url_parse(igd_str_from(text), mem, &url, &err), IGD_OK);
    return igd_mysql_options_read(&url, mem, out, &err);
}

static void parts(void **state IGD_UNUSED)
{
    igd_mysql_options o;
    assert_int_equal(read_url("mysql://me:s%40cret@one:3307,[::1]:3308,two/shop", &o), IGD_OK);
    assert_string_equal(o.user, "me");
    assert_string_equal(o.password, "s@cret");
    assert_string_equal(o.database, "shop");
    assert_int_equal(o.host_count, 3);
    assert_string_equal(o.hosts[0].name, "one");
    assert_int_equal(o.hosts[0].port, 3307);
    assert_string_equal(o.hosts[1].name, "::1");
    assert_int_equal(o.hosts[1].port, 3308);
    assert_string_equal(o.hosts[2].name, "two");
    assert_int_equal(o.hosts[2].port, 0);
    assert_int_equal(o.timeout_ms, 30000);
    assert_null(o.defaults_group);

    assert_int_equal(read_url("mariadb:///shop?socket=/run/s.sock&timeout=1.5"
                              "&defaults_group=client",
                              &o),
                     IGD_OK);
    assert_null(o.user);
    assert_null(o.password);
    assert_int_equal(o.host_count, 1);
    assert_null(o.hosts[0].name);
    assert_string_equal(o.socket, "/run/s.sock");
    assert_string_equal(o.defaults_group, "client");
    assert_int_equal(o.timeout_ms, 1500);
}

static void encryption(void **state IGD_UNUSED)
{
    static const struct {
        const char *url;
        igd_mysql_tls tls;
    } cases[] = {
        {"mysql://localhost/x", IGD_MYSQL_TLS_OFF},
        {"mysql://127.0.0.1:1/x", IGD_MYSQL_TLS_OFF},
        {"mysql:///x?socket=/s", IGD_MYSQL_TLS_OFF},
        {"mysql://db.example.org/x", IGD_MYSQL_TLS_PREFERRED},
        {"mysql://localhost,db.example.org/x", IGD_MYSQL_TLS_PREFERRED},
        {"mysql://localhost/x?tls=required", IGD_MYSQL_TLS_REQUIRED},
        {"mysql://localhost/x?tls_cert=c.pem&tls_key=k.pem", IGD_MYSQL_TLS_REQUIRED},
        {"mysql://localhost/x?tls_ca=ca.pem", IGD_MYSQL_TLS_VERIFY},
        {"mysql://db.example.org/x?tls=off", IGD_MYSQL_TLS_OFF},
    };
    igd_mysql_options o;
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        assert_int_equal(read_url(cases[n].url, &o), IGD_OK);
        assert_int_equal(o.tls, cases[n].tls);
    }
}

static void mistakes(void **state IGD_UNUSED)
{
    static const struct {
        const char *url, *says;
    } cases[] = {
        {"mysql://h/", "database"},           {"mysql://h:0/x", "'0'"},
        {"mysql://h:65536/x", "'65536'"},     {"mysql://h:33a/x", "'33a'"},
        {"mysql://h/x?schema=s", "'schema'"}, {"mysql://h/x?tls=maybe", "maybe"},
        {"mysql://h/x?timeout=-1", "-1"},
    };
    igd_mysql_options o;
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        assert_int_equal(read_url(cases[n].url, &o), IGD_E_CONFIG);
        assert_non_null(strstr(err.message, cases[n].says));
        assert_true(err.hint[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts), cmocka_unit_test(encryption),
                                       cmocka_unit_test(mistakes)};
    return cmocka_run_group_tests_name("mysql URLs", tests, setup, teardown);
}
