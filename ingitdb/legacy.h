/*
 * Commits without a database that we read: which older layout they have, if any, and which commit
 * has a newer one (D1, D24).
 */
#ifndef IGD_INGITDB_LEGACY_H
#define IGD_INGITDB_LEGACY_H

#include "ingitdb/tree_files.h"

/* What an older layout is known by. */
typedef struct igd_legacy {
    const char *marker; /* path below the database's root */
    const char *name;   /* "the layout of early 2026" */
} igd_legacy;

/* The older layout at files->root; *out is NULL when there is none. */
IGD_MUST_CHECK int igd_legacy_find(const igd_tree_files *files, const igd_legacy **out,
                                   igd_error *err);

/* The error of a commit that has no database at files->root: says what was looked for, and in the
 * hint where there is one. legacy may be NULL. Never IGD_OK. */
IGD_MUST_CHECK int igd_legacy_fail(const igd_tree_files *files, const igd_commit *commit,
                                   const igd_legacy *legacy, igd_error *err);

#endif
