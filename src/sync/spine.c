/*
 * The passes of the spine.
 */
#include "sync/spine.h"

#include "sync/emptied.h"
#include "sync/spine_private.h"

typedef struct runner {
    igd_spine *spine;
    igd_stream stream;
    igd_validity *validity; /* first sync: all keys */
    igd_delta *delta;       /* later: those of the change */
    igd_keyset *kept;       /* keys of routes that do not pair, for their deletes */
    bool invalid;           /* found: nothing more is written, only looked at */
} runner;

/* A compare wants the base also of a table that somebody has dropped. */
static void find_origin(const igd_spine *spine, const igd_origin *origin,
                        const igd_table_plan *plan, const igd_slot *slot, igd_route *route)
{
    route->base_unknown = origin->unknown;
    if (!origin->side || !plan || (!plan->from && !spine->compare_with))
        return;
    ptrdiff_t at = igd_side_slot(origin->side, igd_table_was(slot->table));
    if (at < 0)
        return;
    route->old_side = origin->side;
    route->old_slot = &origin->side->slots[at];
}

void igd_spine_init(igd_spine *spine, igd_arena *mem)
{
    const igd_side *side = spine->new_side;
    spine->mem = mem;
    spine->routes = IGD_NEW_ARRAY(mem, igd_route, side->reach);
    spine->sums = IGD_NEW_ARRAY(mem, igd_spine_sum, side->slot_count);
    for (size_t n = 0; n < side->slot_count; n++) {
        const igd_slot *slot = &side->slots[n];
        igd_route *route = &spine->routes[n];
        const igd_table_plan *plan = igd_plan_table(spine->plan, slot->table->collection);
        *route = (igd_route){.all = true, .pairs = true};
        route->adopt = route->base_unknown = plan && plan->adopted;
        if (spine->origins && !route->adopt)
            find_origin(spine, &spine->origins[n], plan, slot, route);
        if (route->old_slot) {
            const igd_definition *before = route->old_slot->definition;
            route->pairs = igd_files_pair(before, slot->definition);
            route->anew = igd_plan_remakes(plan);
            route->refill = plan->rewrite || route->anew;
            route->all =
                !route->pairs || route->refill || (plan && plan->emit_all) ||
                !igd_digest_eq(before->model.fingerprint, slot->definition->model.fingerprint);
        }
        spine->sums[n].counts = (igd_table_counts){.collection = slot->table->collection,
                                                   .table = slot->table->name,
                                                   .adopted = route->adopt};
        spine->sums[n].total = route->all;
    }
}

/* ---- batches ---- */

static void count_changes(igd_spine_sum *sum, const igd_stream_batch *batch)
{
    for (size_t n = 0; n < batch->changes.len; n++)
        switch (batch->changes.items[n].kind) {
        case IGD_INSERT:
            sum->counts.inserted++;
            break;
        case IGD_UPDATE:
            sum->counts.updated++;
            break;
        case IGD_DELETE:
            sum->counts.deleted++;
            break;
        }
    sum->counts.unchanged += batch->unchanged;
    sum->has_deletes |= batch->has_deletes;
    sum->rows += batch->count;
    sum->digest = igd_digest_add(sum->digest, batch->digest);
}

static int judge(runner *r, const igd_stream_batch *batch, igd_error *err)
{
    if (r->spine->check && batch->problems.invalid > 0)
        r->invalid = true;
    if (r->validity)
        return igd_validity_add(r->validity, batch, err);
    if (r->delta)
        igd_delta_add(r->delta, batch);
    return IGD_OK;
}

static void remember_keys(runner *r, const igd_stream_batch *batch)
{
    for (size_t n = 0; n < batch->keys.len; n++)
        igd_keyset_add(r->kept, batch->slot, batch->keys.items[n].key);
}

static int on_batch(igd_stream_batch *batch, void *payload, igd_error *err)
{
    runner *r = payload;
    igd_spine *spine = r->spine;
    const igd_slot *slot = &spine->new_side->slots[batch->slot];
    igd_notes_add(spine->notes, &batch->problems, spine->check);
    count_changes(&spine->sums[batch->slot], batch);
    if (!spine->routes[batch->slot].pairs && r->stream.pass == IGD_PASS_UPSERTS)
        remember_keys(r, batch);
    igd_meter_read(spine->meter,
                   batch->records + (r->stream.pass == IGD_PASS_DELETES ? batch->changes.len : 0),
                   batch->files);
    int code = judge(r, batch, err);
    if (code != IGD_OK || r->invalid || batch->changes.len == 0)
        return code;
    const igd_table_plan *plan = igd_plan_table(spine->plan, slot->table->collection);
    return spine->consumer->changes(spine->consumer, plan, batch->changes.items, batch->changes.len,
                                    err);
}

/* ---- passes ---- */

static int run_pass(runner *r, igd_pass pass, const char *phase, igd_error *err)
{
    uint64_t total = 0;
    r->stream.pass = pass;
    int code = r->spine->meter->callback ? igd_stream_count(&r->stream, &total, err) : IGD_OK;
    igd_meter_files(r->spine->meter, phase, total);
    return code == IGD_OK ? igd_stream_run(&r->stream, err) : code;
}

/* ---- the old side of routes that do not pair ---- */

static int on_old_batch(igd_stream_batch *batch, void *payload, igd_error *err IGD_UNUSED)
{
    for (size_t n = 0; n < batch->old_rows.len; n++)
        igd_old_rows_add(payload, batch->slot, &batch->old_rows.items[n]);
    return IGD_OK;
}

/* *out is NULL when all pair. */
static int read_old_rows(const igd_spine *spine, const igd_stream *like, igd_old_rows **out,
                         igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    size_t count = spine->new_side->slot_count;
    igd_route *routes = IGD_NEW_ARRAY(mem, igd_route, count);
    bool any = false;
    for (size_t n = 0; n < count; n++) {
        routes[n] = spine->routes[n];
        routes[n].skip = !routes[n].old_slot || routes[n].pairs;
        any |= !routes[n].skip;
    }
    *out = NULL;
    if (!any)
        return IGD_OK;
    igd_old_rows *rows = igd_old_rows_new(count);
    igd_stream stream = *like;
    stream.routes = routes;
    stream.pass = IGD_PASS_DELETES;
    stream.collect_old = true;
    stream.only = NULL;
    stream.kept = NULL;
    stream.callback = on_old_batch;
    stream.payload = rows;
    int code = igd_stream_run(&stream, err);
    igd_old_rows_sort(rows);
    *out = rows;
    return code;
}

int igd_spine_invalid(igd_error *err)
{
    return igd_fail(err, IGD_E_INVALID, "the source has invalid records");
}

int igd_spine_check_references(igd_validity *validity, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *dangling = igd_keyset_new();
    int code = igd_validity_finish(validity, rejected, dangling, err);
    if (code == IGD_OK && igd_keyset_count(dangling) > 0)
        return igd_spine_invalid(err);
    return code;
}

static int check_validity(runner *r, igd_error *err)
{
    if (r->invalid)
        return igd_spine_invalid(err);
    if (r->delta) {
        bool valid = true;
        int code = igd_delta_check(r->delta, &r->stream, &valid, err);
        return code != IGD_OK || valid ? code : igd_spine_invalid(err);
    }
    return r->validity ? igd_spine_check_references(r->validity, err) : IGD_OK;
}

/* Deletes are looked for only where the upserts saw that there are some. */
static int run_deletes(runner *r, igd_error *err)
{
    igd_spine *spine = r->spine;
    bool any = false;
    for (size_t n = 0; n < spine->new_side->slot_count; n++) {
        igd_route *route = &spine->routes[n];
        route->skip = !route->old_slot || (route->pairs && !spine->sums[n].has_deletes);
        any |= !route->skip;
    }
    return any ? run_pass(r, IGD_PASS_DELETES, "deleting", err) : IGD_OK;
}

static int run_records(runner *r, igd_error *err)
{
    int code = run_pass(r, IGD_PASS_UPSERTS, "writing", err);
    if (code == IGD_OK && !r->invalid)
        code = run_deletes(r, err);
    if (code == IGD_OK && r->spine->check)
        code = check_validity(r, err);
    return code;
}

int igd_spine_expand(igd_spine *spine, igd_error *err)
{
    int code = spine->consumer->expand(spine->consumer, err);
    return code == IGD_OK ? igd_spine_empty(spine, IGD_EMPTIED_REMADE, err) : code;
}

int igd_spine_contract(igd_spine *spine, igd_error *err)
{
    int code = spine->decide ? spine->decide(spine->decide_payload, err) : IGD_OK;
    if (code == IGD_OK)
        code = igd_spine_empty(spine, IGD_EMPTIED_DROPPED, err);
    return code == IGD_OK ? spine->consumer->contract(spine->consumer, err) : code;
}

int igd_spine_run(igd_spine *spine, igd_error *err)
{
    if (spine->compare_with)
        return igd_spine_run_compare(spine, err);
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *kept = igd_keyset_new();
    IGD_CLEANUP_PTR(igd_validity) igd_validity *validity = NULL;
    IGD_CLEANUP_PTR(igd_delta) igd_delta *delta = NULL;
    runner r = {.spine = spine, .kept = kept};
    if (spine->check && spine->origins)
        r.delta = delta = igd_delta_new();
    else if (spine->check)
        r.validity = validity = igd_validity_new();
    r.stream = (igd_stream){.repo = spine->repo,
                            .new_side = spine->new_side,
                            .routes = spine->routes,
                            .every_key = r.validity != NULL,
                            .absent = spine->absent,
                            .rejected = spine->rejected,
                            .kept = kept,
                            .jobs = spine->jobs,
                            .stop = spine->stop,
                            .callback = on_batch,
                            .payload = &r};
    IGD_CLEANUP_PTR(igd_old_rows) igd_old_rows *old_rows = NULL;
    int code = read_old_rows(spine, &r.stream, &old_rows, err);
    r.stream.old_rows = old_rows;
    if (code == IGD_OK)
        code = igd_spine_expand(spine, err);
    if (code == IGD_OK)
        code = run_records(&r, err);
    return code == IGD_OK ? igd_spine_contract(spine, err) : code;
}
