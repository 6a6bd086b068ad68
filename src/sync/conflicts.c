/*
 * Counting conflicts.
 */
#include "sync/conflicts.h"

void igd_conflict_tally_init(igd_conflict_tally *tally, const igd_side *side, igd_conflicts *into,
                             igd_arena *mem)
{
    *into = (igd_conflicts){0};
    *tally = (igd_conflict_tally){.into = into, .side = side, .mem = mem};
    tally->kept = igd_arena_alloc(mem, sizeof(*tally->kept) * (side->slot_count + 1));
    memset(tally->kept, 0, sizeof(*tally->kept) * (side->slot_count + 1));
    tally->taken_along = IGD_NEW_ARRAY(mem, uint64_t, side->slot_count + 1);
}

static void list(igd_conflict_tally *tally, const igd_conflict *conflict)
{
    igd_arena *mem = tally->mem;
    igd_conflict_entry entry = {.collection = igd_arena_str(mem, conflict->table->collection),
                                .key = igd_arena_str(mem, conflict->key_text),
                                .decision = conflict->decision,
                                .base = igd_arena_str(mem, conflict->base),
                                .old_row = igd_arena_str(mem, conflict->old),
                                .new_row = igd_arena_str(mem, conflict->now)};
    IGD_PUSH(mem, &tally->into->listed, entry);
}

void igd_conflict_tally_add(const igd_conflict *conflict, void *payload)
{
    igd_conflict_tally *tally = payload;
    ptrdiff_t slot = igd_side_slot(tally->side, conflict->table->collection);
    tally->into->count++;
    tally->into->decided[conflict->decision]++;
    if (slot >= 0 && !conflict->change && conflict->decision == IGD_DELETED)
        tally->taken_along[slot]++;
    if (slot >= 0 && conflict->change && conflict->decision == IGD_KEPT)
        tally->kept[slot][conflict->change->kind]++;
    if (tally->into->listed.len < IGD_CONFLICTS_LISTED)
        list(tally, conflict);
}

static void take_off(uint64_t *from, uint64_t count)
{
    *from -= count < *from ? count : *from;
}

void igd_conflict_tally_correct(const igd_conflict_tally *tally, size_t slot,
                                igd_table_counts *counts)
{
    take_off(&counts->inserted, tally->kept[slot][IGD_INSERT]);
    take_off(&counts->updated, tally->kept[slot][IGD_UPDATE]);
    take_off(&counts->deleted, tally->kept[slot][IGD_DELETE]);
    counts->deleted += tally->taken_along[slot];
}
