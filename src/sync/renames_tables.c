/*
 * Renames of collections: from the top down, since subcollections follow their parents.
 */
#include "sync/renames_private.h"

/* A collection that only one of the two commits has. */
typedef struct lone {
    const igd_side *side;
    size_t slot;
    bool decided;
} lone;

typedef struct finder {
    igd_renames *it;
    IGD_LIST(lone) gone;
    IGD_LIST(lone) fresh;
} finder;

static const igd_table *table_of(const lone *of)
{
    return of->side->slots[of->slot].table;
}

static const igd_collection *model_of(const lone *of)
{
    return &of->side->slots[of->slot].definition->model;
}

static void find_gone(finder *f)
{
    const igd_base *base = f->it->base;
    for (size_t n = 0; n < base->state->tables.len; n++) {
        igd_str id = base->state->tables.items[n].collection;
        lone one = {0};
        if (!igd_chosen_has(&base->chosen, id) || igd_database_find(f->it->side->database, id))
            continue;
        one.side = igd_renames_old(f->it, id, &one.slot);
        if (one.side)
            IGD_PUSH(f->it->mem, &f->gone, one);
    }
}

static void find_fresh(finder *f)
{
    const igd_base *base = f->it->base;
    for (size_t n = 0; n < f->it->side->slot_count; n++) {
        igd_str id = f->it->side->slots[n].table->collection;
        bool known = igd_state_table(base->state, id) != NULL;
        for (size_t c = 0; c < base->commits.len; c++)
            known |= !base->commits.items[c].gone &&
                     igd_database_find(base->commits.items[c].side.database, id);
        if (!known)
            IGD_PUSH(f->it->mem, &f->fresh, ((lone){.side = f->it->side, .slot = n}));
    }
}

/* ---- what can be a rename ---- */

/* The id that the parent had at the base; empty: there is none. */
static igd_str parent_was(const finder *f, const lone *fresh)
{
    const igd_collection *parent = model_of(fresh)->parent;
    const igd_table *table =
        parent ? igd_schema_collection(&f->it->side->schema, parent->id) : NULL;
    return table ? igd_table_was(table) : (igd_str){0};
}

static bool same_parent(const finder *f, const lone *gone, const lone *fresh)
{
    const igd_collection *parent = model_of(gone)->parent;
    return parent ? igd_str_eq(parent->id, parent_was(f, fresh)) : !model_of(fresh)->parent;
}

/* No other table had the name at the base, and the key is one: the rows can stay. */
static bool can_be(const finder *f, const lone *gone, const lone *fresh)
{
    const igd_table *before = table_of(gone), *now = table_of(fresh);
    igd_op_list ops = {0};
    for (size_t n = 0; n < f->it->base->recorded.table_count; n++) {
        const igd_table *other = &f->it->base->recorded.tables[n];
        if (igd_str_eq_nocase(other->name, now->name) &&
            !igd_str_eq(other->collection, before->collection))
            return false;
    }
    if (gone->decided || fresh->decided || !same_parent(f, gone, fresh))
        return false;
    igd_table_diff(before, now, f->it->mem, &ops);
    for (size_t n = 0; n < ops.len; n++)
        if (ops.items[n].kind == IGD_OP_CHANGE_PRIMARY_KEY)
            return false;
    return true;
}

/* The same ordinary columns; out: as pairs. */
static bool is_alike(const igd_table *before, const igd_table *now, igd_column_pair *pairs)
{
    if (before->column_count != now->column_count || before->key_count != now->key_count)
        return false;
    for (size_t n = now->key_count; n < now->column_count; n++) {
        ptrdiff_t at = igd_table_origin(before, &now->columns[n]);
        if (at < 0)
            return false;
        *pairs++ = (igd_column_pair){.before = (uint32_t)at, .now = (uint32_t)n};
    }
    return true;
}

/* Do all records that both have have the same values, and some at all? */
static int look(const finder *f, const lone *gone, const lone *fresh, uint64_t *records,
                igd_error *err)
{
    const igd_table *now = table_of(fresh);
    igd_column_pair *pairs = IGD_NEW_ARRAY(f->it->mem, igd_column_pair, now->column_count);
    *records = 0;
    if (!is_alike(table_of(gone), now, pairs))
        return IGD_OK;
    igd_same_values same = {.repo = f->it->repo,
                            .old_side = gone->side,
                            .new_side = fresh->side,
                            .old_slot = gone->slot,
                            .new_slot = fresh->slot,
                            .pairs = pairs,
                            .pair_count = now->column_count - now->key_count,
                            .together = true,
                            .jobs = f->it->options->jobs,
                            .stop = f->it->options->stop};
    int code = igd_same_values_look(&same, err);
    bool fits = true, some = false;
    for (size_t n = 0; n < same.pair_count; n++) {
        fits &= !pairs[n].differs;
        some |= pairs[n].some;
    }
    *records = fits && some ? same.records : 0;
    return code;
}

/* ---- deciding ---- */

static void decide(finder *f, const igd_rename_pair *pair, const char *why)
{
    lone *gone = &f->gone.items[pair->old], *fresh = &f->fresh.items[pair->now];
    igd_table *now = &f->it->side->schema.tables[fresh->slot];
    now->renamed = igd_rename_of(f->it, table_of(gone)->collection, pair);
    if (why)
        now->renamed.why = why;
    gone->decided = fresh->decided = true;
}

static igd_str last_part(igd_str id)
{
    size_t after = (size_t)(igd_str_rfind(id, '/') + 1);
    return igd_str_sub(id, after, id.len - after);
}

static void take_given(finder *f, size_t old, size_t now)
{
    igd_str before = table_of(&f->gone.items[old])->collection;
    igd_str after = table_of(&f->fresh.items[now])->collection;
    igd_rename_pair pair = {.old = old, .now = now, .by_hint = true};
    for (size_t n = 0; n < f->it->hints.len; n++) {
        igd_rename_hint *hint = &f->it->hints.items[n];
        if (hint->used || !igd_str_eq(hint->old, before) || !igd_str_eq(hint->now, after) ||
            !can_be(f, &f->gone.items[old], &f->fresh.items[now]))
            continue;
        decide(f, &pair, NULL);
        hint->used = true;
    }
}

/* A subcollection of a parent that has another name, and that kept its own. */
static void follow(finder *f, size_t old, size_t now)
{
    const lone *gone = &f->gone.items[old], *fresh = &f->fresh.items[now];
    igd_rename_pair pair = {.old = old, .now = now, .by_hint = true};
    if (model_of(fresh)->parent &&
        igd_str_eq(last_part(model_of(gone)->id), last_part(model_of(fresh)->id)) &&
        can_be(f, gone, fresh))
        decide(f, &pair, "it follows its parent, which is renamed");
}

static igd_str_list names_of(const finder *f, bool gone)
{
    igd_str_list names = {0};
    size_t count = gone ? f->gone.len : f->fresh.len;
    for (size_t n = 0; n < count; n++) {
        const lone *one = gone ? &f->gone.items[n] : &f->fresh.items[n];
        IGD_PUSH(f->it->mem, &names, table_of(one)->collection);
    }
    return names;
}

/* Collections of one depth: the parents of all have been decided. */
static int decide_depth(finder *f, size_t depth, igd_error *err)
{
    igd_rename_pairs fit = {0};
    int code = IGD_OK;
    for (int step = 0; step < 3; step++)
        for (size_t n = 0; n < f->gone.len * f->fresh.len && code == IGD_OK; n++) {
            igd_rename_pair pair = {.old = n / f->fresh.len, .now = n % f->fresh.len};
            const lone *gone = &f->gone.items[pair.old], *fresh = &f->fresh.items[pair.now];
            if (igd_collection_depth(model_of(fresh)) != depth)
                continue;
            if (step == 0)
                take_given(f, pair.old, pair.now);
            else if (step == 1)
                follow(f, pair.old, pair.now);
            else if (can_be(f, gone, fresh))
                code = look(f, gone, fresh, &pair.records, err);
            if (pair.records > 0)
                IGD_PUSH(f->it->mem, &fit, pair);
        }
    for (size_t n = 0; n < fit.len; n++)
        if (igd_rename_is_single(&fit, n))
            decide(f, &fit.items[n], NULL);
    igd_str_list old = names_of(f, true), now = names_of(f, false);
    igd_renames_warn(f->it, &fit, &old, &now, "collection", (igd_str){0});
    return code;
}

int igd_renames_tables(igd_renames *it, igd_error *err)
{
    finder f = {.it = it};
    size_t most = 0;
    int code = IGD_OK;
    find_gone(&f);
    find_fresh(&f);
    for (size_t n = 0; n < f.fresh.len; n++) {
        size_t depth = igd_collection_depth(model_of(&f.fresh.items[n]));
        most = depth > most ? depth : most;
    }
    for (size_t depth = 0; depth <= most && f.gone.len > 0 && f.fresh.len > 0 && code == IGD_OK;
         depth++)
        code = decide_depth(&f, depth, err);
    return code;
}
