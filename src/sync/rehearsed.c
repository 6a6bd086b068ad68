/*
 * Runs that are rehearsed, written down and applied.
 */
#include "sync/rehearsed.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/temp_file.h"
#include "sync/apply.h"
#include "sync/generate.h"
#include "sync/retry.h"

/* As often as a run starts over when others write to the target. */
#define ATTEMPTS 5

typedef struct rehearsed {
    igd_repo *repo;
    igd_target *target;
    const igd_sync_options *options;
    igd_open_rehearsal *open;
    void *payload;
    igd_arena *mem;
    igd_sync_result *result;
    const char *script; /* a file of our own */
    bool lost;          /* there is no coming back: somebody else may hold the lock */
} rehearsed;

/* What the run does, and what undoes it; *changes: there is something to do. */
static int rehearse(const rehearsed *r, bool *changes, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_target) igd_target *stand_in = NULL;
    igd_sync_options options = *r->options;
    igd_script_paths paths = *r->options->scripts;
    paths.up = r->script;
    options.scripts = &paths;
    options.verify = false; /* the target itself is looked at */
    int code = r->open(r->payload, &stand_in, err);
    if (code == IGD_OK)
        code = igd_sync(r->repo, stand_in, &options, r->mem, r->result, err);
    *changes = paths.written;
    r->options->scripts->written = paths.written;
    return code;
}

/* What was committed when the connection went is "already applied" to the next attempt; what goes
 * in steps goes on. */
static int apply(rehearsed *r, igd_retry *retry, igd_error *err)
{
    igd_sync_options options = *r->options;
    options.unrecorded = true;
    options.scripts = NULL;
    for (;;) {
        igd_apply_result applied;
        int code = igd_apply(r->repo, r->target, &options, r->script, r->mem, &applied, err);
        if (code == IGD_OK || applied.applied)
            return IGD_OK;
        bool passes = err->transient;
        if (!igd_retry_after(retry, err)) {
            r->lost = passes;
            return (int)err->code;
        }
    }
}

static int attempt(rehearsed *r, igd_retry *retry, igd_error *err)
{
    bool changes = false;
    int code = rehearse(r, &changes, err);
    if (code != IGD_OK || r->result->up_to_date)
        return code;
    if (changes) {
        code = apply(r, retry, err);
        unlink(r->script);
        if (code != IGD_OK)
            igd_script_paths_remove(r->options->scripts);
        return code;
    }
    /* Nothing that could be undone, but the bookkeeping may have to say something else. */
    igd_sync_options options = *r->options;
    options.scripts = NULL;
    return igd_sync(r->repo, r->target, &options, r->mem, r->result, err);
}

static int check(const igd_sync_options *options, igd_error *err)
{
    if (options->dry_run == IGD_DRY_NONE)
        return igd_script_paths_check(options->scripts, false, err);
    (void)igd_fail(err, IGD_E_USAGE, "a dry run does nothing that --rollback could undo");
    return igd_hint(err, "generate writes the script and its rollback, and nothing else");
}

int igd_sync_rehearsed(igd_repo *repo, igd_target *target, const igd_sync_options *options,
                       igd_open_rehearsal *open, void *payload, igd_arena *mem,
                       igd_sync_result *out, igd_error *err)
{
    *out = (igd_sync_result){.problems = IGD_PROBLEMS_INIT(mem)};
    char *directory =
        igd_arena_cstr(mem, igd_arena_printf(mem, "%s/ingitdb-sync-XXXXXX", igd_temp_dir()));
    int code = check(options, err);
    if (code == IGD_OK && !mkdtemp(directory))
        code = igd_temp_fail(err, "cannot create a temporary directory");
    if (code != IGD_OK)
        return code;
    rehearsed r = {.repo = repo,
                   .target = target,
                   .options = options,
                   .open = open,
                   .payload = payload,
                   .mem = mem,
                   .result = out,
                   .script = igd_arena_printf(mem, "%s/up.sql", directory).ptr};
    igd_retry retry = {.target = target, .stop = options->stop};
    for (int n = 0; n < ATTEMPTS;) {
        code = attempt(&r, &retry, err);
        if (r.lost)
            break;
        if (code == IGD_E_STALE_BASE)
            igd_log(IGD_LOG_INFO, "the target changed meanwhile: starting over");
        else if (code == IGD_OK || !igd_retry_after(&retry, err))
            break;
        n += code == IGD_E_STALE_BASE;
    }
    unlink(r.script);
    rmdir(directory);
    return code;
}
