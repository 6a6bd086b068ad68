/*
 * The record files of a collection, at one commit or at two.
 *
 * A walk pairs the files of the old and the new side by what they are (ancestors' keys, key), not
 * by where the collection's directory is: moving a directory is no change (D25). Equal subtrees are
 * skipped by object id before they are opened, so the cost follows the change. Pairing by place
 * needs both sides to lay out files alike; where they do not, walk each side alone.
 *
 * Names that do not match the template are not records (D8, D9). Symlinks and submodules in a
 * record's place are skipped with a warning.
 */
#ifndef IGD_INGITDB_FILES_H
#define IGD_INGITDB_FILES_H

#include "ingitdb/database.h"

#define IGD_MAX_ANCESTORS 16

typedef struct igd_file_side {
    bool present;
    igd_oid blob;
    igd_str path; /* from the repository's top; empty when not present */
} igd_file_side;

typedef struct igd_file {
    const igd_definition *definition; /* of the side that is present, the new one when both are */
    const igd_str *ancestors;         /* keys from the root down; depth of the collection */
    igd_str key;                      /* one record a file: its key; else empty */
    igd_file_side old_side, new_side;
} igd_file;

/* Texts of the file are valid during the call only. Non-zero stops the walk and is returned. */
typedef int igd_file_callback(const igd_file *file, void *payload, igd_error *err);

typedef struct igd_walk {
    const igd_database *old_database; /* NULL: nothing on this side */
    const igd_database *new_database;
    const igd_definition *old_definition;
    const igd_definition *new_definition;
    bool all;               /* deliver unchanged files too */
    igd_problems *problems; /* warnings of the new side; NULL to drop them */
    igd_file_callback *callback;
    void *payload;
} igd_walk;

/* Walks the files of one collection (its own, not its subcollections'). */
IGD_MUST_CHECK int igd_files_walk(const igd_walk *walk, igd_error *err);

/* Whether the files of two definitions can be paired by place: same template, both or neither one
 * record a file, and each ancestor with or without $records/ on both sides. */
bool igd_files_pair(const igd_definition *old_definition, const igd_definition *new_definition);

/* The single-record file of a key, looked up without a walk. Only for collections with has_key. */
IGD_MUST_CHECK int igd_files_lookup(const igd_database *database, const igd_definition *definition,
                                    const igd_str *ancestors, igd_str key, igd_file_side *out,
                                    igd_arena *mem, igd_error *err);

/* Where the file of a record is, or would be, from the repository's top; empty for a key that no
 * record of the collection can have. */
IGD_MUST_CHECK int igd_files_path(const igd_repo *repo, const igd_definition *definition,
                                  const igd_str *ancestors, igd_str key, igd_arena *mem,
                                  igd_str *out, igd_error *err);

#endif
