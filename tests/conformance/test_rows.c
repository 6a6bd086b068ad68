/*
 * Conformance: records in and out.
 */
#include <stdio.h>

#include "suite.h"
#include "tests.h"

/* A table that is there, for tests about rows. */
static igd_table *made(suite *s, const char *name, const char *columns)
{
    suite_ready(s);
    igd_table *table = suite_table(s, name, columns);
    igd_schema schema = suite_schema(s, 1, table);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, NULL, 0));
    return table;
}

static int write_rows(suite *s, const igd_table *table, const igd_change *changes, size_t count)
{
    igd_schema schema = suite_schema(s, 1, table);
    return suite_run(s, "demo", "c2", &schema, &schema, changes, count);
}

void apply_is_idempotent(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, "t", "id key, n int, note string");
    igd_change changes[] = {
        suite_put(t, suite_row(s, t, "a", "1", "x")),
        suite_put(t, suite_row(s, t, "b", NULL, "")),
        suite_put(t, suite_row(s, t, "a", "2", NULL)),
        suite_delete(t, suite_row(s, t, "nobody", NULL, NULL)),
    };
    changes[0].kind = IGD_INSERT;
    for (int n = 0; n < 2; n++) {
        suite_ok(s, write_rows(s, t, changes, IGD_COUNT(changes)));
        assert_true(igd_str_is(suite_dump(s, t), "a|2|-\nb|-|\n") ||
                    igd_str_is(suite_dump(s, t), "b|-|\na|2|-\n"));
    }
    igd_change gone[] = {suite_delete(t, suite_row(s, t, "a", NULL, NULL)),
                         suite_delete(t, suite_row(s, t, "b", NULL, NULL))};
    for (int n = 0; n < 2; n++) {
        suite_ok(s, write_rows(s, t, gone, 2));
        assert_true(igd_str_is(suite_dump(s, t), ""));
    }
    igd_table *keys_only = suite_table(s, "t", "id key");
    igd_change key = suite_put(keys_only, suite_row(s, keys_only, "k"));
    suite_ok(s, write_rows(s, keys_only, &key, 1));
    suite_ok(s, write_rows(s, keys_only, &key, 1));
    assert_true(igd_str_is(suite_dump(s, keys_only), "k\n"));
}

static int compare_row(const igd_value *row, void *payload, igd_error *err)
{
    const igd_change **next = payload;
    const igd_change *change = (*next)++;
    for (size_t n = 0; n < change->table->column_count; n++)
        if (!igd_value_eq(&row[n], &change->now[n]))
            return igd_fail(err, IGD_E_BUG, "column %zu of a row differs", n);
    return IGD_OK;
}

void values_survive(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, "all",
                        "id key, s string, i int, f float, b bool, d date, t time, "
                        "dt datetime, j json");
    igd_change changes[] = {
        suite_put(t, suite_row(s, t, "1", "", "9223372036854775807", "1e-308", "true", "0001-01-01",
                               "00:00:00", "0001-01-01T00:00:00Z", "{}")),
        suite_put(t, suite_row(s, t, "2", "\xF0\x9F\x98\x80 'q' \"d\" \\ \n\t%s",
                               "-9223372036854775808", "1.7976931348623157e308", "false",
                               "9999-12-31", "23:59:59.999999", "9999-12-31T23:59:59.999999Z",
                               "{\"a\":[1,null,\"\xC3\xA9\"],\"n\":12345678901234567890}")),
        suite_put(t, suite_row(s, t, "3", " ", "0", "0.1", NULL, "2024-02-29", "12:00:00.000001",
                               "2024-02-29T12:00:00.500000Z", "\"text\"")),
        suite_put(t, suite_row(s, t, "4", NULL, NULL, "5", NULL, NULL, NULL, NULL, "null")),
        suite_put(t, suite_row(s, t, "5", "NULL", "-1", "5e-324", "true", NULL, NULL, NULL, "[]")),
        suite_put(t, suite_row(s, t, "6", "01234", "1", "-1234567.125", "true", NULL, NULL, NULL,
                               NULL)),
    };
    suite_ok(s, write_rows(s, t, changes, IGD_COUNT(changes)));
    if (!(s->target->caps & IGD_CAP_ORDERED_SCAN))
        return;
    const igd_change *next = changes;
    suite_ok(s, s->target->driver->scan(s->target, t, compare_row, &next, &s->err));
    assert_ptr_equal(next, changes + IGD_COUNT(changes));
}

void keys_survive(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, "keys", "id key, n int");
    static const char *const keys[] = {"it's",     "a\"b", "with space", "\xF0\x9F\x98\x80",
                                       "a/b:c%d",  "-- x", "NULL",       "1",
                                       "01",       "A",    "a",          "e\xCC\x81",
                                       "\xC3\xA9", "a ",   "\\",         "x'00'"};
    for (size_t n = 0; n < IGD_COUNT(keys); n++) {
        igd_change put = suite_put(t, suite_row(s, t, keys[n], "1"));
        suite_ok(s, write_rows(s, t, &put, 1));
    }
    for (size_t n = 0; n < IGD_COUNT(keys); n++) {
        igd_str rows = suite_dump(s, t);
        size_t lines = 0;
        for (size_t c = 0; c < rows.len; c++)
            lines += rows.ptr[c] == '\n';
        assert_int_equal(lines, IGD_COUNT(keys) - n);
        igd_change gone = suite_delete(t, suite_row(s, t, keys[n], NULL));
        suite_ok(s, write_rows(s, t, &gone, 1));
    }
    assert_true(igd_str_is(suite_dump(s, t), ""));
}

void scan_is_in_key_order(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, "t", "p key, id key");
    igd_change changes[] = {
        suite_put(t, suite_row(s, t, "b", "a")),
        suite_put(t, suite_row(s, t, "a", "b")),
        suite_put(t, suite_row(s, t, "a", "B")),
        suite_put(t, suite_row(s, t, "ab", "a")),
        suite_put(t, suite_row(s, t, "\xC3\xA9", "a")),
        suite_put(t, suite_row(s, t, "Z", "a")),
        suite_put(t, suite_row(s, t, "a", "\xF0\x9F\x98\x80")),
        suite_put(t, suite_row(s, t, "a", "\xEF\xBF\xBD")),
    };
    suite_ok(s, write_rows(s, t, changes, IGD_COUNT(changes)));
    igd_str rows = suite_dump(s, t);
    const char *sorted =
        "Z|a\na|B\na|b\na|\xEF\xBF\xBD\na|\xF0\x9F\x98\x80\nab|a\nb|a\n\xC3\xA9|a\n";
    if (s->target->caps & IGD_CAP_ORDERED_SCAN)
        assert_string_equal(rows.ptr, sorted);
    else
        assert_string_not_equal(rows.ptr, sorted);
}

void scan_shows_drift_raw(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    igd_table *t = made(s, "t", "id key, d date, j json, f float");
    suite_sql(s, "INSERT INTO t (id, d, j, f) VALUES "
                 "('1', $bad_date, '{\"b\": 1, \"a\":2}', $infinity)");
    igd_str row =
        igd_arena_printf(s->mem, "1|<%s>|%s|%s\n", suite_word(s, "bad_date_shown"),
                         suite_word(s, "loose_json_shown"), suite_word(s, "infinity_shown"));
    assert_string_equal(suite_dump(s, t).ptr, row.ptr);
}

void scan_without_a_column(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, "t", "id key, n int");
    igd_change put = suite_put(t, suite_row(s, t, "a", "1"));
    suite_ok(s, write_rows(s, t, &put, 1));
    igd_table *more = suite_table(s, "t", "id key, m string, n int");
    assert_string_equal(suite_dump(s, more).ptr, "a|-|1\n");
    if (!(s->target->caps & IGD_CAP_SCHEMA))
        return; /* a table is what has its rows */
    igd_table *none = suite_table(s, "no such table", "id key");
    igd_change *no_row = NULL;
    suite_fails(s, IGD_E_TARGET,
                s->target->driver->scan(s->target, none, compare_row, &no_row, &s->err));
}

static int stop_scan(const igd_value *row IGD_UNUSED, void *payload, igd_error *err)
{
    (*(int *)payload)++;
    return igd_fail(err, IGD_E_INTERRUPTED, "enough");
}

void scan_stops_when_told(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, "t", "id key");
    igd_change puts[] = {suite_put(t, suite_row(s, t, "a")), suite_put(t, suite_row(s, t, "b"))};
    suite_ok(s, write_rows(s, t, puts, 2));
    int calls = 0;
    suite_fails(s, IGD_E_INTERRUPTED,
                s->target->driver->scan(s->target, t, stop_scan, &calls, &s->err));
    assert_int_equal(calls, 1);
}

void load_fills(void **state)
{
    suite *s = *state;
    suite_ready(s);
    const igd_target_driver *driver = s->target->driver;
    if (!driver->load)
        suite_skip(s, "no load");
    igd_table *t = suite_table(s, "t", "id key, n int");
    suite_index(s, t, "ix_t", "n");
    igd_schema schema = suite_schema(s, 1, t);
    igd_plan *plan = suite_plan(s, NULL, &schema);
    suite_ok(s, suite_begin(s, "demo", plan));
    suite_ok(s, suite_schema_apply(s, plan, IGD_PART_EXPAND));
    igd_change batch[1000];
    for (size_t n = 0; n < 5000; n++) {
        igd_str key = igd_arena_printf(s->mem, "%05zu", n);
        batch[n % 1000] = suite_put(t, suite_row(s, t, key.ptr, key.ptr));
        if (n % 1000 == 999)
            suite_ok(s, driver->load(s->target, t, batch, 1000, &s->err));
    }
    suite_ok(s, suite_schema_apply(s, plan, IGD_PART_CONTRACT));
    suite_ok(s, driver->commit(s->target, suite_state(s, "demo", "r", "c", &schema), &s->err));
    igd_str rows = suite_dump(s, t);
    assert_true(igd_str_starts(rows, IGD_STR("00000|0\n00001|1\n")));
    assert_true(igd_str_ends(rows, IGD_STR("\n04999|4999\n")));
}

void rollback_leaves_nothing(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, "t", "id key, n int");
    if (!(s->target->caps & IGD_CAP_TRANSACTIONS) || !(s->target->caps & IGD_CAP_DDL_IN_TX))
        suite_skip(s, "no transactions around all of a run");
    igd_change put = suite_put(t, suite_row(s, t, "a", "1"));
    suite_ok(s, write_rows(s, t, &put, 1));
    igd_table *more = suite_table(s, "t", "id key, m string!");
    igd_table *fresh = suite_table(s, "fresh", "id key");
    igd_schema from = suite_schema(s, 1, t), to = suite_schema(s, 2, more, fresh);
    igd_plan *plan = suite_plan(s, &from, &to);
    const igd_target_driver *driver = s->target->driver;
    suite_ok(s, suite_begin(s, "demo", plan));
    suite_ok(s, suite_schema_apply(s, plan, IGD_PART_EXPAND));
    const igd_table *between = igd_plan_table(plan, IGD_STR("t"))->between;
    igd_change changes[] = {suite_put(between, suite_row(s, between, "a", "x", "2")),
                            suite_put(between, suite_row(s, between, "b", "y", "2"))};
    suite_ok(s, driver->apply(s->target, between, changes, 2, &s->err));
    suite_ok(s, suite_schema_apply(s, plan, IGD_PART_CONTRACT));
    driver->rollback(s->target);
    assert_string_equal(suite_dump(s, t).ptr, "a|1\n");
    assert_true(igd_str_is(suite_read(s, "demo")->commit_id, "c2"));
    igd_str_list names = {0};
    IGD_PUSH(s->mem, &names, fresh->name);
    igd_schema found;
    suite_ok(s, driver->schema_read(s->target, &names, s->mem, &found, &s->err));
    assert_int_equal(found.table_count, 0);
}

void failed_row_is_named(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, "t", "id key, n int!");
    if (!(s->target->caps & IGD_CAP_SCHEMA))
        suite_skip(s, "no schema that a row could break");
    igd_change changes[] = {suite_put(t, suite_row(s, t, "good", "1")),
                            suite_put(t, suite_row(s, t, "bad/key", NULL))};
    suite_fails(s, IGD_E_TARGET, write_rows(s, t, changes, 2));
    suite_says(s, "bad/key");
    assert_string_equal(s->err.place.collection, "t");
    assert_string_equal(s->err.place.path, "data/file.yaml");
    if (s->target->caps & IGD_CAP_TRANSACTIONS)
        assert_string_equal(suite_dump(s, t).ptr, "");
}

/* However many rows go at once. */
void failed_row_of_a_load_is_named(void **state)
{
    suite *s = *state;
    suite_ready(s);
    const igd_target_driver *driver = s->target->driver;
    if (!driver->load)
        suite_skip(s, "no load");
    igd_table *t = suite_table(s, "t", "id key, n int!");
    igd_schema schema = suite_schema(s, 1, t);
    igd_plan *plan = suite_plan(s, NULL, &schema);
    suite_ok(s, suite_begin(s, "demo", plan));
    suite_ok(s, suite_schema_apply(s, plan, IGD_PART_EXPAND));
    igd_change batch[1000];
    for (size_t n = 0; n < IGD_COUNT(batch); n++) {
        igd_str key = igd_arena_printf(s->mem, "%05zu", n);
        batch[n] = suite_put(t, suite_row(s, t, key.ptr, n == 612 ? NULL : "1"));
    }
    suite_fails(s, IGD_E_TARGET, driver->load(s->target, t, batch, IGD_COUNT(batch), &s->err));
    suite_says(s, "00612");
    assert_string_equal(s->err.place.key, "00612");
    driver->rollback(s->target);
}

/* Parents and children that go with them. */
static void family(suite *s, igd_table **parent, igd_table **child, igd_schema *schema)
{
    suite_ready(s);
    if (!(s->target->caps & IGD_CAP_FOREIGN_KEYS))
        suite_skip(s, "no foreign keys");
    *parent = suite_table(s, "parent", "id key, n int");
    *child = suite_table(s, "child", "parent_id key, id key");
    suite_reference(s, *child, "fk_child", "parent_id", "parent", true);
    *schema = suite_schema(s, 2, *parent, *child);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, schema, NULL, 0));
}

void update_keeps_children(void **state)
{
    suite *s = *state;
    igd_table *parent, *child;
    igd_schema schema;
    family(s, &parent, &child, &schema);
    igd_change changes[] = {suite_put(parent, suite_row(s, parent, "p", "1")),
                            suite_put(child, suite_row(s, child, "p", "c")),
                            suite_put(parent, suite_row(s, parent, "p", "2"))};
    suite_ok(s, suite_run(s, "demo", "c2", &schema, &schema, changes, 3));
    assert_string_equal(suite_dump(s, child).ptr, "p|c\n");
    igd_change gone = suite_delete(parent, suite_row(s, parent, "p", NULL));
    suite_ok(s, suite_run(s, "demo", "c3", &schema, &schema, &gone, 1));
    assert_string_equal(suite_dump(s, child).ptr, "");
}

void dangling_reference_fails(void **state)
{
    suite *s = *state;
    igd_table *parent, *child;
    igd_schema schema;
    family(s, &parent, &child, &schema);
    igd_change change = suite_put(child, suite_row(s, child, "nobody", "c"));
    suite_fails(s, IGD_E_TARGET, suite_run(s, "demo", "c2", &schema, &schema, &change, 1));
    suite_says(s, "child");
    assert_string_equal(suite_dump(s, child).ptr, "");
    assert_true(igd_str_is(suite_read(s, "demo")->commit_id, "c1"));
}

void references_may_come_late(void **state)
{
    suite *s = *state;
    igd_table *parent, *child;
    igd_schema schema;
    family(s, &parent, &child, &schema);
    igd_change changes[] = {suite_put(child, suite_row(s, child, "p", "c")),
                            suite_put(parent, suite_row(s, parent, "p", "1"))};
    suite_ok(s, suite_run(s, "demo", "c2", &schema, &schema, changes, 2));
    assert_string_equal(suite_dump(s, child).ptr, "p|c\n");
}
