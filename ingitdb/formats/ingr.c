/*
 * INGR: a header line, one JSON value a line, a footer with a count (docs/format.md; decision D18).
 * The footer's count may or may not include commented-out records: those who comment one out by
 * hand do not count it, Go's writer does.
 */
#include "base/digest.h"
#include "ingitdb/formats/json_node.h"

#define ID_COLUMN IGD_STR("$ID")

typedef IGD_LIST(igd_member) member_list;

typedef struct ingr {
    igd_str text; /* with its byte order mark: the digest includes it */
    igd_str rest;
    igd_str line; /* the current one, without its end */
    uint32_t number;
    igd_arena *mem;
    igd_error *err;
    igd_json_nodes nodes;
    member_list columns; /* what a record's members are made from */
    ptrdiff_t id_column; /* or -1 */
    member_list rows;    /* with the row's $ID as key, in a MAP */
    size_t commented;
    uint32_t first_commented;
} ingr;

static int fail(const ingr *in, const char *why)
{
    return IGD_TEXT_FAIL(in->err, in->number, 1, "%s", why);
}

static bool next_line(ingr *in)
{
    if (!igd_str_split(&in->rest, '\n', &in->line))
        return false;
    if (igd_str_ends(in->line, IGD_STR("\r")))
        in->line.len--;
    in->number++;
    return true;
}

/* Takes the word off the front, with the white space around it. */
static bool take(igd_str *text, igd_str word)
{
    *text = igd_str_trim(*text);
    if (!igd_str_starts(*text, word))
        return false;
    *text = igd_str_trim(igd_str_sub(*text, word.len, text->len));
    return true;
}

static int add_column(ingr *in, igd_str column)
{
    ptrdiff_t colon = igd_str_find(column, ':');
    igd_str name = igd_str_trim(colon < 0 ? column : igd_str_sub(column, 0, (size_t)colon));
    if (name.len == 0) {
        fail(in, "column without a name in the header");
        return igd_hint(in->err, "the header is '# INGR.io | NAME: COLUMN, COLUMN, ...'");
    }
    if (igd_str_eq(name, ID_COLUMN))
        in->id_column = (ptrdiff_t)in->columns.len;
    IGD_PUSH(in->mem, &in->columns, (igd_member){.key = name, .column = 1});
    return IGD_OK;
}

/* `text` is what follows the colon. */
static int read_columns(ingr *in, igd_str text)
{
    /* A comma at the end announces one more column, which split would not show. */
    if (text.len == 0 || igd_str_ends(text, IGD_STR(",")))
        return add_column(in, IGD_STR(""));
    igd_str column;
    while (igd_str_split(&text, ',', &column)) {
        int code = add_column(in, column);
        if (code)
            return code;
    }
    igd_keys keys = {0};
    const igd_member *first;
    const igd_member *twice =
        igd_keys_duplicate(in->mem, &keys, in->columns.items, in->columns.len, &first);
    if (twice)
        return IGD_TEXT_FAIL(in->err, in->number, 1, "column '%.*s' appears twice in the header",
                             IGD_STR_ARG(twice->key));
    return IGD_OK;
}

static int read_header(ingr *in)
{
    const char *form = "the first line has to be '# INGR.io | NAME: COLUMN, COLUMN, ...'";
    igd_str name;
    if (!next_line(in)) {
        IGD_TEXT_FAIL(in->err, 1, 1, "file is empty, a header expected");
        return igd_hint(in->err, "%s", form);
    }
    igd_str text = in->line;
    if (!igd_str_starts(text, IGD_STR("#")) || !take(&text, IGD_STR("#")) ||
        !take(&text, IGD_STR("INGR.io")) || !take(&text, IGD_STR("|")) ||
        igd_str_find(text, ':') < 0) {
        fail(in, "not an INGR header");
        return igd_hint(in->err, "%s", form);
    }
    igd_str_split(&text, ':', &name);
    if (igd_str_trim(name).len == 0) {
        fail(in, "header without a name in front of ':'");
        return igd_hint(in->err, "%s", form);
    }
    return read_columns(in, text);
}

/* "#", ws, digits, ws, "record" or "records", ws. */
static bool is_footer(igd_str line, igd_str *digits)
{
    if (!igd_str_starts(line, IGD_STR("#")) || !take(&line, IGD_STR("#")))
        return false;
    size_t len = 0;
    while (len < line.len && line.ptr[len] >= '0' && line.ptr[len] <= '9')
        len++;
    *digits = igd_str_sub(line, 0, len);
    igd_str word = igd_str_sub(line, len, line.len);
    if (len == 0 || igd_str_trim(word).len == word.len)
        return false;
    word = igd_str_trim(word);
    return igd_str_is(word, "record") || igd_str_is(word, "records");
}

/* "#" alone, or followed by dashes only. */
static bool is_delimiter(igd_str line)
{
    if (line.len == 0 || line.ptr[0] != '#')
        return false;
    for (size_t n = 1; n < line.len; n++) {
        if (line.ptr[n] != '-')
            return false;
    }
    return true;
}

/* A value behind "#", without a space between them; "#" alone is a null. */
static bool is_commented(igd_str line)
{
    return line.len > 0 && line.ptr[0] == '#' &&
           (line.len == 1 || (line.ptr[1] != ' ' && line.ptr[1] != '\t'));
}

static int fail_short(const ingr *in, size_t values)
{
    IGD_TEXT_FAIL(in->err, in->number, 1, "record has %zu of %zu values", values, in->columns.len);
    return igd_hint(in->err,
                    "each of the %zu columns in the header is one line; an empty line is a null",
                    in->columns.len);
}

static int read_value(ingr *in, igd_str column, igd_node **out)
{
    igd_str rest;
    if (igd_text_is_blank(in->line)) {
        *out = IGD_NEW(in->mem, igd_node);
        **out = (igd_node){.kind = IGD_NODE_NULL, .line = in->number, .column = 1};
        return IGD_OK;
    }
    int code = igd_json_nodes_read(&in->nodes, in->line, in->number, 1, out, &rest, in->err);
    if (code) {
        if (igd_str_starts(igd_str_trim(in->line), IGD_STR("#")))
            igd_hint(in->err, "a record is commented out by '#' without a space on all its lines; "
                              "other comments stand behind a value");
        return igd_error_prefix(in->err, "column '%.*s'", IGD_STR_ARG(column));
    }
    igd_str behind = igd_str_trim(rest);
    if (behind.len > 0 && behind.ptr[0] != '#')
        return IGD_TEXT_FAIL(in->err, in->number, (uint32_t)(behind.ptr - in->line.ptr) + 1,
                             "column '%.*s': text behind the value, only a '#' comment may follow",
                             IGD_STR_ARG(column));
    return IGD_OK;
}

/* The current line is the first of a record that is commented out. */
static int skip_record(ingr *in)
{
    uint32_t first = in->number;
    for (size_t n = 1; n < in->columns.len; n++) {
        if (!next_line(in))
            return fail_short(in, n);
        if (!is_commented(in->line)) {
            IGD_TEXT_FAIL(in->err, in->number, 1,
                          "record is commented out in part: %zu of %zu lines", n, in->columns.len);
            return igd_hint(in->err, "put '#' in front of all its lines, or of none");
        }
    }
    if (in->commented++ == 0)
        in->first_commented = first;
    return IGD_OK;
}

static int set_key(const ingr *in, const igd_node *map, igd_member *row)
{
    const igd_node *id = map->members[in->id_column].value;
    if (id->kind != IGD_NODE_STRING) {
        IGD_TEXT_FAIL(in->err, id->line, id->column, "$ID has to be a string");
        return igd_hint(in->err, "write it in double quotes");
    }
    *row = (igd_member){.key = id->text, .line = id->line, .column = id->column};
    return IGD_OK;
}

/* The current line is the first of a record. */
static int read_record(ingr *in, igd_record_type type)
{
    size_t columns = in->columns.len;
    igd_node *map = IGD_NEW(in->mem, igd_node);
    *map = (igd_node){.kind = IGD_NODE_MAP, .line = in->number, .column = 1, .count = columns};
    map->members = igd_arena_alloc(in->mem, columns * sizeof(*map->members));
    for (size_t n = 0; n < columns; n++) {
        igd_str ignored;
        if (n > 0 && !next_line(in))
            return fail_short(in, n);
        if (n > 0 && (is_delimiter(in->line) || is_footer(in->line, &ignored)))
            return fail_short(in, n);
        igd_member *member = &map->members[n];
        *member = in->columns.items[n];
        member->line = in->number;
        int code = read_value(in, member->key, &member->value);
        if (code)
            return code;
    }
    igd_member row = {0};
    if (type == IGD_RECORD_MAP) {
        int code = set_key(in, map, &row);
        if (code)
            return code;
    }
    row.value = map;
    IGD_PUSH(in->mem, &in->rows, row);
    return IGD_OK;
}

static int check_count(const ingr *in, igd_str digits)
{
    size_t count = 0;
    for (size_t n = 0; n < digits.len && count <= in->text.len; n++)
        count = count * 10 + (size_t)(digits.ptr[n] - '0');
    if (count == in->rows.len || count == in->rows.len + in->commented)
        return IGD_OK;
    IGD_TEXT_FAIL(in->err, in->number, 1, "the footer counts %.*s records, the file has %zu",
                  IGD_STR_ARG(digits), in->rows.len);
    return igd_hint(in->err, "correct the footer if no records are missing");
}

/* The digest is that of all bytes up to the end of the count line. */
static int check_digest(const ingr *in, igd_str hex, const char *end_of_count)
{
    char actual[65];
    igd_sha256_hex((igd_str){in->text.ptr, (size_t)(end_of_count - in->text.ptr)}, actual);
    if (igd_str_eq_nocase(igd_str_trim(hex), igd_str_from(actual)))
        return IGD_OK;
    fail(in, "the sha256 of the footer is not that of the file");
    return igd_hint(in->err,
                    "the file was changed after it was written; if that is right, remove "
                    "the line or write sha256:%s",
                    actual);
}

/* The current line is the count. */
static int read_footer(ingr *in, const igd_format_input *input, igd_str digits)
{
    int code = check_count(in, digits);
    const char *end_of_count = in->rest.ptr;
    uint32_t ignored = 0;
    while (!code && next_line(in)) {
        igd_str comment = in->line;
        if (igd_str_starts(comment, IGD_STR("#"))) {
            if (ignored == 0 && take(&comment, IGD_STR("#")) && take(&comment, IGD_STR("sha256:")))
                code = check_digest(in, comment, end_of_count);
        } else if (ignored == 0 && !igd_text_is_blank(in->line)) {
            ignored = in->number;
        }
    }
    if (!code && ignored > 0)
        igd_text_warn(
            input, "text-after-footer", ignored, 1, IGD_STR("text behind the footer is ignored"),
            IGD_STR("records behind the footer are not read; move the footer to the end"));
    return code;
}

static int read_records(ingr *in, const igd_format_input *input)
{
    bool after_record = false;
    igd_str digits;
    while (next_line(in)) {
        int code = IGD_OK;
        if (is_footer(in->line, &digits))
            return read_footer(in, input, digits);
        if (after_record && is_delimiter(in->line)) {
            after_record = false;
            continue;
        }
        if (is_commented(in->line))
            code = skip_record(in);
        else
            code = read_record(in, input->record_type);
        if (code)
            return code;
        after_record = true;
    }
    return IGD_OK;
}

static int make_list(ingr *in, igd_node *root)
{
    root->kind = IGD_NODE_LIST;
    root->items = igd_arena_alloc(in->mem, in->rows.len * sizeof(igd_node *));
    for (size_t n = 0; n < in->rows.len; n++)
        root->items[n] = in->rows.items[n].value;
    return IGD_OK;
}

static int make_map(ingr *in, igd_node *root)
{
    igd_keys keys = {0};
    const igd_member *first;
    const igd_member *twice =
        igd_keys_duplicate(in->mem, &keys, in->rows.items, in->rows.len, &first);
    if (twice) {
        IGD_TEXT_FAIL(in->err, twice->line, twice->column, "$ID '%.*s' appears twice",
                      IGD_STR_ARG(twice->key));
        return igd_hint(in->err, "it is already at line %u", first->line);
    }
    root->kind = IGD_NODE_MAP;
    root->members = in->rows.items;
    return IGD_OK;
}

static int read_file(ingr *in, const igd_format_input *input, igd_node **out)
{
    int code = read_header(in);
    if (!code && input->record_type == IGD_RECORD_MAP && in->id_column < 0) {
        fail(in, "the header has no column $ID");
        return igd_hint(in->err, "it holds the keys of the records");
    }
    if (!code)
        code = read_records(in, input);
    if (code)
        return code;
    igd_node *root = IGD_NEW(in->mem, igd_node);
    *root = (igd_node){.line = 1, .column = 1, .count = in->rows.len};
    code = input->record_type == IGD_RECORD_MAP ? make_map(in, root) : make_list(in, root);
    if (code)
        return code;
    if (in->commented > 0)
        igd_text_warn(input, "commented-records", in->first_commented, 1,
                      igd_arena_printf(in->mem, "%zu commented-out %s not read", in->commented,
                                       in->commented == 1 ? "record is" : "records are"),
                      IGD_STR("remove them, or the '#' in front of their lines"));
    *out = root;
    return IGD_OK;
}

static int parse_ingr(const igd_format_input *input, igd_arena *mem, igd_node **out, igd_error *err)
{
    ingr in = {
        .text = input->text,
        .mem = mem,
        .err = err,
        .nodes = IGD_JSON_NODES_INIT(mem),
        .id_column = -1,
    };
    int code = igd_text_start(input->text, &in.rest, err);
    if (!code)
        code = igd_text_check_utf8(in.rest, err);
    if (!code)
        code = read_file(&in, input, out);
    igd_json_nodes_free(&in.nodes);
    return code;
}

const igd_format igd_format_ingr = {
    .name = "ingr",
    .stores = {[IGD_RECORD_LIST] = true, [IGD_RECORD_MAP] = true},
    .parse = parse_ingr,
};
