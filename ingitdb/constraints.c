/*
 * Constraints on one value. Each looks at the kinds for which it means something and passes the
 * rest, as the reference implementation does (docs/format.md, "Columns").
 */
#include "ingitdb/constraints.h"

#include <math.h>

#include "schema/number.h"

enum { NAMED_VALUES = 10 };

/* A number with a fraction, rounded towards zero; false when that is beyond int64. */
static bool round_to_zero(const igd_decimal *decimal, int64_t *out)
{
    double number = igd_decimal_double(decimal);
    *out = 0;
    if (fabs(number) < 1)
        return true;
    if (fabs(number) >= 0x1p63)
        return false;
    /* Behind an exponent a fraction leaves few enough digits for a double. */
    *out = (int64_t)number;
    igd_decimal whole;
    if (decimal->written != 0 || !igd_decimal_scan(decimal->whole, &whole))
        return true;
    if (igd_decimal_int(&whole, out) != IGD_DECIMAL_OK)
        return false;
    if (decimal->negative)
        *out = -*out;
    return true;
}

/* The nearest integer that allows the same integers as a bound with a fraction does. */
static bool round_inwards(const igd_decimal *decimal, bool is_min, int64_t *out)
{
    int64_t whole;
    if (!round_to_zero(decimal, &whole) || whole == INT64_MAX)
        return false;
    *out = decimal->negative ? whole - !is_min : whole + is_min;
    return true;
}

static igd_bound bound_of(igd_str text, bool is_min)
{
    igd_decimal decimal;
    if (text.len == 0 || !igd_decimal_scan(text, &decimal))
        return (igd_bound){0};
    igd_bound bound = {.set = true, .number = igd_decimal_double(&decimal)};
    igd_decimal_result result = igd_decimal_int(&decimal, &bound.integer);
    if (result == IGD_DECIMAL_OK ||
        (result == IGD_DECIMAL_FRACTION && round_inwards(&decimal, is_min, &bound.integer)))
        return bound;
    bound.integer = decimal.negative ? INT64_MIN : INT64_MAX;
    bound.no_int = decimal.negative != is_min;
    return bound;
}

igd_constraints igd_constraints_of(const igd_field *field)
{
    igd_constraints made = {
        .field = field,
        .min = bound_of(field->min_value, true),
        .max = bound_of(field->max_value, false),
    };
    made.any = made.min.set || made.max.set || field->allowed.len > 0 || field->length.set ||
               field->min_length.set || field->max_length.set;
    return made;
}

typedef struct check {
    const igd_field *field;
    const igd_node *node;
    const igd_value *value;
    igd_record_scope *scope;
} check;

static igd_record_issue issue_of(const check *c, const char *code)
{
    return (igd_record_issue){
        .code = code,
        .line = c->node->line,
        .column = c->node->column,
        .field = c->field->name,
    };
}

static igd_str shown(const check *c)
{
    return igd_record_excerpt(igd_value_text(c->value, c->scope->mem), c->scope->mem);
}

static igd_str allowed_text(const check *c)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_buf_puts(&text, "allowed: ");
    size_t count = c->field->allowed.len;
    for (size_t n = 0; n < count && n < NAMED_VALUES; n++) {
        igd_str value = igd_value_text(&c->field->allowed.items[n], c->scope->mem);
        igd_buf_puts(&text, n > 0 ? ", " : "");
        igd_buf_str(&text, igd_record_excerpt(value, c->scope->mem));
    }
    if (count > NAMED_VALUES)
        igd_buf_printf(&text, " and %zu more", count - NAMED_VALUES);
    return igd_arena_str(c->scope->mem, igd_buf_view(&text));
}

static void check_enum(const check *c)
{
    const igd_value_list *allowed = &c->field->allowed;
    if (allowed->len == 0)
        return;
    for (size_t n = 0; n < allowed->len; n++)
        if (igd_value_eq(&allowed->items[n], c->value))
            return;
    igd_record_issue issue = issue_of(c, "enum");
    issue.hint = allowed_text(c);
    igd_record_invalid(c->scope, &issue, "column '%.*s' does not allow the value '%.*s'",
                       IGD_STR_ARG(c->field->name), IGD_STR_ARG(shown(c)));
}

/* The double of a value that is a number, also of one inside an `any` column. */
static bool number_of(const igd_value *value, double *out)
{
    if (value->kind == IGD_FLOAT) {
        *out = value->number;
        return true;
    }
    igd_decimal decimal;
    if (value->kind != IGD_JSON || !igd_decimal_scan(value->text, &decimal))
        return false;
    *out = igd_decimal_double(&decimal);
    return true;
}

static void check_bounds(const check *c, const igd_bound *min, const igd_bound *max)
{
    bool below = false;
    bool above = false;
    double number;
    if (c->value->kind == IGD_INT) {
        below = min->set && (min->no_int || c->value->integer < min->integer);
        above = max->set && (max->no_int || c->value->integer > max->integer);
    } else if (number_of(c->value, &number)) {
        below = min->set && number < min->number;
        above = max->set && number > max->number;
    }
    igd_record_issue issue = issue_of(c, "bounds");
    if (below)
        igd_record_invalid(c->scope, &issue, "column '%.*s' is %.*s, less than the minimum %.*s",
                           IGD_STR_ARG(c->field->name), IGD_STR_ARG(shown(c)),
                           IGD_STR_ARG(c->field->min_value));
    if (above)
        igd_record_invalid(c->scope, &issue, "column '%.*s' is %.*s, more than the maximum %.*s",
                           IGD_STR_ARG(c->field->name), IGD_STR_ARG(shown(c)),
                           IGD_STR_ARG(c->field->max_value));
}

/* How long the value is and in what; false for kinds without a length. */
static bool length_of(const check *c, int64_t *length, const char **unit)
{
    if (c->node->kind == IGD_NODE_LIST || c->node->kind == IGD_NODE_MAP) {
        *length = (int64_t)c->node->count;
        *unit = c->node->kind == IGD_NODE_LIST ? "items" : "entries";
        return true;
    }
    *unit = "characters";
    if (c->value->kind == IGD_STRING)
        *length = (int64_t)igd_str_chars(c->value->text);
    else if (c->value->kind == IGD_JSON && c->value->text.ptr[0] == '"')
        *length = (int64_t)igd_str_chars(c->node->text);
    else
        return false;
    return true;
}

static void check_length(const check *c)
{
    const igd_field *field = c->field;
    int64_t length;
    const char *unit;
    if (!length_of(c, &length, &unit))
        return;
    igd_record_issue issue = issue_of(c, "length");
    if (field->length.set && length != field->length.value)
        igd_record_invalid(c->scope, &issue, "column '%.*s' has %lld %s, it must have %lld",
                           IGD_STR_ARG(field->name), (long long)length, unit,
                           (long long)field->length.value);
    if (field->min_length.set && length < field->min_length.value)
        igd_record_invalid(c->scope, &issue, "column '%.*s' has %lld %s, at least %lld are needed",
                           IGD_STR_ARG(field->name), (long long)length, unit,
                           (long long)field->min_length.value);
    if (field->max_length.set && length > field->max_length.value)
        igd_record_invalid(c->scope, &issue, "column '%.*s' has %lld %s, at most %lld are allowed",
                           IGD_STR_ARG(field->name), (long long)length, unit,
                           (long long)field->max_length.value);
}

void igd_constraints_check(const igd_constraints *constraints, const igd_node *node,
                           const igd_value *value, igd_record_scope *scope)
{
    if (!constraints->any)
        return;
    const igd_field *field = constraints->field;
    check c = {.field = field, .node = node, .value = value, .scope = scope};
    check_enum(&c);
    if (constraints->min.set || constraints->max.set)
        check_bounds(&c, &constraints->min, &constraints->max);
    if (field->length.set || field->min_length.set || field->max_length.set)
        check_length(&c);
}
