/*
 * Doubles as text: the table of RFC 8785, and every claim of "shortest" tried out against strtod.
 */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmocka.h"
#include "schema/number.h"
#include "schema/value.h"

static double from_bits(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof(number));
    return number;
}

static const char *text_of(double number)
{
    static char text[IGD_NUMBER_MAX + 1];
    size_t len = igd_number_text(number, text);
    assert_true(len < IGD_NUMBER_MAX);
    text[len] = '\0';
    return text;
}

/* RFC 8785, appendix B, but for the values that have no JSON text. */
static void table_of_rfc_8785(void **state)
{
    (void)state;
    static const struct {
        uint64_t bits;
        const char *text;
    } table[] = {
        {0x0000000000000000, "0"},
        {0x8000000000000000, "0"},
        {0x0000000000000001, "5e-324"},
        {0x8000000000000001, "-5e-324"},
        {0x7fefffffffffffff, "1.7976931348623157e+308"},
        {0xffefffffffffffff, "-1.7976931348623157e+308"},
        {0x4340000000000000, "9007199254740992"},
        {0xc340000000000000, "-9007199254740992"},
        {0x4430000000000000, "295147905179352830000"},
        {0x44b52d02c7e14af5, "9.999999999999997e+22"},
        {0x44b52d02c7e14af6, "1e+23"},
        {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
        {0x444b1ae4d6e2ef4e, "999999999999999700000"},
        {0x444b1ae4d6e2ef4f, "999999999999999900000"},
        {0x444b1ae4d6e2ef50, "1e+21"},
        {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
        {0x3eb0c6f7a0b5ed8d, "0.000001"},
        {0x41b3de4355555553, "333333333.3333332"},
        {0x41b3de4355555554, "333333333.33333325"},
        {0x41b3de4355555555, "333333333.3333333"},
        {0x41b3de4355555556, "333333333.3333334"},
        {0x41b3de4355555557, "333333333.33333343"},
        {0xbecbf647612f3696, "-0.0000033333333333333333"},
        {0x43143ff3c1cb0959, "1424953923781206.2"},
    };
    for (size_t n = 0; n < IGD_COUNT(table); n++)
        assert_string_equal(text_of(from_bits(table[n].bits)), table[n].text);
}

static void layout_of_digits(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *text;
    } table[] = {
        {1, "1"},
        {-1, "-1"},
        {10, "10"},
        {1e15, "1000000000000000"},
        {1e20, "100000000000000000000"},
        {1e21, "1e+21"},
        {123456789012345680000.0, "123456789012345680000"},
        {9007199254740991, "9007199254740991"},
        {9007199254740992, "9007199254740992"},
        {0.1, "0.1"},
        {19.99, "19.99"},
        {-0.5, "-0.5"},
        {0.1 + 0.2, "0.30000000000000004"},
        {100.25, "100.25"},
        {999999999999.999, "999999999999.999"},
        {99999999999999.9, "99999999999999.9"},
        {999999999999999.9, "999999999999999.9"},
        {0.000001, "0.000001"},
        {0.0000001, "1e-7"},
        {1.5e-7, "1.5e-7"},
        {1.25e-9, "1.25e-9"},
        {1e-10, "1e-10"},
        {1e300, "1e+300"},
        {1.0 / 3, "0.3333333333333333"},
        {53.349805, "53.349805"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {DBL_MIN - 0x1p-1074, "2.225073858507201e-308"},
        {DBL_EPSILON, "2.220446049250313e-16"},
        {0x1p-44, "5.684341886080802e-14"}, /* 16 digits only by going up */
        {0x1p89, "6.189700196426902e+26"},
    };
    for (size_t n = 0; n < IGD_COUNT(table); n++)
        assert_string_equal(text_of(table[n].number), table[n].text);
}

/* Significant digits and exponent of a text that igd_number_text made. */
static int significant(const char *text, char digits[32])
{
    int count = 0;
    for (; *text && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (count > 0 || *text != '0'))
            digits[count++] = *text;
    while (count > 0 && digits[count - 1] == '0')
        count--;
    return count;
}

/* Whether any text with so many digits reads back; the neighbours of the rounded one included. */
static bool any_reads_back(double number, int count)
{
    char text[64];
    snprintf(text, sizeof(text), "%.*e", count - 1, number);
    unsigned long long digits = 0;
    for (const char *at = text; *at != 'e'; at++)
        if (*at >= '0' && *at <= '9')
            digits = digits * 10 + (unsigned long long)(*at - '0');
    int exponent = atoi(strchr(text, 'e') + 1) - (count - 1);
    for (int step = -1; step <= 1; step++) {
        snprintf(text, sizeof(text), "%llue%d", digits + (unsigned long long)(long long)step,
                 exponent);
        if (strtod(text, NULL) == number)
            return true;
    }
    return false;
}

static void check(double number)
{
    char digits[32];
    const char *text = text_of(number);
    if (strtod(text, NULL) != number)
        fail_msg("%.17g became %s", number, text);
    int count = significant(text, digits);
    if (count > 17 || (count > 1 && any_reads_back(fabs(number), count - 1)))
        fail_msg("%.17g became %s, which is not the shortest", number, text);
}

static uint64_t random_bits(void)
{
    static uint64_t seed = 88172645463325252u; /* xorshift64: the same numbers each time */
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void random_doubles_are_shortest(void **state)
{
    (void)state;
    for (int n = 0; n < 100000; n++) {
        double number = from_bits(random_bits());
        if (isfinite(number))
            check(number);
    }
}

/* What rows are full of: a few decimals. Also sums of them, which need 16 or 17 digits. */
static void random_decimals_are_shortest(void **state)
{
    (void)state;
    for (int n = 0; n < 50000; n++) {
        double tens = pow(10, (double)(random_bits() % 24));
        double number = (double)(random_bits() >> (random_bits() % 54 + 10)) / tens;
        check(number);
        check(-number - 0.1);
        check(from_bits(random_bits() >> 12)); /* below the normal doubles */
    }
}

static void powers_are_shortest(void **state)
{
    (void)state;
    for (int n = -1074; n <= 1023; n++) {
        double power = ldexp(1, n);
        check(power);
        check(nextafter(power, 0));
        check(nextafter(power, HUGE_VAL));
    }
    for (int n = -323; n <= 308; n++) {
        char text[16];
        snprintf(text, sizeof(text), "1e%d", n);
        check(strtod(text, NULL));
    }
}

/* A decimal comma must not leak in, neither way. */
static void locale_has_no_say(void **state)
{
    (void)state;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "fr_FR.UTF-8")) {
        fprintf(stderr, "SKIPPED: no German or French locale is installed\n");
        skip();
    }
    igd_decimal decimal;
    assert_string_equal(text_of(0.1 + 0.2), "0.30000000000000004");
    assert_true(igd_decimal_scan(IGD_STR("0.30000000000000004"), &decimal));
    assert_true(igd_decimal_double(&decimal) == 0.1 + 0.2);
    setlocale(LC_NUMERIC, "C");
}

static bool scans(const char *text)
{
    igd_decimal decimal;
    return igd_decimal_scan(igd_str_from(text), &decimal);
}

static void grammar_of_numbers(void **state)
{
    (void)state;
    static const char *const good[] = {"0",
                                       "-0",
                                       "+5",
                                       "007",
                                       ".5",
                                       "5.",
                                       "-.5",
                                       "1e3",
                                       "1E3",
                                       "1e+3",
                                       "1e-3",
                                       "5.e2",
                                       "1e99999999999999999999"};
    static const char *const bad[] = {"",    "-",   "+",   ".",   "e5",  "1e",
                                      "1e+", " 1",  "1 ",  "1_0", "0x1", "1.2.3",
                                      "--1", "+-1", "inf", "nan", "1,5", ".e1"};
    for (size_t n = 0; n < IGD_COUNT(good); n++)
        assert_true(scans(good[n]));
    for (size_t n = 0; n < IGD_COUNT(bad); n++)
        assert_false(scans(bad[n]));
    igd_decimal decimal;
    assert_false(igd_decimal_scan(IGD_STR("1\0002"), &decimal));
    assert_false(igd_decimal_scan((igd_str){NULL, 0}, &decimal));
}

static double read_double(igd_str text)
{
    igd_decimal decimal;
    assert_true(igd_decimal_scan(text, &decimal));
    return igd_decimal_double(&decimal);
}

static void doubles_as_strtod_reads_them(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0.1",
        "1e22",
        "1e23",
        "123456789012345678",
        "9007199254740993",
        "9007199254740993.0",
        "9007199254740992.99999999999999999999999999",
        "9007199254740993.00000000000000000001",
        "8.5e-308",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1e-400",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "0.000000000000000000000000000000001e33",
        "1000000000000000000000000000000000e-33",
        "17976931348623157e292",
        "1e400",
        "-1e400",
        "-2.5",
    };
    for (size_t n = 0; n < IGD_COUNT(texts); n++) {
        double expected = strtod(texts[n], NULL);
        assert_memory_equal(&expected, &(double){read_double(igd_str_from(texts[n]))},
                            sizeof(expected));
    }
    for (int n = 0; n < 100000; n++) {
        double number = from_bits(random_bits());
        char text[64];
        if (!isfinite(number))
            continue;
        snprintf(text, sizeof(text), "%.*e", (int)(random_bits() % 25), number);
        assert_true(read_double(igd_str_from(text)) == strtod(text, NULL));
    }
}

/* Exactly between two doubles: what decides comes after more digits than are handed to strtod. */
static void doubles_of_long_texts(void **state)
{
    (void)state;
    char text[3000];
    double low = from_bits(0x0010000000000001); /* its half-way point has 767 digits */
    int len = snprintf(text, sizeof(text), "%.1100f", low);
    assert_true(read_double((igd_str){text, (size_t)len}) == low);

    memset(text, '0', sizeof(text));
    memcpy(text, "9007199254740993.", 17); /* between 2^53 and 2^53 + 2: even wins */
    assert_true(read_double((igd_str){text, sizeof(text)}) == 9007199254740992.0);
    text[sizeof(text) - 1] = '1';
    assert_true(read_double((igd_str){text, sizeof(text)}) == 9007199254740994.0);

    memset(text, '0', sizeof(text));
    text[0] = '1';
    memcpy(text + sizeof(text) - 5, "e-2994", 5); /* 1e2994 times e-299: overflow */
    assert_true(isinf(read_double((igd_str){text, sizeof(text)})));
    memcpy(text + sizeof(text) - 6, "e-2993", 6); /* 10^2993 * 10^-2993 */
    assert_true(read_double((igd_str){text, sizeof(text)}) == 1);
}

static void expect_int(const char *text, igd_decimal_result result, int64_t expected)
{
    igd_decimal decimal;
    int64_t number = 0;
    assert_true(igd_decimal_scan(igd_str_from(text), &decimal));
    igd_decimal_result got = igd_decimal_int(&decimal, &number);
    if (got != result || number != expected)
        fail_msg("%s: result %d, %lld", text, (int)got, (long long)number);
}

static void integers_are_exact(void **state)
{
    (void)state;
    expect_int("0", IGD_DECIMAL_OK, 0);
    expect_int("-0.0", IGD_DECIMAL_OK, 0);
    expect_int("0e99999999999999999999", IGD_DECIMAL_OK, 0);
    expect_int("+5", IGD_DECIMAL_OK, 5);
    expect_int("5.0", IGD_DECIMAL_OK, 5);
    expect_int("1e3", IGD_DECIMAL_OK, 1000);
    expect_int("1.5e1", IGD_DECIMAL_OK, 15);
    expect_int("1500e-2", IGD_DECIMAL_OK, 15);
    expect_int("9007199254740993.0", IGD_DECIMAL_OK, 9007199254740993);
    expect_int("9223372036854775807", IGD_DECIMAL_OK, INT64_MAX);
    expect_int("922337203685477580.7e1", IGD_DECIMAL_OK, INT64_MAX);
    expect_int("-9223372036854775808", IGD_DECIMAL_OK, INT64_MIN);
    expect_int("-9223372036854775808.000000000000000000000", IGD_DECIMAL_OK, INT64_MIN);
    expect_int("0.00000000000000000000000000000000000005e38", IGD_DECIMAL_OK, 5);
    expect_int("50000000000000000000000000000000000000e-37", IGD_DECIMAL_OK, 5);
    expect_int("9223372036854775807000000e-6", IGD_DECIMAL_OK, INT64_MAX);

    expect_int("9223372036854775808", IGD_DECIMAL_RANGE, 0);
    expect_int("-9223372036854775809", IGD_DECIMAL_RANGE, 0);
    expect_int("18446744073709551616", IGD_DECIMAL_RANGE, 0);
    expect_int("99999999999999999999999999999999", IGD_DECIMAL_RANGE, 0);
    expect_int("1e19", IGD_DECIMAL_RANGE, 0);
    expect_int("2e18446744073709551617", IGD_DECIMAL_RANGE, 0);
    expect_int("10000000000000000000000000000000000000001e-1", IGD_DECIMAL_FRACTION, 0);
    expect_int("5.5", IGD_DECIMAL_FRACTION, 0);
    expect_int("1e-1", IGD_DECIMAL_FRACTION, 0);
    expect_int("1e-18446744073709551617", IGD_DECIMAL_FRACTION, 0);
    expect_int("9007199254740993.00000000000000000001", IGD_DECIMAL_FRACTION, 0);
}

static void digits_of_integers(void **state)
{
    (void)state;
    for (uint64_t number = 1, n = 0; n < 64; n++, number = number * 2 + (n & 1)) {
        char expected[32], text[IGD_U64_DIGITS];
        int len = snprintf(expected, sizeof(expected), "%llu", (unsigned long long)number);
        assert_int_equal(igd_u64_text(number, text), len);
        assert_memory_equal(text, expected, (size_t)len);
    }
    char text[IGD_U64_DIGITS];
    assert_int_equal(igd_u64_text(UINT64_MAX, text), 20);
    assert_memory_equal(text, "18446744073709551615", 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_of_rfc_8785),
        cmocka_unit_test(layout_of_digits),
        cmocka_unit_test(random_doubles_are_shortest),
        cmocka_unit_test(random_decimals_are_shortest),
        cmocka_unit_test(powers_are_shortest),
        cmocka_unit_test(locale_has_no_say),
        cmocka_unit_test(grammar_of_numbers),
        cmocka_unit_test(doubles_as_strtod_reads_them),
        cmocka_unit_test(doubles_of_long_texts),
        cmocka_unit_test(integers_are_exact),
        cmocka_unit_test(digits_of_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
