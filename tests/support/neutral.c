/*
 * Databases by the driver contract (neutral.h).
 */
#include "tests/support/neutral.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tests/support/database.h"
#include "tests/support/db_dump.h"

static void check(int code, const igd_error *err, const char *path)
{
    if (code == IGD_OK)
        return;
    fprintf(stderr, "%s: %s\n", path, err->message);
    abort();
}

static int by_name(const void *a, const void *b)
{
    return igd_str_cmp(((const igd_table *)a)->name, ((const igd_table *)b)->name);
}

/* A store has no tables but in the bookkeeping. */
static void read_forms(neutral *db, size_t count)
{
    igd_error err = IGD_ERROR_INIT;
    db->schema.tables = IGD_NEW_ARRAY(db->mem, igd_table, count);
    for (size_t s = 0; s < db->state.count; s++)
        for (size_t n = 0; n < db->state.sources[s].tables.len; n++) {
            const igd_table_state *entry = &db->state.sources[s].tables.items[n];
            igd_table *table = &db->schema.tables[db->schema.table_count++];
            check(igd_table_from_json(entry->schema_json, db->mem, table, &err), &err,
                  entry->schema_json.ptr);
        }
}

static void read_schema(neutral *db, const char *path)
{
    igd_error err = IGD_ERROR_INIT;
    igd_str_list names = {0};
    for (size_t s = 0; s < db->state.count; s++)
        for (size_t n = 0; n < db->state.sources[s].tables.len; n++)
            IGD_PUSH(db->mem, &names, db->state.sources[s].tables.items[n].table_name);
    if (names.len == 0)
        return;
    if (db->target->driver->schema_read)
        check(db->target->driver->schema_read(db->target, &names, db->mem, &db->schema, &err), &err,
              path);
    else
        read_forms(db, names.len);
    if (db->schema.table_count > 0)
        qsort(db->schema.tables, db->schema.table_count, sizeof(igd_table), by_name);
    for (size_t t = 0; t < db->schema.table_count; t++)
        for (size_t s = 0; s < db->state.count; s++)
            for (size_t n = 0; n < db->state.sources[s].tables.len; n++) {
                const igd_table_state *entry = &db->state.sources[s].tables.items[n];
                if (igd_str_eq(entry->table_name, db->schema.tables[t].name))
                    db->schema.tables[t].collection = entry->collection;
            }
}

neutral neutral_open(const char *path)
{
    igd_error err = IGD_ERROR_INIT;
    neutral db = {.mem = igd_arena_new()};
    igd_target_config config = {.mode = IGD_OPEN_READ, .run_id = "look"};
    char *url = database_url(path);
    check(igd_url_parse(igd_arena_str(db.mem, igd_str_from(url)), db.mem, &config.url, &err), &err,
          path);
    check(igd_target_open(&config, &db.target, &err), &err, path);
    check(db.target->driver->state_read(db.target, db.mem, &db.state, &err), &err, path);
    read_schema(&db, path);
    free(url);
    return db;
}

void neutral_close(neutral *db)
{
    igd_target_close(db->target);
    igd_arena_free(db->mem);
}

/* ---- rows ---- */

typedef struct pass {
    const igd_table *table;
    neutral_row *callback;
    void *payload;
} pass;

static int pass_row(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    const pass *p = payload;
    p->callback(p->table, row, p->payload);
    return IGD_OK;
}

void neutral_scan(const neutral *db, const igd_table *table, neutral_row *callback, void *payload)
{
    igd_error err = IGD_ERROR_INIT;
    pass p = {table, callback, payload};
    check(db->target->driver->scan(db->target, table, pass_row, &p, &err), &err,
          igd_arena_cstr(db->mem, table->name));
}

igd_str neutral_row_name(const igd_table *table, const igd_value *row, igd_arena *mem)
{
    return igd_arena_printf(mem, "%.*s|%.*s", IGD_STR_ARG(table->collection),
                            IGD_STR_ARG(igd_row_key_json(table, row, mem)));
}

void neutral_held_keys(const neutral *db, igd_map *out)
{
    for (size_t s = 0; s < db->state.count; s++)
        for (size_t n = 0; n < db->state.sources[s].held.len; n++) {
            const igd_held_state *held = &db->state.sources[s].held.items[n];
            igd_str name = igd_arena_printf(db->mem, "%.*s|%.*s", IGD_STR_ARG(held->collection),
                                            IGD_STR_ARG(held->key));
            if (held->key.len)
                igd_map_put(out, name, (void *)(uintptr_t) "");
        }
}

/* ---- dumps ---- */

typedef struct dump {
    FILE *out;
    const igd_map *aside;
    igd_arena *mem;
    igd_map *rows;
    igd_arena *rows_mem;
    igd_str_list lines; /* of the rows of a table */
} dump;

/* Columns of a table by name. */
static size_t *columns_by_name(const igd_table *table, igd_arena *mem)
{
    size_t *order = IGD_NEW_ARRAY(mem, size_t, table->column_count);
    for (size_t n = 0; n < table->column_count; n++) {
        size_t at = n;
        while (at > 0 &&
               igd_str_cmp(table->columns[order[at - 1]].name, table->columns[n].name) > 0) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = n;
    }
    return order;
}

static void dump_row(const igd_table *table, const igd_value *row, void *payload)
{
    dump *d = payload;
    if (d->aside && igd_map_get(d->aside, neutral_row_name(table, row, d->mem)))
        return;
    const size_t *order = columns_by_name(table, d->mem);
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < table->column_count; n++) {
        const igd_value *value = &row[order[n]];
        igd_buf_printf(&text, " [%.*s]=", IGD_STR_ARG(table->columns[order[n]].name));
        if (value->kind == IGD_NULL) {
            igd_buf_puts(&text, "null");
            continue;
        }
        igd_buf_printf(&text, "%s:", value->kind == IGD_RAW ? "raw" : igd_kind_name(value->kind));
        if (value->kind == IGD_RAW)
            igd_buf_str(&text, value->text);
        else
            igd_value_write(value, &text);
    }
    IGD_PUSH(d->mem, &d->lines, igd_arena_str(d->mem, igd_buf_view(&text)));
}

static int by_text(const void *a, const void *b)
{
    return igd_str_cmp(*(const igd_str *)a, *(const igd_str *)b);
}

static void print_rows(dump *d, bool ordered)
{
    if (!ordered && d->lines.len)
        qsort(d->lines.items, d->lines.len, sizeof(*d->lines.items), by_text);
    for (size_t n = 0; n < d->lines.len; n++)
        fprintf(d->out, "  row%s\n", d->lines.items[n].ptr);
    d->lines.len = 0;
}

static void print_names(FILE *out, const igd_str_list *names)
{
    for (size_t n = 0; n < names->len; n++)
        fprintf(out, "%s%.*s", n ? "," : "", IGD_STR_ARG(names->items[n]));
}

/* A line each, sorted. */
static int by_line(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_sorted(FILE *out, char *text)
{
    char *lines[2048];
    size_t count = 0;
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
        if (*line && count < sizeof(lines) / sizeof(lines[0]))
            lines[count++] = line;
    if (count > 0)
        qsort(lines, count, sizeof(lines[0]), by_line);
    for (size_t n = 0; n < count; n++)
        fprintf(out, "  %s\n", lines[n]);
}

static void print_table(FILE *out, const igd_table *table)
{
    char *text = NULL;
    size_t len = 0;
    FILE *lines = open_memstream(&text, &len);
    fprintf(out, "table %.*s\n", IGD_STR_ARG(table->name));
    for (size_t n = 0; n < table->column_count; n++) {
        const igd_column *column = &table->columns[n];
        fprintf(lines, "column [%.*s] %.*s %s %d %zu\n", IGD_STR_ARG(column->name),
                IGD_STR_ARG(column->found_as), igd_kind_name(column->type.kind), column->not_null,
                n < table->key_count ? n + 1 : 0);
    }
    for (size_t n = 0; n < table->checks.len; n++)
        fprintf(lines, "constraint %.*s\n", IGD_STR_ARG(table->checks.items[n].name));
    for (size_t n = 0; n < table->foreign_keys.len; n++) {
        const igd_foreign_key *key = &table->foreign_keys.items[n];
        fprintf(lines, "reference %.*s ", IGD_STR_ARG(key->name));
        print_names(lines, &key->columns);
        fprintf(lines, " to %.*s ", IGD_STR_ARG(key->ref_table));
        print_names(lines, &key->ref_columns);
        fprintf(lines, " %d\n", key->cascade);
    }
    for (size_t n = 0; n < table->indexes.len; n++) {
        fprintf(lines, "index %.*s ", IGD_STR_ARG(table->indexes.items[n].name));
        print_names(lines, &table->indexes.items[n].columns);
        fputc('\n', lines);
    }
    fclose(lines);
    print_sorted(out, text);
    free(text);
}

/* A table that is nobody's is there all the same. */
static void print_others(const char *path, const neutral *db, FILE *out)
{
    char *all = db_query(path, "$lines(name;$tables;name)");
    for (char *rest = all, *name; (name = strsep(&rest, "\n"));) {
        igd_str text = igd_str_from(name);
        bool ours = igd_str_starts(text, IGD_STR("ingitdb_")) ||
                    igd_str_is(text, "schema_migrations") ||
                    igd_str_starts(text, IGD_STR("sqlite_")) || !*name;
        for (size_t n = 0; n < db->schema.table_count; n++)
            ours = ours || igd_str_eq(db->schema.tables[n].name, text);
        if (!ours)
            fprintf(out, "table of others %s\n", name);
    }
    free(all);
}

/* Rows are those that the driver takes for ours; this is all that is there. */
static void print_keys(const char *path, FILE *out)
{
    char *url = database_url(path), *text = database_engine()->dump(url, ENGINE_RECORDS);
    fputs(text, out);
    free(text);
    free(url);
}

static void print_state(const neutral *db, FILE *out)
{
    for (size_t s = 0; s < db->state.count; s++)
        for (size_t n = 0; n < db->state.sources[s].tables.len; n++) {
            const igd_table_state *entry = &db->state.sources[s].tables.items[n];
            fprintf(out, "state %.*s %.*s %.*s %lld %.*s\n", IGD_STR_ARG(entry->collection),
                    IGD_STR_ARG(entry->table_name), IGD_STR_ARG(entry->commit_id),
                    (long long)entry->row_count, IGD_STR_ARG(entry->digest));
        }
}

char *neutral_dump(const char *path, int state, const igd_map *aside)
{
    char *text = NULL;
    size_t len = 0;
    neutral db = neutral_open(path);
    dump d = {.out = open_memstream(&text, &len), .aside = aside, .mem = db.mem};
    for (size_t n = 0; n < db.schema.table_count; n++) {
        print_table(d.out, &db.schema.tables[n]);
        neutral_scan(&db, &db.schema.tables[n], dump_row, &d);
        print_rows(&d, db.target->caps & IGD_CAP_ORDERED_SCAN);
    }
    if (!database_engine()->dump)
        print_others(path, &db, d.out);
    else if (!aside)
        print_keys(path, d.out);
    if (state)
        print_state(&db, d.out);
    fclose(d.out);
    neutral_close(&db);
    return text;
}

/* ---- rows alone ---- */

static void keep_row(const igd_table *table, const igd_value *row, void *payload)
{
    const dump *d = payload;
    igd_map_put(d->rows, neutral_row_name(table, row, d->rows_mem),
                (void *)(uintptr_t)igd_row_json(table, row, d->rows_mem).ptr);
}

igd_map *neutral_rows(const char *path, igd_arena *mem)
{
    neutral db = neutral_open(path);
    dump d = {.rows = igd_map_new(), .rows_mem = mem};
    for (size_t n = 0; n < db.schema.table_count; n++)
        neutral_scan(&db, &db.schema.tables[n], keep_row, &d);
    neutral_close(&db);
    return d.rows;
}

static void export_row(const igd_table *table, const igd_value *row, void *payload)
{
    const dump *d = payload;
    igd_str key = neutral_row_name(table, row, d->mem), text = igd_row_json(table, row, d->mem);
    fprintf(d->out, "%.*s %.*s\n", IGD_STR_ARG(key), IGD_STR_ARG(text));
}

char *neutral_export(const char *path)
{
    char *text = NULL;
    size_t len = 0;
    neutral db = neutral_open(path);
    dump d = {.out = open_memstream(&text, &len), .mem = db.mem};
    for (size_t n = 0; n < db.schema.table_count; n++)
        neutral_scan(&db, &db.schema.tables[n], export_row, &d);
    print_state(&db, d.out);
    fclose(d.out);
    neutral_close(&db);
    return text;
}
