/*
 * igd_buf: bytes that grow. It owns its memory; igd_buf_free gives it back and leaves an empty
 * buffer. Invariant: ptr is never NULL after the first append and always has a NUL after len bytes
 * (before that it points to a static ""). Running out of memory aborts (base/arena.h).
 *
 * A low-level primitive: do not add functions here that know about higher-level things.
 */
#ifndef IGD_BASE_BUF_H
#define IGD_BASE_BUF_H

#include "base/attributes.h"
#include "base/str.h"

typedef struct igd_buf {
    char *ptr;
    size_t len;
    size_t cap;
} igd_buf;

extern char igd_buf_empty[1];
#define IGD_BUF_INIT ((igd_buf){igd_buf_empty, 0, 0})

void igd_buf_free(igd_buf *buf);
IGD_DEFINE_CLEANUP(igd_buf, igd_buf_free)

/* Makes it empty and keeps the memory. */
void igd_buf_clear(igd_buf *buf);

/* Room for `more` bytes beyond len (and the NUL). */
void igd_buf_reserve(igd_buf *buf, size_t more);

void igd_buf_add(igd_buf *buf, const void *bytes, size_t len);
void igd_buf_byte(igd_buf *buf, char byte);
void igd_buf_str(igd_buf *buf, igd_str text);
void igd_buf_puts(igd_buf *buf, const char *text);
/* As UTF-8: every byte that is not part of it becomes U+FFFD. */
void igd_buf_utf8(igd_buf *buf, igd_str text);
/* Of a list of words with separators between them: a word that is in it already is not added. */
void igd_buf_word(igd_buf *list, igd_str word, char separator);
void igd_buf_printf(igd_buf *buf, const char *format, ...) IGD_PRINTF(2, 3);

/* The contents; valid until the buffer changes. */
static inline igd_str igd_buf_view(const igd_buf *buf)
{
    return (igd_str){buf->ptr, buf->len};
}

#endif
