/*
 * One server, and a connection to it: commands go out as bytes, replies come back one after the
 * other, taken apart by hiredis.
 *
 * Every reply has to be taken. Whatever fails on the way closes the connection.
 */
#ifndef IGD_TARGETS_REDIS_NODE_H
#define IGD_TARGETS_REDIS_NODE_H

#include <hiredis/hiredis.h>

#include "base/buf.h"
#include "base/error.h"
#include "targets/redis/link.h"

typedef struct igd_redis_node {
    igd_redis_options options; /* of this server; host and port are ours */
    char *host, *port;
    igd_redis_link *link; /* NULL: there is no connection */
    redisReader *reader;
    igd_buf out; /* what has not been sent */
    /* Known since it was connected: */
    char process[64]; /* run_id of the server: another one after it was started again */
    char version[32];
    bool of_cluster, replica;
    int64_t clock_us;       /* its clock is ahead of igd_redis_now_us by that, or by more */
    bool unconfirmed;       /* it has writes of ours that no replica was asked about */
    size_t slots, replicas; /* by the slot table: that it is the master of, and has */
} igd_redis_node;

igd_redis_node *igd_redis_node_new(const igd_redis_options *options, igd_str host, igd_str port);
void igd_redis_node_free(igd_redis_node *node);

/* Connects, logs in and looks around. `probe`: the name of some key. A node of a cluster need not
 * hold it. */
int igd_redis_node_open(igd_redis_node *node, igd_str probe, const volatile int *stop,
                        igd_error *err);
void igd_redis_node_close(igd_redis_node *node);

/* Sends what stands in `out`. */
int igd_redis_node_send(igd_redis_node *node, igd_error *err);
/* A reply that is an error of the server's is a reply like any other. */
int igd_redis_node_receive(igd_redis_node *node, redisReply **out, igd_error *err);
/* Sends one command that was put together. An error of the server's is an error. */
int igd_redis_node_ask(igd_redis_node *node, redisReply **out, igd_error *err);

/* Words of commands. */
void igd_redis_put_command(igd_buf *out, size_t words);
void igd_redis_put(igd_buf *out, igd_str word);
void igd_redis_put_text(igd_buf *out, const char *word);
void igd_redis_put_number(igd_buf *out, int64_t word);

/* Goes on while the machine sleeps. */
int64_t igd_redis_now_us(void);

static inline igd_str igd_redis_text(const redisReply *reply)
{
    return (igd_str){reply->str, (size_t)reply->len};
}

IGD_DEFINE_CLEANUP_PTR(redisReply, freeReplyObject)

/* ---- error.c ---- */

/* The reply is an error of that kind: "NOSCRIPT". Also when it came out of a script. */
bool igd_redis_is_error(const redisReply *reply, const char *kind);
/* IGD_OK unless the reply is an error. */
int igd_redis_check(const redisReply *reply, igd_error *err);
int igd_redis_fail_reply(igd_error *err);

#endif
