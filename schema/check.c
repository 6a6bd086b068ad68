/*
 * Whether a value passes a CHECK constraint, as the engines decide it.
 */
#include "schema/number.h"
#include "schema/table.h"

static int64_t code_points(igd_str text)
{
    int64_t count = 0;
    for (size_t n = 0; n < text.len; n++)
        count += ((unsigned char)text.ptr[n] & 0xC0) != 0x80;
    return count;
}

/* -1, 0, 1: the value against the bound; 0 for what is no number. */
static int compare_number(const igd_value *value, igd_str bound)
{
    igd_decimal decimal;
    int64_t whole;
    if (!igd_decimal_scan(bound, &decimal))
        return 0;
    if (value->kind == IGD_INT && igd_decimal_int(&decimal, &whole) == IGD_DECIMAL_OK)
        return (value->integer > whole) - (value->integer < whole);
    double limit = igd_decimal_double(&decimal);
    double number = value->kind == IGD_INT     ? (double)value->integer
                    : value->kind == IGD_FLOAT ? value->number
                                               : limit;
    return (number > limit) - (number < limit);
}

static bool is_listed(const igd_check *check, const igd_value *value)
{
    for (size_t n = 0; n < check->values.len; n++)
        if (igd_value_eq(&check->values.items[n], value))
            return true;
    return false;
}

bool igd_check_allows(const igd_check *check, const igd_value *value)
{
    if (value->kind == IGD_NULL)
        return true;
    switch (check->kind) {
    case IGD_CHECK_ENUM:
        return is_listed(check, value);
    case IGD_CHECK_MIN:
        return compare_number(value, check->number) >= 0;
    case IGD_CHECK_MAX:
        return compare_number(value, check->number) <= 0;
    case IGD_CHECK_LENGTH:
        return code_points(value->text) == check->limit;
    case IGD_CHECK_MIN_LENGTH:
        return code_points(value->text) >= check->limit;
    case IGD_CHECK_MAX_LENGTH:
        return code_points(value->text) <= check->limit;
    }
    return true;
}
