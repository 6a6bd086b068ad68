/*
 * Columns: types, constraints, enums, and every way in which they can be wrong.
 */
#include "ingitdb/column.h"
#include "tests/unit/ingitdb/read_definition.h"

static void knows_aliases_of_types(void **state)
{
    (void)state;
    read_column("{type: number}");
    assert_int_equal(problems.schema_errors, 0);
    assert_str(need_warning("type 'number'")->hint, "write 'float'");
    assert_int_equal(field("c")->type.kind, IGD_FLOAT);
    read_column("{type: 'map[i18n]string'}");
    assert_str(need_warning("not its usual name")->hint, "write 'map[locale]string'");
    read_column("{type: text}");
    need_error("type 'text' of column 'c' is unknown");
    read_column("{type: '[]map[string]any'}");
    need_error("is unknown");
    read_column("{type: [string]}");
    need_error("type of column 'c' is a list, not text");
    read_column("~");
    need_error("column 'c' has no type");
    read_column("string");
    need_error("column 'c' is not a mapping");
    read_text(RECORDS "columns: {'': {type: int}}\n");
    need_error("empty name");
}

static void reads_required(void **state)
{
    (void)state;
    static const char *yes[] = {"yes", "on", "y", "true", "TRUE"};
    static const char *no[] = {"no", "off", "false", "~", "N"};
    for (size_t n = 0; n < IGD_COUNT(yes); n++) {
        read_column(igd_arena_printf(scratch, "{type: int, required: %s}", yes[n]).ptr);
        need_none(&problems);
        assert_true(field("c")->required);
        read_column(igd_arena_printf(scratch, "{type: int, required: %s}", no[n]).ptr);
        need_none(&problems);
        assert_false(field("c")->required);
    }
    read_column("{type: int, required: 1}");
    need_error("not true or false");
}

static void warns_of_expressions(void **state)
{
    (void)state;
    read_column("{type: int, formula: 'a + b', required_when: 'x > 1'}");
    assert_int_equal(problems.schema_errors, 0);
    need_warning("formula of column 'c'");
    need_warning("required_when of column 'c'");
    assert_true(field("c")->computed);
    assert_false(field("c")->required);
}

static void checks_lengths(void **state)
{
    (void)state;
    read_column("{type: string, min_length: 5, max_length: 3}");
    need_warning("no value of column 'c'");
    assert_int_equal(field("c")->min_length.value, 5);
    read_column("{type: string, length: 2, min_length: 3}");
    need_warning("no value of column 'c'");
    read_column("{type: bool, max_length: 3, length: 1}");
    need_warning("max_length of column 'c' has no effect on type 'bool'");
    assert_false(field("c")->max_length.set);
    assert_false(field("c")->length.set);
    read_column("{type: any, max_length: 3}");
    need_none(&problems);
    read_column("{type: string, min_length: -1}");
    need_warning("negative and has no effect");
    read_column("{type: string, max_length: -1}");
    need_error("max_length of column 'c' is negative");
    read_column("{type: string, max_length: 5.0}");
    need_none(&problems);
    assert_int_equal(field("c")->max_length.value, 5);
    read_column("{type: string, max_length: '5'}");
    need_error("not an integer");
    read_column("{type: string, max_length: 5.5}");
    need_error("not an integer");
    read_column("{type: string, max_length: 99999999999999999999}");
    need_error("not an integer");
    read_column("{type: string, max_length: [1]}");
    need_error("not an integer");
}

static void checks_bounds(void **state)
{
    (void)state;
    read_column("{type: float, min_value: 5, max_value: 3.5}");
    need_warning("above its max_value");
    read_column("{type: int, min_value: 0.5}");
    need_warning("has a fraction");
    assert_str(field("c")->min_value, "0.5");
    read_column("{type: int, min_value: 1e3}");
    need_none(&problems);
    read_column("{type: string, min_value: 1}");
    need_warning("no effect on type 'string'");
    assert_int_equal(field("c")->min_value.len, 0);
    read_column("{type: any, min_value: 1}");
    need_none(&problems);
    assert_str(field("c")->min_value, "1");
    read_column("{type: '[]int', min_value: 1}");
    need_warning("no effect");
    read_column("{type: float, max_value: .inf}");
    need_warning("not finite");
    assert_int_equal(field("c")->max_value.len, 0);
    read_column("{type: float, max_value: '3'}");
    need_error("not a number");
    read_column("{type: float, max_value: {}}");
    need_error("not a number");
}

static void check_allowed(const char *column, const char *expected)
{
    read_column(column);
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < field("c")->allowed.len; n++) {
        const igd_value *value = &field("c")->allowed.items[n];
        assert_int_equal(value->kind, field("c")->type.kind);
        igd_buf_puts(&text, n ? "|" : "");
        igd_value_write(value, &text);
    }
    assert_string_equal(text.ptr, expected);
}

static void reads_enums(void **state)
{
    (void)state;
    check_allowed("{type: string, enum: [a, 'b', no]}", "a|b|no");
    need_none(&problems);
    check_allowed("{type: string, enum: [01, true, a, 2024-01-01]}", "01|true|a|2024-01-01");
    assert_int_equal(problems.warnings, 3);
    need_warning("member '01' in enum of string column 'c' is taken as text");
    check_allowed("{type: int, enum: [1, 0x10, 5.0, -0, 1_000]}", "1|16|5|0|1000");
    need_none(&problems);
    check_allowed("{type: float, enum: [1, 1.50, 1.5, -0.0]}", "1|1.5|0");
    need_warning("there twice");
    check_allowed("{type: bool, enum: [true, FALSE]}", "true|false");
    check_allowed("{type: date, enum: [2024-01-31, '2024-02-01']}", "2024-01-31|2024-02-01");
    check_allowed("{type: datetime, enum: [2024-01-31T10:00:00+02:00]}", "2024-01-31T08:00:00Z");
    check_allowed("{type: time, enum: ['12:30:00']}", "12:30:00");
    check_allowed("{type: any, enum: [1, '1', true, a, [1, b], {k: 1.50}]}",
                  "1|\"1\"|true|\"a\"|[1,\"b\"]|{\"k\":1.5}");
    need_none(&problems);
    check_allowed("{type: '[]string', enum: [[a, b], []]}", "[\"a\",\"b\"]|[]");
    need_none(&problems);
    check_allowed("{type: string, enum: [a, ~]}", "a");
    need_warning("a null in enum");
    check_allowed("{type: string, enum: []}", "");
    need_warning("is empty and has no effect");
}

static void refuses_members_of_other_types(void **state)
{
    (void)state;
    static const char *bad[] = {
        "{type: int, enum: [x]}",        "{type: int, enum: ['1']}",
        "{type: int, enum: [1.5]}",      "{type: int, enum: [9223372036854775808]}",
        "{type: int, enum: [.inf]}",     "{type: float, enum: [.nan]}",
        "{type: bool, enum: ['true']}",  "{type: bool, enum: [yes]}",
        "{type: date, enum: [banana]}",  "{type: date, enum: [2024-02-30]}",
        "{type: string, enum: [[a]]}",   "{type: string, enum: [{a: b}]}",
        "{type: '[]string', enum: [a]}", "{type: 'map[string]any', enum: [[a]]}",
        "{type: any, enum: [.inf]}",     "{type: string, enum: a}",
        "{type: string, enum: {a: b}}",
    };
    for (size_t n = 0; n < IGD_COUNT(bad); n++) {
        read_column(bad[n]);
        if (problems.schema_errors != 1)
            fail_msg("%s: %zu errors", bad[n], problems.schema_errors);
        need_error("enum of column 'c'");
    }
    read_column("{type: int, enum: [1, x, 2, y]}");
    assert_int_equal(problems.schema_errors, 2);
}

static void checks_locales(void **state)
{
    (void)state;
    read_text(RECORDS "columns: {name: {type: string, locale: en}}\n");
    need_warning("without a column 'names'");
    read_text(RECORDS "columns: {name: {type: string, locale: en}, names: {type: string}}\n");
    need_warning("without a column 'names'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DEFINITION_TEST(knows_aliases_of_types),
        DEFINITION_TEST(reads_required),
        DEFINITION_TEST(warns_of_expressions),
        DEFINITION_TEST(checks_lengths),
        DEFINITION_TEST(checks_bounds),
        DEFINITION_TEST(reads_enums),
        DEFINITION_TEST(refuses_members_of_other_types),
        DEFINITION_TEST(checks_locales),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
