/*
 * enum: a member is read as a record's value of that column would be (D11), so that `enum: [01,
 * 02]` of a string column allows the texts "01" and "02".
 */
#include "ingitdb/column_enum.h"

#include "base/json_write.h"
#include "base/map.h"
#include "ingitdb/scalars.h"
#include "ingitdb/yaml.h"
#include "schema/canonical.h"

typedef struct enum_reader {
    const igd_reporter *reporter;
    igd_spot spot;
    igd_arena *mem;
    igd_field *field;
    igd_map *seen; /* canonical texts */
} enum_reader;

/* ---- values of one type ---- */

static igd_node resolved(const igd_node *node, igd_arena *mem, bool *special)
{
    igd_node out = *node;
    *special = false;
    if (node->kind == IGD_NODE_PLAIN)
        igd_yaml_resolve(node, mem, &out, special);
    return out;
}

/* A member of a column without a fixed type as JSON. NULL, or why it is none. */
static const char *write_json(igd_json *json, const igd_node *node, igd_arena *mem)
{
    bool special;
    igd_node plain = resolved(node, mem, &special);
    const char *why = special ? "is not a finite number" : NULL;
    switch (plain.kind) {
    case IGD_NODE_NULL:
        igd_json_null(json);
        return NULL;
    case IGD_NODE_BOOL:
        igd_json_bool(json, plain.boolean);
        return NULL;
    case IGD_NODE_NUMBER:
        igd_json_raw(json, plain.text);
        return NULL;
    case IGD_NODE_LIST:
        igd_json_array(json);
        for (size_t n = 0; n < plain.count && !why; n++)
            why = write_json(json, plain.items[n], mem);
        igd_json_end(json);
        return why;
    case IGD_NODE_MAP:
        igd_json_object(json);
        for (size_t n = 0; n < plain.count && !why; n++) {
            igd_json_key(json, plain.members[n].key);
            why = write_json(json, plain.members[n].value, mem);
        }
        igd_json_end(json);
        return why;
    case IGD_NODE_STRING:
    case IGD_NODE_DATETIME:
    case IGD_NODE_PLAIN:
    case IGD_NODE_CELL:
        break;
    }
    igd_json_string(json, plain.text);
    return why;
}

static const char *json_value(const igd_node *node, igd_arena *mem, igd_value *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_json json = igd_json_to(&text);
    const char *why = write_json(&json, node, mem);
    if (!why)
        why = igd_canonical_json(igd_buf_view(&text), mem, &out->text);
    out->kind = IGD_JSON;
    return why;
}

static const char *bool_value(const igd_node *node, igd_arena *mem, igd_value *out)
{
    bool special;
    igd_node plain = resolved(node, mem, &special);
    if (plain.kind != IGD_NODE_BOOL)
        return "is not true or false";
    *out = igd_value_bool(plain.boolean);
    return NULL;
}

static const char *number_value(const enum_reader *e, const igd_node *node, igd_value *out)
{
    igd_str text;
    if (!igd_node_number(node, e->mem, &text))
        return "is not a number";
    if (e->field->type.kind == IGD_FLOAT)
        return igd_value_parse(IGD_FLOAT, text, e->mem, out);
    int64_t number;
    if (!igd_node_int(node, e->mem, &number))
        return "is not an integer";
    *out = igd_value_int(number);
    return NULL;
}

static const char *string_value(const enum_reader *e, igd_spot spot, const igd_node *node,
                                igd_value *out)
{
    if (node->kind != IGD_NODE_STRING && node->kind != IGD_NODE_PLAIN)
        return "is not text";
    bool special;
    igd_node plain = resolved(node, e->reporter->scratch, &special);
    if (special || plain.kind != IGD_NODE_STRING)
        igd_report_warning(e->reporter, spot, "enum", IGD_STR("put it in quotes"),
                           "member '%.*s' in enum of string column '%.*s' is taken as text",
                           IGD_STR_ARG(node->text), IGD_STR_ARG(e->field->name));
    *out = igd_value_string(node->text);
    return NULL;
}

static const char *value_of(const enum_reader *e, igd_spot spot, const igd_node *node,
                            igd_value *out)
{
    igd_kind kind = e->field->type.kind;
    if (kind == IGD_JSON)
        return json_value(node, e->mem, out);
    if (node->kind == IGD_NODE_MAP || node->kind == IGD_NODE_LIST)
        return "is not a single value";
    if (kind == IGD_BOOL)
        return bool_value(node, e->mem, out);
    if (kind == IGD_INT || kind == IGD_FLOAT)
        return number_value(e, node, out);
    if (kind == IGD_STRING)
        return string_value(e, spot, node, out);
    if (node->kind == IGD_NODE_NUMBER || node->kind == IGD_NODE_BOOL)
        return "is not text";
    return igd_value_parse(kind, node->text, e->mem, out);
}

/* A list or map column: the reference compares the whole value with each member. */
static bool has_shape(igd_type type, const igd_node *node)
{
    return !(type.shape == IGD_LIST && node->kind != IGD_NODE_LIST) &&
           !(type.shape == IGD_MAP && node->kind != IGD_NODE_MAP);
}

/* ---- the list ---- */

static void read_member(enum_reader *e, const igd_node *node)
{
    igd_spot spot = igd_spot_of(e->spot, node);
    igd_value value = {0};
    if (igd_node_is_null(node)) {
        igd_report_warning(e->reporter, spot, "enum", IGD_STR("remove it"),
                           "a null in enum of column '%.*s' has no effect: null is no value",
                           IGD_STR_ARG(e->field->name));
        return;
    }
    const char *why = has_shape(e->field->type, node) ? value_of(e, spot, node, &value)
                                                      : "has not the column's shape";
    if (why) {
        bool scalar = node->kind != IGD_NODE_MAP && node->kind != IGD_NODE_LIST;
        igd_report_error(e->reporter, spot, "enum",
                         IGD_STR("every member must be a value of the column's type"),
                         "member '%.*s' in enum of column '%.*s' (type %s) %s",
                         IGD_STR_ARG(scalar ? node->text : igd_str_from(igd_node_kind_name(node))),
                         IGD_STR_ARG(e->field->name), igd_type_name(e->field->type), why);
        return;
    }
    if (igd_map_put(e->seen, igd_value_text(&value, e->reporter->scratch), e)) {
        igd_report_warning(e->reporter, spot, "enum", IGD_STR("remove it"),
                           "a member in enum of column '%.*s' is there twice",
                           IGD_STR_ARG(e->field->name));
        return;
    }
    IGD_PUSH(e->mem, &e->field->allowed, igd_value_copy(&value, e->mem));
}

void igd_column_enum_read(const igd_reporter *reporter, igd_spot spot, const igd_node *node,
                          igd_arena *mem, igd_field *field)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *seen = igd_map_new();
    enum_reader e = {reporter, spot, mem, field, seen};
    if (node->kind != IGD_NODE_LIST) {
        igd_report_error(reporter, spot, "enum", IGD_STR("write a list of the allowed values"),
                         "enum of column '%.*s' is not a list but a %s", IGD_STR_ARG(field->name),
                         igd_node_kind_name(node));
        return;
    }
    if (node->count == 0)
        igd_report_warning(reporter, spot, "enum", IGD_STR("remove it, or list the allowed values"),
                           "enum of column '%.*s' is empty and has no effect",
                           IGD_STR_ARG(field->name));
    for (size_t n = 0; n < node->count; n++)
        read_member(&e, node->items[n]);
}
