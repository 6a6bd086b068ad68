/*
 * What all recorded runs have in common, whoever writes their scripts.
 */
#include "targets/target.h"

igd_recorded igd_recorded_run(const char *engine, const igd_source_state *from,
                              const igd_source_state *to)
{
    igd_recorded done = {.up_head = {.source = to->source,
                                     .engine = igd_str_from(engine),
                                     .direction = IGD_SCRIPT_UP,
                                     .from = from ? from->commit_id : (igd_str){0},
                                     .to = to->commit_id,
                                     .run_id = to->run_id,
                                     .schema = igd_script_schema(to)}};
    done.down_head = done.up_head;
    done.down_head.direction = IGD_SCRIPT_DOWN;
    done.down_head.from = done.up_head.to;
    done.down_head.to = done.up_head.from;
    done.down_head.schema = igd_script_schema(from);
    return done;
}

int igd_recording_check(const igd_begin *begin, igd_error *err)
{
    if (!begin->recording || !begin->expected || !igd_state_in_progress(begin->expected))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_USAGE, "a run to %.*s has begun and not ended",
                   IGD_STR_ARG(begin->expected->goal_commit_id));
    return igd_hint(err, "sync first, which goes on from there");
}
