/*
 * Conflicts: rows that somebody else changed in the target since the last sync, and what becomes of
 * them (docs/architecture.md, "Conflicts").
 *
 * A driver notices them in the write itself. What it decided is recorded in ingitdb_sync_conflicts
 * in the same transaction, and told to the run.
 */
#ifndef IGD_TARGETS_CONFLICT_H
#define IGD_TARGETS_CONFLICT_H

#include "schema/row.h"

/* --on-conflict: who wins. */
typedef enum igd_on_conflict {
    IGD_CONFLICT_SOURCE, /* git; the row's values are recorded */
    IGD_CONFLICT_TARGET, /* the row stays as it is */
    IGD_CONFLICT_FAIL,   /* nobody: IGD_E_CONFLICT */
} igd_on_conflict;

typedef enum igd_decision { IGD_OVERWRITTEN, IGD_KEPT, IGD_DELETED } igd_decision;

/* One row, as it is recorded. Rows are JSON objects of the columns that are not null; empty: there
 * is none, or it is not known. */
typedef struct igd_conflict {
    const igd_table *table;
    const igd_change *change; /* NULL: no change of its own; its parent was to be deleted */
    igd_decision decision;
    igd_str key;      /* JSON array of the ancestors' keys and the key */
    igd_str key_text; /* joined with '/', for people */
    igd_str base, old, now;
} igd_conflict;

/* Valid during the call. */
typedef void igd_conflict_callback(const igd_conflict *conflict, void *payload);

typedef struct igd_conflict_policy {
    igd_on_conflict on;
    igd_str commit_id, at;           /* for the record */
    igd_conflict_callback *callback; /* may be NULL */
    void *payload;
} igd_conflict_policy;

/* "overwritten", "kept", "deleted". */
const char *igd_decision_word(igd_decision decision);

#endif
