/*
 * JSON Lines: what a line is, and where errors are.
 */
#include "parsed.h"

#define BOM "\xEF\xBB\xBF"

static void test_lines(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("", "[]"),
        CASE("\n \r\n\t\n", "[]"),
        CASE("{\"a\":1}", "[{a=1}]"),
        CASE(BOM "{\"a\":1}\r\n\r\n  {\"a\":2}  \n", "[{a=1} {a=2}]"),
        CASE("\v{}\f\n", "[{}]"),
        CASE("{}\n{\"a\":1}{}\n", "!2:8 text behind the value"),
        CASE("{\"a\":\n1}\n", "!1:6 value expected, but the text ends"),
        CASE("\n\n  {\"a\":x}\n", "!3:8 value expected"),
        CASE("{}\n\n[1]\n", "!3:1 every line has to be one object"),
        CASE("{}\n null\n", "!2:2 every line has to be one object"),
        CASE("{}\n" BOM "{}\n", "!2:1 byte order mark inside the file"),
        CASE("{}\n  {\"a\":1, \"a\":2}", "!2:11 key 'a' appears twice in one object"),
    };
    CHECK_CASES(igd_format_jsonl, IGD_RECORD_LIST, cases);
}

static void test_places(void **state)
{
    (void)state;
    IGD_CLEANUP(parsed)
    parsed p = parse_as(&igd_format_jsonl, IGD_RECORD_LIST, IGD_STR("\n  {\"a\": 1}\n{\"b\":2}"));
    assert_int_equal(p.root->items[0]->line, 2);
    assert_int_equal(p.root->items[0]->column, 3);
    assert_int_equal(p.root->items[0]->members[0].column, 4);
    assert_int_equal(p.root->items[0]->members[0].value->column, 9);
    assert_int_equal(p.root->items[1]->members[0].value->line, 3);
}

static void test_lists_only(void **state)
{
    (void)state;
    assert_false(igd_format_jsonl.stores[IGD_RECORD_SINGLE]);
    assert_true(igd_format_jsonl.stores[IGD_RECORD_LIST]);
    assert_false(igd_format_jsonl.stores[IGD_RECORD_MAP]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_lists_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
