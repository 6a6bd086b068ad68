/*
 * Collections that moved: where the definitions of a parent put a record's file that is not where
 * those of today put it. Followed are another directory of the collection and another file name
 * template, in the same commit that changed `.ingitdb/` or the collection's definition; formats and
 * record types have to be the same. What moved without its definition did not keep its key.
 */
#include <stdlib.h>

#include "ingitdb/files.h"
#include "ingitdb/history_private.h"

struct igd_moves {
    igd_arena *mem;
    igd_oid commit; /* whose definitions are loaded; a commit without any has no database */
    bool loaded;
    igd_database *database;
};

igd_moves *igd_moves_new(void)
{
    igd_moves *moves = igd_xmalloc(sizeof(*moves));
    *moves = (igd_moves){.mem = igd_arena_new()};
    return moves;
}

static void forget(igd_moves *moves)
{
    igd_database_free(moves->database);
    moves->database = NULL;
    moves->loaded = false;
    igd_arena_reset(moves->mem);
}

void igd_moves_free(igd_moves *moves)
{
    if (!moves)
        return;
    forget(moves);
    igd_arena_free(moves->mem);
    free(moves);
}

static const igd_database *database_at(igd_trail *trail, const igd_stop *commit)
{
    igd_moves *moves = trail->moves;
    if (moves->loaded && igd_oid_eq(&moves->commit, &commit->id))
        return moves->database;
    forget(moves);
    igd_commit at = {.id = commit->id, .tree = commit->tree, .time = commit->time};
    igd_problems ignored = IGD_PROBLEMS_INIT(moves->mem);
    igd_error err = IGD_ERROR_INIT;
    igd_oid_hex(&at.id, at.hex);
    if (igd_database_load(trail->repo, &at, moves->mem, &ignored, &moves->database, &err) != IGD_OK)
        moves->database = NULL;
    moves->commit = commit->id;
    moves->loaded = true;
    return moves->database;
}

/* The id of what is at a path, or of nothing. */
static igd_oid id_at(igd_trail *trail, const igd_oid *tree, igd_str path)
{
    igd_entry entry;
    igd_error err = IGD_ERROR_INIT;
    bool found = false;
    if (igd_repo_find(trail->repo, tree, path, &entry, &found, &err) != IGD_OK || !found)
        return (igd_oid){{0}};
    return entry.id;
}

/* A cheap look before definitions are read. */
static bool definitions_differ(igd_trail *trail, const igd_stop *stop, const igd_stop *parent,
                               const igd_definition *definition)
{
    static const char *const places[] = {".collection", ".collections", "definition.yaml"};
    igd_arena *mem = trail->scratch;
    const char *root = igd_repo_root(trail->repo), *slash = root[0] ? "/" : "";
    while (definition->parent)
        definition = definition->parent;
    igd_str path = igd_arena_printf(mem, "%s%s.ingitdb", root, slash);
    igd_oid now = id_at(trail, &stop->tree, path), old = id_at(trail, &parent->tree, path);
    bool differ = !igd_oid_eq(&now, &old);
    igd_str dir = definition->data_dir;
    for (size_t n = 0; n < IGD_COUNT(places) && !differ; n++) {
        path = igd_arena_printf(mem, "%s%s%.*s%s%s", root, slash, IGD_STR_ARG(dir),
                                dir.len > 0 ? "/" : "", places[n]);
        now = id_at(trail, &stop->tree, path);
        old = id_at(trail, &parent->tree, path);
        differ = !igd_oid_eq(&now, &old);
    }
    return differ;
}

static const igd_seeker *first_of(const igd_path_change *change, const igd_crowd *crowd)
{
    for (const igd_seeker *s = change->node->seekers; s; s = s->next_here)
        if (s->crowd == crowd)
            return s;
    return NULL;
}

igd_str igd_moves_find(igd_trail *trail, const igd_stop *stop, const igd_stop *parent,
                       const igd_crowd *crowd, igd_path_change *change)
{
    const igd_str nowhere = {0};
    const igd_seeker *seeker = first_of(change, crowd);
    if (!seeker || change->unknown || !change->in_now || change->in_old)
        return nowhere;
    const igd_trace *trace = seeker->trace;
    const igd_definition *today = trace->definition;
    if (!definitions_differ(trail, stop, parent, today))
        return nowhere;
    const igd_database *database = database_at(trail, parent);
    const igd_definition *then = database ? igd_database_find(database, today->model.id) : NULL;
    if (!then || then->model.record_type != today->model.record_type ||
        then->format != today->format ||
        igd_collection_depth(&then->model) != igd_collection_depth(&today->model))
        return nowhere;
    igd_str path;
    igd_error err = IGD_ERROR_INIT;
    igd_str key = trace->keys[igd_collection_depth(&today->model)];
    if (igd_files_path(trail->repo, then, trace->keys, key, trail->scratch, &path, &err) !=
            IGD_OK ||
        path.len == 0)
        return nowhere;
    igd_entry entry;
    bool found = false;
    if (igd_repo_find(trail->repo, &parent->tree, path, &entry, &found, &err) != IGD_OK || !found ||
        entry.kind != IGD_ENTRY_BLOB)
        return nowhere;
    change->in_old = true;
    change->old = entry.id;
    return path;
}
