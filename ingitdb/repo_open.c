/*
 * Finding and opening a repository, and the database's root in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "ingitdb/loose.h"
#include "ingitdb/repo_private.h"

#define MARKER ".ingitdb"

static void free_text(char **text)
{
    free(*text);
}

#define FREED __attribute__((cleanup(free_text)))

static void free_git_buf(git_buf *buf)
{
    git_buf_dispose(buf);
}

const char *igd_git_reason(void)
{
    const git_error *last = git_error_last();
    return last && last->message ? last->message : "unknown error";
}

/* ---- the handle ---- */

static igd_repo *handle_new(void)
{
    igd_git_start(); /* counted: one for each handle */
    igd_arena *mem = igd_arena_new();
    igd_repo *repo = IGD_NEW(mem, igd_repo);
    repo->mem = mem;
    return repo;
}

void igd_repo_free(igd_repo *repo)
{
    if (!repo)
        return;
    for (size_t n = 0; n < IGD_RECENT_TREES; n++)
        igd_tree_free(repo->recent[n].tree);
    git_odb_free(repo->odb);
    git_repository_free(repo->git);
    igd_arena_free(repo->mem);
    git_libgit2_shutdown();
}

static const char *without_slash(igd_arena *mem, const char *path)
{
    igd_str text = igd_str_from(path);
    while (text.len > 1 && text.ptr[text.len - 1] == '/')
        text.len--;
    return igd_arena_cstr(mem, text);
}

/* Takes the directories and the object database over from the opened repository. */
static int fill_handle(igd_repo *repo, const char *shown, igd_error *err)
{
    repo->git_dir = without_slash(repo->mem, git_repository_path(repo->git));
    const char *work = git_repository_workdir(repo->git);
    if (work) {
        FREED char *real = realpath(work, NULL);
        if (!real)
            return igd_fail_errno(err, IGD_E_REPOSITORY, "cannot open the work tree '%s' of '%s'",
                                  work, shown);
        repo->work_dir = without_slash(repo->mem, real);
    }
    __attribute__((cleanup(free_git_buf))) git_buf objects = {0};
    if (git_repository_odb(&repo->odb, repo->git) < 0 ||
        git_repository_item_path(&objects, repo->git, GIT_REPOSITORY_ITEM_OBJECTS) < 0 ||
        igd_loose_guard(repo->odb, without_slash(repo->mem, objects.ptr)) < 0)
        return igd_fail(err, IGD_E_REPOSITORY, "cannot open the objects of '%s': %s", repo->git_dir,
                        igd_git_reason());
    return IGD_OK;
}

/* ---- opening ---- */

/* The same rule and the same way out as git's own. */
static int fail_owner(const char *shown, igd_str git_dir, igd_error *err)
{
    if (igd_str_ends(git_dir, IGD_STR("/.git")))
        git_dir.len -= strlen("/.git");
    igd_fail(err, IGD_E_REPOSITORY, "the repository of '%s' belongs to another user", shown);
    return igd_hint(err, "if you trust it: git config --global --add safe.directory '%.*s'",
                    IGD_STR_ARG(git_dir));
}

static bool is_foreign(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && info.st_uid != geteuid();
}

static int fail_open(int code, const char *shown, const char *real, igd_error *err)
{
    igd_error reason; /* discovering overwrites libgit2's */
    igd_fail(&reason, IGD_E_REPOSITORY, "cannot open the git repository of '%s': %s", shown,
             igd_git_reason());
    __attribute__((cleanup(free_git_buf))) git_buf found = {0};
    bool there = git_repository_discover(&found, real, 0, NULL) == 0;
    igd_str git_dir = {found.ptr, found.size};
    if (git_dir.len > 1 && igd_str_ends(git_dir, IGD_STR("/")))
        git_dir.len--;
    /* Where the user has no git configuration at all, libgit2 1.5 says "not found" instead. */
    if (code == GIT_EOWNER || (there && code == GIT_ENOTFOUND && is_foreign(found.ptr)))
        return fail_owner(shown, git_dir.len > 0 ? git_dir : igd_str_from(real), err);
    if (there || code != GIT_ENOTFOUND) {
        *err = reason;
        if (strstr(reason.message, "objectformat"))
            igd_hint(err, "repositories with SHA-256 object ids are not supported");
        return IGD_E_REPOSITORY;
    }
    igd_fail(err, IGD_E_REPOSITORY, "no git repository at '%s' or above it", shown);
    return igd_hint(err, "--source takes a directory in a git work tree, or a bare repository");
}

static int open_git(igd_repo *repo, const char *shown, const char *real, igd_error *err)
{
    int code = git_repository_open_ext(&repo->git, real, 0, NULL);
    return code == 0 ? IGD_OK : fail_open(code, shown, real, err);
}

static bool is_bundle(const char *path)
{
    if (igd_str_ends(igd_str_from(path), IGD_STR(".bundle")))
        return true;
    char start[16] = "";
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t got = fread(start, 1, sizeof(start), file);
    fclose(file);
    igd_str head = {start, got};
    return igd_str_starts(head, IGD_STR("# v2 git bundle")) ||
           igd_str_starts(head, IGD_STR("# v3 git bundle"));
}

/* The real path of a directory; *out is the caller's to free. */
static int find_directory(const char *path, char **out, igd_error *err)
{
    FREED char *real = realpath(path, NULL);
    struct stat info;
    if (!real || stat(real, &info) != 0) {
        igd_fail_errno(err, IGD_E_REPOSITORY, "cannot open the source '%s'", path);
        return igd_hint(err, "--source takes a directory in a git work tree, or a bare repository");
    }
    if (!S_ISDIR(info.st_mode)) {
        if (S_ISREG(info.st_mode) && is_bundle(real)) {
            igd_fail(err, IGD_E_REPOSITORY, "'%s' is a git bundle, which is not read in place",
                     path);
            return igd_hint(err, "clone it first: git clone --bare '%s' DIR, then --source DIR",
                            path);
        }
        igd_fail(err, IGD_E_REPOSITORY, "the source '%s' is not a directory", path);
        return igd_hint(err, "--source takes a directory in a git work tree, or a bare repository");
    }
    *out = real;
    real = NULL;
    return IGD_OK;
}

/* ---- the root ---- */

/* "a//b/./c/" to "a/b/c"; "." is the top. */
static int clean_root(igd_repo *repo, const char *given, igd_error *err)
{
    if (given[0] == '/') {
        igd_fail(err, IGD_E_USAGE, "the root '%s' is an absolute path", given);
        return igd_hint(err, "--root names a directory in the repository, from its top");
    }
    IGD_CLEANUP(igd_buf)
    igd_buf clean = IGD_BUF_INIT;
    igd_str rest = igd_str_from(given), part;
    while (igd_str_split(&rest, '/', &part)) {
        if (part.len == 0 || igd_str_is(part, "."))
            continue;
        if (igd_str_is(part, "..")) {
            igd_fail(err, IGD_E_USAGE, "the root '%s' contains '..'", given);
            return igd_hint(err, "--root names a directory in the repository, from its top");
        }
        if (clean.len > 0)
            igd_buf_byte(&clean, '/');
        igd_buf_str(&clean, part);
    }
    repo->root = igd_arena_cstr(repo->mem, igd_buf_view(&clean));
    return IGD_OK;
}

static bool has_marker(igd_str directory)
{
    IGD_CLEANUP(igd_buf)
    igd_buf path = IGD_BUF_INIT;
    igd_buf_str(&path, directory);
    igd_buf_puts(&path, "/" MARKER);
    struct stat info;
    return stat(path.ptr, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Walks up from a directory to the work tree's top. A start outside of the work tree (in the git
 * directory of a submodule, say) counts as the top. */
static const char *find_root(igd_repo *repo, const char *start)
{
    igd_str top = igd_str_from(repo->work_dir);
    if (igd_str_is(top, "/"))
        top.len = 0;
    igd_str at = igd_str_from(start);
    if (!igd_str_starts(at, top) || at.len <= top.len || at.ptr[top.len] != '/')
        return "";
    while (at.len > top.len && !has_marker(at))
        at.len = (size_t)igd_str_rfind(at, '/');
    if (at.len <= top.len)
        return "";
    return igd_arena_cstr(repo->mem, igd_str_sub(at, top.len + 1, at.len));
}

static int choose_root(igd_repo *repo, const char *given, const char *start, igd_error *err)
{
    if (given && given[0] != '\0')
        return clean_root(repo, given, err);
    repo->root = repo->work_dir ? find_root(repo, start) : "";
    return IGD_OK;
}

int igd_repo_open(const igd_repo_options *options, igd_repo **out, igd_error *err)
{
    FREED char *real = NULL;
    int code = find_directory(options->path, &real, err);
    if (code != IGD_OK)
        return code;

    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = handle_new();
    igd_git_options(options->verify_objects);
    if ((code = open_git(repo, options->path, real, err)) != IGD_OK ||
        (code = fill_handle(repo, options->path, err)) != IGD_OK ||
        (code = choose_root(repo, options->root, real, err)) != IGD_OK)
        return code;
    *out = repo;
    repo = NULL;
    return IGD_OK;
}

int igd_repo_reopen(const igd_repo *repo, igd_repo **out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_repo) igd_repo *again = handle_new();
    if (git_repository_open_ext(&again->git, repo->git_dir, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) <
        0)
        return igd_fail(err, IGD_E_REPOSITORY, "cannot open '%s' again: %s", repo->git_dir,
                        igd_git_reason());
    int code = fill_handle(again, repo->git_dir, err);
    if (code != IGD_OK)
        return code;
    again->root = igd_arena_cstr(again->mem, igd_str_from(repo->root));
    *out = again;
    again = NULL;
    return IGD_OK;
}

const char *igd_repo_git_dir(const igd_repo *repo)
{
    return repo->git_dir;
}

const char *igd_repo_work_dir(const igd_repo *repo)
{
    return repo->work_dir;
}

const char *igd_repo_root(const igd_repo *repo)
{
    return repo->root;
}

/* libgit2's own answer looks beside HEAD, which is the wrong place in a linked work tree. */
bool igd_repo_is_shallow(const igd_repo *repo)
{
    IGD_CLEANUP(igd_buf)
    igd_buf path = IGD_BUF_INIT;
    igd_buf_puts(&path, git_repository_commondir(repo->git));
    igd_buf_puts(&path, "/shallow");
    struct stat info;
    return stat(path.ptr, &info) == 0 && info.st_size > 0;
}
