/*
 * Values in YAML, JSON and TOML, in the various ways that these languages have to write them. A
 * style is a stream of chance that makes the same text every time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/random_model.h"

void rm_quote(igd_buf *out, const char *text)
{
    igd_buf_byte(out, '"');
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at == '"' || *at == '\\')
            igd_buf_printf(out, "\\%c", *at);
        else if (*at == '\n')
            igd_buf_puts(out, "\\n");
        else if (*at == '\t')
            igd_buf_puts(out, "\\t");
        else if (*at == '\r')
            igd_buf_puts(out, "\\r");
        else if (*at < 0x20 || *at == 0x7F)
            igd_buf_printf(out, "\\u%04x", *at);
        else
            igd_buf_byte(out, (char)*at);
    }
    igd_buf_byte(out, '"');
}

const char *rm_moment(const char *canonical, rm_type type, uint64_t *style, char out[48])
{
    snprintf(out, 48, "%s", canonical);
    size_t len = strlen(out);
    if (type != RM_T_DATETIME)
        return out;
    switch (rm_draw(style, 4)) {
    case 0:
        out[len - 1] = '\0'; /* UTC is what is meant without an offset */
        break;
    case 1:
        snprintf(out + len - 1, 8, "+00:00");
        break;
    case 2:
        out[10] = ' ';
        break;
    default:
        break;
    }
    return out;
}

/* ---- JSON ---- */

/* Escapes that mean what the raw text means. */
static void json_text(igd_buf *out, const char *text, bool canonical, uint64_t *style)
{
    static const char elephant[] = "\xF0\x9F\x90\x98";
    const char *found = strstr(text, elephant);
    if (canonical) { /* as RFC 8785 has it: DEL is no control character there */
        igd_buf_byte(out, '"');
        for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
            char one[2] = {(char)*at, '\0'};
            size_t len = out->len;
            if (*at == 0x7F) {
                igd_buf_byte(out, 0x7F);
                continue;
            }
            rm_quote(out, one); /* "x": take the quotes away again */
            memmove(out->ptr + len, out->ptr + len + 1, out->len - len - 2);
            out->len -= 2;
        }
        igd_buf_byte(out, '"');
    } else if (found && rm_draw(style, 2)) {
        IGD_CLEANUP(igd_buf)
        igd_buf rest = IGD_BUF_INIT;
        rm_quote(out, text);
        char *at = strstr(out->ptr, elephant);
        igd_buf_puts(&rest, at + 4);
        out->len = (size_t)(at - out->ptr);
        igd_buf_puts(out, "\\uD83D\\uDC18");
        igd_buf_str(out, igd_buf_view(&rest));
    } else {
        rm_quote(out, text);
    }
}

void rm_json(igd_buf *out, const rm_value *value, bool canonical, uint64_t *style)
{
    bool spaced = !canonical && rm_draw(style, 2);
    bool map = value->kind == RM_MAP;
    switch (value->kind) {
    case RM_NULL:
        igd_buf_puts(out, "null");
        return;
    case RM_BOOL:
        igd_buf_puts(out, value->integer ? "true" : "false");
        return;
    case RM_INT:
        igd_buf_printf(out, "%lld", (long long)value->integer);
        return;
    case RM_FLOAT:
        igd_buf_puts(out, canonical ? value->canonical : value->text);
        return;
    case RM_TEXT:
        json_text(out, value->text, canonical, style);
        return;
    case RM_LIST:
    case RM_MAP:
        break;
    }
    igd_buf_byte(out, map ? '{' : '[');
    size_t start = canonical || value->count == 0 ? 0 : rm_draw(style, value->count);
    for (size_t n = 0; n < value->count; n++) {
        /* The order of members means nothing. */
        size_t at = map ? (start + n) % value->count : n;
        igd_buf_puts(out, n == 0 ? "" : spaced ? ", " : ",");
        if (map) {
            json_text(out, value->keys[at], canonical, style);
            igd_buf_puts(out, spaced ? " : " : ":");
        }
        rm_json(out, value->items[at], canonical, style);
    }
    igd_buf_byte(out, map ? '}' : ']');
}

/* ---- YAML ---- */

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t n = 0; n < count; n++)
        if (strcasecmp(text, words[n]) == 0)
            return true;
    return false;
}

/* A word that is text in any YAML, wherever it stands. */
static bool is_word(const char *text)
{
    static const char *const taken[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "y",     "n"};
    for (const char *at = text; *at; at++)
        if (!is_letter(*at))
            return false;
    return *text && !is_one_of(text, taken, IGD_COUNT(taken));
}

/* What a string column takes as it is written, even if YAML sees a number or a bool in it. */
static bool is_plain(const char *text)
{
    static const char *const null = "null";
    size_t len = strlen(text);
    for (const char *at = text; *at; at++)
        if (!is_letter(*at) && !is_digit(*at) &&
            (at == text || (*at != '.' && *at != '_' && *at != '-' && *at != ' ')))
            return false;
    return len > 0 && text[len - 1] != ' ' && !is_one_of(text, &null, 1);
}

static bool is_printable(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if (*at < 0x20 || *at == 0x7F)
            return false;
    return true;
}

static void single_quoted(igd_buf *out, const char *text)
{
    igd_buf_byte(out, '\'');
    for (; *text; text++)
        igd_buf_puts(out, *text == '\'' ? "''" : (const char[]){*text, '\0'});
    igd_buf_byte(out, '\'');
}

static void yaml_text(igd_buf *out, const char *text, rm_type type, uint64_t *style)
{
    char moment[48];
    size_t way = rm_draw(style, 4);
    if (type == RM_T_DATE || type == RM_T_TIME || type == RM_T_DATETIME) {
        text = rm_moment(text, type, style, moment);
        igd_buf_printf(out, way < 2 ? "%s" : "\"%s\"", text);
    } else if (way < 2 && (type == RM_T_STRING ? is_plain(text) : is_word(text))) {
        igd_buf_puts(out, text);
    } else if (way == 2 && is_printable(text)) {
        single_quoted(out, text);
    } else {
        igd_buf_puts(out, type == RM_T_STRING && rm_draw(style, 8) == 0 ? "!!str " : "");
        rm_quote(out, text);
    }
}

void rm_yaml_key(igd_buf *out, const char *key, uint64_t *style)
{
    if (is_word(key) && rm_draw(style, 4))
        igd_buf_puts(out, key);
    else if (is_printable(key) && rm_draw(style, 2))
        single_quoted(out, key);
    else
        rm_quote(out, key);
}

static void yaml_flow(igd_buf *out, const rm_value *value, rm_type type, uint64_t *style)
{
    bool map = value->kind == RM_MAP;
    if (value->kind == RM_TEXT) {
        yaml_text(out, value->text, type, style);
        return;
    }
    if (value->kind != RM_LIST && !map) {
        rm_json(out, value, false, style);
        return;
    }
    rm_type element = rm_is_list(type) || rm_is_map(type) ? rm_element(type) : RM_T_ANY;
    igd_buf_byte(out, map ? '{' : '[');
    for (size_t n = 0; n < value->count; n++) {
        igd_buf_puts(out, n ? ", " : "");
        if (map) {
            rm_yaml_key(out, value->keys[n], style);
            igd_buf_puts(out, ": ");
        }
        yaml_flow(out, value->items[n], element, style);
    }
    igd_buf_byte(out, map ? '}' : ']');
}

/* A text of whole lines without blanks at their start can be a literal block. */
static bool is_block(const char *text)
{
    size_t len = strlen(text);
    if (len < 2 || text[len - 1] != '\n' || text[len - 2] == '\n' || text[0] == '\n' ||
        text[0] == ' ')
        return false;
    for (const char *at = text; *at; at++)
        if ((*at < 0x20 && *at != '\n' && *at >= 0) || *at == 0x7F || (*at == '\n' && at[1] == ' '))
            return false;
    return true;
}

static void block_text(igd_buf *out, const char *text, int indent)
{
    igd_buf_puts(out, "|");
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "\n");
        igd_buf_printf(out, "\n%*s%.*s", len ? indent : 0, "", (int)len, at);
        at += len + 1;
    }
}

void rm_yaml(igd_buf *out, const rm_value *value, rm_type type, int indent, uint64_t *style)
{
    bool map = value->kind == RM_MAP, list = value->kind == RM_LIST;
    if (indent > 0 && value->kind == RM_TEXT && type == RM_T_STRING && is_block(value->text)) {
        block_text(out, value->text, indent);
        return;
    }
    if ((!map && !list) || value->count == 0 || indent == 0 || rm_draw(style, 2)) {
        yaml_flow(out, value, type, style);
        return;
    }
    rm_type element = rm_is_list(type) || rm_is_map(type) ? rm_element(type) : RM_T_ANY;
    for (size_t n = 0; n < value->count; n++) {
        igd_buf_printf(out, "\n%*s", indent, "");
        if (map)
            rm_yaml_key(out, value->keys[n], style);
        igd_buf_puts(out, map ? ": " : "- ");
        if (list && value->items[n]->kind == RM_TEXT)
            yaml_text(out, value->items[n]->text, element, style);
        else
            rm_yaml(out, value->items[n], element, indent + 2, style);
    }
}

void rm_yaml_members(igd_buf *out, const rm_entry *entry, int indent, uint64_t *style)
{
    for (size_t n = 0; n < entry->count; n++) {
        const rm_member *member = &entry->members[n];
        if (n > 0)
            igd_buf_printf(out, "%*s", indent, "");
        rm_yaml_key(out, member->name, style);
        igd_buf_puts(out, ": ");
        rm_yaml(out, member->value, member->type, indent + 2, style);
        igd_buf_byte(out, '\n');
    }
}

/* ---- TOML ---- */

void rm_toml_key(igd_buf *out, const char *key, uint64_t *style)
{
    bool bare = *key != '\0';
    for (const char *at = key; *at; at++)
        bare &= is_letter(*at) || is_digit(*at) || *at == '_' || *at == '-';
    if (bare && rm_draw(style, 4))
        igd_buf_puts(out, key);
    else
        rm_quote(out, key);
}

static void toml_text(igd_buf *out, const char *text, rm_type type, uint64_t *style)
{
    char moment[48];
    size_t way = rm_draw(style, 3);
    if (type == RM_T_DATE || type == RM_T_TIME || type == RM_T_DATETIME) {
        text = rm_moment(text, type, style, moment);
        igd_buf_printf(out, way ? "%s" : "\"%s\"", text);
    } else if (way == 0 && is_printable(text) && !strchr(text, '\'')) {
        igd_buf_printf(out, "'%s'", text);
    } else if (way == 1 && strchr(text, '\n') && !strpbrk(text, "\"\\\r\t\x01\x7F")) {
        igd_buf_printf(out, "\"\"\"\n%s\"\"\"", text);
    } else {
        rm_quote(out, text);
    }
}

void rm_toml(igd_buf *out, const rm_value *value, rm_type type, uint64_t *style)
{
    bool map = value->kind == RM_MAP;
    if (value->kind == RM_TEXT) {
        toml_text(out, value->text, type, style);
        return;
    }
    if (value->kind != RM_LIST && !map) {
        rm_json(out, value, false, style);
        return;
    }
    rm_type element = rm_is_list(type) || rm_is_map(type) ? rm_element(type) : RM_T_ANY;
    igd_buf_puts(out, map ? "{ " : "[");
    for (size_t n = 0; n < value->count; n++) {
        igd_buf_puts(out, n ? ", " : "");
        if (map) {
            rm_toml_key(out, value->keys[n], style);
            igd_buf_puts(out, " = ");
        }
        rm_toml(out, value->items[n], element, style);
    }
    igd_buf_puts(out, map ? " }" : "]");
}
