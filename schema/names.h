/*
 * Identifiers of a target: how they are cut, hashed, compared and reserved (docs/contract.md 2).
 * Private to this room.
 */
#ifndef IGD_SCHEMA_NAMES_H
#define IGD_SCHEMA_NAMES_H

#include "base/arena.h"

/* The name itself when it fits into `bytes` (0: unlimited), else its start, '_' and 8 hex digits of
 * the digest of the whole name. The limit of an engine is never below 16. */
igd_str igd_name_cut(igd_str name, size_t bytes, igd_arena *mem);

/* "<stem>_<8 hex digits of the definition's digest>"; when that is too long the stem is cut. */
igd_str igd_name_hashed(igd_str stem, igd_str definition, size_t bytes, igd_arena *mem);

/* ASCII letters in lower case: names that fold alike are one name to most engines. */
igd_str igd_name_fold(igd_str name, igd_arena *mem);

/* Why nobody but this program or the engine may use the name ("starts with 'sqlite_', ..."): static
 * text, or NULL. */
const char *igd_name_reserved(igd_str name);

#endif
