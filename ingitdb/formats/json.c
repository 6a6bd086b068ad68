/*
 * JSON (decisions D13 and D14): one object, a list of objects, or an object of objects.
 */
#include "ingitdb/formats/json_node.h"

static const char *name_of(const igd_node *node)
{
    switch (node->kind) {
    case IGD_NODE_NULL:
        return "null";
    case IGD_NODE_BOOL:
        return "a boolean";
    case IGD_NODE_NUMBER:
        return "a number";
    case IGD_NODE_MAP:
        return "an object";
    case IGD_NODE_LIST:
        return "an array";
    case IGD_NODE_STRING:
    case IGD_NODE_DATETIME:
    case IGD_NODE_PLAIN:
    case IGD_NODE_CELL:
        break;
    }
    return "a string";
}

/* An object, or null, which becomes an empty one as it does for Go. */
static int want_object(igd_node *node, const char *what, igd_error *err)
{
    if (node->kind == IGD_NODE_NULL)
        *node = (igd_node){.kind = IGD_NODE_MAP, .line = node->line, .column = node->column};
    if (node->kind == IGD_NODE_MAP)
        return IGD_OK;
    IGD_TEXT_FAIL(err, node->line, node->column, "%s has to be an object, not %s", what,
                  name_of(node));
    return igd_hint(err, "write it as {\"column\": value, ...}");
}

static int check_shape(igd_record_type type, igd_node *root, igd_error *err)
{
    int code = IGD_OK;
    switch (type) {
    case IGD_RECORD_SINGLE:
        code = want_object(root, "the record", err);
        break;
    case IGD_RECORD_LIST:
        if (root->kind == IGD_NODE_LIST)
            break;
        IGD_TEXT_FAIL(err, root->line, root->column, "an array of records expected, not %s",
                      name_of(root));
        return igd_hint(err, "a file of type []map[string]any is [{...}, {...}]");
    case IGD_RECORD_MAP:
        if (root->kind != IGD_NODE_MAP) {
            IGD_TEXT_FAIL(err, root->line, root->column, "an object of records expected, not %s",
                          name_of(root));
            return igd_hint(err, "every record stands under its key: {\"key\": {...}}");
        }
        for (size_t n = 0; n < root->count && !code; n++) {
            code = want_object(root->members[n].value, "every record", err);
            if (code)
                igd_error_prefix(err, "key '%.*s'", IGD_STR_ARG(root->members[n].key));
        }
        break;
    }
    return code;
}

static int parse_empty(igd_record_type type, igd_arena *mem, igd_node **out, igd_error *err)
{
    if (type != IGD_RECORD_LIST) {
        IGD_TEXT_FAIL(err, 1, 1, "file is empty, an object expected");
        return igd_hint(err, "no data is written as {}");
    }
    *out = IGD_NEW(mem, igd_node);
    **out = (igd_node){.kind = IGD_NODE_LIST, .line = 1, .column = 1};
    return IGD_OK;
}

static int parse_json(const igd_format_input *input, igd_arena *mem, igd_node **out, igd_error *err)
{
    igd_str text;
    int code = igd_text_start(input->text, &text, err);
    if (code)
        return code;
    if (igd_text_is_blank(text))
        return parse_empty(input->record_type, mem, out, err);
    IGD_CLEANUP(igd_json_nodes)
    igd_json_nodes nodes = IGD_JSON_NODES_INIT(mem);
    igd_node *root;
    code = igd_json_nodes_read(&nodes, text, 1, 1, &root, NULL, err);
    if (!code)
        code = check_shape(input->record_type, root, err);
    if (!code)
        *out = root;
    return code;
}

const igd_format igd_format_json = {
    .name = "json",
    .stores = {[IGD_RECORD_SINGLE] = true, [IGD_RECORD_LIST] = true, [IGD_RECORD_MAP] = true},
    .parse = parse_json,
};
