/*
 * igd_str: a view of bytes. It never owns them and need not be NUL-terminated; whoever made the
 * bytes (an arena, a buffer, a git object) says how long they live. ptr may be NULL when len is 0.
 */
#ifndef IGD_BASE_STR_H
#define IGD_BASE_STR_H

#include <string.h>

#include "base/attributes.h"

typedef struct igd_str {
    const char *ptr;
    size_t len;
} igd_str;

/* From a string literal; from a C string; from any view, for printf("%.*s"). */
#define IGD_STR(literal)  ((igd_str){"" literal, sizeof(literal) - 1})
#define IGD_STR_ARG(view) (int)(view).len, (view).ptr ? (view).ptr : ""

static inline igd_str igd_str_from(const char *text)
{
    return (igd_str){text, text ? strlen(text) : 0};
}

static inline bool igd_str_eq(igd_str a, igd_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool igd_str_is(igd_str a, const char *text)
{
    return igd_str_eq(a, igd_str_from(text));
}

/* memcmp order, a prefix before what it is a prefix of: the key order of the whole program. */
int igd_str_cmp(igd_str a, igd_str b);

bool igd_str_starts(igd_str text, igd_str prefix);
bool igd_str_ends(igd_str text, igd_str suffix);

/* Position of the first (last) such byte, or -1. */
ptrdiff_t igd_str_find(igd_str text, char byte);
ptrdiff_t igd_str_rfind(igd_str text, char byte);

/* The part from `from` on, at most `len` bytes; clipped to the text. */
igd_str igd_str_sub(igd_str text, size_t from, size_t len);

/* Without ASCII white space at both ends. */
igd_str igd_str_trim(igd_str text);

/* Takes the part before the next `byte` off the front of *rest; false when nothing is left.
 * "a,,b" gives "a", "", "b"; "" gives nothing. */
bool igd_str_split(igd_str *rest, char byte, igd_str *part);

/* Equal when ASCII letters are compared without case. */
bool igd_str_eq_nocase(igd_str a, igd_str b);

/* Well-formed UTF-8: no overlong forms, surrogates, or code points above U+10FFFF. */
bool igd_str_is_utf8(igd_str text);

/* Number of code points of well-formed UTF-8. */
size_t igd_str_chars(igd_str text);

#endif
