/*
 * Strings, names, comments and words of SQLite's shell, psql and the mysql client. They differ in
 * what a backslash, a dollar and a number sign mean, and in which comments nest.
 */
#include "targets/script_token.h"

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\f' || byte == '\r';
}

static bool is_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '$' ||
           (unsigned char)byte >= 0x80;
}

size_t igd_behind(igd_str text, size_t at, char byte)
{
    if (at >= text.len)
        return 0;
    const char *found = memchr(text.ptr + at, byte, text.len - at);
    return found ? (size_t)(found - text.ptr) + 1 : 0;
}

static char byte_at(igd_str text, size_t at)
{
    return at < text.len ? text.ptr[at] : '\0';
}

static igd_token single(igd_token_kind kind, size_t at)
{
    return (igd_token){kind, at + 1, NULL};
}

/* ---- comments ---- */

/* Behind the end of a comment, or 0. */
static size_t behind_comment(igd_str text, size_t at, bool nests)
{
    size_t depth = 1;
    for (at += 2; at + 1 < text.len;) {
        if (text.ptr[at] == '*' && text.ptr[at + 1] == '/') {
            at += 2;
            if (--depth == 0)
                return at;
        } else if (nests && text.ptr[at] == '/' && text.ptr[at + 1] == '*') {
            at += 2;
            depth++;
        } else {
            at++;
        }
    }
    return 0;
}

static igd_token comment(igd_str text, size_t at, bool nests)
{
    size_t end = behind_comment(text, at, nests);
    return (igd_token){IGD_TOKEN_SPACE, end, end ? NULL : "comment"};
}

static igd_token line_comment(igd_str text, size_t at, bool whole)
{
    igd_token t = {IGD_TOKEN_SPACE, igd_behind(text, at, '\n'), NULL};
    if (t.end == 0 && whole)
        t.end = text.len;
    t.why = t.end ? NULL : "comment";
    return t;
}

/* ---- strings, names, words ---- */

/* A doubled quote ends one string and begins another: for where statements end that is the same. */
static igd_token quoted(igd_str text, size_t at, char end, const char *why)
{
    igd_token t = {IGD_TOKEN_OTHER, igd_behind(text, at + 1, end), NULL};
    t.why = t.end ? NULL : why;
    return t;
}

/* With backslashes that take what follows them along. */
static igd_token escaped(igd_str text, size_t at, char end)
{
    for (size_t n = at + 1; n < text.len; n++) {
        if (text.ptr[n] == end)
            return single(IGD_TOKEN_OTHER, n);
        if (text.ptr[n] == '\\')
            n++;
    }
    return (igd_token){IGD_TOKEN_OTHER, 0, "string"};
}

static igd_token word(igd_str text, size_t at)
{
    size_t end = at + 1;
    while (end < text.len && is_word(text.ptr[end]))
        end++;
    return (igd_token){IGD_TOKEN_WORD, end, NULL};
}

/* $tag$ ... $tag$, or a parameter. */
static igd_token dollar(igd_str text, size_t at, bool whole)
{
    size_t end = at + 1;
    bool digit = byte_at(text, end) >= '0' && byte_at(text, end) <= '9';
    while (!digit && end < text.len && text.ptr[end] != '$' && is_word(text.ptr[end]))
        end++;
    if (end == text.len && !whole)
        return (igd_token){IGD_TOKEN_OTHER, 0, "string"};
    if (digit || byte_at(text, end) != '$')
        return single(IGD_TOKEN_OTHER, at);
    igd_str tag = igd_str_sub(text, at, end + 1 - at);
    for (size_t n = end + 1; (n = igd_behind(text, n, '$')) != 0;) {
        igd_str rest = igd_str_sub(text, n - 1, text.len);
        if (igd_str_starts(rest, tag))
            return (igd_token){IGD_TOKEN_OTHER, n - 1 + tag.len, NULL};
    }
    return (igd_token){IGD_TOKEN_OTHER, 0, "string"};
}

/* ---- what all have ---- */

static igd_token plain(igd_str text, size_t at)
{
    char byte = text.ptr[at];
    if (byte == ';')
        return single(IGD_TOKEN_SEMICOLON, at);
    if (is_space(byte))
        return single(IGD_TOKEN_SPACE, at);
    return is_word(byte) ? word(text, at) : single(IGD_TOKEN_OTHER, at);
}

static igd_token sqlite_token(igd_str text, size_t at, bool whole)
{
    char byte = text.ptr[at], next = byte_at(text, at + 1);
    switch (byte) {
    case '\'':
        return quoted(text, at, '\'', "string");
    case '"':
        return quoted(text, at, '"', "quoted name");
    case '`':
        return quoted(text, at, '`', "quoted name");
    case '[':
        return quoted(text, at, ']', "quoted name");
    case '-':
        return next == '-' ? line_comment(text, at, whole) : plain(text, at);
    case '/':
        return next == '*' ? comment(text, at, false) : plain(text, at);
    default:
        return plain(text, at);
    }
}

static igd_token psql_token(igd_str text, size_t at, bool whole)
{
    char byte = text.ptr[at], next = byte_at(text, at + 1);
    switch (byte) {
    case '\'':
        return quoted(text, at, '\'', "string");
    case '"':
        return quoted(text, at, '"', "quoted name");
    case 'e':
    case 'E':
        return next == '\'' ? escaped(text, at + 1, '\'') : word(text, at);
    case '$':
        return dollar(text, at, whole);
    case '-':
        return next == '-' ? line_comment(text, at, whole) : plain(text, at);
    case '/':
        return next == '*' ? comment(text, at, true) : plain(text, at);
    case '(':
        return single(IGD_TOKEN_OPEN, at);
    case ')':
        return single(IGD_TOKEN_CLOSE, at);
    case '\\':
        return single(IGD_TOKEN_CLIENT, at);
    default:
        return plain(text, at);
    }
}

static igd_token mysql_token(igd_str text, size_t at, bool whole)
{
    char byte = text.ptr[at], next = byte_at(text, at + 1), third = byte_at(text, at + 2);
    switch (byte) {
    case '\'':
    case '"':
        return escaped(text, at, byte);
    case '`':
        return quoted(text, at, '`', "quoted name");
    case '#':
        return line_comment(text, at, whole);
    case '-':
        /* Two dashes alone are twice a minus. */
        return next == '-' && ((unsigned char)third <= ' ' || third == 0x7f)
                   ? line_comment(text, at, whole)
                   : plain(text, at);
    case '/':
        /* What stands in such a comment is executed. */
        return next == '*' && third != '!' && third != '+' ? comment(text, at, false)
                                                           : plain(text, at);
    case '\\':
        return single(IGD_TOKEN_CLIENT, at);
    default:
        return plain(text, at);
    }
}

/* How many bytes tell which token it is: a part of a text may end before. */
static size_t look_ahead(igd_script_syntax syntax, char byte)
{
    bool dash = byte == '-', slash = byte == '/', e = byte == 'e' || byte == 'E';
    if (syntax == IGD_SCRIPT_MYSQL)
        return dash || slash ? 3 : 1;
    return dash || slash || (e && syntax == IGD_SCRIPT_PSQL) ? 2 : 1;
}

igd_token igd_token_at(igd_script_syntax syntax, igd_str text, size_t at, bool whole)
{
    if (!whole && text.len - at < look_ahead(syntax, text.ptr[at]))
        return (igd_token){IGD_TOKEN_OTHER, text.len, NULL};
    switch (syntax) {
    case IGD_SCRIPT_PSQL:
        return psql_token(text, at, whole);
    case IGD_SCRIPT_MYSQL:
        return mysql_token(text, at, whole);
    case IGD_SCRIPT_SQLITE:
    case IGD_SCRIPT_REDIS:
    case IGD_SCRIPT_JSON:
    case IGD_SCRIPT_CONSUL:
        break;
    }
    return sqlite_token(text, at, whole);
}
