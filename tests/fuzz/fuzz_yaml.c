/*
 * Fuzzes the YAML reader. What it accepts keeps the limits and has no duplicate keys, and each
 * plain scalar has a meaning whose text is what its kind promises; what it refuses has a place
 * inside the input. What the short way takes (yaml_flat) is what libyaml makes of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "ingitdb/format.h"
#include "ingitdb/yaml.h"
#include "ingitdb/yaml_flat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

static bool is_json_number(igd_str text, igd_arena *mem)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, text, mem, 1);
    return igd_json_next(&reader) == IGD_JSON_NUMBER && igd_json_next(&reader) == IGD_JSON_END;
}

static void check_plain(const igd_node *plain, igd_arena *mem)
{
    igd_node out, again;
    bool special = false, special_again;
    igd_yaml_resolve(plain, mem, &out, &special);
    require(!special || out.kind == IGD_NODE_STRING, "special values are text");
    if (out.kind == IGD_NODE_STRING)
        require(igd_str_eq(out.text, plain->text), "text is as written");
    if (out.kind == IGD_NODE_NUMBER)
        require(is_json_number(out.text, mem), "numbers are JSON");
    if (out.kind == IGD_NODE_DATETIME && out.text.len == 10) {
        igd_yaml_resolve(&out, mem, &again, &special_again);
        require(again.kind == out.kind && igd_str_eq(again.text, out.text),
                "a date written in full is itself");
    }
}

static void walk(const igd_node *node, unsigned depth, size_t *nodes, igd_arena *mem)
{
    require(++*nodes <= IGD_FORMAT_NODES, "limit of values");
    require(node->line > 0 && node->column > 0, "each node has a place");
    if (node->kind == IGD_NODE_MAP || node->kind == IGD_NODE_LIST)
        require(depth < IGD_FORMAT_DEPTH, "limit of depth");
    else if (node->kind != IGD_NODE_NULL)
        require(igd_str_is_utf8(node->text), "text is UTF-8");

    switch (node->kind) {
    case IGD_NODE_NUMBER:
        require(is_json_number(node->text, mem), "tagged numbers are JSON");
        break;
    case IGD_NODE_PLAIN:
        check_plain(node, mem);
        break;
    case IGD_NODE_MAP:
        for (size_t n = 0; n < node->count; n++) {
            const igd_member *member = &node->members[n];
            require(igd_node_member(node, member->key) == member, "keys are unique");
            walk(member->value, depth + 1, nodes, mem);
        }
        break;
    case IGD_NODE_LIST:
        for (size_t n = 0; n < node->count; n++)
            walk(node->items[n], depth + 1, nodes, mem);
        break;
    case IGD_NODE_NULL:
    case IGD_NODE_BOOL:
    case IGD_NODE_STRING:
    case IGD_NODE_DATETIME:
        break;
    case IGD_NODE_CELL:
        require(false, "cells are of CSV");
        break;
    }
}

static bool same_place(const igd_node *a, const igd_node *b)
{
    return a->line == b->line && a->column == b->column;
}

static void check_flat(const igd_node *flat, const igd_node *root)
{
    require(root && root->kind == IGD_NODE_MAP && flat->kind == IGD_NODE_MAP &&
                same_place(root, flat) && root->count == flat->count,
            "a flat map is one");
    for (size_t n = 0; n < root->count; n++) {
        const igd_member *a = &flat->members[n], *b = &root->members[n];
        require(igd_str_eq(a->key, b->key) && a->line == b->line && a->column == b->column,
                "flat keys are the same");
        require(a->value->kind == b->value->kind && same_place(a->value, b->value) &&
                    igd_str_eq(a->value->text, b->value->text),
                "flat values are the same");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str text = {(const char *)data, size};
    igd_node *root = NULL, *flat = NULL;
    bool is_flat = igd_yaml_flat(text, mem, &flat);
    igd_error err = IGD_ERROR_INIT;
    int code = igd_yaml_parse(text, mem, &root, &err);
    require(!is_flat || code == IGD_OK, "what is flat is YAML");
    if (is_flat)
        check_flat(flat, root);
    if (code == IGD_OK) {
        size_t nodes = 0;
        if (root)
            walk(root, 0, &nodes, mem);
        return 0;
    }
    require(code == IGD_E_INVALID && err.code == IGD_E_INVALID && err.message[0] != '\0',
            "errors say what is wrong");
    require(err.place.line <= size + 1 && err.place.column <= size + 1, "errors are in the input");
    bool utf16 = size >= 2 && (data[0] ^ data[1]) == 1 && data[0] >= 0xFE;
    require(utf16 || (err.place.line > 0 && err.place.column > 0), "errors have a place");
    return 0;
}
