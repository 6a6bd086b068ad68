/*
 * The bookkeeping in a store: a JSON object for each row of targets/books.h, under
 * <prefix>/.ingitdb/<table>/<primary key>, and the synced commit as plain text in .ingitdb/commit.
 */
#include <stdlib.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "targets/books.h"
#include "targets/kv/kv_target.h"

/* ---- rows as texts ---- */

static igd_str row_text(const igd_book *book, igd_str source, const void *object, igd_arena *mem)
{
    igd_value values[IGD_BOOK_COLUMNS_MAX];
    size_t count = igd_book_values(book, source, object, values);
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_json json = igd_json_to(&text);
    igd_json_object(&json);
    for (size_t n = 0; n < count; n++) {
        const char *name = n < book->of_source ? "source" : book->members[n - book->of_source].name;
        if (values[n].kind == IGD_INT)
            igd_json_put_int(&json, name, values[n].integer);
        else if (values[n].kind == IGD_STRING)
            igd_json_put_string(&json, name, values[n].text);
    }
    igd_json_end(&json);
    return igd_arena_str(mem, igd_buf_view(&text));
}

static bool read_row(const igd_book *book, igd_str text, igd_arena *mem, igd_str *source,
                     igd_value *values)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, text, mem, 2);
    memset(values, 0, IGD_BOOK_COLUMNS_MAX * sizeof(*values));
    if (igd_json_next(&reader) != IGD_JSON_OBJECT_START)
        return false;
    while (igd_json_next(&reader) == IGD_JSON_KEY) {
        igd_str name = reader.text;
        igd_value value = IGD_VALUE_NULL;
        igd_json_next(&reader);
        if (reader.event == IGD_JSON_STRING)
            value = igd_value_string(reader.text);
        else if (reader.event == IGD_JSON_NUMBER)
            (void)igd_value_parse(IGD_INT, reader.text, mem, &value);
        if (igd_str_is(name, "source"))
            *source = igd_arena_str(mem, value.text);
        for (size_t n = 0; n < book->count; n++)
            if (igd_str_is(name, book->members[n].name))
                values[n] = value;
    }
    return reader.event == IGD_JSON_OBJECT_END;
}

/* ---- names ---- */

static igd_str book_key(const igd_kv_target *target, igd_arena *mem, const igd_book *book,
                        igd_str source, igd_str id)
{
    igd_str parts[] = {igd_str_from(book->name), source, id};
    return igd_keyspace_book(&target->books, mem, parts, id.ptr ? 3 : 2);
}

igd_str igd_kv_state_row(const igd_source_state *state, igd_arena *mem)
{
    return row_text(&igd_books[IGD_BOOK_STATE], state->source, state, mem);
}

bool igd_kv_state_parse(igd_str row, igd_arena *mem, igd_source_state *out)
{
    igd_value values[IGD_BOOK_COLUMNS_MAX];
    igd_str name = {0};
    *out = (igd_source_state){0};
    if (!row.ptr || !read_row(&igd_books[IGD_BOOK_STATE], row, mem, &name, values))
        return false;
    igd_book_fill(&igd_books[IGD_BOOK_STATE], values, mem, out);
    return true;
}

/* ---- reading ---- */

typedef struct loader {
    const igd_book *book;
    igd_arena *mem;
    IGD_LIST(igd_source_state) sources;
} loader;

static igd_source_state *source_of(loader *to, igd_str name)
{
    for (size_t n = 0; n < to->sources.len; n++)
        if (igd_str_eq(to->sources.items[n].source, name))
            return &to->sources.items[n];
    return NULL;
}

static int on_state(igd_str key, const igd_kv_value *value, void *payload, igd_error *err)
{
    loader *to = payload;
    igd_value values[IGD_BOOK_COLUMNS_MAX];
    igd_source_state source = {0};
    igd_str name = {0}, text = igd_arena_str(to->mem, value->bytes);
    if (value->there != IGD_KV_THERE || !read_row(to->book, text, to->mem, &name, values))
        return igd_fail(err, IGD_E_FORMAT, "key '%.*s' of the bookkeeping is not what was written",
                        IGD_STR_ARG(key));
    igd_book_fill(to->book, values, to->mem, &source);
    if (source.format_version > IGD_STATE_FORMAT) {
        igd_fail(err, IGD_E_FORMAT,
                 "the target's bookkeeping has format %lld, this program knows formats up to %d",
                 (long long)source.format_version, IGD_STATE_FORMAT);
        return igd_hint(err, "use the version of the program that last wrote to this target, or a "
                             "newer one");
    }
    if (!source_of(to, source.source))
        IGD_PUSH(to->mem, &to->sources, source);
    return IGD_OK;
}

static int on_part(igd_str key IGD_UNUSED, const igd_kv_value *value, void *payload,
                   igd_error *err IGD_UNUSED)
{
    loader *to = payload;
    igd_value values[IGD_BOOK_COLUMNS_MAX];
    igd_str name = {0}, text = igd_arena_str(to->mem, value->bytes);
    if (value->there != IGD_KV_THERE || !read_row(to->book, text, to->mem, &name, values))
        return IGD_OK;
    igd_source_state *source = source_of(to, name);
    if (source && to->book == &igd_books[IGD_BOOK_TABLES]) {
        igd_table_state table = {0};
        igd_book_fill(to->book, values, to->mem, &table);
        if (!igd_state_table(source, table.collection))
            IGD_PUSH(to->mem, &source->tables, table);
    } else if (source) {
        igd_held_state held = {0};
        igd_book_fill(to->book, values, to->mem, &held);
        IGD_PUSH(to->mem, &source->held, held);
    }
    return IGD_OK;
}

static int scan_book(igd_kv_target *target, loader *to, igd_kv_scan_callback *callback,
                     igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf begins = IGD_BUF_INIT;
    igd_str part = igd_str_from(to->book->name);
    igd_buf_str(&begins, igd_keyspace_book(&target->books, to->mem, &part, 1));
    igd_buf_byte(&begins, target->books.separator);
    return target->ops->scan(target, igd_buf_view(&begins), IGD_KV_JSON, callback, to, err);
}

static int compare_tables(const void *a, const void *b)
{
    return igd_str_cmp(((const igd_table_state *)a)->collection,
                       ((const igd_table_state *)b)->collection);
}

static int compare_sources(const void *a, const void *b)
{
    return igd_str_cmp(((const igd_source_state *)a)->source,
                       ((const igd_source_state *)b)->source);
}

static int compare_held(const void *a, const void *b)
{
    const igd_held_state *left = a, *right = b;
    int order = igd_str_cmp(left->collection, right->collection);
    order = order ? order : igd_str_cmp(left->path, right->path);
    order = order ? order : igd_str_cmp(left->key, right->key);
    order = order ? order : igd_str_cmp(left->blob_id, right->blob_id);
    order = order ? order : igd_str_cmp(left->reason, right->reason);
    return order ? order : igd_str_cmp(left->row_digest, right->row_digest);
}

/* A scan may tell a key more than once, and no two keys hold the same. */
static void tell_held_once(igd_source_state *source)
{
    size_t kept = 0, count = source->held.len;
    igd_held_state *held = source->held.items;
    if (count)
        qsort(held, count, sizeof(*held), compare_held);
    for (size_t n = 0; n < count; n++)
        if (kept == 0 || compare_held(&held[kept - 1], &held[n]) != 0)
            held[kept++] = held[n];
    source->held.len = kept;
}

int igd_kv_state_load(igd_kv_target *target, igd_arena *mem, igd_state *out, igd_error *err)
{
    loader to = {.book = &igd_books[IGD_BOOK_STATE], .mem = mem};
    int rc = scan_book(target, &to, on_state, err);
    for (int n = IGD_BOOK_TABLES; !rc && n <= IGD_BOOK_HELD && to.sources.len; n++) {
        to.book = &igd_books[n];
        rc = scan_book(target, &to, on_part, err);
    }
    if (rc)
        return igd_error_prefix(err, "while reading the bookkeeping");
    for (size_t n = 0; n < to.sources.len; n++)
        tell_held_once(&to.sources.items[n]);
    if (to.sources.len)
        qsort(to.sources.items, to.sources.len, sizeof(*to.sources.items), compare_sources);
    for (size_t n = 0; n < to.sources.len; n++)
        if (to.sources.items[n].tables.len)
            qsort(to.sources.items[n].tables.items, to.sources.items[n].tables.len,
                  sizeof(igd_table_state), compare_tables);
    *out = (igd_state){
        .present = to.sources.len > 0, .sources = to.sources.items, .count = to.sources.len};
    return IGD_OK;
}

/* ---- writing ---- */

typedef IGD_LIST(igd_kv_write) write_list;

static void put(igd_arena *mem, write_list *list, igd_str key, igd_str text)
{
    igd_kv_write write = {.key = key, .any = true};
    if (text.ptr)
        write.value = (igd_kv_value){.there = IGD_KV_THERE, .bytes = text};
    IGD_PUSH(mem, list, write);
}

static bool has_key(const write_list *list, igd_str key)
{
    for (size_t n = 0; n < list->len; n++)
        if (igd_str_eq(list->items[n].key, key))
            return true;
    return false;
}

/* A held entry has no key of its own: its content is one. */
static igd_str held_id(igd_str text, igd_arena *mem)
{
    char hex[IGD_DIGEST_HEX];
    igd_digest_hex(igd_digest_of(text), hex);
    return igd_arena_str(mem, igd_str_from(hex));
}

static void put_parts(const igd_kv_target *target, const igd_source_state *state, igd_arena *mem,
                      write_list *out)
{
    const igd_book *tables = &igd_books[IGD_BOOK_TABLES], *held = &igd_books[IGD_BOOK_HELD];
    for (size_t n = 0; n < state->tables.len; n++) {
        const igd_table_state *table = &state->tables.items[n];
        put(mem, out, book_key(target, mem, tables, state->source, table->collection),
            row_text(tables, state->source, table, mem));
    }
    for (size_t n = 0; n < state->held.len; n++) {
        igd_str text = row_text(held, state->source, &state->held.items[n], mem);
        igd_str key = book_key(target, mem, held, state->source, held_id(text, mem));
        if (!has_key(out, key))
            put(mem, out, key, text);
    }
}

/* What is there and not part of the new state goes; what is the same need not be written. */
static void add_differences(const write_list *was, const write_list *now, igd_arena *mem,
                            write_list *out)
{
    for (size_t n = 0; n < was->len; n++)
        if (!has_key(now, was->items[n].key))
            put(mem, out, was->items[n].key, (igd_str){0});
    for (size_t n = 0; n < now->len; n++) {
        bool same = false;
        for (size_t w = 0; w < was->len; w++)
            same |= igd_str_eq(was->items[w].key, now->items[n].key) &&
                    igd_str_eq(was->items[w].value.bytes, now->items[n].value.bytes);
        if (!same)
            IGD_PUSH(mem, out, now->items[n]);
    }
}

static size_t write_size(const igd_kv_target *target, const igd_kv_write *write)
{
    return write->key.len + igd_kv_value_size(&write->value) + target->kv_limits.write_extra;
}

static int write_list_in_parts(igd_kv_target *target, write_list *list, igd_arena *mem,
                               igd_error *err)
{
    int rc = IGD_OK;
    for (size_t at = 0, end; !rc && at < list->len; at = end) {
        size_t bytes = 0;
        for (end = at; end < list->len && end - at < target->kv_limits.writes; end++) {
            bytes += write_size(target, &list->items[end]);
            if (end > at && bytes > target->kv_limits.bytes)
                break;
        }
        rc = target->ops->write(target, list->items + at, end - at, &target->fence, mem, err);
    }
    return rc;
}

/* A request has to have room for it: found before anything of it is written. */
static int check_size(const igd_kv_target *target, igd_str key, igd_str row, igd_error *err)
{
    size_t most = target->base.limits.row_bytes;
    if (most == 0 || row.len <= most)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_TARGET,
                   "key '%.*s' of the bookkeeping would have %zu bytes, and values of this target "
                   "up to %zu",
                   IGD_STR_ARG(key), row.len, most);
    return igd_hint(err, "sync fewer collections at a time, with --collections");
}

static int check_sizes(const igd_kv_target *target, const igd_source_state *state,
                       const write_list *rows, igd_arena *mem, igd_error *err)
{
    int rc = check_size(target, target->fence.key, igd_kv_state_row(state, mem), err);
    for (size_t n = 0; !rc && n < rows->len; n++)
        rc = check_size(target, rows->items[n].key, rows->items[n].value.bytes, err);
    return rc;
}

static int write_last(igd_kv_target *target, const igd_source_state *state, igd_arena *mem,
                      igd_error *err)
{
    igd_str row = igd_kv_state_row(state, mem), commit = IGD_STR("commit");
    write_list last = {0};
    put(mem, &last, target->fence.key, row);
    /* What runs listen to is the commit that all of it is at. */
    bool synced = !igd_state_in_progress(state) && state->commit_id.len > 0;
    if (synced)
        put(mem, &last, igd_keyspace_book(&target->books, mem, &commit, 1),
            igd_arena_str(mem, state->commit_id));
    int rc = target->ops->write(target, last.items, last.len, &target->fence, mem, err);
    if (rc)
        return rc;
    target->fence.value =
        (igd_kv_value){.there = IGD_KV_THERE, .bytes = igd_arena_str(target->run_mem, row)};
    if (synced && target->ops->committed)
        target->ops->committed(target, state->commit_id);
    return IGD_OK;
}

int igd_kv_state_store(igd_kv_target *target, const igd_source_state *state,
                       const igd_source_state *was, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    write_list before = {0}, now = {0}, changes = {0};
    if (was)
        put_parts(target, was, mem, &before);
    put_parts(target, state, mem, &now);
    add_differences(&before, &now, mem, &changes);
    int rc = check_sizes(target, state, &now, mem, err);
    if (!rc)
        rc = write_list_in_parts(target, &changes, mem, err);
    if (!rc)
        rc = write_last(target, state, mem, err);
    return rc ? igd_error_prefix(err, "while writing the state of source '%.*s'",
                                 IGD_STR_ARG(state->source))
              : IGD_OK;
}

int igd_kv_conflict_store(igd_kv_target *target, const igd_conflict *conflict, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const igd_book *book = &igd_books[IGD_BOOK_CONFLICTS];
    igd_conflict_row row = igd_conflict_row_of(conflict, &target->conflicts);
    igd_str parts[] = {igd_str_from(book->name), target->source,    row.commit_id, row.at,
                       row.collection,           conflict->key_text};
    write_list list = {0};
    igd_str text = row_text(book, target->source, &row, mem);
    /* What fits into no request: git has base and new value, nobody else has the old one. */
    if (target->kv_limits.bytes && text.len > target->kv_limits.bytes) {
        row.base = row.now = (igd_str){0};
        text = row_text(book, target->source, &row, mem);
    }
    put(mem, &list, igd_keyspace_book(&target->books, mem, parts, IGD_COUNT(parts)), text);
    return write_list_in_parts(target, &list, mem, err);
}
