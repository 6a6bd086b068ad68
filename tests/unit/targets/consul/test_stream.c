/*
 * An answer that comes in pieces: results are the same wherever it is cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/consul/consul.h"

typedef struct reading {
    igd_arena *mem;
    igd_buf seen;
    int rc_of_each;
    igd_consul_stream stream;
    igd_error err;
} reading;

static int on_result(const igd_consul_kv *kv, void *payload, igd_error *err)
{
    reading *r = payload;
    igd_buf_printf(&r->seen, "%.*s=%.*s@%d;", IGD_STR_ARG(kv->key), IGD_STR_ARG(kv->value),
                   (int)kv->index);
    return r->rc_of_each ? igd_fail(err, r->rc_of_each, "enough") : IGD_OK;
}

static void begin(reading *r)
{
    *r = (reading){.mem = igd_arena_new(), .seen = IGD_BUF_INIT, .err = IGD_ERROR_INIT};
    r->stream = (igd_consul_stream){
        .each = on_result, .payload = r, .mem = r->mem, .element = IGD_BUF_INIT};
}

static void end(reading *r)
{
    igd_buf_free(&r->stream.element);
    igd_buf_free(&r->seen);
    igd_arena_free(r->mem);
}

/* In pieces of that many bytes. */
static int feed(reading *r, igd_str text, size_t size)
{
    int rc = IGD_OK;
    for (size_t at = 0; !rc && at < text.len; at += size)
        rc = igd_consul_stream_feed(igd_str_sub(text, at, size), &r->stream, &r->err);
    return rc;
}

static const char text[] =
    "{\n \"Results\": [\n"
    "{\"KV\": {\"Key\": \"a\", \"Value\": \"eA==\", \"ModifyIndex\": 1}},\n"
    "{\"KV\": {\"Key\": \"b/{[\\\"]}\\\\\", \"Value\": null, \"ModifyIndex\": 2}},\n"
    "{\"KV\": {\"Key\": \"\xEF\xBF\xBD\", \"Value\": \"eQ==\", \"ModifyIndex\": 3}},\n"
    "{\"KV\": {\"Key\": \"c\\ufffd\", \"Value\": \"eg==\", \"ModifyIndex\": 4}},\n"
    "{\"KV\": {\"Key\": \"d\", \"Value\": \"\", \"ModifyIndex\": 5}}\n"
    "], \"Errors\": null, \"ConsistencyLevel\": \"}\"}\n";
static const igd_str answer = {text, sizeof(text) - 1};

/* The fourth key is one that is no UTF-8. */
static const char expected[] = "a=x@1;b/{[\"]}\\=@2;\xEF\xBF\xBD=y@3;d=@5;";

static void pieces_of_any_size(void **state IGD_UNUSED)
{
    for (size_t size = 1; size <= answer.len; size++) {
        reading r;
        begin(&r);
        assert_int_equal(feed(&r, answer, size), IGD_OK);
        assert_int_equal(igd_consul_stream_end(&r.stream, &r.err), IGD_OK);
        assert_string_equal(r.seen.ptr, expected);
        end(&r);
    }
}

static void nothing_found(void **state IGD_UNUSED)
{
    reading r;
    begin(&r);
    assert_int_equal(feed(&r, IGD_STR("{\"Results\":[],\"Errors\":null}"), 3), IGD_OK);
    assert_int_equal(igd_consul_stream_end(&r.stream, &r.err), IGD_OK);
    assert_int_equal(r.seen.len, 0);
    end(&r);
}

/* Without the last brace, whatever else is missing, keys would be missing, too. */
static void cut_off(void **state IGD_UNUSED)
{
    size_t whole = answer.len - 1; /* a line feed ends it */
    for (size_t len = 0; len < whole; len++) {
        reading r;
        begin(&r);
        assert_int_equal(feed(&r, igd_str_sub(answer, 0, len), 7), IGD_OK);
        assert_int_equal(igd_consul_stream_end(&r.stream, &r.err), IGD_E_UNREACHABLE);
        assert_true(r.err.transient);
        end(&r);
    }
}

static void whoever_reads_can_end_it(void **state IGD_UNUSED)
{
    reading r;
    begin(&r);
    r.rc_of_each = IGD_E_CONFLICT;
    assert_int_equal(feed(&r, answer, answer.len), IGD_E_CONFLICT);
    assert_string_equal(r.seen.ptr, "a=x@1;");
    end(&r);
}

static void no_answers(void **state IGD_UNUSED)
{
    static const char *const texts[] = {"]", "{\"Results\":[{\"KV\":{]}]}", "{}}",
                                        "{\"Results\":[{\"KV\":{\"Value\":\"!!!!\"}}]}"};
    for (size_t n = 0; n < IGD_COUNT(texts); n++) {
        reading r;
        begin(&r);
        if (feed(&r, igd_str_from(texts[n]), 2) != IGD_E_TARGET)
            fail_msg("%s", texts[n]);
        end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_any_size),
        cmocka_unit_test(nothing_found),
        cmocka_unit_test(cut_off),
        cmocka_unit_test(whoever_reads_can_end_it),
        cmocka_unit_test(no_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
