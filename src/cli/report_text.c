/*
 * Reports for people.
 */
#include <inttypes.h>

#include "cli/report.h"
#include "cli/report_value.h"

static void print_counts(const igd_table_counts *counts, int width, bool color, FILE *out)
{
    const char *add = color ? "\033[32m" : "", *change = color ? "\033[33m" : "",
               *del = color ? "\033[31m" : "", *plain = color ? "\033[0m" : "";
    fprintf(out, "  %-*.*s", width, IGD_STR_ARG(counts->table));
    fprintf(out, "  %s+%" PRIu64 "%s %s~%" PRIu64 "%s %s-%" PRIu64 "%s\n", add, counts->inserted,
            plain, change, counts->updated, plain, del, counts->deleted, plain);
}

static bool has_changes(const igd_table_counts *counts)
{
    return counts->inserted + counts->updated + counts->deleted > 0;
}

static void print_tables(const igd_sync_result *sync, bool color, FILE *out)
{
    int width = 0;
    for (size_t n = 0; n < sync->table_count; n++)
        if (has_changes(&sync->tables[n]) && (int)sync->tables[n].table.len > width)
            width = (int)sync->tables[n].table.len;
    for (size_t n = 0; n < sync->table_count; n++)
        if (has_changes(&sync->tables[n]))
            print_counts(&sync->tables[n], width, color, out);
}

static void print_ops(const igd_op_list *ops, igd_arena *mem, FILE *out)
{
    for (size_t n = 0; n < ops->len; n++) {
        const igd_op *op = &ops->items[n];
        if (op->step) /* belongs to another one */
            continue;
        fprintf(out, "  %.*s", IGD_STR_ARG(igd_op_text(op, mem)));
        if (op->risk != IGD_RISK_SAFE)
            fprintf(out, " (%s: %s)", igd_risk_word(op->risk), op->why);
        fputc('\n', out);
    }
}

static void print_schema(const igd_plan *plan, FILE *out)
{
    if (plan->op_count == 0)
        return;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    fprintf(out, "%zu schema change%s\n", plan->op_count, plan->op_count == 1 ? "" : "s");
    for (size_t n = 0; n < plan->table_count; n++)
        print_ops(&plan->tables[n].expand, mem, out);
    for (size_t n = 0; n < plan->table_count; n++)
        print_ops(&plan->tables[n].contract, mem, out);
}

static void print_conflict(uint64_t count, const char *what, bool color, FILE *out)
{
    if (count > 0)
        fprintf(out,
                "%s%" PRIu64 " row%s that somebody had changed %s %s%s: see "
                "ingitdb_sync_conflicts\n",
                color ? "\033[33m" : "", count, count == 1 ? "" : "s", count == 1 ? "was" : "were",
                what, color ? "\033[0m" : "");
}

static void print_conflicts(const igd_conflicts *conflicts, bool color, FILE *out)
{
    print_conflict(conflicts->decided[IGD_OVERWRITTEN], "overwritten", color, out);
    print_conflict(conflicts->decided[IGD_DELETED], "deleted", color, out);
    print_conflict(conflicts->decided[IGD_KEPT], "kept", color, out);
}

void igd_report_selection(const igd_selection *selection, FILE *out)
{
    if (!igd_selection_given(selection))
        return;
    fputs("only what is selected:", out);
    if (selection->collections.len)
        fprintf(out, " --collections %.*s", IGD_STR_ARG(selection->collections));
    if (selection->exclude.len)
        fprintf(out, " --exclude %.*s", IGD_STR_ARG(selection->exclude));
    fputc('\n', out);
}

void igd_report_adopted(const igd_table_counts *counts, bool would, igd_buf *out)
{
    igd_report_clean(out, counts->table, 0);
    igd_buf_printf(out, ": %" PRIu64 " equal, %" PRIu64 " %s, %" PRIu64 " foreign",
                   counts->unchanged, counts->updated, would ? "would change" : "changed",
                   counts->foreign);
}

/* Every table that became ours, and what of it did not. */
static void print_adopted(const igd_sync_result *sync, FILE *out)
{
    bool would = sync->dry_run != IGD_DRY_NONE;
    for (size_t n = 0; n < sync->table_count; n++) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        if (!sync->tables[n].adopted)
            continue;
        igd_report_adopted(&sync->tables[n], would, &text);
        fprintf(out, "%s %s\n", would ? "would take over" : "took over", text.ptr);
    }
    for (size_t n = 0; n < sync->foreign.len; n++) {
        const igd_foreign_object *object = &sync->foreign.items[n];
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        igd_report_clean(&text, object->table, 0);
        igd_buf_byte(&text, '.');
        igd_report_clean(&text, object->name, 0);
        fprintf(out, "  stays as it is: %s %s\n", object->kind, text.ptr);
    }
}

static void print_held(const igd_sync_result *sync, FILE *out)
{
    if (sync->held == 0)
        return;
    fprintf(out, "%zu invalid record%s left out", sync->left_out, sync->left_out == 1 ? "" : "s");
    if (sync->held_rows > 0)
        fprintf(out, ", %zu row%s of the target held", sync->held_rows,
                sync->held_rows == 1 ? "" : "s");
    fprintf(out, ": the target is degraded\n");
}

static void print_scripts(const igd_script_paths *scripts, FILE *out)
{
    if (!scripts || !scripts->written)
        return;
    if (scripts->up)
        fprintf(out, "script      %s\n", scripts->up);
    if (scripts->down)
        fprintf(out, "rollback    %s\n", scripts->down);
}

static void print_executed(const igd_sync_result *sync, FILE *out)
{
    if (sync->locks.len == 0) {
        fputs("a dry run: all of it was done under the target's write lock, and rolled back\n",
              out);
        return;
    }
    fputs("a dry run: all of it was done and rolled back; it held these locks\n", out);
    for (size_t n = 0; n < sync->locks.len; n++)
        fprintf(out, "  %.*s\n", IGD_STR_ARG(sync->locks.items[n]));
}

/* To be copied into a shell. */
static void print_read_command(const igd_report *report, FILE *out)
{
    const igd_sync_result *sync = report->sync;
    if (strcmp(report->command, "sync") == 0 && sync->dry_run == IGD_DRY_NONE &&
        sync->read_command.len)
        fprintf(out, "read one    %.*s\n", IGD_STR_ARG(sync->read_command));
}

static void print_sync(const igd_report *report, bool color, FILE *out)
{
    const igd_sync_result *sync = report->sync;
    if (sync->up_to_date) {
        fprintf(out, "%.*s: already at %.10s, nothing to do\n", IGD_STR_ARG(sync->source),
                sync->to.ptr);
        igd_report_selection(&report->selection, out);
        return;
    }
    igd_report_problems(&sync->problems, color, out);
    if (report->error || sync->to.len == 0)
        return;
    print_schema(&sync->plan, out);
    print_tables(sync, color, out);
    print_adopted(sync, out);
    print_conflicts(&sync->conflicts, color, out);
    fprintf(out, "%.*s: ", IGD_STR_ARG(sync->source));
    if (sync->from.len)
        fprintf(out, "%.10s -> ", sync->from.ptr);
    fprintf(out, "%.10s: %" PRIu64 " inserted, %" PRIu64 " updated, %" PRIu64 " deleted (%.2f s)\n",
            sync->to.ptr, sync->total.inserted, sync->total.updated, sync->total.deleted,
            (double)report->duration_ms / 1000);
    igd_report_selection(&report->selection, out);
    print_held(sync, out);
    if (sync->dry_run == IGD_DRY_PLAN)
        fputs("a dry run: this is what would be done; nothing was written. What only a write can "
              "meet, rows that others changed among it, --dry-run=execute tells\n",
              out);
    if (sync->dry_run == IGD_DRY_EXECUTE)
        print_executed(sync, out);
    if (sync->from.len && !sync->compared)
        fputs("rows that git did not change were not compared with the target\n", out);
    print_scripts(report->scripts, out);
    print_read_command(report, out);
}

static void print_validate(const igd_report *report, bool color, FILE *out)
{
    const igd_sync_result *result = report->sync;
    igd_report_problems(&result->problems, color, out);
    if (report->error)
        return;
    fprintf(out, "%.10s: %zu collection%s, %" PRIu64 " record%s: every one is valid\n",
            result->to.ptr, result->table_count, result->table_count == 1 ? "" : "s",
            result->total.unchanged, result->total.unchanged == 1 ? "" : "s");
    igd_report_selection(&report->selection, out);
}

igd_str igd_report_holder(const igd_lock_holder *holder, igd_arena *mem)
{
    if (holder->pid == 0)
        return IGD_STR("a session of the server that does not say whose it is");
    return igd_arena_printf(mem, "pid %" PRId64 " on %.*s since %.*s", holder->pid,
                            IGD_STR_ARG(holder->host), IGD_STR_ARG(holder->since));
}

static void print_holder(const igd_lock_holder *holder, FILE *out)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    fprintf(out, "%.*s", IGD_STR_ARG(igd_report_holder(holder, mem)));
}

/* A row that stays because of a file as a whole. */
static bool is_of_file(const igd_source_state *state, const igd_held_state *held)
{
    for (size_t n = 0; n < state->held.len; n++) {
        const igd_held_state *file = &state->held.items[n];
        if (held->key.len > 0 && file->key.len == 0 && igd_str_eq(file->path, held->path) &&
            igd_str_eq(file->collection, held->collection))
            return true;
    }
    return false;
}

static void print_held_records(const igd_source_state *state, FILE *out)
{
    size_t invalid = 0, rows = 0;
    for (size_t n = 0; n < state->held.len; n++) {
        const igd_held_state *held = &state->held.items[n];
        bool only_row = held->path.len == 0 || is_of_file(state, held);
        invalid += !only_row;
        rows += only_row || held->row_digest.len > 0;
    }
    if (state->held.len == 0)
        return;
    fprintf(out, "held        %zu record%s or file%s left out as invalid", invalid,
            invalid == 1 ? "" : "s", invalid == 1 ? "" : "s");
    if (rows > 0)
        fprintf(out, ", %zu row%s of the target stay%s", rows, rows == 1 ? "" : "s",
                rows == 1 ? "s" : "");
    fputc('\n', out);
}

static void print_behind(const igd_status *status, FILE *out)
{
    if (status->commits_behind == 0 && status->records_behind == 0) {
        fputs("behind      nothing: up to date\n", out);
        return;
    }
    fputs("behind      ", out);
    if (status->commits_behind >= 0)
        fprintf(out, "%" PRId64 " commit%s, ", status->commits_behind,
                status->commits_behind == 1 ? "" : "s");
    if (status->records_behind >= 0)
        fprintf(out, "%" PRId64 " record%s\n", status->records_behind,
                status->records_behind == 1 ? "" : "s");
    else
        fputs("an unknown number of records\n", out);
    if (status->rewound)
        fprintf(out, "            %.10s is not a descendant of what the target holds\n",
                status->head.hex);
}

/* in progress (A|B -> C), run R on HOST, started T */
static void print_progress(const igd_status *status, FILE *out)
{
    const igd_source_state *state = &status->state;
    igd_str rest = state->base_commit_ids, id;
    const char *before = "";
    fputs("in progress (", out);
    while (igd_str_split(&rest, ' ', &id)) {
        bool nothing = igd_str_is(id, IGD_STATE_NOTHING);
        fprintf(out, "%s%.*s", before, nothing ? 7 : 10, nothing ? "nothing" : id.ptr);
        before = "|";
    }
    fprintf(out, " -> %.10s), run %.*s", state->goal_commit_id.ptr, IGD_STR_ARG(state->run_id));
    if (igd_str_eq(status->holder.run_id, state->run_id))
        fprintf(out, " on %.*s", IGD_STR_ARG(status->holder.host));
    fprintf(out, ", started %.*s%s\n", IGD_STR_ARG(state->started_at),
            status->holder.held ? "" : "; the next sync goes on from there");
    if (!status->holder.held)
        fputs("            it compares all of the target and decides about every edited row, as "
              "--mode full does\n",
              out);
}

static void print_held_commit(const igd_status *status, FILE *out)
{
    const igd_source_state *state = &status->state;
    fputs("holds       ", out);
    if (status->known && igd_state_in_progress(state))
        print_progress(status, out);
    else if (!status->known || state->commit_id.len == 0)
        fputs("nothing: never synced\n", out);
    else
        fprintf(out, "%.*s\n", IGD_STR_ARG(state->commit_id));
}

static void print_commits(const igd_status *status, FILE *out)
{
    for (size_t n = 0; n < status->commits.len; n++) {
        const igd_status_commit *commit = &status->commits.items[n];
        fprintf(out, "            %.10s: ", commit->id.ptr);
        for (size_t c = 0; c < commit->collections.len; c++)
            fprintf(out, "%s%.*s", c ? ", " : "", IGD_STR_ARG(commit->collections.items[c]));
        if (commit->behind > 0)
            fprintf(out, " (%" PRId64 " commit%s behind)", commit->behind,
                    commit->behind == 1 ? "" : "s");
        fputc('\n', out);
    }
}

static void print_status(const igd_report *report, bool color, FILE *out)
{
    const igd_status *status = report->status;
    fprintf(out, "source      %.*s\n", IGD_STR_ARG(status->source));
    /* Not every server says its version to everybody. */
    fprintf(out, "target      %.*s (%.*s%s%.*s)\n", IGD_STR_ARG(report->target),
            IGD_STR_ARG(report->engine), report->server_version.len ? " " : "",
            IGD_STR_ARG(report->server_version));
    print_held_commit(status, out);
    if (status->commits.len > 1)
        print_commits(status, out);
    if (igd_str_is(status->state.status, "failed") && status->state.finished_at.len > 0)
        fprintf(out, "last run    failed; the one before it ended at %.*s, --ref %.*s\n",
                IGD_STR_ARG(status->state.finished_at), IGD_STR_ARG(status->state.ref));
    else if (status->state.status.len > 0 && !igd_state_in_progress(&status->state))
        fprintf(out, "last run    %.*s at %.*s, --ref %.*s\n", IGD_STR_ARG(status->state.status),
                IGD_STR_ARG(status->state.finished_at), IGD_STR_ARG(status->state.ref));
    print_behind(status, out);
    igd_report_selection(&report->selection, out);
    fputs("lock        ", out);
    if (status->holder.held)
        print_holder(&status->holder, out);
    else if (status->holder.pid != 0)
        fputs("free (its last holder ended without giving it back)", out);
    else
        fputs("free", out);
    fputc('\n', out);
    if (status->held > 0)
        print_held_records(&status->state, out);
    if (status->state.last_error.len > 0)
        fprintf(out, "last error  %.*s\n", IGD_STR_ARG(status->state.last_error));
    if (status->other_sources > 0)
        fprintf(out, "others      %zu other source%s in this target\n", status->other_sources,
                status->other_sources == 1 ? "" : "s");
    igd_report_problems(&status->problems, color, out);
}

static void print_unlock(const igd_report *report, FILE *out)
{
    if (!report->unlocked && !report->holder->held) {
        fputs("the lock is free\n", out);
        return;
    }
    fprintf(out, "%s ", report->unlocked ? "taken away from" : "held by");
    print_holder(report->holder, out);
    fputc('\n', out);
}

void igd_report_text(const igd_report *report, bool color, FILE *out)
{
    if (report->text)
        fputs(report->text, out);
    if (report->sync && strcmp(report->command, "validate") == 0)
        print_validate(report, color, out);
    else if (report->sync)
        print_sync(report, color, out);
    if (report->apply)
        igd_report_apply_text(report, out);
    if (report->analysis)
        igd_report_analysis_text(report, color, out);
    if (report->status)
        print_status(report, color, out);
    if (report->holder)
        print_unlock(report, out);
}
