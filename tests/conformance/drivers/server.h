/*
 * What the engines with a server share: a new database of its own for each test, at the server that
 * an environment variable names.
 */
#ifndef IGD_TESTS_CONFORMANCE_DRIVERS_SERVER_H
#define IGD_TESTS_CONFORMANCE_DRIVERS_SERVER_H

#include "../suite.h"

/* The URL of a database that is not there yet, at the server that $VARIABLE names; its name goes to
 * `name`. False, and says so, when the variable is not set. */
bool server_new_url(const char *variable, igd_arena *mem, igd_str *url, char name[64]);

/* The database that a URL of server_new_url names. */
void server_database_of(igd_str url, char name[64]);

/* The URL as it is without what server_new_url has added for drivers: for the client library. */
igd_str server_client_url(igd_str url, igd_arena *mem);

#endif
