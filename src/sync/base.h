/*
 * The base of a run: where the target stands. Which source the target's bookkeeping knows us as,
 * the commit that it was synced to last, and that commit's side, read from git.
 */
#ifndef IGD_SYNC_BASE_H
#define IGD_SYNC_BASE_H

#include "sync/found.h"
#include "sync/keyset.h"
#include "sync/run.h"
#include "sync/stream.h"

/* A commit that rows of the target are of. */
typedef struct igd_base_commit {
    igd_str id; /* hex */
    bool gone;  /* not in the repository any more: neither commit nor side */
    igd_commit commit;
    igd_side side;
} igd_base_commit;

typedef struct igd_base {
    igd_str source;                /* the name to use: a stored one is kept */
    const igd_source_state *state; /* NULL: this source was never synced into the target */
    /* Where the collections stand: usually all at one commit. None: nothing was synced. */
    IGD_LIST(igd_base_commit) commits;
    /* A run that could not be one transaction was interrupted: rows may also be of these commits,
     * or, when nothing was synced before it, not be there yet. */
    bool in_progress, from_nothing;
    IGD_LIST(igd_base_commit) others;
    bool gone;            /* one of all these commits is */
    igd_chosen chosen;    /* what this run is about */
    igd_schema recorded;  /* all tables of the source, as the bookkeeping has them */
    igd_schema all_forms; /* that they may have; in progress more than what is recorded */
    igd_schema schema;    /* of the recorded ones, what is chosen */
    igd_schema forms;     /* likewise */
} igd_base;

/* In the place of a commit where collections stand at different ones. */
#define IGD_MIXED "mixed"

/*
 * Finds the state of this source: by name, or under another name by a commit that this repository
 * has, or a root commit, and the same root directory (docs/contract.md 2). Fills
 * source, state and recorded only. IGD_E_UNOWNED when the name belongs to another repository.
 */
IGD_MUST_CHECK int igd_base_identify(igd_repo *repo, const igd_state *state, igd_str name,
                                     const igd_commit *goal, igd_arena *mem, igd_base *out,
                                     igd_error *err);

/* Reads the last-synced commits of what is chosen. Objects that are gone are no error: see `gone`.
 */
IGD_MUST_CHECK int igd_base_load(igd_repo *repo, const igd_sync_options *options,
                                 const igd_chosen *chosen, igd_arena *mem, igd_base *base,
                                 igd_error *err);
void igd_base_free(igd_base *base);
IGD_DEFINE_CLEANUP(igd_base, igd_base_free)

/* Whether something was synced before. */
static inline bool igd_base_synced(const igd_base *base)
{
    return base->commits.len > 0;
}

/* Replaces the recorded schema by what is found of it in the target (sync/found.h). */
IGD_MUST_CHECK int igd_base_find(igd_target *target, igd_arena *mem, igd_base *base,
                                 igd_foreign_list *foreign, igd_error *err);

/* The commit that a collection stands at, or NULL. The base has a state. */
const igd_base_commit *igd_base_commit_of(const igd_base *base, igd_str collection);

/* Where the rows of every slot of a side come from; NULL when nothing was synced before. */
igd_origin *igd_base_origins(const igd_base *base, const igd_side *side, igd_arena *mem);

/* In progress: the sides that rows of the target may be of, as far as they can be read; and how
 * many commits these are, counting "nothing"; may be NULL. */
const igd_side *const *igd_base_unsettled(const igd_base *base, igd_arena *mem, size_t *sides,
                                          size_t *commits);

/* Every side that rows of the target may be of, in progress or not, as far as they can be read. */
const igd_side *const *igd_base_sides(const igd_base *base, igd_arena *mem, size_t *count);

/* The collections that a run which was interrupted may have written to: whoever goes on has to
 * bring them too, whatever is selected. Before igd_base_load. */
igd_str_list igd_base_interrupted(const igd_base *base, igd_arena *mem);

/* The commit that all of what is chosen stands at, or IGD_MIXED; empty: there is none. */
igd_str igd_base_at(const igd_base *base);

/* Whether the target already holds all of the commit, as the bookkeeping alone can tell. */
bool igd_base_is_whole(const igd_base *base, const igd_commit *goal, const igd_mapping *mapping);

/* Whether the target already holds all of the side, with nothing held, by this version's rules.
 * Before igd_base_load. */
bool igd_base_is_current(const igd_base *base, const igd_side *side, const igd_mapping *mapping);

/* Whether a run has to look at every record to know that all are valid: it cannot start from one
 * commit that was, or its records refer to collections that are not part of it. */
bool igd_base_needs_check(const igd_base *base, const igd_side *side);

/* Records of what is chosen that were left out. */
size_t igd_base_held(const igd_source_state *state, const igd_chosen *chosen); /* NULL is fine */

/* Going to a commit that is not a descendant of all that rows may be of needs consent:
 * IGD_E_REWIND. */
IGD_MUST_CHECK int igd_base_check_rewind(igd_repo *repo, const igd_base *base,
                                         const igd_commit *goal, bool allowed, igd_error *err);

/* Digest of a key that is written as a JSON array of texts, as igd_row_key_json does. */
IGD_MUST_CHECK int igd_base_key_digest(igd_str key_json, igd_digest *out, igd_error *err);

/* Whether records of what is chosen are held: the collections are compared then. */
static inline bool igd_base_has_held(const igd_base *base)
{
    return igd_base_held(base->state, &base->chosen) > 0;
}

/* The plan from what the target holds to a side. Every record is emitted of collections that have
 * records that were left out, or whose rows were made by other rules than this version's. */
void igd_base_plan(const igd_base *base, const igd_side *new_side, const igd_mapping *mapping,
                   igd_arena *mem, igd_plan *out);

/* The records of the base that the target does not hold (skipped as invalid), by slots of the new
 * side. */
IGD_MUST_CHECK int igd_base_absent(const igd_base *base, const igd_side *new_side, igd_keyset *out,
                                   igd_error *err);

/* The rows of the target that were held and that nobody has edited since; *out is NULL when there
 * is none. To be made before the recorded schema is replaced by the one that was found. */
IGD_MUST_CHECK int igd_base_accepted(const igd_base *base, const igd_side *new_side,
                                     igd_accepted **out, igd_error *err);

#endif
