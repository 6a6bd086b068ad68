/*
 * Files of records: what makes a whole file unreadable, what makes one record invalid and not the
 * rest, and that everything that is wrong is said.
 */
#include "record_fixture.h"

static const igd_field *some_fields(size_t *count)
{
    static igd_field fields[4];
    fields[0] = make_field("name", "string");
    fields[0].required = true;
    fields[1] = make_field("price", "float");
    fields[1].min_value = IGD_STR("0");
    fields[2] = make_field("tags", "[]string");
    fields[3] = make_field("total", "float");
    fields[3].computed = true;
    *count = IGD_COUNT(fields);
    return fields;
}

static fixture of_format(const char *format, igd_record_type type)
{
    size_t count;
    const igd_field *fields = some_fields(&count);
    return fixture_new(format, type, fields, count);
}

static void read_expect(fixture *f, const char *key, const char *text, const char *rows,
                        const char *problems)
{
    fixture_read(f, key, text);
    assert_string_equal(fixture_rows(f), rows);
    assert_string_equal(fixture_problems(f), problems);
}

static void test_empty(void **state)
{
    (void)state;
    fixture f = of_format("yaml", IGD_RECORD_SINGLE);
    f.definition.model.fields[0].required = false;
    fixture_map(&f, "id");
    read_expect(&f, "k", "", "id=k", "");
    read_expect(&f, "k", "# nothing\n", "id=k", "");
    fixture_free(&f);

    f = of_format("yaml", IGD_RECORD_LIST);
    fixture_map(&f, "id");
    read_expect(&f, "", "", "", "");
    read_expect(&f, "", "[]\n", "", "");
    assert_false(f.records.unreadable);
    fixture_free(&f);

    f = of_format("json", IGD_RECORD_MAP);
    fixture_map(&f, "id");
    read_expect(&f, "", "{}", "", "");
    read_expect(&f, "", "", "", "!parse 1:1");
    assert_true(f.records.unreadable);
    fixture_free(&f);
}

static void test_unreadable_single(void **state)
{
    (void)state;
    fixture f = of_format("yaml", IGD_RECORD_SINGLE);
    fixture_map(&f, "id");
    read_expect(&f, "k", "name: a\nname: b\n", "", "parse 2:1");
    assert_true(f.records.unreadable);
    assert_int_equal(f.records.invalid_len, 1);
    assert_string_equal(igd_arena_cstr(f.mem, f.records.invalid[0].row[0].text), "k");
    assert_string_equal(igd_arena_cstr(f.mem, f.problems.items[0].key_json), "[\"k\"]");
    read_expect(&f, "k", "- a list\n", "", "parse 1:1");
    fixture_free(&f);
}

static void test_unreadable_many(void **state)
{
    (void)state;
    fixture f = of_format("json", IGD_RECORD_MAP);
    fixture_map(&f, "id");
    fixture_read(&f, "", "{\"a\": {\"name\": \"x\"}, \"a\": {}}");
    assert_true(f.records.unreadable);
    assert_int_equal(f.records.len + f.records.invalid_len, 0);
    assert_int_equal(f.problems.invalid, 1);
    assert_int_equal(f.problems.items[0].key.len, 0);
    fixture_free(&f);
}

static void test_lfs(void **state)
{
    (void)state;
    static const char pointer[] = "version https://git-lfs.github.com/spec/v1\n"
                                  "oid sha256:4d7a\nsize 12345\n";
    fixture f = of_format("yaml", IGD_RECORD_SINGLE);
    fixture_map(&f, "id");
    read_expect(&f, "k", pointer, "", "lfs 1:1");
    assert_true(f.records.unreadable);
    assert_int_equal(f.records.invalid_len, 1);
    assert_non_null(strstr(fixture_hint(&f), "not in git"));
    fixture_free(&f);

    f = of_format("csv", IGD_RECORD_LIST);
    fixture_map(&f, "id");
    read_expect(&f, "", pointer, "", "!lfs 1:1");
    assert_true(f.records.unreadable);
    assert_int_equal(f.records.invalid_len, 0);
    fixture_free(&f);
}

static void test_undeclared(void **state)
{
    (void)state;
    fixture f = of_format("yaml", IGD_RECORD_SINGLE);
    fixture_map(&f, "id");
    read_expect(&f, "k", "name: a\n$note: x\nNAME: b\nother: c\ntotal: 5\n'': d\n", "",
                "undeclared 3:1 NAME|undeclared 4:1 other|computed 5:1 total|undeclared 6:1");
    assert_string_equal(fixture_reason(&f), "field 'NAME' is not declared");
    assert_string_equal(fixture_hint(&f), "did you mean 'name'?");
    assert_non_null(strstr(igd_arena_cstr(f.mem, f.problems.items[1].hint), "declare it"));
    /* A computed one that is null is stored, too. */
    read_expect(&f, "k", "name: a\ntotal:\n", "", "computed 2:1 total");
    assert_int_equal(igd_table_column(f.table, IGD_STR("total")), -1);
    read_expect(&f, "k", "name: a\n$note: [1]\n", "id=k name=a", "");
    fixture_free(&f);
}

/* Everything that is wrong with a record, and nothing of the next. */
static void test_all_problems(void **state)
{
    (void)state;
    fixture f = of_format("yaml", IGD_RECORD_MAP);
    fixture_map(&f, "id");
    read_expect(&f, "",
                "a:\n  price: -1\n  tags: [x, [y]]\n  more: z\n"
                "b:\n  name: B\n  price: 2.50\n"
                "c:\n  tags: [z]\n  name: C\n",
                "id=b name=B price=2.5 | id=c name=C tags=[\"z\"]",
                "undeclared 4:3 more|required 1:1 name|bounds 2:10 price|type 3:13 tags");
    assert_int_equal(f.records.items[0].line, 5);
    assert_int_equal(f.records.items[1].line, 8);
    assert_int_equal(f.records.invalid_len, 1);
    assert_false(f.records.unreadable);
    for (size_t n = 0; n < f.problems.len; n++)
        assert_string_equal(igd_arena_cstr(f.mem, f.problems.items[n].key), "a");
    fixture_free(&f);
}

/* Fields in another order in every record; more of them than there are columns. */
static void test_order_of_fields(void **state)
{
    (void)state;
    fixture f = of_format("json", IGD_RECORD_LIST);
    fixture_map(&f, "id");
    read_expect(
        &f, "",
        "[{\"$id\":\"a\",\"name\":\"A\",\"price\":1},"
        "{\"price\":2,\"name\":\"B\",\"$id\":\"b\"},"
        "{\"$1\":0,\"$2\":0,\"$3\":0,\"$4\":0,\"$5\":0,\"$6\":0,\"name\":\"C\",\"$id\":\"c\"},"
        "{\"name\":\"D\",\"$id\":\"d\",\"price\":4}]",
        "id=a name=A price=1 | id=b name=B price=2 | id=c name=C | id=d name=D price=4", "");
    fixture_free(&f);
}

/* The source's text of a float is kept for exact decimals (D12). */
static void test_float_source(void **state)
{
    (void)state;
    fixture f = of_format("yaml", IGD_RECORD_SINGLE);
    fixture_map(&f, "id");
    fixture_read(&f, "k", "name: a\nprice: 12345678901234567.10\n");
    ptrdiff_t column = igd_table_column(f.table, IGD_STR("price"));
    assert_string_equal(igd_arena_cstr(f.mem, f.records.items[0].row[column].text),
                        "12345678901234567.10");
    fixture_free(&f);
}

static void test_nul(void **state)
{
    (void)state;
    fixture f = of_format("yaml", IGD_RECORD_MAP);
    fixture_map(&f, "id");
    read_expect(&f, "", "a:\n  name: \"x\\0y\"\n\"b\\0\":\n  name: B\n", "",
                "nul 2:9 name|!nul 3:1");
    assert_int_equal(f.records.invalid_len, 1);
    fixture_free(&f);
}

/* A parser's warnings get the path and key of the record. */
static void test_markdown(void **state)
{
    (void)state;
    igd_field fields[] = {make_field("title", "string"), make_field("$content", "string")};
    fixture f = fixture_new("markdown", IGD_RECORD_SINGLE, fields, 2);
    fixture_map(&f, "id");
    fixture_read(&f, "k", "---\ntitle: T\nother: x\n---\nText\n");
    assert_string_equal(fixture_rows(&f), "id=k title=T content=Text\n");
    assert_int_equal(f.problems.warnings, 1);
    assert_int_equal(f.problems.invalid, 0);
    assert_string_equal(igd_arena_cstr(f.mem, f.problems.items[0].key), "k");
    assert_string_equal(igd_arena_cstr(f.mem, f.problems.items[0].path), "things/file");
    fixture_free(&f);
}

/* Messages keep a bound and one line, whatever the source holds. */
static void test_excerpts(void **state)
{
    (void)state;
    igd_field field = make_field("n", "int");
    fixture f = fixture_new("json", IGD_RECORD_SINGLE, &field, 1);
    fixture_map(&f, "id");
    fixture_read(&f, "k", "{\"n\": \"a\\nb\\u001b[31m\"}");
    assert_string_equal(fixture_reason(&f), "column 'n' is of type int: 'a b [31m' is text");
    /* No half of a character: 59 bytes, then two. */
    fixture_read(&f, "k",
                 "{\"n\": \"01234567890123456789012345678901234567890123456789012345678"
                 "\xC3\xA4\xC3\xA4\"}");
    assert_string_equal(fixture_reason(&f),
                        "column 'n' is of type int: "
                        "'01234567890123456789012345678901234567890123456789012345678...' is text");
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_unreadable_single),
        cmocka_unit_test(test_unreadable_many),
        cmocka_unit_test(test_lfs),
        cmocka_unit_test(test_undeclared),
        cmocka_unit_test(test_all_problems),
        cmocka_unit_test(test_order_of_fields),
        cmocka_unit_test(test_float_source),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_markdown),
        cmocka_unit_test(test_excerpts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
