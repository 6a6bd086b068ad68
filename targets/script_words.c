/*
 * Words of redis-cli's lines.
 */
#include "targets/script_words.h"

static const char *const escapes = "\\\\\"\"n\nr\rt\t"; /* what stands for what, in pairs */

/* The letter behind the backslash, or 0. */
static char escape_of(char byte)
{
    for (const char *at = escapes; *at; at += 2)
        if (at[1] == byte)
            return at[0];
    return 0;
}

static bool escape_from(char letter, char *byte)
{
    for (const char *at = escapes; *at; at += 2)
        if (at[0] == letter) {
            *byte = at[1];
            return true;
        }
    return false;
}

void igd_words_put(igd_buf *out, igd_str word)
{
    bool utf8 = igd_str_is_utf8(word);
    igd_buf_byte(out, '"');
    for (size_t n = 0; n < word.len; n++) {
        char byte = word.ptr[n], letter = escape_of(byte);
        unsigned char code = (unsigned char)byte;
        if (letter) {
            igd_buf_byte(out, '\\');
            igd_buf_byte(out, letter);
        } else if (code < 0x20 || code == 0x7F || (code > 0x7F && !utf8)) {
            igd_buf_printf(out, "\\x%02x", code);
        } else {
            igd_buf_byte(out, byte);
        }
    }
    igd_buf_byte(out, '"');
}

static int digit_of(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Where the closing quote is; *plain: nothing before it is escaped. 0: there is none. */
static size_t closing(igd_str line, bool *plain)
{
    *plain = true;
    for (size_t n = 1; n < line.len; n++) {
        if (line.ptr[n] == '"')
            return n;
        if (line.ptr[n] == '\\') {
            *plain = false;
            n++;
        }
    }
    return 0;
}

/* What a backslash stands for; *at goes to the last byte of it. */
static bool unescape(igd_str text, size_t *at, char *byte)
{
    size_t n = ++*at;
    if (n >= text.len)
        return false;
    if (text.ptr[n] != 'x')
        return escape_from(text.ptr[n], byte);
    int high = n + 2 < text.len ? digit_of(text.ptr[n + 1]) : -1;
    int low = n + 2 < text.len ? digit_of(text.ptr[n + 2]) : -1;
    if (high < 0 || low < 0)
        return false;
    *byte = (char)(high << 4 | low);
    *at += 2;
    return true;
}

static bool take_quoted(igd_str line, igd_arena *mem, igd_str *word, size_t *end)
{
    bool plain = true;
    size_t quote = closing(line, &plain), len = 0;
    if (quote == 0)
        return false;
    igd_str text = igd_str_sub(line, 1, quote - 1);
    *end = quote + 1;
    *word = text;
    if (plain)
        return true;
    char *to = igd_arena_alloc(mem, text.len + 1);
    for (size_t n = 0; n < text.len; n++) {
        char byte = text.ptr[n];
        if (byte == '\\' && !unescape(text, &n, &byte))
            return false;
        to[len++] = byte;
    }
    to[len] = '\0';
    *word = (igd_str){to, len};
    return true;
}

static bool is_plain(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

bool igd_words_take(igd_str *line, igd_arena *mem, igd_str *word)
{
    size_t end = 0;
    if (line->len > 0 && line->ptr[0] == '"') {
        if (!take_quoted(*line, mem, word, &end))
            return false;
    } else {
        while (end < line->len && is_plain(line->ptr[end]))
            end++;
        *word = igd_str_sub(*line, 0, end);
        if (end == 0)
            return false;
    }
    if (end < line->len && line->ptr[end++] != ' ')
        return false;
    *line = igd_str_sub(*line, end, line->len - end);
    return true;
}
