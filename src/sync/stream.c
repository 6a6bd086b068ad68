/*
 * Filling batches: walks the collections of a pass on the pipeline's reading thread and fetches the
 * blobs of what differs.
 */
#include "sync/stream.h"

#include <stdlib.h>

#include "sync/pipeline.h"
#include "sync/stream_batch.h"

/* A batch is full at either; large enough that queues cost nothing, small enough for the caches. */
#define BATCH_FILES 256
#define BATCH_BYTES (1024 * 1024)

typedef struct filler {
    const igd_stream *stream;
    igd_pipeline *pipeline; /* NULL: only count */
    igd_repo *repo;
    igd_stream_cell *cell;
    size_t slot;
    bool ended; /* the run is being ended: nothing more is wanted */
    uint64_t files;
    igd_arena *walk_mem; /* warnings of the walk until the next batch takes them */
    igd_problems warnings;
} filler;

static bool wanted(const igd_stream *stream, const igd_route *route, const igd_file *file)
{
    bool one_record = file->definition->has_key;
    switch (stream->pass) {
    case IGD_PASS_READ:
        return file->new_side.present;
    case IGD_PASS_UPSERTS:
        return file->new_side.present;
    case IGD_PASS_DELETES:
        /* A file that is still there can only lose records when it holds several. */
        return file->old_side.present &&
               (!file->new_side.present || !route->pairs || !one_record || route->kept_too);
    }
    return false;
}

static void put_cell(filler *fill)
{
    if (!fill->cell)
        return;
    igd_pipeline_put(fill->pipeline, fill->cell);
    fill->cell = NULL;
}

static bool take_cell(filler *fill)
{
    if (fill->cell)
        return true;
    fill->cell = igd_pipeline_take(fill->pipeline);
    if (!fill->cell) {
        fill->ended = true;
        return false;
    }
    fill->cell->batch.slot = fill->slot;
    return true;
}

static const igd_str *copy_ancestors(igd_arena *mem, const igd_file *file)
{
    size_t depth = igd_collection_depth(&file->definition->model);
    if (depth == 0)
        return NULL;
    igd_str *copy = IGD_NEW_ARRAY(mem, igd_str, depth);
    for (size_t n = 0; n < depth; n++)
        copy[n] = igd_arena_str(mem, file->ancestors[n]);
    return copy;
}

static int read_side(filler *fill, const igd_file_side *side, igd_arena *mem, bool *has,
                     igd_str *path, igd_blob *blob, igd_error *err)
{
    if (!side->present)
        return IGD_OK;
    int code = igd_repo_blob(fill->repo, &side->blob, blob, err);
    if (code != IGD_OK)
        return igd_error_prefix(err, "reading %.*s", IGD_STR_ARG(side->path));
    *has = true;
    *path = igd_arena_str(mem, side->path);
    fill->cell->bytes += blob->bytes.len;
    return IGD_OK;
}

static int add_file(filler *fill, const igd_file *file, igd_error *err)
{
    igd_arena *mem = fill->cell->batch.mem;
    igd_stream_item item = {.ancestors = copy_ancestors(mem, file),
                            .key = igd_arena_str(mem, file->key)};
    bool needs_old = fill->stream->pass != IGD_PASS_READ;
    int code = IGD_OK;
    if (needs_old)
        code = read_side(fill, &file->old_side, mem, &item.has_old, &item.old_path, &item.old_blob,
                         err);
    if (code == IGD_OK)
        code = read_side(fill, &file->new_side, mem, &item.has_new, &item.new_path, &item.new_blob,
                         err);
    if (code != IGD_OK) {
        igd_blob_free(&item.old_blob);
        return code;
    }
    IGD_PUSH(mem, &fill->cell->items, item);
    fill->cell->batch.files++;
    if (fill->cell->items.len >= BATCH_FILES || fill->cell->bytes >= BATCH_BYTES)
        put_cell(fill);
    return IGD_OK;
}

static int on_file(const igd_file *file, void *payload, igd_error *err)
{
    filler *fill = payload;
    const igd_stream *stream = fill->stream;
    if (fill->ended)
        return IGD_OK;
    if (!wanted(stream, &stream->routes[fill->slot], file)) {
        /* UPSERTS: a file that went away is for the DELETES pass; say that there is one. */
        if (stream->pass == IGD_PASS_UPSERTS && file->old_side.present && fill->pipeline &&
            take_cell(fill))
            fill->cell->batch.has_deletes = true;
        return IGD_OK;
    }
    fill->files++;
    if (!fill->pipeline)
        return IGD_OK;
    return take_cell(fill) ? add_file(fill, file, err) : IGD_OK;
}

static int walk_slot(filler *fill, igd_error *err)
{
    const igd_stream *stream = fill->stream;
    const igd_route *route = &stream->routes[fill->slot];
    bool old_too = route->old_slot && stream->pass != IGD_PASS_READ;
    const igd_definition *now = stream->new_side->slots[fill->slot].definition;
    const igd_definition *before = old_too ? route->old_slot->definition : NULL;
    bool said = fill->pipeline && fill->slot < stream->new_side->slot_count;
    igd_walk walk = {.all = route->all || stream->pass == IGD_PASS_READ,
                     .problems = said ? &fill->warnings : NULL,
                     .callback = on_file,
                     .payload = fill};
    /* Without pairing, each side is a walk of its own: the new one for upserts, the old one for
     * deletes. */
    if (stream->pass != IGD_PASS_DELETES || route->pairs) {
        walk.new_database = stream->new_side->database;
        walk.new_definition = now;
    }
    if (before && (stream->pass == IGD_PASS_DELETES || route->pairs)) {
        walk.old_database = route->old_side->database;
        walk.old_definition = before;
    }
    return igd_files_walk(&walk, err);
}

/* Warnings of the walk travel with a batch, so that they come out in order. */
static void flush_warnings(filler *fill)
{
    if (fill->warnings.len == 0 || !fill->pipeline || !take_cell(fill))
        return;
    igd_problems_append(&fill->cell->batch.problems, &fill->warnings);
    igd_arena_reset(fill->walk_mem);
    fill->warnings = IGD_PROBLEMS_INIT(fill->walk_mem);
}

static int walk_all(filler *fill, igd_error *err)
{
    const igd_side *side = fill->stream->new_side;
    size_t count = fill->stream->outside ? side->reach : side->slot_count;
    for (size_t n = 0; n < count && !fill->ended; n++) {
        fill->slot = fill->stream->pass == IGD_PASS_DELETES ? count - 1 - n : n;
        if (fill->stream->routes[fill->slot].skip)
            continue;
        int code = walk_slot(fill, err);
        if (code != IGD_OK)
            return code;
        flush_warnings(fill);
        if (fill->pipeline)
            put_cell(fill);
    }
    return IGD_OK;
}

static int fill_batches(igd_pipeline *pipeline, void *payload, igd_error *err)
{
    const igd_stream *stream = payload;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    filler fill = {.stream = stream,
                   .pipeline = pipeline,
                   .repo = stream->repo,
                   .walk_mem = mem,
                   .warnings = IGD_PROBLEMS_INIT(mem)};
    return walk_all(&fill, err);
}

int igd_stream_count(const igd_stream *stream, uint64_t *out, igd_error *err)
{
    filler fill = {.stream = stream};
    int code = walk_all(&fill, err);
    if (code == IGD_OK)
        *out = fill.files;
    return code;
}

/* ---- batches ---- */

static void *cell_new(void *payload IGD_UNUSED)
{
    igd_stream_cell *cell = igd_xmalloc(sizeof(*cell));
    *cell = (igd_stream_cell){.batch.mem = igd_arena_new(), .scratch = IGD_BUF_INIT};
    cell->batch.problems = IGD_PROBLEMS_INIT(cell->batch.mem);
    cell->old_problems = IGD_PROBLEMS_INIT(cell->batch.mem);
    return cell;
}

static void cell_clear(void *batch)
{
    igd_stream_cell *cell = batch;
    for (size_t n = 0; n < cell->items.len; n++) {
        igd_blob_free(&cell->items.items[n].old_blob);
        igd_blob_free(&cell->items.items[n].new_blob);
    }
    igd_arena *mem = cell->batch.mem;
    igd_buf scratch = cell->scratch;
    igd_arena_reset(mem);
    *cell = (igd_stream_cell){.batch.mem = mem, .scratch = scratch};
    cell->batch.problems = IGD_PROBLEMS_INIT(mem);
    cell->old_problems = IGD_PROBLEMS_INIT(mem);
}

static void cell_free(void *batch)
{
    igd_stream_cell *cell = batch;
    igd_arena_free(cell->batch.mem);
    igd_buf_free(&cell->scratch);
    free(cell);
}

static void work(void *batch, void *payload)
{
    igd_stream_work(batch, payload);
}

static int deliver(void *batch, void *payload, igd_error *err)
{
    const igd_stream *stream = payload;
    igd_stream_cell *cell = batch;
    return stream->callback(&cell->batch, stream->payload, err);
}

int igd_stream_run(const igd_stream *stream, igd_error *err)
{
    static const igd_pipeline_ops ops = {.batch_new = cell_new,
                                         .batch_clear = cell_clear,
                                         .batch_free = cell_free,
                                         .fill = fill_batches,
                                         .work = work,
                                         .deliver = deliver};
    size_t jobs = stream->jobs ? stream->jobs : 1;
    return igd_pipeline_run(&ops, (void *)(uintptr_t)stream, jobs, stream->stop, err);
}
