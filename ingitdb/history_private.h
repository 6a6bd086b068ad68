/*
 * What the files behind history.h share: paths that are watched, and traces on their way back.
 */
#ifndef IGD_INGITDB_HISTORY_PRIVATE_H
#define IGD_INGITDB_HISTORY_PRIVATE_H

#include "base/map.h"
#include "ingitdb/history.h"
#include "ingitdb/repo_private.h"

typedef struct igd_seeker igd_seeker;
typedef struct igd_crowd igd_crowd; /* seekers that are at the same commit */

/* A part of a path; children are below it, seekers want the file here. */
typedef struct igd_path_node {
    struct igd_path_node *parent;
    igd_map *children; /* by name; NULL: none yet */
    igd_seeker *seekers;
    size_t live; /* seekers here and below */
} igd_path_node;

/* What a record is in one version of a file with several. */
typedef enum igd_version_state {
    IGD_VERSION_UNKNOWN, /* not looked up */
    IGD_VERSION_ABSENT,
    IGD_VERSION_PRESENT,
    IGD_VERSION_UNREADABLE, /* the file cannot be parsed */
    IGD_VERSION_MISSING,    /* its object is not there, or damaged */
} igd_version_state;

typedef struct igd_version {
    igd_version_state state;
    igd_digest content; /* PRESENT */
} igd_version;

/* A trace on its way. As long as it is on its way its record is what it was at the start, so `now`
 * is looked up once. */
struct igd_seeker {
    igd_trace *trace;
    igd_path_node *node;
    igd_seeker *next_here; /* of the same node */
    igd_crowd *crowd;      /* NULL: it has arrived */
    igd_seeker *before, *behind;
    igd_version now, old; /* at this commit; at the parent that it is compared with */
    bool due;
    /* The last step at which a parent that could be read differs, and one that could not was met.
     */
    uint64_t differs_at, doubted_at;
    uint64_t gone_at; /* history_gone.c: the last step where some parent has it, and how many do */
    size_t parents_with;
};

/* ---- history_paths.c ---- */

typedef struct igd_paths {
    igd_path_node root;
    igd_arena *mem;
    IGD_LIST(igd_map *) maps; /* to be freed */
} igd_paths;

void igd_paths_init(igd_paths *paths, igd_arena *mem);
void igd_paths_free(igd_paths *paths);
/* A seeker is at one path at a time. */
void igd_paths_add(igd_paths *paths, igd_seeker *seeker, igd_str path);
void igd_paths_remove(igd_seeker *seeker);

/* A watched file that is not the same in two trees. */
typedef struct igd_path_change {
    igd_path_node *node;
    bool unknown;        /* a tree could not be read; nothing else is said */
    bool in_now, in_old; /* is a file there */
    igd_oid now, old;    /* its blob */
} igd_path_change;

typedef IGD_LIST(igd_path_change) igd_path_changes;

/* old NULL: nothing, so every watched file that is there. The list lives in mem. */
void igd_paths_compare(igd_repo *repo, igd_paths *paths, const igd_oid *now, const igd_oid *old,
                       igd_arena *mem, igd_path_changes *out);

/* ---- history_version.c ---- */

typedef enum igd_verdict { IGD_SAME, IGD_DIFFERENT, IGD_DOUBTFUL } igd_verdict;
typedef enum igd_presence { IGD_ABSENT, IGD_PRESENT, IGD_PRESENCE_UNKNOWN } igd_presence;

/* Seekers by what they look for in a file. */
typedef struct igd_versions {
    igd_repo *repo;
    igd_map *by_record;
} igd_versions;

void igd_versions_add(igd_versions *versions, igd_seeker *seeker);

/* Looks up the records of a crowd's seekers at a changed file, on both sides; then each can be
 * asked about this change. */
void igd_versions_read(const igd_versions *versions, const igd_path_change *change,
                       const igd_crowd *crowd);

igd_verdict igd_seeker_verdict(const igd_path_change *change, const igd_seeker *seeker);
igd_presence igd_seeker_now(const igd_path_change *change, const igd_seeker *seeker);
igd_presence igd_seeker_old(const igd_path_change *change, const igd_seeker *seeker);

/* ---- history_front.c ---- */

/* A commit that is still to be looked at. */
typedef struct igd_stop {
    igd_oid id, tree;
    int64_t time;
    uint64_t order; /* of equal times the one that was met first */
    igd_oid *parents;
    size_t parent_count;
    igd_crowd *crowd; /* who is here; NULL when that does not matter */
} igd_stop;

/* The commits that are to be looked at, the newest first. */
typedef struct igd_front {
    igd_repo *repo;
    igd_map *by_id;
    igd_stop **heap;
    size_t count, room;
    uint64_t met;
} igd_front;

void igd_front_init(igd_front *front, igd_repo *repo);
void igd_front_free(igd_front *front);

/* The commit's place, a new one when it is not waiting already. NULL: it cannot be read. */
igd_stop *igd_front_add(igd_front *front, const igd_oid *id);

/* Takes the newest away; NULL at the end. It is the caller's, for igd_stop_free. */
igd_stop *igd_front_take(igd_front *front);
void igd_stop_free(igd_stop *stop);

/* ---- history.c ---- */

struct igd_crowd {
    igd_seeker *first;
    size_t count;
};

typedef struct igd_moves igd_moves;

typedef struct igd_trail {
    const igd_history *history;
    igd_repo *repo;
    igd_arena *mem;     /* of the walk */
    igd_arena *scratch; /* of one commit */
    igd_paths paths;
    igd_versions versions;
    uint64_t step; /* counts commits */
    uint64_t found;
    bool forked;     /* a merge was passed without looking at all of its parents */
    igd_crowd *lost; /* those that came to the end of history */
    igd_moves *moves;
} igd_trail;

void igd_crowd_move(igd_crowd *to, igd_seeker *seeker);

/* The answer for a seeker; it is on no way any more. */
void igd_trail_found(igd_trail *trail, igd_seeker *seeker, const igd_oid *commit, bool or_before);

/* Between commits: progress, and whether to go on. */
int igd_trail_step(igd_trail *trail, igd_error *err);

/* ---- history_gone.c ---- */

/* Looks for those that are lost in all of history. */
int igd_trail_search(igd_trail *trail, igd_error *err);

/* ---- history_moved.c ---- */

igd_moves *igd_moves_new(void);
void igd_moves_free(igd_moves *moves);
IGD_DEFINE_CLEANUP_PTR(igd_moves, igd_moves_free)

/*
 * Where the definitions of a parent put a file that is there now and is not there in the parent:
 * empty, or its path there, and its blob is the other side of the change. All seekers of the crowd
 * at a file are of one collection.
 */
igd_str igd_moves_find(igd_trail *trail, const igd_stop *stop, const igd_stop *parent,
                       const igd_crowd *crowd, igd_path_change *change);

#endif
