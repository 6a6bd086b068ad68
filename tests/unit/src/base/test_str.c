/*
 * String views: order, cutting, and the table of UTF-8 that is and is not well-formed.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "base/str.h"
#include "cmocka.h"

static const igd_str none = {NULL, 0};

static void order_is_memcmp_prefix_first(void **state)
{
    (void)state;
    static const igd_str sorted[] = {{NULL, 0},  {"\0", 1}, {"A", 1},    {"a", 1},
                                     {"a\0", 2}, {"ab", 2}, {"\x80", 1}, {"\xFF", 1}};
    for (size_t a = 0; a < IGD_COUNT(sorted); a++) {
        for (size_t b = 0; b < IGD_COUNT(sorted); b++) {
            assert_int_equal(igd_str_cmp(sorted[a], sorted[b]), a == b ? 0 : a < b ? -1 : 1);
            assert_int_equal(igd_str_eq(sorted[a], sorted[b]), a == b);
        }
    }
    assert_true(igd_str_eq(none, IGD_STR("")));
    assert_true(igd_str_is(none, ""));
    assert_int_equal(igd_str_from(NULL).len, 0);
}

static void starts_and_ends(void **state)
{
    (void)state;
    assert_true(igd_str_starts(IGD_STR("abc"), IGD_STR("ab")));
    assert_true(igd_str_starts(IGD_STR("abc"), none));
    assert_false(igd_str_starts(IGD_STR("ab"), IGD_STR("abc")));
    assert_true(igd_str_starts(none, none));
    assert_true(igd_str_ends(IGD_STR("abc"), IGD_STR("bc")));
    assert_true(igd_str_ends(none, IGD_STR("")));
    assert_false(igd_str_ends(IGD_STR("abc"), IGD_STR("ab")));
    assert_false(igd_str_ends(IGD_STR("c"), IGD_STR("bc")));
}

static void finding(void **state)
{
    (void)state;
    assert_int_equal(igd_str_find(IGD_STR("a/b/c"), '/'), 1);
    assert_int_equal(igd_str_rfind(IGD_STR("a/b/c"), '/'), 3);
    assert_int_equal(igd_str_find(IGD_STR("abc"), '/'), -1);
    assert_int_equal(igd_str_rfind(IGD_STR("abc"), '/'), -1);
    assert_int_equal(igd_str_find(none, '/'), -1);
    assert_int_equal(igd_str_rfind(none, '/'), -1);
}

static void cutting(void **state)
{
    (void)state;
    assert_true(igd_str_is(igd_str_sub(IGD_STR("abcdef"), 2, 3), "cde"));
    assert_true(igd_str_is(igd_str_sub(IGD_STR("abc"), 1, SIZE_MAX), "bc"));
    assert_true(igd_str_is(igd_str_sub(IGD_STR("abc"), 9, 1), ""));
    assert_int_equal(igd_str_sub(none, 1, 1).len, 0);
    assert_true(igd_str_is(igd_str_trim(IGD_STR(" \t\r\n\v\f a b \n")), "a b"));
    assert_true(igd_str_is(igd_str_trim(IGD_STR(" \n ")), ""));
    assert_int_equal(igd_str_trim(none).len, 0);
}

static void assert_split(const char *text, const char *expected)
{
    char joined[64] = "";
    igd_str rest = igd_str_from(text);
    igd_str part;
    while (igd_str_split(&rest, ',', &part)) {
        size_t len = strlen(joined);
        joined[len] = '<';
        if (part.len > 0)
            memcpy(joined + len + 1, part.ptr, part.len);
        strcpy(joined + len + 1 + part.len, ">");
    }
    assert_string_equal(joined, expected);
    assert_int_equal(rest.len, 0);
}

static void splitting(void **state)
{
    (void)state;
    assert_split("a,,b", "<a><><b>");
    assert_split("", "");
    assert_split(NULL, "");
    assert_split("a", "<a>");
    assert_split(",a", "<><a>");
    assert_split("a,", "<a>");
    assert_split(",", "<>");
}

static void equal_without_case(void **state)
{
    (void)state;
    assert_true(igd_str_eq_nocase(IGD_STR("AbZz09_"), IGD_STR("aBzZ09_")));
    assert_false(igd_str_eq_nocase(IGD_STR("a"), IGD_STR("ab")));
    assert_false(igd_str_eq_nocase(IGD_STR("["), IGD_STR("{"))); /* 0x20 apart, no letters */
    assert_false(igd_str_eq_nocase(IGD_STR("\xC3\x84"), IGD_STR("\xC3\xA4")));
    assert_true(igd_str_eq_nocase(none, IGD_STR("")));
}

static const struct {
    const char *bytes;
    bool good;
} utf8_table[] = {
    {"", true},
    {"plain", true},
    {"\x7F", true},
    {"\xC2\x80", true},
    {"\xDF\xBF", true},
    {"\xE0\xA0\x80", true},
    {"\xED\x9F\xBF", true}, /* U+D7FF */
    {"\xEE\x80\x80", true}, /* U+E000 */
    {"\xEF\xBF\xBF", true},
    {"\xF0\x90\x80\x80", true},
    {"\xF4\x8F\xBF\xBF", true}, /* U+10FFFF */
    {"\x80", false},            /* a continuation first */
    {"\xBF", false},
    {"\xC0\x80", false}, /* overlong */
    {"\xC1\xBF", false},
    {"\xE0\x80\x80", false},
    {"\xE0\x9F\xBF", false},
    {"\xF0\x80\x80\x80", false},
    {"\xF0\x8F\xBF\xBF", false},
    {"\xED\xA0\x80", false}, /* surrogates */
    {"\xED\xBF\xBF", false},
    {"\xF4\x90\x80\x80", false}, /* above U+10FFFF */
    {"\xF5\x80\x80\x80", false},
    {"\xFE", false},
    {"\xFF", false},
    {"\xC2", false}, /* cut */
    {"\xE2\x82", false},
    {"\xE2", false},
    {"\xF0\x9F\x98", false},
    {"\xF0\x9F", false},
    {"\xF0", false},
    {"\xC2 ", false}, /* no continuation */
    {"\xE2\x82 ", false},
    {"\xE2 \x80", false},
    {"\xF0\x9F\x98 ", false},
    {"\xF0\x9F \x80", false},
    {"\xC2\x80\x80", false}, /* one too many */
};

/* Each at every offset, so that the fast path over eight bytes is met in all its phases. */
static void utf8(void **state)
{
    (void)state;
    for (size_t n = 0; n < IGD_COUNT(utf8_table); n++) {
        size_t len = strlen(utf8_table[n].bytes);
        for (size_t front = 0; front < 18; front++) {
            for (size_t back = 0; back < 18; back++) {
                char text[64];
                memset(text, 'x', sizeof(text));
                memcpy(text + front, utf8_table[n].bytes, len);
                igd_str view = {text, front + len + back};
                assert_int_equal(igd_str_is_utf8(view), utf8_table[n].good);
            }
        }
    }
    assert_true(igd_str_is_utf8(none));
    assert_true(igd_str_is_utf8((igd_str){"a\0b", 3}));
}

static void characters(void **state)
{
    (void)state;
    assert_int_equal(igd_str_chars(none), 0);
    assert_int_equal(igd_str_chars(IGD_STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_memcmp_prefix_first),
        cmocka_unit_test(starts_and_ends),
        cmocka_unit_test(finding),
        cmocka_unit_test(cutting),
        cmocka_unit_test(splitting),
        cmocka_unit_test(equal_without_case),
        cmocka_unit_test(utf8),
        cmocka_unit_test(characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
