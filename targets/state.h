/*
 * The bookkeeping: what the target remembers of the syncs into it (docs/contract.md 2).
 *
 * All texts; empty means null. One igd_source_state for each source that writes to the target.
 */
#ifndef IGD_TARGETS_STATE_H
#define IGD_TARGETS_STATE_H

#include "base/list.h"
#include "schema/plan.h"

/*
 * A run that cannot be one transaction writes a mark before its first change: the state as it was,
 * and with it
 *   status           "in_progress"
 *   goal_commit_id   where the run is going
 *   base_commit_ids  every other commit that rows may be of: the last synced one, and the goals of
 *                    runs before this one that did not get there; "-" for nothing at all
 *   run_id           whose mark it is: the fence of each of its steps
 *   journal          what it makes of tables, each form in the words of igd_table_to_json, one on a
 *                    line. Together with schema_json they say what of the target's schema is ours
 */
#define IGD_STATE_SYNCED      "synced" /* all collections, and every record */
#define IGD_STATE_IN_PROGRESS "in_progress"
#define IGD_STATE_NOTHING     "-"

#define IGD_STATE_FORMAT      1 /* format_version; a higher one in a target is refused (5, FORMAT) */

/* ingitdb_sync_tables */
typedef struct igd_table_state {
    igd_str collection;
    igd_str table_name;
    bool adopted;
    igd_str commit_id;      /* hex; the commit whose rows the table holds */
    igd_str tree_id;        /* hex; tree of the database's root at that commit */
    int64_t reader_version; /* IGD_READER_VERSION when it was written */
    int64_t encoding_version;
    igd_str settings_digest; /* hex; igd_mapping_digest */
    igd_str schema_json;     /* igd_table_to_json */
    int64_t row_count;
    igd_str digest; /* hex; sum of the rows' digests */
} igd_table_state;

/* ingitdb_sync_held */
typedef struct igd_held_state {
    igd_str collection, path, blob_id;
    igd_str key; /* JSON array; empty for a whole file */
    igd_str reason, row_digest;
} igd_held_state;

/* ingitdb_sync_state and what belongs to it */
typedef struct igd_source_state {
    igd_str source;
    int64_t format_version;
    igd_str run_id; /* of the run that wrote last: the fence */
    igd_str ref;
    igd_str commit_id;       /* hex, "mixed", or empty before the first sync */
    igd_str goal_commit_id;  /* while a run is in progress that cannot be one transaction */
    igd_str base_commit_ids; /* likewise: the other commits that rows may be of, space-separated */
    igd_str status;         /* "synced", "partial" (not all collections), "degraded" (held records),
                              "in_progress", "failed" */
    igd_str repository_ids; /* hex ids of the root commits, space-separated */
    igd_str root_path;
    igd_str started_at, finished_at; /* RFC 3339, UTC */
    igd_str tool_version;
    igd_str last_error;
    igd_str journal; /* likewise: the forms of tables */
    IGD_LIST(igd_table_state) tables;
    IGD_LIST(igd_held_state) held;
} igd_source_state;

typedef struct igd_state {
    bool present; /* the bookkeeping exists */
    igd_source_state *sources;
    size_t count;
} igd_state;

/* The source of that name, or NULL. */
const igd_source_state *igd_state_source(const igd_state *state, igd_str source);

const igd_table_state *igd_state_table(const igd_source_state *source, igd_str collection);

static inline bool igd_state_in_progress(const igd_source_state *source)
{
    return source->goal_commit_id.len > 0;
}

/* Every form that tables of the source may have: those of schema_json in the order of `tables`,
 * then those of the journal. IGD_E_FORMAT. */
IGD_MUST_CHECK int igd_state_forms(const igd_source_state *source, igd_arena *mem, igd_schema *out,
                                   igd_error *err);

/* Two states of a source with equal fences were left by the same commit of the same run. NULL: no
 * state. */
igd_str igd_state_fence(const igd_source_state *state, igd_arena *mem);

/* The journal of a run: behind `before`, that of the runs that it goes on from, the tables that the
 * plan writes to, as it makes them. A table that is taken over is not ours before the run has
 * ended: whoever goes on takes it over, too, or leaves it alone. `columns_only`: for a target
 * without IGD_CAP_SCHEMA, in which the columns of rows are all that there is of a table; each form
 * once. */
igd_str igd_state_journal(igd_str before, const igd_plan *plan, bool columns_only, igd_arena *mem);

/* The source (other than `except`) that owns a table of this name, or NULL. */
const igd_source_state *igd_state_owner(const igd_state *state, igd_str table, igd_str except);

#endif
