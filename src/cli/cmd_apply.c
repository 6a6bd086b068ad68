/*
 * apply.
 */
#include "cli/context.h"
#include "sync/apply.h"

int igd_cmd_apply(igd_invocation *invocation, igd_error *err)
{
    const igd_settings *settings = &invocation->settings;
    igd_apply_result *result = IGD_NEW(invocation->mem, igd_apply_result);
    if (!settings->script) {
        (void)igd_fail(err, IGD_E_USAGE, "no script is given");
        return igd_hint(err, "say which: --script FILE");
    }
    invocation->report.apply = result;
    int code = igd_apply(invocation->context->repo, invocation->context->target, &settings->sync,
                         settings->script, invocation->mem, result, err);
    if (result->head)
        invocation->report.source = result->head->source;
    return code;
}
