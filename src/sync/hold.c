/*
 * Deciding about the rows of invalid records.
 */
#include "sync/hold.h"

#include <stdlib.h>

#include "schema/canonical.h"
#include "sync/policy.h"
#include "sync/references.h"

#define NAMED_AT_MOST 5

static int compare_extras(const void *a, const void *b)
{
    const igd_extra *left = a, *right = b;
    return igd_digest_cmp(left->key, right->key);
}

static void sort(igd_holding *holding)
{
    for (size_t slot = 0; slot < holding->side->slot_count; slot++)
        if (holding->extras[slot].len > 1)
            qsort(holding->extras[slot].items, holding->extras[slot].len, sizeof(igd_extra),
                  compare_extras);
}

static igd_extra *find(const igd_holding *holding, size_t slot, igd_digest key)
{
    const igd_extras *extras = &holding->extras[slot];
    const igd_extra wanted = {.key = key};
    return extras->len
               ? bsearch(&wanted, extras->items, extras->len, sizeof(igd_extra), compare_extras)
               : NULL;
}

/* ---- what a row refers to ---- */

typedef struct target_key {
    size_t slot;
    igd_digest key;
    const igd_reference *reference;
} target_key;
typedef IGD_LIST(target_key) target_keys;

static void targets_of(const igd_holding *holding, size_t slot, const igd_value *row,
                       igd_arena *mem, target_keys *out)
{
    igd_buf scratch = IGD_BUF_INIT;
    const igd_slot *from = &holding->side->slots[slot];
    for (size_t n = 0; n < from->reference_count; n++) {
        const igd_reference *reference = &from->references[n];
        igd_reference_keys keys = {0};
        if (reference->target >= holding->side->slot_count)
            continue; /* not selected: nothing of it goes */
        igd_reference_keys_of(reference, row, mem, &keys);
        for (size_t k = 0; k < keys.len; k++) {
            target_key target = {reference->target,
                                 igd_key_digest(keys.items[k], reference->count, &scratch),
                                 reference};
            IGD_PUSH(mem, out, target);
        }
    }
    igd_buf_free(&scratch);
}

/* ---- foreign keys that are new ---- */

typedef struct seeker {
    igd_keyset *wanted, *found;
} seeker;

static int on_source(igd_stream_batch *batch, void *payload, igd_error *err IGD_UNUSED)
{
    seeker *s = payload;
    for (size_t n = 0; n < batch->keys.len; n++)
        if (igd_keyset_has(s->wanted, batch->slot, batch->keys.items[n].key))
            igd_keyset_add(s->found, batch->slot, batch->keys.items[n].key);
    return IGD_OK;
}

static bool adds_foreign_key(const igd_table_plan *plan)
{
    for (size_t n = 0; plan && n < plan->contract.len; n++)
        if (plan->contract.items[n].kind == IGD_OP_ADD_FOREIGN_KEY)
            return true;
    return false;
}

/* What the rows of invalid records of a slot refer to, those of the target aside that may be held
 * with them. */
static void want_keys(const igd_holding *holding, size_t slot, igd_arena *mem, target_keys *out)
{
    const igd_extras *extras = &holding->extras[slot];
    for (size_t n = 0; n < extras->len; n++)
        if (igd_invalid_of(holding->invalid, slot, extras->items[n].row))
            targets_of(holding, slot, extras->items[n].row, mem, out);
}

int igd_hold_missing(igd_holding *holding, const igd_stream *like, igd_keyset *out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *wanted = igd_keyset_new();
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *found = igd_keyset_new();
    const igd_side *side = holding->side;
    igd_route *routes = IGD_NEW_ARRAY(mem, igd_route, side->slot_count);
    target_keys targets = {0};
    sort(holding);
    for (size_t n = 0; n < side->slot_count; n++) {
        routes[n] = (igd_route){.all = true, .skip = true};
        if (adds_foreign_key(igd_plan_table(holding->plan, side->slots[n].table->collection)))
            want_keys(holding, n, mem, &targets);
    }
    for (size_t n = 0; n < targets.len; n++) {
        if (find(holding, targets.items[n].slot, targets.items[n].key))
            continue;
        igd_keyset_add(wanted, targets.items[n].slot, targets.items[n].key);
        routes[targets.items[n].slot].skip = false;
    }
    if (igd_keyset_count(wanted) == 0)
        return IGD_OK;
    seeker s = {wanted, found};
    igd_stream stream = *like;
    stream.pass = IGD_PASS_READ;
    stream.routes = routes;
    stream.every_key = true;
    stream.only = NULL;
    stream.callback = on_source;
    stream.payload = &s;
    int code = igd_stream_run(&stream, err);
    for (size_t n = 0; code == IGD_OK && n < targets.len; n++) {
        const target_key *target = &targets.items[n];
        if (igd_keyset_has(wanted, target->slot, target->key) &&
            !igd_keyset_has(found, target->slot, target->key))
            igd_keyset_add(out, target->slot, target->key);
    }
    return code;
}

/* ---- what the new schema forbids ---- */

/* The column's values are made anew from git, which has none for this row. */
static bool is_refilled(const igd_table_plan *plan, igd_str column)
{
    for (size_t n = 0; plan && n < plan->expand.len; n++) {
        const igd_op *op = &plan->expand.items[n];
        if (op->column_to >= 0 && igd_op_refills(op) &&
            igd_str_eq(op->to->columns[op->column_to].name, column))
            return true;
    }
    return false;
}

static bool breaks_table(const igd_holding *holding, size_t slot, igd_extra *extra)
{
    const igd_table *table = holding->side->slots[slot].table;
    const igd_table_plan *plan = igd_plan_table(holding->plan, table->collection);
    for (size_t n = table->key_count; n < table->column_count; n++) {
        const igd_column *column = &table->columns[n];
        bool null = extra->row[n].kind == IGD_NULL;
        bool refilled = is_refilled(plan, column->name);
        if ((!null || !column->not_null) && !refilled)
            continue;
        extra->why = refilled ? igd_arena_printf(holding->mem, "the type of column '%.*s' changes",
                                                 IGD_STR_ARG(column->name))
                              : igd_arena_printf(holding->mem, "column '%.*s' must not be null",
                                                 IGD_STR_ARG(column->name));
        return true;
    }
    for (size_t n = 0; n < table->checks.len; n++) {
        const igd_check *check = &table->checks.items[n];
        ptrdiff_t at = igd_table_column(table, check->column);
        if (at < 0 || igd_check_allows(check, &extra->row[at]))
            continue;
        extra->why = igd_arena_printf(holding->mem, "column '%.*s' does not allow its value",
                                      IGD_STR_ARG(check->column));
        return true;
    }
    return false;
}

/* Something that a held row refers to goes. */
static bool loses_target(const igd_holding *holding, const target_keys *targets, igd_extra *extra)
{
    for (size_t n = 0; n < targets->len; n++) {
        const target_key *target = &targets->items[n];
        const igd_extra *other = find(holding, target->slot, target->key);
        bool gone = other ? other->hold == IGD_HOLD_FORBIDDEN
                          : igd_keyset_has(holding->missing, target->slot, target->key);
        if (!gone || target->reference->list)
            continue;
        extra->why =
            igd_arena_printf(holding->mem, "what it refers to in '%.*s' is not there",
                             IGD_STR_ARG(holding->side->slots[target->slot].table->collection));
        return true;
    }
    return false;
}

/* ---- deciding ---- */

static void start(igd_holding *holding)
{
    for (size_t slot = 0; slot < holding->side->slot_count; slot++) {
        igd_extras *extras = &holding->extras[slot];
        for (size_t n = 0; n < extras->len; n++) {
            igd_extra *extra = &extras->items[n];
            extra->problem = igd_invalid_of(holding->invalid, slot, extra->row);
            if (extra->problem)
                extra->hold =
                    breaks_table(holding, slot, extra) ? IGD_HOLD_FORBIDDEN : IGD_HOLD_INVALID;
        }
    }
}

static igd_str name_of(const igd_holding *holding, size_t slot, const igd_extra *extra)
{
    const igd_table *table = holding->side->slots[slot].table;
    igd_str key = igd_row_key_text(table, extra->row, holding->mem);
    return igd_arena_printf(holding->mem, "%.*s/%.*s", IGD_STR_ARG(table->collection),
                            IGD_STR_ARG(key));
}

/* Holds what the row refers to; true when something was decided that others depend on. */
static bool follow(igd_holding *holding, size_t slot, igd_extra *extra)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    target_keys targets = {0};
    bool changed = false;
    targets_of(holding, slot, extra->row, mem, &targets);
    if (loses_target(holding, &targets, extra)) {
        extra->hold = IGD_HOLD_FORBIDDEN;
        return true;
    }
    for (size_t n = 0; n < targets.len; n++) {
        igd_extra *other = find(holding, targets.items[n].slot, targets.items[n].key);
        if (!other || other->hold != IGD_HOLD_NOT)
            continue;
        other->hold = breaks_table(holding, targets.items[n].slot, other) ? IGD_HOLD_FORBIDDEN
                                                                          : IGD_HOLD_REFERENCED;
        if (other->hold == IGD_HOLD_REFERENCED)
            other->why = igd_arena_printf(holding->mem, "%.*s, which is held, refers to it",
                                          IGD_STR_ARG(name_of(holding, slot, extra)));
        changed = true;
    }
    return changed;
}

static bool follow_all(igd_holding *holding)
{
    bool changed = false;
    for (size_t slot = 0; slot < holding->side->slot_count; slot++)
        for (size_t n = 0; n < holding->extras[slot].len; n++) {
            igd_extra *extra = &holding->extras[slot].items[n];
            if (extra->hold == IGD_HOLD_INVALID || extra->hold == IGD_HOLD_REFERENCED)
                changed |= follow(holding, slot, extra);
        }
    return changed;
}

/* Rows without an invalid record of their own are held for the sake of others only: nothing is lost
 * when they go. Whom they were held for may be forbidden by now, so they are decided anew. */
static void forget_referenced(igd_holding *holding)
{
    for (size_t slot = 0; slot < holding->side->slot_count; slot++)
        for (size_t n = 0; n < holding->extras[slot].len; n++) {
            igd_extra *extra = &holding->extras[slot].items[n];
            if (!extra->problem)
                extra->hold = IGD_HOLD_NOT;
        }
}

void igd_hold_rows(igd_holding *holding)
{
    sort(holding);
    start(holding);
    while (follow_all(holding))
        ;
    /* All that is forbidden is known: what is left holds only what it needs. */
    forget_referenced(holding);
    while (follow_all(holding))
        ;
    for (size_t slot = 0; slot < holding->side->slot_count; slot++)
        for (size_t n = 0; n < holding->extras[slot].len; n++) {
            igd_extra *extra = &holding->extras[slot].items[n];
            if (extra->hold == IGD_HOLD_FORBIDDEN && !extra->problem)
                extra->hold = IGD_HOLD_NOT;
        }
}

int igd_hold_consent(const igd_holding *holding, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf what = IGD_BUF_INIT;
    size_t count = 0;
    for (size_t slot = 0; slot < holding->side->slot_count; slot++)
        for (size_t n = 0; n < holding->extras[slot].len; n++) {
            const igd_extra *extra = &holding->extras[slot].items[n];
            if (extra->hold != IGD_HOLD_FORBIDDEN || ++count > NAMED_AT_MOST)
                continue;
            igd_buf_printf(&what, "%s%.*s (%.*s)", count > 1 ? ", " : "",
                           IGD_STR_ARG(name_of(holding, slot, extra)), IGD_STR_ARG(extra->why));
        }
    if (count == 0)
        return IGD_OK;
    if (count > NAMED_AT_MOST)
        igd_buf_printf(&what, ", and %zu more", count - NAMED_AT_MOST);
    (void)igd_fail(err, IGD_E_DESTRUCTIVE,
                   "rows of invalid records cannot stay in the new schema: %s", what.ptr);
    IGD_CLEANUP(igd_buf)
    igd_buf words = IGD_BUF_INIT;
    igd_policy_words((uint32_t)holding->plan->losses | IGD_LOSS_HELD, &words);
    return igd_hint(err, "repair the records, or permit to delete the rows: --allow-destructive=%s",
                    words.ptr);
}
