/*
 * Golden table of plain scalars: what gopkg.in/yaml.v3 makes of them, row by row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "cmocka.h"
#include "ingitdb/yaml.h"

static const struct {
    const char *plain;
    igd_node_kind kind;
    const char *text; /* NULL: as written */
} rows[] = {
    /* null */
    {"", IGD_NODE_NULL, NULL},
    {"~", IGD_NODE_NULL, NULL},
    {"null", IGD_NODE_NULL, NULL},
    {"Null", IGD_NODE_NULL, NULL},
    {"NULL", IGD_NODE_NULL, NULL},
    {"nULL", IGD_NODE_STRING, NULL},
    {"nil", IGD_NODE_STRING, NULL},
    {"~~", IGD_NODE_STRING, NULL},
    /* bool: six words; those of YAML 1.1 are text */
    {"true", IGD_NODE_BOOL, "true"},
    {"True", IGD_NODE_BOOL, "true"},
    {"TRUE", IGD_NODE_BOOL, "true"},
    {"false", IGD_NODE_BOOL, "false"},
    {"False", IGD_NODE_BOOL, "false"},
    {"FALSE", IGD_NODE_BOOL, "false"},
    {"tRUE", IGD_NODE_STRING, NULL},
    {"NO", IGD_NODE_STRING, NULL},
    {"no", IGD_NODE_STRING, NULL},
    {"yes", IGD_NODE_STRING, NULL},
    {"on", IGD_NODE_STRING, NULL},
    {"off", IGD_NODE_STRING, NULL},
    {"y", IGD_NODE_STRING, NULL},
    {"n", IGD_NODE_STRING, NULL},
    /* decimal integers; '_' is ignored behind the first byte */
    {"0", IGD_NODE_NUMBER, "0"},
    {"12", IGD_NODE_NUMBER, "12"},
    {"+12", IGD_NODE_NUMBER, "12"},
    {"-12", IGD_NODE_NUMBER, "-12"},
    {"1_000", IGD_NODE_NUMBER, "1000"},
    {"1__0", IGD_NODE_NUMBER, "10"},
    {"1_", IGD_NODE_NUMBER, "1"},
    {"-_1", IGD_NODE_NUMBER, "-1"},
    {"_1", IGD_NODE_STRING, NULL},
    {"1,000", IGD_NODE_STRING, NULL},
    {"12 ", IGD_NODE_STRING, NULL},
    {"+", IGD_NODE_STRING, NULL},
    {"-", IGD_NODE_STRING, NULL},
    {"--1", IGD_NODE_STRING, NULL},
    {"+-1", IGD_NODE_STRING, NULL},
    {"-_", IGD_NODE_STRING, NULL},
    /* 64 bits, and what is beyond them: a float, here with its digits kept (D12) */
    {"9223372036854775807", IGD_NODE_NUMBER, "9223372036854775807"},
    {"9223372036854775808", IGD_NODE_NUMBER, "9223372036854775808"},
    {"18446744073709551615", IGD_NODE_NUMBER, "18446744073709551615"},
    {"18446744073709551616", IGD_NODE_NUMBER, "18446744073709551616"},
    {"-9223372036854775808", IGD_NODE_NUMBER, "-9223372036854775808"},
    {"-9223372036854775809", IGD_NODE_NUMBER, "-9223372036854775809"},
    {"+18446744073709551615", IGD_NODE_NUMBER, "18446744073709551615"},
    /* other bases */
    {"0o7", IGD_NODE_NUMBER, "7"},
    {"0O7", IGD_NODE_NUMBER, "7"},
    {"0o8", IGD_NODE_STRING, NULL},
    {"0777", IGD_NODE_NUMBER, "511"},
    {"0123", IGD_NODE_NUMBER, "83"},
    {"007", IGD_NODE_NUMBER, "7"},
    {"00", IGD_NODE_NUMBER, "0"},
    {"0_7", IGD_NODE_NUMBER, "7"},
    {"-010", IGD_NODE_NUMBER, "-8"},
    {"089", IGD_NODE_NUMBER, "89"},
    {"0b11", IGD_NODE_NUMBER, "3"},
    {"0B1", IGD_NODE_NUMBER, "1"},
    {"0b_1", IGD_NODE_NUMBER, "1"},
    {"0b2", IGD_NODE_STRING, NULL},
    {"0x1F", IGD_NODE_NUMBER, "31"},
    {"0X1f", IGD_NODE_NUMBER, "31"},
    {"-0x1F", IGD_NODE_NUMBER, "-31"},
    {"0x_1", IGD_NODE_NUMBER, "1"},
    {"0x", IGD_NODE_STRING, NULL},
    {"0x_", IGD_NODE_STRING, NULL},
    {"0xG", IGD_NODE_STRING, NULL},
    {"0xFFFFFFFFFFFFFFFF", IGD_NODE_NUMBER, "18446744073709551615"},
    {"0x10000000000000000", IGD_NODE_STRING, NULL},
    {"-0xFFFFFFFFFFFFFFFF", IGD_NODE_STRING, NULL},
    {"01777777777777777777777", IGD_NODE_NUMBER, "18446744073709551615"},
    {"02000000000000000000000", IGD_NODE_NUMBER, "2000000000000000000000"},
    {"0b1111111111111111111111111111111111111111111111111111111111111111", IGD_NODE_NUMBER,
     "18446744073709551615"},
    /* floats, in JSON's grammar */
    {"1.5", IGD_NODE_NUMBER, "1.5"},
    {"1_000.5", IGD_NODE_NUMBER, "1000.5"},
    {"1e3", IGD_NODE_NUMBER, "1e3"},
    {"1E+3", IGD_NODE_NUMBER, "1E+3"},
    {".5", IGD_NODE_NUMBER, "0.5"},
    {"+.5", IGD_NODE_NUMBER, "0.5"},
    {"-.5e-3", IGD_NODE_NUMBER, "-0.5e-3"},
    {"1.", IGD_NODE_NUMBER, "1.0"},
    {"1.e3", IGD_NODE_NUMBER, "1.0e3"},
    {"12e03", IGD_NODE_NUMBER, "12e03"},
    {"1_e3", IGD_NODE_NUMBER, "1e3"},
    {"00.50", IGD_NODE_NUMBER, "0.50"},
    {"-012.5", IGD_NODE_NUMBER, "-12.5"},
    {"0.1000", IGD_NODE_NUMBER, "0.1000"},
    {".5_0", IGD_NODE_NUMBER, "0.50"},
    {".5e1_0", IGD_NODE_NUMBER, "0.5e10"},
    {"._5", IGD_NODE_STRING, NULL},
    {".5_", IGD_NODE_STRING, NULL},
    {".5__0", IGD_NODE_STRING, NULL},
    {".", IGD_NODE_STRING, NULL},
    {"..5", IGD_NODE_STRING, NULL},
    {"-.", IGD_NODE_STRING, NULL},
    {".e3", IGD_NODE_STRING, NULL},
    {"1e", IGD_NODE_STRING, NULL},
    {"1e+", IGD_NODE_STRING, NULL},
    {"1e5x", IGD_NODE_STRING, NULL},
    {"1.2.3", IGD_NODE_STRING, NULL},
    {"e3", IGD_NODE_STRING, NULL},
    {"1e400", IGD_NODE_STRING, NULL},
    {"-1e400", IGD_NODE_STRING, NULL},
    {".1e400", IGD_NODE_STRING, NULL},
    {"1e99999999999999999999999999", IGD_NODE_STRING, NULL},
    {"1e-99999999999999999999999999", IGD_NODE_NUMBER, "1e-99999999999999999999999999"},
    {"0e99999999999999999999999999", IGD_NODE_NUMBER, "0e99999999999999999999999999"},
    {"1.7976931348623157e308", IGD_NODE_NUMBER, "1.7976931348623157e308"},
    {"1.7976931348623159e308", IGD_NODE_STRING, NULL},
    {"0x1p-2", IGD_NODE_STRING, NULL},
    {"inf", IGD_NODE_STRING, NULL},
    {"nan", IGD_NODE_STRING, NULL},
    {".iNF", IGD_NODE_STRING, NULL},
    {"+.nan", IGD_NODE_STRING, NULL},
    /* no base 60 */
    {"1:30", IGD_NODE_STRING, NULL},
    {"190:20:30", IGD_NODE_STRING, NULL},
    {"12:30:45", IGD_NODE_STRING, NULL},
    /* timestamps, written out in full */
    {"2024-01-02", IGD_NODE_DATETIME, "2024-01-02"},
    {"2024-1-2", IGD_NODE_DATETIME, "2024-01-02"},
    {"0001-1-1", IGD_NODE_DATETIME, "0001-01-01"},
    {"2024-02-29", IGD_NODE_DATETIME, "2024-02-29"},
    {"2000-02-29", IGD_NODE_DATETIME, "2000-02-29"},
    {"2023-02-29", IGD_NODE_STRING, NULL},
    {"1900-02-29", IGD_NODE_STRING, NULL},
    {"2024-04-31", IGD_NODE_STRING, NULL},
    {"2024-13-45", IGD_NODE_STRING, NULL},
    {"2024-00-01", IGD_NODE_STRING, NULL},
    {"2024-01-00", IGD_NODE_STRING, NULL},
    {"2024-001-1", IGD_NODE_STRING, NULL},
    {"24-01-02", IGD_NODE_STRING, NULL},
    {"12024-01-02", IGD_NODE_STRING, NULL},
    {"-2024-01-02", IGD_NODE_STRING, NULL},
    {"2024-01", IGD_NODE_STRING, NULL},
    {"2024-01-", IGD_NODE_STRING, NULL},
    {"2024-01-02T03:04:05Z", IGD_NODE_DATETIME, "2024-01-02T03:04:05Z"},
    {"2024-01-02t3:4:5Z", IGD_NODE_DATETIME, "2024-01-02T03:04:05Z"},
    {"2024-1-2T03:04:05.123456789Z", IGD_NODE_DATETIME, "2024-01-02T03:04:05.123456789Z"},
    {"2024-01-02T03:04:05,5Z", IGD_NODE_DATETIME, "2024-01-02T03:04:05.5Z"},
    {"2024-01-02T03:04:05+05:30", IGD_NODE_DATETIME, "2024-01-02T03:04:05+05:30"},
    {"2024-01-02T03:04:05-05:30", IGD_NODE_DATETIME, "2024-01-02T03:04:05-05:30"},
    {"2024-01-02 03:04:05", IGD_NODE_DATETIME, "2024-01-02T03:04:05Z"},
    {"2024-01-02   3:04:05.25", IGD_NODE_DATETIME, "2024-01-02T03:04:05.25Z"},
    {"2024-01-02 03:04:05Z", IGD_NODE_STRING, NULL},
    {"2024-01-02 03:04:05+01:00", IGD_NODE_STRING, NULL},
    {"2024-01-02T03:04:05", IGD_NODE_STRING, NULL},
    {"2024-01-01T10:00", IGD_NODE_STRING, NULL},
    {"2024-01-02T03:04:05z", IGD_NODE_STRING, NULL},
    {"2024-01-02T03:04:05+0530", IGD_NODE_STRING, NULL},
    {"2024-01-02T03:04:05+5:30", IGD_NODE_STRING, NULL},
    {"2024-01-02T03:04:05.Z", IGD_NODE_STRING, NULL},
    {"2024-01-02T24:00:00Z", IGD_NODE_STRING, NULL},
    {"2024-01-02T23:60:00Z", IGD_NODE_STRING, NULL},
    {"2024-01-02T23:59:60Z", IGD_NODE_STRING, NULL},
    {"2024-01-02T03:04:05Zx", IGD_NODE_STRING, NULL},
    {"2024-01-02 ", IGD_NODE_STRING, NULL},
    {"2024-01-02x", IGD_NODE_STRING, NULL},
    /* text */
    {"<<", IGD_NODE_STRING, NULL},
    {"a", IGD_NODE_STRING, NULL},
    {"\xC3\xA9", IGD_NODE_STRING, NULL},
    {"1a", IGD_NODE_STRING, NULL},
};

static igd_node plain_node(const char *text)
{
    igd_str copy = {text[0] ? strdup(text) : NULL, strlen(text)};
    return (igd_node){.kind = IGD_NODE_PLAIN, .line = 7, .column = 9, .text = copy};
}

static void test_table(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    for (size_t n = 0; n < IGD_COUNT(rows); n++) {
        igd_node plain = plain_node(rows[n].plain), out;
        bool special = true;
        igd_yaml_resolve(&plain, mem, &out, &special);
        if (out.kind != rows[n].kind)
            fail_msg("'%s' is a %s", rows[n].plain, igd_node_kind_name(&out));
        const char *text = rows[n].text ? rows[n].text : rows[n].plain;
        if (!igd_str_is(out.text, text))
            fail_msg("'%s' is '%.*s'", rows[n].plain, IGD_STR_ARG(out.text));
        assert_int_equal(out.boolean, strcmp(text, "true") == 0);
        assert_false(special);
        assert_int_equal(out.line, 7);
        assert_int_equal(out.column, 9);
        assert_int_equal(igd_yaml_is_null(plain.text), rows[n].kind == IGD_NODE_NULL);
        free((char *)plain.text.ptr);
    }
}

static void test_special(void **state)
{
    (void)state;
    static const char *const words[] = {".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",  ".INF",
                                        "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    for (size_t n = 0; n < IGD_COUNT(words); n++) {
        igd_node plain = {.kind = IGD_NODE_PLAIN, .text = igd_str_from(words[n])}, out;
        bool special = false;
        igd_yaml_resolve(&plain, mem, &out, &special);
        assert_true(special);
        assert_int_equal(out.kind, IGD_NODE_STRING);
        assert_true(igd_str_is(out.text, words[n]));
    }
}

/* More digits than any double, and than the buffers of a quick solution. */
static void test_long_numbers(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    static char digits[100000];
    for (size_t len = 1; len <= sizeof(digits); len = len < 400 ? len + 1 : len * 5) {
        memset(digits, '9', len);
        igd_node plain = {.kind = IGD_NODE_PLAIN, .text = {digits, len}}, out;
        bool special;
        igd_yaml_resolve(&plain, mem, &out, &special);
        assert_int_equal(out.kind, len <= 308 ? IGD_NODE_NUMBER : IGD_NODE_STRING);
        assert_true(igd_str_eq(out.text, plain.text));

        digits[0] = '.';
        igd_yaml_resolve(&plain, mem, &out, &special);
        assert_int_equal(out.kind, len > 1 ? IGD_NODE_NUMBER : IGD_NODE_STRING);
    }
}

static void test_typed_bool(void **state)
{
    (void)state;
    static const struct {
        igd_node_kind kind;
        const char *text;
        int result; /* -1: no bool */
    } cases[] = {
        {IGD_NODE_PLAIN, "true", 1}, {IGD_NODE_PLAIN, "False", 0},  {IGD_NODE_PLAIN, "yes", 1},
        {IGD_NODE_PLAIN, "Y", 1},    {IGD_NODE_PLAIN, "on", 1},     {IGD_NODE_PLAIN, "NO", 0},
        {IGD_NODE_PLAIN, "n", 0},    {IGD_NODE_PLAIN, "Off", 0},    {IGD_NODE_STRING, "yes", 1},
        {IGD_NODE_STRING, "off", 0}, {IGD_NODE_STRING, "true", -1}, {IGD_NODE_PLAIN, "1", -1},
        {IGD_NODE_PLAIN, "", -1},    {IGD_NODE_PLAIN, "oui", -1},   {IGD_NODE_PLAIN, "yES", -1},
        {IGD_NODE_NUMBER, "1", -1},  {IGD_NODE_NULL, "", -1},       {IGD_NODE_MAP, "", -1},
        {IGD_NODE_BOOL, "false", 0},
    };
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        igd_node node = {.kind = cases[n].kind, .text = igd_str_from(cases[n].text)};
        bool out = false;
        int got = igd_yaml_bool(&node, &out) ? out : -1;
        if (got != cases[n].result)
            fail_msg("'%s' gives %d", cases[n].text, got);
    }
    bool out = false;
    assert_true(igd_yaml_bool(&(igd_node){.kind = IGD_NODE_BOOL, .boolean = true}, &out));
    assert_true(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_special),
        cmocka_unit_test(test_long_numbers),
        cmocka_unit_test(test_typed_bool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
