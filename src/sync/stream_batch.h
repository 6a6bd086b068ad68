/*
 * Private to the stream: batches while they are filled and worked on.
 */
#ifndef IGD_SYNC_STREAM_BATCH_H
#define IGD_SYNC_STREAM_BATCH_H

#include "ingitdb/files.h"
#include "sync/stream.h"

/* One file pair with its bytes. */
typedef struct igd_stream_item {
    const igd_str *ancestors;
    igd_str key;
    bool has_old, has_new;
    igd_str old_path, new_path;
    igd_blob old_blob, new_blob;
} igd_stream_item;

typedef struct igd_stream_cell {
    igd_stream_batch batch;    /* first: what is delivered */
    igd_problems old_problems; /* what was wrong on the old side is not news */
    IGD_LIST(igd_stream_item) items;
    size_t bytes;
    igd_buf scratch;
} igd_stream_cell;

/* Works on a filled cell: parses both sides of every item and derives the changes. */
void igd_stream_work(igd_stream_cell *cell, const igd_stream *stream);

#endif
