/*
 * status.
 */
#include "cli/context.h"

int igd_cmd_status(igd_invocation *invocation, igd_error *err)
{
    igd_status *status = IGD_NEW(invocation->mem, igd_status);
    int code = igd_status_read(invocation->context->repo, invocation->context->target,
                               &invocation->settings.sync, invocation->mem, status, err);
    if (code != IGD_OK)
        return code;
    invocation->report.status = status;
    invocation->report.source = status->source;
    bool level = status->commits_behind == 0 && status->records_behind == 0 && status->held == 0;
    if (invocation->settings.exit_code && !level)
        invocation->report.exit_status = igd_code_exit_status(IGD_E_DIFFERS);
    return IGD_OK;
}
