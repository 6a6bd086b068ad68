/*
 * For the tests of the formats: what a text is read into, or its error, as one line to compare.
 *
 *     map {a=1 b="x"}   list [1 2]   null   true   number 1.50   string "x"
 *     date or time @07:32:00   CSV cell <x>
 *     error at line 2, column 5: !2:5 message
 *
 * Warnings follow as " ~code line:column reason".
 */
#ifndef IGD_TEST_PARSED_H
#define IGD_TEST_PARSED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "cmocka.h"
#include "ingitdb/format.h"

typedef struct parsed_case {
    igd_str text;
    const char *expected;
} parsed_case;

#define CASE(text, expected)               \
    {                                      \
        {text, sizeof(text) - 1}, expected \
    }

static void write_node(const igd_node *node, igd_buf *out);

static void write_container(const igd_node *node, igd_buf *out)
{
    bool map = node->kind == IGD_NODE_MAP;
    igd_buf_byte(out, map ? '{' : '[');
    for (size_t n = 0; n < node->count; n++) {
        if (n > 0)
            igd_buf_byte(out, ' ');
        if (map) {
            assert_true(node->members[n].line > 0 && node->members[n].column > 0);
            igd_buf_str(out, node->members[n].key);
            igd_buf_byte(out, '=');
        }
        write_node(map ? node->members[n].value : node->items[n], out);
    }
    igd_buf_byte(out, map ? '}' : ']');
}

static void write_node(const igd_node *node, igd_buf *out)
{
    assert_true(node->line > 0 && node->column > 0);
    switch (node->kind) {
    case IGD_NODE_NULL:
        igd_buf_puts(out, "null");
        break;
    case IGD_NODE_BOOL:
        igd_buf_puts(out, node->boolean ? "true" : "false");
        break;
    case IGD_NODE_NUMBER:
        igd_buf_str(out, node->text);
        break;
    case IGD_NODE_STRING:
    case IGD_NODE_PLAIN:
        igd_buf_printf(out, "\"%.*s\"", IGD_STR_ARG(node->text));
        break;
    case IGD_NODE_DATETIME:
        igd_buf_printf(out, "@%.*s", IGD_STR_ARG(node->text));
        break;
    case IGD_NODE_CELL:
        igd_buf_printf(out, "<%.*s>", IGD_STR_ARG(node->text));
        break;
    case IGD_NODE_MAP:
    case IGD_NODE_LIST:
        write_container(node, out);
        break;
    }
}

typedef struct parsed {
    igd_arena *mem;
    char *copy;
    igd_buf text;
    igd_node *root; /* NULL after an error */
    igd_error err;
} parsed;

IGD_UNUSED static void parsed_free(parsed *p)
{
    igd_buf_free(&p->text);
    igd_arena_free(p->mem);
    free(p->copy);
}
IGD_DEFINE_CLEANUP(parsed, parsed_free)

IGD_UNUSED static parsed parse_with(const igd_format *format, igd_format_input input)
{
    parsed p = {.mem = igd_arena_new(), .text = IGD_BUF_INIT, .err = IGD_ERROR_INIT};
    /* A copy of exact size, so that reading one byte too far is found. */
    p.copy = igd_xmalloc(input.text.len);
    if (input.text.len > 0)
        memcpy(p.copy, input.text.ptr, input.text.len);
    igd_problems warnings = IGD_PROBLEMS_INIT(p.mem);
    input.text.ptr = p.copy;
    input.warnings = &warnings;
    int code = format->parse(&input, p.mem, &p.root, &p.err);
    if (code) {
        assert_int_equal(code, IGD_E_INVALID);
        assert_int_equal(p.err.code, IGD_E_INVALID);
        assert_null(p.root);
        igd_buf_printf(&p.text, "!%u:%u %s", p.err.place.line, p.err.place.column, p.err.message);
    } else {
        assert_non_null(p.root);
        write_node(p.root, &p.text);
    }
    for (size_t n = 0; n < warnings.len; n++) {
        const igd_problem *warning = &warnings.items[n];
        assert_int_equal(warning->severity, IGD_PROBLEM_WARNING);
        igd_buf_printf(&p.text, " ~%s %u:%u %.*s", warning->code, warning->line, warning->column,
                       IGD_STR_ARG(warning->reason));
    }
    return p;
}

IGD_UNUSED static parsed parse_as(const igd_format *format, igd_record_type type, igd_str text)
{
    return parse_with(format, (igd_format_input){.text = text, .record_type = type});
}

IGD_UNUSED static void check_cases(const igd_format *format, igd_record_type type,
                                   const parsed_case *cases, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        IGD_CLEANUP(parsed)
        parsed p = parse_as(format, type, cases[n].text);
        if (strcmp(p.text.ptr, cases[n].expected) != 0)
            fail_msg("of: %.*s\n     got: %s\nexpected: %s", IGD_STR_ARG(cases[n].text), p.text.ptr,
                     cases[n].expected);
    }
}

#define CHECK_CASES(format, type, cases) check_cases(&(format), (type), (cases), IGD_COUNT(cases))

#endif
