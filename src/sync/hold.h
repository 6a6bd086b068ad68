/*
 * Which rows of a target are held: those of invalid records, and what they refer to
 * (docs/architecture.md, "Validity").
 *
 * A held row is neither changed nor deleted, unless the new schema forbids it: a column that must
 * not be null, a check that it breaks, a column whose values are made anew, a foreign key to
 * nothing. What is forbidden goes, with consent, and so does what refers to it.
 */
#ifndef IGD_SYNC_HOLD_H
#define IGD_SYNC_HOLD_H

#include "schema/plan.h"
#include "sync/invalid.h"
#include "sync/keyset.h"
#include "sync/stream.h"

typedef enum igd_hold {
    IGD_HOLD_NOT,
    IGD_HOLD_INVALID,    /* its record is invalid */
    IGD_HOLD_REFERENCED, /* a held row refers to it */
    IGD_HOLD_FORBIDDEN,  /* its record is invalid, and the new schema forbids it */
} igd_hold;

/* A row of the target that the source lacks, laid out by the slot's table. */
typedef struct igd_extra {
    igd_digest key;
    const igd_value *row;
    igd_hold hold;
    const igd_problem *problem; /* of an invalid record */
    igd_str why;                /* it is forbidden; or which row refers to it */
} igd_extra;

/* Of one slot; igd_hold_rows orders them by key. */
typedef IGD_LIST(igd_extra) igd_extras;

typedef struct igd_holding {
    const igd_side *side;
    const igd_plan *plan;
    const igd_invalid *invalid;
    igd_extras *extras;        /* by slot */
    const igd_keyset *missing; /* keys that igd_hold_missing found */
    igd_arena *mem;
} igd_holding;

/* The keys that rows of invalid records refer to by foreign keys that the plan adds and that are in
 * neither side. `like` is a stream over the new side. Reads the source only when there are any. */
IGD_MUST_CHECK int igd_hold_missing(igd_holding *holding, const igd_stream *like, igd_keyset *out,
                                    igd_error *err);

/* Decides about all rows. */
void igd_hold_rows(igd_holding *holding);

/* IGD_E_DESTRUCTIVE when rows are forbidden, naming them. */
IGD_MUST_CHECK int igd_hold_consent(const igd_holding *holding, igd_error *err);

#endif
