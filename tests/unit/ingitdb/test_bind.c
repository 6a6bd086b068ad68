/*
 * Binding: each kind of node against each type of column (D11, D12, D15, D21), by reading files of
 * one field.
 */
#include "record_fixture.h"

/* The column's value, or the reason why the record is invalid. */
static const char *bound(fixture *f)
{
    if (f->records.len == 0)
        return fixture_reason(f);
    const igd_value *value = &f->records.items[0].row[f->table->column_count - 1];
    if (value->kind == IGD_NULL)
        return "(null)";
    return igd_arena_cstr(f->mem, igd_value_text(value, f->mem));
}

typedef struct row {
    const char *type;
    const char *text;
    const char *expected;
} row;

static void check_rows(const char *format, const char *before, const char *after, const row *rows,
                       size_t count)
{
    for (size_t n = 0; n < count; n++) {
        igd_field field = make_field("x", rows[n].type);
        fixture f = fixture_new(format, IGD_RECORD_SINGLE, &field, 1);
        fixture_map(&f, "id");
        igd_str text = igd_arena_printf(f.mem, "%s%s%s", before, rows[n].text, after);
        fixture_read_bytes(&f, "k", text);
        if (strcmp(bound(&f), rows[n].expected) != 0)
            fail_msg("%s %s: got %s, expected %s", rows[n].type, rows[n].text, bound(&f),
                     rows[n].expected);
        fixture_free(&f);
    }
}

static const row yaml_rows[] = {
    /* Null words are null for every type, quoted ones are not. */
    {"string", "", "(null)"},
    {"string", "~", "(null)"},
    {"string", "Null", "(null)"},
    {"string", "nULL", "nULL"},
    {"string", "\"null\"", "null"},
    {"string", "''", ""},
    {"string", "!!str", ""},
    {"int", "null", "(null)"},
    {"any", "~", "(null)"},
    {"[]int", "null", "(null)"},
    {"map[locale]string", "", "(null)"},
    /* Text stays as it is written. */
    {"string", "01234", "01234"},
    {"string", "yes", "yes"},
    {"string", "2024-01-05", "2024-01-05"},
    {"string", "1.50", "1.50"},
    {"string", ".inf", ".inf"},
    {"string", "!!int 5", "column 'x' is of type string: '5' is a number"},
    {"string", "!!timestamp 2024-01-05",
     "column 'x' is of type string: '2024-01-05' is a date or time"},
    {"string", "{a: 1}", "column 'x' is of type string: it is a map"},
    {"string", "[a]", "column 'x' is of type string: it is a list"},
    /* Numbers go through YAML's table. */
    {"int", "5", "5"},
    {"int", "+5", "5"},
    {"int", "-0", "0"},
    {"int", "0x1F", "31"},
    {"int", "0o17", "15"},
    {"int", "0123", "83"},
    {"int", "1_000", "1000"},
    {"int", "5.0", "5"},
    {"int", "1e3", "1000"},
    {"int", "9223372036854775807", "9223372036854775807"},
    {"int", "-9223372036854775808", "-9223372036854775808"},
    {"int", "5.5", "column 'x' is of type int: '5.5' is not an integer"},
    {"int", "abc", "column 'x' is of type int: 'abc' is text"},
    {"int", "\"5\"", "column 'x' is of type int: '5' is text"},
    {"int", "true", "column 'x' is of type int: 'true' is a bool"},
    {"int", ".nan", "column 'x' is of type int: '.nan' is no finite number"},
    {"int", "2024-01-05", "column 'x' is of type int: '2024-01-05' is a date or time"},
    {"float", "5", "5"},
    {"float", ".5", "0.5"},
    {"float", "1.", "1"},
    {"float", "-0.0", "0"},
    {"float", "1e400", "column 'x' is of type float: '1e400' is text"},
    {"float", "-.inf", "column 'x' is of type float: '-.inf' is no finite number"},
    {"float", "12,5", "column 'x' is of type float: '12,5' is text"},
    {"bool", "true", "true"},
    {"bool", "FALSE", "false"},
    {"bool", "yes", "column 'x' is of type bool: 'yes' is text"},
    {"bool", "1", "column 'x' is of type bool: '1' is a number"},
    {"bool", "'true'", "column 'x' is of type bool: 'true' is text"},
    /* Dates are checked, plain ones are read as YAML does. */
    {"date", "2024-01-05", "2024-01-05"},
    {"date", "2024-1-5", "2024-01-05"},
    {"date", "'2024-01-05'", "2024-01-05"},
    {"date", "!!timestamp 2024-1-5", "2024-01-05"},
    {"time", "12:30:45", "12:30:45"},
    {"time", "'12:30:45.5'", "12:30:45.500000"},
    {"datetime", "2024-01-05T10:00:00+02:00", "2024-01-05T08:00:00Z"},
    {"datetime", "2024-1-5 3:04:05", "2024-01-05T03:04:05Z"},
    {"datetime", "'2024-01-05'", "2024-01-05T00:00:00Z"},
    {"date", "20240105x", "column 'x' is of type date: '20240105x' is not a date (YYYY-MM-DD)"},
    /* Any: what YAML says. */
    {"any", "5.0", "5"},
    {"any", "0x10", "16"},
    {"any", "yes", "\"yes\""},
    {"any", "True", "true"},
    {"any", "2024-1-5", "\"2024-01-05\""},
    {"any", "2024-1-5 3:04:05", "\"2024-01-05T03:04:05Z\""},
    {"any", "12345678901234567890", "12345678901234567890"},
    {"any", "{b: [1, ~, .5], a: {z: no, y: ''}}",
     "{\"a\":{\"y\":\"\",\"z\":\"no\"},\"b\":[1,null,0.5]}"},
    {"any", "{1: a, true: b}", "{\"1\":\"a\",\"true\":\"b\"}"},
    {"any", "{a: [.inf]}", "column 'x': '.inf' is no finite number"},
    {"any", "!!float .nan", "column 'x': '.nan' is no finite number"},
    /* Maps and lists. */
    {"map[string]any", "{b: 1, a: ~}", "{\"a\":null,\"b\":1}"},
    {"map[int]string", "{1: 5}", "{\"1\":5}"},
    {"map[string]any", "[]", "column 'x' is of type map[string]any: it is a list"},
    {"map[string]any", "text", "column 'x' is of type map[string]any: 'text' is text"},
    {"map[locale]string", "{en: yes, de: 'nein'}", "{\"de\":\"nein\",\"en\":\"yes\"}"},
    {"map[locale]string", "{en: ~}", "column 'x.en' is of type string: it is null"},
    {"map[locale]string", "{en: {a: b}}", "column 'x.en' is of type string: it is a map"},
    {"[]int", "[1, 0x10, 5.0]", "[1,16,5]"},
    {"[]int", "[]", "[]"},
    {"[]int", "[1, a]", "column 'x[1]' is of type int: 'a' is text"},
    {"[]int", "[~]", "column 'x[0]' is of type int: it is null"},
    {"[]int", "5", "column 'x' is of type []int: '5' is a number"},
    {"[]string", "[a, '1']", "[\"a\",\"1\"]"},
    {"[]float", "[1, 2.50, -0.0]", "[1,2.5,0]"},
    {"[]bool", "[true, no]", "column 'x[1]' is of type bool: 'no' is text"},
    {"[]date", "[2024-1-5]", "[\"2024-01-05\"]"},
    {"[]datetime", "[2024-01-05T10:00:00Z]", "[\"2024-01-05T10:00:00Z\"]"},
    {"[]any", "[1, [2, {a: ~}], null]", "[1,[2,{\"a\":null}],null]"},
};

static void test_yaml(void **state)
{
    (void)state;
    check_rows("yaml", "x: ", "\n", yaml_rows, IGD_COUNT(yaml_rows));
}

static const row json_rows[] = {
    {"string", "\"a\\u00e9\"", "a\xC3\xA9"},
    {"string", "5", "column 'x' is of type string: '5' is a number"},
    {"string", "true", "column 'x' is of type string: 'true' is a bool"},
    {"string", "null", "(null)"},
    {"string", "\"a\\u0000\"", "column 'x': the text has a NUL character"},
    {"int", "5.0", "5"},
    {"int", "1.5e1", "15"},
    {"int", "9007199254740993", "9007199254740993"},
    {"int", "9223372036854775808",
     "column 'x' is of type int: '9223372036854775808' is outside the range of 64-bit integers"},
    {"float", "0.10", "0.1"},
    {"float", "1e400", "column 'x' is of type float: '1e400' is outside the range of a double"},
    {"float", "\"0.1\"", "column 'x' is of type float: '0.1' is text"},
    {"date", "\"2024-02-29\"", "2024-02-29"},
    {"date", "20240229", "column 'x' is of type date: '20240229' is a number"},
    {"datetime", "\"2024-02-29T00:00:00\"", "2024-02-29T00:00:00Z"},
    {"any", "{\"b\":1.0,\"a\":[1e2,-0]}", "{\"a\":[100,0],\"b\":1}"},
    {"any", "1e999", "column 'x': '1e999' is too large for a number"},
    {"any", "{\"a\":{\"\\u0000\":1}}", "column 'x': the text has a NUL character"},
    {"any", "\"2024-01-05\"", "\"2024-01-05\""},
    {"[]string", "[\"a\",5]", "column 'x[1]' is of type string: '5' is a number"},
    {"[]int", "[1.5]", "column 'x[0]' is of type int: '1.5' is not an integer"},
    {"[]float", "[9007199254740993, 1e21]", "[9007199254740993,1e+21]"},
};

static void test_json(void **state)
{
    (void)state;
    check_rows("json", "{\"x\": ", "}", json_rows, IGD_COUNT(json_rows));
}

static const row toml_rows[] = {
    {"date", "2024-01-05", "2024-01-05"},
    {"time", "12:30:45", "12:30:45"},
    {"datetime", "2024-01-05T12:30:45", "2024-01-05T12:30:45Z"},
    {"string", "2024-01-05", "column 'x' is of type string: '2024-01-05' is a date or time"},
    {"any", "2024-01-05", "\"2024-01-05\""},
    {"any", "12:30:45", "\"12:30:45\""},
    {"any", "2024-01-05T12:30:45-01:00", "\"2024-01-05T13:30:45Z\""},
    {"int", "0x10", "16"},
};

static void test_toml(void **state)
{
    (void)state;
    check_rows("toml", "x = ", "\n", toml_rows, IGD_COUNT(toml_rows));
}

/* Cells are typed by their columns; the second column keeps a line from being empty. */
static const row csv_rows[] = {
    {"string", "01234", "01234"},
    {"string", "null", "null"},
    {"string", "", "(null)"},
    {"int", "", "(null)"},
    {"int", "5", "5"},
    {"int", "5.5", "column 'x' is of type int: '5.5' is not an integer"},
    {"float", "2.50", "2.5"},
    {"bool", "true", "true"},
    {"bool", "yes", "column 'x' is of type bool: 'yes' is not true or false"},
    {"date", "2024-01-05", "2024-01-05"},
    {"date", "2024-1-5", "column 'x' is of type date: '2024-1-5' is not a date (YYYY-MM-DD)"},
    {"any", "5", "\"5\""},
    {"any", "", "(null)"},
    {"[]int", "\"[1, 2]\"", "[1,2]"},
    {"[]int", "1", "column 'x' is of type []int: '1' is a number"},
    {"[]int", "", "(null)"},
    {"map[locale]string", "\"{\"\"en\"\": \"\"a\"\"}\"", "{\"en\":\"a\"}"},
    {"map[string]any", "\"{\"\"a\"\":1,\"\"a\"\":2}\"",
     "column 'x' is of type map[string]any: key 'a' appears twice in one object"},
};

static void test_csv(void **state)
{
    (void)state;
    for (size_t n = 0; n < IGD_COUNT(csv_rows); n++) {
        igd_field fields[] = {make_field("id", "string"), make_field("x", csv_rows[n].type)};
        fixture f = fixture_new("csv", IGD_RECORD_LIST, fields, 2);
        fixture_map(&f, "id");
        fixture_read_bytes(&f, "", igd_arena_printf(f.mem, "id,x\nk,%s\n", csv_rows[n].text));
        if (strcmp(bound(&f), csv_rows[n].expected) != 0)
            fail_msg("%s %s: got %s, expected %s", csv_rows[n].type, csv_rows[n].text, bound(&f),
                     csv_rows[n].expected);
        fixture_free(&f);
    }
}

static void test_csv_required(void **state)
{
    (void)state;
    igd_field fields[] = {make_field("id", "string"), make_field("s", "string"),
                          make_field("n", "int")};
    fields[1].required = fields[2].required = true;
    fixture f = fixture_new("csv", IGD_RECORD_LIST, fields, 3);
    fixture_map(&f, "id");
    fixture_read(&f, "", "id,s,n\na,,1\nb,,\n");
    assert_string_equal(fixture_rows(&f), "id=a s= n=1");
    assert_string_equal(fixture_problems(&f), "required 3:1 n");
    fixture_free(&f);
}

/* What is text only because the column says so is warned of, wherever it is. */
static void test_unquoted(void **state)
{
    (void)state;
    igd_field fields[] = {make_field("list", "[]string"), make_field("map", "map[locale]string"),
                          make_field("text", "string")};
    fixture f = fixture_new("yaml", IGD_RECORD_SINGLE, fields, 3);
    fixture_map(&f, "id");
    fixture_read(&f, "k", "text: 01234\nlist: [a, 5]\nmap: {en: true, de: nein}\n");
    assert_string_equal(fixture_rows(&f), "id=k list=[\"a\",\"5\"] "
                                          "map={\"de\":\"nein\",\"en\":\"true\"} text=01234");
    assert_string_equal(fixture_problems(&f),
                        "?unquoted 2:11 list|?unquoted 3:11 map|?unquoted 1:7 text");
    fixture_read(&f, "k", "text: 01234\n");
    assert_string_equal(fixture_reason(&f),
                        "column 'text' is text, but 01234 without quotes is a number in YAML");
    assert_string_equal(fixture_hint(&f), "quote it: '01234'");
    fixture_read(&f, "k", "text: '01234'\nlist: ['5', x y, a:b]\n");
    assert_string_equal(fixture_problems(&f), "");
    fixture_free(&f);
}

/* Each item that does not fit is named. */
static void test_all_items(void **state)
{
    (void)state;
    igd_field field = make_field("list", "[]int");
    fixture f = fixture_new("yaml", IGD_RECORD_SINGLE, &field, 1);
    fixture_map(&f, "id");
    fixture_read(&f, "k", "list:\n- a\n- 1\n- [2]\n");
    assert_string_equal(fixture_problems(&f), "type 2:3 list|type 4:3 list");
    assert_int_equal(f.problems.invalid, 2);
    fixture_free(&f);
}

static void test_hints(void **state)
{
    (void)state;
    static const row rows[] = {
        {"string", "!!int 5", "write it in quotes"},
        {"int", "'5'", "write it without quotes"},
        {"int", "'x'", "correct the value, or the column's type in the definition"},
        {"bool", "yes", "write true or false"},
        {"[]int", "'[1]'", "write it without quotes"},
        {"string", "[a]", "correct the value, or the column's type in the definition"},
        {"any", ".inf", "if it is meant as text, write it in quotes"},
    };
    for (size_t n = 0; n < IGD_COUNT(rows); n++) {
        igd_field field = make_field("x", rows[n].type);
        fixture f = fixture_new("yaml", IGD_RECORD_SINGLE, &field, 1);
        fixture_map(&f, "id");
        fixture_read_bytes(&f, "k", igd_arena_printf(f.mem, "x: %s\n", rows[n].text));
        assert_int_equal(f.records.len, 0);
        assert_string_equal(fixture_hint(&f), rows[n].expected);
        fixture_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml),         cmocka_unit_test(test_json),
        cmocka_unit_test(test_toml),         cmocka_unit_test(test_csv),
        cmocka_unit_test(test_csv_required), cmocka_unit_test(test_unquoted),
        cmocka_unit_test(test_all_items),    cmocka_unit_test(test_hints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
