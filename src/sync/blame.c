/*
 * From reported records to traces, and from their answers to notes of commits.
 */
#include "sync/blame.h"

#include "base/log.h"
#include "base/map.h"
#include "ingitdb/files.h"
#include "schema/canonical.h"
#include "sync/pipeline.h"

typedef struct blaming {
    const igd_blamer *blamer;
    igd_analysis *analysis;
    igd_arena *mem; /* of the analysis */
    igd_arena *scratch;
    igd_trace *traces;
    igd_record_difference **records; /* of each trace */
    size_t count;
    igd_map *notes; /* by commit */
    igd_buf key;
    uint64_t done; /* said to the meter */
    uint64_t or_before;
} blaming;

/* ---- what is looked for ---- */

static igd_digest digest_of_keys(blaming *b, const igd_str *keys, size_t count)
{
    igd_value *row = IGD_NEW_ARRAY(b->scratch, igd_value, count);
    for (size_t n = 0; n < count; n++)
        row[n] = igd_value_string(keys[n]);
    return igd_key_digest(row, count, &b->key);
}

/* path: where the record's file is; empty: where it would be. */
static int add_trace(blaming *b, const igd_slot *slot, igd_record_difference *record, igd_str path,
                     igd_error *err)
{
    const igd_definition *definition = slot->definition;
    size_t depth = igd_collection_depth(&definition->model);
    igd_trace trace = {.path = path,
                       .definition = definition,
                       .keys = record->keys,
                       .key = digest_of_keys(b, record->keys, depth + 1)};
    if (definition->model.record_type != IGD_RECORD_SINGLE)
        trace.reader = slot->reader;
    if (path.len == 0) {
        int code = igd_files_path(b->blamer->repo, definition, record->keys, record->keys[depth],
                                  b->scratch, &trace.path, err);
        if (code != IGD_OK)
            return code;
    }
    b->records[b->count] = record;
    b->traces[b->count++] = trace;
    return IGD_OK;
}

static int collect_all(blaming *b, igd_error *err)
{
    int code = IGD_OK;
    for (size_t n = 0; n < b->analysis->table_count; n++)
        for (size_t r = 0; r < b->analysis->tables[n].records.len && code == IGD_OK; r++) {
            igd_record_difference *record = &b->analysis->tables[n].records.items[r];
            bool gone = record->change == IGD_DELETE;
            code = add_trace(b, &b->blamer->side->slots[n], record,
                             gone ? (igd_str){0} : record->path, err);
        }
    return code;
}

/* Those that were not found, where the base had them. */
static void collect_again(blaming *b)
{
    size_t count = 0;
    for (size_t n = 0; n < b->count; n++) {
        igd_trace trace = b->traces[n];
        igd_str path = b->records[n]->path;
        if (trace.found || path.len == 0 || igd_str_eq(path, trace.path))
            continue;
        trace.path = path;
        b->records[count] = b->records[n];
        b->traces[count++] = trace;
    }
    b->count = count;
}

/* ---- what was found ---- */

static int note_of(blaming *b, const igd_oid *commit, const igd_commit_note **out, igd_error *err)
{
    igd_str name = {(const char *)commit->id, sizeof(commit->id)};
    igd_commit_note *note = igd_map_get(b->notes, name);
    if (!note) {
        note = IGD_NEW(b->mem, igd_commit_note);
        int code = igd_repo_commit_note(b->blamer->repo, commit, b->mem, note, err);
        if (code != IGD_OK)
            return code;
        igd_map_put(b->notes, name, note);
    }
    *out = note;
    return IGD_OK;
}

static int take_answers(blaming *b, igd_error *err)
{
    int code = IGD_OK;
    for (size_t n = 0; n < b->count && code == IGD_OK; n++) {
        const igd_trace *trace = &b->traces[n];
        if (!trace->found)
            continue;
        b->records[n]->or_before = trace->or_before;
        b->or_before += trace->or_before;
        code = note_of(b, &trace->commit, &b->records[n]->blame, err);
    }
    return code;
}

static int on_step(uint64_t found, void *payload, igd_error *err)
{
    blaming *b = payload;
    igd_meter_add(b->blamer->meter, found - b->done);
    b->done = found;
    return igd_stop_check(b->blamer->stop, err);
}

static int walk(blaming *b, igd_error *err)
{
    igd_history history = {.repo = b->blamer->repo,
                           .from = b->blamer->commit,
                           .traces = b->traces,
                           .count = b->count,
                           .callback = on_step,
                           .payload = b};
    b->done = 0;
    igd_meter_phase(b->blamer->meter, "blaming", b->count);
    int code = igd_history_walk(&history, err);
    return code == IGD_OK ? take_answers(b, err) : code;
}

static void warn_of_the_end(const blaming *b)
{
    if (b->or_before == 0)
        return;
    const char *why = igd_repo_is_shallow(b->blamer->repo)
                          ? "the clone is shallow: git fetch --unshallow brings the rest"
                          : "git fsck lists what is missing";
    igd_log(IGD_LOG_WARNING,
            "the history is not all here: %llu record%s changed at the commit that is named or "
            "before it; %s",
            (unsigned long long)b->or_before, b->or_before == 1 ? " was" : "s were", why);
}

static int blame_all(blaming *b, size_t count, igd_error *err)
{
    b->traces = IGD_NEW_ARRAY(b->scratch, igd_trace, count);
    b->records = IGD_NEW_ARRAY(b->scratch, igd_record_difference *, count);
    int code = collect_all(b, err);
    if (code == IGD_OK)
        code = walk(b, err);
    if (code != IGD_OK)
        return code;
    collect_again(b);
    if (b->count > 0)
        code = walk(b, err);
    if (code == IGD_OK)
        warn_of_the_end(b);
    return code;
}

int igd_blame(const igd_blamer *blamer, igd_arena *mem, igd_analysis *analysis, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    IGD_CLEANUP_PTR(igd_map) igd_map *notes = igd_map_new();
    size_t count = 0;
    for (size_t n = 0; n < analysis->table_count; n++)
        count += analysis->tables[n].records.len;
    if (count == 0)
        return IGD_OK;
    blaming b = {.blamer = blamer,
                 .analysis = analysis,
                 .mem = mem,
                 .scratch = scratch,
                 .notes = notes,
                 .key = IGD_BUF_INIT};
    int code = blame_all(&b, count, err);
    igd_buf_free(&b.key);
    return code;
}
