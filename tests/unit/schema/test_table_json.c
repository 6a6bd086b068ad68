/*
 * Tables as JSON: there and back, the same bytes, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "schema/table.h"

static const char whole[] =
    "{\"name\":\"t\",\"collection\":\"c/t\",\"key_count\":2,\"columns\":["
    "{\"name\":\"c_id\",\"type\":\"string\",\"not_null\":true,\"key_text\":true},"
    "{\"name\":\"id\",\"type\":\"string\",\"not_null\":true,\"key_text\":true},"
    "{\"name\":\"z \\\"\xC3\xA4\",\"type\":\"string\",\"max_chars\":40},"
    "{\"name\":\"f\",\"type\":\"float\",\"not_null\":true},"
    "{\"name\":\"l\",\"type\":\"[]int\"},"
    "{\"name\":\"m\",\"type\":\"map[locale]string\"},"
    "{\"name\":\"a\",\"type\":\"any\"}],"
    "\"checks\":["
    "{\"name\":\"k1\",\"column\":\"f\",\"kind\":\"enum\",\"values\":[\"0.1\",\"1e+21\"]},"
    "{\"name\":\"k2\",\"column\":\"f\",\"kind\":\"min\",\"number\":\"-1.50\"},"
    "{\"name\":\"k3\",\"column\":\"id\",\"kind\":\"max_length\",\"limit\":9},"
    "{\"name\":\"k4\",\"column\":\"id\",\"kind\":\"enum\",\"values\":[\"\",\"b\"]}],"
    "\"foreign_keys\":[{\"name\":\"k5\",\"columns\":[\"c_id\"],\"ref_table\":\"c\","
    "\"ref_columns\":[\"id\"],\"cascade\":true}],"
    "\"indexes\":[{\"name\":\"k6\",\"columns\":[\"f\",\"l\"]}]}";

static void round_trip(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_error err = IGD_ERROR_INIT;
    igd_table table;
    int code = igd_table_from_json(igd_str_from(whole), mem, &table, &err);
    if (code != IGD_OK)
        fail_msg("%s", err.message);
    igd_str again = igd_table_to_json(&table, mem);
    assert_string_equal(igd_arena_cstr(mem, again), whole);

    assert_int_equal(table.key_count, 2);
    assert_int_equal(table.column_count, 7);
    assert_int_equal(table.columns[2].field, IGD_FIELD_NONE);
    static const uint32_t order[] = {6, 3, 4, 5, 2};
    assert_memory_equal(table.digest_order, order, sizeof(order));
    const igd_check *check = igd_table_check(&table, IGD_STR("k1"));
    assert_int_equal(check->values.len, 2);
    assert_int_equal(check->values.items[0].kind, IGD_FLOAT);
    assert_true(check->values.items[1].number > 9e20);
    assert_true(table.foreign_keys.items[0].cascade);
    assert_int_equal(igd_table_column(&table, IGD_STR("f")), 3);
    assert_int_equal(igd_table_column(&table, IGD_STR("F")), -1);
    assert_null(igd_table_check(&table, IGD_STR("k5")));
}

static void keys_in_any_order(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_error err = IGD_ERROR_INIT;
    igd_table table;
    const char *json = " {\"checks\":[{\"kind\":\"enum\",\"values\":[\"1\"],\"column\":\"n\","
                       "\"name\":\"k\"}],\"indexes\":[],\"foreign_keys\":[],\"columns\":["
                       "{\"not_null\":true,\"type\":\"string\",\"name\":\"id\"},"
                       "{\"type\":\"int\",\"name\":\"n\"}],\"key_count\":1,\"collection\":\"t\","
                       "\"name\":\"t\"}\n";
    assert_int_equal(igd_table_from_json(igd_str_from(json), mem, &table, &err), IGD_OK);
    assert_int_equal(table.checks.items[0].values.items[0].integer, 1);
}

static void assert_refused(igd_str json, const char *why)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_error err = IGD_ERROR_INIT;
    igd_table table = {.key_count = 77};
    if (igd_table_from_json(json, mem, &table, &err) != IGD_E_FORMAT)
        fail_msg("accepted: %.*s", IGD_STR_ARG(json));
    assert_int_equal(err.code, IGD_E_FORMAT);
    assert_int_equal(table.key_count, 77);
    if (why && !strstr(err.message, why))
        fail_msg("'%s' does not say '%s'", err.message, why);
}

/* The whole table with one part of it replaced. */
static void assert_change_refused(const char *part, const char *other, const char *why)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const char *at = strstr(whole, part);
    assert_non_null(at);
    igd_str json =
        igd_arena_printf(mem, "%.*s%s%s", (int)(at - whole), whole, other, at + strlen(part));
    assert_refused(json, why);
}

static void rubbish(void **state)
{
    (void)state;
    assert_refused(IGD_STR(""), NULL);
    assert_refused(IGD_STR("null"), "an object is expected");
    assert_refused(IGD_STR("{}"), "a key is missing");
    assert_refused(IGD_STR("[[[[[[[[[["), NULL);
    for (size_t n = 0; n < sizeof(whole) - 1; n++)
        assert_refused((igd_str){whole, n}, NULL);

    assert_change_refused("\"indexes\":[{", "\"indexes\":[],\"indexes\":[{", "there twice");
    assert_change_refused("\"checks\"", "\"chekcs\"", "not known");
    assert_change_refused("\"key_count\":2,", "", "is missing");
    assert_change_refused("\"key_count\":2", "\"key_count\":0", "number of key columns");
    assert_change_refused("\"key_count\":2", "\"key_count\":8", "number of key columns");
    assert_change_refused("\"key_count\":2", "\"key_count\":2.5", "an integer is expected");
    assert_change_refused("\"key_count\":2", "\"key_count\":\"2\"", "an integer is expected");
    assert_change_refused("\"key_count\":2", "\"key_count\":3", "can be null");
    assert_change_refused("\"name\":\"a\"", "\"name\":\"f\"", "same name");
    assert_change_refused("\"name\":\"a\"", "\"name\":\"id\"", "same name");
    assert_change_refused("\"name\":\"a\"", "\"name\":\"\"", "empty");
    assert_change_refused("\"name\":\"t\"", "\"name\":\"t\\u0000\"", "NUL");
    assert_change_refused("\"any\"", "\"text\"", "type of a column");
    assert_change_refused("\"any\"", "null", "a text is expected");
    assert_change_refused("\"any\"", "\"any\",\"max_chars\":1", "only text");
    assert_change_refused("\"max_chars\":40", "\"max_chars\":-1", "negative");
    assert_change_refused("\"not_null\":true", "\"not_null\":1", "true or false");
    assert_change_refused("\"kind\":\"min\"", "\"kind\":\"least\"", "kind of a check");
    assert_change_refused("\"-1.50\"", "\"1; drop\"", "not a number");
    assert_change_refused("\"0.1\"", "\"x\"", "does not fit");
    assert_change_refused("[\"0.1\",\"1e+21\"]", "[]", "no values");
    assert_change_refused("\"limit\":9", "\"limit\":-9", "negative");
    assert_change_refused("\"limit\":9", "\"values\":[\"x\"]", "does not need");
    assert_change_refused("\"column\":\"id\"", "\"column\":\"x\"", "does not exist");
    assert_change_refused("[\"c_id\"]", "[\"x\"]", "does not exist");
    assert_change_refused("[\"c_id\"]", "[]", "no columns");
    assert_change_refused("\"ref_columns\":[\"id\"]", "\"ref_columns\":[]", "do not match");
    assert_change_refused("[\"f\",\"l\"]", "{}", "a list is expected");
    assert_change_refused("]}]}", "]}]}x", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(keys_in_any_order),
        cmocka_unit_test(rubbish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
