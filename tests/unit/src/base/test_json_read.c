/*
 * The JSON reader: what RFC 8259 accepts and refuses, where errors are, and how strings decode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "cmocka.h"

enum { DEPTH = 8 };

/* The events in one line: `{ k:a 1 [ ] }`, or `error`. */
static const char *events_of(igd_arena *mem, igd_str text, igd_json_reader *reader)
{
    static const char *const names[] = {"",   "error", "null", "true", "false", "#",
                                        "\"", "k:",    "{",    "}",    "[",     "]"};
    /* A copy of exact size, so that reading one byte too far is found. */
    char *copy = malloc(text.len > 0 ? text.len : 1);
    assert_non_null(copy);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_json_reader_init(reader, (igd_str){copy, text.len}, mem, DEPTH);
    while (igd_json_next(reader) != IGD_JSON_END) {
        if (out.len > 0)
            igd_buf_byte(&out, ' ');
        igd_buf_puts(&out, names[reader->event]);
        if (reader->event == IGD_JSON_ERROR) {
            assert_non_null(reader->error);
            assert_int_equal(igd_json_next(reader), IGD_JSON_ERROR); /* it stays */
            break;
        }
        if (reader->event == IGD_JSON_NUMBER || reader->event == IGD_JSON_STRING ||
            reader->event == IGD_JSON_KEY)
            igd_buf_str(&out, reader->text);
    }
    if (reader->event == IGD_JSON_END) {
        assert_int_equal(igd_json_next(reader), IGD_JSON_END);
        assert_int_equal(igd_json_rest(reader).len, 0);
    }
    free(copy);
    return igd_arena_cstr(mem, igd_buf_view(&out));
}

static const struct {
    const char *text;
    const char *events;
} accepted[] = {
    {"null", "null"},
    {" \t\r\n true \n", "true"},
    {"\xEF\xBB\xBF false", "false"},
    {"0", "#0"},
    {"-0", "#-0"},
    {"9007199254740993", "#9007199254740993"},
    {"123456789012345678901234567890.5000", "#123456789012345678901234567890.5000"},
    {"1e400", "#1e400"},
    {"-1.5E+08", "#-1.5E+08"},
    {"0.0e-0", "#0.0e-0"},
    {"\"\"", "\""},
    {"\"/\x7F\"", "\"/\x7F"},
    {"[]", "[ ]"},
    {" [ ] ", "[ ]"},
    {"{}", "{ }"},
    {"{ }", "{ }"},
    {"[1,\"a\" , null]", "[ #1 \"a null ]"},
    {"{\"a\":1,\"b\":{\"a\":[{}]}}", "{ k:a #1 k:b { k:a [ { } ] } }"},
    {"{\"a\" : 1 , \"a\" : 2}", "{ k:a #1 k:a #2 }"},
    {"{\"\":0}", "{ k: #0 }"},
    {"{\"k\\n\":\"v\\t\"}", "{ k:k\n \"v\t }"},
    {"[[[[[[[[]]]]]]]]", "[ [ [ [ [ [ [ [ ] ] ] ] ] ] ] ]"},
    {"[{\"a\":[[]]},[]]", "[ { k:a [ [ ] ] } [ ] ]"},
    {"[\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"]", "[ \"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80 ]"},
};

static void accepts(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    for (size_t n = 0; n < IGD_COUNT(accepted); n++) {
        igd_json_reader reader;
        igd_str text = igd_str_from(accepted[n].text);
        assert_string_equal(events_of(mem, text, &reader), accepted[n].events);
        /* Every container or string that is cut is refused. */
        char last = text.ptr[text.len - 1];
        for (size_t len = 0; len < text.len && (last == ']' || last == '}' || last == '"'); len++) {
            events_of(mem, (igd_str){text.ptr, len}, &reader);
            assert_int_equal(reader.event, IGD_JSON_ERROR);
        }
    }
}

static const struct {
    const char *text;
    uint32_t line, column;
    const char *why;
} refused[] = {
    {"", 1, 1, "text ends"},
    {" \n ", 2, 2, "text ends"},
    {"\xEF\xBB\xBF", 1, 1, "text ends"},
    {"\xEF\xBB\xBF\xEF\xBB\xBFnull", 1, 1, "value"},
    {" \xEF\xBB\xBFnull", 1, 2, "value"},
    {"nul", 1, 1, "value"},
    {"True", 1, 1, "value"},
    {"NaN", 1, 1, "value"},
    {"-Infinity", 1, 2, "digit"},
    {"nullx", 1, 5, "behind"},
    {"1 2", 1, 3, "behind"},
    {"[] []", 1, 4, "behind"},
    {"{}\n\n x", 3, 2, "behind"},
    {"01", 1, 1, "leading zero"},
    {"-01", 1, 2, "leading zero"},
    {"00", 1, 1, "leading zero"},
    {"+1", 1, 1, "value"},
    {".5", 1, 1, "value"},
    {"1.", 1, 3, "digit"},
    {"1.e1", 1, 3, "digit"},
    {"1e", 1, 3, "digit"},
    {"1e+", 1, 4, "digit"},
    {"-", 1, 2, "digit"},
    {"0x1", 1, 2, "behind"},
    {"[1,]", 1, 4, "comma"},
    {"[,1]", 1, 2, "value"},
    {"[1,,2]", 1, 4, "value"},
    {"[1 2]", 1, 4, "']'"},
    {"[1}", 1, 3, "']'"},
    {"{\"a\":1]", 1, 7, "'}'"},
    {"]", 1, 1, "value"},
    {"[\n  1,\n  x\n]", 3, 3, "value"},
    {"{\"a\":1,}", 1, 8, "comma"},
    {"{\"a\",1}", 1, 5, "':'"},
    {"{\"a\"", 1, 5, "':'"},
    {"{\"a\":", 1, 6, "text ends"},
    {"{\"a\":}", 1, 6, "value"},
    {"{a:1}", 1, 2, "key"},
    {"{1:1}", 1, 2, "key"},
    {"{'a':1}", 1, 2, "key"},
    {"{\"a\":1,", 1, 8, "text ends"},
    {"{,}", 1, 2, "key"},
    {"[", 1, 2, "text ends"},
    {"[1", 1, 3, "text ends"},
    {"// c\n1", 1, 1, "value"},
    {"[1 /* c */]", 1, 4, "']'"},
    {"\"abc", 1, 1, "not closed"},
    {"\"abc\\\"", 1, 1, "not closed"},
    {"\"a\nb\"", 1, 3, "control"},
    {"\"a\tb\"", 1, 3, "control"},
    {"\"\x1F\"", 1, 2, "control"},
    {"\"\\x\"", 1, 2, "escape"},
    {"\"\\'\"", 1, 2, "escape"},
    {"\"\\", 1, 2, "escape"},
    {"\"\\U0041\"", 1, 2, "escape"},
    {"\"\\u12\"", 1, 2, "hex"},
    {"\"\\u12g4\"", 1, 2, "hex"},
    {"\"\\u-123\"", 1, 2, "hex"},
    {"\"\\u12", 1, 2, "hex"},
    {"\"ab\\uD800\"", 1, 4, "surrogate"},
    {"\"\\uDC00\"", 1, 2, "surrogate"},
    {"\"\\uDBFFx\"", 1, 2, "surrogate"},
    {"\"\\uD83D\\u0041\"", 1, 2, "surrogate"},
    {"\"\\uD83D\\uD83D\"", 1, 2, "surrogate"},
    {"\"\\uD83D\\n00000\"", 1, 2, "surrogate"},
    {"\"\\uD83D\\uDE0\"", 1, 2, "surrogate"},
    {"\"\x80\"", 1, 2, "UTF-8"},
    {"\"\xC0\x80\"", 1, 2, "UTF-8"},
    {"\"\xED\xA0\x80\"", 1, 2, "UTF-8"},
    {"\"\xF4\x90\x80\x80\"", 1, 2, "UTF-8"},
    {"\"\xE2\x82\"", 1, 2, "UTF-8"},
    {"\"12345678\xFF\"", 1, 10, "UTF-8"},
    {"\xC3\xA4", 1, 1, "value"},
    {"[[[[[[[[[", 1, 9, "deep"},
    {"[[[[[[[[{", 1, 9, "deep"},
    {"\f1", 1, 1, "value"},
    {"\xC2\xA0"
     "1",
     1, 1, "value"},
};

static void refuses(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    for (size_t n = 0; n < IGD_COUNT(refused); n++) {
        igd_json_reader reader;
        events_of(mem, igd_str_from(refused[n].text), &reader);
        if (reader.event != IGD_JSON_ERROR || !strstr(reader.error, refused[n].why) ||
            reader.line != refused[n].line || reader.column != refused[n].column)
            fail_msg("%s: got %u:%u %s", refused[n].text, reader.line, reader.column,
                     reader.event == IGD_JSON_ERROR ? reader.error : "accepted");
    }
    igd_json_reader reader;
    events_of(mem, (igd_str){"1\0", 2}, &reader);
    assert_int_equal(reader.event, IGD_JSON_ERROR);
    events_of(mem, (igd_str){"\"\\\0\"", 4}, &reader);
    assert_int_equal(reader.event, IGD_JSON_ERROR);
}

static void assert_decodes(igd_arena *mem, const char *json, igd_str expected)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, igd_str_from(json), mem, 0);
    assert_int_equal(igd_json_next(&reader), IGD_JSON_STRING);
    assert_int_equal(reader.text.len, expected.len);
    assert_memory_equal(reader.text.ptr, expected.ptr, expected.len);
    assert_int_equal(igd_json_next(&reader), IGD_JSON_END);
}

static void escapes(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    assert_decodes(mem, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", IGD_STR("\"\\/\b\f\n\r\t"));
    assert_decodes(mem, "\"a\\u0000b\"", (igd_str){"a\0b", 3});
    assert_decodes(mem, "\"\\u007F\\u0080\\u07ff\"", IGD_STR("\x7F\xC2\x80\xDF\xBF"));
    assert_decodes(mem, "\"\\u0800\\uD7FF\\uE000\\uFFFF\"",
                   IGD_STR("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"));
    assert_decodes(mem, "\"x\\uD800\\uDC00y\"", IGD_STR("x\xF0\x90\x80\x80y"));
    assert_decodes(mem, "\"\\udbff\\udfff\"", IGD_STR("\xF4\x8F\xBF\xBF"));
    assert_decodes(mem, "\"\\uD83D\\uDE00\"", IGD_STR("\xF0\x9F\x98\x80"));
    assert_decodes(mem, "\"\\\\u0041\"", IGD_STR("\\u0041"));
}

static void strings_without_escapes_are_views(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const char *json = "[\"abc\"]";
    igd_json_reader reader;
    igd_json_reader_init(&reader, igd_str_from(json), mem, 1);
    igd_json_next(&reader);
    assert_int_equal(igd_json_next(&reader), IGD_JSON_STRING);
    assert_ptr_equal(reader.text.ptr, json + 2);
    assert_int_equal(reader.column, 2);
}

/* Every special byte at every phase of the scan over eight bytes. */
static void long_strings(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    for (int byte = 0; byte < 256; byte++) {
        for (uint32_t at = 0; at < 20; at++) {
            char json[32];
            memset(json, '!', sizeof(json)); /* what follows 0x20 closest */
            json[0] = json[31] = '"';
            json[1 + at] = (char)byte;
            igd_json_reader reader;
            events_of(mem, (igd_str){json, sizeof(json)}, &reader);
            bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            assert_int_equal(reader.event, plain ? IGD_JSON_END : IGD_JSON_ERROR);
            if (!plain)
                assert_int_equal(reader.column, byte == '"' ? at + 3 : at + 2);
        }
    }
}

static void places_of_events(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    static const uint32_t places[][2] = {{1, 1}, {2, 3}, {2, 9}, {3, 4}, {3, 6}, {4, 1}, {5, 1}};
    igd_json_reader reader;
    igd_json_reader_init(&reader, IGD_STR("{\r\n  \"a\" : [\n\t\r 1,2\n]\n}"), mem, 2);
    for (size_t n = 0; n < IGD_COUNT(places); n++) {
        igd_json_next(&reader);
        assert_int_equal(reader.line, places[n][0]);
        assert_int_equal(reader.column, places[n][1]);
    }
    assert_int_equal(igd_json_next(&reader), IGD_JSON_END);
}

static void assert_rest(const char *text, const char *rest)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_json_reader reader;
    igd_json_reader_init(&reader, igd_str_from(text), mem, 4);
    igd_json_allow_rest(&reader);
    while (igd_json_next(&reader) != IGD_JSON_END)
        assert_int_not_equal(reader.event, IGD_JSON_ERROR);
    assert_true(igd_str_is(igd_json_rest(&reader), rest));
}

static void rest_is_allowed(void **state)
{
    (void)state;
    assert_rest("{\"a\":[1]}\n# text", "\n# text");
    assert_rest(" [1] [2]", " [2]");
    assert_rest("\"a\"b", "b");
    assert_rest("12,3", ",3");
    assert_rest("null", "");
}

static void depth_limits(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_json_reader reader;
    igd_json_reader_init(&reader, IGD_STR("[]"), mem, 0);
    assert_int_equal(igd_json_next(&reader), IGD_JSON_ERROR);
    igd_json_reader_init(&reader, IGD_STR("[]"), mem, UINT32_MAX); /* takes no more than it needs */
    assert_int_equal(igd_json_next(&reader), IGD_JSON_ARRAY_START);
    igd_json_reader_init(&reader, (igd_str){NULL, 0}, mem, 1);
    assert_int_equal(igd_json_next(&reader), IGD_JSON_ERROR);
    assert_true(igd_arena_bytes(mem) < 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts),         cmocka_unit_test(refuses),
        cmocka_unit_test(escapes),         cmocka_unit_test(strings_without_escapes_are_views),
        cmocka_unit_test(long_strings),    cmocka_unit_test(places_of_events),
        cmocka_unit_test(rest_is_allowed), cmocka_unit_test(depth_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
