/*
 * JSON Lines: one object on each line; blank lines are skipped.
 */
#include "ingitdb/formats/json_node.h"

typedef IGD_LIST(igd_node *) row_list;

static int parse_line(igd_json_nodes *nodes, igd_str line, uint32_t number, igd_node **out,
                      igd_error *err)
{
    igd_str value = igd_str_trim(line);
    *out = NULL;
    if (value.len == 0)
        return IGD_OK;
    uint32_t column = (uint32_t)(value.ptr - line.ptr) + 1;
    igd_node *row;
    int code = igd_json_nodes_read(nodes, value, number, column, &row, NULL, err);
    if (code)
        return code;
    if (row->kind != IGD_NODE_MAP)
        return IGD_TEXT_FAIL(err, number, column, "every line has to be one object");
    *out = row;
    return IGD_OK;
}

static int parse_jsonl(const igd_format_input *input, igd_arena *mem, igd_node **out,
                       igd_error *err)
{
    igd_str rest, line;
    int code = igd_text_start(input->text, &rest, err);
    if (code)
        return code;
    IGD_CLEANUP(igd_json_nodes)
    igd_json_nodes nodes = IGD_JSON_NODES_INIT(mem);
    row_list rows = {0};
    for (uint32_t number = 1; igd_str_split(&rest, '\n', &line); number++) {
        igd_node *row;
        code = parse_line(&nodes, line, number, &row, err);
        if (code)
            return code;
        if (row)
            IGD_PUSH(mem, &rows, row);
    }
    igd_node *list = IGD_NEW(mem, igd_node);
    *list = (igd_node){.kind = IGD_NODE_LIST, .line = 1, .column = 1};
    list->items = rows.items;
    list->count = rows.len;
    *out = list;
    return IGD_OK;
}

const igd_format igd_format_jsonl = {
    .name = "jsonl",
    .stores = {[IGD_RECORD_LIST] = true},
    .parse = parse_jsonl,
};
