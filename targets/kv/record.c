/*
 * The two scripts of a rehearsal: what differs on its shelf, in requests that a store takes.
 */
#include "targets/kv/rehearsal.h"

#define FIELD_EXTRA 16 /* what a field of a hash costs besides its texts */

/* One of the two scripts. */
typedef struct way {
    igd_kv_rehearsal *it;
    const igd_kv_target *target;
    const igd_kv_script_style *style;
    bool up, plain;
    const igd_source_state *from, *to; /* NULL: nothing is recorded */
    igd_str run_id;
    igd_str journal;
    igd_script_file *file;
    igd_str state_key, commit_key, channel;
    igd_kv_value first, last; /* the row of the state, before and afterwards */
    igd_kv_write commit;      /* what becomes of the commit's key; no key: nothing */
    size_t state_bytes;       /* that each request needs for the state */

    /* The request that is being put together: */
    igd_arena *mem;
    IGD_LIST(igd_kv_write) writes;
    size_t bytes;
    igd_kv_value state; /* what it has to find */
    uint64_t steps;     /* requests before it */
    igd_buf text;

    uint64_t row_count;
    igd_digest row_sum;
} way;

/* ---- marks ---- */

static igd_str commit_of(const igd_source_state *state)
{
    return state && state->commit_id.len ? state->commit_id : IGD_STR(IGD_STATE_NOTHING);
}

/* What the state says behind so many requests. */
static igd_kv_value mark(const way *w, uint64_t step, igd_arena *mem)
{
    const igd_source_state *known = w->to ? w->to : w->from;
    igd_source_state state = {.source = known->source, .format_version = IGD_STATE_FORMAT};
    if (w->from)
        state = *w->from;
    state.run_id = w->run_id;
    state.ref = known->ref;
    state.goal_commit_id = commit_of(w->to);
    state.base_commit_ids = commit_of(w->from);
    state.status = IGD_STR(IGD_STATE_IN_PROGRESS);
    state.repository_ids = known->repository_ids;
    state.root_path = known->root_path;
    state.started_at = known->started_at;
    state.tool_version = known->tool_version;
    state.last_error = igd_kv_step_text(step, mem);
    state.journal = w->journal;
    return (igd_kv_value){.there = IGD_KV_THERE, .bytes = igd_kv_state_row(&state, mem)};
}

/* Every form that values of ours have on the way. */
static igd_str journal_of(const way *w, const igd_plan *plan, igd_arena *mem)
{
    igd_schema was = {.tables = IGD_NEW_ARRAY(mem, igd_table, plan->table_count)};
    igd_schema now = {.tables = IGD_NEW_ARRAY(mem, igd_table, plan->table_count)};
    igd_plan back;
    if (w->up)
        return igd_state_journal((igd_str){0}, plan, true, mem);
    for (size_t n = 0; n < plan->table_count; n++) {
        if (plan->tables[n].from)
            was.tables[was.table_count++] = *plan->tables[n].from;
        if (plan->tables[n].to)
            now.tables[now.table_count++] = *plan->tables[n].to;
    }
    igd_plan_make(&now, &was, w->target->base.limits.identifier_bytes, mem, &back);
    return igd_state_journal((igd_str){0}, &back, true, mem);
}

/* ---- requests ---- */

static int fail_long(igd_error *err)
{
    (void)igd_fail(
        err, IGD_E_USAGE,
        "a request of the script would be longer than the store takes: a long value, and "
        "the state of many collections");
    return igd_hint(err, "sync without a script");
}

static int put_request(way *w, bool last, igd_error *err)
{
    igd_kv_batch batch = {.writes = w->writes.items, .count = w->writes.len};
    if (w->plain && batch.count == 0)
        return IGD_OK;
    if (w->style->most && w->bytes + w->state_bytes > w->style->most)
        return fail_long(err);
    if (!w->plain) {
        batch.fence = (igd_kv_fence){w->state_key, w->state};
        if (w->it->empty && w->up && w->steps == 0 && w->first.there == IGD_KV_THERE) {
            batch.commit = w->from->commit_id;
            batch.commit_key = w->commit_key;
        }
        batch.state = last ? w->last : mark(w, w->steps + 1, w->mem);
    }
    if (last && !w->plain && w->to && w->to->commit_id.len) {
        batch.channel = w->channel;
        batch.synced = w->to->commit_id;
    }
    igd_buf_puts(&w->text, w->steps ? w->style->between : "");
    size_t before = w->text.len;
    w->style->put(&batch, &w->text);
    if (w->style->longest && w->text.len - before > w->style->longest)
        return fail_long(err);
    int rc = igd_script_put(w->file, igd_buf_view(&w->text), err);
    igd_buf_clear(&w->text);
    w->steps++;
    return rc;
}

static int end_request(way *w, igd_error *err)
{
    int rc = put_request(w, false, err);
    igd_arena_reset(w->mem);
    w->writes = (typeof(w->writes)){0};
    w->bytes = 0;
    w->state = mark(w, w->steps, w->mem);
    return rc;
}

static size_t size_of(const way *w, const igd_kv_write *write)
{
    return write->key.len + igd_kv_value_size(&write->expected) + igd_kv_value_size(&write->value) +
           FIELD_EXTRA * (write->expected.field_count + write->value.field_count) +
           w->target->kv_limits.write_extra;
}

static int add(way *w, const igd_kv_write *given, igd_error *err)
{
    const igd_kv_limits *limits = &w->target->kv_limits;
    size_t bytes = size_of(w, given);
    size_t keys =
        w->style->keys && w->style->keys < limits->writes ? w->style->keys : limits->writes;
    /* The commit's key may join the last of them. */
    bool full = w->writes.len + 1 >= keys || w->bytes + bytes + w->state_bytes > limits->bytes;
    int rc = w->writes.len && full ? end_request(w, err) : IGD_OK;
    if (rc)
        return rc;
    igd_kv_write write = *given;
    write.key = igd_arena_str(w->mem, given->key);
    write.expected = igd_kv_value_copy(&given->expected, w->mem);
    write.value = igd_kv_value_copy(&given->value, w->mem);
    w->bytes += bytes;
    IGD_PUSH(w->mem, &w->writes, write);
    return IGD_OK;
}

/* ---- what differs ---- */

static igd_str text_of(const igd_kv_value *value, igd_str name)
{
    for (size_t n = 0; n < value->field_count; n++)
        if (igd_str_eq(value->fields[n].name, name))
            return value->fields[n].text;
    return (igd_str){0};
}

static bool same_text(igd_str a, igd_str b)
{
    return !a.ptr == !b.ptr && igd_str_eq(a, b);
}

/* Of a hash that stays: what has to be there of the fields that are ours, and what changes. */
static void narrow(const igd_kv_kept *kept, const igd_kv_value *old, const igd_kv_value *now,
                   igd_arena *mem, igd_kv_write *out)
{
    size_t count = kept->names.field_count;
    out->expected.fields = IGD_NEW_ARRAY(mem, igd_kv_field, count);
    out->value.fields = IGD_NEW_ARRAY(mem, igd_kv_field, count);
    out->expected.field_count = out->value.field_count = 0;
    for (size_t n = 0; n < count; n++) {
        igd_str name = kept->names.fields[n].name;
        igd_str before = text_of(old, name), after = text_of(now, name);
        out->expected.fields[out->expected.field_count++] = (igd_kv_field){name, before};
        if (!same_text(before, after))
            out->value.fields[out->value.field_count++] = (igd_kv_field){name, after};
    }
}

static igd_kv_write difference(const way *w, const igd_kv_kept *kept, igd_arena *mem)
{
    const igd_kv_value *old = w->up ? &kept->before : &kept->now;
    const igd_kv_value *now = w->up ? &kept->now : &kept->before;
    igd_kv_write write = {.key = kept->key, .expected = *old, .value = *now};
    bool is_hash = old->field_count + now->field_count > 0;
    if (is_hash && old->there == IGD_KV_THERE) {
        narrow(kept, old, now, mem, &write);
        if (now->there == IGD_KV_ABSENT)
            write.value = *now;
    }
    size_t both = igd_kv_value_size(old) + igd_kv_value_size(now);
    bool is_long = w->style->exact && both > w->style->exact;
    /* What another run records of the same commit may be said otherwise. */
    bool other = w->it->empty && igd_kv_is_book(w->target, kept->key);
    write.any = old->there == IGD_KV_THERE && (is_long || other || w->style->blind);
    if (write.any)
        write.expected = (igd_kv_value){0};
    return write;
}

static bool is_nothing(const igd_kv_write *write)
{
    return !write->any && write->expected.there == IGD_KV_THERE &&
           write->value.there == IGD_KV_THERE && !write->value.bytes.ptr &&
           write->value.field_count == 0;
}

static int take(const igd_kv_kept *kept, void *payload, igd_error *err)
{
    way *w = payload;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    bool book = igd_kv_is_book(w->target, kept->key);
    igd_kv_write write = difference(w, kept, mem);
    const igd_kv_value *old = w->up ? &kept->before : &kept->now;
    if (igd_str_eq(kept->key, w->state_key) || igd_str_eq(kept->key, w->commit_key) ||
        (book && w->plain) || is_nothing(&write))
        return IGD_OK;
    if (!book && old->there == IGD_KV_THERE) {
        w->row_count++;
        w->row_sum = igd_digest_add(w->row_sum, igd_kv_touched(&write, old));
    }
    return add(w, &write, err);
}

/* ---- scripts ---- */

static int take_ends(way *w, igd_arena *mem, igd_error *err)
{
    igd_kv_kept state = {0}, commit = {0};
    bool found = false;
    int rc = igd_kv_shelf_get(w->it->shelf, w->state_key, mem, &state, &found, err);
    if (!rc)
        rc = igd_kv_shelf_get(w->it->shelf, w->commit_key, mem, &commit, &found, err);
    if (rc)
        return rc;
    w->first = w->up ? state.before : state.now;
    w->last = w->up ? state.now : state.before;
    if (found && !igd_kv_value_fits(&commit.before, &commit.now))
        w->commit = difference(w, &commit, mem);
    return IGD_OK;
}

static int write_way(way *w, const igd_plan *plan, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *own = igd_arena_new();
    static const igd_plan nothing;
    w->journal = journal_of(w, plan ? plan : &nothing, own);
    int rc = take_ends(w, own, err);
    if (rc)
        return rc;
    w->state = w->first;
    w->state_bytes = 2 * (w->first.bytes.len + w->last.bytes.len + mark(w, 0, own).bytes.len);
    igd_kv_write commit = w->commit;
    rc = igd_kv_shelf_changes(w->it->shelf, !w->up, take, w, err);
    if (!rc && commit.key.ptr && !w->plain)
        IGD_PUSH(w->mem, &w->writes, commit);
    if (!rc)
        rc = put_request(w, true, err);
    return rc ? rc : igd_script_put(w->file, igd_str_from(w->style->behind), err);
}

static igd_str book_of(const igd_kv_target *target, const char *name)
{
    igd_str part = igd_str_from(name);
    return igd_keyspace_book(&target->books, target->run_mem, &part, 1);
}

static way new_way(igd_kv_rehearsal *it, bool up, const igd_source_state *to, igd_arena *mem,
                   igd_script_file *file)
{
    return (way){.it = it,
                 .target = &it->kv,
                 .style = it->real->ops->script,
                 .up = up,
                 .plain = it->recording->plain,
                 .from = up ? it->from : to,
                 .to = up ? to : it->from,
                 .run_id = to->run_id,
                 .file = file,
                 .state_key = it->kv.fence.key,
                 .commit_key = book_of(&it->kv, "commit"),
                 .channel = book_of(&it->kv, "synced"),
                 .mem = mem,
                 .text = IGD_BUF_INIT};
}

int igd_kv_rehearsal_record(igd_kv_rehearsal *it, const igd_source_state *to, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_script_file) igd_script_file *up_file = NULL, *down_file = NULL;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *up_mem = igd_arena_new(), *down_mem = igd_arena_new();
    igd_script_syntax syntax = it->real->ops->script->syntax;
    int rc = igd_script_file_new(syntax, &up_file, err);
    if (!rc)
        rc = igd_script_file_new(syntax, &down_file, err);
    if (rc)
        return rc;
    way up = new_way(it, true, to, up_mem, up_file);
    way down = new_way(it, false, to, down_mem, down_file);
    rc = write_way(&up, it->kv.tables, err);
    if (!rc)
        rc = write_way(&down, it->kv.tables, err);
    igd_buf_free(&up.text);
    igd_buf_free(&down.text);
    if (rc)
        return rc;
    igd_recorded done = igd_recorded_run(it->kv.driver.name, it->from, to);
    done.up = up_file;
    done.down = down_file;
    done.up_head.steps = up.steps;
    done.up_head.row_count = up.row_count;
    done.up_head.rows = up.row_sum;
    done.down_head.steps = down.steps;
    done.down_head.row_count = down.row_count;
    done.down_head.rows = down.row_sum;
    return it->recording->finished(&done, it->recording->payload, err);
}
