/*
 * Opening and closing, and what the store can do.
 */
#include <stdlib.h>

#include "targets/consul/consul.h"

/* So that a record fits into one request of 512 KiB as base64, with its key, percent-encoded, and
 * the conditions. */
#define ROW_BYTES 375000
#define KEY_BYTES 4096
/* Of a transaction, besides the keys: the row of the state, the lock, the marks. */
#define OPS_BESIDES (2 + IGD_CONSUL_MARKS)
/* As the family counts: before base64. */
#define BYTES_OF_WRITE 380000

extern const igd_target_driver igd_consul_driver;

static void close_target(igd_kv_target *target)
{
    igd_consul *it = igd_consul_of(target);
    igd_http_free(it->http);
    igd_buf_free(&it->header);
    igd_buf_free(&it->fence);
    igd_buf_free(&it->session_id);
    free(it);
}

/* The token is not for a report: CONSUL_HTTP_TOKEN has it. */
static igd_str read_command(const igd_kv_target *target, igd_str key, igd_arena *mem)
{
    const igd_consul *it = (const igd_consul *)target;
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_buf_puts(&out, "consul kv get");
    igd_kv_put_option(&out, "-http-addr", igd_arena_cstr(mem, it->servers.urls.items[0]));
    igd_kv_put_option(&out, "-ca-file", it->servers.ca);
    igd_kv_put_option(&out, "-client-cert", it->servers.cert);
    igd_kv_put_option(&out, "-client-key", it->servers.key);
    igd_kv_put_option(&out, "-datacenter", it->datacenter.len ? it->datacenter.ptr : NULL);
    igd_kv_put_option(&out, "-namespace", it->namespace.len ? it->namespace.ptr : NULL);
    igd_buf_byte(&out, ' ');
    igd_kv_put_shell(&out, key);
    return igd_arena_str(mem, igd_buf_view(&out));
}

static const igd_kv_ops consul_ops = {
    .close = close_target,
    .lock = igd_consul_lock,
    .unlock = igd_consul_unlock,
    .holder = igd_consul_holder,
    .break_lock = igd_consul_break_lock,
    .recover = igd_consul_recover,
    .keep_lock = igd_consul_keep_lock,
    .get = igd_consul_get,
    .scan = igd_consul_scan,
    .write = igd_consul_write,
    .read_command = read_command,
    .script = &igd_consul_scripts,
};

static int connect(igd_consul *it, const igd_url *url, igd_error *err)
{
    int rc = igd_consul_options(it, url, &it->servers, err);
    if (rc)
        return rc;
    it->http = igd_http_new(&it->servers);
    rc = igd_consul_probe(it, err);
    size_t most = it->ops - OPS_BESIDES, rows = it->kv.base.limits.batch_rows;
    it->kv.kv_limits =
        (igd_kv_limits){.writes = rows > 0 && rows < most ? rows : most, .bytes = BYTES_OF_WRITE};
    return rc;
}

static int open_target(const igd_target_config *config, igd_target **out, igd_error *err)
{
    igd_consul *it = igd_xmalloc(sizeof(*it));
    *it = (igd_consul){.stop = config->stop,
                       .header = IGD_BUF_INIT,
                       .fence = IGD_BUF_INIT,
                       .session_id = IGD_BUF_INIT};
    igd_target *base = &it->kv.base;
    base->limits = (igd_target_limits){
        .key_bytes = KEY_BYTES, .row_bytes = ROW_BYTES, .batch_rows = config->batch_rows};
    igd_kv_style style = {.prefix = config->url.path, .separator = '/', .layout = IGD_KV_JSON};
    igd_target_config known = *config;
    /* Scripts name none. */
    known.mask_caps |= igd_consul_has_namespace(&config->url) ? IGD_CAP_SCRIPT : 0;
    int rc = igd_kv_init(&it->kv, &igd_consul_driver, &consul_ops, &known, &style, err);
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

static const char *const consul_schemes[] = {"consul", "consuls", NULL};

const igd_target_driver igd_consul_driver = {
    .name = "consul",
    .schemes = consul_schemes,
    .url_help = "consul://HOST:8500/PREFIX",
    .open = open_target,
    IGD_KV_DRIVER,
};
