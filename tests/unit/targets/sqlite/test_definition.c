/*
 * CREATE TABLE texts: taken apart, and put together without losing what others wrote.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cmocka.h"
#include "targets/sqlite/definition.h"
#include "targets/sqlite/sqlite.h"

static igd_arena *mem;

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

static igd_definition parsed(const char *sql)
{
    igd_definition definition;
    const char *why = igd_definition_parse(igd_str_from(sql), mem, &definition);
    if (why)
        fail_msg("%s: %s", sql, why);
    return definition;
}

static const igd_column_text *column(const igd_definition *definition, const char *name)
{
    ptrdiff_t at = igd_definition_column(definition, igd_str_from(name));
    assert_true(at >= 0);
    return &definition->columns.items[at];
}

/* The kinds of a column's clauses as letters. */
static void clauses(const igd_definition *definition, const char *name, const char *expected)
{
    static const char letters[] = "PN0UCDLRGO";
    const igd_column_text *it = column(definition, name);
    char found[32] = "";
    for (size_t n = 0; n < it->clauses.len && n + 1 < sizeof(found); n++)
        found[n] = letters[it->clauses.items[n].kind];
    assert_string_equal(found, expected);
}

static const char everything[] =
    "CREATE TABLE \"t, (x\" (\n"
    "  id TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, -- a comment, with (\n"
    "  [b c] VARCHAR(10, 2) CONSTRAINT \"n\"\"n\" CHECK ([b c] <> ')') DEFAULT 'it''s' /* , */ "
    "UNIQUE ON CONFLICT IGNORE,\n"
    "  n INTEGER DEFAULT -1.5e-3 CHECK (n > 0) REFERENCES o ON DELETE SET NULL ON UPDATE NO ACTION "
    "NOT DEFERRABLE INITIALLY IMMEDIATE NOT NULL,\n"
    "  g AS (n * 2) STORED, h GENERATED ALWAYS AS (lower(id)) VIRTUAL, untyped, `q` BLOB DEFAULT "
    "x'00ff',\n"
    "  d DEFAULT (1 + (2)), e DEFAULT CURRENT_TIMESTAMP NULL,\n"
    "  CONSTRAINT fk FOREIGN KEY (n) REFERENCES \"o\" (\"x\") DEFERRABLE INITIALLY DEFERRED\n"
    "  UNIQUE (id, n), CHECK (json_valid(d))\n"
    ") WITHOUT ROWID";

static void takes_apart(void **state IGD_UNUSED)
{
    igd_definition d = parsed(everything);
    assert_int_equal(d.columns.len, 9);
    assert_int_equal(d.clauses.len, 3);
    assert_true(igd_str_is(d.options, "WITHOUT ROWID"));
    clauses(&d, "ID", "NPL");
    clauses(&d, "b c", "CDU");
    clauses(&d, "n", "DCRN");
    clauses(&d, "g", "G");
    clauses(&d, "h", "G");
    clauses(&d, "untyped", "");
    clauses(&d, "q", "D");
    clauses(&d, "d", "D");
    clauses(&d, "e", "D0");
    assert_true(igd_str_is(column(&d, "b c")->type, "VARCHAR(10, 2)"));
    assert_int_equal(column(&d, "untyped")->type.len, 0);
    assert_true(igd_str_is(column(&d, "b c")->clauses.items[0].name, "n\"n"));
    assert_true(igd_str_is(column(&d, "b c")->clauses.items[0].body, "([b c] <> ')')"));
    assert_true(igd_definition_is_generated(column(&d, "h")));
    assert_true(igd_str_is(d.clauses.items[0].name, "fk"));
    assert_int_equal(d.clauses.items[1].kind, IGD_CLAUSE_UNIQUE);
}

/* SQLite itself says whether the text that was put together is as good as the first. */
static void puts_together(void **state IGD_UNUSED)
{
    igd_definition d = parsed(everything);
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_definition_write(&d, IGD_STR("new \"name\""), &sql);
    sqlite3 *db = NULL;
    char *message = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    if (sqlite3_exec(db, everything, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    if (sqlite3_exec(db, sql.ptr, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql.ptr, message);
    sqlite3_close(db);
    IGD_CLEANUP(igd_buf)
    igd_buf again = IGD_BUF_INIT;
    igd_definition second = parsed(sql.ptr);
    igd_definition_write(&second, IGD_STR("new \"name\""), &again);
    assert_string_equal(again.ptr, sql.ptr);
}

static void refuses(void **state IGD_UNUSED)
{
    static const char *const texts[] = {
        "",
        "CREATE TABLE t",
        "CREATE TABLE t (a",
        "CREATE TABLE t (a TEXT CHECK (x)",
        "CREATE TABLE t (a TEXT CHECK)",
        "CREATE TABLE t (a TEXT NOT)",
        "CREATE TABLE t (a TEXT DEFAULT)",
        "CREATE TABLE t (a REFERENCES)",
        "CREATE TABLE t (a, FOREIGN KEY)",
        "CREATE TABLE t (a TEXT DEFAULT 'x)",
        "CREATE VIRTUAL TABLE t USING fts5(a)",
    };
    igd_definition definition;
    for (size_t n = 0; n < IGD_COUNT(texts); n++)
        assert_non_null(igd_definition_parse(igd_str_from(texts[n]), mem, &definition));
}

static void edits_keep_the_rest(void **state IGD_UNUSED)
{
    igd_definition d = parsed("CREATE TABLE t (id TEXT NOT NULL, n INTEGER NULL DEFAULT 3 "
                              "CONSTRAINT ck CHECK (n > 0) UNIQUE, mine TEXT, PRIMARY KEY (id), "
                              "CONSTRAINT mine CHECK (mine <> ''))");
    igd_column columns[] = {{.name = IGD_STR("N")}};
    igd_table table = {.name = IGD_STR("t"), .columns = columns, .column_count = 1};
    igd_check check = {.name = IGD_STR("ck"), .column = IGD_STR("n"), .number = IGD_STR("1")};
    igd_op ops[] = {
        {.kind = IGD_OP_SET_NOT_NULL, .from = &table, .to = &table},
        {.kind = IGD_OP_DROP_CHECK, .from = &table, .to = &table, .check = &check},
        {.kind = IGD_OP_DROP_CHECK, .from = &table, .to = &table, .check = &check},
        {.kind = IGD_OP_SET_NOT_NULL, .from = &table, .to = &table},
    };
    for (size_t n = 0; n < IGD_COUNT(ops); n++)
        igd_definition_edit(&d, &ops[n], mem);
    clauses(&d, "n", "DUN");
    assert_int_equal(d.clauses.len, 2);
    ops[0].kind = IGD_OP_DROP_NOT_NULL;
    igd_definition_edit(&d, &ops[0], mem);
    clauses(&d, "n", "DU");
    ops[0].kind = IGD_OP_DROP_COLUMN;
    igd_definition_edit(&d, &ops[0], mem);
    assert_int_equal(d.columns.len, 2);
    assert_true(igd_definition_column(&d, IGD_STR("mine")) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_apart),
        cmocka_unit_test(puts_together),
        cmocka_unit_test(refuses),
        cmocka_unit_test(edits_keep_the_rest),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
