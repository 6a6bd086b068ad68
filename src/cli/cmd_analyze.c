/*
 * analyze and verify.
 */
#include "cli/context.h"

int igd_cmd_analyze(igd_invocation *invocation, igd_error *err)
{
    igd_analysis *analysis = IGD_NEW(invocation->mem, igd_analysis);
    const igd_settings *settings = &invocation->settings;
    invocation->report.analysis = analysis;
    /* Commits are said of records. */
    igd_detail detail = settings->blame && settings->detail == IGD_DETAIL_SUMMARY
                            ? IGD_DETAIL_RECORDS
                            : settings->detail;
    int code = (settings->blame ? igd_analyze_blame : igd_analyze)(invocation->context->repo,
                                                                   invocation->context->target,
                                                                   &settings->sync, detail,
                                                                   invocation->mem, analysis, err);
    invocation->report.source = analysis->source;
    if (code == IGD_OK && settings->exit_code && !analysis->in_sync)
        invocation->report.exit_status = igd_code_exit_status(IGD_E_DIFFERS);
    return code;
}

int igd_cmd_verify(igd_invocation *invocation, igd_error *err)
{
    igd_analysis *analysis = IGD_NEW(invocation->mem, igd_analysis);
    const igd_settings *settings = &invocation->settings;
    invocation->report.analysis = analysis;
    int code = igd_verify(invocation->context->repo, invocation->context->target, &settings->sync,
                          settings->detail, invocation->mem, analysis, err);
    invocation->report.source = analysis->source;
    return code;
}
