/*
 * The driver contract over igd_kv_ops: runs in steps behind their fence, scans, and what is noted.
 */
#include "targets/kv/kv_target.h"

#include <stdio.h>

#include "base/log.h"

static igd_kv_target *kv_of(igd_target *target)
{
    return (igd_kv_target *)target;
}

/* ---- open, lock ---- */

void igd_kv_close(igd_target *base)
{
    igd_kv_target *target = kv_of(base);
    if (!target)
        return;
    igd_kv_rollback(base);
    igd_kv_unlock(base);
    igd_arena_free(target->run_mem);
    igd_arena *mem = target->mem;
    target->ops->close(target);
    igd_arena_free(mem);
}

int igd_kv_lock(igd_target *base, int64_t wait_ms, igd_error *err)
{
    igd_kv_target *target = kv_of(base);
    if (target->mode != IGD_OPEN_WRITE)
        return igd_fail(err, IGD_E_BUG, "lock of a target that was opened to read");
    if (target->locked)
        return IGD_OK;
    int rc = target->ops->lock(target, wait_ms, err);
    target->locked = rc == IGD_OK;
    return rc;
}

void igd_kv_unlock(igd_target *base)
{
    igd_kv_target *target = kv_of(base);
    if (!target->locked)
        return;
    igd_kv_rollback(base);
    target->ops->unlock(target);
    target->locked = false;
}

int igd_kv_holder(igd_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err)
{
    return kv_of(target)->ops->holder(kv_of(target), mem, out, err);
}

int igd_kv_break_lock(igd_target *target, igd_error *err)
{
    return kv_of(target)->ops->break_lock(kv_of(target), err);
}

int igd_kv_recover(igd_target *base, igd_error *err)
{
    igd_kv_rollback(base);
    return kv_of(base)->ops->recover(kv_of(base), err);
}

/* ---- reading ---- */

int igd_kv_state_read(igd_target *target, igd_arena *mem, igd_state *out, igd_error *err)
{
    return igd_kv_state_load(kv_of(target), mem, out, err);
}

int igd_kv_snapshot(igd_target *base, const igd_begin *check IGD_UNUSED, igd_error *err)
{
    igd_kv_target *target = kv_of(base);
    if (target->running || target->reading)
        return igd_fail(err, IGD_E_BUG, "a snapshot inside of a run");
    int rc = target->ops->snapshot ? target->ops->snapshot(target, err) : IGD_OK;
    target->reading = rc == IGD_OK;
    return rc;
}

typedef struct scanner {
    const igd_kv_target *target;
    const igd_table *table;
    igd_scan_callback *callback;
    void *payload;
    igd_arena *mem;
    igd_value *keys, *row;
} scanner;

static int on_record(igd_str key, const igd_kv_value *value, void *payload, igd_error *err)
{
    scanner *s = payload;
    igd_arena_reset(s->mem);
    s->keys = IGD_NEW_ARRAY(s->mem, igd_value, s->table->key_count);
    s->row = IGD_NEW_ARRAY(s->mem, igd_value, s->table->column_count);
    if (!igd_keyspace_decode(&s->target->space, s->table, key, s->mem, s->keys))
        return IGD_OK;
    igd_kv_row_of(s->table, value, s->keys, s->mem, s->row);
    ptrdiff_t astray = igd_table_column(s->table, IGD_STR(IGD_COLUMN_ASTRAY));
    if (value->there == IGD_KV_OTHER && astray >= 0 && s->row[astray].kind == IGD_NULL)
        s->row[astray] = igd_value_string(IGD_STR("another layout"));
    return s->callback(s->row, s->payload, err);
}

int igd_kv_scan(igd_target *base, const igd_table *table, igd_scan_callback *callback,
                void *payload, igd_error *err)
{
    igd_kv_target *target = kv_of(base);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_arena) igd_arena *row = igd_arena_new();
    scanner s = {
        .target = target, .table = table, .callback = callback, .payload = payload, .mem = row};
    return target->ops->scan(target, igd_keyspace_of(&target->space, table, mem), target->layout,
                             on_record, &s, err);
}

igd_str igd_kv_read_command(const igd_target *base, const igd_table *table, const igd_value *key,
                            igd_arena *mem)
{
    const igd_kv_target *target = (const igd_kv_target *)base;
    igd_str name = igd_keyspace_record(&target->space, table, key, mem);
    return target->ops->read_command ? target->ops->read_command(target, name, mem) : (igd_str){0};
}

/* ---- runs ---- */

static int fail_stale(const igd_kv_target *target, igd_error *err)
{
    igd_fail(err, IGD_E_STALE_BASE, "another run wrote to the target meanwhile");
    return igd_hint(err, target->fence.value.there ? "this one has stopped; run it again"
                                                   : "nothing was changed; run it again");
}

/* What is there now is what the caller read, and its bytes are what every write has to find. */
static int take_fence(igd_kv_target *target, const igd_source_state *expected, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_state state;
    igd_kv_value now = {0};
    igd_str parts[] = {IGD_STR("ingitdb_sync_state"), target->source};
    target->fence = (igd_kv_fence){
        .key = igd_keyspace_book(&target->books, target->run_mem, parts, IGD_COUNT(parts))};
    /* The bytes first: if others write in between, ours are the old ones, and nothing fits them. */
    int rc =
        target->ops->get(target, &target->fence.key, 1, IGD_KV_JSON, target->run_mem, &now, err);
    if (!rc)
        rc = igd_kv_state_load(target, mem, &state, err);
    if (rc)
        return rc;
    const igd_source_state *found = igd_state_source(&state, target->source);
    if (!igd_str_eq(igd_state_fence(found, mem), igd_state_fence(expected, mem)))
        return fail_stale(target, err);
    target->fence.value = now;
    return IGD_OK;
}

/* Keys below the prefix of another source would be taken for its records. */
static int check_prefix(igd_kv_target *target, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str whole = target->space.prefix, commit = IGD_STR("commit");
    for (size_t n = 1; n < whole.len; n++) {
        if (whole.ptr[n] != target->space.separator)
            continue;
        igd_keyspace outer = {.prefix = igd_str_sub(whole, 0, n),
                              .separator = target->space.separator};
        igd_str key = igd_keyspace_book(&outer, mem, &commit, 1);
        igd_kv_value value = {0};
        int rc = target->ops->get(target, &key, 1, IGD_KV_JSON, mem, &value, err);
        if (rc)
            return rc;
        if (value.there == IGD_KV_ABSENT)
            continue;
        igd_fail(err, IGD_E_UNOWNED,
                 "prefix '%.*s' is inside of '%.*s', which belongs to another "
                 "source",
                 IGD_STR_ARG(whole), IGD_STR_ARG(outer.prefix));
        return igd_hint(err, "choose another one with ?prefix=");
    }
    return IGD_OK;
}

/* The run whose mark we have replaced may be alive, and may have written parts of the bookkeeping
 * until it was shut out: what there is has to be read again. */
static int shut_out(igd_kv_target *target, const igd_begin *begin, igd_error *err)
{
    igd_state state;
    if (!target->ops->shut_out || !begin->expected || !igd_state_in_progress(begin->expected))
        return IGD_OK;
    int rc = target->ops->shut_out(target, err);
    if (!rc)
        rc = igd_kv_state_load(target, target->run_mem, &state, err);
    if (!rc)
        target->was = igd_state_source(&state, target->source);
    return rc;
}

int igd_kv_begin(igd_target *base, const igd_begin *begin, igd_error *err)
{
    igd_kv_target *target = kv_of(base);
    if (!target->locked || target->running)
        return igd_fail(err, IGD_E_BUG, "begin without the lock, or twice");
    if (!begin->mark && igd_goes_in_steps(base->caps, begin->plan))
        return igd_fail(err, IGD_E_BUG, "a run in steps without a mark");
    igd_arena_reset(target->run_mem);
    target->fence = (igd_kv_fence){0}; /* that of an attempt before is none any more */
    target->running = true;
    target->source = igd_arena_str(target->run_mem, begin->source);
    target->tables = begin->plan;
    target->conflicts = begin->conflicts;
    target->was = begin->expected;
    int rc = target->ops->keep_lock(target, err);
    if (!rc)
        rc = check_prefix(target, err);
    if (!rc)
        rc = take_fence(target, begin->expected, err);
    target->forms = (igd_schema){0};
    if (!rc && begin->expected)
        rc = igd_state_forms(begin->expected, target->run_mem, &target->forms, err);
    if (!rc && begin->mark)
        rc = igd_kv_state_store(target, begin->mark, begin->expected, err);
    if (!rc)
        rc = shut_out(target, begin, err);
    if (rc)
        igd_kv_rollback(base);
    return rc;
}

int igd_kv_commit(igd_target *base, const igd_source_state *state, igd_error *err)
{
    igd_kv_target *target = kv_of(base);
    if (!target->running)
        return igd_fail(err, IGD_E_BUG, "commit without begin");
    int rc = target->ops->keep_lock(target, err);
    if (!rc)
        rc = igd_kv_state_store(target, state, target->was, err);
    if (!rc)
        target->running = false;
    return rc;
}

void igd_kv_rollback(igd_target *base)
{
    igd_kv_target *target = kv_of(base);
    if (target->reading && target->ops->end)
        target->ops->end(target);
    target->reading = target->running = false;
    target->tables = NULL;
    target->was = NULL;
    target->conflicts = (igd_conflict_policy){0};
}

void igd_kv_note_error(igd_target *base, igd_str source, igd_str message)
{
    igd_kv_target *target = kv_of(base);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_error err = IGD_ERROR_INIT;
    igd_state state;
    if (!target->locked || target->running)
        return;
    int rc = igd_kv_state_load(target, mem, &state, &err);
    const igd_source_state *found = rc ? NULL : igd_state_source(&state, source);
    igd_source_state noted =
        found ? *found : (igd_source_state){.source = source, .format_version = IGD_STATE_FORMAT};
    noted.last_error = message;
    if (!igd_state_in_progress(&noted) && !igd_str_is(noted.status, IGD_STATE_IN_PROGRESS))
        noted.status = IGD_STR("failed");
    igd_arena_reset(target->run_mem);
    target->source = source;
    if (!rc)
        rc = take_fence(target, found, &err);
    igd_kv_write write = {.key = target->fence.key,
                          .any = true,
                          .value = {.there = IGD_KV_THERE, .bytes = igd_kv_state_row(&noted, mem)}};
    if (!rc)
        rc = target->ops->write(target, &write, 1, &target->fence, mem, &err);
    if (rc)
        igd_log(IGD_LOG_WARNING, "the error could not be noted in the target: %s", err.message);
}
