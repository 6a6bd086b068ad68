/*
 * The schema as it is found, cut down to what is ours.
 */
#include "sync/found.h"
#include "tests/unit/src/sync/looked.h"

typedef struct finding {
    igd_schema recorded, found;
    igd_foreign_list foreign;
} finding;

static finding find(shop *s, const char *edits, uint32_t without)
{
    finding f = {0};
    define_shop(s);
    put(s, "people/$records/ann.yaml", "name: Ann\n");
    const char *hex = commit(s);
    sync_run_ok(repo_path(s->b), s->db, hex);
    f.recorded = side_at(s, hex)->schema;
    db_exec(s->db, edits);
    IGD_CLEANUP_PTR(igd_target) igd_target *target = open_target(s);
    target->caps &= ~without;
    if (igd_found_schema(target, &f.recorded, s->mem, &f.found, &f.foreign, &s->err) != IGD_OK)
        fail_msg("%s", s->err.message);
    return f;
}

static void need_foreign(const finding *f, const char *kind, const char *table, const char *name)
{
    for (size_t n = 0; n < f->foreign.len; n++)
        if (strcmp(f->foreign.items[n].kind, kind) == 0 &&
            igd_str_is(f->foreign.items[n].table, table) &&
            igd_str_is(f->foreign.items[n].name, name))
            return;
    fail_msg("no foreign %s %s.%s", kind, table, name);
}

static void nothing_happened(void **state)
{
    shop *s = *state;
    finding f = find(s, "CREATE TABLE others (id)", 0);
    igd_plan plan;
    assert_int_equal(f.foreign.len, 0);
    assert_int_equal(f.found.table_count, f.recorded.table_count);
    igd_plan_make(&f.found, &f.recorded, 0, s->mem, &plan);
    assert_int_equal(plan.op_count, 0);
}

static void things_of_others(void **state)
{
    shop *s = *state;
    finding f = find(s,
                     "ALTER TABLE people ADD COLUMN note TEXT;"
                     "CREATE INDEX mine ON people (note);"
                     "CREATE UNIQUE INDEX unique_mine ON labels (title)",
                     0);
    igd_plan plan;
    assert_int_equal(f.foreign.len, 3);
    need_foreign(&f, "column", "people", "note");
    need_foreign(&f, "index", "people", "mine");
    need_foreign(&f, "index", "labels", "unique_mine");
    assert_int_equal(
        igd_table_column(igd_schema_table(&f.found, IGD_STR("people")), IGD_STR("note")), -1);
    igd_plan_make(&f.found, &f.recorded, 0, s->mem, &plan);
    assert_int_equal(plan.op_count, 0);
}

/* What was taken away is put back by a plan from what is found. */
static void taken_away(void **state)
{
    shop *s = *state;
    finding f = find(s,
                     "PRAGMA foreign_keys = OFF; DROP TABLE orders_lines;"
                     "ALTER TABLE people DROP COLUMN age",
                     0);
    igd_plan plan;
    assert_null(igd_schema_table(&f.found, IGD_STR("orders_lines")));
    igd_plan_make(&f.found, &f.recorded, 0, s->mem, &plan);
    bool table = false, column = false;
    for (size_t n = 0; n < plan.expand.len; n++) {
        table |= plan.expand.items[n].kind == IGD_OP_CREATE_TABLE;
        column |= plan.expand.items[n].kind == IGD_OP_ADD_COLUMN;
    }
    assert_true(table);
    assert_true(column);
}

/* Without its key a table of that name is not the one that we made. */
static void another_key(void **state)
{
    shop *s = *state;
    finding f = find(s,
                     "PRAGMA foreign_keys = OFF; DROP TABLE labels; "
                     "CREATE TABLE labels (code TEXT, title TEXT)",
                     0);
    assert_null(igd_schema_table(&f.found, IGD_STR("labels")));
}

static void without_a_schema(void **state)
{
    shop *s = *state;
    finding f = find(s, "PRAGMA foreign_keys = OFF; DROP TABLE labels", IGD_CAP_SCHEMA);
    assert_int_equal(f.found.table_count, f.recorded.table_count);
    for (size_t n = 0; n < f.found.table_count; n++)
        assert_true(igd_str_eq(igd_table_to_json(&f.found.tables[n], s->mem),
                               igd_table_to_json(&f.recorded.tables[n], s->mem)));
    assert_int_equal(f.foreign.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(nothing_happened), SHOP_TEST(things_of_others), SHOP_TEST(taken_away),
        SHOP_TEST(another_key),      SHOP_TEST(without_a_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
