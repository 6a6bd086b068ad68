/*
 * Lines of scripts of stores: what is understood is written again as it was read, and headers in
 * requests come back. The first byte says which store.
 */
#include <stdlib.h>

#include "targets/consul/consul.h"
#include "targets/etcd/etcd.h"
#include "targets/kv/script.h"
#include "targets/redis/redis.h"
#include "targets/redis/request.lua.h"
#include "targets/script_words.h"
#include "targets/script_wrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_line(const igd_kv_script_style *style, igd_str line, igd_arena *mem)
{
    igd_kv_batch first, second;
    IGD_CLEANUP(igd_buf)
    igd_buf again = IGD_BUF_INIT;
    if (!style->take(line, mem, &first) || (!first.fence.key.ptr && first.count == 0))
        return;
    style->put(&first, &again);
    igd_str text = igd_buf_view(&again);
    if (igd_str_ends(text, IGD_STR("\n")))
        text.len--;
    if (!style->take(text, mem, &second) || second.count != first.count ||
        !igd_str_eq(second.fence.key, first.fence.key))
        abort();
}

/* A line of redis-cli's gets the program, which it would not find. */
static void try_redis(igd_str rest, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf line = IGD_BUF_INIT;
    try_line(&igd_redis_scripts, rest, mem);
    igd_buf_puts(&line, "EVAL ");
    igd_words_put(&line, IGD_STR(IGD_REDIS_REQUEST));
    igd_buf_byte(&line, ' ');
    igd_buf_str(&line, rest);
    try_line(&igd_redis_scripts, igd_buf_view(&line), mem);
}

static void try_header(igd_script_syntax syntax, igd_str text, igd_arena *mem)
{
    igd_str head, found;
    size_t end;
    uint32_t line;
    IGD_CLEANUP(igd_buf)
    igd_buf all = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf wrapped = IGD_BUF_INIT;
    (void)igd_script_unwrap(text, mem, &head, &end, &line);
    igd_buf_puts(&all, "-- ingitdb migration script ");
    igd_buf_str(&all, text);
    igd_script_wrap(syntax, igd_buf_view(&all), &wrapped);
    if (!igd_script_unwrap(igd_buf_view(&wrapped), mem, &found, &end, &line) ||
        !igd_str_eq(found, igd_buf_view(&all)) || end != wrapped.len)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    if (size == 0)
        return 0;
    igd_str text = {(const char *)data + 1, size - 1};
    if (data[0] % 2) {
        try_redis(text, mem);
        try_header(IGD_SCRIPT_REDIS, text, mem);
    } else {
        try_line(&igd_etcd_scripts, text, mem);
        try_line(&igd_consul_scripts, text, mem);
        try_header(IGD_SCRIPT_JSON, text, mem);
        try_header(IGD_SCRIPT_CONSUL, text, mem);
    }
    return 0;
}
