/*
 * definition.yaml of a random collection, whole or spread over files that inherit.
 */
#include <stdlib.h>

#include "tests/support/random_model.h"

static const char *const shape_names[] = {"map[string]any", "[]map[string]any",
                                          "map[$record_id]map[$field_name]any"};

static uint64_t hash(const char *text)
{
    uint64_t sum = 5381;
    for (; *text; text++)
        sum = sum * 33 + (unsigned char)*text;
    return sum;
}

void rm_columns_order(rm_model *m, const rm_collection *c, igd_str_list *out)
{
    uint64_t style = c->order_style;
    size_t kind = rm_draw(&style, 3);
    size_t start = c->column_count ? rm_draw(&style, c->column_count) : 0;
    for (size_t n = 0; n < c->column_count; n++) {
        bool named = c->format == RM_CSV || kind == 0 || (kind == 1 && rm_draw(&style, 2));
        if (named)
            IGD_PUSH(m->mem, out, igd_str_from(c->columns[(start + n) % c->column_count].name));
    }
}

/* ---- columns ---- */

static void put_key(igd_buf *out, const char *key, bool *first)
{
    igd_buf_printf(out, "%s%s: ", *first ? "" : ", ", key);
    *first = false;
}

static void put_number(igd_buf *out, const char *key, int number, bool *first)
{
    put_key(out, key, first);
    igd_buf_printf(out, "%d", number);
}

static void put_constraints(const rm_column *column, igd_buf *out, bool *first, uint64_t *style)
{
    if (column->length >= 0)
        put_number(out, "length", column->length, first);
    if (column->min_length >= 0)
        put_number(out, "min_length", column->min_length, first);
    if (column->max_length >= 0)
        put_number(out, "max_length", column->max_length, first);
    if (column->has_min)
        put_number(out, "min_value", column->min, first);
    if (column->has_max)
        put_number(out, "max_value", column->max, first);
    if (column->allowed_count == 0)
        return;
    put_key(out, "enum", first);
    igd_buf_byte(out, '[');
    for (size_t n = 0; n < column->allowed_count; n++) {
        igd_buf_puts(out, n ? ", " : "");
        rm_yaml(out, column->allowed[n], column->type, 0, style);
    }
    igd_buf_byte(out, ']');
}

/* In the same module the bare name will do. */
static const char *target_name(rm_model *m, const rm_collection *c, const rm_column *column,
                               uint64_t *style)
{
    const rm_collection *root = c, *target = column->target;
    while (root->parent)
        root = root->parent;
    bool inside = root->module && target->module && strcmp(root->module, target->module) == 0;
    return inside && !strchr(target->name, '.') && rm_draw(style, 2) ? target->name
                                                                     : rm_id(m, target);
}

static void put_column(rm_model *m, const rm_collection *c, const rm_column *column, igd_buf *out)
{
    uint64_t style = c->style ^ hash(column->name);
    bool first = true;
    igd_buf_puts(out, "  ");
    rm_yaml_key(out, column->name, &style);
    igd_buf_puts(out, ": {");
    if (rm_draw(&style, 3) == 0) {
        put_key(out, "title", &first);
        igd_buf_puts(out, "Some title");
    }
    put_key(out, "type", &first);
    igd_buf_printf(out, "'%s'", rm_type_name(column->type));
    if (column->required || rm_draw(&style, 6) == 0) {
        put_key(out, "required", &first);
        igd_buf_puts(out, column->required ? "true" : "false");
    }
    put_constraints(column, out, &first, &style);
    if (column->target) {
        put_key(out, "foreign_key", &first);
        igd_buf_puts(out, target_name(m, c, column, &style));
    }
    if (column->locale) {
        put_key(out, "locale", &first);
        igd_buf_puts(out, column->locale);
    }
    igd_buf_puts(out, "}\n");
}

/* ---- the rest ---- */

static void put_names(igd_buf *out, const char *key, const igd_str_list *names, uint64_t *style)
{
    if (names->len == 0)
        return;
    igd_buf_printf(out, "%s: [", key);
    for (size_t n = 0; n < names->len; n++) {
        igd_buf_puts(out, n ? ", " : "");
        rm_yaml_key(out, names->items[n].ptr, style);
    }
    igd_buf_puts(out, "]\n");
}

static void put_primary_key(rm_model *m, const rm_collection *c, igd_buf *out, uint64_t *style)
{
    igd_str_list names = {0};
    bool usual = c->key == RM_KEY_DOLLAR || c->key == RM_KEY_ID;
    if (c->shape != RM_ROWS || (usual && rm_draw(style, 2)))
        return;
    for (size_t n = 0; n < c->column_count; n++)
        if (c->columns[n].key || c->columns[n].part)
            IGD_PUSH(m->mem, &names, igd_str_from(c->columns[n].name));
    put_names(out, "primary_key", &names, style);
}

static void put_record_file(rm_model *m, const rm_collection *c, igd_buf *out, uint64_t *style)
{
    const char *name = rm_file_name(m, c, "{key}");
    if (c->shape == RM_SINGLE && rm_draw(style, 4) == 0)
        name = rm_print(m, "$records/%s", name);
    igd_buf_printf(out, "record_file:\n  name: \"%s\"\n  type: \"%s\"\n  format: %s\n", name,
                   shape_names[c->shape], rm_format_name(c->format));
    if (c->shape == RM_SINGLE)
        igd_buf_puts(out, "  exclude_regex: '^_skip'\n");
    for (size_t n = 0; n < c->column_count; n++)
        if (c->columns[n].content) {
            igd_buf_puts(out, "  content_field: ");
            rm_yaml_key(out, c->columns[n].name, style);
            igd_buf_byte(out, '\n');
        }
}

/* A column of its own that an inherited file has otherwise. */
static void put_overridden(const rm_collection *c, igd_buf *out)
{
    uint64_t style = c->style;
    for (size_t n = 0; n < c->column_count; n++)
        if (rm_draw(&style, 3) == 0 && c->columns[n].name[0] >= 'a' &&
            !strchr(c->columns[n].name, ' ') &&
            hash(c->columns[n].name) % (unsigned)(c->inherits + 1) == 0)
            igd_buf_printf(out, "  %s: {type: bool, required: true}\n", c->columns[n].name);
}

/* What file `level` of the chain says; 0 is the collection's own. */
static void put_level(rm_model *m, const rm_collection *c, int level, igd_buf *out)
{
    uint64_t style = c->style ^ (uint64_t)c->inherits;
    unsigned files = (unsigned)c->inherits + 1;
    igd_str_list order = {0};
    rm_columns_order(m, c, &order);
    bool has_file = rm_draw(&style, files) == (size_t)level;
    bool has_order = rm_draw(&style, files) == (size_t)level;
    bool has_key = rm_draw(&style, files) == (size_t)level;
    if (rm_draw(&style, 2))
        igd_buf_puts(out, "titles: {en: Something}\n");
    uint64_t parts = c->style;
    if (has_file)
        put_record_file(m, c, out, &parts);
    if (has_file && !c->parent && c->layout == RM_SHARED)
        igd_buf_printf(out, "data_dir: %s\n", c->data_dir);
    igd_buf_puts(out, "columns:\n");
    size_t start = out->len;
    for (size_t n = 0; n < c->column_count; n++)
        if (hash(c->columns[n].name) % files == (unsigned)level)
            put_column(m, c, &c->columns[n], out);
    if (level > 0 && level == c->inherits)
        put_overridden(c, out);
    if (out->len == start)
        igd_buf_puts(out, "  {}\n");
    if (has_order)
        put_names(out, "columns_order", &order, &parts);
    if (has_key)
        put_primary_key(m, c, out, &parts);
    if (level == 0 && rm_draw(&parts, 4) == 0)
        igd_buf_puts(out, "min_records_count: 0\nmax_records_count: 1000\n");
}

void rm_write_definition(rm_model *m, const char *path, const rm_collection *c, rm_file_list *out)
{
    const char *table = rm_table(m, c);
    for (int level = 0; level <= c->inherits; level++) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        if (level < c->inherits) {
            igd_buf_puts(&text, "inherits: ");
            for (const char *at = path; level == 0 && (at = strchr(at, '/')); at++)
                igd_buf_puts(&text, "../");
            igd_buf_printf(&text, "%s%s.%d.yaml\n", level == 0 ? "bases/" : "", table, level + 1);
        }
        put_level(m, c, level, &text);
        rm_add_file(m, out, level == 0 ? path : rm_print(m, "bases/%s.%d.yaml", table, level),
                    &text);
    }
}
