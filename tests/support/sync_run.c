/*
 * Syncing in-process.
 */
#include "tests/support/sync_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/database.h"

igd_sync_options sync_run_options(const char *ref)
{
    static unsigned long runs;
    static char run_id[32];
    snprintf(run_id, sizeof(run_id), "test-%lu", ++runs);
    return (igd_sync_options){.ref = ref,
                              .source_name = IGD_STR("test"),
                              .allow_loss = IGD_LOSS_ALL,
                              .allow_rewind = true,
                              .mapping = {.key_column = IGD_STR("id")},
                              .jobs = 2,
                              .batch_size = 1000,
                              .run_id = run_id};
}

void (*sync_run_on_open)(igd_target *target);

static int run_sync(sync_run *run, const char *repo_path, const char *database,
                    const igd_sync_options *options, uint32_t mask_caps)
{
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = NULL;
    IGD_CLEANUP_PTR(igd_target) igd_target *target = NULL;
    igd_repo_options where = {.path = repo_path};
    igd_target_config config = {.mode = IGD_OPEN_WRITE,
                                .mask_caps = mask_caps,
                                .batch_rows = options->batch_size,
                                .run_id = options->run_id};
    char *text = database_url(database);
    igd_str url = igd_arena_str(run->mem, igd_str_from(text));
    free(text);
    int code = igd_repo_open(&where, &repo, &run->err);
    if (code == IGD_OK)
        code = igd_url_parse(url, run->mem, &config.url, &run->err);
    if (code == IGD_OK)
        code = igd_target_open(&config, &target, &run->err);
    if (code == IGD_OK && sync_run_on_open)
        sync_run_on_open(target);
    if (code == IGD_OK)
        code = igd_sync(repo, target, options, run->mem, &run->result, &run->err);
    return code;
}

sync_run sync_run_into(const char *repo, const char *database, const igd_sync_options *options)
{
    return sync_run_without(repo, database, options, 0);
}

sync_run sync_run_without(const char *repo, const char *database, const igd_sync_options *options,
                          uint32_t mask_caps)
{
    sync_run run = {.mem = igd_arena_new()};
    run.code = run_sync(&run, repo, database, options, mask_caps);
    return run;
}

void sync_run_free(sync_run *run)
{
    igd_arena_free(run->mem);
    run->mem = NULL;
}

igd_table_counts sync_run_ok(const char *repo, const char *database, const char *ref)
{
    igd_sync_options options = sync_run_options(ref);
    sync_run run = sync_run_into(repo, database, &options);
    if (run.code != IGD_OK) {
        fprintf(stderr, "sync to %s: %s\n", ref, run.err.message);
        for (size_t n = 0; n < run.result.problems.len; n++)
            fprintf(stderr, "  %.*s: %.*s\n", IGD_STR_ARG(run.result.problems.items[n].path),
                    IGD_STR_ARG(run.result.problems.items[n].reason));
        abort();
    }
    igd_table_counts total = run.result.total;
    sync_run_free(&run);
    return total;
}
