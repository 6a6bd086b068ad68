/*
 * Where fields stand, in files of one record and of several.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "ingitdb/record_place.h"

static void need_place(const igd_format *format, igd_record_type type, const char *text,
                       uint32_t record_line, uint32_t line, uint32_t column)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_definition definition = {.model = {.record_type = type}, .format = format};
    IGD_PUSH(mem, &definition.columns_order, IGD_STR("a"));
    IGD_PUSH(mem, &definition.columns_order, IGD_STR("b"));
    igd_parsed_file file = igd_record_parse(&definition, IGD_STR("x"), igd_str_from(text), mem);
    uint32_t at = 0, in = 0;
    bool found = igd_record_place(&file, record_line, IGD_STR("b"), &at, &in);
    assert_int_equal(found, line != 0);
    assert_int_equal(at, line);
    assert_int_equal(in, column);
}

static void one_record(void **state)
{
    (void)state;
    need_place(&igd_format_yaml, IGD_RECORD_SINGLE, "a: 1\nb: two\n", 1, 2, 4);
    need_place(&igd_format_yaml, IGD_RECORD_SINGLE, "a: 1\n", 1, 0, 0);
    need_place(&igd_format_yaml, IGD_RECORD_SINGLE, "a: [\n", 1, 0, 0);
    need_place(&igd_format_json, IGD_RECORD_SINGLE, "{\"a\": 1,\n \"b\": 2}", 1, 2, 7);
}

static void several_records(void **state)
{
    (void)state;
    need_place(&igd_format_yaml, IGD_RECORD_LIST, "- a: 1\n  b: 2\n- a: 3\n  b: 4\n", 3, 4, 6);
    need_place(&igd_format_yaml, IGD_RECORD_LIST, "- a: 1\n  b: 2\n", 9, 0, 0);
    need_place(&igd_format_yaml, IGD_RECORD_MAP, "x:\n  b: 1\ny:\n  b: 2\n", 3, 4, 6);
    need_place(&igd_format_csv, IGD_RECORD_LIST, "a,b\n1,2\n3,4\n", 3, 3, 3);
    need_place(&igd_format_jsonl, IGD_RECORD_LIST, "{\"b\": 1}\n{\"b\": 2}\n", 2, 2, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_record),
        cmocka_unit_test(several_records),
    };
    return cmocka_run_group_tests_name("record_place", tests, NULL, NULL);
}
