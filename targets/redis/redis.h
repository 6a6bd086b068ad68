/*
 * Redis (7; whatever speaks its protocol and runs Lua scripts) as a target: igd_kv_ops over one
 * server, or over the masters of a Redis Cluster.
 *
 * Requests are pipelined: igd_redis_command and igd_redis_arg put calls together, each with the key
 * that says where it goes; igd_redis_run sends all of them, to each node its own, and takes the
 * replies. What goes wrong on the way closes all connections, and then everything fails until
 * recover.
 *
 * One Lua script (exchange.lua.h) compares and exchanges keys. On a server of its own it takes all
 * keys of a request, and the state's row, the fence, is looked at first. In a cluster it takes the
 * keys of one slot, and the fence is one of the slot (fence.c).
 */
#ifndef IGD_TARGETS_REDIS_REDIS_H
#define IGD_TARGETS_REDIS_REDIS_H

#include "targets/kv/kv_target.h"
#include "targets/redis/node.h"
#include "targets/redis/options.h"
#include "targets/redis/slot.h"

/* A command on its way. */
typedef struct igd_redis_call {
    igd_str key;          /* decides about the node; a view of the call's own words */
    size_t key_at;        /* where they are in igd_redis.out, */
    size_t from, to;      /* and the whole command */
    size_t deadline;      /* the place of a time limit in it, or 0 (igd_redis_arg_deadline) */
    bool fixed;           /* for `node`, wherever keys are */
    bool writes;          /* what replicas have to confirm */
    bool asking;          /* where the node is that takes the slot over */
    igd_redis_node *node; /* where it goes */
    redisReply *reply;    /* once igd_redis_run has succeeded; errors of the server's, too */
} igd_redis_call;

typedef struct igd_redis_cluster igd_redis_cluster;

typedef struct igd_redis {
    igd_kv_target kv;
    igd_redis_options options;
    const volatile int *stop;
    igd_redis_node **nodes; /* a server of its own: the one; else all that were ever named */
    size_t node_count;
    igd_redis_cluster *cluster; /* NULL: a server of its own */
    bool connected;
    igd_buf out; /* the words of all calls */
    igd_redis_call *calls;
    size_t call_count, call_room;
    bool ran;        /* the next command begins anew */
    char script[41]; /* SHA-1 of the script; empty: servers need not have it */
    igd_str holder;  /* what we write into the lock; of kv.mem */
    int64_t renewed_ms;
    char process[64];     /* the server that knew of our lock when we took it */
    int64_t epoch;        /* in a cluster: of this run's writes */
    uint32_t *fences;     /* the number in the name of each slot's fence, when they are known */
    igd_str fence_begins; /* which stands before it */
} igd_redis;

static inline igd_redis *igd_redis_of(igd_kv_target *target)
{
    return (igd_redis *)target;
}

/* ---- request.c ---- */

/* Connects and logs in; what was there is closed before. */
int igd_redis_connect(igd_redis *it, igd_error *err);
void igd_redis_disconnect(igd_redis *it);
/* igd_redis_node_open, with a key that we may look at. */
int igd_redis_open_node(igd_redis *it, igd_redis_node *node, igd_error *err);

/* A call of so many words; the first one of a request forgets the one before. */
void igd_redis_command(igd_redis *it, size_t words);
void igd_redis_arg(igd_redis *it, igd_str word);
void igd_redis_arg_key(igd_redis *it, igd_str key); /* the word that says where it goes */
void igd_redis_arg_text(igd_redis *it, const char *word);
void igd_redis_arg_number(igd_redis *it, int64_t word);
/* Until when the call may be carried out, as its node's clock tells the time: microseconds. */
void igd_redis_arg_deadline(igd_redis *it);
/* The call that was begun last. */
igd_redis_call *igd_redis_last(igd_redis *it);

/* Every call has a reply then. */
int igd_redis_run(igd_redis *it, igd_error *err);
/* The reply is the caller's. */
redisReply *igd_redis_take(igd_redis *it, size_t call);
/* Runs one call. An error of the server's is an error. */
int igd_redis_ask(igd_redis *it, redisReply **out, igd_error *err);

/* ---- cluster.c: which node has which keys ---- */

igd_redis_cluster *igd_redis_cluster_new(void);
void igd_redis_cluster_free(igd_redis_cluster *cluster); /* NULL is fine */

/* A node by its address; a new one when there was none. */
igd_redis_node *igd_redis_node_at(igd_redis *it, igd_str host, igd_str port);
/* Reads the slot table, preferably not from `doubted` (or NULL). */
int igd_redis_learn(igd_redis *it, const igd_redis_node *doubted, igd_error *err);
/* Where a key is, by the table; connected. */
int igd_redis_route(igd_redis *it, igd_str key, igd_redis_node **out, igd_error *err);
/* The table out of the reply to CLUSTER SLOTS of a node. */
int igd_redis_read_slots(igd_redis *it, const redisReply *reply, const igd_redis_node *from,
                         igd_error *err);
/* "MOVED 3999 10.0.0.1:6381", "ASK 3999 [::1]:6381": false when it is no such text. */
bool igd_redis_read_redirect(igd_str text, const char *word, igd_str *host, igd_str *port);
igd_redis_node *igd_redis_slot_node(const igd_redis *it, unsigned slot);

/* ---- layout.c ---- */

/* Which slots are where, as all masters say it, and whether some are on their way. Two equal
 * digests: nothing has moved in between. */
int igd_redis_layout(igd_redis *it, igd_digest *out, bool *moving, igd_error *err);
/* Whether all masters say that the cluster is complete: else it is transient. */
int igd_redis_check_state(igd_redis *it, igd_error *err);
/* Every master's replicas are asked to confirm what we have written; those that do not are told in
 * a warning. An error when a master is none any more. */
int igd_redis_confirm(igd_redis *it, igd_error *err);

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

/* As keep_lock does, but only when it is time. */
int igd_redis_renew_lock(igd_redis *it, igd_error *err);
/* For the script of writes, which looks at the lock and renews it: its key; three words of the
 * holder. */
void igd_redis_arg_lock(igd_redis *it);
void igd_redis_arg_holder(igd_redis *it);
int igd_redis_fail_taken(igd_error *err);
int igd_redis_fail_stale(igd_error *err);

/* The words of one write for the script. */
void igd_redis_arg_write(igd_redis *it, const igd_kv_write *write, igd_buf *scratch);
/* Sets igd_redis.script. */
int igd_redis_load_script(igd_redis *it, const char *text, igd_error *err);
/* The script's answer: numbers of those that were not as expected, from 0 on. False when it is
 * none. */
bool igd_redis_read_others(const redisReply *reply, size_t most, size_t *numbers);
/* What is there under those keys that were not as expected (numbers in `writes`). */
int igd_redis_look_at(igd_redis *it, igd_kv_write *writes, const size_t *numbers, size_t count,
                      igd_arena *mem, igd_error *err);

/* ---- fence.c, write_cluster.c: in a cluster ---- */

/* Of this run from now on; more than any before, and than `beyond`. */
int igd_redis_new_epoch(igd_redis *it, int64_t beyond, igd_error *err);
int igd_redis_shut_out(igd_kv_target *target, igd_error *err);
/* The fence of a slot: its name. */
igd_str igd_redis_fence_name(igd_redis *it, unsigned slot, igd_buf *out);
int igd_redis_write_cluster(igd_redis *it, igd_kv_write *writes, size_t count,
                            const igd_kv_fence *fence, igd_arena *mem, igd_error *err);

/* ---- script.c: lines of scripts, which a cluster does not have ---- */

extern const igd_kv_script_style igd_redis_scripts;

/* Text in which nothing is a wildcard of SCAN's. */
void igd_redis_put_literal(igd_buf *out, igd_str text);

#endif
