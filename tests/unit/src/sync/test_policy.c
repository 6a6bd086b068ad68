/*
 * Policies: which losses are named, which consent is asked for, and whose a table is.
 */
#include "sync/policy.h"
#include "tests/unit/src/sync/sync_fixture.h"

static igd_plan plan_between(shop *s, const igd_side *from, const igd_side *to)
{
    igd_plan plan;
    igd_plan_make(&from->schema, &to->schema, 0, s->mem, &plan);
    return plan;
}

static void losses(void **state)
{
    shop *s = *state;
    define_shop(s);
    const igd_side *before = side_at(s, commit(s));
    define(s, "labels", MAP_FILE("labels.yaml") "columns:\n  title: {type: string}\n");
    put(s, ".ingitdb/root-collections.yaml", "people: people\nlabels: labels\n");
    repo_delete(s->b, "orders");
    const igd_side *now = side_at(s, commit(s));
    igd_plan plan = plan_between(s, before, now);
    assert_int_equal(igd_policy_losses(&plan, 0, &s->err), IGD_E_DESTRUCTIVE);
    assert_non_null(strstr(s->err.message, "orders"));
    assert_non_null(strstr(s->err.message, "above"));
    assert_string_equal(s->err.hint, "to permit it add --allow-destructive=drop_table,drop_column");
    /* Consent to one of them leaves the other one to be named, in an option that permits both. */
    assert_int_equal(igd_policy_losses(&plan, IGD_LOSS_DROP_TABLE, &s->err), IGD_E_DESTRUCTIVE);
    assert_null(strstr(s->err.message, "orders"));
    assert_string_equal(s->err.hint,
                        "to permit it, too: --allow-destructive=drop_table,drop_column");
    assert_int_equal(igd_policy_losses(&plan, IGD_LOSS_DROP_TABLE | IGD_LOSS_DROP_COLUMN, &s->err),
                     IGD_OK);
    igd_plan back = plan_between(s, now, before);
    assert_int_equal(igd_policy_losses(&back, 0, &s->err), IGD_OK);
}

/* The message stays readable. */
static void many_losses(void **state)
{
    shop *s = *state;
    IGD_CLEANUP(igd_buf)
    igd_buf columns = IGD_BUF_INIT;
    put(s, ".ingitdb/root-collections.yaml", "wide: wide\n");
    igd_buf_puts(&columns, ONE_RECORD "columns:\n  keep: {type: string}\n");
    define(s, "wide", columns.ptr);
    const igd_side *narrow = side_at(s, commit(s));
    for (int n = 0; n < 9; n++)
        igd_buf_printf(&columns, "  c%d: {type: string}\n", n);
    define(s, "wide", columns.ptr);
    const igd_side *wide = side_at(s, commit(s));
    igd_plan plan = plan_between(s, wide, narrow);
    assert_int_equal(igd_policy_losses(&plan, 0, &s->err), IGD_E_DESTRUCTIVE);
    assert_non_null(strstr(s->err.message, ", and 4 more"));
}

/* before rows, then what a run does; trips without a limit, with 3, with 50%. */
static void fuse(void **state)
{
    shop *s = *state;
    static const struct {
        int64_t before;
        uint64_t inserted, deleted;
        bool unset, three, half;
    } cases[] = {
        {10, 0, 0, false, false, false},  {0, 5, 0, false, false, false},
        {1, 0, 1, true, false, true},     {1, 1, 1, false, false, true},
        {10, 0, 9, false, true, true},    {40, 0, 20, false, true, false},
        {40, 0, 21, true, true, true},    {100, 0, 50, false, true, false},
        {100, 0, 51, true, true, true},   {100, 100, 100, true, true, true},
        {100, 0, 3, false, false, false}, {100, 0, 4, false, true, false},
    };
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        igd_source_state state_before = {0};
        IGD_PUSH(s->mem, &state_before.tables,
                 (igd_table_state){.collection = IGD_STR("people"), .row_count = cases[n].before});
        igd_table_counts counts = {.collection = IGD_STR("people"),
                                   .inserted = cases[n].inserted,
                                   .deleted = cases[n].deleted};
        igd_sync_result result = {.tables = &counts, .table_count = 1};
        const igd_fuse fuses[] = {{0}, {.set = true, .most = 3}, {true, true, 50}};
        const bool wanted[] = {cases[n].unset, cases[n].three, cases[n].half};
        for (size_t f = 0; f < IGD_COUNT(fuses); f++) {
            int code = igd_policy_fuse(&result, &state_before, &fuses[f], 0, &s->err);
            assert_int_equal(code, wanted[f] ? IGD_E_MASS_DELETE : IGD_OK);
            code =
                igd_policy_fuse(&result, &state_before, &fuses[f], IGD_LOSS_MASS_DELETE, &s->err);
            assert_int_equal(code, IGD_OK);
            assert_int_equal(igd_policy_fuse(&result, NULL, &fuses[f], 0, &s->err), IGD_OK);
        }
    }
}

static void owners(void **state)
{
    shop *s = *state;
    define_shop(s);
    const igd_side *side = side_at(s, commit(s));
    igd_plan plan = plan_between(s, side, side);
    igd_source_state sources[2] = {{.source = IGD_STR("mine")}, {.source = IGD_STR("theirs")}};
    igd_state all = {.present = true, .sources = sources, .count = 2};
    IGD_PUSH(s->mem, &sources[0].tables, (igd_table_state){.table_name = IGD_STR("people")});
    IGD_PUSH(s->mem, &sources[1].tables, (igd_table_state){.table_name = IGD_STR("pets")});
    assert_int_equal(igd_policy_owners(&plan, &all, IGD_STR("mine"), &s->err), IGD_OK);
    IGD_PUSH(s->mem, &sources[1].tables, (igd_table_state){.table_name = IGD_STR("labels")});
    assert_int_equal(igd_policy_owners(&plan, &all, IGD_STR("mine"), &s->err), IGD_E_UNOWNED);
    assert_non_null(strstr(s->err.message, "'labels' of collection 'labels' belongs to source "
                                           "'theirs'"));
    assert_true(s->err.hint[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(losses),
        SHOP_TEST(many_losses),
        SHOP_TEST(fuse),
        SHOP_TEST(owners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
