/*
 * What a row refers to.
 */
#ifndef IGD_SYNC_REFERENCES_H
#define IGD_SYNC_REFERENCES_H

#include "base/list.h"
#include "sync/side.h"

/* Keys of rows that are referred to: reference->count values each. They view the row or mem. */
typedef IGD_LIST(const igd_value *) igd_reference_keys;

/* Appends what the row refers to by one reference: nothing for null, every element of a list of
 * keys (D26). */
void igd_reference_keys_of(const igd_reference *reference, const igd_value *row, igd_arena *mem,
                           igd_reference_keys *out);

#endif
