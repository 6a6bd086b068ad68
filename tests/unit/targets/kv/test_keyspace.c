/*
 * Names of keys: what is ours decodes exactly, and nothing that looks like it does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/kv/keyspace.h"

static igd_arena *mem;
static const igd_keyspace space = {.prefix = {"app", 3}, .separator = '/'};
static const igd_keyspace tagged = {.prefix = {"app", 3}, .separator = ':', .tagged = true};

static int setup(void **state IGD_UNUSED)
{
    mem = igd_arena_new();
    return 0;
}

static int teardown(void **state IGD_UNUSED)
{
    igd_arena_free(mem);
    return 0;
}

static const igd_table orders = {.collection = {"orders", 6}, .key_count = 1};
static const igd_table details = {.collection = {"orders/details", 14}, .key_count = 2};

static void check_key(igd_str key, const char *name)
{
    igd_value row = igd_value_string(key), back;
    igd_str made = igd_keyspace_record(&space, &orders, &row, mem);
    assert_true(igd_str_is(made, name));
    assert_true(igd_keyspace_decode(&space, &orders, made, mem, &back));
    assert_true(igd_str_eq(back.text, key));
    assert_true(igd_str_starts(made, igd_keyspace_of(&space, &orders, mem)));
}

static void keys_are_encoded(void **state IGD_UNUSED)
{
    check_key(IGD_STR("a"), "app/orders/a");
    check_key(IGD_STR("a/b"), "app/orders/a%2Fb");
    check_key(IGD_STR("100%"), "app/orders/100%25");
    check_key(IGD_STR("%2F"), "app/orders/%252F");
    check_key(IGD_STR("a:b c"), "app/orders/a:b c");
    check_key(IGD_STR("a\nb"), "app/orders/a%0Ab");
    check_key(IGD_STR("a\0b"), "app/orders/a%00b");
    check_key(IGD_STR("\x7F"), "app/orders/%7F");
    check_key(IGD_STR("\xF0\x9F\x98\x80"), "app/orders/\xF0\x9F\x98\x80");
    check_key(IGD_STR(".ingitdb"), "app/orders/.ingitdb");
}

static void keys_of_subcollections(void **state IGD_UNUSED)
{
    igd_value row[] = {igd_value_string(IGD_STR("o/1")), igd_value_string(IGD_STR("d"))}, back[2];
    igd_str name = igd_keyspace_record(&space, &details, row, mem);
    assert_true(igd_str_is(name, "app/orders/o%2F1/details/d"));
    assert_true(igd_keyspace_decode(&space, &details, name, mem, back));
    assert_true(igd_str_is(back[0].text, "o/1") && igd_str_is(back[1].text, "d"));
    /* Each is foreign to the other. */
    assert_false(igd_keyspace_decode(&space, &orders, name, mem, back));
    assert_false(igd_keyspace_decode(&space, &details, IGD_STR("app/orders/o"), mem, back));
}

static void what_only_looks_like_ours(void **state IGD_UNUSED)
{
    static const igd_str others[] = {
        {"", 0},
        {"app", 3},
        {"app/", 4},
        {"app/orders", 10},
        {"app/orders/", 11},
        {"app/orders//", 12},
        {"app//orders/a", 13},
        {"app/orders/a/", 13},
        {"app/orders/a/b", 14},
        {"app/Orders/a", 12},
        {"app2/orders/a", 13},
        {"app-x/orders/a", 14},
        {"/app/orders/a", 13},
        {"app/orders2/a", 13},
        {"app/order%73/a", 14},
        {"app/orders/%61", 14}, /* a, but written otherwise */
        {"app/orders/a%2fb", 16},
        {"app/orders/%", 12},
        {"app/orders/%2", 13},
        {"app/orders/%zz", 14},
        {"app/orders/a\n", 13},
        {"app/orders/a\0", 13},
        {"app/orders/\xFF", 12},
        {"app/orders/%FF", 14},
        {"app/.ingitdb/commit", 19},
    };
    for (size_t n = 0; n < IGD_COUNT(others); n++) {
        igd_value back[2];
        if (igd_keyspace_decode(&space, &orders, others[n], mem, back))
            fail_msg("'%.*s' was taken for ours", IGD_STR_ARG(others[n]));
    }
}

static void the_bookkeeping(void **state IGD_UNUSED)
{
    igd_str parts[] = {IGD_STR("ingitdb_sync_state"), IGD_STR("shop/db")};
    assert_true(igd_str_is(igd_keyspace_book(&space, mem, parts, 2),
                           "app/.ingitdb/ingitdb_sync_state/shop%2Fdb"));
}

static void hash_tags(void **state IGD_UNUSED)
{
    static const char *const others[] = {"app:orders:a",     "{app:orders:a}",  "{app:orders}",
                                         "{app:orders}:",    "{app:orders}a",   "{app}:orders:a",
                                         "{app:orders2}:a",  "{app:orders}}:a", "{{app:orders}:a",
                                         "{app:orders}:a:b", "app:{orders}:a",  "{app2:orders}:a"};
    igd_value row[] = {igd_value_string(IGD_STR("}o")), igd_value_string(IGD_STR("d"))}, back[2];
    igd_str name = igd_keyspace_record(&tagged, &orders, row, mem);
    assert_true(igd_str_is(name, "{app:orders}:}o"));
    assert_true(igd_keyspace_decode(&tagged, &orders, name, mem, back));
    assert_true(igd_str_is(back[0].text, "}o"));
    assert_true(igd_str_is(igd_keyspace_of(&tagged, &orders, mem), "{app:orders}:"));
    name = igd_keyspace_record(&tagged, &details, row, mem);
    assert_true(igd_str_is(name, "{app:orders}:}o:details:d"));
    assert_true(igd_keyspace_decode(&tagged, &details, name, mem, back));
    assert_false(igd_keyspace_decode(&tagged, &orders, name, mem, back));
    for (size_t n = 0; n < IGD_COUNT(others); n++)
        if (igd_keyspace_decode(&tagged, &orders, igd_str_from(others[n]), mem, back))
            fail_msg("'%s' was taken for ours", others[n]);
    igd_str part = IGD_STR("commit");
    assert_true(igd_str_is(igd_keyspace_book(&tagged, mem, &part, 1), "app:.ingitdb:commit"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_encoded),
        cmocka_unit_test(keys_of_subcollections),
        cmocka_unit_test(what_only_looks_like_ours),
        cmocka_unit_test(the_bookkeeping),
        cmocka_unit_test(hash_tags),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
