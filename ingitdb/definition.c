/*
 * definition.yaml: merging a chain of files, and the checks over several of its parts.
 */
#include "ingitdb/definition.h"

#include <stdlib.h>

#include "base/map.h"
#include "ingitdb/paths.h"
#include "ingitdb/record_file.h"
#include "ingitdb/scalars.h"

typedef struct definition_reader {
    const igd_definition_input *input;
    igd_reporter reporter;
    igd_arena *mem;
    igd_definition *out;
    igd_map *by_name; /* igd_field of each column */
} definition_reader;

/* A column and the file that it comes from. */
typedef struct merged_column {
    const igd_member *member;
    size_t file;
} merged_column;

typedef IGD_LIST(merged_column) merged_column_list;

static igd_spot spot_of_file(const definition_reader *d, size_t file)
{
    return (igd_spot){.path = d->input->chain.items[file].path};
}

/* ---- merging ---- */

/* Unset as the reference sees it: null, "" and an empty list, but not an empty mapping. */
static bool is_unset(const igd_node *node)
{
    igd_str text;
    if (igd_node_is_null(node))
        return true;
    if (node->kind == IGD_NODE_LIST)
        return node->count == 0;
    return igd_node_scalar(node, &text) && text.len == 0;
}

/* The value of a key in the nearest file that sets it, or NULL; *spot tells where. */
static const igd_node *pick(const definition_reader *d, igd_str key, igd_spot *spot)
{
    const igd_definition_chain *chain = &d->input->chain;
    *spot = spot_of_file(d, 0);
    for (size_t n = 0; n < chain->len; n++) {
        const igd_node *root = chain->items[n].root;
        const igd_node *node = root ? igd_node_get(root, key) : NULL;
        if (is_unset(node))
            continue;
        *spot = igd_spot_of(spot_of_file(d, n), node);
        return node;
    }
    return NULL;
}

/* Columns by name, the nearest file's as a whole. */
static void merge_columns(const definition_reader *d, merged_column_list *out)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *names = igd_map_new();
    const igd_definition_chain *chain = &d->input->chain;
    for (size_t n = 0; n < chain->len; n++) {
        const igd_node *root = chain->items[n].root;
        const igd_node *columns = root ? igd_node_get(root, IGD_STR("columns")) : NULL;
        if (igd_node_is_null(columns))
            continue;
        if (columns->kind != IGD_NODE_MAP) {
            igd_report_error(&d->reporter, igd_spot_of(spot_of_file(d, n), columns), "column",
                             IGD_STR("write a mapping of column names"),
                             "columns is not a mapping but a %s", igd_node_kind_name(columns));
            continue;
        }
        for (size_t at = 0; at < columns->count; at++) {
            igd_member *member = &columns->members[at];
            if (igd_map_get(names, member->key))
                continue;
            igd_map_put(names, member->key, member);
            IGD_PUSH(d->reporter.scratch, out, (merged_column){member, n});
        }
    }
}

/* ---- unknown keys ---- */

static void check_view_keys(const definition_reader *d, igd_spot file, const igd_node *view,
                            igd_str where)
{
    static const igd_str known[] = {
        IGD_WORD("titles"),
        IGD_WORD("order_by"),
        IGD_WORD("formats"),
        IGD_WORD("columns"),
        IGD_WORD("top"),
        IGD_WORD("where"),
        IGD_WORD("template"),
        IGD_WORD("file_name"),
        IGD_WORD("records_var_name"),
        IGD_WORD("format"),
        IGD_WORD("max_batch_size"),
        IGD_WORD("include_hash"),
        IGD_WORD("records_delimiter"),
    };
    igd_report_unknown_keys(&d->reporter, file, view, where, known, IGD_COUNT(known));
}

static const igd_node *part_of(const igd_node *map, igd_str key)
{
    return map && map->kind == IGD_NODE_MAP ? igd_node_get(map, key) : NULL;
}

/* Those of record_file and columns are looked at where they are read. */
static void check_keys(const definition_reader *d, size_t n)
{
    static const igd_str known[] = {
        IGD_WORD("inherits"),
        IGD_WORD("titles"),
        IGD_WORD("record_file"),
        IGD_WORD("data_dir"),
        IGD_WORD("columns"),
        IGD_WORD("columns_order"),
        IGD_WORD("primary_key"),
        IGD_WORD("default_view"),
        IGD_WORD("readme"),
        IGD_WORD("min_records_count"),
        IGD_WORD("max_records_count"),
        IGD_WORD("conflict_resolution"),
    };
    static const igd_str readme_keys[] = {
        IGD_WORD("hide_columns"),  IGD_WORD("hide_subcollections"), IGD_WORD("hide_views"),
        IGD_WORD("hide_triggers"), IGD_WORD("data_preview"),
    };
    static const igd_str resolution_keys[] = {IGD_WORD("record_merge")};
    static const igd_str merge_keys[] = {IGD_WORD("enabled"), IGD_WORD("same_record")};

    const igd_reporter *reporter = &d->reporter;
    const igd_node *root = d->input->chain.items[n].root;
    igd_spot file = spot_of_file(d, n);
    const igd_node *readme = part_of(root, IGD_STR("readme"));
    const igd_node *resolution = part_of(root, IGD_STR("conflict_resolution"));
    igd_report_unknown_keys(reporter, file, root, IGD_STR(""), known, IGD_COUNT(known));
    check_view_keys(d, file, part_of(root, IGD_STR("default_view")), IGD_STR("default_view"));
    igd_report_unknown_keys(reporter, file, readme, IGD_STR("readme"), readme_keys,
                            IGD_COUNT(readme_keys));
    check_view_keys(d, file, part_of(readme, IGD_STR("data_preview")),
                    IGD_STR("readme.data_preview"));
    igd_report_unknown_keys(reporter, file, resolution, IGD_STR("conflict_resolution"),
                            resolution_keys, IGD_COUNT(resolution_keys));
    igd_report_unknown_keys(reporter, file, part_of(resolution, IGD_STR("record_merge")),
                            IGD_STR("conflict_resolution.record_merge"), merge_keys,
                            IGD_COUNT(merge_keys));
}

/* ---- lists of column names ---- */

static igd_str column_hint(const definition_reader *d, igd_str name)
{
    igd_str_list names = {0};
    void *cursor = NULL, *value;
    igd_str key;
    while (igd_map_next(d->by_name, &cursor, &key, &value))
        IGD_PUSH(d->reporter.scratch, &names, key);
    return igd_similar_hint(d->reporter.scratch, name, names.items, names.len,
                            IGD_STR("declare it under columns, or remove it here"));
}

/* The names of declared columns in a list, without those that are reported. */
static void read_names(const definition_reader *d, igd_str key, igd_str_list *out)
{
    igd_spot spot;
    const igd_node *list = pick(d, key, &spot);
    if (!list)
        return;
    if (list->kind != IGD_NODE_LIST) {
        igd_report_error(&d->reporter, spot, "columns", IGD_STR("write a list: [name, name]"),
                         "%.*s is not a list but a %s", IGD_STR_ARG(key), igd_node_kind_name(list));
        return;
    }
    IGD_CLEANUP_PTR(igd_map) igd_map *seen = igd_map_new();
    for (size_t n = 0; n < list->count; n++) {
        igd_str name;
        igd_spot at = igd_spot_of(spot, list->items[n]);
        if (!igd_node_scalar(list->items[n], &name)) {
            igd_report_error(&d->reporter, at, "columns", IGD_STR("write a list of column names"),
                             "entry %zu of %.*s is a %s, not a name", n + 1, IGD_STR_ARG(key),
                             igd_node_kind_name(list->items[n]));
            continue;
        }
        const igd_field *field = igd_map_get(d->by_name, name);
        if (!field) {
            igd_report_error(&d->reporter, at, "columns", column_hint(d, name),
                             "%.*s names column '%.*s', which is not declared", IGD_STR_ARG(key),
                             IGD_STR_ARG(name));
        } else if (igd_map_put(seen, name, d->out)) {
            igd_report_error(&d->reporter, at, "columns", IGD_STR("remove one of them"),
                             "%.*s names column '%.*s' twice", IGD_STR_ARG(key), IGD_STR_ARG(name));
        } else {
            IGD_PUSH(d->mem, out, field->name);
        }
    }
}

/* ---- columns ---- */

static int by_name(const void *a, const void *b)
{
    return igd_str_cmp(((const igd_field *)a)->name, ((const igd_field *)b)->name);
}

/* Display order: columns_order, then the rest by name. Afterwards by_name points into it. */
static void order_fields(const definition_reader *d, const igd_field *read, size_t count)
{
    igd_collection *model = &d->out->model;
    igd_field *fields = IGD_NEW_ARRAY(d->mem, igd_field, count);
    size_t ordered = 0;
    for (size_t n = 0; n < d->out->columns_order.len; n++)
        fields[ordered++] = *(igd_field *)igd_map_take(d->by_name, d->out->columns_order.items[n]);
    size_t rest = ordered;
    for (size_t n = 0; n < count; n++)
        if (igd_map_get(d->by_name, read[n].name))
            fields[rest++] = read[n];
    if (rest > ordered)
        qsort(fields + ordered, rest - ordered, sizeof(*fields), by_name);
    for (size_t n = 0; n < count; n++)
        igd_map_put(d->by_name, fields[n].name, &fields[n]);
    model->fields = fields;
    model->field_count = count;
}

static void read_columns(const definition_reader *d, igd_reference_list *references)
{
    merged_column_list merged = {0};
    size_t errors = d->reporter.problems->schema_errors, first = references->len;
    merge_columns(d, &merged);
    if (merged.len == 0) {
        if (d->reporter.problems->schema_errors == errors)
            igd_report_error(&d->reporter, spot_of_file(d, 0), "column",
                             IGD_STR("declare every field of the records under columns"),
                             "the definition has no columns");
        return;
    }
    igd_field *read = IGD_NEW_ARRAY(d->reporter.scratch, igd_field, merged.len);
    for (size_t n = 0; n < merged.len; n++) {
        igd_spot file = spot_of_file(d, merged.items[n].file);
        igd_column_read(&d->reporter, file, merged.items[n].member, d->mem, &read[n], references);
        if (merged.items[n].file == 0) { /* else the line is one of another file */
            read[n].line = merged.items[n].member->line;
            read[n].column = merged.items[n].member->column;
        }
        igd_map_put(d->by_name, read[n].name, &read[n]);
    }
    read_names(d, IGD_STR("columns_order"), &d->out->columns_order);
    order_fields(d, read, merged.len);
    for (size_t n = first; n < references->len; n++) {
        const igd_field *field = igd_map_get(d->by_name, references->items[n].name);
        references->items[n].field = (size_t)(field - d->out->model.fields);
    }
}

/* D22: a shortcut is read from the column with an 's' more. */
static void check_locales(const definition_reader *d)
{
    const igd_collection *model = &d->out->model;
    for (size_t n = 0; n < model->field_count; n++) {
        const igd_field *field = &model->fields[n];
        if (field->locale.len == 0)
            continue;
        igd_str pair = igd_arena_printf(d->reporter.scratch, "%.*ss", IGD_STR_ARG(field->name));
        const igd_field *other = igd_map_get(d->by_name, pair);
        if (other && other->type.shape == IGD_MAP)
            continue;
        igd_spot spot = spot_of_file(d, 0);
        spot.line = field->line;
        spot.column = field->column;
        spot.field = field->name;
        igd_report_warning(&d->reporter, spot, "locale",
                           IGD_STR("declare the pair with type 'map[locale]string'"),
                           "locale of column '%.*s' has no effect without a column '%.*s' of texts",
                           IGD_STR_ARG(field->name), IGD_STR_ARG(pair));
    }
}

/* ---- the rest ---- */

static void read_primary_key(const definition_reader *d)
{
    igd_collection *model = &d->out->model;
    igd_str_list names = {0};
    igd_spot spot;
    if (!pick(d, IGD_STR("primary_key"), &spot))
        return;
    read_names(d, IGD_STR("primary_key"), &names);
    for (size_t n = 0; n < names.len; n++) {
        const igd_field *field = igd_map_get(d->by_name, names.items[n]);
        if (field->computed)
            igd_report_error(&d->reporter, spot, "columns", IGD_STR("name stored columns"),
                             "primary_key names the computed column '%.*s'",
                             IGD_STR_ARG(names.items[n]));
    }
    if (model->record_type == IGD_RECORD_LIST)
        model->primary_key = names;
    else
        igd_report_warning(&d->reporter, spot, "primary_key",
                           IGD_STR("remove it: the key is in the file"),
                           "primary_key has no effect on this record type");
}

static void read_count(const definition_reader *d, const char *key, igd_limit *out)
{
    const igd_definition_file *file = &d->input->chain.items[0]; /* never inherited */
    const igd_node *node = file->root ? igd_node_get(file->root, igd_str_from(key)) : NULL;
    igd_spot spot = igd_spot_of(spot_of_file(d, 0), node);
    int64_t number = 0;
    if (igd_node_is_null(node))
        return;
    if (!igd_node_int(node, d->reporter.scratch, &number))
        igd_report_error(&d->reporter, spot, "bounds", IGD_STR("write a whole number"),
                         "%s is not an integer", key);
    else if (number < 0)
        igd_report_error(&d->reporter, spot, "bounds", IGD_STR("write 0 or more"), "%s is negative",
                         key);
    else
        *out = (igd_limit){.set = true, .value = number};
}

static void read_counts(const definition_reader *d)
{
    igd_limit *least = &d->out->model.min_records, *most = &d->out->model.max_records;
    read_count(d, "min_records_count", least);
    read_count(d, "max_records_count", most);
    if (least->set && most->set && least->value > most->value)
        igd_report_error(&d->reporter, spot_of_file(d, 0), "bounds", IGD_STR("correct one of them"),
                         "min_records_count %lld is above max_records_count %lld",
                         (long long)least->value, (long long)most->value);
}

/* D6: only root collections of the shared layout have one. */
static void read_data_dir(const definition_reader *d)
{
    igd_spot spot;
    igd_str text = {0};
    const igd_node *node = pick(d, IGD_STR("data_dir"), &spot);
    if (!d->input->parent)
        d->out->data_dir = igd_arena_str(d->mem, d->input->base_dir);
    if (!node)
        return;
    if (!igd_node_scalar(node, &text)) {
        igd_report_error(&d->reporter, spot, "data_dir", IGD_STR(""), "data_dir is not text");
        return;
    }
    if (d->input->parent || d->input->layout == IGD_LAYOUT_DEDICATED) {
        igd_report_warning(&d->reporter, spot, "data_dir", IGD_STR("remove it"),
                           "data_dir is ignored: %s",
                           d->input->parent ? "a subcollection is below its parent's records"
                                            : "the data is beside .collection/");
        return;
    }
    const char *refusal = igd_path_refusal(text);
    if (!refusal && !igd_path_resolve(d->mem, d->input->base_dir, text, 0, &d->out->data_dir))
        refusal = "leads out of the database";
    if (refusal)
        igd_report_error(&d->reporter, spot, "data_dir",
                         IGD_STR("write a path relative to the directory above .collections/"),
                         "data_dir '%.*s' %s", IGD_STR_ARG(text), refusal);
}

static void check_format_needs(const definition_reader *d)
{
    const igd_definition *out = d->out;
    igd_spot spot = spot_of_file(d, 0);
    if (out->format == &igd_format_csv && out->columns_order.len == 0)
        igd_report_error(&d->reporter, spot, "columns",
                         IGD_STR("add columns_order with the names of the header"),
                         "format csv needs columns_order");
    if (out->content_field.len && !igd_map_get(d->by_name, out->content_field) &&
        out->content_field.ptr[0] != '$')
        igd_report_warning(&d->reporter, spot, "record_file", column_hint(d, out->content_field),
                           "content_field '%.*s' is not a declared column",
                           IGD_STR_ARG(out->content_field));
}

/* Files that are no mapping are reported and end the reading. */
static bool check_roots(const definition_reader *d)
{
    bool ok = true;
    for (size_t n = 0; n < d->input->chain.len; n++) {
        const igd_node *root = d->input->chain.items[n].root;
        if (!root || root->kind == IGD_NODE_MAP)
            continue;
        ok = false;
        igd_report_error(&d->reporter, igd_spot_of(spot_of_file(d, n), root), "parse",
                         IGD_STR("a definition is a mapping with record_file and columns"),
                         "the definition is not a mapping but a %s", igd_node_kind_name(root));
    }
    return ok;
}

void igd_definition_read(const igd_definition_input *input, igd_arena *mem, igd_arena *scratch,
                         igd_problems *problems, igd_definition *out,
                         igd_reference_list *references)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *names = igd_map_new();
    igd_str id = igd_arena_str(mem, input->id);
    definition_reader d = {
        .input = input,
        .reporter = {problems, scratch, id},
        .mem = mem,
        .out = out,
        .by_name = names,
    };
    *out = (igd_definition){.parent = input->parent};
    out->model.id = id;
    out->model.name = input->parent ? igd_path_base(id) : id;
    out->model.parent = input->parent ? &input->parent->model : NULL;
    out->model.path = igd_arena_str(mem, input->chain.items[0].path);
    if (!check_roots(&d))
        return;
    for (size_t n = 0; n < input->chain.len; n++)
        check_keys(&d, n);

    igd_spot spot;
    const igd_node *record_file = pick(&d, IGD_STR("record_file"), &spot);
    spot.line = spot.column = 0; /* of the file, wherever in it */
    igd_record_file_read(&d.reporter, spot, record_file, input->default_format, mem, out);
    read_columns(&d, references);
    check_locales(&d);
    read_primary_key(&d);
    read_counts(&d);
    read_data_dir(&d);
    check_format_needs(&d);
}
