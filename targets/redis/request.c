/*
 * Calls: putting them together, sending each to its node, and following where the nodes of a
 * cluster say that keys are.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "targets/redis/redis.h"

#define DEADLINE_DIGITS 16
#define WAIT_MS         20 /* for keys that are on their way */
#define MOST_REDIRECTS  32 /* of one request, without any waiting */

/* ---- putting together ---- */

static void clear(igd_redis *it)
{
    for (size_t n = 0; n < it->call_count; n++)
        freeReplyObject(it->calls[n].reply);
    it->call_count = 0;
    igd_buf_clear(&it->out);
    it->ran = false;
}

void igd_redis_command(igd_redis *it, size_t words)
{
    if (it->ran)
        clear(it);
    if (it->call_count == it->call_room) {
        it->call_room = it->call_room ? it->call_room * 2 : 64;
        it->calls = igd_xrealloc(it->calls, it->call_room * sizeof(*it->calls));
    }
    it->calls[it->call_count++] = (igd_redis_call){.from = it->out.len, .to = it->out.len};
    igd_redis_put_command(&it->out, words);
}

igd_redis_call *igd_redis_last(igd_redis *it)
{
    return &it->calls[it->call_count - 1];
}

void igd_redis_arg(igd_redis *it, igd_str word)
{
    igd_redis_put(&it->out, word);
    igd_redis_last(it)->to = it->out.len;
}

void igd_redis_arg_key(igd_redis *it, igd_str key)
{
    igd_redis_arg(it, key);
    igd_redis_call *call = igd_redis_last(it);
    call->key_at = it->out.len - key.len - 2;
    call->key = key;
}

void igd_redis_arg_text(igd_redis *it, const char *word)
{
    igd_redis_arg(it, igd_str_from(word));
}

void igd_redis_arg_number(igd_redis *it, int64_t word)
{
    igd_redis_put_number(&it->out, word);
    igd_redis_last(it)->to = it->out.len;
}

void igd_redis_arg_deadline(igd_redis *it)
{
    igd_redis_arg(it, (igd_str){"0000000000000000", DEADLINE_DIGITS});
    igd_redis_last(it)->deadline = it->out.len - DEADLINE_DIGITS - 2;
}

/* ---- sending and receiving ---- */

static void put_deadline(igd_redis *it, const igd_redis_call *call)
{
    char digits[32];
    int64_t until = (it->renewed_ms + it->options.lease_ms) * 1000 + call->node->clock_us;
    snprintf(digits, sizeof(digits), "%0*" PRId64, DEADLINE_DIGITS, until > 0 ? until : 0);
    memcpy(it->out.ptr + call->deadline, digits, DEADLINE_DIGITS);
}

int igd_redis_open_node(igd_redis *it, igd_redis_node *node, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    return igd_redis_node_open(node, igd_kv_lock_key(&it->kv, mem), it->stop, err);
}

static int place(igd_redis *it, igd_redis_call *call, igd_error *err)
{
    int rc = IGD_OK;
    call->key = igd_str_sub(igd_buf_view(&it->out), call->key_at, call->key.len);
    if (!call->node)
        rc = igd_redis_route(it, call->key, &call->node, err);
    else if (!call->node->link)
        rc = igd_redis_open_node(it, call->node, err);
    if (rc)
        return rc;
    if (call->deadline)
        put_deadline(it, call);
    if (call->asking) {
        igd_redis_put_command(&call->node->out, 1);
        igd_redis_put_text(&call->node->out, "ASKING");
    }
    igd_buf_add(&call->node->out, it->out.ptr + call->from, call->to - call->from);
    call->node->unconfirmed |= call->writes;
    return IGD_OK;
}

static int receive(igd_redis_call *call, igd_error *err)
{
    if (call->asking) {
        redisReply *ignored = NULL;
        int rc = igd_redis_node_receive(call->node, &ignored, err);
        freeReplyObject(ignored);
        if (rc)
            return rc;
    }
    return igd_redis_node_receive(call->node, &call->reply, err);
}

/* All calls that have no reply. */
static int exchange(igd_redis *it, igd_error *err)
{
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < it->call_count; n++)
        if (!it->calls[n].reply)
            rc = place(it, &it->calls[n], err);
    for (size_t n = 0; !rc && n < it->node_count; n++)
        if (it->nodes[n]->out.len)
            rc = igd_redis_node_send(it->nodes[n], err);
    for (size_t n = 0; !rc && n < it->call_count; n++)
        if (!it->calls[n].reply)
            rc = receive(&it->calls[n], err);
    return rc;
}

/* ---- elsewhere, later ---- */

typedef struct following {
    bool again, moved, waits;
    const igd_redis_node *doubted;
} following;

static void send_again(igd_redis_call *call, igd_redis_node *node, following *f)
{
    freeReplyObject(call->reply);
    call->reply = NULL;
    call->node = node;
    call->asking = false;
    f->again = true;
}

static void follow(igd_redis *it, igd_redis_call *call, following *f)
{
    igd_str host, port, text = igd_redis_text(call->reply);
    bool moved = igd_redis_read_redirect(text, "MOVED", &host, &port);
    if (moved || igd_redis_read_redirect(text, "ASK", &host, &port)) {
        igd_str there = host.len ? host : igd_str_from(call->node->host);
        igd_redis_node *from = call->node, *to = igd_redis_node_at(it, there, port);
        send_again(call, to, f);
        call->asking = !moved;
        f->moved |= moved;
        if (moved)
            f->doubted = from;
    } else if (igd_redis_is_error(call->reply, "TRYAGAIN")) {
        send_again(call, NULL, f);
        f->waits = true;
    }
}

/* The table is read again when it was wrong; the calls go where the nodes say in any case. */
static int follow_all(igd_redis *it, igd_error *err)
{
    int64_t began = igd_redis_now_us();
    int rc = IGD_OK;
    for (int tries = 0; !rc; tries++) {
        following f = {0};
        bool late = igd_redis_now_us() - began >= it->options.timeout_ms * 1000;
        for (size_t n = 0; n < it->call_count && !late; n++)
            if (it->calls[n].reply->type == REDIS_REPLY_ERROR && !it->calls[n].fixed)
                follow(it, &it->calls[n], &f);
        if (!f.again || (it->stop && *it->stop))
            break;
        if (f.waits || tries >= MOST_REDIRECTS)
            usleep(WAIT_MS * 1000);
        if (f.moved)
            rc = igd_redis_learn(it, f.doubted, err);
        if (!rc)
            rc = exchange(it, err);
    }
    return rc;
}

static int check_arrived(const igd_redis_call *call, igd_error *err)
{
    igd_str host, port;
    if (call->reply &&
        (call->reply->type != REDIS_REPLY_ERROR ||
         !igd_redis_read_redirect(igd_redis_text(call->reply), "MOVED", &host, &port)))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_UNREACHABLE, "redis: no node of the cluster answered for a key");
    err->transient = true;
    return igd_hint(err, "slots are being moved, or nodes disagree: redis-cli --cluster check");
}

int igd_redis_run(igd_redis *it, igd_error *err)
{
    int rc = IGD_OK;
    it->ran = true;
    if (!it->connected) {
        rc = igd_fail(err, IGD_E_UNREACHABLE, "redis: the connection was lost");
        err->transient = true;
    }
    if (!rc)
        rc = exchange(it, err);
    if (!rc && it->cluster)
        rc = follow_all(it, err);
    for (size_t n = 0; !rc && it->cluster && n < it->call_count; n++)
        rc = check_arrived(&it->calls[n], err);
    if (rc)
        igd_redis_disconnect(it);
    return rc;
}

redisReply *igd_redis_take(igd_redis *it, size_t call)
{
    redisReply *reply = it->calls[call].reply;
    it->calls[call].reply = NULL;
    return reply;
}

int igd_redis_ask(igd_redis *it, redisReply **out, igd_error *err)
{
    int rc = igd_redis_run(it, err);
    if (!rc)
        rc = igd_redis_check(it->calls[0].reply, err);
    if (!rc)
        *out = igd_redis_take(it, 0);
    return rc;
}

/* ---- connections ---- */

void igd_redis_disconnect(igd_redis *it)
{
    for (size_t n = 0; n < it->node_count; n++)
        igd_redis_node_close(it->nodes[n]);
    it->connected = false;
    it->script[0] = 0;
}

static int check_kind(const igd_redis *it, const igd_redis_node *node, igd_error *err)
{
    if (it->cluster || !node->of_cluster)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_CONFIG, "redis: the server is a node of a Redis Cluster");
    return igd_hint(err, "write redis+cluster://%s:%s/PREFIX", node->host, node->port);
}

int igd_redis_connect(igd_redis *it, igd_error *err)
{
    igd_redis_disconnect(it);
    clear(it);
    int rc =
        it->cluster ? igd_redis_learn(it, NULL, err) : igd_redis_open_node(it, it->nodes[0], err);
    if (!rc)
        rc = check_kind(it, it->nodes[0], err);
    if (rc) {
        igd_redis_disconnect(it);
        return rc;
    }
    it->connected = true;
    return it->cluster ? igd_redis_check_state(it, err) : IGD_OK;
}
