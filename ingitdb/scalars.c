/*
 * Scalars of definitions: text, numbers and integers.
 */
#include "ingitdb/scalars.h"

#include "ingitdb/yaml.h"
#include "schema/value.h"

bool igd_node_is_null(const igd_node *node)
{
    return !node || node->kind == IGD_NODE_NULL ||
           (node->kind == IGD_NODE_PLAIN && igd_yaml_is_null(node->text));
}

bool igd_node_scalar(const igd_node *node, igd_str *out)
{
    if (node && (node->kind == IGD_NODE_MAP || node->kind == IGD_NODE_LIST))
        return false;
    *out = igd_node_is_null(node) ? IGD_STR("") : node->text;
    return true;
}

bool igd_node_number(const igd_node *node, igd_arena *mem, igd_str *out)
{
    igd_node number = *node;
    bool special = false;
    if (node->kind == IGD_NODE_PLAIN)
        igd_yaml_resolve(node, mem, &number, &special);
    if (special || number.kind != IGD_NODE_NUMBER)
        return false;
    *out = number.text;
    return true;
}

bool igd_node_int(const igd_node *node, igd_arena *mem, int64_t *out)
{
    igd_str text;
    igd_value value;
    if (!igd_node_number(node, mem, &text))
        return false;
    if (!igd_value_parse(IGD_INT, text, mem, &value)) {
        *out = value.integer;
        return true;
    }
    /* Not an integer as written, but perhaps by value: 5.0, 1e3. */
    if (igd_value_parse(IGD_FLOAT, text, mem, &value) || value.number < -9007199254740992.0 ||
        value.number > 9007199254740992.0 || (double)(int64_t)value.number != value.number)
        return false;
    *out = (int64_t)value.number;
    return true;
}
