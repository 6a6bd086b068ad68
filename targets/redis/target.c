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
    igd_redis_disconnect(it);
    igd_buf_free(&it->out);
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

static const igd_kv_ops redis_ops = {
    .close = close_target,
    .lock = igd_redis_lock,
    .unlock = igd_redis_unlock,
    .holder = igd_redis_holder,
    .break_lock = igd_redis_break_lock,
    .recover = igd_redis_recover,
    .keep_lock = igd_redis_keep_lock,
    .get = igd_redis_get,
    .scan = igd_redis_scan,
    .write = igd_redis_write,
    .committed = committed,
};

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

static int open_target(const igd_target_config *config, igd_target **out, igd_error *err)
{
    igd_kv_style style = {.prefix = igd_redis_path_prefix(&config->url),
                          .separator = ':',
                          .layout = IGD_KV_HASH,
                          .has_hash = true};
    igd_redis *it = igd_xmalloc(sizeof(*it));
    *it = (igd_redis){.out = IGD_BUF_INIT, .stop = config->stop};
    describe(it, config);
    int rc = igd_kv_init(&it->kv, &igd_redis_driver, &redis_ops, config, &style, err);
    if (!rc)
        rc = igd_redis_options_read(&config->url, it->kv.mem, &it->options, err);
    if (!rc)
        rc = igd_redis_connect(it, err);
    if (rc) {
        igd_kv_close(&it->kv.base);
        return rc;
    }
    it->kv.base.database = igd_arena_printf(it->kv.mem, "%s, prefix %.*s", it->options.database,
                                            IGD_STR_ARG(it->kv.space.prefix));
    *out = &it->kv.base;
    return IGD_OK;
}

static const char *const redis_schemes[] = {"redis", "rediss", NULL};

const igd_target_driver igd_redis_driver = {
    .name = "redis",
    .schemes = redis_schemes,
    .url_help = "redis://HOST/0/PREFIX",
    .open = open_target,
    IGD_KV_DRIVER,
};
