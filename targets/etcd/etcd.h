/*
 * etcd v3 through its JSON gateway.
 *
 * Keys and values travel as base64, numbers of 64 bits as strings, and what is zero or empty is
 * left out of answers. A write is one transaction: it compares what has to be under each key, the
 * row of the state (the fence) and that the lock is still of our lease; then it writes all, or else
 * nothing, and what is there is read. So nobody who lost the lock writes, however long it slept.
 */
#ifndef IGD_TARGETS_ETCD_H
#define IGD_TARGETS_ETCD_H

#include "base/json_read.h"
#include "targets/http/http.h"
#include "targets/kv/kv_target.h"

typedef struct igd_etcd {
    igd_kv_target kv; /* first */
    igd_http *http;
    igd_http_options servers; /* which it was made with */
    igd_str user, password;
    igd_buf header;     /* "Authorization: TOKEN", or empty */
    bool asks_for_none; /* there are no users at the server, as far as we know */
    bool away;          /* the last call did not get through */
    const volatile int *stop;

    int64_t lease_ms; /* ?lease */
    int64_t lease;    /* ours, while the lock is; 0 */
    int64_t granted_ms;
    int64_t renewed_at; /* ms */

    igd_buf fence;          /* what the row of the state was seen to be, */
    int64_t fence_revision; /* and its revision, by which it is compared: a row may be long */

    int64_t revision; /* of the snapshot; 0: what is there now */
    size_t page;      /* keys of the next page of a scan */
} igd_etcd;

static inline igd_etcd *igd_etcd_of(igd_kv_target *target)
{
    return (igd_etcd *)target;
}

/* ---- options.c ---- */

#define IGD_ETCD_PORT "2379"

/* From the URL and ETCDCTL_*: whom to ask, and as whom. */
IGD_MUST_CHECK int igd_etcd_options(igd_etcd *it, const igd_url *url, igd_http_options *out,
                                    igd_error *err);

/* ---- call.c ---- */

typedef struct igd_etcd_call {
    const char *path; /* "/v3/kv/txn" */
    igd_str body;
    bool repeatable; /* nothing is written */
    size_t most;     /* bytes of the answer; 0: any */
    bool *too_large; /* set when it has more, and then there is no answer; with `most` */
} igd_etcd_call;

/* Logs in when that is needed, and takes another server when one cannot serve. */
IGD_MUST_CHECK int igd_etcd_send(igd_etcd *it, const igd_etcd_call *call, igd_str *answer,
                                 igd_error *err);
IGD_MUST_CHECK int igd_etcd_version(igd_etcd *it, igd_str *out, igd_error *err);

/* ---- message.c ---- */

/* "name":"base64 of it" */
void igd_etcd_put_bytes(igd_buf *out, const char *name, igd_str bytes);

typedef struct igd_etcd_kv {
    igd_str key, value; /* the value's ptr is never NULL */
    int64_t lease, mod_revision;
} igd_etcd_kv;

typedef struct igd_etcd_range {
    IGD_LIST(igd_etcd_kv) kvs;
    bool more;
    int64_t revision;
} igd_etcd_range;

typedef struct igd_etcd_txn {
    bool succeeded;
    IGD_LIST(igd_etcd_range) ranges; /* of the responses that are such, in order */
} igd_etcd_txn;

IGD_MUST_CHECK int igd_etcd_read_range(igd_str answer, igd_arena *mem, igd_etcd_range *out,
                                       igd_error *err);
IGD_MUST_CHECK int igd_etcd_read_txn(igd_str answer, igd_arena *mem, igd_etcd_txn *out,
                                     igd_error *err);
/* The member of an object, or of what it has as "result" or "error", as streams do; as text. ptr is
 * NULL when it is not there. */
igd_str igd_etcd_member(igd_str answer, const char *name, igd_arena *mem);
int64_t igd_etcd_number(igd_str text);

/* ---- read.c, write.c ---- */

int igd_etcd_get(igd_kv_target *target, const igd_str *keys, size_t count, igd_kv_layout layout,
                 igd_arena *mem, igd_kv_value *out, igd_error *err);
int igd_etcd_scan(igd_kv_target *target, igd_str begins, igd_kv_layout layout,
                  igd_kv_scan_callback *callback, void *payload, igd_error *err);
int igd_etcd_snapshot(igd_kv_target *target, igd_error *err);
void igd_etcd_end(igd_kv_target *target);
/* One key as it is now; *found is false when there is none. */
int igd_etcd_get_now(igd_etcd *it, igd_str key, igd_arena *mem, igd_etcd_kv *out, bool *found,
                     igd_error *err);

int igd_etcd_write(igd_kv_target *target, igd_kv_write *writes, size_t count,
                   const igd_kv_fence *fence, igd_arena *mem, igd_error *err);

/* ---- script.c: lines of scripts ---- */

extern const igd_kv_script_style igd_etcd_scripts;

/* ---- lock.c ---- */

int igd_etcd_lock(igd_kv_target *target, int64_t wait_ms, igd_error *err);
void igd_etcd_unlock(igd_kv_target *target);
int igd_etcd_holder(igd_kv_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err);
int igd_etcd_break_lock(igd_kv_target *target, igd_error *err);
int igd_etcd_recover(igd_kv_target *target, igd_error *err);
int igd_etcd_keep_lock(igd_kv_target *target, igd_error *err);
/* As keep_lock, however recently it was renewed. */
int igd_etcd_check_lock(igd_etcd *it, igd_error *err);

#endif
