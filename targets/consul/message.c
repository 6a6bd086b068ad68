/*
 * Transactions and their answers. Members may come in any order, and new ones are passed over.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_write.h"
#include "targets/consul/consul.h"

#define DEPTH 16
#define AROUND_OP \
    160 /* bytes of an operation besides key, value and namespace; a session's 36 too */

/* ---- requests ---- */

void igd_consul_put_op(const igd_consul *it, igd_buf *out, const igd_consul_op *op)
{
    igd_buf_puts(out, out->ptr[out->len - 1] == '[' ? "{\"KV\":{" : ",{\"KV\":{");
    igd_buf_printf(out, "\"Verb\":\"%s\",\"Key\":", op->verb);
    igd_json_quote(out, op->key);
    if (op->index >= 0)
        igd_buf_printf(out, ",\"Index\":%" PRId64, op->index);
    if (op->session.len) {
        igd_buf_puts(out, ",\"Session\":");
        igd_json_quote(out, op->session);
    }
    if (it->namespace.len) {
        igd_buf_puts(out, ",\"Namespace\":");
        igd_json_quote(out, it->namespace);
    }
    if (op->value.ptr) {
        igd_buf_puts(out, ",\"Value\":\"");
        igd_base64_put(out, op->value);
        igd_buf_byte(out, '"');
    }
    igd_buf_puts(out, "}}");
}

size_t igd_consul_op_size(const igd_consul *it, igd_str key, size_t value_len)
{
    size_t size = AROUND_OP + key.len + 2 * it->namespace.len + (value_len + 2) / 3 * 4;
    for (size_t n = 0; n < key.len; n++) /* control bytes are in no key of ours */
        size += key.ptr[n] == '"' || key.ptr[n] == '\\';
    return size;
}

/* ---- answers ---- */

static int64_t take_number(igd_json_reader *reader)
{
    char copy[32];
    igd_json_next(reader);
    snprintf(copy, sizeof(copy), "%.*s", IGD_STR_ARG(reader->text));
    return reader->event == IGD_JSON_NUMBER ? strtoll(copy, NULL, 10) : 0;
}

/* These stand before an object and read it; false when it is not one of the kind. */

static bool take_kv(igd_json_reader *reader, igd_consul_kv *out)
{
    bool fine = igd_json_next(reader) == IGD_JSON_OBJECT_START;
    *out = (igd_consul_kv){.key = IGD_STR(""), .value = IGD_STR("")};
    while (fine && igd_json_next(reader) == IGD_JSON_KEY) {
        igd_str name = reader->text;
        if (igd_str_is(name, "ModifyIndex")) {
            out->index = take_number(reader);
        } else if (igd_str_is(name, "Key")) {
            fine = igd_json_next(reader) == IGD_JSON_STRING;
            out->key = reader->text;
        } else if (igd_str_is(name, "Session")) {
            fine = igd_json_next(reader) == IGD_JSON_STRING;
            out->session = reader->text;
        } else if (igd_str_is(name, "Value")) {
            igd_json_next(reader);
            fine = reader->event == IGD_JSON_NULL ||
                   (reader->event == IGD_JSON_STRING &&
                    igd_base64_get(reader->text, reader->mem, &out->value));
        } else {
            igd_json_skip(reader);
        }
    }
    return fine && reader->event == IGD_JSON_OBJECT_END;
}

static bool take_refusal(igd_json_reader *reader, igd_consul_refusal *out)
{
    *out = (igd_consul_refusal){.what = IGD_STR("")};
    while (igd_json_next(reader) == IGD_JSON_KEY) {
        if (igd_str_is(reader->text, "OpIndex")) {
            int64_t at = take_number(reader);
            out->op = at < 0 ? SIZE_MAX : (size_t)at;
        } else if (igd_str_is(reader->text, "What")) {
            igd_json_next(reader);
            out->what = reader->text;
        } else {
            igd_json_skip(reader);
        }
    }
    return reader->event == IGD_JSON_OBJECT_END;
}

/* Behind the '{' of {"KV": {...}}. */
static bool take_result(igd_json_reader *reader, igd_consul_txn *out)
{
    while (igd_json_next(reader) == IGD_JSON_KEY) {
        igd_consul_kv kv;
        if (!igd_str_is(reader->text, "KV")) {
            igd_json_skip(reader);
            continue;
        }
        if (!take_kv(reader, &kv))
            return false;
        IGD_PUSH(reader->mem, &out->kvs, kv);
    }
    return reader->event == IGD_JSON_OBJECT_END;
}

/* null, or an array. */
static bool take_list(igd_json_reader *reader, bool results, igd_consul_txn *out)
{
    if (igd_json_next(reader) == IGD_JSON_NULL)
        return true;
    if (reader->event != IGD_JSON_ARRAY_START)
        return false;
    while (igd_json_next(reader) == IGD_JSON_OBJECT_START) {
        igd_consul_refusal refusal;
        if (results ? !take_result(reader, out) : !take_refusal(reader, &refusal))
            return false;
        if (!results)
            IGD_PUSH(reader->mem, &out->refusals, refusal);
    }
    return reader->event == IGD_JSON_ARRAY_END;
}

int igd_consul_read_txn(igd_str answer, igd_arena *mem, igd_consul_txn *out, igd_error *err)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, answer, mem, DEPTH);
    bool fine = igd_json_next(&reader) == IGD_JSON_OBJECT_START;
    *out = (igd_consul_txn){0};
    while (fine && igd_json_next(&reader) == IGD_JSON_KEY) {
        bool results = igd_str_is(reader.text, "Results");
        if (results || igd_str_is(reader.text, "Errors"))
            fine = take_list(&reader, results, out);
        else
            igd_json_skip(&reader);
    }
    if (fine && reader.event == IGD_JSON_OBJECT_END)
        return IGD_OK;
    igd_fail(err, IGD_E_TARGET, "consul: the answer is not what a Consul says: %.*s",
             (int)(answer.len < 200 ? answer.len : 200), answer.ptr);
    return igd_hint(err, "check that the URL names a Consul's HTTP port");
}

igd_str igd_consul_member(igd_str answer, const char *outer, const char *name, igd_arena *mem)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, answer, mem, DEPTH);
    if (igd_json_next(&reader) != IGD_JSON_OBJECT_START)
        return (igd_str){0};
    while (igd_json_next(&reader) == IGD_JSON_KEY) {
        if (outer && igd_str_is(reader.text, outer)) {
            outer = NULL;
            if (igd_json_next(&reader) != IGD_JSON_OBJECT_START)
                return (igd_str){0};
        } else if (!outer && igd_str_is(reader.text, name)) {
            igd_json_next(&reader);
            return igd_arena_str(mem, reader.text);
        } else {
            igd_json_skip(&reader);
        }
    }
    return (igd_str){0};
}
