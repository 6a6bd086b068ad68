/*
 * Values: parsing by kind, canonical text, equality, copies.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cmocka.h"
#include "schema/value.h"

static igd_arena *mem;

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
    return 0;
}

static igd_value parsed(igd_kind kind, const char *text)
{
    igd_value value;
    const char *why = igd_value_parse(kind, igd_str_from(text), mem, &value);
    if (why)
        fail_msg("'%s' %s", text, why);
    return value;
}

static void expect_text(const igd_value *value, const char *expected)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_buf_puts(&out, "<");
    igd_value_write(value, &out);
    assert_true(igd_str_is(igd_str_sub(igd_buf_view(&out), 1, out.len), expected));
    assert_true(igd_str_is(igd_value_text(value, mem), expected));
}

static void canonical_texts(void **state)
{
    (void)state;
    static const struct {
        igd_kind kind;
        const char *text, *canonical;
    } table[] = {
        {IGD_STRING, "", ""},
        {IGD_STRING, " a\n", " a\n"},
        {IGD_RAW, "07", "07"},
        {IGD_INT, "+5", "5"},
        {IGD_INT, "-0", "0"},
        {IGD_INT, "-0.0", "0"},
        {IGD_INT, "1e3", "1000"},
        {IGD_INT, "9007199254740993.0", "9007199254740993"},
        {IGD_INT, "-9223372036854775808", "-9223372036854775808"},
        {IGD_INT, "9223372036854775807", "9223372036854775807"},
        {IGD_FLOAT, "1.50", "1.5"},
        {IGD_FLOAT, "-0.0", "0"},
        {IGD_FLOAT, "-1e-400", "0"},
        {IGD_FLOAT, "1E3", "1000"},
        {IGD_FLOAT, "9007199254740993", "9007199254740992"},
        {IGD_FLOAT, "1e-7", "1e-7"},
        {IGD_BOOL, "true", "true"},
        {IGD_BOOL, "false", "false"},
        {IGD_DATE, "2024-02-29", "2024-02-29"},
        {IGD_TIME, "10:00", "10:00:00"},
        {IGD_DATETIME, "2024-02-29", "2024-02-29T00:00:00Z"},
        {IGD_JSON, " { \"b\" : 1.0, \"a\":[ ] } ", "{\"a\":[],\"b\":1}"},
    };
    for (size_t n = 0; n < IGD_COUNT(table); n++) {
        igd_value value = parsed(table[n].kind, table[n].text);
        assert_int_equal(value.kind, table[n].kind);
        expect_text(&value, table[n].canonical);
    }
    expect_text(&IGD_VALUE_NULL, "");
}

static void refused_texts(void **state)
{
    (void)state;
    static const struct {
        igd_kind kind;
        const char *text, *why;
    } table[] = {
        {IGD_INT, "5.5", "is not an integer"},
        {IGD_INT, "", "is not an integer"},
        {IGD_INT, "five", "is not an integer"},
        {IGD_INT, "0x10", "is not an integer"},
        {IGD_INT, "9223372036854775808", "is outside the range of 64-bit integers"},
        {IGD_INT, "-9223372036854775809.0", "is outside the range of 64-bit integers"},
        {IGD_FLOAT, "1e400", "is outside the range of a double"},
        {IGD_FLOAT, "-1.7976931348623159e308", "is outside the range of a double"},
        {IGD_FLOAT, "nan", "is not a number"},
        {IGD_FLOAT, "inf", "is not a number"},
        {IGD_FLOAT, ".inf", "is not a number"},
        {IGD_FLOAT, "1,5", "is not a number"},
        {IGD_BOOL, "True", "is not true or false"},
        {IGD_BOOL, "1", "is not true or false"},
        {IGD_BOOL, "", "is not true or false"},
        {IGD_JSON, "{", "is not valid JSON"},
        {IGD_JSON, "", "is not valid JSON"},
        {IGD_NULL, "", "has no type"},
    };
    for (size_t n = 0; n < IGD_COUNT(table); n++) {
        igd_value value = igd_value_int(42);
        const char *why = igd_value_parse(table[n].kind, igd_str_from(table[n].text), mem, &value);
        if (!why)
            fail_msg("'%s' was taken", table[n].text);
        assert_string_equal(why, table[n].why);
        assert_true(value.kind == IGD_INT && value.integer == 42);
    }
}

static void floats(void **state)
{
    (void)state;
    igd_value value = igd_value_int(1);
    assert_false(igd_value_float(HUGE_VAL, IGD_STR(""), &value));
    assert_false(igd_value_float(-HUGE_VAL, IGD_STR(""), &value));
    assert_false(igd_value_float(nan(""), IGD_STR(""), &value));
    assert_int_equal(value.kind, IGD_INT);
    assert_true(igd_value_float(-0.0, IGD_STR("-0.0"), &value));
    assert_false(signbit(value.number));
    assert_true(igd_str_is(value.text, "-0.0"));

    /* The source's text stays, for decimal columns, but the double is what counts. */
    igd_value a = parsed(IGD_FLOAT, "0.10");
    igd_value b = parsed(IGD_FLOAT, "1e-1");
    igd_value c;
    assert_true(igd_value_float(0.1, IGD_STR(""), &c));
    assert_true(igd_str_is(a.text, "0.10"));
    assert_true(igd_str_is(b.text, "1e-1"));
    assert_true(igd_value_eq(&a, &b) && igd_value_eq(&a, &c));
}

static void equality(void **state)
{
    (void)state;
    const igd_value values[] = {
        IGD_VALUE_NULL,
        igd_value_string(IGD_STR("")),
        igd_value_string(IGD_STR("1")),
        igd_value_string(IGD_STR("1\0")),
        igd_value_int(1),
        igd_value_int(0),
        igd_value_bool(true),
        igd_value_bool(false),
        parsed(IGD_FLOAT, "1"),
        parsed(IGD_FLOAT, "1.0000000000000002"),
        parsed(IGD_JSON, "1"),
        parsed(IGD_RAW, "1"),
        parsed(IGD_DATE, "2024-01-01"),
        parsed(IGD_DATETIME, "2024-01-01"),
    };
    for (size_t a = 0; a < IGD_COUNT(values); a++)
        for (size_t b = 0; b < IGD_COUNT(values); b++)
            assert_int_equal(igd_value_eq(&values[a], &values[b]), a == b);
    igd_value empty = igd_value_string((igd_str){NULL, 0});
    assert_true(igd_value_eq(&empty, &values[1]));
    igd_value null = {.kind = IGD_NULL, .integer = 7};
    assert_true(igd_value_eq(&null, &values[0]));
}

static void copies_live_on(void **state)
{
    (void)state;
    static const struct {
        igd_kind kind;
        const char *text;
    } table[] = {
        {IGD_STRING, ""},   {IGD_STRING, "text"},     {IGD_INT, "-7"},          {IGD_FLOAT, "1.50"},
        {IGD_BOOL, "true"}, {IGD_DATE, "2024-01-01"}, {IGD_JSON, "{\"a\": 1}"}, {IGD_RAW, "raw"},
    };
    for (size_t n = 0; n < IGD_COUNT(table); n++) {
        igd_str text = igd_str_from(table[n].text);
        char *bytes = igd_xmalloc(text.len);
        memcpy(bytes, text.ptr, text.len);
        igd_arena *other = igd_arena_new();
        igd_value value;
        assert_null(igd_value_parse(table[n].kind, (igd_str){bytes, text.len}, other, &value));
        igd_value copy = igd_value_copy(&value, mem);
        assert_true(igd_value_eq(&value, &copy));
        igd_arena_free(other);
        free(bytes);
        igd_value again = parsed(table[n].kind, table[n].text);
        assert_true(igd_value_eq(&copy, &again));
        if (table[n].kind == IGD_FLOAT)
            assert_true(igd_str_is(copy.text, "1.50"));
    }
    igd_value null = igd_value_copy(&IGD_VALUE_NULL, mem);
    assert_int_equal(null.kind, IGD_NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_texts), cmocka_unit_test(refused_texts),
        cmocka_unit_test(floats),          cmocka_unit_test(equality),
        cmocka_unit_test(copies_live_on),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
