/*
 * Literals: each is the value to the bit and on one line, as psql runs it, whatever a text looks
 * like and whatever standard_conforming_strings says. IGD_DOUBLES says how many random doubles
 * (2 000).
 */
#include <math.h>

#include "server.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

static uint64_t seed = 88172645463325252u;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void need_sql(igd_value value, const char *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_pg_literal(&value, &text);
    assert_string_equal(text.ptr, sql);
}

static void as_text(void **state IGD_UNUSED)
{
    need_sql(IGD_VALUE_NULL, "NULL");
    need_sql(igd_value_int(INT64_MAX), "9223372036854775807");
    need_sql(igd_value_int(INT64_MIN), "'-9223372036854775808'::bigint");
    need_sql(igd_value_bool(true), "true");
    need_sql((igd_value){.kind = IGD_FLOAT, .number = 1e-7}, "'1e-7'::float8");
    need_sql((igd_value){.kind = IGD_DATE, .text = IGD_STR("2026-02-28")}, "'2026-02-28'::date");
    need_sql((igd_value){.kind = IGD_TIME, .text = IGD_STR("12:00:00")}, "'12:00:00'::time");
    need_sql((igd_value){.kind = IGD_DATETIME, .text = IGD_STR("2026-02-28T00:00:00Z")},
             "'2026-02-28T00:00:00Z'::timestamptz");
    need_sql((igd_value){.kind = IGD_JSON, .text = IGD_STR("{\"a\":\"'\\n\"}")},
             "E'{\"a\":\"''\\\\n\"}'::jsonb");
    need_sql(igd_value_string(IGD_STR("")), "''");
    need_sql(igd_value_string(IGD_STR("it's $$ -- /* \"")), "'it''s $$ -- /* \"'");
    need_sql(igd_value_string(IGD_STR("a\\'\n\r\x7f")), "E'a\\\\''\\n\\x0d\\x7f'");
    need_sql((igd_value){.kind = IGD_RAW, .text = IGD_STR("infinity")}, "'infinity'");
}

/* ---- through the client ---- */

#define T(text)                   \
    {                             \
        "" text, sizeof(text) - 1 \
    }

/* Texts that look like something else to one who reads a script by lines. */
static const igd_str odd_texts[] = {
    T(""),
    T("it's"),
    T("\\"),
    T("\\'"),
    T("a\\"),
    T("\\x41\\n\\101\\u0041"),
    T("a\n\\q\n"),
    T("\n\\! false\n"),
    T("\\.\n"),
    T(";\n;"),
    T("'\n'"),
    T("--\n"),
    T("/* \n"),
    T("$$ $a$ $1 $"),
    T(":a :'a' :\"a\" %s %"),
    T("\r\n\t\v\f\b"),
    T("E'x'"),
    T("U&'\\0041'"),
    T("\xe2\x80\xa8 \xe2\x80\xa9 \xc2\x85"),
    T("\xef\xbb\xbf"),
    T("\xf0\x9f\x98\x80'\n"),
    T("\x01\x02\x03\x04\x05\x06\x07\x0e\x0f\x10\x1a\x1b\x1f\x7f"),
    T("\xc3\x9f\\\xe3\x83\xbd\\"), /* ends in bytes that are a backslash elsewhere */
};

/* Pieces that mean something to somebody, put together by chance. */
static igd_str random_text(void)
{
    static const igd_str pieces[] = {T("\n"),
                                     T("\r"),
                                     T("'"),
                                     T("\""),
                                     T(";"),
                                     T("\\"),
                                     T("$$"),
                                     T("/*"),
                                     T("*/"),
                                     T("--"),
                                     T("\t"),
                                     T("E'"),
                                     T("abc "),
                                     T(":x"),
                                     T("\xc3\xa9"),
                                     T("\x1b"),
                                     T("$1"),
                                     T("\\'"),
                                     T("\xf0\x9f\x98\x80")};
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (uint64_t n = next_random() % 12; n; n--)
        igd_buf_str(&text, pieces[next_random() % IGD_COUNT(pieces)]);
    return igd_arena_str(mem, igd_buf_view(&text));
}

static igd_str long_text(const char *unit)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    while (text.len < 1024 * 1024)
        igd_buf_puts(&text, unit);
    return igd_arena_str(mem, igd_buf_view(&text));
}

#define RANDOM_TEXTS 300
#define TEXTS        (IGD_COUNT(odd_texts) + RANDOM_TEXTS + 2)

static igd_str texts[TEXTS];

static void make_texts(void)
{
    size_t count = 0;
    for (; count < IGD_COUNT(odd_texts); count++)
        texts[count] = odd_texts[count];
    for (; count < IGD_COUNT(odd_texts) + RANDOM_TEXTS; count++)
        texts[count] = random_text();
    texts[count++] = long_text("0123456789'\\");
    texts[count++] = long_text("\n\\q\r\n;");
}

/* No control byte anywhere, so no end of a line. */
static void need_one_line(const igd_buf *sql, size_t from)
{
    for (size_t n = from; n < sql->len; n++)
        assert_true((unsigned char)sql->ptr[n] >= ' ' && sql->ptr[n] != 0x7f);
}

static void run_client(const igd_buf *sql)
{
    char *directory = temp_dir_new(), *script = path_join(directory, "x.sql");
    write_file(script, sql->ptr);
    char *url = engine_client_url(server_url);
    process_result got = process_run(
        (const char *const[]){"/bin/sh", "-c", "psql -XqAt -v ON_ERROR_STOP=1 -d \"$1\" -f \"$2\"",
                              "sh", url, script, NULL},
        NULL);
    if (got.status != 0 || *got.err)
        fail_msg("psql: %d: %.300s", got.status, got.err);
    assert_string_equal(got.out, "end\n");
    process_result_free(&got);
    free(url);
    free(script);
    temp_dir_free(directory);
}

static int compare_text(const igd_value *row, void *payload, igd_error *error)
{
    size_t *next = payload;
    igd_str wanted = texts[(*next)++];
    if (!igd_str_eq(row[0].text, wanted))
        return igd_fail(error, IGD_E_BUG, "text %zu of %zu bytes became %zu bytes", *next - 1,
                        wanted.len, row[0].text.len);
    return IGD_OK;
}

#define NAME "it's \"x\" \\ -- $$ /*"

/* A script of all texts, and of names that are no better, read back by the driver. */
static void texts_through_psql(bool conforming)
{
    static const igd_kind kinds[] = {IGD_STRING};
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    make_texts();
    igd_buf_printf(&sql,
                   "SET standard_conforming_strings = %s;\nSET escape_string_warning = off;\n"
                   "SET client_encoding = 'UTF8';\nCREATE TABLE ",
                   conforming ? "on" : "off");
    igd_sql_name(&igd_pg_dialect, IGD_STR(NAME), &sql);
    igd_buf_puts(&sql, " (n serial, ");
    igd_sql_name(&igd_pg_dialect, IGD_STR("a\"b'\"c;"), &sql);
    igd_buf_puts(&sql, " text);\n");
    for (size_t n = 0; n < TEXTS; n++) {
        size_t from = sql.len;
        igd_buf_puts(&sql, "INSERT INTO ");
        igd_sql_name(&igd_pg_dialect, IGD_STR(NAME), &sql);
        igd_buf_puts(&sql, " VALUES (DEFAULT, ");
        igd_pg_literal(&(igd_value){.kind = IGD_STRING, .text = texts[n]}, &sql);
        igd_buf_puts(&sql, ");");
        need_one_line(&sql, from);
        igd_buf_byte(&sql, '\n');
    }
    igd_buf_puts(&sql, "SELECT 'end';\n");
    run_client(&sql);

    igd_pg *it = opened("", IGD_OPEN_WRITE);
    size_t next = 0;
    igd_sql_query query = {
        .sql = IGD_STR("SELECT \"a\"\"b'\"\"c;\" FROM \"it's \"\"x\"\" \\ -- $$ /*\" ORDER BY n"),
        .kinds = kinds,
        .column_count = 1,
        .callback = compare_text,
        .payload = &next};
    need(igd_pg_query(&it->sql, &query, &err));
    assert_int_equal(next, TEXTS);
    igd_buf_clear(&sql);
    igd_buf_puts(&sql, "DROP TABLE ");
    igd_sql_name(&igd_pg_dialect, IGD_STR(NAME), &sql);
    need(igd_pg_exec(&it->sql, sql.ptr, &err));
    igd_target_close(&it->sql.base);
}

static void texts_as_they_are(void **state IGD_UNUSED)
{
    texts_through_psql(true);
    texts_through_psql(false);
}

static double random_double(void)
{
    double number;
    if (next_random() % 2) {
        char text[64];
        snprintf(text, sizeof(text), "%llue-%d", (unsigned long long)(next_random() % 1000000007),
                 (int)(next_random() % 20));
        return strtod(text, NULL);
    }
    do {
        uint64_t bits = next_random();
        memcpy(&number, &bits, sizeof(number));
    } while (!isfinite(number));
    return number;
}

static int compare_double(const igd_value *row, void *payload, igd_error *error)
{
    const double **next = payload;
    double wanted = *(*next)++;
    if (row[0].kind != IGD_FLOAT || memcmp(&row[0].number, &wanted, sizeof(wanted)) != 0)
        return igd_fail(error, IGD_E_BUG, "%a became %a", wanted, row[0].number);
    return IGD_OK;
}

static void doubles_to_the_bit(void **state IGD_UNUSED)
{
    static const double edges[] = {0,       0.1,       -0.1,          5,
                                   1e21,    1e22,      1e23,          5e-324,
                                   -5e-324, 0x1p-1022, 0x1.fffp-1030, 1.7976931348623157e308,
                                   1e-307,  1e308,     0x1p53,        0x1p63,
                                   1.0 / 3, 0.1 + .2,  1e15,          1e-5};
    static const igd_kind kinds[] = {IGD_FLOAT};
    const char *wanted = getenv("IGD_DOUBLES");
    size_t count = IGD_COUNT(edges) + (wanted ? strtoul(wanted, NULL, 10) : 2000);
    double *numbers = igd_arena_alloc(mem, count * sizeof(*numbers));
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "CREATE TABLE doubles (n serial, v float8);\n");
    for (size_t n = 0; n < count; n++) {
        numbers[n] = n < IGD_COUNT(edges) ? edges[n] : random_double();
        igd_value value = {.kind = IGD_FLOAT, .number = numbers[n]};
        igd_buf_puts(&sql, n % 500 ? ", (DEFAULT, "
                           : n     ? ";\nINSERT INTO doubles VALUES (DEFAULT, "
                                   : "INSERT INTO doubles VALUES (DEFAULT, ");
        igd_pg_literal(&value, &sql);
        igd_buf_byte(&sql, ')');
    }
    igd_buf_puts(&sql, ";\nSELECT 'end';\n");
    run_client(&sql);
    igd_pg *it = opened("", IGD_OPEN_WRITE);
    const double *next = numbers;
    igd_sql_query query = {.sql = IGD_STR("SELECT v FROM doubles ORDER BY n"),
                           .kinds = kinds,
                           .column_count = 1,
                           .callback = compare_double,
                           .payload = &next};
    need(igd_pg_query(&it->sql, &query, &err));
    assert_ptr_equal(next, numbers + count);
    igd_target_close(&it->sql.base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_text),
        cmocka_unit_test(texts_as_they_are),
        cmocka_unit_test(doubles_to_the_bit),
    };
    if (server_is_missing())
        return 77;
    return cmocka_run_group_tests_name("postgres literals", tests, server_setup, server_teardown);
}
