/*
 * libyaml's problems as errors: where, and what people usually did when they got it.
 */
#include "ingitdb/yaml_scalar.h"

#define SAVE_AS_UTF8   "save the file as UTF-8"
#define CLOSE_BRACKETS "close the bracket, or quote the text if it begins with '[' or '{'"

static const struct {
    const char *problem, *hint;
} hints[] = {
    {"mapping values are not allowed in this context",
     "quote the value: it contains ': ', or its line is indented wrongly"},
    {"could not find expected ':'",
     "write 'key: value' with a space after the colon, and indent the lines of a longer text"},
    {"did not find expected key",
     "check the indentation; a text that begins with a quote must end with the same quote"},
    {"did not find expected '-' indicator", "indent all items of a list alike, each with '- '"},
    {"block sequence entries are not allowed in this context",
     "begin a list on a line of its own, or quote the value if it begins with '- '"},
    {"found a tab character that violates indentation", "indent with spaces, not with tabs"},
    {"found a tab character where an indentation space is expected",
     "indent with spaces, not with tabs"},
    {"found unexpected end of stream", "close the quote that was opened"},
    {"found unexpected document indicator", "close the quote that was opened"},
    {"did not find expected ',' or ']'", CLOSE_BRACKETS},
    {"did not find expected ',' or '}'", CLOSE_BRACKETS},
    {"did not find expected alphabetic or numeric character",
     "quote the value if its '*' or '&' is part of the text"},
    {"did not find expected comment or line break",
     "begin the text on the line after '|' or '>', or quote it"},
    {"found undefined tag handle", "quote the value if its '!' is part of the text"},
    {"found unknown escape character",
     "write '\\\\' for a backslash, or use single quotes instead of double quotes"},
    {"found unknown directive name", "quote the value if its '%' is part of the text"},
    {"did not find expected <document start>",
     "a file holds one document: look for a line that is less indented than the others"},
    {"control characters are not allowed",
     "remove it, or write it as an escape in double quotes, such as \"\\x1b\""},
    {"invalid leading UTF-8 octet", SAVE_AS_UTF8},
    {"invalid trailing UTF-8 octet", SAVE_AS_UTF8},
    {"incomplete UTF-8 octet sequence", SAVE_AS_UTF8},
    {"invalid length of a UTF-8 sequence", SAVE_AS_UTF8},
    {"invalid Unicode character", SAVE_AS_UTF8},
};

/* The byte at a mark, or 0. A mark counts characters, the byte order mark aside. */
static char byte_at(igd_str text, size_t index)
{
    if (igd_str_starts(text, IGD_STR("\xEF\xBB\xBF")))
        text = igd_str_sub(text, 3, text.len);
    for (size_t n = 0; n < text.len; n++) {
        if (((unsigned char)text.ptr[n] & 0xC0) != 0x80 && index-- == 0)
            return text.ptr[n];
    }
    return 0;
}

static void add_hint(const yaml_parser_t *parser, igd_str text, igd_error *err)
{
    if (strcmp(parser->problem, "found character that cannot start any token") == 0) {
        char byte = byte_at(text, parser->problem_mark.index);
        if (byte == '\t')
            igd_hint(err, "indent with spaces, not with tabs");
        else if (byte > ' ')
            igd_hint(err, "quote the value: it begins with '%c'", byte);
        return;
    }
    for (size_t n = 0; n < IGD_COUNT(hints); n++) {
        if (strcmp(parser->problem, hints[n].problem) == 0) {
            igd_hint(err, "%s", hints[n].hint);
            return;
        }
    }
    igd_hint(err,
             "look for brackets or quotes that are not closed, and for values that need quotes");
}

/* The reader stops before there are tokens, so it has an offset in the input and no mark. */
static void place_of_offset(igd_str text, size_t offset, igd_place *place)
{
    igd_str before = igd_str_sub(text, 0, offset);
    if (igd_str_starts(before, IGD_STR("\xEF\xBB\xBF")))
        before = igd_str_sub(before, 3, before.len);
    place->line = place->column = 1;
    for (size_t n = 0; n < before.len; n++) {
        char byte = before.ptr[n];
        if (byte == '\n' || (byte == '\r' && !(n + 1 < before.len && before.ptr[n + 1] == '\n'))) {
            place->line++;
            place->column = 1;
        } else if (((unsigned char)byte & 0xC0) != 0x80) {
            place->column++;
        }
    }
}

int igd_yaml_problem(const yaml_parser_t *parser, igd_str text, igd_error *err)
{
    /* An impossible size goes to the allocator, which is where running out of memory is handled. */
    if (parser->error == YAML_MEMORY_ERROR)
        igd_xmalloc(SIZE_MAX);

    yaml_mark_t mark = parser->problem_mark;
    if (parser->error == YAML_READER_ERROR) {
        igd_fail(err, IGD_E_INVALID, "%s", parser->problem);
        if (parser->encoding == YAML_UTF8_ENCODING)
            place_of_offset(text, parser->problem_offset, &err->place);
    } else {
        if (parser->context && parser->context_mark.line != mark.line)
            igd_fail(err, IGD_E_INVALID, "%s %s that begins in line %zu", parser->problem,
                     parser->context, parser->context_mark.line + 1);
        else if (parser->context)
            igd_fail(err, IGD_E_INVALID, "%s %s", parser->problem, parser->context);
        else
            igd_fail(err, IGD_E_INVALID, "%s", parser->problem);
        err->place.line = (uint32_t)mark.line + 1;
        err->place.column = (uint32_t)mark.column + 1;
    }
    add_hint(parser, text, err);
    return IGD_E_INVALID;
}
