/*
 * Conformance: schema changes of tables to which others have added something.
 */
#include "suite.h"
#include "tests.h"

/* Everything that others may add to a table of ours, through a rebuild. */
void foreign_objects_survive(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    igd_change changes[2];
    igd_table *t = suite_rich(s, changes);
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

/* A table that somebody made since the run was checked is in its way, and not what it has created.
 */
void tables_of_others_are_not_created(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    igd_schema none = {0};
    igd_schema to =
        suite_schema(s, 2, suite_table(s, "t", "id key"), suite_table(s, "u", "id key"));
    igd_plan *plan = suite_plan(s, &none, &to);
    if (!igd_goes_in_steps(s->target->caps, plan))
        suite_skip(s, "the transaction takes back what it has created");
    if (suite_does_all(s, SUITE_REBUILDS))
        suite_skip(s, "nobody else can write meanwhile");
    suite_ok(s, suite_begin(s, "demo", plan));
    suite_sql(s, "CREATE TABLE u (x $text)");
    suite_fails(s, IGD_E_TARGET,
                s->target->driver->schema_apply(s->target, plan, IGD_PART_EXPAND, &s->err));
    assert_int_equal(s->target->created, 1);
    s->target->driver->rollback(s->target);
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

/* MariaDB then does not find a column that has a check of its own, to rename it. */
void tables_that_are_open_twice_change(void **state)
{
    suite *s = *state;
    suite_needs_sql(s);
    suite_ready(s);
    igd_table *t = suite_table(s, "t", "id key, n int, doc json, ok bool");
    igd_table *to = suite_table(s, "t", "id key, n int, doc int, ok int");
    igd_schema from = suite_schema(s, 1, t), next = suite_schema(s, 1, to);
    igd_change put = suite_put(t, suite_row(s, t, "a", "1", "[1]", "true"));
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, &put, 1));
    suite_sql(s, "CREATE INDEX mine ON t (n);"
                 "SELECT c.id FROM t c WHERE NOT EXISTS (SELECT 1 FROM t p WHERE p.n = c.n)");
    igd_change again = suite_put(to, suite_row(s, to, "a", "1", "7", "1"));
    suite_ok(s, suite_run(s, "demo", "c2", &from, &next, &again, 1));
    assert_string_equal(suite_dump(s, to).ptr, "a|1|7|1\n");
}
