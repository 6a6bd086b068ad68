/*
 * The parts of the TOML 1.0 reader: toml_lex.c reads keys, strings and line ends, toml_scalar.c
 * numbers, dates and booleans, toml.c what they make together. Private to formats/.
 */
#ifndef IGD_INGITDB_FORMATS_TOML_H
#define IGD_INGITDB_FORMATS_TOML_H

#include "ingitdb/formats/text.h"

/* Where reading is. The text is known to be UTF-8. */
typedef struct igd_toml {
    const char *at, *end, *line_start;
    uint32_t line;
    igd_arena *mem;
    igd_error *err;
} igd_toml;

/* `place` is on the current line. */
#define IGD_TOML_FAIL(toml, place, ...) \
    IGD_TEXT_FAIL((toml)->err, (toml)->line, igd_toml_column((toml), (place)), __VA_ARGS__)

static inline uint32_t igd_toml_column(const igd_toml *toml, const char *place)
{
    return (uint32_t)(place - toml->line_start) + 1;
}

/* The byte `ahead` of the current one, or NUL behind the end. */
static inline char igd_toml_peek(const igd_toml *toml, size_t ahead)
{
    return (size_t)(toml->end - toml->at) > ahead ? toml->at[ahead] : '\0';
}

/* Skips spaces and tabs. */
void igd_toml_space(igd_toml *toml);

/* Skips space, comments and line ends. */
int igd_toml_blank(igd_toml *toml);

/* Skips space and a comment up to and with the end of the line, which has to come. */
int igd_toml_line_end(igd_toml *toml);

/* A bare or quoted key, which has to come. */
int igd_toml_key(igd_toml *toml, igd_str *out);

/* The string at a quote; a key must not be multi-line. */
int igd_toml_string(igd_toml *toml, bool is_key, igd_str *out);

/* A boolean, number, date or time, which has to come; the node's place is set. */
int igd_toml_scalar(igd_toml *toml, igd_node *out);

#endif
