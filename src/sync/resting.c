/*
 * Plans against the tables that are not part of them.
 */
#include "sync/resting.h"

/* What a foreign key to the table does not survive. */
static bool breaks(const igd_op *op, const igd_foreign_key *key)
{
    bool renames = false;
    for (size_t n = 0; op->kind == IGD_OP_RENAME_COLUMN && n < key->ref_columns.len; n++)
        renames |= igd_table_column(op->from, key->ref_columns.items[n]) == op->column_from;
    return renames || op->kind == IGD_OP_DROP_TABLE || op->kind == IGD_OP_RENAME_TABLE ||
           op->kind == IGD_OP_CHANGE_PRIMARY_KEY;
}

static bool refers(const igd_table *resting, const igd_op *op)
{
    for (size_t n = 0; n < resting->foreign_keys.len; n++) {
        const igd_foreign_key *key = &resting->foreign_keys.items[n];
        if (op->from && igd_str_eq(key->ref_table, op->from->name) && breaks(op, key))
            return true;
    }
    return false;
}

static int check_op(const igd_table *resting, const igd_op *op, igd_error *err)
{
    bool makes = op->kind == IGD_OP_CREATE_TABLE || op->kind == IGD_OP_RENAME_TABLE;
    bool taken = makes && igd_str_eq_nocase(op->to->name, resting->name);
    if (!taken && !refers(resting, op))
        return IGD_OK;
    if (taken) {
        (void)igd_fail(err, IGD_E_UNOWNED,
                       "table '%.*s' is that of collection '%.*s', which is not selected",
                       IGD_STR_ARG(resting->name), IGD_STR_ARG(resting->collection));
    } else {
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        (void)igd_fail(err, IGD_E_CONFLICT,
                       "%.*s: table '%.*s' refers to it, and its collection is not selected",
                       IGD_STR_ARG(igd_op_text(op, mem)), IGD_STR_ARG(resting->name));
    }
    return igd_hint(err, "select '%.*s', too", IGD_STR_ARG(resting->collection));
}

int igd_resting_check(const igd_base *base, const igd_chosen *chosen, const igd_plan *plan,
                      igd_error *err)
{
    const igd_op_list *parts[] = {&plan->expand, &plan->contract};
    int code = IGD_OK;
    for (size_t t = 0; t < base->recorded.table_count; t++) {
        const igd_table *resting = &base->recorded.tables[t];
        if (igd_chosen_has(chosen, resting->collection))
            continue;
        for (size_t part = 0; part < IGD_COUNT(parts); part++)
            for (size_t n = 0; code == IGD_OK && n < parts[part]->len; n++)
                code = check_op(resting, &parts[part]->items[n], err);
    }
    return code;
}
