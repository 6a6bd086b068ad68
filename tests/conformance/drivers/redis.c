/*
 * Redis in the suite: a prefix of its own for each test, at the server that IGD_TEST_REDIS names or
 * the cluster that IGD_TEST_REDIS_CLUSTER does, among keys of others that look like ours. What a
 * test leaves of those is looked at in the end.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../suite.h"
#include "cJSON.h"
#include "schema/canonical.h"
#include "targets/kv/keyspace.h"
#include "tests/support/redis_client.h"

/* ---- as another client ---- */

typedef struct other {
    redis_client *redis;
    igd_arena *mem;
    igd_keyspace space;
    bool json;
} other;

static void close_other(other *o)
{
    redis_client_close(o->redis);
    igd_arena_free(o->mem);
}

static other open_other(igd_str text)
{
    other o = {.mem = igd_arena_new()};
    igd_url url;
    igd_error err = IGD_ERROR_INIT;
    if (igd_url_parse(text, o.mem, &url, &err))
        fail_msg("%s", err.message);
    o.redis = redis_client_open(igd_arena_cstr(o.mem, text));
    o.space = (igd_keyspace){.prefix = igd_url_param_get(&url, "prefix"),
                             .separator = ':',
                             .tagged = igd_url_param_get(&url, "hash_tag").ptr != NULL};
    o.json = igd_str_is(igd_url_param_get(&url, "layout"), "json");
    return o;
}

static redisReply *ask(other *o, int count, const igd_str *words)
{
    const char *texts[16];
    size_t lens[16];
    for (int n = 0; n < count; n++) {
        texts[n] = words[n].ptr;
        lens[n] = words[n].len;
    }
    return redis_client_ask(o->redis, count, texts, lens);
}

#define ASK(o, ...)                                                     \
    ask((o), (int)(sizeof((igd_str[]){__VA_ARGS__}) / sizeof(igd_str)), \
        (const igd_str[]){__VA_ARGS__})

/* The names that begin so, in a hash tag too. */
static igd_str_list names_of(other *o, igd_str begins)
{
    igd_str_list found = {0};
    redisReply *all = redis_client_names(o->redis);
    for (size_t n = 0; n < all->elements; n++) {
        igd_str name = {all->element[n]->str, (size_t)all->element[n]->len};
        if (igd_str_starts(name, begins) ||
            (igd_str_starts(name, IGD_STR("{")) &&
             igd_str_starts(igd_str_sub(name, 1, name.len), begins)))
            IGD_PUSH(o->mem, &found, igd_arena_str(o->mem, name));
    }
    freeReplyObject(all);
    return found;
}

static void remove_names(other *o, igd_str_list names)
{
    for (size_t n = 0; n < names.len; n++)
        freeReplyObject(ASK(o, IGD_STR("DEL"), names.items[n]));
}

/* ---- neighbours ---- */

/* Behind the prefix. What is between the quotes of one is a whole name, zero bytes included. */
static const igd_str neighbours[] = {
    {"", 0},
    {"2", 1},
    {"2:t:a", 5},
    {"-x:t:a", 6},
    {":", 1},
    {":t", 2},
    {":t:", 3},
    {":t:a:b", 6},
    {":t:a%61", 7},
    {":t:%zz", 6},
    {":t:a\n", 5},
    {":t:a\0b", 6},
    {":t2:a", 5},
    {":T:a", 4},
    {"::t:a", 5},
    {":t:\xFF", 4},
    {"\xF0\x9F\x98\x80:t:a", 8},
    {"*", 1},
    {"%:t:a", 5},
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

static void put_neighbours(other *o)
{
    for (size_t n = 0; n < IGD_COUNT(neighbours); n++)
        freeReplyObject(ASK(o, IGD_STR("SET"), neighbour(o, n), IGD_STR("theirs")));
}

static void check_neighbours(other *o)
{
    for (size_t n = 0; n < IGD_COUNT(neighbours); n++) {
        redisReply *reply = ASK(o, IGD_STR("GET"), neighbour(o, n));
        bool same = reply->type == REDIS_REPLY_STRING && strcmp(reply->str, "theirs") == 0;
        freeReplyObject(reply);
        if (!same)
            fail_msg("a key of others was touched: %s", neighbour(o, n).ptr);
    }
}

/* ---- a prefix for each test ---- */

static bool create(const engine *e, igd_arena *mem, igd_str *url)
{
    static unsigned prefixes;
    const char *given = getenv(e->variable);
    if (!given || !*given) {
        fprintf(stderr, "SKIPPED: %s names no server\n", e->variable);
        return false;
    }
    *url = igd_arena_printf(mem, "%s%cprefix=igd[suite_%ld_%u&timeout=20%s", given,
                            strchr(given, '?') ? '&' : '?', (long)getpid(), prefixes++,
                            strcmp(e->name, "redis-json") == 0             ? "&layout=json"
                            : strcmp(e->name, "redis-cluster-tagged") == 0 ? "&hash_tag=collection"
                                                                           : "");
    other o = open_other(*url);
    bool there = o.redis != NULL;
    if (there)
        put_neighbours(&o);
    close_other(&o);
    return there;
}

static void destroy(const engine *e IGD_UNUSED, igd_str url)
{
    other o = open_other(url);
    check_neighbours(&o);
    remove_names(&o, names_of(&o, o.space.prefix));
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
    igd_str key = igd_keyspace_record(&o->space, table, row, o->mem);
    if (o->json) {
        freeReplyObject(ASK(o, IGD_STR("SET"), key, igd_row_json(table, row, o->mem)));
        return;
    }
    for (size_t n = 0; n < table->column_count; n++)
        if (texts[n])
            freeReplyObject(
                ASK(o, IGD_STR("HSET"), key, table->columns[n].name, igd_str_from(texts[n])));
}

static void remove_rows(other *o, const igd_table *table)
{
    igd_value keys[8];
    igd_str_list names = names_of(o, o->space.prefix), rows = {0};
    for (size_t n = 0; n < names.len; n++)
        if (igd_keyspace_decode(&o->space, table, names.items[n], o->mem, keys))
            IGD_PUSH(o->mem, &rows, names.items[n]);
    remove_names(o, rows);
}

static void put_rows(const engine *e IGD_UNUSED, igd_str url, const igd_table *table,
                     const char *const *texts, size_t rows)
{
    other o = open_other(url);
    remove_rows(&o, table);
    for (size_t n = 0; n < rows; n++)
        put_row(&o, table, texts + n * table->column_count);
    close_other(&o);
}

/* ---- conflicts ---- */

static igd_str_list conflict_keys(other *o)
{
    igd_str part = IGD_STR("ingitdb_sync_conflicts");
    return names_of(o, igd_keyspace_book(&o->space, o->mem, &part, 1));
}

static const char *member(const cJSON *row, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(row, name));
    return text ? text : "-";
}

static igd_str conflicts(const engine *e IGD_UNUSED, igd_str url, igd_arena *mem)
{
    static const char *const names[] = {"decision", "collection", "key", "commit_id",
                                        "base",     "old",        "new"};
    other o = open_other(url);
    igd_str_list keys = conflict_keys(&o);
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < keys.len; n++) {
        redisReply *reply = ASK(&o, IGD_STR("GET"), keys.items[n]);
        cJSON *row = cJSON_Parse(reply->str);
        assert_non_null(row);
        igd_buf_puts(&text, n ? "; " : "");
        for (size_t k = 0; k < IGD_COUNT(names); k++)
            igd_buf_printf(&text, "%s%s", k ? " " : "", member(row, names[k]));
        cJSON_Delete(row);
        freeReplyObject(reply);
    }
    igd_str out = keys.len ? igd_arena_str(mem, igd_buf_view(&text)) : (igd_str){0};
    igd_buf_free(&text);
    close_other(&o);
    return out;
}

static void clear_conflicts(const engine *e IGD_UNUSED, igd_str url)
{
    other o = open_other(url);
    remove_names(&o, conflict_keys(&o));
    close_other(&o);
}

static const engine_word words[] = {{NULL, NULL}};

static const engine hash = {.name = "redis", .variable = "IGD_TEST_REDIS", .words = words};
static const engine json = {.name = "redis-json", .variable = "IGD_TEST_REDIS", .words = words};
static const engine cluster = {
    .name = "redis-cluster", .variable = "IGD_TEST_REDIS_CLUSTER", .words = words};
static const engine tagged = {
    .name = "redis-cluster-tagged", .variable = "IGD_TEST_REDIS_CLUSTER", .words = words};

#define ROW_OF_REDIS                                                                    \
    .create = create, .destroy = destroy, .put_rows = put_rows, .conflicts = conflicts, \
    .clear_conflicts = clear_conflicts

const suite_driver suite_redis_drivers[] = {
    {.name = "redis", .engine = &hash, ROW_OF_REDIS},
    {.name = "redis-json", .engine = &json, ROW_OF_REDIS},
    {.name = "redis-cluster", .engine = &cluster, ROW_OF_REDIS},
    {.name = "redis-cluster-tagged", .engine = &tagged, ROW_OF_REDIS},
    {.name = NULL},
};
