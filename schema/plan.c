/*
 * The plan: the way of each table, and all operations in the order in which to execute them.
 */
#include "schema/plan.h"

#include "base/map.h"
#include "schema/names.h"
#include "schema/transition.h"

/* Rows can differ in more than what git says: in the columns that they have and how they are kept.
 */
static bool must_emit(const igd_transition *t)
{
    if (t->remade || t->from->column_count != t->to->column_count)
        return true;
    for (size_t n = 0; n < t->to->column_count; n++) {
        if (t->from_of[n] < 0 || igd_transition_refills(t, n))
            return true;
    }
    return false;
}

typedef struct planner {
    size_t identifier_bytes;
    igd_arena *mem;
    igd_map *names;    /* of the desired tables, folded */
    igd_map *there;    /* tables by name */
    igd_map *replaced; /* names of old tables that are made anew or leave their name to another */
} planner;

static void plan_kept(const planner *p, const igd_table *from, const igd_table *to,
                      igd_table_plan *plan, igd_op_list *ops)
{
    igd_transition t;
    igd_transition_make(from, to, p->identifier_bytes, p->replaced, p->mem, &t);
    igd_transition_ops(&t, p->mem, ops);
    *plan = (igd_table_plan){
        .from = from,
        .between = ops->len > 0 ? t.between : to,
        .to = to,
        .emit_all = must_emit(&t),
    };
}

static void plan_new(const planner *p, const igd_table *to, igd_table_plan *plan, igd_op_list *ops)
{
    igd_new_table_ops(to, p->mem, ops);
    *plan = (igd_table_plan){.between = to, .to = to, .emit_all = true};
}

static void plan_old(const planner *p, const igd_table *from, igd_table_plan *plan,
                     igd_op_list *ops)
{
    igd_table *between = IGD_NEW(p->mem, igd_table);
    *between = *from;
    /* A run that was interrupted may have left one of that name. */
    if (igd_map_get(p->replaced, from->name))
        do
            between->name = igd_aside_name(between->name, p->identifier_bytes, p->mem);
        while (igd_map_get(p->there, between->name));
    igd_old_table_ops(from, between, p->mem, ops);
    *plan = (igd_table_plan){.from = from, .between = between};
}

/* `wanted` holds the desired tables by collection, also by the one that they were. */
static void find_replaced(const planner *p, const igd_schema *from, const igd_map *wanted)
{
    for (size_t n = 0; n < from->table_count; n++) {
        igd_table *old = &from->tables[n];
        const igd_table *new = igd_map_get(wanted, old->collection);
        if (new ? igd_key_changes(old, new)
                : igd_map_get(p->names, igd_name_fold(old->name, p->mem)) != NULL)
            igd_map_put(p->replaced, old->name, old);
    }
}

/* Gives each table and the whole plan their operations, by rank. */
static void sort_ops(const igd_op_list *ops, igd_arena *mem, igd_plan *plan)
{
    for (size_t rank = 0; rank < IGD_OP_RANKS; rank++) {
        for (size_t n = 0; n < plan->table_count; n++) {
            for (size_t k = 0; k < ops[n].len; k++) {
                const igd_op *op = &ops[n].items[k];
                if (igd_op_rank(op) != rank)
                    continue;
                bool first = op->part == IGD_PART_EXPAND;
                igd_table_plan *table = &plan->tables[n];
                IGD_PUSH(mem, first ? &table->expand : &table->contract, *op);
                IGD_PUSH(mem, first ? &plan->expand : &plan->contract, *op);
                plan->op_count += !op->step;
                plan->losses |= op->loss;
            }
        }
    }
}

static void plan_tables(const planner *p, const igd_schema *from, const igd_schema *to,
                        const igd_map *wanted, igd_plan *plan, igd_op_list *ops)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *old = igd_map_new();
    for (size_t n = 0; n < from->table_count; n++)
        igd_map_put(old, from->tables[n].collection, &from->tables[n]);
    for (size_t n = 0; n < to->table_count; n++) {
        const igd_table *table = &to->tables[n], *before = igd_map_get(old, table->collection);
        if (!before)
            before = igd_map_get(old, igd_table_was(table));
        size_t at = plan->table_count++;
        if (before)
            plan_kept(p, before, table, &plan->tables[at], &ops[at]);
        else
            plan_new(p, table, &plan->tables[at], &ops[at]);
    }
    for (size_t n = from->table_count; n-- > 0;) {
        const igd_table *table = &from->tables[n];
        if (igd_map_get(wanted, table->collection))
            continue;
        size_t at = plan->table_count++;
        plan_old(p, table, &plan->tables[at], &ops[at]);
    }
}

void igd_plan_make(const igd_schema *from, const igd_schema *to, size_t identifier_bytes,
                   igd_arena *mem, igd_plan *out)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *names = igd_map_new();
    IGD_CLEANUP_PTR(igd_map) igd_map *replaced = igd_map_new();
    IGD_CLEANUP_PTR(igd_map) igd_map *wanted = igd_map_new();
    IGD_CLEANUP_PTR(igd_map) igd_map *there = igd_map_new();
    planner p = {identifier_bytes, mem, names, there, replaced};
    size_t most = from->table_count + to->table_count;
    igd_plan plan = {.tables = IGD_NEW_ARRAY(mem, igd_table_plan, most)};
    igd_op_list *ops = IGD_NEW_ARRAY(mem, igd_op_list, most);
    for (size_t n = 0; n < to->table_count; n++) {
        igd_map_put(names, igd_name_fold(to->tables[n].name, mem), &to->tables[n]);
        igd_map_put(wanted, to->tables[n].collection, &to->tables[n]);
        /* Of what an interrupted run made under the new name the old table is none any more. */
        if (!igd_schema_collection(from, to->tables[n].collection))
            igd_map_put(wanted, igd_table_was(&to->tables[n]), &to->tables[n]);
    }
    for (size_t n = 0; n < from->table_count; n++)
        igd_map_put(there, from->tables[n].name, &from->tables[n]);
    find_replaced(&p, from, wanted);
    plan_tables(&p, from, to, wanted, &plan, ops);
    sort_ops(ops, mem, &plan);
    *out = plan;
}

const igd_table_plan *igd_plan_table(const igd_plan *plan, igd_str collection)
{
    for (size_t n = 0; n < plan->table_count; n++) {
        const igd_table_plan *table = &plan->tables[n];
        if (igd_str_eq((table->to ? table->to : table->from)->collection, collection))
            return table;
    }
    return NULL;
}

bool igd_plan_remakes(const igd_table_plan *plan)
{
    for (size_t n = 0; n < plan->expand.len; n++)
        if (plan->expand.items[n].kind == IGD_OP_CHANGE_PRIMARY_KEY)
            return true;
    return false;
}
