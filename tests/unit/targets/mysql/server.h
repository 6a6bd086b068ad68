/*
 * A database at each of the servers that $IGD_TEST_MARIADB and $IGD_TEST_MYSQL name, for the tests
 * of this folder: every test runs on each; they are skipped (77) where there is none.
 */
#ifndef IGD_TESTS_UNIT_MYSQL_SERVER_H
#define IGD_TESTS_UNIT_MYSQL_SERVER_H

#include "targets/mysql/mysql.h"
#include "tests/unit/targets/server.h"

/* For main: the group on each server that is there. */
#define SERVER_RUN_GROUP(name, tests)                                                          \
    do {                                                                                       \
        static const engine *const all[] = {&engine_mariadb, &engine_mysql};                   \
        int failed = 0, ran = 0;                                                               \
        for (size_t n = 0; n < IGD_COUNT(all); n++) {                                          \
            if (!server_is(all[n]))                                                            \
                continue;                                                                      \
            failed += cmocka_run_group_tests_name(name, tests, server_setup, server_teardown); \
            ran++;                                                                             \
        }                                                                                      \
        return failed ? 1 : ran ? 0 : 77;                                                      \
    } while (0)

IGD_UNUSED static igd_mysql *opened(igd_open_mode mode)
{
    igd_target *target = NULL;
    if (try_open("", mode, &target) != IGD_OK)
        fail_msg("%s", err.message);
    return (igd_mysql *)target;
}

#endif
