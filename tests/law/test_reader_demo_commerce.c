/*
 * What the reader yields equals what an independent reader, written in another language, sees:
 * every record of every commit of demo-commerce, value by value.
 *
 * Known differences, by decision: an unquoted integer in a string column is text for us (D11), and
 * `$ID` / `id` is the key.
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "cmocka.h"
#include "sync/check.h"
#include "tests/support/demo_commerce.h"

static demo_commerce *demo;

typedef struct expected {
    cJSON *data;
    bool seen;
} expected;

typedef struct comparison {
    const igd_side *side;
    igd_map *records;
    size_t seen;
    size_t unquoted; /* integers in string columns */
} comparison;

/* "collection|parent/key" */
static igd_str name_of(igd_arena *mem, const cJSON *line)
{
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    const cJSON *parent;
    igd_buf_printf(&name, "%s|", cJSON_GetObjectItem(line, "collection")->valuestring);
    cJSON_ArrayForEach(parent, cJSON_GetObjectItem(line, "parents"))
        igd_buf_printf(&name, "%s/", parent->valuestring);
    igd_buf_puts(&name, cJSON_GetObjectItem(line, "key")->valuestring);
    return igd_arena_str(mem, igd_buf_view(&name));
}

static void load_expected(int commit, igd_arena *mem, igd_map *records, cJSON *keep)
{
    char name[64], command[4096], *line = NULL;
    size_t cap = 0;
    snprintf(name, sizeof(name), "demo-commerce.expected/%02d-%.7s.jsonl.gz", commit + 1,
             demo->commits[commit]);
    char *path = shared_data(name);
    snprintf(command, sizeof(command), "gzip -dc '%s'", path);
    free(path);
    FILE *in = popen(command, "r");
    assert_non_null(in);
    while (getline(&line, &cap, in) > 0) {
        cJSON *object = cJSON_Parse(line);
        assert_non_null(object);
        cJSON_AddItemToArray(keep, object);
        if (!cJSON_HasObjectItem(object, "data"))
            continue;
        expected *item = IGD_NEW(mem, expected);
        item->data = cJSON_GetObjectItem(object, "data");
        igd_map_put(records, name_of(mem, object), item);
    }
    free(line);
    assert_int_equal(pclose(in), 0);
}

static void assert_text(const igd_value *value, const char *text)
{
    if (!igd_str_is(value->text, text))
        fail_msg("'%.*s' is not '%s'", IGD_STR_ARG(value->text), text);
}

static void compare_value(comparison *c, const igd_column *column, const igd_value *value,
                          const cJSON *wanted)
{
    if (!wanted || cJSON_IsNull(wanted)) {
        if (value->kind != IGD_NULL)
            fail_msg("column %.*s has a value", IGD_STR_ARG(column->name));
        return;
    }
    switch (value->kind) {
    case IGD_STRING:
        if (cJSON_IsNumber(wanted)) {
            char text[32];
            snprintf(text, sizeof(text), "%.0f", wanted->valuedouble);
            assert_text(value, text);
            c->unquoted++;
            return;
        }
        assert_true(cJSON_IsString(wanted));
        assert_text(value, wanted->valuestring);
        return;
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
        assert_true(cJSON_IsString(wanted));
        assert_text(value, wanted->valuestring);
        return;
    case IGD_INT:
        assert_true(cJSON_IsNumber(wanted) && (double)value->integer == wanted->valuedouble);
        return;
    case IGD_FLOAT:
        assert_true(cJSON_IsNumber(wanted) && value->number == wanted->valuedouble);
        return;
    case IGD_BOOL:
        assert_true(cJSON_IsBool(wanted) && value->boolean == (bool)cJSON_IsTrue(wanted));
        return;
    case IGD_NULL:
    case IGD_JSON:
    case IGD_RAW:
        fail_msg("column %.*s: kind %d", IGD_STR_ARG(column->name), (int)value->kind);
    }
}

static void compare_row(comparison *c, const igd_slot *slot, const igd_value *row, cJSON *data)
{
    const igd_table *table = slot->table;
    igd_str key = row[table->key_count - 1].text;
    size_t members = 0;
    for (size_t n = table->key_count; n < table->column_count; n++) {
        char *name = strndup(table->columns[n].name.ptr, table->columns[n].name.len);
        const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(data, name);
        compare_value(c, &table->columns[n], &row[n], wanted);
        members += wanted != NULL;
        free(name);
    }
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(data, "$ID");
    if (!id)
        id = cJSON_GetObjectItemCaseSensitive(data, "id");
    if (id) {
        assert_true(igd_str_is(key, id->valuestring));
        members++;
    }
    assert_int_equal(members, cJSON_GetArraySize(data));
}

static int on_batch(igd_stream_batch *batch, void *payload, igd_error *err)
{
    (void)err;
    comparison *c = payload;
    const igd_slot *slot = &c->side->slots[batch->slot];
    for (size_t n = 0; n < batch->changes.len; n++) {
        const igd_value *row = batch->changes.items[n].now;
        igd_str name =
            igd_arena_printf(batch->mem, "%.*s|%.*s", IGD_STR_ARG(slot->table->collection),
                             IGD_STR_ARG(igd_row_key_text(slot->table, row, batch->mem)));
        expected *item = igd_map_get(c->records, name);
        if (!item)
            fail_msg("%.*s is not expected", IGD_STR_ARG(name));
        assert_false(item->seen);
        item->seen = true;
        compare_row(c, slot, row, item->data);
        c->seen++;
    }
    return IGD_OK;
}

static void read_commit(int commit)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_map) igd_map *records = igd_map_new();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = NULL;
    IGD_CLEANUP(igd_side)
    igd_side side = {0};
    igd_error err = IGD_ERROR_INIT;
    igd_problems problems = IGD_PROBLEMS_INIT(mem);
    igd_commit at;
    igd_mapping mapping = {.key_column = IGD_STR("id")};
    cJSON *keep = cJSON_CreateArray();
    load_expected(commit, mem, records, keep);

    assert_int_equal(igd_repo_open(&(igd_repo_options){.path = demo->path}, &repo, &err), IGD_OK);
    assert_int_equal(igd_repo_resolve(repo, demo->commits[commit], &at, &err), IGD_OK);
    assert_int_equal(igd_side_load(repo, &at, &mapping, false, mem, &problems, &side, &err),
                     IGD_OK);
    comparison c = {.side = &side, .records = records};
    igd_route *routes = IGD_NEW_ARRAY(mem, igd_route, side.slot_count);
    for (size_t n = 0; n < side.slot_count; n++)
        routes[n] = (igd_route){.all = true};
    igd_stream stream = {.repo = repo,
                         .new_side = &side,
                         .routes = routes,
                         .pass = IGD_PASS_UPSERTS,
                         .jobs = 2,
                         .callback = on_batch,
                         .payload = &c};
    assert_int_equal(igd_stream_run(&stream, &err), IGD_OK);
    assert_int_equal(c.seen, igd_map_count(records));
    assert_int_equal(c.unquoted, commit < 11 ? 17 : 0);
    cJSON_Delete(keep);
}

static void every_commit(void **state)
{
    (void)state;
    for (int n = 0; n < DEMO_COMMITS; n++)
        read_commit(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_commit)};
    demo = demo_commerce_new();
    if (!demo)
        return 77;
    int failed = cmocka_run_group_tests_name("reader on demo-commerce", tests, NULL, NULL);
    demo_commerce_free(demo);
    return failed;
}
