/*
 * Consul KV through its HTTP API.
 *
 * All is read and written by /v1/txn, whose body has the keys: in a path some could not stand. Keys
 * are JSON strings there, values base64. Nothing compares values: what is under the keys is read
 * first, all of a request at once, and then each is written under the condition that its index is
 * still the one that was read; index 0 says that nothing may be there.
 *
 * Every transaction that writes also checks the index of the row of the state (the fence) and that
 * the lock is still of our session. So nobody who lost the lock writes, however long it slept. The
 * one that writes that row writes marks, too, which say what it is (mark.c): for scripts.
 */
#ifndef IGD_TARGETS_CONSUL_H
#define IGD_TARGETS_CONSUL_H

#include "base/json_read.h"
#include "targets/http/http.h"
#include "targets/kv/kv_target.h"

typedef struct igd_consul {
    igd_kv_target kv; /* first */
    igd_http *http;
    igd_buf header;                       /* "X-Consul-Token: TOKEN", or empty */
    igd_http_options servers;             /* which it was made with */
    igd_str namespace, datacenter, query; /* query: "&dc=NAME", or empty */
    const volatile int *stop;
    size_t ops; /* of one transaction, as the server says */

    int64_t lease_ms;   /* ?lease */
    igd_str session;    /* ours, while the lock is; in session_text */
    igd_buf session_id; /* what `session` is a view of */
    int64_t renewed_at; /* ms */

    igd_buf fence;       /* what the row of the state was seen to be, */
    int64_t fence_index; /* and its index; 0: not known */
} igd_consul;

static inline igd_consul *igd_consul_of(igd_kv_target *target)
{
    return (igd_consul *)target;
}

#define IGD_CONSUL_OPS  64     /* of a transaction, in any version */
#define IGD_CONSUL_BODY 524288 /* bytes of a request: limits.txn_max_req_len as it comes */

/* ---- options.c ---- */

/* From the URL and CONSUL_*: whom to ask, and as whom. */
IGD_MUST_CHECK int igd_consul_options(igd_consul *it, const igd_url *url, igd_http_options *out,
                                      igd_error *err);

bool igd_consul_has_namespace(const igd_url *url);

/* ---- message.c ---- */

/* One operation of a transaction. What is empty is left out. */
typedef struct igd_consul_op {
    const char *verb;
    igd_str key;
    igd_str value; /* ptr NULL: none */
    int64_t index; /* < 0: none */
    igd_str session;
} igd_consul_op;

/* Appends it to a list, which begins with "[" and ends with "]". */
void igd_consul_put_op(const igd_consul *it, igd_buf *out, const igd_consul_op *op);
/* How many bytes it is at most. */
size_t igd_consul_op_size(const igd_consul *it, igd_str key, size_t value_len);

typedef struct igd_consul_kv {
    igd_str key, value; /* the value's ptr is never NULL */
    igd_str session;    /* that has it as a lock, or empty */
    int64_t index;      /* 0: there is no such key */
} igd_consul_kv;

typedef struct igd_consul_refusal {
    size_t op; /* which operation of the transaction */
    igd_str what;
} igd_consul_refusal;

typedef struct igd_consul_txn {
    IGD_LIST(igd_consul_kv) kvs;
    IGD_LIST(igd_consul_refusal) refusals; /* with any, nothing was carried out */
} igd_consul_txn;

IGD_MUST_CHECK int igd_consul_read_txn(igd_str answer, igd_arena *mem, igd_consul_txn *out,
                                       igd_error *err);
/* A member of an object, or of the object that it is in the member `outer` of; as text. ptr is NULL
 * when it is not there. */
igd_str igd_consul_member(igd_str answer, const char *outer, const char *name, igd_arena *mem);

/* ---- stream.c: an answer of any length, result by result ---- */

/* Views live during the call. */
typedef int igd_consul_each(const igd_consul_kv *kv, void *payload, igd_error *err);

typedef struct igd_consul_stream {
    igd_consul_each *each;
    void *payload;
    igd_arena *mem;
    igd_buf element; /* what came of the one that is not complete */
    unsigned depth;
    bool began, in_string, escaped, inside;
} igd_consul_stream;

/* An igd_http_sink. */
int igd_consul_stream_feed(igd_str bytes, void *stream, igd_error *err);
/* Transient when the answer is not complete. */
IGD_MUST_CHECK int igd_consul_stream_end(igd_consul_stream *stream, igd_error *err);

/* ---- call.c ---- */

typedef struct igd_consul_call {
    const char *path; /* "/v1/txn?consistent", always with a '?'; without what the URL says */
    igd_str body;
    bool read; /* nothing is written, or it may be done twice */
    bool of_namespace;
    igd_http_sink *sink; /* as igd_http_request.sink */
    void *payload;
} igd_consul_call;

/* Sets *status: 200; 409, a transaction that was refused; 404. Anything else fails. */
IGD_MUST_CHECK int igd_consul_send(igd_consul *it, const char *method, const igd_consul_call *call,
                                   long *status, igd_str *answer, igd_error *err);
/* A transaction. Operations that ACLs forbid fail it; what else was refused is in `out`. */
IGD_MUST_CHECK int igd_consul_exchange(igd_consul *it, igd_str body, bool read, igd_arena *mem,
                                       igd_consul_txn *out, igd_error *err);
/* What the server can do, and whether we may use it. */
IGD_MUST_CHECK int igd_consul_probe(igd_consul *it, igd_error *err);

/* ---- read.c ---- */

int igd_consul_get(igd_kv_target *target, const igd_str *keys, size_t count, igd_kv_layout layout,
                   igd_arena *mem, igd_kv_value *out, igd_error *err);
int igd_consul_scan(igd_kv_target *target, igd_str begins, igd_kv_layout layout,
                    igd_kv_scan_callback *callback, void *payload, igd_error *err);
/* Keys as they are now: up to it->ops, and as many as fit into a body. */
IGD_MUST_CHECK int igd_consul_look(igd_consul *it, const igd_str *keys, size_t count,
                                   igd_arena *mem, igd_consul_kv *out, igd_error *err);

/* ---- write.c ---- */

int igd_consul_write(igd_kv_target *target, igd_kv_write *writes, size_t count,
                     const igd_kv_fence *fence, igd_arena *mem, igd_error *err);

/* ---- mark.c ---- */

/* Keys that say what the row of the state is. */
typedef struct igd_consul_marks {
    igd_str tree; /* what all of them begin with */
    igd_str row;  /* there when the row has these bytes; ptr NULL: there is no row */
    igd_str
        commit; /* there when this commit is synced and no run is in progress; ptr NULL: not so */
} igd_consul_marks;

/* Of the row with this key and these bytes (ptr NULL: it goes). False when the key is not one of a
 * row of the state. */
bool igd_consul_marks_of(igd_str key, igd_str row, igd_arena *mem, igd_consul_marks *out);
igd_str igd_consul_commit_mark(igd_str tree, igd_str commit, igd_arena *mem);

/* Operations that put them in place of those that were there, for the transaction that writes the
 * row: IGD_CONSUL_MARKS at most. */
void igd_consul_put_marks(const igd_consul *it, igd_buf *out, const igd_consul_marks *marks);
#define IGD_CONSUL_MARKS 3

/* Writes those of the row that is there, when somebody has taken them away. */
IGD_MUST_CHECK int igd_consul_mend_marks(igd_consul *it, igd_str key, bool *mended, igd_error *err);

/* ---- script.c ---- */

extern const igd_kv_script_style igd_consul_scripts;

/* ---- lock.c ---- */

int igd_consul_lock(igd_kv_target *target, int64_t wait_ms, igd_error *err);
void igd_consul_unlock(igd_kv_target *target);
int igd_consul_holder(igd_kv_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err);
int igd_consul_break_lock(igd_kv_target *target, igd_error *err);
int igd_consul_recover(igd_kv_target *target, igd_error *err);
int igd_consul_keep_lock(igd_kv_target *target, igd_error *err);
/* As keep_lock, however recently it was renewed. */
IGD_MUST_CHECK int igd_consul_check_lock(igd_consul *it, igd_error *err);

#endif
