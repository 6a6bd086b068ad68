/*
 * The drivers that the suite runs with: one row each. An engine with masked capabilities is a row
 * of its own.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "suite.h"

/* ---- SQLite ---- */

static bool sqlite_create(igd_arena *mem, igd_str *url)
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

static void sqlite_destroy(igd_str url)
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

static void sqlite_sql(igd_str url, const char *statements)
{
    sqlite3 *db = sqlite_other(url);
    char *message = NULL;
    if (sqlite3_exec(db, statements, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", statements, message);
    sqlite3_close(db);
}

static igd_str sqlite_ask(igd_str url, const char *query, igd_arena *mem)
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

#define SQLITE_ROW_OF_SUITE \
    .create = sqlite_create, .destroy = sqlite_destroy, .sql = sqlite_sql, .ask = sqlite_ask

const suite_driver suite_drivers[] = {
    {.name = "sqlite", SQLITE_ROW_OF_SUITE},
    {.name = "sqlite-no-transactions", SQLITE_ROW_OF_SUITE, .mask_caps = IGD_CAP_TRANSACTIONS},
    {.name = "sqlite-no-ddl-in-tx", SQLITE_ROW_OF_SUITE, .mask_caps = IGD_CAP_DDL_IN_TX},
    {.name = "sqlite-no-load-unordered",
     SQLITE_ROW_OF_SUITE,
     .mask_caps = IGD_CAP_LOAD | IGD_CAP_ORDERED_SCAN},
};
const size_t suite_driver_count = IGD_COUNT(suite_drivers);
