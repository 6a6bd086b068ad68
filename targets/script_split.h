/*
 * Where statements end: a text is taken apart piece by piece, as the engine's own client does it.
 *
 * The text may come in parts: IGD_SPLIT_MORE says that what is there does not tell yet. Then the
 * same text, longer, is given again, without what lies before `from` if the caller likes
 * (igd_splitter_drop).
 */
#ifndef IGD_TARGETS_SCRIPT_SPLIT_H
#define IGD_TARGETS_SCRIPT_SPLIT_H

#include "targets/script.h"

typedef enum igd_split {
    IGD_SPLIT_STATEMENT,
    IGD_SPLIT_CLIENT_LINE, /* without its line end */
    IGD_SPLIT_ROWS,        /* what follows "-- rows " in such a line, with its line end */
    IGD_SPLIT_MORE,
    IGD_SPLIT_END,
    IGD_SPLIT_BROKEN, /* the text ends inside of something */
} igd_split;

typedef struct igd_splitter {
    igd_script_syntax syntax;
    size_t from;     /* nothing before it is looked at again */
    size_t at;       /* what lies between them has been looked at */
    bool inside;     /* of a statement, which begins at `from` */
    bool mid_line;   /* something stands before it in its line */
    uint8_t grammar; /* of the statement (script_split.c) */
    uint32_t depth;  /* of parentheses, where these matter */
    const char *why; /* BROKEN: what has no end; static text */
} igd_splitter;

/* `piece` is a view of the text; for BROKEN, where it is broken. `whole`: nothing follows. */
igd_split igd_split_next(igd_splitter *splitter, igd_str text, bool whole, igd_str *piece);

/* What a whole statement does to the transaction. */
igd_script_role igd_split_role(igd_script_syntax syntax, igd_str statement);

/* The text's first `bytes` (at most `from`) were taken away. */
static inline void igd_splitter_drop(igd_splitter *splitter, size_t bytes)
{
    splitter->from -= bytes;
    splitter->at -= bytes;
}

#endif
