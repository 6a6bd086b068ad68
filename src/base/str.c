/*
 * igd_str: comparing, searching and cutting views; UTF-8 checks.
 */
#include "base/str.h"

#include "base/utf8.h"

int igd_str_cmp(igd_str a, igd_str b)
{
    size_t both = a.len < b.len ? a.len : b.len;
    int order = both == 0 ? 0 : memcmp(a.ptr, b.ptr, both);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

bool igd_str_starts(igd_str text, igd_str prefix)
{
    return text.len >= prefix.len && igd_str_eq((igd_str){text.ptr, prefix.len}, prefix);
}

bool igd_str_ends(igd_str text, igd_str suffix)
{
    return text.len >= suffix.len &&
           igd_str_eq(igd_str_sub(text, text.len - suffix.len, suffix.len), suffix);
}

ptrdiff_t igd_str_find(igd_str text, char byte)
{
    const char *found = text.len == 0 ? NULL : memchr(text.ptr, byte, text.len);
    return found ? found - text.ptr : -1;
}

ptrdiff_t igd_str_rfind(igd_str text, char byte)
{
    const char *found = text.len == 0 ? NULL : memrchr(text.ptr, byte, text.len);
    return found ? found - text.ptr : -1;
}

igd_str igd_str_sub(igd_str text, size_t from, size_t len)
{
    if (text.len == 0)
        return text; /* its pointer may be NULL, to which nothing may be added */
    if (from > text.len)
        from = text.len;
    if (len > text.len - from)
        len = text.len - from;
    return (igd_str){text.ptr + from, len};
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

igd_str igd_str_trim(igd_str text)
{
    while (text.len > 0 && is_space(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_space(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

bool igd_str_split(igd_str *rest, char byte, igd_str *part)
{
    if (rest->len == 0)
        return false;
    ptrdiff_t found = igd_str_find(*rest, byte);
    if (found < 0) {
        *part = *rest;
        *rest = (igd_str){rest->ptr + rest->len, 0};
    } else {
        size_t len = (size_t)found;
        *part = (igd_str){rest->ptr, len};
        *rest = (igd_str){rest->ptr + len + 1, rest->len - len - 1};
    }
    return true;
}

/* Not tolower(): that one follows the locale. */
static unsigned char lower(char byte)
{
    return (unsigned char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
}

bool igd_str_eq_nocase(igd_str a, igd_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t n = 0; n < a.len; n++) {
        if (lower(a.ptr[n]) != lower(b.ptr[n]))
            return false;
    }
    return true;
}

bool igd_str_is_utf8(igd_str text)
{
    if (text.len == 0)
        return true;
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    while (at < end) {
        /* Most text is ASCII: eight bytes at a time as long as no high bit is set. */
        uint64_t word;
        while (end - at >= (ptrdiff_t)sizeof(word)) {
            memcpy(&word, at, sizeof(word));
            if ((word & 0x8080808080808080u) != 0)
                break;
            at += sizeof(word);
        }
        if (at == end)
            break;
        size_t step = igd_utf8_step(at, end);
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

size_t igd_str_chars(igd_str text)
{
    size_t count = 0;
    for (size_t n = 0; n < text.len; n++)
        count += ((unsigned char)text.ptr[n] & 0xC0) != 0x80;
    return count;
}
