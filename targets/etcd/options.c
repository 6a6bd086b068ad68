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

/* ---- servers ---- */

static int add_server(igd_arena *mem, const char *scheme, igd_str host, igd_str_list *out,
                      igd_error *err)
{
    igd_str name = igd_str_trim(host);
    ptrdiff_t colon = igd_str_rfind(name, ':'), bracket = igd_str_rfind(name, ']');
    bool has_port = colon >= 0 && colon > bracket;
    bool bad = name.len == 0 || colon == 0;
    for (size_t n = has_port ? (size_t)colon + 1 : name.len; n < name.len; n++)
        bad |= name.ptr[n] < '0' || name.ptr[n] > '9';
    for (size_t n = 0; n < name.len; n++)
        bad |= (unsigned char)name.ptr[n] <= ' ' || name.ptr[n] == '/' || name.ptr[n] == '@';
    if (bad || (has_port && (size_t)colon + 1 == name.len)) {
        igd_fail(err, IGD_E_CONFIG, "'%.*s' is not the address of an etcd", IGD_STR_ARG(host));
        return igd_hint(err, "write for example etcd://one:2379,two:2379/PREFIX");
    }
    IGD_PUSH(mem, out,
             igd_arena_printf(mem, "%s://%.*s%s", scheme, IGD_STR_ARG(name),
                              has_port ? "" : ":" IGD_ETCD_PORT));
    return IGD_OK;
}

static int add_servers(igd_arena *mem, const char *scheme, igd_str hosts, igd_str_list *out,
                       igd_error *err)
{
    igd_str one;
    int rc = IGD_OK;
    while (!rc && igd_str_split(&hosts, ',', &one))
        rc = add_server(mem, scheme, one, out, err);
    return rc;
}

/* "one:2379,https://two:2379": as etcdctl takes them. */
static int add_endpoints(igd_arena *mem, const char *scheme, igd_str list, igd_str_list *out,
                         igd_error *err)
{
    igd_str one, http = IGD_STR("http://"), https = IGD_STR("https://");
    int rc = IGD_OK;
    while (!rc && igd_str_split(&list, ',', &one)) {
        const char *how = scheme;
        one = igd_str_trim(one);
        if (igd_str_starts(one, https)) {
            how = "https";
            one = igd_str_sub(one, https.len, one.len);
        } else if (igd_str_starts(one, http)) {
            one = igd_str_sub(one, http.len, one.len);
        }
        if (igd_str_ends(one, IGD_STR("/")))
            one.len--;
        rc = add_server(mem, how, one, out, err);
    }
    return rc;
}

/* ---- user, certificates ---- */

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
    bool tls = igd_str_is(url->scheme, "etcds");
    const char *scheme = tls ? "https" : "http", *endpoints = variable("ETCDCTL_ENDPOINTS");
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
    if (!rc && url->hosts.len)
        rc = add_servers(mem, scheme, url->hosts, &out->urls, err);
    else if (!rc && endpoints)
        rc = add_endpoints(mem, scheme, igd_str_from(endpoints), &out->urls, err);
    else if (!rc)
        rc = add_servers(mem, scheme, IGD_STR("127.0.0.1"), &out->urls, err);
    if (rc)
        return rc;
    choose_user(it, url);
    out->ca = file_of(mem, url, "tls_ca", "ETCDCTL_CACERT");
    out->cert = file_of(mem, url, "tls_cert", "ETCDCTL_CERT");
    out->key = file_of(mem, url, "tls_key", "ETCDCTL_KEY");
    return IGD_OK;
}
