/*
 * Random values: of every column type, within a column's constraints.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/random_model.h"

const rm_value rm_null = {.kind = RM_NULL};

size_t rm_chars(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static rm_value *new_value(rm_model *m, rm_kind kind)
{
    rm_value *value = IGD_NEW(m->mem, rm_value);
    value->kind = kind;
    return value;
}

const rm_value *rm_text(rm_model *m, const char *text)
{
    rm_value *value = new_value(m, RM_TEXT);
    value->text = text;
    return value;
}

const rm_value *rm_int(rm_model *m, int64_t number)
{
    rm_value *value = new_value(m, RM_INT);
    value->integer = number;
    return value;
}

static const rm_value *bool_value(rm_model *m, bool truth)
{
    rm_value *value = new_value(m, RM_BOOL);
    value->integer = truth;
    return value;
}

static const rm_value *float_value(rm_model *m, const char *text, const char *canonical)
{
    rm_value *value = new_value(m, RM_FLOAT);
    value->text = text;
    value->canonical = canonical;
    return value;
}

/* ---- one scalar ---- */

static const char *some_text(rm_model *m)
{
    static const char *const texts[] = {
        "",
        "plain",
        "two words",
        " led",
        "trailed ",
        "null",
        "~",
        "true",
        "01234",
        "1e5",
        "0x1F",
        "3.0",
        "2024-01-01",
        "- item",
        "# hash",
        "key: value",
        "it's",
        "\"q\"",
        "back\\slash",
        "line\nbreak",
        "two\n\nparagraphs\n",
        "\n",
        "tab\there",
        "---",
        "a,b;c",
        "{x}",
        "[y]",
        "%d",
        "@at",
        "`",
        "\xC3\xA9t\xC3\xA9",
        "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E",
        "\xF0\x9F\x90\x98 herd",
        "e\xCC\x81",
        "\x7F",
        "\x01ctl",
        "\r",
        "a\rb",
        "<<",
        "=",
        "!",
        "&a",
        "*b",
        "|",
        ">",
    };
    size_t at = rm_pick(m, 2 * IGD_COUNT(texts));
    if (at < IGD_COUNT(texts))
        return texts[at];
    if (!rm_chance(m, 20))
        return rm_print(m, "text %zu", rm_pick(m, 1000));
    char *text = igd_arena_alloc(m->mem, 5001); /* more than a page of a database */
    memset(text, 'a' + (int)rm_pick(m, 26), 5000);
    text[5000] = '\0';
    return text;
}

static const char *text_of_length(rm_model *m, size_t chars)
{
    static const char *const letters[] = {
        "a", "B", "7", "\xC3\xBC", "\xE6\x97\xA5", "\xF0\x9F\x90\x98"};
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    while (chars-- > 0)
        igd_buf_puts(&text, letters[rm_pick(m, IGD_COUNT(letters))]);
    return igd_arena_cstr(m->mem, igd_buf_view(&text));
}

static const rm_value *some_int(rm_model *m)
{
    static const int64_t numbers[] = {0, 1, -1, 1000000, 9007199254740993, INT64_MAX, INT64_MIN};
    return rm_int(m, rm_chance(m, 2) ? numbers[rm_pick(m, IGD_COUNT(numbers))]
                                     : (int64_t)rm_pick(m, 200) - 100);
}

static const rm_value *quarters(rm_model *m, long number)
{
    const char *text = rm_print(m, "%.15g", (double)number / 4);
    const char *written = strchr(text, '.') ? rm_print(m, "%s00", text) : text;
    return float_value(m, rm_chance(m, 4) ? written : text, text);
}

static const rm_value *some_float(rm_model *m)
{
    static const char *const floats[][2] = {
        {"0.1", "0.1"},
        {"1e3", "1000"},
        {"-0.0", "0"},
        {"1.50", "1.5"},
        {"1e21", "1e+21"},
        {"1e-7", "1e-7"},
        {"1E+2", "100"},
        {"123456.789", "123456.789"},
        {"5e-324", "5e-324"},
        {"-2.5", "-2.5"},
        {"0.30000000000000004", "0.30000000000000004"},
    };
    size_t at = rm_pick(m, 2 * IGD_COUNT(floats));
    if (at < IGD_COUNT(floats))
        return float_value(m, floats[at][0], floats[at][1]);
    return quarters(m, (long)rm_pick(m, 4000) - 2000);
}

static const char *some_date(rm_model *m)
{
    static const char *const dates[] = {"2024-02-29", "0001-01-01", "9999-12-31", "1969-12-31"};
    return rm_chance(m, 3) ? dates[rm_pick(m, IGD_COUNT(dates))]
                           : rm_print(m, "20%02zu-%02zu-%02zu", rm_pick(m, 40), rm_pick(m, 12) + 1,
                                      rm_pick(m, 28) + 1);
}

static const char *some_time(rm_model *m)
{
    const char *time =
        rm_print(m, "%02zu:%02zu:%02zu", rm_pick(m, 24), rm_pick(m, 60), rm_pick(m, 60));
    return rm_chance(m, 4) ? rm_print(m, "%s.%06zu", time, rm_pick(m, 999999) + 1) : time;
}

static const rm_value *some_scalar(rm_model *m, rm_type type)
{
    if (type == RM_T_INT)
        return some_int(m);
    if (type == RM_T_FLOAT)
        return some_float(m);
    if (type == RM_T_BOOL)
        return bool_value(m, rm_chance(m, 2));
    if (type == RM_T_DATE)
        return rm_text(m, some_date(m));
    if (type == RM_T_TIME)
        return rm_text(m, some_time(m));
    if (type == RM_T_DATETIME)
        return rm_text(m, rm_print(m, "%sT%sZ", some_date(m), some_time(m)));
    return rm_text(m, some_text(m));
}

/* ---- trees ---- */

static const rm_value *some_any(rm_model *m, size_t depth);

static const rm_value *some_list(rm_model *m, rm_type element, size_t count, size_t depth)
{
    rm_value *list = new_value(m, RM_LIST);
    list->items = IGD_NEW_ARRAY(m->mem, const rm_value *, count + 1);
    for (; list->count < count; list->count++)
        list->items[list->count] =
            element == RM_T_ANY ? some_any(m, depth + 1) : some_scalar(m, element);
    return list;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const rm_value *some_map(rm_model *m, rm_type type, size_t count, size_t depth)
{
    static const char *const keys[] = {"alpha", "Beta", "key with space", "\xC3\xBC", "x.y",
                                       "null",  "1",    "z\"q",           "",         "it's"};
    static const char *const locales[] = {"de", "en", "fr", "pt-BR", "zh",
                                          "ga", "it", "es", "pl",    "ru"};
    rm_value *map = new_value(m, RM_MAP);
    map->keys = IGD_NEW_ARRAY(m->mem, const char *, count + 1);
    map->items = IGD_NEW_ARRAY(m->mem, const rm_value *, count + 1);
    for (size_t n = 0, start = rm_pick(m, 10); n < count && n < 10; n++)
        map->keys[map->count++] = (type == RM_T_MAP_LOCALE ? locales : keys)[(start + n) % 10];
    if (map->count > 0)
        qsort(map->keys, map->count, sizeof(*map->keys), by_text);
    for (size_t n = 0; n < map->count; n++)
        map->items[n] = type == RM_T_MAP_LOCALE ? some_scalar(m, RM_T_STRING)
                        : type == RM_T_MAP_INT  ? some_int(m)
                                                : some_any(m, depth + 1);
    return map;
}

static const rm_value *some_any(rm_model *m, size_t depth)
{
    switch (rm_pick(m, depth < 3 ? 8 : 6)) {
    case 0:
        return some_int(m);
    case 1:
        return some_float(m);
    case 2:
        return bool_value(m, rm_chance(m, 2));
    case 3:
        return depth > 0 ? &rm_null : some_int(m);
    case 6:
        return some_list(m, RM_T_ANY, rm_pick(m, 4), depth);
    case 7:
        return some_map(m, RM_T_MAP, rm_pick(m, 4), depth);
    default:
        return some_scalar(m, RM_T_STRING);
    }
}

/* ---- within constraints ---- */

/* A length that the column allows; `usual` when it does not say. */
static size_t length_for(rm_model *m, const rm_column *column, size_t usual)
{
    int least = column->min_length >= 0 ? column->min_length : 0;
    int most = column->max_length >= 0 ? column->max_length : least + (int)usual;
    if (column->length >= 0)
        return (size_t)column->length;
    return (size_t)least + (most > least ? rm_pick(m, (size_t)(most - least) + 1) : 0);
}

static bool has_lengths(const rm_column *column)
{
    return column->length >= 0 || column->min_length >= 0 || column->max_length >= 0;
}

static const rm_value *in_bounds(rm_model *m, const rm_column *column)
{
    int least = column->has_min ? column->min : column->max - 50;
    int most = column->has_max ? column->max : least + 50;
    long range = most > least ? most - least : 0;
    if (column->type == RM_T_INT)
        return rm_int(m, least + (long)rm_pick(m, (size_t)range + 1));
    return quarters(m, 4L * least + (long)rm_pick(m, 4 * (size_t)range + 1));
}

static const rm_value *typed_value(rm_model *m, const rm_column *column)
{
    rm_type type = column->type;
    if (rm_is_list(type))
        return some_list(m, rm_element(type), length_for(m, column, 3), 0);
    if (rm_is_map(type))
        return some_map(m, type, length_for(m, column, 3), 0);
    if (type == RM_T_ANY)
        return some_any(m, 0);
    if (type == RM_T_STRING && has_lengths(column))
        return rm_text(m, text_of_length(m, length_for(m, column, 20)));
    if (column->has_min || column->has_max)
        return in_bounds(m, column);
    return some_scalar(m, type);
}

static const rm_value *reference(rm_model *m, const rm_column *column)
{
    const rm_record_list *records = &column->target->records;
    rm_value *list = new_value(m, RM_LIST);
    if (records->len == 0)
        return rm_is_list(column->type) ? list : &rm_null;
    if (!rm_is_list(column->type))
        return rm_text(m, records->items[rm_pick(m, records->len)]->key);
    list->items = IGD_NEW_ARRAY(m->mem, const rm_value *, 3);
    for (size_t count = rm_pick(m, 4); list->count < count; list->count++)
        list->items[list->count] = rm_text(m, records->items[rm_pick(m, records->len)]->key);
    return list;
}

const rm_value *rm_value_new(rm_model *m, const rm_collection *c, const rm_column *column)
{
    (void)c;
    if (!column->required && !column->content && !column->part && rm_chance(m, 5))
        return &rm_null;
    if (column->target)
        return reference(m, column);
    if (column->allowed_count > 0)
        return column->allowed[rm_pick(m, column->allowed_count)];
    return typed_value(m, column);
}

/* ---- does a value fit? ---- */

static double number_of(const rm_value *value)
{
    return value->kind == RM_INT ? (double)value->integer : strtod(value->canonical, NULL);
}

static bool equal(const rm_value *a, const rm_value *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == RM_TEXT)
        return strcmp(a->text, b->text) == 0;
    if (a->kind == RM_FLOAT)
        return strcmp(a->canonical, b->canonical) == 0;
    return a->integer == b->integer;
}

static bool is_of_type(const rm_value *value, rm_type type);

static bool all_of_type(const rm_value *tree, rm_type type)
{
    for (size_t n = 0; n < tree->count; n++)
        if (type != RM_T_ANY && !is_of_type(tree->items[n], type))
            return false;
    return true;
}

/* Texts of dates and times only ever come from some_date and so on. */
static bool is_moment(const char *text, rm_type type)
{
    size_t len = strlen(text);
    bool has_date = len >= 10 && text[4] == '-' && text[7] == '-' && text[0] <= '9';
    bool has_time = len >= 8 && text[2] == ':' && text[5] == ':';
    if (type == RM_T_DATE)
        return has_date && len == 10;
    if (type == RM_T_TIME)
        return has_time && (len == 8 || len == 15);
    return has_date && len >= 20 && text[10] == 'T' && text[len - 1] == 'Z';
}

static bool is_of_type(const rm_value *value, rm_type type)
{
    static const rm_kind kinds[] = {
        [RM_T_STRING] = RM_TEXT,  [RM_T_INT] = RM_INT,   [RM_T_FLOAT] = RM_FLOAT,
        [RM_T_BOOL] = RM_BOOL,    [RM_T_DATE] = RM_TEXT, [RM_T_TIME] = RM_TEXT,
        [RM_T_DATETIME] = RM_TEXT};
    if (rm_is_list(type))
        return value->kind == RM_LIST && all_of_type(value, rm_element(type));
    if (rm_is_map(type))
        return value->kind == RM_MAP && all_of_type(value, rm_element(type));
    if (type == RM_T_ANY)
        return true;
    return value->kind == kinds[type] && (type < RM_T_DATE || is_moment(value->text, type));
}

static bool within(const rm_column *column, const rm_value *value)
{
    size_t length = value->kind == RM_TEXT ? rm_chars(value->text) : value->count;
    bool allowed = column->allowed_count == 0;
    for (size_t n = 0; n < column->allowed_count; n++)
        allowed |= equal(column->allowed[n], value);
    if (!allowed)
        return false;
    if ((column->length >= 0 && length != (size_t)column->length) ||
        (column->min_length >= 0 && length < (size_t)column->min_length) ||
        (column->max_length >= 0 && length > (size_t)column->max_length))
        return false;
    return !((column->has_min && number_of(value) < column->min) ||
             (column->has_max && number_of(value) > column->max));
}

static bool holds_null(const rm_value *value)
{
    if (value->kind == RM_NULL)
        return true;
    for (size_t n = 0; n < value->count; n++)
        if (holds_null(value->items[n]))
            return true;
    return false;
}

/* Can files of the collection's format say it? */
static bool can_be_written(const rm_collection *c, const rm_column *column, const rm_value *value)
{
    if (c->format == RM_TOML)
        return !holds_null(value);
    if (c->format != RM_CSV)
        return true;
    if (value->kind == RM_TEXT && strchr(value->text, '\r'))
        return false; /* CRLF counts as LF */
    if (column->type == RM_T_ANY)
        return value->kind == RM_TEXT && *value->text;
    return value->kind != RM_TEXT || *value->text || column->required;
}

/* The locale of a shortcut is never in the map beside it. */
static bool has_shortcut_in(const rm_collection *c, const rm_column *column, const rm_value *value)
{
    size_t len = strlen(column->name);
    for (size_t n = 0; value->kind == RM_MAP && n < c->column_count; n++) {
        const rm_column *other = &c->columns[n];
        if (!other->locale || strlen(other->name) + 1 != len ||
            strncmp(other->name, column->name, len - 1) != 0 || column->name[len - 1] != 's')
            continue;
        for (size_t k = 0; k < value->count; k++)
            if (strcmp(value->keys[k], other->locale) == 0)
                return true;
    }
    return false;
}

bool rm_value_fits(const rm_collection *c, const rm_column *column, const rm_value *value)
{
    if (value->kind == RM_NULL)
        return !column->required && !column->content && !column->part;
    if (column->target && !rm_is_list(column->type))
        return value->kind == RM_TEXT && can_be_written(c, column, value);
    return is_of_type(value, column->type) && within(column, value) &&
           can_be_written(c, column, value) && !has_shortcut_in(c, column, value);
}

/* ---- conversions ---- */

const rm_value *rm_convert(rm_model *m, const rm_value *value, rm_type to)
{
    if (value->kind == RM_NULL || to == RM_T_ANY || is_of_type(value, to))
        return value;
    if (to == RM_T_STRING && value->kind == RM_INT)
        return rm_text(m, rm_print(m, "%lld", (long long)value->integer));
    if (to == RM_T_STRING && value->kind == RM_FLOAT)
        return rm_text(m, value->canonical);
    if (to == RM_T_STRING && value->kind == RM_BOOL)
        return rm_text(m, value->integer ? "true" : "false");
    if (to == RM_T_FLOAT && value->kind == RM_INT && llabs(value->integer / 2) < 100000) {
        const char *text = rm_print(m, "%lld", (long long)value->integer);
        return float_value(m, text, text);
    }
    if (to == RM_T_DATETIME && value->kind == RM_TEXT && is_moment(value->text, RM_T_DATE))
        return rm_text(m, rm_print(m, "%sT00:00:00Z", value->text));
    return NULL;
}
