/*
 * Scripts as files: headers there and back, checksums, and where statements end.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmocka.h"
#include "targets/script_head.h"
#include "targets/script_split.h"
#include "tests/support/temp_dir.h"

#define COMMIT_A "1111111111111111111111111111111111111111"
#define COMMIT_B "2222222222222222222222222222222222222222"

static igd_arena *mem;
static igd_error err;
static char *dir;

static int setup(void **state IGD_UNUSED)
{
    mem = igd_arena_new();
    dir = temp_dir_new();
    return 0;
}

static int teardown(void **state IGD_UNUSED)
{
    igd_arena_free(mem);
    temp_dir_free(dir);
    return 0;
}

static void must(int rc)
{
    if (rc != IGD_OK)
        fail_msg("%s", err.message);
}

static const char *path_of(const char *name)
{
    return igd_arena_printf(mem, "%s/%s", dir, name).ptr;
}

static igd_script_head some_head(void)
{
    igd_script_head head = {.tool = IGD_STR("ingitdb-go 0.1.0"),
                            .source = IGD_STR("sh\\op\n\x7f caf\xc3\xa9"),
                            .engine = IGD_STR("sqlite"),
                            .direction = IGD_SCRIPT_DOWN,
                            .from = IGD_STR(COMMIT_A),
                            .run_id = IGD_STR("run-1"),
                            .row_count = 12,
                            .rows = {1, 2},
                            .schema = {3, UINT64_MAX},
                            .inserts = UINT64_MAX,
                            .deletes = 7};
    IGD_PUSH(mem, &head.risks, IGD_STR("destructive: drop column orders.note"));
    IGD_PUSH(mem, &head.risks, IGD_STR(""));
    return head;
}

/* A script with this body. */
static const char *written(const char *name, const char *body)
{
    IGD_CLEANUP_PTR(igd_script_file) igd_script_file *file = NULL;
    igd_script_head head = some_head();
    must(igd_script_file_new(IGD_SCRIPT_SQLITE, &file, &err));
    must(igd_script_put(file, igd_str_from(body), &err));
    must(igd_script_finish(file, &head, path_of(name), false, &err));
    return path_of(name);
}

static igd_str content(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = igd_arena_alloc(mem, 1 << 20);
    size_t len = fread(text, 1, 1 << 20, file);
    fclose(file);
    return (igd_str){text, len};
}

static void store(const char *path, igd_str text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

/* ---- headers ---- */

static void header_there_and_back(void **state IGD_UNUSED)
{
    IGD_CLEANUP_PTR(igd_script) igd_script *script = NULL;
    must(igd_script_open(written("up.sql", "SELECT 1;\n"), mem, &script, &err));
    const igd_script_head *head = igd_script_head_of(script);
    igd_script_head same = some_head();
    assert_true(igd_str_eq(head->tool, same.tool));
    assert_true(igd_str_eq(head->source, same.source));
    assert_true(igd_str_is(head->engine, "sqlite"));
    assert_int_equal(head->direction, IGD_SCRIPT_DOWN);
    assert_true(igd_str_is(head->from, COMMIT_A));
    assert_int_equal(head->to.len, 0);
    assert_true(igd_str_is(head->run_id, "run-1"));
    assert_int_equal(head->row_count, 12);
    assert_true(igd_digest_eq(head->rows, same.rows));
    assert_true(igd_digest_eq(head->schema, same.schema));
    assert_true(head->inserts == UINT64_MAX);
    assert_int_equal(head->updates, 0);
    assert_int_equal(head->deletes, 7);
    assert_int_equal(head->risks.len, 2);
    assert_true(igd_str_eq(head->risks.items[0], same.risks.items[0]));
    char hex[65];
    igd_sha256_hex(IGD_STR("SELECT 1;\n"), hex);
    assert_string_equal(head->sha256, hex);
}

/* Whatever bit of whatever byte is another one, it is noticed; and so is a file that ends early. */
static void every_flip_is_noticed(void **state IGD_UNUSED)
{
    const char *path = written("flip.sql", "-- rows \"t\": [\"a\"]\nSELECT 1;\n");
    igd_str text = content(path);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    for (size_t n = 0; n < 8 * text.len; n++) {
        IGD_CLEANUP_PTR(igd_script) igd_script *script = NULL;
        char flipped = (char)(text.ptr[n / 8] ^ 1 << n % 8);
        assert_int_equal(pwrite(fd, &flipped, 1, (off_t)(n / 8)), 1);
        int rc = igd_script_open(path, mem, &script, &err);
        if (rc != IGD_E_FORMAT && rc != IGD_E_CHECKSUM)
            fail_msg("byte %zu bit %zu: %d", n / 8, n % 8, rc);
        assert_int_equal(pwrite(fd, text.ptr + n / 8, 1, (off_t)(n / 8)), 1);
    }
    for (size_t len = text.len; len-- > 0;) {
        IGD_CLEANUP_PTR(igd_script) igd_script *script = NULL;
        assert_int_equal(ftruncate(fd, (off_t)len), 0);
        int rc = igd_script_open(path, mem, &script, &err);
        assert_true(rc == IGD_E_FORMAT || rc == IGD_E_CHECKSUM);
    }
    close(fd);
}

/* With its checksum put right: somebody who means it. */
static int open_with(const char *line, const char *instead)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    IGD_CLEANUP_PTR(igd_script) igd_script *script = NULL;
    igd_script_head head = some_head();
    igd_sha256_hex(IGD_STR("SELECT 1;\n"), head.sha256);
    igd_script_head_write(&head, &text);
    const char *at = strstr(text.ptr, line);
    assert_non_null(at);
    IGD_CLEANUP(igd_buf)
    igd_buf other = IGD_BUF_INIT;
    igd_buf_add(&other, text.ptr, (size_t)(at - text.ptr));
    igd_buf_puts(&other, instead);
    const char *rest = at + strlen(line), *end = strstr(rest, "-- head: ");
    igd_buf_add(&other, rest, (size_t)(end - rest));
    char hex[65];
    igd_sha256_hex(igd_buf_view(&other), hex);
    igd_buf_printf(&other, "-- head: %s\n-- body\nSELECT 1;\n", hex);
    store(path_of("edited.sql"), igd_buf_view(&other));
    return igd_script_open(path_of("edited.sql"), mem, &script, &err);
}

static void headers_that_are_refused(void **state IGD_UNUSED)
{
    assert_int_equal(open_with("", ""), IGD_OK);
    assert_int_equal(open_with("script 1\n", "script 2\n"), IGD_E_FORMAT);
    assert_non_null(strstr(err.message, "format 2"));
    assert_int_equal(open_with("script 1\n", "script 99999999999999999999\n"), IGD_E_FORMAT);
    assert_int_equal(open_with("-- risk: \n", "-- shape: round\n"), IGD_E_FORMAT);
    assert_non_null(strstr(err.message, "'shape'"));
    assert_int_equal(err.place.line, 13);
    assert_int_equal(open_with("-- engine: sqlite\n", ""), IGD_E_FORMAT);
    assert_non_null(strstr(err.message, "missing"));
    assert_int_equal(open_with("-- engine: sqlite\n", "-- engine: a\n-- engine: b\n"),
                     IGD_E_FORMAT);
    assert_int_equal(open_with(": down\n", ": sideways\n"), IGD_E_FORMAT);
    assert_int_equal(open_with(COMMIT_A, "abc"), IGD_E_FORMAT);
    assert_int_equal(open_with("-- rows: 12 ", "-- rows: 12"), IGD_E_FORMAT);
    assert_int_equal(open_with("~0 ", ""), IGD_E_FORMAT);
    assert_int_equal(open_with("sh\\\\op", "sh\\op"), IGD_E_FORMAT);
    assert_int_equal(open_with("-- tool", "DROP TABLE t; -- tool"), IGD_E_FORMAT);
}

static void files_that_are_no_scripts(void **state IGD_UNUSED)
{
    IGD_CLEANUP_PTR(igd_script) igd_script *script = NULL;
    store(path_of("other.sql"), IGD_STR("CREATE TABLE t (a);\n"));
    assert_int_equal(igd_script_open(path_of("other.sql"), mem, &script, &err), IGD_E_FORMAT);
    assert_int_equal(err.place.line, 1);
    store(path_of("empty.sql"), IGD_STR(""));
    assert_int_equal(igd_script_open(path_of("empty.sql"), mem, &script, &err), IGD_E_FORMAT);
    assert_int_equal(igd_script_open(path_of("none.sql"), mem, &script, &err), IGD_E_USAGE);
    assert_int_equal(igd_script_open(dir, mem, &script, &err), IGD_E_USAGE);
}

/* ---- writing ---- */

static void files_are_not_replaced(void **state IGD_UNUSED)
{
    IGD_CLEANUP_PTR(igd_script_file) igd_script_file *file = NULL;
    igd_script_head head = some_head();
    const char *path = path_of("kept.sql");
    store(path, IGD_STR("precious"));
    must(igd_script_file_new(IGD_SCRIPT_SQLITE, &file, &err));
    must(igd_script_put(file, IGD_STR("SELECT 1;\n"), &err));
    assert_int_equal(igd_script_finish(file, &head, path, false, &err), IGD_E_USAGE);
    assert_true(igd_str_is(content(path), "precious"));
    assert_int_equal(igd_script_finish_plain(file, path, true, &err), IGD_OK);
    assert_true(igd_str_is(content(path), "SELECT 1;\n"));
    assert_int_equal(igd_script_finish_plain(file, dir, true, &err), IGD_E_USAGE);
    assert_int_equal(igd_script_finish_plain(file, path_of("no/such"), false, &err), IGD_E_IO);
}

/* Larger than what is held in memory; and a body behind another. */
static void long_bodies(void **state IGD_UNUSED)
{
    IGD_CLEANUP_PTR(igd_script_file) igd_script_file *file = NULL;
    IGD_CLEANUP_PTR(igd_script_file) igd_script_file *second = NULL;
    IGD_CLEANUP_PTR(igd_script) igd_script *script = NULL;
    igd_script_head head = some_head();
    must(igd_script_file_new(IGD_SCRIPT_SQLITE, &file, &err));
    must(igd_script_file_new(IGD_SCRIPT_SQLITE, &second, &err));
    enum { COUNT = 60000 };
    for (int n = 0; n < COUNT; n++) {
        igd_str text = igd_arena_printf(mem, "INSERT INTO t VALUES\n  (%d, 'a;b''');\n", n);
        must(igd_script_put(n % 2 ? second : file, text, &err));
    }
    must(igd_script_append(file, second, &err));
    must(igd_script_put(second, IGD_STR("SELECT 'more';\n"), &err));
    must(igd_script_append(file, second, &err));
    must(igd_script_append(file, second, &err));
    must(igd_script_finish(file, &head, path_of("long.sql"), false, &err));
    must(igd_script_open(path_of("long.sql"), mem, &script, &err));
    for (int pass = 0; pass < 2; pass++) {
        bool more = true;
        for (uint32_t n = 0; n < COUNT + 1; n++) {
            igd_script_statement s;
            must(igd_script_next(script, IGD_SCRIPT_SQLITE, &s, &more, &err));
            assert_true(more);
            assert_int_equal(s.line, 17 + 2 * n);
            uint32_t id = n < COUNT / 2 ? 2 * n : 2 * (n - COUNT / 2) + 1;
            if (n < COUNT)
                assert_true(igd_str_eq(
                    s.text, igd_arena_printf(mem, "INSERT INTO t VALUES\n  (%u, 'a;b''');", id)));
            else
                assert_true(igd_str_is(s.text, "SELECT 'more';"));
        }
        igd_script_statement s;
        must(igd_script_next(script, IGD_SCRIPT_SQLITE, &s, &more, &err));
        assert_false(more);
        must(igd_script_rewind(script, &err));
    }
}

static void changes_are_noticed(void **state IGD_UNUSED)
{
    IGD_CLEANUP_PTR(igd_script) igd_script *script = NULL;
    const char *path = written("touched.sql", "SELECT 1;\n");
    must(igd_script_open(path, mem, &script, &err));
    must(igd_script_unchanged(script, &err));
    store(path, IGD_STR("short"));
    assert_int_equal(igd_script_unchanged(script, &err), IGD_E_CHECKSUM);
    assert_int_equal(igd_script_rewind(script, &err), IGD_E_CHECKSUM);
}

static void scripts_in_steps(void **state IGD_UNUSED)
{
    IGD_CLEANUP_PTR(igd_script_file) igd_script_file *file = NULL;
    IGD_CLEANUP_PTR(igd_script) igd_script *script = NULL;
    igd_script_head head = some_head();
    head.steps = 3;
    must(igd_script_file_new(IGD_SCRIPT_SQLITE, &file, &err));
    must(igd_script_put(file, IGD_STR("SELECT 1;\n"), &err));
    must(igd_script_finish(file, &head, path_of("steps.sql"), false, &err));
    must(igd_script_open(path_of("steps.sql"), mem, &script, &err));
    assert_int_equal(igd_script_head_of(script)->steps, 3);
    assert_non_null(strstr(content(path_of("steps.sql")).ptr, "\n-- steps: 3\n"));
}

/* ---- statements ---- */

/* The pieces of a text, each in angle brackets; given in parts of `part` bytes. */
static igd_str pieces(const char *text, size_t part)
{
    igd_splitter splitter = {.syntax = IGD_SCRIPT_SQLITE};
    size_t len = strlen(text), given = part < len ? part : len;
    igd_str out = IGD_STR("");
    for (;;) {
        igd_str piece;
        switch (igd_split_next(&splitter, (igd_str){text, given}, given == len, &piece)) {
        case IGD_SPLIT_MORE:
            given = given + part < len ? given + part : len;
            continue;
        case IGD_SPLIT_STATEMENT:
            out = igd_arena_printf(mem, "%.*s<%.*s>", IGD_STR_ARG(out), IGD_STR_ARG(piece));
            break;
        case IGD_SPLIT_CLIENT_LINE:
            out = igd_arena_printf(mem, "%.*s{%.*s}", IGD_STR_ARG(out), IGD_STR_ARG(piece));
            break;
        case IGD_SPLIT_ROWS:
            out = igd_arena_printf(mem, "%.*s(%.*s)", IGD_STR_ARG(out), IGD_STR_ARG(piece));
            break;
        case IGD_SPLIT_BROKEN:
            return igd_arena_printf(mem, "%.*s!%s %zu", IGD_STR_ARG(out), splitter.why,
                                    (size_t)(piece.ptr - text));
        case IGD_SPLIT_END:
            return out;
        }
    }
}

static void split(const char *text, const char *expected)
{
    for (size_t part = 1; part <= strlen(text) + 1; part++) {
        igd_str got = pieces(text, part);
        if (!igd_str_is(got, expected))
            fail_msg("parts of %zu: '%s' gives '%s', not '%s'", part, text, got.ptr, expected);
    }
}

static void statements(void **state IGD_UNUSED)
{
    split("", "");
    split(" ;; \n;", "");
    split("SELECT 1;SELECT 2 ;\n", "<SELECT 1;><SELECT 2 ;>");
    split("SELECT ';';SELECT 'it''s;';", "<SELECT ';';><SELECT 'it''s;';>");
    split("SELECT \";\"\";\", [;], `;``;`;", "<SELECT \";\"\";\", [;], `;``;`;>");
    split("-- a;b\nSELECT -- c;\n1;", "<SELECT -- c;\n1;>");
    split("/* ; */ SELECT /* ;*;**/ 1 /*/;*/;", "<SELECT /* ;*;**/ 1 /*/;*/;>");
    split("SELECT 1 - 2 / 3;", "<SELECT 1 - 2 / 3;>");
    split("SELECT 1; -- the end", "<SELECT 1;>");
    split("SELECT '\xc3\xa9;';", "<SELECT '\xc3\xa9;';>");
    split("SELECT 1", "!statement 0");
    split("SELECT 1; SELECT 'abc;", "<SELECT 1;>!string 17");
    split("SELECT \"abc;", "!quoted name 7");
    split("SELECT [abc;", "!quoted name 7");
    split("SELECT 1; /* abc;", "<SELECT 1;>!comment 10");
}

static void triggers(void **state IGD_UNUSED)
{
#define BODY                                                                        \
    "AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; UPDATE t SET a = ';'; " \
    "DELETE FROM \"end\"; SELECT 1; /* ; */ -- ;\n END"
    split("CREATE TRIGGER x " BODY "; SELECT 2;", "<CREATE TRIGGER x " BODY ";><SELECT 2;>");
    split("create temp trigger x " BODY " ; SELECT 2;",
          "<create temp trigger x " BODY " ;><SELECT 2;>");
    split("EXPLAIN CREATE TEMPORARY TRIGGER x " BODY ";",
          "<EXPLAIN CREATE TEMPORARY TRIGGER x " BODY ";>");
    split("CREATE/**/TRIGGER IF NOT EXISTS x " BODY ";",
          "<CREATE/**/TRIGGER IF NOT EXISTS x " BODY ";>");
    split("CREATE TRIGGER x " BODY, "!statement 0");
    split("CREATE TABLE trigger_t (a); SELECT 1;", "<CREATE TABLE trigger_t (a);><SELECT 1;>");
    split("CREATE TABLE \"TRIGGER\" (a); END;", "<CREATE TABLE \"TRIGGER\" (a);><END;>");
    split("BEGIN; SELECT 1; END;", "<BEGIN;><SELECT 1;><END;>");
#undef BODY
}

static void roles(void **state IGD_UNUSED)
{
    static const struct {
        const char *text;
        igd_script_role role;
    } cases[] = {{"BEGIN IMMEDIATE;", IGD_SCRIPT_BEGIN}, {"begin;", IGD_SCRIPT_BEGIN},
                 {"COMMIT;", IGD_SCRIPT_COMMIT},         {"End TRANSACTION;", IGD_SCRIPT_COMMIT},
                 {"ROLLBACK;", IGD_SCRIPT_STATEMENT},    {"\"BEGIN\";", IGD_SCRIPT_STATEMENT},
                 {"BEGINNING;", IGD_SCRIPT_STATEMENT},   {";", IGD_SCRIPT_STATEMENT}};
    for (size_t n = 0; n < IGD_COUNT(cases); n++)
        assert_int_equal(igd_split_role(IGD_SCRIPT_SQLITE, igd_str_from(cases[n].text)),
                         cases[n].role);
}

static void lines_for_the_client(void **state IGD_UNUSED)
{
    split(".bail on\nSELECT 1;\n", "{.bail on}<SELECT 1;>");
    split("-- x\n.bail on\n.x", "{.bail on}{.x}");
    split("SELECT 1\n.5;\n", "<SELECT 1\n.5;>");
    split("SELECT '\n.bail off\n';", "<SELECT '\n.bail off\n';>");
    split(" .5;", "<.5;>");
}

static void rows(void **state IGD_UNUSED)
{
    split("-- rows \"a\": [\"1\"]\n-- else\n-- rows \"b\": [\"2\"]\nSELECT 1;\n",
          "(\"a\": [\"1\"]\n)(\"b\": [\"2\"]\n)<SELECT 1;>");
    split("SELECT '\n-- rows x\n' -- rows x\n-- rows x\n;",
          "<SELECT '\n-- rows x\n' -- rows x\n-- rows x\n;>");
    split("SELECT 1; -- rows x\n", "<SELECT 1;>");
    split("-- rowsx\n--rows x\n", "");
}

/* Reads all statements. */
static int read_through(const char *path)
{
    IGD_CLEANUP_PTR(igd_script) igd_script *script = NULL;
    igd_script_statement s;
    bool more = true;
    must(igd_script_open(path, mem, &script, &err));
    int rc = IGD_OK;
    while (rc == IGD_OK && more)
        rc = igd_script_next(script, IGD_SCRIPT_SQLITE, &s, &more, &err);
    return rc;
}

static void scripts_that_are_refused(void **state IGD_UNUSED)
{
    static const struct {
        const char *body;
        uint32_t line;
    } cases[] = {{".bail off\nSELECT 1;\n", 17},      {".bail on\n.read x\n", 18},
                 {"SELECT 1;\n.bail on\n", 18},       {".bail on \n", 17},
                 {"SELECT 1;\n\nSELECT\n '2;\n", 20}, {"SELECT 1;\nSELECT 2", 18},
                 {"-- rows \"a\": [\"1\"]\n", 18}};
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        igd_str name = igd_arena_printf(mem, "refused-%zu.sql", n);
        const char *path = written(name.ptr, cases[n].body);
        int rc = read_through(path);
        if (rc != IGD_E_FORMAT || err.place.line != cases[n].line ||
            strcmp(err.place.path, path) != 0)
            fail_msg("case %zu: %d, line %u: %s", n, rc, err.place.line, err.message);
    }
}

static void rows_of_statements(void **state IGD_UNUSED)
{
    IGD_CLEANUP_PTR(igd_script) igd_script *script = NULL;
    igd_script_statement s;
    bool more;
    const char *path = written("rows.sql", ".bail on\n-- rows \"a\": [\"1\"]\n-- x\n-- rows \"b\": "
                                           "[\"2\"]\nUPDATE a;\nSELECT 1;\n");
    must(igd_script_open(path, mem, &script, &err));
    assert_true(igd_script_names_rows(script));
    must(igd_script_next(script, IGD_SCRIPT_SQLITE, &s, &more, &err));
    assert_true(s.client_line && igd_str_is(s.text, ".bail on") && s.rows.len == 0);
    must(igd_script_next(script, IGD_SCRIPT_SQLITE, &s, &more, &err));
    assert_true(igd_str_is(s.rows, "\"a\": [\"1\"]\n\"b\": [\"2\"]\n"));
    assert_true(!s.client_line && s.line == 21);
    must(igd_script_next(script, IGD_SCRIPT_SQLITE, &s, &more, &err));
    assert_int_equal(s.rows.len, 0);

    igd_script *other = NULL;
    must(igd_script_open(written("norows.sql", "SELECT 1;\n"), mem, &other, &err));
    assert_false(igd_script_names_rows(other));
    igd_script_close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_there_and_back),
        cmocka_unit_test(every_flip_is_noticed),
        cmocka_unit_test(headers_that_are_refused),
        cmocka_unit_test(scripts_in_steps),
        cmocka_unit_test(files_that_are_no_scripts),
        cmocka_unit_test(files_are_not_replaced),
        cmocka_unit_test(long_bodies),
        cmocka_unit_test(changes_are_noticed),
        cmocka_unit_test(statements),
        cmocka_unit_test(triggers),
        cmocka_unit_test(lines_for_the_client),
        cmocka_unit_test(roles),
        cmocka_unit_test(rows),
        cmocka_unit_test(scripts_that_are_refused),
        cmocka_unit_test(rows_of_statements),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
