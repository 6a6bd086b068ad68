/*
 * Renames of columns: in each collection that loses some and gains some.
 */
#include "sync/renames_private.h"

typedef struct candidates {
    igd_renames *it;
    const igd_side *old_side;
    size_t old_slot, slot;
    const igd_table *before;
    igd_table *now;
    IGD_LIST(igd_column_pair) pairs; /* of one kind; without those that a hint has decided */
} candidates;

/* Another column has the name, or one that an engine takes for the same. */
static bool is_taken(const igd_table *table, igd_str name, size_t but)
{
    for (size_t n = 0; n < table->column_count; n++)
        if (n != but && igd_str_eq_nocase(table->columns[n].name, name))
            return true;
    return false;
}

/* Gone, new, of one kind, and no name is in the way of the other. */
static bool can_be(const candidates *c, size_t old, size_t now)
{
    const igd_column *from = &c->before->columns[old], *to = &c->now->columns[now];
    return old >= c->before->key_count && now >= c->now->key_count &&
           from->type.kind == to->type.kind && !igd_str_eq(from->name, to->name) &&
           igd_table_column(c->now, from->name) < 0 && igd_table_column(c->before, to->name) < 0 &&
           !is_taken(c->before, to->name, old) && !is_taken(c->now, from->name, now);
}

/* The column of a hint's side that is <collection>.<column>, or -1. */
static ptrdiff_t hinted(const igd_table *table, igd_str collection, igd_str name)
{
    if (name.len <= collection.len + 1 || !igd_str_starts(name, collection) ||
        name.ptr[collection.len] != '.')
        return -1;
    size_t start = collection.len + 1;
    return igd_table_column(table, igd_str_sub(name, start, name.len - start));
}

static bool is_decided(const candidates *c, size_t old, size_t now)
{
    if (c->now->columns[now].renamed.from.len > 0)
        return true;
    for (size_t n = 0; n < c->now->column_count; n++)
        if (igd_str_eq(c->now->columns[n].renamed.from, c->before->columns[old].name))
            return true;
    return false;
}

static void take_hints(candidates *c)
{
    for (size_t n = 0; n < c->it->hints.len; n++) {
        igd_rename_hint *hint = &c->it->hints.items[n];
        ptrdiff_t old = hinted(c->before, c->before->collection, hint->old);
        ptrdiff_t now = hinted(c->now, c->now->collection, hint->now);
        if (hint->used || old < 0 || now < 0 || !can_be(c, (size_t)old, (size_t)now) ||
            is_decided(c, (size_t)old, (size_t)now))
            continue;
        igd_rename_pair pair = {.by_hint = true};
        c->now->columns[now].renamed = igd_rename_of(c->it, c->before->columns[old].name, &pair);
        hint->used = true;
    }
}

static void find_pairs(candidates *c)
{
    for (size_t old = 0; old < c->before->column_count; old++)
        for (size_t now = 0; now < c->now->column_count; now++)
            if (can_be(c, old, now) && !is_decided(c, old, now))
                IGD_PUSH(c->it->mem, &c->pairs,
                         (igd_column_pair){.before = (uint32_t)old, .now = (uint32_t)now});
}

static igd_str_list names_of(const candidates *c, const igd_table *table)
{
    igd_str_list names = {0};
    for (size_t n = 0; n < table->column_count; n++)
        IGD_PUSH(c->it->mem, &names, table->columns[n].name);
    return names;
}

static int decide(candidates *c, igd_error *err)
{
    const igd_renames *it = c->it;
    igd_rename_pairs fit = {0};
    igd_same_values look = {.repo = it->repo,
                            .old_side = c->old_side,
                            .new_side = it->side,
                            .old_slot = c->old_slot,
                            .new_slot = c->slot,
                            .pairs = c->pairs.items,
                            .pair_count = c->pairs.len,
                            .jobs = it->options->jobs,
                            .stop = it->options->stop};
    int code = igd_same_values_look(&look, err);
    for (size_t n = 0; n < c->pairs.len && code == IGD_OK; n++) {
        const igd_column_pair *pair = &c->pairs.items[n];
        if (!pair->differs && pair->some)
            IGD_PUSH(
                it->mem, &fit,
                (igd_rename_pair){.old = pair->before, .now = pair->now, .records = look.records});
    }
    for (size_t n = 0; n < fit.len; n++)
        if (igd_rename_is_single(&fit, n))
            c->now->columns[fit.items[n].now].renamed =
                igd_rename_of(it, c->before->columns[fit.items[n].old].name, &fit.items[n]);
    igd_str_list old = names_of(c, c->before), now = names_of(c, c->now);
    igd_renames_warn(it, &fit, &old, &now, "column", c->now->collection);
    return code;
}

int igd_renames_columns(igd_renames *it, igd_error *err)
{
    int code = IGD_OK;
    for (size_t n = 0; code == IGD_OK && n < it->side->slot_count; n++) {
        candidates c = {.it = it, .slot = n, .now = &it->side->schema.tables[n]};
        c.old_side = igd_renames_old(it, igd_table_was(c.now), &c.old_slot);
        if (!c.old_side)
            continue;
        c.before = c.old_side->slots[c.old_slot].table;
        take_hints(&c);
        find_pairs(&c);
        if (c.pairs.len > 0)
            code = decide(&c, err);
    }
    return code;
}
