/*
 * Texts in a temporary file, each between two copies of its length, so that it can be found from
 * both sides.
 */
#include "base/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/temp_file.h"

#define CHUNK ((size_t)256 * 1024)

struct igd_spool {
    int fd;       /* -1: none yet */
    uint64_t end; /* of what is in the file */
    igd_buf tail; /* what follows there */
};

igd_spool *igd_spool_new(void)
{
    igd_spool *spool = igd_xmalloc(sizeof(*spool));
    *spool = (igd_spool){.fd = -1, .tail = IGD_BUF_INIT};
    return spool;
}

void igd_spool_free(igd_spool *spool)
{
    if (!spool)
        return;
    if (spool->fd >= 0)
        close(spool->fd);
    igd_buf_free(&spool->tail);
    free(spool);
}

static int flush(igd_spool *spool, igd_error *err)
{
    int rc = spool->fd < 0 ? igd_temp_file(&spool->fd, err) : IGD_OK;
    for (size_t done = 0; !rc && done < spool->tail.len;) {
        ssize_t some = pwrite(spool->fd, spool->tail.ptr + done, spool->tail.len - done,
                              (off_t)(spool->end + done));
        if (some >= 0)
            done += (size_t)some;
        else if (errno != EINTR)
            rc = igd_temp_fail(err, "a temporary file");
    }
    if (rc)
        return rc;
    spool->end += spool->tail.len;
    igd_buf_clear(&spool->tail);
    return IGD_OK;
}

int igd_spool_add(igd_spool *spool, igd_str text, igd_error *err)
{
    uint64_t len = text.len;
    igd_buf_add(&spool->tail, &len, sizeof(len));
    igd_buf_str(&spool->tail, text);
    igd_buf_add(&spool->tail, &len, sizeof(len));
    return spool->tail.len < CHUNK ? IGD_OK : flush(spool, err);
}

/* `len` bytes from `at`; what is not in the file yet stands in the tail. */
static int read_at(const igd_spool *spool, uint64_t at, void *to, size_t len, igd_error *err)
{
    char *out = to;
    while (len > 0 && at < spool->end) {
        size_t most = spool->end - at < len ? (size_t)(spool->end - at) : len;
        ssize_t some = pread(spool->fd, out, most, (off_t)at);
        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0)
            return igd_temp_fail(err, "a temporary file");
        out += some;
        at += (uint64_t)some;
        len -= (size_t)some;
    }
    if (len > 0)
        memcpy(out, spool->tail.ptr + (at - spool->end), len);
    return IGD_OK;
}

static int hand_on(const igd_spool *spool, uint64_t at, uint64_t len, igd_buf *text,
                   igd_spool_callback *callback, void *payload, igd_error *err)
{
    igd_buf_clear(text);
    igd_buf_reserve(text, (size_t)len);
    int rc = read_at(spool, at, text->ptr, (size_t)len, err);
    return rc ? rc : callback((igd_str){text->ptr, (size_t)len}, payload, err);
}

int igd_spool_forward(igd_spool *spool, igd_spool_callback *callback, void *payload, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    uint64_t all = spool->end + spool->tail.len, len;
    for (uint64_t at = 0; at < all; at += len + 2 * sizeof(len)) {
        int rc = read_at(spool, at, &len, sizeof(len), err);
        if (!rc)
            rc = hand_on(spool, at + sizeof(len), len, &text, callback, payload, err);
        if (rc)
            return rc;
    }
    return IGD_OK;
}

int igd_spool_backward(igd_spool *spool, igd_spool_callback *callback, void *payload,
                       igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    uint64_t len;
    for (uint64_t at = spool->end + spool->tail.len; at > 0; at -= len + 2 * sizeof(len)) {
        int rc = read_at(spool, at - sizeof(len), &len, sizeof(len), err);
        if (!rc)
            rc = hand_on(spool, at - sizeof(len) - len, len, &text, callback, payload, err);
        if (rc)
            return rc;
    }
    return IGD_OK;
}
