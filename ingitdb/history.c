/*
 * The walk back: crowds of seekers go from commit to commit, each seeker to the first parent in
 * which its record is the same. Where there is none it has arrived.
 */
#include "ingitdb/history.h"

#include <stdlib.h>

#include "ingitdb/history_private.h"

/* ---- crowds ---- */

static igd_crowd *crowd_new(void)
{
    igd_crowd *crowd = igd_xmalloc(sizeof(*crowd));
    *crowd = (igd_crowd){0};
    return crowd;
}

static void crowd_leave(igd_seeker *seeker)
{
    if (!seeker->crowd)
        return;
    if (seeker->before)
        seeker->before->behind = seeker->behind;
    else
        seeker->crowd->first = seeker->behind;
    if (seeker->behind)
        seeker->behind->before = seeker->before;
    seeker->crowd->count--;
    seeker->crowd = NULL;
    seeker->before = seeker->behind = NULL;
}

void igd_crowd_move(igd_crowd *to, igd_seeker *seeker)
{
    crowd_leave(seeker);
    seeker->crowd = to;
    seeker->behind = to->first;
    if (to->first)
        to->first->before = seeker;
    to->first = seeker;
    to->count++;
}

/* Both are one afterwards; the larger one stays where it is. */
static igd_crowd *crowd_join(igd_crowd *a, igd_crowd *b)
{
    igd_crowd *more = a->count >= b->count ? a : b, *less = more == a ? b : a;
    while (less->first)
        igd_crowd_move(more, less->first);
    free(less);
    return more;
}

/* ---- answers ---- */

void igd_trail_found(igd_trail *trail, igd_seeker *seeker, const igd_oid *commit, bool or_before)
{
    igd_trace *trace = seeker->trace;
    trace->found = true;
    trace->or_before = or_before;
    trace->commit = *commit;
    crowd_leave(seeker);
    igd_paths_remove(seeker);
    trail->found++;
}

int igd_trail_step(igd_trail *trail, igd_error *err)
{
    const igd_history *history = trail->history;
    igd_arena_reset(trail->scratch);
    trail->step++;
    return history->callback ? history->callback(trail->found, history->payload, err) : IGD_OK;
}

/* ---- a commit and its parents ---- */

static void part(igd_trail *trail, igd_seeker *seeker, igd_verdict verdict, igd_crowd *left)
{
    if (verdict == IGD_SAME)
        return;
    if (verdict == IGD_DIFFERENT)
        seeker->differs_at = trail->step;
    else
        seeker->doubted_at = trail->step;
    igd_crowd_move(left, seeker);
}

/* Takes out of the crowd who differs from the parent. */
static void part_by_parent(igd_trail *trail, const igd_stop *stop, const igd_stop *parent,
                           igd_crowd *crowd, igd_crowd *left)
{
    igd_path_changes changes;
    igd_paths_compare(trail->repo, &trail->paths, &stop->tree, &parent->tree, trail->scratch,
                      &changes);
    for (size_t n = 0; n < changes.len; n++) {
        igd_path_change *change = &changes.items[n];
        igd_str moved = igd_moves_find(trail, stop, parent, crowd, change);
        igd_versions_read(&trail->versions, change, crowd);
        for (igd_seeker **link = &change->node->seekers, *s; (s = *link);) {
            igd_verdict verdict = s->crowd == crowd ? igd_seeker_verdict(change, s) : IGD_SAME;
            part(trail, s, verdict, left);
            if (s->crowd != crowd || moved.len == 0) {
                link = &s->next_here;
                continue;
            }
            *link = s->next_here;
            igd_paths_remove(s);
            igd_paths_add(&trail->paths, s, moved);
            igd_versions_add(&trail->versions, s);
        }
    }
}

/* Those whose record is there, or may be; and those that a parent had otherwise. The others came to
 * an end without a trace. */
static void settle_doubtful(igd_trail *trail, const igd_stop *stop, igd_crowd *crowd, bool doubt)
{
    igd_path_changes changes;
    igd_paths_compare(trail->repo, &trail->paths, &stop->tree, NULL, trail->scratch, &changes);
    for (size_t n = 0; n < changes.len; n++) {
        igd_versions_read(&trail->versions, &changes.items[n], crowd);
        for (igd_seeker *s = changes.items[n].node->seekers; s; s = s->next_here)
            if (s->crowd == crowd && igd_seeker_now(&changes.items[n], s) != IGD_ABSENT)
                igd_trail_found(trail, s, &stop->id, doubt || s->doubted_at == trail->step);
    }
    for (igd_seeker *next, *s = crowd->first; s; s = next) {
        next = s->behind;
        if (s->differs_at == trail->step)
            igd_trail_found(trail, s, &stop->id, doubt || s->doubted_at == trail->step);
        else
            igd_crowd_move(trail->lost, s);
    }
}

static void settle(igd_trail *trail, const igd_stop *stop, igd_crowd *crowd, bool doubt)
{
    bool doubtful = doubt || stop->parent_count == 0;
    for (igd_seeker *s = crowd->first; s && !doubtful; s = s->behind)
        doubtful = s->doubted_at == trail->step;
    if (doubtful && crowd->count > 0)
        settle_doubtful(trail, stop, crowd, doubt);
    while (crowd->first)
        igd_trail_found(trail, crowd->first, &stop->id, false);
    free(crowd);
}

/* Sends everybody on who is at a commit, or settles who cannot go on. */
static void visit(igd_trail *trail, igd_front *front, const igd_stop *stop)
{
    igd_crowd *crowd = stop->crowd;
    bool doubt = false; /* there is a parent that cannot be read */
    for (size_t n = 0; n < stop->parent_count && crowd->count > 0; n++) {
        igd_stop *parent = igd_front_add(front, &stop->parents[n]);
        if (!parent) {
            doubt = true;
            continue;
        }
        igd_crowd *left = crowd_new();
        part_by_parent(trail, stop, parent, crowd, left);
        trail->forked |= crowd->count > 0 && n + 1 < stop->parent_count;
        parent->crowd = parent->crowd ? crowd_join(parent->crowd, crowd) : crowd;
        crowd = left;
    }
    settle(trail, stop, crowd, doubt);
}

static int walk(igd_trail *trail, igd_crowd *all, igd_error *err)
{
    igd_front front;
    igd_front_init(&front, trail->repo);
    igd_stop *stop = igd_front_add(&front, &trail->history->from->id);
    int code = IGD_OK;
    if (stop)
        stop->crowd = all;
    else
        free(all);
    while (code == IGD_OK && trail->paths.root.live > 0 && (stop = igd_front_take(&front))) {
        code = igd_trail_step(trail, err);
        if (code != IGD_OK)
            free(stop->crowd);
        else if (stop->crowd)
            visit(trail, &front, stop);
        igd_stop_free(stop);
    }
    while ((stop = igd_front_take(&front))) {
        free(stop->crowd);
        igd_stop_free(stop);
    }
    igd_front_free(&front);
    return code;
}

/* ---- all of it ---- */

static igd_crowd *gather(igd_trail *trail)
{
    const igd_history *history = trail->history;
    igd_seeker *seekers = IGD_NEW_ARRAY(trail->mem, igd_seeker, history->count);
    igd_crowd *all = crowd_new();
    for (size_t n = 0; n < history->count; n++) {
        igd_trace *trace = &history->traces[n];
        trace->found = trace->or_before = false;
        if (trace->path.len == 0)
            continue;
        seekers[n] = (igd_seeker){.trace = trace};
        igd_paths_add(&trail->paths, &seekers[n], trace->path);
        igd_versions_add(&trail->versions, &seekers[n]);
        igd_crowd_move(all, &seekers[n]);
    }
    return all;
}

int igd_history_walk(const igd_history *history, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    IGD_CLEANUP_PTR(igd_map) igd_map *by_record = igd_map_new();
    IGD_CLEANUP_PTR(igd_moves) igd_moves *moves = igd_moves_new();
    igd_crowd lost = {0};
    igd_trail trail = {.history = history,
                       .repo = history->repo,
                       .mem = mem,
                       .scratch = scratch,
                       .versions = {history->repo, by_record},
                       .lost = &lost,
                       .moves = moves};
    igd_paths_init(&trail.paths, mem);
    int code = walk(&trail, gather(&trail), err);
    if (code == IGD_OK && lost.count > 0 && trail.forked)
        code = igd_trail_search(&trail, err);
    igd_paths_free(&trail.paths);
    return code;
}
