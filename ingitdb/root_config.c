/*
 * `.ingitdb/root-collections.yaml` with its namespace imports, and `.ingitdb/settings.yaml`.
 */
#include "ingitdb/root_config.h"

#include <stdlib.h>

#include "base/map.h"
#include "ingitdb/paths.h"
#include "ingitdb/scalars.h"

#define LIST_FILE     ".ingitdb/root-collections.yaml"
#define SETTINGS_FILE ".ingitdb/settings.yaml"

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *igd_collection_id_refusal(igd_str id)
{
    if (id.len == 0)
        return "is empty";
    if (!is_alphanumeric(id.ptr[0]) || !is_alphanumeric(id.ptr[id.len - 1]))
        return "does not start and end with a letter or digit";
    for (size_t n = 0; n < id.len; n++)
        if (!is_alphanumeric(id.ptr[n]) && id.ptr[n] != '.' && id.ptr[n] != '_')
            return "holds other characters than letters, digits, '.' and '_'";
    return NULL;
}

/* ---- files ---- */

typedef struct config_file {
    igd_str path;
    bool found;          /* there is such a file */
    const igd_node *map; /* NULL: empty, not there, or not usable (reported) */
} config_file;

static int load_map(const igd_tree_files *files, igd_str dir, igd_str name, config_file *out,
                    igd_error *err)
{
    *out = (config_file){.path = igd_path_join(files->scratch, dir, name)};
    igd_reporter reporter = {.problems = files->problems, .scratch = files->scratch};
    igd_spot spot = {.path = out->path};
    igd_seen seen;
    int rc = igd_tree_look(files, out->path, &seen, err);
    if (rc)
        return rc;
    if (seen.what == IGD_SIGHT_DIRECTORY) {
        igd_report_error(&reporter, spot, "config", IGD_STR(""), "is a directory, not a file");
        return IGD_OK;
    }
    if (igd_report_link(&reporter, spot, &seen) || seen.what == IGD_SIGHT_NOTHING)
        return IGD_OK;

    out->found = true;
    igd_node *node = NULL;
    bool ok = false;
    rc = igd_tree_yaml(files, &seen.id, out->path, IGD_STR(""), &node, &ok, err);
    if (rc || !ok || !node)
        return rc;
    if (node->kind == IGD_NODE_MAP)
        out->map = node;
    else if (!igd_node_is_null(node))
        igd_report_error(&reporter, igd_spot_of(spot, node), "config", IGD_STR(""),
                         "is not a mapping but a %s", igd_node_kind_name(node));
    return IGD_OK;
}

/* ---- root-collections.yaml ---- */

typedef struct list_reader {
    const igd_tree_files *files;
    igd_reporter reporter;
    igd_declared_list *out;
} list_reader;

/* D5: a path stays below the root and says so plainly. */
static bool check_path(list_reader *reader, igd_spot spot, igd_str key, const igd_node *value,
                       igd_str *out)
{
    igd_str path;
    if (!igd_node_scalar(value, &path)) {
        igd_report_error(&reader->reporter, spot, "path",
                         IGD_STR("write 'id: path', one line a collection"),
                         "the path of '%.*s' is a %s, not text", IGD_STR_ARG(key),
                         igd_node_kind_name(value));
        return false;
    }
    const char *refusal = igd_path_refusal(path);
    if (!refusal && igd_path_has_dotdot(path))
        refusal = "has a part '..'";
    if (!refusal && igd_str_find(path, '*') >= 0)
        refusal = "has a wildcard";
    if (refusal) {
        igd_report_error(&reader->reporter, spot, "path",
                         IGD_STR("write the directory relative to the one that contains .ingitdb/"),
                         "path '%.*s' of '%.*s' %s", IGD_STR_ARG(path), IGD_STR_ARG(key), refusal);
        return false;
    }
    *out = path;
    return true;
}

static void declare(list_reader *reader, igd_str base, igd_str prefix, igd_spot spot,
                    const igd_member *member)
{
    igd_arena *scratch = reader->files->scratch;
    igd_declared entry = {.spot = igd_spot_of_key(spot, member)};
    const char *refusal = igd_collection_id_refusal(member->key);
    if (refusal) {
        igd_report_error(&reader->reporter, entry.spot, "id",
                         IGD_STR("ids are letters, digits, '.' and '_'"), "collection id '%.*s' %s",
                         IGD_STR_ARG(member->key), refusal);
        return;
    }
    entry.id = prefix.len ? igd_arena_printf(scratch, "%.*s.%.*s", IGD_STR_ARG(prefix),
                                             IGD_STR_ARG(member->key))
                          : member->key;
    igd_spot value_spot = igd_spot_of(spot, member->value);
    entry.is_usable = check_path(reader, value_spot, member->key, member->value, &entry.text) &&
                      igd_path_resolve(scratch, base, entry.text, base.len, &entry.dir);
    IGD_PUSH(scratch, reader->out, entry);
}

/* The entries of an import (1.2). Not recursive; the module's settings are not read. */
static int import(list_reader *reader, igd_str prefix, igd_str dir, igd_spot spot, igd_str text,
                  igd_error *err)
{
    const igd_reporter *reporter = &reader->reporter;
    igd_seen seen;
    int rc = igd_tree_look(reader->files, dir, &seen, err);
    if (rc || igd_report_link(reporter, spot, &seen))
        return rc;
    if (seen.what != IGD_SIGHT_DIRECTORY) {
        igd_report_error(reporter, spot, "import",
                         IGD_STR("commit the directory, or remove the import"),
                         "there is no directory '%.*s' to import '%.*s' from", IGD_STR_ARG(text),
                         IGD_STR_ARG(prefix));
        return IGD_OK;
    }
    size_t errors = reporter->problems->schema_errors;
    config_file file;
    rc = load_map(reader->files, dir, IGD_STR(LIST_FILE), &file, err);
    if (rc || reporter->problems->schema_errors > errors)
        return rc;
    if (!file.map || file.map->count == 0) {
        igd_report_error(reporter, spot, "import",
                         IGD_STR("an import reads " LIST_FILE " below its path"),
                         "import '%.*s': '%.*s' %s", IGD_STR_ARG(prefix), IGD_STR_ARG(file.path),
                         file.found ? "declares no collections" : "is not there");
        return IGD_OK;
    }
    for (size_t n = 0; n < file.map->count; n++) {
        const igd_member *member = &file.map->members[n];
        igd_spot inner = {.path = file.path};
        if (igd_str_ends(member->key, IGD_STR(".*"))) {
            igd_report_error(reporter, igd_spot_of_key(inner, member), "import",
                             IGD_STR("import it in the root's own " LIST_FILE),
                             "import '%.*s' inside an imported file is not followed",
                             IGD_STR_ARG(member->key));
            continue;
        }
        declare(reader, dir, prefix, inner, member);
    }
    return IGD_OK;
}

static int import_entry(list_reader *reader, igd_spot spot, const igd_member *member,
                        igd_error *err)
{
    igd_str prefix = igd_str_sub(member->key, 0, member->key.len - 2);
    const char *refusal = igd_collection_id_refusal(prefix);
    if (refusal) {
        igd_report_error(&reader->reporter, igd_spot_of_key(spot, member), "id",
                         IGD_STR("ids are letters, digits, '.' and '_'"),
                         "the prefix of import '%.*s' %s", IGD_STR_ARG(member->key), refusal);
        return IGD_OK;
    }
    igd_str text, dir;
    igd_spot value_spot = igd_spot_of(spot, member->value);
    if (!check_path(reader, value_spot, member->key, member->value, &text) ||
        !igd_path_resolve(reader->files->scratch, reader->files->root, text,
                          reader->files->root.len, &dir))
        return IGD_OK;
    return import(reader, prefix, dir, value_spot, text, err);
}

/* Two entries with one path, compared as written and before imports, as the reference does. */
static void report_equal_paths(list_reader *reader, igd_spot spot, const igd_node *map)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *paths = igd_map_new();
    for (size_t n = 0; n < map->count; n++) {
        igd_member *member = &map->members[n];
        igd_str path;
        if (!igd_node_scalar(member->value, &path) || path.len == 0)
            continue;
        const igd_member *other = igd_map_get(paths, path);
        if (!other) {
            igd_map_put(paths, path, member);
            continue;
        }
        igd_report_error(&reader->reporter, igd_spot_of(spot, member->value), "path",
                         IGD_STR("a directory holds one collection"),
                         "'%.*s' and '%.*s' have the same path '%.*s'", IGD_STR_ARG(other->key),
                         IGD_STR_ARG(member->key), IGD_STR_ARG(path));
    }
}

/* By id; equal ones by place, so that the same one is kept every time. */
static int by_id(const void *left, const void *right)
{
    const igd_declared *a = left, *b = right;
    int order = igd_str_cmp(a->id, b->id);
    if (order == 0)
        order = igd_str_cmp(a->spot.path, b->spot.path);
    if (order == 0)
        order = a->spot.line < b->spot.line ? -1 : a->spot.line > b->spot.line;
    return order;
}

/* Orders by id. An id that is declared twice can only come from an import; Go takes either. */
static void sort_and_check_ids(list_reader *reader)
{
    igd_declared_list *list = reader->out;
    if (list->len == 0)
        return;
    qsort(list->items, list->len, sizeof(*list->items), by_id);
    size_t kept = 1;
    for (size_t n = 1; n < list->len; n++) {
        const igd_declared *last = &list->items[kept - 1];
        const igd_declared *next = &list->items[n];
        if (!igd_str_eq(last->id, next->id)) {
            list->items[kept++] = *next;
            continue;
        }
        igd_report_error(&reader->reporter, next->spot, "id",
                         IGD_STR("rename one of them, or import under another prefix"),
                         "collection id '%.*s' is also declared in %.*s:%u", IGD_STR_ARG(next->id),
                         IGD_STR_ARG(last->spot.path), last->spot.line);
    }
    list->len = kept;
}

static int load_list(list_reader *reader, igd_root_config *out, igd_error *err)
{
    config_file file;
    int rc = load_map(reader->files, reader->files->root, IGD_STR(LIST_FILE), &file, err);
    if (rc)
        return rc;
    out->has_list = file.found;
    if (!file.map)
        return IGD_OK;
    igd_spot spot = {.path = file.path};
    for (size_t n = 0; n < file.map->count; n++) {
        const igd_member *member = &file.map->members[n];
        if (!igd_str_ends(member->key, IGD_STR(".*")))
            declare(reader, reader->files->root, IGD_STR(""), spot, member);
        else if ((rc = import_entry(reader, spot, member, err)))
            return rc;
    }
    report_equal_paths(reader, spot, file.map);
    sort_and_check_ids(reader);
    return IGD_OK;
}

/* ---- settings.yaml ---- */

static void check_namespace(const igd_reporter *reporter, igd_spot spot, const igd_node *node)
{
    igd_str text;
    const char *refusal = igd_node_scalar(node, &text) ? NULL : "is not text";
    if (!refusal && text.len > 0)
        refusal = igd_collection_id_refusal(text);
    if (refusal)
        igd_report_error(reporter, igd_spot_of(spot, node), "settings",
                         IGD_STR("write an id, as for a collection, or remove the key"),
                         "default_namespace %s", refusal);
}

static void check_default_format(const igd_reporter *reporter, igd_spot spot, const igd_node *node,
                                 igd_root_config *out)
{
    igd_str text;
    bool is_text = igd_node_scalar(node, &text);
    if (is_text && text.len == 0)
        return;
    out->default_format = is_text ? igd_format_find(text) : NULL;
    if (!out->default_format)
        igd_report_error(reporter, igd_spot_of(spot, node), "settings",
                         igd_arena_printf(reporter->scratch, "formats: %s", igd_format_names()),
                         "default_record_format is not a record format");
}

/* Why an entry of `languages` is wrong, or NULL. */
static const char *language_refusal(const igd_node *entry, bool *saw_optional)
{
    if (entry->kind != IGD_NODE_MAP)
        return "is not a mapping";
    const igd_node *required = igd_node_get(entry, IGD_STR("required"));
    const igd_node *optional = igd_node_get(entry, IGD_STR("optional"));
    igd_str required_code = {0}, optional_code = {0};
    if ((required && !igd_node_scalar(required, &required_code)) ||
        (optional && !igd_node_scalar(optional, &optional_code)))
        return "is not a language code";
    if (required_code.len && optional_code.len)
        return "is both required and optional";
    igd_str code = required_code.len ? required_code : optional_code;
    if (code.len < 2)
        return code.len ? "is too short" : "is neither required nor optional";
    for (size_t n = 0; n < code.len; n++)
        if (!is_alphanumeric(code.ptr[n]) && code.ptr[n] != '-')
            return "holds other characters than letters, digits and '-'";
    if (required_code.len && *saw_optional)
        return "is required and stands behind an optional one";
    *saw_optional = *saw_optional || optional_code.len > 0;
    return NULL;
}

/* Records are never checked against them, so nothing here is worth more than a warning. */
static void check_languages(const igd_reporter *reporter, igd_spot spot, const igd_node *node)
{
    static const igd_str known[] = {IGD_WORD("required"), IGD_WORD("optional")};
    if (igd_node_is_null(node))
        return;
    if (node->kind != IGD_NODE_LIST) {
        igd_report_warning(reporter, igd_spot_of(spot, node), "settings",
                           IGD_STR("write a list of 'required: CODE' and 'optional: CODE'"),
                           "languages is not a list");
        return;
    }
    bool saw_optional = false;
    for (size_t n = 0; n < node->count; n++) {
        const char *refusal = language_refusal(node->items[n], &saw_optional);
        if (refusal)
            igd_report_warning(reporter, igd_spot_of(spot, node->items[n]), "settings",
                               IGD_STR("the reference implementation refuses it"),
                               "entry %zu of languages %s", n + 1, refusal);
        igd_report_unknown_keys(reporter, spot, node->items[n], IGD_STR("languages"), known,
                                IGD_COUNT(known));
    }
}

static int load_settings(const igd_tree_files *files, const igd_reporter *reporter,
                         igd_root_config *out, igd_error *err)
{
    static const igd_str known[] = {IGD_WORD("default_namespace"),
                                    IGD_WORD("default_record_format"), IGD_WORD("languages")};
    config_file file;
    int rc = load_map(files, files->root, IGD_STR(SETTINGS_FILE), &file, err);
    if (rc || !file.map)
        return rc;
    igd_spot spot = {.path = file.path};
    const igd_node *namespace = igd_node_get(file.map, known[0]);
    const igd_node *format = igd_node_get(file.map, known[1]);
    const igd_node *languages = igd_node_get(file.map, known[2]);
    if (namespace)
        check_namespace(reporter, spot, namespace);
    if (format)
        check_default_format(reporter, spot, format, out);
    if (languages)
        check_languages(reporter, spot, languages);
    igd_report_unknown_keys(reporter, spot, file.map, IGD_STR(""), known, IGD_COUNT(known));
    return IGD_OK;
}

int igd_root_config_load(const igd_tree_files *files, igd_root_config *out, igd_error *err)
{
    igd_root_config config = {0};
    list_reader reader = {
        .files = files,
        .reporter = {.problems = files->problems, .scratch = files->scratch},
        .out = &config.collections,
    };
    int rc = load_settings(files, &reader.reporter, &config, err);
    if (!rc)
        rc = load_list(&reader, &config, err);
    if (!rc)
        *out = config;
    return rc;
}
