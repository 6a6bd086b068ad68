/*
 * The plan of a run: which operations expand and contract each table, and which table its records
 * are written to in between.
 *
 * Tables come in the schema's order. For each there are up to three forms:
 *   from     as it was recorded; NULL for a new table
 *   between  what the records part writes to: first the columns of `to` in its order, new ones
 *            nullable; then those that go (or are aside), nullable; constraints that both sides
 *            share. Equal to `to` for a new table and for one that does not change; `from` for one
 *            that goes, under another name when a table of `to` has its name
 *   to       as desired; NULL for a table that goes
 */
#ifndef IGD_SCHEMA_PLAN_H
#define IGD_SCHEMA_PLAN_H

#include "schema/diff.h"

typedef struct igd_table_plan {
    const igd_table *from, *between, *to;
    igd_op_list expand, contract;
    bool emit_all; /* every record of the collection has to be emitted: its rows may differ though
                      git has not changed them */
    bool rewrite;  /* and written, also what git says is equal: the rows were made by other rules
                      than  this version's */
    bool adopted;  /* the table is taken over: `from` is what is there of `to`, made by nobody that
                      we know. Nothing is dropped, and rows that git does not know stay */
} igd_table_plan;

typedef struct igd_plan {
    igd_table_plan *tables; /* those of the desired schema in its order, then those that go,
                               subcollections before their parents */
    size_t table_count;
    igd_op_list expand, contract; /* of all tables, in the order in which to execute them */
    size_t op_count;              /* steps not counted */
    igd_loss losses;              /* all of its operations together */
} igd_plan;

/* Plans the way from one schema to another. Tables are matched by collection, or by a
 * rename that was decided (igd_table.renamed). */
void igd_plan_make(const igd_schema *from, const igd_schema *to, size_t identifier_bytes,
                   igd_arena *mem, igd_plan *out);

const igd_table_plan *igd_plan_table(const igd_plan *plan, igd_str collection);

/* The table is made anew and empty: its rows cannot be addressed by the new key. */
bool igd_plan_remakes(const igd_table_plan *plan);

#endif
