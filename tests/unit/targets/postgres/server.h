/*
 * A database at the server that $IGD_TEST_POSTGRES names, for the tests of this folder; they are
 * skipped (77) where there is none.
 */
#ifndef IGD_TESTS_UNIT_POSTGRES_SERVER_H
#define IGD_TESTS_UNIT_POSTGRES_SERVER_H

#include "targets/postgres/postgres.h"
#include "tests/unit/targets/server.h"

/* For main. */
IGD_UNUSED static bool server_is_missing(void)
{
    return !server_is(&engine_postgres);
}

IGD_UNUSED static igd_pg *opened(const char *more, igd_open_mode mode)
{
    igd_target *target = NULL;
    if (try_open(more, mode, &target) != IGD_OK)
        fail_msg("%s", err.message);
    return (igd_pg *)target;
}

#endif
