/*
 * Writing JSON text: where commas go, and the minimal escaping of strings.
 */
#include "base/json_write.h"

#include <stdio.h>
#include <stdlib.h>

igd_json igd_json_to(igd_buf *out)
{
    /* Not an initialiser, which would also clear the 256 bytes of close each time. */
    igd_json json;
    json.out = out;
    json.depth = 0;
    json.comma = false;
    return json;
}

static void before_value(igd_json *json)
{
    if (json->comma)
        igd_buf_byte(json->out, ',');
    json->comma = true;
}

static void open(igd_json *json, char opening, char closing)
{
    /* What nests is bounded where it is read; more, or closing too often, is a mistake of ours. */
    if (json->depth == IGD_JSON_DEPTH) {
        fputs("JSON output is nested too deeply\n", stderr);
        abort();
    }
    before_value(json);
    igd_buf_byte(json->out, opening);
    json->close[json->depth++] = closing;
    json->comma = false;
}

void igd_json_object(igd_json *json)
{
    open(json, '{', '}');
}

void igd_json_array(igd_json *json)
{
    open(json, '[', ']');
}

void igd_json_end(igd_json *json)
{
    if (json->depth == 0) {
        fputs("JSON output has nothing to close\n", stderr);
        abort();
    }
    igd_buf_byte(json->out, json->close[--json->depth]);
    json->comma = true;
}

void igd_json_key(igd_json *json, igd_str key)
{
    before_value(json);
    igd_json_quote(json->out, key);
    igd_buf_byte(json->out, ':');
    json->comma = false;
}

void igd_json_string(igd_json *json, igd_str text)
{
    before_value(json);
    igd_json_quote(json->out, text);
}

void igd_json_int(igd_json *json, int64_t number)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%lld", (long long)number);
    before_value(json);
    igd_buf_add(json->out, text, (size_t)len);
}

void igd_json_bool(igd_json *json, bool value)
{
    igd_json_raw(json, value ? IGD_STR("true") : IGD_STR("false"));
}

void igd_json_null(igd_json *json)
{
    igd_json_raw(json, IGD_STR("null"));
}

void igd_json_raw(igd_json *json, igd_str text)
{
    before_value(json);
    igd_buf_str(json->out, text);
}

void igd_json_put_string(igd_json *json, const char *key, igd_str text)
{
    igd_json_key(json, igd_str_from(key));
    igd_json_string(json, text);
}

void igd_json_put_int(igd_json *json, const char *key, int64_t number)
{
    igd_json_key(json, igd_str_from(key));
    igd_json_int(json, number);
}

void igd_json_put_bool(igd_json *json, const char *key, bool value)
{
    igd_json_key(json, igd_str_from(key));
    igd_json_bool(json, value);
}

/* 0: as it is; 'u': as \u00xx; else the letter behind the backslash. */
static const char escapes[256] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b',         't',           'n', 'u',
    'f', 'r', 'u', 'u', 'u', 'u', 'u', 'u', 'u',         'u',           'u', 'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', ['"'] = '"', ['\\'] = '\\',
};

void igd_json_quote(igd_buf *out, igd_str text)
{
    static const char hex[] = "0123456789abcdef";
    igd_buf_reserve(out, text.len + 2);
    igd_buf_byte(out, '"');
    size_t start = 0; /* of what has not been copied yet */
    for (size_t n = 0; n < text.len; n++) {
        unsigned char byte = (unsigned char)text.ptr[n];
        char escape = escapes[byte];
        if (escape == 0)
            continue;
        if (n > start)
            igd_buf_add(out, text.ptr + start, n - start);
        start = n + 1;
        if (escape == 'u') {
            char code[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
            igd_buf_add(out, code, sizeof(code));
        } else {
            char pair[2] = {'\\', escape};
            igd_buf_add(out, pair, sizeof(pair));
        }
    }
    if (text.len > start)
        igd_buf_add(out, text.ptr + start, text.len - start);
    igd_buf_byte(out, '"');
}
