/*
 * Flat YAML: what is taken is what libyaml makes of it, and what is not, is left alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "cmocka.h"
#include "ingitdb/yaml.h"
#include "ingitdb/yaml_flat.h"

/* From a copy of exact size, so that reading one byte too far is found. */
static bool take(igd_str text, igd_arena *mem, igd_node **out)
{
    char *copy = igd_arena_alloc(mem, text.len);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return igd_yaml_flat((igd_str){copy, text.len}, mem, out);
}

static void assert_same(const igd_node *flat, const igd_node *other)
{
    assert_int_equal(flat->kind, other->kind);
    assert_int_equal(flat->line, other->line);
    assert_int_equal(flat->column, other->column);
    if (flat->kind != IGD_NODE_MAP) {
        assert_true(igd_str_eq(flat->text, other->text));
        return;
    }
    assert_int_equal(flat->count, other->count);
    for (size_t n = 0; n < flat->count; n++) {
        const igd_member *a = &flat->members[n], *b = &other->members[n];
        assert_true(igd_str_eq(a->key, b->key));
        assert_int_equal(a->line, b->line);
        assert_int_equal(a->column, b->column);
        assert_same(a->value, b->value);
    }
}

static void assert_taken(igd_str text)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_error err = IGD_ERROR_INIT;
    igd_node *flat = NULL, *other = NULL;
    if (!take(text, mem, &flat))
        fail_msg("not taken: %.*s", IGD_STR_ARG(text));
    assert_int_equal(igd_yaml_parse(text, mem, &other, &err), IGD_OK);
    assert_same(flat, other);
}

static void assert_left(igd_str text)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_node *flat = NULL;
    if (take(text, mem, &flat))
        fail_msg("taken: %.*s", IGD_STR_ARG(text));
    assert_null(flat);
}

static void test_taken(void **state IGD_UNUSED)
{
    static const char *const texts[] = {
        "a: b",
        "a: b\n",
        "a:    b c  d\n",
        "\n# comment: \"here\n\na: b\n#\nb: c\n\n",
        "$ID: x\n_a.b-c: 1\n1: 2\ntrue: yes\n",
        "a: -1\nb: -x\nc: +1.5e3\nd: .5\ne: ~\nf: null\ng: 2024-01-02 03:04:05\n",
        "a: http://x.org:80/?q=1#top\nb: c#d\nc: x-y,z;[a]{b}&*!|>'\"%@`\n",
        "a: \"\"\nb: ''\nc: \" x: # y \"\nd: 'a\\b'\ne: \"it's\"\nf: 'say \"x\"'\n",
        "a: Zürich €\nb: \"日本、！\"\nc: 😀\n",
        "a: (x)\nb: /y\nc: <<\n",
    };
    for (size_t n = 0; n < sizeof(texts) / sizeof(texts[0]); n++)
        assert_taken(igd_str_from(texts[n]));
}

static void test_left(void **state IGD_UNUSED)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "# comment\n",
        "a",
        "a:\n",
        "a:b\n",
        "a : b\n",
        "a: b \n",
        "a: \n",
        "a: b\n c\n",
        "a: b\n  \n",
        "a: b: c\n",
        "a: b:\n",
        "a: b # c\n",
        "a: b\na: c\n",
        "null: b\n",
        "<<: b\n",
        "\"a\": b\n",
        "? a\n: b\n",
        "- a: b\n",
        "a: - b\n",
        "a: -\n",
        "a: --- b\n",
        "---\na: b\n",
        "a: b\n...\n",
        "a: b\n---\nc: d\n",
        "%YAML 1.1\n---\na: b\n",
        "a: [b]\n",
        "a: {b: c}\n",
        "a: &b c\n",
        "a: *b\n",
        "a: !!str b\n",
        "a: |\n  b\n",
        "a: >\n  b\n",
        "a: @b\n",
        "a: `b\n",
        "a: %b\n",
        "a: \"b\\n\"\n",
        "a: \"b\n",
        "a: \"b\" c\n",
        "a: \"b\"c\"\n",
        "a: 'b''c'\n",
        "a: 'b\n  c'\n",
        "a:\tb\n",
        "a: b\tc\n",
        "a: b\r\nc: d\r\n",
        "a: \x01\n",
        "a: \x7F\n",
        "a: \xC2\x85\n",
        "a: \xE2\x80\xA8\n",
        "a: \xEF\xBB\xBF\n",
        "a: \xEF\xBF\xBE\n",
        "\xEF\xBB\xBF"
        "a: b\n",
        "a: \xFF\n",
        "a: \xC3\n",
        "ü: b\n",
    };
    for (size_t n = 0; n < sizeof(texts) / sizeof(texts[0]); n++)
        assert_left(igd_str_from(texts[n]));
    assert_left((igd_str){"a: \0b\n", 6});
}

/* The limits: 64 members are taken, 65 are left, and so are very long keys. */
static void test_limits(void **state IGD_UNUSED)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (int n = 0; n < 64; n++)
        igd_buf_printf(&text, "field_%d: %d\n", n, n);
    assert_taken(igd_buf_view(&text));
    igd_buf_puts(&text, "more: 1\n");
    assert_left(igd_buf_view(&text));
    igd_buf_clear(&text);
    for (int n = 0; n < 2000; n++)
        igd_buf_byte(&text, 'k');
    igd_buf_puts(&text, ": 1\n");
    assert_left(igd_buf_view(&text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_left),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
