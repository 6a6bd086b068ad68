/*
 * The invalid records of a side, by what the target may hold of them: the row of a record's key,
 * and, of a file whose records cannot be told apart, every row below its parent.
 */
#ifndef IGD_SYNC_INVALID_H
#define IGD_SYNC_INVALID_H

#include "sync/side.h"

typedef struct igd_invalid igd_invalid;

/* From the problems that igd_check_source found. */
IGD_MUST_CHECK int igd_invalid_new(const igd_side *side, const igd_problems *problems,
                                   igd_invalid **out, igd_error *err);
void igd_invalid_free(igd_invalid *invalid); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_invalid, igd_invalid_free)

/* What is wrong with the record that the row is of; NULL: nothing that is known. `row` begins with
 * the key columns of the slot's table. A NULL set is empty. */
const igd_problem *igd_invalid_of(const igd_invalid *invalid, size_t slot, const igd_value *row);

/* Whether any record of the slot is invalid. */
bool igd_invalid_any(const igd_invalid *invalid, size_t slot);

#endif
