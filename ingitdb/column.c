/*
 * A column: type, flags, lengths, bounds. Its enum is in column_enum.c.
 * Rules: docs/format.md, "Columns"; decisions D4, D23, D26. The reference implementation checks
 * nothing but the type and formulas, so a constraint that makes no sense is a warning here.
 */
#include "ingitdb/column.h"

#include <math.h>
#include <stdlib.h>

#include "ingitdb/column_enum.h"
#include "ingitdb/scalars.h"
#include "ingitdb/yaml.h"

typedef struct column_reader {
    const igd_reporter *reporter;
    igd_spot file; /* with the column's name */
    igd_spot key;  /* where the column starts */
    const igd_node *node;
    igd_arena *mem;
    igd_field *out;
} column_reader;

static const igd_node *member_of(const column_reader *c, igd_str key, igd_spot *spot)
{
    const igd_node *node = igd_node_get(c->node, key);
    *spot = igd_spot_of(c->file, node);
    return node;
}

/* A text that is there and not empty. */
static bool text_of(const column_reader *c, igd_str key, igd_spot *spot, igd_str *out)
{
    const igd_node *node = member_of(c, key, spot);
    if (igd_node_scalar(node, out))
        return out->len > 0;
    igd_report_error(c->reporter, *spot, "column", IGD_STR(""),
                     "%.*s of column '%.*s' is a %s, not text", IGD_STR_ARG(key),
                     IGD_STR_ARG(c->out->name), igd_node_kind_name(node));
    return false;
}

/* ---- type ---- */

static void report_no_type(const column_reader *c, igd_spot spot)
{
    igd_report_error(c->reporter, spot, "column_type",
                     IGD_STR("add a type, for example 'type: string'"), "column '%.*s' has no type",
                     IGD_STR_ARG(c->out->name));
}

static bool read_type(const column_reader *c)
{
    static const igd_str names[] = {
        IGD_WORD("string"),         IGD_WORD("int"),
        IGD_WORD("float"),          IGD_WORD("bool"),
        IGD_WORD("date"),           IGD_WORD("time"),
        IGD_WORD("datetime"),       IGD_WORD("any"),
        IGD_WORD("[]string"),       IGD_WORD("[]int"),
        IGD_WORD("map[string]any"), IGD_WORD("map[locale]string"),
    };
    igd_spot spot;
    igd_str text;
    const igd_node *node = member_of(c, IGD_STR("type"), &spot);
    if (igd_node_is_null(node)) {
        report_no_type(c, node ? spot : c->key);
        return false;
    }
    if (!text_of(c, IGD_STR("type"), &spot, &text))
        return false;
    const char *canonical = NULL;
    igd_type_result result = igd_type_parse(text, &c->out->type, &canonical);
    if (result == IGD_TYPE_OK)
        return true;
    if (result == IGD_TYPE_ALIAS) {
        igd_report_warning(c->reporter, spot, "alias",
                           igd_arena_printf(c->reporter->scratch, "write '%s'",
                                            canonical ? canonical : igd_type_name(c->out->type)),
                           "type '%.*s' of column '%.*s' is not its usual name", IGD_STR_ARG(text),
                           IGD_STR_ARG(c->out->name));
        return true;
    }
    igd_str hint = igd_similar_hint(
        c->reporter->scratch, text, names, IGD_COUNT(names),
        IGD_STR("types: string, int, float, bool, date, time, datetime, any, []T, map[K]V"));
    igd_report_error(c->reporter, spot, "column_type", hint,
                     "type '%.*s' of column '%.*s' is unknown", IGD_STR_ARG(text),
                     IGD_STR_ARG(c->out->name));
    return false;
}

/* ---- flags and expressions ---- */

static void read_required(const column_reader *c)
{
    igd_spot spot;
    const igd_node *node = member_of(c, IGD_STR("required"), &spot);
    if (!igd_node_is_null(node) && !igd_yaml_bool(node, &c->out->required))
        igd_report_error(c->reporter, spot, "column", IGD_STR("write true or false"),
                         "required of column '%.*s' is not true or false",
                         IGD_STR_ARG(c->out->name));
}

/* D23: until there is an evaluator. */
static void read_expressions(const column_reader *c)
{
    igd_spot spot;
    igd_str text;
    if (text_of(c, IGD_STR("required_when"), &spot, &text))
        igd_report_warning(c->reporter, spot, "unsupported", IGD_STR(""),
                           "required_when of column '%.*s' is not evaluated: its records are not "
                           "checked for it",
                           IGD_STR_ARG(c->out->name));
    if (text_of(c, IGD_STR("formula"), &spot, &text)) {
        c->out->computed = true;
        igd_report_warning(c->reporter, spot, "unsupported", IGD_STR(""),
                           "formula of column '%.*s' is not evaluated: the column is left out",
                           IGD_STR_ARG(c->out->name));
    }
}

/* ---- lengths ---- */

/* Whether values of the type can have a length. */
static bool has_length(igd_type type)
{
    return type.shape != IGD_SCALAR || type.kind == IGD_STRING;
}

static void warn_no_effect(const column_reader *c, igd_spot spot, const char *key)
{
    igd_report_warning(c->reporter, spot, "bounds", IGD_STR("remove it, or change the type"),
                       "%s of column '%.*s' has no effect on type '%s'", key,
                       IGD_STR_ARG(c->out->name), igd_type_name(c->out->type));
}

static void read_length(const column_reader *c, const char *key, igd_limit *out)
{
    igd_spot spot;
    const igd_node *node = member_of(c, igd_str_from(key), &spot);
    int64_t number = 0;
    if (igd_node_is_null(node))
        return;
    if (!igd_node_int(node, c->reporter->scratch, &number)) {
        igd_report_error(c->reporter, spot, "bounds", IGD_STR("write a whole number"),
                         "%s of column '%.*s' is not an integer", key, IGD_STR_ARG(c->out->name));
    } else if (!has_length(c->out->type)) {
        warn_no_effect(c, spot, key);
    } else if (number >= 0) {
        *out = (igd_limit){.set = true, .value = number};
    } else if (out == &c->out->min_length) {
        igd_report_warning(c->reporter, spot, "bounds", IGD_STR("remove it"),
                           "%s of column '%.*s' is negative and has no effect", key,
                           IGD_STR_ARG(c->out->name));
    } else { /* no value could be stored, and no database has such a type */
        igd_report_error(c->reporter, spot, "bounds", IGD_STR("write a length of 0 or more"),
                         "%s of column '%.*s' is negative", key, IGD_STR_ARG(c->out->name));
    }
}

static void check_lengths(const column_reader *c)
{
    const igd_field *field = c->out;
    igd_limit least = field->min_length, most = field->max_length, exact = field->length;
    bool empty = (least.set && most.set && least.value > most.value) ||
                 (exact.set && least.set && least.value > exact.value) ||
                 (exact.set && most.set && exact.value > most.value);
    if (empty)
        igd_report_warning(c->reporter, c->key, "bounds", IGD_STR("correct one of the lengths"),
                           "no value of column '%.*s' can have a length that fits its length, "
                           "min_length and max_length",
                           IGD_STR_ARG(field->name));
}

/* ---- bounds ---- */

static double number_of(igd_str text)
{
    char copy[64];
    igd_str part = igd_str_sub(text, 0, sizeof(copy) - 1); /* more digits decide nothing here */
    memcpy(copy, part.ptr, part.len);
    copy[part.len] = '\0';
    return strtod(copy, NULL);
}

static void read_bound(const column_reader *c, const char *key, igd_str *out)
{
    igd_spot spot;
    igd_str text;
    igd_type type = c->out->type;
    const igd_node *node = member_of(c, igd_str_from(key), &spot);
    if (igd_node_is_null(node))
        return;
    igd_node resolved = *node;
    bool special = false;
    if (node->kind == IGD_NODE_PLAIN)
        igd_yaml_resolve(node, c->reporter->scratch, &resolved, &special);
    if (special) {
        igd_report_warning(c->reporter, spot, "bounds", IGD_STR("remove it"),
                           "%s of column '%.*s' is not finite and has no effect", key,
                           IGD_STR_ARG(c->out->name));
    } else if (!igd_node_number(node, c->reporter->scratch, &text)) {
        igd_report_error(c->reporter, spot, "bounds", IGD_STR("write a number"),
                         "%s of column '%.*s' is not a number", key, IGD_STR_ARG(c->out->name));
    } else if (type.kind != IGD_INT && type.kind != IGD_FLOAT && type.shape != IGD_ANY) {
        warn_no_effect(c, spot, key);
    } else {
        *out = igd_arena_str(c->mem, text);
        if (type.kind == IGD_INT && floor(number_of(text)) != number_of(text))
            igd_report_warning(c->reporter, spot, "bounds", IGD_STR("write a whole number"),
                               "%s of int column '%.*s' has a fraction", key,
                               IGD_STR_ARG(c->out->name));
    }
}

static void check_bounds(const column_reader *c)
{
    igd_str least = c->out->min_value, most = c->out->max_value;
    if (least.len && most.len && number_of(least) > number_of(most))
        igd_report_warning(c->reporter, c->key, "bounds", IGD_STR("correct one of them"),
                           "min_value %.*s of column '%.*s' is above its max_value %.*s",
                           IGD_STR_ARG(least), IGD_STR_ARG(c->out->name), IGD_STR_ARG(most));
}

/* ---- the rest ---- */

static void read_rest(const column_reader *c, igd_reference_list *references)
{
    igd_spot spot;
    igd_str text;
    if (text_of(c, IGD_STR("foreign_key"), &spot, &text))
        IGD_PUSH(c->reporter->scratch, references,
                 (igd_reference){.name = c->out->name, .target = text, .spot = spot});
    if (text_of(c, IGD_STR("locale"), &spot, &text))
        c->out->locale = igd_arena_str(c->mem, text);
}

static void read_constraints(const column_reader *c)
{
    read_length(c, "length", &c->out->length);
    read_length(c, "min_length", &c->out->min_length);
    read_length(c, "max_length", &c->out->max_length);
    check_lengths(c);
    read_bound(c, "min_value", &c->out->min_value);
    read_bound(c, "max_value", &c->out->max_value);
    check_bounds(c);
    igd_spot spot;
    const igd_node *members = member_of(c, IGD_STR("enum"), &spot);
    if (!igd_node_is_null(members))
        igd_column_enum_read(c->reporter, spot, members, c->mem, c->out);
}

void igd_column_read(const igd_reporter *reporter, igd_spot file, const igd_member *member,
                     igd_arena *mem, igd_field *out, igd_reference_list *references)
{
    static const igd_str known[] = {
        IGD_WORD("type"),        IGD_WORD("title"),      IGD_WORD("titles"),
        IGD_WORD("valueTitle"),  IGD_WORD("required"),   IGD_WORD("required_when"),
        IGD_WORD("length"),      IGD_WORD("min_length"), IGD_WORD("max_length"),
        IGD_WORD("foreign_key"), IGD_WORD("min_value"),  IGD_WORD("max_value"),
        IGD_WORD("enum"),        IGD_WORD("locale"),     IGD_WORD("format"),
        IGD_WORD("formula"),
    };
    *out = (igd_field){.name = igd_arena_str(mem, member->key)};
    file.field = out->name;
    column_reader c = {reporter, file, igd_spot_of_key(file, member), member->value, mem, out};

    if (member->key.len == 0)
        igd_report_error(reporter, c.key, "column", IGD_STR("give it a name"),
                         "a column has an empty name");
    if (igd_node_is_null(member->value)) {
        report_no_type(&c, c.key);
        return;
    }
    if (member->value->kind != IGD_NODE_MAP) {
        igd_report_error(reporter, igd_spot_of(file, member->value), "column",
                         IGD_STR("write a mapping, for example '{type: string}'"),
                         "column '%.*s' is not a mapping but a %s", IGD_STR_ARG(out->name),
                         igd_node_kind_name(member->value));
        return;
    }
    igd_str where = igd_arena_printf(reporter->scratch, "columns.%.*s", IGD_STR_ARG(out->name));
    igd_report_unknown_keys(reporter, file, member->value, where, known, IGD_COUNT(known));
    if (read_type(&c))
        read_constraints(&c);
    read_required(&c);
    read_expressions(&c);
    read_rest(&c, references);
}
