/*
 * YAML to nodes: keys, tags, aliases and merges, limits, and where errors are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "cmocka.h"
#include "ingitdb/format.h"
#include "ingitdb/yaml.h"

/* {key: 'plain' "string" #number @date !bool ~ [list]} */
static void dump(igd_buf *out, const igd_node *node)
{
    switch (node->kind) {
    case IGD_NODE_NULL:
        igd_buf_puts(out, "~");
        break;
    case IGD_NODE_BOOL:
        igd_buf_puts(out, node->boolean ? "!true" : "!false");
        break;
    case IGD_NODE_NUMBER:
        igd_buf_printf(out, "#%.*s", IGD_STR_ARG(node->text));
        break;
    case IGD_NODE_STRING:
        igd_buf_printf(out, "\"%.*s\"", IGD_STR_ARG(node->text));
        break;
    case IGD_NODE_DATETIME:
        igd_buf_printf(out, "@%.*s", IGD_STR_ARG(node->text));
        break;
    case IGD_NODE_PLAIN:
        igd_buf_printf(out, "'%.*s'", IGD_STR_ARG(node->text));
        break;
    case IGD_NODE_CELL:
        fail_msg("a cell");
        break;
    case IGD_NODE_MAP:
        igd_buf_puts(out, "{");
        for (size_t n = 0; n < node->count; n++) {
            igd_buf_printf(out, "%s%.*s: ", n > 0 ? ", " : "", IGD_STR_ARG(node->members[n].key));
            dump(out, node->members[n].value);
        }
        igd_buf_puts(out, "}");
        break;
    case IGD_NODE_LIST:
        igd_buf_puts(out, "[");
        for (size_t n = 0; n < node->count; n++) {
            igd_buf_puts(out, n > 0 ? ", " : "");
            dump(out, node->items[n]);
        }
        igd_buf_puts(out, "]");
        break;
    }
}

/* From a copy of exact size, so that reading one byte too far is found. */
static int parse(igd_str text, igd_arena *mem, igd_node **out, igd_error *err)
{
    char *copy = malloc(text.len > 0 ? text.len : 1);
    assert_non_null(copy);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    *err = IGD_ERROR_INIT;
    int code = igd_yaml_parse((igd_str){copy, text.len}, mem, out, err);
    free(copy); /* so nothing may view it */
    return code;
}

static void check(igd_str text, const char *expected)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf got = IGD_BUF_INIT;
    igd_node *root = NULL;
    igd_error err;
    if (parse(text, mem, &root, &err) != IGD_OK)
        fail_msg("'%.*s': %u:%u: %s", IGD_STR_ARG(text), err.place.line, err.place.column,
                 err.message);
    if (root)
        dump(&got, root);
    if (strcmp(got.ptr, expected) != 0)
        fail_msg("'%.*s' is %s", IGD_STR_ARG(text), got.ptr);
}

static void check_all(const char *const cases[][2], size_t count)
{
    for (size_t n = 0; n < count; n++)
        check(igd_str_from(cases[n][0]), cases[n][1]);
}

static void check_error(igd_str text, uint32_t line, uint32_t column, const char *message,
                        const char *hint)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_node *root = NULL;
    igd_error err;
    if (parse(text, mem, &root, &err) != IGD_E_INVALID)
        fail_msg("'%.*s' is accepted", IGD_STR_ARG(text));
    assert_null(root);
    assert_int_equal(err.code, IGD_E_INVALID);
    if (!strstr(err.message, message) || err.place.line != line || err.place.column != column ||
        (hint && !strstr(err.hint, hint)))
        fail_msg("%u:%u: %s; hint: %s; for '%.*s'", err.place.line, err.place.column, err.message,
                 err.hint, IGD_STR_ARG(text));
    assert_false(err.message[0] >= 'A' && err.message[0] <= 'Z');
}

static void test_structure(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"# only a comment\n", ""},
        {"\n\n", ""},
        {"---\n", "''"},
        {"~", "'~'"},
        {"text", "'text'"},
        {"a: 1\nb: [x, 'y']\n", "{a: '1', b: ['x', \"y\"]}"},
        {"- a: 1\n  b:\n- {}\n- []\n", "[{a: '1', b: ''}, {}, []]"},
        {"a: >\n  x\n  y\nb: |\n  x\n  y\n", "{a: \"x y\n\", b: \"x\ny\n\"}"},
        {"a: x\n  y\n", "{a: 'x y'}"},
        {"a: \"\\u00e9\\n\"\n", "{a: \"\xC3\xA9\n\"}"},
        {"\xEF\xBB\xBF"
         "a: 1\n",
         "{a: '1'}"},
        {"a:\tb\n", "{a: 'b'}"},
        {"a: 1\r\nb: 2\r\n", "{a: '1', b: '2'}"},
        {"%YAML 1.2\n---\na: 1\n", "{a: '1'}"},
        {"a: 1\n...\n", "{a: '1'}"},
        {"a: NO\nb: 01234\nc: 2024-01-02\n", "{a: 'NO', b: '01234', c: '2024-01-02'}"},
    };
    check_all(cases, IGD_COUNT(cases));
    check(IGD_STR("\xFF\xFE"
                  "a\0:\0 \0\xE9\0\n\0"),
          "{a: '\xC3\xA9'}");
}

static void test_keys(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1: x", "{1: 'x'}"},
        {"true: x\n1.50: y\n0x10: z\n2024-1-2: d\nno: n",
         "{true: 'x', 1.50: 'y', 0x10: 'z', 2024-1-2: 'd', no: 'n'}"},
        {"~: x\na: 1", "{a: '1'}"},
        {"null: x\n? \n: y\nNull: z\n~: z", "{}"},
        {"'~': x\n\"\": y", "{~: 'x', : 'y'}"},
        {"!!str ~: x", "{~: 'x'}"},
        {"!!null '': x", "{}"},
        {"!!binary aGk=: x", "{hi: 'x'}"},
        {"!!bool True: x\n!!int 0x10: y", "{true: 'x', 16: 'y'}"},
        {"!own a: x", "{a: 'x'}"},
        {"? a\n: b", "{a: 'b'}"},
        {"&k a: *k", "{a: 'a'}"},
        {"a: &k x\n*k : 1", "{a: 'x', x: '1'}"},
        {"a: &k\n*k : 1", "{a: ''}"},
        {"a: {1: x, true: y}", "{a: {1: 'x', true: 'y'}}"},
    };
    check_all(cases, IGD_COUNT(cases));
    check_error(IGD_STR("[a]: x"), 1, 1, "a key must be text, not a map or a list", "quote");
    check_error(IGD_STR("a:\n  ? {b: c}\n  : d"), 2, 5, "a key must be text", NULL);
    check_error(IGD_STR("a: &k [1]\n*k : 1"), 2, 1, "not an alias of a list", NULL);
    check_error(IGD_STR("*k : 1"), 1, 1, "has no anchor", NULL);
    check_error(IGD_STR("!!int x: 1"), 1, 1, "'x' is not an integer", NULL);
}

static void test_duplicates(void **state)
{
    (void)state;
    check_error(IGD_STR("a: 1\nb: 2\na: 3\n"), 3, 1, "key 'a' is there already in line 1", NULL);
    check_error(IGD_STR("1: a\n\"1\": b\n"), 2, 1, "key '1'", NULL);
    check_error(IGD_STR("x:\n  - {k: 1, k: 2}\n"), 2, 12, "key 'k'", NULL);
    check_error(IGD_STR("<<: {a: 1}\n<<: {b: 1}\n"), 2, 1, "key '<<'", NULL);
    check_error(IGD_STR("'': 1\n\"\": 2\n"), 2, 1, "key ''", NULL);
    check(IGD_STR("a: {k: 1}\nb: {k: 2}\nk: 3\n"), "{a: {k: '1'}, b: {k: '2'}, k: '3'}");

    /* With each number of keys around the one where a hash table takes over. */
    for (unsigned count = 1; count < 80; count++) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        for (unsigned n = 0; n < count; n++)
            igd_buf_printf(&text, "key%u: {key%u: 1}\n", n, n);
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        igd_node *root = NULL;
        igd_error err;
        assert_int_equal(parse(igd_buf_view(&text), mem, &root, &err), IGD_OK);
        assert_int_equal(root->count, count);
        for (unsigned twin = 0; twin < count; twin += 7) {
            size_t len = text.len;
            igd_buf_printf(&text, "key%u: 1\n", twin);
            assert_int_equal(parse(igd_buf_view(&text), mem, &root, &err), IGD_E_INVALID);
            assert_int_equal(err.place.line, count + 1);
            text.len = len;
        }
    }
}

static void test_tags(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"!!str 12", "\"12\""},
        {"!!str", "\"\""},
        {"!!int \"12\"", "#12"},
        {"!!int 0x1F", "#31"},
        {"!!int 1_0", "#10"},
        {"!!float 3", "#3"},
        {"!!float \"1.\"", "#1.0"},
        {"!!float .inf", "'.inf'"},
        {"!!bool \"true\"", "!true"},
        {"!!bool FALSE", "!false"},
        {"!!null ''", "~"},
        {"!!null null", "~"},
        {"!!binary aGk=", "\"hi\""},
        {"!!binary ''", "\"\""},
        {"!!binary |\n  aGVs\n  bG8=\n", "\"hello\""},
        {"!!timestamp \"2024-1-2\"", "@2024-01-02"},
        {"!!timestamp 2024-01-02 03:04:05", "@2024-01-02T03:04:05Z"},
        {"!<tag:yaml.org,2002:str> 12", "\"12\""},
        {"! 12", "'12'"},
        {"!own 12", "'12'"},
        {"!own \"12\"", "\"12\""},
        {"!!set {a, b}", "{a: '', b: ''}"},
        {"!!map {a: !!seq [1]}", "{a: ['1']}"},
        {"%TAG !e! tag:example.org,2000:\n---\n!e!x 1", "'1'"},
    };
    check_all(cases, IGD_COUNT(cases));
    check_error(IGD_STR("a: 1\nb: !!int x\n"), 2, 4, "'x' is not an integer", "!!int");
    check_error(IGD_STR("!!int 1.5"), 1, 1, "'1.5' is not an integer", NULL);
    check_error(IGD_STR("!!int ''"), 1, 1, "'' is not an integer", NULL);
    check_error(IGD_STR("!!float abc"), 1, 1, "'abc' is not a number", NULL);
    check_error(IGD_STR("!!float 2024-01-02"), 1, 1, "is not a number", NULL);
    check_error(IGD_STR("!!bool yes"), 1, 1, "'yes' is not a bool", "true or false");
    check_error(IGD_STR("!!null x"), 1, 1, "'x' is not null", NULL);
    check_error(IGD_STR("!!timestamp 12:30"), 1, 1, "is not a timestamp", NULL);
    check_error(IGD_STR("!!timestamp"), 1, 1, "is not a timestamp", NULL);
    static const char *const bad[] = {"aGk",   "aGk==", "a=k=", "====", "aG k",    "aGk=aGk=",
                                      "aG k=", "a\\bc", "=",    "a===", "\xC3\xA9"};
    for (size_t n = 0; n < IGD_COUNT(bad); n++) {
        char text[64];
        snprintf(text, sizeof(text), "!!binary '%s'", bad[n]);
        check_error(igd_str_from(text), 1, 1, "is not base64", NULL);
    }
    check_error(IGD_STR("!!binary /w=="), 1, 1, "is not UTF-8", NULL);
    check_error(IGD_STR("a: !x!y 1"), 1, 4, "found undefined tag handle", "quote");
}

static void test_merge(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"<<: {a: 1, b: 2}\na: 3\n", "{a: '3', b: '2'}"},
        {"a: 3\n<<: {a: 1, b: 2}\n", "{a: '3', b: '2'}"},
        {"<<: [{a: 1}, {a: 2, b: 2}]\nc: 3", "{c: '3', a: '1', b: '2'}"},
        {"<<: []", "{}"},
        {"b: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\n",
         "{b: {x: '1', y: '2'}, c: {y: '3', x: '1'}}"},
        {"b: &b {<<: {x: 1}, y: 2}\nc: {<<: [*b, {z: 3}]}\n",
         "{b: {y: '2', x: '1'}, c: {y: '2', x: '1', z: '3'}}"},
        {"'<<': 1", "{<<: '1'}"},
        {"!!str <<: 1", "{<<: '1'}"},
        {"a: <<", "{a: '<<'}"},
        {"- <<", "['<<']"},
    };
    check_all(cases, IGD_COUNT(cases));
    check_error(IGD_STR("a: 1\n<<: 1"), 2, 1, "can be merged", "quote");
    check_error(IGD_STR("<<:"), 1, 1, "can be merged", NULL);
    check_error(IGD_STR("<<: [{a: 1}, 2]"), 1, 1, "can be merged", NULL);
    check_error(IGD_STR("<<: [[{a: 1}]]"), 1, 1, "can be merged", NULL);
}

static void test_aliases(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a: &x 1\nb: *x", "{a: '1', b: '1'}"},
        {"a: &x !!str 1\nb: *x", "{a: \"1\", b: \"1\"}"},
        {"[&x [1], *x, &x 2, *x]", "[['1'], ['1'], '2', '2']"},
        {"&a [&a 1, *a]", "['1', '1']"},
        {"- &a {k: v}\n- *a\n- {x: *a}", "[{k: 'v'}, {k: 'v'}, {x: {k: 'v'}}]"},
    };
    check_all(cases, IGD_COUNT(cases));
    check_error(IGD_STR("a: *x"), 1, 4, "alias '*x' has no anchor before it", "quote");
    check_error(IGD_STR("- *x\n- &x 1"), 1, 3, "no anchor", NULL);
    check_error(IGD_STR("&a [*a]"), 1, 5, "alias '*a' is inside of what it stands for", NULL);
    check_error(IGD_STR("a: &a\n  b: &b\n    c: *a\n"), 3, 8, "inside", NULL);
    check_error(IGD_STR("&a {*a : 1}"), 1, 5, "inside", NULL);
    check_error(IGD_STR("&a {<<: *a}"), 1, 9, "inside", NULL);
}

static void test_billion_laughs(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_buf_puts(&text, "a0: &a0 lol\n");
    for (int n = 1; n < 40; n++)
        igd_buf_printf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", n, n,
                       n - 1, n - 1, n - 1, n - 1, n - 1, n - 1, n - 1, n - 1, n - 1);
    clock_t start = clock();
    check_error(igd_buf_view(&text), 8, 10, "aliases stand for more than 1000000 values", NULL);
    assert_true(clock() - start < CLOCKS_PER_SEC / 10);

    /* The same through merges, where the values are shared. */
    igd_buf_clear(&text);
    igd_buf_puts(&text, "a0: &a0 {k0: 1, l0: 1}\n");
    for (int n = 1; n < 60; n++)
        igd_buf_printf(&text, "a%d: &a%d {<<: *a%d, k%d: *a%d}\n", n, n, n - 1, n, n - 1);
    check_error(igd_buf_view(&text), 18, 27, "aliases stand for more than 1000000 values", NULL);
}

/* A file may be as long as it likes when it says everything itself. */
static void test_long_list(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    IGD_CLEANUP_PTR(igd_arena)
    igd_arena *mem = igd_arena_new();
    igd_node *root = NULL;
    igd_error err = IGD_ERROR_INIT;
    for (int n = 0; n < 1000001; n++)
        igd_buf_puts(&text, "- x\n");
    assert_int_equal(igd_yaml_parse(igd_buf_view(&text), mem, &root, &err), IGD_OK);
    assert_int_equal(root->count, 1000001);
}

static void add_times(igd_buf *out, const char *text, int times)
{
    while (times-- > 0)
        igd_buf_puts(out, text);
}

static void test_depth(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        igd_node *root = NULL;
        igd_error err;
        add_times(&text, "[", IGD_FORMAT_DEPTH + more);
        add_times(&text, "]", IGD_FORMAT_DEPTH + more);
        assert_int_equal(parse(igd_buf_view(&text), mem, &root, &err),
                         more ? IGD_E_INVALID : IGD_OK);
        /* 32 levels below 32 levels by an alias. */
        igd_buf_clear(&text);
        igd_buf_puts(&text, "- &a ");
        add_times(&text, "[", IGD_FORMAT_DEPTH / 2);
        add_times(&text, "]", IGD_FORMAT_DEPTH / 2);
        igd_buf_puts(&text, "\n- ");
        add_times(&text, "[", IGD_FORMAT_DEPTH / 2 - 1 + more);
        igd_buf_puts(&text, "*a");
        add_times(&text, "]", IGD_FORMAT_DEPTH / 2 - 1 + more);
        assert_int_equal(parse(igd_buf_view(&text), mem, &root, &err),
                         more ? IGD_E_INVALID : IGD_OK);
        if (more) {
            assert_string_equal(err.message, "nested more than 64 levels deep");
            assert_int_equal(err.place.line, 2);
        }
    }
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    add_times(&text, "{a: [", 100000);
    check_error(igd_buf_view(&text), 1, 161, "nested more than 64", NULL);
}

static void test_problems(void **state)
{
    (void)state;
    check_error(IGD_STR("a: 1\nb: x: y\n"), 2, 5, "mapping values are not allowed",
                "quote the value: it contains ': '");
    check_error(IGD_STR("a:\n\tb: 1\n"), 2, 1, "found character that cannot start any token",
                "spaces, not with tabs");
    check_error(IGD_STR("\xC3\xA9: 1\nb: @x\n"), 2, 4, "cannot start any token",
                "it begins with '@'");
    check_error(IGD_STR("\xEF\xBB\xBF\xC3\xA9: 1\nb: `x`\n"), 2, 4, "cannot start any token",
                "it begins with '`'");
    check_error(IGD_STR("a: 'x\nb: 1\n"), 3, 1,
                "found unexpected end of stream while scanning a quoted scalar that begins in "
                "line 1",
                "close the quote");
    check_error(IGD_STR("a: [1, 2\nb: 1\n"), 2, 2, "did not find expected ',' or ']'",
                "close the bracket");
    check_error(IGD_STR("a: 'x' y\n"), 1, 8, "did not find expected key", "same quote");
    check_error(IGD_STR("a: 1\nb\n"), 3, 1, "could not find expected ':'", "key: value");
    check_error(IGD_STR("a: \"\\d\"\n"), 1, 5, "found unknown escape character", "backslash");
    check_error(IGD_STR("a: \"\\ud800\"\n"), 1, 7, "invalid Unicode character escape", NULL);
    check_error(IGD_STR("a: - b\n"), 1, 4, "block sequence entries are not allowed", "list");
    check_error(IGD_STR("- a\nb: c\n"), 2, 1, "did not find expected '-' indicator", "- ");
    check_error(IGD_STR("a: *\n"), 1, 5, "did not find expected alphabetic", "'*'");
    check_error(IGD_STR("a: |x\n"), 1, 5, "did not find expected comment", "line after");
    check_error(IGD_STR("%FOO\n"), 1, 5, "found unknown directive name", "'%'");
    check_error(IGD_STR("a: 1\n---\nb: 2\n"), 2, 1, "a second document begins here",
                "remove the '---'");
    check_error(IGD_STR("a: 1\n---\n"), 2, 1, "a second document", NULL);
    check_error(IGD_STR("a: 1\n--- [\n"), 2, 1, "a second document", NULL);
}

static void test_bytes(void **state)
{
    (void)state;
    check_error(IGD_STR("a: 1\nb: \xC3\xA9\xFF\n"), 2, 5, "invalid leading UTF-8 octet", "UTF-8");
    check_error(IGD_STR("a: \xC3("), 1, 5, "invalid trailing UTF-8 octet", "UTF-8");
    check_error(IGD_STR("a: \xC3"), 1, 4, "incomplete UTF-8 octet sequence", "UTF-8");
    check_error(IGD_STR("a: \xC0\xAF"), 1, 4, "invalid length of a UTF-8 sequence", "UTF-8");
    check_error(IGD_STR("a: \xED\xA0\x80"), 1, 4, "invalid Unicode character", "UTF-8");
    check_error(IGD_STR("a: \xF4\x90\x80\x80"), 1, 4, "invalid Unicode character", "UTF-8");
    check_error(IGD_STR("a: 1\r\nb: \0\n"), 2, 4, "control characters", "escape");
    check_error(IGD_STR("a: 1\rb: \x1b[1m\n"), 2, 4, "control characters", NULL);
    check_error(IGD_STR("\xEF\xBB\xBF"
                        "a: \x7f\n"),
                1, 4, "control characters", NULL);
    check_error(IGD_STR("a: 'x\0y'"), 1, 6, "control characters", NULL);
    /* UTF-16: offsets are not those of characters. */
    check_error(IGD_STR("\xFF\xFE"
                        "a\0:\0 \0\0\xD8\n\0"),
                0, 0, "surrogate", NULL);
    /* An escaped NUL is text; whether it may be stored is the reader's business (D10b). */
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_node *root = NULL;
    igd_error err;
    assert_int_equal(parse(IGD_STR("a: \"x\\0y\"\n"), mem, &root, &err), IGD_OK);
    assert_true(igd_str_eq(root->members[0].value->text, IGD_STR("x\0y")));
}

static void test_places(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_node *root = NULL;
    igd_error err;
    assert_int_equal(parse(IGD_STR("# c\na: &x\n  \xC3\xA9: 1\n  c:\nd: [*x, {e: f}]\n"), mem,
                           &root, &err),
                     IGD_OK);
    assert_int_equal(root->line, 2);
    assert_int_equal(root->column, 1);
    const igd_member *a = igd_node_member(root, IGD_STR("a"));
    assert_int_equal(a->line, 2);
    assert_int_equal(a->column, 1);
    const igd_member *accent = igd_node_member(a->value, IGD_STR("\xC3\xA9"));
    assert_int_equal(accent->line, 3);
    assert_int_equal(accent->column, 3);
    assert_int_equal(accent->value->line, 3);
    assert_int_equal(accent->value->column, 6);
    const igd_node *d = igd_node_get(root, IGD_STR("d"));
    assert_ptr_equal(d->items[0], a->value); /* shared, with the place of the anchor */
    const igd_member *e = igd_node_member(d->items[1], IGD_STR("e"));
    assert_int_equal(e->line, 5);
    assert_int_equal(e->column, 10);
    assert_int_equal(e->value->column, 13);
}

/* Wide files: what is collected on the stack while it moves. */
static void test_large(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    enum { RECORDS = 20000 };
    for (int n = 0; n < RECORDS; n++)
        igd_buf_printf(&text, "key%d: {name: n%d, list: [1, 2, {x: y}]}\n", n, n);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_node *root = NULL;
    igd_error err;
    assert_int_equal(parse(igd_buf_view(&text), mem, &root, &err), IGD_OK);
    assert_int_equal(root->count, RECORDS);
    for (int n = 0; n < RECORDS; n += 777) {
        char expected[32];
        snprintf(expected, sizeof(expected), "n%d", n);
        assert_int_equal(root->members[n].line, n + 1);
        assert_true(
            igd_str_is(igd_node_get(root->members[n].value, IGD_STR("name"))->text, expected));
        assert_int_equal(igd_node_get(root->members[n].value, IGD_STR("list"))->count, 3);
    }
    igd_buf_puts(&text, "key12345: 1");
    assert_int_equal(parse(igd_buf_view(&text), mem, &root, &err), IGD_E_INVALID);
    assert_string_equal(err.message, "key 'key12345' is there already in line 12346");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure),      cmocka_unit_test(test_keys),
        cmocka_unit_test(test_duplicates),     cmocka_unit_test(test_tags),
        cmocka_unit_test(test_merge),          cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_billion_laughs), cmocka_unit_test(test_long_list),
        cmocka_unit_test(test_depth),          cmocka_unit_test(test_problems),
        cmocka_unit_test(test_bytes),          cmocka_unit_test(test_places),
        cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
