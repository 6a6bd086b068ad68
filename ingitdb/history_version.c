/*
 * Versions of a file: whether a record in it is the same in two of them. Where the file is the
 * record its blob tells; a file of several is read.
 */
#include "ingitdb/history_private.h"

/* What a seeker looks for in a file: the key of the map. */
typedef struct record_name {
    const igd_path_node *node;
    const igd_record_reader *reader;
    igd_digest key;
} record_name;

static igd_str view_of(const record_name *name)
{
    return (igd_str){(const char *)name, sizeof(*name)};
}

void igd_versions_add(igd_versions *versions, igd_seeker *seeker)
{
    if (!seeker->trace->reader)
        return;
    record_name name = {seeker->node, seeker->trace->reader, seeker->trace->key};
    igd_map_put(versions->by_record, view_of(&name), seeker);
}

/* ---- looking up ---- */

typedef struct lookup {
    const igd_versions *versions;
    igd_path_node *node;
    const igd_record_reader *reader;
    bool old; /* which side is looked up */
} lookup;

static igd_version *side_of(const lookup *look, igd_seeker *seeker)
{
    return look->old ? &seeker->old : &seeker->now;
}

/* Of rows with equal keys all count. */
static void on_record(igd_digest key, igd_digest content, void *payload)
{
    const lookup *look = payload;
    record_name name = {look->node, look->reader, key};
    igd_seeker *seeker = igd_map_get(look->versions->by_record, view_of(&name));
    if (!seeker || !seeker->due)
        return;
    igd_version *version = side_of(look, seeker);
    version->state = IGD_VERSION_PRESENT;
    version->content = igd_digest_add(version->content, content);
}

static igd_version_state read_file(lookup *look, const igd_trace *trace, const igd_oid *id)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_blob)
    igd_blob blob = {0};
    igd_error err = IGD_ERROR_INIT;
    if (igd_repo_blob(look->versions->repo, id, &blob, &err) != IGD_OK)
        return IGD_VERSION_MISSING;
    igd_record_file file = {.bytes = blob.bytes, .path = trace->path, .ancestors = trace->keys};
    bool parsed = igd_records_digest(look->reader, &file, mem, on_record, look);
    return parsed ? IGD_VERSION_ABSENT : IGD_VERSION_UNREADABLE;
}

/* For all seekers that read the file as this one does. blob NULL: there is no file. */
static void look_up(lookup *look, igd_seeker *first, const igd_crowd *crowd, const igd_oid *blob)
{
    look->reader = first->trace->reader;
    for (igd_seeker *s = first; s; s = s->next_here) {
        igd_version *version = side_of(look, s);
        s->due = s->crowd == crowd && s->trace->reader == look->reader &&
                 version->state == IGD_VERSION_UNKNOWN;
        if (s->due)
            *version = (igd_version){.state = IGD_VERSION_ABSENT};
    }
    igd_version_state state = blob ? read_file(look, first->trace, blob) : IGD_VERSION_ABSENT;
    for (igd_seeker *s = first; s; s = s->next_here) {
        if (s->due && state != IGD_VERSION_ABSENT)
            *side_of(look, s) = (igd_version){.state = state};
        s->due = false;
    }
}

void igd_versions_read(const igd_versions *versions, const igd_path_change *change,
                       const igd_crowd *crowd)
{
    lookup look = {.versions = versions, .node = change->node};
    if (change->unknown)
        return;
    for (igd_seeker *s = change->node->seekers; s; s = s->next_here)
        if (s->crowd == crowd)
            s->old = (igd_version){.state = IGD_VERSION_UNKNOWN};
    for (igd_seeker *s = change->node->seekers; s; s = s->next_here) {
        if (s->crowd != crowd || !s->trace->reader)
            continue;
        look.old = false;
        if (s->now.state == IGD_VERSION_UNKNOWN)
            look_up(&look, s, crowd, change->in_now ? &change->now : NULL);
        look.old = true;
        if (s->old.state == IGD_VERSION_UNKNOWN)
            look_up(&look, s, crowd, change->in_old ? &change->old : NULL);
    }
}

/* ---- asking ---- */

static igd_presence presence_of(const igd_seeker *seeker, const igd_version *version, bool file)
{
    if (!seeker->trace->reader || version->state == IGD_VERSION_ABSENT)
        return seeker->trace->reader || !file ? IGD_ABSENT : IGD_PRESENT;
    return version->state == IGD_VERSION_PRESENT ? IGD_PRESENT : IGD_PRESENCE_UNKNOWN;
}

igd_presence igd_seeker_now(const igd_path_change *change, const igd_seeker *seeker)
{
    return change->unknown ? IGD_PRESENCE_UNKNOWN
                           : presence_of(seeker, &seeker->now, change->in_now);
}

igd_presence igd_seeker_old(const igd_path_change *change, const igd_seeker *seeker)
{
    return change->unknown ? IGD_PRESENCE_UNKNOWN
                           : presence_of(seeker, &seeker->old, change->in_old);
}

igd_verdict igd_seeker_verdict(const igd_path_change *change, const igd_seeker *seeker)
{
    const igd_version *now = &seeker->now, *old = &seeker->old;
    if (change->unknown)
        return IGD_DOUBTFUL;
    if (!seeker->trace->reader)
        return change->in_now && change->in_old && igd_oid_eq(&change->now, &change->old)
                   ? IGD_SAME
                   : IGD_DIFFERENT;
    if (now->state == IGD_VERSION_MISSING || old->state == IGD_VERSION_MISSING)
        return IGD_DOUBTFUL;
    /* What cannot be parsed is taken to hold what the version behind it holds. */
    if (now->state == IGD_VERSION_UNREADABLE || old->state == IGD_VERSION_UNREADABLE)
        return IGD_SAME;
    return now->state == old->state && igd_digest_eq(now->content, old->content) ? IGD_SAME
                                                                                 : IGD_DIFFERENT;
}
