/*
 * The stream of changes out of git: the tree-diff producer of the spine.
 *
 * It reads two sides (or only the new one) collection by collection, and delivers batches of
 * changes on the caller's thread, in the order of the new side's slots. Every pass is one walk:
 *   UPSERTS  records that are new or differ, with their base
 *   DELETES  records of the old side that the new one does not have, slots in reverse
 *   READ     the new side's records alone, no changes: for validation
 * Together with the changes come the keys and references that validity is decided by, and what the
 * rows add to each table's count and digest.
 */
#ifndef IGD_SYNC_STREAM_H
#define IGD_SYNC_STREAM_H

#include "base/map.h"
#include "schema/row.h"
#include "sync/accepted.h"
#include "sync/differences.h"
#include "sync/keyset.h"
#include "sync/old_rows.h"
#include "sync/side.h"

typedef enum igd_pass { IGD_PASS_UPSERTS, IGD_PASS_DELETES, IGD_PASS_READ } igd_pass;

/* Where the rows of one collection come from that the target holds. Collections can stand at
 * different commits (--collections). */
typedef struct igd_origin {
    const igd_side
        *side;    /* that the collection was synced to; NULL: it never was, or see unknown */
    bool unknown; /* the rows are of a commit that cannot be read any more */
} igd_origin;

/* How one collection of the new side is read. */
typedef struct igd_route {
    const igd_side *old_side; /* NULL: there is no old side */
    const igd_slot *old_slot; /* in it; NULL exactly when old_side is */
    bool base_unknown;        /* there was an old side, but it cannot be read */
    bool all;      /* look at files that are the same on both sides, too: the definition differs,
                      or held records have to be looked at again */
    bool refill;   /* the table is made anew, or was filled by other rules: what was there has to be
                      written again */
    bool anew;     /* the table is made anew: its rows had another key, none is left */
    bool pairs;    /* files can be paired by place (igd_files_pair) */
    bool kept_too; /* DELETES with `only`: look at files that are still there, too, for the base of
                      records that are invalid now */
    bool adopt;    /* the table is taken over (base_unknown, too): rows that only it has stay */
    bool skip;     /* not in this pass */
    /* With collect_old: how the target's table is laid out (igd_compare_layout). What it has no
     * column for is null in `like`. NULL: it has all of them. */
    const igd_table *layout;
} igd_route;

typedef struct igd_key_seen {
    igd_digest key;
    bool gone; /* DELETES. UPSERTS where files do not pair: the record is invalid */
} igd_key_seen;

typedef struct igd_reference_seen {
    const igd_reference *reference;
    igd_digest target;     /* digest of the key that is referred to */
    igd_digest source;     /* of the row that refers */
    const igd_value *keys; /* what is referred to: reference->count key columns */
    const igd_value *row;  /* the row that refers, of the batch's slot */
    igd_str path;
    uint32_t line;
} igd_reference_seen;

typedef struct igd_row_seen {
    igd_digest key, digest;
} igd_row_seen;

/* What is delivered: all of one slot. Valid during the delivery. */
typedef struct igd_stream_batch {
    size_t slot;
    igd_arena *mem;
    igd_change_list changes;
    uint64_t files;     /* that were read for it */
    uint64_t records;   /* of the new side that were looked at and are valid */
    uint64_t unchanged; /* of those, equal to their base */
    bool has_deletes;   /* a DELETES pass over this slot will find something */
    /* What the changes do to the table's count and digest; for a route with `all`, what all records
     * add up to (UPSERTS and READ only). */
    int64_t count;
    igd_digest digest;
    IGD_LIST(igd_key_seen)
    keys; /* of inserted, deleted or invalidated records; of all records
             when every key was asked for */
    IGD_LIST(igd_reference_seen)
    refs;                        /* of the rows that the changes write, those aside that their base
                                    has, too; of all records likewise or when the route has `all` */
    IGD_LIST(igd_row_seen) rows; /* of all valid records, when row_digests were asked for */
    IGD_LIST(igd_old_row) old_rows; /* when collect_old was asked for */
    igd_problems problems;
} igd_stream_batch;

typedef int igd_stream_callback(igd_stream_batch *batch, void *payload, igd_error *err);

typedef struct igd_stream {
    igd_repo *repo;
    const igd_side *new_side;
    const igd_route *routes; /* one for each slot of the new side, and for those behind them */
    igd_pass pass;
    bool outside;   /* READ: the slots behind, too: only their keys, not what is wrong with them */
    bool every_key; /* deliver keys and references of all records */
    const igd_keyset *absent;     /* records of the old side that the target does not hold (slots of
                                     the new side); may be NULL */
    const igd_keyset *rejected;   /* records of the new side to treat as invalid; may be NULL */
    const igd_keyset *kept;       /* DELETES of a route that does not pair: keys of the new side */
    const igd_old_rows *old_rows; /* what the old side has where routes do not pair; NULL: the base
                                     of their records is not known */
    bool collect_old;             /* DELETES: deliver old_rows instead of changes */
    bool row_digests;             /* READ: deliver the digest of every row, and their sum */
    const igd_differences *only; /* UPSERTS: by slot; deliver just the records that the target lacks
                                    or has otherwise, also when git has not changed them.
                                    DELETES: just those that it has; the base of every difference
                                    where files do not pair */
    const igd_map *bases; /* with `only`, for routes that do not pair: by igd_row_name, igd_change
                             with the base, which lives as long */
    const igd_accepted *accepted; /* with `only`; may be NULL */
    size_t jobs;
    const volatile int *stop;
    igd_stream_callback *callback;
    void *payload;
} igd_stream;

IGD_MUST_CHECK int igd_stream_run(const igd_stream *stream, igd_error *err);

/* Number of files that a pass will read: for progress. Walks trees, reads no blob. */
IGD_MUST_CHECK int igd_stream_count(const igd_stream *stream, uint64_t *out, igd_error *err);

#endif
