/*
 * The pieces that a script's text is made of, by the rules of each client (script_split.h).
 */
#ifndef IGD_TARGETS_SCRIPT_TOKEN_H
#define IGD_TARGETS_SCRIPT_TOKEN_H

#include "targets/script.h"

typedef enum igd_token_kind {
    IGD_TOKEN_SEMICOLON,
    IGD_TOKEN_SPACE, /* comments, too */
    IGD_TOKEN_WORD,
    IGD_TOKEN_OPEN, /* parentheses, where a semicolon between them ends nothing */
    IGD_TOKEN_CLOSE,
    IGD_TOKEN_CLIENT, /* what is for the client begins here, wherever that is */
    IGD_TOKEN_OTHER,
} igd_token_kind;

typedef struct igd_token {
    igd_token_kind kind;
    size_t end;
    const char *why; /* the text ends inside of it */
} igd_token;

/* The token that begins there. `whole`: nothing follows the text. */
igd_token igd_token_at(igd_script_syntax syntax, igd_str text, size_t at, bool whole);

/* Behind the next such byte, or 0. */
size_t igd_behind(igd_str text, size_t at, char byte);

#endif
