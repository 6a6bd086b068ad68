/*
 * The rows that a script says it touches: read from the target by key, counted, and their digests
 * summed up (targets/script.h).
 */
#ifndef IGD_SYNC_APPLY_ROWS_H
#define IGD_SYNC_APPLY_ROWS_H

#include "targets/script.h"
#include "targets/target.h"

typedef struct igd_touched {
    igd_target *target;
    const igd_source_state *state; /* which tables there are; may be NULL */
    uint64_t count;
    igd_digest sum;

    /* Private: keys of one table, until there are enough of them to be asked for. */
    igd_arena *table_mem, *mem;
    igd_str name;
    igd_table table;
    IGD_LIST(igd_value) keys;
    igd_buf scratch;
} igd_touched;

void igd_touched_init(igd_touched *touched, igd_target *target, const igd_source_state *state);
void igd_touched_free(igd_touched *touched);
IGD_DEFINE_CLEANUP(igd_touched, igd_touched_free)

/* The "rows" lines of a statement. IGD_E_FORMAT when they cannot be read, IGD_E_STALE_BASE for a
 * table that the state does not record. */
IGD_MUST_CHECK int igd_touched_add(igd_touched *touched, igd_str rows, igd_error *err);

/* When all have been added: count and sum are those of all. */
IGD_MUST_CHECK int igd_touched_finish(igd_touched *touched, igd_error *err);

#endif
