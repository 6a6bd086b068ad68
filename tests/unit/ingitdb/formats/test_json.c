/*
 * JSON files: shapes by record type, strictness, places, and what must not grow without bounds.
 */
#include "parsed.h"

#define BOM "\xEF\xBB\xBF"

static void test_single(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("{}", "{}"),
        CASE(" {\"a\": 1}\n", "{a=1}"),
        CASE(BOM "{\"a\": null}", "{a=null}"),
        CASE("null", "{}"),
        CASE("{\"n\":-0.50e+07,\"big\":9007199254740993,\"t\":true,\"f\":false}",
             "{n=-0.50e+07 big=9007199254740993 t=true f=false}"),
        CASE("{\"s\":\"\\u00e9\\n\",\"\":[]}", "{s=\"\xC3\xA9\n\" =[]}"),
        CASE("{\"a\":{\"b\":[1,[2,{}],\"x\"]},\"c\":3}", "{a={b=[1 [2 {}] \"x\"]} c=3}"),
        CASE("", "!1:1 file is empty, an object expected"),
        CASE(" \n ", "!1:1 file is empty, an object expected"),
        CASE(BOM BOM "{}", "!1:1 byte order mark inside the file"),
        CASE(BOM, "!1:1 file is empty, an object expected"),
        CASE("[]", "!1:1 the record has to be an object, not an array"),
        CASE("\n  \"x\"", "!2:3 the record has to be an object, not a string"),
        CASE("1", "!1:1 the record has to be an object, not a number"),
        CASE("true", "!1:1 the record has to be an object, not a boolean"),
    };
    CHECK_CASES(igd_format_json, IGD_RECORD_SINGLE, cases);
}

static void test_strict(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("{\"a\":1,}", "!1:8 nothing follows the comma"),
        CASE("{\"a\":1\n \"b\":2}", "!2:2 ',' or '}' expected"),
        CASE("{\"a\":01}", "!1:6 number with a leading zero"),
        CASE("{\"a\":\"\xFF\"}", "!1:7 invalid UTF-8"),
        CASE("{\"a\":\"\\ud800\"}", "!1:7 lone surrogate"),
        CASE("{\"a\":1} x", "!1:9 text behind the value"),
        CASE("{\"a\":\"x\ny\"}", "!1:8 control character in a string"),
        CASE("{\"a\":1", "!1:7 not closed before the text ends"),
        CASE("{\"a\":1,\n\"a\":2}", "!2:1 key 'a' appears twice in one object"),
        CASE("{\"a\":1,\"\\u0061\":2}", "!1:8 key 'a' appears twice in one object"),
        CASE("{\"a\":1,\"b\":{\"a\":2}}", "{a=1 b={a=2}}"),
        CASE("{\"x\":[{\"k\":1},{\"k\":1,\"k\":1}]}", "!1:22 key 'k' appears twice in one object"),
    };
    CHECK_CASES(igd_format_json, IGD_RECORD_SINGLE, cases);
}

static void test_list(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("[]", "[]"),
        CASE("", "[]"),
        CASE(BOM " \r\n\t", "[]"),
        CASE("[{\"id\":1}, {\"id\":2}]", "[{id=1} {id=2}]"),
        CASE("[1, null]", "[1 null]"), /* the caller says which row is no map */
        CASE("{}", "!1:1 an array of records expected, not an object"),
        CASE("null", "!1:1 an array of records expected, not null"),
    };
    CHECK_CASES(igd_format_json, IGD_RECORD_LIST, cases);
}

static void test_map(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("{}", "{}"),
        CASE("{\"x\": {\"a\": 1},\n\"y\": null}", "{x={a=1} y={}}"),
        CASE("{\"x\": {}, \"y\": 1}",
             "!1:16 key 'y': every record has to be an object, not a number"),
        CASE("{\"x\": {}, \"x\": {}}", "!1:11 key 'x' appears twice in one object"),
        CASE("[]", "!1:1 an object of records expected, not an array"),
        CASE("\n", "!1:1 file is empty, an object expected"),
    };
    CHECK_CASES(igd_format_json, IGD_RECORD_MAP, cases);
}

static void test_places(void **state)
{
    (void)state;
    IGD_CLEANUP(parsed)
    parsed p =
        parse_as(&igd_format_json, IGD_RECORD_LIST, IGD_STR(BOM "[{\"a\": 1,\n   \"b\": [2]}]"));
    const igd_node *row = p.root->items[0];
    assert_int_equal(row->line, 1);
    assert_int_equal(row->column, 2);
    assert_int_equal(row->members[1].line, 2);
    assert_int_equal(row->members[1].column, 4);
    assert_int_equal(row->members[1].value->items[0]->line, 2);
    assert_int_equal(row->members[1].value->items[0]->column, 10);
}

static void check_hint(const char *text, const char *part)
{
    IGD_CLEANUP(parsed)
    parsed p = parse_as(&igd_format_json, IGD_RECORD_SINGLE, igd_str_from(text));
    if (!strstr(p.err.hint, part))
        fail_msg("'%s' has the hint '%s'", text, p.err.hint);
}

static void test_hints(void **state)
{
    (void)state;
    check_hint("{\"a\": 1 // one\n}", "no comments");
    check_hint("{'a': 1}", "double quotes");
    check_hint("{\"a\": NaN}", "write null");
    check_hint("{\"a\": True}", "lower case");
    check_hint("{\"a\": 1,\n\"a\": 1}", "line 1, column 2");
    check_hint("{\"a\": 1,\n<<<<<<< HEAD\n}", "merge conflict");
    check_hint("{\"a\": 1\n=======\n}", "merge conflict");
    check_hint("", "{}");
}

static void nested(igd_buf *out, size_t depth)
{
    for (size_t n = 0; n < depth; n++)
        igd_buf_byte(out, '[');
    for (size_t n = 0; n < depth; n++)
        igd_buf_byte(out, ']');
}

static void test_depth(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    nested(&text, IGD_FORMAT_DEPTH);
    IGD_CLEANUP(parsed)
    parsed fits = parse_as(&igd_format_json, 1, igd_buf_view(&text));
    assert_int_equal(fits.err.code, IGD_OK);
    igd_buf_clear(&text);
    nested(&text, IGD_FORMAT_DEPTH + 1);
    IGD_CLEANUP(parsed)
    parsed deep = parse_as(&igd_format_json, 1, igd_buf_view(&text));
    assert_string_equal(deep.text.ptr, "!1:65 nested too deeply");
}

/* Around the size at which keys are put into an index, and far above it. */
static void test_many_keys(void **state)
{
    (void)state;
    static const size_t sizes[] = {15, 16, 17, 18, 33, 5000};
    for (size_t s = 0; s < IGD_COUNT(sizes); s++) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        igd_buf_puts(&text, "{");
        for (size_t n = 0; n < sizes[s]; n++)
            igd_buf_printf(&text, "\n\"key %zu\":{},", n);
        size_t unique = text.len - 1;
        igd_buf_printf(&text, "\n\"key %zu\":{}}", sizes[s] / 2);
        IGD_CLEANUP(parsed)
        parsed twice = parse_as(&igd_format_json, 2, igd_buf_view(&text));
        assert_int_equal(twice.err.place.line, sizes[s] + 2);
        assert_int_equal(twice.err.place.column, 1);
        char hint[64];
        snprintf(hint, sizeof(hint), "it is already at line %zu, column 1", sizes[s] / 2 + 2);
        assert_string_equal(twice.err.hint, hint);
        text.len = unique;
        igd_buf_puts(&text, "}");
        IGD_CLEANUP(parsed)
        parsed once = parse_as(&igd_format_json, 2, igd_buf_view(&text));
        assert_int_equal(once.err.code, IGD_OK);
        assert_int_equal(once.root->count, sizes[s]);
    }
}

/* More than IGD_FORMAT_NODES: that limit is for aliases, which JSON has not. */
static void test_many_rows(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_buf_puts(&text, "[0");
    for (size_t n = 0; n < IGD_FORMAT_NODES; n++)
        igd_buf_puts(&text, ",1");
    igd_buf_puts(&text, "]");
    igd_arena *mem = igd_arena_new();
    igd_node *root;
    igd_error err;
    igd_format_input input = {.text = igd_buf_view(&text), .record_type = IGD_RECORD_LIST};
    assert_int_equal(igd_format_json.parse(&input, mem, &root, &err), IGD_OK);
    assert_int_equal(root->count, IGD_FORMAT_NODES + 1);
    igd_arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single),    cmocka_unit_test(test_strict),
        cmocka_unit_test(test_list),      cmocka_unit_test(test_map),
        cmocka_unit_test(test_places),    cmocka_unit_test(test_hints),
        cmocka_unit_test(test_depth),     cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
