/*
 * The slot table of a cluster: who is the master of which slot.
 */
#include <stdio.h>
#include <stdlib.h>

#include "targets/redis/redis.h"

struct igd_redis_cluster {
    igd_redis_node *masters[IGD_REDIS_SLOTS]; /* NULL: nobody */
};

igd_redis_cluster *igd_redis_cluster_new(void)
{
    igd_redis_cluster *cluster = igd_xmalloc(sizeof(*cluster));
    memset(cluster, 0, sizeof(*cluster));
    return cluster;
}

void igd_redis_cluster_free(igd_redis_cluster *cluster)
{
    free(cluster);
}

igd_redis_node *igd_redis_slot_node(const igd_redis *it, unsigned slot)
{
    return it->cluster->masters[slot];
}

/* ---- nodes ---- */

igd_redis_node *igd_redis_node_at(igd_redis *it, igd_str host, igd_str port)
{
    for (size_t n = 0; n < it->node_count; n++)
        if (igd_str_is(host, it->nodes[n]->host) && igd_str_is(port, it->nodes[n]->port))
            return it->nodes[n];
    it->nodes = igd_xrealloc(it->nodes, (it->node_count + 1) * sizeof(igd_redis_node *));
    igd_redis_node *node = igd_redis_node_new(&it->options, host, port);
    it->nodes[it->node_count++] = node;
    return node;
}

bool igd_redis_read_redirect(igd_str text, const char *word, igd_str *host, igd_str *port)
{
    igd_str kind, slot, address;
    if (!igd_str_split(&text, ' ', &kind) || !igd_str_is(kind, word) ||
        !igd_str_split(&text, ' ', &slot) || !igd_str_split(&text, ' ', &address))
        return false;
    ptrdiff_t colon = igd_str_rfind(address, ':');
    if (colon < 0 || (size_t)colon + 1 == address.len)
        return false;
    *host = igd_str_sub(address, 0, (size_t)colon);
    *port = igd_str_sub(address, (size_t)colon + 1, address.len);
    if (igd_str_starts(*host, IGD_STR("[")) && igd_str_ends(*host, IGD_STR("]")))
        *host = igd_str_sub(*host, 1, host->len - 2);
    return true;
}

/* ---- the table ---- */

/* A node that does not know its own address leaves it to us: it is the one that was asked. */
static igd_redis_node *read_node(igd_redis *it, const redisReply *entry, const igd_redis_node *from)
{
    char port[24];
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements < 2 ||
        entry->element[1]->type != REDIS_REPLY_INTEGER || entry->element[1]->integer < 1)
        return NULL;
    const redisReply *name = entry->element[0];
    igd_str host = name->type == REDIS_REPLY_STRING ? igd_redis_text(name) : (igd_str){0};
    if (igd_str_is(host, "?"))
        return NULL;
    snprintf(port, sizeof(port), "%lld", entry->element[1]->integer);
    return igd_redis_node_at(it, host.len ? host : igd_str_from(from->host), igd_str_from(port));
}

static bool read_range(igd_redis *it, const redisReply *range, const igd_redis_node *from)
{
    if (range->type != REDIS_REPLY_ARRAY || range->elements < 3 ||
        range->element[0]->type != REDIS_REPLY_INTEGER ||
        range->element[1]->type != REDIS_REPLY_INTEGER)
        return false;
    long long first = range->element[0]->integer, last = range->element[1]->integer;
    igd_redis_node *master = read_node(it, range->element[2], from);
    if (!master || first < 0 || last < first || last >= IGD_REDIS_SLOTS)
        return false;
    for (long long slot = first; slot <= last; slot++)
        it->cluster->masters[slot] = master;
    master->slots += (size_t)(last - first) + 1;
    master->replicas = range->elements - 3;
    return true;
}

int igd_redis_read_slots(igd_redis *it, const redisReply *reply, const igd_redis_node *from,
                         igd_error *err)
{
    if (reply->type != REDIS_REPLY_ARRAY)
        return igd_redis_fail_reply(err);
    memset(it->cluster->masters, 0, sizeof(it->cluster->masters));
    for (size_t n = 0; n < it->node_count; n++)
        it->nodes[n]->slots = it->nodes[n]->replicas = 0;
    for (size_t n = 0; n < reply->elements; n++)
        if (!read_range(it, reply->element[n], from))
            return igd_redis_fail_reply(err);
    return IGD_OK;
}

static int fail_no_cluster(const igd_redis_node *node, igd_error *err)
{
    (void)igd_fail(err, IGD_E_CONFIG, "redis: %s:%s is no node of a cluster", node->host,
                   node->port);
    return igd_hint(err, "write redis:// for a server of its own");
}

static int learn_from(igd_redis *it, igd_redis_node *node, igd_error *err)
{
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    int rc = IGD_OK;
    if (!node->link)
        rc = igd_redis_open_node(it, node, err);
    if (rc)
        return rc;
    igd_redis_put_command(&node->out, 2);
    igd_redis_put_text(&node->out, "CLUSTER");
    igd_redis_put_text(&node->out, "SLOTS");
    rc = igd_redis_node_ask(node, &reply, err);
    if (rc)
        return err->code == IGD_E_TARGET && strstr(err->message, "cluster support disabled")
                   ? fail_no_cluster(node, err)
                   : rc;
    return igd_redis_read_slots(it, reply, node, err);
}

/* Nobody is asked again whom to ask first: those that we are connected to, then the others. */
static size_t candidates(const igd_redis *it, const igd_redis_node *doubted, igd_redis_node **out)
{
    size_t count = 0;
    for (int pass = 0; pass < 3; pass++)
        for (size_t n = 0; n < it->node_count; n++) {
            igd_redis_node *node = it->nodes[n];
            int place = node == doubted ? 2 : node->link ? 0 : 1;
            if (place == pass)
                out[count++] = node;
        }
    return count;
}

int igd_redis_learn(igd_redis *it, const igd_redis_node *doubted, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_redis_node **ask = IGD_NEW_ARRAY(mem, igd_redis_node *, it->node_count);
    size_t count = candidates(it, doubted, ask);
    int rc = igd_fail(err, IGD_E_UNREACHABLE, "redis: no node of the cluster was asked");
    for (size_t n = 0; rc && n < count && !(it->stop && *it->stop); n++) {
        *err = IGD_ERROR_INIT;
        rc = learn_from(it, ask[n], err);
    }
    return rc;
}

int igd_redis_route(igd_redis *it, igd_str key, igd_redis_node **out, igd_error *err)
{
    igd_redis_node *node = it->nodes[0];
    if (it->cluster) {
        unsigned slot = igd_redis_slot(key);
        node = igd_redis_slot_node(it, slot);
        if (!node) {
            (void)igd_fail(err, IGD_E_UNREACHABLE, "redis: slot %u of the cluster has no master",
                           slot);
            err->transient = true;
            return igd_hint(err, "the cluster is not complete: redis-cli --cluster check");
        }
    }
    int rc = IGD_OK;
    if (it->cluster && !node->link)
        rc = igd_redis_open_node(it, node, err);
    if (!rc)
        *out = node;
    return rc;
}
