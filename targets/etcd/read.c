/*
 * Reading: keys by name in one transaction, and all that begin with something page by page, at one
 * revision.
 */
#include <inttypes.h>

#include "targets/etcd/etcd.h"

#define OPS        128 /* of one transaction */
#define PAGE_KEYS  1000
#define FIRST_PAGE 64
#define PAGE_BYTES (4U << 20)  /* what a page should have */
#define MOST_BYTES (64U << 20) /* what it may have, unless it is one key */

static void put_revision(const igd_etcd *it, igd_buf *out)
{
    if (it->revision)
        igd_buf_printf(out, ",\"revision\":\"%" PRId64 "\"", it->revision);
}

static igd_kv_value value_of(const igd_etcd_kv *kv)
{
    return (igd_kv_value){.there = IGD_KV_THERE, .bytes = kv->value};
}

/* ---- by name ---- */

static int get_some(igd_etcd *it, const igd_str *keys, size_t count, igd_arena *mem,
                    igd_kv_value *out, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_buf_puts(&body, "{\"success\":[");
    for (size_t n = 0; n < count; n++) {
        igd_buf_puts(&body, n ? ",{\"request_range\":{" : "{\"request_range\":{");
        igd_etcd_put_bytes(&body, "key", keys[n]);
        put_revision(it, &body);
        igd_buf_puts(&body, "}}");
    }
    igd_buf_puts(&body, "]}");
    igd_str answer;
    igd_etcd_txn txn;
    igd_etcd_call call = {.path = "/v3/kv/txn", .body = igd_buf_view(&body), .repeatable = true};
    int rc = igd_etcd_send(it, &call, &answer, err);
    if (!rc)
        rc = igd_etcd_read_txn(answer, mem, &txn, err);
    if (rc)
        return rc;
    if (txn.ranges.len != count)
        return igd_fail(err, IGD_E_TARGET, "etcd: %zu answers to %zu questions", txn.ranges.len,
                        count);
    for (size_t n = 0; n < count; n++)
        out[n] = txn.ranges.items[n].kvs.len ? value_of(&txn.ranges.items[n].kvs.items[0])
                                             : (igd_kv_value){0};
    return IGD_OK;
}

int igd_etcd_get(igd_kv_target *target, const igd_str *keys, size_t count,
                 igd_kv_layout layout IGD_UNUSED, igd_arena *mem, igd_kv_value *out, igd_error *err)
{
    int rc = IGD_OK;
    for (size_t at = 0; !rc && at < count; at += OPS)
        rc = get_some(igd_etcd_of(target), keys + at, count - at < OPS ? count - at : OPS, mem,
                      out + at, err);
    return rc;
}

int igd_etcd_get_now(igd_etcd *it, igd_str key, igd_arena *mem, igd_etcd_kv *out, bool *found,
                     igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_buf_byte(&body, '{');
    igd_etcd_put_bytes(&body, "key", key);
    igd_buf_byte(&body, '}');
    igd_str answer;
    igd_etcd_range range;
    igd_etcd_call call = {.path = "/v3/kv/range", .body = igd_buf_view(&body), .repeatable = true};
    int rc = igd_etcd_send(it, &call, &answer, err);
    if (!rc)
        rc = igd_etcd_read_range(answer, mem, &range, err);
    if (rc)
        return rc;
    *found = range.kvs.len > 0;
    if (*found)
        *out = range.kvs.items[0];
    return IGD_OK;
}

/* ---- in order ---- */

/* The first key behind all that begin with these bytes; "\0", which stands for the end, when there
 * is none. */
static void end_of(igd_str begins, igd_buf *out)
{
    size_t len = begins.len;
    while (len && (unsigned char)begins.ptr[len - 1] == 0xFF)
        len--;
    igd_buf_add(out, begins.ptr, len);
    if (len)
        out->ptr[len - 1] = (char)((unsigned char)out->ptr[len - 1] + 1);
    else
        igd_buf_byte(out, '\0');
}

/* One page from a key on. One that is larger than we want to hold is asked for again, smaller. */
static int read_page(igd_etcd *it, igd_str from, igd_str end, int64_t revision, igd_arena *mem,
                     igd_etcd_range *out, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_str answer;
    bool too_large = true;
    while (too_large) {
        igd_buf_clear(&body);
        igd_buf_byte(&body, '{');
        igd_etcd_put_bytes(&body, "key", from);
        igd_buf_byte(&body, ',');
        igd_etcd_put_bytes(&body, "range_end", end);
        igd_buf_printf(&body, ",\"limit\":\"%zu\"", it->page);
        if (revision)
            igd_buf_printf(&body, ",\"revision\":\"%" PRId64 "\"", revision);
        igd_buf_byte(&body, '}');
        igd_etcd_call call = {.path = "/v3/kv/range",
                              .body = igd_buf_view(&body),
                              .repeatable = true,
                              .most = it->page > 1 ? MOST_BYTES : 0,
                              .too_large = &too_large};
        int rc = igd_etcd_send(it, &call, &answer, err);
        if (rc)
            return rc;
        if (too_large)
            it->page = (it->page + 7) / 8;
    }
    int rc = igd_etcd_read_range(answer, mem, out, err);
    if (rc || out->kvs.len == 0)
        return rc;
    size_t fitting = PAGE_BYTES / (answer.len / out->kvs.len + 1) + 1;
    it->page = fitting < PAGE_KEYS ? fitting : PAGE_KEYS;
    return IGD_OK;
}

int igd_etcd_scan(igd_kv_target *target, igd_str begins, igd_kv_layout layout IGD_UNUSED,
                  igd_kv_scan_callback *callback, void *payload, igd_error *err)
{
    igd_etcd *it = igd_etcd_of(target);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf from = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf end = IGD_BUF_INIT;
    igd_etcd_range page = {.more = true};
    int64_t revision = it->revision;
    igd_buf_str(&from, begins);
    end_of(begins, &end);
    it->page = FIRST_PAGE;
    while (page.more) {
        igd_arena_reset(mem);
        int rc = read_page(it, igd_buf_view(&from), igd_buf_view(&end), revision, mem, &page, err);
        for (size_t n = 0; !rc && n < page.kvs.len; n++) {
            igd_kv_value value = value_of(&page.kvs.items[n]);
            rc = callback(page.kvs.items[n].key, &value, payload, err);
        }
        if (rc)
            return rc;
        if (page.kvs.len == 0)
            return IGD_OK;
        revision = revision ? revision : page.revision;
        igd_buf_clear(&from);
        igd_buf_str(&from, page.kvs.items[page.kvs.len - 1].key);
        igd_buf_byte(&from, '\0');
    }
    return IGD_OK;
}

/* ---- of one moment ---- */

int igd_etcd_snapshot(igd_kv_target *target, igd_error *err)
{
    igd_etcd *it = igd_etcd_of(target);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_str answer;
    igd_etcd_range range;
    /* A key of ours: a user may have permission for those alone. */
    igd_buf_byte(&body, '{');
    igd_etcd_put_bytes(&body, "key", igd_kv_lock_key(target, mem));
    igd_buf_byte(&body, '}');
    igd_etcd_call call = {.path = "/v3/kv/range", .body = igd_buf_view(&body), .repeatable = true};
    int rc = igd_etcd_send(it, &call, &answer, err);
    if (!rc)
        rc = igd_etcd_read_range(answer, mem, &range, err);
    if (!rc)
        it->revision = range.revision;
    return rc;
}

void igd_etcd_end(igd_kv_target *target)
{
    igd_etcd_of(target)->revision = 0;
}
