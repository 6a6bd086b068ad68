/*
 * Building repositories through libgit2: an index that is the stage, and commits of it.
 */
#include "tests/support/repo_builder.h"

#include <git2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

#define BRANCH     "refs/heads/main"
#define FIRST_TIME 1700000000 /* 2023-11-14T22:13:20Z */

typedef struct hex_list hex_list;
struct hex_list {
    hex_list *next;
    char hex[GIT_OID_HEXSZ + 1];
};

struct repo_builder {
    char *path;
    git_repository *repo;
    git_index *index; /* bare: in memory only */
    bool bare;
    bool has_parent;
    git_oid parent;
    int commits;
    hex_list *ids;
};

/* Every call into libgit2 passes through here. */
static void check(int code, const char *what)
{
    if (code >= 0)
        return;
    const git_error *last = git_error_last();
    fprintf(stderr, "test support: %s: %s\n", what, last ? last->message : "unknown error");
    abort();
}

__attribute__((noreturn)) static void fail(const char *path)
{
    perror(path);
    abort();
}

static repo_builder *build(bool bare)
{
    git_libgit2_init();
    const int levels[] = {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
                          GIT_CONFIG_LEVEL_PROGRAMDATA};
    for (size_t n = 0; n < sizeof(levels) / sizeof(levels[0]); n++)
        check(git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[n], ""), "ignore configuration");

    repo_builder *b = calloc(1, sizeof(*b));
    if (!b)
        abort();
    b->path = temp_dir_new();
    b->bare = bare;
    git_repository_init_options options;
    git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = bare ? GIT_REPOSITORY_INIT_BARE : 0;
    options.initial_head = "main";
    check(git_repository_init_ext(&b->repo, b->path, &options), "create repository");
    if (bare)
        check(git_index_new(&b->index), "create index");
    else
        check(git_repository_index(&b->index, b->repo), "open index");
    return b;
}

repo_builder *repo_builder_new(void)
{
    return build(false);
}

repo_builder *repo_builder_new_bare(void)
{
    return build(true);
}

void repo_builder_free(repo_builder *b)
{
    if (!b)
        return;
    git_index_free(b->index);
    git_repository_free(b->repo);
    while (b->ids) {
        hex_list *next = b->ids->next;
        free(b->ids);
        b->ids = next;
    }
    temp_dir_free(b->path);
    free(b);
    git_libgit2_shutdown();
}

const char *repo_path(const repo_builder *b)
{
    return b->path;
}

/* ---- the stage ---- */

static void stage_id(repo_builder *b, const char *path, const git_oid *id, git_filemode_t mode)
{
    git_index_entry entry = {.path = path, .mode = mode, .id = *id};
    check(git_index_add(b->index, &entry), path);
}

/* Makes room in the work tree: nothing at the path, only directories above it. */
static char *clear_place(repo_builder *b, const char *path)
{
    char *full = path_join(b->path, path);
    for (char *slash = full + strlen(b->path) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        struct stat info;
        if (lstat(full, &info) == 0 && !S_ISDIR(info.st_mode))
            remove_tree(full);
    }
    remove_tree(full);
    make_parents(full);
    return full;
}

void repo_put_bytes(repo_builder *b, const char *path, const void *bytes, size_t len)
{
    git_index_remove_directory(b->index, path, 0);
    git_oid id;
    check(git_blob_create_from_buffer(&id, b->repo, bytes, len), path);
    stage_id(b, path, &id, GIT_FILEMODE_BLOB);
    if (b->bare)
        return;
    char *full = clear_place(b, path);
    FILE *file = fopen(full, "wb");
    if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
        fail(full);
    free(full);
}

void repo_put(repo_builder *b, const char *path, const char *text)
{
    repo_put_bytes(b, path, text, strlen(text));
}

void repo_put_symlink(repo_builder *b, const char *path, const char *target)
{
    git_index_remove_directory(b->index, path, 0);
    git_oid id;
    check(git_blob_create_from_buffer(&id, b->repo, target, strlen(target)), path);
    stage_id(b, path, &id, GIT_FILEMODE_LINK);
    if (b->bare)
        return;
    char *full = clear_place(b, path);
    if (symlink(target, full) != 0)
        fail(full);
    free(full);
}

void repo_put_submodule(repo_builder *b, const char *path)
{
    git_index_remove_directory(b->index, path, 0);
    git_oid id;
    check(git_oid_fromstr(&id, "1234567890123456789012345678901234567890"), path);
    stage_id(b, path, &id, GIT_FILEMODE_COMMIT);
    if (b->bare)
        return;
    char *inside = path_join(path, "x");
    free(
        clear_place(b, inside)); /* leaves an empty directory, as for one that is not checked out */
    free(inside);
}

void repo_delete(repo_builder *b, const char *path)
{
    if (git_index_get_bypath(b->index, path, 0))
        check(git_index_remove(b->index, path, 0), path);
    else
        check(git_index_remove_directory(b->index, path, 0), path);
    if (b->bare)
        return;
    char *full = path_join(b->path, path);
    remove_tree(full);
    free(full);
}

/* Moves the first staged entry at or below `from`; false when there is none. */
static bool move_one(repo_builder *b, const char *from, const char *to)
{
    size_t from_len = strlen(from);
    for (size_t n = 0; n < git_index_entrycount(b->index); n++) {
        const git_index_entry *entry = git_index_get_byindex(b->index, n);
        const char *rest = entry->path + from_len;
        if (strncmp(entry->path, from, from_len) != 0 || (*rest != '/' && *rest != '\0'))
            continue;
        char *old_path = strdup(entry->path);
        char *new_path = NULL;
        if (!old_path || asprintf(&new_path, "%s%s", to, rest) < 0)
            abort();
        git_oid id = entry->id;
        git_filemode_t mode = entry->mode;
        check(git_index_remove(b->index, old_path, 0), old_path);
        stage_id(b, new_path, &id, mode);
        free(old_path);
        free(new_path);
        return true;
    }
    return false;
}

void repo_move(repo_builder *b, const char *from, const char *to)
{
    /* By way of a name that nobody has: `to` may be below `from`. */
    static const char aside[] = "repo-builder-moves";
    bool any = false;
    while (move_one(b, from, aside))
        any = true;
    if (!any)
        check(-1, from);
    while (move_one(b, aside, to))
        continue;
    if (b->bare)
        return;
    char *old_path = path_join(b->path, from);
    char *between = path_join(b->path, aside);
    if (rename(old_path, between) != 0)
        fail(old_path);
    char *new_path = clear_place(b, to);
    if (rename(between, new_path) != 0)
        fail(new_path);
    free(old_path);
    free(between);
    free(new_path);
}

/* ---- commits ---- */

static const char *commit_tree(repo_builder *b, const char *message, const char *other_parent)
{
    git_oid tree_id, id;
    check(git_index_write_tree_to(&tree_id, b->index, b->repo), "write tree");
    if (!b->bare)
        check(git_index_write(b->index), "write index");

    git_tree *tree = NULL;
    check(git_tree_lookup(&tree, b->repo, &tree_id), "read tree");
    git_signature *who = NULL;
    check(git_signature_new(&who, "Test", "test@example.com", FIRST_TIME + 60 * b->commits++, 0),
          "signature");
    git_commit *parents[2] = {NULL, NULL};
    size_t count = 0;
    if (b->has_parent)
        check(git_commit_lookup(&parents[count++], b->repo, &b->parent), "read HEAD");
    if (other_parent) {
        check(git_oid_fromstr(&id, other_parent), other_parent);
        check(git_commit_lookup(&parents[count++], b->repo, &id), other_parent);
    }
    check(git_commit_create(&id, b->repo, NULL, who, who, NULL, message, tree, count,
                            (const git_commit **)parents),
          "commit");
    git_reference *branch = NULL;
    check(git_reference_create(&branch, b->repo, BRANCH, &id, 1, NULL), BRANCH);
    git_reference_free(branch);
    git_commit_free(parents[0]);
    git_commit_free(parents[1]);
    git_signature_free(who);
    git_tree_free(tree);

    b->parent = id;
    b->has_parent = true;
    hex_list *entry = calloc(1, sizeof(*entry));
    if (!entry)
        abort();
    git_oid_tostr(entry->hex, sizeof(entry->hex), &id);
    entry->next = b->ids;
    b->ids = entry;
    return entry->hex;
}

const char *repo_commit(repo_builder *b, const char *message)
{
    return commit_tree(b, message, NULL);
}

const char *repo_commit_merge(repo_builder *b, const char *message, const char *other_parent)
{
    return commit_tree(b, message, other_parent);
}

void repo_reset(repo_builder *b, const char *commit)
{
    if (!commit) {
        b->has_parent = false;
        return;
    }
    git_object *object = NULL;
    check(git_oid_fromstr(&b->parent, commit), commit);
    check(git_object_lookup(&object, b->repo, &b->parent, GIT_OBJECT_COMMIT), commit);
    b->has_parent = true;
    if (b->bare) {
        git_tree *tree = NULL;
        check(git_commit_tree(&tree, (git_commit *)object), commit);
        check(git_index_read_tree(b->index, tree), commit);
        git_tree_free(tree);
        git_reference *branch = NULL;
        check(git_reference_create(&branch, b->repo, BRANCH, &b->parent, 1, NULL), BRANCH);
        git_reference_free(branch);
    } else {
        check(git_reset(b->repo, object, GIT_RESET_HARD, NULL), commit);
    }
    git_object_free(object);
}
