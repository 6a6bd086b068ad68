/*
 * Dumping databases in a canonical order: SQLite ones here, by SQL; others by the driver contract.
 */
#include "tests/support/db_dump.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/database.h"
#include "tests/support/neutral.h"

typedef struct dump {
    sqlite3 *db;
    FILE *out;
} dump;

static void fail(sqlite3 *db, const char *what)
{
    fprintf(stderr, "db_dump: %s: %s\n", what, sqlite3_errmsg(db));
    abort();
}

static sqlite3 *open_db(const char *path, int flags)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK)
        fail(db, path);
    sqlite3_busy_timeout(db, 10000);
    return db;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail(db, sql);
    return statement;
}

/* Every row of a query on a line of its own: type and text of each column. */
static void print_query(const dump *d, const char *head, const char *sql)
{
    sqlite3_stmt *statement = prepare(d->db, sql);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        fputs(head, d->out);
        for (int n = 0; n < sqlite3_column_count(statement); n++) {
            const unsigned char *text = sqlite3_column_text(statement, n);
            fprintf(d->out, " %d:%s", sqlite3_column_type(statement, n),
                    text ? (const char *)text : "NULL");
        }
        fputc('\n', d->out);
    }
    if (sqlite3_finalize(statement) != SQLITE_OK)
        fail(d->db, sql);
}

/* Named constraints are found in the text of the table: SQLite lists checks nowhere else. */
static void print_constraints(const dump *d, const char *sql)
{
    char *names[512];
    size_t count = 0;
    for (const char *at = sql; (at = strstr(at, "CONSTRAINT \"")) && count < 512;) {
        const char *start = at + strlen("CONSTRAINT \""), *end = strchr(start, '"');
        names[count++] = strndup(start, (size_t)(end - start));
        at = end;
    }
    for (size_t n = 0; n < count; n++) /* a selection sort is enough for a test */
        for (size_t m = n + 1; m < count; m++)
            if (strcmp(names[m], names[n]) < 0) {
                char *other = names[n];
                names[n] = names[m];
                names[m] = other;
            }
    for (size_t n = 0; n < count; n++) {
        fprintf(d->out, "  constraint %s\n", names[n]);
        free(names[n]);
    }
}

static char *ordered_columns(const dump *d, const char *table, const char *order)
{
    char *sql = sqlite3_mprintf("SELECT group_concat('\"' || replace(name, '\"', '\"\"') || '\"') "
                                "FROM (SELECT name FROM pragma_table_info(%Q) %s)",
                                table, order);
    sqlite3_stmt *statement = prepare(d->db, sql);
    sqlite3_step(statement);
    const char *names = (const char *)sqlite3_column_text(statement, 0);
    char *list = strdup(names ? names : "1"); /* of a table without a key: by its first column */
    sqlite3_finalize(statement);
    sqlite3_free(sql);
    return list;
}

static void print_table(const dump *d, const char *table, const char *sql)
{
    fprintf(d->out, "table %s\n", table);
    char *query = sqlite3_mprintf("SELECT name, type, \"notnull\", pk, dflt_value FROM "
                                  "pragma_table_info(%Q) ORDER BY name",
                                  table);
    print_query(d, "  column", query);
    sqlite3_free(query);
    print_constraints(d, sql);
    query = sqlite3_mprintf("SELECT \"table\", \"from\", \"to\", on_delete FROM "
                            "pragma_foreign_key_list(%Q) ORDER BY 1, 2, 3",
                            table);
    print_query(d, "  reference", query);
    sqlite3_free(query);
    query = sqlite3_mprintf("SELECT name, sql FROM sqlite_master WHERE tbl_name = %Q AND type IN "
                            "('index', 'trigger') AND sql IS NOT NULL ORDER BY name",
                            table);
    print_query(d, "  index", query);
    sqlite3_free(query);
    char *columns = ordered_columns(d, table, "ORDER BY name");
    char *keys = ordered_columns(d, table, "WHERE pk > 0 ORDER BY pk");
    query = sqlite3_mprintf("SELECT %s FROM \"%w\" ORDER BY %s", columns, table, keys);
    print_query(d, "  row", query);
    sqlite3_free(query);
    free(columns);
    free(keys);
}

char *db_dump(const char *path, int state)
{
    if (!database_is_file())
        return neutral_dump(path, state, NULL);
    char *text = NULL;
    size_t len = 0;
    dump d = {open_db(path, SQLITE_OPEN_READONLY), open_memstream(&text, &len)};
    sqlite3_stmt *tables =
        prepare(d.db,
                "SELECT name, sql FROM sqlite_master WHERE type = 'table' "
                "AND name NOT LIKE 'ingitdb\\_%' ESCAPE '\\' AND name NOT "
                "LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'schema_migrations' ORDER BY name");
    while (sqlite3_step(tables) == SQLITE_ROW)
        print_table(&d, (const char *)sqlite3_column_text(tables, 0),
                    (const char *)sqlite3_column_text(tables, 1));
    sqlite3_finalize(tables);
    if (state)
        print_query(&d, "state",
                    "SELECT collection, table_name, commit_id, row_count, digest FROM "
                    "ingitdb_sync_tables ORDER BY source, collection");
    sqlite3_close(d.db);
    fclose(d.out);
    return text;
}

static char *query_file(const char *path, const char *sql)
{
    sqlite3 *db = open_db(path, SQLITE_OPEN_READONLY);
    sqlite3_stmt *statement = prepare(db, sql);
    char *text = NULL;
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
        text = strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return text;
}

static char *query_server(const engine *e, const char *path, const char *sql)
{
    char *text = NULL, *url = database_url(path), *wrong = e->run(url, sql, &text);
    if (wrong) {
        fprintf(stderr, "%s: %s\n", sql, wrong);
        abort();
    }
    free(url);
    return text;
}

char *db_query(const char *path, const char *text)
{
    const engine *e = database_engine();
    const engine_word *const lists[] = {e->words, e->more};
    char *sql = engine_words(text, lists, 2);
    char *found = database_is_file() ? query_file(path, sql) : query_server(e, path, sql);
    free(sql);
    return found ? found : strdup("");
}

void db_exec(const char *path, const char *sql)
{
    char *wrong = database_try(path, sql, false);
    if (!wrong)
        return;
    fprintf(stderr, "%s: %s: %s\n", path, sql, wrong);
    abort();
}

void db_assert_equal(const char *left, const char *right, const char *what)
{
    size_t line = 1;
    const char *start_left = left, *start_right = right;
    if (strcmp(left, right) == 0)
        return;
    for (; *left && *left == *right; left++, right++)
        if (*left == '\n') {
            line++;
            start_left = left + 1;
            start_right = right + 1;
        }
    fprintf(stderr, "%s: line %zu differs\n  %.*s\n  %.*s\n", what, line,
            (int)strcspn(start_left, "\n"), start_left, (int)strcspn(start_right, "\n"),
            start_right);
    abort();
}
