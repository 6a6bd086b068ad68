/*
 * Consul in the suite: a prefix of its own for each test, at the server that IGD_TEST_CONSUL names,
 * among keys of others that look like ours. What a test leaves of those is looked at in the end.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../suite.h"
#include "cJSON.h"
#include "schema/canonical.h"
#include "targets/kv/keyspace.h"
#include "tests/support/consul_client.h"

typedef struct other {
    char *url;
    igd_arena *mem;
    igd_keyspace space;
} other;

static other open_other(igd_str text)
{
    other o = {.mem = igd_arena_new(), .url = strndup(text.ptr, text.len)};
    igd_url url;
    igd_error err = IGD_ERROR_INIT;
    if (igd_url_parse(text, o.mem, &url, &err))
        fail_msg("%s", err.message);
    o.space = (igd_keyspace){.prefix = url.path, .separator = '/'};
    return o;
}

static void close_other(other *o)
{
    free(o->url);
    igd_arena_free(o->mem);
}

/* ---- neighbours ---- */

/* Behind the prefix; with their lengths, since some have a zero byte. */
static const igd_str neighbours[] = {
    {"", 0},        {"2", 1},       {"2/t/a", 5},
    {"-x/t/a", 6},  {"/", 1},       {"/t", 2},
    {"/t/", 3},     {"/t/a/b", 6},  {"/t/a%61", 7},
    {"/t/%zz", 6},  {"/t/a%2f", 7}, /* ours would be %2F */
    {"/t/a\n", 5},  {"/t/a\0b", 6}, {"/t\0", 3},
    {"/t2/a", 5},   {"/T/a", 4},    {"//t/a", 5},
    {"/t/\xFF", 4}, /* told as U+FFFD, which is a key of ours */
    {"%/t/a", 5},   {"0", 1},       {"\xF0\x9F\x98\x80/t/a", 8},
};

static igd_str neighbour(const other *o, size_t n)
{
    igd_buf name = IGD_BUF_INIT;
    igd_buf_str(&name, o->space.prefix);
    igd_buf_str(&name, neighbours[n]);
    igd_str copy = igd_arena_str(o->mem, igd_buf_view(&name));
    igd_buf_free(&name);
    return copy;
}

static void check_neighbours(const other *o)
{
    for (size_t n = 0; n < IGD_COUNT(neighbours); n++) {
        igd_str key = neighbour(o, n);
        char *text = consul_get(o->url, key.ptr, key.len);
        if (!text || strcmp(text, "theirs") != 0)
            fail_msg("a key of others was touched: %s", key.ptr);
        free(text);
    }
}

/* ---- a prefix for each test ---- */

static bool create(const engine *e, igd_arena *mem, igd_str *url)
{
    static unsigned prefixes;
    char name[64];
    snprintf(name, sizeof(name), "igd/suite_%ld_%u", (long)getpid(), prefixes++);
    char *text = engine_url(e, name);
    if (!text) {
        fprintf(stderr, "SKIPPED: %s names no server\n", e->variable);
        return false;
    }
    *url = igd_arena_str(mem, igd_str_from(text));
    free(text);
    other o = open_other(*url);
    for (size_t n = 0; n < IGD_COUNT(neighbours); n++) {
        igd_str key = neighbour(&o, n);
        consul_put(o.url, key.ptr, key.len, "theirs", strlen("theirs"));
    }
    close_other(&o);
    return true;
}

static void destroy(const engine *e IGD_UNUSED, igd_str url)
{
    other o = open_other(url);
    check_neighbours(&o);
    consul_delete_tree(o.url, igd_arena_cstr(o.mem, o.space.prefix));
    close_other(&o);
}

/* ---- rows ---- */

static void put_row(const other *o, const igd_table *table, const char *const *texts)
{
    igd_value *row = IGD_NEW_ARRAY(o->mem, igd_value, table->column_count);
    for (size_t n = 0; n < table->column_count; n++)
        if (texts[n])
            assert_null(igd_value_parse(table->columns[n].type.kind, igd_str_from(texts[n]), o->mem,
                                        &row[n]));
    igd_str key = igd_keyspace_record(&o->space, table, row, o->mem);
    igd_str json = igd_row_json(table, row, o->mem);
    consul_put(o->url, key.ptr, key.len, json.ptr, json.len);
}

static void put_rows(const engine *e IGD_UNUSED, igd_str url, const igd_table *table,
                     const char *const *texts, size_t rows)
{
    other o = open_other(url);
    size_t count;
    consul_pair *all = consul_list(o.url, igd_arena_cstr(o.mem, o.space.prefix), &count);
    igd_value keys[8];
    for (size_t n = 0; n < count; n++)
        if (igd_keyspace_decode(&o.space, table, igd_str_from(all[n].key), o.mem, keys))
            consul_delete(o.url, all[n].key);
    for (size_t n = 0; n < rows; n++)
        put_row(&o, table, texts + n * table->column_count);
    consul_free(all, count);
    close_other(&o);
}

/* ---- conflicts ---- */

static const char *conflicts_begin(const other *o)
{
    igd_str parts[] = {IGD_STR("ingitdb_sync_conflicts"), IGD_STR("")};
    return igd_arena_cstr(o->mem, igd_keyspace_book(&o->space, o->mem, parts, IGD_COUNT(parts)));
}

static igd_str conflicts(const engine *e IGD_UNUSED, igd_str url, igd_arena *mem)
{
    static const char *const names[] = {"decision", "collection", "key", "commit_id",
                                        "base",     "old",        "new"};
    other o = open_other(url);
    size_t count;
    consul_pair *rows = consul_list(o.url, conflicts_begin(&o), &count);
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < count; n++) {
        cJSON *row = cJSON_Parse(rows[n].value);
        assert_non_null(row);
        igd_buf_puts(&text, n ? "; " : "");
        for (size_t k = 0; k < IGD_COUNT(names); k++) {
            const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(row, names[k]));
            igd_buf_printf(&text, "%s%s", k ? " " : "", value ? value : "-");
        }
        cJSON_Delete(row);
    }
    igd_str out = count ? igd_arena_str(mem, igd_buf_view(&text)) : (igd_str){0};
    igd_buf_free(&text);
    consul_free(rows, count);
    close_other(&o);
    return out;
}

static void clear_conflicts(const engine *e IGD_UNUSED, igd_str url)
{
    other o = open_other(url);
    consul_delete_tree(o.url, conflicts_begin(&o));
    close_other(&o);
}

const suite_driver suite_consul_drivers[] = {
    {.name = "consul",
     .engine = &engine_consul,
     .create = create,
     .destroy = destroy,
     .put_rows = put_rows,
     .conflicts = conflicts,
     .clear_conflicts = clear_conflicts},
    {.name = NULL},
};
