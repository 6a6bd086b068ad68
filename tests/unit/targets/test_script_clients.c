/*
 * Where statements end for psql and the mysql client, however the text is cut into parts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cmocka.h"
#include "targets/script_split.h"

static igd_arena *mem;
static igd_script_syntax syntax;

static int setup(void **state IGD_UNUSED)
{
    mem = igd_arena_new();
    return 0;
}

static int teardown(void **state IGD_UNUSED)
{
    igd_arena_free(mem);
    return 0;
}

/* "<statement>", "{line for the client}", "(rows)", "!what has no end": given so many bytes more
 * at a time. */
static igd_str pieces(const char *text, size_t part)
{
    igd_splitter splitter = {.syntax = syntax};
    size_t len = strlen(text), given = part < len ? part : len;
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    for (;;) {
        igd_str piece = {0};
        igd_split what = igd_split_next(&splitter, (igd_str){text, given}, given == len, &piece);
        if (what == IGD_SPLIT_MORE)
            given = len - given > part ? given + part : len;
        else if (what == IGD_SPLIT_STATEMENT)
            igd_buf_printf(&out, "<%.*s>", IGD_STR_ARG(piece));
        else if (what == IGD_SPLIT_CLIENT_LINE)
            igd_buf_printf(&out, "{%.*s}", IGD_STR_ARG(piece));
        else if (what == IGD_SPLIT_ROWS)
            igd_buf_printf(&out, "(%.*s)", IGD_STR_ARG(piece));
        else
            break;
    }
    if (splitter.why)
        igd_buf_printf(&out, "!%s", splitter.why);
    return igd_arena_str(mem, igd_buf_view(&out));
}

static void split(const char *text, const char *expected)
{
    size_t parts[] = {strlen(text) + 1, 1, 2, 3, 7};
    for (size_t n = 0; n < IGD_COUNT(parts); n++)
        assert_string_equal(pieces(text, parts[n]).ptr, expected);
}

static void psql(void **state IGD_UNUSED)
{
    syntax = IGD_SCRIPT_PSQL;
    split("SELECT 1; SELECT 2;", "<SELECT 1;><SELECT 2;>");
    split("SELECT 'a;''b', \";\";", "<SELECT 'a;''b', \";\";>");
    split("SELECT '\\'; SELECT 1;", "<SELECT '\\';><SELECT 1;>");
    split("SELECT E'\\'; x', e'\\\\'; SELECT 1;", "<SELECT E'\\'; x', e'\\\\';><SELECT 1;>");
    split("SELECT the'\\'; SELECT 1;", "<SELECT the'\\';><SELECT 1;>");
    split("SELECT $$;$$, $a$;$$;$a$;", "<SELECT $$;$$, $a$;$$;$a$;>");
    split("SELECT a$b$; SELECT $1, $2;", "<SELECT a$b$;><SELECT $1, $2;>");
    split("SELECT $a$ $b$ ;", "!string");
    split("/* a /* ; */ ; */ SELECT /* /* ; */ */ 1;", "<SELECT /* /* ; */ */ 1;>");
    split("SELECT 1 /* /* */;", "!comment");
    split("SELECT (1; 2); SELECT ((3)); SELECT );", "<SELECT (1; 2);><SELECT ((3));><SELECT );>");
    split("-- it's;\nSELECT 4 -- ;\n;", "<SELECT 4 -- ;\n;>");
    split("SELECT E'a", "!string");
    split("SELECT `;", "<SELECT `;>");
    split("# SELECT 1;", "<# SELECT 1;>");
    split("\\set ON_ERROR_STOP on\nSELECT 1;\n \\quit\n",
          "{\\set ON_ERROR_STOP on}<SELECT 1;>{\\quit}");
    split("SELECT 1 \\g\n;", "!statement with a backslash");
    split("SELECT '\n\\quit\n';", "<SELECT '\n\\quit\n';>");
    split("-- rows \"a\": [\"1\"]\nSELECT 1;", "(\"a\": [\"1\"]\n)<SELECT 1;>");
}

static void mysql(void **state IGD_UNUSED)
{
    syntax = IGD_SCRIPT_MYSQL;
    split("SELECT 1; SELECT 2;", "<SELECT 1;><SELECT 2;>");
    split("SELECT '\\';', \"\\\";\"; SELECT 1;", "<SELECT '\\';', \"\\\";\";><SELECT 1;>");
    split("SELECT 'a'';', `;\\`;", "<SELECT 'a'';', `;\\`;>");
    split("SELECT 1 # ;\n; # x;\n", "<SELECT 1 # ;\n;>");
    split("SELECT 1 --2; -- 3;\n", "<SELECT 1 --2;>");
    split("SELECT 1 --\n;", "<SELECT 1 --\n;>");
    split("SELECT 1 -", "!statement");
    split("/* ; /* */ SELECT 1;", "<SELECT 1;>");
    split("/*!40101 SET a = 1 */; SELECT /*+ x */ 1;",
          "</*!40101 SET a = 1 */;><SELECT /*+ x */ 1;>");
    split("SELECT (1; 2);", "<SELECT (1;><2);>");
    split("SELECT '\\", "!string");
    split("\\. other.sql\nSELECT 1;", "{\\. other.sql}<SELECT 1;>");
    split("SELECT 1 \\G\n;", "!statement with a backslash");
    split("SELECT $$;$$;", "<SELECT $$;><$$;>");
    split("-- rows \"a\": [\"1\"]\nSELECT 1;", "(\"a\": [\"1\"]\n)<SELECT 1;>");
}

static void roles(void **state IGD_UNUSED)
{
    static const struct {
        const char *text;
        igd_script_role psql, mysql;
    } cases[] = {
        {"BEGIN;", IGD_SCRIPT_BEGIN, IGD_SCRIPT_BEGIN},
        {"start transaction;", IGD_SCRIPT_BEGIN, IGD_SCRIPT_BEGIN},
        {"COMMIT;", IGD_SCRIPT_COMMIT, IGD_SCRIPT_COMMIT},
        {"END;", IGD_SCRIPT_COMMIT, IGD_SCRIPT_STATEMENT},
        {"SET a = 1;", IGD_SCRIPT_STATEMENT, IGD_SCRIPT_STATEMENT},
    };
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        igd_str text = igd_str_from(cases[n].text);
        assert_int_equal(igd_split_role(IGD_SCRIPT_PSQL, text), cases[n].psql);
        assert_int_equal(igd_split_role(IGD_SCRIPT_MYSQL, text), cases[n].mysql);
    }
    assert_int_equal(igd_split_role(IGD_SCRIPT_SQLITE, IGD_STR("START TRANSACTION;")),
                     IGD_SCRIPT_STATEMENT);
}

static void lines_for_clients(void **state IGD_UNUSED)
{
    assert_true(igd_script_knows_line(IGD_SCRIPT_PSQL, IGD_STR("\\set ON_ERROR_STOP on")));
    assert_false(igd_script_knows_line(IGD_SCRIPT_PSQL, IGD_STR("\\set ON_ERROR_STOP off")));
    assert_false(igd_script_knows_line(IGD_SCRIPT_PSQL, IGD_STR(".bail on")));
    assert_false(igd_script_knows_line(IGD_SCRIPT_SQLITE, IGD_STR("\\set QUIET on")));
    assert_false(igd_script_knows_line(IGD_SCRIPT_MYSQL, IGD_STR("\\. other.sql")));
}

static void stores(void **state IGD_UNUSED)
{
    syntax = IGD_SCRIPT_REDIS;
    split("EVAL \"a;b\" 0\n\nSET x ','\n", "<EVAL \"a;b\" 0><SET x ','>");
    split("EVAL 0\nno end", "<EVAL 0>!line");
    syntax = IGD_SCRIPT_JSON;
    split("{\"a\":[1,2]},\n{\"b\":\"]\"}\n]\n", "<{\"a\":[1,2]}><{\"b\":\"]\"}>");
    split("{},\n]", "<{}>!line");
    syntax = IGD_SCRIPT_CONSUL;
    split("[{\"a\":[1,2]}],\n[]\n]\n", "<[{\"a\":[1,2]}]><[]>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(psql, setup, teardown),
        cmocka_unit_test_setup_teardown(mysql, setup, teardown),
        cmocka_unit_test_setup_teardown(stores, setup, teardown),
        cmocka_unit_test(roles),
        cmocka_unit_test(lines_for_clients),
    };
    return cmocka_run_group_tests_name("scripts for clients", tests, NULL, NULL);
}
