/*
 * Conformance: many changes in one request do what the same changes do one by one, whatever others
 * have done to the rows.
 */
#include "suite.h"
#include "tests.h"

#define PARENTS  120
#define CHILDREN 240

/* The same twice: tables and a source with a letter of their own. */
typedef struct half {
    suite *s;
    const char *source;
    igd_table *parent, *child;
    igd_schema schema;
    igd_change_list puts[2], deletes[2]; /* of parents and children */
} half;

static uint32_t next(uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return *random >> 16;
}

#define TEXT(s, ...) igd_arena_printf((s)->mem, __VA_ARGS__).ptr

static void make(half *h, suite *s, char letter)
{
    *h = (half){.s = s, .source = TEXT(s, "source-%c", letter)};
    h->parent =
        suite_table(s, TEXT(s, "%c_parent", letter), "id key, n int, note string, best string");
    h->child =
        suite_table(s, TEXT(s, "%c_child", letter), "parent_id key, id key, f float, day date");
    suite_reference(s, h->parent, TEXT(s, "fk_%c_best", letter), "best", h->parent->name.ptr,
                    false);
    suite_reference(s, h->child, TEXT(s, "fk_%c_child", letter), "parent_id", h->parent->name.ptr,
                    true);
    h->schema = suite_schema(s, 2, h->parent, h->child);
}

static igd_value *parent_row(half *h, uint32_t n, uint32_t version)
{
    suite *s = h->s;
    return suite_row(s, h->parent, TEXT(s, "p%03u", n), TEXT(s, "%u", version),
                     version % 3 ? TEXT(s, "it's %u.%u", n, version) : NULL,
                     n % 5 == 4 ? TEXT(s, "p%03u", n - 1) : NULL);
}

static igd_value *child_row(half *h, uint32_t n, uint32_t version)
{
    suite *s = h->s;
    return suite_row(s, h->child, TEXT(s, "p%03u", n % PARENTS), TEXT(s, "c%03u", n),
                     TEXT(s, "%u.5", version), version % 2 ? "2024-02-29" : NULL);
}

static void push(half *h, igd_change_list *list, const igd_table *table, const igd_value *base,
                 const igd_value *now)
{
    igd_change change = {.kind = !base ? IGD_INSERT
                                 : now ? IGD_UPDATE
                                       : IGD_DELETE,
                         .base_known = true,
                         .table = table,
                         .base_table = base ? table : NULL,
                         .base = base,
                         .now = now,
                         .path = IGD_STR("data/file.yaml")};
    IGD_PUSH(h->s->mem, list, change);
}

/* The first commit has three of four rows; the second changes, adds and drops some. A parent goes
 * with all of its children that git knows, and nobody refers to it then. */
static bool parent_goes(uint32_t n)
{
    return n % 10 == 7;
}

static void fill(half *h)
{
    suite *s = h->s;
    igd_change_list rows = {0};
    for (uint32_t n = 0; n < PARENTS; n++)
        if (n % 4 != 1 || parent_goes(n) || n % 5 >= 3)
            push(h, &rows, h->parent, NULL, parent_row(h, n, 1));
    for (uint32_t n = 0; n < CHILDREN; n++) {
        uint32_t p = n % PARENTS;
        if (n % 4 != 2 && (p % 4 != 1 || parent_goes(p) || p % 5 >= 3))
            push(h, &rows, h->child, NULL, child_row(h, n, 1));
    }
    suite_ok(s, suite_run(s, h->source, "c1", NULL, &h->schema, rows.items, rows.len));
}

static void plan_changes(half *h)
{
    for (uint32_t n = 0; n < PARENTS; n++) {
        bool was = n % 4 != 1 || parent_goes(n) || n % 5 >= 3;
        if (parent_goes(n))
            push(h, &h->deletes[0], h->parent, parent_row(h, n, 1), NULL);
        else if (!was || n % 3)
            push(h, &h->puts[0], h->parent, was ? parent_row(h, n, 1) : NULL, parent_row(h, n, 2));
    }
    for (uint32_t n = 0; n < CHILDREN; n++) {
        uint32_t p = n % PARENTS;
        bool was = n % 4 != 2 && (p % 4 != 1 || parent_goes(p) || p % 5 >= 3);
        if (was && (parent_goes(p) || n % 7 == 3))
            push(h, &h->deletes[1], h->child, child_row(h, n, 1), NULL);
        else if (!parent_goes(p) && (!was || n % 2))
            push(h, &h->puts[1], h->child, was ? child_row(h, n, 1) : NULL, child_row(h, n, 2));
    }
}

/* What others do meanwhile, the same to both halves. Nothing goes that others would go along with
 * on one engine and not on another. */
static const char *one_edit(suite *s, char letter, int n, uint32_t *random)
{
    uint32_t p = next(random) % PARENTS, c = next(random) % CHILDREN;
    switch (next(random) % 5) {
    case 0:
        return TEXT(s, "UPDATE %c_parent SET note = 'edited %u' WHERE id = 'p%03u'", letter, p, p);
    case 1:
        return TEXT(s, "UPDATE %c_child SET f = 7.25 WHERE id = 'c%03u'", letter, c);
    case 2:
        return TEXT(s, "DELETE FROM %c_child WHERE id = 'c%03u'", letter, c);
    case 3: /* a row that git does not know, below a parent that goes */
        return TEXT(s,
                    "INSERT INTO %c_child (parent_id, id, f) SELECT id, 'stray%d', 1 FROM "
                    "%c_parent WHERE id = 'p%03u'",
                    letter, n, letter, p % 12 * 10 + 7);
    default: /* one that the commit may add, too */
        return TEXT(s,
                    "INSERT INTO %c_child (parent_id, id, f) SELECT id, 'c%03u', 3 FROM %c_parent "
                    "WHERE id = 'p%03u' AND NOT EXISTS (SELECT 1 FROM %c_child x WHERE x.id = "
                    "'c%03u')",
                    letter, c, letter, c % PARENTS, letter, c);
    }
}

/* What others do meanwhile, the same to both halves. */
static void edit(suite *s, char letter, uint32_t seed, int edits)
{
    uint32_t random = seed;
    for (int n = 0; n < edits; n++)
        suite_sql(s, one_edit(s, letter, n, &random));
}

static int apply(half *h, const igd_table *table, const igd_change_list *changes, size_t most)
{
    suite *s = h->s;
    int rc = IGD_OK;
    for (size_t at = 0; !rc && at < changes->len; at += most) {
        size_t some = changes->len - at < most ? changes->len - at : most;
        rc = s->target->driver->apply(s->target, table, changes->items + at, some, &s->err);
    }
    return rc;
}

static int write_all(half *h, size_t most)
{
    suite *s = h->s;
    const igd_target_driver *driver = s->target->driver;
    igd_plan *plan = suite_plan(s, &h->schema, &h->schema);
    int rc = suite_begin(s, h->source, plan);
    if (rc)
        return rc;
    rc = apply(h, h->parent, &h->puts[0], most);
    if (!rc)
        rc = apply(h, h->child, &h->puts[1], most);
    if (!rc)
        rc = apply(h, h->child, &h->deletes[1], most);
    if (!rc)
        rc = apply(h, h->parent, &h->deletes[0], most);
    if (!rc)
        rc = suite_schema_apply(s, plan, IGD_PART_CONTRACT);
    if (!rc)
        rc = driver->commit(s->target, suite_state(s, h->source, h->source, "c2", &h->schema),
                            &s->err);
    if (rc)
        driver->rollback(s->target);
    return rc;
}

static const char *recorded(suite *s, char letter, const char *decision)
{
    return suite_ask(s, TEXT(s,
                             "SELECT count(*) FROM ingitdb_sync_conflicts WHERE source = "
                             "'source-%c' AND decision = '%s'",
                             letter, decision));
}

static void compare(suite *s, half *one, half *other)
{
    static const char *const decisions[] = {"overwritten", "kept", "deleted"};
    if (s->target->caps & IGD_CAP_ORDERED_SCAN) {
        assert_string_equal(suite_dump(s, one->parent).ptr, suite_dump(s, other->parent).ptr);
        assert_string_equal(suite_dump(s, one->child).ptr, suite_dump(s, other->child).ptr);
    }
    for (size_t n = 0; n < IGD_COUNT(decisions); n++)
        assert_string_equal(recorded(s, 'a', decisions[n]), recorded(s, 'b', decisions[n]));
}

static void run_policy(suite *s, igd_on_conflict on, uint32_t seed, int edits)
{
    half one, other;
    s->conflicts = (igd_conflict_policy){
        .on = on, .commit_id = IGD_STR("c2"), .at = IGD_STR("2026-01-02T03:04:05Z")};
    make(&one, s, 'a');
    make(&other, s, 'b');
    fill(&one);
    fill(&other);
    edit(s, 'a', seed, edits);
    edit(s, 'b', seed, edits);
    plan_changes(&one);
    plan_changes(&other);
    s->err = IGD_ERROR_INIT;
    int first = write_all(&one, 1);
    igd_error error = s->err;
    int second = write_all(&other, 1000);
    if (first != second)
        fail_msg("seed %u: one by one %d (%s), in batches %d (%s)", seed, first, error.message,
                 second, s->err.message);
    if (first == IGD_OK)
        compare(s, &one, &other);
    /* Whatever came of it: start from nothing again. */
    igd_schema none = {0};
    suite_ok(s, suite_run(s, "source-a", "c3", &one.schema, &none, NULL, 0));
    suite_ok(s, suite_run(s, "source-b", "c3", &other.schema, &none, NULL, 0));
    suite_sql(s, "DELETE FROM ingitdb_sync_conflicts");
}

static void needs_transactions(suite *s)
{
    suite_needs_sql(s);
    suite_ready(s);
    if (!(s->target->caps & IGD_CAP_TRANSACTIONS))
        suite_skip(s, "a run that fails leaves what it has written");
}

void batches_are_single_changes(void **state)
{
    suite *s = *state;
    needs_transactions(s);
    static const igd_on_conflict policies[] = {IGD_CONFLICT_SOURCE, IGD_CONFLICT_TARGET,
                                               IGD_CONFLICT_FAIL};
    for (uint32_t seed = 1; seed <= 3; seed++)
        for (size_t n = 0; n < IGD_COUNT(policies); n++)
            run_policy(s, policies[n], seed, policies[n] == IGD_CONFLICT_FAIL ? 1 : 30);
    run_policy(s, IGD_CONFLICT_FAIL, 1, 0);
}

/* A row that fails is named, wherever in the batch it is; nothing of the others is lost by that. */
void failed_row_of_a_batch_is_named(void **state)
{
    suite *s = *state;
    suite_ready(s);
    if (!(s->target->caps & IGD_CAP_SCHEMA))
        suite_skip(s, "no schema that a row could break");
    igd_table *t = suite_table(s, "t", "id key, n int!");
    suite_check_min(s, t, "ck_n", "n", "0");
    igd_schema schema = suite_schema(s, 1, t);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, NULL, 0));
    igd_change changes[50];
    for (size_t n = 0; n < IGD_COUNT(changes); n++) {
        igd_str key = igd_arena_printf(s->mem, "%02zu", n);
        changes[n] = suite_put(t, suite_row(s, t, key.ptr, n == 31 ? "-1" : "1"));
        changes[n].kind = IGD_INSERT;
        changes[n].base_known = true;
    }
    igd_plan *plan = suite_plan(s, &schema, &schema);
    suite_ok(s, suite_begin(s, "demo", plan));
    suite_fails(s, IGD_E_TARGET,
                s->target->driver->apply(s->target, t, changes, IGD_COUNT(changes), &s->err));
    assert_string_equal(s->err.place.key, "31");
    suite_says(s, "31");
    s->target->driver->rollback(s->target);
}

/* What a trigger of others makes of the rows that were just written is no edit of before. */
void rows_that_a_trigger_changes_stay_ours(void **state)
{
    suite *s = *state;
    needs_transactions(s);
    igd_table *t = suite_table(s, "t", "id key, n int, note string");
    igd_schema schema = suite_schema(s, 1, t);
    igd_change rows[3], changes[3];
    for (size_t n = 0; n < IGD_COUNT(rows); n++) {
        const char *key = (const char *[]){"a", "b", "c"}[n];
        rows[n] = suite_put(t, suite_row(s, t, key, "1", "x"));
        changes[n] = suite_put(t, suite_row(s, t, key, "2", "x"));
        changes[n].kind = IGD_UPDATE;
        changes[n].base_known = true;
        changes[n].base_table = t;
        changes[n].base = rows[n].now;
    }
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, rows, IGD_COUNT(rows)));
    suite_sql(s, "UPDATE t SET n = 7 WHERE id = 'b'; $mark_updates_of_t");
    s->conflicts.on = IGD_CONFLICT_SOURCE;
    suite_ok(s, suite_run(s, "demo", "c2", &schema, &schema, changes, IGD_COUNT(changes)));
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM t WHERE n = 2 AND note = 'mine'"), "3");
    assert_string_equal(suite_ask(s, "SELECT count(*) FROM ingitdb_sync_conflicts"), "1");
}
