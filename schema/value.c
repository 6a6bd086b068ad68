/*
 * Values: making them from text, writing them, comparing them.
 */
#include "schema/value.h"

#include <math.h>

#include "schema/canonical.h"
#include "schema/number.h"
#include "schema/value_time.h"

igd_value igd_value_string(igd_str text)
{
    return (igd_value){.kind = IGD_STRING, .text = text};
}

igd_value igd_value_int(int64_t number)
{
    return (igd_value){.kind = IGD_INT, .integer = number};
}

igd_value igd_value_bool(bool value)
{
    return (igd_value){.kind = IGD_BOOL, .boolean = value};
}

bool igd_value_float(double number, igd_str source, igd_value *out)
{
    if (!isfinite(number))
        return false;
    *out = (igd_value){.kind = IGD_FLOAT, .number = number == 0 ? 0 : number, .text = source};
    return true;
}

static const char *parse_int(igd_str text, igd_value *out)
{
    igd_decimal decimal;
    int64_t number;
    if (!igd_decimal_scan(text, &decimal))
        return "is not an integer";
    switch (igd_decimal_int(&decimal, &number)) {
    case IGD_DECIMAL_FRACTION:
        return "is not an integer";
    case IGD_DECIMAL_RANGE:
        return "is outside the range of 64-bit integers";
    case IGD_DECIMAL_OK:
        break;
    }
    *out = igd_value_int(number);
    return NULL;
}

static const char *parse_float(igd_str text, igd_value *out)
{
    igd_decimal decimal;
    if (!igd_decimal_scan(text, &decimal))
        return "is not a number";
    if (!igd_value_float(igd_decimal_double(&decimal), text, out))
        return "is outside the range of a double";
    return NULL;
}

static const char *parse_bool(igd_str text, igd_value *out)
{
    bool yes = igd_str_eq(text, IGD_STR("true"));
    if (!yes && !igd_str_eq(text, IGD_STR("false")))
        return "is not true or false";
    *out = igd_value_bool(yes);
    return NULL;
}

static const char *parse(igd_kind kind, igd_str text, bool loose, igd_arena *mem, igd_value *out)
{
    igd_str canonical = text;
    const char *why = NULL;
    switch (kind) {
    case IGD_INT:
        return parse_int(text, out);
    case IGD_FLOAT:
        return parse_float(text, out);
    case IGD_BOOL:
        return parse_bool(text, out);
    case IGD_DATE:
    case IGD_DATETIME:
        why = igd_time_parse(kind, text, loose, mem, &canonical);
        break;
    case IGD_TIME:
        why = igd_time_parse(kind, text, false, mem, &canonical);
        break;
    case IGD_JSON:
        why = igd_canonical_json(text, mem, &canonical);
        break;
    case IGD_NULL:
        return "has no type";
    case IGD_STRING:
    case IGD_RAW:
        break;
    }
    if (!why)
        *out = (igd_value){.kind = kind, .text = canonical};
    return why;
}

const char *igd_value_parse(igd_kind kind, igd_str text, igd_arena *mem, igd_value *out)
{
    return parse(kind, text, false, mem, out);
}

const char *igd_value_parse_loose(igd_kind kind, igd_str text, igd_arena *mem, igd_value *out)
{
    return parse(kind, text, true, mem, out);
}

#define SCALAR_MOST IGD_NUMBER_MAX

/* The text of a kind that does not hold it; also of NULL, which has none. */
static size_t scalar_text(const igd_value *value, char out[SCALAR_MOST])
{
    switch (value->kind) {
    case IGD_INT: {
        bool negative = value->integer < 0;
        uint64_t number = (uint64_t)value->integer;
        if (negative)
            *out++ = '-';
        return negative + igd_u64_text(negative ? 0 - number : number, out);
    }
    case IGD_FLOAT:
        return igd_number_text(value->number, out);
    case IGD_BOOL:
        memcpy(out, value->boolean ? "true" : "false", 5);
        return value->boolean ? 4 : 5;
    case IGD_NULL:
    case IGD_STRING:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
    case IGD_JSON:
    case IGD_RAW:
        break;
    }
    return 0;
}

static bool holds_text(igd_kind kind)
{
    return kind != IGD_NULL && kind != IGD_INT && kind != IGD_FLOAT && kind != IGD_BOOL;
}

void igd_value_write(const igd_value *value, igd_buf *out)
{
    if (holds_text(value->kind)) {
        igd_buf_str(out, value->text);
        return;
    }
    char text[SCALAR_MOST];
    igd_buf_add(out, text, scalar_text(value, text));
}

igd_str igd_value_text(const igd_value *value, igd_arena *mem)
{
    if (holds_text(value->kind))
        return value->text;
    if (value->kind == IGD_BOOL)
        return value->boolean ? IGD_STR("true") : IGD_STR("false");
    if (value->kind == IGD_NULL)
        return IGD_STR("");
    char text[SCALAR_MOST];
    return igd_arena_str(mem, (igd_str){text, scalar_text(value, text)});
}

bool igd_value_eq(const igd_value *a, const igd_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case IGD_NULL:
        return true;
    case IGD_INT:
        return a->integer == b->integer;
    case IGD_FLOAT:
        return a->number == b->number;
    case IGD_BOOL:
        return a->boolean == b->boolean;
    case IGD_STRING:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
    case IGD_JSON:
    case IGD_RAW:
        break;
    }
    return igd_str_eq(a->text, b->text);
}

igd_value igd_value_copy(const igd_value *value, igd_arena *mem)
{
    igd_value copy = *value;
    if (holds_text(value->kind) || (value->kind == IGD_FLOAT && value->text.len > 0))
        copy.text = igd_arena_str(mem, value->text);
    else
        copy.text = (igd_str){NULL, 0};
    return copy;
}
