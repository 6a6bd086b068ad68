/*
 * What the engines with a server share: a new database of its own for each test, at the server that
 * the engine's environment variable names (tests/support/engine.h).
 */
#ifndef IGD_TESTS_CONFORMANCE_DRIVERS_SERVER_H
#define IGD_TESTS_CONFORMANCE_DRIVERS_SERVER_H

#include "../suite.h"

bool server_create(const engine *e, igd_arena *mem, igd_str *url);
void server_destroy(const engine *e, igd_str url);
void server_sql(const engine *e, igd_str url, const char *statements);
igd_str server_ask(const engine *e, igd_str url, const char *query, igd_arena *mem);

#define SERVER_ROW_OF_SUITE \
    .create = server_create, .destroy = server_destroy, .sql = server_sql, .ask = server_ask

#endif
