/*
 * One request, and what its refusals mean.
 */
#include "targets/consul/consul.h"

#define MORE_OPS 128 /* of a transaction since Consul 1.14 */

typedef struct answer_of {
    long status;
    igd_str text;
} answer_of;

static bool says(const answer_of *a, const char *words)
{
    return a->text.len && memmem(a->text.ptr, a->text.len, words, strlen(words));
}

/* ---- refusals ---- */

static int fail_token(igd_error *err)
{
    return igd_hint(err, "name a token of the datacenter with CONSUL_HTTP_TOKEN, or ?token= in the "
                         "config");
}

static int fail_denied(const igd_consul *it, igd_str text, igd_error *err)
{
    igd_fail(err, IGD_E_TARGET, "consul: %s: %.*s", igd_http_server(it->http), IGD_STR_ARG(text));
    igd_str prefix = it->kv.space.prefix;
    return igd_hint(err,
                    "the token needs a policy with key_prefix \"%.*s/\" { policy = \"write\" } and "
                    "session_prefix \"\" { policy = \"write\" }; to read, \"read\" of the keys",
                    IGD_STR_ARG(prefix));
}

static const struct {
    const char *words; /* in the answer; */
    long status;       /* 0: with any status */
    igd_code code;
    const char *hint;
} refusals[] = {
    {"No path to datacenter", 500, IGD_E_UNREACHABLE,
     "check ?dc=, and that the agent reaches that datacenter ('consul catalog datacenters')"},
    {"Invalid Session TTL", 500, IGD_E_CONFIG, "choose another ?lease=; Consul takes 10 s or more"},
    {"Consul Enterprise feature", 400, IGD_E_CONFIG, "leave ?namespace= out"},
    {"HTTP request to an HTTPS server", 400, IGD_E_CONFIG, "write consuls:// for TLS"},
    {"", 413, IGD_E_TARGET, "raise the agent's limits.txn_max_req_len to 524288, its default"},
    {"", 405, IGD_E_UNREACHABLE, "check that the URL names a Consul's HTTP port"},
    {"", 404, IGD_E_UNREACHABLE, "check that the URL names a Consul's HTTP port"},
};

/* Whether it was carried out is not known, or it was not and may be later. */
static bool is_transient(const answer_of *a)
{
    return a->status == 429 || a->status >= 500;
}

static int fail_refused(const igd_consul *it, const answer_of *a, igd_error *err)
{
    const char *server = igd_http_server(it->http);
    if (says(a, "Permission denied"))
        return fail_denied(it, a->text, err);
    if (says(a, "ACL not found") || a->status == 401 || a->status == 403) {
        igd_fail(err, IGD_E_UNREACHABLE, "consul: %s: %.*s", server, IGD_STR_ARG(a->text));
        return fail_token(err);
    }
    for (size_t n = 0; n < IGD_COUNT(refusals); n++)
        if (refusals[n].status == a->status && says(a, refusals[n].words)) {
            igd_fail(err, refusals[n].code, "consul: %s: %.*s", server, IGD_STR_ARG(a->text));
            err->native = (int)a->status;
            return igd_hint(err, "%s", refusals[n].hint);
        }
    igd_fail(err, is_transient(a) ? IGD_E_UNREACHABLE : IGD_E_TARGET, "consul: %s: %.*s", server,
             IGD_STR_ARG(a->text));
    err->native = (int)a->status;
    err->transient = is_transient(a);
    return err->transient ? igd_hint(err, "check that most of the servers run and have a leader "
                                          "('consul operator raft list-peers')")
                          : (int)err->code;
}

static igd_str text_of(const igd_http_answer *answer, igd_arena *mem)
{
    igd_str text = igd_str_trim(igd_str_sub(answer->body, 0, 300));
    return text.len ? text : igd_arena_printf(mem, "status %ld", answer->status);
}

/* ---- requests ---- */

int igd_consul_send(igd_consul *it, const char *method, const igd_consul_call *call, long *status,
                    igd_str *answer, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf path = IGD_BUF_INIT;
    igd_buf_printf(&path, "%s%.*s", call->path, IGD_STR_ARG(it->query));
    if (call->of_namespace && it->namespace.len)
        igd_buf_printf(&path, "&ns=%.*s", IGD_STR_ARG(it->namespace));
    igd_http_request request = {.method = method,
                                .path = path.ptr,
                                .body = call->body,
                                .header = it->header.len ? it->header.ptr : NULL,
                                .repeatable = call->read,
                                .sink = call->sink,
                                .payload = call->payload};
    igd_http_answer got;
    int rc = igd_http_send(it->http, &request, &got, err);
    if (rc)
        return rc;
    *status = got.status;
    *answer = got.body;
    bool refused_txn = got.status == 409;
    bool no_session = got.status == 404 && call->of_namespace;
    if (got.status == 200 || refused_txn || no_session)
        return IGD_OK;
    answer_of a = {got.status, text_of(&got, mem)};
    return fail_refused(it, &a, err);
}

int igd_consul_exchange(igd_consul *it, igd_str body, bool read, igd_arena *mem,
                        igd_consul_txn *out, igd_error *err)
{
    igd_consul_call call = {
        .path = read ? "/v1/txn?consistent" : "/v1/txn?", .body = body, .read = read};
    long status = 0;
    igd_str answer;
    int rc = igd_consul_send(it, "PUT", &call, &status, &answer, err);
    if (!rc) /* the answer goes with the next request */
        rc = igd_consul_read_txn(igd_arena_str(mem, answer), mem, out, err);
    for (size_t n = 0; !rc && n < out->refusals.len; n++)
        if (igd_str_starts(out->refusals.items[n].what, IGD_STR("Permission denied")))
            rc = fail_denied(it, out->refusals.items[n].what, err);
    return rc;
}

/* ---- the server ---- */

/* Operations whose answer tells of a missing permission, on a key of ours. */
static int try_ops(igd_consul *it, size_t count, long *status, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_consul_txn txn;
    igd_consul_op op = {.verb = "check-index", .key = igd_kv_lock_key(&it->kv, mem), .index = 0};
    igd_buf_byte(&body, '[');
    for (size_t n = 0; n < count; n++)
        igd_consul_put_op(it, &body, &op);
    igd_buf_byte(&body, ']');
    int rc = igd_consul_exchange(it, igd_buf_view(&body), true, mem, &txn, err);
    *status = rc ? err->native : 200;
    return rc;
}

/* Agents say their version to those alone who may read about agents. */
static int read_version(igd_consul *it, igd_error *err)
{
    igd_http_request request = {.method = "GET",
                                .path = "/v1/agent/self",
                                .header = it->header.len ? it->header.ptr : NULL,
                                .repeatable = true};
    igd_http_answer answer;
    int rc = igd_http_send(it->http, &request, &answer, err);
    if (!rc && answer.status == 200)
        it->kv.base.server_version =
            igd_consul_member(answer.body, "Config", "Version", it->kv.mem);
    return rc;
}

/* Transactions take a namespace that is not known to the server without a word. */
static int check_namespace(igd_consul *it, igd_error *err)
{
    igd_consul_call call = {
        .path = "/v1/kv/ingitdb?keys", .body = IGD_STR(""), .read = true, .of_namespace = true};
    long status = 0;
    igd_str answer;
    return it->namespace.len ? igd_consul_send(it, "GET", &call, &status, &answer, err) : IGD_OK;
}

int igd_consul_probe(igd_consul *it, igd_error *err)
{
    long status = 0;
    it->ops = MORE_OPS;
    int rc = try_ops(it, IGD_CONSUL_OPS + 1, &status, err);
    if (rc && status == 413) {
        it->ops = IGD_CONSUL_OPS;
        rc = try_ops(it, 1, &status, err);
    }
    if (!rc)
        rc = check_namespace(it, err);
    return rc ? rc : read_version(it, err);
}
