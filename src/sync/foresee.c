/*
 * Foreseeing conflicts: changes by their digests, and a scan of the tables.
 */
#include "sync/foresee.h"

#include "schema/canonical.h"
#include "sync/pipeline.h"

typedef struct expectation {
    bool has_base, has_now, seen;
    igd_digest base, now;
    igd_str key, key_text; /* of updates, which need a row */
} expectation;

/* ---- which tables ---- */

/* The column that will be empty until git fills it must not be: a row that stays as it is cannot.
 */
static bool cannot_keep(const igd_table_plan *plan)
{
    for (size_t n = 0; n < plan->expand.len; n++) {
        const igd_op *op = &plan->expand.items[n];
        if (igd_op_refills(op) && op->to->columns[op->column_to].not_null)
            return true;
    }
    return false;
}

static bool has_aside(const igd_foresight *f, const igd_table *there, igd_str column)
{
    igd_str aside = igd_aside_name(column, f->target->limits.identifier_bytes, f->mem);
    return igd_table_column(there, aside) >= 0;
}

/* Of a column that has not stepped aside yet, and will: as the target has it. NULL: it is another
 * one, or has. */
static const igd_column *waiting(const igd_foresight *f, const igd_table *from,
                                 const igd_column *column)
{
    const igd_table *there = igd_schema_table(&f->there, from->name);
    ptrdiff_t at = there ? igd_table_column(there, column->name) : -1;
    bool unsettled = at >= 0 && column->type.kind != there->columns[at].type.kind;
    return unsettled && !has_aside(f, there, column->name) ? &there->columns[at] : NULL;
}

/* The key, and the columns that are dropped or made anew; NULL: there is none. */
static const igd_table *aside_layout(const igd_foresight *f, const igd_table *from)
{
    igd_table *layout = IGD_NEW(f->mem, igd_table);
    *layout = (igd_table){.name = from->name,
                          .collection = from->collection,
                          .key_count = from->key_count,
                          .columns = IGD_NEW_ARRAY(f->mem, igd_column, from->column_count)};
    for (size_t n = 0; n < from->column_count; n++) {
        const igd_column *column = &from->columns[n];
        if (n >= from->key_count && !igd_is_aside_name(column->name))
            column = waiting(f, from, column);
        if (column)
            layout->columns[layout->column_count++] = *column;
    }
    igd_table_finish(layout, f->mem);
    return layout->column_count > layout->key_count ? layout : NULL;
}

static const igd_table *layout_of(const igd_foresight *f, const igd_table_plan *plan)
{
    if (!plan->from || !plan->to || igd_plan_remakes(plan) || (f->kept && !cannot_keep(plan)))
        return NULL;
    return f->aside ? aside_layout(f, plan->from) : plan->from;
}

static void map_now(igd_foreseen *table, igd_arena *mem)
{
    const igd_table *to = table->plan->to;
    table->now_of = IGD_NEW_ARRAY(mem, ptrdiff_t, table->layout->column_count);
    for (size_t n = 0; n < table->layout->column_count; n++)
        table->now_of[n] = -1;
    for (size_t n = to->key_count; n < to->column_count; n++) {
        ptrdiff_t at = igd_table_origin(table->layout, &to->columns[n]);
        if (at >= 0)
            table->now_of[at] = (ptrdiff_t)n;
    }
}

/* A commit that the run was interrupted on the way to has values of that kind there, too: it may
 * have written what the base does not have. */
static bool others_have(const igd_foresight *f, igd_str collection, const igd_column *column)
{
    for (size_t n = 0; n < f->other_count; n++) {
        ptrdiff_t slot = igd_side_slot(f->others[n], collection);
        const igd_table *table = slot < 0 ? NULL : f->others[n]->slots[slot].table;
        ptrdiff_t at = table ? igd_table_column(table, column->name) : -1;
        if (at >= 0 && table->columns[at].type.kind == column->type.kind)
            return true;
    }
    return false;
}

/* Whether the column of the layout has the values of the base's, and of nothing else. */
static bool is_column(const igd_foresight *f, const igd_foreseen *table, const igd_column *there,
                      const igd_column *base)
{
    igd_str name = base->name;
    if (f->aside && igd_is_aside_name(there->name))
        name = igd_aside_name(name, f->target->limits.identifier_bytes, f->mem);
    return igd_str_eq(name, there->name) && base->type.kind == there->type.kind &&
           !there->ambiguous && !others_have(f, table->layout->collection, base);
}

/* Where the columns are in the base's table, whose name may be another by now. */
static void map_base(igd_foresight *f, igd_foreseen *table, const igd_table *base)
{
    igd_table *shown = IGD_NEW(f->mem, igd_table);
    *shown = *table->layout;
    shown->columns = IGD_NEW_ARRAY(f->mem, igd_column, shown->column_count);
    table->base_of = IGD_NEW_ARRAY(f->mem, ptrdiff_t, table->layout->column_count);
    for (size_t n = 0; n < table->layout->column_count; n++) {
        shown->columns[n] = table->layout->columns[n];
        table->base_of[n] = -1;
        for (size_t b = base->key_count; b < base->column_count; b++) {
            if (!is_column(f, table, &table->layout->columns[n], &base->columns[b]))
                continue;
            table->base_of[n] = (ptrdiff_t)b;
            shown->columns[n].name = base->columns[b].name;
        }
    }
    igd_table_finish(shown, f->mem);
    table->shown = shown;
    table->base_table = base;
}

/* ---- changes ---- */

/* Of a row, the columns that `from` has, in the layout of the table. */
static igd_digest digest_of(igd_foresight *f, const igd_foreseen *table, const igd_value *row,
                            const ptrdiff_t *from)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const igd_table *layout = table->layout;
    igd_value *like = IGD_NEW_ARRAY(mem, igd_value, layout->column_count);
    for (size_t n = 0; n < layout->column_count; n++)
        like[n] = n < layout->key_count ? row[n] : from[n] < 0 ? IGD_VALUE_NULL : row[from[n]];
    return igd_row_digest(layout, like, &f->scratch);
}

/* A column that this run adds or makes anew is empty in the target. */
static bool can_be_there(const igd_foreseen *table, const igd_value *now)
{
    const igd_table *to = table->plan->to;
    for (size_t n = to->key_count; n < to->column_count; n++)
        if (now[n].kind != IGD_NULL && igd_table_origin(table->layout, &to->columns[n]) < 0)
            return false;
    return true;
}

static igd_row_name name_of(igd_foresight *f, const igd_foreseen *table, const igd_value *key)
{
    return (igd_row_name){(uint64_t)(table - f->tables),
                          igd_key_digest(key, table->layout->key_count, &f->scratch)};
}

/* The text of a key of one column is the row's, which goes. */
static igd_str key_text(igd_foresight *f, const igd_foreseen *table, const igd_value *key)
{
    return igd_arena_str(f->mem, igd_row_key_text(table->plan->to, key, f->mem));
}

static void expect(igd_foresight *f, igd_foreseen *table, const igd_change *change)
{
    const igd_value *key = igd_change_key(change);
    if (change->base && !table->base_table)
        map_base(f, table, change->base_table);
    igd_row_name name = name_of(f, table, key);
    expectation *row = IGD_NEW(f->mem, expectation);
    *row = (expectation){.has_base = change->base != NULL};
    if (change->base)
        row->base = digest_of(f, table, change->base, table->base_of);
    row->has_now = change->now && !f->aside && can_be_there(table, change->now);
    if (row->has_now)
        row->now = digest_of(f, table, change->now, table->now_of);
    if (change->base && change->now && !f->aside) {
        row->key = igd_row_key_json(table->plan->to, key, f->mem);
        row->key_text = key_text(f, table, key);
    }
    igd_map_put(f->rows, igd_row_name_view(&name), row);
    table->rows++;
}

/* What a row was is not known from its digest alone: the write decides about it. */
static bool is_known(const igd_foreseen *table, const igd_change *change)
{
    if (change->cause == IGD_CAUSE_FOREIGN || (!change->base && change->base_table))
        return false;
    return !change->base || !table->base_table || table->base_table == change->base_table;
}

static int take_changes(igd_consumer *consumer, const igd_table_plan *plan,
                        const igd_change *changes, size_t count, igd_error *err IGD_UNUSED)
{
    igd_foresight *f = (igd_foresight *)consumer;
    igd_foreseen *table = &f->tables[plan - f->plan->tables];
    for (size_t n = 0; n < count && table->layout; n++)
        if (is_known(table, &changes[n]))
            expect(f, table, &changes[n]);
    return IGD_OK;
}

/* Of a run that goes on the rehearsal's changes are not all: every row's base is wanted. */
static int no_changes(igd_consumer *consumer IGD_UNUSED, const igd_table_plan *plan IGD_UNUSED,
                      const igd_change *changes IGD_UNUSED, size_t count IGD_UNUSED,
                      igd_error *err IGD_UNUSED)
{
    return IGD_OK;
}

static int no_part(igd_consumer *consumer IGD_UNUSED, igd_error *err IGD_UNUSED)
{
    return IGD_OK;
}

/* ---- the base of all rows ---- */

typedef struct base_reader {
    igd_foresight *foresight;
    const igd_spine *spine;
} base_reader;

static int on_bases(igd_stream_batch *batch, void *payload, igd_error *err)
{
    const base_reader *to = payload;
    const igd_slot *slot = &to->spine->new_side->slots[batch->slot];
    const igd_table_plan *plan = igd_plan_table(to->spine->plan, slot->table->collection);
    return plan ? take_changes(&to->foresight->consumer, plan, batch->changes.items,
                               batch->changes.len, err)
                : IGD_OK;
}

static int read_bases(igd_foresight *f, const igd_spine *spine, igd_error *err)
{
    const igd_side *side = spine->new_side;
    base_reader reader = {f, spine};
    igd_route *routes = IGD_NEW_ARRAY(f->mem, igd_route, side->reach);
    for (size_t n = 0; n < side->slot_count; n++) {
        const igd_table_plan *plan = igd_plan_table(spine->plan, side->slots[n].table->collection);
        bool wanted = plan && f->tables[plan - f->plan->tables].layout;
        routes[n] = spine->routes[n];
        routes[n].all = routes[n].refill = true;
        routes[n].skip = !wanted || !routes[n].old_slot || !routes[n].pairs;
        if (wanted && routes[n].skip)
            f->tables[plan - f->plan->tables].layout = NULL; /* nothing to compare it with */
    }
    igd_stream stream = {.repo = spine->repo,
                         .new_side = side,
                         .routes = routes,
                         .pass = IGD_PASS_UPSERTS,
                         .absent = spine->absent,
                         .rejected = spine->rejected,
                         .jobs = spine->jobs,
                         .stop = spine->stop,
                         .callback = on_bases,
                         .payload = &reader};
    int code = igd_stream_run(&stream, err);
    stream.pass = IGD_PASS_DELETES;
    return code == IGD_OK ? igd_stream_run(&stream, err) : code;
}

/* ---- the target ---- */

static void found(igd_foresight *f, const igd_value *row, const char *what, igd_str column)
{
    const igd_foreseen *table = f->at;
    igd_edit edit = {.table = table->plan->to,
                     .what = what,
                     .column = column,
                     .key = igd_row_key_json(table->plan->to, row, f->mem),
                     .key_text = key_text(f, table, row),
                     .old = igd_row_json(table->shown ? table->shown : table->layout, row, f->mem)};
    IGD_PUSH(f->mem, &f->edits, edit);
}

/* The first column that goes and has a value that can be compared; empty: none. */
static igd_str aside_value(const igd_foreseen *table, const igd_value *row)
{
    for (size_t n = table->layout->key_count; n < table->layout->column_count; n++)
        if (row[n].kind != IGD_NULL && table->base_of && table->base_of[n] >= 0)
            return table->layout->columns[n].name;
    return (igd_str){0};
}

/* Only what is mapped counts: the row as it is has every column at its own place. */
static igd_digest mapped_digest(igd_foresight *f, const igd_value *row, const ptrdiff_t *of)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const igd_table *layout = f->at->layout;
    igd_value *like = IGD_NEW_ARRAY(mem, igd_value, layout->column_count);
    for (size_t n = 0; n < layout->column_count; n++)
        like[n] = n < layout->key_count || (of && of[n] >= 0) ? row[n] : IGD_VALUE_NULL;
    return igd_row_digest(layout, like, &f->scratch);
}

static void look_aside(igd_foresight *f, const expectation *row, const igd_value *old)
{
    igd_str column = aside_value(f->at, old);
    if (column.len == 0 || (!row && !f->all_known))
        return;
    /* A row that git adds was written by the interrupted run, if it has anything there. */
    if (row && !row->has_base)
        return;
    if (!row || !igd_digest_eq(row->base, mapped_digest(f, old, f->at->base_of)))
        found(f, old, "somebody changed the row in the target", column);
}

static void look(igd_foresight *f, expectation *row, const igd_value *old)
{
    if (!row)
        return;
    row->seen = true;
    if (row->has_base && igd_digest_eq(row->base, mapped_digest(f, old, f->at->base_of)))
        return;
    if (row->has_now && igd_digest_eq(row->now, mapped_digest(f, old, f->at->now_of)))
        return;
    found(f, old,
          row->has_base ? "somebody changed the row in the target"
                        : "somebody added the row to the target",
          (igd_str){0});
}

static int on_row(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    igd_foresight *f = payload;
    igd_row_name name = name_of(f, f->at, row);
    expectation *expected = igd_map_get(f->rows, igd_row_name_view(&name));
    if (f->aside)
        look_aside(f, expected, row);
    else
        look(f, expected, row);
    return IGD_OK;
}

/* Updates whose row is not there. */
static void find_deleted(igd_foresight *f)
{
    void *cursor = NULL, *value;
    igd_str key;
    while (!f->aside && !f->kept && igd_map_next(f->rows, &cursor, &key, &value)) {
        const expectation *row = value;
        igd_row_name name;
        memcpy(&name, key.ptr, sizeof(name));
        if (row->seen || row->key.len == 0)
            continue;
        igd_edit edit = {.table = f->tables[name.slot].plan->to,
                         .what = "somebody deleted the row in the target",
                         .key = row->key,
                         .key_text = row->key_text};
        IGD_PUSH(f->mem, &f->edits, edit);
    }
}

/* ---- all of it ---- */

igd_foresight igd_foresee(igd_target *target, const igd_plan *plan, igd_arena *mem)
{
    return (igd_foresight){
        .consumer = {.expand = no_part, .changes = take_changes, .contract = no_part},
        .target = target,
        .plan = plan,
        .mem = mem,
        .rows = igd_map_new(),
        .scratch = IGD_BUF_INIT};
}

void igd_foresight_free(igd_foresight *foresight)
{
    igd_map_free(foresight->rows);
    igd_buf_free(&foresight->scratch);
}

static int read_schema(igd_foresight *f, igd_error *err)
{
    igd_str_list names = {0};
    for (size_t n = 0; n < f->plan->table_count; n++)
        if (f->plan->tables[n].from)
            IGD_PUSH(f->mem, &names, f->plan->tables[n].from->name);
    return f->target->driver->schema_read(f->target, &names, f->mem, &f->there, err);
}

int igd_foresight_start(igd_foresight *f, bool *out, igd_error *err)
{
    bool any = false;
    int code = f->aside ? read_schema(f, err) : IGD_OK;
    if (code != IGD_OK)
        return code;
    f->tables = IGD_NEW_ARRAY(f->mem, igd_foreseen, f->plan->table_count);
    for (size_t n = 0; n < f->plan->table_count; n++) {
        igd_foreseen *table = &f->tables[n];
        table->plan = &f->plan->tables[n];
        table->layout = layout_of(f, table->plan);
        if (table->layout)
            map_now(table, f->mem);
        any |= table->layout != NULL;
    }
    if (f->aside)
        f->consumer.changes = no_changes;
    *out = any;
    return IGD_OK;
}

int igd_foresight_finish(igd_foresight *f, const igd_spine *spine, igd_error *err)
{
    int code = f->aside ? read_bases(f, spine, err) : IGD_OK;
    for (size_t n = 0; n < f->plan->table_count && code == IGD_OK; n++) {
        f->at = &f->tables[n];
        if (f->at->layout && f->at->rows)
            code = f->target->driver->scan(f->target, f->at->layout, on_row, f, err);
    }
    if (code == IGD_OK)
        find_deleted(f);
    return code;
}
