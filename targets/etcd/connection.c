/*
 * Opening and closing, and what the store can do.
 */
#include <stdlib.h>

#include "targets/etcd/etcd.h"

#define KEYS_OF_WRITE  126
#define BYTES_OF_WRITE (1U << 20)
/* So that a record fits into one request, three times its encoded key included (write.c). */
#define ROW_BYTES 1250000
#define KEY_BYTES 16384

extern const igd_target_driver igd_etcd_driver;

static void close_target(igd_kv_target *target)
{
    igd_etcd *it = igd_etcd_of(target);
    igd_http_free(it->http);
    igd_buf_free(&it->header);
    igd_buf_free(&it->fence);
    free(it);
}

/* The password is not for a report: etcdctl asks for it. */
static igd_str read_command(const igd_kv_target *target, igd_str key, igd_arena *mem)
{
    const igd_etcd *it = (const igd_etcd *)target;
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf endpoints = IGD_BUF_INIT;
    for (size_t n = 0; n < it->servers.urls.len; n++)
        igd_buf_word(&endpoints, it->servers.urls.items[n], ',');
    igd_buf_puts(&out, "etcdctl");
    igd_kv_put_option(&out, "--endpoints", endpoints.ptr);
    igd_kv_put_option(&out, "--cacert", it->servers.ca);
    igd_kv_put_option(&out, "--cert", it->servers.cert);
    igd_kv_put_option(&out, "--key", it->servers.key);
    igd_kv_put_option(&out, "--user", it->user.len ? igd_arena_cstr(mem, it->user) : NULL);
    igd_buf_puts(&out, " get --print-value-only ");
    igd_kv_put_shell(&out, key);
    return igd_arena_str(mem, igd_buf_view(&out));
}

static const igd_kv_ops etcd_ops = {
    .close = close_target,
    .lock = igd_etcd_lock,
    .unlock = igd_etcd_unlock,
    .holder = igd_etcd_holder,
    .break_lock = igd_etcd_break_lock,
    .recover = igd_etcd_recover,
    .keep_lock = igd_etcd_keep_lock,
    .get = igd_etcd_get,
    .scan = igd_etcd_scan,
    .write = igd_etcd_write,
    .snapshot = igd_etcd_snapshot,
    .end = igd_etcd_end,
    .read_command = read_command,
    .script = &igd_etcd_scripts,
};

static int connect(igd_etcd *it, const igd_url *url, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_etcd_kv kv;
    bool found = false;
    int rc = igd_etcd_options(it, url, &it->servers, err);
    if (rc)
        return rc;
    it->http = igd_http_new(&it->servers);
    rc = igd_etcd_version(it, &it->kv.base.server_version, err);
    /* A wrong password and a missing permission are told now, and so is a store without quorum. */
    return rc ? rc : igd_etcd_get_now(it, igd_kv_lock_key(&it->kv, mem), mem, &kv, &found, err);
}

static int open_target(const igd_target_config *config, igd_target **out, igd_error *err)
{
    igd_etcd *it = igd_xmalloc(sizeof(*it));
    *it = (igd_etcd){.stop = config->stop, .header = IGD_BUF_INIT, .fence = IGD_BUF_INIT};
    igd_target *base = &it->kv.base;
    base->limits = (igd_target_limits){
        .key_bytes = KEY_BYTES, .row_bytes = ROW_BYTES, .batch_rows = config->batch_rows};
    size_t rows = config->batch_rows;
    it->kv.kv_limits = (igd_kv_limits){
        .writes = rows > 0 && rows < KEYS_OF_WRITE ? rows : KEYS_OF_WRITE, .bytes = BYTES_OF_WRITE};
    igd_kv_style style = {.prefix = config->url.path, .separator = '/', .layout = IGD_KV_JSON};
    int rc = igd_kv_init(&it->kv, &igd_etcd_driver, &etcd_ops, config, &style, err);
    if (!rc)
        rc = connect(it, &config->url, err);
    if (rc) {
        igd_kv_close(base);
        return rc;
    }
    base->database = it->kv.space.prefix;
    *out = base;
    return IGD_OK;
}

static const char *const etcd_schemes[] = {"etcd", "etcds", NULL};

const igd_target_driver igd_etcd_driver = {
    .name = "etcd",
    .schemes = etcd_schemes,
    .url_help = "etcd://HOST:2379/PREFIX",
    .open = open_target,
    IGD_KV_DRIVER,
};
