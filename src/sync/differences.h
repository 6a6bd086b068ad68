/*
 * What a compare found: for each collection the keys whose rows differ between a source and a
 * target, by their digests. Equal rows leave no trace, so memory follows the differences.
 */
#ifndef IGD_SYNC_DIFFERENCES_H
#define IGD_SYNC_DIFFERENCES_H

#include "base/digest.h"
#include "base/list.h"
#include "schema/row.h"
#include "sync/accepted.h"
#include "targets/sums.h"

typedef struct igd_difference {
    igd_digest key;
    igd_digest old; /* of the target's row; zero when there is none */
    bool in_source, in_target;
} igd_difference;

/* Of one slot, ordered by key. */
typedef struct igd_differences {
    igd_difference *items;
    size_t len, cap;
    const igd_bucket_set *read; /* the target's rows that were, by what it says of their digests;
                                   NULL: all */
    uint64_t equal;             /* rows that are the same on both sides */
    /* All rows of the source: what the bookkeeping is to say of the table. */
    int64_t source_rows;
    igd_digest source_digest;
} igd_differences;

/* A row of any slot: the key of maps of rows, as bytes. */
typedef struct igd_row_name {
    uint64_t slot;
    igd_digest key;
} igd_row_name;

static inline igd_str igd_row_name_view(const igd_row_name *name)
{
    return (igd_str){(const char *)name, sizeof(*name)};
}

/* The difference of a key, or NULL: equal, or on neither side. */
const igd_difference *igd_difference_find(const igd_differences *differences, igd_digest key);

/* A change that a compare made of a difference: when the target has (or lacks) the row in a way
 * that is accepted, nobody has edited it, and what it was is its base. */
void igd_difference_accept(const igd_difference *difference, const igd_accepted *accepted,
                           size_t slot, igd_change *change);

#endif
