/*
 * Results of an answer as it arrives. What begins with a prefix comes as one answer, of any length;
 * so the text is cut into the results where it stands, and only the one that is not complete is
 * kept.
 */
#include "targets/consul/consul.h"

/* Results are objects in an array of the object that is the answer. */
#define DEPTH_OF_RESULTS 2

static int fail_unread(igd_str text, igd_error *err)
{
    igd_fail(err, IGD_E_TARGET, "consul: the answer is not what a Consul says: %.*s",
             (int)(text.len < 200 ? text.len : 200), text.ptr);
    return igd_hint(err, "check that the URL names a Consul's HTTP port");
}

/* A key that is no UTF-8 is told with this in place of what is none; U+FFFD itself stands there as
 * it is. It is no key of ours. */
static bool is_mangled(igd_str element)
{
    static const char mark[] = "\\ufffd";
    return memmem(element.ptr, element.len, mark, sizeof(mark) - 1) != NULL;
}

static int deliver(igd_consul_stream *stream, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf answer = IGD_BUF_INIT;
    igd_consul_txn txn;
    if (is_mangled(igd_buf_view(&stream->element)))
        return IGD_OK;
    igd_buf_puts(&answer, "{\"Results\":[");
    igd_buf_str(&answer, igd_buf_view(&stream->element));
    igd_buf_puts(&answer, "]}");
    igd_arena_reset(stream->mem);
    int rc = igd_consul_read_txn(igd_buf_view(&answer), stream->mem, &txn, err);
    for (size_t n = 0; !rc && n < txn.kvs.len; n++)
        rc = stream->each(&txn.kvs.items[n], stream->payload, err);
    return rc;
}

/* Behind the part of a string that `at` is in; `in_string` says whether it goes on. */
static size_t pass_string(igd_consul_stream *stream, igd_str bytes, size_t at)
{
    for (; at < bytes.len && stream->in_string; at++) {
        if (stream->escaped)
            stream->escaped = false;
        else if (bytes.ptr[at] == '\\')
            stream->escaped = true;
        else if (bytes.ptr[at] == '"')
            stream->in_string = false;
    }
    return at;
}

int igd_consul_stream_feed(igd_str bytes, void *payload, igd_error *err)
{
    igd_consul_stream *stream = payload;
    size_t from = 0; /* of the result that is read */
    for (size_t at = 0; at < bytes.len; at++) {
        if (stream->in_string) {
            at = pass_string(stream, bytes, at) - 1;
            continue;
        }
        char byte = bytes.ptr[at];
        if (byte == '"')
            stream->in_string = true;
        if (byte == '{' && stream->depth == DEPTH_OF_RESULTS) {
            stream->inside = true;
            from = at;
        }
        if (byte == '{' || byte == '[') {
            stream->began = true;
            stream->depth++;
        }
        if (byte != '}' && byte != ']')
            continue;
        if (stream->depth == 0)
            return fail_unread(bytes, err);
        stream->depth--;
        if (!stream->inside || stream->depth != DEPTH_OF_RESULTS)
            continue;
        igd_buf_add(&stream->element, bytes.ptr + from, at + 1 - from);
        stream->inside = false;
        int rc = deliver(stream, err);
        igd_buf_clear(&stream->element);
        if (rc)
            return rc;
    }
    if (stream->inside)
        igd_buf_add(&stream->element, bytes.ptr + from, bytes.len - from);
    return IGD_OK;
}

int igd_consul_stream_end(igd_consul_stream *stream, igd_error *err)
{
    if (stream->began && stream->depth == 0 && !stream->in_string)
        return IGD_OK;
    igd_fail(err, IGD_E_UNREACHABLE, "consul: an answer has ended before it was complete");
    err->transient = true;
    return igd_hint(err, "run it again");
}
