/*
 * Markdown records: where the front matter ends, what of it is kept, and the body as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "cmocka.h"
#include "ingitdb/format.h"

/* Columns are what the payload names, separated by spaces. */
static bool has_column(const void *payload, igd_str name)
{
    igd_str rest = igd_str_from(payload), word;
    while (igd_str_split(&rest, ' ', &word)) {
        if (igd_str_eq(word, name))
            return true;
    }
    return false;
}

typedef struct fixture {
    igd_arena *mem;
    igd_problems warnings;
    igd_format_input input;
    igd_error err;
    igd_node *root;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof(*f));
    f->mem = igd_arena_new();
    f->warnings = IGD_PROBLEMS_INIT(f->mem);
    f->input = (igd_format_input){.record_type = IGD_RECORD_SINGLE,
                                  .content_field = IGD_STR("$content"),
                                  .warnings = &f->warnings};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    igd_arena_free(f->mem);
    free(f);
    return 0;
}

static int parse(fixture *f, igd_str text)
{
    f->err = IGD_ERROR_INIT;
    f->root = NULL;
    f->input.text = text;
    return igd_format_markdown.parse(&f->input, f->mem, &f->root, &f->err);
}

/* `keys` are those of the record, separated by spaces, and the body is the last. */
static void check(fixture *f, igd_str text, const char *keys, igd_str body, uint32_t body_line)
{
    if (parse(f, text) != IGD_OK)
        fail_msg("%.*s: %u: %s", IGD_STR_ARG(text), f->err.place.line, f->err.message);
    assert_int_equal(f->root->kind, IGD_NODE_MAP);
    igd_str rest = igd_str_from(keys), key;
    size_t count = 0;
    while (igd_str_split(&rest, ' ', &key)) {
        assert_true(count < f->root->count);
        assert_true(igd_str_eq(f->root->members[count++].key, key));
    }
    assert_int_equal(f->root->count, count);
    const igd_member *last = &f->root->members[count - 1];
    assert_int_equal(last->value->kind, IGD_NODE_STRING);
    if (!igd_str_eq(last->value->text, body))
        fail_msg("%.*s: body '%.*s'", IGD_STR_ARG(text), IGD_STR_ARG(last->value->text));
    assert_int_equal(last->line, body_line);
    assert_int_equal(last->value->line, body_line);
}

static void check_error(fixture *f, igd_str text, uint32_t line, const char *message)
{
    if (parse(f, text) != IGD_E_INVALID)
        fail_msg("%.*s is accepted", IGD_STR_ARG(text));
    assert_null(f->root);
    if (!strstr(f->err.message, message) || f->err.place.line != line)
        fail_msg("%.*s: %u: %s", IGD_STR_ARG(text), f->err.place.line, f->err.message);
}

static void test_parts(void **state)
{
    fixture *f = *state;
    check(f, IGD_STR("---\na: 1\nb: x\n---\nHello\n"), "a b $content", IGD_STR("Hello\n"), 5);
    check(f, IGD_STR("---\r\na: 1\r\n---\r\nx\r\n"), "a $content", IGD_STR("x\r\n"), 4);
    check(f, IGD_STR("---\na: 1\n---"), "a $content", IGD_STR(""), 4);
    check(f, IGD_STR("---\na: 1\n---\n"), "a $content", IGD_STR(""), 4);
    check(f, IGD_STR("---\na: 1\n---\n\n\n---\nx"), "a $content", IGD_STR("\n\n---\nx"), 4);
    check(f, IGD_STR("---\n---\nx"), "$content", IGD_STR("x"), 3);
    check(f, IGD_STR("---\n# none\n---\nx"), "$content", IGD_STR("x"), 4);
    check(f, IGD_STR("---\n~\n---\nx"), "$content", IGD_STR("x"), 4);
    check(f, IGD_STR("---\n{a: 1}\n---\nx"), "a $content", IGD_STR("x"), 4);
    check(f, IGD_STR("---\na: |\n  ---\n  ---\n---\nx"), "a $content", IGD_STR("x"), 6);
    check(f, IGD_STR("---\na: 1\n...\n---\nx"), "a $content", IGD_STR("x"), 5);
    check(f, IGD_STR("\xEF\xBB\xBF---\na: 1\n---\nx"), "a $content", IGD_STR("x"), 4);
    /* No front matter: all of it is body. */
    check(f, IGD_STR(""), "$content", IGD_STR(""), 1);
    check(f, IGD_STR("# Title\n---\na: 1\n---\n"), "$content", IGD_STR("# Title\n---\na: 1\n---\n"),
          1);
    check(f, IGD_STR("--- \na: 1\n---\n"), "$content", IGD_STR("--- \na: 1\n---\n"), 1);
    check(f, IGD_STR("----\n"), "$content", IGD_STR("----\n"), 1);
    check(f, IGD_STR("\n---\na: 1\n---\n"), "$content", IGD_STR("\n---\na: 1\n---\n"), 1);
    check(f, IGD_STR("\xEF\xBB\xBFtext"), "$content", IGD_STR("\xEF\xBB\xBFtext"), 1);
    /* The body may hold what YAML may not. */
    check(f, IGD_STR("---\na: 1\n---\n\t\x1b\0\x7f"), "a $content", IGD_STR("\t\x1b\0\x7f"), 4);
    assert_int_equal(f->warnings.len, 0);
}

static void test_places(void **state)
{
    fixture *f = *state;
    assert_int_equal(parse(f, IGD_STR("---\n\na: 1\nb:\n  c: 2\n---\nx")), IGD_OK);
    assert_int_equal(f->root->members[0].line, 3);
    assert_int_equal(f->root->members[1].line, 4);
    assert_int_equal(f->root->members[1].value->members[0].line, 5);
    assert_int_equal(f->root->line, 1);
}

static void test_errors(void **state)
{
    fixture *f = *state;
    check_error(f, IGD_STR("---\na: 1\n"), 1, "the front matter that begins in line 1 has no end");
    check_error(f, IGD_STR("---"), 1, "has no end");
    check_error(f, IGD_STR("---\na: 1\n --- \n--- \n----\n"), 1, "has no end");
    check_error(f, IGD_STR("---\na: 1\nb: x: y\n---\n"), 3, "front matter: mapping values");
    check_error(f, IGD_STR("---\na: 1\na: 2\n---\n"), 3, "key 'a' is there already in line 2");
    check_error(f, IGD_STR("---\n- a\n---\n"), 2, "front matter: a list instead of a map");
    check_error(f, IGD_STR("---\ntext\n---\n"), 2, "front matter: a text instead of a map");
    check_error(f, IGD_STR("---\na: 1\n--- \nb: 1\n---\n"), 3, "a second document");
    check_error(f, IGD_STR("---\na: 'x\n---\n"), 3, "unexpected end of stream");
    check_error(f, IGD_STR("---\na: \xFF\n---\n"), 2, "UTF-8");
    check_error(f, IGD_STR("---\na: 1\n---\nx\ny \xC3(\n"), 5, "the body is not valid UTF-8");
    check_error(f, IGD_STR("x\n\xE9"), 2, "the body is not valid UTF-8");
    check_error(f, IGD_STR("---\na: 1\n$content: 2\n---\nx"), 3, "is the field of the body");
    f->input.content_field = IGD_STR("text");
    check_error(f, IGD_STR("---\n<<: {text: 1}\n---\nx"), 2, "key 'text'");
    /* Even if it is a column: the body is what it holds. */
    f->input.has_column = has_column;
    f->input.payload = "text";
    check_error(f, IGD_STR("---\ntext: 1\n---\nx"), 2, "key 'text'");
}

static void test_dropped_keys(void **state)
{
    fixture *f = *state;
    f->input.has_column = has_column;
    f->input.payload = "title tags text";
    f->input.content_field = IGD_STR("text");
    check(f, IGD_STR("---\ntitle: 1\ntags: []\n$id: 2\n$ID: 3\n---\nx"), "title tags $id $ID text",
          IGD_STR("x"), 7);
    assert_int_equal(f->warnings.len, 0);

    check(f, IGD_STR("---\ntitle: 1\nlayout: {title: 1}\n---\nx"), "title text", IGD_STR("x"), 5);
    assert_int_equal(f->warnings.len, 1);
    const igd_problem *warning = &f->warnings.items[0];
    assert_int_equal(warning->severity, IGD_PROBLEM_WARNING);
    assert_string_equal(warning->code, "dropped-keys");
    assert_int_equal(warning->line, 3);
    assert_int_equal(warning->column, 1);
    assert_true(
        igd_str_is(warning->reason, "1 front matter key has no column and is left out: layout"));

    f->warnings = IGD_PROBLEMS_INIT(f->mem);
    check(f, IGD_STR("---\na: 1\nb: 1\ntitle: 1\nc: 1\nd: 1\ne: 1\nf: 1\n$x: 1\n---\n"),
          "title text", IGD_STR(""), 11);
    assert_int_equal(f->warnings.len, 1);
    assert_true(
        igd_str_is(f->warnings.items[0].reason,
                   "7 front matter keys have no column and are left out: a, b, c, d, e, ..."));

    /* Nobody wants to know. */
    f->input.warnings = NULL;
    check(f, IGD_STR("---\na: 1\n---\n"), "text", IGD_STR(""), 4);
}

static void test_table(void **state)
{
    (void)state;
    assert_string_equal(igd_format_markdown.name, "markdown");
    assert_true(igd_format_markdown.stores[IGD_RECORD_SINGLE]);
    assert_false(igd_format_markdown.stores[IGD_RECORD_LIST]);
    assert_false(igd_format_markdown.stores[IGD_RECORD_MAP]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_places, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dropped_keys, setup, teardown),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
