/*
 * Conformance: tables that somebody else made, and what a driver says of them to who wants to take
 * them over.
 */
#include "suite.h"
#include "tests.h"

/* Makes a table and lets it be nobody's. */
static void make_unowned(suite *s, const igd_table *table, const igd_change *changes, size_t count)
{
    suite_needs_sql(s);
    suite_ready(s);
    igd_schema schema = suite_schema(s, 1, table);
    suite_ok(s, suite_run(s, "other", "c1", NULL, &schema, changes, count));
    suite_sql(s, "DELETE FROM ingitdb_sync_tables; DELETE FROM ingitdb_sync_state");
    suite_reopen(s);
}

static int adopt(suite *s, const igd_table *wanted, igd_table *out, bool *found)
{
    return s->target->driver->adopt(s->target, wanted, s->mem, out, found, &s->err);
}

void adopted_as_it_is_wanted(void **state)
{
    suite *s = *state;
    igd_table there;
    bool found = true;
    igd_table *t = suite_table(s, "t", "id key, day date, doc json, ok bool!, more int, n float");
    suite_check_min(s, t, "ck_more", "more", "0");
    make_unowned(s, t, NULL, 0);
    igd_table *wanted = suite_table(s, "t", "id key, doc json, day date, fresh string, ok bool");
    suite_ok(s, adopt(s, wanted, &there, &found));
    assert_true(found);
    assert_true(igd_str_eq(there.name, wanted->name));
    assert_true(igd_str_eq(there.collection, wanted->collection));
    for (size_t n = 0; n < wanted->column_count; n++) {
        ptrdiff_t at = igd_table_column(&there, wanted->columns[n].name);
        assert_int_equal(at < 0, igd_str_is(wanted->columns[n].name, "fresh"));
        if (at >= 0)
            assert_true(igd_type_eq(there.columns[at].type, wanted->columns[n].type));
    }
    assert_true(igd_table_column(&there, IGD_STR("more")) >= 0);
    assert_true(there.columns[igd_table_column(&there, IGD_STR("ok"))].not_null);
    assert_non_null(igd_table_check(&there, IGD_STR("ck_more")));
    suite_ok(s, adopt(s, suite_table(s, "nothing", "id key"), &there, &found));
    assert_false(found);
}

void not_adopted_when_it_does_not_fit(void **state)
{
    suite *s = *state;
    igd_table there;
    bool found;
    igd_table *t = suite_table(s, "t", "a key, b key, v string, n int, w string");
    suite_index(s, t, "ix_w", "w"); /* so it can be in a key on every engine */
    make_unowned(s, t, NULL, 0);
    static const struct {
        const char *columns, *says;
    } cases[] = {
        {"a key, b key, v int", "'v'"},           {"a key, b key, n string", "'n'"},
        {"a key, c key, v string", "'c'"},        {"a key, v string", "unique"},
        {"a key, b key, w key, n int", "unique"},
    };
    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        igd_table *wanted = suite_table(s, "t", cases[n].columns);
        suite_fails(s, IGD_E_UNOWNED, adopt(s, wanted, &there, &found));
        suite_says(s, "table 't' cannot be taken over");
        suite_says(s, cases[n].says);
        assert_true(s->err.hint[0]);
    }
    /* The order of the key is not the index's business. */
    suite_ok(s, adopt(s, suite_table(s, "t", "b key, a key, v string"), &there, &found));
}

/* A row that breaks what contract adds is named; the same row is nobody's business in a table that
 * is not taken over. */
void rows_of_adopted_tables_are_checked(void **state)
{
    suite *s = *state;
    igd_table *t = suite_table(s, "t", "id key, v int, parent string");
    igd_change changes[] = {suite_put(t, suite_row(s, t, "good", "5", NULL)),
                            suite_put(t, suite_row(s, t, "bad", "-5", "good")),
                            suite_put(t, suite_row(s, t, "lost", "1", "nobody"))};
    igd_table *checked = suite_table(s, "t", "id key, v int, parent string");
    igd_table *referring = suite_table(s, "t", "id key, v int, parent string");
    suite_check_min(s, checked, "ck_v", "v", "0");
    suite_reference(s, referring, "fk_parent", "parent", "t", false);
    make_unowned(s, t, changes, 3);
    igd_schema from = suite_schema(s, 1, t),
               to[] = {suite_schema(s, 1, checked), suite_schema(s, 1, referring)};
    static const char *const says[][2] = {{"row 'bad'", "ck_v"}, {"row 'lost'", "fk_parent"}};
    const igd_target_driver *driver = s->target->driver;
    for (size_t n = 0; n < 2; n++) {
        igd_plan *plan = suite_plan(s, &from, &to[n]);
        plan->tables[0].adopted = true;
        suite_ok(s, suite_begin(s, "demo", plan));
        suite_ok(s, driver->schema_apply(s->target, plan, IGD_PART_EXPAND, &s->err));
        suite_fails(s, IGD_E_UNOWNED,
                    driver->schema_apply(s->target, plan, IGD_PART_CONTRACT, &s->err));
        suite_says(s, says[n][0]);
        suite_says(s, says[n][1]);
        driver->rollback(s->target);
    }
}
