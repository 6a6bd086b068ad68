/*
 * Whom to ask, and as whom: the URL, and for what it does not say the variables of Consul's own
 * client.
 */
#include <stdlib.h>

#include "targets/consul/consul.h"

#define PORT "8500"

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* The parameter, else the variable, if there is one of that kind; ptr NULL when neither is there.
 */
static igd_str given(igd_arena *mem, const igd_url *url, const char *param, const char *name)
{
    igd_str text = igd_url_param_get(url, param);
    if (!text.len && name && variable(name))
        text = igd_str_from(variable(name));
    return text.len ? igd_arena_str(mem, text) : (igd_str){0};
}

/* Names stand in paths and bodies as they are. */
static int read_name(igd_arena *mem, const igd_url *url, const char *param, const char *name,
                     igd_str *out, igd_error *err)
{
    igd_str text = given(mem, url, param, name);
    for (size_t n = 0; n < text.len; n++) {
        char c = text.ptr[n];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_';
        if (!plain) {
            (void)igd_fail(err, IGD_E_CONFIG, "%s=%.*s is no name", param, IGD_STR_ARG(text));
            return igd_hint(err, "such names have letters, digits, '-' and '_'");
        }
    }
    *out = text;
    return IGD_OK;
}

static int read_token(igd_consul *it, const igd_url *url, igd_error *err)
{
    igd_str token = igd_str_trim(given(it->kv.mem, url, "token", "CONSUL_HTTP_TOKEN"));
    for (size_t n = 0; n < token.len; n++)
        if ((unsigned char)token.ptr[n] <= ' ' || token.ptr[n] == 0x7F)
            return igd_fail(err, IGD_E_CONFIG, "the token has a blank or a control byte");
    if (token.len)
        igd_buf_printf(&it->header, "X-Consul-Token: %.*s", IGD_STR_ARG(token));
    return IGD_OK;
}

static const char *file_of(igd_arena *mem, const igd_url *url, const char *param, const char *name)
{
    igd_str text = given(mem, url, param, name);
    return text.len ? igd_arena_cstr(mem, text) : NULL;
}

/* consul:// is what the variable is without a scheme; consuls:// is TLS whatever they say. */
static int choose_server(const igd_url *url, bool tls, igd_arena *mem, igd_str_list *out,
                         igd_error *err)
{
    const char *address = variable("CONSUL_HTTP_ADDR"), *ssl = variable("CONSUL_HTTP_SSL");
    igd_str host = url->hosts;
    if (!host.len) {
        host = igd_str_from(address ? address : "127.0.0.1");
        tls |= ssl && (strcmp(ssl, "true") == 0 || strcmp(ssl, "1") == 0);
    }
    igd_http_place place = {.name = "a Consul",
                            .example = "consul://host:8500/PREFIX",
                            .scheme = tls ? "https" : "http",
                            .port = PORT};
    if (igd_str_find(host, ',') >= 0) {
        (void)igd_fail(err, IGD_E_CONFIG, "a consul:// URL names one agent");
        return igd_hint(err, "name the one of this machine: it finds the servers");
    }
    return igd_http_places(&place, host, mem, out, err);
}

static int check_url(const igd_url *url, bool tls, igd_error *err)
{
    static const char *const known[] = {IGD_KV_PARAMS, "token",    "namespace", "dc",
                                        "tls_ca",      "tls_cert", "tls_key",   NULL};
    int rc = igd_url_check_params(url, known, err);
    for (size_t n = 0; !rc && !tls && known[n]; n++)
        if (igd_str_starts(igd_str_from(known[n]), IGD_STR("tls_")) &&
            igd_url_param_get(url, known[n]).ptr) {
            (void)igd_fail(err, IGD_E_CONFIG, "%s= is for consuls:// URLs", known[n]);
            return igd_hint(err, "consul:// is without TLS");
        }
    if (rc || (!url->user.len && !url->has_password))
        return rc;
    (void)igd_fail(err, IGD_E_CONFIG, "a consul:// URL has no user");
    return igd_hint(err, "a token is named with CONSUL_HTTP_TOKEN, or ?token= in the config");
}

bool igd_consul_has_namespace(const igd_url *url)
{
    return igd_url_param_get(url, "namespace").len || variable("CONSUL_NAMESPACE");
}

int igd_consul_options(igd_consul *it, const igd_url *url, igd_http_options *out, igd_error *err)
{
    igd_arena *mem = it->kv.mem;
    bool tls = igd_str_is(url->scheme, "consuls");
    *out = (igd_http_options){.name = "consul"};
    int rc = check_url(url, tls, err);
    if (!rc)
        rc = igd_kv_lease(url, &it->lease_ms, err);
    if (!rc)
        rc = choose_server(url, tls, mem, &out->urls, err);
    if (!rc)
        rc = read_name(mem, url, "namespace", "CONSUL_NAMESPACE", &it->namespace, err);
    if (!rc)
        rc = read_name(mem, url, "dc", NULL, &it->datacenter, err);
    if (!rc)
        rc = read_token(it, url, err);
    if (rc)
        return rc;
    if (it->datacenter.len)
        it->query = igd_arena_printf(mem, "&dc=%.*s", IGD_STR_ARG(it->datacenter));
    out->ca = file_of(mem, url, "tls_ca", "CONSUL_CACERT");
    out->cert = file_of(mem, url, "tls_cert", "CONSUL_CLIENT_CERT");
    out->key = file_of(mem, url, "tls_key", "CONSUL_CLIENT_KEY");
    if (igd_str_is_utf8(it->kv.space.prefix) && igd_str_is_utf8(it->kv.books.prefix))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_CONFIG, "the prefix of the target is not UTF-8");
    return igd_hint(err, "Consul writes keys as JSON, which is");
}
