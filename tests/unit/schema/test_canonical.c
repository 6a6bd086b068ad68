/*
 * Digests as they are stored in targets, and canonical JSON.
 *
 * The expected digests were computed apart from this program, from the description of the encoding
 * in canonical.h. When one of them changes, every target looks changed: count up
 * IGD_ENCODING_VERSION, or undo it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cmocka.h"
#include "schema/canonical.h"

static igd_arena *mem;
static igd_buf scratch = {igd_buf_empty, 0, 0};

static int setup(void **state)
{
    (void)state;
    mem = igd_arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    igd_arena_free(mem);
    igd_buf_free(&scratch);
    return 0;
}

static void expect_digest(igd_digest digest, const char *expected)
{
    char hex[IGD_DIGEST_HEX];
    igd_digest_hex(digest, hex);
    assert_string_equal(hex, expected);
}

static igd_value parsed(igd_kind kind, const char *text)
{
    igd_value value;
    assert_null(igd_value_parse(kind, igd_str_from(text), mem, &value));
    return value;
}

/* A table with a column of each kind; the order of its columns is not the order of their names. */
static igd_column columns[] = {
    {.name = {"id", 2}},      {.name = {"title", 5}},       {.name = {"nothing", 7}},
    {.name = {"active", 6}},  {.name = {"population", 10}}, {.name = {"area", 4}},
    {.name = {"founded", 7}}, {.name = {"opens", 5}},       {.name = {"seen", 4}},
    {.name = {"tags", 4}},    {.name = {"odd", 3}},         {.name = {"empty", 5}},
};
/* active area empty founded nothing odd opens population seen tags title */
static uint32_t by_name[] = {3, 5, 11, 6, 2, 10, 7, 4, 8, 9, 1};
static const igd_table table = {
    .columns = columns,
    .column_count = IGD_COUNT(columns),
    .key_count = 1,
    .digest_order = by_name,
};

static void make_row(igd_value row[IGD_COUNT(columns)])
{
    row[0] = igd_value_string(IGD_STR("ie"));
    row[1] = igd_value_string(IGD_STR("\u00c9ire"));
    row[2] = IGD_VALUE_NULL;
    row[3] = igd_value_bool(true);
    row[4] = igd_value_int(-5123456);
    row[5] = parsed(IGD_FLOAT, "7.02735e4");
    row[6] = parsed(IGD_DATE, "1922-12-06");
    row[7] = parsed(IGD_TIME, "09:30");
    row[8] = parsed(IGD_DATETIME, "2024-02-29 13:00:00.5+01:00");
    row[9] = parsed(IGD_JSON, "{\"a\": [1.0, null]}");
    row[10] = parsed(IGD_RAW, "07");
    row[11] = igd_value_string((igd_str){NULL, 0});
}

static void golden_digests(void **state)
{
    (void)state;
    igd_value row[IGD_COUNT(columns)];
    make_row(row);
    expect_digest(igd_row_digest(&table, row, &scratch), "45801ac9d46fd656e667de818d990c5e");
    /* The scratch buffer's old content does not matter. */
    expect_digest(igd_row_digest(&table, row, &scratch), "45801ac9d46fd656e667de818d990c5e");

    expect_digest(igd_key_digest(row, 1, &scratch), "9fb053fbf835b6c2a5d956289f1a4bcc");
    igd_value two[] = {row[0], igd_value_string(IGD_STR("7"))};
    expect_digest(igd_key_digest(two, 2, &scratch), "d374b88e851e605e999a1f626bbc181a");

    /* A row without anything but its key is its key. */
    for (size_t n = 1; n < IGD_COUNT(columns); n++)
        row[n] = IGD_VALUE_NULL;
    expect_digest(igd_row_digest(&table, row, &scratch), "9fb053fbf835b6c2a5d956289f1a4bcc");
}

static void every_column_counts(void **state)
{
    (void)state;
    igd_value row[IGD_COUNT(columns)];
    make_row(row);
    igd_digest whole = igd_row_digest(&table, row, &scratch);
    for (size_t n = 0; n < IGD_COUNT(columns); n++) {
        igd_value kept = row[n];
        row[n] = kept.kind == IGD_NULL ? igd_value_string(IGD_STR("")) : IGD_VALUE_NULL;
        assert_false(igd_digest_eq(whole, igd_row_digest(&table, row, &scratch)));
        row[n] = kept;
        if (row[n].kind == IGD_BOOL || row[n].kind == IGD_NULL)
            continue;
        /* The same text as another kind: raw is drift even where its bytes are right. */
        row[n] = igd_value_string(igd_value_text(&kept, mem));
        row[n].kind = kept.kind == IGD_RAW ? IGD_STRING : IGD_RAW;
        assert_false(igd_digest_eq(whole, igd_row_digest(&table, row, &scratch)));
        row[n] = kept;
    }
    assert_true(igd_digest_eq(whole, igd_row_digest(&table, row, &scratch)));
}

/* Moving a byte from a value to the next, or from a name to its value, changes the digest. */
static void boundaries_count(void **state)
{
    (void)state;
    igd_value a[] = {igd_value_string(IGD_STR("ab")), igd_value_string(IGD_STR("c"))};
    igd_value b[] = {igd_value_string(IGD_STR("a")), igd_value_string(IGD_STR("bc"))};
    assert_false(igd_digest_eq(igd_key_digest(a, 2, &scratch), igd_key_digest(b, 2, &scratch)));
    assert_false(igd_digest_eq(igd_key_digest(a, 1, &scratch), igd_key_digest(a, 2, &scratch)));
}

static void sums_do_not_depend_on_order(void **state)
{
    (void)state;
    igd_digest digests[100], up = {0, 0}, down = {0, 0};
    for (size_t n = 0; n < IGD_COUNT(digests); n++) {
        igd_value key = igd_value_string(igd_arena_printf(mem, "%zu", n));
        digests[n] = igd_key_digest(&key, 1, &scratch);
        up = igd_digest_add(up, digests[n]);
    }
    for (size_t n = IGD_COUNT(digests); n-- > 0;)
        down = igd_digest_add(down, digests[n]);
    assert_true(igd_digest_eq(up, down));
    for (size_t n = 0; n < IGD_COUNT(digests); n++)
        up = igd_digest_sub(up, digests[n]);
    assert_true(igd_digest_eq(up, (igd_digest){0, 0}));
}

static void expect_number(const char *text, const char *expected)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    bool good = igd_canonical_number(igd_str_from(text), &out);
    assert_int_equal(good, expected != NULL);
    assert_string_equal(out.ptr, expected ? expected : "");
}

static void numbers(void **state)
{
    (void)state;
    expect_number("0", "0");
    expect_number("-0", "0");
    expect_number("-0.0", "0");
    expect_number("-1", "-1");
    expect_number("9007199254740993", "9007199254740993");
    expect_number("9007199254740993.0", "9007199254740992");
    expect_number("123456789012345678901234567890123456789012345",
                  "123456789012345678901234567890123456789012345");
    expect_number("1.0", "1");
    expect_number("1.10", "1.1");
    expect_number("1E2", "100");
    expect_number("1e20", "100000000000000000000");
    expect_number("1e21", "1e+21");
    expect_number("1e-400", "0");
    expect_number("1e400", NULL);
    expect_number("-1e400", NULL);
}

static void expect_json(const char *text, const char *expected)
{
    igd_str out;
    const char *why = igd_canonical_json(igd_str_from(text), mem, &out);
    if (why)
        fail_msg("%s: %s", text, why);
    if (!igd_str_is(out, expected))
        fail_msg("%s became %.*s", text, IGD_STR_ARG(out));
    igd_str again;
    assert_null(igd_canonical_json(out, mem, &again));
    assert_ptr_equal(again.ptr, out.ptr); /* canonical already: not copied */
    assert_int_equal(again.len, out.len);
}

static void canonical_json(void **state)
{
    (void)state;
    expect_json("null", "null");
    expect_json(" true ", "true");
    expect_json("\"\"", "\"\"");
    expect_json("[ ]", "[]");
    expect_json("{ }", "{}");
    expect_json("\xEF\xBB\xBF[1]", "[1]");
    expect_json("[ 1 , 2.50,\t\"a\" , null,\r\n false, [ ], {} ]",
                "[1,2.5,\"a\",null,false,[],{}]");
    expect_json("[[],[[]],{},[{}]]", "[[],[[]],{},[{}]]");
    expect_json("{\"b\": 1, \"a\": 2}", "{\"a\":2,\"b\":1}");
    expect_json("{\"a\":{},\"b\":[]}", "{\"a\":{},\"b\":[]}");
    expect_json("{\"c\":{\"z\":[{\"y\":1,\"x\":2},3],\"m\":0},\"b\":[],\"a\":null}",
                "{\"a\":null,\"b\":[],\"c\":{\"m\":0,\"z\":[{\"x\":2,\"y\":1},3]}}");
    expect_json("[{\"b\":0,\"a\":0},{\"d\":0,\"c\":0}]", "[{\"a\":0,\"b\":0},{\"c\":0,\"d\":0}]");
    expect_json("\"\\u00e9\\/\\u0041\\ud83d\\ude00\\n\\u000a\\u001F\\\"\"",
                "\"\u00e9/A\U0001F600\\n\\n\\u001f\\\"\"");
    expect_json("\"a\\u0000b\"", "\"a\\u0000b\"");
    expect_json("{\"\":1}", "{\"\":1}");
}

/* Bytes, not code units: U+1F600 sorts behind U+FB33, other than in RFC 8785. Shorter first. */
static void keys_are_ordered_by_their_bytes(void **state)
{
    (void)state;
    expect_json("{\"\U0001F600\":1,\"\uFB33\":2,\"\u00f6\":3,\"aa\":4,\"a\":5,\"B\":6,\"\":7}",
                "{\"\":7,\"B\":6,\"a\":5,\"aa\":4,\"\u00f6\":3,\"\uFB33\":2,\"\U0001F600\":1}");
    /* What counts is the key, not how it was written: "a" < "z", and \u0009 before a quote. */
    expect_json("{\"z\":1,\"\\u0061\":2}", "{\"a\":2,\"z\":1}");
    expect_json("{\"\\\"\":1,\"\\u0009\":2}", "{\"\\t\":2,\"\\\"\":1}");
}

static void expect_refused(const char *text, const char *reason)
{
    igd_str out = IGD_STR("untouched");
    const char *why = igd_canonical_json(igd_str_from(text), mem, &out);
    if (!why)
        fail_msg("%s was taken", text);
    assert_string_equal(why, reason);
    assert_true(igd_str_is(out, "untouched"));
}

static void json_without_canonical_form(void **state)
{
    (void)state;
    static const char duplicate[] = "has an object with a duplicate key";
    expect_refused("{\"a\":1,\"a\":1}", duplicate);
    expect_refused("{\"a\":1,\"\\u0061\":1}", duplicate);
    expect_refused("{\"b\":1,\"a\":1,\"b\":2}", duplicate);
    expect_refused("{\"a\":1,\"c\":1,\"b\":1,\"a\":2}", duplicate);
    expect_refused("[{\"x\":{\"b\":1,\"a\":1,\"b\":2}}]", duplicate);
    expect_refused("[1e400]", "has a number outside the range of a double");
    expect_refused("", "is not valid JSON");
    expect_refused("[1,]", "is not valid JSON");
    expect_refused("{\"a\":1} x", "is not valid JSON");
    expect_refused("[01]", "is not valid JSON");
    expect_refused("\"\\ud800\"", "is not valid JSON");
    expect_refused("\"\xff\"", "is not valid JSON");
    expect_refused("NaN", "is not valid JSON");
    expect_refused("{\"b\":1,\"a\":", "is not valid JSON");
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    for (int object = 0; object < 2; object++)
        for (size_t depth = 63; depth <= 66; depth++) {
            IGD_CLEANUP(igd_buf)
            igd_buf text = IGD_BUF_INIT;
            for (size_t n = 0; n < depth; n++)
                igd_buf_puts(&text, !object ? "[" : n < depth - 1 ? "{\"a\":" : "{");
            for (size_t n = 0; n < depth; n++)
                igd_buf_byte(&text, object ? '}' : ']');
            igd_str out;
            const char *why = igd_canonical_json(igd_buf_view(&text), mem, &out);
            if (depth <= IGD_CANONICAL_DEPTH)
                assert_null(why);
            else
                assert_string_equal(why, "is nested too deeply");
        }
}

static void many_members(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf sorted = IGD_BUF_INIT;
    for (int n = 0; n < COUNT; n++) /* 7 and 1000 have no common divisor: each key once */
        igd_buf_printf(&text, "%s\"%03d\":{\"y\":%d,\"x\":[]}", n ? "," : "{", n * 7 % COUNT, n);
    igd_buf_byte(&text, '}');
    for (int n = 0; n < COUNT; n++) /* 7 * 143 = 1 modulo 1000 */
        igd_buf_printf(&sorted, "%s\"%03d\":{\"x\":[],\"y\":%d}", n ? "," : "{", n,
                       n * 143 % COUNT);
    igd_buf_byte(&sorted, '}');
    expect_json(text.ptr, sorted.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_digests),
        cmocka_unit_test(every_column_counts),
        cmocka_unit_test(boundaries_count),
        cmocka_unit_test(sums_do_not_depend_on_order),
        cmocka_unit_test(numbers),
        cmocka_unit_test(canonical_json),
        cmocka_unit_test(keys_are_ordered_by_their_bytes),
        cmocka_unit_test(json_without_canonical_form),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(many_members),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
