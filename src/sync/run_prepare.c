/*
 * An attempt before it writes anything: what the target holds, what is wrong with the source, the
 * plan, and whether it is allowed.
 */
#include "sync/policy.h"
#include "sync/renames.h"
#include "sync/resting.h"
#include "sync/run_private.h"

/* It is decided on the way (by the rehearsal, of a run in steps), where the change can tell; under
 * skip before, once there is something to be skipped. */
static bool decides_on_the_way(const igd_attempt *a)
{
    const igd_run *r = a->run;
    if (igd_base_needs_check(&a->base, &r->side))
        return false;
    return r->options->on_invalid == IGD_INVALID_FAIL ||
           (igd_base_synced(&a->base) && !igd_base_has_held(&a->base) && !r->invalid);
}

static int decide_validity(igd_attempt *a, igd_error *err)
{
    igd_run *r = a->run;
    if (decides_on_the_way(a))
        return IGD_OK;
    int code = igd_run_report_invalid(r, a->rejected, err);
    a->valid = code == IGD_OK && r->result->problems.invalid == 0;
    if (code != IGD_OK || r->result->problems.invalid == 0)
        return code;
    if (r->options->on_invalid == IGD_INVALID_FAIL)
        return igd_run_refuse_invalid(&r->result->problems, err);
    a->skipping = true;
    return igd_invalid_new(&r->side, &r->result->problems, &a->invalid, err);
}

static int adopt(igd_attempt *a, igd_error *err)
{
    igd_run *r = a->run;
    int code = igd_adopt_find(r->target, &a->state, &a->base, &r->side, r->mem, &a->adoption, err);
    if (code == IGD_OK)
        igd_adopt_into(&a->adoption, &a->base.schema, r->mem);
    r->result->foreign = a->adoption.foreign;
    return code;
}

/* What the plan does to tables that others have, or that we lose. */
static int check_policy(igd_attempt *a, igd_error *err)
{
    igd_run *r = a->run;
    const igd_plan *plan = &r->result->plan;
    uint32_t allowed = r->options->allow_loss;
    int code = igd_policy_owners(plan, &a->state, a->base.source, err);
    if (code == IGD_OK)
        code = igd_resting_check(&a->base, &r->side.chosen, plan, err);
    if (code == IGD_OK)
        code = igd_policy_losses(plan, allowed, err);
    igd_error held = IGD_ERROR_INIT;
    int also = igd_policy_held(plan, a->base.state, &r->side, a->invalid, allowed, &held);
    if (also != IGD_OK && code == IGD_OK) {
        *err = held;
        code = also;
    } else if (also != IGD_OK && code == IGD_E_DESTRUCTIVE) {
        (void)igd_hint(err, "%s", held.hint); /* names what is needed for both */
    }
    return code == IGD_OK ? igd_adopt_check_losses(r->target, plan, a->base.state, allowed, err)
                          : code;
}

/* What the change alone cannot tell: which rows others have edited, what became of rows that were
 * held, and which rows are to be held. */
static bool wants_compare(const igd_attempt *a)
{
    const igd_run *r = a->run;
    if (a->base.in_progress)
        return true;
    if (!igd_base_synced(&a->base))
        return false;
    return a->base.gone || r->options->mode == IGD_SYNC_FULL || r->edited || a->skipping ||
           igd_base_has_held(&a->base);
}

static int make_plan(igd_attempt *a, igd_error *err)
{
    igd_run *r = a->run;
    igd_plan *plan = &r->result->plan;
    igd_base_plan(&a->base, &r->side, &r->options->mapping, r->mem, plan);
    igd_target_fit_plan(r->target, plan);
    igd_adopt_mark(&a->adoption, plan);
    a->steps = igd_goes_in_steps(r->target->caps, plan);
    if (r->options->dry_run != IGD_DRY_EXECUTE || !a->steps)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_USAGE, "this target cannot take back what a run has written%s",
                   r->target->caps & IGD_CAP_TRANSACTIONS ? ", since the schema changes" : "");
    return igd_hint(err, "--dry-run=plan writes nothing");
}

int igd_attempt_prepare(igd_attempt *a, igd_error *err)
{
    igd_run *r = a->run;
    int code = igd_base_load(r->repo, r->options, &r->side.chosen, r->mem, &a->base, err);
    if (code != IGD_OK)
        return code;
    r->result->from = igd_base_at(&a->base);
    code = igd_base_check_rewind(r->repo, &a->base, &r->goal, r->options->allow_rewind, err);
    r->renames = IGD_PROBLEMS_INIT(r->mem);
    if (code == IGD_OK)
        code =
            igd_renames_decide(r->repo, &a->base, &r->side, r->options, r->mem, &r->renames, err);
    if (code == IGD_OK)
        code = decide_validity(a, err);
    if (code == IGD_OK)
        code = igd_base_absent(&a->base, &r->side, a->absent, err);
    if (code != IGD_OK)
        return code;
    a->full = r->result->compared = wants_compare(a);
    if (a->full)
        code = igd_base_find(r->target, r->mem, &a->base, NULL, err);
    if (code == IGD_OK && r->options->adopt)
        code = adopt(a, err);
    if (code != IGD_OK)
        return code;
    a->compare = a->full || a->adoption.tables.table_count > 0;
    code = make_plan(a, err);
    return code == IGD_OK ? check_policy(a, err) : code;
}
