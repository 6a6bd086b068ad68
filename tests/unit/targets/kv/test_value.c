/*
 * Rows as values of a store and back, in both layouts; what is not in canonical form.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/kv/value.h"

static igd_arena *mem;
static igd_column columns[4];
static igd_table table;

static int setup(void **state IGD_UNUSED)
{
    static const char *const names[] = {"id", "n", "note", "tags"};
    static const igd_kind kinds[] = {IGD_STRING, IGD_INT, IGD_STRING, IGD_JSON};
    mem = igd_arena_new();
    for (size_t n = 0; n < IGD_COUNT(columns); n++) {
        columns[n].name = igd_str_from(names[n]);
        columns[n].type.kind = kinds[n];
    }
    table = (igd_table){.name = IGD_STR("t"),
                        .collection = IGD_STR("t"),
                        .columns = columns,
                        .column_count = IGD_COUNT(columns),
                        .key_count = 1};
    return 0;
}

static int teardown(void **state IGD_UNUSED)
{
    igd_arena_free(mem);
    return 0;
}

static igd_value *row_of(const char *id, int64_t n, const char *note, const char *tags)
{
    igd_value *row = IGD_NEW_ARRAY(mem, igd_value, 4);
    row[0] = igd_value_string(igd_str_from(id));
    row[1] = igd_value_int(n);
    if (note)
        row[2] = igd_value_string(igd_str_from(note));
    if (tags)
        row[3] = (igd_value){.kind = IGD_JSON, .text = igd_str_from(tags)};
    return row;
}

static const igd_value *back(const igd_kv_value *value, const char *id)
{
    igd_value key = igd_value_string(igd_str_from(id));
    igd_value *row = IGD_NEW_ARRAY(mem, igd_value, 4);
    igd_kv_row_of(&table, value, &key, mem, row);
    return row;
}

static igd_kv_value json(const char *text)
{
    return (igd_kv_value){.there = IGD_KV_THERE, .bytes = igd_str_from(text)};
}

static void round_trips(void **state IGD_UNUSED)
{
    igd_value *rows[] = {row_of("a", -5, "it's \"so\"\n", "{\"b\":[1,null]}"),
                         row_of("a", INT64_MAX, NULL, NULL), row_of("a", 0, "", "\"\"")};
    for (size_t n = 0; n < IGD_COUNT(rows); n++)
        for (int layout = IGD_KV_JSON; layout <= IGD_KV_HASH; layout++) {
            igd_kv_value value = igd_kv_value_of((igd_kv_layout)layout, &table, rows[n], mem);
            assert_true(igd_row_eq(&table, back(&value, "a"), rows[n]));
        }
    igd_kv_value value = igd_kv_value_of(IGD_KV_JSON, &table, rows[0], mem);
    assert_string_equal(value.bytes.ptr, "{\"id\":\"a\",\"n\":-5,\"note\":\"it's "
                                         "\\\"so\\\"\\n\",\"tags\":{\"b\":[1,null]}}");
}

/* Each is a change that somebody made. */
static void what_is_not_canonical(void **state IGD_UNUSED)
{
    static const char *const texts[] = {
        "{\"id\":\"a\", \"n\":1}",
        "{\"n\":1,\"id\":\"a\"}",
        "{\"id\":\"a\",\"n\":01}",
        "{\"id\":\"a\",\"n\":\"1\"}",
        "{\"id\":\"b\",\"n\":1}",
        "{\"n\":1}",
        "[]",
        "",
        "{\"id\":\"a\",\"n\":1}x",
        "{\"id\":\"a\",\"n\":1.0}",
        "{\"id\":\"a\",\"m\":2,\"n\":1}",
        "{\"id\":\"a\",\"n\":1,\"note\":null}",
        "{\"id\":\"a\",\"n\":1",
    };
    igd_value *row = row_of("a", 1, NULL, NULL);
    igd_kv_value right = json("{\"id\":\"a\",\"n\":1}");
    assert_true(igd_row_eq(&table, back(&right, "a"), row));
    for (size_t n = 0; n < IGD_COUNT(texts); n++) {
        igd_kv_value value = json(texts[n]);
        if (igd_row_eq(&table, back(&value, "a"), row))
            fail_msg("%s is taken for the row", texts[n]);
    }
}

static void fields(void **state IGD_UNUSED)
{
    igd_kv_field there[] = {{IGD_STR("theirs"), IGD_STR("x")},
                            {IGD_STR("n"), IGD_STR("1")},
                            {IGD_STR("id"), IGD_STR("a")}};
    igd_kv_value value = {.there = IGD_KV_THERE, .fields = there, .field_count = 3};
    igd_value *row = row_of("a", 1, NULL, NULL);
    igd_kv_value wanted = igd_kv_value_of(IGD_KV_HASH, &table, row, mem);
    assert_true(igd_row_eq(&table, back(&value, "a"), row));
    assert_true(igd_kv_value_fits(&value, &wanted));
    there[1].text = IGD_STR("+1");
    assert_int_equal(back(&value, "a")[1].kind, IGD_RAW);
    assert_false(igd_kv_value_fits(&value, &wanted));
    there[1].text = IGD_STR("1");
    there[0].name = IGD_STR("note");
    assert_false(igd_kv_value_fits(&value, &wanted));
    there[2].text = IGD_STR("b");
    assert_int_equal(back(&value, "a")[1].kind, IGD_RAW);
}

static void other_types(void **state IGD_UNUSED)
{
    igd_kv_value other = {.there = IGD_KV_OTHER}, absent = {0}, same = other;
    igd_value *row = row_of("a", 1, NULL, NULL);
    igd_kv_value wanted = igd_kv_value_of(IGD_KV_HASH, &table, row, mem);
    assert_int_equal(back(&other, "a")[1].kind, IGD_RAW);
    assert_false(igd_kv_value_fits(&other, &wanted));
    assert_false(igd_kv_value_fits(&other, &same));
    assert_false(igd_kv_value_fits(&absent, &wanted));
    assert_true(igd_kv_value_fits(&absent, &absent));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),
        cmocka_unit_test(what_is_not_canonical),
        cmocka_unit_test(fields),
        cmocka_unit_test(other_types),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
