/*
 * Templates of file names: which names match, with which key, and filling them in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "cmocka.h"
#include "ingitdb/file_template.h"

static igd_template parse(const char *text)
{
    igd_template template;
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(igd_template_parse(igd_str_from(text), &template, &err), IGD_OK);
    return template;
}

/* The key that a one-part template finds in a name, or "-". */
static void check(const char *text, const char *name, const char *expected)
{
    igd_template template = parse(text);
    assert_int_equal(template.count, 1);
    igd_str key = IGD_STR("?");
    bool matched = igd_template_match(&template.parts[0], igd_str_from(name), &key);
    if (strcmp(expected, "-") == 0) {
        assert_false(matched);
        assert_true(igd_str_is(key, "?"));
        return;
    }
    assert_true(matched);
    assert_true(igd_str_is(key, expected));
    if (!*expected)
        return;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    assert_true(igd_str_is(igd_template_fill(&template.parts[0], key, mem), name));
}

static void keys_are_found(void **state)
{
    (void)state;
    check("{key}.yaml", "red.yaml", "red");
    check("{key}.yaml", "two.dots.yaml", "two.dots");
    check("{key}.yaml", "a b:c\xff.yaml", "a b:c\xff");
    check("{key}.yaml", ".yaml", "-");
    check("{key}.yaml", "red.yml", "-");
    check("{key}.yaml", "red.yaml.bak", "-");
    check("{key}.yaml", "yaml", "-");
    check("{key}", "x", "x");
    check("{key}", "", "-");
    check("rec-{key}.rec.json", "rec-7.rec.json", "7");
    check("rec-{key}.rec.json", "rec-.rec.json", "-");
    check("rec-{key}.rec.json", "rec.rec.json", "-");
    check("tags.json", "tags.json", "");
    check("tags.json", "tags.jso", "-");
    check("{id}.json", "1.json", "-");
    check("{id}.json", "{id}.json", "");
    check("{key", "{key", "");
    check("{{key}}", "{x}", "x");
}

static void several_keys_are_equal(void **state)
{
    (void)state;
    check("{key}-{key}.json", "a-b-a-b.json", "a-b");
    check("{key}-{key}.json", "a-b.json", "-");
    check("{key}-{key}.json", "aa-a.json", "-");
    check("{key}{key}", "abab", "ab");
    check("{key}{key}", "aba", "-");
    check("{key}{key}{key}", "xxx", "x");
    check("x{key}{key}", "x", "-");
}

static void some_keys_no_record_has(void **state)
{
    (void)state;
    check("{key}.yaml", ".hidden.yaml", "-");
    check("{key}.yaml", "$views.yaml", "-");
    check("x{key}.yaml", "x$views.yaml", "-");
    check("{key}.yaml", "a$.b.yaml", "a$.b");
    assert_false(igd_record_key_ok((igd_str){0}));
    assert_false(igd_record_key_ok(IGD_STR("..")));
    assert_false(igd_record_key_ok(IGD_STR("a/b")));
    assert_false(igd_record_key_ok((igd_str){"a\0b", 3}));
    assert_true(igd_record_key_ok(IGD_STR("a.b$")));
}

static void paths_are_cleaned(void **state)
{
    (void)state;
    igd_template template = parse("./data//{key}/./{key}.json/");
    assert_int_equal(template.count, 3);
    assert_true(igd_str_is(template.parts[0].text, "data"));
    assert_int_equal(template.parts[0].keys, 0);
    assert_int_equal(template.parts[1].keys, 1);
    assert_int_equal(template.parts[1].literals, 0);
    assert_true(igd_str_is(template.parts[2].text, "{key}.json"));
    assert_int_equal(template.parts[2].literals, 5);
    assert_int_equal(parse("").count, 0);
    assert_int_equal(parse("/").count, 0);
}

static void depth_is_limited(void **state)
{
    (void)state;
    char text[2 * (IGD_TEMPLATE_PARTS + 1) + 1] = "";
    for (int n = 0; n < IGD_TEMPLATE_PARTS; n++)
        strcat(text, "a/");
    assert_int_equal(parse(text).count, IGD_TEMPLATE_PARTS);
    strcat(text, "a");
    igd_template template = {.count = 42};
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(igd_template_parse(igd_str_from(text), &template, &err), IGD_E_SCHEMA);
    assert_int_equal(template.count, 42);
    assert_true(err.hint[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_found),          cmocka_unit_test(several_keys_are_equal),
        cmocka_unit_test(some_keys_no_record_has), cmocka_unit_test(paths_are_cleaned),
        cmocka_unit_test(depth_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
