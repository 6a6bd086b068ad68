/*
 * Mapping: checks, foreign keys, indexes and their names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "schema/mapping.h"

#define MOST 12

static igd_field fields[MOST];
static igd_collection root, target;
static igd_problems problems;
static igd_schema schema;
static igd_arena *mem;

static int setup(void **state)
{
    (void)state;
    mem = igd_arena_new();
    memset(fields, 0, sizeof(fields));
    root = (igd_collection){.id = IGD_STR("c"), .fields = fields};
    target = (igd_collection){.id = IGD_STR("m.t")};
    problems = IGD_PROBLEMS_INIT(mem);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    igd_arena_free(mem);
    return 0;
}

static igd_field *field(const char *name, const char *type)
{
    igd_field *f = &fields[root.field_count++];
    f->name = igd_str_from(name);
    assert_int_equal(igd_type_parse(igd_str_from(type), &f->type, NULL), IGD_TYPE_OK);
    return f;
}

static const igd_table *map(size_t identifier_bytes)
{
    const igd_collection *all[] = {&root, &target};
    igd_mapping mapping = {.key_column = IGD_STR("id"), .identifier_bytes = identifier_bytes};
    igd_map_schema(all, 2, &mapping, mem, &problems, &schema);
    return igd_schema_collection(&schema, root.id);
}

static void allow(igd_field *f, igd_kind kind, const char *text)
{
    igd_value value;
    assert_null(igd_value_parse(kind, igd_str_from(text), mem, &value));
    IGD_PUSH(mem, &f->allowed, value);
}

static void assert_kinds(const igd_table *table, size_t count, const igd_check_kind *kinds)
{
    assert_int_equal(table->checks.len, count);
    for (size_t n = 0; n < count; n++)
        assert_int_equal(table->checks.items[n].kind, kinds[n]);
}

static void everything_on(igd_field *f)
{
    f->length = f->min_length = f->max_length = (igd_limit){true, 2};
    f->min_value = IGD_STR("1");
    f->max_value = IGD_STR("1e3");
}

static void checks_of_each_kind(void **state)
{
    (void)state;
    everything_on(field("s", "string"));
    everything_on(field("i", "int"));
    everything_on(field("f", "float"));
    everything_on(field("b", "bool"));
    everything_on(field("l", "[]string"));
    static const igd_check_kind wanted[] = {
        IGD_CHECK_LENGTH, IGD_CHECK_MIN_LENGTH, IGD_CHECK_MAX_LENGTH, IGD_CHECK_MIN,
        IGD_CHECK_MAX,    IGD_CHECK_MIN,        IGD_CHECK_MAX,
    };
    const igd_table *table = map(0);
    assert_kinds(table, IGD_COUNT(wanted), wanted);
    assert_true(igd_str_is(table->checks.items[4].number, "1e3"));
    assert_int_equal(table->checks.items[1].limit, 2);
}

static void bound_that_is_no_number(void **state)
{
    (void)state;
    field("i", "int")->min_value = IGD_STR("0 OR 1");
    assert_int_equal(map(0)->checks.len, 0);
}

/* A float is compared with the double that the reader compares it with. */
static void bounds_of_floats_are_doubles(void **state)
{
    (void)state;
    igd_field *f = field("f", "float");
    f->min_value = IGD_STR("9007199254740993");
    f->max_value = IGD_STR("1e300");
    field("i", "int")->min_value = IGD_STR("9007199254740993");
    const igd_table *table = map(0);
    assert_int_equal(table->checks.len, 3);
    assert_true(igd_str_is(table->checks.items[0].number, "9007199254740992"));
    assert_true(igd_str_is(table->checks.items[1].number, "1e+300"));
    assert_true(igd_str_is(table->checks.items[2].number, "9007199254740993"));
}

static void enums_are_sets(void **state)
{
    (void)state;
    igd_field *f = field("s", "string");
    allow(f, IGD_STRING, "b");
    allow(f, IGD_STRING, "a");
    const igd_table *one = map(0);
    igd_str name = one->checks.items[0].name;
    allow(f, IGD_STRING, "b");
    f->allowed.items[0] = igd_value_string(IGD_STR("a"));
    const igd_table *other = map(0);
    assert_true(igd_str_eq(name, other->checks.items[0].name));
    assert_int_equal(other->checks.items[0].values.len, 2);
    allow(f, IGD_STRING, "c");
    assert_false(igd_str_eq(name, map(0)->checks.items[0].name));
}

static void enums_of_references_and_keys(void **state)
{
    (void)state;
    igd_field *f = field("ref", "int");
    f->foreign_key = IGD_STR("m.t");
    allow(f, IGD_INT, "7");
    igd_field *key = field("$ID", "int");
    allow(key, IGD_INT, "7");
    key->min_value = IGD_STR("1");
    igd_field *json = field("any", "any");
    allow(json, IGD_STRING, "7");
    const igd_table *table = map(0);
    assert_int_equal(table->checks.len, 1);
    assert_true(igd_str_is(table->checks.items[0].column, "ref"));
    assert_int_equal(table->checks.items[0].values.items[0].kind, IGD_STRING);
    assert_true(igd_str_is(table->checks.items[0].values.items[0].text, "7"));
}

static void keys_have_their_checks(void **state)
{
    (void)state;
    igd_field *key = field("id", "string");
    key->max_length = (igd_limit){true, 8};
    allow(key, IGD_STRING, "a");
    static const igd_check_kind wanted[] = {IGD_CHECK_ENUM, IGD_CHECK_MAX_LENGTH};
    assert_kinds(map(0), 2, wanted);
}

static void reference_with_its_index(void **state)
{
    (void)state;
    field("ref", "int")->foreign_key = IGD_STR("m.t");
    const igd_table *table = map(0);
    assert_int_equal(problems.len, 0);
    assert_int_equal(table->foreign_keys.len, 1);
    const igd_foreign_key *key = &table->foreign_keys.items[0];
    assert_true(igd_str_is(key->ref_table, "m_t"));
    assert_true(igd_str_is(key->ref_columns.items[0], "id"));
    assert_false(key->cascade);
    assert_true(igd_str_starts(key->name, IGD_STR("fk_c_ref_")));
    assert_int_equal(key->name.len, strlen("fk_c_ref_") + 8);
    assert_int_equal(table->indexes.len, 1);
    assert_true(igd_str_starts(table->indexes.items[0].name, IGD_STR("ix_c_ref_")));
    assert_ptr_equal(igd_table_foreign_key(table, key->name), key);
    assert_ptr_equal(igd_table_index(table, table->indexes.items[0].name), table->indexes.items);
    assert_null(igd_table_index(table, key->name));
}

static void reference_that_is_the_key(void **state)
{
    (void)state;
    field("id", "string")->foreign_key = IGD_STR("m.t");
    const igd_table *table = map(0);
    assert_int_equal(table->foreign_keys.len, 1);
    assert_int_equal(table->indexes.len, 0);
}

static void reference_of_a_list_is_not_enforced(void **state)
{
    (void)state;
    field("refs", "[]string")->foreign_key = IGD_STR("m.t");
    const igd_table *table = map(0);
    assert_int_equal(problems.len, 0);
    assert_int_equal(table->foreign_keys.len + table->indexes.len, 0);
    assert_int_equal(table->columns[1].type.kind, IGD_JSON);
    assert_false(table->columns[1].key_text);
}

static void reference_to_nowhere(void **state)
{
    (void)state;
    field("ref", "string")->foreign_key = IGD_STR("nowhere");
    field("refs", "[]string")->foreign_key = IGD_STR("nowhere");
    const igd_table *table = map(0);
    assert_int_equal(problems.schema_errors, 2);
    assert_true(igd_str_is(problems.items[0].reason,
                           "column 'ref' refers to collection 'nowhere', which does not exist"));
    assert_true(igd_str_is(problems.items[0].field, "ref"));
    assert_int_equal(table->foreign_keys.len, 0);
}

static void reference_to_a_subcollection(void **state)
{
    (void)state;
    target = (igd_collection){.id = IGD_STR("c/sub"), .parent = &root};
    field("ref", "string")->foreign_key = IGD_STR("c/sub");
    map(0);
    assert_int_equal(problems.schema_errors, 1);
    assert_true(igd_str_is(problems.items[0].reason,
                           "column 'ref' refers to 'c/sub', which is a subcollection"));
}

static void names_are_cut_before_the_digest(void **state)
{
    (void)state;
    igd_field *f = field("a_column_with_a_name", "string");
    f->max_length = f->min_length = (igd_limit){true, 2};
    const igd_table *table = map(24);
    igd_str a = table->checks.items[0].name, b = table->checks.items[1].name;
    assert_int_equal(a.len, 24);
    assert_memory_equal(a.ptr, "ck_c_a_column_w_", 16);
    assert_false(igd_str_eq(a, b));
    igd_str whole = map(0)->checks.items[0].name;
    assert_true(igd_str_ends(whole, igd_str_sub(a, 16, 8)));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(checks_of_each_kind),
        TEST(bound_that_is_no_number),
        TEST(bounds_of_floats_are_doubles),
        TEST(enums_are_sets),
        TEST(enums_of_references_and_keys),
        TEST(keys_have_their_checks),
        TEST(reference_with_its_index),
        TEST(reference_that_is_the_key),
        TEST(reference_of_a_list_is_not_enforced),
        TEST(reference_to_nowhere),
        TEST(reference_to_a_subcollection),
        TEST(names_are_cut_before_the_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
