/*
 * Explicit tags on scalars: `!!str 12` and its like.
 */
#include <openssl/evp.h>

#include "ingitdb/yaml_scalar.h"

#define STANDARD "tag:yaml.org,2002:"

static int not_a(const igd_node *node, const char *what, const char *hint, igd_error *err)
{
    igd_fail(err, IGD_E_INVALID, "'%.*s' is not %s", IGD_STR_ARG(igd_str_sub(node->text, 0, 100)),
             what);
    return igd_hint(err, "%s", hint);
}

/* The class that the text has, whether quoted or not. */
static int apply_class(igd_node *node, igd_str name, igd_arena *mem, igd_error *err)
{
    igd_str text;
    igd_yaml_class class = igd_yaml_classify(node->text, mem, &text);
    if (igd_str_is(name, "null")) {
        if (class != IGD_YAML_NULL)
            return not_a(node, "null", "a value tagged !!null is empty, ~ or null", err);
        node->kind = IGD_NODE_NULL;
        text = (igd_str){0};
    } else if (igd_str_is(name, "bool")) {
        if (class != IGD_YAML_BOOL)
            return not_a(node, "a bool", "write true or false", err);
        node->kind = IGD_NODE_BOOL;
        node->boolean = text.ptr[0] == 't';
    } else if (igd_str_is(name, "int")) {
        if (class != IGD_YAML_INT)
            return not_a(node, "an integer", "correct the value or remove !!int", err);
        node->kind = IGD_NODE_NUMBER;
    } else if (class == IGD_YAML_SPECIAL) {
        node->kind = IGD_NODE_PLAIN; /* .inf and .nan: the column decides */
    } else {
        if (class != IGD_YAML_INT && class != IGD_YAML_FLOAT)
            return not_a(node, "a number", "correct the value or remove !!float", err);
        node->kind = IGD_NODE_NUMBER;
    }
    node->text = text;
    return IGD_OK;
}

/* EVP_DecodeBlock takes '=' anywhere and counts it as data, hence the checks around it. */
static bool decode_base64(igd_str text, igd_arena *mem, igd_str *out)
{
    unsigned char *packed = igd_arena_alloc(mem, text.len + 1);
    size_t len = 0;
    for (size_t n = 0; n < text.len; n++) {
        if (text.ptr[n] != '\n' && text.ptr[n] != '\r')
            packed[len++] = (unsigned char)text.ptr[n];
    }
    size_t padding = 0;
    while (padding < 2 && padding < len && packed[len - 1 - padding] == '=')
        padding++;
    for (size_t n = 0; n < len - padding; n++) {
        if (packed[n] == '=' || packed[n] == ' ' || packed[n] == '\t')
            return false;
    }
    if (len % 4 != 0 || len > INT32_MAX)
        return false;
    unsigned char *bytes = igd_arena_alloc(mem, len / 4 * 3 + 1);
    if (len > 0 && EVP_DecodeBlock(bytes, packed, (int)len) != (int)(len / 4 * 3))
        return false;
    *out = (igd_str){(const char *)bytes, len / 4 * 3 - padding};
    return true;
}

static int apply_binary(igd_node *node, igd_arena *mem, igd_error *err)
{
    igd_str bytes;
    if (!decode_base64(node->text, mem, &bytes))
        return not_a(node, "base64", "correct the value or remove !!binary", err);
    if (!igd_str_is_utf8(bytes))
        return not_a(node, "UTF-8 text in base64",
                     "columns hold text: store the base64 itself, in quotes", err);
    node->kind = IGD_NODE_STRING;
    node->text = bytes;
    return IGD_OK;
}

int igd_yaml_apply_tag(igd_node *node, const char *tag, igd_arena *mem, igd_error *err)
{
    if (strncmp(tag, STANDARD, strlen(STANDARD)) != 0)
        return IGD_OK;
    igd_str name = igd_str_from(tag + strlen(STANDARD));
    if (igd_str_is(name, "str")) {
        node->kind = IGD_NODE_STRING;
        return IGD_OK;
    }
    if (igd_str_is(name, "binary"))
        return apply_binary(node, mem, err);
    if (igd_str_is(name, "timestamp")) {
        if (!igd_yaml_timestamp(node->text, mem, &node->text))
            return not_a(node, "a timestamp", "write it as 2024-01-02T03:04:05Z", err);
        node->kind = IGD_NODE_DATETIME;
        return IGD_OK;
    }
    if (igd_str_is(name, "null") || igd_str_is(name, "bool") || igd_str_is(name, "int") ||
        igd_str_is(name, "float"))
        return apply_class(node, name, mem, err);
    return IGD_OK;
}
