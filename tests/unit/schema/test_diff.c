/*
 * Operations between two tables: which, in which part, how risky, and how they read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "schema/diff.h"
#include "schema/plan.h"

static igd_arena *mem;

static int setup(void **state)
{
    (void)state;
    mem = igd_arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    igd_arena_free(mem);
    return 0;
}

/* A table with the key `id` and these columns, and what else is said of it, as JSON. */
static const igd_table *table_of(const char *key, const char *columns, const char *rest)
{
    igd_error err = IGD_ERROR_INIT;
    igd_table *table = IGD_NEW(mem, igd_table);
    igd_str json = igd_arena_printf(
        mem,
        "{\"name\":\"t\",\"collection\":\"t\",\"key_count\":1,\"columns\":[{\"name\":\"%s\","
        "\"type\":\"string\",\"not_null\":true,\"key_text\":true}%s],%s}",
        key, columns, rest ? rest : "\"checks\":[],\"foreign_keys\":[],\"indexes\":[]");
    if (igd_table_from_json(json, mem, table, &err) != IGD_OK)
        fail_msg("%s", err.message);
    return table;
}

static const igd_table *with(const char *columns)
{
    return table_of("id", columns, NULL);
}

/* One line for each operation: part, a + for steps, text, risk, loss. */
static void assert_ops(const igd_table *from, const igd_table *to, const char *wanted)
{
    igd_op_list ops = {0};
    igd_table_diff(from, to, mem, &ops);
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < ops.len; n++) {
        const igd_op *op = &ops.items[n];
        igd_str what = igd_op_text(op, mem);
        igd_buf_printf(&text, "%s%s: %.*s, %s, %s\n",
                       op->part == IGD_PART_EXPAND ? "expand" : "contract", op->step ? "+" : "",
                       IGD_STR_ARG(what), igd_risk_word(op->risk), igd_loss_word(op->loss));
        assert_non_null(op->why);
    }
    assert_string_equal(text.ptr, wanted);
}

static void columns_come_and_go(void **state)
{
    (void)state;
    const igd_table *less = with(""), *more = with(",{\"name\":\"n\",\"type\":\"int\"}");
    const igd_table *must = with(",{\"name\":\"n\",\"type\":\"int\",\"not_null\":true}");
    assert_ops(less, more, "expand: add column t.n (int), safe, none\n");
    assert_ops(more, less, "contract: drop column t.n, destructive, drop_column\n");
    assert_ops(less, must,
               "expand: add column t.n (int), safe, none\n"
               "contract: set not null t.n, lock, none\n");
    assert_ops(must, less,
               "expand+: drop not null t.n, safe, none\n"
               "contract: drop column t.n, destructive, drop_column\n");
    assert_ops(more, must, "contract: set not null t.n, lock, none\n");
    assert_ops(must, more, "expand: drop not null t.n, safe, none\n");
    assert_ops(more, more, "");
}

static void types_change(void **state)
{
    (void)state;
    const igd_table *text = with(",{\"name\":\"n\",\"type\":\"string\"}");
    const igd_table *four = with(",{\"name\":\"n\",\"type\":\"string\",\"max_chars\":4}");
    const igd_table *nine = with(",{\"name\":\"n\",\"type\":\"string\",\"max_chars\":9}");
    const igd_table *key = with(",{\"name\":\"n\",\"type\":\"string\",\"key_text\":true}");
    const igd_table *number = with(",{\"name\":\"n\",\"type\":\"int\",\"not_null\":true}");
    const igd_table *list = with(",{\"name\":\"n\",\"type\":\"[]int\"}");
    const igd_table *any = with(",{\"name\":\"n\",\"type\":\"any\"}");
    assert_ops(four, nine, "expand: alter type t.n from string(4) to string(9), safe, none\n");
    assert_ops(nine, text, "expand: alter type t.n from string(9) to string, safe, none\n");
    assert_ops(text, nine, "contract: alter type t.n from string to string(9), lock, narrow\n");
    assert_ops(nine, four, "contract: alter type t.n from string(9) to string(4), lock, narrow\n");
    assert_ops(nine, key, "contract: alter type t.n from string(9) to string key, lock, none\n");
    assert_ops(key, text, "expand: alter type t.n from string key to string, safe, none\n");
    assert_ops(list, any, "");
    assert_ops(text, number,
               "expand: alter type t.n from string to int, rewrite, narrow\n"
               "contract+: alter type t.n from string to int, rewrite, narrow\n"
               "contract: set not null t.n, lock, none\n");
}

static void keys_are_renamed(void **state)
{
    (void)state;
    const char *declared = ",{\"name\":\"id\",\"type\":\"int\",\"not_null\":true}";
    const igd_table *id = table_of("id", "", NULL);
    const igd_table *own = table_of("_key", declared, NULL);
    assert_ops(id, table_of("pk", "", NULL), "expand: rename column t.id to pk, lock, none\n");
    assert_ops(id, own,
               "expand: rename column t.id to _key, lock, none\n"
               "expand: add column t.id (int), safe, none\n"
               "contract: set not null t.id, lock, none\n");
    assert_ops(own, id,
               "expand+: drop not null t.id, safe, none\n"
               "expand+: rename column t.id to ingitdb_old_id, lock, none\n"
               "expand: rename column t._key to id, lock, none\n"
               "contract: drop column t.ingitdb_old_id, destructive, drop_column\n");
}

static void keys_change(void **state)
{
    (void)state;
    const igd_table *a = table_of("a", ",{\"name\":\"b\",\"type\":\"string\"}", NULL);
    const igd_table *b = table_of("b", ",{\"name\":\"a\",\"type\":\"string\"}", NULL);
    assert_ops(a, b, "expand: change primary key t, rewrite, narrow\n");
}

static void constraints_come_and_go(void **state)
{
    (void)state;
    const char *column = ",{\"name\":\"n\",\"type\":\"string\",\"key_text\":true}";
    const igd_table *none = with(column);
    const igd_table *all = table_of(
        "id", column,
        "\"checks\":[{\"name\":\"c1\",\"column\":\"n\",\"kind\":\"enum\",\"values\":[\"a\",\"b\"]},"
        "{\"name\":\"c2\",\"column\":\"n\",\"kind\":\"min_length\",\"limit\":1}],"
        "\"foreign_keys\":[{\"name\":\"f\",\"columns\":[\"n\"],\"ref_table\":\"t\","
        "\"ref_columns\":[\"id\"]}],\"indexes\":[{\"name\":\"i\",\"columns\":[\"n\"]}]");
    assert_ops(none, all,
               "contract: add check t.n (one of a, b), lock, none\n"
               "contract: add check t.n (at least 1 characters), lock, none\n"
               "contract: add index t (n), lock, none\n"
               "contract: add foreign key t (n) to t (id), lock, none\n");
    assert_ops(all, none,
               "expand: drop foreign key t (n) to t (id), safe, none\n"
               "expand: drop check t.n (one of a, b), safe, none\n"
               "expand: drop check t.n (at least 1 characters), safe, none\n"
               "expand: drop index t (n), safe, none\n");
    assert_ops(NULL, all,
               "expand: create table t, safe, none\n"
               "contract+: add index t (n), safe, none\n"
               "contract+: add foreign key t (n) to t (id), safe, none\n");
    assert_ops(all, NULL,
               "expand+: drop foreign key t (n) to t (id), safe, none\n"
               "expand+: drop index t (n), safe, none\n"
               "contract: drop table t, destructive, drop_table\n");
    assert_ops(NULL, NULL, "");
}

static void tables_are_renamed(void **state)
{
    (void)state;
    igd_table other = *with("");
    other.name = IGD_STR("u");
    assert_ops(with(""), &other, "expand: rename table t to u, lock, none\n");
}

/* The copy is renamed from `from`, in the column behind the key when `column`. */
static igd_table *renamed_from(const igd_table *table, bool column, const char *from)
{
    igd_table *copy = IGD_NEW(mem, igd_table);
    igd_rename renamed = {.from = igd_str_from(from), .why = "it looks alike"};
    *copy = *table;
    copy->columns = IGD_NEW_ARRAY(mem, igd_column, table->column_count);
    for (size_t n = 0; n < table->column_count; n++)
        copy->columns[n] = table->columns[n];
    if (column)
        copy->columns[1].renamed = renamed;
    else
        copy->renamed = renamed;
    return copy;
}

static void columns_are_renamed(void **state)
{
    (void)state;
#define CHECK_OF(column)                                           \
    "\"checks\":[{\"name\":\"ck_" column "\",\"column\":\"" column \
    "\",\"kind\":\"max_length\",\"limit\":4}],\"foreign_keys\":[],\"indexes\":[]"
    const igd_table *a = table_of("id", ",{\"name\":\"a\",\"type\":\"string\"}", CHECK_OF("a"));
    const igd_table *b = table_of("id", ",{\"name\":\"b\",\"type\":\"string\"}", CHECK_OF("b"));
    const igd_table *must = with(",{\"name\":\"b\",\"type\":\"string\",\"not_null\":true}");
    const igd_table *number = with(",{\"name\":\"b\",\"type\":\"int\"}");
    assert_ops(a, renamed_from(b, true, "a"),
               "expand: drop check t.a (at most 4 characters), safe, none\n"
               "expand: rename column t.a to b, lock, none\n"
               "contract: add check t.b (at most 4 characters), lock, none\n");
    assert_ops(a, renamed_from(must, true, "a"),
               "expand: drop check t.a (at most 4 characters), safe, none\n"
               "expand: rename column t.a to b, lock, none\n"
               "contract: set not null t.b, lock, none\n");
    /* What was found to have another type, or to be gone, is made anew. */
    assert_ops(a, renamed_from(number, true, "a"),
               "expand: drop check t.a (at most 4 characters), safe, none\n"
               "expand: add column t.b (int), safe, none\n"
               "contract: drop column t.a, destructive, drop_column\n");
    assert_ops(with(""), renamed_from(number, true, "a"),
               "expand: add column t.b (int), safe, none\n");
    /* The rows stay as they are; the report says why. */
    igd_table from = *a, to = *renamed_from(b, true, "a");
    igd_schema before = {&from, 1}, after = {&to, 1};
    igd_plan plan;
    igd_plan_make(&before, &after, 0, mem, &plan);
    assert_false(plan.tables[0].emit_all);
    assert_int_equal(plan.losses, IGD_LOSS_NONE);
    assert_string_equal(plan.expand.items[1].why, "it looks alike");
    igd_op back = igd_op_inverse(&plan.expand.items[1]);
    assert_true(igd_str_is(igd_op_text(&back, mem), "rename column t.b to a"));
}

static void collections_are_renamed(void **state)
{
    (void)state;
    igd_table old = *with(",{\"name\":\"a\",\"type\":\"string\"}");
    igd_table new = *renamed_from(&old, false, "t");
    new.name = new.collection = IGD_STR("u");
    igd_schema from = {&old, 1}, to = {&new, 1};
    igd_plan plan;
    igd_plan_make(&from, &to, 0, mem, &plan);
    assert_int_equal(plan.table_count, 1);
    assert_int_equal(plan.expand.len, 1);
    assert_int_equal(plan.contract.len, 0);
    assert_int_equal(plan.expand.items[0].kind, IGD_OP_RENAME_TABLE);
    assert_string_equal(plan.expand.items[0].why, "it looks alike");
    assert_int_equal(plan.losses, IGD_LOSS_NONE);
    assert_false(plan.tables[0].emit_all);
    assert_true(igd_str_is(plan.tables[0].from->collection, "t"));
    /* Once it is done, the same table is that of its own name. */
    igd_plan_make(&to, &to, 0, mem, &plan);
    assert_int_equal(plan.op_count, 0);
    assert_ptr_equal(plan.tables[0].from, &new);
}

/* The collection "a.b" goes, and "a_b", whose table has the same name, comes. */
static void names_pass_on(void **state)
{
    (void)state;
    igd_table old = *with(""), new = old;
    old.collection = IGD_STR("a.b");
    new.collection = IGD_STR("a_b");
    igd_schema from = {&old, 1}, to = {&new, 1};
    igd_plan plan;
    igd_plan_make(&from, &to, 0, mem, &plan);
    assert_int_equal(plan.expand.len, 2);
    assert_int_equal(plan.expand.items[0].kind, IGD_OP_RENAME_TABLE);
    assert_true(igd_str_is(plan.expand.items[0].to->name, "ingitdb_old_t"));
    assert_int_equal(plan.expand.items[1].kind, IGD_OP_CREATE_TABLE);
    assert_int_equal(plan.contract.len, 1);
    assert_true(igd_str_is(plan.contract.items[0].table, "ingitdb_old_t"));
    assert_int_equal(plan.op_count, 2);
    assert_int_equal(plan.losses, IGD_LOSS_DROP_TABLE);
    assert_true(igd_plan_table(&plan, IGD_STR("a_b"))->emit_all);
    assert_null(igd_plan_table(&plan, IGD_STR("a.b"))->to);
    assert_null(igd_plan_table(&plan, IGD_STR("x")));
}

static void when_all_records_are_emitted(void **state)
{
    (void)state;
    const igd_table *text = with(",{\"name\":\"n\",\"type\":\"string\",\"max_chars\":4}");
    const struct {
        const igd_table *to;
        bool emit;
    } cases[] = {
        {with(",{\"name\":\"n\",\"type\":\"string\",\"not_null\":true}"), false},
        {table_of("pk", ",{\"name\":\"n\",\"type\":\"string\"}", NULL), false},
        {with(",{\"name\":\"n\",\"type\":\"int\"}"), true},
        {with(",{\"name\":\"m\",\"type\":\"string\"}"), true},
        {with(""), true},
    };
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        igd_table from_table = *text, to_table = *cases[n].to;
        igd_schema from = {&from_table, 1}, to = {&to_table, 1};
        igd_plan plan;
        igd_plan_make(&from, &to, 0, mem, &plan);
        assert_int_equal(plan.tables[0].emit_all, cases[n].emit);
        assert_ptr_not_equal(plan.tables[0].between, plan.tables[0].to);
    }
}

static void names_aside(void **state)
{
    (void)state;
    assert_true(igd_str_is(igd_aside_name(IGD_STR("x"), 0, mem), "ingitdb_old_x"));
    igd_str a = igd_aside_name(IGD_STR("a_long_column"), 20, mem);
    assert_int_equal(a.len, 20);
    assert_true(igd_str_starts(a, IGD_STR("ingitdb_old")));
}

static void words(void **state)
{
    (void)state;
    assert_string_equal(igd_op_word(IGD_OP_CREATE_TABLE), "create_table");
    assert_string_equal(igd_op_word(IGD_OP_CHANGE_PRIMARY_KEY), "change_primary_key");
    assert_string_equal(igd_loss_word(IGD_LOSS_MASS_DELETE), "mass_delete");
    assert_string_equal(igd_loss_word(IGD_LOSS_HELD), "held");
    assert_string_equal(igd_loss_word(IGD_LOSS_ALL), "all");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(columns_come_and_go),
        TEST(types_change),
        TEST(keys_are_renamed),
        TEST(keys_change),
        TEST(constraints_come_and_go),
        TEST(tables_are_renamed),
        TEST(columns_are_renamed),
        TEST(collections_are_renamed),
        TEST(names_pass_on),
        TEST(when_all_records_are_emitted),
        TEST(names_aside),
        TEST(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
