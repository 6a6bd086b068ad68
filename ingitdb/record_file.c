/*
 * record_file: the table of types and formats, the template of file names, exclude_regex.
 * Rules: docs/format.md, "record_file"; decisions D4, D7, D9.
 */
#include "ingitdb/record_file.h"

#include "ingitdb/exclude.h"
#include "ingitdb/paths.h"
#include "ingitdb/scalars.h"

#define CODE "record_file"

/* What a part of record_file is read with. */
typedef struct part {
    const igd_reporter *reporter;
    igd_spot file;
    const igd_node *node; /* the whole mapping */
    igd_arena *mem;
    igd_definition *out;
} part;

static const struct {
    const char *name;
    igd_record_type type;
} types[] = {
    {"map[string]any", IGD_RECORD_SINGLE},
    {"[]map[string]any", IGD_RECORD_LIST},
    {"map[$record_id]map[$field_name]any", IGD_RECORD_MAP},
};

/* The text of a key, "" when it is not there; what is no text is reported. */
static bool text_of(const part *p, igd_str key, igd_spot *spot, igd_str *out)
{
    const igd_node *node = igd_node_get(p->node, key);
    *spot = igd_spot_of(p->file, node ? node : p->node);
    if (igd_node_scalar(node, out))
        return true;
    igd_report_error(p->reporter, *spot, CODE, IGD_STR(""), "record_file.%.*s is a %s, not text",
                     IGD_STR_ARG(key), igd_node_kind_name(node));
    return false;
}

/* ---- type and format ---- */

static bool read_type(const part *p)
{
    igd_spot spot;
    igd_str text;
    if (!text_of(p, IGD_STR("type"), &spot, &text))
        return false;
    for (size_t n = 0; n < IGD_COUNT(types); n++)
        if (igd_str_is(text, types[n].name)) {
            p->out->model.record_type = types[n].type;
            return true;
        }
    /* D4: what documents and other tools call a map of records. */
    if (igd_str_is(text, "map[string]map[string]any")) {
        igd_report_warning(p->reporter, spot, "alias",
                           igd_arena_printf(p->reporter->scratch, "write '%s'",
                                            types[IGD_RECORD_MAP].name),
                           "record type '%.*s' is not its usual name", IGD_STR_ARG(text));
        p->out->model.record_type = IGD_RECORD_MAP;
        return true;
    }
    igd_str hint = igd_arena_printf(p->reporter->scratch, "types: %s, %s, %s", types[0].name,
                                    types[1].name, types[2].name);
    if (text.len == 0)
        igd_report_error(p->reporter, spot, CODE, hint, "record_file has no type");
    else
        igd_report_error(p->reporter, spot, CODE, hint, "record type '%.*s' is unknown",
                         IGD_STR_ARG(text));
    return false;
}

static igd_str lower_case(igd_arena *mem, igd_str text)
{
    char *copy = igd_arena_cstr(mem, text);
    for (size_t n = 0; n < text.len; n++)
        if (copy[n] >= 'A' && copy[n] <= 'Z')
            copy[n] = (char)(copy[n] + ('a' - 'A'));
    return (igd_str){copy, text.len};
}

static bool read_format(const part *p, const igd_format *default_format)
{
    igd_spot spot;
    igd_str text;
    igd_arena *scratch = p->reporter->scratch;
    if (!text_of(p, IGD_STR("format"), &spot, &text))
        return false;
    if (text.len == 0 && default_format) {
        igd_report_warning(p->reporter, spot, CODE,
                           igd_arena_printf(scratch, "write 'format: %s'", default_format->name),
                           "record_file has no format: default_record_format '%s' is used, which "
                           "the reference implementation does not do",
                           default_format->name);
        p->out->format = default_format;
        return true;
    }
    igd_str names = igd_arena_printf(scratch, "formats: %s", igd_format_names());
    if (text.len == 0) {
        igd_report_error(p->reporter, spot, CODE, names, "record_file has no format");
        return false;
    }
    p->out->format = igd_format_find(text);
    if (p->out->format)
        return true;
    const igd_format *lower = igd_format_find(lower_case(scratch, text));
    if (lower)
        names = igd_arena_printf(scratch, "write '%s' in lower case", lower->name);
    igd_report_error(p->reporter, spot, CODE, names, "format '%.*s' is unknown", IGD_STR_ARG(text));
    return false;
}

static void check_stores(const part *p)
{
    const igd_format *format = p->out->format;
    igd_str can[IGD_COUNT(types)];
    size_t count = 0;
    if (format->stores[p->out->model.record_type])
        return;
    for (size_t n = 0; n < IGD_COUNT(types); n++)
        if (format->stores[types[n].type])
            can[count++] = igd_str_from(types[n].name);
    igd_arena *scratch = p->reporter->scratch;
    igd_str list = igd_quoted_list(scratch, can, count);
    igd_report_error(p->reporter, igd_spot_of(p->file, igd_node_get(p->node, IGD_STR("format"))),
                     CODE,
                     igd_arena_printf(scratch, "%s stores %.*s", format->name, IGD_STR_ARG(list)),
                     "format '%s' cannot store records of type '%s'", format->name,
                     types[p->out->model.record_type].name);
}

/* ---- name ---- */

/* Why a template cannot be a file's path, or NULL. */
static const char *name_refusal(igd_str name)
{
    const char *refusal = igd_path_refusal(name);
    if (refusal)
        return refusal;
    igd_str rest = name, piece;
    while (igd_str_split(&rest, '/', &piece)) {
        if (piece.len == 0)
            return "has an empty part";
        if (igd_str_is(piece, ".") || igd_str_is(piece, ".."))
            return "has a part '.' or '..'";
    }
    return igd_str_ends(name, IGD_STR("/")) ? "has an empty part" : NULL;
}

/* Looks at the placeholders: {key} is the only one that can be read (T7). */
static bool check_placeholders(const part *p, igd_spot spot, igd_str name)
{
    bool ok = true;
    for (size_t at = 0; at < name.len; at++) {
        if (name.ptr[at] != '{')
            continue;
        igd_str rest = igd_str_sub(name, at + 1, name.len);
        ptrdiff_t end = igd_str_find(rest, '}');
        if (end <= 0) /* a brace of its own, or "{}": just text */
            continue;
        igd_str placeholder = igd_str_sub(rest, 0, (size_t)end);
        if (igd_str_is(placeholder, "key")) {
            p->out->has_key = true;
            continue;
        }
        ok = false;
        bool old = igd_str_is(placeholder, "$id") || igd_str_is(placeholder, "id");
        igd_report_error(p->reporter, spot, CODE,
                         old ? IGD_STR("write {key}")
                             : IGD_STR("name the files by their key: {key} is the only placeholder "
                                       "that can be read back"),
                         "placeholder '{%.*s}' in record_file.name is not supported",
                         IGD_STR_ARG(placeholder));
    }
    return ok;
}

static bool read_name(const part *p)
{
    igd_spot spot;
    igd_str name;
    if (!text_of(p, IGD_STR("name"), &spot, &name))
        return false;
    if (name.len == 0) {
        igd_report_error(p->reporter, spot, CODE, IGD_STR("write a name such as \"{key}.yaml\""),
                         "record_file has no name");
        return false;
    }
    const char *refusal = name_refusal(name);
    if (refusal)
        igd_report_error(p->reporter, spot, CODE,
                         IGD_STR("write a path below the collection's directory"),
                         "record_file.name '%.*s' %s", IGD_STR_ARG(name), refusal);
    if (!check_placeholders(p, spot, name) || refusal)
        return false;
    /* D7: has_key stands for $records/ already. */
    if (p->out->has_key && igd_str_starts(name, IGD_STR("$records/")))
        name = igd_str_sub(name, strlen("$records/"), name.len);
    p->out->file_name = igd_arena_str(p->mem, name);
    return true;
}

static void check_key_in_name(const part *p)
{
    if (!p->out->has_key || p->out->model.record_type == IGD_RECORD_SINGLE)
        return;
    igd_report_error(
        p->reporter, igd_spot_of(p->file, igd_node_get(p->node, IGD_STR("name"))), CODE,
        igd_arena_printf(p->reporter->scratch, "write the name of the one file, or type '%s'",
                         types[IGD_RECORD_SINGLE].name),
        "record_file.name has {key}, but its type '%s' keeps all records in one file",
        types[p->out->model.record_type].name);
}

/* ---- content_field, exclude_regex ---- */

static void read_content_field(const part *p)
{
    igd_spot spot;
    igd_str text;
    if (!text_of(p, IGD_STR("content_field"), &spot, &text) || !p->out->format)
        return;
    bool markdown = p->out->format == &igd_format_markdown;
    if (text.len > 0 && !markdown)
        igd_report_error(p->reporter, spot, CODE, IGD_STR("remove it"),
                         "content_field is for markdown, not for format '%s'",
                         p->out->format->name);
    if (markdown)
        p->out->content_field = text.len ? igd_arena_str(p->mem, text) : IGD_STR("$content");
}

static void read_exclude(const part *p)
{
    igd_spot spot;
    igd_str text, why;
    if (!text_of(p, IGD_STR("exclude_regex"), &spot, &text) || text.len == 0)
        return;
    p->out->exclude = igd_exclude_compile(text, p->mem, &why);
    if (!p->out->exclude)
        igd_report_error(
            p->reporter, spot, "exclude_regex",
            IGD_STR("write a POSIX extended regular expression; \\d, \\w, \\s, (?:...) "
                    "and a leading (?i) are understood as well"),
            "exclude_regex '%.*s' cannot be used: %.*s", IGD_STR_ARG(text), IGD_STR_ARG(why));
}

void igd_record_file_read(const igd_reporter *reporter, igd_spot file, const igd_node *node,
                          const igd_format *default_format, igd_arena *mem, igd_definition *out)
{
    static const igd_str known[] = {IGD_WORD("name"), IGD_WORD("format"), IGD_WORD("type"),
                                    IGD_WORD("content_field"), IGD_WORD("exclude_regex")};
    part p = {.reporter = reporter, .file = file, .node = node, .mem = mem, .out = out};
    if (igd_node_is_null(node)) {
        igd_report_error(reporter, file, CODE,
                         IGD_STR("add record_file with name, type and format"),
                         "the definition has no record_file");
        return;
    }
    if (node->kind != IGD_NODE_MAP) {
        igd_report_error(reporter, igd_spot_of(file, node), CODE,
                         IGD_STR("write a mapping with name, type and format"),
                         "record_file is not a mapping but a %s", igd_node_kind_name(node));
        return;
    }
    bool has_type = read_type(&p);
    bool has_format = read_format(&p, default_format);
    bool has_name = read_name(&p);
    if (has_type && has_format)
        check_stores(&p);
    if (has_type && has_name)
        check_key_in_name(&p);
    read_content_field(&p);
    read_exclude(&p);
    igd_report_unknown_keys(reporter, file, node, IGD_STR("record_file"), known, IGD_COUNT(known));
}
