/*
 * Markdown records: YAML front matter between two lines `---`, then the body as one text field.
 * A file that does not begin with such a line is all body. Rules: docs/format.md, "Markdown".
 */
#include "base/buf.h"
#include "ingitdb/formats/text.h"

/* How many dropped keys the warning names. */
#define NAMED_KEYS (size_t)5

/* Without its line end; a carriage return is tolerated. */
static igd_str take_line(igd_str *rest)
{
    ptrdiff_t newline = igd_str_find(*rest, '\n');
    size_t len = newline < 0 ? rest->len : (size_t)newline;
    igd_str line = igd_str_sub(*rest, 0, len);
    *rest = igd_str_sub(*rest, len + 1, rest->len);
    if (igd_str_ends(line, IGD_STR("\r")))
        line.len--;
    return line;
}

typedef struct parts {
    igd_str front; /* with the opening line, so that line numbers are the file's; or empty */
    igd_str body;
    uint32_t body_line;
} parts;

static int fail_at(igd_error *err, uint32_t line, uint32_t column)
{
    err->place.line = line;
    err->place.column = column;
    return (int)err->code;
}

static int split(igd_str text, parts *out, igd_error *err)
{
    igd_str start = text;
    if (igd_str_starts(start, IGD_STR("\xEF\xBB\xBF")))
        start = igd_str_sub(start, 3, start.len);
    igd_str rest = start;
    if (!igd_str_eq(take_line(&rest), IGD_STR("---"))) {
        *out = (parts){.body = text, .body_line = 1};
        return IGD_OK;
    }
    uint32_t line = 1;
    while (rest.len > 0) {
        size_t front = start.len - rest.len;
        line++;
        if (igd_str_eq(take_line(&rest), IGD_STR("---"))) {
            *out = (parts){igd_str_sub(start, 0, front), rest, line + 1};
            return IGD_OK;
        }
    }
    igd_fail(err, IGD_E_INVALID, "the front matter that begins in line 1 has no end");
    igd_hint(err, "end it with a line '---'");
    return fail_at(err, 1, 1);
}

/* The front matter as a map; empty when there is none. */
static int parse_front(igd_str front, igd_arena *mem, igd_node **out, igd_error *err)
{
    const igd_format_input input = {.text = front, .record_type = IGD_RECORD_SINGLE};
    int code = igd_format_yaml.parse(&input, mem, out, err);
    return code == IGD_OK ? code : igd_error_prefix(err, "front matter");
}

static int check_body(const parts *text, igd_error *err)
{
    igd_error found = IGD_ERROR_INIT;
    if (igd_text_check_utf8(text->body, &found) == IGD_OK)
        return IGD_OK;
    igd_fail(err, IGD_E_INVALID, "the body is not valid UTF-8");
    igd_hint(err, "save the file as UTF-8");
    return fail_at(err, text->body_line + found.place.line - 1, found.place.column);
}

static bool is_kept(const igd_format_input *input, igd_str key)
{
    return !input->has_column || igd_str_eq(key, IGD_STR("$id")) ||
           igd_str_eq(key, IGD_STR("$ID")) || input->has_column(input->payload, key);
}

static void warn_dropped(const igd_format_input *input, const igd_node *front, size_t dropped,
                         igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf names = IGD_BUF_INIT;
    const igd_member *first = NULL;
    size_t named = 0;
    for (size_t n = 0; n < front->count && named < NAMED_KEYS; n++) {
        const igd_member *member = &front->members[n];
        if (is_kept(input, member->key))
            continue;
        first = first ? first : member;
        igd_buf_puts(&names, named++ > 0 ? ", " : "");
        igd_buf_str(&names, member->key);
    }
    igd_str reason =
        igd_arena_printf(mem, "%zu front matter %s no column and %s left out: %s%s", dropped,
                         dropped == 1 ? "key has" : "keys have", dropped == 1 ? "is" : "are",
                         names.ptr, dropped > named ? ", ..." : "");
    igd_problem_add(input->warnings, &(igd_problem){.severity = IGD_PROBLEM_WARNING,
                                                    .code = "dropped-keys",
                                                    .line = first->line,
                                                    .column = first->column,
                                                    .reason = reason});
}

/* The front matter's members that are columns, and the body. */
static int combine(const igd_format_input *input, const igd_node *front, const parts *text,
                   igd_arena *mem, igd_node **out, igd_error *err)
{
    const igd_member *clash = igd_node_member(front, input->content_field);
    if (clash) {
        igd_fail(err, IGD_E_INVALID, "key '%.*s' of the front matter is the field of the body",
                 IGD_STR_ARG(clash->key));
        igd_hint(err, "remove the key, or set another content_field in the definition");
        return fail_at(err, clash->line, clash->column);
    }
    size_t dropped = 0;
    igd_node *record = IGD_NEW(mem, igd_node);
    *record = (igd_node){.kind = IGD_NODE_MAP, .line = 1, .column = 1};
    record->members = IGD_NEW_ARRAY(mem, igd_member, front->count + 1);
    for (size_t n = 0; n < front->count; n++) {
        if (is_kept(input, front->members[n].key))
            record->members[record->count++] = front->members[n];
        else
            dropped++;
    }
    igd_node *body = IGD_NEW(mem, igd_node);
    *body = (igd_node){
        .kind = IGD_NODE_STRING, .line = text->body_line, .column = 1, .text = text->body};
    record->members[record->count++] = (igd_member){
        .key = input->content_field, .line = text->body_line, .column = 1, .value = body};
    if (dropped > 0 && input->warnings)
        warn_dropped(input, front, dropped, mem);
    *out = record;
    return IGD_OK;
}

static int parse(const igd_format_input *input, igd_arena *mem, igd_node **out, igd_error *err)
{
    parts text = {0};
    igd_node *front;
    int code = split(input->text, &text, err);
    if (code == IGD_OK)
        code = parse_front(text.front, mem, &front, err);
    if (code == IGD_OK)
        code = check_body(&text, err);
    if (code != IGD_OK)
        return code;
    return combine(input, front, &text, mem, out, err);
}

const igd_format igd_format_markdown = {
    .name = "markdown",
    .stores = {[IGD_RECORD_SINGLE] = true},
    .parse = parse,
};
