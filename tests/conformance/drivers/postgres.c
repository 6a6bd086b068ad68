/*
 * PostgreSQL in the suite, at the server that $IGD_TEST_POSTGRES names (the URL of a superuser).
 */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

#define VARIABLE "IGD_TEST_POSTGRES"

static void be_silent(void *payload IGD_UNUSED, const char *message IGD_UNUSED)
{
}

static PGconn *connect_to(const char *url)
{
    PGconn *db = PQconnectdb(url);
    PQsetNoticeProcessor(db, be_silent, NULL);
    return db;
}

/* One statement about databases, at the database that the variable names. */
static bool administer(const char *statement)
{
    PGconn *db = connect_to(getenv(VARIABLE));
    PGresult *result = PQstatus(db) == CONNECTION_OK ? PQexec(db, statement) : NULL;
    bool ok = result && PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!ok)
        fprintf(stderr, "%s: %s", VARIABLE, PQerrorMessage(db));
    PQclear(result);
    PQfinish(db);
    return ok;
}

static bool postgres_create(igd_arena *mem, igd_str *url)
{
    char name[64], sql[128];
    if (!server_new_url(VARIABLE, mem, url, name))
        return false;
    snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
    return administer(sql);
}

static void postgres_destroy(igd_str url)
{
    char name[64], sql[128];
    server_database_of(url, name);
    snprintf(sql, sizeof(sql), "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
    assert_true(administer(sql));
}

static igd_str run(igd_str url, const char *text, igd_arena *mem)
{
    igd_arena *own = igd_arena_new();
    PGconn *db = connect_to(server_client_url(url, own).ptr);
    PGresult *result = PQexec(db, text);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s: %s", text, PQerrorMessage(db));
    igd_str found = {0};
    if (mem && PQntuples(result) > 0 && !PQgetisnull(result, 0, 0))
        found = igd_arena_str(mem, igd_str_from(PQgetvalue(result, 0, 0)));
    PQclear(result);
    PQfinish(db);
    igd_arena_free(own);
    return found;
}

/* All of it is one transaction: a table that was written to can be changed only when its references
 * are checked. */
static void postgres_sql(igd_str url, const char *statements)
{
    igd_arena *mem = igd_arena_new();
    run(url, igd_arena_printf(mem, "SET CONSTRAINTS ALL IMMEDIATE; %s", statements).ptr, NULL);
    igd_arena_free(mem);
}

static igd_str postgres_ask(igd_str url, const char *query, igd_arena *mem)
{
    return run(url, query, mem);
}

static const suite_word_row words[] = {
    {"key", "text COLLATE \"C\""},
    {"text", "text"},
    {"list", "string_agg((#1)::text, ',')"},
    {"conflicts", "SELECT string_agg(#1, '; ' ORDER BY collection COLLATE \"C\", \"key\" COLLATE "
                  "\"C\") FROM ingitdb_sync_conflicts"},
    {"keys_off", "SET session_replication_role = replica;"},
    {"drop_index", "DROP INDEX #1"},
    {"Taken", "taken"},
    {"big_t", "t"},
    {"infinity", "'Infinity'"},
    {"infinity_shown", "<Infinity>"},
    {"bad_date", "'infinity'"}, /* there are no others */
    {"bad_date_shown", "infinity"},
    {"loose_json_shown", "{\"a\":2,\"b\":1}"}, /* a jsonb has one form */
    {"loose_json_recorded", "{\"b\":1}"},
    {"duplicate_said", "unique"},
    {"mine_refers_to", "SELECT confrelid::regclass FROM pg_constraint WHERE conrelid = "
                       "'mine'::regclass AND contype = 'f'"},
    {"count_named", "SELECT count(DISTINCT name) FROM (SELECT relname AS name FROM pg_class WHERE "
                    "relnamespace = current_schema()::regnamespace UNION ALL SELECT tgname FROM "
                    "pg_trigger WHERE NOT tgisinternal) AS named WHERE name IN (#1)"},
    {"count_leftovers",
     "SELECT count(*) FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND NOT "
     "a.attisdropped WHERE c.relname ~ '^ingitdb_(old|new)' OR a.attname ~ '^ingitdb_(old|new)'"},
    {"columns_of_my_index",
     "SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM pg_index i CROSS JOIN LATERAL "
     "unnest(i.indkey) WITH ORDINALITY AS k(at, n) JOIN pg_attribute a ON a.attrelid = i.indrelid "
     "AND a.attnum = k.at WHERE i.indexrelid = 'my_index'::regclass"},
    {"add_my_col",
     "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
     "ALTER TABLE rich ADD COLUMN \"my, col\" text COLLATE nocase DEFAULT 'it''s (so)'"},
    {"add_twice",
     "ALTER TABLE rich ADD COLUMN twice bigint GENERATED ALWAYS AS (total * 2) STORED"},
    {"add_my_index", "CREATE INDEX my_index ON rich (\"my, col\") WHERE total > 0"},
    {"add_my_triggers",
     "CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS $fn$BEGIN IF tg_op = 'INSERT' "
     "THEN INSERT INTO log VALUES ('insert ' || NEW.id); ELSE INSERT INTO log VALUES ('delete'); "
     "END IF; RETURN NULL; END$fn$;"
     "CREATE TRIGGER my_trigger AFTER INSERT ON rich FOR EACH ROW EXECUTE FUNCTION log_it();"
     "CREATE TRIGGER my_delete AFTER DELETE ON rich FOR EACH ROW EXECUTE FUNCTION log_it()"},
    {"add_on_mine",
     "CREATE FUNCTION set_total() RETURNS trigger LANGUAGE plpgsql AS $fn$BEGIN UPDATE rich SET "
     "total = 1; RETURN NULL; END$fn$;"
     "CREATE TRIGGER on_mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION set_total()"},
    {"add_broken_view", "SELECT 1"}, /* there can be none */
    {"named_in_rich", "'my_index', 'my_trigger', 'my_delete', 'on_mine', 'ix_parent'"},
    {"count_of_rich", "5"},
    {"log_updates_of_v",
     "CREATE FUNCTION log_v() RETURNS trigger LANGUAGE plpgsql AS $fn$BEGIN INSERT INTO log VALUES "
     "(NEW.v::text); RETURN NULL; END$fn$;"
     "CREATE TRIGGER my_trigger AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION log_v()"},
    {"break_a_reference", "SELECT 1"},
    {NULL, NULL},
};

const suite_driver suite_postgres_drivers[] = {
    {.name = "postgres",
     .create = postgres_create,
     .destroy = postgres_destroy,
     .sql = postgres_sql,
     .ask = postgres_ask,
     .words = words,
     .does = SUITE_SET_DEFAULT | SUITE_NOTICES_DDL | SUITE_INDEXES_TEXT},
    {.name = NULL},
};
