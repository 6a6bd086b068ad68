/*
 * Real git repositories with history, for tests.
 *
 *     repo_builder *b = repo_builder_new();
 *     repo_put(b, ".ingitdb/root-collections.yaml", "tags: tags\n");
 *     repo_put(b, "tags/$records/red.yaml", "title: Red\n");
 *     const char *first = repo_commit(b, "first");
 *     ... open repo_path(b) ...
 *     repo_builder_free(b);
 *
 * Files are staged by path from the repository's top; in a work tree they are written there too, so
 * that it is clean after each commit. Author and time are fixed, one minute more for each commit:
 * equal calls give equal commit ids. The machine's git configuration is not read. HEAD is the
 * branch "main". Whatever goes wrong aborts with a message.
 */
#ifndef IGD_TESTS_REPO_BUILDER_H
#define IGD_TESTS_REPO_BUILDER_H

#include <stddef.h>

typedef struct repo_builder repo_builder;

repo_builder *repo_builder_new(void);      /* with a work tree */
repo_builder *repo_builder_new_bare(void); /* without */
void repo_builder_free(repo_builder *b);   /* removes the repository; NULL is fine */

/* The work tree's top, or the bare repository: absolute, without a final '/'. */
const char *repo_path(const repo_builder *b);

/* Stages. repo_put replaces what is in the way, a directory too. */
void repo_put(repo_builder *b, const char *path, const char *text);
void repo_put_bytes(repo_builder *b, const char *path, const void *bytes, size_t len);
void repo_put_symlink(repo_builder *b, const char *path, const char *target);
void repo_put_submodule(repo_builder *b, const char *path);        /* of some commit */
void repo_delete(repo_builder *b, const char *path);               /* a file, or a directory */
void repo_move(repo_builder *b, const char *from, const char *to); /* likewise */

/* Commits what is staged (also when nothing changed) and moves HEAD. Returns the full hex id, which
 * lives as long as the builder. */
const char *repo_commit(repo_builder *b, const char *message);

/* The same with another parent behind HEAD. The tree is what is staged: nothing is merged. */
const char *repo_commit_merge(repo_builder *b, const char *message, const char *other_parent);

/* Moves HEAD, the stage and the work tree to a commit, as `git reset --hard`. NULL: the next commit
 * has no parent; the stage stays. */
void repo_reset(repo_builder *b, const char *commit);

#endif
