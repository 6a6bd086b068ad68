/*
 * sync and validate.
 */
#include "cli/context.h"
#include "sync/rehearsed.h"

static int open_rehearsal(void *payload, igd_target **out, igd_error *err)
{
    return igd_context_rehearsal(payload, out, err);
}

int igd_cmd_sync(igd_invocation *invocation, igd_error *err)
{
    igd_sync_result *result = IGD_NEW(invocation->mem, igd_sync_result);
    igd_settings *settings = &invocation->settings;
    if (settings->rollback) {
        settings->scripts.down = settings->rollback;
        settings->sync.scripts = &settings->scripts;
        invocation->report.scripts = &settings->scripts;
    }
    igd_repo *repo = invocation->context->repo;
    igd_target *target = invocation->context->target;
    int code = settings->rollback && igd_target_rehearses(target)
                   ? igd_sync_rehearsed(repo, target, &settings->sync, open_rehearsal, invocation,
                                        invocation->mem, result, err)
                   : igd_sync(repo, target, &settings->sync, invocation->mem, result, err);
    invocation->report.sync = result;
    if (result->source.len)
        invocation->report.source = result->source;
    return code;
}

int igd_cmd_validate(igd_invocation *invocation, igd_error *err)
{
    igd_sync_result *result = IGD_NEW(invocation->mem, igd_sync_result);
    invocation->report.sync = result;
    return igd_validate(invocation->context->repo, &invocation->settings.sync, invocation->mem,
                        result, err);
}
