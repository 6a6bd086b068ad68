/*
 * Checking a whole source: one pass for records and references, and, only when something dangles, a
 * second one that says where.
 */
#include "sync/check.h"

#include "ingitdb/record_place.h"
#include "sync/causes.h"
#include "sync/validity.h"

typedef struct checker {
    const igd_source_check *check;
    igd_validity *validity;
    igd_keyset *dangling;
    igd_causes *causes;
    igd_arena *mem;
} checker;

static igd_stream source_stream(const igd_source_check *check, const igd_route *routes,
                                igd_stream_callback *callback, void *payload)
{
    return (igd_stream){.repo = check->repo,
                        .new_side = check->side,
                        .routes = routes,
                        .pass = IGD_PASS_READ,
                        .every_key = true,
                        .outside = true,
                        .jobs = check->jobs,
                        .stop = check->stop,
                        .callback = callback,
                        .payload = payload};
}

static igd_route *all_routes(const igd_side *side, igd_arena *mem, bool skip)
{
    igd_route *routes = IGD_NEW_ARRAY(mem, igd_route, side->reach);
    for (size_t n = 0; n < side->reach; n++)
        routes[n] = (igd_route){.all = true, .skip = skip};
    return routes;
}

static int on_first(igd_stream_batch *batch, void *payload, igd_error *err)
{
    checker *c = payload;
    igd_notes_add(c->check->notes, &batch->problems, true);
    if (c->check->counts && batch->slot < c->check->side->slot_count)
        c->check->counts[batch->slot].unchanged += batch->records;
    igd_meter_read(c->check->meter, batch->records, batch->files);
    return igd_validity_add(c->validity, batch, err);
}

/* ---- the second pass: where it dangles ---- */

static igd_str record_name(igd_arena *mem, igd_str collection, igd_str key)
{
    return igd_arena_printf(mem, "%.*s/%.*s", IGD_STR_ARG(collection), IGD_STR_ARG(key));
}

static igd_str keys_text(igd_arena *mem, const igd_value *keys, uint32_t count)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (uint32_t n = 0; n < count; n++) {
        if (n > 0)
            igd_buf_byte(&text, '/');
        igd_buf_str(&text, keys[n].text);
    }
    return igd_arena_str(mem, igd_buf_view(&text));
}

/* Records that are invalid by themselves are their own cause. */
static void collect_causes(checker *c)
{
    const igd_problems *problems = c->check->notes->problems;
    for (size_t n = 0; n < problems->len; n++) {
        const igd_problem *problem = &problems->items[n];
        if (problem->severity != IGD_PROBLEM_INVALID)
            continue;
        /* A file that cannot be read stands for all the records that may be in it. */
        igd_causes_add_root(c->causes,
                            problem->key.len == 0
                                ? problem->path
                                : record_name(c->mem, problem->collection, problem->key));
    }
}

/* Path of a file of the collection that cannot be read; empty: there is none. */
static igd_str unreadable_file(const checker *c, igd_str collection)
{
    const igd_problems *problems = c->check->notes->problems;
    for (size_t n = 0; n < problems->len; n++) {
        const igd_problem *problem = &problems->items[n];
        if (problem->severity == IGD_PROBLEM_INVALID && problem->key.len == 0 &&
            problem->path.len > 0 && igd_str_eq(problem->collection, collection))
            return problem->path;
    }
    return (igd_str){0};
}

/* `caused_by` is the target until all causes are known. */
static void note_dangling(checker *c, const igd_stream_batch *batch, const igd_reference_seen *seen)
{
    const igd_side *side = c->check->side;
    const igd_table *table = side->slots[batch->slot].table;
    const igd_reference *reference = seen->reference;
    igd_str target = record_name(c->mem, side->slots[reference->target].table->collection,
                                 keys_text(c->mem, seen->keys, reference->count));
    bool there = igd_keyset_has(c->check->rejected, reference->target, seen->target) ||
                 igd_causes_is_root(c->causes, target);
    igd_str file =
        there ? (igd_str){0} : unreadable_file(c, side->slots[reference->target].table->collection);
    igd_str cause = there ? target : file;
    igd_problem problem = {.severity = IGD_PROBLEM_INVALID,
                           .code = reference->parent ? "orphan" : "reference",
                           .path = seen->path,
                           .line = seen->line,
                           .column = seen->line ? 1 : 0,
                           .collection = table->collection,
                           .key = igd_row_key_text(table, seen->row, c->mem),
                           .key_json = igd_row_key_json(table, seen->row, c->mem),
                           .field = reference->parent ? (igd_str){0} : reference->field,
                           .caused_by = cause};
    bool outside = reference->target >= side->slot_count;
    const char *state = there      ? "which is invalid"
                        : outside  ? "which is not there or invalid"
                        : file.len ? "which may be in a file that cannot be read"
                                   : "which is not there";
    if (reference->parent)
        problem.reason =
            igd_arena_printf(c->mem, "the parent record is %.*s, %s", IGD_STR_ARG(target), state);
    else
        problem.reason =
            igd_arena_printf(c->mem, "column '%.*s' refers to %.*s, %s",
                             IGD_STR_ARG(reference->field), IGD_STR_ARG(target), state);
    igd_str name = record_name(c->mem, problem.collection, problem.key);
    if (cause.len > 0) {
        igd_causes_add_link(c->causes, name, cause);
    } else {
        problem.hint = igd_arena_printf(c->mem, "add the record %.*s or change the reference",
                                        IGD_STR_ARG(target));
        igd_causes_add_root(c->causes, name);
    }
    igd_problem_add(c->check->notes->problems, &problem);
}

/* What is at the root can be far away, and be met last. */
static void name_causes(checker *c, size_t from)
{
    igd_problems *problems = c->check->notes->problems;
    igd_causes_settle(c->causes);
    for (size_t n = from; n < problems->len; n++) {
        igd_problem *problem = &problems->items[n];
        if (problem->caused_by.len > 0)
            problem->caused_by =
                igd_arena_str(problems->mem, igd_causes_of(c->causes, problem->caused_by));
    }
}

static int on_second(igd_stream_batch *batch, void *payload, igd_error *err IGD_UNUSED)
{
    checker *c = payload;
    for (size_t n = 0; n < batch->refs.len; n++) {
        const igd_reference_seen *seen = &batch->refs.items[n];
        if (igd_keyset_has(c->dangling, seen->reference->target, seen->target))
            note_dangling(c, batch, seen);
    }
    return IGD_OK;
}

/* References were judged by their rows; the file says where the field is. */
static void point_at_fields(checker *c, size_t from)
{
    igd_problems *problems = c->check->notes->problems;
    const igd_commit *commit = &c->check->side->database->commit;
    igd_parsed_file file = {0};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_blob)
    igd_blob blob = {0};
    for (size_t n = from; n < problems->len; n++) {
        igd_problem *problem = &problems->items[n];
        igd_error err = IGD_ERROR_INIT;
        igd_entry entry;
        bool found = false;
        if (problem->field.len == 0 || problem->path.len == 0)
            continue;
        if (!igd_str_eq(file.path, problem->path)) {
            igd_blob_free(&blob);
            igd_arena_reset(mem);
            file = (igd_parsed_file){0};
            if (igd_repo_find(c->check->repo, &commit->tree, problem->path, &entry, &found, &err) !=
                    IGD_OK ||
                !found || igd_repo_blob(c->check->repo, &entry.id, &blob, &err) != IGD_OK)
                continue; /* the record's place is good enough then */
            file =
                igd_record_parse(igd_database_find(c->check->side->database, problem->collection),
                                 problem->path, blob.bytes, mem);
        }
        (void)igd_record_place(&file, problem->line, problem->field, &problem->line,
                               &problem->column);
    }
}

static int say_where(checker *c, igd_error *err)
{
    const igd_side *side = c->check->side;
    igd_route *routes = all_routes(side, c->mem, true);
    for (size_t n = 0; n < side->slot_count; n++)
        routes[n].skip = igd_keyset_of_slot(c->check->rejected, n) == 0;
    collect_causes(c);
    igd_stream stream = source_stream(c->check, routes, on_second, c);
    size_t before = c->check->notes->problems->len;
    int code = igd_stream_run(&stream, err);
    if (code == IGD_OK) {
        name_causes(c, before);
        point_at_fields(c, before);
    }
    return code;
}

int igd_check_source(const igd_source_check *check, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_validity) igd_validity *validity = igd_validity_new();
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *dangling = igd_keyset_new();
    IGD_CLEANUP_PTR(igd_causes) igd_causes *causes = igd_causes_new();
    checker c = {check, validity, dangling, causes, mem};
    igd_stream stream = source_stream(check, all_routes(check->side, mem, false), on_first, &c);
    uint64_t total = 0;
    int code = check->meter->callback ? igd_stream_count(&stream, &total, err) : IGD_OK;
    igd_meter_files(check->meter, "validating", total);
    if (code == IGD_OK)
        code = igd_stream_run(&stream, err);
    if (code == IGD_OK)
        code = igd_validity_finish(validity, check->rejected, dangling, err);
    if (code == IGD_OK && igd_keyset_count(dangling) > 0)
        code = say_where(&c, err);
    return code == IGD_OK ? igd_check_bounds(check, err) : code;
}

/* ---- min_records_count, max_records_count ---- */

typedef struct group {
    igd_str parent; /* keys of the parent record, joined */
    uint64_t count;
} group;

typedef struct bounds {
    const igd_source_check *check;
    igd_arena *mem;
    igd_map **groups; /* by slot: parent keys -> group */
    uint64_t *total;  /* by slot */
} bounds;

static bool is_bounded(const igd_collection *model)
{
    return model->min_records.set || model->max_records.set;
}

static int on_bounds(igd_stream_batch *batch, void *payload, igd_error *err IGD_UNUSED)
{
    bounds *b = payload;
    b->total[batch->slot] += batch->records;
    if (!b->groups[batch->slot])
        return IGD_OK;
    for (size_t n = 0; n < batch->refs.len; n++) {
        const igd_reference_seen *seen = &batch->refs.items[n];
        if (!seen->reference->parent)
            continue;
        igd_str parent = keys_text(batch->mem, seen->keys, seen->reference->count);
        group *of = igd_map_get(b->groups[batch->slot], parent);
        if (!of) {
            of = IGD_NEW(b->mem, group);
            of->parent = igd_arena_str(b->mem, parent);
            igd_map_put(b->groups[batch->slot], parent, of);
        }
        of->count++;
    }
    return IGD_OK;
}

static void note_bounds(const bounds *b, size_t slot, igd_str parent, uint64_t count)
{
    const igd_collection *model = &b->check->side->slots[slot].definition->model;
    bool few = model->min_records.set && count < (uint64_t)model->min_records.value;
    bool many = model->max_records.set && count > (uint64_t)model->max_records.value;
    if (!few && !many)
        return;
    igd_problem problem = {.severity = IGD_PROBLEM_INVALID,
                           .code = "records-count",
                           .path = model->path,
                           .collection = model->id};
    problem.reason =
        igd_arena_printf(b->mem, "%llu record%s%s%.*s, %s allowed are %lld",
                         (unsigned long long)count, count == 1 ? "" : "s",
                         parent.len ? " below " : "", IGD_STR_ARG(parent),
                         few ? "the fewest" : "the most",
                         (long long)(few ? model->min_records.value : model->max_records.value));
    problem.hint = IGD_STR("see min_records_count and max_records_count in the definition");
    igd_problem_add(b->check->notes->problems, &problem);
}

static void judge_slot(const bounds *b, size_t slot, size_t parent_slot)
{
    if (!b->groups[slot]) {
        note_bounds(b, slot, (igd_str){0}, b->total[slot]);
        return;
    }
    void *cursor = NULL, *value;
    igd_str name;
    while (igd_map_next(b->groups[slot], &cursor, &name, &value))
        note_bounds(b, slot, ((group *)value)->parent, ((group *)value)->count);
    /* Parents without any record are known by their number only. */
    uint64_t with = igd_map_count(b->groups[slot]);
    if (with < b->total[parent_slot])
        note_bounds(b, slot,
                    igd_arena_printf(b->mem, "each of %llu parent records",
                                     (unsigned long long)(b->total[parent_slot] - with)),
                    0);
}

int igd_check_bounds(const igd_source_check *check, igd_error *err)
{
    const igd_side *side = check->side;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_route *routes = all_routes(side, mem, true);
    bounds b = {.check = check,
                .mem = mem,
                .groups = IGD_NEW_ARRAY(mem, igd_map *, side->reach),
                .total = IGD_NEW_ARRAY(mem, uint64_t, side->reach)};
    bool any = false;
    for (size_t n = 0; n < side->slot_count; n++) {
        const igd_collection *model = &side->slots[n].definition->model;
        if (!is_bounded(model))
            continue;
        any = true;
        routes[n].skip = false;
        if (model->parent) {
            b.groups[n] = igd_map_new();
            routes[side->slots[n].references[0].target].skip = false;
        }
    }
    igd_stream stream = source_stream(check, routes, on_bounds, &b);
    int code = any ? igd_stream_run(&stream, err) : IGD_OK;
    for (size_t n = 0; n < side->slot_count; n++) {
        const igd_slot *slot = &side->slots[n];
        if (code == IGD_OK && is_bounded(&slot->definition->model))
            judge_slot(&b, n, b.groups[n] ? slot->references[0].target : n);
        igd_map_free(b.groups[n]);
    }
    return code;
}
