/*
 * Migration scripts: a header is refused, or written again as it was; statements end where SQLite
 * itself says; and for every client at the same places, however the text is cut into parts.
 */
#include <sqlite3.h>
#include <stdlib.h>

#include "targets/script_head.h"
#include "targets/script_split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_head(igd_str text, igd_arena *mem)
{
    igd_error err;
    igd_script_head first, second;
    size_t body, again;
    uint32_t line;
    if (igd_script_head_parse(text, mem, &first, &body, &line, &err) != IGD_OK)
        return;
    IGD_CLEANUP(igd_buf)
    igd_buf written = IGD_BUF_INIT;
    igd_script_head_write(&first, &written);
    if (igd_script_head_parse(igd_buf_view(&written), mem, &second, &again, &line, &err) ||
        again != written.len || second.risks.len != first.risks.len ||
        !igd_str_eq(second.source, first.source))
        abort();
}

/* The same header with the checksum that it needs to be looked at at all. */
static void try_proven_head(igd_str text, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf proven = IGD_BUF_INIT;
    char hex[65];
    igd_buf_printf(&proven, "-- ingitdb migration script %d\n", IGD_SCRIPT_FORMAT);
    igd_buf_str(&proven, text);
    igd_buf_byte(&proven, '\n');
    igd_sha256_hex(igd_buf_view(&proven), hex);
    igd_buf_printf(&proven, "-- head: %s\n-- body\n", hex);
    try_head(igd_buf_view(&proven), mem);
}

/* A statement is complete, and was not before its last semicolon. */
static void check_statement(igd_str text, igd_arena *mem)
{
    if (memchr(text.ptr, '\0', text.len))
        return;
    char *copy = igd_arena_cstr(mem, text);
    if (!sqlite3_complete(copy))
        abort();
    if (text.len > 4096)
        return;
    for (size_t n = text.len - 1; n > 0; n--)
        if (copy[n] == ';') {
            copy[n] = '\0';
            break;
        }
    for (size_t n = 0; copy[n]; n++)
        if (copy[n] == ';') {
            char kept = copy[n + 1];
            copy[n + 1] = '\0';
            if (sqlite3_complete(copy))
                abort();
            copy[n + 1] = kept;
        }
}

static void try_split(igd_script_syntax syntax, igd_str text, size_t part, igd_arena *mem,
                      igd_buf *out)
{
    igd_splitter splitter = {.syntax = syntax};
    size_t given = part < text.len ? part : text.len, dropped = 0;
    for (;;) {
        igd_str piece = {0};
        igd_str now = {text.ptr + dropped, given - dropped};
        igd_split what = igd_split_next(&splitter, now, given == text.len, &piece);
        if (what == IGD_SPLIT_MORE) {
            dropped += splitter.from;
            igd_splitter_drop(&splitter, splitter.from);
            given = text.len - given > part ? given + part : text.len;
            continue;
        }
        igd_buf_printf(out, "%d %zu %zu\n", (int)what,
                       piece.ptr ? (size_t)(piece.ptr - text.ptr) : 0, piece.len);
        if (what == IGD_SPLIT_END || what == IGD_SPLIT_BROKEN)
            return;
        if (what == IGD_SPLIT_STATEMENT && syntax == IGD_SCRIPT_SQLITE)
            check_statement(piece, mem);
    }
}

static void try_parts(igd_script_syntax syntax, igd_str text, igd_arena *mem)
{
    static const size_t parts[] = {1, 7, 64};
    IGD_CLEANUP(igd_buf)
    igd_buf whole = IGD_BUF_INIT;
    try_split(syntax, text, text.len + 1, mem, &whole);
    for (size_t n = 0; n < IGD_COUNT(parts) && text.len < 4096; n++) {
        IGD_CLEANUP(igd_buf)
        igd_buf same = IGD_BUF_INIT;
        try_split(syntax, text, parts[n], mem, &same);
        if (!igd_str_eq(igd_buf_view(&whole), igd_buf_view(&same)))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str text = {(const char *)data, size};
    try_head(text, mem);
    try_proven_head(text, mem);
    try_parts(IGD_SCRIPT_SQLITE, text, mem);
    try_parts(IGD_SCRIPT_PSQL, text, mem);
    try_parts(IGD_SCRIPT_MYSQL, text, mem);
    try_parts(IGD_SCRIPT_REDIS, text, mem);
    try_parts(IGD_SCRIPT_JSON, text, mem);
    try_parts(IGD_SCRIPT_CONSUL, text, mem);
    return 0;
}
