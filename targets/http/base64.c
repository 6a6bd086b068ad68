/*
 * Bytes in JSON: what stores with a JSON interface write them as.
 */
#include "targets/http/http.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void igd_base64_put(igd_buf *out, igd_str bytes)
{
    igd_buf_reserve(out, bytes.len / 3 * 4 + 4);
    for (size_t n = 0; n < bytes.len; n += 3) {
        size_t left = bytes.len - n;
        const unsigned char *at = (const unsigned char *)bytes.ptr + n;
        unsigned three = (unsigned)at[0] << 16 | (left > 1 ? (unsigned)at[1] << 8 : 0) |
                         (left > 2 ? (unsigned)at[2] : 0);
        char *four = out->ptr + out->len;
        four[0] = letters[three >> 18];
        four[1] = letters[three >> 12 & 63];
        four[2] = left > 1 ? letters[three >> 6 & 63] : '=';
        four[3] = left > 2 ? letters[three & 63] : '=';
        out->len += 4;
    }
    out->ptr[out->len] = '\0';
}

/* One more than the letter's value; 0 for what is no letter. Whole databases are read through it.
 */
static const unsigned char values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

/* Four letters as three bytes; false when one of them is none. */
static bool get_three(const char *letter, char *bytes)
{
    unsigned bits = 0;
    bool good = true;
    for (size_t n = 0; n < 4; n++) {
        unsigned value = values[(unsigned char)letter[n]];
        good &= value != 0;
        bits = bits << 6 | ((value - 1) & 63);
    }
    bytes[0] = (char)(bits >> 16 & 0xFF);
    bytes[1] = (char)(bits >> 8 & 0xFF);
    bytes[2] = (char)(bits & 0xFF);
    return good;
}

bool igd_base64_get(igd_str text, igd_arena *mem, igd_str *out)
{
    if (text.len % 4)
        return false;
    size_t pads = 0;
    while (pads < 2 && pads < text.len && text.ptr[text.len - 1 - pads] == '=')
        pads++;
    char *bytes = igd_arena_alloc(mem, text.len / 4 * 3 + 1);
    size_t len = 0, whole = pads ? text.len - 4 : text.len;
    for (size_t n = 0; n < whole; n += 4, len += 3)
        if (!get_three(text.ptr + n, bytes + len))
            return false;
    if (pads) {
        char last[4] = {'A', 'A', 'A', 'A'};
        memcpy(last, text.ptr + whole, 4 - pads);
        if (!get_three(last, bytes + len))
            return false;
        len += 3 - pads;
    }
    bytes[len] = '\0';
    *out = (igd_str){bytes, len};
    return true;
}
