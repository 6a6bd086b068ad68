/*
 * Selecting collections: --collections and --exclude (docs/contract.md 1.1).
 *
 * A pattern is an id or a glob on the whole id, as fnmatch(3) has it: `*` and `?` stand for any
 * characters, '.' and '/' included. So `commerce.*` is all of commerce, subcollections too.
 *
 * Selected is what matches a pattern of --collections (without any: everything), unless it or an
 * ancestor of it is excluded; and the ancestors of what is selected, since their keys are part of
 * its rows.
 */
#ifndef IGD_SYNC_SELECTION_H
#define IGD_SYNC_SELECTION_H

#include "base/error.h"
#include "base/list.h"

/* What was asked for: patterns, separated by commas; empty: not given. */
typedef struct igd_selection {
    igd_str collections, exclude;
} igd_selection;

/* What that comes to. Zero: all that there is. */
typedef struct igd_chosen {
    bool some;        /* only these: */
    igd_str_list ids; /* sorted */
} igd_chosen;

static inline bool igd_selection_given(const igd_selection *selection)
{
    return selection->collections.len > 0 || selection->exclude.len > 0;
}

/*
 * Chooses from the ids that there are, in any order and more than once: those of the commit and
 * those that the target has. IGD_E_USAGE: a pattern matches none of them (the hint has what it may
 * have meant), or nothing is left.
 */
IGD_MUST_CHECK int igd_selection_choose(const igd_selection *selection, const igd_str_list *there,
                                        igd_arena *mem, igd_chosen *out, igd_error *err);

bool igd_chosen_has(const igd_chosen *chosen, igd_str id);

/* These and no others. */
igd_chosen igd_chosen_only(const igd_str_list *ids, igd_arena *mem);

/* The patterns of one of the two lists. */
igd_str_list igd_selection_patterns(igd_str list, igd_arena *mem);

#endif
