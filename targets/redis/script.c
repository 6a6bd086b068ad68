/*
 * Lines of scripts: each an EVAL of redis-cli's (request.lua.h).
 */
#include "targets/kv/script.h"

#include <stdio.h>
#include <stdlib.h>

#include "targets/redis/redis.h"
#include "targets/redis/request.lua.h"
#include "targets/script_words.h"

/* ---- writing ---- */

static void put_word(igd_buf *out, igd_str word)
{
    igd_buf_byte(out, ' ');
    igd_words_put(out, word);
}

static void put_text(igd_buf *out, const char *kind, igd_str text)
{
    IGD_CLEANUP(igd_buf)
    igd_buf word = IGD_BUF_INIT;
    igd_buf_puts(&word, kind);
    igd_buf_str(&word, text);
    put_word(out, igd_buf_view(&word));
}

static void put_fields(igd_buf *out, const igd_kv_value *value)
{
    char head[64];
    size_t set = 0;
    for (size_t n = 0; n < value->field_count; n++)
        set += value->fields[n].text.ptr != NULL;
    snprintf(head, sizeof(head), "h%zu,%zu", set, value->field_count - set);
    put_word(out, igd_str_from(head));
    for (size_t n = 0; n < value->field_count; n++)
        if (value->fields[n].text.ptr) {
            put_word(out, value->fields[n].name);
            put_word(out, value->fields[n].text);
        }
    for (size_t n = 0; n < value->field_count; n++)
        if (!value->fields[n].text.ptr)
            put_word(out, value->fields[n].name);
}

static void put_value(igd_buf *out, bool any, const igd_kv_value *value)
{
    if (any)
        put_text(out, "*", (igd_str){0});
    else if (value->there == IGD_KV_ABSENT)
        put_text(out, "-", (igd_str){0});
    else if (value->bytes.ptr)
        put_text(out, "=", value->bytes);
    else
        put_fields(out, value);
}

static void put_request(const igd_kv_batch *batch, igd_buf *out)
{
    bool plain = !batch->fence.key.ptr;
    igd_buf_puts(out, "EVAL");
    put_word(out, IGD_STR(IGD_REDIS_REQUEST));
    igd_buf_printf(out, " %zu", batch->count + 1);
    put_word(out, plain ? batch->writes[0].key : batch->fence.key);
    for (size_t n = 0; n < batch->count; n++)
        put_word(out, batch->writes[n].key);
    if (batch->commit.len)
        put_text(out, "@", batch->commit);
    else
        put_value(out, plain, &batch->fence.value);
    put_value(out, plain, &batch->state);
    put_word(out, batch->channel);
    put_word(out, batch->synced);
    for (size_t n = 0; n < batch->count; n++) {
        put_value(out, batch->writes[n].any, &batch->writes[n].expected);
        put_value(out, false, &batch->writes[n].value);
    }
    igd_buf_byte(out, '\n');
}

/* ---- reading ---- */

typedef struct words {
    igd_str rest;
    igd_arena *mem;
} words;

static bool next(words *w, igd_str *out)
{
    return igd_words_take(&w->rest, w->mem, out);
}

static bool next_is(words *w, const char *wanted)
{
    igd_str word;
    return next(w, &word) && igd_str_is(word, wanted);
}

static bool take_number(igd_str *text, char end, size_t *out)
{
    size_t n = 0, number = 0;
    for (; n < text->len && text->ptr[n] >= '0' && text->ptr[n] <= '9' && n < 9; n++)
        number = 10 * number + (size_t)(text->ptr[n] - '0');
    bool ends = end ? n < text->len && text->ptr[n] == end : n == text->len;
    *text = igd_str_sub(*text, n + 1, text->len);
    *out = number;
    return n > 0 && ends;
}

static bool take_fields(words *w, igd_str counts, igd_kv_value *out)
{
    size_t set = 0, gone = 0;
    if (!take_number(&counts, ',', &set) || !take_number(&counts, 0, &gone) ||
        set + gone > w->rest.len)
        return false;
    *out = (igd_kv_value){.there = IGD_KV_THERE,
                          .fields = IGD_NEW_ARRAY(w->mem, igd_kv_field, set + gone),
                          .field_count = set + gone};
    for (size_t n = 0; n < set + gone; n++)
        if (!next(w, &out->fields[n].name) || (n < set && !next(w, &out->fields[n].text)))
            return false;
    return true;
}

static bool take_value(words *w, bool *any, igd_kv_value *out)
{
    igd_str word;
    if (!next(w, &word) || word.len == 0)
        return false;
    igd_str rest = igd_str_sub(word, 1, word.len);
    *any = false;
    *out = (igd_kv_value){0};
    switch (word.ptr[0]) {
    case '*':
        *any = true;
        return rest.len == 0;
    case '-':
        return rest.len == 0;
    case '=':
        *out = (igd_kv_value){.there = IGD_KV_THERE, .bytes = rest};
        return true;
    case 'h':
        return take_fields(w, rest, out);
    default:
        return false;
    }
}

static bool take_keys(words *w, igd_kv_batch *out)
{
    igd_str count;
    size_t keys = 0;
    if (!next(w, &count) || !take_number(&count, 0, &keys) || keys == 0 || keys > w->rest.len ||
        !next(w, &out->fence.key))
        return false;
    out->count = keys - 1;
    out->writes = IGD_NEW_ARRAY(w->mem, igd_kv_write, keys);
    for (size_t n = 0; n < out->count; n++)
        if (!next(w, &out->writes[n].key))
            return false;
    return true;
}

/* What the state has to be, "@COMMIT" among it. */
static bool take_start(words *w, bool *any, igd_kv_batch *out)
{
    words before = *w;
    igd_str word;
    *any = false;
    if (!next(w, &word) || word.len == 0 || word.ptr[0] != '@') {
        *w = before;
        return take_value(w, any, &out->fence.value);
    }
    out->commit = igd_str_sub(word, 1, word.len);
    return out->commit.len > 0;
}

static bool take_request(igd_str line, igd_arena *mem, igd_kv_batch *out)
{
    words w = {line, mem};
    bool any = false, stays = false, never = false;
    *out = (igd_kv_batch){.count = 0};
    if (!next_is(&w, "EVAL") || !next_is(&w, IGD_REDIS_REQUEST) || !take_keys(&w, out) ||
        !take_start(&w, &any, out) || !take_value(&w, &stays, &out->state) ||
        !next(&w, &out->channel) || !next(&w, &out->synced) || any != stays)
        return false;
    for (size_t n = 0; n < out->count; n++) {
        igd_kv_write *write = &out->writes[n];
        if (!take_value(&w, &write->any, &write->expected) ||
            !take_value(&w, &never, &write->value) || never)
            return false;
    }
    if (any)
        out->fence = (igd_kv_fence){.key = {0}};
    return w.rest.len == 0;
}

/* ---- running ---- */

static void put_words(igd_redis *it, igd_str line, igd_arena *mem)
{
    IGD_LIST(igd_str) all = {0};
    igd_str word;
    while (igd_words_take(&line, mem, &word))
        IGD_PUSH(mem, &all, word);
    igd_redis_command(it, all.len);
    for (size_t n = 0; n < all.len; n++)
        igd_redis_arg(it, all.items[n]);
}

static int run_request(igd_kv_target *target, igd_str line, bool *done, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_redis *it = igd_redis_of(target);
    put_words(it, line, mem);
    int rc = igd_redis_run(it, err);
    if (rc)
        return rc;
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = igd_redis_take(it, 0);
    *done =
        !igd_redis_is_error(reply, "INGITDB_STATE") && !igd_redis_is_error(reply, "INGITDB_KEY");
    return *done ? igd_redis_check(reply, err) : IGD_OK;
}

const igd_kv_script_style igd_redis_scripts = {
    .syntax = IGD_SCRIPT_REDIS,
    .between = "",
    .behind = "",
    .put = put_request,
    .take = take_request,
    .run = run_request,
};
