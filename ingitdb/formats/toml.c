/*
 * TOML 1.0 (decision D16): tables, arrays, and the rules about what may be added to which. A list
 * of records is one array of tables.
 */
#include "ingitdb/formats/toml.h"

/* How a table came to be decides what may still be done to it. */
typedef enum origin {
    IMPLICIT, /* on the way to another header: a header or dotted keys may define it */
    HEADER,   /* by [header]: only sub-tables may be added elsewhere */
    DOTTED,   /* by dotted keys: more of them and sub-tables may be added */
    INLINE,   /* by {}: complete */
} origin;

/* A node of kind MAP; every MAP of this file is one. */
typedef struct table {
    igd_node node;
    origin origin;
    uint32_t depth; /* containers around it */
    size_t room;    /* members that there is memory for */
    igd_keys keys;
} table;

/* A node of kind LIST; every LIST of this file is one. */
typedef struct array {
    igd_node node;
    bool of_tables; /* by [[header]]: may grow */
    size_t room;
} array;

/* Dotted parts of one key: members without a value. */
typedef struct key_path {
    igd_member parts[IGD_FORMAT_DEPTH];
    size_t len;
} key_path;

static int read_value(igd_toml *toml, uint32_t depth, igd_node **out);

static table *new_table(const igd_toml *toml, origin how, uint32_t depth, uint32_t line,
                        uint32_t column)
{
    table *made = IGD_NEW(toml->mem, table);
    made->node = (igd_node){.kind = IGD_NODE_MAP, .line = line, .column = column};
    made->origin = how;
    made->depth = depth;
    return made;
}

static igd_member *find(const igd_toml *toml, table *in, igd_str key)
{
    return igd_keys_find(toml->mem, &in->keys, in->node.members, in->node.count, key);
}

static void add_member(const igd_toml *toml, table *to, const igd_member *part, igd_node *value)
{
    igd_node *node = &to->node;
    if (node->count == to->room)
        node->members =
            igd_list_grow(toml->mem, node->members, node->count, &to->room, sizeof(*node->members));
    igd_member *member = &node->members[node->count++];
    *member = *part;
    member->value = value;
}

static void add_item(const igd_toml *toml, array *to, igd_node *item)
{
    igd_node *node = &to->node;
    if (node->count == to->room)
        node->items =
            igd_list_grow(toml->mem, node->items, node->count, &to->room, sizeof(igd_node *));
    node->items[node->count++] = item;
}

/* The error at a part of a key that meets something which is there already. */
static int fail_part(const igd_toml *toml, const igd_member *part, const igd_member *there,
                     const char *why)
{
    IGD_TEXT_FAIL(toml->err, part->line, part->column, "key '%.*s' %s", IGD_STR_ARG(part->key),
                  why);
    return igd_hint(toml->err, "it is already at line %u, column %u", there->line, there->column);
}

static int check_depth(const igd_toml *toml, uint32_t depth, uint32_t line, uint32_t column)
{
    if (depth < IGD_FORMAT_DEPTH)
        return IGD_OK;
    IGD_TEXT_FAIL(toml->err, line, column, "nested too deeply");
    return igd_hint(toml->err, IGD_FORMAT_DEPTH_HINT);
}

static int read_path(igd_toml *toml, key_path *path)
{
    path->len = 0;
    for (;;) {
        igd_toml_space(toml);
        igd_member part = {.line = toml->line, .column = igd_toml_column(toml, toml->at)};
        int code = check_depth(toml, (uint32_t)path->len, part.line, part.column);
        if (!code)
            code = igd_toml_key(toml, &part.key);
        if (code)
            return code;
        path->parts[path->len++] = part;
        igd_toml_space(toml);
        if (igd_toml_peek(toml, 0) != '.')
            return IGD_OK;
        toml->at++;
    }
}

/* A new table below `in`, under the key. */
static int add_table(const igd_toml *toml, table *in, const igd_member *part, origin how,
                     table **out)
{
    int code = check_depth(toml, in->depth + 1, part->line, part->column);
    if (code)
        return code;
    *out = new_table(toml, how, in->depth + 1, part->line, part->column);
    add_member(toml, in, part, &(*out)->node);
    return IGD_OK;
}

/* Where a dotted key leads from `in`. */
static int enter_dotted(const igd_toml *toml, table *in, const igd_member *part, table **out)
{
    const igd_member *there = find(toml, in, part->key);
    if (!there)
        return add_table(toml, in, part, DOTTED, out);
    if (there->value->kind != IGD_NODE_MAP)
        return fail_part(toml, part, there, "is not a table");
    table *next = (table *)there->value;
    if (next->origin == INLINE)
        return fail_part(toml, part, there, "is an inline table, which is complete");
    if (next->origin == HEADER)
        return fail_part(toml, part, there, "is defined by its header, dots cannot add to it");
    next->origin = DOTTED;
    *out = next;
    return IGD_OK;
}

/* Where a part of a header, not the last, leads from `in`. */
static int enter_header(const igd_toml *toml, table *in, const igd_member *part, table **out)
{
    const igd_member *there = find(toml, in, part->key);
    if (!there)
        return add_table(toml, in, part, IMPLICIT, out);
    igd_node *next = there->value;
    if (next->kind == IGD_NODE_LIST && ((array *)next)->of_tables)
        next = next->items[next->count - 1];
    if (next->kind != IGD_NODE_MAP)
        return fail_part(toml, part, there, "is not a table");
    if (((table *)next)->origin == INLINE)
        return fail_part(toml, part, there, "is an inline table, which is complete");
    *out = (table *)next;
    return IGD_OK;
}

static int read_key_value(igd_toml *toml, table *in)
{
    key_path path;
    int code = read_path(toml, &path);
    if (code)
        return code;
    if (igd_toml_peek(toml, 0) != '=')
        return IGD_TOML_FAIL(toml, toml->at, "'=' expected behind the key");
    toml->at++;
    igd_toml_space(toml);
    for (size_t n = 0; n + 1 < path.len && !code; n++)
        code = enter_dotted(toml, in, &path.parts[n], &in);
    if (code)
        return code;
    const igd_member *last = &path.parts[path.len - 1];
    const igd_member *there = find(toml, in, last->key);
    if (there)
        return fail_part(toml, last, there, "appears twice");
    igd_node *value;
    code = read_value(toml, in->depth + 1, &value);
    if (!code)
        add_member(toml, in, last, value);
    return code;
}

static int read_array(igd_toml *toml, uint32_t depth, array *into)
{
    toml->at++;
    for (;;) {
        int code = igd_toml_blank(toml);
        if (code)
            return code;
        if (igd_toml_peek(toml, 0) == ']')
            break;
        igd_node *item;
        code = read_value(toml, depth + 1, &item);
        if (!code) {
            add_item(toml, into, item);
            code = igd_toml_blank(toml);
        }
        if (code)
            return code;
        if (igd_toml_peek(toml, 0) == ']')
            break;
        if (igd_toml_peek(toml, 0) != ',')
            return IGD_TOML_FAIL(toml, toml->at, "',' or ']' expected in the array");
        toml->at++;
    }
    toml->at++;
    return IGD_OK;
}

static int fail_inline(const igd_toml *toml, const char *why)
{
    IGD_TOML_FAIL(toml, toml->at, "%s", why);
    return igd_hint(toml->err, "an inline table is on one line and has no ',' at its end");
}

static int read_inline(igd_toml *toml, table *into)
{
    toml->at++;
    igd_toml_space(toml);
    bool more = igd_toml_peek(toml, 0) != '}';
    while (more) {
        char next = igd_toml_peek(toml, 0);
        if (next == '}' || next == '\n' || next == '\r' || next == '\0')
            return fail_inline(toml, "key expected in the inline table");
        int code = read_key_value(toml, into);
        if (code)
            return code;
        igd_toml_space(toml);
        more = igd_toml_peek(toml, 0) == ',';
        if (!more && igd_toml_peek(toml, 0) != '}')
            return fail_inline(toml, "',' or '}' expected in the inline table");
        if (more)
            toml->at++;
        igd_toml_space(toml);
    }
    toml->at++;
    into->origin = INLINE;
    return IGD_OK;
}

/* The value at the current place, inside `depth` containers. */
static int read_value(igd_toml *toml, uint32_t depth, igd_node **out)
{
    uint32_t line = toml->line, column = igd_toml_column(toml, toml->at);
    char first = igd_toml_peek(toml, 0);
    int code = first == '{' || first == '[' ? check_depth(toml, depth, line, column) : IGD_OK;
    if (code)
        return code;
    if (first == '{') {
        table *made = new_table(toml, DOTTED, depth, line, column);
        *out = &made->node;
        return read_inline(toml, made);
    }
    if (first == '[') {
        array *made = IGD_NEW(toml->mem, array);
        made->node = (igd_node){.kind = IGD_NODE_LIST, .line = line, .column = column};
        *out = &made->node;
        return read_array(toml, depth, made);
    }
    igd_node *made = IGD_NEW(toml->mem, igd_node);
    *made = (igd_node){.kind = IGD_NODE_STRING, .line = line, .column = column};
    *out = made;
    if (first == '"' || first == '\'')
        return igd_toml_string(toml, false, &made->text);
    return igd_toml_scalar(toml, made);
}

/* [header]: the table that it names. */
static int open_table(const igd_toml *toml, table *in, const igd_member *part, table **out)
{
    const igd_member *there = find(toml, in, part->key);
    if (!there)
        return add_table(toml, in, part, HEADER, out);
    table *next = (table *)there->value;
    if (there->value->kind != IGD_NODE_MAP || next->origin != IMPLICIT)
        return fail_part(toml, part, there, "is defined twice");
    next->origin = HEADER;
    *out = next;
    return IGD_OK;
}

/* [[header]]: one more table in the array that it names. */
static int open_item(const igd_toml *toml, table *in, const igd_member *part, table **out)
{
    igd_member *there = find(toml, in, part->key);
    int code = check_depth(toml, in->depth + 2, part->line, part->column);
    if (code)
        return code;
    array *list = there ? (array *)there->value : NULL;
    if (there && (there->value->kind != IGD_NODE_LIST || !list->of_tables))
        return fail_part(toml, part, there, "is not an array of tables");
    if (!list) {
        list = IGD_NEW(toml->mem, array);
        list->node = (igd_node){.kind = IGD_NODE_LIST, .line = part->line, .column = part->column};
        list->of_tables = true;
        add_member(toml, in, part, &list->node);
    }
    *out = new_table(toml, HEADER, in->depth + 2, part->line, part->column);
    add_item(toml, list, &(*out)->node);
    return IGD_OK;
}

static int read_header(igd_toml *toml, table *root, table **out)
{
    bool item = igd_toml_peek(toml, 1) == '[';
    key_path path;
    toml->at += item ? 2 : 1;
    int code = read_path(toml, &path);
    if (code)
        return code;
    if (igd_toml_peek(toml, 0) != ']' || (item && igd_toml_peek(toml, 1) != ']'))
        return IGD_TOML_FAIL(toml, toml->at, "'%s' expected behind the header", item ? "]]" : "]");
    toml->at += item ? 2 : 1;
    table *in = root;
    for (size_t n = 0; n + 1 < path.len && !code; n++)
        code = enter_header(toml, in, &path.parts[n], &in);
    if (code)
        return code;
    const igd_member *last = &path.parts[path.len - 1];
    return item ? open_item(toml, in, last, out) : open_table(toml, in, last, out);
}

static int read_file(igd_toml *toml, table *root)
{
    table *current = root;
    for (;;) {
        int code = igd_toml_blank(toml);
        if (code || toml->at == toml->end)
            return code;
        if (*toml->at == '[')
            code = read_header(toml, root, &current);
        else
            code = read_key_value(toml, current);
        if (!code)
            code = igd_toml_line_end(toml);
        if (code)
            return code;
    }
}

static int check_records(const igd_node *root, igd_error *err)
{
    for (size_t n = 0; n < root->count; n++) {
        const igd_member *member = &root->members[n];
        if (member->value->kind == IGD_NODE_MAP)
            continue;
        IGD_TEXT_FAIL(err, member->line, member->column, "record '%.*s' has to be a table",
                      IGD_STR_ARG(member->key));
        return igd_hint(err, "every record stands under its key: [key]");
    }
    return IGD_OK;
}

/* The value of the only key, which is an array of tables. */
static int find_list(igd_arena *mem, igd_node *root, igd_node **out, igd_error *err)
{
    if (root->count == 0) {
        *out = IGD_NEW(mem, igd_node);
        **out = (igd_node){.kind = IGD_NODE_LIST, .line = 1, .column = 1};
        return IGD_OK;
    }
    for (size_t n = 0; n < root->count; n++) {
        const igd_member *member = &root->members[n];
        if (n == 0 && member->value->kind == IGD_NODE_LIST)
            continue;
        IGD_TEXT_FAIL(err, member->line, member->column,
                      "key '%.*s' beside or in place of the one array of tables",
                      IGD_STR_ARG(member->key));
        return igd_hint(err, "a list of records is one array of tables: [[records]] in front of "
                             "every record, and nothing else");
    }
    *out = root->members[0].value;
    return IGD_OK;
}

static int parse_toml(const igd_format_input *input, igd_arena *mem, igd_node **out, igd_error *err)
{
    igd_str text;
    int code = igd_text_start(input->text, &text, err);
    if (!code)
        code = igd_text_check_utf8(text, err);
    if (code)
        return code;
    const char *start = text.len > 0 ? text.ptr : "";
    igd_toml toml = {
        .at = start,
        .end = start + text.len,
        .line_start = start,
        .line = 1,
        .mem = mem,
        .err = err,
    };
    table *root = new_table(&toml, HEADER, 0, 1, 1);
    igd_node *result = &root->node;
    code = read_file(&toml, root);
    if (!code && input->record_type == IGD_RECORD_MAP)
        code = check_records(result, err);
    if (!code && input->record_type == IGD_RECORD_LIST)
        code = find_list(mem, &root->node, &result, err);
    if (!code)
        *out = result;
    return code;
}

const igd_format igd_format_toml = {
    .name = "toml",
    .stores = {[IGD_RECORD_SINGLE] = true, [IGD_RECORD_LIST] = true, [IGD_RECORD_MAP] = true},
    .parse = parse_toml,
};
