/*
 * How the columns of two versions of a table correspond, and the form between them. Private to this
 * room.
 */
#ifndef IGD_SCHEMA_TRANSITION_H
#define IGD_SCHEMA_TRANSITION_H

#include "base/map.h"
#include "schema/diff.h"

typedef struct igd_transition {
    const igd_table *from, *between, *to;
    const igd_map *replaced; /* names of tables that are not the same table in the end: no foreign
                                key to them can stay; NULL for none */
    bool remade;             /* CHANGE_PRIMARY_KEY: no column corresponds to any */
    ptrdiff_t *to_of;        /* for each column of from: its index in to, or -1 */
    ptrdiff_t *from_of;      /* for each column of to: its index in from, or -1 */
    ptrdiff_t *between_of;   /* for each column of from that goes or is refilled: where it stands in
                                between; else -1 */
} igd_transition;

void igd_transition_make(const igd_table *from, const igd_table *to, size_t identifier_bytes,
                         const igd_map *replaced, igd_arena *mem, igd_transition *out);

/* Does the key change by more than the names of its columns? */
bool igd_key_changes(const igd_table *from, const igd_table *to);

/* Columns of one name whose values have to be filled again from git. */
bool igd_transition_refills(const igd_transition *t, size_t column_to);

/* Is the constraint of that name, on these columns of to, in both, and can it stay? */
bool igd_transition_keeps_check(const igd_transition *t, igd_str name);
bool igd_transition_keeps_foreign_key(const igd_transition *t, igd_str name);
bool igd_transition_keeps_index(const igd_transition *t, igd_str name);

/* Sets risk, loss and why. */
void igd_op_weigh(igd_op *op);

/* The operations of a transition, and of tables that come (between is to) and go. */
void igd_transition_ops(const igd_transition *t, igd_arena *mem, igd_op_list *out);
void igd_new_table_ops(const igd_table *to, igd_arena *mem, igd_op_list *out);
void igd_old_table_ops(const igd_table *from, const igd_table *between, igd_arena *mem,
                       igd_op_list *out);

/* Where an operation stands among those of its plan: 0 .. IGD_OP_RANKS - 1. Those of expand come
 * first. */
#define IGD_OP_RANKS (2 * 2 * IGD_OP_COUNT)
size_t igd_op_rank(const igd_op *op);

#endif
