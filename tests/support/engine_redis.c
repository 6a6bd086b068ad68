/*
 * Redis for tests (engine.h): a database is a prefix, which need not be made.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/engine.h"
#include "tests/support/redis_client.h"

/* The prefix is what stands behind the last '/' of the path; of ours all keys begin with it and
 * ':'.
 */
static redis_client *open_server(const char *url, char **begins)
{
    const char *host = strstr(url, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    size_t len = path ? strcspn(path, "?") : 0;
    while (len > 0 && memchr(path + 1, '/', len - 1)) {
        path++;
        len--;
    }
    redis_client *redis = path ? redis_client_open(url) : NULL;
    if (!redis || asprintf(begins, "%.*s:", (int)len - 1, path + 1) < 0) {
        fprintf(stderr, "%s: no prefix, or nobody there\n", url);
        abort();
    }
    return redis;
}

static redisReply *ask(redis_client *redis, int count, const char **words, const size_t *lens)
{
    return redis_client_ask(redis, count, words, lens);
}

static redisReply *ask_of(redis_client *redis, const char *command, const redisReply *name)
{
    const char *words[] = {command, name->str};
    const size_t lens[] = {strlen(command), (size_t)name->len};
    return ask(redis, 2, words, lens);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(redisReply *const *)a)->str, (*(redisReply *const *)b)->str);
}

static int begins_with(const redisReply *name, const char *begins)
{
    size_t len = strlen(begins);
    return (size_t)name->len >= len && memcmp(name->str, begins, len) == 0;
}

static char *run(const char *url, const char *sql, char **value)
{
    char *wrong = NULL;
    (void)value;
    if (asprintf(&wrong, "%s has no SQL: %s", url, sql) < 0)
        abort();
    return wrong;
}

static char *create(const char *url)
{
    (void)url;
    return NULL;
}

static char *drop(const char *url)
{
    char *begins;
    redis_client *redis = open_server(url, &begins);
    redisReply *names = redis_client_names(redis);
    for (size_t n = 0; n < names->elements; n++)
        if (begins_with(names->element[n], begins))
            freeReplyObject(ask_of(redis, "DEL", names->element[n]));
    freeReplyObject(names);
    redis_client_close(redis);
    free(begins);
    return NULL;
}

static void copy_value(redis_client *redis, const redisReply *name, const char *from,
                       const char *to)
{
    size_t rest = (size_t)name->len - strlen(from), len = strlen(to) + rest;
    char *copy = malloc(len + 1);
    memcpy(copy, to, strlen(to));
    memcpy(copy + strlen(to), name->str + strlen(from), rest);
    redisReply *value = ask_of(redis, "DUMP", name);
    const char *words[] = {"RESTORE", copy, "0", value->str, "REPLACE"};
    const size_t lens[] = {7, len, 1, (size_t)value->len, 7};
    freeReplyObject(ask(redis, 5, words, lens));
    freeReplyObject(value);
    free(copy);
}

static char *copy(const char *from, const char *url)
{
    char *begins, *to;
    redis_client *redis = open_server(from, &begins);
    redis_client_close(open_server(url, &to));
    redisReply *names = redis_client_names(redis);
    for (size_t n = 0; n < names->elements; n++)
        if (begins_with(names->element[n], begins))
            copy_value(redis, names->element[n], begins, to);
    freeReplyObject(names);
    redis_client_close(redis);
    free(begins);
    free(to);
    return NULL;
}

static void print_value(redis_client *redis, const redisReply *name, FILE *out)
{
    redisReply *type = ask_of(redis, "TYPE", name);
    bool hash = strcmp(type->str, "hash") == 0;
    redisReply *value = ask_of(redis, hash ? "HGETALL" : "GET", name);
    for (size_t n = 0; hash && n < value->elements; n += 2)
        for (size_t k = n + 2; k < value->elements; k += 2)
            if (compare_names(&value->element[n], &value->element[k]) > 0)
                for (size_t i = 0; i < 2; i++) {
                    redisReply *other = value->element[n + i];
                    value->element[n + i] = value->element[k + i];
                    value->element[k + i] = other;
                }
    for (size_t n = 0; hash && n < value->elements; n += 2)
        fprintf(out, " %s=%s", value->element[n]->str, value->element[n + 1]->str);
    if (!hash)
        fprintf(out, " %s", value->str);
    freeReplyObject(value);
    freeReplyObject(type);
}

/* Keys without their prefix, and values, a line each. */
static char *dump(const char *url, engine_keys which)
{
    char *begins, *text = NULL;
    size_t len = 0;
    redis_client *redis = open_server(url, &begins);
    redisReply *names = redis_client_names(redis);
    FILE *out = open_memstream(&text, &len);
    for (size_t n = 0; n < names->elements; n++) {
        const redisReply *name = names->element[n];
        const char *shown = begins_with(name, begins)
                                ? engine_shown(name->str + strlen(begins), ".ingitdb:", which)
                                : NULL;
        if (!shown)
            continue;
        fprintf(out, "%s =", shown);
        print_value(redis, name, out);
        fputc('\n', out);
    }
    fclose(out);
    freeReplyObject(names);
    redis_client_close(redis);
    free(begins);
    return text;
}

static char *one(const char *url, int count, const char **words)
{
    char *begins, *text = NULL;
    redis_client *redis = open_server(url, &begins);
    size_t lens[3];
    for (int n = 0; n < count; n++)
        lens[n] = strlen(words[n]);
    redisReply *reply = ask(redis, count, words, lens);
    if (reply->type == REDIS_REPLY_STRING)
        text = strdup(reply->str);
    freeReplyObject(reply);
    redis_client_close(redis);
    free(begins);
    return text;
}

static void put(const char *url, const char *key, const char *text)
{
    free(one(url, 3, (const char *[]){"SET", key, text}));
}

static char *get(const char *url, const char *key)
{
    return one(url, 2, (const char *[]){"GET", key});
}

static const engine_word words[] = {{NULL, NULL}};

#define STORE                                                                               \
    .words = words, .run = run, .create = create, .drop = drop, .copy = copy, .dump = dump, \
    .put = put, .get = get, .separator = ':'

const engine engine_redis = {.name = "redis", .variable = "IGD_TEST_REDIS", .before = "0/", STORE};
const engine engine_redis_cluster = {
    .name = "redis-cluster", .variable = "IGD_TEST_REDIS_CLUSTER", STORE};
