/*
 * The lock: a key that runs out, with the holder as its value. Whose value it is, holds it: the
 * text has a random token, so nobody takes another run's lock for its own.
 *
 * Redis does not know whether its holder lives. A lock that is gone before its time was taken away,
 * and its run stops; unless the server was started again meanwhile, which may have lost it. One
 * that ran out (a paused process, a server that was away) is taken again when nobody else has it:
 * the fence tells whether somebody had it in between.
 */
#include <time.h>
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

/* Goes on while the machine sleeps. */
static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void igd_redis_arg_lock(igd_redis *it)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_redis_arg(it, igd_kv_lock_key(&it->kv, mem));
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

int igd_redis_keep_lock(igd_kv_target *target, igd_error *err)
{
    igd_redis *it = igd_redis_of(target);
    if (now_ms() - it->renewed_ms < it->options.lease_ms / RENEW_AT)
        return IGD_OK;
    return keep(it, ran_out(it), err);
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
    char before[sizeof(it->process)];
    memcpy(before, it->process, sizeof(before));
    /* What was on its way may still be carried out: a new connection comes behind it. */
    int rc = igd_redis_connect(it, err);
    if (rc) {
        memcpy(it->process, before, sizeof(before));
        return rc;
    }
    if (it->replica && target->mode == IGD_OPEN_WRITE)
        return fail_replica(err);
    if (!target->locked)
        return IGD_OK;
    return keep(it, ran_out(it) || strcmp(before, it->process) != 0, err);
}
