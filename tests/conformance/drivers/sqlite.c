/*
 * SQLite in the suite: a file in a new directory. With masked capabilities it is a row of its own.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../suite.h"

static bool sqlite_create(const engine *e IGD_UNUSED, igd_arena *mem, igd_str *url)
{
    char directory[] = "/tmp/igd-conformance-XXXXXX";
    if (!mkdtemp(directory))
        return false;
    *url = igd_arena_printf(mem, "sqlite://%s/test.db?timeout=1", directory);
    return true;
}

static const char *sqlite_path(igd_str url, char out[256])
{
    snprintf(out, 256, "%.*s", (int)(url.len - strlen("sqlite://") - strlen("?timeout=1")),
             url.ptr + strlen("sqlite://"));
    return out;
}

static void sqlite_destroy(const engine *e IGD_UNUSED, igd_str url)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", "-ingitdb-lock"};
    char path[256], name[320];
    sqlite_path(url, path);
    for (size_t n = 0; n < IGD_COUNT(suffixes); n++) {
        snprintf(name, sizeof(name), "%s%s", path, suffixes[n]);
        unlink(name);
    }
    *strrchr(path, '/') = '\0';
    rmdir(path);
}

static sqlite3 *sqlite_other(igd_str url)
{
    char path[256];
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(sqlite_path(url, path), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 2000);
    sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    return db;
}

static void sqlite_sql(const engine *e IGD_UNUSED, igd_str url, const char *statements)
{
    sqlite3 *db = sqlite_other(url);
    char *message = NULL;
    if (sqlite3_exec(db, statements, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", statements, message);
    sqlite3_close(db);
}

static igd_str sqlite_ask(const engine *e IGD_UNUSED, igd_str url, const char *query,
                          igd_arena *mem)
{
    sqlite3 *db = sqlite_other(url);
    sqlite3_stmt *stmt = NULL;
    igd_str found = {0};
    if (sqlite3_prepare_v2(db, query, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s: %s", query, sqlite3_errmsg(db));
    if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_text(stmt, 0))
        found = igd_arena_str(mem, igd_str_from((const char *)sqlite3_column_text(stmt, 0)));
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return found;
}

static const engine_word words[] = {
    {"conflicts", "SELECT group_concat(#1, '; ') FROM (SELECT * FROM ingitdb_sync_conflicts "
                  "ORDER BY collection, key)"},
    {"Taken", "Taken"}, /* names differ in case and are one */
    {"big_t", "T"},
    {"take_over_at_b", "CREATE TRIGGER other AFTER INSERT ON t WHEN NEW.id = 'b' BEGIN "
                       "UPDATE ingitdb_sync_state SET run_id = 'another'; END"},
    {"infinity", "9e999"},
    {"infinity_shown", "<Inf>"},
    {"bad_date", "'2024-2-30'"},
    {"bad_date_shown", "2024-2-30"},
    {"loose_json_shown", "<{\"b\": 1, \"a\":2}>"},
    {"loose_json_recorded", "\"{\\\"b\\\": 1}\""},
    {"duplicate_said", "UNIQUE"},
    {"mine_refers_to", "SELECT \"table\" FROM pragma_foreign_key_list('mine')"},
    {"count_named", "SELECT count(*) FROM sqlite_schema WHERE name IN (#1)"},
    {"count_leftovers",
     "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'ingitdb_new%' OR sql LIKE "
     "'%ingitdb_new%' OR sql LIKE '%ingitdb_old%'"},
    {"columns_of_my_index", "SELECT group_concat(name) FROM pragma_index_info('my_index')"},
    /* What others may add to the table `rich`. */
    {"add_my_col",
     "ALTER TABLE rich ADD COLUMN \"my, col\" TEXT DEFAULT 'it''s (so)' COLLATE NOCASE"},
    {"add_twice", "ALTER TABLE rich ADD COLUMN twice INTEGER GENERATED ALWAYS AS (total * 2) "
                  "VIRTUAL"},
    {"add_my_index", "CREATE INDEX my_index ON rich (\"my, col\") WHERE total > 0"},
    {"add_my_triggers", "CREATE TRIGGER my_trigger AFTER INSERT ON rich BEGIN "
                        "INSERT INTO log VALUES ('insert ' || NEW.id); END;"
                        "CREATE TRIGGER my_delete AFTER DELETE ON rich BEGIN "
                        "INSERT INTO log VALUES ('delete'); END"},
    {"add_on_mine",
     "CREATE TRIGGER on_mine AFTER INSERT ON mine BEGIN UPDATE rich SET total = 1; END"},
    {"add_broken_view", "CREATE VIEW broken_view AS SELECT * FROM no_such_table"},
    {"named_in_rich",
     "'my_index', 'my_trigger', 'my_delete', 'on_mine', 'broken_view', 'ix_parent'"},
    {"count_of_rich", "6"},
    {"log_updates_of_v", "CREATE TRIGGER my_trigger AFTER UPDATE OF v ON t BEGIN "
                         "INSERT INTO log VALUES (NEW.v); END"},
    {"mark_updates_of_t", "CREATE TRIGGER my_trigger AFTER UPDATE OF n ON t BEGIN "
                          "UPDATE t SET note = 'mine' WHERE id = NEW.id; END"},
    {"break_a_reference", "CREATE TABLE p (x TEXT);"
                          "CREATE TABLE mismatch (x TEXT REFERENCES p (x))"},
    {NULL, NULL},
};

#define SQLITE_ROW_OF_SUITE                                                                     \
    .engine = &engine_sqlite, .create = sqlite_create, .destroy = sqlite_destroy,               \
    .sql = sqlite_sql, .ask = sqlite_ask, .words = words,                                       \
    .does = SUITE_VIEWS_BY_NAME | SUITE_REFERENCES_BY_NAME | SUITE_LOOSE_REFERENCES |           \
            SUITE_SET_DEFAULT | SUITE_LOCK_REMEMBERS | SUITE_NOTICES_DDL | SUITE_INDEXES_TEXT | \
            SUITE_REBUILDS

const suite_driver suite_sqlite_drivers[] = {
    {.name = "sqlite", SQLITE_ROW_OF_SUITE},
    {.name = "sqlite-no-transactions", SQLITE_ROW_OF_SUITE, .mask_caps = IGD_CAP_TRANSACTIONS},
    {.name = "sqlite-no-ddl-in-tx", SQLITE_ROW_OF_SUITE, .mask_caps = IGD_CAP_DDL_IN_TX},
    {.name = "sqlite-no-load-unordered",
     SQLITE_ROW_OF_SUITE,
     .mask_caps = IGD_CAP_LOAD | IGD_CAP_ORDERED_SCAN},
    {.name = NULL},
};
