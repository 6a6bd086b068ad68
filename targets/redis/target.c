/*
 * The driver.
 */
#include <stdlib.h>

#include "targets/redis/redis.h"

#define MOST_WRITES   1000
#define REQUEST_BYTES (4 << 20)
#define WRITE_EXTRA   64           /* what the script's arguments cost besides texts */
#define VALUE_BYTES   (64UL << 20) /* old, new and the rest of a row fit the server's 512 MB */

static void close_target(igd_kv_target *target)
{
    igd_redis *it = igd_redis_of(target);
    for (size_t n = 0; n < it->call_count; n++)
        freeReplyObject(it->calls[n].reply);
    for (size_t n = 0; n < it->node_count; n++)
        igd_redis_node_free(it->nodes[n]);
    igd_redis_cluster_free(it->cluster);
    igd_buf_free(&it->out);
    free(it->calls);
    free(it->nodes);
    free(it->fences);
    free(it);
}

/* Those who watch are told; that nobody may be told is no reason to fail. */
static void committed(igd_kv_target *target, igd_str commit)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    igd_redis *it = igd_redis_of(target);
    igd_error ignored = IGD_ERROR_INIT;
    igd_str part = IGD_STR("synced");
    igd_redis_command(it, 3);
    igd_redis_arg_text(it, "PUBLISH");
    igd_redis_arg(it, igd_keyspace_book(&target->books, mem, &part, 1));
    igd_redis_arg(it, commit);
    (void)igd_redis_ask(it, &reply, &ignored);
}

/* The password is not for a report: redis-cli asks REDISCLI_AUTH as well. */
static igd_str read_command(const igd_kv_target *target, igd_str key, igd_arena *mem)
{
    const igd_redis_options *options = &((const igd_redis *)target)->options;
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_buf_puts(&out, options->cluster ? "redis-cli -c" : "redis-cli");
    if (options->socket) {
        igd_kv_put_option(&out, "-s", options->socket);
    } else {
        igd_kv_put_option(&out, "-h", options->cluster ? options->seeds[0].host : options->host);
        igd_kv_put_option(&out, "-p", options->cluster ? options->seeds[0].port : options->port);
    }
    if (!options->cluster && strcmp(options->database, "0") != 0)
        igd_kv_put_option(&out, "-n", options->database);
    igd_kv_put_option(&out, "--user", options->user);
    if (options->tls == IGD_REDIS_TLS_REQUIRED)
        igd_buf_puts(&out, " --tls --insecure");
    else if (options->tls == IGD_REDIS_TLS_VERIFY)
        igd_buf_puts(&out, " --tls");
    igd_kv_put_option(&out, "--cacert", options->tls_ca);
    igd_kv_put_option(&out, "--cert", options->tls_cert);
    igd_kv_put_option(&out, "--key", options->tls_key);
    igd_buf_puts(&out, target->layout == IGD_KV_HASH ? " HGETALL " : " GET ");
    igd_kv_put_shell(&out, key);
    return igd_arena_str(mem, igd_buf_view(&out));
}

#define OPS                                                                                       \
    .close = close_target, .lock = igd_redis_lock, .unlock = igd_redis_unlock,                    \
    .holder = igd_redis_holder, .break_lock = igd_redis_break_lock, .recover = igd_redis_recover, \
    .keep_lock = igd_redis_keep_lock, .get = igd_redis_get, .scan = igd_redis_scan,               \
    .write = igd_redis_write, .committed = committed, .read_command = read_command

static const igd_kv_ops server_ops = {OPS, .script = &igd_redis_scripts};
/* A request of a script's would need one slot. */
static const igd_kv_ops cluster_ops = {OPS, .shut_out = igd_redis_shut_out};

static const char *unsupported(const igd_table *table, size_t column, const igd_value *value)
{
    return column < table->key_count && value->text.len == 0
               ? "is empty, and a part of a key's name"
               : NULL;
}

extern const igd_target_driver igd_redis_driver;

static void describe(igd_redis *it, const igd_target_config *config)
{
    igd_target *base = &it->kv.base;
    size_t rows = config->batch_rows;
    base->limits.value_bytes = VALUE_BYTES;
    base->limits.batch_rows = rows > 0 && rows < MOST_WRITES ? rows : MOST_WRITES;
    base->limits.unsupported = unsupported;
    it->kv.kv_limits = (igd_kv_limits){
        .writes = base->limits.batch_rows, .bytes = REQUEST_BYTES, .write_extra = WRITE_EXTRA};
}

/* All that a slot holds is named with one tag, or with none. */
static int check_tags(const igd_redis *it, igd_error *err)
{
    igd_str books, records;
    const igd_kv_target *kv = &it->kv;
    if (kv->space.tagged &&
        (igd_str_find(kv->space.prefix, '{') >= 0 || igd_str_find(kv->space.prefix, '}') >= 0)) {
        (void)igd_fail(err, IGD_E_CONFIG, "the prefix has a brace, and hash_tag=collection too");
        return igd_hint(err, "a prefix with a hash tag has all keys in one slot already");
    }
    if (!it->cluster || !igd_redis_hash_tag(kv->books.prefix, &books) ||
        (igd_redis_hash_tag(kv->space.prefix, &records) && igd_str_eq(books, records)))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_CONFIG, "?state= has a hash tag, and the prefix has another one");
    return igd_hint(err, "each slot with records has a key of the bookkeeping, too");
}

static void name_nodes(igd_redis *it)
{
    if (it->options.cluster) {
        it->cluster = igd_redis_cluster_new();
        for (size_t n = 0; n < it->options.seed_count; n++)
            (void)igd_redis_node_at(it, igd_str_from(it->options.seeds[n].host),
                                    igd_str_from(it->options.seeds[n].port));
    } else {
        (void)igd_redis_node_at(it, igd_str_from(it->options.host), igd_str_from(it->options.port));
    }
}

/* Of a node that we are connected to. */
static const char *version_of(const igd_redis *it)
{
    for (size_t n = 0; n < it->node_count; n++)
        if (it->nodes[n]->link)
            return it->nodes[n]->version;
    return "unknown";
}

static int open_target(const igd_target_config *config, igd_target **out, igd_error *err)
{
    igd_kv_style style = {.prefix = igd_redis_path_prefix(&config->url),
                          .separator = ':',
                          .layout = IGD_KV_HASH,
                          .has_hash = true};
    igd_redis *it = igd_xmalloc(sizeof(*it));
    *it = (igd_redis){.out = IGD_BUF_INIT, .stop = config->stop};
    describe(it, config);
    bool cluster = igd_str_ends(config->url.scheme, IGD_STR("+cluster"));
    int rc = igd_kv_init(&it->kv, &igd_redis_driver, cluster ? &cluster_ops : &server_ops, config,
                         &style, err);
    if (!rc)
        rc = igd_redis_options_read(&config->url, it->kv.mem, &it->options, err);
    it->kv.space.tagged = !rc && it->options.tag_collections;
    if (!rc)
        name_nodes(it);
    if (!rc)
        rc = check_tags(it, err);
    if (!rc)
        rc = igd_redis_connect(it, err);
    if (rc) {
        igd_kv_close(&it->kv.base);
        return rc;
    }
    it->kv.base.server_version = igd_arena_str(it->kv.mem, igd_str_from(version_of(it)));
    it->kv.base.database =
        it->cluster
            ? igd_arena_printf(it->kv.mem, "cluster, prefix %.*s", IGD_STR_ARG(it->kv.space.prefix))
            : igd_arena_printf(it->kv.mem, "%s, prefix %.*s", it->options.database,
                               IGD_STR_ARG(it->kv.space.prefix));
    *out = &it->kv.base;
    return IGD_OK;
}

static const char *const redis_schemes[] = {"redis", "rediss", "redis+cluster", "rediss+cluster",
                                            NULL};

const igd_target_driver igd_redis_driver = {
    .name = "redis",
    .schemes = redis_schemes,
    .url_help = "redis://HOST/0/PREFIX, redis+cluster://HOST,HOST/PREFIX",
    .open = open_target,
    IGD_KV_DRIVER,
};
