/*
 * Changes of one table in a few statements for all of them: they are staged, and what can be
 * decided by a condition is written by one join each. What is left, because a row is not what it
 * was or because others refer to it, is looked at row by row as without a batch (write.c,
 * deletes.c).
 *
 * A statement that fails for one row fails for all. Then the part is undone and the rows go one by
 * one, so that the error names the one.
 */
#include "targets/sql/stage.h"

typedef struct batch {
    igd_sql_target *target;
    igd_sql_writer *writer;
    igd_sql_stage *stage;
    igd_arena *mem;
    const igd_change *changes;
    size_t count;
    int8_t *how; /* of each change: igd_sql_how, or -1: it is not staged */
    size_t staged;
} batch;

/* The condition is made for one layout of the base. */
static bool same_bases(const igd_change *changes, size_t count, const igd_change **with_base)
{
    *with_base = NULL;
    for (size_t n = 0; n < count; n++) {
        if (!changes[n].base_table)
            continue;
        if (*with_base && (*with_base)->base_table != changes[n].base_table)
            return false;
        *with_base = &changes[n];
    }
    return true;
}

static int row_failed(const batch *b, size_t number, int rc, igd_error *err)
{
    if (rc && rc != IGD_E_CONFLICT)
        igd_sql_fail_row(b->writer->table, &b->changes[number], err);
    return rc;
}

/* ---- puts ---- */

static igd_sql_how how_of(const igd_sql_writer *writer, const igd_change *change)
{
    if (change->cause != IGD_CAUSE_PENDING)
        return IGD_STAGE_LOOK;
    if (change->base && writer->recorded)
        return IGD_STAGE_UPDATE;
    return change->base_table && writer->recorded ? IGD_STAGE_LOOK : IGD_STAGE_INSERT;
}

/* Rows whose parents are not there wait, unless git wins by all means (orphans.c). */
static int set_orphans_aside(batch *b, igd_sql_numbers *orphans, igd_error *err)
{
    int rc = IGD_OK;
    if (b->target->conflicts.on == IGD_CONFLICT_SOURCE)
        return IGD_OK;
    igd_sql_links(b->target, b->writer);
    for (size_t n = 0; !rc && n < b->writer->parents.len; n++) {
        igd_sql_numbers found = {0};
        rc = igd_sql_stage_orphans(b->stage, &b->writer->parents.items[n], b->mem, &found, err);
        if (!rc)
            rc = igd_sql_stage_take(b->stage, &found, err);
        for (size_t i = 0; !rc && i < found.len; i++) {
            b->how[found.items[i]] = -1;
            b->staged--;
            IGD_PUSH(b->mem, orphans, found.items[i]);
        }
    }
    return rc;
}

static bool has(const batch *b, igd_sql_how how)
{
    for (size_t n = 0; n < b->count; n++)
        if (b->how[n] == (int8_t)how)
            return true;
    return false;
}

static int stage_puts(batch *b, igd_sql_numbers *orphans, uint64_t *rows, igd_error *err)
{
    int rc = igd_sql_stage_fill(b->stage, b->changes, b->how, b->count, true, err);
    if (!rc)
        rc = set_orphans_aside(b, orphans, err);
    if (has(b, IGD_STAGE_LOOK))
        return rc; /* they are looked at together */
    if (!rc && has(b, IGD_STAGE_UPDATE))
        rc = igd_sql_stage_update(b->stage, rows, err);
    if (!rc && has(b, IGD_STAGE_INSERT))
        rc = igd_sql_stage_insert(b->stage, rows, err);
    return rc;
}

static int upsert_each(batch *b, igd_error *err)
{
    igd_sql_writer *writer = b->writer;
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < b->count; n++) {
        if (b->how[n] < 0)
            continue;
        rc = igd_sql_run(b->target, &writer->upsert, igd_sql_upsert, writer->written,
                         igd_sql_written_row(writer, b->changes[n].now),
                         writer->written->column_count, NULL, err);
        rc = row_failed(b, n, rc, err);
    }
    return rc;
}

/* Those that are still staged by `how`, whatever is there. */
static int upsert(batch *b, igd_error *err)
{
    int rc = igd_sql_part_begin(b->target, err);
    if (rc)
        return rc;
    rc = igd_sql_stage_fill(b->stage, b->changes, b->how, b->count, true, err);
    if (!rc)
        rc = igd_sql_stage_upsert(b->stage, err);
    if (!rc)
        return igd_sql_part_end(b->target, err);
    return err->transient || !igd_sql_part_undo(b->target) ? rc : upsert_each(b, err);
}

static int decide(batch *b, const igd_sql_left *left, bool *go_on, igd_error *err)
{
    *go_on = b->how[left->number] == IGD_STAGE_INSERT && !left->old;
    if (*go_on)
        return IGD_OK;
    int rc = igd_sql_decide(b->target, b->writer, &b->changes[left->number], left->old, NULL, go_on,
                            err);
    return row_failed(b, left->number, rc, err);
}

/* Rows as they are before any of these is written: a trigger may make something else of what is. */
static int look_at_all(batch *b, igd_error *err)
{
    igd_sql_left_list left = {0};
    bool any = false;
    int rc = igd_sql_stage_left(b->stage, b->mem, &left, err);
    int8_t *which = igd_arena_alloc(b->mem, b->count);
    memset(which, -1, b->count);
    for (size_t n = 0; !rc && n < left.len; n++) {
        bool go_on = false;
        rc = decide(b, &left.items[n], &go_on, err);
        if (!rc && go_on)
            which[left.items[n].number] = IGD_STAGE_LOOK;
        any |= go_on;
    }
    b->how = which;
    return rc || !any ? rc : upsert(b, err);
}

/* Of what the statements wrote nobody can tell which rows they were. */
static int undo_and_look(batch *b, igd_error *err)
{
    int rc = igd_sql_part_take_back(b->target, err);
    if (!rc)
        rc = igd_sql_stage_fill(b->stage, b->changes, b->how, b->count, true, err);
    return rc ? rc : look_at_all(b, err);
}

static int put_each(batch *b, igd_error *err)
{
    return igd_sql_apply_each(b->target, b->writer, b->changes, b->count, err);
}

static int put_all(batch *b, igd_error *err)
{
    igd_sql_numbers orphans = {0};
    uint64_t rows = 0;
    for (size_t n = 0; n < b->count; n++)
        b->how[n] = (int8_t)how_of(b->writer, &b->changes[n]);
    int rc = igd_sql_part_begin(b->target, err);
    if (rc)
        return rc;
    rc = stage_puts(b, &orphans, &rows, err);
    if (rc)
        return err->transient || !igd_sql_part_undo(b->target) ? rc : put_each(b, err);
    if (rows < b->staged && rows > 0) {
        rc = undo_and_look(b, err);
    } else {
        rc = igd_sql_part_end(b->target, err);
        if (!rc && rows < b->staged)
            rc = look_at_all(b, err);
    }
    /* One that waits for a row of this batch need not any more. */
    for (size_t n = 0; !rc && n < orphans.len; n++) {
        size_t number = orphans.items[n];
        rc = igd_sql_apply_one(b->target, b->writer, &b->changes[number], err);
        rc = row_failed(b, number, rc, err);
    }
    return rc;
}

/* ---- deletes ---- */

static void unstage(batch *b, const igd_sql_numbers *numbers)
{
    for (size_t n = 0; n < numbers->len; n++) {
        b->staged -= b->how[numbers->items[n]] >= 0;
        b->how[numbers->items[n]] = -1;
    }
}

/* Rows that others refer to are looked at one by one. */
static int set_referred_aside(batch *b, igd_error *err)
{
    int rc = IGD_OK;
    igd_sql_links(b->target, b->writer);
    for (size_t n = 0; !rc && b->staged && n < b->writer->referring.len; n++) {
        igd_sql_numbers found = {0};
        rc = igd_sql_stage_referred(b->stage, &b->writer->referring.items[n], b->mem, &found, err);
        if (!rc)
            rc = igd_sql_stage_take(b->stage, &found, err);
        if (!rc)
            unstage(b, &found);
    }
    return rc;
}

static int stage_deletes(batch *b, uint64_t *rows, igd_error *err)
{
    int rc = igd_sql_stage_fill(b->stage, b->changes, b->how, b->count, false, err);
    if (!rc)
        rc = set_referred_aside(b, err);
    return rc || b->staged == 0 ? rc : igd_sql_stage_remove(b->stage, rows, err);
}

static int delete_rest(batch *b, igd_error *err)
{
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < b->count; n++) {
        if (b->how[n] >= 0)
            continue;
        rc = igd_sql_delete_row(b->target, b->writer, &b->changes[n], err);
        rc = row_failed(b, n, rc, err);
    }
    return rc;
}

static int delete_all(batch *b, igd_error *err)
{
    uint64_t rows = 0;
    for (size_t n = 0; n < b->count; n++) {
        bool simple = b->changes[n].cause == IGD_CAUSE_PENDING && b->changes[n].base;
        b->how[n] = simple ? IGD_STAGE_UPDATE : -1;
        b->staged -= !simple;
    }
    int rc = igd_sql_part_begin(b->target, err);
    if (rc)
        return rc;
    rc = stage_deletes(b, &rows, err);
    if (rc)
        return err->transient || !igd_sql_part_undo(b->target) ? rc : put_each(b, err);
    rc = igd_sql_part_end(b->target, err);
    if (!rc && rows < b->staged) {
        igd_sql_numbers there = {0};
        rc = igd_sql_stage_there(b->stage, b->mem, &there, err);
        if (!rc)
            unstage(b, &there);
    }
    return rc ? rc : delete_rest(b, err);
}

/* ---- both ---- */

static int apply_run(igd_sql_target *target, igd_sql_writer *writer, const igd_change *changes,
                     size_t count, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    batch b = {.target = target,
               .writer = writer,
               .mem = mem,
               .changes = changes,
               .count = count,
               .how = igd_arena_alloc(mem, count),
               .staged = count};
    int rc = igd_sql_stage_of(target, writer, &b.stage, err);
    if (!rc)
        rc = changes[0].now ? put_all(&b, err) : delete_all(&b, err);
    return rc && !err->place.key[0]
               ? igd_error_prefix(err, "table '%.*s'", IGD_STR_ARG(writer->table->name))
               : rc;
}

int igd_sql_apply_batch(igd_sql_target *target, igd_sql_writer *writer, const igd_change *changes,
                        size_t count, igd_error *err)
{
    const igd_change *with_base;
    if (!same_bases(changes, count, &with_base) || target->removes)
        return igd_sql_apply_each(target, writer, changes, count, err);
    if (with_base)
        igd_sql_prove(target, writer, with_base);
    int rc = IGD_OK;
    for (size_t at = 0, end; !rc && at < count; at = end) {
        for (end = at + 1; end < count && !changes[end].now == !changes[at].now;)
            end++;
        rc = apply_run(target, writer, changes + at, end - at, err);
    }
    return rc;
}
