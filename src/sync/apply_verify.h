/*
 * apply --verify: that what a script has written is what the commit prescribes (proof.h).
 */
#ifndef IGD_SYNC_APPLY_VERIFY_H
#define IGD_SYNC_APPLY_VERIFY_H

#include "sync/meter.h"
#include "sync/run.h"

typedef struct igd_apply_proof {
    igd_repo *repo;
    igd_target *target;
    const igd_sync_options *options;
    igd_str commit;               /* hex */
    const igd_source_state *left; /* the state that the script leaves: its collections count */
    bool steps;                   /* parts of the script are committed by now */
    igd_meter *meter;
} igd_apply_proof;

/* Inside of the script's transaction. IGD_E_DIFFERS: no. */
IGD_MUST_CHECK int igd_apply_verify(const igd_apply_proof *proof, igd_arena *mem, igd_error *err);

#endif
