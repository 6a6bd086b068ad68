/*
 * A database at one commit: its collections as they are defined there.
 *
 * Loading reads every definition at once and collects all schema errors (reference implementation:
 * stops at the first). Rules: docs/format.md; decisions D1 to D7, D23, D24.
 */
#ifndef IGD_INGITDB_DATABASE_H
#define IGD_INGITDB_DATABASE_H

#include "ingitdb/format.h"
#include "ingitdb/repo.h"

/* A collection and where its files are. `model` is what the other rooms see of it. */
typedef struct igd_definition igd_definition;
struct igd_definition {
    igd_collection model; /* first: an igd_collection * of a database is an igd_definition * */
    const igd_definition *parent;

    /* Directory of the data below the database's root, without the final '/': root collections
     * only;
     * "" is the root itself. Subcollections are found below their parent's records. */
    igd_str data_dir;

    igd_str file_name; /* template: "{key}.yaml", "{key}/{key}.json", "tags.json" */
    bool has_key;      /* the template contains {key}: one file a record, below $records/, which
                          file_name itself does not begin with (D7) */
    const igd_format *format;
    igd_str content_field;
    igd_str_list columns_order;
    void *exclude; /* compiled exclude_regex, or NULL: igd_definition_excludes */
};

typedef struct igd_database {
    igd_repo *repo; /* borrowed */
    igd_commit commit;
    igd_oid root_tree;            /* the tree of the database's root directory */
    igd_definition **collections; /* by id: a parent before its subcollections */
    size_t count;
} igd_database;

/*
 * Loads the database at a commit into mem. Schema errors and warnings go to problems; the call
 * fails (IGD_E_SCHEMA) only when there is no database to speak of (D1, D24: the hint names the
 * commit that still has a layout that we read, when history knows one) and IGD_E_REPOSITORY when
 * objects are missing. Collections with schema errors are left out of out->collections.
 */
IGD_MUST_CHECK int igd_database_load(igd_repo *repo, const igd_commit *commit, igd_arena *mem,
                                     igd_problems *problems, igd_database **out, igd_error *err);
void igd_database_free(igd_database *database); /* compiled expressions; the rest is the arena's */
IGD_DEFINE_CLEANUP_PTR(igd_database, igd_database_free)

/* By full id, or NULL. */
const igd_definition *igd_database_find(const igd_database *database, igd_str id);

/* exclude_regex on a base name. Thread-safe. */
bool igd_definition_excludes(const igd_definition *definition, igd_str base_name);

/* The configuration file `.ingitdb/migrate.yaml` in the tree; *found false when there is none. */
IGD_MUST_CHECK int igd_database_config(igd_repo *repo, const igd_commit *commit, igd_blob *out,
                                       bool *found, igd_error *err);

#endif
