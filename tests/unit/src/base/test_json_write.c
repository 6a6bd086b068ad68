/*
 * JSON writing: where commas go, what is escaped, and that the reader gets back every string.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "cmocka.h"

static void commas_and_colons(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf buf = IGD_BUF_INIT;
    igd_json json = igd_json_to(&buf);
    igd_json_object(&json);
    igd_json_put_string(&json, "name", IGD_STR("x"));
    igd_json_put_int(&json, "least", INT64_MIN);
    igd_json_put_bool(&json, "yes", true);
    igd_json_key(&json, IGD_STR("list"));
    igd_json_array(&json);
    igd_json_int(&json, INT64_MAX);
    igd_json_null(&json);
    igd_json_array(&json);
    igd_json_end(&json);
    igd_json_object(&json);
    igd_json_end(&json);
    igd_json_raw(&json, IGD_STR("1.50"));
    igd_json_bool(&json, false);
    igd_json_end(&json);
    igd_json_key(&json, IGD_STR(""));
    igd_json_object(&json);
    igd_json_end(&json);
    igd_json_end(&json);
    assert_string_equal(buf.ptr, "{\"name\":\"x\",\"least\":-9223372036854775808,\"yes\":true,"
                                 "\"list\":[9223372036854775807,null,[],{},1.50,false],\"\":{}}");
}

static void deepest(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf buf = IGD_BUF_INIT;
    igd_json json = igd_json_to(&buf);
    for (int n = 0; n < IGD_JSON_DEPTH; n++)
        igd_json_array(&json);
    for (int n = 0; n < IGD_JSON_DEPTH; n++)
        igd_json_end(&json);
    assert_int_equal(buf.len, 2 * IGD_JSON_DEPTH);
    assert_int_equal(buf.ptr[IGD_JSON_DEPTH - 1], '[');
    assert_int_equal(buf.ptr[IGD_JSON_DEPTH], ']');
}

static void assert_quoted(igd_str text, const char *expected)
{
    IGD_CLEANUP(igd_buf)
    igd_buf buf = IGD_BUF_INIT;
    igd_json_quote(&buf, text);
    assert_string_equal(buf.ptr, expected);
}

static void minimal_escapes(void **state)
{
    (void)state;
    assert_quoted((igd_str){NULL, 0}, "\"\"");
    assert_quoted(IGD_STR("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
    assert_quoted(IGD_STR("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\"");
    assert_quoted((igd_str){"\0\x1f\x0b\x7f", 4}, "\"\\u0000\\u001f\\u000b\x7f\"");
    assert_quoted(IGD_STR("\xE2\x82\xAC\xE2\x80\xA8"), "\"\xE2\x82\xAC\xE2\x80\xA8\"");
}

static void assert_read_back(igd_arena *mem, igd_str text)
{
    IGD_CLEANUP(igd_buf)
    igd_buf buf = IGD_BUF_INIT;
    igd_json json = igd_json_to(&buf);
    igd_json_object(&json);
    igd_json_key(&json, text);
    igd_json_string(&json, text);
    igd_json_end(&json);

    igd_json_reader reader;
    igd_json_reader_init(&reader, igd_buf_view(&buf), mem, 1);
    assert_int_equal(igd_json_next(&reader), IGD_JSON_OBJECT_START);
    assert_int_equal(igd_json_next(&reader), IGD_JSON_KEY);
    assert_true(igd_str_eq(reader.text, text));
    assert_int_equal(igd_json_next(&reader), IGD_JSON_STRING);
    assert_true(igd_str_eq(reader.text, text));
    assert_int_equal(igd_json_next(&reader), IGD_JSON_OBJECT_END);
    assert_int_equal(igd_json_next(&reader), IGD_JSON_END);
}

/* Every ASCII byte at every place of a string of a dozen. */
static void strings_come_back(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    for (int byte = 0; byte < 0x80; byte++) {
        for (size_t at = 0; at < 12; at++) {
            char text[12];
            memset(text, 'x', sizeof(text));
            text[at] = (char)byte;
            assert_read_back(mem, (igd_str){text, sizeof(text)});
            assert_read_back(mem, (igd_str){text, at + 1});
        }
    }
    assert_read_back(mem, IGD_STR(""));
    assert_read_back(mem, IGD_STR("\xC3\xA4\"\xE2\x82\xAC\\\xF0\x9F\x98\x80\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_and_colons),
        cmocka_unit_test(deepest),
        cmocka_unit_test(minimal_escapes),
        cmocka_unit_test(strings_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
