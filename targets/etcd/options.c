/*
 * Whom to ask, and as whom: the URL, and for what it does not say the variables of etcdctl.
 */
#include <stdlib.h>

#include "targets/etcd/etcd.h"

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static void choose_user(igd_etcd *it, const igd_url *url)
{
    igd_arena *mem = it->kv.mem;
    igd_str user = url->user, password = url->password, given = {0};
    const char *said = variable("ETCDCTL_USER");
    if (!user.len && said) { /* "name:password" */
        given = igd_str_from(said);
        ptrdiff_t colon = igd_str_find(given, ':');
        user = colon < 0 ? given : igd_str_sub(given, 0, (size_t)colon);
        if (colon >= 0)
            password = igd_str_sub(given, (size_t)colon + 1, given.len);
    }
    if (!password.len && variable("ETCDCTL_PASSWORD"))
        password = igd_str_from(variable("ETCDCTL_PASSWORD"));
    it->user = igd_arena_str(mem, user);
    it->password = igd_arena_str(mem, password);
}

static const char *file_of(igd_arena *mem, const igd_url *url, const char *param, const char *name)
{
    igd_str given = igd_url_param_get(url, param);
    if (given.ptr)
        return igd_arena_cstr(mem, given);
    return variable(name) ? igd_arena_cstr(mem, igd_str_from(variable(name))) : NULL;
}

int igd_etcd_options(igd_etcd *it, const igd_url *url, igd_http_options *out, igd_error *err)
{
    static const char *const known[] = {IGD_KV_PARAMS, "tls_ca", "tls_cert", "tls_key", NULL};
    igd_arena *mem = it->kv.mem;
    const char *endpoints = variable("ETCDCTL_ENDPOINTS");
    bool tls = igd_str_is(url->scheme, "etcds");
    igd_http_place place = {.name = "an etcd",
                            .example = "etcd://one:2379,two:2379/PREFIX",
                            .scheme = tls ? "https" : "http",
                            .port = IGD_ETCD_PORT};
    *out = (igd_http_options){.name = "etcd"};
    int rc = igd_url_check_params(url, known, err);
    if (!rc && !tls)
        for (size_t n = 4; n < IGD_COUNT(known) - 1; n++)
            if (igd_str_starts(igd_str_from(known[n]), IGD_STR("tls_")) &&
                igd_url_param_get(url, known[n]).ptr) {
                igd_fail(err, IGD_E_CONFIG, "%s= is for etcds:// URLs", known[n]);
                return igd_hint(err, "etcd:// is without TLS");
            }
    if (!rc)
        rc = igd_kv_lease(url, &it->lease_ms, err);
    igd_str hosts = url->hosts.len ? url->hosts : igd_str_from(endpoints ? endpoints : "127.0.0.1");
    if (!rc)
        rc = igd_http_places(&place, hosts, mem, &out->urls, err);
    if (rc)
        return rc;
    choose_user(it, url);
    out->ca = file_of(mem, url, "tls_ca", "ETCDCTL_CACERT");
    out->cert = file_of(mem, url, "tls_cert", "ETCDCTL_CERT");
    out->key = file_of(mem, url, "tls_key", "ETCDCTL_KEY");
    return IGD_OK;
}
