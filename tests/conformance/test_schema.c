/*
 * Conformance: every kind of schema change with rows in the tables.
 */
#include <stdio.h>

#include "suite.h"
#include "tests.h"

/* Makes `from` with its changes, then goes on to `to` without any. */
static int alter(suite *s, const igd_table *from, const igd_table *to, const igd_change *changes,
                 size_t count)
{
    igd_schema a = suite_schema(s, 1, from), b = suite_schema(s, 1, to);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &a, changes, count));
    return suite_run(s, "demo", "c2", &a, &b, NULL, 0);
}

static void needs_schema(suite *s)
{
    if (!(s->target->caps & IGD_CAP_SCHEMA))
        suite_skip(s, "no schema");
}

static const char *sorted_dump(suite *s, const igd_table *t)
{
    if (!(s->target->caps & IGD_CAP_ORDERED_SCAN))
        suite_skip(s, "no ordered scan");
    return suite_dump(s, t).ptr;
}

void create_and_read_back(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_change changes[2];
    igd_table *t = suite_rich(s, changes);
    igd_schema schema = suite_schema(s, 1, t);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, changes, 2));
    igd_table *got = suite_found(s, "rich");
    assert_non_null(got);
    assert_int_equal(got->column_count, t->column_count);
    assert_int_equal(got->key_count, 1);
    for (size_t n = 0; n < t->column_count; n++) {
        assert_true(igd_str_eq(got->columns[n].name, t->columns[n].name));
        assert_true(igd_type_eq(got->columns[n].type, t->columns[n].type));
        assert_int_equal(got->columns[n].not_null, t->columns[n].not_null);
    }
    assert_non_null(igd_table_check(got, IGD_STR("ck_total")));
    assert_non_null(igd_table_foreign_key(got, IGD_STR("fk_parent")));
    assert_non_null(igd_table_index(got, IGD_STR("ix_parent")));
    assert_null(suite_found(s, "no such table"));
    assert_string_equal(sorted_dump(s, t), SUITE_RICH_ROWS);
}

/* What was created reads back as what was wanted: the next plan has nothing to do. */
void second_plan_is_empty(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_change changes[2];
    igd_table *t = suite_rich(s, changes);
    igd_schema schema = suite_schema(s, 1, t);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, changes, 2));
    igd_table *got = suite_found(s, "rich");
    got->collection = t->collection;
    igd_schema from = suite_schema(s, 1, got);
    assert_int_equal(suite_plan(s, &from, &schema)->op_count, 0);
}

void unowned_table_is_refused(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    suite_sql(s, "CREATE TABLE $Taken (x $text); INSERT INTO $Taken VALUES ('keep')");
    igd_table *fresh = suite_table(s, "fresh", "id key"), *t = suite_table(s, "taken", "id key");
    igd_schema schema = suite_schema(s, 2, fresh, t);
    suite_fails(s, IGD_E_UNOWNED, suite_run(s, "demo", "c1", NULL, &schema, NULL, 0));
    suite_says(s, "taken");
    assert_true(s->err.hint[0]);
    assert_null(suite_found(s, "fresh"));
    assert_string_equal(suite_ask(s, "SELECT x FROM $Taken"), "keep");
}

void other_sources_table_is_refused(void **state)
{
    suite *s = *state;
    suite_ready(s);
    needs_schema(s);
    igd_table *t = suite_table(s, "mine", "id key"),
              *more = suite_table(s, "mine", "id key, n int");
    igd_schema schema = suite_schema(s, 1, t), changed = suite_schema(s, 1, more), none = {0};
    suite_ok(s, suite_run(s, "first", "c1", NULL, &schema, NULL, 0));
    suite_fails(s, IGD_E_UNOWNED, suite_run(s, "second", "c1", NULL, &schema, NULL, 0));
    suite_says(s, "first");
    suite_fails(s, IGD_E_UNOWNED, suite_run(s, "second", "c1", &schema, &changed, NULL, 0));
    suite_fails(s, IGD_E_UNOWNED, suite_run(s, "second", "c1", &schema, &none, NULL, 0));
    assert_non_null(suite_found(s, "mine"));
}

void columns_come_and_go(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_change changes[2];
    igd_table *t = suite_rich(s, changes);
    igd_table *to = suite_table(s, "rich",
                                "id key, total int!, ok bool, extra bool, doc2 json, "
                                "parent string");
    suite_check_min(s, to, "ck_total", "total", "0");
    suite_reference(s, to, "fk_parent", "parent", "rich", false);
    suite_index(s, to, "ix_parent", "parent");
    suite_ok(s, alter(s, t, to, changes, 2));
    assert_string_equal(sorted_dump(s, to), "a|1|true|-|-|-\nb|2|-|-|-|a\n");
    igd_table *got = suite_found(s, "rich");
    assert_int_equal(got->column_count, 6);
    assert_true(igd_table_column(got, IGD_STR("note")) < 0);
    assert_non_null(igd_table_check(got, IGD_STR("ck_total")));
    assert_int_equal(got->foreign_keys.len, 1);
}

void kind_changes(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key, v int!, w string");
    igd_table *to = suite_table(s, "t", "id key, v string!, w bool");
    suite_check_min(s, t, "ck_v", "v", "0");
    igd_change put = suite_put(t, suite_row(s, t, "a", "1", "x"));
    igd_schema from = suite_schema(s, 1, t), next = suite_schema(s, 1, to);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, &put, 1));
    igd_plan *plan = suite_plan(s, &from, &next);
    const igd_table *between = igd_plan_table(plan, IGD_STR("t"))->between;
    needs_schema(s);
    igd_change refill = suite_put(between, suite_row(s, between, "a", "one", "true", "1", "x"));
    suite_ok(s, suite_run(s, "demo", "c2", &from, &next, &refill, 1));
    assert_string_equal(suite_dump(s, to).ptr, "a|one|true\n");
    igd_table *got = suite_found(s, "t");
    assert_int_equal(got->column_count, 3);
    assert_true(got->columns[igd_table_column(got, IGD_STR("v"))].not_null);
    assert_int_equal(got->checks.len, 0);
}

void not_null_comes_and_goes(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key, a int!, b int");
    igd_table *to = suite_table(s, "t", "id key, a int, b int!");
    igd_change put = suite_put(t, suite_row(s, t, "x", "1", "2"));
    suite_ok(s, alter(s, t, to, &put, 1));
    igd_table *got = suite_found(s, "t");
    assert_false(got->columns[igd_table_column(got, IGD_STR("a"))].not_null);
    assert_true(got->columns[igd_table_column(got, IGD_STR("b"))].not_null);
    assert_string_equal(suite_dump(s, to).ptr, "x|1|2\n");
    /* A row that the new constraint forbids stops the run. */
    igd_schema now = suite_schema(s, 1, to), back = suite_schema(s, 1, t);
    igd_change null = suite_put(to, suite_row(s, to, "y", NULL, "2"));
    suite_fails(s, IGD_E_TARGET, suite_run(s, "demo", "c3", &now, &back, &null, 1));
}

void checks_come_and_go(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key, a int, b string");
    igd_table *to = suite_table(s, "t", "id key, a int, b string");
    suite_check_min(s, t, "ck_old", "a", "0");
    suite_check_min(s, to, "ck_new", "a", "-5");
    igd_check length = {.name = IGD_STR("ck_len"),
                        .column = IGD_STR("b"),
                        .kind = IGD_CHECK_MAX_LENGTH,
                        .limit = 2};
    IGD_PUSH(s->mem, &to->checks, length);
    igd_check one_of = {.name = IGD_STR("ck_enum"), .column = IGD_STR("b"), .kind = IGD_CHECK_ENUM};
    IGD_PUSH(s->mem, &one_of.values, igd_value_string(IGD_STR("it's")));
    IGD_PUSH(s->mem, &one_of.values, igd_value_string(IGD_STR("\xF0\x9F\x98\x80\xF0\x9F\x98\x80")));
    IGD_PUSH(s->mem, &to->checks, one_of);
    igd_change put = suite_put(t, suite_row(s, t, "x", "1", "\xF0\x9F\x98\x80\xF0\x9F\x98\x80"));
    suite_ok(s, alter(s, t, to, &put, 1));
    igd_table *got = suite_found(s, "t");
    assert_int_equal(got->checks.len, 3);
    assert_null(igd_table_check(got, IGD_STR("ck_old")));
    igd_schema now = suite_schema(s, 1, to);
    igd_change fine = suite_put(to, suite_row(s, to, "y", "-5", NULL));
    suite_ok(s, suite_run(s, "demo", "c3", &now, &now, &fine, 1));
    igd_change low = suite_put(to, suite_row(s, to, "z", "-6", NULL));
    suite_fails(s, IGD_E_TARGET, suite_run(s, "demo", "c3", &now, &now, &low, 1));
    suite_says(s, "ck_new");
    igd_change longer = suite_put(to, suite_row(s, to, "z", "1", "it's"));
    suite_fails(s, IGD_E_TARGET, suite_run(s, "demo", "c3", &now, &now, &longer, 1));
    suite_says(s, "ck_len");
}

void references_come_and_go(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_table *p = suite_table(s, "p", "id key");
    igd_table *c = suite_table(s, "c", "id key, ref string, self string");
    igd_table *c2 = suite_table(s, "c", "id key, ref string, self string");
    suite_reference(s, c, "fk_self", "self", "c", false);
    suite_reference(s, c2, "fk_ref", "ref", "p", false);
    c->columns[1].key_text = c2->columns[2].key_text = true;
    igd_schema from = suite_schema(s, 2, p, c), to = suite_schema(s, 2, p, c2);
    igd_change puts[] = {suite_put(p, suite_row(s, p, "x")),
                         suite_put(c, suite_row(s, c, "1", "x", "1"))};
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, puts, 2));
    suite_ok(s, suite_run(s, "demo", "c2", &from, &to, NULL, 0));
    igd_table *got = suite_found(s, "c");
    assert_int_equal(got->foreign_keys.len, 1);
    assert_non_null(igd_table_foreign_key(got, IGD_STR("fk_ref")));
    assert_string_equal(suite_dump(s, c2).ptr, "1|x|1\n");
    if (!(s->target->caps & IGD_CAP_FOREIGN_KEYS))
        return;
    igd_change gone = suite_delete(p, suite_row(s, p, "x"));
    suite_fails(s, IGD_E_CONFLICT, suite_run(s, "demo", "c3", &to, &to, &gone, 1));
    assert_true(s->target->dangling);
}

void indexes_come_and_go(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key, a int, b int");
    igd_table *to = suite_table(s, "t", "id key, a int, b int");
    suite_index(s, t, "ix_a", "a");
    suite_index(s, to, "ix_b", "b");
    suite_ok(s, alter(s, t, to, NULL, 0));
    igd_table *got = suite_found(s, "t");
    assert_int_equal(got->indexes.len, 1);
    assert_true(igd_str_is(got->indexes.items[0].name, "ix_b"));
    assert_true(igd_str_is(got->indexes.items[0].columns.items[0], "b"));
}

void table_is_renamed(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_table *t = suite_table(s, "old_name", "id key, n int"), *to = IGD_NEW(s->mem, igd_table);
    *to = *t;
    to->name = IGD_STR("Old_Name");
    igd_table *last = IGD_NEW(s->mem, igd_table);
    *last = *t;
    last->name = IGD_STR("new name");
    igd_change put = suite_put(t, suite_row(s, t, "a", "1"));
    suite_ok(s, alter(s, t, to, &put, 1));
    assert_string_equal(suite_dump(s, to).ptr, "a|1\n");
    igd_schema b = suite_schema(s, 1, to), c = suite_schema(s, 1, last);
    suite_ok(s, suite_run(s, "demo", "c3", &b, &c, NULL, 0));
    assert_string_equal(suite_dump(s, last).ptr, "a|1\n");
    assert_null(suite_found(s, "old_name"));
}

void key_is_renamed(void **state)
{
    suite *s = *state;
    suite_ready(s);
    needs_schema(s);
    igd_table *t = suite_table(s, "t", "id key, n int");
    igd_table *to = suite_table(s, "t", "_key key, n int, id int");
    igd_change put = suite_put(t, suite_row(s, t, "a", "1"));
    suite_ok(s, alter(s, t, to, &put, 1));
    assert_string_equal(suite_dump(s, to).ptr, "a|1|-\n");
    igd_schema now = suite_schema(s, 1, to);
    igd_change same = suite_put(to, suite_row(s, to, "a", "2", "7"));
    suite_ok(s, suite_run(s, "demo", "c3", &now, &now, &same, 1));
    assert_string_equal(suite_dump(s, to).ptr, "a|2|7\n");
}

void key_changes(void **state)
{
    suite *s = *state;
    suite_ready(s);
    needs_schema(s);
    igd_table *t = suite_table(s, "t", "id key, n int");
    igd_table *to = suite_table(s, "t", "p_id key, id key, n int");
    suite_index(s, to, "ix_n", "n");
    igd_change put = suite_put(t, suite_row(s, t, "a", "1"));
    igd_schema from = suite_schema(s, 1, t), next = suite_schema(s, 1, to);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, &put, 1));
    if (s->driver->sql)
        suite_sql(s, "ALTER TABLE t ADD COLUMN extra $text DEFAULT 'd'");
    igd_change again = suite_put(to, suite_row(s, to, "p", "a", "1"));
    if (s->driver->sql) {
        /* Git does not have the values of a column that is not ours: nothing is made anew over it.
         */
        int code = suite_run(s, "demo", "c2", &from, &next, &again, 1);
        assert_int_equal(code, IGD_E_DESTRUCTIVE);
        assert_non_null(strstr(s->err.message, "column 'extra'"));
        assert_string_equal(suite_ask(s, "SELECT extra FROM t"), "d");
        suite_sql(s, "ALTER TABLE t DROP COLUMN extra");
    }
    suite_ok(s, suite_run(s, "demo", "c2", &from, &next, &again, 1));
    assert_string_equal(suite_dump(s, to).ptr, "p|a|1\n");
    assert_int_equal(suite_found(s, "t")->key_count, 2);
}

void tables_go(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_table *p = suite_table(s, "p", "id key, c string");
    igd_table *c = suite_table(s, "c", "p_id key, id key");
    igd_table *stays = suite_table(s, "stays", "id key, p string");
    igd_table *after = suite_table(s, "stays", "id key, p string");
    suite_reference(s, c, "fk_c", "p_id", "p", true);
    suite_reference(s, p, "fk_p", "c", "p", false);
    suite_reference(s, stays, "fk_stays", "p", "p", false);
    after->columns[1].key_text = true;
    igd_schema from = suite_schema(s, 3, p, c, stays), to = suite_schema(s, 1, after);
    igd_change puts[] = {suite_put(p, suite_row(s, p, "x", "x")),
                         suite_put(c, suite_row(s, c, "x", "1")),
                         suite_put(stays, suite_row(s, stays, "k", "x"))};
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, puts, 3));
    suite_ok(s, suite_run(s, "demo", "c2", &from, &to, NULL, 0));
    assert_null(suite_found(s, "p"));
    assert_null(suite_found(s, "c"));
    assert_string_equal(suite_dump(s, after).ptr, "k|x\n");
}
