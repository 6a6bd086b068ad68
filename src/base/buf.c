/*
 * igd_buf: growing by doubling, and the few ways to append.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/utf8.h"

#define FIRST_BYTES (size_t)64

char igd_buf_empty[1];

void igd_buf_free(igd_buf *buf)
{
    if (buf->cap > 0)
        free(buf->ptr);
    *buf = IGD_BUF_INIT;
}

void igd_buf_clear(igd_buf *buf)
{
    buf->len = 0;
    if (buf->cap > 0)
        buf->ptr[0] = '\0';
}

/* Apart from the test in igd_buf_reserve, which is what runs for almost every append. */
static void grow(igd_buf *buf, size_t more)
{
    size_t need = more > SIZE_MAX - buf->len - 1 ? SIZE_MAX : buf->len + more + 1;
    size_t cap = buf->cap < FIRST_BYTES ? FIRST_BYTES : buf->cap;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? SIZE_MAX : cap * 2;
    buf->ptr = igd_xrealloc(buf->cap > 0 ? buf->ptr : NULL, cap);
    buf->cap = cap;
    buf->ptr[buf->len] = '\0';
}

void igd_buf_reserve(igd_buf *buf, size_t more)
{
    if (buf->cap - buf->len <= more)
        grow(buf, more);
}

void igd_buf_add(igd_buf *buf, const void *bytes, size_t len)
{
    igd_buf_reserve(buf, len);
    if (len > 0)
        memcpy(buf->ptr + buf->len, bytes, len);
    buf->len += len;
    buf->ptr[buf->len] = '\0';
}

void igd_buf_byte(igd_buf *buf, char byte)
{
    igd_buf_reserve(buf, 1);
    buf->ptr[buf->len++] = byte;
    buf->ptr[buf->len] = '\0';
}

void igd_buf_str(igd_buf *buf, igd_str text)
{
    igd_buf_add(buf, text.ptr, text.len);
}

void igd_buf_puts(igd_buf *buf, const char *text)
{
    igd_buf_add(buf, text, strlen(text));
}

void igd_buf_word(igd_buf *list, igd_str word, char separator)
{
    igd_str rest = igd_buf_view(list), known;
    while (igd_str_split(&rest, separator, &known))
        if (igd_str_eq(known, word))
            return;
    if (list->len > 0)
        igd_buf_byte(list, separator);
    igd_buf_str(list, word);
}

void igd_buf_utf8(igd_buf *buf, igd_str text)
{
    const char *end = text.ptr + text.len;
    for (const char *at = text.ptr; at < end;) {
        size_t step = igd_utf8_step(at, end);
        if (step > 0)
            igd_buf_add(buf, at, step);
        else
            igd_buf_puts(buf, "\xef\xbf\xbd");
        at += step > 0 ? step : 1;
    }
}

void igd_buf_printf(igd_buf *buf, const char *format, ...)
{
    igd_buf_reserve(buf, FIRST_BYTES);
    size_t room = buf->cap - buf->len;
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(buf->ptr + buf->len, room, format, args);
    va_end(args);
    size_t len = wanted < 0 ? 0 : (size_t)wanted;
    if (len >= room) {
        igd_buf_reserve(buf, len);
        va_start(args, format);
        vsnprintf(buf->ptr + buf->len, len + 1, format, args);
        va_end(args);
    }
    buf->len += len;
    buf->ptr[buf->len] = '\0';
}
