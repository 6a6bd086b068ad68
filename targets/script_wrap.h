/*
 * Where the header of a script stands (targets/script.h): as it is where comments are lines that
 * begin with two dashes, else in a request that changes nothing.
 */
#ifndef IGD_TARGETS_SCRIPT_WRAP_H
#define IGD_TARGETS_SCRIPT_WRAP_H

#include "targets/script.h"

/* What stands before the body of a script. */
void igd_script_wrap(igd_script_syntax syntax, igd_str head, igd_buf *out);

/* What stands before the body of one without a header. */
igd_str igd_script_opening(igd_script_syntax syntax);

/* The header in the beginning of a file; *end is where the body begins, in line *line. False when
 * it is in no request that igd_script_wrap makes: then it is the text itself, or there is none. */
bool igd_script_unwrap(igd_str text, igd_arena *mem, igd_str *head, size_t *end, uint32_t *line);

#endif
