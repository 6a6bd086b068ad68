/*
 * Conformance: digests that the engine adds up by itself are those that we compute, value for
 * value.
 */
#include <stdio.h>

#include "schema/canonical.h"
#include "suite.h"
#include "tests.h"

static void needs_sums(suite *s)
{
    suite_ready(s);
    if (!s->target->driver->sums)
        suite_skip(s, "does not add up digests");
}

typedef struct adder {
    const igd_table *table;
    igd_table_sums sums;
    igd_buf scratch;
    size_t rows;
} adder;

static int add_row(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    adder *a = payload;
    igd_table_sums_add(&a->sums, igd_row_digest(a->table, row, &a->scratch));
    a->rows++;
    return IGD_OK;
}

/* What we make of the rows that git would have. */
static igd_table_sums wanted(const igd_table *table, const igd_change *changes, size_t count)
{
    adder a = {.table = table, .scratch = IGD_BUF_INIT};
    igd_error err = IGD_ERROR_INIT;
    for (size_t n = 0; n < count; n++)
        (void)add_row(changes[n].now, &a, &err);
    igd_buf_free(&a.scratch);
    return a.sums;
}

static igd_table_sums told(suite *s, const igd_table *table)
{
    igd_table_sums sums;
    bool is_told = false;
    suite_ok(s, s->target->driver->sums(s->target, table, table, &sums, &is_told, &s->err));
    assert_true(is_told);
    return sums;
}

static void need_same(const igd_table_sums *a, const igd_table_sums *b)
{
    for (unsigned n = 0; n < IGD_BUCKETS; n++)
        if (!igd_table_sums_same(a, b, n))
            fail_msg("bucket %u differs: %llu and %llu rows", n, (unsigned long long)a->rows[n],
                     (unsigned long long)b->rows[n]);
}

static void fill(suite *s, const igd_table *table, const igd_change *changes, size_t count)
{
    igd_schema schema = suite_schema(s, 1, table);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, changes, count));
}

#define ALL "parent key, id key, s string, i int, f float, b bool, d date, t time, dt datetime"

void engine_adds_up_what_we_do(void **state)
{
    suite *s = *state;
    needs_sums(s);
    igd_table *t = suite_table(s, "all_kinds", ALL);
    /* Their lengths have bytes that are no characters. */
    const char *long_text = igd_arena_printf(s->mem, "%0200d", 1).ptr;
    const char *longer = igd_arena_printf(s->mem, "%05000d\xF0\x9F\x98\x80", 1).ptr;
    igd_change puts[] = {
        suite_put(t, suite_row(s, t, "p", "7", long_text, NULL, NULL, NULL, NULL, NULL, NULL)),
        suite_put(t, suite_row(s, t, "p", "8", longer, NULL, NULL, NULL, NULL, NULL, NULL)),
        suite_put(t, suite_row(s, t, "p", "1", "", "9223372036854775807", "0.1", "true",
                               "0001-01-01", "00:00:00", "0001-01-01T00:00:00Z")),
        suite_put(t, suite_row(s, t, "p", "2", "it's \xF0\x9F\x98\x80 \\ \n\t%s",
                               "-9223372036854775808", "-1234567.125", "false", "9999-12-31",
                               "23:59:59.999999", "9999-12-31T23:59:59.999999Z")),
        suite_put(t, suite_row(s, t, "a b", "3 ", " ", "0", "0", NULL, "2024-02-29",
                               "12:00:00.000001", "2024-02-29T12:00:00.500000Z")),
        suite_put(t, suite_row(s, t, "A", "4", NULL, NULL, NULL, NULL, NULL, NULL, NULL)),
        suite_put(t, suite_row(s, t, "\xC3\xA9", "5", "NULL", "-1", "0.30000000000000004", "true",
                               "0999-01-01", "01:02:03.100000", "0999-01-01T00:00:00Z")),
        suite_put(t, suite_row(s, t, "a", "6", "x", "1", "123456789012", "true", "1970-01-01",
                               "10:00:00.123456", "1969-12-31T23:59:59.000010Z")),
        /* Its length is no text in UTF-8. */
        suite_put(t, suite_row(s, t, "a", "7",
                               "0123456789012345678901234567890123456789012345678901234567890123456"
                               "7890123456789012345678901234567890123456789012345678901234567890",
                               NULL, NULL, NULL, NULL, NULL, NULL)),
    };
    fill(s, t, puts, IGD_COUNT(puts));
    igd_table_sums ours = wanted(t, puts, IGD_COUNT(puts)), theirs = told(s, t);
    need_same(&ours, &theirs);

    /* A column that is not there yet counts as null, one under another name by its new one. */
    igd_table *more = suite_table(s, "all_kinds", ALL ", later string");
    igd_table_sums again = told(s, more);
    need_same(&ours, &again);
}

static int count_row(const igd_value *row IGD_UNUSED, void *payload, igd_error *err IGD_UNUSED)
{
    ++*(size_t *)payload;
    return IGD_OK;
}

void sums_find_what_differs(void **state)
{
    enum { ROWS = 2000 };
    suite *s = *state;
    needs_sums(s);
    igd_table *t = suite_table(s, "many", "id key, n int, note string");
    igd_change *puts = IGD_NEW_ARRAY(s->mem, igd_change, ROWS);
    for (size_t n = 0; n < ROWS; n++) {
        igd_str key = igd_arena_printf(s->mem, "k%zu", n);
        puts[n] = suite_put(t, suite_row(s, t, key.ptr, key.ptr + 1, n % 3 ? key.ptr : NULL));
    }
    fill(s, t, puts, ROWS);
    suite_sql(s, "UPDATE many SET note = 'edited' WHERE id = 'k77'");
    igd_table_sums ours = wanted(t, puts, ROWS), theirs = told(s, t);
    igd_bucket_set differing = {0};
    for (unsigned n = 0; n < IGD_BUCKETS; n++)
        if (!igd_table_sums_same(&ours, &theirs, n))
            igd_bucket_set_add(&differing, n);
    assert_in_range(differing.count, 1, 2);
    adder found = {.table = t, .scratch = IGD_BUF_INIT};
    suite_ok(s,
             s->target->driver->scan_some(s->target, t, t, &differing, add_row, &found, &s->err));
    igd_buf_free(&found.scratch);
    size_t expected = 0;
    for (unsigned n = 0; n < IGD_BUCKETS; n++)
        expected += differing.has[n] ? theirs.rows[n] : 0;
    assert_int_equal(found.rows, expected);
    assert_true(found.rows < ROWS / 8);
    for (unsigned n = 0; n < IGD_BUCKETS; n++)
        if (differing.has[n])
            assert_true(igd_table_sums_same(&found.sums, &theirs, n));

    igd_bucket_set none = {0};
    size_t calls = 0;
    suite_ok(s, s->target->driver->scan_some(s->target, t, t, &none, count_row, &calls, &s->err));
    assert_int_equal(calls, 0);
}

/* What has no certain text inside of the engine is not told, rather than told wrong. */
void sums_are_not_told_in_doubt(void **state)
{
    static const char *const floats[] = {"1e-4",
                                         "1e-5",
                                         "1.5e-5",
                                         "1e-6",
                                         "9.99e-7",
                                         "1e-7",
                                         "1e-10",
                                         "-2.5e-8",
                                         "1e14",
                                         "1e15",
                                         "123456789012345680",
                                         "1e20",
                                         "1e21",
                                         "-1.5e22",
                                         "1e100",
                                         "1e-308",
                                         "5e-324",
                                         "1.7976931348623157e308",
                                         "0.1",
                                         "-0.001",
                                         "1e16",
                                         "4503599627370497.5",
                                         "9007199254740993",
                                         "3.0000000000000004"};
    suite *s = *state;
    needs_sums(s);
    igd_table *t = suite_table(s, "floats", "id key, f float");
    igd_table *j = suite_table(s, "documents", "id key, j json");
    igd_change puts[] = {suite_put(t, suite_row(s, t, "1", "0.5")),
                         suite_put(j, suite_row(s, j, "1", "{}"))};
    igd_schema schema = suite_schema(s, 2, t, j);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, puts, IGD_COUNT(puts)));
    igd_table_sums theirs;
    bool is_told;
    size_t count = 0;
    for (size_t n = 0; n < IGD_COUNT(floats); n++) {
        igd_change put = suite_put(t, suite_row(s, t, "1", floats[n]));
        igd_table_sums ours = wanted(t, &put, 1);
        suite_sql(s, igd_arena_printf(s->mem, "UPDATE floats SET f = %s", floats[n]).ptr);
        suite_ok(s, s->target->driver->sums(s->target, t, t, &theirs, &is_told, &s->err));
        if (is_told)
            need_same(&ours, &theirs);
        count += is_told;
    }
    assert_true(count >= 8);
    is_told = true;
    suite_ok(s, s->target->driver->sums(s->target, j, j, &theirs, &is_told, &s->err));
    assert_false(is_told);
}
