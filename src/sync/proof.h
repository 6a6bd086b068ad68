/*
 * Proof: that what a run has written is what the commit prescribes; before it is committed, where
 * it can still be taken back.
 */
#ifndef IGD_SYNC_PROOF_H
#define IGD_SYNC_PROOF_H

#include "sync/adopt.h"
#include "sync/invalid.h"
#include "sync/meter.h"
#include "sync/side.h"
#include "sync/stream.h"

typedef struct igd_proof {
    igd_repo *repo;
    const igd_side *side;         /* the new one */
    igd_target *target;           /* inside the transaction that has written it, unless
                                     committed */
    const igd_adoption *adoption; /* of tables whose other rows stay; may be NULL */
    const igd_invalid *invalid;   /* held rows are not looked at; may be NULL */
    const igd_keyset *rejected;   /* records that were left out; may be NULL */
    bool committed;
    bool kept_rows;      /* --on-conflict target kept some as they were */
    const char *outcome; /* for the hint: what becomes of what was written; NULL: by committed */
    igd_meter *meter;
    size_t jobs;
    const volatile int *stop;
} igd_proof;

/* Reads all of both and compares them: IGD_E_DIFFERS, with the numbers, when they are not the same.
 */
IGD_MUST_CHECK int igd_prove_written(const igd_proof *proof, igd_error *err);

#endif
