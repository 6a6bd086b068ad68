/*
 * Whom a URL and the variables of Consul's own client name, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cmocka.h"
#include "targets/consul/consul.h"

static igd_arena *mem;
static igd_error err;
static igd_consul it;
static igd_http_options options;

static const char *const variables[] = {
    "CONSUL_HTTP_ADDR", "CONSUL_HTTP_SSL",    "CONSUL_HTTP_TOKEN", "CONSUL_NAMESPACE",
    "CONSUL_CACERT",    "CONSUL_CLIENT_CERT", "CONSUL_CLIENT_KEY",
};

static int setup(void **state IGD_UNUSED)
{
    for (size_t n = 0; n < IGD_COUNT(variables); n++)
        unsetenv(variables[n]);
    mem = igd_arena_new();
    return 0;
}

static int teardown(void **state IGD_UNUSED)
{
    igd_buf_free(&it.header);
    igd_arena_free(mem);
    return 0;
}

static int read_options(const char *text)
{
    igd_url url;
    igd_buf_free(&it.header);
    it = (igd_consul){.header = IGD_BUF_INIT};
    it.kv.mem = mem;
    err = IGD_ERROR_INIT;
    assert_int_equal(igd_url_parse(igd_str_from(text), mem, &url, &err), IGD_OK);
    it.kv.space.prefix = it.kv.books.prefix = url.path;
    return igd_consul_options(&it, &url, &options, &err);
}

static void need_server(const char *text, const char *server)
{
    if (read_options(text))
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(options.urls.len, 1);
    assert_string_equal(options.urls.items[0].ptr, server);
}

static void need_refused(const char *text)
{
    if (read_options(text) != IGD_E_CONFIG)
        fail_msg("%s is taken", text);
}

static void servers(void **state IGD_UNUSED)
{
    need_server("consul://one/p", "http://one:8500");
    need_server("consul://one:1/p", "http://one:1");
    need_server("consuls://[::1]/p", "https://[::1]:8500");
    need_server("consul:///p", "http://127.0.0.1:8500");
    need_refused("consul://one,two/p");
    need_refused("consul://one:x/p");
    need_refused("consul://user@one/p");
    need_refused("consul://:secret@one/p");
}

static void the_address_of_the_environment(void **state IGD_UNUSED)
{
    setenv("CONSUL_HTTP_ADDR", "https://two:8501", 1);
    need_server("consul:///p", "https://two:8501");
    need_server("consul://one/p", "http://one:8500");
    setenv("CONSUL_HTTP_ADDR", "two", 1);
    need_server("consul:///p", "http://two:8500");
    setenv("CONSUL_HTTP_SSL", "true", 1);
    need_server("consul:///p", "https://two:8500");
    need_server("consul://one/p", "http://one:8500"); /* it is about that address */
    setenv("CONSUL_HTTP_ADDR", "unix:///run/consul.sock", 1);
    need_refused("consul:///p");
}

static void tokens(void **state IGD_UNUSED)
{
    assert_int_equal(read_options("consul://one/p"), IGD_OK);
    assert_int_equal(it.header.len, 0);
    setenv("CONSUL_HTTP_TOKEN", "abc\n", 1);
    assert_int_equal(read_options("consul://one/p"), IGD_OK);
    assert_string_equal(it.header.ptr, "X-Consul-Token: abc");
    assert_int_equal(read_options("consul://one/p?token=d%2Fe"), IGD_OK);
    assert_string_equal(it.header.ptr, "X-Consul-Token: d/e");
    /* No second header by a line feed, and no token in what is said about it. */
    need_refused("consul://one/p?token=sesame%0AX-Other: y");
    assert_null(strstr(err.message, "sesame"));
    assert_null(strstr(err.hint, "sesame"));
}

static void names(void **state IGD_UNUSED)
{
    assert_int_equal(read_options("consul://one/p?dc=eu-1&namespace=team_a"), IGD_OK);
    assert_true(igd_str_is(it.query, "&dc=eu-1"));
    assert_true(igd_str_is(it.namespace, "team_a"));
    setenv("CONSUL_NAMESPACE", "team", 1);
    assert_int_equal(read_options("consul://one/p"), IGD_OK);
    assert_true(igd_str_is(it.namespace, "team"));
    assert_int_equal(it.query.len, 0);
    need_refused("consul://one/p?dc=a%26b");
    need_refused("consul://one/p?namespace=a%22");
}

static void certificates(void **state IGD_UNUSED)
{
    setenv("CONSUL_CACERT", "ca", 1);
    setenv("CONSUL_CLIENT_CERT", "cert", 1);
    setenv("CONSUL_CLIENT_KEY", "key", 1);
    assert_int_equal(read_options("consuls://one/p?tls_cert=other"), IGD_OK);
    assert_string_equal(options.ca, "ca");
    assert_string_equal(options.cert, "other");
    assert_string_equal(options.key, "key");
    need_refused("consul://one/p?tls_ca=ca");
}

static void others(void **state IGD_UNUSED)
{
    need_refused("consul://one/p?stale=1");
    need_refused("consul://one/p?lease=0");
    need_refused("consul://one/a%FF"); /* keys are JSON */
    assert_int_equal(read_options("consul://one/p?lease=20"), IGD_OK);
    assert_int_equal(it.lease_ms, 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(servers, setup, teardown),
        cmocka_unit_test_setup_teardown(the_address_of_the_environment, setup, teardown),
        cmocka_unit_test_setup_teardown(tokens, setup, teardown),
        cmocka_unit_test_setup_teardown(names, setup, teardown),
        cmocka_unit_test_setup_teardown(certificates, setup, teardown),
        cmocka_unit_test_setup_teardown(others, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
