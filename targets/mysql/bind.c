/*
 * Values to and from the binary protocol.
 */
#include "targets/mysql/bind.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "schema/canonical.h"

#define FIRST_TEXT 256 /* bytes that a column of texts has room for at first */

/* ---- parameters ---- */

static unsigned digits(const char *text, size_t count)
{
    unsigned number = 0;
    for (size_t n = 0; n < count; n++)
        number = number * 10 + (unsigned)(text[n] - '0');
    return number;
}

/* Canonical texts have their parts at fixed places. */
static void read_date(igd_str text, MYSQL_TIME *out)
{
    out->year = digits(text.ptr, 4);
    out->month = digits(text.ptr + 5, 2);
    out->day = digits(text.ptr + 8, 2);
}

static void read_time(const char *text, size_t len, MYSQL_TIME *out)
{
    out->hour = digits(text, 2);
    out->minute = digits(text + 3, 2);
    out->second = digits(text + 6, 2);
    out->second_part = len >= 15 ? digits(text + 9, 6) : 0;
}

static void bind_time(const igd_value *value, MYSQL_TIME *time, MYSQL_BIND *bind)
{
    *time = (MYSQL_TIME){.time_type = MYSQL_TIMESTAMP_DATETIME};
    bind->buffer_type = MYSQL_TYPE_DATETIME;
    if (value->kind == IGD_TIME) {
        time->time_type = MYSQL_TIMESTAMP_TIME;
        bind->buffer_type = MYSQL_TYPE_TIME;
        read_time(value->text.ptr, value->text.len, time);
    } else if (value->kind == IGD_DATE) {
        time->time_type = MYSQL_TIMESTAMP_DATE;
        bind->buffer_type = MYSQL_TYPE_DATE;
        read_date(value->text, time);
    } else {
        read_date(value->text, time);
        read_time(value->text.ptr + 11, value->text.len - 12, time);
    }
    bind->buffer = time;
}

void igd_mysql_bind(const igd_value *value, igd_mysql_cell *cell, MYSQL_BIND *bind)
{
    *bind = (MYSQL_BIND){0};
    switch (value->kind) {
    case IGD_NULL:
        bind->buffer_type = MYSQL_TYPE_NULL;
        return;
    case IGD_INT:
        cell->integer = value->integer;
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = &cell->integer;
        return;
    case IGD_FLOAT:
        cell->number = value->number;
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        bind->buffer = &cell->number;
        return;
    case IGD_BOOL:
        cell->boolean = value->boolean;
        bind->buffer_type = MYSQL_TYPE_TINY;
        bind->buffer = &cell->boolean;
        return;
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
        bind_time(value, &cell->time, bind);
        return;
    case IGD_STRING:
    case IGD_JSON:
    case IGD_RAW:
        break;
    }
    bind->buffer_type = MYSQL_TYPE_STRING;
    bind->buffer = (void *)(uintptr_t)(value->text.ptr ? value->text.ptr : "");
    bind->buffer_length = bind->length_value = (unsigned long)value->text.len;
}

/* ---- results ---- */

static bool is_integer(enum enum_field_types type)
{
    return type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT || type == MYSQL_TYPE_INT24 ||
           type == MYSQL_TYPE_LONG || type == MYSQL_TYPE_LONGLONG;
}

static bool is_text(enum enum_field_types type)
{
    return type == MYSQL_TYPE_STRING || type == MYSQL_TYPE_VAR_STRING ||
           type == MYSQL_TYPE_VARCHAR || type == MYSQL_TYPE_TINY_BLOB || type == MYSQL_TYPE_BLOB ||
           type == MYSQL_TYPE_MEDIUM_BLOB || type == MYSQL_TYPE_LONG_BLOB;
}

static bool is_time(enum enum_field_types type, igd_kind kind)
{
    return (type == MYSQL_TYPE_DATE && kind == IGD_DATE) ||
           (type == MYSQL_TYPE_TIME && kind == IGD_TIME) ||
           (type == MYSQL_TYPE_DATETIME && kind == IGD_DATETIME);
}

void igd_mysql_column_init(igd_mysql_column *column, igd_kind kind, const MYSQL_FIELD *field,
                           MYSQL_BIND *bind)
{
    *column = (igd_mysql_column){.kind = kind,
                                 .type = field->type,
                                 .binary = field->charsetnr == 63,
                                 .is_unsigned = field->flags & UNSIGNED_FLAG};
    *bind = (MYSQL_BIND){.is_null = &column->null, .error = &column->cut, .length = &column->len};
    if (is_integer(field->type)) {
        column->as = IGD_MYSQL_AS_INT;
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->is_unsigned = column->is_unsigned;
        bind->buffer = &column->cell.integer;
    } else if (field->type == MYSQL_TYPE_DOUBLE) {
        column->as = IGD_MYSQL_AS_FLOAT;
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        bind->buffer = &column->cell.number;
    } else if (is_time(field->type, kind)) {
        column->as = IGD_MYSQL_AS_TIME;
        bind->buffer_type = field->type;
        bind->buffer = &column->cell.time;
    } else {
        column->as = IGD_MYSQL_AS_TEXT;
        column->cap = FIRST_TEXT;
        column->text = igd_xmalloc(column->cap);
        bind->buffer_type = MYSQL_TYPE_STRING;
        bind->buffer = column->text;
        bind->buffer_length = column->cap;
    }
}

static igd_value raw(igd_raw what, igd_str text)
{
    return (igd_value){.kind = IGD_RAW, .raw = what, .text = text};
}

static igd_value integer_value(const igd_mysql_column *column, igd_arena *mem)
{
    long long number = column->cell.integer;
    if (column->is_unsigned && number < 0)
        return raw(IGD_RAW_INT, igd_arena_printf(mem, "%llu", (unsigned long long)number));
    if (column->kind == IGD_INT)
        return igd_value_int(number);
    if (column->kind == IGD_BOOL && (number == 0 || number == 1))
        return igd_value_bool(number == 1);
    return raw(IGD_RAW_INT, igd_arena_printf(mem, "%lld", number));
}

static igd_value float_value(const igd_mysql_column *column, igd_arena *mem)
{
    igd_value value;
    char text[IGD_NUMBER_MAX];
    double number = column->cell.number;
    if (column->kind == IGD_FLOAT && igd_value_float(number, IGD_STR(""), &value))
        return value;
    igd_str shown = IGD_STR("Inf");
    if (isfinite(number))
        shown = igd_arena_str(mem, (igd_str){text, igd_number_text(number, text)});
    return raw(IGD_RAW_FLOAT, shown);
}

static igd_str fraction(unsigned long micros, igd_arena *mem)
{
    return micros ? igd_arena_printf(mem, ".%06lu", micros) : IGD_STR("");
}

/* The server also knows days that do not exist, and times of many days. */
static igd_value time_value(const igd_mysql_column *column, igd_arena *mem)
{
    const MYSQL_TIME *t = &column->cell.time;
    igd_str part = fraction(t->second_part, mem);
    if (column->kind == IGD_TIME) {
        igd_str text =
            igd_arena_printf(mem, "%s%02u:%02u:%02u%.*s", t->neg ? "-" : "", t->day * 24 + t->hour,
                             t->minute, t->second, IGD_STR_ARG(part));
        return igd_canonical_value(IGD_TIME, text, mem);
    }
    igd_str date = igd_arena_printf(mem, "%04u-%02u-%02u", t->year, t->month, t->day);
    if (column->kind == IGD_DATE)
        return igd_canonical_value(IGD_DATE, date, mem);
    igd_str text = igd_arena_printf(mem, "%.*sT%02u:%02u:%02u%.*sZ", IGD_STR_ARG(date), t->hour,
                                    t->minute, t->second, IGD_STR_ARG(part));
    igd_value value = igd_canonical_value(IGD_DATETIME, text, mem);
    if (value.kind == IGD_RAW)
        value.text = igd_arena_printf(mem, "%.*s %02u:%02u:%02u%.*s", IGD_STR_ARG(date), t->hour,
                                      t->minute, t->second, IGD_STR_ARG(part));
    return value;
}

static igd_value blob_value(igd_str bytes, igd_arena *mem)
{
    static const char hex[] = "0123456789abcdef";
    char *text = igd_arena_alloc(mem, 2 * bytes.len + 4);
    size_t at = 0;
    text[at++] = 'x';
    text[at++] = '\'';
    for (size_t n = 0; n < bytes.len; n++) {
        text[at++] = hex[(unsigned char)bytes.ptr[n] >> 4];
        text[at++] = hex[(unsigned char)bytes.ptr[n] & 15];
    }
    text[at++] = '\'';
    return raw(IGD_RAW_BLOB, (igd_str){text, at});
}

static igd_value text_value(const igd_mysql_column *column, igd_arena *mem)
{
    igd_str text = {column->text, column->len}, canonical;
    if (column->type == MYSQL_TYPE_JSON) {
        /* The server keeps no text, and spells it its own way. */
        if (column->kind == IGD_JSON && !igd_canonical_json(text, mem, &canonical))
            return (igd_value){.kind = IGD_JSON, .text = canonical};
        return raw(IGD_RAW_TEXT, text);
    }
    if (!is_text(column->type))
        return raw(column->type == MYSQL_TYPE_FLOAT ? IGD_RAW_FLOAT : IGD_RAW_TEXT, text);
    if (column->binary)
        return blob_value(text, mem);
    if (column->kind == IGD_STRING || column->kind == IGD_JSON)
        return igd_canonical_value(column->kind, text, mem);
    return raw(IGD_RAW_TEXT, text);
}

igd_value igd_mysql_column_value(const igd_mysql_column *column, igd_arena *mem)
{
    if (column->null)
        return IGD_VALUE_NULL;
    switch (column->as) {
    case IGD_MYSQL_AS_INT:
        return integer_value(column, mem);
    case IGD_MYSQL_AS_FLOAT:
        return float_value(column, mem);
    case IGD_MYSQL_AS_TIME:
        return time_value(column, mem);
    case IGD_MYSQL_AS_TEXT:
        break;
    }
    return text_value(column, mem);
}
