/*
 * Values, and all of them: by SCAN, which keeps nobody waiting, with the values of each page in one
 * round trip. In a cluster every master is walked through, while nothing moves between them.
 */
#include <unistd.h>

#include "schema/canonical.h"
#include "targets/redis/redis.h"

#define PAGE    "1000" /* keys that one SCAN looks at */
#define REST_MS 100
#define VALUES  250 /* that are asked for at once */

/* ---- values ---- */

static void ask_value(igd_redis *it, igd_str key, igd_kv_layout layout)
{
    igd_redis_command(it, 2);
    igd_redis_arg_text(it, layout == IGD_KV_HASH ? "HGETALL" : "GET");
    igd_redis_arg_key(it, key);
}

static int read_fields(const redisReply *reply, igd_arena *mem, igd_kv_value *out, igd_error *err)
{
    if (reply->elements % 2 != 0)
        return igd_redis_fail_reply(err);
    *out = (igd_kv_value){.there = reply->elements ? IGD_KV_THERE : IGD_KV_ABSENT,
                          .fields = IGD_NEW_ARRAY(mem, igd_kv_field, reply->elements / 2)};
    for (size_t n = 0; n + 1 < reply->elements; n += 2) {
        const redisReply *name = reply->element[n], *text = reply->element[n + 1];
        if (name->type != REDIS_REPLY_STRING || text->type != REDIS_REPLY_STRING)
            return igd_redis_fail_reply(err);
        out->fields[out->field_count++] =
            (igd_kv_field){igd_redis_text(name), igd_redis_text(text)};
    }
    return IGD_OK;
}

/* Texts are views of the reply. */
static int read_value(const redisReply *reply, igd_arena *mem, igd_kv_value *out, igd_error *err)
{
    *out = (igd_kv_value){0};
    if (igd_redis_is_error(reply, "WRONGTYPE")) {
        out->there = IGD_KV_OTHER;
        return IGD_OK;
    }
    int rc = igd_redis_check(reply, err);
    if (rc || reply->type == REDIS_REPLY_NIL)
        return rc;
    if (reply->type == REDIS_REPLY_ARRAY)
        return read_fields(reply, mem, out, err);
    if (reply->type != REDIS_REPLY_STRING)
        return igd_redis_fail_reply(err);
    *out = (igd_kv_value){.there = IGD_KV_THERE, .bytes = igd_redis_text(reply)};
    return IGD_OK;
}

static int get_values(igd_redis *it, const igd_str *keys, size_t count, igd_kv_layout layout,
                      igd_arena *mem, igd_kv_value *out, igd_error *err)
{
    for (size_t n = 0; n < count; n++)
        ask_value(it, keys[n], layout);
    int rc = count ? igd_redis_run(it, err) : IGD_OK;
    for (size_t n = 0; !rc && n < count; n++) {
        IGD_CLEANUP_PTR(redisReply) redisReply *reply = igd_redis_take(it, n);
        igd_kv_value value;
        rc = read_value(reply, mem, &value, err);
        if (!rc)
            out[n] = igd_kv_value_copy(&value, mem);
    }
    return rc;
}

/* What is of another type may be of the other layout: ?layout was another one. */
static int get_others(igd_redis *it, const igd_str *keys, size_t count, igd_kv_layout layout,
                      igd_arena *mem, igd_kv_value *out, igd_error *err)
{
    igd_str *names = IGD_NEW_ARRAY(mem, igd_str, count);
    igd_kv_value *values = IGD_NEW_ARRAY(mem, igd_kv_value, count);
    size_t others = 0;
    for (size_t n = 0; n < count; n++)
        if (out[n].there == IGD_KV_OTHER)
            names[others++] = keys[n];
    if (others == 0)
        return IGD_OK;
    int rc = get_values(it, names, others, layout == IGD_KV_HASH ? IGD_KV_JSON : IGD_KV_HASH, mem,
                        values, err);
    others = 0;
    for (size_t n = 0; !rc && n < count; n++) {
        if (out[n].there != IGD_KV_OTHER)
            continue;
        out[n] = values[others++];
        if (out[n].there == IGD_KV_THERE)
            out[n].there = IGD_KV_OTHER;
    }
    return rc;
}

int igd_redis_get(igd_kv_target *target, const igd_str *keys, size_t count, igd_kv_layout layout,
                  igd_arena *mem, igd_kv_value *out, igd_error *err)
{
    igd_redis *it = igd_redis_of(target);
    int rc = get_values(it, keys, count, layout, mem, out, err);
    return rc ? rc : get_others(it, keys, count, layout, mem, out, err);
}

/* ---- all of them ---- */

void igd_redis_put_literal(igd_buf *out, igd_str text)
{
    for (size_t n = 0; n < text.len; n++) {
        if (text.ptr[n] != 0 && strchr("*?[]\\", text.ptr[n]))
            igd_buf_byte(out, '\\');
        igd_buf_byte(out, text.ptr[n]);
    }
}

typedef struct scanning {
    igd_redis *it;
    igd_str pattern;
    igd_kv_layout layout;
    igd_kv_scan_callback *callback;
    void *payload;
    igd_arena *mem; /* of a page */
} scanning;

static int tell_page(scanning *s, const redisReply *page, igd_error *err)
{
    for (size_t at = 0, count; at < page->elements; at += count) {
        igd_str keys[VALUES];
        igd_kv_value values[VALUES];
        count = page->elements - at < VALUES ? page->elements - at : VALUES;
        igd_arena_reset(s->mem);
        for (size_t n = 0; n < count; n++)
            keys[n] = igd_redis_text(page->element[at + n]);
        int rc = igd_redis_get(&s->it->kv, keys, count, s->layout, s->mem, values, err);
        for (size_t n = 0; !rc && n < count; n++)
            if (values[n].there != IGD_KV_ABSENT)
                rc = s->callback(keys[n], &values[n], s->payload, err);
        if (rc)
            return rc;
    }
    return IGD_OK;
}

static int scan_page(scanning *s, igd_redis_node *node, igd_buf *cursor, igd_error *err)
{
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    igd_redis_command(s->it, 6);
    igd_redis_arg_text(s->it, "SCAN");
    igd_redis_arg(s->it, igd_buf_view(cursor));
    igd_redis_arg_text(s->it, "MATCH");
    igd_redis_arg(s->it, s->pattern);
    igd_redis_arg_text(s->it, "COUNT");
    igd_redis_arg_text(s->it, PAGE);
    igd_redis_last(s->it)->node = node;
    igd_redis_last(s->it)->fixed = true;
    int rc = igd_redis_ask(s->it, &reply, err);
    if (rc)
        return rc;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING ||
        reply->element[1]->type != REDIS_REPLY_ARRAY)
        return igd_redis_fail_reply(err);
    igd_buf_clear(cursor);
    igd_buf_str(cursor, igd_redis_text(reply->element[0]));
    for (size_t n = 0; n < reply->element[1]->elements; n++)
        if (reply->element[1]->element[n]->type != REDIS_REPLY_STRING)
            return igd_redis_fail_reply(err);
    return tell_page(s, reply->element[1], err);
}

static int scan_node(scanning *s, igd_redis_node *node, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf cursor = IGD_BUF_INIT;
    igd_buf_byte(&cursor, '0');
    int rc;
    do {
        rc = s->it->kv.locked ? igd_redis_renew_lock(s->it, err) : IGD_OK;
        if (!rc)
            rc = scan_page(s, node, &cursor, err);
    } while (!rc && !igd_str_is(igd_buf_view(&cursor), "0"));
    return rc;
}

/* ---- all masters ---- */

static int fail_moving(igd_error *err)
{
    (void)igd_fail(
        err, IGD_E_UNREACHABLE,
        "redis: slots of the cluster are being moved, and nobody knows where all keys are");
    return igd_hint(err, "wait until that is done, or give it a longer ?timeout=; "
                         "redis-cli --cluster check says what is open");
}

/* How things are when nothing moves. */
static int await_rest(igd_redis *it, int64_t until_us, igd_digest *out, igd_error *err)
{
    for (;;) {
        bool moving = false;
        int rc = igd_redis_layout(it, out, &moving, err);
        if (rc || !moving)
            return rc;
        if (igd_redis_now_us() >= until_us || (it->stop && *it->stop))
            return fail_moving(err);
        if (it->kv.locked)
            rc = igd_redis_renew_lock(it, err);
        if (rc)
            return rc;
        usleep(REST_MS * 1000);
    }
}

/* A key that moves during a scan may be told twice, or not at all: then all are told again. */
static int scan_cluster(scanning *s, igd_error *err)
{
    int64_t until_us = igd_redis_now_us() + s->it->options.timeout_ms * 1000;
    for (;;) {
        igd_digest before, after;
        bool moving = false;
        int rc = await_rest(s->it, until_us, &before, err);
        for (size_t n = 0; !rc && n < s->it->node_count; n++)
            if (s->it->nodes[n]->slots)
                rc = scan_node(s, s->it->nodes[n], err);
        if (!rc)
            rc = igd_redis_layout(s->it, &after, &moving, err);
        if (rc || (!moving && igd_digest_eq(before, after)))
            return rc;
    }
}

int igd_redis_scan(igd_kv_target *target, igd_str begins, igd_kv_layout layout,
                   igd_kv_scan_callback *callback, void *payload, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf pattern = IGD_BUF_INIT;
    igd_redis *it = igd_redis_of(target);
    igd_redis_put_literal(&pattern, begins);
    igd_buf_byte(&pattern, '*');
    scanning s = {it, igd_buf_view(&pattern), layout, callback, payload, mem};
    return it->cluster ? scan_cluster(&s, err) : scan_node(&s, it->nodes[0], err);
}
