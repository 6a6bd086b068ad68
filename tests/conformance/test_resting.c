/*
 * Conformance: a run with some tables of a source, while the others stand at another commit.
 */
#include "suite.h"
#include "tests.h"

/* products refer to brands; parts belong to them. */
typedef struct shop {
    igd_table *brands, *products, *parts;
    igd_schema all;
} shop;

/* Everything at c1. Also brings a target back there whose last run was of a part. */
static shop shop_of(suite *s)
{
    suite_needs_sql(s);
    if (!s->target)
        suite_ready(s);
    shop it = {.brands = suite_table(s, "brands", "id key"),
               .products = suite_table(s, "products", "id key, brand string"),
               .parts = suite_table(s, "parts", "brands_id key, id key")};
    suite_reference(s, it.products, "fk_brand", "brand", "brands", false);
    suite_reference(s, it.parts, "fk_parent", "brands_id", "brands", true);
    it.all = suite_schema(s, 3, it.brands, it.products, it.parts);
    return it;
}

static shop filled_shop(suite *s)
{
    shop it = shop_of(s);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &it.all, NULL, 0));
    suite_sql(s, "INSERT INTO brands VALUES ('a'), ('b'), ('c'); INSERT INTO products "
                 "VALUES ('p', 'a'); INSERT INTO parts VALUES ('b', 'x')");
    return it;
}

static int write_one(suite *s, igd_table *table, const igd_change *change)
{
    igd_schema part = suite_schema(s, 1, table);
    return suite_run(s, "demo", "c2", &part, &part, change, 1);
}

static igd_change put(const igd_table *table, const igd_value *row)
{
    return (igd_change){.kind = IGD_INSERT, .base_known = true, .table = table, .now = row};
}

static igd_change gone(const igd_table *table, const igd_value *row)
{
    return (igd_change){
        .kind = IGD_DELETE, .base_known = true, .table = table, .base_table = table, .base = row};
}

static void need_refused(suite *s, igd_table *table, igd_change change, const char *says,
                         const char *resting)
{
    for (int on = IGD_CONFLICT_SOURCE; on <= IGD_CONFLICT_FAIL; on++) {
        s->conflicts.on = (igd_on_conflict)on;
        suite_fails(s, IGD_E_CONFLICT, write_one(s, table, &change));
        suite_says(s, says);
        assert_non_null(strstr(s->err.hint, resting));
        assert_non_null(strstr(s->err.hint, "c1"));
        assert_false(s->target->dangling);
    }
    s->conflicts.on = IGD_CONFLICT_SOURCE;
}

/* A scan need not be ordered. */
static void need_keys(suite *s, const char *table, const char *wanted)
{
    for (const char *key = wanted; *key; key++) {
        igd_str sql =
            igd_arena_printf(s->mem, "SELECT count(*) FROM %s WHERE id = '%c'", table, *key);
        assert_string_equal(suite_ask(s, sql.ptr), "1");
    }
    igd_str sql = igd_arena_printf(s->mem, "SELECT count(*) - %zu FROM %s", strlen(wanted), table);
    assert_string_equal(suite_ask(s, sql.ptr), "0");
}

void rows_that_resting_tables_refer_to(void **state)
{
    suite *s = *state;
    shop it = filled_shop(s);
    need_refused(s, it.brands, gone(it.brands, suite_row(s, it.brands, "a")),
                 "table 'brands', key 'a': the commit deletes the row, but key 'p' of table "
                 "'products' refers to it",
                 "'products'");
    need_refused(s, it.brands, gone(it.brands, suite_row(s, it.brands, "b")),
                 "key 'b/x' of table 'parts' refers to it", "'parts'");
    assert_string_equal(suite_dump(s, it.parts).ptr, "b|x\n");
    need_keys(s, "brands", "abc");
    igd_change free = gone(it.brands, suite_row(s, it.brands, "c"));
    suite_ok(s, write_one(s, it.brands, &free));
    need_keys(s, "brands", "ab");
}

void rows_that_resting_tables_lack(void **state)
{
    suite *s = *state;
    shop it = filled_shop(s);
    igd_change fine = put(it.products, suite_row(s, it.products, "q", "c"));
    igd_change none = put(it.products, suite_row(s, it.products, "n", NULL));
    igd_schema part = suite_schema(s, 1, it.products);
    suite_ok(s, suite_run(s, "demo", "c2", &part, &part, (igd_change[]){fine, none}, 2));
    /* The bookkeeping of the others went with that run: all of them are one again. */
    suite_ok(s, suite_run(s, "demo", "c1", &it.all, &it.all, NULL, 0));
    if (s->target->caps & IGD_CAP_TRANSACTIONS)
        need_refused(s, it.products, put(it.products, suite_row(s, it.products, "r", "z")),
                     "table 'products', key 'r': the row refers to key 'z' of table 'brands'",
                     "'brands'");
    need_keys(s, "products", "npq");
}

/* Also when nothing rests: the target was edited while there was no foreign key. */
void new_references_are_checked(void **state)
{
    suite *s = *state;
    shop it = shop_of(s);
    igd_table *before = suite_table(s, "products", "id key, brand string");
    before->columns[1].key_text = true;
    igd_schema without = suite_schema(s, 2, it.brands, before);
    igd_schema with = suite_schema(s, 2, it.brands, it.products);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &without, NULL, 0));
    suite_sql(s, "INSERT INTO products VALUES ('p', 'z')");
    suite_fails(s, IGD_E_CONFLICT, suite_run(s, "demo", "c1", &without, &with, NULL, 0));
    suite_says(s, "table 'products', key 'p': the row refers to key 'z' of table 'brands'");
    assert_true(s->target->dangling);
    suite_sql(s, "INSERT INTO brands VALUES ('z')");
    suite_ok(s, suite_run(s, "demo", "c1", &without, &with, NULL, 0));
    assert_string_equal(suite_dump(s, it.products).ptr, "p|z\n");
}
