/*
 * Cloning demo-commerce and repairing its history.
 */
#include "tests/support/demo_commerce.h"

#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

static void check(int failed, const char *what)
{
    if (failed) {
        const git_error *error = git_error_last();
        fprintf(stderr, "demo-commerce: %s: %s\n", what, error ? error->message : "failed");
        abort();
    }
}

char *shared_data(const char *name)
{
    return path_join("../shared/data", name);
}

/* name: "Gaming Laptop 15""  ->  name: 'Gaming Laptop 15"' */
static int repair(const char *text, size_t len, char **out, size_t *out_len)
{
    const char *line = strstr(text, "\nname: \"");
    const char *end = line ? strchr(line + 1, '\n') : NULL;
    if (!end || end - line < 11 || memcmp(end - 2, "\"\"", 2) != 0)
        return 0;
    char *fixed = malloc(len + 1);
    memcpy(fixed, text, len + 1);
    fixed[line + 7 - text] = '\'';
    fixed[end - 1 - text] = '\'';
    *out = fixed;
    *out_len = len;
    return 1;
}

static void repair_entry(git_repository *repo, git_index *index, const git_index_entry *entry)
{
    git_blob *blob = NULL;
    char *fixed = NULL;
    size_t len = 0;
    check(git_blob_lookup(&blob, repo, &entry->id), entry->path);
    char *text = strndup(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
    if (repair(text, strlen(text), &fixed, &len)) {
        git_index_entry now = *entry;
        check(git_blob_create_from_buffer(&now.id, repo, fixed, len), "blob");
        char *path = strdup(entry->path);
        now.path = path;
        check(git_index_add(index, &now), "index");
        free(path);
    }
    free(fixed);
    free(text);
    git_blob_free(blob);
}

static void repaired_tree(git_repository *repo, git_commit *commit, git_oid *out)
{
    git_index *index = NULL;
    git_tree *tree = NULL;
    check(git_commit_tree(&tree, commit), "tree");
    check(git_index_new(&index), "index");
    check(git_index_read_tree(index, tree), "index");
    for (size_t n = 0; n < git_index_entrycount(index); n++) {
        const git_index_entry *entry = git_index_get_byindex(index, n);
        if (strstr(entry->path, "products/$records/") && (entry->mode & 0170000) == 0100000)
            repair_entry(repo, index, entry);
    }
    check(git_index_write_tree_to(out, index, repo), "write tree");
    git_index_free(index);
    git_tree_free(tree);
}

static void repair_history(demo_commerce *demo, git_repository *repo)
{
    git_oid parent = {0};
    for (int n = 0; n < DEMO_COMMITS; n++) {
        git_commit *commit = NULL, *before = NULL;
        git_tree *tree = NULL;
        git_oid id, tree_id;
        check(git_oid_fromstr(&id, demo->commits[n]), "id");
        check(git_commit_lookup(&commit, repo, &id), "commit");
        repaired_tree(repo, commit, &tree_id);
        check(git_tree_lookup(&tree, repo, &tree_id), "tree");
        if (n > 0)
            check(git_commit_lookup(&before, repo, &parent), "parent");
        const git_commit *parents[] = {before};
        check(git_commit_create(&id, repo, NULL, git_commit_author(commit),
                                git_commit_committer(commit), NULL, git_commit_message(commit),
                                tree, n > 0 ? 1 : 0, parents),
              "new commit");
        parent = id;
        git_oid_tostr(demo->repaired[n], 41, &id);
        git_tree_free(tree);
        git_commit_free(before);
        git_commit_free(commit);
    }
    git_reference *ref = NULL;
    check(git_reference_create(&ref, repo, "refs/heads/repaired", &parent, 1, NULL), "branch");
    git_reference_free(ref);
}

static void list_commits(demo_commerce *demo, git_repository *repo)
{
    git_oid id;
    git_commit *commit = NULL, *before = NULL;
    check(git_reference_name_to_id(&id, repo, "HEAD"), "HEAD");
    for (int n = DEMO_COMMITS - 1; n >= 0; n--) {
        git_oid_tostr(demo->commits[n], 41, &id);
        if (n == 0)
            break;
        check(git_commit_lookup(&commit, repo, &id), "commit");
        check(git_commit_parent(&before, commit, 0), "parent");
        id = *git_commit_id(before);
        git_commit_free(before);
        git_commit_free(commit);
    }
}

demo_commerce *demo_commerce_new(void)
{
    char *bundle = shared_data("demo-commerce.bundle");
    if (access(bundle, R_OK) != 0) {
        fprintf(stderr, "SKIPPED: %s is not here\n", bundle);
        free(bundle);
        return NULL;
    }
    demo_commerce *demo = calloc(1, sizeof(*demo));
    char command[8192];
    git_repository *repo = NULL;
    demo->path = temp_dir_new();
    snprintf(command, sizeof(command), "git clone -q --bare '%s' '%s'", bundle, demo->path);
    check(system(command), "git clone");
    free(bundle);
    git_libgit2_init();
    check(git_repository_open_bare(&repo, demo->path), "open");
    list_commits(demo, repo);
    repair_history(demo, repo);
    git_repository_free(repo);
    git_libgit2_shutdown();
    return demo;
}

void demo_commerce_free(demo_commerce *demo)
{
    if (!demo)
        return;
    temp_dir_free(demo->path);
    free(demo);
}
