/*
 * CSV (RFC 4180, decision D15), as strict about quotes as Go's encoding/csv, and like it blank
 * lines are skipped and CRLF counts as LF, inside quotes too. Cells have no type of their own.
 */
#include "ingitdb/formats/text.h"

typedef struct cell {
    igd_str text;
    uint32_t line, column;
} cell;

typedef IGD_LIST(cell) cell_list;
typedef IGD_LIST(igd_node *) row_list;

typedef struct csv {
    const char *at, *end, *line_start;
    uint32_t line;
    igd_arena *mem;
    igd_error *err;
    cell_list cells; /* of the current row */
} csv;

static uint32_t column_of(const csv *c, const char *at)
{
    return (uint32_t)(at - c->line_start) + 1;
}

static int fail_quote(const csv *c, const char *at, const char *why)
{
    IGD_TEXT_FAIL(c->err, c->line, column_of(c, at), "%s", why);
    return igd_hint(c->err, "put the whole field in double quotes and double each quote inside it");
}

/* 2 at CRLF, 1 at LF and at a CR that ends the file, else 0. */
static size_t line_end(const csv *c, const char *at)
{
    if (at == c->end)
        return 0;
    if (*at == '\n')
        return 1;
    if (*at != '\r')
        return 0;
    if (at + 1 == c->end)
        return 1;
    return at[1] == '\n' ? 2 : 0;
}

static void next_line(csv *c)
{
    c->at += line_end(c, c->at);
    c->line++;
    c->line_start = c->at;
}

static int read_plain(csv *c, igd_str *out)
{
    const char *at = c->at;
    while (at < c->end && *at != ',' && *at != '\n') {
        if (*at == '"')
            return fail_quote(c, at, "quote inside a field that does not start with one");
        if (*at == '\r' && line_end(c, at) > 0)
            break;
        at++;
    }
    *out = (igd_str){c->at, (size_t)(at - c->at)};
    c->at = at;
    return IGD_OK;
}

/* The text between the quotes, with doubled quotes and CRLF folded. */
static igd_str fold(igd_arena *mem, igd_str raw)
{
    char *text = igd_arena_alloc(mem, raw.len);
    size_t len = 0;
    for (size_t n = 0; n < raw.len; n++) {
        if (raw.ptr[n] == '\r' && n + 1 < raw.len && raw.ptr[n + 1] == '\n')
            continue;
        text[len++] = raw.ptr[n];
        if (raw.ptr[n] == '"')
            n++;
    }
    return (igd_str){text, len};
}

static int read_quoted(csv *c, const cell *start, igd_str *out)
{
    const char *at = c->at + 1;
    const char *from = at;
    bool folded = false;
    for (;; at++) {
        while (at < c->end && *at != '"' && *at != '\n')
            at++;
        if (at == c->end) {
            IGD_TEXT_FAIL(c->err, start->line, start->column, "quoted field is not closed");
            return igd_hint(c->err, "a quote inside a quoted field is written twice");
        }
        if (*at == '\n') {
            folded |= at[-1] == '\r';
            c->line++;
            c->line_start = at + 1;
        } else if (at + 1 < c->end && at[1] == '"') {
            folded = true;
            at++;
        } else {
            break;
        }
    }
    igd_str raw = {from, (size_t)(at - from)};
    const char *behind = at + 1;
    if (behind < c->end && *behind != ',' && line_end(c, behind) == 0)
        return fail_quote(c, behind,
                          "text behind the closing quote, ',' or the line's end expected");
    *out = folded ? fold(c->mem, raw) : raw;
    c->at = behind;
    return IGD_OK;
}

/* Reads the cells of the next row that is not blank. *more: there was one. */
static int read_row(csv *c, bool *more)
{
    c->cells.len = 0;
    while (line_end(c, c->at) > 0)
        next_line(c);
    *more = c->at < c->end;
    while (*more) {
        cell field = {.line = c->line, .column = column_of(c, c->at)};
        bool quoted = c->at < c->end && *c->at == '"';
        int code = quoted ? read_quoted(c, &field, &field.text) : read_plain(c, &field.text);
        if (code)
            return code;
        IGD_PUSH(c->mem, &c->cells, field);
        if (c->at == c->end || *c->at != ',') {
            next_line(c);
            break;
        }
        c->at++;
    }
    return IGD_OK;
}

static bool has_name(const igd_str *names, size_t count, igd_str name)
{
    for (size_t n = 0; n < count; n++) {
        if (igd_str_eq(names[n], name))
            return true;
    }
    return false;
}

/* The columns in the order of the header, as the names of columns_order (NULL: any names). */
static int read_header(csv *c, const igd_str_list *order, igd_str *names, bool *reordered)
{
    *reordered = false;
    for (size_t n = 0; n < c->cells.len; n++) {
        const cell *at = &c->cells.items[n];
        if (order && !has_name(order->items, order->len, at->text)) {
            IGD_TEXT_FAIL(c->err, at->line, at->column, "unknown column '%.*s' in the header",
                          IGD_STR_ARG(at->text));
            return igd_hint(c->err, "the header has to name the columns of columns_order");
        }
        if (has_name(names, n, at->text))
            return IGD_TEXT_FAIL(c->err, at->line, at->column,
                                 "column '%.*s' appears twice in the header",
                                 IGD_STR_ARG(at->text));
        *reordered |= order && !igd_str_eq(order->items[n], at->text);
        names[n] = at->text;
    }
    for (size_t n = 0; order && n < order->len; n++) {
        if (!has_name(names, c->cells.len, order->items[n]))
            return IGD_TEXT_FAIL(c->err, c->cells.items[0].line, 1,
                                 "column '%.*s' is missing in the header",
                                 IGD_STR_ARG(order->items[n]));
    }
    return IGD_OK;
}

static int fail_count(const csv *c, size_t columns)
{
    const cell *at = &c->cells.items[c->cells.len > columns ? columns : 0];
    IGD_TEXT_FAIL(c->err, at->line, at->column, "row has %zu %s, the header has %zu", c->cells.len,
                  c->cells.len == 1 ? "field" : "fields", columns);
    return igd_text_hint_conflict(c->err, c->cells.items[0].text);
}

/* The map, its members and their values, in one piece. */
typedef struct row_memory {
    igd_node map;
    igd_node values[];
} row_memory;

static igd_node *make_row(const csv *c, const igd_str *names)
{
    size_t columns = c->cells.len;
    row_memory *row =
        igd_arena_alloc(c->mem, sizeof(*row) + columns * (sizeof(igd_node) + sizeof(igd_member)));
    igd_member *members = (igd_member *)&row->values[columns];
    for (size_t n = 0; n < columns; n++) {
        const cell *from = &c->cells.items[n];
        row->values[n] = (igd_node){
            .kind = IGD_NODE_CELL,
            .line = from->line,
            .column = from->column,
            .text = from->text,
        };
        members[n] = (igd_member){
            .key = names[n],
            .line = from->line,
            .column = from->column,
            .value = &row->values[n],
        };
    }
    row->map = (igd_node){
        .kind = IGD_NODE_MAP,
        .line = c->cells.items[0].line,
        .column = 1,
        .count = columns,
    };
    row->map.members = members;
    return &row->map;
}

static int read_rows(csv *c, const igd_str *names, size_t columns, igd_node *list)
{
    row_list rows = {0};
    for (;;) {
        bool more;
        int code = read_row(c, &more);
        if (code)
            return code;
        if (!more)
            break;
        if (c->cells.len != columns)
            return fail_count(c, columns);
        IGD_PUSH(c->mem, &rows, make_row(c, names));
    }
    *list = (igd_node){.kind = IGD_NODE_LIST, .line = 1, .column = 1, .count = rows.len};
    list->items = rows.items;
    return IGD_OK;
}

static int read_file(csv *c, const igd_format_input *input, igd_node *list)
{
    const igd_str_list *order = input->other_version ? NULL : input->columns_order;
    bool more, reordered;
    int code = read_row(c, &more);
    if (code)
        return code;
    if (!more) {
        IGD_TEXT_FAIL(c->err, 1, 1, "file is empty, a header expected");
        return igd_hint(c->err, "the first line names the columns of columns_order");
    }
    size_t columns = c->cells.len;
    igd_str *names = igd_arena_alloc(c->mem, columns * sizeof(*names));
    uint32_t line = c->cells.items[0].line;
    code = read_header(c, order, names, &reordered);
    if (!code)
        code = read_rows(c, names, columns, list);
    if (!code && reordered)
        igd_text_warn(input, "header-order", line, 1,
                      IGD_STR("the columns of the header are not in the order of columns_order"),
                      IGD_STR("other readers of inGitDB refuse this file"));
    return code;
}

static int parse_csv(const igd_format_input *input, igd_arena *mem, igd_node **out, igd_error *err)
{
    if (!input->columns_order || input->columns_order->len == 0) {
        IGD_TEXT_FAIL(err, 0, 0, "the definition has no columns_order, which a csv file needs");
        return igd_hint(err, "list the columns of the header as columns_order in the definition");
    }
    igd_str text;
    int code = igd_text_start(input->text, &text, err);
    if (!code)
        code = igd_text_check_utf8(text, err);
    if (code)
        return code;
    const char *start = text.len > 0 ? text.ptr : "";
    csv c = {
        .at = start,
        .end = start + text.len,
        .line_start = start,
        .line = 1,
        .mem = mem,
        .err = err,
    };
    igd_node *list = IGD_NEW(mem, igd_node);
    code = read_file(&c, input, list);
    if (!code)
        *out = list;
    return code;
}

const igd_format igd_format_csv = {
    .name = "csv",
    .stores = {[IGD_RECORD_LIST] = true},
    .parse = parse_csv,
};
