/*
 * Records: changes as comparisons and exchanges, and what becomes of those that find something
 * else.
 */
#include <stdio.h>

#include "base/json_write.h"
#include "schema/canonical.h"
#include "targets/kv/kv_target.h"

/* One key can be changed by others again and again while we decide. */
#define TRIES 20

typedef struct batch {
    igd_kv_target *target;
    const igd_table *table;
    const igd_change *changes;
    size_t count;
    igd_kv_write *writes; /* one for each change */
    bool *pending;        /* it is still to be written */
    bool *told;           /* its conflict has been told to the policy */
    igd_arena *mem;
} batch;

/* ---- what is expected ---- */

static bool has_field(const igd_kv_value *value, igd_str name)
{
    for (size_t n = 0; n < value->field_count; n++)
        if (igd_str_eq(value->fields[n].name, name))
            return true;
    return false;
}

/* Of a hash only what changes is written, and columns that the definition lost go. */
static void keep_changes(igd_kv_value *value, const igd_kv_value *base, igd_arena *mem)
{
    size_t kept = 0, count = value->field_count;
    igd_kv_field *fields = IGD_NEW_ARRAY(mem, igd_kv_field, count + base->field_count);
    for (size_t n = 0; n < count; n++) {
        igd_kv_value one = {.there = IGD_KV_THERE, .fields = &value->fields[n], .field_count = 1};
        if (!igd_kv_value_fits(base, &one))
            fields[kept++] = value->fields[n];
    }
    for (size_t n = 0; n < base->field_count; n++)
        if (base->fields[n].text.ptr && !has_field(value, base->fields[n].name))
            fields[kept++] = (igd_kv_field){.name = base->fields[n].name};
    value->fields = fields;
    value->field_count = kept;
}

/* Fields of columns that the table once had and has no longer go with whatever is written: an
 * interrupted run may have left some. */
static void forget_columns(const batch *b, igd_kv_value *value)
{
    const igd_schema *forms = &b->target->forms;
    size_t count = value->field_count, most = count;
    if (b->target->layout != IGD_KV_HASH)
        return;
    for (size_t n = 0; n < forms->table_count; n++)
        most += forms->tables[n].column_count;
    igd_kv_field *fields = IGD_NEW_ARRAY(b->mem, igd_kv_field, most);
    memcpy(fields, value->fields, count * sizeof(*fields));
    *value = (igd_kv_value){.there = value->there, .fields = fields, .field_count = count};
    for (size_t n = 0; n < forms->table_count; n++) {
        const igd_table *form = &forms->tables[n];
        for (size_t k = 0;
             igd_str_eq(form->collection, b->table->collection) && k < form->column_count; k++)
            if (igd_table_column(b->table, form->columns[k].name) < 0 &&
                !has_field(value, form->columns[k].name))
                fields[value->field_count++] = (igd_kv_field){.name = form->columns[k].name};
    }
}

static bool is_certain(const igd_change *change)
{
    return change->cause == IGD_CAUSE_PENDING && change->base_known &&
           (change->base || !change->base_table);
}

static void prepare(batch *b, size_t n)
{
    igd_kv_target *target = b->target;
    const igd_change *change = &b->changes[n];
    igd_kv_write *write = &b->writes[n];
    *write = (igd_kv_write){
        .key = igd_keyspace_record(&target->space, b->table, igd_change_key(change), b->mem)};
    if (change->now)
        write->value = igd_kv_value_of(target->layout, b->table, change->now, b->mem);
    if (change->base)
        write->expected = igd_kv_value_of(target->layout, change->base_table, change->base, b->mem);
    b->pending[n] = is_certain(change);
    if (b->pending[n] && change->now && change->base && target->layout == IGD_KV_HASH)
        keep_changes(&write->value, &write->expected, b->mem);
    if (b->pending[n] && change->now && change->base)
        forget_columns(b, &write->value);
}

/* ---- requests ---- */

static size_t size_of(const igd_kv_target *target, const igd_kv_write *write)
{
    return write->key.len + igd_kv_value_size(&write->expected) + igd_kv_value_size(&write->value) +
           target->kv_limits.write_extra;
}

/* Those that are pending from *at on, as far as they fit into one request. */
static size_t gather(const batch *b, size_t *at, igd_kv_write *out, size_t *numbers)
{
    const igd_kv_limits *limits = &b->target->kv_limits;
    size_t count = 0, bytes = 0;
    for (; *at < b->count && count < limits->writes; ++*at) {
        if (!b->pending[*at])
            continue;
        bytes += size_of(b->target, &b->writes[*at]);
        if (count > 0 && bytes > limits->bytes)
            break;
        numbers[count] = *at;
        out[count++] = b->writes[*at];
    }
    return count;
}

static int send(batch *b, igd_error *err)
{
    igd_kv_target *target = b->target;
    igd_kv_write *request = IGD_NEW_ARRAY(b->mem, igd_kv_write, b->count);
    size_t *numbers = IGD_NEW_ARRAY(b->mem, size_t, b->count);
    int rc = IGD_OK;
    for (size_t at = 0; !rc && at < b->count;) {
        size_t count = gather(b, &at, request, numbers);
        if (count == 0)
            break;
        rc = target->ops->keep_lock(target, err);
        if (!rc)
            rc = target->ops->write(target, request, count, &target->fence, b->mem, err);
        for (size_t n = 0; !rc && n < count; n++) {
            b->writes[numbers[n]] = request[n];
            b->pending[numbers[n]] = !request[n].done;
        }
    }
    return rc;
}

/* What is there under the keys of changes of which not enough is known to expect anything. */
static int look(batch *b, igd_error *err)
{
    igd_str *keys = IGD_NEW_ARRAY(b->mem, igd_str, b->count);
    size_t *numbers = IGD_NEW_ARRAY(b->mem, size_t, b->count), count = 0;
    for (size_t n = 0; n < b->count; n++)
        if (!is_certain(&b->changes[n])) {
            numbers[count] = n;
            keys[count++] = b->writes[n].key;
        }
    if (count == 0)
        return IGD_OK;
    igd_kv_value *values = IGD_NEW_ARRAY(b->mem, igd_kv_value, count);
    int rc = b->target->ops->get(b->target, keys, count, b->target->layout, b->mem, values, err);
    for (size_t n = 0; !rc && n < count; n++) {
        b->writes[numbers[n]].found = values[n];
        b->pending[numbers[n]] = true;
    }
    return rc;
}

/* ---- what was found instead ---- */

static igd_value *row_of(const batch *b, const igd_table *table, const igd_kv_write *write,
                         const igd_value *keys)
{
    if (write->found.there == IGD_KV_ABSENT)
        return NULL;
    igd_value *row = IGD_NEW_ARRAY(b->mem, igd_value, table->column_count);
    igd_kv_row_of(table, &write->found, keys, b->mem, row);
    return row;
}

static bool is_base(const batch *b, const igd_change *change, const igd_kv_write *write)
{
    if (change->cause != IGD_CAUSE_PENDING)
        return false;
    /* Where nothing is, nobody's value is overwritten. */
    if (!change->base_known)
        return write->found.there == IGD_KV_ABSENT;
    if (!change->base_table)
        return write->found.there == IGD_KV_ABSENT;
    IGD_CLEANUP(igd_buf)
    igd_buf scratch = IGD_BUF_INIT;
    igd_value *row = row_of(b, change->base_table, write, igd_change_key(change));
    if (!row)
        return false;
    if (change->base)
        return igd_row_eq(change->base_table, row, change->base);
    return igd_digest_eq(igd_row_digest(change->base_table, row, &scratch), change->base_digest);
}

static const char *what_happened(const igd_change *change, const igd_value *old)
{
    if (!old)
        return "somebody deleted the key in the target";
    if (!change->base_known)
        return "the value differs, and what it was at the last sync is not known";
    return change->base_table ? "somebody changed the value in the target"
                              : "somebody added the key to the target";
}

static int fail_conflict(const batch *b, const igd_change *change, const igd_kv_write *write,
                         const igd_value *old, igd_error *err)
{
    igd_str key = igd_row_key_text(b->table, igd_change_key(change), b->mem);
    (void)igd_fail(err, IGD_E_CONFLICT, "key '%.*s': %s", IGD_STR_ARG(write->key),
                   what_happened(change, old));
    igd_place *place = &err->place;
    snprintf(place->collection, sizeof(place->collection), "%.*s",
             IGD_STR_ARG(b->table->collection));
    snprintf(place->key, sizeof(place->key), "%.*s", IGD_STR_ARG(key));
    snprintf(place->path, sizeof(place->path), "%.*s", IGD_STR_ARG(change->path));
    return igd_hint(err, "--on-conflict source overwrites such values and records what they were, "
                         "--on-conflict target keeps them");
}

/* What was there, for the record: with the columns that it was written with, which may be about to
 * go or to change. Where all columns are of the key, none of them can show it. */
static igd_str old_json(const batch *b, const igd_change *change, const igd_kv_write *write)
{
    const igd_table *table = change->base_table ? change->base_table : b->table;
    if (table->column_count == table->key_count && write->found.bytes.ptr) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        igd_json json = igd_json_to(&text);
        igd_json_string(&json, write->found.bytes);
        return igd_arena_str(b->mem, igd_buf_view(&text));
    }
    igd_value *old = row_of(b, table, write, igd_change_key(change));
    return old ? igd_row_json(table, old, b->mem) : (igd_str){0};
}

/* Again, when somebody changes the key once more before we do: what is overwritten is what counts,
 * and the same row of the bookkeeping. */
static int record(const batch *b, size_t n, bool keep, igd_error *err)
{
    const igd_conflict_policy *policy = &b->target->conflicts;
    const igd_change *change = &b->changes[n];
    const igd_kv_write *write = &b->writes[n];
    const igd_value *row = igd_change_key(change);
    igd_conflict conflict = {.table = b->table,
                             .change = change,
                             .decision = keep          ? IGD_KEPT
                                         : change->now ? IGD_OVERWRITTEN
                                                       : IGD_DELETED,
                             .key = igd_row_key_json(b->table, row, b->mem),
                             .key_text = igd_row_key_text(b->table, row, b->mem)};
    if (change->base)
        conflict.base = igd_row_json(change->base_table, change->base, b->mem);
    conflict.old = old_json(b, change, write);
    if (change->now)
        conflict.now = igd_row_json(b->table, change->now, b->mem);
    int rc = igd_kv_conflict_store(b->target, &conflict, err);
    if (!rc && policy->callback && !b->told[n])
        policy->callback(&conflict, policy->payload);
    b->told[n] |= !rc;
    return rc;
}

/* All of what is to be there. Fields of columns that the table no longer has are to be gone. */
static igd_kv_value whole_of(const batch *b, const igd_change *change)
{
    if (!change->now)
        return (igd_kv_value){0};
    igd_kv_value whole = igd_kv_value_of(b->target->layout, b->table, change->now, b->mem);
    forget_columns(b, &whole);
    return whole;
}

/* Decides about a change that did not find what it expected. */
static int decide(batch *b, size_t n, igd_error *err)
{
    const igd_change *change = &b->changes[n];
    igd_kv_write *write = &b->writes[n];
    igd_kv_value whole = whole_of(b, change);
    b->pending[n] = false;
    if (igd_kv_value_fits(&write->found, &whole))
        return IGD_OK; /* whoever made it so */
    igd_value *old = row_of(b, b->table, write, igd_change_key(change));
    if (!is_base(b, change, write)) {
        igd_on_conflict on = b->target->conflicts.on;
        if (on == IGD_CONFLICT_FAIL)
            return fail_conflict(b, change, write, old, err);
        int rc = record(b, n, on == IGD_CONFLICT_TARGET, err);
        if (rc || on == IGD_CONFLICT_TARGET)
            return rc;
    }
    write->expected = write->found;
    write->value = whole;
    write->done = false;
    b->pending[n] = true;
    return IGD_OK;
}

static bool any_pending(const batch *b)
{
    for (size_t n = 0; n < b->count; n++)
        if (b->pending[n])
            return true;
    return false;
}

int igd_kv_apply(igd_target *base, const igd_table *table, const igd_change *changes, size_t count,
                 igd_error *err)
{
    igd_kv_target *target = (igd_kv_target *)base;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    if (!target->running)
        return igd_fail(err, IGD_E_BUG, "apply without begin");
    batch b = {.target = target,
               .table = table,
               .changes = changes,
               .count = count,
               .writes = IGD_NEW_ARRAY(mem, igd_kv_write, count),
               .pending = IGD_NEW_ARRAY(mem, bool, count),
               .told = IGD_NEW_ARRAY(mem, bool, count),
               .mem = mem};
    for (size_t n = 0; n < count; n++)
        prepare(&b, n);
    int rc = send(&b, err);
    if (!rc)
        rc = look(&b, err);
    for (int tries = 0; !rc && any_pending(&b); tries++) {
        if (tries == TRIES)
            return igd_fail(err, IGD_E_TARGET, "somebody else changes keys of '%.*s' all the time",
                            IGD_STR_ARG(table->collection));
        for (size_t n = 0; !rc && n < count; n++)
            if (b.pending[n])
                rc = decide(&b, n, err);
        if (!rc)
            rc = send(&b, err);
    }
    return rc;
}
