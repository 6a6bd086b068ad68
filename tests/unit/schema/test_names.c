/*
 * Identifiers: cutting between characters, folding, reserved names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "schema/names.h"

static void cutting(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str name = IGD_STR("1234567890123456");
    assert_ptr_equal(igd_name_cut(name, 0, mem).ptr, name.ptr);
    assert_ptr_equal(igd_name_cut(name, 16, mem).ptr, name.ptr);
    /* sha256("12345678901234567") = 97f40b8a...: the digits do not depend on this program. */
    igd_str cut = igd_name_cut(IGD_STR("12345678901234567"), 16, mem);
    assert_true(igd_str_is(cut, "1234567_97f40b8a"));
    /* Seven bytes would end inside the third character. */
    cut = igd_name_cut(IGD_STR("\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4x"),
                       16, mem);
    assert_int_equal(cut.len, 15);
    assert_true(igd_str_is_utf8(cut));
    assert_int_equal(igd_name_hashed(IGD_STR("stem"), IGD_STR("x"), 0, mem).len, 13);
}

static void folding(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    assert_true(igd_str_is(igd_name_fold(IGD_STR("AZ_az09[@\xC3\x84"), mem), "az_az09[@\xC3\x84"));
}

static void reserved(void **state)
{
    (void)state;
    assert_non_null(igd_name_reserved(IGD_STR("ingitdb_")));
    assert_non_null(igd_name_reserved(IGD_STR("INGITDB_x")));
    assert_non_null(igd_name_reserved(IGD_STR("sqlite_sequence")));
    assert_non_null(igd_name_reserved(IGD_STR("Schema_Migrations")));
    assert_null(igd_name_reserved(IGD_STR("schema_migrations_2")));
    assert_null(igd_name_reserved(IGD_STR("ingitdb")));
    assert_null(igd_name_reserved(IGD_STR("my_sqlite_x")));
    assert_null(igd_name_reserved(IGD_STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cutting),
        cmocka_unit_test(folding),
        cmocka_unit_test(reserved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
