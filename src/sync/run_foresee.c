/*
 * What a run in steps does about edits that it foresees (sync/foresee.h): nothing is written when
 * somebody would have to decide about them first.
 */
#include <stdio.h>

#include "base/log.h"
#include "sync/run_private.h"

#define NAMED_AT_MOST 5

/* Rows that the run meets itself are decided there, when git or the row may win. */
static bool wants_foresight(const igd_attempt *a)
{
    const igd_run *r = a->run;
    return (r->target->caps & IGD_CAP_SCHEMA) && r->result->plan.op_count > 0 &&
           (a->base.in_progress || r->options->on_conflict != IGD_CONFLICT_SOURCE);
}

/* The commits that an interrupted run was on the way to. */
static const igd_side *const *others(const igd_attempt *a, igd_arena *mem, size_t *count)
{
    const igd_side **list = IGD_NEW_ARRAY(mem, const igd_side *, a->base.others.len);
    *count = 0;
    for (size_t n = 0; n < a->base.others.len; n++)
        if (!a->base.others.items[n].gone)
            list[(*count)++] = &a->base.others.items[n].side;
    return list;
}

/* A column that is exchanged, or has been and stands aside still. */
static bool find_exchange(const igd_plan *plan, igd_str *table, igd_str *column)
{
    for (size_t n = 0; n < plan->expand.len; n++) {
        const igd_op *op = &plan->expand.items[n];
        *table = op->table;
        if (!igd_op_refills(op))
            continue;
        *column = op->to->columns[op->column_to].name;
        return true;
    }
    for (size_t n = 0; n < plan->table_count; n++) {
        const igd_table *from = plan->tables[n].from;
        for (size_t c = 0; from && c < from->column_count; c++) {
            *table = from->name;
            *column = from->columns[c].name;
            if (igd_is_aside_name(*column))
                return true;
        }
    }
    return false;
}

/* After interrupted runs to several commits nobody can tell which of them a column is of, and so
 * what somebody wrote there. */
static int judge_unforeseen(const igd_attempt *a, igd_error *err)
{
    static const char what[] = "table '%.*s': after interrupted runs to several commits nobody can "
                               "tell whether somebody edited column '%.*s', whose type changes";
    igd_str table, column;
    if (!find_exchange(&a->run->result->plan, &table, &column))
        return IGD_OK;
    if (a->run->options->on_conflict == IGD_CONFLICT_SOURCE) {
        igd_log(IGD_LOG_WARNING, what, IGD_STR_ARG(table), IGD_STR_ARG(column));
        return IGD_OK;
    }
    (void)igd_fail(err, IGD_E_CONFLICT, what, IGD_STR_ARG(table), IGD_STR_ARG(column));
    return igd_hint(err, "--on-conflict source fills it from git");
}

int igd_attempt_foresee(igd_attempt *a, igd_consumer **out, igd_error *err)
{
    igd_run *r = a->run;
    bool any = false;
    if (!a->rehearsing || !wants_foresight(a))
        return IGD_OK;
    if (a->base.others.len > 1)
        return judge_unforeseen(a, err);
    a->foresight = IGD_NEW(r->mem, igd_foresight);
    *a->foresight = igd_foresee(r->target, &r->result->plan, r->mem);
    a->foresight->aside = a->base.in_progress;
    a->foresight->others = others(a, r->mem, &a->foresight->other_count);
    a->foresight->kept = !a->base.in_progress && r->options->on_conflict == IGD_CONFLICT_TARGET;
    a->foresight->all_known = !a->skipping && !a->base.gone;
    int code = igd_foresight_start(a->foresight, &any, err);
    if (any)
        *out = &a->foresight->consumer;
    else
        igd_attempt_forget_foresight(a);
    return code;
}

void igd_attempt_forget_foresight(igd_attempt *a)
{
    if (a->foresight)
        igd_foresight_free(a->foresight);
    a->foresight = NULL;
}

/* ---- refusing ---- */

static void name_rows(const igd_edit_list *edits, igd_buf *out)
{
    for (size_t n = 0; n < edits->len && n < NAMED_AT_MOST; n++)
        igd_buf_printf(out, "%s%.*s/%.*s", n ? ", " : "", IGD_STR_ARG(edits->items[n].table->name),
                       IGD_STR_ARG(edits->items[n].key_text));
    if (edits->len > NAMED_AT_MOST)
        igd_buf_printf(out, ", and %zu more", edits->len - NAMED_AT_MOST);
}

static void place(const igd_edit *edit, igd_error *err)
{
    igd_place *at = &err->place;
    snprintf(at->collection, sizeof(at->collection), "%.*s", IGD_STR_ARG(edit->table->collection));
    snprintf(at->key, sizeof(at->key), "%.*s", IGD_STR_ARG(edit->key_text));
}

static int refuse_edited(const igd_edit *edit, igd_error *err)
{
    (void)igd_fail(err, IGD_E_CONFLICT, "table '%.*s', key '%.*s': %s",
                   IGD_STR_ARG(edit->table->name), IGD_STR_ARG(edit->key_text), edit->what);
    place(edit, err);
    return igd_hint(err, "--on-conflict source overwrites such rows and records what they were, "
                         "--on-conflict target keeps them");
}

static int refuse_kept(const igd_edit_list *edits, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf rows = IGD_BUF_INIT;
    name_rows(edits, &rows);
    (void)igd_fail(err, IGD_E_CONFLICT,
                   "rows that somebody changed cannot stay as they are, since the type of a column "
                   "changes that must not be null: %s",
                   rows.ptr);
    place(&edits->items[0], err);
    return igd_hint(err, "--on-conflict source overwrites such rows and records what they were");
}

static int refuse_aside(const igd_edit_list *edits, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf rows = IGD_BUF_INIT;
    name_rows(edits, &rows);
    (void)igd_fail(err, IGD_E_CONFLICT,
                   "the run that was interrupted takes away column '%.*s', which alone has what "
                   "somebody wrote to rows of the target: %s",
                   IGD_STR_ARG(edits->items[0].column), rows.ptr);
    place(&edits->items[0], err);
    return igd_hint(err, "--on-conflict source records what they were and goes on");
}

int igd_attempt_judge_foreseen(igd_attempt *a, igd_error *err)
{
    const igd_run *r = a->run;
    if (!a->foresight)
        return IGD_OK;
    int code = igd_foresight_finish(a->foresight, &a->spine, err);
    const igd_edit_list *edits = &a->foresight->edits;
    if (code != IGD_OK || edits->len == 0)
        return code;
    if (a->foresight->kept)
        return refuse_kept(edits, err);
    if (!a->foresight->aside)
        return refuse_edited(&edits->items[0], err);
    bool records = r->options->on_conflict == IGD_CONFLICT_SOURCE && r->target->driver->conflict;
    return records ? IGD_OK : refuse_aside(edits, err);
}

/* ---- recording ---- */

int igd_attempt_record_foreseen(igd_attempt *a, igd_error *err)
{
    igd_target *target = a->run->target;
    int code = IGD_OK;
    for (size_t n = 0; a->foresight && n < a->foresight->edits.len && code == IGD_OK; n++) {
        const igd_edit *edit = &a->foresight->edits.items[n];
        igd_conflict conflict = {.table = edit->table,
                                 .decision = IGD_OVERWRITTEN,
                                 .key = edit->key,
                                 .key_text = edit->key_text,
                                 .old = edit->old};
        code = target->driver->conflict(target, &conflict, err);
    }
    return code;
}
