/*
 * Comparing by digests: two sorts and a join.
 */
#include "sync/compare.h"

#include "base/extsort.h"
#include "schema/canonical.h"
#include "sync/pipeline.h"

#define SORT_MEMORY (16U * 1024 * 1024)

typedef struct digest_record {
    uint64_t slot;
    igd_digest key;
    igd_digest row;
    uint64_t leftover; /* the target's row has values that the new table has no column for, or is
                          stored in another layout */
} digest_record;

typedef struct comparer {
    const igd_compare *compare;
    igd_extsort *source, *target;
    igd_differences *out;
    igd_arena *mem;
    const igd_slot_sums *sums;   /* of the target, by slot; NULL: it does not add up */
    igd_table_sums *source_sums; /* by slot */
    igd_bucket_set *differing;   /* by slot: of those that are told */
    /* while a table is scanned: */
    size_t slot;
    const igd_table *layout;
    igd_buf scratch;
} comparer;

static int compare_records(const void *a, const void *b)
{
    const digest_record *left = a, *right = b;
    if (left->slot != right->slot)
        return left->slot < right->slot ? -1 : 1;
    return igd_digest_cmp(left->key, right->key);
}

/* ---- the source ---- */

static int on_batch(igd_stream_batch *batch, void *payload, igd_error *err)
{
    comparer *c = payload;
    igd_differences *sums = &c->out[batch->slot];
    igd_notes_add(c->compare->notes, &batch->problems, c->compare->with_invalid);
    igd_meter_read(c->compare->meter, batch->records, batch->files);
    sums->source_rows += batch->count;
    sums->source_digest = igd_digest_add(sums->source_digest, batch->digest);
    for (size_t n = 0; n < batch->rows.len; n++) {
        const igd_row_seen *row = &batch->rows.items[n];
        digest_record record = {batch->slot, row->key, row->digest, false};
        igd_table_sums_add(&c->source_sums[batch->slot], row->digest);
        int code = igd_extsort_add(c->source, &record, err);
        if (code != IGD_OK)
            return code;
    }
    return c->compare->validity ? igd_validity_add(c->compare->validity, batch, err) : IGD_OK;
}

static int read_source(comparer *c, igd_error *err)
{
    const igd_compare *compare = c->compare;
    uint64_t total = 0;
    igd_stream stream = {.repo = compare->repo,
                         .new_side = compare->side,
                         .routes = compare->routes,
                         .pass = IGD_PASS_READ,
                         .every_key = compare->validity != NULL,
                         .row_digests = true,
                         .rejected = compare->rejected,
                         .jobs = compare->jobs,
                         .stop = compare->stop,
                         .callback = on_batch,
                         .payload = c};
    int code = compare->meter->callback ? igd_stream_count(&stream, &total, err) : IGD_OK;
    igd_meter_files(compare->meter, "reading source", total);
    return code == IGD_OK ? igd_stream_run(&stream, err) : code;
}

/* ---- the target ---- */

const igd_table *igd_found_layout(const igd_table *found, const igd_table *wanted, igd_arena *mem)
{
    igd_table *layout = IGD_NEW(mem, igd_table);
    *layout = *wanted;
    layout->name = found->name;
    layout->columns = IGD_NEW_ARRAY(mem, igd_column, layout->column_count);
    for (size_t n = 0; n < layout->column_count; n++) {
        igd_column *column = &layout->columns[n];
        ptrdiff_t at;
        *column = wanted->columns[n];
        if (n < layout->key_count)
            column->name = found->columns[n].name; /* the key may change its name */
        else if ((at = igd_table_origin(found, column)) >= 0)
            column->name = found->columns[at].name;
        else
            column->name = (igd_str){0}; /* no column is called that: null */
    }
    return layout;
}

const igd_table *igd_compare_layout(const igd_table_plan *plan, igd_arena *mem)
{
    if (!plan->from || !plan->to || igd_plan_remakes(plan))
        return NULL;
    return igd_found_layout(plan->from, plan->to, mem);
}

static void add_leftovers(igd_table *layout, const igd_table *from)
{
    for (size_t n = 0; from && n < from->column_count; n++)
        if (igd_table_column(layout, from->columns[n].name) < 0)
            layout->columns[layout->column_count++] = from->columns[n];
}

static const igd_table *table_at(const igd_side *side, igd_str collection)
{
    ptrdiff_t slot = igd_side_slot(side, collection);
    return slot < 0 ? NULL : side->slots[slot].table;
}

const igd_table *igd_leftover_layout(const igd_table *layout, const igd_table *from,
                                     const igd_side *const *sides, size_t count, igd_arena *mem)
{
    igd_table *wide = IGD_NEW(mem, igd_table);
    size_t most = layout->column_count + 1 + from->column_count;
    for (size_t n = 0; n < count; n++) {
        const igd_table *table = table_at(sides[n], layout->collection);
        most += table ? table->column_count : 0;
    }
    *wide = *layout;
    wide->columns = IGD_NEW_ARRAY(mem, igd_column, most);
    memcpy(wide->columns, layout->columns, layout->column_count * sizeof(*wide->columns));
    wide->columns[wide->column_count++] =
        (igd_column){.name = IGD_STR(IGD_COLUMN_ASTRAY),
                     .type = {.kind = IGD_STRING, .shape = IGD_SCALAR, .element = IGD_STRING}};
    add_leftovers(wide, from);
    for (size_t n = 0; n < count; n++)
        add_leftovers(wide, table_at(sides[n], layout->collection));
    return wide;
}

static int on_row(const igd_value *row, void *payload, igd_error *err)
{
    comparer *c = payload;
    /* Digests are of the new table, whatever the columns are called in the target today. */
    const igd_table *table = c->compare->side->slots[c->slot].table;
    digest_record record = {c->slot, igd_key_digest(row, table->key_count, &c->scratch),
                            igd_row_digest(table, row, &c->scratch), false};
    for (size_t n = table->column_count; n < c->layout->column_count; n++) {
        record.leftover |= row[n].kind != IGD_NULL;
        /* What is no row of any table is nobody's base, also where all columns are of the key. */
        if (row[n].kind == IGD_RAW)
            record.row = igd_digest_add(record.row, record.key);
    }
    igd_meter_add(c->compare->meter, 1);
    int code = igd_stop_check(c->compare->stop, err);
    return code == IGD_OK ? igd_extsort_add(c->target, &record, err) : code;
}

/* The rows of the slot's table that may differ. */
static int scan_table(comparer *c, igd_error *err)
{
    const igd_target_driver *driver = c->compare->target->driver;
    if (!c->sums || !c->sums[c->slot].told)
        return driver->scan(c->compare->target, c->layout, on_row, c, err);
    igd_bucket_set *differing = &c->differing[c->slot];
    c->out[c->slot].read = differing;
    *differing = igd_sums_differing(&c->sums[c->slot].sums, &c->source_sums[c->slot]);
    return driver->scan_some(c->compare->target, c->compare->side->slots[c->slot].table, c->layout,
                             differing, on_row, c, err);
}

static int scan_target(comparer *c, igd_error *err)
{
    const igd_compare *compare = c->compare;
    igd_meter_phase(compare->meter, "reading target", 0);
    for (size_t n = 0; n < compare->side->slot_count; n++) {
        const igd_table_plan *plan =
            igd_plan_table(compare->plan, compare->side->slots[n].table->collection);
        c->slot = n;
        c->layout = compare->routes[n].skip || !plan ? NULL : igd_compare_layout(plan, c->mem);
        if (!c->layout)
            continue;
        if (!(compare->target->caps & IGD_CAP_SCHEMA))
            c->layout = igd_leftover_layout(c->layout, plan->from, compare->stands_at,
                                            compare->stands_count, c->mem);
        int code = scan_table(c, err);
        if (code != IGD_OK)
            return code;
    }
    return IGD_OK;
}

/* ---- the join ---- */

/* Rows of the source that the target has as well, by its sums, and that were not read there. */
static bool is_settled(const comparer *c, const digest_record *source)
{
    return c->sums && c->sums[source->slot].told &&
           !c->differing[source->slot].has[igd_bucket_of(source->row)];
}

static void add_difference(comparer *c, const digest_record *source, const digest_record *target)
{
    const digest_record *any = source ? source : target;
    igd_differences *out = &c->out[any->slot];
    if (source && (target ? igd_digest_eq(source->row, target->row) && !target->leftover
                          : is_settled(c, source))) {
        out->equal++;
        return;
    }
    igd_difference difference = {.key = any->key,
                                 .old = target ? target->row : (igd_digest){0},
                                 .in_source = source != NULL,
                                 .in_target = target != NULL};
    IGD_PUSH(c->mem, out, difference);
}

/* Some targets tell a row more than once. */
static int next_of_target(comparer *c, const void **right, igd_error *err)
{
    const digest_record *at = *right;
    digest_record last = at ? *at : (digest_record){0};
    bool any = at != NULL;
    int code;
    do
        code = igd_extsort_next(c->target, right, err);
    while (code == IGD_OK && any && *right && compare_records(*right, &last) == 0);
    return code;
}

static int join(comparer *c, igd_error *err)
{
    const void *left = NULL, *right = NULL;
    int code = igd_extsort_start(c->source, err);
    if (code == IGD_OK)
        code = igd_extsort_start(c->target, err);
    if (code == IGD_OK)
        code = igd_extsort_next(c->source, &left, err);
    if (code == IGD_OK)
        code = next_of_target(c, &right, err);
    while (code == IGD_OK && (left || right)) {
        int order = !left ? 1 : !right ? -1 : compare_records(left, right);
        add_difference(c, order <= 0 ? left : NULL, order >= 0 ? right : NULL);
        if (order <= 0)
            code = igd_extsort_next(c->source, &left, err);
        if (order >= 0 && code == IGD_OK)
            code = next_of_target(c, &right, err);
    }
    return code;
}

/* The target adds up while we read. */
static int read_both(comparer *c, igd_error *err)
{
    const igd_compare *compare = c->compare;
    size_t slots = compare->side->slot_count;
    igd_error late = IGD_ERROR_INIT;
    igd_sums_job *job = compare->sums ? NULL
                                      : igd_sums_start(compare->target, compare->side,
                                                       compare->plan, compare->routes);
    c->source_sums = IGD_NEW_ARRAY(c->mem, igd_table_sums, slots);
    c->differing = IGD_NEW_ARRAY(c->mem, igd_bucket_set, slots);
    int code = read_source(c, err);
    igd_slot_sums *found = NULL;
    int ended = igd_sums_finish(job, c->mem, &found, &late);
    if (code == IGD_OK && ended != IGD_OK) {
        *err = late;
        return ended;
    }
    c->sums = compare->sums ? compare->sums : found;
    return code == IGD_OK ? scan_target(c, err) : code;
}

int igd_compare_run(const igd_compare *compare, igd_arena *mem, igd_differences *out,
                    igd_error *err)
{
    IGD_CLEANUP_PTR(igd_extsort)
    igd_extsort *source = igd_extsort_new(sizeof(digest_record), SORT_MEMORY, compare_records);
    IGD_CLEANUP_PTR(igd_extsort)
    igd_extsort *target = igd_extsort_new(sizeof(digest_record), SORT_MEMORY, compare_records);
    comparer c = {.compare = compare,
                  .source = source,
                  .target = target,
                  .out = out,
                  .mem = mem,
                  .scratch = IGD_BUF_INIT};
    int code = read_both(&c, err);
    if (code == IGD_OK)
        code = join(&c, err);
    igd_buf_free(&c.scratch);
    return code;
}
