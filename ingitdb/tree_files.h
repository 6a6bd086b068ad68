/*
 * Files of a commit that describe a database: looked up by path, read and parsed as YAML.
 *
 * Only git trees and ordinary blobs count. A symlink or submodule on the way is a schema error:
 * what it points to is not part of the commit, or is there under its own name.
 */
#ifndef IGD_INGITDB_TREE_FILES_H
#define IGD_INGITDB_TREE_FILES_H

#include "ingitdb/repo.h"
#include "ingitdb/reporter.h"

/* A commit that is being read. */
typedef struct igd_tree_files {
    igd_repo *repo;
    igd_oid tree;           /* the commit's */
    igd_str root;           /* the database's directory in it: "" or "sub/dir" */
    igd_arena *scratch;     /* bytes and nodes of the files */
    igd_problems *problems; /* whose texts may outlive scratch */
} igd_tree_files;

typedef enum igd_sight {
    IGD_SIGHT_NOTHING,
    IGD_SIGHT_FILE,
    IGD_SIGHT_DIRECTORY,
    IGD_SIGHT_LINK,      /* the path, or a directory on the way, is a symlink */
    IGD_SIGHT_SUBMODULE, /* likewise */
} igd_sight;

typedef struct igd_seen {
    igd_sight what;
    igd_oid id;   /* FILE, DIRECTORY */
    igd_str path; /* LINK, SUBMODULE: the part of the path that is one */
} igd_seen;

/* What is at a path from the repository's top; "" is the top. */
IGD_MUST_CHECK int igd_tree_look(const igd_tree_files *files, igd_str path, igd_seen *out,
                                 igd_error *err);

/* The bytes of a file, copied to scratch. */
IGD_MUST_CHECK int igd_tree_read(const igd_tree_files *files, const igd_oid *id, igd_str *out,
                                 igd_error *err);

/* A file that was seen, parsed. When it is not YAML the problem is reported and *ok is false.
 * *out is NULL for an empty file. */
IGD_MUST_CHECK int igd_tree_yaml(const igd_tree_files *files, const igd_oid *id, igd_str path,
                                 igd_str collection, igd_node **out, bool *ok, igd_error *err);

/* Reports a LINK or SUBMODULE as a schema error and returns true; false for anything else. */
bool igd_report_link(const igd_reporter *reporter, igd_spot spot, const igd_seen *seen);

#endif
