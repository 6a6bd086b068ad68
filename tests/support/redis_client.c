/*
 * Asking servers by hiredis; in a cluster, the one that has the key's slot.
 */
#include "tests/support/redis_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_NODES 8
#define SLOTS      16384

struct redis_client {
    redisContext *nodes[MOST_NODES];
    int count;
    char password[64];
    signed char of_slot[SLOTS]; /* number of the node, or -1: not known yet */
};

/* ---- connecting ---- */

static redisContext *connect_to(const char *host, int port, const char *password)
{
    redisContext *redis = redisConnect(host, port);
    if (redis && !redis->err && *password)
        freeReplyObject(redisCommand(redis, "AUTH %s", password));
    if (redis && !redis->err)
        return redis;
    redisFree(redis);
    return NULL;
}

redis_client *redis_client_open(const char *url)
{
    char password[64] = "", hosts[256], host[64];
    const char *rest = strstr(url, "://");
    int port = 0, read = 0;
    if (!rest || (sscanf(rest, "://:%63[^@]@%255[^/?]", password, hosts) != 2 &&
                  sscanf(rest, "://%255[^/?]", hosts) != 1)) {
        fprintf(stderr, "%s is no URL of a server\n", url);
        abort();
    }
    redis_client *client = calloc(1, sizeof(*client));
    memset(client->of_slot, strncmp(url, "redis:", 6) == 0 ? 0 : -1, sizeof(client->of_slot));
    snprintf(client->password, sizeof(client->password), "%s", password);
    for (const char *at = hosts; sscanf(at, "%63[^:]:%d%n", host, &port, &read) == 2;) {
        redisContext *redis = client->count < MOST_NODES ? connect_to(host, port, password) : NULL;
        if (redis)
            client->nodes[client->count++] = redis;
        at += read;
        at += *at == ',';
    }
    if (client->count)
        return client;
    redis_client_close(client);
    return NULL;
}

void redis_client_close(redis_client *client)
{
    for (int n = 0; client && n < client->count; n++)
        redisFree(client->nodes[n]);
    free(client);
}

/* ---- asking ---- */

/* Bit by bit, as the specification of Redis Cluster has it. */
static unsigned slot_of(const char *key, size_t len)
{
    const char *open = memchr(key, '{', len);
    const char *end = open ? memchr(open + 1, '}', len - (size_t)(open + 1 - key)) : NULL;
    if (end && end > open + 1) {
        key = open + 1;
        len = (size_t)(end - key);
    }
    unsigned crc = 0;
    for (size_t n = 0; n < len; n++) {
        crc ^= (unsigned)(unsigned char)key[n] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xFFFF;
    }
    return crc % SLOTS;
}

/* A replica that has become a master is met here. */
static int node_at(redis_client *client, const char *moved)
{
    char host[64] = "";
    int port = 0;
    sscanf(moved, "MOVED %*d %63[^:]:%d", host, &port);
    for (int n = 0; n < client->count; n++)
        if (client->nodes[n]->tcp.port == port)
            return n;
    redisContext *redis =
        client->count < MOST_NODES ? connect_to(host, port, client->password) : NULL;
    if (!redis) {
        fprintf(stderr, "%s: nobody answers there\n", moved);
        abort();
    }
    client->nodes[client->count] = redis;
    return client->count++;
}

redisReply *redis_client_try(redis_client *client, int count, const char *const *words,
                             const size_t *lens)
{
    signed char *place = &client->of_slot[count > 1 ? slot_of(words[1], lens[1]) : 0];
    for (int tries = 0; tries < 3; tries++) {
        const char *copy[32];
        memcpy(copy, words, (size_t)count * sizeof(*copy));
        int node = *place < 0 ? 0 : *place;
        redisReply *reply = redisCommandArgv(client->nodes[node], count, copy, lens);
        if (!reply) {
            fprintf(stderr, "%s: %s\n", words[0], client->nodes[node]->errstr);
            abort();
        }
        if (reply->type != REDIS_REPLY_ERROR || strncmp(reply->str, "MOVED ", 6) != 0)
            return reply;
        *place = (signed char)node_at(client, reply->str);
        freeReplyObject(reply);
    }
    fprintf(stderr, "%s: nobody has the key\n", words[0]);
    abort();
}

redisReply *redis_client_ask(redis_client *client, int count, const char *const *words,
                             const size_t *lens)
{
    redisReply *reply = redis_client_try(client, count, words, lens);
    if (reply->type == REDIS_REPLY_ERROR) {
        fprintf(stderr, "%s: %s\n", words[0], reply->str);
        abort();
    }
    return reply;
}

/* ---- all keys ---- */

static int compare_names(const void *a, const void *b)
{
    const redisReply *left = *(redisReply *const *)a, *right = *(redisReply *const *)b;
    size_t len = left->len < right->len ? (size_t)left->len : (size_t)right->len;
    int order = memcmp(left->str, right->str, len);
    return order ? order : (left->len > right->len) - (left->len < right->len);
}

redisReply *redis_client_names(redis_client *client)
{
    redisReply *all = NULL;
    for (int n = 0; n < client->count; n++) {
        redisReply *some = redisCommand(client->nodes[n], "KEYS *");
        if (!some || some->type != REDIS_REPLY_ARRAY) {
            fprintf(stderr, "KEYS: %s\n", some ? some->str : client->nodes[n]->errstr);
            abort();
        }
        if (!all) {
            all = some;
            continue;
        }
        all->element =
            realloc(all->element, (all->elements + some->elements + 1) * sizeof(*all->element));
        for (size_t k = 0; k < some->elements; k++)
            all->element[all->elements++] = some->element[k];
        some->elements = 0;
        freeReplyObject(some);
    }
    if (all->elements)
        qsort(all->element, all->elements, sizeof(*all->element), compare_names);
    return all;
}
