/*
 * Chance, lookups and names of the random model.
 */
#include "tests/support/random_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* splitmix64 */
uint64_t rm_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

size_t rm_draw(uint64_t *state, size_t count)
{
    return (size_t)(rm_next(state) % count);
}

size_t rm_pick(rm_model *m, size_t count)
{
    return rm_draw(&m->random, count);
}

bool rm_chance(rm_model *m, unsigned one_in)
{
    return rm_pick(m, one_in) == 0;
}

static void vprint(igd_buf *out, const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    igd_buf_puts(out, text);
    free(text);
}

const char *rm_print(rm_model *m, const char *format, ...)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    va_list arguments;
    va_start(arguments, format);
    vprint(&text, format, arguments);
    va_end(arguments);
    return igd_arena_cstr(m->mem, igd_buf_view(&text));
}

void rm_log(rm_model *m, const char *format, ...)
{
    va_list arguments;
    if (m->log.len > 0)
        igd_buf_puts(&m->log, "; ");
    va_start(arguments, format);
    vprint(&m->log, format, arguments);
    va_end(arguments);
}

/* ---- types and formats ---- */

static const struct {
    const char *name, *sql;
} types[RM_TYPES] = {
    [RM_T_STRING] = {"string", "TEXT"},
    [RM_T_INT] = {"int", "INTEGER"},
    [RM_T_FLOAT] = {"float", "REAL"},
    [RM_T_BOOL] = {"bool", "INTEGER"},
    [RM_T_DATE] = {"date", "TEXT"},
    [RM_T_TIME] = {"time", "TEXT"},
    [RM_T_DATETIME] = {"datetime", "TEXT"},
    [RM_T_ANY] = {"any", "TEXT"},
    [RM_T_MAP] = {"map[string]any", "TEXT"},
    [RM_T_MAP_INT] = {"map[string]int", "TEXT"},
    [RM_T_MAP_LOCALE] = {"map[locale]string", "TEXT"},
    [RM_T_LIST] = {"[]string", "TEXT"},
    [RM_T_LIST_INT] = {"[]int", "TEXT"},
    [RM_T_LIST_FLOAT] = {"[]float", "TEXT"},
    [RM_T_LIST_BOOL] = {"[]bool", "TEXT"},
    [RM_T_LIST_DATE] = {"[]date", "TEXT"},
    [RM_T_LIST_TIME] = {"[]time", "TEXT"},
    [RM_T_LIST_DATETIME] = {"[]datetime", "TEXT"},
    [RM_T_LIST_ANY] = {"[]any", "TEXT"},
};

bool rm_is_list(rm_type type)
{
    return type >= RM_T_LIST;
}

bool rm_is_map(rm_type type)
{
    return type == RM_T_MAP || type == RM_T_MAP_INT || type == RM_T_MAP_LOCALE;
}

const char *rm_type_name(rm_type type)
{
    return types[type].name;
}

const char *rm_type_sql(rm_type type)
{
    return types[type].sql;
}

rm_type rm_element(rm_type type)
{
    if (rm_is_list(type))
        return (rm_type)(type - RM_T_LIST + RM_T_STRING);
    return type == RM_T_MAP_LOCALE ? RM_T_STRING : RM_T_ANY;
}

const char *rm_format_name(rm_format format)
{
    static const char *const names[RM_FORMATS] = {"yaml", "yml",  "json",     "jsonl",
                                                  "csv",  "toml", "markdown", "ingr"};
    return names[format];
}

bool rm_format_stores(rm_format format, rm_shape shape)
{
    switch (format) {
    case RM_JSONL:
    case RM_CSV:
        return shape == RM_ROWS;
    case RM_MARKDOWN:
        return shape == RM_SINGLE;
    case RM_INGR:
        return shape != RM_SINGLE;
    case RM_YAML:
    case RM_YML:
    case RM_JSON:
    case RM_TOML:
    case RM_FORMATS:
        break;
    }
    return true;
}

/* ---- collections ---- */

const char *rm_id(rm_model *m, const rm_collection *c)
{
    if (c->parent)
        return rm_print(m, "%s/%s", rm_id(m, c->parent), c->name);
    return c->module ? rm_print(m, "%s.%s", c->module, c->name) : c->name;
}

const char *rm_table(rm_model *m, const rm_collection *c)
{
    char *name = igd_arena_cstr(m->mem, igd_str_from(rm_id(m, c)));
    for (char *at = name; *at; at++)
        if (*at == '.' || *at == '/')
            *at = '_';
    return name;
}

size_t rm_depth(const rm_collection *c)
{
    size_t depth = 0;
    for (; c->parent; c = c->parent)
        depth++;
    return depth;
}

bool rm_has_children(const rm_model *m, const rm_collection *c)
{
    for (size_t n = 0; n < m->collections.len; n++)
        if (m->collections.items[n]->parent == c)
            return true;
    return false;
}

bool rm_has_parts(const rm_collection *c)
{
    return c->shape == RM_ROWS && c->key == RM_KEY_PARTS;
}

ptrdiff_t rm_column_at(const rm_collection *c, const char *name)
{
    for (size_t n = 0; n < c->column_count; n++)
        if (strcmp(c->columns[n].name, name) == 0)
            return (ptrdiff_t)n;
    return -1;
}

ptrdiff_t rm_key_at(const rm_collection *c)
{
    for (size_t n = 0; n < c->column_count; n++)
        if (c->columns[n].key)
            return (ptrdiff_t)n;
    return -1;
}

rm_record *rm_find(const rm_collection *c, const rm_record *parent, const char *key)
{
    for (size_t n = 0; n < c->records.len; n++) {
        rm_record *record = c->records.items[n];
        if (!record->gone && record->parent == parent && strcmp(record->key, key) == 0)
            return record;
    }
    return NULL;
}

rm_collection *rm_any_collection(rm_model *m)
{
    return m->collections.len > 0 ? m->collections.items[rm_pick(m, m->collections.len)] : NULL;
}

rm_collection *rm_any_root(rm_model *m)
{
    rm_collection *c = rm_any_collection(m);
    while (c && c->parent)
        c = c->parent;
    return c;
}

/* ---- names ---- */

static const char *key_of_chance(rm_model *m, const rm_collection *c)
{
    static const char *const forms[] = {
        "key%u",        "Key%u",          "two words %u",
        "dot.ted.%u",   "it's %u",        "\"q\"%u",
        "gr\xC3\xBC%u", "\xE6\x97\xA5%u", "\xF0\x9F\x90\x98%u",
        "-dash%u",      "a%%20%u",        "#h%u",
        "{key}%u",      "[x]%u",          "*%u?",
        "back\\%u",     "semi;col:%u",    "~%u",
        "%u.yaml",      "null%u",         "k,%u",
        "UPPER%u",      "upper%u",        "a=b&%u",
    };
    static const char *const wild[] = {"a/b%u",   ".hidden%u", "$x%u", "new\nline%u",
                                       " lead%u", "tab\t%u",   "$ID%u"};
    unsigned number = (unsigned)rm_pick(m, 40);
    if (c->int_keys)
        return rm_print(m, "%s%zu", rm_chance(m, 8) ? "-" : "", rm_pick(m, 2000) + 1);
    if (c->wild_keys && rm_chance(m, 3)) {
        const char *form = wild[rm_pick(m, IGD_COUNT(wild))];
        return rm_print(m, "%.*s%u", (int)strcspn(form, "%"), form, number);
    }
    if (rm_chance(m, 2))
        return rm_print(m, "k%u", number);
    const char *form = forms[rm_pick(m, IGD_COUNT(forms))];
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    for (const char *at = form; *at; at++) {
        if (at[0] == '%' && at[1] == 'u') {
            igd_buf_printf(&out, "%u", number);
            at++;
        } else if (at[0] == '%' && at[1] == '%') {
            igd_buf_byte(&out, '%');
            at++;
        } else {
            igd_buf_byte(&out, *at);
        }
    }
    return igd_arena_cstr(m->mem, igd_buf_view(&out));
}

const char *rm_new_key(rm_model *m, const rm_collection *c, const rm_record *parent)
{
    const char *key = key_of_chance(m, c);
    while (rm_find(c, parent, key))
        key = c->int_keys ? rm_print(m, "%u", ++m->numbers + 3000)
                          : rm_print(m, "%s_%u", key, ++m->numbers);
    return key;
}

const char *rm_new_column_name(rm_model *m, const rm_collection *c)
{
    static const char *const forms[] = {"name",
                                        "Title",
                                        "size",
                                        "select",
                                        "Order",
                                        "gr\xC3\xB6\xC3\x9F"
                                        "e",
                                        "two words",
                                        "q\"uote",
                                        "it's",
                                        "$extra",
                                        "a.b",
                                        "price"};
    const char *form = forms[rm_pick(m, rm_chance(m, 3) ? IGD_COUNT(forms) : 3)];
    /* Names of columns that were dropped come again with another meaning. */
    for (unsigned n = (unsigned)rm_pick(m, 3);; n++) {
        const char *name = n ? rm_print(m, "%s%u", form, n) : form;
        bool taken = false;
        for (size_t k = 0; k < c->column_count; k++) {
            const char *other = c->columns[k].name;
            size_t len = strlen(name);
            /* Nor one that a pair of texts would take. */
            taken |= strncasecmp(other, name, len) == 0 &&
                     (other[len] == '\0' || strcmp(other + len, "s") == 0);
        }
        if (!taken)
            return name;
    }
}

rm_column *rm_add_column(rm_model *m, rm_collection *c, const char *name, rm_type type)
{
    (void)m;
    size_t at = c->column_count++;
    for (size_t n = 0; n < c->records.len; n++)
        c->records.items[n]->values[at] = &rm_null;
    c->columns[at] =
        (rm_column){.name = name, .type = type, .length = -1, .min_length = -1, .max_length = -1};
    return &c->columns[at];
}

void rm_drop_column(rm_collection *c, size_t at)
{
    size_t behind = --c->column_count - at;
    memmove(&c->columns[at], &c->columns[at + 1], behind * sizeof(c->columns[0]));
    for (size_t n = 0; n < c->records.len; n++) {
        const rm_value **values = c->records.items[n]->values;
        memmove(&values[at], &values[at + 1], behind * sizeof(values[0]));
    }
}
