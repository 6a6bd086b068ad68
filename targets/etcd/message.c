/*
 * Answers of the gateway. Members may come in any order, and new ones are passed over.
 */
#include <stdio.h>
#include <stdlib.h>

#include "targets/etcd/etcd.h"

#define DEPTH 16

void igd_etcd_put_bytes(igd_buf *out, const char *name, igd_str bytes)
{
    igd_buf_printf(out, "\"%s\":\"", name);
    igd_base64_put(out, bytes);
    igd_buf_byte(out, '"');
}

int64_t igd_etcd_number(igd_str text)
{
    char copy[32];
    snprintf(copy, sizeof(copy), "%.*s", IGD_STR_ARG(text));
    return strtoll(copy, NULL, 10);
}

static int64_t take_number(igd_json_reader *reader)
{
    igd_json_next(reader);
    return igd_etcd_number(reader->text);
}

/* Bytes; false when they are none. */
static bool take_bytes(igd_json_reader *reader, igd_str *out)
{
    return igd_json_next(reader) == IGD_JSON_STRING &&
           igd_base64_get(reader->text, reader->mem, out);
}

/* These stand before an object and read it; false when it is not one of the kind. */

static bool take_kv(igd_json_reader *reader, igd_etcd_kv *out)
{
    bool fine = true;
    *out = (igd_etcd_kv){.key = IGD_STR(""), .value = IGD_STR("")};
    while (fine && igd_json_next(reader) == IGD_JSON_KEY) {
        if (igd_str_is(reader->text, "key"))
            fine = take_bytes(reader, &out->key);
        else if (igd_str_is(reader->text, "value"))
            fine = take_bytes(reader, &out->value);
        else if (igd_str_is(reader->text, "lease"))
            out->lease = take_number(reader);
        else if (igd_str_is(reader->text, "mod_revision"))
            out->mod_revision = take_number(reader);
        else
            igd_json_skip(reader);
    }
    return fine && reader->event == IGD_JSON_OBJECT_END;
}

static bool take_kvs(igd_json_reader *reader, igd_etcd_range *out)
{
    if (igd_json_next(reader) != IGD_JSON_ARRAY_START)
        return false;
    while (igd_json_next(reader) == IGD_JSON_OBJECT_START) {
        igd_etcd_kv kv;
        if (!take_kv(reader, &kv))
            return false;
        IGD_PUSH(reader->mem, &out->kvs, kv);
    }
    return reader->event == IGD_JSON_ARRAY_END;
}

static bool take_header(igd_json_reader *reader, int64_t *revision)
{
    if (igd_json_next(reader) != IGD_JSON_OBJECT_START)
        return false;
    while (igd_json_next(reader) == IGD_JSON_KEY) {
        if (igd_str_is(reader->text, "revision"))
            *revision = take_number(reader);
        else
            igd_json_skip(reader);
    }
    return reader->event == IGD_JSON_OBJECT_END;
}

static bool take_range(igd_json_reader *reader, igd_etcd_range *out)
{
    bool fine = igd_json_next(reader) == IGD_JSON_OBJECT_START;
    *out = (igd_etcd_range){.more = false};
    while (fine && igd_json_next(reader) == IGD_JSON_KEY) {
        if (igd_str_is(reader->text, "kvs"))
            fine = take_kvs(reader, out);
        else if (igd_str_is(reader->text, "header"))
            fine = take_header(reader, &out->revision);
        else if (igd_str_is(reader->text, "more"))
            out->more = igd_json_next(reader) == IGD_JSON_TRUE;
        else
            igd_json_skip(reader);
    }
    return fine && reader->event == IGD_JSON_OBJECT_END;
}

static bool take_responses(igd_json_reader *reader, igd_etcd_txn *out)
{
    if (igd_json_next(reader) != IGD_JSON_ARRAY_START)
        return false;
    while (igd_json_next(reader) == IGD_JSON_OBJECT_START) {
        while (igd_json_next(reader) == IGD_JSON_KEY) {
            igd_etcd_range range;
            if (!igd_str_is(reader->text, "response_range")) {
                igd_json_skip(reader);
                continue;
            }
            if (!take_range(reader, &range))
                return false;
            IGD_PUSH(reader->mem, &out->ranges, range);
        }
        if (reader->event != IGD_JSON_OBJECT_END)
            return false;
    }
    return reader->event == IGD_JSON_ARRAY_END;
}

static int fail_unread(igd_str answer, igd_error *err)
{
    igd_fail(err, IGD_E_TARGET, "etcd: the answer is not what an etcd says: %.*s",
             (int)(answer.len < 200 ? answer.len : 200), answer.ptr);
    return igd_hint(err, "check that the URL names an etcd's client port");
}

int igd_etcd_read_range(igd_str answer, igd_arena *mem, igd_etcd_range *out, igd_error *err)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, answer, mem, DEPTH);
    return take_range(&reader, out) ? IGD_OK : fail_unread(answer, err);
}

int igd_etcd_read_txn(igd_str answer, igd_arena *mem, igd_etcd_txn *out, igd_error *err)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, answer, mem, DEPTH);
    bool fine = igd_json_next(&reader) == IGD_JSON_OBJECT_START;
    *out = (igd_etcd_txn){.succeeded = false};
    while (fine && igd_json_next(&reader) == IGD_JSON_KEY) {
        if (igd_str_is(reader.text, "succeeded"))
            out->succeeded = igd_json_next(&reader) == IGD_JSON_TRUE;
        else if (igd_str_is(reader.text, "responses"))
            fine = take_responses(&reader, out);
        else
            igd_json_skip(&reader);
    }
    return fine && reader.event == IGD_JSON_OBJECT_END ? IGD_OK : fail_unread(answer, err);
}

igd_str igd_etcd_member(igd_str answer, const char *name, igd_arena *mem)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, answer, mem, DEPTH);
    igd_json_allow_rest(&reader); /* a stream of answers has one a line */
    if (igd_json_next(&reader) != IGD_JSON_OBJECT_START)
        return (igd_str){0};
    while (igd_json_next(&reader) == IGD_JSON_KEY) {
        bool is_it = igd_str_is(reader.text, name);
        bool opens = igd_str_is(reader.text, "result") || igd_str_is(reader.text, "error");
        if (!is_it && !opens) {
            igd_json_skip(&reader);
            continue;
        }
        igd_json_next(&reader);
        /* The members of an object are looked at as if they were ours. */
        if (is_it && reader.event != IGD_JSON_OBJECT_START)
            return igd_arena_str(mem, reader.text);
    }
    return (igd_str){0};
}
