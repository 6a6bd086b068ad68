/*
 * Constraints: enum, bounds and lengths on the kinds for which they mean something, `required`, and
 * that every one that is broken is reported.
 */
#include "ingitdb/constraints.h"
#include "record_fixture.h"

static igd_field field;

static const char *problems_of(fixture *f, const char *text)
{
    fixture_read(f, "k", text);
    assert_int_equal(f->records.len, f->problems.invalid == 0);
    return fixture_problems(f);
}

static fixture one_field(const char *type)
{
    field = make_field("x", type);
    return fixture_new("yaml", IGD_RECORD_SINGLE, &field, 1);
}

/* The field of a fixture, before it is mapped. */
static igd_field *field_of(fixture *f)
{
    return &f->definition.model.fields[0];
}

static void test_required(void **state)
{
    (void)state;
    fixture f = one_field("string");
    field_of(&f)->required = true;
    fixture_map(&f, "id");
    assert_string_equal(problems_of(&f, ""), "required 1:1 x");
    assert_string_equal(fixture_reason(&f), "column 'x' is required and is missing");
    assert_string_equal(problems_of(&f, "\nx: ~\n"), "required 2:4 x");
    assert_string_equal(fixture_reason(&f), "column 'x' is required and is null");
    assert_string_equal(problems_of(&f, "x: ''\n"), "");
    /* What does not fit its type is not missing. */
    assert_string_equal(problems_of(&f, "x: []\n"), "type 1:4 x");
    fixture_free(&f);
}

static void allow(fixture *f, igd_kind kind, const char *text)
{
    igd_value value;
    assert_null(igd_value_parse(kind, igd_str_from(text), f->mem, &value));
    IGD_PUSH(f->mem, &field_of(f)->allowed, value);
}

static void test_enum(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        igd_kind kind;
        const char *allowed[2];
        const char *good, *bad;
    } rows[] = {
        {"string", IGD_STRING, {"new", "1"}, "1", "New"},
        {"int", IGD_INT, {"5", "-1"}, "0x5", "6"},
        {"float", IGD_FLOAT, {"0.5", "2"}, "2.0", "0.51"},
        {"date", IGD_DATE, {"2024-01-05", "2024-01-06"}, "2024-1-5", "2024-01-07"},
        {"any", IGD_JSON, {"1.0", "\"a\""}, "1", "b"},
        {"[]string", IGD_JSON, {"[\"a\"]", "[]"}, "[a]", "[a, a]"},
    };
    for (size_t n = 0; n < IGD_COUNT(rows); n++) {
        fixture f = one_field(rows[n].type);
        allow(&f, rows[n].kind, rows[n].allowed[0]);
        allow(&f, rows[n].kind, rows[n].allowed[1]);
        fixture_map(&f, "id");
        fixture_read_bytes(&f, "k", igd_arena_printf(f.mem, "x: %s\n", rows[n].good));
        assert_string_equal(fixture_reason(&f), n == 0 ? fixture_reason(&f) : "");
        assert_int_equal(f.problems.invalid, 0);
        fixture_read_bytes(&f, "k", igd_arena_printf(f.mem, "x: %s\n", rows[n].bad));
        assert_string_equal(fixture_problems(&f), "enum 1:4 x");
        fixture_free(&f);
    }
}

static void test_enum_messages(void **state)
{
    (void)state;
    fixture f = one_field("int");
    for (int n = 0; n < 12; n++)
        allow(&f, IGD_INT, igd_arena_printf(f.mem, "%d", n).ptr);
    fixture_map(&f, "id");
    fixture_read(&f, "k", "x: 12\n");
    assert_string_equal(fixture_reason(&f), "column 'x' does not allow the value '12'");
    assert_string_equal(fixture_hint(&f), "allowed: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more");
    fixture_free(&f);
}

static void test_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *type, *min, *max, *value, *problems;
    } rows[] = {
        {"int", "0", "10", "0", ""},
        {"int", "0", "10", "10", ""},
        {"int", "0", "10", "-1", "bounds 1:4 x"},
        {"int", "0", "10", "11", "bounds 1:4 x"},
        /* Bounds with a fraction. */
        {"int", "0.5", "", "0", "bounds 1:4 x"},
        {"int", "0.5", "", "1", ""},
        {"int", "-0.5", "", "0", ""},
        {"int", "-0.5", "", "-1", "bounds 1:4 x"},
        {"int", "-1.5", "", "-1", ""},
        {"int", "-1.5", "", "-2", "bounds 1:4 x"},
        {"int", "", "0.5", "0", ""},
        {"int", "", "0.5", "1", "bounds 1:4 x"},
        {"int", "", "-1.5", "-1", "bounds 1:4 x"},
        {"int", "", "-1.5", "-2", ""},
        {"int", "", "1.25e1", "12", ""},
        {"int", "", "1.25e1", "13", "bounds 1:4 x"},
        /* Exact where doubles are not. */
        {"int", "9007199254740993", "", "9007199254740992", "bounds 1:4 x"},
        {"int", "9007199254740992.5", "", "9007199254740992", "bounds 1:4 x"},
        {"int", "9007199254740992.5", "", "9007199254740993", ""},
        {"int", "", "9223372036854775806", "9223372036854775807", "bounds 1:4 x"},
        {"int", "", "9223372036854775807.5", "9223372036854775807", ""},
        {"int", "9223372036854775807.5", "", "9223372036854775807", "bounds 1:4 x"},
        {"int", "-9223372036854775808.5", "", "-9223372036854775808", ""},
        {"int", "", "-9223372036854775808.5", "-9223372036854775808", "bounds 1:4 x"},
        /* Beyond int64. */
        {"int", "1e19", "", "9223372036854775807", "bounds 1:4 x"},
        {"int", "", "1e19", "9223372036854775807", ""},
        {"int", "-1e19", "", "-9223372036854775808", ""},
        {"int", "", "-1e19", "-9223372036854775808", "bounds 1:4 x"},
        {"int", "12345678901234567890.5", "", "5", "bounds 1:4 x"},
        {"float", "0.1", "0.3", "0.1", ""},
        {"float", "0.1", "0.3", "0.30000000000000004", "bounds 1:4 x"},
        {"float", "0.1", "0.3", "-1", "bounds 1:4 x"},
        {"float", "", "1e19", "1e19", ""},
        {"any", "0", "10", "11", "bounds 1:4 x"},
        {"any", "0", "10", "5", ""},
        /* Not numbers. */
        {"any", "0", "10", "'11'", ""},
        {"any", "0", "10", "true", ""},
        {"string", "5", "10", "'11'", ""},
        {"[]int", "0", "1", "[5]", ""},
    };
    for (size_t n = 0; n < IGD_COUNT(rows); n++) {
        fixture f = one_field(rows[n].type);
        field_of(&f)->min_value = igd_str_from(rows[n].min);
        field_of(&f)->max_value = igd_str_from(rows[n].max);
        fixture_map(&f, "id");
        fixture_read_bytes(&f, "k", igd_arena_printf(f.mem, "x: %s\n", rows[n].value));
        if (strcmp(fixture_problems(&f), rows[n].problems) != 0)
            fail_msg("%s in %s..%s: %s", rows[n].value, rows[n].min, rows[n].max,
                     fixture_problems(&f));
        fixture_free(&f);
    }
}

static void test_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        int exact, min, max;
        const char *value, *problems;
    } rows[] = {
        {"string", 3, -1, -1, "abc", ""},
        {"string", 3, -1, -1, "abcd", "length 1:4 x"},
        /* Code points, not bytes. */
        {"string", 3, -1, -1, "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", ""},
        {"string", 0, -1, -1, "''", ""},
        {"string", 0, -1, -1, "a", "length 1:4 x"},
        {"string", -1, 2, 3, "a", "length 1:4 x"},
        {"string", -1, 2, 3, "abcd", "length 1:4 x"},
        {"string", 5, 6, -1, "abcd", "length 1:4 x|length 1:4 x"},
        {"[]int", -1, 1, 2, "[]", "length 1:4 x"},
        {"[]int", -1, 1, 2, "[1, 2]", ""},
        {"map[string]any", 1, -1, -1, "{a: 1, b: 2}", "length 1:4 x"},
        {"any", 3, -1, -1, "abc", ""},
        {"any", 3, -1, -1, "abcd", "length 1:4 x"},
        {"any", -1, 1, -1, "[]", "length 1:4 x"},
        {"any", 3, -1, -1, "1234", ""},
        {"int", 1, -1, -1, "1234", ""},
        {"bool", 1, -1, -1, "true", ""},
    };
    for (size_t n = 0; n < IGD_COUNT(rows); n++) {
        fixture f = one_field(rows[n].type);
        field_of(&f)->length = (igd_limit){rows[n].exact >= 0, rows[n].exact};
        field_of(&f)->min_length = (igd_limit){rows[n].min >= 0, rows[n].min};
        field_of(&f)->max_length = (igd_limit){rows[n].max >= 0, rows[n].max};
        fixture_map(&f, "id");
        fixture_read_bytes(&f, "k", igd_arena_printf(f.mem, "x: %s\n", rows[n].value));
        if (strcmp(fixture_problems(&f), rows[n].problems) != 0)
            fail_msg("%s %s: %s", rows[n].type, rows[n].value, fixture_problems(&f));
        fixture_free(&f);
    }
}

static void test_messages(void **state)
{
    (void)state;
    fixture f = one_field("int");
    field_of(&f)->min_value = IGD_STR("0.5");
    fixture_map(&f, "id");
    fixture_read(&f, "k", "x: -7\n");
    assert_string_equal(fixture_reason(&f), "column 'x' is -7, less than the minimum 0.5");
    fixture_free(&f);

    f = one_field("[]int");
    field_of(&f)->max_length = (igd_limit){true, 1};
    fixture_map(&f, "id");
    fixture_read(&f, "k", "x: [1, 2]\n");
    assert_string_equal(fixture_reason(&f), "column 'x' has 2 items, at most 1 are allowed");
    fixture_free(&f);
}

/* Null passes everything but `required`. */
static void test_null(void **state)
{
    (void)state;
    fixture f = one_field("string");
    field_of(&f)->min_length = (igd_limit){true, 1};
    allow(&f, IGD_STRING, "a");
    fixture_map(&f, "id");
    assert_string_equal(problems_of(&f, "x: ~\n"), "");
    assert_string_equal(problems_of(&f, "x: ''\n"), "enum 1:4 x|length 1:4 x");
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_required),      cmocka_unit_test(test_enum),
        cmocka_unit_test(test_enum_messages), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_lengths),       cmocka_unit_test(test_messages),
        cmocka_unit_test(test_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
