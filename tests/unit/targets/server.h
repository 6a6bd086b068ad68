/*
 * A database at a server of the engine under test, for the unit tests of drivers. `server` says
 * which engine: a test program runs its group on each that is there.
 */
#ifndef IGD_TESTS_UNIT_SERVER_H
#define IGD_TESTS_UNIT_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka.h"
#include "targets/target.h"
#include "tests/support/engine.h"

static const engine *server;
static char *server_url;
static igd_arena *mem;
static igd_error err;

IGD_UNUSED static int server_setup(void **state IGD_UNUSED)
{
    char name[64];
    snprintf(name, sizeof(name), "igd_unit_%ld", (long)getpid());
    server_url = engine_url(server, name);
    mem = igd_arena_new();
    char *wrong = server->drop(server_url);
    if (!wrong)
        wrong = server->create(server_url);
    if (wrong)
        fprintf(stderr, "%s", wrong);
    return wrong ? -1 : 0;
}

IGD_UNUSED static int server_teardown(void **state IGD_UNUSED)
{
    char *wrong = server->drop(server_url);
    free(server_url);
    igd_arena_free(mem);
    return wrong ? -1 : 0;
}

/* Whether there is one of the engine, which the tests are for from here on. */
IGD_UNUSED static bool server_is(const engine *which)
{
    const char *url = getenv(which->variable);
    server = which;
    if (url && *url)
        return true;
    fprintf(stderr, "SKIPPED: %s names no server\n", which->variable);
    return false;
}

/* Runs statements as somebody else would. */
IGD_UNUSED static void server_run(const char *sql)
{
    char *wrong = server->run(server_url, sql, NULL);
    if (wrong)
        fail_msg("%s: %s", sql, wrong);
}

IGD_UNUSED static igd_str server_ask(const char *sql)
{
    char *value = NULL, *wrong = server->run(server_url, sql, &value);
    if (wrong)
        fail_msg("%s: %s", sql, wrong);
    igd_str answer = value ? igd_arena_str(mem, igd_str_from(value)) : IGD_STR("(none)");
    free(value);
    return answer;
}

/* `more` goes behind the URL's parameters: "&tls=off". */
IGD_UNUSED static int try_open(const char *more, igd_open_mode mode, igd_target **out)
{
    igd_target_config config = {.mode = mode, .run_id = "run", .batch_rows = 100};
    igd_str url = igd_arena_printf(mem, "%s%s", server_url, more);
    int rc = igd_url_parse(url, mem, &config.url, &err);
    return rc ? rc : igd_target_open(&config, out, &err);
}

#define need(call)                                  \
    do {                                            \
        err = IGD_ERROR_INIT;                       \
        if ((call) != IGD_OK)                       \
            fail_msg("%s: %s", #call, err.message); \
    } while (0)

#endif
