/*
 * Conformance: every kind of schema change with rows in the tables, and what others put there.
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

static igd_table *found(suite *s, const char *name)
{
    igd_str_list names = {0};
    igd_schema schema;
    IGD_PUSH(s->mem, &names, igd_str_from(name));
    suite_ok(s, s->target->driver->schema_read(s->target, &names, s->mem, &schema, &s->err));
    return schema.table_count ? &schema.tables[0] : NULL;
}

/* A table with one of everything, and rows. */
static igd_table *rich(suite *s, igd_change changes[2])
{
    igd_table *t = suite_table(s, "rich",
                               "id key, total int!, note string, ok bool, doc json, "
                               "day date, parent string");
    suite_check_min(s, t, "ck_total", "total", "0");
    suite_reference(s, t, "fk_parent", "parent", "rich", false);
    suite_index(s, t, "ix_parent", "parent");
    changes[0] = suite_put(t, suite_row(s, t, "a", "1", "x", "true", "[1]", "2024-01-02", NULL));
    changes[1] = suite_put(t, suite_row(s, t, "b", "2", NULL, NULL, NULL, NULL, "a"));
    return t;
}

#define RICH_ROWS "a|1|x|true|[1]|2024-01-02|-\nb|2|-|-|-|-|a\n"

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
    igd_table *t = rich(s, changes);
    igd_schema schema = suite_schema(s, 1, t);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, changes, 2));
    igd_table *got = found(s, "rich");
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
    assert_null(found(s, "no such table"));
    assert_string_equal(sorted_dump(s, t), RICH_ROWS);
}

/* What was created reads back as what was wanted: the next plan has nothing to do. */
void second_plan_is_empty(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_change changes[2];
    igd_table *t = rich(s, changes);
    igd_schema schema = suite_schema(s, 1, t);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, changes, 2));
    igd_table *got = found(s, "rich");
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
    assert_null(found(s, "fresh"));
    assert_string_equal(suite_ask(s, "SELECT x FROM $Taken"), "keep");
}

void other_sources_table_is_refused(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_table *t = suite_table(s, "mine", "id key"),
              *more = suite_table(s, "mine", "id key, n int");
    igd_schema schema = suite_schema(s, 1, t), changed = suite_schema(s, 1, more), none = {0};
    suite_ok(s, suite_run(s, "first", "c1", NULL, &schema, NULL, 0));
    suite_fails(s, IGD_E_UNOWNED, suite_run(s, "second", "c1", NULL, &schema, NULL, 0));
    suite_says(s, "first");
    suite_fails(s, IGD_E_UNOWNED, suite_run(s, "second", "c1", &schema, &changed, NULL, 0));
    suite_fails(s, IGD_E_UNOWNED, suite_run(s, "second", "c1", &schema, &none, NULL, 0));
    assert_non_null(found(s, "mine"));
}

void columns_come_and_go(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_change changes[2];
    igd_table *t = rich(s, changes);
    igd_table *to = suite_table(s, "rich",
                                "id key, total int!, ok bool, extra bool, doc2 json, "
                                "parent string");
    suite_check_min(s, to, "ck_total", "total", "0");
    suite_reference(s, to, "fk_parent", "parent", "rich", false);
    suite_index(s, to, "ix_parent", "parent");
    suite_ok(s, alter(s, t, to, changes, 2));
    assert_string_equal(sorted_dump(s, to), "a|1|true|-|-|-\nb|2|-|-|-|a\n");
    igd_table *got = found(s, "rich");
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
    igd_change refill = suite_put(between, suite_row(s, between, "a", "one", "true", "1", "x"));
    suite_ok(s, suite_run(s, "demo", "c2", &from, &next, &refill, 1));
    assert_string_equal(suite_dump(s, to).ptr, "a|one|true\n");
    igd_table *got = found(s, "t");
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
    igd_table *got = found(s, "t");
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
    igd_table *got = found(s, "t");
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
    igd_table *got = found(s, "c");
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
    igd_table *got = found(s, "t");
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
    assert_null(found(s, "old_name"));
}

void key_is_renamed(void **state)
{
    suite *s = *state;
    suite_ready(s);
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
    assert_int_equal(found(s, "t")->key_count, 2);
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
    assert_null(found(s, "p"));
    assert_null(found(s, "c"));
    assert_string_equal(suite_dump(s, after).ptr, "k|x\n");
}

/* Everything that others may add to a table of ours, through a rebuild. */
void foreign_objects_survive(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    igd_change changes[2];
    igd_table *t = rich(s, changes);
    igd_schema from = suite_schema(s, 1, t);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, changes, 2));
    suite_sql(s, "$add_my_col; $add_twice; UPDATE rich SET \"my, col\" = 'mine' WHERE id = 'b';"
                 "$add_my_index; CREATE TABLE log (what $text); $add_my_triggers;"
                 "CREATE VIEW my_view AS SELECT id FROM rich; $add_broken_view;"
                 "CREATE TABLE mine (r $key, FOREIGN KEY (r) REFERENCES rich (id) "
                 "ON DELETE CASCADE);"
                 "INSERT INTO mine VALUES ('a'); $add_on_mine");
    igd_table *to = suite_table(s, "rich",
                                "id key, total int, note string, ok bool, doc json, "
                                "day date!, parent string!");
    suite_reference(s, to, "fk_parent", "parent", "rich", false);
    suite_index(s, to, "ix_parent", "parent");
    igd_schema next = suite_schema(s, 1, to);
    igd_change refills[] = {
        suite_put(to, suite_row(s, to, "a", "1", "x", "true", "[1]", "2024-01-02", "a")),
        suite_put(to, suite_row(s, to, "b", "2", NULL, NULL, NULL, "2024-01-03", "a"))};
    suite_ok(s, suite_run(s, "demo", "c2", &from, &next, refills, 2));

    assert_string_equal(suite_ask(s, "SELECT count(*) FROM rich"), "2");
    assert_string_equal(suite_ask(s, "SELECT \"my, col\" FROM rich WHERE id = 'a'"), "it's (so)");
    assert_string_equal(suite_ask(s, "SELECT id FROM rich WHERE \"my, col\" = 'MINE'"), "b");
    assert_string_equal(suite_ask(s, "SELECT twice FROM rich WHERE id = 'b'"), "4");
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM mine"), "1");
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM log"), "0");
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM my_view"), "2");
    igd_str named = igd_arena_printf(s->mem, "$count_named(%s)", suite_word(s, "named_in_rich"));
    assert_string_equal(suite_ask(s, named.ptr), suite_word(s, "count_of_rich"));
    assert_string_equal(suite_ask(s, "$mine_refers_to"), "rich");
    assert_string_equal(suite_ask(s, "$count_leftovers"), "0");
    igd_change put = suite_put(to, suite_row(s, to, "c", "1", "x", NULL, NULL, "2024-01-02", "a"));
    suite_ok(s, suite_run(s, "demo", "c3", &next, &next, &put, 1));
    assert_string_equal(suite_ask(s, "SELECT what FROM log"), "insert c");
}

/* What does not follow names keeps what it stands for: the run says what is in the way, changes
 * nothing, and goes once that is dropped. */
static void held_by(suite *s, uint32_t does, const char *name, const char *drop,
                    const igd_schema *from, const igd_schema *to, const igd_change *change)
{
    if (suite_does_all(s, does))
        return;
    igd_str before = suite_dump(s, &from->tables[0]);
    suite_fails(s, IGD_E_TARGET, suite_run(s, "demo", "c2", from, to, change, 1));
    suite_says(s, name);
    if (s->target->caps & IGD_CAP_DDL_IN_TX)
        assert_string_equal(suite_dump(s, &from->tables[0]).ptr, before.ptr);
    suite_sql(s, drop);
}

/* What goes by the name of a column whose type changes is not to follow its old values. */
void foreign_objects_stay_with_their_column(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key, v string!, w string");
    igd_table *to = suite_table(s, "t", "id key, v int!, w date");
    igd_schema from = suite_schema(s, 1, t), next = suite_schema(s, 1, to);
    igd_change put = suite_put(t, suite_row(s, t, "a", "1", "x"));
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, &put, 1));
    suite_sql(s, "CREATE TABLE log (what $text); CREATE VIEW my_view AS SELECT id, v, w FROM t;"
                 "$log_updates_of_v; $add_broken_view");
    if (suite_does_all(s, SUITE_INDEXES_TEXT))
        suite_sql(s, "CREATE INDEX my_index ON t (v, w)");
    igd_change refill = suite_put(to, suite_row(s, to, "a", "7", NULL));
    held_by(s, SUITE_VIEWS_BY_NAME, "my_view", "DROP VIEW my_view", &from, &next, &refill);
    suite_ok(s, suite_run(s, "demo", "c2", &from, &next, &refill, 1));
    assert_string_equal(suite_dump(s, to).ptr, "a|7|-\n");
    if (suite_does_all(s, SUITE_VIEWS_BY_NAME))
        assert_string_equal(suite_ask(s, "SELECT id || '-' || v || coalesce(w, '-') FROM my_view"),
                            "a-7-");
    if (suite_does_all(s, SUITE_INDEXES_TEXT))
        assert_string_equal(suite_ask(s, "$columns_of_my_index"), "v,w");
    assert_string_equal(suite_ask(s, "$count_leftovers"), "0");
    suite_sql(s, "DELETE FROM log; UPDATE t SET v = 8");
    assert_string_equal(suite_ask(s, "SELECT what FROM log"), "8");
}

/* One that makes tables again meets what others have while it does: without its transaction the run
 * is in progress then. */
static bool leaves_nothing(const suite *s)
{
    uint32_t whole = IGD_CAP_TRANSACTIONS | IGD_CAP_DDL_IN_TX;
    return !suite_does_all(s, SUITE_REBUILDS) || (s->target->caps & whole) == whole;
}

/* What the engine would drop along with a column, or stop at halfway, is in the way before anything
 * is written: also of who only looks. */
static void refused(suite *s, const igd_schema *from, const igd_schema *to, const igd_change *put,
                    const char *column, const char *object)
{
    igd_str before = suite_dump(s, &from->tables[0]);
    igd_begin look = {.source = IGD_STR("demo"),
                      .expected = suite_read(s, "demo"),
                      .plan = suite_plan(s, from, to)};
    if (!suite_does_all(s, SUITE_REBUILDS)) {
        suite_fails(s, IGD_E_TARGET, s->target->driver->snapshot(s->target, &look, &s->err));
        suite_says(s, object);
        s->target->driver->rollback(s->target);
    }
    suite_fails(s, IGD_E_TARGET, suite_run(s, "demo", "c2", from, to, put, 1));
    suite_says(s, column);
    suite_says(s, object);
    igd_error said = s->err;
    if (leaves_nothing(s)) {
        assert_string_equal(suite_dump(s, &from->tables[0]).ptr, before.ptr);
        assert_false(igd_state_in_progress(suite_read(s, "demo")));
        assert_string_equal(suite_ask(s, "$count_leftovers"), "0");
    }
    s->err = said;
}

void foreign_objects_hold_columns(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key, v int, w int, u int");
    igd_table *to = suite_table(s, "t", "id key, v int, u int");
    igd_schema from = suite_schema(s, 1, t), next = suite_schema(s, 1, to);
    igd_change put = suite_put(t, suite_row(s, t, "a", "1", "2", "3"));
    igd_change put_again = suite_put(to, suite_row(s, to, "a", "1", "4"));
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, &put, 1));
    suite_sql(s, "CREATE INDEX my_index ON t (v, w)");
    refused(s, &from, &next, &put_again, "w", "my_index");
    suite_sql(s, "$drop_index(my_index;t); CREATE UNIQUE INDEX my_unique ON t (w, u)");
    refused(s, &from, &next, &put_again, "w", "my_unique");
    suite_sql(s, "$drop_index(my_unique;t)");
    if (!suite_does_all(s, SUITE_REBUILDS)) {
        suite_sql(s, "ALTER TABLE t ADD CONSTRAINT my_check CHECK (w >= 0)");
        refused(s, &from, &next, &put_again, "w", "my_check");
        suite_sql(s, "ALTER TABLE t DROP CONSTRAINT my_check");
    }
    suite_ok(s, suite_run(s, "demo", "c2", &from, &next, &put_again, 1));
    assert_string_equal(suite_dump(s, to).ptr, "a|1|4\n");
}

/* Where the column of another type is another column. */
void foreign_objects_hold_types(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    if (!suite_does_all(s, SUITE_REFILLS_ASIDE))
        suite_skip(s, "what others made stays with a column whose type changes");
    igd_table *t = suite_table(s, "t", "id key, v int, ok bool, w int");
    igd_table *to = suite_table(s, "t", "id key, v date, ok int, w int");
    igd_schema from = suite_schema(s, 1, t), next = suite_schema(s, 1, to);
    igd_change put = suite_put(t, suite_row(s, t, "a", "1", "true", "2"));
    igd_change put_again = suite_put(to, suite_row(s, to, "a", "2024-01-02", "1", "2"));
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, &put, 1));
    suite_sql(s, "CREATE INDEX my_index ON t (w, v); ALTER TABLE t ADD CHECK (v <> 0);"
                 "ALTER TABLE t ADD COLUMN twice bigint GENERATED ALWAYS AS (v * 2) VIRTUAL;"
                 "CREATE INDEX not_in_the_way ON t (w)");
    refused(s, &from, &next, &put_again, "v", "index 'my_index'");
    suite_says(s, "check '");
    suite_says(s, "generated column 'twice'");
    assert_null(strstr(s->err.message, "'ok'"));
    suite_sql(s, "DROP INDEX my_index ON t");
    refused(s, &from, &next, &put_again, "v", "check '");
    suite_sql(s, "ALTER TABLE t DROP COLUMN twice");
    suite_sql(s, "CREATE TABLE mine (r bigint, KEY r (r)); CREATE UNIQUE INDEX v ON t (v);"
                 "ALTER TABLE mine ADD CONSTRAINT my_key FOREIGN KEY (r) REFERENCES t (v)");
    refused(s, &from, &next, &put_again, "v", "foreign key 'my_key' of table 'mine'");
    suite_sql(s, "DROP TABLE mine; DROP INDEX v ON t; $drop_unnamed_check");
    suite_ok(s, suite_run(s, "demo", "c2", &from, &next, &put_again, 1));
    assert_string_equal(suite_dump(s, to).ptr, "a|2024-01-02|1|2\n");
}

/* A table that goes can leave its name to another one; and it, or an index, may be gone already. */
void names_are_left_to_others(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key, v string");
    igd_table *other = suite_table(s, "u", "id key, v string");
    igd_table *to = suite_table(s, "t", "id key, v string, w string");
    suite_index(s, other, "ix_v", "v");
    to->collection = IGD_STR("another");
    igd_schema from = suite_schema(s, 2, t, other), next = suite_schema(s, 1, to), none = {0};
    igd_change put = suite_put(t, suite_row(s, t, "a", "1"));
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, &put, 1));
    suite_sql(s, "CREATE VIEW my_view AS SELECT id FROM t; $drop_index(ix_v;u);"
                 "CREATE TABLE mine (r $key, FOREIGN KEY (r) REFERENCES t (id))");
    /* Where a schema change is committed by itself, the new table is empty then. */
    if (s->target->caps & IGD_CAP_DDL_IN_TX)
        suite_sql(s, "INSERT INTO mine VALUES ('a')");
    igd_change again = suite_put(to, suite_row(s, to, "a", "1", "2"));
    held_by(s, SUITE_VIEWS_BY_NAME, "my_view", "DROP VIEW my_view", &from, &next, &again);
    held_by(s, SUITE_REFERENCES_BY_NAME, "mine", "DROP TABLE mine", &from, &next, &again);
    suite_ok(s, suite_run(s, "demo", "c2", &from, &next, &again, 1));
    if (suite_does_all(s, SUITE_VIEWS_BY_NAME))
        assert_string_equal(suite_ask(s, "SELECT $list(id) FROM my_view"), "a");
    if (suite_does_all(s, SUITE_REFERENCES_BY_NAME))
        assert_string_equal(suite_ask(s, "$mine_refers_to"), "t");
    assert_string_equal(suite_ask(s, "$count_leftovers"), "0");
    suite_sql(s, "DROP VIEW IF EXISTS my_view; DROP TABLE IF EXISTS mine; DROP TABLE t");
    suite_ok(s, suite_run(s, "demo", "c3", &next, &none, NULL, 0));
}

void foreign_references_hold_tables(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key");
    igd_schema schema = suite_schema(s, 1, t), none = {0};
    igd_change put = suite_put(t, suite_row(s, t, "a"));
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, &put, 1));
    suite_sql(s, "CREATE TABLE mine (r $key, FOREIGN KEY (r) REFERENCES $big_t (id) "
                 "ON DELETE CASCADE);"
                 "INSERT INTO mine VALUES ('a')");
    suite_fails(s, IGD_E_TARGET, suite_run(s, "demo", "c2", &schema, &none, NULL, 0));
    suite_says(s, "mine");
    if (leaves_nothing(s)) {
        assert_string_equal(suite_dump(s, t).ptr, "a\n");
        assert_false(igd_state_in_progress(suite_read(s, "demo")));
    }
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM mine"), "1");
}

/* The engine compares what refers by the rules of what is referred to; so has the deletion. */
void deletes_spare_what_only_looks_alike(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key, n int");
    igd_table *to = suite_table(s, "t", "id key, n int!");
    igd_schema from = suite_schema(s, 1, t), next = suite_schema(s, 1, to);
    igd_change puts[] = {suite_put(t, suite_row(s, t, "a", "1")),
                         suite_put(t, suite_row(s, t, "A", "1")),
                         suite_put(t, suite_row(s, t, "01", "1")),
                         suite_put(t, suite_row(s, t, "1", "1"))};
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, puts, 4));
    if (!suite_does_all(s, SUITE_LOOSE_REFERENCES))
        suite_skip(s, "what refers has the type and the collation of what it refers to");
    suite_sql(s, "CREATE TABLE texts (r TEXT COLLATE NOCASE REFERENCES t ON DELETE CASCADE);"
                 "CREATE TABLE numbers (r INTEGER REFERENCES t ON DELETE CASCADE);"
                 "INSERT INTO texts VALUES ('a'), ('A'); INSERT INTO numbers VALUES (1)");
    igd_change gone[] = {suite_delete(t, suite_row(s, t, "a", NULL)),
                         suite_delete(t, suite_row(s, t, "01", NULL))};
    suite_ok(s, suite_run(s, "demo", "c2", &from, &next, gone, 2));
    assert_string_equal(suite_ask(s, "SELECT $list(r) FROM texts"), "A");
    assert_string_equal(suite_ask(s, "SELECT $list(r) FROM numbers"), "1");
    igd_change last = suite_delete(t, suite_row(s, t, "1", NULL));
    suite_ok(s, suite_run(s, "demo", "c3", &next, &from, &last, 1));
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM numbers"), "0");
}

/* In a run that rebuilds, the engine's foreign keys may be off: their actions are not. */
void deletes_run_foreign_actions(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key, n int");
    igd_table *sub = suite_table(s, "sub", "t_id key, id key");
    suite_reference(s, sub, "fk_sub", "t_id", "t", true);
    igd_schema from = suite_schema(s, 2, t, sub);
    igd_change puts[] = {suite_put(t, suite_row(s, t, "a", "1")),
                         suite_put(t, suite_row(s, t, "b", "1")),
                         suite_put(t, suite_row(s, t, "c", "1")),
                         suite_put(sub, suite_row(s, sub, "a", "1")),
                         suite_put(sub, suite_row(s, sub, "b", "1"))};
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, puts, 5));
    suite_sql(s, "CREATE TABLE gone (r $key, id INTEGER PRIMARY KEY, up INTEGER,"
                 "FOREIGN KEY (r) REFERENCES t (id) ON DELETE CASCADE,"
                 "FOREIGN KEY (up) REFERENCES gone (id) ON DELETE CASCADE);"
                 "INSERT INTO gone VALUES ('a', 1, NULL), (NULL, 2, 1), (NULL, 3, 2), "
                 "('b', 4, NULL);"
                 "CREATE TABLE nulled (r $key, FOREIGN KEY (r) REFERENCES t (id) "
                 "ON DELETE SET NULL);"
                 "INSERT INTO nulled VALUES ('a'), ('b');"
                 "CREATE TABLE kept (r $key, FOREIGN KEY (r) REFERENCES t (id) "
                 "ON DELETE RESTRICT);"
                 "INSERT INTO kept VALUES ('c')");
    bool defaults = suite_does_all(s, SUITE_SET_DEFAULT);
    if (defaults)
        suite_sql(s, "CREATE TABLE defaulted (r $key DEFAULT 'b', FOREIGN KEY (r) REFERENCES "
                     "t (id) ON DELETE SET DEFAULT); INSERT INTO defaulted VALUES ('a')");
    igd_table *t2 = suite_table(s, "t", "id key, n int!");
    igd_schema to = suite_schema(s, 2, t2, sub);
    igd_change restricted = suite_delete(t, suite_row(s, t, "c", NULL));
    suite_fails(s, IGD_E_TARGET, suite_run(s, "demo", "c2", &from, &to, &restricted, 1));
    suite_says(s, "kept");
    /* Without transactions the schema is already in between. */
    if (!(s->target->caps & IGD_CAP_DDL_IN_TX))
        return;
    igd_change delete = suite_delete(t, suite_row(s, t, "a", NULL));
    suite_ok(s, suite_run(s, "demo", "c2", &from, &to, &delete, 1));
    assert_string_equal(suite_ask(s, "SELECT $list(id) FROM gone"), "4");
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM nulled WHERE r IS NULL"), "1");
    if (defaults)
        assert_string_equal(suite_ask(s, "SELECT r FROM defaulted"), "b");
    assert_string_equal(suite_ask(s, "SELECT $list(t_id) FROM sub"), "b");
    /* And the same without a rebuild. */
    delete = suite_delete(t2, suite_row(s, t2, "b", NULL));
    if (defaults)
        suite_sql(s, "DELETE FROM defaulted");
    suite_ok(s, suite_run(s, "demo", "c3", &to, &to, &delete, 1));
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM gone"), "0");
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM sub"), "0");
}

/* From another database; also when one from here has the checks switched off first. */
void references_from_elsewhere_hold_rows(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    if (!suite_does_all(s, SUITE_OTHER_DATABASES))
        suite_skip(s, "no references between databases");
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key, up string");
    suite_reference(s, t, "fk_up", "up", "t", false);
    igd_schema schema = suite_schema(s, 1, t);
    igd_str here = s->target->database;
    igd_change puts[] = {suite_put(t, suite_row(s, t, "a", NULL)),
                         suite_put(t, suite_row(s, t, "b", NULL)),
                         suite_put(t, suite_row(s, t, "c", NULL)),
                         suite_put(t, suite_row(s, t, "d", "c"))};
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, puts, 4));
    suite_sql(s, igd_arena_printf(s->mem,
                                  "CREATE DATABASE %.*s_2; CREATE TABLE %.*s_2.mine (r $key, "
                                  "FOREIGN KEY (r) REFERENCES %.*s.t (id)); "
                                  "INSERT INTO %.*s_2.mine VALUES ('a'), ('c'); CREATE TABLE "
                                  "%.*s_2.gone (r $key, FOREIGN KEY (r) REFERENCES %.*s.t (id) "
                                  "ON DELETE CASCADE); INSERT INTO %.*s_2.gone VALUES ('a'), ('b')",
                                  IGD_STR_ARG(here), IGD_STR_ARG(here), IGD_STR_ARG(here),
                                  IGD_STR_ARG(here), IGD_STR_ARG(here), IGD_STR_ARG(here),
                                  IGD_STR_ARG(here))
                     .ptr);
    igd_change held = suite_delete(t, suite_row(s, t, "a", NULL)),
               free = suite_delete(t, suite_row(s, t, "b", NULL));
    igd_change both[] = {suite_delete(t, suite_row(s, t, "c", NULL)),
                         suite_delete(t, suite_row(s, t, "d", "c"))};
    suite_fails(s, IGD_E_TARGET, suite_run(s, "demo", "c2", &schema, &schema, &held, 1));
    suite_says(s, "mine");
    suite_fails(s, IGD_E_TARGET, suite_run(s, "demo", "c2", &schema, &schema, both, 2));
    suite_says(s, "mine");
    suite_ok(s, suite_run(s, "demo", "c2", &schema, &schema, &free, 1));
    igd_str left = igd_arena_printf(s->mem, "SELECT $list(r) FROM %.*s_2.gone", IGD_STR_ARG(here));
    assert_string_equal(suite_ask(s, left.ptr), "a");
    assert_string_equal(suite_dump(s, t).ptr, "a|-\nc|-\nd|c\n");
    suite_sql(s, igd_arena_printf(s->mem, "DROP DATABASE %.*s_2", IGD_STR_ARG(here)).ptr);
}

/* A table with a reference of others' that points to a row. */
static igd_table *referred(suite *s, igd_schema *from, igd_schema *to)
{
    igd_table *t = suite_table(s, "t", "id key, n int"),
              *t2 = suite_table(s, "t", "id key, n int!");
    *from = suite_schema(s, 1, t);
    *to = suite_schema(s, 1, t2);
    igd_change puts[] = {suite_put(t, suite_row(s, t, "a", "1")),
                         suite_put(t, suite_row(s, t, "b", "1"))};
    suite_ok(s, suite_run(s, "demo", "c1", NULL, from, puts, 2));
    suite_sql(s, "CREATE TABLE mine (r $key, FOREIGN KEY (r) REFERENCES t (id));"
                 "INSERT INTO mine VALUES ('a')");
    return t;
}

void new_violations_fail(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    if (!(s->target->caps & IGD_CAP_FOREIGN_KEYS))
        suite_skip(s, "no foreign keys");
    igd_schema from, to;
    igd_table *t = referred(s, &from, &to);
    igd_change delete = suite_delete(t, suite_row(s, t, "a", NULL));
    suite_fails(s, IGD_E_TARGET, suite_run(s, "demo", "c2", &from, &to, &delete, 1));
    suite_says(s, "mine");
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM mine"), "1");
}

void old_violations_do_not(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    igd_schema from, to;
    referred(s, &from, &to);
    suite_sql(s, "$keys_off INSERT INTO mine VALUES ('nobody'); $break_a_reference");
    suite_ok(s, suite_run(s, "demo", "c2", &from, &to, NULL, 0));
    assert_true(found(s, "t")->columns[1].not_null);
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM mine"), "2");
}

void schema_change_of_others_is_noticed(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    igd_schema from, to;
    referred(s, &from, &to);
    igd_plan *plan = suite_plan(s, &from, &to);
    igd_begin begin = {.source = IGD_STR("demo"),
                       .expected = suite_read(s, "demo"),
                       .plan = plan,
                       .mark = suite_mark(s, "demo", plan)};
    suite_sql(s, "ALTER TABLE t ADD COLUMN extra $text");
    /* Others change the schema by the column, whatever else there is. */
    if (suite_does_all(s, SUITE_NOTICES_DDL))
        suite_fails(s, IGD_E_STALE_BASE, s->target->driver->begin(s->target, &begin, &s->err));
    suite_ok(s, suite_run(s, "demo", "c2", &from, &to, NULL, 0));
    assert_non_null(found(s, "t"));
    assert_string_equal(suite_ask(s, "SELECT count(extra) FROM t"), "0");
}
