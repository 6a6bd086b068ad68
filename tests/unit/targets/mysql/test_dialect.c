/*
 * Types of columns, as far as their size is shared, and what does not fit in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/mysql/mysql.h"

static igd_column columns[64];

static igd_table table_of(size_t keys, size_t count)
{
    for (size_t n = 0; n < count; n++)
        columns[n] = (igd_column){.name = IGD_STR("c"), .type = {.kind = IGD_STRING}};
    return (igd_table){.columns = columns, .column_count = count, .key_count = keys};
}

static void need_type(const igd_table *table, size_t column, const char *start)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_mariadb_dialect.column_type(table, column, &sql);
    assert_memory_equal(sql.ptr, start, strlen(start));
    igd_buf_clear(&sql);
    igd_mysql_dialect.column_type(table, column, &sql);
    assert_memory_equal(sql.ptr, start, strlen(start));
}

static void keys_share_the_limit(void **state IGD_UNUSED)
{
    igd_table one = table_of(1, 2);
    need_type(&one, 0, "varchar(255)");
    need_type(&one, 1, "longtext");
    columns[1].key_text = true;
    need_type(&one, 1, "varchar(255)");
    igd_table three = table_of(3, 3);
    need_type(&three, 2, "varchar(255)");
    igd_table four = table_of(4, 5);
    need_type(&four, 3, "varchar(192)");
    columns[4].key_text = true;
    need_type(&four, 4, "varchar(255)");
}

static void limited_texts_are_in_the_row(void **state IGD_UNUSED)
{
    igd_table table = table_of(1, 4);
    columns[1].max_chars = 9000;
    columns[2].max_chars = 9000;
    columns[3].max_chars = 200;
    need_type(&table, 1, "varchar(9000) CHARACTER SET utf8mb4 COLLATE utf8mb4_");
    need_type(&table, 2, "longtext");
    need_type(&table, 3, "varchar(200)");
    columns[1].max_chars = 16384;
    need_type(&table, 1, "longtext");
    need_type(&table, 2, "varchar(9000)");
}

static const char *refused(bool mariadb, const igd_table *table, igd_kind kind, const char *text)
{
    igd_value value = {.kind = kind, .text = igd_str_from(text)};
    return mariadb ? igd_mariadb_unsupported(table, 0, &value)
                   : igd_mysql_unsupported(table, 0, &value);
}

static void keys_count_characters(void **state IGD_UNUSED)
{
    char text[4 * 256 + 1] = "";
    for (size_t n = 0; n < 255; n++)
        strcat(text, "\xF0\x9F\x98\x80");
    igd_table one = table_of(1, 1);
    assert_null(refused(true, &one, IGD_STRING, text));
    strcat(text, "x");
    assert_non_null(strstr(refused(true, &one, IGD_STRING, text), "255"));
    assert_non_null(strstr(refused(false, &one, IGD_STRING, text), "255"));
    igd_table plain = table_of(0, 1);
    assert_null(refused(true, &plain, IGD_STRING, text));
    igd_table four = table_of(4, 4);
    text[4 * 193] = '\0';
    assert_non_null(strstr(refused(false, &four, IGD_STRING, text), "192"));
}

static void numbers_in_json(void **state IGD_UNUSED)
{
    static const char *const kept[] = {"18446744073709551615",
                                       "-9223372036854775808",
                                       "[1e+21,0.1]",
                                       "100000000000000000000", /* a double: 1e20 */
                                       "\"123456789012345678901234567890\"",
                                       "{\"a\\\"12345678901234567890123\":1}"};
    static const char *const changed[] = {"18446744073709551617", "-9223372036854775809",
                                          "{\"a\":[123456789012345678901234567890]}"};
    igd_table table = table_of(0, 1);
    for (size_t n = 0; n < IGD_COUNT(kept); n++)
        assert_null(refused(false, &table, IGD_JSON, kept[n]));
    for (size_t n = 0; n < IGD_COUNT(changed); n++) {
        assert_non_null(refused(false, &table, IGD_JSON, changed[n]));
        assert_null(refused(true, &table, IGD_JSON, changed[n]));
    }
}

static void depth_of_json(void **state IGD_UNUSED)
{
    char text[65] = "";
    igd_table table = table_of(0, 1);
    memset(text, '[', 31);
    memset(text + 31, ']', 31);
    assert_null(refused(true, &table, IGD_JSON, text));
    memset(text, '[', 32);
    memset(text + 32, ']', 32);
    assert_non_null(strstr(refused(true, &table, IGD_JSON, text), "31"));
    assert_null(refused(false, &table, IGD_JSON, text));
    assert_null(refused(true, &table, IGD_JSON, "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_share_the_limit),  cmocka_unit_test(limited_texts_are_in_the_row),
        cmocka_unit_test(keys_count_characters), cmocka_unit_test(numbers_in_json),
        cmocka_unit_test(depth_of_json),
    };
    return cmocka_run_group_tests_name("mysql types", tests, NULL, NULL);
}
