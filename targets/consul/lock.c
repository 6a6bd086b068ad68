/*
 * The writers' lock: a key that a session has, which goes with the session when nobody renews it.
 * Every write checks that it is still of our session (write.c).
 *
 * A session that ran out is not one that was taken away: the lock is taken again where nobody else
 * has it, and what was written meanwhile is told by the fence. Whoever breaks a lock deletes the
 * key and leaves the session, by which its holder knows that it was thrown out.
 */
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "base/json_write.h"
#include "base/log.h"
#include "targets/consul/consul.h"

#define POLL_MS 100

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now); /* goes on while the machine sleeps */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- sessions ---- */

static void forget_session(igd_consul *it)
{
    igd_buf_clear(&it->session_id);
    it->session = (igd_str){0};
}

static void set_session(igd_consul *it, igd_str id)
{
    igd_buf_clear(&it->session_id);
    igd_buf_str(&it->session_id, id);
    it->session = igd_buf_view(&it->session_id);
}

/* Health of the node does not end it, and nobody has to wait after it: the fence is what counts.
 * One whose answer got lost ends by itself. */
static int make_session(igd_consul *it, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str body = igd_arena_printf(mem,
                                    "{\"Name\":\"ingitdb-migrate\",\"TTL\":\"%" PRId64 "s\","
                                    "\"LockDelay\":\"0s\",\"Behavior\":\"delete\",\"Checks\":[],"
                                    "\"NodeChecks\":[]}",
                                    it->lease_ms / 1000);
    igd_consul_call call = {.path = "/v1/session/create?", .body = body, .of_namespace = true};
    int64_t began = now_ms();
    long status = 0;
    igd_str answer;
    int rc = igd_consul_send(it, "PUT", &call, &status, &answer, err);
    if (rc)
        return rc;
    igd_str id = igd_consul_member(answer, NULL, "ID", mem);
    if (status != 200 || id.len == 0)
        return igd_fail(err, IGD_E_TARGET, "consul: no session was made");
    set_session(it, id);
    it->renewed_at = began;
    return IGD_OK;
}

static int session_call(igd_consul *it, const char *what, bool read, bool *there, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf path = IGD_BUF_INIT;
    igd_buf_printf(&path, "/v1/session/%s/%.*s?", what, IGD_STR_ARG(it->session));
    igd_consul_call call = {
        .path = path.ptr, .body = IGD_STR(""), .read = read, .of_namespace = true};
    long status = 0;
    igd_str answer;
    int rc = igd_consul_send(it, "PUT", &call, &status, &answer, err);
    if (!rc)
        *there = status == 200;
    return rc;
}

/* Its key goes with it. Giving one back is not worth many tries: it runs out. */
static void end_session(igd_consul *it)
{
    igd_error ignored = IGD_ERROR_INIT;
    bool there;
    if (it->session.len)
        (void)session_call(it, "destroy", false, &there, &ignored);
    forget_session(it);
}

/* *alive is false when it ran out. */
static int renew(igd_consul *it, bool *alive, igd_error *err)
{
    int64_t began = now_ms();
    int rc = session_call(it, "renew", true, alive, err);
    if (!rc && *alive)
        it->renewed_at = began;
    return rc;
}

/* ---- the key ---- */

static int one_operation(igd_consul *it, const igd_consul_op *op, bool *done, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_consul_txn txn;
    igd_buf_byte(&body, '[');
    igd_consul_put_op(it, &body, op);
    igd_buf_byte(&body, ']');
    int rc = igd_consul_exchange(it, igd_buf_view(&body), false, mem, &txn, err);
    if (!rc)
        *done = txn.refusals.len == 0;
    return rc;
}

/* Refused when another session has it. */
static int put_lock(igd_consul *it, bool *got, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_consul_op op = {.verb = "lock",
                        .key = igd_kv_lock_key(&it->kv, mem),
                        .value = igd_kv_holder_text(&it->kv, mem),
                        .session = it->session,
                        .index = -1};
    return one_operation(it, &op, got, err);
}

static int look(igd_consul *it, igd_arena *mem, igd_consul_kv *kv, igd_error *err)
{
    igd_str key = igd_kv_lock_key(&it->kv, mem);
    return igd_consul_look(it, &key, 1, mem, kv, err);
}

static int try_take(igd_consul *it, bool *got, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_consul_kv kv;
    *got = false;
    int rc = look(it, mem, &kv, err);
    if (rc || kv.session.len)
        return rc;
    rc = make_session(it, err);
    if (!rc)
        rc = put_lock(it, got, err);
    if (rc || !*got)
        end_session(it);
    return rc;
}

int igd_consul_lock(igd_kv_target *target, int64_t wait_ms, igd_error *err)
{
    igd_consul *it = igd_consul_of(target);
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

void igd_consul_unlock(igd_kv_target *target)
{
    end_session(igd_consul_of(target));
}

int igd_consul_holder(igd_kv_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err)
{
    igd_consul_kv kv;
    int rc = look(igd_consul_of(target), mem, &kv, err);
    if (rc)
        return rc;
    bool held = kv.session.len > 0;
    *out = (igd_lock_holder){.held = held};
    if (held && !igd_kv_holder_parse(kv.value, mem, out))
        *out = (igd_lock_holder){.held = true};
    return IGD_OK;
}

int igd_consul_break_lock(igd_kv_target *target, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_consul_op op = {.verb = "delete", .key = igd_kv_lock_key(target, mem), .index = -1};
    bool done = false;
    int rc = one_operation(igd_consul_of(target), &op, &done, err);
    return rc || done ? rc : igd_fail(err, IGD_E_TARGET, "consul: the lock cannot be deleted");
}

/* ---- keeping it ---- */

static int fail_taken(igd_error *err)
{
    (void)igd_fail(err, IGD_E_STALE_BASE, "the lock of this run was taken away");
    return igd_hint(err, "see who writes to the target ('migrate status'), then run it again");
}

static int retake(igd_consul *it, igd_error *err)
{
    bool got = false;
    forget_session(it);
    int rc = try_take(it, &got, err);
    if (rc)
        return rc;
    if (!got)
        return fail_taken(err);
    igd_log(IGD_LOG_INFO, "consul: the session of the lock had run out; nobody else has taken it");
    return IGD_OK;
}

/* A session whose making or end was not answered may be one that we do not know of. */
static bool is_ours(const igd_consul *it, const igd_consul_kv *kv, igd_arena *mem)
{
    igd_lock_holder holder;
    return igd_str_eq(kv->session, it->session) || (igd_kv_holder_parse(kv->value, mem, &holder) &&
                                                    igd_str_eq(holder.run_id, it->kv.run_id));
}

/* The key is looked at first: that is a consistent read. A server that has just been started may
 * say that it knows no such session, and mean that it has not read all of its log. */
int igd_consul_check_lock(igd_consul *it, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_consul_kv kv;
    bool alive = false;
    int rc = look(it, mem, &kv, err);
    if (rc)
        return rc;
    bool held = kv.session.len > 0;
    if (held && !is_ours(it, &kv, mem))
        return fail_taken(err);
    if (held)
        set_session(it, kv.session);
    rc = it->session.len ? renew(it, &alive, err) : IGD_OK;
    if (rc)
        return rc;
    if (!alive)
        return retake(it, err);
    return held ? IGD_OK : fail_taken(err);
}

int igd_consul_keep_lock(igd_kv_target *target, igd_error *err)
{
    igd_consul *it = igd_consul_of(target);
    return now_ms() - it->renewed_at < it->lease_ms / 3 ? IGD_OK : igd_consul_check_lock(it, err);
}

int igd_consul_recover(igd_kv_target *target, igd_error *err)
{
    igd_consul *it = igd_consul_of(target);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_consul_kv kv;
    return target->locked ? igd_consul_check_lock(it, err) : look(it, mem, &kv, err);
}
