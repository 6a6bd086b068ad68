/*
 * Numbers between text and machine: the shortest text of a double (ECMAScript Number::toString),
 * and exact reading of decimal text. Every number of every row passes here, so the usual ones take
 * a way without printf and strtod. Those two are only given and asked for digits without a decimal
 * point: the locale has no say.
 */
#include "schema/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "schema/value.h"

/* Powers of ten that are exact doubles. */
static const double exact_tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
#define EXACT_TENS    ((int)IGD_COUNT(exact_tens) - 1)
#define EXACT_INTEGER 9007199254740992.0 /* 2^53 */
#define SAFE_DIGITS   15                 /* any so many digits survive in a normal double */
#define MOST_DIGITS   17                 /* so many tell every two doubles apart */

size_t igd_u64_text(uint64_t number, char out[IGD_U64_DIGITS])
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char text[IGD_U64_DIGITS];
    char *at = text + sizeof(text);
    for (; number >= 100; number /= 100)
        memcpy(at -= 2, pairs + number % 100 * 2, 2);
    if (number >= 10)
        memcpy(at -= 2, pairs + number * 2, 2);
    else
        *--at = (char)('0' + number);
    size_t len = (size_t)(text + sizeof(text) - at);
    memcpy(out, at, len);
    return len;
}

/* Significant digits and where the point is: 0.DIGITS * 10^point. */
typedef struct shortest {
    char digits[IGD_U64_DIGITS];
    int count;
    int point;
} shortest;

static void set_digits(shortest *out, uint64_t digits, int exponent)
{
    while (digits % 1000 == 0)
        digits /= 1000, exponent += 3;
    while (digits % 10 == 0)
        digits /= 10, exponent++;
    out->count = (int)igd_u64_text(digits, out->digits);
    out->point = out->count + exponent;
}

/*
 * Finds the digits of a number from 10^-7 to 10^15 when at most 15 are enough.
 *
 * If d / 10^k with d < 10^15 is such a text of the number, then number * 10^k is off d by less
 * than 10^15 * 2^-52 < 1/2, so rounding finds d; and the quotient of two exact doubles is correctly
 * rounded, so the comparison proves that the text reads back as the number. No other text of 15
 * digits does.
 */
static bool few_digits(double number, shortest *out)
{
    int k = 15;
    if (number >= 1)
        while (number >= exact_tens[15 - k])
            k--;
    else
        while (k < EXACT_TENS && number * exact_tens[k] < 1e14)
            k++;
    uint64_t digits = (uint64_t)(number * exact_tens[k] + 0.5);
    if ((double)digits / exact_tens[k] != number)
        return false;
    set_digits(out, digits, -k);
    return true;
}

/* Correctly rounded to so many digits: number is about *digits * 10^*exponent. */
static void round_to(double number, int count, uint64_t *digits, int *exponent)
{
    char text[64];
    snprintf(text, sizeof(text), "%.*e", count - 1, number);
    uint64_t all = 0;
    const char *at = text;
    for (; *at != 'e'; at++)
        if (*at >= '0' && *at <= '9') /* not the decimal point, whatever it looks like here */
            all = all * 10 + (uint64_t)(*at - '0');
    *digits = all;
    *exponent = atoi(at + 1) - (count - 1);
}

static bool reads_back(uint64_t digits, int exponent, double number)
{
    char text[64];
    snprintf(text, sizeof(text), "%llue%d", (unsigned long long)digits, exponent);
    return strtod(text, NULL) == number;
}

/* The doubles below a power of two are closer to it than those above. */
static bool is_power_of_two(double number)
{
    int exponent;
    return frexp(number, &exponent) == 0.5;
}

/*
 * Any digits. The correctly rounded text of some length is the nearest one of that length, so if it
 * does not read back, none does; except at a power of two, where the one above may, being farther
 * away but on the wider side.
 */
static void many_digits(double number, int least, shortest *out)
{
    bool lopsided = is_power_of_two(number);
    for (int count = least;; count++) {
        uint64_t digits;
        int exponent;
        round_to(number, count, &digits, &exponent);
        bool found = count == MOST_DIGITS || reads_back(digits, exponent, number);
        if (!found && lopsided && reads_back(digits + 1, exponent, number)) {
            digits++;
            found = true;
        }
        if (found) {
            set_digits(out, digits, exponent);
            return;
        }
    }
}

static char *put(char *at, const char *bytes, int len)
{
    memcpy(at, bytes, (size_t)len);
    return at + len;
}

static char *put_zeros(char *at, int count)
{
    memset(at, '0', (size_t)count);
    return at + count;
}

/* Lays the digits out as ECMAScript does; returns the end. */
static char *lay_out(const shortest *number, char *at)
{
    const char *digits = number->digits;
    int count = number->count, point = number->point;
    if (point > 0 && point <= 21) {
        if (count <= point)
            return put_zeros(put(at, digits, count), point - count);
        at = put(at, digits, point);
        *at++ = '.';
        return put(at, digits + point, count - point);
    }
    if (point > -6 && point <= 0) {
        at = put_zeros(put(at, "0.", 2), -point);
        return put(at, digits, count);
    }
    *at++ = digits[0];
    if (count > 1) {
        *at++ = '.';
        at = put(at, digits + 1, count - 1);
    }
    *at++ = 'e';
    *at++ = point > 0 ? '+' : '-';
    return at + igd_u64_text((uint64_t)abs(point - 1), at);
}

size_t igd_number_text(double number, char out[IGD_NUMBER_MAX])
{
    char *at = out;
    if (number < 0) {
        *at++ = '-';
        number = -number;
    }
    if (number < EXACT_INTEGER && number == (double)(uint64_t)number)
        return (size_t)(at - out) + igd_u64_text((uint64_t)number, at);
    shortest text;
    if (number < 1e-7 || number >= 1e15)
        /* 15 digits and no fewer are tried where any 15 survive: not below the normal doubles. */
        many_digits(number, number < DBL_MIN ? 1 : SAFE_DIGITS, &text);
    else if (!few_digits(number, &text))
        many_digits(number, SAFE_DIGITS + 1, &text);
    return (size_t)(lay_out(&text, at) - out);
}

static bool is_digit(const char *at, const char *end)
{
    return at < end && *at >= '0' && *at <= '9';
}

static igd_str take_digits(const char **at, const char *end)
{
    const char *from = *at;
    while (is_digit(*at, end))
        (*at)++;
    return (igd_str){from, (size_t)(*at - from)};
}

/* False when it is not an exponent. What is far out of any range stays there. */
static bool take_exponent(const char **at, const char *end, int64_t *out)
{
    *out = 0;
    if (*at == end || (**at | 0x20) != 'e')
        return true;
    (*at)++;
    bool negative = *at < end && **at == '-';
    if (*at < end && (**at == '-' || **at == '+'))
        (*at)++;
    igd_str digits = take_digits(at, end);
    int64_t exponent = 0;
    for (size_t n = 0; n < digits.len && exponent < INT64_MAX / 1000; n++)
        exponent = exponent * 10 + (digits.ptr[n] - '0');
    *out = negative ? -exponent : exponent;
    return digits.len > 0;
}

/* Sums the digits up; those of the fraction have powers of ten from -1 down. */
static void weigh(igd_decimal *number)
{
    const uint64_t room = 1000000000000000000; /* below it head takes one more digit */
    int64_t power = (int64_t)number->whole.len;
    for (int part = 0; part < 2; part++) {
        igd_str digits = part == 0 ? number->whole : number->fraction;
        for (size_t n = 0; n < digits.len; n++) {
            unsigned digit = (unsigned)(digits.ptr[n] - '0');
            power--;
            if (digit != 0)
                number->lowest = power;
            if (number->head < room) {
                number->head = number->head * 10 + digit;
                number->exponent = power;
            } else {
                number->more |= digit != 0;
            }
        }
    }
    number->exponent += number->written;
    number->lowest += number->written;
}

bool igd_decimal_scan(igd_str text, igd_decimal *out)
{
    if (text.len == 0)
        return false;
    const char *at = text.ptr, *end = text.ptr + text.len;
    igd_decimal number = {0};
    number.negative = *at == '-';
    if (*at == '-' || *at == '+')
        at++;
    number.whole = take_digits(&at, end);
    if (at < end && *at == '.') {
        at++;
        number.fraction = take_digits(&at, end);
    }
    if (number.whole.len + number.fraction.len == 0 || !take_exponent(&at, end, &number.written) ||
        at != end)
        return false;
    weigh(&number);
    *out = number;
    return true;
}

igd_decimal_result igd_decimal_int(const igd_decimal *decimal, int64_t *out)
{
    uint64_t number = decimal->head;
    int64_t exponent = decimal->exponent;
    if (number == 0) {
        *out = 0;
        return IGD_DECIMAL_OK;
    }
    if (decimal->lowest < 0)
        return IGD_DECIMAL_FRACTION;
    if (decimal->more || exponent > 18)
        return IGD_DECIMAL_RANGE;
    for (; exponent < 0; exponent++)
        number /= 10;
    for (; exponent > 0; exponent--)
        if (__builtin_mul_overflow(number, (uint64_t)10, &number))
            return IGD_DECIMAL_RANGE;
    if (number > (uint64_t)INT64_MAX + decimal->negative)
        return IGD_DECIMAL_RANGE;
    *out = decimal->negative ? (int64_t)(0 - number) : (int64_t)number;
    return IGD_DECIMAL_OK;
}

/* Digits that strtod is given: it takes 767 to tell which side of a half a number is on, and one
 * more that says whether anything follows. */
#define STRTOD_DIGITS 768

/* By strtod, from digits without a point. */
static double any_double(const igd_decimal *decimal)
{
    char text[STRTOD_DIGITS + 32];
    size_t len = 0;
    bool more = false;
    int64_t power = (int64_t)decimal->whole.len, last = power; /* of the last digit in text */
    for (int part = 0; part < 2; part++) {
        igd_str digits = part == 0 ? decimal->whole : decimal->fraction;
        for (size_t n = 0; n < digits.len; n++) {
            char digit = digits.ptr[n];
            power--;
            if (len == STRTOD_DIGITS) {
                more |= digit != '0';
            } else if (len > 0 || digit != '0') {
                text[len++] = digit;
                last = power;
            }
        }
    }
    if (more) {
        text[len++] = '1';
        last--;
    }
    int64_t exponent = last + decimal->written;
    /* Beyond this the digits, fewer than a thousand, cannot change zero or infinity. */
    int clipped = exponent > 9999 ? 9999 : exponent < -9999 ? -9999 : (int)exponent;
    snprintf(text + len, sizeof(text) - len, "e%d", clipped);
    return strtod(text, NULL);
}

double igd_decimal_double(const igd_decimal *decimal)
{
    double number = (double)decimal->head;
    int64_t exponent = decimal->exponent;
    if (decimal->head == 0)
        return 0;
    /* Both operands exact: one correctly rounded operation. */
    if (!decimal->more && number < EXACT_INTEGER && exponent >= -EXACT_TENS &&
        exponent <= EXACT_TENS)
        number = exponent < 0 ? number / exact_tens[-exponent] : number * exact_tens[exponent];
    else
        number = any_double(decimal);
    return decimal->negative && number != 0 ? -number : number;
}
