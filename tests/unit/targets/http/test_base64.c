/*
 * Bytes as base64 and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/http/http.h"

static igd_arena *mem;

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

static void check(igd_str bytes, const char *text)
{
    igd_buf out = IGD_BUF_INIT;
    igd_str back = {0};
    igd_base64_put(&out, bytes);
    assert_string_equal(out.ptr, text);
    assert_true(igd_base64_get(igd_buf_view(&out), mem, &back));
    assert_non_null(back.ptr);
    assert_true(igd_str_eq(back, bytes));
    igd_buf_free(&out);
}

/* RFC 4648, 10. */
static void as_the_rfc_has_it(void **state IGD_UNUSED)
{
    check(IGD_STR(""), "");
    check(IGD_STR("f"), "Zg==");
    check(IGD_STR("fo"), "Zm8=");
    check(IGD_STR("foo"), "Zm9v");
    check(IGD_STR("foob"), "Zm9vYg==");
    check(IGD_STR("fooba"), "Zm9vYmE=");
    check(IGD_STR("foobar"), "Zm9vYmFy");
    check(IGD_STR("\xFB\xEF\xFF"), "++//");
    check(IGD_STR("\0"), "AA==");
}

static void every_byte(void **state IGD_UNUSED)
{
    char bytes[259];
    for (size_t n = 0; n < sizeof(bytes); n++)
        bytes[n] = (char)(unsigned char)(n * 7);
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        igd_buf out = IGD_BUF_INIT;
        igd_str back = {0};
        igd_base64_put(&out, (igd_str){bytes, len});
        assert_true(igd_base64_get(igd_buf_view(&out), mem, &back));
        assert_true(igd_str_eq(back, (igd_str){bytes, len}));
        igd_buf_free(&out);
    }
}

static void what_is_none(void **state IGD_UNUSED)
{
    static const char *const bad[] = {
        "Z", "Zg", "Zg=", "Zg=a", "Z===", "====", "Zm9 ", "Zm-v", "Zm_v", "Zm9v\n"};
    for (size_t n = 0; n < IGD_COUNT(bad); n++) {
        igd_str out = {0};
        if (igd_base64_get(igd_str_from(bad[n]), mem, &out))
            fail_msg("'%s' was taken for base64", bad[n]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_rfc_has_it),
        cmocka_unit_test(every_byte),
        cmocka_unit_test(what_is_none),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
