/*
 * Canonical encoding and digests (docs/contract.md 2). Version 1:
 *
 *   row digest = first 128 bits of SHA-256 over
 *       for each key column, in order:        tag, length, bytes
 *       for each other column that is not null, ordered by name:
 *                                             name length, name, tag, length, bytes
 *   tag    one byte, the igd_kind; length: four bytes, big-endian; bytes: the canonical text
 *
 * A null is left out, so a new nullable column does not change the digests of rows that lack it.
 * A table's digest is the sum of its rows' digests modulo 2^128, kept together with the count.
 */
#ifndef IGD_SCHEMA_CANONICAL_H
#define IGD_SCHEMA_CANONICAL_H

#include "base/error.h"
#include "schema/row.h"

#define IGD_ENCODING_VERSION 1

/* Deepest nesting of a JSON value. */
#define IGD_CANONICAL_DEPTH 64

/* scratch is overwritten; it saves an allocation per row. */
igd_digest igd_row_digest(const igd_table *table, const igd_value *row, igd_buf *scratch);

/* Digest of the key alone (the same in every table version): for key sets and references. */
igd_digest igd_key_digest(const igd_value *keys, size_t count, igd_buf *scratch);

/* Appends a JSON number in canonical form: without . e E an exact integer of any length ("-0" is
 * 0), else a double; false when it overflows. The text is a JSON number. */
bool igd_canonical_number(igd_str text, igd_buf *out);

/* Canonical form of any JSON text. NULL, or why it is not JSON or has no canonical form (duplicate
 * keys, overflow, too deep): static text. */
const char *igd_canonical_json(igd_str text, igd_arena *mem, igd_str *out);

/* A text of a target as a value: what is canonical for the kind is what it is, else IGD_RAW. The
 * result may be a view of the text or of mem. */
igd_value igd_canonical_value(igd_kind kind, igd_str text, igd_arena *mem);

#endif
