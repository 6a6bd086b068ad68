/*
 * What the files behind repo.h share: the handle, and errors that quote libgit2.
 */
#ifndef IGD_INGITDB_REPO_PRIVATE_H
#define IGD_INGITDB_REPO_PRIVATE_H

#include <git2.h>

#include "ingitdb/repo.h"

/* Lookups by path go through the same few trees again and again. */
#define IGD_RECENT_TREES 8

typedef struct igd_recent_tree {
    igd_oid id;
    igd_tree *tree; /* NULL: nothing here, nor behind */
} igd_recent_tree;

struct igd_repo {
    git_repository *git;
    git_odb *odb;   /* of git; held for speed */
    igd_arena *mem; /* the texts below */
    const char *git_dir;
    const char *work_dir; /* NULL when bare */
    const char *root;
    igd_recent_tree recent[IGD_RECENT_TREES];
};

/* Counted, like git_libgit2_init; each start needs a git_libgit2_shutdown. */
void igd_git_start(void);

/* libgit2's options are the process's: set once, when a repository is opened, before the handles of
 * other threads are made from it. */
void igd_git_options(bool verify_objects);

static inline git_oid igd_oid_to_git(const igd_oid *id)
{
    git_oid out;
    git_oid_fromraw(&out, id->id);
    return out;
}

static inline igd_oid igd_oid_of_git(const git_oid *id)
{
    igd_oid out;
    memcpy(out.id, id->id, sizeof(out.id));
    return out;
}

/* What a commit's object names, also at the boundary of a shallow clone. */
typedef struct igd_commit_links {
    igd_oid tree;
    int64_t time; /* committer's */
    IGD_LIST(igd_oid) parents;
} igd_commit_links;

/* False when it is not there, or no commit. */
bool igd_repo_commit_links(igd_repo *repo, const igd_oid *id, igd_arena *mem,
                           igd_commit_links *out);

/* Why libgit2's last call on this thread failed; never NULL. */
const char *igd_git_reason(void);

/* IGD_E_REPOSITORY for an object that could not be read; `code` is libgit2's, `kind` is "tree" or
 * the like. */
int igd_repo_fail_object(const igd_repo *repo, igd_error *err, int code, const char *kind,
                         const igd_oid *id);

#endif
