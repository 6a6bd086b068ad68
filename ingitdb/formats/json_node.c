/*
 * JSON events into nodes. The members of open containers wait on one stack; a container that closes
 * takes its own from the top, as an array of exactly their number.
 */
#include "ingitdb/formats/json_node.h"

#include <stdlib.h>

#include "base/json_read.h"

#define FIRST_MEMBERS (size_t)64

/* A container that is still open. */
typedef struct level {
    igd_node *node;
    size_t base; /* its first member on the stack */
} level;

typedef struct build {
    igd_json_nodes *nodes;
    igd_json_reader reader;
    uint32_t line, column; /* of the first byte of the text */
    level levels[IGD_FORMAT_DEPTH];
    size_t depth;
    igd_node *root;
} build;

void igd_json_nodes_free(igd_json_nodes *nodes)
{
    free(nodes->open);
    nodes->open = NULL;
    nodes->len = nodes->cap = 0;
}

static uint32_t line_of(const build *b)
{
    return b->line + b->reader.line - 1;
}

static uint32_t column_of(const build *b)
{
    return b->reader.line == 1 ? b->column + b->reader.column - 1 : b->reader.column;
}

static igd_member *push(igd_json_nodes *nodes)
{
    if (nodes->len == nodes->cap) {
        nodes->cap = nodes->cap ? nodes->cap * 2 : FIRST_MEMBERS;
        nodes->open = igd_xrealloc(nodes->open, nodes->cap * sizeof(*nodes->open));
    }
    return &nodes->open[nodes->len++];
}

/* A node at the current event, attached to the innermost container. */
static igd_node *add_node(build *b, igd_node_kind kind)
{
    igd_node *node = igd_arena_alloc(b->nodes->mem, sizeof(*node));
    *node = (igd_node){.kind = kind, .line = line_of(b), .column = column_of(b)};
    if (b->depth == 0)
        b->root = node;
    else if (b->levels[b->depth - 1].node->kind == IGD_NODE_MAP)
        b->nodes->open[b->nodes->len - 1].value = node;
    else
        push(b->nodes)->value = node;
    return node;
}

static void add_key(build *b)
{
    *push(b->nodes) = (igd_member){
        .key = b->reader.text,
        .line = line_of(b),
        .column = column_of(b),
    };
}

/* The reader has checked the depth. */
static void open_container(build *b, igd_node_kind kind)
{
    igd_node *node = add_node(b, kind);
    b->levels[b->depth++] = (level){.node = node, .base = b->nodes->len};
}

static void close_list(igd_json_nodes *nodes, igd_node *node, const igd_member *items)
{
    node->items = igd_arena_alloc(nodes->mem, node->count * sizeof(igd_node *));
    for (size_t n = 0; n < node->count; n++)
        node->items[n] = items[n].value;
}

static int close_map(igd_json_nodes *nodes, igd_node *node, igd_member *members, igd_error *err)
{
    const igd_member *first;
    const igd_member *twice =
        igd_keys_duplicate(nodes->mem, &nodes->keys, members, node->count, &first);
    if (twice) {
        IGD_TEXT_FAIL(err, twice->line, twice->column, "key '%.*s' appears twice in one object",
                      IGD_STR_ARG(twice->key));
        return igd_hint(err, "it is already at line %u, column %u", first->line, first->column);
    }
    node->members = igd_arena_alloc(nodes->mem, node->count * sizeof(igd_member));
    memcpy(node->members, members, node->count * sizeof(igd_member));
    return IGD_OK;
}

static int close_container(build *b, igd_error *err)
{
    igd_json_nodes *nodes = b->nodes;
    level top = b->levels[--b->depth];
    top.node->count = nodes->len - top.base;
    nodes->len = top.base;
    if (top.node->count == 0)
        return IGD_OK;
    igd_member *members = &nodes->open[top.base];
    if (top.node->kind == IGD_NODE_MAP)
        return close_map(nodes, top.node, members, err);
    close_list(nodes, top.node, members);
    return IGD_OK;
}

/* What people write who take another language for JSON. */
static int fail_syntax(const build *b, igd_error *err)
{
    igd_str at = igd_json_rest(&b->reader);
    IGD_TEXT_FAIL(err, line_of(b), column_of(b), "%s", b->reader.error);
    if (strcmp(b->reader.error, "nested too deeply") == 0)
        return igd_hint(err, IGD_FORMAT_DEPTH_HINT);
    if (strcmp(b->reader.error, "invalid UTF-8") == 0)
        return igd_hint(err, "save the file as UTF-8");
    if (strcmp(b->reader.error, "lone surrogate") == 0)
        return igd_hint(err, "write the character itself, or both \\u escapes of its pair");
    if (at.len == 0)
        return igd_hint(err, "something is missing at the end: was the file saved completely?");
    switch (at.ptr[0]) {
    case '\xFE':
    case '\xFF':
        return igd_hint(err, "this looks like UTF-16: save the file as UTF-8");
    case '/':
    case '#':
        return igd_hint(err, "JSON has no comments");
    case '\'':
        return igd_hint(err, "JSON strings stand in double quotes");
    case 'N':
    case 'I':
        return igd_hint(err, "JSON has no NaN, Infinity or None; write null");
    case 'T':
    case 'F':
        return igd_hint(err, "true and false are written in lower case");
    default:
        return igd_text_hint_conflict(err, at);
    }
}

static int handle_event(build *b, igd_error *err)
{
    switch (b->reader.event) {
    case IGD_JSON_NULL:
        add_node(b, IGD_NODE_NULL);
        break;
    case IGD_JSON_TRUE:
    case IGD_JSON_FALSE:
        add_node(b, IGD_NODE_BOOL)->boolean = b->reader.event == IGD_JSON_TRUE;
        break;
    case IGD_JSON_NUMBER:
        add_node(b, IGD_NODE_NUMBER)->text = b->reader.text;
        break;
    case IGD_JSON_STRING:
        add_node(b, IGD_NODE_STRING)->text = b->reader.text;
        break;
    case IGD_JSON_KEY:
        add_key(b);
        break;
    case IGD_JSON_OBJECT_START:
        open_container(b, IGD_NODE_MAP);
        break;
    case IGD_JSON_ARRAY_START:
        open_container(b, IGD_NODE_LIST);
        break;
    case IGD_JSON_OBJECT_END:
    case IGD_JSON_ARRAY_END:
        return close_container(b, err);
    case IGD_JSON_ERROR:
        return fail_syntax(b, err);
    case IGD_JSON_END:
        break;
    }
    return IGD_OK;
}

int igd_json_nodes_read(igd_json_nodes *nodes, igd_str text, uint32_t line, uint32_t column,
                        igd_node **out, igd_str *rest, igd_error *err)
{
    /* The reader would skip one in front of every value. */
    if (igd_str_starts(text, IGD_STR("\xEF\xBB\xBF")))
        return IGD_TEXT_FAIL(err, line, column, "byte order mark inside the file");
    build b;
    b.nodes = nodes;
    b.line = line;
    b.column = column;
    b.depth = 0;
    b.root = NULL;
    nodes->len = 0;
    igd_json_reader_init(&b.reader, text, nodes->mem, IGD_FORMAT_DEPTH);
    if (rest)
        igd_json_allow_rest(&b.reader);
    while (igd_json_next(&b.reader) != IGD_JSON_END) {
        int code = handle_event(&b, err);
        if (code)
            return code;
    }
    *out = b.root;
    if (rest)
        *rest = igd_json_rest(&b.reader);
    return IGD_OK;
}
