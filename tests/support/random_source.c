/*
 * A history made from the random model: every commit is some operations, settled and written.
 */
#include "tests/support/random_source.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "tests/support/random_model.h"
#include "tests/support/repo_builder.h"

typedef struct source_commit {
    const char *id;
    char *expected, *log;
    unsigned rewrites;
    bool broken;
} source_commit;

struct random_source {
    rm_model model;
    repo_builder *repo;
    rm_file_list files; /* of the last commit */
    source_commit *commits;
    size_t count;
    bool breaks;
};

/* ---- commits ---- */

/* Stages the difference; what goes goes first, because a file may become a directory. */
static void stage(random_source *source, const rm_file_list *files)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *now = igd_map_new();
    IGD_CLEANUP_PTR(igd_map) igd_map *before = igd_map_new();
    for (size_t n = 0; n < files->len; n++)
        if (igd_map_put(now, igd_str_from(files->items[n].path), &files->items[n])) {
            fprintf(stderr, "random source: two files '%s'\n", files->items[n].path);
            abort();
        }
    for (size_t n = 0; n < source->files.len; n++) {
        rm_file *file = &source->files.items[n];
        igd_map_put(before, igd_str_from(file->path), file);
        if (!igd_map_get(now, igd_str_from(file->path)))
            repo_delete(source->repo, file->path);
    }
    for (size_t n = 0; n < files->len; n++) {
        const rm_file *file = &files->items[n];
        const rm_file *old = igd_map_get(before, igd_str_from(file->path));
        if (!old || !igd_str_eq(old->content, file->content))
            repo_put_bytes(source->repo, file->path, file->content.ptr, file->content.len);
    }
}

static void add_commit(random_source *source)
{
    rm_model *m = &source->model;
    rm_file_list files = {0};
    rm_settle(m);
    if (source->breaks)
        rm_break(m);
    rm_write(m, &files);
    stage(source, &files);
    source->files = files;
    source->commits[source->count++] = (source_commit){
        .id = repo_commit(source->repo, m->log.ptr),
        .expected = rm_expect(m),
        .log = strdup(m->log.ptr),
        .rewrites = m->rewrites,
        .broken = rm_is_broken(m),
    };
    igd_buf_clear(&m->log);
}

static random_source *make(uint64_t seed, size_t commits, bool breaks)
{
    random_source *source = calloc(1, sizeof(*source));
    if (!source)
        abort();
    source->breaks = breaks;
    rm_model *m = &source->model;
    m->mem = igd_arena_new();
    m->random = seed;
    m->log = IGD_BUF_INIT;
    source->repo = repo_builder_new_bare();
    source->commits = calloc(commits, sizeof(*source->commits));
    rm_begin(m);
    while (source->count < commits) {
        add_commit(source);
        for (size_t n = rm_pick(m, 5) + 1; n > 0; n--)
            rm_change(m);
    }
    return source;
}

random_source *random_source_new(uint64_t seed, size_t commits)
{
    return make(seed, commits, false);
}

random_source *random_source_new_broken(uint64_t seed, size_t commits)
{
    return make(seed, commits, true);
}

void random_source_free(random_source *source)
{
    if (!source)
        return;
    for (size_t n = 0; n < source->count; n++) {
        free(source->commits[n].expected);
        free(source->commits[n].log);
    }
    free(source->commits);
    igd_buf_free(&source->model.log);
    repo_builder_free(source->repo);
    igd_arena_free(source->model.mem);
    free(source);
}

const char *random_source_repo(const random_source *source)
{
    return repo_path(source->repo);
}

const char *random_source_commit(const random_source *source, size_t n)
{
    return source->commits[n].id;
}

const char *random_source_log(const random_source *source, size_t n)
{
    return source->commits[n].log;
}

bool random_source_is_broken(const random_source *source, size_t n)
{
    return source->commits[n].broken;
}

unsigned random_source_rewrites(const random_source *source, size_t n)
{
    return source->commits[n].rewrites;
}

const char *random_source_expected(const random_source *source, size_t n)
{
    return source->commits[n].expected;
}
