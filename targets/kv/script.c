/*
 * Applying scripts of a store: a request after the other, and what it means when one is refused.
 */
#include "targets/kv/script.h"

#include "schema/canonical.h"

/* ---- marks ---- */

static const char stopped[] = "a script stopped behind step ";

igd_str igd_kv_step_text(uint64_t step, igd_arena *mem)
{
    return igd_arena_printf(mem, "%s%llu: run it again, or sync", stopped,
                            (unsigned long long)step);
}

static uint64_t step_of(igd_str text)
{
    uint64_t step = 0;
    if (!igd_str_starts(text, igd_str_from(stopped)))
        return 0;
    for (size_t n = sizeof(stopped) - 1; n < text.len; n++) {
        if (text.ptr[n] < '0' || text.ptr[n] > '9' || step > UINT32_MAX)
            break;
        step = 10 * step + (uint64_t)(text.ptr[n] - '0');
    }
    return step;
}

/* The script has been there, or further. */
static bool reached(const igd_kv_batch *batch, const igd_kv_value *now, igd_arena *mem)
{
    igd_source_state there, wanted;
    if (igd_kv_value_fits(now, &batch->state))
        return true;
    return igd_kv_state_parse(now->bytes, mem, &there) &&
           igd_kv_state_parse(batch->state.bytes, mem, &wanted) && igd_state_in_progress(&wanted) &&
           igd_str_eq(there.run_id, wanted.run_id) &&
           igd_str_eq(there.goal_commit_id, wanted.goal_commit_id) &&
           step_of(there.last_error) >= step_of(wanted.last_error);
}

/* It is where the request begins. */
static bool starts(const igd_kv_batch *batch, const igd_kv_value *now, igd_arena *mem)
{
    igd_source_state state;
    if (!batch->commit.len)
        return igd_kv_value_fits(now, &batch->fence.value);
    return igd_kv_state_parse(now->bytes, mem, &state) && !igd_state_in_progress(&state) &&
           igd_str_eq(state.commit_id, batch->commit);
}

/* ---- requests ---- */

static int take(const igd_kv_target *target, const igd_script_statement *statement, igd_arena *mem,
                igd_kv_batch *out, igd_error *err)
{
    if (target->ops->script->take(statement->text, mem, out) && out->fence.key.ptr)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_FORMAT, "line %u of the script is no request that changes its state",
                   statement->line);
    return igd_hint(err, "scripts that are generated with --plain are for other runners");
}

/* Values of all keys of a request. */
static int get_all(igd_kv_target *target, const igd_kv_batch *batch, bool books, igd_arena *mem,
                   igd_kv_value *out, igd_error *err)
{
    igd_str *keys = IGD_NEW_ARRAY(mem, igd_str, batch->count);
    igd_kv_value *values = IGD_NEW_ARRAY(mem, igd_kv_value, batch->count);
    size_t *numbers = IGD_NEW_ARRAY(mem, size_t, batch->count), count = 0;
    for (size_t n = 0; n < batch->count; n++)
        if (igd_kv_is_book(target, batch->writes[n].key) == books) {
            numbers[count] = n;
            keys[count++] = batch->writes[n].key;
        }
    size_t most = target->kv_limits.writes ? target->kv_limits.writes : 1;
    igd_kv_layout layout = books ? IGD_KV_JSON : target->layout;
    int rc = IGD_OK;
    for (size_t at = 0; !rc && at < count; at += most)
        rc = target->ops->get(target, keys + at, count - at < most ? count - at : most, layout, mem,
                              values + at, err);
    for (size_t n = 0; !rc && n < count; n++)
        out[numbers[n]] = values[n];
    return rc;
}

static int fail_key(const igd_kv_write *write, igd_error *err)
{
    (void)igd_fail(err, IGD_E_CONFLICT, "key '%.*s' is not as it was when the script was generated",
                   IGD_STR_ARG(write->key));
    return igd_hint(err,
                    "the target is in progress: put the key right and run the script again, or "
                    "sync, which goes on from there");
}

/* Which of the keys made the store refuse. */
static int blame_key(igd_kv_target *target, const igd_kv_batch *batch, igd_arena *mem,
                     igd_error *err)
{
    igd_kv_value *found = IGD_NEW_ARRAY(mem, igd_kv_value, batch->count);
    int rc = get_all(target, batch, false, mem, found, err);
    if (!rc)
        rc = get_all(target, batch, true, mem, found, err);
    for (size_t n = 0; !rc && n < batch->count; n++)
        if (!batch->writes[n].any && !igd_kv_value_fits(&found[n], &batch->writes[n].expected))
            return fail_key(&batch->writes[n], err);
    if (rc)
        return rc;
    (void)igd_fail(err, IGD_E_UNREACHABLE, "somebody else changes keys of the script meanwhile");
    err->transient = true;
    return igd_hint(err, "run it again");
}

static int explain(igd_kv_target *target, const igd_kv_batch *batch, igd_arena *mem, igd_error *err)
{
    igd_kv_value now = {0};
    int rc = target->ops->get(target, &batch->fence.key, 1, IGD_KV_JSON, mem, &now, err);
    if (rc || reached(batch, &now, mem))
        return rc;
    if (starts(batch, &now, mem))
        return blame_key(target, batch, mem, err);
    (void)igd_fail(err, IGD_E_STALE_BASE, "another run wrote to the target meanwhile");
    return igd_hint(err, "the script has stopped; see 'migrate status'");
}

int igd_kv_script_run(igd_target *base, const igd_script_statement *statement,
                      igd_script_output *output IGD_UNUSED, void *payload IGD_UNUSED,
                      igd_error *err)
{
    igd_kv_target *target = (igd_kv_target *)base;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_kv_batch batch;
    bool done = false;
    if (!target->locked || target->running)
        return igd_fail(err, IGD_E_BUG, "a script without the lock, or inside of a run");
    int rc = take(target, statement, mem, &batch, err);
    if (!rc)
        rc = target->ops->keep_lock(target, err);
    if (!rc)
        rc = target->ops->script->run(target, statement->text, &done, err);
    return rc || done ? rc : explain(target, &batch, mem, err);
}

/* ---- what it touches ---- */

bool igd_kv_is_book(const igd_kv_target *target, igd_str key)
{
    igd_str prefix = target->books.prefix, name = IGD_STR(".ingitdb");
    char separator = target->books.separator;
    size_t end = prefix.len + 1 + name.len;
    return key.len > end && igd_str_starts(key, prefix) && key.ptr[prefix.len] == separator &&
           igd_str_eq(igd_str_sub(key, prefix.len + 1, name.len), name) &&
           key.ptr[end] == separator;
}

static igd_digest digest_of(igd_str name, igd_str text)
{
    IGD_CLEANUP(igd_buf)
    igd_buf both = IGD_BUF_INIT;
    igd_buf_printf(&both, "%zu:", name.len);
    igd_buf_str(&both, name);
    igd_buf_str(&both, text);
    return igd_digest_of(igd_buf_view(&both));
}

/* Fields have no order. */
igd_digest igd_kv_touched(const igd_kv_write *write, const igd_kv_value *found)
{
    igd_digest sum = digest_of(write->key, found->bytes);
    for (size_t n = 0; !found->bytes.ptr && n < write->expected.field_count; n++) {
        const igd_kv_field *wanted = &write->expected.fields[n];
        for (size_t f = 0; f < found->field_count; f++)
            if (found->fields[f].text.ptr && igd_str_eq(found->fields[f].name, wanted->name))
                sum = igd_digest_add(sum, digest_of(wanted->name, found->fields[f].text));
    }
    return sum;
}

int igd_kv_script_touched(igd_target *base, const igd_script_statement *statement, uint64_t *count,
                          igd_digest *sum, igd_error *err)
{
    igd_kv_target *target = (igd_kv_target *)base;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_kv_batch batch;
    int rc = take(target, statement, mem, &batch, err);
    if (rc)
        return rc;
    igd_kv_value *found = IGD_NEW_ARRAY(mem, igd_kv_value, batch.count);
    rc = get_all(target, &batch, false, mem, found, err);
    for (size_t n = 0; !rc && n < batch.count; n++)
        if (found[n].there != IGD_KV_ABSENT) {
            ++*count;
            *sum = igd_digest_add(*sum, igd_kv_touched(&batch.writes[n], &found[n]));
        }
    return rc;
}
