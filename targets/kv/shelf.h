/*
 * What a rehearsal writes: keys with what they held before and what they hold now, in a temporary
 * database, so that memory does not grow with their number.
 */
#ifndef IGD_TARGETS_KV_SHELF_H
#define IGD_TARGETS_KV_SHELF_H

#include "targets/kv/kv_target.h"

typedef struct igd_kv_shelf igd_kv_shelf;

typedef struct igd_kv_kept {
    igd_str key;
    igd_kv_value before, now;
    igd_kv_value names; /* HASH: the fields that were looked at, or written; texts mean nothing */
} igd_kv_kept;

typedef int igd_kv_shelf_callback(const igd_kv_kept *kept, void *payload, igd_error *err);

IGD_MUST_CHECK int igd_kv_shelf_new(const char *run_id, igd_kv_shelf **out, igd_error *err);
void igd_kv_shelf_free(igd_kv_shelf *shelf); /* NULL is fine */

IGD_MUST_CHECK int igd_kv_shelf_begin(igd_kv_shelf *shelf, igd_error *err);
void igd_kv_shelf_rollback(igd_kv_shelf *shelf); /* to what it was at begin */
/* The run has ended. What is now is what was before. */
IGD_MUST_CHECK int igd_kv_shelf_settle(igd_kv_shelf *shelf, igd_error *err);

/* Of mem; *found is false when the key was never written. */
IGD_MUST_CHECK int igd_kv_shelf_get(igd_kv_shelf *shelf, igd_str key, igd_arena *mem,
                                    igd_kv_kept *out, bool *found, igd_error *err);
/* What was before stays when the key is there. */
IGD_MUST_CHECK int igd_kv_shelf_put(igd_kv_shelf *shelf, const igd_kv_kept *kept, igd_error *err);
/* Keys that begin so, those that are absent now as well, in their order. */
IGD_MUST_CHECK int igd_kv_shelf_scan(igd_kv_shelf *shelf, igd_str begins,
                                     igd_kv_shelf_callback *callback, void *payload,
                                     igd_error *err);
/* All keys whose values differ, in the order in which they were first written, or the other way
 * round. */
IGD_MUST_CHECK int igd_kv_shelf_changes(igd_kv_shelf *shelf, bool backwards,
                                        igd_kv_shelf_callback *callback, void *payload,
                                        igd_error *err);

#endif
