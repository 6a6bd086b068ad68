/*
 * A history made from the random model: every commit is some operations, settled and written.
 */
#include "tests/support/random_source.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "tests/support/random_model.h"
#include "tests/support/repo_builder.h"

typedef struct source_commit {
    const char *id;
    char *expected, *log;
    unsigned rewrites;
    bool broken;
} source_commit;

struct random_source {
    rm_model model;
    repo_builder *repo;
    rm_file_list files; /* of the last commit */
    source_commit *commits;
    size_t count;
    bool breaks;
};

/* ---- commits ---- */

/* Stages the difference; what goes goes first, because a file may become a directory. */
static void stage(random_source *source, const rm_file_list *files)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *now = igd_map_new();
    IGD_CLEANUP_PTR(igd_map) igd_map *before = igd_map_new();
    for (size_t n = 0; n < files->len; n++)
        if (igd_map_put(now, igd_str_from(files->items[n].path), &files->items[n])) {
            fprintf(stderr, "random source: two files '%s'\n", files->items[n].path);
            abort();
        }
    for (size_t n = 0; n < source->files.len; n++) {
        rm_file *file = &source->files.items[n];
        igd_map_put(before, igd_str_from(file->path), file);
        if (!igd_map_get(now, igd_str_from(file->path)))
            repo_delete(source->repo, file->path);
    }
    for (size_t n = 0; n < files->len; n++) {
        const rm_file *file = &files->items[n];
        const rm_file *old = igd_map_get(before, igd_str_from(file->path));
        if (!old || !igd_str_eq(old->content, file->content))
            repo_put_bytes(source->repo, file->path, file->content.ptr, file->content.len);
    }
}

static void add_commit(random_source *source)
{
    rm_model *m = &source->model;
    rm_file_list files = {0};
    rm_settle(m);
    if (source->breaks)
        rm_break(m);
    rm_write(m, &files);
    stage(source, &files);
    source->files = files;
    source->commits[source->count++] = (source_commit){
        .id = repo_commit(source->repo, m->log.ptr),
        .expected = rm_expect(m),
        .log = strdup(m->log.ptr),
        .rewrites = m->rewrites,
        .broken = rm_is_broken(m),
    };
    igd_buf_clear(&m->log);
}

static random_source *make(uint64_t seed, size_t commits, bool breaks)
{
    random_source *source = calloc(1, sizeof(*source));
    if (!source)
        abort();
    source->breaks = breaks;
    rm_model *m = &source->model;
    m->mem = igd_arena_new();
    m->random = seed;
    m->log = IGD_BUF_INIT;
    source->repo = repo_builder_new_bare();
    source->commits = calloc(commits, sizeof(*source->commits));
    rm_begin(m);
    while (source->count < commits) {
        add_commit(source);
        for (size_t n = rm_pick(m, 5) + 1; n > 0; n--)
            rm_change(m);
    }
    return source;
}

random_source *random_source_new(uint64_t seed, size_t commits)
{
    return make(seed, commits, false);
}

random_source *random_source_new_broken(uint64_t seed, size_t commits)
{
    return make(seed, commits, true);
}

void random_source_free(random_source *source)
{
    if (!source)
        return;
    for (size_t n = 0; n < source->count; n++) {
        free(source->commits[n].expected);
        free(source->commits[n].log);
    }
    free(source->commits);
    igd_buf_free(&source->model.log);
    repo_builder_free(source->repo);
    igd_arena_free(source->model.mem);
    free(source);
}

const char *random_source_repo(const random_source *source)
{
    return repo_path(source->repo);
}

const char *random_source_commit(const random_source *source, size_t n)
{
    return source->commits[n].id;
}

const char *random_source_log(const random_source *source, size_t n)
{
    return source->commits[n].log;
}

bool random_source_is_broken(const random_source *source, size_t n)
{
    return source->commits[n].broken;
}

unsigned random_source_rewrites(const random_source *source, size_t n)
{
    return source->commits[n].rewrites;
}

const char *random_source_expected(const random_source *source, size_t n)
{
    return source->commits[n].expected;
}

/* ---- databases ---- */

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

char *random_source_dump(const char *database)
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
