/*
 * MariaDB and MySQL in the suite, at the servers that $IGD_TEST_MARIADB and $IGD_TEST_MYSQL name
 * (URLs of users that may do everything).
 *
 * Sessions of others understand standard SQL: "names", 'a' || 'b', backslashes that are no escapes.
 */
#include <mysql.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

/* On the database of the URL, or on none. NULL, and says why, when it cannot. */
static MYSQL *connect_to(igd_str url, bool database)
{
    igd_arena *mem = igd_arena_new();
    igd_url parts;
    igd_error err = IGD_ERROR_INIT;
    if (igd_url_parse(url, mem, &parts, &err))
        fail_msg("%s", err.message);
    ptrdiff_t colon = igd_str_rfind(parts.hosts, ':');
    char host[128], port[16] = "3306", user[64], password[64], name[64];
    snprintf(host, sizeof(host), "%.*s", (int)(colon < 0 ? (ptrdiff_t)parts.hosts.len : colon),
             parts.hosts.ptr);
    if (colon >= 0)
        snprintf(port, sizeof(port), "%.*s", (int)parts.hosts.len - (int)colon - 1,
                 parts.hosts.ptr + colon + 1);
    snprintf(user, sizeof(user), "%.*s", IGD_STR_ARG(parts.user));
    snprintf(password, sizeof(password), "%.*s", IGD_STR_ARG(parts.password));
    snprintf(name, sizeof(name), "%.*s", IGD_STR_ARG(parts.path));
    MYSQL *db = mysql_init(NULL);
    mysql_options(db, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(db, MYSQL_INIT_COMMAND,
                  "SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,"
                  "STRICT_ALL_TABLES,ALLOW_INVALID_DATES', group_concat_max_len = 1000000");
    if (!mysql_real_connect(db, host, user, password, database ? name : NULL,
                            (unsigned)strtoul(port, NULL, 10), NULL, CLIENT_MULTI_STATEMENTS)) {
        fprintf(stderr, "%s:%s: %s\n", host, port, mysql_error(db));
        mysql_close(db);
        db = NULL;
    }
    igd_arena_free(mem);
    return db;
}

/* All results; the first value of the first row of the first one goes to `found`. */
static bool run(MYSQL *db, const char *text, igd_arena *mem, igd_str *found)
{
    int more = mysql_real_query(db, text, strlen(text));
    for (bool first = true; more == 0; more = mysql_next_result(db), first = false) {
        MYSQL_RES *result = mysql_store_result(db);
        MYSQL_ROW row = result && first && mem ? mysql_fetch_row(result) : NULL;
        if (row && row[0])
            *found = igd_arena_str(mem, (igd_str){row[0], mysql_fetch_lengths(result)[0]});
        mysql_free_result(result);
    }
    return more == -1; /* there are no more */
}

static bool create(const char *variable, igd_arena *mem, igd_str *url)
{
    char name[64], sql[128];
    if (!server_new_url(variable, mem, url, name))
        return false;
    MYSQL *db = connect_to(*url, false);
    if (!db)
        return false;
    snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
    bool ok = run(db, sql, NULL, NULL);
    if (!ok)
        fprintf(stderr, "%s: %s\n", variable, mysql_error(db));
    mysql_close(db);
    return ok;
}

static bool mariadb_create(igd_arena *mem, igd_str *url)
{
    return create("IGD_TEST_MARIADB", mem, url);
}

static bool mysql_create(igd_arena *mem, igd_str *url)
{
    return create("IGD_TEST_MYSQL", mem, url);
}

/* Sessions that were left would keep the tables locked. */
static void mysql_destroy(igd_str url)
{
    char name[64], sql[192];
    igd_arena *mem = igd_arena_new();
    server_database_of(url, name);
    MYSQL *db = connect_to(url, false);
    assert_non_null(db);
    for (;;) {
        igd_str session = {0};
        snprintf(sql, sizeof(sql),
                 "SELECT id FROM information_schema.processlist WHERE db = '%s' LIMIT 1", name);
        assert_true(run(db, sql, mem, &session));
        if (!session.len)
            break;
        snprintf(sql, sizeof(sql), "KILL %s", session.ptr);
        run(db, sql, NULL, NULL); /* it may be gone by itself */
    }
    snprintf(sql, sizeof(sql), "DROP DATABASE IF EXISTS %s", name);
    if (!run(db, sql, NULL, NULL))
        fail_msg("%s: %s", sql, mysql_error(db));
    mysql_close(db);
    igd_arena_free(mem);
}

static igd_str mysql_ask(igd_str url, const char *query, igd_arena *mem)
{
    igd_str found = {0};
    MYSQL *db = connect_to(url, true);
    assert_non_null(db);
    if (!run(db, query, mem, &found))
        fail_msg("%s: %s", query, mysql_error(db));
    mysql_close(db);
    return found;
}

static void mysql_sql(igd_str url, const char *statements)
{
    mysql_ask(url, statements, NULL);
}

static const suite_word_row mariadb_words[] = {
    {"key", "varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"},
    {"loose_json_shown", "<{\"b\": 1, \"a\":2}>"}, /* a text that is checked */
    {"loose_json_recorded", "\"{\\\"b\\\": 1}\""},
    {NULL, NULL},
};

static const suite_word_row mysql_words[] = {
    {"key", "varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin"},
    {"loose_json_shown", "{\"a\":2,\"b\":1}"}, /* a JSON has one form */
    {"loose_json_recorded", "{\"b\":1}"},
    {NULL, NULL},
};

static const suite_word_row words[] = {
    {"text", "varchar(100) CHARACTER SET utf8mb4"},
    {"list", "group_concat(#1)"},
    {"conflicts", "SELECT group_concat(#1 ORDER BY CAST(collection AS binary), CAST(\"key\" AS "
                  "binary) SEPARATOR '; ') FROM ingitdb_sync_conflicts"},
    {"keys_off", "SET foreign_key_checks = 0;"},
    {"drop_index", "DROP INDEX #1 ON #2"},
    {"Taken", "taken"},
    {"big_t", "t"},
    {"infinity", "NULL"}, /* there is none */
    {"infinity_shown", "-"},
    {"bad_date", "'2024-02-30'"}, /* by sql_mode */
    {"bad_date_shown", "2024-02-30"},
    {"duplicate_said", "Duplicate"},
    {"mine_refers_to", "SELECT referenced_table_name FROM information_schema.key_column_usage "
                       "WHERE table_schema = database() AND table_name = 'mine' AND "
                       "referenced_table_name IS NOT NULL"},
    {"count_named",
     "SELECT count(DISTINCT name) FROM (SELECT index_name AS name FROM "
     "information_schema.statistics WHERE table_schema = database() UNION ALL SELECT trigger_name "
     "FROM information_schema.triggers WHERE trigger_schema = database() UNION ALL SELECT "
     "table_name FROM information_schema.tables WHERE table_schema = database()) AS named WHERE "
     "name IN (#1)"},
    {"count_leftovers",
     "SELECT count(*) FROM information_schema.columns WHERE table_schema = database() AND "
     "(table_name REGEXP '^ingitdb_(old|new)' OR column_name REGEXP '^ingitdb_(old|new)')"},
    {"columns_of_my_index",
     "SELECT group_concat(column_name ORDER BY seq_in_index) FROM information_schema.statistics "
     "WHERE table_schema = database() AND index_name = 'my_index'"},
    {"add_my_col", "ALTER TABLE rich ADD COLUMN \"my, col\" varchar(50) CHARACTER SET utf8mb4 "
                   "COLLATE utf8mb4_general_ci DEFAULT 'it''s (so)'"},
    {"add_twice", "ALTER TABLE rich ADD COLUMN twice bigint GENERATED ALWAYS AS (total * 2) "
                  "VIRTUAL"},
    {"add_my_index", "CREATE INDEX my_index ON rich (\"my, col\")"},
    {"add_my_triggers", "CREATE TRIGGER my_trigger AFTER INSERT ON rich FOR EACH ROW "
                        "INSERT INTO log VALUES ('insert ' || NEW.id);"
                        "CREATE TRIGGER my_delete AFTER DELETE ON rich FOR EACH ROW "
                        "INSERT INTO log VALUES ('delete')"},
    {"add_on_mine",
     "CREATE TRIGGER on_mine AFTER INSERT ON mine FOR EACH ROW UPDATE rich SET total = 1"},
    {"add_broken_view", "CREATE TABLE no_such_table (x INTEGER);"
                        "CREATE VIEW broken_view AS SELECT * FROM no_such_table;"
                        "DROP TABLE no_such_table"},
    {"named_in_rich",
     "'my_index', 'my_trigger', 'my_delete', 'on_mine', 'broken_view', 'ix_parent'"},
    {"count_of_rich", "6"},
    {"log_updates_of_v", "CREATE TRIGGER my_trigger AFTER UPDATE ON t FOR EACH ROW "
                         "INSERT INTO log VALUES (NEW.v)"},
    {"break_a_reference", "SELECT 1"},
    {NULL, NULL},
};

#define MYSQL_ROW_OF_SUITE                                                       \
    .destroy = mysql_destroy, .sql = mysql_sql, .ask = mysql_ask, .more = words, \
    .does = SUITE_VIEWS_BY_NAME

const suite_driver suite_mysql_drivers[] = {
    {.name = "mariadb", .create = mariadb_create, .words = mariadb_words, MYSQL_ROW_OF_SUITE},
    {.name = "mysql", .create = mysql_create, .words = mysql_words, MYSQL_ROW_OF_SUITE},
    {.name = NULL},
};
