/*
 * What libpq is told of a URL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka.h"
#include "targets/postgres/postgres.h"

static igd_arena *mem;
static igd_error err;

static int setup(void **state IGD_UNUSED)
{
    mem = igd_arena_new();
    unsetenv("PGCONNECT_TIMEOUT");
    unsetenv("PGTARGETSESSIONATTRS");
    return 0;
}

static int teardown(void **state IGD_UNUSED)
{
    igd_arena_free(mem);
    return 0;
}

/* "keyword=value;" of each but those that all have. */
static int told(const char *url, igd_open_mode mode, const char **out)
{
    igd_target_config config = {.mode = mode, .run_id = "run"};
    const char **keywords, **values;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    int rc = igd_url_parse(igd_str_from(url), mem, &config.url, &err);
    if (!rc)
        rc = igd_pg_conninfo(&config, mem, &keywords, &values, &err);
    for (size_t n = 0; !rc && keywords[n]; n++)
        if (strcmp(keywords[n], "application_name") != 0 &&
            strcmp(keywords[n], "client_encoding") != 0 &&
            strcmp(keywords[n], "connect_timeout") != 0)
            igd_buf_printf(&text, "%s=%s;", keywords[n], values[n]);
    *out = igd_arena_cstr(mem, igd_buf_view(&text));
    return rc;
}

static void need_told(const char *url, igd_open_mode mode, const char *wanted)
{
    const char *got;
    if (told(url, mode, &got) != IGD_OK)
        fail_msg("%s: %s", url, err.message);
    assert_string_equal(got, wanted);
}

static void need_refused(const char *url, const char *words)
{
    const char *got;
    assert_int_equal(told(url, IGD_OPEN_READ, &got), IGD_E_CONFIG);
    if (!strstr(err.message, words))
        fail_msg("%s: %s", url, err.message);
    assert_true(err.hint[0]);
}

static void urls(void **state IGD_UNUSED)
{
    need_told("postgres://", IGD_OPEN_READ, "");
    need_told("postgresql://u:p%40ss@h:5433/d%20b", IGD_OPEN_READ,
              "host=h;port=5433;user=u;password=p@ss;dbname=d b;");
    need_told("postgres://h/db", IGD_OPEN_WRITE, "host=h;dbname=db;");
    need_told("postgres://h/", IGD_OPEN_WRITE, "host=h;");
    need_told("postgres://u:@h/db", IGD_OPEN_WRITE, "host=h;user=u;password=;dbname=db;");
    need_told("postgres:///db?host=/run/pg&port=1", IGD_OPEN_READ,
              "dbname=db;host=/run/pg;port=1;");
    need_told("postgres://%2Frun%2Fpg/db", IGD_OPEN_READ, "host=/run/pg;dbname=db;");
    need_told("postgres://[::1]:5433/db", IGD_OPEN_READ, "host=::1;port=5433;dbname=db;");
    need_told("postgres://[::1]/db", IGD_OPEN_READ, "host=::1;dbname=db;");
    /* What looks like a connection string is the name of a database. */
    need_told("postgres://h/host=evil%20user=x", IGD_OPEN_READ, "host=h;dbname=host=evil user=x;");
}

static void several_hosts(void **state IGD_UNUSED)
{
    need_told("postgres://a:1,b,[::2]:3/db", IGD_OPEN_READ, "host=a,b,::2;port=1,,3;dbname=db;");
    need_told("postgres://a,b/db", IGD_OPEN_READ, "host=a,b;dbname=db;");
    need_told("postgres://a,b/db", IGD_OPEN_WRITE,
              "host=a,b;dbname=db;target_session_attrs=read-write;");
    need_told("postgres://a,b/db?target_session_attrs=any", IGD_OPEN_WRITE,
              "host=a,b;dbname=db;target_session_attrs=any;");
    setenv("PGTARGETSESSIONATTRS", "primary", 1);
    need_told("postgres://a,b/db", IGD_OPEN_WRITE, "host=a,b;dbname=db;");
    unsetenv("PGTARGETSESSIONATTRS");
    need_refused("postgres://[::1/db", "bracket");
}

static void parameters(void **state IGD_UNUSED)
{
    need_told("postgres://h/db?schema=s&timeout=3&sslmode=verify-full&sslrootcert=/ca.pem"
              "&options=-c%20geqo%3Doff",
              IGD_OPEN_READ,
              "host=h;dbname=db;sslmode=verify-full;sslrootcert=/ca.pem;options=-c geqo=off;");
    need_told("postgres://?user=u&password=p&dbname=d&service=s", IGD_OPEN_READ,
              "user=u;password=p;dbname=d;service=s;");
    need_refused("postgres://h/db?ssl_mode=x", "'ssl_mode'");
    need_refused("postgres://h/db?client_encoding=latin1", "'client_encoding'");
    need_refused("postgres://h/db?application_name=x", "'application_name'");
    need_refused("postgres://h/db?replication=database", "'replication'");
}

/* A server that is not there is not waited for without an end; who says how long is heard. */
static void time_to_connect(void **state IGD_UNUSED)
{
    static const struct {
        const char *url, *variable, *wanted;
    } cases[] = {{"postgres://h/db", NULL, "10"},
                 {"postgres://h/db?connect_timeout=3", NULL, "3"},
                 {"postgres://h/db", "7", NULL}};
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        igd_target_config config = {.run_id = "run"};
        const char **keywords, **values, *got = NULL;
        if (cases[n].variable)
            setenv("PGCONNECT_TIMEOUT", cases[n].variable, 1);
        assert_int_equal(igd_url_parse(igd_str_from(cases[n].url), mem, &config.url, &err), IGD_OK);
        assert_int_equal(igd_pg_conninfo(&config, mem, &keywords, &values, &err), IGD_OK);
        for (size_t k = 0; keywords[k]; k++)
            if (strcmp(keywords[k], "connect_timeout") == 0)
                got = values[k];
        if (cases[n].wanted)
            assert_string_equal(got, cases[n].wanted);
        else
            assert_null(got);
    }
    unsetenv("PGCONNECT_TIMEOUT");
}

static void whose_a_session_is(void **state IGD_UNUSED)
{
    char name[IGD_PG_NAME_MAX];
    igd_lock_holder holder = {0};
    igd_pg_session_name("0123456789abcdef-1234567", name);
    assert_true(strlen(name) < IGD_PG_NAME_MAX);
    assert_true(igd_pg_session_parse(igd_str_from(name), mem, &holder));
    assert_true(igd_str_is(holder.run_id, "0123456789abcdef-1234567"));
    assert_int_equal(holder.pid, getpid());
    assert_true(holder.host.len > 0);
    /* However long an id is: the rest is there. */
    igd_pg_session_name("an id that is very much longer than any that we make, indeed", name);
    assert_true(strlen(name) < IGD_PG_NAME_MAX);
    igd_pg_session_name(NULL, name);
    assert_true(igd_pg_session_parse(igd_str_from(name), mem, &holder));
    assert_true(igd_str_is(holder.run_id, "-"));
    assert_false(igd_pg_session_parse(IGD_STR("psql"), mem, &holder));
    assert_false(igd_pg_session_parse(IGD_STR("ingitdb "), mem, &holder));
    assert_false(igd_pg_session_parse(IGD_STR(""), mem, &holder));
}

static void states_as_numbers(void **state IGD_UNUSED)
{
    assert_int_equal(igd_pg_native("00000"), 0);
    assert_int_equal(igd_pg_native("23505"), 83906754); /* ERRCODE_UNIQUE_VIOLATION */
    assert_int_equal(igd_pg_native(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls),
        cmocka_unit_test(several_hosts),
        cmocka_unit_test(parameters),
        cmocka_unit_test(time_to_connect),
        cmocka_unit_test(whose_a_session_is),
        cmocka_unit_test(states_as_numbers),
    };
    return cmocka_run_group_tests_name("postgres conninfo", tests, setup, teardown);
}
