/*
 * Reading scripts: the proof that they are as they were written, and statement by statement what is
 * in them. Only the statement at hand is in memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "targets/script_head.h"
#include "targets/script_split.h"
#include "targets/script_wrap.h"

#define CHUNK         ((size_t)256 * 1024)
#define STATEMENT_MAX ((size_t)1000000000) /* as SQLite's */

struct igd_script {
    int fd;
    char *path;
    struct stat opened;
    igd_script_head head;
    size_t body; /* where it begins, and in which line */
    uint32_t body_line;
    bool names_rows;

    igd_buf window; /* what was read and is not done with */
    size_t next;    /* in the file: what follows it */
    bool whole;     /* nothing does */
    uint32_t line;  /* of the window's byte `counted` */
    size_t counted;
    igd_splitter splitter;
    igd_buf rows;
    bool any; /* a statement has come */
};

static int fail_at(const igd_script *script, uint32_t line, igd_error *err)
{
    snprintf(err->place.path, sizeof(err->place.path), "%s", script->path);
    err->place.line = line;
    return (int)err->code;
}

/* ---- opening ---- */

static int open_file(igd_script *script, igd_error *err)
{
    script->fd = open(script->path, O_RDONLY | O_CLOEXEC);
    if (script->fd < 0 || fstat(script->fd, &script->opened) != 0)
        return igd_fail_errno(err, IGD_E_USAGE, "script '%s'", script->path);
    if (S_ISREG(script->opened.st_mode))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_USAGE, "script '%s' is not a file", script->path);
    return igd_hint(err, "it is read more than once: save it to a file first");
}

/* Fills from a place of the file; *got is less only at its end. */
static int read_at(const igd_script *script, size_t at, char *to, size_t len, size_t *got,
                   igd_error *err)
{
    *got = 0;
    while (*got < len) {
        ssize_t done = pread(script->fd, to + *got, len - *got, (off_t)(at + *got));
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return igd_fail_errno(err, IGD_E_IO, "cannot read script '%s'", script->path);
        if (done == 0)
            break;
        *got += (size_t)done;
    }
    return IGD_OK;
}

static int read_head(igd_script *script, igd_arena *mem, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    size_t most = script->opened.st_size < IGD_SCRIPT_HEAD_MAX ? (size_t)script->opened.st_size
                                                               : IGD_SCRIPT_HEAD_MAX;
    igd_buf_reserve(&text, most);
    int rc = read_at(script, 0, text.ptr, most, &text.len, err);
    if (rc)
        return rc;
    igd_str head = igd_buf_view(&text), wrapped = {0};
    size_t behind = 0, *body = &script->body;
    uint32_t behind_line = 0, *line = &script->body_line;
    if (!igd_script_unwrap(head, mem, &wrapped, &behind, &behind_line)) {
        rc = igd_script_head_parse(head, mem, &script->head, body, line, err);
    } else {
        rc = igd_script_head_parse(wrapped, mem, &script->head, body, line, err);
        *body = behind;
        *line = behind_line;
    }
    return rc ? fail_at(script, err->place.line, err) : IGD_OK;
}

static int fail_checksum(const igd_script *script, igd_error *err)
{
    (void)igd_fail(err, IGD_E_CHECKSUM,
                   "the script is not as it was written: its checksum differs");
    igd_hint(err, "it was edited, or damaged on its way (line ends?): generate it again");
    return fail_at(script, 0, err);
}

/* Of the body; what it says of rows is looked for on the way. */
static int prove_body(igd_script *script, igd_error *err)
{
    const char *const mark = "-- rows ";
    const size_t overlap = strlen(mark) - 1;
    IGD_CLEANUP_PTR(igd_hash) igd_hash *hash = igd_hash_new();
    IGD_CLEANUP(igd_buf)
    igd_buf chunk = IGD_BUF_INIT;
    size_t left = (size_t)script->opened.st_size - script->body;
    size_t part = left < CHUNK ? left + 1 : CHUNK;
    igd_buf_reserve(&chunk, overlap + part);
    size_t at = script->body, kept = 0, got = 0;
    do {
        int rc = read_at(script, at, chunk.ptr + kept, part, &got, err);
        if (rc)
            return rc;
        igd_hash_add(hash, (igd_str){chunk.ptr + kept, got});
        at += got;
        size_t len = kept + got;
        if (!script->names_rows)
            script->names_rows = memmem(chunk.ptr, len, mark, overlap + 1) != NULL;
        kept = len < overlap ? len : overlap;
        memmove(chunk.ptr, chunk.ptr + len - kept, kept);
    } while (got > 0);
    char hex[65];
    igd_hash_take(hash, hex);
    return strcmp(hex, script->head.sha256) == 0 ? IGD_OK : fail_checksum(script, err);
}

int igd_script_open(const char *path, igd_arena *mem, igd_script **out, igd_error *err)
{
    igd_script *script = igd_xmalloc(sizeof(*script));
    *script = (igd_script){.fd = -1,
                           .path = igd_arena_cstr(mem, igd_str_from(path)),
                           .window = IGD_BUF_INIT,
                           .rows = IGD_BUF_INIT};
    int rc = open_file(script, err);
    if (!rc)
        rc = read_head(script, mem, err);
    if (!rc)
        rc = prove_body(script, err);
    if (!rc)
        rc = igd_script_rewind(script, err);
    if (rc) {
        igd_script_close(script);
        return rc;
    }
    *out = script;
    return IGD_OK;
}

void igd_script_close(igd_script *script)
{
    if (!script)
        return;
    if (script->fd >= 0)
        close(script->fd);
    igd_buf_free(&script->window);
    igd_buf_free(&script->rows);
    free(script);
}

const igd_script_head *igd_script_head_of(const igd_script *script)
{
    return &script->head;
}

bool igd_script_names_rows(const igd_script *script)
{
    return script->names_rows;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

int igd_script_unchanged(const igd_script *script, igd_error *err)
{
    struct stat now;
    const struct stat *then = &script->opened;
    if (fstat(script->fd, &now) == 0 && now.st_size == then->st_size &&
        same_time(now.st_mtim, then->st_mtim))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_CHECKSUM, "the script was written to while it was read");
    return igd_hint(err, "wait until it is complete, then run it again");
}

/* ---- statements ---- */

int igd_script_rewind(igd_script *script, igd_error *err)
{
    script->next = script->body;
    script->line = script->body_line;
    script->counted = 0;
    script->whole = script->any = false;
    script->splitter = (igd_splitter){0};
    igd_buf_clear(&script->window);
    return igd_script_unchanged(script, err);
}

static uint32_t lines_in(igd_str text)
{
    uint32_t lines = 0;
    for (size_t n = 0; n < text.len; n++)
        lines += text.ptr[n] == '\n';
    return lines;
}

/* The line of a view into the window, which is not before one that was asked for earlier. */
static uint32_t line_of(igd_script *script, igd_str piece)
{
    size_t at = (size_t)(piece.ptr - script->window.ptr);
    script->line +=
        lines_in(igd_str_sub(igd_buf_view(&script->window), script->counted, at - script->counted));
    script->counted = at;
    return script->line;
}

/* Forgets what is done with. */
static void drop(igd_script *script)
{
    size_t done = script->splitter.from;
    igd_buf *window = &script->window;
    line_of(script, (igd_str){window->ptr + done, 0});
    memmove(window->ptr, window->ptr + done, window->len - done);
    window->len -= done;
    script->counted = 0;
    igd_splitter_drop(&script->splitter, done);
}

/* Twice as much every time, as the beginning of what is not complete is read again. */
static int read_more(igd_script *script, igd_error *err)
{
    drop(script);
    igd_buf *window = &script->window;
    size_t wanted = window->len < CHUNK ? CHUNK : window->len, got;
    if (window->len > STATEMENT_MAX) {
        (void)igd_fail(err, IGD_E_FORMAT, "a statement of the script is longer than 1 GB");
        return fail_at(script, script->line, err);
    }
    igd_buf_reserve(window, wanted);
    int rc = read_at(script, script->next, window->ptr + window->len, wanted, &got, err);
    if (rc)
        return rc;
    script->next += got;
    window->len += got;
    window->ptr[window->len] = '\0';
    script->whole = got < wanted;
    return IGD_OK;
}

static int fail_broken(igd_script *script, igd_str piece, igd_error *err)
{
    (void)igd_fail(err, IGD_E_FORMAT, "a %s of the script has no end", script->splitter.why);
    return fail_at(script, line_of(script, piece), err);
}

bool igd_script_knows_line(igd_script_syntax syntax, igd_str line)
{
    static const char *const sqlite[] = {".bail on", NULL};
    static const char *const psql[] = {"\\set ON_ERROR_STOP on",  "\\set QUIET on",
                                       "\\set AUTOCOMMIT on",     "\\pset tuples_only on",
                                       "\\pset format unaligned", NULL};
    static const char *const none[] = {NULL};
    static const char *const *const known[] = {
        [IGD_SCRIPT_SQLITE] = sqlite, [IGD_SCRIPT_PSQL] = psql, [IGD_SCRIPT_MYSQL] = none,
        [IGD_SCRIPT_REDIS] = none,    [IGD_SCRIPT_JSON] = none, [IGD_SCRIPT_CONSUL] = none};
    for (const char *const *at = known[syntax]; *at; at++)
        if (igd_str_is(line, *at))
            return true;
    return false;
}

/* Everything that the client may be told is told at the top; anything else could not be done. */
static int check_client_line(igd_script *script, igd_script_syntax syntax, igd_str line,
                             igd_error *err)
{
    bool known = igd_script_knows_line(syntax, line);
    if (known && !script->any)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_FORMAT, "'%.*s' in the script is for the client, and %s",
                   (int)(line.len < 60 ? line.len : 60), line.ptr,
                   known ? "may stand at the top only" : "not known");
    igd_hint(err, "generate the script again; what was added to it belongs into a file of its own");
    return fail_at(script, line_of(script, line), err);
}

static int check_statement(igd_script *script, igd_str text, igd_error *err)
{
    const char *nul = memchr(text.ptr, '\0', text.len);
    if (!nul)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_FORMAT, "there is a NUL byte in a statement of the script");
    return fail_at(script, line_of(script, (igd_str){nul, 1}), err);
}

static int check_end(igd_script *script, igd_error *err)
{
    if (script->rows.len == 0)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_FORMAT, "the script ends behind rows that no statement touches");
    return fail_at(script, line_of(script, (igd_str){script->window.ptr + script->window.len, 0}),
                   err);
}

int igd_script_next(igd_script *script, igd_script_syntax syntax, igd_script_statement *out,
                    bool *more, igd_error *err)
{
    int rc = IGD_OK;
    igd_buf_clear(&script->rows);
    script->splitter.syntax = syntax;
    while (!rc) {
        igd_str piece = {0};
        igd_split what =
            igd_split_next(&script->splitter, igd_buf_view(&script->window), script->whole, &piece);
        switch (what) {
        case IGD_SPLIT_MORE:
            rc = read_more(script, err);
            break;
        case IGD_SPLIT_ROWS:
            igd_buf_str(&script->rows, piece);
            break;
        case IGD_SPLIT_BROKEN:
            return fail_broken(script, piece, err);
        case IGD_SPLIT_END:
            *more = false;
            return check_end(script, err);
        case IGD_SPLIT_CLIENT_LINE:
        case IGD_SPLIT_STATEMENT: {
            bool client = what == IGD_SPLIT_CLIENT_LINE;
            rc = client ? check_client_line(script, syntax, piece, err)
                        : check_statement(script, piece, err);
            if (rc)
                return rc;
            script->any |= !client;
            *out = (igd_script_statement){.text = piece,
                                          .role = igd_split_role(syntax, piece),
                                          .line = line_of(script, piece),
                                          .client_line = client,
                                          .rows = igd_buf_view(&script->rows)};
            *more = true;
            return IGD_OK;
        }
        }
    }
    return rc;
}
