/*
 * Target URLs: splitting, percent-decoding and masking. What a part means is the driver's business.
 */
#include "targets/url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define TIMEOUT_SECONDS 30

static bool is_scheme_char(char c)
{
    return isalnum((unsigned char)c) || c == '+' || c == '-' || c == '.';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* What is wrong with the text, or NULL. */
static const char *decode(igd_str text, igd_arena *mem, igd_str *out)
{
    char *bytes = igd_arena_alloc(mem, text.len + 1);
    size_t len = 0;
    for (size_t n = 0; n < text.len; n++) {
        if (text.ptr[n] != '%') {
            bytes[len++] = text.ptr[n];
            continue;
        }
        int high = n + 2 < text.len ? hex_digit(text.ptr[n + 1]) : -1;
        int low = n + 2 < text.len ? hex_digit(text.ptr[n + 2]) : -1;
        if (high < 0 || low < 0)
            return "has a '%' that is not followed by two hex digits";
        if (high == 0 && low == 0)
            return "contains a NUL";
        bytes[len++] = (char)(high * 16 + low);
        n += 2;
    }
    bytes[len] = '\0';
    *out = (igd_str){bytes, len};
    return NULL;
}

static int decode_part(igd_str text, const char *what, igd_arena *mem, igd_str *out, igd_error *err)
{
    const char *why = decode(text, mem, out);
    if (!why)
        return IGD_OK;
    igd_fail(err, IGD_E_CONFIG, "the %s of the target's URL %s", what, why);
    return igd_hint(err, "write a literal %% as %%25");
}

/* Length of the scheme, or 0 when the text does not start with one and a colon. */
static size_t scheme_length(igd_str text)
{
    size_t len = 0;
    while (len < text.len && is_scheme_char(text.ptr[len]))
        len++;
    /* One letter is a Windows drive, not a scheme. */
    if (len < 2 || len == text.len || text.ptr[len] != ':' || !isalpha((unsigned char)text.ptr[0]))
        return 0;
    return len;
}

/* Takes the part behind the first `byte` off the end of *text; ptr is NULL when there is none. */
static igd_str take_after(igd_str *text, char byte)
{
    ptrdiff_t at = igd_str_find(*text, byte);
    if (at < 0)
        return (igd_str){0};
    igd_str rest = igd_str_sub(*text, (size_t)at + 1, text->len);
    text->len = (size_t)at;
    return rest.ptr ? rest : IGD_STR("");
}

static int parse_params(igd_str query, igd_arena *mem, igd_url *out, igd_error *err)
{
    igd_str part;
    while (igd_str_split(&query, '&', &part)) {
        if (part.len == 0)
            continue;
        igd_str value = take_after(&part, '=');
        igd_url_param param = {.value = IGD_STR("")};
        int rc = decode_part(part, "parameters", mem, &param.name, err);
        if (!rc && value.ptr)
            rc = decode_part(value, "parameters", mem, &param.value, err);
        if (rc)
            return rc;
        if (igd_url_param_get(out, param.name.ptr).ptr)
            return igd_fail(err, IGD_E_CONFIG, "the target's URL has parameter '%.*s' twice",
                            IGD_STR_ARG(param.name));
        IGD_PUSH(mem, &out->params, param);
    }
    return IGD_OK;
}

static int parse_authority(igd_str authority, igd_arena *mem, igd_url *out, igd_error *err)
{
    ptrdiff_t at = igd_str_rfind(authority, '@');
    if (at >= 0) {
        igd_str user = igd_str_sub(authority, 0, (size_t)at);
        authority = igd_str_sub(authority, (size_t)at + 1, authority.len);
        igd_str password = take_after(&user, ':');
        int rc = decode_part(user, "user", mem, &out->user, err);
        if (!rc && password.ptr) {
            out->has_password = true;
            rc = decode_part(password, "password", mem, &out->password, err);
        }
        if (rc)
            return rc;
    }
    return decode_part(authority, "host", mem, &out->hosts, err);
}

/* A password with a '/' or a '?' ends the authority too early: what follows would be taken for a
 * path or parameters, and be shown. */
static bool has_open_password(igd_str authority, igd_str behind)
{
    ptrdiff_t colon = igd_str_rfind(authority, ':'), at = igd_str_find(behind, '@');
    ptrdiff_t value = igd_str_find(behind, '=');
    if (colon < 0 || at < 0 || igd_str_find(authority, '@') >= 0)
        return false;
    bool port = (size_t)colon + 1 < authority.len;
    for (size_t n = (size_t)colon + 1; n < authority.len; n++)
        port &= isdigit((unsigned char)authority.ptr[n]) != 0;
    return !port || value < 0 || at < value;
}

static int check_authority(igd_str rest, igd_error *err)
{
    size_t end = 0;
    while (end < rest.len && !strchr("/?", rest.ptr[end]))
        end++;
    if (!has_open_password(igd_str_sub(rest, 0, end), igd_str_sub(rest, end, rest.len)))
        return IGD_OK;
    igd_fail(err, IGD_E_CONFIG, "the user's part of the target's URL has a '/' or a '?'");
    return igd_hint(err, "in a name or a password write / as %%2F, ? as %%3F, @ as %%40");
}

int igd_url_parse(igd_str text, igd_arena *mem, igd_url *out, igd_error *err)
{
    igd_url url = {.text = igd_arena_str(mem, text)};
    size_t scheme = scheme_length(text);
    if (scheme == 0) {
        igd_fail(err, IGD_E_CONFIG, "the target is not a URL: it has no scheme");
        return igd_hint(err, "write for example sqlite:FILE.db");
    }
    char *lower = igd_arena_cstr(mem, igd_str_sub(text, 0, scheme));
    for (size_t n = 0; n < scheme; n++)
        lower[n] = (char)tolower((unsigned char)lower[n]);
    url.scheme = (igd_str){lower, scheme};
    url.user = url.password = url.hosts = IGD_STR("");

    igd_str rest = igd_str_sub(url.text, scheme + 1, url.text.len);
    igd_str fragment = take_after(&rest, '#');
    if (fragment.ptr) {
        igd_fail(err, IGD_E_CONFIG, "the target's URL has a '#'");
        return igd_hint(err, "write a '#' of a name or a password as %%23");
    }
    int rc = IGD_OK;
    if (igd_str_starts(rest, IGD_STR("//")) && !igd_str_is(url.scheme, "sqlite"))
        rc = check_authority(igd_str_sub(rest, 2, rest.len), err);
    if (rc)
        return rc;
    igd_str query = take_after(&rest, '?');
    if (igd_str_starts(rest, IGD_STR("//"))) {
        igd_str authority = igd_str_sub(rest, 2, rest.len);
        igd_str path = take_after(&authority, '/');
        rc = parse_authority(authority, mem, &url, err);
        /* A file's path is absolute: it keeps its slash. */
        if (path.ptr && igd_str_is(url.scheme, "sqlite"))
            path = (igd_str){path.ptr - 1, path.len + 1};
        rest = path;
    }
    if (!rc)
        rc = decode_part(rest, "path", mem, &url.path, err);
    if (!rc && query.ptr)
        rc = parse_params(query, mem, &url, err);
    if (rc)
        return rc;
    *out = url;
    return IGD_OK;
}

static bool is_secret(igd_str name)
{
    /* Typing errors as well: such a parameter is refused, and the URL shown. */
    static const char *const words[] = {"pas", "pwd", "token", "secret"};
    for (size_t w = 0; w < IGD_COUNT(words); w++) {
        igd_str word = igd_str_from(words[w]);
        for (size_t n = 0; n + word.len <= name.len; n++)
            if (igd_str_eq_nocase(igd_str_sub(name, n, word.len), word))
                return true;
    }
    return false;
}

/* Copies the parameters with the values of secret ones replaced. A name is looked at decoded, so
 * that pass%77ord does not slip through. */
static void mask_params(igd_str query, igd_arena *mem, igd_buf *out)
{
    igd_str part;
    for (bool first = true; igd_str_split(&query, '&', &part); first = false) {
        igd_str name = part;
        igd_str value = take_after(&name, '=');
        igd_str plain = name;
        if (decode(name, mem, &plain))
            plain = name;
        igd_buf_byte(out, first ? '?' : '&');
        igd_buf_str(out, name);
        if (!value.ptr)
            continue;
        igd_buf_byte(out, '=');
        igd_buf_str(out, is_secret(plain) ? IGD_STR("***") : value);
    }
}

igd_str igd_url_masked(igd_str text, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_str query = {0};
    /* A password with an unescaped '?', '/' or '#' does not parse but must not show either: the
     * user's part reaches to the last '@'. An '@' in a parameter then masks too much, which is
     * harmless. */
    size_t scheme = scheme_length(text);
    igd_str rest = scheme ? igd_str_sub(text, scheme + 1, text.len) : text;
    bool slashes = igd_str_starts(rest, IGD_STR("//"));
    if (scheme)
        igd_buf_str(&out, igd_str_sub(text, 0, scheme + 1));
    if (slashes) {
        igd_buf_puts(&out, "//");
        rest = igd_str_sub(rest, 2, rest.len);
    }
    ptrdiff_t at = igd_str_rfind(rest, '@');
    ptrdiff_t colon = igd_str_find(rest, ':');
    /* The name of a file may have both, but not behind two slashes: there would be a host. */
    bool is_file = scheme && igd_str_eq_nocase(igd_str_sub(text, 0, scheme), IGD_STR("sqlite")) &&
                   (!slashes || igd_str_starts(rest, IGD_STR("/")));
    /* user:password@host without a scheme reads as if the user were one. */
    bool bare = scheme && !slashes;
    if (!is_file && at >= 0 && (bare || (colon >= 0 && colon < at))) {
        if (!bare)
            igd_buf_str(&out, igd_str_sub(rest, 0, (size_t)colon + 1));
        igd_buf_puts(&out, "***");
        rest = igd_str_sub(rest, (size_t)at, rest.len);
    }
    query = take_after(&rest, '?');
    igd_buf_str(&out, rest);
    if (query.ptr && query.len == 0)
        igd_buf_byte(&out, '?');
    mask_params(query, mem, &out);
    return igd_arena_str(mem, igd_buf_view(&out));
}

igd_str igd_url_param_get(const igd_url *url, const char *name)
{
    for (size_t n = 0; n < url->params.len; n++)
        if (igd_str_is(url->params.items[n].name, name))
            return url->params.items[n].value;
    return (igd_str){0};
}

int igd_url_timeout(const igd_url *url, int64_t *ms, igd_error *err)
{
    igd_str text = igd_url_param_get(url, "timeout");
    *ms = TIMEOUT_SECONDS * 1000;
    if (!text.ptr)
        return IGD_OK;
    char copy[32], *end = NULL;
    snprintf(copy, sizeof(copy), "%.*s", IGD_STR_ARG(text));
    double seconds = strtod(copy, &end);
    bool digit = copy[0] >= '0' && copy[0] <= '9';
    if (!digit || *end || text.len >= sizeof(copy) || !(seconds >= 0 && seconds <= 86400)) {
        igd_fail(err, IGD_E_CONFIG, "timeout=%.*s is not a number of seconds up to 86400",
                 IGD_STR_ARG(text));
        return igd_hint(err, "write for example ?timeout=30");
    }
    *ms = (int64_t)(seconds * 1000);
    return IGD_OK;
}

int igd_url_check_params(const igd_url *url, const char *const *known, igd_error *err)
{
    for (size_t n = 0; n < url->params.len; n++) {
        igd_str name = url->params.items[n].name;
        size_t k = 0;
        while (known[k] && !igd_str_is(name, known[k]))
            k++;
        if (known[k])
            continue;
        IGD_CLEANUP(igd_buf)
        igd_buf list = IGD_BUF_INIT;
        for (size_t i = 0; known[i]; i++)
            igd_buf_printf(&list, "%s%s", i ? ", " : "", known[i]);
        igd_fail(err, IGD_E_CONFIG, "unknown parameter '%.*s' in the target's URL",
                 IGD_STR_ARG(name));
        return known[0] ? igd_hint(err, "parameters of %.*s URLs: %s", IGD_STR_ARG(url->scheme),
                                   list.ptr)
                        : igd_hint(err, "%.*s URLs have no parameters", IGD_STR_ARG(url->scheme));
    }
    return IGD_OK;
}
