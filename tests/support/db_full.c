/*
 * All of a SQLite database as text.
 */
#include "tests/support/db_full.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail(sqlite3 *db, const char *what)
{
    fprintf(stderr, "db_full: %s: %s\n", what, sqlite3_errmsg(db));
    abort();
}

static char *query(sqlite3 *db, FILE *out, const char *head, char *sql)
{
    char *first = NULL;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail(db, sql);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (out)
            fprintf(out, "%s%s\n", head, text);
        else
            first = strdup(text ? text : "''");
    }
    if (sqlite3_finalize(statement) != SQLITE_OK)
        fail(db, sql);
    sqlite3_free(sql);
    return first;
}

/* quote(a) || ',' || quote(b) ... of a table's columns, as an expression. */
static char *row_expression(sqlite3 *db, const char *table, int timeless)
{
    const char *without = timeless && strncmp(table, "ingitdb_", 8) == 0
                              ? "AND name NOT IN ('started_at', 'finished_at', 'at')"
                              : "";
    return query(db, NULL, "",
                 sqlite3_mprintf("SELECT group_concat('quote(\"' || replace(name, '\"', '\"\"') || "
                                 "'\")', ' || '','' || ') FROM (SELECT name FROM "
                                 "pragma_table_xinfo(%Q) WHERE hidden <> 1 %s ORDER BY name)",
                                 table, without));
}

char *db_full(const char *path, int timeless)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *tables = NULL;
    char *text = NULL;
    size_t len = 0;
    if (access(path, F_OK) != 0)
        return strdup("");
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        fail(db, path);
    FILE *out = open_memstream(&text, &len);
    query(db, out, "",
          sqlite3_mprintf(
              "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '')"
              " FROM sqlite_schema ORDER BY 1"));
    if (sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1", -1,
                           &tables, NULL) != SQLITE_OK)
        fail(db, "tables");
    while (sqlite3_step(tables) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(tables, 0);
        char *row = row_expression(db, table, timeless);
        fprintf(out, "rows of %s\n", table);
        query(db, out, "  ", sqlite3_mprintf("SELECT %s FROM \"%w\" ORDER BY 1", row, table));
        free(row);
    }
    sqlite3_finalize(tables);
    sqlite3_close(db);
    fclose(out);
    return text;
}
