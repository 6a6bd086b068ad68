/*
 * Buffers: the NUL behind the last byte at every length, and buffers that never had memory.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "base/buf.h"
#include "cmocka.h"

static void empty_buffers_are_usable(void **state)
{
    (void)state;
    igd_buf buf = IGD_BUF_INIT;
    assert_string_equal(buf.ptr, "");
    igd_buf_clear(&buf);
    igd_buf_free(&buf);
    igd_buf_free(&buf);
    igd_buf_add(&buf, NULL, 0);
    igd_buf_str(&buf, (igd_str){NULL, 0});
    assert_string_equal(buf.ptr, "");
    assert_int_equal(igd_buf_view(&buf).len, 0);
    igd_buf_free(&buf);
}

static void every_length_ends_with_a_nul(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf bytes = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf pairs = IGD_BUF_INIT;
    for (size_t n = 1; n < 1000; n++) {
        igd_buf_byte(&bytes, 'x');
        igd_buf_puts(&pairs, "yz");
        assert_int_equal(bytes.len, n);
        assert_int_equal(strlen(bytes.ptr), n);
        assert_int_equal(strlen(pairs.ptr), 2 * n);
    }
}

static void clear_keeps_the_memory(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf buf = IGD_BUF_INIT;
    igd_buf_reserve(&buf, 5000);
    const char *memory = buf.ptr;
    assert_true(buf.cap > 5000);
    assert_string_equal(buf.ptr, "");
    igd_buf_puts(&buf, "text");
    igd_buf_clear(&buf);
    assert_string_equal(buf.ptr, "");
    assert_int_equal(buf.len, 0);
    for (int n = 0; n < 5000; n++)
        igd_buf_byte(&buf, 'x');
    assert_ptr_equal(buf.ptr, memory);
}

static void printf_of_any_length(void **state)
{
    (void)state;
    for (int width = 0; width < 300; width++) {
        IGD_CLEANUP(igd_buf)
        igd_buf buf = IGD_BUF_INIT;
        igd_buf_puts(&buf, "ab");
        igd_buf_printf(&buf, "%*s", width, "");
        igd_buf_printf(&buf, "%s", "c");
        assert_int_equal(buf.len, width + 3);
        assert_int_equal(strlen(buf.ptr), width + 3);
        assert_int_equal(buf.ptr[width + 2], 'c');
    }
}

static void bytes_may_be_nul(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf buf = IGD_BUF_INIT;
    igd_buf_add(&buf, "a\0b", 3);
    igd_buf_byte(&buf, '\0');
    assert_int_equal(buf.len, 4);
    assert_memory_equal(buf.ptr, "a\0b\0", 5);
}

static void bytes_that_are_not_utf8(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf buf = IGD_BUF_INIT;
    igd_buf_utf8(&buf, (igd_str){NULL, 0});
    igd_buf_utf8(&buf, IGD_STR("a\xc3\xa4|\xe9|\xff\xff|\xe2\x82"));
    assert_string_equal(buf.ptr, "a\xc3\xa4|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|"
                                 "\xef\xbf\xbd\xef\xbf\xbd");
}

static void words_once(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf list = IGD_BUF_INIT;
    static const char *const words[] = {"ab", "a", "ab", "b", "a"};
    for (size_t n = 0; n < IGD_COUNT(words); n++)
        igd_buf_word(&list, igd_str_from(words[n]), ' ');
    assert_string_equal(list.ptr, "ab a b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_buffers_are_usable),
        cmocka_unit_test(every_length_ends_with_a_nul),
        cmocka_unit_test(clear_keeps_the_memory),
        cmocka_unit_test(printf_of_any_length),
        cmocka_unit_test(bytes_may_be_nul),
        cmocka_unit_test(bytes_that_are_not_utf8),
        cmocka_unit_test(words_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
