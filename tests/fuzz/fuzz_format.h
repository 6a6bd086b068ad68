/*
 * What holds for every format: an error is IGD_E_INVALID with a message and a place inside the
 * file; a tree is as deep as allowed, has places inside the file, UTF-8 texts, numbers in JSON's
 * grammar, and no key twice in a map.
 */
#ifndef IGD_FUZZ_FORMAT_H
#define IGD_FUZZ_FORMAT_H

#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "base/map.h"
#include "ingitdb/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

static size_t count_lines(igd_str text)
{
    size_t lines = 1;
    for (size_t n = 0; n < text.len; n++)
        lines += text.ptr[n] == '\n';
    return lines;
}

static void check_number(igd_str text, igd_arena *mem)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, text, mem, 1);
    require(igd_json_next(&reader) == IGD_JSON_NUMBER && igd_str_eq(reader.text, text) &&
                igd_json_next(&reader) == IGD_JSON_END,
            "numbers are written as in JSON");
}

static void check_node(const igd_node *node, size_t depth, size_t lines, igd_arena *mem)
{
    bool map = node->kind == IGD_NODE_MAP;
    require(node->line >= 1 && node->line <= lines && node->column >= 1, "a node is in the file");
    if (!map && node->kind != IGD_NODE_LIST) {
        require(igd_str_is_utf8(node->text), "texts are UTF-8");
        if (node->kind == IGD_NODE_NUMBER)
            check_number(node->text, mem);
        return;
    }
    require(depth < IGD_FORMAT_DEPTH, "the tree is not too deep");
    IGD_CLEANUP_PTR(igd_map) igd_map *keys = map ? igd_map_new() : NULL;
    for (size_t n = 0; n < node->count; n++) {
        if (map) {
            const igd_member *member = &node->members[n];
            require(igd_str_is_utf8(member->key), "keys are UTF-8");
            require(member->line >= 1 && member->line <= lines, "a key is in the file");
            require(!igd_map_put(keys, member->key, &keys), "no key is there twice");
        }
        check_node(map ? node->members[n].value : node->items[n], depth + 1, lines, mem);
    }
}

/* One parse of the input as the type, if the format stores it; true when it was accepted. */
static bool fuzz_format(const igd_format *format, igd_record_type type, igd_str text,
                        const igd_str_list *columns_order)
{
    if (!format->stores[type])
        return false;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_problems warnings = IGD_PROBLEMS_INIT(mem);
    igd_format_input input = {
        .text = text,
        .record_type = type,
        .columns_order = columns_order,
        .warnings = &warnings,
    };
    igd_error err = IGD_ERROR_INIT;
    igd_node *root = NULL;
    size_t lines = count_lines(text);
    int code = format->parse(&input, mem, &root, &err);
    require(warnings.len <= 2 && warnings.len == warnings.warnings, "there are few warnings");
    if (code) {
        require(code == IGD_E_INVALID && err.code == IGD_E_INVALID, "errors are INVALID");
        require(err.message[0] != '\0' && !root, "an error has a message and no result");
        require(err.place.line <= lines, "an error is in the file");
        return false;
    }
    require(root->kind == (type == IGD_RECORD_LIST ? IGD_NODE_LIST : IGD_NODE_MAP),
            "the record type decides the kind of the root");
    check_node(root, 0, lines, mem);
    return true;
}

#endif
