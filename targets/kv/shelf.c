/*
 * The temporary database of a rehearsal: one table, whose values are packed into texts.
 */
#include "targets/kv/shelf.h"

#include <stdlib.h>

#include "targets/sql/sql_target.h"

struct igd_kv_shelf {
    igd_target *inner;
    igd_sql_stmt *put;
    bool begun;
};

#define COLUMNS "key, before, now, names"

static igd_sql_target *sql_of(const igd_kv_shelf *shelf)
{
    return (igd_sql_target *)shelf->inner;
}

/* ---- values as texts: what it is, then texts with their lengths ---- */

static void pack_text(igd_buf *out, igd_str text)
{
    uint64_t size = text.ptr ? text.len + 1 : 0;
    igd_buf_add(out, &size, sizeof(size));
    igd_buf_str(out, text);
}

static igd_value pack(const igd_kv_value *value, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_buf_byte(&text, (char)('0' + value->there));
    pack_text(&text, value->bytes);
    for (size_t n = 0; n < value->field_count; n++) {
        pack_text(&text, value->fields[n].name);
        pack_text(&text, value->fields[n].text);
    }
    return igd_value_string(igd_arena_str(mem, igd_buf_view(&text)));
}

static igd_str unpack_text(igd_str *rest)
{
    uint64_t size = 0;
    memcpy(&size, rest->ptr, sizeof(size));
    igd_str text = {size ? rest->ptr + sizeof(size) : NULL, size ? size - 1 : 0};
    *rest = igd_str_sub(*rest, sizeof(size) + text.len, rest->len);
    return text;
}

static igd_kv_value unpack(igd_str text, igd_arena *mem)
{
    igd_kv_value value = {.there = (igd_kv_there)(text.ptr[0] - '0')};
    igd_str rest = igd_str_sub(igd_arena_str(mem, text), 1, text.len);
    value.bytes = unpack_text(&rest);
    value.fields = IGD_NEW_ARRAY(mem, igd_kv_field, rest.len / sizeof(uint64_t));
    while (rest.len > 0) {
        igd_str name = unpack_text(&rest);
        value.fields[value.field_count++] = (igd_kv_field){name, unpack_text(&rest)};
    }
    return value;
}

static igd_kv_kept kept_of(const igd_value *row, igd_arena *mem)
{
    return (igd_kv_kept){.key = igd_arena_str(mem, row[0].text),
                         .before = unpack(row[1].text, mem),
                         .now = unpack(row[2].text, mem),
                         .names = unpack(row[3].text, mem)};
}

/* ---- the database ---- */

int igd_kv_shelf_new(const char *run_id, igd_kv_shelf **out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_kv_shelf *shelf = igd_xmalloc(sizeof(*shelf));
    *shelf = (igd_kv_shelf){0};
    igd_target_config config = {
        .mode = IGD_OPEN_WRITE, .run_id = run_id, .rehearsal = IGD_REHEARSE_EMPTY};
    int rc = igd_url_parse(IGD_STR("sqlite:///ingitdb-rehearsal"), mem, &config.url, err);
    if (!rc)
        rc = igd_target_open(&config, &shelf->inner, err);
    if (!rc)
        rc = shelf->inner->driver->lock(shelf->inner, 0, err);
    if (!rc)
        rc = sql_of(shelf)->ops->exec(sql_of(shelf),
                                      "CREATE TABLE shelf (n INTEGER PRIMARY KEY, key TEXT UNIQUE, "
                                      "before TEXT, now TEXT, names TEXT)",
                                      err);
    if (!rc)
        rc = sql_of(shelf)->ops->prepare(
            sql_of(shelf),
            IGD_STR("INSERT INTO shelf (" COLUMNS ") VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO "
                    "UPDATE SET now = excluded.now, names = excluded.names"),
            &shelf->put, err);
    if (rc) {
        igd_kv_shelf_free(shelf);
        return igd_error_prefix(err, "for a rehearsal");
    }
    *out = shelf;
    return IGD_OK;
}

void igd_kv_shelf_free(igd_kv_shelf *shelf)
{
    if (!shelf)
        return;
    if (shelf->put)
        sql_of(shelf)->ops->finalize(shelf->put);
    igd_target_close(shelf->inner);
    free(shelf);
}

int igd_kv_shelf_begin(igd_kv_shelf *shelf, igd_error *err)
{
    int rc = sql_of(shelf)->ops->begin(sql_of(shelf), NULL, err);
    shelf->begun = rc == IGD_OK;
    return rc;
}

void igd_kv_shelf_rollback(igd_kv_shelf *shelf)
{
    if (shelf->begun)
        sql_of(shelf)->ops->rollback(sql_of(shelf));
    shelf->begun = false;
}

int igd_kv_shelf_settle(igd_kv_shelf *shelf, igd_error *err)
{
    igd_sql_target *sql = sql_of(shelf);
    int rc = sql->ops->exec(sql, "UPDATE shelf SET before = now", err);
    if (!rc)
        rc = sql->ops->commit(sql, err);
    if (!rc)
        shelf->begun = false;
    return rc;
}

/* ---- keys ---- */

int igd_kv_shelf_put(igd_kv_shelf *shelf, const igd_kv_kept *kept, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_value row[] = {igd_value_string(kept->key), pack(&kept->before, mem), pack(&kept->now, mem),
                       pack(&kept->names, mem)};
    return sql_of(shelf)->ops->run(shelf->put, row, IGD_COUNT(row), NULL, err);
}

typedef struct asking {
    igd_kv_shelf_callback *callback;
    void *payload;
    igd_arena *mem;
} asking;

static int tell(const igd_value *row, void *payload, igd_error *err)
{
    asking *a = payload;
    igd_arena_reset(a->mem);
    igd_kv_kept kept = kept_of(row, a->mem);
    return a->callback(&kept, a->payload, err);
}

static int ask(igd_kv_shelf *shelf, const char *sql, const igd_value *params, size_t count,
               igd_scan_callback *callback, void *payload, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_RAW, IGD_RAW, IGD_RAW, IGD_RAW};
    igd_sql_query query = {.sql = igd_str_from(sql),
                           .params = params,
                           .param_count = count,
                           .kinds = kinds,
                           .column_count = IGD_COUNT(kinds),
                           .callback = callback,
                           .payload = payload};
    return sql_of(shelf)->ops->query(sql_of(shelf), &query, err);
}

typedef struct getting {
    igd_kv_kept *out;
    bool *found;
    igd_arena *mem;
} getting;

static int take_one(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    getting *g = payload;
    *g->out = kept_of(row, g->mem);
    *g->found = true;
    return IGD_OK;
}

int igd_kv_shelf_get(igd_kv_shelf *shelf, igd_str key, igd_arena *mem, igd_kv_kept *out,
                     bool *found, igd_error *err)
{
    getting g = {out, found, mem};
    igd_value param = igd_value_string(key);
    *found = false;
    return ask(shelf, "SELECT " COLUMNS " FROM shelf WHERE key = ?1", &param, 1, take_one, &g, err);
}

int igd_kv_shelf_scan(igd_kv_shelf *shelf, igd_str begins, igd_kv_shelf_callback *callback,
                      void *payload, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    asking a = {callback, payload, mem};
    /* Prefixes end in a separator, which is no 0xFF. */
    char *end = igd_arena_cstr(mem, begins);
    end[begins.len - 1]++;
    igd_value params[] = {igd_value_string(begins), igd_value_string((igd_str){end, begins.len})};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *row = igd_arena_new();
    a.mem = row;
    return ask(shelf, "SELECT " COLUMNS " FROM shelf WHERE key >= ?1 AND key < ?2 ORDER BY key",
               params, IGD_COUNT(params), tell, &a, err);
}

int igd_kv_shelf_changes(igd_kv_shelf *shelf, bool backwards, igd_kv_shelf_callback *callback,
                         void *payload, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    asking a = {callback, payload, mem};
    return ask(shelf,
               backwards ? "SELECT " COLUMNS " FROM shelf WHERE before <> now ORDER BY n DESC"
                         : "SELECT " COLUMNS " FROM shelf WHERE before <> now ORDER BY n",
               NULL, 0, tell, &a, err);
}
