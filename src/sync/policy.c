/*
 * Consent to losing data, and ownership of tables.
 */
#include "sync/policy.h"

#define NAMED_AT_MOST 5

static void name_losses(const igd_op_list *ops, uint32_t missing, igd_arena *mem, igd_buf *text,
                        size_t *count)
{
    for (size_t n = 0; n < ops->len; n++) {
        const igd_op *op = &ops->items[n];
        if (op->step || !((uint32_t)op->loss & missing))
            continue;
        if (++*count > NAMED_AT_MOST)
            continue;
        igd_buf_puts(text, *count > 1 ? ", " : "");
        igd_buf_str(text, igd_op_text(op, mem));
    }
}

void igd_policy_words(uint32_t missing, igd_buf *text)
{
    for (uint32_t bit = 1; bit <= missing; bit <<= 1)
        if (missing & bit) {
            igd_buf_puts(text, text->len ? "," : "");
            igd_buf_puts(text, igd_loss_word((igd_loss)bit));
        }
}

int igd_policy_losses(const igd_plan *plan, uint32_t allowed, igd_error *err)
{
    uint32_t missing = (uint32_t)plan->losses & ~allowed;
    if (missing == 0)
        return IGD_OK;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf what = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf options = IGD_BUF_INIT;
    size_t count = 0;
    for (size_t n = 0; n < plan->table_count; n++) {
        name_losses(&plan->tables[n].expand, missing, mem, &what, &count);
        name_losses(&plan->tables[n].contract, missing, mem, &what, &count);
    }
    if (count > NAMED_AT_MOST)
        igd_buf_printf(&what, ", and %zu more", count - NAMED_AT_MOST);
    igd_policy_words(missing | allowed, &options);
    (void)igd_fail(err, IGD_E_DESTRUCTIVE, "this would lose data of the target: %s", what.ptr);
    return igd_hint(err,
                    allowed ? "to permit it, too: --allow-destructive=%s"
                            : "to permit it add --allow-destructive=%s",
                    options.ptr);
}

int igd_policy_owner(const igd_table *table, const igd_state *state, igd_str source, igd_error *err)
{
    const igd_source_state *owner = igd_state_owner(state, table->name, source);
    if (!owner)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_UNOWNED, "table '%.*s' of collection '%.*s' belongs to source '%.*s'",
                   IGD_STR_ARG(table->name), IGD_STR_ARG(table->collection),
                   IGD_STR_ARG(owner->source));
    return igd_hint(err, "sync the two sources into different databases, or rename a collection");
}

/* A row of this table was held at the last sync. */
static bool has_held_row(const igd_source_state *state, igd_str collection)
{
    for (size_t n = 0; state && n < state->held.len; n++)
        if (igd_str_eq(state->held.items[n].collection, collection) &&
            state->held.items[n].row_digest.len > 0)
            return true;
    return false;
}

static bool loses_held(const igd_table_plan *plan, const igd_source_state *state,
                       const igd_side *side, const igd_invalid *invalid)
{
    if (!plan->from)
        return false;
    if (!plan->to)
        return has_held_row(state, plan->from->collection);
    if (!igd_plan_remakes(plan))
        return false;
    ptrdiff_t slot = igd_side_slot(side, plan->to->collection);
    return has_held_row(state, plan->to->collection) ||
           (slot >= 0 && igd_invalid_any(invalid, (size_t)slot));
}

int igd_policy_held(const igd_plan *plan, const igd_source_state *state, const igd_side *side,
                    const igd_invalid *invalid, uint32_t allowed, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf what = IGD_BUF_INIT;
    for (size_t n = 0; n < plan->table_count && !(allowed & IGD_LOSS_HELD); n++) {
        const igd_table_plan *table = &plan->tables[n];
        if (!loses_held(table, state, side, invalid))
            continue;
        igd_buf_puts(&what, what.len ? ", " : "");
        igd_buf_printf(&what, "'%.*s' (%s)", IGD_STR_ARG(table->from->name),
                       table->to ? "its key changes" : "its collection is gone");
    }
    if (what.len == 0)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_DESTRUCTIVE,
                   "rows of invalid records would be lost with their tables: %s", what.ptr);
    IGD_CLEANUP(igd_buf)
    igd_buf words = IGD_BUF_INIT;
    igd_policy_words((uint32_t)plan->losses | IGD_LOSS_HELD, &words);
    return igd_hint(err, "repair the records, or permit it: --allow-destructive=%s", words.ptr);
}

int igd_policy_owners(const igd_plan *plan, const igd_state *state, igd_str source, igd_error *err)
{
    int code = IGD_OK;
    for (size_t n = 0; code == IGD_OK && n < plan->table_count; n++)
        if (plan->tables[n].to)
            code = igd_policy_owner(plan->tables[n].to, state, source, err);
    return code;
}

/* Rows of the source that the table has, and held ones, which may be git's again by now; those that
 * go by consent are nothing for the fuse. */
static uint64_t rows_before(const igd_sync_result *result, const igd_source_state *state,
                            const igd_table_counts *counts)
{
    const igd_table_plan *plan = igd_plan_table(&result->plan, counts->collection);
    igd_str was = plan && plan->to ? igd_table_was(plan->to) : counts->collection;
    const igd_table_state *old = igd_state_table(state, was);
    uint64_t rows = old && old->row_count > 0 ? (uint64_t)old->row_count : 0;
    for (size_t n = 0; n < state->held.len; n++)
        rows += state->held.items[n].row_digest.len > 0 &&
                igd_str_eq(state->held.items[n].collection, counts->collection);
    /* A run that has read the table knows how many rows it has, also those of others. */
    uint64_t found = counts->unchanged + counts->updated + counts->deleted;
    if (result->compared && rows > 0 && found > rows)
        rows = found;
    return rows > counts->forbidden ? rows - counts->forbidden : 0;
}

static uint64_t gone_of(const igd_table_counts *counts)
{
    return counts->deleted > counts->forbidden ? counts->deleted - counts->forbidden : 0;
}

static bool trips(const igd_fuse *fuse, uint64_t before, const igd_table_counts *counts)
{
    uint64_t gone = gone_of(counts);
    if (before == 0 || gone == 0)
        return false;
    if (fuse->set)
        return fuse->percent ? gone * 100 > before * fuse->most : gone > fuse->most;
    bool emptied = gone >= before + counts->inserted;
    return emptied || (gone > 20 && gone > before / 2);
}

int igd_policy_fuse(const igd_sync_result *result, const igd_source_state *state,
                    const igd_fuse *fuse, uint32_t allowed, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf what = IGD_BUF_INIT;
    size_t count = 0;
    if (!state || (allowed & IGD_LOSS_MASS_DELETE))
        return IGD_OK;
    for (size_t n = 0; n < result->table_count; n++) {
        const igd_table_counts *counts = &result->tables[n];
        uint64_t before = rows_before(result, state, counts);
        if (!trips(fuse, before, counts) || ++count > NAMED_AT_MOST)
            continue;
        igd_buf_printf(&what, "%s%llu of %llu records of '%.*s'", count > 1 ? ", " : "",
                       (unsigned long long)gone_of(counts), (unsigned long long)before,
                       IGD_STR_ARG(counts->collection));
    }
    if (count == 0)
        return IGD_OK;
    if (count > NAMED_AT_MOST)
        igd_buf_printf(&what, ", and of %zu more collections", count - NAMED_AT_MOST);
    (void)igd_fail(err, IGD_E_MASS_DELETE, "this would delete %s", what.ptr);
    return igd_hint(err, "are the files where they belong? to permit it add "
                         "--allow-destructive=mass_delete, or a limit with --max-delete");
}
