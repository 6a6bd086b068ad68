/*
 * Finding a field's place by reading a file once more.
 */
#include "ingitdb/record_place.h"

static bool any_column(const void *payload IGD_UNUSED, igd_str name IGD_UNUSED)
{
    return true;
}

igd_parsed_file igd_record_parse(const igd_definition *definition, igd_str path, igd_str bytes,
                                 igd_arena *mem)
{
    igd_problems ignored = IGD_PROBLEMS_INIT(mem);
    igd_error err = IGD_ERROR_INIT;
    igd_node *root = NULL;
    igd_format_input input = {.text = bytes,
                              .record_type = definition->model.record_type,
                              .columns_order = &definition->columns_order,
                              .content_field = definition->content_field,
                              .has_column = any_column,
                              .warnings = &ignored};
    if (definition->format->parse(&input, mem, &root, &err) != IGD_OK)
        root = NULL;
    return (igd_parsed_file){definition, path, root};
}

static const igd_node *find_record(const igd_parsed_file *file, uint32_t line)
{
    const igd_node *root = file->root;
    switch (file->definition->model.record_type) {
    case IGD_RECORD_SINGLE:
        return root;
    case IGD_RECORD_LIST:
        for (size_t n = 0; root && root->kind == IGD_NODE_LIST && n < root->count; n++)
            if (root->items[n]->line == line)
                return root->items[n];
        break;
    case IGD_RECORD_MAP:
        for (size_t n = 0; root && root->kind == IGD_NODE_MAP && n < root->count; n++)
            if (root->members[n].line == line)
                return root->members[n].value;
        break;
    }
    return NULL;
}

bool igd_record_place(const igd_parsed_file *file, uint32_t record_line, igd_str field,
                      uint32_t *line, uint32_t *column)
{
    const igd_node *record = find_record(file, record_line);
    if (!record || record->kind != IGD_NODE_MAP)
        return false;
    const igd_node *value = igd_node_get(record, field);
    if (!value || value->line == 0)
        return false;
    *line = value->line;
    *column = value->column;
    return true;
}
