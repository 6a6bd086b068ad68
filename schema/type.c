/*
 * Column types by name.
 */
#include "schema/type.h"

static const char *const kind_names[] = {
    [IGD_NULL] = "null", [IGD_STRING] = "string", [IGD_INT] = "int",   [IGD_FLOAT] = "float",
    [IGD_BOOL] = "bool", [IGD_DATE] = "date",     [IGD_TIME] = "time", [IGD_DATETIME] = "datetime",
    [IGD_JSON] = "json", [IGD_RAW] = "raw",
};

const char *igd_kind_name(igd_kind kind)
{
    return kind_names[kind];
}

bool igd_kind_from_name(igd_str name, igd_kind *out)
{
    for (size_t n = 0; n < IGD_COUNT(kind_names); n++)
        if (igd_str_is(name, kind_names[n])) {
            *out = (igd_kind)n;
            return true;
        }
    return false;
}

/* What may stand alone or behind "[]". `any` is JSON without a shape; an alias names the type that
 * is meant. */
static const struct word {
    const char *name, *list_name;
    igd_kind kind;
    bool alias;
} words[] = {
    {"string", "[]string", IGD_STRING, false},
    {"int", "[]int", IGD_INT, false},
    {"float", "[]float", IGD_FLOAT, false},
    {"bool", "[]bool", IGD_BOOL, false},
    {"date", "[]date", IGD_DATE, false},
    {"time", "[]time", IGD_TIME, false},
    {"datetime", "[]datetime", IGD_DATETIME, false},
    {"any", "[]any", IGD_JSON, false},
    {"integer", "[]integer", IGD_INT, true},
    {"number", "[]number", IGD_FLOAT, true},
};

/* The word of a kind that is not an alias. */
static const struct word *word_of(igd_kind kind)
{
    const struct word *word = words;
    while (word->kind != kind && word < words + IGD_COUNT(words) - 1)
        word++;
    return word;
}

static igd_type_result parse_word(igd_str name, bool list, igd_type *out, const char **canonical)
{
    for (size_t n = 0; n < IGD_COUNT(words); n++) {
        const struct word *word = &words[n];
        if (!igd_str_is(name, word->name))
            continue;
        if (list)
            *out = (igd_type){IGD_JSON, IGD_LIST, word->kind};
        else if (word->kind == IGD_JSON)
            *out = (igd_type){IGD_JSON, IGD_ANY, IGD_JSON};
        else
            *out = (igd_type){word->kind, IGD_SCALAR, word->kind};
        *canonical = list ? word_of(word->kind)->list_name : word_of(word->kind)->name;
        return word->alias ? IGD_TYPE_ALIAS : IGD_TYPE_OK;
    }
    return IGD_TYPE_UNKNOWN;
}

static const char locale_map[] = "map[locale]string";

/* map[K]V with a known K; what V says is never looked at, as in the reference implementation. */
static igd_type_result parse_map(igd_str name, igd_type *out, const char **canonical)
{
    static const char *const keys[] = {"locale", "string", "int", "number", "bool", "date"};
    bool alias = igd_str_is(name, "map[i18n]string");
    if (alias || igd_str_is(name, locale_map)) {
        *out = (igd_type){IGD_JSON, IGD_MAP, IGD_STRING};
        *canonical = locale_map;
        return alias ? IGD_TYPE_ALIAS : IGD_TYPE_OK;
    }
    igd_str key = igd_str_sub(name, strlen("map["), name.len);
    ptrdiff_t close = igd_str_find(key, ']');
    key.len = close > 0 ? (size_t)close : 0;
    for (size_t n = 0; n < IGD_COUNT(keys); n++)
        if (igd_str_is(key, keys[n])) {
            *out = (igd_type){IGD_JSON, IGD_MAP, IGD_JSON};
            *canonical = igd_type_name(*out);
            return IGD_TYPE_OK;
        }
    return IGD_TYPE_UNKNOWN;
}

igd_type_result igd_type_parse(igd_str name, igd_type *out, const char **canonical)
{
    const char *ignored;
    if (!canonical)
        canonical = &ignored;
    if (igd_str_starts(name, IGD_STR("map[")))
        return parse_map(name, out, canonical);
    if (igd_str_starts(name, IGD_STR("[]")))
        return parse_word(igd_str_sub(name, 2, name.len), true, out, canonical);
    return parse_word(name, false, out, canonical);
}

const char *igd_type_name(igd_type type)
{
    switch (type.shape) {
    case IGD_SCALAR:
        return word_of(type.kind)->name;
    case IGD_LIST:
        return word_of(type.element)->list_name;
    case IGD_MAP:
        return type.element == IGD_STRING ? locale_map : "map[string]any";
    case IGD_ANY:
        break;
    }
    return "any";
}
