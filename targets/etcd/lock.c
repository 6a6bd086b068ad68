/*
 * The writers' lock: a key with a lease, which the server takes away when nobody renews it. Every
 * write compares that it is still of our lease (write.c).
 *
 * A lease that ran out is not one that was taken away: it is taken again where nobody else has the
 * lock, and what was written meanwhile is told by the fence. Whoever breaks a lock deletes the key
 * and leaves the lease, by which its holder knows that it was thrown out.
 */
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "targets/etcd/etcd.h"

#define POLL_MS 100
#define REVOKE  "/v3/lease/revoke"

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now); /* goes on while the machine sleeps */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- leases ---- */

static int lease_call(igd_etcd *it, const char *path, igd_str body, igd_arena *mem, int64_t *id,
                      int64_t *ttl, igd_error *err)
{
    igd_str answer;
    /* Giving one back is not worth asking several servers: it runs out. */
    bool repeatable = strcmp(path, REVOKE) != 0;
    igd_etcd_call call = {.path = path, .body = body, .repeatable = repeatable};
    int rc = igd_etcd_send(it, &call, &answer, err);
    if (rc)
        return rc;
    *id = igd_etcd_number(igd_etcd_member(answer, "ID", mem));
    *ttl = igd_etcd_number(igd_etcd_member(answer, "TTL", mem));
    return IGD_OK;
}

/* One whose answer got lost ends by itself. */
static int grant_one(igd_etcd *it, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    int64_t id = 0, ttl = 0, began = now_ms();
    igd_str body = igd_arena_printf(mem, "{\"TTL\":\"%" PRId64 "\"}", it->lease_ms / 1000);
    int rc = lease_call(it, "/v3/lease/grant", body, mem, &id, &ttl, err);
    if (rc)
        return rc;
    if (id == 0 || ttl <= 0)
        return igd_fail(err, IGD_E_TARGET, "etcd: no lease was granted");
    it->lease = id;
    it->granted_ms = ttl * 1000;
    it->renewed_at = began;
    return IGD_OK;
}

static void revoke_ours(igd_etcd *it)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_error ignored = IGD_ERROR_INIT;
    int64_t id = 0, ttl = 0;
    if (it->lease && !it->away) { /* else it runs out */
        igd_str body = igd_arena_printf(mem, "{\"ID\":\"%" PRId64 "\"}", it->lease);
        (void)lease_call(it, REVOKE, body, mem, &id, &ttl, &ignored);
    }
    it->lease = 0;
}

/* *alive is false when it ran out. */
static int renew(igd_etcd *it, bool *alive, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    int64_t id = 0, ttl = 0, began = now_ms();
    igd_str body = igd_arena_printf(mem, "{\"ID\":\"%" PRId64 "\"}", it->lease);
    int rc = lease_call(it, "/v3/lease/keepalive", body, mem, &id, &ttl, err);
    if (rc)
        return rc;
    *alive = ttl > 0;
    if (*alive)
        it->renewed_at = began;
    return IGD_OK;
}

/* ---- the key ---- */

/* Puts the key where there is none. */
static int put_lock(igd_etcd *it, bool *got, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_str key = igd_kv_lock_key(&it->kv, mem), answer;
    igd_etcd_txn txn;
    igd_buf_puts(&body, "{\"compare\":[{\"target\":\"CREATE\",\"create_revision\":\"0\",");
    igd_etcd_put_bytes(&body, "key", key);
    igd_buf_puts(&body, "}],\"success\":[{\"request_put\":{");
    igd_etcd_put_bytes(&body, "key", key);
    igd_buf_byte(&body, ',');
    igd_etcd_put_bytes(&body, "value", igd_kv_holder_text(&it->kv, mem));
    igd_buf_printf(&body, ",\"lease\":\"%" PRId64 "\"}}]}", it->lease);
    igd_etcd_call call = {.path = "/v3/kv/txn", .body = igd_buf_view(&body)};
    int rc = igd_etcd_send(it, &call, &answer, err);
    if (!rc)
        rc = igd_etcd_read_txn(answer, mem, &txn, err);
    if (!rc)
        *got = txn.succeeded;
    return rc;
}

static int look(igd_etcd *it, igd_arena *mem, igd_etcd_kv *kv, bool *found, igd_error *err)
{
    return igd_etcd_get_now(it, igd_kv_lock_key(&it->kv, mem), mem, kv, found, err);
}

static int try_take(igd_etcd *it, bool *got, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_etcd_kv kv;
    bool found = false;
    *got = false;
    int rc = look(it, mem, &kv, &found, err);
    if (rc || found)
        return rc;
    rc = grant_one(it, err);
    if (!rc)
        rc = put_lock(it, got, err);
    if (rc || !*got)
        revoke_ours(it);
    return rc;
}

int igd_etcd_lock(igd_kv_target *target, int64_t wait_ms, igd_error *err)
{
    igd_etcd *it = igd_etcd_of(target);
    int64_t until = now_ms() + wait_ms;
    for (;;) {
        bool got = false;
        int rc = try_take(it, &got, err);
        if (rc || got)
            return rc;
        if (now_ms() >= until || (it->stop && *it->stop))
            return igd_kv_fail_locked(target, err);
        usleep(POLL_MS * 1000);
    }
}

void igd_etcd_unlock(igd_kv_target *target)
{
    revoke_ours(igd_etcd_of(target)); /* its key goes with it */
}

int igd_etcd_holder(igd_kv_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err)
{
    igd_etcd_kv kv;
    bool found = false;
    int rc = look(igd_etcd_of(target), mem, &kv, &found, err);
    if (rc)
        return rc;
    *out = (igd_lock_holder){.held = found};
    if (found && !igd_kv_holder_parse(kv.value, mem, out))
        *out = (igd_lock_holder){.held = true};
    return IGD_OK;
}

int igd_etcd_break_lock(igd_kv_target *target, igd_error *err)
{
    igd_etcd *it = igd_etcd_of(target);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_str answer;
    igd_buf_byte(&body, '{');
    igd_etcd_put_bytes(&body, "key", igd_kv_lock_key(target, mem));
    igd_buf_byte(&body, '}');
    igd_etcd_call call = {.path = "/v3/kv/deleterange", .body = igd_buf_view(&body)};
    return igd_etcd_send(it, &call, &answer, err);
}

/* ---- keeping it ---- */

static int fail_taken(igd_error *err)
{
    (void)igd_fail(err, IGD_E_STALE_BASE, "the lock of this run was taken away");
    return igd_hint(err, "see who writes to the target ('migrate status'), then run it again");
}

static int retake(igd_etcd *it, igd_error *err)
{
    bool got = false;
    it->lease = 0;
    int rc = try_take(it, &got, err);
    if (rc)
        return rc;
    if (!got)
        return fail_taken(err);
    igd_log(IGD_LOG_INFO, "etcd: the lease of the lock had run out; nobody else has taken it");
    return IGD_OK;
}

int igd_etcd_check_lock(igd_etcd *it, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_etcd_kv kv;
    bool alive = false, found = false;
    int rc = it->lease ? renew(it, &alive, err) : IGD_OK;
    if (rc)
        return rc;
    if (!alive)
        return retake(it, err);
    rc = look(it, mem, &kv, &found, err);
    if (rc)
        return rc;
    return found && kv.lease == it->lease ? IGD_OK : fail_taken(err);
}

int igd_etcd_keep_lock(igd_kv_target *target, igd_error *err)
{
    igd_etcd *it = igd_etcd_of(target);
    return now_ms() - it->renewed_at < it->granted_ms / 3 ? IGD_OK : igd_etcd_check_lock(it, err);
}

int igd_etcd_recover(igd_kv_target *target, igd_error *err)
{
    igd_etcd *it = igd_etcd_of(target);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_etcd_kv kv;
    bool found = false;
    it->revision = 0;
    return target->locked ? igd_etcd_check_lock(it, err) : look(it, mem, &kv, &found, err);
}
