/*
 * Lines of redis-cli: words with a space between, those in quotes with \n, \r, \t, \" , \\ and \xNN
 * for what cannot stand there.
 */
#ifndef IGD_TARGETS_SCRIPT_WORDS_H
#define IGD_TARGETS_SCRIPT_WORDS_H

#include "base/arena.h"
#include "base/buf.h"

/* Appends a word, in quotes. What is UTF-8 stays readable. */
void igd_words_put(igd_buf *out, igd_str word);

/* Takes a word and the space behind it off a line, in quotes or (letters and digits alone) without.
 * False when there is none, or it is not written as above; the word is a view of the line, or of
 * mem. */
bool igd_words_take(igd_str *line, igd_arena *mem, igd_str *word);

#endif
