/*
 * What is asked of all masters of a cluster: whether slots move, and whether replicas have what was
 * written.
 */
#include "base/log.h"
#include "schema/canonical.h"
#include "targets/redis/redis.h"

#define CONFIRM_MS 5000

/* ---- which slots are where ---- */

/* The fields of CLUSTER NODES: id address flags master ping pong epoch link slots... */
#define ID    0
#define FLAGS 2
#define EPOCH 6
#define SLOTS 8

/* What does not change as long as nothing moves, of the line about the node that was asked. */
static bool put_own_line(igd_str text, igd_buf *out)
{
    igd_str line, word;
    while (igd_str_split(&text, '\n', &line)) {
        igd_buf kept = IGD_BUF_INIT;
        bool own = false;
        for (int n = 0; igd_str_split(&line, ' ', &word); n++) {
            own |= n == FLAGS && igd_str_starts(word, IGD_STR("myself"));
            if (n == ID || n == FLAGS || n == EPOCH || n >= SLOTS) {
                igd_buf_str(&kept, word);
                igd_buf_byte(&kept, ' ');
            }
        }
        if (own)
            igd_buf_str(out, igd_buf_view(&kept));
        igd_buf_free(&kept);
        if (own)
            return true;
    }
    return false;
}

/* The same question to every master. */
static int ask_masters(igd_redis *it, const char *word, igd_error *err)
{
    size_t asked = 0;
    for (size_t n = 0; n < it->node_count; n++) {
        if (!it->nodes[n]->slots)
            continue;
        igd_redis_command(it, 2);
        igd_redis_arg_text(it, "CLUSTER");
        igd_redis_arg_text(it, word);
        igd_redis_last(it)->node = it->nodes[n];
        igd_redis_last(it)->fixed = true;
        asked++;
    }
    if (!asked) {
        (void)igd_fail(err, IGD_E_UNREACHABLE, "redis: the cluster has no masters");
        err->transient = true;
        return igd_hint(err, "the cluster is not complete: redis-cli --cluster check");
    }
    int rc = igd_redis_run(it, err);
    for (size_t n = 0; !rc && n < it->call_count; n++) {
        rc = igd_redis_check(it->calls[n].reply, err);
        if (!rc && it->calls[n].reply->type != REDIS_REPLY_STRING)
            rc = igd_redis_fail_reply(err);
    }
    return rc;
}

int igd_redis_layout(igd_redis *it, igd_digest *out, bool *moving, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    int rc = it->connected ? igd_redis_learn(it, NULL, err) : IGD_OK;
    if (rc) {
        igd_redis_disconnect(it);
        return rc;
    }
    rc = ask_masters(it, "NODES", err);
    for (size_t n = 0; !rc && n < it->call_count; n++)
        if (!put_own_line(igd_redis_text(it->calls[n].reply), &text))
            rc = igd_redis_fail_reply(err);
    if (rc)
        return rc;
    *moving = igd_str_find(igd_buf_view(&text), '[') >= 0;
    *out = igd_digest_of(igd_buf_view(&text));
    return IGD_OK;
}

int igd_redis_check_state(igd_redis *it, igd_error *err)
{
    int rc = ask_masters(it, "INFO", err);
    for (size_t n = 0; !rc && n < it->call_count; n++) {
        if (strstr(it->calls[n].reply->str, "cluster_state:ok"))
            continue;
        const igd_redis_node *node = it->calls[n].node;
        rc = igd_fail(err, IGD_E_UNREACHABLE, "redis: the cluster is down, says %s:%s", node->host,
                      node->port);
        err->transient = true;
        (void)igd_hint(err, "the cluster is not complete: redis-cli --cluster check");
    }
    return rc;
}

/* ---- whether replicas have it ---- */

static bool is_master(const igd_redis *it, const igd_redis_node *node)
{
    for (unsigned slot = 0; slot < IGD_REDIS_SLOTS; slot++)
        if (igd_redis_slot_node(it, slot) == node)
            return true;
    return false;
}

/* Whoever was replaced meanwhile may still have answered us, and what it took is lost. */
static int check_master(igd_redis *it, const igd_redis_node *node, igd_error *err)
{
    int rc = igd_redis_learn(it, node, err);
    if (!rc && !is_master(it, node)) {
        rc = igd_fail(err, IGD_E_UNREACHABLE, "redis: another node has taken over for %s:%s",
                      node->host, node->port);
        err->transient = true;
    }
    if (rc)
        igd_redis_disconnect(it);
    return rc;
}

int igd_redis_confirm(igd_redis *it, igd_error *err)
{
    size_t asked = 0;
    int64_t ms = it->options.timeout_ms < CONFIRM_MS ? it->options.timeout_ms : CONFIRM_MS;
    for (size_t n = 0; n < it->node_count; n++) {
        igd_redis_node *node = it->nodes[n];
        if (!node->unconfirmed || !node->replicas)
            continue;
        igd_redis_command(it, 3);
        igd_redis_arg_text(it, "WAIT");
        igd_redis_arg_number(it, (int64_t)node->replicas);
        igd_redis_arg_number(it, ms > 0 ? ms : 1);
        igd_redis_last(it)->node = node;
        igd_redis_last(it)->fixed = true;
        asked++;
    }
    int rc = asked ? igd_redis_run(it, err) : IGD_OK;
    for (size_t n = 0; !rc && n < asked; n++) {
        const redisReply *reply = it->calls[n].reply;
        igd_redis_node *node = it->calls[n].node;
        rc = igd_redis_check(reply, err);
        node->unconfirmed = false;
        if (rc || reply->integer >= (long long)node->replicas)
            continue;
        igd_log(IGD_LOG_WARNING,
                "redis: %lld of %zu replicas of %s:%s have confirmed what was written: a failover "
                "may lose some of it, which a full sync repairs",
                reply->integer, node->replicas, node->host, node->port);
        rc = check_master(it, node, err);
    }
    return rc;
}
