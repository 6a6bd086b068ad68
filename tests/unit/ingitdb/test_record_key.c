/*
 * Keys: of files, of maps, of lists' rows; keys that a field repeats; references to keys.
 */
#include "record_fixture.h"

static void read_expect(fixture *f, const char *key, const char *text, const char *rows,
                        const char *problems)
{
    fixture_read(f, key, text);
    assert_string_equal(fixture_rows(f), rows);
    assert_string_equal(fixture_problems(f), problems);
}

static void test_single(void **state)
{
    (void)state;
    igd_field fields[] = {make_field("id", "string"), make_field("n", "int")};
    fixture f = fixture_new("yaml", IGD_RECORD_SINGLE, fields, 2);
    fixture_map(&f, "id");
    read_expect(&f, "a.b", "n: 1\n", "id=a.b n=1", "");
    read_expect(&f, "a.b", "id: a.b\n", "id=a.b", "");
    read_expect(&f, "5", "id: '5'\n$ID: x\n$id: y\n", "id=5", "");
    read_expect(&f, "a", "id: b\n", "", "key 1:5 id");
    assert_string_equal(fixture_reason(&f), "column 'id' is 'b', but the record's key is 'a'");
    assert_non_null(strstr(fixture_hint(&f), "--key-column"));
    read_expect(&f, "a", "id: [a]\n", "", "type 1:5 id");
    fixture_free(&f);

    /* With another key column it is an ordinary one. */
    f = fixture_new("yaml", IGD_RECORD_SINGLE, fields, 2);
    fixture_map(&f, "slug");
    read_expect(&f, "a", "id: b\n", "slug=a id=b", "");
    fixture_free(&f);

    /* Without a declared one nothing is compared, and `id` is not declared. */
    f = fixture_new("yaml", IGD_RECORD_SINGLE, &fields[1], 1);
    fixture_map(&f, "id");
    read_expect(&f, "a", "$ID: b\n$id: [c]\n", "id=a", "");
    read_expect(&f, "a", "id: a\n", "", "undeclared 1:1 id");
    fixture_free(&f);
}

/* A declared $ID is checked by its own type and constraints, also when it is left out. */
static void test_typed_key(void **state)
{
    (void)state;
    igd_field field = make_field("$ID", "int");
    field.required = true;
    field.max_value = IGD_STR("100");
    fixture f = fixture_new("yaml", IGD_RECORD_SINGLE, &field, 1);
    fixture_map(&f, "id");
    read_expect(&f, "7", "", "id=7", "");
    read_expect(&f, "7", "$ID: 7.0\n", "id=7", "");
    read_expect(&f, "7", "$ID: 8\n", "", "key 1:6 $ID");
    read_expect(&f, "x", "", "", "type 1:1 $ID");
    read_expect(&f, "101", "", "", "bounds 1:1 $ID");
    fixture_free(&f);
}

static void test_map(void **state)
{
    (void)state;
    igd_field fields[] = {make_field("id", "string"), make_field("n", "int")};
    fixture f = fixture_new("yaml", IGD_RECORD_MAP, fields, 2);
    fixture_map(&f, "id");
    read_expect(&f, "", "a: {n: 1}\n.b: {id: .b}\n$c:\n5: {}\n", "id=a n=1 | id=.b | id=$c | id=5",
                "");
    read_expect(&f, "", "a: {id: b}\nc: {n: 2}\n", "id=c n=2", "key 1:9 id");
    assert_int_equal(f.records.invalid_len, 1);
    read_expect(&f, "", "'': {n: 1}\n", "", "!key 1:1");
    read_expect(&f, "", "a: text\n", "", "type 1:1");
    assert_int_equal(f.records.invalid_len, 1);
    fixture_free(&f);
}

static void test_list_of_usual_names(void **state)
{
    (void)state;
    igd_field n = make_field("n", "int");
    fixture f = fixture_new("yaml", IGD_RECORD_LIST, &n, 1);
    fixture_map(&f, "id");
    read_expect(&f, "", "- {$ID: a, $id: b}\n- {$id: c}\n- {id: d, n: 1}\n- {$ID: ~, id: e}\n",
                "id=a | id=c | id=d n=1 | id=e", "");
    /* Only one that is the key need not be declared. */
    read_expect(&f, "", "- {$ID: a, id: b}\n", "", "undeclared 1:12 id");
    read_expect(&f, "", "- {n: 1}\n", "", "!key 1:3");
    assert_int_equal(f.records.invalid_len, 0);
    read_expect(&f, "", "- {id: ''}\n-\n- 5\n", "", "!key 1:3|!key 2:2|!type 3:3");
    /* No type: what YAML says. */
    read_expect(&f, "", "- {id: 010}\n- {id: true}\n- {id: 1.5}\n- {id: 2024-1-5}\n- {id: [a]}\n",
                "id=8 | id=true | id=2024-01-05", "!key 3:8 id|!key 5:8 id");
    fixture_free(&f);

    f = fixture_new("json", IGD_RECORD_LIST, &n, 1);
    fixture_map(&f, "id");
    read_expect(&f, "",
                "[{\"id\": 1234567}, {\"id\": 1e6}, {\"id\": 5.0}, {\"id\": -0}, "
                "{\"id\": 123456789012345678901234567890}]",
                "id=1234567 | id=1000000 | id=5 | id=0 | id=123456789012345678901234567890", "");
    read_expect(&f, "", "[{\"id\": 0.5}, {\"id\": 1e30}, {\"id\": \"a\\u0000\"}]", "",
                "!key 1:9 id|!key 1:22 id|!nul 1:36 id");
    fixture_free(&f);
}

static void test_list_of_declared_key(void **state)
{
    (void)state;
    igd_field fields[] = {make_field("id", "int"), make_field("n", "int")};
    fixture f = fixture_new("yaml", IGD_RECORD_LIST, fields, 2);
    fixture_map(&f, "id");
    read_expect(&f, "", "- {id: 7}\n- {id: 0x10, n: 1}\n", "id=7 | id=16 n=1", "");
    /* The key does not fit: reported once, without a key, and so is the rest. */
    read_expect(&f, "", "- {id: x, n: y}\n", "", "!type 1:8 id|!type 1:14 n");
    /* $ID comes first, then the two have to agree. */
    read_expect(&f, "", "- {$ID: 7, id: 7}\n- {$ID: 8, id: 9}\n", "id=7", "key 2:16 id");
    fixture_free(&f);

    fields[0] = make_field("id", "float");
    f = fixture_new("yaml", IGD_RECORD_LIST, fields, 2);
    fixture_map(&f, "id");
    read_expect(&f, "", "- {id: 1e6}\n- {id: 1.5}\n- {id: 123456789012345678901234567890}\n",
                "id=1000000 | id=123456789012345678901234567890", "!key 2:8 id");
    fixture_free(&f);

    fields[0] = make_field("id", "any");
    f = fixture_new("yaml", IGD_RECORD_LIST, fields, 2);
    fixture_map(&f, "id");
    read_expect(&f, "", "- {id: a}\n- {id: 5}\n- {id: {a: b}}\n", "id=a | id=5", "!key 3:8 id");
    fixture_free(&f);
}

static void test_primary_key(void **state)
{
    (void)state;
    igd_field fields[] = {make_field("day", "date"), make_field("id", "string"),
                          make_field("no", "int")};
    fixture f = fixture_new("yaml", IGD_RECORD_LIST, fields, 3);
    IGD_PUSH(f.mem, &f.definition.model.primary_key, IGD_STR("no"));
    fixture_map(&f, "id");
    read_expect(&f, "", "- {no: 1, id: a}\n- {no: 2}\n", "no=1 id=a | no=2", "");
    /* Not the usual names: primary_key was given. */
    read_expect(&f, "", "- {id: a}\n", "", "!key 1:3 no");
    assert_string_equal(fixture_reason(&f),
                        "the row has no resolvable key: column 'no' has no value");
    fixture_free(&f);

    f = fixture_new("yaml", IGD_RECORD_LIST, fields, 3);
    IGD_PUSH(f.mem, &f.definition.model.primary_key, IGD_STR("day"));
    IGD_PUSH(f.mem, &f.definition.model.primary_key, IGD_STR("no"));
    fixture_map(&f, "id");
    read_expect(&f, "", "- {day: 2024-1-5, no: 7}\n",
                "_key=2024-01-05\x1F"
                "7 day=2024-01-05 no=7",
                "");
    read_expect(&f, "", "- {day: 2024-1-5}\n- {day: x, no: 1}\n", "", "!key 1:3 no|!type 2:9 day");
    /* Equal parts are equal keys, however they are written. */
    read_expect(&f, "", "- {day: 2024-1-5, no: 7}\n- {day: 2024-01-05, no: 0x7}\n", "",
                "duplicate-key 1:3|duplicate-key 2:3");
    fixture_free(&f);
}

static void test_duplicates(void **state)
{
    (void)state;
    igd_field fields[] = {make_field("id", "string"), make_field("n", "int")};
    fixture f = fixture_new("yaml", IGD_RECORD_LIST, fields, 2);
    fixture_map(&f, "id");
    read_expect(&f, "",
                "- {id: a}\n- {id: b, n: 1}\n- {id: a, n: 2}\n- {id: c, n: x}\n- {id: c}\n"
                "- {id: a}\n",
                "id=b n=1",
                "type 4:14 n|duplicate-key 1:3|duplicate-key 3:3|duplicate-key 4:3|"
                "duplicate-key 5:3|duplicate-key 6:3");
    assert_string_equal(igd_arena_cstr(f.mem, f.problems.items[1].reason),
                        "the key 'a' is also that of the row at line 6");
    assert_string_equal(igd_arena_cstr(f.mem, f.problems.items[2].reason),
                        "the key 'a' is also that of the row at line 1");
    /* Each key once. */
    assert_int_equal(f.records.invalid_len, 2);
    assert_string_equal(igd_arena_cstr(f.mem, f.records.invalid[0].row[0].text), "a");
    assert_string_equal(igd_arena_cstr(f.mem, f.records.invalid[1].row[0].text), "c");
    assert_int_equal(f.records.invalid[1].row[1].kind, IGD_NULL);
    fixture_free(&f);
}

/* More rows than are compared one by one. */
static void test_many_rows(void **state)
{
    (void)state;
    igd_field field = make_field("id", "int");
    fixture f = fixture_new("csv", IGD_RECORD_LIST, &field, 1);
    fixture_map(&f, "id");
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_buf_puts(&text, "id\n");
    for (int n = 0; n < 3000; n++)
        igd_buf_printf(&text, "%d\n", n % 2990);
    fixture_read_bytes(&f, "", igd_buf_view(&text));
    assert_int_equal(f.records.len, 2980);
    assert_int_equal(f.records.invalid_len, 10);
    assert_int_equal(f.problems.invalid, 20);
    fixture_free(&f);
}

static void test_references(void **state)
{
    (void)state;
    static const struct {
        const char *type, *text, *rows, *problems;
    } rows[] = {
        {"string", "x: a\n", "id=k x=a", ""},
        {"string", "x: 007\n", "id=k x=007", "?unquoted 1:4 x"},
        {"string", "x: ''\n", "id=k", ""},
        {"string", "x: ~\n", "id=k", ""},
        {"int", "x: 0x10\n", "id=k x=16", ""},
        {"int", "x: 5.0\n", "id=k x=5", ""},
        {"int", "x: a\n", "", "type 1:4 x"},
        {"bool", "x: true\n", "id=k x=true", ""},
        {"float", "x: 1e3\n", "id=k x=1000", ""},
        {"float", "x: 1.5\n", "", "key 1:4 x"},
        {"date", "x: 2024-1-5\n", "id=k x=2024-01-05", ""},
        /* Lists stay what they are (D26). */
        {"[]string", "x: [a, '']\n", "id=k x=[\"a\",\"\"]", ""},
    };
    for (size_t n = 0; n < IGD_COUNT(rows); n++) {
        igd_field field = make_field("x", rows[n].type);
        field.foreign_key = IGD_STR("things");
        fixture f = fixture_new("yaml", IGD_RECORD_SINGLE, &field, 1);
        fixture_map(&f, "id");
        read_expect(&f, "k", rows[n].text, rows[n].rows, rows[n].problems);
        fixture_free(&f);
    }
    igd_field field = make_field("x", "string");
    field.foreign_key = IGD_STR("things");
    field.required = true;
    field.min_length = (igd_limit){true, 2};
    fixture f = fixture_new("yaml", IGD_RECORD_SINGLE, &field, 1);
    fixture_map(&f, "id");
    read_expect(&f, "k", "x: ''\n", "", "required 1:4 x");
    assert_string_equal(fixture_reason(&f), "column 'x' is required and is empty");
    fixture_free(&f);
}

/* Ancestors come first in rows and in problems. */
static void test_ancestors(void **state)
{
    (void)state;
    igd_field field = make_field("n", "int");
    fixture f = fixture_new("yaml", IGD_RECORD_MAP, &field, 1);
    igd_collection parent = {
        .id = IGD_STR("orders"),
        .name = IGD_STR("orders"),
        .fields = &field,
        .field_count = 1,
    };
    f.definition.model.parent = &parent;
    f.definition.model.id = IGD_STR("orders/things");
    fixture_map(&f, "id");
    read_expect(&f, "", "a/b: {n: 1}\nb: {n: x}\n", "orders_id=parent id=a/b n=1", "type 2:8 n");
    assert_string_equal(igd_arena_cstr(f.mem, f.problems.items[0].key), "parent/b");
    assert_string_equal(igd_arena_cstr(f.mem, f.problems.items[0].key_json), "[\"parent\",\"b\"]");
    assert_int_equal(f.records.invalid_len, 1);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_typed_key),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_list_of_usual_names),
        cmocka_unit_test(test_list_of_declared_key),
        cmocka_unit_test(test_primary_key),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_ancestors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
