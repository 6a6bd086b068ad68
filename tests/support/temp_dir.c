/*
 * Temporary directories of tests: made with mkdtemp, remembered until they are removed.
 */
#include "tests/support/temp_dir.h"

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/database.h"

/* What is still there when the program ends. A forked child must not remove its parent's. */
static char *left[64];
static size_t left_count;
static pid_t owner;

static void die(const char *what, const char *path)
{
    fprintf(stderr, "test support: %s '%s': ", what, path);
    perror(NULL);
    abort();
}

static void remove_what_is_left(void)
{
    if (getpid() != owner)
        return;
    for (size_t n = 0; n < left_count; n++) {
        remove_tree(left[n]);
        free(left[n]);
    }
    left_count = 0;
}

char *temp_dir_new(void)
{
    const char *base = getenv("TMPDIR");
    char *path = path_join(base && *base ? base : "/tmp", "igd-test-XXXXXX");
    if (!mkdtemp(path))
        die("cannot create", path);
    /* The real path, because git reports real paths ($TMPDIR may be a symlink). */
    char *real = realpath(path, NULL);
    if (!real)
        die("cannot resolve", path);
    free(path);

    if (owner == 0) {
        owner = getpid();
        atexit(remove_what_is_left);
    }
    if (left_count < sizeof(left) / sizeof(left[0]))
        left[left_count++] = strdup(real);
    return real;
}

void temp_dir_free(char *path)
{
    if (!path)
        return;
    for (size_t n = 0; n < left_count; n++) {
        if (strcmp(left[n], path) == 0) {
            free(left[n]);
            left[n] = left[--left_count];
            break;
        }
    }
    remove_tree(path);
    database_remove_below(path);
    free(path);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    if (remove(path) != 0)
        die("cannot remove", path);
    return 0;
}

void remove_tree(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return;
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        die("cannot remove", path);
}

void make_parents(const char *file)
{
    char *path = strdup(file);
    for (char *at = path + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        struct stat info;
        if (mkdir(path, 0777) != 0 && (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)))
            die("cannot create directory", path);
        *at = '/';
    }
    free(path);
}

void write_file(const char *path, const char *text)
{
    make_parents(path);
    FILE *file = fopen(path, "wb");
    if (!file)
        die("cannot create", path);
    size_t len = strlen(text);
    bool written = fwrite(text, 1, len, file) == len;
    if (fclose(file) != 0 || !written)
        die("cannot write", path);
}

char *path_join(const char *directory, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", directory, name) < 0)
        abort();
    return path;
}
