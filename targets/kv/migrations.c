/*
 * The history of applied scripts (targets/migration.h): .ingitdb/schema_migrations/<run>, a JSON
 * object each.
 */
#include "base/json_read.h"
#include "base/json_write.h"
#include "targets/kv/kv_target.h"

#define TABLE "schema_migrations"

static igd_str key_of(const igd_kv_target *target, igd_str id, igd_arena *mem)
{
    igd_str parts[] = {IGD_STR(TABLE), id};
    return igd_keyspace_book(&target->books, mem, parts, IGD_COUNT(parts));
}

/* ---- what is there ---- */

typedef struct counting {
    igd_arena *mem;
    int64_t most;
} counting;

/* One member of a row; empty when it has none. */
static igd_str member(igd_str row, const char *name, igd_arena *mem)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, igd_arena_str(mem, row), mem, 2);
    if (!row.ptr || igd_json_next(&reader) != IGD_JSON_OBJECT_START)
        return (igd_str){0};
    while (igd_json_next(&reader) == IGD_JSON_KEY) {
        bool found = igd_str_is(reader.text, name);
        igd_json_event event = igd_json_next(&reader);
        if (found && (event == IGD_JSON_STRING || event == IGD_JSON_NUMBER))
            return reader.text;
    }
    return (igd_str){0};
}

static int take_batch(igd_str key IGD_UNUSED, const igd_kv_value *value, void *payload,
                      igd_error *err IGD_UNUSED)
{
    counting *c = payload;
    igd_value number;
    igd_arena_reset(c->mem);
    if (!igd_value_parse(IGD_INT, member(value->bytes, "batch", c->mem), c->mem, &number) &&
        number.integer > c->most)
        c->most = number.integer;
    return IGD_OK;
}

/* Every script that is applied is a batch of its own. */
static int next_batch(igd_kv_target *target, int64_t *out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_arena) igd_arena *row = igd_arena_new();
    counting c = {.mem = row};
    int rc = target->ops->scan(target, key_of(target, IGD_STR(""), mem), IGD_KV_JSON, take_batch,
                               &c, err);
    *out = c.most + 1;
    return rc;
}

/* ---- rows ---- */

static void put_text(igd_json *json, const char *name, igd_str text)
{
    if (text.len)
        igd_json_put_string(json, name, text);
}

static igd_str row_text(const igd_migration *row, int64_t batch, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_json json = igd_json_to(&text);
    igd_json_object(&json);
    put_text(&json, "id", row->id);
    put_text(&json, "version", row->version);
    put_text(&json, "name", row->name);
    put_text(&json, "checksum", row->checksum);
    put_text(&json, "applied_at", row->applied_at);
    put_text(&json, "applied_by", row->applied_by);
    igd_json_put_int(&json, "execution_ms", row->execution_ms);
    put_text(&json, "status", row->status);
    put_text(&json, "rollback_checksum", row->rollback_checksum);
    igd_json_put_int(&json, "batch", batch);
    put_text(&json, "error_message", row->error_message);
    put_text(&json, "source", row->source);
    igd_json_end(&json);
    return igd_arena_str(mem, igd_buf_view(&text));
}

static int64_t number_of(igd_str row, const char *name, igd_arena *mem)
{
    igd_value number;
    return igd_value_parse(IGD_INT, member(row, name, mem), mem, &number) ? 0 : number.integer;
}

/* What was recorded of the script, with what it now says of it. */
static igd_migration updated(igd_str row, const igd_migration *now, igd_arena *mem)
{
    igd_migration both = *now;
    both.version = member(row, "version", mem);
    both.name = member(row, "name", mem);
    both.checksum = member(row, "checksum", mem);
    both.applied_at = member(row, "applied_at", mem);
    both.applied_by = member(row, "applied_by", mem);
    both.execution_ms = number_of(row, "execution_ms", mem);
    both.source = member(row, "source", mem);
    return both;
}

static int store(igd_kv_target *target, const igd_migration *given, igd_arena *mem, igd_error *err)
{
    igd_str key = key_of(target, given->id, mem);
    igd_kv_value was = {0};
    igd_migration row = *given;
    int64_t batch = 0;
    int rc = target->ops->keep_lock(target, err);
    if (!rc)
        rc = target->ops->get(target, &key, 1, IGD_KV_JSON, mem, &was, err);
    bool there = was.there == IGD_KV_THERE && given->update;
    if (!rc && there) {
        row = updated(was.bytes, given, mem);
        batch = number_of(was.bytes, "batch", mem);
    } else if (!rc) {
        rc = next_batch(target, &batch, err);
    }
    if (rc)
        return rc;
    igd_kv_write write = {.key = key,
                          .any = true,
                          .value = {.there = IGD_KV_THERE, .bytes = row_text(&row, batch, mem)}};
    return target->ops->write(target, &write, 1, NULL, mem, err);
}

int igd_kv_migration_store(igd_target *base, const igd_migration *row, igd_str *table,
                           igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    int rc = store((igd_kv_target *)base, row, mem, err);
    if (rc)
        return igd_error_prefix(err, "while recording the script");
    *table = IGD_STR(TABLE);
    return IGD_OK;
}
