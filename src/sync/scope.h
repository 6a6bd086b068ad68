/*
 * Cutting a side down to what is selected. Private to side.c.
 */
#ifndef IGD_SYNC_SCOPE_H
#define IGD_SYNC_SCOPE_H

#include "sync/side.h"

/* Fills side->chosen, from the side's database, what was said of its definitions, and the target.
 * IGD_E_USAGE. */
IGD_MUST_CHECK int igd_scope_choose(const igd_scope *scope, igd_side *side,
                                    const igd_problems *said, igd_arena *mem, igd_error *err);

/* What of `said` is the business of who chose. */
void igd_scope_problems(const igd_scope *scope, const igd_side *side, const igd_problems *said,
                        igd_problems *out);

/* Fills side->schema from the tables of all collections. */
void igd_scope_tables(const igd_scope *scope, igd_side *side, const igd_schema *whole,
                      igd_arena *mem, igd_problems *problems);

/* Collections that are not chosen, and that chosen ones refer to; each once. */
void igd_scope_outside(const igd_side *side, igd_arena *mem, igd_str_list *out);

#endif
