/*
 * Reading: keys by name, as many as a transaction takes, and all that begin with something as one
 * answer, which is one moment.
 */
#include "targets/consul/consul.h"

#define TRIES 10

/* ---- by name ---- */

static void put_gets(const igd_consul *it, const igd_str *keys, const bool *absent, size_t count,
                     igd_buf *out)
{
    igd_buf_byte(out, '[');
    for (size_t n = 0; n < count; n++) {
        igd_consul_op op = {.verb = "get", .key = keys[n], .index = -1};
        if (!absent[n])
            igd_consul_put_op(it, out, &op);
    }
    igd_buf_byte(out, ']');
}

/* Which of the keys the operation with that number was about; count: none. */
static size_t key_of_op(const bool *absent, size_t count, size_t op)
{
    size_t at = 0;
    for (; at < count; at++)
        if (!absent[at] && op-- == 0)
            break;
    return at;
}

/* A transaction with keys that are not there is refused, and names all of them. */
static int note_absent(const igd_consul_txn *txn, size_t count, bool *absent, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    bool *before = IGD_NEW_ARRAY(mem, bool, count + 1);
    memcpy(before, absent, count * sizeof(*absent));
    for (size_t n = 0; n < txn->refusals.len; n++) {
        const igd_consul_refusal *refusal = &txn->refusals.items[n];
        size_t at = key_of_op(before, count, refusal->op);
        if (at == count || !igd_str_ends(refusal->what, IGD_STR("doesn't exist")))
            return igd_fail(err, IGD_E_TARGET, "consul: %.*s", IGD_STR_ARG(refusal->what));
        absent[at] = true;
    }
    return IGD_OK;
}

/* Results are in the order of the keys. Those that ACLs hide are left out without a word. */
static int match(const igd_consul_txn *txn, const igd_str *keys, const bool *absent, size_t count,
                 igd_consul_kv *out, igd_error *err)
{
    size_t at = 0;
    for (size_t n = 0; n < count; n++) {
        out[n] = (igd_consul_kv){.key = keys[n], .value = IGD_STR("")};
        if (absent[n])
            continue;
        if (at == txn->kvs.len || !igd_str_eq(txn->kvs.items[at].key, keys[n])) {
            igd_fail(err, IGD_E_TARGET, "consul: the token may not read key '%.*s'",
                     IGD_STR_ARG(keys[n]));
            return igd_hint(err, "it needs a policy with key_prefix for all of the prefix");
        }
        out[n] = txn->kvs.items[at++];
    }
    return IGD_OK;
}

int igd_consul_look(igd_consul *it, const igd_str *keys, size_t count, igd_arena *mem,
                    igd_consul_kv *out, igd_error *err)
{
    bool *absent = IGD_NEW_ARRAY(mem, bool, count + 1);
    memset(absent, 0, count * sizeof(*absent));
    for (int tries = 0; tries < TRIES; tries++) {
        IGD_CLEANUP(igd_buf)
        igd_buf body = IGD_BUF_INIT;
        igd_consul_txn txn = {0};
        int rc = IGD_OK;
        put_gets(it, keys, absent, count, &body);
        if (body.len > 2)
            rc = igd_consul_exchange(it, igd_buf_view(&body), true, mem, &txn, err);
        if (!rc && txn.refusals.len == 0)
            return match(&txn, keys, absent, count, out, err);
        if (!rc)
            rc = note_absent(&txn, count, absent, err);
        if (rc)
            return rc;
    }
    return igd_fail(err, IGD_E_TARGET, "consul: somebody else deletes keys all the time");
}

/* How many of the keys fit into one request. */
static size_t fitting(const igd_consul *it, const igd_str *keys, size_t count)
{
    size_t some = 0, bytes = 0;
    while (some < count && some < it->ops) {
        bytes += igd_consul_op_size(it, keys[some], 0);
        if (some > 0 && bytes > IGD_CONSUL_BODY)
            break;
        some++;
    }
    return some;
}

int igd_consul_get(igd_kv_target *target, const igd_str *keys, size_t count,
                   igd_kv_layout layout IGD_UNUSED, igd_arena *mem, igd_kv_value *out,
                   igd_error *err)
{
    igd_consul *it = igd_consul_of(target);
    igd_consul_kv *kvs = IGD_NEW_ARRAY(mem, igd_consul_kv, it->ops);
    int rc = IGD_OK;
    for (size_t at = 0, some; !rc && at < count; at += some) {
        some = fitting(it, keys + at, count - at);
        rc = igd_consul_look(it, keys + at, some, mem, kvs, err);
        for (size_t n = 0; !rc && n < some; n++)
            out[at + n] = kvs[n].index
                              ? (igd_kv_value){.there = IGD_KV_THERE, .bytes = kvs[n].value}
                              : (igd_kv_value){0};
    }
    return rc;
}

/* ---- all that begin with something ---- */

typedef struct scanner {
    igd_kv_scan_callback *callback;
    void *payload;
} scanner;

static int on_result(const igd_consul_kv *kv, void *payload, igd_error *err)
{
    const scanner *s = payload;
    igd_kv_value value = {.there = IGD_KV_THERE, .bytes = kv->value};
    return s->callback(kv->key, &value, s->payload, err);
}

int igd_consul_scan(igd_kv_target *target, igd_str begins, igd_kv_layout layout IGD_UNUSED,
                    igd_kv_scan_callback *callback, void *payload, igd_error *err)
{
    igd_consul *it = igd_consul_of(target);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    scanner s = {callback, payload};
    igd_consul_stream stream = {
        .each = on_result, .payload = &s, .mem = mem, .element = IGD_BUF_INIT};
    igd_consul_op op = {.verb = "get-tree", .key = begins, .index = -1};
    igd_buf_byte(&body, '[');
    igd_consul_put_op(it, &body, &op);
    igd_buf_byte(&body, ']');
    igd_consul_call call = {.path = "/v1/txn?consistent",
                            .body = igd_buf_view(&body),
                            .read = true,
                            .sink = igd_consul_stream_feed,
                            .payload = &stream};
    long status = 0;
    igd_str answer;
    int rc = igd_consul_send(it, "PUT", &call, &status, &answer, err);
    if (!rc && status != 200)
        rc = igd_fail(err, IGD_E_TARGET, "consul: %.*s", IGD_STR_ARG(igd_str_sub(answer, 0, 300)));
    if (!rc)
        rc = igd_consul_stream_end(&stream, err);
    igd_buf_free(&stream.element);
    return rc;
}
