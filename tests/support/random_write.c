/*
 * All files of a random database: where they are, and which fields a record's part of them has.
 */
#include <stdlib.h>

#include "tests/support/random_model.h"

void rm_add_file(rm_model *m, rm_file_list *out, const char *path, const igd_buf *content)
{
    IGD_PUSH(m->mem, out, (rm_file){path, igd_arena_str(m->mem, igd_buf_view(content))});
}

static void add_text(rm_model *m, rm_file_list *out, const char *path, const char *text)
{
    IGD_PUSH(m->mem, out, (rm_file){path, igd_str_from(text)});
}

/* ---- places ---- */

static const char *module_dir(rm_model *m, const char *module)
{
    return rm_print(m, "modules%u/%s", m->module_place, module);
}

static const char *in_module(rm_model *m, const rm_collection *root, const char *path)
{
    return root->module ? rm_print(m, "%s/%s", module_dir(m, root->module), path) : path;
}

/* Of a root collection, as root-collections.yaml has it. */
static const char *declared_path(rm_model *m, const rm_collection *root)
{
    return root->layout == RM_SHARED ? rm_print(m, "%s/.collections/%s", root->dir, root->name)
                                     : root->dir;
}

/* The directory of the definition. */
static const char *definition_dir(rm_model *m, const rm_collection *c)
{
    const rm_collection *root = c;
    while (root->parent)
        root = root->parent;
    if (c->parent)
        return rm_print(m, root->layout == RM_DEDICATED ? "%s/subcollections/%s" : "%s/%s",
                        definition_dir(m, c->parent), c->name);
    const char *dir = in_module(m, c, declared_path(m, c));
    return c->layout == RM_DEDICATED ? rm_print(m, "%s/.collection", dir) : dir;
}

static const char *records_dir(rm_model *m, const rm_collection *c, const rm_record *parent)
{
    const char *dir = c->dir;
    if (c->parent)
        dir = rm_print(m, "%s/%s/%s", records_dir(m, c->parent, parent->parent), parent->key,
                       c->name);
    else if (c->layout == RM_SHARED)
        dir = in_module(m, c, rm_print(m, "%s/%s", c->dir, c->data_dir));
    else
        dir = in_module(m, c, c->dir);
    return c->shape == RM_SINGLE ? rm_print(m, "%s/$records", dir) : dir;
}

const char *rm_file_name(rm_model *m, const rm_collection *c, const char *key)
{
    const char *end = c->format == RM_MARKDOWN ? "md" : rm_format_name(c->format);
    switch (c->shape == RM_SINGLE ? c->template % 5 : 5 + c->template % 3) {
    case 0:
        return rm_print(m, "%s.%s", key, end);
    case 1:
        return rm_print(m, "%s/%s.%s", key, key, end);
    case 2:
        return rm_print(m, "%s/record.%s", key, end);
    case 3:
        return rm_print(m, "r-%s.%s", key, end);
    case 4:
        return rm_print(m, "%s_%s.%s", key, key, end);
    case 5:
        return rm_print(m, "records.%s", end);
    case 6:
        return rm_print(m, "all/records.%s", end);
    default:
        return rm_print(m, "%s.%s", c->name, end);
    }
}

/* ---- fields ---- */

/* The pair of a locale shortcut when the record has a map there, else -1. */
static ptrdiff_t pair_of(rm_model *m, const rm_collection *c, const rm_record *record, size_t at)
{
    if (!c->columns[at].locale || record->values[at]->kind == RM_NULL)
        return -1;
    ptrdiff_t pair = rm_column_at(c, rm_print(m, "%ss", c->columns[at].name));
    bool map = pair >= 0 && c->columns[pair].type == RM_T_MAP_LOCALE &&
               record->values[pair]->kind == RM_MAP;
    return map ? pair : -1;
}

static const rm_value *with_entry(rm_model *m, const rm_value *map, const char *key,
                                  const rm_value *value)
{
    rm_value *more = IGD_NEW(m->mem, rm_value);
    more->kind = RM_MAP;
    more->keys = IGD_NEW_ARRAY(m->mem, const char *, map->count + 1);
    more->items = IGD_NEW_ARRAY(m->mem, const rm_value *, map->count + 1);
    for (; more->count < map->count; more->count++) {
        more->keys[more->count] = map->keys[more->count];
        more->items[more->count] = map->items[more->count];
    }
    more->keys[more->count] = key;
    more->items[more->count++] = value;
    return more;
}

static const rm_value *as_written(rm_model *m, const rm_column *column, const rm_value *value)
{
    bool number = column->type == RM_T_INT && value->kind == RM_TEXT;
    return number ? rm_int(m, atoll(value->text)) : value;
}

static void add_member(rm_entry *entry, const char *name, const rm_value *value, rm_type type)
{
    entry->members[entry->count++] = (rm_member){name, value, type};
}

/* A null is written out, left out, or (a reference) an empty text. */
static void add_null(const rm_collection *c, const rm_column *column, rm_entry *entry,
                     uint64_t *style)
{
    static const rm_value empty = {.kind = RM_TEXT, .text = ""};
    if (column->target && column->type == RM_T_STRING && rm_draw(style, 4) == 0)
        add_member(entry, column->name, &empty, RM_T_STRING);
    else if (c->format != RM_TOML && rm_draw(style, 4) == 0)
        add_member(entry, column->name, &rm_null, column->type);
}

/* `folded`: the text of its shortcut that a map takes in, by column. */
static void add_field(rm_model *m, const rm_collection *c, const rm_record *record, size_t at,
                      size_t *folded, rm_entry *entry, uint64_t *style)
{
    const rm_column *column = &c->columns[at];
    const rm_value *value = column->key ? rm_text(m, record->key) : record->values[at];
    if (column->key && c->shape != RM_ROWS && rm_draw(style, 2))
        return;
    if (value->kind == RM_NULL) {
        add_null(c, column, entry, style);
        return;
    }
    if (folded[at])
        value =
            with_entry(m, value, c->columns[folded[at] - 1].locale, record->values[folded[at] - 1]);
    add_member(entry, column->name, as_written(m, column, value), column->type);
}

static void make_entry(rm_model *m, const rm_collection *c, const rm_record *record,
                       rm_entry *entry)
{
    size_t folded[RM_COLUMNS] = {0};
    bool hidden[RM_COLUMNS] = {false};
    uint64_t style = record->style ^ c->style;
    *entry = (rm_entry){.key = record->key, .style = rm_next(&style)};
    for (size_t n = 0; n < c->column_count; n++) {
        ptrdiff_t pair = pair_of(m, c, record, n);
        if (pair < 0 || rm_draw(&style, 2))
            continue;
        folded[pair] = n + 1;
        hidden[n] = true;
    }
    size_t start = c->column_count ? rm_draw(&style, c->column_count) : 0;
    for (size_t n = 0; n < c->column_count; n++) {
        size_t at = (start + n) % c->column_count;
        if (!hidden[at])
            add_field(m, c, record, at, folded, entry, &style);
    }
    if (c->shape == RM_ROWS && c->key == RM_KEY_NONE)
        add_member(entry, "$ID",
                   c->int_keys && rm_draw(&style, 2) ? rm_int(m, atoll(record->key))
                                                     : rm_text(m, record->key),
                   RM_T_ANY);
    else if (c->format <= RM_JSONL && rm_draw(&style, 16) == 0)
        add_member(entry, "$comment", rm_text(m, "ignored"), RM_T_ANY);
}

/* ---- records ---- */

static void write_single(rm_model *m, const rm_collection *c, rm_file_list *out)
{
    for (size_t n = 0; n < c->records.len; n++) {
        const rm_record *record = c->records.items[n];
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        rm_entry_list entries = {0};
        rm_entry entry;
        if (record->damage == RM_HIDDEN)
            continue;
        make_entry(m, c, record, &entry);
        rm_spoil(c, record->damage, &entry);
        IGD_PUSH(m->mem, &entries, entry);
        rm_write_records(m, c, &entries, &text);
        rm_tear(record->damage, &text);
        rm_add_file(m, out,
                    rm_print(m, "%s/%s", records_dir(m, c, record->parent),
                             rm_file_name(m, c, record->key)),
                    &text);
    }
    if (!c->parent && c->template % 5 == 0) /* what exclude_regex is there for */
        add_text(m, out, rm_print(m, "%s/%s", records_dir(m, c, NULL), rm_file_name(m, c, "_skip")),
                 "{ [ \" nothing to read\n");
}

/* The records below one parent; without any the file may be missing. */
static void write_group(rm_model *m, const rm_collection *c, const rm_record *parent,
                        rm_file_list *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    rm_entry_list entries = {0};
    uint64_t style = c->style ^ (parent ? parent->style : 0);
    for (size_t n = 0; n < c->records.len; n++) {
        rm_entry entry;
        const rm_record *record = c->records.items[n];
        if (record->parent != parent || record->damage == RM_HIDDEN)
            continue;
        make_entry(m, c, record, &entry);
        rm_spoil(c, record->damage, &entry);
        IGD_PUSH(m->mem, &entries, entry);
    }
    if (entries.len == 0 && rm_draw(&style, 2))
        return;
    rm_write_records(m, c, &entries, &text);
    if (c->damage_at == parent)
        rm_tear(c->damage, &text);
    rm_add_file(m, out, rm_print(m, "%s/%s", records_dir(m, c, parent), rm_file_name(m, c, "")),
                &text);
}

static void write_collection(rm_model *m, const rm_collection *c, rm_file_list *out)
{
    rm_write_definition(m, rm_print(m, "%s/definition.yaml", definition_dir(m, c)), c, out);
    if (c->shape == RM_SINGLE)
        write_single(m, c, out);
    else if (!c->parent)
        write_group(m, c, NULL, out);
    else
        for (size_t n = 0; n < c->parent->records.len; n++)
            write_group(m, c, c->parent->records.items[n], out);
}

/* ---- the root ---- */

static bool write_list(rm_model *m, const char *module, igd_buf *out)
{
    bool any = false;
    for (size_t n = 0; n < m->collections.len; n++) {
        const rm_collection *c = m->collections.items[n];
        bool here = c->module ? module && strcmp(module, c->module) == 0 : !module;
        if (c->parent || !here)
            continue;
        igd_buf_printf(out, "%s: %s\n", c->name, declared_path(m, c));
        any = true;
    }
    return any;
}

static void write_root(rm_model *m, rm_file_list *out)
{
    static const char *const modules[] = {"geo", "shop"};
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    write_list(m, NULL, &text);
    for (size_t n = 0; n < IGD_COUNT(modules); n++) {
        IGD_CLEANUP(igd_buf)
        igd_buf inner = IGD_BUF_INIT;
        if (!write_list(m, modules[n], &inner))
            continue;
        const char *dir = module_dir(m, modules[n]);
        igd_buf_printf(&text, "%s.*: %s\n", modules[n], dir);
        rm_add_file(m, out, rm_print(m, "%s/.ingitdb/root-collections.yaml", dir), &inner);
    }
    rm_add_file(m, out, ".ingitdb/root-collections.yaml", &text);
    add_text(m, out, ".ingitdb/settings.yaml",
             rm_print(m, "default_namespace: demo\nlanguages:\n  - required: en\n# %u\n",
                      m->noise / 2));
    add_text(m, out, "README.md", rm_print(m, "# Random, version %u\n", m->noise));
}

void rm_write(rm_model *m, rm_file_list *out)
{
    write_root(m, out);
    for (size_t n = 0; n < m->collections.len; n++)
        write_collection(m, m->collections.items[n], out);
}
