/*
 * Conformance: rows that somebody else changed, under every policy.
 */
#include <stdio.h>

#include "schema/canonical.h"
#include "suite.h"
#include "tests.h"

typedef struct told {
    int count;
    igd_decision last;
} told;

static void on_conflict(const igd_conflict *conflict, void *payload)
{
    told *to = payload;
    to->count++;
    to->last = conflict->decision;
}

static void set_policy(suite *s, igd_on_conflict on, told *to)
{
    *to = (told){0};
    s->conflicts = (igd_conflict_policy){.on = on,
                                         .commit_id = IGD_STR("c2"),
                                         .at = IGD_STR("2026-01-02T03:04:05Z"),
                                         .callback = on_conflict,
                                         .payload = to};
}

static igd_table *made(suite *s, const char *columns, const char *rows)
{
    if (!s->driver->sql && !s->driver->put_rows)
        suite_skip(s, "no way to edit by hand");
    if (!s->target)
        suite_ready(s);
    igd_table *table = suite_table(s, "t", columns);
    igd_schema schema = suite_schema(s, 1, table);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, NULL, 0));
    if (*rows)
        suite_put_rows(s, table, rows);
    return table;
}

static int write_change(suite *s, const igd_table *table, const igd_change *change)
{
    igd_schema schema = suite_schema(s, 1, table);
    return suite_run(s, "demo", "c2", &schema, &schema, change, 1);
}

static igd_change change_of(const igd_table *table, const igd_value *base, const igd_value *now)
{
    return (igd_change){.kind = !base ? IGD_INSERT
                                : now ? IGD_UPDATE
                                      : IGD_DELETE,
                        .base_known = true,
                        .table = table,
                        .base_table = base ? table : NULL,
                        .base = base,
                        .now = now,
                        .path = IGD_STR("data/file.yaml")};
}

/*
 * One change over one edit by hand, under each policy. `target` are the rows that the edit left,
 * and that stay; `source` are those that git has, and `record` what is said of it, without the
 * decision.
 */
typedef struct play {
    const char *source, *target, *record;
    igd_decision decision;
} play;

static void check_policy(suite *s, const igd_table *t, const play *p, const igd_change *change,
                         igd_on_conflict on)
{
    told to;
    bool keeps = on == IGD_CONFLICT_TARGET;
    suite_put_rows(s, t, p->target);
    suite_clear_conflicts(s);
    igd_str before = suite_dump(s, t);
    set_policy(s, on, &to);
    if (on == IGD_CONFLICT_FAIL) {
        suite_fails(s, IGD_E_CONFLICT, write_change(s, t, change));
        suite_says(s, "a'");
        assert_string_equal(s->err.place.collection, "t");
        assert_string_equal(s->err.place.key, "a");
        assert_int_equal(to.count, 0);
        assert_string_equal(suite_dump(s, t).ptr, before.ptr);
        assert_string_equal(suite_conflicts(s), "(none)");
        return;
    }
    suite_ok(s, write_change(s, t, change));
    assert_string_equal(suite_dump(s, t).ptr, keeps ? p->target : p->source);
    assert_int_equal(to.count, 1);
    assert_int_equal(to.last, keeps ? IGD_KEPT : p->decision);
    igd_str line =
        igd_arena_printf(s->mem, "%s t [\"a\"] c2 %s", igd_decision_word(to.last), p->record);
    assert_string_equal(suite_conflicts(s), line.ptr);
    /* Once more: what is done is done, what is kept is met again. */
    suite_clear_conflicts(s);
    set_policy(s, on, &to);
    suite_ok(s, write_change(s, t, change));
    assert_string_equal(suite_dump(s, t).ptr, keeps ? p->target : p->source);
    assert_int_equal(to.count, keeps);
}

static void check_play(suite *s, const igd_table *t, const play *p, const igd_change *change)
{
    check_policy(s, t, p, change, IGD_CONFLICT_SOURCE);
    check_policy(s, t, p, change, IGD_CONFLICT_TARGET);
    check_policy(s, t, p, change, IGD_CONFLICT_FAIL);
}

/* Nothing is recorded, whatever the policy. */
static void check_quiet(suite *s, const igd_table *t, const char *rows, const igd_change *change,
                        const char *after)
{
    for (int on = IGD_CONFLICT_SOURCE; on <= IGD_CONFLICT_FAIL; on++) {
        told to;
        suite_put_rows(s, t, rows);
        set_policy(s, (igd_on_conflict)on, &to);
        suite_ok(s, write_change(s, t, change));
        assert_string_equal(suite_dump(s, t).ptr, after);
        assert_int_equal(to.count, 0);
        assert_string_equal(suite_conflicts(s), "(none)");
    }
}

#define COLUMNS "id key, n int, note string"

void untouched_rows_are_no_conflict(void **state)
{
    suite *s = *state;
    igd_table *t =
        made(s, "id key, s string, i int, f float, b bool, d date, dt datetime, j json", "");
    igd_value *base = suite_row(s, t, "a", "it's", "-5", "0.1", "true", "2024-02-29",
                                "2024-02-29T12:00:00.500000Z", "{\"a\":[1,null]}");
    igd_value *none = suite_row(s, t, "a", NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    igd_change add = change_of(t, NULL, base), clear = change_of(t, base, none),
               fill = change_of(t, none, base), gone = change_of(t, base, NULL),
               gone_too = change_of(t, none, NULL);
    igd_change all[] = {add, clear, fill, gone, add, clear, gone_too};
    for (int on = IGD_CONFLICT_SOURCE; on <= IGD_CONFLICT_FAIL; on++) {
        told to;
        set_policy(s, (igd_on_conflict)on, &to);
        for (size_t n = 0; n < IGD_COUNT(all); n++)
            suite_ok(s, write_change(s, t, &all[n]));
        assert_int_equal(to.count, 0);
        assert_string_equal(suite_dump(s, t).ptr, "");
    }
    assert_string_equal(suite_conflicts(s), "(none)");
}

void equal_rows_are_no_conflict(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, COLUMNS, "");
    igd_value *old = suite_row(s, t, "a", "1", "x"), *new = suite_row(s, t, "a", "2", NULL);
    igd_change update = change_of(t, old, new), add = change_of(t, NULL, new),
               gone = change_of(t, old, NULL), unknown = change_of(t, NULL, new);
    unknown.base_known = false;
    check_quiet(s, t, "a|2|-\n", &update, "a|2|-\n");
    check_quiet(s, t, "a|2|-\n", &add, "a|2|-\n");
    check_quiet(s, t, "a|2|-\n", &unknown, "a|2|-\n");
    check_quiet(s, t, "", &unknown, "a|2|-\n");
    check_quiet(s, t, "", &gone, "");
}

void edited_row(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, COLUMNS, "");
    igd_change change =
        change_of(t, suite_row(s, t, "a", "1", NULL), suite_row(s, t, "a", "2", "y"));
    static const play plays[] = {
        {"a|2|y\n", "a|5|-\n",
         "{\"id\":\"a\",\"n\":1} {\"id\":\"a\",\"n\":5} {\"id\":\"a\",\"n\":2,\"note\":\"y\"}",
         IGD_OVERWRITTEN},
        {"a|2|y\n", "a|1|\n",
         "{\"id\":\"a\",\"n\":1} {\"id\":\"a\",\"n\":1,\"note\":\"\"} "
         "{\"id\":\"a\",\"n\":2,\"note\":\"y\"}",
         IGD_OVERWRITTEN},
        {"a|2|y\n", "a|-|-\n",
         "{\"id\":\"a\",\"n\":1} {\"id\":\"a\"} {\"id\":\"a\",\"n\":2,\"note\":\"y\"}",
         IGD_OVERWRITTEN},
    };
    for (size_t n = 0; n < IGD_COUNT(plays); n++)
        check_play(s, t, &plays[n], &change);
}

/* By a column that others have given a collation: of a table that was taken over, as a rule. */
void edited_to_look_alike(void **state)
{
    suite *s = *state;
    told to;
    if (!suite_does_all(s, SUITE_ALIKE_TEXTS))
        suite_skip(s, "texts are equal when their bytes are");
    igd_table *t = made(s, "id key, v string", "");
    suite_sql(s, "ALTER TABLE t MODIFY v varchar(50) CHARACTER SET utf8mb4 COLLATE "
                 "utf8mb4_general_ci");
    igd_change changes[40];
    igd_schema schema = suite_schema(s, 1, t);
    for (size_t n = 0; n < IGD_COUNT(changes); n++) {
        const char *key = igd_arena_printf(s->mem, "k%02zu", n).ptr;
        suite_sql(s, igd_arena_printf(s->mem, "INSERT INTO t VALUES ('%s', 'FOO  ')", key).ptr);
        changes[n] = change_of(t, suite_row(s, t, key, "foo"), suite_row(s, t, key, "Foo"));
    }
    for (size_t count = 1; count <= IGD_COUNT(changes); count += IGD_COUNT(changes) - 1) {
        set_policy(s, IGD_CONFLICT_TARGET, &to);
        suite_ok(s, suite_run(s, "demo", "c2", &schema, &schema, changes, count));
        assert_int_equal(to.count, count);
        assert_string_equal(suite_ask(s, "SELECT count(*) FROM t WHERE v = BINARY 'FOO  '"), "40");
    }
    set_policy(s, IGD_CONFLICT_SOURCE, &to);
    suite_ok(s, suite_run(s, "demo", "c2", &schema, &schema, changes, IGD_COUNT(changes)));
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM t WHERE v = BINARY 'Foo'"), "40");
}

void row_deleted_by_hand(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, COLUMNS, "");
    igd_change change =
        change_of(t, suite_row(s, t, "a", "1", "x"), suite_row(s, t, "a", "2", "x"));
    play p = {"a|2|x\n", "",
              "{\"id\":\"a\",\"n\":1,\"note\":\"x\"} - {\"id\":\"a\",\"n\":2,\"note\":\"x\"}",
              IGD_OVERWRITTEN};
    check_play(s, t, &p, &change);
}

void row_added_by_hand(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, COLUMNS, "");
    igd_change change = change_of(t, NULL, suite_row(s, t, "a", "2", "x"));
    play p = {"a|2|x\n", "a|2|mine\n",
              "- {\"id\":\"a\",\"n\":2,\"note\":\"mine\"} {\"id\":\"a\",\"n\":2,\"note\":\"x\"}",
              IGD_OVERWRITTEN};
    check_play(s, t, &p, &change);
}

void edited_row_is_to_go(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, COLUMNS, "");
    igd_change change = change_of(t, suite_row(s, t, "a", "1", "x"), NULL);
    play p = {"", "a|1|mine\n",
              "{\"id\":\"a\",\"n\":1,\"note\":\"x\"} {\"id\":\"a\",\"n\":1,\"note\":\"mine\"} -",
              IGD_DELETED};
    check_play(s, t, &p, &change);
}

void base_is_not_known(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, COLUMNS, "");
    igd_change change = change_of(t, NULL, suite_row(s, t, "a", "2", "x"));
    change.base_known = false;
    change.kind = IGD_UPDATE;
    play p = {"a|2|x\n", "a|1|x\n",
              "- {\"id\":\"a\",\"n\":1,\"note\":\"x\"} {\"id\":\"a\",\"n\":2,\"note\":\"x\"}",
              IGD_OVERWRITTEN};
    check_play(s, t, &p, &change);
}

void base_known_by_digest(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, COLUMNS, "");
    igd_buf scratch = IGD_BUF_INIT;
    igd_change change = change_of(t, NULL, suite_row(s, t, "a", "2", "x"));
    change.kind = IGD_UPDATE;
    change.base_table = t;
    change.base_digest = igd_row_digest(t, suite_row(s, t, "a", "1", "x"), &scratch);
    igd_buf_free(&scratch);
    check_quiet(s, t, "a|1|x\n", &change, "a|2|x\n");
    play p = {"a|2|x\n", "a|7|x\n",
              "- {\"id\":\"a\",\"n\":7,\"note\":\"x\"} {\"id\":\"a\",\"n\":2,\"note\":\"x\"}",
              IGD_OVERWRITTEN};
    check_play(s, t, &p, &change);
}

typedef struct later {
    suite *s;
    const igd_table *table;
    int count;
} later;

/* Between the record of a conflict and the write. */
static void edit_once_more(const igd_conflict *conflict IGD_UNUSED, void *payload)
{
    later *to = payload;
    if (to->count++ == 0)
        suite_put_rows(to->s, to->table, "a|9|later\n");
}

void edited_again_before_the_write(void **state)
{
    suite *s = *state;
    if (!s->driver->put_rows)
        suite_skip(s, "rows are written as they were read, or not at all");
    igd_table *t = made(s, COLUMNS, "a|5|mine\n");
    igd_change change =
        change_of(t, suite_row(s, t, "a", "1", "x"), suite_row(s, t, "a", "2", "x"));
    later to = {.s = s, .table = t};
    s->conflicts = (igd_conflict_policy){.on = IGD_CONFLICT_SOURCE,
                                         .commit_id = IGD_STR("c2"),
                                         .at = IGD_STR("2026-01-02T03:04:05Z"),
                                         .callback = edit_once_more,
                                         .payload = &to};
    suite_ok(s, write_change(s, t, &change));
    assert_int_equal(to.count, 1);
    assert_string_equal(suite_dump(s, t).ptr, "a|2|x\n");
    assert_string_equal(suite_conflicts(s),
                        "overwritten t [\"a\"] c2 {\"id\":\"a\",\"n\":1,\"note\":\"x\"} "
                        "{\"id\":\"a\",\"n\":9,\"note\":\"later\"} "
                        "{\"id\":\"a\",\"n\":2,\"note\":\"x\"}");
}

void found_by_a_compare(void **state)
{
    suite *s = *state;
    igd_table *t = made(s, COLUMNS, "");
    igd_value *row = suite_row(s, t, "a", "1", "x");
    igd_change drift = change_of(t, row, row), extra = change_of(t, NULL, NULL);
    drift.cause = extra.cause = IGD_CAUSE_DRIFT;
    extra.kind = IGD_DELETE;
    extra.old = suite_row(s, t, "a", "1", "mine");
    play edited = {"a|1|x\n", "a|1|mine\n",
                   "{\"id\":\"a\",\"n\":1,\"note\":\"x\"} {\"id\":\"a\",\"n\":1,\"note\":\"mine\"} "
                   "{\"id\":\"a\",\"n\":1,\"note\":\"x\"}",
                   IGD_OVERWRITTEN};
    check_play(s, t, &edited, &drift);
    play deleted = {"a|1|x\n", "",
                    "{\"id\":\"a\",\"n\":1,\"note\":\"x\"} - {\"id\":\"a\",\"n\":1,\"note\":\"x\"}",
                    IGD_OVERWRITTEN};
    check_play(s, t, &deleted, &drift);
    play added = {"", "a|1|mine\n", "- {\"id\":\"a\",\"n\":1,\"note\":\"mine\"} -", IGD_DELETED};
    check_play(s, t, &added, &extra);
}

/* ---- while the table changes ---- */

void columns_that_go_count(void **state)
{
    suite *s = *state;
    told to;
    igd_table *t = made(s, COLUMNS, "a|1|x\nb|1|mine\n");
    igd_table *less = suite_table(s, "t", "id key, m string, n int");
    igd_change changes[] = {
        change_of(t, suite_row(s, t, "a", "1", "x"), suite_row(s, less, "a", "new", "2")),
        change_of(t, suite_row(s, t, "b", "1", "x"), suite_row(s, less, "b", "new", "2")),
    };
    changes[0].table = changes[1].table = less;
    igd_schema before = suite_schema(s, 1, t), after = suite_schema(s, 1, less);
    set_policy(s, IGD_CONFLICT_SOURCE, &to);
    suite_ok(s, suite_run(s, "demo", "c2", &before, &after, changes, 2));
    assert_non_null(strstr(suite_dump(s, less).ptr, "a|new|2\n"));
    assert_int_equal(to.count, 1);
    assert_string_equal(suite_conflicts(s),
                        "overwritten t [\"b\"] c2 {\"id\":\"b\",\"n\":1,\"note\":\"x\"} "
                        "{\"id\":\"b\",\"n\":1,\"note\":\"mine\"} "
                        "{\"id\":\"b\",\"m\":\"new\",\"n\":2}");
}

void columns_that_change_kind(void **state)
{
    suite *s = *state;
    told to;
    igd_table *t = made(s, COLUMNS, "a|1|x\nb|1|mine\n");
    igd_table *text = suite_table(s, "t", "id key, n string, note string");
    igd_value *base = suite_row(s, t, "a", "1", "x"), *other = suite_row(s, t, "b", "1", "x");
    igd_change changes[] = {change_of(t, base, suite_row(s, text, "a", "one", "x")),
                            change_of(t, other, suite_row(s, text, "b", "one", "x"))};
    changes[0].table = changes[1].table = text;
    igd_schema before = suite_schema(s, 1, t), after = suite_schema(s, 1, text);
    set_policy(s, IGD_CONFLICT_SOURCE, &to);
    suite_ok(s, suite_run(s, "demo", "c2", &before, &after, changes, 2));
    assert_int_equal(to.count, 1);
    assert_string_equal(suite_conflicts(s),
                        "overwritten t [\"b\"] c2 {\"id\":\"b\",\"n\":1,\"note\":\"x\"} "
                        "{\"id\":\"b\",\"n\":1,\"note\":\"mine\"} "
                        "{\"id\":\"b\",\"n\":\"one\",\"note\":\"x\"}");
}

/* ---- rows that refer to rows ---- */

typedef struct family {
    igd_table *parent, *child, *grandchild, *friend_of;
    igd_schema schema;
} family;

/* child and grandchild belong to their parents; a friend refers to a parent and to another friend.
 */
static family family_of(suite *s)
{
    suite_needs_sql(s);
    suite_ready(s);
    family f = {suite_table(s, "parent", "id key"),
                suite_table(s, "child", "parent_id key, id key"),
                suite_table(s, "grandchild", "parent_id key, child_id key, id key"),
                suite_table(s, "friends", "id key, of string, next string"),
                {0}};
    suite_reference(s, f.child, "fk_child", "parent_id", "parent", true);
    igd_foreign_key key = {
        .name = IGD_STR("fk_grand"), .ref_table = IGD_STR("child"), .cascade = true};
    IGD_PUSH(s->mem, &key.columns, IGD_STR("parent_id"));
    IGD_PUSH(s->mem, &key.columns, IGD_STR("child_id"));
    IGD_PUSH(s->mem, &key.ref_columns, IGD_STR("parent_id"));
    IGD_PUSH(s->mem, &key.ref_columns, IGD_STR("id"));
    IGD_PUSH(s->mem, &f.grandchild->foreign_keys, key);
    suite_reference(s, f.friend_of, "fk_of", "of", "parent", false);
    suite_reference(s, f.friend_of, "fk_next", "next", "friends", false);
    f.schema = suite_schema(s, 4, f.parent, f.child, f.grandchild, f.friend_of);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &f.schema, NULL, 0));
    return f;
}

static int write_all(suite *s, const family *f, const igd_change *changes, size_t count)
{
    return suite_run(s, "demo", "c2", &f->schema, &f->schema, changes, count);
}

static void fill_family(suite *s)
{
    suite_sql(s, "$keys_off DELETE FROM friends; DELETE FROM grandchild; DELETE FROM child;"
                 "DELETE FROM parent; DELETE FROM ingitdb_sync_conflicts;"
                 "INSERT INTO parent VALUES ('p'), ('q');"
                 "INSERT INTO child VALUES ('p', 'c'), ('q', 'c');");
}

void strays_do_not_go_silently(void **state)
{
    suite *s = *state;
    family f = family_of(s);
    told to;
    igd_change changes[] = {
        change_of(f.child, suite_row(s, f.child, "p", "c"), NULL),
        change_of(f.parent, suite_row(s, f.parent, "p"), NULL),
    };
    fill_family(s);
    set_policy(s, IGD_CONFLICT_FAIL, &to);
    suite_ok(s, write_all(s, &f, changes, 2));
    assert_string_equal(suite_dump(s, f.parent).ptr, "q\n");

    fill_family(s);
    suite_sql(s, "INSERT INTO child VALUES ('p', 'mine')");
    suite_fails(s, IGD_E_CONFLICT, write_all(s, &f, changes, 2));
    suite_says(s, "p/mine");
    fill_family(s);
    suite_sql(s, "INSERT INTO child VALUES ('p', 'mine')");
    set_policy(s, IGD_CONFLICT_SOURCE, &to);
    suite_ok(s, write_all(s, &f, changes, 2));
    assert_string_equal(suite_dump(s, f.parent).ptr, "q\n");
    assert_string_equal(suite_dump(s, f.child).ptr, "q|c\n");
    assert_string_equal(suite_conflicts(s), "deleted child [\"p\",\"mine\"] c2 - "
                                            "{\"id\":\"mine\",\"parent_id\":\"p\"} -");
    fill_family(s);
    suite_sql(s, "INSERT INTO child VALUES ('p', 'mine')");
    set_policy(s, IGD_CONFLICT_TARGET, &to);
    suite_ok(s, write_all(s, &f, changes, 2));
    assert_non_null(strstr(suite_dump(s, f.parent).ptr, "p\n"));
    assert_non_null(strstr(suite_dump(s, f.child).ptr, "p|mine\n"));
    assert_null(strstr(suite_dump(s, f.child).ptr, "p|c\n"));
    assert_string_equal(suite_conflicts(s),
                        "kept child [\"p\",\"mine\"] c2 - "
                        "{\"id\":\"mine\",\"parent_id\":\"p\"} -; "
                        "kept parent [\"p\"] c2 {\"id\":\"p\"} {\"id\":\"p\"} -");
}

void grandchildren_do_not_go_silently(void **state)
{
    suite *s = *state;
    family f = family_of(s);
    told to;
    igd_change gone = change_of(f.parent, suite_row(s, f.parent, "p"), NULL);
    const char *by_hand = "DELETE FROM child WHERE parent_id = 'p';"
                          "INSERT INTO child VALUES ('p', 'm'), ('p', 'n');"
                          "INSERT INTO grandchild VALUES ('p', 'm', '1'), ('p', 'm', '2')";
    fill_family(s);
    suite_sql(s, by_hand);
    set_policy(s, IGD_CONFLICT_SOURCE, &to);
    suite_ok(s, write_all(s, &f, &gone, 1));
    assert_int_equal(to.count, 4);
    assert_string_equal(suite_dump(s, f.grandchild).ptr, "");
    assert_string_equal(suite_dump(s, f.child).ptr, "q|c\n");
    fill_family(s);
    suite_sql(s, by_hand);
    set_policy(s, IGD_CONFLICT_TARGET, &to);
    suite_ok(s, write_all(s, &f, &gone, 1));
    assert_int_equal(to.count, 5);
    assert_non_null(strstr(suite_dump(s, f.grandchild).ptr, "p|m|2\n"));
    assert_non_null(strstr(suite_dump(s, f.parent).ptr, "p\n"));
}

/* Rows that refer to each other, all of which go. */
void referred_rows_wait(void **state)
{
    suite *s = *state;
    family f = family_of(s);
    for (int on = IGD_CONFLICT_SOURCE; on <= IGD_CONFLICT_FAIL; on++) {
        told to;
        fill_family(s);
        suite_sql(s, "$keys_off INSERT INTO friends VALUES ('1', 'p', '2'), ('2', 'p', '3'), "
                     "('3', NULL, '1'), ('4', NULL, '4')");
        igd_change changes[] = {
            change_of(f.friend_of, suite_row(s, f.friend_of, "3", NULL, "1"), NULL),
            change_of(f.friend_of, suite_row(s, f.friend_of, "1", "p", "2"), NULL),
            change_of(f.friend_of, suite_row(s, f.friend_of, "2", "p", "3"), NULL),
            change_of(f.friend_of, suite_row(s, f.friend_of, "4", NULL, "4"), NULL),
            change_of(f.child, suite_row(s, f.child, "p", "c"), NULL),
            change_of(f.parent, suite_row(s, f.parent, "p"), NULL),
        };
        set_policy(s, (igd_on_conflict)on, &to);
        suite_ok(s, write_all(s, &f, changes, IGD_COUNT(changes)));
        assert_string_equal(suite_dump(s, f.friend_of).ptr, "");
        assert_string_equal(suite_dump(s, f.parent).ptr, "q\n");
        assert_int_equal(to.count, 0);
    }
}

/* What a kept row refers to is kept too. */
void referred_rows_stay(void **state)
{
    suite *s = *state;
    family f = family_of(s);
    const char *by_hand = "INSERT INTO friends VALUES ('1', 'p', NULL); "
                          "INSERT INTO friends VALUES ('2', NULL, '1')";
    told to;
    igd_change changes[] = {
        change_of(f.friend_of, suite_row(s, f.friend_of, "1", "p", NULL), NULL),
        change_of(f.child, suite_row(s, f.child, "p", "c"), NULL),
        change_of(f.parent, suite_row(s, f.parent, "p"), NULL),
    };
    igd_on_conflict strict[] = {IGD_CONFLICT_SOURCE, IGD_CONFLICT_FAIL};
    for (size_t n = 0; n < IGD_COUNT(strict); n++) {
        fill_family(s);
        suite_sql(s, by_hand);
        set_policy(s, strict[n], &to);
        suite_fails(s, IGD_E_CONFLICT, write_all(s, &f, changes, 3));
        suite_says(s, "'2' of table 'friends'");
        assert_true(s->target->dangling);
    }
    fill_family(s);
    suite_sql(s, by_hand);
    set_policy(s, IGD_CONFLICT_TARGET, &to);
    suite_ok(s, write_all(s, &f, changes, 3));
    assert_false(s->target->dangling);
    assert_int_equal(to.count, 2);
    assert_non_null(strstr(suite_dump(s, f.friend_of).ptr, "1|p|-\n"));
    assert_non_null(strstr(suite_dump(s, f.parent).ptr, "p\n"));
    assert_string_equal(suite_dump(s, f.child).ptr, "q|c\n");
}

void parents_that_are_missing(void **state)
{
    suite *s = *state;
    family f = family_of(s);
    told to;
    igd_change changes[] = {
        change_of(f.child, NULL, suite_row(s, f.child, "p", "new")),
        change_of(f.grandchild, NULL, suite_row(s, f.grandchild, "p", "new", "x")),
        change_of(f.child, NULL, suite_row(s, f.child, "q", "new")),
    };
    fill_family(s);
    suite_sql(s, "DELETE FROM parent WHERE id = 'p'");
    set_policy(s, IGD_CONFLICT_FAIL, &to);
    suite_fails(s, IGD_E_CONFLICT, write_all(s, &f, changes, 3));
    suite_says(s, "p/new");
    fill_family(s);
    suite_sql(s, "DELETE FROM parent WHERE id = 'p'");
    set_policy(s, IGD_CONFLICT_TARGET, &to);
    suite_ok(s, write_all(s, &f, changes, 3));
    assert_int_equal(to.count, 2);
    assert_non_null(strstr(suite_dump(s, f.child).ptr, "q|new\n"));
    assert_null(strstr(suite_dump(s, f.child).ptr, "p|"));
    if (!(s->target->caps & IGD_CAP_FOREIGN_KEYS))
        return;
    fill_family(s);
    suite_sql(s, "DELETE FROM parent WHERE id = 'p'");
    set_policy(s, IGD_CONFLICT_SOURCE, &to);
    suite_fails(s, IGD_E_TARGET, write_all(s, &f, changes, 3));
    assert_true(s->target->dangling);
}

void values_in_the_record(void **state)
{
    suite *s = *state;
    told to;
    suite_needs_sql(s);
    igd_table *t = made(s, "id key, Z string, a json, b bool, d date, f float", "");
    suite_sql(s, "INSERT INTO t (id, \"Z\", a, b, d, f) VALUES "
                 "('it''s \"a\"', 'l1\nl2', '{\"b\": 1}', FALSE, $bad_date, 1e21)");
    igd_change change =
        change_of(t, suite_row(s, t, "it's \"a\"", NULL, "[1]", "true", "2024-01-02", "0.5"), NULL);
    set_policy(s, IGD_CONFLICT_SOURCE, &to);
    suite_ok(s, write_change(s, t, &change));
    igd_str record =
        igd_arena_printf(s->mem,
                         "deleted t [\"it's \\\"a\\\"\"] c2 "
                         "{\"a\":[1],\"b\":true,\"d\":\"2024-01-02\",\"f\":0.5,\"id\":\"it's "
                         "\\\"a\\\"\"} "
                         "{\"Z\":\"l1\\nl2\",\"a\":%s,\"b\":false,\"d\":\"%s\",\"f\":1e+21,"
                         "\"id\":\"it's \\\"a\\\"\"} -",
                         suite_word(s, "loose_json_recorded"), suite_word(s, "bad_date_shown"));
    assert_string_equal(suite_conflicts(s), record.ptr);
    assert_string_equal(suite_ask(s, "SELECT at || source FROM ingitdb_sync_conflicts"),
                        "2026-01-02T03:04:05Zdemo");
}
