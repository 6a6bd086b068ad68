/*
 * Writing: what is there is read where something is expected, then one transaction writes as many
 * keys as fit, each under the condition that its index is still the same.
 */
#include "targets/consul/consul.h"

#define CONDITIONS 2 /* the fence and the lock */
#define TRIES      3

typedef struct item {
    igd_kv_write *write;
    int64_t index; /* of what is there and is as expected; 0: not known */
} item;

typedef struct job {
    igd_consul *it;
    const igd_kv_fence *fence;
    igd_str lock;
    bool locked; /* the lock is checked */
    igd_arena *mem;
    item *items;
    size_t count;
    bool stale;  /* the fence is not as it should be */
    bool lost;   /* the lock is not ours */
    bool fenced; /* the fence has another index, if not another value */
} job;

static int fail_stale(igd_error *err)
{
    (void)igd_fail(err, IGD_E_STALE_BASE, "another run wrote to the target meanwhile");
    return igd_hint(err, "this one has stopped; run it again");
}

/* ---- what is there ---- */

/* Whether something has to be known of it before. */
static bool wants_index(const item *one)
{
    const igd_kv_write *write = one->write;
    return !write->any && write->expected.there != IGD_KV_ABSENT && one->index == 0;
}

/* What was found is decided about: false when it is neither what is wanted nor what was expected.
 */
static bool settle(item *one, const igd_consul_kv *kv)
{
    igd_kv_write *write = one->write;
    igd_kv_value found = {.there = kv->index ? IGD_KV_THERE : IGD_KV_ABSENT,
                          .bytes = kv->index ? kv->value : (igd_str){0}};
    write->found = found;
    write->done = igd_kv_value_fits(&found, &write->value);
    one->index = write->expected.there == IGD_KV_ABSENT ? 0 : kv->index;
    return write->done || write->any || igd_kv_value_fits(&found, &write->expected);
}

/* Reads those that are marked; what needs no write, or will get none, leaves the job. */
static int see(job *j, const bool *marked, igd_error *err)
{
    igd_str *keys = IGD_NEW_ARRAY(j->mem, igd_str, j->count + 1);
    igd_consul_kv *kvs = IGD_NEW_ARRAY(j->mem, igd_consul_kv, j->count + 1);
    size_t count = 0, left = 0;
    for (size_t n = 0; n < j->count; n++)
        if (marked[n])
            keys[count++] = j->items[n].write->key;
    int rc = count ? igd_consul_look(j->it, keys, count, j->mem, kvs, err) : IGD_OK;
    if (rc)
        return rc;
    count = 0;
    for (size_t n = 0; n < j->count; n++) {
        item one = j->items[n];
        if (!marked[n] || (settle(&one, &kvs[count++]) && !one.write->done))
            j->items[left++] = one;
    }
    j->count = left;
    return IGD_OK;
}

static int see_expected(job *j, igd_error *err)
{
    bool *marked = IGD_NEW_ARRAY(j->mem, bool, j->count + 1);
    for (size_t n = 0; n < j->count; n++)
        marked[n] = wants_index(&j->items[n]);
    return see(j, marked, err);
}

/* The index of the row that the fence wants; stale when it is another one. */
static int see_fence(job *j, igd_error *err)
{
    igd_consul *it = j->it;
    igd_consul_kv kv;
    if (!j->fence || j->fence->value.there == IGD_KV_ABSENT ||
        (it->fence_index && igd_str_eq(igd_buf_view(&it->fence), j->fence->value.bytes)))
        return IGD_OK;
    int rc = igd_consul_look(it, &j->fence->key, 1, j->mem, &kv, err);
    if (rc)
        return rc;
    j->stale = kv.index == 0 || !igd_str_eq(kv.value, j->fence->value.bytes);
    igd_buf_clear(&it->fence);
    igd_buf_str(&it->fence, j->fence->value.bytes);
    it->fence_index = j->stale ? 0 : kv.index;
    return IGD_OK;
}

/* ---- the request ---- */

static igd_consul_op fence_op(const job *j)
{
    igd_consul_op op = {.verb = "check-not-exists", .key = j->fence->key, .index = -1};
    if (j->fence->value.there != IGD_KV_ABSENT) {
        op.verb = "check-index";
        op.index = j->it->fence_index;
    }
    return op;
}

static igd_consul_op item_op(const item *one)
{
    const igd_kv_write *write = one->write;
    bool puts = write->value.there != IGD_KV_ABSENT;
    igd_consul_op op = {.key = write->key, .index = -1};
    if (puts)
        op.value = write->value.bytes;
    if (write->any) {
        op.verb = puts ? "set" : "delete";
    } else if (puts) {
        op.verb = "cas";
        op.index = one->index;
    } else if (one->index) {
        op.verb = "delete-cas";
        op.index = one->index;
    } else {
        op.verb = "check-not-exists";
    }
    return op;
}

/* The row of the state goes with its marks. */
static void put_marks(const job *j, const igd_kv_write *write, igd_buf *out)
{
    bool puts = write->value.there != IGD_KV_ABSENT;
    igd_str row = puts ? write->value.bytes : (igd_str){0};
    igd_consul_marks marks;
    if (j->fence && igd_str_eq(write->key, j->fence->key) &&
        igd_consul_marks_of(write->key, row, j->mem, &marks))
        igd_consul_put_marks(j->it, out, &marks);
}

/* Conditions first: the row of the state may be written by what follows. */
static void put_request(const job *j, igd_buf *out)
{
    igd_buf_byte(out, '[');
    if (j->fence) {
        igd_consul_op op = fence_op(j);
        igd_consul_put_op(j->it, out, &op);
    }
    if (j->locked) {
        igd_consul_op op = {
            .verb = "check-session", .key = j->lock, .session = j->it->session, .index = -1};
        igd_consul_put_op(j->it, out, &op);
    }
    for (size_t n = 0; n < j->count; n++) {
        igd_consul_op op = item_op(&j->items[n]);
        igd_consul_put_op(j->it, out, &op);
    }
    for (size_t n = 0; n < j->count; n++)
        put_marks(j, j->items[n].write, out);
    igd_buf_byte(out, ']');
}

/* ---- the answer ---- */

static int fail_unread(const igd_consul_refusal *refusal, igd_error *err)
{
    return igd_fail(err, IGD_E_TARGET, "consul: %.*s", IGD_STR_ARG(refusal->what));
}

/* Keys that were not as expected are read. */
static int read_refusals(job *j, const igd_consul_txn *txn, igd_error *err)
{
    bool *marked = IGD_NEW_ARRAY(j->mem, bool, j->count + 1);
    size_t fence = j->fence ? 1 : 0, before = fence + (j->locked ? 1 : 0);
    memset(marked, 0, j->count * sizeof(*marked));
    for (size_t n = 0; n < txn->refusals.len; n++) {
        const igd_consul_refusal *refusal = &txn->refusals.items[n];
        size_t at = refusal->op;
        if (at < fence) {
            /* Told by its content, in case that somebody wrote the same once more. */
            j->it->fence_index = 0;
            j->fenced = true;
            j->stale |= j->fence->value.there == IGD_KV_ABSENT;
        } else if (at < before) {
            j->lost = true;
        } else if (at - before >= j->count || j->items[at - before].write->any) {
            return fail_unread(refusal, err);
        } else {
            marked[at - before] = true;
        }
    }
    return see(j, marked, err);
}

/* Those that were written, or are so already, leave the job; so do those that found something else.
 * What is left may be tried again. */
static int send(job *j, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_consul_txn txn;
    put_request(j, &body);
    int rc = igd_consul_exchange(j->it, igd_buf_view(&body), false, j->mem, &txn, err);
    if (rc || txn.refusals.len)
        return rc ? rc : read_refusals(j, &txn, err);
    for (size_t n = 0; n < j->count; n++)
        j->items[n].write->done = true;
    j->count = 0;
    return IGD_OK;
}

static int run(job *j, igd_error *err)
{
    for (int tries = 0; j->count && tries < TRIES; tries++) {
        j->stale = j->lost = j->fenced = false;
        int rc = see_expected(j, err);
        if (!rc && j->count)
            rc = see_fence(j, err);
        if (!rc && j->count && !j->stale)
            rc = send(j, err);
        if (rc)
            return rc;
        if (j->count && j->stale)
            return fail_stale(err);
        if (j->lost)
            rc = igd_consul_check_lock(j->it, err);
        if (rc)
            return rc;
    }
    /* Keys that somebody changes all the time are the family's business. */
    return j->count && (j->lost || j->fenced) ? fail_stale(err) : IGD_OK;
}

static int fail_long(const igd_kv_write *write, igd_error *err)
{
    (void)igd_fail(err, IGD_E_TARGET, "key '%.*s': %zu bytes are more than Consul takes at once",
                   IGD_STR_ARG(write->key), write->value.bytes.len);
    return igd_hint(err, "what is to be written there is a value with what stood in its place: "
                         "shorten or delete the long one by hand");
}

/* Bytes of a transaction besides its writes. */
static size_t size_around(const job *j)
{
    igd_consul_marks marks;
    size_t size = igd_consul_op_size(j->it, j->lock, 0);
    if (!j->fence)
        return size;
    if (igd_consul_marks_of(j->fence->key, IGD_STR(""), j->mem, &marks))
        size += IGD_CONSUL_MARKS * igd_consul_op_size(j->it, marks.row, 0);
    return size + igd_consul_op_size(j->it, j->fence->key, 0);
}

int igd_consul_write(igd_kv_target *target, igd_kv_write *writes, size_t count,
                     const igd_kv_fence *fence, igd_arena *mem, igd_error *err)
{
    igd_consul *it = igd_consul_of(target);
    size_t most = it->ops - CONDITIONS - IGD_CONSUL_MARKS;
    job j = {.it = it,
             .fence = fence,
             .lock = igd_kv_lock_key(target, mem),
             .mem = mem,
             .items = IGD_NEW_ARRAY(mem, item, most)};
    size_t around = size_around(&j);
    int rc = IGD_OK;
    for (size_t at = 0; !rc && at < count;) {
        size_t bytes = around;
        j.count = 0;
        j.locked = it->session.len > 0;
        for (; at < count && j.count < most; at++) {
            bytes += igd_consul_op_size(it, writes[at].key, writes[at].value.bytes.len);
            if (bytes > IGD_CONSUL_BODY && j.count == 0)
                return fail_long(&writes[at], err);
            if (bytes > IGD_CONSUL_BODY)
                break;
            writes[at].done = false;
            writes[at].found = (igd_kv_value){0};
            j.items[j.count++] = (item){.write = &writes[at]};
        }
        rc = run(&j, err);
    }
    return rc;
}
