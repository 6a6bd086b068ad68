/*
 * Plans, by their property: the operations lead from one schema to the other, through the form
 * between, and their inverses lead back. A small interpreter executes them one at a time and
 * refuses what an engine would refuse. Then the cases that a reader of a plan cares about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "cmocka.h"
#include "schema/mapping.h"
#include "schema/plan.h"

/* ---- a database of tables, changed by operations ---- */

typedef IGD_LIST(igd_table) world;

static igd_table *find_table(world *w, igd_str name)
{
    for (size_t n = 0; n < w->len; n++) {
        if (igd_str_eq(w->items[n].name, name))
            return &w->items[n];
    }
    fail_msg("no table '%.*s'", IGD_STR_ARG(name));
    return NULL;
}

static void assert_name_is_free(const world *w, igd_str name)
{
    for (size_t n = 0; n < w->len; n++)
        assert_false(igd_str_eq_nocase(w->items[n].name, name));
}

static void assert_not_referenced(const world *w, igd_str name)
{
    for (size_t n = 0; n < w->len; n++) {
        for (size_t k = 0; k < w->items[n].foreign_keys.len; k++)
            assert_false(igd_str_eq(w->items[n].foreign_keys.items[k].ref_table, name));
    }
}

static bool names_column(const igd_str_list *columns, igd_str name)
{
    for (size_t n = 0; n < columns->len; n++) {
        if (igd_str_eq(columns->items[n], name))
            return true;
    }
    return false;
}

static void assert_column_is_free(const igd_table *table, igd_str name)
{
    for (size_t n = 0; n < table->column_count; n++)
        assert_false(igd_str_eq_nocase(table->columns[n].name, name));
}

static void assert_unconstrained(const igd_table *table, igd_str column)
{
    for (size_t n = 0; n < table->checks.len; n++)
        assert_false(igd_str_eq(table->checks.items[n].column, column));
    for (size_t n = 0; n < table->foreign_keys.len; n++)
        assert_false(names_column(&table->foreign_keys.items[n].columns, column));
    for (size_t n = 0; n < table->indexes.len; n++)
        assert_false(names_column(&table->indexes.items[n].columns, column));
}

static igd_column *find_column(igd_table *table, igd_str name)
{
    ptrdiff_t at = igd_table_column(table, name);
    if (at < 0)
        fail_msg("no column '%.*s'", IGD_STR_ARG(name));
    return &table->columns[at];
}

static void add_column(igd_table *table, igd_column column, igd_arena *mem)
{
    assert_column_is_free(table, column.name);
    assert_false(column.not_null);
    igd_column *more = IGD_NEW_ARRAY(mem, igd_column, table->column_count + 1);
    memcpy(more, table->columns, table->column_count * sizeof(*more));
    more[table->column_count++] = column;
    table->columns = more;
}

static void drop_column(igd_table *table, igd_str name)
{
    igd_column *column = find_column(table, name);
    size_t at = (size_t)(column - table->columns);
    assert_true(at >= table->key_count);
    assert_false(column->not_null);
    assert_unconstrained(table, name);
    memmove(column, column + 1, (--table->column_count - at) * sizeof(*column));
}

#define REMOVE(list, wanted)                                                      \
    do {                                                                          \
        size_t at = 0;                                                            \
        while (at < (list)->len && !igd_str_eq((list)->items[at].name, (wanted))) \
            at++;                                                                 \
        assert_true(at < (list)->len);                                            \
        for ((list)->len--; at < (list)->len; at++)                               \
            (list)->items[at] = (list)->items[at + 1];                            \
    } while (0)

/* Columns, key and checks, as CREATE_TABLE makes them. */
static igd_table bare_copy(const igd_table *table, igd_arena *mem)
{
    igd_table copy = {
        .name = table->name,
        .collection = table->collection,
        .columns = IGD_NEW_ARRAY(mem, igd_column, table->column_count),
        .column_count = table->column_count,
        .key_count = table->key_count,
    };
    memcpy(copy.columns, table->columns, table->column_count * sizeof(igd_column));
    for (size_t n = 0; n < table->checks.len; n++)
        IGD_PUSH(mem, &copy.checks, table->checks.items[n]);
    return copy;
}

static igd_table full_copy(const igd_table *table, igd_arena *mem)
{
    igd_table copy = bare_copy(table, mem);
    for (size_t n = 0; n < table->foreign_keys.len; n++)
        IGD_PUSH(mem, &copy.foreign_keys, table->foreign_keys.items[n]);
    for (size_t n = 0; n < table->indexes.len; n++)
        IGD_PUSH(mem, &copy.indexes, table->indexes.items[n]);
    return copy;
}

static void refill(igd_table *table, const igd_op *op, igd_arena *mem)
{
    igd_str name = op->from->columns[op->column_from].name;
    igd_str aside = igd_aside_name(name, 0, mem);
    if (op->part == IGD_PART_CONTRACT) {
        drop_column(table, aside);
        return;
    }
    assert_unconstrained(table, name);
    assert_column_is_free(table, aside);
    igd_column *old = find_column(table, name);
    assert_false(old->not_null);
    old->name = aside;
    igd_column fresh = op->to->columns[op->column_to];
    assert_true(igd_str_eq(fresh.name, name));
    fresh.not_null = false;
    add_column(table, fresh, mem);
}

static void change_column(igd_table *table, const igd_op *op, igd_arena *mem)
{
    if (op->kind == IGD_OP_ADD_COLUMN) {
        add_column(table, op->to->columns[op->column_to], mem);
        return;
    }
    const igd_column *from = &op->from->columns[op->column_from];
    if (op->kind == IGD_OP_DROP_COLUMN) {
        drop_column(table, from->name);
        return;
    }
    if (igd_op_refills(op)) {
        refill(table, op, mem);
        return;
    }
    const igd_column *to = &op->to->columns[op->column_to];
    bool set = op->kind == IGD_OP_SET_NOT_NULL;
    igd_column *column = find_column(table, set ? to->name : from->name);
    if (op->kind == IGD_OP_RENAME_COLUMN) {
        assert_unconstrained(table, from->name);
        if (!igd_str_eq_nocase(from->name, to->name))
            assert_column_is_free(table, to->name);
        column->name = to->name;
    } else if (op->kind == IGD_OP_ALTER_TYPE) {
        assert_int_equal(column->max_chars, from->max_chars);
        column->key_text = to->key_text;
        column->max_chars = to->max_chars;
    } else {
        assert_true(set ? to->not_null : from->not_null);
        assert_int_equal(column->not_null, !set);
        column->not_null = !column->not_null;
    }
}

static void change_constraint(world *w, igd_table *table, const igd_op *op, igd_arena *mem)
{
    switch ((int)op->kind) {
    case IGD_OP_ADD_CHECK:
        find_column(table, op->check->column);
        IGD_PUSH(mem, &table->checks, *op->check);
        break;
    case IGD_OP_DROP_CHECK:
        REMOVE(&table->checks, op->check->name);
        break;
    case IGD_OP_ADD_INDEX:
        for (size_t n = 0; n < op->index->columns.len; n++)
            find_column(table, op->index->columns.items[n]);
        IGD_PUSH(mem, &table->indexes, *op->index);
        break;
    case IGD_OP_DROP_INDEX:
        REMOVE(&table->indexes, op->index->name);
        break;
    case IGD_OP_ADD_FOREIGN_KEY: {
        igd_table *other = find_table(w, op->foreign_key->ref_table);
        assert_int_equal(op->foreign_key->ref_columns.len, other->key_count);
        for (size_t n = 0; n < op->foreign_key->columns.len; n++) {
            assert_true(find_column(table, op->foreign_key->columns.items[n])->key_text);
            assert_true(igd_str_eq(op->foreign_key->ref_columns.items[n], other->columns[n].name));
        }
        IGD_PUSH(mem, &table->foreign_keys, *op->foreign_key);
        break;
    }
    case IGD_OP_DROP_FOREIGN_KEY:
        REMOVE(&table->foreign_keys, op->foreign_key->name);
        break;
    default:
        fail_msg("not a constraint");
    }
}

static size_t executed[IGD_OP_COUNT];

static void execute(world *w, const igd_op *op, igd_arena *mem)
{
    executed[op->kind]++;
    if (op->kind == IGD_OP_CREATE_TABLE) {
        assert_name_is_free(w, op->table);
        IGD_PUSH(mem, w, bare_copy(op->to, mem));
        return;
    }
    igd_table *table = find_table(w, op->table);
    if (op->check || op->foreign_key || op->index) {
        change_constraint(w, table, op, mem);
        return;
    }
    if (op->kind == IGD_OP_DROP_TABLE || op->kind == IGD_OP_RENAME_TABLE ||
        op->kind == IGD_OP_CHANGE_PRIMARY_KEY)
        assert_not_referenced(w, op->table);
    if (op->kind == IGD_OP_DROP_TABLE) {
        assert_int_equal(table->foreign_keys.len + table->indexes.len, 0);
        *table = w->items[--w->len];
    } else if (op->kind == IGD_OP_RENAME_TABLE) {
        assert_true(igd_str_eq(op->from->name, op->table));
        assert_name_is_free(w, op->to->name);
        table->name = op->to->name;
    } else if (op->kind == IGD_OP_CHANGE_PRIMARY_KEY) {
        assert_int_equal(table->foreign_keys.len + table->indexes.len, 0);
        *table = bare_copy(op->to, mem);
    } else {
        change_column(table, op, mem);
    }
}

/* ---- comparing ---- */

static int by_column_name(const void *a, const void *b)
{
    return igd_str_cmp(((const igd_column *)a)->name, ((const igd_column *)b)->name);
}

static int by_check_name(const void *a, const void *b)
{
    return igd_str_cmp(((const igd_check *)a)->name, ((const igd_check *)b)->name);
}

static int by_foreign_key_name(const void *a, const void *b)
{
    return igd_str_cmp(((const igd_foreign_key *)a)->name, ((const igd_foreign_key *)b)->name);
}

static int by_index_name(const void *a, const void *b)
{
    return igd_str_cmp(((const igd_index *)a)->name, ((const igd_index *)b)->name);
}

/* The table without what no engine keeps: the order of things, and what JSON is checked for. */
static igd_str normal_form(const igd_table *table, igd_arena *mem)
{
    igd_table copy = full_copy(table, mem);
    for (size_t n = 0; n < copy.column_count; n++) {
        if (copy.columns[n].type.kind == IGD_JSON)
            copy.columns[n].type = (igd_type){IGD_JSON, IGD_ANY, IGD_JSON};
    }
    qsort(copy.columns + copy.key_count, copy.column_count - copy.key_count, sizeof(igd_column),
          by_column_name);
    if (copy.checks.len > 0)
        qsort(copy.checks.items, copy.checks.len, sizeof(igd_check), by_check_name);
    if (copy.foreign_keys.len > 0)
        qsort(copy.foreign_keys.items, copy.foreign_keys.len, sizeof(igd_foreign_key),
              by_foreign_key_name);
    if (copy.indexes.len > 0)
        qsort(copy.indexes.items, copy.indexes.len, sizeof(igd_index), by_index_name);
    return igd_table_to_json(&copy, mem);
}

static void assert_same_table(const igd_table *is, const igd_table *wanted, igd_arena *mem)
{
    igd_str a = normal_form(is, mem), b = normal_form(wanted, mem);
    if (!igd_str_eq(a, b))
        fail_msg("table differs:\n%.*s\nwanted:\n%.*s", IGD_STR_ARG(a), IGD_STR_ARG(b));
}

static void assert_world_is(world *w, const igd_schema *wanted, igd_arena *mem)
{
    assert_int_equal(w->len, wanted->table_count);
    for (size_t n = 0; n < wanted->table_count; n++)
        assert_same_table(find_table(w, wanted->tables[n].name), &wanted->tables[n], mem);
}

static void assert_world_is_between(world *w, const igd_plan *plan, igd_arena *mem)
{
    assert_int_equal(w->len, plan->table_count);
    for (size_t n = 0; n < plan->table_count; n++) {
        const igd_table_plan *table = &plan->tables[n];
        igd_table wanted = table->from && table->to ? full_copy(table->between, mem)
                                                    : bare_copy(table->between, mem);
        assert_same_table(find_table(w, wanted.name), &wanted, mem);
        if (table->to) {
            for (size_t k = 0; k < table->to->column_count; k++)
                assert_true(
                    igd_str_eq(table->to->columns[k].name, table->between->columns[k].name));
        }
    }
}

static world world_of(const igd_schema *schema, igd_arena *mem)
{
    world w = {0};
    for (size_t n = 0; n < schema->table_count; n++)
        IGD_PUSH(mem, &w, full_copy(&schema->tables[n], mem));
    return w;
}

static void assert_plan_works(const igd_schema *from, const igd_schema *to, igd_arena *mem)
{
    igd_plan plan;
    igd_plan_make(from, to, 0, mem, &plan);
    world w = world_of(from, mem);
    for (size_t n = 0; n < plan.expand.len; n++)
        execute(&w, &plan.expand.items[n], mem);
    assert_world_is_between(&w, &plan, mem);
    for (size_t n = 0; n < plan.contract.len; n++)
        execute(&w, &plan.contract.items[n], mem);
    assert_world_is(&w, to, mem);

    for (size_t n = plan.contract.len; n-- > 0;) {
        igd_op undo = igd_op_inverse(&plan.contract.items[n]);
        assert_int_equal(undo.part, IGD_PART_EXPAND);
        execute(&w, &undo, mem);
    }
    for (size_t n = plan.expand.len; n-- > 0;) {
        igd_op undo = igd_op_inverse(&plan.expand.items[n]);
        execute(&w, &undo, mem);
    }
    assert_world_is(&w, from, mem);
}

/* ---- random databases ---- */

static uint64_t state = 88172645463325252u;

static uint32_t below(uint32_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % limit;
}

static void random_limits(igd_field *field)
{
    igd_limit limit = {true, below(3) + 1};
    if (below(3) == 0)
        field->max_length = limit;
    if (below(6) == 0)
        field->length = limit;
    if (below(6) == 0)
        field->min_length = limit;
    if (below(4) == 0)
        field->min_value = below(2) ? IGD_STR("1") : IGD_STR("2.5");
}

static igd_field random_field(igd_str name, igd_arena *mem)
{
    static const char *const types[] = {"string", "string", "string", "int",
                                        "float",  "date",   "[]int",  "any"};
    static const char *const targets[] = {"a", "b", "m.n", "m_n"};
    igd_field field = {.name = name, .required = below(2)};
    igd_type_parse(igd_str_from(types[below(IGD_COUNT(types))]), &field.type, NULL);
    random_limits(&field);
    if (below(3) == 0)
        field.foreign_key = igd_str_from(targets[below(IGD_COUNT(targets))]);
    for (uint32_t n = below(3); n > 0 && field.type.kind == IGD_STRING; n--)
        IGD_PUSH(mem, &field.allowed, igd_value_string(below(2) ? IGD_STR("x") : IGD_STR("y")));
    return field;
}

static igd_collection *random_collection(const char *id, const igd_collection *parent,
                                         igd_arena *mem)
{
    static const char *const names[] = {"$ID", "id", "a_id", "name", "Ref", "n", "_key"};
    igd_collection *collection = IGD_NEW(mem, igd_collection);
    collection->id = igd_str_from(id);
    collection->parent = parent;
    collection->record_type = below(2) ? IGD_RECORD_LIST : IGD_RECORD_SINGLE;
    collection->fields = IGD_NEW_ARRAY(mem, igd_field, IGD_COUNT(names));
    for (size_t n = 0; n < IGD_COUNT(names); n++) {
        if (below(2))
            collection->fields[collection->field_count++] =
                random_field(igd_str_from(names[n]), mem);
    }
    for (uint32_t n = below(3); n > 0 && collection->field_count > 0; n--)
        IGD_PUSH(mem, &collection->primary_key,
                 collection->fields[below((uint32_t)collection->field_count)].name);
    return collection;
}

/* "m.n" and "m_n" share a table name, so there is one of them at most. */
static igd_schema random_schema(igd_arena *mem)
{
    const igd_collection *all[6];
    size_t count = 0;
    igd_collection *a = random_collection("a", NULL, mem);
    all[count++] = a;
    if (below(2))
        all[count++] = random_collection("b", NULL, mem);
    if (below(3))
        all[count++] = random_collection(below(2) ? "m.n" : "m_n", NULL, mem);
    if (below(2)) {
        igd_collection *child = random_collection("a/child", a, mem);
        all[count++] = child;
        if (below(2))
            all[count++] = random_collection("a/child/grand", child, mem);
    }
    igd_mapping mapping = {
        .key_column = below(4) ? IGD_STR("id") : IGD_STR("pk"),
        .identifier_bytes = below(3) ? 63 : 16,
    };
    igd_problems problems = IGD_PROBLEMS_INIT(mem);
    igd_schema schema;
    igd_map_schema(all, count, &mapping, mem, &problems, &schema);
    return schema;
}

static void test_any_plan_leads_there_and_back(void **unused)
{
    (void)unused;
    for (int n = 0; n < 1500; n++) {
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        igd_schema from = random_schema(mem), to = random_schema(mem);
        assert_plan_works(&from, &to, mem);
    }
    for (size_t kind = 0; kind < IGD_OP_COUNT; kind++)
        assert_true(executed[kind] >= 10);
}

static void test_nothing_to_do(void **unused)
{
    (void)unused;
    for (int n = 0; n < 100; n++) {
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        igd_schema schema = random_schema(mem);
        igd_plan plan;
        igd_plan_make(&schema, &schema, 0, mem, &plan);
        assert_int_equal(plan.op_count + plan.expand.len + plan.contract.len, 0);
        assert_int_equal(plan.losses, IGD_LOSS_NONE);
        for (size_t k = 0; k < plan.table_count; k++) {
            assert_ptr_equal(plan.tables[k].between, plan.tables[k].to);
            assert_false(plan.tables[k].emit_all);
        }
    }
}

/* Every pair of tables can also be diffed by itself, and says the same as its plan. */
static void test_diff_agrees_with_plan(void **unused)
{
    (void)unused;
    for (int n = 0; n < 200; n++) {
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        igd_schema from = random_schema(mem), to = random_schema(mem);
        igd_schema one = {&from.tables[0], 1}, other = {&to.tables[0], 1};
        igd_op_list ops = {0};
        igd_plan plan;
        igd_plan_make(&one, &other, 0, mem, &plan);
        bool same = igd_str_eq(one.tables->collection, other.tables->collection);
        igd_table_diff(one.tables, same ? other.tables : NULL, mem, &ops);
        const igd_table_plan *found = igd_plan_table(&plan, one.tables->collection);
        assert_int_equal(ops.len, found->expand.len + found->contract.len);
        for (size_t k = 0; k < ops.len; k++) {
            const igd_op *wanted = k < found->expand.len
                                       ? &found->expand.items[k]
                                       : &found->contract.items[k - found->expand.len];
            assert_int_equal(ops.items[k].kind, wanted->kind);
            assert_int_equal(ops.items[k].part, wanted->part);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_plan_leads_there_and_back),
        cmocka_unit_test(test_nothing_to_do),
        cmocka_unit_test(test_diff_agrees_with_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
