/*
 * A strict pull reader for JSON text (RFC 8259).
 *
 * It hands out numbers as the text that was written, so that nothing is lost before the target's
 * type is known (cJSON turns 9007199254740993 into 9007199254740990). Refused, with line and
 * column: invalid UTF-8, lone surrogates, \u0000 left to the caller (it is delivered as a NUL
 * byte), leading zeros, trailing commas, comments, anything after the value, nesting beyond
 * max_depth. A byte order mark at the start is skipped. Duplicate keys are the caller's business,
 * who knows where the object's keys are kept.
 *
 *     igd_json_reader r;
 *     igd_json_reader_init(&r, text, mem, 64);
 *     do igd_json_next(&r); while (r.event != IGD_JSON_END && r.event != IGD_JSON_ERROR);
 */
#ifndef IGD_BASE_JSON_READ_H
#define IGD_BASE_JSON_READ_H

#include "base/arena.h"

typedef enum igd_json_event {
    IGD_JSON_END, /* the value is complete and only white space followed */
    IGD_JSON_ERROR,
    IGD_JSON_NULL,
    IGD_JSON_TRUE,
    IGD_JSON_FALSE,
    IGD_JSON_NUMBER,
    IGD_JSON_STRING,
    IGD_JSON_KEY,
    IGD_JSON_OBJECT_START,
    IGD_JSON_OBJECT_END,
    IGD_JSON_ARRAY_START,
    IGD_JSON_ARRAY_END,
} igd_json_event;

typedef struct igd_json_reader {
    /* After each igd_json_next: what was read and where it starts. */
    igd_json_event event;
    igd_str text; /* NUMBER: as written; STRING, KEY: decoded (in the input or in the arena) */
    uint32_t line, column; /* from 1; columns count bytes */
    const char *error;     /* ERROR: why, lower case, static text */

    /* Private. */
    igd_arena *mem;
    const char *at, *end, *line_start;
    uint32_t line_now;
    uint32_t depth, max_depth;
    unsigned char state;
    unsigned char *stack;
} igd_json_reader;

/* Decoded strings that need unescaping are put into mem; others are views of the input. Stops at
 * the first complete value and expects only white space behind it. */
void igd_json_reader_init(igd_json_reader *reader, igd_str text, igd_arena *mem,
                          uint32_t max_depth);

/* The next event, also in reader->event. END and ERROR stay. */
igd_json_event igd_json_next(igd_json_reader *reader);

/* Reads the value that the reader stands before, nested ones included. */
void igd_json_skip(igd_json_reader *reader);

/* Where reading stopped: the rest of the input behind the value; for formats that embed JSON. */
igd_str igd_json_rest(const igd_json_reader *reader);

/* Lets text follow the value: END is delivered as soon as the value is complete. */
void igd_json_allow_rest(igd_json_reader *reader);

#endif
