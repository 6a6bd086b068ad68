/*
 * Scripts of a run.
 */
#include "sync/generate.h"

#include <unistd.h>

/* ---- what a header says of a run ---- */

static void add_risks(const igd_op_list *ops, igd_arena *mem, igd_str_list *out)
{
    for (size_t n = 0; n < ops->len; n++) {
        const igd_op *op = &ops->items[n];
        if (op->step || op->risk == IGD_RISK_SAFE)
            continue;
        IGD_PUSH(mem, out,
                 igd_arena_printf(mem, "%s: %.*s: %s", igd_risk_word(op->risk),
                                  IGD_STR_ARG(igd_op_text(op, mem)), op->why));
    }
}

static void complete_heads(const igd_script_run *run, igd_recorded *recorded)
{
    const igd_table_counts *total = &run->result->total;
    const igd_plan *plan = &run->result->plan;
    igd_script_head *up = &recorded->up_head, *down = &recorded->down_head;
    up->tool = down->tool = IGD_STR("ingitdb-go " IGD_VERSION);
    up->inserts = down->deletes = total->inserted;
    up->updates = down->updates = total->updated;
    up->deletes = down->inserts = total->deleted;
    for (size_t n = 0; n < plan->table_count; n++)
        add_risks(&plan->tables[n].expand, run->mem, &up->risks);
    for (size_t n = 0; n < plan->table_count; n++)
        add_risks(&plan->tables[n].contract, run->mem, &up->risks);
}

/* ---- writing ---- */

static bool changes_nothing(const igd_script_run *run, const igd_recorded *recorded)
{
    const igd_sync_result *result = run->result;
    const igd_table_counts *total = &result->total;
    return result->plan.op_count == 0 && result->conflicts.count == 0 &&
           total->inserted + total->updated + total->deleted == 0 &&
           igd_str_eq(recorded->up_head.from, recorded->up_head.to);
}

static int write_one(const igd_script_paths *paths, igd_script_file *file, igd_script_head *head,
                     const char *path, igd_error *err)
{
    return paths->plain ? igd_script_finish_plain(file, path, paths->force, err)
                        : igd_script_finish(file, head, path, paths->force, err);
}

static bool is_commit(igd_str text)
{
    return text.len == 0 || text.len == 40 || text.len == 64;
}

static int finished(igd_recorded *recorded, void *payload, igd_error *err)
{
    igd_script_run *run = payload;
    igd_script_paths *paths = run->paths;
    int code = IGD_OK;
    if (recorded->up && changes_nothing(run, recorded))
        return IGD_OK;
    if (!is_commit(recorded->up_head.from) || !is_commit(recorded->up_head.to)) {
        (void)igd_fail(err, IGD_E_USAGE,
                       "a script leads from one commit to another, and the target's collections "
                       "are or would be at several");
        return igd_hint(err, "sync all of them to one commit first");
    }
    complete_heads(run, recorded);
    if (paths->down)
        code = write_one(paths, recorded->down, &recorded->down_head, paths->down, err);
    if (code == IGD_OK && recorded->up)
        code = write_one(paths, recorded->up, &recorded->up_head, paths->up, err);
    if (code != IGD_OK && paths->down && code != IGD_E_USAGE)
        unlink(paths->down);
    paths->written = code == IGD_OK;
    return code;
}

void igd_script_run_init(igd_script_run *run, igd_script_paths *paths,
                         const igd_sync_result *result, igd_arena *mem)
{
    *run = (igd_script_run){.paths = paths, .result = result, .mem = mem};
    run->recording = (igd_recording){.plain = paths->plain, .finished = finished, .payload = run};
}

static int check_path(const char *path, bool force, igd_error *err)
{
    if (!path || force || access(path, F_OK) != 0)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_USAGE, "'%s' exists", path);
    return igd_hint(err, "--force replaces it");
}

int igd_script_paths_check(const igd_script_paths *paths, bool with_up, igd_error *err)
{
    int code = check_path(paths->down, paths->force, err);
    return code == IGD_OK && with_up ? check_path(paths->up, paths->force, err) : code;
}

void igd_script_paths_remove(igd_script_paths *paths)
{
    if (paths->written && paths->down)
        unlink(paths->down);
    paths->written = false;
}

/* ---- generate ---- */

/* What a target at that commit holds. */
static int go_to(igd_repo *repo, igd_target *target, const igd_sync_options *like, const char *ref,
                 igd_arena *mem, igd_error *err)
{
    igd_sync_result result;
    igd_sync_options options = *like;
    options.ref = ref;
    options.scripts = NULL;
    options.rename_count = 0; /* they are of the way from there */
    options.run_id = igd_arena_printf(mem, "%s-from", like->run_id).ptr;
    int code = igd_sync(repo, target, &options, mem, &result, err);
    return code == IGD_OK ? IGD_OK : igd_error_prefix(err, "--from %s", ref);
}

int igd_generate(igd_repo *repo, igd_target *target, const igd_sync_options *given,
                 const char *from, igd_arena *mem, igd_sync_result *out, igd_error *err)
{
    igd_sync_options options = *given;
    *out = (igd_sync_result){.problems = IGD_PROBLEMS_INIT(mem)};
    if (!igd_target_records(target)) {
        (void)igd_fail(err, IGD_E_USAGE, "there are no scripts for this target: %s %.*s",
                       target->driver->name, IGD_STR_ARG(target->database));
        return igd_hint(err, "sync writes to it");
    }
    int code = igd_script_paths_check(options.scripts, true, err);
    if (code == IGD_OK && from)
        code = go_to(repo, target, &options, from, mem, err);
    if (code != IGD_OK)
        return code;
    /* Both are said; there is nothing to go back from by mistake. */
    options.allow_rewind |= from != NULL;
    if (!from)
        options.mode = IGD_SYNC_FULL;
    code = igd_sync(repo, target, &options, mem, out, err);
    if (code == IGD_OK && !options.scripts->written)
        out->up_to_date = true;
    return code;
}
