/*
 * What is said of a source that has something invalid, and what becomes of the run.
 */
#include "sync/run_private.h"

void igd_run_reset_problems(igd_run *r)
{
    r->result->problems = IGD_PROBLEMS_INIT(r->mem);
    igd_problems_append(&r->result->problems, &r->definitions);
    igd_problems_append(&r->result->problems, &r->renames);
}

igd_source_check igd_run_check(igd_run *r, igd_notes *notes, igd_keyset *rejected)
{
    return (igd_source_check){.repo = r->repo,
                              .side = &r->side,
                              .jobs = r->options->jobs,
                              .stop = r->options->stop,
                              .meter = &r->meter,
                              .notes = notes,
                              .rejected = rejected};
}

/* One for each slot. */
static igd_table_counts *new_counts(const igd_run *r)
{
    igd_table_counts *counts = IGD_NEW_ARRAY(r->mem, igd_table_counts, r->side.slot_count);
    for (size_t n = 0; n < r->side.slot_count; n++) {
        counts[n].collection = r->side.slots[n].table->collection;
        counts[n].table = r->side.slots[n].table->name;
    }
    return counts;
}

/* Everything that is wrong with the new side; the answer to a run that met something invalid. */
int igd_run_report_invalid(igd_run *r, igd_keyset *rejected, igd_error *err)
{
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    igd_run_reset_problems(r);
    igd_notes_init(&notes, &r->result->problems, r->options->strict);
    igd_source_check check = igd_run_check(r, &notes, rejected);
    check.counts = r->result->tables = new_counts(r);
    r->result->table_count = r->side.slot_count;
    int code = igd_check_source(&check, err);
    igd_notes_finish(&notes);
    return code;
}

int igd_run_fail_invalid(const igd_problems *problems, igd_error *err)
{
    size_t records = igd_problems_records(problems);
    return igd_fail(err, IGD_E_INVALID, "the source has %zu invalid record%s or file%s", records,
                    records == 1 ? "" : "s", records == 1 ? "" : "s");
}

int igd_run_refuse_invalid(const igd_problems *problems, igd_error *err)
{
    (void)igd_run_fail_invalid(problems, err);
    return igd_hint(err, "repair them, or go on without them by --on-invalid skip; nothing was "
                         "written");
}

/* The run stopped at the first thing that it met; the user wants to see all of them. */
int igd_run_explain_invalid(igd_attempt *a, int code, igd_error *err)
{
    igd_run *r = a->run;
    if (code != IGD_E_INVALID || a->skipping)
        return code;
    if (r->options->on_invalid == IGD_INVALID_SKIP) {
        r->invalid = true;
        return code;
    }
    igd_error ignored = IGD_ERROR_INIT;
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    if (igd_run_report_invalid(r, rejected, &ignored) == IGD_OK && r->result->problems.invalid > 0)
        return igd_run_refuse_invalid(&r->result->problems, err);
    return code;
}
