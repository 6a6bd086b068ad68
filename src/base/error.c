/*
 * Errors: formatting into the fixed fields of igd_error, and the table of codes.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *word;
    int status;
    bool retry;
} codes[] = {
#define CODE_ROW(name, word, status, retry) {word, status, retry},
    IGD_CODES(CODE_ROW)
#undef CODE_ROW
};

/* A code from nowhere is a mistake of ours and is reported as such. */
static size_t code_row(igd_code code)
{
    return (size_t)code < IGD_COUNT(codes) ? (size_t)code : (size_t)IGD_E_BUG;
}

/* A message that is cut must not end inside a character: reports are UTF-8. */
static void cut_at_character(char *text, size_t len)
{
    size_t from = len;
    while (from > 0 && len - from < 4 && ((unsigned char)text[from - 1] & 0xC0) == 0x80)
        from--;
    if (from > 0 && (unsigned char)text[from - 1] >= 0xC0) {
        unsigned char lead = (unsigned char)text[from - 1];
        size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (len - (from - 1) < need)
            text[from - 1] = '\0';
    }
}

/* Formats to the side first, because arguments may point into the very field that is written. */
IGD_PRINTF(3, 0)
static void format_into(char *out, size_t size, const char *format, va_list args)
{
    char text[sizeof(((igd_error *)NULL)->message)];
    size_t room = size < sizeof(text) ? size : sizeof(text);
    int wanted = vsnprintf(text, room, format, args);
    if (wanted < 0)
        text[0] = '\0';
    else if ((size_t)wanted >= room)
        cut_at_character(text, room - 1);
    memcpy(out, text, strlen(text) + 1);
}

/* Appends to the message what still fits. */
IGD_PRINTF(2, 3)
static void append(igd_error *err, const char *format, ...)
{
    size_t len = strlen(err->message);
    va_list args;
    va_start(args, format);
    format_into(err->message + len, sizeof(err->message) - len, format, args);
    va_end(args);
}

IGD_PRINTF(4, 0)
static int set(igd_error *err, igd_code code, int native, const char *format, va_list args)
{
    char message[sizeof(err->message)];
    format_into(message, sizeof(message), format, args);
    *err = (igd_error){.code = code, .native = native};
    memcpy(err->message, message, strlen(message) + 1);
    return (int)code;
}

int igd_fail(igd_error *err, igd_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int result = set(err, code, 0, format, args);
    va_end(args);
    return result;
}

int igd_fail_errno(igd_error *err, igd_code code, const char *format, ...)
{
    int number = errno;
    va_list args;
    va_start(args, format);
    set(err, code, number, format, args);
    va_end(args);

    char reason[256];
    append(err, ": %s", strerror_r(number, reason, sizeof(reason)));
    errno = number;
    return (int)code;
}

int igd_hint(igd_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    format_into(err->hint, sizeof(err->hint), format, args);
    va_end(args);
    return (int)err->code;
}

int igd_error_prefix(igd_error *err, const char *format, ...)
{
    char old[sizeof(err->message)];
    memcpy(old, err->message, sizeof(old));
    va_list args;
    va_start(args, format);
    format_into(err->message, sizeof(err->message), format, args);
    va_end(args);
    append(err, ": %s", old);
    return (int)err->code;
}

int igd_code_exit_status(igd_code code)
{
    return codes[code_row(code)].status;
}

const char *igd_code_word(igd_code code)
{
    return codes[code_row(code)].word;
}

bool igd_code_retryable(igd_code code)
{
    return codes[code_row(code)].retry;
}
