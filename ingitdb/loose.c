/*
 * Loose objects, inflated by ourselves. libgit2 1.5 asks zlib for more of a file that has ended
 * again and again when the file was cut short, as a crash or a full disk leaves it, or when its
 * zlib stream stops early. A backend in front of its own yields the object, or says what is wrong
 * with the file. Directories of other repositories (alternates) are covered as the repository's
 * own.
 */
#include "ingitdb/loose.h"

#include <dirent.h>
#include <fcntl.h>
#include <git2/sys/odb_backend.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/list.h"

/* Before libgit2's own, whose priorities are 1 (loose) and 2 (packs). */
#define GUARD_PRIORITY 3

/* As git: alternates of alternates, up to this depth. */
#define ALTERNATES_DEPTH 5

#define HEX              GIT_OID_HEXSZ
#define FAN_OUT          256
#define HEAD_MAX         64

/* Deflate makes no text more than 1032 times shorter. */
#define DEFLATE_RATIO 1032u

typedef struct object_dir {
    const char *path;
    bool absent[FAN_OUT]; /* a directory that is not there is not looked at again: packs are fast */
} object_dir;

typedef struct guard {
    git_odb_backend base;
    git_odb_backend *packs; /* of the repository itself, which is read before the loose objects */
    igd_arena *mem;
    object_dir **items;
    size_t len, cap;
} guard;

/* To map a file costs more than to read a few kilobytes. */
#define SMALL 8192

typedef struct loose_file {
    const unsigned char *bytes;
    size_t len;
    bool mapped;
    unsigned char small[SMALL];
} loose_file;

static void unmap(loose_file *file)
{
    if (file->mapped)
        munmap((void *)(uintptr_t)file->bytes, file->len);
}

/* ---- one file ---- */

static bool take_bytes(int fd, off_t size, loose_file *out)
{
    out->len = (size_t)size;
    if (out->len <= SMALL) {
        out->bytes = out->small;
        return read(fd, out->small, out->len) == (ssize_t)size;
    }
    void *bytes = mmap(NULL, out->len, PROT_READ, MAP_PRIVATE, fd, 0);
    out->mapped = bytes != MAP_FAILED;
    out->bytes = bytes;
    return out->mapped;
}

/* Opens the file of the object. False: there is none here, or none that we could open. */
static bool take_object(object_dir *dir, const char *hex, loose_file *out)
{
    char path[PATH_MAX];
    char byte[3] = {hex[0], hex[1], '\0'};
    unsigned long fan = strtoul(byte, NULL, 16);
    struct stat info;
    if (dir->absent[fan] ||
        snprintf(path, sizeof(path), "%s/%s/%s", dir->path, byte, hex + 2) >= (int)sizeof(path))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        path[strlen(dir->path) + 3] = '\0';
        dir->absent[fan] = stat(path, &info) != 0;
        return false;
    }
    bool got = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && take_bytes(fd, info.st_size, out);
    close(fd);
    return got;
}

static void end_stream(z_stream *z)
{
    inflateEnd(z);
}

/* Inflates up to `room` bytes of what is left; *ended when the stream is complete. */
static size_t inflate_some(z_stream *z, const loose_file *file, unsigned char *out, size_t room,
                           bool *ended)
{
    size_t done = 0;
    int code = Z_OK;
    while (code == Z_OK && done < room) {
        size_t left = file->len - (size_t)(z->next_in - file->bytes);
        size_t space = room - done;
        z->avail_in = left > INT_MAX ? INT_MAX : (uInt)left;
        z->avail_out = space > INT_MAX ? INT_MAX : (uInt)space;
        z->next_out = out + done;
        code = inflate(z, Z_NO_FLUSH);
        done = (size_t)(z->next_out - out);
    }
    *ended = code == Z_STREAM_END;
    return done;
}

/* "blob 12" and a NUL: the type, the size, and where the object begins. */
static bool read_head(const unsigned char *head, size_t len, git_object_t *type, size_t *size,
                      size_t *begin)
{
    const unsigned char *end = memchr(head, 0, len);
    const char *text = (const char *)head;
    char word[8];
    char *behind = NULL;
    size_t letters = end ? strcspn(text, " ") : 0;
    if (!end || letters == 0 || letters >= sizeof(word) || text[letters] != ' ' ||
        text[letters + 1] < '0' || text[letters + 1] > '9')
        return false;
    memcpy(word, text, letters);
    word[letters] = '\0';
    *type = git_object_string2type(word);
    unsigned long long number = strtoull(text + letters + 1, &behind, 10);
    *size = (size_t)number;
    *begin = (size_t)(end - head) + 1;
    return *type != GIT_OBJECT_INVALID && behind == (const char *)end && number < SIZE_MAX / 2;
}

/* Yields what is wrong with the file, or NULL. */
static const char *inflate_object(guard *g, const loose_file *file, void **out, size_t *len,
                                  git_object_t *type)
{
    __attribute__((cleanup(end_stream))) z_stream z = {.next_in = file->bytes};
    unsigned char head[HEAD_MAX], beyond[1];
    bool ended = false;
    size_t size = 0, begin = 0;
    if (file->len == 0)
        return "its file is empty";
    if (inflateInit(&z) != Z_OK)
        return "zlib has no memory";
    size_t got = inflate_some(&z, file, head, sizeof(head), &ended);
    if (!read_head(head, got, type, &size, &begin))
        return "its file is cut short or damaged: it has no header";
    if (size / DEFLATE_RATIO > file->len)
        return "its file is cut short or damaged: it is too short for the size in its header";
    size_t first = got - begin;
    unsigned char *data = first > size ? NULL : git_odb_backend_data_alloc(&g->base, size + 1);
    if (!data)
        return "its size is not the one in its header";
    memcpy(data, head + begin, first);
    size_t total = first;
    if (!ended)
        total += inflate_some(&z, file, data + first, size - first, &ended);
    /* The checksum may still be to come when all bytes are there. */
    bool longer = !ended && total == size && inflate_some(&z, file, beyond, 1, &ended) > 0;
    if (longer || !ended || total != size) {
        git_odb_backend_data_free(&g->base, data);
        return "its file is cut short or damaged";
    }
    data[size] = 0;
    *out = data;
    *len = size;
    return NULL;
}

/* ---- the backend ---- */

/* Whether a pack has it, too: libgit2 reads that first, and a damaged copy does not matter. */
static bool is_packed(const guard *g, const git_oid *id)
{
    return g->packs && g->packs->exists(g->packs, id);
}

static int guard_read(void **out, size_t *len, git_object_t *type, git_odb_backend *backend,
                      const git_oid *id)
{
    guard *g = (guard *)backend;
    char hex[HEX + 1];
    git_oid_tostr(hex, sizeof(hex), id);
    for (size_t n = 0; n < g->len; n++) {
        __attribute__((cleanup(unmap))) loose_file file;
        file.mapped = false;
        if (!take_object(g->items[n], hex, &file))
            continue;
        const char *wrong = inflate_object(g, &file, out, len, type);
        if (!wrong)
            return 0;
        if (is_packed(g, id))
            return GIT_PASSTHROUGH;
        git_error_set_str(GIT_ERROR_ODB, wrong);
        return GIT_ERROR;
    }
    return GIT_PASSTHROUGH;
}

/* An abbreviated id: which object it is says libgit2, after those that it may be were read. */
static int guard_read_prefix(git_oid *found, void **out, size_t *len, git_object_t *type,
                             git_odb_backend *backend, const git_oid *start, size_t digits)
{
    guard *g = (guard *)backend;
    char prefix[HEX + 1], hex[HEX + 1];
    (void)found;
    git_oid_tostr(prefix, sizeof(prefix), start);
    for (size_t n = 0; digits > 2 && n < g->len; n++) {
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        igd_str path = igd_arena_printf(mem, "%s/%.2s", g->items[n]->path, prefix);
        DIR *dir = opendir(igd_arena_cstr(mem, path));
        const struct dirent *entry;
        int code = 0;
        while (dir && code == 0 && (entry = readdir(dir))) {
            git_oid id;
            if (strncmp(entry->d_name, prefix + 2, digits - 2) != 0 ||
                snprintf(hex, sizeof(hex), "%.2s%s", prefix, entry->d_name) != HEX ||
                git_oid_fromstr(&id, hex) != 0)
                continue;
            void *data = NULL;
            code = guard_read(&data, len, type, backend, &id);
            code = code == GIT_PASSTHROUGH ? 0 : code;
            git_odb_backend_data_free(backend, data);
        }
        if (dir)
            closedir(dir);
        if (code != 0)
            return code;
    }
    (void)out;
    return GIT_PASSTHROUGH;
}

static void guard_free(git_odb_backend *backend)
{
    guard *g = (guard *)backend;
    igd_arena_free(g->mem);
    free(g);
}

/* ---- where objects are ---- */

static void add_directory(guard *g, const char *path, unsigned depth)
{
    object_dir *dir = IGD_NEW(g->mem, object_dir);
    dir->path = path;
    IGD_PUSH(g->mem, g, dir);
    FILE *file =
        depth == 0
            ? NULL
            : fopen(igd_arena_cstr(g->mem, igd_arena_printf(g->mem, "%s/info/alternates", path)),
                    "re");
    char line[PATH_MAX];
    while (file && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#')
            continue;
        bool absolute = line[0] == '/';
        igd_str other =
            igd_arena_printf(g->mem, "%s%s%s", absolute ? "" : path, absolute ? "" : "/", line);
        add_directory(g, igd_arena_cstr(g->mem, other), depth - 1);
    }
    if (file)
        fclose(file);
}

int igd_loose_guard(git_odb *odb, const char *objects)
{
    guard *g = igd_xmalloc(sizeof(*g));
    *g = (guard){0};
    int code = git_odb_init_backend(&g->base, GIT_ODB_BACKEND_VERSION);
    g->base.read = guard_read;
    g->base.read_prefix = guard_read_prefix;
    g->base.free = guard_free;
    g->mem = igd_arena_new();
    add_directory(g, igd_arena_cstr(g->mem, igd_str_from(objects)), ALTERNATES_DEPTH);
    /* The first one; that of loose objects writes no packs. Later libgit2 holds a lock over it. */
    git_odb_backend *first = NULL;
    if (git_odb_get_backend(&first, odb, 0) == 0 && first->writepack)
        g->packs = first;
    if (code == 0)
        code = git_odb_add_backend(odb, &g->base, GUARD_PRIORITY);
    if (code != 0)
        guard_free(&g->base);
    return code;
}
