/*
 * Rows of the target that count as unedited though the base does not have them: what a record was
 * at another commit, which a run that was interrupted may have written, and rows that were held.
 *
 * Rows are known by their digests, 64 bytes each: memory follows the differences.
 */
#ifndef IGD_SYNC_ACCEPTED_H
#define IGD_SYNC_ACCEPTED_H

#include "base/digest.h"
#include "schema/table.h"

typedef struct igd_accepted_row {
    igd_digest key;
    igd_digest like;        /* of the row in the layout of the new table */
    igd_digest base;        /* of the row by `table` */
    const igd_table *table; /* lives as long as the set */
    size_t commit;          /* which of the other commits had it, from 1; 0: none, it was held */
} igd_accepted_row;

typedef struct igd_accepted igd_accepted;

/* For a new side of that many slots; rows come from that many other commits. */
igd_accepted *igd_accepted_new(size_t slots, size_t commits);
void igd_accepted_free(igd_accepted *accepted); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_accepted, igd_accepted_free)

void igd_accepted_add(igd_accepted *accepted, size_t slot, const igd_accepted_row *row);
/* After the last one, before the first search. */
void igd_accepted_sort(igd_accepted *accepted);

/* The table changes its layout: the row that was held with the digest `base` is the one with `like`
 * by the new table. Nothing when none was. */
void igd_accepted_follow(igd_accepted *accepted, size_t slot, igd_digest key, igd_digest base,
                         igd_digest like);
/* The table of the rows of a slot that were held; NULL: none was. */
const igd_table *igd_accepted_table(const igd_accepted *accepted, size_t slot);

/* The accepted row that the target has, by its digest in the layout of the new table. NULL: none;
 * a NULL set is empty. */
const igd_accepted_row *igd_accepted_find(const igd_accepted *accepted, size_t slot, igd_digest key,
                                          igd_digest like);

/* How many other commits rows come from; 0 for a NULL set. */
size_t igd_accepted_commits(const igd_accepted *accepted);

/* What was held of a record, whatever the target has now; NULL: no row of it was. */
const igd_accepted_row *igd_accepted_held(const igd_accepted *accepted, size_t slot,
                                          igd_digest key);

/* Whether the target may lack the row: one of the other commits does. */
bool igd_accepted_absent(const igd_accepted *accepted, size_t slot, igd_digest key);

#endif
