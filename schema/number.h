/*
 * Decimal numbers as text, taken apart once and exactly; private to this room.
 */
#ifndef IGD_SCHEMA_NUMBER_H
#define IGD_SCHEMA_NUMBER_H

#include "base/str.h"

typedef struct igd_decimal {
    bool negative;
    bool more;               /* digits other than 0 follow those of head */
    uint64_t head;           /* the first significant digits, at most 19 */
    int64_t exponent;        /* the number is head * 10^exponent when there are no more digits */
    int64_t lowest;          /* power of ten of the last digit that is not 0 */
    igd_str whole, fraction; /* the digits on both sides of the point */
    int64_t written;         /* the exponent as written, far out of range at most */
} igd_decimal;

/* [+-] digits [. digits] [e [+-] digits], with a digit on at least one side of the point. */
bool igd_decimal_scan(igd_str text, igd_decimal *out);

typedef enum igd_decimal_result {
    IGD_DECIMAL_OK,
    IGD_DECIMAL_FRACTION,
    IGD_DECIMAL_RANGE,
} igd_decimal_result;

/* The integer that it denotes ("5.0" and "1e3" do), without rounding. */
igd_decimal_result igd_decimal_int(const igd_decimal *decimal, int64_t *out);

/* The nearest double, never -0; infinite when it overflows. */
double igd_decimal_double(const igd_decimal *decimal);

/* Decimal digits without leading zeros; returns how many. */
#define IGD_U64_DIGITS 20
size_t igd_u64_text(uint64_t number, char out[IGD_U64_DIGITS]);

#endif
