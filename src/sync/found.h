/*
 * The schema as it is found in a target, cut down to what is ours.
 *
 * Ours are the recorded tables, and in them the columns, checks, foreign keys and indexes with a
 * recorded name. Everything else is foreign: it is left out here, so that no plan ever touches it,
 * and counted for the report. What is recorded and not found was taken away by somebody: a plan
 * from the found schema puts it back.
 */
#ifndef IGD_SYNC_FOUND_H
#define IGD_SYNC_FOUND_H

#include "sync/run.h"

/*
 * `recorded` is the schema of the bookkeeping; while a run is in progress, every form of the tables
 * (igd_state_forms): a table that has one of a collection's names is that collection's, by the form
 * whose key it has, and what any of its forms has is ours. A target without IGD_CAP_SCHEMA is taken
 * to have what is recorded. `foreign` may be NULL.
 */
IGD_MUST_CHECK int igd_found_schema(igd_target *target, const igd_schema *recorded, igd_arena *mem,
                                    igd_schema *out, igd_foreign_list *foreign, igd_error *err);

/* The same of one table. */
void igd_found_table(const igd_table *recorded, const igd_table *there, igd_arena *mem,
                     igd_table *out, igd_foreign_list *foreign);

#endif
