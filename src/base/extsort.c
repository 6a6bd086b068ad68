/*
 * External sort: records are gathered in memory, sorted and written as runs, one behind the other,
 * into one unlinked file; the runs are then merged through a heap of their first records. When
 * there are more runs than the memory has room for, passes that merge groups of them come first.
 */
#include "base/extsort.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/temp_file.h"

#define MERGE_BUFFER (size_t)16384 /* below that, reading a run costs more seeks than bytes */
#define FAN_IN_LEAST (size_t)8

/* Sorted records in a file. */
typedef struct run {
    off_t offset;
    size_t count;
} run;

typedef struct run_file {
    int fd; /* -1: none yet */
    off_t end;
    run *runs;
    size_t len, cap;
} run_file;

/* Reads one run through a buffer. */
typedef struct cursor {
    char *buffer;
    size_t have, used; /* records in the buffer, and how many of them were delivered */
    run rest;          /* what is still to be read */
} cursor;

typedef struct merge {
    int fd;
    size_t buffer_records;
    char *buffers;
    cursor *cursors;
    size_t *heap; /* cursors that are not at their end, the least record on top */
    size_t len;
    bool delivered; /* the record on top is with the caller; the next call moves on */
} merge;

struct igd_extsort {
    size_t record_size, memory_limit;
    igd_extsort_cmp *compare;
    size_t count;
    bool started;
    char *records;
    size_t len, cap, most; /* records in memory */
    size_t next;           /* the one to be delivered, if nothing was spilled */
    run_file file;
    merge merge;
};

igd_extsort *igd_extsort_new(size_t record_size, size_t memory_limit, igd_extsort_cmp *compare)
{
    igd_extsort *sort = igd_xmalloc(sizeof(*sort));
    *sort = (igd_extsort){
        .record_size = record_size,
        .memory_limit = memory_limit,
        .compare = compare,
        /* Half of the limit, because qsort (a merge sort in glibc) takes the same again. */
        .most = memory_limit / 2 / record_size,
        .file.fd = -1,
    };
    if (sort->most < 2)
        sort->most = 2;
    return sort;
}

static void close_file(run_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    free(file->runs);
    *file = (run_file){.fd = -1};
}

static void close_merge(merge *from)
{
    free(from->buffers);
    free(from->cursors);
    free(from->heap);
    *from = (merge){0};
}

void igd_extsort_free(igd_extsort *sort)
{
    if (!sort)
        return;
    close_merge(&sort->merge);
    close_file(&sort->file);
    free(sort->records);
    free(sort);
}

size_t igd_extsort_count(const igd_extsort *sort)
{
    return sort->count;
}

static int open_file(run_file *file, igd_error *err)
{
    file->end = 0;
    return igd_temp_file(&file->fd, err);
}

static int write_bytes(run_file *file, const char *bytes, size_t len, igd_error *err)
{
    while (len > 0) {
        ssize_t done = pwrite(file->fd, bytes, len, file->end);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            igd_fail_errno(err, IGD_E_IO, "cannot write a temporary file");
            return igd_hint(err, "TMPDIR says which directory is used");
        }
        bytes += done;
        len -= (size_t)done;
        file->end += done;
    }
    return IGD_OK;
}

static int read_bytes(int fd, char *bytes, size_t len, off_t offset, igd_error *err)
{
    while (len > 0) {
        ssize_t done = pread(fd, bytes, len, offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return igd_fail_errno(err, IGD_E_IO, "cannot read a temporary file");
        if (done == 0)
            return igd_fail(err, IGD_E_IO, "a temporary file is shorter than what was written");
        bytes += done;
        len -= (size_t)done;
        offset += done;
    }
    return IGD_OK;
}

static void add_run(run_file *file, off_t offset, size_t count)
{
    if (file->len == file->cap) {
        file->cap = file->cap == 0 ? 16 : file->cap * 2;
        file->runs = igd_xrealloc(file->runs, file->cap * sizeof(*file->runs));
    }
    file->runs[file->len++] = (run){offset, count};
}

static void sort_memory(igd_extsort *sort)
{
    if (sort->len > 1)
        qsort(sort->records, sort->len, sort->record_size, sort->compare);
}

static int spill(igd_extsort *sort, igd_error *err)
{
    if (sort->file.fd < 0 && open_file(&sort->file, err) != IGD_OK)
        return (int)err->code;
    sort_memory(sort);
    off_t offset = sort->file.end;
    size_t bytes = sort->len * sort->record_size;
    if (write_bytes(&sort->file, sort->records, bytes, err) != IGD_OK) {
        sort->file.end = offset;
        return (int)err->code;
    }
    add_run(&sort->file, offset, sort->len);
    sort->len = 0;
    return IGD_OK;
}

int igd_extsort_add(igd_extsort *sort, const void *record, igd_error *err)
{
    if (sort->started)
        return igd_fail(err, IGD_E_BUG, "a record is added to a sort that has been started");
    if (sort->len == sort->most && spill(sort, err) != IGD_OK)
        return (int)err->code;
    if (sort->len == sort->cap) {
        /* Most sorts are small: the memory grows to the limit instead of being taken at once. */
        size_t cap = sort->cap < 64 ? 64 : sort->cap * 2;
        sort->cap = cap < sort->most ? cap : sort->most;
        sort->records = igd_xrealloc(sort->records, sort->cap * sort->record_size);
    }
    memcpy(sort->records + sort->len * sort->record_size, record, sort->record_size);
    sort->len++;
    sort->count++;
    return IGD_OK;
}

static const char *top_record(const igd_extsort *sort, const cursor *from)
{
    return from->buffer + from->used * sort->record_size;
}

/* Equal records come in the order of their runs, so that the result does not depend on the heap. */
static bool before(const igd_extsort *sort, const merge *from, size_t a, size_t b)
{
    int order =
        sort->compare(top_record(sort, &from->cursors[a]), top_record(sort, &from->cursors[b]));
    return order != 0 ? order < 0 : a < b;
}

static void sift_down(const igd_extsort *sort, merge *from, size_t at)
{
    size_t *heap = from->heap;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= from->len)
            return;
        if (child + 1 < from->len && before(sort, from, heap[child + 1], heap[child]))
            child++;
        if (before(sort, from, heap[at], heap[child]))
            return;
        size_t moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
        at = child;
    }
}

/* Reads on; have is 0 at the end of the run. */
static int fill(const igd_extsort *sort, const merge *from, cursor *to, igd_error *err)
{
    size_t count = to->rest.count < from->buffer_records ? to->rest.count : from->buffer_records;
    size_t bytes = count * sort->record_size;
    if (read_bytes(from->fd, to->buffer, bytes, to->rest.offset, err) != IGD_OK)
        return (int)err->code;
    to->have = count;
    to->used = 0;
    to->rest.offset += (off_t)bytes;
    to->rest.count -= count;
    return IGD_OK;
}

/* Records that a buffer may hold when `buffers` of them share the memory. */
static size_t records_each(const igd_extsort *sort, size_t buffers)
{
    size_t count = sort->memory_limit / buffers / sort->record_size;
    return count > 0 ? count : 1;
}

static int open_merge(igd_extsort *sort, const run *runs, size_t count, igd_error *err)
{
    merge *from = &sort->merge;
    close_merge(from);
    from->fd = sort->file.fd;
    from->buffer_records = records_each(sort, count + 1); /* one more for a pass to write */
    size_t bytes = from->buffer_records * sort->record_size;
    from->buffers = igd_xmalloc(count * bytes);
    from->cursors = igd_xmalloc(count * sizeof(*from->cursors));
    from->heap = igd_xmalloc(count * sizeof(*from->heap));
    for (size_t n = 0; n < count; n++) {
        from->cursors[n] = (cursor){.buffer = from->buffers + n * bytes, .rest = runs[n]};
        from->heap[n] = n;
        if (fill(sort, from, &from->cursors[n], err) != IGD_OK)
            return (int)err->code;
    }
    from->len = count;
    for (size_t n = count / 2; n-- > 0;)
        sift_down(sort, from, n);
    return IGD_OK;
}

static int merge_next(igd_extsort *sort, const void **record, igd_error *err)
{
    merge *from = &sort->merge;
    if (from->delivered && from->len > 0) {
        cursor *top = &from->cursors[from->heap[0]];
        if (top->used + 1 < top->have)
            top->used++;
        else if (fill(sort, from, top, err) != IGD_OK)
            return (int)err->code;
        if (top->have == 0)
            from->heap[0] = from->heap[--from->len];
        sift_down(sort, from, 0);
    }
    from->delivered = from->len > 0;
    *record = from->delivered ? top_record(sort, &from->cursors[from->heap[0]]) : NULL;
    return IGD_OK;
}

/* Merges some runs into one at the end of `to`. */
static int merge_group(igd_extsort *sort, const run *runs, size_t count, run_file *to,
                       igd_error *err)
{
    if (open_merge(sort, runs, count, err) != IGD_OK)
        return (int)err->code;
    size_t room = sort->merge.buffer_records * sort->record_size;
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_buf_reserve(&out, room);
    off_t offset = to->end;
    size_t total = 0;
    for (const void *record;; total++) {
        if (merge_next(sort, &record, err) != IGD_OK)
            return (int)err->code;
        if (!record || out.len == room) {
            if (write_bytes(to, out.ptr, out.len, err) != IGD_OK)
                return (int)err->code;
            igd_buf_clear(&out);
        }
        if (!record)
            break;
        igd_buf_add(&out, record, sort->record_size);
    }
    add_run(to, offset, total);
    return IGD_OK;
}

/* Replaces the file by one in which groups of `fan_in` runs have become one. */
static int merge_pass(igd_extsort *sort, size_t fan_in, igd_error *err)
{
    run_file to = {.fd = -1};
    if (open_file(&to, err) != IGD_OK)
        return (int)err->code;
    for (size_t n = 0; n < sort->file.len; n += fan_in) {
        size_t left = sort->file.len - n;
        size_t count = left < fan_in ? left : fan_in;
        if (merge_group(sort, sort->file.runs + n, count, &to, err) != IGD_OK) {
            close_file(&to);
            return (int)err->code;
        }
    }
    close_file(&sort->file);
    sort->file = to;
    return IGD_OK;
}

int igd_extsort_start(igd_extsort *sort, igd_error *err)
{
    if (sort->file.len == 0) {
        if (!sort->started)
            sort_memory(sort);
        sort->next = 0;
        sort->started = true;
        return IGD_OK;
    }
    sort->started = false; /* a start that fails leaves nothing that could be read as the end */
    if (sort->len > 0 && spill(sort, err) != IGD_OK)
        return (int)err->code;
    /* The buffers of the runs take the place of the records in the memory. */
    free(sort->records);
    sort->records = NULL;
    sort->cap = 0;

    size_t buffer = sort->record_size > MERGE_BUFFER ? sort->record_size : MERGE_BUFFER;
    size_t fan_in = sort->memory_limit / buffer;
    if (fan_in < FAN_IN_LEAST)
        fan_in = FAN_IN_LEAST;
    while (sort->file.len > fan_in) {
        if (merge_pass(sort, fan_in, err) != IGD_OK)
            return (int)err->code;
    }
    if (open_merge(sort, sort->file.runs, sort->file.len, err) != IGD_OK)
        return (int)err->code;
    sort->started = true;
    return IGD_OK;
}

int igd_extsort_next(igd_extsort *sort, const void **record, igd_error *err)
{
    if (!sort->started)
        return igd_fail(err, IGD_E_BUG, "a sort is read before it has been started");
    if (sort->file.len > 0)
        return merge_next(sort, record, err);
    *record = sort->next < sort->len ? sort->records + sort->next++ * sort->record_size : NULL;
    return IGD_OK;
}
