/*
 * The table of formats: every name finds its own, and messages name them all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "cmocka.h"
#include "ingitdb/format.h"

static void test_find(void **state)
{
    (void)state;
    igd_str rest = igd_str_from(igd_format_names()), name;
    size_t count = 0;
    while (igd_str_split(&rest, ',', &name)) {
        name = igd_str_trim(name);
        const igd_format *format = igd_format_find(name);
        assert_non_null(format);
        assert_true(igd_str_is(name, format->name));
        assert_non_null(format->parse);
        assert_true(format->stores[IGD_RECORD_SINGLE] || format->stores[IGD_RECORD_LIST] ||
                    format->stores[IGD_RECORD_MAP]);
        count++;
    }
    assert_int_equal(count, 8);
    assert_string_equal(igd_format_names(), "yaml, yml, json, jsonl, csv, toml, markdown, ingr");
}

static void test_unknown(void **state)
{
    (void)state;
    static const char *const names[] = {"", "YAML", "Json", "yaml ", "yam", "md", "xml"};
    for (size_t n = 0; n < IGD_COUNT(names); n++)
        assert_null(igd_format_find(igd_str_from(names[n])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
