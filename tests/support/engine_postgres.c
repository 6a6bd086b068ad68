/*
 * PostgreSQL for tests, through libpq (engine.h).
 */
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/engine.h"

static void be_silent(void *payload, const char *message)
{
    (void)payload;
    (void)message;
}

static char *run(const char *url, const char *sql, char **value)
{
    char *client = engine_client_url(url), *wrong = NULL;
    PGconn *db = PQconnectdb(client);
    PQsetNoticeProcessor(db, be_silent, NULL);
    PGresult *result = PQexec(db, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
        wrong = strdup(PQerrorMessage(db));
    if (value)
        *value = !wrong && PQntuples(result) > 0 && !PQgetisnull(result, 0, 0)
                     ? strdup(PQgetvalue(result, 0, 0))
                     : NULL;
    PQclear(result);
    PQfinish(db);
    free(client);
    return wrong;
}

/* A statement about databases, at the one that the variable names. */
static char *administer(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *administer(const char *format, ...)
{
    char *sql = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&sql, format, args) < 0)
        abort();
    va_end(args);
    char *wrong = run(getenv("IGD_TEST_POSTGRES"), sql, NULL);
    free(sql);
    return wrong;
}

static char *create(const char *url)
{
    char *name = engine_database(url);
    char *wrong = administer("CREATE DATABASE %s", name);
    free(name);
    return wrong;
}

static char *drop(const char *url)
{
    char *name = engine_database(url);
    char *wrong = administer("DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
    free(name);
    return wrong;
}

static char *copy(const char *from, const char *url)
{
    char *source = engine_database(from), *name = engine_database(url);
    /* Nobody may be connected to it, and a session takes a moment to be gone. */
    char *wrong = administer("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE "
                             "datname = '%s'",
                             source);
    if (!wrong)
        wrong = administer("CREATE DATABASE %s TEMPLATE %s", name, source);
    free(source);
    free(name);
    return wrong;
}

static const engine_word words[] = {
    {"key", "text COLLATE \"C\""},
    {"text", "text"},
    {"list", "string_agg((#1)::text, ',')"},
    {"lines", "SELECT string_agg((#1)::text, chr(10) ORDER BY #3) FROM #2"},
    {"any_dates", ""},
    {"keys_off", "SET session_replication_role = replica;"},
    {"drop_index", "DROP INDEX #1"},
    {"drop_table", "DROP TABLE #1 CASCADE"},
    {"one_in_three", "random() * 3 < 1"},
    {"if_text_index", "#1"},
    {"tables", "(SELECT tablename::text AS name FROM pg_tables WHERE schemaname = "
               "current_schema()) AS tables"},
    {"columns", "(SELECT table_name::text AS tab, column_name::text AS name FROM "
                "information_schema.columns WHERE table_schema = current_schema()) AS columns"},
    {NULL, NULL},
};

const engine engine_postgres = {.name = "postgres",
                                .variable = "IGD_TEST_POSTGRES",
                                .words = words,
                                .run = run,
                                .create = create,
                                .drop = drop,
                                .copy = copy};
