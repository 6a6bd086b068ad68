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
        char four[4] = {letters[three >> 18], letters[three >> 12 & 63],
                        left > 1 ? letters[three >> 6 & 63] : '=',
                        left > 2 ? letters[three & 63] : '='};
        igd_buf_add(out, four, sizeof(four));
    }
}

static int value_of(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A';
    if (letter >= 'a' && letter <= 'z')
        return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9')
        return letter - '0' + 52;
    return letter == '+' ? 62 : letter == '/' ? 63 : -1;
}

bool igd_base64_get(igd_str text, igd_arena *mem, igd_str *out)
{
    if (text.len % 4)
        return false;
    size_t pads = 0;
    while (pads < 2 && pads < text.len && text.ptr[text.len - 1 - pads] == '=')
        pads++;
    char *bytes = igd_arena_alloc(mem, text.len / 4 * 3 + 1);
    size_t len = 0;
    unsigned bits = 0;
    for (size_t n = 0; n < text.len; n++) {
        int value = n >= text.len - pads ? 0 : value_of(text.ptr[n]);
        if (value < 0)
            return false;
        bits = bits << 6 | (unsigned)value;
        if (n % 4 != 3)
            continue;
        bytes[len++] = (char)(bits >> 16 & 0xFF);
        bytes[len++] = (char)(bits >> 8 & 0xFF);
        bytes[len++] = (char)(bits & 0xFF);
        bits = 0;
    }
    len -= len ? pads : 0;
    bytes[len] = '\0';
    *out = (igd_str){bytes, len};
    return true;
}
