/*
 * Works on copies: rows of held keys are deleted from both, then all of it is compared.
 */
#include "tests/support/held_aside.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/database.h"
#include "tests/support/db_dump.h"
#include "tests/support/neutral.h"

static void run(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK)
        return;
    fprintf(stderr, "%s: %s\n", sql, message);
    abort();
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK)
        return stmt;
    fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
    abort();
}

/* Deletes the row of one key of a table: its key columns are the elements of the JSON array. */
static void delete_row(sqlite3 *db, const char *table, const char *key)
{
    char *where = sqlite3_mprintf("");
    sqlite3_stmt *columns =
        prepare(db, "SELECT name, pk - 1 FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk");
    sqlite3_bind_text(columns, 1, table, -1, SQLITE_TRANSIENT);
    while (sqlite3_step(columns) == SQLITE_ROW) {
        char *more =
            sqlite3_mprintf("%s%s\"%w\" = json_extract(%Q, '$[%d]')", where, *where ? " AND " : "",
                            sqlite3_column_text(columns, 0), key, sqlite3_column_int(columns, 1));
        sqlite3_free(where);
        where = more;
    }
    sqlite3_finalize(columns);
    if (*where) {
        char *sql = sqlite3_mprintf("DELETE FROM \"%w\" WHERE %s", table, where);
        run(db, sql);
        sqlite3_free(sql);
    }
    sqlite3_free(where);
}

/* The held keys of `of` out of `from`, which has the same tables. */
static void delete_held(sqlite3 *from, const char *of)
{
    char *attach = sqlite3_mprintf("ATTACH %Q AS other", of);
    run(from, attach);
    sqlite3_free(attach);
    sqlite3_stmt *held =
        prepare(from, "SELECT t.table_name, h.key FROM other.ingitdb_sync_held h JOIN "
                      "other.ingitdb_sync_tables t USING (source, collection) WHERE h.key <> ''");
    while (sqlite3_step(held) == SQLITE_ROW)
        delete_row(from, (const char *)sqlite3_column_text(held, 0),
                   (const char *)sqlite3_column_text(held, 1));
    sqlite3_finalize(held);
    run(from, "DETACH other");
}

static char *dump_without(const char *path, const char *other)
{
    sqlite3 *db;
    char *copy = sqlite3_mprintf("%s.aside-%d", path, (int)getpid());
    char *into = sqlite3_mprintf("VACUUM INTO %Q", copy);
    unlink(copy);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        abort();
    run(db, into);
    sqlite3_close(db);
    if (sqlite3_open_v2(copy, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        abort();
    delete_held(db, path);
    delete_held(db, other);
    sqlite3_close(db);
    char *dump = db_dump(copy, 1);
    unlink(copy);
    sqlite3_free(copy);
    sqlite3_free(into);
    return dump;
}

static void add_held(const char *path, igd_map *out)
{
    neutral db = neutral_open(path);
    neutral_held_keys(&db, out);
    neutral_close(&db);
}

void assert_equal_but_held(const char *left, const char *right, const char *what)
{
    char *one, *two;
    if (database_is_file()) {
        one = dump_without(left, right);
        two = dump_without(right, left);
    } else {
        igd_map *held = igd_map_new();
        add_held(left, held);
        add_held(right, held);
        one = neutral_dump(left, 1, held);
        two = neutral_dump(right, 1, held);
        igd_map_free(held);
    }
    db_assert_equal(one, two, what);
    free(one);
    free(two);
}

/* ---- what became of rows ---- */

static char *value_of(sqlite3 *db, char *sql)
{
    sqlite3_stmt *statement = prepare(db, sql);
    char *value = NULL;
    if (sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_free(sql);
    return value;
}

static size_t count_of(sqlite3 *db, char *sql)
{
    char *value = value_of(db, sql);
    size_t count = value ? strtoul(value, NULL, 10) : 0;
    sqlite3_free(value);
    return count;
}

static char *table_of(sqlite3 *db, const char *schema, igd_str collection)
{
    return value_of(db, sqlite3_mprintf("SELECT table_name FROM %s.ingitdb_sync_tables WHERE "
                                        "collection = '%.*q'",
                                        schema, (int)collection.len, collection.ptr));
}

/* Of two tables b and a: key columns by their place; then all others by name. */
#define JOINED_KEYS                                                                               \
    "SELECT group_concat(format('b.\"%%w\" IS a.\"%%w\"', b.name, a.name), ' AND ') FROM "        \
    "pragma_table_info(%Q, 'main') b JOIN pragma_table_info(%Q, 'later') a ON a.pk = b.pk WHERE " \
    "b.pk > 0"
#define CHANGED_COLUMNS                                                                            \
    "SELECT coalesce(group_concat(format('b.\"%%w\" IS NOT a.\"%%w\"', b.name, a.name), ' OR '), " \
    "'0') FROM pragma_table_info(%Q, 'main') b JOIN pragma_table_info(%Q, 'later') a ON a.name = " \
    "b.name AND a.type = b.type WHERE b.pk = 0"
#define FIRST_KEYS                                                                               \
    "SELECT coalesce(group_concat(format('b.\"%%w\" IS %%Q', name, (SELECT value FROM "          \
    "json_each('%.*q') WHERE key = pk - 1)), ' AND '), '1') FROM pragma_table_info(%Q, 'main') " \
    "WHERE pk > 0 AND pk <= json_array_length('%.*q')"

static void compare_rows(sqlite3 *db, const char *was, const char *is, igd_str keys, held_rows *out)
{
    char *first = value_of(db, sqlite3_mprintf(FIRST_KEYS, (int)keys.len, keys.ptr, was,
                                               (int)keys.len, keys.ptr));
    out->there =
        count_of(db, sqlite3_mprintf("SELECT count(*) FROM main.\"%w\" b WHERE %s", was, first));
    if (is) {
        char *same = value_of(db, sqlite3_mprintf(JOINED_KEYS, was, is));
        char *other = value_of(db, sqlite3_mprintf(CHANGED_COLUMNS, was, is));
        out->gone = count_of(db, sqlite3_mprintf("SELECT count(*) FROM main.\"%w\" b WHERE %s AND "
                                                 "NOT EXISTS (SELECT 1 FROM later.\"%w\" a WHERE "
                                                 "%s)",
                                                 was, first, is, same));
        out->changed = count_of(db, sqlite3_mprintf("SELECT count(*) FROM main.\"%w\" b JOIN "
                                                    "later.\"%w\" a ON %s WHERE (%s) AND (%s)",
                                                    was, is, same, first, other));
        sqlite3_free(same);
        sqlite3_free(other);
    } else {
        out->gone = out->there;
    }
    sqlite3_free(first);
}

/* ---- on a server ---- */

typedef struct kept_row {
    const igd_table *table;
    const igd_value *values;
} kept_row;

/* A database's rows by "collection|key", read once. */
typedef struct seen_database {
    char *path;
    neutral db;
    igd_map *rows;
} seen_database;

static seen_database seen[4];

static void keep_row(const igd_table *table, const igd_value *row, void *payload)
{
    const seen_database *s = payload;
    igd_value *values = IGD_NEW_ARRAY(s->db.mem, igd_value, table->column_count);
    kept_row *kept = IGD_NEW(s->db.mem, kept_row);
    for (size_t n = 0; n < table->column_count; n++)
        values[n] = igd_value_copy(&row[n], s->db.mem);
    *kept = (kept_row){table, values};
    igd_map_put(s->rows, neutral_row_name(table, row, s->db.mem), kept);
}

static const seen_database *see(const char *path)
{
    size_t n = 0;
    while (n < IGD_COUNT(seen) && seen[n].path && strcmp(seen[n].path, path) != 0)
        n++;
    if (n == IGD_COUNT(seen))
        abort();
    if (seen[n].path)
        return &seen[n];
    seen[n] = (seen_database){strdup(path), neutral_open(path), igd_map_new()};
    for (size_t t = 0; t < seen[n].db.schema.table_count; t++)
        neutral_scan(&seen[n].db, &seen[n].db.schema.tables[t], keep_row, &seen[n]);
    return &seen[n];
}

void held_rows_forget(void)
{
    for (size_t n = 0; n < IGD_COUNT(seen) && seen[n].path; n++) {
        free(seen[n].path);
        igd_map_free(seen[n].rows);
        neutral_close(&seen[n].db);
        seen[n].path = NULL;
    }
}

/* In a column that both have. */
static bool has_changed(const kept_row *was, const kept_row *is)
{
    for (size_t n = was->table->key_count; n < was->table->column_count; n++) {
        const igd_column *column = &was->table->columns[n];
        ptrdiff_t at = igd_table_column(is->table, column->name);
        if (at >= (ptrdiff_t)is->table->key_count &&
            igd_str_eq(is->table->columns[at].found_as, column->found_as) &&
            !igd_value_eq(&was->values[n], &is->values[at]))
            return true;
    }
    return false;
}

static held_rows compare_databases(const char *before, const char *after, igd_str collection,
                                   igd_str keys)
{
    held_rows out = {0};
    const seen_database *was = see(before), *is = see(after);
    /* A key begins with those of `keys` without its ']'. */
    igd_str name =
        igd_arena_printf(was->db.mem, "%.*s|%.*s", IGD_STR_ARG(collection), IGD_STR_ARG(keys));
    name.len--;
    void *cursor = NULL, *value;
    igd_str key;
    while (igd_map_next(was->rows, &cursor, &key, &value)) {
        if (!igd_str_starts(key, name) ||
            (keys.len > 2 && key.ptr[name.len] != ',' && key.ptr[name.len] != ']'))
            continue;
        const kept_row *later = igd_map_get(is->rows, key);
        out.there++;
        out.gone += later == NULL;
        out.changed += later && has_changed(value, later);
    }
    return out;
}

held_rows held_rows_between(const char *before, const char *after, igd_str collection, igd_str keys)
{
    if (!database_is_file())
        return compare_databases(before, after, collection, keys);
    sqlite3 *db;
    held_rows rows = {0};
    if (sqlite3_open_v2(before, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        abort();
    char *attach = sqlite3_mprintf("ATTACH %Q AS later", after);
    run(db, attach);
    char *was = table_of(db, "main", collection), *is = table_of(db, "later", collection);
    if (was)
        compare_rows(db, was, is, keys, &rows);
    sqlite3_free(attach);
    sqlite3_free(was);
    sqlite3_free(is);
    sqlite3_close(db);
    return rows;
}

long held_count(const char *path, const char *reason)
{
    char *sql = sqlite3_mprintf("SELECT count(*) FROM ingitdb_sync_held WHERE reason = %Q", reason);
    char *count = db_query(path, sql);
    long number = strtol(count, NULL, 10);
    free(count);
    sqlite3_free(sql);
    return number;
}
