/*
 * Lines of scripts: each the body of a request to /v3/kv/txn. The row of the state is compared
 * first, and what becomes of it is done last.
 */
#include "targets/kv/script.h"

#include "targets/etcd/etcd.h"

/* Old and new value of a key, beyond which both do not fit into one request. */
#define EXACT   1000000
#define MOST    1450000
#define NOT_YET "\"create_revision\":\"0\"}"
#define THERE   "\"result\":\"GREATER\"," NOT_YET

/* ---- writing ---- */

static void put_compare(igd_buf *out, igd_str key, const igd_kv_value *wanted)
{
    igd_buf_puts(out, out->ptr[out->len - 1] == '[' ? "{" : ",{");
    igd_etcd_put_bytes(out, "key", key);
    if (wanted->there == IGD_KV_ABSENT) {
        igd_buf_puts(out, ",\"target\":\"CREATE\"," NOT_YET);
        return;
    }
    igd_buf_puts(out, ",\"target\":\"VALUE\",");
    igd_etcd_put_bytes(out, "value", wanted->bytes);
    igd_buf_byte(out, '}');
}

/* The first of them is of the state. */
static void put_start(igd_buf *out, const igd_kv_batch *batch)
{
    igd_kv_value commit = {.there = IGD_KV_THERE, .bytes = batch->commit};
    if (!batch->fence.key.ptr)
        return;
    if (!batch->commit.len) {
        put_compare(out, batch->fence.key, &batch->fence.value);
        return;
    }
    igd_buf_byte(out, '{');
    igd_etcd_put_bytes(out, "key", batch->fence.key);
    igd_buf_puts(out, ",\"target\":\"CREATE\"," THERE);
    put_compare(out, batch->commit_key, &commit);
}

static void put_operation(igd_buf *out, igd_str key, const igd_kv_value *value)
{
    bool is_put = value->there != IGD_KV_ABSENT;
    igd_buf_puts(out, out->ptr[out->len - 1] == '[' ? "{" : ",{");
    igd_buf_puts(out, is_put ? "\"request_put\":{" : "\"request_delete_range\":{");
    igd_etcd_put_bytes(out, "key", key);
    if (is_put) {
        igd_buf_byte(out, ',');
        igd_etcd_put_bytes(out, "value", value->bytes);
    }
    igd_buf_puts(out, "}}");
}

static void put_request(const igd_kv_batch *batch, igd_buf *out)
{
    bool plain = !batch->fence.key.ptr;
    igd_buf_puts(out, "{\"compare\":[");
    put_start(out, batch);
    for (size_t n = 0; n < batch->count; n++)
        if (!batch->writes[n].any)
            put_compare(out, batch->writes[n].key, &batch->writes[n].expected);
    igd_buf_puts(out, "],\"success\":[");
    for (size_t n = 0; n < batch->count; n++)
        put_operation(out, batch->writes[n].key, &batch->writes[n].value);
    if (!plain)
        put_operation(out, batch->fence.key, &batch->state);
    igd_buf_puts(out, "],\"failure\":[]}");
}

/* ---- reading: exactly that ---- */

typedef struct taker {
    igd_str rest;
    igd_arena *mem;
} taker;

static bool take_text(taker *t, const char *wanted)
{
    igd_str text = igd_str_from(wanted);
    if (!igd_str_starts(t->rest, text))
        return false;
    t->rest = igd_str_sub(t->rest, text.len, t->rest.len);
    return true;
}

/* Base64, up to the closing quote. */
static bool take_bytes(taker *t, igd_str *out)
{
    ptrdiff_t quote = igd_str_find(t->rest, '"');
    if (quote < 0 || !igd_base64_get(igd_str_sub(t->rest, 0, (size_t)quote), t->mem, out))
        return false;
    t->rest = igd_str_sub(t->rest, (size_t)quote + 1, t->rest.len);
    return true;
}

typedef struct pair {
    igd_str key;
    igd_kv_value value;
    bool exists; /* and more is not said of it */
} pair;

typedef IGD_LIST(pair) pair_list;

static bool take_value(taker *t, igd_kv_value *out)
{
    *out = (igd_kv_value){.there = IGD_KV_THERE};
    return take_bytes(t, &out->bytes) && out->bytes.ptr;
}

static bool take_compare(taker *t, pair *out)
{
    if (!take_text(t, "{\"key\":\"") || !take_bytes(t, &out->key))
        return false;
    out->value = (igd_kv_value){0};
    out->exists = take_text(t, ",\"target\":\"CREATE\"," THERE);
    if (out->exists || take_text(t, ",\"target\":\"CREATE\"," NOT_YET))
        return true;
    return take_text(t, ",\"target\":\"VALUE\",\"value\":\"") && take_value(t, &out->value) &&
           take_text(t, "}");
}

static bool take_operation(taker *t, pair *out)
{
    bool is_put = take_text(t, "{\"request_put\":{\"key\":\"");
    if (!is_put && !take_text(t, "{\"request_delete_range\":{\"key\":\""))
        return false;
    out->value = (igd_kv_value){0};
    return take_bytes(t, &out->key) &&
           (!is_put || (take_text(t, ",\"value\":\"") && take_value(t, &out->value))) &&
           take_text(t, "}}");
}

static bool take_list(taker *t, bool (*one)(taker *, pair *), pair_list *out)
{
    while (!take_text(t, "]")) {
        pair p;
        if ((out->len && !take_text(t, ",")) || !one(t, &p))
            return false;
        IGD_PUSH(t->mem, out, p);
    }
    return true;
}

/* Of a request that changes the state: it is compared first, and written last. */
static bool take_state(pair_list *compares, pair_list *operations, size_t *first, igd_kv_batch *out)
{
    if (!compares->len || !operations->len ||
        !igd_str_eq(compares->items[0].key, operations->items[operations->len - 1].key))
        return false;
    out->fence = (igd_kv_fence){compares->items[0].key, compares->items[0].value};
    out->state = operations->items[--operations->len].value;
    *first = 1;
    if (compares->items[0].exists && compares->len > 1) {
        out->commit_key = compares->items[1].key;
        out->commit = compares->items[1].value.bytes;
        *first = 2;
    }
    return true;
}

static bool take_request(igd_str line, igd_arena *mem, igd_kv_batch *out)
{
    taker t = {line, mem};
    pair_list compares = {0}, operations = {0};
    size_t at = 0;
    *out = (igd_kv_batch){.count = 0};
    if (!take_text(&t, "{\"compare\":[") || !take_list(&t, take_compare, &compares) ||
        !take_text(&t, ",\"success\":[") || !take_list(&t, take_operation, &operations) ||
        !take_text(&t, ",\"failure\":[]}") || t.rest.len || operations.len == 0)
        return false;
    if (!take_state(&compares, &operations, &at, out))
        out->fence = (igd_kv_fence){.key = {0}};
    out->count = operations.len;
    out->writes = IGD_NEW_ARRAY(mem, igd_kv_write, operations.len + 1);
    for (size_t n = 0; n < out->count; n++) {
        igd_kv_write *write = &out->writes[n];
        const pair *done = &operations.items[n];
        *write = (igd_kv_write){.key = done->key, .value = done->value, .any = true};
        if (at < compares.len && !compares.items[at].exists &&
            igd_str_eq(compares.items[at].key, done->key)) {
            write->any = false;
            write->expected = compares.items[at++].value;
        }
    }
    return at == compares.len;
}

/* ---- running ---- */

static int run_request(igd_kv_target *target, igd_str line, bool *done, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_etcd *it = igd_etcd_of(target);
    igd_str answer;
    igd_etcd_txn txn;
    it->fence_revision = 0; /* the row of the state becomes another */
    igd_etcd_call call = {.path = "/v3/kv/txn", .body = line};
    int rc = igd_etcd_send(it, &call, &answer, err);
    if (!rc)
        rc = igd_etcd_read_txn(answer, mem, &txn, err);
    if (!rc)
        *done = txn.succeeded;
    return rc;
}

const igd_kv_script_style igd_etcd_scripts = {
    .syntax = IGD_SCRIPT_JSON,
    .between = ",\n",
    .behind = "\n]\n",
    .most = MOST,
    .exact = EXACT,
    .put = put_request,
    .take = take_request,
    .run = run_request,
};
