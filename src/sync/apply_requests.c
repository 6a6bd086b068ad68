/*
 * Scripts for targets without transactions: each statement is a request that is carried out or not,
 * and says by itself what the one before it has left. So what was stopped goes on, and a request
 * whose answer got lost is simply sent again.
 */
#include <stdio.h>

#include "sync/apply_private.h"
#include "sync/pipeline.h"
#include "sync/retry.h"

static int next(igd_applying *a, igd_script_statement *out, bool *more, igd_error *err)
{
    int code = igd_stop_check(a->options->stop, err);
    return code == IGD_OK
               ? igd_script_next(a->script, a->target->driver->script_syntax, out, more, err)
               : code;
}

/* Before the first change: the rows are those that the script was made for. */
static int check_rows(igd_applying *a, igd_error *err)
{
    igd_script_statement statement;
    uint64_t count = 0;
    igd_digest sum = {0, 0};
    bool more = true;
    igd_meter_phase(&a->meter, "checking rows", 0);
    int code = IGD_OK;
    while (code == IGD_OK) {
        code = next(a, &statement, &more, err);
        if (code != IGD_OK || !more)
            break;
        code = a->target->driver->script_touched(a->target, &statement, &count, &sum, err);
    }
    if (code == IGD_OK)
        code = igd_apply_check_sum(a, count, sum, err);
    return code == IGD_OK ? igd_script_rewind(a->script, err) : code;
}

static int blame(const igd_applying *a, const igd_script_statement *statement, igd_error *err)
{
    snprintf(err->place.path, sizeof(err->place.path), "%s", a->path);
    err->place.line = statement->line;
    if (err->code == IGD_E_UNREACHABLE || err->code == IGD_E_TARGET)
        return igd_hint(err, "%s%srun it again, and it goes on from there; or sync", err->hint,
                        err->hint[0] ? "; " : "");
    return (int)err->code;
}

static int run_one(igd_applying *a, const igd_script_statement *statement, igd_retry *retry,
                   igd_error *err)
{
    for (;;) {
        int code = a->target->driver->script_run(a->target, statement, NULL, NULL, err);
        if (code == IGD_OK || !igd_retry_after(retry, err))
            return code == IGD_OK ? IGD_OK : blame(a, statement, err);
    }
}

static int run_all(igd_applying *a, igd_error *err)
{
    igd_retry retry = {.target = a->target, .stop = a->options->stop};
    igd_script_statement statement;
    bool more = true;
    igd_meter_phase(&a->meter, "executing", 0);
    int code = IGD_OK;
    while (code == IGD_OK) {
        code = next(a, &statement, &more, err);
        if (code != IGD_OK || !more)
            break;
        code = run_one(a, &statement, &retry, err);
        a->out->statements += code == IGD_OK;
        igd_meter_add(&a->meter, 1);
    }
    return code;
}

/* It is done; what can still be said is whether it is right. */
static int finish(igd_applying *a, igd_error *err)
{
    igd_source_state left = {0};
    int code = igd_apply_check_left(a, &left, err);
    a->out->applied = code == IGD_OK;
    if (code == IGD_OK)
        code = igd_apply_record(a, igd_apply_goes_up(a) ? "applied" : "rolled_back", (igd_str){0},
                                err);
    return code == IGD_OK && a->options->verify ? igd_apply_prove(a, &left, err) : code;
}

int igd_apply_requests(igd_applying *a, igd_error *err)
{
    int code = a->goes_on ? IGD_OK : check_rows(a, err);
    a->out->only_looked = a->out->dry_run;
    if (code != IGD_OK || a->out->dry_run)
        return code;
    code = run_all(a, err);
    return code == IGD_OK ? finish(a, err) : code;
}
