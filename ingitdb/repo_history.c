/*
 * How commits are related.
 *
 * libgit2's graph functions are used where all of history is there. Where it is not (shallow
 * clones, objects that are gone) they either stop at the first missing commit (1.5) or take the
 * boundary for the beginning (1.7 and later). There, commits are walked by the parents that their
 * objects name, so that what is known is told from what is not.
 */
#include <stdlib.h>

#include "base/map.h"
#include "ingitdb/repo_private.h"

typedef IGD_LIST(igd_oid) oid_list;

/* The parents that the commit object names, appended to the list. False when it is not there. */
static bool read_parents(igd_repo *repo, const igd_oid *id, igd_arena *mem, oid_list *parents)
{
    igd_commit_links links;
    if (!igd_repo_commit_links(repo, id, mem, &links))
        return false;
    for (size_t n = 0; n < links.parents.len; n++)
        IGD_PUSH(mem, parents, links.parents.items[n]);
    return true;
}

typedef struct history {
    bool incomplete; /* something was missing */
    bool found;      /* the commit that was looked for */
    oid_list roots;
} history;

/* Walks all that is reachable from a commit, or until `wanted` is met (NULL: nothing is). */
static void walk_history(igd_repo *repo, const igd_oid *from, const igd_oid *wanted, igd_arena *mem,
                         history *out)
{
    static char seen_mark;
    IGD_CLEANUP_PTR(igd_map) igd_map *seen = igd_map_new();
    *out = (history){0};
    oid_list pending = {0};
    IGD_PUSH(mem, &pending, *from);
    igd_map_put(seen, (igd_str){(const char *)from->id, sizeof(from->id)}, &seen_mark);
    while (pending.len > 0) {
        igd_oid at = pending.items[--pending.len];
        if (wanted && igd_oid_eq(&at, wanted)) {
            out->found = true;
            return;
        }
        size_t before = pending.len;
        if (!read_parents(repo, &at, mem, &pending)) {
            out->incomplete = true;
            continue;
        }
        if (pending.len == before)
            IGD_PUSH(mem, &out->roots, at);
        size_t kept = before;
        for (size_t n = before; n < pending.len; n++) {
            igd_oid parent = pending.items[n];
            igd_str key = {(const char *)parent.id, sizeof(parent.id)};
            if (!igd_map_put(seen, key, &seen_mark))
                pending.items[kept++] = parent;
        }
        pending.len = kept;
    }
}

igd_ancestry igd_repo_ancestry(igd_repo *repo, const igd_oid *old_commit, const igd_oid *new_commit)
{
    if (igd_oid_eq(old_commit, new_commit))
        return IGD_ANCESTOR;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    oid_list parents = {0};
    if (!read_parents(repo, old_commit, mem, &parents))
        return IGD_ANCESTRY_UNKNOWN;

    if (!igd_repo_is_shallow(repo)) {
        git_oid old_id = igd_oid_to_git(old_commit), new_id = igd_oid_to_git(new_commit);
        int answer = git_graph_descendant_of(repo->git, &new_id, &old_id);
        if (answer >= 0)
            return answer == 1 ? IGD_ANCESTOR : IGD_NOT_ANCESTOR;
    }
    history past;
    walk_history(repo, new_commit, old_commit, mem, &past);
    if (past.found)
        return IGD_ANCESTOR;
    if (!past.incomplete)
        return IGD_NOT_ANCESTOR;
    /* Nobody is both ancestor and descendant. */
    walk_history(repo, old_commit, new_commit, mem, &past);
    return past.found ? IGD_NOT_ANCESTOR : IGD_ANCESTRY_UNKNOWN;
}

/* Along single parents from new to old, the case of nearly every shallow clone; else -1. */
static int64_t straight_distance(igd_repo *repo, igd_oid at, const igd_oid *old_commit)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    for (int64_t steps = 0;; steps++) {
        oid_list parents = {0};
        if (!read_parents(repo, &at, mem, &parents))
            return -1;
        if (igd_oid_eq(&at, old_commit))
            return steps;
        if (parents.len != 1)
            return -1;
        at = parents.items[0];
        igd_arena_reset(mem);
    }
}

int64_t igd_repo_distance(igd_repo *repo, const igd_oid *old_commit, const igd_oid *new_commit)
{
    size_t ahead, behind;
    git_oid old_id = igd_oid_to_git(old_commit), new_id = igd_oid_to_git(new_commit);
    if (!igd_repo_is_shallow(repo) &&
        git_graph_ahead_behind(&ahead, &behind, repo->git, &new_id, &old_id) == 0)
        return (int64_t)ahead;
    return straight_distance(repo, *new_commit, old_commit);
}

static int compare_oids(const void *a, const void *b)
{
    return memcmp(((const igd_oid *)a)->id, ((const igd_oid *)b)->id, sizeof(igd_oid));
}

int igd_repo_root_commits(igd_repo *repo, const igd_commit *commit, igd_arena *mem,
                          igd_str_list *out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    history past;
    walk_history(repo, &commit->id, NULL, scratch, &past);
    if (past.incomplete) {
        igd_fail(err, IGD_E_REPOSITORY, "the history of commit %s is not complete in '%s'",
                 commit->hex, repo->git_dir);
        return igd_hint(err, "%s",
                        igd_repo_is_shallow(repo) ? "the clone is shallow: git fetch --unshallow"
                                                  : "git fsck lists what is missing");
    }
    qsort(past.roots.items, past.roots.len, sizeof(igd_oid), compare_oids);
    igd_str_list list = {0};
    for (size_t n = 0; n < past.roots.len; n++) {
        char hex[IGD_OID_HEX];
        igd_oid_hex(&past.roots.items[n], hex);
        IGD_PUSH(mem, &list, igd_arena_str(mem, igd_str_from(hex)));
    }
    *out = list;
    return IGD_OK;
}
