/*
 * Literals: each is the value to the bit and of its storage class, in the library and in the
 * sqlite3 client, whatever a text looks like. IGD_DOUBLES says how many random doubles (20 000).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka.h"
#include "targets/sqlite/sqlite.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

static sqlite3 *db;
static uint64_t seed = 88172645463325252u;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static int setup(void **state IGD_UNUSED)
{
    return sqlite3_open(":memory:", &db);
}

static int teardown(void **state IGD_UNUSED)
{
    return sqlite3_close(db);
}

/* ---- what the library makes of a literal ---- */

static sqlite3_stmt *evaluate(const igd_value *value)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    sqlite3_stmt *stmt = NULL;
    igd_buf_puts(&sql, "SELECT ");
    igd_sqlite_dialect.literal(value, &sql);
    if (sqlite3_prepare_v2(db, sql.ptr, (int)sql.len, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW)
        fail_msg("%s: %s", sql.ptr, sqlite3_errmsg(db));
    return stmt;
}

static igd_value float_of(double number)
{
    return (igd_value){.kind = IGD_FLOAT, .number = number};
}

static void need_double(double number)
{
    igd_value value = float_of(number);
    sqlite3_stmt *stmt = evaluate(&value);
    double got = sqlite3_column_double(stmt, 0);
    assert_int_equal(sqlite3_column_type(stmt, 0), SQLITE_FLOAT);
    if (memcmp(&got, &number, sizeof(got)) != 0)
        fail_msg("%a became %a: SELECT %s", number, got, sqlite3_sql(stmt));
    sqlite3_finalize(stmt);
}

static void need_sql(igd_value value, const char *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_sqlite_dialect.literal(&value, &text);
    assert_string_equal(text.ptr, sql);
}

static double random_bits(void)
{
    uint64_t bits;
    double number;
    do {
        bits = next_random();
        memcpy(&number, &bits, sizeof(number));
    } while (!isfinite(number));
    return number;
}

/* As people write them: up to 17 digits, a point somewhere. */
static double random_decimal(void)
{
    char text[64];
    uint64_t most = 10;
    for (uint64_t n = next_random() % 17; n; n--)
        most *= 10;
    snprintf(text, sizeof(text), "%llue-%d", (unsigned long long)(next_random() % most),
             (int)(next_random() % 20));
    return strtod(text, NULL);
}

static void doubles_to_the_bit(void **state IGD_UNUSED)
{
    static const double edges[] = {0,
                                   -0.0,
                                   0.1,
                                   -0.1,
                                   5,
                                   1e21,
                                   1e22,
                                   1e23,
                                   5e-324,
                                   -5e-324,
                                   0x1p-1022,
                                   0x1p-1074,
                                   0x1.fffp-1030,
                                   1.7976931348623157e308,
                                   1e-307,
                                   1e308,
                                   0x1p53,
                                   0x1p53 + 2,
                                   0x1p63,
                                   0x1p64,
                                   -0x1p63,
                                   1.0 / 3,
                                   0.1 + .2,
                                   12345e-5,
                                   9007199254740993.0,
                                   INFINITY,
                                   -INFINITY};
    const char *wanted = getenv("IGD_DOUBLES");
    for (size_t n = 0; n < IGD_COUNT(edges); n++)
        need_double(edges[n]);
    for (long n = wanted ? atol(wanted) : 20000; n > 0; n--) {
        need_double(random_bits());
        need_double(random_decimal());
    }
}

static void numbers_as_text(void **state IGD_UNUSED)
{
    need_sql(float_of(5), "5.0");
    need_sql(float_of(-12.99), "-12.99");
    need_sql(float_of(1e-7), "1e-7");
    need_sql(float_of(1e21), "1e+21");
    need_sql(float_of(1e20), "1e20");
    need_sql(float_of(0x1p60), "(1*1.0*(1<<60))");
    need_sql(float_of(-0.0), "-0.0");
    need_sql(float_of(0.1 + 0.2), "(1351079888211149*1.0/(1<<52))");
    need_sql(float_of(-0x1p-70), "(-1*1.0/(1<<62)/(1<<8))");
    need_sql(igd_value_int(INT64_MAX), "9223372036854775807");
    need_sql(igd_value_bool(true), "1");
    need_sql(igd_value_bool(false), "0");
    need_sql(IGD_VALUE_NULL, "NULL");
    static const int64_t numbers[] = {0, -1, INT64_MAX, INT64_MIN, INT64_MIN + 1, 1LL << 53};
    for (size_t n = 0; n < IGD_COUNT(numbers); n++) {
        igd_value value = igd_value_int(numbers[n]);
        sqlite3_stmt *stmt = evaluate(&value);
        assert_int_equal(sqlite3_column_type(stmt, 0), SQLITE_INTEGER);
        assert_true(sqlite3_column_int64(stmt, 0) == numbers[n]);
        sqlite3_finalize(stmt);
    }
}

static void texts_as_text(void **state IGD_UNUSED)
{
    need_sql(igd_value_string(IGD_STR("")), "''");
    need_sql(igd_value_string(IGD_STR("it's")), "'it''s'");
    need_sql(igd_value_string(IGD_STR("a\\n\"b\"; -- c")), "'a\\n\"b\"; -- c'");
    need_sql(igd_value_string(IGD_STR("a\r\n'\"\\")), "json_extract('\"a\\r\\n''\\\"\\\\\"','$')");
    need_sql(igd_value_string(IGD_STR("\xe2\x80\xa8\x1b")),
             "json_extract('\"\\u2028\\u001b\"','$')");
    need_sql(igd_value_string(IGD_STR("a\0b")),
             "replace(json_extract('\"a(nul)b\"','$'),'(nul)',char(0))");
    need_sql(igd_value_string(IGD_STR("(nul)(nul1)\0")),
             "replace(json_extract('\"(nul)(nul1)(nul2)\"','$'),'(nul2)',char(0))");
    need_sql(igd_value_string(IGD_STR("\xff'")), "CAST(x'ff27' AS TEXT)");
    need_sql((igd_value){.kind = IGD_JSON, .text = IGD_STR("{\"a\":\"'\"}")}, "'{\"a\":\"''\"}'");
    need_sql((igd_value){.kind = IGD_DATE, .text = IGD_STR("2026-02-28")}, "'2026-02-28'");
}

/* Texts are looked at in pieces: where in one a control is does not matter. */
static void controls_anywhere(void **state IGD_UNUSED)
{
    static const char controls[] = {1, '\t', '\n', 0x1f, 0x7f};
    for (size_t len = 1; len < 20; len++) {
        for (size_t at = 0; at < len; at++) {
            for (size_t n = 0; n < IGD_COUNT(controls); n++) {
                IGD_CLEANUP(igd_buf)
                igd_buf sql = IGD_BUF_INIT;
                char text[20];
                memset(text, n % 2 ? '~' : ' ', len);
                text[at] = controls[n];
                igd_value value = igd_value_string((igd_str){text, len});
                igd_sqlite_dialect.literal(&value, &sql);
                assert_null(memchr(sql.ptr, controls[n], sql.len));
                sqlite3_stmt *stmt = evaluate(&value);
                assert_int_equal(sqlite3_column_bytes(stmt, 0), len);
                assert_memory_equal(sqlite3_column_text(stmt, 0), text, len);
                sqlite3_finalize(stmt);
            }
        }
    }
}

static void what_others_stored(void **state IGD_UNUSED)
{
    need_sql((igd_value){.kind = IGD_RAW, .text = IGD_STR("x'00'")}, "'x''00'''");
    need_sql((igd_value){.kind = IGD_RAW, .raw = IGD_RAW_BLOB, .text = IGD_STR("x'00'")}, "x'00'");
    need_sql(
        (igd_value){.kind = IGD_RAW, .raw = IGD_RAW_INT, .text = IGD_STR("-9223372036854775808")},
        "(-9223372036854775807-1)");
    need_sql((igd_value){.kind = IGD_RAW, .raw = IGD_RAW_FLOAT, .text = IGD_STR("-Inf")}, "-9e999");
    need_sql((igd_value){.kind = IGD_RAW, .raw = IGD_RAW_FLOAT, .text = IGD_STR("1.5")}, "1.5");
}

/* ---- what the client makes of a script ---- */

#define T(text)                   \
    {                             \
        "" text, sizeof(text) - 1 \
    } /* IGD_STR is no constant */

/* Texts that look like something else to one who reads a script by lines. */
static const igd_str odd_texts[] = {
    T("a\n.quit\n"),
    T("a\n.shell false\n"),
    T("a\n/\nb"),
    T("a\nGO\nb"),
    T("a\ngo\n"),
    T(";\n;"),
    T("'\n'"),
    T("--\n"),
    T("/* \n"),
    T("a\r\nb\r"),
    T("\r\n"),
    T("\n"),
    T("# x\n#\n"),
    T("\x1a\x04"),
    T("\xe2\x80\xa8 \xe2\x80\xa9"),
    T("\xc2\x85"),
    T("\xef\xbb\xbf"),
    T("\xff\xfe"),
    T("a\0b"),
    T("\0"),
    T("\xed\xa0\x80"),
    T("\\u0000\\n\\"),
    T("\t\"x\"\t"),
    T("?1 :a @b $c %s %"),
    T("\xf0\x9f\x98\x80'\n"),
    T("(nul)\0"),
    T("CREATE TRIGGER x\nBEGIN\n"),
    T("\x7f\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"
      "\x18\x19\x1b\x1c\x1d\x1e\x1f"),
};

/* Pieces that mean something to somebody, put together by chance. */
static igd_str random_text(igd_arena *mem)
{
    static const igd_str pieces[] = {T("\n"),
                                     T("\r"),
                                     T("'"),
                                     T("\""),
                                     T(";"),
                                     T("\\"),
                                     T("."),
                                     T("/"),
                                     T("\0"),
                                     T("(nul)"),
                                     T("\t"),
                                     T("GO"),
                                     T("\xff"),
                                     T("\xc3\xa9"),
                                     T("--"),
                                     T("\x1b"),
                                     T("abc "),
                                     T("\xe2\x80\xae"),
                                     T("\xf0\x9f\x98\x80"),
                                     T("u0000"),
                                     T("/*")};
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    /* Bytes that are no UTF-8 have a form of their own: only now and then. */
    bool broken = next_random() % 4 == 0;
    for (uint64_t n = next_random() % 12; n; n--) {
        igd_str piece = pieces[next_random() % IGD_COUNT(pieces)];
        if (broken || piece.ptr[0] != '\xff')
            igd_buf_str(&text, piece);
    }
    return igd_arena_str(mem, igd_buf_view(&text));
}

/* Megabytes of what is worst for each form. */
static igd_str long_text(igd_arena *mem, int form)
{
    static const igd_str units[] = {T("0123456789'"), T(";\n.quit\r\n"), T("a\0\x1f"), T("\xff")};
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    while (text.len < 1024 * 1024)
        igd_buf_str(&text, units[form]);
    return igd_arena_str(mem, igd_buf_view(&text));
}

#define RANDOM_TEXTS 300
#define LONG_TEXTS   4
#define TEXTS        (IGD_COUNT(odd_texts) + RANDOM_TEXTS + LONG_TEXTS)

static void make_texts(igd_arena *mem, igd_str *texts)
{
    size_t count = 0;
    for (; count < IGD_COUNT(odd_texts); count++)
        texts[count] = odd_texts[count];
    for (; count < TEXTS - LONG_TEXTS; count++)
        texts[count] = random_text(mem);
    for (int form = 0; form < LONG_TEXTS; form++)
        texts[count++] = long_text(mem, form);
}

/* No control byte anywhere, so no end of a line. */
static void need_one_line(const igd_buf *sql, size_t from)
{
    for (size_t n = from; n < sql->len; n++)
        assert_true((unsigned char)sql->ptr[n] >= ' ' && sql->ptr[n] != 0x7f);
}

static char *run_client(const char *file, const char *script)
{
    process_result got =
        process_run((const char *const[]){"/bin/sh", "-c", "sqlite3 -batch \"$1\" <\"$2\"", "sh",
                                          file, script, NULL},
                    NULL);
    if (got.status != 0 || *got.err)
        fail_msg("sqlite3: %d: %s", got.status, got.err);
    char *out = strdup(got.out);
    process_result_free(&got);
    return out;
}

static void need_texts(const char *file, const igd_str *texts, bool broken)
{
    sqlite3 *written;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open(file, &written), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(written,
                                        "SELECT \"a\"\"b'\"\"c;\" FROM \"it's \"\"x\"\"\" "
                                        "ORDER BY rowid",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    for (size_t n = 0; n < TEXTS; n++) {
        if (!broken && !igd_str_is_utf8(texts[n]))
            continue;
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        assert_int_equal(sqlite3_column_type(stmt, 0), SQLITE_TEXT);
        const char *got = (const char *)sqlite3_column_text(stmt, 0);
        size_t len = (size_t)sqlite3_column_bytes(stmt, 0);
        if (len != texts[n].len || memcmp(got, texts[n].ptr, len) != 0)
            fail_msg("text %zu of %zu bytes became %zu bytes", n, texts[n].len, len);
    }
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    sqlite3_finalize(stmt);
    sqlite3_close(written);
}

/* A script of all texts, run by the real client, in a file of the encoding. */
static void texts_through_the_client(const char *encoding, bool broken)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    char *directory = temp_dir_new();
    char *file = path_join(directory, "x.db"), *script = path_join(directory, "x.sql");
    static igd_str texts[TEXTS];
    make_texts(mem, texts);
    igd_buf_printf(&sql, "PRAGMA encoding = '%s';\n.bail on\nCREATE TABLE ", encoding);
    igd_sqlite_name(IGD_STR("it's \"x\""), &sql);
    igd_buf_puts(&sql, " (");
    igd_sqlite_name(IGD_STR("a\"b'\"c;"), &sql);
    igd_buf_puts(&sql, " TEXT) STRICT;\n");
    for (size_t n = 0; n < TEXTS; n++) {
        if (!broken && !igd_str_is_utf8(texts[n]))
            continue;
        size_t from = sql.len;
        igd_buf_puts(&sql, "INSERT INTO ");
        igd_sqlite_name(IGD_STR("it's \"x\""), &sql);
        igd_buf_puts(&sql, " VALUES (");
        igd_sqlite_dialect.literal(&(igd_value){.kind = IGD_STRING, .text = texts[n]}, &sql);
        igd_buf_puts(&sql, ");");
        need_one_line(&sql, from);
        igd_buf_byte(&sql, '\n');
    }
    igd_buf_puts(&sql, "SELECT 'end';\n");
    write_file(script, sql.ptr);
    char *out = run_client(file, script);
    assert_string_equal(out, "end\n");
    need_texts(file, texts, broken);
    free(out);
    free(file);
    free(script);
    temp_dir_free(directory);
}

static void texts_in_utf8(void **state IGD_UNUSED)
{
    texts_through_the_client("UTF-8", true);
}

static void texts_in_utf16(void **state IGD_UNUSED)
{
    texts_through_the_client("UTF-16le", false);
}

/* The client need not be of the library's version: its doubles are looked at, too. */
static void doubles_through_the_client(void **state IGD_UNUSED)
{
    enum { COUNT = 5000 };
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    static double numbers[COUNT];
    char *directory = temp_dir_new();
    char *file = path_join(directory, "x.db"), *script = path_join(directory, "x.sql");
    igd_buf_puts(&sql, "BEGIN;\nCREATE TABLE x (v REAL) STRICT;\n");
    for (size_t n = 0; n < COUNT; n++) {
        numbers[n] = n % 2 ? random_bits() : random_decimal();
        igd_value value = float_of(numbers[n]);
        igd_buf_puts(&sql, "INSERT INTO x VALUES (");
        igd_sqlite_dialect.literal(&value, &sql);
        igd_buf_puts(&sql, ");\n");
    }
    igd_buf_puts(&sql, "COMMIT;\n");
    write_file(script, sql.ptr);
    free(run_client(file, script));
    sqlite3 *written;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open(file, &written), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(written, "SELECT v FROM x ORDER BY rowid", -1, &stmt, NULL),
                     SQLITE_OK);
    for (size_t n = 0; n < COUNT; n++) {
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        double got = sqlite3_column_double(stmt, 0);
        assert_memory_equal(&got, &numbers[n], sizeof(got));
    }
    sqlite3_finalize(stmt);
    sqlite3_close(written);
    free(file);
    free(script);
    temp_dir_free(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(doubles_to_the_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_as_text, setup, teardown),
        cmocka_unit_test(texts_as_text),
        cmocka_unit_test_setup_teardown(controls_anywhere, setup, teardown),
        cmocka_unit_test(what_others_stored),
        cmocka_unit_test(texts_in_utf8),
        cmocka_unit_test(texts_in_utf16),
        cmocka_unit_test(doubles_through_the_client),
    };
    return cmocka_run_group_tests_name("sqlite literals", tests, NULL, NULL);
}
