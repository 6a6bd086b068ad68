/*
 * Comparing and exchanging: the keys of a request by one run of the script.
 */
#include <stdio.h>

#include "targets/redis/exchange.lua.h"
#include "targets/redis/redis.h"

/* ---- MessagePack, as much as it takes ---- */

static void pack_size(igd_buf *out, unsigned char kind, size_t size)
{
    const unsigned char head[] = {kind, (unsigned char)(size >> 24), (unsigned char)(size >> 16),
                                  (unsigned char)(size >> 8), (unsigned char)size};
    igd_buf_add(out, head, sizeof(head));
}

static void pack_list(igd_buf *out, size_t count)
{
    pack_size(out, 0xDD, count);
}

static void pack_text(igd_buf *out, igd_str text)
{
    pack_size(out, 0xDB, text.len);
    igd_buf_str(out, text);
}

static void pack_false(igd_buf *out)
{
    igd_buf_byte(out, (char)0xC2);
}

/* ---- the script's arguments ---- */

static void pack_absent(igd_buf *out, const char *kind)
{
    pack_text(out, igd_str_from(kind));
    pack_false(out);
    pack_false(out);
}

static void pack_bytes(igd_buf *out, igd_str bytes)
{
    pack_text(out, IGD_STR("="));
    pack_text(out, bytes);
    pack_false(out);
}

static void pack_expected(igd_buf *out, const igd_kv_write *write, igd_kv_layout layout)
{
    const igd_kv_value *value = &write->expected;
    if (write->any) {
        pack_absent(out, "*");
    } else if (value->there == IGD_KV_ABSENT) {
        pack_absent(out, "-");
    } else if (value->there == IGD_KV_OTHER && !value->bytes.ptr && value->field_count == 0) {
        pack_text(out, IGD_STR("!"));
        pack_text(out, layout == IGD_KV_HASH ? IGD_STR("hash") : IGD_STR("string"));
        pack_false(out);
    } else if (value->bytes.ptr) {
        pack_bytes(out, value->bytes);
    } else {
        pack_text(out, IGD_STR("h"));
        pack_list(out, value->field_count);
        for (size_t n = 0; n < value->field_count; n++)
            pack_text(out, value->fields[n].name);
        pack_list(out, value->field_count);
        for (size_t n = 0; n < value->field_count; n++)
            if (value->fields[n].text.ptr)
                pack_text(out, value->fields[n].text);
            else
                pack_false(out);
    }
}

static void pack_fields(igd_buf *out, const igd_kv_value *value)
{
    size_t set = 0;
    for (size_t n = 0; n < value->field_count; n++)
        set += value->fields[n].text.ptr != NULL;
    pack_text(out, IGD_STR("h"));
    pack_list(out, 2 * set);
    for (size_t n = 0; n < value->field_count; n++)
        if (value->fields[n].text.ptr) {
            pack_text(out, value->fields[n].name);
            pack_text(out, value->fields[n].text);
        }
    pack_list(out, value->field_count - set);
    for (size_t n = 0; n < value->field_count; n++)
        if (!value->fields[n].text.ptr)
            pack_text(out, value->fields[n].name);
}

void igd_redis_arg_write(igd_redis *it, const igd_kv_write *write, igd_buf *scratch)
{
    igd_buf_clear(scratch);
    pack_list(scratch, 6);
    pack_expected(scratch, write, it->kv.layout);
    if (write->value.there == IGD_KV_ABSENT)
        pack_absent(scratch, "-");
    else if (write->value.bytes.ptr)
        pack_bytes(scratch, write->value.bytes);
    else
        pack_fields(scratch, &write->value);
    igd_redis_arg(it, igd_buf_view(scratch));
}

static void put_fence(igd_redis *it, const igd_kv_fence *fence, igd_buf *scratch)
{
    igd_buf_clear(scratch);
    igd_buf_puts(scratch, !fence ? "*" : fence->value.there == IGD_KV_ABSENT ? "-" : "=");
    if (fence && fence->value.there != IGD_KV_ABSENT)
        igd_buf_str(scratch, fence->value.bytes);
    igd_redis_arg(it, igd_buf_view(scratch));
}

/* ---- running it ---- */

/* Servers forget scripts when they start, and when they are told to. */
int igd_redis_load_script(igd_redis *it, const char *text, igd_error *err)
{
    for (size_t n = 0; n < it->node_count; n++) {
        if (it->cluster && !it->nodes[n]->slots)
            continue;
        igd_redis_command(it, 3);
        igd_redis_arg_text(it, "SCRIPT");
        igd_redis_arg_text(it, "LOAD");
        igd_redis_arg_text(it, text);
        igd_redis_last(it)->node = it->nodes[n];
        igd_redis_last(it)->fixed = true;
    }
    int rc = igd_redis_run(it, err);
    for (size_t n = 0; !rc && n < it->call_count; n++) {
        const redisReply *reply = it->calls[n].reply;
        rc = igd_redis_check(reply, err);
        if (!rc && (reply->type != REDIS_REPLY_STRING || (size_t)reply->len >= sizeof(it->script)))
            rc = igd_redis_fail_reply(err);
        if (!rc)
            snprintf(it->script, sizeof(it->script), "%s", reply->str);
    }
    return rc;
}

static int run_script(igd_redis *it, const igd_kv_write *writes, size_t count,
                      const igd_kv_fence *fence, redisReply **out, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf scratch = IGD_BUF_INIT;
    igd_redis_command(it, 3 + (2 + count) + (4 + count));
    igd_redis_arg_text(it, "EVALSHA");
    igd_redis_arg_text(it, it->script);
    igd_redis_arg_number(it, (int64_t)count + 2);
    igd_redis_arg_lock(it);
    igd_redis_arg(it, fence ? fence->key : writes[0].key);
    for (size_t n = 0; n < count; n++)
        igd_redis_arg(it, writes[n].key);
    igd_redis_arg_holder(it);
    put_fence(it, fence, &scratch);
    for (size_t n = 0; n < count; n++)
        igd_redis_arg_write(it, &writes[n], &scratch);
    int rc = igd_redis_run(it, err);
    if (!rc)
        *out = igd_redis_take(it, 0);
    return rc;
}

int igd_redis_fail_stale(igd_error *err)
{
    (void)igd_fail(err, IGD_E_STALE_BASE, "another run wrote to the target meanwhile");
    return igd_hint(err, "this one has stopped; run it again");
}

int igd_redis_look_at(igd_redis *it, igd_kv_write *writes, const size_t *numbers, size_t count,
                      igd_arena *mem, igd_error *err)
{
    igd_str *keys = IGD_NEW_ARRAY(mem, igd_str, count);
    igd_kv_value *found = IGD_NEW_ARRAY(mem, igd_kv_value, count);
    for (size_t n = 0; n < count; n++)
        keys[n] = writes[numbers[n]].key;
    int rc = count ? igd_redis_get(&it->kv, keys, count, it->kv.layout, mem, found, err) : IGD_OK;
    for (size_t n = 0; !rc && n < count; n++) {
        writes[numbers[n]].done = false;
        writes[numbers[n]].found = found[n];
    }
    return rc;
}

bool igd_redis_read_others(const redisReply *reply, size_t most, size_t *numbers)
{
    for (size_t n = 0; n < reply->elements; n++) {
        const redisReply *number = reply->element[n];
        if (n >= most || number->type != REDIS_REPLY_INTEGER || number->integer < 1 ||
            (size_t)number->integer > most)
            return false;
        numbers[n] = (size_t)number->integer - 1;
    }
    return true;
}

static int write_alone(igd_redis *it, igd_kv_write *writes, size_t count, const igd_kv_fence *fence,
                       igd_arena *mem, igd_error *err)
{
    redisReply *answer = NULL;
    int rc = it->script[0] ? IGD_OK : igd_redis_load_script(it, IGD_REDIS_EXCHANGE, err);
    if (!rc)
        rc = run_script(it, writes, count, fence, &answer, err);
    if (!rc && igd_redis_is_error(answer, "NOSCRIPT")) {
        freeReplyObject(answer);
        answer = NULL;
        rc = igd_redis_load_script(it, IGD_REDIS_EXCHANGE, err);
        if (!rc)
            rc = run_script(it, writes, count, fence, &answer, err);
    }
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = answer;
    size_t *others = IGD_NEW_ARRAY(mem, size_t, count);
    if (!rc)
        rc = igd_redis_check(reply, err);
    if (rc)
        return rc;
    if (reply->type == REDIS_REPLY_INTEGER)
        return reply->integer == -2 ? igd_redis_fail_taken(err) : igd_redis_fail_stale(err);
    if (reply->type != REDIS_REPLY_ARRAY || !igd_redis_read_others(reply, count, others))
        return igd_redis_fail_reply(err);
    for (size_t n = 0; n < count; n++)
        writes[n].done = true;
    return igd_redis_look_at(it, writes, others, reply->elements, mem, err);
}

int igd_redis_write(igd_kv_target *target, igd_kv_write *writes, size_t count,
                    const igd_kv_fence *fence, igd_arena *mem, igd_error *err)
{
    igd_redis *it = igd_redis_of(target);
    if (count == 0)
        return IGD_OK;
    return it->cluster ? igd_redis_write_cluster(it, writes, count, fence, mem, err)
                       : write_alone(it, writes, count, fence, mem, err);
}
