/*
 * Sides of a part of the collections: slots, what lies behind them, foreign keys, problems.
 */
#include "tests/unit/src/sync/sync_fixture.h"

static igd_problems said;

static int load(shop *s, const char *hex, const igd_scope *scope, igd_side *side)
{
    igd_mapping mapping = {.key_column = IGD_STR("id")};
    igd_commit at;
    said = IGD_PROBLEMS_INIT(s->mem);
    s->err = IGD_ERROR_INIT;
    assert_int_equal(igd_repo_resolve(shop_repo(s), hex, &at, &s->err), IGD_OK);
    return igd_side_load_part(s->repo, &at, scope, &mapping, false, s->mem, &said, side, &s->err);
}

/* "orders people | labels": the slots, and those behind them. */
static void need_slots(const igd_side *side, const char *wanted)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < side->reach; n++)
        igd_buf_printf(&text, "%s%s%.*s", n ? " " : "", n == side->slot_count ? "| " : "",
                       IGD_STR_ARG(side->slots[n].table->collection));
    assert_string_equal(text.ptr, wanted);
}

static size_t foreign_keys(const igd_side *side, const char *collection)
{
    return side->slots[slot_of(side, collection)].table->foreign_keys.len;
}

static void slots_and_what_they_refer_to(void **state)
{
    shop *s = *state;
    IGD_CLEANUP(igd_side)
    igd_side side = {0};
    igd_selection lines = {.collections = IGD_STR("orders/lines")};
    igd_schema none = {0};
    igd_scope scope = {.selection = &lines, .recorded = &none};
    define_shop(s);
    assert_int_equal(load(s, commit(s), &scope, &side), IGD_OK);
    need_slots(&side, "orders orders/lines | people labels");
    assert_int_equal(side.schema.table_count, 2);
    assert_int_equal(igd_side_slot(&side, IGD_STR("people")), -1);
    const igd_slot *slot = &side.slots[1];
    assert_int_equal(slot->reference_count, 2);
    assert_int_equal(slot->references[0].target, 0);
    assert_int_equal(slot->references[1].target, 3);
    assert_int_equal(side.slots[2].reference_count, 0);
}

static void foreign_keys_to_what_is_there(void **state)
{
    shop *s = *state;
    IGD_CLEANUP(igd_side)
    igd_side side = {0}, all = {0};
    igd_selection orders = {.collections = IGD_STR("orders*")};
    igd_schema none = {0}, recorded = {0};
    igd_scope scope = {.selection = &orders, .recorded = &none};
    define_shop(s);
    const char *hex = commit(s);
    assert_int_equal(load(s, hex, &scope, &side), IGD_OK);
    assert_int_equal(foreign_keys(&side, "orders"), 0);
    assert_int_equal(foreign_keys(&side, "orders/lines"), 1); /* the parent */
    assert_int_equal(said.warnings, 2);
    assert_string_equal(said.items[0].code, "left-out");
    assert_true(said.items[0].line > 0);
    igd_side_free(&side);
    /* No target, nothing to say. */
    scope.recorded = NULL;
    assert_int_equal(load(s, hex, &scope, &side), IGD_OK);
    assert_int_equal(said.warnings, 0);
    igd_side_free(&side);
    /* One of the two has arrived; then its key is called otherwise. */
    static const igd_scope everything;
    assert_int_equal(load(s, hex, &everything, &all), IGD_OK);
    recorded.tables = (igd_table[]){*all.slots[slot_of(&all, "people")].table};
    recorded.table_count = 1;
    scope.recorded = &recorded;
    assert_int_equal(load(s, hex, &scope, &side), IGD_OK);
    assert_int_equal(foreign_keys(&side, "orders"), 1);
    assert_int_equal(said.warnings, 1);
    igd_side_free(&side);
    recorded.tables[0].columns =
        (igd_column[]){{.name = IGD_STR("code"), .not_null = true, .key_text = true}};
    assert_int_equal(load(s, hex, &scope, &side), IGD_OK);
    assert_int_equal(foreign_keys(&side, "orders"), 0);
    igd_side_free(&side);
    /* Those that the target is said to have, for verify. */
    scope.links = IGD_LINKS_RECORDED;
    scope.recorded = &all.schema;
    assert_int_equal(load(s, hex, &scope, &side), IGD_OK);
    assert_int_equal(foreign_keys(&side, "orders"), 1);
    assert_int_equal(said.warnings, 0);
    igd_side_free(&all);
}

static void problems_of_others(void **state)
{
    shop *s = *state;
    IGD_CLEANUP(igd_side)
    igd_side side = {0};
    igd_selection people = {.collections = IGD_STR("people")};
    igd_scope scope = {.selection = &people};
    define_shop(s);
    define(s, "orders", "columns: 5\n");
    assert_int_equal(load(s, commit(s), &scope, &side), IGD_OK);
    assert_int_equal(said.len, 0);
    igd_side_free(&side);
    people.collections = IGD_STR("orders");
    assert_int_equal(load(s, commit(s), &scope, &side), IGD_E_SCHEMA);
    /* What cannot be read may have the collection that was meant. */
    people.collections = IGD_STR("orders/lines");
    assert_int_equal(load(s, commit(s), &scope, &side), IGD_E_SCHEMA);
    people.collections = IGD_STR("persons");
    assert_int_equal(load(s, commit(s), &scope, &side), IGD_E_SCHEMA);
    define_shop(s);
    define(s, "labels", "columns: 5\n");
    people.collections = IGD_STR("people");
    assert_int_equal(load(s, commit(s), &scope, &side), IGD_E_SCHEMA);
    /* An old side: what was not synced from it may have been wrong. */
    define_shop(s);
    define(s, "orders", "columns: 5\n");
    igd_chosen only = igd_chosen_only(
        &(igd_str_list){(igd_str[]){IGD_STR("people"), IGD_STR("gone")}, 2, 2}, s->mem);
    igd_scope old = {.only = &only, .links = IGD_LINKS_NONE};
    assert_int_equal(load(s, commit(s), &old, &side), IGD_OK);
    need_slots(&side, "people");
    assert_int_equal(side.slots[0].reference_count, 0);
}

static void what_the_target_has_can_be_named(void **state)
{
    shop *s = *state;
    IGD_CLEANUP(igd_side)
    igd_side side = {0};
    igd_selection gone = {.collections = IGD_STR("gone")};
    igd_schema recorded = {.tables = &(igd_table){.collection = IGD_STR("gone")}, .table_count = 1};
    igd_scope scope = {.selection = &gone};
    define_shop(s);
    const char *hex = commit(s);
    assert_int_equal(load(s, hex, &scope, &side), IGD_E_USAGE);
    scope.recorded = &recorded;
    assert_int_equal(load(s, hex, &scope, &side), IGD_OK);
    assert_int_equal(side.reach, 0);
    assert_true(igd_chosen_has(&side.chosen, IGD_STR("gone")));
    assert_false(igd_chosen_has(&side.chosen, IGD_STR("people")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(slots_and_what_they_refer_to),
        SHOP_TEST(foreign_keys_to_what_is_there),
        SHOP_TEST(problems_of_others),
        SHOP_TEST(what_the_target_has_can_be_named),
    };
    return cmocka_run_group_tests_name("scope", tests, NULL, NULL);
}
