/*
 * Sides: slots in the order of references, what refers to what, and definitions with errors.
 */
#include "tests/unit/src/sync/sync_fixture.h"

static void referred_to_comes_first(void **state)
{
    shop *s = *state;
    define_shop(s);
    const igd_side *side = side_at(s, commit(s));
    assert_int_equal(side->slot_count, 5);
    assert_true(slot_of(side, "labels") < slot_of(side, "people"));
    assert_true(slot_of(side, "people") < slot_of(side, "orders"));
    assert_true(slot_of(side, "orders") < slot_of(side, "orders/lines"));
    assert_int_equal(igd_side_slot(side, IGD_STR("lines")), -1);
}

static const igd_reference *reference(const igd_side *side, const char *collection,
                                      const char *field)
{
    const igd_slot *slot = &side->slots[slot_of(side, collection)];
    for (size_t n = 0; n < slot->reference_count; n++)
        if (igd_str_is(slot->references[n].field, field))
            return &slot->references[n];
    fail_msg("%s has no reference %s", collection, field);
    return NULL;
}

static void references(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, "orders/.collection/subcollections/lines/subcollections/notes/definition.yaml",
        ONE_RECORD "columns: {text: {type: string}}\n");
    const igd_side *side = side_at(s, commit(s));
    const igd_reference *friend = reference(side, "people", "friend");
    assert_int_equal(friend->target, slot_of(side, "people"));
    assert_int_equal(friend->count, 1);
    assert_false(friend->list || friend->parent);
    assert_true(reference(side, "people", "tags")->list);
    const igd_slot *notes = &side->slots[slot_of(side, "orders/lines/notes")];
    assert_int_equal(notes->reference_count, 1);
    assert_true(notes->references[0].parent);
    assert_int_equal(notes->references[0].target, slot_of(side, "orders/lines"));
    assert_int_equal(notes->references[0].column, 0);
    assert_int_equal(notes->references[0].count, 2); /* the order's key and the line's */
    assert_int_equal(side->slots[slot_of(side, "labels")].reference_count, 1);
    assert_int_equal(side->slots[slot_of(side, "orders/taxes")].reference_count, 1);
}

static void schema_errors(void **state)
{
    shop *s = *state;
    define_shop(s);
    define(s, "people", ONE_RECORD "columns: {name: {type: string, foreign_key: nobody}}\n");
    define(s, "labels", MAP_FILE("labels.yaml") "columns: {title: {type: nonsense}}\n");
    const char *hex = commit(s);
    igd_mapping mapping = {.key_column = IGD_STR("id")};
    igd_side side = {0};
    igd_commit at;
    assert_int_equal(igd_repo_resolve(shop_repo(s), hex, &at, &s->err), IGD_OK);
    assert_int_equal(igd_side_load(s->repo, &at, &mapping, false, s->mem, &s->problems, &side,
                                   &s->err),
                     IGD_E_SCHEMA);
    assert_null(side.database);
    assert_true(s->problems.schema_errors >= 2);
    assert_non_null(strstr(s->err.message, "definitions at commit"));
    igd_side_free(&side);
}

/* --strict: what is odd in a definition is wrong. */
static void strict_definitions(void **state)
{
    shop *s = *state;
    define_shop(s);
    put(s, ".ingitdb/settings.yaml", "default_namespace: shop\n");
    const char *hex = commit(s);
    igd_mapping mapping = {.key_column = IGD_STR("id")};
    igd_side side = {0};
    igd_commit at;
    igd_problems lenient = IGD_PROBLEMS_INIT(s->mem), strict = IGD_PROBLEMS_INIT(s->mem);
    assert_int_equal(igd_repo_resolve(shop_repo(s), hex, &at, &s->err), IGD_OK);
    assert_int_equal(igd_side_load(s->repo, &at, &mapping, false, s->mem, &lenient, &side, &s->err),
                     IGD_OK);
    igd_side_free(&side);
    int code = igd_side_load(s->repo, &at, &mapping, true, s->mem, &strict, &side, &s->err);
    assert_int_equal(code, lenient.warnings > 0 ? IGD_E_SCHEMA : IGD_OK);
    assert_int_equal(strict.schema_errors, lenient.warnings);
    assert_int_equal(strict.warnings, 0);
    igd_side_free(&side);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(referred_to_comes_first),
        SHOP_TEST(references),
        SHOP_TEST(schema_errors),
        SHOP_TEST(strict_definitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
