/*
 * Validity of references: whether everything that records refer to is there and valid.
 *
 * It is global and a function of the commit alone: a reference to a record that is missing makes a
 * record invalid, and so, in turn, those that refer to it.
 *
 * igd_validity decides it for all records of a side. Keys and references are 128-bit digests in
 * external sorts, so memory stays bounded; only what is invalid is kept.
 *
 * igd_delta decides it for a change from a commit at which every record was valid, at a cost that
 * follows the change: what the changed rows refer to is looked up, and when keys disappear the
 * collections that refer to them are read again.
 */
#ifndef IGD_SYNC_VALIDITY_H
#define IGD_SYNC_VALIDITY_H

#include "sync/stream.h"

typedef struct igd_validity igd_validity;

igd_validity *igd_validity_new(void);
void igd_validity_free(igd_validity *validity); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_validity, igd_validity_free)

/* Takes the keys and references of a batch of a stream with every_key. */
IGD_MUST_CHECK int igd_validity_add(igd_validity *validity, const igd_stream_batch *batch,
                                    igd_error *err);

/*
 * After the last batch: adds to `rejected` every record that refers, directly or through others, to
 * something that is not there. Records that are invalid by themselves were never added, so
 * references to them dangle. `dangling` gets the keys that are referred to and not valid.
 */
IGD_MUST_CHECK int igd_validity_finish(igd_validity *validity, igd_keyset *rejected,
                                       igd_keyset *dangling, igd_error *err);

typedef struct igd_delta igd_delta;

igd_delta *igd_delta_new(void);
void igd_delta_free(igd_delta *delta); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_delta, igd_delta_free)

/* Takes the keys and references of a batch of an UPSERTS or DELETES pass. */
void igd_delta_add(igd_delta *delta, const igd_stream_batch *batch);

/* After the passes. `stream` describes the new side (its routes and pass are not used).
 * *valid is false when something dangles; which, tells igd_validity. */
IGD_MUST_CHECK int igd_delta_check(igd_delta *delta, const igd_stream *stream, bool *valid,
                                   igd_error *err);

#endif
