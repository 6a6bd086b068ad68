/*
 * Texts and values in reports: whatever bytes they have, one clean line, valid JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cli/report_value.h"
#include "cmocka.h"

static void need_clean(const char *text, size_t most, const char *wanted)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_report_clean(&out, igd_str_from(text), most);
    assert_string_equal(out.ptr, wanted);
}

static void clean_lines(void **state)
{
    (void)state;
    need_clean("", 0, "");
    need_clean("a\nb\tc\rd", 0, "a\\nb\\tc\\x0dd");
    need_clean("\033[31m\177", 0, "\\x1b[31m\\x7f");
    need_clean("\xc2\x9b"
               "31m",
               0, "\\xc2\\x9b31m"); /* CSI in one character */
    need_clean("\xc2\xa0\xc3\xa9\xf0\x9f\x98\x80", 0, "\xc2\xa0\xc3\xa9\xf0\x9f\x98\x80");
    need_clean("a\xff\xc3", 0, "a\\xff\\xc3");
    need_clean("\xed\xa0\x80", 0, "\\xed\\xa0\\x80"); /* a surrogate */
}

static void cut_between_characters(void **state)
{
    (void)state;
    need_clean("abc", 3, "abc");
    need_clean("abcd", 3, "abc\u2026");
    need_clean("\u00e9\u00e9\u00e9\u00e9", 3, "\u00e9\u00e9\u00e9\u2026");
    need_clean("\xff\xff\xff\xff", 3, "\\xff\\xff\\xff\u2026");
}

static void need_value(igd_value value, const char *text, const char *json)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_report_value(&out, &value);
    assert_string_equal(out.ptr, text);
    igd_buf_clear(&out);
    igd_report_value_json(&out, &value);
    assert_string_equal(out.ptr, json);
}

static void values(void **state)
{
    (void)state;
    igd_value number;
    assert_true(igd_value_float(1e21, IGD_STR(""), &number));
    need_value(IGD_VALUE_NULL, "null", "null");
    need_value(igd_value_int(INT64_MAX), "9223372036854775807", "9223372036854775807");
    need_value(igd_value_int(INT64_MIN), "-9223372036854775808", "-9223372036854775808");
    need_value(number, "1e+21", "1e+21");
    need_value(igd_value_bool(false), "false", "false");
    need_value(igd_value_string(IGD_STR("")), "\"\"", "\"\"");
    need_value(igd_value_string(IGD_STR("null")), "\"null\"", "\"null\"");
    need_value(igd_value_string(IGD_STR("a\0b")), "\"a\\x00b\"", "\"a\\u0000b\"");
    need_value(igd_value_string(IGD_STR("a\xff\"")), "\"a\\xff\"\"", "\"a\ufffd\\\"\"");
    need_value((igd_value){.kind = IGD_JSON, .text = IGD_STR("{\"a\":[1,null]}")},
               "{\"a\":[1,null]}", "{\"a\":[1,null]}");
    need_value((igd_value){.kind = IGD_DATE, .text = IGD_STR("2024-01-02")}, "2024-01-02",
               "\"2024-01-02\"");
    need_value((igd_value){.kind = IGD_RAW, .text = IGD_STR("x'00ff'")}, "x'00ff'", "\"x'00ff'\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_lines),
        cmocka_unit_test(cut_between_characters),
        cmocka_unit_test(values),
    };
    return cmocka_run_group_tests_name("report_value", tests, NULL, NULL);
}
