/*
 * Another client of a Redis server or of a Redis Cluster, for tests: what the program under test
 * did is looked at without any of its code.
 */
#ifndef IGD_TESTS_REDIS_CLIENT_H
#define IGD_TESTS_REDIS_CLIENT_H

#include <hiredis/hiredis.h>
#include <stddef.h>

typedef struct redis_client redis_client;

/* redis://:PASSWORD@HOST:PORT/..., redis+cluster://:PASSWORD@HOST:PORT,HOST:PORT/...: of a cluster
 * every master has to be named. NULL: nobody answers. */
redis_client *redis_client_open(const char *url);
void redis_client_close(redis_client *client);

/* A command whose second word is a key, or that any server may answer. Aborts when it is answered
 * with an error. freeReplyObject() it. */
redisReply *redis_client_ask(redis_client *client, int count, const char *const *words,
                             const size_t *lens);
/* The same, with an error for an answer. */
redisReply *redis_client_try(redis_client *client, int count, const char *const *words,
                             const size_t *lens);

/* All names of keys, in their order: an array. */
redisReply *redis_client_names(redis_client *client);

#endif
