/*
 * A git repository as we read it: committed objects only, never the work tree.
 *
 * Only this directory knows libgit2. A handle is used by one thread at a time, except that blobs
 * may be freed by another thread than the one that read them (their reference counts are atomic).
 * libgit2's own cache is off (every object is read once) and packed objects are not hashed again
 * unless verify_objects asks for it, as git itself does.
 */
#ifndef IGD_INGITDB_REPO_H
#define IGD_INGITDB_REPO_H

#include "base/error.h"
#include "base/list.h"

typedef struct igd_repo igd_repo;

typedef struct igd_oid {
    unsigned char id[20];
} igd_oid;

#define IGD_OID_HEX 41

typedef struct igd_repo_options {
    const char *path; /* the database's directory, any directory below it, or a bare repository */
    const char *root; /* bare: directory of the database in the tree; NULL or "": the top. In a work
                         tree it overrides what walking up finds */
    bool verify_objects;
} igd_repo_options;

typedef struct igd_commit {
    igd_oid id;
    igd_oid tree;
    int64_t time; /* committer's, seconds since 1970 */
    char hex[IGD_OID_HEX];
} igd_commit;

/*
 * Finds the repository and the database's root. In a work tree it walks up from path to the first
 * directory with `.ingitdb/` (as git finds .git) and stops at the work tree's top. When none has
 * one the root is the top: what is missing at the ref is reported by igd_database_load.
 */
IGD_MUST_CHECK int igd_repo_open(const igd_repo_options *options, igd_repo **out, igd_error *err);
void igd_repo_free(igd_repo *repo);
IGD_DEFINE_CLEANUP_PTR(igd_repo, igd_repo_free)

/* Another handle on the same repository, for another thread. */
IGD_MUST_CHECK int igd_repo_reopen(const igd_repo *repo, igd_repo **out, igd_error *err);

const char *igd_repo_git_dir(const igd_repo *repo);  /* absolute */
const char *igd_repo_work_dir(const igd_repo *repo); /* absolute; NULL when bare */
const char *igd_repo_root(const igd_repo *repo); /* "" or "sub/dir", without slashes at the ends */
bool igd_repo_is_shallow(const igd_repo *repo);

/* Resolves a commit-ish. IGD_E_REPOSITORY when there is none, with the name in the message. */
IGD_MUST_CHECK int igd_repo_resolve(igd_repo *repo, const char *rev, igd_commit *out,
                                    igd_error *err);

/* Whether a commit (or any object) with this full hex id is in the repository. */
bool igd_repo_has(igd_repo *repo, igd_str hex);

typedef enum igd_ancestry {
    IGD_ANCESTOR,         /* `old` is an ancestor of `new`, or the same commit */
    IGD_NOT_ANCESTOR,     /* proven */
    IGD_ANCESTRY_UNKNOWN, /* objects missing: shallow clone, or gone */
} igd_ancestry;

igd_ancestry igd_repo_ancestry(igd_repo *repo, const igd_oid *old_commit,
                               const igd_oid *new_commit);

/* Number of commits in new that are not in old; -1 when that cannot be determined. */
int64_t igd_repo_distance(igd_repo *repo, const igd_oid *old_commit, const igd_oid *new_commit);

/* Hex ids of the root commits that are reachable from a commit, sorted. Walks the whole history. */
IGD_MUST_CHECK int igd_repo_root_commits(igd_repo *repo, const igd_commit *commit, igd_arena *mem,
                                         igd_str_list *out, igd_error *err);

/* The source's name when the configuration gives none (docs/contract.md 2): last part of remote
 * `origin`, else the directory's name, `.git`, `.bundle` and a trailing '/' stripped, plus
 * '/<root>'. *from_origin tells which; NULL is fine. */
igd_str igd_repo_default_name(igd_repo *repo, igd_arena *mem, bool *from_origin);

/* Files below the root that differ from HEAD or are untracked and not ignored; -1 when bare. */
int64_t igd_repo_uncommitted(igd_repo *repo);

/* ---- objects ---- */

typedef struct igd_blob {
    igd_str bytes;
    void *handle; /* private */
} igd_blob;

/* IGD_E_REPOSITORY when it is not there or not a blob. */
IGD_MUST_CHECK int igd_repo_blob(igd_repo *repo, const igd_oid *id, igd_blob *out, igd_error *err);
void igd_blob_free(igd_blob *blob); /* leaves it empty; an empty one is fine; any thread */
IGD_DEFINE_CLEANUP(igd_blob, igd_blob_free)

typedef enum igd_entry_kind {
    IGD_ENTRY_BLOB,
    IGD_ENTRY_TREE,
    IGD_ENTRY_SYMLINK,   /* a blob of mode 120000 */
    IGD_ENTRY_SUBMODULE, /* mode 160000 */
} igd_entry_kind;

typedef struct igd_entry {
    igd_str name; /* a view of the tree */
    igd_entry_kind kind;
    igd_oid id;
} igd_entry;

/* A tree object; its entries are in git's order (bytes of the name, a tree's name as if it ended in
 * '/'). */
typedef struct igd_tree igd_tree;

IGD_MUST_CHECK int igd_repo_tree(igd_repo *repo, const igd_oid *id, igd_tree **out, igd_error *err);
void igd_tree_free(igd_tree *tree);
IGD_DEFINE_CLEANUP_PTR(igd_tree, igd_tree_free)
size_t igd_tree_count(const igd_tree *tree);
igd_entry igd_tree_at(const igd_tree *tree, size_t index);
bool igd_tree_find(const igd_tree *tree, igd_str name, igd_entry *out);

/* How many entries are the same in both trees from these two on: name, kind and id. */
size_t igd_tree_same(const igd_tree *a, size_t from_a, const igd_tree *b, size_t from_b);

/* The entry at a path of several parts below a tree ("a/b/c"; "" is refused). *found false when any
 * part is missing or not a tree. */
IGD_MUST_CHECK int igd_repo_find(igd_repo *repo, const igd_oid *tree, igd_str path, igd_entry *out,
                                 bool *found, igd_error *err);

static inline bool igd_oid_eq(const igd_oid *a, const igd_oid *b)
{
    return memcmp(a->id, b->id, sizeof(a->id)) == 0;
}
void igd_oid_hex(const igd_oid *id, char out[IGD_OID_HEX]);
bool igd_oid_parse(igd_str hex, igd_oid *out);

#endif
