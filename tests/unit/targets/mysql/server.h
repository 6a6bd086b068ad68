/*
 * A database at each of the servers that $IGD_TEST_MARIADB and $IGD_TEST_MYSQL name, for the tests
 * of this folder: every test runs on each; they are skipped (77) where there is none.
 */
#ifndef IGD_TESTS_UNIT_MYSQL_SERVER_H
#define IGD_TESTS_UNIT_MYSQL_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka.h"
#include "targets/mysql/mysql.h"
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

/* For main: the group on each server that is there. */
#define SERVER_RUN_GROUP(name, tests)                                                              \
    do {                                                                                           \
        static const engine *const all[] = {&engine_mariadb, &engine_mysql};                       \
        int failed = 0, ran = 0;                                                                   \
        for (size_t n = 0; n < IGD_COUNT(all); n++) {                                              \
            const char *url = getenv(all[n]->variable);                                            \
            server = all[n];                                                                       \
            if (url && *url) {                                                                     \
                failed += cmocka_run_group_tests_name(name, tests, server_setup, server_teardown); \
                ran++;                                                                             \
            } else {                                                                               \
                fprintf(stderr, "SKIPPED: %s names no server\n", all[n]->variable);                \
            }                                                                                      \
        }                                                                                          \
        return failed ? 1 : ran ? 0 : 77;                                                          \
    } while (0)

/* Runs statements as somebody else would. */
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

IGD_UNUSED static igd_mysql *opened(igd_open_mode mode)
{
    igd_target *target = NULL;
    if (try_open("", mode, &target) != IGD_OK)
        fail_msg("%s", err.message);
    return (igd_mysql *)target;
}

#define need(call)                                  \
    do {                                            \
        err = IGD_ERROR_INIT;                       \
        if ((call) != IGD_OK)                       \
            fail_msg("%s: %s", #call, err.message); \
    } while (0)

#endif
