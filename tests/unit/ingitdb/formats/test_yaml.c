/*
 * YAML files as records: what may be at the top, by record type.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "cmocka.h"
#include "ingitdb/format.h"

static int parse(const char *text, igd_record_type type, igd_arena *mem, igd_node **out,
                 igd_error *err)
{
    *err = IGD_ERROR_INIT;
    const igd_format_input input = {.text = igd_str_from(text), .record_type = type};
    return igd_format_yaml.parse(&input, mem, out, err);
}

static void test_empty(void **state)
{
    (void)state;
    static const char *const texts[] = {"",    "\n",     "# comment\n", "---\n", "---\n...\n",
                                        "~\n", "null\n", "!!null\n",    "{}\n"};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_error err;
    for (size_t n = 0; n < IGD_COUNT(texts); n++) {
        for (igd_record_type type = IGD_RECORD_SINGLE; type <= IGD_RECORD_MAP; type++) {
            const char *text = texts[n];
            if (type == IGD_RECORD_LIST && strcmp(text, "{}\n") == 0)
                text = "[]";
            igd_node *root = NULL;
            assert_int_equal(parse(text, type, mem, &root, &err), IGD_OK);
            assert_int_equal(root->kind, type == IGD_RECORD_LIST ? IGD_NODE_LIST : IGD_NODE_MAP);
            assert_int_equal(root->count, 0);
            assert_int_equal(root->line, 1);
        }
    }
}

static void test_top(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        igd_record_type type;
        const char *message; /* NULL: fine */
    } cases[] = {
        {"a: 1", IGD_RECORD_SINGLE, NULL},
        {"a: {b: 1}", IGD_RECORD_MAP, NULL},
        {"- a: 1", IGD_RECORD_LIST, NULL},
        {"# c\n- a: 1", IGD_RECORD_SINGLE, "a list instead of a map at the top"},
        {"# c\n- a: 1", IGD_RECORD_MAP, "a list instead of a map at the top"},
        {"# c\na: 1", IGD_RECORD_LIST, "a map instead of a list at the top"},
        {"# c\ntext", IGD_RECORD_SINGLE, "a text instead of a map at the top"},
        {"# c\n''", IGD_RECORD_SINGLE, "a text instead of a map at the top"},
        {"# c\n!!int 1", IGD_RECORD_LIST, "a number instead of a list at the top"},
        {"# c\nx: y: z", IGD_RECORD_SINGLE, "mapping values are not allowed in this context"},
    };
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        igd_node *root = NULL;
        igd_error err;
        int code = parse(cases[n].text, cases[n].type, mem, &root, &err);
        assert_int_equal(code, cases[n].message ? IGD_E_INVALID : IGD_OK);
        if (!cases[n].message)
            continue;
        assert_null(root);
        assert_string_equal(err.message, cases[n].message);
        assert_int_equal(err.place.line, 2);
        assert_true(err.hint[0] != '\0');
    }
}

static void test_both_names(void **state)
{
    (void)state;
    assert_string_equal(igd_format_yaml.name, "yaml");
    assert_string_equal(igd_format_yml.name, "yml");
    assert_ptr_equal(igd_format_yaml.parse, igd_format_yml.parse);
    for (igd_record_type type = IGD_RECORD_SINGLE; type <= IGD_RECORD_MAP; type++) {
        assert_true(igd_format_yaml.stores[type]);
        assert_true(igd_format_yml.stores[type]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_top),
        cmocka_unit_test(test_both_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
