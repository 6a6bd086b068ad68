/*
 * Taking over tables that somebody else made (--adopt): finding those that the new side wants and
 * that no source owns, and what is special about the run that does it.
 *
 * Such a table becomes the plan's `from` as it is found, cut down to the columns and constraints
 * that are wanted. So what is missing is added, nothing is dropped, and the rest of it stays, like
 * everything foreign. Its rows are compared; nobody knows their base, so each that differs is a
 * conflict, and those that git does not know stay.
 */
#ifndef IGD_SYNC_ADOPT_H
#define IGD_SYNC_ADOPT_H

#include "sync/base.h"
#include "sync/consumer.h"
#include "sync/found.h"

typedef struct igd_adoption {
    igd_schema tables;        /* as they are found; ours when the run is committed */
    igd_foreign_list foreign; /* what else is in them */
} igd_adoption;

/* IGD_E_UNOWNED: a table is another source's, or cannot be written as it is wanted. */
IGD_MUST_CHECK int igd_adopt_find(igd_target *target, const igd_state *state, const igd_base *base,
                                  const igd_side *side, igd_arena *mem, igd_adoption *out,
                                  igd_error *err);

/* Appends the tables to a schema that a plan is made from, and marks them in that plan. */
void igd_adopt_into(const igd_adoption *adoption, igd_schema *schema, igd_arena *mem);
void igd_adopt_mark(const igd_adoption *adoption, igd_plan *plan);

/*
 * Whether the plan drops or makes anew a table that was taken over once and holds more rows than
 * git gave it: those cannot be had back, so this needs the consent to a mass delete as well.
 * IGD_E_DESTRUCTIVE, with the option as the hint.
 */
IGD_MUST_CHECK int igd_adopt_check_losses(igd_target *target, const igd_plan *plan,
                                          const igd_source_state *state, uint32_t allowed,
                                          igd_error *err);

/*
 * A consumer around another one: before contract, it takes every SET NOT NULL out of the plan that
 * rows of a table that is taken over do not allow, with a warning. The column stays nullable until
 * a full sync finds no such row.
 */
typedef struct igd_adopter {
    igd_consumer consumer; /* first */
    igd_consumer *inner;
    igd_target *target;
    igd_plan *plan; /* what the inner consumer executes */
} igd_adopter;

igd_adopter igd_adopt_around(igd_consumer *inner, igd_target *target, igd_plan *plan);

#endif
