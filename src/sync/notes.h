/*
 * Notes: the problems of a run as they come in batch by batch. Every invalid record is kept; of
 * warnings of one kind (code, collection, field) only the first few, and the number of the rest, so
 * that a million unquoted numbers do not fill the memory or the screen.
 */
#ifndef IGD_SYNC_NOTES_H
#define IGD_SYNC_NOTES_H

#include "base/buf.h"
#include "base/map.h"
#include "schema/problem.h"

#define IGD_NOTES_EACH 5

typedef struct igd_notes {
    igd_problems *problems; /* where they go */
    igd_map *kinds;
    bool strict; /* warnings about records are invalid records (--strict) */
} igd_notes;

void igd_notes_init(igd_notes *notes, igd_problems *problems, bool strict);
void igd_notes_free(igd_notes *notes);
IGD_DEFINE_CLEANUP(igd_notes, igd_notes_free)

/* Adds the problems of a batch; invalid ones only when asked for. */
void igd_notes_add(igd_notes *notes, const igd_problems *from, bool with_invalid);

/* Adds one warning for each kind that has more than were kept. Once, at the end. */
void igd_notes_finish(igd_notes *notes);

#endif
