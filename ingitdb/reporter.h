/*
 * What is wrong with definitions, put into igd_problems: one reporter for each file or collection
 * knows what all its problems have in common.
 */
#ifndef IGD_INGITDB_REPORTER_H
#define IGD_INGITDB_REPORTER_H

#include "ingitdb/node.h"
#include "schema/problem.h"

/* A member of a static list of words: IGD_STR is no constant. */
#define IGD_WORD(literal)            \
    {                                \
        literal, sizeof(literal) - 1 \
    }

typedef struct igd_reporter {
    igd_problems *problems;
    igd_arena *scratch; /* texts until they are copied into the problems */
    igd_str collection; /* may be empty */
} igd_reporter;

/* Where it is. Line and column 0: the file as a whole. */
typedef struct igd_spot {
    igd_str path;
    uint32_t line, column;
    igd_str field; /* a column's name; may be empty */
} igd_spot;

static inline igd_spot igd_spot_of(igd_spot file, const igd_node *node)
{
    if (node) {
        file.line = node->line;
        file.column = node->column;
    }
    return file;
}

static inline igd_spot igd_spot_of_key(igd_spot file, const igd_member *member)
{
    file.line = member->line;
    file.column = member->column;
    return file;
}

/* hint "": none. */
void igd_report_error(const igd_reporter *reporter, igd_spot spot, const char *code, igd_str hint,
                      const char *format, ...) IGD_PRINTF(5, 6);
void igd_report_warning(const igd_reporter *reporter, igd_spot spot, const char *code, igd_str hint,
                        const char *format, ...) IGD_PRINTF(5, 6);

/* The candidate that was probably meant, or an empty view: few letters differ. */
igd_str igd_similar(igd_str word, const igd_str *candidates, size_t count);

/* "did you mean 'x'?" when something is similar, else the text given. */
igd_str igd_similar_hint(igd_arena *mem, igd_str word, const igd_str *candidates, size_t count,
                         igd_str otherwise);

/* "'a', 'b', 'c'", at most ten of them. */
igd_str igd_quoted_list(igd_arena *mem, const igd_str *words, size_t count);

/* Warns of each key of the map that is not in the list (D3). `where` is the path of keys that leads
 * to the map: "" or "record_file". A node that is not a map has none. */
void igd_report_unknown_keys(const igd_reporter *reporter, igd_spot file, const igd_node *map,
                             igd_str where, const igd_str *known, size_t count);

#endif
