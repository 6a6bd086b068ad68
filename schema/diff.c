/*
 * The operations that lead from one version of a table to another.
 */
#include "schema/diff.h"

#include "schema/transition.h"

/* Fills what every operation has and adds it. */
static void add(igd_arena *mem, igd_op_list *out, igd_op op, igd_str table)
{
    op.table = table;
    igd_op_weigh(&op);
    const igd_rename *renamed = op.kind == IGD_OP_RENAME_COLUMN
                                    ? &op.to->columns[op.column_to].renamed
                                : op.kind == IGD_OP_RENAME_TABLE ? &op.to->renamed
                                                                 : NULL;
    if (renamed && renamed->why && !op.step)
        op.why = renamed->why;
    IGD_PUSH(mem, out, op);
}

static igd_op expand_op(igd_op_kind kind, const igd_table *from, const igd_table *to)
{
    return (igd_op){.kind = kind,
                    .part = IGD_PART_EXPAND,
                    .from = from,
                    .to = to,
                    .column_from = -1,
                    .column_to = -1};
}

static igd_op contract_op(igd_op_kind kind, const igd_table *from, const igd_table *to)
{
    igd_op op = expand_op(kind, from, to);
    op.part = IGD_PART_CONTRACT;
    return op;
}

/* ---- constraints of a table that changes ---- */

static void drop_constraints(const igd_transition *t, igd_arena *mem, igd_op_list *out)
{
    const igd_table *from = t->from;
    for (size_t n = 0; n < from->foreign_keys.len; n++) {
        igd_op op = expand_op(IGD_OP_DROP_FOREIGN_KEY, from, t->between);
        op.foreign_key = &from->foreign_keys.items[n];
        if (!igd_transition_keeps_foreign_key(t, op.foreign_key->name))
            add(mem, out, op, from->name);
    }
    for (size_t n = 0; n < from->checks.len && !t->remade; n++) {
        igd_op op = expand_op(IGD_OP_DROP_CHECK, from, t->between);
        op.check = &from->checks.items[n];
        if (!igd_transition_keeps_check(t, op.check->name))
            add(mem, out, op, from->name);
    }
    for (size_t n = 0; n < from->indexes.len; n++) {
        igd_op op = expand_op(IGD_OP_DROP_INDEX, from, t->between);
        op.index = &from->indexes.items[n];
        if (!igd_transition_keeps_index(t, op.index->name))
            add(mem, out, op, from->name);
    }
}

static void add_constraints(const igd_transition *t, igd_arena *mem, igd_op_list *out)
{
    const igd_table *to = t->to;
    for (size_t n = 0; n < to->checks.len && !t->remade; n++) {
        igd_op op = contract_op(IGD_OP_ADD_CHECK, t->between, to);
        op.check = &to->checks.items[n];
        if (!igd_transition_keeps_check(t, op.check->name))
            add(mem, out, op, to->name);
    }
    for (size_t n = 0; n < to->indexes.len; n++) {
        igd_op op = contract_op(IGD_OP_ADD_INDEX, t->between, to);
        op.index = &to->indexes.items[n];
        if (!igd_transition_keeps_index(t, op.index->name))
            add(mem, out, op, to->name);
    }
    for (size_t n = 0; n < to->foreign_keys.len; n++) {
        igd_op op = contract_op(IGD_OP_ADD_FOREIGN_KEY, t->between, to);
        op.foreign_key = &to->foreign_keys.items[n];
        if (!igd_transition_keeps_foreign_key(t, op.foreign_key->name))
            add(mem, out, op, to->name);
    }
}

/* ---- columns of a table that changes ---- */

/* A column that goes: nullable and out of the way in expand, dropped in contract. */
static void leave_column(const igd_transition *t, size_t at, igd_arena *mem, igd_op_list *out)
{
    const igd_column *old = &t->from->columns[at];
    ptrdiff_t aside = t->between_of[at];
    if (igd_is_aside_name(old->name)) {
        igd_op op = expand_op(IGD_OP_DROP_COLUMN, t->from, t->between);
        op.column_from = (ptrdiff_t)at;
        add(mem, out, op, t->to->name);
        return;
    }
    if (old->not_null) {
        igd_op op = expand_op(IGD_OP_DROP_NOT_NULL, t->from, t->between);
        op.column_from = (ptrdiff_t)at;
        op.column_to = aside;
        op.step = true;
        add(mem, out, op, t->to->name);
    }
    if (!igd_str_eq(old->name, t->between->columns[aside].name)) {
        igd_op op = expand_op(IGD_OP_RENAME_COLUMN, t->from, t->between);
        op.column_from = (ptrdiff_t)at;
        op.column_to = aside;
        op.step = true;
        add(mem, out, op, t->to->name);
    }
    igd_op op = contract_op(IGD_OP_DROP_COLUMN, t->between, t->to);
    op.column_from = aside;
    add(mem, out, op, t->to->name);
}

static void enter_column(const igd_transition *t, size_t at, igd_arena *mem, igd_op_list *out)
{
    igd_op op = expand_op(IGD_OP_ADD_COLUMN, t->from, t->between);
    op.column_to = (ptrdiff_t)at;
    add(mem, out, op, t->to->name);
    if (t->to->columns[at].not_null) {
        op = contract_op(IGD_OP_SET_NOT_NULL, t->between, t->to);
        op.column_from = op.column_to = (ptrdiff_t)at;
        add(mem, out, op, t->to->name);
    }
}

static void alter_type(const igd_transition *t, size_t at, igd_arena *mem, igd_op_list *out)
{
    const igd_column *old = &t->from->columns[t->from_of[at]], *new = &t->to->columns[at];
    igd_op op = expand_op(IGD_OP_ALTER_TYPE, t->from, t->to);
    op.column_from = t->from_of[at];
    op.column_to = (ptrdiff_t)at;
    if (igd_transition_refills(t, at)) {
        add(mem, out, op, t->to->name);
        op.part = IGD_PART_CONTRACT;
        op.step = true;
        add(mem, out, op, t->to->name);
    } else if (old->key_text != new->key_text || old->max_chars != new->max_chars) {
        op.part = igd_type_widens(old, new) ? IGD_PART_EXPAND : IGD_PART_CONTRACT;
        add(mem, out, op, t->to->name);
    }
}

/* A column that is in both. One that is filled again can be null until then. */
static void keep_column(const igd_transition *t, size_t at, igd_arena *mem, igd_op_list *out)
{
    const igd_column *old = &t->from->columns[t->from_of[at]], *new = &t->to->columns[at];
    bool refills = igd_transition_refills(t, at);
    bool both = old->not_null && new->not_null;
    if (!igd_str_eq(old->name, new->name)) {
        igd_op op = expand_op(IGD_OP_RENAME_COLUMN, t->from, t->between);
        op.column_from = t->from_of[at];
        op.column_to = (ptrdiff_t)at;
        add(mem, out, op, t->to->name);
    }
    if (old->not_null && (refills || !new->not_null)) {
        igd_op op = expand_op(IGD_OP_DROP_NOT_NULL, t->from, t->between);
        op.column_from = t->from_of[at];
        op.column_to = refills ? t->between_of[op.column_from] : (ptrdiff_t)at;
        op.step = both;
        add(mem, out, op, t->to->name);
    }
    alter_type(t, at, mem, out);
    if (new->not_null && (refills || !old->not_null)) {
        igd_op op = contract_op(IGD_OP_SET_NOT_NULL, t->between, t->to);
        op.column_from = op.column_to = (ptrdiff_t)at;
        op.step = both;
        add(mem, out, op, t->to->name);
    }
}

static void change_columns(const igd_transition *t, igd_arena *mem, igd_op_list *out)
{
    for (size_t n = 0; n < t->from->column_count; n++) {
        if (t->to_of[n] < 0)
            leave_column(t, n, mem, out);
    }
    for (size_t n = 0; n < t->to->column_count; n++) {
        if (t->from_of[n] < 0)
            enter_column(t, n, mem, out);
        else
            keep_column(t, n, mem, out);
    }
}

/* ---- whole tables ---- */

void igd_transition_ops(const igd_transition *t, igd_arena *mem, igd_op_list *out)
{
    drop_constraints(t, mem, out);
    if (!igd_str_eq(t->from->name, t->to->name))
        add(mem, out, expand_op(IGD_OP_RENAME_TABLE, t->from, t->between), t->from->name);
    if (t->remade)
        add(mem, out, expand_op(IGD_OP_CHANGE_PRIMARY_KEY, t->from, t->to), t->to->name);
    else
        change_columns(t, mem, out);
    add_constraints(t, mem, out);
}

void igd_new_table_ops(const igd_table *to, igd_arena *mem, igd_op_list *out)
{
    add(mem, out, expand_op(IGD_OP_CREATE_TABLE, NULL, to), to->name);
    for (size_t n = 0; n < to->indexes.len; n++) {
        igd_op op = contract_op(IGD_OP_ADD_INDEX, to, to);
        op.index = &to->indexes.items[n];
        op.step = true;
        add(mem, out, op, to->name);
    }
    for (size_t n = 0; n < to->foreign_keys.len; n++) {
        igd_op op = contract_op(IGD_OP_ADD_FOREIGN_KEY, to, to);
        op.foreign_key = &to->foreign_keys.items[n];
        op.step = true;
        add(mem, out, op, to->name);
    }
}

/* Its foreign keys go in expand, not to be in the way of what the records part deletes elsewhere
 * and of dropping tables that refer to each other. */
void igd_old_table_ops(const igd_table *from, const igd_table *between, igd_arena *mem,
                       igd_op_list *out)
{
    for (size_t n = 0; n < from->foreign_keys.len; n++) {
        igd_op op = expand_op(IGD_OP_DROP_FOREIGN_KEY, from, from);
        op.foreign_key = &from->foreign_keys.items[n];
        op.step = true;
        add(mem, out, op, from->name);
    }
    for (size_t n = 0; n < from->indexes.len; n++) {
        igd_op op = expand_op(IGD_OP_DROP_INDEX, from, from);
        op.index = &from->indexes.items[n];
        op.step = true;
        add(mem, out, op, from->name);
    }
    if (!igd_str_eq(from->name, between->name)) {
        igd_op op = expand_op(IGD_OP_RENAME_TABLE, from, between);
        op.step = true;
        add(mem, out, op, from->name);
    }
    add(mem, out, contract_op(IGD_OP_DROP_TABLE, between, NULL), between->name);
}

size_t igd_op_rank(const igd_op *op)
{
    static const igd_op_kind expand[] = {
        IGD_OP_DROP_FOREIGN_KEY, IGD_OP_DROP_CHECK,         IGD_OP_DROP_INDEX,
        IGD_OP_RENAME_TABLE,     IGD_OP_DROP_COLUMN,        IGD_OP_DROP_NOT_NULL,
        IGD_OP_RENAME_COLUMN,    IGD_OP_CHANGE_PRIMARY_KEY, IGD_OP_CREATE_TABLE,
        IGD_OP_ADD_COLUMN,       IGD_OP_ALTER_TYPE,
    };
    static const igd_op_kind contract[] = {
        IGD_OP_DROP_TABLE,  IGD_OP_ALTER_TYPE, IGD_OP_SET_NOT_NULL,    IGD_OP_ADD_CHECK,
        IGD_OP_DROP_COLUMN, IGD_OP_ADD_INDEX,  IGD_OP_ADD_FOREIGN_KEY,
    };
    bool first = op->part == IGD_PART_EXPAND;
    const igd_op_kind *kinds = first ? expand : contract;
    size_t at = 0, count = first ? IGD_COUNT(expand) : IGD_COUNT(contract);
    while (at < count - 1 && kinds[at] != op->kind)
        at++;
    /* Of renames, the step that frees a name comes before the one that takes it. */
    return 2 * at + !op->step + (first ? 0 : 2 * IGD_OP_COUNT);
}

void igd_table_diff(const igd_table *from, const igd_table *to, igd_arena *mem, igd_op_list *out)
{
    igd_op_list found = {0};
    if (from && to) {
        igd_transition t;
        igd_transition_make(from, to, 0, NULL, mem, &t);
        igd_transition_ops(&t, mem, &found);
    } else if (to) {
        igd_new_table_ops(to, mem, &found);
    } else if (from) {
        igd_old_table_ops(from, from, mem, &found);
    }
    for (size_t rank = 0; rank < IGD_OP_RANKS; rank++) {
        for (size_t n = 0; n < found.len; n++) {
            if (igd_op_rank(&found.items[n]) == rank)
                IGD_PUSH(mem, out, found.items[n]);
        }
    }
}
