/*
 * The spine with the compare producer: the target is read too, and what differs is written or
 * reported with its cause.
 */
#include "base/map.h"
#include "schema/canonical.h"
#include "sync/compare.h"
#include "sync/follow_held.h"
#include "sync/hold.h"
#include "sync/spine_private.h"
#include "sync/unsettled.h"

/* Rows that only the target has are handed on in requests of this size. */
#define DELETE_BATCH 256

typedef struct comparison {
    igd_spine *spine;
    igd_arena *mem;
    igd_stream stream;
    igd_differences *found; /* by slot */
    igd_extras *extras;     /* by slot */
    igd_map *olds;          /* slot and key digest -> row of the target that differs */
    igd_map *bases; /* slot and key digest -> igd_change of the base that git had for an extra;
                       where files do not pair, for every difference */
    size_t slot;    /* while its table is scanned: */
    size_t met;     /* rows of it that differ */
    igd_buf scratch;
} comparison;

/* ---- what differs ---- */

static void take_sums(comparison *c)
{
    for (size_t n = 0; n < c->spine->new_side->slot_count; n++) {
        igd_spine_sum *sum = &c->spine->sums[n];
        sum->total = true;
        sum->rows = c->found[n].source_rows;
        sum->digest = c->found[n].source_digest;
        sum->counts.unchanged = c->found[n].equal;
        for (size_t d = 0; c->spine->routes[n].adopt && d < c->found[n].len; d++)
            sum->counts.foreign += !c->found[n].items[d].in_source;
    }
}

static int find_differences(comparison *c, igd_error *err)
{
    igd_spine *spine = c->spine;
    IGD_CLEANUP_PTR(igd_validity) igd_validity *validity = NULL;
    if (spine->check)
        validity = igd_validity_new();
    igd_compare compare = {.repo = spine->repo,
                           .side = spine->new_side,
                           .target = spine->compare_with,
                           .plan = spine->plan,
                           .routes = spine->routes,
                           .sums = spine->told,
                           .stands_at = spine->stands_at,
                           .stands_count = spine->stands_count,
                           .rejected = spine->rejected,
                           .validity = validity,
                           .notes = spine->notes,
                           .with_invalid = spine->check,
                           .meter = spine->meter,
                           .jobs = spine->jobs,
                           .stop = spine->stop};
    size_t invalid = spine->notes->problems->invalid;
    int code = igd_compare_run(&compare, c->mem, c->found, err);
    if (code != IGD_OK)
        return code;
    take_sums(c);
    if (spine->notes->problems->invalid > invalid)
        return igd_spine_invalid(err);
    return validity ? igd_spine_check_references(validity, err) : IGD_OK;
}

/* ---- rows that only the target has ---- */

/* Rows of a table that is taken over stay: only who reports wants to know which. */
static bool wants_extras(const comparison *c, size_t slot)
{
    return !c->spine->routes[slot].adopt || c->spine->tell_foreign;
}

static int on_target_row(const igd_value *row, void *payload, igd_error *err)
{
    comparison *c = payload;
    const igd_table *table = c->spine->new_side->slots[c->slot].table;
    igd_digest key = igd_key_digest(row, table->key_count, &c->scratch);
    const igd_difference *difference = igd_difference_find(&c->found[c->slot], key);
    bool extra_row = difference && !difference->in_source;
    c->met += difference && difference->in_target;
    if (!difference || !(extra_row ? wants_extras(c, c->slot) : c->spine->keep_old))
        return igd_stop_check(c->spine->stop, err);
    igd_row_name name = {c->slot, key};
    if (igd_map_get(c->olds, igd_row_name_view(&name)))
        return IGD_OK; /* some targets tell a row more than once */
    igd_value *copy = IGD_NEW_ARRAY(c->mem, igd_value, table->column_count);
    for (size_t n = 0; n < table->column_count; n++)
        copy[n] = igd_value_copy(&row[n], c->mem);
    if (extra_row)
        IGD_PUSH(c->mem, &c->extras[c->slot], ((igd_extra){.key = key, .row = copy}));
    igd_map_put(c->olds, igd_row_name_view(&name), copy);
    return IGD_OK;
}

/* Whether rows of the target have to be read again. */
static bool wants_rows(const comparison *c, size_t slot)
{
    const igd_differences *found = &c->found[slot];
    for (size_t n = 0; n < found->len; n++)
        if (found->items[n].in_source ? c->spine->keep_old && found->items[n].in_target
                                      : wants_extras(c, slot))
            return true;
    return false;
}

static bool has_upserts(const igd_differences *found)
{
    for (size_t n = 0; n < found->len; n++)
        if (found->items[n].in_source)
            return true;
    return false;
}

/* The same rows as were compared: what the engine says of a row's digest need not be what is said
 * here, where somebody has put a value that a column of ours never has. */
static int scan_slot(comparison *c, const igd_table *layout, igd_error *err)
{
    igd_target *target = c->spine->compare_with;
    const igd_bucket_set *some = c->found[c->slot].read;
    if (!some || some->count > IGD_BUCKETS / 4)
        return target->driver->scan(target, layout, on_target_row, c, err);
    return target->driver->scan_some(target, c->spine->new_side->slots[c->slot].table, layout, some,
                                     on_target_row, c, err);
}

/* What was different and is not there any more would not be deleted, and nobody told. */
static int read_slot_rows(comparison *c, const igd_table *layout, igd_error *err)
{
    const igd_differences *found = &c->found[c->slot];
    size_t there = 0;
    for (size_t n = 0; n < found->len; n++)
        there += found->items[n].in_target;
    c->met = 0;
    int code = scan_slot(c, layout, err);
    if (code != IGD_OK || c->met >= there)
        return code;
    (void)igd_fail(err, IGD_E_STALE_BASE, "rows of table '%.*s' changed while they were read",
                   IGD_STR_ARG(layout->name));
    return igd_hint(err, "somebody else writes to it; run it again");
}

/* Before the plan changes the tables. */
static int read_rows(comparison *c, igd_error *err)
{
    for (size_t n = 0; n < c->spine->new_side->slot_count; n++) {
        if (!wants_rows(c, n))
            continue;
        const igd_table_plan *plan =
            igd_plan_table(c->spine->plan, c->spine->new_side->slots[n].table->collection);
        c->slot = n;
        const igd_table *layout = igd_compare_layout(plan, c->mem);
        if (layout && !(c->spine->compare_with->caps & IGD_CAP_SCHEMA))
            layout = igd_leftover_layout(layout, plan->from, c->spine->stands_at,
                                         c->spine->stands_count, c->mem);
        int code = read_slot_rows(c, layout, err);
        if (code != IGD_OK)
            return code;
    }
    return IGD_OK;
}

/* What git knew of a row: the cause of an extra was decided with the base at hand. */
static int on_base(igd_stream_batch *batch, void *payload, igd_error *err IGD_UNUSED)
{
    comparison *c = payload;
    for (size_t n = 0; n < batch->changes.len; n++) {
        const igd_change *change = &batch->changes.items[n];
        const igd_table *table = change->base_table;
        igd_row_name name = {batch->slot,
                             igd_key_digest(change->base, table->key_count, &c->scratch)};
        igd_change *kept = IGD_NEW(c->mem, igd_change);
        igd_value *base = IGD_NEW_ARRAY(c->mem, igd_value, table->column_count);
        for (size_t v = 0; v < table->column_count; v++)
            base[v] = igd_value_copy(&change->base[v], c->mem);
        *kept = *change;
        kept->base = base;
        kept->path = igd_arena_str(c->mem, change->path);
        igd_map_put(c->bases, igd_row_name_view(&name), kept);
    }
    return IGD_OK;
}

static int read_bases(comparison *c, igd_error *err)
{
    bool any = false;
    for (size_t n = 0; n < c->spine->new_side->slot_count; n++) {
        igd_route *route = &c->spine->routes[n];
        bool wanted = c->extras[n].len > 0 || (!route->pairs && c->found[n].len > 0);
        route->skip = !route->old_slot || !wanted;
        route->kept_too = igd_invalid_any(c->spine->invalid, n);
        route->all |= route->kept_too;
        any |= !route->skip;
    }
    if (!any)
        return IGD_OK;
    c->stream.pass = IGD_PASS_DELETES;
    c->stream.callback = on_base;
    return igd_stream_run(&c->stream, err);
}

/* Whether a row that git does not know can only have been put there by hand. */
static bool owns_tables(const comparison *c)
{
    return c->spine->compare_with->caps & IGD_CAP_OWNED_TABLES;
}

static igd_change delete_of(comparison *c, size_t slot, const igd_extra *item)
{
    igd_row_name name = {slot, item->key};
    const igd_change *known = igd_map_get(c->bases, igd_row_name_view(&name));
    bool base_known = !c->spine->routes[slot].base_unknown;
    igd_change change = {.kind = IGD_DELETE,
                         .base_known = base_known,
                         .cause = base_known ? IGD_CAUSE_DRIFT : IGD_CAUSE_CONFLICT,
                         .table = c->spine->new_side->slots[slot].table};
    if (known)
        change = *known;
    igd_difference_accept(igd_difference_find(&c->found[slot], item->key), c->spine->accepted, slot,
                          &change);
    /* A row of a commit that a run was interrupted at is ours, too. */
    bool ours = known || owns_tables(c) || change.cause == IGD_CAUSE_PENDING;
    if (c->spine->routes[slot].adopt || !ours)
        change.cause = IGD_CAUSE_FOREIGN;
    change.old = item->row;
    return change;
}

/* ---- rows that are held ---- */

static bool stays(const igd_extra *item)
{
    return item->hold == IGD_HOLD_INVALID || item->hold == IGD_HOLD_REFERENCED;
}

/* What the row was before anybody edited it: itself, or the base. */
static void know(comparison *c, const igd_extra *item, igd_held_row *held)
{
    igd_change change = delete_of(c, held->slot, item);
    held->known = change.cause == IGD_CAUSE_PENDING || change.base;
    if (change.cause == IGD_CAUSE_PENDING)
        held->digest = igd_difference_find(&c->found[held->slot], item->key)->old;
    else if (change.base)
        held->digest = igd_row_digest(change.base_table, change.base, &c->scratch);
}

static void keep_held(comparison *c)
{
    igd_spine *spine = c->spine;
    for (size_t slot = 0; slot < spine->new_side->slot_count; slot++)
        for (size_t n = 0; n < c->extras[slot].len; n++) {
            const igd_extra *item = &c->extras[slot].items[n];
            if (!stays(item) || spine->routes[slot].adopt)
                continue;
            const igd_problem *problem = item->problem;
            igd_held_row held = {
                .slot = slot,
                .key_json =
                    igd_row_key_json(spine->new_side->slots[slot].table, item->row, spine->mem),
                .path = igd_arena_str(spine->mem, problem ? problem->path : (igd_str){0}),
                .reason =
                    igd_arena_str(spine->mem, problem ? problem->reason : IGD_STR("referenced"))};
            know(c, item, &held);
            IGD_PUSH(spine->mem, &spine->held, held);
            spine->sums[slot].held++;
        }
}

static int hold_rows(comparison *c, igd_error *err)
{
    igd_spine *spine = c->spine;
    if (!spine->invalid)
        return IGD_OK;
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *missing = igd_keyset_new();
    igd_holding holding = {.side = spine->new_side,
                           .plan = spine->plan,
                           .invalid = spine->invalid,
                           .extras = c->extras,
                           .missing = missing,
                           .mem = c->mem};
    int code = igd_hold_missing(&holding, &c->stream, missing, err);
    if (code != IGD_OK)
        return code;
    igd_hold_rows(&holding);
    keep_held(c);
    return spine->drop_held ? IGD_OK : igd_hold_consent(&holding, err);
}

/* ---- deletes ---- */

/* What a tree diff would not have met; and what is not ours, but for who reports it. */
static bool leaves(const comparison *c, size_t slot, const igd_change *change)
{
    if (change->cause == IGD_CAUSE_FOREIGN && !c->spine->routes[slot].adopt)
        return !c->spine->tell_foreign;
    return c->spine->leave_drift && !c->spine->routes[slot].adopt &&
           change->cause == IGD_CAUSE_DRIFT;
}

static void count_delete(igd_table_counts *counts, const igd_change *change, bool left)
{
    if (change->cause == IGD_CAUSE_FOREIGN)
        counts->foreign++;
    else if (!left)
        counts->deleted++;
}

static int write_slot_deletes(comparison *c, size_t slot, igd_error *err)
{
    igd_spine *spine = c->spine;
    igd_change batch[DELETE_BATCH];
    const igd_extras *list = &c->extras[slot];
    const igd_table_plan *plan =
        igd_plan_table(spine->plan, spine->new_side->slots[slot].table->collection);
    int code = IGD_OK;
    for (size_t at = 0; at < list->len && code == IGD_OK;) {
        size_t count = 0;
        for (; count < DELETE_BATCH && at < list->len; at++) {
            if (stays(&list->items[at]) && !spine->routes[slot].adopt)
                continue;
            batch[count] = delete_of(c, slot, &list->items[at]);
            bool left = leaves(c, slot, &batch[count]);
            if (!spine->routes[slot].adopt)
                count_delete(&spine->sums[slot].counts, &batch[count], left);
            count += !left;
        }
        if (count > 0)
            code = spine->consumer->changes(spine->consumer, plan, batch, count, err);
    }
    return code;
}

/* Children first. */
static int write_deletes(comparison *c, igd_error *err)
{
    int code = IGD_OK;
    for (size_t n = c->spine->new_side->slot_count; n-- > 0 && code == IGD_OK;)
        code = write_slot_deletes(c, n, err);
    return code;
}

/* ---- rows that the source has otherwise, or alone ---- */

static void add_olds(comparison *c, igd_stream_batch *batch)
{
    for (size_t n = 0; n < batch->changes.len; n++) {
        igd_change *change = &batch->changes.items[n];
        igd_row_name name = {batch->slot,
                             igd_key_digest(change->now, change->table->key_count, &c->scratch)};
        change->old = igd_map_get(c->olds, igd_row_name_view(&name));
    }
}

static void leave_out_drift(const comparison *c, igd_stream_batch *batch)
{
    size_t kept = 0;
    for (size_t n = 0; n < batch->changes.len; n++)
        if (!leaves(c, batch->slot, &batch->changes.items[n]))
            batch->changes.items[kept++] = batch->changes.items[n];
    batch->changes.len = kept;
}

static int on_upsert(igd_stream_batch *batch, void *payload, igd_error *err)
{
    comparison *c = payload;
    igd_spine *spine = c->spine;
    igd_table_counts *counts = &spine->sums[batch->slot].counts;
    const igd_table_plan *plan =
        igd_plan_table(spine->plan, spine->new_side->slots[batch->slot].table->collection);
    leave_out_drift(c, batch);
    for (size_t n = 0; n < batch->changes.len; n++)
        if (batch->changes.items[n].kind == IGD_INSERT)
            counts->inserted++;
        else
            counts->updated++;
    if (spine->keep_old)
        add_olds(c, batch);
    igd_meter_add(spine->meter, batch->changes.len);
    if (batch->changes.len == 0)
        return IGD_OK;
    return spine->consumer->changes(spine->consumer, plan, batch->changes.items, batch->changes.len,
                                    err);
}

static int write_upserts(comparison *c, igd_error *err)
{
    bool any = false;
    uint64_t total = 0;
    for (size_t n = 0; n < c->spine->new_side->slot_count; n++) {
        igd_route *route = &c->spine->routes[n];
        route->skip = !has_upserts(&c->found[n]);
        route->all = true;
        any |= !route->skip;
        total += c->found[n].len;
    }
    igd_meter_phase(c->spine->meter, "writing", total);
    if (!any)
        return IGD_OK;
    c->stream.pass = IGD_PASS_UPSERTS;
    c->stream.bases = c->bases;
    c->stream.callback = on_upsert;
    return igd_stream_run(&c->stream, err);
}

static int run(comparison *c, igd_error *err)
{
    int code = igd_follow_held(c->spine, err);
    if (code == IGD_OK)
        code = find_differences(c, err);
    if (code == IGD_OK)
        code = igd_accept_unsettled(c->spine, c->found, err);
    if (code == IGD_OK)
        code = read_rows(c, err);
    if (code == IGD_OK)
        code = read_bases(c, err);
    if (code == IGD_OK)
        code = hold_rows(c, err);
    if (code == IGD_OK)
        code = igd_spine_expand(c->spine, err);
    if (code == IGD_OK)
        code = write_upserts(c, err);
    if (code == IGD_OK)
        code = write_deletes(c, err);
    return code == IGD_OK ? igd_spine_contract(c->spine, err) : code;
}

int igd_spine_run_compare(igd_spine *spine, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_map) igd_map *bases = igd_map_new();
    IGD_CLEANUP_PTR(igd_map) igd_map *olds = igd_map_new();
    size_t count = spine->new_side->slot_count;
    comparison c = {.spine = spine,
                    .mem = mem,
                    .found = IGD_NEW_ARRAY(mem, igd_differences, count),
                    .extras = IGD_NEW_ARRAY(mem, igd_extras, count),
                    .bases = bases,
                    .olds = olds,
                    .scratch = IGD_BUF_INIT};
    c.stream = (igd_stream){.repo = spine->repo,
                            .new_side = spine->new_side,
                            .routes = spine->routes,
                            .absent = spine->absent,
                            .rejected = spine->rejected,
                            .only = c.found,
                            .accepted = spine->accepted,
                            .jobs = spine->jobs,
                            .stop = spine->stop,
                            .payload = &c};
    int code = run(&c, err);
    igd_buf_free(&c.scratch);
    return code;
}
