/*
 * Dates and times: what is taken, what it becomes, and why the rest is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cmocka.h"
#include "schema/value.h"

static igd_arena *mem;

static int setup(void **state)
{
    (void)state;
    mem = igd_arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    igd_arena_free(mem);
    return 0;
}

typedef struct example {
    const char *text, *canonical; /* NULL: refused */
} example;

static void try_all(igd_kind kind, bool loose, const example *examples, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        igd_str text = igd_str_from(examples[n].text);
        igd_value value = igd_value_string(IGD_STR("untouched"));
        const char *why = loose ? igd_value_parse_loose(kind, text, mem, &value)
                                : igd_value_parse(kind, text, mem, &value);
        const char *expected = examples[n].canonical;
        if (!expected) {
            if (!why)
                fail_msg("'%s' was taken as %.*s", examples[n].text, IGD_STR_ARG(value.text));
            assert_true(igd_str_is(value.text, "untouched"));
            continue;
        }
        if (why)
            fail_msg("'%s' %s", examples[n].text, why);
        assert_int_equal(value.kind, kind);
        if (!igd_str_is(value.text, expected))
            fail_msg("'%s' became %.*s", examples[n].text, IGD_STR_ARG(value.text));
    }
}

static void dates(void **state)
{
    (void)state;
    static const example examples[] = {
        {"2024-01-02", "2024-01-02"},
        {"0001-01-01", "0001-01-01"},
        {"9999-12-31", "9999-12-31"},
        {"2024-02-29", "2024-02-29"},
        {"2000-02-29", "2000-02-29"},
        {"1900-02-29", NULL},
        {"2023-02-29", NULL},
        {"2024-02-30", NULL},
        {"2024-04-31", NULL},
        {"2024-12-32", NULL},
        {"2024-00-10", NULL},
        {"2024-13-10", NULL},
        {"2024-01-00", NULL},
        {"0000-01-01", NULL},
        {"10000-01-01", NULL},
        {"-001-01-01", NULL},
        {"2024-1-02", NULL},
        {"2024-01-2", NULL},
        {"24-01-02", NULL},
        {"20240102", NULL},
        {"2024/01/02", NULL},
        {"2024-01", NULL},
        {"2024-01-", NULL},
        {"2024-01-02 ", NULL},
        {" 2024-01-02", NULL},
        {"2024-01-02Z", NULL},
        {"2024-01-021", NULL},
        {"2024-01-02T00:00:00Z", NULL},
        {"2024-01-02 00:00:00", NULL},
        {"", NULL},
        {"today", NULL},
    };
    try_all(IGD_DATE, false, examples, IGD_COUNT(examples));
}

static void times(void **state)
{
    (void)state;
    static const example examples[] = {
        {"09:30:00", "09:30:00"},
        {"00:00:00", "00:00:00"},
        {"23:59:59.999999", "23:59:59.999999"},
        {"09:30", "09:30:00"},
        {"09:30:00.5", "09:30:00.500000"},
        {"09:30:00.000001", "09:30:00.000001"},
        {"09:30:00.000000", "09:30:00"},
        {"09:30:00.0", "09:30:00"},
        {"09:30:00.1234560000000000000", "09:30:00.123456"},
        {"09:30:00.00000000000000000000000", "09:30:00"},
        {"09:30:00.1234561", NULL},
        {"09:30:00.0000001", NULL},
        {"09:30:00.00000000000000000000001", NULL},
        {"09:30:00.", NULL},
        {"09:30:00,5", NULL},
        {"24:00:00", NULL},
        {"23:60:00", NULL},
        {"23:59:60", NULL},
        {"9:30:00", NULL},
        {"09:30:0", NULL},
        {"09:3", NULL},
        {"09", NULL},
        {"09:", NULL},
        {"09:30:", NULL},
        {"0930", NULL},
        {"09:30:00Z", NULL},
        {"09:30:00+01:00", NULL},
        {"T09:30:00", NULL},
        {"2024-01-02T09:30:00", NULL},
        {"", NULL},
    };
    try_all(IGD_TIME, false, examples, IGD_COUNT(examples));
    /* YAML has no times of day: there is nothing to be loose about. */
    try_all(IGD_TIME, true, examples, IGD_COUNT(examples));
}

static void datetimes(void **state)
{
    (void)state;
    static const example examples[] = {
        {"2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"},
        {"2024-01-02T03:04:05.123456Z", "2024-01-02T03:04:05.123456Z"},
        {"2024-01-02t03:04:05z", "2024-01-02T03:04:05Z"},
        {"2024-01-02 03:04:05", "2024-01-02T03:04:05Z"},
        {"2024-01-02T03:04", "2024-01-02T03:04:00Z"},
        {"2024-01-02T03:04Z", "2024-01-02T03:04:00Z"},
        {"2024-01-02T03:04+01:00", "2024-01-02T02:04:00Z"},
        {"2024-01-02", "2024-01-02T00:00:00Z"},
        {"2024-01-02T03:04:05.5+02:00", "2024-01-02T01:04:05.500000Z"},
        {"2024-01-02T03:04:05.000+0200", "2024-01-02T01:04:05Z"},
        {"2024-01-02T03:04:05-02", "2024-01-02T05:04:05Z"},
        {"2024-01-02T03:04:05-00:00", "2024-01-02T03:04:05Z"},
        {"2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00Z"},
        {"2023-12-31T23:30:00-01:00", "2024-01-01T00:30:00Z"},
        {"2024-03-01T00:00:00+00:01", "2024-02-29T23:59:00Z"},
        {"2023-03-01T00:00:00+00:01", "2023-02-28T23:59:00Z"},
        {"2024-02-29T23:59:59-23:59", "2024-03-01T23:58:59Z"},
        {"2024-06-30T12:00:00+23:59", "2024-06-29T12:01:00Z"},
        {"0000-12-31T23:30:00-01:00", "0001-01-01T00:30:00Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
        {"0001-01-01T00:00:00+00:01", NULL},
        {"9999-12-31T23:59:59-00:01", NULL},
        {"0000-01-01T00:00:00+01:00", NULL},
        {"0000-01-01", NULL},
        {"2024-01-02T24:00:00Z", NULL},
        {"2024-01-02T23:59:60Z", NULL},
        {"2024-02-30T00:00:00Z", NULL},
        {"2024-01-02T03:04:05.1234567Z", NULL},
        {"2024-01-02T03:04:05+24:00", NULL},
        {"2024-01-02T03:04:05+01:60", NULL},
        {"2024-01-02T03:04:05+1", NULL},
        {"2024-01-02T03:04:05+01:", NULL},
        {"2024-01-02T03:04:05+01:0", NULL},
        {"2024-01-02T03:04:05+010", NULL},
        {"2024-01-02T03:04:05+01:000", NULL},
        {"2024-01-02T03:04:05 +01:00", NULL},
        {"2024-01-02T03:04:05 Z", NULL},
        {"2024-01-02T03:04:05Z ", NULL},
        {"2024-01-02T03:04:05ZZ", NULL},
        {"2024-01-02T03:04:05UTC", NULL},
        {"2024-01-02  03:04:05", NULL},
        {"2024-01-02T 03:04:05", NULL},
        {"2024-01-02\t03:04:05", NULL},
        {"2024-01-02T", NULL},
        {"2024-01-02 ", NULL},
        {"2024-01-02T03", NULL},
        {"2024-01-02_03:04:05", NULL},
        {"2024-1-2T03:04:05Z", NULL},
        {"03:04:05", NULL},
        {"1704164645", NULL},
        {"", NULL},
    };
    try_all(IGD_DATETIME, false, examples, IGD_COUNT(examples));
}

static void loose_timestamps(void **state)
{
    (void)state;
    static const example moments[] = {
        {"2024-1-2", "2024-01-02T00:00:00Z"},
        {"2001-12-14t21:59:43.10-05:00", "2001-12-15T02:59:43.100000Z"},
        {"2001-12-14 21:59:43.10 -5", "2001-12-15T02:59:43.100000Z"},
        {"2001-12-15 2:59:43.10", "2001-12-15T02:59:43.100000Z"},
        {"2001-12-14 \t 21:59:43 \t Z", "2001-12-14T21:59:43Z"},
        {"2024-1-2T3:4:5Z", "2024-01-02T03:04:05Z"},
        {"2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"},
        {"2024-1-2 3:04:05 ", "2024-01-02T03:04:05Z"},
        {"2024-1-32", NULL},
        {"24-1-2", NULL},
        {"2024-1-2T 3:04:05", NULL},
        {"2024-1-2 3:04:05 +", NULL},
        {"2024-1-2 3:04:05 +100:00", NULL},
        {"2024-1-2 ", NULL},
        {"2024-100-2", NULL},
    };
    static const example days[] = {
        {"2024-1-2", "2024-01-02"},   {"2024-01-02", "2024-01-02"}, {"2024-13-2", NULL},
        {"2024-1-2 00:00:00Z", NULL}, {"2024-1-2 ", NULL},
    };
    try_all(IGD_DATETIME, true, moments, IGD_COUNT(moments));
    try_all(IGD_DATE, true, days, IGD_COUNT(days));
}

/* No copy for what is canonical: almost every date of a row. */
static void canonical_text_is_not_copied(void **state)
{
    (void)state;
    igd_value value;
    igd_str text = IGD_STR("2024-01-02T03:04:05.100000Z");
    assert_null(igd_value_parse(IGD_DATETIME, text, mem, &value));
    assert_ptr_equal(value.text.ptr, text.ptr);
    text = IGD_STR("2024-01-02");
    assert_null(igd_value_parse(IGD_DATE, text, mem, &value));
    assert_ptr_equal(value.text.ptr, text.ptr);
}

static void reasons(void **state)
{
    (void)state;
    static const struct {
        igd_kind kind;
        const char *text, *why;
    } table[] = {
        {IGD_DATE, "2024-01-02T00:00:00Z", "is a datetime, not a date"},
        {IGD_DATE, "x", "is not a date (YYYY-MM-DD)"},
        {IGD_DATE, "2024-13-01", "names a month that does not exist"},
        {IGD_DATE, "2023-02-29", "names a day that does not exist"},
        {IGD_DATE, "0000-01-01", "is outside the years 1 to 9999"},
        {IGD_TIME, "x", "is not a time (HH:MM:SS)"},
        {IGD_TIME, "24:00:00", "names an hour above 23"},
        {IGD_TIME, "10:60:00", "names a minute above 59"},
        {IGD_TIME, "10:59:60", "names a second above 59"},
        {IGD_TIME, "10:00:00.1234567", "has more than six fraction digits"},
        {IGD_DATETIME, "x", "is not a datetime (YYYY-MM-DDTHH:MM:SSZ)"},
        {IGD_DATETIME, "2024-01-01T00:00:00+24:00", "has an offset that does not exist"},
        {IGD_DATETIME, "9999-12-31T23:00:00-02:00", "is outside the years 1 to 9999"},
    };
    for (size_t n = 0; n < IGD_COUNT(table); n++) {
        igd_value value;
        const char *why = igd_value_parse(table[n].kind, igd_str_from(table[n].text), mem, &value);
        assert_non_null(why);
        assert_string_equal(why, table[n].why);
    }
}

/* A text that is cut anywhere is read up to its end and no further (the sanitizer watches). */
static void cut_texts(void **state)
{
    (void)state;
    static const char whole[] = "2024-01-02T03:04:05.123456+01:00";
    for (size_t len = 0; len < sizeof(whole); len++) {
        char *exact = igd_xmalloc(len);
        memcpy(exact, whole, len);
        igd_value value;
        for (igd_kind kind = IGD_DATE; kind <= IGD_DATETIME; kind++) {
            const char *strict = igd_value_parse(kind, (igd_str){exact, len}, mem, &value);
            const char *loose = igd_value_parse_loose(kind, (igd_str){exact, len}, mem, &value);
            assert_true(strict || !loose);
        }
        free(exact);
    }
    igd_value value;
    assert_non_null(igd_value_parse(IGD_DATE, (igd_str){NULL, 0}, mem, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates),
        cmocka_unit_test(times),
        cmocka_unit_test(datetimes),
        cmocka_unit_test(loose_timestamps),
        cmocka_unit_test(canonical_text_is_not_copied),
        cmocka_unit_test(reasons),
        cmocka_unit_test(cut_texts),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
