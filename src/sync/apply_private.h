/*
 * Private to apply*.c: a script on its way.
 */
#ifndef IGD_SYNC_APPLY_PRIVATE_H
#define IGD_SYNC_APPLY_PRIVATE_H

#include "sync/apply.h"
#include "sync/meter.h"

typedef struct igd_applying {
    igd_repo *repo;
    igd_target *target;
    const igd_sync_options *options; /* with the target's limits in the mapping */
    const char *path;
    igd_arena *mem;
    igd_apply_result *out;
    igd_script *script;
    const igd_script_head *head;
    igd_meter meter;
    igd_str started_at;
    int64_t started_ms;
    igd_state state;               /* as it was before */
    const igd_source_state *known; /* of the script's source; NULL: none */
    bool begun;
    bool goes_on; /* in steps: it was stopped before, and its mark is there */
} igd_applying;

/* Reads the state; *already tells that the script has been applied. IGD_E_STALE_BASE. */
int igd_apply_check_base(igd_applying *a, bool *already, igd_error *err);
/* What the rows add up to that the script touches is what its header says. */
int igd_apply_check_sum(const igd_applying *a, uint64_t count, igd_digest sum, igd_error *err);
/* The state that the script leaves is the one that its header promises. */
int igd_apply_check_left(igd_applying *a, igd_source_state *left, igd_error *err);
int igd_apply_prove(igd_applying *a, const igd_source_state *left, igd_error *err);
/* The row of schema_migrations. */
int igd_apply_record(igd_applying *a, const char *status, igd_str message, igd_error *err);

/* apply_requests.c: where there are no transactions, one request after the other. */
int igd_apply_requests(igd_applying *a, igd_error *err);

static inline bool igd_apply_goes_up(const igd_applying *a)
{
    return a->head->direction == IGD_SCRIPT_UP;
}

#endif
