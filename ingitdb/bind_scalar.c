/*
 * Scalars. The order is that of D11: what the format typed stays so, a plain scalar becomes what
 * the column asks for, and only without a column's type what YAML says.
 */
#include "ingitdb/bind_scalar.h"

#include "ingitdb/record_scope.h"
#include "ingitdb/yaml.h"

bool igd_bind_check_text(igd_str text, igd_bind_fault *fault)
{
    if (text.len == 0 || !memchr(text.ptr, 0, text.len))
        return true;
    *fault = (igd_bind_fault){
        .code = "nul",
        .reason = IGD_STR("the text has a NUL character"),
        .hint = IGD_STR("no target can hold it"),
    };
    return false;
}

/* "'5' is a number", "it is a map". */
static igd_str describe(const igd_node *node, igd_arena *mem)
{
    const char *kind = igd_node_kind_name(node);
    const char *article = node->kind == IGD_NODE_STRING ? "" : "a ";
    if (node->kind == IGD_NODE_MAP || node->kind == IGD_NODE_LIST)
        return igd_arena_printf(mem, "it is a %s", kind);
    igd_str text = node->kind == IGD_NODE_BOOL ? igd_str_from(node->boolean ? "true" : "false")
                                               : igd_record_excerpt(node->text, mem);
    return igd_arena_printf(mem, "'%.*s' is %s%s", IGD_STR_ARG(text), article, kind);
}

static igd_str hint_for(igd_kind kind, const igd_node *node, igd_arena *mem)
{
    igd_value value;
    if (kind == IGD_STRING && node->kind != IGD_NODE_MAP && node->kind != IGD_NODE_LIST)
        return IGD_STR("write it in quotes");
    if (kind == IGD_DATE || kind == IGD_TIME || kind == IGD_DATETIME)
        return (igd_str){0};
    if (node->kind == IGD_NODE_STRING && !igd_value_parse(kind, node->text, mem, &value))
        return IGD_STR("write it without quotes");
    if (kind == IGD_BOOL && node->kind == IGD_NODE_STRING)
        return IGD_STR("write true or false");
    return (igd_str){0};
}

static bool fail_kind(igd_kind kind, const igd_node *node, igd_arena *mem, igd_bind_fault *fault)
{
    fault->code = "type";
    fault->reason = describe(node, mem);
    fault->hint = hint_for(kind, node, mem);
    return false;
}

/* `why` is igd_value_parse's answer. */
static bool check_parsed(const char *why, const igd_node *node, igd_arena *mem,
                         igd_bind_fault *fault)
{
    if (!why)
        return true;
    igd_str text = igd_record_excerpt(node->text, mem);
    fault->code = "type";
    fault->reason = igd_arena_printf(mem, "'%.*s' %s", IGD_STR_ARG(text), why);
    fault->hint = (igd_str){0};
    return false;
}

static bool bind_text(igd_str text, igd_value *out, igd_bind_fault *fault)
{
    if (!igd_bind_check_text(text, fault))
        return false;
    *out = igd_value_string(text);
    return true;
}

/* A node whose type is certain. */
static bool bind_typed(igd_kind kind, const igd_node *node, igd_arena *mem, igd_value *out,
                       igd_bind_fault *fault)
{
    switch (kind) {
    case IGD_STRING:
        if (node->kind == IGD_NODE_STRING)
            return bind_text(node->text, out, fault);
        break;
    case IGD_INT:
    case IGD_FLOAT:
        if (node->kind == IGD_NODE_NUMBER)
            return check_parsed(igd_value_parse(kind, node->text, mem, out), node, mem, fault);
        break;
    case IGD_BOOL:
        if (node->kind == IGD_NODE_BOOL) {
            *out = igd_value_bool(node->boolean);
            return true;
        }
        break;
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
        if (node->kind == IGD_NODE_STRING)
            return check_parsed(igd_value_parse(kind, node->text, mem, out), node, mem, fault);
        if (node->kind == IGD_NODE_DATETIME)
            return check_parsed(igd_value_parse_loose(kind, node->text, mem, out), node, mem,
                                fault);
        break;
    case IGD_NULL:
    case IGD_JSON:
    case IGD_RAW:
        break;
    }
    return fail_kind(kind, node, mem, fault);
}

static const char *misread_as(const igd_node *node, igd_arena *mem)
{
    igd_node resolved;
    bool special = false;
    igd_yaml_resolve(node, mem, &resolved, &special);
    if (special)
        return "number";
    return resolved.kind == IGD_NODE_STRING ? NULL : igd_node_kind_name(&resolved);
}

/* Whether a plain text is a number that JSON and YAML write alike: most are, and need no more
 * resolving. */
static bool is_usual_number(igd_str text)
{
    size_t at = text.len > 0 && text.ptr[0] == '-';
    size_t whole = at;
    while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9')
        at++;
    if (at == whole || (text.ptr[whole] == '0' && at > whole + 1))
        return false;
    if (at == text.len)
        return true;
    if (text.ptr[at] != '.' || at + 1 == text.len)
        return false;
    for (at++; at < text.len; at++)
        if (text.ptr[at] < '0' || text.ptr[at] > '9')
            return false;
    return true;
}

static bool bind_plain(igd_kind kind, const igd_node *node, igd_arena *mem, igd_value *out,
                       const char **misread, igd_bind_fault *fault)
{
    if (kind == IGD_STRING) {
        const char *as = misread_as(node, mem);
        if (as)
            *misread = as;
        return bind_text(node->text, out, fault);
    }
    if (kind == IGD_DATE || kind == IGD_TIME || kind == IGD_DATETIME)
        return check_parsed(igd_value_parse_loose(kind, node->text, mem, out), node, mem, fault);
    if ((kind == IGD_INT || kind == IGD_FLOAT) && is_usual_number(node->text))
        return check_parsed(igd_value_parse(kind, node->text, mem, out), node, mem, fault);
    igd_node resolved;
    if (!igd_bind_resolve(node, mem, &resolved, fault))
        return false;
    return bind_typed(kind, &resolved, mem, out, fault);
}

bool igd_bind_scalar(igd_kind kind, const igd_node *node, igd_arena *mem, igd_value *out,
                     const char **misread, igd_bind_fault *fault)
{
    if (node->kind == IGD_NODE_PLAIN)
        return bind_plain(kind, node, mem, out, misread, fault);
    if (node->kind != IGD_NODE_CELL)
        return bind_typed(kind, node, mem, out, fault);
    if (kind == IGD_STRING)
        return bind_text(node->text, out, fault);
    return check_parsed(igd_value_parse(kind, node->text, mem, out), node, mem, fault);
}

bool igd_bind_resolve(const igd_node *node, igd_arena *mem, igd_node *out, igd_bind_fault *fault)
{
    if (node->kind != IGD_NODE_PLAIN) {
        *out = *node;
        return true;
    }
    bool special = false;
    igd_yaml_resolve(node, mem, out, &special);
    out->line = node->line;
    out->column = node->column;
    if (!special)
        return true;
    fault->code = "type";
    fault->reason = igd_arena_printf(mem, "'%.*s' is no finite number", IGD_STR_ARG(node->text));
    fault->hint = IGD_STR("if it is meant as text, write it in quotes");
    return false;
}

bool igd_bind_timestamp(const igd_node *node, igd_arena *mem, igd_value *out, igd_bind_fault *fault)
{
    bool has_time = igd_str_find(node->text, ':') >= 0;
    bool has_date = igd_str_find(igd_str_sub(node->text, 0, 8), '-') >= 0;
    igd_kind kind = !has_time ? IGD_DATE : has_date ? IGD_DATETIME : IGD_TIME;
    return check_parsed(igd_value_parse_loose(kind, node->text, mem, out), node, mem, fault);
}
