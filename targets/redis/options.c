/*
 * Reading the URL.
 */
#include "targets/redis/options.h"

#include <stdlib.h>

#include "targets/kv/kv_target.h"

#define DEFAULT_PORT   "6379"
#define MOST_DATABASES 5 /* digits of the number of one */

static const char *text_of(igd_str text, igd_arena *mem)
{
    return text.ptr ? igd_arena_cstr(mem, text) : NULL;
}

/* What stands in `text` when it is a number of at most `digits`, else NULL. */
static const char *number_of(igd_str text, size_t digits, igd_arena *mem)
{
    if (text.len == 0 || text.len > digits)
        return NULL;
    for (size_t n = 0; n < text.len; n++)
        if (text.ptr[n] < '0' || text.ptr[n] > '9')
            return NULL;
    return igd_arena_cstr(mem, text);
}

/* "host", "host:6379", "[::1]:6379" */
static int read_host(igd_str text, igd_arena *mem, igd_redis_seed *out, igd_error *err)
{
    igd_str name = text;
    ptrdiff_t colon = igd_str_rfind(text, ':'), bracket = igd_str_rfind(text, ']');
    out->port = DEFAULT_PORT;
    if (colon > bracket) {
        name = igd_str_sub(text, 0, (size_t)colon);
        igd_str port = igd_str_sub(text, (size_t)colon + 1, text.len);
        out->port = number_of(port, 5, mem);
        long number = out->port ? strtol(out->port, NULL, 10) : 0;
        if (number < 1 || number > 65535) {
            (void)igd_fail(err, IGD_E_CONFIG, "'%.*s' is not a port", IGD_STR_ARG(port));
            return igd_hint(err, "write for example redis://host:6379/0");
        }
    }
    if (igd_str_starts(name, IGD_STR("[")) && igd_str_ends(name, IGD_STR("]")))
        name = igd_str_sub(name, 1, name.len - 2);
    out->host = name.len ? igd_arena_cstr(mem, name) : "127.0.0.1";
    return IGD_OK;
}

static int read_hosts(igd_str text, igd_arena *mem, igd_redis_options *out, igd_error *err)
{
    IGD_LIST(igd_redis_seed) seeds = {0};
    igd_str one = {0};
    if (!out->cluster && igd_str_find(text, ',') >= 0) {
        (void)igd_fail(err, IGD_E_CONFIG, "a redis:// URL names one server");
        return igd_hint(err, "name the one that takes writes, or write redis+cluster:// for the "
                             "nodes of a cluster");
    }
    do {
        igd_redis_seed seed;
        (void)igd_str_split(&text, ',', &one);
        int rc = read_host(one, mem, &seed, err);
        if (rc)
            return rc;
        IGD_PUSH(mem, &seeds, seed);
    } while (text.len);
    out->seeds = seeds.items;
    out->seed_count = seeds.len;
    out->host = seeds.items[0].host;
    out->port = seeds.items[0].port;
    return IGD_OK;
}

static bool is_cluster(const igd_url *url)
{
    return igd_str_ends(url->scheme, IGD_STR("+cluster"));
}

igd_str igd_redis_path_prefix(const igd_url *url)
{
    ptrdiff_t slash = igd_str_find(url->path, '/');
    if (is_cluster(url))
        return url->path;
    return slash < 0 ? (igd_str){0} : igd_str_sub(url->path, (size_t)slash + 1, url->path.len);
}

static int read_database(igd_str path, igd_arena *mem, igd_redis_options *out, igd_error *err)
{
    ptrdiff_t slash = igd_str_find(path, '/');
    if (slash >= 0)
        path.len = (size_t)slash;
    out->database = path.len ? number_of(path, MOST_DATABASES, mem) : "0";
    if (out->cluster) {
        bool numbered = path.len && out->database;
        out->database = "0";
        if (!numbered)
            return IGD_OK;
        (void)igd_fail(err, IGD_E_CONFIG, "a Redis Cluster has no numbered databases");
        return igd_hint(err,
                        "write redis+cluster://HOST,HOST/PREFIX, or ?prefix=%.*s when that "
                        "is the prefix",
                        IGD_STR_ARG(path));
    }
    if (out->database)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_CONFIG, "'%.*s' is not the number of a database", IGD_STR_ARG(path));
    return igd_hint(err, "write for example redis://host/0/%.*s", IGD_STR_ARG(path));
}

static int read_tag(const igd_url *url, igd_redis_options *out, igd_error *err)
{
    igd_str word = igd_url_param_get(url, "hash_tag");
    out->tag_collections = igd_str_is(word, "collection");
    if (!word.ptr || out->tag_collections)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_CONFIG, "hash_tag=%.*s is not known", IGD_STR_ARG(word));
    return igd_hint(err, "write ?hash_tag=collection, or leave it out");
}

static int read_tls(const igd_url *url, igd_redis_options *out, igd_error *err)
{
    igd_str word = igd_url_param_get(url, "tls");
    bool secure = igd_str_starts(url->scheme, IGD_STR("rediss"));
    if (!secure && (word.ptr || out->tls_ca || out->tls_cert || out->tls_key)) {
        (void)igd_fail(err, IGD_E_CONFIG, "a redis:// URL asks for no TLS, its parameters do");
        return igd_hint(err, "write rediss://, or rediss+cluster://");
    }
    if (secure && out->socket)
        return igd_fail(err, IGD_E_CONFIG, "there is no TLS over a unix socket");
    if (!out->tls_cert != !out->tls_key) {
        (void)igd_fail(err, IGD_E_CONFIG, "a client's certificate needs its key");
        return igd_hint(err, "give both tls_cert and tls_key");
    }
    out->tls = secure ? IGD_REDIS_TLS_VERIFY : IGD_REDIS_TLS_OFF;
    if (!word.ptr || igd_str_is(word, "verify"))
        return IGD_OK;
    if (!igd_str_is(word, "required")) {
        (void)igd_fail(err, IGD_E_CONFIG, "tls=%.*s is not known", IGD_STR_ARG(word));
        return igd_hint(err, "write ?tls=verify or required");
    }
    out->tls = IGD_REDIS_TLS_REQUIRED;
    return IGD_OK;
}

int igd_redis_options_read(const igd_url *url, igd_arena *mem, igd_redis_options *out,
                           igd_error *err)
{
    static const char *const params[] = {IGD_KV_PARAMS, "socket",  "tls",      "tls_ca",
                                         "tls_cert",    "tls_key", "hash_tag", NULL};
    const char *ambient = getenv("REDISCLI_AUTH");
    igd_redis_options options = {
        .cluster = is_cluster(url),
        .socket = text_of(igd_url_param_get(url, "socket"), mem),
        .user = url->user.len ? text_of(url->user, mem) : NULL,
        .password = url->has_password       ? text_of(url->password, mem)
                    : ambient && ambient[0] ? ambient
                                            : NULL,
        .tls_ca = text_of(igd_url_param_get(url, "tls_ca"), mem),
        .tls_cert = text_of(igd_url_param_get(url, "tls_cert"), mem),
        .tls_key = text_of(igd_url_param_get(url, "tls_key"), mem),
    };
    int rc = igd_url_check_params(url, params, err);
    if (!rc)
        rc = read_hosts(url->hosts, mem, &options, err);
    if (!rc)
        rc = read_database(url->path, mem, &options, err);
    if (!rc)
        rc = read_tag(url, &options, err);
    if (!rc && options.cluster && options.socket)
        rc = igd_fail(err, IGD_E_CONFIG, "there is no cluster over a unix socket");
    if (!rc)
        rc = read_tls(url, &options, err);
    if (!rc)
        rc = igd_url_timeout(url, &options.timeout_ms, err);
    if (!rc)
        rc = igd_kv_lease(url, &options.lease_ms, err);
    if (!rc)
        *out = options;
    return rc;
}
