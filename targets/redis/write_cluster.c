/*
 * Writing into a cluster: a run of the script for each slot, all of them in one pipeline a node.
 * The state's row is written by itself and last, when replicas have what came before it.
 */
#include <stdlib.h>

#include "targets/redis/exchange.lua.h"
#include "targets/redis/redis.h"

typedef struct slotted {
    unsigned slot;
    size_t number; /* in the request */
} slotted;

typedef struct request {
    igd_redis *it;
    igd_kv_write *writes;
    slotted *order; /* by slot */
    size_t count;
    igd_arena *mem;
    size_t *others, other_count; /* numbers of writes that found something else */
} request;

static int compare(const void *a, const void *b)
{
    const slotted *left = a, *right = b;
    if (left->slot != right->slot)
        return left->slot < right->slot ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

/* The end of the group of a slot that begins at `from`. */
static size_t end_of(const request *r, size_t from)
{
    size_t to = from + 1;
    while (to < r->count && r->order[to].slot == r->order[from].slot)
        to++;
    return to;
}

static void put_group(request *r, size_t from, size_t to, igd_buf *scratch)
{
    igd_redis *it = r->it;
    size_t count = to - from;
    igd_redis_command(it, 3 + (1 + count) + (2 + count));
    igd_redis_last(it)->writes = true;
    igd_redis_arg_text(it, "EVALSHA");
    igd_redis_arg_text(it, it->script);
    igd_redis_arg_number(it, (int64_t)count + 1);
    igd_redis_arg_key(it, igd_redis_fence_name(it, r->order[from].slot, scratch));
    for (size_t n = from; n < to; n++)
        igd_redis_arg(it, r->writes[r->order[n].number].key);
    igd_redis_arg_number(it, it->epoch);
    igd_redis_arg_deadline(it);
    for (size_t n = from; n < to; n++)
        igd_redis_arg_write(it, &r->writes[r->order[n].number], scratch);
}

/* ---- answers ---- */

static int fail_late(igd_error *err)
{
    (void)igd_fail(err, IGD_E_UNREACHABLE,
                   "redis: a request came when the lease of its run had run out");
    err->transient = true;
    return igd_hint(err, "give it a longer ?lease=");
}

static int take_answer(request *r, size_t from, size_t to, const redisReply *reply, igd_error *err)
{
    int rc = igd_redis_check(reply, err);
    if (rc)
        return rc;
    if (reply->type == REDIS_REPLY_INTEGER)
        return reply->integer == -3 ? fail_late(err) : igd_redis_fail_stale(err);
    size_t *others = r->others + r->other_count;
    if (reply->type != REDIS_REPLY_ARRAY || !igd_redis_read_others(reply, to - from, others))
        return igd_redis_fail_reply(err);
    for (size_t n = from; n < to; n++)
        r->writes[r->order[n].number].done = true;
    for (size_t n = 0; n < reply->elements; n++)
        others[n] = r->order[from + others[n]].number;
    r->other_count += reply->elements;
    return IGD_OK;
}

/* Those groups that have no answer yet. *lost: a node does not know the script. */
static int run_groups(request *r, bool *answered, bool *lost, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf scratch = IGD_BUF_INIT;
    for (size_t from = 0, to; from < r->count; from = to) {
        to = end_of(r, from);
        if (!answered[from])
            put_group(r, from, to, &scratch);
    }
    int rc = igd_redis_run(r->it, err);
    for (size_t from = 0, to, call = 0; !rc && from < r->count; from = to) {
        to = end_of(r, from);
        if (answered[from])
            continue;
        const redisReply *reply = r->it->calls[call++].reply;
        if (igd_redis_is_error(reply, "NOSCRIPT")) {
            *lost = true;
            continue;
        }
        answered[from] = true;
        rc = take_answer(r, from, to, reply, err);
    }
    return rc;
}

static int run(request *r, igd_error *err)
{
    bool *answered = IGD_NEW_ARRAY(r->mem, bool, r->count + 1), lost = !r->it->script[0];
    int rc = IGD_OK;
    for (int tries = 0; !rc && (tries == 0 || lost); tries++) {
        if (tries == 8)
            return igd_fail(err, IGD_E_TARGET, "redis: servers forget the script all the time");
        if (lost)
            rc = igd_redis_load_script(r->it, IGD_REDIS_EXCHANGE_IN_SLOT, err);
        lost = false;
        if (!rc)
            rc = run_groups(r, answered, &lost, err);
    }
    return rc;
}

/* ---- the state's row ---- */

/* Replaces it when it is what the run knows. It says that everything else is there, so that has to
 * be safe before; and what follows relies on it, so that it has to be safe, too. */
static int write_fence(igd_redis *it, igd_kv_write *write, const igd_kv_fence *fence,
                       igd_arena *mem, igd_error *err)
{
    igd_kv_write guarded = *write;
    slotted place = {igd_redis_slot(write->key), 0};
    size_t other = 0;
    request r = {
        .it = it, .writes = &guarded, .order = &place, .count = 1, .mem = mem, .others = &other};
    guarded.any = false;
    guarded.expected = fence->value;
    int rc = igd_redis_confirm(it, err);
    if (!rc)
        rc = run(&r, err);
    if (!rc && r.other_count)
        rc = igd_redis_fail_stale(err);
    if (!rc)
        rc = igd_redis_confirm(it, err);
    write->done = !rc;
    return rc;
}

int igd_redis_write_cluster(igd_redis *it, igd_kv_write *writes, size_t count,
                            const igd_kv_fence *fence, igd_arena *mem, igd_error *err)
{
    request r = {.it = it,
                 .writes = writes,
                 .order = IGD_NEW_ARRAY(mem, slotted, count),
                 .mem = mem,
                 .others = IGD_NEW_ARRAY(mem, size_t, count)};
    igd_kv_write *last = NULL;
    for (size_t n = 0; n < count; n++)
        if (fence && igd_str_eq(writes[n].key, fence->key))
            last = &writes[n];
        else
            r.order[r.count++] = (slotted){igd_redis_slot(writes[n].key), n};
    if (r.count)
        qsort(r.order, r.count, sizeof(*r.order), compare);
    int rc = r.count ? run(&r, err) : IGD_OK;
    if (!rc)
        rc = igd_redis_look_at(it, writes, r.others, r.other_count, mem, err);
    if (!rc && last)
        rc = write_fence(it, last, fence, mem, err);
    return rc;
}
