/*
 * Writing scripts: a body in an unnamed temporary file, and what it becomes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/temp_file.h"
#include "targets/script_head.h"
#include "targets/script_wrap.h"

#define CHUNK ((size_t)256 * 1024)

struct igd_script_file {
    igd_script_syntax syntax;
    int fd;
    off_t size;   /* in the temporary file */
    igd_buf tail; /* what follows there */
    igd_hash *hash;
};

static int fail_temporary(igd_error *err)
{
    return igd_temp_fail(err, "the temporary file of a script");
}

int igd_script_file_new(igd_script_syntax syntax, igd_script_file **out, igd_error *err)
{
    int fd;
    int code = igd_temp_file(&fd, err);
    if (code != IGD_OK)
        return code;
    igd_script_file *file = igd_xmalloc(sizeof(*file));
    *file =
        (igd_script_file){.syntax = syntax, .fd = fd, .tail = IGD_BUF_INIT, .hash = igd_hash_new()};
    *out = file;
    return IGD_OK;
}

void igd_script_file_free(igd_script_file *file)
{
    if (!file)
        return;
    close(file->fd);
    igd_buf_free(&file->tail);
    igd_hash_free(file->hash);
    free(file);
}

/* False with errno. */
static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, bytes, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes += done;
        len -= (size_t)done;
    }
    return true;
}

static int flush(igd_script_file *file, igd_error *err)
{
    if (!write_all(file->fd, file->tail.ptr, file->tail.len))
        return fail_temporary(err);
    file->size += (off_t)file->tail.len;
    igd_buf_clear(&file->tail);
    return IGD_OK;
}

int igd_script_put(igd_script_file *file, igd_str text, igd_error *err)
{
    igd_hash_add(file->hash, text);
    igd_buf_str(&file->tail, text);
    return file->tail.len < CHUNK ? IGD_OK : flush(file, err);
}

/* All of a body, in chunks. */
static int each_chunk(igd_script_file *file, int (*take)(void *to, igd_str chunk, igd_error *err),
                      void *to, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf chunk = IGD_BUF_INIT;
    igd_buf_reserve(&chunk, CHUNK);
    int rc = flush(file, err);
    for (off_t at = 0; !rc && at < file->size;) {
        ssize_t got = pread(file->fd, chunk.ptr, CHUNK, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail_temporary(err);
        at += got;
        rc = take(to, (igd_str){chunk.ptr, (size_t)got}, err);
    }
    return rc;
}

static int put_chunk(void *to, igd_str chunk, igd_error *err)
{
    return igd_script_put(to, chunk, err);
}

int igd_script_append(igd_script_file *file, igd_script_file *from, igd_error *err)
{
    int rc = each_chunk(from, put_chunk, file, err);
    if (rc)
        return rc;
    char unused[65];
    igd_hash_take(from->hash, unused);
    if (ftruncate(from->fd, 0) != 0 || lseek(from->fd, 0, SEEK_SET) != 0)
        return fail_temporary(err);
    from->size = 0;
    return IGD_OK;
}

/* ---- the file that it becomes ---- */

typedef struct output {
    int fd;
    const char *path; /* for messages */
} output;

static int fail_output(const output *to, igd_error *err)
{
    return igd_fail_errno(err, IGD_E_IO, "cannot write the script to '%s'", to->path);
}

static int write_chunk(void *payload, igd_str chunk, igd_error *err)
{
    const output *to = payload;
    return write_all(to->fd, chunk.ptr, chunk.len) ? IGD_OK : fail_output(to, err);
}

static int write_script(igd_script_file *file, igd_str head, const output *to, igd_error *err)
{
    int rc = write_chunk((void *)to, head, err);
    return rc ? rc : each_chunk(file, write_chunk, (void *)to, err);
}

static int fail_exists(const char *path, igd_error *err)
{
    (void)igd_fail(err, IGD_E_USAGE, "'%s' exists", path);
    return igd_hint(err, "--force replaces it");
}

/* Gives the file its name. Without force another one that got the name meanwhile stays. */
static int put_in_place(const char *temporary, const output *to, bool force, igd_error *err)
{
    if (!force && link(temporary, to->path) == 0) {
        unlink(temporary);
        return IGD_OK;
    }
    if (!force && errno == EEXIST)
        return fail_exists(to->path, err);
    /* With force, or where files have one name only. */
    return rename(temporary, to->path) == 0 ? IGD_OK : fail_output(to, err);
}

static int write_beside(igd_script_file *file, igd_str head, const char *path, bool force,
                        igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf temporary = IGD_BUF_INIT;
    igd_buf_printf(&temporary, "%s.%ld.tmp", path, (long)getpid());
    output to = {.path = path};
    to.fd = open(temporary.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (to.fd < 0)
        return fail_output(&to, err);
    int rc = write_script(file, head, &to, err);
    if (!rc && fsync(to.fd) != 0)
        rc = fail_output(&to, err);
    if (close(to.fd) != 0 && !rc)
        rc = fail_output(&to, err);
    if (!rc)
        rc = put_in_place(temporary.ptr, &to, force, err);
    if (rc)
        unlink(temporary.ptr);
    return rc;
}

/* A pipe or a device is written to, not replaced. */
static int write_into(igd_script_file *file, igd_str head, const char *path, igd_error *err)
{
    output to = {.path = path};
    to.fd = open(path, O_WRONLY | O_CLOEXEC);
    if (to.fd < 0)
        return fail_output(&to, err);
    int rc = write_script(file, head, &to, err);
    if (close(to.fd) != 0 && !rc)
        rc = fail_output(&to, err);
    return rc;
}

static int finish(igd_script_file *file, igd_str head, const char *path, bool force, igd_error *err)
{
    struct stat info;
    if (!path)
        return write_script(file, head, &(output){STDOUT_FILENO, "standard output"}, err);
    if (stat(path, &info) != 0)
        return write_beside(file, head, path, force, err);
    if (S_ISDIR(info.st_mode)) {
        (void)igd_fail(err, IGD_E_USAGE, "'%s' is a directory", path);
        return igd_hint(err, "name a file");
    }
    if (!S_ISREG(info.st_mode))
        return write_into(file, head, path, err);
    if (!force)
        return fail_exists(path, err);
    char *real = realpath(path, NULL); /* a symbolic link stays one */
    int rc = write_beside(file, head, real ? real : path, force, err);
    free(real);
    return rc;
}

int igd_script_finish(igd_script_file *file, igd_script_head *head, const char *path, bool force,
                      igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_hash_take(file->hash, head->sha256);
    IGD_CLEANUP(igd_buf)
    igd_buf whole = IGD_BUF_INIT;
    igd_script_head_write(head, &text);
    igd_script_wrap(file->syntax, igd_buf_view(&text), &whole);
    return finish(file, igd_buf_view(&whole), path, force, err);
}

int igd_script_finish_plain(igd_script_file *file, const char *path, bool force, igd_error *err)
{
    return finish(file, igd_script_opening(file->syntax), path, force, err);
}
