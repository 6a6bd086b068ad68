/*
 * Commits, closer: what their objects name, and what people want to know of them.
 *
 * The links are read from the object's bytes: libgit2 1.7 and later hide the parents at the
 * boundary of a shallow clone, which then looks like a beginning.
 */
#include <iconv.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "ingitdb/history.h"
#include "ingitdb/repo_private.h"

/* The seconds of "committer Name <mail> 1700000000 +0100". */
static int64_t time_of(igd_str line)
{
    ptrdiff_t end = igd_str_rfind(line, '>');
    if (end < 0)
        return 0;
    char digits[24] = "";
    igd_str rest = igd_str_trim(igd_str_sub(line, (size_t)end + 1, line.len));
    igd_str number = igd_str_sub(rest, 0, sizeof(digits) - 1);
    if (number.len > 0)
        memcpy(digits, number.ptr, number.len);
    return strtoll(digits, NULL, 10);
}

static void read_lines(igd_str rest, igd_arena *mem, igd_commit_links *out)
{
    static const igd_str tree = {"tree ", 5}, parent = {"parent ", 7},
                         committer = {"committer ", 10};
    igd_str line;
    igd_oid id;
    while (igd_str_split(&rest, '\n', &line) && line.len > 0) {
        if (igd_str_starts(line, tree))
            (void)igd_oid_parse(igd_str_sub(line, tree.len, line.len), &out->tree);
        else if (igd_str_starts(line, parent) &&
                 igd_oid_parse(igd_str_sub(line, parent.len, line.len), &id))
            IGD_PUSH(mem, &out->parents, id);
        else if (igd_str_starts(line, committer))
            out->time = time_of(line);
    }
}

bool igd_repo_commit_links(igd_repo *repo, const igd_oid *id, igd_arena *mem, igd_commit_links *out)
{
    git_oid git_id = igd_oid_to_git(id);
    git_odb_object *object = NULL;
    if (git_odb_read(&object, repo->odb, &git_id) < 0)
        return false;
    bool is_commit = git_odb_object_type(object) == GIT_OBJECT_COMMIT;
    *out = (igd_commit_links){0};
    if (is_commit)
        read_lines((igd_str){git_odb_object_data(object), git_odb_object_size(object)}, mem, out);
    git_odb_object_free(object);
    return is_commit;
}

/* ---- for people ---- */

/* From the encoding that the commit names to UTF-8; as it is when that cannot be done. */
static igd_str to_utf8(const char *text, const char *encoding, igd_arena *mem)
{
    igd_str given = igd_str_from(text);
    if (!encoding || strcasecmp(encoding, "UTF-8") == 0 || given.len == 0)
        return igd_arena_str(mem, given);
    iconv_t converter = iconv_open("UTF-8", encoding);
    if (converter == (iconv_t)-1)
        return igd_arena_str(mem, given);
    /* No character of a known encoding takes more than four bytes of UTF-8 for one of its own. */
    size_t room = given.len * 4, left = room, rest = given.len;
    char *in = igd_arena_cstr(mem, given), *start = igd_arena_alloc(mem, room), *out = start;
    bool done = iconv(converter, &in, &rest, &out, &left) != (size_t)-1;
    iconv_close(converter);
    return done ? igd_arena_str(mem, (igd_str){start, room - left}) : igd_arena_str(mem, given);
}

/* As git's %aI: by the author's own clock. */
static igd_str time_text(const git_signature *who, igd_arena *mem)
{
    int offset = who->when.offset;
    time_t local = (time_t)(who->when.time + (git_time_t)offset * 60);
    struct tm parts;
    if (!gmtime_r(&local, &parts))
        return (igd_str){0};
    char text[64];
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    int minutes = abs(offset);
    return igd_arena_printf(mem, "%s%c%02d:%02d", text, offset < 0 ? '-' : '+', minutes / 60,
                            minutes % 60);
}

int igd_repo_commit_note(igd_repo *repo, const igd_oid *id, igd_arena *mem, igd_commit_note *out,
                         igd_error *err)
{
    git_oid git_id = igd_oid_to_git(id);
    git_commit *commit = NULL;
    int code = git_commit_lookup(&commit, repo->git, &git_id);
    if (code < 0)
        return igd_repo_fail_object(repo, err, code, "commit", id);
    const git_signature *author = git_commit_author(commit);
    const char *encoding = git_commit_message_encoding(commit);
    igd_commit_note note = {.author = to_utf8(author->name, encoding, mem),
                            .at = time_text(author, mem),
                            .subject = to_utf8(git_commit_summary(commit), encoding, mem)};
    igd_oid_hex(id, note.hex);
    git_commit_free(commit);
    *out = note;
    return IGD_OK;
}
