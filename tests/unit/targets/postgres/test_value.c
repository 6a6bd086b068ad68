/*
 * Values as the server shows them, and what it cannot hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/postgres/postgres.h"

static igd_arena *mem;

static int setup(void **state IGD_UNUSED)
{
    mem = igd_arena_new();
    return 0;
}

static int teardown(void **state IGD_UNUSED)
{
    igd_arena_free(mem);
    return 0;
}

/* `wanted` in "<>" is raw. */
static void need_value(igd_kind kind, const char *shown, const char *wanted)
{
    igd_value value = igd_pg_value(kind, igd_str_from(shown), mem);
    bool raw = value.kind == IGD_RAW;
    igd_str text = igd_value_text(&value, mem);
    igd_str got = igd_arena_printf(mem, raw ? "<%.*s>" : "%.*s", IGD_STR_ARG(text));
    assert_string_equal(got.ptr, wanted);
    assert_true(raw || value.kind == kind);
}

static void scalars(void **state IGD_UNUSED)
{
    need_value(IGD_STRING, "it's", "it's");
    need_value(IGD_STRING, "", "");
    need_value(IGD_INT, "-9223372036854775808", "-9223372036854775808");
    need_value(IGD_BOOL, "t", "true");
    need_value(IGD_BOOL, "f", "false");
    need_value(IGD_BOOL, "yes", "<yes>");
    need_value(IGD_FLOAT, "1e+21", "1e+21");
    need_value(IGD_FLOAT, "1e-07", "1e-7");
    need_value(IGD_FLOAT, "1e+15", "1000000000000000");
    need_value(IGD_FLOAT, "-0", "0");
    need_value(IGD_FLOAT, "5e-324", "5e-324");
    need_value(IGD_FLOAT, "Infinity", "<Infinity>");
    need_value(IGD_FLOAT, "NaN", "<NaN>");
}

static void times(void **state IGD_UNUSED)
{
    need_value(IGD_DATE, "0001-01-01", "0001-01-01");
    need_value(IGD_DATE, "9999-12-31", "9999-12-31");
    need_value(IGD_DATE, "10000-01-01", "<10000-01-01>");
    need_value(IGD_DATE, "0044-03-15 BC", "<0044-03-15 BC>");
    need_value(IGD_DATE, "infinity", "<infinity>");
    need_value(IGD_TIME, "12:00:00", "12:00:00");
    need_value(IGD_TIME, "12:00:00.5", "12:00:00.500000");
    need_value(IGD_TIME, "24:00:00", "<24:00:00>");
    need_value(IGD_DATETIME, "2024-02-29 12:00:00.5+00", "2024-02-29T12:00:00.500000Z");
    need_value(IGD_DATETIME, "2024-02-29 12:00:00+00", "2024-02-29T12:00:00Z");
    need_value(IGD_DATETIME, "0001-01-01 00:00:00+00", "0001-01-01T00:00:00Z");
    need_value(IGD_DATETIME, "10000-01-01 00:00:00+00", "<10000-01-01 00:00:00+00>");
    need_value(IGD_DATETIME, "0044-03-15 12:00:00+00 BC", "<0044-03-15 12:00:00+00 BC>");
    need_value(IGD_DATETIME, "-infinity", "<-infinity>");
}

static void documents(void **state IGD_UNUSED)
{
    need_value(IGD_JSON, "{\"b\": 1, \"aa\": [1, null]}", "{\"aa\":[1,null],\"b\":1}");
    need_value(IGD_JSON, "1.50", "1.5");
    need_value(IGD_JSON, "0.0000001", "1e-7");
    need_value(IGD_JSON, "12345678901234567890", "12345678901234567890");
    /* Doubles have lost their exponents. */
    need_value(IGD_JSON, "1000000000000000000000", "1e+21");
    need_value(IGD_JSON, "-1250000000000000000000", "-1.25e+21");
    need_value(IGD_JSON, "[1000000000000000000000, \"1000000000000000000000\", 2]",
               "[1e+21,\"1000000000000000000000\",2]");
    need_value(IGD_JSON, "{\"\\\"1000000000000000000000\": 1000000000000000000000}",
               "{\"\\\"1000000000000000000000\":1e+21}");
    /* These are none: more digits than a double's text has. */
    need_value(IGD_JSON, "1000000000000000000001", "1000000000000000000001");
    need_value(IGD_JSON, "100000000000000000000", "100000000000000000000");
    need_value(IGD_JSON, "1234567890123456789012345", "1234567890123456789012345");
    igd_buf large = IGD_BUF_INIT;
    igd_buf_puts(&large, "17976931348623157");
    for (int n = 0; n < 292; n++)
        igd_buf_byte(&large, '0');
    need_value(IGD_JSON, large.ptr, "1.7976931348623157e+308");
    igd_buf_byte(&large, '0'); /* beyond the doubles */
    need_value(IGD_JSON, large.ptr, large.ptr);
    igd_buf_free(&large);
}

static igd_table *table_of(igd_kind kind, bool key_text)
{
    igd_table *table = IGD_NEW(mem, igd_table);
    table->columns = IGD_NEW_ARRAY(mem, igd_column, 2);
    table->column_count = 2;
    table->key_count = 1;
    table->columns[0].type.kind = IGD_STRING;
    table->columns[1].type.kind = kind;
    table->columns[1].key_text = key_text;
    return table;
}

static const char *why_string(igd_str text, size_t column, bool key_text)
{
    igd_value value = igd_value_string(text);
    return igd_pg_unsupported(table_of(IGD_STRING, key_text), column, &value);
}

static void long_and_odd_strings(void **state IGD_UNUSED)
{
    igd_str longest = {igd_arena_zero(mem, 3000), 2600}, longer = {longest.ptr, 2601};
    memset((char *)longest.ptr, 'x', 3000);
    assert_null(why_string(longest, 0, false));
    assert_non_null(why_string(longer, 0, false));
    assert_null(why_string(longer, 1, false));
    assert_non_null(why_string(longer, 1, true));
    assert_null(why_string(IGD_STR(""), 0, false));
    assert_non_null(why_string(IGD_STR("a\0b"), 1, false));
    assert_null(why_string(IGD_STR("\\u0000"), 1, false));
}

static const char *why_json(const char *text)
{
    igd_value value = {.kind = IGD_JSON, .text = igd_str_from(text)};
    return igd_pg_unsupported(table_of(IGD_JSON, false), 1, &value);
}

static void odd_documents(void **state IGD_UNUSED)
{
    assert_null(why_json("{\"a\":[1,1e+21,12345678901234567890]}"));
    assert_non_null(why_json("[\"a\\u0000b\"]"));
    assert_non_null(why_json("{\"\\\\\\u0000\":1}"));
    assert_null(why_json("[\"a\\\\u0000b\"]"));
    assert_non_null(why_json("[1000000000000000000000]"));
    assert_null(why_json("[\"1000000000000000000000\"]"));
    assert_null(why_json("[1000000000000000000001]"));
    igd_buf large = IGD_BUF_INIT;
    for (int n = 0; n < 131072; n++)
        igd_buf_byte(&large, '7');
    assert_null(why_json(large.ptr));
    igd_buf_byte(&large, '7');
    assert_non_null(why_json(large.ptr));
    igd_buf_free(&large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars),       cmocka_unit_test(times),
        cmocka_unit_test(documents),     cmocka_unit_test(long_and_odd_strings),
        cmocka_unit_test(odd_documents),
    };
    return cmocka_run_group_tests_name("postgres values", tests, setup, teardown);
}
