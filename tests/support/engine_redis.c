/*
 * Redis for tests (engine.h): a database is a prefix, which need not be made.
 */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/engine.h"

/* redis://:PASSWORD@HOST:PORT/0/PREFIX?... */
static redisContext *open_server(const char *url, char **begins)
{
    char password[64] = "", host[64], prefix[128];
    int port = 0;
    if (sscanf(url, "redis://:%63[^@]@%63[^:]:%d/0/%127[^?]", password, host, &port, prefix) != 4) {
        fprintf(stderr, "%s is no URL of a prefix\n", url);
        abort();
    }
    redisContext *redis = redisConnect(host, port);
    if (!redis || redis->err || asprintf(begins, "%s:", prefix) < 0)
        abort();
    freeReplyObject(redisCommand(redis, "AUTH %s", password));
    return redis;
}

static int compare_names(const void *a, const void *b)
{
    const redisReply *left = *(redisReply *const *)a, *right = *(redisReply *const *)b;
    size_t len = left->len < right->len ? (size_t)left->len : (size_t)right->len;
    int order = memcmp(left->str, right->str, len);
    return order ? order : (left->len > right->len) - (left->len < right->len);
}

static redisReply *ask(redisContext *redis, int count, const char **words, const size_t *lens)
{
    redisReply *reply = redisCommandArgv(redis, count, words, lens);
    if (!reply || reply->type == REDIS_REPLY_ERROR) {
        fprintf(stderr, "%s: %s\n", words[0], reply ? reply->str : redis->errstr);
        abort();
    }
    return reply;
}

static redisReply *ask_of(redisContext *redis, const char *command, const redisReply *name)
{
    const char *words[] = {command, name->str};
    const size_t lens[] = {strlen(command), (size_t)name->len};
    return ask(redis, 2, words, lens);
}

/* All names, in their order. */
static redisReply *names_of(redisContext *redis)
{
    const char *words[] = {"KEYS", "*"};
    const size_t lens[] = {4, 1};
    redisReply *names = ask(redis, 2, words, lens);
    if (names->elements > 0)
        qsort(names->element, names->elements, sizeof(*names->element), compare_names);
    return names;
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
    redisContext *redis = open_server(url, &begins);
    redisReply *names = names_of(redis);
    for (size_t n = 0; n < names->elements; n++)
        if (begins_with(names->element[n], begins))
            freeReplyObject(ask_of(redis, "DEL", names->element[n]));
    freeReplyObject(names);
    redisFree(redis);
    free(begins);
    return NULL;
}

static void copy_value(redisContext *redis, const redisReply *name, const char *from,
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
    redisContext *redis = open_server(from, &begins);
    redisFree(open_server(url, &to));
    redisReply *names = names_of(redis);
    for (size_t n = 0; n < names->elements; n++)
        if (begins_with(names->element[n], begins))
            copy_value(redis, names->element[n], begins, to);
    freeReplyObject(names);
    redisFree(redis);
    free(begins);
    free(to);
    return NULL;
}

static void print_value(redisContext *redis, const redisReply *name, FILE *out)
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
static char *dump(const char *url, bool books)
{
    static const char own[] = ".ingitdb:";
    char *begins, *text = NULL;
    size_t len = 0;
    redisContext *redis = open_server(url, &begins);
    redisReply *names = names_of(redis);
    FILE *out = open_memstream(&text, &len);
    for (size_t n = 0; n < names->elements; n++) {
        const redisReply *name = names->element[n];
        if (!begins_with(name, begins))
            continue;
        const char *rest = name->str + strlen(begins);
        bool is_book = strncmp(rest, own, strlen(own)) == 0;
        if (is_book != books)
            continue;
        fprintf(out, "%s =", rest + (books ? strlen(own) : 0));
        print_value(redis, name, out);
        fputc('\n', out);
    }
    fclose(out);
    freeReplyObject(names);
    redisFree(redis);
    free(begins);
    return text;
}

static char *one(const char *url, int count, const char **words)
{
    char *begins, *text = NULL;
    redisContext *redis = open_server(url, &begins);
    size_t lens[3];
    for (int n = 0; n < count; n++)
        lens[n] = strlen(words[n]);
    redisReply *reply = ask(redis, count, words, lens);
    if (reply->type == REDIS_REPLY_STRING)
        text = strdup(reply->str);
    freeReplyObject(reply);
    redisFree(redis);
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

const engine engine_redis = {.name = "redis",
                             .variable = "IGD_TEST_REDIS",
                             .words = words,
                             .run = run,
                             .create = create,
                             .drop = drop,
                             .copy = copy,
                             .before = "0/",
                             .dump = dump,
                             .put = put,
                             .get = get};
