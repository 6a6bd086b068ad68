/*
 * One step over UTF-8, shared by str.c and json_read.c; private to this room. Inline because both
 * call it once per character of the input.
 */
#ifndef IGD_BASE_UTF8_H
#define IGD_BASE_UTF8_H

#include "base/attributes.h"

/*
 * Length (1 to 4) of the well-formed sequence at `at`, which is before `end`; 0 when there is none.
 * The limits of the second byte rule out overlong forms, surrogates and what is above U+10FFFF.
 */
static inline size_t igd_utf8_step(const char *at, const char *end)
{
    const unsigned char *byte = (const unsigned char *)at;
    size_t left = (size_t)(end - at);
    unsigned char lead = byte[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    if (lead < 0xE0)
        return left >= 2 && (byte[1] & 0xC0) == 0x80 ? 2 : 0;

    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (left < 3 || byte[1] < low || byte[1] > high || (byte[2] & 0xC0) != 0x80)
        return 0;
    if (lead < 0xF0)
        return 3;
    return left >= 4 && (byte[3] & 0xC0) == 0x80 ? 4 : 0;
}

#endif
