/*
 * Redis (7; whatever speaks its protocol and runs Lua scripts) as a target: igd_kv_ops over a link
 * that carries RESP 2, taken apart by hiredis.
 *
 * Requests are pipelined: igd_redis_command and igd_redis_arg put commands together, igd_redis_send
 * sends all of them, igd_redis_receive takes one reply after the other. Every reply has to be
 * taken; what goes wrong on the way closes the link, and then everything fails until recover.
 *
 * One Lua script (exchange.lua.h) compares and exchanges all keys of a request: nothing of others
 * runs in between, and the state's row, the fence, is looked at first.
 */
#ifndef IGD_TARGETS_REDIS_REDIS_H
#define IGD_TARGETS_REDIS_REDIS_H

#include <hiredis/hiredis.h>

#include "targets/kv/kv_target.h"
#include "targets/redis/link.h"
#include "targets/redis/options.h"

typedef struct igd_redis {
    igd_kv_target kv;
    igd_redis_options options;
    const volatile int *stop;
    igd_redis_link *link; /* NULL: there is no connection */
    redisReader *reader;
    igd_buf out;      /* commands that have not been sent */
    char script[41];  /* SHA-1 of the script; empty: the server need not have it */
    char process[64]; /* run_id of the server: another one after it was started again */
    bool replica;
    igd_str holder; /* what we write into the lock; of kv.mem */
    int64_t renewed_ms;
} igd_redis;

static inline igd_redis *igd_redis_of(igd_kv_target *target)
{
    return (igd_redis *)target;
}

IGD_DEFINE_CLEANUP_PTR(redisReply, freeReplyObject)

/* ---- request.c ---- */

/* Connects and logs in; what was there is closed before. */
int igd_redis_connect(igd_redis *it, igd_error *err);
void igd_redis_disconnect(igd_redis *it);

void igd_redis_command(igd_redis *it, size_t words);
void igd_redis_arg(igd_redis *it, igd_str word);
void igd_redis_arg_text(igd_redis *it, const char *word);
void igd_redis_arg_number(igd_redis *it, int64_t word);
int igd_redis_send(igd_redis *it, igd_error *err);
/* A reply that is an error of the server's is a reply like any other. */
int igd_redis_receive(igd_redis *it, redisReply **out, igd_error *err);
/* Sends one command that was put together. An error of the server's is an error. */
int igd_redis_ask(igd_redis *it, redisReply **out, igd_error *err);

static inline igd_str igd_redis_text(const redisReply *reply)
{
    return (igd_str){reply->str, (size_t)reply->len};
}

/* ---- error.c ---- */

/* The reply is an error of that kind: "NOSCRIPT". Also when it came out of a script. */
bool igd_redis_is_error(const redisReply *reply, const char *kind);
/* IGD_OK unless the reply is an error. */
int igd_redis_check(const redisReply *reply, igd_error *err);
int igd_redis_fail_reply(igd_error *err);

/* ---- read.c, write.c, lock.c: igd_kv_ops ---- */

int igd_redis_get(igd_kv_target *target, const igd_str *keys, size_t count, igd_kv_layout layout,
                  igd_arena *mem, igd_kv_value *out, igd_error *err);
int igd_redis_scan(igd_kv_target *target, igd_str begins, igd_kv_layout layout,
                   igd_kv_scan_callback *callback, void *payload, igd_error *err);
int igd_redis_write(igd_kv_target *target, igd_kv_write *writes, size_t count,
                    const igd_kv_fence *fence, igd_arena *mem, igd_error *err);

int igd_redis_lock(igd_kv_target *target, int64_t wait_ms, igd_error *err);
void igd_redis_unlock(igd_kv_target *target);
int igd_redis_holder(igd_kv_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err);
int igd_redis_break_lock(igd_kv_target *target, igd_error *err);
int igd_redis_keep_lock(igd_kv_target *target, igd_error *err);
int igd_redis_recover(igd_kv_target *target, igd_error *err);

/* For the script of writes, which looks at the lock and renews it: its key; three words of the
 * holder. */
void igd_redis_arg_lock(igd_redis *it);
void igd_redis_arg_holder(igd_redis *it);
int igd_redis_fail_taken(igd_error *err);

/* Text in which nothing is a wildcard of SCAN's. */
void igd_redis_put_literal(igd_buf *out, igd_str text);

#endif
