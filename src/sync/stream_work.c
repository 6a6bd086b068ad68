/*
 * Working on batches: parses both sides of every file and derives changes, keys, references, and
 * what they do to the table's count and digest. Runs on the parser threads.
 */
#include "base/map.h"
#include "schema/canonical.h"
#include "sync/references.h"
#include "sync/stream_batch.h"

typedef struct worker {
    const igd_stream *stream;
    const igd_route *route;
    const igd_slot *now;    /* of the new side */
    const igd_slot *before; /* of the old side, or NULL */
    igd_stream_cell *cell;
    igd_arena *mem;
    int32_t
        *base_column; /* column of the new table -> of the old one that holds its values, or -1 */
} worker;

/* ---- keys and references ---- */

static igd_digest row_key(worker *w, const igd_table *table, const igd_value *row)
{
    return igd_key_digest(row, table->key_count, &w->cell->scratch);
}

static void see_key(worker *w, igd_digest key, bool gone)
{
    IGD_PUSH(w->mem, &w->cell->batch.keys, (igd_key_seen){.key = key, .gone = gone});
}

static void see_reference(worker *w, igd_reference_seen seen, const igd_reference *reference,
                          const igd_value *keys)
{
    seen.reference = reference;
    seen.keys = keys;
    seen.target = igd_key_digest(keys, reference->count, &w->cell->scratch);
    IGD_PUSH(w->mem, &w->cell->batch.refs, seen);
}

/* A later sync need not look again for what the base refers to as well: it was there, and what goes
 * away is noticed from the other side. */
static bool is_settled(const worker *w, const igd_reference *reference, const igd_value *base,
                       const igd_value *row)
{
    if (!base || w->route->all || w->stream->every_key ||
        !w->stream->routes[reference->target].old_slot)
        return false;
    for (uint32_t n = reference->column; n < reference->column + reference->count; n++)
        if (w->base_column[n] < 0 || !igd_value_eq(&base[w->base_column[n]], &row[n]))
            return false;
    return true;
}

static void see_references(worker *w, const igd_stream_item *item, const igd_value *base,
                           const igd_record *record, igd_digest source)
{
    const igd_value *row = record->row;
    igd_reference_seen seen = {
        .source = source, .row = row, .path = item->new_path, .line = record->line};
    for (size_t n = 0; n < w->now->reference_count; n++) {
        const igd_reference *reference = &w->now->references[n];
        igd_reference_keys keys = {0};
        if (is_settled(w, reference, base, row))
            continue;
        igd_reference_keys_of(reference, row, w->mem, &keys);
        for (size_t k = 0; k < keys.len; k++)
            see_reference(w, seen, reference, keys.items[k]);
    }
}

/* ---- files ---- */

static void read_file(worker *w, const igd_slot *slot, const igd_stream_item *item, bool new_side,
                      igd_problems *problems, igd_records *out)
{
    igd_record_file file = {.bytes = new_side ? item->new_blob.bytes : item->old_blob.bytes,
                            .path = new_side ? item->new_path : item->old_path,
                            .ancestors = item->ancestors,
                            .key = item->key};
    igd_records_read(slot->reader, &file, w->mem, problems, out);
}

/* The records of a file by their key: the ancestors' keys are the same for all of them. */
static igd_map *index_records(const igd_table *table, const igd_record *records, size_t count,
                              igd_map *into)
{
    igd_map *map = into ? into : igd_map_new();
    for (size_t n = 0; n < count; n++) {
        /* The map's values are read-only rows. */
        igd_map_put(map, records[n].row[table->key_count - 1].text,
                    (void *)(uintptr_t)records[n].row);
    }
    return map;
}

static const igd_value *find_record(const igd_map *map, const igd_table *table,
                                    const igd_value *row)
{
    return igd_map_get(map, row[table->key_count - 1].text);
}

/* ---- changes ---- */

/* What the old side has under a key: the row, or where files do not pair its digests. */
typedef struct basis {
    const igd_value *row;
    const igd_old_row *digests;
} basis;

static bool same_row(const worker *w, const igd_value *base, const igd_value *now)
{
    for (size_t n = 0; n < w->now->table->column_count; n++) {
        static const igd_value none = {.kind = IGD_NULL};
        const igd_value *old = w->base_column[n] < 0 ? &none : &base[w->base_column[n]];
        if (!igd_value_eq(old, &now[n]))
            return false;
    }
    return true;
}

static void account(worker *w, const igd_value *base, const igd_value *now)
{
    igd_stream_batch *batch = &w->cell->batch;
    if (now) {
        batch->count++;
        batch->digest =
            igd_digest_add(batch->digest, igd_row_digest(w->now->table, now, &w->cell->scratch));
    }
    if (base && !w->route->all) {
        batch->count--;
        batch->digest = igd_digest_sub(batch->digest,
                                       igd_row_digest(w->before->table, base, &w->cell->scratch));
    }
}

static void push_change(worker *w, igd_change_kind kind, basis base, const igd_value *now,
                        igd_str path)
{
    bool is_base = base.row || base.digests;
    bool looked = !w->route->old_slot || w->route->pairs || w->stream->old_rows || base.row;
    igd_change change = {.kind = kind,
                         .base_known = !w->route->base_unknown && looked,
                         .table = w->now->table,
                         .base_table = is_base ? w->before->table : NULL,
                         .base = base.row,
                         .now = now,
                         .path = path};
    if (base.digests)
        change.base_digest = base.digests->base;
    if (!change.base_known)
        change.kind = IGD_UPDATE;
    if (kind == IGD_DELETE)
        change.kind = IGD_DELETE;
    IGD_PUSH(w->mem, &w->cell->batch.changes, change);
}

/* The target's row in the layout of the new table is known by its digest; the base's is made for
 * the comparison. */
static igd_digest base_digest(worker *w, basis base)
{
    const igd_table *table = w->now->table;
    if (!base.row)
        return base.digests->like;
    igd_value *row = IGD_NEW_ARRAY(w->mem, igd_value, table->column_count);
    for (size_t n = 0; n < table->column_count; n++)
        if (w->base_column[n] >= 0)
            row[n] = base.row[w->base_column[n]];
    return igd_row_digest(table, row, &w->cell->scratch);
}

static bool is_unchanged(worker *w, basis base, const igd_value *now)
{
    if (base.row)
        return same_row(w, base.row, now);
    return base.digests &&
           igd_digest_eq(base.digests->like, igd_row_digest(w->now->table, now, &w->cell->scratch));
}

/* Why the target's row is not the new one. */
static igd_cause cause_of(worker *w, const igd_difference *difference, basis base, bool base_known,
                          const igd_value *now)
{
    bool is_base = base.row || base.digests;
    if (!base_known)
        return difference->in_target ? IGD_CAUSE_CONFLICT : IGD_CAUSE_PENDING;
    bool untouched =
        is_base ? difference->in_target && igd_digest_eq(base_digest(w, base), difference->old)
                : !difference->in_target;
    if (untouched)
        return IGD_CAUSE_PENDING;
    bool unchanged = is_base ? now && is_unchanged(w, base, now) : !now;
    return unchanged ? IGD_CAUSE_DRIFT : IGD_CAUSE_CONFLICT;
}

/* Where files do not pair, what an earlier pass found of the old side. */
static const igd_value *known_base(worker *w, igd_digest key)
{
    igd_row_name name = {w->cell->batch.slot, key};
    const igd_change *known = igd_map_get(w->stream->bases, igd_row_name_view(&name));
    return known ? known->base : NULL;
}

/* A record that the compare found: written whether or not git has changed it. */
static void repair(worker *w, const igd_stream_item *item, basis base, const igd_record *record,
                   igd_digest key)
{
    igd_stream_batch *batch = &w->cell->batch;
    const igd_difference *difference = igd_difference_find(&w->stream->only[batch->slot], key);
    if (!difference || !difference->in_source)
        return;
    bool looked_up = !w->route->pairs && w->route->old_slot && w->stream->bases;
    if (looked_up)
        base.row = known_base(w, key);
    if (w->route->anew)
        base = (basis){0};
    push_change(w, difference->in_target ? IGD_UPDATE : IGD_INSERT, base, record->row,
                item->new_path);
    igd_change *change = &batch->changes.items[batch->changes.len - 1];
    change->kind = difference->in_target ? IGD_UPDATE : IGD_INSERT;
    change->base_known |= looked_up;
    change->cause = cause_of(w, difference, base, change->base_known, record->row);
    igd_difference_accept(difference, w->stream->accepted, batch->slot, change);
}

static void upsert(worker *w, const igd_stream_item *item, const igd_value *old,
                   const igd_record *record)
{
    const igd_value *now = record->row;
    igd_stream_batch *batch = &w->cell->batch;
    igd_digest key = row_key(w, w->now->table, now);
    if (old && igd_keyset_has(w->stream->absent, batch->slot, key))
        old = NULL;
    if (igd_keyset_has(w->stream->rejected, batch->slot, key)) {
        if (!w->route->pairs)
            see_key(w, key, true);
        return;
    }
    batch->records++;
    basis base = {old, old ? NULL : igd_old_rows_find(w->stream->old_rows, batch->slot, key)};
    if (w->stream->only) {
        repair(w, item, base, record, key);
        return;
    }
    bool is_base = base.row || base.digests;
    bool same = is_base && !w->route->refill && is_unchanged(w, base, now);
    if (!same)
        push_change(w, is_base ? IGD_UPDATE : IGD_INSERT, base, now, item->new_path);
    else
        batch->unchanged++;
    if ((!same && !old) || !w->route->pairs || w->stream->every_key)
        see_key(w, key, false);
    if (!same || w->route->all || w->stream->every_key)
        see_references(w, item, old, record, key);
    if (!same || w->route->all)
        account(w, old, now);
}

/* What was there and is gone. What is invalid now is not, nor is anything of a file that cannot be
 * read. */
static void look_for_deletes(worker *w, const igd_records *old, const igd_records *now,
                             const igd_map *valid, const igd_map *invalid)
{
    const igd_table *table = w->before->table;
    for (size_t n = 0; n < old->len; n++) {
        const igd_value *row = old->items[n].row;
        w->cell->batch.has_deletes |= !now->unreadable && !find_record(valid, table, row) &&
                                      !find_record(invalid, table, row);
    }
}

/* Where files do not pair the old side is met in the DELETES pass only: what is invalid is
 * remembered until then, so that it is not taken for deleted. */
static void see_invalid(worker *w, const igd_stream_item *item, const igd_records *now)
{
    for (size_t n = 0; n < now->invalid_len; n++)
        see_key(w, row_key(w, w->now->table, now->invalid[n].row), true);
    if (w->now->definition->has_key && now->len == 0) {
        size_t depth = w->now->table->key_count - 1;
        igd_value *keys = IGD_NEW_ARRAY(w->mem, igd_value, depth + 1);
        for (size_t n = 0; n < depth; n++)
            keys[n] = igd_value_string(item->ancestors[n]);
        keys[depth] = igd_value_string(item->key);
        see_key(w, row_key(w, w->now->table, keys), true);
    }
}

static void work_upserts(worker *w, const igd_stream_item *item)
{
    igd_records now = {0}, old = {0};
    read_file(w, w->now, item, true, &w->cell->batch.problems, &now);
    if (item->has_old)
        read_file(w, w->before, item, false, &w->cell->old_problems, &old);
    if (!w->route->pairs)
        see_invalid(w, item, &now);
    if (old.len == 0) {
        for (size_t n = 0; n < now.len; n++)
            upsert(w, item, NULL, &now.items[n]);
        return;
    }
    IGD_CLEANUP_PTR(igd_map)
    igd_map *bases = index_records(w->before->table, old.items, old.len, NULL);
    IGD_CLEANUP_PTR(igd_map)
    igd_map *valid = index_records(w->now->table, now.items, now.len, NULL);
    IGD_CLEANUP_PTR(igd_map)
    igd_map *invalid = index_records(w->now->table, now.invalid, now.invalid_len, NULL);
    for (size_t n = 0; n < now.len; n++)
        upsert(w, item, find_record(bases, w->now->table, now.items[n].row), &now.items[n]);
    look_for_deletes(w, &old, &now, valid, invalid);
}

/* One record a file, and both sides have it: the common case, without maps. */
static bool work_single_upsert(worker *w, const igd_stream_item *item)
{
    if (!w->now->definition->has_key || !w->route->pairs)
        return false;
    igd_records now = {0}, old = {0};
    read_file(w, w->now, item, true, &w->cell->batch.problems, &now);
    if (item->has_old)
        read_file(w, w->before, item, false, &w->cell->old_problems, &old);
    if (now.len > 0)
        upsert(w, item, old.len > 0 ? old.items[0].row : NULL, &now.items[0]);
    return true;
}

/* A record that git has dropped and the compare found to be there still. */
static void repair_delete(worker *w, const igd_stream_item *item, const igd_value *base,
                          igd_digest key)
{
    igd_stream_batch *batch = &w->cell->batch;
    const igd_difference *difference = igd_difference_find(&w->stream->only[batch->slot], key);
    if (!difference || (difference->in_source && w->route->pairs))
        return;
    basis was = {.row = base};
    push_change(w, IGD_DELETE, was, NULL, item->old_path);
    batch->changes.items[batch->changes.len - 1].cause = cause_of(w, difference, was, true, NULL);
    see_key(w, key, true);
}

static void see_old_row(worker *w, igd_digest key, const igd_value *row)
{
    igd_old_row old = {.key = key,
                       .base = igd_row_digest(w->before->table, row, &w->cell->scratch),
                       .like = base_digest(w, (basis){.row = row})};
    IGD_PUSH(w->mem, &w->cell->batch.old_rows, old);
}

static void work_deletes(worker *w, const igd_stream_item *item)
{
    igd_stream_batch *batch = &w->cell->batch;
    igd_records now = {0}, old = {0};
    IGD_CLEANUP_PTR(igd_map) igd_map *still = igd_map_new();
    read_file(w, w->before, item, false, &w->cell->old_problems, &old);
    if (item->has_new && w->route->pairs && !w->stream->only) {
        read_file(w, w->now, item, true, &w->cell->old_problems, &now);
        if (now.unreadable)
            return;
        index_records(w->now->table, now.items, now.len, still);
        index_records(w->now->table, now.invalid, now.invalid_len, still);
    }
    for (size_t n = 0; n < old.len; n++) {
        const igd_value *row = old.items[n].row;
        igd_digest key = row_key(w, w->before->table, row);
        if (find_record(still, w->before->table, row) ||
            igd_keyset_has(w->stream->absent, batch->slot, key) ||
            (!w->route->pairs && igd_keyset_has(w->stream->kept, batch->slot, key)))
            continue;
        if (w->stream->only) {
            repair_delete(w, item, row, key);
            continue;
        }
        if (w->stream->collect_old) {
            see_old_row(w, key, row);
            continue;
        }
        push_change(w, IGD_DELETE, (basis){.row = row}, NULL, item->old_path);
        see_key(w, key, true);
        account(w, row, NULL);
    }
}

static void see_row(worker *w, igd_digest key, const igd_value *row)
{
    igd_stream_batch *batch = &w->cell->batch;
    igd_row_seen seen = {key, igd_row_digest(w->now->table, row, &w->cell->scratch)};
    IGD_PUSH(w->mem, &batch->rows, seen);
    batch->count++;
    batch->digest = igd_digest_add(batch->digest, seen.digest);
}

static void work_read(worker *w, const igd_stream_item *item)
{
    igd_stream_batch *batch = &w->cell->batch;
    igd_records now = {0};
    bool outside = batch->slot >= w->stream->new_side->slot_count;
    read_file(w, w->now, item, true, outside ? &w->cell->old_problems : &batch->problems, &now);
    for (size_t n = 0; n < now.len; n++) {
        igd_digest key = row_key(w, w->now->table, now.items[n].row);
        if (igd_keyset_has(w->stream->rejected, batch->slot, key))
            continue;
        batch->records++;
        if (w->stream->row_digests)
            see_row(w, key, now.items[n].row);
        if (!w->stream->every_key)
            continue;
        see_key(w, key, false);
        see_references(w, item, NULL, &now.items[n], key);
    }
}

static int32_t *map_columns(igd_arena *mem, const igd_table *before, const igd_table *now)
{
    int32_t *map = IGD_NEW_ARRAY(mem, int32_t, now->column_count);
    for (size_t n = 0; n < now->column_count; n++)
        map[n] = (int32_t)igd_table_origin(before, &now->columns[n]);
    /* A key column that changed its name is still the key. */
    for (size_t n = 0; n < now->key_count && now->key_count == before->key_count; n++)
        map[n] = (int32_t)n;
    return map;
}

void igd_stream_work(igd_stream_cell *cell, const igd_stream *stream)
{
    worker w = {.stream = stream,
                .route = &stream->routes[cell->batch.slot],
                .now = &stream->new_side->slots[cell->batch.slot],
                .cell = cell,
                .mem = cell->batch.mem};
    if (w.route->old_slot) {
        w.before = w.route->old_slot;
        w.base_column = map_columns(w.mem, w.before->table, w.now->table);
        for (size_t n = 0; w.route->layout && n < w.now->table->column_count; n++)
            if (w.route->layout->columns[n].name.len == 0)
                w.base_column[n] = -1;
    }
    for (size_t n = 0; n < cell->items.len; n++) {
        const igd_stream_item *item = &cell->items.items[n];
        switch (stream->pass) {
        case IGD_PASS_UPSERTS:
            if (!work_single_upsert(&w, item))
                work_upserts(&w, item);
            break;
        case IGD_PASS_DELETES:
            work_deletes(&w, item);
            break;
        case IGD_PASS_READ:
            work_read(&w, item);
            break;
        }
    }
}
