/*
 * Rehearsals of stores, and scripts of what they do.
 *
 * A rehearsal is a store like any other: the family runs on it as on the real one, with the same
 * names of keys, the same writes and the same policy. It reads from the real one, which is open to
 * read, and keeps what is written on a shelf (kv/shelf.h); so it can take everything back, and has
 * transactions. When the run commits, the keys that differ, with the two rows of the state, are
 * written as a script (up), and the other way round as the one that undoes it (down): the same code
 * with the ends exchanged, so what one can do, the other can undo.
 */
#ifndef IGD_TARGETS_KV_REHEARSAL_H
#define IGD_TARGETS_KV_REHEARSAL_H

#include "targets/kv/script.h"
#include "targets/kv/shelf.h"

typedef struct igd_kv_rehearsal {
    igd_kv_target kv; /* first */
    igd_kv_target *real;
    igd_kv_shelf *shelf;
    bool empty; /* holds nothing, whatever the real one holds */

    /* Since begin: */
    const igd_recording *recording; /* NULL: nothing is to be written */
    const igd_source_state *from;
} igd_kv_rehearsal;

/* record.c: writes down what the run did, and what undoes it. */
int igd_kv_rehearsal_record(igd_kv_rehearsal *it, const igd_source_state *to, igd_error *err);

#endif
