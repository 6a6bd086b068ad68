/*
 * record_file.exclude_regex: which file names are not records.
 *
 * The reference implementation has RE2; we have the system's extended regular expressions, and
 * translate what people write (\d, \w, (?:...), (?i), \.) or refuse it by name (D9). Size is
 * limited, since a compiled expression may need memory without bounds.
 */
#ifndef IGD_INGITDB_EXCLUDE_H
#define IGD_INGITDB_EXCLUDE_H

#include "base/arena.h"

typedef struct igd_exclude igd_exclude;

/* NULL and why it cannot be used in *why (text in mem), or the compiled expression. */
igd_exclude *igd_exclude_compile(igd_str pattern, igd_arena *mem, igd_str *why);
void igd_exclude_free(igd_exclude *exclude);

igd_str igd_exclude_pattern(const igd_exclude *exclude); /* as it was written; lives in mem */

/* Whether the expression is found anywhere in the name. Thread-safe. */
bool igd_exclude_matches(const igd_exclude *exclude, igd_str name);

#endif
