/*
 * The target that looks like one of the engine and works on a copy.
 */
#include "targets/stand_in/stand_in.h"

#include <stdlib.h>

#include "targets/url.h"

static igd_stand_in *stand_in_of(igd_target *target)
{
    return (igd_stand_in *)target;
}

/* Who knows what the target holds: before a run the real one, in a run the copy. */
static igd_target *holder_of(const igd_stand_in *it)
{
    return it->working || it->empty ? it->inner : it->real;
}

static void stand_in_close(igd_target *target)
{
    igd_stand_in *it = stand_in_of(target);
    if (!it)
        return;
    igd_target_close(it->inner);
    igd_target_close(it->real);
    igd_arena_free(it->mem);
    igd_arena_free(it->own);
    free(it);
}

/* ---- the lock: nobody else sees the copy ---- */

static int stand_in_lock(igd_target *target, int64_t wait_ms, igd_error *err)
{
    igd_stand_in *it = stand_in_of(target);
    int rc = it->inner->driver->lock(it->inner, wait_ms, err);
    it->locked = rc == IGD_OK;
    return rc;
}

static void stand_in_unlock(igd_target *target)
{
    igd_stand_in *it = stand_in_of(target);
    it->inner->driver->unlock(it->inner);
    it->locked = false;
}

static int stand_in_holder(igd_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err)
{
    igd_stand_in *it = stand_in_of(target);
    return it->inner->driver->holder(it->inner, mem, out, err);
}

static int stand_in_break_lock(igd_target *target, igd_error *err)
{
    igd_stand_in *it = stand_in_of(target);
    return it->inner->driver->break_lock(it->inner, err);
}

/* ---- reading ---- */

static int stand_in_state_read(igd_target *target, igd_arena *mem, igd_state *out, igd_error *err)
{
    igd_target *at = holder_of(stand_in_of(target));
    return at->driver->state_read(at, mem, out, err);
}

static int stand_in_snapshot(igd_target *target, const igd_begin *check, igd_error *err)
{
    igd_target *at = holder_of(stand_in_of(target));
    return at->driver->snapshot(at, check, err);
}

static int stand_in_scan(igd_target *target, const igd_table *table, igd_scan_callback *callback,
                         void *payload, igd_error *err)
{
    igd_target *at = holder_of(stand_in_of(target));
    return at->driver->scan(at, table, callback, payload, err);
}

static int stand_in_schema_read(igd_target *target, const igd_str_list *names, igd_arena *mem,
                                igd_schema *out, igd_error *err)
{
    igd_target *at = holder_of(stand_in_of(target));
    return at->driver->schema_read(at, names, mem, out, err);
}

static int stand_in_adopt(igd_target *target, const igd_table *wanted, igd_arena *mem,
                          igd_table *out, bool *found, igd_error *err)
{
    igd_target *at = holder_of(stand_in_of(target));
    return at->driver->adopt(at, wanted, mem, out, found, err);
}

static void stand_in_risk(const igd_target *target, const igd_plan *plan, igd_op *op)
{
    const igd_stand_in *it = (const igd_stand_in *)target;
    it->real->driver->risk(it->real, plan, op);
}

/* What went wrong in a rehearsal is nobody's business but the caller's. */
static void stand_in_note_error(igd_target *target IGD_UNUSED, igd_str source IGD_UNUSED,
                                igd_str message IGD_UNUSED)
{
}

/* ---- a run ---- */

static int open_inner(igd_stand_in *it, igd_error *err)
{
    int rc = igd_target_open(&it->config, &it->inner, err);
    return rc ? igd_error_prefix(err, "for a rehearsal") : IGD_OK;
}

/* Every attempt of a run has a copy of its own. */
static int renew(igd_stand_in *it, igd_error *err)
{
    igd_target_close(it->inner);
    it->inner = NULL;
    int rc = open_inner(it, err);
    return rc ? rc : it->inner->driver->lock(it->inner, 0, err);
}

static int stand_in_begin(igd_target *target, const igd_begin *given, igd_error *err)
{
    igd_stand_in *it = stand_in_of(target);
    igd_begin begin = *given;
    igd_arena_reset(it->mem);
    it->source = igd_arena_str(it->mem, given->source);
    it->recording = given->recording;
    it->from = given->expected;
    it->plan = given->plan;
    it->tables = NULL;
    it->has_books = given->expected != NULL;
    int rc = igd_recording_check(given, err);
    if (!rc && !it->empty)
        rc = renew(it, err);
    if (!rc && !it->empty)
        rc = igd_stand_in_copy(it, given, err);
    if (!rc && it->recording)
        rc = igd_stand_in_keep(it, err);
    begin.recording = NULL;
    if (!rc)
        rc = it->inner->driver->begin(it->inner, &begin, err);
    it->working = rc == IGD_OK;
    it->base.dangling = false;
    return rc;
}

/* What a call left behind is asked for in our place. */
static int after(igd_stand_in *it, int rc)
{
    it->base.dangling = it->inner->dangling;
    return rc;
}

static int stand_in_apply(igd_target *target, const igd_table *table, const igd_change *changes,
                          size_t count, igd_error *err)
{
    igd_stand_in *it = stand_in_of(target);
    return after(it, it->inner->driver->apply(it->inner, table, changes, count, err));
}

static int stand_in_load(igd_target *target, const igd_table *table, const igd_change *changes,
                         size_t count, igd_error *err)
{
    igd_stand_in *it = stand_in_of(target);
    return after(it, it->inner->driver->load(it->inner, table, changes, count, err));
}

static int stand_in_schema_apply(igd_target *target, const igd_plan *plan, igd_part part,
                                 igd_error *err)
{
    igd_stand_in *it = stand_in_of(target);
    return after(it, it->inner->driver->schema_apply(it->inner, plan, part, err));
}

static int stand_in_commit(igd_target *target, const igd_source_state *state, igd_error *err)
{
    igd_stand_in *it = stand_in_of(target);
    int rc = after(it, it->inner->driver->commit(it->inner, state, err));
    if (!rc && it->recording)
        rc = igd_stand_in_record(it, state, err);
    it->working = rc != IGD_OK;
    return rc;
}

static void stand_in_rollback(igd_target *target)
{
    igd_stand_in *it = stand_in_of(target);
    if (it->inner)
        it->inner->driver->rollback(it->inner);
    it->real->driver->rollback(it->real);
    it->working = false;
}

/* ---- opening ---- */

static const igd_target_driver functions = {
    .close = stand_in_close,
    .lock = stand_in_lock,
    .unlock = stand_in_unlock,
    .holder = stand_in_holder,
    .break_lock = stand_in_break_lock,
    .state_read = stand_in_state_read,
    .snapshot = stand_in_snapshot,
    .begin = stand_in_begin,
    .apply = stand_in_apply,
    .commit = stand_in_commit,
    .rollback = stand_in_rollback,
    .scan = stand_in_scan,
    .note_error = stand_in_note_error,
    .load = stand_in_load,
    .schema_read = stand_in_schema_read,
    .schema_apply = stand_in_schema_apply,
    .adopt = stand_in_adopt,
};

static void take_words(igd_stand_in *it)
{
    const igd_target *real = it->real;
    it->driver = functions;
    it->driver.name = real->driver->name;
    it->driver.schemes = real->driver->schemes;
    it->driver.url_help = real->driver->url_help;
    it->driver.script_syntax = real->driver->script_syntax;
    it->driver.risk = real->driver->risk ? stand_in_risk : NULL;
    it->base.driver = &it->driver;
    it->base.caps = it->inner->caps;
    if (!(it->base.caps & IGD_CAP_LOAD))
        it->driver.load = NULL;
    it->base.limits = real->limits;
    it->base.server_version = real->server_version;
    it->base.database = real->database;
}

static int open_both(igd_stand_in *it, const igd_target_config *config, igd_error *err)
{
    igd_target_config reading = *config;
    reading.mode = IGD_OPEN_READ;
    reading.rehearsal = IGD_REHEARSE_NOT;
    reading.scratch = false;
    int rc = igd_target_open(&reading, &it->real, err);
    it->config =
        (igd_target_config){.mode = IGD_OPEN_WRITE,
                            .batch_rows = config->batch_rows,
                            .run_id = igd_arena_cstr(it->own, igd_str_from(config->run_id)),
                            .rehearsal = IGD_REHEARSE_EMPTY,
                            .stop = config->stop};
    if (!rc)
        rc = igd_url_parse(IGD_STR("sqlite:///ingitdb-rehearsal"), it->own, &it->config.url, err);
    return rc ? rc : open_inner(it, err);
}

int igd_stand_in_open(const igd_target_driver *driver, const igd_target_config *config,
                      igd_target **out, igd_error *err)
{
    igd_stand_in *it = igd_xmalloc(sizeof(*it));
    *it = (igd_stand_in){.style = driver->stand_in,
                         .empty = config->rehearsal == IGD_REHEARSE_EMPTY,
                         .mem = igd_arena_new(),
                         .own = igd_arena_new()};
    int rc = open_both(it, config, err);
    if (rc) {
        stand_in_close(&it->base);
        return rc;
    }
    take_words(it);
    *out = &it->base;
    return IGD_OK;
}
