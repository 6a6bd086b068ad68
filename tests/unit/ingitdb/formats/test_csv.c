/*
 * CSV: quotes as strict as Go's encoding/csv, headers, and where cells and errors are.
 */
#include "parsed.h"

#define BOM "\xEF\xBB\xBF"

static igd_str abc_names[] = {{"a", 1}, {"b", 1}, {"c", 1}};
static igd_str ab_names[] = {{"a", 1}, {"b", 1}};
static igd_str one_name[] = {{"a", 1}};

static const igd_str_list abc = {abc_names, 3, 3};
static const igd_str_list ab = {ab_names, 2, 2};
static const igd_str_list one = {one_name, 1, 1};

static void check(const igd_str_list *order, const parsed_case *cases, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        igd_format_input input = {
            .text = cases[n].text,
            .record_type = IGD_RECORD_LIST,
            .columns_order = order,
        };
        IGD_CLEANUP(parsed)
        parsed p = parse_with(&igd_format_csv, input);
        if (strcmp(p.text.ptr, cases[n].expected) != 0)
            fail_msg("of: %.*s\n     got: %s\nexpected: %s", IGD_STR_ARG(cases[n].text), p.text.ptr,
                     cases[n].expected);
    }
}

static void test_cells(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("a,b", "[]"),
        CASE("a,b\n", "[]"),
        CASE(BOM "a,b\n1,2", "[{a=<1> b=<2>}]"),
        CASE(BOM "\"a\",\"b\"\n1,2\n", "[{a=<1> b=<2>}]"),
        CASE("\n\r\na,b\r\n\r\n\n1,2\r\n\n3,4", "[{a=<1> b=<2>} {a=<3> b=<4>}]"),
        CASE("a,b\n,\n", "[{a=<> b=<>}]"),
        CASE("a,b\n\"\",\"\"\n", "[{a=<> b=<>}]"),
        CASE("a,b\n x , y \n", "[{a=< x > b=< y >}]"),
        CASE("a,b\n1,2\r", "[{a=<1> b=<2>}]"),
        CASE("a,b\n1,\"2\"\r", "[{a=<1> b=<2>}]"),
        CASE("a,b\nx\ry,2\n", "[{a=<x\ry> b=<2>}]"),
        CASE("a,b\n\"x,y\",\"he said \"\"no\"\"\"\n", "[{a=<x,y> b=<he said \"no\">}]"),
        CASE("a,b\n\"\"\"\",\"\"\"\"\"\"\n", "[{a=<\"> b=<\"\">}]"),
        CASE("a,b\n\"x\r\ny\",\"\n\"\r\n", "[{a=<x\ny> b=<\n>}]"),
        CASE("a,b\n\"x\ry\",\"\r\r\n\"\n", "[{a=<x\ry> b=<\r\n>}]"),
        CASE("a,b\n\xC3\xA9,#1\n", "[{a=<\xC3\xA9> b=<#1>}]"),
        CASE("a,b\r", "[]"),
        CASE("a,b\n\r", "[]"),
    };
    check(&ab, cases, IGD_COUNT(cases));
    static const parsed_case single[] = {
        CASE("a\n1\n\n2\n", "[{a=<1>} {a=<2>}]"), /* a blank line is no row even here */
        CASE("a\n\"\"\n", "[{a=<>}]"),
        CASE("a\n \n", "[{a=< >}]"),
    };
    check(&one, single, IGD_COUNT(single));
}

static void test_quotes(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("a,b\n1,x\"y\n", "!2:4 quote inside a field that does not start with one"),
        CASE("a,b\n1, \"y\"\n", "!2:4 quote inside a field that does not start with one"),
        CASE("a,b\n\"x\"y,2\n",
             "!2:4 text behind the closing quote, ',' or the line's end expected"),
        CASE("a,b\n\"x\" ,2\n",
             "!2:4 text behind the closing quote, ',' or the line's end expected"),
        CASE("a,b\n\"x\ny\"z,2\n",
             "!3:3 text behind the closing quote, ',' or the line's end expected"),
        CASE("a,b\n\"x\"\ry,2\n",
             "!2:4 text behind the closing quote, ',' or the line's end expected"),
        CASE("a,b\n1,\"x\n2,y\n", "!2:3 quoted field is not closed"),
        CASE("a,b\n1,\"x\"\"", "!2:3 quoted field is not closed"),
        CASE("a,b\n1,\"", "!2:3 quoted field is not closed"),
        CASE("\"a", "!1:1 quoted field is not closed"),
    };
    check(&ab, cases, IGD_COUNT(cases));
}

static void test_header(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("a,b,c\n1,2,3\n", "[{a=<1> b=<2> c=<3>}]"),
        CASE("c,a,b\n1,2,3\n", "[{c=<1> a=<2> b=<3>}] ~header-order 1:1 the columns of the header "
                               "are not in the order of columns_order"),
        CASE("\n\nb,a,c", "[] ~header-order 3:1 the columns of the header are not in the order of "
                          "columns_order"),
        CASE("", "!1:1 file is empty, a header expected"),
        CASE(BOM "\n\n", "!1:1 file is empty, a header expected"),
        CASE("a,c\n", "!1:1 column 'b' is missing in the header"),
        CASE("a,b,x\n", "!1:5 unknown column 'x' in the header"),
        CASE("a,b,c,d\n", "!1:7 unknown column 'd' in the header"),
        CASE("a,b,c,a\n", "!1:7 column 'a' appears twice in the header"),
        CASE("a,b,b\n", "!1:5 column 'b' appears twice in the header"),
        CASE("a,b,c,\n", "!1:7 unknown column '' in the header"),
        CASE("a, b,c\n", "!1:3 unknown column ' b' in the header"),
        CASE("A,b,c\n", "!1:1 unknown column 'A' in the header"),
        /* no warning about the order when the file is broken */
        CASE("c,a,b\n1\n", "!2:1 row has 1 field, the header has 3"),
    };
    check(&abc, cases, IGD_COUNT(cases));
}

static void test_row_length(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("a,b\n1\n", "!2:1 row has 1 field, the header has 2"),
        CASE("a,b\n\n1,2\n1,2,3\n", "!4:5 row has 3 fields, the header has 2"),
        CASE("a,b\n1,\"x\ny\",3\n", "!3:4 row has 3 fields, the header has 2"),
        CASE("a,b\n \n", "!2:1 row has 1 field, the header has 2"),
        CASE("a,b\n1,2,\n", "!2:5 row has 3 fields, the header has 2"),
    };
    check(&ab, cases, IGD_COUNT(cases));
}

static void test_utf8(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("a,b\n1,\xC3\n", "!2:3 invalid UTF-8"),
        CASE("a,b\n\xC3\xA9,\xE9t\xE9\n", "!2:4 invalid UTF-8"),
        CASE("\xFF\xFE", "!1:1 invalid UTF-8"),
        CASE("a,b\n1,\xE2\x82", "!2:3 invalid UTF-8"),
        CASE("a,b\n1,\xED\xA0\x80", "!2:3 invalid UTF-8"),
    };
    check(&ab, cases, IGD_COUNT(cases));
}

static void test_no_columns_order(void **state)
{
    (void)state;
    igd_str_list none = {0};
    const igd_str_list *orders[] = {NULL, &none};
    for (size_t n = 0; n < IGD_COUNT(orders); n++) {
        igd_format_input input = {.text = IGD_STR("a\n"), .columns_order = orders[n]};
        IGD_CLEANUP(parsed)
        parsed p = parse_with(&igd_format_csv, input);
        assert_non_null(strstr(p.err.message, "no columns_order"));
        assert_non_null(strstr(p.err.hint, "columns_order"));
    }
}

static void test_places_and_hints(void **state)
{
    (void)state;
    igd_format_input input = {.text = IGD_STR("a,b\n\n\"x\ny\", z\n"), .columns_order = &ab};
    IGD_CLEANUP(parsed)
    parsed p = parse_with(&igd_format_csv, input);
    const igd_node *row = p.root->items[0];
    assert_int_equal(row->line, 3);
    assert_int_equal(row->members[0].value->line, 3);
    assert_int_equal(row->members[0].value->column, 1);
    assert_int_equal(row->members[1].value->line, 4);
    assert_int_equal(row->members[1].value->column, 4);

    input.text = IGD_STR("a,b\n1,2\n<<<<<<< HEAD\n1,3\n");
    IGD_CLEANUP(parsed)
    parsed conflict = parse_with(&igd_format_csv, input);
    assert_int_equal(conflict.err.place.line, 3);
    assert_non_null(strstr(conflict.err.hint, "merge conflict"));

    /* A caller that collects no warnings. */
    igd_node *root;
    igd_error err;
    igd_format_input silent = {.text = IGD_STR("b,a\n"), .columns_order = &ab};
    assert_int_equal(igd_format_csv.parse(&silent, p.mem, &root, &err), IGD_OK);
}

static void test_views(void **state)
{
    (void)state;
    igd_format_input input = {.text = IGD_STR("a,b\nx,\"y\"\n"), .columns_order = &ab};
    IGD_CLEANUP(parsed)
    parsed p = parse_with(&igd_format_csv, input);
    const igd_node *row = p.root->items[0];
    assert_ptr_equal(row->members[0].value->text.ptr, p.copy + 4);
    assert_ptr_equal(row->members[1].value->text.ptr, p.copy + 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_row_length),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_no_columns_order),
        cmocka_unit_test(test_places_and_hints),
        cmocka_unit_test(test_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
