/*
 * etcd in the suite: a prefix of its own for each test, at the server that IGD_TEST_ETCD names or
 * the first of those of IGD_TEST_ETCD_CLUSTER, among keys of others that look like ours. What a
 * test leaves of those is looked at in the end.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../suite.h"
#include "cJSON.h"
#include "schema/canonical.h"
#include "targets/http/http.h"
#include "targets/kv/keyspace.h"

/* ---- as another client ---- */

typedef struct other {
    igd_http *http;
    igd_arena *mem;
    igd_keyspace space;
} other;

static void close_other(other *o)
{
    igd_http_free(o->http);
    igd_arena_free(o->mem);
}

static other open_other(igd_str text)
{
    other o = {.mem = igd_arena_new()};
    igd_url url;
    igd_error err = IGD_ERROR_INIT;
    igd_http_options options = {.name = "etcd of a test"};
    if (igd_url_parse(text, o.mem, &url, &err))
        fail_msg("%s", err.message);
    ptrdiff_t comma = igd_str_find(url.hosts, ',');
    igd_str host = comma < 0 ? url.hosts : igd_str_sub(url.hosts, 0, (size_t)comma);
    IGD_PUSH(o.mem, &options.urls, igd_arena_printf(o.mem, "http://%.*s", IGD_STR_ARG(host)));
    o.http = igd_http_new(&options);
    o.space = (igd_keyspace){.prefix = url.path, .separator = '/'};
    return o;
}

static void put_member(igd_buf *body, const char *name, igd_str bytes)
{
    igd_buf_printf(body, "%c\"%s\":\"", body->len ? ',' : '{', name);
    igd_base64_put(body, bytes);
    igd_buf_byte(body, '"');
}

/* Members are names and bytes, up to a NULL. To be deleted. */
static cJSON *ask(other *o, const char *path, const char *name1, igd_str bytes1, const char *name2,
                  igd_str bytes2)
{
    igd_buf body = IGD_BUF_INIT;
    igd_http_answer answer;
    igd_error err = IGD_ERROR_INIT;
    put_member(&body, name1, bytes1);
    if (name2)
        put_member(&body, name2, bytes2);
    igd_buf_byte(&body, '}');
    igd_http_request request = {.method = "POST", .path = path, .body = igd_buf_view(&body)};
    if (igd_http_send(o->http, &request, &answer, &err))
        fail_msg("%s", err.message);
    if (answer.status != 200)
        fail_msg("%s: %.*s", path, IGD_STR_ARG(answer.body));
    cJSON *json = cJSON_ParseWithLength(answer.body.ptr, answer.body.len);
    assert_non_null(json);
    igd_buf_free(&body);
    return json;
}

static void put(other *o, igd_str key, igd_str value)
{
    cJSON_Delete(ask(o, "/v3/kv/put", "key", key, "value", value));
}

static void remove_key(other *o, igd_str key)
{
    cJSON_Delete(ask(o, "/v3/kv/deleterange", "key", key, NULL, key));
}

static igd_str bytes_of(other *o, const cJSON *kv, const char *name)
{
    igd_str bytes = IGD_STR("");
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(kv, name));
    if (text && !igd_base64_get(igd_str_from(text), o->mem, &bytes))
        fail_msg("%s is no base64", text);
    return bytes;
}

typedef struct pair {
    igd_str key, value;
} pair;

typedef IGD_LIST(pair) pair_list;

/* In the order of keys. */
static pair_list all_below(other *o, igd_str begins)
{
    pair_list found = {0};
    char zero = '\0';
    cJSON *json =
        ask(o, "/v3/kv/range", "key", (igd_str){&zero, 1}, "range_end", (igd_str){&zero, 1});
    const cJSON *kv;
    cJSON_ArrayForEach(kv, cJSON_GetObjectItem(json, "kvs"))
    {
        pair one = {bytes_of(o, kv, "key"), bytes_of(o, kv, "value")};
        if (igd_str_starts(one.key, begins))
            IGD_PUSH(o->mem, &found, one);
    }
    cJSON_Delete(json);
    return found;
}

static void remove_all(other *o, pair_list pairs)
{
    for (size_t n = 0; n < pairs.len; n++)
        remove_key(o, pairs.items[n].key);
}

/* ---- neighbours ---- */

/* Behind the prefix; with their lengths, since some have a zero byte. */
static const igd_str neighbours[] = {
    {"", 0},        {"2", 1},       {"2/t/a", 5},   {"-x/t/a", 6},
    {"/", 1},       {"/t", 2},      {"/t/", 3},     {"/t/a/b", 6},
    {"/t/a%61", 7}, {"/t/%zz", 6},  {"/t/a%2f", 7}, /* ours would be %2F */
    {"/t/a\n", 5},  {"/t/a\0b", 6}, {"/t\0", 3},    {"/t2/a", 5},
    {"/T/a", 4},    {"//t/a", 5},   {"/t/\xFF", 4}, {"\xF0\x9F\x98\x80/t/a", 8},
    {"%/t/a", 5},   {"0", 1}, /* what the range of all of ours ends at */
};

static igd_str neighbour(other *o, size_t n)
{
    igd_buf name = IGD_BUF_INIT;
    igd_buf_str(&name, o->space.prefix);
    igd_buf_str(&name, neighbours[n]);
    igd_str copy = igd_arena_str(o->mem, igd_buf_view(&name));
    igd_buf_free(&name);
    return copy;
}

static void check_neighbours(other *o)
{
    for (size_t n = 0; n < IGD_COUNT(neighbours); n++) {
        igd_str key = neighbour(o, n);
        cJSON *json = ask(o, "/v3/kv/range", "key", key, NULL, key);
        const cJSON *kvs = cJSON_GetObjectItem(json, "kvs");
        bool same = cJSON_GetArraySize(kvs) == 1 &&
                    igd_str_is(bytes_of(o, cJSON_GetArrayItem(kvs, 0), "value"), "theirs");
        cJSON_Delete(json);
        if (!same)
            fail_msg("a key of others was touched: %s", key.ptr);
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
    for (size_t n = 0; n < IGD_COUNT(neighbours); n++)
        put(&o, neighbour(&o, n), IGD_STR("theirs"));
    close_other(&o);
    return true;
}

static void destroy(const engine *e IGD_UNUSED, igd_str url)
{
    other o = open_other(url);
    check_neighbours(&o);
    remove_all(&o, all_below(&o, o.space.prefix));
    close_other(&o);
}

/* ---- rows ---- */

static void put_row(other *o, const igd_table *table, const char *const *texts)
{
    igd_value *row = IGD_NEW_ARRAY(o->mem, igd_value, table->column_count);
    for (size_t n = 0; n < table->column_count; n++)
        if (texts[n])
            assert_null(igd_value_parse(table->columns[n].type.kind, igd_str_from(texts[n]), o->mem,
                                        &row[n]));
    put(o, igd_keyspace_record(&o->space, table, row, o->mem), igd_row_json(table, row, o->mem));
}

static void put_rows(const engine *e IGD_UNUSED, igd_str url, const igd_table *table,
                     const char *const *texts, size_t rows)
{
    other o = open_other(url);
    pair_list all = all_below(&o, o.space.prefix);
    igd_value keys[8];
    for (size_t n = 0; n < all.len; n++)
        if (igd_keyspace_decode(&o.space, table, all.items[n].key, o.mem, keys))
            remove_key(&o, all.items[n].key);
    for (size_t n = 0; n < rows; n++)
        put_row(&o, table, texts + n * table->column_count);
    close_other(&o);
}

/* ---- conflicts ---- */

static pair_list conflict_rows(other *o)
{
    igd_str parts[] = {IGD_STR("ingitdb_sync_conflicts"), IGD_STR("")};
    return all_below(o, igd_keyspace_book(&o->space, o->mem, parts, IGD_COUNT(parts)));
}

static igd_str conflicts(const engine *e IGD_UNUSED, igd_str url, igd_arena *mem)
{
    static const char *const names[] = {"decision", "collection", "key", "commit_id",
                                        "base",     "old",        "new"};
    other o = open_other(url);
    pair_list rows = conflict_rows(&o);
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < rows.len; n++) {
        cJSON *row = cJSON_Parse(rows.items[n].value.ptr);
        assert_non_null(row);
        igd_buf_puts(&text, n ? "; " : "");
        for (size_t k = 0; k < IGD_COUNT(names); k++) {
            const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(row, names[k]));
            igd_buf_printf(&text, "%s%s", k ? " " : "", value ? value : "-");
        }
        cJSON_Delete(row);
    }
    igd_str out = rows.len ? igd_arena_str(mem, igd_buf_view(&text)) : (igd_str){0};
    igd_buf_free(&text);
    close_other(&o);
    return out;
}

static void clear_conflicts(const engine *e IGD_UNUSED, igd_str url)
{
    other o = open_other(url);
    remove_all(&o, conflict_rows(&o));
    close_other(&o);
}

const suite_driver suite_etcd_drivers[] = {
    {.name = "etcd",
     .engine = &engine_etcd,
     .create = create,
     .destroy = destroy,
     .put_rows = put_rows,
     .conflicts = conflicts,
     .clear_conflicts = clear_conflicts},
    {.name = "etcd-cluster",
     .engine = &engine_etcd_cluster,
     .create = create,
     .destroy = destroy,
     .put_rows = put_rows,
     .conflicts = conflicts,
     .clear_conflicts = clear_conflicts},
    {.name = NULL},
};
