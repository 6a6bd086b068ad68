/*
 * Writing: one transaction for as many keys as fit, and what came of each of them.
 */
#include <inttypes.h>

#include "targets/etcd/etcd.h"

#define OPS   126        /* of 128; the fence and the lock are compared, too */
#define BYTES 1400000    /* of 1.5 MiB; the rest is for what stands around keys and values */
#define LONG  (1U << 16) /* such a value is read and compared by its revision */
#define TRIES 3

typedef struct item {
    igd_kv_write *write;
    int64_t revision; /* of a long value that is as expected */
} item;

typedef struct job {
    igd_etcd *it;
    const igd_kv_fence *fence;
    bool locked; /* the lock is compared */
    igd_str lock;
    igd_arena *mem;
    item items[OPS];
    size_t count;
    bool stale; /* the fence is not as it should be */
    bool lost;  /* the lock is not ours */
} job;

static int fail_stale(igd_error *err)
{
    igd_fail(err, IGD_E_STALE_BASE, "another run wrote to the target meanwhile");
    return igd_hint(err, "this one has stopped; run it again");
}

static bool is_long(const igd_kv_write *write)
{
    return !write->any && write->expected.bytes.len > LONG;
}

/* A key stands in a comparison and in what is done. */
static size_t size_of(const igd_kv_write *write)
{
    size_t expected = is_long(write) ? 0 : write->expected.bytes.len;
    return 2 * write->key.len + expected + write->value.bytes.len + 64;
}

/* What was found is decided about: false when it is neither what is wanted nor what was expected.
 */
static bool settle(igd_kv_write *write, igd_kv_value found)
{
    write->found = found;
    write->done = igd_kv_value_fits(&found, &write->value);
    return write->done || write->any || igd_kv_value_fits(&found, &write->expected);
}

/* ---- the request ---- */

static void begin_compare(igd_buf *out, igd_str key, const char *target)
{
    igd_buf_puts(out, out->ptr[out->len - 1] == '[' ? "{" : ",{");
    igd_etcd_put_bytes(out, "key", key);
    igd_buf_printf(out, ",\"target\":\"%s\",", target);
}

/* Its version is 0. That it is a version which is compared, that with 0 and for being the same, all
 * goes without saying, and most of the server's work is reading what is said. */
static void put_absent(igd_buf *out, igd_str key)
{
    igd_buf_puts(out, out->ptr[out->len - 1] == '[' ? "{" : ",{");
    igd_etcd_put_bytes(out, "key", key);
    igd_buf_byte(out, '}');
}

static void put_compare(igd_buf *out, const item *one)
{
    const igd_kv_write *write = one->write;
    if (write->any)
        return;
    if (write->expected.there == IGD_KV_ABSENT) {
        put_absent(out, write->key);
    } else if (one->revision) {
        begin_compare(out, write->key, "MOD");
        igd_buf_printf(out, "\"mod_revision\":\"%" PRId64 "\"}", one->revision);
    } else {
        begin_compare(out, write->key, "VALUE");
        igd_etcd_put_bytes(out, "value", write->expected.bytes);
        igd_buf_byte(out, '}');
    }
}

static void put_fence(igd_buf *out, const job *j)
{
    if (j->fence && j->fence->value.there == IGD_KV_ABSENT) {
        put_absent(out, j->fence->key);
    } else if (j->fence) {
        begin_compare(out, j->fence->key, "MOD");
        igd_buf_printf(out, "\"mod_revision\":\"%" PRId64 "\"}", j->it->fence_revision);
    }
    if (j->locked) {
        begin_compare(out, j->lock, "LEASE");
        igd_buf_printf(out, "\"lease\":\"%" PRId64 "\"}", j->it->lease);
    }
}

static void put_operation(igd_buf *out, const igd_kv_write *write, bool first)
{
    bool is_put = write->value.there != IGD_KV_ABSENT;
    igd_buf_puts(out, first ? "{" : ",{");
    igd_buf_puts(out, is_put ? "\"request_put\":{" : "\"request_delete_range\":{");
    igd_etcd_put_bytes(out, "key", write->key);
    if (is_put) {
        igd_buf_byte(out, ',');
        igd_etcd_put_bytes(out, "value", write->value.bytes);
    }
    igd_buf_puts(out, "}}");
}

static void put_range(igd_buf *out, igd_str key, bool first)
{
    igd_buf_puts(out, first ? "{\"request_range\":{" : ",{\"request_range\":{");
    igd_etcd_put_bytes(out, "key", key);
    igd_buf_puts(out, "}}");
}

static void put_request(igd_buf *out, const job *j)
{
    igd_buf_puts(out, "{\"compare\":[");
    for (size_t n = 0; n < j->count; n++)
        put_compare(out, &j->items[n]);
    put_fence(out, j);
    igd_buf_puts(out, "],\"success\":[");
    for (size_t n = 0; n < j->count; n++)
        put_operation(out, j->items[n].write, n == 0);
    igd_buf_puts(out, "]}");
}

/* What is there, of one moment, when it is not what was expected. It is asked for then and not with
 * each request: the server would have to read all these words every time. */
static void put_question(igd_buf *out, const job *j)
{
    igd_buf_puts(out, "{\"success\":[");
    for (size_t n = 0; n < j->count; n++)
        put_range(out, j->items[n].write->key, n == 0);
    if (j->fence)
        put_range(out, j->fence->key, false);
    if (j->locked)
        put_range(out, j->lock, false);
    igd_buf_puts(out, "]}");
}

/* ---- the answer ---- */

static igd_kv_value value_of(const igd_etcd_range *range)
{
    return range->kvs.len
               ? (igd_kv_value){.there = IGD_KV_THERE, .bytes = range->kvs.items[0].value}
               : (igd_kv_value){0};
}

static int read_failure(job *j, const igd_etcd_txn *txn, igd_error *err)
{
    const igd_etcd_range *ranges = txn->ranges.items;
    size_t at = j->count, left = 0;
    if (txn->ranges.len != at + (j->fence ? 1 : 0) + j->locked)
        return igd_fail(err, IGD_E_TARGET, "etcd: a transaction has not told what it found");
    for (size_t n = 0; n < j->count; n++)
        if (settle(j->items[n].write, value_of(&ranges[n])) && !j->items[n].write->done)
            j->items[left++] = (item){.write = j->items[n].write};
    j->count = left;
    if (j->fence) {
        igd_kv_value now = value_of(&ranges[at++]);
        j->stale = !igd_kv_value_fits(&now, &j->fence->value);
        j->it->fence_revision = 0;
    }
    if (j->locked)
        j->lost = ranges[at].kvs.len == 0 || ranges[at].kvs.items[0].lease != j->it->lease;
    return IGD_OK;
}

static int look(job *j, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_str answer;
    igd_etcd_txn txn;
    put_question(&body, j);
    igd_etcd_call call = {.path = "/v3/kv/txn", .body = igd_buf_view(&body), .repeatable = true};
    int rc = igd_etcd_send(j->it, &call, &answer, err);
    if (!rc)
        rc = igd_etcd_read_txn(answer, j->mem, &txn, err);
    return rc ? rc : read_failure(j, &txn, err);
}

/* Those that were written, or are so already, leave the job; so do those that found something else.
 * What is left may be tried again. */
static int send(job *j, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_str answer;
    igd_etcd_txn txn;
    put_request(&body, j);
    igd_etcd_call call = {.path = "/v3/kv/txn", .body = igd_buf_view(&body)};
    int rc = igd_etcd_send(j->it, &call, &answer, err);
    if (!rc) /* the answer goes with the next request */
        rc = igd_etcd_read_txn(answer, j->mem, &txn, err);
    if (rc || !txn.succeeded)
        return rc ? rc : look(j, err);
    for (size_t n = 0; n < j->count; n++)
        j->items[n].write->done = true;
    j->count = 0;
    return IGD_OK;
}

/* ---- what has to be known before ---- */

/* The revision of the row that the fence wants; stale when it is another one. */
static int see_fence(job *j, igd_error *err)
{
    igd_etcd *it = j->it;
    igd_etcd_kv kv;
    bool found = false;
    if (!j->fence || j->fence->value.there == IGD_KV_ABSENT ||
        (it->fence_revision && igd_str_eq(igd_buf_view(&it->fence), j->fence->value.bytes)))
        return IGD_OK;
    int rc = igd_etcd_get_now(it, j->fence->key, j->mem, &kv, &found, err);
    if (rc)
        return rc;
    j->stale = !found || !igd_str_eq(kv.value, j->fence->value.bytes);
    igd_buf_clear(&it->fence);
    igd_buf_str(&it->fence, j->fence->value.bytes);
    it->fence_revision = found ? kv.mod_revision : 0;
    return IGD_OK;
}

static int see_long(job *j, igd_error *err)
{
    size_t left = 0;
    for (size_t n = 0; n < j->count; n++) {
        igd_kv_write *write = j->items[n].write;
        igd_etcd_kv kv = {0};
        bool found = false;
        if (is_long(write)) {
            int rc = igd_etcd_get_now(j->it, write->key, j->mem, &kv, &found, err);
            if (rc)
                return rc;
            igd_kv_value now = {.there = found ? IGD_KV_THERE : IGD_KV_ABSENT, .bytes = kv.value};
            if (!settle(write, now) || write->done)
                continue;
        }
        j->items[left++] = (item){write, kv.mod_revision};
    }
    j->count = left;
    return IGD_OK;
}

static int run(job *j, igd_error *err)
{
    for (int tries = 0; j->count && tries < TRIES; tries++) {
        j->stale = j->lost = false;
        int rc = see_long(j, err);
        if (!rc)
            rc = see_fence(j, err);
        if (rc)
            return rc;
        if (j->count && !j->stale)
            rc = send(j, err);
        if (rc)
            return rc;
        if (j->count && j->stale)
            return fail_stale(err);
        if (j->count && j->lost)
            rc = igd_etcd_check_lock(j->it, err);
        if (rc)
            return rc;
    }
    /* Keys that somebody changes all the time are the family's business. */
    bool fenced = j->fence && j->fence->value.there != IGD_KV_ABSENT && !j->it->fence_revision;
    return j->count && (j->lost || fenced) ? fail_stale(err) : IGD_OK;
}

int igd_etcd_write(igd_kv_target *target, igd_kv_write *writes, size_t count,
                   const igd_kv_fence *fence, igd_arena *mem, igd_error *err)
{
    igd_etcd *it = igd_etcd_of(target);
    job *j = IGD_NEW(mem, job);
    int rc = IGD_OK;
    for (size_t at = 0; !rc && at < count;) {
        size_t bytes = 0;
        *j = (job){.it = it,
                   .fence = fence,
                   .locked = it->lease != 0,
                   .lock = igd_kv_lock_key(target, mem),
                   .mem = mem};
        for (; at < count && j->count < OPS; at++) {
            bytes += size_of(&writes[at]);
            if (j->count > 0 && bytes > BYTES)
                break;
            writes[at].done = false;
            writes[at].found = (igd_kv_value){0};
            j->items[j->count++].write = &writes[at];
        }
        rc = run(j, err);
    }
    return rc;
}
