/*
 * Foreign keys: the module rule, and what to say when one leads nowhere.
 */
#include <stdio.h>

#include "ingitdb/references.h"
#include "tests/unit/ingitdb/loaded.h"

/* A collection with one column `ref` that refers to `target`. */
static void put_collection(loaded *l, const char *dir, const char *target)
{
    char path[256], text[512];
    snprintf(path, sizeof(path), "%s/.collection/definition.yaml", dir);
    snprintf(text, sizeof(text), RECORDS "columns:\n  ref: {type: string, foreign_key: '%s'}\n",
             target);
    put(l, path, target ? text : PLAIN);
}

static igd_str key_of(const loaded *l, const char *id)
{
    return need(l, id)->model.fields[0].foreign_key;
}

static void resolves_by_module(void **state)
{
    loaded *l = *state;
    put(l, ".ingitdb/root-collections.yaml",
        "shop.*: shop\ngeo.countries: geo/c\ncountries: c\nplain: p\n");
    put(l, "shop/.ingitdb/root-collections.yaml",
        "countries: c\na: a\nb: b\nc: c2\nd: d\norders: o\nself: s\n");
    put_collection(l, "shop/c", "");
    put_collection(l, "geo/c", "");
    put_collection(l, "c", "");
    put_collection(l, "p", "countries");
    put_collection(l, "shop/a", "countries");
    put_collection(l, "shop/b", "geo.countries");
    put_collection(l, "shop/c2", "plain");
    put_collection(l, "shop/d", "shop.countries");
    put_collection(l, "shop/s", "self");
    put_collection(l, "shop/o", "countries");
    put(l, "shop/o/.collection/subcollections/lines/definition.yaml",
        RECORDS "columns:\n  ref: {type: '[]string', foreign_key: countries}\n");
    load(l);
    need_none(&l->problems);
    assert_str(key_of(l, "shop.countries"), ""); /* "" is none */
    assert_str(key_of(l, "plain"), "countries");
    assert_str(key_of(l, "shop.a"), "shop.countries");
    assert_str(key_of(l, "shop.b"), "geo.countries");
    assert_str(key_of(l, "shop.c"), "plain");
    assert_str(key_of(l, "shop.d"), "shop.countries");
    assert_str(key_of(l, "shop.self"), "shop.self");
    assert_str(key_of(l, "shop.orders/lines"), "shop.countries");
}

static void says_what_was_meant(void **state)
{
    loaded *l = *state;
    put(l, ".ingitdb/root-collections.yaml",
        "geo.countries: g\nshop.countries: s\na: a\nb: b\nc: c\nd: d\npeople: p\nbroken: x\ne: e\n");
    put_collection(l, "g", "");
    put_collection(l, "s", "");
    put_collection(l, "a", "countries");
    put_collection(l, "b", "poeple");
    put_collection(l, "c", "a/sub");
    put_collection(l, "d", "unheard_of");
    put_collection(l, "e", "broken");
    put(l, "x/.collection/definition.yaml", "columns: []\n" RECORDS);
    put_collection(l, "p", "");
    put_collection(l, "a/.collection/subcollections/sub", "");
    put(l, "a/.collection/subcollections/sub/definition.yaml",
        RECORDS "columns:\n  ref: {type: string, foreign_key: a.people}\n");
    load(l);
    const igd_problem *problem = need_error(l, "foreign_key 'countries' of column 'ref'");
    assert_str(problem->hint, "did you mean 'geo.countries', 'shop.countries'?");
    assert_str(problem->path, "a/.collection/definition.yaml");
    assert_int_equal(problem->line, 3);
    assert_int_equal(problem->column, 36);
    assert_str(problem->collection, "a");
    assert_str(problem->field, "ref");
    assert_str(need_error(l, "foreign_key 'poeple'")->hint, "did you mean 'people'?");
    assert_str(need_error(l, "foreign_key 'a/sub'")->hint,
               "only root collections can be referred to");
    assert_str(need_error(l, "foreign_key 'a.people'")->hint, "did you mean 'people'?");
    problem = need_error(l, "foreign_key 'unheard_of'");
    assert_true(igd_str_starts(problem->hint, IGD_STR("root collections: 'a', 'b', ")));
    assert_null(igd_database_find(l->database, IGD_STR("a")));
    /* A collection that is declared and broken is no second mistake. */
    assert_str(key_of(l, "e"), "broken");
    assert_null(igd_database_find(l->database, IGD_STR("broken")));
}

static void blames_the_inherited_file(void **state)
{
    loaded *l = *state;
    put(l, ".ingitdb/root-collections.yaml", "a: a\nb: b\n");
    put(l, "a/.collection/definition.yaml", "inherits: ../../base.yaml\n" RECORDS);
    put(l, "b/.collection/definition.yaml",
        "inherits: ../../base.yaml\n" RECORDS "columns: {zz: {type: string, foreign_key: a}}\n");
    put(l, "base.yaml", "\ncolumns:\n  ref: {type: string, foreign_key: nowhere}\n");
    load(l);
    assert_int_equal(l->problems.schema_errors, 2);
    assert_str(l->problems.items[0].path, "base.yaml");
    assert_int_equal(l->problems.items[0].line, 3);
    assert_str(l->problems.items[1].collection, "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADED_TEST(resolves_by_module),
        LOADED_TEST(says_what_was_meant),
        LOADED_TEST(blames_the_inherited_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
