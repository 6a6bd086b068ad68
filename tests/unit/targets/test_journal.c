/*
 * What a run remembers of tables on its way: in stores their columns alone, since it all is one
 * value.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/state.h"

static igd_column columns[] = {
    {.name = {"id", 2}, .type = {.kind = IGD_STRING}, .not_null = true, .key_text = true},
    {.name = {"of", 2}, .type = {.kind = IGD_STRING}},
};

static igd_table table_with_everything(igd_arena *mem)
{
    igd_table table = {.name = IGD_STR("t"),
                       .collection = IGD_STR("t"),
                       .key_count = 1,
                       .columns = columns,
                       .column_count = IGD_COUNT(columns)};
    igd_str_list of = {0};
    IGD_PUSH(mem, &of, IGD_STR("of"));
    IGD_PUSH(mem, &table.indexes, (igd_index){.name = IGD_STR("i"), .columns = of});
    IGD_PUSH(mem, &table.checks,
             (igd_check){.name = IGD_STR("c"),
                         .column = IGD_STR("of"),
                         .kind = IGD_CHECK_MAX_LENGTH,
                         .limit = 9});
    igd_table_finish(&table, mem);
    return table;
}

static size_t count_lines(igd_str text)
{
    igd_str line;
    size_t count = 0;
    while (igd_str_split(&text, '\n', &line))
        count++;
    return count;
}

static void columns_alone(void **state)
{
    (void)state;
    igd_arena *mem = igd_arena_new();
    igd_table table = table_with_everything(mem);
    igd_table_plan planned = {.between = &table, .to = &table};
    igd_plan plan = {.tables = &planned, .table_count = 1};
    igd_str all = igd_state_journal((igd_str){0}, &plan, false, mem);
    assert_int_equal(count_lines(all), 1);
    igd_str some = igd_state_journal((igd_str){0}, &plan, true, mem);
    assert_int_equal(count_lines(some), 1);
    assert_true(some.len < all.len);
    igd_source_state source = {.goal_commit_id = IGD_STR("x"), .journal = some};
    igd_schema forms;
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(igd_state_forms(&source, mem, &forms, &err), IGD_OK);
    assert_int_equal(forms.table_count, 1);
    assert_int_equal(forms.tables[0].column_count, 2);
    assert_int_equal(forms.tables[0].checks.len + forms.tables[0].indexes.len, 0);
    igd_arena_free(mem);
}

/* However often runs are interrupted. */
static void does_not_grow(void **state)
{
    (void)state;
    igd_arena *mem = igd_arena_new();
    igd_table table = table_with_everything(mem), shorter = table;
    shorter.column_count = 1;
    igd_table_plan there = {.between = &table, .to = &shorter},
                   back = {.between = &shorter, .to = &table};
    igd_plan first = {.tables = &there, .table_count = 1},
             second = {.tables = &back, .table_count = 1};
    igd_str once = igd_state_journal((igd_str){0}, &first, true, mem);
    assert_int_equal(count_lines(once), 2);
    assert_true(igd_str_eq(igd_state_journal(once, &second, true, mem), once));
    igd_arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_alone),
        cmocka_unit_test(does_not_grow),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
