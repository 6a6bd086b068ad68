/*
 * Column types: every name of the format, its aliases, and what is no type.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "schema/type.h"

typedef struct example {
    const char *name;
    igd_type_result result;
    igd_type type;
    const char *canonical;
} example;

#define SCALAR(name, kind)                                \
    {                                                     \
        name, IGD_TYPE_OK, {kind, IGD_SCALAR, kind}, name \
    }
#define LIST(name, kind)                                    \
    {                                                       \
        name, IGD_TYPE_OK, {IGD_JSON, IGD_LIST, kind}, name \
    }
#define MAP(name)                                                          \
    {                                                                      \
        name, IGD_TYPE_OK, {IGD_JSON, IGD_MAP, IGD_JSON}, "map[string]any" \
    }
#define ALIAS(name, kind, shape, e, is)            \
    {                                              \
        name, IGD_TYPE_ALIAS, {kind, shape, e}, is \
    }

static const example examples[] = {
    SCALAR("string", IGD_STRING),
    SCALAR("int", IGD_INT),
    SCALAR("float", IGD_FLOAT),
    SCALAR("bool", IGD_BOOL),
    SCALAR("date", IGD_DATE),
    SCALAR("time", IGD_TIME),
    SCALAR("datetime", IGD_DATETIME),
    {"any", IGD_TYPE_OK, {IGD_JSON, IGD_ANY, IGD_JSON}, "any"},
    LIST("[]string", IGD_STRING),
    LIST("[]int", IGD_INT),
    LIST("[]float", IGD_FLOAT),
    LIST("[]bool", IGD_BOOL),
    LIST("[]date", IGD_DATE),
    LIST("[]time", IGD_TIME),
    LIST("[]datetime", IGD_DATETIME),
    LIST("[]any", IGD_JSON),
    {"map[locale]string", IGD_TYPE_OK, {IGD_JSON, IGD_MAP, IGD_STRING}, "map[locale]string"},
    MAP("map[string]any"),
    MAP("map[string]string"),
    MAP("map[int]float"),
    MAP("map[number]x"),
    MAP("map[bool]"),
    MAP("map[date]string"),
    MAP("map[locale]any"),
    MAP("map[string]map[string]any"),
    ALIAS("number", IGD_FLOAT, IGD_SCALAR, IGD_FLOAT, "float"),
    ALIAS("integer", IGD_INT, IGD_SCALAR, IGD_INT, "int"),
    ALIAS("[]number", IGD_JSON, IGD_LIST, IGD_FLOAT, "[]float"),
    ALIAS("[]integer", IGD_JSON, IGD_LIST, IGD_INT, "[]int"),
    ALIAS("map[i18n]string", IGD_JSON, IGD_MAP, IGD_STRING, "map[locale]string"),
};

static void names_of_the_format(void **state)
{
    (void)state;
    for (size_t n = 0; n < IGD_COUNT(examples); n++) {
        const example *e = &examples[n];
        igd_type type;
        const char *canonical = NULL;
        assert_int_equal(igd_type_parse(igd_str_from(e->name), &type, &canonical), e->result);
        assert_true(igd_type_eq(type, e->type));
        assert_string_equal(canonical, e->canonical);
        assert_string_equal(igd_type_name(type), e->canonical);
        assert_int_equal(igd_type_parse(igd_str_from(e->name), &type, NULL), e->result);

        /* The canonical name leads back to the same type, without a warning. */
        assert_int_equal(igd_type_parse(igd_str_from(e->canonical), &type, NULL), IGD_TYPE_OK);
        assert_true(igd_type_eq(type, e->type));
    }
}

static void unknown_names(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        "text",
        "String",
        " string",
        "string ",
        "[]",
        "[]text",
        "[][]int",
        "[]map[string]any",
        "[] int",
        "map",
        "map[",
        "map[]",
        "map[]any",
        "map[string",
        "map[any]any",
        "map[float]int",
        "map[i18n]any",
        "map[ string]any",
        "null",
        "json",
        "raw",
        "list",
        "[string]",
    };
    for (size_t n = 0; n < IGD_COUNT(names); n++) {
        igd_type type = {IGD_BOOL, IGD_SCALAR, IGD_BOOL};
        const char *canonical = "untouched";
        if (igd_type_parse(igd_str_from(names[n]), &type, &canonical) != IGD_TYPE_UNKNOWN)
            fail_msg("'%s' was taken", names[n]);
        assert_int_equal(type.kind, IGD_BOOL);
        assert_string_equal(canonical, "untouched");
    }
}

static void kinds_and_their_numbers(void **state)
{
    (void)state;
    /* Both are stored in targets: names in schema_json, numbers in digests. */
    static const char *const names[] = {"null", "string", "int",      "float", "bool",
                                        "date", "time",   "datetime", "json",  "raw"};
    for (size_t n = 0; n < IGD_COUNT(names); n++) {
        igd_kind kind;
        assert_true(igd_kind_from_name(igd_str_from(names[n]), &kind));
        assert_int_equal(kind, n);
        assert_string_equal(igd_kind_name(kind), names[n]);
    }
    igd_kind kind = IGD_BOOL;
    assert_false(igd_kind_from_name(IGD_STR("any"), &kind));
    assert_false(igd_kind_from_name(IGD_STR(""), &kind));
    assert_int_equal(kind, IGD_BOOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_the_format),
        cmocka_unit_test(unknown_names),
        cmocka_unit_test(kinds_and_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
