/*
 * Analyze and verify: the spine with the compare producer and the consumer that reports. Nothing is
 * written, not even the bookkeeping; a user who may only read will do.
 */
#ifndef IGD_SYNC_ANALYZE_H
#define IGD_SYNC_ANALYZE_H

#include "ingitdb/history.h"
#include "sync/found.h"
#include "sync/run.h"

/* How much is said of the records that differ: counts, keys with change and cause, or values too.
 */
typedef enum igd_detail { IGD_DETAIL_SUMMARY, IGD_DETAIL_RECORDS, IGD_DETAIL_FIELDS } igd_detail;

/* A column in which base, old and new are not all the same. */
typedef struct igd_field_difference {
    igd_str name;
    igd_value base, old_value, new_value; /* NULL kind: null, or no such row */
} igd_field_difference;

typedef struct igd_record_difference {
    igd_str key; /* ancestors and key joined with '/' */
    igd_change_kind change;
    igd_cause cause;
    igd_str path; /* of the record's file; empty for a row that git does not know */
    IGD_LIST(igd_field_difference) fields;
    const igd_str *keys; /* with blame: the ancestors' and its own */
    const igd_commit_note
        *blame;     /* the commit that last changed it; NULL: not asked for, or none */
    bool or_before; /* history ends there: that commit, or one before it */
} igd_record_difference;

typedef struct igd_table_analysis {
    igd_str commit;          /* hex; that the table was compared with */
    igd_table_counts counts; /* what a full sync would do */
    uint64_t causes[4];      /* by igd_cause */
    uint64_t held; /* rows whose record is invalid at the commit: no difference, they stay */
    IGD_LIST(igd_record_difference) records; /* upserts in the order of files, then deletes */
} igd_table_analysis;

typedef struct igd_schema_difference {
    const igd_op *op;
    igd_cause cause; /* PENDING: the definitions changed; DRIFT: the target was changed */
} igd_schema_difference;

typedef struct igd_analysis {
    igd_str source;
    const igd_source_state *state; /* what the target's bookkeeping says; NULL: nothing */
    igd_str synced; /* hex of the commit that the target says it holds, or "mixed"; empty: none */
    igd_str commit; /* hex of the commit that it was compared with, or "mixed" */
    bool compared;  /* false: it failed before the rest was known */
    bool in_sync;   /* no pending, drift or conflict, neither in the schema nor in the data */
    bool blamed;    /* records say which commit last changed them */
    IGD_LIST(igd_schema_difference) schema;
    igd_table_analysis *tables;
    size_t table_count;
    igd_table_analysis total; /* without records */
    igd_foreign_list foreign; /* objects in our tables that are not ours */
    igd_problems problems;    /* of the source: records that are invalid count as not there */
    size_t unverified;        /* of these, records that the target was synced without */
} igd_analysis;

/* Compares the target with the commit of options->ref. IGD_E_INVALID or IGD_E_SCHEMA with the
 * analysis filled (as far as it goes) when the source is not valid. */
IGD_MUST_CHECK int igd_analyze(igd_repo *repo, igd_target *target, const igd_sync_options *options,
                               igd_detail detail, igd_arena *mem, igd_analysis *out,
                               igd_error *err);

/* The same, and says of each record that is reported which commit last changed it (sync/blame.h).
 */
IGD_MUST_CHECK int igd_analyze_blame(igd_repo *repo, igd_target *target,
                                     const igd_sync_options *options, igd_detail detail,
                                     igd_arena *mem, igd_analysis *out, igd_error *err);

/* Compares every collection with the commit that the target says it holds: IGD_E_DIFFERS when they
 * are not the same. options->ref is not used. */
IGD_MUST_CHECK int igd_verify(igd_repo *repo, igd_target *target, const igd_sync_options *options,
                              igd_detail detail, igd_arena *mem, igd_analysis *out, igd_error *err);

const char *igd_cause_word(igd_cause cause);

#endif
