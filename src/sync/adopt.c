/*
 * Tables of others that become ours.
 */
#include "sync/adopt.h"

#include "base/log.h"
#include "sync/policy.h"

/* ---- finding them ---- */

static bool is_ours(const igd_base *base, igd_str name)
{
    for (size_t n = 0; base->state && n < base->state->tables.len; n++)
        if (igd_str_eq_nocase(base->state->tables.items[n].table_name, name))
            return true;
    return false;
}

static int find_one(igd_target *target, const igd_table *wanted, igd_arena *mem, igd_adoption *out,
                    igd_error *err)
{
    igd_table there, like = *wanted;
    bool found = false;
    int code = target->driver->adopt(target, wanted, mem, &there, &found, err);
    if (code != IGD_OK || !found)
        return code;
    like.adopted = true;
    igd_found_table(&like, &there, mem, &out->tables.tables[out->tables.table_count++],
                    &out->foreign);
    return IGD_OK;
}

int igd_adopt_find(igd_target *target, const igd_state *state, const igd_base *base,
                   const igd_side *side, igd_arena *mem, igd_adoption *out, igd_error *err)
{
    *out = (igd_adoption){.tables = {.tables = IGD_NEW_ARRAY(mem, igd_table, side->slot_count)}};
    if (!target->driver->adopt)
        return igd_fail(err, IGD_E_USAGE, "this target has no tables to be taken over (--adopt)");
    for (size_t n = 0; n < side->slot_count; n++) {
        const igd_table *wanted = side->slots[n].table;
        if (is_ours(base, wanted->name))
            continue;
        int code = igd_policy_owner(wanted, state, base->source, err);
        if (code == IGD_OK)
            code = find_one(target, wanted, mem, out, err);
        if (code != IGD_OK)
            return code;
    }
    return IGD_OK;
}

void igd_adopt_into(const igd_adoption *adoption, igd_schema *schema, igd_arena *mem)
{
    size_t count = schema->table_count + adoption->tables.table_count;
    igd_table *tables = IGD_NEW_ARRAY(mem, igd_table, count);
    for (size_t n = 0; n < count; n++)
        tables[n] = n < schema->table_count ? schema->tables[n]
                                            : adoption->tables.tables[n - schema->table_count];
    *schema = (igd_schema){tables, count};
}

void igd_adopt_mark(const igd_adoption *adoption, igd_plan *plan)
{
    for (size_t n = 0; n < plan->table_count; n++) {
        igd_table_plan *table = &plan->tables[n];
        table->adopted =
            table->to && igd_schema_collection(&adoption->tables, table->to->collection);
    }
}

/* ---- losing them later ---- */

static int count_row(const igd_value *row IGD_UNUSED, void *payload, igd_error *err IGD_UNUSED)
{
    ++*(int64_t *)payload;
    return IGD_OK;
}

static int fail_losses(const igd_table_plan *plan, int64_t foreign, igd_error *err)
{
    const igd_table *table = plan->from;
    (void)igd_fail(err, IGD_E_DESTRUCTIVE,
                   "table '%.*s' was taken over and holds %lld row%s that git does not have: "
                   "%s would be lost with it",
                   IGD_STR_ARG(table->name), (long long)foreign, foreign == 1 ? "" : "s",
                   foreign == 1 ? "it" : "they");
    return igd_hint(err,
                    "save what you need of them; to permit it add --allow-destructive=%s,"
                    "mass_delete",
                    igd_loss_word(plan->to ? IGD_LOSS_NARROW : IGD_LOSS_DROP_TABLE));
}

int igd_adopt_check_losses(igd_target *target, const igd_plan *plan, const igd_source_state *state,
                           uint32_t allowed, igd_error *err)
{
    if (!state || (allowed & IGD_LOSS_MASS_DELETE))
        return IGD_OK;
    for (size_t n = 0; n < plan->table_count; n++) {
        const igd_table_plan *table = &plan->tables[n];
        const igd_table_state *old =
            table->from ? igd_state_table(state, table->from->collection) : NULL;
        int64_t rows = 0;
        if (!old || !old->adopted || (table->to && !igd_plan_remakes(table)))
            continue;
        int code = target->driver->scan(target, table->from, count_row, &rows, err);
        if (code != IGD_OK)
            return code;
        if (rows > old->row_count)
            return fail_losses(table, rows - old->row_count, err);
    }
    return IGD_OK;
}

/* ---- NOT NULL, when the rows allow it ---- */

typedef struct null_count {
    size_t columns;
    uint64_t *nulls; /* by column */
} null_count;

static int count_nulls(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    null_count *count = payload;
    for (size_t n = 0; n < count->columns; n++)
        count->nulls[n] += row[n].kind == IGD_NULL;
    return IGD_OK;
}

/* Of a table's operations, or of the plan's on that table. */
static void leave_out(igd_op_list *ops, const igd_table *table, const uint64_t *nulls)
{
    size_t kept = 0;
    for (size_t n = 0; n < ops->len; n++) {
        const igd_op *op = &ops->items[n];
        if (op->kind == IGD_OP_SET_NOT_NULL && op->to == table && nulls[op->column_to] > 0)
            continue;
        ops->items[kept++] = *op;
    }
    ops->len = kept;
}

static void tell_nullable(const igd_table *table, size_t column, uint64_t nulls)
{
    igd_log(IGD_LOG_WARNING,
            "column '%.*s' of table '%.*s' stays nullable: %llu row%s that git does not know %s no "
            "value in it",
            IGD_STR_ARG(table->columns[column].name), IGD_STR_ARG(table->name),
            (unsigned long long)nulls, nulls == 1 ? "" : "s", nulls == 1 ? "has" : "have");
}

static int relax_table(igd_adopter *adopter, igd_table_plan *table, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const igd_table *to = table->to;
    null_count count = {to->column_count, IGD_NEW_ARRAY(mem, uint64_t, to->column_count)};
    bool any = false;
    for (size_t n = 0; n < table->contract.len; n++)
        any |= table->contract.items[n].kind == IGD_OP_SET_NOT_NULL;
    if (!any)
        return IGD_OK;
    int code = adopter->target->driver->scan(adopter->target, to, count_nulls, &count, err);
    if (code != IGD_OK)
        return code;
    for (size_t n = 0; n < table->contract.len; n++) {
        const igd_op *op = &table->contract.items[n];
        if (op->kind != IGD_OP_SET_NOT_NULL || count.nulls[op->column_to] == 0)
            continue;
        tell_nullable(to, (size_t)op->column_to, count.nulls[op->column_to]);
        adopter->plan->op_count -= !op->step;
    }
    leave_out(&table->contract, to, count.nulls);
    leave_out(&adopter->plan->contract, to, count.nulls);
    return IGD_OK;
}

static int expand(igd_consumer *consumer, igd_error *err)
{
    igd_consumer *inner = ((igd_adopter *)consumer)->inner;
    return inner->expand(inner, err);
}

static int changes(igd_consumer *consumer, const igd_table_plan *table, const igd_change *list,
                   size_t count, igd_error *err)
{
    igd_consumer *inner = ((igd_adopter *)consumer)->inner;
    return inner->changes(inner, table, list, count, err);
}

static int contract(igd_consumer *consumer, igd_error *err)
{
    igd_adopter *adopter = (igd_adopter *)consumer;
    int code = IGD_OK;
    for (size_t n = 0; code == IGD_OK && n < adopter->plan->table_count; n++)
        if (adopter->plan->tables[n].adopted)
            code = relax_table(adopter, &adopter->plan->tables[n], err);
    return code == IGD_OK ? adopter->inner->contract(adopter->inner, err) : code;
}

igd_adopter igd_adopt_around(igd_consumer *inner, igd_target *target, igd_plan *plan)
{
    return (igd_adopter){.consumer = {.expand = expand, .changes = changes, .contract = contract},
                         .inner = inner,
                         .target = target,
                         .plan = plan};
}
