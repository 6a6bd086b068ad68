/*
 * What keeps a run of the past from writing into a cluster.
 *
 * A script sees the keys of one slot only, so that it cannot look at the state's row as it does on
 * a server of its own. Instead each run has an epoch, a number that grows from run to run, and each
 * slot may have a fence, a key that says which epoch is the least that may write there. A run that
 * finds another one's mark replaces that first; then it takes an epoch, raises the fence of every
 * slot to it, and only then reads what there is. The other run may be paused, or think that it
 * still has the lock: none of its requests is carried out any more, in no slot. Where there is no
 * mark nobody is in the middle of writing, and no fence is raised.
 *
 * Fences go after some days. Until then whatever was on its way is too late by the clock: each
 * request also says until when its lease is sure to last, by the clock of the node that it goes to.
 */
#include <stdlib.h>

#include "targets/redis/redis.h"

/* More than the longest lease. */
#define FENCE_MS "172800000"

/* KEYS: the counter. ARGV: what it has to be more than. Not less than the time, so that epochs grow
 * even when it is lost. */
#define NEW_EPOCH                                                    \
    "local now = redis.call('TIME')\n"                               \
    "local was = tonumber(redis.call('GET', KEYS[1]) or '0') or 0\n" \
    "local is = math.max(was, ARGV[1]) + 1\n"                        \
    "is = math.max(is, now[1] * 1000000 + now[2])\n"                 \
    "redis.call('SET', KEYS[1], string.format('%.0f', is))\n"        \
    "return is\n"

/* KEYS: the fence. ARGV: the epoch, milliseconds. Returns what the fence is then. */
#define RAISE                                                        \
    "local was = tonumber(redis.call('GET', KEYS[1]) or '0') or 0\n" \
    "if was > tonumber(ARGV[1]) then return was end\n"               \
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n"           \
    "return tonumber(ARGV[1])\n"

#define AT_ONCE 2048 /* fences that are raised in one go */

static void arg_book(igd_redis *it, const char *name)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str part = igd_str_from(name);
    igd_redis_arg_key(it, igd_keyspace_book(&it->kv.books, mem, &part, 1));
}

int igd_redis_new_epoch(igd_redis *it, int64_t beyond, igd_error *err)
{
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    igd_redis_command(it, 5);
    igd_redis_arg_text(it, "EVAL");
    igd_redis_arg_text(it, NEW_EPOCH);
    igd_redis_arg_text(it, "1");
    arg_book(it, "epoch");
    igd_redis_arg_number(it, beyond);
    igd_redis_last(it)->writes = true;
    int rc = igd_redis_ask(it, &reply, err);
    if (rc)
        return rc;
    if (reply->type != REDIS_REPLY_INTEGER)
        return igd_redis_fail_reply(err);
    it->epoch = reply->integer;
    return IGD_OK;
}

/* ---- fences ---- */

static void learn_names(igd_redis *it)
{
    igd_str parts[] = {IGD_STR("fence"), IGD_STR("")};
    it->fences = igd_xmalloc(IGD_REDIS_SLOTS * sizeof(*it->fences));
    it->fence_begins = igd_keyspace_book(&it->kv.books, it->kv.mem, parts, IGD_COUNT(parts));
    igd_redis_slot_names(it->fence_begins, it->fences);
}

igd_str igd_redis_fence_name(igd_redis *it, unsigned slot, igd_buf *out)
{
    if (!it->fences)
        learn_names(it);
    igd_buf_clear(out);
    igd_buf_str(out, it->fence_begins);
    igd_buf_printf(out, "%u", it->fences[slot]);
    return igd_buf_view(out);
}

/* Fences of a range of slots; *highest grows with what they are. */
static int raise_some(igd_redis *it, unsigned from, unsigned to, int64_t *highest, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    for (unsigned slot = from; slot < to; slot++) {
        igd_redis_command(it, 6);
        igd_redis_arg_text(it, "EVAL");
        igd_redis_arg_text(it, RAISE);
        igd_redis_arg_text(it, "1");
        igd_redis_arg_key(it, igd_redis_fence_name(it, slot, &name));
        igd_redis_arg_number(it, it->epoch);
        igd_redis_arg_text(it, FENCE_MS);
        igd_redis_last(it)->writes = true;
    }
    int rc = igd_redis_run(it, err);
    for (size_t n = 0; !rc && n < it->call_count; n++) {
        const redisReply *reply = it->calls[n].reply;
        rc = igd_redis_check(reply, err);
        if (!rc && reply->type != REDIS_REPLY_INTEGER)
            rc = igd_redis_fail_reply(err);
        if (!rc && reply->integer > *highest)
            *highest = reply->integer;
    }
    return rc;
}

static int raise_all(igd_redis *it, int64_t *highest, igd_error *err)
{
    igd_str tag;
    int rc = IGD_OK;
    *highest = 0;
    if (igd_redis_hash_tag(it->kv.books.prefix, &tag)) { /* which all keys have */
        unsigned slot = igd_redis_slot(it->kv.books.prefix);
        return raise_some(it, slot, slot + 1, highest, err);
    }
    for (unsigned slot = 0; !rc && slot < IGD_REDIS_SLOTS; slot += AT_ONCE)
        rc = raise_some(it, slot, slot + AT_ONCE, highest, err);
    return rc;
}

int igd_redis_shut_out(igd_kv_target *target, igd_error *err)
{
    igd_redis *it = igd_redis_of(target);
    int64_t highest = 0;
    int rc = IGD_OK;
    /* Twice when the counter was lost, and the clock of the node that has it is behind. */
    for (int tries = 0; !rc && tries < 3; tries++) {
        rc = igd_redis_new_epoch(it, highest, err);
        if (!rc)
            rc = raise_all(it, &highest, err);
        if (!rc && highest <= it->epoch)
            return IGD_OK;
    }
    return rc ? rc : igd_redis_fail_stale(err);
}
