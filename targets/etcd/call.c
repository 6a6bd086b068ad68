/*
 * One request: the login behind it, the server that can serve it, and what its errors mean.
 */
#include <time.h>

#include "base/json_write.h"
#include "targets/etcd/etcd.h"

/* Codes of gRPC, as the gateway writes them into the answer. */
enum {
    CODE_UNKNOWN = 2,
    CODE_DEADLINE = 4,
    CODE_NOT_FOUND = 5,
    CODE_DENIED = 7,
    CODE_EXHAUSTED = 8,
    CODE_PRECONDITION = 9,
    CODE_OUT_OF_RANGE = 11,
    CODE_UNAVAILABLE = 14,
    CODE_UNAUTHENTICATED = 16,
};

/* Of one call: a token may be gone before it is used, or not be known to a server that lags behind.
 * A wrong password is told by the login itself. */
#define MOST_LOGINS 3
/* How long an answer is waited for after a failure. Without a quorum a server needs seven seconds
 * to say so, at each call. */
#define AWAY_SECONDS 3

typedef struct refusal {
    long status;
    int code;
    igd_str message;
} refusal;

static bool says(const refusal *r, const char *words)
{
    igd_str part = igd_str_from(words);
    for (size_t n = 0; n + part.len <= r->message.len; n++)
        if (igd_str_eq(igd_str_sub(r->message, n, part.len), part))
            return true;
    return false;
}

/* It was not carried out, and another server may do it. */
static bool is_elsewhere(const refusal *r)
{
    return r->code == CODE_UNAVAILABLE || r->status == 503 || r->status == 502;
}

/* Whether it was carried out is not known, or it was not and may be later. */
static bool is_transient(const refusal *r)
{
    return is_elsewhere(r) || r->code == CODE_UNKNOWN || r->code == CODE_DEADLINE ||
           r->status == 504 || says(r, "too many requests") || says(r, "leader changed");
}

static bool wants_login(const refusal *r)
{
    return r->code == CODE_UNAUTHENTICATED || r->status == 401 ||
           says(r, "revision of auth store is old") || says(r, "user name is empty");
}

static int fail_login(const refusal *r, igd_error *err)
{
    igd_fail(err, IGD_E_UNREACHABLE, "etcd: %.*s", IGD_STR_ARG(r->message));
    err->native = r->code;
    return igd_hint(err, "check user and password: etcd://USER:PASSWORD@HOST, or ETCDCTL_USER");
}

static const char *hint_of(const refusal *r)
{
    if (r->code == CODE_DENIED)
        return "the user of the URL lacks a permission for keys of the prefix: grant it, or use "
               "another user";
    if (says(r, "database space exceeded"))
        return "compact and defragment the store, then 'etcdctl alarm disarm', or raise its "
               "--quota-backend-bytes";
    if (says(r, "request is too large"))
        return "raise the server's --max-request-bytes";
    if (says(r, "too many operations"))
        return "raise the server's --max-txn-ops to 128, its default";
    if (r->status == 404 && r->code != CODE_NOT_FOUND)
        return "etcd 3.4 is the oldest that this program knows; check that the URL names its "
               "client port";
    return NULL;
}

static int fail_refused(const igd_etcd *it, const refusal *r, igd_error *err)
{
    if (wants_login(r))
        return fail_login(r, err);
    bool compacted = r->code == CODE_OUT_OF_RANGE;
    bool transient = is_transient(r);
    igd_fail(err, transient ? IGD_E_UNREACHABLE : IGD_E_TARGET, "etcd: %s: %.*s",
             igd_http_server(it->http), IGD_STR_ARG(r->message));
    err->native = r->code ? r->code : (int)r->status;
    err->transient = transient || compacted;
    if (transient)
        return igd_hint(err, "check that most of the cluster's members run ('etcdctl endpoint "
                             "status')");
    if (compacted)
        return igd_hint(err, "the store was compacted while we read; run it again");
    const char *hint = hint_of(r);
    return hint ? igd_hint(err, "%s", hint) : (int)err->code;
}

static void read_refusal(const igd_http_answer *answer, igd_arena *mem, refusal *out)
{
    igd_str message = igd_etcd_member(answer->body, "message", mem);
    if (!message.ptr)
        message = igd_etcd_member(answer->body, "error", mem);
    if (!message.ptr)
        message = igd_arena_printf(mem, "status %ld: %.*s", answer->status,
                                   (int)(answer->body.len < 200 ? answer->body.len : 200),
                                   answer->body.ptr);
    igd_str code = igd_etcd_member(answer->body, "code", mem);
    if (!code.ptr)
        code = igd_etcd_member(answer->body, "grpc_code", mem);
    *out = (refusal){.status = answer->status,
                     .code = (int)igd_etcd_number(code),
                     .message = igd_str_trim(message)};
}

static int send_once(igd_etcd *it, const igd_etcd_call *call, igd_http_answer *answer,
                     igd_error *err)
{
    igd_http_request request = {.method = "POST",
                                .path = call->path,
                                .body = call->body,
                                .header = it->header.len ? it->header.ptr : NULL,
                                .repeatable = call->repeatable,
                                .most = call->most,
                                .longest_s = it->away ? AWAY_SECONDS : 0};
    return igd_http_send(it->http, &request, answer, err);
}

/* A token of the server for the user; it lasts for minutes. */
static int log_in(igd_etcd *it, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_json json = igd_json_to(&body);
    igd_json_object(&json);
    igd_json_put_string(&json, "name", it->user);
    igd_json_put_string(&json, "password", it->password);
    igd_json_end(&json);
    igd_buf_clear(&it->header);
    igd_etcd_call call = {
        .path = "/v3/auth/authenticate", .body = igd_buf_view(&body), .repeatable = true};
    igd_http_answer answer;
    int rc = send_once(it, &call, &answer, err);
    if (rc)
        return rc;
    refusal r;
    read_refusal(&answer, mem, &r);
    igd_str token = igd_etcd_member(answer.body, "token", mem);
    if (answer.status == 200 && token.len) {
        igd_buf_printf(&it->header, "Authorization: %.*s", IGD_STR_ARG(token));
        return IGD_OK;
    }
    /* A user in the URL of a store that asks for none is no mistake. */
    it->asks_for_none = says(&r, "authentication is not enabled");
    if (it->asks_for_none)
        return IGD_OK;
    return is_transient(&r) && !says(&r, "authentication failed") ? fail_refused(it, &r, err)
                                                                  : fail_login(&r, err);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether there is another server to ask, and time to: one without a quorum says so after seconds.
 * Whoever asks next begins with another one in any case. */
static bool goes_elsewhere(igd_etcd *it, const igd_etcd_call *call, size_t asked, int64_t began)
{
    return igd_http_next(it->http) > asked && call->repeatable &&
           now_ms() - began < it->kv.base.retry_ms;
}

static int send_to_any(igd_etcd *it, const igd_etcd_call *call, igd_str *answer, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    int logins = MOST_LOGINS;
    int64_t began = now_ms();
    for (size_t asked = 1;; asked++) {
        igd_http_answer got;
        int rc = IGD_OK;
        if (it->user.len && !it->header.len && !it->asks_for_none) {
            logins--;
            rc = log_in(it, err);
        }
        if (!rc)
            rc = send_once(it, call, &got, err);
        if (rc)
            return rc;
        if (call->too_large)
            *call->too_large = got.too_large;
        *answer = got.body;
        /* A stream that fails has begun well. */
        if (got.status == 200 && !igd_str_starts(got.body, IGD_STR("{\"error\"")))
            return IGD_OK;
        refusal r;
        read_refusal(&got, mem, &r);
        if (wants_login(&r) && it->user.len && logins > 0) {
            igd_buf_clear(&it->header);
            it->asks_for_none = false;
            asked--;
            continue;
        }
        rc = fail_refused(it, &r, err);
        if (!is_elsewhere(&r) || !goes_elsewhere(it, call, asked, began))
            return rc;
    }
}

int igd_etcd_send(igd_etcd *it, const igd_etcd_call *call, igd_str *answer, igd_error *err)
{
    int rc = send_to_any(it, call, answer, err);
    it->away = rc == IGD_E_UNREACHABLE;
    return rc;
}

int igd_etcd_version(igd_etcd *it, igd_str *out, igd_error *err)
{
    igd_http_request request = {.method = "GET", .path = "/version", .repeatable = true};
    igd_http_answer answer;
    int rc = igd_http_send(it->http, &request, &answer, err);
    if (rc)
        return rc;
    igd_str version = igd_etcd_member(answer.body, "etcdserver", it->kv.mem);
    if (answer.status == 200 && version.len) {
        *out = version;
        return IGD_OK;
    }
    igd_fail(err, IGD_E_UNREACHABLE, "etcd: %s does not say its version (status %ld)",
             igd_http_server(it->http), answer.status);
    return igd_hint(err, "check that the URL names an etcd's client port");
}
