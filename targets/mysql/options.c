/*
 * Reading the URL.
 */
#include "targets/mysql/options.h"

#include <stdlib.h>

static const char *text_of(igd_str text, igd_arena *mem)
{
    return text.ptr ? igd_arena_cstr(mem, text) : NULL;
}

static int bad_port(igd_str port, igd_error *err)
{
    (void)igd_fail(err, IGD_E_CONFIG, "'%.*s' is not a port", IGD_STR_ARG(port));
    return igd_hint(err, "write for example mysql://user@host:3306/database");
}

/* "host", "host:3306", "[::1]:3306" */
static int read_host(igd_str text, igd_arena *mem, igd_mysql_host *out, igd_error *err)
{
    igd_str name = text, port = {0};
    ptrdiff_t colon = igd_str_rfind(text, ':'), bracket = igd_str_rfind(text, ']');
    if (colon > bracket) {
        name = igd_str_sub(text, 0, (size_t)colon);
        port = igd_str_sub(text, (size_t)colon + 1, text.len);
    }
    if (igd_str_starts(name, IGD_STR("[")) && igd_str_ends(name, IGD_STR("]")))
        name = igd_str_sub(name, 1, name.len - 2);
    *out = (igd_mysql_host){.name = name.len ? igd_arena_cstr(mem, name) : NULL};
    if (!port.ptr)
        return IGD_OK;
    for (size_t n = 0; n < port.len; n++)
        if (port.ptr[n] < '0' || port.ptr[n] > '9')
            return bad_port(port, err);
    if (port.len == 0 || port.len > 5)
        return bad_port(port, err);
    out->port = (unsigned)strtoul(igd_arena_cstr(mem, port), NULL, 10);
    return out->port > 0 && out->port < 65536 ? IGD_OK : bad_port(port, err);
}

static int read_hosts(igd_str hosts, igd_arena *mem, igd_mysql_options *out, igd_error *err)
{
    IGD_LIST(igd_mysql_host) list = {0};
    igd_str part;
    while (igd_str_split(&hosts, ',', &part)) {
        igd_mysql_host host;
        int rc = read_host(part, mem, &host, err);
        if (rc)
            return rc;
        IGD_PUSH(mem, &list, host);
    }
    if (list.len == 0)
        IGD_PUSH(mem, &list, (igd_mysql_host){0});
    out->hosts = list.items;
    out->host_count = list.len;
    return IGD_OK;
}

/* Beside us nobody listens: there TLS only costs time, unless it is asked for. */
static bool all_local(const igd_mysql_options *options)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "::1"};
    for (size_t n = 0; n < options->host_count; n++) {
        bool local = !options->hosts[n].name;
        for (size_t k = 0; !local && k < IGD_COUNT(names); k++)
            local = strcmp(options->hosts[n].name, names[k]) == 0;
        if (!local)
            return false;
    }
    return true;
}

static int read_tls(const igd_url *url, igd_mysql_options *out, igd_error *err)
{
    static const char *const words[] = {
        [IGD_MYSQL_TLS_OFF] = "off",
        [IGD_MYSQL_TLS_PREFERRED] = "preferred",
        [IGD_MYSQL_TLS_REQUIRED] = "required",
        [IGD_MYSQL_TLS_VERIFY] = "verify",
    };
    igd_str text = igd_url_param_get(url, "tls");
    bool local = out->socket || all_local(out);
    out->tls = out->tls_ca                     ? IGD_MYSQL_TLS_VERIFY
               : out->tls_cert || out->tls_key ? IGD_MYSQL_TLS_REQUIRED
               : local                         ? IGD_MYSQL_TLS_OFF
                                               : IGD_MYSQL_TLS_PREFERRED;
    if (!text.ptr)
        return IGD_OK;
    for (size_t n = 0; n < IGD_COUNT(words); n++)
        if (igd_str_is(text, words[n])) {
            out->tls = (igd_mysql_tls)n;
            return IGD_OK;
        }
    (void)igd_fail(err, IGD_E_CONFIG, "tls=%.*s is not known", IGD_STR_ARG(text));
    return igd_hint(err, "write ?tls=off, preferred, required or verify");
}

int igd_mysql_options_read(const igd_url *url, igd_arena *mem, igd_mysql_options *out,
                           igd_error *err)
{
    static const char *const params[] = {"timeout",       "socket",         "tls",
                                         "tls_ca",        "tls_cert",       "tls_key",
                                         "defaults_file", "defaults_group", NULL};
    igd_mysql_options options = {
        .user = url->user.len ? text_of(url->user, mem) : NULL,
        .password = url->has_password ? text_of(url->password, mem) : NULL,
        .socket = text_of(igd_url_param_get(url, "socket"), mem),
        .tls_ca = text_of(igd_url_param_get(url, "tls_ca"), mem),
        .tls_cert = text_of(igd_url_param_get(url, "tls_cert"), mem),
        .tls_key = text_of(igd_url_param_get(url, "tls_key"), mem),
        .defaults_file = text_of(igd_url_param_get(url, "defaults_file"), mem),
        .defaults_group = text_of(igd_url_param_get(url, "defaults_group"), mem),
    };
    int rc = igd_url_check_params(url, params, err);
    if (!rc)
        rc = read_hosts(url->hosts, mem, &options, err);
    if (!rc)
        rc = igd_url_timeout(url, &options.timeout_ms, err);
    if (!rc)
        rc = read_tls(url, &options, err);
    if (rc)
        return rc;
    if (url->path.len == 0) {
        (void)igd_fail(err, IGD_E_CONFIG, "the URL names no database");
        return igd_hint(err, "write mysql://user@host/database");
    }
    options.database = text_of(url->path, mem);
    *out = options;
    return IGD_OK;
}
