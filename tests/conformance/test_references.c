/*
 * Conformance: rows that other tables refer to, ours and those of others.
 */
#include "suite.h"
#include "tests.h"

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
    assert_true(suite_found(s, "t")->columns[1].not_null);
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
    assert_non_null(suite_found(s, "t"));
    assert_string_equal(suite_ask(s, "SELECT count(extra) FROM t"), "0");
}
