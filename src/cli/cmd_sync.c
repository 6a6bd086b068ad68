/*
 * sync and validate.
 */
#include "cli/context.h"

int igd_cmd_sync(igd_invocation *invocation, igd_error *err)
{
    igd_sync_result *result = IGD_NEW(invocation->mem, igd_sync_result);
    igd_settings *settings = &invocation->settings;
    if (settings->rollback) {
        settings->scripts.down = settings->rollback;
        settings->sync.scripts = &settings->scripts;
        invocation->report.scripts = &settings->scripts;
    }
    int code = igd_sync(invocation->context->repo, invocation->context->target,
                        &invocation->settings.sync, invocation->mem, result, err);
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
