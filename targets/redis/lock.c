/*
 * The lock: a key that runs out, with the holder as its value. Whose value it is, holds it: the
 * text has a random token, so nobody takes another run's lock for its own.
 *
 * Redis does not know whether its holder lives. A lock that is gone before its time was taken away,
 * and its run stops; unless the server was started again meanwhile, which may have lost it. One
 * that ran out (a paused process, a server that was away) is taken again when nobody else has it:
 * the fence tells whether somebody had it in between.
 */
#include <stdio.h>
#include <unistd.h>

#include "targets/redis/redis.h"

#define POLL_MS  50
#define RENEW_AT 3 /* the part of the lease after which it is renewed */

/* KEYS: the lock. ARGV: the holder, milliseconds, 1 when it may be taken. */
#define KEEP                                               \
    "local there = redis.call('GET', KEYS[1])\n"           \
    "if there == ARGV[1] then\n"                           \
    "  redis.call('PEXPIRE', KEYS[1], ARGV[2])\n"          \
    "  return 1\n"                                         \
    "end\n"                                                \
    "if there or ARGV[3] ~= '1' then return 0 end\n"       \
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n" \
    "return 1\n"

/* KEYS: the lock. ARGV: the holder. */
#define RELEASE                                                    \
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\n" \
    "return redis.call('DEL', KEYS[1])\n"

static int64_t now_ms(void)
{
    return igd_redis_now_us() / 1000;
}

void igd_redis_arg_lock(igd_redis *it)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_redis_arg_key(it, igd_kv_lock_key(&it->kv, mem));
}

static bool ran_out(const igd_redis *it)
{
    return now_ms() - it->renewed_ms >= it->options.lease_ms;
}

static void put_holder(igd_redis *it, bool may_take)
{
    igd_redis_arg(it, it->holder);
    igd_redis_arg_number(it, it->options.lease_ms);
    igd_redis_arg_text(it, may_take ? "1" : "0");
}

void igd_redis_arg_holder(igd_redis *it)
{
    put_holder(it, ran_out(it));
}

/* Who knows of the lock. */
static const char *process_of_lock(igd_redis *it)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const igd_redis_node *node = it->nodes[0];
    if (it->cluster)
        node = igd_redis_slot_node(it, igd_redis_slot(igd_kv_lock_key(&it->kv, mem)));
    return node ? node->process : "";
}

static void note_process(igd_redis *it)
{
    snprintf(it->process, sizeof(it->process), "%s", process_of_lock(it));
}

/* ---- taking and leaving it ---- */

static int try_lock(igd_redis *it, bool *got, igd_error *err)
{
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    int64_t now = now_ms();
    igd_redis_command(it, 6);
    igd_redis_arg_text(it, "SET");
    igd_redis_arg_lock(it);
    igd_redis_arg(it, it->holder);
    igd_redis_arg_text(it, "NX");
    igd_redis_arg_text(it, "PX");
    igd_redis_arg_number(it, it->options.lease_ms);
    int rc = igd_redis_ask(it, &reply, err);
    if (rc)
        return rc;
    *got = reply->type == REDIS_REPLY_STATUS;
    it->renewed_ms = now;
    return IGD_OK;
}

int igd_redis_lock(igd_kv_target *target, int64_t wait_ms, igd_error *err)
{
    igd_redis *it = igd_redis_of(target);
    it->holder = igd_kv_holder_text(target, target->mem);
    for (int64_t left = wait_ms;; left -= POLL_MS) {
        bool got = false;
        int rc = try_lock(it, &got, err);
        if (!rc && got)
            note_process(it);
        if (!rc && got && it->cluster)
            rc = igd_redis_new_epoch(it, 0, err);
        if (rc || got)
            return rc;
        if (left <= 0)
            return igd_kv_fail_locked(target, err);
        usleep((useconds_t)(left < POLL_MS ? left : POLL_MS) * 1000);
    }
}

void igd_redis_unlock(igd_kv_target *target)
{
    igd_redis *it = igd_redis_of(target);
    igd_error ignored = IGD_ERROR_INIT;
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    igd_redis_command(it, 5);
    igd_redis_arg_text(it, "EVAL");
    igd_redis_arg_text(it, RELEASE);
    igd_redis_arg_text(it, "1");
    igd_redis_arg_lock(it);
    igd_redis_arg(it, it->holder);
    (void)igd_redis_ask(it, &reply, &ignored);
}

int igd_redis_break_lock(igd_kv_target *target, igd_error *err)
{
    igd_redis *it = igd_redis_of(target);
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    igd_redis_command(it, 2);
    igd_redis_arg_text(it, "DEL");
    igd_redis_arg_lock(it);
    return igd_redis_ask(it, &reply, err);
}

int igd_redis_holder(igd_kv_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err)
{
    igd_redis *it = igd_redis_of(target);
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    igd_redis_command(it, 2);
    igd_redis_arg_text(it, "GET");
    igd_redis_arg_lock(it);
    int rc = igd_redis_ask(it, &reply, err);
    if (rc)
        return rc;
    *out = (igd_lock_holder){.held = reply->type != REDIS_REPLY_NIL};
    if (reply->type == REDIS_REPLY_STRING)
        (void)igd_kv_holder_parse(igd_redis_text(reply), mem, out);
    return IGD_OK;
}

/* ---- keeping it ---- */

int igd_redis_fail_taken(igd_error *err)
{
    (void)igd_fail(err, IGD_E_STALE_BASE, "the lock of this run was taken away");
    return igd_hint(err, "see who writes to the target ('migrate status'), then run it again");
}

static int keep(igd_redis *it, bool may_take, igd_error *err)
{
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    int64_t now = now_ms();
    igd_redis_command(it, 7);
    igd_redis_arg_text(it, "EVAL");
    igd_redis_arg_text(it, KEEP);
    igd_redis_arg_text(it, "1");
    igd_redis_arg_lock(it);
    put_holder(it, may_take);
    int rc = igd_redis_ask(it, &reply, err);
    if (rc)
        return rc;
    if (reply->type != REDIS_REPLY_INTEGER || reply->integer != 1)
        return igd_redis_fail_taken(err);
    it->renewed_ms = now;
    return IGD_OK;
}

/* In a cluster nothing else asks whether somebody had the lock in between. The epoch comes first:
 * who replaces our mark after we have looked takes a later one, and shuts ours out. */
static int begin_again(igd_redis *it, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const igd_kv_fence *fence = &it->kv.fence;
    igd_kv_value now = {0};
    int rc = igd_redis_new_epoch(it, 0, err);
    if (rc || !it->kv.running || !fence->key.ptr)
        return rc;
    rc = igd_redis_get(&it->kv, &fence->key, 1, IGD_KV_JSON, mem, &now, err);
    if (!rc && (now.there != fence->value.there || !igd_str_eq(now.bytes, fence->value.bytes)))
        rc = igd_redis_fail_stale(err);
    return rc;
}

int igd_redis_renew_lock(igd_redis *it, igd_error *err)
{
    if (now_ms() - it->renewed_ms < it->options.lease_ms / RENEW_AT)
        return IGD_OK;
    bool late = ran_out(it);
    int rc = keep(it, late, err);
    return !rc && late && it->cluster ? begin_again(it, err) : rc;
}

/* The requests of a server of its own see a lock that was taken away, those of a cluster do not. */
int igd_redis_keep_lock(igd_kv_target *target, igd_error *err)
{
    igd_redis *it = igd_redis_of(target);
    return it->cluster && !ran_out(it) ? keep(it, false, err) : igd_redis_renew_lock(it, err);
}

/* It may be made the one that takes writes. */
static int fail_replica(igd_error *err)
{
    (void)igd_fail(err, IGD_E_TARGET, "redis: the server is a replica, and takes no writes");
    err->transient = true;
    return igd_hint(err, "name the one that takes writes");
}

int igd_redis_recover(igd_kv_target *target, igd_error *err)
{
    igd_redis *it = igd_redis_of(target);
    /* What was on its way may still be carried out: a new connection comes behind it, and in a
     * cluster a new epoch. */
    int rc = igd_redis_connect(it, err);
    if (rc)
        return rc;
    if (!it->cluster && it->nodes[0]->replica && target->mode == IGD_OPEN_WRITE) {
        igd_redis_disconnect(it);
        return fail_replica(err);
    }
    if (!target->locked)
        return IGD_OK;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_lock_holder holder;
    rc = igd_redis_holder(target, mem, &holder, err); /* by whoever answers for the lock now */
    bool other = strcmp(it->process, process_of_lock(it)) != 0;
    if (!rc)
        rc = keep(it, ran_out(it) || other, err);
    if (!rc && it->cluster)
        rc = igd_redis_new_epoch(it, 0, err);
    if (!rc)
        note_process(it);
    return rc;
}
