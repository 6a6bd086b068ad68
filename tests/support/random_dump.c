/*
 * What a database holds, in the words of the random model (random_source.h).
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tests/support/database.h"
#include "tests/support/neutral.h"
#include "tests/support/random_source.h"

typedef struct lines {
    char **items;
    size_t count;
} lines;

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql, const char *table)
{
    sqlite3_stmt *statement = NULL;
    char *text = sqlite3_mprintf(sql, table);
    if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) != SQLITE_OK) {
        fprintf(stderr, "random source: %s: %s\n", text, sqlite3_errmsg(db));
        abort();
    }
    sqlite3_free(text);
    return statement;
}

static void put_cell(igd_buf *out, sqlite3_stmt *row, int n)
{
    igd_buf_printf(out, " [%s]=", sqlite3_column_name(row, n));
    switch (sqlite3_column_type(row, n)) {
    case SQLITE_INTEGER:
        igd_buf_printf(out, "int:%lld", (long long)sqlite3_column_int64(row, n));
        break;
    case SQLITE_FLOAT:
        igd_buf_printf(out, "real:%.17g", sqlite3_column_double(row, n));
        break;
    case SQLITE_TEXT:
        igd_buf_printf(out, "text:%s", (const char *)sqlite3_column_text(row, n));
        break;
    case SQLITE_BLOB:
        igd_buf_puts(out, "blob");
        break;
    default:
        igd_buf_puts(out, "null");
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void put_rows(sqlite3 *db, const char *table, const char *columns, igd_buf *out)
{
    lines rows = {0};
    char *sql = sqlite3_mprintf("SELECT %s FROM \"%%w\"", columns);
    sqlite3_stmt *row = prepare(db, sql, table);
    sqlite3_free(sql);
    while (sqlite3_step(row) == SQLITE_ROW) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        for (int n = 0; n < sqlite3_column_count(row); n++)
            put_cell(&text, row, n);
        rows.items = realloc(rows.items, (rows.count + 1) * sizeof(*rows.items));
        rows.items[rows.count++] = strdup(text.ptr);
    }
    sqlite3_finalize(row);
    if (rows.count > 0)
        qsort(rows.items, rows.count, sizeof(*rows.items), by_text);
    for (size_t n = 0; n < rows.count; n++) {
        igd_buf_printf(out, "  row%s\n", rows.items[n]);
        free(rows.items[n]);
    }
    free(rows.items);
}

static void put_table(sqlite3 *db, const char *table, igd_buf *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf columns = IGD_BUF_INIT;
    igd_buf_printf(out, "table %s\n", table);
    sqlite3_stmt *column = prepare(db,
                                   "SELECT name, type, \"notnull\", pk FROM pragma_table_info(%Q) "
                                   "ORDER BY name",
                                   table);
    while (sqlite3_step(column) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(column, 0);
        igd_buf_printf(out, "  column [%s] %s %d %d\n", name,
                       (const char *)sqlite3_column_text(column, 1), sqlite3_column_int(column, 2),
                       sqlite3_column_int(column, 3));
        /* The result column keeps its name only when it is told to. */
        char *quoted = sqlite3_mprintf("%s\"%w\" AS \"%w\"", columns.len ? ", " : "", name, name);
        igd_buf_puts(&columns, quoted);
        sqlite3_free(quoted);
    }
    sqlite3_finalize(column);
    sqlite3_stmt *key = prepare(
        db,
        "SELECT \"from\", \"table\" FROM pragma_foreign_key_list(%Q) ORDER BY \"from\" || '] ' || \"table\"",
        table);
    while (sqlite3_step(key) == SQLITE_ROW)
        igd_buf_printf(out, "  reference [%s] %s\n", (const char *)sqlite3_column_text(key, 0),
                       (const char *)sqlite3_column_text(key, 1));
    sqlite3_finalize(key);
    /* A '%' of a name is not a format. */
    IGD_CLEANUP(igd_buf)
    igd_buf escaped = IGD_BUF_INIT;
    for (size_t n = 0; n < columns.len; n++)
        igd_buf_puts(&escaped, columns.ptr[n] == '%' ? "%%" : (const char[]){columns.ptr[n], '\0'});
    put_rows(db, table, escaped.ptr, out);
}

static char *dump_file(const char *database)
{
    sqlite3 *db = NULL;
    igd_buf out = IGD_BUF_INIT;
    if (sqlite3_open_v2(database, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
        fprintf(stderr, "random source: %s: %s\n", database, sqlite3_errmsg(db));
        abort();
    }
    sqlite3_stmt *table = prepare(db,
                                  "SELECT name FROM sqlite_master WHERE type = 'table' AND "
                                  "substr(name, 1, 8) <> 'ingitdb_' AND name NOT LIKE 'sqlite%%' "
                                  "ORDER BY name",
                                  NULL);
    while (sqlite3_step(table) == SQLITE_ROW)
        put_table(db, (const char *)sqlite3_column_text(table, 0), &out);
    sqlite3_finalize(table);
    sqlite3_close(db);
    char *text = strdup(out.ptr);
    igd_buf_free(&out);
    return text;
}

/* ---- on a server ---- */

/* The model's words for types are SQLite's. */
static const char *type_of(igd_kind kind)
{
    return kind == IGD_INT || kind == IGD_BOOL ? "INTEGER" : kind == IGD_FLOAT ? "REAL" : "TEXT";
}

static size_t column_by_name(const igd_table *table, size_t place)
{
    for (size_t n = 0; n < table->column_count; n++) {
        size_t before = 0;
        for (size_t m = 0; m < table->column_count; m++)
            before += igd_str_cmp(table->columns[m].name, table->columns[n].name) < 0;
        if (before == place)
            return n;
    }
    abort();
}

static void put_value(igd_buf *out, const igd_value *value)
{
    switch (value->kind) {
    case IGD_NULL:
        igd_buf_puts(out, "null");
        break;
    case IGD_INT:
        igd_buf_printf(out, "int:%lld", (long long)value->integer);
        break;
    case IGD_BOOL:
        igd_buf_printf(out, "int:%d", value->boolean);
        break;
    case IGD_FLOAT:
        igd_buf_printf(out, "real:%.17g", value->number);
        break;
    case IGD_RAW:
        igd_buf_puts(out, "raw:");
        igd_buf_str(out, value->text);
        break;
    case IGD_STRING:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
    case IGD_JSON:
        igd_buf_puts(out, "text:");
        igd_value_write(value, out);
        break;
    }
}

static void keep_line(lines *to, igd_buf *text)
{
    to->items = realloc(to->items, (to->count + 1) * sizeof(*to->items));
    to->items[to->count++] = strndup(text->ptr ? text->ptr : "", text->len);
}

static void put_lines(lines *rows, const char *head, igd_buf *out)
{
    if (rows->count > 0)
        qsort(rows->items, rows->count, sizeof(*rows->items), by_text);
    for (size_t n = 0; n < rows->count; n++) {
        igd_buf_printf(out, "  %s%s\n", head, rows->items[n]);
        free(rows->items[n]);
    }
    free(rows->items);
}

static void keep_row(const igd_table *table, const igd_value *row, void *payload)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < table->column_count; n++) {
        size_t at = column_by_name(table, n);
        igd_buf_printf(&text, " [%.*s]=", IGD_STR_ARG(table->columns[at].name));
        put_value(&text, &row[at]);
    }
    keep_line(payload, &text);
}

static void put_found(const neutral *db, const igd_table *table, igd_buf *out)
{
    lines rows = {0}, references = {0};
    igd_buf_printf(out, "table %.*s\n", IGD_STR_ARG(table->name));
    for (size_t n = 0; n < table->column_count; n++) {
        size_t at = column_by_name(table, n);
        const igd_column *column = &table->columns[at];
        igd_buf_printf(out, "  column [%.*s] %s %d %zu\n", IGD_STR_ARG(column->name),
                       type_of(column->type.kind), column->not_null,
                       at < table->key_count ? at + 1 : 0);
    }
    for (size_t n = 0; n < table->foreign_keys.len; n++)
        for (size_t c = 0; c < table->foreign_keys.items[n].columns.len; c++) {
            IGD_CLEANUP(igd_buf)
            igd_buf text = IGD_BUF_INIT;
            igd_buf_printf(&text, " [%.*s] %.*s",
                           IGD_STR_ARG(table->foreign_keys.items[n].columns.items[c]),
                           IGD_STR_ARG(table->foreign_keys.items[n].ref_table));
            keep_line(&references, &text);
        }
    put_lines(&references, "reference", out);
    neutral_scan(db, table, keep_row, &rows);
    put_lines(&rows, "row", out);
}

char *random_source_dump(const char *database)
{
    if (database_is_file())
        return dump_file(database);
    igd_buf out = IGD_BUF_INIT;
    neutral db = neutral_open(database);
    for (size_t n = 0; n < db.schema.table_count; n++)
        put_found(&db, &db.schema.tables[n], &out);
    neutral_close(&db);
    char *text = strndup(out.ptr ? out.ptr : "", out.len);
    igd_buf_free(&out);
    return text;
}
