/*
 * Removing, swapping and cutting loose objects in the file system.
 */
#include "tests/support/git_damage.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

static void die(const char *path)
{
    perror(path);
    abort();
}

static char *git_path(const repo_builder *b, const char *below)
{
    char *dot_git = path_join(repo_path(b), ".git");
    char *path = path_join(access(dot_git, F_OK) == 0 ? dot_git : repo_path(b), below);
    free(dot_git);
    return path;
}

static char *object_path(const repo_builder *b, const char *hex)
{
    char *below = NULL;
    if (asprintf(&below, "objects/%.2s/%s", hex, hex + 2) < 0)
        abort();
    char *path = git_path(b, below);
    free(below);
    return path;
}

void lose_object(const repo_builder *b, const char *hex)
{
    char *path = object_path(b, hex);
    if (unlink(path) != 0)
        die(path);
    free(path);
}

void forge_object(const repo_builder *b, const char *hex, const char *other_hex)
{
    char *path = object_path(b, hex);
    char *other = object_path(b, other_hex);
    if (unlink(path) != 0 || link(other, path) != 0)
        die(path);
    free(path);
    free(other);
}

void cut_object(const repo_builder *b, const char *hex, size_t bytes)
{
    char *path = object_path(b, hex);
    if (chmod(path, 0644) != 0 || truncate(path, (off_t)bytes) != 0)
        die(path);
    free(path);
}

size_t object_file_size(const repo_builder *b, const char *hex)
{
    struct stat info;
    char *path = object_path(b, hex);
    if (stat(path, &info) != 0)
        die(path);
    free(path);
    return (size_t)info.st_size;
}

void make_shallow(const repo_builder *b, const char *commit, const char *lost_parent)
{
    char *path = git_path(b, "shallow");
    char line[64];
    snprintf(line, sizeof(line), "%s\n", commit);
    write_file(path, line);
    free(path);
    lose_object(b, lost_parent);
}
