/*
 * What URLs of the family say: where keys are and how values look; and what a lock's value says.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "targets/kv/script.h"

#define LEASE_SECONDS 60

/* ---- the URL ---- */

static igd_str without_end(igd_str prefix, char separator)
{
    while (prefix.len && prefix.ptr[prefix.len - 1] == separator)
        prefix.len--;
    return prefix;
}

static int choose_prefix(igd_kv_target *target, const igd_target_config *config,
                         const igd_kv_style *style, igd_error *err)
{
    igd_str given = igd_url_param_get(&config->url, "prefix");
    igd_str prefix = given.ptr ? given : style->prefix.len ? style->prefix : config->source_name;
    prefix = without_end(prefix, style->separator);
    if (prefix.len == 0) {
        igd_fail(err, IGD_E_CONFIG, "the target has no prefix for its keys");
        return igd_hint(err, "name one with ?prefix=, or the source with `name:` in "
                             ".ingitdb/migrate.yaml: the directory's name would change with it");
    }
    for (size_t n = 0; n < prefix.len; n++)
        if ((unsigned char)prefix.ptr[n] < 0x20 || prefix.ptr[n] == 0x7F)
            return igd_fail(err, IGD_E_CONFIG, "the prefix of the target has a control byte");
    igd_str state = without_end(igd_url_param_get(&config->url, "state"), style->separator);
    target->space =
        (igd_keyspace){.prefix = igd_arena_str(target->mem, prefix), .separator = style->separator};
    target->books = (igd_keyspace){.prefix = igd_arena_str(target->mem, state.len ? state : prefix),
                                   .separator = style->separator};
    return IGD_OK;
}

static int choose_layout(igd_kv_target *target, const igd_target_config *config,
                         const igd_kv_style *style, igd_error *err)
{
    igd_str layout = igd_url_param_get(&config->url, "layout");
    target->layout = style->layout;
    if (style->has_hash)
        target->base.layout = style->layout == IGD_KV_HASH ? IGD_STR("hash") : IGD_STR("json");
    if (!layout.ptr)
        return IGD_OK;
    bool hash = igd_str_is(layout, "hash");
    if (!igd_str_is(layout, "json") && !(hash && style->has_hash)) {
        igd_fail(err, IGD_E_CONFIG, "layout=%.*s is not known here", IGD_STR_ARG(layout));
        return igd_hint(err, style->has_hash ? "it is hash or json" : "it is json");
    }
    target->layout = hash ? IGD_KV_HASH : IGD_KV_JSON;
    if (style->has_hash)
        target->base.layout = hash ? IGD_STR("hash") : IGD_STR("json");
    return IGD_OK;
}

static void set_scripts(igd_kv_target *target, const igd_kv_ops *ops)
{
    igd_target_driver *driver = &target->driver;
    if (target->base.caps & IGD_CAP_SCRIPT) {
        driver->script_syntax = ops->script->syntax;
        return;
    }
    driver->rehearse = NULL;
    driver->script_run = NULL;
    driver->script_touched = NULL;
    driver->migration_store = NULL;
}

int igd_kv_init(igd_kv_target *target, const igd_target_driver *driver, const igd_kv_ops *ops,
                const igd_target_config *config, const igd_kv_style *style, igd_error *err)
{
    target->base.caps |= ops->script ? IGD_CAP_SCRIPT : 0;
    target->base.caps &= ~config->mask_caps;
    target->driver = *driver;
    set_scripts(target, ops);
    if (!ops->recover)
        target->driver.recover = NULL;
    target->base.driver = &target->driver;
    target->ops = ops;
    target->mode = config->mode;
    target->mem = igd_arena_new();
    target->run_mem = igd_arena_new();
    target->run_id = igd_arena_str(target->mem, igd_str_from(config->run_id ? config->run_id : ""));
    int rc = choose_prefix(target, config, style, err);
    if (!rc)
        rc = choose_layout(target, config, style, err);
    return rc ? rc : igd_url_timeout(&config->url, &target->base.retry_ms, err);
}

int igd_kv_lease(const igd_url *url, int64_t *ms, igd_error *err)
{
    igd_str text = igd_url_param_get(url, "lease");
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_value seconds = igd_value_int(LEASE_SECONDS);
    if (text.ptr && igd_value_parse(IGD_INT, text, mem, &seconds))
        seconds = igd_value_int(0);
    if (seconds.integer < 1 || seconds.integer > 86400) {
        igd_fail(err, IGD_E_CONFIG, "lease=%.*s is not a number of seconds up to 86400",
                 IGD_STR_ARG(text));
        return igd_hint(err, "write for example ?lease=60");
    }
    *ms = seconds.integer * 1000;
    return IGD_OK;
}

/* ---- commands ---- */

static bool needs_quotes(igd_str word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:@%+,=";
    for (size_t n = 0; n < word.len; n++)
        if (!word.ptr[n] || !strchr(plain, word.ptr[n]))
            return true;
    return word.len == 0;
}

void igd_kv_put_shell(igd_buf *out, igd_str word)
{
    if (!needs_quotes(word)) {
        igd_buf_str(out, word);
        return;
    }
    igd_buf_byte(out, '\'');
    for (size_t n = 0; n < word.len; n++)
        if (word.ptr[n] == '\'')
            igd_buf_puts(out, "'\\''");
        else
            igd_buf_byte(out, word.ptr[n]);
    igd_buf_byte(out, '\'');
}

void igd_kv_put_option(igd_buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    igd_buf_printf(out, " %s ", name);
    igd_kv_put_shell(out, igd_str_from(value));
}

/* ---- locks ---- */

igd_str igd_kv_lock_key(const igd_kv_target *target, igd_arena *mem)
{
    igd_str part = IGD_STR("lock");
    return igd_keyspace_book(&target->books, mem, &part, 1);
}

igd_str igd_kv_holder_text(const igd_kv_target *target, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    char host[256] = "", since[40], token[33] = "";
    unsigned char random[16];
    struct tm parts;
    time_t now = time(NULL);
    gethostname(host, sizeof(host) - 1);
    /* Two runs never write the same text, whatever they call themselves. */
    if (getentropy(random, sizeof(random)) == 0)
        for (size_t n = 0; n < sizeof(random); n++)
            snprintf(token + 2 * n, 3, "%02x", random[n]);
    strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
    igd_json json = igd_json_to(&text);
    igd_json_object(&json);
    igd_json_put_int(&json, "pid", getpid());
    igd_json_put_string(&json, "host", igd_str_from(host));
    igd_json_put_string(&json, "run_id", target->run_id);
    igd_json_put_string(&json, "since", igd_str_from(since));
    igd_json_put_string(&json, "token", igd_str_from(token));
    igd_json_end(&json);
    return igd_arena_str(mem, igd_buf_view(&text));
}

bool igd_kv_holder_parse(igd_str text, igd_arena *mem, igd_lock_holder *out)
{
    igd_json_reader reader;
    igd_lock_holder holder = {.held = true};
    igd_json_reader_init(&reader, igd_arena_str(mem, text), mem, 2);
    if (igd_json_next(&reader) != IGD_JSON_OBJECT_START)
        return false;
    while (igd_json_next(&reader) == IGD_JSON_KEY) {
        igd_str name = reader.text;
        igd_json_next(&reader);
        if (igd_str_is(name, "pid"))
            holder.pid = strtoll(igd_arena_cstr(mem, reader.text), NULL, 10);
        else if (igd_str_is(name, "host"))
            holder.host = reader.text;
        else if (igd_str_is(name, "run_id"))
            holder.run_id = reader.text;
        else if (igd_str_is(name, "since"))
            holder.since = reader.text;
    }
    if (reader.event != IGD_JSON_OBJECT_END)
        return false;
    *out = holder;
    return true;
}

int igd_kv_fail_locked(igd_kv_target *target, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_lock_holder holder = {0};
    igd_error ignored = IGD_ERROR_INIT;
    if (target->ops->holder(target, mem, &holder, &ignored) || !holder.held || holder.pid == 0)
        igd_fail(err, IGD_E_LOCKED, "another run holds the lock of prefix '%.*s'",
                 IGD_STR_ARG(target->books.prefix));
    else
        igd_fail(err, IGD_E_LOCKED,
                 "another run holds the lock of prefix '%.*s': process %" PRId64
                 " on %.*s since %.*s, run %.*s",
                 IGD_STR_ARG(target->books.prefix), holder.pid, IGD_STR_ARG(holder.host),
                 IGD_STR_ARG(holder.since), IGD_STR_ARG(holder.run_id));
    return igd_hint(err, "wait for it (--lock-timeout), or see 'migrate unlock'");
}
