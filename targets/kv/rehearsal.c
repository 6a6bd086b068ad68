/*
 * The store that is written to instead of the real one.
 */
#include "targets/kv/rehearsal.h"

#include <stdlib.h>

static igd_kv_rehearsal *rehearsal_of(igd_kv_target *target)
{
    return (igd_kv_rehearsal *)target;
}

static void close_rehearsal(igd_kv_target *target)
{
    igd_kv_rehearsal *it = rehearsal_of(target);
    igd_kv_shelf_free(it->shelf);
    if (it->real)
        igd_target_close(&it->real->base);
    free(it);
}

/* ---- the lock: nobody else sees the shelf ---- */

static int take_lock(igd_kv_target *target IGD_UNUSED, int64_t wait_ms IGD_UNUSED,
                     igd_error *err IGD_UNUSED)
{
    return IGD_OK;
}

static void give_lock(igd_kv_target *target IGD_UNUSED)
{
}

static int keep_lock(igd_kv_target *target IGD_UNUSED, igd_error *err IGD_UNUSED)
{
    return IGD_OK;
}

static int holder(igd_kv_target *target, igd_arena *mem IGD_UNUSED, igd_lock_holder *out,
                  igd_error *err IGD_UNUSED)
{
    *out = (igd_lock_holder){.held = target->locked, .run_id = target->run_id};
    return IGD_OK;
}

static int recover(igd_kv_target *target, igd_error *err)
{
    igd_target *real = &rehearsal_of(target)->real->base;
    return real->driver->recover(real, err);
}

/* ---- reading: what is on the shelf, then what the real one has ---- */

static int get_from_shelf(igd_kv_rehearsal *it, igd_str key, igd_arena *mem, igd_kv_value *out,
                          bool *found, igd_error *err)
{
    igd_kv_kept kept;
    int rc = igd_kv_shelf_get(it->shelf, key, mem, &kept, found, err);
    if (!rc && *found)
        *out = kept.now;
    return rc;
}

static int get(igd_kv_target *target, const igd_str *keys, size_t count, igd_kv_layout layout,
               igd_arena *mem, igd_kv_value *out, igd_error *err)
{
    igd_kv_rehearsal *it = rehearsal_of(target);
    igd_str *others = IGD_NEW_ARRAY(mem, igd_str, count);
    igd_kv_value *values = IGD_NEW_ARRAY(mem, igd_kv_value, count);
    size_t *numbers = IGD_NEW_ARRAY(mem, size_t, count), left = 0;
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < count; n++) {
        bool found = false;
        out[n] = (igd_kv_value){0};
        rc = get_from_shelf(it, keys[n], mem, &out[n], &found, err);
        if (!found && !it->empty) {
            numbers[left] = n;
            others[left++] = keys[n];
        }
    }
    if (!rc && left)
        rc = it->real->ops->get(it->real, others, left, layout, mem, values, err);
    for (size_t n = 0; !rc && n < left; n++)
        out[numbers[n]] = values[n];
    return rc;
}

typedef struct scanning {
    igd_kv_rehearsal *it;
    igd_kv_scan_callback *callback;
    void *payload;
    igd_arena *mem;
} scanning;

static int tell_real(igd_str key, const igd_kv_value *value, void *payload, igd_error *err)
{
    scanning *s = payload;
    igd_kv_value kept;
    bool found = false;
    igd_arena_reset(s->mem);
    int rc = get_from_shelf(s->it, key, s->mem, &kept, &found, err);
    return rc || found ? rc : s->callback(key, value, s->payload, err);
}

static int tell_kept(const igd_kv_kept *kept, void *payload, igd_error *err)
{
    const scanning *s = payload;
    return kept->now.there == IGD_KV_ABSENT ? IGD_OK
                                            : s->callback(kept->key, &kept->now, s->payload, err);
}

static int scan(igd_kv_target *target, igd_str begins, igd_kv_layout layout,
                igd_kv_scan_callback *callback, void *payload, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_kv_rehearsal *it = rehearsal_of(target);
    scanning s = {it, callback, payload, mem};
    int rc = it->empty ? IGD_OK : it->real->ops->scan(it->real, begins, layout, tell_real, &s, err);
    return rc ? rc : igd_kv_shelf_scan(it->shelf, begins, tell_kept, &s, err);
}

/* ---- writing ---- */

static const igd_kv_field *field_named(const igd_kv_value *value, igd_str name)
{
    for (size_t n = 0; n < value->field_count; n++)
        if (igd_str_eq(value->fields[n].name, name))
            return &value->fields[n];
    return NULL;
}

static void add_fields(igd_kv_value *to, const igd_kv_value *from)
{
    for (size_t n = 0; n < from->field_count; n++)
        if (!field_named(to, from->fields[n].name))
            to->fields[to->field_count++] = from->fields[n];
}

/* What a key has when it was written. Of a hash what is not named stays. */
static igd_kv_value written(const igd_kv_value *found, const igd_kv_value *value, igd_arena *mem)
{
    if (value->there == IGD_KV_ABSENT || value->bytes.ptr)
        return *value;
    size_t count = 0;
    igd_kv_value all = {.there = IGD_KV_THERE,
                        .fields = IGD_NEW_ARRAY(mem, igd_kv_field,
                                                found->field_count + value->field_count)};
    add_fields(&all, found);
    for (size_t n = 0; n < all.field_count; n++) {
        const igd_kv_field *set = field_named(value, all.fields[n].name);
        if (!set || set->text.ptr)
            all.fields[count++] = set ? *set : all.fields[n];
    }
    all.field_count = count;
    for (size_t n = 0; n < value->field_count; n++)
        if (value->fields[n].text.ptr && !field_named(found, value->fields[n].name))
            all.fields[all.field_count++] = value->fields[n];
    return all;
}

/* The fields that the real store would have looked at, or written. */
static igd_kv_value names_of(const igd_kv_write *write, const igd_kv_kept *before, igd_arena *mem)
{
    igd_kv_value names = {.there = IGD_KV_THERE};
    size_t most =
        write->expected.field_count + write->value.field_count + before->names.field_count;
    names.fields = IGD_NEW_ARRAY(mem, igd_kv_field, most);
    add_fields(&names, &before->names);
    add_fields(&names, &write->expected);
    add_fields(&names, &write->value);
    return names;
}

static int fail_other(igd_str key, igd_error *err)
{
    (void)igd_fail(err, IGD_E_USAGE,
                   "key '%.*s' holds another type of value, which no script could bring back",
                   IGD_STR_ARG(key));
    return igd_hint(err, "delete the key, or rename it; then run it again");
}

static int put(igd_kv_rehearsal *it, igd_kv_write *write, const igd_kv_value *found, igd_arena *mem,
               igd_error *err)
{
    igd_kv_kept kept = {0};
    bool known = false;
    if (found->there == IGD_KV_OTHER && it->recording)
        return fail_other(write->key, err);
    int rc = igd_kv_shelf_get(it->shelf, write->key, mem, &kept, &known, err);
    if (rc)
        return rc;
    kept.names = names_of(write, &kept, mem);
    kept.key = write->key;
    kept.now = written(found, &write->value, mem);
    if (!known)
        kept.before = *found;
    write->done = true;
    return igd_kv_shelf_put(it->shelf, &kept, err);
}

static int check_fence(igd_kv_target *target, const igd_kv_fence *fence, igd_arena *mem,
                       igd_error *err)
{
    igd_kv_value now = {0};
    int rc = fence ? get(target, &fence->key, 1, IGD_KV_JSON, mem, &now, err) : IGD_OK;
    if (rc || !fence || igd_kv_value_fits(&now, &fence->value))
        return rc;
    return igd_fail(err, IGD_E_STALE_BASE, "another run wrote to the target meanwhile");
}

static int write_keys(igd_kv_target *target, igd_kv_write *writes, size_t count,
                      const igd_kv_fence *fence, igd_arena *mem, igd_error *err)
{
    igd_str *keys = IGD_NEW_ARRAY(mem, igd_str, count);
    igd_kv_value *found = IGD_NEW_ARRAY(mem, igd_kv_value, count);
    bool books = count > 0 && igd_kv_is_book(target, writes[0].key);
    for (size_t n = 0; n < count; n++)
        keys[n] = writes[n].key;
    int rc = check_fence(target, fence, mem, err);
    if (!rc)
        rc = get(target, keys, count, books ? IGD_KV_JSON : target->layout, mem, found, err);
    for (size_t n = 0; !rc && n < count; n++) {
        igd_kv_write *write = &writes[n];
        write->found = found[n];
        write->done = igd_kv_value_fits(&found[n], &write->value);
        if (!write->done &&
            (write->any || igd_kv_value_fits(&found[n], &write->expected) ||
             (found[n].there == IGD_KV_OTHER && write->expected.there == IGD_KV_OTHER)))
            rc = put(rehearsal_of(target), write, &found[n], mem, err);
    }
    return rc;
}

static igd_str read_command(const igd_kv_target *target, igd_str key, igd_arena *mem)
{
    const igd_kv_target *real = ((const igd_kv_rehearsal *)target)->real;
    return real->ops->read_command ? real->ops->read_command(real, key, mem) : (igd_str){0};
}

static const igd_kv_ops rehearsal_ops = {
    .close = close_rehearsal,
    .lock = take_lock,
    .unlock = give_lock,
    .holder = holder,
    .break_lock = keep_lock,
    .recover = recover,
    .keep_lock = keep_lock,
    .get = get,
    .scan = scan,
    .write = write_keys,
    .read_command = read_command,
};

/* ---- the driver's functions ---- */

static void rollback(igd_target *base)
{
    igd_kv_rehearsal *it = (igd_kv_rehearsal *)base;
    igd_kv_rollback(base);
    igd_kv_shelf_rollback(it->shelf);
    it->real->base.driver->rollback(&it->real->base);
}

static int begin(igd_target *base, const igd_begin *given, igd_error *err)
{
    igd_kv_rehearsal *it = (igd_kv_rehearsal *)base;
    igd_target *real = &it->real->base;
    it->recording = given->recording;
    it->from = given->expected;
    int rc = igd_recording_check(given, err);
    /* What is read of the real one is of one moment. */
    if (!rc && !it->empty)
        rc = real->driver->snapshot(real, NULL, err);
    if (!rc)
        rc = igd_kv_shelf_begin(it->shelf, err);
    if (!rc)
        rc = igd_kv_begin(base, given, err);
    if (rc)
        rollback(base);
    return rc;
}

static int commit(igd_target *base, const igd_source_state *state, igd_error *err)
{
    igd_kv_rehearsal *it = (igd_kv_rehearsal *)base;
    int rc = igd_kv_commit(base, state, err);
    if (!rc && it->recording)
        rc = igd_kv_rehearsal_record(it, state, err);
    if (!rc)
        rc = igd_kv_shelf_settle(it->shelf, err);
    if (!rc && !it->empty)
        it->real->base.driver->rollback(&it->real->base);
    return rc;
}

/* What went wrong in a rehearsal is nobody's business but the caller's. */
static void note_error(igd_target *base IGD_UNUSED, igd_str source IGD_UNUSED,
                       igd_str message IGD_UNUSED)
{
}

/* ---- opening ---- */

static void take_words(igd_kv_rehearsal *it, const igd_target_config *config)
{
    igd_kv_target *kv = &it->kv;
    *kv = *it->real;
    kv->driver.begin = begin;
    kv->driver.commit = commit;
    kv->driver.rollback = rollback;
    kv->driver.note_error = note_error;
    kv->base.driver = &kv->driver;
    kv->base.caps |= IGD_CAP_TRANSACTIONS | IGD_CAP_DDL_IN_TX;
    kv->ops = &rehearsal_ops;
    kv->mode = IGD_OPEN_WRITE;
    kv->mem = igd_arena_new();
    kv->run_mem = igd_arena_new();
    kv->run_id = igd_arena_str(kv->mem, igd_str_from(config->run_id));
}

int igd_kv_rehearse(const igd_target_config *config, igd_target **out, igd_error *err)
{
    igd_target *real = NULL;
    igd_target_config reading = *config;
    reading.mode = IGD_OPEN_READ;
    reading.rehearsal = IGD_REHEARSE_NOT;
    reading.scratch = false;
    int rc = igd_target_open(&reading, &real, err);
    if (rc)
        return rc;
    igd_kv_rehearsal *it = igd_xmalloc(sizeof(*it));
    *it = (igd_kv_rehearsal){.real = (igd_kv_target *)real,
                             .empty = config->rehearsal == IGD_REHEARSE_EMPTY};
    rc = igd_kv_shelf_new(config->run_id, &it->shelf, err);
    if (rc) {
        close_rehearsal(&it->kv);
        return rc;
    }
    take_words(it, config);
    *out = &it->kv.base;
    return IGD_OK;
}
