/*
 * MariaDB and MySQL for tests, through Connector/C (engine.h).
 *
 * Sessions of others understand standard SQL: "names", 'a' || 'b', backslashes that are no escapes.
 */
#include <mysql.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/engine.h"

/* "user:password@host:port" of a URL in parts; they are as they are written. */
typedef struct place {
    char user[64], password[64], host[128];
    unsigned port;
} place;

static place place_of(const char *url)
{
    place p = {.port = 3306};
    char user[192] = "", host[192] = "";
    const char *authority = strstr(url, "://") + strlen("://");
    const char *at = strchr(authority, '@');
    if (at)
        snprintf(user, sizeof(user), "%.*s", (int)(at - authority), authority);
    at = at ? at + 1 : authority;
    snprintf(host, sizeof(host), "%.*s", (int)strcspn(at, "/?"), at);
    snprintf(p.user, sizeof(p.user), "%.*s", (int)strcspn(user, ":"), user);
    if (strchr(user, ':'))
        snprintf(p.password, sizeof(p.password), "%s", strchr(user, ':') + 1);
    snprintf(p.host, sizeof(p.host), "%.*s", (int)strcspn(host, ":"), host);
    if (strchr(host, ':'))
        p.port = (unsigned)strtoul(strchr(host, ':') + 1, NULL, 10);
    return p;
}

static MYSQL *connect_to(const char *url, const char *database)
{
    place p = place_of(url);
    MYSQL *db = mysql_init(NULL);
    mysql_options(db, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(db, MYSQL_INIT_COMMAND,
                  "SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,"
                  "STRICT_ALL_TABLES,ALLOW_INVALID_DATES', group_concat_max_len = 1000000");
    mysql_real_connect(db, p.host, p.user, p.password, database, p.port, NULL,
                       CLIENT_MULTI_STATEMENTS);
    return db;
}

/* All results; the first value of the first row of the first one goes to *value. */
static char *run_on(MYSQL *db, const char *sql, char **value)
{
    if (value)
        *value = NULL;
    bool connected = mysql_thread_id(db) != 0;
    int more = connected ? mysql_real_query(db, sql, strlen(sql)) : 1;
    for (; more == 0; more = mysql_next_result(db)) {
        MYSQL_RES *result = mysql_store_result(db);
        MYSQL_ROW row = result && value && !*value ? mysql_fetch_row(result) : NULL;
        if (row && row[0])
            *value = strdup(row[0]);
        mysql_free_result(result);
    }
    return more == -1 ? NULL : strdup(mysql_error(db));
}

static char *run(const char *url, const char *sql, char **value)
{
    char *name = engine_database(url);
    MYSQL *db = connect_to(url, name);
    char *wrong = run_on(db, sql, value);
    mysql_close(db);
    free(name);
    return wrong;
}

static char *run_with(MYSQL *db, char **value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static char *run_with(MYSQL *db, char **value, const char *format, ...)
{
    char *sql = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&sql, format, args) < 0)
        abort();
    va_end(args);
    char *wrong = run_on(db, sql, value);
    free(sql);
    return wrong;
}

static char *create(const char *url)
{
    char *name = engine_database(url);
    MYSQL *db = connect_to(url, NULL);
    char *wrong = run_with(db, NULL, "CREATE DATABASE %s", name);
    mysql_close(db);
    free(name);
    return wrong;
}

/* Sessions that were left would keep the tables locked. */
static char *drop(const char *url)
{
    char *name = engine_database(url), *wrong, *session = NULL;
    MYSQL *db = connect_to(url, NULL);
    while (!(wrong = run_with(db, &session,
                              "SELECT id FROM information_schema.processlist WHERE db = '%s' "
                              "LIMIT 1",
                              name)) &&
           session) {
        free(run_with(db, NULL, "KILL %s", session)); /* it may be gone by itself */
        free(session);
    }
    if (!wrong)
        wrong = run_with(db, NULL, "DROP DATABASE IF EXISTS %s", name);
    mysql_close(db);
    free(name);
    return wrong;
}

/* One table after the other: definition, then rows. */
static char *copy_table(MYSQL *db, const char *from, const char *to, const char *table)
{
    char *definition = NULL, *wrong = NULL, *sql = NULL;
    if (asprintf(&sql, "SHOW CREATE TABLE %s.\"%s\"", from, table) < 0)
        abort();
    if (mysql_real_query(db, sql, strlen(sql)) == 0) {
        MYSQL_RES *result = mysql_store_result(db);
        definition = strdup(mysql_fetch_row(result)[1]);
        mysql_free_result(result);
        wrong = run_with(db, NULL, "USE %s", to);
    } else {
        wrong = strdup(mysql_error(db));
    }
    if (!wrong)
        wrong = run_on(db, definition, NULL);
    if (!wrong)
        wrong = run_with(db, NULL, "INSERT INTO %s.\"%s\" SELECT * FROM %s.\"%s\"", to, table, from,
                         table);
    free(definition);
    free(sql);
    return wrong;
}

static char *copy(const char *from, const char *url)
{
    char *wrong = create(url), *source = engine_database(from), *name = engine_database(url);
    char *tables = NULL;
    MYSQL *db = connect_to(url, NULL);
    if (!wrong)
        wrong = run_with(db, &tables,
                         "SELECT group_concat(table_name SEPARATOR '\n') FROM "
                         "information_schema.tables WHERE table_schema = '%s'; "
                         "SET foreign_key_checks = 0",
                         source);
    for (char *rest = tables, *table; !wrong && (table = strsep(&rest, "\n"));)
        wrong = copy_table(db, source, name, table);
    mysql_close(db);
    free(tables);
    free(source);
    free(name);
    return wrong;
}

static const engine_word mariadb_words[] = {
    {"key", "varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"},
    {NULL, NULL},
};

static const engine_word mysql_words[] = {
    {"key", "varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin"},
    {NULL, NULL},
};

static const engine_word words[] = {
    {"text", "varchar(100) CHARACTER SET utf8mb4"},
    {"list", "group_concat(#1)"},
    {"lines", "SELECT group_concat(#1 ORDER BY #3 SEPARATOR '\n') FROM #2"},
    {"any_dates", "SET sql_mode = '';"},
    {"keys_off", "SET foreign_key_checks = 0;"},
    {"drop_index", "DROP INDEX #1 ON #2"},
    {"drop_table", "DROP TABLE #1"},
    {"one_in_three", "rand() * 3 < 1"},
    {"if_text_index", ""},
    {"tables", "(SELECT table_name AS name FROM information_schema.tables WHERE table_schema = "
               "database() AND table_type = 'BASE TABLE') AS tables"},
    {"columns", "(SELECT table_name AS tab, column_name AS name FROM information_schema.columns "
                "WHERE table_schema = database()) AS columns"},
    {NULL, NULL},
};

#define MYSQL_ENGINE .more = words, .run = run, .create = create, .drop = drop, .copy = copy

const engine engine_mariadb = {
    .name = "mariadb", .variable = "IGD_TEST_MARIADB", .words = mariadb_words, MYSQL_ENGINE};
const engine engine_mysql = {
    .name = "mysql", .variable = "IGD_TEST_MYSQL", .words = mysql_words, MYSQL_ENGINE};
