/*
 * Private to renames: what deciding about collections and about columns share.
 */
#ifndef IGD_SYNC_RENAMES_PRIVATE_H
#define IGD_SYNC_RENAMES_PRIVATE_H

#include "sync/renames.h"
#include "sync/same_values.h"

/* One OLD=NEW of the user. */
typedef struct igd_rename_hint {
    igd_str text, old, now;
    bool used;
} igd_rename_hint;

typedef struct igd_renames {
    igd_repo *repo;
    const igd_base *base;
    igd_side *side;
    const igd_sync_options *options;
    igd_arena *mem;
    igd_problems *warnings;
    IGD_LIST(igd_rename_hint) hints;
} igd_renames;

/* Something that is gone and something that is new, which fit. */
typedef struct igd_rename_pair {
    size_t old, now; /* numbers among the gone and the new */
    bool by_hint;
    uint64_t records;
} igd_rename_pair;

typedef IGD_LIST(igd_rename_pair) igd_rename_pairs;

/* The side and slot that a collection had at the base; NULL: it was not there, that is unknown, or
 * records of it were left out. */
const igd_side *igd_renames_old(const igd_renames *it, igd_str collection, size_t *slot);

/* The pair is the only one of its two. */
bool igd_rename_is_single(const igd_rename_pairs *pairs, size_t at);

igd_rename igd_rename_of(const igd_renames *it, igd_str from, const igd_rename_pair *pair);

/* Warns of the pairs that are not single. `what`: "collection" or "column". */
void igd_renames_warn(const igd_renames *it, const igd_rename_pairs *pairs, const igd_str_list *old,
                      const igd_str_list *now, const char *what, igd_str collection);

IGD_MUST_CHECK int igd_renames_tables(igd_renames *it, igd_error *err);
IGD_MUST_CHECK int igd_renames_columns(igd_renames *it, igd_error *err);

#endif
