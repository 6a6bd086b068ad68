/*
 * YAML record files; `yml` is the same under another name.
 */
#include "ingitdb/yaml.h"

#include "ingitdb/format.h"
#include "ingitdb/yaml_flat.h"

/* Nothing, comments only, `---` alone or null: all of them are an empty file to yaml.v3. */
static bool is_empty(const igd_node *root)
{
    return !root || root->kind == IGD_NODE_NULL ||
           (root->kind == IGD_NODE_PLAIN && igd_yaml_is_null(root->text));
}

static int parse(const igd_format_input *input, igd_arena *mem, igd_node **out, igd_error *err)
{
    igd_node *root = NULL;
    if (input->record_type == IGD_RECORD_SINGLE && igd_yaml_flat(input->text, mem, out))
        return IGD_OK;
    int code = igd_yaml_parse(input->text, mem, &root, err);
    if (code != IGD_OK)
        return code;
    bool list = input->record_type == IGD_RECORD_LIST;
    igd_node_kind wanted = list ? IGD_NODE_LIST : IGD_NODE_MAP;
    if (is_empty(root)) {
        root = IGD_NEW(mem, igd_node);
        *root = (igd_node){.kind = wanted, .line = 1, .column = 1};
    }
    if (root->kind != wanted) {
        igd_fail(err, IGD_E_INVALID, "a %s instead of a %s at the top", igd_node_kind_name(root),
                 list ? "list" : "map");
        igd_hint(err, list ? "begin each record with '- '" : "write 'field: value' lines");
        err->place.line = root->line;
        err->place.column = root->column;
        return (int)err->code;
    }
    *out = root;
    return IGD_OK;
}

const igd_format igd_format_yaml = {
    .name = "yaml",
    .stores = {[IGD_RECORD_SINGLE] = true, [IGD_RECORD_LIST] = true, [IGD_RECORD_MAP] = true},
    .parse = parse,
};

const igd_format igd_format_yml = {
    .name = "yml",
    .stores = {[IGD_RECORD_SINGLE] = true, [IGD_RECORD_LIST] = true, [IGD_RECORD_MAP] = true},
    .parse = parse,
};
