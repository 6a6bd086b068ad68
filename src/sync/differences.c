/*
 * Looking up differences, and what is no edit though the base does not have it.
 */
#include "sync/differences.h"

const igd_difference *igd_difference_find(const igd_differences *differences, igd_digest key)
{
    size_t low = 0, high = differences->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = igd_digest_cmp(differences->items[middle].key, key);
        if (order == 0)
            return &differences->items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Rows that were held are edited like any others: what they were is their base. */
static void know_held(const igd_accepted_row *held, igd_change *change)
{
    if (!held || change->base_table)
        return;
    change->cause = IGD_CAUSE_CONFLICT;
    change->base_known = true;
    change->base_table = held->table;
    change->base_digest = held->base;
}

void igd_difference_accept(const igd_difference *difference, const igd_accepted *accepted,
                           size_t slot, igd_change *change)
{
    if (difference && !difference->in_target && !igd_accepted_commits(accepted))
        know_held(igd_accepted_held(accepted, slot, difference->key), change);
    /* After an interruption a row that looks like the base's in the columns that are compared may
     * be another commit's in those that are about to go. */
    if (!difference || (change->cause == IGD_CAUSE_PENDING && !igd_accepted_commits(accepted)))
        return;
    const igd_accepted_row *row =
        difference->in_target ? igd_accepted_find(accepted, slot, difference->key, difference->old)
                              : NULL;
    if (!row && (difference->in_target || !igd_accepted_absent(accepted, slot, difference->key))) {
        know_held(igd_accepted_held(accepted, slot, difference->key), change);
        return;
    }
    change->cause = IGD_CAUSE_PENDING;
    change->base_known = true;
    change->base = NULL;
    change->base_table = row ? row->table : NULL;
    change->base_digest = row ? row->base : (igd_digest){0};
}
