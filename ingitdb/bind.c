/*
 * Binding a column's value, and what of it can be a key. How a fault is worded is decided here:
 * "column 'tags[2]' is of type int: 'abc' is text".
 */
#include "ingitdb/bind.h"

#include "ingitdb/bind_json.h"
#include "ingitdb/bind_scalar.h"
#include "ingitdb/yaml.h"
#include "schema/canonical.h"
#include "schema/number.h"

enum { LONGEST_NULL = 4 };

bool igd_bind_is_null(const igd_node *node)
{
    if (!node)
        return true;
    switch (node->kind) {
    case IGD_NODE_NULL:
        return true;
    case IGD_NODE_PLAIN:
        return node->text.len <= LONGEST_NULL && igd_yaml_is_null(node->text);
    case IGD_NODE_BOOL:
    case IGD_NODE_NUMBER:
    case IGD_NODE_STRING:
    case IGD_NODE_DATETIME:
    case IGD_NODE_CELL:
    case IGD_NODE_MAP:
    case IGD_NODE_LIST:
        break;
    }
    return false;
}

/* "column 'tags[2]'", "column 'titles.en'". */
static igd_str place_text(const igd_bind_place *place, igd_arena *mem)
{
    igd_str name = place->field ? place->field->name : place->entry->key;
    name = igd_record_excerpt(name, mem);
    if (!place->field)
        return igd_arena_printf(mem, "field '%.*s'", IGD_STR_ARG(name));
    if (place->item >= 0)
        return igd_arena_printf(mem, "column '%.*s[%td]'", IGD_STR_ARG(name), place->item);
    if (place->entry) {
        igd_str key = igd_record_excerpt(place->entry->key, mem);
        return igd_arena_printf(mem, "column '%.*s.%.*s'", IGD_STR_ARG(name), IGD_STR_ARG(key));
    }
    return igd_arena_printf(mem, "column '%.*s'", IGD_STR_ARG(name));
}

/* The type that the value at the place has to have; NULL when there is none to name. */
static const char *place_type(const igd_bind_place *place)
{
    if (!place->field || place->field->type.shape == IGD_ANY)
        return NULL;
    igd_type type = place->field->type;
    if (place->item < 0 && !place->entry)
        return igd_type_name(type);
    return type.element == IGD_JSON ? NULL : igd_kind_name(type.element);
}

static igd_record_issue issue_at(const igd_bind_place *place, const igd_node *node,
                                 const char *code, igd_str hint)
{
    return (igd_record_issue){
        .code = code,
        .line = node->line,
        .column = node->column,
        .field = place->field ? place->field->name : place->entry->key,
        .hint = hint,
    };
}

void igd_bind_report(const igd_binder *binder, const igd_bind_place *place, const igd_node *node,
                     const igd_bind_fault *fault)
{
    if (binder->quiet)
        return;
    igd_record_scope *scope = binder->scope;
    igd_record_issue issue = issue_at(place, node, fault->code, fault->hint);
    igd_str name = place_text(place, scope->mem);
    const char *type = igd_str_is(igd_str_from(fault->code), "type") ? place_type(place) : NULL;
    if (type)
        igd_record_invalid(scope, &issue, "%.*s is of type %s: %.*s", IGD_STR_ARG(name), type,
                           IGD_STR_ARG(fault->reason));
    else
        igd_record_invalid(scope, &issue, "%.*s: %.*s", IGD_STR_ARG(name),
                           IGD_STR_ARG(fault->reason));
}

void igd_bind_report_misread(const igd_binder *binder, const igd_bind_place *place,
                             const igd_node *node, const char *misread)
{
    if (binder->quiet)
        return;
    igd_record_scope *scope = binder->scope;
    igd_str text = igd_record_excerpt(node->text, scope->mem);
    igd_str name = place_text(place, scope->mem);
    igd_str hint = igd_arena_printf(scope->mem, "quote it: '%.*s'", IGD_STR_ARG(text));
    igd_record_issue issue = issue_at(place, node, "unquoted", hint);
    igd_record_warn(scope, &issue, "%.*s is text, but %.*s without quotes is a %s in YAML",
                    IGD_STR_ARG(name), IGD_STR_ARG(text), misread);
}

bool igd_bind_value(const igd_binder *binder, const igd_field *field, const igd_node *node,
                    igd_value *out)
{
    if (field->type.shape != IGD_SCALAR)
        return igd_bind_json(binder, field, node, out);
    igd_bind_place place = {.field = field, .item = -1};
    igd_bind_fault fault = {0};
    const char *misread = NULL;
    if (!igd_bind_scalar(field->type.kind, node, binder->mem, out, &misread, &fault)) {
        igd_bind_report(binder, &place, node, &fault);
        return false;
    }
    if (misread)
        igd_bind_report_misread(binder, &place, node, misread);
    return true;
}

/* ---- keys ---- */

/* An integer as plain digits, however it was written; any length without an exponent. */
static bool integer_text(igd_str number, const igd_binder *binder, igd_str *out)
{
    igd_decimal decimal;
    int64_t integer;
    igd_buf_clear(binder->text);
    if (!igd_decimal_scan(number, &decimal))
        return false;
    if (igd_decimal_int(&decimal, &integer) == IGD_DECIMAL_OK)
        igd_buf_printf(binder->text, "%lld", (long long)integer);
    else if (decimal.fraction.len > 0 || decimal.written != 0 ||
             !igd_canonical_number(number, binder->text))
        return false;
    *out = igd_arena_str(binder->mem, igd_buf_view(binder->text));
    return true;
}

static bool fail_key(const igd_binder *binder, const igd_bind_place *place, const igd_node *node,
                     igd_str reason)
{
    igd_bind_report(binder, place, node,
                    &(igd_bind_fault){
                        .code = "key",
                        .reason = reason,
                        .hint = IGD_STR("keys are texts, integers or booleans"),
                    });
    return false;
}

/* What a node is by itself, as a key. */
static bool untyped_key(const igd_binder *binder, const igd_bind_place *place,
                        const igd_node *given, igd_str *out)
{
    igd_node node;
    igd_bind_fault fault;
    igd_value value;
    if (!igd_bind_resolve(given, binder->mem, &node, &fault)) {
        igd_bind_report(binder, place, given, &fault);
        return false;
    }
    switch (node.kind) {
    case IGD_NODE_STRING:
    case IGD_NODE_CELL:
    case IGD_NODE_PLAIN:
        if (igd_bind_check_text(node.text, &fault)) {
            *out = node.text;
            return true;
        }
        igd_bind_report(binder, place, given, &fault);
        return false;
    case IGD_NODE_BOOL:
        *out = igd_str_from(node.boolean ? "true" : "false");
        return true;
    case IGD_NODE_NUMBER:
        if (integer_text(node.text, binder, out))
            return true;
        return fail_key(binder, place, given, IGD_STR("a number with a fraction cannot be a key"));
    case IGD_NODE_DATETIME:
        if (igd_bind_timestamp(&node, binder->mem, &value, &fault)) {
            *out = value.text;
            return true;
        }
        break;
    case IGD_NODE_NULL:
    case IGD_NODE_MAP:
    case IGD_NODE_LIST:
        break;
    }
    igd_str reason =
        igd_arena_printf(binder->scope->mem, "a %s cannot be a key", igd_node_kind_name(&node));
    return fail_key(binder, place, given, reason);
}

bool igd_bind_key(const igd_binder *binder, const igd_field *field, const igd_node *node,
                  const igd_value *value, igd_str *out)
{
    igd_bind_place place = {.field = field, .item = -1};
    switch (value->kind) {
    case IGD_STRING:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
        *out = value->text;
        return true;
    case IGD_INT:
    case IGD_BOOL:
        *out = igd_value_text(value, binder->mem);
        return true;
    case IGD_FLOAT:
        if (integer_text(value->text, binder, out))
            return true;
        return fail_key(binder, &place, node, IGD_STR("a number with a fraction cannot be a key"));
    case IGD_JSON:
        return untyped_key(binder, &place, node, out);
    case IGD_NULL:
    case IGD_RAW:
        break;
    }
    return fail_key(binder, &place, node, IGD_STR("it cannot be a key"));
}

bool igd_bind_undeclared_key(const igd_binder *binder, const igd_member *member, igd_str *out)
{
    igd_bind_place place = {.entry = member, .item = -1};
    return untyped_key(binder, &place, member->value, out);
}
