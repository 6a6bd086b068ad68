/*
 * Records that are gone, and that nobody had on the way that was followed: a branch that never had
 * one may have been merged with the branch that deleted it. All of history is looked through for a
 * commit that lacks it while every parent has it; the newest counts.
 */
#include "ingitdb/history_private.h"

typedef struct search {
    igd_trail *trail;
    igd_front front;
    igd_map *seen; /* commits */
    IGD_LIST(igd_seeker *)
    deleted; /* by the commit that is looked at, towards one parent at least */
} search;

static void count_deleted(search *s, const igd_path_change *change)
{
    igd_trail *trail = s->trail;
    for (igd_seeker *seeker = change->node->seekers; seeker; seeker = seeker->next_here)
        if (seeker->crowd == trail->lost)
            seeker->now = (igd_version){0};
    igd_versions_read(&trail->versions, change, trail->lost);
    for (igd_seeker *seeker = change->node->seekers; seeker; seeker = seeker->next_here) {
        if (seeker->crowd != trail->lost || igd_seeker_now(change, seeker) != IGD_ABSENT ||
            igd_seeker_old(change, seeker) != IGD_PRESENT)
            continue;
        if (seeker->gone_at != trail->step) {
            seeker->gone_at = trail->step;
            seeker->parents_with = 0;
            IGD_PUSH(trail->scratch, &s->deleted, seeker);
        }
        seeker->parents_with++;
    }
}

static void add(search *s, const igd_oid *id)
{
    static char mark;
    igd_str name = {(const char *)id->id, sizeof(id->id)};
    if (!igd_map_put(s->seen, name, &mark))
        (void)igd_front_add(&s->front, id);
}

static void visit(search *s, const igd_stop *stop)
{
    igd_trail *trail = s->trail;
    size_t readable = 0;
    memset(&s->deleted, 0, sizeof(s->deleted));
    for (size_t n = 0; n < stop->parent_count; n++) {
        igd_commit_links parent;
        igd_path_changes changes;
        if (!igd_repo_commit_links(trail->repo, &stop->parents[n], trail->scratch, &parent))
            continue;
        readable++;
        add(s, &stop->parents[n]);
        igd_paths_compare(trail->repo, &trail->paths, &stop->tree, &parent.tree, trail->scratch,
                          &changes);
        for (size_t c = 0; c < changes.len; c++)
            count_deleted(s, &changes.items[c]);
    }
    for (size_t n = 0; n < s->deleted.len; n++)
        if (s->deleted.items[n]->parents_with == readable)
            igd_trail_found(trail, s->deleted.items[n], &stop->id, readable < stop->parent_count);
}

int igd_trail_search(igd_trail *trail, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *seen = igd_map_new();
    search s = {.trail = trail, .seen = seen};
    int code = IGD_OK;
    igd_stop *stop;
    igd_front_init(&s.front, trail->repo);
    add(&s, &trail->history->from->id);
    while (code == IGD_OK && trail->lost->count > 0 && (stop = igd_front_take(&s.front))) {
        code = igd_trail_step(trail, err);
        if (code == IGD_OK)
            visit(&s, stop);
        igd_stop_free(stop);
    }
    igd_front_free(&s.front);
    return code;
}
